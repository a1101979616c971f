//! What holds calls back, and what ends them: limiter, retry budget, deadline, and a caller that goes away.

#![cfg(feature = "data")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

mod common;

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use common::{answering, builder, nowhere, ok, requests};
use conga_api::{
    CallOptions, ErrorKind, Limiter, Options, Rate, RateBudget, RetryBudget, RetryPolicy, data,
};
use serde_json::json;
use tokio::{
    io::AsyncReadExt,
    net::TcpListener,
    sync::{mpsc, watch},
};
use wiremock::{MockServer, ResponseTemplate};

async fn sent(server: &MockServer) -> usize {
    requests(server).await.1.len()
}

fn success() -> ResponseTemplate {
    ok(json!({"Success": true}))
}

/// A budget that never makes wait, and counts.
#[derive(Clone, Debug, Default)]
struct Counting {
    turns: Arc<AtomicUsize>,
    slower: Arc<std::sync::Mutex<Vec<Duration>>>,
}

#[async_trait::async_trait]
impl RateBudget for Counting {
    async fn turn(&self) {
        self.turns.fetch_add(1, Ordering::Relaxed);
    }

    async fn slow_down(&self, pause: Duration) {
        self.slower.lock().unwrap().push(pause);
    }
}

#[tokio::test]
async fn every_attempt_takes_a_turn_and_429_slows_all_down() {
    let busy = |status| ResponseTemplate::new(status);
    let server = answering([
        busy(429).insert_header("retry-after", "0"),
        busy(503).insert_header("retry-after", "0"),
        success(),
        busy(429),
    ])
    .await;
    let budget = Counting::default();
    let transport = builder(&server.uri())
        .limiter(Limiter::new(budget.clone()).with_concurrency(1))
        .build()
        .unwrap();
    let client = data::Client::new(transport);
    client.list_accounts().send().await.unwrap();
    assert_eq!(budget.turns.load(Ordering::Relaxed), 3);
    let once = client.list_accounts().with_retry(RetryPolicy::never());
    once.send().await.unwrap_err();
    assert_eq!(budget.turns.load(Ordering::Relaxed), 4);
    // With a `Retry-After` and without: a 503 is one server's trouble, and no reason to slow down.
    assert_eq!(*budget.slower.lock().unwrap(), [Duration::ZERO; 2]);
}

#[tokio::test]
async fn a_pause_is_kept_by_other_calls_too() {
    let server = answering([
        ResponseTemplate::new(429).insert_header("retry-after", "1"),
        success(),
    ])
    .await;
    let transport = builder(&server.uri())
        .limiter(Limiter::local(Rate::PRODUCTION))
        .build()
        .unwrap();
    let client = data::Client::new(transport);
    let started = Instant::now();
    let once = client.list_accounts().with_retry(RetryPolicy::never());
    once.send().await.unwrap_err();
    client.clone().list_accounts().send().await.unwrap();
    assert!(started.elapsed() >= Duration::from_millis(990));
}

#[tokio::test]
async fn retries_end_when_those_that_all_share_are_used_up() {
    let server = answering([ResponseTemplate::new(502)]).await;
    let budget = RetryBudget::new(3);
    let transport = builder(&server.uri())
        .retry_budget(budget.clone())
        .build()
        .unwrap();
    let clients = [(); 3].map(|()| data::Client::new(transport.clone()));
    let mut attempts = Vec::new();
    for client in &clients {
        let error = client.list_accounts().send().await.unwrap_err();
        attempts.push((error.attempts(), error.is_out_of_retry_budget()));
        let told = error.to_string().contains("`RetryBudget`");
        assert_eq!(told, error.is_out_of_retry_budget(), "{error}");
    }
    // Two retries are what the policy of these tests allows.
    assert_eq!(attempts, [(3, false), (2, true), (1, true)]);
    assert_eq!(sent(&server).await, 6);

    let well = answering([success()]).await;
    let transport = builder(&well.uri()).retry_budget(budget).build().unwrap();
    for _ in 0..5 {
        let client = data::Client::new(transport.clone());
        client.list_accounts().send().await.unwrap();
    }
    let error = clients[0].list_accounts().send().await.unwrap_err();
    assert_eq!(error.attempts(), 2, "five successes pay for a retry");
}

#[tokio::test]
async fn a_deadline_ends_a_call_with_all_its_attempts() {
    let slow = || success().set_delay(Duration::from_secs(20));
    let server = answering([ResponseTemplate::new(503), slow()]).await;
    let client = data::Client::new(builder(&server.uri()).build().unwrap());
    let call = client
        .list_accounts()
        .with_deadline(Duration::from_millis(1_500));
    let error = call.send().await.unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Deadline { after } if *after == Duration::from_millis(1_500)),
        "{error:?}"
    );
    assert_eq!(error.attempts(), 2);
    assert!(error.is_retryable() && error.may_have_been_processed());
}

#[tokio::test]
async fn no_wait_is_begun_that_the_deadline_would_cut_off() {
    let busy = ResponseTemplate::new(429).insert_header("retry-after", "30");
    let server = answering([busy]).await;
    let client = data::Client::new(builder(&server.uri()).build().unwrap());
    let call = client
        .create_account()
        .with_deadline(Duration::from_secs(20));
    let error = call.send().await.unwrap_err();
    // What the server said is worth more than that time ran out.
    assert_eq!(error.status().unwrap(), 429);
    assert_eq!((error.attempts(), sent(&server).await), (1, 1));
}

