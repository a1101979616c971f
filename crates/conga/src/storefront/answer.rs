//! The storefront's envelope: `{title, status, data}`.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{
        DeserializeOwned, Error as _, MapAccess, SeqAccess, Visitor, value::MapAccessDeserializer,
    },
};

use serde_json::Value;

use crate::{Page, answer::Rows, request::Shape};

/// Exactly one record, alone or in a list: clients have seen both for one operation.
pub(super) struct One<T>(T);

/// Records in a list, or a single one alone.
pub(super) struct Many<T>(Vec<T>);

#[derive(Deserialize)]
#[serde(bound = "T: DeserializeOwned")]
struct Envelope<T> {
    status: Option<i64>,
    data: Option<Records<T>>,
}

struct Records<T>(Vec<T>);

impl<'de, T: DeserializeOwned> Deserialize<'de> for Records<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either<T>(PhantomData<T>);

        impl<'de, T: DeserializeOwned> Visitor<'de> for Either<T> {
            type Value = Records<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of records, or a record")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Records<T>, A::Error> {
                let mut records = Vec::new();
                while let Some(record) = seq.next_element()? {
                    records.push(record);
                }
                Ok(Records(records))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Records<T>, A::Error> {
                Ok(Records(vec![T::deserialize(MapAccessDeserializer::new(
                    map,
                ))?]))
            }
        }

        deserializer.deserialize_any(Either(PhantomData))
    }
}

/// As [`Many`], as a page that tells itself apart from others.
pub(super) struct OnePage<T>(Page<T>);

/// The id of something new, as a text.
#[derive(Deserialize)]
#[serde(transparent)]
pub(super) struct NewId(#[serde(deserialize_with = "data")] String);

/// Any JSON at all, or nothing, but an envelope that says by its own `status` that it is no success.
pub(super) struct Any;

impl<'de> Deserialize<'de> for Any {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let answer = Value::deserialize(deserializer)?;
        check(answer.get("status").and_then(Value::as_i64)).map(|()| Self)
    }
}

impl Shape for Any {
    type Value = ();

    fn into_value(self) {}
}

#[derive(Deserialize)]
struct Plain<T> {
    status: Option<i64>,
    data: Option<T>,
}

/// The `data` of a success, which must be there.
pub(super) fn data<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    let Plain { status, data } = Plain::deserialize(deserializer)?;
    check(status)?;
    data.ok_or_else(|| D::Error::custom("`data` is missing"))
}

/// An answer of HTTP 200 may still say by its own `status` that it is none.
fn check<E: serde::de::Error>(status: Option<i64>) -> Result<(), E> {
    match status {
        Some(status @ 400..) => Err(E::custom(format_args!("its own `status` is {status}"))),
        _ => Ok(()),
    }
}

/// The records of a success.
fn records<'de, T: DeserializeOwned, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    let Envelope { status, data } = Envelope::<T>::deserialize(deserializer)?;
    check(status)?;
    Ok(data.map(|Records(records)| records).unwrap_or_default())
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Many<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        records(deserializer).map(Self)
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for One<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let records = records(deserializer)?;
        let [record] = <[T; 1]>::try_from(records).map_err(|records| {
            D::Error::custom(format_args!(
                "`data` holds {} records where one is expected",
                records.len()
            ))
        })?;
        Ok(Self(record))
    }
}

impl<'de, T: DeserializeOwned + Send + 'static> Deserialize<'de> for OnePage<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let records = Value::Array(records(deserializer)?);
        let rows = Rows::deserialize(records).map_err(D::Error::custom)?;
        Ok(Self(Page::of(rows)))
    }
}

impl<T: DeserializeOwned + Send + 'static> Shape for OnePage<T> {
    type Value = Page<T>;

    fn into_value(self) -> Page<T> {
        self.0
    }
}

impl Shape for NewId {
    type Value = String;

    fn into_value(self) -> String {
        self.0
    }
}

impl<T: DeserializeOwned + Send + 'static> Shape for Many<T> {
    type Value = Vec<T>;

    fn into_value(self) -> Vec<T> {
        self.0
    }
}

impl<T: DeserializeOwned + Send + 'static> Shape for One<T> {
    type Value = T;

    fn into_value(self) -> T {
        self.0
    }
}
