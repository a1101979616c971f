//! Calls under a real credential: one new token after a 401, and token endpoints that fail.

#![cfg(feature = "data")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

mod common;

use std::time::Duration;

use common::{TOKEN_PATH, answering, builder, credentials, issue_tokens, nowhere, ok, requests};
use conga_api::{CallOptions, Error, ErrorKind, RetryPolicy, data};
use conga_auth::{AuthError, ClientCredentialsBuilder, StaticToken};
use serde_json::json;
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{any, header, method, path},
};

fn client(server: &MockServer) -> data::Client {
    client_with(server, credentials(&server.uri()))
}

fn client_with(server: &MockServer, credential: ClientCredentialsBuilder) -> data::Client {
    let transport = builder(&server.uri()).credential(credential.build().unwrap());
    data::Client::new(transport.build().unwrap())
}

/// A server whose first token is not good for anything.
async fn server_that_wants_the_second_token() -> MockServer {
    let server = MockServer::start().await;
    issue_tokens(&server).await;
    Mock::given(header("authorization", "Bearer token-2"))
        .respond_with(ok(json!({"Data": "7"})))
        .with_priority(2)
        .mount(&server)
        .await;
    Mock::given(any())
        .respond_with(ResponseTemplate::new(401))
        .mount(&server)
        .await;
    server
}

#[tokio::test]
async fn a_refused_token_is_renewed_once_and_the_call_sent_again() {
    let server = server_that_wants_the_second_token().await;
    let client = client(&server);
    // A `POST` too, and where nothing is to be retried: a 401 says that nothing was done.
    let made = client
        .create_account()
        .with_retry(RetryPolicy::never())
        .with_json(&json!({"Name": "x"}));
    assert_eq!(made.send().await.unwrap().data.as_ref().unwrap(), "7");
    client
        .list_accounts()
        .send_as::<serde_json::Value>()
        .await
        .unwrap();
    let (tokens, calls) = requests(&server).await;
    assert_eq!((tokens.len(), calls.len()), (2, 3));
    assert_eq!(calls[0].body, calls[1].body);
}

#[tokio::test]
async fn many_refused_calls_share_one_new_token() {
    let server = server_that_wants_the_second_token().await;
    let client = client(&server);
    let calls = (0..8).map(|_| client.create_account().send());
    for made in futures_util::future::join_all(calls).await {
        assert_eq!(made.unwrap().data.as_ref().unwrap(), "7");
    }
    assert_eq!(requests(&server).await.0.len(), 2);
}

#[tokio::test]
async fn a_token_that_is_refused_again_is_an_error() {
    let server = answering([ResponseTemplate::new(401)]).await;
    issue_tokens(&server).await;
    let error = client(&server).list_accounts().send().await.unwrap_err();
    assert_eq!(error.status().unwrap(), 401);
    assert_eq!(error.attempts(), 2);
    assert!(!error.is_retryable() && !error.may_have_been_processed());
    let (tokens, calls) = requests(&server).await;
    assert_eq!((tokens.len(), calls.len()), (2, 2));
}

#[tokio::test]
async fn renewing_and_retrying_do_not_use_up_each_other() {
    let busy = || ResponseTemplate::new(503).insert_header("retry-after", "0");
    let refused = || ResponseTemplate::new(401);
    let server = answering([busy(), refused(), busy(), ok(json!({"Success": true}))]).await;
    issue_tokens(&server).await;
    client(&server).create_account().send().await.unwrap();
    let (tokens, calls) = requests(&server).await;
    assert_eq!((tokens.len(), calls.len()), (2, 4));

    let server = answering([busy(), refused(), busy(), busy(), ok(json!({}))]).await;
    issue_tokens(&server).await;
    let error = client(&server).create_account().send().await.unwrap_err();
    assert_eq!(
        (error.status().unwrap().as_u16(), error.attempts()),
        (503, 4)
    );
}

#[tokio::test]
async fn a_token_that_cannot_be_renewed_is_refused_once() {
    let server = answering([ResponseTemplate::new(401)]).await;
    let transport = builder(&server.uri())
        .credential(StaticToken::new("t"))
        .build()
        .unwrap();
    let error = data::Client::new(transport)
        .list_accounts()
        .send()
        .await
        .unwrap_err();
    assert_eq!(
        (error.status().unwrap().as_u16(), error.attempts()),
        (401, 1)
    );
}

#[tokio::test]
async fn a_call_with_its_own_token_leaves_that_of_the_client_alone() {
    let server = answering([ResponseTemplate::new(401)]).await;
    issue_tokens(&server).await;
    let call = client(&server)
        .list_accounts()
        .with_header("authorization", "Bearer mine");
    assert_eq!(call.send().await.unwrap_err().attempts(), 1);
    let (tokens, calls) = requests(&server).await;
    assert_eq!((tokens.len(), calls.len()), (1, 1));
    assert_eq!(calls[0].headers["authorization"], "Bearer mine");
    assert_eq!(calls[0].headers.get_all("authorization").iter().count(), 1);
}

