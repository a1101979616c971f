//! `names`: every operation gets the id that its Rust method has.
//!
//! The grammar is that of [`super::names`]. An overlay gives an id of its own as `x-conga-name`; a published id is kept beside as
//! [`PUBLISHED_ID`].

use serde_json::{Value, json};

use super::{
    clashes::RUST_NAME,
    names::{self, Named},
};
use crate::{document::Document, problem::Problems};

/// Where the id that the reference gives is kept. It names nothing in the client.
pub(crate) const PUBLISHED_ID: &str = "x-conga-published-id";

pub(super) fn apply(document: &mut Document) -> Result<(), Problems> {
    let places: Vec<_> = document.operations().map(|(place, _)| place).collect();
    let operations: Vec<Named<'_>> = document
        .operations()
        .zip(&places)
        .map(|((_, operation), place)| Named {
            service: &document.service,
            method: &place.method,
            path: &place.path,
            takes_array_body: takes_array(document, operation),
            given: operation.get(RUST_NAME).and_then(Value::as_str),
        })
        .collect();
    let ids = names::name_operations(&operations).map_err(|faults| {
        let problem = |fault: &names::NameFault| {
            document.problem(fault.operations(), fault.to_string(), fault.remedy())
        };
        Problems(faults.iter().map(problem).collect())
    })?;
    for ((_, operation), id) in document.operations_mut().zip(ids) {
        let Some(operation) = operation.as_object_mut() else {
            continue;
        };
        operation.shift_remove(RUST_NAME);
        if let Some(published) = operation.shift_remove("operationId") {
            operation.insert(PUBLISHED_ID.into(), published);
        }
        operation.insert("operationId".into(), json!(id));
    }
    Ok(())
}

fn takes_array(document: &Document, operation: &Value) -> bool {
    let Some(content) = operation.pointer("/requestBody/content/application~1json") else {
        return false;
    };
    let schema = content.get("schema").unwrap_or(&Value::Null);
    let schema = schema
        .get("$ref")
        .and_then(Value::as_str)
        .and_then(|reference| document.resolve(reference))
        .unwrap_or(schema);
    content.get("example").is_some_and(Value::is_array)
        || schema.get("type").and_then(Value::as_str) == Some("array")
}
