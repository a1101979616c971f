//! Documents: up, down, in versions, checked out and in.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU64, Ordering},
};

use conga::{Client, Content, Criteria, Error, RetryPolicy, SortDirection, documents::UploadPlace};
use conga_sandbox::{Fault, FaultRule, Sandbox};
use serde_json::json;

use super::{administrator, settings};

const MIB: usize = 1024 * 1024;

/// Twelve mebibytes in which no two parts are alike.
fn long() -> Vec<u8> {
    (0..12 * MIB / 4)
        .flat_map(|number| u32::try_from(number).unwrap().to_le_bytes())
        .collect()
}

/// A client that tries every request once.
fn hasty(sandbox: &Sandbox) -> Client {
    let account = &sandbox.accounts().integration;
    settings(sandbox)
        .client_credentials(&account.client_id, account.client_secret.as_str())
        .retry(RetryPolicy::never())
        .build()
        .unwrap()
}

fn fault(sandbox: &Sandbox, operation: &str, text: &str, after: u64) {
    let faults = Fault::parse_all(text).unwrap();
    let rule = FaultRule::new(format!("document-management.{operation}"), faults)
        .after(after)
        .times(1);
    sandbox.faults().add(rule);
}

/// How often an operation was called, and answered with success.
fn calls(sandbox: &Sandbox, operation: &str) -> usize {
    let requests = sandbox.requests();
    requests
        .iter()
        .filter(|request| request.operation == Some(operation) && request.status.is_success())
        .count()
}

#[tokio::test]
async fn a_document_goes_up_in_versions_and_comes_down() {
    let sandbox = Sandbox::start().await.unwrap();
    let documents = administrator(&sandbox).documents();
    let folder = tempfile::tempdir().unwrap();
    let draft = folder.path().join("Vertrag Übersee.docx");
    std::fs::write(&draft, "first").unwrap();

    let first = documents
        .upload_file(&draft)
        .attached_to("Agreement", "a-1")
        .description("draft")
        .tags(["new", "emea"])
        .custom_properties(json!({"Region_c": "EMEA"}).as_object().unwrap().clone())
        .await
        .unwrap();
    assert_eq!(first.name.as_deref(), Some("Vertrag Übersee.docx"));
    assert_eq!(first.document_version, Some(1));
    assert_eq!(first.object_id.as_deref(), Some("a-1"));
    assert_eq!(first.tags.as_deref(), Some("new,emea"));
    assert_eq!(first.other["Region_c"], "EMEA");

    let second = documents
        .upload("Vertrag.pdf", "second version")
        .version_of(&first.document_id)
        .await
        .unwrap();
    assert_eq!(second.document_version, Some(2));
    let latest = documents.latest(&first.document_id).await.unwrap();
    assert_eq!(latest.id, second.id);
    let versions = documents
        .versions(&first.document_id)
        .await
        .unwrap()
        .records;
    assert_eq!(versions.len(), 2);
    let of_record = documents.of_record("Agreement", "a-1").await.unwrap();
    assert_eq!(of_record.records.len(), 2);

    let copy = folder.path().join("copy.pdf");
    let arrived = Arc::new(AtomicU64::new(0));
    let seen = arrived.clone();
    let length = documents
        .download(&second.id)
        .expect_length(second.file_size)
        .progress(move |progress| seen.store(progress.bytes, Ordering::Relaxed))
        .save(&copy)
        .await
        .unwrap();
    assert_eq!((length, arrived.load(Ordering::Relaxed)), (14, 14));
    assert_eq!(std::fs::read(&copy).unwrap(), b"second version");
    let answer = documents.download(&first.id).stream().await.unwrap();
    assert_eq!(answer.file_name().as_deref(), Some("Vertrag Übersee.docx"));
    assert_eq!(answer.into_inner().bytes().await.unwrap(), "first");

    let error = documents
        .download(&second.id)
        .expect_length(99)
        .save(folder.path().join("other.pdf"))
        .await
        .unwrap_err();
    assert!(error.to_string().contains("should have 99"), "{error}");
    let names = std::fs::read_dir(folder.path()).unwrap();
    assert_eq!(names.count(), 2, "the draft and the copy");

    documents
        .delete_version(&first.document_id, &second.id)
        .await
        .unwrap();
    let latest = documents.latest(&first.document_id).await.unwrap();
    assert_eq!(latest.id, first.id);
}

