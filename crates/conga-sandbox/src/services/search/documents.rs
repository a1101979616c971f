//! The texts of documents: read from their files, and searched.

use std::collections::HashMap;
use std::io::{Cursor, Read};

use axum::http::StatusCode;
use rusqlite::{OptionalExtension, Transaction, params};
use serde_json::Value;
use zip::ZipArchive;

use super::index;
use super::searching::{Search, answer};
use crate::failure::Failure;
use crate::files;
use crate::records::criteria::sql::{Sql, key};
use crate::records::store::{self, Record};
use crate::records::text::Words;
use crate::records::value::{FieldPath, fold};
use crate::request::{Answer, AnswerBody, Call};
use crate::services::World;
use crate::services::document_management::versions;
use crate::services::reply::{Reply, params};

/// The texts of latest versions, by the place of the version's record.
pub(super) const TABLE: &str = "
    CREATE VIRTUAL TABLE IF NOT EXISTS document_text USING fts5 (
        content, tokenize = 'unicode61 remove_diacritics 0'
    );";

/// Files longer than this, in bytes, are not read.
const MAX_FILE: u64 = 64 * 1024 * 1024;
/// So much of a text is searched, in bytes.
const MAX_TEXT: u64 = 8 * 1024 * 1024;

/// `POST .../document/query`.
pub(super) fn query(world: &World, call: &Call) -> Result<Answer, Failure> {
    let search = Search::read(call)?;
    let object = versions::object();
    let mut selection = search.filter(&object)?.having("IsLatest", &["true"])?;
    if let Some(owner) = params::text(call, "objectName") {
        selection = selection.having("ObjectType", &[owner])?;
    }
    if let Some(words) = search.words()? {
        index::catch_up(world)?;
        let mut sql = Sql::default();
        for (start, table) in [("(", "record_text"), (" OR ", "document_text")] {
            sql.push(&format!(
                "{start}seq IN (SELECT rowid FROM {table} WHERE {table} MATCH "
            ))
            .bind(words.expression())
            .push(")");
        }
        sql.push(")");
        selection = selection.fitting(sql);
    }
    let selection = search.query.arrange(&object, selection)?;
    let mut answered = answer(world, call, &search.query, &selection)?;
    hide_files(&mut answered);
    Ok(answered)
}

/// `POST .../document/index`: brings the document's text up to date.
pub(super) fn index_one(world: &World, call: &Call) -> Result<Answer, Failure> {
    let body = params::row(call)?;
    let id = store::text(body, "DocumentId").unwrap_or_default();
    let version = store::text(body, "Version").filter(|version| !version.is_empty());
    world.store.write(|tx| -> Result<(), Failure> {
        let found = versions::of_document(tx, id)?;
        let found = found.iter().find(|one| match version {
            Some(version) => {
                let number = one.record.get("DocumentVersion").and_then(Value::as_i64);
                number.is_some() && version.parse().ok() == number
            }
            None => versions::is_latest(&one.record),
        });
        let found = found.ok_or_else(|| {
            let which = version.map_or(String::new(), |version| format!(" in version '{version}'"));
            Failure::not_found(format!("no document has the id '{id}'{which}"))
        })?;
        versions::file(tx, &found.record)?;
        index(tx, &[found.seq])
    })?;
    Ok(Reply::new(StatusCode::OK, id.into()).into_answer())
}

/// Brings the texts of these records, as far as they are documents, up to date.
pub(super) fn index(tx: &Transaction<'_>, places: &[i64]) -> Result<(), Failure> {
    for &seq in places {
        tx.prepare_cached("DELETE FROM document_text WHERE rowid = ?")?
            .execute([seq])?;
        let version: Option<Record> = tx
            .prepare_cached("SELECT body FROM records WHERE seq = ? AND object = ?")?
            .query_row(params![seq, versions::object().name()], |row| {
                store::from_json(row, 0)
            })
            .optional()?;
        let Some(version) = version.filter(versions::is_latest) else {
            continue;
        };
        let Some(file) = store::text(&version, "FileId") else {
            continue;
        };
        let Some(file) = files::find(tx, file)?.filter(|file| file.size <= MAX_FILE) else {
            continue;
        };
        if let Some(text) = text_of(&file.name, &file.media_type, || files::read(tx, &file))? {
            tx.prepare_cached("INSERT INTO document_text (rowid, content) VALUES (?, ?)")?
                .execute(params![seq, text])?;
        }
    }
    Ok(())
}

