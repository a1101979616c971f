//! The storefront's token exchange over HTTP.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::time::Duration;

use conga_auth::cipher::{SigningKey, encrypt};
use conga_sandbox::{Clock, Sandbox};
use reqwest::{Client, Response, StatusCode};
use serde_json::{Value, json};

struct Shop {
    sandbox: Sandbox,
    client: Client,
}

impl Shop {
    async fn start(clock: Clock) -> Self {
        Self {
            sandbox: Sandbox::builder().clock(clock).start().await.unwrap(),
            client: Client::new(),
        }
    }

    fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let url = format!("{}{path}", self.sandbox.storefront_url());
        self.client
            .request(method.parse().unwrap(), url)
            .header("x-storefront", "ECommerce")
    }

    async fn key(&self) -> SigningKey {
        let answer = self.request("GET", "/users/key").send().await.unwrap();
        let body: Value = answer.json().await.unwrap();
        assert_eq!(body["title"], "success");
        SigningKey::parse(body["data"].as_str().unwrap()).unwrap()
    }

    /// Credentials under the documented names.
    fn credentials(&self) -> Value {
        let shopper = &self.sandbox.accounts().storefront;
        json!({"username": shopper.username, "password": shopper.password})
    }

    async fn post(&self, path: &str, body: String) -> Response {
        self.request("POST", path)
            .header("content-type", "text/plain")
            .body(body)
            .send()
            .await
            .unwrap()
    }

    async fn sign_in(&self, key: &SigningKey, credentials: &Value) -> Response {
        let body = encrypt(key, credentials.to_string().as_bytes());
        self.post("/user/token", body).await
    }

    async fn cart(&self, token: &str) -> Response {
        let request = self.request("GET", "/carts/active").bearer_auth(token);
        request.send().await.unwrap()
    }
}

async fn access_token(answer: Response) -> String {
    assert_eq!(answer.status(), 200);
    let body: Value = answer.json().await.unwrap();
    body["data"]["accessToken"].as_str().unwrap().to_owned()
}

/// The error of an exchange that failed, which must not tell why.
async fn error(answer: Response) -> (StatusCode, Value) {
    (answer.status(), answer.json().await.unwrap())
}

#[tokio::test]
async fn a_shopper_signs_in_shops_and_signs_out() {
    let shop = Shop::start(Clock::system()).await;
    let key = shop.key().await;
    let answer = shop.sign_in(&key, &shop.credentials()).await;
    assert_eq!(answer.headers()["x-conga-sandbox"], "behaviour");
    let token = access_token(answer).await;
    assert!(token.starts_with("00D") && token.contains('!'));

    let cart = shop.cart(&token).await;
    assert_eq!(cart.status(), 200);
    assert_eq!(cart.headers()["x-conga-sandbox"], "behaviour");

    let revoked = shop.request("DELETE", &format!("/users/token/{token}"));
    assert_eq!(revoked.send().await.unwrap().status(), 204);
    let (status, body) = error(shop.cart(&token).await).await;
    assert_eq!(status, 401);
    assert_eq!(body[0]["status"], 401);
    assert_eq!(body[0]["title"], "error");

    let requests = shop.sandbox.requests();
    assert!(!format!("{requests:?}").contains(&token));
    assert!(
        requests
            .iter()
            .any(|request| request.path.ends_with("/users/token/redacted"))
    );
}

#[tokio::test]
async fn other_field_names_paths_and_versions_work_as_well() {
    let shop = Shop::start(Clock::system()).await;
    let shopper = &shop.sandbox.accounts().storefront;
    let credentials = json!({"key": shopper.username, "value": shopper.password});
    let body = encrypt(&shop.key().await, credentials.to_string().as_bytes());
    access_token(shop.post("/users/token", body).await).await;

    // As a JSON string, in version 4.
    let body = encrypt(&shop.key().await, shop.credentials().to_string().as_bytes());
    let url = shop.sandbox.storefront_url().replace("/v5", "/v4");
    let answer = shop
        .client
        .post(format!("{url}/user/token"))
        .header("x-storefront", "ECommerce")
        .json(&body)
        .send()
        .await
        .unwrap();
    access_token(answer).await;
}

