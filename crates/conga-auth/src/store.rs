//! Where tokens outlive a process, or are shared by several: the [`TokenStore`] trait, and [`Stored`], which puts a store in
//! front of a [`TokenSource`].

mod file;
#[cfg(feature = "keyring")]
mod keyring;
mod memory;
mod record;
#[cfg(feature = "redis")]
mod redis;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use secrecy::SecretString;
use tracing::{Instrument, debug, warn};

pub use self::file::FileStore;
#[cfg(feature = "keyring")]
pub use self::keyring::{KeyringStore, Place};
pub use self::memory::MemoryStore;
use self::record::Record;
#[cfg(feature = "redis")]
pub use self::redis::{RedisStore, RedisStoreBuilder};
use crate::AuthError;
use crate::cache::{TokenCache, TokenSource};
use crate::platform::{sleep, unstoppable};
use crate::token::Token;

/// A place that keeps one secret text: the tokens of one sign-in.
///
/// Whoever only wants the token reads it. Whoever wants to write locks first, so that of all who share the store one
/// refreshes, and the others wait and take what it wrote.
#[async_trait]
pub trait TokenStore: fmt::Debug + Send + Sync + 'static {
    /// The text that was saved last; `None` where there is none.
    ///
    /// # Errors
    ///
    /// [`AuthError::Store`] where the place cannot be read.
    async fn load(&self) -> Result<Option<SecretString>, AuthError>;

    /// Waits until nobody else holds the lock, and takes it.
    ///
    /// A holder that dies must not block the others for ever.
    ///
    /// # Errors
    ///
    /// [`AuthError::Store`] where the lock cannot be had.
    async fn lock(&self) -> Result<Box<dyn StoreLock>, AuthError>;
}

/// The right to write to a [`TokenStore`]. Dropping it gives it back; [`release`](Self::release) does so at once.
#[async_trait]
pub trait StoreLock: fmt::Debug + Send {
    /// Replaces the text.
    ///
    /// # Errors
    ///
    /// [`AuthError::Store`] where it could not be written.
    async fn save(&mut self, text: &SecretString) -> Result<Saved, AuthError>;

    /// Removes the text.
    ///
    /// # Errors
    ///
    /// [`AuthError::Store`] where that failed.
    async fn clear(&mut self) -> Result<(), AuthError>;

    /// Gives the lock back.
    async fn release(self: Box<Self>);
}

/// What became of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Saved {
    /// It is in the store.
    Kept,
    /// The lock had been lost, and who took it has saved since: the store keeps what that one wrote.
    Superseded,
}

#[async_trait]
impl<S: TokenStore + ?Sized> TokenStore for Arc<S> {
    async fn load(&self) -> Result<Option<SecretString>, AuthError> {
        (**self).load().await
    }

    async fn lock(&self) -> Result<Box<dyn StoreLock>, AuthError> {
        (**self).lock().await
    }
}

/// A [`TokenSource`] behind a [`TokenStore`]: takes the token that is stored; where that is missing, due or rejected,
/// obtains another one under the store's lock and saves it.
///
/// - **One refresher.** Before it asks the source, it locks and reads again: whoever waited for the lock takes what the
///   holder wrote.
/// - **Never stopped halfway.** The exchange runs in a task of its own, so that a caller that goes away cannot lose a token
///   that the server has already issued.
/// - **A lost race recovers.** Where a server says that a refresh token is used up, the winner's token is taken from the
///   store as soon as it is there.
/// - **Without the store.** A source that can be asked at any time is asked directly while the store cannot be used. One
///   whose grant works [once](TokenSource::is_single_use) is not: two users of one refresh token lose it both.
/// - **Bound.** What is stored for another client or provider is refused, and left alone.
///
/// It needs a Tokio runtime.
#[derive(Clone, Debug)]
pub struct Stored {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    source: Box<dyn TokenSource>,
    store: Arc<dyn TokenStore>,
    owner: String,
    refresh_early: Duration,
}

impl Stored {
    /// How long to wait for the token of the one who won a race: four looks, the last after a second and a half.
    const LOOKS: [Duration; 4] = [
        Duration::ZERO,
        Duration::from_millis(200),
        Duration::from_millis(500),
        Duration::from_millis(800),
    ];

    /// `source` behind `store`. `owner` says whose tokens these are, such as a client id and an issuer.
    pub fn new(
        source: impl TokenSource,
        store: Arc<dyn TokenStore>,
        owner: impl Into<String>,
    ) -> Self {
        Self::with_early(source, store, owner, TokenCache::REFRESH_EARLY)
    }

    /// The same, with a stored token counting as due this long before its end.
    pub(crate) fn with_early(
        source: impl TokenSource,
        store: Arc<dyn TokenStore>,
        owner: impl Into<String>,
        refresh_early: Duration,
    ) -> Self {
        Self {
            inner: Arc::new(Inner {
                source: Box::new(source),
                store,
                owner: owner.into(),
                refresh_early,
            }),
        }
    }

    /// Saves a token that came from elsewhere, such as a fresh sign-in.
    pub(crate) async fn save(&self, token: &Token) -> Result<(), AuthError> {
        self.inner.load().await?;
        let mut lock = self.inner.store.lock().await?;
        let saved = lock.save(&Record::text(&self.inner.owner, token)).await;
        lock.release().await;
        saved.map(|_| ())
    }