#[tokio::test]
async fn a_connection_that_acts_for_a_user_says_so() {
    let server = answering([ok(json!({}))]).await;
    issue_tokens(&server).await;
    let client = client_with(&server, credentials(&server.uri()).user_id("u-1"));
    client.list_accounts().send().await.unwrap();
    client
        .list_accounts()
        .with_header("user-id", "u-2")
        .send()
        .await
        .unwrap();
    let (_, calls) = requests(&server).await;
    assert_eq!(calls[0].headers["user-id"], "u-1");
    assert_eq!(calls[0].headers["authorization"], "Bearer token-1");
    let users: Vec<_> = calls[1].headers.get_all("user-id").iter().collect();
    assert_eq!(users, ["u-2"]);
}

/// What a call fails with while the token endpoint answers this.
async fn failure(
    answer: ResponseTemplate,
    settings: impl FnOnce(ClientCredentialsBuilder) -> ClientCredentialsBuilder,
) -> Error {
    let server = answering([ok(json!({}))]).await;
    Mock::given(method("POST"))
        .and(path(TOKEN_PATH))
        .respond_with(answer)
        .with_priority(1)
        .mount(&server)
        .await;
    let error = client_with(&server, settings(credentials(&server.uri())))
        .create_account()
        .send()
        .await
        .unwrap_err();
    assert_eq!(
        requests(&server).await.1.len(),
        0,
        "nothing is sent without a token"
    );
    assert_eq!(error.operation(), "data/create_account");
    assert_eq!(error.attempts(), 0);
    assert!(!error.may_have_been_processed());
    assert!(!format!("{error} {error:?}").contains("s3cret"));
    error
}

fn auth(error: &Error) -> &AuthError {
    match error.kind() {
        ErrorKind::Auth(error) => error,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_token_endpoint_that_is_slow() {
    let slow = ResponseTemplate::new(200).set_delay(Duration::from_secs(5));
    let error = failure(slow, |credential| {
        credential.timeout(Duration::from_millis(100))
    })
    .await;
    assert!(
        matches!(auth(&error), AuthError::TimedOut { .. }),
        "{error:?}"
    );
    assert!(error.is_retryable());
}

#[tokio::test]
async fn a_token_endpoint_that_answers_nonsense() {
    for nonsense in ["<html>hello</html>", "{}", r#"{"access_token":7}"#, ""] {
        let answer = ResponseTemplate::new(200).set_body_string(nonsense);
        let error = failure(answer, |credential| credential).await;
        assert!(
            matches!(auth(&error), AuthError::InvalidAnswer { .. }),
            "{error:?}"
        );
        assert!(!error.is_retryable());
    }
}

#[tokio::test]
async fn a_token_endpoint_that_refuses() {
    let answer = ResponseTemplate::new(400).set_body_json(json!({"error": "invalid_client"}));
    let error = failure(answer, |credential| credential).await;
    assert_eq!(auth(&error).oauth_error(), Some("invalid_client"));
    assert!(!error.is_retryable());
    assert!(
        error.to_string().contains("check the client id and secret"),
        "{error}"
    );
}

#[tokio::test]
async fn a_token_endpoint_that_is_broken() {
    let error = failure(ResponseTemplate::new(500), |credential| credential).await;
    assert_eq!(auth(&error).status().unwrap(), 500);
    assert!(error.is_retryable());
}

#[tokio::test]
async fn a_token_endpoint_that_is_down() {
    let server = answering([ok(json!({}))]).await;
    let down = nowhere().await;
    let endpoints =
        conga_auth::Endpoints::parse(&format!("{down}{TOKEN_PATH}"), &server.uri()).unwrap();
    let credential = conga_auth::ClientCredentials::builder(endpoints, "client", "s3cret");
    let error = client_with(&server, credential)
        .list_accounts()
        .send()
        .await
        .unwrap_err();
    assert!(
        matches!(
            auth(&error),
            AuthError::Unreachable {
                connected: false,
                ..
            }
        ),
        "{error:?}"
    );
    assert!(error.is_retryable() && !error.may_have_been_processed());
    assert_eq!(requests(&server).await.1.len(), 0);
}

#[tokio::test]
async fn a_token_goes_to_its_own_host_only() {
    let (ours, theirs) = (
        answering([ok(json!({}))]).await,
        answering([ok(json!({}))]).await,
    );
    issue_tokens(&ours).await;
    let transport = builder(&theirs.uri()).credential(credentials(&ours.uri()).build().unwrap());
    let error = data::Client::new(transport.build().unwrap())
        .list_accounts()
        .send()
        .await
        .unwrap_err();
    assert!(
        matches!(auth(&error), AuthError::ForeignHost { .. }),
        "{error:?}"
    );
    assert!(theirs.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_token_does_not_go_over_plain_http() {
    let transport = builder("http://conga.invalid")
        .credential(StaticToken::new("t"))
        .build()
        .unwrap();
    let error = data::Client::new(transport)
        .list_accounts()
        .send()
        .await
        .unwrap_err();
    assert!(
        matches!(auth(&error), AuthError::InsecureUrl { .. }),
        "{error:?}"
    );
}
