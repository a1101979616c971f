use std::{sync::Arc, time::Duration};

use conga::{CallOptions, Client, ConfigError, Error, Host, Region, RetryPolicy, Url};
use conga_auth::{Anonymous, AuthError, MemoryStore, StaticToken};
use serde_json::{Value, json};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers};

use super::{answering, answering_with, envelope, sent};

/// A tenant: tokens and API on one server.
pub(super) async fn tenant() -> MockServer {
    let server = MockServer::start().await;
    let token = json!({"access_token": "fresh-token", "token_type": "Bearer", "expires_in": 3600});
    Mock::given(matchers::path("/token"))
        .respond_with(ResponseTemplate::new(200).set_body_json(token))
        .mount(&server)
        .await;
    Mock::given(matchers::any())
        .respond_with(ResponseTemplate::new(200).set_body_json(envelope(json!({"Id": "1"}))))
        .with_priority(9)
        .mount(&server)
        .await;
    server
}

#[tokio::test]
async fn client_credentials_sign_in_once_for_all_clones() {
    let server = tenant().await;
    let client = Client::builder()
        .endpoints(format!("{}/token", server.uri()), server.uri())
        .client_credentials("the-id", "hunter2")
        .user_id("u1")
        .scopes(["sign", "doc-gen.composer"])
        .header("x-app", "tests")
        .build()
        .unwrap();
    client.records("Account").get("1").await.unwrap();
    client.clone().records("Contact").get("1").await.unwrap();
    let requests = server.received_requests().await.unwrap();
    assert_eq!(requests.len(), 3);
    let form = String::from_utf8_lossy(&requests[0].body);
    assert!(
        form.contains("grant_type=client_credentials") && form.contains("sign+doc-gen.composer"),
        "{form}"
    );
    assert_eq!(requests[1].headers["authorization"], "Bearer fresh-token");
    assert_eq!(requests[1].headers["user-id"], "u1");
    assert_eq!(requests[2].headers["x-app"], "tests");
    assert!(!format!("{client:?}").contains("hunter2"));
}

#[tokio::test]
async fn a_builder_shows_no_secret() {
    let builder = Client::builder()
        .region(Region::Europe)
        .client_credentials("the-id", "hunter2")
        .storefront(
            "https://shop.my.site.com/services/apexrest/Apttus_WebStore/apttus/v4",
            "ECommerce",
        )
        .shopper("ann", "hunter2")
        .header("x-api-key", "hunter2");
    let shown = format!("{builder:?} {:?}", builder.clone().build().unwrap());
    assert!(!shown.contains("hunter2"), "{shown}");
    assert!(
        shown.contains("rls.congacloud.eu") && shown.contains("shop.my.site.com"),
        "{shown}"
    );
    let builder = Client::builder().base_uri("https://ann:hunter2@x.example/?key=hunter2");
    let shown = format!("{builder:?}");
    assert!(
        shown.contains("https://x.example") && !shown.contains("hunter2"),
        "{shown}"
    );
}

#[tokio::test]
async fn every_host_has_its_address_and_its_credential() {
    let (gateway, xauthor, turbo, idd) = (
        tenant().await,
        tenant().await,
        tenant().await,
        tenant().await,
    );
    let url = |server: &MockServer| Url::parse(&server.uri()).unwrap();
    let client = Client::builder()
        .endpoints(format!("{}/token", gateway.uri()), gateway.uri())
        .client_credentials("id", "secret")
        .host(Host::XAuthor, url(&xauthor))
        .host(Host::TurboEngines, url(&turbo))
        .host_credential(
            Host::TurboEngines,
            Arc::new(StaticToken::new("turbo-token")),
        )
        .host(Host::DiscoveryAi, url(&idd))
        .build()
        .unwrap();
    for host in [
        Host::Gateway,
        Host::XAuthor,
        Host::TurboEngines,
        Host::DiscoveryAi,
    ] {
        client
            .raw()
            .at(host)
            .get("/ping")
            .send::<Value>()
            .await
            .unwrap();
    }
    let mut credentials = Vec::new();
    for server in [&gateway, &xauthor, &turbo, &idd] {
        let requests = server.received_requests().await.unwrap();
        let ping = requests
            .iter()
            .find(|request| request.url.path() == "/ping")
            .unwrap();
        credentials.push(
            ping.headers
                .get("authorization")
                .map(|value| value.to_str().unwrap().to_owned()),
        );
    }
    let bearer = |token: &str| Some(format!("Bearer {token}"));
    assert_eq!(
        credentials,
        [
            bearer("fresh-token"),
            bearer("fresh-token"),
            bearer("turbo-token"),
            None
        ]
    );
    assert_eq!(
        sent(&gateway)
            .await
            .iter()
            .filter(|line| line.starts_with("POST /token"))
            .count(),
        1,
        "the hosts of the platform share a token"
    );

    let error = client
        .raw()
        .at(Host::Salesforce)
        .get("/ping")
        .send::<Value>()
        .await
        .unwrap_err();
    assert!(error.to_string().contains("Salesforce"), "{error}");
}

