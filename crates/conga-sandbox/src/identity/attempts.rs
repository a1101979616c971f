//! How often one may guess.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

/// Wrong guesses before a subject has to wait.
const MOST: u32 = 5;

/// The time in which they count, from the first.
const WINDOW: TimeDelta = TimeDelta::minutes(5);

/// Subjects that are kept; the one whose window began first goes first.
const MOST_SUBJECTS: usize = 10_000;

/// Counts guesses by subject: what is guessed at, or who guesses.
#[derive(Debug, Default)]
pub(super) struct Attempts(Mutex<HashMap<String, Guesses>>);

#[derive(Debug, Clone, Copy)]
struct Guesses {
    count: u32,
    since: DateTime<Utc>,
}

impl Attempts {
    /// Counts a guess before it is looked at, so that many at a time are no way around the limit. The error is the
    /// seconds to wait: the guess must not be looked at.
    pub(super) fn count(&self, subject: &str, now: DateTime<Utc>) -> Result<(), i64> {
        let mut all = self.guesses();
        if let Some(guesses) = all.get_mut(subject) {
            let left = guesses.since + WINDOW - now;
            if left > TimeDelta::zero() {
                if guesses.count >= MOST {
                    return Err(left.num_seconds().max(1));
                }
                guesses.count += 1;
                return Ok(());
            }
        }
        if all.len() >= MOST_SUBJECTS {
            all.retain(|_, guesses| guesses.since + WINDOW > now);
        }
        if all.len() >= MOST_SUBJECTS {
            let oldest = all.iter().min_by_key(|(_, guesses)| guesses.since);
            if let Some(oldest) = oldest.map(|(subject, _)| subject.clone()) {
                all.remove(&oldest);
            }
        }
        let first = Guesses {
            count: 1,
            since: now,
        };
        all.insert(subject.to_owned(), first);
        Ok(())
    }

    /// Takes a guess of a subject back, since it was right.
    pub(super) fn was_right(&self, subject: &str) {
        if let Some(guesses) = self.guesses().get_mut(subject) {
            guesses.count = guesses.count.saturating_sub(1);
        }
    }

    fn guesses(&self) -> MutexGuard<'_, HashMap<String, Guesses>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_five_wrong_guesses_a_subject_waits() {
        let attempts = Attempts::default();
        let start = DateTime::UNIX_EPOCH;
        for _ in 0..5 {
            assert_eq!(attempts.count("ada", start), Ok(()));
        }
        assert_eq!(attempts.count("ada", start), Err(300));
        assert_eq!(attempts.count("bob", start), Ok(()));
        assert_eq!(attempts.count("ada", start + WINDOW), Ok(()));
    }

    #[test]
    fn right_guesses_do_not_count_and_wipe_out_no_wrong_ones() {
        let attempts = Attempts::default();
        let start = DateTime::UNIX_EPOCH;
        for _ in 0..4 {
            assert_eq!(attempts.count("ada", start), Ok(()));
        }
        for _ in 0..10 {
            assert_eq!(attempts.count("ada", start), Ok(()));
            attempts.was_right("ada");
        }
        assert_eq!(attempts.count("ada", start), Ok(()));
        assert_eq!(attempts.count("ada", start), Err(300));
    }

    #[test]
    fn many_subjects_take_no_more_room() {
        let attempts = Attempts::default();
        let start = DateTime::UNIX_EPOCH;
        for index in 0..=MOST_SUBJECTS {
            let now = start + TimeDelta::milliseconds(i64::try_from(index).unwrap());
            assert_eq!(attempts.count(&index.to_string(), now), Ok(()));
        }
        assert_eq!(attempts.guesses().len(), MOST_SUBJECTS);
        assert!(!attempts.guesses().contains_key("0"));
    }
}
