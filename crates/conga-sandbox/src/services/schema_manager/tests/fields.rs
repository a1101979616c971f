//! Fields: changed, deleted, complex, calculated.

use serde_json::{Value, json};

use super::{SERVICE, with_racks};

#[test]
fn fields_are_changed_deprecated_and_deleted_without_data_only() {
    let tenant = with_racks();
    tenant.with_field(
        json!({"FieldName": "Note", "DataType": "String", "Length": 5, "IsRequired": true}),
    );
    let changed = tenant.field(
        "update_object_field",
        "Note_c",
        json!({"Length": 9, "DisplayName": "Notes", "DataType": "Int"}),
    );
    let changed = changed.data(200);
    assert_eq!(
        (
            &changed["Length"],
            &changed["DataType"],
            &changed["IsRequired"]
        ),
        (&json!(9), &json!("String"), &json!(true))
    );
    assert_eq!(
        tenant
            .field("get_field_metadata", "Note_c", Value::Null)
            .data(200),
        changed
    );
    let id = tenant.rack(json!({"Note_c": "full"})).data(201)["Id"]
        .as_str()
        .unwrap()
        .to_owned();
    let refused = tenant.field("delete_object_field", "Note_c", Value::Null);
    assert!(refused.errors(400)[0].contains("have values"));
    tenant
        .field("deprecate_object_field", "Note_c", Value::Null)
        .data(200);
    // The record keeps its value and may be sent back as it came.
    tenant
        .change_rack(&id, json!({"Note_c": "full", "Name": "x"}))
        .data(200);
    tenant
        .change_rack(&id, json!({"Note_c": "new"}))
        .errors(400);
    tenant
        .field(
            "update_object_field",
            "Note_c",
            json!({"IsRequired": false}),
        )
        .data(200);
    tenant.change_rack(&id, json!({"Note_c": null})).data(200);
    tenant
        .field("delete_object_field", "Note_c", Value::Null)
        .data(200);
    tenant
        .field("get_field_metadata", "Note_c", Value::Null)
        .errors(404);
    tenant.rack(json!({"Note_c": "x"})).errors(400);
    tenant
        .field("delete_object_field", "Name", Value::Null)
        .errors(400);
}

#[test]
fn complex_fields_grow() {
    let tenant = with_racks();
    let complex = |operation: &str, body: Value| {
        let request = tenant.call(SERVICE, operation).path("objectName", "Rack_c");
        request
            .path("complexFieldMetadataName", "Size")
            .json(body)
            .send()
    };
    tenant
        .object(
            "create_complex_field_metadata",
            "Rack_c",
            json!({"Name": "Size"}),
        )
        .data(201);
    let width = json!({"Field": {"FieldName": "Width", "DataType": "Int"}});
    assert_eq!(
        complex("create_complex_field", width.clone()).data(200)["FieldName"],
        "Width_c"
    );
    complex("create_complex_field", width).errors(400);
    complex("create_complex_field", json!({})).errors(400);
    let more = json!({"Fields": [{"FieldName": "Unit", "DataType": "String"}, {"FieldName": "Depth", "DataType": "Int"}]});
    assert_eq!(
        complex("create_complex_fields", more)
            .data(200)
            .as_array()
            .unwrap()
            .len(),
        2
    );
    let shorter = json!({"Field": {"FieldName": "Unit_c", "Length": 2}});
    assert_eq!(
        complex("update_complex_field", shorter).data(200)["Length"],
        2
    );
    complex(
        "update_complex_field",
        json!({"Field": {"FieldName": "None_c"}}),
    )
    .errors(404);
    let stored = tenant.object("get_object", "Rack_c", Value::Null);
    assert_eq!(
        stored.data(200)["ComplexFieldMetadata"][0]["Fields"]
            .as_array()
            .unwrap()
            .len(),
        3
    );
}

#[test]
fn formulas_are_checked_not_computed() {
    let tenant = with_racks();
    tenant.with_field(json!({"FieldName": "Width", "DataType": "Int"}));
    let functions = tenant.call(SERVICE, "list_formula_functions").send();
    assert!(
        functions
            .data(200)
            .as_array()
            .unwrap()
            .iter()
            .any(|one| one["Name"] == "IF")
    );
    let validate = |expression: &str| {
        tenant.field(
            "validate_object_field_expression",
            "Area_c",
            json!({"Expression": expression}),
        )
    };
    let good = validate("IF(ISBLANK(Width_c), 0, ROUND(Width_c * 2.5, 1)) & ' (' & Name & \")\"");
    assert_eq!(good.data(200)["Fields"], json!(["Width_c", "Name"]));
    for (bad, message) in [
        (
            "Width_c *",
            "Expression: expected a field, a value or a function at column 10",
        ),
        (
            "Depth_c",
            "Expression: Rack_c has no field 'Depth_c' at column 1",
        ),
        (
            "HALF(Width_c)",
            "Expression: there is no function 'HALF' at column 1",
        ),
        ("(Width_c", "Expression: expected ')' at column 9"),
        (
            "'é' & 'x",
            "Expression: this quote is never closed at column 7",
        ),
        (
            "1 2",
            "Expression: expected an operator or the end at column 3",
        ),
    ] {
        assert_eq!(validate(bad).errors(400), [message]);
    }
    validate(&"(".repeat(10_000)).errors(400);
    validate(&format!("{}1", "!".repeat(10_000))).data(200);
    let area = json!({"FieldName": "Area", "DataType": "Int", "IsCalculated": true, "Expression": "Width_c * 2"});
    assert_eq!(
        tenant.with_field(area)["ExpressionDependency"],
        json!(["Width_c"])
    );
    assert_eq!(
        tenant
            .field("list_dependency_fields", "Area_c", Value::Null)
            .data(200)["FieldMetadata"][0]["FieldName"],
        "Width_c"
    );
    let rack = tenant.rack(json!({"Width_c": 2, "Area_c": 9}));
    assert!(rack.data(201).get("Area_c").is_none());
}
