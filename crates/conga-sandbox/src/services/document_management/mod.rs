//! Document Management: documents of any record, in versions.
//!
//! | room | what lives there |
//! |---|---|
//! | [`versions`] | what a document and its versions are; other services keep theirs by it too |
//! | [`uploading`] | the calls that bring a file: at once or in parts, as a document or as a version |
//! | [`reading`] | metadata, contents, search |
//! | [`changing`] | metadata, clones, deletion |
//! | [`seed`] | the demo company's templates |
//!
//! # Assumed
//!
//! Published are the operations, the fields, the extensions that are accepted, which id is a version's, that an update
//! of metadata goes to all versions, and that an aborted upload takes its metadata along. All else is assumed:
//!
//! *Versions.* A document is its versions, each with an `Id` of its own and the common `DocumentId`; the first has the
//! number 1. An upload with the `documentId` of a document adds a version to it, with any other makes the document under
//! that id. A version takes over what the upload does not name. `newVersionId` is the new version's `Id`. `Extension` has its
//! dot, `FileType` is the media type, `Tags` are joined by commas, custom properties stand beside the other fields.
//!
//! *Check-out.* A document is checked out while its latest version has a `CheckoutBy`. Then a new file, a change of
//! holder and a deletion need to come from the holder (by id or name), or to name the holder as `checkoutBy`; else 409. A
//! new version without `checkoutBy` checks in, and so does an update of metadata with an empty one, whoever sends it.
//!
//! *Deletion.* The content goes, the metadata stays and says `IsDeleted`, as the Contracts service publishes; a hard
//! delete takes the metadata too. Lists and searches show what is not deleted; versions of the latest come last.
//! `Data` is a text, as the schema has it, though the examples show an object.
//!
//! *Parts.* A part is the request's body as it is. The upload is finished by the ETags of its parts; `Data` is the
//! version's `Id` then.
//!
//! *Search* goes through all versions that are searchable. Contents come inline up to 256 MiB in one answer.

mod changing;
mod reading;
pub(super) mod seed;
mod uploading;
pub(in crate::services) mod versions;

#[cfg(test)]
mod tests;

use crate::failure::Failure;
use crate::request::{Answer, Call};
use crate::services::{Behaviour, Service, World};

pub(super) const SERVICE: Service = Service {
    id: "document-management",
    behaviours: &[
        behaviour(&["upload_documents"], uploading::upload_many),
        behaviour(&["upload_document"], uploading::upload),
        behaviour(&["update_document"], uploading::update),
        behaviour(&["start_multipart_upload"], uploading::start),
        behaviour(&["upload_document_part"], uploading::put_part),
        behaviour(&["complete_multipart_upload"], uploading::complete),
        behaviour(&["abort_multipart_upload"], uploading::abort),
        behaviour(&["get_document", "get_document_version"], reading::version),
        behaviour(&["download_document"], reading::download),
        behaviour(&["bulk_get_documents"], reading::many),
        behaviour(
            &["list_object_documents", "list_object_documents_by_id"],
            reading::of_object,
        ),
        behaviour(&["list_object_document_versions"], reading::object_versions),
        behaviour(&["list_document_versions"], reading::versions_of),
        behaviour(&["get_document_metadata"], reading::metadata),
        behaviour(&["check_document_exists"], reading::exists),
        behaviour(&["search_documents"], reading::search),
        behaviour(&["update_document_metadata"], changing::update_metadata),
        behaviour(&["clone_document"], changing::clone),
        behaviour(&["delete_document"], changing::delete),
        behaviour(&["delete_documents"], changing::delete_many),
        behaviour(&["delete_object_documents"], changing::delete_of_object),
        behaviour(&["delete_document_version"], changing::delete_version),
    ],
};

const fn behaviour(
    operations: &'static [&'static str],
    carry_out: fn(&World, &Call) -> Result<Answer, Failure>,
) -> Behaviour {
    let what = "versions, check-out, deletion: see services/document_management/mod.rs";
    Behaviour::assumed(operations, what, carry_out)
}
