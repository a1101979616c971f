//! Records in SQLite.
//!
//! One table holds the living records, another those that were soft-deleted; a record is its JSON
//! text beside its index of comparison keys. There is one connection that writes. A file also gets
//! a few connections that read: in WAL mode they see the last commit and wait for no writer, so a
//! long scan holds up nobody. In memory a second connection would not see the same database, so
//! reads share the writer's.
//!
//! A write to a file is synced to disk before it returns: what was answered survives a crash. Writes at the same time
//! share a sync (see [`super::log`]).

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use rusqlite::types::{Type, Value as SqlValue};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, TransactionBehavior, ffi, params};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::criteria::Criteria;
use super::criteria::sql::{Sql, key, push_object};
use super::log::Log;
use super::past::Past;
use super::value::{self, FieldPath, Scalar};
use super::{definitions, text};
use crate::Clock;

const READERS: usize = 3;

/// SQLite's page cache for each connection, at most: 32 MB (it counts kibibytes below zero). New
/// ids land all over their indexes; with the 2 MB that SQLite takes by default, a bulk insert takes
/// half as long again.
const CACHE: i64 = -32_000;

/// The fields of every record whose keys have an index, for conditions and sorting.
const INDEXED: [&str; 5] = ["Id", "Name", "ExternalId", "CreatedDate", "ModifiedDate"];

/// The lookups that lead from a record to the one that it belongs to, where there may be many of both. Their keys have
/// an index too, of the records that have the field.
const PARENTS: [&str; 18] = [
    "Account",
    "Agreement",
    "AgreementObligation",
    "Category",
    "Configuration",
    "ContractFrom",
    "ContractTo",
    "DocumentId",
    "Hierarchy",
    "LineItem",
    "ObjectId",
    "Order",
    "ParentAgreement",
    "ParentProduct",
    "PriceList",
    "Product",
    "Proposal",
    "ReviewId",
];

/// A record: its fields by name.
pub(crate) type Record = Map<String, Value>;

/// A record and its place in the order of creation.
#[derive(Debug)]
pub(crate) struct Stored {
    pub(crate) seq: i64,
    pub(crate) record: Record,
}

/// The two ways to name a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    /// By `Id`.
    Id,
    /// By `ExternalId`.
    ExternalId,
}

impl By {
    /// The field.
    pub(crate) fn field(self) -> &'static str {
        match self {
            Self::Id => "Id",
            Self::ExternalId => "ExternalId",
        }
    }

    fn column(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::ExternalId => "external_id",
        }
    }
}

/// What becomes of a deleted record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Removal {
    /// It leaves every answer, but stays on disk.
    Soft,
    /// It is gone, and with it whatever an earlier soft delete of the same `Id` left.
    Hard,
}

/// The database: as it is, or as it was a while ago.
#[derive(Debug)]
pub(crate) struct Store {
    connections: Arc<Connections>,
    /// `None` for the present.
    view: Option<View>,
}

#[derive(Debug)]
struct Connections {
    writer: Mutex<Writer>,
    readers: Vec<Mutex<Connection>>,
    /// Of a file.
    log: Option<Log>,
    clock: Clock,
}

#[derive(Debug)]
struct Writer {
    connection: Connection,
    past: Past,
}

/// A look at the past.
#[derive(Debug)]
struct View {
    at: DateTime<Utc>,
    follow: OnceLock<Follow>,
    refused: AtomicBool,
}

