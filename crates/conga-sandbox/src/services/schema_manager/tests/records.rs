//! What the records of a defined object must keep to.

use serde_json::{Value, json};

use super::{SERVICE, with_racks};

#[test]
fn an_unknown_field_is_refused_once_the_object_is_defined() {
    let tenant = with_racks();
    let got = tenant.rack(json!({"Name": "One", "Size_c": 1}));
    assert_eq!(
        got.errors(400),
        ["Rack_c has no field 'Size_c'; define it through Schema Manager first"]
    );
    tenant.with_field(json!({"FieldName": "Size_c", "DataType": "Int", "IsIndexField": true}));
    let got = tenant.rack(json!({"Name": "One", "Size_c": 1}));
    assert_eq!(got.data(201)["Size_c"], 1);
    let got = tenant.rack(json!({"Size_c": "big", "Colour_c": 1}));
    assert_eq!(got.errors(400).len(), 2);
    assert_eq!(
        tenant.racks(json!({"Criteria": "Size_c = 1"})).data(200)[0]["Name"],
        "One"
    );
    tenant.racks(json!({"Select": ["Colour_c"]})).errors(400);
}

#[test]
fn values_must_fit_their_types() {
    let tenant = with_racks();
    let colours = json!({
        "Name": "Colours",
        "PicklistEntries": [{"Value": "red", "Sequence": 1}, {"Value": "blue", "Sequence": 2}],
    });
    tenant
        .object("create_object_picklist", "Rack_c", colours)
        .data(201);
    let size = json!({"Name": "Size", "Fields": [
        {"FieldName": "Width", "DataType": "Int"}, {"FieldName": "Unit", "DataType": "String", "Length": 2},
    ]});
    tenant
        .object("create_complex_field_metadata", "Rack_c", size)
        .data(201);
    for field in [
        json!({"FieldName": "Text", "DataType": "String", "Length": 3}),
        json!({"FieldName": "Count", "DataType": "Int"}),
        json!({"FieldName": "Weight", "DataType": "Double"}),
        json!({"FieldName": "Price", "DataType": "Currency", "Precision": 5, "Scale": 2}),
        json!({"FieldName": "Ready", "DataType": "Boolean"}),
        json!({"FieldName": "Built", "DataType": "Date"}),
        json!({"FieldName": "Seen", "DataType": "DateTime"}),
        json!({"FieldName": "Colour", "DataType": "Picklist", "PicklistName": "Colours"}),
        json!({"FieldName": "Coats", "DataType": "MultiPicklist", "PicklistName": "Colours"}),
        json!({"FieldName": "Mark", "DataType": "Identifier", "IdentifierType": "UUIDv4"}),
        json!({"FieldName": "Tag", "DataType": "Identifier", "IdentifierType": "UID18"}),
        json!({"FieldName": "Size", "DataType": "Complex", "ComplexMetadataName": "Size"}),
        json!({"FieldName": "Parts", "DataType": "ComplexArray", "ComplexMetadataName": "Size"}),
        json!({"FieldName": "Keeper", "DataType": "Owner"}),
    ] {
        tenant.with_field(field);
    }
    let good = json!({
        "Text_c": "äöü", "Count_c": -5, "Weight_c": 1e300, "Price_c": 999.25, "Ready_c": false,
        "Built_c": "2026-02-28", "Seen_c": "2026-02-28T23:59:59+01:00", "Colour_c": "red",
        "Coats_c": ["red", "blue"], "Mark_c": "0b9a4b2e-5c1f-4d3a-8f6e-7a9b8c0d1e2f",
        "Tag_c": "a0A1b2C3d4E5f6G7h8", "Size_c": {"Width_c": 3, "Unit_c": "cm"}, "Parts_c": [{}, {"Width_c": null}],
        "Keeper_c": {"Id": "anybody"},
    });
    let stored = tenant.rack(good.clone());
    for (name, value) in good.as_object().unwrap() {
        assert_eq!(&stored.data(201)[name], value, "{name}");
        tenant.rack(json!({name: null})).data(201);
    }
    for (name, bad) in [
        ("Text_c", json!("four")),
        ("Text_c", json!(1)),
        ("Count_c", json!(2_147_483_648_i64)),
        ("Count_c", json!(1.5)),
        ("Weight_c", json!("1")),
        ("Price_c", json!(1000)),
        ("Price_c", json!(0.125)),
        ("Price_c", json!(1e20)),
        ("Ready_c", json!("yes")),
        ("Built_c", json!("2026-02-30")),
        ("Built_c", json!("2026-02-28T00:00:00Z")),
        ("Seen_c", json!("soon")),
        ("Colour_c", json!("green")),
        ("Colour_c", json!(["red"])),
        ("Coats_c", json!(["red", "green"])),
        ("Coats_c", json!("red")),
        ("Mark_c", json!("0b9a4b2e")),
        ("Tag_c", json!("a0A1b2C3d4E5f6G7h")),
        ("Size_c", json!([])),
        ("Size_c", json!({"Width_c": "3"})),
        ("Size_c", json!({"Unit_c": "inch"})),
        ("Size_c", json!({"Depth_c": 1})),
        ("Parts_c", json!({})),
        ("Parts_c", json!([1])),
        ("Keeper_c", json!("anybody")),
    ] {
        let got = tenant.rack(json!({name: bad}));
        assert!(got.errors(400)[0].contains(name), "{name} {bad}");
    }
}

