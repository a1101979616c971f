//! The identity service at `/api/v1/auth`, an OpenID provider that OAuth clients of others accept.
//!
//! | room | what lives there |
//! |---|---|
//! | [`endpoints`] | the endpoints, the discovery document, the scopes |
//! | [`params`], [`error`] | requests and errors as RFC 6749 has them |
//! | [`clients`] | client authentication |
//! | [`exchange`] | the token endpoint: four grants |
//! | [`authorize`] | authorization requests and their answers |
//! | [`interaction`] | login, consent, device verification, logout: what the user decides |
//! | [`sessions`], [`attempts`] | browsers, and how often they may guess |
//! | [`pages`] | HTML |
//! | [`grants`] | codes, grants, refresh tokens |
//! | [`status`] | revocation, introspection, user info |
//! | [`token`], [`keys`], [`verified`] | JWTs, the keys that sign them, those that were checked before |
//!
//! # What survives
//!
//! With a data file, grants outlive the sandbox, and with them refresh tokens and the codes that are out: users stay
//! signed in to their applications. The rest lives in memory and ends with the sandbox: browser sessions with the consents given
//! in them, wrong guesses, the signing keys, and so all access and id tokens. A client that is told so by a 401 gets a new
//! token with its refresh token or its secret, and finds the new key in the key set.
//!
//! # Published
//!
//! The names and places of the endpoints, the scopes, the `iss` parameter of the authorization answer, an `expires_in` of 3600 and
//! the claim `c_org_iurl`. The published discovery document names more than there is here: the grants `implicit`, `password`,
//! CIBA and token exchange, PKCE `plain`, pushed authorization requests, session checks, and answers by
//! `form_post` and `fragment`. The sandbox leaves those out of its own document.
//!
//! # Assumed
//!
//! *Clients.* API-to-API connections and integration users sign in by client credentials only; UI-to-API connections by
//! authorization code and device code, always with PKCE S256 for codes, with or without their secret. Identity scopes
//! are for UI-to-API connections; `AllowedScopes` limits the others. An unknown scope is refused; scopes are not enforced by the
//! services. A refresh token needs `offline_access`.
//!
//! *Redirect URIs* match exactly, but one that is registered with `http` and the literal address 127.0.0.1 or \[::1\] matches with any
//! port (RFC 8252, section 7.3). After logout a browser goes to a redirect URI of the connection or nowhere.
//!
//! *Lifetimes.* Codes 5 minutes, device codes 10 with a poll every 5 seconds, id tokens 5 minutes, refresh tokens 30 days from sign-in, browser
//! sessions 8 hours after their last use. A refresh token works once; using it again, or a code again, revokes all that came
//! of the sign-in. Revoked access tokens are refused at once.
//!
//! *Guessing.* Five wrong passwords for a name, or five wrong device codes by a user, within five minutes are the last. Secrets
//! of clients are too long to be guessed.

mod attempts;
mod authorize;
mod clients;
mod endpoints;
mod error;
mod exchange;
mod grants;
mod interaction;
mod keys;
mod pages;
mod params;
mod sessions;
mod status;
mod token;
mod verified;

use std::path::Path;
use std::sync::Arc;

use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};

pub(crate) use clients::basic;
pub(crate) use endpoints::Endpoint;
pub(crate) use keys::KeyError;
pub(crate) use token::{LIFETIME as TOKEN_LIFETIME, TokenFault};

use crate::clock::Clock;
use crate::directory::Directory;
use crate::request::{Answer, Refusal};
use attempts::Attempts;
use error::OAuthError;
use grants::Grants;
use keys::Keys;
use sessions::Sessions;
use verified::Verified;

/// Where the identity service stands, below the base URL.
pub(crate) const PREFIX: &str = "/api/v1/auth";

/// A longer body is refused unread.
pub(crate) const BODY_LIMIT: usize = 64 * 1024;

