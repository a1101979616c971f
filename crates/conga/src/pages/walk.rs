//! The way through a list: from page to page, by what the server says about the next one.

use std::mem;

use super::{Page, Place, Position};
use crate::{Error, Request};

/// The request for the page that starts there.
type Ask<T> = dyn Fn(&Place) -> Request<Page<T>> + Send;

/// A page, and the walk to those after it.
pub(super) type Step<T> = (Page<T>, Option<Walk<T>>);

/// How to go through a list: from a position, by a request for every position.
pub(crate) struct Walk<T> {
    object: String,
    request: Box<Ask<T>>,
    at: Place,
    /// The offset after the last page.
    passed: u64,
    /// How many records of the first page were taken by whoever went here before.
    taken: u64,
    /// Whether the server has told of a page that more follow, or that none do.
    tells: bool,
    /// Whether the request can go on from a cursor, and by skipping what was read.
    takes_cursors: bool,
    skips: bool,
    circle: Circle,
}

impl<T: Send + 'static> Walk<T> {
    pub(crate) fn new(
        object: &str,
        at: Place,
        request: impl Fn(&Place) -> Request<Page<T>> + Send + 'static,
    ) -> Self {
        let passed = if let Place::Offset(offset) = at {
            offset
        } else {
            0
        };
        Self {
            object: object.to_owned(),
            request: Box::new(request),
            at,
            passed,
            taken: 0,
            tells: false,
            takes_cursors: true,
            skips: true,
            circle: Circle::default(),
        }
    }

    /// For a service that may give cursors, and does not publish how they are sent back: pages go on by skipping what was read.
    pub(crate) fn without_cursors(mut self) -> Self {
        self.takes_cursors = false;
        self
    }

    /// For a service that goes on from its cursors only.
    pub(crate) fn without_skipping(mut self) -> Self {
        self.skips = false;
        self
    }

    /// Goes on where a list was left, if it was this one.
    pub(super) fn resumed(mut self, from: Option<Position>) -> Result<Self, Error> {
        let Some(Position {
            object,
            at,
            passed,
            taken,
        }) = from
        else {
            return Ok(self);
        };
        let fits = at.is_number() == self.at.is_number() && (self.takes_cursors || !at.is_cursor());
        if object != self.object || !fits {
            return Err(Error::Request(format!(
                "the position is that of another list than this one of {}; it goes with the list or query it was taken from",
                self.object
            )));
        }
        (self.at, self.passed, self.taken) = (at, passed, taken);
        Ok(self)
    }

    /// Where the next page starts.
    pub(super) fn position(&self) -> Position {
        Position {
            object: self.object.clone(),
            at: self.at.clone(),
            passed: self.passed,
            taken: self.taken,
        }
    }

    /// Asks for the next page.
    pub(super) async fn page(mut self) -> Result<Step<T>, Error> {
        let mut page = (self.request)(&self.at).await?;
        let more = self.advance(&page)?;
        let taken = usize::try_from(mem::take(&mut self.taken)).unwrap_or(usize::MAX);
        page.records.drain(..taken.min(page.records.len()));
        Ok((page, more.then_some(self)))
    }

    /// Goes to the next page; false where there is none.
    fn advance(&mut self, page: &Page<T>) -> Result<bool, Error> {
        self.passed += page.records.len() as u64;
        self.tells |= page.has_more.is_some();
        if self.tells && page.has_more.is_none() && page.records.is_empty() {
            // An answer that lost its body on the way must not be taken for the end.
            return Err(self.problem(
                "the server said that more records follow, and then gives an empty answer",
            ));
        }
        if page.has_more == Some(false) {
            return Ok(false);
        }
        let cursor = page.next_cursor.as_ref().filter(|_| self.takes_cursors);
        let next = match (&self.at, cursor) {
            (Place::Number(number), _) => Place::Number(number.saturating_add(1)),
            (_, Some(cursor)) => Place::Cursor(cursor.clone()),
            // Where there were cursors, the last page has none.
            (Place::Cursor(_), None) if page.has_more.is_none() => return Ok(false),
            (_, None) if !self.skips && page.has_more.is_none() => return Ok(false),
            (_, None) if !self.skips => {
                return Err(self.problem("the server says that more records follow, and not where"));
            }
            (_, None) => Place::Offset(self.passed),
        };
        let mark = match &next {
            Place::Cursor(cursor) => Some(cursor),
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
