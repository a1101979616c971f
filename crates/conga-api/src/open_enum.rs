//! Enumerations that a server may extend.

use std::{fmt, marker::PhantomData};

use serde::de::{self, Visitor};

/// Defines an enumeration over its published values, with `Unknown` for all others.
///
/// `string` ones keep an unknown value as text; a number or a truth value is kept as its text too, since ASP.NET writes one or
/// the other by configuration. `integer` ones keep an unknown number.
// Published schemas are called `Result` and the like, hence the absolute paths.
macro_rules! open_enum {
    (string $name:ident { $($variant:ident = $wire:literal,)* }) => {
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name {
            $(#[doc = concat!("`", $wire, "`")] $variant,)*
            /// A value that the reference does not list.
            Unknown(::std::string::String),
        }

        impl $name {
            /// The published values.
            pub const PUBLISHED: &[&str] = &[$($wire),*];

            /// The value as it stands on the wire.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $wire,)*
                    Self::Unknown(text) => text,
                }
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                match text {
                    $($wire => Self::$variant,)*
                    _ => Self::Unknown(text.to_owned()),
                }
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> ::std::result::Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> ::std::result::Result<Self, D::Error> {
                deserializer.deserialize_any(crate::open_enum::Text::new())
            }
        }
    };
    (integer $name:ident { $($variant:ident = $wire:literal,)* }) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name {
            $(#[doc = concat!("`", $wire, "`")] $variant,)*
            /// A number that the reference does not list.
            Unknown(i64),
        }

        impl $name {
            /// The published values.
            pub const PUBLISHED: &[i64] = &[$($wire),*];

            /// The value as it stands on the wire.
            pub fn as_i64(&self) -> i64 {
                match self {
                    $(Self::$variant => $wire,)*
                    Self::Unknown(number) => *number,
                }
            }
        }

        impl From<i64> for $name {
            fn from(number: i64) -> Self {
                match number {
                    $($wire => Self::$variant,)*
                    _ => Self::Unknown(number),
                }
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                self.as_i64().fmt(f)
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> ::std::result::Result<S::Ok, S::Error> {
                serializer.serialize_i64(self.as_i64())
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> ::std::result::Result<Self, D::Error> {
                deserializer.deserialize_any(crate::open_enum::Number::new())
            }
        }
    };
}

pub(crate) use open_enum;

/// Reads a `string` enumeration.
pub(crate) struct Text<T>(PhantomData<T>);

impl<T> Text<T> {
    pub(crate) fn new() -> Self {
        Self(PhantomData)
    }
}

impl<T: for<'a> From<&'a str>> Visitor<'_> for Text<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value of an enumeration")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        Ok(T::from(text))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<T, E> {
        Ok(T::from(number.to_string().as_str()))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<T, E> {
        Ok(T::from(number.to_string().as_str()))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<T, E> {
        Ok(T::from(number.to_string().as_str()))
    }

    fn visit_bool<E: de::Error>(self, truth: bool) -> Result<T, E> {
        Ok(T::from(if truth { "true" } else { "false" }))
    }
}

/// Reads an `integer` enumeration.
pub(crate) struct Number<T>(PhantomData<T>);

impl<T> Number<T> {
    pub(crate) fn new() -> Self {
        Self(PhantomData)
    }
}

impl<T: From<i64>> Visitor<'_> for Number<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number, as such or as text")
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<T, E> {
        Ok(T::from(number))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<T, E> {
        i64::try_from(number).map(T::from).map_err(E::custom)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        text.trim().parse().map(T::from).map_err(E::custom)
    }
}

#[cfg(test)]
mod tests {
    #[expect(unreachable_pub, reason = "generated ones are public")]
    mod types {
        crate::open_enum! { string Color { Red = "Red", DarkBlue = "dark blue", } }
        crate::open_enum! { integer Level { Value0 = 0, Value7 = 7, } }
    }
    use types::{Color, Level};

    #[test]
    fn published_values_have_names_and_others_are_kept() {
        let colors: Vec<Color> =
            serde_json::from_str(r#"["Red", "dark blue", "mauve", 3, true, 1.5]"#).unwrap();
        assert_eq!(
            colors,
            [
                Color::Red,
                Color::DarkBlue,
                Color::Unknown("mauve".into()),
                Color::Unknown("3".into()),
                Color::Unknown("true".into()),
                Color::Unknown("1.5".into())
            ]
        );
        assert_eq!(
            serde_json::to_string(&colors[..3]).unwrap(),
            r#"["Red","dark blue","mauve"]"#
        );
        let levels: Vec<Level> = serde_json::from_str(r#"[0, "7", 12, -1]"#).unwrap();
        assert_eq!(
            levels,
            [
                Level::Value0,
                Level::Value7,
                Level::Unknown(12),
                Level::Unknown(-1)
            ]
        );
        assert_eq!(serde_json::to_string(&levels).unwrap(), "[0,7,12,-1]");
    }

    #[test]
    fn what_is_no_value_at_all_is_an_error() {
        assert!(serde_json::from_str::<Color>("{}").is_err());
        assert!(serde_json::from_str::<Level>(r#""seven""#).is_err());
    }
}
