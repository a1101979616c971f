//! What can be asked and told about tokens and sessions: revocation (RFC 7009), introspection (RFC 7662), userinfo and the
//! end of a session (OpenID Connect).

use http::header::ACCEPT;
use http::{HeaderValue, Method};
use reqwest::Request;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tracing::{Instrument, debug_span};
use url::Url;

use super::OAuthClient;
use crate::AuthError;
use crate::claims::Claims;
use crate::credential::bearer;
use crate::error::PageUrl;
use crate::oauth::Form;
use crate::redaction::{Redactor, shown};
use crate::refusal::{Protocol, refused};
use crate::transport::{Answer, Repeat, with_retry};

/// What the provider says of a token.
#[derive(Clone, Debug, Deserialize)]
pub struct Introspection {
    active: bool,
    #[serde(flatten)]
    claims: Claims,
}

impl Introspection {
    /// Whether the token is good now.
    pub fn is_active(&self) -> bool {
        self.active
    }

    /// What else the provider says of it; usually nothing of one that is not active.
    pub fn claims(&self) -> &Claims {
        &self.claims
    }
}

impl OAuthClient {
    /// Revokes an access token or a refresh token. One that is no longer good counts as revoked.
    ///
    /// # Errors
    ///
    /// [`AuthError`] where the provider has no such endpoint, or refuses.
    pub async fn revoke(&self, token: &SecretString) -> Result<(), AuthError> {
        let metadata = self.metadata().await?;
        let endpoint = metadata.endpoint("revocation", &metadata.revocation_endpoint)?;
        let form = Form::default().secret("token", token);
        let span = debug_span!("revocation", endpoint = %shown(endpoint));
        self.inner
            .client
            .post(endpoint, &form, Repeat::Safe, |_, _, _| Ok(()))
            .instrument(span)
            .await
    }

    /// Asks the provider whether a token is good, and what it holds. Providers answer confidential clients only.
    ///
    /// # Errors
    ///
    /// [`AuthError`] where the provider has no such endpoint, or refuses.
    pub async fn introspect(&self, token: &SecretString) -> Result<Introspection, AuthError> {
        let metadata = self.metadata().await?;
        let endpoint = metadata.endpoint("introspection", &metadata.introspection_endpoint)?;
        let form = Form::default().secret("token", token);
        let span = debug_span!("introspection", endpoint = %shown(endpoint));
        self.inner
            .client
            .post(endpoint, &form, Repeat::Safe, Answer::json)
            .instrument(span)
            .await
    }

    /// The claims about the user of an access token.
    ///
    /// # Errors
    ///
    /// [`AuthError`] where the provider has no such endpoint, or refuses.
    pub async fn user_info(&self, token: &SecretString) -> Result<Claims, AuthError> {
        let metadata = self.metadata().await?;
        let url = metadata.endpoint("userinfo", &metadata.userinfo_endpoint)?;
        let endpoint = &shown(url);
        let span = debug_span!("userinfo", endpoint);
        with_retry(Repeat::Safe, || async move {
            let mut request = Request::new(Method::GET, url.clone());
            let headers = request.headers_mut();
            headers.extend(bearer(token)?);
            headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
            let answer = self.inner.client.http.send(request, endpoint).await?;
            let redactor = Redactor::new([token]);
            if answer.status.is_success() {
                answer.json(endpoint, &redactor)
            } else {
                Err(refused(
                    Protocol::Bearer,
                    &answer,
                    endpoint.clone(),
                    &redactor,
                ))
            }
        })
        .instrument(span)
        .await
    }

    /// The page that ends the user's session with the provider; for the browser.
    ///
    /// `id_token` ([`Token::id_token`](crate::Token::id_token)) spares the user a question. `return_to` is where the
    /// browser goes afterwards; it must be registered with the client.
    ///
    /// # Errors
    ///
    /// [`AuthError`] where the provider has no such page.
    pub async fn end_session_url(
        &self,
        id_token: Option<&SecretString>,
        return_to: Option<&Url>,
    ) -> Result<PageUrl, AuthError> {
        let metadata = self.metadata().await?;
        let mut url = metadata
            .endpoint("end-session", &metadata.end_session_endpoint)?
            .clone();
        {
            let mut query = url.query_pairs_mut();
            query.append_pair("client_id", &self.inner.client.id);
            if let Some(id_token) = id_token {
                query.append_pair("id_token_hint", id_token.expose_secret());
            }
            if let Some(return_to) = return_to {
                query.append_pair("post_logout_redirect_uri", return_to.as_str());
            }
        }
        Ok(PageUrl::new(url))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    proptest! {
        #[test]
        fn any_introspection_is_read_or_refused(body in ".{0,300}") {
            let _ = Answer::of(200, body).json::<Introspection>("there", &Redactor::new([]));
        }

        #[test]
        fn any_object_is_an_introspection_or_an_error_without_its_values(
            active in "(true|false|1|null|\"yes\")", name in "[a-z]{1,9}", value in ".{0,99}", cut in 0..200_usize,
        ) {
            let value = json!(format!("SECRET{value}"));
            let body = format!(r#"{{"{name}":{value},"active":{active},"exp":{value}}}"#);
            let body = &body[..body.floor_char_boundary(cut)];
            let shown = match Answer::of(200, body).json::<Introspection>("there", &Redactor::new([])) {
                Ok(told) => format!("{told:?}"),
                Err(error) => error.all_shown(),
            };
            prop_assert!(!shown.contains("SECRET"), "{shown}");
        }
    }
}
