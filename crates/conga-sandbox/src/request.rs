//! The seam between the engine and the services with behaviour of their own.
//!
//! The engine receives a request, finds its operation, checks who calls and whether the request keeps
//! to the specification. What is left is a [`Call`]. A service with behaviour answers it with an
//! [`Answer`]; for any other the engine builds the answer from the schema.

use std::borrow::Cow;
use std::collections::BTreeMap;

use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use bytes::Bytes;
use serde_json::{Value, json};

/// A request that has passed sign-in and validation.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    /// The method as sent; `HEAD` arrives as the `GET` it stands for.
    pub(crate) method: Method,
    /// The path as sent, percent-encoded, without the query.
    pub(crate) path: String,
    /// The id of the service (`data`, `salesforce-cpq-v5`).
    pub(crate) service: &'static str,
    /// The operation's id in the curated document, unique within the service.
    pub(crate) operation: &'static str,
    /// The path as the specification writes it (`/api/data/v1/Account/{id}`).
    pub(crate) template: &'static str,
    /// Path parameters by the name in the template, percent-decoded.
    pub(crate) path_params: BTreeMap<String, String>,
    /// Query pairs in the order sent, decoded.
    pub(crate) query: Vec<(String, String)>,
    /// All request headers.
    pub(crate) headers: HeaderMap,
    /// The body, decoded by its media type.
    pub(crate) body: Body,
    /// Who calls.
    pub(crate) caller: Caller,
}

impl Call {
    /// The path parameter with this name.
    pub(crate) fn path_param(&self, name: &str) -> Option<&str> {
        self.path_params.get(name).map(String::as_str)
    }

    /// The first query value with this name, compared without regard to ASCII case, as ASP.NET binds.
    pub(crate) fn query_param(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// Where the caller reached the sandbox, as `http://127.0.0.1:7070`.
    pub(crate) fn origin(&self) -> String {
        let host = self.headers.get(header::HOST);
        let host = host.and_then(|host| host.to_str().ok());
        format!("http://{}", host.unwrap_or("127.0.0.1"))
    }

    /// The JSON body, if the request has one.
    pub(crate) fn json(&self) -> Option<&Value> {
        match &self.body {
            Body::Json(value) => Some(value),
            _ => None,
        }
    }
}

/// A request body, decoded by its media type.
#[derive(Debug, Clone)]
pub(crate) enum Body {
    /// No body was sent.
    Empty,
    /// A JSON document that keeps to the operation's schema.
    Json(Value),
    /// The fields of a `multipart/form-data` or URL-encoded body.
    Form(Vec<Part>),
    /// Any other media type, as sent.
    Bytes(Bytes),
}

/// One field of a form.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    /// The field's name.
    pub(crate) name: String,
    /// The file name, for a part that carries a file.
    pub(crate) file_name: Option<String>,
    /// The part's own media type.
    pub(crate) content_type: Option<String>,
    /// The content.
    pub(crate) bytes: Bytes,
}

/// Who makes a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Caller {
    /// A client of the platform, by its access token.
    Platform {
        /// The OAuth client.
        client_id: String,
        /// The user the call runs as: the integration user, the one who signed in, or that of the `user-id` header.
        user_id: String,
    },
    /// A shopper or a guest of a storefront.
    Storefront {
        /// The storefront that the token was made for or that the call names; empty if neither.
        storefront: String,
        /// The Salesforce user id.
        user_id: String,
        /// How he came.
        visitor: Visitor,
    },
    /// A holder of the `X-API-Key`.
    ApiKey,
    /// An operation that anyone may call.
    #[expect(
        dead_code,
        reason = "every operation that is published so far asks for a credential"
    )]
    Anonymous,
}

/// How somebody came to a storefront.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Visitor {
    /// By signing in.
    Shopper,
    /// Without a name. All guests are one user; the mark tells the one from the other.
    Guest(String),
    /// As a connected app, by OAuth.
    App,
}

/// What a service answers.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    /// The HTTP status.
    pub(crate) status: StatusCode,
    /// Further headers; `Content-Type` follows from the body unless it stands here.
    pub(crate) headers: HeaderMap,
    /// The body.
    pub(crate) body: AnswerBody,
}

/// The body of an [`Answer`].
#[derive(Debug, Clone)]
pub(crate) enum AnswerBody {
    /// No body.
    Empty,
    /// A JSON document.
    Json(Value),
    /// Bytes of the given media type.
    Bytes(Cow<'static, str>, Bytes),
}

impl Answer {
    /// A JSON document with this status.
    pub(crate) fn json(status: StatusCode, value: Value) -> Self {
        Self {
            status,
            headers: HeaderMap::new(),
            body: AnswerBody::Json(value),
        }
    }

    /// A status without a body.
    pub(crate) fn empty(status: StatusCode) -> Self {
        Self {
            status,
            headers: HeaderMap::new(),
            body: AnswerBody::Empty,
        }
    }

