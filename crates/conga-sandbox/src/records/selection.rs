//! Which records a list or a query gives, in what order, and how the next page goes on.

use std::hash::{DefaultHasher, Hash, Hasher};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use rusqlite::Transaction;
use rusqlite::types::Value as SqlValue;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::criteria::sql::{Sql, key, push_object};
use super::criteria::{self, Criteria};
use super::objects::Object;
use super::store::{self, Record, Stored};
use super::text::Words;
use super::value::{FieldPath, Scalar};
use crate::failure::Failure;

/// A page holds this many records unless the caller says otherwise.
const DEFAULT_LIMIT: u64 = 100;
/// A page holds at most this many records.
const MAX_LIMIT: u64 = 10_000;

/// Up to so many records are found by their index and then sorted. More lie so dense that a page of them is sooner found by walking
/// in order.
const FEW: i64 = 4_000;

/// The order of a search: a word in the name counts ten times as much as elsewhere.
const RELEVANCE: &str = "bm25(record_text, 10.0, 1.0), seq";

/// Fields that no record lacks.
const ALWAYS_SET: [&str; 3] = ["Id", "CreatedDate", "ModifiedDate"];

/// A selection of an object's records.
#[derive(Debug)]
pub(crate) struct Selection<'a> {
    object: &'a Object,
    criteria: Option<Criteria>,
    sort: Option<(FieldPath, Direction)>,
    /// The words that the records have. Without a sort, those come first that have them in their names.
    words: Option<Words>,
    /// What else holds of the records.
    conditions: Vec<Sql>,
    /// Of the records that agree in these fields only the oldest is taken; empty: all are taken.
    distinct: Vec<FieldPath>,
    /// Tells this selection from others, so that a cursor is not used with the wrong one.
    fingerprint: u64,
}

/// A direction of sorting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Direction {
    /// Null first, then numbers, then texts.
    Ascending,
    /// The reverse.
    Descending,
}

impl Direction {
    /// Reads `Ascending` or `Descending`, in any case, or the short forms.
    pub(crate) fn read(word: &str) -> Result<Self, Failure> {
        match word.to_ascii_lowercase().as_str() {
            "ascending" | "asc" => Ok(Self::Ascending),
            "descending" | "desc" => Ok(Self::Descending),
            _ => Err(Failure::invalid(format!(
                "'{word}' is no direction; use Ascending or Descending"
            ))),
        }
    }
}

/// The records of one page.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) records: Vec<Stored>,
    /// The cursor of the next page, if there is one.
    pub(crate) next: Option<String>,
}

/// Where a page starts: after the record that the cursor names, then so many further on.
#[derive(Debug, Default)]
pub(crate) struct Start<'a> {
    pub(crate) after: Option<&'a str>,
    pub(crate) skip: u64,
}

/// What a cursor holds: the place of the last record of a page.
#[derive(Debug, Serialize, Deserialize)]
struct Cursor {
    fingerprint: u64,
    seq: i64,
    key: CursorKey,
}

#[derive(Debug, Serialize, Deserialize)]
enum CursorKey {
    Null,
    Number(i64),
    Text(String),
}

impl<'a> Selection<'a> {
    /// The object's records that fit the criteria text; all for an empty text.
    pub(crate) fn new(object: &'a Object, criteria: &str) -> Result<Self, Failure> {
        let parsed = match criteria.trim() {
            "" => None,
            _ => Some(criteria::parse(criteria, object)?),
        };
        let mut selection = Self {
            object,
            criteria: parsed,
            sort: None,
            words: None,
            conditions: Vec::new(),
            distinct: Vec::new(),
            fingerprint: 0,
        };
        selection.mark(&(object.name(), criteria));
        Ok(selection)
    }

    /// Of these, only the records whose field equals one of the values.
    pub(crate) fn having(mut self, field: &str, values: &[&str]) -> Result<Self, Failure> {
        let path = self.path(field)?;
        self.mark(&(field, values));
        let values = values.iter().map(|value| Some(Scalar::text(value)));
        let condition = Criteria::In(path, values.collect());
        self.criteria = Some(match self.criteria.take() {
            Some(criteria) => Criteria::All(vec![condition, criteria]),
            None => condition,
        });
        Ok(self)
    }