/// Brings what is derived from the records in these places up to them.
pub(crate) type Follow = fn(&Transaction<'_>, &[i64]) -> rusqlite::Result<()>;

impl Store {
    /// Opens the file, or a database in memory. `schemas` are further tables: statements that make each if it is
    /// missing; `fill` runs once, when the tables are made.
    pub(crate) fn open(
        path: Option<&Path>,
        schemas: &[&str],
        clock: Clock,
        fill: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<()>,
    ) -> rusqlite::Result<Self> {
        let connect = || -> rusqlite::Result<Connection> {
            let connection = match path {
                Some(path) => Connection::open(path)?,
                None => Connection::open_in_memory()?,
            };
            connection.busy_timeout(Duration::from_secs(10))?;
            connection.set_prepared_statement_cache_capacity(64);
            connection.pragma_update(None, "cache_size", CACHE)?;
            text::add_function(&connection)?;
            Ok(connection)
        };
        let mut connection = connect()?;
        if path.is_some() {
            connection.pragma_update(None, "journal_mode", "WAL")?;
            connection.pragma_update(None, "synchronous", "NORMAL")?;
        }
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let is_new = create_tables(&transaction)?;
        for schema in schemas {
            transaction.execute_batch(schema)?;
        }
        if is_new {
            fill(&transaction)?;
        }
        transaction.commit()?;
        let past = Past::keep(&connection)?;
        let readers = match path {
            Some(_) => (0..READERS)
                .map(|_| {
                    let reader = connect()?;
                    reader.pragma_update(None, "query_only", true)?;
                    Ok(Mutex::new(reader))
                })
                .collect::<rusqlite::Result<_>>()?,
            None => Vec::new(),
        };
        let log = path.map(Log::open).transpose()?;
        if let Some(log) = &log {
            log.sync(log.committed())?;
        }
        Ok(Self {
            connections: Arc::new(Connections {
                writer: Mutex::new(Writer { connection, past }),
                readers,
                log,
                clock,
            }),
            view: None,
        })
    }

    /// The store as it was at that instant. It can only be read; see [`Store::refused_to_write`].
    pub(crate) fn past(&self, at: DateTime<Utc>) -> Self {
        Self {
            connections: self.connections.clone(),
            view: Some(View {
                at,
                follow: OnceLock::new(),
                refused: AtomicBool::new(false),
            }),
        }
    }

    /// The store as it is.
    pub(crate) fn present(&self) -> Self {
        Self {
            connections: self.connections.clone(),
            view: None,
        }
    }

    /// Whether somebody wanted to write to the past: what he has read is not what he should go by.
    pub(crate) fn refused_to_write(&self) -> bool {
        let view = self.view.as_ref();
        view.is_some_and(|view| view.refused.load(Ordering::Relaxed))
    }

    /// From now on, whoever reads the past finds also what is derived from the records as it was. It takes time, so that
    /// only those ask for it who read such. The present needs none of it.
    pub(crate) fn follow_past(&self, follow: Follow) {
        if let Some(view) = &self.view {
            view.follow.get_or_init(|| follow);
        }
    }

    /// Tells of every statement that the connection which writes runs; in memory, that is all of them.
    #[cfg(test)]
    pub(crate) fn watch(&self, mut note: impl FnMut(&str) + Send + 'static) {
        use rusqlite::trace::{TraceEvent, TraceEventCodes};

        let tell = move |event: TraceEvent<'_>| {
            if let TraceEvent::Stmt(statement, _) = event {
                note(&statement.sql());
            }
        };
        let mut writer = lock(&self.connections.writer);
        let statements = TraceEventCodes::SQLITE_TRACE_STMT;
        writer.connection.trace_v2(statements, Some(tell)).unwrap();
    }

    /// Runs `work` in a transaction. If it goes well, the transaction is committed, to disk where there is a file; if not, it is
    /// undone.
    pub(crate) fn write<T, E: From<rusqlite::Error>>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        if let Some(view) = &self.view {
            view.refused.store(true, Ordering::Relaxed);
            let error = ffi::Error::new(ffi::SQLITE_READONLY);
            return Err(rusqlite::Error::SqliteFailure(error, None).into());
        }
        let mut writer = lock(&self.connections.writer);
        let Writer { connection, past } = &mut *writer;
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        past.begin(
            &transaction,
            self.connections.clock.now().timestamp_millis(),
        )?;
        let done = work(&transaction)?;
        transaction.commit()?;
        if let Some(log) = &self.connections.log {
            let commit = log.committed();
            drop(writer);
            log.sync(commit)?;
        }
        Ok(done)
    }

    /// Runs `work` on one state of the database.
    pub(crate) fn read<T, E: From<rusqlite::Error>>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let Connections {
            writer, readers, ..
        } = &*self.connections;
        if let Some(view) = &self.view {
            let mut writer = lock(writer);
            let Writer { connection, past } = &mut *writer;
            // It is dropped, and with it whatever was restored.
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let places = past.restore(&transaction, view.at.timestamp_millis())?;
            if let Some(follow) = view.follow.get() {
                follow(&transaction, &places)?;
            }
            return work(&transaction);
        }
        let Some(first) = readers.first() else {
            return work(&lock(writer).connection.transaction()?);
        };
        let free = readers.iter().find_map(|reader| reader.try_lock().ok());
        let mut connection = free.unwrap_or_else(|| lock(first));
        work(&connection.transaction()?)
    }
}

