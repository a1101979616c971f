//! From the catalog to an activated order, over HTTP, as a client does it.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::{integration_token, request};
use conga_sandbox::Sandbox;
use reqwest::Response;
use serde_json::{Value, json};

struct Client {
    sandbox: Sandbox,
    token: String,
}

impl Client {
    async fn send(&self, method: &str, path: &str, body: Option<Value>) -> Response {
        let request = request(&self.sandbox, method, path, &self.token);
        let request = match body {
            Some(body) => request.json(&body),
            None => request,
        };
        request.send().await.unwrap()
    }

    async fn get(&self, path: &str) -> Value {
        let answer = self.send("GET", path, None).await;
        assert_eq!(answer.headers()["x-conga-sandbox"], "behaviour", "{path}");
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        answer.json().await.unwrap()
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        let answer = self.send("POST", path, Some(body)).await;
        let status = answer.status();
        let body: Value = answer.json().await.unwrap();
        assert!(status.is_success(), "{path}: {status} {body}");
        body
    }

    /// The cart's status once its prices are there.
    async fn priced(&self, cart: &str) -> Value {
        loop {
            let status = self.get(&format!("/api/cart/v1/carts/{cart}/status")).await;
            if status["IsPricePending"] == false {
                return status;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    }
}

fn id(record: &Value) -> String {
    record["Id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn from_the_catalog_to_an_activated_order() {
    let sandbox = Sandbox::start().await.unwrap();
    let token = integration_token(&sandbox).await;
    let client = Client { sandbox, token };

    let lists = client
        .get("/api/revenue-admin/v1/price-lists?filter=eq(Name:'Standard%20USD')")
        .await;
    let found = client
        .get("/api/revenue-admin/v1/products?filter=in(ProductCode:'AQK-R','ORB-400','SRV-LVC')&sort=ASC(ProductCode)")
        .await;
    let products: Vec<String> = found.as_array().unwrap().iter().map(id).collect();
    let [reagents, spectrometer, cloud] = &products[..] else {
        panic!("three products: {found:#}");
    };

    let carts = client
        .post(
            "/api/cart/v1/carts",
            json!([{"Name": "New laboratory", "PriceList": {"Id": id(&lists[0])}}]),
        )
        .await;
    let cart = id(&carts[0]);
    let lines = client
        .post(
            &format!("/api/cart/v1/carts/{cart}/items"),
            json!([
                {"Product": {"Id": spectrometer}, "Quantity": 2},
                {"Product": {"Id": reagents}, "Quantity": 60},
                {"Product": {"Id": cloud}, "Quantity": 7, "SellingTerm": 36},
            ]),
        )
        .await;
    assert_eq!(lines[0]["PricingStatus"], "Pending");
    let status = client.priced(&cart).await;
    let groups = status["CartResponse"]["SummaryGroups"].as_array().unwrap();
    let sum = |name: &str| {
        let group = groups.iter().find(|group| group["Name"] == name).unwrap();
        group["NetPrice"].as_f64().unwrap()
    };
    // 2 x 48,500, 60 x 42.25 less 12 %, and 7 x 59 x 36.
    assert_eq!(sum("Subtotal - Standard Price (One Time)"), 99_230.8);
    assert_eq!(sum("Total (Monthly)"), 14_868.0);
    assert_eq!(sum("Grand Total"), 114_098.8);

    let grand = groups
        .iter()
        .find(|group| group["LineType"] == "Grand Total")
        .unwrap();
    let put = client
        .send(
            "PUT",
            &format!("/api/cart/v1/carts/{cart}/summarygroups"),
            Some(json!([{"Id": id(grand), "AdjustmentType": "Price Override", "AdjustmentAmount": 111_111.11}])),
        )
        .await;
    assert_eq!(put.status(), 200);
    client.priced(&cart).await;

    let quote = client
        .post(
            &format!("/api/cart/v1/carts/{cart}/quote"),
            json!({"name": "Laboratory"}),
        )
        .await;
    assert_eq!(quote["GrandTotal"]["Value"], 111_111.11);
    let order = client
        .post(
            &format!("/api/quote/v1/quotes/{}/accept", id(&quote)),
            json!(null),
        )
        .await;
    assert_eq!(order["OrderAmount"]["Value"], 111_111.11);
    let lines = client
        .get(&format!(
            "/api/order/v1/order/{}/orderlineitems",
            id(&order)
        ))
        .await;
    let products = lines
        .as_array()
        .unwrap()
        .iter()
        .filter(|line| line["LineType"] != "Option");
    let cents: i64 = products
        .map(|line| (line["NetPrice"].as_f64().unwrap() * 100.0).round() as i64)
        .sum();
    assert_eq!(cents, 11_111_111);
    let active = client
        .post(
            &format!("/api/order/v1/orders/{}/activate", id(&order)),
            json!({}),
        )
        .await;
    assert_eq!(active["Status"], "Activated");
}
