//! Access by an API key.

use async_trait::async_trait;
use http::{HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};

use crate::credential::{Audience, bearer, sensitive};
use crate::endpoints::absolute;
use crate::{AuthError, Credential, RequestContext};

const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// The header `X-API-Key`, which Discovery AI for Salesforce takes.
///
/// The key goes to the host of the service only. It cannot be renewed, so a rejected one stays rejected.
///
/// ```
/// use conga_auth::ApiKey;
///
/// let credential = ApiKey::new("https://idd.example/idd/api/v2", "the-key")?;
/// # Ok::<(), conga_auth::AuthError>(())
/// ```
#[derive(Clone, Debug)]
pub struct ApiKey {
    audience: Audience,
    key: HeaderValue,
    provider_token: Option<SecretString>,
}

impl ApiKey {
    /// A key for the service at `base_url`.
    ///
    /// # Errors
    ///
    /// [`AuthError::InsecureUrl`] or [`AuthError::Configuration`] for settings that cannot work.
    pub fn new(base_url: &str, key: impl Into<SecretString>) -> Result<Self, AuthError> {
        let key = key.into();
        if key.expose_secret().trim().is_empty() {
            return Err(AuthError::configuration("the API key is empty"));
        }
        Ok(Self {
            audience: Audience::of(&absolute("the base URL", base_url)?)?,
            key: sensitive("the API key", key.expose_secret())?,
            provider_token: None,
        })
    }

    /// Sends this bearer token too: that of the AI provider, which the registration of a provider needs (published).
    #[must_use]
    pub fn provider_token(mut self, token: impl Into<SecretString>) -> Self {
        self.provider_token = Some(token.into());
        self
    }
}

#[async_trait]
impl Credential for ApiKey {
    async fn headers(&self, cx: &RequestContext<'_>) -> Result<HeaderMap, AuthError> {
        self.audience.check(cx)?;
        let mut headers = match &self.provider_token {
            Some(token) => bearer(token)?,
            None => HeaderMap::with_capacity(1),
        };
        headers.insert(X_API_KEY, self.key.clone());
        Ok(headers)
    }

    async fn invalidate(&self, _rejected: &HeaderMap) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::*;

    async fn headers(credential: &ApiKey, url: &str) -> Result<HeaderMap, AuthError> {
        let url = Url::parse(url).unwrap();
        credential.headers(&RequestContext::new(&url)).await
    }

    #[tokio::test]
    async fn the_key_goes_to_its_service_only() {
        let credential = ApiKey::new("https://idd.example/idd/api/v2", "k1").unwrap();
        let given = headers(&credential, "https://idd.example/idd/api/v2/t1/x")
            .await
            .unwrap();
        assert_eq!(given.len(), 1);
        assert_eq!(given["x-api-key"], "k1");
        assert!(given["x-api-key"].is_sensitive());
        assert!(!credential.invalidate(&given).await);
        let error = headers(&credential, "https://rls.congacloud.com/")
            .await
            .unwrap_err();
        assert!(matches!(error, AuthError::ForeignHost { .. }));
        assert!(!format!("{credential:?}").contains("k1"));
    }

    #[tokio::test]
    async fn a_provider_token_goes_along() {
        let credential = ApiKey::new("https://idd.example/", "k1")
            .unwrap()
            .provider_token("t1");
        let given = headers(&credential, "https://idd.example/x").await.unwrap();
        assert_eq!(given["authorization"], "Bearer t1");
        assert_eq!(given["x-api-key"], "k1");
        assert!(!format!("{credential:?}").contains("t1"));
    }

    #[test]
    fn what_cannot_work_is_refused() {
        assert!(ApiKey::new("http://idd.example", "k").is_err());
        assert!(ApiKey::new("idd.example", "k").is_err());
        assert!(ApiKey::new("https://idd.example", " ").is_err());
        let error = ApiKey::new("https://idd.example", "hunter2\n").unwrap_err();
        assert!(!error.to_string().contains("hunter2"));
    }
}
