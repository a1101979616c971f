//! Differences of schemas and their fields.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Comparison, Side, is_true, text, types};
use crate::{curate::RUST_NAME, document::SCHEMAS};

/// Which way the values of a schema go. It says what a required field means to callers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Way {
    /// Callers build it, so that a required field is one that they must know.
    pub(super) request: bool,
    /// The generator makes all its fields optional, in the old document and in the new one.
    relaxed: [bool; 2],
}

impl Way {
    pub(super) const REQUEST: Self = Self {
        request: true,
        relaxed: [false; 2],
    };

    pub(super) const ANSWER: Self = Self {
        request: false,
        relaxed: [false; 2],
    };
}

impl Comparison<'_> {
    /// Compares the named schemas that the client has types for.
    pub(super) fn named_schemas(&mut self) {
        let (old, new) = (self.old, self.new);
        for name in &old.reached {
            let (Some(before), Some(after)) = (named(old, name), named(new, name)) else {
                if named(old, name).is_some() {
                    self.changes
                        .breaks(format!("schema {name}"), "removed, or no longer used");
                }
                continue;
            };
            let requested = [old, new].map(|side| side.requests.contains(name));
            let way = Way {
                request: requested[1],
                relaxed: requested.map(|requested| !requested),
            };
            self.schema(&format!("schema {name}"), "", [before, after], way);
        }
        for name in new.reached.difference(&old.reached) {
            if named(new, name).is_some() {
                self.changes.keeps(format!("schema {name}"), "added");
            }
        }
    }

    /// Compares the schemas of two values that stand at the same place, `at` being the way to it inside `place`.
    pub(super) fn schema(&mut self, place: &str, at: &str, pair: [&Value; 2], way: Way) {
        let [old, new] = [
            types::value(&self.old.document, pair[0]),
            types::value(&self.new.document, pair[1]),
        ];
        if self.same_type(place, at, &old, &new) {
            self.inside(place, at, pair, way);
        }
    }

    /// Compares the schemas of a field or parameter, which says by itself whether it may be missing.
    pub(super) fn slot(&mut self, place: &str, at: &str, pair: [&Value; 2], way: Way) {
        let [old, new] = [
            types::plain(&self.old.document, pair[0]),
            types::plain(&self.new.document, pair[1]),
        ];
        if self.same_type(place, at, &old, &new) {
            self.inside(place, at, pair, way);
        }
    }

    /// Compares the fields of two objects. `pair` is the objects, not their maps of fields.
    pub(super) fn fields(&mut self, place: &str, at: &str, pair: [&Value; 2], way: Way) {
        let [old, new] = pair.map(properties);
        for (name, before) in old {
            let at = below(at, name);
            let Some(after) = pair[1]
                .get("properties")
                .and_then(|fields| fields.get(name))
            else {
                self.changes.breaks(place, say(&at, "removed"));
                continue;
            };
            let [was, is] = [0, 1].map(|side| is_optional(pair[side], name, way.relaxed[side]));
            if was != is {
                let what = if is { "now optional" } else { "now required" };
                self.changes.breaks(place, say(&at, what));
            }
            if text(before, RUST_NAME) != text(after, RUST_NAME) {
                self.changes
                    .breaks(place, say(&at, "has another Rust name"));
            }
            self.slot(place, &at, [before, after], way);
        }
        for (name, _) in new.filter(|(name, _)| properties(pair[0]).all(|(old, _)| old != *name)) {
            let at = below(at, name);
            if is_optional(pair[1], name, way.relaxed[1]) {
                self.changes.keeps(place, say(&at, "added, optional"));
            } else if way.request {
                self.changes.breaks(place, say(&at, "added, required"));
            } else {
                self.changes.keeps(place, say(&at, "added"));
            }
        }
    }

    fn same_type(&mut self, place: &str, at: &str, old: &str, new: &str) -> bool {
        if old != new {
            let what = format!("was {old}, is {new}");
            self.changes.breaks(place, say(at, &what));
        }
        old == new
    }

    /// Compares what schemas of the same type hold. What has a name of its own is compared under that name.
    fn inside(&mut self, place: &str, at: &str, pair: [&Value; 2], way: Way) {
        let [old, new] = pair.map(types::unwrapped);
        let parameter = |side: &Side, schema: &Value| {
            let schema = text(schema, "$ref")
                .and_then(|reference| side.document.resolve(reference))
                .unwrap_or(schema);
            types::generic(Some(schema)).map(|(_, parameter)| parameter.clone())
        };
        if let (Some(old), Some(new)) = (parameter(self.old, old), parameter(self.new, new)) {
            return self.schema(place, &below(at, "Data"), [&old, &new], way);
        }
        self.values(place, at, [old, new]);
        self.fields(place, at, [old, new], way);
        if let (Some(old), Some(new)) = (old.get("items"), new.get("items")) {
            self.schema(place, &format!("{at}[]"), [old, new], way);
        }
        if let (Some(old), Some(new)) = (types::further(old), types::further(new)) {
            self.schema(place, &format!("{at}{{}}"), [old, new], way);
        }
        for key in ["allOf", "oneOf", "anyOf"] {
            let [old, new] = [old, new].map(|schema| schema.get(key).and_then(Value::as_array));
            for (old, new) in old.into_iter().flatten().zip(new.into_iter().flatten()) {
                self.schema(place, at, [old, new], way);
            }
        }
    }

    /// Enumerations are open: a new value decoded before, as an unknown one.
    fn values(&mut self, place: &str, at: &str, pair: [&Value; 2]) {
        let [old, new] = pair.map(|schema| -> BTreeSet<String> {
            let values = schema.get("enum").and_then(Value::as_array);
            values
                .into_iter()
                .flatten()
                .map(|value| {
                    value
                        .as_str()
                        .map_or_else(|| value.to_string(), str::to_owned)
                })
                .collect()
        });
        for value in old.difference(&new) {
            self.changes
                .breaks(place, say(at, &format!("value {value} removed")));
        }
        for value in new.difference(&old) {
            self.changes
                .keeps(place, say(at, &format!("value {value} added")));
        }
    }
}

/// A named schema that becomes a type of its own; those that an existing type stands for do not.
fn named<'s>(side: &'s Side, name: &str) -> Option<&'s Value> {
    side.reached
        .contains(name)
        .then(|| side.document.resolve(&format!("{SCHEMAS}{name}")))
        .flatten()
        .filter(|schema| types::generic(Some(schema)).is_none())
}

fn properties(schema: &Value) -> impl Iterator<Item = (&String, &Value)> {
    schema
        .get("properties")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
}

pub(super) fn is_required(object: &Value, field: &str) -> bool {
    let required = object.get("required").and_then(Value::as_array);
    required.into_iter().flatten().any(|name| name == field)
}

fn is_optional(object: &Value, field: &str, relaxed: bool) -> bool {
    relaxed || !is_required(object, field) || is_true(&object["properties"][field], "nullable")
}

fn below(at: &str, name: &str) -> String {
    if at.is_empty() {
        format!("field {name}")
    } else {
        format!("{at}.{name}")
    }
}

fn say(at: &str, what: &str) -> String {
    if at.is_empty() {
        what.to_owned()
    } else {
        format!("{at} {what}")
    }
}
