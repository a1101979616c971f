//! The service as its callers see it: calls in, answers out.

use serde_json::{Value, json};

use crate::mail;
use crate::request::Caller;
use crate::services::tenant::{Got, Request, Tenant};

const TOKEN: &str = "externaltoken";

/// A tenant with a document.
struct Desk {
    tenant: Tenant,
    document: String,
}

impl Desk {
    fn new() -> Self {
        let tenant = Tenant::empty();
        let document = upload(&tenant, "draft.docx");
        Self { tenant, document }
    }

    fn call(&self, operation: &str, kind: &str) -> Request<'_> {
        let call = self.tenant.call("review", operation);
        call.path("reviewtype", kind)
    }

    fn start(&self, kind: &str, documents: &[&str]) -> Got {
        let details: Value = documents.iter().map(|id| json!({"Id": id})).collect();
        self.call("start_review", kind)
            .header(TOKEN, "token")
            .json(json!({
                "Reviewers": [
                    {"Name": "Ada", "Email": "ada@x.example", "RecipientType": "Email"},
                    {"Name": "Ben", "Email": "ben@x.example"},
                ],
                "DocumentDetails": details,
                "ReviewNotification": {"Subject": "Round one"},
                "ReviewObject": {"Id": "C1", "Name": "Agreement"},
                "ReviewTypeBehavior": "Internal",
            }))
            .send()
    }

    #[track_caller]
    fn started(&self, kind: &str) -> String {
        let got = self.start(kind, &[&self.document]);
        assert_eq!(got.status, 200, "{}", got.json);
        let review = &got.json["SuccessfulReviews"][0]["ReviewId"];
        review.as_str().unwrap().to_owned()
    }

    fn on(&self, operation: &str, kind: &str, review: &str) -> Request<'_> {
        let call = self.call(operation, kind).header(TOKEN, "token");
        call.path("reviewid", review)
    }

    fn review(&self, kind: &str, review: &str) -> Value {
        let call = self.call("get_review", kind).path("reviewid", review);
        let got = call.send();
        assert_eq!(got.status, 200, "{}", got.json);
        got.json
    }
}

fn upload(tenant: &Tenant, name: &str) -> String {
    let call = tenant.call("document-management", "upload_document");
    let got = call.file("file", name, "words").send();
    got.data(200)["DocumentId"].as_str().unwrap().to_owned()
}

#[test]
fn a_review_is_started_read_and_ended() {
    let desk = Desk::new();
    let id = desk.started("Normal");
    let review = desk.review("Normal", &id);
    assert_eq!(review["ReviewId"], id.as_str());
    assert_eq!(review["Name"], "Round one");
    assert_eq!(review["ReviewStatus"], "Initiated");
    assert_eq!(review["ReviewType"], "Normal");
    assert_eq!(review["ObjectType"], "Agreement");
    let got = desk.on("list_reviewers", "Normal", &id).send();
    assert_eq!(got.json["ReviewerName"], "Ada");
    assert_eq!(got.json["Status"], "In Progress");
    let listed = desk
        .tenant
        .call("review", "list_reviews")
        .path("objecttype", "Agreement")
        .path("objectid", "C1")
        .send();
    assert_eq!(listed.json, json!([review]));
    let without = desk.on("end_review", "Normal", &id).field("x", "y").send();
    assert!(without.errors(400)[0].contains("file is required"));
    let got = desk
        .on("end_review", "Normal", &id)
        .file("file", "back.docx", "changed")
        .send();
    assert_eq!(got.status, 200, "{}", got.json);
    let review = desk.review("Normal", &id);
    assert_eq!(review["ReviewStatus"], "Completed");
    assert_eq!(review["FinalDocumentId"], got.json);
    assert_eq!(review["CompletedDate"], "2026-03-01T09:30:00.000Z");
    let got = desk.on("list_reviewers", "Normal", &id).send();
    assert_eq!(got.json["Status"], "Completed");
    let got = desk
        .tenant
        .call("document-management", "get_document_metadata")
        .path("documentId", &desk.document)
        .send();
    assert_eq!(got.data(200)["Id"], review["FinalDocumentId"]);
    // The document went out by mail, once.
    let mails = mail::all(&desk.tenant.world).unwrap();
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].subject, "Round one");
    assert_eq!(mails[0].to[1].address, "ben@x.example");
    assert_eq!(mails[0].attachments[0].name, "draft.docx");
    desk.on("cancel_review", "Normal", &id).send().errors(400);
}

