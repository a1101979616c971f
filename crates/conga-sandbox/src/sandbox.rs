//! Starting and stopping a sandbox.

use std::io;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::accounts::Accounts;
use crate::clock::Clock;
use crate::failure::Failure;
use crate::faults::{FaultRule, Faults};
use crate::identity::{self, Identity};
use crate::mail::{self, Mail, SmtpServer};
use crate::recorder::{Received, Recorder};
use crate::salesforce::{self, AssertionKey, Salesforce};
use crate::server::{self, App};
use crate::services::World;
use crate::specification::Specification;
use crate::storefront::{self, Storefronts};

/// The longest request body that is read unless the builder says otherwise: 64 MiB.
const BODY_LIMIT: usize = 64 * 1024 * 1024;

/// How many connections may wait to be accepted, as far as the system lets them. With the usual 128, clients that open
/// thousands at once would have some wait for seconds until the system tries again.
const BACKLOG: u32 = 4_096;

/// A running sandbox on 127.0.0.1. It stops when it is dropped.
#[derive(Debug)]
pub struct Sandbox {
    app: Arc<App>,
    base_url: String,
    clock: Clock,
    /// Dropping it stops the server.
    stop: oneshot::Sender<()>,
    server: JoinHandle<()>,
}

/// What the sandbox holds when it starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Seed {
    /// A small believable company.
    #[default]
    Demo,
    /// No records.
    Empty,
}

/// How a sandbox is to run.
#[derive(Debug, Clone)]
pub struct Builder {
    port: u16,
    data: Option<PathBuf>,
    seed: Seed,
    random_seed: u64,
    body_limit: usize,
    clock: Clock,
    token_lifetime: u32,
    salesforce_key: Option<Vec<u8>>,
    faults: Vec<FaultRule>,
    rate_limit: Option<u32>,
    smtp: Option<SmtpServer>,
}

