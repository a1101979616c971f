//! One budget for a fleet of workers, kept by Redis.
//!
//! A hash holds what [`Pace`](super::pace::Pace) holds: when the next request is due, and when the rate fell last, and to what. Two
//! scripts keep the same rules, by the clock of the server. A worker reserves its turn and waits for it by itself, so that workers take turns
//! as they ask; a turn that is further away than [`AHEAD`] is not reserved but asked for again, since there is a pause.

use std::{
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use conga_auth::{AuthError, RedisServer, SecretString};
use redis::{RedisError, aio::MultiplexedConnection, cmd};
use tokio::time::{Instant, sleep};
use tracing::{debug, info, warn};

use super::{
    LocalBudget, Rate, RateBudget,
    pace::{FALL, LOWEST, ONCE_IN, RECOVERY},
};

/// A turn is reserved where it is at most so far away.
const AHEAD: Duration = Duration::from_secs(1);

/// While Redis is away, it is asked again after this.
const ASK_AGAIN: Duration = Duration::from_secs(5);

/// A rate that all workers have together who use the same key of a Redis server.
///
/// While the server is away, each worker goes by its own share of the rate (a warning says so), and asks again every few seconds. A
/// pause that the platform asked for holds for all workers, but for the one request of each that has its turn already.
///
/// Redis has to be on this machine, or be reached by TLS (`rediss://`), unless [`plain_network`](RedisBudgetBuilder::plain_network)
/// allows otherwise. Version 5 or later.
///
/// ```no_run
/// use conga_api::{Limiter, Rate, RedisBudget};
///
/// let budget = RedisBudget::builder("rediss://:password@redis.example", "conga-eu", Rate::PRODUCTION)
///     .workers(8)
///     .build()?;
/// let limiter = Limiter::new(budget);
/// # Ok::<(), conga_auth::AuthError>(())
/// ```
pub struct RedisBudget {
    server: RedisServer,
    key: String,
    rate: Rate,
    /// Goes on where Redis does not.
    share: LocalBudget,
    link: Mutex<Link>,
}

enum Link {
    New,
    Up(MultiplexedConnection),
    /// Not to be asked before this time.
    Down(Instant),
}

impl RedisBudget {
    /// Starts a budget under `key` of the server at `url`: `redis://`, `rediss://` or `redis+unix://`. All workers give the same key and
    /// the same rate.
    pub fn builder(
        url: impl Into<SecretString>,
        key: impl Into<String>,
        rate: Rate,
    ) -> RedisBudgetBuilder {
        RedisBudgetBuilder {
            url: url.into(),
            key: key.into(),
            rate,
            workers: 4,
            timeout: Duration::from_secs(1),
            plain_network: false,
        }
    }

    /// Takes a turn, or finds that it is too far away; and how long there is to wait.
    async fn reserve(&self) -> Option<(bool, Duration)> {
        let ahead = AHEAD.as_secs_f64();
        let (taken, micros): (u8, u64) = self.run(TAKE, ahead).await?;
        Some((taken == 1, Duration::from_micros(micros)))
    }

    /// Runs a script; `None` where Redis is away.
    async fn run<T: redis::FromRedisValue>(&self, script: &str, seconds: f64) -> Option<T> {
        if matches!(*self.link(), Link::Down(until) if Instant::now() < until) {
            return None;
        }
        match self.ask(script, seconds).await {
            Ok(answer) => Some(answer),
            Err(error) => {
                let problem = RedisServer::problem(&error);
                let was_down = matches!(*self.link(), Link::Down(_));
                if was_down {
                    debug!(problem, "the rate budget in Redis is still away");
                } else {
                    warn!(
                        problem,
                        "the rate budget in Redis is away; this worker goes by its own share"
                    );
                }
                *self.link() = Link::Down(Instant::now() + ASK_AGAIN);
                None
            }
        }
    }

    async fn ask<T: redis::FromRedisValue>(
        &self,
        script: &str,
        seconds: f64,
    ) -> Result<T, RedisError> {
        let mut connection = self.connection().await?;
        cmd("EVAL")
            .arg(script)
            .arg(1)
            .arg(&self.key)
            .arg(self.rate.per_second)
            .arg(self.rate.burst)
            .arg(seconds)
            .arg(FALL)
            .arg(RECOVERY)
            .arg(ONCE_IN)
            .arg(LOWEST)
            .query_async(&mut connection)
            .await
    }

    async fn connection(&self) -> Result<MultiplexedConnection, RedisError> {
        if let Link::Up(connection) = &*self.link() {
            return Ok(connection.clone());
        }
        let connection = self.server.connect().await?;
        let before = std::mem::replace(&mut *self.link(), Link::Up(connection.clone()));
        if matches!(before, Link::Down(_)) {
            info!("the rate budget in Redis is back");
        }
        Ok(connection)
    }

    fn link(&self) -> MutexGuard<'_, Link> {
        self.link.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl RateBudget for RedisBudget {
    async fn turn(&self) {
        loop {
            match self.reserve().await {
                None => return self.share.turn().await,
                Some((taken, wait)) => {
                    sleep(wait).await;
                    if taken {
                        return;
                    }
                }
            }
        }
    }

    async fn slow_down(&self, pause: Duration) {
        self.share.slow_down(pause).await;
        let seconds = pause.as_secs_f64();
        if let Some(per_second) = self.run::<u64>(SLOW_DOWN, seconds).await {
            debug!(per_second, ?pause, "slower, all workers");
        }
    }
}

/// What both scripts begin with: `ARGV` is the limit, the burst, seconds, then the constants of the pace.
macro_rules! pace {
    ($rest:literal) => {
        concat!(
            "
local clock = redis.call('TIME')
local now = clock[1] + clock[2] / 1e6
local kept = redis.call('HMGET', KEYS[1], 'due', 'since', 'to')
local limit, burst, seconds = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local since, to = tonumber(kept[2] or 0), tonumber(kept[3] or limit)
local due = math.max(tonumber(kept[1] or 0), now)
local function rate() return math.min(limit, to + math.max(0, now - since) * limit * ARGV[5]) end
local function keep(name, value) redis.call('HSET', KEYS[1], name, string.format('%.6f', value)) end
",
            $rest
        )
    };
}

/// Takes one request where it may go within `seconds`. Gives whether it did, and the microseconds to wait.
const TAKE: &str = pace!(
    "
local wait = math.max(0, due - (burst - 1) / rate() - now)
local taken = wait <= seconds
if taken then
  keep('due', due + 1 / rate())
  redis.call('EXPIRE', KEYS[1], 300)
end
return { taken and 1 or 0, math.ceil(wait * 1e6) }"
);

/// Slower from now on, and nothing for `seconds`. Gives the rate.
const SLOW_DOWN: &str = pace!(
    "
if now - since >= tonumber(ARGV[6]) then
  to = math.max(rate() * ARGV[4], tonumber(ARGV[7]))
  since = now
  keep('since', since)
  keep('to', to)
end
keep('due', math.max(due, now + seconds + (burst - 1) / rate()))
redis.call('EXPIRE', KEYS[1], 300)
return math.floor(rate())"
);

impl fmt::Debug for RedisBudget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisBudget")
            .field("key", &self.key)
            .field("rate", &self.rate)
            .field("share", &self.share)
            .finish_non_exhaustive()
    }
}

