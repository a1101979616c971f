//! Documents of Document Management: files with versions and metadata, attached to any record.
//!
//! | room | what lives there |
//! |---|---|
//! | `version` | what the platform tells of a version |
//! | `upload` | bringing a document, or a version of one |
//! | `edit` | changing metadata: check-out and check-in too |
//! | `search` | finding versions by their metadata |

mod edit;
mod search;
mod upload;
mod version;

use std::{fmt, path::Path};

use conga_api::{
    Call, Transport,
    operations::{Operation, document_management as operations},
};

pub use edit::{CheckOut, EditDocument};
pub use search::SearchDocuments;
pub use upload::{ResumeUpload, UploadDocument, UploadPlace};
pub use version::DocumentVersion;

use crate::{
    Content, Download, Page, Request, UploadState,
    answer::{Done, OnePage, OneRecord, YesOrNo},
};

/// The documents of Document Management.
///
/// A document is its versions. Two ids go with that: the document's, which all its versions share
/// ([`DocumentVersion::document_id`]), and a version's own ([`DocumentVersion::id`]), by which its file is downloaded.
///
/// ```no_run
/// # async fn run(client: conga::Client) -> Result<(), conga::Error> {
/// let documents = client.documents();
/// let first = documents
///     .upload_file("drafts/msa.docx")
///     .attached_to("Agreement", "a3-1")
///     .description("first draft")
///     .await?;
///
/// let second = documents.upload_file("signed/msa.pdf").version_of(&first.document_id).await?;
/// documents.download(&second.id).expect_length(second.file_size).save("copies/msa.pdf").await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Documents {
    transport: Transport,
}

impl Documents {
    pub(crate) fn new(transport: Transport) -> Self {
        Self { transport }
    }

    /// Uploads a document under this name, or a [version](UploadDocument::version_of) of one, and gives the version.
    ///
    /// The extension of the name decides whether the platform takes it: doc, docx, pdf, zip, png, rtf, txt, jpg, jpeg, msg, xls and
    /// xlsx are published.
    pub fn upload(&self, name: impl Into<String>, content: impl Into<Content>) -> UploadDocument {
        UploadDocument::new(&self.transport, name.into(), content.into())
    }

    /// [Uploads](Self::upload) a file on disk, under its own name.
    pub fn upload_file(&self, path: impl AsRef<Path>) -> UploadDocument {
        let path = path.as_ref();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        self.upload(name, path)
    }

    /// Goes on with an upload whose [state](UploadDocument::on_state) was stored, maybe by another process, and gives the version.
    ///
    /// The content is given anew, from its beginning. Parts that are over and have the same content are not sent again.
    pub fn resume_upload(
        &self,
        state: UploadState<UploadPlace>,
        content: impl Into<Content>,
    ) -> ResumeUpload {
        ResumeUpload::new(&self.transport, state, content.into())
    }

    /// Gives up an upload whose state was stored, and takes away what came of it.
    pub fn abort_upload(&self, state: &UploadState<UploadPlace>) -> Request<()> {
        Request::new::<Done>(crate::transfer::InParts::abort(
            &state.place,
            &self.transport,
        ))
    }

    /// The file of a version, by the version's id. A document's id does not name a file: its [latest](Self::latest) version does.
    pub fn download(&self, version_id: &str) -> Download {
        let call = self.call(&operations::DOWNLOAD_DOCUMENT);
        Download::new(call.path("id", version_id))
    }

    /// What is known of a document: of its latest version. Where there is none, the error
    /// [is "not found"](crate::Error::is_not_found).
    pub fn latest(&self, document_id: &str) -> Request<DocumentVersion> {
        let call = self.call(&operations::GET_DOCUMENT_METADATA);
        Request::new::<OneRecord<DocumentVersion>>(call.path("documentId", document_id))
    }

