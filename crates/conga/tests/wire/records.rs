use conga::{ApiResponse, By, CallOptions, Error, Record, records::BulkData};
use conga_api::ErrorKind;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use wiremock::ResponseTemplate;

use super::{answering, answering_with, envelope, sent};

#[derive(Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Account {
    id: String,
    name: Option<String>,
}

#[tokio::test]
async fn create_gives_the_new_id() {
    for data in [json!("new-id"), json!({"Id": "new-id", "Name": "Acme"})] {
        let (server, client) = answering(201, envelope(data)).await;
        let id = client
            .records("Account")
            .create(&json!({"Name": "Acme"}))
            .await
            .unwrap();
        assert_eq!(id, "new-id");
        assert_eq!(
            sent(&server).await,
            [r#"POST /api/data/v1/Account {"Name":"Acme"}"#]
        );
        let request = &server.received_requests().await.unwrap()[0];
        assert_eq!(request.headers["authorization"], "Bearer token");
        assert_eq!(request.headers["content-type"], "application/json");
        assert_eq!(request.headers["accept"], "application/json");
    }
}

#[tokio::test]
async fn create_gives_the_record_where_it_is_asked_for() {
    let (server, client) = answering(
        201,
        envelope(json!({"Id": "1", "Name": "Acme", "Extra": 1})),
    )
    .await;
    let accounts = client.records("Account").typed::<Account>();
    let account = accounts
        .create(&Account {
            id: "1".into(),
            name: Some("Acme".into()),
        })
        .returning_record()
        .await
        .unwrap();
    assert_eq!(
        account,
        Account {
            id: "1".into(),
            name: Some("Acme".into())
        }
    );
    assert_eq!(
        sent(&server).await,
        [
            r#"POST /api/data/v1/Account?IncludeRecordPayloadInResponse=true {"Id":"1","Name":"Acme"}"#
        ]
    );
}

#[tokio::test]
async fn create_without_an_id_in_the_answer_is_an_error_that_has_the_answer() {
    for data in [
        json!(null),
        json!(""),
        json!({"Name": "Acme"}),
        json!(["a"]),
        json!(5),
    ] {
        let answer = envelope(data);
        let (_server, client) = answering(201, answer.clone()).await;
        let error = client
            .records("Account")
            .create(&json!({}))
            .await
            .unwrap_err();
        assert!(error.may_have_been_processed(), "{error}");
        assert_eq!(error.body().unwrap().json(), Some(answer));
    }
    let (_server, client) = answering_with(ResponseTemplate::new(204)).await;
    assert!(client.records("Account").create(&json!({})).await.is_err());
}

#[tokio::test]
async fn get_gives_a_map_or_a_type() {
    let (server, client) = answering(
        200,
        envelope(json!({"Id": "1", "Name": null, "Tier_c": {"a": 1}})),
    )
    .await;
    let map: Record = client.records("Account").get("1").await.unwrap();
    assert_eq!(map["Tier_c"], json!({"a": 1}));
    let accounts = client.records("Account").typed::<Account>();
    assert_eq!(
        accounts.get("a/b c").await.unwrap(),
        Account {
            id: "1".into(),
            name: None
        }
    );
    let answer = accounts.get_by_external_id("x?1").send().await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.id.as_str()), (200, "1"));
    assert_eq!(
        sent(&server).await,
        [
            "GET /api/data/v1/Account/1",
            "GET /api/data/v1/Account/a%2Fb%20c",
            "GET /api/data/v1/Account/by-externalId/x%3F1"
        ]
    );
}

#[tokio::test]
async fn a_record_that_is_not_there_is_told_apart() {
    let (_server, client) =
        answering(404, json!({"Success": false, "Data": null, "Errors": [{"Message": "no Account has the Id 'secret'"}]})).await;
    let error = client.records("Account").get("secret").await.unwrap_err();
    assert!(error.is_not_found() && !error.is_retryable());
    assert_eq!(error.messages(), ["no Account has the Id 'secret'"]);
    let shown = format!("{error} {error:?}");
    assert!(!shown.contains("secret"), "{shown}");
    assert!(error.operation().unwrap().starts_with("data/"), "{shown}");
}

#[tokio::test]
async fn an_answer_without_the_record_is_an_error_that_has_it_whole() {
    for answer in [
        envelope(json!(null)),
        envelope(json!("gone")),
        envelope(json!([])),
        json!({"Id": "1"}),
        json!("gone"),
    ] {
        let (_server, client) = answering(200, answer.clone()).await;
        let error = client.records("Account").get("1").await.unwrap_err();
        assert!(
            matches!(error.call().unwrap().kind(), ErrorKind::Decode { .. }),
            "{answer}: {error}"
        );
        assert_eq!(error.body().unwrap().json(), Some(answer));
    }
    let (_server, client) = answering_with(ResponseTemplate::new(204)).await;
    let error = client.records("Account").get("1").await.unwrap_err();
    assert_eq!(error.status().unwrap(), 204);
}

