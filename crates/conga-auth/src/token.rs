//! An access token and what is known about it.

use std::time::{Duration, SystemTime};

use secrecy::SecretString;

/// An access token, when it was asked for, and when it runs out.
///
/// `Debug` shows everything but the token itself.
#[derive(Clone, Debug)]
pub struct Token {
    secret: SecretString,
    obtained_at: SystemTime,
    expires_at: Option<SystemTime>,
    user_id: Option<String>,
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

    /// The token itself.
    pub fn secret(&self) -> &SecretString {
        &self.secret
    }

    /// When the token runs out; `None` where the server did not say.
    pub fn expires_at(&self) -> Option<SystemTime> {
        self.expires_at
    }

    /// The user for whom the token was issued, where the answer named one (a storefront sign-in does).
    pub fn user_id(&self) -> Option<&str> {
        self.user_id.as_deref()
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
        let shown = format!(
            "{:?}",
            Token::new("hunter2", at(0)).with_user_id("005000000000001AAA")
        );
        assert!(!shown.contains("hunter2"), "{shown}");
        assert!(shown.contains("005000000000001AAA"), "{shown}");
    }
}
