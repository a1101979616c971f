//! Objects: list, create, change, deprecate, share.

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use super::{ASSUMED, Behaviour, Call, Definition, Failure, Reply, World};
use super::{change, complex, defined, dependent, fields, keep, list, params, path, picklists};
use super::{required, shown, translations, with};
use crate::records::criteria;
use crate::records::definitions::{Attributes, ObjectType, standard, table};
use crate::records::objects::Object;
use crate::records::selection::{Direction, limit};
use crate::records::store::Record;
use crate::request::Answer;

pub(super) const BEHAVIOUR: Behaviour = Behaviour {
    operations: &[
        "list_object_metadata",
        "list_objects",
        "create_object",
        "get_object_metadata",
        "get_object",
        "update_object",
        "deprecate_object",
        "set_object_shared",
        "list_object_dependencies",
        "list_object_references",
        "validate_object_lookup_criteria",
    ],
    basis: ASSUMED,
    carry_out: |world, call| match call.operation {
        "list_object_metadata" => names(world, call, |info| info["IsDeprecated"] == false),
        "list_objects" => names(world, call, |_| true),
        "create_object" => create(world, call),
        "update_object" => change(world, call, StatusCode::OK, |_, definition| {
            *definition = with(definition, params::row(call)?, UPDATED)?;
            Ok(answer(definition))
        }),
        "deprecate_object" => change(world, call, StatusCode::OK, |_, definition| {
            not_protected(definition.is_protected, &definition.name)?;
            definition.is_deprecated = true;
            Ok(true.into())
        }),
        "set_object_shared" => change(world, call, StatusCode::OK, |_, definition| {
            definition.is_shared = path(call, "isShared").eq_ignore_ascii_case("true");
            Ok(true.into())
        }),
        "list_object_dependencies" => dependencies(world, call),
        "list_object_references" => references(world, call),
        "validate_object_lookup_criteria" => check_lookup_criteria(world, call),
        _ => {
            let mut definition = defined(world, call)?;
            translations::apply(&mut definition, params::text(call, "locale"))?;
            Ok(Reply::new(StatusCode::OK, answer(&definition)).into_answer())
        }
    },
};

const CREATED: &[&str] = &[
    "DisplayName",
    "Description",
    "IsDataCacheEnabled",
    "IsAllowOwnerScope",
    "Category",
];

const UPDATED: &[&str] = &[
    "DisplayName",
    "Description",
    "IsDataCacheEnabled",
    "IsTrackingEnabled",
    "IsAllowOwnerScope",
    "IsRecycleBinEnabled",
    "Category",
];

/// The definition as the published `ObjectMetadata`.
pub(super) fn answer(definition: &Definition) -> Value {
    let indexes = definition
        .field_metadata
        .iter()
        .filter(|field| field.is_index_field)
        .map(|field| {
            let name = &field.field_name;
            json!({"Name": name, "IndexMetadataDetail": [{"FieldName": name}]})
        });
    let indexes: Value = indexes.collect();
    let mut value = shown(definition);
    if let Some(properties) = value.as_object_mut() {
        properties.remove("IsOpen");
        properties.remove("Translations");
        properties.insert("IndexMetadata".to_owned(), indexes);
        for none in [
            "InternalRuntimeAliasFields",
            "InternalPrecomputedAliasFields",
            "AliasFieldMetadata",
        ] {
            properties.insert(none.to_owned(), json!([]));
        }
    }
    value
}

/// A new definition from a creation request, not yet stored.
pub(super) fn build(body: &Record) -> Result<Definition, Failure> {
    let name = required(body, "Name")?;
    let object = Object::custom_by_short_name(name).map_err(Failure::invalid)?;
    let mut definition = with(&standard::bare(object.name()), body, CREATED)?;
    definition.is_open = false;
    if let Some(attributes) = body.get("Attributes").and_then(Value::as_object) {
        let taken = ["PublishDataChangeEvents", "TrackAuditHistory"];
        definition.attributes = with(&Attributes::default(), attributes, &taken)?;
    }
    Ok(definition)
}

/// Adds what a creation request lists: picklists, complex fields, fields, dependent picklists.
pub(super) fn fill(
    tx: &rusqlite::Transaction<'_>,
    definition: &mut Definition,
    body: &Record,
) -> Result<(), Failure> {
    for row in list(body, "PicklistMetadata") {
        picklists::add(definition, row)?;
    }
    for row in list(body, "ComplexFieldMetadata") {
        complex::add(definition, row)?;
    }
    for row in list(body, "FieldMetadata") {
        fields::add(tx, definition, row)?;
    }
    for row in list(body, "DependentPicklistMetadata") {
        dependent::add(definition, row)?;
    }
    Ok(())
}

/// What the platform owns is neither deprecated nor deleted.
pub(super) fn not_protected(is_protected: bool, name: &str) -> Result<(), Failure> {
    if is_protected {
        return Err(Failure::invalid(format!(
            "'{name}' belongs to the platform and stays as it is"
        )));
    }
    Ok(())
}

