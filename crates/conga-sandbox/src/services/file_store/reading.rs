//! Downloads, lists, information, links.

use axum::http::StatusCode;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta};
use serde::Deserialize;
use serde_json::json;

use super::paths::Folder;
use super::shelf::{self, Area, Entry};
use crate::failure::Failure;
use crate::files::archive::Archive;
use crate::files::{self, File, FileName, links};
use crate::request::{Answer, Call};
use crate::services::reply::{Reply, params};
use crate::services::{Session, World};

/// A link lives for this long unless told otherwise, in seconds.
const DEFAULT_TTL: f64 = 3_600.0;

/// And at most for this long, in seconds: seven days, as S3 has it.
const MAX_TTL: f64 = 604_800.0;

/// The names in one answer, at most and unless told otherwise.
const MOST_NAMES: i64 = 1_000;

/// The published `FileSharedURIRequest`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Sharing {
    #[serde(rename = "GenerateSharedURI")]
    pub(super) generate_shared_uri: Option<bool>,
    #[serde(rename = "TTLSeconds")]
    pub(super) ttl_seconds: Option<f64>,
}

/// The published `FileCreateSharedURIRequest`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Share {
    #[serde(rename = "FileName")]
    file_name: Option<String>,
    #[serde(rename = "FilePath")]
    file_path: Option<String>,
    #[serde(rename = "TTLSeconds")]
    ttl_seconds: Option<f64>,
}

impl Sharing {
    /// The link to the file, if one is asked for.
    pub(super) fn link(
        &self,
        session: &Session<'_>,
        call: &Call,
        file: &File,
    ) -> Result<Option<String>, Failure> {
        if !self.generate_shared_uri.unwrap_or(false) {
            return Ok(None);
        }
        let ttl = self.ttl_seconds.unwrap_or(DEFAULT_TTL);
        if !(ttl > 0.0 && ttl <= MAX_TTL) {
            return Err(Failure::invalid(format!(
                "TTLSeconds is more than 0 and at most {MAX_TTL}"
            )));
        }
        let expires = session.now + TimeDelta::milliseconds((ttl * 1_000.0) as i64);
        Ok(Some(links::make(session.tx, call, &file.id, expires)?))
    }
}

/// `GET /files/{filePath}/{fileName}/download`.
pub(super) fn download(world: &World, call: &Call) -> Result<Answer, Failure> {
    let (folder, name) = place(call)?;
    let now = world.clock.now();
    world.store.read(|tx| {
        let entry = shelf::existing(tx, now, Area::Files, &folder, &name)?;
        files::download::answer(tx, &call.headers, &entry.file)
    })
}

/// `GET /files/{filePath}/download`: the named files, or all in the folder, as one archive.
pub(super) fn download_many(world: &World, call: &Call) -> Result<Answer, Failure> {
    let folder = Folder::parse(call.path_param("filePath").unwrap_or_default())?;
    let names = params::texts(call, "fileNames");
    let now = world.clock.now();
    let archive = world.store.read(|tx| {
        let entries = if names.is_empty() {
            shelf::list(tx, now, &folder, "", usize::MAX)?.0
        } else {
            let found = names
                .iter()
                .map(|name| shelf::existing(tx, now, Area::Files, &folder, name));
            found.collect::<Result<Vec<_>, _>>()?
        };
        if entries.is_empty() {
            return Err(Failure::not_found(format!("{folder} has no files")));
        }
        let size: u64 = entries.iter().map(|entry| entry.file.size).sum();
        if size > files::MAX_SIZE {
            return Err(Failure::invalid(format!(
                "the files have {size} bytes together, and one archive takes {}; name fewer",
                files::MAX_SIZE
            )));
        }
        let mut archive = Archive::new();
        for entry in &entries {
            let name = FileName::new(&entry.file.name)?;
            let modified = DateTime::parse_from_rfc3339(&entry.modified);
            let modified = modified.map_or(now, |modified| modified.to_utc());
            archive.add(&name, modified, &files::read(tx, &entry.file)?)?;
        }
        archive.finish()
    })?;
    let name = match folder.split() {
        Some((_, name)) => format!("{name}.zip"),
        None => "files.zip".to_owned(),
    };
    Ok(files::download::attachment(
        &name,
        "application/zip",
        archive,
    ))
}

