//! The links between contracts: those that amending and renewing make, and those that callers make.

use rusqlite::Transaction;
use serde_json::{Value, json};

use super::collection::{Collection, id, lookup};
use super::contract::{self, contracts, parent};
use super::fields::lookup_id;
use super::query::Query;
use crate::failure::Failure;
use crate::records::objects::Object;
use crate::records::selection::Direction;
use crate::records::store::{self, By, Record, Stored};
use crate::records::value::Scalar;
use crate::request::{Answer, Call};
use crate::services::reply::{params, success};
use crate::services::{Session, World};

/// What one contract is to another, and what the other is to it.
const TYPES: &[(&str, &str)] = &[
    ("IsAmendedBy", "IsAmendmentFor"),
    ("IsRenewedBy", "IsRenewalFor"),
    ("IsParentOf", "IsChildOf"),
];

/// A standard value of the link with two types; nothing is published as its opposite.
const NDA: &str = "IsNDAFor";

/// How a new contract follows from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Succession {
    Amendment,
    Renewal,
}

impl Succession {
    /// What the older contract is to the newer, and the newer to the older.
    fn types(self) -> (&'static str, &'static str) {
        match self {
            Self::Amendment => ("IsAmendedBy", "IsAmendmentFor"),
            Self::Renewal => ("IsRenewedBy", "IsRenewalFor"),
        }
    }
}

/// `GET contracts/{contractId}/relationships`.
pub(super) fn list(world: &World, call: &Call) -> Result<Answer, Failure> {
    let links = world.store.read(|tx| {
        contract::of_call(tx, call)?;
        of_contract(tx, contract::id_of(call))
    })?;
    let links = links.into_iter().map(|stored| Value::from(stored.record));
    Ok(success(links.collect()))
}

/// `POST contracts/{contractId}/relationships`: by one type, whose opposite follows.
pub(super) fn create(world: &World, call: &Call) -> Result<Answer, Failure> {
    let row = params::row(call)?;
    let wanted = required(row, "RelationshipType")?;
    let opposite = opposite(wanted).ok_or_else(|| {
        let known: Vec<String> = TYPES.iter().map(|(a, b)| format!("{a}, {b}")).collect();
        Failure::invalid(format!(
            "RelationshipType is one of {}, not '{wanted}'",
            known.join(", ")
        ))
    })?;
    link_by_call(world, call, row, (wanted, opposite))
}

/// `POST contracts/{contractId}/relationships/link`: by two types, which may be custom ones.
pub(super) fn link(world: &World, call: &Call) -> Result<Answer, Failure> {
    let row = params::row(call)?;
    let from = required(row, "RelationshipFromType")?;
    let to = required(row, "RelationshipToType")?;
    if let Some(wanted) = opposite(from)
        && wanted != to
        && to != NDA
    {
        return Err(Failure::invalid(format!(
            "RelationshipToType must be {wanted} where RelationshipFromType is {from}"
        )));
    }
    link_by_call(world, call, row, (from, to))
}

/// `POST contracts/{contractId}/relationships/query`: the contracts at the other ends, parents and children among
/// them.
pub(super) fn query(world: &World, call: &Call) -> Result<Answer, Failure> {
    let query = Query::of(call)?;
    let mut rows = world.store.read(|tx| {
        let here = contract::of_call(tx, call)?.record;
        let mut rows = Vec::new();
        for link in of_contract(tx, id(&here))? {
            rows.extend(seen_from(tx, &link.record, id(&here))?);
        }
        let linked: Vec<&Value> = rows
            .iter()
            .filter_map(|row| row.get("ContractId"))
            .collect();
        let mut family = children(tx, id(&here))?;
        family.retain(|child| !linked.contains(&&json!(id(child))));
        let family = family
            .iter()
            .map(|child| row(child, ("IsParentOf", "IsChildOf"), None));
        let mut relatives: Vec<Record> = family.collect();
        if let Some(above) = parent(&here)
            && !linked.contains(&&json!(above))
            && let Some(above) = at(tx, above)?
        {
            relatives.push(row(&above.record, ("IsChildOf", "IsParentOf"), None));
        }
        rows.extend(relatives);
        Ok::<_, Failure>(rows)
    })?;
    if let Some((field, direction)) = query.sort()? {
        let key = |row: &Record| row.get(field).and_then(Scalar::of).and_then(|one| one.text);
        rows.sort_by_key(key);
        if direction == Direction::Descending {
            rows.reverse();
        }
    }
    let rows = rows.into_iter().map(Value::from);
    Ok(success(rows.collect()))
}

