//! The shapes of the platform's answers: what stands in the envelope, and the value that is made of it. Where the reference leaves a
//! shape open, more than one is taken; anything else is an error that has the answer whole.

use std::{fmt, marker::PhantomData};

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use conga_api::ApiResponse;
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, Error as _, IgnoredAny, SeqAccess, Visitor},
};
use serde_json::Value;

use crate::{pages::Page, request::Shape};

/// An envelope round one record.
pub(crate) struct OneRecord<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for OneRecord<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        data(deserializer, "record").map(Self)
    }
}

impl<T: DeserializeOwned + Send + 'static> Shape for OneRecord<T> {
    type Value = T;

    fn into_value(self) -> T {
        self.0
    }
}

/// An envelope round the id of a new record, as a text (published) or in the record.
pub(crate) struct NewId(String);

#[derive(Deserialize)]
#[serde(untagged)]
enum IdOrRecord {
    Id(String),
    Record {
        #[serde(rename = "Id")]
        id: String,
    },
}

impl<'de> Deserialize<'de> for NewId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match data(deserializer, "id")? {
            IdOrRecord::Id(id) | IdOrRecord::Record { id } if !id.is_empty() => Ok(Self(id)),
            _ => Err(D::Error::custom("the id in `Data` is empty")),
        }
    }
}

impl Shape for NewId {
    type Value = String;

    fn into_value(self) -> String {
        self.0
    }
}

/// An envelope round anything, or nothing at all.
#[derive(Deserialize)]
#[serde(transparent)]
pub(crate) struct Done(
    #[expect(dead_code, reason = "read to tell an envelope from a page of HTML")]
    ApiResponse<IgnoredAny>,
);

impl Shape for Done {
    type Value = ();

    fn into_value(self) {}
}

/// As [`Done`], but `Data` is not `false`: for what is published as a truth value.
pub(crate) struct Deleted;

impl<'de> Deserialize<'de> for Deleted {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match ApiResponse::<Value>::deserialize(deserializer)?.data {
            Some(Value::Bool(false)) => {
                Err(D::Error::custom("`Data` is false: nothing was deleted"))
            }
            _ => Ok(Self),
        }
    }
}

impl Shape for Deleted {
    type Value = ();

    fn into_value(self) {}
}

/// An envelope round a truth value.
pub(crate) struct YesOrNo(bool);

impl<'de> Deserialize<'de> for YesOrNo {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        data(deserializer, "truth value").map(Self)
    }
}

impl Shape for YesOrNo {
    type Value = bool;

    fn into_value(self) -> bool {
        self.0
    }
}

/// An envelope round a list of records.
#[derive(Deserialize)]
#[serde(transparent, bound = "T: DeserializeOwned")]
pub(crate) struct OnePage<T>(ApiResponse<Rows<T>>);

impl<T: DeserializeOwned + Send + 'static> Shape for OnePage<T> {
    type Value = Page<T>;

    fn into_value(self) -> Page<T> {
        let Self(answer) = self;
        Page {
            record_count: answer.record_count,
            has_more: answer.has_more_records,
            next_cursor: answer.next_cursor.filter(|cursor| !cursor.is_empty()),
            errors: answer.errors,
            warnings: answer.warnings,
            ..Page::of(answer.data.unwrap_or_default())
        }
    }
}

impl<T> Page<T> {
    /// A page of which nothing is said.
    pub(crate) fn of(rows: Rows<T>) -> Self {
        Self {
            records: rows.records,
            record_count: None,
            has_more: None,
            next_cursor: None,
            errors: Vec::new(),
            warnings: Vec::new(),
            first_id: rows.first_id,
            start: None,
        }
    }
}

/// Records, and the id of the first of them, which tells pages apart.
pub(crate) struct Rows<T> {
    records: Vec<T>,
    first_id: Option<String>,
}

impl<T> Default for Rows<T> {
    fn default() -> Self {
        Self {
            records: Vec::new(),
            first_id: None,
        }
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Rows<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(RowsVisitor(PhantomData))
    }
}

struct RowsVisitor<T>(PhantomData<T>);

impl<'de, T: DeserializeOwned> Visitor<'de> for RowsVisitor<T> {
    type Value = Rows<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of records")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Rows<T>, A::Error> {
        let mut rows = Rows::default();
        if let Some(first) = seq.next_element::<Value>()? {
            rows.first_id = id(&first).map(str::to_owned);
            rows.records
                .push(T::deserialize(first).map_err(A::Error::custom)?);
        }
        while let Some(record) = seq.next_element()? {
            rows.records.push(record);
        }
        Ok(rows)
    }
}

/// What names a record: its `Id`, or the `ClientId` of an API connection, which has no other in lists.
fn id(record: &Value) -> Option<&str> {
    ["Id", "ClientId"]
        .iter()
        .find_map(|key| record.get(*key)?.as_str())
}

/// The `Data` of an envelope, which must be there.
pub(crate) fn data<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
    what: &str,
) -> Result<T, D::Error> {
    /// [`ApiResponse`], of which nothing else is kept.
    #[derive(Deserialize)]
    struct Envelope<T> {
        #[serde(rename = "Data")]
        data: Option<T>,
    }

    Envelope::deserialize(deserializer)?
        .data
        .ok_or_else(|| D::Error::custom(format_args!("`Data` holds no {what}")))
}

/// A record that may stand in a list of one.
pub(crate) fn alone(value: Value) -> Value {
    match value {
        Value::Array(mut rows) if rows.len() == 1 => rows.remove(0),
        other => other,
    }
}

/// The bytes of a file that stands in an answer as text.
pub(crate) fn base64<E: serde::de::Error>(text: &str) -> Result<Bytes, E> {
    match BASE64_STANDARD.decode(text) {
        Ok(content) => Ok(content.into()),
        Err(problem) => Err(E::custom(format_args!(
            "the content of the file is no Base64: {problem}"
        ))),
    }
}

/// A list that may be `null`.
pub(crate) fn null_is_empty<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}
