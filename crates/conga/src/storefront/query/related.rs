//! Records of other objects: to test, or to bring along.

use serde::{Deserialize, Serialize};

use super::{Condition, Expression, Filter};

/// Keeps records that have a match in another object.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Join {
    /// The other object's API name.
    pub api_name: String,
    /// The field of this object.
    pub from_attribute: String,
    /// The field of the other object that equals it.
    pub to_attribute: String,
    /// Tests of the other object.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
    /// Groups of tests of the other object.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub filters: Vec<Filter>,
    /// How they are joined.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expression_operator: Option<Expression>,
}

/// A parent to bring along.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Lookup {
    /// The field that points to it, by its short name or its API name.
    pub field: String,
    /// Its own parents.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lookups: Vec<Lookup>,
    /// Its children.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub children: Vec<Children>,
}

impl Lookup {
    /// The parent that a field points to.
    pub fn new(field: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            ..Self::default()
        }
    }
}

/// Children to bring along.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Children {
    /// The relationship, by its short name or its API name.
    pub field: String,
    /// Which of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub filters: Vec<Filter>,
    /// Their parents.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lookups: Vec<Lookup>,
    /// Their children.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub children: Vec<Children>,
}

impl Children {
    /// The children of a relationship.
    pub fn new(field: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            ..Self::default()
        }
    }
}
