//! The past: what the tables held a while ago, for calls that are to see changes late.
//!
//! Triggers of the connection that writes keep every row that changes as it was before. [`Past::restore`] puts these rows
//! back, in a transaction that is never committed: whoever reads in it meets the tables as they were, with their indexes,
//! and nobody else notices.
//!
//! The rows are kept in memory, for an hour, up to a limit. As far back as they go, so far back one sees.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

use rusqlite::functions::FunctionFlags;
use rusqlite::{Connection, Transaction};

/// The tables whose changes can be seen late, as far as there are such. What follows from them by triggers goes with them.
/// Contents of files are not kept: one that was deleted is gone at once.
const TABLES: [&str; 5] = [
    "records",
    "definitions",
    "stored_files",
    "stored_folders",
    "storefront_carts",
];

/// How long changes are kept, in milliseconds of the sandbox's clock: an hour, the longest delay that a call can ask for.
const KEPT: i64 = 3_600_000;

/// How often those that are older are thrown away, in milliseconds.
const SWEEP: i64 = 60_000;

/// When there are more changes than this, or they take more pages (of 4 KiB), all are forgotten. More would take seconds to
/// restore.
const MOST_CHANGES: usize = 100_000;
const MOST_PAGES: i64 = 8_192;

/// What keeps the past of a connection.
#[derive(Debug)]
pub(super) struct Past {
    tables: Vec<Table>,
    counts: Arc<Counts>,
    /// When old changes were last thrown away.
    swept_at: AtomicI64,
}

/// What the triggers read and write.
#[derive(Debug, Default)]
struct Counts {
    /// The instant of the transaction that writes, in milliseconds.
    now: AtomicI64,
    /// How many changes were kept since all were forgotten.
    changes: AtomicUsize,
}

/// The statements for one table.
#[derive(Debug)]
struct Table {
    /// Throws away what was kept at `?1` or before.
    forget: String,
    /// Takes away the rows that were changed after `?1`.
    take_away: String,
    /// Puts them back as they were before the first of these changes.
    put_back: String,
}

impl Past {
    /// Has the connection keep the past of its tables from now on.
    pub(super) fn keep(connection: &Connection) -> rusqlite::Result<Self> {
        connection.pragma_update(None, "temp_store", "MEMORY")?;
        let counts = Arc::new(Counts::default());
        let shared = counts.clone();
        connection.create_scalar_function(
            "changed_at",
            0,
            FunctionFlags::SQLITE_UTF8,
            move |_| {
                shared.changes.fetch_add(1, Ordering::Relaxed);
                Ok(shared.now.load(Ordering::Relaxed))
            },
        )?;
        let mut tables = Vec::new();
        for name in TABLES {
            tables.extend(Table::keep(connection, name)?);
        }
        Ok(Self {
            tables,
            counts,
            swept_at: AtomicI64::new(i64::MIN),
        })
    }

    /// Says when the transaction writes, in milliseconds, and throws away what is no longer needed.
    pub(super) fn begin(&self, tx: &Transaction<'_>, now: i64) -> rusqlite::Result<()> {
        self.counts.now.store(now, Ordering::Relaxed);
        let is_full =
            self.counts.changes.load(Ordering::Relaxed) > MOST_CHANGES || pages(tx)? > MOST_PAGES;
        let forgotten = if is_full {
            self.counts.changes.store(0, Ordering::Relaxed);
            i64::MAX
        } else if now >= self.swept_at.load(Ordering::Relaxed).saturating_add(SWEEP) {
            now - KEPT
        } else {
            return Ok(());
        };
        self.swept_at.store(now, Ordering::Relaxed);
        for table in &self.tables {
            tx.prepare_cached(&table.forget)?.execute([forgotten])?;
        }
        Ok(())
    }

