//! OAuth as Salesforce has it, for the services that it hosts: `/services/oauth2/token`.
//!
//! Three flows: client credentials, refresh token, and JWT bearer. The names of parameters, answer fields and errors are
//! published by Salesforce; the sandbox's sessions last two hours, as those of a storefront do. Client credentials may stand in the
//! form or in HTTP Basic. A JWT bearer assertion is RS256 with `iss` the consumer key, `sub` the user name, `aud` the sandbox's base URL or
//! Salesforce's login or test host, and an `exp` at most five minutes ahead; its key is registered when the sandbox is built. The signature in
//! the answer is the HMAC-SHA256 of `id` and `issued_at` under the consumer secret.

use aws_lc_rs::hmac;
use axum::http::{HeaderMap, StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use serde::Deserialize;
use serde_json::json;
use url::form_urlencoded;

use crate::accounts::Accounts;
use crate::clock::Clock;
use crate::identity::{basic, unstored};
use crate::request::Answer;
use crate::secret::same_secret;
use crate::storefront::Storefronts;

/// The path of the token endpoint.
pub(crate) const TOKEN: &str = "/services/oauth2/token";

/// A longer body is refused unread.
pub(crate) const BODY_LIMIT: usize = 64 * 1024;

const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// The most seconds that an assertion may be good for.
const ASSERTION_LIFETIME: i64 = 300;

/// The Salesforce organization of the sandbox.
const ORGANIZATION: &str = "00D000000000001AAA";

/// Salesforce's token endpoint.
#[derive(Debug)]
pub(crate) struct Salesforce {
    base_url: String,
    accounts: Accounts,
    clock: Clock,
    key: Option<AssertionKey>,
}

/// The public key of the connected app, which checks its assertions.
#[derive(Clone)]
pub(crate) struct AssertionKey(DecodingKey);

/// An error, with the code that Salesforce gives it.
type Fault = (&'static str, &'static str);

/// What an assertion says.
#[derive(Deserialize, Clone)]
struct Assertion {
    iss: String,
    sub: String,
    aud: String,
    exp: i64,
}

impl AssertionKey {
    /// Reads a public key or a certificate.
    pub(crate) fn from_pem(pem: &[u8]) -> Result<Self, jsonwebtoken::errors::Error> {
        DecodingKey::from_rsa_pem(pem).map(Self)
    }
}

impl std::fmt::Debug for AssertionKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AssertionKey(..)")
    }
}

impl Salesforce {
    /// The endpoint of the sandbox at `base_url`.
    pub(crate) fn new(
        base_url: String,
        accounts: Accounts,
        clock: Clock,
        key: Option<AssertionKey>,
    ) -> Self {
        Self {
            base_url,
            accounts,
            clock,
            key,
        }
    }

    /// Answers a token request.
    pub(crate) fn handle(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        sessions: &Storefronts,
    ) -> Answer {
        let user_id = &self.accounts.salesforce.user_id;
        unstored(match self.exchange(headers, body) {
            Ok(()) => match sessions.open_session(None, user_id) {
                Ok(token) => self.success(&token),
                Err(_) => failure(("server_error", "the session could not be made")),
            },
            Err(fault) => failure(fault),
        })
    }

    fn exchange(&self, headers: &HeaderMap, body: &[u8]) -> Result<(), Fault> {
        let form: Vec<(String, String)> = form_urlencoded::parse(body).into_owned().collect();
        let value = |name: &str| {
            let (_, value) = form.iter().find(|(other, _)| other == name)?;
            Some(value.as_str())
        };
        let account = &self.accounts.salesforce;
        match value("grant_type") {
            Some("client_credentials") => self.authenticate(headers, &value),
            Some("refresh_token") => {
                self.authenticate(headers, &value)?;
                let token = value("refresh_token").unwrap_or_default();
                if same_secret(token, &account.refresh_token) {
                    Ok(())
                } else {
                    Err(("invalid_grant", "expired access/refresh token"))
                }
            }
            Some(JWT_BEARER) => self.check_assertion(value("assertion").unwrap_or_default()),
            Some(_) => Err(("unsupported_grant_type", "grant type not supported")),
            None => Err(("invalid_request", "grant_type is missing")),
        }
    }

    fn authenticate<'a>(
        &self,
        headers: &HeaderMap,
        value: &impl Fn(&str) -> Option<&'a str>,
    ) -> Result<(), Fault> {
        let account = &self.accounts.salesforce;
        let header = headers.get(header::AUTHORIZATION);
        let basic = header.and_then(|header| basic(header.to_str().ok()?));
        let (id, secret) = match basic {
            Some(credentials) => credentials,
            None => (
                value("client_id").unwrap_or_default().to_owned(),
                value("client_secret").unwrap_or_default().to_owned(),
            ),
        };
        if id != account.client_id {
            Err(("invalid_client_id", "client identifier invalid"))
        } else if !same_secret(&secret, &account.client_secret) {
            Err(("invalid_client", "invalid client credentials"))
        } else {
            Ok(())
        }
    }

    fn check_assertion(&self, assertion: &str) -> Result<(), Fault> {
        let key = self.key.as_ref().ok_or((
            "invalid_client",
            "no certificate is registered; give the sandbox the public key of the connected app",
        ))?;
        let mut validation = Validation::new(Algorithm::RS256);
        // Time is judged below, by the sandbox's own clock; the audience may be one of three.
        validation.validate_exp = false;
        validation.validate_aud = false;
        let claims = decode::<Assertion>(assertion, &key.0, &validation)
            .map_err(|_| ("invalid_grant", "invalid assertion"))?
            .claims;
        let account = &self.accounts.salesforce;
        let audiences = [
            self.base_url.as_str(),
            "https://login.salesforce.com",
            "https://test.salesforce.com",
        ];
        let left = claims.exp.saturating_sub(self.clock.now().timestamp());
        if claims.iss != account.client_id {
            Err(("invalid_client_id", "client identifier invalid"))
        } else if !audiences.contains(&claims.aud.as_str()) {
            Err(("invalid_grant", "audience is invalid"))
        } else if claims.sub != account.username {
            Err(("invalid_grant", "user hasn't approved this consumer"))
        } else if left <= 0 {
            Err(("invalid_grant", "expired authorization code"))
        } else if left > ASSERTION_LIFETIME {
            Err((
                "invalid_grant",
                "expiration is more than five minutes ahead",
            ))
        } else {
            Ok(())
        }
    }

    fn success(&self, token: &str) -> Answer {
        let account = &self.accounts.salesforce;
        let id = format!("{}/id/{ORGANIZATION}/{}", self.base_url, account.user_id);
        let issued_at = self.clock.now().timestamp_millis().to_string();
        let key = hmac::Key::new(hmac::HMAC_SHA256, account.client_secret.as_bytes());
        let signature = hmac::sign(&key, format!("{id}{issued_at}").as_bytes());
        let body = json!({
            "access_token": token,
            "signature": STANDARD.encode(signature),
            "scope": "api",
            "instance_url": self.base_url,
            "id": id,
            "token_type": "Bearer",
            "issued_at": issued_at,
        });
        Answer::json(StatusCode::OK, body)
    }
}

fn failure((error, description): Fault) -> Answer {
    let body = json!({"error": error, "error_description": description});
    Answer::json(StatusCode::BAD_REQUEST, body)
}
