//! The OAuth token endpoint (RFC 6749): requests by the `oauth2` crate over this crate's own HTTP, answers turned into
//! a [`Token`] or a typed error.
//!
//! `oauth2` builds the request and reads JSON. What it would report as loose text (a page instead of JSON, an error without
//! a body, a redirect) is sorted out here before it sees the answer. It keeps the client secret and the answer in plain
//! strings for the time of one request; those copies are freed, but not wiped.

use std::time::SystemTime;

use futures_util::future::{BoxFuture, FutureExt};
use oauth2::basic::{BasicClient, BasicErrorResponse, BasicTokenResponse, BasicTokenType};
use oauth2::{
    AsyncHttpClient, AuthType, ClientId, ClientSecret, HttpRequest, HttpResponse,
    RequestTokenError, Scope, TokenResponse, TokenUrl,
};
use secrecy::{ExposeSecret, SecretString};
use tracing::{Instrument, debug_span};
use url::Url;

use crate::AuthError;
use crate::error::{Protocol, Refusal};
use crate::redaction::{Excerpt, Redactor, shown};
use crate::token::Token;
use crate::transport::{Answer, Http, with_retry};

/// How a client shows its id and secret to the token endpoint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClientAuthentication {
    /// In the form, as `client_id` and `client_secret`. This is what Conga's pages show.
    #[default]
    Post,
    /// In the `Authorization` header, as `Basic`.
    Basic,
}

/// A token endpoint and the client that asks it.
#[derive(Clone, Debug)]
pub(crate) struct TokenEndpoint {
    pub(crate) http: Http,
    pub(crate) url: Url,
    pub(crate) client_id: String,
    pub(crate) client_secret: SecretString,
    pub(crate) authentication: ClientAuthentication,
}

impl TokenEndpoint {
    /// The client credentials grant (RFC 6749, section 4.4).
    pub(crate) async fn client_credentials(
        &self,
        scopes: &[String],
        now: SystemTime,
    ) -> Result<Token, AuthError> {
        let span = debug_span!("client_credentials", endpoint = %shown(&self.url));
        let attempt = || async move {
            let client = BasicClient::new(ClientId::new(self.client_id.clone()))
                .set_client_secret(ClientSecret::new(
                    self.client_secret.expose_secret().to_owned(),
                ))
                .set_auth_type(match self.authentication {
                    ClientAuthentication::Post => AuthType::RequestBody,
                    ClientAuthentication::Basic => AuthType::BasicAuth,
                })
                .set_token_uri(TokenUrl::from_url(self.url.clone()));
            let answer = client
                .exchange_client_credentials()
                .add_scopes(scopes.iter().cloned().map(Scope::new))
                .request_async(self)
                .await
                .map_err(|error| self.failure(error))?;
            self.token(&answer, now)
        };
        with_retry(attempt).instrument(span).await
    }

    /// Sends what `oauth2` built, and lets through to it only what looks like a token.
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, AuthError> {
        let request = reqwest::Request::try_from(request)
            .map_err(|_| AuthError::configuration("the token request cannot be built"))?;
        let answer = self.http.send(request, &shown(&self.url)).await?;
        if !answer.status.is_success() {
            return Err(self.refused(&answer));
        }
        if !answer.body.trim_ascii_start().starts_with(b"{") {
            return Err(AuthError::InvalidAnswer {
                endpoint: shown(&self.url),
                problem: "it is not a JSON object".to_owned(),
                excerpt: Excerpt::of(&answer.body, &self.redactor()),
            });
        }
        Ok(HttpResponse::new(answer.body.to_vec()))
    }

    fn token(&self, answer: &BasicTokenResponse, now: SystemTime) -> Result<Token, AuthError> {
        if *answer.token_type() != BasicTokenType::Bearer {
            return Err(self.invalid("its `token_type` is not `Bearer`"));
        }
        let secret = answer.access_token().secret();
        if secret.is_empty() {
            return Err(self.invalid("its `access_token` is empty"));
        }
        let token = Token::new(secret.as_str(), now);
        Ok(match answer.expires_in() {
            Some(lifetime) => token.with_lifetime(lifetime),
            None => token,
        })
    }

    fn failure(&self, error: RequestTokenError<AuthError, BasicErrorResponse>) -> AuthError {
        match error {
            RequestTokenError::Request(error) => error,
            RequestTokenError::Parse(error, _) => {
                // serde quotes the value it stumbled over, which may be the token: its words are not passed on.
                let place = error.path().to_string();
                self.invalid(match error.inner().classify() {
                    serde_json::error::Category::Eof => "its JSON breaks off".to_owned(),
                    serde_json::error::Category::Syntax => "it is not valid JSON".to_owned(),
                    _ => match missing_field(error.inner()) {
                        Some(field) => format!("`{field}` is missing"),
                        None => format!("`{place}` has a wrong type"),
                    },
                })
            }
            RequestTokenError::ServerResponse(_) | RequestTokenError::Other(_) => {
                self.invalid("it is not a token answer")
            }
        }
    }

    fn refused(&self, answer: &Answer) -> AuthError {
        let redactor = self.redactor();
        let said: Option<BasicErrorResponse> = serde_json::from_slice(&answer.body).ok();
        let said = said.as_ref();
        AuthError::Refused(Box::new(Refusal {
            protocol: Protocol::OAuth,
            endpoint: shown(&self.url),
            status: answer.status,
            code: said.map(|said| redactor.clean(said.error().as_ref())),
            description: said
                .and_then(|said| said.error_description())
                .map(|text| redactor.clean(text)),
            retry_after: answer.retry_after,
            excerpt: Excerpt::of(&answer.body, &redactor),
        }))
    }

    fn invalid(&self, problem: impl Into<String>) -> AuthError {
        AuthError::InvalidAnswer {
            endpoint: shown(&self.url),
            problem: problem.into(),
            excerpt: Excerpt::default(),
        }
    }

    fn redactor(&self) -> Redactor<'_> {
        Redactor::new([&self.client_secret])
    }
}

/// `oauth2` sends its requests through this.
impl<'c> AsyncHttpClient<'c> for TokenEndpoint {
    type Error = AuthError;
    type Future = BoxFuture<'c, Result<HttpResponse, AuthError>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        self.send(request).boxed()
    }
}

/// The field that serde misses. Its name is one of our own, so it is safe to show.
fn missing_field(error: &serde_json::Error) -> Option<String> {
    let text = error.to_string();
    let (field, _) = text.strip_prefix("missing field `")?.split_once('`')?;
    Some(field.to_owned())
}