/// `DELETE contracts/{contractId}/relationships/{relationshipId}`.
pub(super) fn delete(world: &World, call: &Call) -> Result<Answer, Failure> {
    let wanted = call.path_param("relationshipId").unwrap_or_default();
    world.write(call, |session| {
        let here = contract::of_call(session.tx, call)?;
        let link = links().find(session.tx, wanted)?;
        let ends = ends(&link.record);
        if !ends.contains(&Some(id(&here.record))) {
            return Err(Failure::not_found(format!(
                "the contract '{}' has no relationship with the Id '{wanted}'",
                id(&here.record)
            )));
        }
        let child = child_of(&link.record).map(str::to_owned);
        links().delete(session, wanted)?;
        match child {
            Some(child) => set_parent(session, &child, Value::Null),
            None => Ok(()),
        }
    })?;
    Ok(success(true.into()))
}

/// Notes that a contract followed from another.
pub(super) fn succeed(
    session: &Session<'_>,
    older: &Record,
    newer: &Record,
    how: Succession,
) -> Result<(), Failure> {
    add(session, older, newer, how.types(), true)?;
    Ok(())
}

/// The contract that this one was made to amend or renew.
pub(super) fn predecessor(tx: &Transaction<'_>, contract: &str) -> Result<Option<String>, Failure> {
    let links = links();
    let made = links
        .select("SystemRelationship = true")?
        .having("ContractTo", &[contract])?;
    let first = made.all(tx)?.into_iter().next();
    Ok(first.and_then(|link| lookup_id(&link.record, "ContractFrom").map(str::to_owned)))
}

/// The contracts that amend or renew this one, by whatever link, the oldest first.
pub(super) fn successors(tx: &Transaction<'_>, contract: &str) -> Result<Vec<String>, Failure> {
    let mut found = Vec::new();
    for link in of_contract(tx, contract)? {
        if let Some((other, ("IsAmendedBy" | "IsRenewedBy", _))) = other_end(&link.record, contract)
        {
            found.push(other.to_owned());
        }
    }
    Ok(found)
}

/// All links that a contract is an end of, the oldest first.
pub(super) fn of_contract(tx: &Transaction<'_>, contract: &str) -> Result<Vec<Stored>, Failure> {
    let links = links();
    let mut found = links
        .select("")?
        .having("ContractFrom", &[contract])?
        .all(tx)?;
    found.extend(
        links
            .select("")?
            .having("ContractTo", &[contract])?
            .all(tx)?,
    );
    found.sort_by_key(|link| link.seq);
    found.dedup_by_key(|link| link.seq);
    Ok(found)
}

/// The contracts that name this one as their parent.
pub(super) fn children(tx: &Transaction<'_>, contract: &str) -> Result<Vec<Record>, Failure> {
    let contracts = contracts();
    let mut found = Vec::new();
    for field in ["ParentAgreement", "ParentContract"] {
        found.extend(contracts.select("")?.having(field, &[contract])?.all(tx)?);
    }
    found.retain(|child| parent(&child.record) == Some(contract));
    found.sort_by_key(|child| child.seq);
    found.dedup_by_key(|child| child.seq);
    Ok(found.into_iter().map(|child| child.record).collect())
}

/// The contracts related to one, and what each is to it.
pub(super) fn related(
    tx: &Transaction<'_>,
    here: &Record,
) -> Result<Vec<(String, String)>, Failure> {
    let mut found: Vec<(String, String)> = Vec::new();
    for link in of_contract(tx, id(here))? {
        if let Some((there, (_, kind))) = other_end(&link.record, id(here)) {
            found.push((there.to_owned(), kind.to_owned()));
        }
    }
    let children = children(tx, id(here))?;
    let family = children.iter().map(|child| (id(child), "IsChildOf"));
    for (there, kind) in family.chain(parent(here).map(|above| (above, "IsParentOf"))) {
        if !found.iter().any(|(known, _)| known == there) {
            found.push((there.to_owned(), kind.to_owned()));
        }
    }
    Ok(found)
}

/// Removes all links of a contract that is deleted.
pub(super) fn remove_all(session: &Session<'_>, contract: &str) -> Result<(), Failure> {
    for link in of_contract(session.tx, contract)? {
        links().delete(session, id(&link.record))?;
    }
    Ok(())
}

/// The contract with this id, if it is still there.
pub(super) fn at(tx: &Transaction<'_>, contract: &str) -> Result<Option<Stored>, Failure> {
    let object = contracts();
    Ok(store::find(tx, object.object().name(), By::Id, contract)?)
}

/// The other end of a link, and what this contract is to it and it to this one.
pub(super) fn other_end<'a>(link: &'a Record, here: &str) -> Option<(&'a str, (&'a str, &'a str))> {
    let [from, to] = ends(link);
    let (from_type, to_type) = (
        store::text(link, "RelationshipFromType").unwrap_or_default(),
        store::text(link, "RelationshipToType").unwrap_or_default(),
    );
    if from == Some(here) {
        Some((to?, (from_type, to_type)))
    } else {
        Some((from?, (to_type, from_type)))
    }
}