/// A panic while the lock was held has undone its transaction; the connection is sound.
fn lock<T>(connection: &Mutex<T>) -> MutexGuard<'_, T> {
    connection.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Makes the tables if the database has none; tells whether it had none.
fn create_tables(tx: &Transaction<'_>) -> rusqlite::Result<bool> {
    let exists = tx
        .query_row(
            "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'records'",
            [],
            |_| Ok(()),
        )
        .optional()?
        .is_some();
    if exists {
        return Ok(false);
    }
    tx.execute_batch(
        "CREATE TABLE records (
            seq INTEGER PRIMARY KEY AUTOINCREMENT,
            object TEXT NOT NULL,
            id TEXT NOT NULL,
            external_id TEXT,
            body TEXT NOT NULL,
            keys BLOB NOT NULL
        ) STRICT;
        CREATE INDEX records_by_object ON records (object);
        CREATE UNIQUE INDEX records_by_id ON records (object, id);
        CREATE UNIQUE INDEX records_by_external_id ON records (object, external_id)
            WHERE external_id IS NOT NULL;
        CREATE TABLE deleted_records (
            object TEXT NOT NULL,
            id TEXT NOT NULL,
            body TEXT NOT NULL,
            deleted_date TEXT NOT NULL
        ) STRICT;
        CREATE INDEX deleted_records_by_id ON deleted_records (object, id);
        CREATE TABLE usage (
            object TEXT PRIMARY KEY,
            records INTEGER NOT NULL,
            bytes INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TRIGGER record_added AFTER INSERT ON records BEGIN
            INSERT INTO usage VALUES (new.object, 1, octet_length(new.body))
            ON CONFLICT (object) DO UPDATE SET
                records = records + 1, bytes = bytes + excluded.bytes;
        END;
        CREATE TRIGGER record_changed AFTER UPDATE OF body ON records BEGIN
            UPDATE usage SET bytes = bytes + octet_length(new.body) - octet_length(old.body)
            WHERE object = new.object;
        END;
        CREATE TRIGGER record_removed AFTER DELETE ON records BEGIN
            UPDATE usage SET records = records - 1, bytes = bytes - octet_length(old.body)
            WHERE object = old.object;
        END;
        CREATE TRIGGER deleted_record_added AFTER INSERT ON deleted_records BEGIN
            UPDATE usage SET bytes = bytes + octet_length(new.body) WHERE object = new.object;
        END;
        CREATE TRIGGER deleted_record_removed AFTER DELETE ON deleted_records BEGIN
            UPDATE usage SET bytes = bytes - octet_length(old.body) WHERE object = old.object;
        END;",
    )?;
    tx.execute_batch(definitions::table::TABLES)?;
    tx.execute_batch(text::TABLES)?;
    for field in INDEXED {
        tx.execute_batch(&format!(
            "CREATE INDEX records_by_key_{field} ON records \
             (object, json_extract(keys, '$.\"{field}\"'))"
        ))?;
    }
    for field in PARENTS {
        tx.execute_batch(&format!(
            "CREATE INDEX records_by_parent_{field} ON records \
             (object, json_extract(keys, '$.\"{field}\"')) \
             WHERE json_extract(keys, '$.\"{field}\"') IS NOT NULL"
        ))?;
    }
    Ok(true)
}

