//! Files that arrive in parts.
//!
//! A service starts an upload for a place of its own (a path, a document), takes parts for it in any order, and joins
//! them. The rules are those of S3, on whose names the platform's calls are modelled: parts are numbered from 1 to
//! 10,000, a number sent again replaces that part, the parts are joined in the order of their numbers, and all but the
//! last have a least size.

use rusqlite::{OptionalExtension, Transaction, params};
use uuid::Uuid;

use super::{File, FileName};
use crate::failure::Failure;

/// The highest number of a part.
const MAX_PARTS: i64 = 10_000;

/// The least size of a part that is not the last, in bytes: 5 MiB.
pub(crate) const MIN_PART_SIZE: u64 = 5 * 1024 * 1024;

/// A part of an upload, as its sender names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NamedPart {
    pub(crate) number: i64,
    /// What the answer to the part gave.
    pub(crate) etag: String,
}

/// The parts that a sender names by the published `ETags`: the ETag by the part's number.
///
/// # Errors
///
/// A 400 for a number that is none.
pub(crate) fn named(
    etags: impl IntoIterator<Item = (String, Option<String>)>,
) -> Result<Vec<NamedPart>, Failure> {
    let named = etags.into_iter().map(|(number, etag)| {
        let number = number.parse().map_err(|_| {
            Failure::invalid("ETags maps the number of each part, such as \"1\", to its ETag")
        })?;
        Ok(NamedPart {
            number,
            etag: etag.unwrap_or_default(),
        })
    });
    named.collect()
}

/// Starts an upload; gives its id.
pub(crate) fn start(tx: &Transaction<'_>, place: &str) -> rusqlite::Result<String> {
    let id = Uuid::new_v4().simple().to_string();
    tx.prepare_cached("INSERT INTO file_uploads (id, place) VALUES (?, ?)")?
        .execute([id.as_str(), place])?;
    Ok(id)
}

/// Keeps a part; gives its entity tag.
///
/// # Errors
///
/// 404 for an upload that is not under way at this place, 400 for a number outside 1 to 10,000 or a part without
/// content.
pub(crate) fn put(
    tx: &Transaction<'_>,
    upload: &str,
    place: &str,
    number: i64,
    content: &[u8],
) -> Result<String, Failure> {
    check(tx, upload, place)?;
    if !(1..=MAX_PARTS).contains(&number) {
        return Err(Failure::invalid(format!(
            "the part's number is {number}; parts are numbered from 1 to {MAX_PARTS}"
        )));
    }
    if content.is_empty() {
        return Err(Failure::invalid(
            "the part has no content; send its bytes as the body",
        ));
    }
    let name = FileName::new(&format!("{upload}.{number}"))?;
    let file = super::add(tx, &name, None, content)?;
    let earlier: Option<String> = tx
        .prepare_cached("SELECT file FROM file_parts WHERE upload = ? AND number = ?")?
        .query_row(params![upload, number], |row| row.get(0))
        .optional()?;
    tx.prepare_cached(
        "INSERT INTO file_parts (upload, number, file) VALUES (?, ?, ?)
         ON CONFLICT (upload, number) DO UPDATE SET file = excluded.file",
    )?
    .execute(params![upload, number, file.id])?;
    if let Some(earlier) = earlier {
        super::remove(tx, &earlier)?;
    }
    Ok(file.etag().to_owned())
}

/// Joins the named parts into a file, and ends the upload.
///
/// # Errors
///
/// 404 for an upload that is not under way at this place; 400 if no part is named, one was not sent or has another
/// entity tag, or one that is not the last is shorter than [`MIN_PART_SIZE`]. The upload goes on then.
pub(crate) fn complete(
    tx: &Transaction<'_>,
    upload: &str,
    place: &str,
    named: &[NamedPart],
    name: &FileName,
) -> Result<File, Failure> {
    check(tx, upload, place)?;
    let mut named = named.to_vec();
    named.sort_by_key(|part| part.number);
    let sent = parts(tx, upload)?;
    let mut chosen = Vec::with_capacity(named.len());
    for part in &named {
        let found = sent.iter().find(|(number, _)| *number == part.number);
        let etag = part.etag.trim_matches('"');
        match found {
            Some((_, file)) if file.etag() == etag => chosen.push(file.clone()),
            Some(_) => {
                return Err(Failure::invalid(format!(
                    "part {} has another ETag; name the one that its upload was answered with",
                    part.number
                )));
            }
            None => {
                return Err(Failure::invalid(format!(
                    "part {} was not uploaded; upload it, or leave it out",
                    part.number
                )));
            }
        }
    }
    let Some((_, all_but_last)) = chosen.split_last() else {
        return Err(Failure::invalid(
            "no part is named; ETags maps each part's number to its ETag",
        ));
    };
    if let Some(short) = all_but_last.iter().find(|part| part.size < MIN_PART_SIZE) {
        return Err(Failure::invalid(format!(
            "a part has {} bytes; every part but the last has at least {MIN_PART_SIZE}",
            short.size
        )));
    }
    let file = super::join(tx, name, None, &chosen)?;
    forget(tx, upload)?;
    Ok(file)
}

/// Ends an upload, and forgets its parts.
///
/// # Errors
///
/// 404 for an upload that is not under way at this place.
pub(crate) fn abort(tx: &Transaction<'_>, upload: &str, place: &str) -> Result<(), Failure> {
    check(tx, upload, place)?;
    Ok(forget(tx, upload)?)
}

fn check(tx: &Transaction<'_>, upload: &str, place: &str) -> Result<(), Failure> {
    let found = tx
        .prepare_cached("SELECT 1 FROM file_uploads WHERE id = ? AND place = ?")?
        .exists([upload, place])?;
    if found {
        return Ok(());
    }
    Err(Failure::not_found(format!(
        "no upload '{upload}' is under way here; start one, and send its id, path and name as they were answered"
    )))
}

fn parts(tx: &Transaction<'_>, upload: &str) -> rusqlite::Result<Vec<(i64, File)>> {
    let mut select =
        tx.prepare_cached("SELECT number, file FROM file_parts WHERE upload = ? ORDER BY number")?;
    let rows: Vec<(i64, String)> = select
        .query_map([upload], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    let mut parts = Vec::with_capacity(rows.len());
    for (number, id) in rows {
        parts.extend(super::find(tx, &id)?.map(|file| (number, file)));
    }
    Ok(parts)
}

fn forget(tx: &Transaction<'_>, upload: &str) -> rusqlite::Result<()> {
    let parts = parts(tx, upload)?;
    tx.execute("DELETE FROM file_parts WHERE upload = ?", [upload])?;
    tx.execute("DELETE FROM file_uploads WHERE id = ?", [upload])?;
    for (_, file) in parts {
        super::remove(tx, &file.id)?;
    }
    Ok(())
}
