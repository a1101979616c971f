//! Documents from templates and data.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use conga::{
    CallOptions, Client, JobProblem, RetryPolicy,
    composer::{DocumentJob, OutputFormat, PdfPermission, Protection, ProtectionLevel},
};
use conga_sandbox::{Fault, FaultRule, Sandbox};
use serde_json::json;

use super::{administrator, settings};

/// Uploads a template; gives its document's id.
pub(super) async fn template(client: &Client, name: &str, content: &'static str) -> String {
    let upload = client.documents().upload(name, content);
    upload.await.unwrap().document_id
}

fn fault(sandbox: &Sandbox, text: &str, after: u64) {
    let faults = Fault::parse_all(text).unwrap();
    let rule = FaultRule::new("ingress.generate_documents", faults);
    sandbox.faults().add(rule.after(after).times(1));
}

#[tokio::test]
async fn a_merge_gives_a_document_in_the_format_asked_for() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = administrator(&sandbox);
    let template = template(
        &client,
        "Offer.txt",
        "For {{Customer}}\n{{TableStart:Lines}}\n{{Item}}: {{Price \\# #,##0.00}}\n{{TableEnd:Lines}}",
    )
    .await;
    let data = json!({"Customer": "Müller & Söhne", "Lines": [{"Item": "Orbit", "Price": 1234.5}]});
    let composer = client.composer();
    let folder = tempfile::tempdir().unwrap();

    let offer = composer
        .merge(&template, &data)
        .file_name("Offer for {{Customer}}")
        .culture("de-DE")
        .to_pdf()
        .await
        .unwrap();
    assert_eq!(offer.name.as_deref(), Some("Offer for Müller & Söhne.pdf"));
    let path = folder.path().join("offer.pdf");
    let length = offer.download().save(&path).await.unwrap();
    assert_eq!(Some(length), offer.file_size);
    assert!(std::fs::read(&path).unwrap().starts_with(b"%PDF-"));

    let text = composer.merge(&template, &data).culture("de-DE");
    let text = text.to(OutputFormat::Txt).await.unwrap();
    let text = text.download().bytes().await.unwrap();
    let text = String::from_utf8_lossy(&text);
    assert!(text.contains("For Müller & Söhne"), "{text}");
    assert!(text.contains("Orbit: 1.234,50"), "{text}");

    let word = composer.merge(&template, &data).to_docx().await.unwrap();
    let bytes = word.download().bytes().await.unwrap();
    assert!(bytes.starts_with(b"PK"));

    let converted = composer.convert(&word.id).to_pdf().await.unwrap();
    let bytes = converted.download().bytes().await.unwrap();
    assert!(bytes.starts_with(b"%PDF-"));
    let joined = composer
        .join([&word.id, &word.id])
        .file_name("Both")
        .to_docx()
        .await
        .unwrap();
    assert_eq!(joined.name.as_deref(), Some("Both.docx"));
}

#[tokio::test]
async fn a_merge_is_watched_and_picked_up_by_another_process() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = administrator(&sandbox);
    let template = template(&client, "Offer.txt", "Dear {{Name}}").await;
    let merge = client.composer().merge(&template, &json!({"Name": "Ann"}));
    let merge = merge.for_record("Agreement", "a-1").to(OutputFormat::Txt);
    let poller = merge.start().await.unwrap();
    let stored = serde_json::to_string(poller.job()).unwrap();
    drop(poller);

    let other = administrator(&sandbox);
    let job: DocumentJob = serde_json::from_str(&stored).unwrap();
    let mut states = other
        .poll(job.clone())
        .first_wait(Duration::from_millis(20))
        .states();
    let mut words = Vec::new();
    while let Some(state) = states.try_next().await.unwrap() {
        words.push(state.status.as_str().unwrap_or_default().to_owned());
    }
    assert_eq!(words.last().unwrap(), "Completed", "{words:?}");
    let document = other.poll(job).await.unwrap();
    let bytes = document.download().bytes().await.unwrap();
    assert_eq!(bytes, "Dear Ann");
    let id = document.document_id.unwrap();
    let known = other.documents().latest(&id).await.unwrap();
    assert_eq!(known.object_id.as_deref(), Some("a-1"));
}

#[tokio::test]
async fn a_merge_that_fails_says_why() {
    let sandbox = Sandbox::start().await.unwrap();
    let merge = administrator(&sandbox).composer().merge("none", &json!({}));
    let error = merge.to_pdf().await.unwrap_err();
    assert!(
        error.messages()[0].contains("'none'"),
        "{:?}",
        error.messages()
    );
    let composer = administrator(&sandbox).composer();
    let unwritable = composer.merge("none", &f64::NAN.to_bits()).to_pdf();
    assert!(unwritable.await.is_err(), "a number is no object of fields");
}

