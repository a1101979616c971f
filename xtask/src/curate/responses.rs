//! `responses`: one answer and one error.
//!
//! The platform answers 200, 201, 202, 204 and 207 where its documents name one of them, and errors in several shapes whatever they
//! name. So every operation has exactly two responses: `2XX` with one media type, and `default` with the shared error body. The
//! documented success status stays as `x-conga-status`. Where a document gives no body, the answer is free JSON, never nothing: the server
//! does answer something. Where two success statuses disagree on the type, it is free JSON as well, and both types are named in the description.
//! The client reads all errors alike; what bodies the document gives them stays as `x-conga-errors`.

use serde_json::{Map, Value, json};

use crate::{document::Document, problem::Problems};

/// The status that the document names for success, where it is not 200.
pub(crate) const STATUS: &str = "x-conga-status";

/// Set on a response whose type the document does not give.
const UNDOCUMENTED: &str = "x-conga-undocumented";

/// Set on an operation that also answers 204, where there is nothing to answer.
const EMPTY: &str = "x-conga-empty";

/// The schemas of documented error bodies, by status.
const ERRORS: &str = "x-conga-errors";

const JSON: &str = "application/json";

pub(super) fn apply(document: &mut Document) -> Result<(), Problems> {
    for (_, operation) in document.operations_mut() {
        let Some(operation) = operation.as_object_mut() else {
            continue;
        };
        let responses = operation.remove("responses").unwrap_or_default();
        let successes = successes(&responses);
        let status = successes
            .first()
            .and_then(|(status, _)| status.parse::<u16>().ok());
        let statuses = successes.iter().map(|(status, _)| status.as_str());
        if statuses.clone().any(|status| status == "204") && statuses.count() > 1 {
            operation.insert(EMPTY.into(), json!(true));
        }
        let mut success = merge(&successes);
        if let Some(description) = success.get_mut("description")
            && description.as_str().is_none_or(str::is_empty)
        {
            *description = json!("Success");
        }
        operation.insert(
            "responses".into(),
            json!({
                "2XX": success,
                "default": { "$ref": "#/components/responses/Error" },
            }),
        );
        let errors = errors(&responses);
        if !errors.is_empty() {
            operation.insert(ERRORS.into(), Value::Object(errors));
        }
        if let Some(status) = status.filter(|status| *status != 200) {
            operation.insert(STATUS.into(), json!(status));
        }
    }
    add_shared_error(document);
    Ok(())
}

/// The responses that mean success, most telling first: those with a body before those without, then by status.
fn successes(responses: &Value) -> Vec<(String, Value)> {
    let mut successes: Vec<(String, Value)> = responses
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(status, _)| status.starts_with('2'))
        .map(|(status, response)| (status.clone(), response.clone()))
        .collect();
    if successes.is_empty() {
        // A lone `default` describes the answer as such.
        successes.extend(
            responses
                .get("default")
                .map(|response| ("default".to_owned(), response.clone())),
        );
    }
    successes.sort_by_key(|(status, response)| (response.get("content").is_none(), status.clone()));
    successes
}

/// The schemas of errors that have one, by status.
fn errors(responses: &Value) -> Map<String, Value> {
    let responses = responses.as_object().into_iter().flatten();
    responses
        .filter(|(status, _)| status.starts_with(['4', '5']))
        .filter_map(|(status, response)| {
            let schema = response["content"][JSON].get("schema")?;
            (!is_empty(schema)).then(|| (status.clone(), schema.clone()))
        })
        .collect()
}

fn merge(successes: &[(String, Value)]) -> Value {
    let contents: Vec<&Map<String, Value>> = successes
        .iter()
        .filter_map(|(_, response)| response.get("content").and_then(Value::as_object))
        .collect();
    let Some(first) = contents.first() else {
        return json!({
            "description": "Success; the reference does not say what the body holds",
            UNDOCUMENTED: true,
            "content": { JSON: { "schema": {} } },
        });
    };
    let media = if first.contains_key(JSON) {
        JSON.to_owned()
    } else {
        first.keys().next().cloned().unwrap_or_else(|| JSON.into())
    };
    let mut entry = first
        .get(&media)
        .cloned()
        .unwrap_or_else(|| json!({ "schema": {} }));
    let schemas: Vec<&Value> = contents
        .iter()
        .filter_map(|content| content.get(&media)?.get("schema"))
        .collect();
    let mut description = String::from("Success");
    if let Some(other) = schemas.iter().find(|schema| **schema != schemas[0]) {
        description = format!(
            "Success; by status either of the types {} and {other}",
            schemas[0]
        );
        entry["schema"] = json!({});
    }
    let mut response = json!({ "description": description, "content": { media: entry } });
    if response["content"]
        .as_object()
        .and_then(|c| c.values().next())
        .and_then(|e| e.get("schema"))
        .is_none_or(is_empty)
    {
        response[UNDOCUMENTED] = json!(true);
    }
    response
}

fn is_empty(schema: &Value) -> bool {
    schema.as_object().is_none_or(Map::is_empty)
}

fn add_shared_error(document: &mut Document) {
    let Some(root) = document.root.as_object_mut() else {
        return;
    };
    let components = root.entry("components").or_insert_with(|| json!({}));
    components["responses"]["Error"] = json!({
        "description": "Any other status: one of the platform's error shapes, a proxy's page, or nothing",
        "content": { JSON: { "schema": {} } },
    });
}
