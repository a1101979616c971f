//! Templates, and the files that go with them.

use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use rusqlite::Transaction;
use serde_json::{Value, json};

use super::attachments::{self, EmailAttachment};
use super::{categories, listing};
use crate::failure::Failure;
use crate::files::{self, File, FileName};
use crate::records::objects::Object;
use crate::records::selection::Selection;
use crate::records::store::{self, By, Record, Removal, Stored, text};
use crate::records::writer::missing;
use crate::request::{Answer, Call};
use crate::services::reply::{Reply, params};
use crate::services::{Session, World, file_store};

/// The field that names a template's files.
const FILES: &str = "AttachmentFileNames";

/// The fields that the service sets itself.
const OWN: [&str; 2] = [FILES, "IsDeleted"];

/// `GET /email-templates`.
pub(super) fn list(world: &World, call: &Call) -> Result<Answer, Failure> {
    let object = object();
    let field = match params::text(call, "searchBy") {
        Some("CategoryId") => "EmailTemplateCategory.Id",
        _ => "AccessType",
    };
    let wanted = params::text(call, "searchValue").unwrap_or("private");
    world.store.read(|tx| {
        let selection = Selection::new(&object, "")?.having(field, &[wanted])?;
        page(tx, call, selection)
    })
}

/// `GET /email-templates/search`.
pub(super) fn search(world: &World, call: &Call) -> Result<Answer, Failure> {
    let object = object();
    let criteria = params::text(call, "criteria").unwrap_or_default();
    if criteria.trim().is_empty() {
        return Err(Failure::invalid(
            "criteria is required, as in Name CONTAINS 'quote'",
        ));
    }
    world
        .store
        .read(|tx| page(tx, call, Selection::new(&object, criteria)?))
}

/// `POST /email-templates`.
pub(super) fn create(world: &World, call: &Call) -> Result<Answer, Failure> {
    let row = params::row(call)?;
    for field in ["EmailTemplateCategory", "AccessType"] {
        if row.get(field).is_none_or(Value::is_null) {
            return Err(Failure::invalid(format!("{field} is required")));
        }
    }
    let created = world.write(call, |session| {
        let mut row = checked(session.tx, row)?;
        let owner = session.author.get("Id").cloned().unwrap_or_default();
        row.entry("OwnerId").or_insert(owner);
        row.entry("IsActive").or_insert(true.into());
        row.insert("IsDeleted".to_owned(), false.into());
        row.insert(FILES.to_owned(), Value::Null);
        let object = object();
        session.records(&object).create(&row)
    })?;
    Ok(Reply::new(StatusCode::OK, Value::Object(created)).into_answer())
}

/// `GET /email-templates/{id}`.
pub(super) fn get(world: &World, call: &Call) -> Result<Answer, Failure> {
    let template = world.store.read(|tx| existing(tx, id_of(call)))?;
    Ok(Reply::new(StatusCode::OK, Value::Object(template)).into_answer())
}

/// `PUT /email-templates/{id}`.
pub(super) fn update(world: &World, call: &Call) -> Result<Answer, Failure> {
    let row = params::row(call)?;
    world.write(call, |session| {
        let object = object();
        let records = session.records(&object);
        let template = records.existing(By::Id, id_of(call))?;
        records.change(template, &checked(session.tx, row)?)
    })?;
    Ok(Reply::new(StatusCode::OK, true.into()).into_answer())
}

/// `DELETE /email-templates/{id}`: with its files.
pub(super) fn delete(world: &World, call: &Call) -> Result<Answer, Failure> {
    let id = id_of(call);
    world.write(call, |session| {
        let object = object();
        let records = session.records(&object);
        let template = records.existing(By::Id, id)?;
        for name in file_names(&template.record) {
            file_store::take(session, &folder(id), name)?;
        }
        records.delete(By::Id, id, Removal::Soft)
    })?;
    Ok(Reply::new(StatusCode::OK, id.into()).into_answer())
}

/// `POST /email-templates/{id}/clone`: with its files.
pub(super) fn clone(world: &World, call: &Call) -> Result<Answer, Failure> {
    let cloned = world.write(call, |session| {
        let object = object();
        let records = session.records(&object);
        let template = existing(session.tx, id_of(call))?;
        let mut row = template.clone();
        for name in ["Id", "ExternalId"] {
            row.remove(name);
        }
        let cloned = records.create(&row)?;
        let id = text(&cloned, "Id").unwrap_or_default();
        for file in files(session.tx, session.now, &template)? {
            let copy = files::copy(session.tx, &file, &FileName::new(&file.name)?)?;
            file_store::put(session, &folder(id), &copy)?;
        }
        Ok::<_, Failure>(cloned)
    })?;
    Ok(Reply::new(StatusCode::OK, Value::Object(cloned)).into_answer())
}

/// `POST /email-templates/{id}`: one file more; it replaces the one of the same name.
pub(super) fn attach(world: &World, call: &Call) -> Result<Answer, Failure> {
    let attachment: EmailAttachment = params::read(call)?;
    let data = world.write(call, |session| {
        let object = object();
        let template = session.records(&object).existing(By::Id, id_of(call))?;
        let folder = folder(id_of(call));
        let kept = attachments::keep(session, std::slice::from_ref(&attachment))?;
        let mut names = owned_names(&template.record);
        for file in &kept {
            if file.name.contains(',') {
                return Err(Failure::invalid(format!(
                    "Name: '{}' has a comma; the names of a template's files are joined by commas",
                    file.name
                )));
            }
            file_store::put(session, &folder, file)?;
            names.retain(|name| *name != file.name);
            names.push(file.name.clone());
        }
        set_names(session, template, &names)?;
        let name = kept.first().map(|file| file.name.clone());
        Ok(json!({"FileName": name, "FilePath": folder, "SharedURI": null}))
    })?;
    Ok(Reply::new(StatusCode::OK, data).into_answer())
}