    /// Bytes of this media type.
    pub(crate) fn bytes(
        status: StatusCode,
        media: impl Into<Cow<'static, str>>,
        bytes: impl Into<Bytes>,
    ) -> Self {
        Self {
            status,
            headers: HeaderMap::new(),
            body: AnswerBody::Bytes(media.into(), bytes.into()),
        }
    }

    /// The platform's envelope for a request that failed, one message an error.
    pub(crate) fn failure<M: Into<String>>(
        status: StatusCode,
        messages: impl IntoIterator<Item = M>,
    ) -> Self {
        let messages = messages.into_iter().map(Into::into).collect();
        Self::json(status, envelope(status, Value::Null, Some(messages)))
    }

    /// The error of Salesforce-hosted services: an array with one object a message.
    pub(crate) fn salesforce_failure<M: Into<String>>(
        status: StatusCode,
        messages: impl IntoIterator<Item = M>,
    ) -> Self {
        let errors = messages
            .into_iter()
            .map(|message| {
                let message: String = message.into();
                json!({"status": status.as_u16(), "title": "error", "data": message})
            })
            .collect();
        Self::json(status, Value::Array(errors))
    }

    /// Adds a header.
    pub(crate) fn with_header(mut self, name: header::HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }
}

/// Why a request is not carried out.
#[derive(Debug, Clone)]
pub(crate) struct Refusal {
    /// The HTTP status.
    pub(crate) status: StatusCode,
    /// What is wrong, each with its place in the request.
    pub(crate) messages: Vec<String>,
    /// A header that goes with the status: `WWW-Authenticate`, `Allow`.
    pub(crate) header: Option<(header::HeaderName, HeaderValue)>,
}

impl Refusal {
    /// A refusal for one reason.
    pub(crate) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self {
            status,
            messages: vec![message.into()],
            header: None,
        }
    }

    /// `Ok` if there are no faults, else a 400 that lists them.
    pub(crate) fn unless_empty(faults: Vec<String>) -> Result<(), Self> {
        if faults.is_empty() {
            return Ok(());
        }
        Err(Self {
            status: StatusCode::BAD_REQUEST,
            messages: faults,
            header: None,
        })
    }

    /// Gives the header that goes with the status.
    pub(crate) fn with_header(mut self, name: header::HeaderName, value: HeaderValue) -> Self {
        self.header = Some((name, value));
        self
    }
}

/// The platform's envelope. Its field names and `HttpStatusCode` values are published.
pub(crate) fn envelope(status: StatusCode, data: Value, errors: Option<Vec<String>>) -> Value {
    let success = errors.is_none();
    let errors = errors.map_or(Value::Null, |messages| {
        messages
            .into_iter()
            .map(|message| json!({"Message": message}))
            .collect()
    });
    json!({
        "Success": success,
        "RecordCount": data.as_array().map(Vec::len),
        "Data": data,
        "Errors": errors,
        "Profile": null,
        "TotalTime": 0.0,
        "StatusCode": status_name(status),
        "HasMoreRecords": null,
        "NextCursor": null,
        "Warnings": null,
    })
}

/// The status as the platform's `HttpStatusCode` spells it: `OK`, `BadRequest`, `NotFound`.
pub(crate) fn status_name(status: StatusCode) -> String {
    match status {
        StatusCode::PAYLOAD_TOO_LARGE => return "RequestEntityTooLarge".to_owned(),
        StatusCode::URI_TOO_LONG => return "RequestUriTooLong".to_owned(),
        _ => {}
    }
    status
        .canonical_reason()
        .unwrap_or("InternalServerError")
        .split(|c: char| !c.is_ascii_alphanumeric())
        .flat_map(|word| {
            let mut chars = word.chars();
            chars
                .next()
                .map(|first| first.to_ascii_uppercase())
                .into_iter()
                .chain(chars)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_names_are_the_published_ones() {
        let names = [
            (200, "OK"),
            (201, "Created"),
            (207, "MultiStatus"),
            (400, "BadRequest"),
            (404, "NotFound"),
            (405, "MethodNotAllowed"),
            (413, "RequestEntityTooLarge"),
            (415, "UnsupportedMediaType"),
            (422, "UnprocessableEntity"),
            (500, "InternalServerError"),
        ];
        for (code, name) in names {
            let status = StatusCode::from_u16(code).unwrap();
            assert_eq!(status_name(status), name);
        }
    }

    #[test]
    fn a_failure_names_each_message() {
        let answer = Answer::failure(StatusCode::BAD_REQUEST, ["first", "second"]);
        let AnswerBody::Json(body) = answer.body else {
            panic!("a failure has a JSON body");
        };
        assert_eq!(body["Success"], false);
        assert_eq!(body["StatusCode"], "BadRequest");
        assert_eq!(body["Errors"][1]["Message"], "second");
        assert!(body["Data"].is_null());
    }
}
