//! Many documents, one of each row: several at a time, with those that failed submitted again.

use futures_util::{StreamExt, stream};

use super::{DocumentJob, GeneratedDocument};
use crate::{Error, JobProblem, records::FailedRows};

/// How far a batch has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BatchProgress {
    /// The rows that have come to their end, well or not.
    pub done: usize,
    /// Those among them that failed.
    pub failed: usize,
    /// The rows there are.
    pub rows: usize,
}

/// What became of the rows.
#[derive(Debug)]
#[must_use = "some of the rows may have failed; `complete` makes an error of that, `failed` gives them to be submitted again"]
#[non_exhaustive]
pub struct BatchReport {
    /// The rows, in their order.
    pub rows: Vec<BatchRow>,
}

/// What became of a row.
#[derive(Debug)]
#[non_exhaustive]
pub struct BatchRow {
    /// How often it was submitted.
    pub submissions: u32,
    /// The job of its last submission, where there is one.
    pub job: Option<DocumentJob>,
    /// The document, or why there is none.
    pub result: Result<GeneratedDocument, Error>,
}

impl BatchReport {
    /// The rows that failed, by their position, with the reason.
    pub fn failures(&self) -> impl Iterator<Item = (usize, &Error)> {
        self.rows
            .iter()
            .enumerate()
            .filter_map(|(at, row)| Some((at, row.result.as_ref().err()?)))
    }

    /// The rows that failed, out of those that the batch was made of, ready to be submitted again. Those whose job goes on count as
    /// unsure: [`Client::poll`](crate::Client::poll) waits for it.
    ///
    /// ```no_run
    /// # async fn run(client: conga::Client, rows: Vec<conga::Record>) -> Result<(), conga::Error> {
    /// let report = client.composer().merge_each("template-id", &rows).await;
    /// let failed = report.failed(&rows);
    /// println!("{} have no document, {} may have one", failed.not_done.len(), failed.unsure.len());
    /// let documents = client.composer().merge_each("template-id", failed.not_done).await.complete()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn failed<'a, R>(&self, rows: &'a [R]) -> FailedRows<'a, R> {
        let mut failed = FailedRows {
            not_done: Vec::new(),
            unsure: Vec::new(),
        };
        for (row, ended) in rows.iter().zip(&self.rows) {
            match &ended.result {
                Ok(_) => {}
                Err(error) if is_over(error, ended.job.as_ref()) => failed.not_done.push(row),
                Err(_) => failed.unsure.push(row),
            }
        }
        failed
    }

    /// The documents of all rows.
    ///
    /// # Errors
    ///
    /// The first failure, which says [that something may be done](Error::may_have_been_processed) where that is so of any row. The
    /// documents of the other rows are lost from sight then; look at [`rows`](Self::rows) where they matter.
    pub fn complete(self) -> Result<Vec<GeneratedDocument>, Error> {
        let is_begun = self.rows.iter().any(|row| {
            let error = row.result.as_ref().err();
            error.is_none_or(Error::may_have_been_processed)
        });
        let results = self.rows.into_iter().map(|row| row.result);
        results.collect::<Result<_, Error>>().map_err(|error| {
            if is_begun {
                error.beside_others()
            } else {
                error
            }
        })
    }
}

/// How a batch goes through its rows.
pub(super) struct Batch {
    pub(super) concurrency: usize,
    pub(super) submissions: u32,
    pub(super) progress: Option<Box<dyn FnMut(BatchProgress) + Send>>,
}

/// What came of a submission: its job, where there is one, and its document.
pub(super) type Submitted = (Option<DocumentJob>, Result<GeneratedDocument, Error>);

impl Default for Batch {
    fn default() -> Self {
        Self {
            concurrency: 4,
            submissions: 2,
            progress: None,
        }
    }
}

impl Batch {
    /// Submits the rows that can be.
    pub(super) async fn run<R, F>(
        self,
        rows: Vec<Result<R, Error>>,
        submit: impl Fn(usize, R) -> F + Sync,
    ) -> BatchReport
    where
        R: Clone + Send,
        F: Future<Output = Submitted> + Send,
    {
        let (submissions, mut progress) = (self.submissions, self.progress);
        let submit = &submit;
        let count = rows.len();
        let mut ended: Vec<Option<BatchRow>> = rows.iter().map(|_| None).collect();
        let (mut done, mut failed) = (0, 0);
        let mut ends = stream::iter(rows.into_iter().enumerate())
            .map(|(at, row)| {
                let submit = move |row| submit(at, row);
                async move { (at, self::row(row, submissions, submit).await) }
            })
            .buffer_unordered(self.concurrency);
        while let Some((at, row)) = ends.next().await {
            done += 1;
            failed += usize::from(row.result.is_err());
            ended[at] = Some(row);
            if let Some(progress) = &mut progress {
                progress(BatchProgress {
                    done,
                    failed,
                    rows: count,
                });
            }
        }
        BatchReport {
            rows: ended.into_iter().flatten().collect(),
        }
    }
}

/// The settings of every batch.
macro_rules! batch_options {
    ($builder:ty) => {
        impl $builder {
            /// The rows that are under way at a time. Default 4; 0 counts as 1.
            pub fn concurrency(mut self, rows: usize) -> Self {
                self.batch.concurrency = rows.max(1);
                self
            }

            /// How often a row is submitted at most, the first time included. Default 2; 0 counts as 1.
            pub fn submissions(mut self, submissions: u32) -> Self {
                self.batch.submissions = submissions.max(1);
                self
            }

            /// Is told whenever a row has come to its end.
            pub fn progress(
                mut self,
                progress: impl FnMut($crate::composer::BatchProgress) + Send + 'static,
            ) -> Self {
                self.batch.progress = Some(Box::new(progress));
                self
            }
        }
    };
}

pub(super) use batch_options;

/// Submits a row until it has its document, or nothing is left to try.
async fn row<R: Clone, F: Future<Output = Submitted>>(
    row: Result<R, Error>,
    most: u32,
    submit: impl Fn(R) -> F,
) -> BatchRow {
    let row = match row {
        Ok(row) => row,
        Err(error) => {
            return BatchRow {
                submissions: 0,
                job: None,
                result: Err(error),
            };
        }
    };
    let mut submissions = 1;
    loop {
        let (job, result) = submit(row.clone()).await;
        match &result {
            Err(error) if submissions < most && may_go_again(error, job.as_ref()) => {
                submissions += 1;
            }
            _ => {
                return BatchRow {
                    submissions,
                    job,
                    result,
                };
            }
        }
    }
}

/// Whether another submission may help and makes no document twice.
fn may_go_again(error: &Error, job: Option<&DocumentJob>) -> bool {
    is_over(error, job) && (job.is_some() || error.is_retryable())
}

/// Whether no document came of the submission, and none will.
fn is_over(error: &Error, job: Option<&DocumentJob>) -> bool {
    match error {
        Error::Job {
            problem: JobProblem::Failed(_),
            ..
        } => true,
        error => job.is_none() && !error.may_have_been_processed(),
    }
}
