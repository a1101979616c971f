//! The storefront's query language.
//!
//! | room | what lives there |
//! |---|---|
//! | [`conditions`] | conditions, filters and joins, to the store's criteria |
//! | [`paths`] | fields of a record and of its parents |
//! | [`expand`] | lookups and children |
//! | [`aggregates`] | groups and aggregates |
//! | [`reading`] | the same by query parameters: `GET` |

mod aggregates;
mod conditions;
mod expand;
mod paths;
pub(super) mod reading;

#[cfg(test)]
mod property_tests;
#[cfg(test)]
mod tests;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::objects::Kind;
use super::view::view;
use super::visit::{Visit, all};
use crate::failure::Failure;
use crate::records::criteria::Criteria;
use crate::records::selection::{Direction, Selection, Start};
use crate::records::store::Record;
use crate::request::{Answer, Call};
use crate::services::World;
use crate::services::reply::params;
use aggregates::AggregateField;
use conditions::{Condition, Filter, Join, Operator};
use expand::{Children, Expansion, Lookup};
pub(super) use paths::Paths;

/// A page has at most this many records, and so has an answer without pages.
const MAX_PAGE: u64 = 10_000;

/// A query, as the reference names its parts.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Query {
    pub(super) page: Option<Pagination>,
    pub(super) sort_order: Option<Vec<Sort>>,
    pub(super) conditions: Option<Vec<Condition>>,
    pub(super) expression_operator: Option<Operator>,
    pub(super) filters: Option<Vec<Filter>>,
    pub(super) joins: Option<Vec<Join>>,
    pub(super) lookups: Option<Vec<Lookup>>,
    pub(super) children: Option<Vec<Children>>,
    pub(super) group_by: Option<Vec<String>>,
    pub(super) aggregate: Option<bool>,
    pub(super) aggregate_fields: Option<Vec<AggregateField>>,
    pub(super) search_string: Option<String>,
    pub(super) alias: Option<bool>,
}

/// How many records, and which page of them.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Pagination {
    pub(super) page_limit: Option<i64>,
    pub(super) page_number: Option<i64>,
}

/// A sort key.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Sort {
    pub(super) field: String,
    pub(super) direction: Option<String>,
}

/// `POST /{objectName}/query`
pub(in crate::services::storefront) fn query(
    world: &World,
    call: &Call,
) -> Result<Answer, Failure> {
    let query: Query = params::read(call)?;
    let kind = kind(call)?;
    let alias = query.alias.map_or_else(|| alias(call), Ok)?;
    let found = Visit::read(world, call, |visit| run(visit, &kind, &query, alias))?;
    Ok(super::success(found.into()))
}

/// The object that a call names.
pub(super) fn kind(call: &Call) -> Result<Kind, Failure> {
    let name = call.path_param("objectName").unwrap_or_default();
    Kind::named(name).ok_or_else(|| {
        Failure::invalid(format!(
            "there is no object '{name}' in this storefront; use its name in Salesforce, such as \
             Apttus_Config2__LineItem__c"
        ))
    })
}

/// Whether the answer has short names; it has unless told otherwise.
pub(super) fn alias(call: &Call) -> Result<bool, Failure> {
    match params::text(call, "alias") {
        None => Ok(true),
        Some(_) => params::flag(call, "alias"),
    }
}

/// The records that a query finds, or its aggregates.
pub(super) fn run(
    visit: &Visit<'_>,
    kind: &Kind,
    query: &Query,
    alias: bool,
) -> Result<Vec<Value>, Failure> {
    let mut paths = Paths::new(visit);
    let criteria = conditions::compile(&mut paths, kind, query)?;
    let window = Window::of(query.page.as_ref())?;
    let is_aggregate = query.aggregate == Some(true)
        || query
            .group_by
            .as_ref()
            .is_some_and(|fields| !fields.is_empty())
        || query
            .aggregate_fields
            .as_ref()
            .is_some_and(|fields| !fields.is_empty());
    if is_aggregate {
        let rows = all(visit.tx(), &visit.object(kind)?, criteria)?;
        let mut rows = aggregates::rows(&mut paths, kind, query, &rows)?;
        aggregates::sort(&mut rows, query.sort_order.as_deref().unwrap_or_default())?;
        return Ok(window.cut(rows)?.into_iter().map(Value::Object).collect());
    }
    let records = select(&mut paths, kind, query, criteria, window)?;
    let expansion = Expansion {
        lookups: query.lookups.as_deref().unwrap_or_default(),
        children: query.children.as_deref().unwrap_or_default(),
    };
    let views = expand::expand(&mut paths, kind, records, expansion, alias)?;
    Ok(views.into_iter().map(Value::Object).collect())
}