fn names(world: &World, call: &Call, wanted: fn(&Value) -> bool) -> Result<Answer, Failure> {
    let start = params::text(call, "startsWithFilter").unwrap_or_default();
    let start = start.to_lowercase();
    let kind = params::text(call, "objectType").unwrap_or("All");
    let size = limit("pageSize", params::int(call, "pageSize")?)?;
    let number = match params::int(call, "pageNumber")?.unwrap_or(1) {
        number @ 1.. => number.unsigned_abs(),
        _ => return Err(Failure::invalid("pageNumber counts from 1")),
    };
    let mut infos = world.store.read(|tx| -> Result<Vec<Value>, Failure> {
        let mut infos = Vec::new();
        for name in table::names(tx)? {
            if name.to_lowercase().starts_with(&start)
                && let Some(definition) = table::find(tx, &name)?
            {
                infos.push(info(&definition));
            }
        }
        Ok(infos)
    })?;
    infos.retain(|info| wanted(info) && (kind == "All" || info["ObjectType"] == kind));
    if let Some(field) = params::text(call, "sortField") {
        let descending = match params::text(call, "sortDirection") {
            Some(word) => Direction::read(word)? == Direction::Descending,
            None => true,
        };
        let known = info(&standard::bare(""));
        if known.get(field).is_none() {
            let known: Vec<&str> = known
                .as_object()
                .into_iter()
                .flat_map(Map::keys)
                .map(String::as_str)
                .collect();
            return Err(Failure::invalid(format!(
                "objects are not sorted by '{field}'; use one of {}",
                known.join(", ")
            )));
        }
        infos.sort_by_cached_key(|info| info[field].to_string());
        if descending {
            infos.reverse();
        }
    }
    let total = infos.len();
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    let skipped = usize::try_from(number - 1)
        .unwrap_or(usize::MAX)
        .saturating_mul(size);
    let page: Vec<Value> = infos.into_iter().skip(skipped).take(size).collect();
    let more = skipped.saturating_add(page.len()) < total;
    Ok(Reply::new(StatusCode::OK, page.into())
        .paged(more, None)
        .into_answer())
}

/// The published `ObjectInfo`.
fn info(definition: &Definition) -> Value {
    json!({
        "Name": definition.name,
        "DisplayName": definition.display_name,
        "Description": definition.description,
        "Category": definition.category,
        "IsProtected": definition.is_protected,
        "IsDeprecated": definition.is_deprecated,
        "ObjectType": ObjectType::Default,
    })
}

fn create(world: &World, call: &Call) -> Result<Answer, Failure> {
    let body = params::row(call)?;
    let mut definition = build(body)?;
    let data = world.write(call, |session| {
        let name = &definition.name;
        let taken = table::names(session.tx)?;
        let is_defined = table::stored(session.tx, name)?.is_some();
        let is_like = |other: &String| other != name && other.eq_ignore_ascii_case(name);
        if is_defined || taken.iter().any(is_like) {
            return Err(Failure::invalid(format!(
                "an object is named '{name}' already; choose another name, or change that object"
            )));
        }
        fill(session.tx, &mut definition, body)?;
        keep(session, &mut definition)?;
        Ok(answer(&definition))
    })?;
    Ok(Reply::new(StatusCode::CREATED, data).into_answer())
}

/// The objects that this one's lookups name.
fn dependencies(world: &World, call: &Call) -> Result<Answer, Failure> {
    let definition = defined(world, call)?;
    let named = definition.field_metadata.iter().filter_map(|field| {
        let target = field.refers_to()?;
        Some(json!({"Name": target, "FieldName": field.field_name}))
    });
    Ok(Reply::new(StatusCode::OK, named.collect()).into_answer())
}

/// The objects whose lookups name this one.
fn references(world: &World, call: &Call) -> Result<Answer, Failure> {
    let target = defined(world, call)?.name;
    let found = world.store.read(|tx| -> Result<Vec<Value>, Failure> {
        let mut found = Vec::new();
        for name in table::names(tx)? {
            let Some(definition) = table::find(tx, &name)? else {
                continue;
            };
            let fields = definition.field_metadata.iter();
            let fields = fields.filter(|field| field.refers_to() == Some(&target));
            found.extend(fields.map(|field| json!({"Name": name, "FieldName": field.field_name})));
        }
        Ok(found)
    })?;
    Ok(Reply::new(StatusCode::OK, found.into()).into_answer())
}

fn check_lookup_criteria(world: &World, call: &Call) -> Result<Answer, Failure> {
    let name = path(call, "lookupObjectName");
    let text = call.json().and_then(Value::as_str).unwrap_or_default();
    if text.trim().is_empty() {
        return Err(Failure::invalid(
            "the body is a JSON text that holds the criteria; it is empty",
        ));
    }
    let object = world.store.read(|tx| -> Result<Object, Failure> {
        table::find(tx, name)?.ok_or_else(|| unknown(name))?;
        Object::named(tx, name)?.ok_or_else(|| unknown(name))
    })?;
    criteria::parse(text, &object)?;
    let data = json!({"LookupObjectName": name, "Criteria": text, "Status": "Valid"});
    Ok(Reply::new(StatusCode::ACCEPTED, data).into_answer())
}

fn unknown(name: &str) -> Failure {
    super::unknown_object(name)
}
