//! Differences of operations: which there are, what they are called, what they take and answer.

use serde_json::Value;

use super::{
    Comparison, is_true,
    schemas::{Way, is_required},
    text,
};
use crate::{
    curate::{PUBLISHED_ID, RUST_NAME, STATUS, SUPPLIED_BY},
    document::{Document, Place, parameters, template_parameters},
    import::EVIDENCE,
};

const JSON: &str = "application/json";

/// An operation, where it stands, and what its references lead into.
#[derive(Clone)]
struct Operation<'a> {
    document: &'a Document,
    place: Place,
    value: &'a Value,
}

/// When two operations are the same one, from the surest sign to the least.
const SAME: [fn(&Operation<'_>, &Operation<'_>) -> bool; 3] = [
    |old, new| old.place == new.place,
    // The names of path parameters are not sent.
    |old, new| {
        old.place.method == new.place.method && unnamed(&old.place.path) == unnamed(&new.place.path)
    },
    |old, new| old.id().is_some() && old.id() == new.id(),
];

impl Comparison<'_> {
    /// Pairs the operations of both documents and compares each pair.
    pub(super) fn operations(&mut self) {
        let mut removed = all(&self.old.document);
        let mut added = all(&self.new.document);
        let mut pairs = Vec::new();
        for same in SAME {
            removed.retain(|old| match added.iter().position(|new| same(old, new)) {
                Some(at) => {
                    pairs.push((old.clone(), added.remove(at)));
                    false
                }
                None => true,
            });
        }
        for operation in removed {
            self.changes.breaks(operation.title(), "removed");
        }
        for (old, new) in &pairs {
            self.operation(old, new);
        }
        for operation in added {
            self.changes.keeps(operation.title(), "added");
        }
    }

    fn operation(&mut self, old: &Operation<'_>, new: &Operation<'_>) {
        let place = new.title();
        if old.place != new.place {
            self.changes.keeps(&place, format!("was {}", old.place));
        }
        self.names(&place, old, new);
        self.parameters(&place, old, new);
        self.body(&place, old, new);
        self.order_of_arguments(&place, old, new);
        self.answer(&place, old.value, new.value);
    }

    /// What an operation is called and how it is described, its types aside.
    fn names(&mut self, place: &str, old: &Operation<'_>, new: &Operation<'_>) {
        if let (Some(was), Some(is)) = (old.id(), new.id())
            && was != is
        {
            self.changes.breaks(place, format!("renamed, was `{was}`"));
        }
        let [old, new] = [old.value, new.value];
        if old.pointer("/tags/0") != new.pointer("/tags/0") {
            self.changes.breaks(
                place,
                "has another tag: its builder moves to another module",
            );
        }
        for (key, what) in [
            (PUBLISHED_ID, "published id"),
            (EVIDENCE, "evidence"),
            (STATUS, "documented status"),
            ("deprecated", "deprecated"),
        ] {
            let [was, is] = [old, new].map(|operation| {
                operation
                    .get(key)
                    .map_or_else(|| "not given".to_owned(), Value::to_string)
            });
            if was != is {
                self.changes
                    .keeps(place, format!("{what} was {was}, is {is}"));
            }
        }
    }

    fn parameters(&mut self, place: &str, old: &Operation<'_>, new: &Operation<'_>) {
        for before in parameters(old.value) {
            let at = title(before);
            let Some(after) = parameters(new.value).find(|after| old.key(before) == new.key(after))
            else {
                self.changes.breaks(place, format!("{at} removed"));
                continue;
            };
            match (is_true(before, "required"), is_true(after, "required")) {
                (true, false) => self
                    .changes
                    .breaks(place, format!("{at} now optional: no argument any more")),
                (false, true) => self
                    .changes
                    .breaks(place, format!("{at} now required: an argument")),
                (true, true) => {}
                (false, false) => {
                    if text(before, RUST_NAME) != text(after, RUST_NAME) {
                        self.changes
                            .breaks(place, format!("{at} has another Rust name"));
                    }
                }
            }
            let [was, is] = [before, after].map(sent_by_client);
            if was != is {
                let [was, is] = [was, is].map(|text| text.unwrap_or("nothing"));
                self.changes.keeps(
                    place,
                    format!("{at} where a call leaves it out: was {was}, is {is}"),
                );
            }
            let schemas = [before, after].map(|parameter| &parameter["schema"]);
            self.slot(place, &at, schemas, Way::REQUEST);
        }
        for after in parameters(new.value)
            .filter(|after| parameters(old.value).all(|before| old.key(before) != new.key(after)))
        {
            let at = title(after);
            if is_true(after, "required") {
                self.changes.breaks(place, format!("{at} added, required"));
            } else {
                self.changes.keeps(place, format!("{at} added, optional"));
            }
        }
    }

    fn body(&mut self, place: &str, old: &Operation<'_>, new: &Operation<'_>) {
        let (before, after) = match (old.body(), new.body()) {
            (None, None) => return,
            (Some(_), None) => return self.changes.breaks(place, "body removed"),
            (None, Some(body)) if body.arguments().is_empty() => {
                return self.changes.keeps(place, "body added, optional");
            }
            (None, Some(_)) => return self.changes.breaks(place, "body added, required"),
            (Some(before), Some(after)) => (before, after),
        };
        if before.media != after.media {
            let what = format!("body was {}, is {}", before.media, after.media);
            return self.changes.breaks(place, what);
        }
        if is_form(after.media) {
            // A form is no type of its own: its parts are arguments and setters.
            return self.fields(place, "body", [before.schema, after.schema], Way::REQUEST);
        }
        if before.required != after.required {
            let what = if after.required {
                "body now required: an argument"
            } else {
                "body now optional: no argument any more"
            };
            self.changes.breaks(place, what);
        }
        if after.media == JSON {
            self.schema(place, "body", [before.schema, after.schema], Way::REQUEST);
        }
    }

    /// Arguments go by position, so that a new order may compile and send the wrong thing.
    fn order_of_arguments(&mut self, place: &str, old: &Operation<'_>, new: &Operation<'_>) {
        let [mut was, mut is] = [old.arguments(), new.arguments()];
        was.retain(|argument| is.contains(argument));
        is.retain(|argument| was.contains(argument));
        if was != is {
            self.changes
                .breaks(place, "its required arguments stand in another order");
        }
    }

    fn answer(&mut self, place: &str, old: &Value, new: &Value) {
        let [was, is] = [old, new].map(answer);
        match (was.0 == JSON, is.0 == JSON) {
            (true, true) => self.schema(place, "answer", [was.1, is.1], Way::ANSWER),
            // Both are streams of bytes to the caller.
            (false, false) if was.0 != is.0 => self
                .changes
                .keeps(place, format!("answer was {}, is {}", was.0, is.0)),
            (false, false) => {}
            _ => self
                .changes
                .breaks(place, format!("answer was {}, is {}", was.0, is.0)),
        }
    }
}

