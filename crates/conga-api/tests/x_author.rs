//! X-Author: a header with a default, and enumerations of numbers.

#![cfg(feature = "x-author")]
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use common::{answering, ok, transport};
use conga_api::x_author::{Client, types::OrgType};
use serde_json::json;

#[tokio::test]
async fn the_default_of_a_header_is_sent_and_can_be_overridden() {
    let server = answering([ok(json!({}))]).await;
    let client = Client::new(transport(&server.uri()));
    client.get_admin_settings().send().await.unwrap();
    let call = client.get_admin_settings().org_type("SFDC");
    call.send().await.unwrap();
    let requests = server.received_requests().await.unwrap();
    let sent = requests.iter().map(|request| &request.headers["orgtype"]);
    assert_eq!(sent.collect::<Vec<_>>(), ["RLP", "SFDC"]);
}

#[tokio::test]
async fn an_unknown_number_is_kept() {
    let values = [json!(1), json!("2"), json!(99), json!(-1), json!(null)];
    let server = answering(values.map(|value| ok(json!({"orgType": value})))).await;
    let client = Client::new(transport(&server.uri()));
    for expected in [
        Some(OrgType::Value1),
        Some(OrgType::Value2),
        Some(OrgType::Unknown(99)),
        Some(OrgType::Unknown(-1)),
        None,
    ] {
        let token = client.get_authorization_token_info().send().await.unwrap();
        assert_eq!(token.org_type, expected);
    }
}