#[tokio::test]
async fn update_sets_fields_and_gives_the_record_where_asked() {
    let (server, client) = answering(200, envelope(json!({"Id": "1", "Name": "New"}))).await;
    let accounts = client.records("Account").typed::<Account>();
    let changes = json!({"Name": "New", "Phone": null});
    accounts.update("1", &changes).await.unwrap();
    let account = accounts
        .update_by_external_id("x", &changes)
        .optimistic_locking()
        .returning_record()
        .await
        .unwrap();
    assert_eq!(account.name.as_deref(), Some("New"));
    assert_eq!(
        sent(&server).await,
        [
            r#"PUT /api/data/v1/Account/1 {"Name":"New","Phone":null}"#,
            r#"PUT /api/data/v1/Account/by-externalId/x?EnforceOptimisticLocking=true&IncludeRecordPayloadInResponse=true {"Name":"New","Phone":null}"#,
        ]
    );
}

#[tokio::test]
async fn update_and_delete_take_any_success() {
    let answers = [
        ResponseTemplate::new(204),
        ResponseTemplate::new(200),
        ResponseTemplate::new(200).set_body_json(envelope(json!(null))),
        ResponseTemplate::new(200).set_body_json(envelope(json!("Record updated"))),
        ResponseTemplate::new(202).set_body_json(envelope(json!(true))),
    ];
    for answer in answers {
        let (_server, client) = answering_with(answer).await;
        client
            .records("Account")
            .update("1", &json!({}))
            .await
            .unwrap();
        client.records("Account").delete("1").await.unwrap();
    }
}

