//! The related lists of a contract: records of another object that name it as their `Agreement`.

use serde_json::Value;

use super::collection::Collection;
use super::contract::{self, outcomes};
use super::query;
use crate::failure::Failure;
use crate::records::objects::Object;
use crate::records::store::{self, Record};
use crate::request::{Answer, Call};
use crate::services::World;
use crate::services::reply::{params, success};

/// The objects of the platform that have a related list here, beside custom objects. Those with calls of their own are
/// written by these.
pub(super) const OBJECTS: [&str; 3] = [
    "AgreementDocument",
    "AgreementLineItem",
    "AgreementTermException",
];

/// `POST contracts/{contractId}/{objectName}`.
pub(super) fn create(world: &World, call: &Call) -> Result<Answer, Failure> {
    let list = list(world, call)?;
    let rows = params::rows(call)?;
    let records = world.write(call, |session| {
        let added = rows.iter().map(|row| {
            let row = object(row)?.clone();
            list.add(session, row).map(Value::from)
        });
        added.collect::<Result<Value, Failure>>()
    })?;
    Ok(success(records))
}

/// `PUT contracts/{contractId}/{objectName}`: every row names its record.
pub(super) fn update_many(world: &World, call: &Call) -> Result<Answer, Failure> {
    let list = list(world, call)?;
    let rows = params::rows(call)?;
    let records = world.write(call, |session| {
        let changed = rows.iter().map(|row| {
            let row = object(row)?;
            let id = store::text(row, "Id").filter(|id| !id.is_empty());
            let id = id.ok_or_else(|| Failure::invalid("every record needs its Id"))?;
            list.update(session, id, row).map(Value::from)
        });
        changed.collect::<Result<Value, Failure>>()
    })?;
    Ok(success(records))
}

/// `DELETE contracts/{contractId}/{objectName}`: the named ones, or all; the outcome of each.
pub(super) fn delete_many(world: &World, call: &Call) -> Result<Answer, Failure> {
    let list = list(world, call)?;
    let row = params::row(call)?;
    let all = row.get("DeleteAll") == Some(&Value::Bool(true));
    let ids = row.get("ObjectIds").and_then(Value::as_array);
    let outcomes = world.write(call, |session| match ids {
        _ if all => {
            let gone = list.clear(session)?.into_iter();
            Ok(gone.map(|id| (id, Value::from("Success"))).collect())
        }
        Some(ids) if !ids.is_empty() => outcomes(ids, |id| list.delete(session, id)),
        _ => Err(Failure::invalid(
            "ObjectIds is required, unless DeleteAll is true",
        )),
    })?;
    Ok(success(outcomes))
}

/// `POST contracts/{contractId}/{objectName}/query`.
pub(super) fn query(world: &World, call: &Call) -> Result<Answer, Failure> {
    query::answer(world, call, &list(world, call)?)
}

/// `GET contracts/{contractId}/{objectName}/{objectId}`.
pub(super) fn get(world: &World, call: &Call) -> Result<Answer, Failure> {
    let list = list(world, call)?;
    let found = world.store.read(|tx| list.find(tx, id_of(call)))?;
    Ok(success(found.record.into()))
}

/// `PUT contracts/{contractId}/{objectName}/{objectId}`.
pub(super) fn update(world: &World, call: &Call) -> Result<Answer, Failure> {
    let list = list(world, call)?;
    let row = params::row(call)?;
    let record = world.write(call, |session| list.update(session, id_of(call), row))?;
    Ok(success(record.into()))
}

/// `DELETE contracts/{contractId}/{objectName}/{objectId}`.
pub(super) fn delete(world: &World, call: &Call) -> Result<Answer, Failure> {
    let list = list(world, call)?;
    world.write(call, |session| list.delete(session, id_of(call)))?;
    Ok(success(true.into()))
}

/// The related list that a call's path names.
fn list(world: &World, call: &Call) -> Result<Collection, Failure> {
    let name = call.path_param("objectName").unwrap_or_default();
    let object = match OBJECTS.iter().find(|object| **object == name) {
        Some(object) => Object::internal(object),
        None => Object::custom(name).map_err(|_| {
            Failure::not_found(format!(
                "contracts have no related list of '{name}'; there are {} and those of custom objects, whose names end \
                 in _c",
                OBJECTS.join(", ")
            ))
        })?,
    };
    let object = world.store.read(|tx| {
        contract::of_call(tx, call)?;
        Ok::<_, Failure>(object.defined(tx)?)
    })?;
    Ok(Collection::of(object).owned("Agreement", contract::id_of(call)))
}

fn id_of(call: &Call) -> &str {
    call.path_param("objectId").unwrap_or_default()
}

fn object(row: &Value) -> Result<&Record, Failure> {
    row.as_object()
        .ok_or_else(|| Failure::invalid("each row is a JSON object: one record"))
}
