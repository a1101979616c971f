//! Records as requests send them, to rows of the store.

use serde_json::{Value, json};

use super::names::relationship;
use super::objects::Kind;
use super::query::Paths;
use crate::failure::Failure;
use crate::records::store::{self, Record};

/// Fields of every record that Salesforce sets.
const SET_BY_SALESFORCE: &[&str] = &[
    "CreatedBy",
    "CreatedDate",
    "ExternalId",
    "IsDeleted",
    "ModifiedBy",
    "ModifiedDate",
    "Owner",
    "StorefrontOwner",
];

/// A row of the store, of a record with short names or Salesforce's. What Salesforce sets is left out, and children are;
/// a lookup is given by its id or as a record with one.
pub(super) fn row(paths: &mut Paths<'_>, kind: &Kind, record: &Record) -> Result<Record, Failure> {
    let names = paths.names(kind)?;
    let mut row = Record::new();
    for (name, value) in record.iter().filter(|(name, _)| *name != "attributes") {
        let (stored, is_id) = names.set(name);
        if SET_BY_SALESFORCE.contains(&stored.as_str())
            || kind.children(relationship(name)).is_some()
        {
            continue;
        }
        let leads = Kind::target(&stored).is_some();
        let value = match value {
            Value::String(id) if is_id || leads => json!({"Id": id}),
            Value::Object(part) if leads => match store::text(part, "Id") {
                Some(id) => json!({"Id": id}),
                None => continue,
            },
            value => value.clone(),
        };
        // The id of a lookup wins over the record that stands beside it.
        if is_id || !row.contains_key(&stored) {
            row.insert(stored, value);
        }
    }
    Ok(row)
}

/// The record in a part of a body; empty where there is none.
pub(super) fn part(body: Option<&Value>, name: &str) -> Record {
    let part = body
        .and_then(|body| body.get(name))
        .and_then(Value::as_object);
    part.cloned().unwrap_or_default()
}
