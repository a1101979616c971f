//! Links under which anyone may download a file, until they expire.

use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension, Transaction};

use super::File;
use crate::records::value::date_text;
use crate::request::Call;
use crate::secret;

/// Where the links stand; a secret follows.
pub(crate) const PREFIX: &str = "/shared/";

/// Makes a link to a file; gives its address, of the host that the call was made to.
pub(crate) fn make(
    tx: &Transaction<'_>,
    call: &Call,
    file: &str,
    expires: DateTime<Utc>,
) -> rusqlite::Result<String> {
    let token = secret::token();
    tx.prepare_cached("INSERT INTO file_links (token, file, expires) VALUES (?, ?, ?)")?
        .execute([&token, file, &date_text(expires)])?;
    Ok(format!("{}{PREFIX}{token}", call.origin()))
}

/// The file that a link leads to, unless the link has expired.
pub(crate) fn follow(
    tx: &Transaction<'_>,
    token: &str,
    now: DateTime<Utc>,
) -> rusqlite::Result<Option<File>> {
    let file: Option<String> = tx
        .prepare_cached("SELECT file FROM file_links WHERE token = ? AND expires > ?")?
        .query_row([token, &date_text(now)], |row| row.get(0))
        .optional()?;
    match file {
        Some(file) => super::find(tx, &file),
        None => Ok(None),
    }
}
