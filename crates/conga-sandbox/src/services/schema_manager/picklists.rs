//! Picklists, their entries, record types.

use std::collections::HashSet;

use axum::http::StatusCode;
use serde_json::Value;

use super::{ASSUMED, Behaviour, Definition, Failure};
use super::{change, list, params, path, required, rows, shown, with};
use crate::records::definitions::{Entry, Picklist, RECORD_TYPES};
use crate::records::store::Record;

pub(super) const BEHAVIOUR: Behaviour = Behaviour {
    operations: &[
        "create_object_picklist",
        "rename_object_picklist",
        "update_object_picklist",
        "create_object_picklist_entry",
        "bulk_create_object_picklist_entries",
        "bulk_update_object_picklist_entries",
        "update_object_picklist_entry",
        "create_object_record_type_entry",
        "bulk_update_object_record_type_entries",
    ],
    basis: ASSUMED,
    carry_out: |world, call| match call.operation {
        "create_object_picklist" => change(world, call, StatusCode::CREATED, |_, definition| {
            add(definition, params::row(call)?).map(|picklist| shown(&picklist))
        }),
        "rename_object_picklist" => change(world, call, StatusCode::OK, |_, definition| {
            rename(definition, params::row(call)?)
        }),
        "update_object_picklist" => change(world, call, StatusCode::OK, |_, definition| {
            let picklist = find(definition, path(call, "picklistName"))?;
            let taken = ["IsDeprecated", "AllowNonConfiguredPicklistEntries"];
            *picklist = with(picklist, params::row(call)?, &taken)?;
            Ok(shown(picklist))
        }),
        "create_object_picklist_entry" => {
            change(world, call, StatusCode::CREATED, |_, definition| {
                let picklist = find(definition, path(call, "picklistName"))?;
                add_entry(picklist, params::row(call)?)
            })
        }
        "bulk_create_object_picklist_entries" => {
            change(world, call, StatusCode::OK, |_, definition| {
                let picklist = find(definition, path(call, "picklistName"))?;
                let added = rows(call)?.into_iter().map(|row| add_entry(picklist, row));
                added.collect()
            })
        }
        "bulk_update_object_picklist_entries" => {
            change(world, call, StatusCode::OK, |_, definition| {
                let picklist = find(definition, path(call, "picklistName"))?;
                update_entries(picklist, rows(call)?)
            })
        }
        "update_object_picklist_entry" => change(world, call, StatusCode::OK, |_, definition| {
            let picklist = find(definition, path(call, "picklistName"))?;
            let value = path(call, "picklistEntryValue");
            let entry = update_entry(picklist, value, params::row(call)?)?;
            check_sequences(picklist)?;
            Ok(entry)
        }),
        "create_object_record_type_entry" => {
            change(world, call, StatusCode::CREATED, |_, definition| {
                add_entry(find(definition, RECORD_TYPES)?, params::row(call)?)
            })
        }
        _ => change(world, call, StatusCode::OK, |_, definition| {
            update_entries(find(definition, RECORD_TYPES)?, rows(call)?)
        }),
    },
};

/// The longest name of a picklist, as published for renaming.
const MAX_NAME: usize = 50;

/// Adds a picklist.
pub(super) fn add(definition: &mut Definition, row: &Record) -> Result<Picklist, Failure> {
    let name = required(row, "Name")?;
    check_name(definition, name)?;
    let start = Picklist {
        name: name.to_owned(),
        ..Picklist::default()
    };
    let mut picklist = with(&start, row, &["AllowNonConfiguredPicklistEntries"])?;
    let mut last = None;
    for row in list(row, "PicklistEntries") {
        let entry = entry(row)?;
        if last.is_some_and(|last| entry.sequence <= last) {
            return Err(Failure::invalid(format!(
                "PicklistEntries: the Sequence of '{}' must be greater than that before it",
                entry.value
            )));
        }
        last = Some(entry.sequence);
        push(&mut picklist, entry)?;
    }
    definition.picklist_metadata.push(picklist.clone());
    Ok(picklist)
}

