//! The service as its callers see it.

use std::io::{Cursor, Read as _};
use std::time::Duration;

use axum::http::{HeaderMap, header};
use serde_json::{Value, json};

use crate::files::uploads::MIN_PART_SIZE;
use crate::request::AnswerBody;
use crate::services::tenant::{Got, Request, Tenant};

fn call<'a>(tenant: &'a Tenant, operation: &str) -> Request<'a> {
    tenant.call("file-store", operation)
}

fn at<'a>(tenant: &'a Tenant, operation: &str, path: &str, name: &str) -> Request<'a> {
    call(tenant, operation)
        .path("filePath", path)
        .path("fileName", name)
}

fn upload(tenant: &Tenant, path: &str, name: &str, content: &str) -> Value {
    let got = at(tenant, "upload_file", path, name)
        .file("file", "whatever.bin", content.to_owned())
        .send();
    got.data(200).clone()
}

fn exists(tenant: &Tenant, path: &str, name: &str) -> bool {
    let got = at(tenant, "check_file_exists", path, name).send();
    got.data(200).as_bool().unwrap()
}

fn list(tenant: &Tenant, folder: &str, more: Value) -> Got {
    let (path, name) = folder.rsplit_once('/').unwrap_or(("", folder));
    let mut body = json!({"FolderPath": path});
    body.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    call(tenant, "list_folder")
        .path("folderName", name)
        .json(body)
        .send()
}

/// The names in a folder, those of folders with a slash.
fn contents(tenant: &Tenant, folder: &str) -> Vec<String> {
    let got = list(tenant, folder, json!({}));
    let entries = got.data(200)["Contents"].as_array().unwrap();
    let shown = entries.iter().map(|entry| {
        let slash = if entry["Type"] == "Folder" { "/" } else { "" };
        format!("{}{slash}", entry["Name"].as_str().unwrap())
    });
    shown.collect()
}

/// Follows a link, as anyone may.
fn follow(tenant: &Tenant, link: &str) -> Result<Vec<u8>, u16> {
    let token = link.rsplit('/').next().unwrap();
    match tenant.world.follow_link(token, &HeaderMap::new()) {
        Ok(answer) => match answer.body {
            AnswerBody::Bytes(_, bytes) => Ok(bytes.to_vec()),
            other => panic!("a file, not {other:?}"),
        },
        Err(refusal) => Err(refusal.status.as_u16()),
    }
}

