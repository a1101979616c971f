//! Categories: folders of templates.

use axum::http::StatusCode;
use rusqlite::Transaction;
use serde_json::{Value, json};

use super::{listing, templates};
use crate::failure::Failure;
use crate::records::objects::Object;
use crate::records::selection::Selection;
use crate::records::store::{self, By, Record, Removal, text};
use crate::records::writer::missing;
use crate::request::{Answer, Call};
use crate::services::reply::{Reply, params};
use crate::services::{Session, World};

/// The one type of categories that this service has, as published.
const TYPE: &str = "EmailTemplate";

/// Categories lie in each other at most this deep.
const MAX_DEPTH: usize = 32;

/// `GET /email-template-categories`.
pub(super) fn list(world: &World, call: &Call) -> Result<Answer, Failure> {
    let object = object();
    world.store.read(|tx| {
        let mut selection = Selection::new(&object, "")?;
        if let Some(parent) = params::text(call, "parentId") {
            selection = selection.having("ParentId", &[parent])?;
        }
        listing::answer(
            tx,
            call,
            selection,
            "CategoryType",
            "EmailTemplateCategories",
        )
    })
}

/// `POST /email-template-categories`.
pub(super) fn create(world: &World, call: &Call) -> Result<Answer, Failure> {
    let row = params::row(call)?;
    let created = world.write(call, |session| {
        check(session.tx, row, None)?;
        let mut row = row.clone();
        let owner = session.author.get("Id").cloned().unwrap_or_default();
        row.entry("OwnerId").or_insert(owner);
        let object = object();
        session.records(&object).create(&row)
    })?;
    Ok(Reply::new(StatusCode::OK, Value::Object(created)).into_answer())
}

/// `GET /email-template-categories/{id}`.
pub(super) fn get(world: &World, call: &Call) -> Result<Answer, Failure> {
    let id = id_of(call);
    let found = world
        .store
        .read(|tx| store::find(tx, object().name(), By::Id, id))?;
    let category = found.ok_or_else(|| missing(&object(), By::Id, id))?;
    Ok(Reply::new(StatusCode::OK, Value::Object(category.record)).into_answer())
}

/// `PUT /email-template-categories/{id}`. Its templates follow a new name.
pub(super) fn update(world: &World, call: &Call) -> Result<Answer, Failure> {
    let row = params::row(call)?;
    world.write(call, |session| {
        let object = object();
        let records = session.records(&object);
        let category = records.existing(By::Id, id_of(call))?;
        check(session.tx, row, Some(id_of(call)))?;
        let changed = records.change(category, row)?;
        rename_in_templates(session, &changed)
    })?;
    Ok(Reply::new(StatusCode::OK, true.into()).into_answer())
}

/// `DELETE /email-template-categories/{id}`.
pub(super) fn delete(world: &World, call: &Call) -> Result<Answer, Failure> {
    let id = id_of(call);
    world.write(call, |session| {
        let object = object();
        let records = session.records(&object);
        records.existing(By::Id, id)?;
        let within = Selection::new(&object, "")?.having("ParentId", &[id])?;
        let (categories, templates) = (
            within.count(session.tx)?,
            templates::in_category(&templates::object(), id)?.count(session.tx)?,
        );
        if categories + templates > 0 {
            return Err(Failure::conflict(format!(
                "the category holds {templates} templates and {categories} categories; move or delete them first"
            )));
        }
        records.delete(By::Id, id, Removal::Soft)
    })?;
    Ok(Reply::new(StatusCode::OK, id.into()).into_answer())
}

/// The category that a template names, as a lookup with its name.
///
/// # Errors
///
/// 400 if there is none.
pub(super) fn lookup(tx: &Transaction<'_>, id: &str) -> Result<Value, Failure> {
    let found = store::find(tx, object().name(), By::Id, id)?;
    let category = found.ok_or_else(|| {
        Failure::invalid(format!(
            "EmailTemplateCategory: no category has the Id '{id}'; create it, or name another"
        ))
    })?;
    Ok(json!({"Id": id, "Name": category.record.get("Name")}))
}

/// The access types of categories and templates, as published.
pub(super) fn check_access(row: &Record) -> Result<(), Failure> {
    let access = text(row, "AccessType").unwrap_or_default();
    if matches!(access.to_ascii_lowercase().as_str(), "private" | "public") {
        return Ok(());
    }
    Err(Failure::invalid(format!(
        "AccessType is Private or Public, not '{access}'"
    )))
}

/// Categories.
pub(super) fn object() -> Object {
    Object::internal("EmailTemplateCategory")
}

fn check(tx: &Transaction<'_>, row: &Record, own_id: Option<&str>) -> Result<(), Failure> {
    if text(row, "Name").is_none_or(|name| name.trim().is_empty()) {
        return Err(Failure::invalid(
            "Name is required: what the category is called",
        ));
    }
    let kind = text(row, "CategoryType").unwrap_or_default();
    if !kind.eq_ignore_ascii_case(TYPE) {
        return Err(Failure::invalid(format!(
            "CategoryType is {TYPE} here, not '{kind}'"
        )));
    }
    check_access(row)?;
    let mut parent = text(row, "ParentId").unwrap_or_default().to_owned();
    for _ in 0..MAX_DEPTH {
        if parent.is_empty() {
            return Ok(());
        }
        if own_id == Some(parent.as_str()) {
            return Err(Failure::invalid(
                "ParentId: a category cannot lie in itself; name another, or none",
            ));
        }
        let found = store::find(tx, object().name(), By::Id, &parent)?;
        let found = found.ok_or_else(|| {
            Failure::invalid(format!("ParentId: no category has the Id '{parent}'"))
        })?;
        parent = text(&found.record, "ParentId")
            .unwrap_or_default()
            .to_owned();
    }
    Err(Failure::invalid(format!(
        "ParentId: categories lie in each other at most {MAX_DEPTH} deep"
    )))
}

fn rename_in_templates(session: &Session<'_>, category: &Record) -> Result<(), Failure> {
    let id = text(category, "Id").unwrap_or_default();
    let object = templates::object();
    let lookup = json!({"Id": id, "Name": category.get("Name")});
    for mut template in templates::in_category(&object, id)?.all(session.tx)? {
        template
            .record
            .insert("EmailTemplateCategory".to_owned(), lookup.clone());
        store::replace(session.tx, &template)?;
    }
    Ok(())
}

fn id_of(call: &Call) -> &str {
    call.path_param("id").unwrap_or_default()
}