#[test]
fn required_fields_unique_fields_and_defaults() {
    let tenant = with_racks();
    tenant.with_field(
        json!({"FieldName": "Code", "DataType": "String", "IsRequired": true, "IsUnique": true}),
    );
    tenant
        .with_field(json!({"FieldName": "Active", "DataType": "Boolean", "DefaultValue": "True"}));
    tenant.with_field(json!({"FieldName": "Floor", "DataType": "Int", "DefaultValue": "2"}));
    tenant.with_field(json!({"FieldName": "Place", "DataType": "String", "DefaultValue": "12"}));
    let serial = json!({
        "FieldName": "Serial", "DataType": "AutoNumber", "AutoNumberPrefix": "R-", "AutoNumberInitialSeed": 100,
    });
    tenant.with_field(serial);
    for lacking in [json!({}), json!({"Code_c": null}), json!({"Code_c": ""})] {
        assert_eq!(
            tenant.rack(lacking).errors(400),
            ["field 'Code_c' of Rack_c is required"]
        );
    }
    let first = tenant.rack(json!({"Code_c": "A1", "Serial_c": "mine"}));
    let first = first.data(201);
    assert_eq!(first["Active_c"], true);
    assert_eq!(first["Floor_c"], 2);
    assert_eq!(first["Place_c"], "12");
    assert_eq!(first["Serial_c"], "R-100");
    let taken = tenant.rack(json!({"Code_c": "a1"}));
    assert_eq!(
        taken.errors(400),
        ["another Rack_c has the Code_c \"a1\"; it must be unique"]
    );
    let second = tenant.rack(json!({"Code_c": "A2", "Active_c": null}));
    let second = second.data(201);
    assert_eq!(second["Serial_c"], "R-101");
    assert!(second["Active_c"].is_null());
    let id = second["Id"].as_str().unwrap();
    tenant.change_rack(id, json!({"Code_c": "A1"})).errors(400);
    tenant.change_rack(id, json!({"Code_c": null})).errors(400);
    tenant
        .change_rack(id, json!({"Code_c": "A2", "Name": "same"}))
        .data(200);
    // The bulk calls keep to the same rules.
    let bulk = tenant
        .call("data", "bulk_create_custom_object_records")
        .path("objectName", "Rack_c");
    let got = bulk
        .json(json!([{"Code_c": "B"}, {"Code_c": "b"}, {}]))
        .send();
    assert_eq!(
        got.errors(400),
        [
            "row 2: another Rack_c has the Code_c \"b\"; it must be unique",
            "row 3: field 'Code_c' of Rack_c is required",
        ]
    );
    let wrong = json!({"FieldName": "Wrong", "DataType": "Int", "DefaultValue": "many"});
    tenant
        .object("create_object_field", "Rack_c", wrong)
        .errors(400);
    // Two racks share a floor, so that floors cannot become unique.
    tenant
        .field("update_object_field", "Floor_c", json!({"IsUnique": true}))
        .errors(400);
}

