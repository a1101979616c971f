//! The budget of one process.

use std::{
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use tracing::debug;

use super::{Rate, RateBudget, pace::Pace};
use crate::platform::{Instant, sleep};

/// A rate that the calls of this process have for themselves.
pub struct LocalBudget {
    started: Instant,
    pace: Mutex<Pace>,
}

impl LocalBudget {
    /// A budget of this rate.
    pub fn new(rate: Rate) -> Self {
        Self {
            started: Instant::now(),
            pace: Mutex::new(Pace::new(rate)),
        }
    }

    fn now(&self) -> f64 {
        self.started.elapsed().as_secs_f64()
    }

    fn pace(&self) -> MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl RateBudget for LocalBudget {
    fn try_turn(&self) -> bool {
        self.pace().take(self.now()).is_ok()
    }

    async fn turn(&self) {
        // Anew after each wait: the server may have asked for a pause meanwhile.
        loop {
            let taken = self.pace().take(self.now());
            let Err(wait) = taken else { return };
            sleep(Duration::from_secs_f64(wait)).await;
        }
    }

    async fn slow_down(&self, pause: Duration) {
        let now = self.now();
        let mut pace = self.pace();
        pace.slow_down(now, pause.as_secs_f64());
        debug!(per_second = pace.rate(now), ?pause, "slower");
    }
}

impl fmt::Debug for LocalBudget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let per_second = self.pace().rate(self.now());
        f.debug_struct("LocalBudget")
            .field("per_second", &per_second)
            .finish_non_exhaustive()
    }
}
