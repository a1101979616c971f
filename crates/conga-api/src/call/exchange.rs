//! Sending a call: the loop over its attempts, and what one attempt is.

use std::{mem, pin::pin, time::Duration};

use bytes::{Bytes, BytesMut};
use conga_auth::RequestContext;
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, StatusCode,
    header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE},
};
use serde::de::DeserializeOwned;
use tracing::{Instrument, Span, debug, debug_span, field};
use url::Url;

use super::{Call, Content, Target};
use crate::{
    ByteStream, Error, ErrorBody, ErrorKind, Options, Pending, Response,
    decode::{decode, is_json, says_failure},
    error::Past,
    operation::{Body, Location},
    platform::{self, Instant, sleep, timeout},
    retry::{self, Failure},
};

/// Sending it.
impl Call {
    /// Sends the request and reads the answer as JSON.
    ///
    /// An empty answer is read as `null`, `[]`, `{}` or `""`, whichever `T` takes first; plain text as a string.
    pub fn send<T: DeserializeOwned + Send + 'static>(self) -> Pending<T> {
        Box::pin(async move {
            let (Whole(answer), past) = self.exchange().await?;
            let value = decode(&answer).map_err(|kind| self.error(kind, past))?;
            Ok(Response::new(value, answer.status, answer.headers))
        })
    }

    /// Sends the request and gives the answer's bytes, whatever they are.
    pub fn send_raw(self) -> Pending<Bytes> {
        Box::pin(async move {
            let (Whole(answer), _) = self.exchange().await?;
            Ok(Response::new(answer.raw, answer.status, answer.headers))
        })
    }

    /// Sends the request and gives the answer's body as it arrives. Only the beginning of a JSON answer is waited for: it may be an
    /// envelope that says `Success: false`, which is an error here too.
    pub fn stream(self) -> Pending<ByteStream> {
        Box::pin(async move {
            let (begun, past): (Begun, Past) = self.exchange().await?;
            let (status, headers) = (begun.rest.status(), begun.rest.headers().clone());
            let silence = self.options.timeout.unwrap_or(Options::TIMEOUT);
            let stream = ByteStream::new(begun.first, begun.rest, silence, self.name(), past);
            Ok(Response::new(stream, status, headers))
        })
    }

    /// Sends until an answer is a success, or no further attempt is to be made.
    async fn exchange<A: Answer>(&self) -> Result<(A, Past), Error> {
        let span = self.span();
        let mut progress = Progress::default();
        let outcome = {
            // Pinned where it is made: it is large, and would be copied into whatever it is handed to.
            let attempts = pin!(self.attempts(&mut progress, &span).instrument(span.clone()));
            match self.options.deadline {
                None => attempts.await,
                Some(after) => timeout(after, attempts)
                    .await
                    .unwrap_or(Err(ErrorKind::Deadline { after })),
            }
        };
        let past = progress.past(&outcome);
        outcome.map(|answer| (answer, past)).map_err(|kind| {
            span.record("error.type", kind.name().as_ref());
            self.error(kind, past)
        })
    }

    /// Named by the conventions of OpenTelemetry. What is in it, and in its events, is all that traces show: no query, no header, no body,
    /// and of the path the template.
    fn span(&self) -> Span {
        let base = self.transport.base();
        debug_span!(
            "conga.call",
            operation = %self.name(),
            otel.kind = "client",
            http.request.method = %self.method(),
            url.template = self.template(),
            server.address = base.and_then(Url::host_str),
            server.port = base.and_then(Url::port_or_known_default),
            http.response.status_code = field::Empty,
            http.request.resend_count = field::Empty,
            "error.type" = field::Empty,
        )
    }

    async fn attempts<A: Answer>(
        &self,
        progress: &mut Progress,
        span: &Span,
    ) -> Result<A, ErrorKind> {
        let begun = Instant::now();
        let url = self.url().map_err(ErrorKind::Request)?;
        let policy = self.options.retry.unwrap_or_default();
        let mut renewed = false;
        let mut tried = 0;
        loop {
            let granted = self
                .transport
                .credential()
                .headers(&RequestContext::new(&url))
                .await
                .map_err(ErrorKind::Auth)?;
            let turn = self.transport.turn().await;
            let request = self.request(&url, &granted).await?;
            progress.begin();
            if progress.sent > 1 {
                span.record("http.request.resend_count", progress.sent - 1);
            }
            let outcome = self.attempt(request, progress.sent, span).await;
            progress.under_way = false;
            drop(turn);
            let kind = match outcome {
                Ok(answer) => {
                    self.transport.budget().earn();
                    return Ok(answer);
                }
                Err(kind) => kind,
            };
            // Not one of the policy's attempts: the server has looked at the token and at nothing else.
            if !renewed && is_unauthorised(&kind) && self.renew(granted).await {
                renewed = true;
                debug!("the token was refused; once more with a new one");
                continue;
            }
            tried += 1;
            let asked = retry::asked(&kind);
            if is_too_many(&kind) {
                self.transport.slow_down(asked).await;
            }
            let Some(failure) = retry::failure(&kind) else {
                return Err(kind);
            };
            let safe = failure == Failure::NotProcessed || self.is_idempotent();
            let wait = policy.wait(tried, begun.elapsed(), asked, rand::random());
            let Some(wait) = wait.filter(|wait| safe && self.leaves_time_for(*wait, begun)) else {
                return Err(kind);
            };
            if !self.transport.budget().spend() {
                progress.out_of_budget = true;
                return Err(kind);
            }
            progress.unsure |= failure == Failure::Unsure;
            debug!(attempt = progress.sent, error.type = %kind.name(), ?wait, "trying again");
            sleep(wait).await;
        }
    }

    /// One request, and its answer as far as `A` reads it.
    async fn attempt<A: Answer>(
        &self,
        request: reqwest::Request,
        number: u32,
        span: &Span,
    ) -> Result<A, ErrorKind> {
        let after = self.options.timeout.unwrap_or(Options::TIMEOUT);
        let exchange = pin!(async {
            let response = self.transport.send(request, || self.name(), number).await?;
            let status = response.status();
            // By its handle: the current span is somebody else's where this one is filtered out.
            span.record("http.response.status_code", status.as_u16());
            debug!(
                attempt = number,
                http.response.status_code = status.as_u16(),
                request_id = crate::response::request_id(response.headers()),
                "answered"
            );
            if status.is_success() {
                A::read(response).await
            } else {
                Err(ErrorKind::Status(Box::new(refusal(response).await)))
            }
        });
        let answer = timeout(after, exchange)
            .await
            .unwrap_or(Err(ErrorKind::Timeout { after: Some(after) }));
        if let Err(
            kind @ (ErrorKind::Connect(_) | ErrorKind::Broken(_) | ErrorKind::Timeout { .. }),
        ) = &answer
        {
            debug!(attempt = number, error.type = %kind.name(), "no complete answer");
        }
        answer
    }

    /// Whether an attempt after a wait would begin before the deadline.
    fn leaves_time_for(&self, wait: Duration, begun: Instant) -> bool {
        let deadline = self.options.deadline;
        deadline.is_none_or(|deadline| begun.elapsed() + wait < deadline)
    }

    /// Tells the credential that its headers were refused. Those that the call replaced by its own did not go out.
    async fn renew(&self, mut granted: HeaderMap) -> bool {
        for name in self.options.headers.keys() {
            granted.remove(name);
        }
        !granted.is_empty() && self.transport.credential().invalidate(&granted).await
    }

    async fn request(&self, url: &Url, granted: &HeaderMap) -> Result<reqwest::Request, ErrorKind> {
        let mut headers = self.layers(granted);
        let mut request = self.transport.start(self.method(), url.clone())?;
        match &self.body {
            Content::None => {
                // The HTTP client leaves it out, and IIS answers 411 to a `POST` without it.
                if matches!(self.method(), Method::POST | Method::PUT | Method::PATCH) {
                    headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
                }
            }
            Content::Bytes { media, bytes } => {
                headers.entry(CONTENT_TYPE).or_insert_with(|| media.clone());
                request = request.body(bytes.clone());
            }
            Content::Form(form) if self.is_urlencoded() => {
                headers.insert(
                    CONTENT_TYPE,
                    HeaderValue::from_static("application/x-www-form-urlencoded"),
                );
                request = request.body(form.urlencoded()?);
            }
            Content::Form(form) => request = request.multipart(form.build().await?),
        }
        let mut request = request.build().map_err(|e| {
            ErrorKind::Request(format!("the request cannot be built: {}", e.without_url()))
        })?;
        // A form brings its own type, with the boundary in it.
        if !request.headers().is_empty() {
            headers.extend(mem::take(request.headers_mut()));
        }
        *request.headers_mut() = headers;
        Ok(request)
    }

    /// The call's own headers win over the credential's, those over the transport's, those over the operation's defaults.
    fn layers(&self, granted: &HeaderMap) -> HeaderMap {
        let mut headers = HeaderMap::new();
        if let Target::Known(operation) = self.target {
            for parameter in operation.parameters {
                if let (Location::Header, Some(default)) = (parameter.location, parameter.default)
                    && let Ok(name) = HeaderName::try_from(parameter.name)
                    && let Ok(value) = HeaderValue::try_from(default)
                {
                    headers.insert(name, value);
                }
            }
            if let Ok(accept) =
                HeaderValue::from_maybe_shared(Bytes::from_static(operation.answer.as_bytes()))
            {
                headers.insert(ACCEPT, accept);
            }
        }
        for layer in [self.transport.headers(), granted, &self.options.headers] {
            if !layer.is_empty() {
                // As its own iterator gives it, a map takes the place of what is there; pair by pair it would stand beside it.
                headers.extend(layer.clone());
            }
        }
        headers
    }

    fn is_urlencoded(&self) -> bool {
        matches!(self.target, Target::Known(operation) if operation.body == Body::Urlencoded)
    }

    fn is_idempotent(&self) -> bool {
        if let Some(told) = self.options.idempotent {
            return told;
        }
        match &self.target {
            Target::Known(operation) => operation.idempotent,
            Target::Raw { method, .. } => method.is_idempotent(),
        }
    }

    fn error(&self, kind: ErrorKind, past: Past) -> Error {
        Error::new(self.name(), kind).with_past(past)
    }
}

