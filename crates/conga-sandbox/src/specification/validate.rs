//! Request bodies against the specification, and the words for what is wrong with them.

use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind;
use percent_encoding::percent_decode;
use serde_json::Value;

use super::Operation;
use super::operation::{Media, is_form, is_json};
use super::parameters::check_form;
use crate::request::{Body, Part};

/// A body with more faults than this is answered with the first ones.
const MOST_FAULTS: usize = 20;

/// An enum with more values than this is not listed in full.
const MOST_OPTIONS: usize = 12;

/// How a body must be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// As JSON.
    Json,
    /// As `multipart/form-data`.
    Multipart,
    /// As `application/x-www-form-urlencoded`.
    UrlEncoded,
    /// As it is.
    Bytes,
}

impl Operation {
    /// How a body of this media type is to be read; `Err` names the media types that are taken.
    ///
    /// `media` is in lower case and without parameters. An operation without a body takes anything and
    /// looks at nothing.
    pub(crate) fn body_form(&self, media: &str) -> Result<Form, String> {
        let Some(body) = &self.body else {
            return Ok(Form::Bytes);
        };
        if self.media(media).is_none() {
            let taken: Vec<_> = body.media.iter().map(|media| media.name.as_str()).collect();
            return Err(taken.join(", "));
        }
        Ok(match media {
            "multipart/form-data" => Form::Multipart,
            "application/x-www-form-urlencoded" => Form::UrlEncoded,
            media if is_json(media) => Form::Json,
            _ => Form::Bytes,
        })
    }

    /// Whether a request without a body breaks the specification.
    pub(crate) fn body_required(&self) -> bool {
        self.body.as_ref().is_some_and(|body| body.required)
    }

    /// Checks a body that was read. Empty if all is well.
    pub(crate) fn check_body(&self, media: &str, body: &Body) -> Vec<String> {
        match (body, self.media(media)) {
            (Body::Json(value), Some(Media { validator, .. })) => validator
                .iter()
                .flat_map(|validator| validator.iter_errors(value))
                .flat_map(|error| faults(&error))
                .take(MOST_FAULTS)
                .collect(),
            (Body::Form(parts), Some(media)) => check_form(&media.fields, parts),
            _ => Vec::new(),
        }
    }

    /// Checks a JSON answer that went well. Empty if it is what the operation documents.
    pub(crate) fn check_answer(&self, answer: &Value) -> Vec<String> {
        let content = self.answer.content.as_ref();
        content
            .and_then(|content| content.validator.as_ref())
            .into_iter()
            .flat_map(|validator| validator.iter_errors(answer))
            .flat_map(|error| faults(&error))
            .take(MOST_FAULTS)
            .collect()
    }

    /// The documented media type that covers this one.
    fn media(&self, media: &str) -> Option<&Media> {
        let documented = &self.body.as_ref()?.media;
        documented
            .iter()
            .find(|documented| documented.name == media)
            .or_else(|| {
                documented.iter().find(|documented| {
                    is_json(&documented.name) && is_json(media)
                        || documented.name == "application/octet-stream" && !is_form(media)
                        || documented.name == "*/*"
                })
            })
    }
}

/// Whether URL-encoded text is UTF-8 once it is decoded.
pub(crate) fn is_utf8(encoded: &[u8]) -> bool {
    // What separates the fields is ASCII, so that all of it may be looked at as one.
    percent_decode(encoded).decode_utf8().is_ok()
}

/// Reads an URL-encoded body as a form.
pub(crate) fn url_encoded(body: &[u8]) -> Vec<Part> {
    url::form_urlencoded::parse(body)
        .map(|(name, value)| Part {
            name: name.into_owned(),
            file_name: None,
            content_type: None,
            bytes: value.into_owned().into(),
        })
        .collect()
}

/// Each fault with its place in the body, as a JSON pointer.
fn faults(error: &ValidationError<'_>) -> Vec<String> {
    if let ValidationErrorKind::AnyOf { context } = error.kind()
        && let Some(branch) = closest(context)
    {
        return branch.iter().flat_map(faults).collect();
    }
    let pointer = error.instance_path().as_str();
    let place = if pointer.is_empty() { "/" } else { pointer };
    vec![format!("body at `{place}`: {}", describe(error))]
}

/// The branch that a value was probably meant for: the one whose faults lie deepest.
fn closest<'a>(
    branches: &'a [Vec<ValidationError<'static>>],
) -> Option<&'a [ValidationError<'static>]> {
    let depth = |branch: &[ValidationError<'_>]| {
        branch
            .iter()
            .map(|error| error.instance_path().as_str().matches('/').count())
            .max()
    };
    branches
        .iter()
        .rev()
        .map(Vec::as_slice)
        .filter(|branch| !branch.is_empty())
        .max_by_key(|branch| depth(branch))
}

/// What was expected, without the value that was sent.
pub(super) fn describe(error: &ValidationError<'_>) -> String {
    match error.kind() {
        ValidationErrorKind::Enum { options } => {
            let values = options.as_array().map(Vec::as_slice).unwrap_or_default();
            let listed: Vec<_> = values.iter().take(MOST_OPTIONS).map(plain).collect();
            let more = values.len().saturating_sub(MOST_OPTIONS);
            let rest = if more > 0 {
                format!(" or {more} more")
            } else {
                String::new()
            };
            format!("expected one of {}{rest}", listed.join(", "))
        }
        ValidationErrorKind::Required { property } => {
            format!("the field {} is required", plain(property))
        }
        ValidationErrorKind::Format { format } => format!("expected the format `{format}`"),
        _ => error.masked().to_string(),
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => format!("`{text}`"),
        other => format!("`{other}`"),
    }
}
