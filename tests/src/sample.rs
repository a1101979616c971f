//! Values for every parameter and body of an operation, made from its schemas: the same specification, the same values.

use std::collections::BTreeMap;

use conga_api::Part;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::specification::resolve;

/// Bodies nest; what lies deeper than this is left out where it may be.
const DEPTH: usize = 8;

/// The sample of one operation.
#[derive(Clone, Debug, Default)]
pub struct Sample {
    /// By wire name.
    pub parameters: BTreeMap<String, Value>,
    /// The JSON body, or the fields of a form.
    pub body: Option<Value>,
}

impl Sample {
    /// The sample of an operation of a curated document.
    pub fn of(document: &Value, operation: &Value) -> Self {
        let parameters = operation["parameters"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|parameter| {
                let name = parameter["name"].as_str().unwrap_or_default();
                (
                    name.to_owned(),
                    Sampler::new(document)
                        .value(&parameter["schema"], name)
                        .unwrap_or(json!("sample")),
                )
            })
            .collect();
        let content = operation
            .pointer("/requestBody/content")
            .and_then(Value::as_object)
            .and_then(|content| content.values().next());
        let body = content.map(|content| {
            let schema = resolve(document, &content["schema"]);
            let opaque = schema.as_object().is_none_or(|schema| {
                ![
                    "properties",
                    "items",
                    "allOf",
                    "oneOf",
                    "anyOf",
                    "additionalProperties",
                ]
                .iter()
                .any(|key| schema.contains_key(*key))
            });
            match content.get("example") {
                Some(example) if opaque => example.clone(),
                _ => Sampler::new(document)
                    .value(schema, "body")
                    .unwrap_or_else(|| json!({ "Name": "sample" })),
            }
        });
        Self { parameters, body }
    }

    /// A parameter's text.
    pub fn text(&self, name: &str) -> String {
        as_text(self.parameter(name))
    }

    /// A parameter as its type.
    pub fn value<T: DeserializeOwned>(&self, name: &str) -> T {
        decode(name, self.parameter(name))
    }

    /// The body as its type.
    pub fn body<T: DeserializeOwned>(&self) -> T {
        decode("body", self.body.as_ref().unwrap_or(&Value::Null))
    }

    /// The body as text.
    pub fn text_body(&self) -> String {
        self.body.as_ref().map(as_text).unwrap_or_default()
    }

    /// A part of a form that is a file.
    pub fn file(&self, name: &str) -> Part {
        Part::bytes(format!("{name}.txt"), self.field(name))
    }

    /// Parts of a form that are files.
    pub fn files(&self, name: &str) -> [Part; 2] {
        [self.file(name), self.file(name)]
    }

    /// A field of a form.
    pub fn field(&self, name: &str) -> String {
        as_text(&first(self.json_field(name)))
    }

    /// A field of a form as JSON.
    pub fn json_field(&self, name: &str) -> Value {
        self.body
            .as_ref()
            .and_then(|body| body.get(name))
            .cloned()
            .unwrap_or_else(|| json!("sample"))
    }

    fn parameter(&self, name: &str) -> &Value {
        self.parameters.get(name).unwrap_or(&Value::Null)
    }
}

fn first(value: Value) -> Value {
    match value {
        Value::Array(items) => items.into_iter().next().unwrap_or(Value::Null),
        other => other,
    }
}

/// The text that stands for a value on the wire.
pub fn as_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn decode<T: DeserializeOwned>(name: &str, value: &Value) -> T {
    serde_json::from_value(value.clone()).unwrap_or_else(|e| {
        panic!(
            "the sample of `{name}` is no {}: {e}\n{value}",
            std::any::type_name::<T>()
        )
    })
}

/// Walks a schema.
struct Sampler<'a> {
    document: &'a Value,
    /// The references being followed.
    open: Vec<&'a str>,
}

impl<'a> Sampler<'a> {
    fn new(document: &'a Value) -> Self {
        Self {
            document,
            open: Vec::new(),
        }
    }

    /// `None` where the schema leads back into itself.
    fn value(&mut self, schema: &'a Value, name: &str) -> Option<Value> {
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            if self.open.contains(&reference) || self.open.len() > DEPTH {
                return None;
            }
            self.open.push(reference);
            let value = self.value(self.document.pointer(reference.strip_prefix('#')?)?, name);
            self.open.pop();
            return value;
        }
        if schema.get("x-conga-contradicts").is_some() {
            // The published document says two things of it, which no value can both be.
            return None;
        }
        if let Some(first) = schema
            .get("enum")
            .and_then(Value::as_array)
            .and_then(|values| values.first())
        {
            return Some(first.clone());
        }
        if let Some(parts) = schema.get("allOf").and_then(Value::as_array) {
            let mut merged = Map::new();
            for part in parts {
                match self.value(part, name)? {
                    Value::Object(fields) => merged.extend(fields),
                    other => return Some(other),
                }
            }
            if let Some(Value::Object(own)) = schema
                .get("properties")
                .is_some()
                .then(|| self.object(schema, name))
                .flatten()
            {
                merged.extend(own);
            }
            return Some(Value::Object(merged));
        }
        for key in ["oneOf", "anyOf"] {
            if let Some(first) = schema
                .get(key)
                .and_then(Value::as_array)
                .and_then(|options| options.first())
            {
                return self.value(first, name);
            }
        }
        match schema.get("type").and_then(Value::as_str) {
            Some("string") => Some(json!(text(schema, name))),
            Some("integer") => Some(json!(1)),
            Some("number") => Some(json!(1.5)),
            Some("boolean") => Some(json!(true)),
            Some("array") => Some(Value::Array(
                self.value(schema.get("items")?, name).into_iter().collect(),
            )),
            Some("object") => self.object(schema, name),
            _ if schema.get("properties").is_some() => self.object(schema, name),
            _ => Some(json!({ "Name": "sample" })),
        }
    }

    fn object(&mut self, schema: &'a Value, of: &str) -> Option<Value> {
        let mut fields = Map::new();
        for (name, property) in schema
            .get("properties")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
        {
            if let Some(value) = self.value(property, name) {
                fields.insert(name.clone(), value);
            }
        }
        let additional = schema
            .get("additionalProperties")
            .filter(|additional| additional.is_object());
        if let Some(value) = additional.and_then(|additional| self.value(additional, "sample")) {
            fields.insert(format!("{of}_c"), value);
        }
        Some(Value::Object(fields))
    }
}

fn text(schema: &Value, name: &str) -> String {
    match schema.get("format").and_then(Value::as_str) {
        Some("date-time") => "2026-01-02T03:04:05Z".into(),
        Some("date") => "2026-01-02".into(),
        Some("time") => "03:04:05".into(),
        Some("uuid") => "6f2a0b52-0b8e-4a53-9d0e-1c2d3e4f5a6b".into(),
        Some("email") => "sample@example.com".into(),
        Some("uri") => "https://example.com/sample".into(),
        Some("byte") => "c2FtcGxl".into(),
        _ => format!("sample {name}"),
    }
}
