//! Merges by correlation id.
//!
//! A merge is carried out when it is started, and its files are kept; its stage shows by the clock. Its record holds an
//! entry for each file: the row's id, and a file's id or an error.

use axum::http::StatusCode;
use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::Transaction;
use serde_json::{Value, json};
use uuid::Uuid;

use super::mailing::MergeMail;
use super::order::{Destination, Made, Order, Request};
use crate::failure::Failure;
use crate::files::{self, File, FileName, links};
use crate::records::objects::Object;
use crate::records::store::{self, By, Record, Stored, text};
use crate::request::{Answer, Call};
use crate::services::document_management::versions::{self, NewVersion};
use crate::services::file_store;
use crate::services::reply::params;
use crate::services::sources::Source;
use crate::services::stage::Stage;
use crate::services::{Session, World};

/// The links to a merge's files live for this long, and so does its status.
pub(super) const LIFE: TimeDelta = TimeDelta::days(1);

/// The organization, of which the sandbox has one.
const ORGANIZATION: &str = "00000000-0000-4000-8000-00000000c05a";

/// The suffix that a correlation id may carry for its JSON data set.
const SUFFIX: &str = "_DatasetJson";

/// `POST /v1/Merge`.
pub(super) fn start(world: &World, call: &Call) -> Result<Answer, Failure> {
    let request: Request = params::read(call)?;
    let id = begin(world, call, request, Vec::new())?;
    Ok(accepted(id))
}

/// `POST /v1/Merge/Upload`: the request as the form field `RequestBody`, templates and JSON data as files.
pub(super) fn start_from_upload(world: &World, call: &Call) -> Result<Answer, Failure> {
    let mut body = params::form_object(call, "RequestBody")?.unwrap_or_default();
    if let Some(data) = params::form_text(call, "JsonData") {
        body.insert("jsonData".to_owned(), data.into());
    }
    let request: Request = serde_json::from_value(Value::Object(body))
        .map_err(|error| Failure::invalid(format!("RequestBody is not as documented: {error}")))?;
    let mut templates = Vec::new();
    for part in params::files(call, "LocalTemplates") {
        let name = FileName::new(part.file_name.as_deref().unwrap_or_default())?;
        templates.push(Source::new(name, part.bytes.to_vec()));
    }
    let id = begin(world, call, request, templates)?;
    Ok(accepted(id))
}

/// Carries a merge out; gives its correlation id.
pub(super) fn begin(
    world: &World,
    call: &Call,
    request: Request,
    uploaded: Vec<Result<Source, crate::composer::Fault>>,
) -> Result<String, Failure> {
    let now = world.clock.now();
    let order = world
        .store
        .read(|tx| Order::read(tx, now, request, uploaded))?;
    // Documents are made outside of the transaction: it would keep everybody else waiting.
    let made = order.carry_out();
    world.write(call, |session| keep(session, &order, made))
}

fn accepted(id: String) -> Answer {
    let answer = json!({
        "correlationId": id,
        "status": "Accepted",
        "result": {
            "statusCode": "Success",
            "statusMessage": [{"code": "SUCC200", "description": "Success"}],
        },
    });
    Answer::json(StatusCode::OK, answer)
}

/// Keeps a merge and its files; gives its correlation id.
fn keep(session: &Session<'_>, order: &Order, made: Vec<Made>) -> Result<String, Failure> {
    let mut entries = Vec::with_capacity(made.len());
    for one in made {
        entries.push(match one.outcome {
            Ok((name, content)) => {
                let file = files::add(session.tx, &name, None, &content)?;
                json!({"Row": one.row, "FileId": file.id})
            }
            Err(fault) => json!({"Row": one.row, "Error": fault.to_string()}),
        });
    }
    let destinations = order.destinations.iter().map(|destination| {
        json!({"Integration": destination.integration_name, "Folder": destination.folder_id})
    });
    let id = Uuid::new_v4().simple().to_string();
    let row = json!({
        "Id": id,
        "Entries": entries,
        "State": if order.is_preview { "Preview" } else { "Done" },
        "Destinations": destinations.collect::<Vec<_>>(),
        "MasterObject": order.master.as_ref().map(|(object, _)| object),
        "MasterId": order.master.as_ref().map(|(_, id)| id),
    });
    let mut row = row.as_object().cloned().unwrap_or_default();
    row.extend(
        order
            .mail
            .as_ref()
            .map(MergeMail::fields)
            .unwrap_or_default(),
    );
    let object = object();
    let record = session.records(&object).create(&row)?;
    if !order.is_preview {
        deliver(session, &record)?;
    }
    Ok(id)
}