/// `GET /files/{filePath}/{fileName}/exists`.
pub(super) fn exists(world: &World, call: &Call) -> Result<Answer, Failure> {
    let (folder, name) = place(call)?;
    let now = world.clock.now();
    let found = world
        .store
        .read(|tx| shelf::find(tx, now, Area::Files, &folder, &name))?;
    Ok(Reply::new(StatusCode::OK, found.is_some().into()).into_answer())
}

/// `GET /files/{filePath}/{fileName}/info`.
pub(super) fn info(world: &World, call: &Call) -> Result<Answer, Failure> {
    let (folder, name) = place(call)?;
    let now = world.clock.now();
    let entry = world
        .store
        .read(|tx| shelf::existing(tx, now, Area::Files, &folder, &name))?;
    Ok(Reply::new(StatusCode::OK, entry.info(true)).into_answer())
}

/// `GET /files/{filePath}/filenames/list`.
pub(super) fn names(world: &World, call: &Call) -> Result<Answer, Failure> {
    let folder = Folder::parse(call.path_param("filePath").unwrap_or_default())?;
    let with_tags = params::flag(call, "includeFileTags")?;
    let most = page_size("maxFiles", params::int(call, "maxFiles")?, MOST_NAMES)?;
    let after = read_token(params::text(call, "continuationToken"))?;
    let now = world.clock.now();
    let (entries, more) = world
        .store
        .read(|tx| shelf::list(tx, now, &folder, &after, most))?;
    let token = entries.last().filter(|_| more);
    let data = json!({
        "ContinuationToken": token.map(|last| token_after(&last.file.name)),
        "IsTruncated": more,
        "FilesInfo": entries.iter().map(|entry: &Entry| entry.info(with_tags)).collect::<Vec<_>>(),
    });
    Ok(Reply::new(StatusCode::OK, data).into_answer())
}

/// `POST /files/shareduri`.
pub(super) fn share(world: &World, call: &Call) -> Result<Answer, Failure> {
    let request: Share = params::read(call)?;
    let folder = Folder::parse(request.file_path.as_deref().unwrap_or_default())?;
    let name = shelf::file_name(request.file_name.as_deref())?;
    let sharing = Sharing {
        generate_shared_uri: Some(true),
        ttl_seconds: request.ttl_seconds,
    };
    let link = world.write(call, |session| {
        let found = shelf::existing(session.tx, session.now, Area::Files, &folder, name.as_str())?;
        sharing.link(session, call, &found.file)
    })?;
    let data = json!({"FileName": name.as_str(), "FilePath": folder.as_str(), "SharedURI": link});
    Ok(Reply::new(StatusCode::OK, data).into_answer())
}

/// The number of entries in one answer, from the parameter of that name.
pub(super) fn page_size(name: &str, given: Option<i64>, most: i64) -> Result<usize, Failure> {
    let size = given.unwrap_or(most);
    match usize::try_from(size) {
        Ok(size @ 1..) if given.unwrap_or(most) <= most => Ok(size),
        _ => Err(Failure::invalid(format!("{name} is 1 to {most}"))),
    }
}

/// The token that continues a list after this name.
pub(super) fn token_after(name: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(name)
}

/// The name that a token stands for; empty for none.
pub(super) fn read_token(token: Option<&str>) -> Result<String, Failure> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(token.unwrap_or_default());
    bytes
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(|| {
            Failure::invalid("the continuation token is none; send that of an answer, unchanged")
        })
}

fn place(call: &Call) -> Result<(Folder, String), Failure> {
    let folder = Folder::parse(call.path_param("filePath").unwrap_or_default())?;
    let name = call.path_param("fileName").unwrap_or_default();
    Ok((folder, name.to_owned()))
}
