//! Access tokens: RS256 JWTs.

use jsonwebtoken::{Algorithm, Header, Validation, decode, encode};
use serde::{Deserialize, Serialize};

use super::Identity;
use super::keys::{self, KeyError};

/// Seconds that a token is valid; published.
pub(super) const LIFETIME: i64 = 3600;

/// What an access token says.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Claims {
    iss: String,
    sub: String,
    pub(crate) client_id: String,
    aud: String,
    scope: Vec<String>,
    iat: i64,
    nbf: i64,
    exp: i64,
    jti: String,
    /// The base URL of the organization's APIs, as the platform's tokens have it.
    c_org_iurl: String,
}

/// Why a token is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenFault {
    /// Not a token of this identity service, or not one for now.
    Invalid,
    /// Its time is over.
    Expired,
    /// There is no key to check it with.
    Unavailable,
}

impl Claims {
    /// The claims of a token that is valid from now.
    pub(super) fn new(
        identity: &Identity,
        subject: String,
        client_id: String,
        scope: &[String],
    ) -> Self {
        let now = identity.clock.now().timestamp();
        Self {
            iss: identity.issuer(),
            sub: subject,
            client_id,
            aud: identity.base_url.clone(),
            scope: scope.to_vec(),
            iat: now,
            nbf: now,
            exp: now + LIFETIME,
            jti: uuid::Uuid::new_v4().simple().to_string(),
            c_org_iurl: identity.base_url.clone(),
        }
    }
}

impl Identity {
    /// Signs a token.
    pub(super) async fn sign(&self, claims: &Claims) -> Result<String, SignError> {
        let keys = keys::current().await?;
        let mut header = Header::new(Algorithm::RS256);
        header.typ = Some("at+jwt".to_owned());
        header.kid = Some(keys.id.clone());
        Ok(encode(&header, claims, &keys.signing)?)
    }

    /// Checks a token's signature, issuer, audience and time.
    pub(crate) async fn verify(&self, token: &str) -> Result<Claims, TokenFault> {
        let keys = keys::current().await.map_err(|_| TokenFault::Unavailable)?;
        let mut validation = Validation::new(Algorithm::RS256);
        validation.set_issuer(&[self.issuer()]);
        validation.set_audience(&[&self.base_url]);
        // Time is judged below, by the sandbox's own clock.
        validation.validate_exp = false;
        let claims = decode::<Claims>(token, &keys.verifying, &validation)
            .map_err(|_| TokenFault::Invalid)?
            .claims;
        let now = self.clock.now().timestamp();
        if now >= claims.exp {
            Err(TokenFault::Expired)
        } else if now < claims.nbf {
            Err(TokenFault::Invalid)
        } else {
            Ok(claims)
        }
    }
}

/// A token could not be signed.
#[derive(Debug, thiserror::Error)]
pub(super) enum SignError {
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error(transparent)]
    Token(#[from] jsonwebtoken::errors::Error),
}
