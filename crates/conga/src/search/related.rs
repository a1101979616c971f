//! Searching an object by records of other objects, and by what documents say.

use std::{fmt, marker::PhantomData};

use conga_api::{Call, CallOptions};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::{
    Criteria, Error, Page, Pages, Position, Record, RecordStream, Request, SortDirection,
    answer::OnePage,
    pages::{Draft, Place, Walk},
};

/// A search that is being put together: for records of one object, by what records of others are like, and by the words of the documents
/// that are attached to them.
///
/// Published are the names of all this, not how they go together: that a record is found where every condition holds, and which way a
/// reference leads, is assumed. Pages go on by skipping what was read. The body is not to be given whole
/// ([`with_json`](CallOptions::with_json) is an error); [`Client::raw`](crate::Client::raw) sends any.
///
/// ```no_run
/// # async fn run(client: conga::Client) -> Result<(), conga::Error> {
/// use conga::Criteria;
///
/// let mut buyers = client
///     .search()
///     .related("Contact")
///     .criteria(Criteria::eq("Title", "Buyer"))
///     .referring_to("Account", "Account", Criteria::eq("Industry", "Retail"))
///     .stream();
/// while let Some(buyer) = buyers.try_next().await? {
///     println!("{:?}", buyer["Name"]);
/// }
/// let page = client.search().related("Agreement").in_documents("force majeure").page().await?;
/// for contract in &page.records {
///     println!("{:?}: {} documents", contract["Name"], contract["DocumentCount"]);
/// }
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing is sent before a page is asked for"]
pub struct RelatedSearch<T> {
    object: String,
    call: Call,
    /// The published schema `Query`, of the object whose records are wanted.
    primary: Record,
    others: Others,
    draft: Draft,
    record: PhantomData<fn() -> T>,
}

/// The published schema `MultipleObjectDocumentSearchRequest`, without the query of the primary object.
#[derive(Clone, Default)]
struct Others {
    queries: Vec<Value>,
    inverse: Option<bool>,
    words: Option<String>,
}

impl<T: DeserializeOwned + Send + 'static> RelatedSearch<T> {
    pub(super) fn new(call: Call, object: &str) -> Self {
        let search = Self {
            object: object.to_owned(),
            call,
            primary: Record::new(),
            others: Others::default(),
            draft: Draft::default(),
            record: PhantomData,
        };
        search.set("ObjectName", object)
    }

    /// Only records that meet this criteria, in place of one that was given before.
    pub fn criteria(mut self, criteria: impl Into<Criteria>) -> Self {
        let criteria = criteria.into();
        match self.draft.written(&mut self.call, criteria.text()) {
            Some(text) => self.set("Criteria", text),
            None => self,
        }
    }

    /// Only records whose `field` refers to a record of another object that meets a criteria.
    pub fn referring_to(self, field: &str, object: &str, criteria: impl Into<Criteria>) -> Self {
        self.related_by(false, field, object, &criteria.into())
    }

    /// Only records that a record of another object, which meets a criteria, refers to by its `field`.
    pub fn referred_to_by(self, object: &str, field: &str, criteria: impl Into<Criteria>) -> Self {
        self.related_by(true, field, object, &criteria.into())
    }

    /// Only records with documents that hold these words. Records tell then how many do (`DocumentCount`), and how often
    /// (`NoOfOccurrances`; published with that spelling).
    pub fn in_documents(mut self, words: impl Into<String>) -> Self {
        self.others.words = Some(words.into());
        self.put_together()
    }

    /// Only these fields. Default: all.
    pub fn select<S: Into<String>>(self, fields: impl IntoIterator<Item = S>) -> Self {
        let fields: Vec<String> = fields.into_iter().map(Into::into).collect();
        self.set("Select", fields)
    }

    /// Sorts by a field.
    pub fn sort(self, field: impl Into<String>, direction: SortDirection) -> Self {
        self.set(
            "Sort",
            json!({"FieldName": field.into(), "OrderBy": direction.word()}),
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

    /// Asks for the count of all records that match: [`Page::record_count`].
    pub fn with_total(self) -> Self {
        self.with_query("IncludeTotalCount", true)
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
    /// [`Error::Call`], or [`Error::Request`] for a criteria that cannot be written, and for references both ways.
    pub async fn page(&self) -> Result<Page<T>, Error> {
        self.draft.check()?;
        Request::new::<OnePage<T>>(self.call.clone()).await
    }

    /// All pages, from the first, or from [`starting_at`](Self::starting_at).
    pub fn pages(self) -> Pages<T> {
        let Self {
            call,
            primary,
            others,
            ..
        } = self;
        let start = primary.get("Skip").and_then(Value::as_u64).unwrap_or(0);
        let walk = Walk::new(&self.object, Place::Offset(start), move |at| {
            let body = others.beside(&at.skipping(&primary));
            Request::new::<OnePage<T>>(call.clone().json(&body))
        });
        self.draft.pages(walk.without_cursors())
    }

    /// All records, page after page.
    pub fn stream(self) -> RecordStream<T> {
        self.pages().into()
    }

    fn related_by(mut self, inverse: bool, field: &str, object: &str, criteria: &Criteria) -> Self {
        let way = if *self.others.inverse.get_or_insert(inverse) == inverse {
            criteria.text()
        } else {
            Err(
                "a search goes along references one way: either to records, or from them"
                    .to_owned(),
            )
        };
        if let Some(text) = self.draft.written(&mut self.call, way) {
            self.others.queries.push(json!({
                "Query": {"ObjectName": object, "Criteria": text},
                "ReferenceAliasName": field,
            }));
        }
        self.put_together()
    }

    fn set(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.primary.insert(key.to_owned(), value.into());
        self.put_together()
    }

    fn put_together(mut self) -> Self {
        self.call = self.call.json(&self.others.beside(&self.primary));
        self
    }
}

impl Others {
    /// The whole request.
    fn beside(&self, primary: &Record) -> Record {
        let mut queries = vec![json!({"Query": primary, "IsPrimaryObject": true})];
        queries.extend(self.queries.iter().cloned());
        let mut body = Record::new();
        body.insert("MultipleObjectSearchQueries".to_owned(), queries.into());
        if let Some(inverse) = self.inverse {
            body.insert("IsInverseRelation".to_owned(), inverse.into());
        }
        if let Some(words) = &self.words {
            body.insert("DocumentSearchText".to_owned(), words.as_str().into());
        }
        body
    }
}

impl<T> CallOptions for RelatedSearch<T> {
    fn call_mut(&mut self) -> &mut Call {
        &mut self.call
    }

    fn with_json(mut self, _: &(impl Serialize + ?Sized)) -> Self {
        let problem =
            "a search by other objects cannot be given whole; send its body by `Client::raw`";
        self.draft
            .written(&mut self.call, Err::<(), _>(problem.to_owned()));
        self
    }
}

impl<T> Clone for RelatedSearch<T> {
    fn clone(&self) -> Self {
        Self {
            object: self.object.clone(),
            call: self.call.clone(),
            primary: self.primary.clone(),
            others: self.others.clone(),
            draft: self.draft.clone(),
            record: PhantomData,
        }
    }
}

/// Leaves out what is searched for: that is the caller's data.
impl<T> fmt::Debug for RelatedSearch<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RelatedSearch")
            .field("object", &self.object)
            .finish_non_exhaustive()
    }
}
