//! Price rules: adjustments that nobody has to ask for.
//!
//! A rule set holds rules, a rule its entries. Assumed is how they fit a line, for the fields read here: a rule set that
//! names a price list, a product family or a charge type is for these; a rule by `ProductCriteria` and
//! `ProductFamilyCriteria`, which list names or ids; an entry by `Products`, `ProductFamilies`, `ChargeTypes` and a
//! quantity from `MinQuantity` to `MaxQuantity`. Of a rule's entries the first that fits counts; `StopProcessing` ends
//! the rule set, `StopProcessingMoreRules` all of them. Dimensions and criteria texts are not read: a rule that has
//! any fits no line.

use chrono::{DateTime, Utc};
use rusqlite::Transaction;
use rust_decimal::Decimal;
use serde_json::Value;

use super::adjustment::Adjustment;
use super::{money, price_list};
use crate::failure::Failure;
use crate::records::objects::Object;
use crate::records::selection::{Selection, Start};
use crate::records::store::{self, Record};

/// The rules in force, each with its entries, in the order in which they apply.
#[derive(Debug, Default)]
pub(crate) struct Rules {
    sets: Vec<RuleSet>,
}

#[derive(Debug)]
struct RuleSet {
    record: Record,
    rules: Vec<Rule>,
}

#[derive(Debug)]
struct Rule {
    record: Record,
    entries: Vec<Record>,
}

/// What rules look at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Subject<'a> {
    /// The price list's id.
    pub(crate) price_list: &'a str,
    pub(crate) product: &'a Record,
    pub(crate) charge_type: &'a str,
    pub(crate) quantity: Decimal,
}

impl Rules {
    /// The rules in force at that time.
    pub(crate) fn at(tx: &Transaction<'_>, at: DateTime<Utc>) -> Result<Self, Failure> {
        let rule_sets = in_force(tx, "PriceRuleset", at)?;
        if rule_sets.is_empty() {
            return Ok(Self::default());
        }
        let mut rules = in_force(tx, "PriceRule", at)?;
        rules.retain(is_plain);
        let mut entries = all(tx, "PriceRuleEntry")?;
        entries.sort_by_key(sequence);
        let sets = rule_sets.iter().map(|set| {
            let own = rules.iter().filter(|rule| belongs(rule, "Ruleset", set));
            let own = own.map(|rule| {
                let entries = entries
                    .iter()
                    .filter(|entry| belongs(entry, "PriceRule", rule));
                Rule {
                    record: rule.clone(),
                    entries: entries.cloned().collect(),
                }
            });
            RuleSet {
                rules: own.collect(),
                record: set.clone(),
            }
        });
        Ok(Self {
            sets: sets.collect(),
        })
    }

    /// The adjustments for a line.
    pub(crate) fn adjustments(&self, subject: Subject<'_>) -> Vec<Adjustment> {
        let mut found = Vec::new();
        for set in self
            .sets
            .iter()
            .filter(|set| set_fits(&set.record, subject))
        {
            for rule in set
                .rules
                .iter()
                .filter(|rule| rule_fits(&rule.record, subject))
            {
                let mut entries = rule.entries.iter();
                let entry = entries.find(|entry| entry_fits(entry, subject));
                let Some(adjustment) = entry.and_then(|entry| adjustment(&rule.record, entry))
                else {
                    continue;
                };
                found.push(adjustment);
                if is_set(&rule.record, "StopProcessing") {
                    break;
                }
            }
            if !found.is_empty() && is_set(&set.record, "StopProcessingMoreRules") {
                break;
            }
        }
        found
    }
}

fn adjustment(rule: &Record, entry: &Record) -> Option<Adjustment> {
    let name = store::text(rule, "Name").unwrap_or("Price rule");
    let mut entry = entry.clone();
    if let Some(applies_to) = rule.get("AdjustmentAppliesTo") {
        entry.insert("AdjustmentAppliesTo".to_owned(), applies_to.clone());
    }
    Adjustment::read(&entry, name).ok().flatten()
}

