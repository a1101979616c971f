//! The Data service: Account, Contact, Opportunity and custom objects, with real state.
//!
//! | room | what lives there |
//! |---|---|
//! | [`objects`] | the objects and their fields |
//! | [`value`] | how field values compare |
//! | [`criteria`] | the criteria language |
//! | [`store`] | SQLite |
//! | [`selection`] | which records, in what order, and the cursor to the next page |
//! | [`records`] | the rules of writing: `Id`, `ExternalId`, `ETag` |
//! | [`reading`], [`writing`] | the calls |
//! | [`reply`], [`failure`] | the envelope, for better and worse |
//! | [`seed`], [`currencies`] | what is there from the start |
//!
//! Sharing of records (`/api/data/v1/objects/...`) has no behaviour here.
//!
//! # Assumed
//!
//! Published are the operations, the fields in the request examples, the rules of `Id` and
//! `ExternalId`, that an unknown field is a 400, that pages count from 1, and examples such as
//! `IsActive = 'true'`. All else is assumed:
//!
//! *Records.* Every record has `Id`, `Name`, `ExternalId`, `CreatedBy`, `CreatedDate`,
//! `ModifiedBy`, `ModifiedDate`, `ETag`; dates are UTC with milliseconds. The three standard
//! objects also have `IsActive`, and take any field whose name ends in `_c`. A custom object exists
//! as soon as its name is used. Lookups are not followed: the record they name need not exist.
//! Names of objects and fields keep their case.
//!
//! *Writing.* A null or empty `Id` or `ExternalId` counts as not given, so neither is ever cleared.
//! An update sets the fields it names and keeps the others. Fields that the platform sets are
//! ignored in a request, so a record may be sent back as it came. In an update by `Id` the `Id` of
//! the body must be the one of the path. An upsert by `Id` creates a record whose `Id` is not
//! found, under that `Id`; an upsert by `ExternalId` with both names creates a record if neither is
//! found. A name that is taken is a 400. Without `IncludeRecordPayloadInResponse` an update answers
//! `{"Id": ...}`, a bulk call the list of Ids.
//!
//! *Bulk.* All rows or none: if one row fails, nothing is written and each faulty row has its
//! message. A bulk delete is the exception: names that are not found become warnings, and only if
//! none is found the answer is a 404. `IncludeDeleteResultStatus` makes the text name the outcome
//! of each.
//!
//! *Locking.* With `EnforceOptimisticLocking` a row must carry the `ETag` of the version it
//! changes: none is a 400, another a 409. Each write makes a new `ETag`.
//!
//! *Deleting.* Soft unless told otherwise. A soft-deleted record is in no answer and its names are
//! free again; it counts towards `DiskSize` until a hard delete of its `Id`. A call by criteria
//! needs a criteria, and touches all matching records unless it gives a page or a number.
//!
//! *Reading.* A page has 100 records unless asked for 1 to 10,000. Order is that of creation; a
//! list with a `sortField` alone is descending (as sister services publish), a query ascending.
//! Null sorts before numbers, numbers before texts. `RecordCount` is the number of records in
//! `Data`, with `IncludeTotalCount` that of all pages; a list has no cursor, a query has, and it is
//! good for any later time. `Select` leaves nothing but the named fields. `Distinct` and `GroupBy`
//! (which allows nothing else in `Select`) keep the oldest record of each combination of values. A
//! parallel query may name standard objects too.
//!
//! *Comparing.* Text without regard to case, dates as instants (UTC unless they say otherwise),
//! `'10'` and `10` alike where the field is a number; two-valued logic, in which null is unequal to
//! every value. See [`criteria`].

mod criteria;
mod currencies;
mod failure;
mod objects;
mod reading;
mod records;
mod reply;
mod seed;
mod selection;
mod store;
mod value;
mod writing;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use axum::http::Method;

use crate::request::{Answer, Call};
use crate::{Clock, Seed};
use failure::Failure;
use objects::Object;
use reply::Reply;
use store::{By, Store};
use writing::{Bulk, Writing};

/// The Data service. Its calls block on SQLite.
#[derive(Debug)]
pub(crate) struct Data {
    store: Store,
    clock: Clock,
}

