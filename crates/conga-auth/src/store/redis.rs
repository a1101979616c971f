//! Tokens in Redis, for a fleet of workers.
//!
//! A hash keeps the text, beside it a key is the lock: taken with an expiry that its holder keeps renewing, so that a holder
//! that dies blocks nobody for long. Each holder gets a number that only grows (a fencing token). The hash remembers the
//! number of its last writer, and takes nothing from one with a lower number: a holder that was frozen for longer than its
//! lock lasted cannot overwrite what its successor saved.

use std::time::Duration;

use async_trait::async_trait;
use redis::aio::MultiplexedConnection;
use redis::{FromRedisValue, RedisError, cmd};
use secrecy::{ExposeSecret, SecretString};
use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tracing::{debug, warn};

use super::{Saved, StoreLock, TokenStore};
use crate::{AuthError, RedisServer};

/// Keeps the tokens of one sign-in under one key of a Redis server, in clear text.
///
/// All workers that use the same key share one token, and one of them refreshes at a time. While the server is away,
/// workers with client credentials go on by themselves; those with a refresh token keep the token they have.
///
/// Redis has to be on this machine, or be reached by TLS (`rediss://`), unless
/// [`plain_network`](RedisStoreBuilder::plain_network) allows otherwise. Version 4 or later.
///
/// ```no_run
/// use conga_auth::{ClientCredentials, RedisStore, Region};
///
/// let store = RedisStore::builder("rediss://:password@redis.example", "conga-eu").build()?;
/// let credential = ClientCredentials::builder(Region::Europe, "client-id", "client-secret").store(store).build()?;
/// # Ok::<(), conga_auth::AuthError>(())
/// ```
#[derive(Clone, Debug)]
pub struct RedisStore {
    server: RedisServer,
    key: String,
    lock_expiry: Duration,
    patience: Duration,
}

impl RedisStore {
    /// Starts a store under `key` of the server at `url`: `redis://`, `rediss://` or `redis+unix://`.
    pub fn builder(url: impl Into<SecretString>, key: impl Into<String>) -> RedisStoreBuilder {
        RedisStoreBuilder {
            url: url.into(),
            key: key.into(),
            lock_expiry: Duration::from_secs(10),
            timeout: Duration::from_secs(3),
            plain_network: false,
        }
    }

    /// The keys of the record and of the lock. The braces keep them together in a cluster.
    fn keys(&self) -> [String; 2] {
        [
            format!("{{{}}}", self.key),
            format!("{{{}}}:lock", self.key),
        ]
    }

    async fn connect(&self) -> Result<MultiplexedConnection, AuthError> {
        let connected = self.server.connect().await;
        connected.map_err(|error| self.failed(&error))
    }

    async fn run<T: FromRedisValue>(
        &self,
        connection: &mut MultiplexedConnection,
        script: &str,
        arguments: &[&str],
    ) -> Result<T, AuthError> {
        let mut command = cmd("EVAL");
        let [record, lock] = self.keys();
        command.arg(script).arg(2).arg(record).arg(lock);
        for argument in arguments {
            command.arg(*argument);
        }
        let done = command.query_async(connection).await;
        done.map_err(|error| self.failed(&error))
    }

    /// The same over a connection of its own.
    async fn run_anew<T: FromRedisValue>(
        &self,
        script: &str,
        arguments: &[&str],
    ) -> Result<T, AuthError> {
        self.run(&mut self.connect().await?, script, arguments)
            .await
    }

    fn failed(&self, error: &RedisError) -> AuthError {
        AuthError::store(self.name(), RedisServer::problem(error), true)
    }

    fn name(&self) -> String {
        format!("the token store in Redis under `{}`", self.key)
    }
}

/// Settings of [`RedisStore`].
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct RedisStoreBuilder {
    url: SecretString,
    key: String,
    lock_expiry: Duration,
    timeout: Duration,
    plain_network: bool,
}

impl RedisStoreBuilder {
    /// How long the lock of a worker that has died blocks the others. Default: 10 s. A worker that lives keeps renewing it,
    /// however long its request takes.
    pub fn lock_expiry(mut self, expiry: Duration) -> Self {
        self.lock_expiry = expiry;
        self
    }

    /// Time for connecting, and for each answer. Default: 3 s.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Allows `redis://` to another machine. Whoever can read that network can then read the tokens.
    pub fn plain_network(mut self, allowed: bool) -> Self {
        self.plain_network = allowed;
        self
    }

