//! Solutions and their drafts: one kind of record, whose `status` tells them apart.

use axum::http::StatusCode;
use rusqlite::Transaction;
use serde_json::{Map, Value, json};

use super::{called, list_answer, missing, named};
use crate::failure::Failure;
use crate::records::objects::Object;
use crate::records::selection::Selection;
use crate::records::store::{By, Record, Removal, Stored, text};
use crate::request::{Answer, Call};
use crate::services::World;
use crate::services::reply::params;

/// What callers know a solution as, a draft too.
const SOLUTION: &str = "solution";

const DRAFT: &str = "Draft";
const COMPLETE: &str = "Complete";

/// `POST /v1/Solution`: the solution.
pub(super) fn create(world: &World, call: &Call) -> Result<Answer, Failure> {
    let created = add(world, call, COMPLETE)?;
    Ok(Answer::json(StatusCode::CREATED, shown(created)))
}

/// `POST /v1/Draft`. The text promises the draft's id; it stands in `data`, beside what the schema has.
pub(super) fn create_draft(world: &World, call: &Call) -> Result<Answer, Failure> {
    let status = params::row(call)?.get("status").and_then(Value::as_str);
    if status != Some(DRAFT) {
        return Err(Failure::invalid("the status of a draft is 'Draft'"));
    }
    let created = add(world, call, DRAFT)?;
    let id = created.get("Id").cloned().unwrap_or_default();
    Ok(Answer::json(StatusCode::CREATED, composed(id)))
}

/// `GET /v1/Draft/{id}`.
pub(super) fn get_draft(world: &World, call: &Call) -> Result<Answer, Failure> {
    let draft = world.store.read(|tx| find(tx, call))?;
    if text(&draft.record, "status") != Some(DRAFT) {
        return Err(missing(call, SOLUTION));
    }
    Ok(Answer::json(
        StatusCode::OK,
        composed(draft_view(shown(draft.record))),
    ))
}

/// `GET /v1/Solution`: by name.
pub(super) fn list(world: &World, call: &Call) -> Result<Answer, Failure> {
    let wanted = params::text(call, "searchName").unwrap_or_default();
    let found = called(world, &object(), "name", wanted)?;
    let entries = found.into_iter().map(shown).collect();
    let answer = list_answer(call, entries, 200.into())?;
    Ok(Answer::json(StatusCode::OK, answer))
}

/// `GET /v1/Solution/{id}`.
pub(super) fn get(world: &World, call: &Call) -> Result<Answer, Failure> {
    let solution = world.store.read(|tx| find(tx, call))?;
    Ok(Answer::json(StatusCode::OK, shown(solution.record)))
}

/// `PATCH /v1/Solution/{id}`: the fields that are given.
pub(super) fn update(world: &World, call: &Call) -> Result<Answer, Failure> {
    let fields = stored(params::row(call)?);
    let changed = world.write(call, |session| {
        let object = object();
        let records = session.records(&object);
        records.check(&fields)?;
        records.change(find(session.tx, call)?, &fields)
    })?;
    Ok(Answer::json(StatusCode::OK, shown(changed)))
}

/// `DELETE /v1/Solution/{id}`.
pub(super) fn delete(world: &World, call: &Call) -> Result<Answer, Failure> {
    let id = call.path_param("id").unwrap_or_default();
    world.write(call, |session| {
        find(session.tx, call)?;
        let object = object();
        session.records(&object).delete(By::Id, id, Removal::Soft)
    })?;
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}

/// `POST /v1/Migration/RunSolutionStatusFix`: drafts that have templates and outputs are finished.
pub(super) fn fix_statuses(world: &World, call: &Call) -> Result<Answer, Failure> {
    world.write(call, |session| {
        let object = object();
        let drafts = Selection::new(&object, "")?
            .having("status", &[DRAFT])?
            .all(session.tx)?;
        let complete = json!({"status": COMPLETE});
        let complete = complete.as_object().cloned().unwrap_or_default();
        let has = |record: &Record, name: &str| {
            let list = record.get(name).and_then(Value::as_array);
            list.is_some_and(|list| !list.is_empty())
        };
        for draft in drafts {
            if has(&draft.record, "templates") && has(&draft.record, "outputBehaviors") {
                session.records(&object).change(draft, &complete)?;
            }
        }
        Ok::<_, Failure>(())
    })?;
    Ok(Answer::json(StatusCode::OK, composed(Value::Null)))
}

fn add(world: &World, call: &Call, status: &str) -> Result<Record, Failure> {
    let mut fields = stored(params::row(call)?);
    if text(&fields, "name").is_none_or(str::is_empty) {
        return Err(Failure::invalid(
            "name is required: what the solution is called",
        ));
    }
    fields.remove("Id");
    fields.insert("status".to_owned(), status.into());
    world.write(call, |session| {
        let object = object();
        session.records(&object).create(&fields)
    })
}

fn find(tx: &Transaction<'_>, call: &Call) -> Result<Stored, Failure> {
    named(tx, call, &object(), SOLUTION)
}

fn object() -> Object {
    Object::internal("ComposerSolution")
}

/// The fields as they are stored: as sent, but for those that every record has.
fn stored(fields: &Record) -> Record {
    let own = |name: &str| {
        !matches!(
            name,
            "id" | "createdDate"
                | "createdBy"
                | "modifiedDate"
                | "modifiedBy"
                | "isDeleted"
                | "congaOrgId"
        )
    };
    let fields = fields.iter().filter(|(name, _)| own(name));
    fields
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// A solution as callers see it: all in camel case.
fn shown(record: Record) -> Value {
    let mut fields = Map::new();
    for (name, value) in record {
        let name = match name.as_str() {
            "Id" => "id".to_owned(),
            "CreatedDate" => "createdDate".to_owned(),
            "ModifiedDate" => "modifiedDate".to_owned(),
            "CreatedBy" | "ModifiedBy" => {
                let lookup = json!({"id": value.get("Id"), "name": value.get("Name")});
                let name = if name == "CreatedBy" {
                    "createdBy"
                } else {
                    "modifiedBy"
                };
                fields.insert(name.to_owned(), lookup);
                continue;
            }
            "Name" | "ExternalId" | "ETag" => continue,
            _ => name,
        };
        fields.insert(name, value);
    }
    fields.insert("isDeleted".to_owned(), false.into());
    Value::Object(fields)
}

/// The published `ComposerSolution` of a draft types some fields otherwise than what was sent; those are left out.
fn draft_view(mut solution: Value) -> Value {
    if let Some(fields) = solution.as_object_mut() {
        for name in [
            "outputBehaviors",
            "deliveryOptions",
            "highVolumeDeliveryOptions",
        ] {
            fields.remove(name);
        }
    }
    solution
}

/// The published `ComposerResponse` around `data`.
fn composed(data: Value) -> Value {
    json!({"errors": [], "debugInfo": null, "isSuccess": true, "isFailure": false, "data": data})
}
