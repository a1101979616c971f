//! Records over HTTP: an object is defined, its records are written, listed, changed, deleted, shared and searched.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::time::Duration;

use common::{integration_token, request};
use conga_sandbox::{Sandbox, Seed};
use serde_json::{Value, json};

struct Tenant {
    sandbox: Sandbox,
    token: String,
}

impl Tenant {
    async fn start(seed: Seed) -> Self {
        let sandbox = Sandbox::builder().seed(seed).start().await.unwrap();
        let token = integration_token(&sandbox).await;
        Self { sandbox, token }
    }

    /// Calls an operation that has behaviour: the status and the envelope.
    async fn call(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        let request = request(&self.sandbox, method, path, &self.token);
        let request = if body.is_null() {
            request
        } else {
            request.json(&body)
        };
        let answer = request.send().await.unwrap();
        assert_eq!(answer.headers()["x-conga-sandbox"], "behaviour", "{path}");
        (answer.status().as_u16(), answer.json().await.unwrap())
    }
}

#[tokio::test]
async fn a_custom_object_is_usable_as_soon_as_it_is_defined() {
    let tenant = Tenant::start(Seed::Empty).await;
    let definition = json!({
        "Name": "Instrument",
        "DisplayName": "Instrument",
        "PicklistMetadata": [{"Name": "States", "PicklistEntries": [
            {"Value": "New", "Sequence": 1}, {"Value": "Used", "Sequence": 2},
        ]}],
        "FieldMetadata": [
            {"FieldName": "Serial", "DataType": "String", "IsRequired": true, "IsUnique": true},
            {"FieldName": "State", "DataType": "Picklist", "PicklistName": "States", "IsIndexField": true},
            {"FieldName": "Weight", "DataType": "Decimal", "Precision": 6, "Scale": 2, "IsSortable": true},
        ],
    });
    let (status, made) = tenant
        .call("POST", "/api/schema/v1/objects", definition)
        .await;
    assert_eq!(status, 201, "{made}");
    assert_eq!(made["Data"]["Name"], "Instrument_c");

    let path = "/api/data/v1/custom-objects/Instrument_c";
    let rows = json!([
        {"Serial_c": "S-1", "State_c": "New", "Weight_c": 12.5},
        {"Serial_c": "S-2", "State_c": "Used", "Weight_c": 3.25},
        {"Serial_c": "S-3", "State_c": "New", "Weight_c": 7},
    ]);
    let (status, ids) = tenant.call("POST", &format!("{path}/bulk"), rows).await;
    assert_eq!(status, 201, "{ids}");
    for (row, fault) in [
        (json!({"State_c": "New"}), "required"),
        (json!({"Serial_c": "s-1"}), "unique"),
        (json!({"Serial_c": "S-4", "State_c": "Broken"}), "no entry"),
        (json!({"Serial_c": "S-4", "Colour_c": "red"}), "no field"),
    ] {
        let (status, refused) = tenant.call("POST", path, row).await;
        assert_eq!(status, 400);
        let message = refused["Errors"][0]["Message"].as_str().unwrap();
        assert!(message.contains(fault), "{message}");
    }

    let query = json!({
        "Criteria": "State_c = 'New'", "Select": ["Serial_c"],
        "Sort": {"FieldName": "Weight_c", "OrderBy": "Ascending"},
    });
    let target = "/api/data/v1/custom-objects/query/Instrument_c?IncludeTotalCount=true";
    let (_, found) = tenant.call("POST", target, query).await;
    assert_eq!(
        found["Data"],
        json!([{"Serial_c": "S-3"}, {"Serial_c": "S-1"}])
    );
    assert_eq!(found["RecordCount"], 2);

    let id = ids["Data"][0].as_str().unwrap();
    let (_, stored) = tenant
        .call("GET", &format!("{path}/{id}"), Value::Null)
        .await;
    let locked = format!("{path}/{id}?EnforceOptimisticLocking=true");
    let change = json!({"State_c": "Used", "ETag": stored["Data"]["ETag"]});
    let (status, _) = tenant.call("PUT", &locked, change.clone()).await;
    assert_eq!(status, 200);
    let (status, _) = tenant.call("PUT", &locked, change).await;
    assert_eq!(status, 409);

    let (status, _) = tenant
        .call("DELETE", &format!("{path}/{id}"), Value::Null)
        .await;
    assert_eq!(status, 200);
    let (status, _) = tenant
        .call("GET", &format!("{path}/{id}"), Value::Null)
        .await;
    assert_eq!(status, 404);
}

#[tokio::test]
async fn what_is_written_is_found_by_every_kind_of_search() {
    let tenant = Tenant::start(Seed::Demo).await;
    let row = json!({"Name": "Quillfeather Optics", "Description": "Grinds lenses for telescopes"});
    let (_, made) = tenant.call("POST", "/api/data/v1/Account", row).await;
    let id = &made["Data"];
    for (kind, text) in [
        ("Typeahead", "quill opt"),
        ("Fulltext", "telescopes lenses"),
        ("Advanced", "Name = 'Quillfeather Optics'"),
    ] {
        let body = json!({"SearchType": kind, "Criteria": text, "Select": ["Id"]});
        let path = "/api/search/v1/objects/Account/query?IncludeTotalCount=true";
        let (status, found) = tenant.call("POST", path, body).await;
        assert_eq!(status, 200, "{found}");
        assert_eq!(found["Data"], json!([{"Id": id}]), "{kind}");
        assert_eq!(found["RecordCount"], 1);
    }
    let body = json!({"SearchTerm": "grinds lenses", "PhraseSearch": true});
    let (_, found) = tenant
        .call("POST", "/api/search/v1/global/query", body)
        .await;
    assert_eq!(&found["Data"]["Account"]["Results"][0]["Id"], id);
    assert_eq!(found["Data"]["Contact"]["RecordCount"], 0);
}

#[tokio::test]
async fn a_record_is_shared_and_the_job_followed() {
    let tenant = Tenant::start(Seed::Demo).await;
    let (_, accounts) = tenant
        .call("GET", "/api/data/v1/Account?pageSize=1", Value::Null)
        .await;
    let id = accounts["Data"][0]["Id"].as_str().unwrap();
    let path = format!("/api/data/v1/objects/Account/{id}");
    let user = &tenant.sandbox.accounts().user.user_id;
    let body = json!({"RecordShareInfo": [
        {"RecordShareType": "User", "UserId": user, "AccessLevel": "Edit"},
    ]});
    let (status, shared) = tenant.call("POST", &format!("{path}/share"), body).await;
    assert_eq!(status, 202, "{shared}");
    let tracking = shared["Data"][0]["TrackingId"].as_str().unwrap();
    tenant.sandbox.clock().advance(Duration::from_secs(5));
    let status = format!("{path}/{tracking}/sharing-status");
    let (_, job) = tenant.call("GET", &status, Value::Null).await;
    assert_eq!(job["Data"]["Status"], "SUCCESS");
    let access = format!("{path}/{user}/access-level");
    let (_, access) = tenant.call("GET", &access, Value::Null).await;
    assert_eq!(access["Data"]["RecordAccessDetail"]["Edit"], true);
}
