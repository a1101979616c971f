//! Asking for contracts, and for the documents of one.

use std::{fmt, marker::PhantomData};

use conga_api::{ApiResponse, Call, CallOptions};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};

use crate::{
    Criteria, Error, Page, Pages, Position, RecordStream, Request, SortDirection,
    answer::OnePage,
    pages::{Draft, Place, Walk},
    request::Shape,
};

/// A query that is being put together: for all, unless it has a criteria.
///
/// Pages go on by skipping what was read: how to send back the cursor that an answer may hold is not published.
/// [`with_json`](CallOptions::with_json) takes a whole query instead.
///
/// ```no_run
/// # async fn run(client: conga::Client) -> Result<(), conga::Error> {
/// use conga::{Criteria, SortDirection};
///
/// let page = client
///     .contracts()
///     .query()
///     .criteria(Criteria::eq("Status", "Activated"))
///     .select(["Id", "Name", "ContractEndDate"])
///     .sort("ContractEndDate", SortDirection::Ascending)
///     .page_size(100)
///     .page()
///     .await?;
/// println!("{} of {:?}", page.records.len(), page.record_count);
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing is sent before a page is asked for"]
pub struct ContractQuery<T> {
    noun: &'static str,
    call: Call,
    /// The published schema `CustomQuery`. What is not set is not sent.
    body: Map<String, Value>,
    draft: Draft,
    record: PhantomData<fn() -> T>,
}

impl<T: DeserializeOwned + Send + 'static> ContractQuery<T> {
    pub(super) fn new(noun: &'static str, call: Call) -> Self {
        let body = Map::new();
        Self {
            noun,
            call: call.json(&body),
            body,
            draft: Draft::default(),
            record: PhantomData,
        }
    }

    /// Only what meets this criteria (`CriteriaExpression`), in place of one that was given before.
    pub fn criteria(mut self, criteria: impl Into<Criteria>) -> Self {
        let criteria = criteria.into();
        match self.draft.written(&mut self.call, criteria.text()) {
            Some(text) => self.set("CriteriaExpression", text),
            None => self,
        }
    }

    /// Only these fields. Default: all. Not published for documents.
    pub fn select<S: Into<String>>(self, fields: impl IntoIterator<Item = S>) -> Self {
        let fields: Vec<String> = fields.into_iter().map(Into::into).collect();
        self.set("Fields", fields)
    }

    /// Leaves out records that are equal in what is selected. Not published for documents.
    pub fn distinct(self) -> Self {
        self.set("Distinct", true)
    }

    /// One record for every combination of values of these fields. Not published for documents.
    pub fn group_by<S: Into<String>>(self, fields: impl IntoIterator<Item = S>) -> Self {
        let fields: Vec<String> = fields.into_iter().map(Into::into).collect();
        self.set("GroupBy", fields)
    }

    /// Asks for the count of all records that match: [`Page::record_count`]. Not published for documents.
    pub fn with_total(self) -> Self {
        self.set("IncludeTotalCount", true)
    }

    /// Sorts by a field.
    pub fn sort(self, field: impl Into<String>, direction: SortDirection) -> Self {
        self.set(
            "SortInfo",
            json!({"FieldName": field.into(), "Direction": direction.word()}),
        )
    }

    /// Records a page (`Limit`). Default: the server's.
    pub fn page_size(self, records: u32) -> Self {
        self.set("Limit", records)
    }

    /// Leaves out so many records at the start.
    pub fn skip(self, records: u64) -> Self {
        self.set("Skip", records)
    }

    /// Goes on where a query like this one was left. It counts for [`pages`](Self::pages) and [`stream`](Self::stream).
    pub fn starting_at(mut self, position: Position) -> Self {
        self.draft.start_at(position);
        self
    }

    /// The first page.
    ///
    /// # Errors
    ///
    /// [`Error::Call`], or [`Error::Request`] for a criteria that cannot be written.
    pub async fn page(&self) -> Result<Page<T>, Error> {
        self.draft.check()?;
        Request::new::<Nested<T>>(self.call.clone()).await
    }

    /// All pages, from the first, or from [`starting_at`](Self::starting_at).
    pub fn pages(self) -> Pages<T> {
        let Self { call, body, .. } = self;
        let start = body.get("Skip").and_then(Value::as_u64).unwrap_or(0);
        let walk = Walk::new(self.noun, Place::Offset(start), move |at| {
            Request::new::<Nested<T>>(call.clone().json(&at.skipping(&body)))
        });
        self.draft.pages(walk.without_cursors())
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

impl<T> CallOptions for ContractQuery<T> {
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

impl<T> Clone for ContractQuery<T> {
    fn clone(&self) -> Self {
        Self {
            call: self.call.clone(),
            body: self.body.clone(),
            draft: self.draft.clone(),
            noun: self.noun,
            record: PhantomData,
        }
    }
}

impl<T> fmt::Debug for ContractQuery<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContractQuery")
            .field("noun", &self.noun)
            .finish_non_exhaustive()
    }
}

/// An envelope round an answer of the query, which has the form of an envelope itself.
#[derive(Deserialize)]
#[serde(transparent, bound = "T: DeserializeOwned + Send + 'static")]
struct Nested<T>(ApiResponse<OnePage<T>>);

impl<T: DeserializeOwned + Send + 'static> Shape for Nested<T> {
    type Value = Page<T>;

    fn into_value(self) -> Page<T> {
        let Self(answer) = self;
        let page = answer.data.map(OnePage::into_value);
        let mut page = page.unwrap_or_else(|| Page::of(Default::default()));
        page.errors.extend(answer.errors);
        page.warnings.extend(answer.warnings);
        page
    }
}
