//! Conversations about contracts, those of the demo company.

use serde_json::{Value, json};

use super::{Office, column};
use crate::services::data::seed;
use crate::services::tenant::{Got, Tenant};

fn office() -> Office {
    Office {
        tenant: Tenant::demo(),
    }
}

fn names(got: &Got) -> Vec<String> {
    column(&got.data(200)["Data"], "Name")
}

#[test]
fn threads_are_queried() {
    let office = office();
    let query = |body: Value| office.call("query_conversation_threads").json(body).send();
    let got = query(json!({"SortInfo": {"FieldName": "Name", "Direction": "Descending"}}));
    assert_eq!(names(&got), ["Start date", "Cap on liability"]);
    assert_eq!(got.json["Data"]["RecordCount"], 2);
    let thread = &got.json["Data"]["Data"][0];
    assert_eq!(thread["ObjectType"], "Agreement");
    assert_eq!(thread["ObjectId"], seed::id("Agreement", 3));
    assert!(thread.get("Participants").is_none());
    let got = query(json!({"CriteriaExpression": "Name = 'Start date'", "Limit": 1}));
    assert_eq!(names(&got), ["Start date"]);
}

#[test]
fn threads_are_searched_by_what_is_said_and_by_whom() {
    let office = office();
    let contract = seed::id("Agreement", 3);
    let search = |text: &str, contract: &str| {
        let body = json!({
            "searchText": text, "objectType": "Agreement", "objectId": contract, "sortBy": "Name",
            "sortDirection": "Ascending",
        });
        office.call("search_conversation_threads").json(body).send()
    };
    let both = ["Cap on liability", "Start date"];
    assert_eq!(names(&search("LIABILITY", &contract)), ["Cap on liability"]);
    assert_eq!(names(&search("new quarter", &contract)), ["Start date"]);
    assert_eq!(names(&search("demo seed", &contract)), both);
    assert!(names(&search("nothing", &contract)).is_empty());
    assert!(names(&search("quarter", &seed::id("Agreement", 0))).is_empty());
    search(" ", &contract).errors(400);
    let body = json!({
        "searchText": "a", "objectType": "Agreement", "objectId": contract, "limit": 1, "skip": 1, "sortBy": "Name",
        "sortDirection": "Ascending",
    });
    let got = office.call("search_conversation_threads").json(body).send();
    assert_eq!(names(&got), ["Start date"]);
    assert_eq!(got.json["Data"]["RecordCount"], 2);
}

#[test]
fn a_file_name_counts_where_attachments_are_searched() {
    let office = office();
    let upload = office.tenant.call("document-management", "upload_document");
    let thread = seed::id("ConversationThread", 1);
    let got = upload
        .query("objectType", "ConversationThread")
        .query("objectId", thread)
        .file("file", "timetable.txt", "t")
        .send();
    got.data(200);
    let search = |in_attachments: bool| {
        let body = json!({
            "searchText": "timetable", "objectType": "Agreement", "objectId": seed::id("Agreement", 3),
            "searchInAttachments": in_attachments,
        });
        names(&office.call("search_conversation_threads").json(body).send())
    };
    assert!(search(false).is_empty());
    assert_eq!(search(true), ["Start date"]);
}
