//! How field values compare.
//!
//! JSON is looser than a typed column: `IsActive = 'true'` is the platform's own example for a
//! boolean field. So a value and a literal are both turned into a [`Scalar`], which holds every
//! reading that a comparison may use: text (folded to lower case), number, instant. The rule of
//! comparing stands there; [`index`] writes the same readings down beside a stored record, where
//! SQL finds them.

use std::fmt;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use serde_json::{Map, Value};

/// The longest name of a field, as Schema Manager publishes.
pub(crate) const MAX_FIELD_NAME: usize = 58;

/// Nested values are indexed to this depth, and no path names more.
pub(crate) const MAX_SEGMENTS: usize = 4;

/// The path of a field: names joined by dots, each a letter or underscore followed by letters,
/// digits and underscores. Nothing else can be held, so a path may stand in SQL text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct FieldPath(String);

impl FieldPath {
    /// Reads a path such as `Name` or `Account.Id`; `None` if it is not one.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let fits = text.split('.').count() <= MAX_SEGMENTS && text.split('.').all(is_field_name);
        fits.then(|| Self(text.to_owned()))
    }

    /// The path of a field that the code names.
    pub(crate) fn known(name: &'static str) -> Self {
        Self(name.to_owned())
    }

    /// The path of the name of the record that the field, a lookup, names.
    pub(crate) fn name_of(&self) -> Self {
        Self(format!("{}.Name", self.0))
    }

    /// The path as written.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The first name of the path.
    pub(crate) fn root(&self) -> &str {
        self.segments().next().unwrap_or_default()
    }

    /// The names of the path.
    pub(crate) fn segments(&self) -> impl Iterator<Item = &str> {
        self.0.split('.')
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether `name` can name a field: at most [`MAX_FIELD_NAME`] characters.
pub(crate) fn is_field_name(name: &str) -> bool {
    let mut chars = name.chars();
    name.len() <= MAX_FIELD_NAME
        && chars
            .next()
            .is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// A field's name, or its path, with capital first letters, as records write them.
pub(crate) fn capitalised(path: &str) -> String {
    let capital = |name: &str| {
        let mut chars = name.chars();
        let first = chars.next().map(|first| first.to_ascii_uppercase());
        first.into_iter().chain(chars).collect::<String>()
    };
    path.split('.').map(capital).collect::<Vec<_>>().join(".")
}

/// A value that is not null, in the readings that comparisons use. A value that is a JSON number
/// has no text; every other value has, and a number or an instant beside it where its text reads as
/// one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scalar {
    /// The text, folded.
    pub(crate) text: Option<String>,
    /// The number, as [`number_key`] encodes it.
    pub(crate) number: Option<i64>,
    /// The instant, in milliseconds since the epoch.
    pub(crate) instant: Option<i64>,
}

impl Scalar {
    /// The readings of a text.
    pub(crate) fn text(text: &str) -> Self {
        Self {
            text: Some(fold(text)),
            number: read_number(text).map(number_key),
            instant: read_instant(text).map(|instant| instant.timestamp_millis()),
        }
    }

    /// The readings of a number.
    pub(crate) fn number(number: f64) -> Self {
        Self {
            text: None,
            number: Some(number_key(number)),
            instant: None,
        }
    }

    /// The readings of a JSON value; `None` for null. A lookup compares by its `Id`; other objects
    /// and arrays by their compact JSON text.
    pub(crate) fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Null => None,
            Value::Bool(value) => Some(Self::text(if *value { "true" } else { "false" })),
            Value::Number(number) => Some(Self::number(number.as_f64().unwrap_or_default())),
            Value::String(text) => Some(Self::text(text)),
            Value::Object(map) => match map.get("Id") {
                Some(Value::String(id)) => Some(Self::text(id)),
                _ => Some(Self::text(&value.to_string())),
            },
            Value::Array(_) => Some(Self::text(&value.to_string())),
        }
    }
}

/// The readings of all of a record's values, flat, by path: `Path` holds the folded text or the
/// number, `Path#` the number where there is one, `Path@` the instant where there is one. Null has
/// no entry.
pub(crate) fn index(record: &Map<String, Value>) -> Map<String, Value> {
    let mut keys = Map::new();
    index_into(&mut keys, "", record, MAX_SEGMENTS);
    keys
}

fn index_into(
    keys: &mut Map<String, Value>,
    prefix: &str,
    object: &Map<String, Value>,
    depth: usize,
) {
    for (name, value) in object.iter().filter(|(name, _)| is_field_name(name)) {
        let Some(scalar) = Scalar::of(value) else {
            continue;
        };
        let path = format!("{prefix}{name}");
        if let (Value::Object(nested), true) = (value, depth > 1) {
            index_into(keys, &format!("{path}."), nested, depth - 1);
        }
        if let Some(number) = scalar.number {
            keys.insert(format!("{path}#"), number.into());
        }
        if let Some(instant) = scalar.instant {
            keys.insert(format!("{path}@"), instant.into());
        }
        let key = scalar.text.map(Value::from);
        keys.insert(path, key.or(scalar.number.map(Value::from)).into());
    }
}

