//! Merging a template with many rows.

use std::{
    fmt,
    future::IntoFuture,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use conga_api::{Call, CallOptions, Transport};
use serde_json::Value;

use super::{
    BatchReport, DocumentJob, OutputFormat,
    batch::{Batch, Submitted, batch_options},
    job::Queued,
    merge::{Specification, output_options},
};
use crate::{Error, Poller, Request, request::Future};

/// A merge of many rows that is being put together: a job for every row, several at a time. Awaiting it gives a [`BatchReport`].
///
/// A row fails alone. It is submitted again where that can help and makes no document twice: where its job failed, or where the
/// submission surely was not processed. A job that is not done in time is not submitted again; the report has it, and
/// [`Client::poll`](crate::Client::poll) waits for it later.
///
/// ```no_run
/// # async fn run(client: conga::Client) -> Result<(), conga::Error> {
/// use serde_json::json;
///
/// let rows = [json!({"Name": "Ann"}), json!({"Name": "Bob"})];
/// let report = client
///     .composer()
///     .merge_each("template-id", &rows)
///     .file_name("Welcome {{Name}}")
///     .progress(|progress| eprintln!("{} of {}", progress.done, progress.rows))
///     .await;
/// for (row, error) in report.failures() {
///     eprintln!("{}: {error} {:?}", rows[row], error.messages());
/// }
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing is sent before it is awaited"]
pub struct MergeEach {
    transport: Transport,
    call: Call,
    specification: Specification,
    rows: Vec<Result<Value, String>>,
    format: OutputFormat,
    deadline: Option<Duration>,
    on_job: OnJob,
    batch: Batch,
}

type OnJob = Box<dyn FnMut(usize, &DocumentJob) + Send>;

impl MergeEach {
    pub(super) fn new(
        transport: Transport,
        call: Call,
        specification: Specification,
        rows: Vec<Result<Value, String>>,
    ) -> Self {
        Self {
            transport,
            call,
            specification,
            rows,
            format: OutputFormat::Pdf,
            deadline: Some(Duration::from_secs(30 * 60)),
            on_job: Box::new(|_, _| {}),
            batch: Batch::default(),
        }
    }

    /// The format of the documents. Default PDF.
    pub fn to(mut self, format: OutputFormat) -> Self {
        self.format = format;
        self
    }

    /// For how long to wait for each job. Default half an hour; `None` for as long as it takes.
    pub fn deadline(mut self, deadline: impl Into<Option<Duration>>) -> Self {
        self.deadline = deadline.into();
        self
    }

    /// Is told of every job as it is taken, with the position of its row: what to store, so that another process can
    /// [wait for it](crate::Client::poll) should this one end before.
    pub fn on_job(mut self, on_job: impl FnMut(usize, &DocumentJob) + Send + 'static) -> Self {
        self.on_job = Box::new(on_job);
        self
    }

    fn set(mut self, field: &str, value: impl Into<Value>) -> Self {
        self.specification.set(field, value);
        self
    }
}

output_options!(MergeEach);
batch_options!(MergeEach);

impl IntoFuture for MergeEach {
    type Output = BatchReport;
    type IntoFuture = Future<BatchReport>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let submission = Arc::new(Submission {
                transport: self.transport,
                call: self.call,
                specification: self.specification,
                format: self.format,
                deadline: self.deadline,
                on_job: Mutex::new(self.on_job),
            });
            let rows = self.rows.into_iter().map(|row| {
                row.map_err(|problem| {
                    Error::Request(format!("the row has no JSON form: {problem}"))
                })
            });
            let submit = |at, row| submission.clone().submit(at, row);
            self.batch.run(rows.collect(), submit).await
        })
    }
}

impl CallOptions for MergeEach {
    fn call_mut(&mut self) -> &mut Call {
        &mut self.call
    }
}

impl fmt::Debug for MergeEach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MergeEach")
            .field("call", &self.call)
            .field("rows", &self.rows.len())
            .finish_non_exhaustive()
    }
}

/// How every row is submitted.
struct Submission {
    transport: Transport,
    call: Call,
    specification: Specification,
    format: OutputFormat,
    deadline: Option<Duration>,
    on_job: Mutex<OnJob>,
}

impl Submission {
    async fn submit(self: Arc<Self>, at: usize, row: Value) -> Submitted {
        let body = self.specification.body(self.format, &row);
        let job = match Request::new::<Queued>(self.call.clone().json(&body)).await {
            Ok(job) => job,
            Err(error) => return (None, Err(error)),
        };
        {
            let mut on_job = self.on_job.lock().unwrap_or_else(PoisonError::into_inner);
            on_job(at, &job);
        }
        let poller = Poller::new(self.transport.clone(), job.clone()).deadline(self.deadline);
        (Some(job), poller.await.map_err(Error::after_others))
    }
}
