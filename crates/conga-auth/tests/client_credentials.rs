//! Client credentials on the wire: what is asked, what the answers become.

#![expect(clippy::unwrap_used, reason = "a test may fail")]

mod support;

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use conga_auth::{
    AuthError, ClientAuthentication, ClientCredentials, ClientCredentialsBuilder, Credential,
    Endpoints, ExposeSecret, RequestContext,
};
use serde_json::json;
use support::{Hand, at_once};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use url::Url;
use wiremock::matchers::{body_string, header, headers, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

const TOKEN_PATH: &str = "/api/v1/auth/connect/token";
const SECRET: &str = "s3cret/+&";

/// Answers the token endpoint with `response`, `times` times exactly.
async fn answering(response: ResponseTemplate, times: u64) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path(TOKEN_PATH))
        .respond_with(response)
        .expect(times)
        .mount(&server)
        .await;
    server
}

fn token(lifetime: u64) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(
        json!({"access_token": "the-token", "token_type": "Bearer", "expires_in": lifetime}),
    )
}

fn builder(root: &str) -> ClientCredentialsBuilder {
    let endpoints = Endpoints::parse(&format!("{root}{TOKEN_PATH}"), root).unwrap();
    ClientCredentials::builder(endpoints, "client", SECRET)
}

async fn failure(server: &MockServer) -> AuthError {
    let credential = builder(&server.uri()).build().unwrap();
    credential.token().await.unwrap_err()
}

async fn headers_of(
    credential: &ClientCredentials,
    server: &MockServer,
) -> Result<http::HeaderMap, AuthError> {
    let url = Url::parse(&server.uri()).unwrap().join("/api/x").unwrap();
    credential.headers(&RequestContext::new(&url)).await
}

#[tokio::test]
async fn an_integration_user_sends_a_bearer_token() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path(TOKEN_PATH))
        .and(header("content-type", "application/x-www-form-urlencoded"))
        .and(header("accept", "application/json"))
        .and(body_string(
            "grant_type=client_credentials&client_id=client&client_secret=s3cret%2F%2B%26",
        ))
        .respond_with(token(3_600))
        .expect(1)
        .mount(&server)
        .await;
    let credential = builder(&server.uri()).build().unwrap();
    for _ in 0..3 {
        let headers = headers_of(&credential, &server).await.unwrap();
        assert_eq!(headers.len(), 1);
        assert_eq!(headers["authorization"], "Bearer the-token");
        assert!(headers["authorization"].is_sensitive());
    }
}

#[tokio::test]
async fn an_api_to_api_connection_adds_the_user() {
    let server = answering(token(3_600), 1).await;
    let credential = builder(&server.uri()).user_id("user-1").build().unwrap();
    let headers = headers_of(&credential, &server).await.unwrap();
    assert_eq!(headers.len(), 2);
    assert_eq!(headers["user-id"], "user-1");
    assert!(headers["user-id"].is_sensitive());
}

#[tokio::test]
async fn scopes_are_asked_for() {
    let server = answering(token(3_600), 1).await;
    let credential = builder(&server.uri())
        .scopes(["sign", "api.cart"])
        .build()
        .unwrap();
    credential.token().await.unwrap();
    let requests = server.received_requests().await.unwrap();
    let body = String::from_utf8(requests[0].body.clone()).unwrap();
    assert!(body.contains("&scope=sign+api.cart"), "{body}");
}

#[tokio::test]
async fn the_client_authenticates_by_header_where_told() {
    let server = MockServer::start().await;
    // base64 of `client:s3cret%2F%2B%26`, form-encoded first as RFC 6749 wants it.
    Mock::given(headers(
        "authorization",
        vec!["Basic Y2xpZW50OnMzY3JldCUyRiUyQiUyNg=="],
    ))
    .and(body_string("grant_type=client_credentials"))
    .respond_with(token(3_600))
    .expect(1)
    .mount(&server)
    .await;
    let credential = builder(&server.uri())
        .authentication(ClientAuthentication::Basic)
        .build()
        .unwrap();
    credential.token().await.unwrap();
}

