//! The published `CustomQuery` and its shorter kin: which records a call wants to see, and the answer that holds
//! them. It is a [`Query`](crate::services::query::Query) under other names.

use rusqlite::Transaction;
use serde::Deserialize;
use serde_json::{Value, json};

use super::collection::Collection;
use crate::failure::Failure;
use crate::records::objects::Object;
use crate::records::selection::{Direction, Selection, limit, skip};
use crate::records::store::{Record, Stored};
use crate::request::{Answer, Call};
use crate::services::World;
use crate::services::query::{self, Sort};
use crate::services::reply::{params, success};

/// What a call wants to see.
#[derive(Debug, Default)]
pub(super) struct Query {
    query: query::Query,
    /// Whether it wants to know how many records there are in all.
    with_total: bool,
}

/// The published `CustomQuery`. The shorter kin lack some of the fields.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct CustomQuery {
    limit: Option<i64>,
    skip: Option<i64>,
    sort_info: Option<SortInfo>,
    criteria_expression: Option<String>,
    distinct: Option<bool>,
    fields: Option<Vec<String>>,
    group_by: Option<Vec<String>>,
    include_total_count: Option<bool>,
}

/// The published `SortInfo`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct SortInfo {
    field_name: Option<String>,
    direction: Option<String>,
}

/// The records that a query found.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) rows: Vec<Record>,
    /// How many there are on all pages, if the query wants to know.
    pub(super) total: Option<i64>,
    /// Whether there are more after these.
    pub(super) more: bool,
}

impl Query {
    /// The query that a call carries; without a body, one for all records.
    pub(super) fn of(call: &Call) -> Result<Self, Failure> {
        let custom = match call.json() {
            Some(Value::Null) => CustomQuery::default(),
            _ => params::read(call)?,
        };
        let sort = custom.sort_info.map(|info| Sort {
            field_name: info.field_name,
            order_by: info.direction,
        });
        Ok(Self {
            query: query::Query {
                object_name: None,
                criteria: custom.criteria_expression,
                select: custom.fields,
                distinct: custom.distinct,
                limit: custom.limit,
                skip: custom.skip,
                sort,
                group_by: custom.group_by,
            },
            with_total: custom.include_total_count != Some(false),
        })
    }

    /// A query for a page of all records.
    pub(super) fn paged(limit: Option<i64>, skip: Option<i64>) -> Self {
        Self {
            query: query::Query {
                limit,
                skip,
                ..query::Query::default()
            },
            with_total: true,
        }
    }

    /// The criteria; empty for all records.
    pub(super) fn criteria(&self) -> &str {
        self.query.criteria.as_deref().unwrap_or_default()
    }

    /// Runs the query on a collection.
    pub(super) fn run(&self, tx: &Transaction<'_>, on: &Collection) -> Result<Found, Failure> {
        self.run_on(tx, on.object(), on.select(self.criteria())?)
    }

    /// Runs the query on a selection that holds its criteria already.
    pub(super) fn run_on(
        &self,
        tx: &Transaction<'_>,
        object: &Object,
        selection: Selection<'_>,
    ) -> Result<Found, Failure> {
        let selection = self.query.arrange(object, selection)?;
        let (page, total) = self.query.page_in(tx, &selection, None, self.with_total)?;
        Ok(Found {
            more: page.next.is_some(),
            rows: page.records.into_iter().map(|one| one.record).collect(),
            total,
        })
    }

    /// All records of a collection that fit the criteria, in the order asked for.
    pub(super) fn all(
        &self,
        tx: &Transaction<'_>,
        on: &Collection,
    ) -> Result<Vec<Stored>, Failure> {
        self.all_of(tx, on.select(self.criteria())?)
    }

    /// All records of a selection that holds the criteria already, in the order asked for.
    pub(super) fn all_of(
        &self,
        tx: &Transaction<'_>,
        selection: Selection<'_>,
    ) -> Result<Vec<Stored>, Failure> {
        match self.sort()? {
            Some((field, direction)) => selection.sorted(field, direction)?.all(tx),
            None => selection.all(tx),
        }
    }

    /// Takes the page out of records that were put together here, in the order they have.
    pub(super) fn page(&self, rows: Vec<Record>) -> Result<Found, Failure> {
        let as_size = |number| usize::try_from(number).unwrap_or(usize::MAX);
        let from = as_size(skip(self.query.skip)?).min(rows.len());
        let limit = as_size(limit("Limit", self.query.limit)?);
        let total = rows.len();
        Ok(Found {
            more: total - from > limit,
            rows: rows.into_iter().skip(from).take(limit).collect(),
            total: Some(i64::try_from(total).unwrap_or(i64::MAX)),
        })
    }

    /// The field to sort by.
    pub(super) fn sort(&self) -> Result<Option<(&str, Direction)>, Failure> {
        let Some(sort) = &self.query.sort else {
            return Ok(None);
        };
        let Some(field) = sort.field_name.as_deref().filter(|name| !name.is_empty()) else {
            return Ok(None);
        };
        let direction = match &sort.order_by {
            Some(word) => Direction::read(word)?,
            None => Direction::Ascending,
        };
        Ok(Some((field, direction)))
    }

    /// The answer, cut down to the fields that the query names.
    pub(super) fn answer(&self, found: Found) -> Answer {
        success(found.envelope(|row| self.shown(row)))
    }

    /// A record, cut down to the fields that the query names.
    pub(super) fn shown(&self, row: Record) -> Value {
        self.query.show(row)
    }
}

impl Found {
    /// The published query response around the records as `show` gives them.
    pub(super) fn envelope(self, show: impl Fn(Record) -> Value) -> Value {
        json!({
            "StatusCode": "OK",
            "RecordCount": self.total,
            "Data": self.rows.into_iter().map(show).collect::<Value>(),
            "HasMoreRecords": self.more,
            "NextCursor": null,
        })
    }
}

/// Answers the query that a call carries with records of a collection.
pub(super) fn answer(world: &World, call: &Call, on: &Collection) -> Result<Answer, Failure> {
    let query = Query::of(call)?;
    let found = world.store.read(|tx| query.run(tx, on))?;
    Ok(query.answer(found))
}
