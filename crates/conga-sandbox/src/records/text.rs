//! Full text: the words of records, and what a search asks of them.
//!
//! A record's words are those of all its texts but the ones that the platform writes. They lie in an FTS5 index, which
//! follows the records at a distance: a write only notes the record in `text_pending`, and whoever searches first has the
//! notes worked off (see [`index_some`]). Writing costs no more for that, and a sandbox without searches has no index.

use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::{Connection, OptionalExtension, Transaction, params};
use serde_json::Value;

use super::criteria::sql::{Sql, key};
use super::objects::READ_ONLY;
use super::store::{self, Record};
use super::value::{FieldPath, fold};
use crate::failure::Failure;

/// The index, the notes, and what writes them.
pub(crate) const TABLES: &str = "
    CREATE VIRTUAL TABLE record_text USING fts5 (
        name, rest,
        content = '', contentless_delete = 1,
        tokenize = 'unicode61 remove_diacritics 0', prefix = '2 3'
    );
    CREATE TABLE text_pending (seq INTEGER PRIMARY KEY) STRICT;
    CREATE TRIGGER record_text_added AFTER INSERT ON records BEGIN
        INSERT OR IGNORE INTO text_pending VALUES (new.seq);
    END;
    CREATE TRIGGER record_text_changed AFTER UPDATE OF body ON records BEGIN
        INSERT OR IGNORE INTO text_pending VALUES (new.seq);
    END;
    CREATE TRIGGER record_text_removed AFTER DELETE ON records BEGIN
        INSERT OR IGNORE INTO text_pending VALUES (old.seq);
    END;";

/// A search has at most this many words.
const MAX_WORDS: usize = 50;

/// Values within values are read to this depth.
const MAX_DEPTH: usize = 4;

/// A word that stands between the texts of a record, so that no phrase goes from one to the next.
const BOUNDARY: &str = "\nꙮ\n";

/// Words to search for. A record must have all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Words {
    terms: Vec<Term>,
    /// The fields to search; `None` for all.
    fields: Option<Vec<FieldPath>>,
}

/// Words that stand one after the other; the last may be the beginning of one.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Term {
    words: Vec<String>,
    is_beginning: bool,
}

impl Words {
    /// All words of a text, in any order. A word with `*` behind it is the beginning of a word.
    pub(crate) fn all(text: &str) -> Result<Self, Failure> {
        let pieces = text.split_inclusive(|c: char| !c.is_alphanumeric());
        Self::new(pieces.map(|piece| Term {
            is_beginning: piece.ends_with('*'),
            words: words(piece).collect(),
        }))
    }

    /// The words of a text, one after the other.
    pub(crate) fn phrase(text: &str) -> Result<Self, Failure> {
        Self::new([Term {
            words: words(text).collect(),
            is_beginning: false,
        }])
    }

    /// The beginnings of words, as somebody types them.
    pub(crate) fn beginnings(text: &str) -> Result<Self, Failure> {
        Self::new(words(text).map(|word| Term {
            words: vec![word],
            is_beginning: true,
        }))
    }

    /// Searches only these fields.
    pub(crate) fn within(mut self, fields: Vec<FieldPath>) -> Self {
        self.fields = Some(fields);
        self
    }

    /// How often the words stand in a text.
    pub(crate) fn count(&self, text: &str) -> usize {
        let terms = self.terms.iter();
        terms.map(|term| term.count(&fold(text))).sum()
    }

    /// The condition on the index, as FTS5 writes it.
    pub(crate) fn expression(&self) -> String {
        let terms = self.terms.iter().map(|term| {
            let star = if term.is_beginning { "*" } else { "" };
            format!("\"{}\"{star}", term.words.join(" "))
        });
        let terms = terms.collect::<Vec<_>>().join(" AND ");
        match self.fields.as_deref() {
            Some([only]) if only.as_str() == "Name" => format!("{{name}} : ({terms})"),
            _ => terms,
        }
    }

    /// Appends the conditions that the index cannot check: that the words stand in the fields asked for.
    pub(crate) fn push_fields(&self, sql: &mut Sql) {
        let fields = match self.fields.as_deref() {
            None => return,
            Some([only]) if only.as_str() == "Name" => return,
            Some(fields) => fields,
        };
        for term in &self.terms {
            sql.push(" AND (0");
            for field in fields {
                // A lookup is searched by the name of its record.
                let own = key(field);
                let name = key(&field.name_of());
                sql.push(&format!(" OR mentions(coalesce({name}, {own}), "))
                    .bind(term.written())
                    .push(")");
            }
            sql.push(")");
        }
    }

