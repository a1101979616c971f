//! Carts: those of the visitor, one of them active.

use axum::http::StatusCode;
use rusqlite::{OptionalExtension as _, params};
use serde_json::{Map, Value, json};

use super::names::lookup_id;
use super::objects::Kind;
use super::query::reading::missing;
use super::query::{Paths, alias, plain};
use super::shop::kind;
use super::visit::Visit;
use super::{rows, success};
use crate::failure::Failure;
use crate::records::store::{self, Record};
use crate::request::{Answer, Call};
use crate::services::World;
use crate::services::cart::carts;
use crate::services::cart::opened::{Cart, OBJECT, SUMMARY_GROUPS, int};
use crate::services::cart::pricing;
use crate::services::commerce::children::lookup;
use crate::services::reply::params as given;

/// The word that names the active cart.
const ACTIVE: &str = "active";

/// `POST /carts`: an array of the one cart.
pub(super) fn create(world: &World, call: &Call) -> Result<Answer, Failure> {
    let body = call
        .json()
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default();
    let alias = alias(call)?;
    let made = Visit::write(world, call, |visit| {
        let row = rows::row(&mut Paths::new(visit), &kind(OBJECT)?, &body)?;
        show(visit, &new(visit, row)?, alias)
    })?;
    Ok(success(json!([made])))
}

/// `GET /carts/{cartId}`. Without an active cart a prefilled one, which is not stored yet.
pub(super) fn get(world: &World, call: &Call) -> Result<Answer, Failure> {
    let alias = alias(call)?;
    let shown = Visit::read(world, call, |visit| match find(visit, call)? {
        Some(cart) => show(visit, &cart, alias),
        None => prefilled(visit, alias),
    })?;
    Ok(success(shown))
}

/// `PUT /carts/{cartId}`: an array of the one cart, as in the page's example.
pub(super) fn update(world: &World, call: &Call) -> Result<Answer, Failure> {
    let alias = alias(call)?;
    let body = given::row(call)?;
    let shown = Visit::write(world, call, |visit| {
        let row = rows::row(&mut Paths::new(visit), &kind(OBJECT)?, body)?;
        let mut cart = to_change(visit, call)?;
        carts::change(&mut cart, &row)?;
        show(visit, &cart, alias)
    })?;
    Ok(success(json!([shown])))
}

/// `DELETE /carts/{cartId}`
pub(super) fn delete(world: &World, call: &Call) -> Result<Answer, Failure> {
    Visit::write(world, call, |visit| {
        let cart = existing(visit, call)?;
        carts::remove(&cart)?;
        visit
            .tx()
            .prepare_cached("DELETE FROM storefront_carts WHERE cart = ?")?
            .execute([cart.id()])?;
        Ok(())
    })?;
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}

/// `POST /carts/{cartId}/clone`
pub(super) fn clone(world: &World, call: &Call) -> Result<Answer, Failure> {
    let shown = Visit::write(world, call, |visit| {
        let cart = existing(visit, call)?;
        let copy = carts::copy(&cart, &Record::new(), &cart.lines()?, true)?;
        activate(visit, &copy)?;
        show(visit, &copy, true)
    })?;
    Ok(success(shown))
}

/// `POST /carts/{cartId}/abandon`
pub(super) fn abandon(world: &World, call: &Call) -> Result<Answer, Failure> {
    let shown = Visit::write(world, call, |visit| {
        let mut cart = existing(visit, call)?;
        if !is_open(&cart) {
            return Err(Failure::conflict(format!(
                "the cart is {}; only one that is not checked out can be abandoned",
                cart.status()
            )));
        }
        cart.set(json!({"Status": "Abandoned"}))?;
        deactivate(visit, &cart)?;
        show(visit, &cart, true)
    })?;
    Ok(success(shown))
}