#[test]
fn documents_fail_one_by_one() {
    let desk = Desk::new();
    let pdf = upload(&desk.tenant, "annex.pdf");
    let got = desk.start("Office365", &[&desk.document, &pdf, "nobody"]);
    assert_eq!(
        got.json["SuccessfulReviews"][0]["DocumentId"],
        desk.document.as_str()
    );
    let failed = got.json["FailedReviews"].as_array().unwrap();
    assert_eq!(failed.len(), 2);
    assert!(
        failed[0]["ErrorMessage"]
            .as_str()
            .unwrap()
            .contains("no DOCX")
    );
    assert!(
        failed[1]["ErrorMessage"]
            .as_str()
            .unwrap()
            .contains("nobody")
    );
    let again = desk.start("Normal", &[&desk.document]);
    let message = again.json["FailedReviews"][0]["ErrorMessage"]
        .as_str()
        .unwrap();
    assert!(message.contains("in review already"));
}

#[test]
fn reviewers_come_and_go() {
    let desk = Desk::new();
    let id = desk.started("Office365");
    let review = desk.review("Office365", &id);
    assert!(review["SharedURL"].as_str().unwrap().contains(&id));
    let add = |row: Value| desk.on("add_reviewers", "Office365", &id).json(row).send();
    let got = add(json!({"Reviewers": [{"Name": "Cyd", "Email": "cyd@x.example"}]}));
    let new = got.json[0].as_str().unwrap().to_owned();
    assert_eq!(desk.review("Office365", &id)["ReviewStatus"], "In Progress");
    add(json!({"Reviewers": []})).errors(400);
    add(json!({"Reviewers": [{"Name": "Dee"}]})).errors(400);
    let one = |operation: &str, reviewer: &str| {
        let call = desk.on(operation, "Office365", &id);
        call.path("reviewerid", reviewer).send()
    };
    assert_eq!(one("end_reviewer", &new).status, 200);
    one("end_reviewer", &new).errors(400);
    one("cancel_reviewer", "nobody").errors(404);
    assert_eq!(
        desk.on("cancel_review", "Office365", &id).send().status,
        200
    );
    let review = desk.review("Office365", &id);
    assert_eq!(review["ReviewStatus"], "Canceled");
    assert_eq!(review["CancelledBy"]["Name"], "sandbox-integration");
    add(json!({"Reviewers": [{"Name": "Eve", "Email": "eve@x.example"}]})).errors(400);
}

#[test]
fn only_the_starter_ends_a_review() {
    let desk = Desk::new();
    let id = desk.started("Office365");
    let other = Caller::Platform {
        client_id: "other".to_owned(),
        user_id: "U2".to_owned(),
    };
    for operation in ["cancel_review", "end_review"] {
        let call = desk.on(operation, "Office365", &id).caller(other.clone());
        let call = match operation {
            "end_review" => call.field("x", "y"),
            _ => call,
        };
        assert!(call.send().errors(400)[0].contains("sandbox-integration"));
    }
    let got = desk
        .on("end_review", "Office365", &id)
        .field("x", "y")
        .send();
    assert_eq!(got.json, desk.review("Office365", &id)["InitialDocumentId"]);
}

#[test]
fn a_review_is_found_under_its_type_only() {
    let desk = Desk::new();
    let id = desk.started("Office365");
    let call = desk.call("get_review", "Normal").path("reviewid", &id);
    call.send().errors(404);
    let call = desk.call("get_review", "Paper").path("reviewid", &id);
    assert!(call.send().errors(400)[0].contains("Office365 or Normal"));
    let call = desk.call("get_review", "Normal").path("reviewid", "nobody");
    call.send().errors(404);
}

