//! One call: what is sent, and the loop that sends it.

use std::{fmt, time::Duration};

use bytes::Bytes;
use conga_auth::RequestContext;
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, StatusCode,
    header::{ACCEPT, CONTENT_TYPE},
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Serialize, de::DeserializeOwned};
use tracing::{Instrument, debug, debug_span};
use url::Url;

use crate::{
    ByteStream, Error, ErrorBody, ErrorKind, Form, Part, Pending, Response, RetryPolicy, Transport,
    decode::decode,
    operation::Operation,
    retry::{self, Failure},
};

/// What a path segment keeps: the unreserved characters of RFC 3986.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A call that is being put together.
///
/// Generated builders wrap it; [`Transport::request`] makes one for anything else. It can be cloned and sent again.
#[derive(Clone)]
#[must_use = "nothing is sent before `send`"]
pub struct Call {
    transport: Transport,
    target: Target,
    path: String,
    query: Vec<(String, String)>,
    headers: HeaderMap,
    body: Content,
    timeout: Option<Duration>,
    retry: Option<RetryPolicy>,
    /// The first thing that was wrong with what was given; told when the call is sent.
    fault: Option<String>,
}

#[derive(Clone)]
enum Target {
    Known(&'static Operation),
    Raw(Method),
}

#[derive(Clone)]
enum Content {
    None,
    Bytes { media: HeaderValue, bytes: Bytes },
    Form(Form),
}

/// Shows the operation only: parameters and body are the caller's data.
impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("operation", &self.name())
            .finish_non_exhaustive()
    }
}

/// Putting the request together.
impl Call {
    /// A call of an operation of the table, of which nothing is filled in yet.
    pub fn new(transport: &Transport, operation: &'static Operation) -> Self {
        Self::to(
            transport,
            Target::Known(operation),
            operation.path.to_owned(),
        )
    }

    pub(crate) fn raw(transport: &Transport, method: Method, path: String) -> Self {
        let fault = (!path.starts_with('/')).then(|| "the path does not start with `/`".to_owned());
        Self {
            fault,
            ..Self::to(transport, Target::Raw(method), path)
        }
    }

    fn to(transport: &Transport, target: Target, path: String) -> Self {
        Self {
            transport: transport.clone(),
            target,
            path,
            query: Vec::new(),
            headers: HeaderMap::new(),
            body: Content::None,
            timeout: None,
            retry: None,
            fault: None,
        }
    }

    /// Fills in a parameter of the path. It becomes one segment, whatever it holds.
    pub fn path(mut self, name: &str, value: impl fmt::Display) -> Self {
        let value = value.to_string();
        if matches!(value.as_str(), "" | "." | "..") {
            return self.with_fault(format!(
                "the path parameter `{name}` is {value:?}, which is no segment of a path"
            ));
        }
        self.path = self.path.replace(
            &format!("{{{name}}}"),
            &utf8_percent_encode(&value, SEGMENT).to_string(),
        );
        self
    }

    /// Sets a query parameter, in place of what it was set to before.
    pub fn query(mut self, name: &str, value: impl fmt::Display) -> Self {
        self.query.retain(|(present, _)| present != name);
        self.query.push((name.to_owned(), value.to_string()));
        self
    }

    /// Sets a query parameter that may stand several times, once for each value.
    pub fn query_each(
        mut self,
        name: &str,
        values: impl IntoIterator<Item = impl fmt::Display>,
    ) -> Self {
        self.query.retain(|(present, _)| present != name);
        self.query.extend(
            values
                .into_iter()
                .map(|value| (name.to_owned(), value.to_string())),
        );
        self
    }

    /// Adds a query parameter for every field of an object, as OpenAPI's `form` style with `explode` has it. A value that is no text
    /// stands as JSON.
    pub fn query_fields(mut self, fields: &(impl Serialize + ?Sized)) -> Self {
        match serde_json::to_value(fields) {
            Ok(serde_json::Value::Object(fields)) => {
                for (name, value) in fields {
                    let text = match value {
                        serde_json::Value::String(text) => text,
                        other => other.to_string(),
                    };
                    self = self.query(&name, text);
                }
                self
            }
            _ => self.with_fault("the fields of a query are no JSON object".into()),
        }
    }

