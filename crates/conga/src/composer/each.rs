//! Merging a template with many rows.

use std::{fmt, future::IntoFuture, time::Duration};

use conga_api::{Call, CallOptions, Transport};
use futures_util::{StreamExt, stream};
use serde_json::Value;

use super::{
    DocumentJob, GeneratedDocument, OutputFormat,
    job::Queued,
    merge::{Specification, output_options},
};
use crate::{Error, JobProblem, Poller, Request, request::Future};

/// A merge of many rows that is being put together: a job for every row, several at a time. Awaiting it gives a [`MergeReport`].
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
    concurrency: usize,
    submissions: u32,
    deadline: Option<Duration>,
    progress: Option<Box<dyn FnMut(MergeProgress) + Send>>,
}

/// How far a merge of many rows has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MergeProgress {
    /// The rows that have come to their end, well or not.
    pub done: usize,
    /// Those among them that failed.
    pub failed: usize,
    /// The rows there are.
    pub rows: usize,
}

/// What became of the rows.
#[derive(Debug)]
#[must_use = "some of the rows may have failed; `complete` makes an error of that"]
#[non_exhaustive]
pub struct MergeReport {
    /// The rows, in their order.
    pub rows: Vec<MergedRow>,
}

/// What became of a row.
#[derive(Debug)]
#[non_exhaustive]
pub struct MergedRow {
    /// How often it was submitted.
    pub submissions: u32,
    /// The job of its last submission, where that was taken.
    pub job: Option<DocumentJob>,
    /// The document, or why there is none.
    pub result: Result<GeneratedDocument, Error>,
}

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
            concurrency: 4,
            submissions: 2,
            deadline: Some(Duration::from_secs(30 * 60)),
            progress: None,
        }
    }

    /// The format of the documents. Default PDF.
    pub fn to(mut self, format: OutputFormat) -> Self {
        self.format = format;
        self
    }

    /// The rows that are under way at a time. Default 4; 0 counts as 1.
    pub fn concurrency(mut self, rows: usize) -> Self {
        self.concurrency = rows.max(1);
        self
    }

    /// How often a row is submitted at most, the first time included. Default 2; 0 counts as 1.
    pub fn submissions(mut self, submissions: u32) -> Self {
        self.submissions = submissions.max(1);
        self
    }

    /// For how long to wait for each job. Default half an hour; `None` for as long as it takes.
    pub fn deadline(mut self, deadline: impl Into<Option<Duration>>) -> Self {
        self.deadline = deadline.into();
        self
    }

    /// Is told whenever a row has come to its end.
    pub fn progress(mut self, progress: impl FnMut(MergeProgress) + Send + 'static) -> Self {
        self.progress = Some(Box::new(progress));
        self
    }

    fn set(mut self, field: &str, value: impl Into<Value>) -> Self {
        self.specification.set(field, value);
        self
    }
}

output_options!(MergeEach);

impl IntoFuture for MergeEach {
    type Output = MergeReport;
    type IntoFuture = Future<MergeReport>;

    fn into_future(mut self) -> Self::IntoFuture {
        let rows = std::mem::take(&mut self.rows);
        let mut progress = self.progress.take();
        Box::pin(async move {
            let count = rows.len();
            let submission = Submission {
                transport: self.transport,
                call: self.call,
                specification: self.specification,
                format: self.format,
                submissions: self.submissions,
                deadline: self.deadline,
            };
            let submission = &submission;
            let mut merged: Vec<Option<MergedRow>> = rows.iter().map(|_| None).collect();
            let (mut done, mut failed) = (0, 0);
            let mut ends = stream::iter(rows.into_iter().enumerate())
                .map(|(at, row)| async move { (at, submission.merge(row).await) })
                .buffer_unordered(self.concurrency);
            while let Some((at, row)) = ends.next().await {
                done += 1;
                failed += usize::from(row.result.is_err());
                merged[at] = Some(row);
                if let Some(progress) = &mut progress {
                    progress(MergeProgress {
                        done,
                        failed,
                        rows: count,
                    });
                }
            }
            MergeReport {
                rows: merged.into_iter().flatten().collect(),
            }
        })
    }
}

impl CallOptions for MergeEach {
    fn call_mut(&mut self) -> &mut Call {
        &mut self.call
    }
}

impl MergeReport {
    /// The rows that failed, by their position, with the reason.
    pub fn failures(&self) -> impl Iterator<Item = (usize, &Error)> {
        self.rows
            .iter()
            .enumerate()
            .filter_map(|(at, row)| Some((at, row.result.as_ref().err()?)))
    }

    /// The documents of all rows.
    ///
    /// # Errors
    ///
    /// The first failure. The documents of the other rows are lost from sight then; look at [`rows`](Self::rows) where they matter.
    pub fn complete(self) -> Result<Vec<GeneratedDocument>, Error> {
        self.rows.into_iter().map(|row| row.result).collect()
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
    submissions: u32,
    deadline: Option<Duration>,
}

impl Submission {
    async fn merge(&self, row: Result<Value, String>) -> MergedRow {
        let row = match row {
            Ok(row) => row,
            Err(problem) => {
                let problem = format!("the row has no JSON form: {problem}");
                return MergedRow {
                    submissions: 0,
                    job: None,
                    result: Err(Error::Request(problem)),
                };
            }
        };
        let mut submissions = 1;
        loop {
            let (job, result) = self.submit(&row).await;
            match &result {
                Err(error) if submissions < self.submissions && may_go_again(error, &job) => {
                    submissions += 1;
                }
                _ => {
                    return MergedRow {
                        submissions,
                        job,
                        result,
                    };
                }
            }
        }
    }

    async fn submit(&self, row: &Value) -> (Option<DocumentJob>, Result<GeneratedDocument, Error>) {
        let body = self.specification.body(self.format, row);
        let job = match Request::new::<Queued>(self.call.clone().json(&body)).await {
            Ok(job) => job,
            Err(error) => return (None, Err(error)),
        };
        let poller = Poller::new(self.transport.clone(), job.clone()).deadline(self.deadline);
        (Some(job), poller.await)
    }
}

/// Whether another submission may help and makes no document twice.
fn may_go_again(error: &Error, job: &Option<DocumentJob>) -> bool {
    match error {
        Error::Job {
            problem: JobProblem::Failed(_),
            ..
        } => true,
        error => job.is_none() && error.is_retryable() && !error.may_have_been_processed(),
    }
}
