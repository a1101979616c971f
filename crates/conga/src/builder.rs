//! From settings to a client: addresses, credentials, and how calls are made.

use std::{collections::BTreeMap, fmt, sync::Arc, time::Duration};

use conga_api::{Api, RetryPolicy, Transport, operations::Host};
use conga_auth::{
    ClientCredentials, Credential, Endpoints, Region, SecretString, StorefrontBuilder,
};
use http::{HeaderMap, HeaderName, HeaderValue};
use url::Url;

use crate::{Client, ConfigError, Error, Storefront, storefront};

/// Settings of a [`Client`]. A setter that is called twice keeps the later value.
#[derive(Clone)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct ClientBuilder {
    tenant: Option<Tenant>,
    sign_in: Option<SignIn>,
    user_id: Option<String>,
    scopes: Vec<String>,
    hosts: BTreeMap<Host, Url>,
    host_credentials: BTreeMap<Host, Arc<dyn Credential>>,
    storefront: Option<(String, String)>,
    shopper: Option<(String, SecretString)>,
    shopper_account: Option<String>,
    storefront_options: Option<fn(StorefrontBuilder) -> StorefrontBuilder>,
    headers: Vec<(String, String)>,
    retry: RetryPolicy,
    timeout: Duration,
    http: Option<reqwest::Client>,
}

#[derive(Clone)]
enum Tenant {
    Region(Region),
    Uris { token: String, base: String },
    Base(String),
}

#[derive(Clone)]
enum SignIn {
    Client { id: String, secret: SecretString },
    Given(Arc<dyn Credential>),
}

impl Default for ClientBuilder {
    fn default() -> Self {
        Self {
            tenant: None,
            sign_in: None,
            user_id: None,
            scopes: Vec::new(),
            hosts: BTreeMap::new(),
            host_credentials: BTreeMap::new(),
            storefront: None,
            shopper: None,
            shopper_account: None,
            storefront_options: None,
            headers: Vec::new(),
            retry: RetryPolicy::default(),
            timeout: Duration::from_secs(60),
            http: None,
        }
    }
}

/// Where the tenant is.
impl ClientBuilder {
    /// A region of Conga's cloud, with its usual addresses.
    pub fn region(mut self, region: Region) -> Self {
        self.tenant = Some(Tenant::Region(region));
        self
    }

    /// *Token URI* and *Base URI*, as an administrator gives them.
    pub fn endpoints(mut self, token_uri: impl Into<String>, base_uri: impl Into<String>) -> Self {
        self.tenant = Some(Tenant::Uris {
            token: token_uri.into(),
            base: base_uri.into(),
        });
        self
    }

    /// *Base URI* alone, for a [credential](Self::credential) that needs no token endpoint of this client.
    pub fn base_uri(mut self, base_uri: impl Into<String>) -> Self {
        self.tenant = Some(Tenant::Base(base_uri.into()));
        self
    }

    /// The address of a host that has its own: X-Author's, a Salesforce org's, Discovery AI's, TurboEngines'; or another one for the
    /// gateway, such as a proxy's.
    ///
    /// Its requests carry the credential given by [`host_credential`](Self::host_credential), else
    ///
    /// - X-Author, TurboEngines: the client's own, with a token of its own for that host;
    /// - Salesforce: the storefront's;
    /// - Discovery AI: none, since its operations take the API key as a parameter.
    pub fn host(mut self, host: Host, url: Url) -> Self {
        self.hosts.insert(host, url);
        self
    }
}

/// Who signs in.
impl ClientBuilder {
    /// Id and secret of an integration user, or of an API-to-API connection (then with a [user id](Self::user_id)).
    pub fn client_credentials(
        mut self,
        id: impl Into<String>,
        secret: impl Into<SecretString>,
    ) -> Self {
        self.sign_in = Some(SignIn::Client {
            id: id.into(),
            secret: secret.into(),
        });
        self
    }

