//! Bringing a document, or a version of one.

use std::{collections::BTreeMap, future::IntoFuture};

use bytes::Bytes;
use conga_api::{Call, Part, Timestamp, Transport, operations::document_management as operations};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{DocumentVersion, Documents};
use crate::{
    Content, Error, Record, Request, UploadState,
    answer::{Done, OneRecord},
    request::{Future, Shape},
    transfer::{InParts, Plan, Sending, sending_options},
};

/// An upload that is being put together. Awaiting it gives the version.
///
/// A content no longer than a part goes over at once, a longer one in parts. An upload that is dropped half way stays at the server;
/// [`on_state`](Self::on_state) gives what goes on with it, or [gives it up](Documents::abort_upload).
#[derive(Debug)]
#[must_use = "nothing is sent before it is awaited"]
pub struct UploadDocument {
    sending: Sending<UploadPlace>,
    document: NewDocument,
}

/// An upload that goes on. Awaiting it gives the version.
#[derive(Debug)]
#[must_use = "nothing is sent before it is awaited"]
pub struct ResumeUpload {
    sending: Sending<UploadPlace>,
    state: UploadState<UploadPlace>,
}

/// How Document Management names an upload in parts: what its [state](UploadState) stores.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct UploadPlace {
    document_id: String,
    version_id: String,
    key: String,
    upload_id: String,
}

/// The published schema `DocumentRequest`. What is not set is not sent.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
struct NewDocument {
    document_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    object_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    object_id: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    checkout_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    checkout_date: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    new_version_id: Option<String>,
    #[serde(skip_serializing_if = "Record::is_empty")]
    custom_properties: Record,
    #[serde(skip_serializing_if = "Option::is_none")]
    document_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_searchable: Option<bool>,
}

impl UploadDocument {
    pub(super) fn new(transport: &Transport, name: String, content: Content) -> Self {
        Self {
            sending: Sending::new(transport, content),
            document: NewDocument {
                document_name: name,
                ..NewDocument::default()
            },
        }
    }

    /// The record that the document belongs to: its object, as in `Agreement`, and its id.
    pub fn attached_to(self, object: impl Into<String>, id: impl Into<String>) -> Self {
        self.set(|document| {
            document.object_type = Some(object.into());
            document.object_id = Some(id.into());
        })
    }

    /// Makes it a version of this document.
    pub fn version_of(self, document_id: impl Into<String>) -> Self {
        self.set(|document| document.document_id = Some(document_id.into()))
    }

    /// The id that the version is to have. Default: the server's choice.
    pub fn version_id(self, id: impl Into<String>) -> Self {
        self.set(|document| document.new_version_id = Some(id.into()))
    }

    /// What it is about.
    pub fn description(self, description: impl Into<String>) -> Self {
        self.set(|document| document.description = Some(description.into()))
    }

    /// Its tags.
    pub fn tags<S: Into<String>>(self, tags: impl IntoIterator<Item = S>) -> Self {
        self.set(|document| document.tags = tags.into_iter().map(Into::into).collect())
    }

    /// Checks it out for somebody at once; a version of a document that is checked out stays so.
    pub fn checked_out_by(self, holder: impl Into<String>) -> Self {
        self.set(|document| document.checkout_by = Some(holder.into()))
    }

    /// Since when the check-out counts. Default: the server's choice.
    pub fn checked_out_since(self, date: impl Into<Timestamp>) -> Self {
        self.set(|document| document.checkout_date = Some(date.into()))
    }

    /// Whether a search finds it. Default: yes (published).
    pub fn searchable(self, searchable: bool) -> Self {
        self.set(|document| document.is_searchable = Some(searchable))
    }

    /// Properties of the organisation's own, by their names.
    pub fn custom_properties(self, properties: Record) -> Self {
        self.set(|document| document.custom_properties = properties)
    }

    /// Bytes a part, and at most at once. Default 8 MiB; 0 counts as 1. Two parts are in memory at most. The least that the platform
    /// takes is taken to be 5 MiB (assumed); there are 10,000 parts at most.
    pub fn part_size(mut self, bytes: usize) -> Self {
        self.sending.part_size = bytes.max(1);
        self
    }

    fn set(mut self, change: impl FnOnce(&mut NewDocument)) -> Self {
        change(&mut self.document);
        self
    }
}

impl ResumeUpload {
    pub(super) fn new(
        transport: &Transport,
        state: UploadState<UploadPlace>,
        content: Content,
    ) -> Self {
        Self {
            sending: Sending::new(transport, content),
            state,
        }
    }
}

