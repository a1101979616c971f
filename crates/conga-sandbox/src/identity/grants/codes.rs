//! Authorization codes.

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{OptionalExtension, params};
use serde::{Deserialize, Serialize};

use super::store::{from_json, from_millis, to_json};
use super::{Authorization, GrantId, Granted, Grants};
use crate::identity::error::OAuthError;
use crate::secret::{self, same_secret, sha256};

const LIFETIME: TimeDelta = TimeDelta::minutes(5);

/// What a code is bound to.
#[derive(Serialize, Deserialize)]
pub(in crate::identity) struct CodeRequest {
    pub(in crate::identity) authorization: Authorization,
    pub(in crate::identity) nonce: Option<String>,
    /// As the client asked for it.
    pub(in crate::identity) redirect_uri: String,
    /// The PKCE challenge.
    pub(in crate::identity) challenge: String,
}

impl Grants {
    /// A code for what a client asked and a user allowed.
    pub(in crate::identity) async fn issue_code(
        &self,
        request: CodeRequest,
        now: DateTime<Utc>,
    ) -> Result<String, OAuthError> {
        self.change(move |change| {
            change.sweep(now)?;
            let code = secret::token();
            change.transaction.execute(
                "INSERT INTO auth_codes (hash, body, expires) VALUES (?, ?, ?)",
                params![
                    sha256(&code),
                    to_json(&request)?,
                    (now + LIFETIME).timestamp_millis()
                ],
            )?;
            Ok(code)
        })
        .await
    }

    /// Turns a code into a grant. A second use revokes what the first one gave; a wrong verifier or redirect URI
    /// uses the code up.
    pub(in crate::identity) async fn redeem_code(
        &self,
        code: &str,
        client_id: &str,
        redirect_uri: &str,
        verifier: &str,
        now: DateTime<Utc>,
    ) -> Result<Granted, OAuthError> {
        let hash = sha256(code);
        let challenge = sha256(verifier);
        let (client_id, redirect_uri) = (client_id.to_owned(), redirect_uri.to_owned());
        let refuse = |why| Ok(Err(OAuthError::invalid_grant(why)));
        self.change(move |change| {
            let found: Option<(CodeRequest, DateTime<Utc>, Option<GrantId>)> = change
                .transaction
                .query_row(
                    "SELECT body, expires, grant_id FROM auth_codes WHERE hash = ?",
                    [&hash],
                    |row| {
                        let request = from_json(&row.get::<_, String>(0)?)?;
                        Ok((request, from_millis(row.get(1)?)?, row.get(2)?))
                    },
                )
                .optional()?;
            // A code of another client stays good, or anybody could use up a code.
            let Some((request, expires, grant)) =
                found.filter(|(request, ..)| request.authorization.client_id == client_id)
            else {
                return refuse("the code is not one of this client, or is over; sign in again");
            };
            if let Some(grant) = grant {
                change.revoke(grant)?;
                return refuse("the code was used before; its tokens are revoked, sign in again");
            }
            if expires <= now {
                return refuse("the code has expired; sign in again");
            }
            let fault = if request.redirect_uri != redirect_uri {
                Some("redirect_uri is not the one that the code was sent to; sign in again")
            } else if !same_secret(&challenge, &request.challenge) {
                Some("code_verifier does not fit the code_challenge; sign in again")
            } else {
                None
            };
            if let Some(fault) = fault {
                change
                    .transaction
                    .execute("DELETE FROM auth_codes WHERE hash = ?", [&hash])?;
                return refuse(fault);
            }
            let granted = change.grant(request.authorization, request.nonce, now)?;
            change.transaction.execute(
                "UPDATE auth_codes SET grant_id = ? WHERE hash = ?",
                [&granted.id, &hash],
            )?;
            Ok(Ok(granted))
        })
        .await?
    }
}
