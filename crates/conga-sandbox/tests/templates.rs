//! The demo company's templates over HTTP, merged with its own records; what comes out is read by programs that others
//! wrote.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::path::PathBuf;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use common::tools::{assert_all, office_pdf, pdf_text, python, run, tool};
use common::{integration_token, request};
use conga_sandbox::{Clock, Sandbox};
use serde_json::{Value, json};
use tempfile::TempDir;

struct Company {
    sandbox: Sandbox,
    token: String,
    folder: TempDir,
}

impl Company {
    async fn open() -> Self {
        let clock = Clock::stopped("2026-03-01T09:30:00Z".parse().unwrap());
        let sandbox = Sandbox::builder().clock(clock).start().await.unwrap();
        let token = integration_token(&sandbox).await;
        let folder = tempfile::tempdir().unwrap();
        Self {
            sandbox,
            token,
            folder,
        }
    }

    async fn send(&self, method: &str, path: &str, body: Value) -> Value {
        let call = request(&self.sandbox, method, path, &self.token);
        let call = match body {
            Value::Null => call,
            body => call.json(&body),
        };
        let answer = call.send().await.unwrap();
        assert_eq!(answer.headers()["x-conga-sandbox"], "behaviour");
        let status = answer.status();
        let body: Value = answer.json().await.unwrap();
        assert!(status.is_success(), "{path}: {status} {body}");
        body
    }

    /// The id of the template with this name.
    async fn template(&self, name: &str) -> String {
        let found = self
            .send("POST", "/api/clm/v1/templates/query", json!({"Name": name}))
            .await;
        let templates = found["Data"]["ResponseBody"].as_array().unwrap();
        assert_eq!(templates.len(), 1, "{found}");
        templates[0]["Id"].as_str().unwrap().to_owned()
    }

    /// The id of the contract with this name.
    async fn contract(&self, name: &str) -> String {
        let body = json!({"CriteriaExpression": format!("Name = '{name}'")});
        let found = self.send("POST", "/api/clm/v1/contracts/query", body).await;
        let id = &found["Data"]["Data"][0]["Id"];
        id.as_str().unwrap().to_owned()
    }

    /// Merges a template with a record by Ingress; gives the file.
    async fn merge(&self, template: &str, record: &str, options: Value) -> PathBuf {
        let body = json!({
            "salesforceRequest": {"masterId": record, "templateId": template}, "legacyOptions": options,
        });
        let started = self.send("POST", "/api/ingress/v1/Merge", body).await;
        let id = started["correlationId"].as_str().unwrap();
        self.sandbox.clock().advance(Duration::from_secs(1));
        let path = format!("/api/ingress/v1/Merge/Preview/{id}");
        let files = self.send("GET", &path, Value::Null).await;
        let link = files[0]["mergedFileUri"].as_str().unwrap();
        let content = reqwest::get(link).await.unwrap().bytes().await.unwrap();
        self.keep(files[0]["mergedFileName"].as_str().unwrap(), &content)
    }

    /// Has Contracts make a document; gives the file.
    async fn make(&self, contract: &str, call: &str, body: Value) -> PathBuf {
        let path = format!("/api/clm/v1/contracts/{contract}/{call}");
        let made = self.send("POST", &path, body).await;
        let made = &made["Data"];
        let content = STANDARD.decode(made["Document"].as_str().unwrap()).unwrap();
        let extension = made["DocumentExtension"].as_str().unwrap();
        self.keep(&format!("{call}{extension}"), &content)
    }

    fn keep(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }
}

/// What the master agreement says of the demo company's first contract.
const AGREEMENT: [&str; 10] = [
    "Master supply agreement",
    "Contract no. 1",
    "Northwind Biologics, Boston, United States (the Customer), represented by Amara Okafor, Head of Procurement",
    "It starts on 13 August 2025 and ends on 13 August 2027.",
    "USD 480,000.00",
    "Limitation of liability",
    "Payment terms",
    "Report units shipped, first due on 9 February 2026, then quarterly",
    "For the Supplier",
    "For Northwind Biologics",
];

