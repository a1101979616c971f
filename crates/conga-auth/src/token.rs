//! An access token and what is known about it.

use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use http::HeaderMap;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::AuthError;
use crate::claims::Claims;
use crate::credential::bearer;

/// An access token, when it was asked for, when it runs out, and what came with it.
///
/// `Debug` shows everything but the secrets.
#[derive(Clone, Debug)]
pub struct Token {
    secret: SecretString,
    obtained_at: SystemTime,
    expires_at: Option<SystemTime>,
    user_id: Option<String>,
    refresh_token: Option<SecretString>,
    id_token: Option<SecretString>,
    scopes: Vec<String>,
    instance_url: Option<Url>,
    unsaved: bool,
    /// What requests carry, made for the first of them. Its value is marked sensitive.
    bearer: OnceLock<HeaderMap>,
}

impl Token {
    /// A token without a known end: it is used until a server rejects it.
    ///
    /// `obtained_at` is the time at which the request for it was *sent*, so that a slow answer shortens the lifetime
    /// instead of stretching it.
    pub fn new(secret: impl Into<SecretString>, obtained_at: SystemTime) -> Self {
        Self {
            secret: secret.into(),
            obtained_at,
            expires_at: None,
            user_id: None,
            refresh_token: None,
            id_token: None,
            scopes: Vec::new(),
            instance_url: None,
            unsaved: false,
            bearer: OnceLock::new(),
        }
    }

    /// Sets how long the token lives, counted from when it was obtained.
    ///
    /// A lifetime beyond what the clock can express counts as no known end.
    #[must_use]
    pub fn with_lifetime(mut self, lifetime: Duration) -> Self {
        self.expires_at = self.obtained_at.checked_add(lifetime);
        self
    }

    /// Sets the id of the user for whom the token was issued.
    #[must_use]
    pub fn with_user_id(mut self, user_id: impl Into<String>) -> Self {
        self.user_id = Some(user_id.into());
        self
    }

    /// Sets the refresh token that obtains this token's successor.
    #[must_use]
    pub fn with_refresh_token(mut self, refresh_token: impl Into<SecretString>) -> Self {
        self.refresh_token = Some(refresh_token.into());
        self
    }

    /// Sets the ID token that came along (OpenID Connect).
    #[must_use]
    pub fn with_id_token(mut self, id_token: impl Into<SecretString>) -> Self {
        self.id_token = Some(id_token.into());
        self
    }

    /// Sets the scopes that the server granted.
    #[must_use]
    pub fn with_scopes<S: Into<String>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.scopes = scopes.into_iter().map(Into::into).collect();
        self
    }

    /// Sets where the API of this token is.
    #[must_use]
    pub fn with_instance_url(mut self, url: Url) -> Self {
        self.instance_url = Some(url);
        self
    }

    /// Notes that the store did not take this token, so that what is stored is older.
    #[must_use]
    pub(crate) fn unsaved(mut self) -> Self {
        self.unsaved = true;
        self
    }

    /// The token itself.
    pub fn secret(&self) -> &SecretString {
        &self.secret
    }

    /// The headers of requests with this token.
    pub(crate) fn bearer(&self) -> Result<HeaderMap, AuthError> {
        if let Some(headers) = self.bearer.get() {
            return Ok(headers.clone());
        }
        let headers = bearer(&self.secret)?;
        Ok(self.bearer.get_or_init(|| headers).clone())
    }

    /// When the token was asked for.
    pub fn obtained_at(&self) -> SystemTime {
        self.obtained_at
    }

    /// When the token runs out; `None` where the server did not say.
    pub fn expires_at(&self) -> Option<SystemTime> {
        self.expires_at
    }

    /// The user for whom the token was issued, where the answer named one (a storefront sign-in does).
    pub fn user_id(&self) -> Option<&str> {
        self.user_id.as_deref()
    }

    /// The refresh token, where the answer held one.
    pub fn refresh_token(&self) -> Option<&SecretString> {
        self.refresh_token.as_ref()
    }

    /// The ID token, where the answer held one. Nothing of it has been verified; its use is as a hint at sign-out, see
    /// [`OAuthClient::end_session_url`](crate::OAuthClient::end_session_url).
    pub fn id_token(&self) -> Option<&SecretString> {
        self.id_token.as_ref()
    }

    /// The scopes that the answer named; empty where it named none, which means those that were asked for.
    pub fn scopes(&self) -> &[String] {
        &self.scopes
    }

    /// Where the API of this token is, where the answer said so (Salesforce does).
    pub fn instance_url(&self) -> Option<&Url> {
        self.instance_url.as_ref()
    }

    /// What the token says about itself, unverified; `None` where it is not a JSON Web Token.
    pub fn claims(&self) -> Option<Claims> {
        Claims::of(self.secret.expose_secret())
    }

    /// Whether the store did not take this token.
    pub(crate) fn is_unsaved(&self) -> bool {
        self.unsaved
    }

    /// Whether this and `other` are the same access token.
    pub(crate) fn is(&self, other: &Token) -> bool {
        self.secret.expose_secret() == other.secret.expose_secret()
    }

    /// Whether the token has not run out at `now`.
    pub fn is_valid_at(&self, now: SystemTime) -> bool {
        self.expires_at.is_none_or(|end| now < end)
    }

    /// Whether the token is valid at `now` and not yet due for its early refresh.
    ///
    /// It is due `early` before its end, but never sooner than in the last sixth of its life: a token that lives for a
    /// minute must not be due from its first second.
    pub(crate) fn is_fresh_at(&self, now: SystemTime, early: Duration) -> bool {
        let Some(end) = self.expires_at else {
            return true;
        };
        let lifetime = end.duration_since(self.obtained_at).unwrap_or_default();
        let due = end.checked_sub(early.min(lifetime / 6)).unwrap_or(end);
        now < due
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    const EARLY: Duration = Duration::from_secs(300);

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn living(seconds: u64) -> Token {
        Token::new("t", at(1_000)).with_lifetime(Duration::from_secs(seconds))
    }

    #[test]
    fn an_hour_long_token_is_due_five_minutes_early() {
        let token = living(3_600);
        assert!(token.is_fresh_at(at(1_000 + 3_299), EARLY));
        assert!(!token.is_fresh_at(at(1_000 + 3_300), EARLY));
        assert!(token.is_valid_at(at(1_000 + 3_599)));
        assert!(!token.is_valid_at(at(1_000 + 3_600)));
    }

    #[test]
    fn a_short_token_is_due_in_its_last_sixth() {
        let token = living(60);
        assert!(token.is_fresh_at(at(1_049), EARLY));
        assert!(!token.is_fresh_at(at(1_050), EARLY));
    }

    #[test]
    fn a_token_without_an_end_stays_fresh() {
        let token = Token::new("t", at(0));
        assert!(token.is_fresh_at(at(u64::from(u32::MAX)), EARLY));
    }

    #[test]
    fn an_absurd_lifetime_is_no_end_and_zero_is_over_at_once() {
        assert_eq!(living(u64::MAX).expires_at(), None);
        assert!(!living(0).is_valid_at(at(1_000)));
    }

    #[test]
    fn debug_hides_the_token() {
        let token = Token::new("hunter2", at(0))
            .with_user_id("005000000000001AAA")
            .with_refresh_token("hunter2-refresh")
            .with_id_token("hunter2-id");
        // The headers that it has made are in it too.
        assert_eq!(token.bearer().unwrap().len(), 1);
        let shown = format!("{token:?}");
        assert!(!shown.contains("hunter2"), "{shown}");
        assert!(shown.contains("005000000000001AAA"), "{shown}");
    }
}
