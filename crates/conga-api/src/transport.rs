//! How requests reach one host: address, credential, time limits, retries.

use std::{fmt, sync::Arc, time::Duration};

use conga_auth::{Anonymous, Credential};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use url::Url;

use crate::{Call, Error, ErrorKind, RetryPolicy};

/// The way to one host. Cheap to clone: clones share connections and credential.
#[derive(Clone)]
pub struct Transport(Arc<Inner>);

struct Inner {
    base: Result<Url, String>,
    http: reqwest::Client,
    credential: Arc<dyn Credential>,
    headers: HeaderMap,
    retry: RetryPolicy,
    timeout: Duration,
}

impl Transport {
    /// A transport to `base`: the address of the host, with a path where a proxy or a site puts one before the API's own.
    pub fn builder(base: Url) -> TransportBuilder {
        TransportBuilder {
            base: Ok(base),
            http: None,
            credential: Arc::new(Anonymous),
            headers: HeaderMap::new(),
            retry: RetryPolicy::default(),
            timeout: Duration::from_secs(60),
        }
    }

    /// A transport to nowhere: every call fails with `remedy`, before anything is sent.
    pub fn unset(remedy: impl Into<String>) -> Self {
        Self(Arc::new(Inner {
            base: Err(remedy.into()),
            http: reqwest::Client::new(),
            credential: Arc::new(Anonymous),
            headers: HeaderMap::new(),
            retry: RetryPolicy::never(),
            timeout: Duration::from_secs(60),
        }))
    }

    /// A request that no generated method makes, under the same credential, limits and retries. `path` starts at the host's root
    /// and is used as it is, percent-encoding included.
    pub fn request(&self, method: Method, path: impl Into<String>) -> Call {
        Call::raw(self, method, path.into())
    }

    /// The address that paths are appended to.
    pub fn base(&self) -> Option<&Url> {
        self.0.base.as_ref().ok()
    }

    /// The credential that requests carry.
    pub fn credential(&self) -> &Arc<dyn Credential> {
        &self.0.credential
    }

    pub(crate) fn http(&self) -> &reqwest::Client {
        &self.0.http
    }

    pub(crate) fn headers(&self) -> &HeaderMap {
        &self.0.headers
    }

    pub(crate) fn retry(&self) -> RetryPolicy {
        self.0.retry
    }

    pub(crate) fn timeout(&self) -> Duration {
        self.0.timeout
    }

    /// The URL of a path.
    pub(crate) fn url(&self, path: &str, query: &[(String, String)]) -> Result<Url, String> {
        let base = self.0.base.as_ref().map_err(Clone::clone)?;
        let mut url = base.clone();
        let joined = format!(
            "{}/{}",
            base.path().trim_end_matches('/'),
            path.trim_start_matches('/')
        );
        let (path, given_query) = joined
            .split_once('?')
            .map_or((joined.as_str(), None), |(path, query)| (path, Some(query)));
        url.set_path(path);
        url.set_query(given_query);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        Ok(url)
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport")
            .field("base", &self.0.base.as_ref().map(Url::as_str))
            .field("credential", &self.0.credential)
            .field("retry", &self.0.retry)
            .field("timeout", &self.0.timeout)
            .finish_non_exhaustive()
    }
}

/// Settings of a [`Transport`].
#[derive(Clone)]
pub struct TransportBuilder {
    base: Result<Url, String>,
    http: Option<reqwest::Client>,
    credential: Arc<dyn Credential>,
    headers: HeaderMap,
    retry: RetryPolicy,
    timeout: Duration,
}

/// Leaves headers and client out: both may hold secrets.
impl fmt::Debug for TransportBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransportBuilder")
            .field("base", &self.base)
            .field("credential", &self.credential)
            .finish_non_exhaustive()
    }
}

impl TransportBuilder {
    /// What authorises the requests. Default: nothing.
    #[must_use]
    pub fn credential(mut self, credential: Arc<dyn Credential>) -> Self {
        self.credential = credential;
        self
    }

    /// Your own HTTP client: proxies, certificates, pools. Let it not follow redirects: they would carry the token to where they point.
    #[must_use]
    pub fn client(mut self, client: reqwest::Client) -> Self {
        self.http = Some(client);
        self
    }

    /// A header for every request that does not set it itself, such as X-Author's `OrgType`.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// When requests are sent again.
    #[must_use]
    pub fn retry(mut self, retry: RetryPolicy) -> Self {
        self.retry = retry;
        self
    }

    /// The time for one attempt: from sending to the last byte of the answer, for streams to its first. Default 60 s.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The transport.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Request`] where the address is no HTTP address, or no HTTP client can be made.
    pub fn build(self) -> Result<Transport, Error> {
        let problem = |what: String| Error::new("transport", ErrorKind::Request(what));
        if let Ok(base) = &self.base
            && (!matches!(base.scheme(), "http" | "https") || !base.has_host())
        {
            return Err(problem("the base address is no http or https URL; write it as in `https://rls.congacloud.com`".into()));
        }
        let http = match self.http {
            Some(client) => client,
            None => own_client(self.base.as_ref().ok())
                .map_err(|e| problem(format!("the HTTP client cannot be made: {e}")))?,
        };
        Ok(Transport(Arc::new(Inner {
            base: self.base,
            http,
            credential: self.credential,
            headers: self.headers,
            retry: self.retry,
            timeout: self.timeout,
        })))
    }
}

/// No redirects: reqwest would keep custom headers such as `user-id` on the way to another host.
fn own_client(base: Option<&Url>) -> reqwest::Result<reqwest::Client> {
    let mut builder = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(Duration::from_secs(10))
        .user_agent(concat!("conga-rust/", env!("CARGO_PKG_VERSION")));
    if base.is_some_and(|base| base.scheme() == "http") {
        // Plain HTTP is meant for this machine; a proxy would take it elsewhere.
        builder = builder.no_proxy();
    }
    builder.build()
}