/// Asserts that a text has the parts in it, wherever its lines break.
#[track_caller]
fn assert_says(text: &str, parts: &[&str]) {
    let words: Vec<&str> = text.split_whitespace().collect();
    assert_all(&words.join(" "), parts);
    assert!(!text.contains("{{"), "{text}");
}

#[tokio::test]
async fn the_master_agreement_merges_with_a_contract() {
    let company = Company::open().await;
    let template = company.template("Master agreement").await;
    let contract = company.contract("Master supply agreement").await;
    let docx = company.merge(&template, &contract, json!({})).await;
    if let Some(mut python) = python() {
        let script = "import sys, json\nfrom docx import Document\nd = Document(sys.argv[1])\n\
             print(json.dumps({'title': d.paragraphs[0].style.name, \
             'tables': [[[c.text for c in r.cells] for r in t.rows] for t in d.tables]}))";
        let read = run(python.args(["-c", script]).arg(&docx));
        let read: Value = serde_json::from_str(&read).unwrap();
        assert_eq!(read["title"], "Heading 1");
        let clauses = read["tables"][0].as_array().unwrap();
        assert_eq!(clauses.len(), 3);
        assert_eq!(
            clauses[2],
            json!([
                "Payment terms",
                "Invoices are due within thirty days of receipt."
            ])
        );
    }
    if let Some(pdf) = office_pdf(&docx)
        && let Some(text) = pdf_text(&pdf)
    {
        assert_says(&text, &AGREEMENT);
    }
    let pdf = company
        .merge(&template, &contract, json!({"DefaultPDF": "1"}))
        .await;
    if let Some(text) = pdf_text(&pdf) {
        assert_says(&text, &AGREEMENT);
    }
}

#[tokio::test]
async fn the_quote_merges_with_a_quote() {
    let company = Company::open().await;
    let template = company.template("Quote").await;
    let quotes = company
        .send("GET", "/api/quote/v1/quotes", Value::Null)
        .await;
    let quote = quotes[0]["Id"].as_str().unwrap();
    let says = [
        "Quote Q-00000001 Analyser renewal For Halden Diagnostics, Oslo, Norway",
        "Pulse Mini 2 7,450.00 14,900.00",
        "Orbit Column Set 2 1,150.00 2,300.00",
        "Calibration Visit 1 890.00 890.00",
        "Total: USD 18,090.00",
    ];
    let html = company.merge(&template, quote, json!({})).await;
    assert_eq!(html.extension().unwrap(), "html");
    let html = std::fs::read_to_string(html).unwrap();
    assert_all(
        &html,
        &[
            "<title>Quote Q-00000001</title>",
            "<h1>Analyser renewal</h1>",
            "<td>Pulse Mini</td>",
            "<td>Orbit Column Set</td>",
            "<td>Calibration Visit</td>",
            "USD 18,090.00",
        ],
    );
    let pdf = company
        .merge(
            &template,
            quote,
            json!({"DefaultPDF": "1", "OFN": "{{ProposalNumber}}"}),
        )
        .await;
    assert_eq!(pdf.file_name().unwrap(), "Q-00000001.pdf");
    if let Some(text) = pdf_text(&pdf) {
        assert_says(&text, &says);
    }
}

#[tokio::test]
async fn the_notice_merges_with_a_contract() {
    let company = Company::open().await;
    let template = company.template("Notice of expiry").await;
    let contract = company.contract("Master supply agreement").await;
    let letter = company.merge(&template, &contract, json!({})).await;
    let letter = std::fs::read_to_string(letter).unwrap();
    assert_says(
        &letter,
        &[
            "Dear Amara Okafor, your contract \"Master supply agreement\" (no. 1) with us ends on 13 August 2027.",
            "- Limitation of liability - Payment terms",
            "whether Northwind Biologics wants to renew it. Kind regards Demo Seed",
        ],
    );
}

