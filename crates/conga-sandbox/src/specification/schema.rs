//! From OpenAPI 3.0 schemas to JSON Schema validators.
//!
//! OpenAPI 3.0 has a dialect of its own: `nullable`, boolean `exclusiveMinimum`, number formats, and
//! `readOnly` fields that are required in answers only. A schema is rewritten to draft 2020-12 together
//! with the component schemas it reaches, so that it stands alone.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, NaiveDate, NaiveDateTime};
use jsonschema::{Draft, Validator};
use serde_json::{Map, Value, json};

use super::Document;

const COMPONENTS: &str = "#/components/schemas/";

/// Keywords that mean the same in both dialects and hold no schema.
const PLAIN: &[&str] = &[
    "maxLength",
    "minLength",
    "pattern",
    "maxItems",
    "minItems",
    "uniqueItems",
    "maxProperties",
    "minProperties",
    "multipleOf",
];

/// Which way a value travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    /// From client to server; `readOnly` fields are not asked for.
    Request,
    /// From server to client; `writeOnly` fields are not given.
    Answer,
}

impl Direction {
    /// The flag of fields that do not travel this way.
    pub(super) fn excluded(self) -> &'static str {
        match self {
            Self::Request => "readOnly",
            Self::Answer => "writeOnly",
        }
    }
}

/// The component that a `$ref` names.
pub(super) fn reference(schema: &Value) -> Option<&str> {
    schema.get("$ref")?.as_str()?.strip_prefix(COMPONENTS)
}

/// Compiles a schema. `None` if it accepts everything or is not a valid schema.
pub(super) fn validator(
    document: &Document,
    schema: &Value,
    direction: Direction,
) -> Option<Validator> {
    let standalone = standalone(document, schema, direction);
    if standalone.as_object().is_some_and(Map::is_empty) {
        return None;
    }
    let built = jsonschema::options()
        .with_draft(Draft::Draft202012)
        .should_validate_formats(true)
        .should_ignore_unknown_formats(true)
        .with_format("date-time", is_date_time)
        .with_format("date", |text: &str| text.parse::<NaiveDate>().is_ok())
        .with_format("uuid", |text: &str| uuid::Uuid::try_parse(text).is_ok())
        .with_format("byte", |text: &str| STANDARD.decode(text).is_ok())
        .offline()
        .build(&standalone);
    built
        .inspect_err(|error| tracing::warn!(%error, "a schema of the specification is not usable"))
        .ok()
}

/// The schema in JSON Schema's dialect with every component it reaches under `$defs`.
fn standalone(document: &Document, schema: &Value, direction: Direction) -> Value {
    let mut rewriter = Rewriter {
        direction,
        reached: BTreeSet::new(),
        pending: Vec::new(),
    };
    let mut root = rewriter.schema(schema);
    let mut definitions = Map::new();
    while let Some(name) = rewriter.pending.pop() {
        let component = document.schemas.get(&name).unwrap_or(&Value::Null);
        let rewritten = rewriter.schema(component);
        definitions.insert(name, rewritten);
    }
    if let Value::Object(root) = &mut root
        && !definitions.is_empty()
    {
        root.insert("$defs".to_owned(), Value::Object(definitions));
    }
    root
}

/// An RFC 3339 date-time, or one without an offset, as .NET writes an unspecified kind.
fn is_date_time(text: &str) -> bool {
    DateTime::parse_from_rfc3339(text).is_ok() || text.parse::<NaiveDateTime>().is_ok()
}

struct Rewriter {
    direction: Direction,
    reached: BTreeSet<String>,
    pending: Vec<String>,
}

impl Rewriter {
    fn schema(&mut self, schema: &Value) -> Value {
        let Some(source) = schema.as_object() else {
            return json!({});
        };
        let mut target = if let Some(name) = reference(schema) {
            if self.reached.insert(name.to_owned()) {
                self.pending.push(name.to_owned());
            }
            Map::from_iter([("$ref".to_owned(), json!(format!("#/$defs/{name}")))])
        } else {
            self.keywords(source)
        };
        if source.get("nullable") == Some(&Value::Bool(true)) {
            nullable(&mut target);
        }
        Value::Object(target)
    }

    fn keywords(&mut self, source: &Map<String, Value>) -> Map<String, Value> {
        let mut target = Map::new();
        for (keyword, value) in source {
            let rewritten = match keyword.as_str() {
                "type" | "enum" | "format" => value.clone(),
                keyword if PLAIN.contains(&keyword) => value.clone(),
                "items" | "not" => self.schema(value),
                "additionalProperties" if value.is_object() => self.schema(value),
                "additionalProperties" => value.clone(),
                "properties" => self.properties(value),
                "allOf" | "anyOf" | "oneOf" => value
                    .as_array()
                    .into_iter()
                    .flatten()
                    .map(|schema| self.schema(schema))
                    .collect(),
                "required" => self.required(value, source.get("properties")),
                _ => continue,
            };
            // Published alternatives overlap: any of them will do.
            let keyword = if keyword == "oneOf" { "anyOf" } else { keyword };
            target.insert(keyword.to_owned(), rewritten);
        }
        bounds(source, &mut target);
        target
    }

