//! The records of one object: all of them, or those that belong to one owner.

use rusqlite::Transaction;
use serde_json::Value;

use crate::failure::Failure;
use crate::records::objects::Object;
use crate::records::selection::Selection;
use crate::records::store::{self, By, Record, Removal, Stored};
use crate::records::writer;
use crate::services::Session;

/// The records of one object, all or those of one owner.
#[derive(Debug)]
pub(super) struct Collection {
    object: Object,
    /// The field that names the owner, and the owner's id.
    owner: Option<(&'static str, String)>,
}

impl Collection {
    /// All records of an object.
    pub(super) fn of(object: Object) -> Self {
        Self {
            object,
            owner: None,
        }
    }

    /// Of these, the ones whose field names this owner.
    pub(super) fn owned(self, field: &'static str, owner: &str) -> Self {
        Self {
            owner: Some((field, owner.to_owned())),
            ..self
        }
    }

    /// The object.
    pub(super) fn object(&self) -> &Object {
        &self.object
    }

    /// The records that fit a criteria, as a selection to sort and page.
    pub(super) fn select(&self, criteria: &str) -> Result<Selection<'_>, Failure> {
        let selection = Selection::new(&self.object, criteria)?;
        match &self.owner {
            Some((field, owner)) => selection.having(field, &[owner]),
            None => Ok(selection),
        }
    }

    /// All records, in the order of creation.
    pub(super) fn all(&self, tx: &Transaction<'_>) -> Result<Vec<Stored>, Failure> {
        self.select("")?.all(tx)
    }

    /// The record with this id.
    pub(super) fn find(&self, tx: &Transaction<'_>, id: &str) -> Result<Stored, Failure> {
        let found = store::find(tx, self.object.name(), By::Id, id)?;
        found
            .filter(|stored| self.owns(&stored.record))
            .ok_or_else(|| match &self.owner {
                None => writer::missing(&self.object, By::Id, id),
                Some((field, owner)) => Failure::not_found(format!(
                    "no {} of the {field} '{owner}' has the Id '{id}'",
                    self.object.name()
                )),
            })
    }

    /// Adds a record under a new id.
    pub(super) fn add(&self, session: &Session<'_>, mut row: Record) -> Result<Record, Failure> {
        row.remove("Id");
        self.add_named(session, row)
    }

    /// Adds a record under the id that the row gives, or a new one.
    pub(super) fn add_named(
        &self,
        session: &Session<'_>,
        mut row: Record,
    ) -> Result<Record, Failure> {
        if let Some((field, owner)) = &self.owner {
            row.insert((*field).to_owned(), owner.as_str().into());
        }
        session.records(&self.object).create(&row)
    }

    /// Sets the fields of the row on the record with this id.
    pub(super) fn update(
        &self,
        session: &Session<'_>,
        id: &str,
        row: &Record,
    ) -> Result<Record, Failure> {
        let stored = self.find(session.tx, id)?;
        self.change(session, stored, row)
    }

    /// Sets the fields of the row on a record. The owner stays.
    pub(super) fn change(
        &self,
        session: &Session<'_>,
        stored: Stored,
        row: &Record,
    ) -> Result<Record, Failure> {
        let writer = session.records(&self.object);
        writer.check(row)?;
        let Some((field, owner)) = &self.owner else {
            return writer.change(stored, row);
        };
        let mut row = row.clone();
        row.insert((*field).to_owned(), owner.as_str().into());
        writer.change(stored, &row)
    }

    /// Deletes the record with this id for good.
    pub(super) fn delete(&self, session: &Session<'_>, id: &str) -> Result<(), Failure> {
        self.find(session.tx, id)?;
        let writer = session.records(&self.object);
        writer.delete(By::Id, id, Removal::Hard)
    }

    /// Deletes all records for good; gives their ids.
    pub(super) fn clear(&self, session: &Session<'_>) -> Result<Vec<String>, Failure> {
        let ids: Vec<String> = self
            .all(session.tx)?
            .iter()
            .map(|stored| id(&stored.record).to_owned())
            .collect();
        let writer = session.records(&self.object);
        for id in &ids {
            writer.delete(By::Id, id, Removal::Hard)?;
        }
        Ok(ids)
    }

    fn owns(&self, record: &Record) -> bool {
        self.owner
            .as_ref()
            .is_none_or(|(field, owner)| match record.get(*field) {
                Some(Value::Object(lookup)) => store::text(lookup, "Id") == Some(owner),
                value => value.and_then(Value::as_str) == Some(owner),
            })
    }
}

/// The id of a record.
pub(super) fn id(record: &Record) -> &str {
    store::text(record, "Id").unwrap_or_default()
}

/// A record as a lookup: its `Id` and `Name`.
pub(super) fn lookup(record: &Record) -> Value {
    writer::author(id(record), store::text(record, "Name").unwrap_or_default())
}
