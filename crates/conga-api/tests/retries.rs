//! When requests are sent again, and when not.

#![cfg(feature = "data")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

mod common;

use std::time::{Duration, Instant, SystemTime};

use common::{Then, Wire, answering, builder, nowhere, ok, requests, transport};
use conga_api::{CallOptions, ErrorKind, RetryPolicy, data};
use serde_json::json;
use wiremock::{MockServer, ResponseTemplate};

const OK: Then = Then::Write(
    "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 16\r\nconnection: close\r\n\r\n{\"Success\":true}",
);

fn client(root: &str) -> data::Client {
    data::Client::new(transport(root))
}

fn busy(status: u16, retry_after: &str) -> ResponseTemplate {
    ResponseTemplate::new(status).insert_header("retry-after", retry_after)
}

async fn sent(server: &MockServer) -> usize {
    requests(server).await.1.len()
}

#[tokio::test]
async fn too_many_requests_is_waited_for_as_asked() {
    let later = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(3));
    for asked in ["1", &later] {
        let server = answering([busy(429, asked), ok(json!({"Data": "7"}))]).await;
        let started = Instant::now();
        let made = client(&server.uri()).create_account().send().await.unwrap();
        assert_eq!(made.data.as_ref().unwrap(), "7");
        assert!(started.elapsed() >= Duration::from_millis(900), "{asked}");
        assert_eq!(sent(&server).await, 2);
    }
}

#[tokio::test]
async fn a_server_that_asks_for_too_much_patience_is_not_waited_for() {
    let server = answering([busy(429, "3600")]).await;
    let error = client(&server.uri())
        .list_accounts()
        .send()
        .await
        .unwrap_err();
    assert_eq!(error.attempts(), 1);
    assert_eq!(error.retry_after(), Some(Duration::from_secs(3600)));
    assert!(error.is_retryable() && !error.may_have_been_processed());
    assert_eq!(sent(&server).await, 1);
}

#[tokio::test]
async fn a_wait_beyond_all_clocks_goes_on_and_does_not_panic() {
    let server = answering([busy(429, &u64::MAX.to_string())]).await;
    let endless = RetryPolicy::default()
        .with_patience(Duration::MAX)
        .with_time_limit(Duration::MAX);
    let client = client(&server.uri());
    let call = client.list_accounts().with_retry(endless).send();
    let waiting = tokio::time::timeout(Duration::from_secs(2), call);
    assert!(waiting.await.is_err());
    assert_eq!(sent(&server).await, 1);
}

#[tokio::test]
async fn attempts_end_and_are_counted() {
    let server = answering([busy(429, "0")]).await;
    let client = client(&server.uri());
    let error = client.create_account().send().await.unwrap_err();
    assert_eq!((error.attempts(), sent(&server).await), (3, 3));
    assert!(error.to_string().ends_with("(after 3 attempts)"), "{error}");
    let once = client.create_account().with_retry(RetryPolicy::never());
    assert_eq!(once.send().await.unwrap_err().attempts(), 1);
}

#[tokio::test]
async fn unavailable_is_tried_again_where_nothing_was_done() {
    for (answer, post) in [(busy(503, "0"), 2), (ResponseTemplate::new(503), 1)] {
        let script = [answer, ok(json!({"Success": true}))];
        let server = answering(script.clone()).await;
        client(&server.uri()).list_accounts().send().await.unwrap();
        assert_eq!(sent(&server).await, 2, "GET");

        let server = answering(script).await;
        let made = client(&server.uri()).create_account().send().await;
        assert_eq!(
            (sent(&server).await, made.is_ok()),
            (post, post == 2),
            "POST"
        );
    }
}

#[tokio::test]
async fn a_post_that_reads_only_is_tried_again() {
    let server = answering([ResponseTemplate::new(504), ok(json!({"Success": true}))]).await;
    client(&server.uri()).query_accounts().send().await.unwrap();
    assert_eq!(sent(&server).await, 2);
}

