//! The calls on orders, and how orders come about.

use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{LINES, OBJECT, lines};
use crate::failure::Failure;
use crate::records::objects::Object;
use crate::records::store::{self, By, Record, Removal};
use crate::records::value::Scalar;
use crate::records::writer;
use crate::request::{Answer, Body, Call};
use crate::services::commerce::children::lookup;
use crate::services::commerce::deleting::delete_named;
use crate::services::commerce::fields::{self, capitals, lookup_id};
use crate::services::commerce::jobs;
use crate::services::commerce::lines::{copy, net, taken_over};
use crate::services::commerce::listing::{Listing, names};
use crate::services::pricing::money::{Currency, number};
use crate::services::reply::params;
use crate::services::stage::Stage;
use crate::services::{Session, World, series};
use crate::specification::{Found, Specification};

/// An order with fewer lines is activated at once, whatever the caller asks for.
const MANY_LINES: usize = 100;

/// Fields that an order has from its cart or quote.
const FIELDS_TAKEN_OVER: &[&str] = &[
    "BillToAccount",
    "BillingPreference",
    "Currency",
    "LegalEntity",
    "Location",
    "PONumber",
    "PaymentTerm",
    "PriceList",
    "PricingDate",
    "PrimaryContact",
    "PurchaseId",
    "ShipToAccount",
];

/// Fields that the service sets; in a request they are ignored.
const SET_BY_SERVICE: &[&str] = &[
    "ActivatedDate",
    "CancelledDate",
    "OrderNumber",
    "ParentOrder",
    "PricingStatus",
    "Status",
];

/// `GET /orders`
pub(super) fn list(world: &World, call: &Call) -> Result<Answer, Failure> {
    let object = Object::internal(OBJECT);
    let listing = Listing::of(call, &object)?;
    let now = world.clock.now();
    world.store.read(|tx| {
        let page = listing.page(tx)?;
        Ok(page.answer_as(|order| Value::Object(priced(order, now))))
    })
}

/// `GET /orders/{Id}`
pub(super) fn get(world: &World, call: &Call) -> Result<Answer, Failure> {
    let includes = names(call, "includes");
    let now = world.clock.now();
    world.store.read(|tx| {
        let found = store::find(tx, OBJECT, By::Id, id(call))?;
        let mut record = found.ok_or_else(|| missing(id(call)))?.record;
        fields::expand(tx, &mut record, &includes)?;
        Ok(Answer::json(
            StatusCode::OK,
            Value::Object(priced(record, now)),
        ))
    })
}

/// `POST /orders`
pub(super) fn create(world: &World, call: &Call) -> Result<Answer, Failure> {
    let rows = rows(call)?;
    let created = world.write(call, |session| {
        let created = rows.into_iter().map(|row| {
            check_types(&row)?;
            new(session, row).map(Value::Object)
        });
        created.collect::<Result<Value, Failure>>()
    })?;
    Ok(Answer::json(StatusCode::OK, created))
}

/// `PATCH /orders/{Id}`
pub(super) fn update(world: &World, call: &Call) -> Result<Answer, Failure> {
    let row = row(call)?;
    let updated = world.write(call, |session| set_header(session, id(call), row))?;
    Ok(Answer::json(StatusCode::OK, Value::Object(updated)))
}

/// `PATCH /orders`
pub(super) fn update_many(world: &World, call: &Call) -> Result<Answer, Failure> {
    let rows = rows(call)?;
    let updated = world.write(call, |session| {
        let updated = rows.into_iter().map(|row| {
            let id = store::text(&row, "Id").unwrap_or_default().to_owned();
            set_header(session, &id, row).map(Value::Object)
        });
        updated.collect::<Result<Value, Failure>>()
    })?;
    Ok(Answer::json(StatusCode::OK, updated))
}

/// `DELETE /orders/{Id}`
pub(super) fn delete(world: &World, call: &Call) -> Result<Answer, Failure> {
    world.write(call, |session| remove(session, id(call)))?;
    Ok(Answer::json(
        StatusCode::OK,
        json!({"Id": id(call), "Success": true}),
    ))
}

/// `DELETE /orders`
pub(super) fn delete_many(world: &World, call: &Call) -> Result<Answer, Failure> {
    let rows = rows(call)?;
    delete_named(
        world,
        call,
        &rows,
        remove,
        |id| json!({"Id": id, "Success": true}),
    )
}

/// `POST /orders/{Id}/confirm`
pub(super) fn confirm(world: &World, call: &Call) -> Result<Answer, Failure> {
    moved(
        world,
        call,
        &["Draft"],
        "confirmed",
        |session| json!({"Status": "Confirmed", "OrderDate": session.date()}),
    )
}

