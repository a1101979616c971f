//! The time of day, as a value that a test can replace.

use std::fmt;
use std::time::SystemTime;

use crate::platform;

/// Tells the time by which tokens run out.
///
/// Wall-clock time, not a monotonic one: a laptop that slept for an hour must see that its token is old, and a token
/// kept outside the process must mean the same to the next process.
pub trait Clock: fmt::Debug + Send + Sync + 'static {
    /// The time now.
    fn now(&self) -> SystemTime;
}

/// The clock of the system; what everything uses unless told otherwise.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> SystemTime {
        platform::now()
    }
}
