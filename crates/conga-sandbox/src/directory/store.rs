//! Users and connections in SQLite, each as JSON.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::types::Type;
use rusqlite::{Connection as Database, OptionalExtension, TransactionBehavior};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Entries;
use super::connections::Connection;
use super::users::User;
use crate::database;

/// The database.
#[derive(Debug)]
pub(super) struct Store(Mutex<Database>);

/// The right to write.
#[derive(Debug)]
pub(super) struct Writer<'a>(MutexGuard<'a, Database>);

impl Store {
    /// Opens the file, or a database in memory, and reads what it holds; `fill` says what a new one starts with.
    pub(super) fn open(
        path: Option<&Path>,
        fill: impl FnOnce() -> Entries,
    ) -> rusqlite::Result<(Self, Entries)> {
        let mut database = database::open(path)?;
        let transaction = database.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let exists = transaction
            .query_row(
                "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'api_connections'",
                [],
                |_| Ok(()),
            )
            .optional()?
            .is_some();
        let entries = if exists {
            Entries {
                connections: all(&transaction, "api_connections")?,
                users: all(&transaction, "users")?,
            }
        } else {
            transaction.execute_batch(
                "CREATE TABLE api_connections (
                    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, body TEXT NOT NULL
                ) STRICT;
                CREATE TABLE users (
                    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, body TEXT NOT NULL
                ) STRICT;",
            )?;
            let entries = fill();
            for connection in &entries.connections {
                save(&transaction, "api_connections", &connection.id, connection)?;
            }
            for user in &entries.users {
                save(&transaction, "users", &user.id, user)?;
            }
            entries
        };
        transaction.commit()?;
        Ok((Self(Mutex::new(database)), entries))
    }

    /// Waits for the right to write.
    pub(super) fn lock(&self) -> Writer<'_> {
        // Each write is one statement, so a panic leaves none open.
        Writer(self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Writer<'_> {
    /// Writes a connection, new or changed.
    pub(super) fn save_connection(&self, connection: &Connection) -> rusqlite::Result<()> {
        save(&self.0, "api_connections", &connection.id, connection)
    }

    /// Writes a user, new or changed.
    pub(super) fn save_user(&self, user: &User) -> rusqlite::Result<()> {
        save(&self.0, "users", &user.id, user)
    }
}

fn save(
    database: &Database,
    table: &str,
    id: &str,
    entry: &impl Serialize,
) -> rusqlite::Result<()> {
    let body = serde_json::to_string(entry)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
    let statement = format!(
        "INSERT INTO {table} (id, body) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body"
    );
    database.execute(&statement, [id, &body]).map(|_| ())
}

fn all<T: DeserializeOwned>(database: &Database, table: &str) -> rusqlite::Result<Vec<T>> {
    database
        .prepare(&format!("SELECT body FROM {table} ORDER BY seq"))?
        .query_map([], |row| {
            let body: String = row.get(0)?;
            serde_json::from_str(&body).map_err(|error| {
                rusqlite::Error::FromSqlConversionFailure(0, Type::Text, error.into())
            })
        })?
        .collect()
}
