//! Series of numbers: each number is given once, and none comes back when its record is deleted.

use serde_json::{Value, json};

use crate::failure::Failure;
use crate::records::objects::Object;
use crate::records::store::{self, By, Record};
use crate::services::Session;

/// The next number of a series, which starts at 1.
pub(crate) fn next(session: &Session<'_>, series: &str) -> Result<i64, Failure> {
    let object = Object::internal("NumberSeries");
    let writer = session.records(&object);
    let stored = store::find(session.tx, object.name(), By::Id, series)?;
    let last = stored
        .as_ref()
        .and_then(|stored| stored.record.get("Last"))
        .and_then(Value::as_i64)
        .unwrap_or(0);
    let number = last.saturating_add(1);
    let row = Record::from_iter([
        ("Id".to_owned(), json!(series)),
        ("Last".to_owned(), json!(number)),
    ]);
    match stored {
        Some(stored) => writer.change(stored, &row)?,
        None => writer.create(&row)?,
    };
    Ok(number)
}
