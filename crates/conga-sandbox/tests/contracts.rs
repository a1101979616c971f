//! Contracts over HTTP: from a document that somebody sends to a contract that expires.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::time::Duration;

use chrono::{DateTime, Utc};
use conga_sandbox::{Clock, Sandbox, Seed};
use reqwest::StatusCode;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use common::{integration_token, request};

/// A sandbox without data whose clock stands.
struct Office {
    sandbox: Sandbox,
    token: String,
}

impl Office {
    async fn start() -> Self {
        let now: DateTime<Utc> = "2026-03-01T09:30:00Z".parse().unwrap();
        let builder = Sandbox::builder().seed(Seed::Empty);
        let sandbox = builder.clock(Clock::stopped(now)).start().await.unwrap();
        let token = integration_token(&sandbox).await;
        Self { sandbox, token }
    }

    async fn send(&self, method: &str, path: &str, body: Value) -> (StatusCode, Value) {
        let path = format!("/api/clm/v1/{path}");
        let call = request(&self.sandbox, method, &path, &self.token);
        let call = if body.is_null() {
            call
        } else {
            call.json(&body)
        };
        read(call).await
    }

    async fn data(&self, method: &str, path: &str, body: Value) -> Value {
        let (status, mut body) = self.send(method, path, body).await;
        assert_eq!(status, 200, "{body}");
        body["Data"].take()
    }

    async fn upload(&self, path: &str, form: Form) -> Value {
        let path = format!("/api/clm/v1/{path}");
        let call = request(&self.sandbox, "POST", &path, &self.token).multipart(form);
        let (status, mut body) = read(call).await;
        assert_eq!(status, 200, "{body}");
        body["Data"].take()
    }

    async fn status(&self, contract: &str) -> Value {
        let path = format!("contracts/{contract}");
        self.data("GET", &path, Value::Null).await["Status"].take()
    }
}

async fn read(call: reqwest::RequestBuilder) -> (StatusCode, Value) {
    let answer = call.send().await.unwrap();
    assert_eq!(answer.headers()["x-conga-sandbox"], "behaviour");
    (answer.status(), answer.json().await.unwrap())
}

fn file(name: &str, content: &'static str) -> Part {
    Part::text(content).file_name(name.to_owned())
}

#[tokio::test]
async fn a_contract_lives_from_its_draft_to_its_end() {
    let office = Office::start().await;
    let contract = json!({
        "Name": "Supply of kits", "RecordType": "MSA",
        "ContractStartDate": "2026-01-01", "ContractEndDate": "2026-12-31",
    });
    let form = Form::new()
        .part("file", file("draft.docx", "draft"))
        .text("contract", contract.to_string());
    let document = office.upload("contracts/createoffline", form).await;
    let id = document["ObjectId"].as_str().unwrap();
    let document_id = document["DocumentId"].clone();
    assert_eq!(office.status(id).await, "Author Contract");

    let review = json!({
        "ReviewType": "SimpleReview", "PrimaryDocumentIds": [document_id], "Name": "Round one",
        "EmailSubject": "Please", "EmailBody": "Read.", "To": [{"EmailId": "ada@x.example"}],
    });
    let reviews = format!("contracts/{id}/reviews");
    office.data("POST", &reviews, review).await;
    assert_eq!(office.status(id).await, "Other Party Review");
    let started = office.data("GET", &reviews, Value::Null).await;
    let end = format!("{reviews}/{}/end", started[0]["ReviewId"].as_str().unwrap());
    office
        .upload(&end, Form::new().part("file", file("back.docx", "changed")))
        .await;
    assert_eq!(office.status(id).await, "Ready for Signature");

    let obligation = json!({"Name": "Report", "Frequency": "Quarterly", "DueDate": "2026-03-31"});
    let path = format!("contracts/{id}/obligations");
    office.data("POST", &path, obligation).await;
    let sign = format!("contracts/{id}/signstatus?signStatus=SIGNED");
    office.data("PUT", &sign, json!([document_id])).await;
    let (status, refused) = office
        .send("POST", &format!("contracts/{id}/renew"), Value::Null)
        .await;
    assert_eq!(status, 400);
    let message = refused["Errors"][0]["Message"].as_str().unwrap();
    assert!(message.contains("its status is Fully Signed"), "{message}");
    office
        .data(
            "POST",
            &format!("contracts/{id}/activate"),
            json!([document_id]),
        )
        .await;

    let open = office
        .data(
            "POST",
            "contracts/obligations/fulfillments/query",
            json!({}),
        )
        .await;
    assert_eq!(open["RecordCount"], 1);
    let renewal = office
        .data("POST", &format!("contracts/{id}/renew"), Value::Null)
        .await;
    let renewal = renewal.as_str().unwrap();
    let query = json!({"CriteriaExpression": "ContractNumber = '1.1'", "Fields": ["Id", "Status"]});
    let found = office.data("POST", "contracts/query", query).await;
    assert_eq!(
        found["Data"],
        json!([{"Id": renewal, "Status": "In Renewal"}])
    );
    let documents = format!("contracts/{renewal}/documents/query");
    let documents = office.data("POST", &documents, json!({})).await;
    assert_eq!(documents["Data"][0]["Name"], "back.docx");

    office
        .sandbox
        .clock()
        .advance(Duration::from_secs(400 * 24 * 60 * 60));
    // The token is over too.
    let token = integration_token(&office.sandbox).await;
    let office = Office { token, ..office };
    assert_eq!(office.status(id).await, "Expired");
    assert_eq!(office.status(renewal).await, "In Renewal");
    office
        .data("DELETE", &format!("contracts/{id}"), Value::Null)
        .await;
    let (status, _) = office
        .send("GET", &format!("contracts/{id}"), Value::Null)
        .await;
    assert_eq!(status, 404);
}

#[tokio::test]
async fn contracts_outlive_the_process() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sandbox.db");
    let mut id = String::new();
    for round in 0..2 {
        let builder = Sandbox::builder().seed(Seed::Empty).data_file(&path);
        let sandbox = builder.start().await.unwrap();
        let token = integration_token(&sandbox).await;
        let office = Office { sandbox, token };
        if round == 0 {
            let row = json!({"Name": "Kept", "RecordType": "NDA"});
            let created = office.data("POST", "contracts", row).await;
            id = created["Id"].as_str().unwrap().to_owned();
        } else {
            assert_eq!(office.status(&id).await, "Request");
            let row = json!({"Name": "Next", "RecordType": "NDA"});
            let created = office.data("POST", "contracts", row).await;
            assert_eq!(created["ContractNumber"], "2");
        }
        office.sandbox.shutdown().await;
    }
}
