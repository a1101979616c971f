//! The names of fields: the store's, the short ones of the storefront, those of Salesforce.
//!
//! | store | short | Salesforce |
//! |---|---|---|
//! | `Quantity` | `Quantity` | `Apttus_Config2__Quantity__c` |
//! | `PriceList`, a lookup | `PriceListId`, and `PriceList` for the record itself | `Apttus_Config2__PriceListId__c`, `Apttus_Config2__PriceListId__r` |
//! | `Region_c` | `Region` | `Region__c` |
//! | `ModifiedDate` | `LastModifiedDate` | `LastModifiedDate` |

use rusqlite::Transaction;
use serde_json::Value;

use super::objects::Kind;
use crate::failure::Failure;
use crate::records::objects::Object;
use crate::records::selection::{Selection, Start};
use crate::records::store::{self, Record};

/// Fields that Salesforce itself has on every object: the store's name, and Salesforce's.
const SYSTEM: &[(&str, &str)] = &[
    ("Id", "Id"),
    ("Name", "Name"),
    ("IsDeleted", "IsDeleted"),
    ("Currency", "CurrencyIsoCode"),
    ("CreatedDate", "CreatedDate"),
    ("ModifiedDate", "LastModifiedDate"),
    ("ModifiedDate", "SystemModstamp"),
    ("CreatedBy", "CreatedById"),
    ("ModifiedBy", "LastModifiedById"),
    ("Owner", "OwnerId"),
];

/// Fields of Salesforce's own objects that have no namespace, though the storefront's package adds others.
const STANDARD: &[&str] = &[
    "Description",
    "DisplayUrl",
    "Family",
    "IsActive",
    "ProductCode",
    "QuantityUnitOfMeasure",
    "StockKeepingUnit",
];

/// Fields that end in `Id` and are no lookups.
const TEXTS: &[&str] = &[
    "BusinessObjectId",
    "ExternalId",
    "RelatedItemId",
    "DerivedFromId",
];

/// The namespace of what the storefront's package adds to Salesforce's own objects.
const PACKAGE: &str = "Apttus_Config2";

/// How many records are looked at to learn the fields of an object that takes any.
const SAMPLE: u64 = 25;

/// A field's name in a request, without its namespace.
#[derive(Debug, PartialEq, Eq)]
struct Bare<'a> {
    name: &'a str,
    /// Whether it is a custom field of the tenant.
    is_custom: bool,
}

/// The names of an object's fields in the store. Salesforce reads names in any case, the store keeps theirs.
#[derive(Debug)]
pub(super) struct Names {
    known: Vec<String>,
    /// Those that hold amounts of money with their currency.
    amounts: Vec<String>,
}

impl Names {
    /// The names of an object, as far as they are known: of its definition, and of some of its records.
    pub(super) fn of(tx: &Transaction<'_>, object: &Object) -> Result<Self, Failure> {
        let mut known: Vec<String> = match object.definition() {
            Some(definition) => {
                let fields = definition.field_metadata.iter();
                fields.map(|field| field.field_name.clone()).collect()
            }
            None => Vec::new(),
        };
        let mut amounts = Vec::new();
        let page = Selection::matching(object, Vec::new()).page(tx, &Start::default(), SAMPLE)?;
        for (name, value) in page.records.into_iter().flat_map(|stored| stored.record) {
            if value.get("Value").is_some_and(Value::is_number) && !amounts.contains(&name) {
                amounts.push(name.clone());
            }
            if !known.contains(&name) {
                known.push(name);
            }
        }
        Ok(Self { known, amounts })
    }

    /// The store's name of a field or relationship that a request names.
    pub(super) fn stored(&self, name: &str) -> String {
        let bare = bare(name);
        if let Some(stored) = system(bare.name) {
            return stored.to_owned();
        }
        let custom = format!("{}_c", bare.name);
        if bare.is_custom {
            return self.known_as(&custom).unwrap_or(custom);
        }
        if let Some(text) = TEXTS
            .iter()
            .find(|text| text.eq_ignore_ascii_case(bare.name))
        {
            return (*text).to_owned();
        }
        let lookup = lookup_of(bare.name);
        let candidates = [lookup.unwrap_or(bare.name), bare.name, &custom];
        let found = candidates.iter().find_map(|name| self.known_as(name));
        found.unwrap_or_else(|| match (bare.name, self.known_as("IsActive")) {
            ("Active", Some(stored)) => stored,
            (name, _) => lookup.unwrap_or(name).to_owned(),
        })
    }

