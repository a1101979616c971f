//! The shapes of answers that only records have.

use conga_api::ApiResponse;
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, Error as _},
};
use serde_json::Value;

use crate::{
    answer::{alone, data},
    request::Shape,
};

/// What a bulk call answers as `Data`: published as a list for creating, as a text for deleting, and not at all for the others.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
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

/// An envelope round a list of one record, or round that record.
pub(super) struct OneRow<T>(T);

impl<'de, T: DeserializeOwned> Deserialize<'de> for OneRow<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let row = alone(data(deserializer, "record")?);
        T::deserialize(row).map(Self).map_err(D::Error::custom)
    }
}

impl<T: DeserializeOwned + Send + 'static> Shape for OneRow<T> {
    type Value = T;

    fn into_value(self) -> T {
        self.0
    }
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
