//! Whether a value fits its field.

use std::borrow::Cow;

use serde_json::Value;

use super::{DataType, Definition, Field, IdentifierType};
use crate::records::value::read_instant;

/// Complex fields nest at most this deep.
const MAX_DEPTH: usize = 4;

impl Definition {
    /// Checks a value for a field; the message says what would fit.
    pub(crate) fn check_value(&self, field: &Field, value: &Value) -> Result<(), String> {
        self.check_nested(field, value, MAX_DEPTH)
    }

    fn check_nested(&self, field: &Field, value: &Value, depth: usize) -> Result<(), String> {
        if value.is_null() || field.is_set_by_platform() {
            return Ok(());
        }
        if matches!(field.data_type, DataType::Complex | DataType::ComplexArray) {
            return self.check_complex(field, value, depth);
        }
        if fits(field, value) {
            Ok(())
        } else {
            Err(format!("must be {}, or null", wanted(field)))
        }
    }

    fn check_complex(&self, field: &Field, value: &Value, depth: usize) -> Result<(), String> {
        let parts: Option<Vec<_>> = match (field.data_type, value) {
            (DataType::Complex, Value::Object(part)) => Some(vec![part]),
            (DataType::ComplexArray, Value::Array(parts)) => {
                parts.iter().map(Value::as_object).collect()
            }
            _ => None,
        };
        let Some(parts) = parts.filter(|_| depth > 0) else {
            return Err(format!("must be {}, or null", wanted(field)));
        };
        // A complex field whose make-up is not defined takes any.
        let name = field.complex_metadata_name.as_deref();
        let Some(complex) = name.and_then(|name| self.complex(name)) else {
            return Ok(());
        };
        for (part, value) in parts.into_iter().flatten() {
            let known = complex.fields.iter().find(|own| own.field_name == *part);
            let own = known.ok_or_else(|| {
                format!(
                    "has no part '{part}'; see the complex field {}",
                    complex.name
                )
            })?;
            self.check_nested(own, value, depth - 1)
                .map_err(|fault| format!("part '{part}' {fault}"))?;
        }
        Ok(())
    }
}

impl Field {
    /// The value that a new record gets where the request gives none.
    pub(crate) fn initial(&self) -> Option<Value> {
        let text = self.default_value.as_deref()?;
        let parsed = match self.data_type {
            DataType::String | DataType::LongString | DataType::Picklist => None,
            _ => serde_json::from_str(&text.to_ascii_lowercase()).ok(),
        };
        let value = parsed.unwrap_or_else(|| Value::from(text));
        fits(self, &value).then_some(value)
    }
}

fn fits(field: &Field, value: &Value) -> bool {
    match field.data_type {
        DataType::Int => value.as_i64().is_some_and(|n| i32::try_from(n).is_ok()),
        DataType::Double | DataType::Currency | DataType::Decimal => fits_digits(field, value),
        DataType::Boolean => value.is_boolean(),
        DataType::Date => value
            .as_str()
            .is_some_and(|text| text.len() == "2026-01-31".len() && read_instant(text).is_some()),
        DataType::DateTime => value
            .as_str()
            .is_some_and(|text| read_instant(text).is_some()),
        DataType::Lookup | DataType::Reference | DataType::Owner => {
            value.as_object().is_some_and(|parts| {
                parts
                    .values()
                    .all(|part| part.is_string() || part.is_null())
            })
        }
        DataType::MultiPicklist => value
            .as_array()
            .is_some_and(|entries| entries.iter().all(Value::is_string)),
        DataType::Identifier => value
            .as_str()
            .is_some_and(|text| match field.identifier_type {
                IdentifierType::Uuid => uuid::Uuid::try_parse(text).is_ok(),
                IdentifierType::Uid18 => {
                    text.len() == 18 && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
                }
            }),
        _ => value.as_str().is_some_and(|text| match field.length {
            Some(most @ 1..) => text.chars().count() <= most.unsigned_abs() as usize,
            _ => true,
        }),
    }
}

/// Whether it is a number that keeps to the field's precision and scale. A precision of 0 allows any.
fn fits_digits(field: &Field, value: &Value) -> bool {
    if field.precision <= 0 {
        return value.is_number();
    }
    // Printed without an exponent, whatever the request wrote.
    let text = match (value.as_i64(), value.as_f64()) {
        (Some(whole), _) => whole.to_string(),
        (None, Some(number)) => number.to_string(),
        (None, None) => return false,
    };
    let (whole, decimals) = text.split_once('.').unwrap_or((&text, ""));
    let whole = whole.trim_start_matches(['-', '0']).len();
    let (scale, precision) = (field.scale.max(0), field.precision);
    decimals.len() <= scale.unsigned_abs() as usize
        && whole <= (precision - scale).max(0).unsigned_abs() as usize
}

fn wanted(field: &Field) -> Cow<'static, str> {
    match field.data_type {
        DataType::Int => "a 32-bit integer".into(),
        DataType::Double | DataType::Currency | DataType::Decimal if field.precision > 0 => {
            format!(
                "a number of at most {} digits, {} of them behind the point",
                field.precision,
                field.scale.max(0)
            )
            .into()
        }
        DataType::Double | DataType::Currency | DataType::Decimal => "a number".into(),
        DataType::Boolean => "true or false".into(),
        DataType::Date => "a date such as 2026-01-31".into(),
        DataType::DateTime => "a time such as 2026-01-31T08:30:00Z".into(),
        DataType::Lookup | DataType::Reference | DataType::Owner => {
            "an object of texts such as {\"Id\": \"...\"}".into()
        }
        DataType::MultiPicklist => "a list of texts".into(),
        DataType::Complex => "an object".into(),
        DataType::ComplexArray => "a list of objects".into(),
        DataType::Identifier => match field.identifier_type {
            IdentifierType::Uuid => "a GUID".into(),
            IdentifierType::Uid18 => "an id of 18 letters and digits".into(),
        },
        _ => match field.length {
            Some(most @ 1..) => format!("a text of at most {most} characters").into(),
            _ => "a text".into(),
        },
    }
}
