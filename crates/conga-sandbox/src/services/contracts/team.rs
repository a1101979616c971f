//! The teams of contracts and of contract requests.

use rusqlite::Transaction;
use serde_json::{Value, json};

use super::collection::{Collection, id};
use super::contract::{self, parts};
use super::fields::lookup_id;
use super::query::Query;
use super::{requests, roles};
use crate::failure::Failure;
use crate::records::objects::Object;
use crate::records::store::{self, By, Record};
use crate::records::value::fold;
use crate::records::writer;
use crate::request::{Answer, Call};
use crate::services::World;
use crate::services::reply::{params, success};
use crate::services::session;

/// The lookups that name a member, one for each type.
const MEMBERS: [&str; 3] = ["User", "UserGroup", "Contact"];

/// `POST .../teammembers`: the member, or a list if several were added.
pub(super) fn add(world: &World, call: &Call) -> Result<Answer, Failure> {
    let rows = params::rows(call)?;
    let mut added = world.write(call, |session| {
        let team = team(session.tx, call)?;
        let added = rows.iter().map(|row| {
            let row = member(world, session.tx, row.as_object())?;
            team.add(session, row).map(Value::from)
        });
        added.collect::<Result<Vec<Value>, Failure>>()
    })?;
    let data = match (added.pop(), added.is_empty()) {
        (Some(only), true) => only,
        (last, _) => {
            added.extend(last);
            added.into()
        }
    };
    Ok(success(data))
}

/// `GET .../teammembers/{teamMemberId}`.
pub(super) fn get(world: &World, call: &Call) -> Result<Answer, Failure> {
    let found = world
        .store
        .read(|tx| team(tx, call)?.find(tx, id_of(call)))?;
    Ok(success(found.record.into()))
}

/// `PUT .../teammembers/{teamMemberId}`.
pub(super) fn update(world: &World, call: &Call) -> Result<Answer, Failure> {
    let row = params::row(call)?;
    let member = world.write(call, |session| {
        let team = team(session.tx, call)?;
        team.find(session.tx, id_of(call))?;
        let row = member(world, session.tx, Some(row))?;
        team.update(session, id_of(call), &row)
    })?;
    Ok(success(member.into()))
}

/// `DELETE .../teammembers/{teamMemberId}`.
pub(super) fn delete(world: &World, call: &Call) -> Result<Answer, Failure> {
    world.write(call, |session| {
        team(session.tx, call)?.delete(session, id_of(call))
    })?;
    Ok(success(true.into()))
}

/// `POST .../teammembers/query`: the members whose name or role has the text in it.
pub(super) fn query(world: &World, call: &Call) -> Result<Answer, Failure> {
    let query = Query::of(call)?;
    let wanted = call
        .json()
        .and_then(|body| body.get("SearchText")?.as_str());
    let wanted = fold(wanted.unwrap_or_default());
    let members = world.store.read(|tx| team(tx, call)?.all(tx))?;
    let rows = members.into_iter().map(|stored| stored.record);
    let found = query.page(rows.filter(|row| mentions(row, &wanted)).collect())?;
    Ok(success(found.rows.into_iter().map(Value::from).collect()))
}

/// `GET .../teammembers/by-action/{actionName}`: the members whose role allows the action.
pub(super) fn by_action(world: &World, call: &Call) -> Result<Answer, Failure> {
    let action = call.path_param("actionName").unwrap_or_default();
    let members = world.store.read(|tx| {
        let mut members = team(tx, call)?.all(tx)?;
        let allowed = roles::allowing(tx, action)?;
        members.retain(|member| {
            let role = lookup_id(&member.record, "TeamRole");
            role.is_some_and(|role| allowed.iter().any(|one| one == role))
        });
        Ok::<_, Failure>(members)
    })?;
    let members = members.into_iter().map(|member| Value::from(member.record));
    Ok(success(members.collect()))
}

