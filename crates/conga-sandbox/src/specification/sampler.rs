//! Values built from schemas.

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use super::schema::Direction;
use super::values::{Field, Ids, Roll, id};
use super::view::{Kind, View};
use super::{Document, PathParams};
use crate::request::status_name;

/// Objects nested deeper than this hold their required fields only.
const DEEP: usize = 4;

/// Required fields end here too, should a schema demand itself through an endless chain.
const DEEPEST: usize = 12;

/// Makes values of schemas.
pub(super) struct Sampler<'a> {
    pub(super) document: &'a Document,
    pub(super) direction: Direction,
    pub(super) status: StatusCode,
    pub(super) ids: Ids,
    pub(super) params: &'a PathParams,
}

/// Where a value stands.
#[derive(Clone, Copy)]
struct Place<'p> {
    name: &'p str,
    owner: &'p str,
    roll: Roll,
    depth: usize,
    /// Whether this is the one record that the path names.
    addressed: bool,
}

impl<'a> Sampler<'a> {
    /// A value of the schema.
    pub(super) fn sample(&self, schema: &'a Value, subject: &'a str, roll: Roll) -> Value {
        let place = Place {
            name: "",
            owner: subject,
            roll,
            depth: 0,
            addressed: true,
        };
        self.value(&View::of(self.document, [schema]), place, &mut Vec::new())
            .unwrap_or(Value::Null)
    }

    /// A value, or `None` where the schema stands inside itself or cannot be kept to.
    fn value(
        &self,
        view: &View<'a>,
        mut place: Place<'a>,
        inside: &mut Vec<&'a str>,
    ) -> Option<Value> {
        let recursive = view.names.iter().any(|name| inside.contains(name));
        if recursive || view.contradictory || place.depth > DEEPEST {
            return None;
        }
        if let Some(options) = view.options {
            return self.option(options, place);
        }
        let owner = view
            .names
            .last()
            .copied()
            .filter(|_| view.kind() == Kind::Object);
        place.owner = owner.unwrap_or(place.owner);
        let field = Field {
            name: place.name,
            owner: place.owner,
            format: view.format,
            ids: self.ids,
            roll: place.roll,
        };
        let entered = inside.len();
        inside.extend(&view.names);
        let value = match view.kind() {
            Kind::Any => Some(Value::Null),
            Kind::Boolean => Some(Value::from(field.boolean())),
            Kind::Integer => Some(Value::from(field.integer(view.bounds))),
            Kind::Number => Some(Value::from(field.number(view.bounds))),
            Kind::Text => Some(Value::from(fit(field.text(), view.bounds))),
            Kind::Array => Some(self.array(view, place, inside)),
            Kind::Object => self.object(view, place, inside).map(Value::Object),
        };
        inside.truncate(entered);
        value
    }

    fn option(&self, options: &[Value], place: Place<'a>) -> Option<Value> {
        let status = Value::from(status_name(self.status));
        if options.contains(&status) {
            return Some(status);
        }
        let set: Vec<_> = options.iter().filter(|option| !option.is_null()).collect();
        place.roll.pick(&set).map(|option| (*option).clone())
    }

    fn array(&self, view: &View<'a>, place: Place<'a>, inside: &mut Vec<&'a str>) -> Value {
        let items = View::of(self.document, [view.items]);
        let least = view.bounds["minItems"].as_u64().unwrap_or(0);
        let count = if place.depth > 2 {
            1
        } else {
            1 + place.roll.at("count").below(3)
        };
        let singular = place.name.strip_suffix('s').unwrap_or(place.name);
        (0..count.max(least))
            .filter_map(|index| {
                let place = Place {
                    name: singular,
                    roll: place.roll.at(&index.to_string()),
                    addressed: false,
                    ..place
                };
                self.value(&items, place, inside)
            })
            .collect()
    }

    fn object(
        &self,
        view: &View<'a>,
        place: Place<'a>,
        inside: &mut Vec<&'a str>,
    ) -> Option<Map<String, Value>> {
        if view.properties.is_empty() {
            return Some(self.map(view, place, inside));
        }
        let wrapper = Wrapper::of(view);
        let mut object = Map::new();
        for (name, schemas) in &view.properties {
            let required = view.required.contains(name);
            let excluded = self.direction.excluded();
            let travels = schemas.iter().all(|schema| schema[excluded] != true);
            if (!required && place.depth >= DEEP) || !travels {
                continue;
            }
            let property = View::of(self.document, schemas.iter().copied());
            let below = Place {
                name,
                owner: place.owner,
                roll: place.roll.at(name),
                depth: place.depth + 1,
                addressed: wrapper.is_some() && name.eq_ignore_ascii_case("data"),
            };
            let value = wrapper
                .and_then(|wrapper| wrapper.field(name, &property, self.status))
                .or_else(|| self.echo_property(name, &property, place.addressed))
                .or_else(|| self.value(&property, below, inside));
            match value {
                Some(value) => {
                    object.insert((*name).to_owned(), value);
                }
                None if required && property.nullable => {
                    object.insert((*name).to_owned(), Value::Null);
                }
                // What cannot be had makes the object itself impossible.
                None if required => return None,
                None => {}
            }
        }
        if let Some(Value::Array(items)) = object.get("Data") {
            let count = items.len();
            if let Some(recorded) = object.get_mut("RecordCount") {
                *recorded = json!(count);
            }
        }
        Some(object)
    }

