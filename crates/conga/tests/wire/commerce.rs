//! The revenue services: their lists, and what is made of answers that the reference does not show.

use std::time::Duration;

use conga::{
    CallOptions, Error, Position, SortDirection,
    commerce::{Filter, OrderActivation},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use wiremock::{Mock, MockServer, Request, ResponseTemplate, matchers};

use super::{answering, answering_with, client, envelope, sent};

#[derive(Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Quote {
    id: String,
}

fn quote(id: &str) -> Quote {
    Quote { id: id.to_owned() }
}

#[tokio::test]
async fn a_list_is_filtered_sorted_and_paged_by_the_names_of_its_operation() {
    let (server, client) = answering(200, json!([])).await;
    let filter = Filter::eq("Name", "O'Hara & Sons").or(Filter::one_of("Scope", ["A", "B"]));
    client
        .quotes()
        .list()
        .filter(filter.and("gt(Amount:'5')"))
        .sort("ModifiedDate", SortDirection::Descending)
        .page_size(20)
        .select(["Id", "Name"])
        .includes(["Account", "PriceList"])
        .with_header("x-trace", "abc")
        .page(3)
        .await
        .unwrap();
    client.orders().list().page_size(20).page(2).await.unwrap();
    let requests = sent(&server).await;
    let query = decoded(requests[0].split_once('?').unwrap().1);
    assert_eq!(
        query,
        [
            "filter=eq(Name:'O''Hara & Sons')",
            "filter=in(Scope:'A','B')",
            "filter=gt(Amount:'5')",
            "filterExpression=(1 OR 2) AND 3",
            "sort=DESC(ModifiedDate)",
            "limit=20",
            "field=Id,Name",
            "includes=Account",
            "includes=PriceList",
            "page=3",
        ]
    );
    assert!(requests[1].contains("Page=2"), "{}", requests[1]);
}

fn decoded(query: &str) -> Vec<String> {
    let url = conga::Url::parse(&format!("http://h/?{query}")).unwrap();
    url.query_pairs()
        .map(|(name, value)| format!("{name}={value}"))
        .collect()
}

#[tokio::test]
async fn records_come_bare_or_in_an_envelope_and_none_is_an_empty_list() {
    let rows = json!([{"Id": "1"}, {"Id": "2"}]);
    for answer in [rows.clone(), envelope(rows)] {
        let (_server, client) = answering(200, answer).await;
        let quotes = client.quotes().typed::<Quote>();
        let page = quotes.list().page(1).await.unwrap();
        assert_eq!(page.records, [quote("1"), quote("2")]);
        let made = quotes.create_many(&[json!({}), json!({})]).await.unwrap();
        assert_eq!(made, [quote("1"), quote("2")]);
    }
    for answer in [
        ResponseTemplate::new(204),
        ResponseTemplate::new(200).set_body_json(json!([])),
        ResponseTemplate::new(200).set_body_json(envelope(json!(null))),
    ] {
        let (_server, client) = answering_with(answer).await;
        let found = client.quotes().list().stream().try_collect().await;
        assert!(found.unwrap().is_empty());
    }
    let one = json!({"Id": "1"});
    for answer in [
        one.clone(),
        json!([one.clone()]),
        envelope(one.clone()),
        envelope(json!([one])),
    ] {
        let (_server, client) = answering(200, answer).await;
        let quotes = client.quotes().typed::<Quote>();
        assert_eq!(quotes.get("1").await.unwrap(), quote("1"));
        assert_eq!(quotes.create(&json!({})).await.unwrap(), quote("1"));
    }
}

#[tokio::test]
async fn a_record_with_a_field_called_data_is_no_envelope() {
    let (_server, client) = answering(200, json!({"Id": "1", "Data": 5})).await;
    assert_eq!(client.orders().get("1").await.unwrap()["Data"], 5);
}

#[tokio::test]
async fn another_answer_is_an_error_that_has_it_whole() {
    let (_server, client) = answering(200, json!("done")).await;
    let error = client.quotes().create(&json!({})).await.unwrap_err();
    assert!(error.may_have_been_processed());
    assert_eq!(error.body().unwrap().json().unwrap(), "done");
    let html = ResponseTemplate::new(200).set_body_raw("<html>", "text/html");
    let (_server, client) = answering_with(html).await;
    assert!(client.orders().confirm("1").await.is_err());
}

