//! What a server says when it refuses, and what to do about it.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use http::header::WWW_AUTHENTICATE;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;

use crate::AuthError;
use crate::error::TEMPORARY;
use crate::redaction::{Excerpt, Redactor};
use crate::transport::Answer;

/// What a server said when it refused.
#[derive(Clone, Debug)]
pub struct Refusal {
    pub(crate) protocol: Protocol,
    pub(crate) endpoint: String,
    pub(crate) status: StatusCode,
    pub(crate) code: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) excerpt: Excerpt,
}

/// Which conversation a refusal belongs to; it decides what its code means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// The discovery document of an identity provider.
    Discovery,
    /// An endpoint that a client asks by its id and secret.
    OAuth,
    /// An endpoint that an access token opens.
    Bearer,
    /// The storefront's token exchange.
    Storefront,
}

impl Refusal {
    /// Scheme, host and path that refused.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The server's error code: `error` of RFC 6749 or RFC 6750, or `errorCode` or `title` of a storefront.
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    /// The server's explanation, without the secrets that were sent, at most a few hundred characters.
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// How long the server asks to wait before the next try (`Retry-After`).
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    pub(crate) fn is_temporary(&self) -> bool {
        self.status == StatusCode::TOO_MANY_REQUESTS
            || self.status.is_server_error()
            || self.code().is_some_and(|code| TEMPORARY.contains(&code))
    }

    /// What to do next.
    fn advice(&self) -> &'static str {
        if self.is_temporary() {
            return "try again later";
        }
        match self.protocol {
            Protocol::Discovery => {
                "check the issuer: its document is looked for at `/.well-known/openid-configuration` below it"
            }
            Protocol::OAuth => match self.code() {
                Some("invalid_client") => {
                    "check the client id and secret, that the API connection is active, and that the region is its own"
                }
                Some("invalid_scope") => {
                    "ask only for scopes that the API connection has been given"
                }
                Some("unauthorized_client" | "unsupported_grant_type") => {
                    "this kind of sign-in is not allowed for the API connection; use the kind it was created for"
                }
                Some("invalid_grant") => {
                    "the grant is used up, expired, not yet valid, or that of another client or redirect URI; sign in again (for a signed assertion, check the clock of this machine)"
                }
                Some("unsupported_token_type") => {
                    "such a token cannot be revoked by itself; revoke the refresh token that it came with, or let it run out"
                }
                Some("invalid_request") => {
                    "the server misses something in the request; try the other way of client authentication"
                }
                _ => "check the token URI, the client id and the secret",
            },
            Protocol::Bearer => match self.code() {
                Some("insufficient_scope") => "ask for the scope that this needs when signing in",
                _ => {
                    "the token has run out, was revoked, or is that of another region or tenant; sign in again"
                }
            },
            Protocol::Storefront => match self.status {
                StatusCode::NOT_FOUND => {
                    "check the base URL (`.../apttus/v5`), and whether the storefront wants the other spelling of the token path"
                }
                _ => "check the user name, the password and the name of the storefront",
            },
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} answered {}", self.endpoint, self.status)?;
        if let Some(code) = &self.code {
            write!(f, ", {code}")?;
        }
        if let Some(description) = &self.description {
            write!(f, " ({description})")?;
        }
        write!(f, "; {}", self.advice())
    }
}

impl Error for Refusal {}

/// The error of an answer of OAuth that is no success, whatever its body.
///
/// The server's words are taken from a JSON body (RFC 6749, section 5.2), else from a challenge (RFC 6750, section 3).
pub(crate) fn refused(
    protocol: Protocol,
    answer: &Answer,
    endpoint: String,
    redactor: &Redactor<'_>,
) -> AuthError {
    let said = serde_json::from_slice(&answer.body)
        .ok()
        .or_else(|| challenged(&answer.headers));
    let (code, description) = said.map_or((None, None), |said: Said| {
        (Some(said.error), said.error_description)
    });
    let clean = |text: Option<String>| text.map(|text| redactor.clean(&text));
    AuthError::Refused(Box::new(Refusal {
        protocol,
        endpoint,
        status: answer.status,
        code: clean(code),
        description: clean(description),
        retry_after: answer.retry_after(),
        excerpt: Excerpt::of(&answer.body, redactor),
    }))
}

#[derive(Deserialize)]
struct Said {
    error: String,
    error_description: Option<String>,
}

/// What the challenges of an answer say of an error.
fn challenged(headers: &HeaderMap) -> Option<Said> {
    let challenges = headers.get_all(WWW_AUTHENTICATE).iter();
    challenges
        .filter_map(|challenge| challenge.to_str().ok())
        .find_map(|challenge| {
            Some(Said {
                error: parameter(challenge, "error")?,
                error_description: parameter(challenge, "error_description"),
            })
        })
}

