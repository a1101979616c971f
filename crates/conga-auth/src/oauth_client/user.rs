//! A user who signed in: a credential that keeps itself fresh by refresh tokens.

use std::sync::Arc;
use std::time::SystemTime;

use async_trait::async_trait;
use http::HeaderMap;
use secrecy::SecretString;
use tracing::{Instrument, debug_span, warn};

use super::OAuthClient;
use crate::cache::{TokenCache, TokenSource};
use crate::claims::Claims;
use crate::credential::bearer_of;
use crate::refresh::Refresh;
use crate::store::Stored;
use crate::token::Token;
use crate::transport::Repeat;
use crate::{AuthError, Credential, RequestContext};

/// A user of a [`OAuthClient`]. Clones share the token.
///
/// Tokens are refreshed early and once, also among the processes that share the store; each refresh token is used once,
/// and its successor stored before anything else happens (see [`Stored`]). Tokens go to the gateway, and to hosts that
/// were allowed, only.
#[derive(Clone, Debug)]
pub struct UserCredential {
    client: OAuthClient,
    stored: Stored,
    cache: TokenCache,
}

impl UserCredential {
    pub(super) fn new(client: OAuthClient, refresh_token: Option<SecretString>) -> Self {
        let source = RefreshSource {
            client: client.clone(),
            first: refresh_token,
        };
        let inner = &client.inner;
        let stored = Stored::with_early(
            source,
            Arc::clone(&inner.store),
            client.owner(),
            inner.refresh_early,
        );
        let cache = TokenCache::with_settings(
            stored.clone(),
            inner.refresh_early,
            Arc::clone(&inner.clock),
        );
        Self {
            client,
            stored,
            cache,
        }
    }

    /// The user of a fresh sign-in. The token is stored; where that fails, it is in use all the same.
    pub(super) async fn signed_in(client: OAuthClient, mut token: Token) -> Self {
        let user = Self::new(client, None);
        if let Err(error) = user.stored.save(&token).await {
            warn!(%error, "the sign-in is in use, but could not be stored");
            token = token.unsaved();
        }
        user.cache.put(token);
        user
    }

    /// The current token, refreshed first where needed.
    ///
    /// # Errors
    ///
    /// [`AuthError::SignInRequired`] where there is no sign-in to go on with; others where the provider cannot be reached.
    pub async fn token(&self) -> Result<Arc<Token>, AuthError> {
        self.cache.token().await
    }

    /// The claims about the user, from the userinfo endpoint of the provider.
    ///
    /// # Errors
    ///
    /// [`AuthError`] where there is no token, or the provider has no such endpoint or refuses.
    pub async fn user_info(&self) -> Result<Claims, AuthError> {
        let token = self.token().await?;
        self.client.user_info(token.secret()).await
    }

    /// Signs out: revokes the refresh token (and with it, as providers do, the access tokens that came of it) or, where
    /// there is none, the access token; then forgets both, in the store too. To end the user's session in the browser as
    /// well, take [`OAuthClient::end_session_url`] before this.
    ///
    /// # Errors
    ///
    /// [`AuthError`]; the sign-in is then kept, so that the call can be made again.
    pub async fn sign_out(&self) -> Result<(), AuthError> {
        let stored = self.stored.load().await?;
        if let Some(token) = stored.or_else(|| self.cache.current().as_deref().cloned()) {
            let secret = token.refresh_token().unwrap_or(token.secret());
            self.client.revoke(secret).await?;
        }
        self.forget().await
    }

    /// Forgets the sign-in, in the store too, without telling the provider.
    ///
    /// # Errors
    ///
    /// [`AuthError::Store`] where the store cannot be cleared.
    pub async fn forget(&self) -> Result<(), AuthError> {
        self.stored.clear().await?;
        self.cache.clear();
        Ok(())
    }
}

#[async_trait]
impl Credential for UserCredential {
    async fn headers(&self, cx: &RequestContext<'_>) -> Result<HeaderMap, AuthError> {
        self.client.inner.audience.check(cx)?;
        self.cache.token().await?.bearer()
    }

    async fn invalidate(&self, rejected: &HeaderMap) -> bool {
        let Some(token) = bearer_of(rejected) else {
            return false;
        };
        self.cache.discard(token);
        true
    }
}

/// Asks for tokens by the refresh token of the last one (RFC 6749, section 6).
#[derive(Debug)]
struct RefreshSource {
    client: OAuthClient,
    /// The refresh token to begin with, where no token is stored.
    first: Option<SecretString>,
}

#[async_trait]
impl TokenSource for RefreshSource {
    async fn fetch(&self, _now: SystemTime, replacing: Option<&Token>) -> Result<Token, AuthError> {
        let refresh = Refresh::of(self.first.as_ref(), replacing)?;
        let span = debug_span!("refresh_token");
        let form = refresh.form();
        let asked = self.client.token(&form, Repeat::SingleUse);
        let answer = asked.instrument(span).await;
        refresh.outcome(answer)
    }

    fn is_single_use(&self) -> bool {
        true
    }
}
