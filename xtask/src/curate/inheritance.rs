//! `inheritance`: a derived .NET class is one object.
//!
//! Swashbuckle publishes a derived class as `allOf` of its base and its own fields. Here they become one object with the fields of both, since
//! a client has no use for the base. A field that both declare, and differently, could never hold a value of both types: what it
//! really holds is not published, so it becomes free JSON (a list of it where both say list), marked `x-conga-contradicts`.

use serde_json::{Map, Value, json};

use crate::{document::Document, problem::Problems};

pub(super) fn apply(document: &mut Document) -> Result<(), Problems> {
    let names: Vec<String> = document.schemas().map(|(name, _)| name.clone()).collect();
    for name in names {
        let Some(flat) = document
            .resolve(&format!("#/components/schemas/{name}"))
            .filter(|schema| is_derived(schema))
            .and_then(|schema| flatten(document, schema, &mut Vec::new()))
        else {
            continue;
        };
        if let Some(schemas) = document.schemas_mut() {
            schemas.insert(name, flat);
        }
    }
    Ok(())
}

/// A lone member of `allOf` only carries a mark such as `nullable`.
fn is_derived(schema: &Value) -> bool {
    schema
        .get("allOf")
        .and_then(Value::as_array)
        .is_some_and(|parts| parts.len() > 1)
}

/// The object that a schema comes to. `None` where it is no object, or derives from itself.
fn flatten(document: &Document, schema: &Value, open: &mut Vec<String>) -> Option<Value> {
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        if open.iter().any(|seen| seen == reference) {
            return None;
        }
        open.push(reference.to_owned());
        let flat = flatten(document, document.resolve(reference)?, open);
        open.pop();
        return flat;
    }
    let Some(parts) = schema.get("allOf").and_then(Value::as_array) else {
        return schema
            .get("properties")
            .is_some()
            .then(|| schema.clone())
            .or_else(|| {
                (schema.get("type").and_then(Value::as_str) == Some("object"))
                    .then(|| schema.clone())
            });
    };
    let mut whole = Map::from_iter([("type".to_owned(), json!("object"))]);
    for part in parts {
        merge(&mut whole, &flatten(document, part, open)?);
    }
    Some(Value::Object(whole))
}

fn merge(whole: &mut Map<String, Value>, part: &Value) {
    for (key, value) in part.as_object().into_iter().flatten() {
        match (key.as_str(), whole.get_mut(key), value) {
            ("properties", Some(Value::Object(present)), Value::Object(added)) => {
                for (name, property) in added {
                    match present.get_mut(name) {
                        Some(declared) => *declared = common(declared, property),
                        None => {
                            present.insert(name.clone(), property.clone());
                        }
                    }
                }
            }
            ("required", Some(Value::Array(present)), Value::Array(added)) => {
                for name in added {
                    if !present.contains(name) {
                        present.push(name.clone());
                    }
                }
            }
            (_, None, value) => {
                whole.insert(key.clone(), value.clone());
            }
            _ => {}
        }
    }
}

/// What holds for both declarations of a field.
fn common(one: &Value, other: &Value) -> Value {
    let (bare_one, bare_other) = (without_marks(one), without_marks(other));
    if bare_one == bare_other {
        // They differ by whether null is allowed at most; allowing it does no harm.
        return if one.get("nullable").is_some() {
            one.clone()
        } else {
            other.clone()
        };
    }
    let both_lists = [&bare_one, &bare_other]
        .iter()
        .all(|schema| schema.get("type").and_then(Value::as_str) == Some("array"));
    if both_lists {
        json!({ "type": "array", "items": {}, "nullable": true, "x-conga-contradicts": true })
    } else {
        json!({ "x-conga-contradicts": true })
    }
}

fn without_marks(schema: &Value) -> Value {
    let mut bare = schema.clone();
    if let Some(bare) = bare.as_object_mut() {
        bare.retain(|key, _| {
            !matches!(
                key.as_str(),
                "nullable" | "readOnly" | "writeOnly" | "deprecated"
            )
        });
        if let Some([only]) = bare
            .get("allOf")
            .and_then(Value::as_array)
            .map(Vec::as_slice)
            && bare.len() == 1
        {
            return only.clone();
        }
    }
    bare
}
