//! Lists of users and of connections: in order, by pages.

use axum::http::StatusCode;
use serde_json::Value;

use super::Failure;
use crate::records::selection::Direction;
use crate::request::{Answer, Call, envelope};
use crate::services::reply::params;

/// Rows on a page unless the call says otherwise; assumed, as sister services publish it.
const PAGE_SIZE: usize = 10;

/// The page of the rows that the call asks for: `sortField`, `sortDirection`, `pageSize`, `pageNumber`.
pub(super) fn page(mut rows: Vec<Value>, call: &Call) -> Result<Answer, Failure> {
    if let Some(field) = params::text(call, "sortField") {
        sort(&mut rows, field, params::text(call, "sortDirection"))?;
    }
    let size = positive(call, "pageSize")?.unwrap_or(PAGE_SIZE);
    let skipped = positive(call, "pageNumber")?
        .unwrap_or(1)
        .saturating_sub(1)
        .saturating_mul(size);
    let more = rows.len() > skipped.saturating_add(size);
    let page = rows.into_iter().skip(skipped).take(size).collect();
    let mut body = envelope(StatusCode::OK, Value::Array(page), None);
    body["HasMoreRecords"] = more.into();
    Ok(Answer::json(StatusCode::OK, body))
}

/// Sorts by a field that holds one value, text in any case; descending unless told otherwise, as published.
fn sort(rows: &mut [Value], field: &str, direction: Option<&str>) -> Result<(), Failure> {
    let direction = match direction {
        Some(word) => Direction::read(word)?,
        None => Direction::Descending,
    };
    rows.sort_by_cached_key(|row| {
        let value = &row[field];
        value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_lowercase)
    });
    if direction == Direction::Descending {
        rows.reverse();
    }
    Ok(())
}

fn positive(call: &Call, name: &str) -> Result<Option<usize>, Failure> {
    let parsed = params::text(call, name).map(|word| match word.parse() {
        Ok(0) | Err(_) => Err(Failure::invalid(format!(
            "{name} is a whole number from 1, not '{word}'"
        ))),
        Ok(number) => Ok(number),
    });
    parsed.transpose()
}
