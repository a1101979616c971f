//! Objects: made, listed, shared, translated, kept.

use serde_json::{Value, json};

use super::{SERVICE, with_racks};
use crate::services::tenant::{Got, Tenant};

#[test]
fn an_object_is_created_found_changed_and_deprecated() {
    let tenant = with_racks();
    let definition = tenant.object("get_object", "Rack_c", Value::Null);
    let definition = definition.data(200);
    assert_eq!(definition["Description"], "A rack");
    assert_eq!(definition["IsProtected"], false);
    assert_eq!(definition["IsShared"], false);
    assert_eq!(definition["CreatedDate"], "2026-03-01T09:30:00.000Z");
    assert!(definition.get("IsOpen").is_none());
    let fields: Vec<&str> = definition["FieldMetadata"]
        .as_array()
        .unwrap()
        .iter()
        .map(|field| field["FieldName"].as_str().unwrap())
        .collect();
    assert_eq!(
        fields,
        [
            "Id",
            "Name",
            "ExternalId",
            "CreatedBy",
            "CreatedDate",
            "ModifiedBy",
            "ModifiedDate",
            "ETag",
            "RecordType"
        ]
    );
    let body = json!({"DisplayName": "Shelf", "Description": null, "IsTrackingEnabled": true, "Name": "Other"});
    let changed = tenant.object("update_object", "Rack_c", body);
    let changed = changed.data(200);
    assert_eq!(changed["DisplayName"], "Shelf");
    assert_eq!(changed["Description"], "A rack");
    assert_eq!(changed["Name"], "Rack_c");
    assert_eq!(changed["IsTrackingEnabled"], true);

    tenant.rack(json!({"Name": "One"})).data(201);
    tenant
        .object("deprecate_object", "Rack_c", Value::Null)
        .data(200);
    let refused = tenant.rack(json!({"Name": "Two"}));
    assert_eq!(
        refused.errors(400),
        ["Rack_c is deprecated and takes no new records"]
    );
    assert_eq!(tenant.racks(json!({})).data(200)[0]["Name"], "One");
    let refused = tenant.object("deprecate_object", "Account", Value::Null);
    assert!(refused.errors(400)[0].contains("belongs to the platform"));
}

#[test]
fn names_are_checked() {
    let tenant = with_racks();
    let create = |name: &str| {
        tenant
            .call(SERVICE, "create_object")
            .json(json!({"Name": name}))
            .send()
    };
    for bad in [
        "",
        "  ",
        "Rack",
        "rack_c",
        "Rack_c",
        "a b",
        "Wörter",
        "x\"; DROP TABLE records",
        &"a".repeat(51),
    ] {
        create(bad).errors(400);
    }
    create(&"a".repeat(50)).data(201);
    let field = |name: &str| {
        let body = json!({"FieldName": name, "DataType": "String"});
        tenant.object("create_object_field", "Rack_c", body)
    };
    for bad in ["", "1a", "a'b", "a.b", "naïve", &"a".repeat(57), "../etc"] {
        field(bad).errors(400);
    }
    assert_eq!(
        field(&"a".repeat(56)).data(201)["FieldName"]
            .as_str()
            .unwrap()
            .len(),
        58
    );
    assert_eq!(field("Colour").data(201)["FieldName"], "Colour_c");
    assert!(field("COLOUR_c").errors(400)[0].contains("already"));
    tenant
        .object(
            "create_object_field",
            "Nothing_c",
            json!({"FieldName": "A", "DataType": "Int"}),
        )
        .errors(404);
    tenant
        .object("get_object", "rack_c", Value::Null)
        .errors(404);
}

#[test]
fn a_list_is_filtered_sorted_and_paged() {
    let tenant = with_racks();
    tenant
        .call(SERVICE, "create_object")
        .json(json!({"Name": "Room"}))
        .send()
        .data(201);
    tenant
        .object("deprecate_object", "Room_c", Value::Null)
        .data(200);
    let names = |got: Got| -> Vec<String> {
        let data = got.data(200).as_array().unwrap().clone();
        data.iter()
            .map(|info| info["Name"].as_str().unwrap().to_owned())
            .collect()
    };
    let all = || tenant.call(SERVICE, "list_objects");
    assert_eq!(
        names(all().send()),
        ["Account", "Contact", "Opportunity", "Rack_c", "Room_c"]
    );
    assert_eq!(
        names(all().query("startsWithFilter", "r").send()),
        ["Rack_c", "Room_c"]
    );
    assert_eq!(
        names(all().query("objectType", "Property").send()),
        [] as [&str; 0]
    );
    let page = all()
        .query("sortField", "Name")
        .query("pageSize", 2)
        .query("pageNumber", 2)
        .send();
    assert_eq!(page.json["HasMoreRecords"], true);
    assert_eq!(names(page), ["Opportunity", "Contact"]);
    all().query("sortField", "Colour").send().errors(400);
    all().query("pageNumber", 0).send().errors(400);
    let in_scope = tenant
        .call(SERVICE, "list_object_metadata")
        .query("startsWithFilter", "R")
        .send();
    assert_eq!(names(in_scope), ["Rack_c"]);
}

