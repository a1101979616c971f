//! Sign-in of a program by client id and secret: an integration user, or an API-to-API connection that acts for a user.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use http::{HeaderMap, HeaderValue};
use tracing::{Instrument, debug_span};
use url::Url;

use crate::cache::{TokenCache, TokenSource};
use crate::client_secret::ClientSecret;
use crate::clock::{Clock, SystemClock};
use crate::credential::{Audience, USER_ID, bearer_of, sensitive};
use crate::oauth::{Client, ClientAuthentication, Form};
use crate::redaction::shown;
use crate::store::{Stored, TokenStore};
use crate::token::Token;
use crate::transport::{Http, HttpOptions, Repeat};
use crate::{AuthError, Credential, Endpoints, RequestContext};

/// The OAuth client credentials grant (RFC 6749, section 4.4).
///
/// - An **integration user** is a client id and secret; its requests carry a bearer token.
/// - An **API-to-API connection** is the same and a [user id](ClientCredentialsBuilder::user_id): its requests carry the
///   header `user-id` too, and that user's permissions decide.
///
/// Tokens last an hour (published) and there are no refresh tokens: a new one is asked for, early and once, see
/// [`TokenCache`]. They are sent to the gateway of the [`Endpoints`], and to hosts that were
/// [allowed](ClientCredentialsBuilder::allow_origin), only.
///
/// ```
/// use conga_auth::{ClientCredentials, Region};
///
/// let credential = ClientCredentials::builder(Region::Europe, "client-id", "client-secret")
///     .user_id("00000000-0000-4000-8000-000000000001")
///     .build()?;
/// # Ok::<(), conga_auth::AuthError>(())
/// ```
#[derive(Clone, Debug)]
pub struct ClientCredentials {
    audience: Audience,
    user_id: Option<HeaderValue>,
    cache: TokenCache,
}

impl ClientCredentials {
    /// Starts a credential for the client `client_id` of the tenant at `endpoints`: a [`Region`](crate::Region), or
    /// [`Endpoints`] of a Token URI and a Base URI.
    pub fn builder(
        endpoints: impl Into<Endpoints>,
        client_id: impl Into<String>,
        client_secret: impl Into<ClientSecret>,
    ) -> ClientCredentialsBuilder {
        ClientCredentialsBuilder {
            endpoints: endpoints.into(),
            client_id: client_id.into(),
            client_secret: client_secret.into(),
            authentication: ClientAuthentication::default(),
            scopes: Vec::new(),
            user_id: None,
            allowed: Vec::new(),
            store: None,
            http: HttpOptions::default(),
            refresh_early: TokenCache::REFRESH_EARLY,
            clock: Arc::new(SystemClock),
        }
    }

    /// The current token, fetched first where needed: to check the sign-in at start, or to hand it to something else.
    ///
    /// # Errors
    ///
    /// [`AuthError`] where there is no token to be had.
    pub async fn token(&self) -> Result<Arc<Token>, AuthError> {
        self.cache.token().await
    }
}

#[async_trait]
impl Credential for ClientCredentials {
    async fn headers(&self, cx: &RequestContext<'_>) -> Result<HeaderMap, AuthError> {
        self.audience.check(cx)?;
        let token = self.cache.token().await?;
        let mut headers = token.bearer()?;
        if let Some(user_id) = &self.user_id {
            headers.insert(USER_ID, user_id.clone());
        }
        Ok(headers)
    }

    async fn invalidate(&self, rejected: &HeaderMap) -> bool {
        let Some(token) = bearer_of(rejected) else {
            return false;
        };
        self.cache.discard(token);
        true
    }
}

/// Settings of [`ClientCredentials`].
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct ClientCredentialsBuilder {
    endpoints: Endpoints,
    client_id: String,
    client_secret: ClientSecret,
    authentication: ClientAuthentication,
    scopes: Vec<String>,
    user_id: Option<String>,
    allowed: Vec<String>,
    store: Option<Arc<dyn TokenStore>>,
    http: HttpOptions,
    refresh_early: Duration,
    clock: Arc<dyn Clock>,
}

impl ClientCredentialsBuilder {
    /// Acts for this user, by the header `user-id`. API-to-API connections need it; integration users have none.
    pub fn user_id(mut self, user_id: impl Into<String>) -> Self {
        self.user_id = Some(user_id.into());
        self
    }