/// Settings of a [`RedisBudget`].
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct RedisBudgetBuilder {
    url: SecretString,
    key: String,
    rate: Rate,
    workers: u32,
    timeout: Duration,
    plain_network: bool,
}

impl RedisBudgetBuilder {
    /// How many workers there are about: each one's share of the rate, while Redis is away, is what they leave it. Default 4; 0 counts as
    /// 1.
    pub fn workers(mut self, workers: u32) -> Self {
        self.workers = workers.max(1);
        self
    }

    /// Time for connecting, and for each answer. Default 1 s: a call waits for it.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Allows `redis://` to another machine. Whoever can change what is on that network can then stop this client.
    pub fn plain_network(mut self, allowed: bool) -> Self {
        self.plain_network = allowed;
        self
    }

    /// Makes the budget. Nothing is sent yet.
    ///
    /// # Errors
    ///
    /// [`AuthError::InsecureUrl`] or [`AuthError::Configuration`] for an address that cannot be used.
    pub fn build(self) -> Result<RedisBudget, AuthError> {
        let share = Rate::per_second(self.rate.per_second / self.workers)
            .with_burst(self.rate.burst / self.workers);
        Ok(RedisBudget {
            server: RedisServer::new(&self.url, self.timeout, self.plain_network)?,
            key: format!("{}:rate", self.key),
            rate: self.rate,
            share: LocalBudget::new(share),
            link: Mutex::new(Link::New),
        })
    }
}
