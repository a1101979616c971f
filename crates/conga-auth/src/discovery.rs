//! What an identity provider publishes about itself (OpenID Connect Discovery 1.0; RFC 8414): fetched, checked, kept, and
//! revalidated when it gets old.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use http::header::{ACCEPT, CACHE_CONTROL, ETAG, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use reqwest::Request;
use serde::{Deserialize, Deserializer};
use tokio::sync::Mutex;
use tracing::{Instrument, debug, debug_span};
use url::Url;

use crate::clock::{Clock, SystemClock};
use crate::endpoints::absolute;
use crate::redaction::{Redactor, shown};
use crate::refusal::{Protocol, refused};
use crate::transport::{Answer, Http, HttpOptions, Repeat, with_retry};
use crate::{AuthError, ensure_secure};

/// The endpoints and abilities of an identity provider.
///
/// Read by discovery, which checks that the issuer is the one that was asked and that every endpoint is secure; or put
/// together by hand where a provider publishes nothing.
///
/// ```
/// use conga_auth::Metadata;
///
/// let mut metadata = Metadata::new(
///     "https://login.example",
///     "https://login.example/token".parse()?,
/// );
/// metadata.authorization_endpoint = Some("https://login.example/authorize".parse()?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Metadata {
    /// The issuer, exactly as its tokens and redirects name it.
    pub issuer: String,
    /// Where tokens are asked for.
    pub token_endpoint: Url,
    /// Where the user's browser is sent to sign in.
    pub authorization_endpoint: Option<Url>,
    /// Where a device code is asked for (RFC 8628).
    pub device_authorization_endpoint: Option<Url>,
    /// Where tokens are revoked (RFC 7009).
    pub revocation_endpoint: Option<Url>,
    /// Where the state of a token is asked for (RFC 7662).
    pub introspection_endpoint: Option<Url>,
    /// Where the claims about the user are.
    pub userinfo_endpoint: Option<Url>,
    /// Where the user's browser is sent to sign out.
    pub end_session_endpoint: Option<Url>,
    /// The keys that sign tokens.
    pub jwks_uri: Option<Url>,
    /// Scopes that can be asked for; empty where none are published.
    #[serde(default, deserialize_with = "list")]
    pub scopes_supported: Vec<String>,
    /// Grant types of the token endpoint; empty where none are published.
    #[serde(default, deserialize_with = "list")]
    pub grant_types_supported: Vec<String>,
    /// PKCE methods; empty where none are published.
    #[serde(default, deserialize_with = "list")]
    pub code_challenge_methods_supported: Vec<String>,
    /// Whether redirects name the issuer, so that one that does not is refused (RFC 9207).
    #[serde(default, deserialize_with = "flag")]
    pub authorization_response_iss_parameter_supported: bool,
}

impl Metadata {
    /// A provider of which only these two are known.
    pub fn new(issuer: impl Into<String>, token_endpoint: Url) -> Self {
        Self {
            issuer: issuer.into(),
            token_endpoint,
            authorization_endpoint: None,
            device_authorization_endpoint: None,
            revocation_endpoint: None,
            introspection_endpoint: None,
            userinfo_endpoint: None,
            end_session_endpoint: None,
            jwks_uri: None,
            scopes_supported: Vec::new(),
            grant_types_supported: Vec::new(),
            code_challenge_methods_supported: Vec::new(),
            authorization_response_iss_parameter_supported: false,
        }
    }

    /// Fetches the document of `issuer`, once, from `<issuer>/.well-known/openid-configuration`.
    ///
    /// # Errors
    ///
    /// [`AuthError`] where the document cannot be had, [`AuthError::WrongIssuer`] where it is of another issuer,
    /// [`AuthError::InsecureUrl`] where it or an endpoint in it is not secure.
    pub async fn discover(issuer: &str) -> Result<Arc<Self>, AuthError> {
        Discovery::new(issuer, HttpOptions::default(), Arc::new(SystemClock))?
            .metadata()
            .await
    }

    fn read(answer: &Answer, endpoint: &str, issuer: &str) -> Result<Self, AuthError> {
        let metadata: Self = answer.json(endpoint, &Redactor::new([]))?;
        metadata.check(issuer)?;
        Ok(metadata)
    }

    /// Whether this may be used for `issuer`.
    pub(crate) fn check(&self, issuer: &str) -> Result<(), AuthError> {
        if self.issuer != issuer {
            return Err(AuthError::WrongIssuer {
                expected: issuer.to_owned(),
                found: Redactor::new([]).clean(&self.issuer),
            });
        }
        let endpoints = [
            Some(&self.token_endpoint),
            self.authorization_endpoint.as_ref(),
            self.device_authorization_endpoint.as_ref(),
            self.revocation_endpoint.as_ref(),
            self.introspection_endpoint.as_ref(),
            self.userinfo_endpoint.as_ref(),
            self.end_session_endpoint.as_ref(),
            self.jwks_uri.as_ref(),
        ];
        endpoints.into_iter().flatten().try_for_each(ensure_secure)
    }

