//! Asking for records by the query body.

use std::{fmt, marker::PhantomData};

use conga_api::{Call, CallOptions};
use serde::{Serialize, de::DeserializeOwned};

use super::SortDirection;
use crate::{
    Criteria, Error, Page, Pages, RecordStream, Request,
    answer::OnePage,
    pages::{Position, Walk},
};

/// A query that is being put together.
///
/// Pages follow the cursor that the server gives (`NextCursor`, sent back as `after`: assumed, since the reference does not describe
/// it); where it gives none, they go on by skipping what was read.
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
    call: Call,
    body: Body,
    problem: Option<String>,
    record: PhantomData<fn() -> T>,
}

/// The published schema `Query`. What is not set is not sent.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Body {
    object_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    criteria: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    select: Vec<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    distinct: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    skip: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sort: Option<Sort>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    group_by: Vec<String>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Sort {
    field_name: String,
    order_by: &'static str,
}

impl<T: DeserializeOwned + Send + 'static> Query<T> {
    pub(super) fn new(object: &str, call: Call) -> Self {
        Self {
            call,
            body: Body {
                object_name: object.to_owned(),
                ..Body::default()
            },
            problem: None,
            record: PhantomData,
        }
    }

    /// Only records that meet this criteria.
    pub fn criteria(mut self, criteria: impl Into<Criteria>) -> Self {
        match criteria.into().text() {
            Ok(text) => self.body.criteria = Some(text.to_owned()),
            Err(problem) => self.problem = Some(problem),
        }
        self
    }

    /// Only these fields. Default: all. With `Id` among them, a server that goes in a circle is noticed sooner.
    pub fn select<S: Into<String>>(mut self, fields: impl IntoIterator<Item = S>) -> Self {
        self.body.select = fields.into_iter().map(Into::into).collect();
        self
    }

    /// Leaves out records that are equal in what is selected.
    pub fn distinct(mut self) -> Self {
        self.body.distinct = true;
        self
    }

    /// Records a page (`Limit`). Default: the server's.
    pub fn page_size(mut self, records: u32) -> Self {
        self.body.limit = Some(records);
        self
    }

    /// Leaves out so many records at the start.
    pub fn skip(mut self, records: u64) -> Self {
        self.body.skip = Some(records);
        self
    }

    /// Sorts by a field.
    pub fn sort(mut self, field: impl Into<String>, direction: SortDirection) -> Self {
        self.body.sort = Some(Sort {
            field_name: field.into(),
            order_by: direction.word(),
        });
        self
    }

    /// One record for every combination of values of these fields.
    pub fn group_by<S: Into<String>>(mut self, fields: impl IntoIterator<Item = S>) -> Self {
        self.body.group_by = fields.into_iter().map(Into::into).collect();
        self
    }

    /// Asks for the count of all records that match: [`Page::record_count`].
    pub fn with_total(self) -> Self {
        self.with_query("IncludeTotalCount", true)
    }

    /// The first page. The query can be asked again.
    ///
    /// # Errors
    ///
    /// [`Error::Call`], or [`Error::Request`] for a criteria that cannot be written.
    pub async fn page(&self) -> Result<Page<T>, Error> {
        self.check()?;
        Request::new::<OnePage<T>>(self.call.clone().json(&self.body)).await
    }

    /// All pages, from the first.
    pub fn pages(self) -> Pages<T> {
        let walk = self.check().map(|()| {
            let Self { call, body, .. } = self;
            let object = body.object_name.clone();
            Walk::new(
                &object,
                Position::Offset(body.skip.unwrap_or(0)),
                move |at| match at {
                    Position::Offset(0) | Position::Number(_) => call.clone().json(&body),
                    Position::Offset(offset) => call.clone().json(&Body {
                        skip: Some(*offset),
                        ..body.clone()
                    }),
                    Position::Cursor(cursor) => call.clone().query("after", cursor).json(&body),
                },
            )
        });
        Walk::pages(walk)
    }

    /// All records, page after page.
    pub fn stream(self) -> RecordStream<T> {
        self.pages().into()
    }

    fn check(&self) -> Result<(), Error> {
        self.problem
            .clone()
            .map_or(Ok(()), |problem| Err(Error::Request(problem)))
    }
}

impl<T> CallOptions for Query<T> {
    fn call_mut(&mut self) -> &mut Call {
        &mut self.call
    }
}

impl<T> fmt::Debug for Query<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Query")
            .field("object", &self.body.object_name)
            .finish_non_exhaustive()
    }
}
