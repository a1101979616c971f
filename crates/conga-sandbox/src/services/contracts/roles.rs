//! Team roles: what the members of a team may do.

use rusqlite::Transaction;
use serde_json::{Value, json};

use super::collection::{Collection, lookup};
use super::contract::outcomes;
use super::{fields, query};
use crate::failure::Failure;
use crate::records::objects::Object;
use crate::records::store::{self, Record};
use crate::request::{Answer, Call};
use crate::services::reply::{params, success};
use crate::services::{Session, World};

/// `POST teamroles`.
pub(super) fn create(world: &World, call: &Call) -> Result<Answer, Failure> {
    let mut row = params::row(call)?.clone();
    fields::require(&row, &["Name"])?;
    row.insert("IsSeeded".to_owned(), false.into());
    for (name, value) in [
        ("Description", Value::Null),
        ("Action", json!([])),
        ("IsActive", json!(true)),
    ] {
        row.entry(name).or_insert(value);
    }
    let role = world.write(call, |session| roles().add(session, row))?;
    Ok(success(role.into()))
}

/// `GET teamroles/{teamRoleId}`.
pub(super) fn get(world: &World, call: &Call) -> Result<Answer, Failure> {
    let found = world.store.read(|tx| roles().find(tx, id_of(call)))?;
    Ok(success(found.record.into()))
}

/// `PUT teamroles/{teamRoleId}`.
pub(super) fn update(world: &World, call: &Call) -> Result<Answer, Failure> {
    let mut row = params::row(call)?.clone();
    row.remove("IsSeeded");
    if row.contains_key("Name") {
        fields::require(&row, &["Name"])?;
    }
    let role = world.write(call, |session| roles().update(session, id_of(call), &row))?;
    Ok(success(role.into()))
}

/// `DELETE teamroles/{teamRoleId}`.
pub(super) fn delete(world: &World, call: &Call) -> Result<Answer, Failure> {
    world.write(call, |session| remove(session, id_of(call)))?;
    Ok(success(true.into()))
}

/// `DELETE teamroles`: the outcome of each id.
pub(super) fn delete_many(world: &World, call: &Call) -> Result<Answer, Failure> {
    let ids = params::rows(call)?;
    let outcomes = world.write(call, |session| outcomes(ids, |id| remove(session, id)))?;
    Ok(success(outcomes))
}

/// `POST teamroles/query`.
pub(super) fn query(world: &World, call: &Call) -> Result<Answer, Failure> {
    query::answer(world, call, &roles())
}

/// The role with this id, as a lookup, if a member may have it.
pub(super) fn find(tx: &Transaction<'_>, role: &str) -> Result<Value, Failure> {
    let found = roles().find(tx, role).map_err(|failure| match failure {
        Failure::NotFound(_) => Failure::invalid(format!("no team role has the Id '{role}'")),
        failure => failure,
    })?;
    if found.record.get("IsActive") == Some(&Value::Bool(false)) {
        return Err(Failure::invalid(format!(
            "the team role '{role}' is not active; activate it or take another"
        )));
    }
    Ok(lookup(&found.record))
}

/// The ids of the active roles that allow an action.
pub(super) fn allowing(tx: &Transaction<'_>, action: &str) -> Result<Vec<String>, Failure> {
    let found = roles().all(tx)?.into_iter().filter(|role| {
        let actions = role.record.get("Action").and_then(Value::as_array);
        let mut actions = actions.into_iter().flatten().filter_map(Value::as_str);
        role.record.get("IsActive") != Some(&Value::Bool(false))
            && actions.any(|one| is_same_action(one, action))
    });
    Ok(found
        .filter_map(|role| store::text(&role.record, "Id").map(str::to_owned))
        .collect())
}

/// Whether two words name one action. The spelling varies in the reference: `SendForReview`, `Send for Review` and
/// `SEND_FOR_REVIEW` are one.
pub(super) fn is_same_action(one: &str, other: &str) -> bool {
    letters(one) == letters(other)
}

/// All team roles.
pub(super) fn roles() -> Collection {
    Collection::of(Object::internal("TeamRole"))
}

fn id_of(call: &Call) -> &str {
    call.path_param("teamRoleId").unwrap_or_default()
}

fn remove(session: &Session<'_>, role: &str) -> Result<(), Failure> {
    let found: Record = roles().find(session.tx, role)?.record;
    if found.get("IsSeeded") == Some(&Value::Bool(true)) {
        return Err(Failure::invalid(format!(
            "the team role '{role}' belongs to the platform and stays; deactivate it instead"
        )));
    }
    roles().delete(session, role)
}

fn letters(action: &str) -> String {
    let letters = action.chars().filter(|c| c.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}
