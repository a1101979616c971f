//! A call that begins work.

use std::{fmt, future::IntoFuture};

use conga_api::{Call, CallOptions, Transport};

use super::{Job, Poller};
use crate::{Error, Request, request::Future};

/// A call that begins work at the platform. Awaiting it begins the work and waits for what comes of it; [`start`](Self::start) begins it
/// only.
///
/// Work whose beginning may have happened is not begun again by itself; see
/// [`Error::may_have_been_processed`](crate::Error::may_have_been_processed).
#[must_use = "nothing is sent before it is awaited"]
pub struct Work<J> {
    transport: Transport,
    request: Request<J>,
}

impl<J: Job> Work<J> {
    pub(crate) fn new(transport: Transport, request: Request<J>) -> Self {
        Self { transport, request }
    }

    /// Begins the work and gives what waits for it, with [settings](Poller) of its own.
    ///
    /// # Errors
    ///
    /// [`Error::Call`].
    pub async fn start(self) -> Result<Poller<J>, Error> {
        Ok(Poller::new(self.transport, self.request.await?))
    }
}

impl<J: Job> IntoFuture for Work<J> {
    type Output = Result<J::Output, Error>;
    type IntoFuture = Future<Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { self.start().await?.await.map_err(Error::after_others) })
    }
}

impl<J> CallOptions for Work<J> {
    fn call_mut(&mut self) -> &mut Call {
        self.request.call_mut()
    }
}

impl<J> fmt::Debug for Work<J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Work")
            .field("request", &self.request)
            .finish_non_exhaustive()
    }
}
