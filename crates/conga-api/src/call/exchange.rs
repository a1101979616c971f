//! Sending a call: the loop over its attempts, and what one attempt is.

use std::{
    convert, mem,
    pin::{Pin, pin},
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use conga_auth::RequestContext;
use futures_util::FutureExt;
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, StatusCode,
    header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE},
};
use reqwest::{Request, RequestBuilder};
use serde::de::DeserializeOwned;
use tracing::{Instrument, Span, debug, debug_span, field};
use url::Url;

use super::{Call, Content, Target};
use crate::{
    ByteStream, Error, ErrorBody, ErrorKind, Form, Options, Pending, Response,
    decode::{decode, is_json, says_failure},
    error::Past,
    limiter::Permit,
    operation::{Body, Location},
    options::cover,
    platform::{self, Instant, sleep, timeout},
    retry::{self, Failure},
};

/// Sending it.
impl Call {
    /// Sends the request and reads the answer as JSON.
    ///
    /// An empty answer is read as `null`, `[]`, `{}` or `""`, whichever `T` takes first; plain text as a string.
    pub fn send<T: DeserializeOwned + Send + 'static>(self) -> Pending<T> {
        self.send_then(convert::identity)
    }

    /// [`send`](Self::send), and what is made of its outcome.
    pub fn send_then<T, R>(
        self,
        then: impl FnOnce(Result<Response<T>, Error>) -> R + Send + 'static,
    ) -> Pin<Box<dyn Future<Output = R> + Send>>
    where
        T: DeserializeOwned + Send + 'static,
    {
        Box::pin(async move {
            then(match self.exchange(Extent::Whole).await {
                Ok((answer, past)) => {
                    let answer = answer.into_whole();
                    decode(&answer)
                        .map(|value| Response::new(value, answer.status, answer.headers))
                        .map_err(|kind| self.error(kind, past))
                }
                Err(error) => Err(error),
            })
        })
    }

    /// Sends the request and gives the answer's bytes, whatever they are.
    pub fn send_raw(self) -> Pending<Bytes> {
        Box::pin(async move {
            let (answer, _) = self.exchange(Extent::Whole).await?;
            let answer = answer.into_whole();
            Ok(Response::new(answer.raw, answer.status, answer.headers))
        })
    }

    /// Sends the request and gives the answer's body as it arrives. Only the beginning of a JSON answer is waited for: it may be an
    /// envelope that says `Success: false`, which is an error here too.
    pub fn stream(self) -> Pending<ByteStream> {
        Box::pin(async move {
            let (Answer { response, body }, past) = self.exchange(Extent::Beginning).await?;
            let (status, headers) = (response.status(), response.headers().clone());
            let stream = ByteStream::new(body, *response, self.patience(), self.name(), past);
            Ok(Response::new(stream, status, headers))
        })
    }

    /// Sends until an answer is a success, or no further attempt is to be made.
    async fn exchange(&self, extent: Extent) -> Result<(Answer, Past), Error> {
        let span = self.span();
        let mut progress = Progress::new();
        let outcome = {
            // Pinned where it is made: it is large, and would be copied into whatever it is handed to.
            let attempts = pin!(self.attempts(extent, &mut progress, &span));
            let attempts = attempts.instrument(span.clone());
            match self.transport.options().deadline {
                None => attempts.await,
                Some(after) => timeout(after, attempts)
                    .boxed()
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

    async fn attempts(
        &self,
        extent: Extent,
        progress: &mut Progress,
        span: &Span,
    ) -> Result<Answer, ErrorKind> {
        loop {
            let (sending, granted, turn) = self.prepare(progress.sent + 1).await?;
            progress.begin();
            if progress.sent > 1 {
                span.record("http.request.resend_count", progress.sent - 1);
            }
            let failure = {
                let outcome = self.attempt(sending, extent, progress.sent, span).await;
                progress.under_way = false;
                drop(turn);
                match outcome {
                    Ok(answer) => {
                        self.transport.budget().earn();
                        return Ok(answer);
                    }
                    Err(kind) => kind,
                }
            };
            // Boxed, as all that few calls come to: the future of every call is as large as the largest one in it, and its code as long
            // as all of them.
            self.recover(failure, granted, progress).boxed().await?;
        }
    }

    /// Waits until a further attempt is to be made.
    ///
    /// # Errors
    ///
    /// The failure, where there is to be none.
    async fn recover(
        &self,
        kind: ErrorKind,
        granted: HeaderMap,
        progress: &mut Progress,
    ) -> Result<(), ErrorKind> {
        // Not one of the policy's attempts: the server has looked at the token and at nothing else.
        if !progress.renewed && is_unauthorised(&kind) && self.renew(granted).await {
            progress.renewed = true;
            debug!("the token was refused; once more with a new one");
            return Ok(());
        }
        progress.tried += 1;
        let asked = retry::asked(&kind);
        if is_too_many(&kind) {
            self.transport.slow_down(asked).await;
        }
        let Some(failure) = retry::failure(&kind) else {
            return Err(kind);
        };
        let safe = failure == Failure::NotProcessed || self.is_idempotent();
        let policy = self.transport.options().retry.unwrap_or_default();
        let elapsed = progress.begun.elapsed();
        let wait = policy.wait(progress.tried, elapsed, asked, rand::random());
        let in_time = |wait: &Duration| self.leaves_time_for(elapsed.saturating_add(*wait));
        let Some(wait) = wait.filter(|wait| safe && in_time(wait)) else {
            return Err(kind);
        };
        if !self.transport.budget().spend() {
            progress.out_of_budget = true;
            return Err(kind);
        }
        progress.unsure |= failure == Failure::Unsure;
        debug!(attempt = progress.sent, error.type = %kind.name(), ?wait, "trying again");
        sleep(wait).await;
        Ok(())
    }

    /// The call's `number`th request, ready to be sent since its turn has come, and the credential's headers in it.
    async fn prepare(
        &self,
        number: u32,
    ) -> Result<(impl Future<Output = Sent>, HeaderMap, Option<Permit>), ErrorKind> {
        let url = self.url().map_err(ErrorKind::Request)?;
        let granted = self
            .transport
            .credential()
            .headers(&RequestContext::new(&url))
            .await
            .map_err(ErrorKind::Auth)?;
        let turn = self.transport.turn().await;
        let request = self.request(url, &granted)?;
        let request = match self.multipart() {
            None => request,
            Some(form) => self.with_form(request, form).boxed().await?,
        };
        let sending = self.transport.send(request, || self.name(), number)?;
        Ok((sending, granted, turn))
    }

    /// One request, and its answer.
    async fn attempt(
        &self,
        sending: impl Future<Output = Sent>,
        extent: Extent,
        number: u32,
        span: &Span,
    ) -> Result<Answer, ErrorKind> {
        let exchange = pin!(async {
            let mut response = Box::new(sending.await?);
            let status = response.status();
            // By its handle: the current span is somebody else's where this one is filtered out.
            span.record("http.response.status_code", status.as_u16());
            debug!(
                attempt = number,
                http.response.status_code = status.as_u16(),
                request_id = crate::response::request_id(response.headers()),
                "answered"
            );
            if !status.is_success() {
                let refusal = refusal(response).boxed().await;
                return Err(ErrorKind::Status(Box::new(refusal)));
            }
            let enough = extent.of(&response);
            let body = read(&mut response, enough)
                .await
                .map_err(ErrorKind::of_http)?;
            let answer = Answer { response, body };
            if says_failure(&answer.body) {
                return Err(ErrorKind::Status(Box::new(answer.into_whole())));
            }
            Ok(answer)
        });
        let answer = timeout(self.patience(), exchange).await;
        let answer = answer.unwrap_or_else(|_| {
            let after = Some(self.patience());
            Err(ErrorKind::Timeout { after })
        });
        if let Err(
            kind @ (ErrorKind::Connect(_) | ErrorKind::Broken(_) | ErrorKind::Timeout { .. }),
        ) = &answer
        {
            debug!(attempt = number, error.type = %kind.name(), "no complete answer");
        }
        answer
    }

    /// The time for an attempt, and for every pause of a stream.
    fn patience(&self) -> Duration {
        self.transport.options().timeout.unwrap_or(Options::TIMEOUT)
    }

    /// Whether an attempt that begins so long after the call did would begin before the deadline.
    fn leaves_time_for(&self, begin: Duration) -> bool {
        let deadline = self.transport.options().deadline;
        deadline.is_none_or(|deadline| begin < deadline)
    }

    /// Tells the credential that its headers were refused. Those that the call replaced by its own did not go out.
    async fn renew(&self, mut granted: HeaderMap) -> bool {
        for name in self.transport.options().headers.keys() {
            granted.remove(name);
        }
        !granted.is_empty() && self.transport.credential().invalidate(&granted).await
    }

    /// The request, but for the parts of a multipart form.
    fn request(&self, url: Url, granted: &HeaderMap) -> Result<Request, ErrorKind> {
        let mut headers = self.layers(granted);
        let mut request = Request::new(self.method(), url);
        match &self.body {
            Content::None => {
                // The HTTP client leaves it out, and IIS answers 411 to a `POST` without it.
                if matches!(
                    *request.method(),
                    Method::POST | Method::PUT | Method::PATCH
                ) {
                    headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
                }
            }
            Content::Bytes { media, bytes } => {
                headers.entry(CONTENT_TYPE).or_insert_with(|| media.clone());
                *request.body_mut() = Some(bytes.clone().into());
            }
            Content::Form(form) if self.is_urlencoded() => {
                headers.insert(
                    CONTENT_TYPE,
                    HeaderValue::from_static("application/x-www-form-urlencoded"),
                );
                *request.body_mut() = Some(form.urlencoded()?.into());
            }
            Content::Form(_) => {}
        }
        *request.headers_mut() = headers;
        Ok(request)
    }

    fn multipart(&self) -> Option<&Form> {
        match &self.body {
            Content::Form(form) if !self.is_urlencoded() => Some(form),
            _ => None,
        }
    }

    /// The request with a multipart form, which brings its own type, with the boundary in it.
    async fn with_form(&self, mut request: Request, form: &Form) -> Result<Request, ErrorKind> {
        request.headers_mut().remove(CONTENT_TYPE);
        let http = self.transport.http()?.clone();
        let builder = RequestBuilder::from_parts(http, request).multipart(form.build().await?);
        builder.build().map_err(|e| {
            ErrorKind::Request(format!("the request cannot be built: {}", e.without_url()))
        })
    }

    /// The call's own headers win over the credential's, those over the transport's, those over the operation's defaults.
    fn layers(&self, granted: &HeaderMap) -> HeaderMap {
        // Room for those that the HTTP client adds, too.
        let mut headers = HeaderMap::with_capacity(6);
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
        for layer in [
            self.transport.headers(),
            granted,
            &self.transport.options().headers,
        ] {
            cover(&mut headers, layer);
        }
        headers
    }

    fn is_urlencoded(&self) -> bool {
        matches!(self.target, Target::Known(operation) if operation.body == Body::Urlencoded)
    }

    fn is_idempotent(&self) -> bool {
        if let Some(told) = self.transport.options().idempotent {
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

/// The head of an answer, or why there is none.
type Sent = Result<platform::Response, ErrorKind>;

/// How far a call has come. Kept outside of its future, since a deadline drops that halfway.
struct Progress {
    begun: Instant,
    sent: u32,
    /// Attempts as the policy counts them.
    tried: u32,
    under_way: bool,
    renewed: bool,
    unsure: bool,
    out_of_budget: bool,
}

impl Progress {
    fn new() -> Self {
        Self {
            begun: Instant::now(),
            sent: 0,
            tried: 0,
            under_way: false,
            renewed: false,
            unsure: false,
            out_of_budget: false,
        }
    }

    fn begin(&mut self) {
        self.sent += 1;
        self.under_way = true;
    }

    fn past(&self, outcome: &Result<Answer, ErrorKind>) -> Past {
        let cut_off = self.under_way && matches!(outcome, Err(ErrorKind::Deadline { .. }));
        Past {
            sent: self.sent,
            unsure: self.unsure || cut_off,
            out_of_budget: self.out_of_budget,
        }
    }
}

/// An answer that says success, with as much of its body as was waited for.
struct Answer {
    /// Boxed: it is large, and handed on several times.
    response: Box<platform::Response>,
    body: Bytes,
}

impl Answer {
    /// The answer as it is kept, where nothing of it is outstanding.
    fn into_whole(self) -> ErrorBody {
        let Self { mut response, body } = self;
        ErrorBody {
            status: response.status(),
            headers: mem::take(response.headers_mut()),
            raw: body,
        }
    }
}

/// How much of an answer an attempt waits for.
#[derive(Clone, Copy)]
enum Extent {
    Whole,
    Beginning,
}

impl Extent {
    /// As much of a JSON answer is read ahead, to see whether it is an envelope that says `Success: false`.
    const AHEAD: usize = 64 * 1024;

    /// Bytes of the body.
    fn of(self, response: &platform::Response) -> usize {
        match self {
            Self::Whole => usize::MAX,
            // Without this, the error envelope would be taken for the file.
            Self::Beginning if is_json(response.headers()) => Self::AHEAD,
            Self::Beginning => 0,
        }
    }
}

/// No more memory than this is taken for a body before it has come, whatever length was announced.
const MOST_ROOM: usize = 8 * 1024 * 1024;

/// A body, to its end or for so many bytes. One that comes in one piece is not copied.
async fn read(response: &mut platform::Response, enough: usize) -> Result<Bytes, platform::Error> {
    if enough == 0 {
        return Ok(Bytes::new());
    }
    let Some(first) = response.chunk().await? else {
        return Ok(Bytes::new());
    };
    if first.len() >= enough {
        return Ok(first);
    }
    match response.chunk().await? {
        Some(second) => join(response, [first, second], enough).boxed().await,
        None => Ok(first),
    }
}

/// [`read`] of a body of which two pieces have come.
async fn join(
    response: &mut platform::Response,
    pieces: [Bytes; 2],
    enough: usize,
) -> Result<Bytes, platform::Error> {
    let announced = usize::try_from(response.content_length().unwrap_or_default());
    let rest = announced.unwrap_or(MOST_ROOM).min(MOST_ROOM).min(enough);
    let come: usize = pieces.iter().map(Bytes::len).sum();
    let mut all = BytesMut::with_capacity(come + rest);
    for piece in pieces {
        all.extend_from_slice(&piece);
    }
    while all.len() < enough
        && let Some(chunk) = response.chunk().await?
    {
        all.extend_from_slice(&chunk);
    }
    Ok(all.freeze())
}

/// An error answer. Where its body breaks off, what arrived of it: the status tells more than the break.
async fn refusal(mut response: Box<platform::Response>) -> ErrorBody {
    let mut raw = BytesMut::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        raw.extend_from_slice(&chunk);
    }
    let body = raw.freeze();
    Answer { response, body }.into_whole()
}

fn is_too_many(kind: &ErrorKind) -> bool {
    matches!(kind, ErrorKind::Status(body) if body.status == StatusCode::TOO_MANY_REQUESTS)
}

fn is_unauthorised(kind: &ErrorKind) -> bool {
    matches!(kind, ErrorKind::Status(body) if body.status == StatusCode::UNAUTHORIZED)
}
