//! The sandbox's clock, which a test can move.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

/// Where the sandbox takes the time from. Clones share one time: advancing one advances all.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    /// The instant a stopped clock shows; a running clock follows the system.
    stopped_at: Option<DateTime<Utc>>,
    offset_millis: Arc<AtomicI64>,
}

impl Clock {
    /// A clock that runs with the system's.
    pub fn system() -> Self {
        Self::default()
    }

    /// A clock that stands still at `instant` until it is advanced.
    pub fn stopped(instant: DateTime<Utc>) -> Self {
        Self {
            stopped_at: Some(instant),
            offset_millis: Arc::default(),
        }
    }

    /// The time now.
    pub fn now(&self) -> DateTime<Utc> {
        let offset = TimeDelta::milliseconds(self.offset_millis.load(Ordering::Relaxed));
        let base = self.stopped_at.unwrap_or_else(Utc::now);
        base.checked_add_signed(offset).unwrap_or(base)
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        let millis = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        self.offset_millis.fetch_add(millis, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_move_together() {
        let start = DateTime::UNIX_EPOCH;
        let clock = Clock::stopped(start);
        let other = clock.clone();
        clock.advance(Duration::from_secs(61));
        assert_eq!(other.now() - start, TimeDelta::seconds(61));
    }
}
