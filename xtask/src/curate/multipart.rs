//! `multipart`: a form is an object of parts.
//!
//! Published forms come as an object with binary fields, as a bare binary, or without a schema. Here they become an object whose
//! properties are the parts; a part is a file where its format is `binary`. A form without any named part takes one file named `file`.

use serde_json::{Value, json};

use crate::{document::Document, problem::Problems};

pub(crate) const MULTIPART: &str = "multipart/form-data";

pub(super) fn apply(document: &mut Document) -> Result<(), Problems> {
    for (_, operation) in document.operations_mut() {
        let Some(entry) = operation
            .pointer_mut("/requestBody/content")
            .and_then(|content| content.get_mut(MULTIPART))
        else {
            continue;
        };
        let named = entry
            .pointer("/schema/properties")
            .and_then(Value::as_object)
            .is_some_and(|properties| !properties.is_empty());
        if !named && entry.pointer("/schema/$ref").is_none() {
            entry["schema"] = json!({
                "type": "object",
                "properties": { "file": { "type": "string", "format": "binary" } },
                "x-conga-inferred": true,
            });
        }
        if let Some(entry) = entry.as_object_mut() {
            entry.remove("encoding");
        }
    }
    Ok(())
}
