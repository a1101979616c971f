//! The one error of a call, and what the platform says in the bodies of its errors.

use std::{borrow::Cow, error::Error as StdError, fmt, time::Duration};

use bytes::Bytes;
use conga_auth::AuthError;
use http::{HeaderMap, StatusCode, header::CONTENT_TYPE};
use serde_json::Value;

use crate::{
    decode,
    platform::is_connect,
    response,
    retry::{self, Failure},
};

/// Why a call did not give what it was asked for.
///
/// `Display` says which operation, what happened and what to do next; it never holds a secret or a payload. What the server wrote is
/// there on demand: [`messages`](Self::messages), [`body`](Self::body).
#[derive(Debug)]
pub struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    operation: String,
    kind: ErrorKind,
    past: Past,
}

/// What a call has done so far.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Past {
    /// How often the request was sent.
    pub(crate) sent: u32,
    /// Whether an attempt before the last one may have been processed, whatever the last one says.
    pub(crate) unsure: bool,
    /// Whether it would have been tried again, had the [`RetryBudget`](crate::RetryBudget) had a retry left.
    pub(crate) out_of_budget: bool,
}

/// What kind of failure it was.
#[derive(Debug)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The request could not be made from what was given; nothing was sent.
    Request(String),
    /// There was no credential to send it with; nothing was sent.
    Auth(AuthError),
    /// No connection came about; nothing was sent.
    Connect(reqwest::Error),
    /// The connection broke after the request may have been sent.
    Broken(reqwest::Error),
    /// No complete answer came in time.
    Timeout {
        /// The time that was allowed. `None` where the limit was that of an HTTP client of your own.
        after: Option<Duration>,
    },
    /// The call as a whole was not done within its deadline.
    Deadline {
        /// The time that was allowed.
        after: Duration,
    },
    /// The server answered with an error status, or with `Success: false`.
    Status(Box<ErrorBody>),
    /// The server answered success, and its body is not what the operation answers.
    Decode {
        /// The answer, whole.
        body: Box<ErrorBody>,
        /// Where in the body, and what was wrong there.
        problem: String,
    },
    /// A file of the request or of the answer could not be read or written.
    File(std::io::Error),
}

impl ErrorKind {
    /// What an error of the HTTP client is. Its URL is taken off: that holds parameters.
    pub(crate) fn of_http(error: reqwest::Error) -> Self {
        let error = error.without_url();
        if is_connect(&error) {
            Self::Connect(error)
        } else if error.is_timeout() {
            Self::Timeout { after: None }
        } else {
            Self::Broken(error)
        }
    }

    /// What traces call it (`error.type`): the status, or one word.
    pub(crate) fn name(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::Request(_) => "request",
            Self::Auth(_) => "auth",
            Self::Connect(_) => "connect",
            Self::Broken(_) => "broken",
            Self::Timeout { .. } => "timeout",
            Self::Deadline { .. } => "deadline",
            Self::Status(body) => return Cow::Owned(body.status.as_str().to_owned()),
            Self::Decode { .. } => "decode",
            Self::File(_) => "file",
        })
    }
}

/// An answer that is an error, as it came.
#[derive(Clone)]
#[non_exhaustive]
pub struct ErrorBody {
    /// The HTTP status; 2xx for an envelope with `Success: false`.
    pub status: StatusCode,
    /// The answer's headers.
    pub headers: HeaderMap,
    /// The body, whatever it is.
    pub raw: Bytes,
}

/// Shows no header and no payload: both may hold what logs must not.
impl fmt::Debug for ErrorBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ErrorBody")
            .field("status", &self.status)
            .field("bytes", &self.raw.len())
            .finish_non_exhaustive()
    }
}

