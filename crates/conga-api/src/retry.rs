//! When a request is sent again, and after what wait.

use std::time::{Duration, SystemTime};

use http::{HeaderMap, StatusCode, header::RETRY_AFTER};

/// How often and how long a call is tried.
///
/// A request is sent again only where that is safe: an idempotent operation after any passing failure; any operation where the
/// request was certainly not processed (no connection, 429, 503). A `POST` that may have been processed is never repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RetryPolicy {
    /// Requests sent at most for one call, the first included. Default 4; 1 means never again.
    pub attempts: u32,
    /// The first wait is random between nothing and this; every further one between nothing and twice the last. Default 250 ms.
    pub base: Duration,
    /// No wait of our own is longer. Default 10 s.
    pub longest: Duration,
    /// A server that asks to wait longer than this (`Retry-After`) gets no further try. Default 60 s.
    pub patience: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            attempts: 4,
            base: Duration::from_millis(250),
            longest: Duration::from_secs(10),
            patience: Duration::from_secs(60),
        }
    }
}

impl RetryPolicy {
    /// Every request is sent once.
    pub fn never() -> Self {
        Self {
            attempts: 1,
            ..Self::default()
        }
    }

    /// The same with another number of attempts.
    pub fn with_attempts(self, attempts: u32) -> Self {
        Self { attempts, ..self }
    }

    /// The same with another first wait.
    pub fn with_base(self, base: Duration) -> Self {
        Self { base, ..self }
    }

    /// The wait before the next attempt, or `None` where there is to be none. `attempt` counts from 1; `chance` is in `0.0..1.0`.
    pub(crate) fn wait(
        &self,
        attempt: u32,
        asked: Option<Duration>,
        chance: f64,
    ) -> Option<Duration> {
        if attempt >= self.attempts {
            return None;
        }
        if let Some(asked) = asked {
            return (asked <= self.patience).then_some(asked);
        }
        let ceiling = self
            .base
            .saturating_mul(2_u32.saturating_pow(attempt - 1))
            .min(self.longest);
        Some(ceiling.mul_f64(chance))
    }
}

/// What came of an attempt that may be made again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// Certainly nothing happened.
    NotProcessed,
    /// Something may have happened.
    Unsure,
}

/// What a failing status says of a further try; `None` where it would be in vain.
pub(crate) fn failure(status: StatusCode) -> Option<Failure> {
    match status.as_u16() {
        429 | 503 => Some(Failure::NotProcessed),
        408 | 502 | 504 => Some(Failure::Unsure),
        _ => None,
    }
}

/// Whether the status speaks of the way or the moment, not of the request.
pub(crate) fn is_passing(status: StatusCode) -> bool {
    failure(status).is_some()
}

/// `Retry-After`, in seconds or as a date.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(text).ok()?;
    Some(
        date.duration_since(SystemTime::now())
            .unwrap_or(Duration::ZERO),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_are_spread_and_end() {
        let policy = RetryPolicy::default();
        assert_eq!(policy.wait(1, None, 1.0), Some(Duration::from_millis(250)));
        assert_eq!(policy.wait(3, None, 0.5), Some(Duration::from_millis(500)));
        assert_eq!(policy.wait(1, None, 0.0), Some(Duration::ZERO));
        assert_eq!(policy.wait(4, None, 1.0), None);
        assert_eq!(RetryPolicy::never().wait(1, None, 1.0), None);
        assert_eq!(
            policy.with_attempts(99).wait(30, None, 1.0),
            Some(policy.longest)
        );
    }

    #[test]
    fn a_server_is_waited_for_within_patience() {
        let policy = RetryPolicy::default();
        assert_eq!(
            policy.wait(1, Some(Duration::from_secs(7)), 0.1),
            Some(Duration::from_secs(7))
        );
        assert_eq!(policy.wait(1, Some(Duration::from_secs(3600)), 0.1), None);
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let read = |text: &str| {
            retry_after(&HeaderMap::from_iter([(
                RETRY_AFTER,
                text.parse().unwrap(),
            )]))
        };
        assert_eq!(read("3"), Some(Duration::from_secs(3)));
        assert_eq!(read("Sun, 06 Nov 1994 08:49:37 GMT"), Some(Duration::ZERO));
        let soon = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(100));
        assert!(read(&soon).is_some_and(|wait| wait > Duration::from_secs(90)));
        assert_eq!(read("soon"), None);
    }
}