    /// All versions of a document, in one page. The order is the server's.
    pub fn versions(&self, document_id: &str) -> Request<Page<DocumentVersion>> {
        let call = self.call(&operations::LIST_DOCUMENT_VERSIONS);
        Request::new::<OnePage<DocumentVersion>>(call.path("documentId", document_id))
    }

    /// All versions of the documents of a record, in one page: of the object `Agreement` and this id, for example.
    pub fn of_record(&self, object: &str, id: &str) -> Request<Page<DocumentVersion>> {
        Request::new::<OnePage<DocumentVersion>>(
            self.call(&operations::LIST_OBJECT_DOCUMENT_VERSIONS)
                .path("objectType", object)
                .path("objectId", id),
        )
    }

    /// Searches versions by their metadata.
    pub fn search(&self) -> SearchDocuments {
        SearchDocuments::new(self.call(&operations::SEARCH_DOCUMENTS))
    }

    /// Whether there is a document with this id. That the answer is a truth value is assumed: the reference gives it no type.
    pub fn exists(&self, document_id: &str) -> Request<bool> {
        let call = self.call(&operations::CHECK_DOCUMENT_EXISTS);
        Request::new::<YesOrNo>(call.path("documentId", document_id))
    }

    /// Changes the metadata of a document, which is that of all its versions (published).
    pub fn edit(&self, document_id: &str) -> EditDocument {
        EditDocument::new(
            self.call(&operations::UPDATE_DOCUMENT_METADATA)
                .path("documentId", document_id),
        )
    }

    /// Checks a document out for somebody. While it is, others are kept from changing it (assumed: the reference has the fields and
    /// not what they do).
    pub fn check_out(&self, document_id: &str, holder: impl Into<String>) -> CheckOut {
        CheckOut::new(self.edit(document_id), holder.into())
    }

    /// Checks a document in as it is, by an empty holder (assumed). A new [version](UploadDocument::version_of) without
    /// [check-out](UploadDocument::checked_out_by) checks it in too (assumed).
    pub fn check_in(&self, document_id: &str) -> Request<()> {
        self.edit(document_id).checked_in()
    }

    /// Makes a document of its own from the latest version of another, and gives its version.
    pub fn duplicate(&self, document_id: &str) -> Request<DocumentVersion> {
        let call = self.call(&operations::CLONE_DOCUMENT);
        Request::new::<OneRecord<DocumentVersion>>(call.path("documentId", document_id))
    }

    /// Deletes a document with all its versions. Its metadata stay, unless it is deleted for good
    /// ([`delete_for_good`](Self::delete_for_good)).
    pub fn delete(&self, document_id: &str) -> Request<()> {
        self.deletion(document_id, false)
    }

    /// Deletes a document with all its versions, and its metadata (`hardDelete`).
    pub fn delete_for_good(&self, document_id: &str) -> Request<()> {
        self.deletion(document_id, true)
    }

    /// Deletes several documents.
    pub fn delete_many<S: AsRef<str>>(
        &self,
        document_ids: impl IntoIterator<Item = S>,
    ) -> Request<()> {
        let ids: Vec<String> = document_ids
            .into_iter()
            .map(|id| id.as_ref().to_owned())
            .collect();
        Request::new::<Done>(self.call(&operations::DELETE_DOCUMENTS).json(&ids))
    }

    /// Deletes one version of a document.
    pub fn delete_version(&self, document_id: &str, version_id: &str) -> Request<()> {
        Request::new::<Done>(
            self.call(&operations::DELETE_DOCUMENT_VERSION)
                .path("documentId", document_id)
                .path("versionId", version_id),
        )
    }

    fn deletion(&self, document_id: &str, hard: bool) -> Request<()> {
        Request::new::<Done>(
            self.call(&operations::DELETE_DOCUMENT)
                .path("documentId", document_id)
                .query("hardDelete", hard),
        )
    }

    fn call(&self, operation: &'static Operation) -> Call {
        Call::new(&self.transport, operation)
    }
}

impl fmt::Debug for Documents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Documents").finish_non_exhaustive()
    }
}
