//! Sign-in of a shopper at a storefront of the Salesforce-hosted commerce APIs: by the AES-CBC token exchange, or as a
//! guest.

mod exchange;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use http::{HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::cache::TokenCache;
use crate::clock::{Clock, SystemClock};
use crate::credential::{Audience, bearer_of, sensitive};
use crate::token::Token;
use crate::transport::{Http, HttpOptions};
use crate::{AuthError, Credential, RequestContext};
use exchange::{Exchange, Shopper};

pub(crate) const X_STOREFRONT: HeaderName = HeaderName::from_static("x-storefront");
pub(crate) const X_ACCOUNT: HeaderName = HeaderName::from_static("x-account");

/// A shopper, or a guest, at one storefront.
///
/// Signing in takes two requests: the storefront hands out a key, and gets back the credentials encrypted under it (see
/// [`cipher`](crate::cipher)). Each sign-in fetches its own key. Requests then carry `Authorization: Bearer`,
/// `x-storefront` and, where set, `x-account`, and go to the host of the base URL only.
///
/// How long a token lives is published nowhere. It is held until a server rejects it, then the shopper is signed in again;
/// [`max_age`](StorefrontBuilder::max_age) can end it earlier.
///
/// ```
/// use conga_auth::Storefront;
///
/// let base = "https://shop.my.site.com/ecom/services/apexrest/Apttus_WebStore/apttus/v5";
/// let shopper = Storefront::builder(base, "ECommerce").user("ann@example.com", "password").build()?;
/// let guest = Storefront::builder(base, "ECommerce").build()?;
/// # Ok::<(), conga_auth::AuthError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Storefront {
    audience: Audience,
    account: Option<HeaderValue>,
    exchange: Exchange,
    cache: TokenCache,
}

impl Storefront {
    /// Starts a credential for the storefront record `name` (such as `ECommerce`) below `base_url`, which ends in the
    /// version (`.../services/apexrest/Apttus_WebStore/apttus/v5`). Without a [user](StorefrontBuilder::user) it is a
    /// guest's.
    pub fn builder(base_url: impl Into<String>, name: impl Into<String>) -> StorefrontBuilder {
        StorefrontBuilder {
            base_url: base_url.into(),
            name: name.into(),
            shopper: None,
            credential_fields: CredentialFields::default(),
            token_path: TokenPath::default(),
            account: None,
            max_age: None,
            http: HttpOptions::default(),
            clock: Arc::new(SystemClock),
        }
    }

    /// Signs in now, unless that is done already. The token tells the user's id.
    ///
    /// # Errors
    ///
    /// [`AuthError`]; among others [`AuthError::LoginRequired`] where this user signs in by a web page.
    pub async fn sign_in(&self) -> Result<Arc<Token>, AuthError> {
        self.cache.token().await
    }

    /// Signs out: has the storefront revoke the token, and forgets it. The next request signs in again.
    ///
    /// Without a token there is nothing to do. A storefront that no longer knows the token (401) counts as success.
    ///
    /// # Errors
    ///
    /// [`AuthError`]; the token is then kept, so that the call can be made again.
    pub async fn revoke(&self) -> Result<(), AuthError> {
        let Some(token) = self.cache.current() else {
            return Ok(());
        };
        self.exchange.revoke(token.secret()).await?;
        self.cache.discard(token.secret().expose_secret());
        Ok(())
    }
}

#[async_trait]
impl Credential for Storefront {
    async fn headers(&self, cx: &RequestContext<'_>) -> Result<HeaderMap, AuthError> {
        self.audience.check(cx)?;
        let token = self.cache.token().await?;
        let mut headers = token.bearer()?;
        headers.insert(X_STOREFRONT, self.exchange.storefront.clone());
        if let Some(account) = &self.account {
            headers.insert(X_ACCOUNT, account.clone());
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

/// The names of the two fields that are encrypted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum CredentialFields {
    /// `{"username": ..., "password": ...}`, as published.
    #[default]
    UsernamePassword,
    /// `{"key": ..., "value": ...}`, as the vendor's SDK sends them.
    KeyValue,
}

/// The path to which the encrypted credentials are posted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenPath {
    /// `user/token`, as the published operation has it.
    #[default]
    User,
    /// `users/token`, as the published prose and the vendor's SDK have it.
    Users,
}

/// Settings of [`Storefront`].
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct StorefrontBuilder {
    base_url: String,
    name: String,
    shopper: Option<Shopper>,
    credential_fields: CredentialFields,
    token_path: TokenPath,
    account: Option<String>,
    max_age: Option<Duration>,
    http: HttpOptions,
    clock: Arc<dyn Clock>,
}

impl StorefrontBuilder {
    /// Signs in this user. Default: a guest.
    pub fn user(mut self, username: impl Into<String>, password: impl Into<SecretString>) -> Self {
        self.shopper = Some(Shopper {
            username: username.into(),
            password: password.into(),
        });
        self
    }

    /// Id of the account on whose behalf requests are made (`x-account`). Default: the storefront's choice.
    pub fn account(mut self, account_id: impl Into<String>) -> Self {
        self.account = Some(account_id.into());
        self
    }

    /// The field names in the encrypted credentials. Default: `username` and `password`.
    pub fn credential_fields(mut self, fields: CredentialFields) -> Self {
        self.credential_fields = fields;
        self
    }

    /// The spelling of the token path. Default: `user/token`.
    pub fn token_path(mut self, path: TokenPath) -> Self {
        self.token_path = path;
        self
    }

    /// Signs in again when a token is this old (a little before, see [`TokenCache`]). Default: only when it is rejected.
    pub fn max_age(mut self, age: Duration) -> Self {
        self.max_age = Some(age);
        self
    }

    /// Time allowed for one request of the exchange. Default: 30 s.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.http.timeout = timeout;
        self
    }

    /// Makes the requests of the exchange by this client. It should not follow redirects, see
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
    pub fn build(self) -> Result<Storefront, AuthError> {
        let base = Url::parse(self.base_url.trim()).map_err(|error| {
            AuthError::configuration(format!(
                "the base URL of the storefront is not an absolute URL ({error})"
            ))
        })?;
        let account = match &self.account {
            Some(account) => Some(sensitive("the account id", account)?),
            None => None,
        };
        let exchange = Exchange {
            http: Http::new(self.http, &base)?,
            storefront: sensitive("the name of the storefront", &self.name)?,
            shopper: self.shopper,
            credential_fields: self.credential_fields,
            token_path: self.token_path,
            max_age: self.max_age,
            base,
        };
        Ok(Storefront {
            audience: Audience::of(&exchange.base)?,
            account,
            cache: TokenCache::with_settings(
                exchange.clone(),
                TokenCache::REFRESH_EARLY,
                self.clock,
            ),
            exchange,
        })
    }
}
