use conga::{By, records::BulkData};
use serde::Deserialize;
use serde_json::{Value, json};
use wiremock::{Mock, MockServer, Request, ResponseTemplate, matchers};

use super::{answering, client, envelope, sent};

pub(super) fn rows(count: usize) -> Vec<Value> {
    (0..count)
        .map(|row| json!({"Id": format!("r{row}")}))
        .collect()
}

/// Answers with the ids of the rows that came.
pub(super) fn echo(request: &Request) -> ResponseTemplate {
    let rows: Vec<Value> = request.body_json().unwrap();
    ResponseTemplate::new(201).set_body_json(envelope(
        rows.into_iter().map(|row| row["Id"].clone()).collect(),
    ))
}

#[tokio::test]
async fn rows_go_in_chunks_and_come_back_as_ids() {
    let server = MockServer::start().await;
    Mock::given(matchers::any())
        .respond_with(echo)
        .mount(&server)
        .await;
    let records = rows(450);
    let report = client(&server)
        .records("Contact")
        .bulk_create(&records)
        .await;
    assert_eq!(
        report
            .chunks
            .iter()
            .map(|chunk| chunk.rows.clone())
            .collect::<Vec<_>>(),
        [0..200, 200..400, 400..450]
    );
    assert!(report.unsent.is_empty() && report.failures().count() == 0);
    assert_eq!(
        report.ids().collect::<Vec<_>>(),
        records
            .iter()
            .map(|row| row["Id"].as_str().unwrap())
            .collect::<Vec<_>>()
    );
    assert_eq!(report.complete().unwrap().len(), 3);
    let paths: Vec<String> = sent(&server)
        .await
        .iter()
        .map(|line| line[..line.find('[').unwrap()].to_owned())
        .collect();
    assert_eq!(paths, ["POST /api/data/v1/Contact/bulk "; 3]);
}

