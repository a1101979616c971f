//! Calls of programs that are not async: the same calls, run to their end.

use std::{fmt, future::IntoFuture, pin::Pin, sync::Arc};

use futures_core::Stream;
use futures_util::StreamExt;
use tokio::runtime::{Builder, Handle, Runtime};

use crate::Error;

/// Runs calls of all levels to their end, on a runtime of its own, and makes iterators of streams. Cheap to clone: clones share the
/// runtime. Connections live with it, so a program keeps one.
///
/// ```no_run
/// use conga::{Blocking, Client};
///
/// # fn main() -> Result<(), conga::Error> {
/// let client = Client::from_env()?;
/// let blocking = Blocking::new()?;
///
/// let accounts = client.records("Account");
/// let id = blocking.run(accounts.create(&serde_json::json!({"Name": "Acme"})))?;
/// for account in blocking.iter(accounts.list().stream()) {
///     println!("{:?}", account?.get("Name"));
/// }
/// let summary = client.raw().get("/api/data/v1/Account/summary");
/// println!("{}", blocking.run(summary.send::<serde_json::Value>())?["Data"]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Blocking(Arc<Own>);

/// The runtime; `None` only while it is dropped.
struct Own(Option<Runtime>);

impl Blocking {
    /// Starts a runtime: one thread, which also keeps idle connections.
    ///
    /// # Errors
    ///
    /// [`Error::Request`] where the system gives no thread.
    pub fn new() -> Result<Self, Error> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("conga")
            .enable_all()
            .build()
            .map_err(|error| {
                Error::Request(format!("no thread can be started for calls: {error}"))
            })?;
        Ok(Self(Arc::new(Own(Some(runtime)))))
    }

    /// Sends a call and waits for what comes of it. Any future will do whose error becomes an [`Error`]: a request of the facade, a
    /// generated operation, a raw request, a whole `async` block.
    ///
    /// # Errors
    ///
    /// Those of the call; [`Error::Request`] inside of async code, where the call is to be awaited.
    pub fn run<T, E: Into<Error>>(
        &self,
        call: impl IntoFuture<Output = Result<T, E>>,
    ) -> Result<T, Error> {
        self.runtime()?
            .block_on(call.into_future())
            .map_err(Into::into)
    }

    /// The items of a stream: the records of a list, its pages, the chunks of a download. Each is asked for when it is needed.
    pub fn iter<S, T, E>(&self, stream: S) -> Iter<S>
    where
        S: Stream<Item = Result<T, E>>,
        E: Into<Error>,
    {
        Iter {
            blocking: self.clone(),
            stream: Some(Box::pin(stream)),
        }
    }

    fn runtime(&self) -> Result<&Runtime, Error> {
        if Handle::try_current().is_ok() {
            return Err(Error::Request(
                "this is async code, which must not be blocked: await the call instead of giving it to `Blocking`".into(),
            ));
        }
        let gone = || Error::Request("the runtime of this `Blocking` is gone".into());
        self.0.0.as_ref().ok_or_else(gone)
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        // Waiting for its thread is not allowed everywhere that this may be dropped.
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

impl fmt::Debug for Blocking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Blocking").finish_non_exhaustive()
    }
}

/// The items of a stream, one after the other. An error of the stream is an item like others; inside of async code there is one error, and
/// no more.
pub struct Iter<S> {
    blocking: Blocking,
    stream: Option<Pin<Box<S>>>,
}

impl<S, T, E> Iterator for Iter<S>
where
    S: Stream<Item = Result<T, E>>,
    E: Into<Error>,
{
    type Item = Result<T, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let stream = self.stream.as_mut()?;
        let next = match self.blocking.runtime() {
            Ok(runtime) => runtime.block_on(stream.next()),
            Err(error) => {
                self.stream = None;
                return Some(Err(error));
            }
        };
        if next.is_none() {
            self.stream = None;
        }
        next.map(|item| item.map_err(Into::into))
    }
}

impl<S> fmt::Debug for Iter<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Iter").finish_non_exhaustive()
    }
}
