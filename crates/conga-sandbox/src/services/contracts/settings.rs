//! Settings of documents: what each type of contract needs, in which formats documents come out, and how they are
//! protected.

use axum::http::StatusCode;
use rusqlite::Transaction;
use serde_json::{Value, json};

use super::collection::{Collection, id, lookup};
use super::fields::{self, Fields, Type, lookup_id};
use super::query::{self, Query};
use super::roles::is_same_action;
use crate::failure::Failure;
use crate::records::objects::Object;
use crate::records::store::{self, Record};
use crate::request::{Answer, Call};
use crate::services::World;
use crate::services::reply::{params, success};

/// The formats of documents, as published.
const FORMATS: [&str; 4] = ["doc", "docx", "pdf", "rtf"];

/// The fields of a requirement.
const REQUIREMENT: Fields = &[
    (Type::Text, &["Action", "ContractType", "DocumentType"]),
    (Type::Bool, &["IsRequired"]),
];

/// The fields of a protection.
const PROTECTION: Fields = &[
    (
        Type::Text,
        &["Action", "Description", "ProtectionLevel", "ProtectionType"],
    ),
    (Type::Lookup, &["Role"]),
];

/// `GET settings/documents/contract-type-requirements`.
pub(super) fn list_requirements(world: &World, call: &Call) -> Result<Answer, Failure> {
    let requirements = requirements();
    let mut selection = requirements.select("")?;
    for (parameter, field) in [("contractType", "ContractType"), ("action", "Action")] {
        if let Some(value) = params::text(call, parameter) {
            selection = selection.having(field, &[value])?;
        }
    }
    let query = Query::of(call)?;
    let found = world
        .store
        .read(|tx| query.run_on(tx, requirements.object(), selection))?;
    Ok(query.answer(found))
}

/// `POST settings/documents/contract-type-requirements/query`.
pub(super) fn query_requirements(world: &World, call: &Call) -> Result<Answer, Failure> {
    query::answer(world, call, &requirements())
}

/// `GET settings/documents/contract-type-requirements/{id}`.
pub(super) fn get_requirement(world: &World, call: &Call) -> Result<Answer, Failure> {
    let found = world
        .store
        .read(|tx| requirements().find(tx, named(call)))?;
    Ok(success(found.record.into()))
}

/// `PUT settings/documents/contract-type-requirements`.
pub(super) fn update_requirements(world: &World, call: &Call) -> Result<Answer, Failure> {
    let changed = update_many(world, call, &requirements(), |row| {
        fields::check(row, REQUIREMENT)
    })?;
    Ok(success(changed.into_iter().map(Value::from).collect()))
}

/// `POST settings/documents/output-formats`: 201.
pub(super) fn create_format(world: &World, call: &Call) -> Result<Answer, Failure> {
    let mut row = params::row(call)?.clone();
    check_format(&row)?;
    row.entry("OutputFormat").or_insert(json!("docx"));
    let format = world.write(call, |session| formats().add(session, row))?;
    let mut answer = success(format.into());
    answer.status = StatusCode::CREATED;
    Ok(answer)
}

/// `PUT settings/documents/output-formats`.
pub(super) fn update_formats(world: &World, call: &Call) -> Result<Answer, Failure> {
    let changed = update_many(world, call, &formats(), check_format)?;
    Ok(success(changed.into_iter().map(Value::from).collect()))
}

/// `POST settings/documents/output-formats/query`.
pub(super) fn query_formats(world: &World, call: &Call) -> Result<Answer, Failure> {
    query::answer(world, call, &formats())
}

/// `GET settings/documents/output-formats/{id}`: a list with the one format.
pub(super) fn get_format(world: &World, call: &Call) -> Result<Answer, Failure> {
    let found = world.store.read(|tx| formats().find(tx, named(call)))?;
    Ok(success(json!([found.record])))
}

/// `DELETE settings/documents/output-formats/{id}`: 202.
pub(super) fn delete_format(world: &World, call: &Call) -> Result<Answer, Failure> {
    world.write(call, |session| formats().delete(session, named(call)))?;
    let mut answer = success(true.into());
    answer.status = StatusCode::ACCEPTED;
    Ok(answer)
}