#[tokio::test]
async fn every_verb_has_its_request() {
    let (server, client) = answering(200, envelope(json!("done"))).await;
    let widgets = client.records("Widget_c");
    let row = [json!({"Id": "1"})];
    let _ = widgets.bulk_create(&row).await;
    let _ = widgets
        .bulk_update(By::ExternalId, &row)
        .optimistic_locking()
        .await;
    let _ = widgets.bulk_upsert(By::Id, &row).await;
    let _ = widgets.bulk_delete(By::Id, &["1"]).await;
    let _ = widgets
        .bulk_delete(By::ExternalId, &["x".to_owned(), "y".to_owned()])
        .hard()
        .with_status()
        .chunk_size(1)
        .await;
    let root = "/api/data/v1/custom-objects/Widget_c/bulk";
    assert_eq!(
        sent(&server).await,
        [
            format!(r#"POST {root} [{{"Id":"1"}}]"#),
            format!(
                r#"PUT {root}?UpdateByField=ExternalId&EnforceOptimisticLocking=true [{{"Id":"1"}}]"#
            ),
            format!(r#"PATCH {root}?UpdateByField=Id [{{"Id":"1"}}]"#),
            format!(r#"DELETE {root}?DeleteByField=Id&DeleteBehaviour=SoftDelete ["1"]"#),
            format!(
                r#"DELETE {root}?DeleteByField=ExternalId&DeleteBehaviour=HardDelete&IncludeDeleteResultStatus=true ["x"]"#
            ),
            format!(
                r#"DELETE {root}?DeleteByField=ExternalId&DeleteBehaviour=HardDelete&IncludeDeleteResultStatus=true ["y"]"#
            ),
        ]
    );
}

#[tokio::test]
async fn an_answer_is_kept_whatever_its_shape() {
    for (body, expected) in [
        (
            envelope(json!(["1", "2"])),
            Some(BulkData::Ids(vec!["1".into(), "2".into()])),
        ),
        (envelope(json!([])), Some(BulkData::Ids(vec![]))),
        (
            envelope(json!("Deleted: 1, 2")),
            Some(BulkData::Text("Deleted: 1, 2".into())),
        ),
        (envelope(json!(null)), None),
        (json!({}), None),
        (
            envelope(json!([{"Row": 1}])),
            Some(BulkData::Other(json!([{"Row": 1}]))),
        ),
    ] {
        let (_server, client) = answering(200, body).await;
        let report = client
            .records("Account")
            .bulk_update(By::Id, &rows(2))
            .await;
        let mut answers = report.complete().unwrap();
        assert_eq!(answers.pop().unwrap().data, expected);
    }
}

#[tokio::test]
async fn faults_of_rows_and_warnings_stay_with_their_chunk() {
    let body = json!({"Success": true, "Data": ["1"], "Errors": [{"Message": "row 2: Name is required"}], "Warnings": ["slow"]});
    let (_server, client) = answering(207, body).await;
    let report = client.records("Account").bulk_create(&rows(2)).await;
    let answer = report.chunks[0].result.as_ref().unwrap();
    assert_eq!(answer.errors[0].text(), Some("row 2: Name is required"));
    assert_eq!(answer.warnings[0].text(), Some("slow"));
}

#[tokio::test]
async fn records_are_read_where_they_are_asked_for() {
    #[derive(Debug, PartialEq, Deserialize)]
    struct Row {
        #[serde(rename = "Id")]
        id: String,
    }
    let (server, client) = answering(200, envelope(json!([{"Id": "1"}, {"Id": "2"}]))).await;
    let accounts = client.records("Account").typed::<Row>();
    let answers = accounts
        .bulk_upsert(By::Id, &rows(2))
        .chunk_size(2)
        .returning_records()
        .await
        .complete()
        .unwrap();
    assert_eq!(
        answers[0].data,
        Some(vec![Row { id: "1".into() }, Row { id: "2".into() }])
    );
    assert!(
        sent(&server).await[0].contains("UpdateByField=Id&IncludeRecordPayloadInResponse=true")
    );

    let (_server, client) = answering(200, envelope(json!("2 records"))).await;
    let report = client
        .records("Account")
        .typed::<Row>()
        .bulk_create(&rows(2))
        .returning_records()
        .await;
    let (_, error) = report.failures().next().unwrap();
    assert!(error.may_have_been_processed());
    assert_eq!(error.body().unwrap().json().unwrap()["Data"], "2 records");
}

#[tokio::test]
async fn refused_rows_do_not_stop_the_rest() {
    let server = MockServer::start().await;
    let refused = json!({"Success": false, "Errors": [{"Message": "row 1: unknown field"}], "StatusCode": "BadRequest"});
    Mock::given(matchers::body_string_contains("r1"))
        .respond_with(ResponseTemplate::new(400).set_body_json(refused))
        .mount(&server)
        .await;
    Mock::given(matchers::any())
        .respond_with(echo)
        .with_priority(9)
        .mount(&server)
        .await;
    let report = client(&server)
        .records("Account")
        .bulk_create(&rows(3))
        .chunk_size(1)
        .await;
    let failures: Vec<_> = report
        .failures()
        .map(|(rows, error)| (rows.clone(), error.messages()))
        .collect();
    assert_eq!(failures, [(1..2, vec!["row 1: unknown field".to_owned()])]);
    assert_eq!(report.ids().collect::<Vec<_>>(), ["r0", "r2"]);
    assert!(report.unsent.is_empty());
    assert!(report.complete().is_err());
}

#[tokio::test]
async fn a_failure_of_the_way_ends_the_run_and_tells_what_was_not_sent() {
    for status in [401, 403, 429, 500, 502, 503] {
        let server = MockServer::start().await;
        Mock::given(matchers::body_string_contains("r2"))
            .respond_with(ResponseTemplate::new(status))
            .mount(&server)
            .await;
        Mock::given(matchers::any())
            .respond_with(echo)
            .with_priority(9)
            .mount(&server)
            .await;
        let report = client(&server)
            .records("Account")
            .bulk_create(&rows(7))
            .chunk_size(2)
            .await;
        assert_eq!(
            report
                .chunks
                .iter()
                .map(|chunk| chunk.result.is_ok())
                .collect::<Vec<_>>(),
            [true, false],
            "{status}"
        );
        assert_eq!(report.unsent, 4..7, "{status}");
        assert_eq!(sent(&server).await.len(), 2, "{status}");
    }
}

#[tokio::test]
async fn nothing_to_send_is_nothing_sent() {
    let (server, client) = answering(200, envelope(json!([]))).await;
    let report = client
        .records("Account")
        .bulk_create::<Value>(&[])
        .chunk_size(0)
        .await;
    assert!(report.chunks.is_empty() && report.unsent.is_empty());
    assert!(report.complete().unwrap().is_empty());
    assert!(sent(&server).await.is_empty());
}
