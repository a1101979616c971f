//! From page to page, and from record to record.

use std::{
    collections::VecDeque,
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use conga_api::{Call, Message};
use futures_core::Stream;
use futures_util::{StreamExt, TryStreamExt, stream};
use serde::de::DeserializeOwned;

use crate::{Error, Request, answer::OnePage};

/// One page of records, with what the server says about it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Page<T> {
    /// The records.
    pub records: Vec<T>,
    /// How many records there are, in all or in this page: the reference does not say which.
    pub record_count: Option<i64>,
    /// Whether more records follow, where the server says it.
    pub has_more: Option<bool>,
    /// Where they follow, where the server says it.
    pub next_cursor: Option<String>,
    /// Faults that did not keep the call from succeeding.
    pub errors: Vec<Message>,
    /// What went well, but not quite as asked.
    pub warnings: Vec<Message>,
    pub(crate) first_id: Option<String>,
}

/// The pages of a list, each asked for when it is polled for.
///
/// The list ends where the server says so (`HasMoreRecords`), else with the first empty page: a page that is merely shorter than asked
/// for may be a limit of the server. An error ends it too. Pages that lead in a circle are an error.
#[must_use = "nothing is sent before it is polled"]
pub struct Pages<T> {
    stream: Pin<Box<dyn Stream<Item = Result<Page<T>, Error>> + Send>>,
}

/// The records of a list, one by one over all its pages. See [`Pages`] for where it ends.
#[must_use = "nothing is sent before it is polled"]
pub struct RecordStream<T> {
    pages: Pages<T>,
    ready: VecDeque<T>,
}

impl<T> Pages<T> {
    /// The next page, or `None` after the last.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] where the page cannot be had, [`Error::Paging`] where the pages lead to no end.
    pub async fn try_next(&mut self) -> Result<Option<Page<T>>, Error> {
        self.stream.try_next().await
    }
}

impl<T> RecordStream<T> {
    /// The next record, or `None` after the last.
    ///
    /// # Errors
    ///
    /// As [`Pages::try_next`].
    pub async fn try_next(&mut self) -> Result<Option<T>, Error> {
        TryStreamExt::try_next(self).await
    }

    /// All records, in memory.
    ///
    /// # Errors
    ///
    /// As [`Pages::try_next`]; the records before are then lost.
    pub async fn try_collect(self) -> Result<Vec<T>, Error> {
        TryStreamExt::try_collect(self).await
    }
}

impl<T> Stream for Pages<T> {
    type Item = Result<Page<T>, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.stream.poll_next_unpin(cx)
    }
}

impl<T> Unpin for RecordStream<T> {}

impl<T> Stream for RecordStream<T> {
    type Item = Result<T, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(record) = self.ready.pop_front() {
                return Poll::Ready(Some(Ok(record)));
            }
            match ready!(self.pages.poll_next_unpin(cx)) {
                Some(Ok(page)) => self.ready = page.records.into(),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }
}

impl<T> From<Pages<T>> for RecordStream<T> {
    fn from(pages: Pages<T>) -> Self {
        Self {
            pages,
            ready: VecDeque::new(),
        }
    }
}

impl<T> fmt::Debug for Pages<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages").finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for RecordStream<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordStream")
            .field("ready", &self.ready.len())
            .finish_non_exhaustive()
    }
}

/// Where a page starts.
#[derive(Debug)]
pub(crate) enum Position {
    /// At a page number, counted from 1.
    Number(u32),
    /// After so many records.
    Offset(u64),
    /// Where the page before said.
    Cursor(String),
}

/// How to go through a list: from a position, by a call for every position.
pub(crate) struct Walk {
    object: String,
    call: Box<dyn Fn(&Position) -> Call + Send>,
    at: Position,
    /// The offset after the last page.
    passed: u64,
    circle: Circle,
}

impl Walk {
    pub(crate) fn new(
        object: &str,
        at: Position,
        call: impl Fn(&Position) -> Call + Send + 'static,
    ) -> Self {
        let passed = if let Position::Offset(offset) = at {
            offset
        } else {
            0
        };
        Self {
            object: object.to_owned(),
            call: Box::new(call),
            at,
            passed,
            circle: Circle::default(),
        }
    }

    /// The pages, of a walk or of what kept it from being made.
    pub(crate) fn pages<T: DeserializeOwned + Send + 'static>(
        walk: Result<Self, Error>,
    ) -> Pages<T> {
        let pages = stream::try_unfold(Some(walk), |next| async {
            let Some(walk) = next else { return Ok(None) };
            let mut walk = walk?;
            let request = Request::new::<OnePage<T>>((walk.call)(&walk.at));
            let page = request.await?;
            let more = walk.advance(&page)?;
            Ok(Some((page, more.then_some(Ok(walk)))))
        });
        Pages {
            stream: Box::pin(pages),
        }
    }

    /// Goes to the next page; false where there is none.
    fn advance<T>(&mut self, page: &Page<T>) -> Result<bool, Error> {
        self.passed += page.records.len() as u64;
        if page.has_more == Some(false) {
            return Ok(false);
        }
        let next = match (&self.at, &page.next_cursor) {
            (Position::Number(number), _) => Position::Number(number.saturating_add(1)),
            (_, Some(cursor)) => Position::Cursor(cursor.clone()),
            // Where there were cursors, the last page has none.
            (Position::Cursor(_), None) if page.has_more.is_none() => return Ok(false),
            (_, None) => Position::Offset(self.passed),
        };
        let mark = match &next {
            Position::Cursor(cursor) => Some(cursor),
            _ if page.records.is_empty() && page.has_more.is_some() => {
                return Err(
                    self.problem("the server says that more records follow, and gives none")
                );
            }
            _ if page.records.is_empty() => return Ok(false),
            _ => page.first_id.as_ref(),
        };
        if mark.is_some_and(|mark| self.circle.closes(mark)) {
            return Err(self.problem("the server gives a page that it gave before"));
        }
        self.at = next;
        Ok(true)
    }

    fn problem(&self, problem: &'static str) -> Error {
        Error::Paging {
            object: self.object.clone(),
            problem,
        }
    }
}

/// Notices when marks repeat, by Brent's algorithm: it keeps one mark, however long the list.
#[derive(Debug, Default)]
struct Circle {
    kept: Option<String>,
    steps: u64,
}

impl Circle {
    fn closes(&mut self, mark: &str) -> bool {
        if self.kept.as_deref() == Some(mark) {
            return true;
        }
        self.steps += 1;
        if self.steps.is_power_of_two() {
            self.kept = Some(mark.to_owned());
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_circle_is_noticed_wherever_it_starts() {
        for lead in 0..20 {
            for length in 1..20 {
                let mut circle = Circle::default();
                let marks = (0..lead).chain((0..).map(|at| lead + at % length));
                let noticed = marks
                    .take(200)
                    .position(|mark| circle.closes(&mark.to_string()));
                assert!(
                    noticed.is_some_and(|at| at >= length),
                    "{lead} {length}: {noticed:?}"
                );
            }
        }
    }

    #[test]
    fn a_line_is_no_circle() {
        let mut circle = Circle::default();
        assert!((0..10_000).all(|mark| !circle.closes(&mark.to_string())));
    }
}
