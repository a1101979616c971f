//! What goes over the wire: paths, queries, headers, bodies.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

mod common;

use common::{answering, builder, ok, transport};
use conga_api::{Api, Call, CallOptions, ErrorKind, Form, Part, Transport, operations};
use http::{HeaderName, HeaderValue, Method};
use serde_json::{Value, json};
use wiremock::{MockServer, Request};

async fn server() -> MockServer {
    answering([ok(json!({"Success": true}))]).await
}

/// Sends one call and gives the request that arrived.
async fn arrives(make: impl FnOnce(&Transport) -> Call) -> Request {
    arrives_at("", make).await
}

async fn arrives_at(base: &str, make: impl FnOnce(&Transport) -> Call) -> Request {
    let server = server().await;
    let transport = transport(&format!("{}{base}", server.uri()));
    make(&transport).send::<Value>().await.unwrap();
    server.received_requests().await.unwrap().remove(0)
}

fn values<'a>(request: &'a Request, name: &str) -> Vec<&'a str> {
    let values = request.headers.get_all(name).iter();
    values.map(|value| value.to_str().unwrap()).collect()
}

#[tokio::test]
async fn a_path_parameter_is_one_segment_whatever_it_holds() {
    let request = arrives(|to| {
        Call::new(to, &operations::data::GET_ACCOUNT).path("id", "../a/b?c#d%2F{id} é")
    })
    .await;
    assert_eq!(
        request.url.path(),
        "/api/data/v1/Account/..%2Fa%2Fb%3Fc%23d%252F%7Bid%7D%20%C3%A9"
    );
    assert_eq!(request.url.query(), None);
}