/// The team that a call is about: that of the contract or of the request in its path.
fn team(tx: &Transaction<'_>, call: &Call) -> Result<Collection, Failure> {
    if call.path_param("contractId").is_some() {
        contract::of_call(tx, call)?;
        return Ok(parts("AgreementTeamMember", contract::id_of(call)));
    }
    let request = requests::of_call(tx, call)?;
    Ok(of_request(id(&request.record)))
}

/// The team of a contract request.
pub(super) fn of_request(request: &str) -> Collection {
    Collection::of(Object::internal("ContractRequestTeamMember")).owned("ContractRequest", request)
}

/// The ids of the roles that the caller has in the team of a contract.
pub(super) fn roles_of(tx: &Transaction<'_>, call: &Call) -> Result<Vec<String>, Failure> {
    let caller = session::author(&call.caller);
    let caller = caller.get("Id").and_then(Value::as_str);
    let members = team(tx, call)?.all(tx)?;
    let own = members
        .iter()
        .filter(|member| lookup_id(&member.record, "User") == caller)
        .filter_map(|member| lookup_id(&member.record, "TeamRole"));
    Ok(own.map(str::to_owned).collect())
}

fn id_of(call: &Call) -> &str {
    call.path_param("teamMemberId").unwrap_or_default()
}

/// The fields of a member, from the published `ContractTeamMembersRequest`.
fn member(world: &World, tx: &Transaction<'_>, row: Option<&Record>) -> Result<Record, Failure> {
    let row = row.ok_or_else(|| Failure::invalid("each row is a JSON object: one team member"))?;
    let kind = store::text(row, "TeamMemberType").unwrap_or_default();
    let named = store::text(row, "TeamMember").unwrap_or_default().trim();
    if named.is_empty() {
        return Err(Failure::invalid(
            "TeamMember is required: an id, or the e-mail address of an ExternalMember",
        ));
    }
    let role = lookup_id(row, "TeamRole")
        .ok_or_else(|| Failure::invalid("TeamRole is required: an object with the role's Id"))?;
    let role = roles::find(tx, role)?;
    let unknown = |what: &str| Failure::invalid(format!("no {what} has the id '{named}'"));
    let mut member = Record::new();
    for name in MEMBERS {
        member.insert(name.to_owned(), Value::Null);
    }
    member.insert("ExternalMember".to_owned(), Value::Null);
    let (value, name) = match kind {
        "User" => {
            let user = world.directory.active_user(named);
            let name = user.ok_or_else(|| unknown("active user"))?.name();
            (writer::author(named, &name), Some(name))
        }
        "Contact" => {
            let contact = store::find(tx, "Contact", By::Id, named)?;
            let contact = contact.ok_or_else(|| unknown("contact"))?;
            let name = store::text(&contact.record, "Name").map(str::to_owned);
            (json!({"Id": named, "Name": name}), name)
        }
        // Groups are kept by no service here.
        "UserGroup" => (json!({"Id": named, "Name": null}), None),
        "ExternalMember" if named.contains('@') => (named.into(), Some(named.to_owned())),
        "ExternalMember" => {
            return Err(Failure::invalid(
                "TeamMember is an e-mail address where TeamMemberType is ExternalMember",
            ));
        }
        _ => {
            return Err(Failure::invalid(
                "TeamMemberType is required: User, UserGroup, Contact or ExternalMember",
            ));
        }
    };
    member.insert(kind.to_owned(), value);
    member.insert("TeamRole".to_owned(), role);
    member.insert("Name".to_owned(), json!(name));
    Ok(member)
}

fn mentions(member: &Record, wanted: &str) -> bool {
    let names = member
        .iter()
        .filter(|(field, _)| *field == "TeamRole" || MEMBERS.contains(&field.as_str()))
        .filter_map(|(_, value)| value.get("Name")?.as_str());
    let external = store::text(member, "ExternalMember");
    wanted.is_empty()
        || names
            .chain(external)
            .any(|name| fold(name).contains(wanted))
}
