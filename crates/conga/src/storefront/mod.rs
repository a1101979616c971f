//! The storefront API that Salesforce hosts: shoppers, guests, carts and queries.
//!
//! | room | what lives there |
//! |---|---|
//! | `verbs` | what a shopper does |
//! | `cart`, `pricing` | a shopper's cart, and waiting for its prices |
//! | `favorites` | what a shopper keeps to buy again |
//! | `record`, `list` | one record, and all that a query finds |
//! | `query` | the query language |
//! | `answer` | what answers look like |

mod answer;
mod cart;
mod favorites;
mod list;
mod pricing;
mod query;
mod record;
mod verbs;

use std::{fmt, sync::Arc};

use conga_api::{
    Call, Options, Transport,
    operations::{self, Operation},
};
use conga_auth::{SecretString, StorefrontBuilder, Token};
use http::Method;
use url::Url;

pub use cart::ShopCart;
pub use favorites::Favorites;
pub use list::ShopList;
pub use pricing::ShopPricing;
pub use query::{
    Aggregate, AggregateType, CacheStrategy, Children, Condition, Expression, Filter,
    FilterOperator, Join, Lookup, Pagination, Sort, StorefrontQuery,
};
pub use record::GetShopRecord;

use crate::{
    ConfigError, Error, Job, Poller,
    builder::{Calls, shown_address},
};

/// Where the site's own path ends and the API's begins; a version follows.
const ROOT: &str = "/services/apexrest/Apttus_WebStore/apttus/";

/// One shopper, or one guest, at one storefront. Cheap to clone: clones share the sign-in.
///
/// The sign-in happens when the first call needs it, and again when the storefront refuses the token.
///
/// ```no_run
/// # async fn run() -> Result<(), conga::Error> {
/// use conga::{Client, Record, StorefrontQuery, storefront::{Condition, FilterOperator}};
///
/// let client = Client::builder()
///     .storefront("https://shop.my.site.com/ecom/services/apexrest/Apttus_WebStore/apttus/v5", "ECommerce")
///     .shopper("ann@example.com", "password")
///     .build()?;
/// let shop = client.storefront()?;
/// let cart: Record = shop.active_cart().await?;
/// let lines: Vec<Record> = shop
///     .query(
///         "Apttus_Config2__LineItem__c",
///         &StorefrontQuery::new().condition(Condition::new("ConfigurationId", FilterOperator::Equal, cart["Id"].clone())),
///     )
///     .await?;
/// shop.revoke().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Storefront {
    settings: Arc<Settings>,
    credential: conga_auth::Storefront,
    transport: Transport,
}

/// What a storefront is reached by, whoever signs in.
#[derive(Clone)]
pub(crate) struct Settings {
    pub(crate) url: String,
    pub(crate) name: String,
    pub(crate) account: Option<String>,
    pub(crate) options: Option<fn(StorefrontBuilder) -> StorefrontBuilder>,
    pub(crate) calls: Calls,
}

impl Storefront {
    pub(crate) fn new(
        settings: Arc<Settings>,
        shopper: Option<(String, SecretString)>,
    ) -> Result<Self, Error> {
        let http = &settings.calls.http;
        let mut credential =
            conga_auth::Storefront::builder(settings.url.as_str(), settings.name.as_str())
                .http_client(http.client_for(&settings.site()?)?);
        if let Some(timeout) = http.sign_in_timeout {
            credential = credential.timeout(timeout);
        }
        if let Some(account) = &settings.account {
            credential = credential.account(account.as_str());
        }
        if let Some((username, password)) = shopper {
            credential = credential.user(username, password);
        }
        if let Some(options) = settings.options {
            credential = options(credential);
        }
        let credential = credential.build()?;
        let transport =
            settings
                .calls
                .transport(settings.site()?, Arc::new(credential.clone()), None)?;
        Ok(Self {
            settings,
            credential,
            transport,
        })
    }

    /// Signs in now, unless that is done already. The token tells the user's id.
    ///
    /// # Errors
    ///
    /// [`Error::Auth`]; among others [`LoginRequired`](conga_auth::AuthError::LoginRequired) where this user signs in by a web page.
    pub async fn sign_in(&self) -> Result<Arc<Token>, Error> {
        Ok(self.credential.sign_in().await?)
    }

