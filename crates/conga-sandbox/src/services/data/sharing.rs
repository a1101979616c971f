//! Sharing of single records with users and groups.
//!
//! A share is a record of `RecordShare`; each member of a request to share has a record of `RecordShareTrackingInfo` too.

use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use rusqlite::Transaction;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::failure::Failure;
use crate::records::objects::Object;
use crate::records::selection::{Direction, Selection, Start, limit};
use crate::records::store::{self, By, Record, Removal, Stored};
use crate::records::value::read_instant;
use crate::request::Call;
use crate::services::reply::{Reply, params};
use crate::services::stage::Stage;
use crate::services::{Session, World};

/// The published `ShareRecordRequest`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct ShareRequest {
    record_share_info: Option<Vec<ShareInfo>>,
    is_send_email_notification: Option<bool>,
    email_message: Option<String>,
}

/// The published `RecordShareInfo` and `UnShareRecordRequest`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct ShareInfo {
    record_share_type: Option<MemberType>,
    user_id: Option<String>,
    user_group_id: Option<String>,
    access_level: Option<AccessLevel>,
}

/// The published `OwnerType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
enum MemberType {
    User,
    UserGroup,
}

/// The published `SharedObjectAccessLevel`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
enum AccessLevel {
    View,
    Edit,
}

/// The record that a path names.
struct Target<'a> {
    object: Object,
    object_name: &'a str,
    record_id: &'a str,
    record: Record,
}

/// Whom a record is shared with.
struct Member {
    kind: MemberType,
    id: String,
}

/// `POST .../share`: the tracking of each member.
pub(super) fn share(world: &World, call: &Call) -> Result<Reply, Failure> {
    let request: ShareRequest = body(call)?;
    let infos = request.record_share_info.unwrap_or_default();
    if infos.is_empty() {
        return Err(Failure::invalid(
            "RecordShareInfo is required: whom to share the record with",
        ));
    }
    let members = infos.iter().map(|info| member(world, info));
    let members: Vec<Member> = members.collect::<Result<_, _>>()?;
    let tracked = world.write(call, |session| {
        let target = target(session.tx, call)?;
        if !is_enabled(&target.object) {
            return Err(Failure::invalid(format!(
                "records of {0} are not shared; allow it with PUT /api/schema/v1/objects/{0}/shared/true",
                target.object_name
            )));
        }
        let mut tracked = Vec::with_capacity(members.len());
        for (member, info) in members.iter().zip(&infos) {
            put(session, &target, member, info.access_level)?;
            let mut tracking = json!({
                "Name": format!("{}_{}", target.record_id, member.id),
                "ObjectName": target.object_name,
                "RecordId": target.record_id,
                "TrackingId": Uuid::new_v4().to_string(),
                "MemberId": member.id,
                "MemberType": member.kind.name(),
                "ShouldSendEmail": request.is_send_email_notification.unwrap_or(false),
                "EmailMessage": request.email_message,
            });
            let row = tracking.as_object_mut().map(std::mem::take);
            let record = session.records(&tracking_object()).create(&row.unwrap_or_default())?;
            tracked.push(with_status(record, session.now));
        }
        Ok(tracked)
    })?;
    Ok(Reply::new(StatusCode::ACCEPTED, tracked.into()))
}

/// `GET .../{trackingId}/sharing-status`.
pub(super) fn status(world: &World, call: &Call) -> Result<Reply, Failure> {
    let tracking_id = path(call, "trackingId");
    let object = tracking_object();
    let found = world.store.read(|tx| -> Result<_, Failure> {
        let target = target(tx, call)?;
        let found = Selection::new(&object, "")?
            .having("TrackingId", &[tracking_id])?
            .having("RecordId", &[target.record_id])?;
        Ok(found.all(tx)?.pop())
    })?;
    let found = found.ok_or_else(|| {
        Failure::invalid(format!(
            "no sharing of this record has the TrackingId '{tracking_id}'"
        ))
    })?;
    let data = with_status(found.record, world.clock.now());
    Ok(Reply::new(StatusCode::OK, data))
}