/// How far a call has come. Kept outside of its future, since a deadline drops that halfway.
#[derive(Default)]
struct Progress {
    sent: u32,
    under_way: bool,
    unsure: bool,
    out_of_budget: bool,
}

impl Progress {
    fn begin(&mut self) {
        self.sent += 1;
        self.under_way = true;
    }

    fn past<A>(&self, outcome: &Result<A, ErrorKind>) -> Past {
        let cut_off = self.under_way && matches!(outcome, Err(ErrorKind::Deadline { .. }));
        Past {
            sent: self.sent,
            unsure: self.unsure || cut_off,
            out_of_budget: self.out_of_budget,
        }
    }
}

/// What a successful answer is read into before its attempt counts as made.
trait Answer: Sized + Send {
    fn read(response: platform::Response) -> impl Future<Output = Result<Self, ErrorKind>> + Send;
}

/// An answer, read to its end.
struct Whole(ErrorBody);

impl Answer for Whole {
    async fn read(mut response: platform::Response) -> Result<Self, ErrorKind> {
        let (status, headers) = (response.status(), mem::take(response.headers_mut()));
        let raw = response.bytes().await.map_err(ErrorKind::of_http)?;
        let body = ErrorBody {
            status,
            headers,
            raw,
        };
        if says_failure(&body.raw) {
            return Err(ErrorKind::Status(Box::new(body)));
        }
        Ok(Self(body))
    }
}

