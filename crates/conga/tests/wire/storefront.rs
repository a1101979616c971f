use conga::{
    Client, ConfigError, Error, Host, Record, StorefrontQuery,
    storefront::{CacheStrategy, Condition, FilterOperator},
};
use conga_auth::AuthError;
use serde_json::{Value, json};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers};

use super::{SHOP, let_shoppers_in, sent, shop_answer, shopped};

const ROOT: &str = "/ecom/services/apexrest/Apttus_WebStore/apttus/v5";

/// A storefront that lets everyone in, and answers everything else with `data`.
async fn storefront(status: u16, data: Value) -> (MockServer, Client) {
    let server = MockServer::start().await;
    Mock::given(matchers::path(format!("{ROOT}/users/key")))
        .respond_with(shop_answer(json!("ab".repeat(32))))
        .mount(&server)
        .await;
    Mock::given(matchers::path(format!("{ROOT}/user/token")))
        .respond_with(shop_answer(
            json!({"userId": "005", "accessToken": "00D!hunter2"}),
        ))
        .mount(&server)
        .await;
    Mock::given(matchers::path_regex(format!("{ROOT}/users/token/.*")))
        .respond_with(ResponseTemplate::new(204))
        .mount(&server)
        .await;
    let body = json!({"title": if status < 400 { "success" } else { "error" }, "status": status, "data": data});
    Mock::given(matchers::any())
        .respond_with(ResponseTemplate::new(200).set_body_json(body))
        .with_priority(9)
        .mount(&server)
        .await;
    let client = Client::builder()
        .storefront(format!("{}{ROOT}/", server.uri()), "ECommerce")
        .shopper("ann@example.com", "hunter2")
        .shopper_account("001")
        .build()
        .unwrap();
    (server, client)
}

#[tokio::test]
async fn a_shopper_signs_in_looks_and_leaves() {
    let (server, client) = storefront(200, json!({"Id": "a1", "Name": "Cart"})).await;
    let shop = client.storefront().unwrap();
    assert_eq!(shop.sign_in().await.unwrap().user_id(), Some("005"));
    let cart: Record = shop.active_cart().await.unwrap();
    assert_eq!(cart["Id"], "a1");
    shop.revoke().await.unwrap();

    let requests = server.received_requests().await.unwrap();
    let paths: Vec<&str> = requests
        .iter()
        .map(|request| request.url.path().strip_prefix(ROOT).unwrap())
        .collect();
    assert_eq!(
        paths,
        [
            "/users/key",
            "/user/token",
            "/carts/active",
            "/users/token/00D!hunter2"
        ]
    );
    assert!(!String::from_utf8_lossy(&requests[1].body).contains("hunter2"));
    let cart = &requests[2].headers;
    assert_eq!(
        (
            &cart["authorization"],
            &cart["x-storefront"],
            &cart["x-account"]
        ),
        (
            &"Bearer 00D!hunter2".parse().unwrap(),
            &"ECommerce".parse().unwrap(),
            &"001".parse().unwrap()
        )
    );
    let shown = format!("{client:?} {shop:?}");
    assert!(!shown.contains("hunter2"), "{shown}");
}

#[tokio::test]
async fn a_query_gives_records_in_a_list_or_alone() {
    let query = StorefrontQuery::new().condition(Condition::new(
        "ConfigurationId",
        FilterOperator::Equal,
        "a'1",
    ));
    for (data, count) in [
        (json!([{"Id": "1"}, {"Id": "2"}]), 2),
        (json!({"Id": "1"}), 1),
        (json!([]), 0),
        (json!(null), 0),
    ] {
        let (server, client) = storefront(200, data).await;
        let shop = client.storefront().unwrap();
        let lines: Vec<Record> = shop
            .query("Apttus_Config2__LineItem__c", &query)
            .await
            .unwrap();
        assert_eq!(lines.len(), count);
        assert_eq!(
            sent(&server).await[2],
            format!(
                r#"POST {ROOT}/Apttus_Config2__LineItem__c/query {{"conditions":[{{"field":"ConfigurationId","filterOperator":"Equal","value":"a'1"}}]}}"#
            )
        );
    }
}

