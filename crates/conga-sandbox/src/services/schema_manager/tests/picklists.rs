//! Picklists, record types, dependence.

use serde_json::{Value, json};

use super::{SERVICE, with_racks};
use crate::services::tenant::Tenant;

#[test]
fn picklists_have_entries_in_order() {
    let tenant = with_racks();
    let wrong = json!({"Name": "P", "PicklistEntries": [{"Value": "a", "Sequence": 2}, {"Value": "b", "Sequence": 2}]});
    tenant
        .object("create_object_picklist", "Rack_c", wrong)
        .errors(400);
    let right = json!({"Name": "P", "PicklistEntries": [{"Value": "a", "Sequence": 1}, {"Value": "b", "Sequence": 5}]});
    tenant
        .object("create_object_picklist", "Rack_c", right.clone())
        .data(201);
    tenant
        .object("create_object_picklist", "Rack_c", right)
        .errors(400);
    tenant.with_field(json!({"FieldName": "Pick", "DataType": "Picklist", "PicklistName": "P"}));
    let entries = |operation: &str, body: Value| {
        let request = tenant
            .call(SERVICE, operation)
            .path("objectName", "Rack_c")
            .path("picklistName", "P");
        request.json(body).send()
    };
    assert_eq!(
        entries("create_object_picklist_entry", json!({"Value": "c"})).data(201)["Sequence"],
        6
    );
    entries(
        "create_object_picklist_entry",
        json!({"Value": "d", "Sequence": 5}),
    )
    .errors(400);
    entries(
        "create_object_picklist_entry",
        json!({"Value": "a", "Sequence": 9}),
    )
    .errors(400);
    let added = entries(
        "bulk_create_object_picklist_entries",
        json!([{"Value": "d"}, {"Value": "e", "Sequence": 2}]),
    );
    assert_eq!(added.data(200)[1]["Sequence"], 2);
    let updated = entries(
        "bulk_update_object_picklist_entries",
        json!([{"Value": "a", "Sequence": 5}, {"Value": "b", "Sequence": 1, "IsDeprecated": true}]),
    );
    updated.data(200);
    entries(
        "bulk_update_object_picklist_entries",
        json!([{"Value": "z"}]),
    )
    .errors(404);
    let one = tenant
        .call(SERVICE, "update_object_picklist_entry")
        .path("objectName", "Rack_c");
    let one = one
        .path("picklistName", "P")
        .path("picklistEntryValue", "c");
    assert_eq!(
        one.json(json!({"DisplayText": "See"})).send().data(200)["DisplayText"],
        "See"
    );
    let stored = tenant.object("get_object", "Rack_c", Value::Null);
    let order: Vec<&str> = stored.data(200)["PicklistMetadata"][1]["PicklistEntries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["Value"].as_str().unwrap())
        .collect();
    assert_eq!(order, ["b", "e", "a", "c", "d"]);
    tenant.rack(json!({"Pick_c": "b"})).errors(400);
    tenant.rack(json!({"Pick_c": "e"})).data(201);

    let rename = json!({"OldPicklistName": "P", "NewPicklistName": "Q"});
    assert_eq!(
        tenant
            .object("rename_object_picklist", "Rack_c", rename.clone())
            .data(200),
        true
    );
    tenant
        .object("rename_object_picklist", "Rack_c", rename)
        .errors(404);
    assert_eq!(
        tenant
            .field("get_field_metadata", "Pick_c", Value::Null)
            .data(200)["PicklistName"],
        "Q"
    );
    let open = tenant
        .call(SERVICE, "update_object_picklist")
        .path("objectName", "Rack_c")
        .path("picklistName", "Q");
    open.json(json!({"AllowNonConfiguredPicklistEntries": true}))
        .send()
        .data(200);
    tenant.rack(json!({"Pick_c": "anything"})).data(201);
}

#[test]
fn record_types_are_a_picklist_of_every_object() {
    let tenant = Tenant::empty();
    let entry = json!({"Value": "Partner", "DisplayText": "Partner account", "Sequence": 2});
    let got = tenant.object("create_object_record_type_entry", "Account", entry);
    assert_eq!(got.data(201)["Value"], "Partner");
    let types = tenant.call("data", "list_account_record_types").send();
    assert_eq!(types.data(200)[1]["Name"], "Partner");
    let account = |kind: &str| {
        tenant
            .call("data", "create_account")
            .json(json!({"RecordType": kind}))
            .send()
    };
    account("Partner").data(201);
    account("Rival").errors(400);
    let row = json!([{"Value": "Partner", "IsDeprecated": true}]);
    tenant
        .object("bulk_update_object_record_type_entries", "Account", row)
        .data(200);
    account("Partner").errors(400);
    let types = tenant.call("data", "list_account_record_types").send();
    assert_eq!(types.data(200)[1]["IsActive"], false);
}

#[test]
fn one_picklist_depends_on_another() {
    let tenant = with_racks();
    for (name, values) in [("Countries", ["NO", "FR"]), ("Cities", ["Oslo", "Lyon"])] {
        let entries: Value = values
            .iter()
            .zip(1..)
            .map(|(value, at)| json!({"Value": value, "Sequence": at}))
            .collect();
        tenant
            .object(
                "create_object_picklist",
                "Rack_c",
                json!({"Name": name, "PicklistEntries": entries}),
            )
            .data(201);
    }
    tenant.with_field(
        json!({"FieldName": "Country", "DataType": "Picklist", "PicklistName": "Countries"}),
    );
    tenant
        .with_field(json!({"FieldName": "City", "DataType": "Picklist", "PicklistName": "Cities"}));
    let rule = |city: &str| {
        json!({
            "ControllingFieldName": "Country_c",
            "ControllingAndDependentPicklistEntries": [
                {"ControllingPicklistEntry": "NO", "DependentPicklistEntries": [{"Value": city}]},
            ],
        })
    };
    tenant
        .field("get_dependent_picklist", "City_c", Value::Null)
        .errors(404);
    tenant
        .field("create_dependent_picklist", "City_c", rule("Rome"))
        .errors(400);
    let made = tenant.field("create_dependent_picklist", "City_c", rule("Oslo"));
    assert_eq!(made.data(201)["DependentFieldName"], "City_c");
    tenant
        .field("create_dependent_picklist", "City_c", rule("Oslo"))
        .errors(400);
    assert_eq!(
        tenant
            .field("get_dependent_picklist_metadata", "City_c", Value::Null)
            .data(200),
        made.data(201)
    );
    let depends = tenant.field("list_dependency_fields", "City_c", Value::Null);
    assert_eq!(
        depends.data(200)["FieldMetadata"][0]["FieldName"],
        "Country_c"
    );
    assert_eq!(
        depends.data(200)["PicklistMetadata"]
            .as_array()
            .unwrap()
            .len(),
        2
    );

    let id = tenant
        .rack(json!({"Country_c": "NO", "City_c": "Oslo"}))
        .data(201)["Id"]
        .as_str()
        .unwrap()
        .to_owned();
    let refused = tenant.rack(json!({"Country_c": "FR", "City_c": "Oslo"}));
    assert_eq!(
        refused.errors(400),
        ["field 'City_c' of Rack_c: 'Oslo' does not go with 'Country_c' of 'FR'"]
    );
    tenant.rack(json!({"City_c": "Oslo"})).errors(400);
    tenant
        .change_rack(&id, json!({"Country_c": "FR"}))
        .errors(400);
    tenant
        .change_rack(&id, json!({"Country_c": "FR", "City_c": null}))
        .data(200);
    assert!(
        tenant
            .field("delete_object_field", "Country_c", Value::Null)
            .errors(400)[0]
            .contains("takes part")
    );

    tenant
        .field("update_dependent_picklist", "City_c", rule("Lyon"))
        .data(200);
    tenant
        .rack(json!({"Country_c": "NO", "City_c": "Lyon"}))
        .data(201);
    tenant
        .field("delete_dependent_picklist", "City_c", Value::Null)
        .data(200);
    tenant
        .rack(json!({"Country_c": "FR", "City_c": "Oslo"}))
        .data(201);
}
