//! Lookups and children: the records around those that a query finds.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::super::names::{is_lookup, relationship, shown_children, shown_parent};
use super::super::objects::Kind;
use super::super::view::view;
use super::super::visit::{MAX_ROWS, all, one_of};
use super::conditions::{self, Filter};
use super::paths::Paths;
use crate::failure::Failure;
use crate::records::store::{self, Record};

/// Lookups and children nest this deep.
const MAX_DEPTH: usize = 5;

/// Parents to fill in.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(in super::super) struct Lookup {
    pub(in super::super) field: String,
    pub(in super::super) lookups: Option<Vec<Lookup>>,
    pub(in super::super) children: Option<Vec<Children>>,
}

/// Children to fill in, those that pass the filters.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(in super::super) struct Children {
    pub(in super::super) field: String,
    pub(in super::super) filters: Option<Vec<Filter>>,
    pub(in super::super) lookups: Option<Vec<Lookup>>,
    pub(in super::super) children: Option<Vec<Children>>,
}

/// What to fill in.
#[derive(Debug, Clone, Copy, Default)]
pub(in super::super) struct Expansion<'q> {
    pub(in super::super) lookups: &'q [Lookup],
    pub(in super::super) children: &'q [Children],
}

impl<'q> Expansion<'q> {
    fn of(lookups: Option<&'q Vec<Lookup>>, children: Option<&'q Vec<Children>>) -> Self {
        Self {
            lookups: lookups.map(Vec::as_slice).unwrap_or_default(),
            children: children.map(Vec::as_slice).unwrap_or_default(),
        }
    }
}

/// The records as answers show them, with their parents and children.
pub(in super::super) fn expand(
    paths: &mut Paths<'_>,
    kind: &Kind,
    records: Vec<Record>,
    expansion: Expansion<'_>,
    alias: bool,
) -> Result<Vec<Map<String, Value>>, Failure> {
    let mut expander = Expander {
        paths,
        alias,
        left: MAX_ROWS,
    };
    expander.level(kind, records, expansion, 0)
}

struct Expander<'p, 'v> {
    paths: &'p mut Paths<'v>,
    alias: bool,
    /// How many records may still be filled in.
    left: u64,
}

impl Expander<'_, '_> {
    fn level(
        &mut self,
        kind: &Kind,
        records: Vec<Record>,
        expansion: Expansion<'_>,
        depth: usize,
    ) -> Result<Vec<Map<String, Value>>, Failure> {
        if depth > MAX_DEPTH {
            return Err(Failure::invalid(format!(
                "lookups and children nest more than {MAX_DEPTH} deep"
            )));
        }
        self.left = self.left.checked_sub(records.len() as u64).ok_or_else(|| {
            Failure::invalid(format!(
                "lookups and children fill in more than {MAX_ROWS} records; ask for a smaller page"
            ))
        })?;
        let mut views: Vec<_> = records
            .iter()
            .map(|record| view(kind, record, self.alias))
            .collect();
        for lookup in expansion.lookups {
            self.parents(kind, &records, &mut views, lookup, depth)?;
        }
        for children in expansion.children {
            self.children(kind, &records, &mut views, children, depth)?;
        }
        Ok(views)
    }

    fn parents(
        &mut self,
        kind: &Kind,
        records: &[Record],
        views: &mut [Map<String, Value>],
        lookup: &Lookup,
        depth: usize,
    ) -> Result<(), Failure> {
        let field = self.paths.field(kind, &lookup.field)?;
        let stored = field.root();
        let name = shown_parent(kind, stored, self.alias);
        let Some(target) = Kind::target(stored) else {
            // What is part of the record is there already, under its own name.
            return if records
                .iter()
                .any(|record| record.get(stored).is_some_and(is_lookup))
            {
                Err(Failure::invalid(format!(
                    "'{}' of {} leads to no object known here",
                    lookup.field,
                    kind.api()
                )))
            } else {
                Ok(())
            };
        };
        let expansion = Expansion::of(lookup.lookups.as_ref(), lookup.children.as_ref());
        let mut shown: HashMap<String, Value> = HashMap::new();
        for (record, view) in records.iter().zip(views) {
            let Some(parent) = self.paths.parent(record, stored, &target)? else {
                view.insert(name.clone(), Value::Null);
                continue;
            };
            let id = store::text(&parent, "Id").unwrap_or_default();
            let value = match shown.get(id) {
                Some(value) => value.clone(),
                None => {
                    let mut level =
                        self.level(&target, vec![Record::clone(&parent)], expansion, depth + 1)?;
                    let value = level.pop().map(Value::Object).unwrap_or_default();
                    shown.insert(id.to_owned(), value.clone());
                    value
                }
            };
            view.insert(name.clone(), value);
        }
        Ok(())
    }

    fn children(
        &mut self,
        kind: &Kind,
        records: &[Record],
        views: &mut [Map<String, Value>],
        children: &Children,
        depth: usize,
    ) -> Result<(), Failure> {
        let wanted = relationship(&children.field);
        let (name, child, lookup) = kind.children(wanted).ok_or_else(|| {
            Failure::invalid(format!(
                "{} has no children '{}'; it has {}",
                kind.api(),
                children.field,
                kind.relationships().join(", ")
            ))
        })?;
        let ids = records
            .iter()
            .filter_map(|record| store::text(record, "Id"));
        let mut criteria = vec![one_of(lookup, ids.map(str::to_owned).collect())];
        criteria.extend(self.paths.visit.sees(&child)?);
        let filters = children.filters.as_deref().unwrap_or_default();
        criteria.extend(conditions::filters(self.paths, &child, filters)?);
        let object = self.paths.visit.object(&child)?;
        let found = all(self.paths.visit.tx(), &object, criteria)?;
        let owners: Vec<Option<String>> = found
            .iter()
            .map(|record| super::super::names::lookup_id(record, lookup).map(str::to_owned))
            .collect();
        let expansion = Expansion::of(children.lookups.as_ref(), children.children.as_ref());
        let shown = self.level(&child, found, expansion, depth + 1)?;
        let mut by_owner: HashMap<String, Vec<Value>> = HashMap::new();
        for (owner, child) in owners.into_iter().zip(shown) {
            if let Some(owner) = owner {
                by_owner
                    .entry(owner)
                    .or_default()
                    .push(Value::Object(child));
            }
        }
        let name = shown_children(kind, name, self.alias);
        for (record, view) in records.iter().zip(views) {
            let own = store::text(record, "Id").and_then(|id| by_owner.remove(id));
            view.insert(name.clone(), own.unwrap_or_default().into());
        }
        Ok(())
    }
}
