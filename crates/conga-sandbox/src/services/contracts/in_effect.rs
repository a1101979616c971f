//! The In-Effect View: what the amendments of a contract have changed in it.

use std::collections::BTreeSet;

use rusqlite::Transaction;
use serde_json::{Value, json};

use super::collection::id;
use super::contract::{self, parts};
use super::{documents, relations};
use crate::failure::Failure;
use crate::records::objects::READ_ONLY;
use crate::records::selection::{limit, skip};
use crate::records::store::{self, Record};
use crate::request::{Answer, Call};
use crate::services::World;
use crate::services::reply::{params, success};

/// Fields that every contract has of its own, amended or not.
const OWN_FIELDS: [&str; 11] = [
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
    "ExecutedDate",
];

/// A thing that a contract and its amendment may both have: what it is known by, its name, and what it says.
type Thing = (Value, Value, Value);

/// `GET contracts/{contractId}/in-effect-view/details`.
pub(super) fn details(world: &World, call: &Call) -> Result<Answer, Failure> {
    view(world, call, |_, older, newer| {
        let names: BTreeSet<&String> = older.keys().chain(newer.keys()).collect();
        let changes = names.into_iter().filter_map(|name| {
            let own = OWN_FIELDS.contains(&name.as_str()) || READ_ONLY.contains(&name.as_str());
            let (from, to) = (older.get(name), newer.get(name));
            let same = from.unwrap_or(&Value::Null) == to.unwrap_or(&Value::Null);
            (!own && !same).then(|| json!({"Field": name, "From": from, "To": to}))
        });
        Ok(changes.collect())
    })
}

/// `GET contracts/{contractId}/in-effect-view/clauses`.
pub(super) fn clauses(world: &World, call: &Call) -> Result<Answer, Failure> {
    view(world, call, |tx, older, newer| {
        Ok(compare(&clauses_of(tx, older)?, &clauses_of(tx, newer)?))
    })
}

/// `GET contracts/{contractId}/in-effect-view/documents`.
pub(super) fn documents(world: &World, call: &Call) -> Result<Answer, Failure> {
    view(world, call, |tx, older, newer| {
        Ok(compare(
            &documents_of(tx, older)?,
            &documents_of(tx, newer)?,
        ))
    })
}

/// The changes that each amendment in effect has made, the first amendment first.
fn view(
    world: &World,
    call: &Call,
    changes: impl Fn(&Transaction<'_>, &Record, &Record) -> Result<Vec<Value>, Failure>,
) -> Result<Answer, Failure> {
    let from = skip(params::int(call, "skip")?)?;
    let most = limit("limit", params::int(call, "limit")?)?;
    let rows = world.store.read(|tx| {
        let mut older = contract::of_call(tx, call)?.record;
        let mut rows = Vec::new();
        while let Some(newer) = amendment(tx, &older)? {
            for mut change in changes(tx, &older, &newer)? {
                change["ContractId"] = newer.get("Id").cloned().unwrap_or_default();
                change["ContractName"] = newer.get("Name").cloned().unwrap_or_default();
                change["ContractNumber"] = newer.get("ContractNumber").cloned().unwrap_or_default();
                change["EffectiveDate"] = effective_date(&newer);
                rows.push(change);
            }
            older = newer;
        }
        Ok::<_, Failure>(rows)
    })?;
    let as_size = |number| usize::try_from(number).unwrap_or(usize::MAX);
    let page = rows.into_iter().skip(as_size(from)).take(as_size(most));
    Ok(success(page.collect()))
}

/// The latest amendment of a contract that was activated.
fn amendment(tx: &Transaction<'_>, contract: &Record) -> Result<Option<Record>, Failure> {
    let links = relations::of_contract(tx, id(contract))?;
    for link in links
        .iter()
        .rev()
        .filter(|link| relations::is_system(&link.record))
    {
        if let Some((there, ("IsAmendedBy", _))) = relations::other_end(&link.record, id(contract))
            && let Some(newer) = relations::at(tx, there)?
            && store::text(&newer.record, "ActivatedDate").is_some()
        {
            return Ok(Some(newer.record));
        }
    }
    Ok(None)
}

fn effective_date(amendment: &Record) -> Value {
    let date = amendment.get("AmendmentEffectiveDate");
    let date = date.filter(|date| !date.is_null());
    let date = date.or_else(|| amendment.get("ActivatedDate"));
    date.cloned().unwrap_or_default()
}

fn clauses_of(tx: &Transaction<'_>, contract: &Record) -> Result<Vec<Thing>, Failure> {
    let stored = parts("AgreementClause", id(contract)).all(tx)?;
    let things = stored.into_iter().map(|stored| {
        let field = |name| stored.record.get(name).cloned().unwrap_or_default();
        let key = Some(field("Clause")).filter(|key| !key.is_null());
        (
            key.unwrap_or_else(|| field("Name")),
            field("Name"),
            field("Text"),
        )
    });
    Ok(things.collect())
}

/// A document is known by its name, and says what its content is.
fn documents_of(tx: &Transaction<'_>, contract: &Record) -> Result<Vec<Thing>, Failure> {
    let found = documents::of(tx, documents::CONTRACT, id(contract))?;
    let things = found.into_iter().map(|document| {
        let name = document.get("Name").cloned().unwrap_or_default();
        let content = documents::content_tag(tx, &document)?;
        Ok((name.clone(), name, content.into()))
    });
    things.collect()
}

/// What is new, what says something else, and what is gone.
fn compare(older: &[Thing], newer: &[Thing]) -> Vec<Value> {
    let find = |things: &[Thing], key: &Value| {
        let thing = things.iter().find(|(known, ..)| known == key);
        thing.map(|(_, _, says)| says.clone())
    };
    let mut changes = Vec::new();
    for (key, name, says) in newer {
        match find(older, key) {
            None => changes.push(json!({"Name": name, "Change": "Added"})),
            Some(before) if before != *says => {
                changes.push(json!({"Name": name, "Change": "Modified"}));
            }
            Some(_) => {}
        }
    }
    for (key, name, _) in older {
        if find(newer, key).is_none() {
            changes.push(json!({"Name": name, "Change": "Removed"}));
        }
    }
    changes
}
