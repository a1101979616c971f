//! Sign-in at Salesforce by OAuth, for the APIs that Conga's packages serve there. Any token of the organisation opens them
//! (published), so that the token exchange of a storefront is not the only way in.

#[cfg(feature = "jwt-bearer")]
mod assertion;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use http::{HeaderMap, HeaderValue};
use secrecy::SecretString;
use tracing::{Instrument, debug_span};
use url::Url;

#[cfg(feature = "jwt-bearer")]
pub use self::assertion::PrivateKey;
use crate::cache::{TokenCache, TokenSource};
use crate::client_secret::ClientSecret;
use crate::clock::{Clock, SystemClock};
use crate::credential::{Audience, bearer_of, sensitive};
use crate::endpoints::absolute;
use crate::oauth::{Client, ClientAuthentication, Form};
use crate::redaction::shown;
use crate::refresh::Refresh;
use crate::store::{Stored, TokenStore};
use crate::storefront::{X_ACCOUNT, X_STOREFRONT};
use crate::token::Token;
use crate::transport::{Http, HttpOptions, Repeat};
use crate::{AuthError, Credential, RequestContext, ensure_secure};

/// Where Salesforce signs in.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SalesforceLogin {
    /// `https://login.salesforce.com`.
    Production,
    /// `https://test.salesforce.com`, for Salesforce sandboxes.
    Sandbox,
    /// The organisation's own address, such as `https://acme.my.salesforce.com`, or that of a site. The client credentials
    /// flow works there only.
    Domain(String),
}

impl SalesforceLogin {
    fn address(&self) -> &str {
        match self {
            Self::Production => "https://login.salesforce.com",
            Self::Sandbox => "https://test.salesforce.com",
            Self::Domain(address) => address.trim().trim_end_matches('/'),
        }
    }

    fn endpoint(&self, path: &str) -> Result<Url, AuthError> {
        let url = format!("{}/services/oauth2/{path}", self.address());
        absolute("the login address of Salesforce", &url)
    }
}

/// The organisation's own address.
impl From<&str> for SalesforceLogin {
    fn from(address: &str) -> Self {
        Self::Domain(address.to_owned())
    }
}

/// The organisation's own address.
impl From<String> for SalesforceLogin {
    fn from(address: String) -> Self {
        Self::Domain(address)
    }
}

/// A connected app of a Salesforce organisation.
///
/// Tokens go to the instance that Salesforce names ([`instance_url`](Self::instance_url)), and to hosts that were
/// [allowed](SalesforceOAuthBuilder::allow_origin), such as that of a storefront's site. Salesforce does not say how long
/// they live: they are held until a server rejects them, or until their [`max_age`](SalesforceOAuthBuilder::max_age).
///
/// ```no_run
/// use conga_auth::SalesforceOAuth;
///
/// # async fn run() -> Result<(), conga_auth::AuthError> {
/// let credential =
///     SalesforceOAuth::client_credentials("https://acme.my.salesforce.com", "client-id", "client-secret")
///         .storefront("ECommerce")
///         .build()?;
/// let base = credential.instance_url().await?.join("services/apexrest/Apttus_WebStore/apttus/v5");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct SalesforceOAuth {
    client: Client,
    revocation_endpoint: Url,
    allowed: Audience,
    headers: HeaderMap,
    cache: TokenCache,
    stored: Option<Stored>,
}

impl SalesforceOAuth {
    /// The client credentials flow: the app acts as the user that its administrator chose.
    pub fn client_credentials(
        login: impl Into<SalesforceLogin>,
        client_id: impl Into<String>,
        client_secret: impl Into<ClientSecret>,
    ) -> SalesforceOAuthBuilder {
        SalesforceOAuthBuilder::new(login.into(), client_id.into(), Grant::ClientCredentials)
            .client_secret(client_secret)
    }

    /// The refresh token flow: goes on with a refresh token that was obtained elsewhere.
    pub fn refresh_token(
        login: impl Into<SalesforceLogin>,
        client_id: impl Into<String>,
        refresh_token: impl Into<SecretString>,
    ) -> SalesforceOAuthBuilder {
        let grant = Grant::RefreshToken(refresh_token.into());
        SalesforceOAuthBuilder::new(login.into(), client_id.into(), grant)
    }

    /// The JWT bearer flow (RFC 7523): the app acts as the user `username`, by an assertion signed with its private key.
    #[cfg(feature = "jwt-bearer")]
    pub fn jwt_bearer(
        login: impl Into<SalesforceLogin>,
        client_id: impl Into<String>,
        username: impl Into<String>,
        key: PrivateKey,
    ) -> SalesforceOAuthBuilder {
        let grant = Grant::JwtBearer {
            username: username.into(),
            key,
        };
        SalesforceOAuthBuilder::new(login.into(), client_id.into(), grant)
    }

