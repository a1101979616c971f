//! The settings of a client: addresses and credentials; how calls are made stands in [`calls`], how a client comes of it all in [`making`].

mod calls;
mod making;

use std::{collections::BTreeMap, fmt, sync::Arc};

use conga_api::operations::Host;
use conga_auth::{ClientSecret, Credential, Region, SecretString, StorefrontBuilder, TokenStore};
use url::Url;

use crate::Error;
pub(crate) use calls::{Calls, Http};
pub(crate) use making::NO_TENANT;

/// Settings of a [`Client`](crate::Client). A setter that is called twice keeps the later value.
#[derive(Clone, Default)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct ClientBuilder {
    tenant: Option<Tenant>,
    sign_in: Option<SignIn>,
    user_id: Option<String>,
    scopes: Vec<String>,
    store: Option<Arc<dyn TokenStore>>,
    hosts: BTreeMap<Host, Url>,
    host_credentials: BTreeMap<Host, Maker>,
    storefront: Option<(String, String)>,
    shopper: Option<(String, SecretString)>,
    shopper_account: Option<String>,
    storefront_options: Option<fn(StorefrontBuilder) -> StorefrontBuilder>,
    calls: Calls,
}

#[derive(Clone)]
enum Tenant {
    Region(Region),
    Uris { token: String, base: String },
    Base(String),
}

#[derive(Clone)]
enum SignIn {
    Client { id: String, secret: ClientSecret },
    Other(Maker),
}

/// Makes a credential when the client is built.
pub(crate) type Maker = Arc<dyn Fn(&Http) -> Result<Arc<dyn Credential>, Error> + Send + Sync>;

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
    /// Not needed where a [region](Self::region) is set whose X-Author is published. Requests carry the credential given by
    /// [`host_credential`](Self::host_credential), else
    ///
    /// - X-Author, TurboEngines: the client's own. Another credential than [`client_credentials`](Self::client_credentials) must
    ///   allow the host, as by [`OAuthClientBuilder::allow_origin`](conga_auth::OAuthClientBuilder::allow_origin);
    /// - Salesforce: the storefront's;
    /// - Discovery AI: none. Its operations take the API key as a parameter; an [`ApiKey`](conga_auth::ApiKey) spares that.
    pub fn host(mut self, host: Host, url: Url) -> Self {
        self.hosts.insert(host, url);
        self
    }
}

/// Who signs in.
impl ClientBuilder {
    /// Id and secret of an integration user, or of an API-to-API connection (then with a [user id](Self::user_id)).
    ///
    /// A secret that is replaced while the program runs is a [`ClientSecret::file`] or a [`ClientSecret::from_fn`].
    pub fn client_credentials(
        mut self,
        id: impl Into<String>,
        secret: impl Into<ClientSecret>,
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

    /// Keeps the token in this store, so that it outlives the process or serves several. It belongs to
    /// [`client_credentials`](Self::client_credentials); other credentials have their own. Default: in memory.
    pub fn token_store(mut self, store: impl TokenStore) -> Self {
        self.store = Some(Arc::new(store));
        self
    }

    /// Any other credential, in place of [`client_credentials`](Self::client_credentials): a user who signs in, a token from
    /// elsewhere, or one of your own. Those that make requests need an HTTP client of theirs.
    ///
    /// ```no_run
    /// use conga::{Client, Region};
    /// use conga_auth::{FileStore, OAuthClient};
    ///
    /// # async fn run() -> Result<(), conga::Error> {
    /// let oauth = OAuthClient::builder(Region::Europe, "client-id")
    ///     .store(FileStore::new("sign-in.json"))
    ///     .build()?;
    /// let sign_in = oauth.authorization_code().begin().await?;
    /// println!("open {}", sign_in.url().as_str());
    /// let user = sign_in.finish().await?; // the next time, `oauth.user()` goes on with it
    /// let client = Client::builder().region(Region::Europe).credential(user).build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn credential(self, credential: impl Credential) -> Self {
        self.credential_by(given(credential))
    }

    /// The credential of one host, in place of the one that [`host`](Self::host) tells: an API key of Discovery AI, or
    /// [`SalesforceOAuth`](conga_auth::SalesforceOAuth) for what Conga's packages serve there.
    pub fn host_credential(self, host: Host, credential: impl Credential) -> Self {
        self.host_credential_by(host, given(credential))
    }

    pub(crate) fn credential_by(mut self, maker: Maker) -> Self {
        self.sign_in = Some(SignIn::Other(maker));
        self
    }

    pub(crate) fn host_credential_by(mut self, host: Host, maker: Maker) -> Self {
        self.host_credentials.insert(host, maker);
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

fn given(credential: impl Credential) -> Maker {
    let credential: Arc<dyn Credential> = Arc::new(credential);
    Arc::new(move |_| Ok(credential.clone()))
}

/// Leaves out what may be secret: the shopper, and of addresses all but the origin.
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
            .field("calls", &self.calls)
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
