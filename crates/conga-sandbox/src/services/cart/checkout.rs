//! Finalizing a cart, and the quote or order that comes of it.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::opened::{Cart, OBJECT, is_set};
use super::{configuration, on_cart};
use crate::failure::Failure;
use crate::records::criteria::Criteria;
use crate::records::objects::Object;
use crate::records::selection::{Selection, Start};
use crate::records::store::{self, By, Record};
use crate::request::{Answer, Call};
use crate::services::commerce::fields::{self, capitals, lookup_id};
use crate::services::commerce::listing::names;
use crate::services::reply::params;
use crate::services::{World, order, quote};

/// `POST .../validate`
pub(super) fn validate(world: &World, call: &Call) -> Result<Answer, Failure> {
    on_cart(world, call, |cart| {
        let faults = faults(cart)?;
        let body = json!({
            "ActionName": call.query_param("actionName"),
            "IsValid": faults.is_empty(),
            "Messages": faults,
        });
        Ok(Answer::json(StatusCode::ACCEPTED, body))
    })
}

/// `POST .../finalize`
pub(super) fn finalize(world: &World, call: &Call) -> Result<Answer, Failure> {
    on_cart(world, call, |cart| {
        close(cart)?;
        let owner = store::text(&cart.record, "BusinessObjectId").unwrap_or_default();
        if store::text(&cart.record, "BusinessObjectType") == Some("Proposal")
            && store::find(cart.session.tx, quote::OBJECT, By::Id, owner)?.is_some()
        {
            quote::sync(cart.session, owner, &cart.record, &cart.lines()?)?;
        }
        Ok(Answer::json(
            StatusCode::OK,
            Value::Object(cart.record.clone()),
        ))
    })
}

/// `GET .../finalize`
pub(super) fn finalized(world: &World, call: &Call) -> Result<Answer, Failure> {
    on_cart(world, call, |cart| {
        if cart.status() != "Finalized" {
            return Err(Failure::not_found(format!(
                "the cart is {}, not Finalized; finalize it first",
                cart.status()
            )));
        }
        Ok(Answer::json(
            StatusCode::OK,
            Value::Object(cart.record.clone()),
        ))
    })
}

/// `POST .../quote`: a new quote. A cart yields several, so one that is finalized already will do.
pub(super) fn quote(world: &World, call: &Call) -> Result<Answer, Failure> {
    let overrides = overrides(call);
    let includes = names(call, "includes");
    on_cart(world, call, |cart| {
        if cart.status() != "Finalized" {
            close(cart)?;
        }
        let lines = cart.lines()?;
        let mut made = quote::from_cart(cart.session, &cart.record, &lines, overrides)?;
        let id = store::text(&made, "Id").unwrap_or_default().to_owned();
        if includes
            .iter()
            .any(|include| include.to_ascii_lowercase().starts_with("line-items"))
        {
            let lines = quote::LINES
                .of(cart.session.tx, &id)?
                .into_iter()
                .map(Value::Object)
                .collect();
            made.insert("LineItems".to_owned(), lines);
        }
        fields::expand(cart.session.tx, &mut made, &includes)?;
        Ok(Answer::json(StatusCode::OK, Value::Object(made)))
    })
}

/// `POST .../order`: the order that the cart is for, or a new one.
pub(super) fn order(world: &World, call: &Call) -> Result<Answer, Failure> {
    let overrides = overrides(call);
    let is_async = params::flag(call, "isAsync")?;
    on_cart(world, call, |cart| {
        close(cart)?;
        let lines = cart.lines()?;
        let made = order::from_cart(cart.session, &cart.record, &lines, overrides)?;
        cart.set(json!({"Order": {"Id": made.get("Id"), "Name": made.get("Name")}}))?;
        if !is_async {
            return Ok(Answer::json(StatusCode::OK, Value::Object(made)));
        }
        let job = order::job(cart.session, "CheckoutCart", &made)?;
        Ok(Answer::json(
            StatusCode::ACCEPTED,
            json!({"JobId": job.get("Id"), "OrderId": made.get("Id")}),
        ))
    })
}

/// Finalizes a cart that is complete.
pub(in crate::services) fn close(cart: &mut Cart<'_>) -> Result<(), Failure> {
    if !matches!(cart.status(), "New" | "Saved") {
        return Err(Failure::invalid(format!(
            "the cart is {}; only New and Saved carts are finalized",
            cart.status()
        )));
    }
    let faults = faults(cart)?;
    if !faults.is_empty() {
        return Err(Failure::Invalid(faults));
    }
    let date = cart.session.date();
    cart.set(json!({"Status": "Finalized", "FinalizedDate": date, "CurrentUser": null}))?;
    supersede(cart)
}

/// Why a cart cannot be finalized.
fn faults(cart: &Cart<'_>) -> Result<Vec<String>, Failure> {
    let lines = cart.lines()?;
    let mut faults = Vec::new();
    if lines.is_empty() {
        faults.push("the cart has no lines; add a product".to_owned());
    }
    if cart.is_price_pending() {
        faults.push(
            "prices are being worked out; poll the cart's status until IsPricePending is false"
                .to_owned(),
        );
    }
    for line in &lines {
        let name = store::text(line, "Name").unwrap_or_default();
        match store::text(line, "PricingStatus") {
            Some("Complete") => {}
            Some("Error") => faults.push(format!(
                "'{name}' has no price: {}",
                store::text(line, "StatusDetails").unwrap_or_default()
            )),
            _ if cart.is_price_pending() => {}
            _ => faults.push(format!("'{name}' needs repricing; reprice the cart")),
        }
        if is_set(line, "IsPrimaryLine") {
            let missing = configuration::missing(cart.session.tx, &lines, line)?;
            faults.extend(
                missing
                    .into_iter()
                    .map(|missing| format!("'{name}': {missing}")),
            );
        }
    }
    Ok(faults)
}

/// Older versions of the cart are superseded by it.
fn supersede(cart: &Cart<'_>) -> Result<(), Failure> {
    let Some(first) = lookup_id(&cart.record, "Primordial") else {
        return Ok(());
    };
    let object = Object::internal(OBJECT);
    let versions = vec![
        Criteria::Any(vec![
            Criteria::is("Primordial", first),
            Criteria::is("Id", first),
        ]),
        Criteria::is("Status", "Finalized"),
    ];
    let page = Selection::matching(&object, versions).page(
        cart.session.tx,
        &Start::default(),
        u64::MAX,
    )?;
    for stored in page.records {
        let id = store::text(&stored.record, "Id").unwrap_or_default();
        if id != cart.id() {
            let mut older = Cart::open(cart.session, id)?;
            older.set(json!({"Status": "Superseded"}))?;
        }
    }
    Ok(())
}

fn overrides(call: &Call) -> Record {
    match call.json() {
        Some(Value::Object(row)) => capitals(row),
        _ => Record::new(),
    }
}
