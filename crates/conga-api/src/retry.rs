//! When a request is sent again, and after what wait.

use std::time::Duration;

use conga_auth::retry_after;
use http::header::RETRY_AFTER;

use crate::ErrorKind;

/// How often and how long a call is tried.
///
/// A request is sent again only where that is safe: an idempotent operation after any passing failure (no connection, a broken one,
/// no answer in time, 408, 429, 502, 503, 504); any other only where it was certainly not processed (no connection, 429, 503 with
/// `Retry-After`; a bare 503 may come from a gateway that lost the server on the way). A `POST` that may have been processed is never
/// repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RetryPolicy {
    /// Requests sent at most for one call, the first included. Default 4; 1 means never again. The one that goes out again with a new
    /// token after a 401 is not counted.
    pub attempts: u32,
    /// The first wait is random between nothing and this; every further one between nothing and twice the last. Default 250 ms.
    pub base: Duration,
    /// No wait of our own is longer. Default 10 s.
    pub longest: Duration,
    /// A server that asks to wait longer than this (`Retry-After`) gets no further try. Default 60 s.
    pub patience: Duration,
    /// No attempt begins later than this after the call did. Default 5 min.
    pub time_limit: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            attempts: 4,
            base: Duration::from_millis(250),
            longest: Duration::from_secs(10),
            patience: Duration::from_secs(60),
            time_limit: Duration::from_secs(300),
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

    /// The same with another longest wait of our own.
    pub fn with_longest(self, longest: Duration) -> Self {
        Self { longest, ..self }
    }

    /// The same with another limit for the waits that servers ask for.
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// The same with another time after which no attempt begins.
    pub fn with_time_limit(self, time_limit: Duration) -> Self {
        Self { time_limit, ..self }
    }

    /// The wait before the next attempt, or `None` where there is to be none. `attempt` counts from 1, `elapsed` since the call began;
    /// `chance` is in `0.0..1.0`.
    pub(crate) fn wait(
        &self,
        attempt: u32,
        elapsed: Duration,
        asked: Option<Duration>,
        chance: f64,
    ) -> Option<Duration> {
        if attempt >= self.attempts || asked.is_some_and(|asked| asked > self.patience) {
            return None;
        }
        let wait = asked.unwrap_or_else(|| {
            let doubled = self.base.saturating_mul(2_u32.saturating_pow(attempt - 1));
            doubled.min(self.longest).mul_f64(chance)
        });
        (elapsed.saturating_add(wait) <= self.time_limit).then_some(wait)
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

/// What a failure says of a further attempt; `None` where that would be in vain.
pub(crate) fn failure(kind: &ErrorKind) -> Option<Failure> {
    match kind {
        ErrorKind::Connect(_) => Some(Failure::NotProcessed),
        ErrorKind::Broken(_) | ErrorKind::Timeout { .. } => Some(Failure::Unsure),
        ErrorKind::Status(body) => match body.status.as_u16() {
            429 => Some(Failure::NotProcessed),
            // Who names a time has turned the request away; a bare one may come from a gateway that lost the server.
            503 if body.headers.contains_key(RETRY_AFTER) => Some(Failure::NotProcessed),
            408 | 502 | 503 | 504 => Some(Failure::Unsure),
            _ => None,
        },
        // A credential makes its own further attempts; after the deadline there are none.
        ErrorKind::Auth(_)
        | ErrorKind::Deadline { .. }
        | ErrorKind::Request(_)
        | ErrorKind::Decode { .. }
        | ErrorKind::File(_) => None,
    }
}

/// How long the server asks to wait, where it answered and does.
pub(crate) fn asked(kind: &ErrorKind) -> Option<Duration> {
    match kind {
        ErrorKind::Status(body) => retry_after(&body.headers),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait(
        policy: RetryPolicy,
        attempt: u32,
        asked: Option<u64>,
        chance: f64,
    ) -> Option<Duration> {
        policy.wait(
            attempt,
            Duration::ZERO,
            asked.map(Duration::from_secs),
            chance,
        )
    }

    #[test]
    fn waits_grow_are_spread_and_end() {
        let policy = RetryPolicy::default();
        let millis = |millis| Some(Duration::from_millis(millis));
        assert_eq!(wait(policy, 1, None, 1.0), millis(250));
        assert_eq!(wait(policy, 3, None, 0.5), millis(500));
        assert_eq!(wait(policy, 1, None, 0.0), millis(0));
        assert_eq!(wait(policy, 4, None, 1.0), None);
        assert_eq!(wait(RetryPolicy::never(), 1, None, 1.0), None);
        let many = policy.with_attempts(99);
        assert_eq!(wait(many, 30, None, 1.0), Some(policy.longest));
    }

    #[test]
    fn a_server_is_waited_for_within_patience() {
        let policy = RetryPolicy::default();
        assert_eq!(wait(policy, 1, Some(7), 0.1), Some(Duration::from_secs(7)));
        assert_eq!(wait(policy, 1, Some(3600), 0.1), None);
    }

    #[test]
    fn no_attempt_begins_after_the_time_limit() {
        let policy = RetryPolicy::default().with_time_limit(Duration::from_secs(10));
        let wait = |elapsed, asked| {
            policy.wait(
                1,
                Duration::from_secs(elapsed),
                Some(Duration::from_secs(asked)),
                1.0,
            )
        };
        assert_eq!(wait(4, 6), Some(Duration::from_secs(6)));
        assert_eq!(wait(4, 7), None);
        assert_eq!(wait(11, 0), None);
    }
}
