//! One record at a time.

use std::time::Duration;

use serde_json::json;

use super::{USER, empty};
use crate::accounts::Accounts;
use crate::services::World;
use crate::services::tenant::start;
use crate::{Clock, Seed};

#[test]
fn a_created_record_has_the_system_fields() {
    let data = empty();
    let id = data.account(json!({"Name": "Acme", "AnnualRevenue": 5, "Tier_c": "Gold"}));
    let record = data.account_at(&id);
    let author = json!({"Id": USER, "Name": "sandbox-integration"});
    assert_eq!(
        record,
        json!({
            "Id": id, "Name": "Acme", "ExternalId": null, "AnnualRevenue": 5, "Tier_c": "Gold",
            "CreatedBy": author, "CreatedDate": "2026-03-01T09:30:00.000Z",
            "ModifiedBy": author, "ModifiedDate": "2026-03-01T09:30:00.000Z",
            "ETag": record["ETag"],
        })
    );
    assert!(uuid::Uuid::parse_str(&id).is_ok());
}

#[test]
fn a_given_id_is_kept_and_must_be_free() {
    let data = empty();
    let got = data.post("Account", json!({"Id": "a-1", "Name": "Acme"}));
    assert_eq!(got.data(201), "a-1");
    let again = data.post("Account", json!({"Id": "a-1"}));
    assert_eq!(
        again.errors(400),
        ["another Account has the Id 'a-1'; it must be unique"]
    );
    // Another object has its own names.
    data.post("Contact", json!({"Id": "a-1"})).data(201);
}

#[test]
fn an_external_id_must_be_unique() {
    let data = empty();
    let id = data.account(json!({"ExternalId": "x"}));
    let again = data.post("Account", json!({"ExternalId": "x"}));
    assert_eq!(
        again.errors(400),
        ["another Account has the ExternalId 'x'; it must be unique"]
    );
    let other = data.account(json!({"ExternalId": ""}));
    assert!(data.account_at(&other)["ExternalId"].is_null());
    let taken = data.put(&format!("Account/{other}"), json!({"ExternalId": "x"}));
    taken.errors(400);
    // A record may repeat its own.
    data.put(&format!("Account/{id}"), json!({"ExternalId": "x"}))
        .data(200);
    data.put(&format!("Account/{id}"), json!({"ExternalId": "y"}))
        .data(200);
    data.put(&format!("Account/{other}"), json!({"ExternalId": "x"}))
        .data(200);
}

#[test]
fn the_payload_comes_on_request() {
    let data = empty();
    let got = data.post(
        "Account?IncludeRecordPayloadInResponse=true",
        json!({"Name": "Acme"}),
    );
    let record = got.data(201);
    assert_eq!(record["Name"], "Acme");
    assert_eq!(got.body["StatusCode"], "Created");
    let path = format!("Account/{}", record["Id"].as_str().unwrap());
    assert_eq!(
        data.put(&path, json!({})).data(200),
        &json!({"Id": record["Id"]})
    );
    let path = format!("{path}?includeRecordPayloadInResponse=True");
    assert_eq!(
        data.put(&path, json!({"Phone": "1"})).data(200)["Phone"],
        "1"
    );
}

#[test]
fn an_update_sets_what_it_names() {
    let clock = Clock::stopped(start());
    let data = World::open(None, Seed::Empty, &Accounts::default(), clock.clone()).unwrap();
    let id = data.account(json!({"Name": "Acme", "Phone": "1", "ExternalId": "x"}));
    let before = data.account_at(&id);
    clock.advance(Duration::from_secs(60));
    data.put(
        &format!("Account/{id}"),
        json!({"Phone": null, "Industry": "Rail", "ExternalId": null, "CreatedDate": "1999-01-01"}),
    )
    .data(200);
    let after = data.account_at(&id);
    assert_eq!(after["Name"], "Acme");
    assert!(after["Phone"].is_null());
    assert_eq!(after["Industry"], "Rail");
    assert_eq!(after["ExternalId"], "x");
    assert_eq!(after["CreatedDate"], before["CreatedDate"]);
    assert_eq!(after["ModifiedDate"], "2026-03-01T09:31:00.000Z");
    assert_ne!(after["ETag"], before["ETag"]);
}

#[test]
fn an_id_never_changes() {
    let data = empty();
    let id = data.account(json!({"ExternalId": "x"}));
    for path in [
        format!("Account/{id}"),
        "Account/by-externalId/x".to_owned(),
    ] {
        let got = data.put(&path, json!({"Id": "other"}));
        assert_eq!(
            got.errors(400),
            [format!(
                "the record has the Id '{id}', which never changes; send that Id or none"
            )]
        );
        data.put(&path, json!({"Id": id})).data(200);
    }
}

