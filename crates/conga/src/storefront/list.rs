//! All records that a query finds, page after page.

use std::{fmt, marker::PhantomData};

use conga_api::{Call, CallOptions};
use serde::{Serialize, de::DeserializeOwned};

use super::{Pagination, StorefrontQuery, answer::OnePage};
use crate::{
    Pages, Position, RecordStream, Request,
    pages::{Draft, Place, Walk},
};

/// The page that a list begins with, where the query does not say it.
const FIRST: Pagination = Pagination {
    page_number: 1,
    page_limit: 100,
};

/// A list of the records that a query finds. It begins with the query's page, or the first, in pages of 100 unless the query says
/// otherwise; nothing tells where it ends, so it ends with the first empty page. A server that gives one page for ever is noticed where its
/// records have an `Id`; take [`query`](super::Storefront::query) for aggregates, which have none.
/// [`with_json`](CallOptions::with_json) takes a whole query instead.
///
/// ```no_run
/// # async fn run(client: conga::Client) -> Result<(), conga::Error> {
/// use conga::{Record, SortDirection, StorefrontQuery};
///
/// let query = StorefrontQuery::new().search("microscope").sort("Name", SortDirection::Ascending);
/// let mut products = client.storefront()?.list::<Record>("Product2", query).stream();
/// while let Some(product) = products.try_next().await? {
///     println!("{:?}", product["Name"]);
/// }
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing is sent before a page is asked for"]
pub struct ShopList<T> {
    object: String,
    call: Call,
    query: StorefrontQuery,
    draft: Draft,
    record: PhantomData<fn() -> T>,
}

impl<T: DeserializeOwned + Send + 'static> ShopList<T> {
    pub(super) fn new(object: &str, call: Call, query: StorefrontQuery) -> Self {
        let list = Self {
            object: object.to_owned(),
            call,
            query: StorefrontQuery::new(),
            draft: Draft::default(),
            record: PhantomData,
        };
        list.asking(query)
    }

    /// Goes on where a list like this one was left.
    pub fn starting_at(mut self, position: Position) -> Self {
        self.draft.start_at(position);
        self
    }

    /// All pages, from that of the query, or from [`starting_at`](Self::starting_at).
    pub fn pages(self) -> Pages<T> {
        let Self { call, query, .. } = self;
        let first = query.page.unwrap_or(FIRST);
        let walk = Walk::new(&self.object, Place::Number(first.page_number), move |at| {
            let page = match at {
                Place::Number(page_number) => Pagination {
                    page_number: *page_number,
                    ..first
                },
                Place::Offset(_) | Place::Cursor(_) => first,
            };
            let query = StorefrontQuery {
                page: Some(page),
                ..query.clone()
            };
            Request::new::<OnePage<T>>(call.clone().json(&query))
        });
        self.draft.pages(walk)
    }

    /// All records, page after page.
    pub fn stream(self) -> RecordStream<T> {
        self.pages().into()
    }
}

impl<T> ShopList<T> {
    fn asking(mut self, mut query: StorefrontQuery) -> Self {
        query.page.get_or_insert(FIRST);
        self.call = self.call.json(&query);
        self.query = query;
        self
    }
}

impl<T> CallOptions for ShopList<T> {
    fn call_mut(&mut self) -> &mut Call {
        &mut self.call
    }

    fn with_json(mut self, body: &(impl Serialize + ?Sized)) -> Self {
        let query = serde_json::to_value(body)
            .and_then(serde_json::from_value)
            .map_err(|_| "the body is no query of a storefront".to_owned());
        match self.draft.written(&mut self.call, query) {
            Some(query) => self.asking(query),
            None => self,
        }
    }
}

impl<T> Clone for ShopList<T> {
    fn clone(&self) -> Self {
        Self {
            object: self.object.clone(),
            call: self.call.clone(),
            query: self.query.clone(),
            draft: self.draft.clone(),
            record: PhantomData,
        }
    }
}

impl<T> fmt::Debug for ShopList<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ShopList")
            .field("object", &self.object)
            .finish_non_exhaustive()
    }
}
