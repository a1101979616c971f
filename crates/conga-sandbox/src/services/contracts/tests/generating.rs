//! Documents that are made for contracts.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use super::{Office, column, text};
use crate::services::tenant::{Got, USER};

const TEMPLATE: &str = "{{Name}} with {{Account.Name}}, {{ContractStartDate \\@ d MMMM yyyy}}\n\
     {{TableStart:AgreementClause}}\n{{Name}}: {{Text}}\n{{TableEnd:AgreementClause}}\nEnd";

impl Office {
    /// Uploads a template; gives its id.
    #[track_caller]
    fn template(&self, name: &str, content: &str) -> String {
        let call = self.tenant.call("document-management", "upload_document");
        let got = call.file("file", name, content.to_owned()).send();
        text(&got.data(200)["DocumentId"])
    }

    fn make(&self, contract: &str, operation: &str, body: Value) -> Got {
        self.on(contract, operation).json(body).send()
    }

    /// The names of a contract's documents.
    fn files(&self, contract: &str) -> Vec<String> {
        let got = self.on(contract, "query_contract_documents").send();
        column(&got.data(200)["Data"], "Name")
    }
}

fn bytes(document: &Value) -> Vec<u8> {
    BASE64_STANDARD.decode(document.as_str().unwrap()).unwrap()
}

fn words(document: &Value) -> String {
    String::from_utf8(bytes(document)).unwrap()
}

#[track_caller]
fn warning(got: &Got) -> String {
    text(&got.json["Warnings"][0]["Message"])
}

#[test]
fn a_document_is_generated_of_the_contract_and_its_clauses() {
    let office = Office::new();
    let contract = office.contract("Supply");
    let template = office.template("Master.txt", TEMPLATE);
    for (name, words) in [
        ("Payment", "Sixty days."),
        ("Liability", "Limited."),
        ("Payment", "Thirty days."),
    ] {
        office.clause(
            &contract,
            json!({"Name": name, "Clause": name, "Text": words}),
        );
    }
    let body = json!({"TemplateId": template});
    let got = office.make(&contract, "generate_contract_document", body.clone());
    let made = got.data(200);
    assert_eq!(
        words(&made["Document"]),
        "Supply with Acme, 1 January 2026\nPayment: Thirty days.\nLiability: Limited.\nEnd"
    );
    assert_eq!(made["Status"], true);
    assert_eq!(made["DocumentExtension"], ".txt");
    assert_eq!(office.status(&contract), "Author Contract");
    let kept = office
        .on(&contract, "get_contract_document")
        .path("documentId", text(&made["DocumentId"]))
        .send();
    let kept = kept.data(200);
    assert_eq!(kept["BlobData"], made["Document"]);
    let metadata = &kept["DocumentMetadata"];
    assert_eq!(metadata["Id"], made["DocumentVersionId"]);
    assert_eq!(metadata["Name"], "Supply - Master.txt");
    assert_eq!(metadata["DocumentType"], "AgreementDocument");
    assert_eq!(metadata["Action"], "GENERATE");
    assert_eq!(metadata["TemplateId"], template.as_str());
    let got = office
        .on(&contract, "query_contract_activity_history")
        .send();
    let log = column(&got.data(200)["Data"], "Action");
    assert_eq!(log, ["Create", "Author"]);
}

#[test]
fn a_generated_document_is_generated_again_as_its_next_version() {
    let office = Office::new();
    let contract = office.contract("Supply");
    let template = office.template("t.txt", "{{Description}}.");
    let body = json!({"TemplateId": template});
    let again = |body: &Value| office.make(&contract, "regenerate_contract_document", body.clone());
    let refusal = again(&body);
    assert!(refusal.errors(400)[0].contains("generate one first"));
    let first = office.make(&contract, "generate_contract_document", body.clone());
    let first = first.data(200).clone();
    let supporting = office.make(
        &contract,
        "generate_contract_supporting_document",
        body.clone(),
    );
    supporting.data(200);
    office.step(&contract, "SEND_FOR_SIGNATURE").data(200);
    let row = json!({"Name": "Supply", "RecordType": "MSA", "Description": "new"});
    office.make(&contract, "update_contract", row).data(200);
    let second = again(&body);
    let second = second.data(200);
    assert_eq!(words(&first["Document"]), ".");
    assert_eq!(words(&second["Document"]), "new.");
    assert_eq!(first["DocumentId"], second["DocumentId"]);
    assert_ne!(first["DocumentVersionId"], second["DocumentVersionId"]);
    assert_eq!(office.status(&contract), "Out for Signature");
    assert_eq!(office.files(&contract).len(), 2);
    let refusal = office.make(&contract, "generate_contract_document", body);
    assert!(refusal.errors(400)[0].contains("cannot author"));
    let got = office
        .on(&contract, "query_contract_activity_history")
        .send();
    let log = column(&got.data(200)["Data"], "Action");
    assert_eq!(
        log,
        [
            "Create",
            "Author",
            "GenerateSupportingDocument",
            "SendForSignature",
            "Update",
            "RegenerateDocument"
        ]
    );
}