#[test]
fn settings_that_cannot_work_are_named() {
    let url = || Url::parse("https://x.example").unwrap();
    let whole = || {
        Client::builder()
            .region(Region::Europe)
            .client_credentials("id", "secret")
    };
    let shop = "https://shop.my.site.com/services/apexrest/Apttus_WebStore/apttus/v5";
    for (builder, named) in [
        (Client::builder(), "region"),
        (
            Client::builder().region(Region::Europe),
            "client_credentials",
        ),
        (
            Client::builder().client_credentials("id", "secret"),
            "CONGA_REGION",
        ),
        (
            Client::builder()
                .base_uri("https://x.example")
                .client_credentials("id", "secret"),
            "token URI",
        ),
        (
            whole().credential(Arc::new(Anonymous)).user_id("u"),
            "user_id",
        ),
        (
            whole().credential(Arc::new(Anonymous)).scopes(["s"]),
            "scopes",
        ),
        (
            whole()
                .credential(Anonymous)
                .token_store(MemoryStore::new()),
            "token_store",
        ),
        (whole().host(Host::Salesforce, url()), "host_credential"),
        (
            whole().host_credential(Host::XAuthor, Arc::new(Anonymous)),
            "ClientBuilder::host",
        ),
        (whole().header("x app", "1"), "header"),
        (whole().header("x-app", "1\n2"), "header"),
        (whole().shopper("ann", "secret"), "CONGA_STOREFRONT_URL"),
        (whole().storefront("shop.my.site.com", "E"), "absolute URL"),
        (
            whole().storefront("https://shop.my.site.com", "E"),
            "apttus/v5",
        ),
        (
            whole().storefront(format!("{shop}/carts"), "E"),
            "apttus/v5",
        ),
        (whole().storefront(format!("{shop}?a=b"), "E"), "apttus/v5"),
    ] {
        let error = builder.build().expect_err(named);
        assert!(matches!(error, Error::Config(_)), "{error:?}");
        assert!(error.to_string().contains(named), "{named}: {error}");
    }
    let error = whole().user_id(" ").build().unwrap_err();
    assert!(
        matches!(error.auth(), Some(AuthError::Configuration { .. })),
        "{error:?}"
    );
    let error = Client::builder()
        .base_uri("ftp://x.example")
        .credential(Arc::new(Anonymous))
        .build()
        .unwrap_err();
    assert!(matches!(error, Error::Call(_)), "{error:?}");
}

#[test]
fn the_later_setting_counts() {
    let client = Client::builder()
        .region(Region::Europe)
        .client_credentials("id", "secret")
        .host(
            Host::Gateway,
            Url::parse("https://proxy.example/conga").unwrap(),
        )
        .credential(Arc::new(StaticToken::new("t")))
        .build()
        .unwrap();
    assert_eq!(
        client
            .api()
            .transport(Host::Gateway)
            .base()
            .unwrap()
            .as_str(),
        "https://proxy.example/conga"
    );
}

