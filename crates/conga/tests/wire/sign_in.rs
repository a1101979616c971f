use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use conga::{Client, ClientBuilder, Host, Region, RetryPolicy, Url};
use conga_auth::{Anonymous, ApiKey, AuthError, ClientSecret, MemoryStore};
use serde_json::Value;
use wiremock::{Mock, MockServer, ResponseTemplate, matchers};

use super::{SHOP, client::tenant, sent};

fn settings(server: &MockServer) -> ClientBuilder {
    Client::builder().endpoints(format!("{}/token", server.uri()), server.uri())
}

async fn token_requests(server: &MockServer) -> usize {
    let requests = sent(server).await;
    requests
        .iter()
        .filter(|line| line.starts_with("POST /token"))
        .count()
}

#[tokio::test]
async fn clients_that_share_a_store_share_a_token() {
    let server = tenant().await;
    let store = Arc::new(MemoryStore::new());
    for _ in 0..3 {
        let client = settings(&server)
            .client_credentials("id", "secret")
            .token_store(store.clone())
            .build()
            .unwrap();
        client.records("Account").get("1").await.unwrap();
    }
    assert_eq!(token_requests(&server).await, 1);
}

#[tokio::test]
async fn a_secret_may_be_looked_up_when_it_is_needed() {
    let server = tenant().await;
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let secret = ClientSecret::from_fn(move || {
        count.fetch_add(1, Ordering::Relaxed);
        async { Ok("looked-up".into()) }
    });
    let client = settings(&server)
        .client_credentials("id", secret)
        .build()
        .unwrap();
    assert_eq!(asked.load(Ordering::Relaxed), 0);
    client.records("Account").get("1").await.unwrap();
    assert_eq!(asked.load(Ordering::Relaxed), 1);
    assert!(sent(&server).await[0].contains("client_secret=looked-up"));
}

#[tokio::test]
async fn your_own_http_client_signs_the_user_of_the_environment_in() {
    let server = tenant().await;
    let issuer = server.uri();
    let discovery =
        serde_json::json!({"issuer": issuer, "token_endpoint": format!("{issuer}/token")});
    Mock::given(matchers::path("/.well-known/openid-configuration"))
        .respond_with(ResponseTemplate::new(200).set_body_json(discovery))
        .mount(&server)
        .await;
    let variables = [
        ("CONGA_TOKEN_URI", format!("{issuer}/connect/token")),
        ("CONGA_BASE_URI", issuer),
        ("CONGA_CLIENT_ID", "ui".to_owned()),
        ("CONGA_REFRESH_TOKEN", "from-elsewhere".to_owned()),
    ];
    let value = |name| variables.iter().find(|(known, _)| *known == name);
    let http = conga::reqwest::Client::builder()
        .user_agent("mine/1")
        .build()
        .unwrap();
    let client = ClientBuilder::from_lookup(|name| Ok(value(name).map(|(_, value)| value.clone())))
        .unwrap()
        .http_client(http)
        .build()
        .unwrap();
    client.records("Account").get("1").await.unwrap();
    let requests = server.received_requests().await.unwrap();
    assert_eq!(requests.len(), 3);
    assert!(
        requests
            .iter()
            .all(|request| request.headers["user-agent"] == "mine/1")
    );
    assert!(String::from_utf8_lossy(&requests[1].body).contains("refresh_token=from-elsewhere"));
}

#[tokio::test]
async fn a_sign_in_has_a_time_limit_of_its_own() {
    let server = MockServer::start().await;
    let slow = ResponseTemplate::new(200).set_delay(Duration::from_secs(20));
    Mock::given(matchers::any())
        .respond_with(slow)
        .mount(&server)
        .await;
    let limit = Duration::from_millis(300);
    let shop = format!("{}{SHOP}", server.uri());
    let client = settings(&server)
        .client_credentials("id", "secret")
        .storefront(shop, "ECommerce")
        .sign_in_timeout(limit)
        .retry(RetryPolicy::never())
        .build()
        .unwrap();
    for error in [
        client.records("Account").get("1").await.unwrap_err(),
        client.storefront().unwrap().sign_in().await.unwrap_err(),
    ] {
        assert!(
            matches!(error.auth(), Some(AuthError::TimedOut { after, .. }) if *after == limit),
            "{error:?}"
        );
        assert!(error.is_retryable() && !error.may_have_been_processed());
    }
}

#[test]
fn x_author_has_its_address_where_that_of_the_region_is_published() {
    let address = |builder: ClientBuilder| {
        let client = builder.client_credentials("id", "secret").build().unwrap();
        client
            .api()
            .transport(Host::XAuthor)
            .base()
            .map(ToString::to_string)
    };
    let region = |region| Client::builder().region(region);
    assert_eq!(
        address(region(Region::NorthAmerica)).as_deref(),
        Some("https://xauthor-prod-rls10.congacloud.com/")
    );
    assert_eq!(address(region(Region::Europe)), None);
    let given = Url::parse("https://x.example").unwrap();
    assert_eq!(
        address(region(Region::NorthAmerica).host(Host::XAuthor, given)).as_deref(),
        Some("https://x.example/")
    );
}

#[tokio::test]
async fn a_client_of_other_hosts_alone_says_so_of_other_calls() {
    let server = tenant().await;
    let url = Url::parse(&server.uri()).unwrap();
    let client = Client::builder()
        .host(Host::DiscoveryAi, url.clone())
        .host_credential(
            Host::DiscoveryAi,
            ApiKey::new(&server.uri(), "the-key").unwrap(),
        )
        .host(Host::Salesforce, url)
        .host_credential(Host::Salesforce, Anonymous)
        .build()
        .unwrap();
    client
        .raw()
        .at(Host::DiscoveryAi)
        .get("/x")
        .send::<Value>()
        .await
        .unwrap();
    client
        .raw()
        .at(Host::Salesforce)
        .get("/x")
        .send::<Value>()
        .await
        .unwrap();
    let keys: Vec<bool> = server
        .received_requests()
        .await
        .unwrap()
        .iter()
        .map(|request| {
            request
                .headers
                .get("x-api-key")
                .is_some_and(|key| key == "the-key")
        })
        .collect();
    assert_eq!(keys, [true, false]);
    let error = client.records("Account").get("1").await.unwrap_err();
    assert!(error.to_string().contains("CONGA_REGION"), "{error}");
}
