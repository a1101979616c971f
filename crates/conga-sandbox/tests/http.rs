//! How the sandbox treats requests that are not as they should be, and what it records.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::{first_message, integration_token, request};
use conga_sandbox::{Sandbox, Seed};
use reqwest::{Client, multipart};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

const STEP: &str = "/api/approvals/v1/process-steps/1";
const STEPS: &str = "/api/approvals/v1/process-steps";
const UPLOAD: &str = "/api/document-management/v1/documents/upload";

#[tokio::test]
async fn unknown_paths_and_methods() {
    let sandbox = Sandbox::start().await.unwrap();
    let unknown = reqwest::get(format!("{}/api/none", sandbox.base_url()))
        .await
        .unwrap();
    assert_eq!(unknown.status(), 404);
    assert!(unknown.headers().get("x-conga-sandbox").is_none());
    let body: Value = unknown.json().await.unwrap();
    assert_eq!(body["StatusCode"], "NotFound");

    let token = integration_token(&sandbox).await;
    let wrong = request(&sandbox, "POST", STEP, &token)
        .send()
        .await
        .unwrap();
    assert_eq!(wrong.status(), 405);
    let allow = wrong.headers()["allow"].to_str().unwrap().to_owned();
    assert!(
        allow.contains("GET") && allow.contains("HEAD") && !allow.contains("POST"),
        "{allow}"
    );

    let options = request(&sandbox, "OPTIONS", STEP, &token)
        .send()
        .await
        .unwrap();
    assert_eq!(options.status(), 204);
    assert_eq!(options.headers()["allow"], allow);
    assert!(options.bytes().await.unwrap().is_empty());

    let head = request(&sandbox, "HEAD", STEP, &token)
        .send()
        .await
        .unwrap();
    assert_eq!(head.status(), 200);
    assert!(head.bytes().await.unwrap().is_empty());
}

#[tokio::test]
async fn parameters_are_checked() {
    let sandbox = Sandbox::start().await.unwrap();
    let token = integration_token(&sandbox).await;
    let cases = [
        (
            "pageSize=many",
            "query parameter `pageSize`: expected an integer, got `many`",
        ),
        ("pageSize=2147483648", "query parameter `pageSize`"),
        (
            "sortDirection=Sideways",
            "expected one of `Ascending`, `Descending`",
        ),
    ];
    for (query, message) in cases {
        let path = format!("/api/data/v1/Account?{query}");
        let answer = request(&sandbox, "GET", &path, &token)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 400, "{query}");
        let text = first_message(answer).await;
        assert!(text.contains(message), "{text}");
    }
}

#[tokio::test]
async fn bodies_are_checked() {
    let sandbox = Sandbox::start().await.unwrap();
    let token = integration_token(&sandbox).await;
    let post = || request(&sandbox, "POST", STEPS, &token);
    let json = |text: &str| {
        post()
            .header("content-type", "application/json")
            .body(text.to_owned())
    };

    let malformed = json("{\"Name\": ").send().await.unwrap();
    assert_eq!(malformed.status(), 400);
    assert!(first_message(malformed).await.contains("not valid JSON"));

    let deep = json(&"[".repeat(100_000)).send().await.unwrap();
    assert_eq!(deep.status(), 400);
    assert!(first_message(deep).await.contains("recursion limit"));

    let mistyped = post()
        .json(&json!({"Escalation": {"Days": "three"}}))
        .send()
        .await
        .unwrap();
    assert_eq!(mistyped.status(), 400);
    let errors = first_message(mistyped).await;
    assert!(
        errors.contains("body at `/Escalation/Days`: value is not of type"),
        "{errors}"
    );

    let text = post()
        .header("content-type", "text/plain")
        .body("x")
        .send()
        .await
        .unwrap();
    assert_eq!(text.status(), 415);
    assert!(first_message(text).await.contains("application/json"));
    let none = post().body("{}").send().await.unwrap();
    assert_eq!(none.status(), 415);
}