    /// Sets a header, in place of the client's own.
    pub fn header(mut self, name: &str, value: impl fmt::Display) -> Self {
        match (
            HeaderName::try_from(name),
            HeaderValue::try_from(value.to_string()),
        ) {
            (Ok(name), Ok(value)) => {
                self.headers.insert(name, value);
                self
            }
            _ => self.with_fault(format!(
                "the header `{name}` holds a character that no header can hold"
            )),
        }
    }

    /// Sets the body to JSON.
    pub fn json(self, body: &(impl Serialize + ?Sized)) -> Self {
        match serde_json::to_vec(body) {
            Ok(bytes) => self.bytes("application/json", bytes),
            Err(e) => self.with_fault(format!("the body has no JSON form: {e}")),
        }
    }

    /// Sets the body to plain text.
    pub fn text(self, body: impl Into<String>) -> Self {
        self.bytes("text/plain; charset=utf-8", body.into())
    }

    /// Sets the body to bytes of a media type.
    pub fn bytes(mut self, media_type: &str, body: impl Into<Bytes>) -> Self {
        match HeaderValue::try_from(media_type) {
            Ok(media) => {
                self.body = Content::Bytes {
                    media,
                    bytes: body.into(),
                };
                self
            }
            Err(_) => self.with_fault(format!("{media_type:?} is no media type")),
        }
    }

    /// Sets the body to a multipart form.
    pub fn form(mut self, form: Form) -> Self {
        self.body = Content::Form(form);
        self
    }

    /// Adds a part to the form.
    pub fn part(mut self, name: &str, part: impl Into<Part>) -> Self {
        let part = part.into();
        match &mut self.body {
            Content::Form(form) => form.push(name, part),
            _ => self.body = Content::Form(Form::new().part(name, part)),
        }
        self
    }

    /// Adds several parts of one name to the form.
    pub fn parts(self, name: &str, parts: impl IntoIterator<Item = impl Into<Part>>) -> Self {
        parts
            .into_iter()
            .fold(self, |call, part| call.part(name, part))
    }

    /// Adds a plain field to the form.
    pub fn field(self, name: &str, value: impl fmt::Display) -> Self {
        self.part(name, Part::text(value.to_string()))
    }

    /// Adds several plain fields of one name to the form.
    pub fn fields(self, name: &str, values: impl IntoIterator<Item = impl fmt::Display>) -> Self {
        values
            .into_iter()
            .fold(self, |call, value| call.field(name, value))
    }

    /// Adds a JSON part to the form.
    pub fn json_part(self, name: &str, value: &(impl Serialize + ?Sized)) -> Self {
        match serde_json::to_vec(value) {
            Ok(bytes) => self.part(name, Part::json(bytes)),
            Err(e) => self.with_fault(format!("the part `{name}` has no JSON form: {e}")),
        }
    }

    /// The time for one attempt of this call, in place of the transport's.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// When this call is sent again, in place of the transport's rule.
    pub fn retry(mut self, retry: RetryPolicy) -> Self {
        self.retry = Some(retry);
        self
    }

    fn with_fault(mut self, fault: String) -> Self {
        self.fault.get_or_insert(fault);
        self
    }
}

