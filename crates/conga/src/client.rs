//! The client: one sign-in, and handles for what can be done with it.

use std::{fmt, sync::Arc};

use conga_api::{Api, Options, operations::Host};

use crate::{
    ApiConnections, Carts, ClientBuilder, Composer, ConfigError, ContractDocuments, Contracts,
    Documents, Email, Error, Files, IntegrationUsers, Job, Objects, Orders, Poller, PriceLists,
    Quotes, Raw, Records, Search, Storefront, Users, commerce::Entities,
};

/// The way to one tenant. Cheap to clone: clones share connections, sign-in and settings.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    api: Api,
    storefront: Option<Storefront>,
}

impl Client {
    /// Starts a client. Needed are a [region](ClientBuilder::region) or [endpoints](ClientBuilder::endpoints), and a credential, or
    /// a [storefront](ClientBuilder::storefront), or both.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    /// A client by the environment, of which the crate's front page has [the table](crate#the-environment).
    ///
    /// # Errors
    ///
    /// [`Error::Config`] where a variable is missing, contradicts another, or has a value that it cannot have; [`Error::Auth`] where
    /// an address is no URL, or is not secure.
    pub fn from_env() -> Result<Self, Error> {
        ClientBuilder::from_env()?.build()
    }

    pub(crate) fn new(api: Api, storefront: Option<Storefront>) -> Self {
        Self(Arc::new(Inner { api, storefront }))
    }

    /// The records of an object: `Account`, `Contact`, `Opportunity`, or a custom object by its name, as in `Widget_c`.
    pub fn records(&self, object: impl Into<String>) -> Records {
        Records::new(self.0.api.transport(Host::Gateway), object.into())
    }

    /// The accounts: records of the object Account.
    pub fn accounts(&self) -> Records {
        self.records("Account")
    }

    /// The contacts: records of the object Contact.
    pub fn contacts(&self) -> Records {
        self.records("Contact")
    }

    /// The opportunities: records of the object Opportunity.
    pub fn opportunities(&self) -> Records {
        self.records("Opportunity")
    }

    /// The contracts, with the moves of their life.
    pub fn contracts(&self) -> Contracts {
        Contracts::new(self.0.api.transport(Host::Gateway))
    }

    /// The quotes, which are also called proposals.
    pub fn quotes(&self) -> Quotes {
        Entities::new(self.0.api.transport(Host::Gateway), None)
    }

    /// The orders.
    pub fn orders(&self) -> Orders {
        Entities::new(self.0.api.transport(Host::Gateway), None)
    }

    /// The carts of the platform, which are also called product configurations.
    pub fn carts(&self) -> Carts {
        Entities::new(self.0.api.transport(Host::Gateway), None)
    }

    /// The price lists, and their prices.
    pub fn price_lists(&self) -> PriceLists {
        Entities::new(self.0.api.transport(Host::Gateway), None)
    }

    /// The storefront, for the shopper that the client was made with, or for a guest.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Missing`] where the client was made without a storefront.
    pub fn storefront(&self) -> Result<Storefront, Error> {
        let missing = ConfigError::Missing {
            what: "the storefront",
            setter: "storefront",
            variables: "CONGA_STOREFRONT_URL and CONGA_STOREFRONT",
        };
        Ok(self.0.storefront.clone().ok_or(missing)?)
    }

    /// The API connections of the organisation: its OAuth clients.
    pub fn api_connections(&self) -> ApiConnections {
        ApiConnections::new(self.0.api.transport(Host::Gateway))
    }

    /// The users as whom programs sign in.
    pub fn integration_users(&self) -> IntegrationUsers {
        IntegrationUsers::new(self.0.api.transport(Host::Gateway))
    }

    /// The users of the organisation.
    pub fn users(&self) -> Users {
        Users::new(self.0.api.transport(Host::Gateway))
    }

    /// Searching in the records of one object, or of all.
    pub fn search(&self) -> Search {
        Search::new(self.0.api.transport(Host::Gateway))
    }

    /// What objects there are, and what fields they have.
    pub fn objects(&self) -> Objects {
        Objects::new(self.0.api.transport(Host::Gateway))
    }

    /// The documents of records: upload, download, versions, metadata.
    pub fn documents(&self) -> Documents {
        Documents::new(self.0.api.transport(Host::Gateway))
    }

    /// The files of the File Store, by their paths.
    pub fn files(&self) -> Files {
        Files::new(self.0.api.transport(Host::Gateway))
    }

    /// Composer: documents from templates and data.
    pub fn composer(&self) -> Composer {
        Composer::new(self.0.api.transport(Host::Gateway))
    }

    /// The documents that contract management makes for a contract.
    pub fn contract_documents(&self, contract_id: impl Into<String>) -> ContractDocuments {
        ContractDocuments::new(self.0.api.transport(Host::Gateway), contract_id.into())
    }

    /// E-mail: sending, and what became of it.
    pub fn email(&self) -> Email {
        Email::new(self.0.api.transport(Host::Gateway))
    }

    /// Waits for work that was begun before, maybe by another process, at the host that [does it](Job::transport).
    pub fn poll<J: Job>(&self, job: J) -> Poller<J> {
        Poller::new(job.transport(self), job)
    }

    /// The same client with other options for its calls, those of its handles and of [`api`](Self::api) included. Connections, sign-in,
    /// limiter and retry budget are shared.
    ///
    /// ```no_run
    /// # async fn run(client: conga::Client) -> Result<(), conga::Error> {
    /// use std::time::Duration;
    ///
    /// use conga::{Options, RetryPolicy};
    ///
    /// let patient = Options::new()
    ///     .timeout(Duration::from_secs(300))
    ///     .retry(RetryPolicy::default().with_attempts(8));
    /// let account = client.with(&patient).records("Account").get("1").await?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn with(&self, options: &Options) -> Self {
        let storefront = self.0.storefront.as_ref();
        Self::new(
            self.0.api.with(options),
            storefront.map(|storefront| storefront.with(options)),
        )
    }

    /// Every generated operation, of the services whose Cargo features are on.
    pub fn api(&self) -> &Api {
        &self.0.api
    }

    /// Any request at all, under the same credential, time limits and retries.
    pub fn raw(&self) -> Raw<'_> {
        Raw::new(self.api())
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("api", &self.0.api)
            .field("storefront", &self.0.storefront)
            .finish()
    }
}