/// `GET /v1/Merge/{id}`.
pub(super) fn get(world: &World, call: &Call) -> Result<Answer, Failure> {
    match find(world, call)? {
        Some(merge) => Ok(Answer::json(StatusCode::OK, info(&merge.record))),
        None => Ok(Answer::empty(StatusCode::NO_CONTENT)),
    }
}

/// `GET /v1/Status/{id}`.
pub(super) fn status(world: &World, call: &Call) -> Result<Answer, Failure> {
    let Some(merge) = find(world, call)? else {
        return Ok(Answer::empty(StatusCode::NO_CONTENT));
    };
    let merge = merge.record;
    let with_details = params::flag(call, "showDetails")?;
    let now = world.clock.now();
    let started = started(&merge, now);
    let stage = Stage::of(started, now);
    let id = text(&merge, "Id").unwrap_or_default();
    let entries = entries(&merge);
    let failed = entries.iter().filter(|entry| entry.get("Error").is_some());
    let failed = failed.count();
    let message = match (stage, text(&merge, "State")) {
        (Stage::Queued, _) => "Queued",
        (Stage::UnderWay, _) => "In Progress",
        (Stage::Done, _) if failed == entries.len() => "Failed",
        (Stage::Done, Some("Preview")) => "Preview",
        (Stage::Done, Some("Rejected")) => "Rejected",
        (Stage::Done, _) if failed > 0 => "Completed with errors",
        (Stage::Done, _) => "Completed",
    };
    let is_done = stage == Stage::Done;
    let errors: Vec<Value> = entries
        .iter()
        .filter(|_| is_done)
        .filter_map(error)
        .collect();
    let details: Option<Vec<Value>> = with_details.then(|| {
        let shown = entries.iter().filter(|_| is_done).enumerate();
        let date = text(&merge, "CreatedDate");
        shown
            .map(|(at, entry)| detail(id, at, entry, date))
            .collect()
    });
    let end = if is_done { Stage::end(started) } else { now };
    let expires = started + LIFE;
    let answer = json!({
        "correlationId": id,
        "message": message,
        "messageId": id,
        "lastUpdateTimeStamp": end.timestamp(),
        "expirationTime": expires.timestamp(),
        "createdDate": merge.get("CreatedDate"),
        "detail": details,
        "errors": errors,
        "eventDate": end.to_rfc3339(),
        "expirationTimeDateTime": expires.to_rfc3339(),
    });
    Ok(Answer::json(StatusCode::OK, answer))
}

/// `GET /v1/Merge/Preview/{correlationId}`: links to the files; none while the merge is under way.
pub(super) fn preview_files(world: &World, call: &Call) -> Result<Answer, Failure> {
    let merge = existing(world, call)?;
    let now = world.clock.now();
    if Stage::of(started(&merge, now), now) != Stage::Done {
        return Ok(Answer::json(StatusCode::OK, json!([])));
    }
    let files = world.write(call, |session| {
        let mut shown = Vec::new();
        for file in made_files(session.tx, &merge)? {
            let link = links::make(session.tx, call, &file.id, session.now + LIFE)?;
            shown.push(json!({
                "mergedFileName": file.name,
                "mergedFileUri": link,
                "mergedFileSize": file.size,
                "previewFileName": file.name,
                "previewFileUri": link,
                "previewFileSize": file.size,
            }));
        }
        Ok::<_, Failure>(shown)
    })?;
    Ok(Answer::json(StatusCode::OK, files.into()))
}

