//! The calls on quotes, and what the cart has done with them.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{LINES, OBJECT};
use crate::failure::Failure;
use crate::records::objects::Object;
use crate::records::store::{self, By, Record, Removal};
use crate::records::writer;
use crate::request::{Answer, Call};
use crate::services::commerce::children::lookup;
use crate::services::commerce::deleting::delete_named;
use crate::services::commerce::fields::{self, capitals};
use crate::services::commerce::lines;
use crate::services::commerce::listing::{Listing, names, values};
use crate::services::pricing::money::{Currency, number};
use crate::services::reply::params;
use crate::services::{Session, World, contracts, order, series};

/// Fields of a cart that its quote has too.
const FIELDS_OF_CART: &[&str] = &[
    "Account",
    "BillToAccount",
    "BillingPreference",
    "Currency",
    "ExpectedEndDate",
    "ExpectedStartDate",
    "LegalEntity",
    "Location",
    "PaymentTerm",
    "PriceList",
    "PricingDate",
    "PurchaseId",
    "ShipToAccount",
];

/// `GET /quotes`
pub(super) fn list(world: &World, call: &Call) -> Result<Answer, Failure> {
    let object = Object::internal(OBJECT);
    let listing = Listing::of(call, &object)?;
    world.store.read(|tx| Ok(listing.page(tx)?.into_answer()))
}

/// `GET /quotes/{Id}`
pub(super) fn get(world: &World, call: &Call) -> Result<Answer, Failure> {
    let includes = names(call, "includes");
    world.store.read(|tx| {
        let found = store::find(tx, OBJECT, By::Id, id(call))?;
        let mut record = found.ok_or_else(|| missing(By::Id, id(call)))?.record;
        if includes
            .iter()
            .any(|include| include.to_ascii_lowercase().starts_with("line-items"))
        {
            let lines = LINES
                .of(tx, id(call))?
                .into_iter()
                .map(Value::Object)
                .collect();
            record.insert("LineItems".to_owned(), lines);
        }
        fields::expand(tx, &mut record, &includes)?;
        Ok(Answer::json(StatusCode::OK, Value::Object(record)))
    })
}

/// `POST /quotes`
pub(super) fn create(world: &World, call: &Call) -> Result<Answer, Failure> {
    let rows = params::rows(call)?;
    let created = world.write(call, |session| {
        writer::each_row(rows, |row| new(session, record(row)?))
    })?;
    Ok(Answer::json(
        StatusCode::OK,
        created.into_iter().map(Value::Object).collect(),
    ))
}

/// `PATCH /quotes/{Id}`
pub(super) fn update(world: &World, call: &Call) -> Result<Answer, Failure> {
    let row = capitals(params::row(call)?);
    let updated = world.write(call, |session| change(session, By::Id, id(call), row))?;
    Ok(Answer::json(StatusCode::OK, Value::Object(updated)))
}

/// `PATCH /quotes`
pub(super) fn update_many(world: &World, call: &Call) -> Result<Answer, Failure> {
    let rows = params::rows(call)?;
    let updated = world.write(call, |session| {
        writer::each_row(rows, |row| {
            let row = record(row)?;
            let id = store::text(&row, "Id").unwrap_or_default().to_owned();
            change(session, By::Id, &id, row)
        })
    })?;
    Ok(Answer::json(
        StatusCode::OK,
        updated.into_iter().map(Value::Object).collect(),
    ))
}

/// `POST /quotes/upsert-quote`: by `Id`, else by `ExternalId`, else a new one.
pub(super) fn upsert(world: &World, call: &Call) -> Result<Answer, Failure> {
    let row = capitals(params::row(call)?);
    let written = world.write(call, |session| {
        for by in [By::Id, By::ExternalId] {
            let name = store::text(&row, by.field()).filter(|name| !name.is_empty());
            if let Some(name) = name
                && store::find(session.tx, OBJECT, by, name)?.is_some()
            {
                let name = name.to_owned();
                return change(session, by, &name, row);
            }
        }
        new(session, row)
    })?;
    Ok(Answer::json(StatusCode::OK, Value::Object(written)))
}

/// `DELETE /quotes/{Id}`
pub(super) fn delete(world: &World, call: &Call) -> Result<Answer, Failure> {
    world.write(call, |session| remove(session, id(call)))?;
    Ok(Answer::json(
        StatusCode::OK,
        json!({"Id": id(call), "Success": true}),
    ))
}

