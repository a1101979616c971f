//! Files: the contents that any service keeps, in the same database as the records.
//!
//! | room | what lives there |
//! |---|---|
//! | [`name`] | names that are safe to keep and to give out, and media types |
//! | [`uploads`] | files that arrive in parts |
//! | [`download`] | the answer that carries a file, whole or in part |
//! | [`archive`] | several files as one ZIP archive |
//! | [`links`] | links under which anyone may download a file |
//!
//! A [`File`] is a name and a media type for a content. A content is kept once, under its SHA-256, however many files
//! have it, and goes with the last of them. It lies in chunks, so that a part of it is read without the rest.
//!
//! A service keeps the file's id in its own record or table. The functions work in a transaction: that of a
//! [`Session`](crate::services::Session), or of a read.

pub(crate) mod archive;
pub(crate) mod download;
pub(crate) mod links;
pub(crate) mod name;
pub(crate) mod uploads;

#[cfg(test)]
mod tests;

use std::ops::Range;

use aws_lc_rs::digest::{Context, SHA256};
use axum::http::StatusCode;
use rusqlite::{OptionalExtension, Transaction, params};
use uuid::Uuid;

use crate::failure::Failure;
pub(crate) use name::FileName;

/// The largest file, in bytes: 512 MiB. It is the sandbox's own limit, since an answer is put together in memory.
pub(crate) const MAX_SIZE: u64 = 512 * 1024 * 1024;

/// The longest chunk, in bytes.
const CHUNK: usize = 1024 * 1024;

/// The tables.
pub(crate) const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS files (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    size INTEGER NOT NULL,
    hash TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS files_by_hash ON files (hash);
CREATE TABLE IF NOT EXISTS file_chunks (
    hash TEXT NOT NULL,
    start INTEGER NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (hash, start)
) STRICT;
CREATE TABLE IF NOT EXISTS file_uploads (
    id TEXT PRIMARY KEY,
    place TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS file_parts (
    upload TEXT NOT NULL REFERENCES file_uploads (id),
    number INTEGER NOT NULL,
    file TEXT NOT NULL REFERENCES files (id),
    PRIMARY KEY (upload, number)
) STRICT;
CREATE TABLE IF NOT EXISTS file_links (
    token TEXT PRIMARY KEY,
    file TEXT NOT NULL,
    expires TEXT NOT NULL
) STRICT;";

/// A file, without its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct File {
    pub(crate) id: String,
    /// Safe to show and to put into an archive.
    pub(crate) name: String,
    /// By the name's extension; where that says nothing, as the sender declared it.
    pub(crate) media_type: String,
    /// In bytes.
    pub(crate) size: u64,
    /// The SHA-256 of the content, in hexadecimal.
    pub(crate) hash: String,
}

impl File {
    /// The content's entity tag, without quotes: the first half of its hash.
    pub(crate) fn etag(&self) -> &str {
        self.hash.get(..32).unwrap_or(&self.hash)
    }
}

/// Keeps a file. `declared` is the media type that the sender gave, if any.
///
/// # Errors
///
/// 413 for more than [`MAX_SIZE`].
pub(crate) fn add(
    tx: &Transaction<'_>,
    name: &FileName,
    declared: Option<&str>,
    content: &[u8],
) -> Result<File, Failure> {
    check_size(content.len() as u64)?;
    let mut context = Context::new(&SHA256);
    context.update(content);
    let hash = hex(context);
    if !has_content(tx, &hash)? {
        let mut insert =
            tx.prepare_cached("INSERT INTO file_chunks (hash, start, bytes) VALUES (?, ?, ?)")?;
        for (at, chunk) in content.chunks(CHUNK).enumerate() {
            insert.execute(params![hash, (at * CHUNK) as i64, chunk])?;
        }
    }
    enter(tx, name, declared, content.len() as u64, hash)
}

/// Keeps a file that is the contents of others, one after the other.
///
/// # Errors
///
/// 413 for more than [`MAX_SIZE`] in all.
pub(crate) fn join(
    tx: &Transaction<'_>,
    name: &FileName,
    declared: Option<&str>,
    parts: &[File],
) -> Result<File, Failure> {
    let size = parts.iter().map(|part| part.size).sum();
    check_size(size)?;
    let mut context = Context::new(&SHA256);
    for part in parts {
        each_chunk(tx, part, 0..part.size, |chunk| context.update(chunk))?;
    }
    let hash = hex(context);
    if !has_content(tx, &hash)? {
        let mut start = 0;
        for part in parts {
            tx.execute(
                "INSERT INTO file_chunks (hash, start, bytes)
                 SELECT ?, ? + start, bytes FROM file_chunks WHERE hash = ?",
                params![hash, start, part.hash],
            )?;
            start += part.size.cast_signed();
        }
    }
    enter(tx, name, declared, size, hash)
}

/// Keeps a content once more, as a file of its own.
pub(crate) fn copy(tx: &Transaction<'_>, file: &File, name: &FileName) -> Result<File, Failure> {
    let declared = Some(file.media_type.as_str());
    enter(tx, name, declared, file.size, file.hash.clone())
}

/// The file with this id.
pub(crate) fn find(tx: &Transaction<'_>, id: &str) -> rusqlite::Result<Option<File>> {
    tx.prepare_cached("SELECT id, name, media_type, size, hash FROM files WHERE id = ?")?
        .query_row([id], |row| {
            Ok(File {
                id: row.get(0)?,
                name: row.get(1)?,
                media_type: row.get(2)?,
                size: row.get::<_, i64>(3)?.cast_unsigned(),
                hash: row.get(4)?,
            })
        })
        .optional()
}

/// The content of a file.
pub(crate) fn read(tx: &Transaction<'_>, file: &File) -> rusqlite::Result<Vec<u8>> {
    read_range(tx, file, 0..file.size)
}

/// A part of the content of a file; what lies beyond its end is left out.
pub(crate) fn read_range(
    tx: &Transaction<'_>,
    file: &File,
    range: Range<u64>,
) -> rusqlite::Result<Vec<u8>> {
    let length = range.end.min(file.size).saturating_sub(range.start);
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or_default());
    each_chunk(tx, file, range, |chunk| bytes.extend_from_slice(chunk))?;
    Ok(bytes)
}

