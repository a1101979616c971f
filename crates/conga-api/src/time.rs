//! Dates as .NET and Salesforce write them.

use std::{fmt, str::FromStr};

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A point in time. RFC 3339 where the server follows its documents; .NET leaves the offset out where it does not know it, and
/// Salesforce writes `+0000`. What is no date at all is kept as it is: one odd value must not cost the whole answer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Timestamp {
    /// With its offset.
    Offset(DateTime<FixedOffset>),
    /// Without an offset. Which one is meant is not published; services of the platform keep UTC as far as is known.
    Local(NaiveDateTime),
    /// Something else.
    Unknown(String),
}

impl Timestamp {
    /// The instant, a missing offset taken for UTC.
    pub fn to_utc(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::Offset(time) => Some(time.to_utc()),
            Self::Local(time) => Some(time.and_utc()),
            Self::Unknown(_) => None,
        }
    }
}

impl From<&str> for Timestamp {
    fn from(text: &str) -> Self {
        let offset = DateTime::parse_from_rfc3339(text)
            .or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%z"));
        if let Ok(time) = offset {
            return Self::Offset(time);
        }
        let local = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f")
            .or_else(|_| NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f"));
        local.map_or_else(|_| Self::Unknown(text.to_owned()), Self::Local)
    }
}

impl<Tz: chrono::TimeZone> From<DateTime<Tz>> for Timestamp {
    fn from(time: DateTime<Tz>) -> Self {
        Self::Offset(time.fixed_offset())
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Offset(time) if time.offset().local_minus_utc() == 0 => {
                write!(f, "{}Z", time.naive_utc().format("%Y-%m-%dT%H:%M:%S%.f"))
            }
            Self::Offset(time) => f.write_str(&time.to_rfc3339()),
            Self::Local(time) => write!(f, "{}", time.format("%Y-%m-%dT%H:%M:%S%.f")),
            Self::Unknown(text) => f.write_str(text),
        }
    }
}

/// A day. Some services write a midnight behind it; it is dropped. What is no date is kept as it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Date {
    /// The day.
    Day(NaiveDate),
    /// Something else.
    Unknown(String),
}

impl From<&str> for Date {
    fn from(text: &str) -> Self {
        let day = text
            .split_once('T')
            .filter(|(_, time)| time.starts_with("00:00:00"))
            .map_or(text, |(day, _)| day);
        NaiveDate::parse_from_str(day, "%Y-%m-%d")
            .map_or_else(|_| Self::Unknown(text.to_owned()), Self::Day)
    }
}

impl From<NaiveDate> for Date {
    fn from(day: NaiveDate) -> Self {
        Self::Day(day)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Day(day) => write!(f, "{}", day.format("%Y-%m-%d")),
            Self::Unknown(text) => f.write_str(text),
        }
    }
}

macro_rules! as_text {
    ($($name:ident),*) => {$(
        impl FromStr for $name {
            type Err = std::convert::Infallible;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Ok(text.into())
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_any(crate::open_enum::Text::new())
            }
        }
    )*};
}

as_text!(Timestamp, Date);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_seen_is_the_same_instant_and_goes_back_as_a_date() {
        for (text, shown) in [
            ("2024-05-06T07:08:09Z", "2024-05-06T07:08:09Z"),
            ("2024-05-06T07:08:09", "2024-05-06T07:08:09"),
            ("2024-05-06T09:08:09+02:00", "2024-05-06T09:08:09+02:00"),
            ("2024-05-06T07:08:09.000+0000", "2024-05-06T07:08:09Z"),
            ("2024-05-06 07:08:09", "2024-05-06T07:08:09"),
        ] {
            let time = Timestamp::from(text);
            assert_eq!(
                time.to_utc().unwrap().to_rfc3339(),
                "2024-05-06T07:08:09+00:00",
                "{text}"
            );
            assert_eq!(time.to_string(), shown);
        }
        assert_eq!(
            Timestamp::from("2024-05-06T07:08:09.1234567").to_string(),
            "2024-05-06T07:08:09.123456700"
        );
    }

    #[test]
    fn what_is_no_date_is_kept() {
        let odd: Vec<Timestamp> = serde_json::from_str(r#"["", "soon", 1714979289]"#).unwrap();
        assert_eq!(
            serde_json::to_string(&odd).unwrap(),
            r#"["","soon","1714979289"]"#
        );
        assert_eq!(Date::from("2024-05-06T00:00:00"), Date::from("2024-05-06"));
        assert_eq!(
            Date::from("2024-05-06T10:00:00"),
            Date::Unknown("2024-05-06T10:00:00".into())
        );
    }
}
