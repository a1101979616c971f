//! `spec import`: takes in what Conga publishes.
//!
//! Documents of one service are merged, normalised (key order, evidence on every operation, nothing added) and written to
//! `spec/published/`. Nothing is corrected here: that is the overlay's business.

use std::path::PathBuf;

use serde_json::{Map, Value, json};

use crate::{
    document::{Document, METHODS},
    files,
    layout::Layout,
    problem::{Problem, Problems},
    register::Register,
};

/// How well founded an operation is, by the extension that says it.
pub(crate) const EVIDENCE: &str = "x-conga-evidence";

const EVIDENCES: [&str; 6] = ["published", "index", "page", "sdk", "client", "prose"];

pub(crate) fn run(layout: &Layout, service: &str, inputs: &[PathBuf]) -> Result<(), Problems> {
    let register = Register::load(layout)?;
    let service = register.find(service)?;
    let mut merged: Option<Document> = None;
    for input in inputs {
        let document = Document::load(layout, &service.id, input)?;
        merged = Some(match merged {
            None => document,
            Some(first) => merge(first, document)?,
        });
    }
    let Some(mut document) = merged else {
        return Err(Problem::new(
            "spec import",
            "",
            "no document was given",
            "name at least one OpenAPI 3.0 file",
        )
        .into());
    };
    normalise(&mut document)?;
    document.check()?;
    let path = layout.published(&service.id);
    files::write(&path, document.to_yaml()?.as_bytes())
        .map_err(|e| {
            Problem::new(
                layout.display(&path),
                "",
                format!("cannot be written: {e}"),
                "check the folder's permissions",
            )
            .into()
        })
        .map(|_| ())
}

/// Adds what `second` has to `first`. Two descriptions of one thing must agree.
fn merge(mut first: Document, second: Document) -> Result<Document, Problems> {
    let mut problems = Vec::new();
    let paths = second
        .root
        .get("paths")
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default();
    for (path, item) in paths {
        for (method, operation) in item.as_object().cloned().unwrap_or_default() {
            let slot = &mut first.root["paths"][path.as_str()][method.as_str()];
            if slot.is_null() {
                *slot = operation;
            } else if *slot != operation {
                problems.push(second.problem(
                    format!("{} {path}", method.to_uppercase()),
                    format!("{} describes this operation differently", first.file),
                    "leave it out of one of the two files",
                ));
            }
        }
    }
    for (name, schema) in second.schemas() {
        let Some(schemas) = first.schemas_mut() else {
            break;
        };
        match schemas.get(name) {
            None => {
                schemas.insert(name.clone(), schema.clone());
            }
            Some(present) if present == schema => {}
            Some(_) => problems.push(second.problem(
                format!("schema {name}"),
                format!("{} defines a schema of this name differently", first.file),
                "rename one of the two",
            )),
        }
    }
    Problems(problems).into_result().map(|()| first)
}

/// One order of keys, methods in one order, evidence everywhere.
fn normalise(document: &mut Document) -> Result<(), Problems> {
    let mut problems = Vec::new();
    let service = document.service.clone();
    let file = document.file.clone();
    if let Some(paths) = document
        .root
        .get_mut("paths")
        .and_then(Value::as_object_mut)
    {
        for (path, item) in paths.iter_mut() {
            let Some(item) = item.as_object_mut() else {
                continue;
            };
            let mut ordered = Map::new();
            for method in METHODS {
                let Some(mut operation) = item.remove(method) else {
                    continue;
                };
                let evidence = operation
                    .get(EVIDENCE)
                    .and_then(Value::as_str)
                    .unwrap_or("published")
                    .to_owned();
                if !EVIDENCES.contains(&evidence.as_str()) {
                    problems.push(Problem::new(
                        &file,
                        format!("{} {path}", method.to_uppercase()),
                        format!("the evidence is {evidence:?}"),
                        format!("give one of {EVIDENCES:?}"),
                    ));
                }
                operation[EVIDENCE] = json!(evidence);
                ordered.insert(method.to_owned(), operation);
            }
            ordered.extend(std::mem::take(item));
            *item = ordered;
        }
    }
    order_keys(
        &mut document.root,
        &["openapi", "info", "servers", "paths", "components"],
    );
    document.root["info"]["x-conga-service"] = json!(service);
    Problems(problems).into_result()
}

fn order_keys(value: &mut Value, order: &[&str]) {
    if let Some(object) = value.as_object_mut() {
        let mut ordered = Map::new();
        for key in order {
            if let Some(child) = object.shift_remove(*key) {
                ordered.insert((*key).to_owned(), child);
            }
        }
        ordered.extend(std::mem::take(object));
        *object = ordered;
    }
}
