//! Jobs: what a caller asked to have done asynchronously. The work is done on the spot, the job tells so.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::records::criteria::Criteria;
use crate::records::objects::Object;
use crate::records::selection::{Direction, Selection, Start};
use crate::records::store::{self, By, Record};
use crate::records::writer;
use crate::request::{Answer, Call};
use crate::services::{Session, World};

const OBJECT: &str = "CPQJobStatus";

/// Notes a job that is done, on a record of an object.
pub(crate) fn done(
    session: &Session<'_>,
    operation: &str,
    object: &str,
    record: &Record,
) -> Result<Record, Failure> {
    let date = session.date();
    let row = json!({
        "Name": operation,
        "JobType": operation,
        "OperationName": operation,
        "ObjectName": object,
        "RecordId": record.get("Id"),
        "StartDate": date,
        "EndDate": date,
        "CurrentStatus": "Completed",
        "Status": "Completed",
        "TotalRecordCount": 1,
        "ProcessedRecordCount": 1,
        "SuccessCount": 1,
        "Duration": 0,
    });
    let Value::Object(row) = row else {
        return Ok(Record::new());
    };
    let jobs = Object::internal(OBJECT);
    let mut job = session.records(&jobs).create(&row)?;
    let id = job.get("Id").cloned().unwrap_or_default();
    job.insert("JobId".to_owned(), id);
    session
        .records(&jobs)
        .update(By::Id, store::text(&job, "Id").unwrap_or_default(), &job)
}

/// `GET /job-status/{jobId}`: by the job's id, or that of the record it was for.
pub(crate) fn get(world: &World, call: &Call) -> Result<Answer, Failure> {
    let id = call
        .path_param("jobId")
        .or(call.path_param("id"))
        .unwrap_or_default();
    let job = world.store.read(|tx| find(tx, id))?;
    Ok(Answer::json(StatusCode::OK, Value::Object(job)))
}

/// The job with this id, else the latest for the record with this id.
pub(crate) fn find(tx: &rusqlite::Transaction<'_>, id: &str) -> Result<Record, Failure> {
    if let Some(stored) = store::find(tx, OBJECT, By::Id, id)? {
        return Ok(stored.record);
    }
    let jobs = Object::internal(OBJECT);
    let latest = Selection::matching(&jobs, vec![Criteria::is("RecordId", id)])
        .sorted("CreatedDate", Direction::Descending)?;
    let found = latest.page(tx, &Start::default(), 1)?.records.pop();
    let stored = found.ok_or_else(|| writer::missing(&Object::internal("job"), By::Id, id))?;
    Ok(stored.record)
}
