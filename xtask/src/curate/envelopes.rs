//! `envelopes`: one wrapper, published hundreds of times.
//!
//! The platform wraps its answers as `{Success, Data, Errors, StatusCode, ...}` and publishes a schema for every type of `Data`.
//! Each of them becomes the one generic `ApiResponse<T>` of `conga-api`. The schema itself stays in the document: the sandbox answers by it.

use serde_json::{Value, json};

use crate::{document::Document, problem::Problems};

/// The fields that an envelope may have, and no other.
const FIELDS: [&str; 10] = [
    "Success",
    "Data",
    "Errors",
    "Warnings",
    "StatusCode",
    "RecordCount",
    "HasMoreRecords",
    "NextCursor",
    "Profile",
    "TotalTime",
];

pub(super) fn apply(document: &mut Document) -> Result<(), Problems> {
    for schema in document
        .schemas_mut()
        .into_iter()
        .flat_map(|schemas| schemas.values_mut())
    {
        let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
            continue;
        };
        let is_envelope = ["Success", "Data", "Errors"]
            .iter()
            .all(|field| properties.contains_key(*field))
            && properties
                .keys()
                .all(|field| FIELDS.contains(&field.as_str()));
        if !is_envelope {
            continue;
        }
        let mut data = properties["Data"].clone();
        if let Some(data) = data.as_object_mut() {
            data.remove("nullable");
            if let Some([only]) = data
                .get("allOf")
                .and_then(Value::as_array)
                .map(Vec::as_slice)
            {
                *data = only.as_object().cloned().unwrap_or_default();
            }
        }
        schema["x-rust-type"] = json!({
            "crate": "conga-api",
            "version": "*",
            "path": "conga_api::ApiResponse",
            "parameters": [data],
        });
    }
    Ok(())
}