/// `GET .../sharing-info`: the shares of the record.
pub(super) fn list(world: &World, call: &Call) -> Result<Reply, Failure> {
    let size = limit("pageSize", params::int(call, "pageSize")?)?;
    let number = match params::int(call, "pageNumber")?.unwrap_or(1) {
        number @ 1.. => number.unsigned_abs(),
        _ => return Err(Failure::invalid("pageNumber counts from 1")),
    };
    let start = Start {
        after: None,
        skip: size.saturating_mul(number - 1),
    };
    let object = share_object();
    let page = world.store.read(|tx| -> Result<_, Failure> {
        let mut selection = shares(&object, &target(tx, call)?)?;
        if let Some(field) = params::text(call, "sortField") {
            let direction = match params::text(call, "sortDirection") {
                Some(word) => Direction::read(word)?,
                None => Direction::Descending,
            };
            selection = selection.sorted(field, direction)?;
        }
        selection.page(tx, &start, size)
    })?;
    let more = page.next.is_some();
    let shares = page.records.into_iter();
    let shares = shares.map(|stored| Value::Object(stored.record));
    Ok(Reply::new(StatusCode::OK, shares.collect()).paged(more, None))
}

/// `PUT .../access-level`: the share as it is now.
pub(super) fn change(world: &World, call: &Call) -> Result<Reply, Failure> {
    let info: ShareInfo = body(call)?;
    let member = member(world, &info)?;
    let level = info
        .access_level
        .ok_or_else(|| Failure::invalid("AccessLevel is required: View or Edit"))?;
    let record = world.write(call, |session| {
        let target = target(session.tx, call)?;
        find(session.tx, &target, &member)?.ok_or_else(|| not_shared(&member))?;
        put(session, &target, &member, Some(level))
    })?;
    Ok(Reply::new(StatusCode::OK, Value::Object(record)))
}

/// `DELETE .../un-share`: a message.
pub(super) fn remove(world: &World, call: &Call) -> Result<Reply, Failure> {
    let member = member(world, &body(call)?)?;
    world.write(call, |session| {
        let target = target(session.tx, call)?;
        let share = find(session.tx, &target, &member)?.ok_or_else(|| not_shared(&member))?;
        let id = store::text(&share.record, "Id").unwrap_or_default();
        session
            .records(&share_object())
            .delete(By::Id, id, Removal::Hard)
    })?;
    let message = format!(
        "The record is not shared with the {} {} any more.",
        member.kind.words(),
        member.id
    );
    Ok(Reply::new(StatusCode::OK, message.into()))
}

/// `GET .../{userId}/access-level`: what a user may do with the record.
pub(super) fn access(world: &World, call: &Call) -> Result<Reply, Failure> {
    let user = Member {
        kind: MemberType::User,
        id: path(call, "userId").to_owned(),
    };
    let data = world.store.read(|tx| -> Result<_, Failure> {
        let target = target(tx, call)?;
        let enabled = is_enabled(&target.object);
        let share = find(tx, &target, &user)?;
        let level = share
            .as_ref()
            .map(|share| store::text(&share.record, "AccessLevel"));
        let is_owner = ["Owner", "CreatedBy"].iter().any(|field| {
            let id = target
                .record
                .get(*field)
                .and_then(|lookup| lookup.get("Id"));
            id.and_then(Value::as_str) == Some(&user.id)
        });
        let all = is_owner || !enabled;
        Ok(json!({
            "IsSharingEnabled": enabled,
            "IsRecordShared": enabled.then_some(share.is_some()),
            "RecordAccessDetail": {
                "View": all || level.is_some(),
                "Edit": all || level.flatten() == Some(AccessLevel::Edit.name()),
            },
        }))
    })?;
    Ok(Reply::new(StatusCode::OK, data))
}

impl MemberType {
    fn name(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::UserGroup => "UserGroup",
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::UserGroup => "group",
        }
    }

    /// The field that names a member of this kind.
    fn field(self) -> &'static str {
        match self {
            Self::User => "UserId",
            Self::UserGroup => "UserGroupId",
        }
    }
}

impl AccessLevel {
    fn name(self) -> &'static str {
        match self {
            Self::View => "View",
            Self::Edit => "Edit",
        }
    }
}

fn share_object() -> Object {
    Object::internal("RecordShare")
}

fn tracking_object() -> Object {
    Object::internal("RecordShareTrackingInfo")
}

fn body<T: for<'de> Deserialize<'de>>(call: &Call) -> Result<T, Failure> {
    T::deserialize(params::row(call)?)
        .map_err(|error| Failure::invalid(format!("not a request to share: {error}")))
}

