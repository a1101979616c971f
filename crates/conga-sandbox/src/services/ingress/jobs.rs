//! How a job goes on, and what it came to.

use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::composer::Fault;
use crate::failure::Failure;
use crate::files::{self, FileName};
use crate::records::objects::Object;
use crate::records::store::{self, By, Record, text};
use crate::records::value::date_text;
use crate::request::{Answer, Call};
use crate::services::document_management::versions::{self, NewVersion};
use crate::services::stage::Stage;
use crate::services::{Session, World};

/// One document that a job is to make.
#[derive(Debug)]
pub(super) struct Task {
    /// The record that the document belongs to: object and id.
    pub(super) entity: Option<(String, String)>,
    /// The document that gets a new version; a new document without.
    pub(super) document_id: Option<String>,
    /// Further fields of the document, if any.
    pub(super) metadata: Option<Record>,
    pub(super) outcome: Result<(FileName, Vec<u8>), Fault>,
}

/// Keeps what the tasks of a job made; gives the answer to the call that asked for it.
pub(super) fn keep(
    world: &World,
    call: &Call,
    action: &str,
    tasks: Vec<Task>,
) -> Result<Answer, Failure> {
    let job = world.write(call, |session| {
        let (mut documents, mut errors) = (Vec::new(), Vec::new());
        for (at, task) in tasks.into_iter().enumerate() {
            let entity = task.entity.clone();
            match add(session, task)? {
                Ok(document) => documents.push(document),
                Err(fault) => errors.push(json!({
                    "row": at + 1,
                    "entityName": entity.as_ref().map(|(object, _)| object),
                    "entityId": entity.as_ref().map(|(_, id)| id),
                    "message": fault.to_string(),
                })),
            }
        }
        let row = json!({"Name": action, "Documents": documents, "Errors": errors});
        let object = object();
        session
            .records(&object)
            .create(&row.as_object().cloned().unwrap_or_default())
    })?;
    let answer = json!({
        "actionName": action,
        "isError": false,
        "success": true,
        "statusCode": 202,
        "message": "the job is queued; its state is at /v2/jobs/{id}",
        "job": shown(&job, world.clock.now()),
    });
    Ok(Answer::json(StatusCode::OK, answer))
}

/// `GET /v2/jobs/{id}`.
pub(super) fn get(world: &World, call: &Call) -> Result<Answer, Failure> {
    let id = call.path_param("id").unwrap_or_default();
    let found = world
        .store
        .read(|tx| store::find(tx, object().name(), By::Id, id))?;
    let job = found.ok_or_else(|| Failure::not_found(format!("no job has the id '{id}'")))?;
    let answer = shown(&job.record, world.clock.now());
    Ok(Answer::json(StatusCode::OK, answer))
}

/// Keeps a document; gives it as a job's result lists it. The inner error is the document's fault.
fn add(session: &Session<'_>, task: Task) -> Result<Result<Value, Fault>, Failure> {
    let (name, content) = match task.outcome {
        Ok(made) => made,
        Err(fault) => return Ok(Err(fault)),
    };
    let mut fields = Record::new();
    if let Some(metadata) = &task.metadata
        && let Err(failure) = versions::add_custom(&mut fields, metadata)
    {
        return Ok(Err(Fault::new(failure.messages().join("; "))));
    }
    let file = files::add(session.tx, &name, None, &content)?;
    let entity = task.entity.unwrap_or_default();
    if !entity.1.is_empty() {
        fields.insert("ObjectType".to_owned(), entity.0.into());
        fields.insert("ObjectId".to_owned(), entity.1.into());
    }
    let new = NewVersion {
        document_id: task.document_id.as_deref(),
        version_id: None,
        file: &file,
        fields,
    };
    let version = match versions::add(session, new) {
        Ok(version) => version,
        Err(Failure::Conflict(messages)) => {
            files::remove(session.tx, &file.id)?;
            return Ok(Err(Fault::new(messages.join("; "))));
        }
        Err(failure) => return Err(failure),
    };
    let field = |name: &str| version.get(name).cloned().unwrap_or_default();
    Ok(Ok(json!({
        "id": field("Id"),
        "name": field("Name"),
        "entityId": field("ObjectId"),
        "entityName": field("ObjectType"),
        "parentDocumentId": field("DocumentId"),
        "fileType": field("FileType"),
        "fileSize": field("FileSize"),
        "extension": field("Extension"),
        "createdDate": field("CreatedDate"),
        "modifiedDate": field("ModifiedDate"),
    })))
}

/// The published `JobEntity`, as it stands now.
fn shown(job: &Record, now: DateTime<Utc>) -> Value {
    let list = |name: &str| {
        let list = job.get(name).and_then(Value::as_array);
        list.cloned().unwrap_or_default()
    };
    let (documents, errors) = (list("Documents"), list("Errors"));
    let created = text(job, "CreatedDate").unwrap_or_default();
    let started = DateTime::parse_from_rfc3339(created).map_or(now, |date| date.to_utc());
    let stage = Stage::of(started, now);
    let is_done = stage == Stage::Done;
    let status = match stage {
        Stage::Queued => "Queued",
        Stage::UnderWay => "Processing",
        Stage::Done if documents.is_empty() => "Failed",
        Stage::Done => "Completed",
    };
    let reasons: Vec<&str> = errors
        .iter()
        .filter_map(|error| error["message"].as_str())
        .collect();
    let end = Stage::end(started);
    json!({
        "id": job.get("Id"),
        "name": job.get("Name"),
        "createdDate": created,
        "modifiedDate": if is_done { date_text(end) } else { created.to_owned() },
        "status": status,
        "startTime": (stage != Stage::Queued).then_some(created),
        "endTime": is_done.then(|| date_text(end)),
        "duration": is_done.then(|| (end - started).num_milliseconds() as f64 / 1_000.0),
        "progress": match stage { Stage::Queued => 0, Stage::UnderWay => 50, Stage::Done => 100 },
        "errorReason": (is_done && !reasons.is_empty()).then(|| reasons.join("; ")),
        "result": is_done.then(|| json!({"Documents": documents, "Errors": errors})),
    })
}

fn object() -> Object {
    Object::internal("ComposerJob")
}
