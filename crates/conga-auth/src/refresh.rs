//! The refresh token grant (RFC 6749, section 6): which refresh token is asked with, and what its answer becomes.

use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};

use crate::AuthError;
use crate::oauth::Form;
use crate::token::Token;

/// One use of a refresh token.
#[derive(Debug)]
pub(crate) struct Refresh<'a> {
    last: &'a SecretString,
    replacing: Option<&'a Token>,
}

impl<'a> Refresh<'a> {
    /// The use of the refresh token that came with `replacing`; of `first` where there was no token yet.
    pub(crate) fn of(
        first: Option<&'a SecretString>,
        replacing: Option<&'a Token>,
    ) -> Result<Self, AuthError> {
        let last = match replacing {
            Some(token) => token.refresh_token().ok_or(
                "the token ran out and came without a refresh token (ask for the scope `offline_access`)",
            ),
            None => first.ok_or("nobody has signed in yet"),
        };
        match last {
            Ok(last) => Ok(Self { last, replacing }),
            Err(reason) => Err(AuthError::SignInRequired {
                reason: reason.to_owned(),
                source: None,
            }),
        }
    }

    pub(crate) fn form(&self) -> Form<'a> {
        Form::grant("refresh_token").secret("refresh_token", self.last)
    }

    /// What the server's answer means. What a token leaves out stays as it was (RFC 6749, section 6; OpenID Connect Core,
    /// section 12.2).
    pub(crate) fn outcome(self, answer: Result<Token, AuthError>) -> Result<Token, AuthError> {
        let mut token = answer.map_err(|error| {
            if error.oauth_error() == Some("invalid_grant") {
                AuthError::SignInRequired {
                    reason: "the refresh token is used up, expired or revoked".to_owned(),
                    source: Some(Arc::new(error)),
                }
            } else {
                error
            }
        })?;
        if token.refresh_token().is_none() {
            token = token.with_refresh_token(self.last.expose_secret());
        }
        if let Some(before) = self.replacing {
            if token.scopes().is_empty() {
                token = token.with_scopes(before.scopes());
            }
            if let (None, Some(id)) = (token.id_token(), before.id_token()) {
                token = token.with_id_token(id.expose_secret());
            }
            if let (None, Some(url)) = (token.instance_url(), before.instance_url()) {
                token = token.with_instance_url(url.clone());
            }
        }
        Ok(token)
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;

    fn token(text: &str) -> Token {
        Token::new(text, SystemTime::UNIX_EPOCH)
    }

    #[test]
    fn the_token_at_hand_goes_before_the_first() {
        let first = SecretString::from("first");
        let used = |replacing: Option<&Token>| {
            Refresh::of(Some(&first), replacing)
                .map(|refresh| refresh.last.expose_secret().to_owned())
        };
        assert_eq!(used(None).unwrap(), "first");
        assert_eq!(
            used(Some(&token("a").with_refresh_token("r"))).unwrap(),
            "r"
        );
        // The first one has been used by then, so that it is not fallen back on.
        assert!(matches!(
            used(Some(&token("a"))),
            Err(AuthError::SignInRequired { .. })
        ));
        assert!(Refresh::of(None, None).is_err());
    }

    #[test]
    fn what_an_answer_leaves_out_stays() {
        let before = token("a")
            .with_refresh_token("r")
            .with_id_token("i")
            .with_scopes(["s"])
            .with_instance_url("https://org.example".parse().unwrap());
        let refresh = || Refresh::of(None, Some(&before)).unwrap();
        let kept = refresh().outcome(Ok(token("b"))).unwrap();
        assert_eq!(kept.refresh_token().unwrap().expose_secret(), "r");
        assert_eq!(kept.id_token().unwrap().expose_secret(), "i");
        assert_eq!(kept.scopes(), ["s"]);
        assert!(kept.instance_url().is_some());
        let new = token("b").with_refresh_token("r2").with_scopes(["s2"]);
        let replaced = refresh().outcome(Ok(new)).unwrap();
        assert_eq!(replaced.refresh_token().unwrap().expose_secret(), "r2");
        assert_eq!(replaced.scopes(), ["s2"]);
    }
}
