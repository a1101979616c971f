//! Reviews of a contract's documents.

use serde_json::{Value, json};

use super::{Office, column, text};
use crate::mail;
use crate::services::tenant::{Got, Request};

const TOKEN: &str = "externalreviewtoken";

/// A contract with a document to review.
struct Desk {
    office: Office,
    contract: String,
    document: String,
}

impl Desk {
    fn new() -> Self {
        let office = Office::new();
        let contract = office.contract("Supply");
        let document = office.document(&contract, "draft.docx");
        Self {
            office,
            contract,
            document,
        }
    }

    fn start(&self, kind: &str, documents: Value) -> Got {
        self.on("create_contract_review")
            .header(TOKEN, "token")
            .json(json!({
                "ReviewType": kind, "PrimaryDocumentIds": documents, "Name": "Round one",
                "EmailSubject": "Please", "EmailBody": "Read this.",
                "To": [{"Name": "Ada", "EmailId": "ada@x.example"}, {"EmailId": "ben@x.example"}],
            }))
            .send()
    }

    fn on(&self, operation: &str) -> Request<'_> {
        self.office.on(&self.contract, operation)
    }

    fn review(&self) -> Value {
        let got = self.on("list_contract_reviews").send();
        got.data(200)[0].clone()
    }

    fn status(&self) -> String {
        self.office.status(&self.contract)
    }
}

#[test]
fn a_simple_review_ends_with_a_file() {
    let desk = Desk::new();
    assert_eq!(
        desk.start("SimpleReview", json!([desk.document])).data(200),
        true
    );
    assert_eq!(desk.status(), "Other Party Review");
    let review = desk.review();
    assert_eq!(review["ReviewType"], "SimpleReview");
    assert_eq!(review["ReviewStatus"], "Initiated");
    assert_eq!(review["OriginalDocumentName"], "draft.docx");
    assert_eq!(review["ReviewSequence"], "1");
    assert_eq!(
        column(&review["Reviewers"], "Name"),
        ["Ada", "ben@x.example"]
    );
    let again = desk.start("SimpleReview", json!([desk.document]));
    assert!(again.errors(400)[0].contains("in review already"));
    let on = |operation: &str| {
        desk.on(operation)
            .path("reviewId", text(&review["ReviewId"]))
    };
    assert!(on("cancel_contract_review").send().errors(400)[0].contains("SimpleReview"));
    let ids = json!({"ReviewerIds": [review["Reviewers"][0]["ReviewerId"]]});
    on("end_contract_reviewers").json(ids).send().errors(400);
    let got = on("end_contract_review")
        .file("file", "back.docx", "changed")
        .send();
    assert_eq!(got.data(200), true);
    assert_eq!(desk.status(), "Ready for Signature");
    let got = desk.on("list_contract_reviews").send();
    assert_eq!(got.data(200), &json!([]));
    let got = desk
        .on("query_contract_documents_with_review")
        .json(json!({"IncludeReviewStatus": true}))
        .send();
    assert_eq!(got.data(200)["Data"][0]["Status"], "Completed");
    assert_eq!(got.data(200)["Data"][0]["DocumentVersion"], 2);
    on("end_contract_review").send().errors(400);
}

#[test]
fn a_shared_review_can_be_changed_and_cancelled() {
    let desk = Desk::new();
    desk.start("Office365Review", json!([desk.document]))
        .data(200);
    let review = desk.review();
    let on = |operation: &str| {
        let call = desk.on(operation).header(TOKEN, "token");
        call.path("reviewId", text(&review["ReviewId"]))
    };
    let row = json!({"Reviewers": [{"Name": "Cyd", "EmailId": "cyd@x.example", "RecipientType": "User"}]});
    on("add_contract_reviewers").json(row).send().data(200);
    let ids = |at: usize| json!({"ReviewerIds": [desk.review()["Reviewers"][at]["ReviewerId"]]});
    on("end_contract_reviewers").json(ids(0)).send().data(200);
    on("cancel_contract_reviewers")
        .json(ids(1))
        .send()
        .data(200);
    on("cancel_contract_reviewers")
        .json(ids(1))
        .send()
        .errors(400);
    let nobody = json!({"ReviewerIds": ["nobody"]});
    on("end_contract_reviewers").json(nobody).send().errors(404);
    let now = desk.review();
    assert_eq!(now["ReviewStatus"], "In Progress");
    assert_eq!(
        column(&now["Reviewers"], "ReviewStatus"),
        ["Completed", "Canceled", "In Progress"]
    );
    on("cancel_contract_review").send().data(200);
    assert_eq!(desk.status(), "Author Contract");
    desk.start("Office365Review", json!([desk.document]))
        .data(200);
}

#[test]
fn a_contract_waits_for_its_last_review() {
    let desk = Desk::new();
    let other = desk.office.document(&desk.contract, "annex.docx");
    desk.start("SimpleReview", json!([desk.document, other]))
        .data(200);
    let got = desk.on("list_contract_reviews").send();
    let ids = column(got.data(200), "ReviewId");
    assert_eq!(ids.len(), 2);
    for (id, status) in ids
        .iter()
        .zip(["Other Party Review", "Ready for Signature"])
    {
        let call = desk.on("end_contract_review").path("reviewId", id);
        call.file("file", "back.docx", "changed").send().data(200);
        assert_eq!(desk.status(), status);
    }
}