    /// Brings the tables back to what they held at that instant; the transaction must never be committed. Gives the places
    /// of the records that are not as they are now.
    pub(super) fn restore(&self, tx: &Transaction<'_>, at: i64) -> rusqlite::Result<Vec<i64>> {
        let places = tx
            .prepare_cached("SELECT DISTINCT seq FROM past_records WHERE at > ?")?
            .query_map([at], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        for table in &self.tables {
            tx.prepare_cached(&table.take_away)?.execute([at])?;
            tx.prepare_cached(&table.put_back)?.execute([at])?;
        }
        Ok(places)
    }
}

impl Table {
    /// Makes the triggers; `None` if there is no such table.
    fn keep(connection: &Connection, name: &str) -> rusqlite::Result<Option<Self>> {
        let all = "SELECT name, pk > 0 FROM pragma_table_info(?, 'main')";
        let columns = connection
            .prepare(all)?
            .query_map([name], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<rusqlite::Result<Vec<(String, bool)>>>()?;
        if columns.is_empty() {
            return Ok(None);
        }
        let list = |prefix: &str, only_keys: bool| {
            let columns = columns.iter().filter(|(_, is_key)| *is_key || !only_keys);
            let columns = columns.map(|(column, _)| format!("{prefix}{column}"));
            columns.collect::<Vec<_>>().join(", ")
        };
        let (all, keys) = (list("", false), list("", true));
        let (old_all, new_keys) = (list("old.", false), list("new.", true));
        let past = format!("past_{name}");
        let before =
            format!("INSERT INTO {past} (at, existed, {all}) VALUES (changed_at(), 1, {old_all})");
        connection.execute_batch(&format!(
            "CREATE TEMP TABLE {past} (n INTEGER PRIMARY KEY, at INTEGER, existed INTEGER, {all});
             CREATE TEMP TRIGGER {past}_added AFTER INSERT ON main.{name} BEGIN
                 INSERT INTO {past} (at, existed, {keys}) VALUES (changed_at(), 0, {new_keys});
             END;
             CREATE TEMP TRIGGER {past}_changed AFTER UPDATE ON main.{name} BEGIN {before}; END;
             CREATE TEMP TRIGGER {past}_removed AFTER DELETE ON main.{name} BEGIN {before}; END;"
        ))?;
        Ok(Some(Self {
            forget: format!("DELETE FROM {past} WHERE at <= ?"),
            take_away: format!(
                "DELETE FROM {name} WHERE ({keys}) IN (SELECT {keys} FROM {past} WHERE at > ?)"
            ),
            put_back: format!(
                "INSERT INTO {name} ({all}) SELECT {all} FROM {past}
                 WHERE existed AND n IN (SELECT min(n) FROM {past} WHERE at > ? GROUP BY {keys})"
            ),
        }))
    }
}

/// How many pages the changes take.
fn pages(tx: &Transaction<'_>) -> rusqlite::Result<i64> {
    let count = |pragma| -> rusqlite::Result<i64> {
        tx.prepare_cached(pragma)?.query_row([], |row| row.get(0))
    };
    Ok(count("PRAGMA temp.page_count")? - count("PRAGMA temp.freelist_count")?)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use chrono::{DateTime, Utc};
    use proptest::collection::vec;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::Clock;
    use crate::records::store::{self, By, Record, Removal, Store, Stored};

    fn start() -> DateTime<Utc> {
        "2026-03-01T09:30:00Z".parse().unwrap()
    }

    fn open(path: Option<&std::path::Path>) -> (Store, Clock) {
        let clock = Clock::stopped(start());
        let schema = "CREATE TABLE stored_folders (path TEXT PRIMARY KEY) STRICT, WITHOUT ROWID";
        let store = Store::open(path, &[schema], clock.clone(), |_| Ok(())).unwrap();
        (store, clock)
    }

    fn record(id: &str, version: Value) -> Record {
        let record = json!({"Id": id, "ExternalId": format!("X-{id}"), "Version": version});
        record.as_object().unwrap().clone()
    }

    fn put(tx: &Transaction<'_>, id: &str, version: Value) -> rusqlite::Result<()> {
        match store::find(tx, "Thing", By::Id, id)? {
            None => store::insert(tx, "Thing", &record(id, version)),
            Some(Stored { seq, .. }) => {
                let record = record(id, version);
                store::replace(tx, &Stored { seq, record })
            }
        }
    }

    fn remove(tx: &Transaction<'_>, id: &str) -> rusqlite::Result<bool> {
        store::remove(tx, "Thing", id, Removal::Hard, "2026-03-01T09:30:00.000Z")
    }

    /// Id and version of each record, in the order of creation.
    fn all(store: &Store) -> Vec<(String, Value)> {
        let read = |tx: &Transaction<'_>| -> rusqlite::Result<Vec<(String, Value)>> {
            let mut select = tx.prepare_cached("SELECT seq, id, body FROM records ORDER BY seq")?;
            let rows = select.query_map([], |row| {
                let body: Value = store::from_json(row, 2)?;
                Ok((row.get(1)?, body["Version"].clone()))
            })?;
            let rows: Vec<_> = rows.collect::<rusqlite::Result<_>>()?;
            assert_eq!(store::usage(tx, "Thing")?.0, rows.len() as i64);
            Ok(rows)
        };
        store.read(read).unwrap()
    }