/// Sending it.
impl Call {
    /// Sends the request and reads the answer as JSON. An empty answer is read as `null`, `[]` or `{}`, whichever `T` takes.
    pub fn send<T: DeserializeOwned + Send + 'static>(self) -> Pending<T> {
        Box::pin(async move {
            let answer = self.execute().await?;
            let value = decode(&answer).map_err(|kind| self.error(kind))?;
            Ok(Response::new(value, answer.status, answer.headers))
        })
    }

    /// Sends the request and gives the answer's bytes, whatever they are.
    pub fn send_raw(self) -> Pending<Bytes> {
        Box::pin(async move {
            let answer = self.execute().await?;
            Ok(Response::new(answer.raw, answer.status, answer.headers))
        })
    }

    /// Sends the request and gives the answer's body as it arrives.
    pub fn stream(self) -> Pending<ByteStream> {
        Box::pin(async move {
            let (response, _) = self.attempts(Reading::Head).await?;
            let Read::Head(response) = response else {
                return Err(self.error(ErrorKind::Request("nothing was read".into())));
            };
            let (status, headers) = (response.status(), response.headers().clone());
            Ok(Response::new(
                ByteStream::new(response, self.name()),
                status,
                headers,
            ))
        })
    }

    async fn execute(&self) -> Result<ErrorBody, Error> {
        match self.attempts(Reading::Whole).await? {
            (Read::Whole(answer), attempts) => {
                if says_failure(&answer.raw) {
                    return Err(self
                        .error(ErrorKind::Status(Box::new(answer)))
                        .after(attempts));
                }
                Ok(answer)
            }
            (Read::Head(_), _) => Err(self.error(ErrorKind::Request("nothing was read".into()))),
        }
    }

    /// Sends until an answer is a success, or no further try is to be made.
    async fn attempts(&self, reading: Reading) -> Result<(Read, u32), Error> {
        let span = debug_span!("conga.call", operation = %self.name(), method = %self.method(), status = tracing::field::Empty);
        async {
            if let Some(fault) = &self.fault {
                return Err(self.error(ErrorKind::Request(fault.clone())));
            }
            let url = self
                .transport
                .url(&self.path, &self.query)
                .map_err(|what| self.error(ErrorKind::Request(what)))?;
            let policy = self.retry.unwrap_or_else(|| self.transport.retry());
            let mut renewed = false;
            let mut attempt = 1;
            loop {
                let sent = self.attempt(&url, reading).await;
                let (kind, failure, asked) = match sent {
                    Ok(Sent {
                        answer: Ok(read), ..
                    }) => return Ok((read, attempt)),
                    Ok(Sent {
                        answer: Err(body),
                        authorised,
                    }) => {
                        if body.status == StatusCode::UNAUTHORIZED
                            && !renewed
                            && self.transport.credential().invalidate(&authorised).await
                        {
                            debug!("the token was refused; once more with a new one");
                            renewed = true;
                            continue;
                        }
                        let failure = retry::failure(body.status);
                        let asked = retry::retry_after(&body.headers);
                        (ErrorKind::Status(Box::new(body)), failure, asked)
                    }
                    Err(kind) => {
                        let failure = failure_of(&kind);
                        (kind, failure, None)
                    }
                };
                let again = failure.is_some_and(|failure| {
                    failure == Failure::NotProcessed || self.is_idempotent()
                });
                let wait = if again {
                    policy.wait(attempt, asked, rand::random())
                } else {
                    None
                };
                let Some(wait) = wait else {
                    return Err(self.error(kind).after(attempt));
                };
                debug!(attempt, ?wait, "trying again");
                tokio::time::sleep(wait).await;
                attempt += 1;
            }
        }
        .instrument(span)
        .await
    }

    /// One request and its answer. `Err` where there is no answer.
    async fn attempt(&self, url: &Url, reading: Reading) -> Result<Sent, ErrorKind> {
        let authorised = self
            .transport
            .credential()
            .headers(&RequestContext::new(url))
            .await
            .map_err(ErrorKind::Auth)?;
        let request = self.request(url, &authorised).await?;
        let after = self.timeout.unwrap_or_else(|| self.transport.timeout());
        let answer = tokio::time::timeout(after, async {
            let response = self
                .transport
                .http()
                .execute(request)
                .await
                .map_err(broken)?;
            let (status, headers) = (response.status(), response.headers().clone());
            tracing::Span::current().record("status", status.as_u16());
            debug!(
                status = status.as_u16(),
                request_id = crate::response::request_id(&headers),
                "answered"
            );
            if status.is_success() && matches!(reading, Reading::Head) {
                return Ok(Ok(Read::Head(response)));
            }
            let raw = response.bytes().await.map_err(broken)?;
            let body = ErrorBody {
                status,
                headers,
                raw,
            };
            Ok(if status.is_success() {
                Ok(Read::Whole(body))
            } else {
                Err(body)
            })
        })
        .await
        .map_err(|_| ErrorKind::Timeout { after, sent: true })??;
        Ok(Sent { answer, authorised })
    }

    /// The call's own headers win over the credential's, those over the transport's, those over the operation's defaults.
    async fn request(
        &self,
        url: &Url,
        authorised: &HeaderMap,
    ) -> Result<reqwest::Request, ErrorKind> {
        let mut headers = HeaderMap::new();
        if let Target::Known(operation) = self.target {
            for (name, default) in operation
                .parameters
                .iter()
                .filter_map(|p| Some((p.name, p.default?)))
            {
                if let Ok(name) = HeaderName::try_from(name) {
                    headers.insert(name, HeaderValue::from_static(default));
                }
            }
            if let Ok(accept) = HeaderValue::from_str(operation.answer) {
                headers.insert(ACCEPT, accept);
            }
        }
        for layer in [self.transport.headers(), authorised, &self.headers] {
            headers.extend(
                layer
                    .iter()
                    .map(|(name, value)| (name.clone(), value.clone())),
            );
        }
        let mut request = self.transport.http().request(self.method(), url.clone());
        match &self.body {
            Content::None => {}
            Content::Bytes { media, bytes } => {
                headers.entry(CONTENT_TYPE).or_insert_with(|| media.clone());
                request = request.body(bytes.clone());
            }
            Content::Form(form) if self.is_urlencoded() => {
                let mut text = url::form_urlencoded::Serializer::new(String::new());
                for (name, value) in form.texts() {
                    text.append_pair(name, &String::from_utf8_lossy(value));
                }
                headers.insert(
                    CONTENT_TYPE,
                    HeaderValue::from_static("application/x-www-form-urlencoded"),
                );
                request = request.body(text.finish());
            }
            Content::Form(form) => {
                request = request.multipart(form.build().await.map_err(ErrorKind::File)?);
            }
        }
        request.headers(headers).build().map_err(|e| {
            ErrorKind::Request(format!("the request cannot be built: {}", e.without_url()))
        })
    }

    fn is_urlencoded(&self) -> bool {
        matches!(self.target, Target::Known(operation) if operation.body == crate::operation::Body::Urlencoded)
    }

    fn is_idempotent(&self) -> bool {
        match &self.target {
            Target::Known(operation) => operation.idempotent,
            Target::Raw(method) => method.is_idempotent(),
        }
    }

    fn method(&self) -> Method {
        match &self.target {
            Target::Known(operation) => {
                Method::from_bytes(operation.method.as_bytes()).unwrap_or(Method::GET)
            }
            Target::Raw(method) => method.clone(),
        }
    }

    fn name(&self) -> String {
        match &self.target {
            Target::Known(operation) => operation.to_string(),
            Target::Raw(method) => format!(
                "{method} {}",
                self.path.split('?').next().unwrap_or_default()
            ),
        }
    }

    fn error(&self, kind: ErrorKind) -> Error {
        Error::new(self.name(), kind)
    }
}

