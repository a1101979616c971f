//! Deletion of several records by one call.

use axum::http::StatusCode;
use serde_json::Value;

use crate::failure::Failure;
use crate::records::store::{self, Record};
use crate::request::{Answer, Call};
use crate::services::{Session, World};

/// Deletes the records that the rows name by `Id`, all or none; the answer lists each as `outcome` writes it.
pub(crate) fn delete_named(
    world: &World,
    call: &Call,
    rows: &[Record],
    remove: impl Fn(&Session<'_>, &str) -> Result<(), Failure>,
    outcome: impl Fn(&str) -> Value,
) -> Result<Answer, Failure> {
    let deleted = world.write(call, |session| {
        let deleted = rows.iter().map(|row| {
            let id = store::text(row, "Id").unwrap_or_default();
            remove(session, id)?;
            Ok(outcome(id))
        });
        deleted.collect::<Result<Value, Failure>>()
    })?;
    Ok(Answer::json(StatusCode::OK, deleted))
}
