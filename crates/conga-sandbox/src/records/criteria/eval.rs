//! The meaning of a criteria, in memory.

use std::cmp::Ordering;

use serde_json::{Map, Value};

use super::{Comparison, Criteria};
use crate::records::value::{FieldPath, Scalar};

/// Whether a record fits the criteria.
pub(crate) fn matches(criteria: &Criteria, record: &Map<String, Value>) -> bool {
    match criteria {
        Criteria::All(parts) => parts.iter().all(|part| matches(part, record)),
        Criteria::Any(parts) => parts.iter().any(|part| matches(part, record)),
        Criteria::Not(inner) => !matches(inner, record),
        Criteria::In(field, values) => {
            let found = scalar(record, field);
            values.iter().any(|value| match (&found, value) {
                (Some(found), Some(value)) => found.compare(value) == Some(Ordering::Equal),
                (found, value) => found.is_none() && value.is_none(),
            })
        }
        Criteria::Order(field, comparison, value) => scalar(record, field)
            .and_then(|found| found.compare(value))
            .is_some_and(|order| match comparison {
                Comparison::Less => order.is_lt(),
                Comparison::LessOrEqual => order.is_le(),
                Comparison::Greater => order.is_gt(),
                Comparison::GreaterOrEqual => order.is_ge(),
            }),
        Criteria::Like(field, pattern) => scalar(record, field)
            .and_then(|found| found.text)
            .is_some_and(|text| pattern.matches(&text)),
    }
}

fn scalar(record: &Map<String, Value>, field: &FieldPath) -> Option<Scalar> {
    let mut segments = field.segments();
    let first = record.get(segments.next()?)?;
    let value = segments.try_fold(first, |value, name| value.as_object()?.get(name))?;
    Scalar::of(value)
}

impl Scalar {
    /// The order of two values, by the rule that [`Scalar`] states; `None` if they do not compare.
    pub(crate) fn compare(&self, other: &Self) -> Option<Ordering> {
        match (&self.text, &other.text) {
            (Some(a), Some(b)) => match (self.instant, other.instant) {
                (Some(a), Some(b)) => Some(a.cmp(&b)),
                _ => Some(a.cmp(b)),
            },
            _ => Some(self.number?.cmp(&other.number?)),
        }
    }
}
