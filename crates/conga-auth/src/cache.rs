//! One token, shared by all who need it: fetched once, refreshed before it runs out, dropped when a server rejects it.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use futures_util::future::{BoxFuture, FutureExt, Shared, WeakShared};
use secrecy::ExposeSecret;
use tracing::debug;

use crate::AuthError;
use crate::clock::{Clock, SystemClock};
use crate::token::Token;

/// Where tokens come from: one way to sign in.
///
/// A source that keeps tokens outside the process wraps another source, as [`Stored`](crate::Stored) does.
#[async_trait]
pub trait TokenSource: fmt::Debug + Send + Sync + 'static {
    /// Obtains a token.
    ///
    /// `now` is the time by the cache's clock, from which the lifetime counts. `replacing` is the token that ran out or
    /// was rejected, where there was one: a token equal to it is of no use.
    ///
    /// # Errors
    ///
    /// [`AuthError`], which goes to everyone who waits for the token.
    async fn fetch(&self, now: SystemTime, replacing: Option<&Token>) -> Result<Token, AuthError>;

    /// Whether fetching uses up something that works only once, such as a refresh token that is replaced with each use.
    /// [`Stored`](crate::Stored) then never fetches without the store's lock. Default: it does not.
    fn is_single_use(&self) -> bool {
        false
    }
}

/// Holds the current token of one [`TokenSource`]. Clones share it.
///
/// - **Single flight.** However many ask at once, one request is made, and its outcome, token or error, goes to all of
///   them. It is driven by whoever waits: a caller that goes away leaves it to the others, and when all have gone it
///   stops.
/// - **Refreshed early.** A token is replaced five minutes before its end, or in the last sixth of its life where that is
///   shorter. One caller waits for this; the others go on with the token that is still valid.
/// - **Kept on failure.** When a refresh fails while the token is still valid, the token stays in use, and the next
///   attempt waits half a minute. The failure shows once the token has run out.
/// - **Dropped once.** [`discard`](Self::discard) drops a token only while it is the current one, so that a late report
///   about an old token leaves its successor alone.
#[derive(Clone)]
pub struct TokenCache {
    inner: Arc<Inner>,
}

struct Inner {
    source: Box<dyn TokenSource>,
    clock: Arc<dyn Clock>,
    refresh_early: Duration,
    slot: Mutex<Slot>,
}

#[derive(Default)]
struct Slot {
    current: Option<Arc<Token>>,
    /// The last token that was discarded, for the source to know.
    rejected: Option<Arc<Token>>,
    /// The request under way. Those who wait for it keep it alive.
    flight: Option<WeakShared<Flight>>,
    /// After a failed early refresh: no further one before this time.
    quiet_until: Option<SystemTime>,
}

type Flight = BoxFuture<'static, Result<Arc<Token>, AuthError>>;

impl TokenCache {
    /// How long before its end a token is replaced, unless set otherwise.
    pub const REFRESH_EARLY: Duration = Duration::from_secs(5 * 60);

    /// The pause after an early refresh that failed.
    const PAUSE: Duration = Duration::from_secs(30);

    /// A cache with the default settings.
    pub fn new(source: impl TokenSource) -> Self {
        Self::with_settings(source, Self::REFRESH_EARLY, Arc::new(SystemClock))
    }

