//! The calls on a cart's lines.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::lines::{Builder, Bundle, changes, check_option_quantity, is_option, with_options};
use super::opened::{ADJUSTMENTS, Cart, LINES, TIERS, int, is_set, unprocessable};
use super::{changing, configuration, on_cart};
use crate::failure::Failure;
use crate::records::criteria::Criteria;
use crate::records::objects::Object;
use crate::records::store::{self, Record};
use crate::request::{Answer, Call};
use crate::services::World;
use crate::services::commerce::fields::{self, capitals, lookup_id};
use crate::services::commerce::listing::{Listing, values};
use crate::services::reply::params;

/// `GET .../items`
pub(super) fn list(world: &World, call: &Call) -> Result<Answer, Failure> {
    let object = Object::internal(LINES.object);
    let group = values(call, "group")
        .next()
        .unwrap_or("LineNumber")
        .to_owned();
    on_cart(world, call, |cart| {
        let listing = Listing::of(call, &object)?
            .within(Criteria::is(LINES.owner, cart.id()))
            .sorted_by(&group);
        Ok(listing.page(cart.session.tx)?.into_answer())
    })
}

/// `POST .../items`
pub(super) fn add(world: &World, call: &Call) -> Result<Answer, Failure> {
    let rows = rows(call)?;
    let (defaults, pricing) = (
        !params::flag(call, "skipDefaultOptions")?,
        !params::flag(call, "skipPricing")?,
    );
    changing(world, call, |cart| {
        let added = add_rows(cart, &rows, defaults)?;
        finish(cart, &added, pricing)?;
        shown(cart, added)
    })
}

/// `PATCH .../items`
pub(super) fn update(world: &World, call: &Call) -> Result<Answer, Failure> {
    let rows = rows(call)?;
    let pricing = !params::flag(call, "skipPricing")?;
    changing(world, call, |cart| {
        let updated = update_rows(cart, &rows)?;
        finish(cart, &updated, pricing)?;
        shown(cart, updated)
    })
}

/// `DELETE .../items`
pub(super) fn delete(world: &World, call: &Call) -> Result<Answer, Failure> {
    let rows = rows(call)?;
    changing(world, call, |cart| {
        let lines = cart.lines()?;
        let mut deleted = Vec::new();
        let mut bundles = Vec::new();
        for row in &rows {
            let number = int(row, "PrimaryLineNumber");
            let own = with_options(&lines, number);
            let Some(first) = own.first() else {
                return Err(no_line(number));
            };
            bundles.push(int(first, "ParentBundleNumber"));
            for line in own {
                if !deleted.contains(&line) {
                    delete_line(cart, &line)?;
                    deleted.push(line);
                }
            }
        }
        bundles.retain(|number| *number > 0);
        configuration::update(cart, &bundles)?;
        cart.price(&bundles)?;
        let deleted = deleted.iter().map(|line| {
            json!({"Id": line.get("Id"), "PrimaryLineNumber": line.get("PrimaryLineNumber")})
        });
        Ok(Answer::json(StatusCode::OK, deleted.collect()))
    })
}

/// `POST .../items/clone`
pub(super) fn clone(world: &World, call: &Call) -> Result<Answer, Failure> {
    let rows = rows(call)?;
    changing(world, call, |cart| {
        let lines = cart.lines()?;
        let mut copies = Vec::new();
        for row in &rows {
            let number = int(row, "PrimaryLineNumber");
            let own = with_options(&lines, number);
            if own.is_empty() {
                return Err(no_line(number));
            }
            copies.extend(Builder::new(cart)?.copy(&own, false, true)?);
        }
        finish(cart, &copies, true)?;
        shown(cart, copies)
    })
}

/// `POST .../reprice`
pub(super) fn reprice(world: &World, call: &Call) -> Result<Answer, Failure> {
    let wanted: Vec<i64> = match call.json().and_then(Value::as_array) {
        Some(numbers) => numbers.iter().filter_map(Value::as_i64).collect(),
        None => Vec::new(),
    };
    changing(world, call, |cart| {
        let mut numbers: Vec<i64> = cart
            .lines()?
            .iter()
            .map(|line| int(line, "PrimaryLineNumber"))
            .collect();
        if let Some(unknown) = wanted.iter().find(|number| !numbers.contains(number)) {
            return Err(no_line(*unknown));
        }
        if !wanted.is_empty() {
            numbers = wanted;
        }
        cart.price(&numbers)?;
        Ok(super::accepted(cart))
    })
}

