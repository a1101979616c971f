//! E-mail over HTTP: documents that were generated, attached, sent, and sent on to a server that others wrote.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::net::TcpListener;
use std::process::Command;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use common::process::Process;
use common::smtp::SmtpServer;
use common::tools::python;
use common::{integration_token, request};
use conga_sandbox::{DeliveryState, Mail, Sandbox};
use reqwest::multipart::{Form, Part};
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};

const SUBJECT: &str = "Angebot für Łódź: Größe 5 µm, 日本語 💌 und noch viele weitere Worte, die keine Zeile fassen kann";
const TEXT: &str = "Sehr geehrte Frau Müller,\n\nim Anhang: ça va ß Ελλάδα Москва.\n.\nEin Punkt allein endet nichts.\n";
const HTML: &str =
    "<p>Sehr geehrte Frau <b>Müller</b>,</p><p>im Anhang: ça va ß Ελλάδα Москва.</p>";

struct Signed {
    sandbox: Sandbox,
    token: String,
}

impl Signed {
    async fn start(port: Option<u16>) -> Self {
        let builder = Sandbox::builder();
        let builder = match port {
            Some(port) => builder.smtp("127.0.0.1", port),
            None => builder,
        };
        let sandbox = builder.start().await.unwrap();
        let token = integration_token(&sandbox).await;
        Self { sandbox, token }
    }

    fn request(&self, method: &str, path: &str) -> RequestBuilder {
        request(&self.sandbox, method, path, &self.token)
    }

    /// Sends a mail with these fields; gives its `EmailSendId`.
    async fn send(&self, request: &Value) -> String {
        let call = self.request("POST", "/api/email/v1/emails").json(request);
        let answer = json(call).await;
        answer["Data"]["EmailSendId"].as_str().unwrap().to_owned()
    }

    async fn mail(&self, id: &str) -> Mail {
        let mails = self.sandbox.mail().await.unwrap();
        mails.into_iter().find(|mail| mail.id == id).unwrap()
    }

