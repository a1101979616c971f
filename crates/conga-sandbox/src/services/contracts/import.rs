//! Bulk imports: accounts, contacts or agreements from a CSV file.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use chrono::{DateTime, Utc};
use rusqlite::Transaction;
use serde_json::{Value, json};
use uuid::Uuid;

use super::collection::{Collection, id};
use super::contract;
use super::export;
use super::fields::{self, CONTRACT, Type};
use super::lifecycle::State;
use super::query::Query;
use super::sheet::Sheet;
use crate::failure::Failure;
use crate::files::{self, FileName};
use crate::records::definitions::Field;
use crate::records::objects::Object;
use crate::records::store::{self, Record, Stored};
use crate::records::value::date_text;
use crate::request::{Answer, Call};
use crate::services::reply::{params, success};
use crate::services::stage::Stage;
use crate::services::{Session, World};

/// A file has at most this many rows.
const MOST_ROWS: usize = 10_000;

/// The objects that can be imported.
const OBJECTS: [&str; 3] = ["Agreement", "Account", "Contact"];

/// Fields of every contract that are no type's own.
const OF_CONTRACT: [&str; 3] = ["Name", "ExternalId", "RecordType"];

/// `POST import/jobs`: the rows are in at once, and the job is shown as it would be on the platform.
pub(super) fn create(world: &World, call: &Call) -> Result<Answer, Failure> {
    let part = params::files(call, "file")
        .next()
        .ok_or_else(|| Failure::invalid("the form field file is required: a CSV file"))?;
    let name = FileName::new(part.file_name.as_deref().unwrap_or_default())?;
    let sheet = Sheet::read_csv(&part.bytes)?;
    if sheet.rows.len() > MOST_ROWS {
        return Err(Failure::invalid(format!(
            "the file has {} rows; import at most {MOST_ROWS} at a time",
            sheet.rows.len()
        )));
    }
    let object = target(&name, &sheet)?;
    let job = world.write(call, |session| {
        let (result, failed) = import(session, &object, &sheet)?;
        let uploaded = files::add(session.tx, &name, Some("text/csv"), &part.bytes)?;
        let result = files::add(session.tx, &name, Some("text/csv"), &result.csv()?)?;
        let row = json!({
            "Name": name.as_str(),
            "ObjectName": object,
            "ContentType": "text/csv",
            "BatchId": Uuid::new_v4().to_string(),
            "TotalRecordCount": sheet.rows.len(),
            "FailedRecordCount": failed,
            "UploadedFileId": uploaded.id,
            "ResultFileId": result.id,
        });
        jobs().add(session, row.as_object().cloned().unwrap_or_default())
    })?;
    Ok(success(json!({"JobId": id(&job), "State": "Queued"})))
}

/// `POST import/jobs/query`.
pub(super) fn query(world: &World, call: &Call) -> Result<Answer, Failure> {
    let query = Query::of(call)?;
    let now = world.clock.now();
    let found = world.store.read(|tx| query.run(tx, &jobs()))?;
    Ok(success(found.envelope(|job| shown(&job, now))))
}

/// `GET import/jobs/{jobId}`: the rows with what became of each, once the job is done.
pub(super) fn get(world: &World, call: &Call) -> Result<Answer, Failure> {
    let now = world.clock.now();
    let result = world.store.read(|tx| {
        let job = find(tx, call)?;
        result(tx, &job.record, now)
    })?;
    Ok(success(result))
}

/// `GET import/jobs/{jobId}/batch/{batchId}`: the rows as they were uploaded.
pub(super) fn get_batch(world: &World, call: &Call) -> Result<Answer, Failure> {
    let wanted = call.path_param("batchId").unwrap_or_default();
    let now = world.clock.now();
    let batch = world.store.read(|tx| {
        let job = find(tx, call)?.record;
        if store::text(&job, "BatchId") != Some(wanted) {
            return Err(Failure::not_found(format!(
                "the job '{}' has no batch with the id '{wanted}'",
                id(&job)
            )));
        }
        entry(tx, &job, now, Some("UploadedFileId"))
    })?;
    Ok(success(batch))
}

/// `DELETE import/jobs/{jobId}`: what was imported stays.
pub(super) fn delete(world: &World, call: &Call) -> Result<Answer, Failure> {
    let last = world.write(call, |session| {
        let job = find(session.tx, call)?.record;
        let last = result(session.tx, &job, session.now)?;
        for field in ["UploadedFileId", "ResultFileId"] {
            if let Some(file) = store::text(&job, field) {
                files::remove(session.tx, file)?;
            }
        }
        jobs().delete(session, id(&job))?;
        Ok(last)
    })?;
    Ok(success(last))
}