#[tokio::test]
async fn rows_are_merged_each_and_those_that_failed_are_submitted_again() {
    let sandbox = Sandbox::start().await.unwrap();
    let account = &sandbox.accounts().integration;
    let client = settings(&sandbox)
        .client_credentials(&account.client_id, account.client_secret.as_str())
        .retry(RetryPolicy::never())
        .build()
        .unwrap();
    let template = template(&client, "Welcome.txt", "Welcome, {{Name}}").await;
    // The second submission is refused for now, the fourth one is lost.
    fault(&sandbox, "status=429,retry-after=0", 1);
    fault(&sandbox, "cut=after", 3);
    let rows = ["Ann", "Bob", "Cid", "Dan"].map(|name| json!({"Name": name}));
    let told = Arc::new(Mutex::new(Vec::new()));
    let tell = told.clone();
    let taken = Arc::new(Mutex::new(Vec::new()));
    let take = taken.clone();
    let report = client
        .composer()
        .merge_each(&template, &rows)
        .on_job(move |row, job| take.lock().unwrap().push((row, job.clone())))
        .to(OutputFormat::Txt)
        .file_name("{{Name}}")
        .concurrency(1)
        .progress(move |progress| {
            tell.lock()
                .unwrap()
                .push((progress.done, progress.failed, progress.rows));
        })
        .await;
    let submissions: Vec<u32> = report.rows.iter().map(|row| row.submissions).collect();
    assert_eq!(submissions, [1, 2, 1, 1]);
    let failed: Vec<usize> = report.failures().map(|(at, _)| at).collect();
    assert_eq!(
        failed,
        [2],
        "it may have been processed, so it is not sent again"
    );
    assert_eq!(
        *told.lock().unwrap(),
        [(1, 0, 4), (2, 0, 4), (3, 1, 4), (4, 1, 4)]
    );
    for (row, name) in report.rows.iter().zip(["Ann", "Bob", "Cid", "Dan"]) {
        if let Ok(document) = &row.result {
            let bytes = document.download().bytes().await.unwrap();
            assert_eq!(bytes, format!("Welcome, {name}"));
        }
    }
    let taken = taken.lock().unwrap().clone();
    let rows: Vec<usize> = taken.iter().map(|(row, _)| *row).collect();
    assert_eq!(rows, [0, 1, 3], "those that were answered");
    let document = client.poll(taken[2].1.clone()).await.unwrap();
    assert_eq!(document.id, report.rows[3].result.as_ref().unwrap().id);
    assert!(report.complete().is_err());
}

#[tokio::test]
async fn a_row_that_fails_each_time_fails_alone_and_one_that_is_late_keeps_its_job() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = administrator(&sandbox);
    let rows = vec![json!({"Name": "Ann"}); 5];
    let report = client
        .composer()
        .merge_each("none", &rows)
        .submissions(3)
        .await;
    assert_eq!(report.failures().count(), 5);
    assert!(report.rows.iter().all(|row| row.submissions == 3));

    let template = template(&client, "Welcome.txt", "Welcome, {{Name}}").await;
    let late = client
        .composer()
        .merge_each(&template, &rows[..1])
        .with_header("x-a", "1")
        .to(OutputFormat::Txt)
        .deadline(Duration::from_millis(1));
    let mut report = late.await;
    let row = report.rows.remove(0);
    assert_eq!(row.submissions, 1);
    let error = row.result.unwrap_err();
    let conga::Error::Job { problem, .. } = &error else {
        panic!("{error:?}");
    };
    assert!(matches!(problem, JobProblem::Deadline(_)));
    let document = client.poll(row.job.unwrap()).await.unwrap();
    let bytes = document.download().bytes().await.unwrap();
    assert_eq!(bytes, "Welcome, Ann");
}

#[tokio::test]
async fn documents_are_protected() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = administrator(&sandbox);
    let template = template(&client, "Offer.txt", "Dear {{Name}}").await;
    let composer = client.composer();
    let word = composer.merge(&template, &json!({"Name": "Ann"}));
    let word = word.to_docx().await.unwrap();
    let readable = Protection::word(ProtectionLevel::Reading).password("hunter2");
    let protected = composer.protect(&word.id, readable).await.unwrap();
    let bytes = protected.download().bytes().await.unwrap();
    assert!(bytes.starts_with(b"PK"));
    assert_ne!(bytes, word.download().bytes().await.unwrap());

    let pdf = composer.convert(&word.id).to_pdf().await.unwrap();
    let printable = Protection::pdf([PdfPermission::Printing]);
    let protected = composer.protect(&pdf.id, printable.clone()).await.unwrap();
    let bytes = protected.download().bytes().await.unwrap();
    let text = String::from_utf8_lossy(&bytes);
    assert!(text.contains("/Encrypt"), "it is encrypted");
    let error = composer.protect(&word.id, printable).await.unwrap_err();
    assert!(error.messages()[0].contains("wordProtectionConfig"));
}
