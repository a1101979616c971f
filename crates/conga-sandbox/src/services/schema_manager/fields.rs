//! Fields, their indexes and dependencies.

use axum::http::StatusCode;
use rusqlite::Transaction;
use serde_json::{Value, json};

use super::objects::not_protected;
use super::{ASSUMED, Behaviour, Call, Definition, Failure, Reply, World};
use super::{change, defined, formulas, params, path, required, shown, with};
use crate::records::criteria;
use crate::records::definitions::{DataType, Field, table};
use crate::records::objects::Object;
use crate::records::store::{self, Record};
use crate::records::value::{FieldPath, MAX_FIELD_NAME, is_field_name};
use crate::request::Answer;

pub(super) const BEHAVIOUR: Behaviour = Behaviour {
    operations: &[
        "create_object_field",
        "get_field_metadata",
        "update_object_field",
        "delete_object_field",
        "deprecate_object_field",
        "list_dependency_fields",
        "create_object_index",
        "delete_object_index",
    ],
    basis: ASSUMED,
    carry_out: |world, call| match call.operation {
        "create_object_field" => change(world, call, StatusCode::CREATED, |session, definition| {
            add(session.tx, definition, params::row(call)?).map(|field| shown(&field))
        }),
        "update_object_field" => change(world, call, StatusCode::OK, |session, definition| {
            let field = find(definition, path(call, "fieldName"))?;
            let field = with(field, params::row(call)?, UPDATED)?;
            check(session.tx, definition, &field)?;
            replace(definition, field)
        }),
        "delete_object_field" => change(world, call, StatusCode::OK, |session, definition| {
            remove(session.tx, definition, path(call, "fieldName"))
        }),
        "deprecate_object_field" => change(world, call, StatusCode::OK, |_, definition| {
            let field = find(definition, path(call, "fieldName"))?;
            not_protected(field.is_protected, &field.field_name)?;
            let mut field = field.clone();
            field.is_deprecated = true;
            replace(definition, field).map(|_| true.into())
        }),
        "create_object_index" => change(world, call, StatusCode::CREATED, |_, definition| {
            let name = required(params::row(call)?, "FieldName")?;
            index(definition, name, true)
        }),
        "delete_object_index" => change(world, call, StatusCode::OK, |_, definition| {
            let field = find(definition, path(call, "indexFieldName"))?;
            not_protected(field.is_protected, &field.field_name)?;
            index(definition, path(call, "indexFieldName"), false).map(|_| true.into())
        }),
        "list_dependency_fields" => dependencies(world, call),
        _ => {
            let definition = defined(world, call)?;
            let field = find(&definition, path(call, "fieldName"))?;
            Ok(Reply::new(StatusCode::OK, shown(field)).into_answer())
        }
    },
};

const CREATED: &[&str] = &[
    "DisplayName",
    "Description",
    "DataType",
    "DefaultValue",
    "IsRequired",
    "IsSortable",
    "IsUnique",
    "IsIndexField",
    "LookupObjectName",
    "LookupFilterCriteria",
    "PicklistName",
    "DependentPicklistMetadataName",
    "ComplexMetadataName",
    "AutoNumberInitialSeed",
    "AutoNumberPrefix",
    "Precision",
    "Scale",
    "IsCalculated",
    "Expression",
    "IsPreComputed",
    "Length",
    "ReferenceObject",
    "TargetObject",
    "TargetField",
    "RollupFunction",
    "RollupFilterCriteria",
    "IsRichTextField",
    "IdentifierType",
    "AliasFieldDefinition",
];

const UPDATED: &[&str] = &[
    "DisplayName",
    "Description",
    "DefaultValue",
    "IsSortable",
    "IsUnique",
    "Expression",
    "Length",
    "TargetField",
    "RollupFunction",
    "RollupFilterCriteria",
    "IsRichTextField",
    "IsRequired",
    "Precision",
    "Scale",
    "LookupFilterCriteria",
    "AutoNumberPrefix",
];

