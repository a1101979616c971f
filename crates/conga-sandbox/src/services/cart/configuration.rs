//! Whether a bundle has the options, and a product the attributes, that it must have.

use rusqlite::Transaction;
use rust_decimal::Decimal;
use serde_json::Value;

use super::lines::COMPONENTS;
use super::opened::{Cart, LINES, int, is_set, product_id};
use crate::failure::Failure;
use crate::records::store::{self, By, Record};
use crate::services::commerce::children::Children;
use crate::services::commerce::fields::lookup_id;
use crate::services::pricing::money::amount_in;

const OPTION_GROUPS: Children = Children {
    object: "ProductOptionGroup",
    owner: "Product",
};

const ATTRIBUTE_GROUPS: Children = Children {
    object: "ProductAttributeGroup",
    owner: "Product",
};

const MEMBERS: Children = Children {
    object: "AttributeGroupMember",
    owner: "AttributeGroup",
};

/// Sets the `ConfigStatus` of the products with these primary line numbers.
pub(super) fn update(cart: &Cart<'_>, numbers: &[i64]) -> Result<(), Failure> {
    let lines = cart.lines()?;
    for line in lines
        .iter()
        .filter(|line| numbers.contains(&int(line, "PrimaryLineNumber")))
    {
        let status = match missing(cart.session.tx, &lines, line)?.is_empty() {
            true => "Complete",
            false => "Pending",
        };
        if store::text(line, "ConfigStatus") != Some(status) {
            let row = Record::from_iter([("ConfigStatus".to_owned(), status.into())]);
            LINES.update(
                cart.session,
                store::text(line, "Id").unwrap_or_default(),
                &row,
            )?;
        }
    }
    Ok(())
}

/// What a line lacks.
pub(super) fn missing(
    tx: &Transaction<'_>,
    lines: &[Record],
    line: &Record,
) -> Result<Vec<String>, Failure> {
    let Some(product) = product_id(line) else {
        return Ok(Vec::new());
    };
    let mut faults = Vec::new();
    if is_set(line, "HasOptions") {
        options(tx, lines, line, product, &mut faults)?;
    }
    if is_set(line, "HasAttributes") {
        attributes(tx, line, product, &mut faults)?;
    }
    Ok(faults)
}

fn options(
    tx: &Transaction<'_>,
    lines: &[Record],
    line: &Record,
    product: &str,
    faults: &mut Vec<String>,
) -> Result<(), Failure> {
    let number = int(line, "PrimaryLineNumber");
    let own = lines.iter().filter(|option| {
        int(option, "ParentBundleNumber") == number && is_set(option, "IsPrimaryLine")
    });
    let chosen: Vec<&str> = own
        .filter_map(|option| lookup_id(option, "ProductOption"))
        .collect();
    let components = COMPONENTS.of(tx, product)?;
    let is_chosen =
        |component: &&Record| store::text(component, "Id").is_some_and(|id| chosen.contains(&id));
    for component in components
        .iter()
        .filter(|component| is_set(component, "IsRequired"))
    {
        if !is_chosen(&component) {
            let name = component
                .get("ComponentProduct")
                .and_then(|option| option["Name"].as_str());
            faults.push(format!(
                "the option '{}' is required",
                name.unwrap_or_default()
            ));
        }
    }
    for group in OPTION_GROUPS.of(tx, product)? {
        let id = store::text(&group, "Id");
        let within = components
            .iter()
            .filter(|component| lookup_id(component, "ProductOptionGroup") == id);
        let count = Decimal::from(within.filter(is_chosen).count());
        let name = store::text(&group, "Name").unwrap_or_default();
        if let Some(least) = amount_in(&group, "MinOptions").filter(|least| count < *least) {
            faults.push(format!(
                "the group '{name}' needs {} options, not {count}",
                least.normalize()
            ));
        }
        let most = amount_in(&group, "MaxOptions").filter(|most| !most.is_zero());
        if let Some(most) = most.filter(|most| count > *most) {
            faults.push(format!(
                "the group '{name}' takes {} options, not {count}",
                most.normalize()
            ));
        }
    }
    Ok(())
}

fn attributes(
    tx: &Transaction<'_>,
    line: &Record,
    product: &str,
    faults: &mut Vec<String>,
) -> Result<(), Failure> {
    let given = line.get("Attribute").and_then(Value::as_object);
    for group in ATTRIBUTE_GROUPS.of(tx, product)? {
        let Some(group) = lookup_id(&group, "AttributeGroup") else {
            continue;
        };
        for member in MEMBERS.of(tx, group)? {
            let Some(id) = lookup_id(&member, "Attribute") else {
                continue;
            };
            let Some(stored) = store::find(tx, "Attribute", By::Id, id)? else {
                continue;
            };
            let attribute = stored.record;
            let name = store::text(&attribute, "Name").unwrap_or_default();
            let value = given
                .and_then(|given| given.get(name))
                .filter(|value| !value.is_null());
            let has_default =
                store::text(&attribute, "DefaultValue").is_some_and(|text| !text.is_empty());
            if is_set(&attribute, "IsRequired") && value.is_none() && !has_default {
                faults.push(format!("the attribute '{name}' is required"));
            }
        }
    }
    Ok(())
}
