//! The shapes of answers. Where the reference leaves one open, more than one is taken; anything else is an error that has the
//! answer whole.

use std::{fmt, marker::PhantomData};

use conga_api::ApiResponse;
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, Error as _, IgnoredAny, SeqAccess, Visitor},
};
use serde_json::Value;

use super::pages::Page;
use crate::request::Shape;

/// What a bulk call answers as `Data`: published as a list for creating, as a text for deleting, and not at all for the others.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum BulkData {
    /// A list of texts: the ids of the rows.
    Ids(Vec<String>),
    /// One text, which names what was done.
    Text(String),
    /// Anything else, as it came.
    Other(Value),
}

impl BulkData {
    /// The ids, where there is a list of ids or of records with an `Id` each.
    pub fn ids(&self) -> Option<Vec<&str>> {
        match self {
            Self::Ids(ids) => Some(ids.iter().map(String::as_str).collect()),
            Self::Text(_) => None,
            Self::Other(Value::Array(rows)) => {
                rows.iter().map(|row| row.get("Id")?.as_str()).collect()
            }
            Self::Other(_) => None,
        }
    }
}

impl<'de> Deserialize<'de> for BulkData {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Value::deserialize(deserializer)? {
            Value::String(text) => Self::Text(text),
            Value::Array(rows) if rows.iter().all(Value::is_string) => {
                let text = |row| {
                    if let Value::String(text) = row {
                        Some(text)
                    } else {
                        None
                    }
                };
                Self::Ids(rows.into_iter().filter_map(text).collect())
            }
            other => Self::Other(other),
        })
    }
}

/// An envelope round one record.
pub(super) struct OneRecord<T>(T);

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

/// An envelope round a list of one record, or round that record.
pub(super) struct OneRow<T>(T);

#[derive(Deserialize)]
#[serde(untagged)]
enum RowOrRows<T> {
    Rows([T; 1]),
    Row(T),
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for OneRow<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(match data(deserializer, "record")? {
            RowOrRows::Rows([row]) | RowOrRows::Row(row) => row,
        }))
    }
}

impl<T: DeserializeOwned + Send + 'static> Shape for OneRow<T> {
    type Value = T;

    fn into_value(self) -> T {
        self.0
    }
}

/// An envelope round the id of a new record, as a text (published) or in the record.
pub(super) struct NewId(String);

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
pub(super) struct Done(
    #[expect(dead_code, reason = "read to tell an envelope from a page of HTML")]
    ApiResponse<IgnoredAny>,
);

impl Shape for Done {
    type Value = ();

    fn into_value(self) {}
}

/// As [`Done`], but `Data` is not `false`: that is published as a truth value.
pub(super) struct Deleted;

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

/// The envelope itself.
#[derive(Deserialize)]
#[serde(transparent)]
pub(super) struct Whole<T>(ApiResponse<T>);

impl<T: DeserializeOwned + Send + 'static> Shape for Whole<T> {
    type Value = ApiResponse<T>;

    fn into_value(self) -> ApiResponse<T> {
        self.0
    }
}

/// An envelope round a list of records.
#[derive(Deserialize)]
#[serde(transparent, bound = "T: DeserializeOwned")]
pub(super) struct OnePage<T>(ApiResponse<Rows<T>>);

impl<T: DeserializeOwned + Send + 'static> Shape for OnePage<T> {
    type Value = Page<T>;

    fn into_value(self) -> Page<T> {
        let Self(answer) = self;
        let Rows { records, first_id } = answer.data.unwrap_or_default();
        Page {
            records,
            record_count: answer.record_count,
            has_more: answer.has_more_records,
            next_cursor: answer.next_cursor.filter(|cursor| !cursor.is_empty()),
            errors: answer.errors,
            warnings: answer.warnings,
            first_id,
        }
    }
}

/// Records, and the id of the first of them, which tells pages apart.
struct Rows<T> {
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
            rows.first_id = first.get("Id").and_then(Value::as_str).map(str::to_owned);
            rows.records
                .push(T::deserialize(first).map_err(A::Error::custom)?);
        }
        while let Some(record) = seq.next_element()? {
            rows.records.push(record);
        }
        Ok(rows)
    }
}

/// The `Data` of an envelope, which must be there.
fn data<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
    what: &str,
) -> Result<T, D::Error> {
    ApiResponse::<T>::deserialize(deserializer)?
        .data
        .ok_or_else(|| D::Error::custom(format_args!("`Data` holds no {what}")))
}