    /// The current token, fetched first where needed.
    ///
    /// # Errors
    ///
    /// [`AuthError`] where there is no token to be had.
    pub async fn token(&self) -> Result<Arc<Token>, AuthError> {
        self.cache.token().await
    }

    /// The root of the organisation's APIs, as Salesforce named it with the token.
    ///
    /// # Errors
    ///
    /// [`AuthError`] where there is no token to be had.
    pub async fn instance_url(&self) -> Result<Url, AuthError> {
        instance(&*self.token().await?, "Salesforce").cloned()
    }

    /// Signs out: has Salesforce revoke the refresh token, or the access token where there is none, and forgets both.
    ///
    /// # Errors
    ///
    /// [`AuthError`]; the token is then kept, so that the call can be made again.
    pub async fn revoke(&self) -> Result<(), AuthError> {
        let stored = match &self.stored {
            Some(stored) => stored.load().await?,
            None => None,
        };
        if let Some(token) = stored.or_else(|| self.cache.current().as_deref().cloned()) {
            let secret = token.refresh_token().unwrap_or(token.secret());
            let form = Form::default().secret("token", secret);
            self.client
                .post(&self.revocation_endpoint, &form, Repeat::Safe, |_, _, _| {
                    Ok(())
                })
                .await?;
        }
        if let Some(stored) = &self.stored {
            stored.clear().await?;
        }
        self.cache.clear();
        Ok(())
    }
}

#[async_trait]
impl Credential for SalesforceOAuth {
    async fn headers(&self, cx: &RequestContext<'_>) -> Result<HeaderMap, AuthError> {
        ensure_secure(cx.url)?;
        let token = self.cache.token().await?;
        let mut audience = self.allowed.clone();
        audience.add(instance(&token, "Salesforce")?)?;
        audience.check(cx)?;
        let mut headers = token.bearer()?;
        headers.extend(self.headers.clone());
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

/// Where the API of a token is, that `endpoint` gave out. [`Source`] lets no token through without it.
fn instance<'a>(token: &'a Token, endpoint: &str) -> Result<&'a Url, AuthError> {
    token
        .instance_url()
        .ok_or_else(|| AuthError::invalid(endpoint, "`instance_url` is missing"))
}

/// Settings of [`SalesforceOAuth`].
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct SalesforceOAuthBuilder {
    login: SalesforceLogin,
    client_id: String,
    client_secret: Option<ClientSecret>,
    grant: Grant,
    audience: Option<String>,
    storefront: Option<String>,
    account: Option<String>,
    allowed: Vec<String>,
    max_age: Option<Duration>,
    store: Option<Arc<dyn TokenStore>>,
    http: HttpOptions,
    clock: Arc<dyn Clock>,
}

impl SalesforceOAuthBuilder {
    fn new(login: SalesforceLogin, client_id: String, grant: Grant) -> Self {
        Self {
            login,
            client_id,
            client_secret: None,
            grant,
            audience: None,
            storefront: None,
            account: None,
            allowed: Vec::new(),
            max_age: None,
            store: None,
            http: HttpOptions::default(),
            clock: Arc::new(SystemClock),
        }
    }

    /// The consumer secret, where the app demands it with a refresh token.
    pub fn client_secret(mut self, secret: impl Into<ClientSecret>) -> Self {
        self.client_secret = Some(secret.into());
        self
    }

    /// For whom an assertion is signed (`aud`). Default: the login address; an organisation's own address may want
    /// `https://login.salesforce.com` or `https://test.salesforce.com` here.
    #[cfg(feature = "jwt-bearer")]
    pub fn assertion_audience(mut self, audience: impl Into<String>) -> Self {
        self.audience = Some(audience.into());
        self
    }

    /// Name of the storefront record (`x-storefront`), which the commerce APIs want with every request.
    pub fn storefront(mut self, name: impl Into<String>) -> Self {
        self.storefront = Some(name.into());
        self
    }

    /// Id of the account on whose behalf requests are made (`x-account`).
    pub fn account(mut self, account_id: impl Into<String>) -> Self {
        self.account = Some(account_id.into());
        self
    }

    /// Lets the tokens go to this host too, given as a URL, such as the site of a storefront. May be called more than once.
    pub fn allow_origin(mut self, url: impl Into<String>) -> Self {
        self.allowed.push(url.into());
        self
    }

    /// Fetches another token when one is this old (a little before, see [`TokenCache`]). Default: only when it is rejected.
    pub fn max_age(mut self, age: Duration) -> Self {
        self.max_age = Some(age);
        self
    }

    /// Keeps the token in this store, so that it outlives the process or serves several. Default: in memory only.
    pub fn store(mut self, store: impl TokenStore) -> Self {
        self.store = Some(Arc::new(store));
        self
    }