#[test]
fn what_cannot_be_reviewed_is_refused() {
    let desk = Desk::new();
    let pdf = desk.office.document(&desk.contract, "annex.pdf");
    desk.start("SimpleReview", json!(["nobody"])).errors(404);
    desk.start("SimpleReview", json!([])).errors(400);
    desk.start("Handwriting", json!([pdf])).errors(400);
    desk.start("Office365Review", json!([desk.document, pdf]))
        .errors(400);
    assert!(desk.start("Office365Review", json!([pdf])).errors(400)[0].contains("no DOCX"));
    let tokenless = desk
        .on("create_contract_review")
        .json(json!({
            "ReviewType": "Office365Review", "PrimaryDocumentIds": [desk.document], "Name": "x",
            "EmailSubject": "x", "EmailBody": "x", "To": [{"EmailId": "a@b.example"}],
        }))
        .send();
    assert!(tokenless.errors(400)[0].contains("externalReviewToken"));
    assert_eq!(desk.status(), "Author Contract");
    desk.office.sign(&desk.contract);
    desk.start("SimpleReview", json!([desk.document]))
        .errors(400);
    let got = desk.on("list_contract_reviews").send();
    assert_eq!(got.data(200), &json!([]));
}

#[test]
fn the_start_of_a_review_is_mailed_to_its_reviewers() {
    let desk = Desk::new();
    let other = desk.office.document(&desk.contract, "terms.docx");
    let start = |fields: Value| {
        let mut request = json!({
            "ReviewType": "SimpleReview", "PrimaryDocumentIds": [desk.document], "Name": "Round one",
            "SupportingDocumentIds": [other],
            "AdditionalAttachments": [{"Name": "note.txt", "MimeType": "text/plain", "FileContent": "aGk="}],
            "EmailSubject": "Please read", "EmailBody": "<p>Read <b>this</b>.</p>",
            "To": [{"Name": "Ada", "EmailId": "ada@x.example"}], "Cc": [{"EmailId": "cc@x.example"}],
            "Bcc": [{"EmailId": "bcc@x.example"}],
        });
        for (name, value) in fields.as_object().unwrap() {
            request[name] = value.clone();
        }
        desk.on("create_contract_review").json(request).send()
    };
    let mails = || mail::all(&desk.office.tenant.world).unwrap();
    let supporting = start(json!({"SupportingDocumentIds": ["nobody"]}));
    assert!(supporting.errors(400)[0].contains("SupportingDocumentIds"));
    let injected = start(json!({"EmailSubject": "x\r\nBcc: eve@evil.example"}));
    assert!(injected.errors(400)[0].contains("Subject"));
    start(json!({"Cc": [{"EmailId": "a@b@c"}]})).errors(400);
    assert!(mails().is_empty());
    // What was refused has not begun.
    assert_eq!(desk.status(), "Author Contract");

    start(json!({})).data(200);
    let mail = mails().pop().unwrap();
    assert_eq!(mail.from.address, "ada@sandbox.example");
    assert_eq!(mail.to[0].name.as_deref(), Some("Ada"));
    assert_eq!(mail.cc[0].address, "cc@x.example");
    assert_eq!(mail.bcc[0].address, "bcc@x.example");
    assert_eq!(mail.subject, "Please read");
    assert_eq!(mail.html.as_deref(), Some("<p>Read <b>this</b>.</p>"));
    assert_eq!(mail.text, "Read this.\n");
    let names: Vec<&str> = mail
        .attachments
        .iter()
        .map(|file| file.name.as_str())
        .collect();
    assert_eq!(names, ["draft.docx", "terms.docx", "note.txt"]);
}

#[test]
fn reviewers_are_found_by_name_or_address() {
    let desk = Desk::new();
    let row = json!({"Name": "Cyd Moss", "Email": "cyd@x.example"});
    desk.office
        .tenant
        .call("data", "create_contact")
        .json(row)
        .send()
        .data(201);
    let search = |text: &str| {
        let call = desk
            .on("search_contract_reviewers")
            .path("searchString", text);
        let got = call.path("reviewType", "SimpleReview").send();
        got.data(200).clone()
    };
    let found = search("cyd@X");
    assert_eq!(found[0]["Name"], "Cyd Moss");
    assert_eq!(found[0]["RecipientType"], "Contact");
    let users = search("sandbox.example");
    assert!(
        users
            .as_array()
            .unwrap()
            .iter()
            .all(|row| row["RecipientType"] == "User")
    );
    assert!(!users.as_array().unwrap().is_empty());
    assert_eq!(search("nobody at all"), json!([]));
}

#[test]
fn a_token_of_the_directory_is_given_to_an_application() {
    let office = Office::new();
    let ask = |body: Value| office.call("create_review_token").json(body).send();
    let got = ask(json!({"ClientId": "c", "ClientSecret": "s", "Scope": "sites"}));
    assert!(!text(got.data(200)).is_empty());
    let refusal = ask(json!({"ClientId": "c"}));
    assert!(refusal.errors(400)[0].contains("ClientSecret"));
}
