//! Sending a call: the loop over its attempts, and what one attempt is.

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
    ByteStream, Error, ErrorBody, ErrorKind, Pending, Response,
    decode::{decode, is_json, says_failure},
    error::Past,
    operation::{Body, Location},
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
            let stream = ByteStream::new(begun.first, begun.rest, self.name(), past);
            Ok(Response::new(stream, status, headers))
        })
    }

    /// Sends until an answer is a success, or no further attempt is to be made.
    async fn exchange<A: Answer>(&self) -> Result<(A, Past), Error> {
        let span = debug_span!(
            "conga.call",
            operation = %self.name(),
            method = %self.method(),
            status = field::Empty
        );
        let mut past = Past::default();
        match self
            .attempts(&mut past, &span)
            .instrument(span.clone())
            .await
        {
            Ok(answer) => Ok((answer, past)),
            Err(kind) => Err(self.error(kind, past)),
        }
    }

    async fn attempts<A: Answer>(&self, past: &mut Past, span: &Span) -> Result<A, ErrorKind> {
        let url = self.url().map_err(ErrorKind::Request)?;
        let policy = self.retry.unwrap_or_else(|| self.transport.retry());
        let mut renewed = false;
        let mut tried = 0;
        loop {
            let granted = self
                .transport
                .credential()
                .headers(&RequestContext::new(&url))
                .await
                .map_err(ErrorKind::Auth)?;
            let request = self.request(&url, &granted).await?;
            past.sent += 1;
            let kind = match self.attempt(request, past.sent, span).await {
                Ok(answer) => return Ok(answer),
                Err(kind) => kind,
            };
            // Not one of the policy's attempts: the server has looked at the token and at nothing else.
            if !renewed && is_unauthorised(&kind) && self.renew(granted).await {
                renewed = true;
                debug!("the token was refused; once more with a new one");
                continue;
            }
            tried += 1;
            let Some(failure) = retry::failure(&kind) else {
                return Err(kind);
            };
            let safe = failure == Failure::NotProcessed || self.is_idempotent();
            let asked = retry::asked(&kind);
            let Some(wait) = safe
                .then(|| policy.wait(tried, asked, rand::random()))
                .flatten()
            else {
                return Err(kind);
            };
            past.unsure |= failure == Failure::Unsure;
            debug!(attempt = past.sent, ?wait, "trying again");
            tokio::time::sleep(wait).await;
        }
    }

    /// One request, and its answer as far as `A` reads it.
    async fn attempt<A: Answer>(
        &self,
        request: reqwest::Request,
        number: u32,
        span: &Span,
    ) -> Result<A, ErrorKind> {
        let after = self.timeout.unwrap_or_else(|| self.transport.timeout());
        let answer = tokio::time::timeout(after, async {
            let response = self.transport.send(request).await?;
            let status = response.status();
            // By its handle: the current span is somebody else's where this one is filtered out.
            span.record("status", status.as_u16());
            debug!(
                attempt = number,
                status = status.as_u16(),
                request_id = crate::response::request_id(response.headers()),
                "answered"
            );
            if status.is_success() {
                A::read(response).await
            } else {
                Err(ErrorKind::Status(Box::new(refusal(response).await)))
            }
        })
        .await
        .unwrap_or(Err(ErrorKind::Timeout { after: Some(after) }));
        if let Err(ErrorKind::Connect(_) | ErrorKind::Broken(_) | ErrorKind::Timeout { .. }) =
            &answer
        {
            debug!(attempt = number, "no complete answer");
        }
        answer
    }

    /// Tells the credential that its headers were refused. Those that the call replaced by its own did not go out.
    async fn renew(&self, mut granted: HeaderMap) -> bool {
        for name in self.headers.keys() {
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
            Content::Form(form) => {
                // The form sets its own, with the boundary in it.
                headers.remove(CONTENT_TYPE);
                request = request.multipart(form.build().await?);
            }
        }
        request.headers(headers).build().map_err(|e| {
            ErrorKind::Request(format!("the request cannot be built: {}", e.without_url()))
        })
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
            if let Ok(accept) = HeaderValue::try_from(operation.answer) {
                headers.insert(ACCEPT, accept);
            }
        }
        for layer in [self.transport.headers(), granted, &self.headers] {
            // As its own iterator gives it, a map takes the place of what is there; pair by pair it would stand beside it.
            headers.extend(layer.clone());
        }
        headers
    }

    fn is_urlencoded(&self) -> bool {
        matches!(self.target, Target::Known(operation) if operation.body == Body::Urlencoded)
    }

    fn is_idempotent(&self) -> bool {
        match &self.target {
            Target::Known(operation) => operation.idempotent,
            Target::Raw { method, .. } => method.is_idempotent(),
        }
    }

    fn error(&self, kind: ErrorKind, past: Past) -> Error {
        Error::new(self.name(), kind).with_past(past)
    }
}

/// What a successful answer is read into before its attempt counts as made.
trait Answer: Sized + Send {
    fn read(response: reqwest::Response) -> impl Future<Output = Result<Self, ErrorKind>> + Send;
}

/// An answer, read to its end.
struct Whole(ErrorBody);

impl Answer for Whole {
    async fn read(response: reqwest::Response) -> Result<Self, ErrorKind> {
        let (status, headers) = (response.status(), response.headers().clone());
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
    rest: reqwest::Response,
}

/// As much of a JSON answer is read ahead, to see whether it is an envelope that says `Success: false`.
const AHEAD: usize = 64 * 1024;

impl Answer for Begun {
    async fn read(mut rest: reqwest::Response) -> Result<Self, ErrorKind> {
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
async fn refusal(mut response: reqwest::Response) -> ErrorBody {
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

fn is_unauthorised(kind: &ErrorKind) -> bool {
    matches!(kind, ErrorKind::Status(body) if body.status == StatusCode::UNAUTHORIZED)
}
