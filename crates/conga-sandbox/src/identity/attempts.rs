//! How often one may guess.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

/// Wrong guesses before a subject has to wait.
const MOST: u32 = 5;

/// The time in which they count.
const WINDOW: TimeDelta = TimeDelta::minutes(5);

/// Counts wrong guesses by subject: a user name, a browser.
#[derive(Debug, Default)]
pub(super) struct Attempts(Mutex<HashMap<String, Failures>>);

#[derive(Debug, Clone, Copy)]
struct Failures {
    count: u32,
    since: DateTime<Utc>,
}

impl Attempts {
    /// The seconds that a subject has to wait before its next guess, if any.
    pub(super) fn wait(&self, subject: &str, now: DateTime<Utc>) -> Option<i64> {
        let failures = *self.failures().get(subject)?;
        let left = failures.since + WINDOW - now;
        (failures.count >= MOST && left > TimeDelta::zero()).then(|| left.num_seconds().max(1))
    }

    /// Counts a wrong guess.
    pub(super) fn failed(&self, subject: &str, now: DateTime<Utc>) {
        let mut all = self.failures();
        all.retain(|_, failures| failures.since + WINDOW > now);
        let failures = all.entry(subject.to_owned()).or_insert(Failures {
            count: 0,
            since: now,
        });
        failures.count = failures.count.saturating_add(1);
    }

    /// Forgets the wrong guesses of a subject that got it right.
    pub(super) fn succeeded(&self, subject: &str) {
        self.failures().remove(subject);
    }

    fn failures(&self) -> MutexGuard<'_, HashMap<String, Failures>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_wrong_guesses_make_a_subject_wait() {
        let attempts = Attempts::default();
        let start = DateTime::UNIX_EPOCH;
        for _ in 0..5 {
            assert_eq!(attempts.wait("ada", start), None);
            attempts.failed("ada", start);
        }
        assert_eq!(attempts.wait("ada", start), Some(300));
        assert_eq!(attempts.wait("bob", start), None);
        assert_eq!(attempts.wait("ada", start + WINDOW), None);
        attempts.failed("ada", start + WINDOW);
        assert_eq!(attempts.wait("ada", start + WINDOW), None);
        attempts.succeeded("ada");
        assert_eq!(attempts.wait("ada", start), None);
    }
}
