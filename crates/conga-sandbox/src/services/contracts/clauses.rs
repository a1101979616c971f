//! The clauses of a contract.

use rusqlite::Transaction;
use serde_json::{Value, json};

use super::collection::{Collection, id};
use super::contract::{self, outcomes, parts};
use super::fields::{self, CLAUSE};
use super::obligations;
use super::query::Query;
use crate::failure::Failure;
use crate::records::objects::Object;
use crate::records::store::{self, Record, Stored};
use crate::request::{Answer, Call};
use crate::services::reply::{params, success};
use crate::services::{Session, World};

/// `POST contracts/{contractId}/clause`.
pub(super) fn create(world: &World, call: &Call) -> Result<Answer, Failure> {
    let row = params::row(call)?;
    let clause = world.write(call, |session| {
        contract::of_call(session.tx, call)?;
        add(session, contract::id_of(call), row)
    })?;
    Ok(success(clause.into()))
}

/// `POST contracts/{contractId}/clauses/bulk`.
pub(super) fn create_many(world: &World, call: &Call) -> Result<Answer, Failure> {
    let rows = params::rows(call)?;
    let clauses = world.write(call, |session| {
        contract::of_call(session.tx, call)?;
        rows.iter()
            .map(|row| add(session, contract::id_of(call), object(row)?).map(Value::from))
            .collect::<Result<Value, Failure>>()
    })?;
    Ok(success(clauses))
}

/// `GET contracts/clauses/{contractClauseId}`: a list with the one clause.
pub(super) fn get(world: &World, call: &Call) -> Result<Answer, Failure> {
    let clauses = Collection::of(Object::internal("AgreementClause"));
    let found = world.store.read(|tx| clauses.find(tx, id_of(call)))?;
    Ok(success(json!([found.record])))
}

/// `POST contracts/{contractId}/clauses`: of each clause of a document the latest version, and how many there are.
pub(super) fn query(world: &World, call: &Call) -> Result<Answer, Failure> {
    let query = Query::of(call)?;
    let clauses = clauses(call);
    let found = world.store.read(|tx| {
        contract::of_call(tx, call)?;
        query.all(tx, &clauses)
    })?;
    let rows = newest(found).into_iter().map(|(mut record, versions)| {
        record.insert("NumberOfVersions".to_owned(), versions.into());
        record
    });
    Ok(query.answer(query.page(rows.collect())?))
}

/// `PUT contracts/{contractId}/clause/{contractClauseId}`.
pub(super) fn update(world: &World, call: &Call) -> Result<Answer, Failure> {
    let row = params::row(call)?;
    let clause = world.write(call, |session| change(session, call, id_of(call), row))?;
    Ok(success(clause.into()))
}

/// `PUT contracts/{contractId}/clauses/bulk`: every row names its clause.
pub(super) fn update_many(world: &World, call: &Call) -> Result<Answer, Failure> {
    let rows = params::rows(call)?;
    let clauses = world.write(call, |session| {
        rows.iter()
            .map(|row| {
                let row = object(row)?;
                let named = store::text(row, "Id").filter(|id| !id.is_empty());
                let named = named.ok_or_else(|| Failure::invalid("every clause needs its Id"))?;
                change(session, call, named, row).map(Value::from)
            })
            .collect::<Result<Value, Failure>>()
    })?;
    Ok(success(clauses))
}

/// `DELETE contracts/{contractId}/clauses/{contractClauseId}`.
pub(super) fn delete(world: &World, call: &Call) -> Result<Answer, Failure> {
    world.write(call, |session| clauses(call).delete(session, id_of(call)))?;
    Ok(success(true.into()))
}

/// `DELETE contracts/{contractId}/clauses/bulk`: the outcome of each id.
pub(super) fn delete_many(world: &World, call: &Call) -> Result<Answer, Failure> {
    let ids = params::rows(call)?;
    let outcomes = world.write(call, |session| {
        contract::of_call(session.tx, call)?;
        outcomes(ids, |id| clauses(call).delete(session, id))
    })?;
    Ok(success(outcomes))
}

fn clauses(call: &Call) -> Collection {
    parts("AgreementClause", contract::id_of(call))
}

fn id_of(call: &Call) -> &str {
    call.path_param("contractClauseId").unwrap_or_default()
}

fn object(row: &Value) -> Result<&Record, Failure> {
    row.as_object()
        .ok_or_else(|| Failure::invalid("each row is a JSON object: one clause"))
}

/// Gives a contract a clause.
pub(super) fn add(session: &Session<'_>, contract: &str, row: &Record) -> Result<Record, Failure> {
    check(contract, row)?;
    let mut row = row.clone();
    for (field, value) in [
        ("Category", json!("Default")),
        ("Subcategory", json!("Default")),
        ("MateriallySignificant", json!(false)),
    ] {
        row.entry(field).or_insert(value);
    }
    let clause = parts("AgreementClause", contract).add(session, row)?;
    if let Some(library_clause) = store::text(&clause, "Clause") {
        obligations::adopt(session, contract, library_clause, id(&clause))?;
    }
    Ok(clause)
}

/// The clauses of a contract, of each the latest version.
pub(super) fn latest(tx: &Transaction<'_>, contract: &str) -> Result<Vec<Record>, Failure> {
    let all = parts("AgreementClause", contract).all(tx)?;
    Ok(newest(all).into_iter().map(|(clause, _)| clause).collect())
}

/// Of each clause the latest version, and how many there are.
fn newest(found: Vec<Stored>) -> Vec<(Record, i64)> {
    let mut groups: Vec<(Value, i64, Stored)> = Vec::new();
    for one in found {
        let key = group(&one.record);
        match groups.iter_mut().find(|group| group.0 == key) {
            Some((_, versions, latest)) => {
                *versions += 1;
                if one.seq > latest.seq {
                    *latest = one;
                }
            }
            None => groups.push((key, 1, one)),
        }
    }
    let clauses = groups.into_iter();
    clauses
        .map(|(_, versions, latest)| (latest.record, versions))
        .collect()
}

fn change(
    session: &Session<'_>,
    call: &Call,
    clause: &str,
    row: &Record,
) -> Result<Record, Failure> {
    check(contract::id_of(call), row)?;
    clauses(call).update(session, clause, row)
}

fn check(contract: &str, row: &Record) -> Result<(), Failure> {
    fields::check(row, CLAUSE)?;
    match row.get("Agreement") {
        None | Some(Value::Null) => Ok(()),
        Some(Value::String(named)) if named == contract => Ok(()),
        Some(_) => Err(Failure::invalid(format!(
            "Agreement is the contract of the path, '{contract}'; send that or leave it out"
        ))),
    }
}

/// What versions of one clause have in common. A clause that names none is one of its own.
fn group(clause: &Record) -> Value {
    let field = |name| clause.get(name).cloned().unwrap_or_default();
    match field("Clause") {
        Value::Null => field("Id"),
        name => json!([name, field("DocumentVersionId")]),
    }
}