    /// The stored token, whatever its age.
    pub(crate) async fn load(&self) -> Result<Option<Token>, AuthError> {
        self.inner.load().await
    }

    /// Removes what is stored.
    pub(crate) async fn clear(&self) -> Result<(), AuthError> {
        self.inner.load().await?;
        let mut lock = self.inner.store.lock().await?;
        let cleared = lock.clear().await;
        lock.release().await;
        cleared
    }
}

#[async_trait]
impl TokenSource for Stored {
    async fn fetch(&self, now: SystemTime, replacing: Option<&Token>) -> Result<Token, AuthError> {
        let inner = Arc::clone(&self.inner);
        let replacing = replacing.cloned();
        let work = async move { inner.fetch(now, replacing).await };
        unstoppable(work.in_current_span()).await
    }

    fn is_single_use(&self) -> bool {
        self.inner.source.is_single_use()
    }
}

impl Inner {
    async fn fetch(&self, now: SystemTime, replacing: Option<Token>) -> Result<Token, AuthError> {
        let locked = async {
            if let Some(token) = self.usable(now, replacing.as_ref()).await? {
                return Ok(Err(token));
            }
            self.store.lock().await.map(Ok)
        };
        let mut lock = match locked.await {
            Ok(Ok(lock)) => lock,
            Ok(Err(token)) => return Ok(token),
            Err(error) => return self.without_store(error, now, replacing.as_ref()).await,
        };
        let outcome = self.refresh(&mut *lock, now, replacing).await;
        lock.release().await;
        outcome
    }

    /// Obtains a token under the lock, unless somebody did so meanwhile.
    async fn refresh(
        &self,
        lock: &mut dyn StoreLock,
        now: SystemTime,
        replacing: Option<Token>,
    ) -> Result<Token, AuthError> {
        let stored = match self.load().await {
            Ok(stored) => stored,
            Err(error) => return self.without_store(error, now, replacing.as_ref()).await,
        };
        if let Some(token) = stored
            .as_ref()
            .filter(|t| self.is_usable(t, now, &replacing))
        {
            debug!("token taken from the store");
            return Ok(token.clone());
        }
        let previous = latest(stored, replacing);
        let token = match self.source.fetch(now, previous.as_ref()).await {
            Ok(token) => token,
            Err(error) if error.oauth_error() == Some("invalid_grant") => {
                return self.winners(now, previous, error).await;
            }
            Err(error) => return Err(error),
        };
        match lock.save(&Record::text(&self.owner, &token)).await {
            Ok(Saved::Kept) => Ok(token),
            Ok(Saved::Superseded) => {
                debug!("another refresher was faster");
                let theirs = self.usable(now, previous.as_ref()).await;
                Ok(theirs.ok().flatten().unwrap_or(token))
            }
            Err(error) => {
                warn!(%error, "the new token is in use, but could not be stored");
                Ok(token.unsaved())
            }
        }
    }

    /// The token of the one who used the grant first, or `lost`.
    async fn winners(
        &self,
        now: SystemTime,
        previous: Option<Token>,
        lost: AuthError,
    ) -> Result<Token, AuthError> {
        for pause in Stored::LOOKS {
            sleep(pause).await;
            if let Ok(Some(token)) = self.usable(now, previous.as_ref()).await {
                debug!("another refresher was faster");
                return Ok(token);
            }
        }
        Err(lost)
    }

    async fn without_store(
        &self,
        error: AuthError,
        now: SystemTime,
        replacing: Option<&Token>,
    ) -> Result<Token, AuthError> {
        // Only trouble that may pass is worked round: a store that is not ours must be noticed.
        if self.source.is_single_use() || !error.is_retryable() {
            return Err(error);
        }
        warn!(%error, "the token store cannot be used; going on without it");
        self.source.fetch(now, replacing).await
    }

    async fn usable(
        &self,
        now: SystemTime,
        replacing: Option<&Token>,
    ) -> Result<Option<Token>, AuthError> {
        let replacing = replacing.cloned();
        let stored = self.load().await?;
        Ok(stored.filter(|token| self.is_usable(token, now, &replacing)))
    }

    /// Whether a stored token is of use to somebody who holds `replacing`.
    fn is_usable(&self, token: &Token, now: SystemTime, replacing: &Option<Token>) -> bool {
        token.is_fresh_at(now, self.refresh_early)
            && !replacing.as_ref().is_some_and(|old| old.is(token))
    }

    async fn load(&self) -> Result<Option<Token>, AuthError> {
        let Some(text) = self.store.load().await? else {
            return Ok(None);
        };
        let Some(record) = Record::read(&text) else {
            warn!("what is stored is no token; it will be replaced");
            return Ok(None);
        };
        if record.owner != self.owner {
            return Err(AuthError::store(
                "the token store",
                format!(
                    "it keeps a token of {}, not of {}; give each sign-in a store of its own",
                    record.owner, self.owner
                ),
                false,
            ));
        }
        Ok(Some(record.token))
    }
}

/// The token to go on from: what is stored, unless the one at hand came later and could not be stored. Their times decide
/// nothing, since they may be those of two machines.
fn latest(stored: Option<Token>, at_hand: Option<Token>) -> Option<Token> {
    match at_hand {
        Some(token) if token.is_unsaved() => Some(token),
        _ => stored.or(at_hand),
    }
}
