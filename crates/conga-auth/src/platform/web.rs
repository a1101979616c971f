//! By the JavaScript around the program: its timers, its promises and its `fetch`.
//!
//! What comes from JavaScript stays on its thread, while the futures and streams of this workspace may be sent to another one. A
//! [`SendWrapper`] stands between the two: sending is allowed, and use on another thread panics.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use futures_util::stream::{self, Stream, StreamExt};
use http::header::CONTENT_ENCODING;
use http::{HeaderMap, StatusCode};
pub use reqwest::Error;
use reqwest::{Client, ClientBuilder, Request};
use send_wrapper::SendWrapper;
use tokio::sync::oneshot;
use url::Url;
pub use wasmtimer::std::Instant;
use wasmtimer::std::UNIX_EPOCH;
pub use wasmtimer::tokio::{sleep, sleep_until, timeout};

use crate::AuthError;

/// The time of day.
pub fn now() -> SystemTime {
    let since = wasmtimer::std::SystemTime::now().duration_since(UNIX_EPOCH);
    SystemTime::UNIX_EPOCH + since.unwrap_or_default()
}

/// Settings of an HTTP client. How it connects, and that it follows redirects, is up to `fetch`.
pub fn client_builder(_connect_timeout: Duration, _directly: bool) -> ClientBuilder {
    Client::builder()
}

/// Sends a request and waits for the head of its answer.
pub fn execute(
    client: &Client,
    request: Request,
) -> impl Future<Output = Result<Response, Error>> + Send + use<> {
    let answer = client.execute(request);
    SendWrapper::new(async move { answer.await.map(Response::new) })
}

/// Whether no connection came about, so that nothing was sent: `fetch` never says.
pub fn is_connect(_error: &Error) -> bool {
    false
}

/// An answer whose body is still to come.
pub struct Response {
    status: StatusCode,
    headers: HeaderMap,
    /// Who gave it; `None` where it was made.
    url: Option<Url>,
    /// The length of what is still to come, where the server announced it.
    left: Option<u64>,
    body: Body,
}

type Body = SendWrapper<Pin<Box<dyn Stream<Item = Result<Bytes, Error>>>>>;

impl Response {
    fn new(response: reqwest::Response) -> Self {
        let headers = response.headers();
        // `fetch` unpacks by itself; the length announced is then another one than that of what arrives.
        let packed = headers.contains_key(CONTENT_ENCODING);
        Self {
            status: response.status(),
            headers: headers.clone(),
            left: response.content_length().filter(|_| !packed),
            url: Some(response.url().clone()),
            body: SendWrapper::new(Box::pin(response.bytes_stream())),
        }
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The headers, to be changed or taken.
    pub fn headers_mut(&mut self) -> &mut HeaderMap {
        &mut self.headers
    }

    /// The length of what of the body is still to come, where it is known.
    pub fn content_length(&self) -> Option<u64> {
        self.left
    }

    /// The next piece of the body; `None` at its end.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        let chunk = self.body.next().await.transpose()?;
        if let (Some(left), Some(chunk)) = (&mut self.left, &chunk) {
            *left = left.saturating_sub(chunk.len() as u64);
        }
        Ok(chunk)
    }
}

/// An answer that was made rather than received.
impl<T: Into<Bytes>> From<http::Response<T>> for Response {
    fn from(response: http::Response<T>) -> Self {
        let (head, body) = response.into_parts();
        let body = body.into();
        Self {
            status: head.status,
            headers: head.headers,
            url: None,
            left: Some(body.len() as u64),
            body: SendWrapper::new(Box::pin(stream::iter([Ok(body)]))),
        }
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

/// The address that answered, where redirects led to another one than `asked`.
pub(crate) fn other_address<'a>(response: &'a Response, asked: &Url) -> Option<&'a Url> {
    response.url.as_ref().filter(|url| *url != asked)
}

/// Runs work that blocks; there is nothing else to run meanwhile.
pub(crate) async fn blocking<T>(
    work: impl FnOnce() -> Result<T, AuthError>,
) -> Result<T, AuthError> {
    work()
}

/// Runs work that goes on to its end even where the caller goes away.
pub(crate) async fn unstoppable<T: 'static>(
    work: impl Future<Output = Result<T, AuthError>> + 'static,
) -> Result<T, AuthError> {
    let (done, outcome) = oneshot::channel();
    wasm_bindgen_futures::spawn_local(async {
        // Nobody receives it where the caller went away.
        let _ = done.send(work.await);
    });
    outcome.await.unwrap_or_else(|error| {
        Err(AuthError::system(
            "the work was given up before it was done",
            std::io::Error::other(error),
        ))
    })
}
