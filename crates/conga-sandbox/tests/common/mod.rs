//! What the tests of the sandbox over HTTP share.

#![allow(dead_code, reason = "each test file uses a part of it")]

mod browser;
pub(crate) mod process;
pub(crate) mod smtp;
pub(crate) mod tools;

use std::collections::BTreeMap;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use conga_sandbox::Sandbox;
use reqwest::{Client, RequestBuilder, Response};
use serde_json::Value;

pub(crate) use browser::{Arrival, Browser, Page};

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

/// The message of the first error, in whatever shape the service publishes.
pub(crate) async fn first_message(answer: Response) -> String {
    assert!(!answer.status().is_success());
    let body: Value = answer.json().await.unwrap();
    let error = body.get("Errors").map_or(&body, |errors| &errors[0]);
    let message = ["Message", "message", "Detail", "detail"]
        .iter()
        .find_map(|name| error.get(name)?.as_str());
    message.unwrap().to_owned()
}

/// A PKCE pair: verifier and challenge.
pub(crate) const PKCE: (&str, &str) = (
    "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
    "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
);

/// Where the tests have the browser sent back to; nobody listens there.
pub(crate) const CALLBACK: &str = "http://127.0.0.1:9/callback";

/// The address of an authorization request; `more` adds parameters, or replaces them.
pub(crate) fn authorize_url(sandbox: &Sandbox, more: &[(&str, &str)]) -> String {
    let mut parameters = vec![
        ("client_id", "sandbox-ui"),
        ("redirect_uri", CALLBACK),
        ("response_type", "code"),
        ("scope", "openid profile api.cart offline_access"),
        ("state", "the state"),
        ("nonce", "the nonce"),
        ("code_challenge", PKCE.1),
        ("code_challenge_method", "S256"),
    ];
    parameters.retain(|(name, _)| more.iter().all(|(other, _)| other != name));
    parameters.extend(more.iter().filter(|(_, value)| !value.is_empty()));
    let url = format!("{}/connect/authorize", sandbox.issuer());
    url::Url::parse_with_params(&url, parameters)
        .unwrap()
        .into()
}

/// Fills in the login page.
pub(crate) async fn log_in(sandbox: &Sandbox, browser: &Browser, page: &Page) -> Arrival {
    let user = &sandbox.accounts().user;
    let fields = [
        ("user_name", user.user_name.as_str()),
        ("password", user.password.as_str()),
    ];
    browser.submit(page, &fields).await
}

/// Signs the sandbox's user in to an authorization request and allows what it asks; what arrives at the client.
pub(crate) async fn sign_in(
    sandbox: &Sandbox,
    browser: &Browser,
    more: &[(&str, &str)],
) -> BTreeMap<String, String> {
    let page = browser.open(&authorize_url(sandbox, more)).await;
    let page = log_in(sandbox, browser, &page.page("Sign in")).await;
    let page = page.page("Allow access?");
    browser
        .submit(&page, &[("decision", "allow")])
        .await
        .parameters()
}

/// A token request for a code.
pub(crate) async fn redeem(sandbox: &Sandbox, code: &str) -> Response {
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", "sandbox-ui"),
        ("code", code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", PKCE.0),
    ];
    post_form(sandbox, &form).await
}

/// Signs the sandbox's user in; the token answer.
pub(crate) async fn user_tokens(sandbox: &Sandbox) -> Value {
    let arrived = sign_in(sandbox, &Browser::new(), &[]).await;
    let answer = redeem(sandbox, &arrived["code"]).await;
    assert_eq!(answer.status(), 200);
    answer.json().await.unwrap()
}

/// Asserts an OAuth error.
pub(crate) async fn assert_error(answer: Response, status: u16, code: &str) {
    assert_eq!(answer.status(), status);
    assert_eq!(answer.headers()["cache-control"], "no-store");
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body["error"], code, "{body}");
    assert!(body["error_description"].is_string());
}

/// A fresh RSA key: its private and its public half as PEM.
pub(crate) fn key_pair() -> (String, String) {
    let pem = |label: &str, der: &[u8]| {
        let text = STANDARD.encode(der);
        let lines: Vec<&str> = text
            .as_bytes()
            .chunks(64)
            .map(|line| std::str::from_utf8(line).unwrap())
            .collect();
        let lines = lines.join("\n");
        format!("-----BEGIN {label}-----\n{lines}\n-----END {label}-----\n")
    };
    let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let private: Pkcs8V1Der<'_> = pair.as_der().unwrap();
    let public: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
    (
        pem("PRIVATE KEY", private.as_ref()),
        pem("PUBLIC KEY", public.as_ref()),
    )
}