    /// Signs out. The next call signs in again.
    ///
    /// # Errors
    ///
    /// [`Error::Auth`]; the token is then kept, so that it can be tried again.
    pub async fn revoke(&self) -> Result<(), Error> {
        Ok(self.credential.revoke().await?)
    }

    /// A guest at the same storefront, with a token of its own.
    ///
    /// # Errors
    ///
    /// [`Error::Auth`] for settings that cannot work.
    pub fn guest(&self) -> Result<Self, Error> {
        Self::new(self.settings.clone(), None)
    }

    /// Another shopper at the same storefront, with a token of its own: for a server that acts for many.
    ///
    /// All of them share connections.
    ///
    /// # Errors
    ///
    /// [`Error::Auth`] for settings that cannot work.
    pub fn shopper(
        &self,
        username: impl Into<String>,
        password: impl Into<SecretString>,
    ) -> Result<Self, Error> {
        Self::new(
            self.settings.clone(),
            Some((username.into(), password.into())),
        )
    }

    /// Waits for work of the storefront that was begun before, maybe by another process, as this shopper.
    pub fn poll<J: Job>(&self, job: J) -> Poller<J> {
        Poller::new(self.transport.clone(), job)
    }

    /// The same shopper, with other options for the calls.
    pub(crate) fn with(&self, options: &Options) -> Self {
        let mut settings = (*self.settings).clone();
        settings.calls.options = settings.calls.options.with(options);
        Self {
            settings: Arc::new(settings),
            credential: self.credential.clone(),
            transport: self.transport.with(options),
        }
    }

    pub(crate) fn transport(&self) -> &Transport {
        &self.transport
    }

    fn call(&self, method: Method, path: &str) -> Call {
        call(&self.transport, self.settings.version(), method, path)
    }
}

/// A call of a version of the API: of the operation that is known for it, if there is one.
fn call(transport: &Transport, version: &str, method: Method, path: &str) -> Call {
    let path = format!("{ROOT}{version}/{path}");
    let known = [
        operations::salesforce_cpq_v5::OPERATIONS,
        operations::salesforce_cpq_v4::OPERATIONS,
    ];
    match known
        .into_iter()
        .flatten()
        .find(|operation| is(operation, &method, &path))
    {
        Some(operation) => Call::new(transport, operation),
        None => transport.request(method, path),
    }
}

fn is(operation: &Operation, method: &Method, path: &str) -> bool {
    operation.path == path && operation.method == method.as_str()
}

impl Settings {
    /// Checks the address: the site's, then the API's root, then a version.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let invalid = |problem| ConfigError::Invalid {
            setting: "the storefront's URL",
            problem,
        };
        let url = Url::parse(&self.url).map_err(|_| {
            invalid("is no absolute URL; write it as in `https://shop.my.site.com/...`")
        })?;
        if self.split().is_none() || url.query().is_some() || url.fragment().is_some() {
            return Err(invalid("does not end in `/services/apexrest/Apttus_WebStore/apttus/v5`, or another version").into());
        }
        Ok(())
    }

    /// The site's address.
    fn site(&self) -> Result<Url, Error> {
        self.check()?;
        let site = self.split().map_or(self.url.as_str(), |(site, _)| site);
        Ok(Url::parse(site).map_err(|_| ConfigError::Invalid {
            setting: "the storefront's URL",
            problem: "is no URL",
        })?)
    }

    /// The site's address and the API's version.
    fn split(&self) -> Option<(&str, &str)> {
        let (site, version) = self.url.trim_end_matches('/').split_once(ROOT)?;
        let number = version.strip_prefix('v')?;
        (!number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit()))
            .then_some((site, version))
    }

    fn version(&self) -> &str {
        self.split().map_or("v5", |(_, version)| version)
    }
}

/// Leaves out how calls are made: that may hold secrets.
impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("url", &shown_address(&self.url))
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Storefront {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Storefront")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
