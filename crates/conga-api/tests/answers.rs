//! Answers that are not quite what the reference says, through generated operations.

#![cfg(all(feature = "data", feature = "email"))]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

mod common;

use common::{answering, ok, transport};
use conga_api::{CallOptions, ErrorKind, Message, data, email};
use serde_json::json;
use wiremock::{MockServer, ResponseTemplate};

fn accounts(server: &MockServer) -> data::Client {
    data::Client::new(transport(&server.uri()))
}

fn mails(server: &MockServer) -> email::Client {
    email::Client::new(transport(&server.uri()))
}

fn html(status: u16) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_raw("<html>no JSON here</html>", "text/html")
}

#[tokio::test]
async fn no_content_is_an_empty_answer() {
    let server = answering([ResponseTemplate::new(204)]).await;
    let client = accounts(&server);
    let list = client.list_accounts().send().await.unwrap();
    assert_eq!(list.status(), 204);
    assert!(list.data.is_none() && list.errors.is_empty());
    let anything = client.get_account("1").send().await.unwrap();
    assert!(anything.is_null());
    let bytes = client
        .list_accounts()
        .call_mut()
        .clone()
        .send_raw()
        .await
        .unwrap();
    assert!(bytes.is_empty());
}

#[tokio::test]
async fn another_success_status_is_a_success() {
    for status in [200, 201, 202, 207] {
        let answer =
            ResponseTemplate::new(status).set_body_json(json!({"Success": true, "Data": true}));
        let server = answering([answer]).await;
        let deleted = accounts(&server).delete_account("1").send().await.unwrap();
        assert_eq!(deleted.status(), status);
        assert_eq!(deleted.data, Some(true));
    }
}

#[tokio::test]
async fn unknown_values_and_fields_do_not_cost_the_answer() {
    let server = answering([ok(json!({
        "Success": true,
        "Brand": "new",
        "StatusCode": 200,
        "Warnings": ["slow"],
        "Data": {
            "Jobs": [{"JobId": "b", "EmailStatusDetails": {
                "Status": "Teleported",
                "Events": [{"Event": "Processed", "Sequel": {"a": 1}}, {"Event": "Vanished"}, {"Event": 7}, {"Event": null}],
            }}],
        },
    }))])
    .await;
    let answer = mails(&server).query_email_statuses().send().await.unwrap();
    assert_eq!(answer.status_code.as_deref(), Some("200"));
    assert_eq!(answer.warnings[0].text(), Some("slow"));
    let shown = format!("{:?}", answer.data);
    for value in [
        r#"Unknown("Teleported")"#,
        "Some(Processed)",
        r#"Unknown("Vanished")"#,
        r#"Unknown("7")"#,
    ] {
        assert!(shown.contains(value), "{value} in {shown}");
    }
}

#[tokio::test]
async fn null_is_no_list() {
    let server = answering([
        ok(json!({"Success": true, "Data": null, "Errors": null, "Warnings": null})),
        ok(json!({"Success": true, "Data": {"Jobs": null}})),
        ok(json!(null)),
    ])
    .await;
    let list = accounts(&server).list_accounts().send().await.unwrap();
    assert!(list.data.is_none());
    let statuses = mails(&server).query_email_statuses().send().await.unwrap();
    assert!(statuses.data.clone().unwrap().jobs.is_none());
    let list = accounts(&server).list_accounts().send().await.unwrap();
    assert!(list.success.is_none());
}

#[tokio::test]
async fn an_html_error_is_an_error_with_its_page() {
    let server = answering([html(502)]).await;
    let error = accounts(&server).create_account().send().await.unwrap_err();
    assert_eq!(error.status().unwrap(), 502);
    assert_eq!(error.operation(), "data/create_account");
    assert_eq!(error.attempts(), 1);
    assert!(error.messages().is_empty() && error.code().is_none());
    assert!(error.body().unwrap().text().contains("no JSON here"));
    assert!(!format!("{error} {error:?}").contains("no JSON here"));
    assert!(error.may_have_been_processed() && error.is_retryable());
}

#[tokio::test]
async fn an_empty_error_is_an_error() {
    let server = answering([ResponseTemplate::new(500).insert_header("x-request-id", "r-1")]).await;
    let error = accounts(&server).get_account("1").send().await.unwrap_err();
    assert_eq!(error.status().unwrap(), 500);
    assert_eq!(error.request_id(), Some("r-1"));
    assert_eq!(error.attempts(), 1, "a 500 does not pass");
    assert!(error.messages().is_empty());
    assert!(
        error
            .to_string()
            .starts_with("data/get_account: the server answered 500")
    );
}