/// `POST /orders/{Id}/cancel`
pub(super) fn cancel(world: &World, call: &Call) -> Result<Answer, Failure> {
    moved(
        world,
        call,
        &["Draft", "Confirmed"],
        "cancelled",
        |session| json!({"Status": "Cancelled", "CancelledDate": session.date()}),
    )
}

/// `POST /orders/{Id}/activate`
pub(super) fn activate(world: &World, call: &Call) -> Result<Answer, Failure> {
    let asked = match params::flag(call, "async")? {
        true => true,
        false => row(call)?.get("Async") == Some(&Value::Bool(true)),
    };
    world.write(call, |session| {
        let order = make_active(session, id(call))?;
        let count = LINES.ids(session.tx, id(call))?.len();
        if !asked && count < MANY_LINES {
            return Ok(Answer::json(StatusCode::OK, Value::Object(order)));
        }
        let job = job(session, "ActivateOrder", &order)?;
        Ok(Answer::json(
            StatusCode::OK,
            json!({"JobId": job.get("Id")}),
        ))
    })
}

/// `POST /orders/activate`: each with its outcome.
pub(super) fn activate_many(world: &World, call: &Call) -> Result<Answer, Failure> {
    let rows = rows(call)?;
    let outcomes = world.write(call, |session| {
        let outcomes = rows.iter().map(|row| {
            let id = store::text(row, "Id")
                .or(store::text(row, "OrderId"))
                .unwrap_or_default();
            let ready = store::text(row, "ReadyForActivationDate").map(Scalar::text);
            let later = ready
                .and_then(|ready| ready.instant)
                .filter(|at| *at > session.now.timestamp_millis());
            let failed = match later {
                Some(_) => Some("the order is not ready for activation yet".to_owned()),
                None => match make_active(session, id) {
                    Ok(_) => None,
                    Err(Failure::Store(error)) => return Err(Failure::Store(error)),
                    Err(failure) => Some(failure.messages().join("; ")),
                },
            };
            Ok(json!({"Id": id, "Success": failed.is_none(), "Message": failed}))
        });
        outcomes.collect::<Result<Value, Failure>>()
    })?;
    Ok(Answer::json(StatusCode::OK, outcomes))
}

/// `POST /orders/{Id}/change`: a change order, by which the order is changed later.
pub(super) fn change(world: &World, call: &Call) -> Result<Answer, Failure> {
    let overrides = row(call)?;
    world.write(call, |session| {
        let order = find(session, id(call))?;
        check_status(
            &order,
            &["Activated", "Partially Fulfilled", "Confirmed"],
            "changed",
        )?;
        let mut row = order.clone();
        row.remove("ExternalId");
        row.extend(overrides);
        row.insert("Type".to_owned(), "Change".into());
        row.insert(
            "OriginalOrderNumber".to_owned(),
            order.get("OrderNumber").cloned().unwrap_or_default(),
        );
        let change = new(session, row)?;
        let change_id = store::text(&change, "Id").unwrap_or_default().to_owned();
        let originals = LINES.of(session.tx, id(call))?;
        copy(session, &originals, LINES, &change, "Draft")?;
        let change = set(session, &change_id, json!({"ParentOrder": lookup(&order)}))?;
        Ok(Answer::json(StatusCode::OK, Value::Object(change)))
    })
}

/// `POST /orders/{Id}/accept-change`: the original takes over header and lines of the change order.
pub(super) fn accept_change(world: &World, call: &Call) -> Result<Answer, Failure> {
    world.write(call, |session| {
        let (change, original) = change_and_original(session, id(call))?;
        let id = store::text(&original, "Id").unwrap_or_default();
        let mut header = change.clone();
        header.retain(|field, _| !SET_BY_SERVICE.contains(&field.as_str()));
        for own in ["Id", "ExternalId", "Name", "Type", "OriginalOrderNumber"] {
            header.remove(own);
        }
        LINES.delete_all(session, id)?;
        let changed = LINES.of(session.tx, store::text(&change, "Id").unwrap_or_default())?;
        let status = match store::text(&original, "Status") {
            Some("Activated") => "Activated",
            _ => "Draft",
        };
        copy(session, &changed, LINES, &original, status)?;
        set(
            session,
            store::text(&change, "Id").unwrap_or_default(),
            json!({"Status": "Completed"}),
        )?;
        let accepted = set(session, id, Value::Object(header))?;
        Ok(Answer::json(StatusCode::OK, Value::Object(accepted)))
    })
}

/// `POST /orders/{Id}/revert-change`: the change order is cancelled, the original as it was.
pub(super) fn revert_change(world: &World, call: &Call) -> Result<Answer, Failure> {
    world.write(call, |session| {
        let (_, original) = change_and_original(session, id(call))?;
        let date = session.date();
        set(
            session,
            id(call),
            json!({"Status": "Cancelled", "CancelledDate": date}),
        )?;
        Ok(Answer::json(StatusCode::OK, Value::Object(original)))
    })
}

