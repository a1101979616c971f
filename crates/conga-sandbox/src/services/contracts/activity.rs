//! What was done to a contract: one record for each action, with the status before and after.

use rusqlite::Transaction;
use serde_json::{Value, json};

use super::contract::{self, parts};
use super::lifecycle::{Move, State};
use super::query;
use crate::failure::Failure;
use crate::records::store::{self, Record};
use crate::request::{Answer, Call};
use crate::services::{Session, World};

/// Notes an action on a contract, which now stands as given; `before` is its state before, if that changed.
pub(super) fn log(
    session: &Session<'_>,
    contract: &str,
    action: &str,
    after: &Record,
    before: Option<State>,
) -> Result<(), Failure> {
    let row = json!({
        "Name": action,
        "Action": action,
        "User": session.author,
        "Date": session.date(),
        "FromStatus": before.map(State::status),
        "FromStatusCategory": before.map(State::category),
        "Status": after.get("Status"),
        "StatusCategory": after.get("StatusCategory"),
        "RecordType": after.get("RecordType"),
    });
    if let Value::Object(row) = row {
        parts("AgreementActivity", contract).add(session, row)?;
    }
    Ok(())
}

/// The state of a contract before it was last amended or renewed.
pub(super) fn state_before_change(
    tx: &Transaction<'_>,
    contract: &str,
) -> Result<Option<State>, Failure> {
    let actions = [Move::Amend, Move::Renew].map(|one| one.to_string());
    let log = parts("AgreementActivity", contract);
    let changes = log
        .select("")?
        .having("Action", &actions.each_ref().map(String::as_str))?
        .all(tx)?;
    let word = |field| store::text(&changes.last()?.record, field);
    let (status, category) = (word("FromStatus"), word("FromStatusCategory"));
    Ok(State::shown_as(status, category))
}

/// `POST contracts/{contractId}/activityhistory/query`.
pub(super) fn query(world: &World, call: &Call) -> Result<Answer, Failure> {
    world.store.read(|tx| contract::of_call(tx, call))?;
    let on = parts("AgreementActivity", contract::id_of(call));
    query::answer(world, call, &on)
}
