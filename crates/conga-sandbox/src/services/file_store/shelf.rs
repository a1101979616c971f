//! What lies where: the table of files by folder and name.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{OptionalExtension, Row, Transaction, params};
use serde_json::{Map, Value, json};

use super::paths::Folder;
use crate::failure::Failure;
use crate::files::{self, File, FileName};
use crate::records::value::date_text;
use crate::services::Session;

/// The tables.
pub(in crate::services) const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS stored_files (
    area TEXT NOT NULL,
    folder TEXT NOT NULL,
    name TEXT NOT NULL,
    file TEXT NOT NULL,
    tags TEXT NOT NULL,
    modified TEXT NOT NULL,
    expires TEXT,
    PRIMARY KEY (area, folder, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS stored_folders (path TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;";

/// Which store a file is in. They know nothing of each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Area {
    Files,
    Cdn,
}

impl Area {
    fn as_str(self) -> &'static str {
        match self {
            Self::Files => "files",
            Self::Cdn => "cdn",
        }
    }
}

/// A file at its place.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) folder: String,
    pub(super) file: File,
    pub(super) tags: Map<String, Value>,
    /// As records write dates.
    pub(super) modified: String,
}

impl Entry {
    /// The published `FileInfo`.
    pub(super) fn info(&self, with_tags: bool) -> Value {
        json!({
            "FileName": self.file.name,
            "FilePath": self.folder,
            "ModifiedDate": self.modified,
            "FileSize": self.file.size,
            "ContentType": self.file.media_type,
            "FileTags": with_tags.then_some(&self.tags),
        })
    }
}

/// What a file is put down with.
#[derive(Debug, Default)]
pub(super) struct Details {
    pub(super) tags: Map<String, Value>,
    /// Whether it deletes itself after a day.
    pub(super) expires: bool,
}

/// Puts a file down; one that lies there already is replaced.
pub(super) fn put(
    session: &Session<'_>,
    area: Area,
    folder: &Folder,
    file: &File,
    details: Details,
) -> Result<(), Failure> {
    let earlier = find(session.tx, session.now, area, folder, &file.name)?;
    let expires = details
        .expires
        .then(|| date_text(session.now + TimeDelta::days(1)));
    session
        .tx
        .prepare_cached(
            "INSERT INTO stored_files (area, folder, name, file, tags, modified, expires)
             VALUES (?, ?, ?, ?, ?, ?, ?)
             ON CONFLICT (area, folder, name) DO UPDATE SET
                file = excluded.file, tags = excluded.tags, modified = excluded.modified, expires = excluded.expires",
        )?
        .execute(params![
            area.as_str(),
            folder.as_str(),
            file.name,
            file.id,
            Value::Object(details.tags).to_string(),
            session.date(),
            expires,
        ])?;
    if let Some(earlier) = earlier {
        files::remove(session.tx, &earlier.file.id)?;
    }
    Ok(())
}

/// The file of that name in a folder.
pub(super) fn find(
    tx: &Transaction<'_>,
    now: DateTime<Utc>,
    area: Area,
    folder: &Folder,
    name: &str,
) -> rusqlite::Result<Option<Entry>> {
    tx.prepare_cached(&format!(
        "{SELECT} AND s.area = ?2 AND s.folder = ?3 AND s.name = ?4"
    ))?
    .query_row(
        params![date_text(now), area.as_str(), folder.as_str(), name],
        entry,
    )
    .optional()
}

/// The same, and a 404 if there is none.
pub(super) fn existing(
    tx: &Transaction<'_>,
    now: DateTime<Utc>,
    area: Area,
    folder: &Folder,
    name: &str,
) -> Result<Entry, Failure> {
    find(tx, now, area, folder, name)?.ok_or_else(|| missing(folder, name))
}

/// That a folder has no such file.
pub(super) fn missing(folder: &Folder, name: &str) -> Failure {
    Failure::not_found(format!("{folder} has no file '{name}'"))
}

/// The files directly in a folder, by name, from the first after `after`, and whether there are more.
pub(super) fn list(
    tx: &Transaction<'_>,
    now: DateTime<Utc>,
    folder: &Folder,
    after: &str,
    limit: usize,
) -> rusqlite::Result<(Vec<Entry>, bool)> {
    let mut select = tx.prepare_cached(&format!(
        "{SELECT} AND s.area = 'files' AND s.folder = ?2 AND s.name > ?3 ORDER BY s.name LIMIT ?4"
    ))?;
    // One more than asked for tells whether there are more.
    let most = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    let rows = select.query_map(params![date_text(now), folder.as_str(), after, most], entry)?;
    let mut entries: Vec<Entry> = rows.collect::<rusqlite::Result<_>>()?;
    let more = entries.len() > limit;
    entries.truncate(limit);
    Ok((entries, more))
}

