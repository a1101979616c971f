//! The Composer parameters that the sandbox obeys.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::list_answer;
use crate::failure::Failure;
use crate::request::{Answer, Call};
use crate::services::World;
use crate::services::reply::params;

/// Name, what it does, its fixed values with captions, an example.
type Parameter = (
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
    &'static str,
);

const PARAMETERS: [Parameter; 3] = [
    (
        "DefaultPDF",
        "Whether the merged file becomes a PDF",
        &[("0", "No"), ("1", "Yes")],
        "DefaultPDF=1",
    ),
    (
        "OFN",
        "The name of the merged file, with merge fields if wanted",
        &[],
        "OFN=Quote {{Name}}",
    ),
    (
        "DS7Preview",
        "Whether the merge waits until its files are accepted",
        &[("0", "No"), ("1", "Yes")],
        "DS7Preview=1",
    ),
];

/// `GET /v1/Parameter`.
pub(super) fn list(_: &World, call: &Call) -> Result<Answer, Failure> {
    let wanted = params::text(call, "searchName")
        .unwrap_or_default()
        .to_lowercase();
    let named = PARAMETERS
        .iter()
        .filter(|(name, ..)| name.to_lowercase().contains(&wanted));
    let answer = list_answer(call, named.map(shown).collect(), 200.into())?;
    Ok(Answer::json(StatusCode::OK, answer))
}

/// `GET /v1/Parameter/{id}`. The id is the parameter's name.
pub(super) fn get(_: &World, call: &Call) -> Result<Answer, Failure> {
    let id = call.path_param("id").unwrap_or_default();
    let found = PARAMETERS.iter().find(|(name, ..)| *name == id);
    let found =
        found.ok_or_else(|| Failure::not_found(format!("no parameter has the id '{id}'")))?;
    Ok(Answer::json(StatusCode::OK, shown(found)))
}

/// `GET /v1/Configuration/environment-info`.
pub(super) fn environment(_: &World, _: &Call) -> Result<Answer, Failure> {
    let answer = json!({"environment": "sandbox", "region": "local"});
    Ok(Answer::json(StatusCode::OK, answer))
}

fn shown(parameter: &Parameter) -> Value {
    let (name, description, values, example) = parameter;
    let values = values
        .iter()
        .map(|(value, caption)| json!({"value": value, "caption": caption}));
    json!({
        "id": name,
        "name": name,
        "culture": "en-US",
        "parameterName": name,
        "description": description,
        "example": example,
        "isDeleted": false,
        "fixedValues": values.collect::<Vec<_>>(),
        "type": "ComposerApi",
    })
}
