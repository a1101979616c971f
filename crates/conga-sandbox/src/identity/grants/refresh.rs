//! Refresh tokens.

use chrono::{DateTime, Utc};

use super::{Authorization, Granted, Grants};
use crate::identity::error::OAuthError;

/// A refresh token as introspection sees it.
#[derive(Debug, Clone)]
pub(in crate::identity) struct Refreshable {
    pub(in crate::identity) authorization: Authorization,
    /// In seconds of the epoch.
    pub(in crate::identity) expires: i64,
}

impl Grants {
    /// Takes a refresh token and gives the next. Using one twice revokes its grant. `scope` narrows what the next
    /// access token may do, not what later ones may.
    pub(in crate::identity) async fn rotate(
        &self,
        token: &str,
        client_id: &str,
        scope: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<Granted, OAuthError> {
        let (token, client_id) = (token.to_owned(), client_id.to_owned());
        let asked = scope.map(|scope| {
            let scopes = scope.split_ascii_whitespace().map(str::to_owned);
            scopes.collect::<Vec<String>>()
        });
        self.change(move |change| {
            let found = change.refresh_token(&token)?.filter(|(grant, _)| {
                grant.authorization.client_id == client_id && grant.expires > now
            });
            let Some((grant, used)) = found else {
                return Ok(Err(OAuthError::invalid_grant(
                    "the refresh token is not one of this client, or is over",
                )));
            };
            if used {
                change.revoke(grant.id)?;
                return Ok(Err(OAuthError::invalid_grant(
                    "the refresh token was used before; all tokens of the sign-in are revoked, sign in again",
                )));
            }
            let mut authorization = grant.authorization;
            if let Some(asked) = asked {
                if asked.iter().any(|one| !authorization.scope.contains(one)) {
                    return Ok(Err(OAuthError::new(
                        "invalid_scope",
                        "a scope was not granted when the user signed in",
                    )));
                }
                authorization.scope = asked;
            }
            change.use_refresh_token(&token)?;
            let next = change.add_refresh_token(&grant.id)?;
            Ok(Ok(Granted {
                id: grant.id,
                authorization,
                nonce: None,
                refresh_token: Some(next),
            }))
        })
        .await?
    }

    /// Revokes the grant of a refresh token; `None` if it is not known, else whether it was the client's.
    pub(in crate::identity) async fn revoke_refresh_token(
        &self,
        token: &str,
        client_id: &str,
    ) -> Result<Option<bool>, OAuthError> {
        let (token, client_id) = (token.to_owned(), client_id.to_owned());
        self.change(move |change| {
            let Some((grant, _)) = change.refresh_token(&token)? else {
                return Ok(None);
            };
            let own = grant.authorization.client_id == client_id;
            if own {
                change.revoke(grant.id)?;
            }
            Ok(Some(own))
        })
        .await
    }

    /// A refresh token that is good.
    pub(in crate::identity) async fn refreshable(
        &self,
        token: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<Refreshable>, OAuthError> {
        let token = token.to_owned();
        self.change(move |change| {
            let found = change.refresh_token(&token)?;
            Ok(found
                .filter(|(grant, used)| !used && grant.expires > now)
                .map(|(grant, _)| Refreshable {
                    authorization: grant.authorization,
                    expires: grant.expires.timestamp(),
                }))
        })
        .await
    }
}
