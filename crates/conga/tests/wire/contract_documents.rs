//! What contract management is asked for of its documents, and how its answers are read.

use conga::{
    Part,
    composer::{OutputFormat, ProtectionLevel},
};
use serde_json::{Value, json};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers};

use super::{answering, client, envelope, sent};

#[tokio::test]
async fn a_contract_document_is_there_with_the_answer() {
    let data = json!({"Status": true, "DocumentVersionId": "v1", "DocumentId": "d1", "DocumentExtension": ".pdf"});
    let (server, client) = answering(200, envelope(data)).await;
    let made = client
        .contract_documents("c/1")
        .generate_supporting("t1")
        .to_pdf()
        .watermark("DRAFT")
        .protection_level(ProtectionLevel::Reading)
        .await
        .unwrap();
    assert_eq!(
        (made.id.as_str(), made.document_id.as_deref()),
        ("v1", Some("d1"))
    );
    assert_eq!(
        sent(&server).await,
        [
            r#"POST /api/clm/v1/contracts/c%2F1/supportingdocument {"IncludeWatermark":true,"OutputFormat":"PDF","ProtectionLevel":"AllowOnlyReading","TemplateId":"t1","WatermarkText":"DRAFT"}"#
        ]
    );
    let data = json!({"Status": false, "Message": "the template is checked out"});
    let (_server, client) = answering(200, envelope(data)).await;
    let generate = client.contract_documents("c1").generate("t1");
    let error = generate.await.unwrap_err();
    assert!(error.to_string().contains("`Status` is false"), "{error}");
}

#[tokio::test]
async fn a_preview_comes_along_with_the_answer() {
    let data = json!({"Status": true, "Document": "JVBERi0xLjc=", "DocumentExtension": ".pdf", "DocumentId": null});
    let (server, client) = answering(200, envelope(data)).await;
    let preview = client
        .contract_documents("c1")
        .preview("t1")
        .to_pdf()
        .with_watermark()
        .await
        .unwrap();
    assert_eq!(
        (&preview.content[..], preview.extension.as_deref()),
        (&b"%PDF-1.7"[..], Some(".pdf"))
    );
    assert!(!format!("{preview:?}").contains("PDF-1"), "{preview:?}");
    assert_eq!(
        sent(&server).await,
        [
            r#"POST /api/clm/v1/contracts/c1/previewdocument {"IncludeWatermark":true,"OutputFormat":"PDF","TemplateId":"t1"}"#
        ]
    );
    for (data, reason) in [
        (json!({"Status": true}), "no content"),
        (json!({"Document": "%"}), "no Base64"),
        (json!({"Status": false}), "`Status` is false"),
    ] {
        let (_server, client) = answering(200, envelope(data)).await;
        let preview = client.contract_documents("c1").preview("t1").await;
        let error = preview.unwrap_err();
        assert!(error.to_string().contains(reason), "{error}");
    }
}

#[tokio::test]
async fn documents_of_a_contract_are_joined_under_a_name() {
    let data = json!({"Status": true, "DocumentId": "d3", "DocumentExtension": ".pdf"});
    let (server, client) = answering(200, envelope(data)).await;
    let joined = client
        .contract_documents("c1")
        .join(["d1", "d2"], "Everything")
        .to_pdf()
        .document_type("Exhibit")
        .header("h")
        .footer("f")
        .watermark("DRAFT")
        .protection_level(ProtectionLevel::Nothing)
        .await
        .unwrap();
    assert_eq!(joined.document_id, "d3");
    let _ = joined.version().await;
    let requests = sent(&server).await;
    let body = requests[0]
        .strip_prefix("POST /api/clm/v1/contracts/c1/joindocuments ")
        .unwrap();
    assert_eq!(
        serde_json::from_str::<Value>(body).unwrap(),
        json!({
            "DocumentIds": ["d1", "d2"],
            "DocumentOutputOptions": {
                "FileName": "Everything", "ConvertToPDF": true, "DocumentType": "Exhibit",
                "HeaderFooter": {"HeaderText": "h", "FooterText": "f"}, "IncludeWatermark": true, "WatermarkText": "DRAFT",
                "ProtectionLevel": "NoProtection",
            },
        })
    );
    assert_eq!(
        requests[1],
        "GET /api/document-management/v1/documents/d3/metadata"
    );
}