/// Whether amending or renewing made the link.
pub(super) fn is_system(link: &Record) -> bool {
    link.get("SystemRelationship") == Some(&Value::Bool(true))
}

fn links() -> Collection {
    Collection::of(Object::internal("RelatedAgreement"))
}

fn ends(link: &Record) -> [Option<&str>; 2] {
    ["ContractFrom", "ContractTo"].map(|end| lookup_id(link, end))
}

fn opposite(wanted: &str) -> Option<&'static str> {
    TYPES.iter().find_map(|(a, b)| match wanted {
        wanted if wanted == *a => Some(*b),
        wanted if wanted == *b => Some(*a),
        _ => None,
    })
}

/// The contract at the end of a link that is the child of the other.
fn child_of(link: &Record) -> Option<&str> {
    let [from, to] = ends(link);
    match store::text(link, "RelationshipFromType") {
        Some("IsParentOf") => to,
        Some("IsChildOf") => from,
        _ => None,
    }
}

fn link_by_call(
    world: &World,
    call: &Call,
    row: &Record,
    types: (&str, &str),
) -> Result<Answer, Failure> {
    let wanted = required(row, "RelatedContractId")?;
    let link = world.write(call, |session| {
        let here = contract::of_call(session.tx, call)?.record;
        let there = at(session.tx, wanted)?.map(|stored| stored.record);
        let there = there.ok_or_else(|| {
            Failure::invalid(format!(
                "no contract has the Id '{wanted}', which RelatedContractId names"
            ))
        })?;
        if id(&here) == id(&there) {
            return Err(Failure::invalid("a contract is not related to itself"));
        }
        for link in of_contract(session.tx, id(&here))? {
            if other_end(&link.record, id(&here)) == Some((id(&there), types)) {
                return Err(Failure::invalid(format!(
                    "the contracts are linked so already, by the relationship '{}'",
                    id(&link.record)
                )));
            }
        }
        let link = add(session, &here, &there, types, false)?;
        match child_of(&link) {
            Some(child) if child == id(&here) => set_parent(session, child, lookup(&there))?,
            Some(child) => set_parent(session, child, lookup(&here))?,
            None => {}
        }
        Ok(link)
    })?;
    Ok(success(link.into()))
}

fn add(
    session: &Session<'_>,
    from: &Record,
    to: &Record,
    (from_type, to_type): (&str, &str),
    system: bool,
) -> Result<Record, Failure> {
    let row = json!({
        "Name": format!("{from_type} {}", store::text(to, "ContractNumber").unwrap_or_default()),
        "ContractFrom": lookup(from),
        "ContractTo": lookup(to),
        "RelationshipFromType": from_type,
        "RelationshipToType": to_type,
        "SystemRelationship": system,
    });
    links().add(session, row.as_object().cloned().unwrap_or_default())
}

fn set_parent(session: &Session<'_>, child: &str, parent: Value) -> Result<(), Failure> {
    let stored = contracts().find(session.tx, child)?;
    let row = Record::from_iter([("ParentAgreement".to_owned(), parent)]);
    contract::change(session, stored, &row)?;
    Ok(())
}

/// A link as the contract at one end sees it: the published `ContractRelationshipResponse`.
fn seen_from(tx: &Transaction<'_>, link: &Record, here: &str) -> Result<Option<Record>, Failure> {
    let Some((there, types)) = other_end(link, here) else {
        return Ok(None);
    };
    Ok(at(tx, there)?.map(|there| row(&there.record, types, Some(link))))
}

fn row(there: &Record, (from, to): (&str, &str), link: Option<&Record>) -> Record {
    let category = match link {
        Some(link) if is_system(link) => "System",
        _ if from == "IsParentOf" || from == "IsChildOf" => "ParentChild",
        _ => "Manual",
    };
    let row = json!({
        "ContractId": there.get("Id"),
        "ContractName": there.get("Name"),
        "ContractNumber": there.get("ContractNumber"),
        "ContractStatus": there.get("Status"),
        "RelationshipFromType": from,
        "RelationshipToType": to,
        "RelationshipId": link.map(id),
        "RelationshipCategory": category,
    });
    row.as_object().cloned().unwrap_or_default()
}

fn required<'a>(row: &'a Record, field: &str) -> Result<&'a str, Failure> {
    store::text(row, field)
        .filter(|text| !text.is_empty())
        .ok_or_else(|| Failure::invalid(format!("{field} is required")))
}
