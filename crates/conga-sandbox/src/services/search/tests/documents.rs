//! Documents, found by what is in them.

use std::io::{Cursor, Write as _};

use serde_json::{Value, json};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::services::tenant::{Got, Tenant};

fn upload(tenant: &Tenant, owner: &str, name: &str, content: &[u8]) {
    let request = tenant.call("document-management", "upload_document");
    let request = request
        .query("objectType", "Account")
        .query("objectId", owner);
    request
        .file("file", name, content.to_vec())
        .send()
        .data(200);
}

fn office_file(part: &str, content: &str) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    archive
        .start_file(part, SimpleFileOptions::default())
        .unwrap();
    let xml = format!("<?xml version=\"1.0\"?><root>{content}</root>");
    archive.write_all(xml.as_bytes()).unwrap();
    archive.finish().unwrap().into_inner()
}

fn find(tenant: &Tenant, body: Value) -> Got {
    tenant.call("search", "query_documents").json(body).send()
}

#[test]
fn documents_are_found_by_their_texts() {
    let tenant = Tenant::empty();
    let acme = tenant.create("Account", json!({"Name": "Acme"}));
    let other = tenant.create("Account", json!({"Name": "Other"}));
    upload(
        &tenant,
        &acme,
        "terms.txt",
        "Force majeure clauses. No force without majeure.".as_bytes(),
    );
    upload(&tenant, &acme, "notes.txt", b"Force of law");
    let word = office_file(
        "word/document.xml",
        "<w:p><w:r><w:t>Indem</w:t></w:r><w:r><w:t>nity</w:t></w:r></w:p><w:p><w:t>clause</w:t></w:p>",
    );
    upload(&tenant, &other, "deal.docx", &word);
    let sheet = office_file(
        "xl/sharedStrings.xml",
        "<si><t>Turnover &amp; tax</t></si><si><t>2026</t></si>",
    );
    upload(&tenant, &other, "sums.xlsx", &sheet);
    upload(&tenant, &other, "broken.docx", b"not a zip");
    upload(&tenant, &other, "scan.pdf", b"%PDF-1.4 majeure");

    let words = |text: &str| {
        find(
            &tenant,
            json!({"SearchType": "Fulltext", "Criteria": text, "Select": ["Name"]}),
        )
        .names()
    };
    assert_eq!(words("force"), ["terms.txt", "notes.txt"]);
    assert_eq!(words("majeure"), ["terms.txt"]);
    assert_eq!(words("indemnity clause"), ["deal.docx"]);
    assert_eq!(words("turnover tax 2026"), ["sums.xlsx"]);
    assert_eq!(words("scan"), ["scan.pdf"]);
    let all = find(&tenant, json!({"Criteria": "Name LIKE '%.docx'"}));
    assert_eq!(all.names(), ["deal.docx", "broken.docx"]);
    assert!(all.data(200)[0].get("FileId").is_none());
    let request = tenant
        .call("search", "query_documents")
        .query("objectName", "Agreement");
    let none = request
        .json(json!({"SearchType": "Fulltext", "Criteria": "force"}))
        .send();
    assert_eq!(none.data(200), &json!([]));

    let several = |text: &str| {
        let body = json!({
            "DocumentSearchText": text,
            "MultipleObjectSearchQueries": [{"Query": {"ObjectName": "Account", "Select": ["Name"]}, "IsPrimaryObject": true}],
        });
        tenant
            .call("search", "query_multiple_objects")
            .json(body)
            .send()
            .data(200)
            .clone()
    };
    assert_eq!(
        several("force"),
        json!([{"Name": "Acme", "DocumentCount": 2, "NoOfOccurrances": 3}])
    );
    assert_eq!(
        several("indemn*"),
        json!([{"Name": "Other", "DocumentCount": 1, "NoOfOccurrances": 1}])
    );
    assert_eq!(several("nowhere"), json!([]));
}

#[test]
fn a_document_is_indexed_by_its_id() {
    let tenant = Tenant::empty();
    let acme = tenant.create("Account", json!({"Name": "Acme"}));
    upload(&tenant, &acme, "terms.txt", b"liability");
    let version = find(&tenant, json!({})).data(200)[0].clone();
    let index = |body: Value| tenant.call("search", "index_document").json(body).send();
    let id = version["DocumentId"].clone();
    assert_eq!(index(json!({"DocumentId": id})).data(200), &id);
    assert_eq!(
        index(json!({"DocumentId": id, "Version": "1"})).data(200),
        &id
    );
    index(json!({"DocumentId": id, "Version": "2"})).errors(404);
    index(json!({"DocumentId": "../../etc/passwd"})).errors(404);
    index(json!({})).errors(404);
}
