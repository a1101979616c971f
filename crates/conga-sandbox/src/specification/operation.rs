//! One operation: what it takes, read from its document on first use.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use serde_json::Value;

use super::errors::documented;
use super::parameters::{Location, Parameter};
use super::schema::{Direction, validator};
use super::{Document, Embedded, Route};
use crate::request::{Answer, AnswerBody};

/// An operation, ready to check requests and to build answers.
#[derive(Debug)]
pub(crate) struct Operation {
    /// The service's id.
    pub(crate) service: &'static str,
    /// The operation's id, unique in its service.
    pub(crate) id: &'static str,
    /// The path as the specification writes it.
    pub(crate) template: &'static str,
    /// Whether it is a `GET`.
    is_read: bool,
    pub(super) parameters: Vec<Parameter>,
    pub(super) body: Option<RequestBody>,
    pub(super) answer: AnswerShape,
    /// The schemas of the documented error bodies, by status.
    pub(super) errors: BTreeMap<String, Value>,
}

/// What an operation takes as its body.
#[derive(Debug)]
pub(super) struct RequestBody {
    pub(super) required: bool,
    pub(super) media: Vec<Media>,
}

/// One media type that a body may have.
#[derive(Debug)]
pub(super) struct Media {
    /// In lower case, without parameters.
    pub(super) name: String,
    /// Checks a JSON body; `None` if anything goes.
    pub(super) validator: Option<jsonschema::Validator>,
    /// The fields of a form.
    pub(super) fields: Vec<Parameter>,
}

/// What an operation answers when it goes well.
#[derive(Debug)]
pub(super) struct AnswerShape {
    pub(super) status: StatusCode,
    /// Media type, schema, and example; `None` for an answer without a body.
    pub(super) content: Option<AnswerContent>,
    /// Whether the operation documents 204, alone or beside another status.
    may_be_empty: bool,
    /// What the operation deals with, from its tag.
    pub(super) subject: String,
}

#[derive(Debug)]
pub(super) struct AnswerContent {
    pub(super) media: String,
    pub(super) schema: Value,
    pub(super) example: Option<Value>,
    /// Checks a JSON answer; `None` if anything goes.
    pub(super) validator: Option<jsonschema::Validator>,
}

impl Operation {
    /// Reads the operation of a route from its document.
    pub(super) fn read(service: &Embedded, route: &Route, document: &Document) -> Self {
        let item = document.paths.get(route.path).unwrap_or(&Value::Null);
        let operation = &item[route.method.to_ascii_lowercase()];
        let parameters = [&operation["parameters"], &item["parameters"]]
            .into_iter()
            .filter_map(Value::as_array)
            .flatten()
            .filter_map(|parameter| Parameter::read(document, parameter))
            .collect();
        let body = operation
            .get("requestBody")
            .map(|body| RequestBody::read(document, body));
        Self {
            service: service.id,
            id: route.operation,
            template: route.path,
            is_read: route.method == "GET",
            parameters,
            body,
            answer: AnswerShape::read(document, operation),
            errors: documented(operation)
                .map(|(status, schema)| (status.clone(), schema.clone()))
                .collect(),
        }
    }

    /// The status of an answer that went well.
    pub(crate) fn status(&self) -> StatusCode {
        self.answer.status
    }

    /// The answer of a list without entries, 204, as an empty list where the operation does not document that status.
    pub(crate) fn fit(&self, answer: Answer) -> Answer {
        let is_undocumented = answer.status == StatusCode::NO_CONTENT && !self.answer.may_be_empty;
        let list = Value::Array(Vec::new());
        if !is_undocumented || !self.is_read || !self.check_answer(&list).is_empty() {
            return answer;
        }
        Answer {
            status: self.answer.status,
            headers: answer.headers,
            body: AnswerBody::Json(list),
        }
    }
}

impl RequestBody {
    fn read(document: &Document, body: &Value) -> Self {
        let media = body["content"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, content)| Media::read(document, name, &content["schema"]))
            .collect();
        Self {
            required: body["required"] == true,
            media,
        }
    }
}

impl Media {
    fn read(document: &Document, name: &str, schema: &Value) -> Self {
        let name = name.to_ascii_lowercase();
        let form = is_form(&name);
        Self {
            validator: is_json(&name)
                .then(|| validator(document, schema, Direction::Request))
                .flatten(),
            fields: if form {
                form_fields(document, schema)
            } else {
                Vec::new()
            },
            name,
        }
    }
}

fn form_fields(document: &Document, schema: &Value) -> Vec<Parameter> {
    let schema = document.resolve(schema);
    let required = schema["required"].as_array();
    schema["properties"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, field)| {
            let required = required.is_some_and(|names| names.iter().any(|other| other == name));
            Parameter::new(document, name, Location::Form, required, field)
        })
        .collect()
}

impl AnswerShape {
    fn read(document: &Document, operation: &Value) -> Self {
        let status = operation["x-conga-status"]
            .as_u64()
            .and_then(|status| u16::try_from(status).ok())
            .and_then(|status| StatusCode::from_u16(status).ok())
            .unwrap_or(StatusCode::OK);
        let content = operation["responses"]["2XX"]["content"]
            .as_object()
            .and_then(|content| content.iter().next())
            .filter(|_| status != StatusCode::NO_CONTENT)
            .map(|(media, content)| AnswerContent::read(document, media, content));
        Self {
            may_be_empty: status == StatusCode::NO_CONTENT || operation["x-conga-empty"] == true,
            status,
            content,
            subject: operation["tags"][0].as_str().unwrap_or_default().to_owned(),
        }
    }
}

impl AnswerContent {
    fn read(document: &Document, media: &str, content: &Value) -> Self {
        let schema = content["schema"].clone();
        let validator = validator(document, &schema, Direction::Answer);
        // Published examples are not always of the published schema; those are of no use here.
        let example = content.get("example").filter(|example| {
            let validator = validator.as_ref();
            validator.is_none_or(|validator| validator.is_valid(example))
        });
        Self {
            media: media.to_ascii_lowercase(),
            example: example.cloned(),
            schema,
            validator,
        }
    }
}

/// `application/json` and its relatives; documents fold them into one.
pub(super) fn is_json(media: &str) -> bool {
    matches!(media, "application/json" | "text/json") || media.ends_with("+json")
}

/// Both media types of HTML forms.
pub(super) fn is_form(media: &str) -> bool {
    matches!(
        media,
        "multipart/form-data" | "application/x-www-form-urlencoded"
    )
}