/// Adds a record. Its `Id` and `ExternalId` must be free.
pub(crate) fn insert(tx: &Transaction<'_>, object: &str, record: &Record) -> rusqlite::Result<()> {
    let (body, keys) = (json(record)?, json(&value::index(record))?);
    tx.prepare_cached(
        "INSERT INTO records (object, id, external_id, body, keys) VALUES (?, ?, ?, ?, jsonb(?))",
    )?
    .execute(params![
        object,
        text(record, "Id"),
        text(record, "ExternalId"),
        body,
        keys
    ])?;
    Ok(())
}

/// Writes a record anew. Its `ExternalId` must be free or its own.
pub(crate) fn replace(tx: &Transaction<'_>, stored: &Stored) -> rusqlite::Result<()> {
    let record = &stored.record;
    let (body, keys) = (json(record)?, json(&value::index(record))?);
    tx.prepare_cached(
        "UPDATE records SET external_id = ?, body = ?, keys = jsonb(?) WHERE seq = ?",
    )?
    .execute(params![text(record, "ExternalId"), body, keys, stored.seq])?;
    Ok(())
}

/// The living record of that name.
pub(crate) fn find(
    tx: &Transaction<'_>,
    object: &str,
    by: By,
    value: &str,
) -> rusqlite::Result<Option<Stored>> {
    let column = by.column();
    tx.prepare_cached(&format!(
        "SELECT seq, body FROM records WHERE object = ? AND {column} = ?"
    ))?
    .query_row([object, value], stored)
    .optional()
}

/// The living record with this `Id`, whichever object it is of, and the object's name.
pub(crate) fn find_anywhere(
    tx: &Transaction<'_>,
    id: &str,
) -> rusqlite::Result<Option<(String, Record)>> {
    // From object to object by the index, instead of through all records.
    tx.prepare_cached(
        "WITH RECURSIVE objects(name) AS (
            SELECT min(object) FROM records
            UNION ALL
            SELECT (SELECT min(object) FROM records WHERE object > name) FROM objects WHERE name IS NOT NULL
         )
         SELECT r.object, r.body FROM objects JOIN records AS r ON r.object = objects.name AND r.id = ?",
    )?
    .query_row([id], |row| Ok((row.get(0)?, from_json(row, 1)?)))
    .optional()
}

/// Deletes a record; tells whether there was one.
pub(crate) fn remove(
    tx: &Transaction<'_>,
    object: &str,
    id: &str,
    removal: Removal,
    date: &str,
) -> rusqlite::Result<bool> {
    let earlier = match removal {
        Removal::Soft => {
            tx.prepare_cached(
                "INSERT INTO deleted_records (object, id, body, deleted_date)
                 SELECT object, id, body, ? FROM records WHERE object = ? AND id = ?",
            )?
            .execute([date, object, id])?;
            0
        }
        Removal::Hard => tx
            .prepare_cached("DELETE FROM deleted_records WHERE object = ? AND id = ?")?
            .execute([object, id])?,
    };
    let living = tx
        .prepare_cached("DELETE FROM records WHERE object = ? AND id = ?")?
        .execute([object, id])?;
    Ok(earlier + living > 0)
}

