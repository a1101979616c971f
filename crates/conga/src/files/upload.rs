//! Bringing a file.

use std::{collections::BTreeMap, future::IntoFuture, time::Duration};

use bytes::Bytes;
use conga_api::{Call, Part, Transport, operations::file_store as operations};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{FilePath, Files};
use crate::{
    Content, Error, Record, Request, UploadState,
    answer::{Done, OneRecord},
    request::{Future, Shape},
    transfer::{InParts, Plan, Sending, sending_options},
};

/// An upload that is being put together. Awaiting it gives where the file is.
///
/// A content no longer than a part goes over at once, a longer one in parts. An upload that is dropped half way stays at the server;
/// [`on_state`](Self::on_state) gives what goes on with it, or [gives it up](Files::abort_upload).
#[derive(Debug)]
#[must_use = "nothing is sent before it is awaited"]
pub struct UploadFile {
    sending: Sending<UploadPlace>,
    file: NewFile,
}

/// An upload that goes on. Awaiting it gives where the file is.
#[derive(Debug)]
#[must_use = "nothing is sent before it is awaited"]
pub struct ResumeUpload {
    sending: Sending<UploadPlace>,
    state: UploadState<UploadPlace>,
}

/// How the File Store names an upload in parts: what its [state](UploadState) stores.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct UploadPlace {
    path: FilePath,
    upload_id: String,
    shared_for: Option<Duration>,
}

/// A file that was uploaded.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoredFile {
    /// The path, of folders and the name.
    pub path: String,
    /// The link by which anybody can read it, where one [was asked for](UploadFile::shared_for).
    pub shared_uri: Option<String>,
}

#[derive(Clone, Debug)]
struct NewFile {
    path: FilePath,
    tags: Record,
    shared_for: Option<Duration>,
    deleted_after_a_day: bool,
}

impl UploadFile {
    pub(super) fn new(transport: &Transport, path: FilePath, content: Content) -> Self {
        Self {
            sending: Sending::new(transport, content),
            file: NewFile {
                path,
                tags: Record::new(),
                shared_for: None,
                deleted_after_a_day: false,
            },
        }
    }

    /// Tags of the file, by their names.
    pub fn tags(mut self, tags: Record) -> Self {
        self.file.tags = tags;
        self
    }

    /// Makes a link by which anybody can read the file for so long, without signing in.
    pub fn shared_for(mut self, lifetime: Duration) -> Self {
        self.file.shared_for = Some(lifetime);
        self
    }

    /// Has the file deleted by itself: after a day, which is the only time that the reference offers.
    pub fn deleted_after_a_day(mut self) -> Self {
        self.file.deleted_after_a_day = true;
        self
    }

    /// Bytes a part, and at most at once. Default 8 MiB; 0 counts as 1. Two parts are in memory at most. The least that the platform
    /// takes is in its [limits](Files::limits); there are 10,000 parts at most (published).
    pub fn part_size(mut self, bytes: usize) -> Self {
        self.sending.part_size = bytes.max(1);
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

sending_options!(UploadFile, UploadPlace);
sending_options!(ResumeUpload, UploadPlace);

impl IntoFuture for UploadFile {
    type Output = Result<StoredFile, Error>;
    type IntoFuture = Future<Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { self.sending.upload(&self.file).await })
    }
}

impl IntoFuture for ResumeUpload {
    type Output = Result<StoredFile, Error>;
    type IntoFuture = Future<Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.sending.resume(self.state))
    }
}

impl NewFile {
    /// The published schema `FileExpirationRequest`, where the file is to be deleted.
    fn expiration(&self) -> Option<Value> {
        let request = json!({"IsAutoDeleteOnExpiry": true, "FileExpiresAfterDays": "One"});
        self.deleted_after_a_day.then_some(request)
    }
}

impl Plan<UploadPlace> for NewFile {
    type Started = String;

