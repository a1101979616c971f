//! The CDN store.

use axum::http::StatusCode;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;

use super::deleting::{delete_from, delete_many_from};
use super::paths::Folder;
use super::shelf::{self, Area, Details};
use crate::failure::Failure;
use crate::files::{self, FileName};
use crate::request::{Answer, Call};
use crate::services::World;
use crate::services::reply::{Reply, params};

/// The largest file, in bytes: 100 MB, as published. The sandbox's own limit of a request may be lower.
const LARGEST: usize = 100 * 1024 * 1024;

/// `POST /files/{fileFullPath}`.
pub(super) fn upload(world: &World, call: &Call) -> Result<Answer, Failure> {
    let (folder, name) = place(call)?;
    let content = params::bytes(call)?;
    if content.is_empty() {
        return Err(Failure::invalid(
            "no content was sent; send the bytes as the body",
        ));
    }
    if content.len() > LARGEST {
        return Err(Failure::Refused(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!(
                "the file has {} bytes; the CDN store takes {LARGEST}",
                content.len()
            ),
        ));
    }
    let declared = call.headers.get(axum::http::header::CONTENT_TYPE);
    let declared = declared.and_then(|declared| declared.to_str().ok());
    world.write(call, |session| {
        let file = files::add(session.tx, &name, declared, &content)?;
        shelf::put(session, Area::Cdn, &folder, &file, Details::default())
    })?;
    let data = json!({"FileName": name.as_str(), "FilePath": folder.as_str(), "SharedURI": null});
    Ok(Reply::new(StatusCode::OK, data).into_answer())
}

/// `GET /files/{fileFullPath}`: details and content.
pub(super) fn get(world: &World, call: &Call) -> Result<Answer, Failure> {
    let (folder, name) = place(call)?;
    let now = world.clock.now();
    let (entry, content) = world.store.read(|tx| {
        let entry = shelf::existing(tx, now, Area::Cdn, &folder, name.as_str())?;
        let content = files::read(tx, &entry.file)?;
        Ok::<_, Failure>((entry, content))
    })?;
    let data = json!({
        "FileName": entry.file.name, "FilePath": entry.folder, "FileSize": entry.file.size,
        "ModifiedDate": entry.modified, "FileContent": BASE64_STANDARD.encode(content),
    });
    Ok(Reply::new(StatusCode::OK, data).into_answer())
}

/// `DELETE /files`.
pub(super) fn delete(world: &World, call: &Call) -> Result<Answer, Failure> {
    delete_from(Area::Cdn, world, call)
}

/// `DELETE /files/bulk`.
pub(super) fn delete_many(world: &World, call: &Call) -> Result<Answer, Failure> {
    delete_many_from(Area::Cdn, world, call)
}

/// The last name of the full path is the file's.
fn place(call: &Call) -> Result<(Folder, FileName), Failure> {
    let path = Folder::parse(call.path_param("fileFullPath").unwrap_or_default())?;
    let (folder, name) = path
        .split()
        .ok_or_else(|| Failure::invalid("the path names no file"))?;
    Ok((folder, FileName::new(name)?))
}