#[test]
fn a_file_is_uploaded_and_read_back() {
    let tenant = Tenant::empty();
    let got = at(&tenant, "upload_file", "contracts/2026", "Angebot €.pdf")
        .field("tags", r#"{"kind": "quote"}"#)
        .file("file", "x", "content")
        .send();
    assert_eq!(got.data(200)["FilePath"], "contracts/2026");
    assert!(got.data(200)["SharedURI"].is_null());
    let got = at(
        &tenant,
        "download_file",
        "/contracts/2026/",
        "Angebot €.pdf",
    )
    .send();
    assert_eq!(got.bytes, "content");
    let got = at(&tenant, "download_file", "contracts/2026", "Angebot €.pdf")
        .header("range", "bytes=3-")
        .send();
    assert_eq!((got.status, &got.bytes[..]), (206, &b"tent"[..]));
    assert_eq!(got.headers[header::CONTENT_RANGE], "bytes 3-6/7");
    let got = at(&tenant, "get_file_info", "contracts/2026", "Angebot €.pdf").send();
    let info = got.data(200);
    assert_eq!(info["ContentType"], "application/pdf");
    assert_eq!(info["FileSize"], 7);
    assert_eq!(info["FileTags"]["kind"], "quote");
    assert!(!exists(&tenant, "contracts", "Angebot €.pdf"));
    at(&tenant, "get_file_info", "contracts", "a.pdf")
        .send()
        .errors(404);
}

#[test]
fn an_upload_replaces_the_file_of_that_name() {
    let tenant = Tenant::empty();
    upload(&tenant, "a", "x.txt", "one");
    upload(&tenant, "a", "x.txt", "two");
    let got = at(&tenant, "download_file", "a", "x.txt").send();
    assert_eq!(got.bytes, "two");
    assert_eq!(contents(&tenant, "a"), ["x.txt"]);
}

#[test]
fn paths_do_not_lead_out() {
    let tenant = Tenant::empty();
    upload(&tenant, "a", "x.txt", "one");
    for (path, name) in [
        ("..", "x.txt"),
        ("a/../..", "x.txt"),
        ("a", ".."),
        ("a", "../a/x.txt"),
        ("a", "b/x.txt"),
        ("a", "b\\x.txt"),
        ("a\0", "x.txt"),
        ("a", "x\u{202e}txt"),
    ] {
        let got = at(&tenant, "upload_file", path, name)
            .file("file", "x", "content")
            .send();
        got.errors(400);
    }
    let got = at(&tenant, "download_file", "..%2F..", "passwd").send();
    got.errors(404);
    let got = at(&tenant, "download_file", "a' OR '1'='1", "x.txt").send();
    got.errors(404);
}

#[test]
fn a_file_too_large_is_told_to_come_in_parts() {
    let tenant = Tenant::empty();
    let got = call(&tenant, "get_file_limits").send();
    let limit = got.data(200)["MaxPayloadSizeKB"].as_u64().unwrap() * 1024;
    let got = at(&tenant, "upload_file", "a", "x.bin")
        .file("file", "x", vec![0; limit as usize + 1])
        .send();
    assert!(got.errors(413)[0].contains("in parts"));
    let got = at(&tenant, "upload_file", "a", "x.bin")
        .field("file", "no file")
        .send();
    assert!(got.errors(400)[0].contains("with a file name"));
}

#[test]
fn several_files_are_uploaded_or_none() {
    let tenant = Tenant::empty();
    let upload = |second: Value| {
        let files = json!([
            {"FileName": "a.txt", "FileContent": "YQ==", "FileTags": {"n": 1}},
            second,
        ]);
        call(&tenant, "bulk_upload_files")
            .json(json!({"FilePath": "in", "Files": files}))
            .send()
    };
    let refused = upload(json!({"FileName": "../b.txt", "FileContent": "Yg=="}));
    assert!(refused.errors(400)[0].starts_with("file 2: '../b.txt' is no file name"));
    upload(json!({"FileName": "b.txt"})).errors(400);
    assert!(!exists(&tenant, "in", "a.txt"));
    let got = upload(json!({
        "FileName": "b.txt", "FileContent": "Yg==",
        "FileSharedURIRequest": {"GenerateSharedURI": true, "TTLSeconds": 60},
    }));
    let files = got.data(200).as_array().unwrap();
    assert!(files[0]["SharedURI"].is_null());
    let link = files[1]["SharedURI"].as_str().unwrap();
    assert_eq!(follow(&tenant, link).unwrap(), b"b");
    let got = at(&tenant, "download_file", "in", "a.txt").send();
    assert_eq!(got.bytes, "a");
}

#[test]
fn a_link_opens_a_file_until_it_expires() {
    let tenant = Tenant::empty();
    upload(&tenant, "a", "x.txt", "one");
    let share = |ttl: f64| {
        call(&tenant, "create_file_shared_uri")
            .json(json!({"FilePath": "a", "FileName": "x.txt", "TTLSeconds": ttl, "Protocol": "HTTPS"}))
            .send()
    };
    let got = share(90.0);
    let link = got.data(200)["SharedURI"].as_str().unwrap().to_owned();
    assert!(link.starts_with("http://127.0.0.1/shared/"), "{link}");
    assert_eq!(follow(&tenant, &link).unwrap(), b"one");
    tenant.world.clock.advance(Duration::from_secs(91));
    assert_eq!(follow(&tenant, &link), Err(404));
    for ttl in [0.0, -1.0, 1e300] {
        share(ttl).errors(400);
    }
    let got = share(90.0);
    let link = got.data(200)["SharedURI"].as_str().unwrap().to_owned();
    delete(&tenant, "a", "x.txt").data(200);
    assert_eq!(follow(&tenant, &link), Err(404));
    assert_eq!(follow(&tenant, "/shared/' OR 1=1"), Err(404));
    share(90.0).errors(404);
}

fn delete(tenant: &Tenant, path: &str, name: &str) -> Got {
    call(tenant, "delete_file")
        .json(json!({"FilePath": path, "FileName": name}))
        .send()
}

#[test]
fn a_file_may_delete_itself() {
    let tenant = Tenant::empty();
    let got = at(&tenant, "upload_file", "tmp", "x.txt")
        .field("IsAutoDeleteOnExpiry", "true")
        .field("FileExpiresAfterDays", "One")
        .file("file", "x", "content")
        .send();
    got.data(200);
    assert!(exists(&tenant, "tmp", "x.txt"));
    tenant
        .world
        .clock
        .advance(Duration::from_secs(24 * 3600 + 1));
    assert!(!exists(&tenant, "tmp", "x.txt"));
    list(&tenant, "tmp", json!({})).errors(404);
}

#[test]
fn files_are_deleted() {
    let tenant = Tenant::empty();
    for name in ["a.txt", "b.txt", "c.txt"] {
        upload(&tenant, "in", name, name);
    }
    assert_eq!(delete(&tenant, "in", "a.txt").data(200)["IsDeleted"], true);
    delete(&tenant, "in", "a.txt").errors(404);
    let many = |names: Value| {
        call(&tenant, "bulk_delete_files")
            .json(json!({"FilePath": "in", "FileNames": names}))
            .send()
    };
    let got = many(json!(["b.txt", "a.txt"]));
    assert_eq!(got.status, 200);
    assert_eq!(got.json["Data"]["IsDeleted"], true);
    assert_eq!(got.json["Errors"][0]["Message"], "in has no file 'a.txt'");
    many(json!(["a.txt", "b.txt"])).errors(404);
    many(json!([])).errors(400);
    assert_eq!(contents(&tenant, "in"), ["c.txt"]);
}

#[test]
fn the_files_of_a_folder_come_as_one_archive() {
    let tenant = Tenant::empty();
    upload(&tenant, "out/2026", "a.txt", "first");
    upload(&tenant, "out/2026", "Übersicht.txt", "second");
    upload(&tenant, "out/2026/old", "c.txt", "third");
    let archive = |names: &[&str]| {
        let request = call(&tenant, "download_files").path("filePath", "out/2026");
        let request = names
            .iter()
            .fold(request, |request, name| request.query("fileNames", name));
        request.send()
    };
    let got = archive(&[]);
    let mut zip = zip::ZipArchive::new(Cursor::new(got.bytes)).unwrap();
    let names: Vec<String> = zip
        .file_names()
        .map(|name| name.unwrap().into_owned())
        .collect();
    assert_eq!(names, ["a.txt", "Übersicht.txt"]);
    let mut text = String::new();
    zip.by_index(1).unwrap().read_to_string(&mut text).unwrap();
    assert_eq!(text, "second");
    let disposition = got.headers[header::CONTENT_DISPOSITION].to_str().unwrap();
    assert!(disposition.contains("2026.zip"));
    let got = archive(&["a.txt"]);
    assert_eq!(
        zip::ZipArchive::new(Cursor::new(got.bytes)).unwrap().len(),
        1
    );
    archive(&["a.txt", "nobody.txt"]).errors(404);
    let got = call(&tenant, "download_files")
        .path("filePath", "none")
        .send();
    got.errors(404);
}

#[test]
fn names_are_listed_page_by_page() {
    let tenant = Tenant::empty();
    for name in ["b.txt", "a.txt", "c.txt"] {
        upload(&tenant, "in", name, name);
    }
    upload(&tenant, "in/deeper", "d.txt", "d");
    let page = |token: &str| {
        call(&tenant, "list_file_names")
            .path("filePath", "in")
            .query("maxFiles", 2)
            .query("includeFileTags", "true")
            .query("continuationToken", token)
            .send()
    };
    let names = |got: &Got| -> Vec<String> {
        let files = got.data(200)["FilesInfo"].as_array().unwrap();
        files
            .iter()
            .map(|file| file["FileName"].as_str().unwrap().to_owned())
            .collect()
    };
    let first = page("");
    assert_eq!(names(&first), ["a.txt", "b.txt"]);
    assert_eq!(first.data(200)["IsTruncated"], true);
    let token = first.data(200)["ContinuationToken"].as_str().unwrap();
    let second = page(token);
    assert_eq!(names(&second), ["c.txt"]);
    assert!(second.data(200)["ContinuationToken"].is_null());
    page("%%%").errors(400);
    for most in [0, -1, 1_001] {
        let got = call(&tenant, "list_file_names")
            .path("filePath", "in")
            .query("maxFiles", most)
            .send();
        got.errors(400);
    }
}

#[test]
fn folders_are_made_within_folders_that_are_there() {
    let tenant = Tenant::empty();
    let create = |path: &str, name: &str| {
        call(&tenant, "create_folder")
            .json(json!({"FolderPath": path, "FolderName": name}))
            .send()
    };
    assert_eq!(create("", "contracts").data(200)["FolderName"], "contracts");
    create("contracts", "2026").data(200);
    create("contracts", "2026").errors(409);
    create("nowhere", "2026").errors(404);
    for name in ["", "..", "a/b", "a\0"] {
        create("", name).errors(400);
    }
    upload(&tenant, "contracts", "b.txt", "b");
    upload(&tenant, "contracts", "a.txt", "a");
    upload(&tenant, "contracts/implied/deep", "c.txt", "c");
    let all = ["2026/", "implied/", "a.txt", "b.txt"];
    assert_eq!(contents(&tenant, "contracts"), all);
    assert!(contents(&tenant, "contracts/2026").is_empty());
    list(&tenant, "nowhere", json!({})).errors(404);
    list(&tenant, "contracts", json!({"PageSize": 101})).errors(400);

    let mut seen = Vec::new();
    let mut token = Value::Null;
    loop {
        let got = list(
            &tenant,
            "contracts",
            json!({"PageSize": 3, "ContinuationToken": token}),
        );
        let page = got.data(200);
        seen.extend(page["Contents"].as_array().unwrap().clone());
        token = page["ContinuationToken"].clone();
        if token.is_null() {
            break;
        }
    }
    assert_eq!(seen.len(), all.len());
    assert_eq!(seen[3]["Size"], 1);
}

#[test]
fn the_files_directly_in_a_folder_are_deleted() {
    let tenant = Tenant::empty();
    upload(&tenant, "in", "a.txt", "a");
    upload(&tenant, "in/deeper", "b.txt", "b");
    let got = call(&tenant, "delete_folder_files")
        .json(json!("in"))
        .send();
    got.data(200);
    assert_eq!(contents(&tenant, "in"), ["deeper/"]);
    let got = call(&tenant, "delete_folder_files")
        .json(json!("none"))
        .send();
    got.errors(404);
}

#[test]
fn a_folder_is_emptied_in_the_background() {
    let tenant = Tenant::empty();
    upload(&tenant, "in", "a.txt", "a");
    upload(&tenant, "in/deeper", "b.txt", "bb");
    upload(&tenant, "inner", "c.txt", "c");
    let empty = |path: &str, name: &str| {
        call(&tenant, "delete_folder_contents")
            .json(json!({"FolderPath": path, "FolderName": name}))
            .send()
    };
    empty("", "none").errors(404);
    empty("", "").errors(400);
    let got = empty("", "in");
    let id = got.data(200)["TrackingId"].as_str().unwrap().to_owned();
    let status = || {
        let got = call(&tenant, "get_folder_operation_status")
            .path("trackingId", &id)
            .send();
        got.data(200).clone()
    };
    assert_eq!(status()["Status"], "Queued");
    assert!(status()["EndDate"].is_null());
    tenant.world.clock.advance(Duration::from_millis(150));
    assert_eq!(status()["Status"], "InProgress");
    tenant.world.clock.advance(Duration::from_millis(150));
    assert_eq!(status()["Status"], "Completed");
    assert_eq!(status()["ProcessedFileCount"], 2);
    assert_eq!(status()["TotalSize"], 3);
    assert!(contents(&tenant, "in").is_empty());
    assert!(exists(&tenant, "inner", "c.txt"));
    let got = call(&tenant, "get_folder_operation_status")
        .path("trackingId", "none")
        .send();
    got.errors(404);
}

#[test]
fn a_large_file_arrives_in_parts() {
    let tenant = Tenant::empty();
    let place = json!({"FilePath": "big", "FileName": "disk.zip"});
    let with = |more: Value| {
        let mut body = place.clone();
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        body
    };
    let got = call(&tenant, "start_multipart_upload")
        .json(with(json!({"FileTags": {"kind": "image"}})))
        .send();
    let upload = got.data(200)["UploadId"].as_str().unwrap().to_owned();
    let put = |number: i64, name: &str, content: Vec<u8>| {
        call(&tenant, "upload_file_part")
            .query("PartNumber", number)
            .query("UploadId", &upload)
            .query("FilePath", "big")
            .query("FileName", name)
            .bytes(content)
            .send()
    };
    let second = put(2, "disk.zip", b"end".to_vec());
    let first = put(1, "disk.zip", vec![b'x'; MIN_PART_SIZE as usize]);
    put(3, "other.zip", b"end".to_vec()).errors(404);
    put(10_001, "disk.zip", b"end".to_vec()).errors(400);
    let form = call(&tenant, "upload_file_part")
        .query("PartNumber", 1)
        .query("UploadId", &upload)
        .query("FilePath", "big")
        .query("FileName", "disk.zip")
        .header("content-type", "multipart/form-data; boundary=b")
        .bytes("--b--")
        .send();
    form.errors(415);
    assert!(!exists(&tenant, "big", "disk.zip"));
    let etags = json!({"1": first.data(200)["ETag"], "2": second.data(200)["ETag"]});
    let complete = call(&tenant, "complete_multipart_upload")
        .json(with(json!({"UploadId": upload, "ETags": etags})))
        .send();
    assert_eq!(complete.data(200), "big/disk.zip");
    let got = at(&tenant, "get_file_info", "big", "disk.zip").send();
    assert_eq!(got.data(200)["FileSize"], MIN_PART_SIZE + 3);
    assert_eq!(got.data(200)["FileTags"]["kind"], "image");
    let got = at(&tenant, "download_file", "big", "disk.zip")
        .header("range", "bytes=-4")
        .send();
    assert_eq!(got.bytes, "xend");

    let got = call(&tenant, "start_multipart_upload")
        .json(place.clone())
        .send();
    let upload = &got.data(200)["UploadId"];
    let abort = || {
        call(&tenant, "abort_multipart_upload")
            .json(with(json!({"UploadId": upload})))
            .send()
    };
    abort().data(200);
    abort().errors(404);
}

#[test]
fn the_cdn_store_is_a_store_of_its_own() {
    let tenant = Tenant::empty();
    let on = |operation: &str| call(&tenant, operation).path("fileFullPath", "img/logo.png");
    let got = on("upload_cdn_file")
        .header("content-type", "image/png")
        .bytes("png")
        .send();
    assert_eq!(got.data(200)["FilePath"], "img");
    let got = on("get_cdn_file").send();
    assert_eq!(got.data(200)["FileContent"], "cG5n");
    assert_eq!(got.data(200)["FileSize"], 3);
    assert!(!exists(&tenant, "img", "logo.png"));
    on("upload_cdn_file").send().errors(400);
    let place = json!({"FilePath": "img", "FileName": "logo.png"});
    let got = call(&tenant, "delete_cdn_file").json(place.clone()).send();
    got.data(200);
    on("get_cdn_file").send().errors(404);
    call(&tenant, "delete_cdn_file")
        .json(place)
        .send()
        .errors(404);
    on("upload_cdn_file").bytes("png").send().data(200);
    let got = call(&tenant, "bulk_delete_cdn_files")
        .json(json!({"FilePath": "img", "FileNames": ["logo.png", "none.png"]}))
        .send();
    assert_eq!(got.json["Errors"].as_array().unwrap().len(), 1);
    let root = call(&tenant, "get_cdn_file")
        .path("fileFullPath", "/")
        .send();
    root.errors(400);
}
