//! Prices that are being worked out.
//!
//! Pricing takes as long as all asynchronous work of the sandbox. Until then the cart says so, by `IsPricePending`,
//! `LineItemsAwaitingPrice` and its lines' `PricingStatus`; before the first call after it, whatever the service, the
//! prices are there.

use chrono::{DateTime, Utc};
use rusqlite::{Transaction, params};
use serde_json::json;

use super::opened::{Cart, LINES, int};
use super::pricing;
use crate::failure::Failure;
use crate::records::store::{self, Record};
use crate::records::value::date_text;
use crate::services::World;
use crate::services::stage::Stage;

/// The instants at which carts have their prices.
pub(in crate::services) const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS carts_awaiting_prices (
        cart TEXT PRIMARY KEY,
        due INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX IF NOT EXISTS carts_awaiting_prices_by_time ON carts_awaiting_prices (due);";

/// Has the prices of these lines, by primary line number, and the totals worked out.
pub(super) fn schedule(cart: &mut Cart<'_>, numbers: &[i64]) -> Result<(), Failure> {
    let mut awaiting = awaiting(&cart.record);
    awaiting.extend(numbers);
    awaiting.sort_unstable();
    awaiting.dedup();
    for line in cart.lines()? {
        let number = int(&line, "PrimaryLineNumber");
        if numbers.contains(&number) && store::text(&line, "PricingStatus") != Some("Pending") {
            let id = store::text(&line, "Id").unwrap_or_default();
            let status = Record::from_iter([("PricingStatus".to_owned(), "Pending".into())]);
            LINES.update(cart.session, id, &status)?;
        }
    }
    let due = Stage::end(cart.session.now);
    let numbers: Vec<String> = awaiting.iter().map(i64::to_string).collect();
    cart.set(json!({
        "IsPricePending": true,
        "IsTaskPending": true,
        "LineItemsAwaitingPrice": numbers.join(","),
        "TaskCompletedDate": date_text(due),
    }))?;
    cart.session
        .tx
        .prepare_cached(
            "INSERT INTO carts_awaiting_prices (cart, due) VALUES (?, ?)
             ON CONFLICT (cart) DO UPDATE SET due = excluded.due",
        )?
        .execute(params![cart.id(), due.timestamp_millis()])?;
    Ok(())
}

/// The primary line numbers of the lines whose prices are being worked out.
pub(super) fn awaiting(cart: &Record) -> Vec<i64> {
    let text = store::text(cart, "LineItemsAwaitingPrice").unwrap_or_default();
    text.split(',')
        .filter_map(|number| number.trim().parse().ok())
        .collect()
}

/// Whether prices are due.
pub(in crate::services) fn is_due(
    tx: &Transaction<'_>,
    now: DateTime<Utc>,
) -> rusqlite::Result<bool> {
    tx.prepare_cached("SELECT EXISTS (SELECT 1 FROM carts_awaiting_prices WHERE due <= ?)")?
        .query_row([now.timestamp_millis()], |row| row.get(0))
}

/// Works out the prices that are due.
pub(in crate::services) fn settle(world: &World) -> Result<(), Failure> {
    world.write_as_system(|session| {
        let due = session
            .tx
            .prepare_cached("SELECT cart FROM carts_awaiting_prices WHERE due <= ? ORDER BY due")?
            .query_map([session.now.timestamp_millis()], |row| row.get(0))?
            .collect::<rusqlite::Result<Vec<String>>>()?;
        for id in due {
            session
                .tx
                .prepare_cached("DELETE FROM carts_awaiting_prices WHERE cart = ?")?
                .execute([&id])?;
            match Cart::open(session, &id) {
                Ok(mut cart) => pricing::price(&mut cart)?,
                // It was deleted meanwhile.
                Err(Failure::NotFound(_)) => {}
                Err(failure) => return Err(failure),
            }
        }
        Ok(())
    })
}
