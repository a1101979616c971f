//! File Store: files under paths, in folders, and the files of the CDN store.
//!
//! | room | what lives there |
//! |---|---|
//! | [`paths`] | names of folders |
//! | [`shelf`] | what lies where: the table of files by folder and name |
//! | [`uploading`] | the calls that bring files, at once or in parts |
//! | [`reading`] | downloads, lists, information, links |
//! | [`deleting`] | the calls that delete files |
//! | [`folders`] | making, listing and emptying folders |
//! | [`cdn`] | the CDN store |
//!
//! # Assumed
//!
//! Published are the operations, the fields, that parts are numbered from 1 to 10,000 and may be sent again, that a bulk
//! delete goes on past missing files, what each deletion of a folder touches, that a parent must exist, the page size of
//! 100 and the CDN's limit of 100 MB. All else is assumed:
//!
//! *Paths.* Names of folders are joined by `/`; a leading or trailing one is ignored, `..` is refused, case counts. A
//! folder is there once it was made or a file lies in it. An upload replaces the file of the same name.
//!
//! *Sizes.* A file that arrives at once has at most 50 MB, a part that is not the last at least 5 MB: the least that S3
//! takes, on whose names these calls are modelled. A part is the request's body as it is.
//!
//! *Lists* go by name and show what lies directly in the folder; 1,000 names or 100 entries a page. The continuation
//! token is opaque.
//!
//! *Links* live for `TTLSeconds`, an hour unless given, at most seven days; the sandbox serves HTTP whatever `Protocol`
//! asks for. A file that deletes itself does so a day after its upload.
//!
//! *Emptying a folder* is done at once, and shown as `Queued`, `InProgress` and `Completed` for a third of a second.
//!
//! *CDN.* An upload is the request's body as it is, and is answered like one to the file store; a file comes with its
//! content inline.

mod cdn;
mod deleting;
mod folders;
mod paths;
mod reading;
mod shelf;
mod uploading;

#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};
use rusqlite::Transaction;

use crate::failure::Failure;
use crate::files::File;
use crate::request::{Answer, Call};
use crate::services::{Behaviour, Service, Session, World};
use paths::Folder;
pub(super) use shelf::SCHEMA;
use shelf::{Area, Details};

pub(super) const SERVICE: Service = Service {
    id: "file-store",
    behaviours: &[
        behaviour(&["upload_file"], uploading::upload),
        behaviour(&["bulk_upload_files"], uploading::upload_many),
        behaviour(&["get_file_limits"], uploading::limits),
        behaviour(&["start_multipart_upload"], uploading::start),
        behaviour(&["upload_file_part"], uploading::put_part),
        behaviour(&["complete_multipart_upload"], uploading::complete),
        behaviour(&["abort_multipart_upload"], uploading::abort),
        behaviour(&["download_file"], reading::download),
        behaviour(&["download_files"], reading::download_many),
        behaviour(&["check_file_exists"], reading::exists),
        behaviour(&["get_file_info"], reading::info),
        behaviour(&["list_file_names"], reading::names),
        behaviour(&["create_file_shared_uri"], reading::share),
        behaviour(&["delete_file"], deleting::delete),
        behaviour(&["bulk_delete_files"], deleting::delete_many),
        behaviour(&["delete_folder_files"], deleting::delete_in_folder),
        behaviour(&["create_folder"], folders::create),
        behaviour(&["list_folder"], folders::list),
        behaviour(&["delete_folder_contents"], folders::empty),
        behaviour(&["get_folder_operation_status"], folders::status),
        behaviour(&["upload_cdn_file"], cdn::upload),
        behaviour(&["get_cdn_file"], cdn::get),
        behaviour(&["delete_cdn_file"], cdn::delete),
        behaviour(&["bulk_delete_cdn_files"], cdn::delete_many),
    ],
};

/// The file at a path of the File Store, for other services.
pub(in crate::services) fn file_at(
    tx: &Transaction<'_>,
    now: DateTime<Utc>,
    path: &str,
) -> Result<Option<File>, Failure> {
    let Ok(path) = Folder::parse(path) else {
        return Ok(None);
    };
    let Some((folder, name)) = path.split() else {
        return Ok(None);
    };
    let found = shelf::find(tx, now, Area::Files, &folder, name)?;
    Ok(found.map(|entry| entry.file))
}

/// The file of that name in a folder of the File Store, for other services: 404 if there is none, 400 for a path that
/// names no folder.
pub(in crate::services) fn file_in(
    tx: &Transaction<'_>,
    now: DateTime<Utc>,
    folder: &str,
    name: &str,
) -> Result<File, Failure> {
    let folder = Folder::parse(folder)?;
    let entry = shelf::existing(tx, now, Area::Files, &folder, name)?;
    Ok(entry.file)
}

/// Puts a file into a folder of the File Store, for other services.
pub(in crate::services) fn put(
    session: &Session<'_>,
    folder: &str,
    file: &File,
) -> Result<(), Failure> {
    let folder = Folder::parse(folder)?;
    shelf::put(session, Area::Files, &folder, file, Details::default())
}

/// Takes a file away from a folder of the File Store, for other services; tells whether there was one.
pub(in crate::services) fn take(
    session: &Session<'_>,
    folder: &str,
    name: &str,
) -> Result<bool, Failure> {
    let folder = Folder::parse(folder)?;
    shelf::remove(session, Area::Files, &folder, name)
}

const fn behaviour(
    operations: &'static [&'static str],
    carry_out: fn(&World, &Call) -> Result<Answer, Failure>,
) -> Behaviour {
    let what = "paths, sizes, pages, links: see services/file_store/mod.rs";
    Behaviour::assumed(operations, what, carry_out)
}