#[tokio::test]
async fn success_false_is_an_error_whatever_the_status() {
    let body = json!({"Success": false, "Data": null, "Errors": [{"Message": "Name is required"}], "StatusCode": "BadRequest"});
    let server = answering([ok(body)]).await;
    let client = accounts(&server);
    for error in [
        client.list_accounts().send().await.unwrap_err(),
        client
            .list_accounts()
            .send_as::<serde_json::Value>()
            .await
            .unwrap_err(),
        client
            .list_accounts()
            .call_mut()
            .clone()
            .send_raw()
            .await
            .unwrap_err(),
        client
            .list_accounts()
            .call_mut()
            .clone()
            .stream()
            .await
            .unwrap_err(),
    ] {
        assert!(matches!(error.kind(), ErrorKind::Status(_)));
        assert_eq!(error.status().unwrap(), 200);
        assert_eq!(error.messages(), ["Name is required"]);
        assert_eq!(error.attempts(), 1);
        assert!(!error.is_retryable() && !error.may_have_been_processed());
    }
}

#[tokio::test]
async fn errors_of_rows_do_not_fail_the_call() {
    let server = answering([ok(json!({
        "Success": true,
        "Data": ["1"],
        "Errors": [{"Message": "row 2", "Success": false}],
    }))])
    .await;
    let made = accounts(&server)
        .bulk_create_accounts()
        .body(&[])
        .send()
        .await
        .unwrap();
    assert_eq!(
        made.errors
            .iter()
            .filter_map(Message::text)
            .collect::<Vec<_>>(),
        ["row 2"]
    );
}

#[tokio::test]
async fn an_answer_of_another_type_names_the_place_and_keeps_the_body() {
    let raw = r#"{"Success":true,"Data":[{"Name":"x"},"123-45-6789"]}"#;
    let server =
        answering([ResponseTemplate::new(200).set_body_raw(raw, "application/json")]).await;
    let client = accounts(&server);
    let error = client.list_accounts().send().await.unwrap_err();
    let ErrorKind::Decode { problem, .. } = error.kind() else {
        panic!("{error:?}");
    };
    assert!(
        problem.starts_with("at `Data[1]`: invalid type"),
        "{problem}"
    );
    assert!(!format!("{error} {error:?}").contains("123-45"), "{error}");
    assert_eq!(error.body().unwrap().text(), raw);
    assert_eq!(error.attempts(), 1);
    assert!(error.may_have_been_processed() && !error.is_retryable());
    let anything = client
        .list_accounts()
        .send_as::<serde_json::Value>()
        .await
        .unwrap();
    assert_eq!(anything["Data"][1], "123-45-6789");
}

#[tokio::test]
async fn truncated_json_is_an_error() {
    let server = answering([ResponseTemplate::new(200)
        .set_body_raw(r#"{"Success":true,"Data":[{"Na"#, "application/json")])
    .await;
    let error = accounts(&server).list_accounts().send().await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Decode { .. }));
    assert!(error.to_string().contains("EOF"), "{error}");
}

#[tokio::test]
async fn a_page_instead_of_json_is_an_error_that_says_so() {
    let server = answering([html(200)]).await;
    let error = accounts(&server).get_account("1").send().await.unwrap_err();
    assert!(
        error.to_string().contains("(200 OK, text/html, 25 bytes)"),
        "{error}"
    );
}

#[tokio::test]
async fn plain_text_is_a_string() {
    let server = answering([ResponseTemplate::new(200).set_body_string("deleted")]).await;
    let answer = accounts(&server).get_account("1").send().await.unwrap();
    assert_eq!(*answer, "deleted");
}

#[tokio::test]
async fn a_response_has_status_headers_and_value() {
    let answer = ok(json!({"Data": "7"}))
        .insert_header("x-correlation-id", "c-1")
        .insert_header("set-cookie", "hunter2");
    let server = answering([answer]).await;
    let made = accounts(&server).create_account().send().await.unwrap();
    assert_eq!(made.request_id(), Some("c-1"));
    assert_eq!(made.headers()["set-cookie"], "hunter2");
    assert!(!format!("{made:?}").contains("hunter2"));
    assert_eq!(made.map(|made| made.data.unwrap()).into_inner(), "7");
}
