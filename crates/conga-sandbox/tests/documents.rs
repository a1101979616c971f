//! Documents and files over HTTP: uploads, downloads, archives, links.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::tools::tool;
use common::{integration_token, request};
use conga_sandbox::Sandbox;
use reqwest::Client;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

struct Signed {
    sandbox: Sandbox,
    token: String,
}

impl Signed {
    async fn start() -> Self {
        let sandbox = Sandbox::start().await.unwrap();
        let token = integration_token(&sandbox).await;
        Self { sandbox, token }
    }

    fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        request(&self.sandbox, method, path, &self.token)
    }
}

/// The `Data` of an answer that went well.
async fn data(request: reqwest::RequestBuilder) -> Value {
    let answer = request.send().await.unwrap();
    let status = answer.status();
    let body: Value = answer.json().await.unwrap();
    assert!(status.is_success(), "{status}: {body}");
    body["Data"].clone()
}

#[tokio::test]
async fn a_document_is_versioned_and_downloaded_in_ranges() {
    let signed = Signed::start().await;
    let base = "/api/document-management/v1/documents";
    let form = |content: &'static str| {
        let file = Part::bytes(content.as_bytes()).file_name("Vertrag Übersee.docx");
        Form::new()
            .text("customProperties", r#"{"Region_c": "EMEA"}"#)
            .part("file", file)
    };
    let upload = signed
        .request(
            "POST",
            &format!("{base}/upload?objectType=Agreement&objectId=A-1"),
        )
        .multipart(form("first version"));
    let first = data(upload).await;
    let document = first["DocumentId"].as_str().unwrap();
    let update = signed
        .request("PUT", &format!("{base}/{document}"))
        .multipart(form("second version"));
    let second = data(update).await;
    assert_eq!(second["DocumentVersion"], 2);
    assert_eq!(second["Region_c"], "EMEA");

    for (version, content) in [(&first, "first version"), (&second, "second version")] {
        let id = version["Id"].as_str().unwrap();
        let download = signed.request("GET", &format!("{base}/{id}/download"));
        let answer = download.send().await.unwrap();
        assert_eq!(answer.headers()["x-conga-sandbox"], "behaviour");
        let disposition = answer.headers()["content-disposition"].to_str().unwrap();
        assert!(disposition.ends_with("UTF-8''Vertrag%20%C3%9Cbersee.docx"));
        assert_eq!(answer.text().await.unwrap(), content);
    }
    let id = second["Id"].as_str().unwrap();
    let part = signed
        .request("GET", &format!("{base}/{id}/download"))
        .header("range", "bytes=0-5");
    let answer = part.send().await.unwrap();
    assert_eq!(answer.status(), 206);
    assert_eq!(answer.headers()["content-range"], "bytes 0-5/14");
    assert_eq!(answer.text().await.unwrap(), "second");
}

#[tokio::test]
async fn an_archive_of_files_is_one_for_others_too() {
    let signed = Signed::start().await;
    for (name, content) in [("Angebot €.txt", "Größe: 5 µm"), ("notes.txt", "plain")] {
        let form = Form::new().part("file", Part::bytes(content.as_bytes()).file_name(name));
        let path = format!("/api/filestore/v1/files/quotes%2F2026/{name}/upload");
        data(signed.request("POST", &path).multipart(form)).await;
    }
    let answer = signed
        .request("GET", "/api/filestore/v1/files/quotes%2F2026/download")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.headers()["content-type"], "application/zip");
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("files.zip");
    std::fs::write(&archive, answer.bytes().await.unwrap()).unwrap();

    if let Some(mut unzip) = tool("unzip") {
        let tested = unzip.arg("-t").arg(&archive).output().unwrap();
        let text = String::from_utf8_lossy(&tested.stdout);
        assert!(tested.status.success(), "{text}");
        assert!(text.contains("No errors detected"), "{text}");
    }
    if let Some(mut python) = tool("python3") {
        let script = "import sys, zipfile\nz = zipfile.ZipFile(sys.argv[1])\n\
             print([(n, z.read(n).decode()) for n in z.namelist()])";
        let read = python.arg("-c").arg(script).arg(&archive);
        let read = read.env("PYTHONIOENCODING", "utf-8").output().unwrap();
        assert_eq!(
            String::from_utf8_lossy(&read.stdout).trim(),
            "[('Angebot €.txt', 'Größe: 5 µm'), ('notes.txt', 'plain')]"
        );
    }
}

#[tokio::test]
async fn a_link_needs_no_sign_in() {
    let signed = Signed::start().await;
    let form = Form::new()
        .text("GenerateSharedURI", "true")
        .text("TTLSeconds", "60")
        .part("file", Part::bytes(&b"shared"[..]).file_name("a.txt"));
    let path = "/api/filestore/v1/files/out/a.txt/upload";
    let uploaded = data(signed.request("POST", path).multipart(form)).await;
    let link = uploaded["SharedURI"].as_str().unwrap();
    assert!(link.starts_with(signed.sandbox.base_url()), "{link}");
    let answer = reqwest::get(link).await.unwrap();
    assert_eq!(answer.text().await.unwrap(), "shared");
    let token = link.rsplit('/').next().unwrap();
    for received in signed.sandbox.requests() {
        assert!(!received.path.contains(token), "{}", received.path);
    }

    signed
        .sandbox
        .clock()
        .advance(std::time::Duration::from_secs(61));
    assert_eq!(reqwest::get(link).await.unwrap().status(), 404);
    let posted = Client::new().post(link).send().await.unwrap();
    assert_eq!(posted.status(), 405);
}

#[tokio::test]
async fn parts_are_bytes_as_they_are() {
    let signed = Signed::start().await;
    let base = "/api/filestore/v1/files/multipart-uploads";
    let place = json!({"FilePath": "in", "FileName": "big.bin"});
    let started = data(signed.request("POST", base).json(&place)).await;
    let upload = started["UploadId"].as_str().unwrap();
    let part = signed
        .request(
            "PUT",
            &format!("{base}?PartNumber=1&UploadId={upload}&FilePath=in&FileName=big.bin"),
        )
        .header("content-type", "application/octet-stream")
        .body(vec![0, 159, 146, 150]);
    let part = data(part).await;
    let body = json!({
        "FilePath": "in", "FileName": "big.bin", "UploadId": upload, "ETags": {"1": part["ETag"]},
    });
    let complete = signed
        .request("POST", &format!("{base}/complete"))
        .json(&body);
    assert_eq!(data(complete).await, "in/big.bin");
    let path = "/api/filestore/v1/files/in/big.bin/download";
    let answer = signed.request("GET", path).send().await.unwrap();
    assert_eq!(answer.bytes().await.unwrap(), &[0, 159, 146, 150][..]);
}

#[tokio::test]
async fn documents_outlive_the_sandbox() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sandbox.db");
    let builder = || Sandbox::builder().data_file(&path);
    let base = "/api/document-management/v1/documents";
    let sandbox = builder().start().await.unwrap();
    let token = integration_token(&sandbox).await;
    let form = Form::new().part("file", Part::bytes(&b"kept"[..]).file_name("a.pdf"));
    let upload = request(&sandbox, "POST", &format!("{base}/upload"), &token).multipart(form);
    let id = data(upload).await["Id"].as_str().unwrap().to_owned();
    sandbox.shutdown().await;

    let sandbox = builder().start().await.unwrap();
    let token = integration_token(&sandbox).await;
    let download = request(&sandbox, "GET", &format!("{base}/{id}/download"), &token);
    assert_eq!(download.send().await.unwrap().text().await.unwrap(), "kept");
}
