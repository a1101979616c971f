//! From a curated document to what progenitor takes.
//!
//! Curated documents say what the wire does; progenitor and typify take a subset of OpenAPI and close what the wire leaves open.
//! What is bent here is straightened in [`super::types`] and [`super::operations`]: nothing of it reaches a caller.

use std::collections::BTreeSet;

use openapiv3::OpenAPI;
use serde_json::{Map, Value, json};

use crate::{
    curate::RUST_NAME,
    document::{Document, walk_objects},
    problem::Problems,
};

/// Stands before the number of an integer enumeration, which typify would turn into a checked newtype.
pub(super) const INTEGER: &str = "int:";

/// Stands between a wire name and the suffix that keeps its Rust name apart.
pub(super) const APART: char = '\u{b7}';

pub(super) fn lower(curated: &Document) -> Result<OpenAPI, Problems> {
    let mut document = curated.clone();
    for (_, schema) in document.schemas_mut().into_iter().flatten() {
        if let Some(schema) = schema
            .as_object_mut()
            .filter(|schema| schema.contains_key("x-rust-type"))
        {
            // The type exists already; what the published copies of it consist of would only be generated for nobody.
            schema.remove("properties");
            schema.remove("required");
        }
    }
    let (requests, answers) = reached(&document);
    if let Some(schemas) = document.schemas_mut() {
        schemas.retain(|name, _| requests.contains(name) || answers.contains(name));
    }
    for (_, operation) in document.operations_mut() {
        lower_operation(operation);
    }
    for (_, schema) in document
        .schemas_mut()
        .into_iter()
        .flatten()
        .filter(|(name, _)| !requests.contains(*name))
    {
        // A server that leaves out what its document requires must not cost the caller the whole answer.
        relax_required(schema);
    }
    walk_objects(&mut document.root, &mut lower_schema);
    if let Some(components) = document
        .root
        .get_mut("components")
        .and_then(Value::as_object_mut)
    {
        components.retain(|key, _| key == "schemas");
    }
    serde_json::from_value(document.root).map_err(|e| {
        curated
            .problem(
                "",
                format!("is no OpenAPI 3.0 document: {e}"),
                "mend the place by overlay, or the published document",
            )
            .into()
    })
}

fn lower_operation(operation: &mut Value) {
    let Some(operation) = operation.as_object_mut() else {
        return;
    };
    let takes_json = operation
        .get("requestBody")
        .and_then(|body| body.pointer("/content/application~1json"))
        .is_some();
    if !takes_json {
        operation.remove("requestBody");
    }
    if let Some(responses) = operation
        .get_mut("responses")
        .and_then(Value::as_object_mut)
    {
        responses.retain(|status, _| status == "2XX");
    }
    for parameter in operation
        .get_mut("parameters")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
    {
        if let Some(name) = parameter
            .get(RUST_NAME)
            .and_then(Value::as_str)
            .map(str::to_owned)
        {
            parameter["name"] = json!(name);
        }
        // A query parameter's schema says what one value is; whether there is one is `required`'s business.
        if let Some(schema) = parameter.get_mut("schema").and_then(Value::as_object_mut) {
            schema.remove("nullable");
        }
    }
}

fn lower_schema(object: &mut Map<String, Value>) {
    // Not sending a field asks for the server's default; a copy of it here would pin today's.
    object.remove("default");
    object.remove("readOnly");
    object.remove("writeOnly");
    if let Some(Value::Array(values)) = object.get_mut("enum")
        && values.iter().all(Value::is_number)
    {
        for value in values.iter_mut() {
            *value = json!(format!("{INTEGER}{value}"));
        }
        object.insert("type".into(), json!("string"));
        object.remove("format");
    }
    if let Some(properties) = object.get_mut("properties").and_then(Value::as_object_mut)
        && properties
            .values()
            .any(|property| property.get(RUST_NAME).is_some())
    {
        *properties = std::mem::take(properties)
            .into_iter()
            .map(|(name, property)| {
                let apart = property
                    .get(RUST_NAME)
                    .and_then(Value::as_str)
                    .and_then(|rust| rust.rsplit('_').next());
                match apart {
                    Some(suffix) => (format!("{name}{APART}{suffix}"), property),
                    None => (name, property),
                }
            })
            .collect();
    }
}

fn relax_required(schema: &mut Value) {
    walk_objects(schema, &mut |object| {
        let Some(Value::Array(required)) = object.remove("required") else {
            return;
        };
        let Some(properties) = object.get_mut("properties").and_then(Value::as_object_mut) else {
            return;
        };
        for name in required.iter().filter_map(Value::as_str) {
            if let Some(property) = properties.get_mut(name) {
                if property.get("$ref").is_some() {
                    *property = json!({ "allOf": [property.take()] });
                }
                property["nullable"] = json!(true);
            }
        }
    });
}

/// The named schemas that requests reach, and those that answers reach.
fn reached(document: &Document) -> (BTreeSet<String>, BTreeSet<String>) {
    let mut requests = BTreeSet::new();
    let mut answers = BTreeSet::new();
    for (_, operation) in document.operations() {
        for key in ["parameters", "requestBody"] {
            follow(document, operation.get(key), &mut requests);
        }
        follow(document, operation.get("responses"), &mut answers);
    }
    (requests, answers)
}

fn follow(document: &Document, value: Option<&Value>, seen: &mut BTreeSet<String>) {
    let mut found = Vec::new();
    let Some(mut value) = value.cloned() else {
        return;
    };
    walk_objects(&mut value, &mut |object| {
        if let Some(name) = object
            .get("$ref")
            .and_then(Value::as_str)
            .and_then(|r| r.strip_prefix("#/components/schemas/"))
        {
            found.push(name.to_owned());
        }
    });
    for name in found {
        if seen.insert(name.clone()) {
            follow(
                document,
                document.resolve(&format!("#/components/schemas/{name}")),
                seen,
            );
        }
    }
}
