use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use conga::{
    Client, HttpOptions, Limiter, Options, Rate, RetryBudget, RetryPolicy,
    conga_api::{Attempt, ErrorKind, Middleware, Next},
    conga_auth::Anonymous,
    reqwest::{self, Proxy},
};
use serde_json::{Value, json};
use wiremock::{MockServer, ResponseTemplate};

use super::{SHOP, answering, answering_with, client::tenant, envelope, sent};

#[tokio::test]
async fn a_view_of_a_client_has_its_own_options_at_every_level() {
    let (server, client) = answering(200, envelope(json!({"Id": "1"}))).await;
    let view = client.with(&Options::new().header("x-app", "nightly"));
    view.records("Account").get("1").await.unwrap();
    view.raw().get("/a").send::<Value>().await.unwrap();
    let twice = view.with(&Options::new().deadline(Duration::from_secs(60)));
    twice.raw().get("/a").send::<Value>().await.unwrap();
    client.raw().get("/a").send::<Value>().await.unwrap();
    let requests = server.received_requests().await.unwrap();
    let marked: Vec<bool> = requests
        .iter()
        .map(|request| request.headers.contains_key("x-app"))
        .collect();
    assert_eq!(marked, [true, true, true, false]);
}

#[tokio::test]
async fn a_view_reaches_the_storefront_and_its_guests() {
    let (server, _) = answering_with(ResponseTemplate::new(503)).await;
    let url = format!("{}{SHOP}", server.uri());
    let client = Client::builder()
        .storefront(url, "ECommerce")
        .deadline(Duration::from_secs(60))
        .build()
        .unwrap();
    let hasty = Options::new().deadline(Duration::ZERO);
    let shop = client.with(&hasty).storefront().unwrap();
    for shop in [shop.guest().unwrap(), shop] {
        let error = shop.active_cart::<Value>().await.unwrap_err();
        let kind = error.call().unwrap().kind();
        assert!(matches!(kind, ErrorKind::Deadline { .. }), "{error:?}");
    }
}

/// Counts attempts.
#[derive(Clone, Default)]
struct Counter(Arc<AtomicUsize>);

impl Counter {
    fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

#[conga::async_trait]
impl Middleware for Counter {
    async fn attempt(
        &self,
        attempt: Attempt,
        next: Next<'_>,
    ) -> Result<reqwest::Response, ErrorKind> {
        self.0.fetch_add(1, Ordering::Relaxed);
        next.send(attempt).await
    }
}

#[tokio::test]
async fn middleware_and_retry_budget_are_those_of_all_handles() {
    let (server, _) = answering_with(ResponseTemplate::new(502)).await;
    let counter = Counter::default();
    let client = Client::builder()
        .base_uri(server.uri())
        .credential(Anonymous)
        .middleware(counter.clone())
        .retry(RetryPolicy::default().with_base(Duration::from_millis(1)))
        .retry_budget(RetryBudget::new(4))
        .build()
        .unwrap();
    client.records("Account").get("1").await.unwrap_err();
    assert_eq!(counter.count(), 4);
    let error = client.raw().get("/a").send::<Value>().await.unwrap_err();
    assert!(error.is_out_of_retry_budget(), "{error}");
    assert_eq!((counter.count(), sent(&server).await.len()), (6, 6));
}

#[test]
fn the_platform_is_limited_as_published_and_this_machine_is_not() {
    let shown = |builder: conga::ClientBuilder| {
        let client = builder.credential(Anonymous).build().unwrap();
        format!("{client:?}")
    };
    let remote = || Client::builder().base_uri("https://rls.congacloud.eu");
    let text = shown(remote());
    assert!(text.contains("per_second: 100.0"), "{text}");
    for (builder, rate) in [
        (
            remote().limiter(Limiter::local(Rate::DEVELOPMENT)),
            Some("per_second: 25.0"),
        ),
        (remote().unlimited(), None),
        (Client::builder().base_uri("http://127.0.0.1:9"), None),
    ] {
        let text = shown(builder);
        let expected = rate.unwrap_or("limiter: None");
        assert!(text.contains(expected), "{text}");
    }
}

#[tokio::test]
async fn calls_and_sign_in_both_go_through_the_proxy() {
    // To a proxy, a request for plain HTTP is one like any other, with the whole address in its first line.
    let proxy: MockServer = tenant().await;
    let client = Client::builder()
        .endpoints("http://127.0.0.1:1/token", "http://127.0.0.1:1")
        .client_credentials("id", "secret")
        .http(HttpOptions::new().proxy(Proxy::all(proxy.uri()).unwrap()))
        .build()
        .unwrap();
    client.records("Account").get("1").await.unwrap();
    let lines = sent(&proxy).await;
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(
        lines[0].contains("/token") && lines[1].contains("/Account/1"),
        "{lines:?}"
    );
}