#[tokio::test]
async fn bodies_have_a_limit() {
    let sandbox = Sandbox::builder().body_limit(1_000).start().await.unwrap();
    let token = integration_token(&sandbox).await;
    let long = json!({"Name": "x".repeat(1_000)});
    let answer = request(&sandbox, "POST", STEPS, &token)
        .json(&long)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 413);

    let file = multipart::Part::bytes(vec![b'x'; 2_000]).file_name("long.txt");
    let form = multipart::Form::new().part("file", file);
    let answer = request(&sandbox, "POST", UPLOAD, &token)
        .multipart(form)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 413);
}

#[tokio::test]
async fn files_are_uploaded_and_downloaded() {
    let sandbox = Sandbox::start().await.unwrap();
    let token = integration_token(&sandbox).await;
    let form = |properties: &'static str| {
        let file = multipart::Part::bytes(b"content".as_slice()).file_name("a.txt");
        multipart::Form::new()
            .part("file", file)
            .text("customProperties", properties)
    };
    let upload = |form| {
        request(&sandbox, "POST", UPLOAD, &token)
            .multipart(form)
            .send()
    };
    assert!(
        upload(form("{\"Folder\": \"x\"}"))
            .await
            .unwrap()
            .status()
            .is_success()
    );
    let answer = upload(form("nonsense")).await.unwrap();
    assert_eq!(answer.status(), 400);
    assert!(
        first_message(answer)
            .await
            .contains("form field `customProperties`")
    );

    let broken = request(&sandbox, "POST", UPLOAD, &token)
        .header("content-type", "multipart/form-data; boundary=x")
        .body("--x\r\nnonsense")
        .send()
        .await
        .unwrap();
    assert_eq!(broken.status(), 400);
    let boundless = request(&sandbox, "POST", UPLOAD, &token)
        .header("content-type", "multipart/form-data")
        .body("x")
        .send()
        .await
        .unwrap();
    assert_eq!(boundless.status(), 400);
    assert!(first_message(boundless).await.contains("boundary"));
}

#[tokio::test]
async fn path_parameters_come_back() {
    let sandbox = Sandbox::start().await.unwrap();
    let token = integration_token(&sandbox).await;
    let answer = request(&sandbox, "GET", STEP, &token).send().await.unwrap();
    assert_eq!(answer.headers()["x-conga-sandbox"], "schema");
    assert_eq!(
        answer.headers()["content-type"],
        "application/json; charset=utf-8"
    );
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body["Id"], "1");
}

#[tokio::test]
async fn data_has_behaviour() {
    let sandbox = Sandbox::builder().seed(Seed::Empty).start().await.unwrap();
    let token = integration_token(&sandbox).await;
    let path = "/api/data/v1/Account";
    let created = request(&sandbox, "POST", path, &token).json(&json!({"Name": "Northwind"}));
    let created = created.send().await.unwrap();
    assert_eq!(created.headers()["x-conga-sandbox"], "behaviour");
    assert_eq!(created.status(), 201);
    let id = created.json::<Value>().await.unwrap()["Data"]
        .as_str()
        .unwrap()
        .to_owned();
    let got = request(&sandbox, "GET", &format!("{path}/{id}"), &token)
        .send()
        .await
        .unwrap();
    assert_eq!(
        got.json::<Value>().await.unwrap()["Data"]["Name"],
        "Northwind"
    );
}

#[tokio::test]
async fn data_in_a_file_outlives_the_sandbox() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sandbox.db");
    let start = || {
        Sandbox::builder()
            .seed(Seed::Empty)
            .data_file(&file)
            .start()
    };

    let sandbox = start().await.unwrap();
    let token = integration_token(&sandbox).await;
    let body = json!({"Id": "6f1c7f0e-0000-4000-8000-000000000000", "Name": "Kept"});
    let created = request(&sandbox, "POST", "/api/data/v1/Account", &token).json(&body);
    assert_eq!(created.send().await.unwrap().status(), 201);
    sandbox.shutdown().await;

    let sandbox = start().await.unwrap();
    let token = integration_token(&sandbox).await;
    let path = "/api/data/v1/Account/6f1c7f0e-0000-4000-8000-000000000000";
    let got = request(&sandbox, "GET", path, &token).send().await.unwrap();
    assert_eq!(got.status(), 200);

    let not_a_database = folder.path().join("text");
    std::fs::write(
        &not_a_database,
        "not a database, but long enough to be looked at ".repeat(4),
    )
    .unwrap();
    let error = Sandbox::builder()
        .data_file(not_a_database)
        .start()
        .await
        .unwrap_err();
    assert!(error.to_string().contains("data"), "{error}");
}

