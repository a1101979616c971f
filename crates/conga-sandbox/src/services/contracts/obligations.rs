//! Obligations: those of a clause of the library, and those of a contract.
//!
//! An obligation of a library clause is a pattern: a contract that gets the clause gets the obligation. What a
//! contract in force has to do is its fulfillments.

use rusqlite::Transaction;
use serde_json::{Value, json};

use super::collection::{Collection, id};
use super::contract::{self, outcomes, parts};
use super::fields::{self, OBLIGATION};
use super::lifecycle::State;
use super::query::Query;
use super::{fulfillments, query};
use crate::failure::Failure;
use crate::records::objects::Object;
use crate::records::store::{self, Record, Stored};
use crate::request::{Answer, Call};
use crate::services::reply::{params, success};
use crate::services::{Session, World, series};

/// What an obligation of a contract has unless it is given.
fn defaults(session: &Session<'_>) -> [(&'static str, Value); 14] {
    [
        ("AccountableParty", Value::Null),
        ("AgreementClause", Value::Null),
        ("Assignee", Value::Null),
        ("AssigneeContact", Value::Null),
        ("AssigneeSupplierContact", Value::Null),
        ("AssigneeType", json!("User")),
        ("AssigneeUserGroup", Value::Null),
        ("Frequency", json!("OneTime")),
        ("Obligation", Value::Null),
        ("PrintOnContract", json!(true)),
        ("RecordOwner", owner(session)),
        ("Reviewer", Value::Null),
        ("ReviewerContact", Value::Null),
        ("ReviewerType", json!("User")),
    ]
}

/// Fields that the platform sets.
const SET_BY_PLATFORM: [&str; 4] = ["Agreement", "IsActive", "ObligationNumber", "Status"];

/// `POST clauses/{clauseId}/obligations`.
pub(super) fn create_for_clause(world: &World, call: &Call) -> Result<Answer, Failure> {
    let row = checked(params::row(call)?)?;
    let obligation = world.write(call, |session| {
        let mut row = row;
        row.entry("RecordOwner").or_insert_with(|| owner(session));
        of_clause(call).add(session, row)
    })?;
    Ok(success(obligation.into()))
}

/// `GET clauses/{clauseId}/obligations/{obligationId}`.
pub(super) fn get_of_clause(world: &World, call: &Call) -> Result<Answer, Failure> {
    get(world, call, &of_clause(call))
}

/// `PUT clauses/{clauseId}/obligations/{obligationId}`.
pub(super) fn update_of_clause(world: &World, call: &Call) -> Result<Answer, Failure> {
    let row = checked(params::row(call)?)?;
    let obligation = world.write(call, |session| {
        of_clause(call).update(session, id_of(call), &row)
    })?;
    Ok(success(obligation.into()))
}

/// `DELETE clauses/{clauseId}/obligations/{obligationId}`.
pub(super) fn delete_of_clause(world: &World, call: &Call) -> Result<Answer, Failure> {
    world.write(call, |session| of_clause(call).delete(session, id_of(call)))?;
    Ok(success(true.into()))
}

/// `DELETE clauses/{clauseId}/obligations`: the named ones, or all.
pub(super) fn delete_many_of_clause(world: &World, call: &Call) -> Result<Answer, Failure> {
    let all = params::flag(call, "deleteAll")?;
    let on = of_clause(call);
    let outcomes = world.write(call, |session| {
        remove_many(session, call, all, &on, |id| on.delete(session, id))
    })?;
    Ok(success(outcomes))
}

/// `POST clauses/{clauseId}/obligations/query`.
pub(super) fn query_of_clause(world: &World, call: &Call) -> Result<Answer, Failure> {
    query::answer(world, call, &of_clause(call))
}

/// `POST contracts/{contractId}/obligations`.
pub(super) fn create(world: &World, call: &Call) -> Result<Answer, Failure> {
    let row = params::row(call)?;
    let obligation = world.write(call, |session| {
        contract::of_call(session.tx, call)?;
        add(session, contract::id_of(call), row)
    })?;
    Ok(success(obligation.into()))
}

/// `GET contracts/{contractId}/obligations/{obligationId}`.
pub(super) fn get_of_contract(world: &World, call: &Call) -> Result<Answer, Failure> {
    get(world, call, &of_contract(contract::id_of(call)))
}

