//! The contract record: an `Agreement`, its number, its rules of writing, and the calls that create, read, change
//! and delete it.

use chrono::NaiveDate;
use rusqlite::Transaction;
use serde_json::{Value, json};

use super::collection::{Collection, id};
use super::fields::{self, CONTRACT, lookup_id};
use super::lifecycle::State;
use super::{activity, documents, due, query, related, relations, reviews};
use crate::failure::Failure;
use crate::records::objects::Object;
use crate::records::store::{self, Record, Stored};
use crate::request::{Answer, Call};
use crate::services::reply::{params, success};
use crate::services::{Session, World, series};

/// A name is at most this long, in characters.
const MAX_NAME: usize = 255;

/// Fields that the platform sets; in a request they are ignored.
pub(super) const SET_BY_PLATFORM: [&str; 7] = [
    "Status",
    "StatusCategory",
    "ContractNumber",
    "ContractNumberAuto",
    "ContractDurationDays",
    "ActivatedBy",
    "ActivatedDate",
];

/// The objects whose records belong to a contract, and go with it.
const PARTS: [&str; 6] = [
    "AgreementActivity",
    "AgreementClause",
    "AgreementObligation",
    "AgreementObligationFulfillment",
    "AgreementObligationFulfillmentHistory",
    "AgreementTeamMember",
];

/// All contracts.
pub(super) fn contracts() -> Collection {
    Collection::of(Object::internal("Agreement"))
}

/// The records of an object that belong to a contract.
pub(super) fn parts(object: &'static str, contract: &str) -> Collection {
    Collection::of(Object::internal(object)).owned("Agreement", contract)
}

/// The contract that a call's path names.
pub(super) fn of_call(tx: &Transaction<'_>, call: &Call) -> Result<Stored, Failure> {
    contracts().find(tx, id_of(call))
}

/// The id of the contract that a call's path names.
pub(super) fn id_of(call: &Call) -> &str {
    call.path_param("contractId").unwrap_or_default()
}

/// `POST contracts`.
pub(super) fn create(world: &World, call: &Call) -> Result<Answer, Failure> {
    let row = params::row(call)?;
    let record = world.write(call, |session| new(session, row, State::Requested, None))?;
    Ok(success(record.into()))
}

/// `GET contracts/{contractId}`.
pub(super) fn get(world: &World, call: &Call) -> Result<Answer, Failure> {
    let stored = world.store.read(|tx| of_call(tx, call))?;
    Ok(success(stored.record.into()))
}

/// `POST contracts/query`.
pub(super) fn query(world: &World, call: &Call) -> Result<Answer, Failure> {
    query::answer(world, call, &contracts())
}

/// `PUT contracts/{contractId}`.
pub(super) fn update(world: &World, call: &Call) -> Result<Answer, Failure> {
    let row = params::row(call)?;
    fields::require(row, &["Name", "RecordType"])?;
    let record = world.write(call, |session| {
        let stored = of_call(session.tx, call)?;
        let record = change(session, stored, row)?;
        activity::log(session, id(&record), "Update", &record, None)?;
        Ok(record)
    })?;
    Ok(success(record.into()))
}

/// `DELETE contracts/{contractId}`.
pub(super) fn delete(world: &World, call: &Call) -> Result<Answer, Failure> {
    world.write(call, |session| remove(session, id_of(call)))?;
    Ok(success(true.into()))
}

/// `DELETE contracts`: the outcome of each id.
pub(super) fn delete_many(world: &World, call: &Call) -> Result<Answer, Failure> {
    let ids = params::rows(call)?;
    let outcomes = world.write(call, |session| outcomes(ids, |id| remove(session, id)))?;
    Ok(success(outcomes))
}

/// Does something to each of the ids; `Success` or `Fail` for each, by id. A thing that is not there is a failure
/// of its own, which leaves the others.
pub(super) fn outcomes(
    ids: &[Value],
    each: impl Fn(&str) -> Result<(), Failure>,
) -> Result<Value, Failure> {
    let mut outcomes = Record::new();
    for id in ids {
        let id = id
            .as_str()
            .ok_or_else(|| Failure::invalid("the body is an array of ids, each a text"))?;
        let word = match each(id) {
            Ok(()) => "Success",
            Err(Failure::NotFound(_)) => "Fail",
            Err(failure) => return Err(failure),
        };
        outcomes.entry(id).or_insert(json!(word));
    }
    Ok(outcomes.into())
}

/// Creates a contract in this state, under a new id. Without a number it gets the next of the series.
pub(super) fn new(
    session: &Session<'_>,
    row: &Record,
    state: State,
    number: Option<(i64, String)>,
) -> Result<Record, Failure> {
    let mut row = row.clone();
    row.remove("Id");
    new_named(session, row, state, number)
}

/// The same under the id that the row gives.
pub(super) fn new_named(
    session: &Session<'_>,
    mut row: Record,
    state: State,
    number: Option<(i64, String)>,
) -> Result<Record, Failure> {
    fields::require(&row, &["Name", "RecordType"])?;
    row.retain(|name, _| !SET_BY_PLATFORM.contains(&name.as_str()));
    let (auto, number) = match number {
        Some(number) => number,
        None => {
            let auto = series::next(session, "Agreement")?;
            (auto, auto.to_string())
        }
    };
    row.insert("ContractNumber".to_owned(), number.into());
    row.insert("ContractNumberAuto".to_owned(), auto.into());
    let blank = |value: &Value| value.is_null();
    if row.get("Currency").is_none_or(blank) {
        row.insert("Currency".to_owned(), json!("USD"));
    }
    let owner = row.entry("RecordOwner").or_insert(Value::Null);
    if owner.is_null() {
        *owner = session.author.clone();
    }
    if let Some(owner) = owner.as_object_mut() {
        owner.entry("OwnerType").or_insert(json!("User"));
    }
    complete(session.tx, &Record::new(), &mut row)?;
    show_state(&mut row, state);
    let record = contracts().add_named(session, row)?;
    due::schedule(session.tx, &record)?;
    activity::log(session, id(&record), "Create", &record, None)?;
    Ok(record)
}

