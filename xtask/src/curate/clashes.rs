//! `clashes`: names that are distinct on the wire and would not be in Rust.
//!
//! .NET publishes schema names with their namespace (`Conga.Revenue.Entities.Incentive`): the namespace goes where the last part
//! alone is unique in the document. Fields and parameters that differ only by case or underscores (`currency` and `Currency`,
//! `fileName` and `filename`) get an `x-conga-name` for Rust and keep both wire names.

use std::collections::{BTreeMap, HashMap};

use heck::{ToSnakeCase, ToUpperCamelCase};
use serde_json::{Map, Value, json};

use crate::{
    document::{Document, SCHEMAS, walk_objects},
    problem::Problems,
};

/// The name that stands for a field or parameter in Rust, where its wire name would clash.
pub(crate) const RUST_NAME: &str = "x-conga-name";

pub(super) fn apply(document: &mut Document) -> Result<(), Problems> {
    shorten_schema_names(document);
    for (_, operation) in document.operations_mut() {
        if let Some(parameters) = operation
            .get_mut("parameters")
            .and_then(Value::as_array_mut)
        {
            // The path template names its parameters, so theirs stay as they are.
            parameters.sort_by_key(|parameter| parameter["in"] != "path");
            let names: Vec<String> = parameters
                .iter()
                .filter_map(|p| p["name"].as_str().map(str::to_owned))
                .collect();
            for (index, name) in distinct(&names) {
                parameters[index][RUST_NAME] = json!(name);
            }
        }
    }
    walk_objects(&mut document.root, &mut |object| {
        if let Some(properties) = object.get_mut("properties").and_then(Value::as_object_mut) {
            let names: Vec<String> = properties.keys().cloned().collect();
            for (index, name) in distinct(&names) {
                if let Some(property) = properties.get_mut(&names[index]) {
                    name_property(property, name);
                }
            }
        }
    });
    Ok(())
}

/// A reference takes no siblings in OpenAPI 3.0, hence the `allOf` round it.
fn name_property(property: &mut Value, name: String) {
    if property.get("$ref").is_some() {
        *property = json!({ "allOf": [property.take()] });
    }
    property[RUST_NAME] = json!(name);
}

/// New names for all but the first of every set of names that are one in snake case.
fn distinct(names: &[String]) -> Vec<(usize, String)> {
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut renamed = Vec::new();
    for (index, name) in names.iter().enumerate() {
        // `jobId` and `job_id`, `fileName` and `filename`: the second pair differs in snake case, yet no reader could tell which is which.
        let folded = name.to_snake_case().replace('_', "");
        let count = seen.entry(folded).or_insert(0);
        *count += 1;
        if *count > 1 {
            renamed.push((index, format!("{}_{count}", name.to_snake_case())));
        }
    }
    renamed
}

fn shorten_schema_names(document: &mut Document) {
    let names: Vec<String> = document.schemas().map(|(name, _)| name.clone()).collect();
    let mut short: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for name in &names {
        let last = name.rsplit(['.', '+']).next().unwrap_or(name);
        short
            .entry(last.to_upper_camel_case())
            .or_default()
            .push(name.clone());
    }
    let mut renamed: HashMap<String, String> = HashMap::new();
    for (last, full) in short {
        match full.as_slice() {
            [only] if *only != last && only.contains(['.', '+']) => {
                renamed.insert(only.clone(), last);
            }
            _ => {}
        }
    }
    if renamed.is_empty() {
        return;
    }
    if let Some(schemas) = document.schemas_mut() {
        let moved: Map<String, Value> = std::mem::take(schemas)
            .into_iter()
            .map(|(name, schema)| (renamed.get(&name).cloned().unwrap_or(name), schema))
            .collect();
        *schemas = moved;
    }
    walk_objects(&mut document.root, &mut |object| {
        if let Some(Value::String(reference)) = object.get_mut("$ref")
            && let Some(name) = reference
                .strip_prefix(SCHEMAS)
                .and_then(|name| renamed.get(name))
        {
            *reference = format!("{SCHEMAS}{name}");
        }
    });
}