/// `PUT contracts/{contractId}/obligations/{obligationId}`.
pub(super) fn update(world: &World, call: &Call) -> Result<Answer, Failure> {
    let row = checked(params::row(call)?)?;
    let obligation = world.write(call, |session| {
        let obligation = of_contract(contract::id_of(call)).update(session, id_of(call), &row)?;
        fulfillments::follow(session, &obligation)?;
        Ok(obligation)
    })?;
    Ok(success(obligation.into()))
}

/// `DELETE contracts/{contractId}/obligations/{obligationId}`.
pub(super) fn delete(world: &World, call: &Call) -> Result<Answer, Failure> {
    world.write(call, |session| {
        remove(session, contract::id_of(call), id_of(call))
    })?;
    Ok(success(true.into()))
}

/// `DELETE contracts/{contractId}/obligations`: the named ones, or all.
pub(super) fn delete_many(world: &World, call: &Call) -> Result<Answer, Failure> {
    let contract = contract::id_of(call);
    let outcomes = world.write(call, |session| {
        contract::of_call(session.tx, call)?;
        remove_many(session, call, false, &of_contract(contract), |id| {
            remove(session, contract, id)
        })
    })?;
    Ok(success(outcomes))
}

/// `POST contracts/{contractId}/obligations/query`.
pub(super) fn query(world: &World, call: &Call) -> Result<Answer, Failure> {
    world.store.read(|tx| contract::of_call(tx, call))?;
    query::answer(world, call, &of_contract(contract::id_of(call)))
}

/// `POST contracts/{contractId}/obligation-fulfillments`: each obligation with its fulfillments and their documents.
pub(super) fn with_fulfillments(world: &World, call: &Call) -> Result<Answer, Failure> {
    let query = Query::of(call)?;
    let contract = contract::id_of(call);
    let rows = world.store.read(|tx| {
        contract::of_call(tx, call)?;
        let found = query.run(tx, &of_contract(contract))?;
        let rows = found.rows.into_iter().map(|obligation| {
            let fulfillments = fulfillments::shown_of(tx, id(&obligation))?;
            let mut row = query.shown(obligation);
            row["Fulfillments"] = fulfillments;
            Ok(row)
        });
        rows.collect::<Result<Value, Failure>>()
    })?;
    Ok(success(rows))
}

/// `POST obligations/activated-contracts`: contracts in force, each with its obligations.
pub(super) fn of_active_contracts(world: &World, call: &Call) -> Result<Answer, Failure> {
    let query = Query::of(call)?;
    let contracts = contract::contracts();
    let rows = world.store.read(|tx| {
        let active = contracts
            .select(query.criteria())?
            .having("Status", &["Activated"])?;
        let found = query.run_on(tx, contracts.object(), active)?;
        let mut rows = Vec::new();
        for contract in found.rows {
            let obligations = of_contract(id(&contract)).all(tx)?;
            if obligations.is_empty() {
                continue;
            }
            let mut row = query.shown(contract);
            row["Obligations"] = obligations
                .into_iter()
                .map(|one| json!(one.record))
                .collect();
            rows.push(row);
        }
        Ok::<_, Failure>(rows)
    })?;
    Ok(success(rows.into()))
}

/// Gives a contract the obligations of a library clause that it now has.
pub(super) fn adopt(
    session: &Session<'_>,
    contract: &str,
    library_clause: &str,
    contract_clause: &str,
) -> Result<(), Failure> {
    let patterns = Collection::of(Object::internal("Obligation")).owned("Clause", library_clause);
    for pattern in patterns.all(session.tx)? {
        let mut row = pattern.record;
        let source = id(&row).to_owned();
        row.retain(|name, _| !["Clause", "ExternalId"].contains(&name.as_str()));
        row.insert("Obligation".to_owned(), source.into());
        row.insert("AgreementClause".to_owned(), contract_clause.into());
        add(session, contract, &row)?;
    }
    Ok(())
}

/// Activates the obligations of a contract that comes into force: now there is something to fulfil.
pub(super) fn activate(session: &Session<'_>, contract: &Record) -> Result<(), Failure> {
    let obligations = of_contract(id(contract));
    for stored in obligations.all(session.tx)? {
        let row = Record::from_iter([
            ("IsActive".to_owned(), json!(true)),
            ("Status".to_owned(), json!("Active")),
        ]);
        let obligation = obligations.change(session, stored, &row)?;
        fulfillments::plan(session, contract, &obligation)?;
    }
    Ok(())
}

