//! What is made of the fields of a request, and of a record that is answered.

use rusqlite::Transaction;
use serde_json::Value;

use crate::failure::Failure;
use crate::records::store::{self, By, Record};
use crate::services::pricing::money::Currency;

/// Objects that lookups name: a field is of the object whose name its own ends with, the longest of these.
const OBJECTS: &[&str] = &[
    "Account",
    "Asset",
    "Attribute",
    "AttributeGroup",
    "AttributeMatrix",
    "Category",
    "ConstraintRule",
    "ConstraintRuleAction",
    "Contact",
    "FeatureSet",
    "Feature",
    "FieldExpression",
    "Hierarchy",
    "Incentive",
    "Opportunity",
    "Option",
    "OptionGroup",
    "Order",
    "PriceList",
    "PriceListItem",
    "PriceMatrix",
    "Product",
    "ProductConfiguration",
    "ProductGroup",
    "ProductOptionComponent",
    "ProductOptionGroup",
    "Proposal",
    "TaxCode",
    "Waterfall",
];

/// Bodies nest at most this deep; what is deeper stays as it came.
const MAX_DEPTH: usize = 32;

/// A row of a request with its names in capitals, at every depth.
pub(crate) fn capitals(row: &Record) -> Record {
    renamed(
        row,
        &|name| with_first(name, char::to_ascii_uppercase),
        MAX_DEPTH,
    )
}

/// A record as schemas with small first letters have it: amounts as bare numbers, the ids of lookups beside them.
pub(crate) fn small(record: &Record) -> Record {
    let mut flat = Record::new();
    for (field, value) in record {
        let amount = value.get("Value").filter(|amount| amount.is_number());
        if let Some(id) = value.get("Id").filter(|id| id.is_string()) {
            flat.entry(format!("{field}Id"))
                .or_insert_with(|| id.clone());
        }
        flat.insert(field.clone(), amount.unwrap_or(value).clone());
    }
    renamed(
        &flat,
        &|name| with_first(name, char::to_ascii_lowercase),
        MAX_DEPTH,
    )
}

/// Completes what a row names: the `Name` of a lookup, the currency of an amount.
pub(crate) fn complete(tx: &Transaction<'_>, row: &mut Record) -> Result<(), Failure> {
    let currency = Currency::of(row);
    for (field, value) in row.iter_mut() {
        let Value::Object(part) = value else {
            continue;
        };
        if let Some(amount) = part
            .get("Value")
            .filter(|amount| amount.is_number())
            .cloned()
        {
            *value = currency.field(amount);
        } else if let Some(id) = store::text(part, "Id")
            && store::text(part, "Name").is_none()
            && let Some(found) = find_by_lookup(tx, field, id)?
        {
            let name = found.get("Name").cloned().unwrap_or_default();
            part.insert("Name".to_owned(), name);
        }
    }
    Ok(())
}

/// Puts whole records in the place of the named lookups.
pub(crate) fn expand(
    tx: &Transaction<'_>,
    record: &mut Record,
    lookups: &[String],
) -> Result<(), Failure> {
    for lookup in lookups {
        // `line-items.product` asks for the product of each line.
        let name = lookup.rsplit('.').next().unwrap_or_default();
        let mut fields = record.keys();
        let Some(field) = fields
            .find(|field| field.eq_ignore_ascii_case(name))
            .cloned()
        else {
            continue;
        };
        if let Some(id) = lookup_id(record, &field).map(str::to_owned)
            && let Some(found) = find_by_lookup(tx, &field, &id)?
        {
            record.insert(field, Value::Object(found));
        }
    }
    Ok(())
}

/// The id of a lookup.
pub(crate) fn lookup_id<'a>(record: &'a Record, field: &str) -> Option<&'a str> {
    record.get(field)?.get("Id")?.as_str()
}

fn find_by_lookup(tx: &Transaction<'_>, field: &str, id: &str) -> Result<Option<Record>, Failure> {
    let fitting = OBJECTS.iter().filter(|object| field.ends_with(**object));
    let Some(object) = fitting.max_by_key(|object| object.len()) else {
        return Ok(None);
    };
    // The option of a bundle's line is a product.
    let object = if *object == "Option" {
        "Product"
    } else {
        object
    };
    let found = store::find(tx, object, By::Id, id)?;
    Ok(found.map(|stored| stored.record))
}

fn renamed(map: &Record, rename: &impl Fn(&str) -> String, depth: usize) -> Record {
    let rows = map.iter();
    rows.map(|(name, value)| (rename(name), renamed_value(value, rename, depth)))
        .collect()
}

fn renamed_value(value: &Value, rename: &impl Fn(&str) -> String, depth: usize) -> Value {
    match value {
        Value::Object(map) if depth > 0 => Value::Object(renamed(map, rename, depth - 1)),
        Value::Array(items) if depth > 0 => {
            let items = items.iter();
            items
                .map(|item| renamed_value(item, rename, depth - 1))
                .collect()
        }
        other => other.clone(),
    }
}

fn with_first(name: &str, change: fn(&char) -> char) -> String {
    let mut chars = name.chars();
    let first = chars.next().map(|first| change(&first));
    first.into_iter().chain(chars).collect()
}