/// `POST settings/documents/protections`: the id.
pub(super) fn create_protection(world: &World, call: &Call) -> Result<Answer, Failure> {
    let row = params::row(call)?;
    fields::check(row, PROTECTION)?;
    if lookup_id(row, "Role").is_none() {
        return Err(Failure::invalid(
            "Role is required: an object with the role's Id",
        ));
    }
    let protection = world.write(call, |session| {
        let all = protections().all(session.tx)?;
        if all.iter().any(|one| covers(&one.record, row)) {
            return Err(Failure::invalid(
                "the role has a setting for this Action and ProtectionType already; update that",
            ));
        }
        protections().add(session, row.clone())
    })?;
    Ok(success(id(&protection).into()))
}

/// `PUT settings/documents/protections`: the ids.
pub(super) fn update_protections(world: &World, call: &Call) -> Result<Answer, Failure> {
    let changed = update_many(world, call, &protections(), |row| {
        fields::check(row, PROTECTION)
    })?;
    Ok(success(
        changed.iter().map(|one| Value::from(id(one))).collect(),
    ))
}

/// `POST settings/documents/protections/clone`: from one role to those that lack the settings.
pub(super) fn clone_protections(world: &World, call: &Call) -> Result<Answer, Failure> {
    let row = params::row(call)?;
    let source = store::text(row, "SourceRoleId").unwrap_or_default();
    let roles = row.get("DestinationRoles").and_then(Value::as_array);
    let roles: Vec<&Record> = roles
        .into_iter()
        .flatten()
        .filter_map(Value::as_object)
        .collect();
    world.write(call, |session| {
        let all = protections().all(session.tx)?;
        let mut known: Vec<Record> = all.into_iter().map(|one| one.record).collect();
        let of_source = known
            .iter()
            .filter(|one| lookup_id(one, "Role") == Some(source));
        let of_source: Vec<Record> = of_source.cloned().collect();
        if of_source.is_empty() {
            return Err(Failure::not_found(format!(
                "the role '{source}' has no protection settings to copy"
            )));
        }
        for role in roles {
            for setting in &of_source {
                let mut row = setting.clone();
                row.remove("ExternalId");
                row.insert("Role".to_owned(), lookup(role));
                if !known.iter().any(|one| covers(one, &row)) {
                    known.push(protections().add(session, row)?);
                }
            }
        }
        Ok(())
    })?;
    Ok(success("Success".into()))
}

/// `POST settings/documents/protections/query`.
pub(super) fn query_protections(world: &World, call: &Call) -> Result<Answer, Failure> {
    query::answer(world, call, &protections())
}

/// `GET settings/documents/protections/{documentProtectionId}`.
pub(super) fn get_protection(world: &World, call: &Call) -> Result<Answer, Failure> {
    let found = world.store.read(|tx| protections().find(tx, named(call)))?;
    Ok(success(found.record.into()))
}

/// `DELETE settings/documents/protections/{documentProtectionId}`.
pub(super) fn delete_protection(world: &World, call: &Call) -> Result<Answer, Failure> {
    world.write(call, |session| protections().delete(session, named(call)))?;
    Ok(success(true.into()))
}

/// The documents that each type of contract needs for an action.
pub(super) fn requirements() -> Collection {
    Collection::of(Object::internal("ContractTypeDocumentRequirement"))
}

/// What the settings say about the format of documents that an action makes.
#[derive(Debug, Default)]
pub(super) struct Output(Option<Record>);

