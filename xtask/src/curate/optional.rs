//! `optional`: what is not required may be absent or null.
//!
//! .NET serialises an unset member as `null`, lists and maps too, whatever its schema says; and a new member is no breaking change.
//! So every field that is not required is nullable, and `additionalProperties: false` goes.

use serde_json::{Map, Value, json};

use crate::{
    document::{Document, walk_objects},
    problem::Problems,
};

pub(super) fn apply(document: &mut Document) -> Result<(), Problems> {
    walk_objects(&mut document.root, &mut |object| {
        if object.get("additionalProperties") == Some(&Value::Bool(false)) {
            object.remove("additionalProperties");
        }
        let required: Vec<String> = object
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(|name| name.as_str().map(str::to_owned))
            .collect();
        if let Some(properties) = object.get_mut("properties").and_then(Value::as_object_mut) {
            for (_, property) in properties
                .iter_mut()
                .filter(|(name, _)| !required.contains(name))
            {
                make_nullable(property);
            }
        }
    });
    Ok(())
}

/// A reference takes no siblings in OpenAPI 3.0, hence the `allOf` round it.
fn make_nullable(property: &mut Value) {
    if property.get("$ref").is_some() {
        *property = json!({ "allOf": [property.take()] });
    }
    if let Some(property) = property.as_object_mut()
        && !is_any(property)
    {
        property.insert("nullable".into(), json!(true));
    }
}

/// A schema that takes any JSON takes null already.
fn is_any(schema: &Map<String, Value>) -> bool {
    !["type", "allOf", "oneOf", "anyOf", "enum", "properties"]
        .iter()
        .any(|key| schema.contains_key(*key))
}
