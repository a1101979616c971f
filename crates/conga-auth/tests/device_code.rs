//! Sign-in on another device.

mod support;

use std::time::{Duration, Instant};

use conga_auth::{AuthError, ExposeSecret};
use serde_json::json;
use support::Idp;
use wiremock::matchers::path;
use wiremock::{Mock, ResponseTemplate};

#[tokio::test]
async fn a_user_types_the_code_in() {
    let idp = Idp::start().await;
    idp.books()
        .device_errors
        .extend(["authorization_pending"; 2]);
    let sign_in = idp.client().build().unwrap().device_code().await.unwrap();
    assert_eq!(sign_in.user_code(), "WDJB-MJHT");
    assert_eq!(sign_in.verification_uri().path(), "/go");
    assert!(sign_in.verification_uri_complete().is_some());
    assert_eq!(sign_in.lifetime(), Duration::from_secs(600));
    assert!(!format!("{sign_in:?}").contains("DEVICE\""));

    let started = Instant::now();
    let user = sign_in.finish().await.unwrap();
    assert!(
        started.elapsed() >= Duration::from_secs(3),
        "a second before each of three tries"
    );
    assert_eq!(
        user.token().await.unwrap().secret().expose_secret(),
        "ACCESS-1"
    );
    let books = idp.books();
    assert_eq!(books.forms.len(), 3);
    assert_eq!(books.forms[0]["device_code"], "DEVICE");
    assert_eq!(books.forms[0]["client_id"], "client");
}

#[tokio::test]
async fn a_server_that_wants_it_slower_gets_it_slower() {
    let idp = Idp::start().await;
    idp.books().device_errors.push_back("slow_down");
    let sign_in = idp.client().build().unwrap().device_code().await.unwrap();
    let started = Instant::now();
    sign_in.finish().await.unwrap();
    assert!(
        started.elapsed() >= Duration::from_secs(7),
        "one second, then six"
    );
    assert_eq!(idp.token_requests(), 2);
}

#[tokio::test]
async fn a_server_that_is_away_for_a_while_is_asked_again() {
    let idp = Idp::start().await;
    idp.books().next.push_back(ResponseTemplate::new(503));
    let sign_in = idp.client().build().unwrap().device_code().await.unwrap();
    sign_in.finish().await.unwrap();
    assert_eq!(idp.token_requests(), 2);
}

#[tokio::test]
async fn a_denial_and_an_end_are_told_apart() {
    for (code, denied) in [("access_denied", true), ("expired_token", false)] {
        let idp = Idp::start().await;
        idp.books().device_errors.push_back(code);
        let sign_in = idp.client().build().unwrap().device_code().await.unwrap();
        let error = sign_in.finish().await.unwrap_err();
        assert_eq!(
            matches!(error, AuthError::SignInDenied { .. }),
            denied,
            "{error:?}"
        );
        assert_eq!(
            matches!(error, AuthError::SignInTimedOut { .. }),
            !denied,
            "{error:?}"
        );
        assert_eq!(idp.token_requests(), 1);
    }
}

#[tokio::test]
async fn other_errors_end_the_wait() {
    let idp = Idp::start().await;
    idp.books().device_errors.push_back("invalid_grant");
    let sign_in = idp.client().build().unwrap().device_code().await.unwrap();
    let error = sign_in.finish().await.unwrap_err();
    assert_eq!(error.oauth_error(), Some("invalid_grant"));
    assert_eq!(idp.token_requests(), 1);
}

/// A provider whose device endpoint answers so.
async fn offering(response: ResponseTemplate) -> (Idp, wiremock::MockServer) {
    let device = wiremock::MockServer::start().await;
    Mock::given(path("/device"))
        .respond_with(response)
        .expect(1)
        .mount(&device)
        .await;
    let endpoint = format!("{}/device", device.uri());
    let idp = Idp::with_metadata(json!({"device_authorization_endpoint": endpoint})).await;
    (idp, device)
}

#[tokio::test]
async fn a_code_that_nobody_types_in_runs_out() {
    let offer = json!({
        "device_code": "DEVICE", "user_code": "X", "expires_in": 2, "interval": 1,
        "verification_url": "https://login.example/go",
    });
    let (idp, _device) = offering(ResponseTemplate::new(200).set_body_json(offer)).await;
    idp.books()
        .device_errors
        .extend(["authorization_pending"; 9]);
    let sign_in = idp.client().build().unwrap().device_code().await.unwrap();
    let started = Instant::now();
    let error = sign_in.finish().await.unwrap_err();
    assert!(
        matches!(error, AuthError::SignInTimedOut { .. }),
        "{error:?}"
    );
    assert!(started.elapsed() < Duration::from_secs(30));
    assert!(idp.token_requests() <= 1);
}

#[tokio::test]
async fn what_is_no_offer_is_a_typed_error() {
    let json = |text: &str| ResponseTemplate::new(200).set_body_raw(text, "application/json");
    for response in [
        json(r#"{"device_code": "DEVICE"}"#),
        json(r#"{"device_code": "DEV"#),
        json("[]"),
        ResponseTemplate::new(200).set_body_raw("<h1>hello</h1>", "text/html"),
    ] {
        let (idp, _device) = offering(response).await;
        let error = idp
            .client()
            .build()
            .unwrap()
            .device_code()
            .await
            .unwrap_err();
        assert!(
            matches!(error, AuthError::InvalidAnswer { .. }),
            "{error:?}"
        );
        assert!(!format!("{error} {error:?}").contains("DEV"));
    }
    let refusal = ResponseTemplate::new(400).set_body_json(json!({"error": "unauthorized_client"}));
    let (idp, _device) = offering(refusal).await;
    let error = idp
        .client()
        .build()
        .unwrap()
        .device_code()
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("kind of sign-in is not allowed"),
        "{error}"
    );
    let idp = Idp::with_metadata(json!({"device_authorization_endpoint": null})).await;
    let error = idp
        .client()
        .build()
        .unwrap()
        .device_code()
        .await
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("no device authorization endpoint"),
        "{error}"
    );
}
