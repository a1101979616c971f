//! A client of an identity provider: the settings that all flows with a user share, and the ways into them.

#[cfg(not(target_family = "wasm"))]
mod authorization_code;
mod device;
mod provider;
mod session;
mod user;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use secrecy::SecretString;

#[cfg(not(target_family = "wasm"))]
pub use self::authorization_code::{AuthorizationCode, SignIn};
pub use self::device::DeviceSignIn;
pub use self::provider::Provider;
pub use self::session::Introspection;
pub use self::user::UserCredential;
use crate::cache::TokenCache;
use crate::client_secret::ClientSecret;
use crate::clock::{Clock, SystemClock};
use crate::credential::Audience;
use crate::discovery::{Discovery, Metadata};
use crate::oauth::{Client, ClientAuthentication, Form};
use crate::store::{MemoryStore, TokenStore};
use crate::token::Token;
use crate::transport::{Http, HttpOptions, Repeat};
use crate::{AuthError, ensure_secure};

/// A client for the flows in which a user signs in: what Conga calls a UI-to-API connection. Clones share everything.
///
/// - [`authorization_code`](Self::authorization_code): the user signs in by a browser on this machine, or pastes the answer;
/// - [`device_code`](Self::device_code): the user signs in on another device;
/// - [`user`](Self::user): goes on with the sign-in that is stored;
/// - [`user_with_refresh_token`](Self::user_with_refresh_token): goes on with a refresh token from elsewhere.
///
/// Each gives a [`UserCredential`], which keeps itself fresh by refresh tokens.
///
/// ```no_run
/// use conga_auth::{FileStore, OAuthClient, Region};
///
/// # async fn run() -> Result<(), conga_auth::AuthError> {
/// let client = OAuthClient::builder(Region::Europe, "client-id")
///     .store(FileStore::new("token.json"))
///     .build()?;
/// let sign_in = client.authorization_code().begin().await?;
/// println!("open {}", sign_in.url().as_str());
/// let user = sign_in.finish().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct OAuthClient {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    directory: Directory,
    client: Client,
    scopes: String,
    audience: Audience,
    store: Arc<dyn TokenStore>,
    refresh_early: Duration,
    clock: Arc<dyn Clock>,
}

/// Where the endpoints come from.
#[derive(Debug)]
enum Directory {
    Known(Arc<Metadata>),
    Discovered(Box<Discovery>),
}

impl OAuthClient {
    /// Starts a client `client_id` of the identity provider `provider`: a [`Region`](crate::Region), or any
    /// [`Provider`].
    pub fn builder(
        provider: impl Into<Provider>,
        client_id: impl Into<String>,
    ) -> OAuthClientBuilder {
        OAuthClientBuilder {
            provider: provider.into(),
            client_id: client_id.into(),
            client_secret: None,
            authentication: ClientAuthentication::default(),
            scopes: vec!["openid".to_owned(), "offline_access".to_owned()],
            allowed: Vec::new(),
            store: Arc::new(MemoryStore::new()),
            http: HttpOptions::default(),
            refresh_early: TokenCache::REFRESH_EARLY,
            clock: Arc::new(SystemClock),
        }
    }

    /// What the provider publishes about itself; fetched when first needed, then kept and revalidated.
    ///
    /// # Errors
    ///
    /// [`AuthError`] where the document cannot be had, or is not that of the provider.
    pub async fn metadata(&self) -> Result<Arc<Metadata>, AuthError> {
        match &self.inner.directory {
            Directory::Known(metadata) => Ok(Arc::clone(metadata)),
            Directory::Discovered(discovery) => discovery.metadata().await,
        }
    }

    /// Starts a sign-in on another device (RFC 8628).
    ///
    /// # Errors
    ///
    /// [`AuthError`] where the provider has no such flow, or refuses.
    pub async fn device_code(&self) -> Result<DeviceSignIn, AuthError> {
        DeviceSignIn::begin(self.clone()).await
    }

    /// The user whose sign-in the store keeps. Where it keeps none, the credential says so when it is first used
    /// ([`AuthError::SignInRequired`]).
    pub fn user(&self) -> UserCredential {
        UserCredential::new(self.clone(), None)
    }