/// The database could not be opened.
#[derive(Debug, thiserror::Error)]
#[error("cannot open the data file {}; give another file or remove this one", path.display())]
pub(crate) struct OpenError {
    path: PathBuf,
    source: rusqlite::Error,
}

impl Data {
    /// Opens the file, or a database in memory. A new database starts with the seed's records.
    pub(crate) fn open(path: Option<&Path>, seed: Seed, clock: Clock) -> Result<Self, OpenError> {
        let failed = |source| OpenError {
            path: path.unwrap_or(Path::new(":memory:")).to_owned(),
            source,
        };
        let store = Store::open(path, |tx| match seed {
            Seed::Demo => seed::demo(tx, clock.now()),
            Seed::Empty => Ok(()),
        })
        .map_err(failed)?;
        Ok(Self { store, clock })
    }

    /// Answers a call of the Data service; `None` for operations without behaviour.
    pub(crate) fn handle(&self, call: &Call) -> Option<Answer> {
        let path = call.template.strip_prefix("/api/data/v1/")?;
        let reply = match self.dispatch(call, path) {
            Ok(reply) => reply?,
            Err(failure) => return Some(failure.into_answer()),
        };
        Some(reply.into_answer())
    }

    fn dispatch(&self, call: &Call, path: &str) -> Result<Option<Reply>, Failure> {
        let method = &call.method;
        match (method, path) {
            (&Method::GET, "currencies") => return Ok(Some(reading::currencies())),
            (&Method::POST, "custom-objects/query/parallel") => {
                return reading::query_parallel(&self.store, call).map(Some);
            }
            _ => {}
        }
        let Some((object, rest)) = target(call, path)? else {
            return Ok(None);
        };
        let store = &self.store;
        let writing = Writing {
            store,
            clock: &self.clock,
            object: &object,
            call,
        };
        let id = call.path_param("id").unwrap_or_default();
        let external_id = call.path_param("externalId").unwrap_or_default();
        let reply = match (method.as_str(), rest) {
            ("GET", "") => reading::list(store, &object, call),
            ("POST", "") => writing.create(),
            ("POST", "query") => reading::query(store, &object, call),
            ("GET", "summary") => reading::summary(store, &object),
            ("GET", "recordtypes") => Ok(reading::record_types(&object)),
            ("POST", "bulk") => writing.bulk(Bulk::Insert),
            ("PUT", "bulk") => writing.bulk(Bulk::Update),
            ("PATCH", "bulk") => writing.bulk(Bulk::Upsert),
            ("DELETE", "bulk") => writing.bulk_delete(),
            ("PUT", "criteria/bulk") => writing.update_by_criteria(),
            ("DELETE", "criteria/bulk") => writing.delete_by_criteria(),
            ("GET", "{id}") => reading::get(store, &object, By::Id, id),
            ("PUT", "{id}") => writing.update(By::Id, id),
            ("DELETE", "{id}") => writing.delete(By::Id, id),
            ("GET", "by-externalId/{externalId}") => {
                reading::get(store, &object, By::ExternalId, external_id)
            }
            ("PUT", "by-externalId/{externalId}") => writing.update(By::ExternalId, external_id),
            ("DELETE", "by-externalId/{externalId}") => writing.delete(By::ExternalId, external_id),
            _ => return Ok(None),
        };
        reply.map(Some)
    }
}

/// The object that a path names, and what follows it in the path.
fn target<'a>(call: &Call, path: &'a str) -> Result<Option<(Object, &'a str)>, Failure> {
    let name = call.path_param("objectName").unwrap_or_default();
    let Some(custom) = path.strip_prefix("custom-objects/") else {
        let (name, rest) = path.split_once('/').unwrap_or((path, ""));
        return Ok(Object::standard(name).map(|object| (object, rest)));
    };
    let rest = match custom {
        "query/{objectName}" => "query",
        _ => match custom.strip_prefix("{objectName}") {
            Some(rest) => rest.trim_start_matches('/'),
            None => return Ok(None),
        },
    };
    // These calls have published examples without the suffix.
    let short_names = rest == "summary" || rest.starts_with("by-externalId/");
    let object = if short_names {
        Object::custom_by_short_name(name)
    } else {
        Object::custom(name)
    };
    Ok(Some((object.map_err(Failure::invalid)?, rest)))
}
