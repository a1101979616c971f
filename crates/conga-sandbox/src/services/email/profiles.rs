//! Profiles: whom mail comes from.

use axum::http::StatusCode;
use rusqlite::Transaction;
use serde_json::Value;

use super::sending;
use crate::failure::Failure;
use crate::mail::MailAddress;
use crate::records::objects::Object;
use crate::records::selection::Selection;
use crate::records::store::{By, Record, Removal, Stored, text};
use crate::request::{Answer, Call};
use crate::services::World;
use crate::services::reply::{Reply, params};

/// `POST /email-profiles`.
pub(super) fn create(world: &World, call: &Call) -> Result<Answer, Failure> {
    let row = params::row(call)?;
    let created = world.write(call, |session| {
        check(session.tx, row, None)?;
        let object = object();
        session.records(&object).create(row)
    })?;
    Ok(Reply::new(StatusCode::CREATED, Value::Object(created)).into_answer())
}

/// `GET /email-profiles/{name}`.
pub(super) fn get(world: &World, call: &Call) -> Result<Answer, Failure> {
    let profile = world.store.read(|tx| existing(tx, name_of(call)))?;
    Ok(Reply::new(StatusCode::OK, Value::Object(profile.record)).into_answer())
}

/// `PUT /email-profiles/{name}`.
pub(super) fn update(world: &World, call: &Call) -> Result<Answer, Failure> {
    let row = params::row(call)?;
    world.write(call, |session| {
        let profile = existing(session.tx, name_of(call))?;
        let mut whole = profile.record.clone();
        whole.extend(row.clone());
        check(session.tx, &whole, text(&profile.record, "Id"))?;
        let object = object();
        session.records(&object).change(profile, row)
    })?;
    Ok(Reply::new(StatusCode::OK, true.into()).into_answer())
}

/// `DELETE /email-profiles/{name}`.
pub(super) fn delete(world: &World, call: &Call) -> Result<Answer, Failure> {
    let id = world.write(call, |session| {
        let profile = existing(session.tx, name_of(call))?;
        let id = text(&profile.record, "Id").unwrap_or_default();
        let object = object();
        session.records(&object).delete(By::Id, id, Removal::Soft)?;
        Ok::<_, Failure>(id.to_owned())
    })?;
    Ok(Reply::new(StatusCode::OK, id.into()).into_answer())
}

/// The sender that a profile stands for.
///
/// # Errors
///
/// 400 if there is no profile of that name.
pub(super) fn sender(tx: &Transaction<'_>, name: &str) -> Result<MailAddress, Failure> {
    let profile = find(tx, name)?.ok_or_else(|| {
        Failure::invalid(format!(
            "EmailProfileName: there is no profile '{name}'; create it, or name another"
        ))
    })?;
    let field = |field| text(&profile.record, field).map(str::to_owned);
    Ok(MailAddress::new(
        field("EmailAddress").unwrap_or_default(),
        field("DisplayName"),
    ))
}

/// Profiles.
pub(super) fn object() -> Object {
    Object::internal("EmailProfile")
}

fn check(tx: &Transaction<'_>, row: &Record, own_id: Option<&str>) -> Result<(), Failure> {
    let name = text(row, "Name").unwrap_or_default();
    if name.trim().is_empty() {
        return Err(Failure::invalid(
            "Name is required: what the profile is called",
        ));
    }
    let address = text(row, "EmailAddress").unwrap_or_default();
    sending::check_sender("EmailAddress", address)?;
    match find(tx, name)? {
        Some(other) if text(&other.record, "Id") != own_id => Err(Failure::invalid(format!(
            "another profile is named '{name}'; names are unique"
        ))),
        _ => Ok(()),
    }
}

fn name_of(call: &Call) -> &str {
    call.path_param("name").unwrap_or_default()
}

fn existing(tx: &Transaction<'_>, name: &str) -> Result<Stored, Failure> {
    find(tx, name)?
        .ok_or_else(|| Failure::not_found(format!("there is no e-mail profile '{name}'")))
}

fn find(tx: &Transaction<'_>, name: &str) -> Result<Option<Stored>, Failure> {
    let object = object();
    let mut named = Selection::new(&object, "")?
        .having("Name", &[name])?
        .all(tx)?;
    Ok(named.pop())
}
