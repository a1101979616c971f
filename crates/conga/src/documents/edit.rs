//! Changing metadata.

use std::future::IntoFuture;

use conga_api::{Call, CallOptions, Timestamp};
use serde_json::{Value, json};

use crate::{Error, Record, Request, answer::Done, request::Future};

/// A change to the metadata of a document. What is not set is taken to stay as it is (assumed).
#[derive(Clone, Debug)]
#[must_use = "nothing is sent before it is awaited"]
pub struct EditDocument {
    call: Call,
    changes: Record,
}

/// A check-out that is being put together.
#[derive(Clone, Debug)]
#[must_use = "nothing is sent before it is awaited"]
pub struct CheckOut {
    edit: EditDocument,
}

impl EditDocument {
    pub(super) fn new(call: Call) -> Self {
        Self {
            call: call.json(&Record::new()),
            changes: Record::new(),
        }
    }

    /// What it is about.
    pub fn description(self, description: impl Into<String>) -> Self {
        self.set("Description", description.into())
    }

    /// Its tags, in place of those that it has.
    pub fn tags<S: Into<String>>(self, tags: impl IntoIterator<Item = S>) -> Self {
        let tags: Vec<String> = tags.into_iter().map(Into::into).collect();
        self.set("Tags", tags)
    }

    /// Whether a search finds it.
    pub fn searchable(self, searchable: bool) -> Self {
        self.set("IsSearchable", searchable)
    }

    /// Properties of the organisation's own, by their names.
    pub fn custom_properties(self, properties: Record) -> Self {
        self.set("CustomProperties", properties)
    }

    pub(super) fn checked_in(self) -> Request<()> {
        let edit = self.set("CheckoutBy", "").set("CheckoutDate", Value::Null);
        Request::new::<Done>(edit.call)
    }

    fn set(mut self, field: &str, value: impl Into<Value>) -> Self {
        self.changes.insert(field.to_owned(), value.into());
        self.call = self.call.json(&self.changes);
        self
    }
}

impl CheckOut {
    pub(super) fn new(edit: EditDocument, holder: String) -> Self {
        Self {
            edit: edit.set("CheckoutBy", holder),
        }
    }

    /// Since when it counts. Default: the server's choice.
    pub fn since(self, date: impl Into<Timestamp>) -> Self {
        Self {
            edit: self.edit.set("CheckoutDate", json!(date.into())),
        }
    }
}

impl CallOptions for EditDocument {
    fn call_mut(&mut self) -> &mut Call {
        &mut self.call
    }
}

impl CallOptions for CheckOut {
    fn call_mut(&mut self) -> &mut Call {
        &mut self.edit.call
    }
}

impl IntoFuture for EditDocument {
    type Output = Result<(), Error>;
    type IntoFuture = Future<Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Request::new::<Done>(self.call).into_future()
    }
}

impl IntoFuture for CheckOut {
    type Output = Result<(), Error>;
    type IntoFuture = Future<Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        self.edit.into_future()
    }
}
