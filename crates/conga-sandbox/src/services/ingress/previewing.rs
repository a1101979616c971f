//! A template merged at once, and the schema of JSON data.

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::composer::{self, Data, Format, Locale};
use crate::failure::Failure;
use crate::request::{Answer, Call};
use crate::services::World;
use crate::services::reply::params;

/// JSON data nests at most this deep.
const MAX_DEPTH: usize = 64;

/// The published `PreviewMergeRequest`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Preview {
    data_model: Option<String>,
    template: Option<String>,
    locale: Option<String>,
}

/// `POST /v1/Preview`: an HTML template and a JSON text; the merged HTML.
pub(super) fn preview(_: &World, call: &Call) -> Result<Answer, Failure> {
    let request: Preview = params::read(call)?;
    let model = request.data_model.unwrap_or_default();
    let data = if model.trim().is_empty() {
        Map::new()
    } else {
        serde_json::from_str(&model)
            .map_err(|error| Failure::invalid(format!("dataModel is not a JSON object: {error}")))?
    };
    let template = request.template.unwrap_or_default();
    let locale = Locale::of(request.locale.as_deref().unwrap_or_default());
    let data = Data::new().with_fields(&data);
    let merged = composer::merge(template.as_bytes(), Format::Html, &data, &locale)?;
    // HTML, but documented as a file.
    let media = "application/octet-stream";
    Ok(Answer::bytes(StatusCode::OK, media, merged))
}

/// `POST /v1/Json/dataschemaprocess`: the JSON Schema of the data.
pub(super) fn derive_schema(_: &World, call: &Call) -> Result<Answer, Failure> {
    let data = call
        .json()
        .ok_or_else(|| Failure::invalid("the body is JSON data"))?;
    let schema = schema(data, 0)
        .ok_or_else(|| Failure::invalid(format!("the data nests more than {MAX_DEPTH} deep")))?;
    Ok(Answer::json(StatusCode::OK, schema))
}

/// The schema of a value. That of a list is the one of its first entry.
fn schema(value: &Value, depth: usize) -> Option<Value> {
    if depth > MAX_DEPTH {
        return None;
    }
    Some(match value {
        Value::Null => json!({"type": "null"}),
        Value::Bool(_) => json!({"type": "boolean"}),
        Value::Number(number) if number.is_f64() => json!({"type": "number"}),
        Value::Number(_) => json!({"type": "integer"}),
        Value::String(_) => json!({"type": "string"}),
        Value::Array(entries) => match entries.first() {
            Some(first) => json!({"type": "array", "items": schema(first, depth + 1)?}),
            None => json!({"type": "array"}),
        },
        Value::Object(fields) => {
            let mut properties = Map::new();
            for (name, value) in fields {
                properties.insert(name.clone(), schema(value, depth + 1)?);
            }
            json!({"type": "object", "properties": properties})
        }
    })
}