/// An answer that has begun to arrive.
struct Begun {
    first: Bytes,
    rest: platform::Response,
}

/// As much of a JSON answer is read ahead, to see whether it is an envelope that says `Success: false`.
const AHEAD: usize = 64 * 1024;

impl Answer for Begun {
    async fn read(mut rest: platform::Response) -> Result<Self, ErrorKind> {
        let mut first = BytesMut::new();
        // Without this, the error envelope would be taken for the file.
        if is_json(rest.headers()) {
            while first.len() < AHEAD
                && let Some(chunk) = rest.chunk().await.map_err(ErrorKind::of_http)?
            {
                first.extend_from_slice(&chunk);
            }
        }
        let first = first.freeze();
        if says_failure(&first) {
            return Err(ErrorKind::Status(Box::new(ErrorBody {
                status: rest.status(),
                headers: rest.headers().clone(),
                raw: first,
            })));
        }
        Ok(Self { first, rest })
    }
}

/// An error answer. Where its body breaks off, what arrived of it: the status tells more than the break.
async fn refusal(mut response: platform::Response) -> ErrorBody {
    let mut raw = BytesMut::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        raw.extend_from_slice(&chunk);
    }
    ErrorBody {
        status: response.status(),
        headers: response.headers().clone(),
        raw: raw.freeze(),
    }
}

fn is_too_many(kind: &ErrorKind) -> bool {
    matches!(kind, ErrorKind::Status(body) if body.status == StatusCode::TOO_MANY_REQUESTS)
}

fn is_unauthorised(kind: &ErrorKind) -> bool {
    matches!(kind, ErrorKind::Status(body) if body.status == StatusCode::UNAUTHORIZED)
}
