//! Carts: the second call that attributes need, and waiting for prices.

use std::time::Duration;

use conga::{
    CartProblem, Error, JobProblem, RetryPolicy,
    commerce::carts::{CartPricing, NewItem},
    storefront::ShopPricing,
};
use serde_json::{Value, json};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers};

use super::{SHOP, answering, client, let_shoppers_in, sent, shop_answer, shopped};

/// A server that answers the adding of items with `lines`, and anything else with nothing.
async fn adding(lines: Value) -> (MockServer, conga::Client) {
    let server = MockServer::start().await;
    Mock::given(matchers::method("POST"))
        .respond_with(ResponseTemplate::new(200).set_body_json(lines))
        .mount(&server)
        .await;
    Mock::given(matchers::method("PATCH"))
        .respond_with(ResponseTemplate::new(202))
        .mount(&server)
        .await;
    let client = client(&server);
    (server, client)
}

#[tokio::test]
async fn attributes_follow_in_a_second_call_to_the_right_lines() {
    let (server, client) = adding(json!([
        {"Id": "l1", "Product": {"Id": "p1"}, "IsPrimaryLine": true},
        {"Id": "l2", "Product": {"Id": "p1"}, "IsPrimaryLine": false},
        {"Id": "l3", "Product": {"Id": "p2"}, "Option": {"Id": "o1"}, "IsPrimaryLine": true},
        {"Id": "l4", "Product": {"Id": "p1"}, "IsPrimaryLine": true},
    ]))
    .await;
    let lines = client
        .carts()
        .open("c1")
        .add([
            NewItem::new("p1").quantity(2).attribute("Color_c", "Red"),
            NewItem::new("p2"),
            NewItem::new("p1")
                .field("SellingTerm", 36)
                .attribute("Color_c", "Blue"),
        ])
        .await
        .unwrap();
    assert_eq!(lines.len(), 4);
    assert_eq!(
        sent(&server).await,
        [
            concat!(
                "POST /api/cart/v1/carts/c1/items ",
                r#"[{"Product":{"Id":"p1"},"Quantity":2},{"Product":{"Id":"p2"},"Quantity":1},"#,
                r#"{"Product":{"Id":"p1"},"Quantity":1,"SellingTerm":36}]"#
            ),
            concat!(
                "PATCH /api/cart/v1/carts/c1/items ",
                r#"[{"Attribute":{"Color_c":"Red"},"Id":"l1"},{"Attribute":{"Color_c":"Blue"},"Id":"l4"}]"#
            ),
        ]
    );
}

#[tokio::test]
async fn lines_without_their_attributes_are_there() {
    let server = MockServer::start().await;
    let lines = json!([{"Id": "l1", "Product": {"Id": "p1"}}]);
    for (method, answer) in [
        ("POST", ResponseTemplate::new(200).set_body_json(lines)),
        ("PATCH", ResponseTemplate::new(429)),
    ] {
        let mock = Mock::given(matchers::method(method)).respond_with(answer);
        mock.mount(&server).await;
    }
    let item = NewItem::new("p1").attribute("Color_c", "Red");
    let add = client(&server).carts().open("c1").add([item]);
    let error = add.await.unwrap_err();
    assert_eq!(error.status().unwrap(), 429);
    assert!(error.may_have_been_processed());
}

#[tokio::test]
async fn without_attributes_there_is_one_call() {
    let (server, client) = adding(json!([{"Id": "l1"}])).await;
    let cart = client.carts().open("c1");
    cart.add([NewItem::new("p1")])
        .without_default_options()
        .await
        .unwrap();
    let requests = sent(&server).await;
    assert_eq!(requests.len(), 1);
    assert!(
        requests[0].contains("skipDefaultOptions=true"),
        "{}",
        requests[0]
    );
}