    fn at_once(&self, transport: &Transport, bytes: Bytes) -> Request<StoredFile> {
        let call = Call::new(transport, &operations::UPLOAD_FILE);
        let mut call = self
            .path
            .fill(call)
            .part("file", Part::bytes(&self.path.name, bytes));
        if !self.tags.is_empty() {
            call = call.json_part("tags", &self.tags);
        }
        if let Some(lifetime) = self.shared_for {
            call = call
                .field("GenerateSharedURI", true)
                .field("Protocol", "HTTPS")
                .field("TTLSeconds", lifetime.as_secs_f64());
        }
        if self.deleted_after_a_day {
            call = call
                .field("IsAutoDeleteOnExpiry", true)
                .field("FileExpiresAfterDays", "One");
        }
        Request::new::<Created>(call)
    }

    fn start(&self, transport: &Transport) -> Request<String> {
        let call = Call::new(transport, &operations::START_MULTIPART_UPLOAD);
        let mut body = json!({"FileName": self.path.name, "FilePath": self.path.folder});
        if !self.tags.is_empty() {
            body["FileTags"] = self.tags.clone().into();
        }
        if let Some(expiration) = self.expiration() {
            body["FileExpirationRequest"] = expiration;
        }
        Request::new::<Started>(call.json(&body))
    }

    fn place(&self, upload_id: String) -> UploadPlace {
        UploadPlace {
            path: self.path.clone(),
            upload_id,
            shared_for: self.shared_for,
        }
    }
}

impl InParts for UploadPlace {
    type Output = StoredFile;

    fn put(&self, transport: &Transport, number: u32) -> Call {
        Call::new(transport, &operations::UPLOAD_FILE_PART)
            .query("PartNumber", number)
            .query("UploadId", &self.upload_id)
            .query("FileName", &self.path.name)
            .query("FilePath", &self.path.folder)
    }

    fn complete(&self, transport: &Transport, etags: BTreeMap<u32, String>) -> Call {
        Call::new(transport, &operations::COMPLETE_MULTIPART_UPLOAD).json(&json!({
            "FileName": self.path.name,
            "FilePath": self.path.folder,
            "UploadId": self.upload_id,
            "ETags": etags,
        }))
    }

    fn abort(&self, transport: &Transport) -> Call {
        Call::new(transport, &operations::ABORT_MULTIPART_UPLOAD).json(&json!({
            "FileName": self.path.name,
            "FilePath": self.path.folder,
            "UploadId": self.upload_id,
        }))
    }

    /// The link is asked for by a call of its own: that the completion answers it is not published.
    fn finish(&self, transport: &Transport, complete: Call) -> Future<Result<StoredFile, Error>> {
        let files = Files::new(transport.clone());
        let (path, shared_for) = (self.path.whole(), self.shared_for);
        Box::pin(async move {
            Request::new::<Done>(complete).await?;
            let shared_uri = match shared_for {
                Some(lifetime) => {
                    let link = files.share(&path, lifetime).await;
                    Some(link.map_err(Error::after_others)?)
                }
                None => None,
            };
            Ok(StoredFile { path, shared_uri })
        })
    }
}

/// The published schema `FileInitiateMultipartUploadResponse`, in its envelope.
#[derive(Deserialize)]
#[serde(transparent)]
struct Started(OneRecord<StartedUpload>);

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct StartedUpload {
    upload_id: String,
}

impl Shape for Started {
    type Value = String;

    fn into_value(self) -> String {
        self.0.into_value().upload_id
    }
}

/// The published schema `CreateFileResponse`, in its envelope.
#[derive(Deserialize)]
#[serde(transparent)]
struct Created(OneRecord<CreatedFile>);

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CreatedFile {
    file_name: String,
    file_path: Option<String>,
    #[serde(rename = "SharedURI")]
    shared_uri: Option<String>,
}

impl Shape for Created {
    type Value = StoredFile;

    fn into_value(self) -> StoredFile {
        let created = self.0.into_value();
        let path = FilePath {
            folder: created.file_path.unwrap_or_default(),
            name: created.file_name,
        };
        StoredFile {
            path: path.whole(),
            shared_uri: created.shared_uri,
        }
    }
}