    /// The object's records that fit these conditions, all of them. A cursor to its next page is good for any selection
    /// of the same object; such selections are read by page number.
    pub(crate) fn matching(object: &'a Object, conditions: Vec<Criteria>) -> Self {
        let mut selection = Self {
            object,
            criteria: (!conditions.is_empty()).then_some(Criteria::All(conditions)),
            sort: None,
            words: None,
            conditions: Vec::new(),
            distinct: Vec::new(),
            fingerprint: 0,
        };
        selection.mark(&object.name());
        selection
    }

    /// Of these, only the records that have the words. The index of words must be up to date.
    pub(crate) fn mentioning(mut self, words: Words) -> Self {
        self.mark(&words.expression());
        self.words = Some(words);
        self
    }

    /// Of these, only the records whose field has a value that is in a field of one of the others.
    pub(crate) fn related(
        mut self,
        field: &str,
        others: &Selection<'_>,
        their_field: &str,
    ) -> Result<Self, Failure> {
        let mut sql = Sql::default();
        sql.push(&key(&self.path(field)?))
            .push(" IN (SELECT ")
            .push(&key(&others.path(their_field)?))
            .push(" FROM ")
            .push(others.tables())
            .push(" WHERE ");
        others.push_matching(&mut sql);
        sql.push(")");
        self.mark(&(field, others.fingerprint, their_field));
        self.conditions.push(sql);
        Ok(self)
    }

    /// Of these, only the records of which this SQL condition holds.
    pub(crate) fn fitting(mut self, condition: Sql) -> Self {
        self.mark(&condition.text);
        self.conditions.push(condition);
        self
    }

    /// In the order of a field; without this, in the order of creation.
    pub(crate) fn sorted(mut self, field: &str, direction: Direction) -> Result<Self, Failure> {
        let path = self.path(field)?;
        self.object.check_sort(&path).map_err(Failure::invalid)?;
        self.mark(&(field, direction));
        self.sort = Some((path, direction));
        Ok(self)
    }

    /// One record for each combination of the values of these fields.
    pub(crate) fn distinct(mut self, fields: &[String]) -> Result<Self, Failure> {
        self.mark(&fields);
        self.distinct = fields
            .iter()
            .map(|field| self.path(field))
            .collect::<Result<_, _>>()?;
        Ok(self)
    }

    /// Reads a page of at most `limit` records.
    pub(crate) fn page(
        &self,
        tx: &Transaction<'_>,
        start: &Start<'_>,
        limit: u64,
    ) -> Result<Page, Failure> {
        // SQLite likes to walk the index that has the order, past every record that does not fit.
        // Where few records are left, a plus sign keeps that index out: find them, then sort.
        let few = self.few(tx)?;
        let is_narrow = self.words.is_some() || few.is_some();
        let plus = if is_narrow { "+" } else { "" };
        let (sort_key, order) = match &self.sort {
            None if self.words.is_some() => ("NULL".to_owned(), RELEVANCE.to_owned()),
            None => ("NULL".to_owned(), format!("{plus}seq")),
            Some((field, direction)) => {
                let key = key(field);
                let word = match direction {
                    Direction::Ascending => "ASC",
                    Direction::Descending => "DESC",
                };
                let order = format!("{plus}{key} {word}, seq {word}");
                (key, order)
            }
        };
        let mut sql = Sql::default();
        sql.push(&format!(
            "SELECT seq, body, {sort_key} FROM {} WHERE ",
            self.tables()
        ));
        self.push_conditions(&mut sql);
        if let Some(few) = &few {
            sql.push(" AND ").criteria(few);
        }
        // One record more than asked for tells whether there is a next page.
        let most = limit.saturating_add(1);
        let mut rows = Vec::new();
        match start.after {
            None => {
                sql.push(&format!(" ORDER BY {order} LIMIT "))
                    .bind(to_sql(most))
                    .push(" OFFSET ")
                    .bind(to_sql(start.skip));
                rows = store::select(tx, &sql)?;
            }
            Some(cursor) => {
                let most = most.saturating_add(start.skip);
                for rest in after(self.sort.as_ref(), self.decode(cursor)?) {
                    let missing = most.saturating_sub(rows.len() as u64);
                    let mut sql = sql.clone();
                    sql.push(" AND ")
                        .append(&rest)
                        .push(&format!(" ORDER BY {order} LIMIT "))
                        .bind(to_sql(missing));
                    rows.extend(store::select(tx, &sql)?);
                }
                let skipped = rows
                    .len()
                    .min(usize::try_from(start.skip).unwrap_or(usize::MAX));
                rows.drain(..skipped);
            }
        }
        let more = rows.len() as u64 > limit;
        rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        let next = match rows.last() {
            Some((last, key)) if more => Some(self.encode(last.seq, key)),
            _ => None,
        };
        Ok(Page {
            records: rows.into_iter().map(|(stored, _)| stored).collect(),
            next,
        })
    }

