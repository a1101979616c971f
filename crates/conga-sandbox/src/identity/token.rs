//! Access tokens and id tokens: RS256 JWTs.

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, Header, Validation, decode, decode_header, encode};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::Identity;
use super::error::OAuthError;
use super::grants::SignIn;
use crate::directory::{ActsAs, Client};

/// Seconds that an access token is valid unless the sandbox was told otherwise; published.
pub(crate) const LIFETIME: u32 = 3600;

/// Seconds that an id token is valid.
const ID_LIFETIME: i64 = 300;

/// What tells an access token from an id token (RFC 9068, section 2.1).
const ACCESS_TOKEN: &str = "at+jwt";

const ID_TOKEN: &str = "JWT";

/// What an access token says.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Claims {
    pub(super) iss: String,
    /// The user, or the client where there is none.
    pub(crate) sub: String,
    pub(crate) client_id: String,
    pub(super) aud: String,
    pub(super) scope: Vec<String>,
    pub(super) iat: i64,
    pub(super) nbf: i64,
    pub(super) exp: i64,
    pub(super) jti: String,
    /// The base URL of the organization's APIs, as the platform's tokens have it.
    c_org_iurl: String,
    /// How a user signed in; not in tokens of clients that act without one.
    #[serde(flatten)]
    signed_in: Option<SignedIn>,
}

/// When and how a user signed in.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct SignedIn {
    auth_time: i64,
    idp: String,
    amr: Vec<String>,
    sid: String,
}

/// What an id token says.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct IdClaims {
    iss: String,
    /// The user.
    pub(super) sub: String,
    /// The client.
    pub(super) aud: String,
    iat: i64,
    exp: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<String>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    at_hash: String,
    #[serde(flatten)]
    signed_in: SignedIn,
}

/// Why a token is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenFault {
    /// Not a token of this identity service, or not one for now.
    Invalid,
    /// Its time is over.
    Expired,
    /// It was revoked, or what it came from was.
    Revoked,
    /// Its connection or its user is deactivated.
    Deactivated,
    /// There is no key to check it with.
    Unavailable,
}

impl SignedIn {
    fn of(sign_in: &SignIn) -> Self {
        Self {
            auth_time: sign_in.auth_time,
            idp: "local".to_owned(),
            amr: vec!["pwd".to_owned()],
            sid: sign_in.session.clone(),
        }
    }
}

impl Identity {
    /// The claims of an access token that is valid from now.
    pub(super) fn claims(
        &self,
        subject: &str,
        client_id: &str,
        scope: &[String],
        sign_in: Option<&SignIn>,
    ) -> Claims {
        let now = self.clock.now().timestamp();
        Claims {
            iss: self.issuer(),
            sub: subject.to_owned(),
            client_id: client_id.to_owned(),
            aud: self.base_url.clone(),
            scope: scope.to_vec(),
            iat: now,
            nbf: now,
            exp: now + i64::from(self.token_lifetime),
            jti: uuid::Uuid::new_v4().simple().to_string(),
            c_org_iurl: self.base_url.clone(),
            signed_in: sign_in.map(SignedIn::of),
        }
    }

    /// Signs an access token.
    pub(super) async fn sign(&self, claims: &Claims) -> Result<String, OAuthError> {
        self.sign_as(ACCESS_TOKEN, claims).await
    }

    /// Signs the id token that goes with an access token.
    pub(super) async fn sign_id(
        &self,
        sign_in: &SignIn,
        client_id: &str,
        nonce: Option<String>,
        access_token: &str,
    ) -> Result<String, OAuthError> {
        let now = self.clock.now().timestamp();
        let hash = digest::digest(&digest::SHA256, access_token.as_bytes());
        let claims = IdClaims {
            iss: self.issuer(),
            sub: sign_in.user_id.clone(),
            aud: client_id.to_owned(),
            iat: now,
            exp: now + ID_LIFETIME,
            nonce,
            at_hash: URL_SAFE_NO_PAD.encode(&hash.as_ref()[..16]),
            signed_in: SignedIn::of(sign_in),
        };
        self.sign_as(ID_TOKEN, &claims).await
    }

    async fn sign_as(&self, typ: &str, claims: &impl Serialize) -> Result<String, OAuthError> {
        let key = self.keys.current().await?;
        let mut header = Header::new(Algorithm::RS256);
        header.typ = Some(typ.to_owned());
        header.kid = Some(key.id.clone());
        encode(&header, claims, &key.signing).map_err(|error| {
            tracing::error!(%error, "a token could not be signed");
            OAuthError::new("temporarily_unavailable", "the token could not be signed")
        })
    }

    /// Checks an access token as [`Self::verify`] does, and that its connection and its user are active.
    pub(crate) async fn admit(&self, token: &str) -> Result<(Claims, Client), TokenFault> {
        let claims = self.verify(token).await?;
        let client = self
            .directory
            .client(&claims.client_id)
            .filter(|client| client.active)
            .ok_or(TokenFault::Deactivated)?;
        if client.acts_as == ActsAs::SignedInUser {
            let user = self.directory.active_user(&claims.sub);
            user.ok_or(TokenFault::Deactivated)?;
        }
        Ok((claims, client))
    }

    /// Checks an access token's signature, issuer, audience and time, and that it is not revoked.
    pub(super) async fn verify(&self, token: &str) -> Result<Claims, TokenFault> {
        let claims = match self.verified.claims(token) {
            Some(claims) => claims,
            None => {
                let mut validation = self.validation();
                validation.set_audience(&[&self.base_url]);
                let claims = self.decode(ACCESS_TOKEN, token, &validation).await?;
                self.verified.add(token, &claims);
                claims
            }
        };
        let now = self.clock.now().timestamp();
        if now >= claims.exp {
            Err(TokenFault::Expired)
        } else if now < claims.nbf {
            Err(TokenFault::Invalid)
        } else if self.grants.is_revoked(&claims.jti) {
            Err(TokenFault::Revoked)
        } else {
            Ok(claims)
        }
    }

    /// An id token as the hint of a logout: ours, expired or not.
    pub(super) async fn id_token_hint(&self, token: &str) -> Option<IdClaims> {
        let mut validation = self.validation();
        validation.validate_aud = false;
        self.decode(ID_TOKEN, token, &validation).await.ok()
    }

    /// Time is judged by the sandbox's own clock, not here.
    fn validation(&self) -> Validation {
        let mut validation = Validation::new(Algorithm::RS256);
        validation.set_issuer(&[self.issuer()]);
        validation.validate_exp = false;
        validation
    }

    async fn decode<T: DeserializeOwned + Clone>(
        &self,
        typ: &str,
        token: &str,
        validation: &Validation,
    ) -> Result<T, TokenFault> {
        let header = decode_header(token).map_err(|_| TokenFault::Invalid)?;
        if header.typ.as_deref() != Some(typ) {
            return Err(TokenFault::Invalid);
        }
        let id = header.kid.ok_or(TokenFault::Invalid)?;
        let found = self.keys.find(&id, self.clock.now()).await;
        let key = found
            .map_err(|_| TokenFault::Unavailable)?
            .ok_or(TokenFault::Invalid)?;
        decode::<T>(token, &key.verifying, validation)
            .map(|data| data.claims)
            .map_err(|_| TokenFault::Invalid)
    }
}
