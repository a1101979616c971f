//! Custom objects and fields as a ZIP with one JSON file for each object: export and import.
//!
//! A file is a creation request of its object, so that what is exported can be imported elsewhere. Paths and times in an
//! archive say nothing; the name of an object stands within its file.

use std::io::{Cursor, Read, Write};

use axum::http::StatusCode;
use rusqlite::Transaction;
use serde_json::{Map, Value, json};
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use super::{ASSUMED, Behaviour, Call, Definition, Failure, Reply, World};
use super::{complex, dependent, fields, keep, list, objects, params, picklists, required, shown};
use crate::records::definitions::{RECORD_TYPES, table};
use crate::records::store::Record;
use crate::request::{Answer, Body};

pub(super) const BEHAVIOUR: Behaviour = Behaviour {
    operations: &["export_custom_schema", "import_custom_schema"],
    basis: ASSUMED,
    carry_out: |world, call| match call.operation {
        "export_custom_schema" => export(world, call),
        _ => import(world, call),
    },
};

/// The most files in an archive that is imported.
const MAX_FILES: usize = 1_000;
/// The most bytes that the files of such an archive unpack to.
const MAX_BYTES: u64 = 16 * 1024 * 1024;

fn export(world: &World, call: &Call) -> Result<Answer, Failure> {
    let names = params::rows(call)?.iter().filter_map(Value::as_str);
    let definitions = world.store.read(|tx| -> Result<Vec<Definition>, Failure> {
        names
            .map(|name| table::find(tx, name)?.ok_or_else(|| super::unknown_object(name)))
            .collect()
    })?;
    let bytes = pack(&definitions).map_err(|error| {
        Failure::Refused(
            StatusCode::INTERNAL_SERVER_ERROR,
            format!("the archive could not be written: {error}"),
        )
    })?;
    Ok(Answer::bytes(StatusCode::OK, "application/zip", bytes))
}

fn pack(definitions: &[Definition]) -> zip::result::ZipResult<Vec<u8>> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for definition in definitions {
        let name = format!("{}.json", definition.name);
        archive.start_file(name, SimpleFileOptions::default())?;
        let text =
            serde_json::to_vec_pretty(&custom_part(definition)).map_err(std::io::Error::from)?;
        archive.write_all(&text)?;
    }
    Ok(archive.finish()?.into_inner())
}

/// The object as its creation request would write it, without what the platform owns.
fn custom_part(definition: &Definition) -> Value {
    let picklists = definition.picklist_metadata.iter();
    let picklists = picklists.filter(|picklist| picklist.name != RECORD_TYPES);
    let fields: Vec<Value> = definition.custom_fields().map(shown).collect();
    json!({
        "Name": definition.name,
        "DisplayName": definition.display_name,
        "Description": definition.description,
        "Category": definition.category,
        "IsDataCacheEnabled": definition.is_data_cache_enabled,
        "IsAllowOwnerScope": definition.is_allow_owner_scope,
        "Attributes": definition.attributes,
        "PicklistMetadata": picklists.collect::<Vec<_>>(),
        "ComplexFieldMetadata": definition.complex_field_metadata,
        "FieldMetadata": fields,
        "DependentPicklistMetadata": definition.dependent_picklist_metadata,
    })
}

fn import(world: &World, call: &Call) -> Result<Answer, Failure> {
    let Body::Form(parts) = &call.body else {
        return Err(Failure::invalid(
            "the body is a form with the ZIP in `file`",
        ));
    };
    let file = parts.iter().find(|part| part.name == "file");
    let file = file.ok_or_else(|| Failure::invalid("`file` is required: the ZIP to import"))?;
    let bodies = unpack(&file.bytes)?;
    let outcomes = world.write(call, |session| {
        let mut definitions = Vec::with_capacity(bodies.len());
        // Objects first, so that lookups between them find each other.
        for body in &bodies {
            let name = required(body, "Name")?;
            let (mut definition, outcome) = match table::find(session.tx, name)? {
                Some(definition) => (definition, "Updated"),
                None => (objects::build(body)?, "Created"),
            };
            keep(session, &mut definition)?;
            definitions.push((definition, outcome, body));
        }
        let mut outcomes = Map::new();
        for (mut definition, outcome, body) in definitions {
            add_missing(session.tx, &mut definition, body)?;
            keep(session, &mut definition)?;
            outcomes.insert(definition.name, outcome.into());
        }
        Ok(outcomes)
    })?;
    Ok(Reply::new(StatusCode::CREATED, Value::Object(outcomes)).into_answer())
}

/// The JSON objects in an archive.
fn unpack(bytes: &[u8]) -> Result<Vec<Record>, Failure> {
    let broken =
        |error: &dyn std::fmt::Display| Failure::invalid(format!("`file` is no ZIP: {error}"));
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| broken(&error))?;
    if archive.len() > MAX_FILES {
        return Err(Failure::invalid(format!(
            "the ZIP has more than {MAX_FILES} files"
        )));
    }
    let mut bodies = Vec::new();
    let mut room = MAX_BYTES;
    for at in 0..archive.len() {
        let file = archive.by_index(at).map_err(|error| broken(&error))?;
        let name = file.name().map_err(|error| broken(&error))?.into_owned();
        if !file.is_file() || !name.ends_with(".json") {
            continue;
        }
        let mut text = Vec::new();
        // One byte more than there is room for tells that it is too much.
        file.take(room + 1)
            .read_to_end(&mut text)
            .map_err(|error| broken(&error))?;
        room = room.checked_sub(text.len() as u64).ok_or_else(|| {
            Failure::invalid(format!("the ZIP unpacks to more than {MAX_BYTES} bytes"))
        })?;
        let body = serde_json::from_slice(&text)
            .map_err(|error| Failure::invalid(format!("{name}: not a JSON object: {error}")))?;
        bodies.push(body);
    }
    if bodies.is_empty() {
        return Err(Failure::invalid("the ZIP holds no JSON file"));
    }
    Ok(bodies)
}

/// Adds what the object does not have yet.
fn add_missing(
    tx: &Transaction<'_>,
    definition: &mut Definition,
    body: &Record,
) -> Result<(), Failure> {
    let name = |row: &Record, name: &str| {
        let text = row.get(name).and_then(Value::as_str);
        text.unwrap_or_default().to_owned()
    };
    for row in list(body, "PicklistMetadata") {
        if definition.picklist(&name(row, "Name")).is_none() {
            picklists::add(definition, row)?;
        }
    }
    for row in list(body, "ComplexFieldMetadata") {
        if definition.complex(&name(row, "Name")).is_none() {
            complex::add(definition, row)?;
        }
    }
    for row in list(body, "FieldMetadata") {
        if definition.field(&name(row, "FieldName")).is_none() {
            fields::add(tx, definition, row)?;
        }
    }
    for row in list(body, "DependentPicklistMetadata") {
        if definition
            .dependence_of(&name(row, "DependentFieldName"))
            .is_none()
        {
            dependent::add(definition, row)?;
        }
    }
    Ok(())
}