/// The field of this name.
pub(super) fn find<'a>(definition: &'a Definition, name: &str) -> Result<&'a Field, Failure> {
    definition.field(name).ok_or_else(|| {
        Failure::not_found(format!(
            "{} has no field '{name}'; names keep their case",
            definition.name
        ))
    })
}

/// Adds the field of a creation request.
pub(super) fn add(
    tx: &Transaction<'_>,
    definition: &mut Definition,
    row: &Record,
) -> Result<Field, Failure> {
    let mut field = build(row)?;
    let name = &field.field_name;
    let mut known = definition.field_metadata.iter();
    if known.any(|known| known.field_name.eq_ignore_ascii_case(name)) {
        return Err(Failure::invalid(format!(
            "{} has a field '{name}' already",
            definition.name
        )));
    }
    if field.is_calculated {
        let expression = field.expression.as_deref().unwrap_or_default();
        field.expression_dependency = Some(formulas::check(definition, expression)?);
    }
    check(tx, definition, &field)?;
    definition.is_open = false;
    definition.field_metadata.push(field.clone());
    Ok(field)
}

/// A custom field from its request, not yet held against its object.
pub(super) fn build(row: &Record) -> Result<Field, Failure> {
    let given = required(row, "FieldName")?;
    let name = if given.ends_with("_c") {
        given.to_owned()
    } else {
        format!("{given}_c")
    };
    if !is_field_name(&name) {
        return Err(Failure::invalid(format!(
            "'{name}' is no name of a field: use letters, digits and underscores, at most \
             {MAX_FIELD_NAME}, starting with a letter"
        )));
    }
    required(row, "DataType")?;
    let start = Field {
        display_name: Some(given.to_owned()),
        field_name: name,
        read_access: Some(true),
        write_access: Some(true),
        ..Field::default()
    };
    with(&start, row, CREATED)
}

/// Checks that a field has what its type needs, and that the records have nothing against it.
fn check(tx: &Transaction<'_>, definition: &Definition, field: &Field) -> Result<(), Failure> {
    let name = &field.field_name;
    let lacks = |what: &str| Failure::invalid(format!("{what} is required for the field '{name}'"));
    let given = |text: &Option<String>| text.as_deref().is_some_and(|text| !text.trim().is_empty());
    match field.data_type {
        DataType::Lookup if !given(&field.lookup_object_name) => {
            return Err(lacks("LookupObjectName"));
        }
        DataType::Reference if field.refers_to().is_none() => return Err(lacks("ReferenceObject")),
        DataType::Picklist | DataType::MultiPicklist => {
            let picklist = field.picklist_name.as_deref();
            let picklist = picklist.ok_or_else(|| lacks("PicklistName"))?;
            if definition.picklist(picklist).is_none() {
                return Err(Failure::invalid(format!(
                    "PicklistName: {} has no picklist '{picklist}'; create it first",
                    definition.name
                )));
            }
        }
        DataType::Complex | DataType::ComplexArray => {
            let complex = field.complex_metadata_name.as_deref();
            let complex = complex.ok_or_else(|| lacks("ComplexMetadataName"))?;
            if definition.complex(complex).is_none() {
                return Err(Failure::invalid(format!(
                    "ComplexMetadataName: {} has no complex field '{complex}'; create it first",
                    definition.name
                )));
            }
        }
        DataType::Rollup if !given(&field.target_object) => return Err(lacks("TargetObject")),
        _ => {}
    }
    if field.length.is_some_and(|length| length < 0) {
        return Err(Failure::invalid(
            "Length is a number of characters, 0 for any",
        ));
    }
    if field.scale < 0 || field.scale > field.precision.max(0) {
        return Err(Failure::invalid(
            "Scale is the number of digits behind the point: at least 0, at most Precision",
        ));
    }
    if given(&field.default_value) && field.initial().is_none() {
        return Err(Failure::invalid(format!(
            "DefaultValue does not fit the field '{name}'"
        )));
    }
    if let Some(target) = field.refers_to() {
        check_lookup(tx, definition, field, target)?;
    }
    if let Some(path) = FieldPath::parse(name)
        && field.is_unique
        && store::has_duplicates(tx, &definition.name, &path)?
    {
        return Err(Failure::invalid(format!(
            "'{name}' cannot be unique: records of {} have the same value",
            definition.name
        )));
    }
    Ok(())
}