/// `DELETE /quotes`
pub(super) fn delete_many(world: &World, call: &Call) -> Result<Answer, Failure> {
    let rows = params::rows(call)?.iter().map(record);
    let rows = rows.collect::<Result<Vec<_>, _>>()?;
    delete_named(
        world,
        call,
        &rows,
        remove,
        |id| json!({"Id": id, "Success": true}),
    )
}

/// `POST /quotes/{Id}/clone`
pub(super) fn clone(world: &World, call: &Call) -> Result<Answer, Failure> {
    clone_by(world, call, By::Id, id(call))
}

/// `POST /quotes/{ExternalId}/clone-quote`
pub(super) fn clone_by_external_id(world: &World, call: &Call) -> Result<Answer, Failure> {
    let name = call.path_param("ExternalId").unwrap_or_default();
    clone_by(world, call, By::ExternalId, name)
}

/// `POST /quotes/{Id}/accept`: the quote is accepted, and an order made from it.
pub(super) fn accept(world: &World, call: &Call) -> Result<Answer, Failure> {
    let is_async = params::flag(call, "IsAsync")?;
    world.write(call, |session| {
        let quote = find(session, By::Id, id(call))?;
        check_open(&quote)?;
        let accepted = set(session, id(call), json!({"ApprovalStage": "Accepted"}))?;
        let lines = LINES.of(session.tx, id(call))?;
        let made = order::from_quote(session, &accepted, &lines)?;
        if !is_async {
            return Ok(Answer::json(StatusCode::OK, Value::Object(made)));
        }
        let job = order::job(session, "AcceptQuote", &made)?;
        let body = json!({"JobId": job.get("Id"), "OrderId": made.get("Id")});
        Ok(Answer::json(StatusCode::OK, body))
    })
}

/// `POST /quotes/{Id}/agreement`
pub(super) fn make_agreement(world: &World, call: &Call) -> Result<Answer, Failure> {
    let row = call
        .json()
        .and_then(Value::as_object)
        .map(capitals)
        .unwrap_or_default();
    world.write(call, |session| {
        let quote = find(session, By::Id, id(call))?;
        let part = |field: &str| quote.get(field).cloned().unwrap_or_default();
        let agreement = json!({
            "Name": part("Name"),
            "RecordType": "Quote",
            "Account": part("Account"),
            "Currency": part("Currency"),
            "PriceList": part("PriceList"),
            "Proposal": lookup(&quote),
            "TotalContractValue": quote.get("GrandTotal").and_then(|total| total.get("Value")),
        });
        let mut agreement = agreement.as_object().cloned().unwrap_or_default();
        agreement.retain(|_, value| !value.is_null());
        if let Some(Value::Object(overrides)) = row.get("OverrideValues") {
            agreement.extend(overrides.clone());
        }
        agreement.remove("Id");
        let made = contracts::request(session, &agreement)?;
        Ok(Answer::json(StatusCode::CREATED, Value::Object(made)))
    })
}

/// The quote of this name.
pub(in crate::services) fn find(
    session: &Session<'_>,
    by: By,
    name: &str,
) -> Result<Record, Failure> {
    let found = store::find(session.tx, OBJECT, by, name)?;
    Ok(found.ok_or_else(|| missing(by, name))?.record)
}

/// Makes a quote of a finalized cart.
pub(in crate::services) fn from_cart(
    session: &Session<'_>,
    cart: &Record,
    cart_lines: &[Record],
    overrides: Record,
) -> Result<Record, Failure> {
    let mut row = lines::taken_over(cart, FIELDS_OF_CART);
    let name = store::text(cart, "Name").unwrap_or_default();
    row.insert("Name".to_owned(), format!("Quote for {name}").into());
    row.insert("Configuration".to_owned(), lookup(cart));
    row.extend(overrides);
    let quote = new(session, row)?;
    let id = store::text(&quote, "Id").unwrap_or_default();
    sync(session, id, cart, cart_lines)
}

/// Brings a quote up to date with its finalized cart.
pub(in crate::services) fn sync(
    session: &Session<'_>,
    id: &str,
    cart: &Record,
    cart_lines: &[Record],
) -> Result<Record, Failure> {
    let quote = find(session, By::Id, id)?;
    LINES.delete_all(session, id)?;
    lines::copy(session, cart_lines, LINES, &quote, "Draft")?;
    let total = Currency::of(cart).field(number(lines::net(cart_lines)));
    set(
        session,
        id,
        json!({
            "Amount": total,
            "NetAmount": total,
            "GrandTotal": total,
            "Currency": Currency::of(cart).code,
            "Configuration": lookup(cart),
            "ConfigurationFinalizedDate": cart.get("FinalizedDate"),
            "ConfigurationSyncDate": session.date(),
            "PricingDate": cart.get("PricingDate"),
        }),
    )
}