impl ErrorBody {
    /// The body as JSON, where it is JSON.
    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(decode::json(&self.raw)).ok()
    }

    /// The body as text; bytes that are no UTF-8 are replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.raw).into_owned()
    }

    /// What the server says to people, in the order of the body. Knows the shapes seen of the platform: the envelope's `Errors`,
    /// `errors` lists with `title`, `detail` or `message`, ASP.NET's problem details, Salesforce's list of errors, and OAuth's pair.
    pub fn messages(&self) -> Vec<String> {
        let mut messages = Vec::new();
        if let Some(json) = self.json() {
            collect_messages(&json, &mut messages);
        }
        messages
    }

    /// The server's own code of the error, where the body has one: `errorCode`, `code`, `type` or `error`.
    pub fn code(&self) -> Option<String> {
        fn code(value: &Value) -> Option<String> {
            match value {
                Value::Array(items) => items.first().and_then(code),
                Value::Object(fields) => {
                    ["errorCode", "ErrorCode", "code", "Code", "error", "type"]
                        .iter()
                        .find_map(|key| match fields.get(*key)? {
                            Value::String(text) if !text.is_empty() => Some(text.clone()),
                            Value::Number(number) => Some(number.to_string()),
                            _ => None,
                        })
                        .or_else(|| {
                            ["errors", "Errors"]
                                .iter()
                                .find_map(|key| code(fields.get(*key)?))
                        })
                }
                _ => None,
            }
        }
        code(&self.json()?)
    }

    /// The media type that the server announced.
    pub(crate) fn media_type(&self) -> Option<&str> {
        self.headers.get(CONTENT_TYPE)?.to_str().ok()
    }
}

fn collect_messages(value: &Value, into: &mut Vec<String>) {
    match value {
        Value::String(text) if !text.is_empty() => into.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| collect_messages(item, into)),
        Value::Object(fields) => {
            let before = into.len();
            for list in ["Errors", "errors"]
                .iter()
                .filter_map(|key| fields.get(*key))
            {
                match list {
                    // ASP.NET: a list of texts for every field.
                    Value::Object(by_field)
                        if !by_field.contains_key("message")
                            && !by_field.contains_key("Message") =>
                    {
                        for (field, texts) in by_field {
                            let mut found = Vec::new();
                            collect_messages(texts, &mut found);
                            into.extend(found.into_iter().map(|text| format!("{field}: {text}")));
                        }
                    }
                    list => collect_messages(list, into),
                }
            }
            let first_of = |keys: &[&str]| {
                let mut texts = keys.iter().filter_map(|key| fields.get(*key)?.as_str());
                texts.find(|text| !text.is_empty()).map(str::to_owned)
            };
            if into.len() == before {
                into.extend(first_of(&[
                    "Message",
                    "message",
                    "Detail",
                    "detail",
                    "error_description",
                ]));
            }
            // Salesforce-hosted APIs: `title` is "error", and the details stand in `data`.
            if into.len() == before
                && let Some(data) = fields.get("data")
            {
                collect_messages(data, into);
            }
            if into.len() == before {
                into.extend(first_of(&["Title", "title", "error"]));
            }
        }
        _ => {}
    }
}

/// What else may be wrong where no connection comes about.
const TLS: &str = if cfg!(any(feature = "rustls", feature = "native-tls")) {
    ""
} else {
    "; https needs one of the features `rustls` and `native-tls`, or a client of your own"
};

impl Error {
    pub(crate) fn new(operation: impl Into<String>, kind: ErrorKind) -> Self {
        Self(Box::new(Inner {
            operation: operation.into(),
            kind,
            past: Past::default(),
        }))
    }

    pub(crate) fn with_past(mut self, past: Past) -> Self {
        self.0.past = past;
        self
    }

    /// What kind of failure it was.
    pub fn kind(&self) -> &ErrorKind {
        &self.0.kind
    }

    /// The operation that failed, as `service/operation`; for a raw request its method and path.
    pub fn operation(&self) -> &str {
        &self.0.operation
    }

    /// How often the request was sent, the last attempt included; 0 where it never was.
    pub fn attempts(&self) -> u32 {
        self.0.past.sent
    }

