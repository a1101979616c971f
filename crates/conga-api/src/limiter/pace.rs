//! When the next request may go: a rate with a burst (the generic cell rate algorithm), that falls at once and recovers slowly.
//!
//! Times are seconds since any fixed moment, so that nothing here waits or looks at a clock.

use super::Rate;

/// The rate falls to this part of itself when the server says that it is too much.
pub(super) const FALL: f64 = 0.5;
/// It comes back by this part of the limit a second.
pub(super) const RECOVERY: f64 = 0.05;
/// Answers to requests that were under way together count as one: the rate falls once in so many seconds.
pub(super) const ONCE_IN: f64 = 1.0;
/// Requests a second below which the rate never falls.
pub(super) const LOWEST: f64 = 1.0;

/// Less than any timer can wait; what is left of a sum by rounding.
const NOTHING: f64 = 1e-6;

/// When the next request may go.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    limit: Rate,
    /// When the request after next is due, if none came early ("theoretical arrival time").
    due: f64,
    /// When the rate fell last, and to what.
    fallen: Option<(f64, f64)>,
}

impl Pace {
    pub(super) fn new(limit: Rate) -> Self {
        Self {
            limit,
            due: 0.0,
            fallen: None,
        }
    }

    /// Requests a second, now.
    pub(super) fn rate(&self, now: f64) -> f64 {
        let limit = f64::from(self.limit.per_second);
        let Some((since, to)) = self.fallen else {
            return limit;
        };
        (to + (now - since).max(0.0) * limit * RECOVERY).min(limit)
    }

    /// Takes one request.
    ///
    /// # Errors
    ///
    /// How many seconds are to be waited for it; nothing was taken then.
    pub(super) fn take(&mut self, now: f64) -> Result<(), f64> {
        let rate = self.rate(now);
        let due = self.due.max(now);
        let wait = due - f64::from(self.limit.burst - 1) / rate - now;
        if wait > NOTHING {
            return Err(wait);
        }
        self.due = due + 1.0 / rate;
        Ok(())
    }

    /// Slower from now on, and nothing for `pause` seconds. There is no burst after it.
    pub(super) fn slow_down(&mut self, now: f64, pause: f64) {
        if self.fallen.is_none_or(|(since, _)| now - since >= ONCE_IN) {
            self.fallen = Some((now, (self.rate(now) * FALL).max(LOWEST)));
        }
        let burst = f64::from(self.limit.burst - 1) / self.rate(now);
        self.due = self.due.max(now + pause + burst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// When each of so many requests goes that come all at once.
    fn times(pace: &mut Pace, mut now: f64, requests: usize) -> Vec<f64> {
        (0..requests)
            .map(|_| {
                while let Err(wait) = pace.take(now) {
                    now += wait;
                }
                now
            })
            .collect()
    }

    #[test]
    fn a_burst_goes_at_once_and_the_rest_by_the_rate() {
        let mut pace = Pace::new(Rate::per_second(10).with_burst(3));
        let times = times(&mut pace, 5.0, 13);
        assert!(times[..3].iter().all(|time| *time == 5.0), "{times:?}");
        assert!((times[12] - 6.0).abs() < 1e-6, "{times:?}");
    }

    #[test]
    fn a_burst_comes_back_with_time() {
        let mut pace = Pace::new(Rate::per_second(10).with_burst(3));
        times(&mut pace, 0.0, 10);
        let later = times(&mut pace, 100.0, 4);
        assert!(later[2] == 100.0 && later[3] > 100.0, "{later:?}");
    }

    #[test]
    fn the_rate_falls_by_half_and_recovers_by_steps() {
        let mut pace = Pace::new(Rate::PRODUCTION);
        pace.slow_down(10.0, 0.0);
        assert_eq!(pace.rate(10.0), 50.0);
        // Others of the same moment.
        pace.slow_down(10.5, 0.0);
        assert_eq!(pace.rate(10.0), 50.0);
        assert_eq!(pace.rate(14.0), 70.0);
        pace.slow_down(14.0, 0.0);
        assert_eq!(pace.rate(14.0), 35.0);
        assert_eq!(pace.rate(1_000.0), 100.0);
        for at in 20..60 {
            pace.slow_down(f64::from(at), 0.0);
        }
        assert!(pace.rate(59.0) >= LOWEST);
    }

    #[test]
    fn a_pause_is_kept_and_no_burst_follows_it() {
        let mut pace = Pace::new(Rate::per_second(100).with_burst(10));
        pace.slow_down(0.0, 3.0);
        let times = times(&mut pace, 0.0, 20);
        assert!((times[0] - 3.0).abs() < 0.2, "{times:?}");
        // At half the rate at first, a little more with every second.
        assert!(times[19] - times[0] > 19.0 / 80.0, "{times:?}");
    }
}
