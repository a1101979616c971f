//! Client credentials, discovery and JWKS over HTTP.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::time::Duration;

use common::{api_token, first_message, integration_token, post_form, request};
use conga_sandbox::{Clock, Sandbox};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use reqwest::Client;
use serde_json::Value;

/// The fields of a token request.
type Form<'a> = &'a [(&'a str, &'a str)];

const ANY: &str = "/api/approvals/v1/process-steps/1";

#[tokio::test]
async fn discovery_leads_to_the_keys_that_verify_a_token() {
    let sandbox = Sandbox::start().await.unwrap();
    let url = format!("{}/.well-known/openid-configuration", sandbox.issuer());
    let discovery: Value = reqwest::get(url).await.unwrap().json().await.unwrap();
    assert_eq!(discovery["issuer"], sandbox.issuer());
    assert_eq!(discovery["token_endpoint"], sandbox.token_url());

    let jwks = discovery["jwks_uri"].as_str().unwrap();
    let jwks: JwkSet = reqwest::get(jwks).await.unwrap().json().await.unwrap();
    let token = integration_token(&sandbox).await;
    let kid = decode_header(&token).unwrap().kid.unwrap();
    let key = DecodingKey::from_jwk(jwks.find(&kid).unwrap()).unwrap();
    let mut validation = Validation::new(Algorithm::RS256);
    validation.set_issuer(&[sandbox.issuer()]);
    validation.set_audience(&[sandbox.base_url()]);
    let claims = decode::<Value>(&token, &key, &validation).unwrap().claims;
    assert_eq!(claims["client_id"], "sandbox-integration");
    assert_eq!(claims["sub"], sandbox.accounts().integration.user_id);
    assert_eq!(
        claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(),
        3600
    );
    assert!(claims["jti"].is_string());
}

#[tokio::test]
async fn tokens_live_as_long_as_the_sandbox_is_told() {
    let clock = Clock::system();
    let sandbox = Sandbox::builder()
        .clock(clock.clone())
        .token_lifetime(20)
        .start()
        .await
        .unwrap();
    let account = &sandbox.accounts().integration;
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", account.client_id.as_str()),
        ("client_secret", account.client_secret.as_str()),
    ];
    let body: Value = post_form(&sandbox, &form).await.json().await.unwrap();
    assert_eq!(body["expires_in"], 20);
    let token = body["access_token"].as_str().unwrap();
    clock.advance(Duration::from_secs(18));
    let answer = request(&sandbox, "GET", ANY, token).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    clock.advance(Duration::from_secs(2));
    let answer = request(&sandbox, "GET", ANY, token).send().await.unwrap();
    assert_eq!(answer.status(), 401);
}

#[tokio::test]
async fn discovery_names_what_there_is() {
    let sandbox = Sandbox::start().await.unwrap();
    let url = format!("{}/.well-known/openid-configuration", sandbox.issuer());
    let discovery: Value = reqwest::get(url).await.unwrap().json().await.unwrap();
    let list = |name: &str| -> Vec<&str> {
        let values = discovery[name].as_array().unwrap().iter();
        values.map(|value| value.as_str().unwrap()).collect()
    };
    assert_eq!(
        list("grant_types_supported"),
        [
            "authorization_code",
            "client_credentials",
            "refresh_token",
            "urn:ietf:params:oauth:grant-type:device_code",
        ]
    );
    let scopes = list("scopes_supported");
    for scope in [
        "openid",
        "profile",
        "email",
        "offline_access",
        "api.cart",
        "api.catalog",
        "api.user-management",
        "doc-gen.composer",
        "sign",
    ] {
        assert!(scopes.contains(&scope), "{scope}");
    }
    let methods = list("token_endpoint_auth_methods_supported");
    assert!(methods.contains(&"client_secret_basic") && methods.contains(&"client_secret_post"));
    assert_eq!(list("code_challenge_methods_supported"), ["S256"]);
    assert_eq!(list("response_types_supported"), ["code"]);
    assert_eq!(
        discovery["authorization_response_iss_parameter_supported"],
        true
    );

    // What is named is there, below the issuer.
    let fields = discovery.as_object().unwrap().iter();
    let endpoints: Vec<_> = fields
        .filter(|(name, _)| name.ends_with("_endpoint") || *name == "jwks_uri")
        .map(|(name, url)| (name, url.as_str().unwrap()))
        .collect();
    assert_eq!(endpoints.len(), 8);
    for (name, url) in endpoints {
        assert!(url.starts_with(&sandbox.issuer()), "{name}: {url}");
        let options = Client::new().request(reqwest::Method::OPTIONS, url);
        let answer = options.send().await.unwrap();
        assert_eq!(answer.status(), 204, "{name}");
    }
}

#[tokio::test]
async fn a_client_authenticates_by_header_or_by_body_but_not_by_both() {
    let sandbox = Sandbox::start().await.unwrap();
    let basic = || {
        Client::new()
            .post(sandbox.token_url())
            .basic_auth("sandbox-api", Some("sandbox-secret"))
    };
    let form = [
        ("grant_type", "client_credentials"),
        ("scope", "api.cart sign"),
    ];
    let answer = basic().form(&form).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["cache-control"], "no-store");
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body["token_type"], "Bearer");
    assert_eq!(body["expires_in"], 3600);
    assert_eq!(body["scope"], "api.cart sign");

    let form = [
        ("grant_type", "client_credentials"),
        ("client_secret", "sandbox-secret"),
    ];
    let answer = basic().form(&form).send().await.unwrap();
    assert_eq!(answer.status(), 400);
    assert_eq!(
        answer.json::<Value>().await.unwrap()["error"],
        "invalid_request"
    );
}