    /// Whether it would have been tried again, had the [`RetryBudget`](crate::RetryBudget) that all calls share had a retry left.
    pub fn is_out_of_retry_budget(&self) -> bool {
        self.0.past.out_of_budget
    }

    /// The answer, where there was one.
    pub fn body(&self) -> Option<&ErrorBody> {
        match self.kind() {
            ErrorKind::Status(body) | ErrorKind::Decode { body, .. } => Some(body),
            _ => None,
        }
    }

    /// The HTTP status, where there was an answer.
    pub fn status(&self) -> Option<StatusCode> {
        self.body().map(|body| body.status)
    }

    /// The server's own code of the error.
    pub fn code(&self) -> Option<String> {
        self.body().and_then(ErrorBody::code)
    }

    /// What the server says to people.
    pub fn messages(&self) -> Vec<String> {
        self.body().map(ErrorBody::messages).unwrap_or_default()
    }

    /// The id under which the server knows the request, for support tickets.
    pub fn request_id(&self) -> Option<&str> {
        self.body()
            .and_then(|body| response::request_id(&body.headers))
    }

    /// How long the server asks to wait before the next try.
    pub fn retry_after(&self) -> Option<Duration> {
        conga_auth::retry_after(&self.body()?.headers)
    }

    /// Whether the same call may succeed later: the way was blocked, not the request refused.
    pub fn is_retryable(&self) -> bool {
        match self.kind() {
            ErrorKind::Connect(_)
            | ErrorKind::Broken(_)
            | ErrorKind::Timeout { .. }
            | ErrorKind::Deadline { .. } => true,
            ErrorKind::Status(_) => retry::failure(self.kind()).is_some(),
            ErrorKind::Auth(error) => error.is_retryable(),
            ErrorKind::Request(_) | ErrorKind::Decode { .. } | ErrorKind::File(_) => false,
        }
    }

    /// Whether the server may have done what was asked all the same, on the last attempt or an earlier one. Look before you send it
    /// again.
    pub fn may_have_been_processed(&self) -> bool {
        self.0.past.unsure
            || match self.kind() {
                ErrorKind::Request(_)
                | ErrorKind::Auth(_)
                | ErrorKind::Connect(_)
                // Whether something was under way when it was over is noted with the attempts.
                | ErrorKind::Deadline { .. }
                | ErrorKind::File(_) => false,
                ErrorKind::Broken(_) | ErrorKind::Timeout { .. } | ErrorKind::Decode { .. } => true,
                ErrorKind::Status(body) => match retry::failure(self.kind()) {
                    Some(failure) => failure == Failure::Unsure,
                    None => body.status.is_server_error(),
                },
            }
    }

    /// The same error, of a call that followed others which were done: of what was asked as a whole, a part
    /// [may have been processed](Self::may_have_been_processed), whatever became of this call.
    #[must_use]
    pub fn after_others(mut self) -> Self {
        self.0.past.unsure = true;
        self
    }

