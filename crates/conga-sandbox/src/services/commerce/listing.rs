//! Lists: which records, in what order, and how many at a time.

use axum::http::{HeaderName, HeaderValue, StatusCode};
use rusqlite::Transaction;
use serde_json::Value;

use super::fields;
use crate::failure::Failure;
use crate::records::criteria::{Criteria, filter};
use crate::records::objects::Object;
use crate::records::selection::{Direction, Selection, Start, project};
use crate::records::store::Record;
use crate::records::value::capitalised;
use crate::request::{Answer, Call};
use crate::services::reply::params;

/// A page has this many records unless the caller says otherwise.
const DEFAULT_LIMIT: u64 = 50;
/// A page has at most this many records.
const MAX_LIMIT: u64 = 500;

const CONTENT_RANGE: HeaderName = HeaderName::from_static("content-range");

/// What a call asks of a list.
#[derive(Debug)]
pub(crate) struct Listing<'a> {
    object: &'a Object,
    conditions: Vec<Criteria>,
    sort: Option<(String, Direction)>,
    window: Window,
    fields: Vec<String>,
    includes: Vec<String>,
}

/// The part of a list that a call asks for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Window {
    first: u64,
    limit: u64,
}

/// A page, and how many there are in all.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) records: Vec<Record>,
    first: u64,
    total: u64,
    fields: Vec<String>,
}

impl<'a> Listing<'a> {
    /// Reads `filter`, `filterExpression`, `sort`, `page`, `limit`, `field` and `includes`.
    pub(crate) fn of(call: &Call, object: &'a Object) -> Result<Self, Failure> {
        let filters: Vec<&str> = values(call, "filter").collect();
        let expression = call.query_param("filterExpression");
        let conditions = filter::parse(&filters, expression, object)?;
        let sort = values(call, "sort").next().map(filter::sort);
        Ok(Self {
            object,
            conditions: conditions.into_iter().collect(),
            sort: sort.transpose()?,
            window: Window::of(call)?,
            fields: names(call, "field"),
            includes: names(call, "includes"),
        })
    }

    /// Only records that fit this condition too.
    pub(crate) fn within(mut self, condition: Criteria) -> Self {
        self.conditions.push(condition);
        self
    }

    /// In this order, unless the call asks for another.
    pub(crate) fn sorted_by(mut self, field: &str) -> Self {
        let sort = self.sort.take();
        self.sort = sort.or_else(|| Some((field.to_owned(), Direction::Ascending)));
        self
    }

    /// Reads all records, whatever page the call asks for.
    pub(crate) fn all(self, tx: &Transaction<'_>) -> Result<Vec<Record>, Failure> {
        let selection = Selection::matching(self.object, self.conditions);
        let page = selection.page(tx, &Start::default(), u64::MAX)?;
        Ok(page
            .records
            .into_iter()
            .map(|stored| stored.record)
            .collect())
    }

    /// Reads the page.
    pub(crate) fn page(self, tx: &Transaction<'_>) -> Result<Page, Failure> {
        let mut selection = Selection::matching(self.object, self.conditions);
        if let Some((field, direction)) = &self.sort {
            selection = selection.sorted(field, *direction)?;
        }
        let total = selection.count(tx)?.unsigned_abs();
        let start = Start {
            after: None,
            skip: self.window.first,
        };
        let page = selection.page(tx, &start, self.window.limit)?;
        let mut records: Vec<Record> = page
            .records
            .into_iter()
            .map(|stored| stored.record)
            .collect();
        for record in &mut records {
            fields::expand(tx, record, &self.includes)?;
        }
        Ok(Page {
            records,
            first: self.window.first,
            total,
            fields: self.fields,
        })
    }
}

