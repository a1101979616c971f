//! Holds a request that arrived against what is published of its operation.

use std::collections::BTreeMap;

use conga_sandbox::Received;
use serde_json::Value;

use crate::{
    sample::{Sample, as_text},
    specification::{self, json_schema, resolve},
};

/// One service's published document, and which of its operations an overlay corrects.
pub struct Published {
    document: Value,
    base: String,
    corrected: String,
}

impl Published {
    /// Of a service.
    pub fn of(service: &str) -> Self {
        let document = specification::document("published", service);
        let url = document["servers"][0]["url"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        let after_scheme = url.find("://").map_or(0, |at| at + 3);
        let at = url
            .find("/services/apexrest")
            .or_else(|| url[after_scheme..].find('/').map(|at| after_scheme + at));
        let base = at
            .map_or("", |at| &url[at..])
            .trim_end_matches('/')
            .to_owned();
        let overlay = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
            .join(format!("../spec/overlays/{service}.yaml"));
        Self {
            document,
            base,
            corrected: std::fs::read_to_string(overlay).unwrap_or_default(),
        }
    }

    /// What is wrong with the request, if anything. `path` is the curated path, that is with the base.
    pub fn faults(
        &self,
        method: &str,
        path: &str,
        sample: &Sample,
        received: &Received,
    ) -> Vec<String> {
        let mut faults = Vec::new();
        let published = path.strip_prefix(&self.base).unwrap_or(path);
        let operation = &self.document["paths"][published][method];
        if operation.is_null() {
            return vec![format!("{method} {published} is not published")];
        }
        if !received.method.as_str().eq_ignore_ascii_case(method) {
            faults.push(format!("the method is {}", received.method));
        }
        self.check_path(path, sample, received, &mut faults);
        let bodies_corrected = self.is_corrected(path, method);
        self.check_parameters(operation, sample, received, bodies_corrected, &mut faults);
        if !bodies_corrected {
            self.check_body(operation, received, &mut faults);
        }
        faults
    }

    fn is_corrected(&self, path: &str, method: &str) -> bool {
        let target = format!("$.paths['{path}'].{method}");
        self.corrected
            .lines()
            .filter(|line| line.contains(&target))
            .any(|line| line.contains("requestBody") || line.contains("parameters"))
    }

    fn check_path(
        &self,
        path: &str,
        sample: &Sample,
        received: &Received,
        faults: &mut Vec<String>,
    ) {
        let template: Vec<&str> = path.split('/').collect();
        let arrived: Vec<String> = received
            .path
            .split('/')
            .map(|segment| {
                percent_encoding::percent_decode_str(segment)
                    .decode_utf8_lossy()
                    .into_owned()
            })
            .collect();
        if template.len() != arrived.len() {
            faults.push(format!("the path is {}", received.path));
            return;
        }
        for (expected, arrived) in template.iter().zip(&arrived) {
            let mut wanted = (*expected).to_owned();
            for (name, value) in &sample.parameters {
                wanted = wanted.replace(&format!("{{{name}}}"), &as_text(value));
            }
            // The sandbox keeps no token in its records.
            if wanted != *arrived && arrived != "redacted" {
                faults.push(format!(
                    "the path segment {expected} arrived as {arrived:?}"
                ));
            }
        }
    }

    fn check_parameters(
        &self,
        operation: &Value,
        sample: &Sample,
        received: &Received,
        corrected: bool,
        faults: &mut Vec<String>,
    ) {
        let mut arrived: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, value) in
            url::form_urlencoded::parse(received.query.as_deref().unwrap_or_default().as_bytes())
        {
            arrived
                .entry(name.into_owned())
                .or_default()
                .push(value.into_owned());
        }
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let name = parameter["name"].as_str().unwrap_or_default();
            let Some(value) = sample.parameters.get(name) else {
                let of_http = ["content-type", "accept", "authorization"]
                    .contains(&name.to_ascii_lowercase().as_str());
                if !corrected && !of_http {
                    faults.push(format!("the parameter {name} is not sent"));
                }
                continue;
            };
            match parameter["in"].as_str() {
                Some("query") => {
                    match value {
                        Value::Object(fields) => {
                            for (key, value) in fields {
                                if arrived.remove(key) != Some(vec![as_text(value)]) {
                                    faults.push(format!("the field {key} of the query parameter {name} did not arrive"));
                                }
                            }
                        }
                        value => {
                            let wanted = match value {
                                Value::Array(items) => items.iter().map(as_text).collect(),
                                other => vec![as_text(other)],
                            };
                            let got = arrived.remove(name);
                            if got.as_ref() != Some(&wanted) {
                                faults.push(format!(
                                    "the query parameter {name} arrived as {got:?}, not {wanted:?}"
                                ));
                            }
                        }
                    }
                }
                Some("header") => {
                    let got = received
                        .headers
                        .get(name)
                        .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
                    if got.as_deref() != Some(as_text(value).as_str())
                        && got.as_deref() != Some("<redacted>")
                    {
                        faults.push(format!("the header {name} arrived as {got:?}"));
                    }
                }
                _ => {}
            }
        }
        if !arrived.is_empty() {
            faults.push(format!(
                "query parameters that are not published: {arrived:?}"
            ));
        }
    }

    fn check_body(&self, operation: &Value, received: &Received, faults: &mut Vec<String>) {
        let Some(content) = operation
            .pointer("/requestBody/content")
            .and_then(Value::as_object)
        else {
            if !received.body.is_empty() {
                faults.push("a body arrived where none is published".into());
            }
            return;
        };
        let media = received
            .headers
            .get("content-type")
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let essence = media.split(';').next().unwrap_or_default().trim();
        let Some(entry) = content.get(essence) else {
            faults.push(format!(
                "the body is {essence:?}, published are {:?}",
                content.keys().collect::<Vec<_>>()
            ));
            return;
        };
        if essence == "application/json" {
            self.check_json(entry, received, faults);
        } else if essence == "multipart/form-data" {
            let schema = resolve(&self.document, &entry["schema"]);
            for name in schema["properties"]
                .as_object()
                .into_iter()
                .flatten()
                .map(|(name, _)| name)
            {
                let wanted = format!("name=\"{name}\"");
                if !String::from_utf8_lossy(&received.body).contains(&wanted) {
                    faults.push(format!("the part {name} did not arrive"));
                }
            }
        } else if received.body.is_empty() {
            faults.push("the body is empty".into());
        }
    }

    fn check_json(&self, entry: &Value, received: &Received, faults: &mut Vec<String>) {
        let body: Value = match serde_json::from_slice(&received.body) {
            Ok(body) => body,
            Err(e) => {
                faults.push(format!("the body is no JSON: {e}"));
                return;
            }
        };
        match jsonschema::validator_for(&json_schema(&self.document, &entry["schema"])) {
            Ok(validator) => {
                let found: Vec<String> = validator
                    .iter_errors(&body)
                    .map(|error| format!("the body at {}: {error}", error.instance_path()))
                    .collect();
                faults.extend(found);
            }
            Err(e) => faults.push(format!("the published schema cannot be used: {e}")),
        }
    }
}