/// `GET import/templates/{format}`: the columns that an import of the object may have.
pub(super) fn template(_: &World, call: &Call) -> Result<Answer, Failure> {
    let wanted = params::texts(call, "objectName");
    let object = match wanted.as_slice() {
        [] => "Agreement",
        [one] => one,
        _ => {
            return Err(Failure::invalid(
                "give one objectName at a time: a CSV file has one set of columns",
            ));
        }
    };
    if call.path_param("format") != Some("csv") {
        return Err(Failure::invalid("templates come as csv only"));
    }
    let columns = columns_of(object).ok_or_else(|| unknown(object))?;
    export::file(
        call,
        &Sheet {
            columns,
            rows: Vec::new(),
        },
    )
}

/// Imports the rows one by one: the table with the outcome of each, and how many failed.
fn import(session: &Session<'_>, object: &str, sheet: &Sheet) -> Result<(Sheet, usize), Failure> {
    let mut columns = sheet.columns.clone();
    columns.extend(["ResultId".to_owned(), "ResultError".to_owned()]);
    let (mut rows, mut failed) = (Vec::with_capacity(sheet.rows.len()), 0);
    for row in &sheet.rows {
        // What a row that fails has written already is undone; the others stay.
        session.tx.execute_batch("SAVEPOINT import_row")?;
        let outcome = import_row(session, object, &sheet.columns, row);
        let (created, fault) = match outcome {
            Ok(record) => (id(&record).to_owned(), String::new()),
            Err(Failure::Store(error)) => return Err(Failure::Store(error)),
            Err(failure) => {
                session.tx.execute_batch("ROLLBACK TO import_row")?;
                failed += 1;
                (String::new(), failure.messages().join("; "))
            }
        };
        session.tx.execute_batch("RELEASE import_row")?;
        let mut shown = row.clone();
        shown.resize(sheet.columns.len().max(row.len()), String::new());
        shown.extend([created, fault]);
        rows.push(shown);
    }
    Ok((Sheet { columns, rows }, failed))
}

fn import_row(
    session: &Session<'_>,
    object: &str,
    columns: &[String],
    cells: &[String],
) -> Result<Record, Failure> {
    if cells.len() > columns.len() {
        return Err(Failure::invalid(format!(
            "the row has {} cells, and there are {} columns",
            cells.len(),
            columns.len()
        )));
    }
    let standard = match Object::standard(object) {
        Some(object) => Some(object.defined(session.tx)?),
        None => None,
    };
    let fits = |row: &Record| match &standard {
        Some(object) => object.check_row(row).is_ok(),
        None => fields::check(row, CONTRACT).is_ok(),
    };
    let mut row = Record::new();
    for (column, cell) in columns
        .iter()
        .zip(cells)
        .filter(|(_, cell)| !cell.is_empty())
    {
        match column.split_once('.') {
            None => {
                row.insert(column.clone(), read(column, cell, fits));
            }
            Some((lookup, part)) => {
                let parts = row.entry(lookup).or_insert_with(|| json!({}));
                if let Some(parts) = parts.as_object_mut() {
                    parts.insert(part.to_owned(), cell.as_str().into());
                }
            }
        }
    }
    match &standard {
        Some(object) => session.records(object).create(&row),
        None => contract::new(session, &row, State::Requested, None),
    }
}

/// A cell as the value that fits its field: a text, else a number, else true or false.
fn read(column: &str, cell: &str, fits: impl Fn(&Record) -> bool) -> Value {
    let text = Value::from(cell);
    let number = cell.parse::<i64>().map(Value::from);
    let number = number
        .or_else(|_| cell.parse::<f64>().map(Value::from))
        .ok();
    let flag = cell
        .to_ascii_lowercase()
        .parse::<bool>()
        .map(Value::from)
        .ok();
    let candidates = std::iter::once(text.clone()).chain(number).chain(flag);
    let mut fitting = candidates.filter(|value| {
        let row = Record::from_iter([(column.to_owned(), value.clone())]);
        fits(&row)
    });
    fitting.next().unwrap_or(text)
}

/// The object that a file holds: the one it is named after, else the one whose columns it has.
fn target(name: &FileName, sheet: &Sheet) -> Result<String, Failure> {
    let named = OBJECTS
        .iter()
        .find(|object| name.stem().eq_ignore_ascii_case(object));
    if let Some(object) = named {
        return Ok((*object).to_owned());
    }
    let known = |object: &str| {
        let columns = columns_of(object).unwrap_or_default();
        let found = sheet
            .columns
            .iter()
            .filter(|column| columns.contains(*column));
        found.count()
    };
    let best = OBJECTS
        .iter()
        .max_by_key(|object| (known(object), **object == "Agreement"));
    match best {
        Some(object) if known(object) > 0 => Ok((*object).to_owned()),
        _ => Err(Failure::invalid(
            "the first line names no column of Agreement, Account or Contact; start from an import template",
        )),
    }
}

