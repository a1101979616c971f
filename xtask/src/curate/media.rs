//! `media`: one JSON.
//!
//! ASP.NET publishes every JSON body under several media types (`application/json`, `text/json`, `application/*+json`,
//! `application/json-patch+json`). On the wire they are one and the same. Everything else (multipart, octet-stream, csv, zip, pdf,
//! text) keeps its name. A JSON entry without a schema gets the schema of any JSON.

use serde_json::{Map, Value, json};

use crate::{document::Document, problem::Problems};

const JSON: &str = "application/json";

pub(super) fn apply(document: &mut Document) -> Result<(), Problems> {
    for (_, operation) in document.operations_mut() {
        if let Some(content) = operation
            .pointer_mut("/requestBody/content")
            .and_then(Value::as_object_mut)
        {
            fold(content);
        }
        for response in operation
            .get_mut("responses")
            .and_then(Value::as_object_mut)
            .into_iter()
            .flat_map(Map::values_mut)
        {
            if let Some(content) = response.get_mut("content").and_then(Value::as_object_mut) {
                fold(content);
            }
        }
    }
    Ok(())
}

fn fold(content: &mut Map<String, Value>) {
    let mut folded: Option<Value> = None;
    let mut kept = Map::new();
    for (media, entry) in std::mem::take(content) {
        if !is_json(&media) {
            kept.insert(media, entry);
        } else if folded.is_none() || media == JSON {
            folded = Some(entry);
        }
    }
    if let Some(mut entry) = folded {
        if let Some(entry) = entry.as_object_mut() {
            entry.remove("encoding");
            entry.entry("schema").or_insert_with(|| json!({}));
        }
        content.insert(JSON.into(), entry);
    }
    content.extend(kept);
}

fn is_json(media: &str) -> bool {
    let essence = media
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    matches!(essence.as_str(), JSON | "text/json" | "application/*")
        || essence.ends_with("+json")
        || essence == "*/*"
}
