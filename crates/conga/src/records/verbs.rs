//! Calls about one record, and the options that each of them has.

use std::{future::IntoFuture, marker::PhantomData};

use conga_api::{ApiResponse, Call, CallOptions};
use serde::de::DeserializeOwned;

use super::answer::{BulkData, OneRow, Whole};
use crate::{
    Error, Request,
    answer::{Deleted, Done, NewId, OneRecord},
    request::Future,
};

/// What `DeleteBehaviour` is unless the caller asks for more. It is always sent: the reference names no default.
pub(super) const SOFT: &str = "SoftDelete";
pub(super) const HARD: &str = "HardDelete";

/// Creating a record; gives the new id.
#[derive(Debug)]
#[must_use = "nothing is sent before it is awaited"]
pub struct Create<T> {
    request: Request<String>,
    record: PhantomData<fn() -> T>,
}

/// Changing a record; gives nothing.
#[derive(Debug)]
#[must_use = "nothing is sent before it is awaited"]
pub struct Update<T> {
    request: Request<()>,
    record: PhantomData<fn() -> T>,
}

/// Updating or creating a record; gives the answer as it is, since the reference does not say what it holds.
#[derive(Debug)]
#[must_use = "nothing is sent before it is awaited"]
pub struct Upsert<T> {
    request: Request<ApiResponse<BulkData>>,
    record: PhantomData<fn() -> T>,
}

/// Deleting a record; gives nothing.
#[derive(Debug)]
#[must_use = "nothing is sent before it is awaited"]
pub struct Delete {
    request: Request<()>,
}

impl<T: DeserializeOwned + Send + 'static> Create<T> {
    pub(super) fn new(call: Call) -> Self {
        Self {
            request: Request::new::<NewId>(call),
            record: PhantomData,
        }
    }

    /// Gives the record as it was created.
    pub fn returning_record(mut self) -> Request<T> {
        Request::new::<OneRecord<T>>(returning(self.call_mut()))
    }
}

impl<T: DeserializeOwned + Send + 'static> Update<T> {
    pub(super) fn new(call: Call) -> Self {
        Self {
            request: Request::new::<Done>(call),
            record: PhantomData,
        }
    }

    /// Has the server refuse the change where the record was changed since it was read.
    ///
    /// The reference names the switch, not how a version is told; send the record's `ETag` along, as it was read (assumed). Where an attempt
    /// got lost, the one after it may be refused for what the first has changed; the error then says that it
    /// [may have been processed](Error::may_have_been_processed).
    pub fn optimistic_locking(self) -> Self {
        self.with_query("EnforceOptimisticLocking", true)
    }

    /// Gives the record as it is after the change.
    pub fn returning_record(mut self) -> Request<T> {
        Request::new::<OneRecord<T>>(returning(self.call_mut()))
    }
}

impl<T: DeserializeOwned + Send + 'static> Upsert<T> {
    pub(super) fn new(call: Call) -> Self {
        Self {
            request: Request::new::<Whole<BulkData>>(call),
            record: PhantomData,
        }
    }

    /// Has the server refuse an update where the record was changed since it was read; see [`Update::optimistic_locking`].
    pub fn optimistic_locking(self) -> Self {
        self.with_query("EnforceOptimisticLocking", true)
    }

    /// Gives the record as it is now.
    pub fn returning_record(mut self) -> Request<T> {
        Request::new::<OneRow<T>>(returning(self.call_mut()))
    }
}

impl Delete {
    pub(super) fn new(call: Call) -> Self {
        Self {
            request: Request::new::<Deleted>(call.query("deleteBehaviour", SOFT)),
        }
    }

    /// Deletes for good. A softly deleted record is only marked as deleted.
    pub fn hard(self) -> Self {
        self.with_query("deleteBehaviour", HARD)
    }
}

/// The same call with the record asked for in the answer.
pub(super) fn returning(call: &mut Call) -> Call {
    call.clone().query("IncludeRecordPayloadInResponse", true)
}

macro_rules! awaited {
    ($($verb:ty, $output:ty $(, $record:ident)?;)*) => {$(
        impl$(<$record>)? CallOptions for $verb {
            fn call_mut(&mut self) -> &mut Call {
                self.request.call_mut()
            }
        }

        impl$(<$record>)? IntoFuture for $verb {
            type Output = Result<$output, Error>;
            type IntoFuture = Future<Self::Output>;

            fn into_future(self) -> Self::IntoFuture {
                self.request.into_future()
            }
        }
    )*};
}

awaited! {
    Create<T>, String, T;
    Update<T>, (), T;
    Upsert<T>, ApiResponse<BulkData>, T;
    Delete, ();
}