    /// A user by a refresh token that was obtained elsewhere. It serves as long as the store is empty; from then on the
    /// store has its successors.
    pub fn user_with_refresh_token(
        &self,
        refresh_token: impl Into<SecretString>,
    ) -> UserCredential {
        UserCredential::new(self.clone(), Some(refresh_token.into()))
    }

    /// Asks the token endpoint.
    async fn token(&self, form: &Form<'_>, repeat: Repeat) -> Result<Token, AuthError> {
        let now = self.now();
        let metadata = self.metadata().await?;
        self.inner
            .client
            .token(&metadata.token_endpoint, form, repeat, now)
            .await
    }

    fn now(&self) -> SystemTime {
        self.inner.clock.now()
    }

    /// Whose tokens these are, as the store binds them.
    fn owner(&self) -> String {
        let issuer = match &self.inner.directory {
            Directory::Known(metadata) => &metadata.issuer,
            Directory::Discovered(discovery) => discovery.issuer(),
        };
        format!("{} at {issuer}", self.inner.client.id)
    }
}

/// Settings of [`OAuthClient`].
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct OAuthClientBuilder {
    provider: Provider,
    client_id: String,
    client_secret: Option<ClientSecret>,
    authentication: ClientAuthentication,
    scopes: Vec<String>,
    allowed: Vec<String>,
    store: Arc<dyn TokenStore>,
    http: HttpOptions,
    refresh_early: Duration,
    clock: Arc<dyn Clock>,
}

impl OAuthClientBuilder {
    /// The secret of a confidential client. Default: a public client, which has none.
    pub fn client_secret(mut self, secret: impl Into<ClientSecret>) -> Self {
        self.client_secret = Some(secret.into());
        self
    }

    /// How a confidential client shows its id and secret. Default: in the form.
    pub fn authentication(mut self, authentication: ClientAuthentication) -> Self {
        self.authentication = authentication;
        self
    }

    /// Asks for these scopes. Default: `openid` and `offline_access`; the latter is what brings a refresh token.
    pub fn scopes<S: Into<String>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.scopes = scopes.into_iter().map(Into::into).collect();
        self
    }

    /// Lets the tokens go to this host too, given as a URL; for a service of the same tenant that stands beside the
    /// gateway, such as [X-Author](crate::Region::x_author). May be called more than once.
    pub fn allow_origin(mut self, url: impl Into<String>) -> Self {
        self.allowed.push(url.into());
        self
    }

    /// Keeps the tokens of the user in this store. Default: in memory. One store is for one user of one client.
    pub fn store(mut self, store: impl TokenStore) -> Self {
        self.store = Arc::new(store);
        self
    }

    /// Time allowed for one request, connecting and reading included. Default: 30 s.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.http.timeout = timeout;
        self
    }

    /// How long before its end a token is replaced. Default: 5 minutes; in any case not before the last sixth of its life.
    pub fn refresh_early(mut self, early: Duration) -> Self {
        self.refresh_early = early;
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

    /// Makes the client. Nothing is sent yet.
    ///
    /// # Errors
    ///
    /// [`AuthError::InsecureUrl`] or [`AuthError::Configuration`] for settings that cannot work.
    pub fn build(self) -> Result<OAuthClient, AuthError> {
        if self.client_id.trim().is_empty() {
            return Err(AuthError::configuration(
                "the client id is empty; it is shown with the API connection",
            ));
        }
        let Provider { identity, gateway } = self.provider;
        ensure_secure(&gateway)?;
        let mut audience = Audience::of(&gateway)?;
        audience.add_all(&self.allowed)?;
        let (directory, server) = identity.directory(self.http.clone(), Arc::clone(&self.clock))?;
        Ok(OAuthClient {
            inner: Arc::new(Inner {
                directory,
                client: Client {
                    http: Http::new(self.http, &server)?,
                    id: self.client_id,
                    secret: self.client_secret,
                    authentication: self.authentication,
                },
                scopes: self.scopes.join(" "),
                audience,
                store: self.store,
                refresh_early: self.refresh_early,
                clock: self.clock,
            }),
        })
    }
}
