//! Calls about records of the revenue services.

use std::{fmt, future::IntoFuture, marker::PhantomData};

use conga_api::{Call, CallOptions};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use super::{
    CreateVerb, DeleteManyVerb, DeleteVerb, Entities, EntityList, GetVerb, ListVerb,
    UpdateManyVerb, UpdateVerb,
    answer::{AsItIs, Bare, BareRows, Whatever},
};
use crate::{Error, Request, request::Future};

impl<N: ListVerb, T: DeserializeOwned + Send + 'static> Entities<N, T> {
    /// Lists records: all, or those that a filter leaves.
    pub fn list(&self) -> EntityList<T> {
        EntityList::new(N::PLURAL, N::OPERATION, self.call(N::OPERATION))
    }
}

impl<N: CreateVerb, T: DeserializeOwned + Send + 'static> Entities<N, T> {
    /// Creates a record, and gives it as it is then. It is the operation for several, with one.
    pub fn create(&self, record: &(impl Serialize + ?Sized)) -> Request<T> {
        Request::new::<Bare<T>>(self.call(N::OPERATION).json(&[record]))
    }

    /// Creates several records by one request, and gives them as they are then. The reference names a limit for few nouns: 100 price
    /// lists, 1,000 price list items.
    pub fn create_many(&self, records: &[impl Serialize]) -> Request<Vec<T>> {
        Request::new::<BareRows<T>>(self.call(N::OPERATION).json(records))
    }
}

impl<N: GetVerb, T: DeserializeOwned + Send + 'static> Entities<N, T> {
    /// The record with this id. Where there is none, the error [is "not found"](crate::Error::is_not_found).
    pub fn get(&self, id: impl fmt::Display) -> GetEntity<T> {
        GetEntity {
            call: self.call_on(N::OPERATION, id),
            record: PhantomData,
        }
    }
}

impl<N: UpdateVerb, T> Entities<N, T> {
    /// Sets the fields that `changes` names ([`Field`](crate::Field) tells one that stays from one that is cleared).
    pub fn update(
        &self,
        id: impl fmt::Display,
        changes: &(impl Serialize + ?Sized),
    ) -> Request<()> {
        Request::new::<Whatever>(self.call_on(N::OPERATION, id).json(changes))
    }
}

impl<N: UpdateManyVerb, T> Entities<N, T> {
    /// Changes several records by one request. Each row has the `Id` of its record, and the fields that are set.
    pub fn update_many(&self, rows: &[impl Serialize]) -> Request<()> {
        Request::new::<Whatever>(self.call(N::OPERATION).json(rows))
    }
}

impl<N: DeleteVerb, T> Entities<N, T> {
    /// Deletes a record.
    pub fn delete(&self, id: impl fmt::Display) -> Request<()> {
        Request::new::<Whatever>(self.call_on(N::OPERATION, id))
    }
}

impl<N: DeleteManyVerb, T> Entities<N, T> {
    /// Deletes several records by one request, and gives what the server says of it, which is published to hold a status for each.
    pub fn delete_many(&self, ids: &[impl AsRef<str>]) -> Request<Value> {
        let rows: Vec<Value> = ids.iter().map(|id| json!({"Id": id.as_ref()})).collect();
        Request::new::<AsItIs>(self.call(N::OPERATION).json(&rows))
    }
}

/// Reading one record.
#[must_use = "nothing is sent before it is awaited"]
pub struct GetEntity<T> {
    call: Call,
    record: PhantomData<fn() -> T>,
}

impl<T> GetEntity<T> {
    /// Asks for records that belong to it: names of lookups, whose records stand in their place then, or `line-items` of quotes.
    pub fn includes<S: fmt::Display>(self, names: impl IntoIterator<Item = S>) -> Self {
        self.change(|call| call.query_each("includes", names))
    }
}

impl<T> CallOptions for GetEntity<T> {
    fn call_mut(&mut self) -> &mut Call {
        &mut self.call
    }
}

impl<T: DeserializeOwned + Send + 'static> IntoFuture for GetEntity<T> {
    type Output = Result<T, Error>;
    type IntoFuture = Future<Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Request::new::<Bare<T>>(self.call).into_future()
    }
}

impl<T> fmt::Debug for GetEntity<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GetEntity")
            .field("call", &self.call)
            .finish_non_exhaustive()
    }
}