#[tokio::test]
async fn raw_sends_anything_and_reads_anything() {
    let (server, client) = answering(200, json!({"a": 1})).await;
    let raw = client.raw();
    let value: Value = raw
        .post("/x/{id}")
        .path("id", "a/b")
        .query("q", "1 2")
        .header("x-h", "v")
        .json(&[1])
        .send::<Value>()
        .await
        .unwrap()
        .into_inner();
    assert_eq!(value, json!({"a": 1}));
    let bytes = raw
        .request(http::Method::GET, "/y")
        .send_raw()
        .await
        .unwrap();
    assert_eq!(&bytes[..], br#"{"a":1}"#);
    raw.put("/z").send::<Value>().await.unwrap();
    raw.patch("/z").send::<Value>().await.unwrap();
    raw.delete("/z").send::<Value>().await.unwrap();
    assert_eq!(
        sent(&server).await,
        [
            "POST /x/a%2Fb?q=1+2 [1]",
            "GET /y",
            "PUT /z",
            "PATCH /z",
            "DELETE /z"
        ]
    );
    assert!(
        server
            .received_requests()
            .await
            .unwrap()
            .iter()
            .all(|request| request.headers["authorization"] == "Bearer token")
    );
}

#[tokio::test]
async fn timeout_and_retry_are_the_clients_unless_the_call_has_its_own() {
    let (_server, slow) =
        answering_with(ResponseTemplate::new(200).set_delay(Duration::from_secs(5))).await;
    let error = slow
        .records("Account")
        .get("1")
        .with_timeout(Duration::from_millis(300))
        .await
        .unwrap_err();
    assert!(
        error.is_retryable() && error.may_have_been_processed(),
        "{error}"
    );
    assert_eq!(error.call().unwrap().attempts(), 1);

    let server = MockServer::start().await;
    Mock::given(matchers::any())
        .respond_with(ResponseTemplate::new(503).insert_header("retry-after", "0"))
        .up_to_n_times(2)
        .mount(&server)
        .await;
    Mock::given(matchers::any())
        .respond_with(ResponseTemplate::new(201).set_body_json(envelope(json!("1"))))
        .with_priority(9)
        .mount(&server)
        .await;
    let policy = RetryPolicy::default().with_base(Duration::from_millis(1));
    let patient = Client::builder()
        .base_uri(server.uri())
        .credential(Arc::new(Anonymous))
        .retry(policy)
        .build()
        .unwrap();
    assert_eq!(
        patient.records("Account").create(&json!({})).await.unwrap(),
        "1"
    );
    assert_eq!(sent(&server).await.len(), 3);

    let (server, hasty) = answering_with(ResponseTemplate::new(503)).await;
    hasty
        .records("Account")
        .get("1")
        .with_retry(policy)
        .await
        .unwrap_err();
    assert_eq!(sent(&server).await.len(), 4);
}

#[tokio::test]
async fn a_query_is_sent_again_and_a_creation_that_may_have_happened_is_not() {
    let (server, _) = answering_with(ResponseTemplate::new(502)).await;
    let policy = RetryPolicy::default().with_base(Duration::from_millis(1));
    let client = Client::builder()
        .base_uri(server.uri())
        .credential(Arc::new(Anonymous))
        .retry(policy)
        .build()
        .unwrap();
    client.records("Account").query().page().await.unwrap_err();
    assert_eq!(sent(&server).await.len(), 4);
    client
        .records("Account")
        .create(&json!({}))
        .await
        .unwrap_err();
    assert_eq!(sent(&server).await.len(), 5);
}

#[tokio::test]
async fn your_own_http_client_is_used() {
    let (server, _) = answering(200, envelope(json!({}))).await;
    let http = conga::reqwest::Client::builder()
        .user_agent("mine/1")
        .build()
        .unwrap();
    let client = Client::builder()
        .base_uri(server.uri())
        .credential(Arc::new(Anonymous))
        .http_client(http)
        .build()
        .unwrap();
    client.records("Account").get("1").await.unwrap();
    assert_eq!(
        server.received_requests().await.unwrap()[0].headers["user-agent"],
        "mine/1"
    );
}

#[tokio::test]
async fn one_error_for_every_level() {
    async fn program(client: Client) -> Result<(), Error> {
        client.records("Account").get("1").await?;
        client.raw().get("no-slash").send::<Value>().await?;
        Ok(())
    }
    let (_server, client) = answering(200, envelope(json!({}))).await;
    let error = program(client).await.unwrap_err();
    assert_eq!(error.operation(), Some("GET no-slash"));
    assert!(
        error.status().is_none()
            && error.code().is_none()
            && error.request_id().is_none()
            && error.retry_after().is_none()
    );
    let config = Error::from(ConfigError::Conflict {
        one: "a",
        other: "b",
    });
    assert!(config.call().is_none() && config.messages().is_empty() && !config.is_retryable());
}

#[tokio::test]
async fn a_refused_token_is_renewed_once() {
    let server = MockServer::start().await;
    let token = json!({"access_token": "t", "token_type": "Bearer", "expires_in": 3600});
    Mock::given(matchers::path("/token"))
        .respond_with(ResponseTemplate::new(200).set_body_json(token))
        .mount(&server)
        .await;
    Mock::given(matchers::any())
        .respond_with(ResponseTemplate::new(401))
        .with_priority(9)
        .mount(&server)
        .await;
    let client = Client::builder()
        .endpoints(format!("{}/token", server.uri()), server.uri())
        .client_credentials("id", "secret")
        .build()
        .unwrap();
    let error = client.records("Account").get("1").await.unwrap_err();
    assert_eq!(error.status().unwrap(), 401);
    let paths: Vec<String> = sent(&server)
        .await
        .iter()
        .map(|line| line.split(' ').take(2).collect::<Vec<_>>().join(" "))
        .collect();
    assert_eq!(
        paths,
        [
            "POST /token",
            "GET /api/data/v1/Account/1",
            "POST /token",
            "GET /api/data/v1/Account/1"
        ]
    );
}
