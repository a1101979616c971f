//! Records that belong to another: the lines of a cart, the entries of a rule.

use rusqlite::Transaction;
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::records::criteria::Criteria;
use crate::records::objects::Object;
use crate::records::selection::{Selection, Start};
use crate::records::store::{self, By, Record, Removal};
use crate::records::writer;
use crate::services::Session;

/// An object, and the lookup that leads from its records to those that they belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Children {
    pub(crate) object: &'static str,
    pub(crate) owner: &'static str,
}

impl Children {
    /// All that belong to this record, in the order of creation.
    pub(crate) fn of(self, tx: &Transaction<'_>, owner: &str) -> Result<Vec<Record>, Failure> {
        let object = Object::internal(self.object);
        let selection = Selection::matching(&object, vec![Criteria::is(self.owner, owner)]);
        let page = selection.page(tx, &Start::default(), u64::MAX)?;
        Ok(page
            .records
            .into_iter()
            .map(|stored| stored.record)
            .collect())
    }

    /// The ids of all that belong to this record.
    pub(crate) fn ids(self, tx: &Transaction<'_>, owner: &str) -> Result<Vec<String>, Failure> {
        let all = self.of(tx, owner)?;
        let ids = all.iter().filter_map(|record| store::text(record, "Id"));
        Ok(ids.map(str::to_owned).collect())
    }

    /// The record with this id, if it belongs to this one; else a 404.
    pub(crate) fn find(
        self,
        tx: &Transaction<'_>,
        owner: &str,
        id: &str,
    ) -> Result<Record, Failure> {
        let missing = || writer::missing(&Object::internal(self.object), By::Id, id);
        let found = store::find(tx, self.object, By::Id, id)?.ok_or_else(missing)?;
        let lookup = found
            .record
            .get(self.owner)
            .and_then(|lookup| lookup.get("Id"));
        if lookup.and_then(Value::as_str) == Some(owner) {
            Ok(found.record)
        } else {
            Err(missing())
        }
    }

    /// Adds one to a record.
    pub(crate) fn create(
        self,
        session: &Session<'_>,
        owner: &Record,
        mut row: Record,
    ) -> Result<Record, Failure> {
        row.insert(self.owner.to_owned(), lookup(owner));
        session.records(&Object::internal(self.object)).create(&row)
    }

    /// Sets fields of one.
    pub(crate) fn update(
        self,
        session: &Session<'_>,
        id: &str,
        row: &Record,
    ) -> Result<Record, Failure> {
        let object = Object::internal(self.object);
        session.records(&object).update(By::Id, id, row)
    }

    /// Deletes one.
    pub(crate) fn delete(self, session: &Session<'_>, id: &str) -> Result<(), Failure> {
        let object = Object::internal(self.object);
        session.records(&object).delete(By::Id, id, Removal::Soft)
    }

    /// Deletes all that belong to this record.
    pub(crate) fn delete_all(self, session: &Session<'_>, owner: &str) -> Result<(), Failure> {
        for id in self.ids(session.tx, owner)? {
            self.delete(session, &id)?;
        }
        Ok(())
    }
}

/// A record as a lookup.
pub(crate) fn lookup(record: &Record) -> Value {
    let part = |name: &str| record.get(name).cloned().unwrap_or_default();
    json!({"Id": part("Id"), "Name": part("Name")})
}