#[tokio::test]
async fn requests_are_recorded_without_credentials() {
    let sandbox = Sandbox::start().await.unwrap();
    let token = integration_token(&sandbox).await;
    let path = "/api/data/v1/Account?pageSize=3";
    request(&sandbox, "GET", path, &token)
        .header("user-id", "u")
        .send()
        .await
        .unwrap();
    request(&sandbox, "POST", STEPS, &token)
        .json(&json!({"Name": "a"}))
        .send()
        .await
        .unwrap();
    reqwest::get(format!("{}/none", sandbox.base_url()))
        .await
        .unwrap();

    let requests = sandbox.requests();
    assert_eq!(requests.len(), 4);
    assert!(!format!("{requests:?}").contains("sandbox-secret"));
    assert!(!format!("{requests:?}").contains(&token));
    let (list, post, unknown) = (&requests[1], &requests[2], &requests[3]);
    assert_eq!(list.service, Some("data"));
    assert!(list.operation.is_some());
    assert_eq!(list.path, "/api/data/v1/Account");
    assert_eq!(list.query.as_deref(), Some("pageSize=3"));
    assert_eq!(list.headers["user-id"], "u");
    assert_eq!(list.headers["authorization"], "<redacted>");
    assert_eq!(list.status, 200);
    assert_eq!(post.service, Some("approvals"));
    assert_eq!(&post.body[..], br#"{"Name":"a"}"#);
    assert!(!post.body_cut);
    assert_eq!((unknown.service, unknown.status.as_u16()), (None, 404));
    sandbox.clear_requests();
    assert!(sandbox.requests().is_empty());
}

#[tokio::test]
async fn a_taken_port_is_told() {
    let sandbox = Sandbox::start().await.unwrap();
    let port = sandbox
        .base_url()
        .rsplit(':')
        .next()
        .unwrap()
        .parse()
        .unwrap();
    let error = Sandbox::builder().port(port).start().await.unwrap_err();
    assert!(error.to_string().contains(&port.to_string()));
}

#[tokio::test]
async fn it_stops_when_told_and_when_dropped() {
    let gone = |url: String| async move {
        for _ in 0..100 {
            if Client::new().get(&url).send().await.is_err() {
                return true;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        false
    };
    let sandbox = Sandbox::start().await.unwrap();
    let url = sandbox.base_url().to_owned();
    sandbox.shutdown().await;
    assert!(Client::new().get(&url).send().await.is_err());

    let sandbox = Sandbox::start().await.unwrap();
    let url = sandbox.base_url().to_owned();
    drop(sandbox);
    assert!(gone(url).await);
}

#[tokio::test]
async fn foreign_bytes_do_not_stop_it() {
    let sandbox = Sandbox::start().await.unwrap();
    let address = sandbox
        .base_url()
        .strip_prefix("http://")
        .unwrap()
        .to_owned();
    let attempts: [&[u8]; 5] = [
        b"\x16\x03\x01\x02\x00",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /%FF%00 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
        b"POST /api/data/v1/Account HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999999999999999\r\n\r\n",
        b"OPTIONS * HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
    ];
    for bytes in attempts {
        let mut stream = tokio::net::TcpStream::connect(&address).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut answer = Vec::new();
        // The connection may be reset; what counts is that the next one is served.
        let _ = stream.read_to_end(&mut answer).await;
        assert!(
            !answer.starts_with(b"HTTP/1.1 5"),
            "{}",
            String::from_utf8_lossy(&answer)
        );
    }
    let alive = reqwest::get(sandbox.base_url()).await.unwrap();
    assert_eq!(alive.status(), 404);
}
