//! The published `CustomQuery` and its shorter kin: which records a call wants to see, and the answer that holds
//! them.

use rusqlite::Transaction;
use serde::Deserialize;
use serde_json::{Value, json};

use super::collection::Collection;
use crate::failure::Failure;
use crate::records::selection::{Direction, Selection, Start, limit, project, skip};
use crate::records::store::{Record, Stored};
use crate::request::{Answer, Call};
use crate::services::World;
use crate::services::reply::success;

/// What a call wants to see. The shorter kin lack some of the fields.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Query {
    limit: Option<i64>,
    skip: Option<i64>,
    sort_info: Option<Sort>,
    criteria_expression: Option<String>,
    distinct: Option<bool>,
    fields: Option<Vec<String>>,
    group_by: Option<Vec<String>>,
    include_total_count: Option<bool>,
}

/// The published `SortInfo`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Sort {
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
        match call.json() {
            None | Some(Value::Null) => Ok(Self::default()),
            Some(body) => Self::deserialize(body)
                .map_err(|error| Failure::invalid(format!("not a query: {error}"))),
        }
    }

    /// A query that came in another form: criteria, field and direction to sort by, how many to skip and to give,
    /// fields, fields to group by, whether rows are to be distinct.
    pub(super) fn new(
        criteria_expression: Option<String>,
        (field_name, direction): (Option<String>, Option<String>),
        (skip, limit): (Option<i64>, Option<i64>),
        (fields, group_by, distinct): (Option<Vec<String>>, Option<Vec<String>>, Option<bool>),
    ) -> Self {
        Self {
            limit,
            skip,
            sort_info: Some(Sort {
                field_name,
                direction,
            }),
            criteria_expression,
            distinct,
            fields,
            group_by,
            include_total_count: Some(false),
        }
    }

    /// The criteria; empty for all records.
    pub(super) fn criteria(&self) -> &str {
        self.criteria_expression.as_deref().unwrap_or_default()
    }

    /// Runs the query on a collection.
    pub(super) fn run(&self, tx: &Transaction<'_>, on: &Collection) -> Result<Found, Failure> {
        self.run_on(tx, on.select(self.criteria())?)
    }

    /// Runs the query on a selection that holds its criteria already.
    pub(super) fn run_on(
        &self,
        tx: &Transaction<'_>,
        mut selection: Selection<'_>,
    ) -> Result<Found, Failure> {
        if let Some((field, direction)) = self.sort()? {
            selection = selection.sorted(field, direction)?;
        }
        let fields = self.fields.as_deref().unwrap_or_default();
        let groups = self.group_by.as_deref().unwrap_or_default();
        if !groups.is_empty() {
            if let Some(field) = fields.iter().find(|field| !groups.contains(field)) {
                return Err(Failure::invalid(format!(
                    "Fields names '{field}', which GroupBy does not"
                )));
            }
            selection = selection.distinct(groups)?;
        } else if self.distinct == Some(true) {
            selection = selection.distinct(fields)?;
        }
        let start = Start {
            after: None,
            skip: skip(self.skip)?,
        };
        let page = selection.page(tx, &start, limit("Limit", self.limit)?)?;
        let total = match self.include_total_count {
            Some(false) => None,
            _ => Some(selection.count(tx)?),
        };
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
        let from = as_size(skip(self.skip)?).min(rows.len());
        let limit = as_size(limit("Limit", self.limit)?);
        let total = rows.len();
        Ok(Found {
            more: total - from > limit,
            rows: rows.into_iter().skip(from).take(limit).collect(),
            total: Some(i64::try_from(total).unwrap_or(i64::MAX)),
        })
    }

    /// The field to sort by.
    pub(super) fn sort(&self) -> Result<Option<(&str, Direction)>, Failure> {
        let Some(sort) = &self.sort_info else {
            return Ok(None);
        };
        let Some(field) = sort.field_name.as_deref().filter(|name| !name.is_empty()) else {
            return Ok(None);
        };
        let direction = match &sort.direction {
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
        let named = [&self.fields, &self.group_by]
            .into_iter()
            .flatten()
            .find(|fields| !fields.is_empty());
        match named {
            Some(fields) => project(&row, fields),
            None => row.into(),
        }
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
