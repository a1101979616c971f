//! Fields of a record, and of its parents: `Quantity`, `Product.Family`.

use std::collections::HashMap;
use std::rc::Rc;

use serde_json::Value;

use super::super::names::{Names, lookup_id};
use super::super::objects::Kind;
use super::super::view::HIDDEN;
use super::super::visit::Visit;
use crate::failure::Failure;
use crate::records::store::Record;
use crate::records::value::{FieldPath, Scalar};

/// A path leads over so many parents; the figure is that of SOQL.
const MAX_PARENTS: usize = 5;

/// A field, reached over parents.
#[derive(Debug, Clone)]
pub(super) struct Path {
    /// The lookups on the way, each with the kind that it leads to.
    pub(super) parents: Vec<(FieldPath, Kind)>,
    pub(super) field: FieldPath,
}

/// What is known of fields and parents during one query.
pub(in super::super) struct Paths<'v> {
    pub(super) visit: &'v Visit<'v>,
    names: HashMap<String, Rc<Names>>,
    parents: HashMap<(String, String), Option<Rc<Record>>>,
}

impl Path {
    /// The field, if it is one of the record itself.
    pub(super) fn own(&self) -> Option<&str> {
        self.parents.is_empty().then(|| self.field.as_str())
    }
}

impl<'v> Paths<'v> {
    pub(in super::super) fn new(visit: &'v Visit<'v>) -> Self {
        Self {
            visit,
            names: HashMap::new(),
            parents: HashMap::new(),
        }
    }

    /// The path that a request names, by short names or Salesforce's.
    pub(super) fn resolve(&mut self, kind: &Kind, text: &str) -> Result<Path, Failure> {
        let mut kind = kind.clone();
        let mut parents = Vec::new();
        let mut segments = text.split('.').peekable();
        while let Some(segment) = segments.next() {
            let field = self.field(&kind, segment)?;
            if segments.peek().is_none() {
                return Ok(Path { parents, field });
            }
            // The id of a parent is the lookup itself.
            let mut rest = segments.clone();
            if rest
                .next()
                .is_some_and(|last| last.eq_ignore_ascii_case("Id"))
                && rest.next().is_none()
            {
                return Ok(Path { parents, field });
            }
            let target = Kind::target(field.as_str()).ok_or_else(|| {
                Failure::invalid(format!(
                    "'{segment}' of {} leads to no object known here",
                    kind.api()
                ))
            })?;
            parents.push((field, target.clone()));
            kind = target;
            if parents.len() > MAX_PARENTS {
                return Err(Failure::invalid(format!(
                    "'{text}' leads over more than {MAX_PARENTS} parents"
                )));
            }
        }
        Err(Failure::invalid("a field has no name"))
    }

    /// The store's field that a request names.
    pub(super) fn field(&mut self, kind: &Kind, name: &str) -> Result<FieldPath, Failure> {
        let names = self.names(kind)?;
        let stored = names.stored(name);
        let unknown = || {
            Failure::invalid(format!(
                "{} has no field '{name}'; use a short name such as PriceListId or one of Salesforce",
                kind.api()
            ))
        };
        let path = FieldPath::parse(&stored).filter(|path| path.segments().nth(1).is_none());
        let path = path
            .filter(|path| !HIDDEN.contains(&path.as_str()))
            .ok_or_else(unknown)?;
        match self.visit.object(kind)?.check_path(&path) {
            Ok(()) => FieldPath::parse(&names.place(stored)).ok_or_else(unknown),
            // What only Salesforce has on every object.
            Err(_) if matches!(path.as_str(), "IsDeleted" | "Currency" | "Owner") => Ok(path),
            Err(_) => Err(unknown()),
        }
    }

    /// The names of a kind's fields.
    pub(in super::super) fn names(&mut self, kind: &Kind) -> Result<Rc<Names>, Failure> {
        if let Some(names) = self.names.get(&*kind.object) {
            return Ok(names.clone());
        }
        let names = Rc::new(Names::of(self.visit.tx(), &self.visit.object(kind)?)?);
        self.names.insert(kind.object.to_string(), names.clone());
        Ok(names)
    }

    /// The value at a path; null where a parent is missing.
    pub(super) fn value(&mut self, path: &Path, record: &Record) -> Result<Value, Failure> {
        let mut at = Rc::new(record.clone());
        for (lookup, kind) in &path.parents {
            match self.parent(&at, lookup.as_str(), kind)? {
                Some(parent) => at = parent,
                None => return Ok(Value::Null),
            }
        }
        Ok(at.get(path.field.root()).map(bare).unwrap_or_default())
    }

    /// The record that a lookup leads to, if the visitor sees it.
    pub(super) fn parent(
        &mut self,
        record: &Record,
        lookup: &str,
        kind: &Kind,
    ) -> Result<Option<Rc<Record>>, Failure> {
        let Some(id) = lookup_id(record, lookup) else {
            return Ok(None);
        };
        let key = (kind.object.to_string(), id.to_owned());
        if let Some(known) = self.parents.get(&key) {
            return Ok(known.clone());
        }
        let found = self.visit.find(kind, id)?.map(Rc::new);
        self.parents.insert(key, found.clone());
        Ok(found)
    }
}

/// How a value sorts: null first, then numbers, then texts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum SortKey {
    Null,
    Number(i64),
    Text(String),
}

/// The place of a value in a sort. That of the database is the same.
pub(super) fn sort_key(value: &Value) -> SortKey {
    match Scalar::of(value) {
        None => SortKey::Null,
        Some(Scalar {
            text: Some(text), ..
        }) => SortKey::Text(text),
        Some(scalar) => scalar.number.map_or(SortKey::Null, SortKey::Number),
    }
}

/// An amount of money as its number, a lookup as its id.
pub(super) fn bare(value: &Value) -> Value {
    let part = |name| {
        value
            .get(name)
            .filter(|part| part.is_number() || part.is_string())
    };
    match value {
        Value::Object(_) => part("Value")
            .or_else(|| part("Id"))
            .unwrap_or(value)
            .clone(),
        _ => value.clone(),
    }
}