    /// Time allowed for one request. Default: 30 s.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.http.timeout = timeout;
        self
    }

    /// Makes the requests by this client. It should not follow redirects, see
    /// [`ClientCredentialsBuilder::http_client`](crate::ClientCredentialsBuilder::http_client).
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
    pub fn build(self) -> Result<SalesforceOAuth, AuthError> {
        if self.client_id.trim().is_empty() {
            return Err(AuthError::configuration(
                "the client id is empty; it is the consumer key of the connected app",
            ));
        }
        let token_endpoint = self.login.endpoint("token")?;
        let mut allowed = Audience::default();
        allowed.add_all(&self.allowed)?;
        let mut headers = HeaderMap::new();
        for (name, what, value) in [
            (X_STOREFRONT, "the name of the storefront", &self.storefront),
            (X_ACCOUNT, "the account id", &self.account),
        ] {
            if let Some(value) = value {
                let value: HeaderValue = sensitive(what, value)?;
                headers.insert(name, value);
            }
        }
        let client = Client {
            http: Http::new(self.http, &token_endpoint)?,
            id: self.client_id,
            secret: self.client_secret,
            authentication: ClientAuthentication::Post,
        };
        let owner = format!("{} at {}", client.id, shown(&token_endpoint));
        let source = Source {
            client: client.clone(),
            audience: self
                .audience
                .unwrap_or_else(|| self.login.address().to_owned()),
            token_endpoint,
            max_age: self.max_age,
            grant: self.grant,
        };
        let owner = source.grant.owner(owner);
        let (cache, stored) = match self.store {
            Some(store) => {
                let stored = Stored::new(source, store, owner);
                let cache = TokenCache::with_settings(
                    stored.clone(),
                    TokenCache::REFRESH_EARLY,
                    self.clock,
                );
                (cache, Some(stored))
            }
            None => {
                let early = TokenCache::REFRESH_EARLY;
                (TokenCache::with_settings(source, early, self.clock), None)
            }
        };
        Ok(SalesforceOAuth {
            client,
            revocation_endpoint: self.login.endpoint("revoke")?,
            allowed,
            headers,
            cache,
            stored,
        })
    }
}

/// By what right a token is asked for.
#[derive(Clone)]
enum Grant {
    ClientCredentials,
    RefreshToken(SecretString),
    #[cfg(feature = "jwt-bearer")]
    JwtBearer {
        username: String,
        key: PrivateKey,
    },
}

impl Grant {
    /// Tokens of one app for two users are not the same user's.
    fn owner(&self, app: String) -> String {
        match self {
            #[cfg(feature = "jwt-bearer")]
            Self::JwtBearer { username, .. } => format!("{username} by {app}"),
            _ => app,
        }
    }
}

impl fmt::Debug for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ClientCredentials => "ClientCredentials",
            Self::RefreshToken(_) => "RefreshToken",
            #[cfg(feature = "jwt-bearer")]
            Self::JwtBearer { .. } => "JwtBearer",
        })
    }
}

#[derive(Debug)]
struct Source {
    client: Client,
    token_endpoint: Url,
    #[cfg_attr(
        not(feature = "jwt-bearer"),
        expect(dead_code, reason = "only assertions have one")
    )]
    audience: String,
    max_age: Option<Duration>,
    grant: Grant,
}

impl Source {
    async fn ask(
        &self,
        form: &Form<'_>,
        repeat: Repeat,
        now: SystemTime,
    ) -> Result<Token, AuthError> {
        let span =
            debug_span!("salesforce", endpoint = %shown(&self.token_endpoint), grant = ?self.grant);
        self.client
            .token(&self.token_endpoint, form, repeat, now)
            .instrument(span)
            .await
    }
}

#[async_trait]
impl TokenSource for Source {
    async fn fetch(&self, now: SystemTime, replacing: Option<&Token>) -> Result<Token, AuthError> {
        let token = match &self.grant {
            Grant::ClientCredentials => {
                let form = Form::grant("client_credentials");
                self.ask(&form, Repeat::Safe, now).await?
            }
            Grant::RefreshToken(first) => {
                let refresh = Refresh::of(Some(first), replacing)?;
                let answer = self.ask(&refresh.form(), Repeat::SingleUse, now).await;
                refresh.outcome(answer)?
            }
            #[cfg(feature = "jwt-bearer")]
            Grant::JwtBearer { username, key } => {
                let assertion = key.assertion(&self.client.id, username, &self.audience, now)?;
                let form = Form::grant("urn:ietf:params:oauth:grant-type:jwt-bearer")
                    .secret("assertion", &assertion);
                self.ask(&form, Repeat::Safe, now).await?
            }
        };
        ensure_secure(instance(&token, &shown(&self.token_endpoint))?)?;
        Ok(match self.max_age {
            Some(age) => token.with_lifetime(age),
            None => token,
        })
    }

    fn is_single_use(&self) -> bool {
        matches!(self.grant, Grant::RefreshToken(_))
    }
}
