//! `headers`: what belongs to the client, not to the call.
//!
//! Some headers are declared on every operation, though they say who calls or how (`OrgType`, `x-storefront`, `X-API-Key`). The client
//! sends them by itself; a call may still give its own, so none of them is required. Headers that HTTP itself owns are no parameters at all.

use serde_json::{Value, json};

use crate::{document::Document, problem::Problems};

/// Says who fills in a header that the call leaves out: `credential` or `client`.
pub(crate) const SUPPLIED_BY: &str = "x-conga-supplied-by";

/// Headers that the credential brings along.
const CREDENTIAL: [&str; 3] = ["x-storefront", "x-account", "x-api-key"];

/// OpenAPI says that parameters of these names are to be ignored: body, answer and credential give them.
const OF_HTTP: [&str; 3] = ["content-type", "accept", "authorization"];

pub(super) fn apply(document: &mut Document) -> Result<(), Problems> {
    for (_, operation) in document.operations_mut() {
        let Some(parameters) = operation
            .get_mut("parameters")
            .and_then(Value::as_array_mut)
        else {
            continue;
        };
        parameters.retain(|p| p["in"] != "header" || !OF_HTTP.contains(&name_of(p).as_str()));
        for parameter in parameters.iter_mut().filter(|p| p["in"] == "header") {
            let by_credential = CREDENTIAL.contains(&name_of(parameter).as_str());
            let has_default = parameter
                .pointer("/schema/default")
                .and_then(Value::as_str)
                .is_some_and(|text| !text.is_empty());
            if !by_credential && !has_default {
                continue;
            }
            parameter[SUPPLIED_BY] = json!(if by_credential {
                "credential"
            } else {
                "client"
            });
            if let Some(parameter) = parameter.as_object_mut() {
                parameter.remove("required");
            }
        }
        if parameters.is_empty()
            && let Some(operation) = operation.as_object_mut()
        {
            operation.remove("parameters");
        }
    }
    Ok(())
}

fn name_of(parameter: &Value) -> String {
    parameter["name"]
        .as_str()
        .unwrap_or_default()
        .to_ascii_lowercase()
}