    /// A cache that refreshes `refresh_early` before the end of a token (at most in the last sixth of its life) by the
    /// time of `clock`.
    pub fn with_settings(
        source: impl TokenSource,
        refresh_early: Duration,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            inner: Arc::new(Inner {
                source: Box::new(source),
                clock,
                refresh_early,
                slot: Mutex::default(),
            }),
        }
    }

    /// The current token; fetched or refreshed first where needed.
    ///
    /// # Errors
    ///
    /// What the source answered, where there is no valid token to fall back on.
    pub async fn token(&self) -> Result<Arc<Token>, AuthError> {
        let flight = match self.inner.plan() {
            Plan::Use(token) => return Ok(token),
            Plan::Wait(flight) => flight,
        };
        flight.await
    }

    /// Takes in a token that was obtained elsewhere, as the current one.
    pub(crate) fn put(&self, token: Token) {
        let mut slot = self.inner.slot();
        slot.current = Some(Arc::new(token));
        slot.rejected = None;
        slot.quiet_until = None;
    }

    /// Forgets the current token.
    pub(crate) fn clear(&self) {
        *self.inner.slot() = Slot::default();
    }

    /// The current token if there is one that has not run out. Fetches nothing.
    pub fn current(&self) -> Option<Arc<Token>> {
        let now = self.inner.clock.now();
        let slot = self.inner.slot();
        slot.current.clone().filter(|token| token.is_valid_at(now))
    }

    /// Drops the current token if it is `rejected`. Returns whether it was.
    pub fn discard(&self, rejected: &str) -> bool {
        let mut slot = self.inner.slot();
        let token = slot
            .current
            .take_if(|token| token.secret().expose_secret() == rejected);
        let dropped = token.is_some();
        if dropped {
            debug!("token discarded");
            slot.rejected = token;
            slot.quiet_until = None;
        }
        dropped
    }
}

enum Plan {
    Use(Arc<Token>),
    Wait(Shared<Flight>),
}

impl Inner {
    fn plan(self: &Arc<Self>) -> Plan {
        let now = self.clock.now();
        let mut slot = self.slot();
        let flight = slot.flight.as_ref().and_then(WeakShared::upgrade);
        if let Some(token) = &slot.current {
            let quiet = slot.quiet_until.is_some_and(|until| now < until);
            let leave_it = flight.is_some() || quiet;
            if token.is_fresh_at(now, self.refresh_early) || (leave_it && token.is_valid_at(now)) {
                return Plan::Use(Arc::clone(token));
            }
        }
        Plan::Wait(flight.unwrap_or_else(|| self.depart(&mut slot, now)))
    }

    /// Starts a request. It runs while somebody polls it.
    fn depart(self: &Arc<Self>, slot: &mut Slot, now: SystemTime) -> Shared<Flight> {
        let inner = Arc::clone(self);
        let replacing = slot.current.clone().or_else(|| slot.rejected.clone());
        let flight = async move {
            let outcome = inner.source.fetch(now, replacing.as_deref()).await;
            inner.land(outcome)
        };
        let flight = flight.boxed().shared();
        slot.flight = flight.downgrade();
        flight
    }

    fn land(&self, outcome: Result<Token, AuthError>) -> Result<Arc<Token>, AuthError> {
        let now = self.clock.now();
        let mut slot = self.slot();
        slot.flight = None;
        match outcome {
            Ok(token) => {
                let token = Arc::new(token);
                debug!(expires_at = ?token.expires_at(), "token obtained");
                slot.current = Some(Arc::clone(&token));
                slot.rejected = None;
                slot.quiet_until = None;
                Ok(token)
            }
            Err(error) => {
                let kept = slot.current.clone().filter(|token| token.is_valid_at(now));
                debug!(%error, kept = kept.is_some(), "no new token");
                slot.quiet_until = now.checked_add(TokenCache::PAUSE);
                kept.ok_or(error)
            }
        }
    }

    fn slot(&self) -> MutexGuard<'_, Slot> {
        // Nothing under the lock can leave the slot half changed.
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for TokenCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenCache")
            .field("source", &self.inner.source)
            .field("refresh_early", &self.inner.refresh_early)
            .field("current", &self.inner.slot().current)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::time::UNIX_EPOCH;

    use tokio::sync::Semaphore;

    use super::*;

    /// A clock that stands until it is moved.
    #[derive(Clone, Debug)]
    struct Hand(Arc<Mutex<SystemTime>>);

    impl Hand {
        fn new() -> Self {
            Self(Arc::new(Mutex::new(
                UNIX_EPOCH + Duration::from_secs(1_000_000),
            )))
        }

        fn advance(&self, seconds: u64) {
            *self.0.lock().unwrap() += Duration::from_secs(seconds);
        }
    }