    /// The store's name of a field that a request sets, and whether it is a lookup by its name.
    pub(super) fn set(&self, name: &str) -> (String, bool) {
        let stored = self.stored(name);
        let bare = bare(name).name;
        let is_id = lookup_of(bare).is_some_and(|lookup| lookup.eq_ignore_ascii_case(&stored));
        (stored, is_id)
    }

    /// Where the value of a stored field is: that of an amount of money within it.
    pub(super) fn place(&self, stored: String) -> String {
        if self.amounts.contains(&stored) {
            format!("{stored}.Value")
        } else {
            stored
        }
    }

    /// The names as far as they are known.
    pub(super) fn known(&self) -> &[String] {
        &self.known
    }

    fn known_as(&self, name: &str) -> Option<String> {
        let known = self
            .known
            .iter()
            .find(|known| known.eq_ignore_ascii_case(name));
        known.cloned()
    }
}

/// A relationship's name without its namespace.
pub(super) fn relationship(name: &str) -> &str {
    bare(name).name
}

/// The name of a stored field in an answer.
pub(super) fn shown(kind: &Kind, stored: &str, is_lookup: bool, alias: bool) -> String {
    if let Some((_, name)) = SYSTEM.iter().find(|(known, _)| *known == stored) {
        return (*name).to_owned();
    }
    if stored == "IsActive" && kind.object == "PriceList" {
        return if alias {
            "Active".to_owned()
        } else {
            format!("{PACKAGE}__Active__c")
        };
    }
    if let Some(stem) = stored.strip_suffix("_c") {
        return match (alias, is_lookup) {
            (true, true) => format!("{stem}Id"),
            (true, false) => stem.to_owned(),
            (false, _) => format!("{stem}__c"),
        };
    }
    let short = if is_lookup {
        format!("{stored}Id")
    } else {
        stored.to_owned()
    };
    if alias {
        short
    } else {
        qualified(kind, &short, "c")
    }
}

/// The name of a parent record in an answer, by its lookup.
pub(super) fn shown_parent(kind: &Kind, lookup: &str, alias: bool) -> String {
    let stem = lookup.strip_suffix("_c");
    match (lookup, alias) {
        ("ModifiedBy", _) => "LastModifiedBy".to_owned(),
        ("CreatedBy" | "Owner", _) => lookup.to_owned(),
        (_, true) => stem.unwrap_or(lookup).to_owned(),
        (_, false) => match stem {
            Some(stem) => format!("{stem}__r"),
            None if kind.namespace().is_none() && kind.object != "Product" => lookup.to_owned(),
            None => qualified(kind, &format!("{lookup}Id"), "r"),
        },
    }
}

/// The name of a relationship to children in an answer.
pub(super) fn shown_children(kind: &Kind, name: &str, alias: bool) -> String {
    if alias || matches!(name, "Attachments" | "Notes") || kind.object == "Account" {
        name.to_owned()
    } else {
        format!("{}__{name}__r", kind.namespace().unwrap_or(PACKAGE))
    }
}

/// Whether a stored value is a lookup.
pub(super) fn is_lookup(value: &Value) -> bool {
    let parts = value.as_object();
    parts.is_some_and(|parts| {
        parts.get("Id").is_some_and(Value::is_string)
            && parts
                .keys()
                .all(|key| matches!(key.as_str(), "Id" | "Name" | "ExternalId"))
    })
}

/// The id of a lookup.
pub(super) fn lookup_id<'a>(record: &'a Record, field: &str) -> Option<&'a str> {
    record
        .get(field)?
        .as_object()
        .and_then(|part| store::text(part, "Id"))
}

fn qualified(kind: &Kind, short: &str, suffix: &str) -> String {
    match kind.namespace() {
        Some(namespace) => format!("{namespace}__{short}__{suffix}"),
        None if STANDARD.contains(&short) || kind.object != "Product" => short.to_owned(),
        None => format!("{PACKAGE}__{short}__{suffix}"),
    }
}

/// Takes off the namespace and the suffix; both in any case.
fn bare(name: &str) -> Bare<'_> {
    let parts: Vec<&str> = name.split("__").collect();
    let is_suffix = |part: &str| part.eq_ignore_ascii_case("c") || part.eq_ignore_ascii_case("r");
    match parts.as_slice() {
        [_, name, suffix] if is_suffix(suffix) => Bare {
            name,
            is_custom: false,
        },
        [name, suffix] if is_suffix(suffix) => Bare {
            name,
            is_custom: true,
        },
        _ => Bare {
            name,
            is_custom: false,
        },
    }
}

