//! A limit on requests a second: a bucket of tokens that fills as time goes by.

use std::time::Instant;

/// Tokens that requests take. It holds a second's worth.
#[derive(Debug)]
pub(super) struct Bucket {
    per_second: f64,
    tokens: f64,
    filled: Instant,
}

impl Bucket {
    /// A full bucket.
    pub(super) fn new(per_second: u32) -> Self {
        Self {
            per_second: f64::from(per_second),
            tokens: f64::from(per_second),
            filled: Instant::now(),
        }
    }

    /// Takes a token; false if there is none.
    pub(super) fn take(&mut self) -> bool {
        self.take_at(Instant::now())
    }

    fn take_at(&mut self, now: Instant) -> bool {
        let passed = now.saturating_duration_since(self.filled).as_secs_f64();
        self.tokens = (self.tokens + passed * self.per_second).min(self.per_second);
        self.filled = now;
        let enough = self.tokens >= 1.0;
        if enough {
            self.tokens -= 1.0;
        }
        enough
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_bucket_gives_its_rate() {
        let mut bucket = Bucket::new(25);
        let start = Instant::now();
        let taken = |bucket: &mut Bucket, at: Duration| {
            (0..100).filter(|_| bucket.take_at(start + at)).count()
        };
        assert_eq!(taken(&mut bucket, Duration::ZERO), 25);
        assert_eq!(taken(&mut bucket, Duration::from_millis(405)), 10);
        assert_eq!(taken(&mut bucket, Duration::from_secs(60)), 25);
    }

    #[test]
    fn no_rate_lets_nothing_through() {
        assert!(!Bucket::new(0).take());
    }
}