    #[test]
    fn the_past_is_as_it_was_and_the_present_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("sandbox.db");
        for path in [None, Some(file.as_path())] {
            let (store, clock) = open(path);
            let write = |work: &dyn Fn(&Transaction<'_>) -> rusqlite::Result<()>| {
                store.write(work).unwrap();
            };
            write(&|tx| put(tx, "kept", 1.into()));
            write(&|tx| put(tx, "gone", 1.into()));
            clock.advance(Duration::from_secs(10));
            write(&|tx| put(tx, "kept", 2.into()));
            write(&|tx| put(tx, "kept", 3.into()));
            write(&|tx| remove(tx, "gone").map(|_| ()));
            write(&|tx| put(tx, "new", 1.into()));
            let failed: rusqlite::Result<()> = store.write(|tx| {
                put(tx, "undone", 1.into())?;
                Err(rusqlite::Error::InvalidQuery)
            });
            assert!(failed.is_err());

            let before = [("kept".to_owned(), json!(1)), ("gone".to_owned(), json!(1))];
            let now = [("kept".to_owned(), json!(3)), ("new".to_owned(), json!(1))];
            let ago = |seconds| clock.now() - chrono::TimeDelta::seconds(seconds);
            assert_eq!(all(&store.past(ago(1))), before);
            assert_eq!(all(&store.past(ago(10))), before);
            assert_eq!(all(&store.past(ago(11))), []);
            assert_eq!(all(&store.past(ago(0))), now);
            assert_eq!(all(&store), now);
            clock.advance(Duration::from_secs(1));
            assert_eq!(all(&store.past(ago(1))), now);
        }
    }

    #[test]
    fn other_tables_have_a_past_too() {
        let (store, clock) = open(None);
        let count = |store: &Store| -> i64 {
            let count = |tx: &Transaction<'_>| {
                tx.query_row("SELECT count(*) FROM stored_folders", [], |row| row.get(0))
            };
            store.read::<_, rusqlite::Error>(count).unwrap()
        };
        let add = |tx: &Transaction<'_>| tx.execute("INSERT INTO stored_folders VALUES ('/a')", []);
        store.write(add).unwrap();
        assert_eq!(count(&store), 1);
        assert_eq!(
            count(&store.past(clock.now() - chrono::TimeDelta::seconds(1))),
            0
        );
    }

    #[test]
    fn nobody_writes_to_the_past() {
        let (store, clock) = open(None);
        let past = store.past(clock.now());
        assert!(!past.refused_to_write());
        assert!(past.write(|tx| put(tx, "a", 1.into())).is_err());
        assert!(past.refused_to_write());
        assert_eq!(all(&store), []);
    }

    #[test]
    fn old_changes_are_thrown_away_and_too_many_forgotten() {
        let (store, clock) = open(None);
        let hours_ago = |hours| store.past(clock.now() - chrono::TimeDelta::hours(hours));
        store.write(|tx| put(tx, "a", 1.into())).unwrap();
        clock.advance(Duration::from_secs(2 * 3_600));
        store.write(|tx| put(tx, "a", 2.into())).unwrap();
        // The record was added longer ago than anybody remembers.
        assert_eq!(all(&hours_ago(3)), [("a".to_owned(), json!(1))]);

        let long = "x".repeat(1024 * 1024);
        for _ in 0..(MOST_PAGES / 256 + 2) {
            store.write(|tx| put(tx, "a", long.clone().into())).unwrap();
        }
        store.write(|tx| put(tx, "a", 3.into())).unwrap();
        assert_ne!(all(&hours_ago(1))[0].1, json!(1));
        let pages = |tx: &Transaction<'_>| pages(tx);
        assert!(store.write(pages).unwrap() < MOST_PAGES);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_past_can_be_seen(steps in vec((0..4_u64, 0..5_usize, any::<bool>()), 1..40)) {
            let (store, clock) = open(None);
            let mut states = vec![(clock.now(), Vec::new())];
            for (step, (seconds, id, removes)) in steps.into_iter().enumerate() {
                clock.advance(Duration::from_secs(seconds));
                let id = id.to_string();
                store.write(|tx| match removes {
                    true => remove(tx, &id).map(|_| ()),
                    false => put(tx, &id, step.into()),
                }).unwrap();
                // Of several at one instant the last counts.
                states.retain(|(at, _)| *at != clock.now());
                states.push((clock.now(), all(&store)));
            }
            for (at, state) in states {
                prop_assert_eq!(all(&store.past(at)), state);
            }
        }
    }
}