#[tokio::test]
async fn a_token_is_replaced_five_minutes_before_its_end() {
    let server = answering(token(3_600), 2).await;
    let clock = Hand::new();
    let credential = builder(&server.uri()).clock(clock.clone()).build().unwrap();
    for (seconds, requests) in [(0, 1), (3_299, 1), (1, 2), (3_299, 2)] {
        clock.advance(seconds);
        headers_of(&credential, &server).await.unwrap();
        assert_eq!(server.received_requests().await.unwrap().len(), requests);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_tasks_cause_one_request() {
    let server = answering(token(3_600).set_delay(Duration::from_millis(200)), 1).await;
    let credential = builder(&server.uri()).build().unwrap();
    let tokens = at_once(1_000, || {
        let credential = credential.clone();
        async move { credential.token().await.is_ok() }
    });
    assert!(tokens.await.into_iter().all(|obtained| obtained));
}

#[tokio::test]
async fn a_rejected_token_is_replaced_once_for_all_who_report_it() {
    let server = MockServer::start().await;
    for number in 1..=2 {
        Mock::given(path(TOKEN_PATH))
            .respond_with(ResponseTemplate::new(200).set_body_json(
                json!({"access_token": format!("token-{number}"), "token_type": "bearer"}),
            ))
            .up_to_n_times(1)
            .expect(1)
            .mount(&server)
            .await;
    }
    let credential = builder(&server.uri()).build().unwrap();
    let first = headers_of(&credential, &server).await.unwrap();
    for _ in 0..3 {
        assert!(credential.invalidate(&first).await);
        let next = headers_of(&credential, &server).await.unwrap();
        assert_eq!(next["authorization"], "Bearer token-2");
    }
    assert!(!credential.invalidate(&http::HeaderMap::new()).await);
}

#[tokio::test]
async fn tokens_stay_with_their_own_host() {
    let server = answering(token(3_600), 0).await;
    let credential = builder(&server.uri()).build().unwrap();
    let foreign = Url::parse("https://files.example/presigned").unwrap();
    let error = credential.headers(&RequestContext::new(&foreign)).await;
    assert!(matches!(error, Err(AuthError::ForeignHost { .. })));
}

#[tokio::test]
async fn settings_that_cannot_work_are_refused() {
    let build = |token: &str, base: &str| {
        ClientCredentials::builder(Endpoints::parse(token, base).unwrap(), "client", SECRET).build()
    };
    for (token, base) in [
        ("http://login.example/token", "https://api.example"),
        ("https://login.example/token", "http://api.example"),
    ] {
        let error = build(token, base).unwrap_err();
        assert!(matches!(error, AuthError::InsecureUrl { .. }), "{error}");
    }
    let root = "http://127.0.0.1:1";
    for wrong in [builder(root).user_id("a\nb"), builder(root).user_id(" ")] {
        let error = wrong.build().unwrap_err();
        assert!(matches!(error, AuthError::Configuration { .. }), "{error}");
    }
}

#[tokio::test]
async fn a_wrong_secret_is_told_and_not_tried_again() {
    let response = ResponseTemplate::new(401).set_body_json(
        json!({"error": "invalid_client", "error_description": format!("no client has {SECRET}")}),
    );
    let server = answering(response, 1).await;
    let error = failure(&server).await;
    assert_eq!(error.oauth_error(), Some("invalid_client"));
    assert_eq!(error.status().unwrap().as_u16(), 401);
    assert!(!error.is_retryable());
    let text = error.to_string();
    assert!(text.contains("no client has [redacted]"), "{text}");
    assert!(text.contains("check the client id and secret"), "{text}");
}

#[tokio::test]
async fn a_refusal_without_words_keeps_its_status() {
    for status in [400, 401, 403, 404] {
        let server = answering(ResponseTemplate::new(status), 1).await;
        let error = failure(&server).await;
        assert_eq!(error.status().unwrap().as_u16(), status);
        assert_eq!(error.oauth_error(), None);
        assert!(!error.is_retryable());
    }
}

#[tokio::test]
async fn a_busy_server_is_asked_three_times() {
    for status in [429, 503] {
        let response = ResponseTemplate::new(status).insert_header("retry-after", "0");
        let server = answering(response, 3).await;
        let error = failure(&server).await;
        assert_eq!(error.status().unwrap().as_u16(), status);
        assert!(error.is_retryable());
    }
}

#[tokio::test]
async fn a_busy_server_may_recover_meanwhile() {
    let server = MockServer::start().await;
    Mock::given(path(TOKEN_PATH))
        .respond_with(ResponseTemplate::new(503))
        .up_to_n_times(1)
        .expect(1)
        .mount(&server)
        .await;
    Mock::given(path(TOKEN_PATH))
        .respond_with(token(3_600))
        .expect(1)
        .mount(&server)
        .await;
    let credential = builder(&server.uri()).build().unwrap();
    credential.token().await.unwrap();
}

#[tokio::test]
async fn a_server_that_wants_a_long_pause_is_left_alone() {
    let response = ResponseTemplate::new(503).insert_header("retry-after", "120");
    let server = answering(response, 1).await;
    let error = failure(&server).await;
    let asked = error.refusal().unwrap().retry_after();
    assert_eq!(asked, Some(Duration::from_secs(120)));
}

#[tokio::test]
async fn an_error_page_is_not_tried_again_and_is_shown_on_demand() {
    let page = "<html><h1>502 Bad Gateway</h1> nginx</html>";
    let server = answering(
        ResponseTemplate::new(502).set_body_raw(page, "text/html"),
        1,
    )
    .await;
    let error = failure(&server).await;
    assert!(error.is_retryable());
    assert!(!error.to_string().contains("nginx"), "{error}");
    assert_eq!(error.raw_excerpt(), Some(page));
}

#[tokio::test]
async fn nonsense_is_a_typed_error() {
    let body = |text: &str| ResponseTemplate::new(200).set_body_raw(text, "application/json");
    for (response, problem) in [
        (
            ResponseTemplate::new(200).set_body_raw("<html>Welcome home</html>", "text/html"),
            "it is not a JSON object",
        ),
        (body(""), "it is not a JSON object"),
        (body("[]"), "it is not a JSON object"),
        (body(r#"{"access_token": "the-tok"#), "its JSON breaks off"),
        (body("{'access_token'}"), "it is not valid JSON"),
        (
            body(r#"{"token_type": "Bearer"}"#),
            "`access_token` is missing",
        ),
        (
            body(r#"{"access_token": "the-token"}"#),
            "`token_type` is missing",
        ),
        (
            body(
                r#"{"access_token": "the-token", "token_type": "Bearer", "expires_in": "the-token"}"#,
            ),
            "`expires_in` has a wrong type",
        ),
        (
            body(r#"{"access_token": "", "token_type": "Bearer"}"#),
            "its `access_token` is empty",
        ),
        (
            body(r#"{"access_token": "the-token", "token_type": "DPoP"}"#),
            "its `token_type` is not `Bearer`",
        ),
    ] {
        let server = answering(response, 1).await;
        let error = failure(&server).await;
        assert!(
            matches!(error, AuthError::InvalidAnswer { .. }),
            "{error:?}"
        );
        let text = error.to_string();
        assert!(text.contains(problem), "{text}, not {problem}");
        assert!(!error.is_retryable());
        assert!(
            !format!("{error:?} {text}").contains("the-tok"),
            "{error:?}"
        );
        let excerpt = error.raw_excerpt().unwrap_or_default();
        assert!(!excerpt.contains("the-tok"), "{excerpt}");
    }
}

#[tokio::test]
async fn an_answer_of_ten_megabytes_is_not_read() {
    let server = answering(
        ResponseTemplate::new(200).set_body_raw(vec![b' '; 10 << 20], "application/json"),
        1,
    )
    .await;
    let error = failure(&server).await;
    assert!(matches!(error, AuthError::TooLarge { .. }), "{error:?}");
}

#[tokio::test]
async fn an_endless_answer_is_cut() {
    let root = raw_server(|mut stream| async move {
        let head =
            b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n{\"access_token\": \"";
        stream.write_all(head).await.unwrap();
        while stream.write_all(&[b'x'; 8_192]).await.is_ok() {}
    })
    .await;
    let credential = builder(&root).build().unwrap();
    let error = credential.token().await.unwrap_err();
    assert!(matches!(error, AuthError::TooLarge { .. }), "{error:?}");
}

#[tokio::test]
async fn a_connection_that_breaks_is_not_tried_again() {
    let connections = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&connections);
    let root = raw_server(move |mut stream| {
        *counted.lock().unwrap() += 1;
        async move {
            let head =
                b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{\"access_token\": \"the-tok";
            stream.write_all(head).await.unwrap();
        }
    })
    .await;
    let credential = builder(&root).build().unwrap();
    let error = credential.token().await.unwrap_err();
    assert!(
        matches!(
            error,
            AuthError::Unreachable {
                connected: true,
                ..
            }
        ),
        "{error:?}"
    );
    assert!(error.is_retryable());
    assert_eq!(*connections.lock().unwrap(), 1);
}

#[tokio::test]
async fn a_server_that_is_down_is_unreachable() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let root = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    let credential = builder(&root).build().unwrap();
    let error = credential.token().await.unwrap_err();
    assert!(
        matches!(
            error,
            AuthError::Unreachable {
                connected: false,
                ..
            }
        ),
        "{error:?}"
    );
    assert!(error.is_retryable());
}

#[tokio::test]
async fn a_slow_server_times_out_once() {
    let server = answering(token(3_600).set_delay(Duration::from_secs(30)), 1).await;
    let started = Instant::now();
    let credential = builder(&server.uri())
        .timeout(Duration::from_millis(200))
        .build()
        .unwrap();
    let error = credential.token().await.unwrap_err();
    assert!(matches!(error, AuthError::TimedOut { .. }), "{error:?}");
    assert!(error.is_retryable());
    assert!(started.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn redirects_are_refused() {
    let elsewhere = answering(token(3_600), 0).await;
    for status in [301, 302, 303, 307, 308] {
        let target = format!("{}{TOKEN_PATH}?leak=1", elsewhere.uri());
        let response = ResponseTemplate::new(status).insert_header("location", target.as_str());
        let server = answering(response, 1).await;
        let error = failure(&server).await;
        let AuthError::RedirectRefused { target, .. } = &error else {
            panic!("{error:?}");
        };
        assert_eq!(*target, elsewhere.uri());
        assert!(!error.is_retryable());
    }
}

#[tokio::test]
async fn a_client_that_follows_redirects_by_itself_is_found_out() {
    let elsewhere = answering(token(3_600), 1).await;
    let target = format!("{}{TOKEN_PATH}", elsewhere.uri());
    let response = ResponseTemplate::new(307).insert_header("location", target.as_str());
    let server = answering(response, 1).await;
    let credential = builder(&server.uri())
        .http_client(reqwest::Client::new())
        .build()
        .unwrap();
    let error = credential.token().await.unwrap_err();
    assert!(
        matches!(error, AuthError::RedirectRefused { .. }),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_token_without_a_lifetime_has_no_end() {
    let response = ResponseTemplate::new(200)
        .set_body_json(json!({"access_token": "the-token", "token_type": "BEARER", "more": [1]}));
    let server = answering(response, 1).await;
    let credential = builder(&server.uri()).build().unwrap();
    let token = credential.token().await.unwrap();
    assert_eq!(token.expires_at(), None);
    assert_eq!(token.secret().expose_secret(), "the-token");
}

/// Runs `serve` on each connection, once a request has begun to come in. Returns the root URL.
async fn raw_server<F, Fut>(mut serve: F) -> String
where
    F: FnMut(tokio::net::TcpStream) -> Fut + Send + 'static,
    Fut: Future<Output = ()> + Send,
{
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let root = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = vec![0; 4_096];
            let read = stream.read(&mut request).await;
            assert!(read.is_ok());
            serve(stream).await;
        }
    });
    root
}
