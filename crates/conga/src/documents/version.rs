//! What the platform tells of a version.

use conga_api::Timestamp;
use serde::{Deserialize, Serialize};

use crate::Record;

/// One version of a document: the published schema `DocumentMetadata`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct DocumentVersion {
    /// The version's own id, by which it is downloaded.
    pub id: String,
    /// The document's id, which all its versions share.
    pub document_id: String,
    /// The number of the version. The first is taken to be 1 (assumed).
    pub document_version: Option<i64>,
    /// Whether it is the version that stands for the document.
    pub is_latest: Option<bool>,
    /// Whether it was deleted. Metadata outlive the file unless they were deleted too.
    pub is_deleted: Option<bool>,
    /// The name of the file.
    pub name: Option<String>,
    /// The extension of the file.
    pub extension: Option<String>,
    /// The type of the file.
    pub file_type: Option<String>,
    /// The length of the file in bytes.
    pub file_size: Option<u64>,
    /// What it is about.
    pub description: Option<String>,
    /// Its tags, in one text.
    pub tags: Option<String>,
    /// The object of the record that it is attached to.
    pub object_type: Option<String>,
    /// The id of that record.
    pub object_id: Option<String>,
    /// Who has it checked out.
    pub checkout_by: Option<String>,
    /// Since when it is checked out.
    pub checkout_date: Option<Timestamp>,
    /// Whether a search finds it.
    pub is_searchable: Option<bool>,
    /// When it was uploaded.
    pub created_date: Option<Timestamp>,
    /// When its metadata changed last.
    pub modified_date: Option<Timestamp>,
    /// Whatever else the platform tells: custom properties, `CreatedBy`, `ModifiedBy`, `ExternalId`, `ETag`.
    #[serde(flatten)]
    pub other: Record,
}
