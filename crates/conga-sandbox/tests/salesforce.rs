//! Salesforce's token endpoint, and the sessions that it gives.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::time::Duration;

use common::key_pair;
use conga_sandbox::{Clock, Sandbox};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use reqwest::{Client, Response};
use serde_json::{Value, json};

const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

async fn post(sandbox: &Sandbox, form: &[(&str, &str)]) -> Response {
    let request = Client::new()
        .post(sandbox.salesforce_token_url())
        .form(form);
    request.send().await.unwrap()
}

async fn refused(sandbox: &Sandbox, form: &[(&str, &str)]) -> String {
    let answer = post(sandbox, form).await;
    assert_eq!(answer.status(), 400, "{form:?}");
    let body: Value = answer.json().await.unwrap();
    body["error"].as_str().unwrap().to_owned()
}

async fn works(sandbox: &Sandbox, token: &str) -> bool {
    let url = format!("{}/carts/{}", sandbox.storefront_url(), "a0X000000000001");
    let request = Client::new()
        .get(url)
        .header("x-storefront", "ECommerce")
        .bearer_auth(token);
    request.send().await.unwrap().status() != 401
}

const CLIENT: [(&str, &str); 2] = [
    ("client_id", "sandbox-salesforce"),
    ("client_secret", "sandbox-secret"),
];

#[tokio::test]
async fn client_credentials_give_a_session_and_where_to_use_it() {
    let clock = Clock::system();
    let sandbox = Sandbox::builder().clock(clock.clone());
    let sandbox = sandbox.start().await.unwrap();
    let grant = ("grant_type", "client_credentials");
    let answer = post(&sandbox, &[grant, CLIENT[0], CLIENT[1]]).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["cache-control"], "no-store");
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body["instance_url"], sandbox.base_url());
    assert_eq!(body["token_type"], "Bearer");
    assert!(body["issued_at"].as_str().unwrap().parse::<i64>().is_ok());
    assert!(
        body["id"]
            .as_str()
            .unwrap()
            .ends_with("/005000000000002AAA")
    );
    let token = body["access_token"].as_str().unwrap();
    assert!(works(&sandbox, token).await);
    clock.advance(Duration::from_secs(2 * 3600));
    assert!(!works(&sandbox, token).await);

    let basic = Client::new()
        .post(sandbox.salesforce_token_url())
        .basic_auth("sandbox-salesforce", Some("sandbox-secret"))
        .form(&[grant]);
    assert_eq!(basic.send().await.unwrap().status(), 200);
    assert_eq!(
        refused(&sandbox, &[grant, CLIENT[0], ("client_secret", "wrong")]).await,
        "invalid_client"
    );
    assert_eq!(
        refused(&sandbox, &[grant, ("client_id", "other"), CLIENT[1]]).await,
        "invalid_client_id"
    );
    assert_eq!(
        refused(
            &sandbox,
            &[("grant_type", "password"), CLIENT[0], CLIENT[1]]
        )
        .await,
        "unsupported_grant_type"
    );
    assert_eq!(refused(&sandbox, &CLIENT).await, "invalid_request");
}

#[tokio::test]
async fn a_refresh_token_may_be_used_again() {
    let sandbox = Sandbox::start().await.unwrap();
    let grant = ("grant_type", "refresh_token");
    let known = sandbox.accounts().salesforce.refresh_token.clone();
    for _ in 0..2 {
        let form = [
            grant,
            CLIENT[0],
            CLIENT[1],
            ("refresh_token", known.as_str()),
        ];
        let body: Value = post(&sandbox, &form).await.json().await.unwrap();
        assert!(works(&sandbox, body["access_token"].as_str().unwrap()).await);
        assert_eq!(body.get("refresh_token"), None);
    }
    let form = [grant, CLIENT[0], CLIENT[1], ("refresh_token", "made-up")];
    assert_eq!(refused(&sandbox, &form).await, "invalid_grant");
}

#[tokio::test]
async fn a_signed_assertion_stands_for_the_user() {
    let (private, public) = key_pair();
    let sandbox = Sandbox::builder().salesforce_key(public.clone());
    let sandbox = sandbox.start().await.unwrap();
    let now = sandbox.clock().now().timestamp();
    let good = json!({
        "iss": "sandbox-salesforce",
        "sub": "integration@sandbox.example",
        "aud": sandbox.base_url(),
        "exp": now + 180,
    });
    let sign = |claims: &Value| {
        let key = EncodingKey::from_rsa_pem(private.as_bytes()).unwrap();
        encode(&Header::new(Algorithm::RS256), claims, &key).unwrap()
    };
    let grant = ("grant_type", JWT_BEARER);
    let answer = post(&sandbox, &[grant, ("assertion", &sign(&good))]).await;
    let body: Value = answer.json().await.unwrap();
    assert!(
        works(&sandbox, body["access_token"].as_str().unwrap()).await,
        "{body}"
    );

    let wrong = [
        ("iss", json!("other"), "invalid_client_id"),
        ("sub", json!("nobody@sandbox.example"), "invalid_grant"),
        ("aud", json!("https://evil.example"), "invalid_grant"),
        ("exp", json!(now), "invalid_grant"),
        ("exp", json!(i64::MIN), "invalid_grant"),
        ("exp", json!(now + 3600), "invalid_grant"),
    ];
    for (name, value, error) in wrong {
        let mut claims = good.clone();
        claims[name] = value;
        let form = [grant, ("assertion", &*sign(&claims))];
        assert_eq!(refused(&sandbox, &form).await, error, "{name}");
    }
    let secret = EncodingKey::from_secret(public.as_bytes());
    let confused = encode(&Header::new(Algorithm::HS256), &good, &secret).unwrap();
    for assertion in [confused.as_str(), "nonsense", ""] {
        let form = [grant, ("assertion", assertion)];
        assert_eq!(refused(&sandbox, &form).await, "invalid_grant");
    }
    let keyless = Sandbox::start().await.unwrap();
    let form = [grant, ("assertion", &*sign(&good))];
    assert_eq!(refused(&keyless, &form).await, "invalid_client");
    let bad = Sandbox::builder().salesforce_key("nonsense").start().await;
    assert!(bad.unwrap_err().to_string().contains("PEM"));
}
