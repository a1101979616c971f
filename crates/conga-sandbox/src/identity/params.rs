//! The parameters of a request, from its query or its form.

use std::collections::HashSet;

use axum::http::{HeaderMap, Method, header};
use url::form_urlencoded;

use super::Request;
use super::error::OAuthError;

/// A longer value is nothing that a client of this service has a reason to send.
const LONGEST: usize = 4096;

/// Parameters in the order sent.
pub(super) struct Params(Vec<(String, String)>);

impl Params {
    /// The parameters of a request, none of them given twice (RFC 6749, section 3.1) or overly long.
    pub(super) fn of(request: Request<'_>) -> Result<Self, OAuthError> {
        let params = Self::any(request)?;
        params.check()?;
        Ok(params)
    }

    /// The parameters of a request as they come, from the form of a `POST` and else from the query.
    pub(super) fn any(request: Request<'_>) -> Result<Self, OAuthError> {
        let bytes = if request.method == Method::POST {
            if !is_form(request.headers) {
                return Err(OAuthError::invalid_request(
                    "the body must be application/x-www-form-urlencoded",
                ));
            }
            request.body
        } else {
            request.query.as_bytes()
        };
        Ok(Self(form_urlencoded::parse(bytes).into_owned().collect()))
    }

    /// Whether no parameter is given twice or overly long.
    pub(super) fn check(&self) -> Result<(), OAuthError> {
        let mut names = HashSet::new();
        if !self.0.iter().all(|(name, _)| names.insert(name)) {
            return Err(OAuthError::invalid_request("a parameter is given twice"));
        }
        if self.0.iter().any(|(_, value)| value.len() > LONGEST) {
            return Err(OAuthError::invalid_request(
                "a parameter is longer than 4096 bytes",
            ));
        }
        Ok(())
    }

    /// The parameters as a query.
    pub(super) fn query(&self) -> String {
        form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&self.0)
            .finish()
    }

    /// A parameter; one without a value counts as left out.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        let (_, value) = self.0.iter().find(|(other, _)| other == name)?;
        Some(value.as_str()).filter(|value| !value.is_empty())
    }

    /// A parameter that must be there exactly once, and not overly long.
    pub(super) fn single(&self, name: &str) -> Option<&str> {
        let mut values = self.0.iter().filter(|(other, _)| other == name);
        match (values.next(), values.next()) {
            (Some((_, value)), None) if !value.is_empty() && value.len() <= LONGEST => Some(value),
            _ => None,
        }
    }

    /// A parameter, or an error that names it.
    pub(super) fn required(&self, name: &'static str) -> Result<&str, OAuthError> {
        self.value(name).ok_or_else(|| {
            OAuthError::invalid_request(match name {
                "code" => "code is missing",
                "code_verifier" => "code_verifier is missing",
                "device_code" => "device_code is missing",
                "grant_type" => "grant_type is missing",
                "redirect_uri" => "redirect_uri is missing",
                "refresh_token" => "refresh_token is missing",
                "token" => "token is missing",
                _ => "a parameter is missing",
            })
        })
    }
}

fn is_form(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|media| {
            media
                .trim()
                .eq_ignore_ascii_case("application/x-www-form-urlencoded")
        })
}
