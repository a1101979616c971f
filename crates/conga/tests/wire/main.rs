//! What the facade sends, and what it makes of the answers, against a server that says exactly what a test wants it to.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests, which Clippy does not take for tests"
)]

mod api_connections;
mod asked;
mod blocking;
mod bulk;
mod bulk_failures;
mod calls;
mod carts;
mod client;
mod commerce;
mod composer;
mod contract_documents;
mod contracts;
mod email;
mod features;
mod integration_users;
mod nouns;
mod paging;
mod poller;
mod positions;
mod records;
mod sign_in;
mod storefront;
mod transfer;

use std::{collections::BTreeMap, sync::Arc};

use conga::{Client, RetryPolicy, conga_auth::StaticToken};
use serde_json::{Value, json};
use wiremock::{Mock, MockServer, Request, ResponseTemplate, matchers};

/// A client of the server, which never tries twice.
fn client(server: &MockServer) -> Client {
    Client::builder()
        .base_uri(server.uri())
        .credential(Arc::new(StaticToken::new("token")))
        .retry(RetryPolicy::never())
        .build()
        .expect("the settings are complete")
}

/// A server that answers every request alike, and a client of it.
async fn answering(status: u16, body: Value) -> (MockServer, Client) {
    answering_with(ResponseTemplate::new(status).set_body_json(body)).await
}

async fn answering_with(answer: ResponseTemplate) -> (MockServer, Client) {
    let server = MockServer::start().await;
    Mock::given(matchers::any())
        .respond_with(answer)
        .mount(&server)
        .await;
    let client = client(&server);
    (server, client)
}

/// The root of the storefront's API, where [`let_shoppers_in`] has it.
const SHOP: &str = "/services/apexrest/Apttus_WebStore/apttus/v5";

/// Signs whoever comes in at the storefront of a server.
async fn let_shoppers_in(server: &MockServer) {
    let key = "0123456789abcdef0123456789abcdef";
    let token = json!({"accessToken": "t", "expiresIn": 3600, "userId": "u"});
    for (path, data) in [("/users/key", json!(key)), ("/user/token", token)] {
        Mock::given(matchers::path(format!("{SHOP}{path}")))
            .respond_with(shop_answer(data))
            .with_priority(1)
            .mount(server)
            .await;
    }
}

/// An answer of the storefront.
fn shop_answer(data: Value) -> ResponseTemplate {
    ResponseTemplate::new(200)
        .set_body_json(json!({"title": "success", "status": 200, "data": data}))
}

/// The requests that came to the storefront at this root and are no sign-in, from there on.
async fn shopped(server: &MockServer, root: &str) -> Vec<String> {
    let requests = sent(server).await;
    let requests = requests.iter().filter_map(|request| {
        let (method, rest) = request.split_once(' ')?;
        let rest = rest.strip_prefix(root)?;
        (!rest.starts_with("/user")).then(|| format!("{method} {rest}"))
    });
    requests.collect()
}

/// The envelope round `data`.
fn envelope(data: Value) -> Value {
    json!({"Success": true, "Data": data, "Errors": null, "StatusCode": "OK"})
}

/// The requests that came, as `METHOD path?query body`.
async fn sent(server: &MockServer) -> Vec<String> {
    let requests = server.received_requests().await.unwrap_or_default();
    requests.iter().map(shown).collect()
}

/// The same with the keys of its objects in order: whether a map keeps the order of its making depends on what else is compiled.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let fields: BTreeMap<String, Value> = fields
                .into_iter()
                .map(|(key, value)| (key, sorted(value)))
                .collect();
            Value::Object(fields.into_iter().collect())
        }
        Value::Array(items) => items.into_iter().map(sorted).collect(),
        other => other,
    }
}

fn shown(request: &Request) -> String {
    let query = request
        .url
        .query()
        .map(|query| format!("?{query}"))
        .unwrap_or_default();
    let body = match request.body_json::<Value>() {
        Ok(body) => sorted(body).to_string(),
        Err(_) => String::from_utf8_lossy(&request.body).into_owned(),
    };
    format!("{} {}{query} {body}", request.method, request.url.path())
        .trim_end()
        .to_owned()
}