    /// An endpoint that not every provider has; `what` names it in the error.
    pub(crate) fn endpoint<'a>(
        &self,
        what: &str,
        endpoint: &'a Option<Url>,
    ) -> Result<&'a Url, AuthError> {
        endpoint.as_ref().ok_or_else(|| {
            AuthError::configuration(format!(
                "the identity provider {} publishes no {what} endpoint; use another way, or give its metadata by hand",
                self.issuer
            ))
        })
    }
}

/// A list that may be missing or null.
fn list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// A flag that may be missing or null.
fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// The document of one issuer, fetched when first needed.
///
/// It is used for as long as its `Cache-Control` says (a minute to a day; an hour where it says nothing), then revalidated
/// with its `ETag` or `Last-Modified`. While the provider cannot be reached, the document at hand stays in use.
#[derive(Debug)]
pub(crate) struct Discovery {
    issuer: String,
    url: Url,
    http: Http,
    clock: Arc<dyn Clock>,
    kept: Mutex<Option<Kept>>,
}

#[derive(Debug)]
struct Kept {
    metadata: Arc<Metadata>,
    /// The headers that ask whether it has changed.
    conditions: HeaderMap,
    fresh_until: Option<SystemTime>,
}

impl Discovery {
    /// How long a document is used that does not say so itself.
    const LIFETIME: Duration = Duration::from_secs(60 * 60);
    const SHORTEST: Duration = Duration::from_secs(60);
    const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

