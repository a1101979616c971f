//! Custom brandings: logos by name.

use axum::http::StatusCode;
use rusqlite::Transaction;
use serde_json::{Value, json};

use super::{called, list_answer, missing, named};
use crate::failure::Failure;
use crate::files::{self, FileName};
use crate::records::objects::Object;
use crate::records::store::{By, Record, Removal, Stored, text};
use crate::request::{Answer, Call, Part};
use crate::services::reply::params;
use crate::services::{Session, World};

/// What callers know a branding as.
const BRANDING: &str = "custom branding";

/// `POST /v1/CustomBranding`: the branding.
pub(super) fn create(world: &World, call: &Call) -> Result<Answer, Failure> {
    let part = params::files(call, "file").next().ok_or_else(|| {
        Failure::invalid("no logo was sent; send an image as the form field 'file'")
    })?;
    let name = params::form_text(call, "CustomName")
        .ok_or_else(|| Failure::invalid("CustomName is required: what the branding is called"))?;
    let created = world.write(call, |session| {
        let mut fields = keep_logo(session, part)?;
        fields.insert("Name".to_owned(), name.into());
        let object = object();
        session.records(&object).create(&fields)
    })?;
    Ok(Answer::json(StatusCode::CREATED, shown(&created)))
}

/// `GET /v1/CustomBranding`: by name.
pub(super) fn list(world: &World, call: &Call) -> Result<Answer, Failure> {
    let wanted = params::text(call, "customName").unwrap_or_default();
    let found = called(world, &object(), "Name", wanted)?;
    let entries = found.iter().map(shown).collect();
    let answer = list_answer(call, entries, "OK".into())?;
    Ok(Answer::json(StatusCode::OK, answer))
}

/// `GET /v1/CustomBranding/{id}`.
pub(super) fn get(world: &World, call: &Call) -> Result<Answer, Failure> {
    let branding = world.store.read(|tx| find(tx, call))?;
    let answer = json!({
        "errors": [], "debugInfo": null, "isSuccess": true, "isFailure": false, "data": shown(&branding.record),
    });
    Ok(Answer::json(StatusCode::OK, answer))
}

/// `PATCH /v1/CustomBranding/{id}`: the logo, the name, or both.
pub(super) fn update(world: &World, call: &Call) -> Result<Answer, Failure> {
    let logo = params::files(call, "Logo").next();
    let name = params::form_text(call, "CustomName");
    let changed = world.write(call, |session| {
        let object = object();
        let branding = find(session.tx, call)?;
        let mut fields = Record::new();
        if let Some(logo) = logo {
            forget_logo(session, &branding)?;
            fields = keep_logo(session, logo)?;
        }
        if let Some(name) = name {
            fields.insert("Name".to_owned(), name.into());
        }
        session.records(&object).change(branding, &fields)
    })?;
    Ok(Answer::json(StatusCode::OK, shown(&changed)))
}

/// `DELETE /v1/CustomBranding/{id}`.
pub(super) fn delete(world: &World, call: &Call) -> Result<Answer, Failure> {
    world.write(call, |session| {
        let object = object();
        let id = call.path_param("id").unwrap_or_default();
        forget_logo(session, &find(session.tx, call)?)?;
        session.records(&object).delete(By::Id, id, Removal::Soft)
    })?;
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}

/// `GET /v1/CustomBranding/{id}/download`: the logo.
pub(super) fn download(world: &World, call: &Call) -> Result<Answer, Failure> {
    world.store.read(|tx| {
        let branding = find(tx, call)?;
        let file = text(&branding.record, "FileId").unwrap_or_default();
        let file = files::find(tx, file)?.ok_or_else(|| missing(call, BRANDING))?;
        files::download::answer(tx, &call.headers, &file)
    })
}

fn keep_logo(session: &Session<'_>, part: &Part) -> Result<Record, Failure> {
    let name = FileName::new(part.file_name.as_deref().unwrap_or_default())?;
    let media = name.media_type(part.content_type.as_deref());
    if !media.starts_with("image/") {
        return Err(Failure::invalid(format!(
            "'{}' is no image; send a PNG, JPEG, GIF or SVG",
            name.as_str()
        )));
    }
    let file = files::add(session.tx, &name, part.content_type.as_deref(), &part.bytes)?;
    let fields = json!({"FileId": file.id, "MediaType": file.media_type, "FileName": file.name});
    Ok(fields.as_object().cloned().unwrap_or_default())
}

fn forget_logo(session: &Session<'_>, branding: &Stored) -> Result<(), Failure> {
    if let Some(file) = text(&branding.record, "FileId") {
        files::remove(session.tx, file)?;
    }
    Ok(())
}

fn find(tx: &Transaction<'_>, call: &Call) -> Result<Stored, Failure> {
    named(tx, call, &object(), BRANDING)
}

fn object() -> Object {
    Object::internal("CustomBranding")
}

/// The published `CustomBrandingEntity`. The logo is downloaded by a call of its own.
fn shown(branding: &Record) -> Value {
    json!({
        "id": branding.get("Id"),
        "logoMimeType": branding.get("MediaType"),
        "logoPath": branding.get("FileName"),
        "customName": branding.get("Name"),
        "lastModifiedDate": branding.get("ModifiedDate"),
        "logoImage": null,
        "logoFileContent": null,
    })
}
