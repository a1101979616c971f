//! Pages of lists.

use axum::http::StatusCode;
use rusqlite::Transaction;
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::records::selection::{Direction, Selection, Start, limit};
use crate::request::{Answer, Call};
use crate::services::reply::{Reply, params};

/// The page of a selection that a call asks for, by `sortField`, `sortDirection`, `pageNumber` from 1 and `pageSize`; the
/// records stand in the field `name` of the data.
pub(super) fn answer(
    tx: &Transaction<'_>,
    call: &Call,
    selection: Selection<'_>,
    default_sort: &str,
    name: &str,
) -> Result<Answer, Failure> {
    let direction = match params::text(call, "sortDirection") {
        Some(word) => Direction::read(word)?,
        None => Direction::Ascending,
    };
    let field = params::text(call, "sortField").unwrap_or(default_sort);
    let selection = selection.sorted(field, direction)?;
    let size = limit("pageSize", params::int(call, "pageSize")?)?;
    let number = params::int(call, "pageNumber")?.unwrap_or(1);
    let before = u64::try_from(number)
        .ok()
        .and_then(|number| number.checked_sub(1))
        .ok_or_else(|| Failure::invalid("pageNumber counts from 1"))?;
    let start = Start {
        after: None,
        skip: before.saturating_mul(size),
    };
    let total = selection.count(tx)?;
    let page = selection.page(tx, &start, size)?;
    let records = page
        .records
        .into_iter()
        .map(|stored| Value::Object(stored.record));
    let data = json!({name: records.collect::<Value>(), "TotalRecordCount": total});
    let reply = Reply::new(StatusCode::OK, data).counted(total);
    Ok(reply.paged(page.next.is_some(), None).into_answer())
}
