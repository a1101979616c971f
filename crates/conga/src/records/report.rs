//! What became of a bulk call.

use std::{iter, ops::Range};

use conga_api::ApiResponse;

use super::BulkData;
use crate::Error;

/// What became of the chunks of a bulk call.
#[derive(Debug)]
#[must_use = "some of the rows may have failed; `complete` makes an error of that, `failed` gives them to be sent again"]
#[non_exhaustive]
pub struct BulkReport<D = BulkData> {
    /// The chunks that were sent, in the order of the rows.
    pub chunks: Vec<Chunk<D>>,
    /// The rows that were not sent, because a chunk failed for a reason that is not in its rows.
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

/// What became of one row.
#[derive(Clone, Copy, Debug)]
pub enum Outcome<'a> {
    /// It was done.
    Done,
    /// It certainly was not done, for this error, or because it was not sent.
    NotDone(Option<&'a Error>),
    /// It may have been done: the answer did not come or could not be read (that is the error), or reports faults of some rows.
    Unsure(Option<&'a Error>),
}

/// The rows that were not done: references, which a bulk call takes like the rows themselves.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct FailedRows<'a, R> {
    /// These certainly were not done; they can be sent again as they are, once the reason is gone.
    pub not_done: Vec<&'a R>,
    /// These may have been done. An update, or an upsert of rows that have the field they are found by, does no harm twice; look before
    /// rows are created again.
    pub unsure: Vec<&'a R>,
}

impl<D> BulkReport<D> {
    /// The chunks that failed, with the reason.
    pub fn failures(&self) -> impl Iterator<Item = (&Range<usize>, &Error)> {
        self.chunks
            .iter()
            .filter_map(|chunk| Some((&chunk.rows, chunk.result.as_ref().err()?)))
    }

    /// What became of each row, in order.
    ///
    /// A chunk is taken to be done or refused as a whole (assumed: the reference does not say), unless its answer reports faults: it
    /// does not say of which rows, so all of that chunk are [`Outcome::Unsure`].
    pub fn outcomes(&self) -> impl Iterator<Item = Outcome<'_>> {
        let unsent = iter::repeat_n(Outcome::NotDone(None), self.unsent.len());
        self.chunks
            .iter()
            .flat_map(|chunk| iter::repeat_n(chunk.outcome(), chunk.rows.len()))
            .chain(unsent)
    }

    /// The rows that were not done, out of those that the call was made with, ready to be sent again.
    ///
    /// ```no_run
    /// # async fn run(client: conga::Client, contacts: Vec<conga::Record>) -> Result<(), conga::Error> {
    /// use conga::By;
    ///
    /// let records = client.records("Contact");
    /// let report = records.bulk_upsert(By::ExternalId, &contacts).concurrency(4).await;
    /// let failed = report.failed(&contacts);
    /// println!("{} not written, {} maybe", failed.not_done.len(), failed.unsure.len());
    /// records.bulk_upsert(By::ExternalId, &failed.not_done).await.complete()?;
    /// records.bulk_upsert(By::ExternalId, &failed.unsure).await.complete()?; // does no harm where the row was written
    /// # Ok(())
    /// # }
    /// ```
    pub fn failed<'a, R>(&self, rows: &'a [R]) -> FailedRows<'a, R> {
        let mut failed = FailedRows {
            not_done: Vec::new(),
            unsure: Vec::new(),
        };
        for (row, outcome) in rows.iter().zip(self.outcomes()) {
            match outcome {
                Outcome::Done => {}
                Outcome::NotDone(_) => failed.not_done.push(row),
                Outcome::Unsure(_) => failed.unsure.push(row),
            }
        }
        failed
    }

    /// The answers of all chunks, where every row was done.
    ///
    /// # Errors
    ///
    /// The first failure, which says [that something may be done](Error::may_have_been_processed) where that is so of any chunk;
    /// [`Error::Rows`] where there is none, and an answer reports faults of rows. What the other chunks did is lost from sight then; look at
    /// [`chunks`](Self::chunks) where it matters.
    pub fn complete(self) -> Result<Vec<ApiResponse<D>>, Error> {
        let is_begun = self.chunks.iter().any(|chunk| {
            let error = chunk.result.as_ref().err();
            error.is_none_or(Error::may_have_been_processed)
        });
        let faulty = self.chunks.iter().find_map(Chunk::faults);
        let results = self.chunks.into_iter().map(|chunk| chunk.result);
        let answers = results.collect::<Result<_, Error>>().map_err(|error| {
            if is_begun {
                error.beside_others()
            } else {
                error
            }
        })?;
        faulty.map_or(Ok(answers), Err)
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

    /// The id that the server told of each row, in order; `None` where it told none, or not one for every row of the chunk.
    pub fn row_ids(&self) -> impl Iterator<Item = Option<&str>> {
        self.chunks
            .iter()
            .flat_map(|chunk| {
                let answer = chunk.result.as_ref().ok();
                let ids = answer
                    .and_then(|answer| answer.data.as_ref()?.ids())
                    .filter(|ids| ids.len() == chunk.rows.len());
                match ids {
                    Some(ids) => ids.into_iter().map(Some).collect(),
                    None => vec![None; chunk.rows.len()],
                }
            })
            .chain(iter::repeat_n(None, self.unsent.len()))
    }
}

impl<D> Chunk<D> {
    /// The faults that the answer reports, as an error.
    fn faults(&self) -> Option<Error> {
        let faults = &self.result.as_ref().ok()?.errors;
        (!faults.is_empty()).then(|| Error::Rows {
            rows: self.rows.clone(),
            faults: faults.clone(),
        })
    }

    fn outcome(&self) -> Outcome<'_> {
        match &self.result {
            Ok(answer) if answer.errors.is_empty() => Outcome::Done,
            Ok(_) => Outcome::Unsure(None),
            Err(error) if error.may_have_been_processed() => Outcome::Unsure(Some(error)),
            Err(error) => Outcome::NotDone(Some(error)),
        }
    }
}