#[test]
fn lookups_are_followed() {
    let tenant = with_racks();
    let account = |row: Value| {
        let got = tenant.call("data", "create_account").json(row).send();
        got.data(201).as_str().unwrap().to_owned()
    };
    let customer = account(json!({"Name": "Acme", "Type": "Customer"}));
    let prospect = account(json!({"Name": "Later", "Type": "Prospect"}));
    tenant.with_field(json!({
        "FieldName": "Customer", "DataType": "Lookup", "LookupObjectName": "Account",
        "LookupFilterCriteria": "Type = 'Customer'", "IsIndexField": true,
    }));
    tenant.with_field(
        json!({"FieldName": "Above", "DataType": "Reference", "ReferenceObject": "Rack_c"}),
    );
    let good = tenant.rack(json!({"Customer_c": {"Id": customer, "Name": "wrong"}}));
    let good = good.data(201);
    assert_eq!(good["Customer_c"], json!({"Id": customer, "Name": "Acme"}));
    for bad in [
        json!({"Id": prospect}),
        json!({"Id": "nobody"}),
        json!({"Name": "Acme"}),
        json!({"Id": null}),
    ] {
        tenant.rack(json!({"Customer_c": bad})).errors(400);
    }
    tenant
        .rack(json!({"Customer_c": null, "Above_c": {"Id": good["Id"]}}))
        .data(201);
    let found = tenant.racks(json!({"Criteria": "Customer_c.Name = 'acme'"}));
    assert_eq!(found.json["RecordCount"], 1);

    let dependencies = tenant.object("list_object_dependencies", "Rack_c", Value::Null);
    let named = dependencies.data(200).as_array().unwrap();
    assert!(named.contains(&json!({"Name": "Account", "FieldName": "Customer_c"})));
    let references = tenant.object("list_object_references", "Account", Value::Null);
    assert_eq!(
        references.data(200),
        &json!([
            {"Name": "Account", "FieldName": "Parent"},
            {"Name": "Contact", "FieldName": "Account"},
            {"Name": "Opportunity", "FieldName": "Account"},
            {"Name": "Rack_c", "FieldName": "Customer_c"},
        ])
    );
    for bad in [
        json!({"FieldName": "X", "DataType": "Lookup"}),
        json!({"FieldName": "X", "DataType": "Lookup", "LookupObjectName": "Nothing_c"}),
        json!({"FieldName": "X", "DataType": "Lookup", "LookupObjectName": "Account", "LookupFilterCriteria": "Colour = 1"}),
    ] {
        let got = tenant.object("create_object_field", "Rack_c", bad);
        assert!(got.status == 400 || got.status == 404, "{}", got.json);
    }
    let validate = |object: &str, text: &str| {
        let request = tenant.call(SERVICE, "validate_object_lookup_criteria");
        request
            .path("lookupObjectName", object)
            .json(json!(text))
            .send()
    };
    validate("Account", "Type = 'Customer'").data(202);
    validate("Account", "Colour = 'red'").errors(400);
    validate("Account", " ").errors(400);
    validate("Nothing_c", "Name = 'x'").errors(404);
}

#[test]
fn only_indexed_fields_are_asked_for_and_sortable_ones_sort() {
    let tenant = with_racks();
    tenant.with_field(json!({"FieldName": "Plain", "DataType": "String"}));
    tenant.with_field(json!({"FieldName": "Sorted", "DataType": "Int", "IsSortable": true}));
    for (name, size) in [("b", 2), ("c", 3), ("a", 1)] {
        tenant
            .rack(json!({"Name": name, "Plain_c": name, "Sorted_c": size}))
            .data(201);
    }
    let by_plain = json!({"Criteria": "Plain_c = 'a'"});
    assert!(tenant.racks(by_plain.clone()).errors(400)[0].contains("not indexed"));
    let sort = |field: &str| json!({"Select": ["Name"], "Sort": {"FieldName": field, "OrderBy": "Ascending"}});
    tenant.racks(sort("Plain_c")).errors(400);
    let sorted = tenant.racks(sort("Sorted_c"));
    assert_eq!(
        sorted.data(200),
        &json!([{"Name": "a"}, {"Name": "b"}, {"Name": "c"}])
    );
    let indexed = tenant.object(
        "create_object_index",
        "Rack_c",
        json!({"FieldName": "Plain_c"}),
    );
    assert_eq!(indexed.data(201)["IsIndexField"], true);
    assert_eq!(tenant.racks(by_plain.clone()).json["RecordCount"], 1);
    tenant.racks(sort("Plain_c")).data(200);
    let gone = tenant
        .call(SERVICE, "delete_object_index")
        .path("objectName", "Rack_c");
    gone.path("indexFieldName", "Plain_c").send().data(200);
    tenant.racks(by_plain).errors(400);
    let indexes = &tenant.object("get_object", "Rack_c", Value::Null).json["Data"]["IndexMetadata"];
    assert!(
        indexes
            .as_array()
            .unwrap()
            .iter()
            .all(|index| index["Name"] != "Plain_c")
    );
}
