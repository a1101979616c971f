//! Who calls: the three kinds of credential that operations ask for.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};

use crate::accounts::Accounts;
use crate::directory::{ActsAs, Directory};
use crate::identity::{Identity, TokenFault};
use crate::request::{Caller, Refusal};
use crate::secret::same_secret;
use crate::specification::Operation;
use crate::storefront::{self, Storefronts};

/// The credential that an operation asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scheme {
    /// An access token of the platform's identity service.
    Platform,
    /// A Salesforce session, as the storefront sign-in gives it.
    Salesforce,
    /// The `X-API-Key` header.
    ApiKey,
}

impl Scheme {
    fn of(operation: &Operation) -> Self {
        if operation.template.starts_with("/services/apexrest/") {
            Self::Salesforce
        } else if operation.service == "salesforce-discovery-ai" {
            Self::ApiKey
        } else {
            Self::Platform
        }
    }
}

/// Decides who makes a call.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Gate<'a> {
    pub(crate) accounts: &'a Accounts,
    pub(crate) directory: &'a Directory,
    pub(crate) identity: &'a Identity,
    pub(crate) storefronts: &'a Storefronts,
}

impl Gate<'_> {
    /// The caller of an operation, or why the call is refused.
    pub(crate) async fn admit(
        &self,
        operation: &Operation,
        headers: &HeaderMap,
    ) -> Result<Caller, Refusal> {
        match Scheme::of(operation) {
            Scheme::Platform => self.platform(headers).await,
            Scheme::Salesforce => self.salesforce(operation, headers),
            Scheme::ApiKey => self.api_key(headers),
        }
    }

    async fn platform(&self, headers: &HeaderMap) -> Result<Caller, Refusal> {
        let token = bearer(headers)?;
        let (claims, client) = self
            .identity
            .admit(token)
            .await
            .map_err(|fault| match fault {
                TokenFault::Unavailable => Refusal::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "the sandbox could not make its signing key",
                ),
                TokenFault::Expired => expired(),
                TokenFault::Revoked => {
                    unauthorized(Some("the access token was revoked; sign in again"))
                }
                TokenFault::Deactivated => {
                    unauthorized(Some("the token's connection or user is deactivated"))
                }
                TokenFault::Invalid => unauthorized(Some(
                    "the access token is not one of this sandbox's identity service",
                )),
            })?;
        let user_id = match client.acts_as {
            ActsAs::User(user_id) => user_id,
            ActsAs::NamedUser => self.named_user(headers)?,
            ActsAs::SignedInUser => claims.sub,
        };
        Ok(Caller::Platform {
            client_id: claims.client_id,
            user_id,
        })
    }

    /// The user in the `user-id` header. That the header is required is published; the statuses (400
    /// without it, 403 for a user that does not exist) are assumed.
    fn named_user(&self, headers: &HeaderMap) -> Result<String, Refusal> {
        let user_id = headers
            .get("user-id")
            .and_then(|value| value.to_str().ok())
            .filter(|value| !value.is_empty())
            .ok_or_else(|| {
                Refusal::new(
                    StatusCode::BAD_REQUEST,
                    "header `user-id`: required, since the token is of an API-to-API connection; \
                     send the id of the user to act as",
                )
            })?;
        let user = self.directory.active_user(user_id).ok_or_else(|| {
            Refusal::new(
                StatusCode::FORBIDDEN,
                "header `user-id`: no active user has this id",
            )
        })?;
        Ok(user.id)
    }

    fn salesforce(&self, operation: &Operation, headers: &HeaderMap) -> Result<Caller, Refusal> {
        let session = self
            .storefronts
            .session(bearer(headers)?)
            .ok_or_else(|| unauthorized(Some("the session is expired, revoked or unknown")))?;
        let named = if operation.template.starts_with(storefront::PREFIX) {
            Some(self.storefronts.named(headers)?)
        } else {
            None
        };
        let storefront = session.storefront;
        Ok(Caller::Storefront {
            storefront: storefront
                .or_else(|| named.map(str::to_owned))
                .unwrap_or_default(),
            user_id: session.user_id,
            visitor: session.visitor,
        })
    }

    fn api_key(&self, headers: &HeaderMap) -> Result<Caller, Refusal> {
        headers
            .get("x-api-key")
            .and_then(|key| key.to_str().ok())
            .filter(|key| same_secret(key, &self.accounts.api_key))
            .map(|_| Caller::ApiKey)
            .ok_or_else(|| {
                Refusal::new(
                    StatusCode::UNAUTHORIZED,
                    "header `X-API-Key`: missing or not a key of this sandbox",
                )
            })
    }
}

/// The token of `Authorization: Bearer`.
fn bearer(headers: &HeaderMap) -> Result<&str, Refusal> {
    headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim())
        .filter(|token| !token.is_empty())
        .ok_or_else(|| unauthorized(None))
}

/// The answer to an expired token.
pub(crate) fn expired() -> Refusal {
    unauthorized(Some("the access token has expired; get a new one"))
}

/// A 401 in the manner of RFC 6750: without a token there is nothing wrong with it yet.
fn unauthorized(fault: Option<&'static str>) -> Refusal {
    let challenge = match fault {
        None => "Bearer realm=\"conga-sandbox\"".to_owned(),
        Some(fault) => format!(
            "Bearer realm=\"conga-sandbox\", error=\"invalid_token\", error_description=\"{fault}\""
        ),
    };
    let refusal = Refusal::new(
        StatusCode::UNAUTHORIZED,
        fault.unwrap_or("send an access token as `Authorization: Bearer <token>`"),
    );
    match HeaderValue::try_from(challenge) {
        Ok(challenge) => refusal.with_header(header::WWW_AUTHENTICATE, challenge),
        Err(_) => refusal,
    }
}