/// The parameter `name` of a challenge such as `Bearer realm="x", error="invalid_token"`.
fn parameter(challenge: &str, name: &str) -> Option<String> {
    let mut rest = challenge;
    loop {
        let (before, after) = rest.split_once('=')?;
        // The first one has the scheme before it.
        let found = before.rsplit([' ', ',']).next()?.eq_ignore_ascii_case(name);
        let value: String;
        (value, rest) = match after.trim_start().strip_prefix('"') {
            Some(quoted) => unquoted(quoted),
            None => {
                let end = after.find(',').unwrap_or(after.len());
                (after[..end].trim().to_owned(), &after[end..])
            }
        };
        if found {
            return Some(value);
        }
    }
}

/// The text up to the closing quote, and what follows it.
fn unquoted(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return (value, &text[at + 1..]),
            '\\' => value.extend(characters.next().map(|(_, escaped)| escaped)),
            _ => value.push(character),
        }
    }
    (value, "")
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use proptest::prelude::*;
    use secrecy::SecretString;

    use super::*;

    fn answer(status: u16, body: &str, challenge: &str) -> Answer {
        let mut answer = Answer::of(status, body);
        let challenge = HeaderValue::from_str(challenge).unwrap();
        answer.headers.insert(WWW_AUTHENTICATE, challenge);
        answer
    }

    fn refusal(protocol: Protocol, status: u16, body: &str, challenge: &str) -> AuthError {
        let answer = answer(status, body, challenge);
        let endpoint = "https://login/connect/token".to_owned();
        refused(protocol, &answer, endpoint, &Redactor::new([]))
    }

    #[test]
    fn a_refusal_says_what_to_do_next() {
        let body = r#"{"error":"invalid_client","error_description":"said the server"}"#;
        let error = refusal(Protocol::OAuth, 401, body, "");
        assert_eq!(
            error.to_string(),
            "https://login/connect/token answered 401 Unauthorized, invalid_client (said the server); \
             check the client id and secret, that the API connection is active, and that the region is its own"
        );
        assert_eq!(error.oauth_error(), Some("invalid_client"));
        assert!(!error.is_retryable());

        let error = refusal(Protocol::Storefront, 404, r#"{"error":"NOT_FOUND"}"#, "");
        assert!(
            error
                .to_string()
                .contains("other spelling of the token path")
        );
        assert_eq!(error.oauth_error(), None);

        let error = refusal(Protocol::Discovery, 404, "", "");
        assert!(error.to_string().contains("check the issuer"), "{error}");
    }

    #[test]
    fn a_challenge_is_read_where_the_body_says_nothing() {
        let challenge =
            r#"Bearer realm="a, b=\"c\"", error="invalid_token", error_description="it ran out""#;
        let error = refusal(Protocol::Bearer, 401, "", challenge);
        assert_eq!(error.oauth_error(), Some("invalid_token"));
        assert_eq!(error.refusal().unwrap().description(), Some("it ran out"));
        assert!(error.to_string().contains("another region"), "{error}");

        let error = refusal(Protocol::Bearer, 403, "", "Bearer error=insufficient_scope");
        assert!(error.to_string().contains("ask for the scope"), "{error}");
        let body = r#"{"error":"invalid_request"}"#;
        let error = refusal(Protocol::Bearer, 401, body, challenge);
        assert_eq!(error.oauth_error(), Some("invalid_request"));
        for other in ["", "Bearer", "Basic realm=\"error\"", "Bearer error_uri=x"] {
            assert_eq!(
                refusal(Protocol::Bearer, 401, "", other).oauth_error(),
                None,
                "{other}"
            );
        }
    }

    proptest! {
        #[test]
        fn any_refusal_is_told_without_what_was_sent(
            before in ".{0,100}",
            after in ".{0,400}",
            quoted in any::<bool>(),
            status in 300..600_u16,
        ) {
            let secret = SecretString::from("SECRET");
            let said = format!("{before}SECRET{after}");
            let body = match quoted {
                true => serde_json::json!({"error": &said, "error_description": &said}).to_string(),
                false => said,
            };
            let redactor = Redactor::new([&secret]);
            let error = refused(Protocol::OAuth, &answer(status, &body, ""), "there".into(), &redactor);
            let shown = error.all_shown();
            prop_assert!(!shown.contains("SECRET"), "{shown}");
        }

        #[test]
        fn any_challenge_is_told_without_what_was_sent(
            before in "[ -~]{0,60}", quoted in "[ -~]{0,60}", after in "[ -~]{0,60}",
        ) {
            let secret = SecretString::from("SECRET");
            let challenge = format!("{before} error=\"{quoted}SECRET\", error_description=SECRET{after}");
            let redactor = Redactor::new([&secret]);
            let error = refused(Protocol::Bearer, &answer(401, "", &challenge), "there".into(), &redactor);
            let shown = error.all_shown();
            prop_assert!(!shown.contains("SECRET"), "{shown}");
        }
    }
}
