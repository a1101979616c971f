//! A schema with its references and compositions laid flat, for building values.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Document;
use super::schema::reference;

/// References and compositions nested deeper than this are a circle.
const DEEPEST: usize = 12;

/// What a schema describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Any,
    Boolean,
    Integer,
    Number,
    Text,
    Array,
    Object,
}

/// A schema with its references and compositions laid flat.
pub(super) struct View<'a> {
    kind: Option<&'a str>,
    /// Whether its parts demand different types, as a field does that a derived schema declares anew.
    pub(super) contradictory: bool,
    pub(super) format: Option<&'a str>,
    pub(super) options: Option<&'a [Value]>,
    pub(super) nullable: bool,
    /// Every declaration of each property; a value must keep to all of them.
    pub(super) properties: BTreeMap<&'a str, Vec<&'a Value>>,
    pub(super) required: Vec<&'a str>,
    pub(super) items: &'a Value,
    /// What free keys hold.
    pub(super) map_of: Option<&'a Value>,
    /// The schema that holds limits such as `maximum`.
    pub(super) bounds: &'a Value,
    /// The components that it is, without those that it extends.
    pub(super) names: Vec<&'a str>,
}

impl<'a> View<'a> {
    /// The view of a value that keeps to all of these schemas.
    pub(super) fn of(document: &'a Document, schemas: impl IntoIterator<Item = &'a Value>) -> Self {
        let mut view = Self {
            kind: None,
            contradictory: false,
            format: None,
            options: None,
            nullable: false,
            properties: BTreeMap::new(),
            required: Vec::new(),
            items: &Value::Null,
            map_of: None,
            bounds: &Value::Null,
            names: Vec::new(),
        };
        for schema in schemas {
            view.add(document, schema, true, 0);
        }
        view
    }

    /// Adds a schema. `itself` tells a schema that the value is from one that it extends.
    fn add(&mut self, document: &'a Document, schema: &'a Value, itself: bool, depth: usize) {
        self.nullable |= schema["nullable"] == true;
        if depth > DEEPEST {
            return;
        }
        if let Some(name) = reference(schema) {
            if itself {
                self.names.push(name);
            }
            let component = document.schemas.get(name).unwrap_or(&Value::Null);
            self.add(document, component, itself, depth + 1);
            return;
        }
        if let Some(kind) = schema["type"].as_str() {
            self.contradictory |= self.kind.is_some_and(|other| other != kind);
            self.kind = Some(kind);
            self.bounds = schema;
        }
        self.format = schema["format"].as_str().or(self.format);
        let options = schema["enum"].as_array().map(Vec::as_slice);
        self.options = options.or(self.options);
        if let Some(items) = schema.get("items") {
            self.items = items;
        }
        if let Some(of) = schema
            .get("additionalProperties")
            .filter(|of| **of != false)
        {
            self.map_of = Some(of);
        }
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            self.properties.entry(name).or_default().push(property);
        }
        let required = schema["required"].as_array().into_iter().flatten();
        self.required.extend(required.filter_map(Value::as_str));

        let parts = schema["allOf"]
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default();
        for part in parts {
            self.add(document, part, itself && parts.len() == 1, depth + 1);
        }
        for keyword in ["oneOf", "anyOf"] {
            if let Some(first) = schema[keyword].get(0) {
                self.add(document, first, itself, depth + 1);
            }
        }
    }

    /// What the schema describes.
    pub(super) fn kind(&self) -> Kind {
        match self.kind {
            Some("boolean") => Kind::Boolean,
            Some("integer") => Kind::Integer,
            Some("number") => Kind::Number,
            Some("string") => Kind::Text,
            Some("array") => Kind::Array,
            Some("object") => Kind::Object,
            _ if !self.properties.is_empty() || self.map_of.is_some() => Kind::Object,
            _ => Kind::Any,
        }
    }
}