    /// Makes the store. Nothing is sent yet.
    ///
    /// # Errors
    ///
    /// [`AuthError::InsecureUrl`] or [`AuthError::Configuration`] for settings that cannot work.
    pub fn build(self) -> Result<RedisStore, AuthError> {
        let server = RedisServer::new(&self.url, self.timeout, self.plain_network)?;
        if self.key.is_empty() || self.key.contains(['{', '}']) {
            return Err(AuthError::configuration(
                "the key in Redis is empty or holds braces; choose another",
            ));
        }
        if self.lock_expiry < Duration::from_millis(300) {
            return Err(AuthError::configuration(
                "the lock in Redis expires in less than 300 ms, too soon to be renewed; allow more",
            ));
        }
        Ok(RedisStore {
            server,
            key: self.key,
            lock_expiry: self.lock_expiry,
            patience: Duration::from_secs(120),
        })
    }
}

/// Gives the text. `KEYS[1]` is the record, `KEYS[2]` the lock, here and below.
const LOAD: &str = "return redis.call('HGET', KEYS[1], 'text')";

/// Takes the lock for the owner `ARGV[1]` and `ARGV[2]` milliseconds; gives its number, or 0 where another holds it.
/// The number is above that of the last writer even where the record was lost and an old holder has written since.
const LOCK: &str = "
if not redis.call('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[2]) then return 0 end
local number = redis.call('HINCRBY', KEYS[1], 'issued', 1)
local last = tonumber(redis.call('HGET', KEYS[1], 'fence') or '0')
if number <= last then
  number = last + 1
  redis.call('HSET', KEYS[1], 'issued', number)
end
return number";

/// Keeps the lock of `ARGV[1]` for another `ARGV[2]` milliseconds; gives 0 where it is lost.
const RENEW: &str = "
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[2], ARGV[2])";

/// Gives the lock of `ARGV[1]` back.
const RELEASE: &str = "
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[2])";

/// Saves the text `ARGV[2]`, or clears it where there is none, for the holder number `ARGV[1]`; gives 0 where a later
/// holder has written.
const SAVE: &str = "
local last = tonumber(redis.call('HGET', KEYS[1], 'fence') or '0')
if last > tonumber(ARGV[1]) then return 0 end
redis.call('HSET', KEYS[1], 'fence', ARGV[1])
if ARGV[2] then redis.call('HSET', KEYS[1], 'text', ARGV[2]) else redis.call('HDEL', KEYS[1], 'text') end
return 1";

#[async_trait]
impl TokenStore for RedisStore {
    async fn load(&self) -> Result<Option<SecretString>, AuthError> {
        let text: Option<String> = self.run_anew(LOAD, &[]).await?;
        Ok(text.map(Into::into))
    }

    async fn lock(&self) -> Result<Box<dyn StoreLock>, AuthError> {
        let owner = format!("{:032x}", rand::random::<u128>());
        let expiry = self.lock_expiry.as_millis().to_string();
        let until = Instant::now() + self.patience;
        let mut connection = self.connect().await?;
        loop {
            let number: u64 = self.run(&mut connection, LOCK, &[&owner, &expiry]).await?;
            if number > 0 {
                return Ok(Box::new(Lock {
                    held: Some(Held {
                        renewal: tokio::spawn(renew(self.clone(), owner.clone(), expiry)),
                        store: self.clone(),
                        owner,
                    }),
                    store: self.clone(),
                    number,
                }));
            }
            if Instant::now() >= until {
                let problem = format!("another worker has held its lock for {:?}", self.patience);
                return Err(AuthError::store(self.name(), problem, true));
            }
            // Spread, so that many workers do not ask in step.
            tokio::time::sleep(Duration::from_millis(rand::random_range(50..150))).await;
        }
    }
}

/// Renews the lock until it is lost, or the task is stopped.
async fn renew(store: RedisStore, owner: String, expiry: String) {
    loop {
        tokio::time::sleep(store.lock_expiry / 3).await;
        match store.run_anew::<u64>(RENEW, &[&owner, &expiry]).await {
            Ok(0) => {
                warn!("the lock in Redis was lost");
                return;
            }
            Ok(_) => {}
            Err(error) => debug!(%error, "the lock in Redis was not renewed"),
        }
    }
}

#[derive(Debug)]
struct Lock {
    store: RedisStore,
    number: u64,
    held: Option<Held>,
}

impl Lock {
    /// A write may be repeated: the number makes it the same write.
    const PAUSES: [Duration; 3] = [
        Duration::from_millis(100),
        Duration::from_millis(400),
        Duration::from_millis(1_000),
    ];

