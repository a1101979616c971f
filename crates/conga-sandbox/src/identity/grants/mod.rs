//! What users have granted, and the codes and tokens that stand for it.
//!
//! | room | what lives there |
//! |---|---|
//! | [`codes`], [`devices`] | the two ways to a grant |
//! | [`refresh`] | refresh tokens |
//! | [`access`] | which access tokens are revoked |
//! | [`store`] | SQLite, in the file of the Data service |
//!
//! A code is redeemed once; what comes of it is a grant. A grant has one good refresh token at a time and knows its access
//! tokens, so that revoking it ends all of them.
//!
//! Codes, grants and refresh tokens are in SQLite, as hashes: whoever reads the file can use none of them. With a data
//! file they outlive the sandbox. Access tokens do not, since the keys that sign them do not; which of them are
//! revoked is known in memory alone.

mod access;
mod codes;
mod devices;
mod refresh;
mod store;

#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

pub(super) use codes::CodeRequest;
pub(super) use devices::{DeviceRequest, INTERVAL, normalised};

use super::error::OAuthError;
use super::token;
use store::{Change, Store};

/// How long a user who signed in for `offline_access` stays signed in.
const OFFLINE_LIFETIME: TimeDelta = TimeDelta::days(30);

/// All grants of a sandbox.
#[derive(Debug)]
pub(super) struct Grants(Arc<Store>);

/// A user who signed in to a client.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct SignIn {
    pub(super) user_id: String,
    /// When, in seconds of the epoch.
    pub(super) auth_time: i64,
    /// The id of the browser's session.
    pub(super) session: String,
}

/// What a client may have, and from whom.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Authorization {
    pub(super) client_id: String,
    pub(super) scope: Vec<String>,
    pub(super) sign_in: SignIn,
}

/// Names a grant.
pub(super) type GrantId = String;

/// A grant as a token request finds it.
pub(super) struct Granted {
    pub(super) id: GrantId,
    pub(super) authorization: Authorization,
    /// What ties the first id token to the client's request.
    pub(super) nonce: Option<String>,
    /// The refresh token to give out, if the user is to stay signed in.
    pub(super) refresh_token: Option<String>,
}

impl Grants {
    /// Opens the file, or a database in memory. It blocks on SQLite.
    pub(super) fn open(path: Option<&Path>) -> rusqlite::Result<Self> {
        Ok(Self(Arc::new(Store::open(path)?)))
    }

    /// Remembers an access token of a grant, by its id and the second of the epoch when it expires; tells whether
    /// the grant is still good.
    pub(super) async fn remember(
        &self,
        grant: &GrantId,
        token_id: &str,
        expires: i64,
        now: DateTime<Utc>,
    ) -> Result<bool, OAuthError> {
        // First, so that whoever revokes the grant from here on finds the token.
        self.0.access_tokens().add(grant, token_id, expires, now);
        let grant = grant.clone();
        self.change(move |change| change.has_grant(&grant)).await
    }

    /// Revokes a grant with all its tokens.
    pub(super) async fn revoke(&self, grant: &GrantId) -> Result<(), OAuthError> {
        let grant = grant.clone();
        self.change(move |change| change.revoke(grant)).await
    }

    /// Revokes one access token.
    pub(super) fn revoke_access_token(&self, token_id: String, expires: i64, now: DateTime<Utc>) {
        self.0.access_tokens().revoke(token_id, expires, now);
    }

    /// Whether an access token is revoked.
    pub(super) fn is_revoked(&self, token_id: &str) -> bool {
        self.0.access_tokens().is_revoked(token_id)
    }

    /// Runs `work` in a transaction, off the async threads and to its end even if nobody waits for it any more.
    async fn change<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Change<'_>) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, OAuthError> {
        let store = self.0.clone();
        let failed = |error: &dyn std::fmt::Display| {
            tracing::error!(%error, "the grants could not be reached");
            OAuthError::new(
                "temporarily_unavailable",
                "the sandbox could not reach its database, nothing was changed",
            )
        };
        tokio::task::spawn_blocking(move || store.change(work))
            .await
            .map_err(|error| failed(&error))?
            .map_err(|error| failed(&error))
    }
}

impl Change<'_> {
    /// Opens a grant, with a refresh token if the user is to stay signed in.
    fn grant(
        &mut self,
        authorization: Authorization,
        nonce: Option<String>,
        now: DateTime<Utc>,
    ) -> rusqlite::Result<Granted> {
        let offline = authorization
            .scope
            .iter()
            .any(|one| one == "offline_access");
        let lifetime = if offline {
            OFFLINE_LIFETIME
        } else {
            TimeDelta::seconds(token::LIFETIME.into())
        };
        let id = self.add_grant(&authorization, now + lifetime)?;
        let refresh_token = offline.then(|| self.add_refresh_token(&id)).transpose()?;
        Ok(Granted {
            id,
            authorization,
            nonce,
            refresh_token,
        })
    }
}
