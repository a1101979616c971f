//! A [`Criteria`] to parameterised SQL over a record's index (see [`crate::records::value::index`]).
//!
//! A condition may come out as NULL where the field is null. Under `AND` and `OR` that is as good
//! as false; `NOT` first makes it so.

use rusqlite::types::Value;

use super::{Comparison, Criteria};
use crate::records::value::{FieldPath, Scalar, date_text, fold};

/// SQL text and the values of its parameters, in order. Values never stand in the text.
#[derive(Debug, Default, Clone)]
pub(crate) struct Sql {
    pub(crate) text: String,
    pub(crate) params: Vec<Value>,
}

impl Sql {
    /// Appends SQL text.
    pub(crate) fn push(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    /// Appends a parameter.
    pub(crate) fn bind(&mut self, value: impl Into<Value>) -> &mut Self {
        self.params.push(value.into());
        self.push("?")
    }

    /// Appends other SQL with its parameters.
    pub(crate) fn append(&mut self, other: &Self) -> &mut Self {
        self.params.extend_from_slice(&other.params);
        self.push(&other.text)
    }

    /// Appends a criteria as a condition.
    pub(crate) fn criteria(&mut self, criteria: &Criteria) -> &mut Self {
        match criteria {
            Criteria::All(parts) => self.join(" AND ", parts),
            Criteria::Any(parts) => self.join(" OR ", parts),
            Criteria::Not(inner) => self.push("NOT coalesce(").criteria(inner).push(", 0)"),
            Criteria::In(field, values) => self.one_of(field, values),
            Criteria::Order(field, comparison, value) => self.order(field, *comparison, value),
            Criteria::Like(field, pattern) => {
                let key = key(field);
                self.push(&format!("(typeof({key}) = 'text' AND {key} LIKE "))
                    .bind(pattern.to_string())
                    .push(" ESCAPE '\\')")
            }
        }
    }

    fn join(&mut self, operator: &str, parts: &[Criteria]) -> &mut Self {
        self.push("(");
        for (at, part) in parts.iter().enumerate() {
            if at > 0 {
                self.push(operator);
            }
            self.criteria(part);
        }
        self.push(")")
    }

    /// Equality with one of the values: on the key by text or number, on the readings beside it by
    /// instant or, for a bare number, by number.
    fn one_of(&mut self, field: &FieldPath, values: &[Option<Scalar>]) -> &mut Self {
        let (mut keys, mut numbers, mut instants) = (Vec::new(), Vec::new(), Vec::new());
        for value in values.iter().flatten() {
            match (&value.text, value.number, value.instant) {
                (Some(_), _, Some(instant)) if is_system_date(field) => {
                    keys.push(system_date(instant));
                }
                (Some(text), number, instant) => {
                    keys.push(Value::from(text.clone()));
                    keys.extend(number.map(Value::from));
                    instants.extend(instant.map(Value::from));
                }
                (None, number, _) => numbers.extend(number.map(Value::from)),
            }
        }
        let mut alternatives = 0;
        self.push("(");
        for (suffix, values) in [("", keys), ("#", numbers), ("@", instants)] {
            if values.is_empty() {
                continue;
            }
            if alternatives > 0 {
                self.push(" OR ");
            }
            alternatives += 1;
            self.push(&format!("{} IN (", reading(field, suffix)));
            for (at, value) in values.into_iter().enumerate() {
                if at > 0 {
                    self.push(", ");
                }
                self.bind(value);
            }
            self.push(")");
        }
        if values.contains(&None) {
            if alternatives > 0 {
                self.push(" OR ");
            }
            self.push(&format!("{} IS NULL", key(field)));
        }
        self.push(")")
    }

    fn order(&mut self, field: &FieldPath, comparison: Comparison, value: &Scalar) -> &mut Self {
        let symbol = match comparison {
            Comparison::Less => "<",
            Comparison::LessOrEqual => "<=",
            Comparison::Greater => ">",
            Comparison::GreaterOrEqual => ">=",
        };
        let (key, number, instant) = (key(field), reading(field, "#"), reading(field, "@"));
        match (&value.text, value.number, value.instant) {
            (Some(_), _, Some(literal)) if is_system_date(field) => self
                .push(&format!("{key} {symbol} "))
                .bind(system_date(literal)),
            (Some(text), _, Some(literal)) => self
                .push(&format!(
                    "CASE WHEN {instant} IS NOT NULL THEN {instant} {symbol} "
                ))
                .bind(literal)
                .push(&format!(
                    " WHEN typeof({key}) = 'text' THEN {key} {symbol} "
                ))
                .bind(text.clone())
                .push(" END"),
            (Some(text), Some(literal), None) => self
                .push(&format!(
                    "CASE typeof({key}) WHEN 'text' THEN {key} {symbol} "
                ))
                .bind(text.clone())
                .push(&format!(" ELSE {key} {symbol} "))
                .bind(literal)
                .push(" END"),
            // SQLite sorts numbers before texts, so the index serves, and the type is checked
            // beside.
            (Some(text), None, None) => self
                .push(&format!("({key} {symbol} "))
                .bind(text.clone())
                .push(&format!(" AND typeof({key}) = 'text')")),
            (None, literal, _) => self.push(&format!("{number} {symbol} ")).bind(literal),
        }
    }
}

/// Appends the condition that a record is one of this object. The name stands in the text, where the planner can hold
/// it against the indexes of that object alone.
pub(crate) fn push_object(sql: &mut Sql, object: &str) {
    sql.push(&format!("object = '{}'", object.replace('\'', "''")));
}

/// Whether the key of the field alone tells if it has one of these values. It does not for a bare number, which equals a text that
/// reads as it, nor for an instant.
pub(super) fn has_keys(field: &FieldPath, values: &[Option<Scalar>]) -> bool {
    values.iter().all(|value| {
        value.as_ref().is_some_and(|value| {
            value.text.is_some() && (value.instant.is_none() || is_system_date(field))
        })
    })
}

/// The SQL of a field's key.
pub(crate) fn key(field: &FieldPath) -> String {
    reading(field, "")
}

/// A reading of a field. A [`FieldPath`] holds nothing that could end the quotes.
fn reading(field: &FieldPath, suffix: &str) -> String {
    format!("json_extract(keys, '$.\"{field}{suffix}\"')")
}

/// System dates all have one form, whose order as text is their order in time: their key alone
/// serves, and with it its index.
fn is_system_date(field: &FieldPath) -> bool {
    matches!(field.as_str(), "CreatedDate" | "ModifiedDate")
}

fn system_date(millis: i64) -> Value {
    let text = chrono::DateTime::from_timestamp_millis(millis).map(date_text);
    Value::from(text.map(|text| fold(&text)))
}