#[test]
fn records_are_found_by_either_name() {
    let data = empty();
    let id = data.account(json!({"Name": "Acme", "ExternalId": "erp/1"}));
    assert_eq!(
        data.get("Account/by-externalId/erp/1").data(200)["Id"],
        id.as_str()
    );
    data.put("Account/by-externalId/erp/1", json!({"Name": "Acme 2"}))
        .data(200);
    assert_eq!(data.account_at(&id)["Name"], "Acme 2");
    assert_eq!(
        data.get("Account/none").errors(404),
        ["no Account has the Id 'none'"]
    );
    assert_eq!(
        data.put("Account/by-externalId/none", json!({}))
            .errors(404),
        ["no Account has the ExternalId 'none'"]
    );
    data.put("Account/none", json!({})).errors(404);
    data.delete("Account/none").errors(404);
    data.delete("Account/by-externalId/none").errors(404);
    assert_eq!(data.delete("Account/by-externalId/erp/1").data(200), true);
    data.get(&format!("Account/{id}")).errors(404);
}

#[test]
fn optimistic_locking_compares_the_etag() {
    let data = empty();
    let id = data.account(json!({"Name": "Acme"}));
    let first = data.account_at(&id)["ETag"].clone();
    let path = format!("Account/{id}?EnforceOptimisticLocking=true");
    data.put(&path, json!({"Name": "One", "ETag": first}))
        .data(200);
    let stale = data.put(&path, json!({"Name": "Two", "ETag": first}));
    assert!(stale.errors(409)[0].contains("was changed since"));
    assert_eq!(stale.body["StatusCode"], "Conflict");
    assert!(data.put(&path, json!({"Name": "Two"})).errors(400)[0].contains("ETag"));
    assert_eq!(data.account_at(&id)["Name"], "One");
    // Without enforcement the tag does not matter.
    data.put(
        &format!("Account/{id}"),
        json!({"Name": "Two", "ETag": first}),
    )
    .data(200);
}

#[test]
fn a_soft_deleted_record_is_gone_but_takes_space() {
    let data = empty();
    let size = |data: &World| {
        let summary = data.get("Account/summary").data(200)[0].clone();
        (
            summary["RecordCount"].as_i64().unwrap(),
            summary["DiskSize"].as_i64().unwrap(),
        )
    };
    let id = data.account(json!({"Id": "a", "ExternalId": "x"}));
    let (_, full) = size(&data);
    assert!(full > 0);
    assert_eq!(data.delete(&format!("Account/{id}")).data(200), true);
    assert_eq!(size(&data), (0, full));
    data.delete(&format!("Account/{id}")).errors(404);
    data.get("Account/by-externalId/x").errors(404);
    assert!(data.find("").is_empty());
    // Both names are free again.
    data.account(json!({"Id": "a", "ExternalId": "x"}));
    assert_eq!(size(&data).0, 1);
    data.delete("Account/a?deleteBehaviour=HardDelete")
        .data(200);
    assert_eq!(size(&data), (0, 0));
}

#[test]
fn faults_in_a_row_are_all_named() {
    let data = empty();
    let got = data.post("Account", json!({"AnnualRevenue": "much", "Nme": "Acme"}));
    assert_eq!(
        got.errors(400),
        [
            "field 'AnnualRevenue' of Account must be a 32-bit integer, or null",
            "Account has no field 'Nme'; the names of custom fields end in _c",
        ]
    );
    data.post("Account", json!([])).errors(400);
    assert!(data.find("").is_empty());
}

#[test]
fn custom_objects_take_any_field() {
    let data = empty();
    let row = json!({"Name": "R1", "Slots": [1, 2], "Size": {"w": 1.5}, "ExternalId": "r"});
    let got = data.post("custom-objects/Rack_c", row);
    let id = got.data(201).as_str().unwrap();
    let found = data.get(&format!("custom-objects/Rack_c/{id}"));
    assert_eq!(found.data(200)["Slots"], json!([1, 2]));
    // These calls have published examples without the suffix.
    assert_eq!(
        data.get("custom-objects/Rack/by-externalId/r").data(200)["Id"],
        id
    );
    assert_eq!(
        data.get("custom-objects/Rack/summary").data(200)[0]["RecordCount"],
        1
    );
    data.get("custom-objects/Rack/query").errors(400);
    data.get("custom-objects/Rack").errors(400);
    data.post("custom-objects/Account", json!({})).errors(400);
    // An object that nobody has used is empty.
    assert_eq!(data.get("custom-objects/Other_c").data(200), &json!([]));
}

#[test]
fn record_types_and_currencies() {
    let data = empty();
    assert_eq!(
        data.get("Account/recordtypes").data(200)[0]["Name"],
        "Master"
    );
    assert_eq!(
        data.get("custom-objects/A_c/recordtypes").data(200)[0]["ObjectName"],
        "A_c"
    );
    let currencies = data.get("currencies");
    assert_eq!(
        currencies.data(200)[7],
        json!({"Code": "USD", "Name": "US Dollar", "Symbol": "$", "Scale": 2})
    );
}