#[test]
fn formats_are_those_that_are_published() {
    let office = Office::new();
    let contract = office.contract("Supply");
    let template = office.template("t.txt", "{{Name}}");
    let make = |format: &str| {
        let body = json!({
            "TemplateId": template, "OutputFormat": format, "IncludeWatermark": true, "WatermarkText": "Entwurf",
            "ProtectionLevel": "AllowOnlyComments",
        });
        office.make(&contract, "preview_contract_document", body)
    };
    let got = make("DOCX");
    assert!(bytes(&got.data(200)["Document"]).starts_with(b"PK"));
    assert_eq!(got.json["Data"]["DocumentExtension"], ".docx");
    assert!(warning(&got).contains("watermarks"));
    for format in ["PDF", "pdf", "PDF/A"] {
        let got = make(format);
        assert!(bytes(&got.data(200)["Document"]).starts_with(b"%PDF"));
        assert_eq!(got.json["Data"]["DocumentExtension"], ".pdf");
        assert!(warning(&got).contains("not protected"));
        // A preview is not kept.
        assert_eq!(got.json["Data"]["DocumentId"], Value::Null);
    }
    assert!(make("RTF").errors(400)[0].contains("rtf"));
    assert!(office.files(&contract).is_empty());
    assert_eq!(office.status(&contract), "Request");
}

#[test]
fn what_cannot_be_made_is_told() {
    let office = Office::new();
    let contract = office.contract("Supply");
    let make =
        |contract: &str, body: Value| office.make(contract, "generate_contract_document", body);
    make("none", json!({"TemplateId": "x"})).errors(404);
    make(&contract, json!({})).errors(400);
    let refusal = make(&contract, json!({"TemplateId": "../x"}));
    assert!(refusal.errors(400)[0].contains("upload the template"));
    let torn = office.template("t.txt", "{{TableEnd:x}}");
    make(&contract, json!({"TemplateId": torn})).errors(400);
    let template = office.template("u.txt", "u");
    let body = json!({"TemplateId": template, "ProtectionLevel": "Padlock"});
    make(&contract, body).errors(400);
    assert_eq!(office.status(&contract), "Request");
    assert!(office.files(&contract).is_empty());
}

#[test]
fn settings_decide_what_the_call_leaves_open() {
    let office = Office::new();
    let contract = office.contract("Supply");
    let template = office.template("t.txt", "{{Name}}");
    let preview = |body: Value| {
        let mut body = body;
        body["TemplateId"] = template.clone().into();
        let got = office.make(&contract, "preview_contract_document", body);
        text(&got.data(200)["DocumentExtension"])
    };
    assert_eq!(preview(json!({})), ".txt");
    let setting = |row: Value| {
        let got = office
            .call("create_document_output_format")
            .json(row)
            .send();
        text(&got.data(201)["Id"])
    };
    setting(json!({"RecordType": "NDA", "DocumentAction": ["PREVIEW"], "OutputFormat": "pdf"}));
    assert_eq!(preview(json!({})), ".txt");
    let id =
        setting(json!({"RecordType": "MSA", "DocumentAction": ["Preview"], "OutputFormat": "pdf"}));
    assert_eq!(preview(json!({})), ".pdf");
    assert_eq!(preview(json!({"OutputFormat": "DOCX"})), ".docx");
    let locked = json!([{"Id": id, "AllowOverride": false, "OutputFormat": "pdf"}]);
    office
        .call("update_document_output_formats")
        .json(locked)
        .send()
        .data(200);
    assert_eq!(preview(json!({"OutputFormat": "DOCX"})), ".pdf");
}

