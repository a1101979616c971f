//! The Schema Manager service: what objects there are, and what their records hold.
//!
//! What it defines holds at once for the records of the Data service; see [`crate::records::definitions`] for the rules.
//!
//! | room | what lives there |
//! |---|---|
//! | [`objects`] | objects: list, create, change, deprecate, share |
//! | [`fields`] | fields, their indexes and dependencies |
//! | [`complex`] | fields that are made of fields |
//! | [`picklists`] | picklists, their entries, record types |
//! | [`dependent`] | picklists that depend on another field |
//! | [`translations`] | names in other languages |
//! | [`archive`] | export and import as ZIP |
//! | [`formulas`] | functions and expressions of calculated fields |
//!
//! # Assumed
//!
//! Published are the operations, their fields, the longest names, that custom names end in `_c`, that entries of a picklist
//! have increasing sequences, and that only a field without data is deleted. All else is assumed:
//!
//! *Names.* `_c` is put behind the name of a custom object or field that lacks it. Names keep their case and are unique without
//! regard to it. Names of picklists are letters, digits and underscores, at most 50.
//!
//! *Objects.* Every object has the fields of every record and a picklist `RecordType`. An object that has records though
//! nobody defined it is shown with those fields, and takes any others until its first field is defined.
//! Sharing is off for an object made here. A deprecated object takes no new records, a deprecated field or entry no new
//! values; what is stored stays. What belongs to the platform is never deprecated or deleted.
//!
//! *Changes.* A request changes the properties it names; null and what it leaves out stay as they are. A field can
//! become unique only if its values are. Calls without a documented answer give `true`.
//!
//! *Fields.* Lookups to the standard and to custom objects are followed when records are written: the record must exist and fit
//! the lookup's criteria, and its `Name` is filled in. Texts have a greatest length only where one is given. Uniqueness is
//! without regard to case. A criteria may ask for indexed or unique fields, a sort also for sortable ones.
//! Rollup, alias and calculated fields can be defined, but nothing is computed: they stay empty.
//!
//! *Languages.* Any locale such as `en-US` is supported; what is not translated keeps its own name.

mod archive;
mod complex;
mod dependent;
mod fields;
mod formulas;
mod objects;
mod picklists;
mod translations;

#[cfg(test)]
mod tests;

use axum::http::StatusCode;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::reply::{Reply, params};
use super::{Basis, Behaviour, Service, Session, World};
use crate::failure::Failure;
use crate::records::definitions::{Definition, table};
use crate::records::store::Record;
use crate::request::{Answer, Call};

pub(super) const SERVICE: Service = Service {
    id: "schema-manager",
    behaviours: &[
        objects::BEHAVIOUR,
        fields::BEHAVIOUR,
        complex::BEHAVIOUR,
        picklists::BEHAVIOUR,
        dependent::BEHAVIOUR,
        translations::BEHAVIOUR,
        archive::BEHAVIOUR,
        formulas::BEHAVIOUR,
    ],
};

/// Why a behaviour of this service is marked assumed.
const ASSUMED: Basis = Basis::Assumed(
    "defaults, names, answers without a documented body: see services/schema_manager/mod.rs",
);

/// The definition of the object that the path names.
fn defined(world: &World, call: &Call) -> Result<Definition, Failure> {
    let name = path(call, "objectName");
    let found = world.store.read(|tx| table::find(tx, name))?;
    found.ok_or_else(|| unknown_object(name))
}

/// Changes the definition of the object that the path names; what `work` gives is answered with this status.
fn change(
    world: &World,
    call: &Call,
    status: StatusCode,
    work: impl FnOnce(&Session<'_>, &mut Definition) -> Result<Value, Failure>,
) -> Result<Answer, Failure> {
    let name = path(call, "objectName");
    let data = world.write(call, |session| {
        let found = table::find(session.tx, name)?;
        let mut definition = found.ok_or_else(|| unknown_object(name))?;
        let data = work(session, &mut definition)?;
        keep(session, &mut definition)?;
        Ok(data)
    })?;
    Ok(Reply::new(status, data).into_answer())
}

/// Stores a definition that the caller has made or changed.
fn keep(session: &Session<'_>, definition: &mut Definition) -> Result<(), Failure> {
    if definition.created_date.is_none() {
        definition.created_by = session.author.clone();
        definition.created_date = Some(session.date());
    }
    definition.modified_by = session.author.clone();
    definition.modified_date = Some(session.date());
    Ok(table::save(session.tx, definition)?)
}

fn unknown_object(name: &str) -> Failure {
    Failure::not_found(format!(
        "no object is named '{name}'; names keep their case, and those of custom objects end in _c"
    ))
}

fn path<'a>(call: &'a Call, name: &str) -> &'a str {
    call.path_param(name).unwrap_or_default()
}

/// A thing with the properties of the body that the request may give; null counts as not given.
fn with<T: Serialize + DeserializeOwned>(
    thing: &T,
    body: &Record,
    taken: &[&str],
) -> Result<T, Failure> {
    let mut value = serde_json::to_value(thing).unwrap_or_default();
    if let Some(properties) = value.as_object_mut() {
        for name in taken {
            if let Some(given) = body.get(*name).filter(|given| !given.is_null()) {
                properties.insert((*name).to_owned(), given.clone());
            }
        }
    }
    serde_json::from_value(value)
        .map_err(|error| Failure::invalid(format!("not what the operation takes: {error}")))
}

/// The objects of a list in the body.
fn list<'a>(body: &'a Record, name: &str) -> impl Iterator<Item = &'a Record> {
    let list = body.get(name).and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_object)
}

/// The objects of a body that is a list with something in it.
fn rows(call: &Call) -> Result<Vec<&Record>, Failure> {
    let rows = params::rows(call)?.iter();
    rows.map(|row| {
        row.as_object()
            .ok_or_else(|| Failure::invalid("every entry of the body is an object"))
    })
    .collect()
}

/// A text of the body that must be there.
fn required<'a>(body: &'a Record, name: &str) -> Result<&'a str, Failure> {
    let text = body.get(name).and_then(Value::as_str).map(str::trim);
    text.filter(|text| !text.is_empty())
        .ok_or_else(|| Failure::invalid(format!("{name} is required")))
}

/// An answer with what a thing looks like.
fn shown(thing: &impl Serialize) -> Value {
    serde_json::to_value(thing).unwrap_or_default()
}
