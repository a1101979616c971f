//! Every operation of the specification, over HTTP: a request made from the schema gets a 2xx, and the
//! answer keeps to the schema.

use futures_util::{StreamExt as _, stream};
use reqwest::multipart;
use serde_json::Value;

use super::operation::is_json;
use super::requests::{Maker, Sample};
use super::schema::{Direction, validator};
use super::*;
use crate::Sandbox;

/// What came of one operation.
enum Outcome {
    Schema,
    Behaviour,
    Fault(String),
}

struct Signed {
    sandbox: Sandbox,
    client: reqwest::Client,
    platform: String,
    salesforce: String,
}

impl Signed {
    async fn start() -> Self {
        let sandbox = Sandbox::start().await.unwrap();
        let client = reqwest::Client::new();
        let account = &sandbox.accounts().integration;
        let token: Value = client
            .post(sandbox.token_url())
            .form(&[
                ("grant_type", "client_credentials"),
                ("client_id", &account.client_id),
                ("client_secret", &account.client_secret),
            ])
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        let guest: Value = client
            .post(format!("{}/user/token", sandbox.storefront_url()))
            .header("x-storefront", "ECommerce")
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        Self {
            platform: token["access_token"].as_str().unwrap().to_owned(),
            salesforce: guest["data"]["accessToken"].as_str().unwrap().to_owned(),
            sandbox,
            client,
        }
    }

    async fn call(&self, id: RouteId) -> Outcome {
        let specification = Specification::embedded();
        let (service, route) = specification.route(id);
        let document = specification.document(id);
        let operation = &document.paths[route.path][route.method.to_ascii_lowercase()];
        let maker = Maker::of(specification, id);
        let mut path = route.path.to_owned();
        for (name, value) in maker.required("path") {
            path = path.replace(&format!("{{{name}}}"), &value.replace(' ', "%20"));
        }
        let hosted = path.starts_with("/services/apexrest/");
        let token = if hosted {
            &self.salesforce
        } else {
            &self.platform
        };
        let mut request = self
            .client
            .request(
                route.method.parse().unwrap(),
                format!("{}{path}", self.sandbox.base_url()),
            )
            .query(&maker.required("query"))
            .bearer_auth(token)
            .header("x-api-key", "sandbox-key")
            .header("x-storefront", "ECommerce");
        for (name, value) in maker.required("header") {
            if !["content-type", "x-storefront", "x-api-key"].contains(&&*name.to_ascii_lowercase())
            {
                request = request.header(name, value);
            }
        }
        // A guest signs in without a body; shoppers are tested with the storefront.
        if !path.ends_with("/token") || !hosted {
            request = match maker.body() {
                Sample::None => request,
                Sample::Json(body) => request.json(&body),
                Sample::Multipart(fields) => {
                    let form = fields.into_iter();
                    request.multipart(form.fold(multipart::Form::new(), |form, (name, text)| {
                        form.text(name, text)
                    }))
                }
                Sample::UrlEncoded(fields) => request.form(&fields),
                Sample::Bytes(media) => request.header("content-type", media).body("text"),
            };
        }
        let response = request.send().await.unwrap();
        let fault = |text: String| {
            Outcome::Fault(format!(
                "{} {} {}: {text}",
                service.id, route.method, route.path
            ))
        };

        let status = response.status();
        let source = response.headers().get("x-conga-sandbox").cloned();
        let behaviour = source.is_some_and(|source| source == "behaviour");
        let bytes = response.bytes().await.unwrap();
        if behaviour && status.is_client_error() {
            // Real state may well lack the record that a made-up id names.
            return Outcome::Behaviour;
        }
        let documented = operation["x-conga-status"].as_u64().unwrap_or(200);
        if !status.is_success() || (!behaviour && u64::from(status.as_u16()) != documented) {
            let text = String::from_utf8_lossy(&bytes);
            return fault(format!("{status}, documented {documented}: {text}"));
        }
        let content = operation["responses"]["2XX"]["content"].as_object();
        if let Some((media, content)) = content.and_then(|content| content.iter().next())
            && is_json(media)
            && status != 204
        {
            let Ok(value) = serde_json::from_slice::<Value>(&bytes) else {
                return fault("the answer is not JSON".to_owned());
            };
            let validator = validator(document, &content["schema"], Direction::Answer);
            let faults: Vec<_> = validator
                .iter()
                .flat_map(|validator| validator.iter_errors(&value))
                .map(|error| format!("{} {error}", error.instance_path()))
                .take(3)
                .collect();
            if !faults.is_empty() {
                return fault(faults.join("; "));
            }
        }
        if behaviour {
            Outcome::Behaviour
        } else {
            Outcome::Schema
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_answers_by_its_schema() {
    let signed = Signed::start().await;
    let ids: Vec<_> = SERVICES
        .iter()
        .enumerate()
        .flat_map(|(service, embedded)| {
            (0..embedded.routes.len()).map(move |route| RouteId { service, route })
        })
        .collect();
    let total = ids.len();
    let outcomes: Vec<_> = stream::iter(ids)
        .map(|id| signed.call(id))
        .buffer_unordered(8)
        .collect()
        .await;

    let mut faults = Vec::new();
    let (mut schema, mut behaviour) = (0, 0);
    for outcome in outcomes {
        match outcome {
            Outcome::Schema => schema += 1,
            Outcome::Behaviour => behaviour += 1,
            Outcome::Fault(text) => faults.push(text),
        }
    }
    println!("{total} operations: {schema} answered by schema, {behaviour} by behaviour");
    assert!(
        faults.is_empty(),
        "{} of {total}:\n{}",
        faults.len(),
        faults.join("\n")
    );
    assert_eq!(signed.sandbox.coverage().1, total);
}

#[test]
fn the_same_request_gets_the_same_bytes_and_another_path_others() {
    let specification = Specification::embedded();
    let answer = |seed: u64, id: &str| {
        let path = format!("/api/approvals/v1/process-steps/{id}");
        let Found::Operation(found, params) = specification.find("GET", &path) else {
            panic!("{path} is routed");
        };
        let document = specification.document(found);
        match specification
            .operation(found)
            .answer(document, seed, &path, &params)
            .body
        {
            crate::request::AnswerBody::Json(value) => value,
            other => panic!("a process step is JSON, not {other:?}"),
        }
    };
    assert_eq!(answer(1, "a"), answer(1, "a"));
    assert_ne!(answer(1, "a"), answer(1, "b"));
    assert_ne!(answer(1, "a"), answer(2, "a"));
    assert_eq!(answer(1, "a")["Id"], "a");
}