#[tokio::test]
async fn an_answer_that_is_none_is_an_error_that_has_it() {
    for (status, data) in [
        (422, json!("no such field")),
        (200, json!("done")),
        (500, json!(null)),
    ] {
        let (_server, client) = storefront(status, data.clone()).await;
        let shop = client.storefront().unwrap();
        let error = shop
            .query::<Record>("Product2", &StorefrontQuery::new())
            .await
            .unwrap_err();
        assert_eq!(error.body().unwrap().json().unwrap()["data"], data);
    }
    for data in [json!([]), json!([{"Id": "1"}, {"Id": "2"}]), json!(null)] {
        let (_server, client) = storefront(200, data).await;
        let error = client
            .storefront()
            .unwrap()
            .active_cart::<Record>()
            .await
            .unwrap_err();
        assert!(
            error.to_string().contains("where one is expected"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn guests_and_other_shoppers_have_their_own_sign_in() {
    let (server, client) = storefront(200, json!([{"Id": "a1"}])).await;
    let shop = client.storefront().unwrap();
    let guest = shop.guest().unwrap();
    guest.active_cart::<Record>().await.unwrap();
    guest.clone().active_cart::<Record>().await.unwrap();
    shop.shopper("bob@example.com", "secret")
        .unwrap()
        .active_cart::<Record>()
        .await
        .unwrap();
    let requests = server.received_requests().await.unwrap();
    let sign_ins: Vec<bool> = requests
        .iter()
        .filter(|request| request.url.path().ends_with("/user/token"))
        .map(|request| request.body.is_empty())
        .collect();
    assert_eq!(sign_ins, [true, false]);
}

#[tokio::test]
async fn a_login_page_is_told_wherever_the_sign_in_happens() {
    let server = MockServer::start().await;
    let login = json!({"title": "success", "status": 200, "data": {"LoginURL": "https%3A%2F%2Fsso.example%2F"}});
    Mock::given(matchers::any())
        .respond_with(ResponseTemplate::new(200).set_body_json(login))
        .mount(&server)
        .await;
    let client = Client::builder()
        .storefront(format!("{}{ROOT}", server.uri()), "ECommerce")
        .build()
        .unwrap();
    let shop = client.storefront().unwrap();
    for error in [
        shop.sign_in().await.unwrap_err(),
        shop.active_cart::<Record>().await.unwrap_err(),
    ] {
        assert!(
            matches!(error.auth(), Some(AuthError::LoginRequired(_))),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn the_generated_operations_go_to_the_same_site() {
    let (server, client) = storefront(200, json!({})).await;
    let path = format!("{}/storefronts/active", ROOT.strip_prefix("/ecom").unwrap());
    client
        .raw()
        .at(Host::Salesforce)
        .get(path)
        .send::<Value>()
        .await
        .unwrap();
    assert_eq!(
        sent(&server).await[2],
        format!("GET {ROOT}/storefronts/active")
    );
}

#[tokio::test]
async fn a_client_without_a_storefront_says_how_to_get_one() {
    let client = Client::builder()
        .region(conga::Region::Europe)
        .client_credentials("id", "secret")
        .build()
        .unwrap();
    let error = client.storefront().unwrap_err();
    assert!(
        matches!(
            error,
            Error::Config(ConfigError::Missing {
                setter: "storefront",
                ..
            })
        ),
        "{error}"
    );
}

#[tokio::test]
async fn a_client_of_a_storefront_alone_says_so_of_other_calls() {
    let (server, client) = storefront(200, json!({})).await;
    let error = client.records("Account").get("1").await.unwrap_err();
    assert!(error.to_string().contains("CONGA_CLIENT_ID"), "{error}");
    assert!(sent(&server).await.is_empty());
}

#[tokio::test]
async fn a_record_comes_with_its_parents_and_children() {
    let (server, client) = storefront(200, json!([{"Id": "p1", "Name": "Orbit"}])).await;
    let shop = client.storefront().unwrap();
    let product: Record = shop
        .product("p/1")
        .children(["OptionGroups", "Categories"])
        .cache_strategy(CacheStrategy::Performance)
        .await
        .unwrap();
    assert_eq!(product["Name"], "Orbit");
    let order: Record = shop
        .get("orders", "o1")
        .lookups(["BillToAccountId"])
        .await
        .unwrap();
    assert_eq!(order["Id"], "p1");
    for asked in [shop.details(), shop.account(), shop.price_list()] {
        assert_eq!(asked.await.unwrap()["Id"], "p1");
    }
    let cart = shop.create_cart(&json!({"Name": "Mine"})).await.unwrap();
    assert_eq!(cart["Id"], "p1");
    assert_eq!(
        shopped(&server, ROOT).await,
        [
            "GET /products/p%2F1?children=OptionGroups%2CCategories&cacheStrategy=performance",
            "GET /orders/o1?lookups=BillToAccountId",
            "GET /storefronts/active",
            "GET /accounts/default",
            "GET /pricelists/active",
            r#"POST /carts {"Name":"Mine"}"#,
        ]
    );
}

#[tokio::test]
async fn carts_are_made_of_orders_and_quotes() {
    let (server, client) = storefront(200, json!("c7")).await;
    let shop = client.storefront().unwrap();
    assert_eq!(shop.cart_of_order("o1").await.unwrap(), "c7");
    assert_eq!(shop.cart_of_quote("q1").await.unwrap(), "c7");
    shop.finalize_quote("q1").await.unwrap();
    assert_eq!(
        shopped(&server, ROOT).await,
        [
            "POST /orders/o1/carts",
            "POST /quotes/q1/carts",
            "POST /quotes/q1/finalize"
        ]
    );
}

#[tokio::test]
async fn what_is_answered_to_a_deed_is_no_matter() {
    for (answer, is_done) in [
        (json!({"status": 200, "data": {"Id": "c1"}}), true),
        (json!({"status": "success"}), true),
        (json!("Cart deleted"), true),
        (json!(true), true),
        (json!([{"id": "c1", "success": true}]), true),
        (json!([]), true),
        (json!(null), true),
        (json!({"status": 422, "title": "no such cart"}), false),
    ] {
        let server = MockServer::start().await;
        let_shoppers_in(&server).await;
        Mock::given(matchers::any())
            .respond_with(ResponseTemplate::new(200).set_body_json(&answer))
            .mount(&server)
            .await;
        let client = Client::builder()
            .storefront(format!("{}{SHOP}", server.uri()), "ECommerce")
            .build()
            .unwrap();
        let deleted = client.storefront().unwrap().cart("c1").delete().await;
        assert_eq!(deleted.is_ok(), is_done, "{answer}: {deleted:?}");
    }
}

#[tokio::test]
async fn favorites_are_made_filled_changed_and_deleted() {
    let (server, client) = storefront(200, json!([{"Id": "f1"}])).await;
    let favorites = client.storefront().unwrap().favorites();
    let favorite = favorites
        .create(&json!({"Name": "Field day"}))
        .await
        .unwrap();
    assert_eq!(favorite["Id"], "f1");
    favorites
        .add("f1", [("p1", 2.0), ("p2", 0.5)])
        .await
        .unwrap();
    favorites.add_lines("f1", &[1, 3]).await.unwrap();
    favorites
        .update("f1", &json!({"Scope": "Public"}))
        .await
        .unwrap();
    favorites.delete("f1").await.unwrap();
    assert_eq!(
        shopped(&server, ROOT).await,
        [
            r#"POST /favorites [{"Name":"Field day"}]"#,
            r#"POST /favorites/f1/items [{"ProductId":"p1","Quantity":2},{"ProductId":"p2","Quantity":0.5}]"#,
            "POST /favorites/f1/items [1,3]",
            r#"PUT /favorites/f1 {"Scope":"Public"}"#,
            "DELETE /favorites/f1",
        ]
    );
}

#[tokio::test]
async fn all_that_a_query_finds_comes_page_after_page() {
    let (server, client) = storefront(200, json!([])).await;
    for (page, ids) in [(1, ["1", "2"]), (2, ["3", "4"])] {
        let page = json!({"page": {"pageNumber": page, "pageLimit": 2}});
        let rows = ids.map(|id| json!({"Id": id}));
        Mock::given(matchers::body_partial_json(page))
            .respond_with(shop_answer(json!(rows)))
            .mount(&server)
            .await;
    }
    let shop = client.storefront().unwrap();
    let query = StorefrontQuery::new().search("orbit").page(1, 2);
    let mut stream = shop.list::<Record>("Product2", query.clone()).stream();
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(stream.try_next().await.unwrap().unwrap()["Id"].clone());
    }
    let left = stream.position().unwrap();
    assert_eq!(ids, ["1", "2", "3"]);
    let rest = shop.list::<Record>("Product2", query).starting_at(left);
    let rest = rest.stream().try_collect().await.unwrap();
    assert_eq!((rest.len(), &rest[0]["Id"]), (1, &json!("4")));
    assert!(
        shopped(&server, ROOT)
            .await
            .last()
            .unwrap()
            .contains(r#""page":{"pageLimit":2,"pageNumber":3}"#),
        "it ends with the first empty page"
    );

    let (_server, client) = storefront(200, json!([{"Id": "1"}])).await;
    let shop = client.storefront().unwrap();
    let circle = shop.list::<Record>("Product2", StorefrontQuery::new());
    let error = circle.stream().try_collect().await.unwrap_err();
    assert!(error.to_string().contains("gave before"), "{error}");
}
