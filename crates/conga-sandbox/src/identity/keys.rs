//! The RSA keys that sign tokens.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use super::token;

/// The first key of all sandboxes. It is made once a process, since it takes tens of milliseconds: sandboxes tell their
/// tokens apart by the issuer, not by the key.
static FIRST: OnceCell<Arc<Pair>> = OnceCell::const_new();

/// The keys of one sandbox.
#[derive(Debug, Default)]
pub(super) struct Keys(RwLock<Rotation>);

#[derive(Debug, Default)]
struct Rotation {
    /// `None` while the first key is in use.
    current: Option<Arc<Pair>>,
    /// Earlier keys, with the time until which their tokens may live.
    retired: Vec<(Arc<Pair>, DateTime<Utc>)>,
}

/// A key pair with its public half as a JSON Web Key.
pub(super) struct Pair {
    /// The key's id, in the header of each token.
    pub(super) id: String,
    pub(super) signing: EncodingKey,
    pub(super) verifying: DecodingKey,
    public: Jwk,
}

/// The key could not be made.
#[derive(Debug, thiserror::Error)]
#[error("the signing key could not be made: {0}")]
pub(crate) struct KeyError(String);

impl Keys {
    /// The key that signs, made on first use off the async threads.
    pub(super) async fn current(&self) -> Result<Arc<Pair>, KeyError> {
        let first = first().await?;
        Ok(self.rotation().current.as_ref().unwrap_or(first).clone())
    }

    /// The key of this id, if it is in use or its tokens may still live.
    pub(super) async fn find(
        &self,
        id: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<Arc<Pair>>, KeyError> {
        Ok(self.all(now).await?.into_iter().find(|pair| pair.id == id))
    }

    /// The JSON Web Key Set: the current key, then earlier ones whose tokens may still live.
    pub(super) async fn published(&self, now: DateTime<Utc>) -> Result<Value, KeyError> {
        let pairs = self.all(now).await?;
        let keys: Vec<&Jwk> = pairs.iter().map(|pair| &pair.public).collect();
        Ok(json!({"keys": keys}))
    }

    /// Puts a new key in the place of the current one.
    pub(super) async fn rotate(&self, now: DateTime<Utc>) -> Result<(), KeyError> {
        let first = first().await?;
        let new = Pair::generate().await?;
        let mut rotation = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let old = rotation.current.replace(new);
        let old = old.unwrap_or_else(|| first.clone());
        rotation.retired.retain(|(_, until)| *until > now);
        let until = now + TimeDelta::seconds(token::LIFETIME.into());
        rotation.retired.insert(0, (old, until));
        Ok(())
    }

    async fn all(&self, now: DateTime<Utc>) -> Result<Vec<Arc<Pair>>, KeyError> {
        let first = first().await?;
        let rotation = self.rotation();
        let mut pairs = vec![rotation.current.as_ref().unwrap_or(first).clone()];
        let living = rotation.retired.iter().filter(|(_, until)| *until > now);
        pairs.extend(living.map(|(pair, _)| pair.clone()));
        Ok(pairs)
    }

    fn rotation(&self) -> RwLockReadGuard<'_, Rotation> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The first key, made on first use.
async fn first() -> Result<&'static Arc<Pair>, KeyError> {
    FIRST.get_or_try_init(Pair::generate).await
}

impl Pair {
    async fn generate() -> Result<Arc<Self>, KeyError> {
        tokio::task::spawn_blocking(Self::generate_blocking)
            .await
            .map_err(|error| KeyError(error.to_string()))?
    }

    fn generate_blocking() -> Result<Arc<Self>, KeyError> {
        let failed = |error: &dyn std::fmt::Display| KeyError(error.to_string());
        let key = KeyPair::generate(KeySize::Rsa2048).map_err(|error| failed(&error))?;
        let der = key.as_der().map_err(|error| failed(&error))?;
        let signing = EncodingKey::from_rsa_pem(pem(der.as_ref()).as_bytes())
            .map_err(|error| failed(&error))?;
        let mut public =
            Jwk::from_encoding_key(&signing, Algorithm::RS256).map_err(|error| failed(&error))?;
        let verifying = DecodingKey::from_jwk(&public).map_err(|error| failed(&error))?;
        let id = uuid::Uuid::new_v4().simple().to_string();
        public.common.key_id = Some(id.clone());
        public.common.public_key_use = Some(jsonwebtoken::jwk::PublicKeyUse::Signature);
        Ok(Arc::new(Self {
            id,
            signing,
            verifying,
            public,
        }))
    }
}

impl std::fmt::Debug for Pair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pair")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// A PKCS#8 key as PEM, the one form of it that `jsonwebtoken` reads.
fn pem(der: &[u8]) -> String {
    let encoded = STANDARD.encode(der);
    let mut pem = String::from("-----BEGIN PRIVATE KEY-----\n");
    let mut rest = encoded.as_str();
    while !rest.is_empty() {
        let (line, tail) = rest.split_at(rest.len().min(64));
        pem.push_str(line);
        pem.push('\n');
        rest = tail;
    }
    pem.push_str("-----END PRIVATE KEY-----\n");
    pem
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn keys_that_are_rotated_at_once_all_stay_while_their_tokens_live() {
        let keys = Keys::default();
        let now = DateTime::UNIX_EPOCH;
        let first = keys.current().await.unwrap().id.clone();
        let (left, right) = tokio::join!(keys.rotate(now), keys.rotate(now));
        left.unwrap();
        right.unwrap();
        let ids = async |now| {
            let all = keys.all(now).await.unwrap();
            let mut ids: Vec<String> = all.iter().map(|pair| pair.id.clone()).collect();
            ids.dedup();
            ids
        };
        let all = ids(now).await;
        assert_eq!(all.len(), 3);
        assert_eq!(all[2], first);
        assert!(keys.find(&all[1], now).await.unwrap().is_some());
        let later = now + TimeDelta::seconds(token::LIFETIME.into());
        assert_eq!(ids(later).await, all[..1]);
    }
}
