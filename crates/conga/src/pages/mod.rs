//! From page to page, and from record to record.
//!
//! | room | what lives there |
//! |---|---|
//! | `walk` | which page is next, and whether there is one |
//! | `position` | where a reader stands, to be stored |
//! | `draft` | what a list that is being put together knows beside its call |
//! | `woken` | whether a request that nobody waits for can go on |

mod draft;
mod position;
mod walk;
mod woken;

use std::{
    collections::VecDeque,
    fmt, mem,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker, ready},
};

use conga_api::Message;
use futures_core::Stream;
use futures_util::{StreamExt, TryStreamExt};

pub(crate) use draft::Draft;
pub(crate) use position::Place;
pub use position::Position;
use walk::Step;
pub(crate) use walk::Walk;
use woken::Woken;

use crate::{Error, request::Future};

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
    /// Where the page stands, in a walk.
    pub(crate) start: Option<Position>,
}

/// The pages of a list, each asked for when it is polled for.
///
/// The list ends where the server says so (`HasMoreRecords`), else with the first empty page: a page that is merely shorter than asked
/// for may be a limit of the server. An error ends it too. Pages that lead in a circle are an error.
#[must_use = "nothing is sent before it is polled"]
pub struct Pages<T> {
    state: State<T>,
    /// Where the page that comes next starts.
    next: Option<Position>,
}

enum State<T> {
    Ready(Box<Walk<T>>),
    Asked(Future<Result<Step<T>, Error>>),
    /// What kept the walk from being made.
    Failed(Error),
    Done,
}

/// The records of a list, one by one over all its pages. See [`Pages`] for where it ends.
///
/// The page after the one that is being read is asked for as soon as its first record is taken, so that it is on its way while the
/// records are worked on; there are never more than two pages in memory. It makes way whenever a record is asked for, and needs no
/// task of its own: dropping the stream drops that request. [`without_prefetch`](Self::without_prefetch) waits until the page is needed.
#[must_use = "nothing is sent before it is polled"]
pub struct RecordStream<T> {
    pages: Pages<T>,
    ready: VecDeque<T>,
    /// Where the page that is being read starts, and how many of its records were taken.
    start: Option<Position>,
    taken: u64,
    prefetches: bool,
    ahead: Option<Option<Result<Page<T>, Error>>>,
    /// Whether looking ahead is worth while.
    woken: Arc<Woken>,
}

impl<T: Send + 'static> Pages<T> {
    /// The pages of a walk, or of what kept it from being made.
    fn new(walk: Result<Walk<T>, Error>) -> Self {
        match walk {
            Ok(walk) => Self {
                next: Some(walk.position()),
                state: State::Ready(Box::new(walk)),
            },
            Err(error) => Self {
                next: None,
                state: State::Failed(error),
            },
        }
    }

    /// Where the next page starts: `None` after the last, and that of the page that failed after an error.
    pub fn position(&self) -> Option<Position> {
        self.next.clone()
    }

    /// The next page, or `None` after the last.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] where the page cannot be had, [`Error::Paging`] where the pages lead to no end.
    pub async fn try_next(&mut self) -> Result<Option<Page<T>>, Error> {
        TryStreamExt::try_next(self).await
    }
}

impl<T: Send + 'static> RecordStream<T> {
    /// Asks for a page only when its first record is needed.
    pub fn without_prefetch(mut self) -> Self {
        self.prefetches = false;
        self
    }

    /// Where the next record stands: `None` after the last. After an error it is where the list can be taken up again.
    pub fn position(&self) -> Option<Position> {
        if !self.ready.is_empty() {
            let taken = self.taken;
            return self.start.clone().map(|start| Position { taken, ..start });
        }
        match &self.ahead {
            Some(Some(Ok(page))) => page.start.clone(),
            _ => self.pages.position(),
        }
    }

    /// The next record, or `None` after the last.
    ///
    /// # Errors
    ///
    /// As [`Pages::try_next`].
    pub async fn try_next(&mut self) -> Result<Option<T>, Error> {
        match self.next_at_hand() {
            Some(record) => Ok(Some(record)),
            None => TryStreamExt::try_next(self).await,
        }
    }

    /// All records, in memory.
    ///
    /// # Errors
    ///
    /// As [`Pages::try_next`]; the records before are then lost.
    pub async fn try_collect(self) -> Result<Vec<T>, Error> {
        TryStreamExt::try_collect(self).await
    }

    /// The next record of the page that is being read.
    fn next_at_hand(&mut self) -> Option<T> {
        let record = self.ready.pop_front()?;
        self.taken += 1;
        if self.ready.is_empty() {
            // Given back now: the allocator tidies up then, which costs more when the next page has come and the processor's cache with it.
            self.ready = VecDeque::new();
        }
        self.look_ahead();
        Some(record)
    }

    /// Sends the request for the page after this one on its way, and takes the page in where it is there. The task is not woken for it:
    /// there are records still.
    fn look_ahead(&mut self) {
        if !self.prefetches || self.ahead.is_some() || !self.woken.take() {
            return;
        }
        let waker = Waker::from(self.woken.clone());
        if let Poll::Ready(page) = self.pages.poll_next_unpin(&mut Context::from_waker(&waker)) {
            self.ahead = Some(page);
        }
    }
}

impl<T: Send + 'static> Stream for Pages<T> {
    type Item = Result<Page<T>, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut asked = match mem::replace(&mut self.state, State::Done) {
            State::Ready(walk) => Box::pin(walk.page()),
            State::Asked(asked) => asked,
            State::Failed(error) => return Poll::Ready(Some(Err(error))),
            State::Done => return Poll::Ready(None),
        };
        match asked.as_mut().poll(cx) {
            Poll::Pending => {
                self.state = State::Asked(asked);
                Poll::Pending
            }
            Poll::Ready(Ok((mut page, walk))) => {
                page.start = mem::replace(&mut self.next, walk.as_ref().map(Walk::position));
                self.state = walk.map_or(State::Done, |walk| State::Ready(Box::new(walk)));
                Poll::Ready(Some(Ok(page)))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Some(Err(error))),
        }
    }
}

impl<T> Unpin for RecordStream<T> {}

impl<T: Send + 'static> Stream for RecordStream<T> {
    type Item = Result<T, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(record) = self.next_at_hand() {
                return Poll::Ready(Some(Ok(record)));
            }
            let page = match self.ahead.take() {
                Some(page) => page,
                None => ready!(self.pages.poll_next_unpin(cx)),
            };
            match page {
                Some(Ok(page)) => {
                    self.taken = page.start.as_ref().map_or(0, |start| start.taken);
                    self.start = page.start;
                    self.ready = page.records.into();
                    self.woken.set();
                }
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
            start: None,
            taken: 0,
            prefetches: true,
            ahead: None,
            woken: Arc::default(),
        }
    }
}

impl<T> fmt::Debug for Pages<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages")
            .field("next", &self.next)
            .finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for RecordStream<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordStream")
            .field("ready", &self.ready.len())
            .finish_non_exhaustive()
    }
}
