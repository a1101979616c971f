//! What the answers hold of a document that was made: envelopes round the published schemas.

use std::fmt;

use bytes::Bytes;
use conga_api::Transport;
use serde::{Deserialize, Deserializer, de::Error as _};

use crate::{
    Documents, Request,
    answer::{base64, data},
    documents::DocumentVersion,
    request::Shape,
};

/// A document that came along with the answer.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PreviewedDocument {
    /// Its content.
    pub content: Bytes,
    /// The extension of its file, as in `.pdf`.
    pub extension: Option<String>,
}

/// A document that was made of several.
#[derive(Clone)]
#[non_exhaustive]
pub struct JoinedDocument {
    /// The id of the document.
    pub document_id: String,
    /// The extension of its file.
    pub extension: Option<String>,
    transport: Transport,
}

impl JoinedDocument {
    /// What is known of it, the id among others by which its file [is downloaded](crate::Documents::download). That the answer names the
    /// document, and not its version, is assumed.
    pub fn version(&self) -> Request<DocumentVersion> {
        Documents::new(self.transport.clone()).latest(&self.document_id)
    }
}

/// `DocumentGenerationResult`.
pub(super) struct Generated(GenerationResult);

pub(super) struct GenerationResult {
    pub(super) version_id: String,
    pub(super) document_id: Option<String>,
    pub(super) extension: Option<String>,
}

/// `DocumentPreviewResponse`.
pub(super) struct Previewed(PreviewedDocument);

/// `DocumentJoinResponse`.
pub(super) struct Joined(JoinResult);

pub(super) struct JoinResult {
    document_id: String,
    extension: Option<String>,
}

/// `ProtectDocumentResponse`, a list of one.
pub(super) struct Protected(Bytes);

/// What the schemas have in common.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Made {
    status: Option<bool>,
    document_version_id: Option<String>,
    document_id: Option<String>,
    document_extension: Option<String>,
    document: Option<String>,
}

impl Made {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let made: Self = data(deserializer, "document")?;
        if made.status == Some(false) {
            return Err(D::Error::custom(
                "`Status` is false: no document was made, and `Message` says why",
            ));
        }
        Ok(made)
    }
}

impl<'de> Deserialize<'de> for Generated {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let made = Made::read(deserializer)?;
        Ok(Self(GenerationResult {
            version_id: named(made.document_version_id, "version")?,
            document_id: made.document_id,
            extension: made.document_extension,
        }))
    }
}

impl<'de> Deserialize<'de> for Previewed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let made = Made::read(deserializer)?;
        Ok(Self(PreviewedDocument {
            content: content(made.document)?,
            extension: made.document_extension,
        }))
    }
}

impl<'de> Deserialize<'de> for Joined {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let made = Made::read(deserializer)?;
        Ok(Self(JoinResult {
            document_id: named(made.document_id, "document")?,
            extension: made.document_extension,
        }))
    }
}

impl<'de> Deserialize<'de> for Protected {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Copy {
            protected_document: Option<String>,
        }
        let copies: Vec<Copy> = data(deserializer, "document")?;
        let copy = copies.into_iter().next();
        content(copy.and_then(|copy| copy.protected_document)).map(Self)
    }
}

impl Shape for Generated {
    type Value = GenerationResult;

    fn into_value(self) -> GenerationResult {
        self.0
    }
}

impl Shape for Previewed {
    type Value = PreviewedDocument;

    fn into_value(self) -> PreviewedDocument {
        self.0
    }
}

impl Shape for Joined {
    type Value = JoinResult;

    fn into_value(self) -> JoinResult {
        self.0
    }
}

impl Shape for Protected {
    type Value = Bytes;

    fn into_value(self) -> Bytes {
        self.0
    }
}

impl JoinResult {
    pub(super) fn with(self, transport: Transport) -> JoinedDocument {
        JoinedDocument {
            document_id: self.document_id,
            extension: self.extension,
            transport,
        }
    }
}

fn named<E: serde::de::Error>(id: Option<String>, what: &str) -> Result<String, E> {
    id.filter(|id| !id.is_empty())
        .ok_or_else(|| E::custom(format_args!("`Data` names no {what}")))
}

fn content<E: serde::de::Error>(text: Option<String>) -> Result<Bytes, E> {
    let text = text.ok_or_else(|| E::custom("`Data` holds no content of the document"))?;
    base64(&text)
}

/// Leaves the content out.
impl fmt::Debug for PreviewedDocument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PreviewedDocument")
            .field("bytes", &self.content.len())
            .field("extension", &self.extension)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for JoinedDocument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinedDocument")
            .field("document_id", &self.document_id)
            .field("extension", &self.extension)
            .finish_non_exhaustive()
    }
}