/// `GET .../items/errors`: the lines that could not be priced.
pub(super) fn errors(world: &World, call: &Call) -> Result<Answer, Failure> {
    on_cart(world, call, |cart| {
        let lines = cart.lines()?;
        let faulty = lines
            .iter()
            .filter(|line| store::text(line, "PricingStatus") == Some("Error"));
        let errors: Vec<Value> = faulty
            .map(|line| {
                json!({
                    "Id": line.get("Id"),
                    "PrimaryLineNumber": line.get("PrimaryLineNumber"),
                    "Message": line.get("StatusDetails"),
                })
            })
            .collect();
        Ok(if errors.is_empty() {
            Answer::empty(StatusCode::NO_CONTENT)
        } else {
            Answer::json(StatusCode::OK, errors.into())
        })
    })
}

/// Adds the lines of a request: products, and options to bundles of the cart or of the same request.
pub(in crate::services) fn add_rows(
    cart: &Cart<'_>,
    rows: &[Record],
    defaults: bool,
) -> Result<Vec<Record>, Failure> {
    let lines = cart.lines()?;
    let mut builder = Builder::new(cart)?;
    let mut added = Vec::new();
    let mut bundles: Vec<(i64, Bundle)> = Vec::new();
    let mut left: Vec<(usize, &Record)> = rows.iter().enumerate().collect();
    // An option may stand before its bundle.
    while !left.is_empty() {
        let before = left.len();
        let mut waiting = Vec::new();
        for (at, row) in left {
            let txn_parent = int(row, "TxnParentBundleNumber");
            let parent = int(row, "ParentBundleNumber");
            let bundle = if txn_parent > 0 {
                let known = bundles.iter().find(|(number, _)| *number == txn_parent);
                known.map(|(_, bundle)| bundle.clone())
            } else {
                Bundle::in_cart(&lines, parent)
            };
            if is_option(row) && bundle.is_none() {
                waiting.push((at, row));
                continue;
            }
            let product = row_product(row, at)?;
            let one = builder
                .add(product, bundle.as_ref(), row)
                .map_err(|failure| in_row(at, failure))?;
            added.extend(one.lines);
            if defaults {
                let txn = int(row, "PrimaryTxnLineNumber");
                let chosen = rows
                    .iter()
                    .filter(|other| txn > 0 && int(other, "TxnParentBundleNumber") == txn);
                let chosen: Vec<String> = chosen
                    .filter_map(|option| {
                        lookup_id(option, "Option").or_else(|| lookup_id(option, "Product"))
                    })
                    .map(str::to_owned)
                    .collect();
                added.extend(builder.add_default_options(&one.bundle, &chosen)?);
            }
            bundles.push((int(row, "PrimaryTxnLineNumber"), one.bundle));
        }
        if let Some((at, _)) = waiting.first()
            && waiting.len() == before
        {
            return Err(unprocessable(format!(
                "row {}: an option names its bundle by ParentBundleNumber, or by TxnParentBundleNumber the \
                 PrimaryTxnLineNumber of a bundle in the same request",
                at + 1
            )));
        }
        left = waiting;
    }
    Ok(added)
}