/// An entry from its request.
pub(super) fn entry(row: &Record) -> Result<Entry, Failure> {
    let value = required(row, "Value")?;
    let start = Entry {
        value: value.to_owned(),
        display_text: Some(value.to_owned()),
        ..Entry::default()
    };
    with(&start, row, &["DisplayText", "Sequence"])
}

/// The picklist of this name.
fn find<'a>(definition: &'a mut Definition, name: &str) -> Result<&'a mut Picklist, Failure> {
    let missing = format!("{} has no picklist '{name}'", definition.name);
    definition
        .picklist_mut(name)
        .ok_or_else(|| Failure::not_found(missing))
}

fn check_name(definition: &Definition, name: &str) -> Result<(), Failure> {
    let fits =
        name.len() <= MAX_NAME && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !fits {
        return Err(Failure::invalid(format!(
            "'{name}' is no name of a picklist: use letters, digits and underscores, at most {MAX_NAME}"
        )));
    }
    let mut known = definition.picklist_metadata.iter();
    if known.any(|known| known.name.eq_ignore_ascii_case(name)) {
        return Err(Failure::invalid(format!(
            "{} has a picklist '{name}' already",
            definition.name
        )));
    }
    Ok(())
}

fn rename(definition: &mut Definition, body: &Record) -> Result<Value, Failure> {
    let old = required(body, "OldPicklistName")?;
    let new = required(body, "NewPicklistName")?;
    if old == RECORD_TYPES {
        return Err(Failure::invalid(format!(
            "'{old}' belongs to the platform and keeps its name"
        )));
    }
    find(definition, old)?;
    check_name(definition, new)?;
    find(definition, old)?.name = new.to_owned();
    for field in &mut definition.field_metadata {
        if field.picklist_name.as_deref() == Some(old) {
            field.picklist_name = Some(new.to_owned());
        }
    }
    Ok(true.into())
}

/// Adds an entry; one without a sequence comes last.
fn add_entry(picklist: &mut Picklist, row: &Record) -> Result<Value, Failure> {
    let mut entry = entry(row)?;
    if row.get("Sequence").is_none_or(Value::is_null) {
        let sequences = picklist.picklist_entries.iter().map(|entry| entry.sequence);
        entry.sequence = sequences.max().unwrap_or(0).saturating_add(1);
    }
    let value = shown(&entry);
    push(picklist, entry)?;
    check_sequences(picklist)?;
    Ok(value)
}

fn push(picklist: &mut Picklist, entry: Entry) -> Result<(), Failure> {
    let mut entries = picklist.picklist_entries.iter();
    if entries.any(|known| known.value == entry.value) {
        return Err(Failure::invalid(format!(
            "the picklist {} has an entry '{}' already",
            picklist.name, entry.value
        )));
    }
    picklist.picklist_entries.push(entry);
    Ok(())
}

fn update_entries(picklist: &mut Picklist, rows: Vec<&Record>) -> Result<Value, Failure> {
    let updated = rows
        .into_iter()
        .map(|row| update_entry(picklist, required(row, "Value")?, row));
    let updated = updated.collect::<Result<Vec<_>, _>>()?;
    check_sequences(picklist)?;
    Ok(updated.into())
}

fn update_entry(picklist: &mut Picklist, value: &str, row: &Record) -> Result<Value, Failure> {
    let missing = format!("the picklist {} has no entry '{value}'", picklist.name);
    let mut entries = picklist.picklist_entries.iter_mut();
    let entry = entries
        .find(|entry| entry.value == value)
        .ok_or_else(|| Failure::not_found(missing))?;
    *entry = with(entry, row, &["DisplayText", "Sequence", "IsDeprecated"])?;
    Ok(shown(entry))
}

/// Puts the entries in their order; each must have a sequence of its own.
fn check_sequences(picklist: &mut Picklist) -> Result<(), Failure> {
    let mut seen = HashSet::new();
    if let Some(entry) = picklist
        .picklist_entries
        .iter()
        .find(|entry| !seen.insert(entry.sequence))
    {
        return Err(Failure::invalid(format!(
            "the Sequence {} of '{}' is another entry's; each needs its own",
            entry.sequence, entry.value
        )));
    }
    picklist
        .picklist_entries
        .sort_by_key(|entry| entry.sequence);
    Ok(())
}