/// The records of the page, in order.
fn select(
    paths: &mut Paths<'_>,
    kind: &Kind,
    query: &Query,
    criteria: Vec<Criteria>,
    window: Window,
) -> Result<Vec<Record>, Failure> {
    let sort = query.sort_order.as_deref().unwrap_or_default();
    let object = paths.visit.object(kind)?;
    let tx = paths.visit.tx();
    let keys = sort
        .iter()
        .map(|key| Ok((paths.resolve(kind, &key.field)?, direction(key)?)))
        .collect::<Result<Vec<_>, Failure>>()?;
    let own = match keys.as_slice() {
        [] => Some(None),
        [(path, direction)] => path.own().map(|field| Some((field.to_owned(), *direction))),
        _ => None,
    };
    // One key of the object itself sorts in the database, which also takes the page.
    if let Some(key) = own {
        let mut selection = Selection::matching(&object, criteria);
        if let Some((field, direction)) = key {
            selection = selection.sorted(&field, direction)?;
        }
        let start = Start {
            after: None,
            skip: window.skip,
        };
        let page = selection.page(tx, &start, window.limit.unwrap_or(MAX_PAGE))?;
        if window.limit.is_none() && page.next.is_some() {
            return Err(too_many());
        }
        return Ok(page
            .records
            .into_iter()
            .map(|stored| stored.record)
            .collect());
    }
    let mut rows = Vec::new();
    for record in all(tx, &object, criteria)? {
        let mut values = Vec::with_capacity(keys.len());
        for (path, _) in &keys {
            values.push(paths::sort_key(&paths.value(path, &record)?));
        }
        rows.push((values, record));
    }
    rows.sort_by(|(one, _), (other, _)| {
        let mut ordered =
            one.iter().zip(other).zip(&keys).map(
                |((one, other), (_, direction))| match direction {
                    Direction::Ascending => one.cmp(other),
                    Direction::Descending => other.cmp(one),
                },
            );
        ordered
            .find(|order| order.is_ne())
            .unwrap_or(std::cmp::Ordering::Equal)
    });
    window.cut(rows.into_iter().map(|(_, record)| record).collect())
}

fn direction(sort: &Sort) -> Result<Direction, Failure> {
    sort.direction
        .as_deref()
        .map_or(Ok(Direction::Ascending), |word| {
            match word.to_ascii_uppercase().as_str() {
                "ASC" => Ok(Direction::Ascending),
                "DESC" => Ok(Direction::Descending),
                _ => Err(Failure::invalid(format!(
                    "sort: a direction is ASC or DESC, not '{word}'"
                ))),
            }
        })
}

/// The part of the records that a query asks for.
#[derive(Debug, Clone, Copy)]
struct Window {
    skip: u64,
    /// `None`: all of them.
    limit: Option<u64>,
}

impl Window {
    fn of(page: Option<&Pagination>) -> Result<Self, Failure> {
        let Some(page) = page else {
            return Ok(Self {
                skip: 0,
                limit: None,
            });
        };
        let limit = match page.page_limit.map(u64::try_from) {
            None => None,
            Some(Ok(limit @ 1..=MAX_PAGE)) => Some(limit),
            Some(_) => {
                return Err(Failure::invalid(format!(
                    "page: pageLimit is 1 to {MAX_PAGE}"
                )));
            }
        };
        let number = match page.page_number.map(u64::try_from) {
            None => 1,
            Some(Ok(number @ 1..)) => number,
            Some(_) => return Err(Failure::invalid("page: pageNumber counts from 1")),
        };
        if limit.is_none() && number > 1 {
            return Err(Failure::invalid("page: pageNumber needs a pageLimit"));
        }
        Ok(Self {
            skip: limit.unwrap_or(0).saturating_mul(number - 1),
            limit,
        })
    }

    fn cut<T>(self, rows: Vec<T>) -> Result<Vec<T>, Failure> {
        let skip = usize::try_from(self.skip).unwrap_or(usize::MAX);
        let limit = usize::try_from(self.limit.unwrap_or(MAX_PAGE)).unwrap_or(usize::MAX);
        if self.limit.is_none() && rows.len() > limit {
            return Err(too_many());
        }
        Ok(rows.into_iter().skip(skip).take(limit).collect())
    }
}

fn too_many() -> Failure {
    Failure::invalid(format!(
        "the query finds more than {MAX_PAGE} records; ask for pages, with page.pageLimit and page.pageNumber"
    ))
}

/// A record without lookups and children.
pub(super) fn plain(kind: &Kind, record: &Record, alias: bool) -> Map<String, Value> {
    view(kind, record, alias)
}