#[tokio::test]
async fn a_connection_that_breaks_after_the_request_repeats_get_and_put_only() {
    let wire = Wire::start([Then::Close, OK]).await;
    client(&wire.root).list_accounts().send().await.unwrap();
    assert_eq!(wire.requests().len(), 2);

    let wire = Wire::start([Then::Close, OK]).await;
    client(&wire.root).update_account("1").send().await.unwrap();
    assert_eq!(wire.requests().len(), 2);

    let wire = Wire::start([Then::Close, OK]).await;
    let error = client(&wire.root)
        .create_account()
        .send()
        .await
        .unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Broken(_)), "{error:?}");
    assert!(error.may_have_been_processed());
    assert_eq!(error.attempts(), 1);
    assert_eq!(wire.requests().len(), 1);
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_tried_again_where_that_is_safe() {
    let half = Then::Write("HTTP/1.1 200 OK\r\ncontent-length: 16\r\n\r\n{\"Succ");
    let wire = Wire::start([half, OK]).await;
    let list = client(&wire.root).list_accounts().send().await.unwrap();
    assert_eq!(list.success, Some(true));

    let wire = Wire::start([half, OK]).await;
    let error = client(&wire.root)
        .create_account()
        .send()
        .await
        .unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Broken(_)), "{error:?}");
    assert_eq!(wire.requests().len(), 1);
}

#[tokio::test]
async fn the_status_of_an_error_outlives_its_body() {
    let half = Then::Write("HTTP/1.1 404 Not Found\r\ncontent-length: 16\r\n\r\n{\"Mess");
    let wire = Wire::start([half]).await;
    let error = client(&wire.root)
        .get_account("1")
        .send()
        .await
        .unwrap_err();
    assert!(error.is_not_found());
    assert_eq!(error.body().unwrap().text(), "{\"Mess");
}

#[tokio::test]
async fn what_an_earlier_attempt_may_have_done_is_not_forgotten() {
    let wire = Wire::start([
        Then::Close,
        Then::Write("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"),
    ])
    .await;
    let error = client(&wire.root)
        .delete_account("1")
        .send()
        .await
        .unwrap_err();
    assert!(error.is_not_found());
    assert_eq!(error.attempts(), 2);
    assert!(error.may_have_been_processed());
    assert!(error.to_string().contains("earlier attempt"), "{error}");
}

#[tokio::test]
async fn a_refused_connection_is_tried_again_whatever_the_method() {
    let error = client(&nowhere().await)
        .create_account()
        .send()
        .await
        .unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Connect(_)), "{error:?}");
    assert_eq!(error.attempts(), 3);
    assert!(error.is_retryable() && !error.may_have_been_processed());
    assert!(std::error::Error::source(&error).is_some());
}

#[tokio::test]
async fn a_slow_answer_is_given_up() {
    let slow = || ok(json!({"Success": true})).set_delay(Duration::from_secs(5));
    let server = answering([slow(), ok(json!({"Success": true}))]).await;
    let client = data::Client::new(
        builder(&server.uri())
            .timeout(Duration::from_millis(200))
            .build()
            .unwrap(),
    );
    client.list_accounts().send().await.unwrap();
    assert_eq!(sent(&server).await, 2);

    let server = answering([slow()]).await;
    let client = self::client(&server.uri());
    let started = Instant::now();
    let call = client
        .create_account()
        .with_timeout(Duration::from_millis(100));
    let error = call.send().await.unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Timeout { after: Some(after) } if *after == Duration::from_millis(100)),
        "{error:?}"
    );
    assert!(error.may_have_been_processed() && error.is_retryable());
    assert_eq!((error.attempts(), sent(&server).await), (1, 1));
    assert!(started.elapsed() < Duration::from_secs(4));
}

#[tokio::test]
async fn the_limit_of_a_client_of_ones_own_is_a_timeout_too() {
    let server = answering([ok(json!({})).set_delay(Duration::from_secs(5))]).await;
    let http = reqwest::Client::builder()
        .timeout(Duration::from_millis(100))
        .build()
        .unwrap();
    let client = data::Client::new(builder(&server.uri()).client(http).build().unwrap());
    let error = client.create_account().send().await.unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Timeout { after: None }),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_body_that_stops_halfway_is_given_up() {
    let wire = Wire::start([Then::WriteAndHang(
        "HTTP/1.1 200 OK\r\ncontent-length: 16\r\n\r\n{\"Succ",
    )])
    .await;
    let call = client(&wire.root)
        .create_account()
        .with_timeout(Duration::from_millis(100));
    let error = call.send().await.unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Timeout { .. }),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let server =
        answering([ResponseTemplate::new(307).insert_header("location", "http://127.0.0.1:9/")])
            .await;
    let error = client(&server.uri())
        .list_accounts()
        .send()
        .await
        .unwrap_err();
    assert_eq!(error.status().unwrap(), 307);
    assert_eq!(sent(&server).await, 1);
}

#[tokio::test]
async fn a_call_can_be_dropped_while_it_waits() {
    let server = answering([busy(429, "30")]).await;
    let client = client(&server.uri());
    let call = tokio::time::timeout(Duration::from_millis(300), client.list_accounts().send());
    assert!(call.await.is_err());
    assert_eq!(sent(&server).await, 1);
}