#[tokio::test]
async fn a_long_content_goes_in_parts_and_another_process_goes_on_with_it() {
    let sandbox = Sandbox::start().await.unwrap();
    let content = long();
    fault(&sandbox, "upload_document_part", "cut=before", 2);
    let kept = Arc::new(Mutex::new(String::new()));
    let keep = kept.clone();
    let error = hasty(&sandbox)
        .documents()
        .upload(
            "scan.pdf",
            Content::reader(std::io::Cursor::new(content.clone())),
        )
        .part_size(5 * MIB)
        .description("long")
        .on_state(move |state| *keep.lock().unwrap() = serde_json::to_string(state).unwrap())
        .await
        .unwrap_err();
    assert!(error.is_retryable(), "{error}");
    assert_eq!(calls(&sandbox, "abort_multipart_upload"), 0);
    let stored = kept.lock().unwrap().clone();
    let state: conga::UploadState<UploadPlace> = serde_json::from_str(&stored).unwrap();
    assert_eq!(state.parts(), 2);

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scan.pdf");
    std::fs::write(&path, &content).unwrap();
    let documents = administrator(&sandbox).documents();
    let told = Arc::new(Mutex::new(Vec::new()));
    let tell = told.clone();
    let version = documents
        .resume_upload(state, path)
        .progress(move |progress| tell.lock().unwrap().push((progress.bytes, progress.length)))
        .await
        .unwrap();
    assert_eq!(calls(&sandbox, "upload_document_part"), 3, "no part twice");
    assert_eq!(version.name.as_deref(), Some("scan.pdf"));
    assert_eq!(version.description.as_deref(), Some("long"));
    let length = Some(12 * MIB as u64);
    assert_eq!(version.file_size, length);
    let told: Vec<_> = told.lock().unwrap().clone();
    let expected = [5, 10, 12].map(|mib: usize| ((mib * MIB) as u64, length));
    assert_eq!(told, expected);
    let found = documents.download(&version.id).bytes().await.unwrap();
    assert!(found == content, "what came down is what went up");
}

#[tokio::test]
async fn a_content_that_changed_meanwhile_is_what_counts() {
    let sandbox = Sandbox::start().await.unwrap();
    let documents = hasty(&sandbox).documents();
    let mut content = long();
    fault(&sandbox, "complete_multipart_upload", "status=503", 0);
    let kept = Arc::new(Mutex::new(None));
    let keep = kept.clone();
    let upload = documents
        .upload("scan.pdf", content.clone())
        .part_size(5 * MIB)
        .on_state(move |state| *keep.lock().unwrap() = Some(state.clone()));
    upload.await.unwrap_err();
    let state = kept.lock().unwrap().take().unwrap();
    assert_eq!(state.parts(), 3);

    content[0] = 99;
    content.truncate(8 * MIB);
    let version = documents
        .resume_upload(state, content.clone())
        .await
        .unwrap();
    assert_eq!(
        calls(&sandbox, "upload_document_part"),
        5,
        "the first part, which changed, and the second, which is the last now"
    );
    let found = documents.download(&version.id).bytes().await.unwrap();
    assert!(found == content, "what came down is the new content");
}

#[tokio::test]
async fn an_upload_that_fails_leaves_nothing_unless_its_state_is_kept() {
    let sandbox = Sandbox::start().await.unwrap();
    let documents = hasty(&sandbox).documents();
    fault(&sandbox, "upload_document_part", "status=500", 1);
    let upload = documents.upload("scan.pdf", long()).part_size(5 * MIB);
    let error = upload.await.unwrap_err();
    assert_eq!(error.status().unwrap(), 500);
    assert_eq!(calls(&sandbox, "abort_multipart_upload"), 1);

    let kept = Arc::new(Mutex::new(None));
    let keep = kept.clone();
    fault(&sandbox, "upload_document_part", "status=500", 1);
    let upload = documents
        .upload("scan.pdf", long())
        .part_size(5 * MIB)
        .on_state(move |state| *keep.lock().unwrap() = Some(state.clone()));
    upload.await.unwrap_err();
    let state = kept.lock().unwrap().take().unwrap();
    documents.abort_upload(&state).await.unwrap();
    let error = documents.resume_upload(state, long()).await.unwrap_err();
    assert!(error.is_not_found(), "{error}");
}