#[tokio::test]
async fn contracts_generate_from_the_templates() {
    let company = Company::open().await;
    let template = company.template("Master agreement").await;
    let contract = company.contract("Framework for diagnostics").await;
    let says = [
        "Framework for diagnostics",
        "Marlow & Pryce Pharma",
        "Liability is limited to the fees of the last twelve months.",
        "Report units shipped",
    ];
    let body = json!({
        "TemplateId": template, "OutputFormat": "PDF/A", "IncludeWatermark": true, "WatermarkText": "DRAFT",
    });
    let pdf = company.make(&contract, "generate", body).await;
    if let Some(text) = pdf_text(&pdf) {
        assert_says(&text, &says);
    }
    if let Some(mut tool) = tool("pdftotext") {
        // The letters of the watermark stand askew, each for itself.
        let text = run(tool.arg("-raw").arg(&pdf).arg("-"));
        let letters: String = text.split_whitespace().collect();
        assert!(letters.contains("DRAFT"), "{text}");
    }
    if let Some(mut info) = tool("pdfinfo") {
        let metadata = run(info.arg("-meta").arg(&pdf));
        assert!(metadata.contains("<pdfaid:part>2<"), "{metadata}");
    }
    let body = json!({"TemplateId": template, "ProtectionLevel": "AllowOnlyRevisions"});
    let docx = company.make(&contract, "regenerate", body).await;
    if let Some(mut python) = python() {
        let script = "import sys\nfrom docx import Document\nfrom docx.oxml.ns import qn\n\
             print(Document(sys.argv[1]).settings.element.find(qn('w:documentProtection')).get(qn('w:edit')))";
        let read = run(python.args(["-c", script]).arg(&docx));
        assert_eq!(read.trim(), "trackedChanges");
    }
    let notice = company.template("Notice of expiry").await;
    let body = json!({"TemplateId": notice});
    let letter = company.make(&contract, "supportingdocument", body).await;
    let letter = std::fs::read_to_string(letter).unwrap();
    assert_says(&letter, &["contract \"Framework for diagnostics\" (no. 4)"]);
    // All of it as one PDF.
    let path = format!("/api/clm/v1/contracts/{contract}/documents/query");
    let documents = company.send("POST", &path, json!({})).await;
    let documents = documents["Data"]["Data"].as_array().unwrap();
    let ids: Vec<&Value> = documents.iter().map(|one| &one["DocumentId"]).collect();
    assert_eq!(ids.len(), 2);
    let body = json!({
        "DocumentIds": ids, "DocumentOutputOptions": {"FileName": "Everything", "ConvertToPDF": true},
    });
    let path = format!("/api/clm/v1/contracts/{contract}/joindocuments");
    let joined = company.send("POST", &path, body).await;
    let joined = joined["Data"]["DocumentId"].as_str().unwrap();
    let path = format!("/api/clm/v1/contracts/{contract}/documents/{joined}");
    let joined = company.send("GET", &path, Value::Null).await;
    let content = joined["Data"]["BlobData"].as_str().unwrap();
    let pdf = company.keep("joined.pdf", &STANDARD.decode(content).unwrap());
    if let Some(text) = pdf_text(&pdf) {
        assert_says(&text, &says);
        assert_says(
            &text,
            &["For Marlow & Pryce Pharma", "Kind regards Demo Seed"],
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_snippets_of_a_solution_start_its_merge() {
    let company = Company::open().await;
    let template = company.template("Notice of expiry").await;
    for (language, program, flag) in [("Python", "python3", "-c"), ("cURL", "sh", "-c")] {
        let body = json!({
            "language": language,
            "solution": {"templateId": template, "outputBehaviors": [{"parameterName": "OFN", "value": "It's $HOME"}]},
        });
        let code = company
            .send("POST", "/api/ingress/v1/Solution/snippet", body)
            .await;
        let code = code
            .as_str()
            .unwrap()
            .replace("<access token>", &company.token);
        if language == "cURL" && tool("curl").is_none() {
            continue;
        }
        let Some(mut program) = tool(program) else {
            continue;
        };
        let printed = run(program.args([flag, &code]).env("NO_PROXY", "*"));
        let answer: Value = serde_json::from_str(&printed).unwrap();
        assert_eq!(answer["status"], "Accepted", "{printed}");
        company.sandbox.clock().advance(Duration::from_secs(1));
        let id = answer["correlationId"].as_str().unwrap();
        let path = format!("/api/ingress/v1/Merge/Preview/{id}");
        let files = company.send("GET", &path, Value::Null).await;
        assert_eq!(files[0]["mergedFileName"], "It's $HOME.txt");
    }
}
