//! What a schema is in the generated client, in a word or two: schemas of the same words give the same Rust type, but for what is inside.

use serde_json::Value;

use super::{is_true, text};
use crate::document::{Document, SCHEMAS};

/// The type of a value that stands for itself: a body, an answer, an item of a list.
pub(super) fn value(document: &Document, schema: &Value) -> String {
    let of = plain(document, schema);
    if is_true(schema, "nullable") {
        format!("{of} or null")
    } else {
        of
    }
}

/// The type of a field or parameter, which says by itself whether it may be missing.
pub(super) fn plain(document: &Document, schema: &Value) -> String {
    let schema = unwrapped(schema);
    if let Some(reference) = text(schema, "$ref") {
        return match generic(document.resolve(reference)) {
            Some((name, parameter)) => format!("{name}<{}>", value(document, parameter)),
            None => reference.strip_prefix(SCHEMAS).unwrap_or(reference).into(),
        };
    }
    if let Some((name, parameter)) = generic(Some(schema)) {
        return format!("{name}<{}>", value(document, parameter));
    }
    for (key, word) in [("allOf", "all"), ("oneOf", "one"), ("anyOf", "any")] {
        if let Some(members) = schema.get(key).and_then(Value::as_array) {
            let members: Vec<String> = members.iter().map(|m| value(document, m)).collect();
            return format!("{word} of ({})", members.join(", "));
        }
    }
    let format = text(schema, "format").unwrap_or_default();
    let named = match text(schema, "type") {
        Some("string") => match format {
            "date-time" | "date" | "binary" => format.into(),
            _ => "string".into(),
        },
        Some("integer" | "number") if !format.is_empty() => format.into(),
        Some("array") => match schema.get("items") {
            Some(items) => format!("list of {}", value(document, items)),
            None => "list of any".into(),
        },
        Some("object") | None if schema.get("properties").is_some_and(holds_any) => {
            let further = further(schema).map_or("", |_| " with further fields");
            format!("object{further}")
        }
        Some("object") => match further(schema) {
            Some(further) => format!("map of {}", value(document, further)),
            None => "map of any".into(),
        },
        Some(other) => other.into(),
        None => "any".into(),
    };
    if schema.get("enum").is_some() {
        format!("enumeration of {named}")
    } else {
        named
    }
}

/// The schema itself: a reference that may be null is published as an `allOf` of one.
pub(super) fn unwrapped(schema: &Value) -> &Value {
    match schema
        .get("allOf")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
    {
        Some([only]) => only,
        _ => schema,
    }
}

/// The hand-written generic type that stands for a schema, and the schema of its parameter.
pub(super) fn generic(schema: Option<&Value>) -> Option<(&str, &Value)> {
    let rust = schema?.get("x-rust-type")?;
    let name = text(rust, "path")?.rsplit("::").next()?;
    Some((name, rust.pointer("/parameters/0")?))
}

/// The schema of the fields that are not named.
pub(super) fn further(schema: &Value) -> Option<&Value> {
    schema
        .get("additionalProperties")
        .filter(|further| further.is_object())
}

fn holds_any(properties: &Value) -> bool {
    properties.as_object().is_some_and(|map| !map.is_empty())
}
