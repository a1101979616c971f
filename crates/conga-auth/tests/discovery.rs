//! Discovery on the wire: cached, revalidated, checked.

#![expect(clippy::unwrap_used, reason = "a test may fail")]

mod support;

use conga_auth::{AuthError, Endpoints, Metadata, OAuthClient, Provider};
use serde_json::json;
use support::{Hand, Idp, at_once};
use wiremock::matchers::{header, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

const DOCUMENT: &str = "/tenant/.well-known/openid-configuration";

fn document(server: &MockServer, token: &str) -> ResponseTemplate {
    let issuer = format!("{}/tenant", server.uri());
    ResponseTemplate::new(200).set_body_json(
        json!({"issuer": issuer, "token_endpoint": format!("{}{token}", server.uri())}),
    )
}

fn client(server: &MockServer, clock: &Hand) -> OAuthClient {
    let issuer = format!("{}/tenant", server.uri());
    let provider = Provider::discovered(issuer, "https://api.example").unwrap();
    OAuthClient::builder(provider, "client")
        .clock(clock.clone())
        .build()
        .unwrap()
}

async fn token_path(client: &OAuthClient) -> String {
    let metadata = client.metadata().await.unwrap();
    metadata.token_endpoint.path().to_owned()
}

/// Mounts a response that serves `times` times exactly.
async fn serve(server: &MockServer, response: ResponseTemplate, times: u64) {
    Mock::given(path(DOCUMENT))
        .respond_with(response)
        .up_to_n_times(times)
        .expect(times)
        .mount(server)
        .await;
}

#[tokio::test]
async fn the_document_is_fetched_once_and_revalidated_when_old() {
    let server = MockServer::start().await;
    let clock = Hand::new();
    let client = client(&server, &clock);
    let first = document(&server, "/one")
        .insert_header("etag", "\"v1\"")
        .insert_header("cache-control", "public, max-age=600");
    serve(&server, first, 1).await;
    for _ in 0..3 {
        assert_eq!(token_path(&client).await, "/one");
    }

    clock.advance(601);
    Mock::given(path(DOCUMENT))
        .and(header("if-none-match", "\"v1\""))
        .respond_with(ResponseTemplate::new(304))
        .up_to_n_times(1)
        .expect(1)
        .mount(&server)
        .await;
    assert_eq!(token_path(&client).await, "/one");
    clock.advance(3_500);
    assert_eq!(
        token_path(&client).await,
        "/one",
        "an hour where it says nothing"
    );

    clock.advance(101);
    serve(&server, document(&server, "/two"), 1).await;
    assert_eq!(token_path(&client).await, "/two");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_callers_cause_one_request() {
    let server = MockServer::start().await;
    let delay = std::time::Duration::from_millis(100);
    serve(&server, document(&server, "/one").set_delay(delay), 1).await;
    let client = client(&server, &Hand::new());
    let paths = at_once(100, || {
        let client = client.clone();
        async move { token_path(&client).await }
    });
    assert!(paths.await.iter().all(|path| path == "/one"));
}

#[tokio::test]
async fn a_document_at_hand_outlives_an_outage_but_not_another_issuer() {
    let server = MockServer::start().await;
    let clock = Hand::new();
    let client = client(&server, &clock);
    serve(&server, document(&server, "/one"), 1).await;
    assert_eq!(token_path(&client).await, "/one");

    clock.advance(3_601);
    serve(&server, ResponseTemplate::new(500), 1).await;
    assert_eq!(token_path(&client).await, "/one");
    clock.advance(59);
    assert_eq!(
        token_path(&client).await,
        "/one",
        "no further try for a minute"
    );

    clock.advance(2);
    let foreign =
        json!({"issuer": "https://evil.example", "token_endpoint": "https://evil.example/t"});
    serve(
        &server,
        ResponseTemplate::new(200).set_body_json(foreign),
        1,
    )
    .await;
    let error = client.metadata().await.unwrap_err();
    assert!(matches!(error, AuthError::WrongIssuer { .. }), "{error}");
}

#[tokio::test]
async fn what_is_no_document_is_a_typed_error() {
    let html = ResponseTemplate::new(200).set_body_raw("<h1>Welcome</h1>", "text/html");
    let cut = ResponseTemplate::new(200).set_body_raw(r#"{"issuer": "htt"#, "application/json");
    let long = ResponseTemplate::new(200).set_body_raw(vec![b' '; 10 << 20], "application/json");
    let away = ResponseTemplate::new(302).insert_header("location", "https://evil.example/");
    type Check = fn(&AuthError) -> bool;
    let cases: [(ResponseTemplate, Check); 5] = [
        (html, |error| {
            matches!(error, AuthError::InvalidAnswer { .. })
        }),
        (cut, |error| {
            matches!(error, AuthError::InvalidAnswer { .. })
        }),
        (long, |error| matches!(error, AuthError::TooLarge { .. })),
        (away, |error| {
            matches!(error, AuthError::RedirectRefused { .. })
        }),
        (ResponseTemplate::new(404), |error| {
            error.status().unwrap() == 404
        }),
    ];
    for (response, expected) in cases {
        let server = MockServer::start().await;
        serve(&server, response, 1).await;
        let error = client(&server, &Hand::new()).metadata().await.unwrap_err();
        assert!(expected(&error), "{error:?}");
    }
}

#[tokio::test]
async fn endpoints_can_be_discovered_once() {
    let idp = Idp::start().await;
    let endpoints = Endpoints::discover(&idp.root(), "https://api.example")
        .await
        .unwrap();
    assert_eq!(endpoints.token.as_str(), format!("{}/token", idp.root()));
    let error = Metadata::discover("http://login.example")
        .await
        .unwrap_err();
    assert!(matches!(error, AuthError::InsecureUrl { .. }));
}

#[tokio::test]
async fn known_metadata_is_checked_and_needs_no_request() {
    let build = |token: &str| {
        let metadata = Metadata::new("https://login.example", token.parse().unwrap());
        let provider = Provider::known(metadata, "https://api.example").unwrap();
        OAuthClient::builder(provider, "client").build()
    };
    let client = build("https://login.example/token").unwrap();
    assert_eq!(token_path(&client).await, "/token");
    assert!(matches!(
        build("http://login.example/token").unwrap_err(),
        AuthError::InsecureUrl { .. }
    ));
}
