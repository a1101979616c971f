//! The service as its callers see it.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use crate::files::uploads::MIN_PART_SIZE;
use crate::request::Caller;
use crate::services::tenant::{Got, Request, Tenant, USER};

const SERVICE: &str = "document-management";

fn call<'a>(tenant: &'a Tenant, operation: &str) -> Request<'a> {
    tenant.call(SERVICE, operation)
}

fn upload(tenant: &Tenant, name: &str, content: &str) -> Value {
    let got = call(tenant, "upload_document")
        .query("objectType", "Agreement")
        .query("objectId", "A-1")
        .file("file", name, content.to_owned())
        .send();
    got.data(200).clone()
}

fn text(value: &Value, field: &str) -> String {
    value[field].as_str().unwrap().to_owned()
}

/// A call for one document.
fn on<'a>(tenant: &'a Tenant, operation: &str, document: &Value) -> Request<'a> {
    call(tenant, operation).path("documentId", text(document, "DocumentId"))
}

fn add_version(tenant: &Tenant, document: &Value, content: &str) -> Got {
    on(tenant, "update_document", document)
        .file("file", "contract v2.docx", content.to_owned())
        .send()
}

fn download(tenant: &Tenant, version: &str) -> Got {
    call(tenant, "download_document").path("id", version).send()
}

fn column(got: &Got, field: &str) -> Vec<Value> {
    let rows = got.data(200).as_array().unwrap();
    rows.iter().map(|row| row[field].clone()).collect()
}

