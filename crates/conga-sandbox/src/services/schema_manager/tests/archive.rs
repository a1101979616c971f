//! Export and import.

use std::io::{Cursor, Read as _, Write as _};

use serde_json::{Value, json};
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use super::SERVICE;
use crate::services::tenant::Tenant;

#[test]
fn a_schema_is_exported_and_imported_elsewhere() {
    let tenant = Tenant::empty();
    let body = json!({
        "Name": "Rack_c", "DisplayName": "Rack",
        "PicklistMetadata": [{"Name": "P", "PicklistEntries": [{"Value": "a", "Sequence": 1}]}],
        "ComplexFieldMetadata": [{"Name": "Size", "Fields": [{"FieldName": "Width", "DataType": "Int"}]}],
        "FieldMetadata": [
            {"FieldName": "Pick", "DataType": "Picklist", "PicklistName": "P"},
            {"FieldName": "Size", "DataType": "Complex", "ComplexMetadataName": "Size"},
        ],
        "Attributes": {"TrackAuditHistory": true},
    });
    tenant
        .call(SERVICE, "create_object")
        .json(body)
        .send()
        .data(201);
    let room = json!({"Name": "Room_c", "FieldMetadata": [
        {"FieldName": "Rack", "DataType": "Lookup", "LookupObjectName": "Rack_c"},
    ]});
    tenant
        .call(SERVICE, "create_object")
        .json(room)
        .send()
        .data(201);
    tenant
        .object(
            "create_object_field",
            "Account",
            json!({"FieldName": "Tier", "DataType": "Int"}),
        )
        .data(201);
    let export = tenant
        .call(SERVICE, "export_custom_schema")
        .json(json!(["Room_c", "Rack_c", "Account"]))
        .send();
    assert_eq!(export.status, 200);
    let mut archive = ZipArchive::new(Cursor::new(export.bytes.clone())).unwrap();
    assert_eq!(archive.len(), 3);
    let mut text = String::new();
    archive
        .by_name("Account.json")
        .unwrap()
        .read_to_string(&mut text)
        .unwrap();
    assert!(
        text.contains("Tier_c") && !text.contains("Industry"),
        "{text}"
    );

    let other = Tenant::empty();
    let import = |file: &[u8]| {
        let request = other.call(SERVICE, "import_custom_schema");
        request
            .file("file", "../../schema.zip", file.to_vec())
            .send()
    };
    let got = import(&export.bytes);
    assert_eq!(
        got.data(201),
        &json!({"Room_c": "Created", "Rack_c": "Created", "Account": "Updated"})
    );
    for object in ["Room_c", "Rack_c", "Account"] {
        let definition = |tenant: &Tenant| {
            tenant.object("get_object", object, Value::Null).json["Data"]["FieldMetadata"].clone()
        };
        assert_eq!(definition(&tenant), definition(&other), "{object}");
    }
    other.rack(json!({"Pick_c": "b"})).errors(400);
    // Again, with nothing that is missing: no error.
    import(&export.bytes).data(201);

    import(b"no zip").errors(400);
    import(&zip_of(&[("readme.txt", b"hello")])).errors(400);
    import(&zip_of(&[("X.json", b"[1]")])).errors(400);
    import(&zip_of(&[("X.json", b"{\"Name\": \"../x\"}")])).errors(400);
    import(&zip_of(&[("X.json", &vec![b' '; 17 * 1024 * 1024])])).errors(400);
    let half = zip_of(&[
        ("A.json", b"{\"Name\": \"A_c\"}"),
        ("B.json", b"{\"Name\": \"B c\"}"),
    ]);
    import(&half).errors(400);
    other.object("get_object", "A_c", Value::Null).errors(404);
    tenant
        .call(SERVICE, "export_custom_schema")
        .json(json!(["Nothing_c"]))
        .send()
        .errors(404);
}

fn zip_of(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        archive
            .start_file(*name, SimpleFileOptions::default())
            .unwrap();
        archive.write_all(content).unwrap();
    }
    archive.finish().unwrap().into_inner()
}