/// The condition that a record has a document with the words.
pub(super) fn owners(words: &Words) -> Sql {
    let mut sql = Sql::default();
    sql.push(&key(&FieldPath::known("Id"))).push(" IN (SELECT ");
    push_owners(&mut sql, words);
    sql.push(")");
    sql
}

/// For each of these records: how many documents have the words, and how often.
pub(super) fn hits(
    tx: &Transaction<'_>,
    words: &Words,
    ids: &[&str],
) -> Result<HashMap<String, (u64, u64)>, Failure> {
    let by_key: HashMap<String, &str> = ids.iter().map(|id| (fold(id), *id)).collect();
    let mut hits: HashMap<String, (u64, u64)> = HashMap::new();
    let mut sql = Sql::default();
    sql.push("SELECT content, ");
    push_owners(&mut sql, words);
    let mut statement = tx.prepare_cached(&sql.text)?;
    let mut rows = statement.query(rusqlite::params_from_iter(&sql.params))?;
    while let Some(row) = rows.next()? {
        let owner: Option<String> = row.get(1)?;
        if let Some(id) = owner.and_then(|owner| by_key.get(&owner).copied()) {
            let content: String = row.get(0)?;
            let (documents, occurrences) = hits.entry(id.to_owned()).or_default();
            *documents += 1;
            *occurrences += words.count(&content) as u64;
        }
    }
    Ok(hits)
}

/// Appends the owner's key, and where it is found.
fn push_owners(sql: &mut Sql, words: &Words) {
    sql.push(&key(&FieldPath::known("ObjectId")))
        .push(" FROM document_text JOIN records ON seq = document_text.rowid WHERE document_text MATCH ")
        .bind(words.expression());
}

/// The text of a file; `None` of one that has no text to read.
fn text_of(
    name: &str,
    media_type: &str,
    read: impl FnOnce() -> rusqlite::Result<Vec<u8>>,
) -> Result<Option<String>, Failure> {
    let name = name.to_ascii_lowercase();
    let extension = name.rsplit('.').next().unwrap_or_default();
    match extension {
        "docx" => Ok(office_text(&read()?, "word/document.xml")),
        "xlsx" => Ok(office_text(&read()?, "xl/sharedStrings.xml")),
        _ if media_type.starts_with("text/") => {
            let mut bytes = read()?;
            bytes.truncate(MAX_TEXT as usize);
            Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
        }
        _ => Ok(None),
    }
}

/// The text of the part of an Office file; `None` if it is none.
fn office_text(bytes: &[u8], part: &str) -> Option<String> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).ok()?;
    let mut xml = Vec::new();
    let part = archive.by_name(part).ok()?;
    part.take(MAX_TEXT).read_to_end(&mut xml).ok()?;
    let mut xml = String::from_utf8_lossy(&xml).into_owned();
    // A word may be spread over runs; paragraphs, cells, breaks and tabs end it.
    for end in ["</w:p>", "</si>", "<w:br/>", "<w:tab/>"] {
        xml = xml.replace(end, "\n");
    }
    Some(unescape(&strip(&xml)))
}

/// The text outside of tags.
fn strip(markup: &str) -> String {
    let mut text = String::with_capacity(markup.len());
    let mut rest = markup;
    while let Some((before, tag)) = rest.split_once('<') {
        text.push_str(before);
        rest = tag.split_once('>').map_or("", |(_, after)| after);
    }
    text.push_str(rest);
    text
}

fn unescape(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&apos;", "'")
        .replace("&amp;", "&")
}

/// The id of a content is nobody's business.
fn hide_files(answer: &mut Answer) {
    let AnswerBody::Json(body) = &mut answer.body else {
        return;
    };
    let records = body.get_mut("Data").and_then(Value::as_array_mut);
    for record in records.into_iter().flatten() {
        if let Some(record) = record.as_object_mut() {
            record.remove("FileId");
        }
    }
}
