//! One record of the storefront.

use std::{fmt, future::IntoFuture, marker::PhantomData};

use conga_api::{Call, CallOptions};
use serde::de::DeserializeOwned;

use super::{CacheStrategy, answer::One};
use crate::{Error, Request, request::Future};

/// A record that is being asked for. Awaiting it gives the record.
#[must_use = "nothing is sent before it is awaited"]
pub struct GetShopRecord<T> {
    call: Call,
    record: PhantomData<fn() -> T>,
}

impl<T> GetShopRecord<T> {
    pub(super) fn new(call: Call) -> Self {
        Self {
            call,
            record: PhantomData,
        }
    }

    /// Brings parents along, by the names of their fields, as in `PriceListId`.
    pub fn lookups<S: AsRef<str>>(self, fields: impl IntoIterator<Item = S>) -> Self {
        self.with_query("lookups", joined(fields))
    }

    /// Brings children along, by the names of their relations, as in `OptionGroups`.
    pub fn children<S: AsRef<str>>(self, relations: impl IntoIterator<Item = S>) -> Self {
        self.with_query("children", joined(relations))
    }

    /// Whether the answer may come from the server's cache. Default: it may not (published).
    pub fn cache_strategy(self, strategy: CacheStrategy) -> Self {
        let word = match strategy {
            CacheStrategy::Performance => "performance",
            CacheStrategy::Freshness => "freshness",
        };
        self.with_query("cacheStrategy", word)
    }
}

impl<T> CallOptions for GetShopRecord<T> {
    fn call_mut(&mut self) -> &mut Call {
        &mut self.call
    }
}

impl<T: DeserializeOwned + Send + 'static> IntoFuture for GetShopRecord<T> {
    type Output = Result<T, Error>;
    type IntoFuture = Future<Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Request::new::<One<T>>(self.call).into_future()
    }
}

impl<T> fmt::Debug for GetShopRecord<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GetShopRecord")
            .field("call", &self.call)
            .finish_non_exhaustive()
    }
}

fn joined<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> String {
    let names: Vec<S> = names.into_iter().collect();
    let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    names.join(",")
}