#[tokio::test]
async fn a_deadline_before_anything_was_sent_leaves_nothing_open() {
    let stuck = Limiter::local(Rate::per_second(1)).with_concurrency(1);
    let server = answering([success()]).await;
    let transport = builder(&server.uri()).limiter(stuck).build().unwrap();
    let client = data::Client::new(transport);
    client.create_account().send().await.unwrap();
    let call = client
        .create_account()
        .with_deadline(Duration::from_millis(50));
    let error = call.send().await.unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Deadline { .. }),
        "{error:?}"
    );
    assert!(!error.may_have_been_processed());
    assert_eq!((error.attempts(), sent(&server).await), (0, 1));
}

#[tokio::test]
async fn the_caller_may_know_better_what_can_be_repeated() {
    let server = answering([ResponseTemplate::new(502), success()]).await;
    let client = data::Client::new(builder(&server.uri()).build().unwrap());
    client
        .create_account()
        .with_idempotent(true)
        .send()
        .await
        .unwrap();
    assert_eq!(sent(&server).await, 2);

    let server = answering([ResponseTemplate::new(502), success()]).await;
    let client = data::Client::new(builder(&server.uri()).build().unwrap());
    let call = client.list_accounts().with_idempotent(false);
    assert!(call.send().await.is_err());
    assert_eq!(sent(&server).await, 1);
}

#[tokio::test]
async fn options_of_a_view_are_those_of_its_calls_alone() {
    let server = answering([ResponseTemplate::new(503), success()]).await;
    let transport = builder(&server.uri()).build().unwrap();
    let options = Options::new()
        .retry(RetryPolicy::never())
        .header("x-app", "view")
        .header("authorization", "Bearer other");
    let view = data::Client::new(transport.with(&options));
    let error = view.list_accounts().send().await.unwrap_err();
    assert_eq!(error.attempts(), 1);
    view.list_accounts()
        .with_header("x-app", "call")
        .send()
        .await
        .unwrap();
    data::Client::new(transport)
        .list_accounts()
        .send()
        .await
        .unwrap();
    let (_, requests) = requests(&server).await;
    let of = |at: usize, name: &str| requests[at].headers.get(name).map(|v| v.to_str().unwrap());
    assert_eq!(
        [of(0, "x-app"), of(1, "x-app"), of(2, "x-app")],
        [Some("view"), Some("call"), None]
    );
    assert_eq!(of(1, "authorization"), Some("Bearer other"));

    let bad = Options::new().header("x app", 1);
    let call = data::Client::new(builder(&server.uri()).options(&bad).build().unwrap());
    let error = call.list_accounts().send().await.unwrap_err();
    assert!(error.to_string().contains("`x app`"), "{error}");
}

/// A server that never answers, and tells of every connection that it has and that is closed.
async fn silent() -> (String, mpsc::UnboundedReceiver<()>, watch::Receiver<usize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let root = format!("http://{}", listener.local_addr().unwrap());
    let (asked, hears) = mpsc::unbounded_channel();
    let (closed, closes) = watch::channel(0);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let (asked, closed) = (asked.clone(), closed.clone());
            tokio::spawn(async move {
                let mut chunk = [0; 4096];
                while matches!(stream.read(&mut chunk).await, Ok(read) if read > 0) {
                    let _ = asked.send(());
                }
                closed.send_modify(|count| *count += 1);
            });
        }
    });
    (root, hears, closes)
}

#[tokio::test]
async fn a_dropped_call_leaves_no_connection_and_no_permit() {
    let (root, mut asked, mut closed) = silent().await;
    let limiter = Limiter::local(Rate::PRODUCTION).with_concurrency(1);
    let client = data::Client::new(builder(&root).limiter(limiter).build().unwrap());
    for round in 1..=3 {
        // Where the call before had kept the permit, this one would never be sent.
        let call = tokio::spawn(client.list_accounts().send());
        asked.recv().await.unwrap();
        call.abort();
        assert!(call.await.unwrap_err().is_cancelled());
        closed.wait_for(|count| *count == round).await.unwrap();
    }
}

#[tokio::test]
async fn a_call_that_ended_by_its_limits_leaves_no_connection_either() {
    let (root, _asked, mut closed) = silent().await;
    let client = data::Client::new(builder(&root).build().unwrap());
    let short = Duration::from_millis(100);
    for (count, call) in [
        client.create_account().with_timeout(short),
        client.create_account().with_deadline(short),
    ]
    .into_iter()
    .enumerate()
    {
        call.send().await.unwrap_err();
        closed
            .wait_for(|closed| *closed == count + 1)
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn a_stream_that_is_read_holds_nobody_up() {
    let server = answering([ResponseTemplate::new(200).set_body_string("a file")]).await;
    let limiter = Limiter::local(Rate::PRODUCTION).with_concurrency(1);
    let transport = builder(&server.uri()).limiter(limiter).build().unwrap();
    let get = || transport.request(http::Method::GET, "/file");
    let first = get().stream().await.unwrap().into_inner();
    let second = get().stream().await.unwrap().into_inner();
    assert_eq!(second.bytes().await.unwrap(), "a file");
    assert_eq!(first.bytes().await.unwrap(), "a file");
}

#[tokio::test]
async fn a_refused_connection_costs_a_retry_each() {
    let budget = RetryBudget::new(1);
    let transport = builder(&nowhere().await)
        .retry_budget(budget)
        .build()
        .unwrap();
    let error = data::Client::new(transport)
        .create_account()
        .send()
        .await
        .unwrap_err();
    assert_eq!(error.attempts(), 2);
    assert!(error.is_out_of_retry_budget());
}