#[tokio::test]
async fn nothing_is_sent_where_a_parameter_is_no_good() {
    let server = server().await;
    let transport = transport(&server.uri());
    for call in [
        Call::new(&transport, &operations::data::GET_ACCOUNT),
        Call::new(&transport, &operations::data::GET_ACCOUNT).path("id", ".."),
        Call::new(&transport, &operations::data::GET_ACCOUNT)
            .path("id", "")
            .path("id", 1),
        transport.request(Method::GET, "no/slash"),
        transport
            .request(Method::GET, "/a")
            .header("x", "line\nbreak"),
        transport
            .request(Method::GET, "/a")
            .bytes("no media\ntype", ""),
        transport
            .request(Method::POST, "/a")
            .part("f", Part::bytes("n", "x").media_type("none")),
    ] {
        let error = call.send::<Value>().await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Request(_)), "{error:?}");
        assert_eq!(error.attempts(), 0);
        assert!(!error.may_have_been_processed() && !error.is_retryable());
    }
    assert!(server.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_path_of_the_base_address_stands_before_the_others() {
    for base in ["/proxy/conga", "/proxy/conga/"] {
        let request = arrives_at(base, |to| Call::new(to, &operations::data::LIST_ACCOUNTS)).await;
        assert_eq!(request.url.path(), "/proxy/conga/api/data/v1/Account");
    }
}

#[tokio::test]
async fn a_raw_request_goes_as_it_is() {
    let request = arrives(|to| {
        to.request(Method::PATCH, "/api/a%2Fb/{id}?x=1%2C2")
            .path("id", "7/8")
            .query("y", "a b&c")
            .header("x-own", "1")
            .json(&json!({"a": [1]}))
    })
    .await;
    assert_eq!(request.method, "PATCH");
    assert_eq!(request.url.path(), "/api/a%2Fb/7%2F8");
    assert_eq!(request.url.query(), Some("x=1%2C2&y=a+b%26c"));
    assert_eq!(values(&request, "x-own"), ["1"]);
    assert_eq!(values(&request, "content-type"), ["application/json"]);
    assert_eq!(request.body, br#"{"a":[1]}"#);
}

#[tokio::test]
async fn a_raw_request_that_fails_is_named_by_its_template() {
    let server = answering([wiremock::ResponseTemplate::new(404)]).await;
    let call = transport(&server.uri())
        .request(Method::DELETE, "/tokens/{token}?q=hunter2")
        .path("token", "hunter2");
    let error = call.send::<Value>().await.unwrap_err();
    assert_eq!(error.operation(), "DELETE /tokens/{token}");
}

#[tokio::test]
async fn an_answer_is_asked_for_in_the_operations_media_type() {
    let request = arrives(|to| Call::new(to, &operations::data::LIST_ACCOUNTS)).await;
    assert_eq!(values(&request, "accept"), ["application/json"]);
    assert!(values(&request, "user-agent")[0].starts_with("conga-rust/"));
    assert!(values(&request, "content-type").is_empty());
    let request = arrives(|to| {
        Call::new(to, &operations::document_management::DOWNLOAD_DOCUMENT).path("id", 1)
    })
    .await;
    assert_eq!(values(&request, "accept"), ["application/octet-stream"]);
}

#[tokio::test]
async fn a_post_without_a_body_says_that_it_has_none() {
    let request = arrives(|to| Call::new(to, &operations::data::CREATE_ACCOUNT)).await;
    assert_eq!(values(&request, "content-length"), ["0"]);
    assert!(request.body.is_empty());
}

#[tokio::test]
async fn headers_come_in_layers() {
    let org_type = HeaderName::from_static("orgtype");
    let server = server().await;
    let plain = transport(&server.uri());
    let salesforce = builder(&server.uri())
        .header(org_type, HeaderValue::from_static("SFDC"))
        .header(
            http::header::ACCEPT,
            HeaderValue::from_static("application/json; esl-api-version=11.21"),
        )
        .build()
        .unwrap();
    let operation = &operations::x_author::GET_ADMIN_SETTINGS;
    Call::new(&plain, operation).send::<Value>().await.unwrap();
    Call::new(&salesforce, operation)
        .send::<Value>()
        .await
        .unwrap();
    Call::new(&salesforce, operation)
        .header("OrgType", "Other")
        .send::<Value>()
        .await
        .unwrap();
    Call::new(&plain, operation)
        .with_header("orgtype", "Other")
        .send::<Value>()
        .await
        .unwrap();
    let requests = server.received_requests().await.unwrap();
    let sent: Vec<_> = requests
        .iter()
        .map(|request| values(request, "orgtype"))
        .collect();
    assert_eq!(sent, [["RLP"], ["SFDC"], ["Other"], ["Other"]]);
    assert_eq!(values(&requests[0], "accept"), ["application/json"]);
    assert_eq!(
        values(&requests[1], "accept"),
        ["application/json; esl-api-version=11.21"]
    );
}

#[tokio::test]
async fn text_is_sent_as_text() {
    let request = arrives(|to| {
        Call::new(to, &operations::salesforce_cpq_v5::CREATE_ACCESS_TOKEN).text("iv+cipher/text==")
    })
    .await;
    assert_eq!(
        values(&request, "content-type"),
        ["text/plain; charset=utf-8"]
    );
    assert_eq!(request.body, b"iv+cipher/text==");
}

#[tokio::test]
async fn a_media_type_of_the_calls_own_is_kept() {
    let request = arrives(|to| {
        to.request(Method::POST, "/a")
            .json(&7)
            .header("content-type", "application/merge-patch+json")
    })
    .await;
    assert_eq!(
        values(&request, "content-type"),
        ["application/merge-patch+json"]
    );
}

#[tokio::test]
async fn a_form_is_urlencoded_where_the_operation_wants_it() {
    let operation = &operations::sign::CREATE_OAUTH2_TOKEN;
    let request = arrives(|to| {
        Call::new(to, operation)
            .field("grant_type", "client_credentials")
            .field("client_secret", "a&b =é")
    })
    .await;
    assert_eq!(
        values(&request, "content-type"),
        ["application/x-www-form-urlencoded"]
    );
    assert_eq!(
        String::from_utf8_lossy(&request.body),
        "grant_type=client_credentials&client_secret=a%26b+%3D%C3%A9"
    );

    let transport = transport("http://127.0.0.1:9");
    let call = Call::new(&transport, operation).form(Form::new().part("f", Part::file("/nowhere")));
    let error = call.send::<Value>().await.unwrap_err();
    assert!(error.to_string().contains("`f` is a file"), "{error}");
}

#[tokio::test]
async fn a_host_that_was_not_told_is_asked_for() {
    let api = Api::new(transport("http://127.0.0.1:9"));
    let call = Call::new(
        &api.transport(operations::Host::XAuthor),
        &operations::x_author::GET_ADMIN_SETTINGS,
    );
    let error = call.send::<Value>().await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("the address of X-Author is not set"),
        "{error}"
    );
    assert!(matches!(error.kind(), ErrorKind::Request(_)));
}

#[cfg(feature = "document-management")]
#[tokio::test]
async fn a_list_in_the_query_is_repeated() {
    let server = server().await;
    let client = conga_api::document_management::Client::new(transport(&server.uri()));
    let call = client
        .upload_document()
        .object_type("Account")
        .tags(["a b", "c&d", "é"])
        .is_searchable(true);
    call.send().await.unwrap();
    let request = server.received_requests().await.unwrap().remove(0);
    assert_eq!(
        request.url.query(),
        Some("objectType=Account&tags=a+b&tags=c%26d&tags=%C3%A9&isSearchable=true")
    );
}

#[cfg(feature = "data")]
#[tokio::test]
async fn a_builder_can_be_kept_and_sent_again() {
    let server = server().await;
    let client = conga_api::data::Client::new(transport(&server.uri()));
    let list = client.list_accounts().criteria("Name = 'x'").page_size(2);
    for page in [1, 2] {
        list.clone()
            .page_number(page)
            .with_query("extra", "y")
            .send()
            .await
            .unwrap();
    }
    let requests = server.received_requests().await.unwrap();
    let queries: Vec<_> = requests
        .iter()
        .map(|request| request.url.query().unwrap())
        .collect();
    assert_eq!(
        queries,
        [
            "criteria=Name+%3D+%27x%27&pageSize=2&pageNumber=1&extra=y",
            "criteria=Name+%3D+%27x%27&pageSize=2&pageNumber=2&extra=y"
        ]
    );
}

#[cfg(feature = "salesforce-cpq-v5")]
#[tokio::test]
async fn a_service_on_salesforce_is_reached_under_its_site() {
    let server = server().await;
    let client =
        conga_api::salesforce_cpq_v5::Client::new(transport(&format!("{}/shop", server.uri())));
    client
        .get_default_account()
        .x_storefront("ECommerce")
        .send()
        .await
        .unwrap();
    let request = server.received_requests().await.unwrap().remove(0);
    assert_eq!(
        request.url.path(),
        "/shop/services/apexrest/Apttus_WebStore/apttus/v5/accounts/default"
    );
    assert_eq!(values(&request, "x-storefront"), ["ECommerce"]);
}