pub(in crate::services) fn update_rows(
    cart: &Cart<'_>,
    rows: &[Record],
) -> Result<Vec<Record>, Failure> {
    let session = cart.session;
    let mut updated: Vec<Record> = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        let id = store::text(row, "Id").unwrap_or_default();
        if id.is_empty() {
            return Err(unprocessable(format!(
                "row {}: Id is required: it names the line",
                at + 1
            )));
        }
        let line = cart.line(id)?;
        let mut change = changes(row, &line).map_err(|failure| in_row(at, failure))?;
        fields::complete(session.tx, &mut change)?;
        let mut after = line.clone();
        after.extend(change.clone());
        if let Some(component) = lookup_id(&line, "ProductOption")
            && let Some(stored) = store::find(
                session.tx,
                "ProductOptionComponent",
                store::By::Id,
                component,
            )?
        {
            check_option_quantity(&stored.record, &after).map_err(|failure| in_row(at, failure))?;
        }
        updated.push(LINES.update(session, id, &change)?);
        // The other charges of a product follow its primary line; options are priced for all of their bundles.
        let number = int(&line, "PrimaryLineNumber");
        let mut shared = change;
        shared.retain(|field, _| matches!(field.as_str(), "Quantity" | "SellingTerm"));
        if is_set(&line, "IsPrimaryLine") && !shared.is_empty() {
            for other in with_options(&cart.lines()?, number) {
                let other_id = store::text(&other, "Id").unwrap_or_default();
                if other_id == id
                    || updated
                        .iter()
                        .any(|line| store::text(line, "Id") == Some(other_id))
                {
                    continue;
                }
                let follows = int(&other, "PrimaryLineNumber") == number;
                updated.push(if follows {
                    LINES.update(session, other_id, &shared)?
                } else {
                    other
                });
            }
        }
    }
    Ok(updated)
}

/// Brings the configuration of bundles up to date and has the lines priced.
pub(in crate::services) fn finish(
    cart: &mut Cart<'_>,
    changed: &[Record],
    pricing: bool,
) -> Result<(), Failure> {
    let mut numbers: Vec<i64> = changed
        .iter()
        .map(|line| int(line, "PrimaryLineNumber"))
        .collect();
    let bundles: Vec<i64> = changed
        .iter()
        .map(|line| int(line, "ParentBundleNumber"))
        .collect();
    configuration::update(cart, &[numbers.clone(), bundles].concat())?;
    if pricing {
        numbers.sort_unstable();
        numbers.dedup();
        return cart.price(&numbers);
    }
    for line in changed {
        let status = Record::from_iter([("PricingStatus".to_owned(), "Pending".into())]);
        LINES.update(
            cart.session,
            store::text(line, "Id").unwrap_or_default(),
            &status,
        )?;
    }
    Ok(())
}

/// Deletes a line, and what belongs to it.
pub(in crate::services) fn delete_line(cart: &Cart<'_>, line: &Record) -> Result<(), Failure> {
    let id = store::text(line, "Id").unwrap_or_default();
    for adjustment in ADJUSTMENTS.of(cart.session.tx, cart.id())? {
        if lookup_id(&adjustment, "LineItem") == Some(id) {
            ADJUSTMENTS.delete(
                cart.session,
                store::text(&adjustment, "Id").unwrap_or_default(),
            )?;
        }
    }
    TIERS.delete_all(cart.session, id)?;
    LINES.delete(cart.session, id)
}

/// The rows of a body, with the names of their fields in capitals.
pub(super) fn rows(call: &Call) -> Result<Vec<Record>, Failure> {
    let rows = params::rows(call)?.iter().map(|row| match row.as_object() {
        Some(row) => Ok(capitals(row)),
        None => Err(Failure::invalid("a row is a JSON object")),
    });
    rows.collect()
}

/// The lines as they now are.
pub(super) fn shown(cart: &Cart<'_>, lines: Vec<Record>) -> Result<Answer, Failure> {
    let now = lines.iter().map(|line| {
        cart.line(store::text(line, "Id").unwrap_or_default())
            .map(Value::Object)
    });
    Ok(Answer::json(StatusCode::OK, now.collect::<Result<_, _>>()?))
}

/// That no line has this number.
pub(super) fn no_line(number: i64) -> Failure {
    unprocessable(format!(
        "no line of the cart has the PrimaryLineNumber {number}"
    ))
}

fn row_product(row: &Record, at: usize) -> Result<&str, Failure> {
    let option = lookup_id(row, "Option").filter(|_| is_option(row));
    option.or_else(|| lookup_id(row, "Product")).ok_or_else(|| {
        unprocessable(format!(
            "row {}: Product is required, as {{\"Id\": \"...\"}}",
            at + 1
        ))
    })
}

fn in_row(at: usize, failure: Failure) -> Failure {
    match failure {
        Failure::Refused(status, message) => {
            Failure::Refused(status, format!("row {}: {message}", at + 1))
        }
        other => other,
    }
}