#[tokio::test]
async fn attributes_without_a_line_to_put_them_on_are_an_error() {
    let (server, client) = adding(json!([{"Id": "l1", "Product": {"Id": "other"}}])).await;
    let item = NewItem::new("p1").attribute("Color_c", "Red");
    let error = client.carts().open("c1").add([item]).await.unwrap_err();
    let Error::Cart { cart, problem } = &error else {
        panic!("{error}");
    };
    assert_eq!(
        (cart.as_str(), problem),
        ("c1", &CartProblem::NoLine("p1".to_owned()))
    );
    assert!(error.may_have_been_processed());
    assert_eq!(sent(&server).await.len(), 1);
}

/// A server whose cart has pending prices for so many looks.
async fn pending(looks: u64, wait_ms: u64) -> (MockServer, conga::Client) {
    let server = MockServer::start().await;
    let status = |pending: bool| {
        ResponseTemplate::new(200).set_body_json(json!({
            "CartId": "c1", "Status": "New", "IsPricePending": pending, "NextPollIntervalMs": pending.then_some(wait_ms),
            "ErrorMessage": null, "CartResponse": {"LineItems": [{"NetPrice": 5}]},
        }))
    };
    Mock::given(matchers::any())
        .respond_with(status(true))
        .up_to_n_times(looks)
        .with_priority(1)
        .mount(&server)
        .await;
    Mock::given(matchers::any())
        .respond_with(status(false))
        .mount(&server)
        .await;
    let client = client(&server);
    (server, client)
}

/// How the pricing of the cart `c1` is stored.
fn stored() -> CartPricing {
    serde_json::from_value(json!({"cart_id": "c1"})).unwrap()
}

#[tokio::test]
async fn price_looks_until_nothing_is_pending() {
    let (server, client) = pending(3, 1).await;
    let status = client.carts().open("c1").price().await.unwrap();
    assert!(!status.is_price_pending);
    assert_eq!(status.cart["LineItems"][0]["NetPrice"], 5);
    assert_eq!(sent(&server).await.len(), 4);
}

#[tokio::test]
async fn price_waits_for_as_long_as_the_platform_asks() {
    let (_server, client) = pending(1, 1_500).await;
    let begun = std::time::Instant::now();
    client.carts().open("c1").price().await.unwrap();
    assert!(begun.elapsed() >= Duration::from_millis(1_500));
}

#[tokio::test]
async fn price_ends_when_its_time_is_over() {
    let (server, client) = pending(u64::MAX, 60_000).await;
    let price = client.carts().open("c1").price();
    let limit = Duration::from_secs(1);
    let error = price.deadline(limit).await.unwrap_err();
    let Error::Job { problem, .. } = &error else {
        panic!("{error}");
    };
    assert_eq!(problem, &JobProblem::Deadline(limit));
    assert!(error.to_string().contains("the cart c1"), "{error}");
    assert_eq!(sent(&server).await.len(), 1, "it asked for a minute");
}

