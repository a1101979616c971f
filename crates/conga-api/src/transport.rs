//! How requests reach one host: address, credential, limits, retries.

use std::{fmt, sync::Arc, time::Duration};

use conga_auth::{Anonymous, Credential};
use futures_util::{FutureExt, TryFutureExt};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use url::Url;

use crate::{
    Call, Error, ErrorKind, HttpOptions, Limiter, Middleware, Options, RetryBudget, RetryPolicy,
    limiter::Permit,
    middleware::{Attempt, Next},
    platform::{Response, execute},
};

/// The way to one host. Cheap to clone: clones share connections, credential, limiter and retry budget.
#[derive(Clone)]
pub struct Transport {
    shared: Arc<Shared>,
    options: Arc<Options>,
}

struct Shared {
    /// Where to, and by what; or why there is no way, and the remedy.
    way: Result<Way, String>,
    credential: Arc<dyn Credential>,
    headers: HeaderMap,
    limiter: Option<Limiter>,
    budget: RetryBudget,
    middleware: Vec<Arc<dyn Middleware>>,
}

struct Way {
    base: Url,
    http: reqwest::Client,
}

impl Transport {
    /// A transport to `base`: the address of the host, with a path where a proxy or a site puts one before the API's own.
    pub fn builder(base: Url) -> TransportBuilder {
        TransportBuilder {
            base,
            client: None,
            http: HttpOptions::default(),
            credential: Arc::new(Anonymous),
            headers: HeaderMap::new(),
            limiter: None,
            budget: RetryBudget::default(),
            middleware: Vec::new(),
            options: Options::default(),
        }
    }

    /// A transport to nowhere: every call fails with `remedy`, before anything is sent.
    pub fn unset(remedy: impl Into<String>) -> Self {
        Self {
            shared: Arc::new(Shared {
                way: Err(remedy.into()),
                credential: Arc::new(Anonymous),
                headers: HeaderMap::new(),
                limiter: None,
                budget: RetryBudget::default(),
                middleware: Vec::new(),
            }),
            options: Arc::default(),
        }
    }

    /// The same transport with other options for its calls. Everything else is shared.
    #[must_use]
    pub fn with(&self, options: &Options) -> Self {
        Self {
            shared: self.shared.clone(),
            options: Arc::new(options.over(&self.options)),
        }
    }

    /// A request that no generated method makes, under the same credential, limits and retries. `path` starts at the host's root
    /// and is used as it is, percent-encoding included; [`Call::path`] fills in what stands in braces.
    pub fn request(&self, method: Method, path: impl Into<String>) -> Call {
        Call::raw(self, method, path.into())
    }

    /// The address that paths are appended to.
    pub fn base(&self) -> Option<&Url> {
        self.shared.way.as_ref().ok().map(|way| &way.base)
    }

    /// The credential that requests carry.
    pub fn credential(&self) -> &Arc<dyn Credential> {
        &self.shared.credential
    }

    /// The options that calls begin with.
    pub(crate) fn options(&self) -> &Options {
        &self.options
    }

    /// The options that calls of this handle begin with; those of other handles stay.
    pub(crate) fn options_mut(&mut self) -> &mut Options {
        Arc::make_mut(&mut self.options)
    }

    pub(crate) fn headers(&self) -> &HeaderMap {
        &self.shared.headers
    }

    pub(crate) fn budget(&self) -> &RetryBudget {
        &self.shared.budget
    }

    /// Waits until a request may go.
    pub(crate) async fn turn(&self) -> Option<Permit> {
        let limiter = self.shared.limiter.as_ref()?;
        Some(match limiter.try_turn() {
            Some(permit) => permit,
            None => limiter.turn().boxed().await,
        })
    }

    /// The server answered 429, and asked to wait for so long.
    pub(crate) async fn slow_down(&self, asked: Option<Duration>) {
        if let Some(limiter) = &self.shared.limiter {
            limiter.slow_down(asked).await;
        }
    }

    /// The URL of a path.
    pub(crate) fn url(&self, path: &str) -> Result<Url, String> {
        let mut url = self.shared.way.as_ref().map_err(Clone::clone)?.base.clone();
        let before = url.path().trim_end_matches('/');
        let joined = [before, "/", path.trim_start_matches('/')].concat();
        url.set_path(&joined);
        Ok(url)
    }

    /// Sends a request, the call's `number`th, and waits for the head of its answer.
    pub(crate) fn send(
        &self,
        request: reqwest::Request,
        operation: impl FnOnce() -> String,
        number: u32,
    ) -> Result<impl Future<Output = Result<Response, ErrorKind>>, ErrorKind> {
        let (http, middleware) = (self.http()?, &self.shared.middleware);
        Ok(if middleware.is_empty() {
            execute(http, request)
                .map_err(ErrorKind::of_http)
                .left_future()
        } else {
            let attempt = Attempt::new(request, operation(), number);
            let next = Next::new(middleware, http).send(attempt);
            next.boxed().right_future()
        })
    }

    pub(crate) fn http(&self) -> Result<&reqwest::Client, ErrorKind> {
        match &self.shared.way {
            Ok(way) => Ok(&way.http),
            Err(remedy) => Err(ErrorKind::Request(remedy.clone())),
        }
    }
}

/// Leaves headers and client out: both may hold secrets.
impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport")
            .field("base", &self.base().map(Url::as_str))
            .field("credential", &self.shared.credential)
            .field("limiter", &self.shared.limiter)
            .field("budget", &self.shared.budget)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

