//! Listing records by page number.

use std::{fmt, marker::PhantomData};

use conga_api::{Call, CallOptions};
use serde::de::DeserializeOwned;

use super::SortDirection;
use crate::{
    Criteria, Error, Page, Pages, Position, RecordStream, Request,
    answer::OnePage,
    pages::{Draft, Place, Walk},
};

/// A list that is being put together: of all records, unless it has a criteria.
///
/// Without a sort field the order is the server's. Records that come or go while pages are read may be missed or seen twice, since
/// pages are counted; sort by a field that does not change where that matters.
///
/// ```no_run
/// # async fn run(client: conga::Client) -> Result<(), conga::Error> {
/// use conga::{Criteria, SortDirection};
///
/// let mut contacts = client
///     .records("Contact")
///     .list()
///     .criteria(Criteria::eq("LastName", "O'Hara"))
///     .sort("Name", SortDirection::Ascending)
///     .page_size(500)
///     .stream();
/// while let Some(contact) = contacts.try_next().await? {
///     println!("{:?}", contact.get("Name"));
/// }
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing is sent before a page is asked for"]
pub struct List<T> {
    object: String,
    call: Call,
    word: fn(SortDirection) -> &'static str,
    draft: Draft,
    record: PhantomData<fn() -> T>,
}

impl<T: DeserializeOwned + Send + 'static> List<T> {
    pub(crate) fn new(object: &str, call: Call) -> Self {
        Self {
            object: object.to_owned(),
            call,
            word: SortDirection::word,
            draft: Draft::default(),
            record: PhantomData,
        }
    }

    /// For a service that writes sort directions short.
    pub(crate) fn with_short_words(mut self) -> Self {
        self.word = SortDirection::short_word;
        self
    }

    /// Only records that meet this criteria, in place of one that was given before. Its fields must be indexed (published).
    pub fn criteria(mut self, criteria: impl Into<Criteria>) -> Self {
        let criteria = criteria.into();
        match self.draft.written(&mut self.call, criteria.text()) {
            Some(text) => self.with_query("criteria", text),
            None => self,
        }
    }

    /// Records a page. Default: the server's.
    pub fn page_size(self, records: u32) -> Self {
        self.with_query("pageSize", records)
    }

    /// Sorts by a field, which must be indexed or sortable (published).
    pub fn sort(self, field: &str, direction: SortDirection) -> Self {
        let word = (self.word)(direction);
        self.with_query("sortField", field)
            .with_query("sortDirection", word)
    }

    /// Goes on where a list like this one was left. It counts for [`pages`](Self::pages) and [`stream`](Self::stream).
    pub fn starting_at(mut self, position: Position) -> Self {
        self.draft.start_at(position);
        self
    }

    /// One page. Numbers count from 1 (published).
    ///
    /// # Errors
    ///
    /// [`Error::Call`], or [`Error::Request`] for a criteria that cannot be written.
    pub async fn page(&self, number: u32) -> Result<Page<T>, Error> {
        self.draft.check()?;
        Request::new::<OnePage<T>>(self.call.clone().query("pageNumber", number)).await
    }

    /// All pages, from the first, or from [`starting_at`](Self::starting_at).
    pub fn pages(self) -> Pages<T> {
        let call = self.call;
        let walk = Walk::new(&self.object, Place::Number(1), move |at| {
            Request::new::<OnePage<T>>(match at {
                Place::Number(number) => call.clone().query("pageNumber", number),
                Place::Offset(_) | Place::Cursor(_) => call.clone(),
            })
        });
        self.draft.pages(walk)
    }

    /// All records, page after page.
    pub fn stream(self) -> RecordStream<T> {
        self.pages().into()
    }
}

impl<T> CallOptions for List<T> {
    fn call_mut(&mut self) -> &mut Call {
        &mut self.call
    }
}

impl<T> Clone for List<T> {
    fn clone(&self) -> Self {
        Self {
            object: self.object.clone(),
            call: self.call.clone(),
            draft: self.draft.clone(),
            word: self.word,
            record: PhantomData,
        }
    }
}

impl<T> fmt::Debug for List<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("List")
            .field("object", &self.object)
            .finish_non_exhaustive()
    }
}