/// Forgets a file, and its content if no other file has it; tells whether there was one.
pub(crate) fn remove(tx: &Transaction<'_>, id: &str) -> rusqlite::Result<bool> {
    let Some(file) = find(tx, id)? else {
        return Ok(false);
    };
    tx.prepare_cached("DELETE FROM files WHERE id = ?")?
        .execute([id])?;
    tx.prepare_cached(
        "DELETE FROM file_chunks
         WHERE hash = ?1 AND NOT EXISTS (SELECT 1 FROM files WHERE hash = ?1)",
    )?
    .execute([&file.hash])?;
    tx.prepare_cached("DELETE FROM file_links WHERE file = ?")?
        .execute([id])?;
    Ok(true)
}

fn enter(
    tx: &Transaction<'_>,
    name: &FileName,
    declared: Option<&str>,
    size: u64,
    hash: String,
) -> Result<File, Failure> {
    let file = File {
        id: Uuid::new_v4().to_string(),
        name: name.as_str().to_owned(),
        media_type: name.media_type(declared),
        size,
        hash,
    };
    tx.prepare_cached(
        "INSERT INTO files (id, name, media_type, size, hash) VALUES (?, ?, ?, ?, ?)",
    )?
    .execute(params![
        file.id,
        file.name,
        file.media_type,
        file.size.cast_signed(),
        file.hash
    ])?;
    Ok(file)
}

fn has_content(tx: &Transaction<'_>, hash: &str) -> rusqlite::Result<bool> {
    tx.prepare_cached("SELECT EXISTS (SELECT 1 FROM file_chunks WHERE hash = ?)")?
        .query_row([hash], |row| row.get(0))
}

/// Reads what lies in the range, chunk by chunk.
fn each_chunk(
    tx: &Transaction<'_>,
    file: &File,
    range: Range<u64>,
    mut take: impl FnMut(&[u8]),
) -> rusqlite::Result<()> {
    let (from, to) = (to_sql(range.start), to_sql(range.end));
    let mut select = tx.prepare_cached(
        "SELECT start, bytes FROM file_chunks
         WHERE hash = ?1 AND start < ?3
           AND start >= (SELECT max(start) FROM file_chunks WHERE hash = ?1 AND start <= ?2)
         ORDER BY start",
    )?;
    let mut rows = select.query(params![file.hash, from, to])?;
    while let Some(row) = rows.next()? {
        let start: i64 = row.get(0)?;
        let chunk = row.get_ref(1)?.as_blob()?;
        let within = |at: i64| usize::try_from(at - start).unwrap_or_default();
        let (first, last) = (within(from), within(to).min(chunk.len()));
        take(chunk.get(first..last).unwrap_or_default());
    }
    Ok(())
}

fn check_size(size: u64) -> Result<(), Failure> {
    if size <= MAX_SIZE {
        return Ok(());
    }
    Err(Failure::Refused(
        StatusCode::PAYLOAD_TOO_LARGE,
        format!("the file has {size} bytes, and the sandbox keeps at most {MAX_SIZE}"),
    ))
}

fn to_sql(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn hex(context: Context) -> String {
    let digest = context.finish();
    digest
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
