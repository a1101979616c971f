//! Searching through all objects.

use std::{collections::BTreeMap, fmt, future::IntoFuture};

use conga_api::{Call, CallOptions};
use serde::{Deserialize, Serialize};

use crate::{
    Criteria, Error, Record, Request,
    answer::{OneRecord, null_is_empty},
    pages::Draft,
    request::Future,
};

/// A search through several objects. Awaiting it gives what was found, by object.
#[derive(Clone)]
#[must_use = "nothing is sent before it is awaited"]
pub struct GlobalSearch {
    call: Call,
    body: GlobalBody,
    draft: Draft,
}

/// The published schema `GlobalSearchRequest`. What is not set is not sent.
#[derive(Clone, Default, Serialize)]
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
    skip: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<u32>,
}

#[derive(Clone, Serialize)]
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
    pub(super) fn new(call: Call, term: &str) -> Self {
        let search = Self {
            call,
            body: GlobalBody::default(),
            draft: Draft::default(),
        };
        search.set(|body| body.search_term = term.to_owned())
    }

    /// Finds the whole term as a phrase only.
    pub fn phrase(self) -> Self {
        self.set(|body| body.phrase_search = Some(true))
    }

    /// Searches this object; called again, another one too. Default: all that global search goes through.
    pub fn object(self, name: impl Into<String>) -> Self {
        let object = SearchedObject {
            object_name: name.into(),
            filter_criteria: None,
        };
        self.set(|body| body.object_list.push(object))
    }

    /// Searches this object, as [`object`](Self::object) does, among its records that meet a criteria.
    pub fn object_where(mut self, name: impl Into<String>, criteria: impl Into<Criteria>) -> Self {
        let criteria = criteria.into();
        let text = self.draft.written(&mut self.call, criteria.text());
        let object = SearchedObject {
            object_name: name.into(),
            filter_criteria: text.map(str::to_owned),
        };
        self.set(|body| body.object_list.push(object))
    }

    /// Leaves objects out, even where they are named (published).
    pub fn exclude<S: Into<String>>(self, names: impl IntoIterator<Item = S>) -> Self {
        let names = names.into_iter().map(Into::into);
        self.set(|body| body.exclude_object_list.extend(names))
    }

    /// Leaves out so many records of each object at the start.
    pub fn skip(self, records: u64) -> Self {
        self.set(|body| body.skip = Some(records))
    }

    /// Records a page, of each object.
    pub fn page_size(self, records: u32) -> Self {
        self.set(|body| body.limit = Some(records))
    }

    fn set(mut self, change: impl FnOnce(&mut GlobalBody)) -> Self {
        change(&mut self.body);
        self.call = self.call.json(&self.body);
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
        Box::pin(async move {
            self.draft.check()?;
            Request::new::<OneRecord<BTreeMap<String, Found>>>(self.call).await
        })
    }
}

/// Leaves out what is searched for: that is the caller's data.
impl fmt::Debug for GlobalSearch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let objects = self.body.object_list.iter();
        let objects: Vec<&str> = objects.map(|object| &*object.object_name).collect();
        f.debug_struct("GlobalSearch")
            .field("objects", &objects)
            .finish_non_exhaustive()
    }
}
