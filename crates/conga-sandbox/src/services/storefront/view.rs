//! Records as answers show them.

use serde_json::{Map, Value};

use super::names::{is_lookup, shown};
use super::objects::Kind;
use crate::records::store::Record;

/// Fields that the store keeps for itself.
pub(super) const HIDDEN: &[&str] = &["ETag", "PricingSteps", "StorefrontOwner"];

/// A record with its fields by their short names, or, without `alias`, by Salesforce's. Lookups are shown by their ids,
/// amounts of money as bare numbers.
pub(super) fn view(kind: &Kind, record: &Record, alias: bool) -> Map<String, Value> {
    let mut view = Map::new();
    for (name, value) in record {
        if HIDDEN.contains(&name.as_str()) {
            continue;
        }
        let is_lookup = is_lookup(value);
        let shown_name = shown(kind, name, is_lookup, alias);
        let shown_value = match value.as_object() {
            Some(part) if is_lookup => part.get("Id").cloned().unwrap_or_default(),
            Some(part) => match part.get("Value") {
                Some(amount) if amount.is_number() => amount.clone(),
                _ => value.clone(),
            },
            None => value.clone(),
        };
        view.insert(shown_name, shown_value);
    }
    if let Some(changed) = record.get("ModifiedDate") {
        view.insert("SystemModstamp".to_owned(), changed.clone());
    }
    view.insert("IsDeleted".to_owned(), false.into());
    view
}
