//! What uploads send, and how downloads are checked.

use conga::{CallOptions, Content, RetryPolicy};
use serde_json::{Value, json};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers};

use super::{answering, answering_with, client, envelope, sent};

const PATH: &str = "/api/document-management/v1/documents";

fn version(id: &str) -> Value {
    json!({"Id": id, "DocumentId": "d/1", "Name": "a.pdf", "FileSize": 3, "Region_c": "EMEA"})
}

#[tokio::test]
async fn an_upload_at_once_is_a_form_and_its_metadata_are_the_query() {
    let (server, client) = answering(200, envelope(version("v1"))).await;
    let uploaded = client
        .documents()
        .upload("a.pdf", "abc")
        .attached_to("Agreement", "a 1")
        .version_of("d/1")
        .version_id("v1")
        .description("x&y")
        .tags(["one", "two"])
        .checked_out_by("ann")
        .checked_out_since("2026-03-01T09:30:00Z")
        .searchable(false)
        .custom_properties(json!({"Region_c": "EMEA"}).as_object().unwrap().clone())
        .await
        .unwrap();
    assert_eq!(uploaded.other["Region_c"], "EMEA");
    let requests = server.received_requests().await.unwrap();
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].url.path(), format!("{PATH}/upload"));
    let mut query: Vec<(String, String)> = requests[0].url.query_pairs().into_owned().collect();
    query.sort();
    let pairs: Vec<(&str, &str)> = query
        .iter()
        .map(|(k, v)| (k.as_str(), v.as_str()))
        .collect();
    assert_eq!(
        pairs,
        [
            ("checkoutBy", "ann"),
            ("checkoutDate", "2026-03-01T09:30:00Z"),
            ("description", "x&y"),
            ("documentId", "d/1"),
            ("isSearchable", "false"),
            ("newVersionId", "v1"),
            ("objectId", "a 1"),
            ("objectType", "Agreement"),
            ("tags", "one"),
            ("tags", "two"),
        ]
    );
    let form = String::from_utf8_lossy(&requests[0].body).into_owned();
    assert!(form.contains(r#"name="file"; filename="a.pdf""#), "{form}");
    assert!(form.contains("\r\n\r\nabc\r\n"), "{form}");
    assert!(form.contains(r#"{"Region_c":"EMEA"}"#), "{form}");
}

/// A server of uploads in parts.
async fn store() -> MockServer {
    let server = MockServer::start().await;
    let at = |method: &str, path: &str, data: Value| {
        Mock::given(matchers::method(method))
            .and(matchers::path(path))
            .respond_with(ResponseTemplate::new(200).set_body_json(envelope(data)))
    };
    let started = json!({"UploadId": "u1", "Key": "k/1", "Metadata": version("v7")});
    let part = json!({"ETag": "e", "PartNumber": 1});
    let parts = format!("{PATH}/d%2F1/multipart-uploads");
    let versions = json!([version("v6"), version("v7")]);
    for mock in [
        at("POST", &format!("{PATH}/multipart-uploads"), started),
        at("PUT", &parts, part),
        at("POST", &parts, json!("anything")),
        at("GET", &format!("{PATH}/d%2F1/versions"), versions),
    ] {
        mock.mount(&server).await;
    }
    server
}

#[tokio::test]
async fn an_upload_in_parts_starts_puts_completes_and_asks_for_its_version() {
    let server = store().await;
    let uploaded = client(&server)
        .documents()
        .upload("a.pdf", Content::reader(&b"0123456789"[..]))
        .part_size(4)
        .description("x")
        .await
        .unwrap();
    assert_eq!(uploaded.id, "v7");
    let query = "key=k%2F1&uploadId=u1&partNumber=";
    let parts = format!("{PATH}/d%2F1/multipart-uploads");
    let expected = [
        format!(r#"POST {PATH}/multipart-uploads {{"Description":"x","DocumentName":"a.pdf"}}"#),
        format!("PUT {parts}?{query}1 0123"),
        format!("PUT {parts}?{query}2 4567"),
        format!("PUT {parts}?{query}3 89"),
        format!(
            r#"POST {parts} {{"DocumentId":"d/1","ETags":{{"1":"e","2":"e","3":"e"}},"Key":"k/1","UploadId":"u1"}}"#
        ),
        format!("GET {PATH}/d%2F1/versions"),
    ];
    assert_eq!(sent(&server).await, expected);
}

#[tokio::test]
async fn an_upload_that_was_completed_may_be_done_whatever_follows() {
    let server = store().await;
    let versions = matchers::path(format!("{PATH}/d%2F1/versions"));
    let refused = Mock::given(versions).respond_with(ResponseTemplate::new(429));
    refused.with_priority(1).mount(&server).await;
    let documents = client(&server).documents();
    let upload = documents.upload("a.pdf", "0123456789").part_size(4);
    let error = upload.await.unwrap_err();
    assert_eq!(error.status().unwrap(), 429);
    assert!(error.may_have_been_processed());
}

#[tokio::test]
async fn a_content_that_cannot_be_read_is_told_before_anything_is_sent() {
    let server = store().await;
    let folder = tempfile::tempdir().unwrap();
    for path in [folder.path().join("none.pdf"), folder.path().to_owned()] {
        let upload = client(&server).documents().upload_file(&path);
        let error = upload.await.unwrap_err();
        assert!(matches!(error, conga::Error::Content(_)), "{error:?}");
        assert!(
            error.to_string().contains(path.to_str().unwrap()),
            "{error}"
        );
    }
    assert!(sent(&server).await.is_empty());
}

#[tokio::test]
async fn an_upload_that_may_have_happened_is_not_sent_again() {
    let (server, client) = answering(502, json!({})).await;
    let error = client.documents().upload("a.pdf", "abc").await.unwrap_err();
    assert!(error.may_have_been_processed(), "{error}");
    assert_eq!(sent(&server).await.len(), 1);
}

#[tokio::test]
async fn a_file_of_another_digest_or_length_is_not_kept() {
    const DIGEST: &str = "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=";
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.pdf");
    for (content, good) in [("abc", true), ("abd", false)] {
        let answer = ResponseTemplate::new(200)
            .set_body_string(content)
            .insert_header("repr-digest", format!("sha-256=:{DIGEST}:"));
        let (_server, client) = answering_with(answer).await;
        let download = client.documents().download("v1").with_header("x-a", "1");
        let saved = download.save(&path).await;
        assert_eq!(saved.is_ok(), good, "{saved:?}");
        assert_eq!(std::fs::read(&path).unwrap(), b"abc");
        if let Err(error) = saved {
            assert!(error.to_string().contains("SHA-256"), "{error}");
        }
    }
    let (_server, client) =
        answering_with(ResponseTemplate::new(200).set_body_string("longer")).await;
    let download = client.documents().download("v1").expect_length(3);
    let error = download.bytes().await.unwrap_err();
    assert!(error.to_string().contains("should have 3"), "{error}");
    let names = std::fs::read_dir(folder.path()).unwrap();
    assert_eq!(names.count(), 1, "no temporary file is left");
}

#[tokio::test]
async fn an_envelope_that_says_failure_is_no_file() {
    let body = json!({"Success": false, "Errors": [{"Message": "locked"}]});
    let (_server, client) = answering(200, body).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.pdf");
    let download = client.documents().download("v1");
    let error = download.with_retry(RetryPolicy::never()).save(&path).await;
    assert_eq!(error.unwrap_err().messages(), ["locked"]);
    assert!(!path.exists());
}
