//! What moves a contract on: the calls, and what each move brings about beside the new status.

use serde_json::{Value, json};

use super::collection::id;
use super::contract::{self, day, is_perpetual, parts};
use super::lifecycle::{Move, State};
use super::relations::{self, Succession};
use super::{activity, documents, due, fields, fulfillments, obligations};
use crate::failure::Failure;
use crate::records::store::{self, Record, Stored};
use crate::request::{Answer, Call};
use crate::services::reply::{params, success};
use crate::services::{Session, World, series};

/// What a contract that follows from another does not inherit.
const NOT_INHERITED: [&str; 15] = [
    "Id",
    "ExternalId",
    "Name",
    "Status",
    "StatusCategory",
    "ContractNumber",
    "ContractNumberAuto",
    "ContractDurationDays",
    "ActivatedBy",
    "ActivatedDate",
    "AmendmentEffectiveDate",
    "ExecutedDate",
    "TerminationComments",
    "TerminationDate",
    "TerminationNoticeIssueDate",
];

/// `POST contracts/{contractId}/submitrequest`.
pub(super) fn submit(world: &World, call: &Call) -> Result<Answer, Failure> {
    carry_out(world, call, Move::Submit)
}

/// `POST contracts/{contractId}/activate`: with a list, no other documents are kept.
pub(super) fn activate(world: &World, call: &Call) -> Result<Answer, Failure> {
    world.write(call, |session| {
        let stored = contract::of_call(session.tx, call)?;
        perform(session, stored, Move::Activate)?;
        match call.json().and_then(Value::as_array) {
            Some(listed) => documents::keep_only(session, contract::id_of(call), listed),
            None => Ok(()),
        }
    })?;
    Ok(done())
}

/// `POST contracts/{contractId}/cancel`.
pub(super) fn cancel(world: &World, call: &Call) -> Result<Answer, Failure> {
    carry_out(world, call, Move::Cancel)
}

/// `POST contracts/{contractId}/expire`.
pub(super) fn expire(world: &World, call: &Call) -> Result<Answer, Failure> {
    carry_out(world, call, Move::Expire)
}

/// `POST contracts/{contractId}/terminate`: at once, or on the `TerminationDate` if that lies ahead.
pub(super) fn terminate(world: &World, call: &Call) -> Result<Answer, Failure> {
    world.write(call, |session| {
        let stored = contract::of_call(session.tx, call)?;
        let last_day = fields::instant(&stored.record, "TerminationDate");
        let ahead = last_day.is_some_and(|last| last > session.now.timestamp_millis());
        let one = if ahead {
            Move::GiveNotice
        } else {
            Move::Terminate
        };
        perform(session, stored, one)
    })?;
    Ok(done())
}

/// `POST contracts/{contractId}/amend`: the id of the amendment.
pub(super) fn amend(world: &World, call: &Call) -> Result<Answer, Failure> {
    follow(world, call, Succession::Amendment)
}

/// `POST contracts/{contractId}/renew`: the id of the renewal.
pub(super) fn renew(world: &World, call: &Call) -> Result<Answer, Failure> {
    follow(world, call, Succession::Renewal)
}

/// `POST contracts/{contractId}/clone`: the id of the clone.
pub(super) fn clone(world: &World, call: &Call) -> Result<Answer, Failure> {
    let clone = world.write(call, |session| {
        let original = contract::of_call(session.tx, call)?.record;
        let row = inherited(&original, "Clone");
        contract::new(session, &row, State::Requested, None)
    })?;
    Ok(success(id(&clone).into()))
}

/// `PUT contracts/{contractId}/signstatus`.
pub(super) fn sign_status(world: &World, call: &Call) -> Result<Answer, Failure> {
    let word = params::text(call, "signStatus").unwrap_or_default();
    let one = match word.to_ascii_uppercase().as_str() {
        "OUT FOR SIGNATURE" => Move::SendForSignature,
        "SIGNED" => Move::Sign,
        "DECLINED" => Move::Decline,
        _ => {
            return Err(Failure::invalid(format!(
                "signStatus is SIGNED, DECLINED or OUT FOR SIGNATURE, not '{word}'"
            )));
        }
    };
    carry_out(world, call, one)
}