/// Makes an order of a finalized cart, or completes the one that the cart is for.
pub(in crate::services) fn from_cart(
    session: &Session<'_>,
    cart: &Record,
    cart_lines: &[Record],
    overrides: Record,
) -> Result<Record, Failure> {
    let owner = store::text(cart, "BusinessObjectId").unwrap_or_default();
    let is_for_order = store::text(cart, "BusinessObjectType") == Some("Order");
    let order = if is_for_order {
        find(session, owner)?
    } else {
        let mut row = taken_over(cart, FIELDS_TAKEN_OVER);
        row.insert(
            "SoldToAccount".to_owned(),
            cart.get("Account").cloned().unwrap_or_default(),
        );
        let name = store::text(cart, "Name").unwrap_or_default();
        row.insert("Name".to_owned(), format!("Order of {name}").into());
        row.insert("Source".to_owned(), "Cart".into());
        row.extend(overrides);
        new(session, row)?
    };
    let configuration = lookup(cart);
    complete(
        session,
        &order,
        cart_lines,
        &Currency::of(cart),
        json!({"Configuration": configuration}),
    )
}

/// Makes an order of an accepted quote.
pub(in crate::services) fn from_quote(
    session: &Session<'_>,
    quote: &Record,
    quote_lines: &[Record],
) -> Result<Record, Failure> {
    let mut row = taken_over(quote, FIELDS_TAKEN_OVER);
    let part = |field: &str| quote.get(field).cloned().unwrap_or_default();
    let name = store::text(quote, "Name").unwrap_or_default();
    row.insert("Name".to_owned(), format!("Order of {name}").into());
    row.insert("SoldToAccount".to_owned(), part("Account"));
    row.insert("RelatedOpportunity".to_owned(), part("Opportunity"));
    row.insert("Source".to_owned(), "Quote".into());
    let order = new(session, row)?;
    complete(
        session,
        &order,
        quote_lines,
        &Currency::of(quote),
        json!({"Proposal": lookup(quote)}),
    )
}

/// Notes that something was done to an order asynchronously.
pub(in crate::services) fn job(
    session: &Session<'_>,
    operation: &str,
    order: &Record,
) -> Result<Record, Failure> {
    jobs::done(session, operation, OBJECT, order)
}

/// The order with this id.
pub(super) fn find(session: &Session<'_>, id: &str) -> Result<Record, Failure> {
    let found = store::find(session.tx, OBJECT, By::Id, id)?;
    Ok(found.ok_or_else(|| missing(id))?.record)
}

/// Sets fields of an order.
pub(super) fn set(session: &Session<'_>, id: &str, fields: Value) -> Result<Record, Failure> {
    let row = fields.as_object().cloned().unwrap_or_default();
    let object = Object::internal(OBJECT);
    session.records(&object).update(By::Id, id, &row)
}

/// Refuses what an order's status forbids.
pub(super) fn check_status(order: &Record, allowed: &[&str], done: &str) -> Result<(), Failure> {
    let status = store::text(order, "Status").unwrap_or("Draft");
    if allowed.contains(&status) {
        return Ok(());
    }
    Err(Failure::invalid(format!(
        "the order is {status}; it is {done} while it is {}",
        allowed.join(" or ")
    )))
}

/// The rows of a body: an array of records, or one.
pub(super) fn rows(call: &Call) -> Result<Vec<Record>, Failure> {
    let fault = || Failure::invalid("the body is a JSON array of orders or lines, each an object");
    match body(call)? {
        Value::Array(rows) if !rows.is_empty() => {
            let rows = rows
                .iter()
                .map(|row| row.as_object().map(capitals).ok_or_else(fault));
            rows.collect()
        }
        Value::Object(row) => Ok(vec![capitals(&row)]),
        _ => Err(fault()),
    }
}

/// A body that is one record; an empty one without a body.
pub(super) fn row(call: &Call) -> Result<Record, Failure> {
    match body(call)? {
        Value::Object(row) => Ok(capitals(&row)),
        Value::Null => Ok(Record::new()),
        _ => Err(Failure::invalid("the body is a JSON object")),
    }
}

/// The body. The reference names none for most of these calls, so the engine lets it through unread.
fn body(call: &Call) -> Result<Value, Failure> {
    match &call.body {
        Body::Json(value) => Ok(value.clone()),
        Body::Bytes(bytes) => serde_json::from_slice(bytes)
            .map_err(|error| Failure::invalid(format!("the body is no JSON: {error}"))),
        Body::Empty | Body::Form(_) => Ok(Value::Null),
    }
}

