//! What a change does to a field.

use serde::{Deserialize, Deserializer, Serialize, Serializer, ser::Error as _};

/// What a change does to one field: leave it, clear it, or set it.
///
/// A change names the fields that it sets ([`Records::update`](super::Records::update)), so a typed change needs three states where
/// `Option` has two. Have serde leave an absent field out, as here; one that is not left out is an error of the call, since it would
/// clear the field. That `null` clears a field is assumed: the reference does not say.
///
/// ```
/// use conga::Field;
/// use serde::Serialize;
///
/// #[derive(Default, Serialize)]
/// #[serde(rename_all = "PascalCase")]
/// struct Change {
///     #[serde(skip_serializing_if = "Field::is_absent")]
///     rating: Field<String>,
///     #[serde(skip_serializing_if = "Field::is_absent")]
///     employees: Field<u32>,
///     #[serde(skip_serializing_if = "Field::is_absent")]
///     site: Field<String>,
/// }
///
/// let change = Change { rating: "Hot".into(), employees: Field::Null, ..Change::default() };
/// assert_eq!(serde_json::to_string(&change)?, r#"{"Rating":"Hot","Employees":null}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
///
/// It can be read as well, to tell a field that is missing from one that is `null`; give it `#[serde(default)]` then.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Field<T> {
    /// The field is not named: it stays as it is.
    #[default]
    Absent,
    /// The field is cleared.
    Null,
    /// The field gets this value.
    Value(T),
}

impl<T> Field<T> {
    /// Whether it is not named; for `#[serde(skip_serializing_if = "Field::is_absent")]`.
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    /// The value, where there is one.
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Absent | Self::Null => None,
        }
    }
}

/// Sets the field.
impl<T> From<T> for Field<T> {
    fn from(value: T) -> Self {
        Self::Value(value)
    }
}

impl From<&str> for Field<String> {
    fn from(text: &str) -> Self {
        Self::Value(text.to_owned())
    }
}

/// Sets the field, or clears it with `None`.
impl<T> From<Option<T>> for Field<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Self::Value)
    }
}

impl<T: Serialize> Serialize for Field<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Absent => Err(S::Error::custom(
                "a field is absent and not left out; give it `#[serde(skip_serializing_if = \"Field::is_absent\")]`",
            )),
            Self::Null => serializer.serialize_none(),
            Self::Value(value) => value.serialize(serializer),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Field<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::deserialize(deserializer).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default, PartialEq, Deserialize, Serialize)]
    struct Change {
        #[serde(default, skip_serializing_if = "Field::is_absent")]
        a: Field<u8>,
    }

    #[test]
    fn three_states_are_written_and_read_back() {
        for (a, text) in [
            (Field::Absent, "{}"),
            (Field::Null, r#"{"a":null}"#),
            (Field::Value(7), r#"{"a":7}"#),
        ] {
            let change = Change { a };
            assert_eq!(serde_json::to_string(&change).unwrap(), text);
            assert_eq!(serde_json::from_str::<Change>(text).unwrap(), change);
        }
    }

    #[test]
    fn an_absent_field_that_is_not_left_out_does_not_clear() {
        let problem = serde_json::to_string(&Field::<u8>::Absent).unwrap_err();
        assert!(problem.to_string().contains("skip_serializing_if"));
    }
}
