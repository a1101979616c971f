//! How fast requests go out, over all calls that share a limiter: one line in which everybody waits, and the budget that it draws on.

mod local;
mod pace;
#[cfg(feature = "redis")]
mod redis;

use std::{fmt, sync::Arc, time::Duration};

use async_trait::async_trait;
use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore};

pub use local::LocalBudget;
#[cfg(feature = "redis")]
pub use redis::{RedisBudget, RedisBudgetBuilder};

/// Requests a second, and how many of them may go at once.
///
/// Conga's defaults are [`PRODUCTION`](Self::PRODUCTION) and [`DEVELOPMENT`](Self::DEVELOPMENT), for a tenant as a whole, and
/// can be changed for a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rate {
    /// Requests a second; at least 1.
    pub per_second: u32,
    /// Requests that may go at once after a pause; at least 1. Default: a tenth of a second's.
    pub burst: u32,
}

impl Rate {
    /// A production tenant: 100 a second.
    pub const PRODUCTION: Self = Self::per_second(100);
    /// A development tenant: 25 a second.
    pub const DEVELOPMENT: Self = Self::per_second(25);

    /// So many requests a second; 0 counts as 1.
    pub const fn per_second(requests: u32) -> Self {
        let per_second = if requests == 0 { 1 } else { requests };
        let burst = if per_second < 20 { 1 } else { per_second / 10 };
        Self { per_second, burst }
    }

    /// The same with another burst; 0 counts as 1.
    pub const fn with_burst(self, requests: u32) -> Self {
        let burst = if requests == 0 { 1 } else { requests };
        Self { burst, ..self }
    }
}

/// Holds requests to a rate, and to a number that are under way at once. Clones share both, and so do all transports that are given
/// the same limiter.
///
/// Who comes first goes first. When the server answers 429, the rate is halved at once and comes back by a twentieth of the limit a
/// second; a `Retry-After` stops everybody for that long, at most a minute. Renewing a token is not limited.
///
/// A download counts as under way until its stream begins.
///
/// ```
/// use conga_api::{Limiter, LocalBudget, Rate, Transport};
///
/// let limiter = Limiter::new(LocalBudget::new(Rate::DEVELOPMENT)).with_concurrency(8);
/// let transport = Transport::builder("https://rls.congacloud.com".parse()?)
///     .limiter(limiter.clone())
///     .build()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Limiter {
    budget: Arc<dyn RateBudget>,
    /// Whoever holds it is first in the line; it is given on in the order of asking.
    line: Arc<Mutex<()>>,
    under_way: Arc<Semaphore>,
    concurrency: usize,
}

/// What a [`Limiter`] draws on: of this process ([`LocalBudget`]), of a fleet of workers (`RedisBudget`), or of your own.
#[async_trait]
pub trait RateBudget: fmt::Debug + Send + Sync + 'static {
    /// Takes one request from the budget if it may go now. False where it may not, or where that cannot be told without waiting;
    /// [`turn`](Self::turn) is asked then. Default: false.
    fn try_turn(&self) -> bool {
        false
    }

    /// Waits until one request may go, and takes it from the budget. Asked by one call of the process at a time. Dropped while it
    /// waits, it should have taken nothing.
    async fn turn(&self);

    /// The server answered 429: from now on slower, and nothing at all for the time of `pause`.
    async fn slow_down(&self, pause: Duration);
}

/// Leave for one request to be under way.
#[derive(Debug)]
pub(crate) struct Permit {
    _under_way: Option<OwnedSemaphorePermit>,
}

impl Limiter {
    /// A server that asks for a longer pause is asked again after this: everybody waits for it.
    const LONGEST_PAUSE: Duration = Duration::from_secs(60);

    /// Requests under way at once, unless told otherwise.
    const CONCURRENCY: usize = 50;

    /// A limiter on a budget. At most 50 requests are under way at once.
    pub fn new(budget: impl RateBudget) -> Self {
        Self {
            budget: Arc::new(budget),
            line: Arc::default(),
            under_way: Arc::new(Semaphore::new(Self::CONCURRENCY)),
            concurrency: Self::CONCURRENCY,
        }
    }

    /// A limiter on a rate that the calls of this process have for themselves.
    pub fn local(rate: Rate) -> Self {
        Self::new(LocalBudget::new(rate))
    }

    /// The same budget with another number of requests under way at once; 0 counts as 1. They are counted apart from those of the
    /// limiter that this one is made of.
    #[must_use]
    pub fn with_concurrency(self, requests: usize) -> Self {
        let concurrency = requests.clamp(1, Semaphore::MAX_PERMITS);
        Self {
            under_way: Arc::new(Semaphore::new(concurrency)),
            concurrency,
            ..self
        }
    }

    /// The turn of one request, if it has come. It is under way until the permit is dropped.
    pub(crate) fn try_turn(&self) -> Option<Permit> {
        let under_way = self.under_way.clone().try_acquire_owned().ok()?;
        let _first = self.line.try_lock().ok()?;
        self.budget.try_turn().then_some(Permit {
            _under_way: Some(under_way),
        })
    }

