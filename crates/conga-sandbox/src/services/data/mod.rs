//! The Data service: Account, Contact, Opportunity and custom objects, with real state.
//!
//! The calls stand in [`reading`], [`writing`] and [`sharing`]; [`seed`] and [`currencies`] are what is there from the start.
//! What records are, and how a criteria finds them, is in [`crate::records`].
//!
//! # Assumed
//!
//! Published are the operations, the fields in the request examples, the rules of `Id` and
//! `ExternalId`, that an unknown field is a 400, that pages count from 1, and examples such as
//! `IsActive = 'true'`. All else is assumed:
//!
//! *Records.* Every record has `Id`, `Name`, `ExternalId`, `CreatedBy`, `CreatedDate`,
//! `ModifiedBy`, `ModifiedDate`, `ETag`; dates are UTC with milliseconds. The three standard
//! objects also have `IsActive`. What Schema Manager defines holds (see [`super::schema_manager`]); as long as it
//! defines no custom field, a standard object takes any field whose name ends in `_c`, and a custom object
//! exists as soon as its name is used and takes any field. Lookups of the standard objects are not followed: the record
//! they name need not exist. Names of objects and fields keep their case.
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
//! *Sharing.* Records of the standard objects can be shared, those of a custom object once Schema Manager allows it, those of
//! an object without definition always. A share holds at once; its job is shown as `STARTED`, `IN PROGRESS` and
//! `SUCCESS` as the clock goes. Sharing again changes the level, which is `View` unless given. A user must exist and be
//! active; groups are not checked, nor their members looked up. Who created or owns a record may view and edit it. Shares are
//! kept and told, not enforced: every caller sees every record. What is not found is a 400, since no 404 is documented.
//!
//! *Comparing.* Text without regard to case, dates as instants (UTC unless they say otherwise),
//! `'10'` and `10` alike where the field is a number; two-valued logic, in which null is unequal to
//! every value. See [`crate::records::criteria`].

pub(super) mod currencies;
mod reading;
pub(super) mod seed;
mod sharing;
mod writing;

#[cfg(test)]
mod tests;

use crate::failure::Failure;
use crate::records::objects::Object;
use crate::records::store::By;
use crate::request::{Answer, Call};
use crate::services::reply::Reply;
use crate::services::{Basis, Behaviour, Service, World};
use writing::{Bulk, Writing};

pub(super) const SERVICE: Service = Service {
    id: "data",
    behaviours: &[
        Behaviour {
            operations: OPERATIONS,
            basis: Basis::Assumed(
                "defaults, order, all-or-none bulk calls and locking: see services/data/mod.rs",
            ),
            carry_out,
        },
        Behaviour {
            operations: &[
                "share_record",
                "unshare_record",
                "update_record_access_level",
                "get_record_sharing_info",
                "get_record_sharing_status",
                "get_record_access_level",
            ],
            basis: Basis::Assumed(
                "what can be shared, how long a job takes: see services/data/mod.rs",
            ),
            carry_out: |world, call| {
                let carry_out = match call.operation {
                    "share_record" => sharing::share,
                    "unshare_record" => sharing::remove,
                    "update_record_access_level" => sharing::change,
                    "get_record_sharing_info" => sharing::list,
                    "get_record_sharing_status" => sharing::status,
                    _ => sharing::access,
                };
                carry_out(world, call).map(Reply::into_answer)
            },
        },
    ],
};

const OPERATIONS: &[&str] = &[
    "list_accounts",
    "create_account",
    "bulk_create_accounts",
    "bulk_update_accounts",
    "bulk_upsert_accounts",
    "bulk_delete_accounts",
    "get_account_by_external_id",
    "update_account_by_external_id",
    "delete_account_by_external_id",
    "query_accounts",
    "list_account_record_types",
    "get_account_summary",
    "get_account",
    "update_account",
    "delete_account",
    "list_contacts",
    "create_contact",
    "bulk_create_contacts",
    "bulk_update_contacts",
    "bulk_upsert_contacts",
    "bulk_delete_contacts",
    "get_contact_by_external_id",
    "update_contact_by_external_id",
    "delete_contact_by_external_id",
    "query_contacts",
    "list_contact_record_types",
    "get_contact_summary",
    "get_contact",
    "update_contact",
    "delete_contact",
    "list_opportunities",
    "create_opportunity",
    "bulk_create_opportunities",
    "bulk_update_opportunities",
    "bulk_upsert_opportunities",
    "bulk_delete_opportunities",
    "get_opportunity_by_external_id",
    "update_opportunity_by_external_id",
    "delete_opportunity_by_external_id",
    "query_opportunities",
    "list_opportunity_record_types",
    "get_opportunity_summary",
    "get_opportunity",
    "update_opportunity",
    "delete_opportunity",
    "list_currencies",
    "query_custom_object_records_in_parallel",
    "query_custom_object_records",
    "list_custom_object_records",
    "create_custom_object_record",
    "bulk_create_custom_object_records",
    "bulk_update_custom_object_records",
    "bulk_upsert_custom_object_records",
    "bulk_delete_custom_object_records",
    "get_custom_object_record_by_external_id",
    "update_custom_object_record_by_external_id",
    "delete_custom_object_record_by_external_id",
    "bulk_update_custom_object_records_by_criteria",
    "bulk_delete_custom_object_records_by_criteria",
    "list_custom_object_record_types",
    "get_custom_object_record_summary",
    "get_custom_object_record",
    "update_custom_object_record",
    "delete_custom_object_record",
];

/// Carries out a call; which one it is follows from its path, alike for all objects.
fn carry_out(world: &World, call: &Call) -> Result<Answer, Failure> {
    let path = call
        .template
        .strip_prefix("/api/data/v1/")
        .unwrap_or(call.template);
    dispatch(world, call, path).map(Reply::into_answer)
}

fn dispatch(world: &World, call: &Call, path: &str) -> Result<Reply, Failure> {
    let store = &world.store;
    match path {
        "currencies" => return Ok(reading::currencies()),
        "custom-objects/query/parallel" => return reading::query_parallel(store, call),
        _ => {}
    }
    let (object, rest) = target(call, path)?;
    let object = store.read(|tx| object.defined(tx))?;
    let writing = Writing {
        world,
        object: &object,
        call,
    };
    let id = call.path_param("id").unwrap_or_default();
    let external_id = call.path_param("externalId").unwrap_or_default();
    match (call.method.as_str(), rest) {
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
        _ => Err(unknown(call)),
    }
}

/// The object that a path names, and what follows it in the path.
fn target<'a>(call: &Call, path: &'a str) -> Result<(Object, &'a str), Failure> {
    let Some(custom) = path.strip_prefix("custom-objects/") else {
        let (name, rest) = path.split_once('/').unwrap_or((path, ""));
        let object = Object::standard(name).ok_or_else(|| unknown(call))?;
        return Ok((object, rest));
    };
    let name = call.path_param("objectName").unwrap_or_default();
    let rest = match custom {
        "query/{objectName}" => "query",
        _ => custom
            .strip_prefix("{objectName}")
            .ok_or_else(|| unknown(call))?
            .trim_start_matches('/'),
    };
    // These calls have published examples without the suffix.
    let short_names = rest == "summary" || rest.starts_with("by-externalId/");
    let object = if short_names {
        Object::custom_by_short_name(name)
    } else {
        Object::custom(name)
    };
    Ok((object.map_err(Failure::invalid)?, rest))
}

/// An operation that is listed above but not carried out; a test holds the two together.
fn unknown(call: &Call) -> Failure {
    Failure::not_found(format!("the Data service does not know {}", call.operation))
}