/// The sandbox could not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The port is not to be had.
    #[error("cannot listen on 127.0.0.1:{port}; choose another port, or 0 for a free one")]
    Listen {
        /// The port asked for.
        port: u16,
        /// What the system says.
        source: io::Error,
    },
    /// The data cannot be opened.
    #[error(
        "cannot open the sandbox's data; check that the file is one of a sandbox, or start without it"
    )]
    Data(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The Salesforce key cannot be read.
    #[error("the Salesforce key is not an RSA public key or certificate in PEM")]
    SalesforceKey(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Sandbox {
    /// Starts a sandbox with demo data in memory, on a free port.
    ///
    /// # Errors
    ///
    /// [`StartError`] if there is no port to be had.
    pub async fn start() -> Result<Self, StartError> {
        Self::builder().start().await
    }

    /// A sandbox with settings of your own.
    pub fn builder() -> Builder {
        Builder {
            port: 0,
            data: None,
            seed: Seed::default(),
            random_seed: 0,
            body_limit: BODY_LIMIT,
            clock: Clock::system(),
            token_lifetime: identity::TOKEN_LIFETIME,
            salesforce_key: None,
            faults: Vec::new(),
            rate_limit: None,
            smtp: None,
        }
    }

    /// The address of the platform's APIs, `http://127.0.0.1:<port>`, without a slash at the end.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// The address of the OAuth token endpoint.
    pub fn token_url(&self) -> String {
        self.app.identity.url(identity::Endpoint::Token)
    }

    /// The issuer of access tokens, under which the discovery document stands.
    pub fn issuer(&self) -> String {
        self.app.identity.issuer()
    }

    /// The address of the storefront API, version 5.
    pub fn storefront_url(&self) -> String {
        format!(
            "{}{}{}",
            self.base_url,
            storefront::PREFIX,
            storefront::VERSION
        )
    }

    /// The address of Salesforce's token endpoint, for the services that Salesforce hosts.
    pub fn salesforce_token_url(&self) -> String {
        format!("{}{}", self.base_url, salesforce::TOKEN)
    }

    /// Replaces the key that signs tokens. Tokens that are out stay good, and the old key stays published while they
    /// live.
    ///
    /// # Errors
    ///
    /// If the system cannot make a key; the old one stays.
    pub async fn rotate_signing_key(&self) -> io::Result<()> {
        self.app
            .identity
            .rotate_key()
            .await
            .map_err(io::Error::other)
    }

    /// The accounts that can sign in from the start. With a data file they may have been changed since it was made.
    pub fn accounts(&self) -> &Accounts {
        &self.app.accounts
    }

    /// The clock that tokens, keys and records go by.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The faults that calls are given. Rules may come and go while the sandbox runs.
    pub fn faults(&self) -> &Faults {
        &self.app.faults
    }

    /// How many services and operations are served.
    pub fn coverage(&self) -> (usize, usize) {
        let specification = self.app.specification;
        (specification.services(), specification.operations())
    }

    /// The requests answered so far, oldest first; at most the latest 10,000.
    pub fn requests(&self) -> Vec<Received> {
        self.app.recorder.requests()
    }

    /// Forgets the requests answered so far.
    pub fn clear_requests(&self) {
        self.app.recorder.clear();
    }

    /// The mail that services have sent, oldest first, with what became of it.
    ///
    /// # Errors
    ///
    /// If the mailbox cannot be read.
    pub async fn mail(&self) -> io::Result<Vec<Mail>> {
        self.mailbox(mail::all).await
    }

    /// Empties the mailbox.
    ///
    /// # Errors
    ///
    /// If the mailbox cannot be written.
    pub async fn clear_mail(&self) -> io::Result<()> {
        self.mailbox(mail::clear).await
    }

    async fn mailbox<T: Send + 'static>(
        &self,
        work: fn(&World) -> Result<T, Failure>,
    ) -> io::Result<T> {
        let world = self.app.world.clone();
        let done = tokio::task::spawn_blocking(move || work(&world)).await?;
        done.map_err(|failure| io::Error::other(failure.messages().join("; ")))
    }

    /// Stops listening, lets requests in flight end within five seconds, and waits for that.
    pub async fn shutdown(self) {
        drop(self.stop);
        // The task ends by itself; it can only have panicked, and then it has ended as well.
        let _ = self.server.await;
    }
}

impl Builder {
    /// The port on 127.0.0.1. Default: 0, a free one.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Keeps the data in this file, made if it does not exist: records, users, API connections, refresh tokens. Default: in
    /// memory.
    pub fn data_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.data = Some(path.into());
        self
    }

    /// What the sandbox holds when it starts with no data. Default: [`Seed::Demo`].
    pub fn seed(mut self, seed: Seed) -> Self {
        self.seed = seed;
        self
    }

    /// Fixes the values in schema-built answers. Default: 0.
    pub fn random_seed(mut self, seed: u64) -> Self {
        self.random_seed = seed;
        self
    }

    /// The longest request body that is read, in bytes; a longer one is answered with 413. Default: 64 MiB.
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.body_limit = bytes;
        self
    }

    /// The clock that tokens, keys and records go by. Default: the system's.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// How many seconds the platform's access tokens live; an hour counts for more, and a second for less. Default: an hour, as
    /// Conga publishes.
    pub fn token_lifetime(mut self, seconds: u32) -> Self {
        self.token_lifetime = seconds.clamp(1, identity::TOKEN_LIFETIME);
        self
    }

    /// The RSA public key or certificate, as PEM, that checks the JWT bearer assertions of [`crate::SalesforceAccount`].
    /// Default: none, and such assertions are refused.
    pub fn salesforce_key(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.salesforce_key = Some(pem.into());
        self
    }

    /// Adds a rule that gives calls faults; see [`Faults::add`].
    pub fn fault(mut self, rule: FaultRule) -> Self {
        self.faults.push(rule);
        self
    }

    /// Refuses what exceeds so many requests a second with 429; see [`Faults::limit_rate`]. Default: no limit.
    pub fn rate_limit(mut self, per_second: u32) -> Self {
        self.rate_limit = Some(per_second);
        self
    }

    /// Sends mail on to this SMTP server too, in the clear and without a password; what the server says becomes the
    /// delivery status. Default: mail stays in the mailbox, see [`Sandbox::mail`].
    pub fn smtp(mut self, host: impl Into<String>, port: u16) -> Self {
        let host = host.into();
        self.smtp = Some(SmtpServer { host, port });
        self
    }

    /// Starts the sandbox on the current tokio runtime.
    ///
    /// # Errors
    ///
    /// [`StartError`] if the port or the data file is not to be had, or the Salesforce key is none.
    pub async fn start(self) -> Result<Sandbox, StartError> {
        let listening = |source| StartError::Listen {
            port: self.port,
            source,
        };
        let listener = listen(self.port).map_err(listening)?;
        let address = listener.local_addr().map_err(listening)?;
        let base_url = format!("http://{address}");

        let key = self
            .salesforce_key
            .map(|pem| AssertionKey::from_pem(&pem))
            .transpose()
            .map_err(|error| StartError::SalesforceKey(error.into()))?;

        let accounts = Accounts::default();
        let clock = self.clock;
        let path = self.data;
        let world = {
            let (path, seed, clock) = (path.clone(), self.seed, clock.clone());
            let accounts = accounts.clone();
            tokio::task::spawn_blocking(move || {
                World::open(path.as_deref(), seed, &accounts, clock)
            })
            .await
            .map_err(|error| StartError::Data(error.into()))?
            .map_err(|error| StartError::Data(error.into()))?
        };
        let identity = {
            let directory = world.directory.clone();
            let (base_url, clock) = (base_url.clone(), clock.clone());
            let lifetime = self.token_lifetime;
            tokio::task::spawn_blocking(move || {
                Identity::open(path.as_deref(), base_url, directory, clock, lifetime)
            })
            .await
            .map_err(|error| StartError::Data(error.into()))?
            .map_err(|error| StartError::Data(error.into()))?
        };
        let world = match self.smtp {
            Some(server) => mail::send_on(world, server),
            None => Arc::new(world),
        };
        let faults = Faults::default();
        self.faults.into_iter().for_each(|rule| faults.add(rule));
        faults.limit_rate(self.rate_limit);
        let specification = Specification::embedded();
        let app = Arc::new(App {
            specification,
            identity,
            storefronts: Storefronts::new(specification, accounts.clone(), clock.clone()),
            salesforce: Salesforce::new(base_url.clone(), accounts.clone(), clock.clone(), key),
            accounts,
            world,
            recorder: Recorder::default(),
            faults,
            seed: self.random_seed,
            body_limit: self.body_limit,
        });
        let warmed = app.clone();
        tokio::spawn(async move { warmed.identity.warm_up().await });
        let (stop, stopped) = oneshot::channel();
        let server = tokio::spawn(server::serve(
            listener,
            server::router(app.clone()),
            stopped,
        ));
        Ok(Sandbox {
            app,
            base_url,
            clock,
            stop,
            server,
        })
    }
}

fn listen(port: u16) -> io::Result<TcpListener> {
    let socket = TcpSocket::new_v4()?;
    // A port that was in use a moment ago may be taken again; elsewhere than on Unix this would let two take it.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind((Ipv4Addr::LOCALHOST, port).into())?;
    socket.listen(BACKLOG)
}
