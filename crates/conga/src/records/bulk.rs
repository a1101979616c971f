//! Calls about many records: cut into chunks, each with a result of its own.

use std::{fmt, future::IntoFuture, marker::PhantomData, pin::Pin};

use conga_api::{Call, CallOptions, Pending, Response};
use futures_util::{StreamExt, stream::FuturesUnordered};
use http::StatusCode;
use serde::{Serialize, de::DeserializeOwned};

use super::{BulkData, BulkReport, Chunk, verbs};
use crate::Error;

/// Rows a request, unless told otherwise. No limit is published.
const CHUNK_SIZE: usize = 200;

/// A bulk call. Awaiting it sends the chunks and gives a [`BulkReport`]; what failed can be
/// [sent again](BulkReport::failed). Chunks go one after the other, unless [`concurrency`](Self::concurrency) lets more be under way.
///
/// A chunk that the server refuses for its rows (400, 404, 409, 422) does not keep the next ones from being sent. Any other failure
/// ends the run, since the next chunk would meet it too: what is under way is awaited, and the report tells which rows were not sent.
///
/// A chunk is sent again like any other call: one that updates or deletes after every passing failure, one that creates or upserts only where
/// it was certainly not processed, unless [`with_idempotent`](CallOptions::with_idempotent) allows more. That is right for an upsert by
/// external id of which every row has one.
///
/// The rows are the body, whatever [`with_json`](CallOptions::with_json) says; [`send_as`](CallOptions::send_as), which reads one answer,
/// sends all of them at once.
///
/// `K` is what it does to the rows, and decides which options there are: [`Creating`], [`Updating`] or [`Deleting`]. `D` is what
/// a chunk is answered with.
#[must_use = "nothing is sent before it is awaited"]
pub struct Bulk<'a, R, K, D = BulkData> {
    call: Call,
    rows: &'a [R],
    chunk_size: usize,
    concurrency: usize,
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

impl<'a, R, K, D> Bulk<'a, R, K, D> {
    pub(super) fn new(call: Call, rows: &'a [R]) -> Self {
        Self {
            call,
            rows,
            chunk_size: CHUNK_SIZE,
            concurrency: 1,
            kind: PhantomData,
        }
    }

    /// Rows a request. Default 200; 0 counts as 1.
    pub fn chunk_size(mut self, rows: usize) -> Self {
        self.chunk_size = rows.max(1);
        self
    }

    /// Requests that may be under way at once. Default 1, which keeps the order of the rows; 0 counts as 1. More of them are no use
    /// beyond what the tenant's rate limit lets through.
    pub fn concurrency(mut self, requests: usize) -> Self {
        self.concurrency = requests.max(1);
        self
    }

    fn returning<T>(mut self) -> Bulk<'a, R, K, Vec<T>> {
        Bulk {
            call: verbs::returning(&mut self.call),
            rows: self.rows,
            chunk_size: self.chunk_size,
            concurrency: self.concurrency,
            kind: PhantomData,
        }
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

impl<R: Serialize, T, D> Bulk<'_, R, Updating<T>, D> {
    /// Has the server refuse a row whose record was changed since it was read; see
    /// [`Update::optimistic_locking`](super::Update::optimistic_locking).
    pub fn optimistic_locking(self) -> Self {
        self.with_query("EnforceOptimisticLocking", true)
    }
}

impl<R: Serialize> Bulk<'_, R, Deleting> {
    /// Deletes for good. A softly deleted record is only marked as deleted.
    pub fn hard(self) -> Self {
        self.with_query("DeleteBehaviour", verbs::HARD)
    }

    /// Asks for the status of each deletion (`IncludeDeleteResultStatus`).
    pub fn with_status(self) -> Self {
        self.with_query("IncludeDeleteResultStatus", true)
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
            concurrency,
            ..
        } = self;
        Box::pin(send(call, rows, chunk_size, concurrency))
    }
}

async fn send<R, D>(call: Call, rows: &[R], chunk_size: usize, concurrency: usize) -> BulkReport<D>
where
    R: Serialize + Sync,
    D: DeserializeOwned + Send + 'static,
{
    let mut waiting = rows.chunks(chunk_size).enumerate();
    let mut under_way = FuturesUnordered::new();
    let mut report = BulkReport {
        chunks: Vec::with_capacity(rows.len().div_ceil(chunk_size)),
        unsent: 0..rows.len(),
    };
    let mut goes_on = true;
    loop {
        while goes_on
            && under_way.len() < concurrency
            && let Some((at, rows)) = waiting.next()
        {
            let start = at * chunk_size;
            report.unsent.start = start + rows.len();
            under_way.push(chunk(call.clone().json(rows), start, rows.len()));
        }
        let Some(chunk) = under_way.next().await else {
            break;
        };
        goes_on &= chunk.result.as_ref().err().is_none_or(is_about_the_rows);
        report.chunks.push(chunk);
    }
    report.chunks.sort_by_key(|chunk| chunk.rows.start);
    report
}

async fn chunk<D: DeserializeOwned + Send + 'static>(
    call: Call,
    start: usize,
    rows: usize,
) -> Chunk<D> {
    Chunk {
        rows: start..start + rows,
        result: call
            .send()
            .await
            .map(Response::into_inner)
            .map_err(Error::from),
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

impl<R: Serialize, K, D> CallOptions for Bulk<'_, R, K, D> {
    fn call_mut(&mut self) -> &mut Call {
        &mut self.call
    }

    fn send_as<A: DeserializeOwned + Send + 'static>(self) -> Pending<A> {
        self.call.json(self.rows).send()
    }
}

impl<R, K, D> fmt::Debug for Bulk<'_, R, K, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bulk")
            .field("call", &self.call)
            .field("rows", &self.rows.len())
            .field("chunk_size", &self.chunk_size)
            .field("concurrency", &self.concurrency)
            .finish_non_exhaustive()
    }
}
