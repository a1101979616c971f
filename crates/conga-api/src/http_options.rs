//! The HTTP client under a transport: how it connects, through what, and whom it trusts.

use std::{fmt, time::Duration};

use conga_auth::platform::client_builder;
#[cfg(any(feature = "rustls", feature = "native-tls"))]
use reqwest::{Certificate, Identity};
use reqwest::{Client, Proxy};
use url::Url;

use crate::{Error, ErrorKind};

/// Settings of an HTTP client: proxies, certificates, and the time for connecting. For anything else give a client of your own
/// ([`TransportBuilder::client`](crate::TransportBuilder::client)).
///
/// ```
/// use std::time::Duration;
///
/// use conga_api::HttpOptions;
/// use reqwest::{NoProxy, Proxy};
///
/// let proxy = Proxy::all("http://proxy.example:3128")?.no_proxy(NoProxy::from_string("internal.example"));
/// let http = HttpOptions::new().proxy(proxy).connect_timeout(Duration::from_secs(5));
/// # let _ = http;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
#[must_use]
pub struct HttpOptions {
    connect_timeout: Duration,
    proxies: Vec<Proxy>,
    #[cfg(any(feature = "rustls", feature = "native-tls"))]
    roots: Vec<Certificate>,
    #[cfg(any(feature = "rustls", feature = "native-tls"))]
    identity: Option<Identity>,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            proxies: Vec::new(),
            #[cfg(any(feature = "rustls", feature = "native-tls"))]
            roots: Vec::new(),
            #[cfg(any(feature = "rustls", feature = "native-tls"))]
            identity: None,
        }
    }
}

impl HttpOptions {
    /// The defaults: the proxies of the system, its trust store, 10 s for connecting. Plain HTTP, which is meant for this machine, goes
    /// through no proxy of the system.
    pub fn new() -> Self {
        Self::default()
    }

    /// The time for connecting, TLS included. Default 10 s. Where it is over nothing was sent, so the call may be made again.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// A proxy, in place of those of the system (`HTTPS_PROXY` and the like). Several are asked in turn whether they are for a request.
    pub fn proxy(mut self, proxy: Proxy) -> Self {
        self.proxies.push(proxy);
        self
    }

    /// An authority to trust beside those of the system: that of a company's proxy, or of a test server.
    #[cfg(any(feature = "rustls", feature = "native-tls"))]
    pub fn root_certificate(mut self, certificate: Certificate) -> Self {
        self.roots.push(certificate);
        self
    }

    /// The certificate and key by which this client shows who it is (mutual TLS). It has to come of the same TLS that is used:
    /// `Identity::from_pem` of `rustls`, `Identity::from_pkcs8_pem` of `native-tls`.
    #[cfg(any(feature = "rustls", feature = "native-tls"))]
    pub fn identity(mut self, identity: Identity) -> Self {
        self.identity = Some(identity);
        self
    }

    /// The client for a host. It follows no redirects: reqwest would keep headers such as `user-id` on the way to another host.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Request`] where a certificate or a key cannot be used.
    pub fn client(&self, host: &Url) -> Result<Client, Error> {
        // Plain HTTP is meant for this machine; a proxy of the system would take it elsewhere.
        let directly = self.proxies.is_empty() && host.scheme() == "http";
        let mut builder =
            client_builder(self.connect_timeout, directly).user_agent(crate::USER_AGENT);
        for proxy in &self.proxies {
            builder = builder.proxy(proxy.clone());
        }
        #[cfg(any(feature = "rustls", feature = "native-tls"))]
        {
            if !self.roots.is_empty() {
                builder = builder.tls_certs_merge(self.roots.iter().cloned());
            }
            if let Some(identity) = &self.identity {
                builder = builder.identity(identity.clone());
            }
        }
        builder.build().map_err(|error| {
            let problem =
                format!("the HTTP client cannot be made: {error}; check certificates and identity");
            Error::new("transport", ErrorKind::Request(problem))
        })
    }
}

/// Leaves proxies and identity out: both may hold secrets.
impl fmt::Debug for HttpOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpOptions")
            .field("connect_timeout", &self.connect_timeout)
            .field("proxies", &self.proxies.len())
            .finish_non_exhaustive()
    }
}