/// Text without regard to case: each character in lower case, whatever stands beside it. NUL, where
/// SQLite's text functions would stop reading, becomes its visible sign.
pub(crate) fn fold(text: &str) -> String {
    text.chars()
        .flat_map(char::to_lowercase)
        .map(|c| if c == '\0' { '␀' } else { c })
        .collect()
}

/// The text form of system dates: UTC, milliseconds. Its order is the order of time.
pub(crate) fn date_text(instant: DateTime<Utc>) -> String {
    instant.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// Encodes a number as an integer of the same order, so that SQLite compares it without reading
/// decimals again. Integers beyond 2^53 lose their last digits, as they do in JavaScript.
pub(crate) fn number_key(number: f64) -> i64 {
    // Adding zero turns -0.0 into 0.0.
    let bits = (number + 0.0).to_bits().cast_signed();
    if bits < 0 { bits ^ i64::MAX } else { bits }
}

fn read_number(text: &str) -> Option<f64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if !digits.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

/// The instant that a text names: a date, or a date and time, UTC unless it says otherwise.
pub(crate) fn read_instant(text: &str) -> Option<DateTime<Utc>> {
    let shape = text.as_bytes().get(..10)?;
    let is_date = shape.iter().enumerate().all(|(at, byte)| match at {
        4 | 7 => *byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    if !is_date {
        return None;
    }
    if text.len() == shape.len() {
        let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
        return Some(date.and_hms_opt(0, 0, 0)?.and_utc());
    }
    DateTime::parse_from_rfc3339(text)
        .map(|instant| instant.to_utc())
        .ok()
        .or_else(|| {
            ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f"]
                .iter()
                .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
                .map(|instant| instant.and_utc())
        })
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use serde_json::json;

    use super::*;

    #[test]
    fn a_path_is_made_of_names() {
        for good in ["Name", "Account.Id", "Level_c", "_x", "a.b.c.d"] {
            assert!(FieldPath::parse(good).is_some(), "{good}");
        }
        let long = "a".repeat(59);
        for bad in [
            "",
            "1a",
            "a b",
            "a.",
            ".a",
            "a'",
            "a\"b",
            "é",
            "a.b.c.d.e",
            &long,
        ] {
            assert!(FieldPath::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn values_compare_by_their_common_reading() {
        use Ordering::{Equal, Greater, Less};
        let text = Scalar::text;
        let number = Scalar::number;
        let cases = [
            (text("ACME"), text("acme"), Some(Equal)),
            (text("Ünal"), text("üNAL"), Some(Equal)),
            (text("007"), text("7"), Some(Less)),
            (text("007"), number(7.0), Some(Equal)),
            (number(10.0), text("9"), Some(Greater)),
            (number(10.0), text("ten"), None),
            (text("ten"), number(10.0), None),
            (number(-1.5), number(-1.25), Some(Less)),
            (number(-0.0), number(0.0), Some(Equal)),
            (
                text("2025-01-01"),
                text("2025-01-01T00:00:00Z"),
                Some(Equal),
            ),
            (
                text("2025-01-01T01:00:00+02:00"),
                text("2025-01-01"),
                Some(Less),
            ),
            (
                text("2025-01-01 08:00:00"),
                text("2025-01-01"),
                Some(Greater),
            ),
            (text("2025-13-01"), text("2025-01-01"), Some(Greater)),
        ];
        for (a, b, order) in cases {
            assert_eq!(a.compare(&b), order, "{a:?} {b:?}");
        }
    }

    #[test]
    fn numbers_keep_their_order_as_keys() {
        let sorted = [
            f64::MIN,
            -2.5,
            -1.0,
            -1e-300,
            0.0,
            1e-300,
            0.5,
            1.0,
            1e18,
            f64::MAX,
        ];
        let keys: Vec<i64> = sorted.into_iter().map(number_key).collect();
        assert!(keys.is_sorted_by(|a, b| a < b), "{keys:?}");
    }

    #[test]
    fn the_index_holds_every_reading() {
        let record = json!({
            "Name": "Acme", "Empty": null, "IsActive": true, "AnnualRevenue": 5, "FiscalYear": "2024",
            "Start": "2025-01-01", "Account": {"Id": "A1", "Name": "Über"}, "Tags_c": ["Red"],
        });
        let keys = index(record.as_object().unwrap());
        assert_eq!(
            Value::Object(keys),
            json!({
                "Name": "acme", "IsActive": "true",
                "AnnualRevenue": number_key(5.0), "AnnualRevenue#": number_key(5.0),
                "FiscalYear": "2024", "FiscalYear#": number_key(2024.0),
                "Start": "2025-01-01", "Start@": 1_735_689_600_000_i64,
                "Account": "a1", "Account.Id": "a1", "Account.Name": "über",
                "Tags_c": "[\"red\"]",
            })
        );
    }
}