#[tokio::test]
async fn pricing_is_stored_and_waited_for_by_another_process() {
    let (server, client) = pending(2, 1).await;
    let poller = client.carts().open("c1").price();
    let job = serde_json::to_string(poller.job()).unwrap();
    assert_eq!(job, r#"{"cart_id":"c1"}"#);
    drop(poller);
    let mut states = client.poll(stored()).states();
    let mut pending = Vec::new();
    while let Some(status) = states.try_next().await.unwrap() {
        pending.push(status.is_price_pending);
    }
    assert_eq!(pending, [true, true, false]);
    assert_eq!(
        sent(&server).await,
        ["GET /api/cart/v1/carts/c1/status"; 3],
        "only the looks are sent"
    );
}

#[tokio::test]
async fn a_status_that_does_not_tell_of_prices_is_an_error() {
    let (_server, client) = answering(200, json!({"Status": "New"})).await;
    assert!(client.carts().open("c1").price().await.is_err());
}

/// A server that signs guests in at the storefront.
async fn storefront() -> MockServer {
    let server = MockServer::start().await;
    let_shoppers_in(&server).await;
    server
}

/// A client of the storefront there, and of no platform.
fn guest(server: &MockServer) -> conga::Client {
    let url = format!("{}{SHOP}", server.uri());
    conga::Client::builder()
        .storefront(url, "ECommerce")
        .retry(RetryPolicy::never())
        .build()
        .unwrap()
}

#[tokio::test]
async fn a_shoppers_cart_has_its_own_requests() {
    let server = storefront().await;
    Mock::given(matchers::path_regex("/items$"))
        .respond_with(shop_answer(
            json!({"LineItems": [{"Id": "l1"}], "ConstraintRules": []}),
        ))
        .mount(&server)
        .await;
    Mock::given(matchers::any())
        .respond_with(shop_answer(json!({"Id": "c1", "IsPricePending": false})))
        .mount(&server)
        .await;
    let cart = guest(&server).storefront().unwrap().cart("active");
    let item = NewItem::new("p1").quantity(2).attribute("Color__c", "Red");
    assert_eq!(
        cart.add([item, NewItem::new("p2")]).await.unwrap()[0]["Id"],
        "l1"
    );
    assert_eq!(cart.price().await.unwrap()["Id"], "c1");
    cart.update_item("l1", &json!({"Quantity": 3}))
        .await
        .unwrap();
    cart.remove(&["l1"]).await.unwrap();
    cart.order(&json!({"Name": "PO 1"})).await.unwrap();
    cart.quote(&json!({"Name": "Q"})).await.unwrap();
    cart.add_favorite("f1").await.unwrap();
    cart.apply_promotion("SPRING").await.unwrap();
    cart.remove_promotion("SPRING").await.unwrap();
    cart.update(&json!({"Name": "Mine"})).await.unwrap();
    cart.clone_cart().await.unwrap();
    cart.abandon().await.unwrap();
    let requests: Vec<String> = shopped(&server, SHOP)
        .await
        .iter()
        .map(|request| request.replace(" /carts/active", " "))
        .collect();
    assert_eq!(
        requests,
        [
            concat!(
                r#"POST /items [{"LineItem":{"ProductId":"p1","Quantity":2},"ProductAttributes":{"Color__c":"Red"}},"#,
                r#"{"ProductId":"p2","Quantity":1}]"#
            ),
            "GET ",
            r#"PUT /items/l1 {"Quantity":3}"#,
            r#"POST /items/delete [{"Id":"l1"}]"#,
            r#"POST /checkout {"Order":{"Name":"PO 1"}}"#,
            r#"POST /proposal {"Name":"Q"}"#,
            r#"POST /items {"FavoriteId":"f1"}"#,
            r#"POST /promotions {"code":"SPRING"}"#,
            "DELETE /promotions/SPRING",
            r#"PUT  {"Name":"Mine"}"#,
            "POST /clone",
            "POST /abandon",
        ]
    );
}

#[tokio::test]
async fn pricing_of_a_shoppers_cart_is_picked_up_at_the_storefront() {
    let server = storefront().await;
    for pending in [true, false, false] {
        Mock::given(matchers::path_regex("/v5/carts/c1$"))
            .respond_with(shop_answer(json!({"Id": "c1", "IsPricePending": pending})))
            .up_to_n_times(1)
            .mount(&server)
            .await;
    }
    let client = guest(&server);
    let shop = client.storefront().unwrap();
    let stored = serde_json::to_value(shop.cart("c1").price().job()).unwrap();
    assert_eq!(stored, json!({"version": "v5", "cart_id": "c1"}));
    let job: ShopPricing = serde_json::from_value(stored).unwrap();
    let cart = client.poll(job.clone()).await.unwrap();
    assert_eq!(cart["Id"], "c1");
    assert_eq!(shop.poll(job.clone()).await.unwrap()["Id"], "c1");

    let (_server, none) = answering(200, json!({})).await;
    let error = none.poll(job).await.unwrap_err();
    assert!(error.to_string().contains("storefront"), "{error}");
}
