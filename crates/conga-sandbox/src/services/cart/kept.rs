//! Carts that hold the lines of a favorite: what the Catalog service has done with them.

use rusqlite::Transaction;
use serde_json::{Value, json};

use super::carts;
use super::items::{delete_line, finish};
use super::lines::{Builder, with_options};
use super::opened::{Cart, LINES, int};
use crate::failure::Failure;
use crate::records::store::{self, Record};
use crate::services::Session;
use crate::services::commerce::children::lookup;

/// Keeps a copy of a cart's lines, in a cart of its own; gives that as a lookup.
pub(in crate::services) fn keep(
    session: &Session<'_>,
    source: &str,
    name: &str,
) -> Result<Value, Failure> {
    let cart = Cart::open(session, source)?;
    let lines = cart.lines()?;
    if lines.is_empty() {
        return Err(Failure::invalid(
            "the cart has no lines; add a product first",
        ));
    }
    let overrides = json!({
        "Name": name,
        "UseType": "Favorite",
        "BusinessObjectId": null,
        "BusinessObjectType": "Favorite",
    });
    let overrides = overrides.as_object().cloned().unwrap_or_default();
    let copy = carts::copy(&cart, &overrides, &lines, true)?;
    Ok(lookup(&copy.record))
}

/// Adds copies of kept lines to a cart.
pub(in crate::services) fn add_kept(
    session: &Session<'_>,
    kept: &str,
    to: &str,
    with_adjustments: bool,
) -> Result<Vec<Record>, Failure> {
    let lines = Cart::open(session, kept)?.lines()?;
    let mut cart = Cart::open_to_change(session, to)?;
    let copies = Builder::new(&cart)?.copy(&lines, with_adjustments, true)?;
    finish(&mut cart, &copies, true)?;
    let now = copies
        .iter()
        .map(|line| cart.line(store::text(line, "Id").unwrap_or_default()));
    now.collect()
}

/// Deletes kept lines by `PrimaryLineNumber` or `Id`, with their options; gives those that are left.
pub(in crate::services) fn delete_kept(
    session: &Session<'_>,
    kept: &str,
    rows: &[Record],
) -> Result<Vec<Record>, Failure> {
    let mut cart = Cart::open(session, kept)?;
    for row in rows {
        let number = match store::text(row, "Id").filter(|id| !id.is_empty()) {
            Some(id) => int(&cart.line(id)?, "PrimaryLineNumber"),
            None => int(row, "PrimaryLineNumber"),
        };
        let lines = with_options(&cart.lines()?, number);
        if lines.is_empty() {
            return Err(super::items::no_line(number));
        }
        for line in lines {
            delete_line(&cart, &line)?;
        }
    }
    cart.price(&[])?;
    cart.lines()
}

/// The kept lines.
pub(in crate::services) fn kept_lines(
    tx: &Transaction<'_>,
    kept: &str,
) -> Result<Vec<Record>, Failure> {
    let mut lines = LINES.of(tx, kept)?;
    lines.sort_by_key(|line| (int(line, "LineNumber"), int(line, "ItemSequence")));
    Ok(lines)
}

/// Deletes a kept cart; one that is gone already is no matter.
pub(in crate::services) fn forget(session: &Session<'_>, kept: &str) -> Result<(), Failure> {
    match Cart::open(session, kept) {
        Ok(cart) => carts::remove(&cart),
        Err(Failure::NotFound(_)) => Ok(()),
        Err(failure) => Err(failure),
    }
}