    /// Whether the server says that there is no such thing.
    pub fn is_not_found(&self) -> bool {
        self.status() == Some(StatusCode::NOT_FOUND)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.operation())?;
        match self.kind() {
            ErrorKind::Request(problem) => f.write_str(problem)?,
            ErrorKind::Auth(error) => write!(f, "no credential for the request: {error}")?,
            ErrorKind::Connect(_) => write!(
                f,
                "no connection to the server; check the base address, the network and the proxy{TLS}"
            )?,
            ErrorKind::Broken(_) => {
                f.write_str("the connection broke before the answer was complete; the server may have done the work")?;
            }
            ErrorKind::Timeout { after } => {
                f.write_str("no complete answer ")?;
                match after {
                    Some(after) => write!(f, "within {after:?}")?,
                    None => f.write_str("within the limit of the HTTP client")?,
                }
                f.write_str(
                    "; the server may have done the work; allow more time, or ask for less at once",
                )?;
            }
            ErrorKind::Deadline { after } => write!(
                f,
                "not done within {after:?}, the deadline of the call with all its attempts and waits; allow more time, or ask for less at once"
            )?,
            ErrorKind::Status(body) => {
                write!(f, "the server answered {}", body.status)?;
                if body.status.is_success() {
                    f.write_str(" with `Success: false`")?;
                }
                write!(f, "; {}", advice(body))?;
            }
            ErrorKind::Decode { body, problem } => write!(
                f,
                "the answer ({}, {}, {} bytes) is not what the operation answers: {problem}; `body()` has it whole, and `send_as` reads it as another type",
                body.status,
                body.media_type().unwrap_or("no media type"),
                body.raw.len()
            )?,
            ErrorKind::File(error) => write!(f, "a file could not be read or written: {error}")?,
        }
        match self.kind() {
            // Their text has it.
            ErrorKind::Broken(_) | ErrorKind::Timeout { .. } => {}
            ErrorKind::Deadline { .. } if self.0.past.unsure => {
                f.write_str("; the server may have done the work")?;
            }
            _ if self.0.past.unsure => {
                f.write_str("; the server may have done the work on an earlier attempt")?;
            }
            _ => {}
        }
        if self.0.past.out_of_budget {
            f.write_str(
                "; not tried again, since too many calls fail: the retries that they share are used up (`RetryBudget`)",
            )?;
        }
        if self.attempts() > 1 {
            write!(f, " (after {} attempts)", self.attempts())?;
        }
        Ok(())
    }
}

