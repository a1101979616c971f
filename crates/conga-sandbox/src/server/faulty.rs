//! Carries out the faults that a call was given.

use std::convert::Infallible;
use std::io;
use std::time::Duration;

use axum::body::Body as HttpBody;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};

use crate::access;
use crate::faults::{Fault, Faults, Moment};
use crate::request::{Answer, Refusal};
use crate::specification::ErrorShape;

/// The request header that asks for faults.
pub(super) const HEADER: &str = "x-conga-sandbox-fault";

/// What a slow answer sends at once, in bytes.
const PIECE: usize = 64;

/// The longest that a stalled call holds its connection.
const STALL: Duration = Duration::from_secs(3_600);

/// On a response: the connection is to end without it.
#[derive(Debug, Clone, Copy)]
struct Cut;

/// A connection that a fault ends.
#[derive(Debug, thiserror::Error)]
#[error("the connection was cut by a fault")]
pub(super) struct Ended;

impl From<Infallible> for Ended {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

/// The faults of one call.
#[derive(Debug, Default)]
pub(super) struct Plan(Vec<Fault>);

impl Plan {
    /// The faults that the request asks for, then those of the rules.
    pub(super) fn of(
        faults: &Faults,
        headers: &HeaderMap,
        operation: &str,
    ) -> Result<Self, Refusal> {
        let mut plan = Vec::new();
        for value in headers.get_all(HEADER) {
            let asked = Fault::parse_all(value.to_str().unwrap_or("not ASCII"));
            plan.extend(asked.map_err(|error| {
                Refusal::new(
                    StatusCode::BAD_REQUEST,
                    format!("header `{HEADER}`: {error}"),
                )
            })?);
        }
        plan.extend(faults.of_call(operation));
        Ok(Self(plan))
    }

    /// The faults, for the record.
    pub(super) fn faults(&self) -> &[Fault] {
        &self.0
    }

    /// Whether the work is to be done twice.
    pub(super) fn is_twice(&self) -> bool {
        self.0.contains(&Fault::Twice)
    }

    /// By how much the call sees changes late.
    pub(super) fn stale(&self) -> Option<Duration> {
        let ages = self.0.iter().filter_map(|fault| match fault {
            Fault::Stale(age) => Some(*age),
            _ => None,
        });
        ages.max()
    }

    /// What happens before the work: the answer in its place, if there is one.
    pub(super) async fn before(&self, shape: ErrorShape<'_>) -> Option<Response> {
        for fault in &self.0 {
            match *fault {
                Fault::Latency(time) => tokio::time::sleep(time).await,
                Fault::Stall(Moment::Before) => tokio::time::sleep(STALL).await,
                Fault::Cut(Moment::Before) => return Some(cut()),
                Fault::ExpiredToken => {
                    return Some(shape.answer(access::expired()).into_response());
                }
                Fault::Status {
                    moment: Moment::Before,
                    status,
                    retry_after,
                    html,
                } => return Some(refused(shape, status, retry_after, html)),
                _ => {}
            }
        }
        None
    }

    /// What happens to the answer after the work.
    pub(super) async fn after(&self, shape: ErrorShape<'_>, mut response: Response) -> Response {
        for fault in &self.0 {
            response = match *fault {
                Fault::Stall(Moment::After) => {
                    tokio::time::sleep(STALL).await;
                    response
                }
                Fault::Cut(Moment::After) => return cut(),
                Fault::Status {
                    moment: Moment::After,
                    status,
                    retry_after,
                    html,
                } => refused(shape, status, retry_after, html),
                Fault::WrongType => {
                    let text = HeaderValue::from_static("text/plain; charset=utf-8");
                    response.headers_mut().insert(header::CONTENT_TYPE, text);
                    response
                }
                Fault::Malformed => match split(response).await {
                    Some((head, body)) => {
                        let half = body.slice(..body.len() / 2);
                        // A slow body before has announced the length of the whole.
                        sized(head, half.len(), half.into())
                    }
                    None => return cut(),
                },
                Fault::Truncated => {
                    let broken = stream::once(async {
                        // The server sends the first half while it waits for the second.
                        tokio::task::yield_now().await;
                        Err(io::Error::other("cut by a fault"))
                    });
                    half(response, broken).await
                }
                Fault::StalledBody => {
                    let silence = stream::once(async {
                        tokio::time::sleep(STALL).await;
                        Err(io::Error::other("stalled by a fault"))
                    });
                    half(response, silence).await
                }
                Fault::SlowBody(pause) => slow(response, pause).await,
                _ => response,
            };
        }
        response
    }
}

/// A response that is a cut connection becomes an error, on which the server ends the connection.
pub(super) fn unless_cut(outcome: Result<Response, Infallible>) -> Result<Response, Ended> {
    match outcome {
        Ok(response) if response.extensions().get::<Cut>().is_some() => Err(Ended),
        Ok(response) => Ok(response),
        Err(never) => Err(never.into()),
    }
}

/// A response to be cut. Its status is what the recorder shows.
fn cut() -> Response {
    let mut response = StatusCode::SERVICE_UNAVAILABLE.into_response();
    response.extensions_mut().insert(Cut);
    response
}

fn refused(
    shape: ErrorShape<'_>,
    status: StatusCode,
    retry_after: Option<u64>,
    html: bool,
) -> Response {
    let mut response = if html {
        let reason = status.canonical_reason().unwrap_or("Error");
        let page = format!(
            "<html><head><title>{status}</title></head><body><h1>{reason}</h1></body></html>"
        );
        Answer::bytes(status, "text/html; charset=utf-8", page).into_response()
    } else {
        let refusal = Refusal::new(status, "the sandbox was told to fail this call");
        shape.answer(refusal).into_response()
    };
    if let Some(seconds) = retry_after {
        let headers = response.headers_mut();
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// The response without its body, and the body; `None` where a fault before has broken it.
async fn split(response: Response) -> Option<(Response<()>, Bytes)> {
    let (parts, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, usize::MAX).await.ok()?;
    Some((Response::from_parts(parts, ()), bytes))
}

/// The first half of the body under the length of the whole, then what `rest` does.
async fn half(
    response: Response,
    rest: impl futures_util::Stream<Item = io::Result<Bytes>> + Send + 'static,
) -> Response {
    let Some((head, body)) = split(response).await else {
        return cut();
    };
    let start = body.slice(..body.len() / 2);
    let stream = stream::once(async move { Ok(start) }).chain(rest);
    sized(head, body.len(), HttpBody::from_stream(stream))
}

async fn slow(response: Response, pause: Duration) -> Response {
    let Some((head, body)) = split(response).await else {
        return cut();
    };
    let length = body.len();
    let pieces = stream::iter((0..length).step_by(PIECE)).then(move |start| {
        let piece = body.slice(start..length.min(start + PIECE));
        async move {
            tokio::time::sleep(pause).await;
            Ok::<_, io::Error>(piece)
        }
    });
    sized(head, length, HttpBody::from_stream(pieces))
}

fn sized(head: Response<()>, length: usize, body: HttpBody) -> Response {
    let mut response = head.map(|()| body);
    let length = HeaderValue::from(length);
    response
        .headers_mut()
        .insert(header::CONTENT_LENGTH, length);
    response
}
