//! How far the index of words is behind the records, and bringing it up.

use axum::http::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{documents, named};
use crate::failure::Failure;
use crate::records::definitions::table;
use crate::records::objects::Object;
use crate::records::store::{self, By, Record};
use crate::records::text;
use crate::records::value::read_instant;
use crate::request::{Answer, Call};
use crate::services::World;
use crate::services::reply::{Reply, params};
use crate::services::stage::Stage;

/// So many records are brought into the index at a time; between, others may write.
const BATCH: usize = 1_000;

/// Documents are brought into the index one by one, by a call of their own.
const SKIPPED: &str = "Document";

/// How far an object is in the index.
struct Progress {
    object: String,
    records: i64,
    indexed: i64,
}

/// Brings the index up to what is stored: now, and at the time that the call sees.
pub(super) fn catch_up(world: &World) -> Result<(), Failure> {
    let present = world.store.present();
    while present.read(text::is_behind)? {
        present.write(|tx| -> Result<(), Failure> {
            let places = text::index_some(tx, BATCH)?;
            documents::index(tx, &places)
        })?;
    }
    world.store.follow_past(|tx, places| {
        text::index(tx, places)?;
        documents::index(tx, places).map_err(Failure::into_store_error)
    });
    Ok(())
}

/// `GET .../datasyncstatus`.
pub(super) fn all(world: &World, _: &Call) -> Result<Answer, Failure> {
    let all = progress(world)?;
    let all: Value = all.iter().map(Progress::shown).collect();
    Ok(Reply::new(StatusCode::OK, all).into_answer())
}

/// `GET .../{objectName}/datasyncstatus`.
pub(super) fn of_object(world: &World, call: &Call) -> Result<Answer, Failure> {
    let object = named(world, call)?;
    let progress = world.store.read(|tx| Progress::of(tx, object.name()))?;
    Ok(Reply::new(StatusCode::OK, progress.shown()).into_answer())
}

/// `GET .../datasyncstatus/{trackingId}`.
pub(super) fn of_job(world: &World, call: &Call) -> Result<Answer, Failure> {
    let id = call.path_param("trackingId").unwrap_or_default();
    let found = world
        .store
        .read(|tx| store::find(tx, jobs().name(), By::Id, id))?;
    let job = found
        .ok_or_else(|| Failure::not_found(format!("no sync has the TrackingId '{id}'")))?
        .record;
    let started = store::text(&job, "CreatedDate").and_then(read_instant);
    let now = world.clock.now();
    let is_done = Stage::of(started.unwrap_or(now), now) == Stage::Done;
    let objects = job.get("Objects").and_then(Value::as_array);
    let objects = objects.into_iter().flatten().map(|object| {
        let total = &object["Total"];
        json!({
            "ObjectName": object["Name"],
            "TotalCount": total,
            "SuccessCount": if is_done { total.clone() } else { 0.into() },
            "FailedCount": 0,
            "ObjectDataSyncStatus": {"Status": if is_done { "Completed" } else { "InProgress" }, "Error": null},
        })
    });
    let data = json!({
        "TrackingId": id,
        "EventType": job.get("EventType"),
        "ObjectSyncStatus": objects.collect::<Vec<_>>(),
    });
    Ok(Reply::new(StatusCode::OK, data).into_answer())
}

/// `POST .../resyncdata`: the tracking id.
pub(super) fn sync_all(world: &World, call: &Call) -> Result<Answer, Failure> {
    let mut behind = progress(world)?;
    behind.retain(|one| one.object != SKIPPED && one.indexed < one.records);
    sync(world, call, "ResyncAllObjects", &behind)
}

/// `POST .../{objectName}/resyncdata`: the tracking id.
pub(super) fn sync_object(world: &World, call: &Call) -> Result<Answer, Failure> {
    let object = named(world, call)?;
    let force = params::flag(call, "forceToSyncData")?;
    let progress = world.store.read(|tx| Progress::of(tx, object.name()))?;
    let is_behind = force || progress.indexed < progress.records;
    let behind = if is_behind {
        vec![progress]
    } else {
        Vec::new()
    };
    sync(world, call, "ResyncObject", &behind)
}

fn sync(world: &World, call: &Call, event: &str, behind: &[Progress]) -> Result<Answer, Failure> {
    catch_up(world)?;
    let id = Uuid::new_v4().to_string();
    let objects = behind.iter();
    let objects = objects.map(|one| json!({"Name": one.object, "Total": one.records}));
    let job: Record = [
        ("Id", id.as_str().into()),
        ("EventType", event.into()),
        ("Objects", objects.collect()),
    ]
    .into_iter()
    .map(|(name, value): (&str, Value)| (name.to_owned(), value))
    .collect();
    world.write(call, |session| session.records(&jobs()).create(&job))?;
    Ok(Reply::new(StatusCode::OK, id.into()).into_answer())
}

fn jobs() -> Object {
    Object::internal("SearchDataSync")
}

fn progress(world: &World) -> Result<Vec<Progress>, Failure> {
    world.store.read(|tx| {
        let names = table::names(tx)?.into_iter();
        names.map(|name| Progress::of(tx, &name)).collect()
    })
}

impl Progress {
    fn of(tx: &rusqlite::Transaction<'_>, object: &str) -> Result<Self, Failure> {
        let (records, _) = store::usage(tx, object)?;
        Ok(Self {
            object: object.to_owned(),
            records,
            indexed: records - text::behind(tx, object)?,
        })
    }

    /// The published `DataSyncStatusResponse`.
    fn shown(&self) -> Value {
        let status = match (self.indexed, self.records) {
            (indexed, records) if indexed == records => "Completed",
            (0, _) => "NotStarted",
            _ => "InProgress",
        };
        json!({
            "ObjectName": self.object,
            "ElasticSearchCount": self.indexed,
            "DatabaseCount": self.records,
            "DataSyncStatus": status,
        })
    }
}
