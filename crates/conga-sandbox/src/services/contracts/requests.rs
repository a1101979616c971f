//! Contract requests: what somebody wants a contract for, until it becomes one.

use rusqlite::Transaction;
use serde_json::{Value, json};

use super::collection::{Collection, id, lookup};
use super::contract::{self, parts};
use super::fields::{self, CONTRACT, lookup_id};
use super::lifecycle::State;
use super::query::Query;
use super::{documents, team};
use crate::failure::Failure;
use crate::records::objects::Object;
use crate::records::store::{self, Record, Stored};
use crate::request::{Answer, Call};
use crate::services::reply::{params, success};
use crate::services::{Session, World};

const DRAFT: &str = "Draft";
const SUBMITTED: &str = "Submitted";
const APPROVED: &str = "Approved";
const REJECTED: &str = "Rejected";
const WITHDRAWN: &str = "Withdrawn";
const CANCELED: &str = "Canceled";
const CONVERTED: &str = "Converted";

/// A status that an update may give, and the statuses from which it may.
const MOVES: &[(&str, &[&str])] = &[
    (DRAFT, &[DRAFT]),
    (SUBMITTED, &[DRAFT, SUBMITTED]),
    (APPROVED, &[SUBMITTED, APPROVED]),
    (REJECTED, &[SUBMITTED, REJECTED]),
    (WITHDRAWN, &[SUBMITTED, WITHDRAWN]),
    (CANCELED, &[DRAFT, SUBMITTED, APPROVED, CANCELED]),
];

/// The statuses from which a request becomes a contract.
const CONVERTIBLE: &[&str] = &[SUBMITTED, APPROVED];

/// The fields of the published `ContractRequest`; all others are details.
const HEADER: [&str; 12] = [
    "Id",
    "Name",
    "CreatedBy",
    "CreatedDate",
    "ModifiedBy",
    "ModifiedDate",
    "ExternalId",
    "ETag",
    "Description",
    "RecordType",
    "Status",
    "Requester",
];

/// Fields that a conversion sets.
const OF_CONVERSION: [&str; 2] = ["ContractId", "ContractName"];

/// `POST requests`.
pub(super) fn create(world: &World, call: &Call) -> Result<Answer, Failure> {
    let row = params::row(call)?;
    fields::require(row, &["Name", "RecordType"])?;
    check(row)?;
    let status = match store::text(row, "Status") {
        None | Some("" | SUBMITTED) => SUBMITTED,
        Some(DRAFT) => DRAFT,
        Some(other) => {
            return Err(Failure::invalid(format!(
                "a request starts as {DRAFT} or {SUBMITTED}, not as '{other}'"
            )));
        }
    };
    let request = world.write(call, |session| {
        let mut row = row.clone();
        row.retain(|name, _| !OF_CONVERSION.contains(&name.as_str()));
        row.insert("Status".to_owned(), status.into());
        row.entry("Description").or_insert(Value::Null);
        if row.get("Requester").is_none_or(Value::is_null) {
            row.insert("Requester".to_owned(), session.author.clone());
        }
        requests().add(session, row)
    })?;
    Ok(success(shown(request)))
}

/// `GET requests/{id}`.
pub(super) fn get(world: &World, call: &Call) -> Result<Answer, Failure> {
    let found = world.store.read(|tx| of_call(tx, call))?;
    Ok(success(shown(found.record)))
}

/// `PUT requests/{id}`: the status too, where the request may go there.
pub(super) fn update(world: &World, call: &Call) -> Result<Answer, Failure> {
    let row = params::row(call)?;
    fields::require(row, &["Name", "RecordType"])?;
    check(row)?;
    if lookup_id(row, "Account").is_none() {
        return Err(Failure::invalid(
            "Account is required: an object with the account's Id",
        ));
    }
    let request = world.write(call, |session| {
        let stored = of_call(session.tx, call)?;
        let mut row = row.clone();
        row.retain(|name, _| !OF_CONVERSION.contains(&name.as_str()));
        match store::text(&row, "Status") {
            Some(wanted) if !wanted.is_empty() => check_move(status(&stored.record), wanted)?,
            _ => {
                row.remove("Status");
            }
        }
        requests().change(session, stored, &row)
    })?;
    Ok(success(shown(request)))
}

/// `DELETE requests/{id}`.
pub(super) fn delete(world: &World, call: &Call) -> Result<Answer, Failure> {
    world.write(call, |session| {
        let request = of_call(session.tx, call)?;
        let id = id(&request.record);
        requests().delete(session, id)?;
        team::of_request(id).clear(session)?;
        documents::remove_all_of_request(session, id)
    })?;
    Ok(success(true.into()))
}

/// `POST requests/query`.
pub(super) fn query(world: &World, call: &Call) -> Result<Answer, Failure> {
    let query = Query::of(call)?;
    let found = world.store.read(|tx| query.run(tx, &requests()))?;
    Ok(success(found.envelope(|mut row| {
        let wanted = [
            "Id",
            "Name",
            "Description",
            "RecordType",
            "Status",
            "Requester",
            "CreatedDate",
            "ModifiedDate",
            "ContractId",
            "ContractName",
        ];
        row.retain(|name, _| wanted.contains(&name.as_str()));
        row.into()
    })))
}

