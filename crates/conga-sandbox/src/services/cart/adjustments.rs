//! The calls on adjustments of a cart's lines.
//!
//! An adjustment names its line by `LineItem`, or by `LineNumber`, which is a primary line number. Once the line has its
//! price, `GrossValue` and `PerUnitValue` tell what the adjustment changed.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::items::rows;
use super::opened::{ADJUSTMENTS, Cart, int, is_set};
use super::pricing::units;
use super::{changing, on_cart, waterfall};
use crate::failure::Failure;
use crate::records::criteria::Criteria;
use crate::records::objects::Object;
use crate::records::store::{self, Record};
use crate::request::{Answer, Call};
use crate::services::World;
use crate::services::commerce::children::lookup;
use crate::services::commerce::fields::{capitals, lookup_id};
use crate::services::commerce::listing::Listing;
use crate::services::pricing::adjustment::Adjustment;
use crate::services::pricing::money::number;
use crate::services::reply::params;

/// `GET .../adjustments`
pub(super) fn list(world: &World, call: &Call) -> Result<Answer, Failure> {
    let object = Object::internal(ADJUSTMENTS.object);
    on_cart(world, call, |cart| {
        let listing =
            Listing::of(call, &object)?.within(Criteria::is(ADJUSTMENTS.owner, cart.id()));
        let page = listing.page(cart.session.tx)?;
        let lines = cart.lines()?;
        let currency = cart.currency();
        Ok(page.answer_as(|adjustment| {
            let line = lines
                .iter()
                .find(|line| store::text(line, "Id") == lookup_id(&adjustment, "LineItem"));
            Value::Object(match line {
                Some(line) => valued(adjustment, line, |amount| currency.round(amount)),
                None => adjustment,
            })
        }))
    })
}

/// `GET .../adjustments/{adjustmentId}`
pub(super) fn get(world: &World, call: &Call) -> Result<Answer, Failure> {
    on_cart(world, call, |cart| {
        let adjustment = find(cart, id(call))?;
        Ok(Answer::json(
            StatusCode::OK,
            Value::Object(shown(cart, adjustment)?),
        ))
    })
}

/// `POST .../adjustments`
pub(super) fn create(world: &World, call: &Call) -> Result<Answer, Failure> {
    let rows = rows(call)?;
    changing(world, call, |cart| {
        let mut created = Vec::with_capacity(rows.len());
        let mut numbers = Vec::with_capacity(rows.len());
        for row in rows {
            let line = line_of(cart, &row)?;
            let mut row = checked(row, &line)?;
            row.remove("Id");
            row.insert("LineItem".to_owned(), lookup(&line));
            let number = int(&line, "PrimaryLineNumber");
            row.insert("LineNumber".to_owned(), number.into());
            row.insert(
                "LineType".to_owned(),
                line.get("LineType").cloned().unwrap_or_default(),
            );
            row.entry("Type").or_insert_with(|| "Manual".into());
            if !row.get("Sequence").is_some_and(Value::is_number) {
                let present = ADJUSTMENTS.of(cart.session.tx, cart.id())?;
                let last = present.iter().map(|one| int(one, "Sequence")).max();
                row.insert("Sequence".to_owned(), (last.unwrap_or(0) + 1).into());
            }
            created.push(Value::Object(ADJUSTMENTS.create(
                cart.session,
                &cart.record,
                row,
            )?));
            numbers.push(number);
        }
        cart.price(&numbers)?;
        Ok(Answer::json(StatusCode::OK, created.into()))
    })
}

/// `PATCH .../adjustments/{adjustmentId}`
pub(super) fn update(world: &World, call: &Call) -> Result<Answer, Failure> {
    let row = capitals(params::row(call)?);
    changing(world, call, |cart| {
        let (updated, number) = change(cart, id(call), row)?;
        cart.price(&[number])?;
        Ok(Answer::json(StatusCode::OK, Value::Object(updated)))
    })
}

/// `PATCH .../adjustments`
pub(super) fn update_many(world: &World, call: &Call) -> Result<Answer, Failure> {
    let rows = rows(call)?;
    changing(world, call, |cart| {
        let mut updated = Vec::with_capacity(rows.len());
        let mut numbers = Vec::with_capacity(rows.len());
        for row in rows {
            let id = store::text(&row, "Id").unwrap_or_default().to_owned();
            let (record, number) = change(cart, &id, row)?;
            updated.push(Value::Object(record));
            numbers.push(number);
        }
        cart.price(&numbers)?;
        Ok(Answer::json(StatusCode::OK, updated.into()))
    })
}

/// `DELETE .../adjustments/{adjustmentId}`
pub(super) fn delete(world: &World, call: &Call) -> Result<Answer, Failure> {
    changing(world, call, |cart| {
        remove(cart, &[id(call).to_owned()], None)
    })
}

/// `DELETE .../adjustments`
pub(super) fn delete_many(world: &World, call: &Call) -> Result<Answer, Failure> {
    let ids = ids(call)?;
    changing(world, call, |cart| remove(cart, &ids, None))
}