    /// The user that an API-to-API connection acts for. It belongs to [`client_credentials`](Self::client_credentials).
    pub fn user_id(mut self, user_id: impl Into<String>) -> Self {
        self.user_id = Some(user_id.into());
        self
    }

    /// Scopes to ask for. They belong to [`client_credentials`](Self::client_credentials). Default: none named, which gives what the
    /// connection has been given.
    pub fn scopes<S: Into<String>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.scopes = scopes.into_iter().map(Into::into).collect();
        self
    }

    /// Any other credential, in place of [`client_credentials`](Self::client_credentials).
    pub fn credential(mut self, credential: Arc<dyn Credential>) -> Self {
        self.sign_in = Some(SignIn::Given(credential));
        self
    }

    /// The credential of one host, in place of the one that [`host`](Self::host) tells.
    pub fn host_credential(mut self, host: Host, credential: Arc<dyn Credential>) -> Self {
        self.host_credentials.insert(host, credential);
        self
    }

    /// The storefront: the address of its API with the version, as in
    /// `https://shop.my.site.com/ecom/services/apexrest/Apttus_WebStore/apttus/v5`, and the name of its record, as in `ECommerce`.
    pub fn storefront(mut self, url: impl Into<String>, name: impl Into<String>) -> Self {
        self.storefront = Some((url.into(), name.into()));
        self
    }

    /// The storefront's shopper. Default: a guest.
    pub fn shopper(
        mut self,
        username: impl Into<String>,
        password: impl Into<SecretString>,
    ) -> Self {
        self.shopper = Some((username.into(), password.into()));
        self
    }

    /// The account that storefront requests are made for (`x-account`). Default: the storefront's choice.
    pub fn shopper_account(mut self, account_id: impl Into<String>) -> Self {
        self.shopper_account = Some(account_id.into());
        self
    }

    /// Whatever else [`conga_auth::StorefrontBuilder`] can be told, for shoppers and guests alike:
    ///
    /// ```
    /// use conga_auth::{CredentialFields, TokenPath};
    ///
    /// let client = conga::Client::builder()
    ///     .storefront("https://shop.my.site.com/services/apexrest/Apttus_WebStore/apttus/v4", "ECommerce")
    ///     .storefront_options(|shopper| {
    ///         shopper.token_path(TokenPath::Users).credential_fields(CredentialFields::KeyValue)
    ///     })
    ///     .build()?;
    /// # Ok::<(), conga::Error>(())
    /// ```
    pub fn storefront_options(
        mut self,
        options: fn(StorefrontBuilder) -> StorefrontBuilder,
    ) -> Self {
        self.storefront_options = Some(options);
        self
    }
}

/// How calls are made.
impl ClientBuilder {
    /// The time for one attempt of a call: from sending to the last byte of the answer, for streams to its first. Default 60 s.
    /// Signing in has limits of its own, see [`conga_auth`].
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// When requests are sent again.
    pub fn retry(mut self, retry: RetryPolicy) -> Self {
        self.retry = retry;
        self
    }

    /// A header for every request that does not set it itself, to whichever host. The credential's own win over it.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Your own HTTP client, for its proxy, certificates or pool; calls and sign-in both use it. Let it not follow redirects: they would
    /// carry tokens to where they point.
    pub fn http_client(mut self, client: reqwest::Client) -> Self {
        self.http = Some(client);
        self
    }

    /// The client. Nothing is sent yet, and no token fetched.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] for settings that are missing or contradict each other, [`Error::Auth`] for addresses and credentials that
    /// cannot work.
    pub fn build(self) -> Result<Client, Error> {
        let headers = self.default_headers()?;
        let storefront = self.storefront_handle(&headers)?;
        let mut api = Api::new(self.gateway(&headers, storefront.is_some())?);
        if let Some(storefront) = &storefront {
            api = api.with_host(Host::Salesforce, storefront.transport().clone());
        }
        for (&host, url) in self
            .hosts
            .iter()
            .filter(|(host, _)| **host != Host::Gateway)
        {
            let credential = self.credential_of(host, url, storefront.as_ref())?;
            api = api.with_host(host, self.transport(url.clone(), credential, &headers)?);
        }
        if let Some(host) = self
            .host_credentials
            .keys()
            .find(|host| **host != Host::Gateway && !self.hosts.contains_key(host))
        {
            return Err(ConfigError::NoHostAddress { host: *host }.into());
        }
        Ok(Client::new(api, storefront))
    }
}

