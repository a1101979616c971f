//! The published `Query`, which Data and Search take, and Contracts under other names: which records of an object, in what order, and what of them.

use rusqlite::Transaction;
use serde::Deserialize;
use serde_json::Value;

use crate::failure::Failure;
use crate::records::objects::Object;
use crate::records::selection::{Direction, Page, Selection, Start, limit, project, skip};
use crate::records::store::{Record, Store};
use crate::records::value::FieldPath;

/// The published `Query`.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Query {
    pub(crate) object_name: Option<String>,
    pub(crate) criteria: Option<String>,
    pub(crate) select: Option<Vec<String>>,
    pub(crate) distinct: Option<bool>,
    pub(crate) limit: Option<i64>,
    pub(crate) skip: Option<i64>,
    pub(crate) sort: Option<Sort>,
    pub(crate) group_by: Option<Vec<String>>,
}

/// The published `Sort`.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Sort {
    pub(crate) field_name: Option<String>,
    pub(crate) order_by: Option<String>,
}

impl Query {
    /// Reads a query from a body.
    pub(crate) fn read(body: &Value) -> Result<Self, Failure> {
        Self::deserialize(body).map_err(|error| Failure::invalid(format!("not a query: {error}")))
    }

    /// Checks that the query, if it names an object, names this one.
    pub(crate) fn check_object(&self, name: &str) -> Result<(), Failure> {
        match self.object_name.as_deref() {
            Some(other) if !other.is_empty() && other != name => Err(Failure::invalid(format!(
                "ObjectName is '{other}', but the path names {name}"
            ))),
            _ => Ok(()),
        }
    }

    /// The records that the criteria asks for, in the order and grouping of the query.
    pub(crate) fn selection<'a>(&self, object: &'a Object) -> Result<Selection<'a>, Failure> {
        let criteria = self.criteria.as_deref().unwrap_or_default();
        self.arrange(object, Selection::new(object, criteria)?)
    }

    /// Puts a selection into the order and grouping of the query.
    pub(crate) fn arrange<'a>(
        &self,
        object: &Object,
        mut selection: Selection<'a>,
    ) -> Result<Selection<'a>, Failure> {
        if let Some(sort) = &self.sort
            && let Some(field) = sort.field_name.as_deref().filter(|field| !field.is_empty())
        {
            let direction = match &sort.order_by {
                Some(word) => Direction::read(word)?,
                None => Direction::Ascending,
            };
            selection = selection.sorted(field, direction)?;
        }
        let select = self.select.as_deref().unwrap_or_default();
        let groups = self.group_by.as_deref().unwrap_or_default();
        if let Some(field) = select
            .iter()
            .find(|field| !groups.is_empty() && !groups.contains(field))
        {
            return Err(Failure::invalid(format!(
                "Select names '{field}', which GroupBy does not"
            )));
        }
        check_fields(object, select)?;
        if !groups.is_empty() {
            selection = selection.distinct(groups)?;
        } else if self.distinct.unwrap_or(false) {
            selection = selection.distinct(select)?;
        }
        Ok(selection)
    }

    /// Reads the page that the query asks for, with the number of records on all pages if wanted.
    pub(crate) fn page(
        &self,
        store: &Store,
        selection: &Selection<'_>,
        after: Option<&str>,
        with_total: bool,
    ) -> Result<(Page, Option<i64>), Failure> {
        store.read(|tx| self.page_in(tx, selection, after, with_total))
    }

    /// The same within a transaction.
    pub(crate) fn page_in(
        &self,
        tx: &Transaction<'_>,
        selection: &Selection<'_>,
        after: Option<&str>,
        with_total: bool,
    ) -> Result<(Page, Option<i64>), Failure> {
        let limit = limit("Limit", self.limit)?;
        let skip = skip(self.skip)?;
        let start = Start {
            after,
            // The cursor is past what the first page skipped.
            skip: if after.is_some() { 0 } else { skip },
        };
        let page = selection.page(tx, &start, limit)?;
        let total = if with_total {
            Some(selection.count(tx)?)
        } else {
            None
        };
        Ok((page, total))
    }

    /// A record, cut down to the fields that the query names.
    pub(crate) fn show(&self, record: Record) -> Value {
        let fields = [&self.select, &self.group_by]
            .into_iter()
            .flatten()
            .find(|fields| !fields.is_empty());
        match fields {
            None => Value::Object(record),
            Some(fields) => project(&record, fields),
        }
    }

    /// The records of a page, each cut down.
    pub(crate) fn show_all(&self, page: Page) -> Value {
        let records = page.records.into_iter();
        records.map(|stored| self.show(stored.record)).collect()
    }
}

fn check_fields(object: &Object, fields: &[String]) -> Result<(), Failure> {
    for field in fields {
        let path = FieldPath::parse(field)
            .ok_or_else(|| Failure::invalid(format!("'{field}' is no field name")))?;
        object.check_path(&path).map_err(Failure::invalid)?;
    }
    Ok(())
}