/// Settings of a [`Transport`].
#[derive(Clone)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct TransportBuilder {
    base: Url,
    client: Option<reqwest::Client>,
    http: HttpOptions,
    credential: Arc<dyn Credential>,
    headers: HeaderMap,
    limiter: Option<Limiter>,
    budget: RetryBudget,
    middleware: Vec<Arc<dyn Middleware>>,
    options: Options,
}

/// Leaves headers and client out, and of the address what [`build`](TransportBuilder::build) refuses: all may hold secrets.
impl fmt::Debug for TransportBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransportBuilder")
            .field("base", &self.base.origin().ascii_serialization())
            .field("credential", &self.credential)
            .field("limiter", &self.limiter)
            .field("budget", &self.budget)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

impl TransportBuilder {
    /// What authorises the requests. Default: nothing.
    pub fn credential(mut self, credential: impl Credential) -> Self {
        self.credential = Arc::new(credential);
        self
    }

    /// Your own HTTP client, in place of one by [`http`](Self::http). Let it not follow redirects: they would carry the token to where they
    /// point.
    pub fn client(mut self, client: reqwest::Client) -> Self {
        self.client = Some(client);
        self
    }

    /// Proxies, certificates, and the time for connecting.
    pub fn http(mut self, options: HttpOptions) -> Self {
        self.http = options;
        self
    }

    /// A header for every request that does not set it itself, such as X-Author's `OrgType`.
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// Holds requests to a rate. Default: none does.
    pub fn limiter(mut self, limiter: Limiter) -> Self {
        self.limiter = Some(limiter);
        self
    }

    /// The retries that all calls have together. Default: 100, and those that successes pay for.
    pub fn retry_budget(mut self, budget: RetryBudget) -> Self {
        self.budget = budget;
        self
    }

    /// Puts something around every attempt, inside of what was added before.
    pub fn middleware(mut self, middleware: impl Middleware) -> Self {
        self.middleware.push(Arc::new(middleware));
        self
    }

    /// When requests are sent again.
    pub fn retry(mut self, retry: RetryPolicy) -> Self {
        self.options = self.options.retry(retry);
        self
    }

    /// The time for one attempt: from connecting to the last byte of the answer, for streams to its head. Waits between attempts
    /// and sign-ins are not in it. Default 60 s; a large upload needs more.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.options = self.options.timeout(timeout);
        self
    }

    /// The time for a call as a whole: see [`Options::deadline`]. Default: none.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.options = self.options.deadline(deadline);
        self
    }

    /// Several of these at once.
    pub fn options(mut self, options: &Options) -> Self {
        self.options = options.over(&self.options);
        self
    }

    /// The transport.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Request`] where the address is no HTTP address or holds more than host and path, or no HTTP client can be made.
    pub fn build(self) -> Result<Transport, Error> {
        let problem = |what: String| Error::new("transport", ErrorKind::Request(what));
        if !matches!(self.base.scheme(), "http" | "https") || !self.base.has_host() {
            return Err(problem("the base address is no http or https URL; write it as in `https://rls.congacloud.com`".into()));
        }
        let has_user = !self.base.username().is_empty() || self.base.password().is_some();
        if has_user || self.base.query().is_some() || self.base.fragment().is_some() {
            return Err(problem("the base address holds a user, a query or a fragment; leave host and path, and give secrets by a credential".into()));
        }
        let http = match self.client {
            Some(client) => client,
            None => self.http.client(&self.base)?,
        };
        Ok(Transport {
            shared: Arc::new(Shared {
                way: Ok(Way {
                    base: self.base,
                    http,
                }),
                credential: self.credential,
                headers: self.headers,
                limiter: self.limiter,
                budget: self.budget,
                middleware: self.middleware,
            }),
            options: Arc::new(self.options),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn builder(base: &str) -> TransportBuilder {
        Transport::builder(base.parse().unwrap())
    }

    #[test]
    fn an_address_is_host_and_path() {
        for good in [
            "https://rls.congacloud.com",
            "http://127.0.0.1:8080/a/b/",
            "https://[::1]/",
        ] {
            assert!(builder(good).build().is_ok(), "{good}");
        }
        for bad in [
            "ftp://rls.congacloud.com",
            "mailto:x@example.com",
            "https://user:hunter2@example.com",
            "https://hunter2@example.com",
            "https://example.com/?key=hunter2",
            "https://example.com/#hunter2",
        ] {
            let builder = builder(bad);
            let shown = format!("{builder:?}");
            let error = builder.build().unwrap_err();
            assert!(!format!("{shown} {error} {error:?}").contains("hunter2"));
            assert!(matches!(error.kind(), ErrorKind::Request(_)), "{bad}");
        }
    }

    #[test]
    fn a_path_is_appended_to_that_of_the_address() {
        for (base, path, url) in [
            ("http://h", "/a", "http://h/a"),
            ("http://h/site/", "/a/b/", "http://h/site/a/b/"),
            (
                "http://h/site",
                "//evil.example/a",
                "http://h/site/evil.example/a",
            ),
        ] {
            let transport = builder(base).build().unwrap();
            assert_eq!(transport.url(path).unwrap().as_str(), url);
        }
    }

    #[test]
    fn a_credential_is_given_as_it_is_or_shared() {
        let shared: Arc<dyn Credential> = Arc::new(Anonymous);
        for builder in [
            builder("http://h").credential(Anonymous),
            builder("http://h").credential(Arc::new(Anonymous)),
            builder("http://h").credential(shared),
        ] {
            assert!(builder.build().is_ok());
        }
    }
}