impl ClientBuilder {
    /// The way to the gateway. A client of a storefront alone has none.
    fn gateway(
        &self,
        headers: &HeaderMap,
        storefront_alone_will_do: bool,
    ) -> Result<Transport, Error> {
        let unset = self.tenant.is_none()
            && self.sign_in.is_none()
            && !self.hosts.contains_key(&Host::Gateway);
        if unset && storefront_alone_will_do {
            return Ok(Transport::unset(
                "this client is made for the storefront alone; give `ClientBuilder::region` and `client_credentials`, or set \
                 CONGA_REGION, CONGA_CLIENT_ID and CONGA_CLIENT_SECRET",
            ));
        }
        let base = match self.hosts.get(&Host::Gateway) {
            Some(url) => url.clone(),
            None => self.base()?,
        };
        let credential = match self.host_credentials.get(&Host::Gateway) {
            Some(credential) => credential.clone(),
            None => self.platform_credential(&base)?,
        };
        self.transport(base, credential, headers)
    }

    fn base(&self) -> Result<Url, Error> {
        match self.tenant.as_ref().ok_or(NO_TENANT)? {
            Tenant::Region(region) => Ok(Endpoints::from(*region).gateway),
            Tenant::Uris { base, .. } | Tenant::Base(base) => {
                let problem = "is no absolute URL; write it as in `https://rls.congacloud.com`";
                Ok(Url::parse(base.trim()).map_err(|_| ConfigError::Invalid {
                    setting: "the base URI",
                    problem,
                })?)
            }
        }
    }

    fn token_endpoint(&self) -> Result<Url, Error> {
        match self.tenant.as_ref().ok_or(NO_TENANT)? {
            Tenant::Region(region) => Ok(Endpoints::from(*region).token),
            Tenant::Uris { token, .. } => {
                let problem = "is no absolute URL; write it as in `https://login.congacloud.eu/api/v1/auth/connect/token`";
                Ok(Url::parse(token.trim()).map_err(|_| ConfigError::Invalid {
                    setting: "the token URI",
                    problem,
                })?)
            }
            Tenant::Base(_) => Err(ConfigError::Missing {
                what: "the token URI",
                setter: "endpoints",
                variables: "CONGA_TOKEN_URI beside CONGA_BASE_URI",
            }
            .into()),
        }
    }

    /// The client's own credential, for a host of the platform.
    fn platform_credential(&self, base: &Url) -> Result<Arc<dyn Credential>, Error> {
        match &self.sign_in {
            None => Err(ConfigError::Missing {
                what: "the credential",
                setter: "client_credentials",
                variables: "CONGA_CLIENT_ID and CONGA_CLIENT_SECRET",
            }
            .into()),
            Some(SignIn::Given(_)) if self.user_id.is_some() => Err(ConfigError::Conflict {
                one: "`ClientBuilder::credential`",
                other: "`user_id`",
            }
            .into()),
            Some(SignIn::Given(_)) if !self.scopes.is_empty() => Err(ConfigError::Conflict {
                one: "`ClientBuilder::credential`",
                other: "`scopes`",
            }
            .into()),
            Some(SignIn::Given(credential)) => Ok(credential.clone()),
            Some(SignIn::Client { id, secret }) => {
                // The tokens of a credential go to one host only; so every host gets its own.
                let endpoints = Endpoints::new(self.token_endpoint()?, base.clone());
                let mut credential =
                    ClientCredentials::builder(endpoints, id.as_str(), secret.clone())
                        .scopes(self.scopes.iter().cloned());
                if let Some(user_id) = &self.user_id {
                    credential = credential.user_id(user_id.as_str());
                }
                if let Some(http) = &self.http {
                    credential = credential.http_client(http.clone());
                }
                Ok(Arc::new(credential.build()?))
            }
        }
    }