#[tokio::test]
async fn pages_go_to_the_empty_one_and_are_taken_up_again() {
    let server = MockServer::start().await;
    let answer = |request: &Request| {
        let mut pairs = request.url.query_pairs();
        let page = pairs.find(|(name, _)| name == "page").unwrap().1;
        let first = (page.parse::<usize>().unwrap() - 1) * 2;
        let rows: Vec<Value> = (first..5.min(first + 2))
            .map(|id| json!({"Id": id.to_string()}))
            .collect();
        if rows.is_empty() {
            ResponseTemplate::new(204)
        } else {
            ResponseTemplate::new(200).set_body_json(rows)
        }
    };
    Mock::given(matchers::any())
        .respond_with(answer)
        .mount(&server)
        .await;
    let lists = client(&server).price_lists().typed::<Quote>();
    let mut stream = lists.list().stream();
    for expected in ["0", "1", "2"] {
        assert_eq!(stream.try_next().await.unwrap(), Some(quote(expected)));
    }
    let position = serde_json::to_string(&stream.position()).unwrap();
    let position: Position = serde_json::from_str(&position).unwrap();
    let rest = lists
        .list()
        .starting_at(position)
        .stream()
        .try_collect()
        .await
        .unwrap();
    assert_eq!(rest, [quote("3"), quote("4")]);
    assert!(stream.try_collect().await.unwrap() == rest);
}

#[tokio::test]
async fn a_filter_that_cannot_be_written_is_not_sent() {
    let (server, client) = answering(200, json!([])).await;
    let list = client.quotes().list().filter(Filter::eq("Name)", 1));
    assert!(matches!(list.page(1).await, Err(Error::Request(_))));
    let mut stream = list.stream();
    assert!(matches!(stream.try_next().await, Err(Error::Request(_))));
    assert!(sent(&server).await.is_empty());
}

#[tokio::test]
async fn one_of_many_is_the_call_on_many_with_one() {
    let (server, client) = answering(200, json!([{"Id": "1"}])).await;
    let _ = client
        .price_lists()
        .items("pl")
        .create(&json!({"ListPrice": 5}))
        .await
        .unwrap();
    client
        .orders()
        .lines("o/1")
        .update("l", &json!({"Quantity": 2}))
        .await
        .unwrap();
    client
        .carts()
        .items("c")
        .delete_many(&["l1", "l2"])
        .await
        .unwrap();
    client
        .quotes()
        .make_agreement("q", &json!({"Name": "x"}))
        .await
        .unwrap();
    assert_eq!(
        sent(&server).await,
        [
            r#"POST /api/revenue-admin/v1/price-lists/pl/price-list-items [{"ListPrice":5}]"#,
            r#"PATCH /api/order/v1/order/o%2F1/orderlineitems/l {"Quantity":2}"#,
            r#"DELETE /api/cart/v1/carts/c/items [{"Id":"l1"},{"Id":"l2"}]"#,
            r#"POST /api/quote/v1/quotes/q/agreement {"OverrideValues":{"Name":"x"}}"#,
        ]
    );
}

#[tokio::test]
async fn an_order_is_waited_for_until_it_is_active() {
    for (last, good) in [("Activated", true), ("Cancelled", false)] {
        let server = MockServer::start().await;
        for status in ["Confirmed", last] {
            Mock::given(matchers::path("/api/order/v1/orders/o1"))
                .respond_with(
                    ResponseTemplate::new(200).set_body_json(json!({"Id": "o1", "Status": status})),
                )
                .up_to_n_times(1)
                .mount(&server)
                .await;
        }
        let client = client(&server);
        let stored = serde_json::to_string(client.orders().activation("o1").job()).unwrap();
        let job: OrderActivation = serde_json::from_str(&stored).unwrap();
        let order = client.poll(job).first_wait(Duration::from_millis(1)).await;
        match order {
            Ok(order) => assert!(good && order["Id"] == "o1", "{order:?}"),
            Err(error) => assert!(!good && error.messages() == ["Cancelled"], "{error}"),
        }
    }
}
