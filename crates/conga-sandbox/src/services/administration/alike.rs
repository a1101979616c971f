//! Records of an object: listed, created, read, updated, deleted, alike for every [`Family`].

use axum::http::{Method, StatusCode};
use rusqlite::Transaction;
use serde_json::{Value, json};

use super::BASE;
use super::families::CASCADES;
use crate::failure::Failure;
use crate::records::criteria::Criteria;
use crate::records::objects::Object;
use crate::records::selection::Selection;
use crate::records::store::{self, By, Record, Removal};
use crate::records::writer;
use crate::request::{Answer, Body, Call};
use crate::services::commerce::children::{Children, lookup};
use crate::services::commerce::fields;
use crate::services::commerce::listing::{Listing, names};
use crate::services::reply::params;
use crate::services::{Session, World};
use crate::specification::{Found, Specification};

/// The option groups below one.
const BELOW: Children = Children {
    object: "OptionGroup",
    owner: "Ancestor",
};

/// The products of a category.
const MEMBERS: Children = Children {
    object: "ProductCategory",
    owner: "Category",
};

/// A collection of records of one object.
#[derive(Debug)]
pub(super) struct Family {
    /// The collection's path below the service's base.
    pub(super) path: &'static str,
    /// The object.
    pub(super) object: &'static str,
    /// For a collection within a record: whose it is.
    pub(super) parent: Option<Parent>,
}

/// The record that a collection is within.
#[derive(Debug)]
pub(super) struct Parent {
    /// Its object.
    pub(super) object: &'static str,
    /// The lookup that leads to it.
    pub(super) field: &'static str,
}

/// How many records a call takes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub(super) create: usize,
    pub(super) delete: usize,
}

/// A call of a family's operation.
struct Calling<'a> {
    world: &'a World,
    call: &'a Call,
    family: &'static Family,
    object: Object,
    parent: Option<(&'static Parent, &'a str)>,
}

/// Carries out a call; which one it is follows from its method and path.
pub(super) fn carry_out(world: &World, call: &Call) -> Result<Answer, Failure> {
    let path = call.template.strip_prefix(BASE).unwrap_or(call.template);
    let collection = match path.rsplit_once('/') {
        Some((collection, last)) if last.eq_ignore_ascii_case("{id}") => Some(collection),
        _ => None,
    };
    let unknown = || Failure::not_found(format!("Administration does not know {}", call.operation));
    let family = Family::at(collection.unwrap_or(path)).ok_or_else(unknown)?;
    let parameter = |name: &str| {
        let mut all = call.path_params.iter();
        let found = all.find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map_or("", |(_, value)| value.as_str())
    };
    let calling = Calling {
        world,
        call,
        family,
        object: Object::internal(family.object),
        parent: family
            .parent
            .as_ref()
            .map(|parent| (parent, parameter("parentId"))),
    };
    match (collection, &call.method) {
        (None, &Method::GET) => calling.list(),
        (None, &Method::POST) => calling.create(),
        (None, &Method::PATCH) => calling.update_many(),
        (None, &Method::DELETE) => calling.delete_many(),
        (Some(_), &Method::GET) => calling.get(parameter("id")),
        (Some(_), &Method::PATCH) => calling.update(parameter("id")),
        (Some(_), &Method::DELETE) => calling.delete(parameter("id")),
        _ => Err(unknown()),
    }
}

