//! Composer over HTTP: what comes out is read by programs that others wrote.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::path::PathBuf;
use std::time::Duration;

use common::tools::{assert_all, office_pdf, pdf_text, python, run, tool};
use common::{integration_token, request};
use conga_sandbox::{Clock, Sandbox};
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use tempfile::TempDir;

/// What is merged: text beyond ASCII, rows, a line break.
fn data() -> Value {
    json!({
        "Name": "Angebot Nr. 7", "Customer": "Müller & Söhne <GmbH>", "Total": 1234.5, "Date": "2026-03-01",
        "Note": "Größe: 5 µm\nPreis in €, ça va ß Łódź Ελλάδα Москва",
        "Lines": [
            {"Item": "Orbit 400", "Price": 1000, "Parts": [{"Part": "Objektiv"}, {"Part": "Träger"}]},
            {"Item": "Pulse Mini", "Price": 234.5, "Parts": []},
        ],
        "Nothing": [],
    })
}

/// A template as Word might have left it: torn runs, a table, a paragraph region, a header.
const TEMPLATE: &str = r#"
import sys
from docx import Document
document = Document()
document.add_heading("{{Name}}", level=1)
paragraph = document.add_paragraph("Für {{Cus")
paragraph.add_run("tom").bold = True
paragraph.add_run(r'er}} vom {{Date \@ "d MMMM yyyy"}}')
document.add_paragraph("{{Note}}")
table = document.add_table(rows=3, cols=2)
table.style = "Table Grid"
for row, cells in enumerate([["Artikel", "Preis"], ["{{TableStart:Lines}}{{Item}}", r"{{Price \# #,##0.00}}{{TableEnd:Lines}}"], ["Summe", r"{{Total \# Currency}}"]]):
    for column, text in enumerate(cells):
        table.rows[row].cells[column].text = text
gone = document.add_table(rows=1, cols=1)
gone.rows[0].cells[0].text = "{{TableStart:Nothing}}weg{{TableEnd:Nothing}}"
document.add_paragraph("{{TableStart:Lines}}")
document.add_paragraph("Teile von {{Item}}:")
document.add_paragraph("{{TableStart:Parts}}{{Part}}{{TableEnd:Parts}}", style="List Bullet")
document.add_paragraph("{{TableEnd:Lines}}")
document.add_page_break()
document.add_paragraph("Letzte Seite")
document.sections[0].header.paragraphs[0].text = "Kopf {{Name}}"
document.save(sys.argv[1])
"#;

struct Composer {
    sandbox: Sandbox,
    token: String,
    folder: TempDir,
}