#[test]
fn office365_needs_a_token() {
    let desk = Desk::new();
    let token = desk
        .call("get_authorization", "office365")
        .query("state", "x")
        .send();
    assert_eq!(token.json["IsDelegated"], false);
    assert!(
        !token.json["Token"]["AuthToken"]
            .as_str()
            .unwrap()
            .is_empty()
    );
    let got = desk
        .call("get_delegated_token", "Office365")
        .query("code", "c")
        .send();
    assert!(!got.json["AuthToken"].as_str().unwrap().is_empty());
    desk.call("get_delegated_token", "Office365")
        .send()
        .errors(400);
    let body = json!({
        "Reviewers": [{"Email": "ada@x.example"}],
        "DocumentDetails": [{"Id": desk.document}],
    });
    let start = |kind: &str, body: &Value| {
        let call = desk.call("start_review", kind).header(TOKEN, "");
        call.json(body.clone()).send()
    };
    assert!(start("Office365", &body).errors(400)[0].contains("ExternalToken"));
    assert_eq!(start("Normal", &body).status, 200);
    let mut odd = body.clone();
    odd["ReviewTypeBehavior"] = json!("Loud");
    assert!(start("Normal", &odd).errors(400)[0].contains("WebOnlyExternal"));
    start(
        "Normal",
        &json!({"Reviewers": [{"Email": "ada@x.example"}]}),
    )
    .errors(400);
}

#[test]
fn people_are_found_by_name_or_address() {
    let desk = Desk::new();
    let row = json!({"Name": "Cyd O'Moss", "Email": "cyd@x.example"});
    let call = desk.tenant.call("data", "create_contact");
    call.json(row).send().data(201);
    let query = |kind: &str, text: &str| {
        let call = desk.call("query_reviewers", kind).header(TOKEN, "token");
        call.query("searchText", text).send()
    };
    let got = query("Normal", "o'moss");
    assert_eq!(got.json["Contacts"][0]["Email"], "cyd@x.example");
    assert_eq!(got.json["DirectoryUsers"], json!([]));
    let got = query("Office365", "sandbox.example");
    assert!(!got.json["Users"].as_array().unwrap().is_empty());
    assert_eq!(got.json["Users"], got.json["DirectoryUsers"]);
    for text in ["nobody at all", "'; DROP TABLE records;--", "%", "\\"] {
        query("Normal", text).errors(404);
    }
    let got = desk
        .tenant
        .call("review", "list_office365_active_directory_users")
        .query("searchText", "sandbox.example")
        .header(TOKEN, "token")
        .send();
    assert!(!got.json["DirectoryUsers"].as_array().unwrap().is_empty());
}

#[test]
fn a_google_account_gets_a_token_and_a_site_is_looked_at() {
    let tenant = Tenant::empty();
    let google = |body: Value| {
        let call = tenant.call("review", "create_google_access_token");
        call.json(body).send()
    };
    let got = google(json!("encrypted"));
    assert!(!got.json["AuthToken"].as_str().unwrap().is_empty());
    google(json!(" ")).errors(400);
    let site = |name: &str, token: &str| {
        let call = tenant.call("review", "validate_office365_site");
        call.path("siteName", name).header(TOKEN, token).send()
    };
    let good = site("Legal-Reviews", "token");
    assert_eq!(good.json["IsSiteValid"], true);
    assert!(
        good.json["SiteId"]
            .as_str()
            .unwrap()
            .ends_with("Legal-Reviews")
    );
    for bad in ["-legal", "Legal Reviews", "..", &"x".repeat(129)] {
        let got = site(bad, "token");
        assert_eq!(got.json["IsSiteValid"], false, "{bad}");
        assert!(got.json["SiteId"].is_null());
    }
    site("Legal", "").errors(400);
}