    /// The mail when all of its deliveries have ended.
    async fn ended(&self, id: &str) -> Mail {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            let mail = self.mail(id).await;
            let is_under_way =
                |state| matches!(state, DeliveryState::Queued | DeliveryState::Sending);
            if !mail.deliveries.iter().any(|one| is_under_way(one.state)) {
                return mail;
            }
            assert!(Instant::now() < deadline, "{:?}", mail.deliveries);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// The states that the Email service tells, with their reasons.
    async fn statuses(&self, id: &str) -> Vec<(String, String)> {
        let body = json!({"EmailSendId": id});
        let call = self.request("POST", "/api/email/v1/emails/status/batch");
        let answer = json(call.json(&body)).await;
        let jobs = answer["Data"]["Jobs"].as_array().unwrap().iter();
        let shown = jobs.map(|job| {
            let events = job["EmailStatusDetails"]["Events"].as_array().unwrap();
            let reason = events.last().and_then(|event| event["Reason"].as_str());
            (
                job["State"].as_str().unwrap().to_owned(),
                reason.unwrap_or_default().to_owned(),
            )
        });
        shown.collect()
    }

    async fn admin(&self, method: &str, path: &str) -> reqwest::Response {
        let url = format!("{}/__sandbox/{path}", self.sandbox.base_url());
        let request = Client::new().request(method.parse().unwrap(), url);
        let request = request.header("x-conga-sandbox-admin", "1");
        request.send().await.unwrap()
    }
}

/// The JSON of an answer that went well.
async fn json(request: RequestBuilder) -> Value {
    let answer = request.send().await.unwrap();
    let status = answer.status();
    let body: Value = answer.json().await.unwrap();
    assert!(status.is_success(), "{status}: {body}");
    body
}

fn message(to: &[&str]) -> Value {
    let to = to.iter().map(|address| json!({"Address": address}));
    json!({
        "From": {"Address": "sales@meridian.example"}, "To": to.collect::<Value>(),
        "Subject": "Hello", "PlainTextBody": "Good day.",
    })
}

/// A template as Word saves it.
const DOCX: &str = r#"
import sys
from docx import Document
document = Document()
document.add_heading("Angebot {{Number}}", level=1)
document.add_paragraph("Größe: {{Size}}")
document.save(sys.argv[1])
"#;

/// Merges two templates of the File Store, one in DOCX and one in HTML, with two rows of data; gives the correlation id.
async fn merge(signed: &Signed, mut python: Command, mail_template: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("Angebot.docx");
    let made = python.args(["-c", DOCX]).arg(&path).status().unwrap();
    assert!(made.success());
    let html = "<html><body><h1>Angebot {{Number}}</h1><p>Größe: {{Size}}</p></body></html>";
    for (name, content) in [
        ("Angebot.docx", std::fs::read(path).unwrap()),
        ("Angebot.html", html.as_bytes().to_vec()),
    ] {
        let form = Form::new().part("file", Part::bytes(content).file_name(name));
        let path = format!("/api/filestore/v1/files/templates/{name}/upload");
        json(signed.request("POST", &path).multipart(form)).await;
    }
    let order = json!({
        "templateSources": [{"fileId": "templates/Angebot.docx"}, {"fileId": "templates/Angebot.html"}],
        "jsonData": json!([
            {"Number": 7, "Size": "5 µm", "Customer": "Müller"}, {"Number": 8, "Size": "6 µm", "Customer": "Weiß"},
        ]).to_string(),
        "legacyOptions": {"OFN": "Angebot {{Number}} für {{Customer}}"},
        "salesforceRequest": {"emailTemplateId": mail_template},
    });
    let call = signed.request("POST", "/api/ingress/v1/Merge");
    let started = json(call.json(&order)).await;
    let id = started["correlationId"].as_str().unwrap().to_owned();
    signed.sandbox.clock().advance(Duration::from_secs(1));
    id
}

/// Creates a template for mails; gives its id.
async fn mail_template(signed: &Signed) -> String {
    let categories = signed.request("GET", "/api/email/v1/email-template-categories");
    let category = json(categories).await["Data"]["EmailTemplateCategories"][0]["Id"].clone();
    let template = json!({
        "Name": "Begleitschreiben", "TemplateType": "HTML", "AccessType": "Public",
        "EmailTemplateCategory": {"Id": category},
        "Subject": SUBJECT.replace("5 µm", "{{Size}}"),
        "Body": TEXT.replace("Müller", "{{Customer}}"),
        "HtmlValue": HTML.replace("Müller", "{{Customer}}"),
    });
    let call = signed.request("POST", "/api/email/v1/email-templates");
    let created = json(call.json(&template)).await;
    created["Data"]["Id"].as_str().unwrap().to_owned()
}

/// The names and contents of the files that a merge made, by their links.
async fn made(signed: &Signed, id: &str) -> Vec<(String, Vec<u8>)> {
    let files = json(signed.request("GET", &format!("/api/ingress/v1/Merge/Preview/{id}"))).await;
    let mut made = Vec::new();
    for file in files.as_array().unwrap() {
        let link = file["mergedFileUri"].as_str().unwrap();
        let content = reqwest::get(link).await.unwrap().bytes().await.unwrap();
        let name = file["mergedFileName"].as_str().unwrap().to_owned();
        made.push((name, content.to_vec()));
    }
    made
}

fn attachments(mail: &Value) -> Vec<(String, Vec<u8>)> {
    let attachments = mail["attachments"].as_array().unwrap().iter();
    let read = attachments.map(|one| {
        let content = BASE64_STANDARD.decode(one["content"].as_str().unwrap());
        (one["name"].as_str().unwrap().to_owned(), content.unwrap())
    });
    read.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn generated_documents_arrive_as_they_were_sent() {
    let (Some(server), Some(python)) = (SmtpServer::start(), python()) else {
        return;
    };
    let signed = Signed::start(Some(server.port)).await;
    let template = mail_template(&signed).await;
    let merge = merge(&signed, python, &template).await;
    let path = format!("/api/ingress/v1/Email/Merge?correlationId={merge}");
    let texts = json(signed.request("POST", &path)).await;
    assert_eq!(texts["emailSubject"], SUBJECT);
    let long =
        "Ein sehr langer Name, wie ihn Leute ihren Dateien gern geben, mit Größe ß и так далее.bin";
    let id = signed
        .send(&json!({
            "FromEmailOption": "EmailProfile", "EmailProfileName": "Sales desk",
            "To": [{"Address": "mueller@kunde.example", "DisplayName": "Müller, \"Die Chefin\" <Anna>"}],
            "Cc": [{"Address": "cc@kunde.example"}], "Bcc": [{"Address": "bcc@kunde.example"}],
            "ReplyTo": [{"Address": "buero@kunde.example", "DisplayName": "Büro"}],
            "Subject": texts["emailSubject"], "PlainTextBody": texts["emailTextBody"], "HtmlBody": texts["emailHTMLBody"],
            "Priority": "High", "Headers": {"X-Vorgang": "Größe 7"},
            "Attachments": [
                {"File": merge},
                {"Name": long, "MimeType": "application/x-thing", "FileContent": BASE64_STANDARD.encode(b"\0\r\n.\r\n\xff\n")},
            ],
        }))
        .await;

    let mut expected = made(&signed, &merge).await;
    let names: Vec<&str> = expected.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        [
            "Angebot 7 für Müller.docx",
            "Angebot 7 für Müller.html",
            "Angebot 8 für Weiß.docx",
            "Angebot 8 für Weiß.html"
        ]
    );
    assert!(expected[2].1.starts_with(b"PK"));
    assert!(String::from_utf8_lossy(&expected[3].1).contains("Größe: 6 µm"));
    expected.push((long.to_owned(), b"\0\r\n.\r\n\xff\n".to_vec()));

    let arrived = server.mail();
    assert_eq!(arrived["mailFrom"], "sales@meridian.example");
    assert_eq!(
        arrived["rcptTo"],
        json!([
            "mueller@kunde.example",
            "cc@kunde.example",
            "bcc@kunde.example"
        ])
    );
    assert_eq!(
        arrived["from"],
        json!([["Meridian Instruments, sales", "sales@meridian.example"]])
    );
    assert_eq!(
        arrived["to"],
        json!([["Müller, \"Die Chefin\" <Anna>", "mueller@kunde.example"]])
    );
    assert_eq!(arrived["cc"], json!([["", "cc@kunde.example"]]));
    assert_eq!(arrived["replyTo"], json!([["Büro", "buero@kunde.example"]]));
    assert_eq!(arrived["headers"]["Subject"], SUBJECT);
    assert_eq!(arrived["headers"]["X-Vorgang"], "Größe 7");
    assert_eq!(arrived["headers"]["X-Priority"], "1");
    assert!(arrived["headers"].get("Bcc").is_none());
    assert_eq!(arrived["text"], TEXT);
    assert_eq!(arrived["html"].as_str().unwrap().trim_end(), HTML);
    assert_eq!(attachments(&arrived), expected);
    assert_eq!(arrived["attachments"][1]["type"], "text/html");

    let mail = signed.ended(&id).await;
    assert_eq!(mail.subject, SUBJECT);
    assert_eq!(mail.attachments[1].content, expected[1].1);
    let delivered = ("Delivered".to_owned(), String::new());
    assert_eq!(signed.statuses(&id).await, vec![delivered; 3]);
    assert!(server.is_idle());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_of_ingress_arrives_with_its_files() {
    let Some(server) = SmtpServer::start() else {
        return;
    };
    let signed = Signed::start(Some(server.port)).await;
    let form = Form::new()
        .text("EmailTo.Address", "ann@customer.example")
        .text("EmailSubject", "Größe")
        .text("EmailHTMLBody", HTML)
        .part(
            "Attachments",
            Part::bytes(vec![0, 13, 10, 255]).file_name("Größe.bin"),
        );
    let path = "/api/ingress/v1/Email/Send?isSandbox=false";
    let id = json(signed.request("POST", path).multipart(form)).await;
    let arrived = server.mail();
    assert_eq!(arrived["headers"]["Subject"], "Größe");
    assert_eq!(arrived["html"].as_str().unwrap().trim_end(), HTML);
    assert!(
        arrived["text"]
            .as_str()
            .unwrap()
            .contains("Sehr geehrte Frau Müller")
    );
    assert_eq!(
        attachments(&arrived),
        [("Größe.bin".to_owned(), vec![0, 13, 10, 255])]
    );
    let mail = signed.ended(id.as_str().unwrap()).await;
    assert_eq!(mail.deliveries[0].state, DeliveryState::Delivered);
}

#[tokio::test(flavor = "multi_thread")]
async fn whom_the_server_refuses_does_not_keep_others_from_their_mail() {
    let Some(server) = SmtpServer::start() else {
        return;
    };
    let signed = Signed::start(Some(server.port)).await;
    let id = signed
        .send(&message(&[
            "refused@customer.example",
            "ann@customer.example",
        ]))
        .await;
    assert_eq!(server.mail()["rcptTo"], json!(["ann@customer.example"]));
    signed.ended(&id).await;
    let statuses = signed.statuses(&id).await;
    assert_eq!(statuses[0].0, "Failed");
    assert!(
        statuses[0].1.contains("there is no such user here"),
        "{statuses:?}"
    );
    assert_eq!(statuses[1].0, "Delivered");

    let id = signed.send(&message(&["refused@customer.example"])).await;
    let mail = signed.ended(&id).await;
    assert_eq!(mail.deliveries[0].state, DeliveryState::Failed);
    assert!(server.is_idle());
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_server_a_mail_fails_and_stays_in_the_mailbox() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let signed = Signed::start(Some(port)).await;
    let id = signed.send(&message(&["ann@customer.example"])).await;
    let mail = signed.ended(&id).await;
    assert_eq!(mail.deliveries[0].state, DeliveryState::Failed);
    let reason = mail.deliveries[0].reason.as_deref().unwrap();
    assert!(
        reason.starts_with(&format!("SMTP server 127.0.0.1:{port}: ")),
        "{reason}"
    );
    assert_eq!(signed.statuses(&id).await[0].0, "Failed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_says_nothing_holds_up_nobody() {
    // Its connections are accepted by the system, and never answered.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let signed = Signed::start(Some(silent.local_addr().unwrap().port())).await;
    let first = signed.send(&message(&["ann@customer.example"])).await;
    let second = signed.send(&message(&["ben@customer.example"])).await;
    signed.sandbox.clock().advance(Duration::from_secs(10));
    for id in [&first, &second] {
        assert_eq!(signed.statuses(id).await[0].0, "Processing");
    }
    assert_eq!(signed.sandbox.mail().await.unwrap().len(), 2);
    signed.sandbox.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_mailbox_is_read_and_emptied_over_http() {
    let signed = Signed::start(None).await;
    let mut request = message(&["ann@customer.example"]);
    request["Attachments"] =
        json!([{"Name": "a.txt", "MimeType": "text/plain", "FileContent": "aGk="}]);
    let id = signed.send(&request).await;
    let listed: Value = signed.admin("GET", "mail").await.json().await.unwrap();
    let listed = &listed["mail"][0];
    assert_eq!(listed["id"], id.as_str());
    assert_eq!(listed["from"]["address"], "sales@meridian.example");
    assert_eq!(
        listed["attachments"],
        json!([{"name": "a.txt", "media_type": "text/plain", "size": 2}])
    );
    assert_eq!(listed["deliveries"][0]["recipient"], "ann@customer.example");
    assert!(listed.get("raw").is_none());

    let answer = signed.admin("GET", &format!("mail/{id}")).await;
    assert_eq!(answer.headers()["content-type"], "message/rfc822");
    let raw = answer.bytes().await.unwrap();
    assert_eq!(raw, signed.mail(&id).await.raw);
    assert!(raw.starts_with(b"From: sales@meridian.example\r\n"));

    for (method, path, status) in [
        ("GET", "mail/nobody", 404),
        ("GET", "mail/", 404),
        ("PUT", "mail", 405),
        ("DELETE", "mail", 200),
    ] {
        assert_eq!(
            signed.admin(method, path).await.status(),
            status,
            "{method} {path}"
        );
    }
    assert!(signed.sandbox.mail().await.unwrap().is_empty());
    let url = format!("{}/__sandbox/mail", signed.sandbox.base_url());
    assert_eq!(reqwest::get(url).await.unwrap().status(), 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_that_waits_is_sent_on_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("sandbox.db");
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let place = format!("127.0.0.1:{}", silent.local_addr().unwrap().port());
    let process = Process::start_with(&data, &["--smtp", &place]);
    let client = Client::new();
    let token = process.token(&client).await;
    let call = process.request(&client, "POST", "/api/email/v1/emails", &token);
    json(call.json(&message(&["ann@customer.example"]))).await;
    process.kill();

    let Some(server) = SmtpServer::start() else {
        return;
    };
    let place = format!("127.0.0.1:{}", server.port);
    let _process = Process::start_with(&data, &["--smtp", &place]);
    let arrived = server.mail();
    assert_eq!(arrived["rcptTo"], json!(["ann@customer.example"]));
    assert_eq!(arrived["text"].as_str().unwrap().trim_end(), "Good day.");
}