sending_options!(UploadDocument, UploadPlace);
sending_options!(ResumeUpload, UploadPlace);

impl IntoFuture for UploadDocument {
    type Output = Result<DocumentVersion, Error>;
    type IntoFuture = Future<Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { self.sending.upload(&self.document).await })
    }
}

impl IntoFuture for ResumeUpload {
    type Output = Result<DocumentVersion, Error>;
    type IntoFuture = Future<Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.sending.resume(self.state))
    }
}

impl Plan<UploadPlace> for NewDocument {
    type Started = UploadPlace;

    fn at_once(&self, transport: &Transport, bytes: Bytes) -> Request<DocumentVersion> {
        let mut call = Call::new(transport, &operations::UPLOAD_DOCUMENT)
            .part("file", Part::bytes(&self.document_name, bytes));
        let texts = [
            ("objectType", &self.object_type),
            ("objectId", &self.object_id),
            ("newVersionId", &self.new_version_id),
            ("description", &self.description),
            ("checkoutBy", &self.checkout_by),
            ("documentId", &self.document_id),
        ];
        for (name, value) in texts {
            if let Some(value) = value {
                call = call.query(name, value);
            }
        }
        if let Some(date) = &self.checkout_date {
            call = call.query("checkoutDate", date);
        }
        if let Some(searchable) = self.is_searchable {
            call = call.query("isSearchable", searchable);
        }
        if !self.tags.is_empty() {
            call = call.query_each("tags", &self.tags);
        }
        if !self.custom_properties.is_empty() {
            call = call.json_part("customProperties", &self.custom_properties);
        }
        Request::new::<OneRecord<DocumentVersion>>(call)
    }

    fn start(&self, transport: &Transport) -> Request<UploadPlace> {
        let call = Call::new(transport, &operations::START_MULTIPART_UPLOAD);
        Request::new::<Started>(call.json(self))
    }

    fn place(&self, started: UploadPlace) -> UploadPlace {
        started
    }
}

/// The published schema `InitMultipartUploadResponse`, in its envelope.
#[derive(Deserialize)]
#[serde(transparent)]
struct Started(OneRecord<StartedUpload>);

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct StartedUpload {
    upload_id: String,
    key: String,
    metadata: DocumentVersion,
}

impl Shape for Started {
    type Value = UploadPlace;

    fn into_value(self) -> UploadPlace {
        let started = self.0.into_value();
        UploadPlace {
            document_id: started.metadata.document_id,
            version_id: started.metadata.id,
            key: started.key,
            upload_id: started.upload_id,
        }
    }
}

impl InParts for UploadPlace {
    type Output = DocumentVersion;

    fn put(&self, transport: &Transport, number: u32) -> Call {
        Call::new(transport, &operations::UPLOAD_DOCUMENT_PART)
            .path("documentId", &self.document_id)
            .query("key", &self.key)
            .query("uploadId", &self.upload_id)
            .query("partNumber", number)
    }

    fn complete(&self, transport: &Transport, etags: BTreeMap<u32, String>) -> Call {
        Call::new(transport, &operations::COMPLETE_MULTIPART_UPLOAD)
            .path("documentId", &self.document_id)
            .json(&json!({
                "DocumentId": self.document_id,
                "Key": self.key,
                "UploadId": self.upload_id,
                "ETags": etags,
            }))
    }

    fn abort(&self, transport: &Transport) -> Call {
        Call::new(transport, &operations::ABORT_MULTIPART_UPLOAD)
            .path("documentId", &self.document_id)
            .json(&json!({
                "DocumentId": self.document_id,
                "Key": self.key,
                "UploadId": self.upload_id,
            }))
    }

    /// The answer names the version at most. What is known of it is in the list of versions.
    fn finish(
        &self,
        transport: &Transport,
        complete: Call,
    ) -> Future<Result<DocumentVersion, Error>> {
        let documents = Documents::new(transport.clone());
        let Self {
            document_id,
            version_id,
            ..
        } = self.clone();
        Box::pin(async move {
            Request::new::<Done>(complete).await?;
            let page = documents.versions(&document_id).await;
            let page = page.map_err(Error::after_others)?;
            let mut versions = page.records.into_iter();
            match versions.find(|version| version.id == version_id) {
                Some(version) => Ok(version),
                None => documents
                    .latest(&document_id)
                    .await
                    .map_err(Error::after_others),
            }
        })
    }
}