fn advice(body: &ErrorBody) -> &'static str {
    match body.status.as_u16() {
        300..=399 => "it points elsewhere, which is not followed: check the base address",
        401 => {
            "the request is not authorised: check the credential, its scopes, and that it is for this region"
        }
        403 => {
            "the user may not do this: check the permissions, and that an API-to-API client sends its user id"
        }
        404 => "there is no such thing, or the user may not see it",
        409 => "it was changed meanwhile, or is there already: read it again before the next try",
        429 => "too many requests: wait as `retry_after` says, or ask for less at once",
        400..=499 | 200..=299 => "`messages()` has what it says is wrong",
        _ => "the fault is the server's: try again later, and give `request_id` to support",
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self.kind() {
            // The text has these two in it already; a chain of causes goes on below them.
            ErrorKind::Auth(error) => error.source(),
            ErrorKind::File(error) => error.source(),
            ErrorKind::Connect(error) | ErrorKind::Broken(error) => Some(error),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(status: u16, raw: &str) -> ErrorBody {
        ErrorBody {
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::new(),
            raw: Bytes::copy_from_slice(raw.as_bytes()),
        }
    }

    #[test]
    fn every_shape_of_error_gives_its_messages_and_code() {
        let shapes = [
            r#"{"Success":false,"Data":null,"Errors":[{"Message":"Name is required"},{"Message":"Type is unknown"}],"StatusCode":"BadRequest"}"#,
            r#"{"errors":[{"Source":"/a","Title":"Bad","Detail":"a is bad","Link":null}]}"#,
            r#"{"errors":[{"status":"400","title":"Bad","detail":"b is bad"}]}"#,
            r#"{"errors":[{"statusCode":400,"type":"validation","message":"c is bad"}]}"#,
            r#"{"type":"https://tools.ietf.org/x","title":"One or more","status":400,"errors":{"Name":["is required","is short"]}}"#,
            r#"[{"errorCode":"INVALID_FIELD","message":"No such column"}]"#,
            r#"[{"status":400,"title":"error","data":"cart is gone"}]"#,
            r#"{"title":"error","status":422,"data":{"message":"cart is shut"}}"#,
            r#"[{"title":"error","status":500,"data":null}]"#,
            r#"{"error":"invalid_request","error_description":"grant_type is missing"}"#,
            r#"{"Message":"An error has occurred."}"#,
            "<html><body>502 Bad Gateway</body></html>",
            "",
        ];
        let read: Vec<String> = shapes
            .iter()
            .map(|raw| {
                format!(
                    "{:?} {:?}",
                    body(400, raw).messages(),
                    body(400, raw).code()
                )
            })
            .collect();
        insta::assert_snapshot!(read.join("\n"));
    }

    #[test]
    fn texts_say_what_to_do_and_hold_no_payload() {
        let secret = r#"{"Errors":[{"Message":"the SSN 123-45-6789 is taken"}]}"#;
        let texts: Vec<String> = [200, 302, 400, 401, 403, 404, 409, 422, 429, 500, 502, 503]
            .into_iter()
            .map(|status| {
                Error::new(
                    "data/create_account",
                    ErrorKind::Status(Box::new(body(status, secret))),
                )
                .to_string()
            })
            .chain([
                Error::new(
                    "data/create_account",
                    ErrorKind::Decode {
                        body: Box::new(body(200, secret)),
                        problem: "Data: expected a list".into(),
                    },
                )
                .to_string(),
                Error::new(
                    "data/create_account",
                    ErrorKind::Timeout {
                        after: Some(Duration::from_secs(30)),
                    },
                )
                .with_past(Past {
                    sent: 3,
                    unsure: true,
                    ..Past::default()
                })
                .to_string(),
                Error::new(
                    "data/create_account",
                    ErrorKind::Deadline {
                        after: Duration::from_secs(30),
                    },
                )
                .with_past(Past {
                    sent: 2,
                    unsure: true,
                    out_of_budget: false,
                })
                .to_string(),
                Error::new("x", ErrorKind::Status(Box::new(body(502, ""))))
                    .with_past(Past {
                        sent: 1,
                        unsure: false,
                        out_of_budget: true,
                    })
                    .to_string(),
                Error::new("x", ErrorKind::Timeout { after: None }).to_string(),
                Error::new("GET /x", ErrorKind::Request("the path is empty".into())).to_string(),
                Error::new("x", ErrorKind::Status(Box::new(body(404, ""))))
                    .with_past(Past {
                        sent: 2,
                        unsure: true,
                        ..Past::default()
                    })
                    .to_string(),
            ])
            .collect();
        let texts = texts.join("\n");
        assert!(!texts.contains("123-45"), "{texts}");
        insta::assert_snapshot!(texts);
    }

    #[test]
    fn what_may_have_happened_is_told() {
        let status = |code| Error::new("x", ErrorKind::Status(Box::new(body(code, ""))));
        for (code, processed, retryable) in [
            (200, false, false),
            (302, false, false),
            (400, false, false),
            (401, false, false),
            (404, false, false),
            (408, true, true),
            (409, false, false),
            (429, false, true),
            (500, true, false),
            (502, true, true),
            (503, true, true),
            (504, true, true),
        ] {
            assert_eq!(status(code).may_have_been_processed(), processed, "{code}");
            assert_eq!(status(code).is_retryable(), retryable, "{code}");
        }
        assert!(status(404).is_not_found());

        let mut busy = body(503, "");
        busy.headers
            .insert(http::header::RETRY_AFTER, "1".parse().unwrap());
        let busy = Error::new("x", ErrorKind::Status(Box::new(busy)));
        assert!(!busy.may_have_been_processed() && busy.is_retryable());

        let past = Past {
            sent: 2,
            unsure: true,
            ..Past::default()
        };
        assert!(status(404).with_past(past).may_have_been_processed());
        assert!(status(429).after_others().may_have_been_processed());
    }

    #[test]
    fn every_error_of_a_list_is_told() {
        let raw = r#"[{"message":"a","errors":[]},{"message":"b","errors":[]}]"#;
        assert_eq!(body(400, raw).messages(), ["a", "b"]);
    }

    #[test]
    fn debug_shows_no_payload() {
        let error = Error::new("x", ErrorKind::Status(Box::new(body(500, "hunter2"))));
        assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
    }
}
