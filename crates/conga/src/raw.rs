//! Requests that no typed operation makes.

use conga_api::{Api, Call, Transport, operations::Host};
use http::Method;

/// Sends any request under the client's credential, time limits and retries.
///
/// A path starts at the host's root and is used as it is; put values into it by [`Call::path`], which encodes them. The answer is
/// read as JSON ([`Call::send`]), as bytes ([`Call::send_raw`]) or as a stream ([`Call::stream`]). A `GET`, `PUT` or `DELETE` is
/// taken as safe to send again, a `POST` or `PATCH` is not.
///
/// ```no_run
/// # async fn run(client: conga::Client) -> Result<(), conga::Error> {
/// let account = client
///     .raw()
///     .get("/api/data/v1/{object}/{id}")
///     .path("object", "Account")
///     .path("id", "00000000-0000-4000-8000-000000000001")
///     .send::<serde_json::Value>()
///     .await?;
/// println!("{}", account["Data"]["Name"]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Raw<'a> {
    api: &'a Api,
    transport: Transport,
}

impl<'a> Raw<'a> {
    pub(crate) fn new(api: &'a Api) -> Self {
        Self {
            api,
            transport: api.transport(Host::Gateway),
        }
    }

    /// The same for another host, with that host's credential.
    #[must_use]
    pub fn at(self, host: Host) -> Self {
        Self {
            transport: self.api.transport(host),
            ..self
        }
    }

    /// A request of any method.
    pub fn request(&self, method: Method, path: impl Into<String>) -> Call {
        self.transport.request(method, path)
    }

    /// A `GET`.
    pub fn get(&self, path: impl Into<String>) -> Call {
        self.request(Method::GET, path)
    }

    /// A `POST`.
    pub fn post(&self, path: impl Into<String>) -> Call {
        self.request(Method::POST, path)
    }

    /// A `PUT`.
    pub fn put(&self, path: impl Into<String>) -> Call {
        self.request(Method::PUT, path)
    }

    /// A `PATCH`.
    pub fn patch(&self, path: impl Into<String>) -> Call {
        self.request(Method::PATCH, path)
    }

    /// A `DELETE`.
    pub fn delete(&self, path: impl Into<String>) -> Call {
        self.request(Method::DELETE, path)
    }
}
