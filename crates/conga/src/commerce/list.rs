//! Lists of the revenue services.

use std::{fmt, marker::PhantomData};

use conga_api::{
    Call, CallOptions,
    operations::{Location, Operation},
};
use http::HeaderValue;
use serde::de::DeserializeOwned;

use super::{Filter, answer::BarePage};
use crate::{
    Error, Page, Pages, Position, RecordStream, Request, SortDirection,
    pages::{Draft, Place, Walk},
};

/// A list that is being put together: of all records, unless it has a filter.
///
/// Pages are counted, so records that come or go while they are read may be missed or seen twice. Nothing tells where the list ends,
/// so it ends with the first empty page.
///
/// ```no_run
/// # async fn run(client: conga::Client) -> Result<(), conga::Error> {
/// use conga::{SortDirection, commerce::Filter};
///
/// let page = client
///     .price_lists()
///     .list()
///     .filter(Filter::eq("Currency", "USD").and(Filter::like("Name", "Standard")))
///     .sort("ModifiedDate", SortDirection::Descending)
///     .page_size(100)
///     .page(1)
///     .await?;
/// println!("{} of them", page.records.len());
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing is sent before a page is asked for"]
pub struct EntityList<T> {
    noun: &'static str,
    /// What the operation calls the number and the size of a page.
    names: Names,
    call: Call,
    draft: Draft,
    record: PhantomData<fn() -> T>,
}

#[derive(Clone, Copy)]
struct Names {
    number: &'static str,
    size: &'static str,
}

impl Names {
    fn of(operation: &Operation) -> Self {
        let known = |wanted: &[&str]| {
            let mut parameters = operation.parameters.iter();
            let found = parameters.find(|parameter| {
                parameter.location == Location::Query
                    && wanted
                        .iter()
                        .any(|name| name.eq_ignore_ascii_case(parameter.name))
            });
            found.map(|parameter| parameter.name)
        };
        Self {
            number: known(&["page", "pageNumber"]).unwrap_or("page"),
            size: known(&["limit", "pageSize"]).unwrap_or("limit"),
        }
    }
}

impl<T: DeserializeOwned + Send + 'static> EntityList<T> {
    pub(super) fn new(noun: &'static str, operation: &Operation, call: Call) -> Self {
        Self {
            noun,
            names: Names::of(operation),
            call,
            draft: Draft::default(),
            record: PhantomData,
        }
    }

    /// Only records that the filter leaves.
    pub fn filter(mut self, filter: impl Into<Filter>) -> Self {
        let filter = filter.into();
        let Some((conditions, expression)) = self.draft.written(&mut self.call, filter.parts())
        else {
            return self;
        };
        let list = self.change(|call| call.query_each("filter", conditions));
        match expression {
            Some(expression) => list.with_query("filterExpression", expression),
            None => list,
        }
    }

    /// Sorts by a field.
    pub fn sort(self, field: &str, direction: SortDirection) -> Self {
        let word = direction.short_word();
        self.with_query("sort", format_args!("{word}({field})"))
    }

    /// Records a page. Default 50, at most 500 (published for some lists).
    pub fn page_size(self, records: u32) -> Self {
        let name = self.names.size;
        self.with_query(name, records)
    }

    /// Only these fields. Default: all.
    pub fn select<S: AsRef<str>>(self, fields: impl IntoIterator<Item = S>) -> Self {
        let fields: Vec<S> = fields.into_iter().collect();
        let names: Vec<&str> = fields.iter().map(AsRef::as_ref).collect();
        self.with_query("field", names.join(","))
    }

    /// Asks for records that belong to them: names of lookups, whose records stand in their place then.
    pub fn includes<S: fmt::Display>(self, names: impl IntoIterator<Item = S>) -> Self {
        self.change(|call| call.query_each("includes", names))
    }

    /// Goes on where a list like this one was left. It counts for [`pages`](Self::pages) and [`stream`](Self::stream).
    pub fn starting_at(mut self, position: Position) -> Self {
        self.draft.start_at(position);
        self
    }

    /// One page. Numbers count from 1. [`Page::record_count`] is that of all pages, where the header `content-range` tells it, as is
    /// published for some lists.
    ///
    /// # Errors
    ///
    /// [`Error::Call`], or [`Error::Request`] for a filter that cannot be written.
    pub async fn page(&self, number: u32) -> Result<Page<T>, Error> {
        self.draft.check()?;
        let call = self.call.clone().query(self.names.number, number);
        let answer = Request::new::<BarePage<T>>(call).send().await?;
        let total = answer.headers().get("content-range").and_then(total);
        let mut page = answer.into_inner();
        page.record_count = page.record_count.or(total);
        Ok(page)
    }

    /// All pages, from the first, or from [`starting_at`](Self::starting_at).
    pub fn pages(self) -> Pages<T> {
        let (call, name) = (self.call, self.names.number);
        let walk = Walk::new(self.noun, Place::Number(1), move |at| {
            Request::new::<BarePage<T>>(match at {
                Place::Number(number) => call.clone().query(name, number),
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

/// What stands behind the last slash, as in `items 0-49/120`.
fn total(range: &HeaderValue) -> Option<i64> {
    let (_, total) = range.to_str().ok()?.rsplit_once('/')?;
    total.trim().parse().ok()
}

impl<T> CallOptions for EntityList<T> {
    fn call_mut(&mut self) -> &mut Call {
        &mut self.call
    }
}

impl<T> Clone for EntityList<T> {
    fn clone(&self) -> Self {
        Self {
            call: self.call.clone(),
            draft: self.draft.clone(),
            noun: self.noun,
            names: self.names,
            record: PhantomData,
        }
    }
}

impl<T> fmt::Debug for EntityList<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EntityList")
            .field("noun", &self.noun)
            .finish_non_exhaustive()
    }
}