#[tokio::test]
async fn guests_need_no_credentials() {
    let shop = Shop::start(Clock::system()).await;
    let guest = access_token(shop.post("/user/token", String::new()).await).await;
    assert_eq!(shop.cart(&guest).await.status(), 200);
}

#[tokio::test]
async fn whatever_is_wrong_with_credentials_has_one_answer() {
    let clock = Clock::system();
    let shop = Shop::start(clock.clone()).await;
    let credentials = shop.credentials();

    let foreign = SigningKey::parse(&"ab".repeat(32)).unwrap();
    let wrong_key = error(shop.sign_in(&foreign, &credentials).await).await;
    assert_eq!(wrong_key.0, 400);

    let wrong = json!({"username": "customer@myshop.community.com", "password": "wrong"});
    let wrong_password = error(shop.sign_in(&shop.key().await, &wrong).await).await;
    let unknown = json!({"username": "nobody", "password": "wrong"});
    let unknown_user = error(shop.sign_in(&shop.key().await, &unknown).await).await;

    let key = shop.key().await;
    let body = encrypt(&key, credentials.to_string().as_bytes());
    access_token(shop.post("/user/token", body.clone()).await).await;
    let reused = error(shop.post("/user/token", body.clone()).await).await;

    let key = shop.key().await;
    clock.advance(Duration::from_secs(61));
    let expired = error(shop.sign_in(&key, &credentials).await).await;

    let not_json = error(shop.sign_in(&shop.key().await, &json!("text")).await).await;
    let plain = error(shop.post("/user/token", credentials.to_string()).await).await;
    let garbage = error(shop.post("/user/token", "%%%".to_owned()).await).await;
    let short = error(shop.post("/user/token", "AAAA".to_owned()).await).await;
    let cut = error(
        shop.post("/user/token", body[..body.len() - 4].to_owned())
            .await,
    )
    .await;
    for other in [
        wrong_password,
        unknown_user,
        reused,
        expired,
        not_json,
        plain,
        garbage,
        short,
        cut,
    ] {
        assert_eq!(other, wrong_key);
    }
}

#[tokio::test]
async fn an_older_key_still_works_beside_a_newer_one() {
    let shop = Shop::start(Clock::system()).await;
    let older = shop.key().await;
    let newer = shop.key().await;
    let credentials = shop.credentials();
    access_token(shop.sign_in(&older, &credentials).await).await;
    access_token(shop.sign_in(&newer, &credentials).await).await;
}

#[tokio::test]
async fn a_storefront_must_be_named_and_known() {
    let shop = Shop::start(Clock::system()).await;
    let url = format!("{}/users/key", shop.sandbox.storefront_url());
    let (status, body) = error(shop.client.get(&url).send().await.unwrap()).await;
    assert_eq!(status, 400);
    assert!(body[0]["data"].as_str().unwrap().contains("x-storefront"));
    let other = shop.client.get(&url).header("x-storefront", "Other");
    assert_eq!(other.send().await.unwrap().status(), 400);

    let guest = access_token(shop.post("/user/token", String::new()).await).await;
    let url = format!("{}/carts/active", shop.sandbox.storefront_url());
    let unnamed = shop.client.get(url).bearer_auth(guest);
    assert_eq!(unnamed.send().await.unwrap().status(), 400);
}

#[tokio::test]
async fn tokens_of_platform_and_storefront_do_not_mix() {
    let shop = Shop::start(Clock::system()).await;
    let platform = common::integration_token(&shop.sandbox).await;
    let guest = access_token(shop.post("/user/token", String::new()).await).await;
    assert_eq!(shop.cart(&platform).await.status(), 401);
    let path = "/api/approvals/v1/process-steps/1";
    let answer = common::request(&shop.sandbox, "GET", path, &guest);
    assert_eq!(answer.send().await.unwrap().status(), 401);
}

#[tokio::test]
async fn sessions_end_after_two_hours() {
    let clock = Clock::system();
    let shop = Shop::start(clock.clone()).await;
    let guest = access_token(shop.post("/user/token", String::new()).await).await;
    clock.advance(Duration::from_secs(7201));
    assert_eq!(shop.cart(&guest).await.status(), 401);
}
