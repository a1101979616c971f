//! The storefront's query language, as a body of JSON.
//!
//! The top-level keys are those of a documentation page. The keys of the nested objects, and the operators, are those that the vendor's
//! SDK and a public client send; the pages about them were not to be had.

mod condition;
mod related;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use condition::{Condition, Expression, Filter, FilterOperator};
pub use related::{Children, Join, Lookup};

/// What to find, and what to bring along. What is not set is not sent.
///
/// ```
/// use conga::{SortDirection, StorefrontQuery, storefront::{Condition, Filter, FilterOperator}};
///
/// let query = StorefrontQuery::new()
///     .condition(Condition::new("Product.Family", FilterOperator::Equal, "Hardware"))
///     .filter(Filter::any([
///         Condition::new("Quantity", FilterOperator::GreaterThan, 10),
///         Condition::new("IsPrimary", FilterOperator::Equal, true),
///     ]))
///     .sort("Name", SortDirection::Ascending)
///     .page(1, 50);
/// assert_eq!(serde_json::to_value(&query).unwrap()["page"], serde_json::json!({"pageNumber": 1, "pageLimit": 50}));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct StorefrontQuery {
    /// Which page. Default: the server's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<Pagination>,
    /// The fields to sort by, the weightiest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sort_order: Vec<Sort>,
    /// Whether an answer may come from the server's cache. Default: freshness (published).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache_strategy: Option<CacheStrategy>,
    /// Tests of the object's own fields, or of fields of its parents.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
    /// How conditions and filters are joined. Default: all must hold (published).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expression_operator: Option<Expression>,
    /// Groups of conditions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub filters: Vec<Filter>,
    /// Keeps records that have a match in another object.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub joins: Vec<Join>,
    /// Parents to bring along.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lookups: Vec<Lookup>,
    /// Children to bring along.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub children: Vec<Children>,
    /// Fields to group by.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub group_by: Vec<String>,
    /// Whether only aggregates are wanted. Default: no (published).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aggregate: Option<bool>,
    /// Aggregates over the records found. The result's key is type and field: `SUM_NetPrice`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub aggregate_fields: Vec<Aggregate>,
    /// Text to search for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub search_string: Option<String>,
    /// Short field names (`PriceListId`, the server's default), or API names (`Apttus_Config2__PriceListId__c`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alias: Option<bool>,
    /// Any other key; clients send `view`, `expand` and `skipCache`.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl StorefrontQuery {
    /// All records of the object.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a condition.
    #[must_use]
    pub fn condition(mut self, condition: Condition) -> Self {
        self.conditions.push(condition);
        self
    }

    /// Adds a group of conditions.
    #[must_use]
    pub fn filter(mut self, filter: Filter) -> Self {
        self.filters.push(filter);
        self
    }

    /// Has one of the conditions and filters suffice.
    #[must_use]
    pub fn any(mut self) -> Self {
        self.expression_operator = Some(Expression::Or);
        self
    }

    /// Sorts by a field, after those that were given before.
    #[must_use]
    pub fn sort(mut self, field: impl Into<String>, direction: crate::SortDirection) -> Self {
        self.sort_order.push(Sort {
            field: field.into(),
            direction,
        });
        self
    }

    /// Asks for a page. Numbers count from 1 in the client that was seen to use them.
    #[must_use]
    pub fn page(mut self, number: u32, records: u32) -> Self {
        self.page = Some(Pagination {
            page_number: number,
            page_limit: records,
        });
        self
    }

    /// Finds only records that hold this text.
    #[must_use]
    pub fn search(mut self, text: impl Into<String>) -> Self {
        self.search_string = Some(text.into());
        self
    }

    /// Brings a parent along: `Product`.
    #[must_use]
    pub fn lookup(mut self, field: impl Into<String>) -> Self {
        self.lookups.push(Lookup::new(field));
        self
    }

    /// Brings children along: `AdjustmentLineItems`.
    #[must_use]
    pub fn children(mut self, field: impl Into<String>) -> Self {
        self.children.push(Children::new(field));
        self
    }

    /// Whether an answer may come from the server's cache.
    #[must_use]
    pub fn cache_strategy(mut self, strategy: CacheStrategy) -> Self {
        self.cache_strategy = Some(strategy);
        self
    }

    /// Asks for, and speaks of, fields by their API names.
    #[must_use]
    pub fn api_names(mut self) -> Self {
        self.alias = Some(false);
        self
    }
}