#[tokio::test]
async fn what_is_checked_out_is_its_holders() {
    let sandbox = Sandbox::start().await.unwrap();
    let documents = administrator(&sandbox).documents();
    let id = documents
        .upload("terms.docx", "terms")
        .await
        .unwrap()
        .document_id;
    documents
        .check_out(&id, "ann")
        .since("2026-03-01T09:30:00Z")
        .await
        .unwrap();
    let out = documents.latest(&id).await.unwrap();
    assert_eq!(out.checkout_by.as_deref(), Some("ann"));
    assert_eq!(out.checkout_date, Some("2026-03-01T09:30:00Z".into()));

    let refused = |error: Error| assert_eq!(error.status().unwrap(), 409, "{error}");
    let theirs = documents.upload("terms.docx", "theirs").version_of(&id);
    refused(theirs.await.unwrap_err());
    refused(documents.check_out(&id, "bob").await.unwrap_err());
    let still_out = documents
        .upload("terms.docx", "hers")
        .version_of(&id)
        .checked_out_by("ann")
        .await
        .unwrap();
    assert_eq!(still_out.checkout_by.as_deref(), Some("ann"));

    documents.check_in(&id).await.unwrap();
    let latest = documents.latest(&id).await.unwrap();
    assert_eq!((latest.checkout_by, latest.checkout_date), (None, None));
    documents
        .upload("terms.docx", "anybody's")
        .version_of(&id)
        .await
        .unwrap();
}

#[tokio::test]
async fn metadata_are_changed_and_searched() {
    let sandbox = Sandbox::start().await.unwrap();
    let documents = administrator(&sandbox).documents();
    let mut ids = Vec::new();
    for number in 0..5 {
        let upload = documents.upload(format!("note {number}.txt"), "note");
        ids.push(upload.await.unwrap().document_id);
    }
    for id in &ids[1..] {
        documents
            .edit(id)
            .description("reviewed")
            .tags(["done"])
            .custom_properties(json!({"Region_c": "EMEA"}).as_object().unwrap().clone())
            .await
            .unwrap();
    }
    documents.edit(&ids[4]).searchable(false).await.unwrap();
    let search = documents
        .search()
        .criteria(Criteria::eq("Description", "reviewed"))
        .sort("Name", SortDirection::Descending)
        .page_size(2);
    let page = search.clone().with_total().page().await.unwrap();
    assert_eq!((page.records.len(), page.record_count), (2, Some(3)));
    let found = search.stream().try_collect().await.unwrap();
    let names: Vec<_> = found.iter().flat_map(|version| &version.name).collect();
    assert_eq!(names, ["note 3.txt", "note 2.txt", "note 1.txt"]);
    assert_eq!(found[0].other["Region_c"], "EMEA");
    assert_eq!(found[0].tags.as_deref(), Some("done"));
}

#[tokio::test]
async fn documents_are_duplicated_and_deleted() {
    let sandbox = Sandbox::start().await.unwrap();
    let documents = administrator(&sandbox).documents();
    let first = documents.upload("a.txt", "a").await.unwrap();
    let second = documents.duplicate(&first.document_id).await.unwrap();
    assert_ne!(second.document_id, first.document_id);
    let content = documents.download(&second.id).bytes().await.unwrap();
    assert_eq!(content, "a");

    documents.delete(&first.document_id).await.unwrap();
    assert!(!documents.exists(&first.document_id).await.unwrap());
    let known = documents.latest(&first.document_id).await.unwrap();
    assert_eq!(known.is_deleted, Some(true), "metadata stay");
    documents
        .delete_for_good(&second.document_id)
        .await
        .unwrap();
    let error = documents.latest(&second.document_id).await.unwrap_err();
    assert!(error.is_not_found(), "{error}");

    let third = documents.upload("b.txt", "").await.unwrap();
    assert!(documents.exists(&third.document_id).await.unwrap());
    documents.delete_many([&third.document_id]).await.unwrap();
    assert!(!documents.exists(&third.document_id).await.unwrap());
}
