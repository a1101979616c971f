//! Finding versions by their metadata.

use std::fmt;

use conga_api::{Call, CallOptions};
use serde::Serialize;
use serde_json::{Value, json};

use super::DocumentVersion;
use crate::{
    Criteria, Error, Page, Pages, Position, Record, RecordStream, Request, SortDirection,
    answer::OnePage,
    pages::{Draft, Place, Walk},
};

/// A search that is being put together: for all versions, unless it has a criteria. [`with_json`](CallOptions::with_json) takes a whole
/// query instead.
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
#[derive(Clone)]
#[must_use = "nothing is sent before a page is asked for"]
pub struct SearchDocuments {
    call: Call,
    query: Record,
    draft: Draft,
}

impl SearchDocuments {
    pub(super) fn new(call: Call) -> Self {
        let query = Record::new();
        Self {
            call: call.json(&query),
            query,
            draft: Draft::default(),
        }
    }

    /// Only versions whose metadata meet this criteria, in place of one that was given before.
    pub fn criteria(mut self, criteria: impl Into<Criteria>) -> Self {
        let criteria = criteria.into();
        match self.draft.written(&mut self.call, criteria.text()) {
            Some(text) => self.set("Criteria", text),
            None => self,
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

    /// Goes on where a search like this one was left. It counts for [`pages`](Self::pages) and [`stream`](Self::stream).
    pub fn starting_at(mut self, position: Position) -> Self {
        self.draft.start_at(position);
        self
    }

    /// The first page.
    ///
    /// # Errors
    ///
    /// [`Error::Call`], or [`Error::Request`] for a criteria that cannot be written.
    pub async fn page(&self) -> Result<Page<DocumentVersion>, Error> {
        self.draft.check()?;
        Request::new::<OnePage<DocumentVersion>>(self.call.clone()).await
    }

    /// All pages, from the first, or from [`starting_at`](Self::starting_at).
    pub fn pages(self) -> Pages<DocumentVersion> {
        let Self { call, query, draft } = self;
        let start = query.get("Skip").and_then(Value::as_u64).unwrap_or(0);
        let walk = Walk::new("documents", Place::Offset(start), move |at| {
            Request::new::<OnePage<DocumentVersion>>(call.clone().json(&at.skipping(&query)))
        });
        draft.pages(walk.without_cursors())
    }

    /// All versions, page after page.
    pub fn stream(self) -> RecordStream<DocumentVersion> {
        self.pages().into()
    }

    fn set(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.query.insert(key.to_owned(), value.into());
        self.call = self.call.json(&self.query);
        self
    }
}

impl CallOptions for SearchDocuments {
    fn call_mut(&mut self) -> &mut Call {
        &mut self.call
    }

    fn with_json(mut self, body: &(impl Serialize + ?Sized)) -> Self {
        if let Some(query) = self.draft.body(&mut self.call, body) {
            self.call = self.call.json(&query);
            self.query = query;
        }
        self
    }
}

/// Leaves out what is searched for: that is the caller's data.
impl fmt::Debug for SearchDocuments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SearchDocuments")
            .field("call", &self.call)
            .finish_non_exhaustive()
    }
}
