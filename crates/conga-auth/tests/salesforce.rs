//! Sign-in at Salesforce.

#![expect(clippy::unwrap_used, reason = "a test may fail")]

mod support;

use std::time::Duration;

use conga_auth::{
    AuthError, Credential, ExposeSecret, MemoryStore, RequestContext, SalesforceOAuth,
    SalesforceOAuthBuilder, TokenStore,
};
use http::HeaderMap;
use serde_json::json;
use support::{Hand, form};
use url::Url;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

const INSTANCE: &str = "https://acme.my.salesforce.com";

async fn salesforce(answer: serde_json::Value) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/services/oauth2/token"))
        .respond_with(ResponseTemplate::new(200).set_body_json(answer))
        .mount(&server)
        .await;
    server
}

fn answer() -> serde_json::Value {
    json!({
        "access_token": "00D!token", "token_type": "Bearer", "instance_url": INSTANCE,
        "id": "https://login.salesforce.com/id/00D/005", "issued_at": "1700000000000", "signature": "x",
    })
}

fn app(server: &MockServer) -> SalesforceOAuthBuilder {
    SalesforceOAuth::client_credentials(server.uri(), "app", "s3cret")
}

async fn headers(credential: &SalesforceOAuth, url: &str) -> Result<HeaderMap, AuthError> {
    let url = Url::parse(url).unwrap();
    credential.headers(&RequestContext::new(&url)).await
}

async fn forms(server: &MockServer) -> Vec<std::collections::HashMap<String, String>> {
    let requests = server.received_requests().await.unwrap();
    requests.iter().map(form).collect()
}

#[tokio::test]
async fn an_app_signs_in_and_learns_its_instance() {
    let server = salesforce(answer()).await;
    let credential = app(&server)
        .storefront("ECommerce")
        .account("0010000000000001AAA")
        .allow_origin("https://shop.my.site.com/ecom")
        .build()
        .unwrap();
    assert_eq!(
        credential.instance_url().await.unwrap().as_str(),
        format!("{INSTANCE}/")
    );
    for url in [
        format!("{INSTANCE}/services/apexrest/x"),
        "https://shop.my.site.com/y".to_owned(),
    ] {
        let given = headers(&credential, &url).await.unwrap();
        assert_eq!(given["authorization"], "Bearer 00D!token");
        assert_eq!(given["x-storefront"], "ECommerce");
        assert_eq!(given["x-account"], "0010000000000001AAA");
        assert!(given.values().all(http::HeaderValue::is_sensitive));
    }
    for foreign in ["https://evil.example/", "https://other.my.salesforce.com/"] {
        let error = headers(&credential, foreign).await.unwrap_err();
        assert!(matches!(error, AuthError::ForeignHost { .. }), "{error}");
    }
    let sent = forms(&server).await;
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0]["grant_type"], "client_credentials");
    assert_eq!(
        (
            sent[0]["client_id"].as_str(),
            sent[0]["client_secret"].as_str()
        ),
        ("app", "s3cret")
    );
}

#[tokio::test]
async fn a_rejected_token_and_one_of_an_age_are_replaced() {
    let server = salesforce(answer()).await;
    let clock = Hand::new();
    let credential = app(&server)
        .max_age(Duration::from_secs(7_200))
        .clock(clock.clone())
        .build()
        .unwrap();
    let first = headers(&credential, INSTANCE).await.unwrap();
    assert!(credential.invalidate(&first).await);
    headers(&credential, INSTANCE).await.unwrap();
    assert_eq!(forms(&server).await.len(), 2);
    clock.advance(6_901);
    headers(&credential, INSTANCE).await.unwrap();
    assert_eq!(forms(&server).await.len(), 3);
}

