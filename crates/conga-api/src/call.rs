//! One call: what it is made of, and how that is put together. How it is sent stands in [`exchange`].

mod exchange;

use std::{fmt, ops::Range, time::Duration};

use bytes::Bytes;
use http::{HeaderValue, Method};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Serialize, de::DeserializeOwned};
use url::Url;

use crate::{
    Form, Options, Part, Pending, RetryPolicy, Transport,
    operation::{Location, Operation},
    options,
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
    body: Content,
    /// The first thing that was wrong with what was given; told when the call is sent.
    fault: Option<String>,
}

#[derive(Clone)]
enum Target {
    Known(&'static Operation),
    /// With the path as it was given: what is filled in later may be a secret.
    Raw {
        method: Method,
        template: String,
    },
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
        let mut call = Self::to(
            transport,
            Target::Known(operation),
            operation.path.to_owned(),
        );
        for parameter in operation.parameters {
            if let (Location::Query, Some(default)) = (parameter.location, parameter.default) {
                call.query
                    .push((parameter.name.to_owned(), default.to_owned()));
            }
        }
        call
    }

    pub(crate) fn raw(transport: &Transport, method: Method, path: String) -> Self {
        let fault = (!path.starts_with('/')).then(|| "the path does not start with `/`".to_owned());
        let template = path.split('?').next().unwrap_or_default().to_owned();
        Self {
            fault,
            ..Self::to(transport, Target::Raw { method, template }, path)
        }
    }

    fn to(transport: &Transport, target: Target, path: String) -> Self {
        Self {
            transport: transport.clone(),
            target,
            path,
            query: Vec::new(),
            body: Content::None,
            fault: None,
        }
    }