impl Calling<'_> {
    fn list(&self) -> Result<Answer, Failure> {
        let mut listing = Listing::of(self.call, &self.object)?;
        if let Some((parent, id)) = self.parent {
            listing = listing.within(Criteria::is(parent.field, id));
        }
        self.world.store.read(|tx| {
            self.find_parent(tx)?;
            Ok(listing.page(tx)?.into_answer())
        })
    }

    fn get(&self, id: &str) -> Result<Answer, Failure> {
        let includes = names(self.call, "includes");
        self.world.store.read(|tx| {
            let mut record = self.find(tx, id)?;
            fields::expand(tx, &mut record, &includes)?;
            Ok(Answer::json(StatusCode::OK, Value::Object(record)))
        })
    }

    fn create(&self) -> Result<Answer, Failure> {
        let rows = params::rows(self.call)?;
        check_number(rows, self.family.limits().create, "created")?;
        let created = self.world.write(self.call, |session| {
            let parent = self.find_parent(session.tx)?;
            self.check_capacity(session, rows.len())?;
            writer::each_row(rows, |row| self.create_one(session, row, parent.as_ref()))
        })?;
        let created = created.into_iter().map(Value::Object).collect();
        Ok(Answer::json(documented_status(self.call), created))
    }

    fn update_many(&self) -> Result<Answer, Failure> {
        let rows = params::rows(self.call)?;
        check_number(rows, self.family.limits().create, "updated")?;
        self.check_types(self.call.path.as_str(), rows)?;
        let updated = self.world.write(self.call, |session| {
            self.find_parent(session.tx)?;
            writer::each_row(rows, |row| {
                let id = row.get("Id").and_then(Value::as_str).unwrap_or_default();
                if id.is_empty() {
                    return Err(Failure::invalid(
                        "Id is required: it names the record to update",
                    ));
                }
                self.update_one(session, id, record(row)?)
            })
        })?;
        let updated = updated.into_iter().map(Value::Object).collect();
        Ok(Answer::json(StatusCode::OK, updated))
    }

    fn update(&self, id: &str) -> Result<Answer, Failure> {
        let row = params::row(self.call)?;
        let collection = self.call.path.rsplit_once('/').map_or("", |(path, _)| path);
        self.check_types(collection, &[Value::Object(row.clone())])?;
        let updated = self
            .world
            .write(self.call, |session| self.update_one(session, id, row))?;
        Ok(Answer::json(StatusCode::OK, Value::Object(updated)))
    }

    fn delete(&self, id: &str) -> Result<Answer, Failure> {
        self.world
            .write(self.call, |session| self.delete_one(session, id))?;
        Ok(Answer::json(StatusCode::OK, outcome(id, None)))
    }

    fn delete_many(&self) -> Result<Answer, Failure> {
        let rows = params::rows(self.call)?;
        check_number(rows, self.family.limits().delete, "deleted")?;
        let outcomes = self.world.write(self.call, |session| {
            let each = rows.iter().map(|row| {
                let id = row.get("Id").and_then(Value::as_str).unwrap_or_default();
                match self.delete_one(session, id) {
                    Ok(()) => Ok(outcome(id, None)),
                    Err(Failure::Store(error)) => Err(Failure::Store(error)),
                    Err(failure) => Ok(outcome(id, Some(failure.messages().join("; ")))),
                }
            });
            each.collect::<Result<Value, Failure>>()
        })?;
        Ok(Answer::json(StatusCode::OK, outcomes))
    }

    fn create_one(
        &self,
        session: &Session<'_>,
        row: &Value,
        parent: Option<&Record>,
    ) -> Result<Record, Failure> {
        let mut row = record(row)?.clone();
        row.remove("Id");
        if let (Some((parent, _)), Some(record)) = (self.parent, parent) {
            row.insert(parent.field.to_owned(), lookup(record));
        }
        fields::complete(session.tx, &mut row)?;
        if self.family.object == "Category" {
            check_category(session.tx, &row)?;
        }
        session.records(&self.object).create(&row)
    }

    fn update_one(&self, session: &Session<'_>, id: &str, row: &Record) -> Result<Record, Failure> {
        self.find(session.tx, id)?;
        let mut row = row.clone();
        if let Some((parent, parent_id)) = self.parent
            && let Some(given) = row.remove(parent.field)
            && given.get("Id").is_some_and(|given| given != parent_id)
        {
            return Err(Failure::invalid(format!(
                "{} cannot be changed: the record stays with its {}",
                parent.field, parent.object
            )));
        }
        fields::complete(session.tx, &mut row)?;
        session.records(&self.object).update(By::Id, id, &row)
    }

    fn delete_one(&self, session: &Session<'_>, id: &str) -> Result<(), Failure> {
        self.find(session.tx, id)?;
        if self.family.object == "OptionGroup" {
            let whole = params::flag(self.call, "deleteHierarchy")?;
            return delete_option_group(session, id, whole);
        }
        delete_with_children(session, self.family.object, id)
    }

    /// The record with this id, within the parent.
    fn find(&self, tx: &Transaction<'_>, id: &str) -> Result<Record, Failure> {
        self.find_parent(tx)?;
        let missing = || writer::missing(&self.object, By::Id, id);
        let found = store::find(tx, self.object.name(), By::Id, id)?.ok_or_else(missing)?;
        match self.parent {
            Some((parent, id)) if fields::lookup_id(&found.record, parent.field) != Some(id) => {
                Err(missing())
            }
            _ => Ok(found.record),
        }
    }

    /// The record that the collection is within; `None` if it is within none.
    fn find_parent(&self, tx: &Transaction<'_>) -> Result<Option<Record>, Failure> {
        let Some((parent, id)) = self.parent else {
            return Ok(None);
        };
        match store::find(tx, parent.object, By::Id, id)? {
            Some(found) => Ok(Some(found.record)),
            None => Err(writer::missing(
                &Object::internal(parent.object),
                By::Id,
                id,
            )),
        }
    }

    fn check_capacity(&self, session: &Session<'_>, more: usize) -> Result<(), Failure> {
        let Some(most) = self.family.capacity() else {
            return Ok(());
        };
        let within = self
            .parent
            .map(|(parent, id)| Criteria::is(parent.field, id));
        let selection = Selection::matching(&self.object, within.into_iter().collect());
        let present = selection.count(session.tx)?.unsigned_abs();
        if present + more as u64 > most {
            return Err(Failure::invalid(format!(
                "there can be {most} records of {}, and there are {present}; delete some first",
                self.family.object
            )));
        }
        Ok(())
    }

    /// Checks the types of an update's fields: its own schema leaves them open, that of a new record does not.
    fn check_types(&self, collection: &str, rows: &[Value]) -> Result<(), Failure> {
        let specification = Specification::embedded();
        let Found::Operation(id, _) = specification.find("POST", collection) else {
            return Ok(());
        };
        let body = Body::Json(rows.into());
        let faults = specification
            .operation(id)
            .check_body("application/json", &body);
        if faults.is_empty() {
            Ok(())
        } else {
            Err(Failure::Invalid(faults))
        }
    }
}