#[test]
fn documents_of_a_contract_are_joined() {
    let office = Office::new();
    let contract = office.contract("Supply");
    let ids = ["a.txt", "b.txt"].map(|name| office.document(&contract, name));
    let join = |ids: &[&str], options: Value| {
        let body = json!({"DocumentIds": ids, "DocumentOutputOptions": options});
        office.make(&contract, "join_contract_documents", body)
    };
    let both = [ids[0].as_str(), ids[1].as_str()];
    let got = join(
        &both,
        json!({"FileName": "All", "ConvertToPDF": true, "DocumentType": "Exhibit", "HeaderFooter": {"FooterText": "x"}}),
    );
    let pdf = text(&got.data(200)["DocumentId"]);
    assert_eq!(got.json["Data"]["DocumentExtension"], ".pdf");
    assert_eq!(office.files(&contract), ["a.txt", "b.txt", "All.pdf"]);
    // A PDF joins into a PDF only.
    let more = [pdf.as_str(), ids[0].as_str()];
    join(&more, json!({"FileName": "More.pdf", "ConvertToPDF": true})).data(200);
    join(&more, json!({"FileName": "More"})).errors(400);
    let got = join(
        &both,
        json!({"FileName": "Both", "IncludeWatermark": true, "ProtectionLevel": "AllowOnlyReading"}),
    );
    assert!(warning(&got).contains("watermarks"));
    assert_eq!(
        office.files(&contract),
        ["a.txt", "b.txt", "All.pdf", "More.pdf", "Both.docx"]
    );
    join(&[], json!({"FileName": "x"})).errors(400);
    join(&both, json!({"FileName": ""})).errors(400);
    let other = office.contract("Other");
    let foreign = office.document(&other, "c.txt");
    join(&[&foreign], json!({"FileName": "x"})).errors(404);
}

#[test]
fn a_protected_copy_is_given() {
    let office = Office::new();
    let contract = office.contract("Supply");
    let template = office.template("t.txt", "{{Name}}");
    let body = json!({"TemplateId": template, "OutputFormat": "DOCX"});
    let got = office.make(&contract, "generate_contract_document", body);
    let document = text(&got.data(200)["DocumentId"]);
    let protect = |document: &str, body: Value| {
        let call = office.on(&contract, "protect_contract_document");
        call.path("documentId", document).json(body).send()
    };
    let level = json!({"UserSelectedProtectionLevel": "AllowOnlyRevisions"});
    let got = protect(&document, level.clone());
    let copy = &got.data(200)[0];
    assert_eq!(copy["DocumentId"], document.as_str());
    assert!(bytes(&copy["ProtectedDocument"]).starts_with(b"PK"));
    let text_document = office.document(&contract, "a.txt");
    assert!(protect(&text_document, level).errors(400)[0].contains("no DOCX"));
    // Without a level the setting for the caller's role decides.
    let review = json!({"DocumentAction": "SEND_FOR_REVIEW"});
    assert!(protect(&document, review.clone()).errors(400)[0].contains("setting"));
    let role = json!({"Name": "Counsel", "Action": ["SendForReview"], "IsActive": true});
    let role = office.call("create_team_role").json(role).send();
    let role = text(&role.data(200)["Id"]);
    let setting = json!({
        "Name": "Review", "Action": "Send For Review", "Role": {"Id": role, "Name": "Counsel"},
        "ProtectionLevel": "AllowOnlyComments",
    });
    let got = office
        .call("create_document_protection")
        .json(setting)
        .send();
    got.data(200);
    assert!(protect(&document, review.clone()).errors(400)[0].contains("role"));
    let member = json!([{"TeamMemberType": "User", "TeamMember": USER, "TeamRole": {"Id": role}}]);
    let call = office.on(&contract, "create_contract_team_members");
    call.json(member).send().data(200);
    protect(&document, review).data(200);
}

#[test]
fn templates_are_found_by_type_name_and_record_type() {
    let office = Office::new();
    let upload = |name: &str, properties: Value| {
        let call = office.tenant.call("document-management", "upload_document");
        let call = call.file("file", name, "{{Name}}");
        let got = call
            .field("customProperties", properties.to_string())
            .send();
        text(&got.data(200)["DocumentId"])
    };
    let master = upload(
        "Master.txt",
        json!({"Type": "Agreement", "RecordTypes": ["MSA", "SOW"]}),
    );
    upload("Notice.txt", json!({"Type": "Letter"}));
    upload("Drawing.png", json!({}));
    let contract = office.contract("Supply");
    office.document(&contract, "draft.txt");
    let query = |body: Value| {
        let got = office.call("query_templates").json(body).send();
        column(&got.data(200)["ResponseBody"], "Name")
    };
    assert_eq!(query(json!({})), ["Master", "Notice"]);
    assert_eq!(query(json!({"Type": "agreement"})), ["Master"]);
    assert_eq!(query(json!({"Name": "not"})), ["Notice"]);
    assert_eq!(query(json!({"RecordTypes": ["NDA"]})), ["Notice"]);
    assert_eq!(query(json!({"RecordTypes": ["SOW"]})), ["Master", "Notice"]);
    let got = office.call("query_templates").send();
    assert_eq!(got.data(200)["ResponseBody"][0]["Id"], master.as_str());
}