    async fn write(&self, text: Option<&SecretString>) -> Result<Saved, AuthError> {
        let number = self.number.to_string();
        let text = text.map(ExposeSecret::expose_secret);
        let arguments: Vec<&str> = [Some(number.as_str()), text]
            .into_iter()
            .flatten()
            .collect();
        let mut pauses = Self::PAUSES.into_iter();
        loop {
            let error = match self.store.run_anew::<u64>(SAVE, &arguments).await {
                Ok(0) => return Ok(Saved::Superseded),
                Ok(_) => return Ok(Saved::Kept),
                Err(error) => error,
            };
            let Some(pause) = pauses.next() else {
                return Err(error);
            };
            debug!(%error, "saving once more");
            tokio::time::sleep(pause).await;
        }
    }
}

#[async_trait]
impl StoreLock for Lock {
    async fn save(&mut self, text: &SecretString) -> Result<Saved, AuthError> {
        self.write(Some(text)).await
    }

    async fn clear(&mut self) -> Result<(), AuthError> {
        self.write(None).await.map(|_| ())
    }

    async fn release(mut self: Box<Self>) {
        if let Some(held) = self.held.take() {
            held.release().await;
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Whoever is stopped halfway gives the lock back as well, if there is a runtime to do it.
        if let (Some(held), Ok(runtime)) = (self.held.take(), Handle::try_current()) {
            runtime.spawn(held.release());
        }
    }
}

/// A lock that has to be given back.
#[derive(Debug)]
struct Held {
    store: RedisStore,
    owner: String,
    renewal: JoinHandle<()>,
}

impl Held {
    /// Gives the lock back. Where that fails, it expires.
    async fn release(self) {
        self.renewal.abort();
        if let Err(error) = self.store.run_anew::<u64>(RELEASE, &[&self.owner]).await {
            debug!(%error, "the lock in Redis is left to expire");
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use redis::Value;

    use super::*;

    fn build(url: &str) -> Result<RedisStore, AuthError> {
        RedisStore::builder(url, "k").build()
    }

    #[test]
    fn tokens_stay_on_this_machine_or_go_by_tls() {
        for url in [
            "redis://127.0.0.1:6379/",
            "redis://localhost/1",
            "redis://[::1]:1/",
            #[cfg(unix)]
            "redis+unix:///run/redis.sock",
            #[cfg(any(feature = "rustls", feature = "native-tls"))]
            "rediss://:hunter2@redis.example/",
        ] {
            build(url).unwrap();
        }
        for url in [
            "redis://redis.example/",
            "redis://10.0.0.1/",
            "redis://localhost.evil.example/",
        ] {
            let error = build(url).unwrap_err();
            assert!(
                matches!(error, AuthError::InsecureUrl { .. }),
                "{url}: {error}"
            );
            let allowed = RedisStore::builder(url, "k").plain_network(true);
            assert!(allowed.build().is_ok());
        }
    }

    #[test]
    fn what_cannot_work_is_refused_without_its_password() {
        for url in [
            "",
            "http://localhost",
            "redis://:hunter2@[::1",
            "rediss://:hunter2@x/#insecure",
        ] {
            let error = build(url).unwrap_err();
            assert!(
                !format!("{error} {error:?}").contains("hunter2"),
                "{error:?}"
            );
        }
        assert!(
            RedisStore::builder("redis://localhost", "")
                .build()
                .is_err()
        );
        let builder = RedisStore::builder("redis://:hunter2@localhost", "k");
        assert!(
            builder
                .clone()
                .lock_expiry(Duration::from_millis(9))
                .build()
                .is_err()
        );
        let shown = format!("{builder:?} {:?}", builder.clone().build().unwrap());
        assert!(!shown.contains("hunter2"), "{shown}");
    }

    /// What a server may answer.
    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Nil),
            any::<i64>().prop_map(Value::Int),
            any::<bool>().prop_map(Value::Boolean),
            any::<f64>().prop_map(Value::Double),
            prop::collection::vec(any::<u8>(), 0..40).prop_map(Value::BulkString),
            ".{0,40}".prop_map(Value::SimpleString),
        ];
        leaf.prop_recursive(2, 8, 4, |inner| {
            prop::collection::vec(inner, 0..4).prop_map(Value::Array)
        })
    }

    proptest! {
        #[test]
        fn any_value_is_a_text_or_an_error_without_it(mut value in values(), text in ".{0,40}") {
            if let Value::BulkString(bytes) = &mut value {
                bytes.extend_from_slice(b"SECRET");
            }
            let values = [value.clone(), Value::Array(vec![value, Value::SimpleString(format!("SECRET{text}"))])];
            for value in values {
                for error in [
                    Option::<String>::from_redis_value(value.clone()).err(),
                    u64::from_redis_value(value).err(),
                ].into_iter().flatten() {
                    let shown = build("redis://localhost").unwrap().failed(&error.into()).all_shown();
                    prop_assert!(!shown.contains("SECRET"), "{shown}");
                }
            }
        }
    }
}