#[tokio::test]
async fn a_page_of_html_is_no_success() {
    let page = ResponseTemplate::new(200).set_body_raw("<html>Sign in</html>", "text/html");
    let (_server, client) = answering_with(page).await;
    let accounts = client.records("Account");
    for error in [
        accounts.update("1", &json!({})).await.unwrap_err(),
        accounts.delete("1").await.unwrap_err(),
        accounts.create(&json!({})).await.unwrap_err(),
        accounts.list().page(1).await.unwrap_err(),
    ] {
        assert_eq!(
            error.body().unwrap().text(),
            "<html>Sign in</html>",
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_bad_gateway_is_an_error_with_its_page() {
    let page = ResponseTemplate::new(502).set_body_raw("<html>502 Bad Gateway</html>", "text/html");
    let (server, client) = answering_with(page).await;
    let error = client
        .records("Account")
        .create(&json!({"Name": "x"}))
        .await
        .unwrap_err();
    assert_eq!(error.status().unwrap(), 502);
    assert!(error.is_retryable() && error.may_have_been_processed());
    assert!(error.body().unwrap().text().contains("Bad Gateway"));
    assert_eq!(sent(&server).await.len(), 1);
}

#[tokio::test]
async fn success_false_in_a_200_is_an_error() {
    let (_server, client) =
        answering(200, json!({"Success": false, "Data": "1", "Errors": [{"Message": "Name is required"}], "StatusCode": "BadRequest"}))
            .await;
    let accounts = client.records("Account");
    for error in [
        accounts.create(&json!({})).await.unwrap_err(),
        accounts.update("1", &json!({})).await.unwrap_err(),
        accounts.delete("1").await.unwrap_err(),
        accounts.upsert(By::Id, &json!({})).await.unwrap_err(),
    ] {
        assert_eq!(error.messages(), ["Name is required"]);
    }
}

#[tokio::test]
async fn delete_is_soft_unless_told_otherwise() {
    let (server, client) = answering(200, envelope(json!(true))).await;
    let accounts = client.records("Account");
    accounts.delete("1").await.unwrap();
    accounts.delete("1").hard().await.unwrap();
    accounts.delete_by_external_id("x").hard().await.unwrap();
    assert_eq!(
        sent(&server).await,
        [
            "DELETE /api/data/v1/Account/1?deleteBehaviour=SoftDelete",
            "DELETE /api/data/v1/Account/1?deleteBehaviour=HardDelete",
            "DELETE /api/data/v1/Account/by-externalId/x?deleteBehaviour=HardDelete",
        ]
    );
}

#[tokio::test]
async fn delete_that_deleted_nothing_is_an_error() {
    let (_server, client) = answering(200, envelope(json!(false))).await;
    let error = client.records("Account").delete("1").await.unwrap_err();
    assert!(error.to_string().contains("nothing was deleted"), "{error}");
}

#[tokio::test]
async fn upsert_is_the_bulk_operation_with_one_row() {
    let (server, client) = answering(200, envelope(json!(["1"]))).await;
    let accounts = client.records("Account");
    let answer = accounts
        .upsert(By::ExternalId, &json!({"ExternalId": "x", "Name": "Acme"}))
        .await
        .unwrap();
    assert_eq!(answer.data.unwrap().ids(), Some(vec!["1"]));
    accounts
        .upsert(By::Id, &json!({"Id": "1"}))
        .optimistic_locking()
        .await
        .unwrap();
    assert_eq!(
        sent(&server).await,
        [
            r#"PATCH /api/data/v1/Account/bulk?UpdateByField=ExternalId [{"ExternalId":"x","Name":"Acme"}]"#,
            r#"PATCH /api/data/v1/Account/bulk?UpdateByField=Id&EnforceOptimisticLocking=true [{"Id":"1"}]"#,
        ]
    );
}

#[tokio::test]
async fn upsert_gives_the_record_alone_or_in_a_list() {
    for data in [
        json!([{"Id": "1", "Name": "Acme"}]),
        json!({"Id": "1", "Name": "Acme"}),
    ] {
        let (_server, client) = answering(200, envelope(data)).await;
        let accounts = client.records("Account").typed::<Account>();
        let account = accounts
            .upsert(By::Id, &json!({"Id": "1"}))
            .returning_record()
            .await
            .unwrap();
        assert_eq!(account.id, "1");
    }
    for data in [
        json!([]),
        json!([{"Id": "1"}, {"Id": "2"}]),
        json!(null),
        json!("1 record upserted"),
    ] {
        let (_server, client) = answering(200, envelope(data)).await;
        let accounts = client.records("Account").typed::<Account>();
        assert!(
            accounts
                .upsert(By::Id, &json!({"Id": "1"}))
                .returning_record()
                .await
                .is_err()
        );
    }
}

#[tokio::test]
async fn upsert_gives_whatever_the_answer_holds() {
    for (data, expected) in [
        (
            json!("1 record upserted"),
            Some(BulkData::Text("1 record upserted".into())),
        ),
        (json!(null), None),
        (
            json!({"Created": ["1"]}),
            Some(BulkData::Other(json!({"Created": ["1"]}))),
        ),
        (
            json!([{"Id": "1"}, {"Id": 2}]),
            Some(BulkData::Other(json!([{"Id": "1"}, {"Id": 2}]))),
        ),
    ] {
        let (_server, client) = answering(200, envelope(data)).await;
        let answer = client
            .records("Account")
            .upsert(By::Id, &json!({}))
            .await
            .unwrap();
        assert_eq!(answer.data, expected);
    }
    let (_server, client) = answering_with(ResponseTemplate::new(204)).await;
    assert_eq!(
        client
            .records("Account")
            .upsert(By::Id, &json!({}))
            .await
            .unwrap()
            .data,
        None
    );
}

#[tokio::test]
async fn other_objects_are_custom_ones() {
    let (server, client) = answering(200, envelope(json!({"Id": "1"}))).await;
    for object in ["Contact", "Opportunity", "Widget_c"] {
        client.records(object).get("1").await.unwrap();
    }
    let widgets = client.records("Widget_c").typed::<Value>();
    widgets.get_by_external_id("x").await.unwrap();
    widgets.query().page().await.unwrap_err();
    assert_eq!(
        sent(&server).await,
        [
            "GET /api/data/v1/Contact/1",
            "GET /api/data/v1/Opportunity/1",
            "GET /api/data/v1/custom-objects/Widget_c/1",
            "GET /api/data/v1/custom-objects/Widget_c/by-externalId/x",
            r#"POST /api/data/v1/custom-objects/query/Widget_c {"ObjectName":"Widget_c"}"#,
        ]
    );
}

#[tokio::test]
async fn a_call_takes_options_and_other_types() {
    let (server, client) = answering(
        201,
        json!({"Success": true, "Data": "1", "Warnings": [{"Message": "Name was cut"}]}),
    )
    .await;
    let call = client
        .records("Account")
        .create(&json!({}))
        .with_header("x-trace", "abc")
        .with_query("preview", true);
    let answer = call.send_as::<ApiResponse<String>>().await.unwrap();
    assert_eq!(answer.warnings[0].text(), Some("Name was cut"));
    let request = &server.received_requests().await.unwrap()[0];
    assert_eq!(request.headers["x-trace"], "abc");
    assert_eq!(request.url.query(), Some("preview=true"));
}

#[tokio::test]
async fn what_cannot_be_sent_is_told_and_not_sent() {
    let (server, client) = answering(200, envelope(json!({}))).await;
    for error in [
        client.records("Account").get("").await.unwrap_err(),
        client.records("").get("1").await.unwrap_err(),
        client.records("Account").get("..").await.unwrap_err(),
    ] {
        assert!(
            matches!(&error, Error::Call(call) if matches!(call.kind(), ErrorKind::Request(_))),
            "{error}"
        );
        assert!(!error.may_have_been_processed());
    }
    assert!(sent(&server).await.is_empty());
}