    /// Waits for the turn of one request.
    pub(crate) async fn turn(&self) -> Permit {
        // An error would say that it is closed, which it never is.
        let under_way = self.under_way.clone().acquire_owned().await.ok();
        let _first = self.line.lock().await;
        self.budget.turn().await;
        Permit {
            _under_way: under_way,
        }
    }

    /// The server answered 429, and asked to wait for so long.
    pub(crate) async fn slow_down(&self, asked: Option<Duration>) {
        let pause = asked.unwrap_or_default().min(Self::LONGEST_PAUSE);
        self.budget.slow_down(pause).await;
    }
}

impl fmt::Debug for Limiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Limiter")
            .field("budget", &self.budget)
            .field("concurrency", &self.concurrency)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Mutex as Shared, PoisonError};

    use futures_util::poll;
    use tokio::time::{Instant, advance, sleep};

    use super::*;

    /// Who went, and when, in milliseconds.
    #[derive(Clone, Default)]
    struct Log(Arc<Shared<Vec<(usize, u128)>>>);

    impl Log {
        fn add(&self, who: usize, since: Instant) {
            let mut log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            log.push((who, since.elapsed().as_millis()));
        }

        fn who(&self) -> Vec<usize> {
            self.0.lock().unwrap().iter().map(|(who, _)| *who).collect()
        }

        fn last(&self) -> u128 {
            self.0.lock().unwrap().last().unwrap().1
        }
    }

    /// Sends so many requests, each by a clone and a task of its own, in this order; each takes `work`.
    async fn send(limiter: &Limiter, requests: usize, work: Duration) -> Log {
        let (log, started) = (Log::default(), Instant::now());
        let mut tasks = tokio::task::JoinSet::new();
        for who in 0..requests {
            let (limiter, log) = (limiter.clone(), log.clone());
            tasks.spawn(async move {
                let _permit = limiter.turn().await;
                log.add(who, started);
                sleep(work).await;
            });
            // Each stands in the line before the next one comes.
            tokio::task::yield_now().await;
        }
        tasks.join_all().await;
        log
    }

    #[tokio::test(start_paused = true)]
    async fn clones_share_the_rate_and_go_in_the_order_of_asking() {
        let limiter = Limiter::local(Rate::per_second(10)).with_concurrency(100);
        let log = send(&limiter, 21, Duration::ZERO).await;
        assert_eq!(log.who(), (0..21).collect::<Vec<_>>());
        // Timers of tokio are late by a millisecond at most.
        assert!((2_000..2_030).contains(&log.last()), "{}", log.last());
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_than_so_many_are_under_way() {
        let limiter = Limiter::local(Rate::per_second(1_000).with_burst(1_000)).with_concurrency(3);
        let log = send(&limiter, 9, Duration::from_secs(1)).await;
        assert_eq!(log.who(), (0..9).collect::<Vec<_>>());
        assert!((2_000..2_030).contains(&log.last()), "{}", log.last());
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_overtakes_those_who_wait() {
        let limiter = Limiter::local(Rate::per_second(10)).with_concurrency(2);
        assert!(limiter.try_turn().is_some() && limiter.try_turn().is_none());
        let mut first = Box::pin(limiter.turn());
        assert!(poll!(&mut first).is_pending());
        // The rate would have room for another one now.
        advance(Duration::from_secs(1)).await;
        assert!(limiter.try_turn().is_none());
        let first = first.await;
        advance(Duration::from_secs(1)).await;
        let second = limiter.try_turn();
        assert!(second.is_some());
        advance(Duration::from_secs(1)).await;
        assert!(limiter.try_turn().is_none());
        drop(first);
        assert!(limiter.try_turn().is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_stops_those_who_wait_already() {
        let limiter = Limiter::local(Rate::per_second(10));
        drop(limiter.turn().await);
        let waiting = tokio::spawn({
            let (limiter, started) = (limiter.clone(), Instant::now());
            async move {
                drop(limiter.turn().await);
                started.elapsed()
            }
        });
        tokio::task::yield_now().await;
        limiter.slow_down(Some(Duration::from_secs(5))).await;
        let waited = waiting.await.unwrap();
        assert!((5..6).contains(&waited.as_secs()), "{waited:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_is_stopped_for_more_than_a_minute() {
        let limiter = Limiter::local(Rate::per_second(10));
        limiter.slow_down(Some(Duration::from_secs(3_600))).await;
        let started = Instant::now();
        drop(limiter.turn().await);
        assert!((60..62).contains(&started.elapsed().as_secs()));
    }

    #[tokio::test(start_paused = true)]
    async fn who_gives_up_leaves_its_place_and_takes_nothing() {
        let limiter = Limiter::local(Rate::per_second(1)).with_concurrency(1);
        let held = limiter.turn().await;
        let started = Instant::now();
        // One waits for the permit, later ones for the rate.
        for patience in [100, 200] {
            let waiting = tokio::time::timeout(Duration::from_millis(patience), limiter.turn());
            assert!(waiting.await.is_err());
        }
        drop(held);
        for _ in 0..5 {
            let waiting = tokio::time::timeout(Duration::from_millis(50), limiter.turn());
            assert!(waiting.await.is_err());
        }
        drop(limiter.turn().await);
        assert!((1_000..1_030).contains(&started.elapsed().as_millis()));
    }
}
