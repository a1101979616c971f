//! Codes, grants and refresh tokens in SQLite. Times are milliseconds of the epoch.

use std::fmt;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::access::AccessTokens;
use super::{Authorization, GrantId};
use crate::database;
use crate::secret::{self, sha256};

/// What `auth_grants` and the tables around it hold; a code stays after its use, so that a second one is noticed.
const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS auth_grants (
        id TEXT PRIMARY KEY, body TEXT NOT NULL, expires INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE IF NOT EXISTS auth_refresh_tokens (
        hash TEXT PRIMARY KEY,
        grant_id TEXT NOT NULL REFERENCES auth_grants (id) ON DELETE CASCADE,
        used INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE INDEX IF NOT EXISTS auth_refresh_tokens_by_grant ON auth_refresh_tokens (grant_id);
    CREATE TABLE IF NOT EXISTS auth_codes (
        hash TEXT PRIMARY KEY, body TEXT NOT NULL, expires INTEGER NOT NULL, grant_id TEXT
    ) STRICT;
    CREATE TABLE IF NOT EXISTS auth_devices (
        hash TEXT PRIMARY KEY, user_code TEXT NOT NULL UNIQUE, body TEXT NOT NULL, expires INTEGER NOT NULL
    ) STRICT;";

/// The database, and beside it what lives in memory.
pub(super) struct Store {
    database: Mutex<Connection>,
    access_tokens: Mutex<AccessTokens>,
}

/// A transaction.
pub(super) struct Change<'a> {
    pub(super) transaction: Transaction<'a>,
    revoked: Vec<GrantId>,
}

/// A grant in the database.
pub(super) struct Kept {
    pub(super) id: GrantId,
    pub(super) authorization: Authorization,
    pub(super) expires: DateTime<Utc>,
}

impl Store {
    /// Opens the file, or a database in memory.
    pub(super) fn open(path: Option<&Path>) -> rusqlite::Result<Self> {
        let database = database::open(path)?;
        database.pragma_update(None, "foreign_keys", true)?;
        database.execute_batch(TABLES)?;
        Ok(Self {
            database: Mutex::new(database),
            access_tokens: Mutex::default(),
        })
    }

    /// Runs `work` in a transaction, which is committed if it goes well and undone if not. The access tokens of
    /// grants that it revokes end with the commit.
    pub(super) fn change<T>(
        &self,
        work: impl FnOnce(&mut Change<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        // A panic undoes the transaction, so what it leaves is whole.
        let mut database = self.database.lock().unwrap_or_else(PoisonError::into_inner);
        let mut change = Change {
            transaction: database.transaction_with_behavior(TransactionBehavior::Immediate)?,
            revoked: Vec::new(),
        };
        let value = work(&mut change)?;
        change.transaction.commit()?;
        let mut tokens = self.access_tokens();
        for grant in &change.revoked {
            tokens.revoke_grant(grant);
        }
        Ok(value)
    }

    pub(super) fn access_tokens(&self) -> MutexGuard<'_, AccessTokens> {
        self.access_tokens
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Change<'_> {
    /// Adds a grant.
    pub(super) fn add_grant(
        &self,
        authorization: &Authorization,
        expires: DateTime<Utc>,
    ) -> rusqlite::Result<GrantId> {
        let id = Uuid::new_v4().to_string();
        self.transaction.execute(
            "INSERT INTO auth_grants (id, body, expires) VALUES (?, ?, ?)",
            params![id, to_json(authorization)?, expires.timestamp_millis()],
        )?;
        Ok(id)
    }

    /// Whether a grant is there, good or over.
    pub(super) fn has_grant(&self, id: &str) -> rusqlite::Result<bool> {
        self.transaction.query_row(
            "SELECT EXISTS (SELECT 1 FROM auth_grants WHERE id = ?)",
            [id],
            |row| row.get(0),
        )
    }

    /// Adds a refresh token to a grant.
    pub(super) fn add_refresh_token(&self, grant: &str) -> rusqlite::Result<String> {
        let token = secret::token();
        self.transaction.execute(
            "INSERT INTO auth_refresh_tokens (hash, grant_id) VALUES (?, ?)",
            [&sha256(&token), grant],
        )?;
        Ok(token)
    }

    /// The grant of a refresh token, and whether the token was used.
    pub(super) fn refresh_token(&self, token: &str) -> rusqlite::Result<Option<(Kept, bool)>> {
        self.transaction
            .query_row(
                "SELECT auth_grants.id, body, expires, used FROM auth_refresh_tokens
                 JOIN auth_grants ON auth_grants.id = grant_id WHERE hash = ?",
                [sha256(token)],
                |row| {
                    let grant = Kept {
                        id: row.get(0)?,
                        authorization: from_json(&row.get::<_, String>(1)?)?,
                        expires: from_millis(row.get(2)?)?,
                    };
                    Ok((grant, row.get(3)?))
                },
            )
            .optional()
    }

    /// Marks a refresh token as used.
    pub(super) fn use_refresh_token(&self, token: &str) -> rusqlite::Result<()> {
        self.transaction.execute(
            "UPDATE auth_refresh_tokens SET used = 1 WHERE hash = ?",
            [sha256(token)],
        )?;
        Ok(())
    }

    /// Removes a grant with its refresh tokens; its access tokens end with the commit.
    pub(super) fn revoke(&mut self, grant: GrantId) -> rusqlite::Result<()> {
        self.transaction
            .execute("DELETE FROM auth_grants WHERE id = ?", [&grant])?;
        self.revoked.push(grant);
        Ok(())
    }

    /// Forgets what is over. Used codes stay as long as their grants; devices that still poll are told for a
    /// while that it is too late.
    pub(super) fn sweep(&self, now: DateTime<Utc>) -> rusqlite::Result<()> {
        let now_millis = now.timestamp_millis();
        self.transaction
            .execute("DELETE FROM auth_grants WHERE expires <= ?", [now_millis])?;
        self.transaction.execute(
            "DELETE FROM auth_codes WHERE expires <= ?
             AND (grant_id IS NULL OR grant_id NOT IN (SELECT id FROM auth_grants))",
            [now_millis],
        )?;
        let gone = (now - super::devices::LIFETIME).timestamp_millis();
        self.transaction
            .execute("DELETE FROM auth_devices WHERE expires <= ?", [gone])?;
        Ok(())
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").finish_non_exhaustive()
    }
}

/// A body as it is stored.
pub(super) fn to_json(body: &impl Serialize) -> rusqlite::Result<String> {
    serde_json::to_string(body)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
}

/// A stored body.
pub(super) fn from_json<T: DeserializeOwned>(body: &str) -> rusqlite::Result<T> {
    serde_json::from_str(body)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(0, Type::Text, error.into()))
}

/// A stored time.
pub(super) fn from_millis(millis: i64) -> rusqlite::Result<DateTime<Utc>> {
    DateTime::from_timestamp_millis(millis)
        .ok_or(rusqlite::Error::IntegralValueOutOfRange(0, millis))
}
