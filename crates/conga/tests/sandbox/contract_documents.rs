//! Documents that contract management makes of contracts.

use std::sync::{Arc, Mutex};

use conga::{
    Client, Part,
    composer::{OutputFormat, ProtectionLevel},
};
use conga_sandbox::Sandbox;
use serde_json::json;

use super::{administrator, composer::template};

/// A new contract; gives its id.
async fn contract(client: &Client, name: &str) -> String {
    let contract = json!({"Name": name, "RecordType": "MSA"});
    let contract = client.contracts().create(&contract).await.unwrap();
    contract["Id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn contract_management_makes_documents_of_a_contract() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = administrator(&sandbox);
    let template = template(&client, "Master.txt", "Between {{Name}} and us").await;
    let contract = &contract(&client, "Supply").await;
    let documents = client.contract_documents(contract);
    let master = documents
        .generate(&template)
        .to(OutputFormat::Txt)
        .await
        .unwrap();
    let bytes = master.download().bytes().await.unwrap();
    assert_eq!(bytes, "Between Supply and us");
    let again = documents.regenerate(&template).to_pdf().await.unwrap();
    assert_eq!(again.document_id, master.document_id);
    assert_ne!(again.id, master.id);
    let bytes = again.download().bytes().await.unwrap();
    assert!(bytes.starts_with(b"%PDF-"));
    let beside = documents.generate_supporting(&template).await.unwrap();
    assert_ne!(beside.document_id, master.document_id);
    let error = documents.generate("none").await.unwrap_err();
    assert!(error.status().is_some(), "{error}");
}

#[tokio::test]
async fn documents_of_a_contract_are_previewed_joined_and_protected() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = administrator(&sandbox);
    let template = template(&client, "Master.txt", "Between {{Name}} and us").await;
    let contract = contract(&client, "Supply").await;
    let documents = client.contract_documents(&contract);

    let preview = documents.preview(&template).to_pdf().with_watermark();
    let preview = preview.await.unwrap();
    assert!(preview.content.starts_with(b"%PDF-"));
    assert_eq!(preview.extension.as_deref(), Some(".pdf"));
    let known = async || {
        let query = client.contracts().documents(&contract);
        query.stream().try_collect().await.unwrap().len()
    };
    assert_eq!(known().await, 0, "a preview is not kept");

    let master = documents.generate(&template).to_docx().await.unwrap();
    let beside = documents.generate_supporting(&template).to_docx();
    let parts = [master.document_id, beside.await.unwrap().document_id].map(Option::unwrap);
    let joined = documents
        .join(&parts, "Everything")
        .to_pdf()
        .header("Supply")
        .await
        .unwrap();
    let version = joined.version().await.unwrap();
    assert_eq!(version.name.as_deref(), Some("Everything.pdf"));
    let file = client.documents().download(&version.id);
    assert!(file.bytes().await.unwrap().starts_with(b"%PDF-"));
    assert_eq!(known().await, 3);

    let copy = documents.protect(&parts[0], ProtectionLevel::Reading);
    assert!(copy.await.unwrap().starts_with(b"PK"));
    let copy = documents.protect(&joined.document_id, ProtectionLevel::Reading);
    let error = copy.await.unwrap_err();
    assert!(error.messages()[0].contains("no DOCX"), "{error:?}");
    assert_eq!(known().await, 3, "a protected copy is not kept");
}

#[tokio::test]
async fn a_document_is_made_of_each_contract() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = administrator(&sandbox);
    let template = template(&client, "Master.txt", "Between {{Name}} and us").await;
    let mut contracts = Vec::new();
    for number in 0..5 {
        contracts.push(contract(&client, &format!("Supply {number}")).await);
    }
    contracts.insert(3, "none".to_owned());
    let told = Arc::new(Mutex::new(0));
    let tell = told.clone();
    let report = client
        .contracts()
        .generate_each(&contracts, &template)
        .to(OutputFormat::Txt)
        .progress(move |progress| *tell.lock().unwrap() = progress.done)
        .await;
    assert_eq!(*told.lock().unwrap(), 6);
    assert_eq!(report.failed(&contracts).not_done, [&contracts[3]]);
    for (row, name) in [(0, "Supply 0"), (4, "Supply 3"), (5, "Supply 4")] {
        let document = report.rows[row].result.as_ref().unwrap();
        let bytes = document.download().bytes().await.unwrap();
        assert_eq!(bytes, format!("Between {name} and us"));
    }
    let contract = client.contracts().get(&contracts[0]).await.unwrap();
    assert_eq!(contract["Status"], "Author Contract");
}

#[tokio::test]
async fn documents_are_brought_to_a_contract() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = administrator(&sandbox);
    let contract = contract(&client, "Supply").await;
    let documents = client.contract_documents(&contract);
    let draft = documents.upload(Part::bytes("draft.txt", "as spoken"));
    let draft = draft.await.unwrap();
    let bytes = client
        .documents()
        .download(&draft.id)
        .bytes()
        .await
        .unwrap();
    assert_eq!(bytes, "as spoken");
    let status = client.contracts().get(&contract).await.unwrap();
    assert_eq!(status["Status"], "Author Contract");

    let scan = "scans/2026/annex.txt";
    client.files().upload(scan, "as signed").await.unwrap();
    let annex = documents.link(scan).await.unwrap();
    assert_eq!(annex.name.as_deref(), Some("annex.txt"));
    let known = client.contracts().documents(&contract).stream();
    assert_eq!(known.try_collect().await.unwrap().len(), 2);
}