/// Makes a quote under a new id. Nothing that the service sets is taken from the request.
fn new(session: &Session<'_>, mut request: Record) -> Result<Record, Failure> {
    request.remove("Id");
    new_named(session, request)
}

/// The same under the id that the request gives.
pub(super) fn new_named(session: &Session<'_>, request: Record) -> Result<Record, Failure> {
    let number = format!("Q-{:08}", series::next(session, OBJECT)?);
    let mut row = Record::new();
    let defaults = json!({
        "Name": number,
        "ProposalName": request.get("Name").filter(|name| name.is_string()).unwrap_or(&json!(number)),
        "ApprovalStage": "Draft",
        "Currency": "USD",
        "IsSystemGenerated": false,
        "IsTaskPending": false,
        "ReadyToGenerate": true,
        "ReadyToPresent": true,
    });
    if let Value::Object(defaults) = defaults {
        row.extend(defaults);
    }
    row.extend(request);
    row.insert("ProposalNumber".to_owned(), number.into());
    check_stage(&row)?;
    fields::complete(session.tx, &mut row)?;
    let object = Object::internal(OBJECT);
    session.records(&object).create(&row)
}

fn change(session: &Session<'_>, by: By, name: &str, mut row: Record) -> Result<Record, Failure> {
    let quote = find(session, by, name)?;
    check_open(&quote)?;
    check_stage(&row)?;
    row.remove("ProposalNumber");
    fields::complete(session.tx, &mut row)?;
    let object = Object::internal(OBJECT);
    session.records(&object).update(by, name, &row)
}

fn clone_by(world: &World, call: &Call, by: By, name: &str) -> Result<Answer, Failure> {
    let overrides = call
        .json()
        .and_then(Value::as_object)
        .map(capitals)
        .unwrap_or_default();
    let with_lines = values(call, "cloneLineItems").next() != Some("false");
    world.write(call, |session| {
        let quote = find(session, by, name)?;
        let mut row = quote.clone();
        row.remove("ExternalId");
        row.insert("ApprovalStage".to_owned(), "Draft".into());
        row.extend(overrides);
        let clone = new(session, row)?;
        if with_lines {
            let id = store::text(&quote, "Id").unwrap_or_default();
            let copies = LINES.of(session.tx, id)?;
            lines::copy(session, &copies, LINES, &clone, "Draft")?;
        }
        Ok(Answer::json(StatusCode::CREATED, Value::Object(clone)))
    })
}

fn remove(session: &Session<'_>, id: &str) -> Result<(), Failure> {
    check_open(&find(session, By::Id, id)?)?;
    LINES.delete_all(session, id)?;
    let object = Object::internal(OBJECT);
    session.records(&object).delete(By::Id, id, Removal::Soft)
}

fn set(session: &Session<'_>, id: &str, fields: Value) -> Result<Record, Failure> {
    let row = fields.as_object().cloned().unwrap_or_default();
    let object = Object::internal(OBJECT);
    session.records(&object).update(By::Id, id, &row)
}

/// An accepted quote is fixed.
fn check_open(quote: &Record) -> Result<(), Failure> {
    if store::text(quote, "ApprovalStage") == Some("Accepted") {
        return Err(Failure::invalid("the quote is accepted; clone it to go on"));
    }
    Ok(())
}

/// Acceptance comes of accepting alone.
fn check_stage(row: &Record) -> Result<(), Failure> {
    if store::text(row, "ApprovalStage") == Some("Accepted") {
        return Err(Failure::invalid(
            "ApprovalStage becomes Accepted by POST /quotes/{Id}/accept",
        ));
    }
    Ok(())
}

fn record(row: &Value) -> Result<Record, Failure> {
    let row = row.as_object();
    row.map(capitals)
        .ok_or_else(|| Failure::invalid("a row is a JSON object: one quote"))
}

fn missing(by: By, name: &str) -> Failure {
    writer::missing(&Object::internal("quote"), by, name)
}

fn id(call: &Call) -> &str {
    call.path_param("Id").unwrap_or_default()
}
