//! Errors as OAuth has them.

use std::borrow::Cow;

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::json;

use super::keys::KeyError;
use super::unstored;
use crate::request::Answer;

/// An error (RFC 6749, sections 4.1.2.1 and 5.2): its code, and what the developer of the client is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct OAuthError {
    pub(super) code: &'static str,
    pub(super) description: Cow<'static, str>,
}

impl OAuthError {
    pub(super) fn new(code: &'static str, description: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            description: description.into(),
        }
    }

    /// The request is malformed.
    pub(super) fn invalid_request(description: impl Into<Cow<'static, str>>) -> Self {
        Self::new("invalid_request", description)
    }

    /// The client does not authenticate as it should.
    pub(super) fn invalid_client(description: &'static str) -> Self {
        Self::new("invalid_client", description)
    }

    /// The code or refresh token is not good.
    pub(super) fn invalid_grant(description: &'static str) -> Self {
        Self::new("invalid_grant", description)
    }

    /// There is no key to sign or to check with.
    pub(super) fn no_key() -> Self {
        Self::new(
            "temporarily_unavailable",
            "the sandbox could not make its signing key",
        )
    }

    /// The error as the answer of an endpoint that clients call.
    pub(super) fn into_answer(self, headers: &HeaderMap) -> Answer {
        let status = match self.code {
            "invalid_client" => StatusCode::UNAUTHORIZED,
            "temporarily_unavailable" => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::BAD_REQUEST,
        };
        let body = json!({"error": self.code, "error_description": self.description});
        let answer = unstored(Answer::json(status, body));
        if status == StatusCode::UNAUTHORIZED && headers.contains_key(header::AUTHORIZATION) {
            let challenge = HeaderValue::from_static("Basic realm=\"conga-sandbox\"");
            return answer.with_header(header::WWW_AUTHENTICATE, challenge);
        }
        answer
    }
}

impl From<KeyError> for OAuthError {
    fn from(error: KeyError) -> Self {
        tracing::error!(%error, "no signing key");
        Self::no_key()
    }
}