/// `POST /carts/{cartId}/price`: prices all lines at once; the lines of the numbers asked for, and the totals.
pub(super) fn price(world: &World, call: &Call) -> Result<Answer, Failure> {
    let alias = alias(call)?;
    let wanted = numbers(given::text(call, "lineNumber").unwrap_or_default())?;
    let shown = Visit::write(world, call, |visit| {
        let mut cart = to_change(visit, call)?;
        carts::price_all(&mut cart)?;
        pricing::price(&mut cart)?;
        let lines = cart.lines()?;
        let wanted = lines
            .iter()
            .filter(|line| wanted.is_empty() || wanted.contains(&int(line, "LineNumber")));
        let mut shown = Map::new();
        shown.insert("LineItems".to_owned(), list("LineItem", wanted, alias)?);
        shown.insert("SummaryGroups".to_owned(), summary(&cart, alias)?);
        Ok(Value::Object(shown))
    })?;
    Ok(success(shown))
}

/// Makes a cart of the visitor, which becomes the active one.
pub(super) fn new<'v>(visit: &'v Visit<'v>, row: Record) -> Result<Cart<'v>, Failure> {
    let mut defaults = Record::new();
    if let Some(account) = visit.account()? {
        defaults.insert("Account".to_owned(), lookup(&account));
    }
    if let Some(list) = visit.price_list()? {
        defaults.insert("PriceList".to_owned(), lookup(&list));
    }
    defaults.insert("Owner".to_owned(), visit.session.author.clone());
    defaults.extend(row);
    let cart = carts::new(visit.session, &defaults)?;
    activate(visit, &cart)?;
    Ok(cart)
}

/// Makes a cart the visitor's active one.
fn activate(visit: &Visit<'_>, cart: &Cart<'_>) -> Result<(), Failure> {
    let owner = visit.owner();
    visit
        .tx()
        .prepare_cached("UPDATE storefront_carts SET is_active = 0 WHERE owner = ?")?
        .execute([&owner])?;
    visit
        .tx()
        .prepare_cached(
            "INSERT INTO storefront_carts (cart, owner, is_active) VALUES (?, ?, 1)
             ON CONFLICT (cart) DO UPDATE SET is_active = 1",
        )?
        .execute(params![cart.id(), owner])?;
    Ok(())
}

/// The visitor goes on with no cart, until the next product is added.
pub(super) fn deactivate(visit: &Visit<'_>, cart: &Cart<'_>) -> Result<(), Failure> {
    visit
        .tx()
        .prepare_cached("UPDATE storefront_carts SET is_active = 0 WHERE cart = ?")?
        .execute([cart.id()])?;
    Ok(())
}

/// The cart that a call names; `None` for the active one where there is none.
fn find<'v>(visit: &'v Visit<'v>, call: &Call) -> Result<Option<Cart<'v>>, Failure> {
    let id = call.path_param("cartId").unwrap_or_default();
    let kind = kind(OBJECT)?;
    if id != ACTIVE {
        let seen = visit.find(&kind, id)?;
        return match seen {
            Some(_) => Cart::open(visit.session, id).map(Some),
            None => Err(missing(&kind, id)),
        };
    }
    find_active(visit)
}

/// The active cart, which must be there.
pub(super) fn active<'v>(visit: &'v Visit<'v>) -> Result<Cart<'v>, Failure> {
    find_active(visit)?.ok_or_else(none_active)
}

fn find_active<'v>(visit: &'v Visit<'v>) -> Result<Option<Cart<'v>>, Failure> {
    let active: Option<String> = visit
        .tx()
        .prepare_cached("SELECT cart FROM storefront_carts WHERE owner = ? AND is_active = 1")?
        .query_row([visit.owner()], |row| row.get(0))
        .optional()?;
    let Some(id) = active else {
        return Ok(None);
    };
    // The platform's side may have deleted or finalized it.
    match store::find(visit.tx(), OBJECT, store::By::Id, &id)? {
        Some(_) => Ok(Some(Cart::open(visit.session, &id)?).filter(is_open)),
        None => Ok(None),
    }
}

