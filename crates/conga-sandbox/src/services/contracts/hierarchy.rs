//! Contracts above and below each other.

use std::collections::HashSet;

use rusqlite::Transaction;
use serde_json::{Value, json};

use super::collection::id;
use super::contract::{self, contracts, parent};
use super::fields::lookup_id;
use super::query::Query;
use super::relations;
use crate::failure::Failure;
use crate::records::store::{self, Record};
use crate::request::{Answer, Call};
use crate::services::World;
use crate::services::reply::{params, success};

/// `GET contracts/{contractId}/hierarchy`.
pub(super) fn of_contract(world: &World, call: &Call) -> Result<Answer, Failure> {
    let only_system = params::text(call, "onlySystemRelationship").is_none()
        || params::flag(call, "onlySystemRelationship")?;
    let shown = world.store.read(|tx| {
        let contract = contract::of_call(tx, call)?.record;
        let family = Family::of(tx, &contract, only_system)?;
        if family.is_empty() {
            return Err(Failure::invalid(format!(
                "the contract '{}' is in no hierarchy: nothing is above, below or beside it",
                id(&contract)
            )));
        }
        Ok(family.shown(&contract))
    })?;
    Ok(success(shown))
}

/// `GET accounts/{accountId}/contracts/{contractId}/hierarchy`.
pub(super) fn of_account_contract(world: &World, call: &Call) -> Result<Answer, Failure> {
    let shown = world.store.read(|tx| {
        let contract = in_account(tx, call)?;
        Ok::<_, Failure>(Family::of(tx, &contract, false)?.shown(&contract))
    })?;
    Ok(success(shown))
}

/// `POST accounts/{accountId}/contracts/hierarchy/query`: the contracts of an account that have no parent.
pub(super) fn query(world: &World, call: &Call) -> Result<Answer, Failure> {
    let query = Query::of(call)?;
    let account = call.path_param("accountId").unwrap_or_default();
    let contracts = contracts();
    let found = world.store.read(|tx| {
        let all = query.all_of(
            tx,
            contracts
                .select(query.criteria())?
                .having("Account", &[account])?,
        )?;
        let roots = all.into_iter().map(|stored| stored.record);
        let roots: Vec<Record> = roots
            .filter(|contract| parent(contract).is_none())
            .collect();
        let mut found = query.page(roots)?;
        for row in &mut found.rows {
            let below = relations::children(tx, id(row))?;
            row.insert("HasChildren".to_owned(), (!below.is_empty()).into());
        }
        Ok::<_, Failure>(found)
    })?;
    Ok(query.answer(found))
}

/// `POST accounts/{accountId}/contracts/{contractId}/hierarchy/query`: the contracts below one of an account.
pub(super) fn query_below(world: &World, call: &Call) -> Result<Answer, Failure> {
    let query = Query::of(call)?;
    let found = world.store.read(|tx| {
        let contract = in_account(tx, call)?;
        let below: HashSet<String> = descendants(tx, id(&contract))?
            .iter()
            .map(|one| id(one).to_owned())
            .collect();
        let all = query.all(tx, &contracts())?.into_iter();
        let rows = all.map(|stored| stored.record);
        query.page(rows.filter(|one| below.contains(id(one))).collect())
    })?;
    Ok(query.answer(found))
}

/// What stands around a contract.
#[derive(Debug, Default)]
struct Family {
    above: Vec<Record>,
    below: Vec<Record>,
    beside: Vec<Record>,
    amended: Vec<Record>,
    renewed: Vec<Record>,
}

impl Family {
    fn of(tx: &Transaction<'_>, contract: &Record, only_system: bool) -> Result<Self, Failure> {
        let mut family = Self {
            above: ancestors(tx, contract)?,
            below: descendants(tx, id(contract))?,
            ..Self::default()
        };
        for link in relations::of_contract(tx, id(contract))? {
            if only_system && !relations::is_system(&link.record) {
                continue;
            }
            let Some((there, (kind, _))) = relations::other_end(&link.record, id(contract)) else {
                continue;
            };
            let Some(there) = relations::at(tx, there)? else {
                continue;
            };
            match kind {
                "IsAmendedBy" | "IsAmendmentFor" => family.amended.push(there.record),
                "IsRenewedBy" | "IsRenewalFor" => family.renewed.push(there.record),
                "IsParentOf" | "IsChildOf" => {}
                _ => family.beside.push(there.record),
            }
        }
        Ok(family)
    }

    fn is_empty(&self) -> bool {
        let all = [
            &self.above,
            &self.below,
            &self.beside,
            &self.amended,
            &self.renewed,
        ];
        all.iter().all(|part| part.is_empty())
    }

    /// The published `ContractHierarchiesResponse`.
    fn shown(&self, contract: &Record) -> Value {
        let rows = |contracts: &[Record]| contracts.iter().map(row).collect::<Value>();
        json!({
            "Account": party(contract, "Account", "AccountNumber"),
            "Supplier": party(contract, "Supplier", "SupplierCode"),
            "Contract": row(contract),
            "ParentContracts": rows(&self.above),
            "ChildContracts": rows(&self.below),
            "OtherRelatedContracts": rows(&self.beside),
            "AmendedContracts": rows(&self.amended),
            "RenewedContracts": rows(&self.renewed),
        })
    }
}

/// The contracts above one, the nearest first.
fn ancestors(tx: &Transaction<'_>, contract: &Record) -> Result<Vec<Record>, Failure> {
    let mut above: Vec<Record> = Vec::new();
    while let Some(next) = parent(above.last().unwrap_or(contract)) {
        match relations::at(tx, next)? {
            Some(stored) => above.push(stored.record),
            None => break,
        }
    }
    Ok(above)
}

/// The contracts below one, level by level.
fn descendants(tx: &Transaction<'_>, contract: &str) -> Result<Vec<Record>, Failure> {
    let mut below = relations::children(tx, contract)?;
    let mut at = 0;
    while let Some(next) = below.get(at) {
        let children = relations::children(tx, id(next))?;
        below.extend(children);
        at += 1;
    }
    Ok(below)
}

/// The contract that a call's path names, if it is one of the account of the path.
fn in_account(tx: &Transaction<'_>, call: &Call) -> Result<Record, Failure> {
    let contract = contract::of_call(tx, call)?.record;
    let account = call.path_param("accountId").unwrap_or_default();
    if lookup_id(&contract, "Account") == Some(account) {
        return Ok(contract);
    }
    Err(Failure::not_found(format!(
        "the account '{account}' has no contract with the Id '{}'",
        id(&contract)
    )))
}

fn row(contract: &Record) -> Value {
    let field = |name| store::text(contract, name);
    json!({
        "Id": field("Id"),
        "Name": field("Name"),
        "StatusCategory": field("StatusCategory"),
        "Status": field("Status"),
        "ContractNumber": field("ContractNumber"),
    })
}

/// The account or supplier of a contract, as far as the contract knows it.
fn party(contract: &Record, field: &str, number: &str) -> Value {
    let Some(party) = contract.get(field).and_then(Value::as_object) else {
        return Value::Null;
    };
    json!({
        "Id": party.get("Id"),
        "Name": party.get("Name"),
        number: party.get(number),
    })
}
