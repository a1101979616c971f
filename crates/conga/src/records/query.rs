//! Asking for records by the query body.

use std::{fmt, marker::PhantomData};

use conga_api::{Call, CallOptions};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};

use super::SortDirection;
use crate::{
    Criteria, Error, Page, Pages, Position, RecordStream, Request,
    answer::OnePage,
    pages::{Draft, Place, Walk},
};

/// A query that is being put together.
///
/// Pages follow the cursor that the server gives (`NextCursor`, sent back as `after` and without `Skip`: assumed, since the reference does
/// not describe it); where it gives none, and in the queries of [`Search`](crate::Search), which take none (published), they go on by
/// skipping what was read. [`with_json`](CallOptions::with_json) takes a whole query instead, for
/// keys that the reference does not name.
///
/// ```no_run
/// # async fn run(client: conga::Client) -> Result<(), conga::Error> {
/// use conga::Criteria;
///
/// let page = client
///     .records("Opportunity")
///     .query()
///     .criteria(Criteria::one_of("StageName", ["Won", "Lost"]))
///     .select(["Id", "Name"])
///     .with_total()
///     .page()
///     .await?;
/// println!("{} of {:?}", page.records.len(), page.record_count);
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing is sent before a page is asked for"]
pub struct Query<T> {
    object: String,
    call: Call,
    /// The published schema `Query`. What is not set is not sent.
    body: Map<String, Value>,
    /// What a criteria is called in the body; nothing, where the query takes none.
    criteria: Option<&'static str>,
    takes_cursors: bool,
    draft: Draft,
    record: PhantomData<fn() -> T>,
}

impl<T: DeserializeOwned + Send + 'static> Query<T> {
    pub(crate) fn new(object: &str, call: Call) -> Self {
        let query = Self {
            object: object.to_owned(),
            call,
            body: Map::new(),
            criteria: Some("Criteria"),
            takes_cursors: true,
            draft: Draft::default(),
            record: PhantomData,
        };
        query.set("ObjectName", object)
    }

    /// For the Search service, by its kind of search.
    pub(crate) fn of_search(mut self, kind: &str) -> Self {
        self.takes_cursors = false;
        self.set("SearchType", kind)
    }

    /// For a search by words, which stand in place of a criteria; `criteria` is what one is called beside them, if it is taken.
    pub(crate) fn by_words(mut self, words: &str, criteria: Option<&'static str>) -> Self {
        self.criteria = criteria;
        self.set("Criteria", words)
    }

    /// Only records that meet this criteria, in place of one that was given before. A [search by words](crate::Search::full_text) takes
    /// none: that is an error of the call.
    pub fn criteria(mut self, criteria: impl Into<Criteria>) -> Self {
        let criteria = criteria.into();
        let text = self
            .criteria
            .ok_or_else(|| "a search by words takes no criteria; `type_ahead` does".to_owned())
            .and_then(|key| Ok((key, criteria.text()?)));
        match self.draft.written(&mut self.call, text) {
            Some((key, text)) => self.set(key, text),
            None => self,
        }
    }

    /// Only these fields. Default: all. Without `Id` among them, a server that gives the same page for ever is noticed by its cursors only.
    pub fn select<S: Into<String>>(self, fields: impl IntoIterator<Item = S>) -> Self {
        self.set("Select", texts(fields))
    }

    /// Leaves out records that are equal in what is selected.
    pub fn distinct(self) -> Self {
        self.set("Distinct", true)
    }

    /// Records a page (`Limit`). Default: the server's.
    pub fn page_size(self, records: u32) -> Self {
        self.set("Limit", records)
    }

    /// Leaves out so many records at the start.
    pub fn skip(self, records: u64) -> Self {
        self.set("Skip", records)
    }

    /// Sorts by a field.
    pub fn sort(self, field: impl Into<String>, direction: SortDirection) -> Self {
        self.set(
            "Sort",
            json!({"FieldName": field.into(), "OrderBy": direction.word()}),
        )
    }

    /// One record for every combination of values of these fields.
    pub fn group_by<S: Into<String>>(self, fields: impl IntoIterator<Item = S>) -> Self {
        self.set("GroupBy", texts(fields))
    }

    /// Asks for the count of all records that match: [`Page::record_count`].
    pub fn with_total(self) -> Self {
        self.with_query("IncludeTotalCount", true)
    }

    /// Goes on where a query like this one was left. It counts for [`pages`](Self::pages) and [`stream`](Self::stream).
    pub fn starting_at(mut self, position: Position) -> Self {
        self.draft.start_at(position);
        self
    }

    /// The first page. The query can be asked again.
    ///
    /// # Errors
    ///
    /// [`Error::Call`], or [`Error::Request`] for a criteria that cannot be written.
    pub async fn page(&self) -> Result<Page<T>, Error> {
        self.draft.check()?;
        Request::new::<OnePage<T>>(self.call.clone()).await
    }

    /// All pages, from the first, or from [`starting_at`](Self::starting_at).
    pub fn pages(self) -> Pages<T> {
        let Self { call, body, .. } = self;
        let start = body.get("Skip").and_then(Value::as_u64).unwrap_or(0);
        let walk = Walk::new(&self.object, Place::Offset(start), move |at| {
            let call = call.clone().json(&at.skipping(&body));
            Request::new::<OnePage<T>>(match at {
                Place::Offset(_) | Place::Number(_) => call,
                Place::Cursor(cursor) => call.query("after", cursor),
            })
        });
        self.draft.pages(if self.takes_cursors {
            walk
        } else {
            walk.without_cursors()
        })
    }

    /// All records, page after page.
    pub fn stream(self) -> RecordStream<T> {
        self.pages().into()
    }

    fn set(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.body.insert(key.to_owned(), value.into());
        self.call = self.call.json(&self.body);
        self
    }
}

impl<T> CallOptions for Query<T> {
    fn call_mut(&mut self) -> &mut Call {
        &mut self.call
    }

    fn with_json(mut self, body: &(impl Serialize + ?Sized)) -> Self {
        if let Some(body) = self.draft.body(&mut self.call, body) {
            self.call = self.call.json(&body);
            self.body = body;
        }
        self
    }
}

fn texts<S: Into<String>>(fields: impl IntoIterator<Item = S>) -> Vec<String> {
    fields.into_iter().map(Into::into).collect()
}

impl<T> Clone for Query<T> {
    fn clone(&self) -> Self {
        Self {
            object: self.object.clone(),
            call: self.call.clone(),
            body: self.body.clone(),
            draft: self.draft.clone(),
            criteria: self.criteria,
            takes_cursors: self.takes_cursors,
            record: PhantomData,
        }
    }
}

impl<T> fmt::Debug for Query<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Query")
            .field("object", &self.object)
            .finish_non_exhaustive()
    }
}