#[tokio::test]
async fn token_errors_are_those_of_rfc_6749() {
    let sandbox = Sandbox::start().await.unwrap();
    let id = ("client_id", "sandbox-api");
    let secret = ("client_secret", "sandbox-secret");
    let grant = ("grant_type", "client_credentials");
    let cases: [(Form<'_>, u16, &str); 7] = [
        (
            &[grant, id, ("client_secret", "wrong")],
            401,
            "invalid_client",
        ),
        (
            &[grant, ("client_id", "nobody"), secret],
            401,
            "invalid_client",
        ),
        (
            &[grant, ("client_id", "nobody"), ("client_secret", "")],
            401,
            "invalid_client",
        ),
        (&[grant, id], 401, "invalid_client"),
        (&[id, secret], 400, "invalid_request"),
        (&[grant, grant, id, secret], 400, "invalid_request"),
        (
            &[("grant_type", "password"), id, secret],
            400,
            "unsupported_grant_type",
        ),
    ];
    for (form, status, code) in cases {
        let answer = post_form(&sandbox, form).await;
        assert_eq!(answer.status(), status, "{form:?}");
        assert_eq!(
            answer.json::<Value>().await.unwrap()["error"],
            code,
            "{form:?}"
        );
    }
    let answer = Client::new()
        .post(sandbox.token_url())
        .basic_auth("sandbox-api", Some("wrong"))
        .form(&[grant])
        .send()
        .await
        .unwrap();
    assert!(
        answer.headers()["www-authenticate"]
            .to_str()
            .unwrap()
            .starts_with("Basic")
    );
    let json = Client::new().post(sandbox.token_url()).json(&Value::Null);
    assert_eq!(json.send().await.unwrap().status(), 400);
    let get = reqwest::get(sandbox.token_url()).await.unwrap();
    assert_eq!(get.status(), 405);
    assert_eq!(get.headers()["allow"], "POST, OPTIONS");
}

#[tokio::test]
async fn operations_need_a_token_of_this_sandbox() {
    let sandbox = Sandbox::start().await.unwrap();
    let other = Sandbox::start().await.unwrap();
    let url = format!("{}{ANY}", sandbox.base_url());
    let answer = reqwest::get(&url).await.unwrap();
    assert_eq!(answer.status(), 401);
    assert_eq!(
        answer.headers()["www-authenticate"],
        "Bearer realm=\"conga-sandbox\""
    );

    let token = integration_token(&sandbox).await;
    let (body, _) = token.rsplit_once('.').unwrap();
    for bad in [
        integration_token(&other).await,
        "nonsense".to_owned(),
        format!("{body}.AAAA"),
    ] {
        let answer = request(&sandbox, "GET", ANY, &bad).send().await.unwrap();
        assert_eq!(answer.status(), 401, "{bad}");
        let challenge = answer.headers()["www-authenticate"]
            .to_str()
            .unwrap()
            .to_owned();
        assert!(challenge.contains("error=\"invalid_token\""));
        assert!(
            first_message(answer)
                .await
                .contains("not one of this sandbox")
        );
    }
    let answer = request(&sandbox, "GET", ANY, &token).send().await.unwrap();
    assert_eq!(answer.status(), 200);
}

#[tokio::test]
async fn a_token_expires_after_an_hour() {
    let clock = Clock::system();
    let sandbox = Sandbox::builder()
        .clock(clock.clone())
        .start()
        .await
        .unwrap();
    let token = integration_token(&sandbox).await;
    clock.advance(Duration::from_secs(3598));
    let answer = request(&sandbox, "GET", ANY, &token).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    clock.advance(Duration::from_secs(2));
    let answer = request(&sandbox, "GET", ANY, &token).send().await.unwrap();
    assert_eq!(answer.status(), 401);
    assert!(first_message(answer).await.contains("expired"));
}

#[tokio::test]
async fn api_to_api_calls_name_their_user() {
    let sandbox = Sandbox::start().await.unwrap();
    let token = api_token(&sandbox).await;
    let call = || request(&sandbox, "GET", ANY, &token);
    let user_id = &sandbox.accounts().api.user_id;

    let none = call().send().await.unwrap();
    assert_eq!(none.status(), 400);
    assert!(first_message(none).await.contains("`user-id`"));
    let unknown = "00000000-0000-4000-8000-0000000000ff";
    let unknown = call().header("user-id", unknown).send().await.unwrap();
    assert_eq!(unknown.status(), 403);
    let known = call().header("user-id", user_id).send().await.unwrap();
    assert_eq!(known.status(), 200);
}

#[tokio::test]
async fn discovery_ai_takes_the_api_key() {
    let sandbox = Sandbox::start().await.unwrap();
    let path = "/idd/api/v2/tenant/config/retrieveprovider";
    let call = |key: Option<&str>| {
        let mut request = Client::new().get(format!("{}{path}", sandbox.base_url()));
        if let Some(key) = key {
            request = request.header("X-API-Key", key);
        }
        request.send()
    };
    assert_eq!(call(None).await.unwrap().status(), 401);
    assert_eq!(call(Some("other")).await.unwrap().status(), 401);
    let key = &sandbox.accounts().api_key;
    assert_eq!(call(Some(key)).await.unwrap().status(), 200);
}
