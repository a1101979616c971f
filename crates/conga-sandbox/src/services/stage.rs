//! How far asynchronous work has come.
//!
//! The sandbox does such work on the spot, but shows it as clients meet it on the platform: queued, then under way, then
//! done. It goes by the sandbox's clock, so a test that stops the clock sees each stage for as long as it wants.

use chrono::{DateTime, TimeDelta, Utc};

/// Work is queued for this long, in milliseconds. Assumed, as nobody publishes times.
const QUEUED: i64 = 100;

/// And done this long after its start, in milliseconds.
const DONE: i64 = 300;

/// How far asynchronous work has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    Queued,
    UnderWay,
    Done,
}

impl Stage {
    /// Where work that was asked for at `start` is now.
    pub(crate) fn of(start: DateTime<Utc>, now: DateTime<Utc>) -> Self {
        match now.signed_duration_since(start).num_milliseconds() {
            ..QUEUED => Self::Queued,
            QUEUED..DONE => Self::UnderWay,
            _ => Self::Done,
        }
    }

    /// When work that was asked for at `start` ends.
    pub(crate) fn end(start: DateTime<Utc>) -> DateTime<Utc> {
        start + TimeDelta::milliseconds(DONE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_queued_then_under_way_then_done() {
        let start = "2026-03-01T09:30:00Z".parse().unwrap();
        let after = |ms| Stage::of(start, start + TimeDelta::milliseconds(ms));
        assert_eq!(after(0), Stage::Queued);
        assert_eq!(after(100), Stage::UnderWay);
        assert_eq!(after(299), Stage::UnderWay);
        assert_eq!(after(300), Stage::Done);
        assert_eq!(Stage::of(start, Stage::end(start)), Stage::Done);
    }
}
