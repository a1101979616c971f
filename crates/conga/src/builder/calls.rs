//! How calls are made: what the transports of a client, and the sign-ins, have in common.

use std::{
    fmt,
    sync::{Arc, OnceLock},
    time::Duration,
};

use conga_api::{
    HttpOptions, Limiter, Middleware, Options, Rate, RetryBudget, RetryPolicy, Transport,
};
use conga_auth::Credential;
use http::{HeaderName, HeaderValue};
use url::Url;

use super::ClientBuilder;
use crate::{ConfigError, Error};

/// How calls are made.
#[derive(Clone, Default)]
pub(crate) struct Calls {
    pub(crate) http: Http,
    pub(crate) options: Options,
    headers: Vec<(String, String)>,
    limit: Limit,
    budget: Option<RetryBudget>,
    middleware: Vec<Arc<dyn Middleware>>,
}

/// How requests are made, those of sign-ins included.
#[derive(Clone, Default)]
pub(crate) struct Http {
    client: Option<reqwest::Client>,
    options: HttpOptions,
    /// The clients that the settings have given, for plain HTTP and for HTTPS. Each reads the certificates of the system when it is made.
    made: [OnceLock<reqwest::Client>; 2],
    pub(crate) sign_in_timeout: Option<Duration>,
}

#[derive(Clone, Debug, Default)]
enum Limit {
    /// The published one, for what goes over a network.
    #[default]
    Published,
    Own(Limiter),
    None,
}

/// How calls are made.
impl ClientBuilder {
    /// The time for one attempt of a call: from sending to the last byte of the answer, for streams to its first. Default 60 s.
    /// Signing in has a [limit of its own](Self::sign_in_timeout), connecting another ([`HttpOptions::connect_timeout`]).
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.calls.options = self.calls.options.timeout(timeout);
        self
    }

    /// The time for a call as a whole, sign-in, retries and waits included: see [`Options::deadline`]. Default: none.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.calls.options = self.calls.options.deadline(deadline);
        self
    }

    /// The time for one request of a sign-in. Default 30 s. A credential that is given whole has its own.
    pub fn sign_in_timeout(mut self, timeout: Duration) -> Self {
        self.calls.http.sign_in_timeout = Some(timeout);
        self
    }

    /// When requests are sent again. Default: [`RetryPolicy::default`], four attempts where that is safe.
    pub fn retry(mut self, retry: RetryPolicy) -> Self {
        self.calls.options = self.calls.options.retry(retry);
        self
    }

    /// The retries that all calls have together, to whichever host. Default: 100 for each host, and those that successes pay for.
    pub fn retry_budget(mut self, budget: RetryBudget) -> Self {
        self.calls.budget = Some(budget);
        self
    }

    /// How fast requests go to the platform. Clients that are given the same limiter share it, as do clones.
    ///
    /// Default: [`Rate::PRODUCTION`], 100 requests a second, for this client alone; no limit over plain HTTP, which is for this machine. A
    /// development tenant has [`Rate::DEVELOPMENT`], unless Conga agreed to another. The hosts of Salesforce and Discovery AI are not limited.
    ///
    /// ```
    /// use conga::{Client, Limiter, Rate, Region};
    ///
    /// let client = Client::builder()
    ///     .region(Region::EuropePreview)
    ///     .client_credentials("client-id", "client-secret")
    ///     .limiter(Limiter::local(Rate::DEVELOPMENT).with_concurrency(8))
    ///     .build()?;
    /// # Ok::<(), conga::Error>(())
    /// ```
    pub fn limiter(mut self, limiter: Limiter) -> Self {
        self.calls.limit = Limit::Own(limiter);
        self
    }

    /// Lets requests go as they come, in place of a [limiter](Self::limiter).
    pub fn unlimited(mut self) -> Self {
        self.calls.limit = Limit::None;
        self
    }

    /// A header for every request that does not set it itself, to whichever host. The credential's own win over it.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.calls.headers.push((name.into(), value.into()));
        self
    }

    /// Proxies, certificates, and the time for connecting; calls and sign-in both use them.
    ///
    /// ```
    /// use conga::{Client, HttpOptions, Region, reqwest::Proxy};
    ///
    /// # fn run() -> Result<(), Box<dyn std::error::Error>> {
    /// let client = Client::builder()
    ///     .region(Region::Europe)
    ///     .client_credentials("client-id", "client-secret")
    ///     .http(HttpOptions::new().proxy(Proxy::all("http://proxy.example:3128")?))
    ///     .build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn http(mut self, options: HttpOptions) -> Self {
        self.calls.http.options = options;
        self.calls.http.made = Default::default();
        self
    }

    /// Your own HTTP client, in place of one by [`http`](Self::http); calls and sign-in both use it. Let it not follow redirects: they would
    /// carry tokens to where they point.
    pub fn http_client(mut self, client: reqwest::Client) -> Self {
        self.calls.http.client = Some(client);
        self
    }

    /// Puts something around every attempt of every call, inside of what was added before. Sign-ins are not seen.
    pub fn middleware(mut self, middleware: impl Middleware) -> Self {
        self.calls.middleware.push(Arc::new(middleware));
        self
    }
}

impl Http {
    /// The HTTP client for a host: the one that was given, or one by the settings, which serves all hosts.
    pub(crate) fn client_for(&self, host: &Url) -> Result<reqwest::Client, Error> {
        let made = &self.made[usize::from(host.scheme() == "https")];
        match self.client.as_ref().or(made.get()) {
            Some(client) => Ok(client.clone()),
            None => {
                let client = self.options.client(host)?;
                Ok(made.get_or_init(|| client).clone())
            }
        }
    }
}

impl Calls {
    /// The limiter of the platform's hosts, of which `base` is one.
    pub(crate) fn limiter(&self, base: &Url) -> Option<Limiter> {
        match &self.limit {
            Limit::Published => {
                (base.scheme() == "https").then(|| Limiter::local(Rate::PRODUCTION))
            }
            Limit::Own(limiter) => Some(limiter.clone()),
            Limit::None => None,
        }
    }

    /// A transport to a host.
    pub(crate) fn transport(
        &self,
        base: Url,
        credential: Arc<dyn Credential>,
        limiter: Option<&Limiter>,
    ) -> Result<Transport, Error> {
        let mut transport = Transport::builder(base.clone())
            .credential(credential)
            .client(self.http.client_for(&base)?)
            .options(&self.options);
        if let Some(limiter) = limiter {
            transport = transport.limiter(limiter.clone());
        }
        if let Some(budget) = &self.budget {
            transport = transport.retry_budget(budget.clone());
        }
        for middleware in &self.middleware {
            transport = transport.middleware(middleware.clone());
        }
        for (name, value) in &self.headers {
            let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value))
            else {
                return Err(ConfigError::Invalid {
                    setting: "a default header",
                    problem: "has a character that no header can hold",
                }
                .into());
            };
            transport = transport.header(name, value);
        }
        Ok(transport.build()?)
    }
}

/// Leaves headers and HTTP client out: both may hold secrets.
impl fmt::Debug for Calls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Calls")
            .field("options", &self.options)
            .field("limit", &self.limit)
            .field("budget", &self.budget)
            .finish_non_exhaustive()
    }
}