#[test]
fn an_object_that_nobody_defined_takes_any_field_until_its_first_is_defined() {
    let tenant = Tenant::empty();
    tenant
        .object("get_object", "Rack_c", Value::Null)
        .errors(404);
    tenant
        .rack(json!({"Name": "One", "Size": 1, "Deep": {"a": [1]}}))
        .data(201);
    let shown = tenant.object("get_object", "Rack_c", Value::Null);
    assert_eq!(shown.data(200)["IsProtected"], false);
    let entry = json!({"Value": "Tall", "DisplayText": "Tall rack"});
    tenant
        .object("create_object_record_type_entry", "Rack_c", entry)
        .data(201);
    tenant
        .rack(json!({"Name": "Two", "Size": 2, "RecordType": "Tall"}))
        .data(201);
    tenant.rack(json!({"RecordType": "Wide"})).errors(400);
    tenant.with_field(json!({"FieldName": "Colour", "DataType": "String"}));
    tenant.rack(json!({"Name": "Three", "Size": 3})).errors(400);
    tenant
        .rack(json!({"Name": "Three", "Colour_c": "red"}))
        .data(201);
    assert_eq!(tenant.racks(json!({})).json["RecordCount"], 3);
    // A defined object is not defined again, one that has records only is.
    let again = tenant
        .call(SERVICE, "create_object")
        .json(json!({"Name": "Rack_c"}))
        .send();
    again.errors(400);
}

#[test]
fn a_standard_object_takes_custom_fields() {
    let tenant = Tenant::empty();
    let account = |row: Value| tenant.call("data", "create_account").json(row).send();
    account(json!({"Level_c": 5})).data(201);
    let body = json!({"FieldName": "Tier", "DataType": "String", "IsRequired": true});
    tenant
        .object("create_object_field", "Account", body)
        .data(201);
    account(json!({"Tier_c": "Gold"})).data(201);
    assert_eq!(
        account(json!({"Name": "X"})).errors(400),
        ["field 'Tier_c' of Account is required"]
    );
    account(json!({"Tier_c": "Gold", "Level_c": 5})).errors(400);
    let body = json!({"FieldName": "Industry", "DataType": "String"});
    tenant
        .object("create_object_field", "Account", body)
        .data(201);
}

#[test]
fn an_object_is_shared_or_not() {
    let tenant = with_racks();
    let set = |shared: &str| {
        let request = tenant
            .call(SERVICE, "set_object_shared")
            .path("objectName", "Rack_c");
        request.path("isShared", shared).send()
    };
    set("true").data(200);
    assert_eq!(
        tenant.object("get_object", "Rack_c", Value::Null).data(200)["IsShared"],
        true
    );
    set("false").data(200);
    assert_eq!(
        tenant.object("get_object", "Rack_c", Value::Null).data(200)["IsShared"],
        false
    );
    set("perhaps").errors(400);
}

#[test]
fn objects_speak_other_languages() {
    let tenant = with_racks();
    let translation = |operation: &str, locale: &str| {
        let request = tenant.call(SERVICE, operation);
        request.path("objectName", "Rack_c").path("locale", locale)
    };
    let german = json!({"MetadataTranslations": [
        {"Scope": "Object", "Name": "Rack_c", "DisplayName": "Regal"},
        {"Scope": "Field", "Name": "Name", "DisplayName": "Bezeichnung"},
    ]});
    translation("create_object_translation", "deutsch")
        .json(german.clone())
        .send()
        .errors(400);
    translation("create_object_translation", "de-DE")
        .json(german.clone())
        .send()
        .data(201);
    translation("create_object_translation", "de-DE")
        .json(german)
        .send()
        .errors(400);
    let shown = tenant
        .call(SERVICE, "get_object")
        .path("objectName", "Rack_c");
    let shown = shown.query("locale", "de-DE").send();
    assert_eq!(shown.data(200)["DisplayName"], "Regal");
    assert_eq!(shown.data(200)["Description"], "A rack");
    assert_eq!(
        shown.data(200)["FieldMetadata"][1]["DisplayName"],
        "Bezeichnung"
    );
    let plain = tenant.object("get_object_metadata", "Rack_c", Value::Null);
    assert_eq!(plain.data(200)["DisplayName"], "Rack");

    let change = json!([{"Scope": "Object", "Name": "Rack_c", "DisplayName": "Gestell"}]);
    translation("update_object_translation", "de-DE")
        .json(change.clone())
        .send()
        .data(200);
    translation("update_object_translation", "fr-FR")
        .json(change)
        .send()
        .errors(404);
    let unknown = json!([{"Scope": "Picklist", "Name": "Nothing"}]);
    translation("update_object_translation", "de-DE")
        .json(unknown)
        .send()
        .errors(400);
    let all = translation("get_object_translation", "de-DE").send();
    let names: Vec<&Value> = all
        .data(200)
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["DisplayName"])
        .collect();
    assert_eq!(names, ["Bezeichnung", "Gestell"]);
    translation("delete_object_translation", "de-DE")
        .send()
        .data(200);
    translation("get_object_translation", "de-DE")
        .send()
        .errors(404);
}

#[test]
fn definitions_are_kept_in_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("conga.db");
    {
        let tenant = Tenant::at(&path);
        let body = json!({"Name": "Rack", "FieldMetadata": [{"FieldName": "Code", "DataType": "String", "IsUnique": true}]});
        tenant
            .call(SERVICE, "create_object")
            .json(body)
            .send()
            .data(201);
        tenant.rack(json!({"Code_c": "A"})).data(201);
    }
    let tenant = Tenant::at(&path);
    tenant.rack(json!({"Code_c": "A"})).errors(400);
    tenant.rack(json!({"Code_c": 1})).errors(400);
    tenant.rack(json!({"Other_c": 1})).errors(400);
}