/// A custom object must be defined before it is referred to; others may be kept by any service.
fn check_lookup(
    tx: &Transaction<'_>,
    definition: &Definition,
    field: &Field,
    target: &str,
) -> Result<(), Failure> {
    let is_itself = target == definition.name;
    if target.ends_with("_c") && !is_itself && table::find(tx, target)?.is_none() {
        return Err(super::unknown_object(target));
    }
    let filter = field.lookup_filter_criteria.as_deref().unwrap_or_default();
    if filter.trim().is_empty() || is_itself {
        return Ok(());
    }
    if let Some(object) = Object::named(tx, target)? {
        criteria::parse(filter, &object)?;
    }
    Ok(())
}

fn replace(definition: &mut Definition, field: Field) -> Result<Value, Failure> {
    let value = shown(&field);
    let mut fields = definition.field_metadata.iter_mut();
    if let Some(place) = fields.find(|known| known.field_name == field.field_name) {
        *place = field;
    }
    Ok(value)
}

fn remove(tx: &Transaction<'_>, definition: &mut Definition, name: &str) -> Result<Value, Failure> {
    let field = find(definition, name)?;
    not_protected(field.is_protected, name)?;
    let rules = definition.dependent_picklist_metadata.iter();
    let mut rules = rules.map(|rule| [&rule.dependent_field_name, &rule.controlling_field_name]);
    if rules.any(|names| names.iter().any(|part| *part == name)) {
        return Err(Failure::invalid(format!(
            "'{name}' takes part in a dependent picklist; delete that first"
        )));
    }
    if let Some(path) = FieldPath::parse(name) {
        if store::has_values(tx, &definition.name, &path)? {
            return Err(Failure::invalid(format!(
                "records of {} have values in '{name}'; clear them first, or deprecate the field",
                definition.name
            )));
        }
        store::drop_index(tx, &definition.name, &path)?;
    }
    table::forget_numbers(tx, &definition.name, name)?;
    definition
        .field_metadata
        .retain(|field| field.field_name != name);
    Ok(true.into())
}

fn index(definition: &mut Definition, name: &str, indexed: bool) -> Result<Value, Failure> {
    let mut field = find(definition, name)?.clone();
    field.is_index_field = indexed;
    replace(definition, field)
}

/// What a field depends on: the field that controls its picklist, and the fields of its expression.
fn dependencies(world: &World, call: &Call) -> Result<Answer, Failure> {
    let definition = defined(world, call)?;
    let field = find(&definition, path(call, "fieldName"))?;
    let rule = definition.dependence_of(&field.field_name);
    let mut names: Vec<&str> = rule
        .map(|rule| rule.controlling_field_name.as_str())
        .into_iter()
        .collect();
    let parts = field.expression_dependency.iter().flatten();
    names.extend(parts.map(String::as_str));
    let fields: Vec<&Field> = names
        .into_iter()
        .filter_map(|name| definition.field(name))
        .collect();
    let picklists = fields
        .iter()
        .chain([&field])
        .filter_map(|field| definition.picklist(field.picklist_name.as_deref()?));
    let picklists: Vec<Value> = picklists.map(shown).collect();
    let data = json!({
        "ObjectName": definition.name,
        "ObjectDisplayName": definition.display_name,
        "ObjectDescription": definition.description,
        "FieldMetadata": fields,
        "PicklistMetadata": picklists,
        "DependentPicklistMetadata": rule.into_iter().map(shown).collect::<Vec<Value>>(),
    });
    Ok(Reply::new(StatusCode::OK, data).into_answer())
}
