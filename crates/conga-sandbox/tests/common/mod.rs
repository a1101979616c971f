//! What the tests of the sandbox over HTTP share.

#![allow(dead_code, reason = "each test file uses a part of it")]

use conga_sandbox::Sandbox;
use reqwest::{Client, RequestBuilder, Response};
use serde_json::Value;

/// Signs the integration client in.
pub(crate) async fn integration_token(sandbox: &Sandbox) -> String {
    let account = &sandbox.accounts().integration;
    token(sandbox, &account.client_id, &account.client_secret).await
}

/// Signs the API-to-API client in.
pub(crate) async fn api_token(sandbox: &Sandbox) -> String {
    let account = &sandbox.accounts().api;
    token(sandbox, &account.client_id, &account.client_secret).await
}

async fn token(sandbox: &Sandbox, id: &str, secret: &str) -> String {
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", id),
        ("client_secret", secret),
    ];
    let answer = post_form(sandbox, &form).await;
    assert_eq!(answer.status(), 200);
    let body: Value = answer.json().await.unwrap();
    body["access_token"].as_str().unwrap().to_owned()
}

/// Posts to the token endpoint.
pub(crate) async fn post_form(sandbox: &Sandbox, form: &[(&str, &str)]) -> Response {
    let request = Client::new().post(sandbox.token_url()).form(form);
    request.send().await.unwrap()
}

/// A request to the platform with a token.
pub(crate) fn request(sandbox: &Sandbox, method: &str, path: &str, token: &str) -> RequestBuilder {
    Client::new()
        .request(
            method.parse().unwrap(),
            format!("{}{path}", sandbox.base_url()),
        )
        .bearer_auth(token)
}

/// The message of the first error in the platform's envelope.
pub(crate) async fn first_message(answer: Response) -> String {
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body["Success"], false, "{body}");
    body["Errors"][0]["Message"].as_str().unwrap().to_owned()
}