/// `DELETE .../items/{lineItemId}/adjustments`: all of the line, if the body names none.
pub(super) fn delete_of_line(world: &World, call: &Call) -> Result<Answer, Failure> {
    let line_id = call.path_param("lineItemId").unwrap_or_default();
    let mut wanted = match call.json() {
        Some(Value::Array(list)) if !list.is_empty() => ids(call)?,
        _ => Vec::new(),
    };
    changing(world, call, |cart| {
        cart.line(line_id)?;
        if wanted.is_empty() {
            let all = ADJUSTMENTS.of(cart.session.tx, cart.id())?;
            let own = all
                .iter()
                .filter(|one| lookup_id(one, "LineItem") == Some(line_id));
            wanted = own
                .filter_map(|one| store::text(one, "Id"))
                .map(str::to_owned)
                .collect();
        }
        remove(cart, &wanted, Some(line_id))
    })
}

/// An adjustment with what it changed, if its line has a price by it.
pub(super) fn shown(cart: &Cart<'_>, adjustment: Record) -> Result<Record, Failure> {
    let Some(line) = lookup_id(&adjustment, "LineItem") else {
        return Ok(adjustment);
    };
    let line = cart.line(line)?;
    let currency = cart.currency();
    Ok(valued(adjustment, &line, |amount| currency.round(amount)))
}

fn valued(
    mut adjustment: Record,
    line: &Record,
    round: impl Fn(rust_decimal::Decimal) -> rust_decimal::Decimal,
) -> Record {
    let id = store::text(&adjustment, "Id").unwrap_or_default();
    if let Some(change) = waterfall::change_by(line, id) {
        let unit = change.checked_div(units(line)).unwrap_or_default();
        adjustment.insert("GrossValue".to_owned(), number(change));
        adjustment.insert("PerUnitValue".to_owned(), number(round(unit)));
    }
    adjustment
}

fn change(cart: &Cart<'_>, id: &str, mut row: Record) -> Result<(Record, i64), Failure> {
    let adjustment = find(cart, id)?;
    let line = cart.line(lookup_id(&adjustment, "LineItem").unwrap_or_default())?;
    for fixed in ["Id", "LineItem", "LineNumber", "LineType", "Configuration"] {
        row.remove(fixed);
    }
    let mut after = adjustment;
    after.extend(row.clone());
    checked(after, &line)?;
    let updated = ADJUSTMENTS.update(cart.session, id, &row)?;
    Ok((updated, int(&line, "PrimaryLineNumber")))
}

fn remove(cart: &mut Cart<'_>, ids: &[String], of_line: Option<&str>) -> Result<Answer, Failure> {
    let mut numbers = Vec::with_capacity(ids.len());
    for id in ids {
        let adjustment = find(cart, id)?;
        let line = lookup_id(&adjustment, "LineItem");
        if of_line.is_some_and(|wanted| line != Some(wanted)) {
            return Err(Failure::not_found(format!(
                "the line has no adjustment '{id}'"
            )));
        }
        numbers.push(int(&adjustment, "LineNumber"));
        ADJUSTMENTS.delete(cart.session, id)?;
    }
    if numbers.is_empty() {
        return Ok(Answer::empty(StatusCode::NO_CONTENT));
    }
    cart.price(&numbers)?;
    let deleted = ids.iter().map(|id| json!({"Id": id, "Success": true}));
    Ok(Answer::json(StatusCode::OK, deleted.collect()))
}

fn find(cart: &Cart<'_>, id: &str) -> Result<Record, Failure> {
    ADJUSTMENTS.find(cart.session.tx, cart.id(), id)
}

/// The line that an adjustment is for.
fn line_of(cart: &Cart<'_>, row: &Record) -> Result<Record, Failure> {
    if let Some(id) = lookup_id(row, "LineItem") {
        return cart.line(id);
    }
    let number = int(row, "LineNumber");
    let lines = cart.lines()?;
    let mut own = lines
        .into_iter()
        .filter(|line| int(line, "PrimaryLineNumber") == number);
    own.find(|line| is_set(line, "IsPrimaryLine")).ok_or_else(|| {
        Failure::invalid("an adjustment names its line by LineItem.Id, or by LineNumber, its PrimaryLineNumber")
    })
}

/// The row, if it is an adjustment that the line takes.
fn checked(row: Record, line: &Record) -> Result<Record, Failure> {
    if Adjustment::read(&row, "Adjustment")?.is_none() {
        return Err(Failure::invalid(
            "AdjustmentType and AdjustmentAmount are required",
        ));
    }
    if line.get("AllowManualAdjustment") == Some(&Value::Bool(false)) {
        return Err(Failure::Refused(
            StatusCode::FORBIDDEN,
            "the price list does not let the line be adjusted".to_owned(),
        ));
    }
    Ok(row)
}

fn ids(call: &Call) -> Result<Vec<String>, Failure> {
    let ids = params::rows(call)?.iter().map(|id| match id.as_str() {
        Some(id) => Ok(id.to_owned()),
        None => Err(Failure::invalid("the body is an array of ids")),
    });
    ids.collect()
}

fn id(call: &Call) -> &str {
    call.path_param("adjustmentId").unwrap_or_default()
}
