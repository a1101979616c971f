//! `enums`: open, always.
//!
//! A server adds values before its documents do. Every enumeration keeps its published values and is marked `x-conga-open`:
//! decoding an unknown value gives `Unknown`, never a failed answer. Published lists may repeat a value or hold `null`; both are mended here.

use serde_json::{Value, json};

use crate::{
    document::{Document, walk_objects},
    problem::Problems,
};

/// Marks an enumeration that may hold values beyond the published ones.
pub(crate) const OPEN: &str = "x-conga-open";

pub(super) fn apply(document: &mut Document) -> Result<(), Problems> {
    walk_objects(&mut document.root, &mut |object| {
        let Some(Value::Array(values)) = object.get_mut("enum") else {
            return;
        };
        let nullable = values.iter().any(Value::is_null);
        let mut seen = Vec::new();
        values.retain(|value| {
            let keep = !value.is_null() && !seen.contains(value);
            seen.push(value.clone());
            keep
        });
        if nullable {
            object.insert("nullable".into(), json!(true));
        }
        object.insert(OPEN.into(), json!(true));
    });
    Ok(())
}
