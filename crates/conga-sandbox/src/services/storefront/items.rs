//! The lines of a cart.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::carts::{list, to_change};
use super::catalog::Rules;
use super::names::{lookup_id, relationship};
use super::query::{Paths, alias};
use super::shop::kind;
use super::visit::Visit;
use super::{carts, favorites, rows, success};
use crate::failure::Failure;
use crate::records::store::{self, By, Record};
use crate::request::{Answer, Call};
use crate::services::World;
use crate::services::cart::items;
use crate::services::cart::lines::with_options;
use crate::services::cart::opened::{Cart, LINES, int, is_set, product_id};
use crate::services::pricing::money::amount_in;
use crate::services::pricing::price_list::{PriceList, in_force};
use crate::services::reply::params;

/// `POST /carts/{cartId}/items`: products, lines with attributes, or what a favorite holds.
pub(super) fn add(world: &World, call: &Call) -> Result<Answer, Failure> {
    let alias = alias(call)?;
    let pricing = is_priced(call);
    let shown = Visit::write(world, call, |visit| {
        let mut cart = to_change(visit, call)?;
        let favorite = call
            .json()
            .and_then(|body| body.get("FavoriteId"))
            .and_then(Value::as_str);
        let added = match favorite {
            Some(id) => favorites::copy_into(visit, &cart, id)?,
            None => items::add_rows(&cart, &requested(visit, call)?, true)?,
        };
        items::finish(&mut cart, &added, pricing)?;
        answer(visit, &cart, &added, alias)
    })?;
    Ok(success(shown))
}

/// `PUT /carts/{cartId}/items/{cartItemId}`: one line, or all that an array names by their ids.
pub(super) fn update(world: &World, call: &Call) -> Result<Answer, Failure> {
    let alias = alias(call)?;
    let pricing = is_priced(call);
    let id = call.path_param("cartItemId").unwrap_or_default();
    let is_one = call.json().is_some_and(Value::is_object);
    let shown = Visit::write(world, call, |visit| {
        let mut rows = requested(visit, call)?;
        if let Some(row) = rows.first_mut().filter(|_| is_one) {
            row.insert("Id".to_owned(), id.into());
        }
        let mut cart = to_change(visit, call)?;
        let updated = items::update_rows(&cart, &rows)?;
        items::finish(&mut cart, &updated, pricing)?;
        answer(visit, &cart, &updated, alias)
    })?;
    Ok(success(shown))
}

/// `POST /carts/{cartId}/items/delete`: a save result for each, as Salesforce gives them; the others are deleted all the
/// same.
pub(super) fn delete(world: &World, call: &Call) -> Result<Answer, Failure> {
    let ids: Vec<&str> = params::rows(call)?
        .iter()
        .filter_map(|row| row.get("Id")?.as_str())
        .collect();
    let pricing = is_priced(call);
    let results = Visit::write(world, call, |visit| {
        let mut cart = to_change(visit, call)?;
        let lines = cart.lines()?;
        let mut deleted: Vec<Record> = Vec::new();
        let mut results = Vec::with_capacity(ids.len());
        for id in &ids {
            let Some(line) = lines
                .iter()
                .find(|line| store::text(line, "Id") == Some(id))
            else {
                let error = json!({"statusCode": "ENTITY_IS_DELETED", "message": "the cart has no such line", "fields": []});
                results.push(json!({"id": id, "success": false, "errors": [error]}));
                continue;
            };
            for line in with_options(&lines, int(line, "PrimaryLineNumber")) {
                if !deleted.contains(&line) {
                    items::delete_line(&cart, &line)?;
                    deleted.push(line);
                }
            }
            results.push(json!({"id": id, "success": true, "errors": []}));
        }
        let left = cart.lines()?;
        let bundles: Vec<i64> = deleted
            .iter()
            .map(|line| int(line, "ParentBundleNumber"))
            .collect();
        let bundles: Vec<Record> = left
            .into_iter()
            .filter(|line| bundles.contains(&int(line, "PrimaryLineNumber")))
            .collect();
        items::finish(&mut cart, &bundles, pricing)?;
        Ok(results)
    })?;
    Ok(success(results.into()))
}

/// `GET /carts/{cartId}/items/validate`: `required` are the lines that cannot be sold any more, `optional` those whose
/// price has changed.
pub(super) fn to_validate(world: &World, call: &Call) -> Result<Answer, Failure> {
    let shown = Visit::read(world, call, |visit| {
        let cart = carts::existing(visit, call)?;
        let (mut required, mut optional) = (Vec::new(), Vec::new());
        for line in cart.lines()? {
            match validity(&cart, &line)? {
                Validity::Good => {}
                Validity::Changed => optional.push(line),
                Validity::Gone => required.push(line),
            }
        }
        Ok(json!({
            "required": list(LINES.object, required.iter(), true)?,
            "optional": list(LINES.object, optional.iter(), true)?,
        }))
    })?;
    Ok(success(shown))
}