    fn new(terms: impl IntoIterator<Item = Term>) -> Result<Self, Failure> {
        let mut terms: Vec<Term> = terms.into_iter().collect();
        terms.retain(|term| !term.words.is_empty());
        let count: usize = terms.iter().map(|term| term.words.len()).sum();
        match count {
            0 => Err(Failure::invalid(
                "there is no word to search for; give letters or digits",
            )),
            1..=MAX_WORDS => Ok(Self {
                terms,
                fields: None,
            }),
            _ => Err(Failure::invalid(format!(
                "a search has at most {MAX_WORDS} words"
            ))),
        }
    }
}

impl Term {
    /// As the SQL function `mentions` reads it.
    fn written(&self) -> String {
        let star = if self.is_beginning { "*" } else { "" };
        format!("{}{star}", self.words.join(" "))
    }

    fn read(text: &str) -> Self {
        Self {
            words: words(text).collect(),
            is_beginning: text.ends_with('*'),
        }
    }

    /// How often the term stands in a folded text.
    fn count(&self, text: &str) -> usize {
        let Some((last, first)) = self.words.split_last() else {
            return 0;
        };
        let text: Vec<String> = words(text).collect();
        let places = text.windows(self.words.len());
        let fits = |place: &&[String]| {
            place.split_last().is_some_and(|(end, start)| {
                start == first
                    && (end == last || (self.is_beginning && end.starts_with(last.as_str())))
            })
        };
        places.filter(fits).count()
    }
}

/// The words of a text, folded.
fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(fold)
}

/// Gives a connection the SQL function `mentions(text, term)`.
pub(crate) fn add_function(connection: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function("mentions", 2, flags, |context: &Context<'_>| {
        let term = context.get_or_create_aux(1, |term| -> rusqlite::Result<Term> {
            Ok(Term::read(term.as_str()?))
        })?;
        let text = context.get_raw(0);
        Ok(text.as_str().is_ok_and(|text| term.count(text) > 0))
    })
}

/// Whether the index lags behind the records.
pub(crate) fn is_behind(tx: &Transaction<'_>) -> rusqlite::Result<bool> {
    tx.prepare_cached("SELECT EXISTS (SELECT 1 FROM text_pending)")?
        .query_row([], |row| row.get(0))
}

/// How many records of an object the index does not have as they are.
pub(crate) fn behind(tx: &Transaction<'_>, object: &str) -> rusqlite::Result<i64> {
    tx.prepare_cached(
        "SELECT count(*) FROM text_pending JOIN records USING (seq) WHERE object = ?",
    )?
    .query_row([object], |row| row.get(0))
}

/// Brings at most so many records into the index as they are; tells the places of those that have been there.
pub(crate) fn index_some(tx: &Transaction<'_>, most: usize) -> rusqlite::Result<Vec<i64>> {
    let places: Vec<i64> = tx
        .prepare_cached("SELECT seq FROM text_pending LIMIT ?")?
        .query_map([most as i64], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    index(tx, &places)?;
    Ok(places)
}

/// Brings the records in these places into the index as they are.
pub(crate) fn index(tx: &Transaction<'_>, places: &[i64]) -> rusqlite::Result<()> {
    let mut read = tx.prepare_cached("SELECT body FROM records WHERE seq = ?")?;
    let mut remove = tx.prepare_cached("DELETE FROM record_text WHERE rowid = ?")?;
    let mut insert =
        tx.prepare_cached("INSERT INTO record_text (rowid, name, rest) VALUES (?, ?, ?)")?;
    let mut settle = tx.prepare_cached("DELETE FROM text_pending WHERE seq = ?")?;
    for &seq in places {
        remove.execute([seq])?;
        let record: Option<Record> = read
            .query_row([seq], |row| store::from_json(row, 0))
            .optional()?;
        if let Some(record) = record {
            let name = store::text(&record, "Name").unwrap_or_default();
            insert.execute(params![seq, name, rest(&record)])?;
        }
        settle.execute([seq])?;
    }
    Ok(())
}

/// The texts of a record beside its name.
fn rest(record: &Record) -> String {
    let mut texts = Vec::new();
    let fields = record.iter().filter(|(name, _)| {
        !matches!(name.as_str(), "Id" | "Name") && !READ_ONLY.contains(&name.as_str())
    });
    for (_, value) in fields {
        gather(&mut texts, value, MAX_DEPTH);
    }
    texts.join(BOUNDARY)
}

fn gather<'a>(texts: &mut Vec<&'a str>, value: &'a Value, depth: usize) {
    match value {
        Value::String(text) => texts.push(text),
        Value::Array(parts) if depth > 0 => {
            for part in parts {
                gather(texts, part, depth - 1);
            }
        }
        Value::Object(parts) if depth > 0 => {
            for part in parts.iter().filter(|(name, _)| *name != "Id") {
                gather(texts, part.1, depth - 1);
            }
        }
        _ => {}
    }
}