/// `POST contracts/{contractId}/update-contract-lifecycle-status`.
pub(super) fn by_lifecycle_action(world: &World, call: &Call) -> Result<Answer, Failure> {
    let row = params::row(call)?;
    let action = store::text(row, "LifeCycleAction").unwrap_or_default();
    let one = Move::of_action(action)?;
    let given = store::text(row, "RecordType").filter(|text| !text.is_empty());
    world.write(call, |session| {
        let stored = contract::of_call(session.tx, call)?;
        let actual = store::text(&stored.record, "RecordType");
        if given.is_some() && given != actual {
            return Err(Failure::invalid(format!(
                "the contract has the RecordType '{}', not '{}'",
                actual.unwrap_or_default(),
                given.unwrap_or_default()
            )));
        }
        match one {
            Some(one) => perform(session, stored, one).map(|_| ()),
            None => Ok(()),
        }
    })?;
    Ok(done())
}

/// Makes a move and what it brings about; gives the contract after it.
pub(super) fn perform(session: &Session<'_>, stored: Stored, one: Move) -> Result<Record, Failure> {
    let record = shift(session, stored, one)?;
    match one {
        Move::Activate => {
            obligations::activate(session, &record)?;
            shift_predecessor(session, id(&record), Move::Supersede)?;
        }
        Move::Cancel => shift_predecessor(session, id(&record), Move::Reinstate)?,
        Move::Terminate | Move::End => end_successors(session, id(&record))?,
        _ => {}
    }
    Ok(record)
}

/// Makes a move: the contract shows it, and its history has it.
fn shift(session: &Session<'_>, stored: Stored, one: Move) -> Result<Record, Failure> {
    let from = State::of(&stored.record)?;
    let to = match one {
        Move::Reinstate => activity::state_before_change(session.tx, id(&stored.record))?,
        _ => None,
    };
    let to = to.map_or_else(|| one.from(from), Ok)?;
    let mut row = Record::new();
    let today = Value::from(session.date());
    match one {
        Move::Activate => {
            check_term(session, &stored.record)?;
            row.insert("ActivatedBy".to_owned(), session.author.clone());
            row.insert("ActivatedDate".to_owned(), today);
        }
        Move::Sign => {
            row.insert("ExecutedDate".to_owned(), today);
        }
        Move::Terminate | Move::End => {
            let date = fields::instant(&stored.record, "TerminationDate");
            if date.is_none_or(|date| date > session.now.timestamp_millis()) {
                row.insert("TerminationDate".to_owned(), today);
            }
        }
        _ => {}
    }
    contract::show_state(&mut row, to);
    let record = contract::set(session, stored, &row)?;
    activity::log(session, id(&record), &one.to_string(), &record, Some(from))?;
    match to {
        State::Terminated => fulfillments::close(session, id(&record), fulfillments::CANCELED)?,
        State::Superseded => fulfillments::close(session, id(&record), fulfillments::SUPERSEDED)?,
        _ => {}
    }
    Ok(record)
}

fn carry_out(world: &World, call: &Call, one: Move) -> Result<Answer, Failure> {
    world.write(call, |session| {
        let stored = contract::of_call(session.tx, call)?;
        perform(session, stored, one)
    })?;
    Ok(done())
}

fn done() -> Answer {
    success("Success".into())
}

/// Activation needs a start date and, unless the contract has no end, an end date that is not over.
fn check_term(session: &Session<'_>, contract: &Record) -> Result<(), Failure> {
    let mut faults = Vec::new();
    if day(contract, "ContractStartDate").is_none() {
        faults.push(
            "ContractStartDate is required to activate; update the contract with it".to_owned(),
        );
    }
    match day(contract, "ContractEndDate") {
        _ if is_perpetual(contract) => {}
        None => faults.push(
            "ContractEndDate is required to activate; update the contract with it, or make its TermType Perpetual"
                .to_owned(),
        ),
        Some(end) if end < session.now.date_naive() => faults.push(format!(
            "ContractEndDate ({end}) is over; update the contract with a later one to activate it"
        )),
        Some(_) => {}
    }
    if faults.is_empty() {
        Ok(())
    } else {
        Err(Failure::Invalid(faults))
    }
}

