//! Documents of contracts.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use super::{Office, column, text};
use crate::services::tenant::Got;

impl Office {
    #[track_caller]
    pub(super) fn document(&self, contract: &str, name: &str) -> String {
        let call = self.on(contract, "upload_contract_document");
        let got = call
            .file("file", name, format!("the text of {name}"))
            .send();
        text(&got.data(200)["DocumentId"])
    }

    fn document_names(&self, contract: &str) -> Vec<String> {
        let got = self.on(contract, "query_contract_documents").send();
        column(&got.data(200)["Data"], "Name")
    }
}

fn content(got: &Got) -> String {
    let data = text(&got.data(200)["BlobData"]);
    String::from_utf8(BASE64_STANDARD.decode(data).unwrap()).unwrap()
}

#[test]
fn a_first_document_brings_the_contract_to_authoring() {
    let office = Office::new();
    let contract = office.contract("Supply");
    let got = office
        .on(&contract, "upload_contract_document")
        .file("file", "../draft.docx", "words")
        .field(
            "documentAttributes",
            json!({"DocumentType": "AgreementDocument"}).to_string(),
        )
        .send();
    let document = got.data(200);
    assert_eq!(document["Name"], "draft.docx");
    assert_eq!(document["ObjectType"], "Agreement");
    assert_eq!(document["ObjectId"], contract.as_str());
    assert_eq!(document["DocumentType"], "AgreementDocument");
    assert_eq!(document["FileSize"], 5);
    assert_eq!(office.status(&contract), "Author Contract");
    office.step(&contract, "SEND_FOR_SIGNATURE").data(200);
    office.document(&contract, "annex.pdf");
    assert_eq!(office.status(&contract), "Out for Signature");
    assert_eq!(
        office.document_names(&contract),
        ["draft.docx", "annex.pdf"]
    );
    let none = office
        .on(&contract, "upload_contract_document")
        .field("x", "y");
    none.send().errors(400);
}

#[test]
fn a_contract_comes_with_its_document() {
    let office = Office::new();
    let create = |operation: &str, contract: Value| {
        office
            .call(operation)
            .file("file", "signed.pdf", "%PDF-1.7")
            .field("contract", contract.to_string())
            .send()
    };
    let row = json!({
        "Name": "Theirs", "RecordType": "NDA",
        "ContractStartDate": "2026-01-01", "ContractEndDate": "2026-12-31",
    });
    let got = create("create_contract_offline", row.clone());
    let offline = text(&got.data(200)["ObjectId"]);
    assert_eq!(office.status(&offline), "Author Contract");
    let got = create("store_executed_contract", row.clone());
    let executed = text(&got.data(200)["ObjectId"]);
    let shown = office.at(&executed);
    assert_eq!(shown["Status"], "Activated");
    assert_eq!(shown["StatusCategory"], "In Filing");
    assert_eq!(shown["ActivatedDate"], "2026-03-01T09:30:00.000Z");
    create("store_executed_contract", json!({"Name": "no type"})).errors(400);
    let bare = office
        .call("store_executed_contract")
        .file("file", "a.pdf", "x");
    assert!(bare.send().errors(400)[0].contains("contract is required"));
    assert_eq!(office.find("").len(), 2);
    office.done(&executed, "amend_contract");
    office.days_pass(400);
    assert_eq!(office.status(&executed), "Expired");
}

#[test]
fn an_imported_document_brings_the_contract_back_to_authoring() {
    let office = Office::new();
    let contract = office.contract("Supply");
    let import = || {
        let call = office.on(&contract, "import_contract_offline");
        call.file("file", "theirs.docx", "words").send()
    };
    import().data(200);
    assert_eq!(office.status(&contract), "Author Contract");
    office.step(&contract, "SEND_FOR_SIGNATURE").data(200);
    import().errors(400);
    assert_eq!(office.document_names(&contract).len(), 1);
}