    /// An object whose keys are free.
    fn map(
        &self,
        view: &View<'a>,
        place: Place<'a>,
        inside: &mut Vec<&'a str>,
    ) -> Map<String, Value> {
        let Some(schema) = view.map_of else {
            return Map::new();
        };
        let values = View::of(self.document, [schema]);
        match values.kind() {
            Kind::Any | Kind::Text => {
                let name = Field {
                    name: "Name",
                    owner: place.owner,
                    format: None,
                    ids: self.ids,
                    roll: place.roll,
                };
                let echoed = if place.addressed {
                    self.echo_id()
                } else {
                    None
                };
                let id = echoed.unwrap_or_else(|| id(place.roll.at("Id"), self.ids));
                Map::from_iter([
                    ("Id".to_owned(), json!(id)),
                    ("Name".to_owned(), json!(name.text())),
                ])
            }
            _ => {
                let below = Place {
                    name: "default",
                    depth: place.depth + 1,
                    addressed: false,
                    ..place
                };
                let value = self.value(&values, below, inside);
                value
                    .map(|value| ("default".to_owned(), value))
                    .into_iter()
                    .collect()
            }
        }
    }

    /// An example with the path's parameters in it, where it is about the record that the path names.
    pub(super) fn echoed(&self, example: &Value) -> Value {
        let mut example = example.clone();
        let record = match &mut example {
            Value::Object(object) if object.contains_key("Data") => object.get_mut("Data"),
            Value::Object(object) if object.contains_key("data") => object.get_mut("data"),
            other => Some(other),
        };
        for (name, value) in record.and_then(Value::as_object_mut).into_iter().flatten() {
            if let (true, Some(text)) = (value.is_string(), self.echo(name, true)) {
                *value = Value::from(text);
            }
        }
        example
    }

    /// The path parameter that a property repeats.
    fn echo_property(&self, name: &str, view: &View<'_>, addressed: bool) -> Option<Value> {
        if view.kind() != Kind::Text || view.options.is_some() {
            return None;
        }
        let text = self.echo(name, addressed)?;
        let fits = match view.format {
            Some("uuid") => uuid::Uuid::try_parse(&text).is_ok(),
            format => format.is_none(),
        };
        fits.then(|| Value::from(text))
    }

    /// The path parameter that a field of this name repeats. `Id` alone means the record that the path
    /// names, and no record below it.
    fn echo(&self, name: &str, addressed: bool) -> Option<String> {
        let is_id = name.eq_ignore_ascii_case("id");
        if is_id && !addressed {
            return None;
        }
        let mut params = self.params.iter();
        match params.find(|(param, _)| param.eq_ignore_ascii_case(name)) {
            Some((_, value)) => Some(value.clone()),
            None if is_id => self.echo_id(),
            None => None,
        }
    }

    /// The one id in the path.
    fn echo_id(&self) -> Option<String> {
        let mut ids = self
            .params
            .iter()
            .filter(|(name, _)| name.to_ascii_lowercase().ends_with("id"));
        match (ids.next(), ids.next()) {
            (Some((_, value)), None) => Some(value.clone()),
            _ => None,
        }
    }
}

/// Cuts or pads a text to the lengths of its schema.
fn fit(mut text: String, bounds: &Value) -> String {
    let length = |keyword: &str| {
        bounds[keyword]
            .as_u64()
            .and_then(|length| usize::try_from(length).ok())
    };
    if let Some(most) = length("maxLength") {
        text = text.chars().take(most).collect();
    }
    let least = length("minLength").unwrap_or(0);
    while text.chars().count() < least {
        text.push('x');
    }
    text
}

/// The wrappers around what is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wrapper {
    /// `Success`, `Data`, `Errors`, `StatusCode`.
    Platform,
    /// `title`, `status`, `data`.
    Salesforce,
}

impl Wrapper {
    fn of(view: &View<'_>) -> Option<Self> {
        let has = |name: &str| {
            view.properties
                .keys()
                .any(|other| other.eq_ignore_ascii_case(name))
        };
        if has("success") && (has("errors") || has("data")) {
            Some(Self::Platform)
        } else if has("title") && has("status") && has("data") {
            Some(Self::Salesforce)
        } else {
            None
        }
    }

    /// What a field of the wrapper holds when all went well; `None` for a field like any other.
    fn field(self, name: &str, view: &View<'_>, status: StatusCode) -> Option<Value> {
        let empty = || match view.kind() {
            _ if view.nullable => Value::Null,
            Kind::Array => json!([]),
            Kind::Text if view.options.is_none() => json!(""),
            Kind::Boolean => json!(false),
            Kind::Integer | Kind::Number => json!(0),
            _ => Value::Null,
        };
        let value = match (self, name.to_ascii_lowercase().as_str(), view.kind()) {
            (Self::Platform, "success", Kind::Boolean) => json!(true),
            (
                Self::Platform,
                "errors" | "warnings" | "profile" | "nextcursor" | "hasmorerecords",
                _,
            ) => empty(),
            (Self::Platform, "recordcount", Kind::Integer) => json!(1),
            (Self::Platform, "totaltime", Kind::Number) => json!(0.0),
            (Self::Platform, "statuscode", Kind::Integer)
            | (Self::Salesforce, "status", Kind::Integer) => {
                json!(status.as_u16())
            }
            (Self::Platform, "statuscode", Kind::Text) => json!(status_name(status)),
            (Self::Salesforce, "title", Kind::Text) => json!("success"),
            _ => return None,
        };
        Some(value)
    }
}
