//! The calls that read: metadata, contents, search.

use axum::http::StatusCode;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use rusqlite::Transaction;
use serde::Deserialize;
use serde_json::{Value, json};

use super::versions;
use crate::failure::Failure;
use crate::files;
use crate::records::selection::{Direction, Selection, Start, limit, skip};
use crate::records::store::{Record, Stored, text};
use crate::request::{Answer, Call};
use crate::services::World;
use crate::services::reply::{Reply, params};

/// The contents in one answer have at most this many bytes together: 256 MiB.
const MAX_INLINE: u64 = 256 * 1024 * 1024;

/// The published `DocumentQuery`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Query {
    criteria: Option<String>,
    limit: Option<i64>,
    skip: Option<i64>,
    sort: Option<Sort>,
}

/// The published `Sort`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Sort {
    field_name: Option<String>,
    order_by: Option<String>,
}

/// `GET /documents/{id}` and `GET /documents/{documentId}/versions/{versionId}`: metadata and content.
pub(super) fn version(world: &World, call: &Call) -> Result<Answer, Failure> {
    let data = world.store.read(|tx| {
        let version = named_version(tx, call)?;
        with_contents(tx, vec![version]).map(|mut all| all.pop().unwrap_or_default())
    })?;
    Ok(Reply::new(StatusCode::OK, data).into_answer())
}

/// `GET /documents/{id}/download`: the file.
pub(super) fn download(world: &World, call: &Call) -> Result<Answer, Failure> {
    world.store.read(|tx| {
        let version = named_version(tx, call)?;
        let file = versions::file(tx, &version.record)?;
        files::download::answer(tx, &call.headers, &file)
    })
}

/// `GET /documents/bulk`: the latest versions of documents, with contents.
pub(super) fn many(world: &World, call: &Call) -> Result<Answer, Failure> {
    let ids = params::texts(call, "documentId");
    if ids.is_empty() {
        return Err(Failure::invalid(
            "documentId is required, once for each document",
        ));
    }
    let ignore = params::flag(call, "ignoreInvalidIds")?;
    let data = world.store.read(|tx| {
        let mut found = Vec::with_capacity(ids.len());
        for id in ids {
            match versions::latest(tx, id) {
                Ok(version) => found.push(version),
                Err(Failure::NotFound(_)) if ignore => {}
                Err(failure) => return Err(failure),
            }
        }
        with_contents(tx, found)
    })?;
    Ok(Reply::new(StatusCode::OK, data.into()).into_answer())
}

/// `GET /documents/objects/{objectType}/{objectId}` and `GET /documents/objects/{objectId}`: with contents.
pub(super) fn of_object(world: &World, call: &Call) -> Result<Answer, Failure> {
    let wanted = params::text(call, "fileType");
    let data = world.store.read(|tx| {
        let mut found = object_documents(tx, call)?;
        found.retain(|version| wanted.is_none_or(|wanted| has_type(&version.record, wanted)));
        with_contents(tx, found)
    })?;
    Ok(Reply::new(StatusCode::OK, data.into()).into_answer())
}

/// `GET /documents/objects/{objectType}/{objectId}/versions`: metadata of all versions.
pub(super) fn object_versions(world: &World, call: &Call) -> Result<Answer, Failure> {
    let data = world.store.read(|tx| {
        let mut all = Vec::new();
        for document in object_documents(tx, call)? {
            let id = text(&document.record, "DocumentId").unwrap_or_default();
            all.extend(versions::of_document(tx, id)?);
        }
        Ok::<_, Failure>(living(all))
    })?;
    Ok(Reply::new(StatusCode::OK, data).into_answer())
}

/// `GET /documents/{documentId}/versions`: metadata of all versions.
pub(super) fn versions_of(world: &World, call: &Call) -> Result<Answer, Failure> {
    let id = call.path_param("documentId").unwrap_or_default();
    let data = world.store.read(|tx| {
        versions::latest(tx, id)?;
        versions::of_document(tx, id).map(living)
    })?;
    Ok(Reply::new(StatusCode::OK, data).into_answer())
}

/// `GET /documents/{documentId}/metadata`: of the latest version; of the last one, if all were deleted.
pub(super) fn metadata(world: &World, call: &Call) -> Result<Answer, Failure> {
    let id = call.path_param("documentId").unwrap_or_default();
    let found = world.store.read(|tx| match versions::latest(tx, id) {
        Err(Failure::NotFound(message)) => {
            let deleted = versions::of_document(tx, id)?.pop();
            deleted.ok_or(Failure::NotFound(message))
        }
        found => found,
    })?;
    Ok(Reply::new(StatusCode::OK, versions::shown(found.record)).into_answer())
}