    /// Reads all records.
    pub(crate) fn all(&self, tx: &Transaction<'_>) -> Result<Vec<Stored>, Failure> {
        Ok(self.page(tx, &Start::default(), u64::MAX)?.records)
    }

    /// Whether the record in this place is one of them.
    pub(crate) fn holds(&self, tx: &Transaction<'_>, seq: i64) -> Result<bool, Failure> {
        let mut sql = Sql::default();
        sql.push(&format!("SELECT count(*) FROM {} WHERE ", self.tables()));
        self.push_conditions(&mut sql);
        sql.push(" AND seq = ").bind(seq);
        Ok(store::count(tx, &sql)? > 0)
    }

    /// How many records there are on all pages.
    pub(crate) fn count(&self, tx: &Transaction<'_>) -> Result<i64, Failure> {
        let is_whole =
            self.criteria.is_none() && self.words.is_none() && self.conditions.is_empty();
        if is_whole && self.distinct.is_empty() {
            return Ok(store::usage(tx, self.object.name())?.0);
        }
        let mut sql = Sql::default();
        sql.push(&format!("SELECT count(*) FROM {} WHERE ", self.tables()));
        self.push_conditions(&mut sql);
        Ok(store::count(tx, &sql)?)
    }

    /// What the criteria asks of an index, if that leaves few records.
    fn few(&self, tx: &Transaction<'_>) -> rusqlite::Result<Option<Criteria>> {
        let criteria = self.criteria.as_ref();
        let Some(seekable) = criteria.and_then(|criteria| criteria.seekable(self.object)) else {
            return Ok(None);
        };
        let mut sql = Sql::default();
        sql.push("SELECT count(*) FROM (SELECT 1 FROM records WHERE ");
        push_object(&mut sql, self.object.name());
        sql.push(" AND ")
            .criteria(&seekable)
            .push(" LIMIT ")
            .bind(FEW + 1)
            .push(")");
        let is_few = store::count(tx, &sql)? <= FEW;
        Ok(is_few.then_some(seekable))
    }

    fn push_conditions(&self, sql: &mut Sql) {
        self.push_matching(sql);
        if !self.distinct.is_empty() {
            sql.push(&format!(
                " AND seq IN (SELECT min(seq) FROM {} WHERE ",
                self.tables()
            ));
            self.push_matching(sql);
            let keys: Vec<String> = self.distinct.iter().map(key).collect();
            sql.push(&format!(" GROUP BY {})", keys.join(", ")));
        }
    }

    fn push_matching(&self, sql: &mut Sql) {
        push_object(sql, self.object.name());
        if let Some(criteria) = &self.criteria {
            sql.push(" AND ").criteria(criteria);
        }
        if let Some(words) = &self.words {
            sql.push(" AND record_text MATCH ").bind(words.expression());
            words.push_fields(sql);
        }
        for condition in &self.conditions {
            sql.push(" AND ").append(condition);
        }
    }