/// Makes a draft. Nothing that the service sets is taken from the request.
fn new(session: &Session<'_>, request: Record) -> Result<Record, Failure> {
    let number = format!("O-{:08}", series::next(session, OBJECT)?);
    let defaults =
        json!({"Name": number, "Currency": "USD", "Type": "New", "OrderDate": session.date()});
    let mut row = defaults.as_object().cloned().unwrap_or_default();
    row.extend(request);
    row.retain(|field, _| !SET_BY_SERVICE.contains(&field.as_str()));
    row.remove("Id");
    row.insert("OrderNumber".to_owned(), number.into());
    row.insert("Status".to_owned(), "Draft".into());
    fields::complete(session.tx, &mut row)?;
    let object = Object::internal(OBJECT);
    session.records(&object).create(&row)
}

/// Gives an order its lines and amount; its prices are pending for a moment.
fn complete(
    session: &Session<'_>,
    order: &Record,
    from: &[Record],
    currency: &Currency,
    more: Value,
) -> Result<Record, Failure> {
    let id = store::text(order, "Id").unwrap_or_default();
    LINES.delete_all(session, id)?;
    copy(session, from, LINES, order, "Draft")?;
    let mut row = more.as_object().cloned().unwrap_or_default();
    row.insert("OrderAmount".to_owned(), currency.field(number(net(from))));
    row.insert("Currency".to_owned(), currency.code.clone().into());
    row.insert("PricingStatus".to_owned(), "Pending".into());
    row.insert("ConfigurationSyncDate".to_owned(), session.date().into());
    set(session, id, Value::Object(row))
}

/// The order as it shows itself now: its prices are pending for a while after its lines came.
fn priced(mut order: Record, now: DateTime<Utc>) -> Record {
    let synced =
        store::text(&order, "ConfigurationSyncDate").and_then(|text| Scalar::text(text).instant);
    let start = synced.and_then(DateTime::from_timestamp_millis);
    if store::text(&order, "PricingStatus") == Some("Pending")
        && start.is_some_and(|start| Stage::of(start, now) == Stage::Done)
    {
        order.insert("PricingStatus".to_owned(), "Complete".into());
    }
    order
}

fn set_header(session: &Session<'_>, id: &str, mut row: Record) -> Result<Record, Failure> {
    let order = find(session, id)?;
    check_status(&order, &["Draft"], "changed")?;
    check_types(&row)?;
    row.retain(|field, _| !SET_BY_SERVICE.contains(&field.as_str()));
    fields::complete(session.tx, &mut row)?;
    let object = Object::internal(OBJECT);
    session.records(&object).update(By::Id, id, &row)
}

fn remove(session: &Session<'_>, id: &str) -> Result<(), Failure> {
    check_status(&find(session, id)?, &["Draft", "Cancelled"], "deleted")?;
    LINES.delete_all(session, id)?;
    let object = Object::internal(OBJECT);
    session.records(&object).delete(By::Id, id, Removal::Soft)
}

fn moved(
    world: &World,
    call: &Call,
    from: &[&str],
    done: &str,
    fields: impl FnOnce(&Session<'_>) -> Value,
) -> Result<Answer, Failure> {
    world.write(call, |session| {
        check_status(&find(session, id(call))?, from, done)?;
        let order = set(session, id(call), fields(session))?;
        Ok(Answer::json(StatusCode::OK, Value::Object(order)))
    })
}

/// Activates an order with all of its lines.
fn make_active(session: &Session<'_>, id: &str) -> Result<Record, Failure> {
    let order = find(session, id)?;
    check_status(
        &order,
        &["Draft", "Confirmed", "Partially Fulfilled"],
        "activated",
    )?;
    let all = LINES.ids(session.tx, id)?;
    lines::make_active(session, &order, &all)
}

fn change_and_original(session: &Session<'_>, id: &str) -> Result<(Record, Record), Failure> {
    let change = find(session, id)?;
    let Some(original) = lookup_id(&change, "ParentOrder").map(str::to_owned) else {
        return Err(Failure::invalid(
            "the order is no change order; make one by POST /orders/{Id}/change",
        ));
    };
    check_status(&change, &["Draft", "Confirmed"], "accepted or reverted")?;
    let original = find(session, &original)?;
    Ok((change, original))
}

/// The reference leaves the bodies open; the fields have the types that an order is answered with.
fn check_types(row: &Record) -> Result<(), Failure> {
    let specification = Specification::embedded();
    let path = "/api/order/v1/orders/any/accept-change";
    let Found::Operation(accept, _) = specification.find("POST", path) else {
        return Ok(());
    };
    let faults = specification
        .operation(accept)
        .check_answer(&Value::Object(row.clone()));
    if faults.is_empty() {
        Ok(())
    } else {
        Err(Failure::Invalid(faults))
    }
}

fn missing(id: &str) -> Failure {
    writer::missing(&Object::internal(OBJECT), By::Id, id)
}

fn id(call: &Call) -> &str {
    call.path_param("Id").unwrap_or_default()
}