/// How much of an answer an attempt waits for.
#[derive(Clone, Copy)]
enum Reading {
    Head,
    Whole,
}

enum Read {
    Head(reqwest::Response),
    Whole(ErrorBody),
}

struct Sent {
    /// A success as far as it was to be read, or an error, whole.
    answer: Result<Read, ErrorBody>,
    /// The credential's headers that the request carried.
    authorised: HeaderMap,
}

fn broken(error: reqwest::Error) -> ErrorKind {
    let error = error.without_url();
    if error.is_connect() {
        ErrorKind::Connect(error)
    } else if error.is_timeout() {
        // The caller's own client has a limit of its own, whose length it does not tell.
        ErrorKind::Timeout {
            after: Duration::ZERO,
            sent: true,
        }
    } else {
        ErrorKind::Broken(error)
    }
}

fn failure_of(kind: &ErrorKind) -> Option<Failure> {
    match kind {
        ErrorKind::Connect(_) => Some(Failure::NotProcessed),
        ErrorKind::Broken(_) | ErrorKind::Timeout { .. } => Some(Failure::Unsure),
        _ => None,
    }
}

/// Whether a body is an envelope that says `Success: false`. Few bodies hold the words at all; only those are parsed for it.
fn says_failure(raw: &[u8]) -> bool {
    #[derive(serde::Deserialize)]
    struct Envelope {
        #[serde(rename = "Success", alias = "success")]
        success: Option<bool>,
    }
    let suspicious = raw.windows(8).enumerate().any(|(at, window)| {
        window.eq_ignore_ascii_case(b"success\"") && {
            let rest = raw[at + 8..].trim_ascii_start();
            rest.strip_prefix(b":")
                .is_some_and(|rest| rest.trim_ascii_start().starts_with(b"false"))
        }
    });
    suspicious
        && serde_json::from_slice::<Envelope>(raw)
            .is_ok_and(|envelope| envelope.success == Some(false))
}

