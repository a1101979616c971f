//! What the clock does to contracts: it expires, renews and ends them when their day has come.
//!
//! A contract runs through its end date, so its time comes with the midnight (UTC) after. Each contract in force has
//! the next such instant in a table; before a call is carried out, whatever is due is done.

use chrono::{DateTime, Months, NaiveDate, NaiveTime, Utc};
use rusqlite::{Transaction, params};
use serde_json::Value;

use super::collection::id;
use super::contract::{self, contracts, day, is_perpetual};
use super::lifecycle::{Move, State};
use super::{actions, activity, fields};
use crate::failure::Failure;
use crate::records::store::{self, Record, Stored};
use crate::services::{Session, World};

/// The instants at which contracts are due.
pub(in crate::services) const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS contracts_due (
        contract TEXT PRIMARY KEY,
        due INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX IF NOT EXISTS contracts_due_by_time ON contracts_due (due);";

/// At the end of a term a contract that renews itself goes on for this many months, unless it says how many.
const DEFAULT_TERM: u32 = 12;

/// Whether anything has come due.
pub(in crate::services) fn is_due(
    tx: &Transaction<'_>,
    now: DateTime<Utc>,
) -> rusqlite::Result<bool> {
    tx.prepare_cached("SELECT EXISTS (SELECT 1 FROM contracts_due WHERE due <= ?)")?
        .query_row([now.timestamp_millis()], |row| row.get(0))
}

/// Does what has come due.
pub(in crate::services) fn settle(world: &World) -> Result<(), Failure> {
    world.write_as_system(|session| {
        for contract in contracts_due(session.tx, session.now)? {
            let stored = contracts().find(session.tx, &contract)?;
            pass(session, stored)?;
        }
        Ok(())
    })
}

/// Notes when the contract is due, if at all.
pub(super) fn schedule(tx: &Transaction<'_>, record: &Record) -> Result<(), Failure> {
    match next(record, State::of(record)?) {
        Some(due) => {
            tx.prepare_cached(
                "INSERT INTO contracts_due (contract, due) VALUES (?, ?)
                 ON CONFLICT (contract) DO UPDATE SET due = excluded.due",
            )?
            .execute(params![id(record), due.timestamp_millis()])?;
        }
        None => forget(tx, id(record))?,
    }
    Ok(())
}

/// Forgets when the contract is due.
pub(super) fn forget(tx: &Transaction<'_>, contract: &str) -> Result<(), Failure> {
    tx.prepare_cached("DELETE FROM contracts_due WHERE contract = ?")?
        .execute([contract])?;
    Ok(())
}

fn contracts_due(tx: &Transaction<'_>, now: DateTime<Utc>) -> rusqlite::Result<Vec<String>> {
    tx.prepare_cached("SELECT contract FROM contracts_due WHERE due <= ? ORDER BY due")?
        .query_map([now.timestamp_millis()], |row| row.get(0))?
        .collect()
}

/// When a contract in this state is due: its notice runs out, or its last day is over.
fn next(contract: &Record, state: State) -> Option<DateTime<Utc>> {
    if !state.is_in_force() {
        return None;
    }
    let notice = match state {
        State::BeingTerminated => notice_end(contract),
        _ => None,
    };
    let end = match is_perpetual(contract) {
        true => None,
        false => day(contract, "ContractEndDate").and_then(midnight_after),
    };
    notice.into_iter().chain(end).min()
}

fn notice_end(contract: &Record) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_millis(fields::instant(contract, "TerminationDate")?)
}

fn midnight_after(day: NaiveDate) -> Option<DateTime<Utc>> {
    Some(day.succ_opt()?.and_time(NaiveTime::MIN).and_utc())
}

/// Does to a contract what the passing of time does.
fn pass(session: &Session<'_>, stored: Stored) -> Result<(), Failure> {
    let state = State::of(&stored.record)?;
    let mut contract = stored.record.clone();
    let mut renewals = 0;
    while next(&contract, state).is_some_and(|due| due <= session.now)
        && matches!(state, State::Active | State::Filing)
        && renew(&mut contract)
    {
        renewals += 1;
    }
    let still_due = next(&contract, state).is_some_and(|due| due <= session.now);
    let stored = if renewals > 0 {
        let record = contract::set(session, stored, &contract)?;
        activity::log(session, id(&record), "AutoRenew", &record, None)?;
        contracts().find(session.tx, id(&record))?
    } else {
        stored
    };
    if !still_due {
        return Ok(());
    }
    let notice_is_over = state == State::BeingTerminated
        && notice_end(&contract).is_some_and(|end| end <= session.now);
    let one = if notice_is_over {
        Move::End
    } else {
        Move::Lapse
    };
    actions::perform(session, stored, one)?;
    Ok(())
}

/// Puts the end of a contract that renews itself one term later; tells whether it does.
fn renew(contract: &mut Record) -> bool {
    let renews = contract.get("AutoRenewal") == Some(&Value::Bool(true))
        || store::text(contract, "TermType") == Some("Auto Renew");
    let number = |field| contract.get(field).and_then(Value::as_u64);
    let terms = number("AutoRenewalTerms");
    let months = number("AutoRenewTermMonths")
        .or(number("TermMonths"))
        .and_then(|months| u32::try_from(months).ok())
        .filter(|months| *months > 0)
        .unwrap_or(DEFAULT_TERM);
    let later = day(contract, "ContractEndDate")
        .and_then(|end| end.checked_add_months(Months::new(months)));
    let (true, None | Some(1..), Some(later)) = (renews, terms, later) else {
        return false;
    };
    if let Some(terms) = terms {
        contract.insert("AutoRenewalTerms".to_owned(), (terms - 1).into());
    }
    let time = store::text(contract, "ContractEndDate").and_then(|text| text.get(10..));
    let text = format!("{later}{}", time.unwrap_or_default());
    contract.insert("ContractEndDate".to_owned(), text.into());
    true
}