/// `POST /carts/{cartId}/items/validate`: deletes what cannot be sold any more, prices the rest anew.
pub(super) fn validate(world: &World, call: &Call) -> Result<Answer, Failure> {
    let ids: Vec<&str> = params::rows(call)?
        .iter()
        .filter_map(Value::as_str)
        .collect();
    let shown = Visit::write(world, call, |visit| {
        let mut cart = to_change(visit, call)?;
        let lines = cart.lines()?;
        let (mut updated, mut deleted) = (Vec::new(), Vec::new());
        let mut unknown = false;
        for id in ids {
            let Some(line) = lines
                .iter()
                .find(|line| store::text(line, "Id") == Some(id))
            else {
                unknown = true;
                continue;
            };
            let number = int(line, "PrimaryLineNumber");
            if deleted.contains(&number) {
                continue;
            }
            if validity(&cart, line)? == Validity::Gone {
                for line in with_options(&lines, number) {
                    items::delete_line(&cart, &line)?;
                }
                deleted.push(number);
            } else {
                updated.push(line.clone());
            }
        }
        updated.retain(|line| !deleted.contains(&int(line, "PrimaryLineNumber")));
        items::finish(&mut cart, &updated, true)?;
        let updated = now(&cart, &updated)?;
        Ok(json!({
            "hasErrors": unknown,
            "updatedLines": list(LINES.object, updated.iter(), true)?,
            "deletedLineItems": deleted,
        }))
    })?;
    Ok(success(shown))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Validity {
    Good,
    /// The price list asks another price.
    Changed,
    /// The product or its price is not in force.
    Gone,
}

fn validity(cart: &Cart<'_>, line: &Record) -> Result<Validity, Failure> {
    let tx = cart.session.tx;
    let now = cart.session.now;
    let product = product_id(line).unwrap_or_default();
    let found = store::find(tx, "Product", By::Id, product)?;
    let list = match cart.price_list_id() {
        Some(id) => PriceList::find(tx, id)?,
        None => None,
    };
    let (Some(_), Some(list)) = (found.filter(|stored| in_force(&stored.record, now)), list) else {
        return Ok(Validity::Gone);
    };
    let contracts = store::text(&cart.record, "ContractNumbers").unwrap_or_default();
    let charge = store::text(line, "ChargeType").unwrap_or("Standard Price");
    let prices = list.prices(tx, product, contracts, now)?;
    let Some(price) = prices.iter().find(|price| price.charge_type() == charge) else {
        return Ok(Validity::Gone);
    };
    let is_free = is_set(&price.item, "PriceIncludedInBundle");
    let asked = if is_free {
        Decimal::ZERO
    } else {
        price.list_price
    };
    // A line without a price has not been priced yet.
    let changed = amount_in(line, "ListPrice").is_some_and(|paid| paid != asked && !is_free);
    Ok(if changed {
        Validity::Changed
    } else {
        Validity::Good
    })
}

/// The lines of a body, as the cart takes them.
fn requested(visit: &Visit<'_>, call: &Call) -> Result<Vec<Record>, Failure> {
    let mut paths = Paths::new(visit);
    let kind = kind(LINES.object)?;
    let body = call.json().unwrap_or(&Value::Null);
    let all = match body {
        Value::Array(all) => all.as_slice(),
        one => std::slice::from_ref(one),
    };
    if all.is_empty() {
        return Err(Failure::invalid(
            "the body names no line; send at least one",
        ));
    }
    let mut requested = Vec::with_capacity(all.len());
    for one in all {
        let one = one
            .as_object()
            .ok_or_else(|| Failure::invalid("a line is a JSON object"))?;
        let line = match one.get("LineItem") {
            Some(Value::Object(line)) => line,
            _ => one,
        };
        let mut row = rows::row(&mut paths, &kind, line)?;
        row.remove("ProductAttributes");
        row.remove("LineItem");
        if let Some(Value::Object(attributes)) = one.get("ProductAttributes") {
            let values = attributes.iter().filter(|(name, _)| *name != "attributes");
            let values: Record = values
                .map(|(name, value)| (relationship(name).to_owned(), value.clone()))
                .collect();
            if !values.is_empty() {
                row.insert("Attribute".to_owned(), Value::Object(values));
            }
        }
        requested.push(row);
    }
    Ok(requested)
}

/// The lines as they now are, and the rules of their products.
fn answer(
    visit: &Visit<'_>,
    cart: &Cart<'_>,
    lines: &[Record],
    alias: bool,
) -> Result<Value, Failure> {
    let lines = now(cart, lines)?;
    let mut products: Vec<String> = lines
        .iter()
        .filter_map(|line| lookup_id(line, "Product"))
        .map(str::to_owned)
        .collect();
    products.sort_unstable();
    products.dedup();
    Ok(json!({
        "LineItems": list(LINES.object, lines.iter(), alias)?,
        "ConstraintRules": Rules::of(visit, &[], &products)?.all(alias)?,
    }))
}

fn now(cart: &Cart<'_>, lines: &[Record]) -> Result<Vec<Record>, Failure> {
    lines
        .iter()
        .map(|line| cart.line(store::text(line, "Id").unwrap_or_default()))
        .collect()
}

fn is_priced(call: &Call) -> bool {
    params::text(call, "price") != Some("skip")
}
