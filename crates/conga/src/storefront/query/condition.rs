//! Which records are found: tests of fields, and how they are joined.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How conditions are joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Expression {
    /// All must hold.
    And,
    /// One must hold.
    Or,
}

/// A test of a field.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Condition {
    /// The field; a path with dots reaches a parent's.
    pub field: String,
    /// The test.
    pub filter_operator: FilterOperator,
    /// What the field is held against. A JSON value needs no quoting. With `null`, for tests that need none, it is not sent.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub value: Value,
}

impl Condition {
    /// A test of a field. The value is `()` for a test that needs none, such as [`NotNull`](FilterOperator::NotNull).
    pub fn new(
        field: impl Into<String>,
        operator: FilterOperator,
        value: impl Into<Value>,
    ) -> Self {
        Self {
            field: field.into(),
            filter_operator: operator,
            value: value.into(),
        }
    }
}

/// How a field is held against a value.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the names say it")]
pub enum FilterOperator {
    Equal,
    NotEqual,
    LessThan,
    LessEqual,
    GreaterThan,
    GreaterEqual,
    Like,
    NotLike,
    Contains,
    DoesNotContain,
    BeginsWith,
    DoesNotBeginWith,
    EndsWith,
    DoesNotEndWith,
    /// The value is a list, its entries parted by commas. Entries that hold commas need [`Filter::any`] instead.
    In,
    /// As [`In`](Self::In).
    NotIn,
    Includes,
    Null,
    NotNull,
    On,
    Today,
    LastXDays,
    NextXDays,
    /// One that is not known here.
    #[serde(untagged)]
    Other(String),
}

/// A group of conditions.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Filter {
    /// The tests.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
    /// Groups within the group.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub filters: Vec<Filter>,
    /// How they are joined.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expression_operator: Option<Expression>,
}

impl Filter {
    /// All of the conditions hold.
    pub fn all(conditions: impl IntoIterator<Item = Condition>) -> Self {
        Self {
            conditions: conditions.into_iter().collect(),
            filters: Vec::new(),
            expression_operator: Some(Expression::And),
        }
    }

    /// One of the conditions holds at least.
    pub fn any(conditions: impl IntoIterator<Item = Condition>) -> Self {
        Self {
            expression_operator: Some(Expression::Or),
            ..Self::all(conditions)
        }
    }

    /// Adds a group within the group.
    #[must_use]
    pub fn filter(mut self, filter: Filter) -> Self {
        self.filters.push(filter);
        self
    }
}