/// Makes a move on the contract that this one amends or renews, if there is one and it can make the move.
fn shift_predecessor(session: &Session<'_>, contract: &str, one: Move) -> Result<(), Failure> {
    match relations::predecessor(session.tx, contract)? {
        Some(older) => shift_if_possible(session, &older, one),
        None => Ok(()),
    }
}

/// Ends the amendments and renewals of a contract that is terminated, and theirs in turn.
fn end_successors(session: &Session<'_>, contract: &str) -> Result<(), Failure> {
    let mut found = vec![contract.to_owned()];
    let mut at = 0;
    while let Some(older) = found.get(at) {
        let newer = relations::successors(session.tx, older)?;
        for one in newer {
            if !found.contains(&one) {
                shift_if_possible(session, &one, Move::End)?;
                found.push(one);
            }
        }
        at += 1;
    }
    Ok(())
}

fn shift_if_possible(session: &Session<'_>, contract: &str, one: Move) -> Result<(), Failure> {
    let Some(stored) = relations::at(session.tx, contract)? else {
        return Ok(());
    };
    if one.starts_from(State::of(&stored.record)?) {
        shift(session, stored, one)?;
    }
    Ok(())
}

/// Amends or renews a contract: the id of the contract that follows from it.
fn follow(world: &World, call: &Call, how: Succession) -> Result<Answer, Failure> {
    let newer = world.write(call, |session| {
        let stored = contract::of_call(session.tx, call)?;
        let (one, word, state) = match how {
            Succession::Amendment => (Move::Amend, "Amended", State::InAmendment),
            Succession::Renewal => (Move::Renew, "Renewed", State::InRenewal),
        };
        let older = perform(session, stored, one)?;
        let mut row = inherited(&older, word);
        if how == Succession::Renewal {
            renew_term(&older, &mut row);
        }
        let number = next_number(session, &older)?;
        let newer = contract::new(session, &row, state, Some(number))?;
        inherit_parts(session, id(&older), id(&newer))?;
        relations::succeed(session, &older, &newer, how)?;
        due::schedule(session.tx, &newer)?;
        Ok(newer)
    })?;
    Ok(success(id(&newer).into()))
}

fn inherited(original: &Record, word: &str) -> Record {
    let mut row = original.clone();
    row.retain(|name, _| !NOT_INHERITED.contains(&name.as_str()));
    let name = store::text(original, "Name").unwrap_or_default();
    row.insert("Name".to_owned(), contract::named_after(name, word).into());
    row
}

/// A renewal starts on the end date of the original, and lasts as long.
fn renew_term(older: &Record, row: &mut Record) {
    let (start, end) = (
        day(older, "ContractStartDate"),
        day(older, "ContractEndDate"),
    );
    let Some(end) = end else {
        return;
    };
    if let Some(date) = older.get("ContractEndDate") {
        row.insert("ContractStartDate".to_owned(), date.clone());
    }
    let later = start.and_then(|start| end.checked_add_signed(end.signed_duration_since(start)));
    row.insert(
        "ContractEndDate".to_owned(),
        json!(later.map(|later| later.to_string())),
    );
}

/// The base of a contract's number with the next decimal: 42.1 after 42.
fn next_number(session: &Session<'_>, older: &Record) -> Result<(i64, String), Failure> {
    let auto = older.get("ContractNumberAuto").and_then(Value::as_i64);
    let auto = auto.unwrap_or_default();
    let version = series::next(session, &format!("Agreement {auto}"))?;
    Ok((auto, format!("{auto}.{version}")))
}

/// Copies what belongs to a contract to its amendment or renewal.
fn inherit_parts(session: &Session<'_>, older: &str, newer: &str) -> Result<(), Failure> {
    let mut clauses = Vec::new();
    for object in ["AgreementClause", "AgreementTeamMember"] {
        for stored in parts(object, older).all(session.tx)? {
            let original = id(&stored.record).to_owned();
            let mut row = stored.record;
            row.remove("ExternalId");
            let copy = parts(object, newer).add(session, row)?;
            clauses.push((original, id(&copy).to_owned()));
        }
    }
    obligations::inherit(session, older, newer, &clauses)?;
    documents::inherit(session, older, newer)
}
