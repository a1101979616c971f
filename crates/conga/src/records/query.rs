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
/// Pages follow the cursor that the server gives (`NextCursor`, sent back as `after`: assumed, since the reference does not describe
/// it); where it gives none, they go on by skipping what was read. [`with_json`](CallOptions::with_json) takes a whole query instead, for
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
    draft: Draft,
    record: PhantomData<fn() -> T>,
}

impl<T: DeserializeOwned + Send + 'static> Query<T> {
    pub(crate) fn new(object: &str, call: Call) -> Self {
        let query = Self {
            object: object.to_owned(),
            call,
            body: Map::new(),
            draft: Draft::default(),
            record: PhantomData,
        };
        query.set("ObjectName", object)
    }

    /// Only records that meet this criteria.
    pub fn criteria(self, criteria: impl Into<Criteria>) -> Self {
        self.set_criteria("Criteria", &criteria.into())
    }

    /// Only these fields. Default: all. With `Id` among them, a server that goes in a circle is noticed sooner.
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
        Request::new::<OnePage<T>>(self.call.clone().json(&self.body)).await
    }

    /// All pages, from the first, or from [`starting_at`](Self::starting_at).
    pub fn pages(self) -> Pages<T> {
        let Self { call, body, .. } = self;
        let start = body.get("Skip").and_then(Value::as_u64).unwrap_or(0);
        let walk = Walk::new(&self.object, Place::Offset(start), move |at| {
            Request::new::<OnePage<T>>(match at {
                Place::Offset(_) | Place::Number(_) => call.clone().json(&at.skipping(&body)),
                Place::Cursor(cursor) => call.clone().query("after", cursor).json(&body),
            })
        });
        self.draft.pages(walk)
    }

    /// All records, page after page.
    pub fn stream(self) -> RecordStream<T> {
        self.pages().into()
    }

    pub(crate) fn set_criteria(mut self, key: &str, criteria: &Criteria) -> Self {
        match self.draft.written(criteria.text()) {
            Some(text) => self.set(key, text),
            None => self,
        }
    }

    pub(crate) fn set(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.body.insert(key.to_owned(), value.into());
        self
    }
}

impl<T> CallOptions for Query<T> {
    fn call_mut(&mut self) -> &mut Call {
        &mut self.call
    }

    fn with_json(mut self, body: &(impl Serialize + ?Sized)) -> Self {
        if let Some(body) = self.draft.body(body) {
            self.body = body;
        }
        self
    }
}

fn texts<S: Into<String>>(fields: impl IntoIterator<Item = S>) -> Vec<String> {
    fields.into_iter().map(Into::into).collect()
}

impl<T> fmt::Debug for Query<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Query")
            .field("object", &self.object)
            .finish_non_exhaustive()
    }
}
