//! Lines that follow a cart's: into a quote, an order, an asset.

use rust_decimal::Decimal;
use serde_json::Value;

use super::children::{Children, lookup};
use crate::failure::Failure;
use crate::records::store::{self, Record};
use crate::services::Session;
use crate::services::pricing::money::amount_in;

/// What a copy does not have of the line that it comes from.
const LEFT_BEHIND: &[&str] = &["Configuration", "ExternalId", "Id", "Order", "Proposal"];

/// Copies lines to a record, in this status.
pub(crate) fn copy(
    session: &Session<'_>,
    lines: &[Record],
    to: Children,
    owner: &Record,
    status: &str,
) -> Result<Vec<Record>, Failure> {
    let mut copies = Vec::with_capacity(lines.len());
    for line in lines {
        let mut row = line.clone();
        row.retain(|field, _| !LEFT_BEHIND.contains(&field.as_str()));
        row.insert("DerivedFrom".to_owned(), lookup(line));
        row.insert("LineStatus".to_owned(), "New".into());
        row.insert("Status".to_owned(), status.into());
        copies.push(to.create(session, owner, row)?);
    }
    Ok(copies)
}

/// The net price of lines: of their products, which hold that of their options.
pub(crate) fn net(lines: &[Record]) -> Decimal {
    let products = lines
        .iter()
        .filter(|line| store::text(line, "LineType") != Some("Option"));
    products
        .filter_map(|line| amount_in(line, "NetPrice"))
        .sum()
}

/// The fields of a record with these names that have a value.
pub(crate) fn taken_over(record: &Record, fields: &[&str]) -> Record {
    let given = record
        .iter()
        .filter(|(field, value)| fields.contains(&field.as_str()) && !Value::is_null(value));
    given
        .map(|(field, value)| (field.clone(), value.clone()))
        .collect()
}
