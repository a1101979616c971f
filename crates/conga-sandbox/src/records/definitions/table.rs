//! The definitions of this tenant, in SQLite.
//!
//! Only what differs from the start is stored: objects that Schema Manager made, and standard objects that it changed,
//! each as a whole.

use std::collections::BTreeSet;

use rusqlite::{OptionalExtension, Transaction, params};
use serde_json::Value;

use super::{Definition, Field, standard};
use crate::records::store::{self, Record};
use crate::records::value::{FieldPath, Scalar};

/// The tables.
pub(crate) const TABLES: &str = "
    CREATE TABLE definitions (
        object TEXT PRIMARY KEY,
        body TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE auto_numbers (
        object TEXT NOT NULL,
        field TEXT NOT NULL,
        next INTEGER NOT NULL,
        PRIMARY KEY (object, field)
    ) STRICT, WITHOUT ROWID;";

/// The definition that Schema Manager has stored.
pub(crate) fn stored(tx: &Transaction<'_>, object: &str) -> rusqlite::Result<Option<Definition>> {
    tx.prepare_cached("SELECT body FROM definitions WHERE object = ?")?
        .query_row([object], |row| store::from_json(row, 0))
        .optional()
}

/// The definition of an object: the stored one, that of a standard object, or what is true of any object that has
/// records.
pub(crate) fn find(tx: &Transaction<'_>, object: &str) -> rusqlite::Result<Option<Definition>> {
    if let Some(definition) = stored(tx, object)? {
        return Ok(Some(definition));
    }
    if let Some(definition) = standard::definition(object) {
        return Ok(Some(Definition::clone(&definition)));
    }
    let (records, _) = store::usage(tx, object)?;
    Ok((records > 0).then(|| standard::bare(object)))
}

/// The names of all objects, in order: the standard ones, those that are defined, those that have records.
pub(crate) fn names(tx: &Transaction<'_>) -> rusqlite::Result<BTreeSet<String>> {
    let mut names: BTreeSet<String> = tx
        .prepare_cached(
            "SELECT object FROM definitions UNION SELECT object FROM usage WHERE records > 0",
        )?
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    names.extend(standard::NAMES.map(str::to_owned));
    Ok(names)
}

/// Stores a definition, and keeps the indexes that its fields ask for.
pub(crate) fn save(tx: &Transaction<'_>, definition: &Definition) -> rusqlite::Result<()> {
    let object = &definition.name;
    let mut body = serde_json::to_value(definition)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
    compact(&mut body);
    tx.prepare_cached(
        "INSERT INTO definitions (object, body) VALUES (?, ?)
         ON CONFLICT (object) DO UPDATE SET body = excluded.body",
    )?
    .execute(params![object, body.to_string()])?;
    for field in definition.custom_fields() {
        let Some(path) = FieldPath::parse(&field.field_name) else {
            continue;
        };
        if field.is_filterable() || field.is_sortable {
            store::add_index(tx, object, &path)?;
        } else {
            store::drop_index(tx, object, &path)?;
        }
    }
    Ok(())
}

/// Whether another record has this value in the field.
pub(super) fn is_taken(
    tx: &Transaction<'_>,
    object: &str,
    field: &Field,
    value: &Value,
    record: &Record,
) -> rusqlite::Result<bool> {
    let (Some(path), Some(scalar)) = (FieldPath::parse(&field.field_name), Scalar::of(value))
    else {
        return Ok(false);
    };
    let id = store::text(record, "Id").unwrap_or_default();
    store::has_other(tx, object, &path, scalar, id)
}

/// The next value of an automatic number: its prefix and a count from its seed.
pub(super) fn next_number(
    tx: &Transaction<'_>,
    object: &str,
    field: &Field,
) -> rusqlite::Result<String> {
    let number: i64 = tx
        .prepare_cached(
            "INSERT INTO auto_numbers (object, field, next) VALUES (?1, ?2, ?3 + 1)
             ON CONFLICT (object, field) DO UPDATE SET next = next + 1
             RETURNING next - 1",
        )?
        .query_row(
            params![object, field.field_name, field.auto_number_initial_seed],
            |row| row.get(0),
        )?;
    let prefix = field.auto_number_prefix.as_deref().unwrap_or_default();
    Ok(format!("{prefix}{number}"))
}

/// Forgets the count of an automatic number.
pub(crate) fn forget_numbers(
    tx: &Transaction<'_>,
    object: &str,
    field: &str,
) -> rusqlite::Result<()> {
    tx.prepare_cached("DELETE FROM auto_numbers WHERE object = ? AND field = ?")?
        .execute([object, field])?;
    Ok(())
}

/// Leaves out what reading puts back: null, false, 0 and what is empty.
fn compact(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.values_mut().for_each(compact);
            map.retain(|_, value| !is_default(value));
        }
        Value::Array(list) => list.iter_mut().for_each(compact),
        _ => {}
    }
}

fn is_default(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(value) => !value,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(_) => false,
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
    }
}