/// Settings of one call, on every generated builder.
pub trait CallOptions: Sized {
    /// The call that the builder wraps.
    fn call_mut(&mut self) -> &mut Call;

    /// Sets a header of this call, in place of the client's own.
    #[must_use]
    fn with_header(self, name: &str, value: impl fmt::Display) -> Self {
        self.change(|call| call.header(name, value))
    }

    /// The time for one attempt of this call, in place of the transport's.
    #[must_use]
    fn with_timeout(self, timeout: Duration) -> Self {
        self.change(|call| call.timeout(timeout))
    }

    /// When this call is sent again, in place of the transport's rule.
    #[must_use]
    fn with_retry(self, retry: RetryPolicy) -> Self {
        self.change(|call| call.retry(retry))
    }

    /// Sets a query parameter that the reference does not name.
    #[must_use]
    fn with_query(self, name: &str, value: impl fmt::Display) -> Self {
        self.change(|call| call.query(name, value))
    }

    /// Sets the body to any JSON, in place of the typed one: for fields that the reference does not name.
    #[must_use]
    fn with_json(self, body: &(impl Serialize + ?Sized)) -> Self {
        self.change(|call| call.json(body))
    }

    /// Sends the request and reads the answer as another type than the reference says.
    fn send_as<T: DeserializeOwned + Send + 'static>(mut self) -> Pending<T> {
        self.call_mut().clone().send()
    }

    #[doc(hidden)]
    fn change(mut self, f: impl FnOnce(Call) -> Call) -> Self {
        let call = self.call_mut();
        *call = f(call.clone());
        self
    }
}

impl CallOptions for Call {
    fn call_mut(&mut self) -> &mut Call {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call() -> Call {
        let transport = Transport::builder("http://127.0.0.1:9/site/".parse().unwrap())
            .build()
            .unwrap();
        Call::raw(&transport, Method::GET, "/a/{id}/b".into())
    }

    #[test]
    fn a_path_parameter_is_one_segment() {
        let call = call().path("id", "a/b ?#%é");
        let url = call.transport.url(&call.path, &[]).unwrap();
        assert_eq!(
            url.as_str(),
            "http://127.0.0.1:9/site/a/a%2Fb%20%3F%23%25%C3%A9/b"
        );
        for odd in ["", ".", ".."] {
            assert!(self::call().path("id", odd).fault.is_some(), "{odd:?}");
        }
    }

    #[test]
    fn the_last_value_of_a_query_parameter_counts() {
        let call = call()
            .query("a", 1)
            .query_each("b", ["x", "y&z"])
            .query("a", 2);
        let url = call.transport.url("/q", &call.query).unwrap();
        assert_eq!(url.query(), Some("b=x&b=y%26z&a=2"));
    }

    #[test]
    fn only_an_envelope_says_failure() {
        assert!(says_failure(br#"{"Success" : false, "Data": null}"#));
        assert!(says_failure(br#"{"success":false}"#));
        assert!(!says_failure(
            br#"{"Success":true,"Data":{"Success":false}}"#
        ));
        assert!(!says_failure(br#"[{"Success":false}]"#));
        assert!(!says_failure(br#"{"text":"Success\":false"}"#));
        assert!(!says_failure(b""));
    }

    #[test]
    fn debug_shows_no_parameter() {
        let shown = format!(
            "{:?}",
            call()
                .query("q", "hunter2")
                .header("x-token", "hunter2")
                .text("hunter2")
        );
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}