    /// Asks for these scopes, such as `sign`. Default: none named, which gives what the connection has been given.
    pub fn scopes<S: Into<String>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.scopes = scopes.into_iter().map(Into::into).collect();
        self
    }

    /// How id and secret are sent. Default: in the form.
    pub fn authentication(mut self, authentication: ClientAuthentication) -> Self {
        self.authentication = authentication;
        self
    }

    /// Lets the tokens go to this host too, given as a URL; for a service of the same tenant that stands beside the
    /// gateway, such as [X-Author](crate::Region::x_author). May be called more than once.
    pub fn allow_origin(mut self, url: impl Into<String>) -> Self {
        self.allowed.push(url.into());
        self
    }

    /// Keeps the token in this store, so that it outlives the process or serves several. Default: in memory only.
    pub fn store(mut self, store: impl TokenStore) -> Self {
        self.store = Some(Arc::new(store));
        self
    }

    /// Time allowed for one token request, connecting and reading included. Default: 30 s.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.http.timeout = timeout;
        self
    }

    /// How long before its end a token is replaced. Default: 5 minutes; in any case not before the last sixth of its life.
    pub fn refresh_early(mut self, early: Duration) -> Self {
        self.refresh_early = early;
        self
    }

    /// Sends token requests by this client, for the sake of its proxy or certificates.
    ///
    /// It should not follow redirects (`reqwest::redirect::Policy::none()`): a redirect is refused in any case, but a
    /// client that follows it may have sent the secret along by then.
    pub fn http_client(mut self, client: reqwest::Client) -> Self {
        self.http.client = Some(client);
        self
    }

    /// Tells the time by this clock.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Makes the credential. Nothing is sent yet.
    ///
    /// # Errors
    ///
    /// [`AuthError::InsecureUrl`] or [`AuthError::Configuration`] for settings that cannot work.
    pub fn build(self) -> Result<ClientCredentials, AuthError> {
        if self.client_id.trim().is_empty() {
            return Err(AuthError::configuration(
                "the client id is empty; it is shown with the API connection",
            ));
        }
        let mut audience = Audience::of(&self.endpoints.gateway)?;
        audience.add_all(&self.allowed)?;
        let user_id = match &self.user_id {
            Some(user_id) if user_id.trim().is_empty() => {
                return Err(AuthError::configuration(
                    "the user id is empty; leave it out for an integration user",
                ));
            }
            Some(user_id) => Some(sensitive("the user id", user_id)?),
            None => None,
        };
        let scopes = self.scopes.join(" ");
        let mut owner = format!("{} at {}", self.client_id, shown(&self.endpoints.token));
        if !scopes.is_empty() {
            owner = format!("{owner} for {scopes}");
        }
        let source = ClientCredentialsSource {
            client: Client {
                http: Http::new(self.http, &self.endpoints.token)?,
                id: self.client_id,
                secret: Some(self.client_secret),
                authentication: self.authentication,
            },
            token_endpoint: self.endpoints.token,
            scopes,
        };
        let cache = match self.store {
            Some(store) => TokenCache::with_settings(
                Stored::with_early(source, store, owner, self.refresh_early),
                self.refresh_early,
                self.clock,
            ),
            None => TokenCache::with_settings(source, self.refresh_early, self.clock),
        };
        Ok(ClientCredentials {
            audience,
            user_id,
            cache,
        })
    }
}

/// Asks for tokens by the client credentials grant.
#[derive(Debug)]
pub(crate) struct ClientCredentialsSource {
    pub(crate) client: Client,
    pub(crate) token_endpoint: Url,
    pub(crate) scopes: String,
}

#[async_trait]
impl TokenSource for ClientCredentialsSource {
    async fn fetch(&self, now: SystemTime, _replacing: Option<&Token>) -> Result<Token, AuthError> {
        let form = Form::grant("client_credentials").non_empty("scope", &self.scopes);
        let span = debug_span!("client_credentials", endpoint = %shown(&self.token_endpoint));
        self.client
            .token(&self.token_endpoint, &form, Repeat::Safe, now)
            .instrument(span)
            .await
    }
}
