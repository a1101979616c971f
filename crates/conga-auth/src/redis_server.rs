//! Where Redis is, and that nothing is said to it in the clear over a network.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, ConnectionAddr, RedisError};
use secrecy::{ExposeSecret, SecretString};

use crate::AuthError;

/// A Redis server: on this machine, or reached by TLS, or one that the caller answers for. What is kept there is the business of
/// [`RedisStore`](crate::RedisStore), and of `conga_api::RedisBudget`.
#[derive(Clone)]
pub struct RedisServer {
    client: Client,
    timeout: Duration,
}

impl RedisServer {
    /// The server at `url`: `redis://`, `rediss://` or `redis+unix://`. `timeout` is for connecting, and for each answer;
    /// `plain_network` allows `redis://` to another machine. Nothing is sent yet.
    ///
    /// # Errors
    ///
    /// [`AuthError::InsecureUrl`] or [`AuthError::Configuration`] for an address that cannot be used.
    pub fn new(
        url: &SecretString,
        timeout: Duration,
        plain_network: bool,
    ) -> Result<Self, AuthError> {
        // The driver's words may repeat the address with its password.
        let client = Client::open(url.expose_secret()).map_err(|_| {
            AuthError::configuration(
                "the address of Redis cannot be used; write it as `redis://host:port/db` or `rediss://...`",
            )
        })?;
        match client.get_connection_info().addr() {
            ConnectionAddr::Tcp(host, port) if !plain_network && !is_loopback(host) => {
                return Err(AuthError::InsecureUrl {
                    url: format!("redis://{host}:{port}"),
                });
            }
            ConnectionAddr::TcpTls {
                insecure: true,
                host,
                port,
                ..
            } => {
                return Err(AuthError::InsecureUrl {
                    url: format!("rediss://{host}:{port} (with its certificate unchecked)"),
                });
            }
            _ => {}
        }
        Ok(Self { client, timeout })
    }

    /// A new connection.
    ///
    /// # Errors
    ///
    /// What [`problem`](Self::problem) puts into words.
    pub async fn connect(&self) -> Result<MultiplexedConnection, RedisError> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(self.timeout))
            .set_response_timeout(Some(self.timeout));
        self.client
            .get_multiplexed_async_connection_with_config(&config)
            .await
    }

    /// What an error means. The driver's words may repeat an answer, and so a token: only its kind of error is passed on.
    pub fn problem(error: &RedisError) -> String {
        let kind = match error.code() {
            Some(code) => format!("Redis answered {code}"),
            None if error.is_timeout() => "Redis did not answer in time".to_owned(),
            None => format!("Redis failed with {:?}", error.kind()),
        };
        format!("{kind}; check its address, its password and that it is running")
    }
}

/// Leaves the client out: its address may hold a password.
impl fmt::Debug for RedisServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisServer")
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

fn is_loopback(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || host
            .parse()
            .is_ok_and(|address: IpAddr| address.is_loopback())
}
