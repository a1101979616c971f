//! The rules of writing: which record a row means, and what becomes of it.
//!
//! Every function works within one transaction; a failure undoes all of it.

use rusqlite::Transaction;
use serde_json::{Value, json};
use uuid::Uuid;

use super::objects::Object;
use super::store::{self, By, Record, Removal, Stored};
use crate::failure::Failure;

/// A call for many rows reports at most this many faulty ones.
const MAX_FAULTS: usize = 100;

/// Writes records of one object on behalf of one caller.
#[derive(Debug)]
pub(crate) struct Writer<'a> {
    pub(crate) tx: &'a Transaction<'a>,
    pub(crate) object: &'a Object,
    /// The caller as a lookup, for `CreatedBy` and `ModifiedBy`.
    pub(crate) author: Value,
    /// The time, for `CreatedDate` and `ModifiedDate`.
    pub(crate) date: String,
    /// Whether an update must name the `ETag` of the version it changes.
    pub(crate) locking: bool,
}

impl Writer<'_> {
    /// Creates a record: a given `Id` is kept, else a new one made; both names must be free.
    pub(crate) fn create(&self, row: &Record) -> Result<Record, Failure> {
        self.check(row)?;
        self.add(row)
    }

    fn add(&self, row: &Record) -> Result<Record, Failure> {
        let id = match given(row, By::Id) {
            Some(id) => {
                self.check_free(By::Id, id)?;
                id.to_owned()
            }
            None => Uuid::new_v4().to_string(),
        };
        if let Some(external_id) = given(row, By::ExternalId) {
            self.check_free(By::ExternalId, external_id)?;
        }
        let mut record = Record::new();
        self.merge(&mut record, row);
        record.insert("Id".to_owned(), id.into());
        record.entry("Name").or_insert(Value::Null);
        record.entry("ExternalId").or_insert(Value::Null);
        record.insert("CreatedBy".to_owned(), self.author.clone());
        record.insert("CreatedDate".to_owned(), self.date.as_str().into());
        self.stamp(&mut record);
        if let Some(definition) = self.object.definition() {
            definition.complete(self.tx, &mut record)?;
            definition.check_record(self.tx, None, &mut record)?;
        }
        store::insert(self.tx, self.object.name(), &record)?;
        Ok(record)
    }

    /// Updates the record of that name. An `Id` in the row must be the record's.
    pub(crate) fn update(&self, by: By, value: &str, row: &Record) -> Result<Record, Failure> {
        self.check(row)?;
        let stored = self.existing(by, value)?;
        self.change(stored, row)
    }

    /// Updates the record that the row itself names, as the bulk update does.
    pub(crate) fn update_named(&self, by: By, row: &Record) -> Result<Record, Failure> {
        self.check(row)?;
        let Some(value) = given(row, by) else {
            return Err(Failure::invalid(format!("{} is required", by.field())));
        };
        let stored = self.existing(by, value)?;
        self.change(stored, row)
    }

    /// Updates the record that the row names, or creates it.
    pub(crate) fn upsert(&self, by: By, row: &Record) -> Result<Record, Failure> {
        self.check(row)?;
        // A row without the external id still names its record by its id.
        let name = match by {
            By::ExternalId => given(row, By::ExternalId).map(|value| (By::ExternalId, value)),
            By::Id => None,
        };
        let name = name.or_else(|| given(row, By::Id).map(|value| (By::Id, value)));
        let found = match name {
            Some((by, value)) => store::find(self.tx, self.object.name(), by, value)?,
            None => None,
        };
        match found {
            Some(stored) => self.change(stored, row),
            None => self.add(row),
        }
    }

    /// Changes a stored record by the fields of a checked row.
    pub(crate) fn change(&self, mut stored: Stored, row: &Record) -> Result<Record, Failure> {
        let id = store::text(&stored.record, "Id").unwrap_or_default();
        if given(row, By::Id).is_some_and(|given| given != id) {
            return Err(Failure::invalid(format!(
                "the record has the Id '{id}', which never changes; send that Id or none"
            )));
        }
        if self.locking {
            check_etag(&stored.record, row)?;
        }
        if let Some(external_id) = given(row, By::ExternalId)
            && store::text(&stored.record, "ExternalId") != Some(external_id)
        {
            self.check_free(By::ExternalId, external_id)?;
        }
        let before = stored.record.clone();
        self.merge(&mut stored.record, row);
        if let Some(definition) = self.object.definition() {
            definition.check_record(self.tx, Some(&before), &mut stored.record)?;
        }
        self.stamp(&mut stored.record);
        store::replace(self.tx, &stored)?;
        Ok(stored.record)
    }

    /// Deletes the record of that name.
    pub(crate) fn delete(&self, by: By, value: &str, removal: Removal) -> Result<(), Failure> {
        let object = self.object.name();
        let id = match by {
            By::Id => value.to_owned(),
            By::ExternalId => {
                let stored = self.existing(by, value)?;
                store::text(&stored.record, "Id")
                    .unwrap_or_default()
                    .to_owned()
            }
        };
        if store::remove(self.tx, object, &id, removal, &self.date)? {
            Ok(())
        } else {
            Err(missing(self.object, by, value))
        }
    }

    /// Checks the fields of a row.
    pub(crate) fn check(&self, row: &Record) -> Result<(), Failure> {
        self.object.check_row(row).map_err(Failure::Invalid)
    }

    /// The living record of that name.
    pub(crate) fn existing(&self, by: By, value: &str) -> Result<Stored, Failure> {
        store::find(self.tx, self.object.name(), by, value)?
            .ok_or_else(|| missing(self.object, by, value))
    }

    fn check_free(&self, by: By, value: &str) -> Result<(), Failure> {
        match store::find(self.tx, self.object.name(), by, value)? {
            None => Ok(()),
            Some(_) => Err(Failure::invalid(format!(
                "another {} has the {} '{value}'; it must be unique",
                self.object.name(),
                by.field()
            ))),
        }
    }

    /// Takes over the fields of a row, except the names it does not give and what the platform sets.
    fn merge(&self, record: &mut Record, row: &Record) {
        for (name, value) in row {
            let kept = match name.as_str() {
                "Id" => true,
                "ExternalId" => given(row, By::ExternalId).is_none(),
                name => self.object.sets_itself(name),
            };
            if !kept {
                record.insert(name.clone(), value.clone());
            }
        }
    }

    fn stamp(&self, record: &mut Record) {
        record.insert("ModifiedBy".to_owned(), self.author.clone());
        record.insert("ModifiedDate".to_owned(), self.date.as_str().into());
        record.insert("ETag".to_owned(), Uuid::new_v4().to_string().into());
    }
}

