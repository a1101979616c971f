//! By Tokio, and by connections of our own.

use std::future::Future;
use std::time::{Duration, SystemTime};

use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder, Request};
pub use reqwest::{Error, Response};
use tokio::task::JoinError;
pub use tokio::time::{Instant, sleep, sleep_until, timeout};
use url::Url;

use crate::AuthError;

/// The time of day.
pub fn now() -> SystemTime {
    SystemTime::now()
}

/// Settings of an HTTP client that follows no redirects; of one that goes `directly`, by no proxy of the system.
pub fn client_builder(connect_timeout: Duration, directly: bool) -> ClientBuilder {
    let builder = Client::builder()
        .redirect(Policy::none())
        .connect_timeout(connect_timeout);
    if directly {
        builder.no_proxy()
    } else {
        builder
    }
}

/// Sends a request and waits for the head of its answer.
pub fn execute(
    client: &Client,
    request: Request,
) -> impl Future<Output = Result<Response, Error>> + Send + use<> {
    client.execute(request)
}

/// Whether no connection came about, so that nothing was sent.
pub fn is_connect(error: &Error) -> bool {
    error.is_connect()
}

/// The address that answered, where redirects led to another one than `asked`.
pub(crate) fn other_address<'a>(response: &'a Response, asked: &Url) -> Option<&'a Url> {
    Some(response.url()).filter(|url| *url != asked)
}

/// Runs work that blocks, such as reading a file.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, AuthError> + Send + 'static,
) -> Result<T, AuthError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(not_done)
}

/// Runs work that goes on to its end even where the caller goes away.
pub(crate) async fn unstoppable<T: Send + 'static>(
    work: impl Future<Output = Result<T, AuthError>> + Send + 'static,
) -> Result<T, AuthError> {
    tokio::spawn(work).await.unwrap_or_else(not_done)
}

fn not_done<T>(error: JoinError) -> Result<T, AuthError> {
    if error.is_panic() {
        std::panic::resume_unwind(error.into_panic());
    }
    Err(AuthError::system(
        "the runtime was shut down before the work was done; keep it running until then",
        std::io::Error::other(error),
    ))
}
