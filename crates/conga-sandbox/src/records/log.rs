//! The write-ahead log on disk: one sync for all that was committed at the same time.
//!
//! SQLite would sync within each commit (`synchronous=FULL`), so that the next writer waits for the disk too. The store
//! has it leave that out (`NORMAL`): a commit then appends to the log, in order and with checksums, and SQLite still
//! syncs the log before it moves anything from there to the file. What is left is to sync the log before a write is answered,
//! and that can be done after the next writer has been let in. Whoever comes to it first syncs for all that have
//! committed by then.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use rusqlite::{Error, ffi};

/// The log of an open database.
#[derive(Debug)]
pub(super) struct Log {
    file: File,
    commits: AtomicU64,
    /// So many commits are on disk.
    synced: Mutex<u64>,
}

/// A commit, by its number.
#[derive(Debug, Clone, Copy)]
pub(super) struct Commit(u64);

impl Log {
    /// The log of the database in this file, which has a connection in WAL mode that has been used.
    pub(super) fn open(database: &Path) -> rusqlite::Result<Self> {
        let mut path = PathBuf::from(database).into_os_string();
        path.push("-wal");
        let file = File::open(path).map_err(|error| failed(&error))?;
        Ok(Self {
            file,
            commits: AtomicU64::new(0),
            synced: Mutex::new(0),
        })
    }

    /// Counts a commit that has been made, while nobody else can make one.
    pub(super) fn committed(&self) -> Commit {
        Commit(self.commits.fetch_add(1, Ordering::SeqCst) + 1)
    }

    /// Returns once the commit is on disk.
    pub(super) fn sync(&self, commit: Commit) -> rusqlite::Result<()> {
        let mut synced = self.synced.lock().unwrap_or_else(PoisonError::into_inner);
        if *synced < commit.0 {
            let commits = self.commits.load(Ordering::SeqCst);
            self.file.sync_data().map_err(|error| failed(&error))?;
            *synced = commits;
        }
        Ok(())
    }
}

/// Whether a write failed at its end, so that nobody knows whether it will be there when the file is opened again.
pub(crate) fn is_uncertain(error: &Error) -> bool {
    let code = error.sqlite_error().map(|error| error.extended_code);
    code == Some(ffi::SQLITE_IOERR_FSYNC)
}

fn failed(error: &io::Error) -> Error {
    Error::SqliteFailure(
        ffi::Error::new(ffi::SQLITE_IOERR_FSYNC),
        Some(format!("the log of the data file: {error}")),
    )
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;

    #[test]
    fn a_sync_is_for_all_that_have_committed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("conga.db");
        let connection = Connection::open(&path).unwrap();
        connection
            .pragma_update(None, "journal_mode", "WAL")
            .unwrap();
        connection.execute_batch("CREATE TABLE a (b)").unwrap();
        let log = Log::open(&path).unwrap();
        let synced = || *log.synced.lock().unwrap();
        let (first, second) = (log.committed(), log.committed());
        log.sync(first).unwrap();
        assert_eq!(synced(), 2);
        let third = log.committed();
        log.sync(second).unwrap();
        assert_eq!(synced(), 2);
        log.sync(third).unwrap();
        assert_eq!(synced(), 3);
    }

    #[test]
    fn a_failure_to_sync_leaves_it_open_whether_the_write_is_kept() {
        assert!(is_uncertain(&failed(&io::Error::other("full"))));
        assert!(!is_uncertain(&Error::QueryReturnedNoRows));
    }
}
