//! What the sandbox received, for tests to read.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use bytes::Bytes;

use crate::faults::Fault;

/// Requests kept; older ones are dropped.
const MOST_REQUESTS: usize = 10_000;

/// Bytes of bodies kept over all requests; older requests are dropped.
const MOST_BYTES: usize = 64 * 1024 * 1024;

/// A request that the sandbox has answered.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Received {
    /// The method.
    pub method: Method,
    /// The path as sent, percent-encoded; a token in it reads `redacted`.
    pub path: String,
    /// The query as sent, without the question mark. Left out for the pages of the identity service, whose
    /// addresses may hold tokens.
    pub query: Option<String>,
    /// The headers; the values of `Authorization`, `Cookie` and `X-API-Key` read `<redacted>`.
    pub headers: HeaderMap,
    /// The body as sent, up to its first mebibyte. Empty for requests to the identity services, which
    /// hold secrets.
    pub body: Bytes,
    /// Whether the body was longer than what is kept.
    pub body_cut: bool,
    /// The service that the request was for, if the path and method are known.
    pub service: Option<&'static str>,
    /// The operation that the request was for, if the path and method are known.
    pub operation: Option<&'static str>,
    /// The status it was answered with; 503 where a fault ended the connection instead.
    pub status: StatusCode,
    /// The faults that it was given.
    pub faults: Vec<Fault>,
}

/// Keeps the latest requests.
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    requests: VecDeque<Received>,
    bytes: usize,
}

impl Recorder {
    pub(crate) fn record(&self, received: Received) {
        let mut kept = self.lock();
        kept.bytes += received.body.len();
        kept.requests.push_back(received);
        while kept.requests.len() > MOST_REQUESTS || kept.bytes > MOST_BYTES {
            let Some(dropped) = kept.requests.pop_front() else {
                break;
            };
            kept.bytes -= dropped.body.len();
        }
    }

    pub(crate) fn requests(&self) -> Vec<Received> {
        self.lock().requests.iter().cloned().collect()
    }

    pub(crate) fn clear(&self) {
        *self.lock() = Kept::default();
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The headers without credentials. They are copied: as the server hands them over, they are parts of its buffers, which would
/// live as long.
pub(crate) fn redacted(headers: &HeaderMap) -> HeaderMap {
    let copied = headers.iter().map(|(name, value)| {
        let is_secret =
            [header::AUTHORIZATION, header::COOKIE].contains(name) || name == "x-api-key";
        let bytes = if is_secret {
            b"<redacted>"
        } else {
            value.as_bytes()
        };
        let name = HeaderName::from_bytes(name.as_str().as_bytes());
        Some((name.ok()?, HeaderValue::from_bytes(bytes).ok()?))
    });
    copied.flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn received(body: Bytes) -> Received {
        Received {
            method: Method::GET,
            path: "/".to_owned(),
            query: None,
            headers: HeaderMap::new(),
            body,
            body_cut: false,
            service: None,
            operation: None,
            status: StatusCode::OK,
            faults: Vec::new(),
        }
    }

    #[test]
    fn the_oldest_requests_are_dropped() {
        let recorder = Recorder::default();
        let body = Bytes::from(vec![0; MOST_BYTES / 2]);
        for _ in 0..5 {
            recorder.record(received(body.clone()));
        }
        assert_eq!(recorder.requests().len(), 2);
        for _ in 0..=MOST_REQUESTS {
            recorder.record(received(Bytes::new()));
        }
        assert_eq!(recorder.requests().len(), MOST_REQUESTS);
        recorder.clear();
        assert!(recorder.requests().is_empty());
    }

    #[test]
    fn credentials_are_redacted() {
        let mut headers = HeaderMap::new();
        headers.insert(
            header::AUTHORIZATION,
            HeaderValue::from_static("Bearer abc"),
        );
        headers.insert("x-api-key", HeaderValue::from_static("abc"));
        headers.insert("user-id", HeaderValue::from_static("1"));
        let text = format!("{:?}", redacted(&headers));
        assert!(!text.contains("abc"));
        assert!(text.contains("user-id"));
    }
}