#[tokio::test]
async fn a_refresh_token_is_used_and_kept() {
    let server = salesforce(answer()).await;
    let store = MemoryStore::new();
    let credential = SalesforceOAuth::refresh_token(server.uri(), "app", "5Aep!refresh")
        .store(store.clone())
        .build()
        .unwrap();
    let first = headers(&credential, INSTANCE).await.unwrap();
    credential.invalidate(&first).await;
    let stored = store.load().await.unwrap().unwrap();
    assert!(stored.expose_secret().contains("5Aep!refresh"));
    let sent = forms(&server).await;
    assert_eq!(sent[0]["grant_type"], "refresh_token");
    assert_eq!(sent[0]["refresh_token"], "5Aep!refresh");
    assert!(!sent[0].contains_key("client_secret"));

    Mock::given(path("/services/oauth2/revoke"))
        .respond_with(ResponseTemplate::new(200))
        .expect(1)
        .mount(&server)
        .await;
    credential.revoke().await.unwrap();
    assert!(store.load().await.unwrap().is_none());
    assert_eq!(
        forms(&server).await.last().unwrap()["token"],
        "5Aep!refresh"
    );
}

#[tokio::test]
async fn answers_without_a_secure_instance_are_refused() {
    let mut without = answer();
    without.as_object_mut().unwrap().remove("instance_url");
    let mut insecure = answer();
    insecure["instance_url"] = "http://acme.my.salesforce.com".into();
    let mut odd = answer();
    odd["instance_url"] = "acme".into();
    for (answer, is_expected) in [(without, true), (insecure, false), (odd, true)] {
        let server = salesforce(answer).await;
        let error = app(&server).build().unwrap().token().await.unwrap_err();
        assert_eq!(
            matches!(error, AuthError::InvalidAnswer { .. }),
            is_expected,
            "{error:?}"
        );
        assert!(
            is_expected || matches!(error, AuthError::InsecureUrl { .. }),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn what_cannot_work_is_refused() {
    let build = |login: &str| SalesforceOAuth::client_credentials(login, "app", "s").build();
    assert!(matches!(
        build("http://acme.example").unwrap_err(),
        AuthError::InsecureUrl { .. }
    ));
    assert!(matches!(
        build("acme.my.salesforce.com").unwrap_err(),
        AuthError::Configuration { .. }
    ));
    let builder = SalesforceOAuth::client_credentials("https://acme.example", " ", "s");
    assert!(builder.build().is_err());
    let builder = SalesforceOAuth::refresh_token("https://acme.example", "app", "SECRET-9");
    assert!(!format!("{builder:?}").contains("SECRET-9"));
}

mod jwt_bearer {
    use conga_auth::Claims;
    use support::private_key;

    use super::*;

    #[tokio::test]
    async fn an_app_signs_in_by_an_assertion() {
        let server = salesforce(answer()).await;
        let credential =
            SalesforceOAuth::jwt_bearer(server.uri(), "app", "ann@example.com", private_key())
                .assertion_audience("https://login.salesforce.com")
                .build()
                .unwrap();
        credential.token().await.unwrap();
        let sent = &forms(&server).await[0];
        assert_eq!(
            sent["grant_type"],
            "urn:ietf:params:oauth:grant-type:jwt-bearer"
        );
        let claims = Claims::of(&sent["assertion"]).unwrap();
        assert_eq!(
            (claims.issuer(), claims.subject()),
            (Some("app"), Some("ann@example.com"))
        );
        assert_eq!(claims.text("aud"), Some("https://login.salesforce.com"));
    }

    #[tokio::test]
    async fn a_clock_that_is_wrong_is_named_and_the_assertion_is_not() {
        let server = MockServer::start().await;
        Mock::given(method("POST"))
            .respond_with(support::oauth_error("invalid_grant"))
            .expect(1)
            .mount(&server)
            .await;
        let clock = Hand::new();
        clock.advance(600);
        let credential = SalesforceOAuth::jwt_bearer(server.uri(), "app", "ann", private_key())
            .clock(clock)
            .build()
            .unwrap();
        let error = credential.token().await.unwrap_err();
        assert!(error.to_string().contains("check the clock"), "{error}");
        assert!(!format!("{error:?}").contains("eyJ"));
    }
}