/// How many living records an object has, and the bytes that these and its soft-deleted ones take.
pub(crate) fn usage(tx: &Transaction<'_>, object: &str) -> rusqlite::Result<(i64, i64)> {
    let found = tx
        .prepare_cached("SELECT records, bytes FROM usage WHERE object = ?")?
        .query_row([object], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(found.unwrap_or_default())
}

/// Whether the keys of the field have an index over all objects.
pub(crate) fn has_index(field: &str) -> bool {
    INDEXED.contains(&field) || PARENTS.contains(&field)
}

/// Makes an index of a field of one object, if it is missing.
pub(crate) fn add_index(
    tx: &Transaction<'_>,
    object: &str,
    field: &FieldPath,
) -> rusqlite::Result<()> {
    let mut sql = Sql::default();
    sql.push("CREATE INDEX IF NOT EXISTS ")
        .push(&index_name(object, field))
        .push(&format!(" ON records ({}) WHERE ", key(field)));
    push_object(&mut sql, object);
    tx.execute_batch(&sql.text)
}

/// Removes the index of a field of one object, if there is one.
pub(crate) fn drop_index(
    tx: &Transaction<'_>,
    object: &str,
    field: &FieldPath,
) -> rusqlite::Result<()> {
    tx.execute_batch(&format!(
        "DROP INDEX IF EXISTS {}",
        index_name(object, field)
    ))
}

/// A [`FieldPath`] holds nothing that could end the quotes; the name of an object is quoted.
fn index_name(object: &str, field: &FieldPath) -> String {
    format!("\"records_of_{}_by_{field}\"", object.replace('"', "\"\""))
}

/// Whether a record other than that of the `id` has this value in the field.
pub(crate) fn has_other(
    tx: &Transaction<'_>,
    object: &str,
    field: &FieldPath,
    value: Scalar,
    id: &str,
) -> rusqlite::Result<bool> {
    let mut sql = Sql::default();
    sql.push("SELECT count(*) FROM records WHERE ");
    push_object(&mut sql, object);
    sql.push(" AND ")
        .criteria(&Criteria::In(field.clone(), vec![Some(value)]))
        .push(" AND id <> ")
        .bind(id.to_owned());
    Ok(count(tx, &sql)? > 0)
}

/// Whether two records of the object have the same value in the field.
pub(crate) fn has_duplicates(
    tx: &Transaction<'_>,
    object: &str,
    field: &FieldPath,
) -> rusqlite::Result<bool> {
    let mut sql = Sql::default();
    let key = key(field);
    sql.push("SELECT count(*) FROM (SELECT 1 FROM records WHERE ");
    push_object(&mut sql, object);
    sql.push(&format!(
        " AND {key} IS NOT NULL GROUP BY {key} HAVING count(*) > 1 LIMIT 1)"
    ));
    Ok(count(tx, &sql)? > 0)
}

/// Whether a record of the object has a value in the field.
pub(crate) fn has_values(
    tx: &Transaction<'_>,
    object: &str,
    field: &FieldPath,
) -> rusqlite::Result<bool> {
    let mut sql = Sql::default();
    sql.push("SELECT count(*) FROM (SELECT 1 FROM records WHERE ");
    push_object(&mut sql, object);
    sql.push(&format!(" AND {} IS NOT NULL LIMIT 1)", key(field)));
    Ok(count(tx, &sql)? > 0)
}

/// Runs a `SELECT seq, body, key` and gives its rows.
pub(crate) fn select(tx: &Transaction<'_>, sql: &Sql) -> rusqlite::Result<Vec<(Stored, SqlValue)>> {
    tx.prepare_cached(&sql.text)?
        .query_map(rusqlite::params_from_iter(&sql.params), |row| {
            Ok((stored(row)?, row.get(2)?))
        })?
        .collect()
}

/// Runs a `SELECT count(*)`.
pub(crate) fn count(tx: &Transaction<'_>, sql: &Sql) -> rusqlite::Result<i64> {
    tx.prepare_cached(&sql.text)?
        .query_row(rusqlite::params_from_iter(&sql.params), |row| row.get(0))
}

/// The text of a field, if it is one.
pub(crate) fn text<'a>(record: &'a Record, field: &str) -> Option<&'a str> {
    record.get(field).and_then(Value::as_str)
}

/// Reads a column that holds JSON.
pub(crate) fn from_json<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    let text = row.get_ref(column)?.as_str()?;
    serde_json::from_str(text).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error))
    })
}

fn json(map: &Map<String, Value>) -> rusqlite::Result<String> {
    serde_json::to_string(map)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
}

fn stored(row: &Row<'_>) -> rusqlite::Result<Stored> {
    Ok(Stored {
        seq: row.get(0)?,
        record: from_json(row, 1)?,
    })
}
