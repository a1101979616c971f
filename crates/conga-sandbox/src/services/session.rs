//! A transaction on behalf of a caller.

use chrono::{DateTime, Utc};
use rusqlite::Transaction;
use serde_json::Value;

use crate::records::objects::Object;
use crate::records::value::date_text;
use crate::records::writer::{self, Writer};
use crate::request::Caller;

/// A transaction on behalf of a caller, at one instant.
#[derive(Debug)]
pub(crate) struct Session<'a> {
    pub(crate) tx: &'a Transaction<'a>,
    /// The caller as a lookup: an object with `Id` and `Name`.
    pub(crate) author: Value,
    pub(crate) now: DateTime<Utc>,
}

impl<'a> Session<'a> {
    pub(super) fn new(tx: &'a Transaction<'a>, caller: &Caller, now: DateTime<Utc>) -> Self {
        Self {
            tx,
            author: author(caller),
            now,
        }
    }

    /// A transaction on behalf of the platform itself.
    pub(super) fn system(tx: &'a Transaction<'a>, now: DateTime<Utc>) -> Self {
        Self {
            tx,
            author: writer::author("00000000-0000-4000-8000-000000000000", "System"),
            now,
        }
    }

    /// Writes records of an object, without locking.
    pub(crate) fn records(&self, object: &'a Object) -> Writer<'a> {
        Writer {
            tx: self.tx,
            object,
            author: self.author.clone(),
            date: self.date(),
            locking: false,
        }
    }

    /// The instant as records write it: UTC, milliseconds.
    pub(crate) fn date(&self) -> String {
        date_text(self.now)
    }
}

/// The caller as a lookup. A platform caller is shown under its client's name, for want of a
/// user's.
pub(super) fn author(caller: &Caller) -> Value {
    let (id, name) = match caller {
        Caller::Platform { client_id, user_id } => (user_id.as_str(), client_id.as_str()),
        Caller::Storefront {
            storefront,
            user_id,
            ..
        } => (user_id.as_str(), storefront.as_str()),
        Caller::ApiKey => ("api-key", "API key"),
        Caller::Anonymous => ("anonymous", "Anonymous"),
    };
    writer::author(id, name)
}