/// Copies the obligations of a contract to its amendment or renewal.
pub(super) fn inherit(
    session: &Session<'_>,
    older: &str,
    newer: &str,
    clauses: &[(String, String)],
) -> Result<(), Failure> {
    for stored in of_contract(older).all(session.tx)? {
        let mut row = stored.record;
        row.remove("ExternalId");
        let clause = store::text(&row, "AgreementClause");
        let copy = clauses.iter().find(|(old, _)| Some(old.as_str()) == clause);
        let copy = copy.map(|(_, new)| new.as_str());
        row.insert("AgreementClause".to_owned(), json!(copy));
        add(session, newer, &row)?;
    }
    Ok(())
}

/// The obligations of a contract.
pub(super) fn of_contract(contract: &str) -> Collection {
    parts("AgreementObligation", contract)
}

/// The obligation that a call's path names, if the contract of the path has it.
pub(super) fn of_call(tx: &Transaction<'_>, call: &Call) -> Result<Stored, Failure> {
    of_contract(contract::id_of(call)).find(tx, id_of(call))
}

/// The id of the obligation that a call's path names.
pub(super) fn id_of(call: &Call) -> &str {
    call.path_param("obligationId").unwrap_or_default()
}

fn of_clause(call: &Call) -> Collection {
    let clause = call.path_param("clauseId").unwrap_or_default();
    Collection::of(Object::internal("Obligation")).owned("Clause", clause)
}

fn get(world: &World, call: &Call, on: &Collection) -> Result<Answer, Failure> {
    let found = world.store.read(|tx| on.find(tx, id_of(call)))?;
    Ok(success(found.record.into()))
}

/// Gives a contract an obligation.
pub(super) fn add(session: &Session<'_>, contract: &str, row: &Record) -> Result<Record, Failure> {
    let mut row = checked(row)?;
    for (field, value) in defaults(session) {
        row.entry(field).or_insert(value);
    }
    let number = series::next(session, "AgreementObligation")?;
    row.insert("ObligationNumber".to_owned(), format!("OB-{number}").into());
    let owner = contract::contracts().find(session.tx, contract)?.record;
    let active = State::of(&owner)?.is_in_force();
    let status = if active { "Active" } else { "Draft" };
    row.insert("IsActive".to_owned(), active.into());
    row.insert("Status".to_owned(), status.into());
    let obligation = of_contract(contract).add(session, row)?;
    if active {
        fulfillments::plan(session, &owner, &obligation)?;
    }
    Ok(obligation)
}

fn remove(session: &Session<'_>, contract: &str, obligation: &str) -> Result<(), Failure> {
    of_contract(contract).delete(session, obligation)?;
    fulfillments::remove_all(session, obligation)
}

/// Deletes the obligations that the body lists, or all of the collection; the outcome of each.
fn remove_many(
    session: &Session<'_>,
    call: &Call,
    all: bool,
    on: &Collection,
    each: impl Fn(&str) -> Result<(), Failure>,
) -> Result<Value, Failure> {
    let named = call.json().and_then(Value::as_array);
    let named = named.filter(|ids| !all && !ids.is_empty());
    match named {
        Some(ids) => outcomes(ids, each),
        None => {
            let stored = on.all(session.tx)?;
            let ids: Vec<Value> = stored.iter().map(|one| id(&one.record).into()).collect();
            outcomes(&ids, each)
        }
    }
}

/// The fields of a request that count, checked and completed.
fn checked(row: &Record) -> Result<Record, Failure> {
    fields::require(row, &["Name"])?;
    fields::check(row, OBLIGATION)?;
    let mut row = row.clone();
    row.retain(|name, _| !SET_BY_PLATFORM.contains(&name.as_str()));
    if let Some(day) = store::text(&row, "DueDate").filter(|text| text.len() == 10) {
        let midnight = format!("{day}T00:00:00");
        row.insert("DueDate".to_owned(), midnight.into());
    }
    // The published answer shows the type of the request under this name.
    if let Some(kind) = row.get("ObligationType").cloned() {
        row.insert("RecordType".to_owned(), kind);
    }
    Ok(row)
}

fn owner(session: &Session<'_>) -> Value {
    let mut owner = session.author.clone();
    owner["OwnerType"] = json!("User");
    owner
}