/// The columns of an import template.
fn columns_of(object: &str) -> Option<Vec<String>> {
    if object == "Agreement" {
        let own = OF_CONTRACT.iter().map(|name| (*name).to_owned());
        let typed = CONTRACT.iter().flat_map(|(kind, names)| {
            let names = names.iter().filter(|name| !OF_CONTRACT.contains(*name));
            names.map(|name| column(name, *kind == Type::Lookup))
        });
        let set = contract::SET_BY_PLATFORM;
        let typed = typed.filter(|name| !set.iter().any(|field| name.starts_with(field)));
        return Some(own.chain(typed).collect());
    }
    if !OBJECTS.contains(&object) {
        return None;
    }
    let object = Object::standard(object)?;
    let fields = object.definition()?.field_metadata.iter();
    let fields = fields.filter(|field| !field.is_set_by_platform());
    Some(
        fields
            .map(|field: &Field| column(&field.field_name, field.has_parts()))
            .collect(),
    )
}

fn column(name: &str, is_lookup: bool) -> String {
    match is_lookup {
        true => format!("{name}.Id"),
        false => name.to_owned(),
    }
}

fn unknown(object: &str) -> Failure {
    Failure::invalid(format!(
        "objectName is one of {}, not '{object}'",
        OBJECTS.join(", ")
    ))
}

fn jobs() -> Collection {
    Collection::of(Object::internal("BulkImportJob"))
}

fn find(tx: &Transaction<'_>, call: &Call) -> Result<Stored, Failure> {
    jobs().find(tx, call.path_param("jobId").unwrap_or_default())
}

fn start(job: &Record) -> Option<DateTime<Utc>> {
    store::text(job, "CreatedDate")?.parse().ok()
}

fn stage(job: &Record, now: DateTime<Utc>) -> Stage {
    start(job).map_or(Stage::Done, |start| Stage::of(start, now))
}

/// The published `JobState`.
fn state(job: &Record, now: DateTime<Utc>) -> &'static str {
    let count = |field| job.get(field).and_then(Value::as_u64);
    match stage(job, now) {
        Stage::Queued => "Queued",
        Stage::UnderWay => "InProgress",
        // An import of which nothing came.
        Stage::Done if count("FailedRecordCount") == count("TotalRecordCount") => "Failed",
        Stage::Done => "Completed",
    }
}

/// The published `BulkImportResponse`.
fn shown(job: &Record, now: DateTime<Utc>) -> Value {
    let field = |name: &str| job.get(name).cloned().unwrap_or_default();
    let count = |name| job.get(name).and_then(Value::as_u64).unwrap_or_default();
    let (total, failed) = (count("TotalRecordCount"), count("FailedRecordCount"));
    let done = stage(job, now) == Stage::Done;
    let (succeeded, failed) = if done {
        (total.saturating_sub(failed), failed)
    } else {
        (0, 0)
    };
    let end = start(job)
        .filter(|_| done)
        .map(|start| date_text(Stage::end(start)));
    json!({
        "JobId": field("Id"),
        "Id": field("Id"),
        "Name": field("Name"),
        "State": state(job, now),
        "ContentType": field("ContentType"),
        "CreatedBy": field("CreatedBy"),
        "CreatedDate": field("CreatedDate"),
        "ModifiedBy": field("ModifiedBy"),
        "ModifiedDate": field("ModifiedDate"),
        "StartTime": field("CreatedDate"),
        "EndTime": end,
        "ExternalId": field("ExternalId"),
        "TotalRecordCount": total,
        "SuccessRecordCount": succeeded,
        "FailedRecordCount": failed,
    })
}

fn result(tx: &Transaction<'_>, job: &Record, now: DateTime<Utc>) -> Result<Value, Failure> {
    let done = stage(job, now) == Stage::Done;
    entry(tx, job, now, done.then_some("ResultFileId"))
}

/// The published `BulkJobResultResponse`, in its list: one batch holds all rows.
fn entry(
    tx: &Transaction<'_>,
    job: &Record,
    now: DateTime<Utc>,
    file: Option<&str>,
) -> Result<Value, Failure> {
    let file = match file.and_then(|field| store::text(job, field)) {
        Some(file) => files::find(tx, file)?,
        None => None,
    };
    let content = match &file {
        Some(file) => Some(BASE64_STANDARD.encode(files::read(tx, file)?)),
        None => None,
    };
    Ok(json!([{
        "State": state(job, now),
        "BatchId": job.get("BatchId"),
        "FileName": job.get("Name"),
        "FileContent": content,
    }]))
}
