//! The calls on the lines of orders, and their activation.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::LINES;
use super::orders::{check_status, find, row, rows, set};
use crate::failure::Failure;
use crate::records::criteria::Criteria;
use crate::records::objects::Object;
use crate::records::store::{self, Record};
use crate::request::{Answer, Call};
use crate::services::commerce::children::lookup;
use crate::services::commerce::fields::{self, lookup_id};
use crate::services::commerce::listing::Listing;
use crate::services::{Session, World};

/// The object of assets.
const ASSETS: &str = "AssetLineItem";

/// What an activated line still takes.
const OF_ACTIVATED: &str = "ReadyForBillingDate";

/// `GET /order/{ParentId}/orderlineitems`
pub(super) fn list(world: &World, call: &Call) -> Result<Answer, Failure> {
    let object = Object::internal(LINES.object);
    let listing = Listing::of(call, &object)?.within(Criteria::is(LINES.owner, order_id(call)));
    world.write(call, |session| {
        find(session, order_id(call))?;
        Ok(listing.page(session.tx)?.into_answer())
    })
}

/// `GET /order/{ParentId}/orderlineitems/{Id}`
pub(super) fn get(world: &World, call: &Call) -> Result<Answer, Failure> {
    let line = world
        .store
        .read(|tx| LINES.find(tx, order_id(call), id(call)))?;
    Ok(Answer::json(StatusCode::OK, Value::Object(line)))
}

/// `POST /order/{ParentId}/orderlineitems`
pub(super) fn create(world: &World, call: &Call) -> Result<Answer, Failure> {
    let rows = rows(call)?;
    let created = world.write(call, |session| {
        let order = find(session, order_id(call))?;
        check_status(&order, &["Draft", "Confirmed"], "given lines")?;
        let created = rows.into_iter().map(|mut row| {
            row.remove("Id");
            row.insert("Status".to_owned(), "Draft".into());
            fields::complete(session.tx, &mut row)?;
            LINES.create(session, &order, row).map(Value::Object)
        });
        created.collect::<Result<Value, Failure>>()
    })?;
    Ok(Answer::json(StatusCode::OK, created))
}

/// `PATCH /order/{ParentId}/orderlineitems/{Id}`
pub(super) fn update(world: &World, call: &Call) -> Result<Answer, Failure> {
    let row = row(call)?;
    let updated = world.write(call, |session| {
        change(session, order_id(call), id(call), row)
    })?;
    Ok(Answer::json(StatusCode::OK, Value::Object(updated)))
}

/// `PATCH /order/{ParentId}/orderlineitems`
pub(super) fn update_many(world: &World, call: &Call) -> Result<Answer, Failure> {
    let rows = rows(call)?;
    let updated = world.write(call, |session| {
        let updated = rows.into_iter().map(|row| {
            let id = store::text(&row, "Id").unwrap_or_default().to_owned();
            change(session, order_id(call), &id, row).map(Value::Object)
        });
        updated.collect::<Result<Value, Failure>>()
    })?;
    Ok(Answer::json(StatusCode::OK, updated))
}

/// `POST /order/{ParentId}/orderlineitems/activate`: the lines that the body names, else all.
pub(super) fn activate(world: &World, call: &Call) -> Result<Answer, Failure> {
    let rows = match &call.body {
        crate::request::Body::Empty => Vec::new(),
        _ => rows(call)?,
    };
    world.write(call, |session| {
        let order = find(session, order_id(call))?;
        check_status(
            &order,
            &["Draft", "Confirmed", "Partially Fulfilled"],
            "activated",
        )?;
        let ids: Vec<String> = match rows.is_empty() {
            true => LINES.ids(session.tx, order_id(call))?,
            false => rows
                .iter()
                .filter_map(|row| store::text(row, "Id"))
                .map(str::to_owned)
                .collect(),
        };
        let order = make_active(session, &order, &ids)?;
        Ok(Answer::json(StatusCode::OK, Value::Object(order)))
    })
}