/// `DELETE /email-templates/{id}/{fileName}/delete`.
pub(super) fn detach(world: &World, call: &Call) -> Result<Answer, Failure> {
    let name = call.path_param("fileName").unwrap_or_default();
    let data = world.write(call, |session| {
        let object = object();
        let template = session.records(&object).existing(By::Id, id_of(call))?;
        let mut names = owned_names(&template.record);
        if !names.iter().any(|known| known == name) {
            return Err(Failure::not_found(format!(
                "the template has no attachment '{name}'"
            )));
        }
        let folder = folder(id_of(call));
        file_store::take(session, &folder, name)?;
        names.retain(|known| known != name);
        set_names(session, template, &names)?;
        Ok(deleted(&folder, name))
    })?;
    Ok(Reply::new(StatusCode::OK, data).into_answer())
}

/// `DELETE /email-templates/{id}/delete`: all of its files.
pub(super) fn detach_all(world: &World, call: &Call) -> Result<Answer, Failure> {
    let data = world.write(call, |session| {
        let object = object();
        let template = session.records(&object).existing(By::Id, id_of(call))?;
        let folder = folder(id_of(call));
        let names = owned_names(&template.record);
        for name in &names {
            file_store::take(session, &folder, name)?;
        }
        set_names(session, template, &[])?;
        Ok::<_, Failure>(names.iter().map(|name| deleted(&folder, name)).collect())
    })?;
    Ok(Reply::new(StatusCode::OK, data).into_answer())
}

/// The template with this id.
///
/// # Errors
///
/// 404 if there is none.
pub(super) fn existing(tx: &Transaction<'_>, id: &str) -> Result<Record, Failure> {
    let found = store::find(tx, object().name(), By::Id, id)?;
    let template = found.ok_or_else(|| missing(&object(), By::Id, id))?;
    Ok(template.record)
}

/// The template that a request names in its body.
///
/// # Errors
///
/// 400 if there is none.
pub(crate) fn named(tx: &Transaction<'_>, id: &str) -> Result<Record, Failure> {
    let found = store::find(tx, object().name(), By::Id, id)?;
    let template = found.ok_or_else(|| {
        Failure::invalid(format!(
            "EmailTemplateId: no e-mail template has the Id '{id}'; create it, or name another"
        ))
    })?;
    Ok(template.record)
}

/// The files of a template.
pub(super) fn files(
    tx: &Transaction<'_>,
    now: DateTime<Utc>,
    template: &Record,
) -> Result<Vec<File>, Failure> {
    let folder = folder(text(template, "Id").unwrap_or_default());
    let mut found = Vec::new();
    for name in file_names(template) {
        // One that was deleted through the File Store is gone from the template too.
        found.extend(file_store::file_at(tx, now, &format!("{folder}/{name}"))?);
    }
    Ok(found)
}

/// The templates of a category.
pub(super) fn in_category<'a>(
    object: &'a Object,
    category: &str,
) -> Result<Selection<'a>, Failure> {
    Selection::new(object, "")?.having("EmailTemplateCategory.Id", &[category])
}

/// Templates.
pub(super) fn object() -> Object {
    Object::internal("EmailTemplate")
}

/// A row that may be written; its category with its name.
fn checked(tx: &Transaction<'_>, row: &Record) -> Result<Record, Failure> {
    for field in ["Name", "Subject", "Body", "TemplateType"] {
        if text(row, field).is_none_or(|text| text.trim().is_empty()) {
            return Err(Failure::invalid(format!("{field} is required")));
        }
    }
    let mut row = row.clone();
    for field in OWN {
        row.remove(field);
    }
    if row.contains_key("AccessType") {
        categories::check_access(&row)?;
    }
    let category = row
        .get("EmailTemplateCategory")
        .filter(|lookup| !lookup.is_null());
    if let Some(category) = category {
        let id = category.get("Id").and_then(Value::as_str);
        let lookup = categories::lookup(tx, id.unwrap_or_default())?;
        row.insert("EmailTemplateCategory".to_owned(), lookup);
    }
    Ok(row)
}

fn page(tx: &Transaction<'_>, call: &Call, selection: Selection<'_>) -> Result<Answer, Failure> {
    let sort = "EmailTemplateCategory.Name";
    listing::answer(tx, call, selection, sort, "EmailTemplates")
}

fn set_names(session: &Session<'_>, template: Stored, names: &[String]) -> Result<(), Failure> {
    let joined = (!names.is_empty()).then(|| names.join(","));
    let mut row = Record::new();
    row.insert(FILES.to_owned(), joined.into());
    let object = object();
    session.records(&object).change(template, &row)?;
    Ok(())
}

fn file_names(template: &Record) -> impl Iterator<Item = &str> {
    let names = text(template, FILES).unwrap_or_default();
    names.split(',').filter(|name| !name.is_empty())
}

fn owned_names(template: &Record) -> Vec<String> {
    file_names(template).map(str::to_owned).collect()
}

/// The published `DeleteFileResponse`.
fn deleted(folder: &str, name: &str) -> Value {
    json!({"FileName": name, "FilePath": folder, "IsDeleted": true})
}

/// Where a template's files lie in the File Store.
fn folder(id: &str) -> String {
    format!("email-templates/{id}")
}

fn id_of(call: &Call) -> &str {
    call.path_param("id").unwrap_or_default()
}