    /// Fills in a parameter of the path: `{id}` where the name is `id`. The value becomes one segment, whatever it holds.
    pub fn path(mut self, name: &str, value: impl fmt::Display) -> Self {
        let value = value.to_string();
        if matches!(value.as_str(), "" | "." | "..") {
            return self.with_fault(format!(
                "the path parameter `{name}` is {value:?}, which is no segment of a path"
            ));
        }
        let Some(place) = place_of(name, &self.path) else {
            return self.with_fault(format!("the path has no parameter `{name}` to fill in"));
        };
        let mut path = String::with_capacity(self.path.len() + value.len());
        path.push_str(&self.path[..place.start]);
        path.extend(utf8_percent_encode(&value, SEGMENT));
        path.push_str(&self.path[place.end..]);
        self.path = path;
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

    /// Sets a query parameter for every field of an object, as OpenAPI's `form` style with `explode` has it. A value that is no text
    /// stands as JSON; a field that is `null` is left out.
    pub fn query_fields(mut self, fields: &(impl Serialize + ?Sized)) -> Self {
        match serde_json::to_value(fields) {
            Ok(serde_json::Value::Object(fields)) => {
                for (name, value) in fields {
                    let text = match value {
                        serde_json::Value::Null => continue,
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
        match options::header(name, value) {
            Ok((name, value)) => {
                self.transport.options_mut().headers.insert(name, value);
                self
            }
            Err(fault) => self.with_fault(fault),
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

    /// The time for one attempt of this call: see [`Options::timeout`].
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.transport.options_mut().timeout = Some(timeout);
        self
    }

    /// The time for this call as a whole: see [`Options::deadline`].
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.transport.options_mut().deadline = Some(deadline);
        self
    }

    /// When this call is sent again, in place of the transport's rule.
    pub fn retry(mut self, retry: RetryPolicy) -> Self {
        self.transport.options_mut().retry = Some(retry);
        self
    }

    /// Whether sending this request twice has the effect of sending it once: see [`Options::idempotent`].
    pub fn idempotent(mut self, idempotent: bool) -> Self {
        self.transport.options_mut().idempotent = Some(idempotent);
        self
    }

    /// Sets what is set in `options`.
    pub fn options(mut self, options: &Options) -> Self {
        *self.transport.options_mut() = options.over(self.transport.options());
        self
    }

    fn with_fault(mut self, fault: String) -> Self {
        self.fault.get_or_insert(fault);
        self
    }
}

/// What it comes to.
impl Call {
    fn url(&self) -> Result<Url, String> {
        if let Some(fault) = self
            .fault
            .as_ref()
            .or(self.transport.options().fault.as_ref())
        {
            return Err(fault.clone());
        }
        let (path, given) = match self.path.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (self.path.as_str(), None),
        };
        if let Some((_, open)) = path.split_once('{') {
            let name = open.split('}').next().unwrap_or_default();
            return Err(format!(
                "the path parameter `{name}` is not filled in; give it by `path({name:?}, ..)`"
            ));
        }
        let mut url = self.transport.url(path)?;
        url.set_query(given);
        if !self.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&self.query);
        }
        Ok(url)
    }

    fn method(&self) -> Method {
        match &self.target {
            Target::Known(operation) => {
                Method::from_bytes(operation.method.as_bytes()).unwrap_or(Method::GET)
            }
            Target::Raw { method, .. } => method.clone(),
        }
    }

    /// The path before anything is filled in.
    fn template(&self) -> &str {
        match &self.target {
            Target::Known(operation) => operation.path,
            Target::Raw { template, .. } => template,
        }
    }

    /// How errors and traces call it.
    fn name(&self) -> String {
        match &self.target {
            Target::Known(operation) => operation.to_string(),
            Target::Raw { method, template } => format!("{method} {template}"),
        }
    }
}

/// Where `{name}` stands in a path.
fn place_of(name: &str, path: &str) -> Option<Range<usize>> {
    path.match_indices('{').find_map(|(open, _)| {
        let rest = path[open + 1..].strip_prefix(name)?;
        rest.starts_with('}')
            .then(|| open..path.len() - rest.len() + 1)
    })
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

    /// The time for one attempt of this call: see [`Options::timeout`].
    #[must_use]
    fn with_timeout(self, timeout: Duration) -> Self {
        self.change(|call| call.timeout(timeout))
    }

    /// The time for this call as a whole: see [`Options::deadline`].
    #[must_use]
    fn with_deadline(self, deadline: Duration) -> Self {
        self.change(|call| call.deadline(deadline))
    }

    /// When this call is sent again, in place of the transport's rule.
    #[must_use]
    fn with_retry(self, retry: RetryPolicy) -> Self {
        self.change(|call| call.retry(retry))
    }

    /// Whether sending this request twice has the effect of sending it once: see [`Options::idempotent`].
    #[must_use]
    fn with_idempotent(self, idempotent: bool) -> Self {
        self.change(|call| call.idempotent(idempotent))
    }

    /// Sets what is set in `options`, and leaves the rest.
    #[must_use]
    fn with_options(self, options: &Options) -> Self {
        self.change(|call| call.options(options))
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
        raw("/a/{id}/b")
    }

    fn raw(path: &str) -> Call {
        let transport = Transport::builder("http://127.0.0.1:9/site/".parse().unwrap())
            .build()
            .unwrap();
        transport.request(Method::GET, path)
    }

    #[test]
    fn a_path_parameter_is_one_segment() {
        let call = call().path("id", "a/b ?#%é");
        let url = call.url().unwrap();
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
        let call = raw("/q?given=%2F")
            .query("a", 1)
            .query_each("b", ["x", "y&z"])
            .query("a", 2);
        let url = call.url().unwrap();
        assert_eq!(url.query(), Some("given=%2F&b=x&b=y%26z&a=2"));
    }

    #[test]
    fn a_path_parameter_that_is_missing_or_unknown_is_a_fault() {
        let problem = call().url().unwrap_err();
        assert!(problem.contains("`id` is not filled in"), "{problem}");
        let problem = call().path("id", 1).path("name", 2).url().unwrap_err();
        assert!(problem.contains("no parameter `name`"), "{problem}");
        assert!(call().path("id", "{x}").url().is_ok());
    }

    #[test]
    fn the_fields_of_an_object_are_parameters() {
        let fields = serde_json::json!({"a": "x y", "b": 2, "c": null, "d": [1], "e": false});
        let call = call().path("id", 1).query("b", 1).query_fields(&fields);
        assert_eq!(
            call.url().unwrap().query(),
            Some("a=x+y&b=2&d=%5B1%5D&e=false")
        );
        assert!(call.query_fields(&[1]).url().is_err());
    }

    #[test]
    fn the_first_fault_is_told() {
        let call = call().header("x\n", 1).header("y", "\0").json(&f32::NAN);
        let problem = call.url().unwrap_err();
        assert!(problem.starts_with("the header `x\n`"), "{problem}");
    }

    #[test]
    fn a_call_fits_into_what_allocators_keep_at_hand() {
        // The largest piece that glibc keeps for each thread. A larger one is looked for, and cut, at every call.
        const LARGEST: usize = 1_032;
        let size = size_of_val(&*call().send::<serde_json::Value>());
        assert!(size <= LARGEST, "{size}");
    }

    #[test]
    fn debug_shows_no_parameter() {
        let shown = format!(
            "{:?}",
            call()
                .path("id", "hunter2")
                .query("q", "hunter2")
                .header("x-token", "hunter2")
                .text("hunter2")
        );
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}