fn system(name: &str) -> Option<&'static str> {
    let named = SYSTEM
        .iter()
        .find(|(_, shown)| shown.eq_ignore_ascii_case(name));
    let relationship = [
        ("LastModifiedBy", "ModifiedBy"),
        ("CreatedBy", "CreatedBy"),
        ("Owner", "Owner"),
    ];
    let relationship = relationship
        .iter()
        .find(|(shown, _)| shown.eq_ignore_ascii_case(name));
    match (named, relationship) {
        (Some((stored, _)), _) => Some(stored),
        (None, Some((_, stored))) => Some(stored),
        (None, None) => None,
    }
}

/// `PriceList` of `PriceListId`.
fn lookup_of(name: &str) -> Option<&str> {
    let stem = name.len().checked_sub(2).filter(|stem| *stem > 0)?;
    let ends = name.get(stem..)?.eq_ignore_ascii_case("id");
    // Words that happen to end so are none: a lookup's `Id` starts with a capital, unless all is small.
    let starts = name.get(stem..)?.starts_with('I') || name == name.to_ascii_lowercase();
    name.get(..stem).filter(|_| ends && starts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(known: &[&str]) -> Names {
        Names {
            known: known.iter().map(|name| (*name).to_owned()).collect(),
            amounts: Vec::new(),
        }
    }

    #[test]
    fn a_field_is_found_by_either_name_in_any_case() {
        let names = names(&[
            "Quantity",
            "PriceList",
            "Region_c",
            "IsActive",
            "BusinessObjectId",
        ]);
        for (name, stored) in [
            ("Quantity", "Quantity"),
            ("quantity", "Quantity"),
            ("Apttus_Config2__Quantity__c", "Quantity"),
            ("Apttus_Config2__Quantity__C", "Quantity"),
            ("PriceListId", "PriceList"),
            ("PriceList", "PriceList"),
            ("Apttus_Config2__PriceListId__c", "PriceList"),
            ("apttus_config2__pricelistid__r", "PriceList"),
            ("Region", "Region_c"),
            ("Region__c", "Region_c"),
            ("Active", "IsActive"),
            ("BusinessObjectId", "BusinessObjectId"),
            ("LastModifiedDate", "ModifiedDate"),
            ("SystemModstamp", "ModifiedDate"),
            ("CreatedById", "CreatedBy"),
            ("CurrencyIsoCode", "Currency"),
            ("OwnerId", "Owner"),
            ("id", "Id"),
            ("OptionId", "Option"),
            ("Paid", "Paid"),
            ("Unknown", "Unknown"),
        ] {
            assert_eq!(names.stored(name), stored, "{name}");
        }
    }

    #[test]
    fn a_field_is_shown_by_the_name_that_was_asked_for() {
        let line = Kind::of("LineItem").unwrap();
        let product = Kind::of("Product").unwrap();
        for (kind, stored, is_lookup, short, api) in [
            (
                &line,
                "Quantity",
                false,
                "Quantity",
                "Apttus_Config2__Quantity__c",
            ),
            (
                &line,
                "PriceList",
                true,
                "PriceListId",
                "Apttus_Config2__PriceListId__c",
            ),
            (&line, "Region_c", false, "Region", "Region__c"),
            (
                &line,
                "ModifiedBy",
                true,
                "LastModifiedById",
                "LastModifiedById",
            ),
            (&product, "Family", false, "Family", "Family"),
            (
                &product,
                "HasOptions",
                false,
                "HasOptions",
                "Apttus_Config2__HasOptions__c",
            ),
        ] {
            assert_eq!(shown(kind, stored, is_lookup, true), short);
            assert_eq!(shown(kind, stored, is_lookup, false), api);
            assert_eq!(names(&[stored]).stored(api), stored);
            assert_eq!(names(&[stored]).stored(short), stored);
        }
        assert_eq!(
            shown_parent(&line, "Product", false),
            "Apttus_Config2__ProductId__r"
        );
        assert_eq!(
            shown_children(&line, "AdjustmentLineItems", false),
            "Apttus_Config2__AdjustmentLineItems__r"
        );
    }
}
