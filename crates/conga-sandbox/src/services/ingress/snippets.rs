//! Code that starts a solution's merge.

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::failure::Failure;
use crate::request::{Answer, Call};
use crate::services::World;
use crate::services::reply::params;

/// Writes a call of an address with a JSON text.
type Writer = fn(&str, &str) -> String;

/// The languages, and how each calls.
const LANGUAGES: [(&str, Writer); 3] = [
    ("cURL", curl),
    ("JavaScript", javascript),
    ("Python", python),
];

/// Stands in a snippet for the token.
const TOKEN: &str = "<access token>";

/// The published `SnippetModel`: the fields that the sandbox obeys.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Request {
    solution: Option<Solution>,
    language: Option<String>,
    base_url: Option<String>,
    locale: Option<String>,
}

/// The published `Solution`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Solution {
    output_behaviors: Option<Vec<Behavior>>,
    template_id: Option<String>,
    templates: Option<Vec<String>>,
    destinations: Option<Vec<Destination>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Behavior {
    parameter_name: Option<String>,
    value: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Destination {
    is_enabled: Option<bool>,
    integration_name: Option<String>,
    file_path: Option<String>,
}

/// `GET /v1/Solution/languages`.
pub(super) fn languages(_: &World, _: &Call) -> Result<Answer, Failure> {
    let names = LANGUAGES.iter().map(|(name, _)| Value::from(*name));
    Ok(Answer::json(StatusCode::OK, names.collect()))
}

/// `POST /v1/Solution/snippet`: the code, as a text.
pub(super) fn snippet(_: &World, call: &Call) -> Result<Answer, Failure> {
    let request: Request = params::read(call)?;
    let wanted = request.language.unwrap_or_default();
    let found = LANGUAGES
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(&wanted));
    let (_, write) = found.ok_or_else(|| {
        let names = LANGUAGES.map(|(name, _)| name);
        Failure::not_found(format!(
            "there are no snippets in '{wanted}'; take one of {}",
            names.join(", ")
        ))
    })?;
    let solution = request.solution.unwrap_or_default();
    let body = merge_request(solution, request.locale).to_string();
    let base = request.base_url.filter(|base| !base.is_empty());
    let base = base.unwrap_or_else(|| format!("{}/api/ingress", call.origin()));
    let address = format!("{}/v1/Merge", base.trim_end_matches('/'));
    Ok(Answer::json(StatusCode::OK, write(&address, &body).into()))
}

/// The published `ComposerMergeRequest` of a solution.
fn merge_request(solution: Solution, locale: Option<String>) -> Value {
    let templates = solution.templates.unwrap_or_default();
    let mut templates: Vec<String> = templates.into_iter().chain(solution.template_id).collect();
    templates.retain(|template| !template.is_empty());
    let templates = templates
        .into_iter()
        .map(|id| json!({"integrationName": "conga", "fileId": id}));
    let options = solution.output_behaviors.unwrap_or_default().into_iter();
    let options = options.filter_map(|behavior| {
        Some((
            behavior.parameter_name?,
            behavior.value.unwrap_or_default().into(),
        ))
    });
    let destinations = solution.destinations.unwrap_or_default().into_iter();
    let destinations = destinations
        .filter(|destination| destination.is_enabled != Some(false))
        .map(|destination| {
            json!({"integrationName": destination.integration_name, "folderId": destination.file_path})
        });
    let mut request = json!({
        "jsonData": "{}",
        "templateSources": templates.collect::<Vec<_>>(),
        "legacyOptions": options.collect::<Map<_, _>>(),
        "destinations": destinations.collect::<Vec<_>>(),
    });
    if let Some(locale) = locale.filter(|locale| !locale.is_empty()) {
        request["locale"] = locale.into();
    }
    request
}

fn curl(address: &str, body: &str) -> String {
    let (address, body) = (quoted(address), quoted(body));
    format!(
        "curl --request POST {address} \\\n  --header 'Authorization: Bearer {TOKEN}' \\\n  \
         --header 'Content-Type: application/json' \\\n  --data {body}\n"
    )
}

fn javascript(address: &str, body: &str) -> String {
    let (address, body) = (literal(address), literal(body));
    format!(
        "const response = await fetch({address}, {{\n  method: \"POST\",\n  headers: {{\n    \
         \"Authorization\": \"Bearer {TOKEN}\",\n    \"Content-Type\": \"application/json\",\n  }},\n  \
         body: {body},\n}});\nconsole.log(await response.text());\n"
    )
}

fn python(address: &str, body: &str) -> String {
    let (address, body) = (literal(address), literal(body));
    format!(
        "import urllib.request\n\nrequest = urllib.request.Request(\n    {address},\n    data={body}.encode(),\n    \
         headers={{\"Authorization\": \"Bearer {TOKEN}\", \"Content-Type\": \"application/json\"}},\n)\n\
         print(urllib.request.urlopen(request).read().decode())\n"
    )
}

/// A text as a word of a shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// A text as JavaScript and Python write it; a JSON text is one in both.
fn literal(text: &str) -> String {
    Value::from(text).to_string()
}
