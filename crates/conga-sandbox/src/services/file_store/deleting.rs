//! The calls that delete files.

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::paths::Folder;
use super::shelf::{self, Area};
use crate::failure::Failure;
use crate::request::{Answer, Call};
use crate::services::World;
use crate::services::reply::{Reply, params};

/// The published `DeleteFileRequest` and `CDNFileDeleteRequest`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct One {
    file_name: Option<String>,
    file_path: Option<String>,
}

/// The published `BulkDeleteFileRequest` and `CDNBulkFileDeleteRequest`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Many {
    file_path: Option<String>,
    file_names: Option<Vec<String>>,
}

/// `DELETE /files`.
pub(super) fn delete(world: &World, call: &Call) -> Result<Answer, Failure> {
    delete_from(Area::Files, world, call)
}

/// `DELETE /files/bulk`: the files that are there; an error for each that is not.
pub(super) fn delete_many(world: &World, call: &Call) -> Result<Answer, Failure> {
    delete_many_from(Area::Files, world, call)
}

/// `DELETE /folders`: the files directly in a folder. The body is its path.
pub(super) fn delete_in_folder(world: &World, call: &Call) -> Result<Answer, Failure> {
    let path = call
        .json()
        .and_then(Value::as_str)
        .ok_or_else(|| Failure::invalid("the body is the folder's path, as a JSON text"))?;
    let folder = Folder::parse(path)?;
    world.write(call, |session| {
        if !shelf::has_folder(session.tx, session.now, &folder)? {
            return Err(no_folder(&folder));
        }
        let (entries, _) = shelf::list(session.tx, session.now, &folder, "", usize::MAX)?;
        for entry in &entries {
            shelf::take(session, Area::Files, entry)?;
        }
        Ok(())
    })?;
    Ok(Reply::new(StatusCode::OK, deleted(None, &folder)).into_answer())
}

/// A file of one of the stores.
pub(super) fn delete_from(area: Area, world: &World, call: &Call) -> Result<Answer, Failure> {
    let request: One = params::read(call)?;
    let folder = Folder::parse(request.file_path.as_deref().unwrap_or_default())?;
    let name = request.file_name.unwrap_or_default();
    world.write(call, |session| {
        if shelf::remove(session, area, &folder, &name)? {
            Ok(())
        } else {
            Err(shelf::missing(&folder, &name))
        }
    })?;
    Ok(Reply::new(StatusCode::OK, deleted(Some(&name), &folder)).into_answer())
}

/// Files of one of the stores.
pub(super) fn delete_many_from(area: Area, world: &World, call: &Call) -> Result<Answer, Failure> {
    let request: Many = params::read(call)?;
    let folder = Folder::parse(request.file_path.as_deref().unwrap_or_default())?;
    let names = request.file_names.unwrap_or_default();
    if names.is_empty() {
        return Err(Failure::invalid("FileNames needs at least one name"));
    }
    let missing = world.write(call, |session| {
        let mut missing = Vec::new();
        for name in &names {
            if !shelf::remove(session, area, &folder, name)? {
                missing.extend(shelf::missing(&folder, name).messages());
            }
        }
        Ok::<_, Failure>(missing)
    })?;
    if missing.len() == names.len() {
        return Err(Failure::NotFound(missing.join("; ")));
    }
    let reply = Reply::new(StatusCode::OK, deleted(None, &folder));
    Ok(reply.with_errors(missing).into_answer())
}

/// That there is no such folder.
pub(super) fn no_folder(folder: &Folder) -> Failure {
    Failure::not_found(format!("there is no folder '{folder}'"))
}

/// The published `DeleteFileResponse`.
fn deleted(name: Option<&str>, folder: &Folder) -> Value {
    json!({"FileName": name, "FilePath": folder.as_str(), "IsDeleted": true})
}
