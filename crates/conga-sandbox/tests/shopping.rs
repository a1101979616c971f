//! A shopper buys something at the storefront, over HTTP.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use conga_auth::cipher::{SigningKey, encrypt};
use conga_sandbox::{Clock, Sandbox};
use reqwest::Client;
use serde_json::{Value, json};

/// A visitor of the storefront in one of its versions.
struct Visitor<'s> {
    sandbox: &'s Sandbox,
    client: Client,
    version: &'static str,
    token: String,
}

impl<'s> Visitor<'s> {
    async fn guest(sandbox: &'s Sandbox, version: &'static str) -> Self {
        let mut visitor = Self {
            sandbox,
            client: Client::new(),
            version,
            token: String::new(),
        };
        visitor.sign_in(String::new()).await;
        visitor
    }

    async fn shopper(sandbox: &'s Sandbox, version: &'static str) -> Self {
        let mut visitor = Self::guest(sandbox, version).await;
        let (_, key) = visitor.call("GET", "/users/key", None).await;
        let key = SigningKey::parse(key["data"].as_str().unwrap()).unwrap();
        let shopper = &sandbox.accounts().storefront;
        let credentials = json!({"username": shopper.username, "password": shopper.password});
        visitor
            .sign_in(encrypt(&key, credentials.to_string().as_bytes()))
            .await;
        visitor
    }

    async fn sign_in(&mut self, body: String) {
        let request = self
            .request("POST", "/user/token")
            .header("content-type", "text/plain")
            .body(body);
        let answer: Value = request.send().await.unwrap().json().await.unwrap();
        self.token = answer["data"]["accessToken"].as_str().unwrap().to_owned();
    }

    fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let base = self.sandbox.storefront_url().replace("/v5", self.version);
        let request = self
            .client
            .request(method.parse().unwrap(), format!("{base}{path}"));
        request.header("x-storefront", "ECommerce")
    }

    async fn call(&self, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
        let mut request = self.request(method, path);
        if !self.token.is_empty() {
            request = request.bearer_auth(&self.token);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        if status < 400 {
            assert_eq!(
                answer.headers()["x-conga-sandbox"],
                "behaviour",
                "{method} {path}"
            );
        }
        let text = answer.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or_default())
    }

    /// The data of a call that goes well.
    async fn data(&self, method: &str, path: &str, body: Option<Value>) -> Value {
        let (status, answer) = self.call(method, path, body).await;
        assert_eq!(status, 200, "{method} {path}: {answer}");
        answer["data"].clone()
    }
}

async fn buys(version: &'static str) {
    let clock = Clock::stopped("2026-03-01T09:30:00Z".parse().unwrap());
    let sandbox = Sandbox::builder()
        .clock(clock.clone())
        .start()
        .await
        .unwrap();
    let shopper = Visitor::shopper(&sandbox, version).await;
    let guest = Visitor::guest(&sandbox, version).await;

    let list = shopper.data("GET", "/pricelists/active", None).await;
    assert_eq!(list["Name"], "Standard USD");
    let kits = shopper
        .data(
            "GET",
            "/products?condition[0]=Family,Equal,Kit&sort[field]=Name&children=PriceLists",
            None,
        )
        .await;
    assert_eq!(
        (&kits[0]["Name"], &kits[1]["Name"]),
        (&json!("AquaKit"), &json!("SoilKit"))
    );
    assert_eq!(kits[0]["PriceLists"][0]["ListPrice"], 349.5);
    let rules = shopper
        .data(
            "POST",
            "/products/rules",
            Some(json!([{"Id": kits[0]["Id"]}])),
        )
        .await;
    assert_eq!(
        rules[kits[0]["Id"].as_str().unwrap()]
            .as_array()
            .unwrap()
            .len(),
        1
    );

    let item = json!({"ProductId": kits[0]["Id"], "Quantity": 2});
    let added = shopper
        .data("POST", "/carts/active/items", Some(item.clone()))
        .await;
    let line = added["LineItems"][0]["Id"].as_str().unwrap();
    assert_eq!(
        shopper.data("GET", "/carts/active", None).await["IsPricePending"],
        true
    );
    clock.advance(Duration::from_secs(1));
    let cart = shopper.data("GET", "/carts/active", None).await;
    assert_eq!(
        (&cart["IsPricePending"], &cart["LineItems"][0]["NetPrice"]),
        (&json!(false), &json!(699))
    );
    let id = cart["Id"].as_str().unwrap();

    let path = format!("/carts/{id}/items/{line}");
    shopper
        .data("PUT", &path, Some(json!({"Quantity": 3})))
        .await;
    let priced = shopper
        .data("POST", &format!("/carts/{id}/price"), None)
        .await;
    assert_eq!(priced["LineItems"][0]["NetPrice"], 1_048.5);

    // A guest has a cart of his own and does not see the shopper's.
    let (status, error) = guest.call("GET", &format!("/carts/{id}"), None).await;
    assert_eq!((status, &error[0]["status"]), (404, &json!(404)));
    guest.data("POST", "/carts/active/items", Some(item)).await;
    let query = json!({"aggregate": true, "aggregateFields": [{"field": "Quantity", "aggregateType": "SUM"}]});
    let sums = guest
        .data("POST", "/Apttus_Config2__LineItem__c/query", Some(query))
        .await;
    assert_eq!(sums, json!([{"SUM_Quantity": 2, "total_records": 1}]));

    let order = shopper
        .data(
            "POST",
            &format!("/carts/{id}/checkout"),
            Some(json!({"Order": {"Name": "PO 1"}})),
        )
        .await;
    let path = format!(
        "/orders/{}?children=OrderLineItems&lookups=SoldToAccountId",
        order["Id"].as_str().unwrap()
    );
    let order = shopper.data("GET", &path, None).await;
    assert_eq!(order["OrderLineItems"][0]["NetPrice"], 1_048.5);
    assert_eq!(order["SoldToAccount"]["Name"], "Northwind Biologics");
    assert!(
        shopper
            .data("GET", "/carts/active", None)
            .await
            .get("Id")
            .is_none()
    );
    let (status, error) = shopper.call("DELETE", &format!("/carts/{id}"), None).await;
    assert_eq!(status, 422, "{error}");
    sandbox.shutdown().await;
}

#[tokio::test]
async fn a_shopper_buys_in_version_4() {
    buys("/v4").await;
}

#[tokio::test]
async fn a_shopper_buys_in_version_5() {
    buys("/v5").await;
}
