//! A token that somebody else obtained.

use async_trait::async_trait;
use http::HeaderMap;
use secrecy::SecretString;

use crate::credential::{USER_ID, bearer, sensitive};
use crate::{AuthError, Credential, RequestContext, ensure_secure};

/// A bearer token that is used as it is: for a quick try, or where another program signs in.
///
/// It cannot be renewed, so a rejected one stays rejected. It is sent to any HTTPS host that a request is made to.
///
/// ```
/// use conga_auth::StaticToken;
///
/// let credential = StaticToken::new("eyJhbGciOi...").user_id("00000000-0000-4000-8000-000000000001");
/// ```
#[derive(Clone, Debug)]
pub struct StaticToken {
    token: SecretString,
    user_id: Option<String>,
}

impl StaticToken {
    /// A credential of this token.
    pub fn new(token: impl Into<SecretString>) -> Self {
        Self {
            token: token.into(),
            user_id: None,
        }
    }

    /// Adds the `user-id` header: the user for whom a token of an API-to-API connection acts.
    #[must_use]
    pub fn user_id(mut self, user_id: impl Into<String>) -> Self {
        self.user_id = Some(user_id.into());
        self
    }
}

#[async_trait]
impl Credential for StaticToken {
    async fn headers(&self, cx: &RequestContext<'_>) -> Result<HeaderMap, AuthError> {
        ensure_secure(cx.url)?;
        let mut headers = bearer(&self.token)?;
        if let Some(user_id) = &self.user_id {
            headers.insert(USER_ID, sensitive("the user id", user_id)?);
        }
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

    #[tokio::test]
    async fn gives_its_headers_to_secure_urls_only() {
        let credential = StaticToken::new("abc").user_id("u1");
        let https = Url::parse("https://rls.congacloud.com/").unwrap();
        let headers = credential
            .headers(&RequestContext::new(&https))
            .await
            .unwrap();
        assert_eq!(headers["authorization"], "Bearer abc");
        assert_eq!(headers["user-id"], "u1");
        assert!(headers.values().all(http::HeaderValue::is_sensitive));
        assert!(!credential.invalidate(&headers).await);

        let http = Url::parse("http://rls.congacloud.com/").unwrap();
        let error = credential.headers(&RequestContext::new(&http)).await;
        assert!(matches!(error, Err(AuthError::InsecureUrl { .. })));
    }
}