/// `GET /v1/Merge/{correlationId}/Accept`.
pub(super) fn accept(world: &World, call: &Call) -> Result<Answer, Failure> {
    decide(world, call, "Accepted", |session, merge| {
        deliver(session, merge)
    })
}

/// `GET /v1/Merge/{correlationId}/Reject`: the files go.
pub(super) fn reject(world: &World, call: &Call) -> Result<Answer, Failure> {
    decide(world, call, "Rejected", |session, merge| {
        for file in made_files(session.tx, merge)? {
            files::remove(session.tx, &file.id)?;
        }
        Ok(())
    })
}

fn decide(
    world: &World,
    call: &Call,
    state: &str,
    act: impl FnOnce(&Session<'_>, &Record) -> Result<(), Failure>,
) -> Result<Answer, Failure> {
    if find(world, call)?.is_none() {
        return Ok(Answer::empty(StatusCode::NO_CONTENT));
    }
    let decided = world.write(call, |session| {
        let object = object();
        let records = session.records(&object);
        let merge = by_id(session.tx, correlation_id(call))?;
        let is_done = Stage::of(started(&merge.record, session.now), session.now) == Stage::Done;
        if text(&merge.record, "State") != Some("Preview") || !is_done {
            return Err(Failure::invalid(
                "the merge does not wait in preview; start it with legacyOptions DS7Preview 1, and wait until its status is Preview",
            ));
        }
        act(session, &merge.record)?;
        let row = json!({"State": state});
        records.change(merge, &row.as_object().cloned().unwrap_or_default())
    })?;
    Ok(Answer::json(StatusCode::OK, info(&decided)))
}

/// Brings the files of a merge where they are asked for.
fn deliver(session: &Session<'_>, merge: &Record) -> Result<(), Failure> {
    let destinations = merge.get("Destinations").and_then(Value::as_array);
    for destination in destinations.into_iter().flatten() {
        let field = |name: &str| destination.get(name).and_then(Value::as_str);
        let destination = Destination {
            integration_name: field("Integration").map(str::to_owned),
            folder_id: field("Folder").map(str::to_owned),
        };
        for file in made_files(session.tx, merge)? {
            bring(session, merge, &destination, &file)?;
        }
    }
    Ok(())
}

fn bring(
    session: &Session<'_>,
    merge: &Record,
    destination: &Destination,
    file: &File,
) -> Result<(), Failure> {
    let integration = destination.integration_name.as_deref().unwrap_or_default();
    let folder = destination
        .folder_id
        .as_deref()
        .filter(|folder| !folder.is_empty());
    let copy = files::copy(session.tx, file, &FileName::new(&file.name)?)?;
    if matches!(
        integration.to_ascii_lowercase().as_str(),
        "salesforce" | "conga"
    ) {
        let id = folder.or(text(merge, "MasterId"));
        let fields = json!({"ObjectType": merge.get("MasterObject"), "ObjectId": id});
        let new = NewVersion {
            document_id: None,
            version_id: None,
            file: &copy,
            fields: fields.as_object().cloned().unwrap_or_default(),
        };
        versions::add(session, new)?;
        return Ok(());
    }
    file_store::put(
        session,
        &format!("{integration}/{}", folder.unwrap_or_default()),
        &copy,
    )
}

/// The merge that a call names, if it is done and was not rejected.
pub(super) fn finished(session: &Session<'_>, call: &Call) -> Result<Stored, Failure> {
    let merge = by_id(session.tx, correlation_id(call))?;
    let is_done = Stage::of(started(&merge.record, session.now), session.now) == Stage::Done;
    if !is_done || text(&merge.record, "State") == Some("Rejected") {
        return Err(Failure::invalid(
            "the merge is under way or was rejected; see its status",
        ));
    }
    Ok(merge)
}

/// The files that a merge made.
pub(super) fn made_files(tx: &Transaction<'_>, merge: &Record) -> Result<Vec<File>, Failure> {
    let mut found = Vec::new();
    for entry in entries(merge) {
        if let Some(id) = entry.get("FileId").and_then(Value::as_str) {
            found.extend(files::find(tx, id)?);
        }
    }
    Ok(found)
}

/// The files of the merge with this correlation id; none if there is no such merge.
pub(in crate::services) fn files_by_id(
    tx: &Transaction<'_>,
    id: &str,
) -> Result<Vec<File>, Failure> {
    match kept(tx, id)? {
        Some(merge) => made_files(tx, &merge.record),
        None => Ok(Vec::new()),
    }
}

/// The merge with this correlation id.
///
/// # Errors
///
/// 400 if there is none.
pub(super) fn by_id(tx: &Transaction<'_>, id: &str) -> Result<Stored, Failure> {
    kept(tx, id)?.ok_or_else(|| Failure::invalid(format!("no merge has the correlation id '{id}'")))
}

/// Merges, by correlation id.
pub(super) fn object() -> Object {
    Object::internal("ComposerMerge")
}

fn correlation_id(call: &Call) -> &str {
    let given = call.path_param("correlationId");
    given.or_else(|| call.path_param("id")).unwrap_or_default()
}

fn find(world: &World, call: &Call) -> Result<Option<Stored>, Failure> {
    Ok(world.store.read(|tx| kept(tx, correlation_id(call)))?)
}

fn existing(world: &World, call: &Call) -> Result<Record, Failure> {
    let merge = world.store.read(|tx| by_id(tx, correlation_id(call)))?;
    Ok(merge.record)
}

/// The merge with this correlation id, which may carry its suffix.
fn kept(tx: &Transaction<'_>, id: &str) -> rusqlite::Result<Option<Stored>> {
    let id = id.strip_suffix(SUFFIX).unwrap_or(id);
    store::find(tx, object().name(), By::Id, id)
}

fn entries(merge: &Record) -> &[Value] {
    let entries = merge.get("Entries").and_then(Value::as_array);
    entries.map_or(&[], Vec::as_slice)
}

fn started(merge: &Record, now: DateTime<Utc>) -> DateTime<Utc> {
    let date = text(merge, "CreatedDate").unwrap_or_default();
    DateTime::parse_from_rfc3339(date).map_or(now, |date| date.to_utc())
}

/// The published `MergeInfo`, with the package to sign if there is one.
fn info(merge: &Record) -> Value {
    let package = merge.get("SignTransaction");
    let info = package.map(|package| json!({"signTransaction": package}));
    json!({"correlationId": merge.get("Id"), "infoObject": info, "congaOrgId": ORGANIZATION})
}

/// The published `ErrorDetailResponse` of an entry that failed.
fn error(entry: &Value) -> Option<Value> {
    let error = entry.get("Error")?.as_str()?;
    let message = match entry.get("Row").and_then(Value::as_str) {
        Some(row) => format!("row '{row}': {error}"),
        None => error.to_owned(),
    };
    Some(json!({"category": "Merge", "message": message, "code": "INVALID_MERGE_REQUEST"}))
}

/// The published `StatusJsonResponse` of an entry.
fn detail(id: &str, at: usize, entry: &Value, date: Option<&str>) -> Value {
    let error = error(entry);
    let row = entry.get("Row").and_then(Value::as_str);
    json!({
        "id": row.map_or_else(|| (at + 1).to_string(), str::to_owned),
        "correlationId": id,
        "transactionId": null,
        "operation": "Merge",
        "message": if error.is_some() { "Failed" } else { "Succeeded" },
        "statusCode": if error.is_some() { 400 } else { 200 },
        "errors": error.into_iter().collect::<Vec<_>>(),
        "detail": null,
        "eventDate": date,
    })
}
