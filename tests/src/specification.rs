//! The documents below `spec/`, as they are.

use std::path::Path;

use serde_json::Value;

/// Reads `spec/<folder>/<service>.yaml`.
///
/// # Panics
///
/// Where the document is missing or broken.
pub fn document(folder: &str, service: &str) -> Value {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../spec/{folder}/{service}.yaml"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_saphyr::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// Every operation of a document: path, method in lower case, and itself.
pub fn operations(document: &Value) -> impl Iterator<Item = (&str, &str, &Value)> {
    document["paths"]
        .as_object()
        .into_iter()
        .flatten()
        .flat_map(|(path, item)| {
            item.as_object()
                .into_iter()
                .flatten()
                .map(move |(method, operation)| (path.as_str(), method.as_str(), operation))
        })
}

/// Follows a reference, where the value is one.
pub fn resolve<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    match value
        .get("$ref")
        .and_then(Value::as_str)
        .and_then(|reference| document.pointer(reference.strip_prefix('#')?))
    {
        Some(target) => resolve(document, target),
        None => value,
    }
}

/// A schema of OpenAPI 3.0 as JSON Schema: `nullable` becomes a type, the rest is the same. The document's components come along, so
/// that references lead somewhere.
pub fn json_schema(document: &Value, schema: &Value) -> Value {
    let mut root = with_null(schema);
    if let Some(root) = root.as_object_mut() {
        root.insert("components".into(), with_null(&document["components"]));
    }
    root
}

fn with_null(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let mut converted: serde_json::Map<String, Value> = fields
                .iter()
                .filter(|(key, value)| !(*key == "nullable" && value.is_boolean()))
                .map(|(key, value)| (key.clone(), with_null(value)))
                .collect();
            if fields.get("nullable") == Some(&Value::Bool(true)) {
                if let Some(values) = converted.get_mut("enum").and_then(Value::as_array_mut) {
                    values.push(Value::Null);
                }
                if converted.contains_key("allOf") {
                    return serde_json::json!({ "anyOf": [converted, { "type": "null" }] });
                }
                if let Some(kind) = converted.get_mut("type") {
                    *kind = serde_json::json!([kind.take(), "null"]);
                }
            }
            Value::Object(converted)
        }
        Value::Array(items) => items.iter().map(with_null).collect(),
        other => other.clone(),
    }
}