/// `POST requests/incoming-requests`: what waits for a decision.
pub(super) fn incoming(world: &World, call: &Call) -> Result<Answer, Failure> {
    let query = Query::of(call)?;
    let requests = requests();
    let found = world.store.read(|tx| {
        let waiting = requests
            .select(query.criteria())?
            .having("Status", &[SUBMITTED])?;
        query.run_on(tx, requests.object(), waiting)
    })?;
    Ok(query.answer(found))
}

/// `GET requests/{id}/action-eligibility`.
pub(super) fn eligibility(world: &World, call: &Call) -> Result<Answer, Failure> {
    let request = world.store.read(|tx| of_call(tx, call))?.record;
    let now = status(&request);
    let can = |wanted: &str| {
        let row = MOVES.iter().find(|(to, _)| *to == wanted);
        now != wanted && row.is_some_and(|(_, from)| from.contains(&now))
    };
    Ok(success(json!({
        "CanConvert": CONVERTIBLE.contains(&now),
        "CanApprove": can(APPROVED),
        "CanReject": can(REJECTED),
        "CanCancel": can(CANCELED),
        "CanWithdraw": can(WITHDRAWN),
        "CanSubmit": can(SUBMITTED),
        "CanSaveAsDraft": now == DRAFT,
    })))
}

/// `POST requests/{contractRequestId}/convert`: a contract with the request's fields, documents and team.
pub(super) fn convert(world: &World, call: &Call) -> Result<Answer, Failure> {
    let with_ai = params::flag(call, "useDai")? && params::text(call, "worksheetId").is_some();
    let contract = world.write(call, |session| {
        let stored = of_call(session.tx, call)?;
        let now = status(&stored.record);
        if !CONVERTIBLE.contains(&now) {
            return Err(Failure::invalid(format!(
                "cannot convert the request: its status is {now}, and this needs {}",
                CONVERTIBLE.join(" or ")
            )));
        }
        let contract = become_contract(session, &stored.record)?;
        let row = Record::from_iter([
            ("Status".to_owned(), CONVERTED.into()),
            ("ContractId".to_owned(), id(&contract).into()),
            (
                "ContractName".to_owned(),
                contract.get("Name").cloned().unwrap_or_default(),
            ),
        ]);
        requests().change(session, stored, &row)?;
        Ok(contract)
    })?;
    Ok(success(json!({
        "Contract": contract,
        "DaiProcessingSucceeded": with_ai,
        "Errors": null,
    })))
}

/// The request that a call's path names.
pub(super) fn of_call(tx: &Transaction<'_>, call: &Call) -> Result<Stored, Failure> {
    let named = call.path_param("contractRequestId");
    let named = named.or_else(|| call.path_param("id"));
    requests().find(tx, named.unwrap_or_default())
}

fn requests() -> Collection {
    Collection::of(Object::internal("ContractRequest"))
}

fn status(request: &Record) -> &str {
    store::text(request, "Status").unwrap_or_default()
}

fn check(row: &Record) -> Result<(), Failure> {
    fields::check(row, CONTRACT)?;
    fields::check(row, REQUEST)
}

const REQUEST: fields::Fields = &[
    (fields::Type::Text, &["Description", "Status"]),
    (fields::Type::Lookup, &["Requester"]),
];

fn check_move(from: &str, to: &str) -> Result<(), Failure> {
    let row = MOVES.iter().find(|(wanted, _)| *wanted == to);
    if to == from || row.is_some_and(|(_, starts)| starts.contains(&from)) {
        return Ok(());
    }
    let possible = MOVES
        .iter()
        .filter(|(to, starts)| *to != from && starts.contains(&from));
    let possible: Vec<&str> = possible.map(|(to, _)| *to).collect();
    let next = match possible.is_empty() {
        true => "it stays so".to_owned(),
        false => format!("from there it goes to {}", possible.join(", ")),
    };
    Err(Failure::invalid(format!(
        "the request cannot become '{to}': its status is {from}, and {next}"
    )))
}

fn become_contract(session: &Session<'_>, request: &Record) -> Result<Record, Failure> {
    let mut row = request.clone();
    row.retain(|name, _| {
        !["Id", "ExternalId", "Requester"].contains(&name.as_str())
            && !OF_CONVERSION.contains(&name.as_str())
    });
    row.insert("ContractRequest".to_owned(), lookup(request));
    let contract = contract::new(session, &row, State::Requested, None)?;
    let team = parts("AgreementTeamMember", id(&contract));
    for member in team::of_request(id(request)).all(session.tx)? {
        let mut row = member.record;
        row.retain(|name, _| !["ContractRequest", "ExternalId"].contains(&name.as_str()));
        team.add(session, row)?;
    }
    documents::copy_from_request(session, id(request), id(&contract))?;
    Ok(contract)
}

/// The published `ContractRequestResponse`: the header, and the other fields as details.
fn shown(request: Record) -> Value {
    let (header, details): (Record, Record) = request
        .into_iter()
        .partition(|(name, _)| HEADER.contains(&name.as_str()));
    json!({"RequestHeader": header, "RequestDetails": details})
}
