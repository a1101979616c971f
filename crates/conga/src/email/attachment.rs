//! Files that go along with a mail.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use bytes::Bytes;
use conga_api::Transport;
use http::header::CONTENT_TYPE;
use serde_json::{Value, json};

use crate::{Content, Documents, Error, composer::GeneratedDocument, documents::DocumentVersion};

/// The media type of a file of which nothing is known.
const UNKNOWN: &str = "application/octet-stream";

/// A file that goes along with a mail. It is read, or downloaded, when the mail is sent, and then in memory as a whole: the platform takes
/// it in the text of the request.
#[derive(Debug)]
pub struct Attachment {
    name: Option<String>,
    media_type: Option<String>,
    source: Source,
}

#[derive(Debug)]
enum Source {
    Content(Content),
    /// A version of a document, and its length where that is known.
    Version(String, Option<u64>),
}

impl Attachment {
    /// A file of your own, under the name and the media type that it is to have: `offer.pdf`, `application/pdf`.
    pub fn new(
        name: impl Into<String>,
        media_type: impl Into<String>,
        content: impl Into<Content>,
    ) -> Self {
        Self {
            name: Some(name.into()),
            media_type: Some(media_type.into()),
            source: Source::Content(content.into()),
        }
    }

    /// The version of a document, by the version's id. Its name and media type are those that it is downloaded with.
    pub fn version(version_id: impl Into<String>) -> Self {
        Self {
            name: None,
            media_type: None,
            source: Source::Version(version_id.into(), None),
        }
    }

    /// The same under another name.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// The published schema `EmailAttachment`, with the content in it.
    pub(super) async fn field(self, transport: &Transport) -> Result<Value, Error> {
        let (found_name, found_type, bytes) = match self.source {
            Source::Content(content) => (None, None, read(content).await?),
            Source::Version(id, length) => {
                let documents = Documents::new(transport.clone());
                let download = documents.download(&id).expect_length(length);
                let answer = download.stream().await?;
                let name = answer.file_name();
                let media = answer.headers().get(CONTENT_TYPE);
                let media = media.and_then(|media| media.to_str().ok().map(str::to_owned));
                (name, media, answer.into_inner().bytes().await?)
            }
        };
        let name = self.name.or(found_name).ok_or_else(|| {
            let problem = "an attachment has no name; give it one by `Attachment::named`";
            Error::Request(problem.to_owned())
        })?;
        let media_type = self.media_type.or(found_type);
        Ok(json!({
            "Name": name,
            "MimeType": media_type.as_deref().unwrap_or(UNKNOWN),
            "FileContent": BASE64_STANDARD.encode(bytes),
        }))
    }
}

async fn read(content: Content) -> Result<Bytes, Error> {
    let mut pieces = content.open().await.map_err(Error::Content)?;
    pieces.rest().await.map_err(Error::Content)
}

impl From<&GeneratedDocument> for Attachment {
    fn from(document: &GeneratedDocument) -> Self {
        Self {
            name: document.name.clone(),
            media_type: None,
            source: Source::Version(document.id.clone(), document.file_size),
        }
    }
}

impl From<&DocumentVersion> for Attachment {
    fn from(version: &DocumentVersion) -> Self {
        Self {
            name: version.name.clone(),
            media_type: None,
            source: Source::Version(version.id.clone(), version.file_size),
        }
    }
}
