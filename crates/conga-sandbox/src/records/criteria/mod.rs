//! The criteria language: the filter that list, query and the bulk calls by criteria take.
//!
//! ```text
//! IsActive = 'true' AND (Name LIKE 'Ac%' OR Account.Id IN ('a', 'b')) AND NOT Industry IS NULL
//! ```
//!
//! - A condition is a field, an operator and a value. Operators: `=`, `!=`, `<>`, `<`, `<=`, `>`,
//!   `>=`, `LIKE` (`%` any run, `_` one character, `\` before either takes it as it is),
//!   `CONTAINS`, `IN (...)`, `IS NULL`, and each of the words with `NOT`. `= null` and `!= null`
//!   test for null too.
//! - Conditions join by `AND`, `OR`, `NOT` and parentheses; `AND` binds tighter than `OR`. Words
//!   are read in any case, field names in theirs.
//! - Text stands in single or double quotes; the quote inside is doubled or follows a backslash.
//!   Numbers, dates, `true`, `false` and `null` stand bare.
//! - How values compare: see [`Scalar`]. Values that do not compare are unequal and neither
//!   less nor greater. Logic has two values: a null field is unequal to every value, and `NOT`
//!   turns false to true, so `Name != 'x'` finds records without a name.
//!
//! [`parse`] reads it, [`sql`] compiles it for the records, and [`matches`] asks it of what is held in memory; the tests hold
//! the two against each other.

mod eval;
pub(crate) mod filter;
mod lexer;
mod like;
mod parser;
pub(crate) mod sql;

#[cfg(test)]
mod property_tests;

use std::fmt;

use super::objects::Object;
use super::value::{FieldPath, Scalar};
pub(crate) use eval::matches;
pub(crate) use like::Pattern;

/// A criteria is at most this long, in bytes.
const MAX_LENGTH: usize = 64 * 1024;
/// Parentheses and `NOT`s nest at most this deep.
const MAX_DEPTH: usize = 50;
/// A criteria has at most this many conditions, which keeps its SQL within SQLite's depth of 1,000.
const MAX_CONDITIONS: usize = 500;
/// An `IN` has at most this many values.
const MAX_VALUES: usize = 2_000;

/// A criteria, parsed. `!=` and the `NOT` forms are [`Criteria::Not`] of their opposites.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Criteria {
    /// All of these hold.
    All(Vec<Criteria>),
    /// One of these holds at least.
    Any(Vec<Criteria>),
    /// This does not hold.
    Not(Box<Criteria>),
    /// The field equals one of the values; `None` stands for null.
    In(FieldPath, Vec<Option<Scalar>>),
    /// The field is less or greater than the value.
    Order(FieldPath, Comparison, Scalar),
    /// The field's text matches the pattern. A number has no text and matches none.
    Like(FieldPath, Pattern),
}

impl Criteria {
    /// That a field has this text; of a lookup, that it has this `Id`.
    pub(crate) fn is(field: &'static str, text: &str) -> Self {
        Self::In(FieldPath::known(field), vec![Some(Scalar::text(text))])
    }

    /// That a field's text has this one somewhere.
    pub(crate) fn has(field: &'static str, text: &str) -> Self {
        Self::Like(FieldPath::known(field), Pattern::containing(text))
    }

    /// A criteria that this one implies and that an index can seek by: certain values of an indexed field, or how its text
    /// starts.
    pub(crate) fn seekable(&self, object: &Object) -> Option<Self> {
        match self {
            Self::All(parts) => parts.iter().find_map(|part| part.seekable(object)),
            Self::In(field, values) if sql::has_keys(field, values) => {
                let field = object.indexed(field)?;
                Some(Self::In(field, values.clone()))
            }
            Self::Like(field, pattern) => {
                let field = object.indexed(field).filter(|indexed| indexed == field)?;
                let (first, end) = pattern.range()?;
                let order = |comparison, text| {
                    let text = Scalar {
                        text: Some(text),
                        number: None,
                        instant: None,
                    };
                    Self::Order(field.clone(), comparison, text)
                };
                Some(Self::All(vec![
                    order(Comparison::GreaterOrEqual, first),
                    order(Comparison::Less, end),
                ]))
            }
            _ => None,
        }
    }
}

/// An operator of order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// Parses a criteria over an object's fields.
pub(crate) fn parse(text: &str, object: &Object) -> Result<Criteria, CriteriaError> {
    if text.len() > MAX_LENGTH {
        let message = format!("the criteria is longer than {MAX_LENGTH} bytes");
        return Err(CriteriaError::new(text, MAX_LENGTH, message));
    }
    parser::parse(text, object)
}

/// A criteria that cannot be read. Its text names the fault and its column, counted in characters
/// from 1, and shows the place with a caret below.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CriteriaError {
    message: String,
    column: usize,
    excerpt: String,
    caret: usize,
}

impl CriteriaError {
    /// A fault at the character with index `at`.
    fn new(criteria: &str, at: usize, message: impl Into<String>) -> Self {
        const BEFORE: usize = 50;
        const AFTER: usize = 30;
        let from = at.saturating_sub(BEFORE);
        let excerpt = criteria
            .chars()
            .skip(from)
            .take(at - from + AFTER)
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect();
        Self {
            message: message.into(),
            column: at + 1,
            excerpt,
            caret: at - from,
        }
    }
}

impl fmt::Display for CriteriaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            message,
            column,
            excerpt,
            caret,
        } = self;
        write!(
            f,
            "Criteria: {message} at column {column}\n  {excerpt}\n  {:caret$}^",
            ""
        )
    }
}
