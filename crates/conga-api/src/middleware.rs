//! What a program puts around the attempts of its calls.

use std::{fmt, sync::Arc};

use async_trait::async_trait;
use reqwest::Request;

use crate::{
    ErrorKind,
    platform::{Response, execute},
};

/// Stands around every attempt: sees the request before it is sent, and what came of it.
///
/// The order, from the call inwards:
///
/// 1. the call's deadline, its retries, and the one renewal of a refused token: each of them brings a new attempt;
/// 2. the credential's headers, the [`Limiter`](crate::Limiter)'s turn, the body;
/// 3. the time limit of the attempt;
/// 4. middleware, the one that was added first outermost;
/// 5. the HTTP client.
///
/// A middleware may change the request, measure, answer by itself (a [`Response`] can be made of an `http::Response`) or refuse
/// ([`ErrorKind::Request`]). What it gives is judged like an answer of the server. It sees an answer's head; the body arrives later, and
/// an envelope that says `Success: false` is in the body. In WebAssembly, where reqwest's answers stay on their thread, it is a
/// [`platform::Response`](crate::platform::Response).
///
/// The request holds the credential's headers, marked sensitive: take care of what is logged of it. A call that is made from within, by
/// the same limiter, waits for a place while this one has its own; where all places are taken so, none is given back.
///
/// ```
/// use std::time::Instant;
///
/// use conga_api::{Attempt, ErrorKind, Middleware, Next, Transport};
///
/// struct Timing;
///
/// #[async_trait::async_trait]
/// impl Middleware for Timing {
///     async fn attempt(
///         &self,
///         attempt: Attempt,
///         next: Next<'_>,
///     ) -> Result<reqwest::Response, ErrorKind> {
///         let (operation, number) = (attempt.operation().to_owned(), attempt.number());
///         let started = Instant::now();
///         let outcome = next.send(attempt).await;
///         let status = outcome.as_ref().map(|answer| answer.status().as_u16());
///         println!("{operation}, attempt {number}: {status:?} after {:?}", started.elapsed());
///         outcome
///     }
/// }
///
/// let transport = Transport::builder("https://rls.congacloud.com".parse()?)
///     .middleware(Timing)
///     .build()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[async_trait]
pub trait Middleware: Send + Sync + 'static {
    /// One attempt. `next` is what is further in; without [`Next::send`] nothing is sent.
    ///
    /// Like every future of a call it may be dropped at any point.
    ///
    /// # Errors
    ///
    /// Those of `next`, or its own.
    async fn attempt(&self, attempt: Attempt, next: Next<'_>) -> Result<Response, ErrorKind>;
}

#[async_trait]
impl<M: Middleware + ?Sized> Middleware for Arc<M> {
    async fn attempt(&self, attempt: Attempt, next: Next<'_>) -> Result<Response, ErrorKind> {
        (**self).attempt(attempt, next).await
    }
}

/// A request that is about to be sent, and which one it is.
pub struct Attempt {
    request: Request,
    operation: String,
    number: u32,
}

impl Attempt {
    pub(crate) fn new(request: Request, operation: String, number: u32) -> Self {
        Self {
            request,
            operation,
            number,
        }
    }

    /// The operation, as `service/operation`; for a raw request its method and path.
    pub fn operation(&self) -> &str {
        &self.operation
    }

    /// Which request of its call it is, counted from 1.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// The request as it stands: method, URL, headers, body.
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// The request, to be changed. Where it goes should stay: the credential was given for that host.
    pub fn request_mut(&mut self) -> &mut Request {
        &mut self.request
    }
}

/// Shows the operation only: the request holds the credential and the caller's data.
impl fmt::Debug for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attempt")
            .field("operation", &self.operation)
            .field("number", &self.number)
            .finish_non_exhaustive()
    }
}

/// What is further in: more middleware, at last the HTTP client.
pub struct Next<'a> {
    rest: &'a [Arc<dyn Middleware>],
    http: &'a reqwest::Client,
}

impl<'a> Next<'a> {
    pub(crate) fn new(rest: &'a [Arc<dyn Middleware>], http: &'a reqwest::Client) -> Self {
        Self { rest, http }
    }

    /// Goes on with it.
    ///
    /// # Errors
    ///
    /// Those of middleware further in; else [`ErrorKind::Connect`], [`ErrorKind::Broken`] or [`ErrorKind::Timeout`].
    pub async fn send(self, attempt: Attempt) -> Result<Response, ErrorKind> {
        match self.rest.split_first() {
            Some((first, rest)) => {
                let next = Next { rest, ..self };
                first.attempt(attempt, next).await
            }
            None => execute(self.http, attempt.request)
                .await
                .map_err(ErrorKind::of_http),
        }
    }
}

impl fmt::Debug for Next<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Next")
            .field("middleware", &self.rest.len())
            .finish_non_exhaustive()
    }
}