    /// Where the records are read from.
    fn tables(&self) -> &'static str {
        match self.words {
            Some(_) => "record_text JOIN records ON seq = record_text.rowid",
            None => "records",
        }
    }

    fn path(&self, field: &str) -> Result<FieldPath, Failure> {
        let path = FieldPath::parse(field)
            .ok_or_else(|| Failure::invalid(format!("'{field}' is no field name")))?;
        self.object.check_path(&path).map_err(Failure::invalid)?;
        Ok(path)
    }

    fn mark(&mut self, part: &impl Hash) {
        let mut hasher = DefaultHasher::new();
        (self.fingerprint, part).hash(&mut hasher);
        self.fingerprint = hasher.finish();
    }

    fn encode(&self, seq: i64, key: &SqlValue) -> String {
        let key = match key {
            SqlValue::Integer(number) => CursorKey::Number(*number),
            SqlValue::Text(text) => CursorKey::Text(text.clone()),
            _ => CursorKey::Null,
        };
        let cursor = serde_json::json!(Cursor {
            fingerprint: self.fingerprint,
            seq,
            key,
        });
        BASE64_URL_SAFE_NO_PAD.encode(cursor.to_string())
    }

    fn decode(&self, cursor: &str) -> Result<Cursor, Failure> {
        let cursor: Cursor = BASE64_URL_SAFE_NO_PAD
            .decode(cursor)
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .ok_or_else(|| {
                Failure::invalid("after: not a cursor; send the NextCursor of an answer, unchanged")
            })?;
        if cursor.fingerprint == self.fingerprint {
            Ok(cursor)
        } else {
            Err(Failure::invalid(
                "after: this cursor belongs to another query; repeat the query that it came from",
            ))
        }
    }
}

/// The size of a page, from the parameter of that name.
pub(crate) fn limit(name: &str, given: Option<i64>) -> Result<u64, Failure> {
    match given.map(u64::try_from) {
        None => Ok(DEFAULT_LIMIT),
        Some(Ok(limit @ 1..=MAX_LIMIT)) => Ok(limit),
        Some(_) => Err(Failure::invalid(format!("{name} is 1 to {MAX_LIMIT}"))),
    }
}

/// How many records a page skips.
pub(crate) fn skip(given: Option<i64>) -> Result<u64, Failure> {
    u64::try_from(given.unwrap_or(0)).map_err(|_| Failure::invalid("Skip is negative"))
}

/// The named fields of a record, null where it has none; a part of a lookup comes within its
/// lookup.
pub(crate) fn project(record: &Record, fields: &[String]) -> Value {
    let mut shown = Map::new();
    for field in fields {
        let mut from = Some(record);
        let mut to = &mut shown;
        let mut names = field.split('.').peekable();
        while let Some(name) = names.next() {
            let value = from.and_then(|record| record.get(name));
            if names.peek().is_none() {
                to.insert(name.to_owned(), value.cloned().unwrap_or_default());
                break;
            }
            from = value.and_then(Value::as_object);
            let part = to.entry(name).or_insert_with(|| Value::Object(Map::new()));
            let Some(part) = part.as_object_mut() else {
                break;
            };
            to = part;
        }
    }
    Value::Object(shown)
}

/// What comes after the cursor, one part after the other, each such that an index can seek by it. SQLite sorts null before
/// everything.
fn after(sort: Option<&(FieldPath, Direction)>, cursor: Cursor) -> Vec<Sql> {
    let mut rest = Sql::default();
    let Some((field, direction)) = sort else {
        rest.push("seq > ").bind(cursor.seq);
        return vec![rest];
    };
    let order = key(field);
    let later = match direction {
        Direction::Ascending => ">",
        Direction::Descending => "<",
    };
    let last = match cursor.key {
        CursorKey::Null => None,
        CursorKey::Number(number) => Some(SqlValue::from(number)),
        CursorKey::Text(text) => Some(SqlValue::from(text)),
    };
    match &last {
        None => rest
            .push(&format!("{order} IS NULL AND seq {later} "))
            .bind(cursor.seq),
        // The first comparison is implied by the second; it is what an index can seek by.
        Some(last) => rest
            .push(&format!("{order} {later}= "))
            .bind(last.clone())
            .push(&format!(" AND ({order} {later} "))
            .bind(last.clone())
            .push(&format!(" OR seq {later} "))
            .bind(cursor.seq)
            .push(")"),
    };
    let may_be_null = !ALWAYS_SET.contains(&field.as_str());
    let others = match (direction, last) {
        (Direction::Ascending, None) => Some("IS NOT NULL"),
        (Direction::Descending, Some(_)) if may_be_null => Some("IS NULL"),
        _ => None,
    };
    let others = others.map(|others| Sql {
        text: format!("{order} {others}"),
        params: Vec::new(),
    });
    std::iter::once(rest).chain(others).collect()
}

fn to_sql(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
