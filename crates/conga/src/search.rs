//! Searching: by criteria, by words, by what somebody is typing, in one object or in all.

use std::{collections::BTreeMap, fmt, future::IntoFuture};

use conga_api::{Call, CallOptions, Transport, operations::search as operations};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    Criteria, Error, Record, Request,
    answer::{OneRecord, null_is_empty},
    records::Query,
    request::Future,
};

/// The Search service: records of any object, as its index knows them. What was written a moment ago may not be in it yet.
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
#[derive(Clone)]
pub struct Search {
    transport: Transport,
}

impl Search {
    pub(crate) fn new(transport: Transport) -> Self {
        Self { transport }
    }

    /// Records of an object that meet a criteria (`Advanced`).
    pub fn advanced(&self, object: &str, criteria: impl Into<Criteria>) -> Query<Record> {
        self.query(object, "Advanced").criteria(criteria)
    }

    /// Records of an object that hold these words (`Fulltext`).
    pub fn full_text(&self, object: &str, words: &str) -> Query<Record> {
        self.query(object, "Fulltext").set("Criteria", words)
    }

    /// Records of an object that somebody may mean who has typed this much (`Typeahead`).
    pub fn type_ahead(&self, object: &str, typed: &str) -> Query<Record> {
        self.query(object, "Typeahead").set("Criteria", typed)
    }

    /// [`type_ahead`](Self::type_ahead) among the records that meet a criteria.
    pub fn type_ahead_among(
        &self,
        object: &str,
        typed: &str,
        criteria: impl Into<Criteria>,
    ) -> Query<Record> {
        self.type_ahead(object, typed)
            .set_criteria("AdditionalTypeAheadFilterCriteria", &criteria.into())
    }

    /// Records of all objects that global search goes through, or of those that are named.
    pub fn global(&self, term: &str) -> GlobalSearch {
        GlobalSearch {
            call: Call::new(&self.transport, &operations::SEARCH_OBJECTS),
            body: GlobalBody {
                search_term: term.to_owned(),
                ..GlobalBody::default()
            },
        }
    }

    /// The fields of an object that are searched.
    pub fn indexed_fields(&self, object: &str) -> Request<Vec<Value>> {
        let call = Call::new(&self.transport, &operations::LIST_OBJECT_INDEXED_FIELDS);
        Request::new::<OneRecord<Vec<Value>>>(call.path("objectName", object))
    }

    fn query(&self, object: &str, kind: &str) -> Query<Record> {
        let call = Call::new(&self.transport, &operations::QUERY_OBJECTS);
        Query::new(object, call.path("objectName", object)).set("SearchType", kind)
    }
}

impl fmt::Debug for Search {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Search").finish_non_exhaustive()
    }
}

/// A search through several objects. Awaiting it gives what was found, by object.
#[derive(Clone, Debug)]
#[must_use = "nothing is sent before it is awaited"]
pub struct GlobalSearch {
    call: Call,
    body: GlobalBody,
}

/// The published schema `GlobalSearchRequest`. What is not set is not sent.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
struct GlobalBody {
    search_term: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    phrase_search: Option<bool>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    object_list: Vec<SearchedObject>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    exclude_object_list: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    skip: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<u32>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct SearchedObject {
    object_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    filter_criteria: Option<String>,
}

/// What a global search found of one object.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[non_exhaustive]
pub struct Found {
    /// How many there are.
    pub record_count: i64,
    /// Those of this page.
    #[serde(deserialize_with = "null_is_empty")]
    pub results: Vec<Record>,
}

impl GlobalSearch {
    /// Finds the whole term as a phrase only.
    pub fn phrase(mut self) -> Self {
        self.body.phrase_search = Some(true);
        self
    }

    /// Searches this object; called again, another one too. Default: all that global search goes through.
    pub fn object(mut self, name: impl Into<String>) -> Self {
        self.body.object_list.push(SearchedObject {
            object_name: name.into(),
            filter_criteria: None,
        });
        self
    }

    /// Leaves objects out, even where they are named (published).
    pub fn exclude<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        let names = names.into_iter().map(Into::into);
        self.body.exclude_object_list.extend(names);
        self
    }

    /// Leaves out so many records of each object at the start.
    pub fn skip(mut self, records: u32) -> Self {
        self.body.skip = Some(records);
        self
    }

    /// Records a page, of each object.
    pub fn page_size(mut self, records: u32) -> Self {
        self.body.limit = Some(records);
        self
    }
}

impl CallOptions for GlobalSearch {
    fn call_mut(&mut self) -> &mut Call {
        &mut self.call
    }
}

impl IntoFuture for GlobalSearch {
    type Output = Result<BTreeMap<String, Found>, Error>;
    type IntoFuture = Future<Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let call = self.call.json(&self.body);
        Request::new::<OneRecord<BTreeMap<String, Found>>>(call).into_future()
    }
}