fn path<'a>(call: &'a Call, name: &str) -> &'a str {
    call.path_param(name).unwrap_or_default()
}

/// The record that the path names. What is missing is a 400: these calls document no 404.
fn target<'a>(tx: &Transaction<'_>, call: &'a Call) -> Result<Target<'a>, Failure> {
    let (object_name, record_id) = (path(call, "objectName"), path(call, "recordId"));
    let object = Object::named(tx, object_name)?
        .ok_or_else(|| Failure::invalid(format!("no object is named '{object_name}'")))?;
    let found = store::find(tx, object_name, By::Id, record_id)?;
    let found = found
        .ok_or_else(|| Failure::invalid(format!("no {object_name} has the Id '{record_id}'")))?;
    Ok(Target {
        object,
        object_name,
        record_id,
        record: found.record,
    })
}

/// Whom a request names. A user must be known; groups are kept elsewhere.
fn member(world: &World, info: &ShareInfo) -> Result<Member, Failure> {
    let kind = info
        .record_share_type
        .ok_or_else(|| Failure::invalid("RecordShareType is required: User or UserGroup"))?;
    let id = match kind {
        MemberType::User => &info.user_id,
        MemberType::UserGroup => &info.user_group_id,
    };
    let id = id.as_deref().filter(|id| !id.trim().is_empty());
    let id = id.ok_or_else(|| {
        Failure::invalid(format!(
            "{} is required when RecordShareType is {}",
            kind.field(),
            kind.name()
        ))
    })?;
    if kind == MemberType::User && world.directory.active_user(id).is_none() {
        return Err(Failure::invalid(format!(
            "no active user has the id '{id}'"
        )));
    }
    Ok(Member {
        kind,
        id: id.to_owned(),
    })
}

/// Whether records of the object can be shared: Schema Manager says so of those that are defined.
fn is_enabled(object: &Object) -> bool {
    object
        .definition()
        .is_none_or(|definition| definition.is_shared)
}

fn shares<'a>(object: &'a Object, target: &Target<'_>) -> Result<Selection<'a>, Failure> {
    Selection::new(object, "")?
        .having("ObjectId", &[target.record_id])?
        .having("ObjectName", &[target.object_name])
}

fn find(
    tx: &Transaction<'_>,
    target: &Target<'_>,
    member: &Member,
) -> Result<Option<Stored>, Failure> {
    let object = share_object();
    let found = shares(&object, target)?.having(member.kind.field(), &[&member.id])?;
    Ok(found.all(tx)?.pop())
}

/// Shares a record with a member, or changes how; without a level for viewing.
fn put(
    session: &Session<'_>,
    target: &Target<'_>,
    member: &Member,
    level: Option<AccessLevel>,
) -> Result<Record, Failure> {
    let object = share_object();
    let writer = session.records(&object);
    let level = level.unwrap_or(AccessLevel::View).name();
    let mut row = Record::new();
    row.insert("AccessLevel".to_owned(), level.into());
    if let Some(share) = find(session.tx, target, member)? {
        return writer.change(share, &row);
    }
    let none = [("UserId", Value::Null), ("UserGroupId", Value::Null)];
    let fields = none.into_iter().chain([
        ("Name", format!("{}_{}", target.record_id, member.id).into()),
        (member.kind.field(), member.id.as_str().into()),
        ("ObjectName", target.object_name.into()),
        ("ObjectId", target.record_id.into()),
        ("IsActive", true.into()),
    ]);
    row.extend(fields.map(|(name, value)| (name.to_owned(), value)));
    writer.create(&row)
}

fn not_shared(member: &Member) -> Failure {
    Failure::invalid(format!(
        "the record is not shared with the {} '{}'",
        member.kind.words(),
        member.id
    ))
}

/// The tracking with the status of the job, which follows the clock.
fn with_status(mut tracking: Record, now: DateTime<Utc>) -> Value {
    let created = store::text(&tracking, "CreatedDate").and_then(read_instant);
    let status = match Stage::of(created.unwrap_or(now), now) {
        Stage::Queued => "STARTED",
        Stage::UnderWay => "IN PROGRESS",
        Stage::Done => "SUCCESS",
    };
    tracking.insert("Status".to_owned(), status.into());
    Value::Object(tracking)
}
