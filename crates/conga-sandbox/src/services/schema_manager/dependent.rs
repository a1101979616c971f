//! Picklists whose entries depend on another field.

use axum::http::StatusCode;

use super::{ASSUMED, Behaviour, Definition, Failure, Reply};
use super::{change, defined, fields, list, params, path, picklists, required, shown};
use crate::records::definitions::{DataType, Dependence, DependentPicklist, Field};
use crate::records::store::Record;

pub(super) const BEHAVIOUR: Behaviour = Behaviour {
    operations: &[
        "get_dependent_picklist_metadata",
        "get_dependent_picklist",
        "create_dependent_picklist",
        "update_dependent_picklist",
        "delete_dependent_picklist",
    ],
    basis: ASSUMED,
    carry_out: |world, call| match call.operation {
        "create_dependent_picklist" => change(world, call, StatusCode::CREATED, |_, definition| {
            let row = with_field(params::row(call)?, path(call, "fieldName"))?;
            add(definition, &row).map(|rule| shown(&rule))
        }),
        "update_dependent_picklist" => change(world, call, StatusCode::OK, |_, definition| {
            let name = path(call, "fieldName");
            let row = with_field(params::row(call)?, name)?;
            remove(definition, name)?;
            add(definition, &row).map(|rule| shown(&rule))
        }),
        "delete_dependent_picklist" => change(world, call, StatusCode::OK, |_, definition| {
            remove(definition, path(call, "fieldName")).map(|()| true.into())
        }),
        _ => {
            let definition = defined(world, call)?;
            let field = fields::find(&definition, path(call, "fieldName"))?;
            let rule = definition
                .dependence_of(&field.field_name)
                .ok_or_else(|| missing(&field.field_name))?;
            Ok(Reply::new(StatusCode::OK, shown(rule)).into_answer())
        }
    },
};

/// Adds a rule: which entries of a field go with which entry of the field that controls it.
pub(super) fn add(definition: &mut Definition, row: &Record) -> Result<DependentPicklist, Failure> {
    let dependent = picklist_field(definition, required(row, "DependentFieldName")?)?;
    let controlling = required(row, "ControllingFieldName")?;
    let dependent = dependent.field_name.clone();
    if definition.dependence_of(&dependent).is_some() {
        return Err(Failure::invalid(format!(
            "'{dependent}' depends on a field already; change that rule, or delete it first"
        )));
    }
    if controlling == dependent {
        return Err(Failure::invalid(format!(
            "'{dependent}' cannot control itself"
        )));
    }
    let mut rule = DependentPicklist {
        name: Some(match row.get("Name").and_then(|name| name.as_str()) {
            Some(name) if !name.is_empty() => name.to_owned(),
            _ => format!("{dependent}_{controlling}"),
        }),
        dependent_field_name: dependent,
        controlling_field_name: controlling.to_owned(),
        ..DependentPicklist::default()
    };
    for pair in list(row, "ControllingAndDependentPicklistEntries") {
        let controlling = required(pair, "ControllingPicklistEntry")?;
        let entries = list(pair, "DependentPicklistEntries").map(picklists::entry);
        let dependence = Dependence {
            controlling_picklist_entry: controlling.to_owned(),
            dependent_picklist_entries: entries.collect::<Result<_, _>>()?,
        };
        check(definition, &rule, &dependence)?;
        rule.controlling_and_dependent_picklist_entries
            .push(dependence);
    }
    definition.dependent_picklist_metadata.push(rule.clone());
    name_rule(definition, &rule.dependent_field_name, rule.name.clone());
    Ok(rule)
}

/// The request, whose dependent field is that of the path.
fn with_field(row: &Record, name: &str) -> Result<Record, Failure> {
    let mut row = row.clone();
    match row
        .get("DependentFieldName")
        .and_then(|given| given.as_str())
    {
        Some(given) if !given.is_empty() && given != name => Err(Failure::invalid(format!(
            "DependentFieldName is '{given}', but the path names '{name}'"
        ))),
        _ => {
            row.insert("DependentFieldName".to_owned(), name.into());
            Ok(row)
        }
    }
}

fn picklist_field<'a>(definition: &'a Definition, name: &str) -> Result<&'a Field, Failure> {
    let field = fields::find(definition, name)?;
    match field.data_type {
        DataType::Picklist | DataType::MultiPicklist => Ok(field),
        _ => Err(Failure::invalid(format!("'{name}' is no picklist"))),
    }
}

/// Checks that both sides of a dependence are entries of their fields.
fn check(
    definition: &Definition,
    rule: &DependentPicklist,
    dependence: &Dependence,
) -> Result<(), Failure> {
    let dependent = &dependence.dependent_picklist_entries;
    let dependent = dependent.iter().map(|entry| entry.value.as_str());
    let controlling = dependence.controlling_picklist_entry.as_str();
    let sides = [
        (&rule.dependent_field_name, dependent.collect()),
        (&rule.controlling_field_name, vec![controlling]),
    ];
    for (name, values) in sides {
        let field = picklist_field(definition, name)?;
        let picklist = field.picklist_name.as_deref();
        let picklist = picklist.and_then(|name| definition.picklist(name));
        for value in values {
            let known = picklist.is_some_and(|picklist| {
                let mut entries = picklist.picklist_entries.iter();
                entries.any(|entry| entry.value == value)
            });
            if !known {
                return Err(Failure::invalid(format!("'{name}' has no entry '{value}'")));
            }
        }
    }
    Ok(())
}

fn remove(definition: &mut Definition, name: &str) -> Result<(), Failure> {
    fields::find(definition, name)?;
    definition
        .dependence_of(name)
        .ok_or_else(|| missing(name))?;
    definition
        .dependent_picklist_metadata
        .retain(|rule| rule.dependent_field_name != name);
    name_rule(definition, name, None);
    Ok(())
}

/// A field names the rule that it depends by.
fn name_rule(definition: &mut Definition, field: &str, rule: Option<String>) {
    let mut fields = definition.field_metadata.iter_mut();
    if let Some(field) = fields.find(|known| known.field_name == field) {
        field.dependent_picklist_metadata_name = rule;
    }
}

fn missing(name: &str) -> Failure {
    Failure::not_found(format!("'{name}' depends on no other field"))
}
