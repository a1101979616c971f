//! The calls that change what is there: metadata, clones, deletion.

use axum::http::StatusCode;
use serde_json::Value;

use super::uploading::checkout_date;
use super::versions::{self, NewVersion};
use crate::failure::Failure;
use crate::files::{self, FileName};
use crate::records::store::{Record, Removal, text};
use crate::request::{Answer, Call};
use crate::services::World;
use crate::services::reply::{Reply, params};

/// `PUT /documents/{documentId}/metadata`: of all versions.
pub(super) fn update_metadata(world: &World, call: &Call) -> Result<Answer, Failure> {
    let document_id = call.path_param("documentId").unwrap_or_default();
    let mut fields = Record::new();
    for (name, value) in params::row(call)? {
        match (name.as_str(), value) {
            ("CheckoutBy" | "Description" | "IsSearchable", value) => {
                fields.insert(name.clone(), value.clone());
            }
            ("CheckoutDate", Value::String(date)) => {
                fields.insert(name.clone(), checkout_date(date)?.into());
            }
            ("Tags", Value::Array(tags)) => {
                let tags: Vec<&str> = tags.iter().filter_map(Value::as_str).collect();
                fields.insert(name.clone(), tags.join(",").into());
            }
            ("CustomProperties", Value::Object(custom)) => {
                versions::add_custom(&mut fields, custom)?;
            }
            _ => {}
        }
    }
    let holder = fields.get("CheckoutBy").map(|holder| holder.as_str());
    world.write(call, |session| {
        let latest = versions::latest(session.tx, document_id)?;
        // Anyone may check in; to take a document over, its holder must be named or call.
        if let Some(Some(holder)) = holder
            && !holder.is_empty()
        {
            versions::check_holder(session, &latest.record, Some(holder))?;
        }
        for version in versions::of_document(session.tx, document_id)? {
            if !versions::is_deleted(&version.record) {
                versions::change(session, version, Value::Object(fields.clone()))?;
            }
        }
        Ok::<_, Failure>(())
    })?;
    Ok(Reply::new(StatusCode::OK, true.into()).into_answer())
}

/// `POST /documents/{documentId}/clone`: a document with the latest version's content and properties.
pub(super) fn clone(world: &World, call: &Call) -> Result<Answer, Failure> {
    let document_id = call.path_param("documentId").unwrap_or_default();
    let cloned = world.write(call, |session| {
        let latest = versions::latest(session.tx, document_id)?.record;
        let original = versions::file(session.tx, &latest)?;
        let name = FileName::new(&original.name)?;
        let file = files::copy(session.tx, &original, &name)?;
        let new = NewVersion {
            document_id: None,
            version_id: None,
            file: &file,
            fields: versions::properties(&latest),
        };
        versions::add(session, new)
    })?;
    Ok(Reply::new(StatusCode::OK, versions::shown(cloned)).into_answer())
}

/// `DELETE /documents/{documentId}`.
pub(super) fn delete(world: &World, call: &Call) -> Result<Answer, Failure> {
    let document_id = call.path_param("documentId").unwrap_or_default();
    let removal = if params::flag(call, "hardDelete")? {
        Removal::Hard
    } else {
        Removal::Soft
    };
    world.write(call, |session| {
        versions::delete_document(session, document_id, removal)
    })?;
    Ok(deleted(1))
}

/// `DELETE /documents`: all of the named ones, or none.
pub(super) fn delete_many(world: &World, call: &Call) -> Result<Answer, Failure> {
    let ids: Vec<&str> = params::rows(call)?
        .iter()
        .filter_map(Value::as_str)
        .collect();
    world.write(call, |session| {
        for id in &ids {
            versions::delete_document(session, id, Removal::Soft)?;
        }
        Ok::<_, Failure>(())
    })?;
    Ok(deleted(ids.len()))
}

/// `DELETE /documents/objects/{objectType}/{objectId}`.
pub(super) fn delete_of_object(world: &World, call: &Call) -> Result<Answer, Failure> {
    let object_type = call.path_param("objectType");
    let object_id = call.path_param("objectId").unwrap_or_default();
    let count = world.write(call, |session| {
        let documents = versions::of_object(session.tx, object_type, object_id)?;
        for document in &documents {
            let id = text(&document.record, "DocumentId").unwrap_or_default();
            versions::delete_document(session, id, Removal::Soft)?;
        }
        Ok::<_, Failure>(documents.len())
    })?;
    Ok(deleted(count))
}

/// `DELETE /documents/{documentId}/versions/{versionId}`.
pub(super) fn delete_version(world: &World, call: &Call) -> Result<Answer, Failure> {
    let document_id = call.path_param("documentId").unwrap_or_default();
    let version_id = call.path_param("versionId").unwrap_or_default();
    world.write(call, |session| {
        let version = versions::version(session.tx, version_id)?;
        let is_of_document = text(&version.record, "DocumentId") == Some(document_id);
        if !is_of_document || versions::is_deleted(&version.record) {
            return Err(Failure::not_found(format!(
                "the document '{document_id}' has no version '{version_id}'"
            )));
        }
        let latest = versions::latest(session.tx, document_id)?;
        versions::check_holder(session, &latest.record, None)?;
        versions::delete(session, version, Removal::Soft)
    })?;
    Ok(Reply::new(StatusCode::OK, "the version was deleted".into()).into_answer())
}

fn deleted(count: usize) -> Answer {
    let message = match count {
        1 => "1 document was deleted".to_owned(),
        count => format!("{count} documents were deleted"),
    };
    Reply::new(StatusCode::OK, message.into()).into_answer()
}
