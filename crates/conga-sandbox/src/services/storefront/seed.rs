//! The demo storefront, and its shopper, who buys for Northwind Biologics.

use chrono::{DateTime, Utc};
use rusqlite::Transaction;
use serde_json::json;

use crate::accounts::StorefrontAccount;
use crate::records::store;
use crate::services::commerce::seed::standard_price_list;
use crate::services::data::seed::{add, id};

/// The storefront sells to whom it does not know on this account.
const WALK_IN: usize = 10;

/// Fills a new database.
pub(in crate::services) fn demo(
    tx: &Transaction<'_>,
    now: DateTime<Utc>,
    account: &StorefrontAccount,
) -> rusqlite::Result<()> {
    let storefront = json!({
        "Name": account.storefront,
        "DefaultAccount": {"Id": id("Account", WALK_IN), "Name": "Lumen Instruments Resale"},
        "DefaultPriceList": standard_price_list(),
        "Channel": "B2B E-commerce",
        "DefaultLocale": "en_US",
        "Currency": "USD",
    });
    add(tx, now, "StoreFront", 0, storefront)?;
    let user = json!({
        "Id": account.user_id,
        "Name": "Amara Okafor",
        "FirstName": "Amara",
        "LastName": "Okafor",
        "Username": account.username,
        "Account": {"Id": id("Account", 0), "Name": "Northwind Biologics"},
        "Contact": {"Id": id("Contact", 0), "Name": "Amara Okafor"},
        "IsActive": true,
    });
    match user {
        serde_json::Value::Object(user) => store::insert(tx, "StorefrontUser", &user),
        _ => Ok(()),
    }
}