/// Applies `work` to every row. If one fails, all faults are reported by row, and nothing is
/// written.
pub(crate) fn each_row(
    rows: &[Value],
    work: impl Fn(&Value) -> Result<Record, Failure>,
) -> Result<Vec<Record>, Failure> {
    let mut written = Vec::with_capacity(rows.len());
    let mut faults = Vec::new();
    let mut only_conflicts = true;
    for (at, row) in rows.iter().enumerate() {
        match work(row) {
            Ok(record) => written.push(record),
            Err(Failure::Store(error)) => return Err(Failure::Store(error)),
            Err(failure) => {
                only_conflicts &= matches!(failure, Failure::Conflict(_));
                let messages = failure.messages().into_iter();
                faults.extend(messages.map(|message| format!("row {}: {message}", at + 1)));
            }
        }
        if faults.len() >= MAX_FAULTS {
            break;
        }
    }
    if faults.is_empty() {
        Ok(written)
    } else if only_conflicts {
        Err(Failure::Conflict(faults))
    } else {
        Err(Failure::Invalid(faults))
    }
}

/// That no record has this name.
pub(crate) fn missing(object: &Object, by: By, value: &str) -> Failure {
    Failure::NotFound(format!(
        "no {} has the {} '{value}'",
        object.name(),
        by.field()
    ))
}

/// The caller as a lookup.
pub(crate) fn author(id: &str, name: &str) -> Value {
    json!({"Id": id, "Name": name})
}

/// The name that a row gives; null and empty text count as none.
fn given(row: &Record, by: By) -> Option<&str> {
    store::text(row, by.field()).filter(|value| !value.is_empty())
}

fn check_etag(record: &Record, row: &Record) -> Result<(), Failure> {
    let current = store::text(record, "ETag");
    match store::text(row, "ETag") {
        None => Err(Failure::invalid(
            "EnforceOptimisticLocking needs the record's ETag in the body; get the record first",
        )),
        etag if etag == current => Ok(()),
        Some(_) => Err(Failure::Conflict(vec![format!(
            "the record '{}' was changed since; get it again and repeat the update with its ETag",
            store::text(record, "Id").unwrap_or_default()
        )])),
    }
}