#[test]
fn a_document_is_uploaded_and_read_back() {
    let tenant = Tenant::empty();
    let got = call(&tenant, "upload_document")
        .query("objectType", "Agreement")
        .query("objectId", "A-1")
        .query("description", "The signed one")
        .query("tags", "signed")
        .query("tags", "2026")
        .field("customProperties", r#"{"Region_c": "EMEA", "Pages_c": 7}"#)
        .file("file", "../Vertrag Übersee.docx", "content")
        .send();
    let document = got.data(200);
    assert_eq!(document["Name"], "Vertrag Übersee.docx");
    assert_eq!(document["Extension"], ".docx");
    assert_eq!(document["DocumentVersion"], 1);
    assert_eq!(document["FileSize"], 7);
    assert_eq!(document["Tags"], "signed,2026");
    assert_eq!(document["Region_c"], "EMEA");
    assert_eq!(document["IsSearchable"], true);
    assert_eq!(document["CreatedBy"]["Id"], USER);
    assert!(document.get("FileId").is_none());

    let id = text(document, "Id");
    assert_ne!(id, text(document, "DocumentId"));
    assert_eq!(download(&tenant, &id).bytes, "content");
    let got = call(&tenant, "get_document").path("id", &id).send();
    let content = got.data(200)["BlobData"].as_str().unwrap();
    assert_eq!(BASE64_STANDARD.decode(content).unwrap(), b"content");
    assert_eq!(&got.data(200)["DocumentMetadata"], document);
    let got = on(&tenant, "get_document_metadata", document).send();
    assert_eq!(got.data(200), document);

    let got = call(&tenant, "download_document")
        .path("id", text(document, "DocumentId"))
        .send();
    assert!(got.errors(404)[0].contains("not a version"));
}

#[test]
fn several_documents_are_uploaded_at_once_or_not_at_all() {
    let tenant = Tenant::empty();
    let two = call(&tenant, "upload_documents")
        .query("objectId", "A-1")
        .file("files", "a.pdf", "a")
        .file("files", "b.txt", "b")
        .send();
    assert_eq!(column(&two, "Name"), ["a.pdf", "b.txt"]);
    let refused = call(&tenant, "upload_documents")
        .query("objectId", "A-1")
        .file("files", "c.pdf", "c")
        .file("files", "d.exe", "d")
        .send();
    assert!(refused.errors(400)[0].contains("accepted are doc, docx"));
    let none = call(&tenant, "upload_documents").field("x", "y").send();
    assert!(none.errors(400)[0].contains("form field 'files'"));
    let got = call(&tenant, "list_object_documents_by_id")
        .path("objectId", "A-1")
        .send();
    assert_eq!(got.data(200).as_array().unwrap().len(), 2);
}

#[test]
fn a_version_is_added_and_the_earlier_ones_stay() {
    let tenant = Tenant::empty();
    let first = upload(&tenant, "contract.docx", "one");
    let got = on(&tenant, "update_document", &first)
        .query("newVersionId", "version-2")
        .query("description", "Reviewed")
        .file("file", "contract v2.docx", "two")
        .send();
    let second = got.data(200);
    assert_eq!(second["Id"], "version-2");
    assert_eq!(second["DocumentId"], first["DocumentId"]);
    assert_eq!(second["DocumentVersion"], 2);
    assert_eq!(second["ObjectId"], "A-1");

    let versions = on(&tenant, "list_document_versions", &first).send();
    assert_eq!(column(&versions, "DocumentVersion"), [1, 2]);
    assert_eq!(column(&versions, "IsLatest"), [false, true]);
    assert_eq!(download(&tenant, &text(&first, "Id")).bytes, "one");
    assert_eq!(download(&tenant, "version-2").bytes, "two");
    let got = on(&tenant, "get_document_version", &first)
        .path("versionId", "version-2")
        .send();
    assert_eq!(got.data(200)["DocumentMetadata"]["Description"], "Reviewed");

    let taken = on(&tenant, "update_document", &first)
        .query("newVersionId", "version-2")
        .file("file", "contract v3.docx", "three")
        .send();
    assert!(taken.errors(400)[0].contains("version-2"));
    let versions = on(&tenant, "list_document_versions", &first).send();
    assert_eq!(column(&versions, "IsLatest"), [false, true]);
}

#[test]
fn an_update_without_a_file_sets_properties() {
    let tenant = Tenant::empty();
    let document = upload(&tenant, "contract.docx", "one");
    let got = on(&tenant, "update_document", &document)
        .query("description", "Final")
        .field("customProperties", r#"{"Region_c": "APAC"}"#)
        .send();
    assert_eq!(got.data(200)["Description"], "Final");
    assert_eq!(got.data(200)["Region_c"], "APAC");
    assert_eq!(got.data(200)["DocumentVersion"], 1);
    let got = on(&tenant, "update_document", &document)
        .field("customProperties", r#"{"FileId": "another"}"#)
        .send();
    assert!(got.errors(400)[0].contains("'FileId'"));
    let got = on(&tenant, "update_document", &document)
        .field("customProperties", r#"{"a'; DROP TABLE files": 1}"#)
        .send();
    assert!(got.errors(400)[0].contains("no field name"));
}

#[test]
fn metadata_is_updated_on_every_version() {
    let tenant = Tenant::empty();
    let document = upload(&tenant, "contract.docx", "one");
    add_version(&tenant, &document, "two").data(200);
    let body = json!({
        "Description": "Both", "Tags": ["a", "b"], "IsSearchable": false, "CustomProperties": {"Level_c": 3},
    });
    let got = on(&tenant, "update_document_metadata", &document)
        .json(body)
        .send();
    assert_eq!(got.data(200), true);
    let versions = on(&tenant, "list_document_versions", &document).send();
    assert_eq!(column(&versions, "Description"), ["Both", "Both"]);
    assert_eq!(column(&versions, "Tags"), ["a,b", "a,b"]);
    assert_eq!(column(&versions, "Level_c"), [3, 3]);
}

#[test]
fn a_document_is_checked_out_by_one_at_a_time() {
    let tenant = Tenant::empty();
    let document = upload(&tenant, "contract.docx", "one");
    let check_out = |holder: Value| {
        on(&tenant, "update_document_metadata", &document)
            .json(json!({"CheckoutBy": holder}))
            .send()
    };
    check_out("ann@lab.example".into()).data(200);
    let metadata = on(&tenant, "get_document_metadata", &document).send();
    assert_eq!(metadata.data(200)["CheckoutBy"], "ann@lab.example");
    assert_eq!(
        metadata.data(200)["CheckoutDate"],
        "2026-03-01T09:30:00.000Z"
    );

    let taken = check_out("bob@lab.example".into());
    assert!(taken.errors(409)[0].contains("checked out by 'ann@lab.example'"));
    add_version(&tenant, &document, "two").errors(409);
    on(&tenant, "delete_document", &document).send().errors(409);

    let holder = on(&tenant, "update_document", &document)
        .query("checkoutBy", "ann@lab.example")
        .query("checkoutDate", "2026-03-02")
        .file("file", "contract.docx", "two")
        .send();
    assert_eq!(holder.data(200)["CheckoutDate"], "2026-03-02T00:00:00.000Z");
    check_out(Value::Null).data(200);
    let checked_in = add_version(&tenant, &document, "three");
    assert!(checked_in.data(200)["CheckoutBy"].is_null());

    check_out(USER.into()).data(200);
    assert!(add_version(&tenant, &document, "four").data(200)["CheckoutBy"].is_null());
    let wrong = on(&tenant, "update_document", &document)
        .query("checkoutBy", "ann")
        .query("checkoutDate", "tomorrow")
        .send();
    assert!(wrong.errors(400)[0].contains("'tomorrow'"));
}

#[test]
fn a_deleted_document_keeps_its_metadata_only() {
    let tenant = Tenant::empty();
    let document = upload(&tenant, "contract.docx", "one");
    add_version(&tenant, &document, "two").data(200);
    on(&tenant, "delete_document", &document).send().data(200);
    let exists = on(&tenant, "check_document_exists", &document).send();
    assert_eq!(exists.data(200), false);
    let metadata = on(&tenant, "get_document_metadata", &document).send();
    assert_eq!(metadata.data(200)["IsDeleted"], true);
    let gone = download(&tenant, &text(&document, "Id"));
    assert!(gone.errors(404)[0].contains("was deleted"));
    on(&tenant, "list_document_versions", &document)
        .send()
        .errors(404);
    on(&tenant, "delete_document", &document).send().errors(404);

    let other = upload(&tenant, "other.docx", "one");
    on(&tenant, "delete_document", &other)
        .query("hardDelete", true)
        .send()
        .data(200);
    on(&tenant, "get_document_metadata", &other)
        .send()
        .errors(404);
}

#[test]
fn the_version_before_follows_a_deleted_latest() {
    let tenant = Tenant::empty();
    let document = upload(&tenant, "contract.docx", "one");
    let second = add_version(&tenant, &document, "two").data(200).clone();
    let delete = |version: &Value| {
        on(&tenant, "delete_document_version", &document)
            .path("versionId", text(version, "Id"))
            .send()
    };
    delete(&second).data(200);
    let metadata = on(&tenant, "get_document_metadata", &document).send();
    assert_eq!(metadata.data(200)["Id"], document["Id"]);
    assert_eq!(metadata.data(200)["IsLatest"], true);
    let third = add_version(&tenant, &document, "three").data(200).clone();
    assert_eq!(third["DocumentVersion"], 3);
    delete(&second).errors(404);
    delete(&third).data(200);
    delete(&document).data(200);
    let exists = on(&tenant, "check_document_exists", &document).send();
    assert_eq!(exists.data(200), false);
}

#[test]
fn documents_are_deleted_together_or_not_at_all() {
    let tenant = Tenant::empty();
    let first = upload(&tenant, "a.docx", "a");
    let second = upload(&tenant, "b.docx", "b");
    let ids = json!([first["DocumentId"], "nobody"]);
    call(&tenant, "delete_documents")
        .json(ids)
        .send()
        .errors(404);
    let exists = on(&tenant, "check_document_exists", &first).send();
    assert_eq!(exists.data(200), true);
    let ids = json!([first["DocumentId"], second["DocumentId"]]);
    let got = call(&tenant, "delete_documents").json(ids).send();
    assert_eq!(got.data(200), "2 documents were deleted");
    call(&tenant, "delete_documents")
        .json(json!([]))
        .send()
        .errors(400);
}

#[test]
fn the_documents_of_a_record_are_listed_and_deleted() {
    let tenant = Tenant::empty();
    upload(&tenant, "a.docx", "a");
    let pdf = upload(&tenant, "b.pdf", "b");
    add_version(&tenant, &pdf, "bb").data(200);
    let of_record = |operation: &str, object_type: &str| {
        call(&tenant, operation)
            .path("objectType", object_type)
            .path("objectId", "A-1")
            .send()
    };
    let listed = of_record("list_object_documents", "Agreement");
    assert_eq!(listed.data(200).as_array().unwrap().len(), 2);
    let versions = of_record("list_object_document_versions", "Agreement");
    assert_eq!(column(&versions, "DocumentVersion"), [1, 1, 2]);
    assert_eq!(
        of_record("list_object_documents", "Quote").data(200),
        &json!([])
    );
    let by_type = |file_type: &str| {
        call(&tenant, "list_object_documents_by_id")
            .path("objectId", "A-1")
            .query("fileType", file_type)
            .send()
            .data(200)
            .as_array()
            .unwrap()
            .len()
    };
    assert_eq!(
        [by_type("docx"), by_type(".PDF"), by_type("zip")],
        [2, 0, 0]
    );
    let deleted = of_record("delete_object_documents", "Agreement");
    assert_eq!(deleted.data(200), "2 documents were deleted");
    assert_eq!(
        of_record("list_object_documents", "Agreement").data(200),
        &json!([])
    );
}

#[test]
fn several_documents_are_read_at_once() {
    let tenant = Tenant::empty();
    let first = upload(&tenant, "a.docx", "a");
    let second = upload(&tenant, "b.docx", "b");
    let many = |ignore: bool| {
        call(&tenant, "bulk_get_documents")
            .query("documentId", text(&second, "DocumentId"))
            .query("documentId", "nobody")
            .query("documentId", text(&first, "DocumentId"))
            .query("ignoreInvalidIds", ignore)
            .send()
    };
    many(false).errors(404);
    let got = many(true);
    let rows = got.data(200).as_array().unwrap();
    assert_eq!(rows[0]["DocumentMetadata"]["Name"], "b.docx");
    assert_eq!(rows[1]["BlobData"], "YQ==");
    call(&tenant, "bulk_get_documents").send().errors(400);
}

#[test]
fn a_clone_is_a_document_of_its_own() {
    let tenant = Tenant::empty();
    let document = upload(&tenant, "a.docx", "one");
    add_version(&tenant, &document, "two").data(200);
    let got = on(&tenant, "clone_document", &document).send();
    let clone = got.data(200).clone();
    assert_ne!(clone["DocumentId"], document["DocumentId"]);
    assert_eq!(clone["DocumentVersion"], 1);
    assert_eq!(clone["ObjectId"], "A-1");
    on(&tenant, "delete_document", &document)
        .query("hardDelete", "true")
        .send()
        .data(200);
    assert_eq!(download(&tenant, &text(&clone, "Id")).bytes, "two");
}

#[test]
fn metadata_is_searched() {
    let tenant = Tenant::empty();
    for name in ["b.docx", "a.docx", "c.pdf"] {
        upload(&tenant, name, name);
    }
    let hidden = upload(&tenant, "hidden.docx", "hidden");
    on(&tenant, "update_document_metadata", &hidden)
        .json(json!({"IsSearchable": false}))
        .send()
        .data(200);
    let search = |query: Value| {
        call(&tenant, "search_documents")
            .query("includeTotalCount", true)
            .json(query)
            .send()
    };
    let got = search(json!({
        "Criteria": "Extension = '.docx'", "Sort": {"FieldName": "Name", "OrderBy": "Ascending"}, "Limit": 1,
    }));
    assert_eq!(column(&got, "Name"), ["a.docx"]);
    assert_eq!(got.json["RecordCount"], 2);
    assert_eq!(got.json["HasMoreRecords"], true);
    let got = search(json!({"Criteria": "FileSize > 5", "Skip": 1}));
    assert_eq!(column(&got, "Name"), ["a.docx"]);
    search(json!({"Criteria": "Name = '"})).errors(400);
    search(json!({"Limit": -1})).errors(400);
}

#[test]
fn a_large_document_arrives_in_parts() {
    let tenant = Tenant::empty();
    let request = json!({
        "DocumentName": "scan.pdf", "ObjectType": "Agreement", "ObjectId": "A-1", "Tags": ["scan"],
        "CustomProperties": {"Box_c": 4},
    });
    let got = call(&tenant, "start_multipart_upload").json(request).send();
    let started = got.data(200);
    let metadata = &started["Metadata"];
    assert_eq!(metadata["Name"], "scan.pdf");
    let put = |number: i64, content: Vec<u8>| {
        on(&tenant, "upload_document_part", metadata)
            .query("key", text(started, "Key"))
            .query("uploadId", text(started, "UploadId"))
            .query("partNumber", number)
            .bytes(content)
            .send()
    };
    let first = put(1, vec![b'a'; MIN_PART_SIZE as usize]);
    let second = put(2, b"tail".to_vec());
    assert_eq!(second.data(200)["PartNumber"], 2);
    let exists = on(&tenant, "check_document_exists", metadata).send();
    assert_eq!(exists.data(200), false);
    let finish = |etags: Value| {
        on(&tenant, "complete_multipart_upload", metadata)
            .json(json!({
                "DocumentId": metadata["DocumentId"], "Key": started["Key"], "UploadId": started["UploadId"],
                "ETags": etags,
            }))
            .send()
    };
    finish(json!({"one": "x"})).errors(400);
    finish(json!({"1": "x"})).errors(400);
    let etags = json!({"1": first.data(200)["ETag"], "2": second.data(200)["ETag"]});
    let version = finish(etags.clone());
    assert_eq!(version.data(200), &metadata["Id"]);
    finish(etags).errors(404);

    let got = on(&tenant, "get_document_metadata", metadata).send();
    let document = got.data(200);
    assert_eq!(document["FileSize"], MIN_PART_SIZE + 4);
    assert_eq!(document["Tags"], "scan");
    assert_eq!(document["Box_c"], 4);
    let got = download(&tenant, &text(document, "Id"));
    assert!(got.bytes.ends_with(b"aatail"));
}

#[test]
fn an_upload_in_parts_is_aborted() {
    let tenant = Tenant::empty();
    let got = call(&tenant, "start_multipart_upload")
        .json(json!({"DocumentName": "scan.pdf"}))
        .send();
    let started = got.data(200);
    let metadata = &started["Metadata"];
    let body = json!({"UploadId": started["UploadId"], "Key": started["Key"]});
    let abort = || {
        on(&tenant, "abort_multipart_upload", metadata)
            .json(body.clone())
            .send()
    };
    abort().data(200);
    abort().errors(404);
    for bad in ["", "..", "scan.exe", "scan"] {
        let got = call(&tenant, "start_multipart_upload")
            .json(json!({"DocumentName": bad}))
            .send();
        got.errors(400);
    }
    let part = on(&tenant, "upload_document_part", metadata)
        .query("uploadId", text(started, "UploadId"))
        .query("partNumber", 1)
        .bytes("late")
        .send();
    part.errors(404);
}

#[test]
fn hostile_ids_find_nothing() {
    let tenant = Tenant::empty();
    upload(&tenant, "a.docx", "a");
    for id in ["' OR '1'='1", "a\0b", "%", "../../x", "\u{202e}"] {
        let got = call(&tenant, "get_document_metadata")
            .path("documentId", id)
            .send();
        got.errors(404);
        let got = call(&tenant, "list_object_documents_by_id")
            .path("objectId", id)
            .send();
        assert_eq!(got.data(200), &json!([]), "{id:?}");
    }
}

#[test]
fn the_author_of_a_version_is_its_sender() {
    let tenant = Tenant::empty();
    let document = upload(&tenant, "a.docx", "a");
    let got = on(&tenant, "update_document", &document)
        .caller(Caller::ApiKey)
        .file("file", "a.docx", "b")
        .send();
    assert_eq!(got.data(200)["CreatedBy"]["Id"], "api-key");
}