#[tokio::test]
async fn a_protected_copy_comes_along_with_the_answer() {
    let data = json!([{"DocumentId": "d1", "ProtectedDocument": "UEs="}]);
    let (server, client) = answering(200, envelope(data)).await;
    let documents = client.contract_documents("c1");
    let copy = documents.protect("d1", ProtectionLevel::Revisions);
    assert_eq!(copy.await.unwrap(), "PK");
    assert_eq!(
        sent(&server).await,
        [
            r#"POST /api/clm/v1/contracts/c1/documents/d1/protect {"UserSelectedProtectionLevel":"AllowOnlyRevisions"}"#
        ]
    );
    let (_server, client) = answering(200, envelope(json!([]))).await;
    let documents = client.contract_documents("c1");
    let copy = documents.protect("d1", ProtectionLevel::Revisions);
    assert!(copy.await.unwrap_err().to_string().contains("no content"));
}

#[tokio::test]
async fn each_contract_has_its_document_or_its_reason() {
    let server = MockServer::start().await;
    let made = envelope(json!({"DocumentVersionId": "v", "DocumentId": "d"}));
    let template = json!({"TemplateId": "t1", "OutputFormat": "TXT"});
    for (contract, status) in [("lost", 502), ("gone", 404), ("late", 429)] {
        let mock = Mock::given(matchers::path(format!(
            "/api/clm/v1/contracts/{contract}/generate"
        )))
        .and(matchers::body_json(&template))
        .respond_with(ResponseTemplate::new(status))
        .with_priority(1);
        let mock = if contract == "late" {
            mock.up_to_n_times(1)
        } else {
            mock
        };
        mock.mount(&server).await;
    }
    Mock::given(matchers::any())
        .respond_with(ResponseTemplate::new(200).set_body_json(made))
        .mount(&server)
        .await;
    let ids = ["good", "lost", "gone", "late"];
    let contracts = client(&server).contracts();
    let report = contracts
        .generate_each(ids, "t1")
        .to(OutputFormat::Txt)
        .concurrency(2)
        .await;
    let submissions: Vec<u32> = report.rows.iter().map(|row| row.submissions).collect();
    assert_eq!(
        submissions,
        [1, 1, 1, 2],
        "one is submitted again: it surely was not processed, and may do better"
    );
    let failed = report.failed(&ids);
    assert_eq!(failed.not_done, [&"gone"]);
    assert_eq!(failed.unsure, [&"lost"]);
    let failures: Vec<usize> = report.failures().map(|(row, _)| row).collect();
    assert_eq!(failures, [1, 2]);
    assert!(report.complete().is_err());
}

#[tokio::test]
async fn a_document_is_brought_in_a_form_or_by_way_of_the_file_store() {
    let data = json!({"Id": "v1", "DocumentId": "d1", "Name": "msa.docx"});
    let (server, client) = answering(200, envelope(data)).await;
    let documents = client.contract_documents("c1");
    let made = documents
        .upload(Part::bytes("msa.docx", "PK"))
        .await
        .unwrap();
    assert_eq!(made.id, "v1");
    documents.link("drafts/2026/msa.docx").await.unwrap();
    let requests = sent(&server).await;
    assert!(requests[0].starts_with("POST /api/clm/v1/contracts/c1/documents "));
    assert!(requests[0].contains(r#"name="file"; filename="msa.docx""#));
    assert_eq!(
        requests[1],
        r#"POST /api/clm/v1/contracts/c1/documents/large {"FileName":"msa.docx","FilePath":"drafts/2026"}"#
    );
}