#[test]
fn a_document_has_versions() {
    let office = Office::new();
    let contract = office.contract("Supply");
    let document = office.document(&contract, "draft.docx");
    let on = |operation: &str| {
        office
            .on(&contract, operation)
            .path("documentId", &document)
    };
    let got = on("get_contract_document").send();
    assert_eq!(content(&got), "the text of draft.docx");
    let first = text(&got.data(200)["DocumentMetadata"]["Id"]);
    let got = on("update_contract_document")
        .query("description", "their changes")
        .file("file", "draft2.docx", "other words")
        .send();
    let second = text(&got.data(200)["Id"]);
    assert_eq!(got.data(200)["DocumentVersion"], 2);
    assert_eq!(got.data(200)["Description"], "their changes");
    assert_ne!(first, second);
    assert_eq!(content(&on("get_contract_document").send()), "other words");
    let version = |id: &str| {
        let call = on("get_contract_document_version");
        call.path("documentMetadataId", id).send()
    };
    assert_eq!(content(&version(&first)), "the text of draft.docx");
    version("nobody").errors(404);
    let got = office
        .on(&contract, "query_contract_documents_with_review")
        .json(json!({"IncludeReviewStatus": true, "IncludeDocumentVersions": true}))
        .send();
    let row = &got.data(200)["Data"][0];
    assert_eq!(row["DocumentVersions"].as_array().unwrap().len(), 2);
    assert!(row["Status"].is_null());
    let delete = |ids: Value| on("delete_contract_document_versions").json(ids).send();
    delete(json!([second])).data(200);
    delete(json!([second])).errors(404);
    assert_eq!(
        content(&on("get_contract_document").send()),
        "the text of draft.docx"
    );
    let other = office.contract("Other");
    let elsewhere = office.on(&other, "get_contract_document");
    elsewhere.path("documentId", &document).send().errors(404);
}

#[test]
fn activation_keeps_the_documents_it_lists() {
    let office = Office::new();
    let contract = office.contract("Supply");
    let keep = office.document(&contract, "signed.pdf");
    office.document(&contract, "draft.docx");
    office.sign(&contract);
    let activate = |ids: Value| office.on(&contract, "activate_contract").json(ids).send();
    activate(json!(["nobody"])).errors(404);
    assert_eq!(office.status(&contract), "Fully Signed");
    activate(json!([keep])).data(200);
    assert_eq!(office.document_names(&contract), ["signed.pdf"]);

    let amendment = office.done(&contract, "amend_contract");
    assert_eq!(office.document_names(&amendment), ["signed.pdf"]);
    let got = office
        .on(&amendment, "list_contract_related_documents")
        .send();
    let rows = got.data(200);
    assert_eq!(rows[0]["DocumentMetadata"]["Name"], "signed.pdf");
    assert_eq!(rows[0]["RelationshipType"], "IsAmendedBy");
    office.on(&contract, "delete_contract").send().data(200);
    let got = office.on(&amendment, "query_contract_documents").send();
    let copy = text(&got.data(200)["Data"][0]["DocumentId"]);
    let got = office
        .on(&amendment, "get_contract_document")
        .path("documentId", copy)
        .send();
    assert_eq!(content(&got), "the text of signed.pdf");
}

#[test]
fn documents_are_deleted_by_name_or_all() {
    let office = Office::new();
    let contract = office.contract("Supply");
    let first = office.document(&contract, "a.txt");
    office.document(&contract, "b.txt");
    office.document(&contract, "c.txt");
    let other = office.contract("Other");
    let foreign = office.document(&other, "d.txt");
    let delete = |body: Option<Value>| {
        let call = office.on(&contract, "delete_contract_documents");
        match body {
            Some(body) => call.json(body).send(),
            None => call.send(),
        }
    };
    delete(Some(json!([first, foreign]))).errors(404);
    assert_eq!(office.document_names(&contract).len(), 3);
    delete(Some(json!([first]))).data(200);
    assert_eq!(office.document_names(&contract), ["b.txt", "c.txt"]);
    delete(None).data(200);
    assert!(office.document_names(&contract).is_empty());
    assert_eq!(office.document_names(&other), ["d.txt"]);
    let got = office
        .tenant
        .call("document-management", "get_document_metadata")
        .path("documentId", &first)
        .send();
    assert_eq!(got.data(200)["IsDeleted"], true);
}