impl<'a> Operation<'a> {
    fn id(&self) -> Option<&'a str> {
        text(self.value, "operationId")
    }

    fn title(&self) -> String {
        match self.id() {
            Some(id) => format!("{} ({id})", self.place),
            None => self.place.to_string(),
        }
    }

    /// What makes two parameters the same. A parameter of the path is known by its position: its name is not sent.
    fn key(&self, parameter: &Value) -> String {
        let name = text(parameter, "name").unwrap_or_default();
        match text(parameter, "in").unwrap_or_default() {
            "path" => {
                let position =
                    template_parameters(&self.place.path).position(|other| other == name);
                format!("path {}", position.unwrap_or_default())
            }
            "header" => format!("header {}", name.to_ascii_lowercase()),
            other => format!("{other} {name}"),
        }
    }

    /// The arguments of the method, in order: parameters of the path, the other required ones, what the body needs.
    fn arguments(&self) -> Vec<String> {
        let (mut arguments, others): (Vec<String>, Vec<String>) = parameters(self.value)
            .filter(|parameter| is_true(parameter, "required"))
            .map(|parameter| self.key(parameter))
            .partition(|key| key.starts_with("path "));
        arguments.sort();
        arguments.extend(others);
        arguments.extend(self.body().iter().flat_map(Body::arguments));
        arguments
    }

    /// The body in the media type that the generator takes: JSON where there is a choice.
    fn body(&self) -> Option<Body<'a>> {
        let body = self.value.get("requestBody")?;
        let (media, mut schema) = content(body)?;
        if is_form(media)
            && let Some(reference) = text(schema, "$ref")
        {
            schema = self.document.resolve(reference)?;
        }
        Some(Body {
            media,
            schema,
            required: is_true(body, "required"),
        })
    }
}

struct Body<'a> {
    media: &'a str,
    schema: &'a Value,
    required: bool,
}

impl Body<'_> {
    /// What the body adds to the arguments of the method: a form its required parts, any other itself.
    fn arguments(&self) -> Vec<String> {
        if !is_form(self.media) {
            return self.required.then(|| "body".into()).into_iter().collect();
        }
        let parts = self.schema.get("properties").and_then(Value::as_object);
        parts
            .into_iter()
            .flat_map(|parts| parts.keys())
            .filter(|part| is_required(self.schema, part))
            .map(|part| format!("part {part}"))
            .collect()
    }
}

fn all(document: &Document) -> Vec<Operation<'_>> {
    document
        .operations()
        .map(|(place, value)| Operation {
            document,
            place,
            value,
        })
        .collect()
}

/// A path without the names of its parameters.
fn unnamed(path: &str) -> String {
    path.split('{')
        .map(|piece| piece.split_once('}').map_or(piece, |(_, rest)| rest))
        .collect::<Vec<_>>()
        .join("{}")
}

fn title(parameter: &Value) -> String {
    format!(
        "{} parameter {}",
        text(parameter, "in").unwrap_or_default(),
        text(parameter, "name").unwrap_or_default()
    )
}

/// The value of a header that a call leaves out.
fn sent_by_client(parameter: &Value) -> Option<&str> {
    (text(parameter, SUPPLIED_BY)? == "client")
        .then(|| parameter.pointer("/schema/default")?.as_str())
        .flatten()
}

fn answer(operation: &Value) -> (&str, &Value) {
    operation
        .pointer("/responses/2XX")
        .and_then(content)
        .unwrap_or((JSON, &Value::Null))
}

fn content(of: &Value) -> Option<(&str, &Value)> {
    let content = of.get("content")?.as_object()?;
    let (media, entry) = content
        .get_key_value(JSON)
        .or_else(|| content.iter().next())?;
    Some((media, entry.get("schema").unwrap_or(&Value::Null)))
}

fn is_form(media: &str) -> bool {
    matches!(
        media,
        "multipart/form-data" | "application/x-www-form-urlencoded"
    )
}
