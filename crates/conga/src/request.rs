//! A call of the facade, ready to be awaited.

use std::{fmt, future::IntoFuture, pin::Pin};

use conga_api::{Call, CallOptions, Pending, Response};
use serde::{Serialize, Serializer, de::DeserializeOwned, ser::Error as _};

use crate::Error;

/// The future of a facade call.
pub type Future<T> = Pin<Box<dyn std::future::Future<Output = T> + Send>>;

/// A call that gives a `T`: `await` it, or set its options first ([`CallOptions`]).
///
/// [`CallOptions::send_as`] reads the whole answer as another type: `ApiResponse<T>` for the envelope with its warnings,
/// `serde_json::Value` for anything.
#[must_use = "nothing is sent before it is awaited"]
pub struct Request<T> {
    call: Call,
    whole: fn(Call) -> Pending<T>,
    value: fn(Call) -> Future<Result<T, Error>>,
}

impl<T: Send + 'static> Request<T> {
    /// A call whose answer has the shape `S` on the wire.
    pub(crate) fn new<S: Shape<Value = T>>(call: Call) -> Self {
        Self {
            call,
            whole: |call| {
                call.send_then(|answer: Result<Response<S>, _>| Ok(answer?.map(S::into_value)))
            },
            value: |call| {
                call.send_then(|answer: Result<Response<S>, _>| {
                    Ok(answer?.into_inner().into_value())
                })
            },
        }
    }

    /// Sends it, and gives the value with the answer's status, headers and request id.
    ///
    /// # Errors
    ///
    /// [`Error::Call`].
    pub async fn send(self) -> Result<Response<T>, Error> {
        Ok((self.whole)(self.call).await?)
    }
}

impl<T: Send + 'static> IntoFuture for Request<T> {
    type Output = Result<T, Error>;
    type IntoFuture = Future<Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        (self.value)(self.call)
    }
}

impl<T> CallOptions for Request<T> {
    fn call_mut(&mut self) -> &mut Call {
        &mut self.call
    }
}

impl<T> fmt::Debug for Request<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("call", &self.call)
            .finish_non_exhaustive()
    }
}

/// A body without a JSON form: the call then fails before it is sent, and says why.
pub(crate) struct Unwritable<'a>(pub(crate) &'a str);

impl Serialize for Unwritable<'_> {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(S::Error::custom(self.0))
    }
}

/// What an answer looks like on the wire, and the value that is in it. An answer of another shape fails to decode, and the
/// error has it whole.
pub(crate) trait Shape: DeserializeOwned + Send + 'static {
    type Value: Send + 'static;

    fn into_value(self) -> Self::Value;
}
