//! How long to wait between two looks.

use std::time::Duration;

/// Waits that double up to a longest one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Schedule {
    pub(super) first: Duration,
    pub(super) longest: Duration,
}

impl Default for Schedule {
    fn default() -> Self {
        Self {
            first: Duration::from_millis(500),
            longest: Duration::from_secs(15),
        }
    }
}

impl Schedule {
    /// The wait after so many looks before this one, with `chance` in `0.0..1.0`. One that the server asks for wins, but is no shorter
    /// than the first: a server that says "at once" is not asked without a pause.
    pub(super) fn wait(&self, looks: u32, asked: Option<Duration>, chance: f64) -> Duration {
        if let Some(asked) = asked {
            return asked.max(self.first);
        }
        let doubled = self.first.saturating_mul(2_u32.saturating_pow(looks));
        doubled.min(self.longest).mul_f64(0.5 + chance / 2.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: fn(u64) -> Duration = Duration::from_millis;

    #[test]
    fn waits_double_up_to_the_longest_and_are_at_least_half_of_that() {
        let schedule = Schedule {
            first: MS(100),
            longest: MS(1_000),
        };
        let longest: Vec<Duration> = (0..6).map(|n| schedule.wait(n, None, 1.0)).collect();
        assert_eq!(
            longest,
            [100, 200, 400, 800, 1_000, 1_000].map(MS),
            "with the greatest chance"
        );
        assert_eq!(schedule.wait(2, None, 0.0), MS(200));
        assert_eq!(schedule.wait(u32::MAX, None, 1.0), MS(1_000));
    }

    #[test]
    fn a_wait_that_the_server_asks_for_wins_but_is_none_at_all() {
        let schedule = Schedule::default();
        assert_eq!(schedule.wait(9, Some(MS(60_000)), 0.5), MS(60_000));
        assert_eq!(schedule.wait(9, Some(Duration::ZERO), 0.5), MS(500));
    }
}
