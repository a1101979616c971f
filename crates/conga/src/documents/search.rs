//! Finding versions by their metadata.

use conga_api::{Call, CallOptions};
use serde_json::{Value, json};

use super::DocumentVersion;
use crate::{
    Criteria, Error, Page, Pages, Record, RecordStream, Request, SortDirection,
    answer::OnePage,
    pages::{Place, Walk},
};

/// A search that is being put together: for all versions, unless it has a criteria.
///
/// ```no_run
/// # async fn run(client: conga::Client) -> Result<(), conga::Error> {
/// use conga::Criteria;
///
/// let mut drafts = client.documents().search().criteria(Criteria::eq("Description", "draft")).stream();
/// while let Some(version) = drafts.try_next().await? {
///     println!("{:?} {:?}", version.name, version.document_version);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is sent before a page is asked for"]
pub struct SearchDocuments {
    call: Call,
    query: Record,
    problem: Option<String>,
}

impl SearchDocuments {
    pub(super) fn new(call: Call) -> Self {
        Self {
            call,
            query: Record::new(),
            problem: None,
        }
    }

    /// Only versions whose metadata meet this criteria.
    pub fn criteria(mut self, criteria: impl Into<Criteria>) -> Self {
        match criteria.into().text() {
            Ok(text) => self.set("Criteria", text),
            Err(problem) => {
                self.problem = Some(problem);
                self
            }
        }
    }

    /// Versions a page (`Limit`). Default: the server's.
    pub fn page_size(self, versions: u32) -> Self {
        self.set("Limit", versions)
    }

    /// Leaves out so many versions at the start.
    pub fn skip(self, versions: u64) -> Self {
        self.set("Skip", versions)
    }

    /// Sorts by a field of the metadata.
    pub fn sort(self, field: impl Into<String>, direction: SortDirection) -> Self {
        let sort = json!({"FieldName": field.into(), "OrderBy": direction.word()});
        self.set("Sort", sort)
    }

    /// Asks for the count of all versions that match: [`Page::record_count`].
    pub fn with_total(self) -> Self {
        self.with_query("includeTotalCount", true)
    }

    /// The first page.
    ///
    /// # Errors
    ///
    /// [`Error::Call`], or [`Error::Request`] for a criteria that cannot be written.
    pub async fn page(&self) -> Result<Page<DocumentVersion>, Error> {
        self.check()?;
        Request::new::<OnePage<DocumentVersion>>(self.call.clone().json(&self.query)).await
    }

    /// All pages, from the first.
    pub fn pages(self) -> Pages<DocumentVersion> {
        let walk = self.check().map(|()| {
            let Self { call, query, .. } = self;
            let start = query.get("Skip").and_then(Value::as_u64).unwrap_or(0);
            Walk::new("documents", Place::Offset(start), move |at| {
                Request::new::<OnePage<DocumentVersion>>(call.clone().json(&at.skipping(&query)))
            })
        });
        Pages::new(walk)
    }

    /// All versions, page after page.
    pub fn stream(self) -> RecordStream<DocumentVersion> {
        self.pages().into()
    }

    fn set(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.query.insert(key.to_owned(), value.into());
        self
    }

    fn check(&self) -> Result<(), Error> {
        self.problem
            .clone()
            .map_or(Ok(()), |problem| Err(Error::Request(problem)))
    }
}

impl CallOptions for SearchDocuments {
    fn call_mut(&mut self) -> &mut Call {
        &mut self.call
    }
}
