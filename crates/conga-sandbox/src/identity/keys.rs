//! The RSA key that signs access tokens.

use std::sync::Arc;

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use tokio::sync::OnceCell;

/// Made once a process, since it takes tens of milliseconds: sandboxes tell their tokens apart by the
/// issuer, not by the key.
static PAIR: OnceCell<Arc<Pair>> = OnceCell::const_new();

/// A key pair with its public half as a JSON Web Key.
pub(super) struct Pair {
    /// The key's id, in the header of each token.
    pub(super) id: String,
    pub(super) signing: EncodingKey,
    pub(super) verifying: DecodingKey,
    pub(super) public: Jwk,
}

/// The key could not be made.
#[derive(Debug, thiserror::Error)]
#[error("the signing key could not be made: {0}")]
pub(crate) struct KeyError(String);

/// The current key, made on first use off the async threads.
pub(super) async fn current() -> Result<Arc<Pair>, KeyError> {
    let pair = PAIR
        .get_or_try_init(|| async {
            tokio::task::spawn_blocking(Pair::generate)
                .await
                .map_err(|error| KeyError(error.to_string()))?
        })
        .await?;
    Ok(pair.clone())
}

impl Pair {
    fn generate() -> Result<Arc<Self>, KeyError> {
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