impl Composer {
    async fn start() -> Self {
        let clock = Clock::stopped("2026-03-01T09:30:00Z".parse().unwrap());
        let sandbox = Sandbox::builder().clock(clock).start().await.unwrap();
        let token = integration_token(&sandbox).await;
        Self {
            sandbox,
            token,
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        request(&self.sandbox, method, path, &self.token)
    }

    async fn json(&self, request: reqwest::RequestBuilder) -> Value {
        let answer = request.send().await.unwrap();
        let status = answer.status();
        let body: Value = answer.json().await.unwrap();
        assert!(status.is_success(), "{status}: {body}");
        body
    }

    /// Uploads a template; gives the document's id.
    async fn upload(&self, name: &'static str, content: Vec<u8>) -> String {
        let form = Form::new().part("file", Part::bytes(content).file_name(name));
        let path = "/api/document-management/v1/documents/upload";
        let answer = self.json(self.request("POST", path).multipart(form)).await;
        answer["Data"]["DocumentId"].as_str().unwrap().to_owned()
    }

    /// Merges a template; gives the one file that comes of it.
    async fn merge(&self, template: &str, options: Value) -> PathBuf {
        let body = json!({
            "templateSources": [{"integrationName": "conga", "fileId": template}],
            "jsonData": data().to_string(), "legacyOptions": options, "locale": "de-DE",
        });
        let started = self
            .json(self.request("POST", "/api/ingress/v1/Merge").json(&body))
            .await;
        let id = started["correlationId"].as_str().unwrap();
        self.sandbox.clock().advance(Duration::from_secs(1));
        let status = self
            .json(self.request("GET", &format!("/api/ingress/v1/Status/{id}")))
            .await;
        assert_eq!(status["message"], "Completed", "{status}");
        let files = self
            .json(self.request("GET", &format!("/api/ingress/v1/Merge/Preview/{id}")))
            .await;
        let file = &files[0];
        let link = file["mergedFileUri"].as_str().unwrap();
        let content = reqwest::get(link).await.unwrap().bytes().await.unwrap();
        let path = self
            .folder
            .path()
            .join(file["mergedFileName"].as_str().unwrap());
        std::fs::write(&path, content).unwrap();
        path
    }

    /// Has a job done; gives the one document that comes of it.
    async fn job(&self, path: &str, body: Value) -> Value {
        let path = format!("/api/ingress/v2/documents/{path}");
        let queued = self.json(self.request("POST", &path).json(&body)).await;
        self.sandbox.clock().advance(Duration::from_secs(1));
        let path = format!(
            "/api/ingress/v2/jobs/{}",
            queued["job"]["id"].as_str().unwrap()
        );
        let mut job = self.json(self.request("GET", &path)).await;
        job["result"]["Documents"][0].take()
    }

    /// Downloads a document of a job.
    async fn download(&self, document: &Value) -> PathBuf {
        let id = document["id"].as_str().unwrap();
        let path = format!("/api/document-management/v1/documents/{id}/download");
        let content = self.request("GET", &path).send().await.unwrap();
        let content = content.bytes().await.unwrap();
        let name = document["name"].as_str().unwrap();
        let file = self.folder.path().join(name);
        std::fs::write(&file, content).unwrap();
        file
    }

    /// The template of Word, written by python-docx.
    async fn word_template(&self) -> Option<String> {
        let path = self.folder.path().join("template.docx");
        let made = python()?
            .args(["-c", TEMPLATE])
            .arg(&path)
            .output()
            .unwrap();
        assert!(
            made.status.success(),
            "{}",
            String::from_utf8_lossy(&made.stderr)
        );
        Some(
            self.upload("Angebot.docx", std::fs::read(path).unwrap())
                .await,
        )
    }
}

const BEYOND_ASCII: [&str; 8] = [
    "Für Müller & Söhne <GmbH> vom 1 March 2026",
    "Größe: 5 µm",
    "Preis in €, ça va ß Łódź Ελλάδα Москва",
    "Orbit 400",
    "1.000,00",
    "Pulse Mini",
    "234,50",
    "1.234,50 €",
];

#[tokio::test]
async fn a_docx_stays_one_that_others_open() {
    let composer = Composer::start().await;
    let Some(template) = composer.word_template().await else {
        return;
    };
    let merged = composer.merge(&template, json!({})).await;
    assert_eq!(merged.extension().unwrap(), "docx");
    if let Some(mut unzip) = tool("unzip") {
        assert!(run(unzip.arg("-t").arg(&merged)).contains("No errors detected"));
    }
    if let Some(mut python) = python() {
        let script = "import sys, json\nfrom docx import Document\nd = Document(sys.argv[1])\n\
             print(json.dumps({'style': d.paragraphs[0].style.name, 'text': [p.text for p in d.paragraphs], \
             'tables': [[[c.text for c in r.cells] for r in t.rows] for t in d.tables], \
             'header': d.sections[0].header.paragraphs[0].text}))";
        let read: Value =
            serde_json::from_str(&run(python.args(["-c", script]).arg(&merged))).unwrap();
        assert_eq!(read["style"], "Heading 1");
        assert_eq!(read["header"], "Kopf Angebot Nr. 7");
        assert_eq!(
            read["tables"],
            json!([[
                ["Artikel", "Preis"],
                ["Orbit 400", "1.000,00"],
                ["Pulse Mini", "234,50"],
                ["Summe", "1.234,50\u{a0}€"],
            ]])
        );
        let text: Vec<&str> = read["text"]
            .as_array()
            .unwrap()
            .iter()
            .map(|p| p.as_str().unwrap())
            .collect();
        assert_eq!(text[1], "Für Müller & Söhne <GmbH> vom 1 March 2026");
        assert_eq!(
            text[2],
            "Größe: 5 µm\nPreis in €, ça va ß Łódź Ελλάδα Москва"
        );
        assert_eq!(
            text[3..7],
            [
                "Teile von Orbit 400:",
                "Objektiv",
                "Träger",
                "Teile von Pulse Mini:"
            ]
        );
    }
    if let Some(pdf) = office_pdf(&merged)
        && let Some(text) = pdf_text(&pdf)
    {
        assert_all(&text, &BEYOND_ASCII);
        assert_all(&text, &["Träger", "\u{c}", "Letzte Seite"]);
        assert!(!text.contains("{{") && !text.contains("weg"), "{text}");
    }
}

#[tokio::test]
async fn a_pdf_reads_back() {
    let composer = Composer::start().await;
    let Some(template) = composer.word_template().await else {
        return;
    };
    let pdf = composer
        .merge(&template, json!({"DefaultPDF": "1", "OFN": "{{Name}}"}))
        .await;
    assert_eq!(pdf.file_name().unwrap(), "Angebot Nr. 7.pdf");
    if let Some(text) = pdf_text(&pdf) {
        assert_all(&text, &["Angebot Nr. 7"]);
        assert_all(&text, &BEYOND_ASCII);
        assert_all(
            &text,
            &[
                "Teile von Orbit 400:",
                "• Objektiv",
                "• Träger",
                "Teile von Pulse Mini:",
                "\u{c}",
                "Letzte Seite",
            ],
        );
        assert!(!text.contains("{{") && !text.contains("weg"), "{text}");
    }
    if let Some(mut info) = tool("pdfinfo") {
        let info = run(info.arg(&pdf));
        assert!(info.contains("Pages:           2"), "{info}");
    }
    if let Some(mut fonts) = tool("pdffonts") {
        let fonts = run(fonts.arg(&pdf));
        assert_eq!(fonts.matches("NotoSans").count(), 2, "{fonts}");
        assert!(!fonts.contains(" no  no "), "{fonts}");
    }
}

#[tokio::test]
async fn html_becomes_a_docx_and_a_pdf() {
    let composer = Composer::start().await;
    let html = "<h1>{{Name}}</h1><p>Für <b>{{Customer}}</b> vom {{Date \\@ d MMMM yyyy}}</p><p>{{Note}}</p>\
         <table><tr><th>Artikel<th>Preis<tr><td>{{TableStart:Lines}}{{Item}}</td>\
         <td align=right>{{Price \\# #,##0.00}}{{TableEnd:Lines}}</td></tr></table><p>{{Total \\# Currency}}</p>";
    let form = Form::new().part("file", Part::bytes(html.as_bytes()).file_name("a.html"));
    let path = "/api/filestore/v1/files/templates/Angebot.html/upload";
    composer
        .json(composer.request("POST", path).multipart(form))
        .await;
    let data = json!([{"ObjectName": "Angebot", "Result": [data()]}]);
    for format in ["PDF", "DOCX"] {
        let body = json!({
            "templates": [{"id": "templates/Angebot.html"}],
            "data": [{"entityName": "Angebot", "data": data.to_string()}],
            "outputConfig": {
                "outputFormat": format, "culture": "de-DE", "footerText": "Vertraulich – nur für Sie",
            },
        });
        let document = composer.job("generate", body).await;
        let file = composer.download(&document).await;
        let pdf = match format {
            "PDF" => Some(file),
            _ => office_pdf(&file),
        };
        if let Some(pdf) = pdf
            && let Some(text) = pdf_text(&pdf)
        {
            assert_all(&text, &BEYOND_ASCII);
            assert_eq!(text.contains("Vertraulich – nur für Sie"), format == "PDF");
        }
    }
}

#[tokio::test]
async fn a_protected_docx_says_so_to_others() {
    let composer = Composer::start().await;
    let text = composer.upload("a.txt", b"text".to_vec()).await;
    let docx = json!({"outputConfig": {"outputFormat": "DOCX"}});
    let docx = composer.job(&format!("{text}/convert"), docx).await;
    let protection = json!({
        "wordProtectionConfig": {"restrictionType": "ReadOnly", "restrictionPassword": "geheim"},
    });
    let path = format!("{}/protect", docx["id"].as_str().unwrap());
    let protected = composer.job(&path, protection).await;
    let file = composer.download(&protected).await;
    if let Some(mut python) = python() {
        let script = "import sys\nfrom docx import Document\nfrom docx.oxml.ns import qn\n\
             e = Document(sys.argv[1]).settings.element.find(qn('w:documentProtection'))\n\
             print(e.get(qn('w:edit')), e.get(qn('w:algorithmName')))";
        let read = run(python.args(["-c", script]).arg(&file));
        assert_eq!(read.trim(), "readOnly SHA-512");
    }
}

#[tokio::test]
async fn pdfs_are_joined_and_encrypted_for_others() {
    let composer = Composer::start().await;
    let Some(template) = composer.word_template().await else {
        return;
    };
    // A PDF that somebody else wrote: LibreOffice.
    let merged = composer.merge(&template, json!({})).await;
    let Some(office) = office_pdf(&merged) else {
        return;
    };
    let office = composer
        .upload("office.pdf", std::fs::read(office).unwrap())
        .await;
    let note = composer.upload("note.txt", "Zum Schluß: µm".into()).await;
    let documents = json!([{"id": office}, {"id": note}, {"id": office}]);
    let joined = composer.job("join", json!({"documents": documents})).await;
    let file = composer.download(&joined).await;
    if let Some(text) = pdf_text(&file) {
        assert_all(&text, &BEYOND_ASCII);
        assert_all(
            &text,
            &[
                "Letzte Seite",
                "Zum Schluß: µm",
                "Angebot Nr. 7",
                "Letzte Seite",
            ],
        );
    }
    let protection =
        json!({"pdfProtectionConfig": {"allowPrinting": true, "ownerPassword": "Schlüssel"}});
    let path = format!("{}/protect", joined["id"].as_str().unwrap());
    let protected = composer.job(&path, protection).await;
    let file = composer.download(&protected).await;
    if let Some(mut info) = tool("pdfinfo") {
        let info = run(info.arg(&file));
        assert!(info.contains("Pages:           5"), "{info}");
        let allowed = "yes (print:yes copy:no change:no addNotes:no algorithm:AES-256)";
        assert!(info.contains(allowed), "{info}");
    }
    // Who gives a password at all must give the right one.
    for (password, is_right) in [("Schlüssel", true), ("Schlussel", false)] {
        let Some(mut tool) = tool("pdftotext") else {
            return;
        };
        let tool = tool.args(["-upw", "falsch", "-opw", password, "-enc", "UTF-8"]);
        let read = tool.arg(&file).arg("-").output().unwrap();
        assert_eq!(read.status.success(), is_right);
        let text = String::from_utf8(read.stdout).unwrap();
        assert_eq!(text.contains("Zum Schluß: µm"), is_right);
    }
}