    fn properties(&mut self, properties: &Value) -> Value {
        let rewritten = properties
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, schema)| (name.clone(), self.schema(schema)))
            .collect();
        Value::Object(rewritten)
    }

    fn required(&self, required: &Value, properties: Option<&Value>) -> Value {
        let travels = |name: &&Value| {
            let property = name.as_str().and_then(|name| properties?.get(name));
            property.and_then(|property| property.get(self.direction.excluded()))
                != Some(&Value::Bool(true))
        };
        required
            .as_array()
            .into_iter()
            .flatten()
            .filter(travels)
            .cloned()
            .collect()
    }
}

/// Lets a schema accept null as well.
fn nullable(schema: &mut Map<String, Value>) {
    match schema.get("type") {
        Some(Value::String(name)) => {
            let types = json!([name, "null"]);
            schema.insert("type".to_owned(), types);
            if let Some(Value::Array(values)) = schema.get_mut("enum")
                && !values.contains(&Value::Null)
            {
                values.push(Value::Null);
            }
        }
        _ if schema.is_empty() => {}
        _ => {
            let inner = Value::Object(std::mem::take(schema));
            schema.insert("anyOf".to_owned(), json!([inner, {"type": "null"}]));
        }
    }
}

/// Minimum and maximum: OpenAPI's boolean `exclusive*`, and the range of `int32`.
fn bounds(source: &Map<String, Value>, target: &mut Map<String, Value>) {
    for (keyword, exclusive) in [
        ("minimum", "exclusiveMinimum"),
        ("maximum", "exclusiveMaximum"),
    ] {
        if let Some(limit) = source.get(keyword) {
            let is_exclusive = source.get(exclusive) == Some(&Value::Bool(true));
            let keyword = if is_exclusive { exclusive } else { keyword };
            target.insert(keyword.to_owned(), limit.clone());
        }
    }
    if source.get("type") == Some(&json!("integer"))
        && source.get("format") == Some(&json!("int32"))
    {
        target.entry("minimum").or_insert(json!(i32::MIN));
        target.entry("maximum").or_insert(json!(i32::MAX));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document() -> Document {
        let schemas = json!({
            "Node": {
                "type": "object",
                "required": ["Id", "Name"],
                "properties": {
                    "Id": {"type": "string", "readOnly": true},
                    "Name": {"type": "string"},
                    "Count": {"type": "integer", "format": "int32", "nullable": true},
                    "State": {"$ref": "#/components/schemas/State"},
                    "Next": {"$ref": "#/components/schemas/Node", "nullable": true},
                    "On": {"type": "string", "format": "date-time"}
                }
            },
            "State": {"type": "string", "enum": ["Open", "Closed"], "nullable": true}
        });
        Document {
            paths: Map::new(),
            common_error: None,
            schemas: schemas.as_object().unwrap().clone(),
        }
    }

    fn accepts(value: Value, direction: Direction) -> bool {
        let schema = json!({"$ref": "#/components/schemas/Node"});
        validator(&document(), &schema, direction)
            .unwrap()
            .is_valid(&value)
    }

    #[test]
    fn nullable_applies_to_types_enums_and_references() {
        let value = json!({"Name": "a", "Count": null, "State": null, "Next": null});
        assert!(accepts(value, Direction::Request));
        assert!(!accepts(json!({"Name": null}), Direction::Request));
        assert!(!accepts(
            json!({"Name": "a", "State": "Other"}),
            Direction::Request
        ));
        assert!(!accepts(
            json!({"Name": "a", "Next": {"Name": 1}}),
            Direction::Request
        ));
    }

    #[test]
    fn read_only_fields_are_required_in_answers_only() {
        assert!(accepts(json!({"Name": "a"}), Direction::Request));
        assert!(!accepts(json!({"Name": "a"}), Direction::Answer));
    }

    #[test]
    fn int32_has_a_range() {
        assert!(accepts(
            json!({"Name": "a", "Count": 2_147_483_647}),
            Direction::Request
        ));
        assert!(!accepts(
            json!({"Name": "a", "Count": 2_147_483_648_i64}),
            Direction::Request
        ));
    }

    #[test]
    fn date_times_may_lack_an_offset() {
        for text in [
            "2026-01-31T10:00:00Z",
            "2026-01-31T10:00:00.123",
            "2026-01-31T10:00:00+02:00",
        ] {
            assert!(
                accepts(json!({"Name": "a", "On": text}), Direction::Request),
                "{text}"
            );
        }
        assert!(!accepts(
            json!({"Name": "a", "On": "31.01.2026"}),
            Direction::Request
        ));
    }

    #[test]
    fn a_free_schema_needs_no_validator() {
        for schema in [
            json!({}),
            json!({"nullable": true}),
            json!({"description": "anything"}),
        ] {
            assert!(validator(&document(), &schema, Direction::Request).is_none());
        }
    }
}
