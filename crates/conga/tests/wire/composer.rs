//! What Composer is sent, and how its jobs are read.

use conga::{
    CallOptions,
    composer::{OutputFormat, PdfPermission, Protection, ProtectionLevel},
};
use serde_json::{Value, json};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers};

use super::{answering, client, sent};

const GENERATE: &str = "/api/ingress/v2/documents/generate";
const JOB: &str = "/api/ingress/v2/jobs/j1";

fn document() -> Value {
    json!({"id": "v1", "name": "out.pdf", "parentDocumentId": "d1", "fileType": "application/pdf", "fileSize": 1})
}

fn done() -> Value {
    json!({"id": "j1", "status": "Completed", "result": {"Documents": [document()]}})
}

/// A server that takes every job, and answers these states one after the other.
async fn composing(states: Vec<Value>) -> MockServer {
    let server = MockServer::start().await;
    let queued = json!({"statusCode": 202, "job": {"id": "j1", "status": 0}});
    Mock::given(matchers::method("POST"))
        .respond_with(ResponseTemplate::new(200).set_body_json(queued))
        .mount(&server)
        .await;
    let last = states.len() - 1;
    for (at, state) in states.into_iter().enumerate() {
        let mock = Mock::given(matchers::path(JOB))
            .respond_with(ResponseTemplate::new(200).set_body_json(state));
        let times = if at == last { u64::MAX } else { 1 };
        mock.up_to_n_times(times).mount(&server).await;
    }
    server
}

#[tokio::test]
async fn a_merge_that_began_may_be_done_whatever_its_looks_meet() {
    let server = composing(vec![json!({"id": "j1", "status": "InProgress"})]).await;
    let refused = Mock::given(matchers::path(JOB)).respond_with(ResponseTemplate::new(403));
    refused.with_priority(1).mount(&server).await;
    let composer = client(&server).composer();
    let merge = || composer.merge("t1", &json!({"Name": "Ann"}));
    let error = merge().to_pdf().await.unwrap_err();
    assert_eq!(error.status().unwrap(), 403);
    assert!(error.may_have_been_processed());
    let report = composer.merge_each("t1", [json!({"Name": "Ann"})]).await;
    let error = report.complete().unwrap_err();
    assert!(error.may_have_been_processed());

    let poller = merge().to_pdf().start().await.unwrap();
    let error = poller.await.unwrap_err();
    assert!(
        !error.may_have_been_processed(),
        "nothing but a look failed"
    );
}

#[tokio::test]
async fn a_merge_sends_the_published_request() {
    let server = composing(vec![done()]).await;
    let made = client(&server)
        .composer()
        .merge("t1", &json!({"Name": "Ann"}))
        .for_record("Agreement", "a1")
        .file_name("Offer")
        .version_of("d1")
        .culture("de-DE")
        .timezone("UTC")
        .watermark("DRAFT")
        .header("h")
        .footer("f")
        .with_query("x", 1)
        .to_pdf()
        .await
        .unwrap();
    assert_eq!((made.id.as_str(), made.file_size), ("v1", Some(1)));
    let sent = sent(&server).await;
    let body = sent[0]
        .strip_prefix(&format!("POST {GENERATE}?x=1 "))
        .unwrap();
    let body: Value = serde_json::from_str(body).unwrap();
    assert_eq!(
        body,
        json!({
            "templates": [{"id": "t1"}],
            "data": [{
                "entityId": "a1",
                "entityName": "Agreement",
                "data": r#"[{"ObjectName":"Agreement","Result":[{"Name":"Ann"}]}]"#,
            }],
            "outputConfig": {
                "outputFormat": "PDF", "fileName": "Offer", "documentId": "d1", "culture": "de-DE", "timezone": "UTC",
                "watermarkText": "DRAFT", "headerText": "h", "footerText": "f",
            },
        })
    );
    assert_eq!(sent[1..], [format!("GET {JOB}")]);
}

#[tokio::test]
async fn documents_are_converted_and_joined_by_their_ids() {
    let server = composing(vec![done()]).await;
    let composer = client(&server).composer();
    composer.convert("d1").to_docx().await.unwrap();
    let join = composer.join(["d1", "d2"]).file_name("Both");
    join.to(OutputFormat::Html).await.unwrap();
    let sent = sent(&server).await;
    let posts: Vec<&str> = sent
        .iter()
        .filter_map(|line| line.strip_prefix("POST /api/ingress/v2/documents/"))
        .collect();
    assert_eq!(
        posts,
        [
            r#"convert {"documents":[{"id":"d1"}],"outputConfig":{"outputFormat":"DOCX"}}"#,
            r#"join {"documents":[{"id":"d1"},{"id":"d2"}],"outputConfig":{"fileName":"Both","outputFormat":"HTML"}}"#,
        ]
    );
}

