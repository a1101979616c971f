//! Tokens in the memory of this process.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use secrecy::SecretString;
use tokio::sync::OwnedMutexGuard;

use super::{Saved, StoreLock, TokenStore};
use crate::AuthError;

/// Keeps tokens for as long as the process runs. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore {
    text: Arc<Mutex<Option<SecretString>>>,
    lock: Arc<tokio::sync::Mutex<()>>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }
}

#[async_trait]
impl TokenStore for MemoryStore {
    async fn load(&self) -> Result<Option<SecretString>, AuthError> {
        Ok(self
            .text
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone())
    }

    async fn lock(&self) -> Result<Box<dyn StoreLock>, AuthError> {
        Ok(Box::new(Lock {
            text: Arc::clone(&self.text),
            _guard: Arc::clone(&self.lock).lock_owned().await,
        }))
    }
}

#[derive(Debug)]
struct Lock {
    text: Arc<Mutex<Option<SecretString>>>,
    _guard: OwnedMutexGuard<()>,
}

impl Lock {
    fn set(&self, text: Option<SecretString>) {
        *self.text.lock().unwrap_or_else(PoisonError::into_inner) = text;
    }
}

#[async_trait]
impl StoreLock for Lock {
    async fn save(&mut self, text: &SecretString) -> Result<Saved, AuthError> {
        self.set(Some(text.clone()));
        Ok(Saved::Kept)
    }

    async fn clear(&mut self) -> Result<(), AuthError> {
        self.set(None);
        Ok(())
    }

    async fn release(self: Box<Self>) {}
}
