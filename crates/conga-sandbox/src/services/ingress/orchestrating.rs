//! Merges by a link, or by a body that nobody documents.

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use super::merging;
use super::order::Request;
use crate::failure::Failure;
use crate::request::{Answer, Body, Call};
use crate::services::World;

/// The parameters of a link that name what is merged; every other one is a Composer parameter.
const RECORD: [&str; 2] = ["id", "masterId"];
const TEMPLATE: &str = "templateId";

/// `GET /v2/orchestrate/merge`: 204 without parameters.
pub(super) fn by_link(world: &World, call: &Call) -> Result<Answer, Failure> {
    if call.query.is_empty() {
        return Ok(Answer::empty(StatusCode::NO_CONTENT));
    }
    let is = |name: &str, other: &str| name.eq_ignore_ascii_case(other);
    let mut salesforce = Map::new();
    let mut options = Map::new();
    for (name, value) in &call.query {
        if RECORD.iter().any(|record| is(name, record)) {
            salesforce.insert("masterId".to_owned(), value.as_str().into());
        } else if is(name, TEMPLATE) {
            salesforce.insert(TEMPLATE.to_owned(), value.as_str().into());
        } else {
            options.insert(name.clone(), value.as_str().into());
        }
    }
    let request = json!({"salesforceRequest": salesforce, "legacyOptions": options});
    run(world, call, request)
}

/// `POST /v2/orchestrate/merge`: 204 without a body.
pub(super) fn by_body(world: &World, call: &Call) -> Result<Answer, Failure> {
    let request = match &call.body {
        Body::Empty => return Ok(Answer::empty(StatusCode::NO_CONTENT)),
        Body::Json(request) => request.clone(),
        Body::Bytes(bytes) => serde_json::from_slice(bytes)
            .map_err(|error| Failure::invalid(format!("the body is not a JSON text: {error}")))?,
        Body::Form(_) => {
            return Err(Failure::invalid(
                "send the merge request as JSON, or upload templates to /v1/Merge/Upload",
            ));
        }
    };
    run(world, call, request)
}

fn run(world: &World, call: &Call, request: Value) -> Result<Answer, Failure> {
    let request: Request = serde_json::from_value(request).map_err(|error| {
        Failure::invalid(format!("the merge request is not as documented: {error}"))
    })?;
    let id = merging::begin(world, call, request, Vec::new())?;
    let answer = json!({
        "isSuccessful": true, "operationID": id, "exception": null, "statusCode": "Accepted",
    });
    Ok(Answer::json(StatusCode::OK, answer))
}
