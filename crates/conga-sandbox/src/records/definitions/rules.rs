//! What a record must keep to beyond the types of its values: required fields, picklists, uniqueness, references.
//!
//! Only what a write changes is checked against picklists, uniqueness and references: a record that was good when it
//! was written can always be changed elsewhere.

use rusqlite::Transaction;
use serde_json::Value;

use super::{DataType, Definition, Field, table};
use crate::failure::Failure;
use crate::records::objects::Object;
use crate::records::selection::Selection;
use crate::records::store::{self, By, Record};

impl Definition {
    /// Gives a new record the values that nobody else gives: defaults and the next automatic numbers.
    pub(crate) fn complete(
        &self,
        tx: &Transaction<'_>,
        record: &mut Record,
    ) -> rusqlite::Result<()> {
        for field in self.custom_fields() {
            if field.data_type == DataType::AutoNumber {
                let number = table::next_number(tx, &self.name, field)?;
                record.insert(field.field_name.clone(), number.into());
            } else if !record.contains_key(&field.field_name)
                && let Some(value) = field.initial()
            {
                record.insert(field.field_name.clone(), value);
            }
        }
        Ok(())
    }

    /// Checks a record that is about to be written in place of `before`, if there is one. Lookups get the names of the
    /// records that they name.
    pub(crate) fn check_record(
        &self,
        tx: &Transaction<'_>,
        before: Option<&Record>,
        record: &mut Record,
    ) -> Result<(), Failure> {
        let mut faults = Vec::new();
        if self.is_deprecated && before.is_none() {
            faults.push(format!(
                "{} is deprecated and takes no new records",
                self.name
            ));
        }
        for field in &self.field_metadata {
            let name = &field.field_name;
            let value = record.get(name).filter(|value| !value.is_null());
            let missing = value.is_none_or(|value| value == "");
            if field.is_required && missing && !field.is_set_by_platform() {
                faults.push(format!("field '{name}' of {} is required", self.name));
            }
            let changed = before.and_then(|before| before.get(name)) != record.get(name);
            let Some(value) = value.filter(|_| changed) else {
                continue;
            };
            if field.is_deprecated {
                faults.push(format!(
                    "field '{name}' of {} is deprecated and takes no new values",
                    self.name
                ));
            }
            faults.extend(self.check_entries(field, value).err());
            if field.is_protected {
                continue;
            }
            if field.is_unique && table::is_taken(tx, &self.name, field, value, record)? {
                faults.push(format!(
                    "another {} has the {name} {value}; it must be unique",
                    self.name
                ));
            }
            if field.is_lookup() {
                match self.follow(tx, field, value)? {
                    Ok(value) => {
                        record.insert(name.clone(), value);
                    }
                    Err(fault) => faults.push(fault),
                }
            }
        }
        faults.extend(self.check_dependences(before, record));
        if faults.is_empty() {
            Ok(())
        } else {
            Err(Failure::Invalid(faults))
        }
    }

    /// Checks that a picklist's value is among its entries.
    fn check_entries(&self, field: &Field, value: &Value) -> Result<(), String> {
        let picklist = match field.data_type {
            DataType::Picklist | DataType::MultiPicklist => field.picklist_name.as_deref(),
            _ => None,
        };
        let Some(picklist) = picklist
            .and_then(|name| self.picklist(name))
            .filter(|picklist| !picklist.allow_non_configured_picklist_entries)
        else {
            return Ok(());
        };
        for chosen in chosen(value) {
            let mut entries = picklist.picklist_entries.iter();
            if !entries.any(|entry| entry.value == chosen && !entry.is_deprecated) {
                return Err(format!(
                    "field '{}' of {}: the picklist {} has no entry '{chosen}'",
                    field.field_name, self.name, picklist.name
                ));
            }
        }
        Ok(())
    }

    /// Checks the entries that depend on another field, where one of the two is changed.
    fn check_dependences(&self, before: Option<&Record>, record: &Record) -> Vec<String> {
        let mut faults = Vec::new();
        let rules = self.dependent_picklist_metadata.iter();
        for rule in rules.filter(|rule| !rule.is_deprecated) {
            let (field, control) = (&rule.dependent_field_name, &rule.controlling_field_name);
            let changed = [field, control]
                .iter()
                .any(|name| before.and_then(|before| before.get(*name)) != record.get(*name));
            let (Some(value), true) = (record.get(field), changed) else {
                continue;
            };
            let controlling = record.get(control).map(chosen).unwrap_or_default();
            let allowed: Vec<&str> = rule
                .controlling_and_dependent_picklist_entries
                .iter()
                .filter(|one| controlling.contains(&one.controlling_picklist_entry.as_str()))
                .flat_map(|one| &one.dependent_picklist_entries)
                .map(|entry| entry.value.as_str())
                .collect();
            for chosen in chosen(value) {
                if !allowed.contains(&chosen) {
                    faults.push(format!(
                        "field '{field}' of {}: '{chosen}' does not go with '{control}' of '{}'",
                        self.name,
                        controlling.join("', '")
                    ));
                }
            }
        }
        faults
    }

    /// The lookup with the name of its record, or why it cannot name that. Records of the standard and of custom objects
    /// must exist; of others the services that keep them know.
    fn follow(
        &self,
        tx: &Transaction<'_>,
        field: &Field,
        value: &Value,
    ) -> Result<Result<Value, String>, Failure> {
        let name = &field.field_name;
        let Some(id) = value.get("Id").and_then(Value::as_str) else {
            let fault = format!("field '{name}' of {} needs the Id of a record", self.name);
            return Ok(Err(fault));
        };
        let Some(object) = field.refers_to().and_then(Object::standard_or_custom) else {
            return Ok(Ok(value.clone()));
        };
        let object = object.defined(tx)?;
        let Some(found) = store::find(tx, object.name(), By::Id, id)? else {
            let target = object.name();
            let fault = format!(
                "field '{name}' of {}: no {target} has the Id '{id}'",
                self.name
            );
            return Ok(Err(fault));
        };
        let filter = field.lookup_filter_criteria.as_deref().unwrap_or_default();
        if !Selection::new(&object, filter)?.holds(tx, found.seq)? {
            let fault = format!(
                "field '{name}' of {}: the {} '{id}' does not fit {filter}",
                self.name,
                object.name()
            );
            return Ok(Err(fault));
        }
        let mut value = value.clone();
        if let Some(lookup) = value.as_object_mut() {
            let target = found.record.get("Name").cloned().unwrap_or_default();
            lookup.insert("Name".to_owned(), target);
        }
        Ok(Ok(value))
    }
}

/// The entries that a picklist's value chooses.
fn chosen(value: &Value) -> Vec<&str> {
    match value {
        Value::Array(entries) => entries.iter().filter_map(Value::as_str).collect(),
        value => value.as_str().into_iter().collect(),
    }
}
