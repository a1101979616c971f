//! Groups of records, and aggregates over each.

use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::super::objects::Kind;
use super::paths::{Path, Paths, SortKey, sort_key};
use super::{Query, Sort, direction};
use crate::failure::Failure;
use crate::records::selection::Direction;
use crate::records::store::Record;
use crate::services::pricing::money;

/// A group is of at most this many fields, and has at most this many aggregates.
const MAX_FIELDS: usize = 20;

/// The count of the records of a row, which is always there.
const TOTAL: &str = "total_records";

/// An aggregate of a field.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct AggregateField {
    pub(in super::super) field: String,
    #[serde(default)]
    pub(in super::super) aggregate_type: Function,
}

/// What is made of a field's values.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(in super::super) enum Function {
    #[default]
    Sum,
    Min,
    Max,
    Avg,
    Count,
}

/// A field that is grouped by or aggregated: what it is called in the answer, and where it is.
struct Column {
    name: String,
    path: Path,
}

/// A row of aggregates.
pub(super) type Row = Map<String, Value>;

/// One row for each group, in the order in which the groups come up; without groups one row for all records.
pub(super) fn rows(
    paths: &mut Paths<'_>,
    kind: &Kind,
    query: &Query,
    records: &[Record],
) -> Result<Vec<Row>, Failure> {
    let groups = query.group_by.as_deref().unwrap_or_default();
    let fields = query.aggregate_fields.as_deref().unwrap_or_default();
    if groups.len() > MAX_FIELDS || fields.len() > MAX_FIELDS {
        return Err(Failure::invalid(format!(
            "groupBy and aggregateFields have at most {MAX_FIELDS} fields"
        )));
    }
    let group_columns = groups
        .iter()
        .map(|field| column(paths, kind, field, last(field).to_owned()))
        .collect::<Result<Vec<_>, Failure>>()?;
    let columns = fields
        .iter()
        .map(|field| {
            let name = format!("{}_{}", field.aggregate_type.word(), field.field);
            Ok((
                field.aggregate_type,
                column(paths, kind, &field.field, name)?,
            ))
        })
        .collect::<Result<Vec<_>, Failure>>()?;
    let mut found: Vec<Group> = Vec::new();
    let mut places = std::collections::HashMap::new();
    if groups.is_empty() {
        places.insert(Vec::new(), 0);
        found.push(Group::new(Vec::new(), &columns));
    }
    for record in records {
        let values = group_columns
            .iter()
            .map(|column| paths.value(&column.path, record))
            .collect::<Result<Vec<_>, Failure>>()?;
        let key: Vec<String> = values
            .iter()
            .map(|value| format!("{:?}", sort_key(value)))
            .collect();
        let at = *places.entry(key).or_insert(found.len());
        if at == found.len() {
            found.push(Group::new(values, &columns));
        }
        let Some(group) = found.get_mut(at) else {
            continue;
        };
        group.count += 1;
        for (tally, (_, column)) in group.tallies.iter_mut().zip(&columns) {
            tally.take(paths.value(&column.path, record)?);
        }
    }
    let rows = found.into_iter().map(|group| {
        let mut row = Row::new();
        row.extend(
            group_columns
                .iter()
                .zip(group.values)
                .map(|(column, value)| (column.name.clone(), value)),
        );
        row.extend(
            columns
                .iter()
                .zip(group.tallies)
                .map(|((_, column), tally)| (column.name.clone(), tally.value())),
        );
        row.insert(TOTAL.to_owned(), group.count.into());
        row
    });
    Ok(rows.collect())
}

/// Sorts rows by what they are called in the answer.
pub(super) fn sort(rows: &mut [Row], keys: &[Sort]) -> Result<(), Failure> {
    for key in keys.iter().rev() {
        let direction = direction(key)?;
        let name = rows.first().and_then(|row| {
            let named = |name: &&String| {
                name.eq_ignore_ascii_case(&key.field) || name.eq_ignore_ascii_case(last(&key.field))
            };
            row.keys().find(named).cloned()
        });
        let Some(name) = name else {
            if rows.is_empty() {
                return Ok(());
            }
            return Err(Failure::invalid(format!(
                "sort: '{}' is neither grouped by nor an aggregate; sort by one of these, such as SUM_NetPrice",
                key.field
            )));
        };
        let place = |row: &Row| row.get(&name).map_or(SortKey::Null, sort_key);
        match direction {
            Direction::Ascending => rows.sort_by_key(place),
            Direction::Descending => rows.sort_by_key(|row| std::cmp::Reverse(place(row))),
        }
    }
    Ok(())
}

struct Group {
    values: Vec<Value>,
    count: u64,
    tallies: Vec<Tally>,
}

impl Group {
    fn new(values: Vec<Value>, columns: &[(Function, Column)]) -> Self {
        let tallies = columns.iter().map(|(function, _)| Tally {
            function: *function,
            count: 0,
            sum: Decimal::ZERO,
            overflow: false,
            extreme: Value::Null,
        });
        Self {
            values,
            count: 0,
            tallies: tallies.collect(),
        }
    }
}

/// An aggregate while it is made. Null values count for nothing.
struct Tally {
    function: Function,
    count: u64,
    sum: Decimal,
    overflow: bool,
    extreme: Value,
}

impl Tally {
    fn take(&mut self, value: Value) {
        if value.is_null() {
            return;
        }
        match self.function {
            Function::Count => self.count += 1,
            Function::Sum | Function::Avg => {
                let Some(amount) = money::amount(&value) else {
                    return;
                };
                self.count += 1;
                match self.sum.checked_add(amount) {
                    Some(sum) => self.sum = sum,
                    None => self.overflow = true,
                }
            }
            Function::Min | Function::Max => {
                let (new, old) = (sort_key(&value), sort_key(&self.extreme));
                let better = match self.function {
                    Function::Min => new < old,
                    _ => new > old,
                };
                if self.extreme.is_null() || better {
                    self.extreme = value;
                }
            }
        }
    }

    fn value(self) -> Value {
        match self.function {
            Function::Count => self.count.into(),
            Function::Sum | Function::Avg if self.count == 0 || self.overflow => Value::Null,
            Function::Sum => money::number(self.sum),
            Function::Avg => self
                .sum
                .checked_div(self.count.into())
                .map_or(Value::Null, money::number),
            Function::Min | Function::Max => self.extreme,
        }
    }
}

impl Function {
    fn word(self) -> &'static str {
        match self {
            Self::Sum => "SUM",
            Self::Min => "MIN",
            Self::Max => "MAX",
            Self::Avg => "AVG",
            Self::Count => "COUNT",
        }
    }
}

fn column(
    paths: &mut Paths<'_>,
    kind: &Kind,
    field: &str,
    name: String,
) -> Result<Column, Failure> {
    Ok(Column {
        name,
        path: paths.resolve(kind, field)?,
    })
}

/// The last name of a path.
fn last(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}
