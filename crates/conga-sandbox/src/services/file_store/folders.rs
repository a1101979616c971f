//! Making, listing and emptying folders.

use axum::http::StatusCode;
use chrono::DateTime;
use serde::Deserialize;
use serde_json::{Value, json};

use super::deleting::no_folder;
use super::paths::Folder;
use super::reading::{page_size, read_token, token_after};
use super::shelf::{self, Area};
use crate::failure::Failure;
use crate::records::objects::Object;
use crate::records::store::{self, By, text};
use crate::records::value::date_text;
use crate::request::{Answer, Call};
use crate::services::World;
use crate::services::reply::{Reply, params};
use crate::services::stage::Stage;

/// The entries in one answer, at most, as published.
const MOST_ENTRIES: i64 = 100;

/// The published requests on folders.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Request {
    folder_path: Option<String>,
    folder_name: Option<String>,
    continuation_token: Option<String>,
    page_size: Option<i64>,
}

/// `POST /folders/create`.
pub(super) fn create(world: &World, call: &Call) -> Result<Answer, Failure> {
    let request: Request = params::read(call)?;
    let parent = Folder::parse(request.folder_path.as_deref().unwrap_or_default())?;
    let name = shelf::file_name(request.folder_name.as_deref())?;
    let folder = parent.join(name.as_str())?;
    world.write(call, |session| {
        if !shelf::has_folder(session.tx, session.now, &parent)? {
            return Err(no_folder(&parent));
        }
        if shelf::has_folder(session.tx, session.now, &folder)? {
            return Err(Failure::conflict(format!(
                "the folder '{folder}' is there already"
            )));
        }
        Ok(shelf::make_folder(session.tx, &folder)?)
    })?;
    let data = json!({"FolderPath": parent.as_str(), "FolderName": name.as_str()});
    Ok(Reply::new(StatusCode::OK, data).into_answer())
}

/// `POST /folders/{folderName}/list`: folders first, then files, each by name.
pub(super) fn list(world: &World, call: &Call) -> Result<Answer, Failure> {
    let request: Request = params::read(call)?;
    let parent = Folder::parse(request.folder_path.as_deref().unwrap_or_default())?;
    let name = call.path_param("folderName").unwrap_or_default();
    let folder = parent.join(name)?;
    let size = match request.page_size {
        // The published type is a number that may be left out as zero.
        Some(0) | None => page_size("PageSize", None, MOST_ENTRIES)?,
        given => page_size("PageSize", given, MOST_ENTRIES)?,
    };
    let after = read_token(request.continuation_token.as_deref())?;
    let now = world.clock.now();
    let mut entries = world.store.read(|tx| {
        if !shelf::has_folder(tx, now, &folder)? {
            return Err(no_folder(&folder));
        }
        let folders = shelf::folders_in(tx, now, &folder)?.into_iter();
        let folders = folders.map(|name| {
            let entry = json!({"Name": name, "Type": "Folder", "ModifiedDate": null, "Size": null});
            (format!("0{name}"), entry)
        });
        let (files, _) = shelf::list(tx, now, &folder, "", usize::MAX)?;
        let files = files.into_iter().map(|entry| {
            let shown = json!({
                "Name": entry.file.name, "Type": "File", "ModifiedDate": entry.modified, "Size": entry.file.size,
            });
            (format!("1{}", entry.file.name), shown)
        });
        let all = folders.chain(files).filter(|(key, _)| *key > after);
        Ok(all.collect::<Vec<_>>())
    })?;
    let more = entries.len() > size;
    entries.truncate(size);
    let token = entries.last().filter(|_| more);
    let token = token.map(|(key, _)| token_after(key));
    let contents: Vec<Value> = entries.into_iter().map(|(_, entry)| entry).collect();
    let data = json!({
        "FolderPath": parent.as_str(), "FolderName": name, "Contents": contents, "IsTruncated": more,
        "ContinuationToken": token,
    });
    Ok(Reply::new(StatusCode::OK, data).into_answer())
}

/// `DELETE /folders/delete`: everything inside a folder.
pub(super) fn empty(world: &World, call: &Call) -> Result<Answer, Failure> {
    let request: Request = params::read(call)?;
    let parent = Folder::parse(request.folder_path.as_deref().unwrap_or_default())?;
    let name = shelf::file_name(request.folder_name.as_deref())?;
    let folder = parent.join(name.as_str())?;
    let tracking_id = world.write(call, |session| {
        if !shelf::has_folder(session.tx, session.now, &folder)? {
            return Err(no_folder(&folder));
        }
        let entries = shelf::all_within(session.tx, session.now, &folder)?;
        for entry in &entries {
            shelf::take(session, Area::Files, entry)?;
        }
        // The folder itself stays.
        shelf::make_folder(session.tx, &folder)?;
        shelf::forget_folders_within(session.tx, &folder)?;
        let size: u64 = entries.iter().map(|entry| entry.file.size).sum();
        let row = json!({
            "FolderPath": parent.as_str(), "FolderName": name.as_str(), "Operation": "DeleteFolderContents",
            "TotalFileCount": entries.len(), "TotalSize": i32::try_from(size).unwrap_or(i32::MAX),
        });
        let row = row.as_object().cloned().unwrap_or_default();
        let object = operations();
        let record = session.records(&object).create(&row)?;
        Ok(record.get("Id").cloned().unwrap_or_default())
    })?;
    let data = json!({
        "FolderPath": parent.as_str(), "FolderName": name.as_str(), "TrackingId": tracking_id,
        "Message": "the deletion is under way; its status tells when it is done",
    });
    Ok(Reply::new(StatusCode::OK, data).into_answer())
}

/// `GET /folder-operation/{trackingId}/status`.
pub(super) fn status(world: &World, call: &Call) -> Result<Answer, Failure> {
    let id = call.path_param("trackingId").unwrap_or_default();
    let found = world
        .store
        .read(|tx| store::find(tx, operations().name(), By::Id, id))?;
    let record = found
        .ok_or_else(|| Failure::not_found(format!("no operation has the tracking id '{id}'")))?
        .record;
    let field = |name: &str| record.get(name).cloned().unwrap_or_default();
    let now = world.clock.now();
    let started = text(&record, "CreatedDate").unwrap_or_default();
    let started = DateTime::parse_from_rfc3339(started).map_or(now, |date| date.to_utc());
    let (status, end) = match Stage::of(started, now) {
        Stage::Queued => ("Queued", None),
        Stage::UnderWay => ("InProgress", None),
        Stage::Done => ("Completed", Some(date_text(Stage::end(started)))),
    };
    let processed = match end {
        Some(_) => field("TotalFileCount"),
        None => 0.into(),
    };
    let data = json!({
        "FolderName": field("FolderName"), "FolderPath": field("FolderPath"), "Operation": field("Operation"),
        "Message": null, "Status": status, "StartDate": field("CreatedDate"), "EndDate": end,
        "TotalFileCount": field("TotalFileCount"), "ProcessedFileCount": processed, "TotalSize": field("TotalSize"),
    });
    Ok(Reply::new(StatusCode::OK, data).into_answer())
}

/// What was done to folders, by tracking id.
fn operations() -> Object {
    Object::internal("FolderOperation")
}