/// The cart that a call names, which must be there.
pub(super) fn existing<'v>(visit: &'v Visit<'v>, call: &Call) -> Result<Cart<'v>, Failure> {
    find(visit, call)?.ok_or_else(none_active)
}

fn none_active() -> Failure {
    Failure::not_found("there is no active cart; add a product, or create a cart")
}

/// The cart that a call names, to be changed; the active one is made where there is none.
pub(super) fn to_change<'v>(visit: &'v Visit<'v>, call: &Call) -> Result<Cart<'v>, Failure> {
    match find(visit, call)? {
        Some(cart) => Cart::open_to_change(visit.session, cart.id()),
        None => new(visit, Record::new()),
    }
}

/// A cart with its account, price list, lines and totals.
pub(super) fn show(visit: &Visit<'_>, cart: &Cart<'_>, alias: bool) -> Result<Value, Failure> {
    let kind = kind(OBJECT)?;
    let mut shown = plain(&kind, &cart.record, alias);
    add_parents(visit, &kind, &cart.record, &mut shown, alias)?;
    let name = |name| super::names::shown_children(&kind, name, alias);
    shown.insert(
        name("LineItems"),
        list("LineItem", cart.lines()?.iter(), alias)?,
    );
    shown.insert(name("SummaryGroups"), summary(cart, alias)?);
    Ok(Value::Object(shown))
}

/// Records of an object as answers show them.
pub(super) fn list<'r>(
    object: &str,
    records: impl Iterator<Item = &'r Record>,
    alias: bool,
) -> Result<Value, Failure> {
    let kind = kind(object)?;
    Ok(records
        .map(|record| Value::Object(plain(&kind, record, alias)))
        .collect())
}

fn summary(cart: &Cart<'_>, alias: bool) -> Result<Value, Failure> {
    let mut groups = SUMMARY_GROUPS.of(cart.session.tx, cart.id())?;
    groups.sort_by_key(|group| int(group, "LineNumber"));
    list("SummaryGroup", groups.iter(), alias)
}

fn prefilled(visit: &Visit<'_>, alias: bool) -> Result<Value, Failure> {
    let kind = kind(OBJECT)?;
    let mut record = Record::new();
    let fields = json!({
        "Name": "Cart",
        "Status": "New",
        "NumberOfItems": 0,
        "IsPricePending": false,
        "IsTaskPending": false,
        "Owner": visit.session.author,
    });
    if let Value::Object(fields) = fields {
        record.extend(fields);
    }
    for (field, found) in [
        ("Account", visit.account()?),
        ("PriceList", visit.price_list()?),
    ] {
        if let Some(found) = found {
            record.insert(field.to_owned(), lookup(&found));
        }
    }
    let mut shown = plain(&kind, &record, alias);
    add_parents(visit, &kind, &record, &mut shown, alias)?;
    Ok(Value::Object(shown))
}

fn add_parents(
    visit: &Visit<'_>,
    cart: &Kind,
    record: &Record,
    shown: &mut Map<String, Value>,
    alias: bool,
) -> Result<(), Failure> {
    for field in ["Account", "PriceList"] {
        let Some(id) = lookup_id(record, field) else {
            continue;
        };
        let kind = kind(field)?;
        if let Some(parent) = visit.find(&kind, id)? {
            let name = super::names::shown_parent(cart, field, alias);
            shown.insert(name, Value::Object(plain(&kind, &parent, alias)));
        }
    }
    Ok(())
}

fn is_open(cart: &Cart<'_>) -> bool {
    matches!(cart.status(), "New" | "Saved")
}

/// Line numbers with commas between them.
fn numbers(text: &str) -> Result<Vec<i64>, Failure> {
    let parts = text
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty());
    let numbers = parts.map(|part| {
        let whole = part.strip_suffix(".0").unwrap_or(part);
        whole
            .parse()
            .map_err(|_| Failure::invalid(format!("lineNumber: '{part}' is no number of a line")))
    });
    numbers.collect()
}
