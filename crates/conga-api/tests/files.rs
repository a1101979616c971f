//! Files: uploads from disk and memory, downloads to disk.

#![cfg(feature = "document-management")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

mod common;

use std::{path::Path, time::Duration};

use common::{Then, Wire, answering, ok, transport};
use conga_api::{ErrorKind, Form, Part, document_management::Client};
use futures_util::StreamExt;
use serde_json::json;
use wiremock::{Request, ResponseTemplate};

fn client(root: &str) -> Client {
    Client::new(transport(root))
}

/// More than fits into any buffer, and different everywhere.
fn large() -> Vec<u8> {
    (0..3_000_000_u32).map(|n| (n % 251) as u8).collect()
}

/// The parts of a multipart body: their heads as text, and their contents.
fn parts(request: &Request) -> Vec<(String, Vec<u8>)> {
    let media_type = request.headers["content-type"].to_str().unwrap();
    let boundary = media_type
        .strip_prefix("multipart/form-data; boundary=")
        .unwrap();
    let opening = format!("--{boundary}\r\n").into_bytes();
    let closing = format!("--{boundary}--\r\n").into_bytes();
    let mut rest = request.body.strip_suffix(&closing[..]).unwrap();
    let mut parts = Vec::new();
    while let Some(part) = rest.strip_prefix(&opening[..]) {
        let end = part
            .windows(opening.len())
            .position(|window| window == opening)
            .unwrap_or(part.len());
        let (part, after) = part.split_at(end);
        let blank = part
            .windows(4)
            .position(|window| window == b"\r\n\r\n")
            .unwrap();
        let head = String::from_utf8(part[..blank].to_vec()).unwrap();
        parts.push((
            head,
            part[blank + 4..].strip_suffix(b"\r\n").unwrap().to_vec(),
        ));
        rest = after;
    }
    assert!(rest.is_empty());
    parts
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

#[tokio::test]
async fn files_from_disk_and_memory_arrive_whole_and_again_after_a_503() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("Übung \"1\".bin");
    std::fs::write(&path, large()).unwrap();
    let busy = ResponseTemplate::new(503).insert_header("retry-after", "0");
    let server = answering([busy, ok(json!({"Success": true, "Data": {"Id": "1"}}))]).await;

    let uploaded = client(&server.uri())
        .upload_document()
        .object_id("a-1")
        .file(path.as_path())
        .custom_properties(&json!({"Color": "red"}))
        .send()
        .await
        .unwrap();
    assert_eq!(uploaded.data.clone().unwrap().id.as_deref(), Some("1"));

    let requests = server.received_requests().await.unwrap();
    assert_eq!(requests.len(), 2);
    for request in &requests {
        assert!(request.headers.contains_key("content-length"));
        assert!(!request.headers.contains_key("transfer-encoding"));
        let parts = parts(request);
        let [(file, content), (properties, json)] = &parts[..] else {
            panic!("{} parts", parts.len());
        };
        assert!(
            file.contains("form-data; name=\"file\"; filename=\"Übung \\\"1\\\".bin\""),
            "{file}"
        );
        assert!(file.contains("application/octet-stream"), "{file}");
        assert!(*content == large());
        assert!(
            properties.contains("name=\"customProperties\""),
            "{properties}"
        );
        assert!(properties.contains("application/json"), "{properties}");
        assert_eq!(json, br#"{"Color":"red"}"#);
    }
}

#[tokio::test]
async fn several_files_have_one_name() {
    let server = answering([ok(json!({"Success": true}))]).await;
    let files = [
        Part::bytes("a.pdf", "A").media_type("application/pdf"),
        Part::bytes("b.txt", "B").file_name("c.txt"),
    ];
    client(&server.uri())
        .upload_documents()
        .files(files)
        .send()
        .await
        .unwrap();
    let parts = parts(&server.received_requests().await.unwrap()[0]);
    assert_eq!(parts.len(), 2);
    assert!(
        parts[0].0.contains("name=\"files\"; filename=\"a.pdf\"")
            && parts[0].0.contains("application/pdf")
    );
    assert!(parts[1].0.contains("name=\"files\"; filename=\"c.txt\""));
    assert_eq!((&parts[0].1[..], &parts[1].1[..]), (&b"A"[..], &b"B"[..]));
}

#[tokio::test]
async fn a_form_of_ones_own_takes_the_place_of_the_typed_one() {
    let server = answering([ok(json!({"Success": true}))]).await;
    let form = Form::new()
        .part("other", Part::text("x"))
        .part("other", Part::bytes("n", vec![0, 255]));
    let call = client(&server.uri())
        .upload_document()
        .file(Path::new("/nowhere"))
        .form(form);
    // A media type without the boundary would make the body unreadable.
    conga_api::CallOptions::with_header(call, "content-type", "multipart/form-data")
        .send()
        .await
        .unwrap();
    let parts = parts(&server.received_requests().await.unwrap()[0]);
    assert_eq!(
        parts[0],
        (
            "Content-Disposition: form-data; name=\"other\"".to_owned(),
            b"x".to_vec()
        )
    );
    assert_eq!(parts[1].1, [0, 255]);
}

#[tokio::test]
async fn a_file_that_cannot_be_read_is_named() {
    let server = answering([ok(json!({}))]).await;
    let folder = tempfile::tempdir().unwrap();
    for path in [folder.path().join("missing.pdf"), folder.path().to_owned()] {
        let error = client(&server.uri())
            .upload_document()
            .file(&*path)
            .send()
            .await
            .unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::File(_)), "{error:?}");
        assert!(
            error.to_string().contains(path.to_str().unwrap()),
            "{error}"
        );
        assert_eq!(error.attempts(), 0);
        assert!(!error.may_have_been_processed());
    }
    assert!(server.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_download_is_saved_whole() {
    let answer = ResponseTemplate::new(200)
        .set_body_raw(large(), "application/octet-stream")
        .insert_header(
            "content-disposition",
            "attachment; filename=\"../a; b.bin\"; filename*=UTF-8''%C3%BC.bin",
        );
    let server = answering([ResponseTemplate::new(503), answer]).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.bin");
    std::fs::write(&path, "what was there before").unwrap();

    let download = client(&server.uri())
        .download_document("v-1")
        .send()
        .await
        .unwrap();
    assert_eq!(download.length(), Some(3_000_000));
    assert_eq!(download.file_name().as_deref(), Some("ü.bin"));
    assert_eq!(download.into_inner().save(&path).await.unwrap(), 3_000_000);
    assert!(std::fs::read(&path).unwrap() == large());
    assert_eq!(names(folder.path()), ["a.bin"]);

    let download = client(&server.uri())
        .download_document("v-1")
        .send()
        .await
        .unwrap();
    assert!(*download.into_inner().bytes().await.unwrap() == large());
}

#[tokio::test]
async fn a_download_that_is_cut_leaves_nothing() {
    for cut in [
        "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nabc",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n",
    ] {
        let wire = Wire::start([Then::Write(cut)]).await;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.bin");
        std::fs::write(&path, "before").unwrap();
        let download = client(&wire.root)
            .download_document("v-1")
            .send()
            .await
            .unwrap();
        let error = download.into_inner().save(&path).await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Broken(_)), "{error:?}");
        assert_eq!(error.operation(), "document-management/download_document");
        assert_eq!(error.attempts(), 1);
        assert!(error.may_have_been_processed());
        assert_eq!(names(folder.path()), ["a.bin"]);
        assert_eq!(std::fs::read(&path).unwrap(), b"before");
    }
}

