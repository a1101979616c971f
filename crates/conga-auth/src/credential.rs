//! The seam to the API client: what authorises a request, and what happens when the server says it does not.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use futures_util::future::BoxFuture;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use url::{Origin, Url};
use zeroize::Zeroizing;

use crate::endpoints::absolute;
use crate::{AuthError, ensure_secure};

/// Gives the headers that authorise requests.
///
/// Headers rather than a bare token, since the ways to sign in differ in more than that: a connection that acts for a
/// user adds `user-id`, a storefront adds `x-storefront` and `x-account`.
///
/// An implementation never gives a secret for a URL that [`ensure_secure`] refuses.
#[async_trait]
pub trait Credential: fmt::Debug + Send + Sync + 'static {
    /// Headers that authorise one request, their values marked sensitive.
    ///
    /// Fetches or refreshes a token where needed; usually answers from memory.
    ///
    /// # Errors
    ///
    /// [`AuthError`] where there is no token to be had, or where the request must not carry one.
    async fn headers(&self, cx: &RequestContext<'_>) -> Result<HeaderMap, AuthError>;

    /// The server answered 401 to a request that carried `rejected`: drops what those headers came from, if it is still
    /// the current one.
    ///
    /// Returns true where asking again may give other headers, so that one more try makes sense. Any number of requests
    /// may report the same headers; they cause one new token together.
    async fn invalidate(&self, rejected: &HeaderMap) -> bool;
}

/// Written out, so that each future is that of the credential, and not one around it.
impl<C: Credential + ?Sized> Credential for Arc<C> {
    fn headers<'a, 'b, 'c, 'f>(
        &'a self,
        cx: &'b RequestContext<'c>,
    ) -> BoxFuture<'f, Result<HeaderMap, AuthError>>
    where
        'a: 'f,
        'b: 'f,
        'c: 'f,
        Self: 'f,
    {
        (**self).headers(cx)
    }

    fn invalidate<'a, 'b, 'f>(&'a self, rejected: &'b HeaderMap) -> BoxFuture<'f, bool>
    where
        'a: 'f,
        'b: 'f,
        Self: 'f,
    {
        (**self).invalidate(rejected)
    }
}

/// What a credential may know of the request that it authorises.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct RequestContext<'a> {
    /// Where the request goes.
    pub url: &'a Url,
}

impl<'a> RequestContext<'a> {
    /// The context of a request to `url`.
    pub fn new(url: &'a Url) -> Self {
        Self { url }
    }
}

/// No headers at all, for what the platform serves to everyone.
#[derive(Clone, Copy, Debug, Default)]
pub struct Anonymous;

#[async_trait]
impl Credential for Anonymous {
    async fn headers(&self, _cx: &RequestContext<'_>) -> Result<HeaderMap, AuthError> {
        Ok(HeaderMap::new())
    }

    async fn invalidate(&self, _rejected: &HeaderMap) -> bool {
        false
    }
}

/// The hosts that a credential's tokens may reach: its own, and those that were allowed explicitly.
#[derive(Clone, Debug, Default)]
pub(crate) struct Audience(Vec<Origin>);

impl Audience {
    pub(crate) fn of(url: &Url) -> Result<Self, AuthError> {
        let mut audience = Self::default();
        audience.add(url)?;
        Ok(audience)
    }

    pub(crate) fn add(&mut self, url: &Url) -> Result<(), AuthError> {
        ensure_secure(url)?;
        self.0.push(url.origin());
        Ok(())
    }

    /// Adds hosts that a user allowed, as absolute URLs in text.
    pub(crate) fn add_all(&mut self, urls: &[String]) -> Result<(), AuthError> {
        urls.iter()
            .try_for_each(|url| self.add(&absolute("the allowed origin", url)?))
    }

    /// Whether a token may go with this request.
    pub(crate) fn check(&self, cx: &RequestContext<'_>) -> Result<(), AuthError> {
        ensure_secure(cx.url)?;
        if self.0.iter().any(|origin| is_of(cx.url, origin)) {
            return Ok(());
        }
        let origin = cx.url.origin();
        let expected: Vec<String> = self.0.iter().map(Origin::ascii_serialization).collect();
        Err(AuthError::ForeignHost {
            host: origin.ascii_serialization(),
            expected: expected.join(" and "),
        })
    }
}

/// Whether a URL has this origin. Compares in place: taking the URL's own origin would copy it, for every request.
fn is_of(url: &Url, origin: &Origin) -> bool {
    match origin {
        Origin::Tuple(scheme, host, port) => {
            url.scheme() == scheme
                && url.host().is_some_and(|own| own == *host)
                && url.port_or_known_default() == Some(*port)
        }
        Origin::Opaque(_) => false,
    }
}

/// Header of connections that act for a user.
pub(crate) const USER_ID: HeaderName = HeaderName::from_static("user-id");

const BEARER: &str = "Bearer ";

/// A header value that logs do not show. `what` names it in the error.
pub(crate) fn sensitive(what: &str, value: &str) -> Result<HeaderValue, AuthError> {
    let mut value = HeaderValue::from_str(value).map_err(|_| {
        AuthError::configuration(format!(
            "{what} holds a character that cannot stand in a header; check it for line breaks and copied quotes"
        ))
    })?;
    value.set_sensitive(true);
    Ok(value)
}

/// Headers with `Authorization: Bearer <token>`.
pub(crate) fn bearer(token: &SecretString) -> Result<HeaderMap, AuthError> {
    let value = Zeroizing::new(format!("{BEARER}{}", token.expose_secret()));
    let mut headers = HeaderMap::with_capacity(3);
    headers.insert(AUTHORIZATION, sensitive("the access token", &value)?);
    Ok(headers)
}

/// The token in headers that [`bearer`] made.
pub(crate) fn bearer_of(headers: &HeaderMap) -> Option<&str> {
    headers
        .get(AUTHORIZATION)?
        .to_str()
        .ok()?
        .strip_prefix(BEARER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_audience_is_its_own_origin_and_those_allowed() {
        let mut audience =
            Audience::of(&Url::parse("https://rls.congacloud.eu/").unwrap()).unwrap();
        audience
            .add_all(&["https://xauthor.example/any/path".to_owned()])
            .unwrap();
        assert!(
            audience
                .add_all(&["http://xauthor.example".to_owned()])
                .is_err()
        );
        assert!(audience.add_all(&["xauthor.example".to_owned()]).is_err());
        let check = |url: &str| audience.check(&RequestContext::new(&Url::parse(url).unwrap()));
        assert!(check("https://rls.congacloud.eu:443/api/data/v1").is_ok());
        assert!(check("https://xauthor.example/api").is_ok());
        for foreign in [
            "https://rls.congacloud.com/",
            "https://rls.congacloud.eu:8443/",
            "https://rls.congacloud.eu.evil.example/",
        ] {
            let error = check(foreign).unwrap_err();
            assert!(matches!(error, AuthError::ForeignHost { .. }), "{foreign}");
        }
        let error = check("http://rls.congacloud.eu/").unwrap_err();
        assert!(matches!(error, AuthError::InsecureUrl { .. }));
    }

    #[test]
    fn bearer_headers_are_sensitive_and_readable_again() {
        let headers = bearer(&"abc".into()).unwrap();
        assert!(headers[AUTHORIZATION].is_sensitive());
        assert_eq!(bearer_of(&headers), Some("abc"));
        assert_eq!(bearer_of(&HeaderMap::new()), None);
    }

    #[test]
    fn a_token_that_is_no_header_value_is_an_error_without_it() {
        let error = bearer(&"hunter2\n".into()).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }
}