    fn credential_of(
        &self,
        host: Host,
        url: &Url,
        storefront: Option<&Storefront>,
    ) -> Result<Arc<dyn Credential>, Error> {
        if let Some(credential) = self.host_credentials.get(&host) {
            return Ok(credential.clone());
        }
        match (host, storefront) {
            (Host::DiscoveryAi, _) => Ok(Arc::new(conga_auth::Anonymous)),
            (Host::Salesforce, Some(storefront)) => Ok(storefront.transport().credential().clone()),
            (Host::Salesforce, None) => Err(ConfigError::NoHostCredential { host }.into()),
            _ => self.platform_credential(url),
        }
    }

    fn storefront_handle(&self, headers: &HeaderMap) -> Result<Option<Storefront>, Error> {
        let Some((url, name)) = &self.storefront else {
            let unused = self.shopper.is_some()
                || self.shopper_account.is_some()
                || self.storefront_options.is_some();
            let missing = ConfigError::Missing {
                what: "the storefront",
                setter: "storefront",
                variables: "CONGA_STOREFRONT_URL",
            };
            return if unused {
                Err(missing.into())
            } else {
                Ok(None)
            };
        };
        let settings = storefront::Settings {
            url: url.trim().to_owned(),
            name: name.clone(),
            account: self.shopper_account.clone(),
            options: self.storefront_options,
            http: self.http.clone(),
            headers: headers.clone(),
            retry: self.retry,
            timeout: self.timeout,
        };
        settings.check()?;
        Storefront::new(Arc::new(settings), self.shopper.clone()).map(Some)
    }

    fn transport(
        &self,
        base: Url,
        credential: Arc<dyn Credential>,
        headers: &HeaderMap,
    ) -> Result<Transport, Error> {
        let mut transport = Transport::builder(base)
            .credential(credential)
            .retry(self.retry)
            .timeout(self.timeout);
        if let Some(http) = &self.http {
            transport = transport.client(http.clone());
        }
        for (name, value) in headers {
            transport = transport.header(name.clone(), value.clone());
        }
        Ok(transport.build()?)
    }

    fn default_headers(&self) -> Result<HeaderMap, ConfigError> {
        let header = |(name, value): &(String, String)| {
            Some((
                HeaderName::try_from(name).ok()?,
                HeaderValue::try_from(value).ok()?,
            ))
        };
        let invalid = ConfigError::Invalid {
            setting: "a default header",
            problem: "has a character that no header can hold",
        };
        self.headers
            .iter()
            .map(header)
            .collect::<Option<HeaderMap>>()
            .ok_or(invalid)
    }
}

const NO_TENANT: ConfigError = ConfigError::Missing {
    what: "the tenant's region",
    setter: "region` or `ClientBuilder::endpoints",
    variables: "CONGA_REGION, or CONGA_TOKEN_URI and CONGA_BASE_URI,",
};

/// Leaves out what may be secret: headers, the HTTP client, the shopper, and of addresses all but the origin.
impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tenant = self.tenant.as_ref().map(|tenant| match tenant {
            Tenant::Region(region) => region.code().to_owned(),
            Tenant::Uris { base, .. } | Tenant::Base(base) => shown_address(base),
        });
        f.debug_struct("ClientBuilder")
            .field("tenant", &tenant)
            .field("hosts", &self.hosts.keys().collect::<Vec<_>>())
            .field(
                "storefront",
                &self.storefront.as_ref().map(|(url, _)| shown_address(url)),
            )
            .field("retry", &self.retry)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

/// An address as logs may have it: without user, password and query.
pub(crate) fn shown_address(address: &str) -> String {
    Url::parse(address.trim()).map_or_else(
        |_| "(no URL)".to_owned(),
        |url| url.origin().ascii_serialization(),
    )
}