#[tokio::test]
async fn a_download_that_is_dropped_leaves_nothing() {
    let wire = Wire::start([Then::WriteAndHang(
        "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nabc",
    )])
    .await;
    let folder = tempfile::tempdir().unwrap();
    let download = client(&wire.root)
        .download_document("v-1")
        .send()
        .await
        .unwrap()
        .into_inner();
    let save = download.save(folder.path().join("a.bin"));
    assert!(
        tokio::time::timeout(Duration::from_millis(300), save)
            .await
            .is_err()
    );
    assert!(names(folder.path()).is_empty());
}

#[tokio::test]
async fn a_place_that_cannot_be_written_is_named() {
    let server =
        answering([ResponseTemplate::new(200).set_body_raw("abc", "application/octet-stream")])
            .await;
    let folder = tempfile::tempdir().unwrap();
    for path in [
        folder.path().join("missing/a.bin"),
        folder.path().join(".."),
    ] {
        let download = client(&server.uri())
            .download_document("v-1")
            .send()
            .await
            .unwrap();
        let error = download.into_inner().save(&path).await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::File(_)), "{error:?}");
        assert!(
            error.to_string().contains(path.to_str().unwrap()),
            "{error}"
        );
        assert!(error.may_have_been_processed());
        assert!(names(folder.path()).is_empty());
    }
}

#[tokio::test]
async fn a_stream_may_not_be_silent_for_longer_than_an_attempt_has() {
    let wire = Wire::start([Then::WriteAndHang(
        "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nabc",
    )])
    .await;
    let transport = common::builder(&wire.root)
        .timeout(Duration::from_millis(200))
        .build()
        .unwrap();
    let download = Client::new(transport)
        .download_document("v-1")
        .send()
        .await
        .unwrap();
    let mut stream = download.into_inner();
    assert_eq!(stream.next().await.unwrap().unwrap(), "abc");
    let error = stream.next().await.unwrap().unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Timeout { after: Some(limit) } if *limit == Duration::from_millis(200))
    );
    assert!(stream.next().await.is_none(), "it has ended");
}

#[tokio::test]
async fn a_file_that_is_json_is_no_envelope() {
    let rows: Vec<_> = (0..20_000)
        .map(|n| json!({"row": n, "success": false}))
        .collect();
    for file in [
        json!([{"Success": false}]),
        json!({"Success": true, "rows": rows}),
    ] {
        let server = answering([ok(file.clone())]).await;
        let download = client(&server.uri())
            .download_document("v-1")
            .send()
            .await
            .unwrap();
        let length = download.length().unwrap();
        let bytes = download.into_inner().bytes().await.unwrap();
        assert_eq!(bytes.len() as u64, length);
        assert_eq!(
            serde_json::from_slice::<serde_json::Value>(&bytes).unwrap(),
            file
        );
    }
}

#[tokio::test]
async fn an_error_envelope_is_not_taken_for_the_file() {
    let answer = ok(json!({"Success": false, "Errors": [{"Message": "gone"}]}));
    let server = answering([answer]).await;
    let error = client(&server.uri())
        .download_document("v-1")
        .send()
        .await
        .unwrap_err();
    assert_eq!(error.messages(), ["gone"]);
    let server = answering([ResponseTemplate::new(404)]).await;
    let error = client(&server.uri())
        .download_document("v-1")
        .send()
        .await
        .unwrap_err();
    assert!(error.is_not_found());
}