/// `POST /orders/orderlineitems/activate`: lines of several orders; each with its outcome.
pub(super) fn activate_many(world: &World, call: &Call) -> Result<Answer, Failure> {
    let rows = rows(call)?;
    let outcomes = world.write(call, |session| {
        let outcomes = rows.iter().map(|row| {
            let id = store::text(row, "Id").unwrap_or_default();
            let failed = match activate_one(session, id) {
                Ok(()) => None,
                Err(Failure::Store(error)) => return Err(Failure::Store(error)),
                Err(failure) => Some(failure.messages().join("; ")),
            };
            Ok(json!({"Id": id, "Success": failed.is_none(), "Message": failed}))
        });
        outcomes.collect::<Result<Value, Failure>>()
    })?;
    Ok(Answer::json(StatusCode::OK, outcomes))
}

/// Activates lines of an order, each with its asset; the order follows.
pub(super) fn make_active(
    session: &Session<'_>,
    order: &Record,
    ids: &[String],
) -> Result<Record, Failure> {
    let order_id = store::text(order, "Id").unwrap_or_default();
    for id in ids {
        let line = LINES.find(session.tx, order_id, id)?;
        if store::text(&line, "Status") == Some("Activated") {
            continue;
        }
        let active = json!({"Status": "Activated", "ActivatedDate": session.date()});
        let active = active.as_object().cloned().unwrap_or_default();
        let line = LINES.update(session, id, &active)?;
        make_asset(session, order, &line)?;
    }
    let lines = LINES.of(session.tx, order_id)?;
    let all = lines
        .iter()
        .all(|line| store::text(line, "Status") == Some("Activated"));
    let status = if all {
        "Activated"
    } else {
        "Partially Fulfilled"
    };
    let date = if all {
        json!(session.date())
    } else {
        Value::Null
    };
    set(
        session,
        order_id,
        json!({"Status": status, "ActivatedDate": date}),
    )
}

fn activate_one(session: &Session<'_>, id: &str) -> Result<(), Failure> {
    let object = Object::internal(LINES.object);
    let line = session.records(&object).existing(store::By::Id, id)?.record;
    let order = find(session, lookup_id(&line, LINES.owner).unwrap_or_default())?;
    check_status(
        &order,
        &["Draft", "Confirmed", "Partially Fulfilled"],
        "activated",
    )?;
    make_active(session, &order, &[id.to_owned()])?;
    Ok(())
}

fn make_asset(session: &Session<'_>, order: &Record, line: &Record) -> Result<(), Failure> {
    let mut asset = line.clone();
    for left in [
        "Id",
        "ExternalId",
        "Order",
        "DerivedFrom",
        "LineStatus",
        "Status",
        "PricingSteps",
    ] {
        asset.remove(left);
    }
    let part = |field: &str| order.get(field).cloned().unwrap_or_default();
    let more = json!({
        "Account": part("SoldToAccount"),
        "BillToAccount": part("BillToAccount"),
        "ShipToAccount": part("ShipToAccount"),
        "AssetStatus": "Activated",
        "OriginalStartDate": line.get("StartDate"),
        "PurchaseDate": session.date(),
        "BusinessObject": lookup(order),
        "OrderLineItem": lookup(line),
    });
    asset.extend(more.as_object().cloned().unwrap_or_default());
    let object = Object::internal(ASSETS);
    session.records(&object).create(&asset)?;
    Ok(())
}

fn change(
    session: &Session<'_>,
    order: &str,
    id: &str,
    mut row: Record,
) -> Result<Record, Failure> {
    find(session, order)?;
    let line = LINES.find(session.tx, order, id)?;
    for fixed in ["Id", "Order", "Status", "PricingSteps"] {
        row.remove(fixed);
    }
    let activated = store::text(&line, "Status") == Some("Activated");
    if activated && let Some(field) = row.keys().find(|field| *field != OF_ACTIVATED) {
        return Err(Failure::invalid(format!(
            "the line is Activated; it takes a {OF_ACTIVATED} only, not {field}"
        )));
    }
    fields::complete(session.tx, &mut row)?;
    LINES.update(session, id, &row)
}

fn order_id(call: &Call) -> &str {
    call.path_param("ParentId").unwrap_or_default()
}

fn id(call: &Call) -> &str {
    call.path_param("Id").unwrap_or_default()
}
