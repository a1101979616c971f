//! Files up and down, at once and in parts; documents that Composer makes.

use std::sync::{Arc, Mutex};

use conga::{UploadState, composer::OutputFormat, documents::UploadPlace};
use rand::RngExt as _;
use serde_json::json;

use super::{Claim, Document, Told, Worker};
use crate::{
    ledger::{Kind, bytes, mark},
    scene::Scene,
    tally::unpoisoned,
};

/// The least that a part has, but for the last.
const PART: usize = 5 * 1024 * 1024;

/// How often an upload in parts is taken up again.
const RESUMED: usize = 4;

impl Worker {
    pub(super) async fn upload(&mut self) {
        let name = self.name();
        let length = self.dice.random_range(0..30_000);
        let content = bytes(&name, length);
        let ledger = &self.scene.clone().ledger;
        ledger.making(Kind::Document, &name, mark(&content));
        let documents = self.client().documents();
        let upload = documents.upload(format!("{name}.txt"), content);
        let told = self.call(upload.attached_to("Account", &name)).await;
        ledger.made(Kind::Document, &name, told.claim());
        if let Some(version) = told.done() {
            self.documents.truncate(7);
            self.documents.push(Document {
                version: version.id,
                document: version.document_id,
                name,
                length,
            });
        }
    }

    /// To a file or to memory; afterwards some are deleted.
    pub(super) async fn download(&mut self) {
        let count = self.documents.len();
        if count == 0 {
            return self.upload().await;
        }
        let at = self.dice.random_range(0..count);
        let document = self.documents.swap_remove(at);
        let documents = self.client().documents();
        let length = document.length as u64;
        let download = documents.download(&document.version).expect_length(length);
        let path = self.scene.folder.join(&document.name);
        let found = if self.dice.random_bool(0.5) {
            let bytes = async { download.bytes().await.map(Vec::from) };
            self.call(bytes).await.done()
        } else {
            let saved = self.call(download.save(&path)).await.done().is_some();
            let found = std::fs::read(&path);
            match found.and_then(|found| std::fs::remove_file(&path).map(|()| found)) {
                // Where the call was dropped at the last moment too; then as well it must be whole.
                Ok(found) => Some(found),
                Err(error) if saved => {
                    return self.broken(format!("a saved file is not there: {error}"));
                }
                Err(_) => None,
            }
        };
        if found.is_some_and(|found| found != bytes(&document.name, document.length)) {
            self.broken(format!(
                "what came down is not what went up: {}",
                document.name
            ));
        }
        if self.dice.random_bool(0.2) {
            let ledger = &self.scene.clone().ledger;
            ledger.deleting(Kind::Document, &document.name);
            let deletion = documents.delete_for_good(&document.document);
            let claim = self.call(deletion).await.claim();
            ledger.deleted(Kind::Document, &document.name, claim);
            if claim != Claim::NotDone {
                return;
            }
        }
        self.documents.push(document);
    }

    /// In two parts; where it fails or is dropped, it goes on with the state that was kept.
    pub(super) async fn upload_in_parts(&mut self) {
        let name = self.name();
        let length = PART + self.dice.random_range(1..100_000);
        let content = bytes(&name, length);
        let ledger = &self.scene.clone().ledger;
        ledger.making(Kind::Document, &name, mark(&content));
        let documents = self.client().documents();
        let kept = Arc::new(Mutex::new(None));
        let keep = kept.clone();
        let upload = documents
            .upload(format!("{name}.pdf"), content)
            .part_size(PART)
            .attached_to("Account", &name)
            .on_state(move |state| *unpoisoned(&keep) = Some(state.clone()));
        let mut told = self.call(upload).await;
        let state: Option<UploadState<UploadPlace>> = unpoisoned(&kept).take();
        let Some(state) = state else {
            return ledger.made(Kind::Document, &name, told.claim());
        };
        let mut left = RESUMED;
        while told.claim() != Claim::Done && left > 0 {
            left -= 1;
            let documents = self.client().documents();
            let resumed = documents.resume_upload(state.clone(), bytes(&name, length));
            let resumed = async {
                match resumed.await {
                    // The upload is over: an attempt before this one was done, or nothing can be done any more.
                    Err(error) if error.is_not_found() => Ok(None),
                    outcome => outcome.map(Some),
                }
            };
            told = match self.call(resumed).await {
                Told::Done(Some(version)) => Told::Done(version),
                Told::Done(None) => return,
                Told::NotDone(error) => Told::NotDone(error),
                Told::Unsure => Told::Unsure,
            };
        }
        // An earlier attempt may have been done, whatever the last one says.
        if told.claim() == Claim::Done {
            ledger.made(Kind::Document, &name, Claim::Done);
        }
    }

    /// A template and a name become a text, which is then read.
    pub(super) async fn merge(&mut self) {
        let name = self.name();
        let letter = Scene::letter(&name);
        let ledger = &self.scene.clone().ledger;
        ledger.making(Kind::Document, &name, mark(letter.as_bytes()));
        let composer = self.client().composer();
        let merge = composer.merge(&self.scene.template, &json!({"Name": name}));
        let merge = merge.for_record("Account", &name).file_name(&name);
        let told = self.call(merge.to(OutputFormat::Txt)).await;
        ledger.made(Kind::Document, &name, told.claim());
        if let Some(made) = told.done()
            && let Told::Done(found) = self.call(made.download().bytes()).await
            && found != letter
        {
            self.broken(format!("the letter to {name} is another: {found:?}"));
        }
    }
}