fn set_fits(set: &Record, subject: Subject<'_>) -> bool {
    let price_list = set.get("PriceList").and_then(|list| list.get("Id"));
    let family = store::text(set, "ProductFamily").filter(|word| !word.is_empty());
    let charge = store::text(set, "ChargeType").filter(|word| !word.is_empty());
    is_plain(set)
        && price_list.is_none_or(|id| id.is_null() || id == subject.price_list)
        && family.is_none_or(|family| Some(family) == store::text(subject.product, "Family"))
        && charge.is_none_or(|charge| charge == subject.charge_type)
}

fn rule_fits(rule: &Record, subject: Subject<'_>) -> bool {
    lists(rule, "ProductCriteria", &names(subject.product))
        && lists(
            rule,
            "ProductFamilyCriteria",
            &[store::text(subject.product, "Family")],
        )
        && lists(rule, "ChargeTypeCriteria", &[Some(subject.charge_type)])
}

fn entry_fits(entry: &Record, subject: Subject<'_>) -> bool {
    let bound = |field| money::amount_in(entry, field);
    lists(entry, "Products", &names(subject.product))
        && lists(
            entry,
            "ProductFamilies",
            &[store::text(subject.product, "Family")],
        )
        && lists(entry, "ChargeTypes", &[Some(subject.charge_type)])
        && bound("MinQuantity").is_none_or(|least| least <= subject.quantity)
        && bound("MaxQuantity").is_none_or(|most| subject.quantity <= most)
}

fn names(product: &Record) -> [Option<&str>; 3] {
    ["Id", "Name", "ProductCode"].map(|field| store::text(product, field))
}

/// Whether a list names one of these, or is empty, or names all.
fn lists(record: &Record, field: &str, names: &[Option<&str>]) -> bool {
    let Some(list) = record.get(field).and_then(Value::as_array) else {
        return true;
    };
    let mut words = list.iter().filter_map(Value::as_str);
    list.is_empty() || words.any(|word| word == "All" || names.contains(&Some(word)))
}

/// Whether a rule asks for nothing that is not read here.
fn is_plain(record: &Record) -> bool {
    let unread = [
        "Criteria",
        "ExclusionCriteria",
        "RegionCriteria",
        "CountryCriteria",
    ];
    let dimensions = (1..=6).map(|at| format!("Dimension{at}"));
    let mut fields = unread.into_iter().map(str::to_owned).chain(dimensions);
    fields.all(|field| match record.get(&field) {
        None | Some(Value::Null) => true,
        Some(Value::String(text)) => text.is_empty(),
        Some(Value::Array(list)) => list.is_empty(),
        Some(_) => false,
    })
}

fn belongs(record: &Record, field: &str, to: &Record) -> bool {
    record.get(field).and_then(|lookup| lookup.get("Id")) == to.get("Id")
}

fn is_set(record: &Record, field: &str) -> bool {
    record.get(field) == Some(&Value::Bool(true))
}

fn sequence(record: &Record) -> Decimal {
    money::amount_in(record, "Sequence").unwrap_or(Decimal::MAX)
}

fn in_force(
    tx: &Transaction<'_>,
    object: &'static str,
    at: DateTime<Utc>,
) -> Result<Vec<Record>, Failure> {
    let mut records = all(tx, object)?;
    records.retain(|record| price_list::in_force(record, at));
    records.sort_by_key(sequence);
    Ok(records)
}

fn all(tx: &Transaction<'_>, object: &'static str) -> Result<Vec<Record>, Failure> {
    let object = Object::internal(object);
    let page = Selection::matching(&object, Vec::new()).page(tx, &Start::default(), 10_000)?;
    Ok(page
        .records
        .into_iter()
        .map(|stored| stored.record)
        .collect())
}