    pub(crate) fn new(
        issuer: &str,
        http: HttpOptions,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, AuthError> {
        let issuer = issuer.trim();
        let mut url = absolute("the issuer", issuer)?;
        if url.query().is_some() || url.fragment().is_some() {
            return Err(AuthError::configuration(
                "the issuer is an address without a query; leave off what follows the `?` or `#`",
            ));
        }
        let http = Http::new(http, &url)?;
        url.path_segments_mut()
            .map_err(|()| AuthError::configuration("the issuer has no path"))?
            .pop_if_empty()
            .extend([".well-known", "openid-configuration"]);
        Ok(Self {
            issuer: issuer.to_owned(),
            url,
            http,
            clock,
            kept: Mutex::default(),
        })
    }

    pub(crate) fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The document; fetched or revalidated first where needed. Callers at the same time wait for one request.
    pub(crate) async fn metadata(&self) -> Result<Arc<Metadata>, AuthError> {
        let mut kept = self.kept.lock().await;
        let now = self.clock.now();
        if let Some(kept) = kept.as_ref()
            && kept.fresh_until.is_none_or(|until| now < until)
        {
            return Ok(Arc::clone(&kept.metadata));
        }
        let span = debug_span!("discovery", issuer = %shown(&self.url));
        match self.fetch(kept.as_ref(), now).instrument(span).await {
            Ok(fetched) => Ok(Arc::clone(&kept.insert(fetched).metadata)),
            Err(error) => match kept.as_mut() {
                Some(kept) if error.is_retryable() => {
                    debug!(%error, "the discovery document is kept");
                    kept.fresh_until = now.checked_add(Self::SHORTEST);
                    Ok(Arc::clone(&kept.metadata))
                }
                _ => Err(error),
            },
        }
    }

    async fn fetch(&self, kept: Option<&Kept>, now: SystemTime) -> Result<Kept, AuthError> {
        let endpoint = &shown(&self.url);
        let answer = with_retry(Repeat::Safe, || async move {
            let mut request = Request::new(Method::GET, self.url.clone());
            let headers = request.headers_mut();
            headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
            if let Some(kept) = kept {
                headers.extend(kept.conditions.clone());
            }
            let answer = self.http.send(request, endpoint).await?;
            if answer.status.is_success() || answer.status == StatusCode::NOT_MODIFIED {
                Ok(answer)
            } else {
                Err(refused(
                    Protocol::Discovery,
                    &answer,
                    endpoint.clone(),
                    &Redactor::new([]),
                ))
            }
        })
        .await?;
        let metadata = match kept {
            Some(kept) if answer.status == StatusCode::NOT_MODIFIED => Arc::clone(&kept.metadata),
            _ => Arc::new(Metadata::read(&answer, endpoint, &self.issuer)?),
        };
        let mut conditions = conditions(&answer.headers);
        if conditions.is_empty()
            && let Some(kept) = kept
            && answer.status == StatusCode::NOT_MODIFIED
        {
            conditions = kept.conditions.clone();
        }
        Ok(Kept {
            metadata,
            conditions,
            fresh_until: now.checked_add(lifetime(&answer.headers)),
        })
    }
}

/// What asks for a change since an answer with these headers.
fn conditions(headers: &HeaderMap) -> HeaderMap {
    [(ETAG, IF_NONE_MATCH), (LAST_MODIFIED, IF_MODIFIED_SINCE)]
        .into_iter()
        .filter_map(|(from, to)| Some((to, headers.get(from)?.clone())))
        .collect()
}

/// How long an answer with these headers is used.
fn lifetime(headers: &HeaderMap) -> Duration {
    let said = headers
        .get_all(CACHE_CONTROL)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .find_map(|directive| directive.trim().strip_prefix("max-age=")?.parse().ok());
    said.map_or(Discovery::LIFETIME, Duration::from_secs)
        .clamp(Discovery::SHORTEST, Discovery::LONGEST)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ISSUER: &str = "https://login.congacloud.eu/api/v1/auth";

    fn read(body: &[u8]) -> Result<Metadata, AuthError> {
        Metadata::read(&Answer::of(200, body), "there", ISSUER)
    }

    fn discovery(issuer: &str) -> Result<Discovery, AuthError> {
        Discovery::new(issuer, HttpOptions::default(), Arc::new(SystemClock))
    }

    #[test]
    fn the_document_stands_below_the_issuer() {
        for (issuer, url) in [
            (
                ISSUER,
                "https://login.congacloud.eu/api/v1/auth/.well-known/openid-configuration",
            ),
            (
                "https://a.example/",
                "https://a.example/.well-known/openid-configuration",
            ),
            (
                "https://a.example",
                "https://a.example/.well-known/openid-configuration",
            ),
        ] {
            let discovery = discovery(issuer).unwrap();
            assert_eq!(discovery.url.as_str(), url);
            assert_eq!(discovery.issuer(), issuer);
        }
        for wrong in ["login.congacloud.eu", "https://a.example/?x", "data:x"] {
            assert!(discovery(wrong).is_err(), "{wrong}");
        }
        let error = discovery("http://login.example").unwrap_err();
        assert!(matches!(error, AuthError::InsecureUrl { .. }));
    }

    #[test]
    fn a_document_as_conga_publishes_it_is_read() {
        let body = format!(
            r#"{{"issuer":"{ISSUER}","jwks_uri":"{ISSUER}/.well-known/openid-configuration/jwks",
            "authorization_endpoint":"{ISSUER}/connect/authorize","token_endpoint":"{ISSUER}/connect/token",
            "revocation_endpoint":"{ISSUER}/connect/revocation","scopes_supported":["api.cart","sign"],
            "claims_supported":[],"grant_types_supported":null,"code_challenge_methods_supported":["plain","S256"],
            "authorization_response_iss_parameter_supported":true}}"#
        );
        let metadata = read(body.as_bytes()).unwrap();
        assert_eq!(metadata.scopes_supported, ["api.cart", "sign"]);
        assert!(metadata.grant_types_supported.is_empty());
        assert!(metadata.authorization_response_iss_parameter_supported);
        assert!(metadata.userinfo_endpoint.is_none());
        let error = metadata
            .endpoint("userinfo", &metadata.userinfo_endpoint)
            .unwrap_err();
        assert!(error.to_string().contains("publishes no userinfo endpoint"));
    }

    #[test]
    fn another_issuer_and_insecure_endpoints_are_refused() {
        let of = |issuer: &str, token: &str| {
            read(format!(r#"{{"issuer":"{issuer}","token_endpoint":"{token}"}}"#).as_bytes())
        };
        assert!(of(ISSUER, "https://login.congacloud.eu/token").is_ok());
        for issuer in [
            "https://login.congacloud.com/api/v1/auth",
            &format!("{ISSUER}/"),
            "",
        ] {
            let error = of(issuer, "https://login.congacloud.eu/token").unwrap_err();
            assert!(matches!(error, AuthError::WrongIssuer { .. }), "{issuer}");
        }
        let error = of(ISSUER, "http://login.congacloud.eu/token").unwrap_err();
        assert!(matches!(error, AuthError::InsecureUrl { .. }));
        assert!(of(ISSUER, "/token").is_err());
    }

    #[test]
    fn the_lifetime_is_the_documents_own_within_bounds() {
        let of = |value: &str| {
            lifetime(&HeaderMap::from_iter([(
                CACHE_CONTROL,
                value.parse().unwrap(),
            )]))
            .as_secs()
        };
        assert_eq!(of("public, max-age=600"), 600);
        assert_eq!(of("max-age=0, must-revalidate"), 60);
        assert_eq!(of("max-age=99999999"), 86_400);
        assert_eq!(of("no-store"), 3_600);
    }

    proptest! {
        #[test]
        fn any_document_is_read_or_refused(body in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = read(&body);
        }

        #[test]
        fn a_document_is_only_taken_with_its_own_issuer(issuer in ".{0,60}", token in ".{0,60}") {
            let body = serde_json::json!({"issuer": issuer, "token_endpoint": token}).to_string();
            match read(body.as_bytes()) {
                Ok(metadata) => prop_assert_eq!(metadata.issuer, ISSUER),
                Err(error) => prop_assert!(!error.to_string().contains(char::is_control)),
            }
        }

        #[test]
        fn any_cache_header_gives_a_sane_lifetime(value in "[ -~]{0,40}") {
            let headers = HeaderMap::from_iter([(CACHE_CONTROL, HeaderValue::from_str(&value).unwrap())]);
            let lifetime = lifetime(&headers);
            prop_assert!((Discovery::SHORTEST..=Discovery::LONGEST).contains(&lifetime));
        }
    }
}
