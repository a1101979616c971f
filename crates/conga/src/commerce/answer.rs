//! What the revenue services answer: bare records, or an envelope round them. The reference shows hardly an answer, so both are read.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{
        DeserializeOwned, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor,
        value::{MapAccessDeserializer, SeqAccessDeserializer},
    },
};
use serde_json::{Map, Value};

use crate::{
    answer::{OnePage, Rows, alone},
    pages::Page,
    request::Shape,
};

/// One record, alone or in a list of one.
pub(super) struct Bare<T>(T);

impl<'de, T: DeserializeOwned> Deserialize<'de> for Bare<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut value = Value::deserialize(deserializer)?;
        if let Value::Object(fields) = &mut value
            && is_envelope(fields)
        {
            value = fields.remove("Data").unwrap_or_default();
        }
        T::deserialize(alone(value))
            .map(Self)
            .map_err(D::Error::custom)
    }
}

impl<T: DeserializeOwned + Send + 'static> Shape for Bare<T> {
    type Value = T;

    fn into_value(self) -> T {
        self.0
    }
}

/// A list of records, or nothing where there are none.
pub(super) struct BarePage<T>(Page<T>);

impl<'de, T: DeserializeOwned + Send + 'static> Deserialize<'de> for BarePage<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PageVisitor(PhantomData))
    }
}

struct PageVisitor<T>(PhantomData<T>);

impl<'de, T: DeserializeOwned + Send + 'static> Visitor<'de> for PageVisitor<T> {
    type Value = BarePage<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of records, or an envelope round one")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<BarePage<T>, A::Error> {
        let rows = Rows::deserialize(SeqAccessDeserializer::new(seq))?;
        Ok(BarePage(Page::of(rows)))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<BarePage<T>, A::Error> {
        let page = OnePage::deserialize(MapAccessDeserializer::new(map))?;
        Ok(BarePage(page.into_value()))
    }

    fn visit_unit<E>(self) -> Result<BarePage<T>, E> {
        Ok(BarePage(Page::of(Rows::default())))
    }
}

impl<T: DeserializeOwned + Send + 'static> Shape for BarePage<T> {
    type Value = Page<T>;

    fn into_value(self) -> Page<T> {
        self.0
    }
}

/// As [`BarePage`], without what is said about the page.
#[derive(Deserialize)]
#[serde(transparent, bound = "T: DeserializeOwned + Send + 'static")]
pub(super) struct BareRows<T>(BarePage<T>);

impl<T: DeserializeOwned + Send + 'static> Shape for BareRows<T> {
    type Value = Vec<T>;

    fn into_value(self) -> Vec<T> {
        self.0.0.records
    }
}

/// Any JSON, as it came.
#[derive(Deserialize)]
#[serde(transparent)]
pub(super) struct AsItIs(Value);

impl Shape for AsItIs {
    type Value = Value;

    fn into_value(self) -> Value {
        self.0
    }
}

/// Any JSON at all, or nothing.
#[derive(Deserialize)]
#[serde(transparent)]
pub(super) struct Whatever(IgnoredAny);

impl Shape for Whatever {
    type Value = ();

    fn into_value(self) {}
}

/// Whether this is an envelope, and no record: `Data` beside one of its other fields.
fn is_envelope(fields: &Map<String, Value>) -> bool {
    fields.contains_key("Data")
        && ["Success", "StatusCode", "Errors"]
            .iter()
            .any(|field| fields.contains_key(*field))
}