/// Which page of what size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Pagination {
    /// The page, counted from 1.
    pub page_number: u32,
    /// Records a page.
    pub page_limit: u32,
}

/// A field to sort by.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Sort {
    /// The field.
    pub field: String,
    /// Which way; `ASC` or `DESC` on the wire.
    #[serde(with = "direction")]
    pub direction: crate::SortDirection,
}

mod direction {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::SortDirection;

    #[derive(Deserialize, Serialize)]
    #[serde(rename_all = "UPPERCASE")]
    enum Word {
        Asc,
        Desc,
    }

    pub(super) fn serialize<S: Serializer>(
        direction: &SortDirection,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match direction {
            SortDirection::Ascending => Word::Asc,
            SortDirection::Descending => Word::Desc,
        }
        .serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<SortDirection, D::Error> {
        Ok(match Word::deserialize(deserializer)? {
            Word::Asc => SortDirection::Ascending,
            Word::Desc => SortDirection::Descending,
        })
    }
}

/// Whether an answer may come from the server's cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CacheStrategy {
    /// It may.
    Performance,
    /// It may not.
    Freshness,
}

/// A value over all records found.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Aggregate {
    /// The field.
    pub field: String,
    /// What is made of its values.
    pub aggregate_type: AggregateType,
}

/// What is made of the values of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "UPPERCASE")]
#[expect(missing_docs, reason = "the names say it")]
pub enum AggregateType {
    Sum,
    Min,
    Max,
    Avg,
    Count,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::SortDirection;

    #[test]
    fn a_query_reads_as_clients_send_it() {
        let query = StorefrontQuery::new()
            .condition(Condition::new(
                "ConfigurationId",
                FilterOperator::Equal,
                "a1I",
            ))
            .filter(
                Filter::any([Condition::new(
                    "Name",
                    FilterOperator::Other("SoundsLike".into()),
                    "x",
                )])
                .filter(Filter::all([])),
            )
            .any()
            .sort("Name", SortDirection::Descending)
            .page(2, 100)
            .lookup("Product")
            .children("AdjustmentLineItems")
            .cache_strategy(CacheStrategy::Performance)
            .api_names();
        let sent = json!({
            "page": {"pageNumber": 2, "pageLimit": 100},
            "sortOrder": [{"field": "Name", "direction": "DESC"}],
            "cacheStrategy": "performance",
            "conditions": [{"field": "ConfigurationId", "filterOperator": "Equal", "value": "a1I"}],
            "expressionOperator": "OR",
            "filters": [{
                "conditions": [{"field": "Name", "filterOperator": "SoundsLike", "value": "x"}],
                "filters": [{"expressionOperator": "AND"}],
                "expressionOperator": "OR",
            }],
            "lookups": [{"field": "Product"}],
            "children": [{"field": "AdjustmentLineItems"}],
            "alias": false,
        });
        assert_eq!(serde_json::to_value(&query).unwrap(), sent);
        assert_eq!(
            serde_json::from_value::<StorefrontQuery>(sent).unwrap(),
            query
        );
        assert_eq!(
            serde_json::to_value(StorefrontQuery::new()).unwrap(),
            json!({})
        );
    }

    #[test]
    fn queries_of_others_are_read_and_written_back() {
        let examples = [
            json!({"alias":false,"conditions":[{"field":"ConfigurationId","filterOperator":"Equal","value":"a1I000000000001"}],
                "lookups":[{"field":"Product","children":[{"field":"OptionGroups"}]},{"field":"AttributeValue"}],
                "children":[{"field":"AdjustmentLineItems"}]}),
            json!({"conditions":[{"field":"RatifiedOn","filterOperator":"NotNull"}]}),
            json!({"aggregate":true,"groupBy":["apttus_qpconfig__proposalid__r.Approval_Stage"],
                "aggregateFields":[{"field":"NetPrice","aggregateType":"SUM"}],
                "conditions":[{"field":"Name","filterOperator":"Equal","value":"Grand Total"}],"skipCache":true}),
        ];
        for example in examples {
            let query: StorefrontQuery = serde_json::from_value(example.clone()).unwrap();
            assert_eq!(serde_json::to_value(query).unwrap(), example);
        }
    }
}
