//! Calls about many records: cut into chunks, sent one after the other, each with a result of its own.

use std::{fmt, future::IntoFuture, marker::PhantomData, ops::Range, pin::Pin};

use conga_api::{ApiResponse, Call, CallOptions, Response};
use http::StatusCode;
use serde::{Serialize, de::DeserializeOwned};

use super::{BulkData, verbs};
use crate::Error;

/// Rows a request, unless told otherwise. No limit is published.
const CHUNK_SIZE: usize = 200;

/// A bulk call. Awaiting it sends the chunks in order and gives a [`BulkReport`].
///
/// A chunk that the server refuses for its rows (400, 404, 409, 422) does not keep the next ones from being sent. Any other failure
/// ends the run, since the next chunk would meet it too; the report tells which rows were not sent.
///
/// The rows are the body, whatever [`with_json`](CallOptions::with_json) says.
///
/// `K` is what it does to the rows, and decides which options there are: [`Creating`], [`Updating`] or [`Deleting`]. `D` is what
/// a chunk is answered with.
#[must_use = "nothing is sent before it is awaited"]
pub struct Bulk<'a, R, K, D = BulkData> {
    call: Call,
    rows: &'a [R],
    chunk_size: usize,
    kind: PhantomData<fn() -> (K, D)>,
}

/// A bulk call that creates records, which can be read back as `T`.
#[derive(Debug)]
pub struct Creating<T>(PhantomData<fn() -> T>);

/// A bulk call that updates or upserts records, which can be read back as `T`.
#[derive(Debug)]
pub struct Updating<T>(PhantomData<fn() -> T>);

/// A bulk call that deletes records.
#[derive(Debug)]
pub struct Deleting;

/// What became of the chunks of a bulk call.
#[derive(Debug)]
#[must_use = "some of the rows may have failed; `complete` makes an error of that"]
#[non_exhaustive]
pub struct BulkReport<D = BulkData> {
    /// The chunks that were sent, in order.
    pub chunks: Vec<Chunk<D>>,
    /// The rows that were not sent, because the last chunk failed for a reason that is not in its rows.
    pub unsent: Range<usize>,
}

/// One request of a bulk call.
#[derive(Debug)]
#[non_exhaustive]
pub struct Chunk<D = BulkData> {
    /// Which rows it held, counted from 0.
    pub rows: Range<usize>,
    /// The answer, its `errors` and `warnings` about single rows included, or why there is none. See
    /// [`Error::may_have_been_processed`] before the rows are sent again.
    pub result: Result<ApiResponse<D>, Error>,
}

impl<'a, R, K, D> Bulk<'a, R, K, D> {
    pub(super) fn new(call: Call, rows: &'a [R]) -> Self {
        Self {
            call,
            rows,
            chunk_size: CHUNK_SIZE,
            kind: PhantomData,
        }
    }

    /// Rows a request. Default 200; 0 counts as 1.
    pub fn chunk_size(mut self, rows: usize) -> Self {
        self.chunk_size = rows.max(1);
        self
    }

    fn returning<T>(mut self) -> Bulk<'a, R, K, Vec<T>> {
        Bulk::new(verbs::returning(&mut self.call), self.rows).chunk_size(self.chunk_size)
    }
}

impl<'a, R, T: DeserializeOwned + Send + 'static> Bulk<'a, R, Creating<T>> {
    /// Asks for the records as they were created, and reads them.
    pub fn returning_records(self) -> Bulk<'a, R, Creating<T>, Vec<T>> {
        self.returning()
    }
}

impl<'a, R, T: DeserializeOwned + Send + 'static> Bulk<'a, R, Updating<T>> {
    /// Asks for the records as they are afterwards, and reads them.
    pub fn returning_records(self) -> Bulk<'a, R, Updating<T>, Vec<T>> {
        self.returning()
    }
}

impl<R, T, D> Bulk<'_, R, Updating<T>, D> {
    /// Has the server refuse a row whose record was changed since it was read; see
    /// [`Update::optimistic_locking`](super::Update::optimistic_locking).
    pub fn optimistic_locking(self) -> Self {
        self.with_query("EnforceOptimisticLocking", true)
    }
}

impl<R> Bulk<'_, R, Deleting> {
    /// Deletes for good. A softly deleted record is only marked as deleted.
    pub fn hard(self) -> Self {
        self.with_query("DeleteBehaviour", verbs::HARD)
    }

    /// Asks for the status of each deletion (`IncludeDeleteResultStatus`).
    pub fn with_status(self) -> Self {
        self.with_query("IncludeDeleteResultStatus", true)
    }
}

impl<D> BulkReport<D> {
    /// The chunks that failed, with the reason.
    pub fn failures(&self) -> impl Iterator<Item = (&Range<usize>, &Error)> {
        self.chunks
            .iter()
            .filter_map(|chunk| Some((&chunk.rows, chunk.result.as_ref().err()?)))
    }

    /// The answers of all chunks.
    ///
    /// # Errors
    ///
    /// The first failure. What the other chunks did is lost from sight then; look at [`chunks`](Self::chunks) where it matters.
    pub fn complete(self) -> Result<Vec<ApiResponse<D>>, Error> {
        self.chunks.into_iter().map(|chunk| chunk.result).collect()
    }
}

impl BulkReport {
    /// The ids that the server told, in the order of the rows. Chunks that failed, or were answered without ids, have none here.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.chunks
            .iter()
            .filter_map(|chunk| chunk.result.as_ref().ok()?.data.as_ref()?.ids())
            .flatten()
    }
}

impl<'a, R, K, D> IntoFuture for Bulk<'a, R, K, D>
where
    R: Serialize + Sync,
    D: DeserializeOwned + Send + 'static,
{
    type Output = BulkReport<D>;
    type IntoFuture = Pin<Box<dyn Future<Output = BulkReport<D>> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        let Self {
            call,
            rows,
            chunk_size,
            ..
        } = self;
        Box::pin(async move {
            let mut report = BulkReport {
                chunks: Vec::with_capacity(rows.len().div_ceil(chunk_size)),
                unsent: rows.len()..rows.len(),
            };
            for (at, chunk) in rows.chunks(chunk_size).enumerate() {
                let start = at * chunk_size;
                let end = start + chunk.len();
                let result = call
                    .clone()
                    .json(chunk)
                    .send()
                    .await
                    .map(Response::into_inner)
                    .map_err(Error::from);
                let goes_on = result.as_ref().err().is_none_or(is_about_the_rows);
                report.chunks.push(Chunk {
                    rows: start..end,
                    result,
                });
                if !goes_on {
                    report.unsent = end..rows.len();
                    break;
                }
            }
            report
        })
    }
}

/// Whether another chunk may fare better.
fn is_about_the_rows(error: &Error) -> bool {
    let refused = [
        StatusCode::BAD_REQUEST,
        StatusCode::NOT_FOUND,
        StatusCode::CONFLICT,
        StatusCode::UNPROCESSABLE_ENTITY,
    ];
    error
        .status()
        .is_some_and(|status| refused.contains(&status) || status.is_success())
}

impl<R, K, D> CallOptions for Bulk<'_, R, K, D> {
    fn call_mut(&mut self) -> &mut Call {
        &mut self.call
    }
}

impl<R, K, D> fmt::Debug for Bulk<'_, R, K, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bulk")
            .field("call", &self.call)
            .field("rows", &self.rows.len())
            .field("chunk_size", &self.chunk_size)
            .finish_non_exhaustive()
    }
}
