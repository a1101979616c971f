//! Searching: by criteria, by words, by what somebody is typing, in one object, in all, or along references.
//!
//! | room | what lives there |
//! |---|---|
//! | `global` | through all objects |
//! | `settings` | what is searched |
//! | `related` | by records of other objects, and by what their documents say |

mod global;
mod related;
mod settings;

use std::{fmt, marker::PhantomData};

use conga_api::{Call, Transport, operations::search as operations};
pub use global::{Found, GlobalSearch};
pub use related::RelatedSearch;
use serde::de::DeserializeOwned;
pub use settings::SearchSettings;

use crate::{Criteria, Record, Request, answer::OneRecord, records::Query};

/// The Search service: records of any object, as its index knows them. What was written a moment ago may not be in it yet.
///
/// As with [`Records`](crate::Records), records are maps unless [`typed`](Self::typed) says otherwise; those of a
/// [`global`](Self::global) search always are.
///
/// ```no_run
/// # async fn run(client: conga::Client) -> Result<(), conga::Error> {
/// let search = client.search();
/// let page = search.full_text("Account", "juniper").page_size(10).page().await?;
/// let hits = search.global("juniper").exclude(["User"]).await?;
/// for (object, found) in &hits {
///     println!("{object}: {}", found.record_count);
/// }
/// # Ok(())
/// # }
/// ```
pub struct Search<T = Record> {
    transport: Transport,
    record: PhantomData<fn() -> T>,
}

impl<T> Search<T> {
    pub(crate) fn new(transport: Transport) -> Self {
        Self {
            transport,
            record: PhantomData,
        }
    }

    /// The same search, whose records are read as another type.
    pub fn typed<U>(&self) -> Search<U> {
        Search::new(self.transport.clone())
    }
}

impl<T: DeserializeOwned + Send + 'static> Search<T> {
    /// Records of an object that meet a criteria (`Advanced`).
    pub fn advanced(&self, object: &str, criteria: impl Into<Criteria>) -> Query<T> {
        self.query(object, "Advanced").criteria(criteria)
    }

    /// Records of an object that hold these words (`Fulltext`). It takes no [criteria](Query::criteria) beside them.
    pub fn full_text(&self, object: &str, words: &str) -> Query<T> {
        self.query(object, "Fulltext").by_words(words, None)
    }

    /// Records of an object that somebody may mean who has typed this much (`Typeahead`), of all or of those that meet a
    /// [criteria](Query::criteria).
    pub fn type_ahead(&self, object: &str, typed: &str) -> Query<T> {
        let criteria = "AdditionalTypeAheadFilterCriteria";
        self.query(object, "Typeahead")
            .by_words(typed, Some(criteria))
    }

    /// [`type_ahead`](Self::type_ahead) among the records that meet a criteria.
    pub fn type_ahead_among(
        &self,
        object: &str,
        typed: &str,
        criteria: impl Into<Criteria>,
    ) -> Query<T> {
        self.type_ahead(object, typed).criteria(criteria)
    }

    /// Records of all objects that global search goes through, or of those that are named.
    pub fn global(&self, term: &str) -> GlobalSearch {
        let call = Call::new(&self.transport, &operations::SEARCH_OBJECTS);
        GlobalSearch::new(call, term)
    }

    /// Records of an object by what records of other objects are like, and by what their documents say.
    pub fn related(&self, object: &str) -> RelatedSearch<T> {
        let call = Call::new(&self.transport, &operations::QUERY_MULTIPLE_OBJECTS);
        RelatedSearch::new(call, object)
    }

    /// What is searched: the setting of each object.
    pub fn settings(&self) -> SearchSettings {
        SearchSettings::new(self.transport.clone())
    }

    /// The fields of an object that are searched.
    pub fn indexed_fields(&self, object: &str) -> Request<Vec<Record>> {
        let call = Call::new(&self.transport, &operations::LIST_OBJECT_INDEXED_FIELDS);
        Request::new::<OneRecord<Vec<Record>>>(call.path("objectName", object))
    }

    fn query(&self, object: &str, kind: &str) -> Query<T> {
        let call = Call::new(&self.transport, &operations::QUERY_OBJECTS);
        Query::new(object, call.path("objectName", object)).of_search(kind)
    }
}

impl<T> Clone for Search<T> {
    fn clone(&self) -> Self {
        self.typed()
    }
}

impl<T> fmt::Debug for Search<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Search").finish_non_exhaustive()
    }
}