impl Window {
    /// Reads `page` or `pageNumber`, and `limit` or `pageSize`.
    pub(crate) fn of(call: &Call) -> Result<Self, Failure> {
        let either = |one, other| match params::int(call, one)? {
            None => params::int(call, other),
            given => Ok(given),
        };
        let limit = match either("limit", "pageSize")?.map(u64::try_from) {
            None => DEFAULT_LIMIT,
            Some(Ok(limit @ 1..=MAX_LIMIT)) => limit,
            Some(_) => {
                return Err(Failure::invalid(format!(
                    "a page has 1 to {MAX_LIMIT} records; give limit accordingly"
                )));
            }
        };
        let page = match either("page", "pageNumber")?.map(u64::try_from) {
            None => 1,
            Some(Ok(page @ 1..)) => page,
            Some(_) => return Err(Failure::invalid("page counts from 1")),
        };
        Ok(Self {
            first: limit.saturating_mul(page - 1),
            limit,
        })
    }

    /// The window's part of records that are all at hand.
    pub(crate) fn cut(self, all: Vec<Record>) -> Page {
        let total = all.len() as u64;
        let skip = usize::try_from(self.first).unwrap_or(usize::MAX);
        let take = usize::try_from(self.limit).unwrap_or(usize::MAX);
        Page {
            records: all.into_iter().skip(skip).take(take).collect(),
            first: self.first,
            total,
            fields: Vec::new(),
        }
    }
}

impl Page {
    /// The records as an array, each as `show` shows it; an empty one if there are none.
    pub(crate) fn array_as(self, show: impl Fn(Record) -> Value) -> Answer {
        let range = self.range();
        let shown = self.records.into_iter().map(show).collect();
        ranged(Answer::json(StatusCode::OK, shown), &range)
    }

    /// The records as an array; 204 if there are none.
    pub(crate) fn into_answer(self) -> Answer {
        self.answer_as(Value::Object)
    }

    /// The records, each as `show` shows it; 204 if there are none.
    pub(crate) fn answer_as(self, show: impl Fn(Record) -> Value) -> Answer {
        let range = self.range();
        if self.records.is_empty() {
            return ranged(Answer::empty(StatusCode::NO_CONTENT), &range);
        }
        let fields = self.fields;
        let shown = self.records.into_iter().map(|record| {
            if fields.is_empty() {
                show(record)
            } else {
                project(&record, &fields)
            }
        });
        ranged(Answer::json(StatusCode::OK, shown.collect()), &range)
    }

    /// The answer with the header that tells the page's place among all.
    pub(crate) fn mark(&self, answer: Answer) -> Answer {
        ranged(answer, &self.range())
    }

    fn range(&self) -> String {
        let total = self.total;
        match self.records.len() as u64 {
            0 => format!("items */{total}"),
            length => format!("items {}-{}/{total}", self.first, self.first + length - 1),
        }
    }
}

/// The values of a query parameter that may repeat, without empty ones.
pub(crate) fn values<'a>(call: &'a Call, name: &str) -> impl Iterator<Item = &'a str> {
    call.query
        .iter()
        .filter(move |(key, value)| key.eq_ignore_ascii_case(name) && !value.trim().is_empty())
        .map(|(_, value)| value.as_str())
}

/// The parts of a query parameter that may repeat and may join several by commas.
pub(crate) fn list(call: &Call, name: &str) -> Vec<String> {
    let parts = values(call, name).flat_map(|value| value.split(','));
    let parts = parts.map(str::trim).filter(|part| !part.is_empty());
    parts.map(str::to_owned).collect()
}

/// The names of fields in such a parameter.
pub(crate) fn names(call: &Call, name: &str) -> Vec<String> {
    list(call, name)
        .iter()
        .map(|name| capitalised(name))
        .collect()
}

/// The whole numbers in such a parameter.
pub(crate) fn numbers(call: &Call, name: &str) -> Result<Vec<i64>, Failure> {
    let numbers = list(call, name).into_iter().map(|part| {
        part.parse()
            .map_err(|_| Failure::invalid(format!("{name}: '{part}' is no whole number")))
    });
    numbers.collect()
}

fn ranged(answer: Answer, range: &str) -> Answer {
    match HeaderValue::from_str(range) {
        Ok(range) => answer.with_header(CONTENT_RANGE, range),
        Err(_) => answer,
    }
}