#[test]
fn obligations_and_requests_have_documents() {
    let office = Office::new();
    let contract = office.contract("Supply");
    let obligation = office.obligation(&contract, json!({"Name": "Report"}));
    let on = |operation: &str| {
        office
            .on(&contract, operation)
            .path("obligationId", &obligation)
    };
    let got = on("upload_contract_obligation_document")
        .file("file", "plan.txt", "first, second")
        .send();
    let document = text(&got.data(200)["DocumentId"]);
    let got = on("get_contract_obligation_document")
        .path("documentId", &document)
        .send();
    assert_eq!(content(&got), "first, second");
    on("delete_contract_obligation_document")
        .path("documentId", &document)
        .send()
        .data(200);
    on("get_contract_obligation_document")
        .path("documentId", &document)
        .send()
        .errors(404);
    assert!(office.document_names(&contract).is_empty());

    let row = json!({"Name": "Please", "RecordType": "NDA"});
    let got = office.call("create_contract_request").json(row).send();
    let request = text(&got.data(200)["RequestHeader"]["Id"]);
    let on = |operation: &str| office.call(operation).path("id", &request);
    on("upload_contract_request_document")
        .file("file", "theirs.docx", "words")
        .send()
        .data(200);
    let got = on("list_contract_request_documents").send();
    assert_eq!(column(got.data(200), "Name"), ["theirs.docx"]);
    assert_eq!(
        got.data(200)[0]["DocumentMetadata"]["ObjectType"],
        "ContractRequest"
    );
    let got = office
        .call("convert_contract_request")
        .path("contractRequestId", &request)
        .send();
    let contract = text(&got.data(200)["Contract"]["Id"]);
    assert_eq!(office.document_names(&contract), ["theirs.docx"]);
    on("delete_contract_request_documents").send().data(200);
    let got = on("list_contract_request_documents").send();
    assert_eq!(got.data(200), &json!([]));
    assert_eq!(office.document_names(&contract), ["theirs.docx"]);
}

#[test]
fn a_large_document_comes_from_file_store() {
    let office = Office::new();
    let upload = office.tenant.call("file-store", "upload_file");
    let got = upload
        .path("filePath", "incoming/theirs")
        .path("fileName", "big.docx")
        .file("file", "big.docx", "many words")
        .send();
    assert!((200..300).contains(&got.status), "{}", got.json);
    let place = |name: &str| {
        json!({
            "FileName": name, "FilePath": "incoming/theirs",
            "DocumentAttributes": {"DocumentType": "AgreementDocument"},
            "Contract": {"Name": "Theirs", "RecordType": "NDA"},
        })
    };
    let create = |operation: &str, name: &str| office.call(operation).json(place(name)).send();
    let got = create("create_contract_offline_large", "big.docx");
    assert_eq!(got.data(200)["DocumentType"], "AgreementDocument");
    let offline = text(&got.data(200)["ObjectId"]);
    assert_eq!(office.status(&offline), "Author Contract");
    let got = create("store_executed_contract_large", "big.docx");
    let executed = text(&got.data(200)["ObjectId"]);
    assert_eq!(office.at(&executed)["StatusCategory"], "In Filing");
    create("store_executed_contract_large", "other.docx").errors(404);
    let mut outside = place("big.docx");
    outside["FilePath"] = json!("../../etc");
    let call = office.call("create_contract_offline_large");
    call.json(outside).send().errors(400);

    let contract = office.contract("Supply");
    let on = |operation: &str| {
        office
            .on(&contract, operation)
            .json(place("big.docx"))
            .send()
    };
    on("link_contract_document_large").data(200);
    let got = on("import_contract_offline_large");
    let document = text(&got.data(200)["DocumentId"]);
    assert_eq!(office.document_names(&contract), ["big.docx", "big.docx"]);
    let got = office
        .on(&contract, "get_contract_document")
        .path("documentId", document)
        .send();
    assert_eq!(content(&got), "many words");
}