/// `GET /documents/{documentId}/exists`: true or false.
pub(super) fn exists(world: &World, call: &Call) -> Result<Answer, Failure> {
    let id = call.path_param("documentId").unwrap_or_default();
    let found = world.store.read(|tx| match versions::latest(tx, id) {
        Ok(_) => Ok(true),
        Err(Failure::NotFound(_)) => Ok(false),
        Err(failure) => Err(failure),
    })?;
    Ok(Reply::new(StatusCode::OK, found.into()).into_answer())
}

/// `POST /documents/search`: metadata of the versions that a query finds.
pub(super) fn search(world: &World, call: &Call) -> Result<Answer, Failure> {
    let query: Query = params::read(call)?;
    let object = versions::object();
    let criteria = query.criteria.unwrap_or_default();
    let mut selection = Selection::new(&object, &criteria)?
        .having("IsDeleted", &["false"])?
        .having("IsSearchable", &["true"])?;
    let sort = query.sort.unwrap_or_default();
    if let Some(field) = sort.field_name.filter(|field| !field.is_empty()) {
        let direction = match &sort.order_by {
            Some(word) => Direction::read(word)?,
            None => Direction::Ascending,
        };
        selection = selection.sorted(&field, direction)?;
    }
    let size = limit("Limit", query.limit)?;
    let start = Start {
        after: None,
        skip: skip(query.skip)?,
    };
    let with_total = params::flag(call, "includeTotalCount")?;
    let (page, total) = world.store.read(|tx| {
        let page = selection.page(tx, &start, size)?;
        let total = with_total.then(|| selection.count(tx)).transpose()?;
        Ok::<_, Failure>((page, total))
    })?;
    let more = page.next.is_some();
    let reply = Reply::new(StatusCode::OK, living(page.records)).paged(more, None);
    Ok(match total {
        Some(total) => reply.counted(total),
        None => reply,
    }
    .into_answer())
}

fn named_version(tx: &Transaction<'_>, call: &Call) -> Result<Stored, Failure> {
    let id = call
        .path_param("versionId")
        .or_else(|| call.path_param("id"));
    let version = versions::version(tx, id.unwrap_or_default())?;
    match call.path_param("documentId") {
        Some(document) if text(&version.record, "DocumentId") != Some(document) => {
            Err(Failure::not_found(format!(
                "the document '{document}' has no version '{}'",
                id.unwrap_or_default()
            )))
        }
        _ => Ok(version),
    }
}

fn object_documents(tx: &Transaction<'_>, call: &Call) -> Result<Vec<Stored>, Failure> {
    let id = call.path_param("objectId").unwrap_or_default();
    versions::of_object(tx, call.path_param("objectType"), id)
}

/// Whether a version is of a file type: named by extension, with or without dot, or as a media type.
fn has_type(version: &Record, wanted: &str) -> bool {
    let extension = text(version, "Extension").unwrap_or_default();
    let names = [
        extension,
        extension.trim_start_matches('.'),
        text(version, "FileType").unwrap_or_default(),
    ];
    names.iter().any(|name| name.eq_ignore_ascii_case(wanted))
}

fn living(versions: Vec<Stored>) -> Value {
    versions
        .into_iter()
        .filter(|version| !versions::is_deleted(&version.record))
        .map(|version| versions::shown(version.record))
        .collect()
}

fn with_contents(tx: &Transaction<'_>, versions: Vec<Stored>) -> Result<Vec<Value>, Failure> {
    let files: Vec<_> = versions
        .iter()
        .map(|version| versions::file(tx, &version.record))
        .collect::<Result<_, _>>()?;
    let size: u64 = files.iter().map(|file| file.size).sum();
    if size > MAX_INLINE {
        return Err(Failure::invalid(format!(
            "the documents have {size} bytes together, and one answer carries at most {MAX_INLINE}; download them one by one"
        )));
    }
    let shown = versions.into_iter().zip(files).map(|(version, file)| {
        let content = files::read(tx, &file)?;
        Ok(json!({
            "DocumentMetadata": versions::shown(version.record),
            "BlobData": BASE64_STANDARD.encode(content),
        }))
    });
    shown.collect()
}