/// Signs users and clients in.
#[derive(Debug)]
pub(crate) struct Identity {
    base_url: String,
    directory: Arc<Directory>,
    clock: Clock,
    /// Seconds that access tokens are valid.
    token_lifetime: u32,
    keys: Keys,
    grants: Grants,
    sessions: Sessions,
    attempts: Attempts,
    verified: Verified,
}

/// A request for an endpoint.
#[derive(Clone, Copy)]
pub(crate) struct Request<'a> {
    /// The method; `HEAD` arrives as itself.
    pub(crate) method: &'a Method,
    /// The query as sent; empty if there is none.
    pub(crate) query: &'a str,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a [u8],
}

impl Identity {
    /// The identity service of the sandbox at `base_url`, whose tokens live for so many seconds. What it keeps is in the file, or in
    /// memory without one.
    pub(crate) fn open(
        path: Option<&Path>,
        base_url: String,
        directory: Arc<Directory>,
        clock: Clock,
        token_lifetime: u32,
    ) -> rusqlite::Result<Self> {
        let port = base_url.rsplit(':').next().unwrap_or_default();
        Ok(Self {
            sessions: Sessions::new(port, clock.clone()),
            base_url,
            directory,
            clock,
            token_lifetime,
            keys: Keys::default(),
            grants: Grants::open(path)?,
            attempts: Attempts::default(),
            verified: Verified::default(),
        })
    }

    /// Makes the signing key, which takes a while, so that the first token need not wait for it.
    pub(crate) async fn warm_up(&self) {
        // A failure is met again, and reported, by whoever needs the key.
        let _ = self.keys.current().await;
    }

    /// Replaces the signing key. Tokens of the old one stay good, and it stays published while they live.
    pub(crate) async fn rotate_key(&self) -> Result<(), KeyError> {
        self.keys.rotate(self.clock.now()).await
    }

    /// The issuer of tokens.
    pub(crate) fn issuer(&self) -> String {
        format!("{}{PREFIX}", self.base_url)
    }

    /// The address of an endpoint.
    pub(crate) fn url(&self, endpoint: Endpoint) -> String {
        format!("{}{PREFIX}{}", self.base_url, endpoint.path())
    }

    /// Answers a request.
    pub(crate) async fn handle(&self, endpoint: Endpoint, request: Request<'_>) -> Answer {
        let json = match endpoint {
            Endpoint::Discovery => return Answer::json(StatusCode::OK, self.discovery()),
            Endpoint::Keys => {
                return match self.keys.published(self.clock.now()).await {
                    Ok(keys) => Answer::json(StatusCode::OK, keys),
                    Err(error) => OAuthError::from(error).into_answer(request.headers),
                };
            }
            Endpoint::Authorize => return self.authorize(request).await,
            Endpoint::Login => return self.login(request).await,
            Endpoint::Consent => return self.consent(request).await,
            Endpoint::Device => return self.verify_device(request).await,
            Endpoint::EndSession => return self.end_session(request).await,
            Endpoint::UserInfo => return self.user_info(request).await,
            Endpoint::Token => self.exchange(request).await,
            Endpoint::DeviceAuthorization => self.authorize_device(request).await,
            Endpoint::Revocation => self.revoke(request).await,
            Endpoint::Introspection => self.introspect(request).await,
        };
        json.map_or_else(
            |error| error.into_answer(request.headers),
            |body| unstored(Answer::json(StatusCode::OK, body)),
        )
    }
}

/// An answer that no cache keeps (RFC 6749, section 5.1).
pub(crate) fn unstored(answer: Answer) -> Answer {
    answer
        .with_header(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))
        .with_header(header::PRAGMA, HeaderValue::from_static("no-cache"))
}

/// A body that could not be read, as this service answers it.
pub(crate) fn unreadable(refusal: &Refusal) -> Answer {
    let description = match refusal.status {
        StatusCode::PAYLOAD_TOO_LARGE => "the body is too long",
        StatusCode::REQUEST_TIMEOUT => "the body did not arrive in time",
        _ => "the body broke off",
    };
    let mut answer = OAuthError::invalid_request(description).into_answer(&HeaderMap::new());
    answer.status = refusal.status;
    answer
}
