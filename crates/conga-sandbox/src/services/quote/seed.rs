//! The demo seed: a quote that waits for its customer.

use chrono::{DateTime, Utc};
use rusqlite::Transaction;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{LINES, quotes};
use crate::failure::Failure;
use crate::records::store::Record;
use crate::services::commerce::seed::{offer, standard_price_list};
use crate::services::data::seed::{id, lookup, session};
use crate::services::pricing::money::number;

/// The customer, an account of the Data service's company.
const CUSTOMER: usize = 1;

/// Products of the catalog, and how many.
const ITEMS: [(usize, u32); 3] = [(2, 2), (8, 2), (9, 1)];

/// Fills a new database. The same ids and contents every time.
pub(in crate::services) fn demo(tx: &Transaction<'_>, now: DateTime<Utc>) -> Result<(), Failure> {
    let session = session(tx, now);
    let lines: Vec<(Value, u32, Decimal)> = ITEMS
        .iter()
        .filter_map(|(product, quantity)| {
            let (product, price) = offer(*product)?;
            Some((product, *quantity, price))
        })
        .collect();
    let total: Decimal = lines
        .iter()
        .map(|(_, quantity, price)| price * Decimal::from(*quantity))
        .sum();
    let total = json!({"Value": number(total)});
    let quote = fields(json!({
        "Id": id("Proposal", 0),
        "ExternalId": "DEMO-Proposal-001",
        "Name": "Analyser renewal",
        "Account": lookup("Account", CUSTOMER),
        "PrimaryContact": lookup("Contact", CUSTOMER),
        "PriceList": standard_price_list(),
        "Amount": total,
        "NetAmount": total,
        "GrandTotal": total,
    }));
    let quote = quotes::new_named(&session, quote)?;
    for (at, (product, quantity, price)) in lines.into_iter().enumerate() {
        let net = number(price * Decimal::from(quantity));
        let price = number(price);
        let line = fields(json!({
            "Id": id("ProposalLineItem", at),
            "Name": product["Name"],
            "Product": product,
            "PriceList": standard_price_list(),
            "LineNumber": at + 1,
            "ItemSequence": 1,
            "LineType": "Product/Service",
            "LineStatus": "New",
            "Status": "Draft",
            "ChargeType": "Standard Price",
            "Quantity": quantity,
            "ListPrice": price,
            "BasePrice": price,
            "NetUnitPrice": price,
            "BaseExtendedPrice": net,
            "ExtendedPrice": net,
            "NetPrice": net,
        }));
        LINES.create(&session, &quote, line)?;
    }
    Ok(())
}

fn fields(row: Value) -> Record {
    row.as_object().cloned().unwrap_or_default()
}
