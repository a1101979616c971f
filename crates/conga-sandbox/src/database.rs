//! Opening SQLite for what is kept beside the records.

use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;

/// How long to wait for another connection that writes to the same file.
const PATIENCE: Duration = Duration::from_secs(30);

/// Opens the file, made if it does not exist, or a database in memory. A commit to a file is on disk before it
/// returns.
pub(crate) fn open(path: Option<&Path>) -> rusqlite::Result<Connection> {
    let Some(path) = path else {
        return Connection::open_in_memory();
    };
    let connection = Connection::open(path)?;
    connection.busy_timeout(PATIENCE)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    Ok(connection)
}