    impl Clock for Hand {
        fn now(&self) -> SystemTime {
            *self.0.lock().unwrap()
        }
    }

    /// Gives `token-1`, `token-2` ... of one hour each, or the failures put in; each once its gate lets it.
    #[derive(Clone, Debug)]
    struct Scripted(Arc<Script>);

    #[derive(Debug)]
    struct Script {
        gate: Semaphore,
        failures: Mutex<VecDeque<AuthError>>,
        replaced: Mutex<Vec<Option<String>>>,
    }

    impl Scripted {
        fn new(open: usize) -> Self {
            Self(Arc::new(Script {
                gate: Semaphore::new(open),
                failures: Mutex::default(),
                replaced: Mutex::default(),
            }))
        }

        fn fail_next(&self) {
            let error = AuthError::TimedOut {
                endpoint: "there".to_owned(),
                after: Duration::from_secs(1),
            };
            self.0.failures.lock().unwrap().push_back(error);
        }

        fn requests(&self) -> usize {
            self.0.replaced.lock().unwrap().len()
        }

        fn replaced(&self) -> Vec<Option<String>> {
            self.0.replaced.lock().unwrap().clone()
        }
    }

    #[async_trait]
    impl TokenSource for Scripted {
        async fn fetch(
            &self,
            now: SystemTime,
            replacing: Option<&Token>,
        ) -> Result<Token, AuthError> {
            let number = {
                let mut replaced = self.0.replaced.lock().unwrap();
                replaced.push(replacing.map(text));
                replaced.len()
            };
            self.0.gate.acquire().await.unwrap().forget();
            match self.0.failures.lock().unwrap().pop_front() {
                Some(error) => Err(error),
                None => Ok(Token::new(format!("token-{number}"), now)
                    .with_lifetime(Duration::from_secs(3_600))),
            }
        }
    }

    fn text(token: &Token) -> String {
        token.secret().expose_secret().to_owned()
    }

    fn cache(source: &Scripted, clock: &Hand) -> TokenCache {
        TokenCache::with_settings(
            source.clone(),
            TokenCache::REFRESH_EARLY,
            Arc::new(clock.clone()),
        )
    }

    async fn get(cache: &TokenCache) -> String {
        text(&cache.token().await.unwrap())
    }

    /// Polls once, so that the request is under way.
    macro_rules! start {
        ($future:expr) => {{
            let mut future = Box::pin($future);
            assert!(futures_util::poll!(future.as_mut()).is_pending());
            future
        }};
    }

    #[tokio::test]
    async fn a_token_is_reused_until_it_is_due() {
        let (source, clock) = (Scripted::new(9), Hand::new());
        let cache = cache(&source, &clock);
        assert!(cache.current().is_none());
        assert_eq!(get(&cache).await, "token-1");
        clock.advance(3_299);
        assert_eq!(get(&cache).await, "token-1");
        clock.advance(1);
        assert_eq!(get(&cache).await, "token-2");
        assert_eq!(source.replaced(), [None, Some("token-1".to_owned())]);
    }

