//! How often to look at work, and for how long.

use std::time::Duration;

/// How often to look at work, and for how long. Default: waits from half a second to 15 seconds, for half an hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// The first wait between two looks. It is random between half of this and all of it, and every further one is twice as long.
    pub first_wait: Duration,
    /// The longest wait of our own; a server may ask for longer ones.
    pub longest_wait: Duration,
    /// For how long to wait in all; `None` for as long as it takes.
    pub deadline: Option<Duration>,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            first_wait: Duration::from_millis(500),
            longest_wait: Duration::from_secs(15),
            deadline: Some(Duration::from_secs(30 * 60)),
        }
    }
}

impl Pace {
    /// The wait after so many looks before this one, with `chance` in `0.0..1.0`. One that the server asks for wins, but is no shorter
    /// than the first: a server that says "at once" is not asked without a pause.
    pub(super) fn wait(&self, looks: u32, asked: Option<Duration>, chance: f64) -> Duration {
        if let Some(asked) = asked {
            return asked.max(self.first_wait);
        }
        let doubled = self.first_wait.saturating_mul(2_u32.saturating_pow(looks));
        doubled.min(self.longest_wait).mul_f64(0.5 + chance / 2.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: fn(u64) -> Duration = Duration::from_millis;

    #[test]
    fn waits_double_up_to_the_longest_and_are_at_least_half_of_that() {
        let pace = Pace {
            first_wait: MS(100),
            longest_wait: MS(1_000),
            ..Pace::default()
        };
        let longest: Vec<Duration> = (0..6).map(|n| pace.wait(n, None, 1.0)).collect();
        assert_eq!(
            longest,
            [100, 200, 400, 800, 1_000, 1_000].map(MS),
            "with the greatest chance"
        );
        assert_eq!(pace.wait(2, None, 0.0), MS(200));
        assert_eq!(pace.wait(u32::MAX, None, 1.0), MS(1_000));
    }

    #[test]
    fn a_wait_that_the_server_asks_for_wins_but_is_none_at_all() {
        let pace = Pace::default();
        assert_eq!(pace.wait(9, Some(MS(60_000)), 0.5), MS(60_000));
        assert_eq!(pace.wait(9, Some(Duration::ZERO), 0.5), MS(500));
    }
}