/// The setting of output formats that applies to an action of somebody with these roles on a contract of this type: one
/// that names no type or no role is for all.
pub(super) fn output(
    tx: &Transaction<'_>,
    contract_type: Option<&str>,
    action: &str,
    roles: &[String],
) -> Result<Output, Failure> {
    let all = formats().all(tx)?.into_iter().map(|stored| stored.record);
    let mut fitting = all.filter(|one| {
        let own = store::text(one, "RecordType").filter(|own| !own.is_empty());
        let actions = one.get("DocumentAction").and_then(Value::as_array);
        let mut actions = actions.into_iter().flatten().filter_map(Value::as_str);
        let role = lookup_id(one, "Role");
        (own.is_none() || own == contract_type)
            && actions.any(|one| is_same_action(one, action))
            && role.is_none_or(|role| roles.iter().any(|one| one == role))
    });
    Ok(Output(fitting.next()))
}

/// The level of protection that the settings want for an action of somebody with these roles.
pub(super) fn protection_level(
    tx: &Transaction<'_>,
    action: &str,
    roles: &[String],
) -> Result<Option<String>, Failure> {
    let all = protections().all(tx)?;
    let mut fitting = all.iter().map(|stored| &stored.record).filter(|one| {
        let own = store::text(one, "Action").unwrap_or_default();
        let role = lookup_id(one, "Role");
        is_same_action(own, action) && role.is_some_and(|role| roles.iter().any(|one| one == role))
    });
    let level = fitting.find_map(|one| store::text(one, "ProtectionLevel"));
    Ok(level.map(str::to_owned))
}

impl Output {
    /// The format: what the caller asks for, unless the setting does not allow that; else the setting's.
    pub(super) fn format<'a>(&'a self, asked: Option<&'a str>) -> Option<&'a str> {
        let set = self
            .0
            .as_ref()
            .and_then(|one| store::text(one, "OutputFormat"));
        let asked = asked.filter(|asked| !asked.is_empty());
        if self.says("AllowOverride") == Some(false) {
            return set.or(asked);
        }
        asked.or(set)
    }

    /// Whether the document has a watermark: if the caller or the setting wants it, unless the setting alone decides.
    pub(super) fn is_marked(&self, asked: bool) -> bool {
        let set = self.says("IncludeWatermark");
        if self.says("AllowOverrideWatermark") == Some(false) {
            return set.unwrap_or(asked);
        }
        asked || set == Some(true)
    }

    fn says(&self, field: &str) -> Option<bool> {
        self.0.as_ref()?.get(field)?.as_bool()
    }
}

fn formats() -> Collection {
    Collection::of(Object::internal("DocumentOutputFormat"))
}

fn protections() -> Collection {
    Collection::of(Object::internal("DocumentProtection"))
}

fn named(call: &Call) -> &str {
    let id = call.path_param("id");
    id.or_else(|| call.path_param("documentProtectionId"))
        .unwrap_or_default()
}

/// Updates the records that the rows name.
fn update_many(
    world: &World,
    call: &Call,
    on: &Collection,
    check: impl Fn(&Record) -> Result<(), Failure>,
) -> Result<Vec<Record>, Failure> {
    let rows = params::rows(call)?;
    world.write(call, |session| {
        let changed = rows.iter().map(|row| {
            let row = row
                .as_object()
                .ok_or_else(|| Failure::invalid("each row is a JSON object: one setting"))?;
            check(row)?;
            let id = store::text(row, "Id").filter(|id| !id.is_empty());
            let id = id.ok_or_else(|| Failure::invalid("every setting needs its Id"))?;
            on.update(session, id, row)
        });
        changed.collect()
    })
}

fn check_format(row: &Record) -> Result<(), Failure> {
    let format = store::text(row, "OutputFormat").unwrap_or_default();
    if format.is_empty()
        || FORMATS
            .iter()
            .any(|known| known.eq_ignore_ascii_case(format))
    {
        return Ok(());
    }
    Err(Failure::invalid(format!(
        "OutputFormat is one of {}, not '{format}'",
        FORMATS.join(", ")
    )))
}

/// Whether a setting is of the role, the action and the type that another names.
fn covers(setting: &Record, other: &Record) -> bool {
    let key = |one: &Record| {
        (
            lookup_id(one, "Role").map(str::to_owned),
            one.get("Action").cloned().unwrap_or_default(),
            one.get("ProtectionType").cloned().unwrap_or_default(),
        )
    };
    key(setting) == key(other)
}