/// Deletes a record, and what goes with it.
pub(super) fn delete_with_children(
    session: &Session<'_>,
    object: &'static str,
    id: &str,
) -> Result<(), Failure> {
    for (_, children) in CASCADES.iter().filter(|(parent, _)| *parent == object) {
        for child in children.ids(session.tx, id)? {
            delete_with_children(session, children.object, &child)?;
        }
    }
    let object = Object::internal(object);
    session.records(&object).delete(By::Id, id, Removal::Soft)
}

/// Groups below the deleted one stay, and become hierarchies of their own, unless the whole hierarchy goes.
fn delete_option_group(session: &Session<'_>, id: &str, whole: bool) -> Result<(), Failure> {
    let object = Object::internal("OptionGroup");
    for child in BELOW.ids(session.tx, id)? {
        if whole {
            delete_option_group(session, &child, true)?;
        } else {
            let orphan = Record::from_iter([("Ancestor".to_owned(), Value::Null)]);
            session.records(&object).update(By::Id, &child, &orphan)?;
        }
    }
    // A group above itself has been deleted on the way.
    match session.records(&object).delete(By::Id, id, Removal::Soft) {
        Err(Failure::NotFound(_)) => Ok(()),
        other => other,
    }
}

/// A category with products takes no categories below it.
fn check_category(tx: &Transaction<'_>, row: &Record) -> Result<(), Failure> {
    let Some(ancestor) = fields::lookup_id(row, "Ancestor") else {
        return Ok(());
    };
    if MEMBERS.ids(tx, ancestor)?.is_empty() {
        Ok(())
    } else {
        Err(Failure::invalid(format!(
            "the category '{ancestor}' has products, so it takes no categories below it; move the products first"
        )))
    }
}

/// The status that the reference gives a call that went well.
fn documented_status(call: &Call) -> StatusCode {
    let specification = Specification::embedded();
    match specification.find(call.method.as_str(), &call.path) {
        Found::Operation(id, _) => specification.operation(id).status(),
        _ => StatusCode::OK,
    }
}

fn outcome(id: &str, failed: Option<String>) -> Value {
    json!({"Id": id, "Success": failed.is_none(), "Message": failed})
}

fn record(row: &Value) -> Result<&Record, Failure> {
    row.as_object()
        .ok_or_else(|| Failure::invalid("a row is a JSON object: one record"))
}

fn check_number(rows: &[Value], most: usize, done: &str) -> Result<(), Failure> {
    if rows.len() <= most {
        return Ok(());
    }
    Err(Failure::invalid(format!(
        "{most} records are {done} at a time, not {}; send several calls",
        rows.len()
    )))
}