/// Changes a contract by the fields of a request.
pub(super) fn change(
    session: &Session<'_>,
    stored: Stored,
    row: &Record,
) -> Result<Record, Failure> {
    let mut row = row.clone();
    row.retain(|name, _| !SET_BY_PLATFORM.contains(&name.as_str()));
    complete(session.tx, &stored.record, &mut row)?;
    set(session, stored, &row)
}

/// Sets fields of a contract, those of the platform too.
pub(super) fn set(session: &Session<'_>, stored: Stored, row: &Record) -> Result<Record, Failure> {
    let record = contracts().change(session, stored, row)?;
    due::schedule(session.tx, &record)?;
    Ok(record)
}

/// Writes a state into the fields that show it.
pub(super) fn show_state(row: &mut Record, state: State) {
    row.insert("Status".to_owned(), state.status().into());
    row.insert("StatusCategory".to_owned(), state.category().into());
}

/// Whether the contract has no end.
pub(super) fn is_perpetual(contract: &Record) -> bool {
    contract.get("Perpetual") == Some(&Value::Bool(true))
        || store::text(contract, "TermType") == Some("Perpetual")
}

/// The day that a date field names, as it is written.
pub(super) fn day(contract: &Record, field: &str) -> Option<NaiveDate> {
    let text = store::text(contract, field)?;
    text.get(..10)?.parse().ok()
}

/// The contract that this one names as its parent.
pub(super) fn parent(contract: &Record) -> Option<&str> {
    lookup_id(contract, "ParentAgreement").or_else(|| lookup_id(contract, "ParentContract"))
}

/// A name with a word behind it, within the length of a name.
pub(super) fn named_after(name: &str, word: &str) -> String {
    let room = MAX_NAME.saturating_sub(word.chars().count() + 1);
    let name: String = name.chars().take(room).collect();
    format!("{} {word}", name.trim_end())
}

/// Checks the fields that a request sets on a contract, and adds what follows from them.
fn complete(tx: &Transaction<'_>, before: &Record, row: &mut Record) -> Result<(), Failure> {
    fields::check(row, CONTRACT)?;
    if store::text(row, "Name").is_some_and(|name| name.chars().count() > MAX_NAME) {
        return Err(Failure::invalid(format!(
            "Name is longer than {MAX_NAME} characters; shorten it"
        )));
    }
    let mut after = before.clone();
    after.extend(row.clone());
    if let Some(parent_id) = parent(row) {
        let parent = check_parent(tx, id(before), parent_id)?;
        let coterminous = store::text(&after, "TermType") == Some("Coterminous");
        let end = parent.get("ContractEndDate");
        if coterminous
            && day(&after, "ContractEndDate").is_none()
            && let Some(end) = end
        {
            row.insert("ContractEndDate".to_owned(), end.clone());
            after.insert("ContractEndDate".to_owned(), end.clone());
        }
    }
    let (start, end) = (
        day(&after, "ContractStartDate"),
        day(&after, "ContractEndDate"),
    );
    if let (Some(start), Some(end)) = (start, end) {
        if end < start {
            return Err(Failure::invalid(format!(
                "ContractEndDate ({end}) lies before ContractStartDate ({start}); exchange or correct them"
            )));
        }
        let days = end.signed_duration_since(start).num_days();
        row.insert("ContractDurationDays".to_owned(), days.into());
    }
    Ok(())
}

/// The parent, if the contract may have it: it is there, and is not below the contract itself.
fn check_parent(tx: &Transaction<'_>, contract: &str, wanted: &str) -> Result<Record, Failure> {
    let contracts = contracts();
    let found = contracts.find(tx, wanted);
    let found = found.map_err(|failure| match failure {
        Failure::NotFound(_) => Failure::invalid(format!(
            "no contract has the Id '{wanted}', which ParentAgreement names"
        )),
        failure => failure,
    })?;
    let mut above = Some(found.record.clone());
    while let Some(record) = above {
        if id(&record) == contract {
            return Err(Failure::invalid(format!(
                "the contract '{wanted}' stands below this one, and cannot be its parent"
            )));
        }
        above = match parent(&record) {
            Some(next) => contracts.find(tx, next).ok().map(|stored| stored.record),
            None => None,
        };
    }
    Ok(found.record)
}

/// Deletes a contract and all that belongs to it.
fn remove(session: &Session<'_>, contract: &str) -> Result<(), Failure> {
    contracts().delete(session, contract)?;
    for object in PARTS.into_iter().chain(related::OBJECTS) {
        parts(object, contract).clear(session)?;
    }
    relations::remove_all(session, contract)?;
    reviews::remove_all(session, contract)?;
    documents::remove_all(session, documents::CONTRACT, contract)?;
    due::forget(session.tx, contract)?;
    Ok(())
}