#[tokio::test]
async fn a_job_is_read_by_words_and_by_the_numbers_of_the_examples() {
    let result = json!({"Documents": [document()]});
    for (state, good) in [
        (json!({"status": "Completed", "result": result}), true),
        (json!({"status": 3, "result": result}), true),
        (
            json!({"status": 6, "endTime": "2026-03-01T09:30:00", "result": result}),
            true,
        ),
        (json!({"status": "Completed"}), false),
        (
            json!({"status": 5, "endTime": "2026-03-01T09:30:00Z", "errorReason": "odd"}),
            false,
        ),
        (
            json!({"status": "Failed", "errorReason": "odd", "result": result}),
            false,
        ),
        (
            json!({"status": "Stopped", "result": {"Errors": [{"message": "odd"}]}}),
            false,
        ),
    ] {
        let under_way = json!({"id": "j1", "status": 0, "result": null});
        let server = composing(vec![under_way, state.clone()]).await;
        let poller = client(&server).composer().convert("d1").to_pdf().start();
        let poller = poller.await.unwrap();
        let outcome = poller.first_wait(std::time::Duration::from_millis(1)).await;
        assert_eq!(outcome.is_ok(), good, "{state} {outcome:?}");
        if let (Err(error), true) = (&outcome, state.to_string().contains("odd")) {
            assert_eq!(error.messages(), ["odd"]);
        }
    }
}

#[tokio::test]
async fn an_answer_without_a_job_is_an_error_that_has_it_whole() {
    let (_server, client) = answering(200, json!({"isError": true, "message": "no"})).await;
    let error = client.composer().convert("d1").to_pdf().await.unwrap_err();
    assert!(error.to_string().contains("names no job"), "{error}");
    assert!(error.body().unwrap().text().contains("\"no\""));
}

#[tokio::test]
async fn a_row_whose_job_failed_is_submitted_again() {
    let failed = json!({"id": "j1", "status": "Failed", "errorReason": "busy"});
    let server = composing(vec![failed, done()]).await;
    let report = client(&server)
        .composer()
        .merge_each("t1", [json!({"Name": "Ann"})])
        .await;
    assert_eq!(report.rows[0].submissions, 2);
    assert_eq!(report.complete().unwrap().len(), 1);
}

#[tokio::test]
async fn rows_that_have_their_documents_are_not_forgotten_where_another_failed() {
    let failed = || json!({"id": "j1", "status": "Failed", "errorReason": "odd"});
    for (second, may_be_done) in [(failed(), false), (done(), true)] {
        let server = composing(vec![failed(), second]).await;
        let rows = [json!({"Name": "Ann"}), json!({"Name": "Bob"})];
        let merge = client(&server).composer().merge_each("t1", rows);
        let report = merge.submissions(1).concurrency(1).await;
        let error = report.complete().unwrap_err();
        assert_eq!(error.messages(), ["odd"]);
        assert_eq!(error.may_have_been_processed(), may_be_done, "{error}");
    }
}

#[tokio::test]
async fn a_document_is_protected_by_its_id() {
    let server = composing(vec![done()]).await;
    let composer = client(&server).composer();
    let pdf = Protection::pdf([PdfPermission::Printing]).password("hunter2");
    let made = composer.protect("d1", pdf).await.unwrap();
    assert_eq!(made.id, "v1");
    let word = Protection::word(ProtectionLevel::Comments);
    composer.protect("d2", word).await.unwrap();
    let sent = sent(&server).await;
    let posts: Vec<&str> = sent
        .iter()
        .filter_map(|line| line.strip_prefix("POST /api/ingress/v2/documents/"))
        .collect();
    assert_eq!(
        posts,
        [
            r#"protect {"documents":[{"id":"d1"}],"pdfProtectionConfig":{"allowPrinting":true,"ownerPassword":"hunter2"}}"#,
            r#"protect {"documents":[{"id":"d2"}],"wordProtectionConfig":{"restrictionType":"AllowOnlyComments"}}"#,
        ]
    );
}