/// The files in a folder and in all folders within.
pub(super) fn all_within(
    tx: &Transaction<'_>,
    now: DateTime<Utc>,
    folder: &Folder,
) -> rusqlite::Result<Vec<Entry>> {
    let mut select = tx.prepare_cached(&format!(
        "{SELECT} AND s.area = 'files' AND (s.folder = ?2 OR substr(s.folder, 1, length(?3)) = ?3)"
    ))?;
    let rows = select.query_map(
        params![date_text(now), folder.as_str(), folder.prefix()],
        entry,
    )?;
    rows.collect()
}

/// Takes a file away; tells whether there was one.
pub(super) fn remove(
    session: &Session<'_>,
    area: Area,
    folder: &Folder,
    name: &str,
) -> Result<bool, Failure> {
    let found = find(session.tx, session.now, area, folder, name)?;
    let Some(entry) = found else {
        return Ok(false);
    };
    take(session, area, &entry)?;
    Ok(true)
}

/// Takes a file away that was found.
pub(super) fn take(session: &Session<'_>, area: Area, entry: &Entry) -> Result<(), Failure> {
    session
        .tx
        .prepare_cached("DELETE FROM stored_files WHERE area = ? AND folder = ? AND name = ?")?
        .execute([area.as_str(), &entry.folder, &entry.file.name])?;
    files::remove(session.tx, &entry.file.id)?;
    Ok(())
}

/// Makes a folder that stays when it is empty.
pub(super) fn make_folder(tx: &Transaction<'_>, folder: &Folder) -> rusqlite::Result<()> {
    tx.prepare_cached("INSERT OR IGNORE INTO stored_folders (path) VALUES (?)")?
        .execute([folder.as_str()])?;
    Ok(())
}

/// Forgets the folders within a folder.
pub(super) fn forget_folders_within(tx: &Transaction<'_>, folder: &Folder) -> rusqlite::Result<()> {
    tx.prepare_cached("DELETE FROM stored_folders WHERE substr(path, 1, length(?1)) = ?1")?
        .execute([folder.prefix()])?;
    Ok(())
}

/// The names of the folders directly in a folder.
pub(super) fn folders_in(
    tx: &Transaction<'_>,
    now: DateTime<Utc>,
    folder: &Folder,
) -> rusqlite::Result<BTreeSet<String>> {
    let prefix = folder.prefix();
    let mut select = tx.prepare_cached(
        "SELECT path FROM stored_folders WHERE substr(path, 1, length(?2)) = ?2
         UNION SELECT folder FROM stored_files
         WHERE area = 'files' AND substr(folder, 1, length(?2)) = ?2 AND (expires IS NULL OR expires > ?1)",
    )?;
    let paths = select.query_map(params![date_text(now), prefix], |row| {
        row.get::<_, String>(0)
    })?;
    let mut names = BTreeSet::new();
    for path in paths {
        let path = path?;
        let within = path.strip_prefix(&prefix).unwrap_or_default();
        let name = within.split('/').next().unwrap_or_default();
        if !name.is_empty() {
            names.insert(name.to_owned());
        }
    }
    Ok(names)
}

/// Whether a folder is there.
pub(super) fn has_folder(
    tx: &Transaction<'_>,
    now: DateTime<Utc>,
    folder: &Folder,
) -> rusqlite::Result<bool> {
    match folder.split() {
        None => Ok(true),
        Some((parent, name)) => Ok(folders_in(tx, now, &parent)?.contains(name)),
    }
}

/// A file's name, as calls give it.
pub(super) fn file_name(given: Option<&str>) -> Result<FileName, Failure> {
    let given = given.unwrap_or_default();
    let name = FileName::new(given)?;
    if name.as_str() == given {
        return Ok(name);
    }
    Err(Failure::invalid(format!(
        "'{}' is no file name; put the folders into FilePath",
        given.escape_debug()
    )))
}

/// Entries that have not expired by the date `?1`.
const SELECT: &str = "
SELECT s.folder, s.tags, s.modified, f.id, f.name, f.media_type, f.size, f.hash
FROM stored_files AS s JOIN files AS f ON f.id = s.file
WHERE (s.expires IS NULL OR s.expires > ?1)";

fn entry(row: &Row<'_>) -> rusqlite::Result<Entry> {
    let tags: String = row.get(1)?;
    Ok(Entry {
        folder: row.get(0)?,
        tags: serde_json::from_str(&tags).unwrap_or_default(),
        modified: row.get(2)?,
        file: File {
            id: row.get(3)?,
            name: row.get(4)?,
            media_type: row.get(5)?,
            size: row.get::<_, i64>(6)?.cast_unsigned(),
            hash: row.get(7)?,
        },
    })
}