    #[tokio::test]
    async fn only_one_caller_waits_for_an_early_refresh() {
        let (source, clock) = (Scripted::new(1), Hand::new());
        let cache = cache(&source, &clock);
        get(&cache).await;
        clock.advance(3_400);
        let leader = start!(cache.token());
        assert_eq!(get(&cache).await, "token-1");
        source.0.gate.add_permits(1);
        assert_eq!(text(&leader.await.unwrap()), "token-2");
        assert_eq!(get(&cache).await, "token-2");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_thousand_callers_cause_one_request() {
        let source = Scripted::new(0);
        let cache = cache(&source, &Hand::new());
        let callers: Vec<_> = (0..1_000)
            .map(|_| {
                let cache = cache.clone();
                tokio::spawn(async move { get(&cache).await })
            })
            .collect();
        tokio::task::yield_now().await;
        source.0.gate.add_permits(1);
        for caller in callers {
            assert_eq!(caller.await.unwrap(), "token-1");
        }
        assert_eq!(source.requests(), 1);
    }

    #[tokio::test]
    async fn those_who_wait_share_a_failure_and_the_next_tries_again() {
        let source = Scripted::new(0);
        let cache = cache(&source, &Hand::new());
        source.fail_next();
        let (one, two) = (start!(cache.token()), start!(cache.token()));
        source.0.gate.add_permits(2);
        assert!(one.await.is_err());
        assert!(two.await.is_err());
        assert_eq!(source.requests(), 1);
        assert_eq!(get(&cache).await, "token-2");
    }

    #[tokio::test]
    async fn a_caller_that_goes_away_leaves_the_request_to_the_others() {
        let source = Scripted::new(0);
        let cache = cache(&source, &Hand::new());
        let leader = start!(cache.token());
        let other = start!(cache.token());
        drop(leader);
        source.0.gate.add_permits(1);
        assert_eq!(text(&other.await.unwrap()), "token-1");
        assert_eq!(source.requests(), 1);
    }

    #[tokio::test]
    async fn when_all_go_away_the_next_caller_starts_anew() {
        let source = Scripted::new(0);
        let cache = cache(&source, &Hand::new());
        drop(start!(cache.token()));
        source.0.gate.add_permits(1);
        assert_eq!(get(&cache).await, "token-2");
    }

    #[tokio::test]
    async fn a_valid_token_outlives_a_failed_refresh() {
        let (source, clock) = (Scripted::new(9), Hand::new());
        let cache = cache(&source, &clock);
        get(&cache).await;
        clock.advance(3_400);
        source.fail_next();
        assert_eq!(get(&cache).await, "token-1");
        assert_eq!(source.requests(), 2);
        clock.advance(29);
        assert_eq!(get(&cache).await, "token-1");
        assert_eq!(source.requests(), 2, "the pause is kept");
        clock.advance(1);
        assert_eq!(get(&cache).await, "token-3");
    }

    #[tokio::test]
    async fn a_token_that_ran_out_does_not() {
        let (source, clock) = (Scripted::new(9), Hand::new());
        let cache = cache(&source, &clock);
        get(&cache).await;
        clock.advance(3_600);
        source.fail_next();
        assert!(cache.token().await.unwrap_err().is_retryable());
        assert!(cache.current().is_none());
    }

    #[tokio::test]
    async fn a_rejected_token_is_dropped_once() {
        let (source, clock) = (Scripted::new(9), Hand::new());
        let cache = cache(&source, &clock);
        get(&cache).await;
        assert!(cache.discard("token-1"));
        assert_eq!(get(&cache).await, "token-2");
        assert!(!cache.discard("token-1"), "a late report about the old one");
        assert_eq!(get(&cache).await, "token-2");
        assert_eq!(source.replaced(), [None, Some("token-1".to_owned())]);
    }

    #[tokio::test]
    async fn a_token_rejected_during_its_refresh_is_not_fallen_back_on() {
        let (source, clock) = (Scripted::new(1), Hand::new());
        let cache = cache(&source, &clock);
        get(&cache).await;
        clock.advance(3_400);
        source.fail_next();
        let leader = start!(cache.token());
        assert!(cache.discard("token-1"));
        source.0.gate.add_permits(1);
        assert!(leader.await.is_err());
    }

    #[tokio::test]
    async fn a_source_that_panics_does_not_poison_the_cache() {
        #[derive(Debug)]
        struct PanicsOnce(Mutex<bool>);

        #[async_trait]
        impl TokenSource for PanicsOnce {
            async fn fetch(&self, now: SystemTime, _: Option<&Token>) -> Result<Token, AuthError> {
                if std::mem::replace(&mut *self.0.lock().unwrap(), false) {
                    panic!("as scripted");
                }
                Ok(Token::new("fine", now))
            }
        }

        let cache = TokenCache::new(PanicsOnce(Mutex::new(true)));
        let first = tokio::spawn({
            let cache = cache.clone();
            async move { get(&cache).await }
        });
        assert!(first.await.is_err());
        assert_eq!(get(&cache).await, "fine");
    }
}
