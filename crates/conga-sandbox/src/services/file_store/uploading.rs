//! The calls that bring files.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::paths::Folder;
use super::reading::Sharing;
use super::shelf::{self, Area, Details};
use crate::failure::Failure;
use crate::files::uploads::{self, MIN_PART_SIZE};
use crate::files::{self, File, FileName};
use crate::records::objects::Object;
use crate::records::store::{By, Removal};
use crate::request::{Answer, Call};
use crate::services::reply::{Reply, params};
use crate::services::{Session, World};

/// The largest file that arrives at once, in bytes: 50 MB.
const MAX_AT_ONCE: usize = 50 * 1024 * 1024;

/// The published `BulkCreateFileRequest`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Many {
    file_path: Option<String>,
    files: Option<Vec<OneOfMany>>,
}

/// The published `BaseCreateRequest`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct OneOfMany {
    file_name: Option<String>,
    file_content: Option<String>,
    file_tags: Option<Map<String, Value>>,
    #[serde(rename = "FileSharedURIRequest")]
    sharing: Option<Sharing>,
    file_expiration_request: Option<Expiration>,
}

/// The published `FileExpirationRequest`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Expiration {
    is_auto_delete_on_expiry: Option<bool>,
}

/// The published requests that start, complete and abort an upload in parts.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct InParts {
    file_name: Option<String>,
    file_path: Option<String>,
    upload_id: Option<String>,
    file_tags: Option<Map<String, Value>>,
    file_expiration_request: Option<Expiration>,
    #[serde(rename = "ETags")]
    etags: Option<BTreeMap<String, Option<String>>>,
    #[serde(rename = "FileSharedURIRequest")]
    sharing: Option<Sharing>,
}

/// `GET /files/limits`.
pub(super) fn limits(_: &World, _: &Call) -> Result<Answer, Failure> {
    let data = json!({
        "MaxPayloadSizeKB": MAX_AT_ONCE / 1024,
        "MinFilePartSizeKB": MIN_PART_SIZE / 1024,
    });
    Ok(Reply::new(StatusCode::OK, data).into_answer())
}

/// `POST /files/{filePath}/{fileName}/upload`.
pub(super) fn upload(world: &World, call: &Call) -> Result<Answer, Failure> {
    let folder = Folder::parse(call.path_param("filePath").unwrap_or_default())?;
    let name = shelf::file_name(call.path_param("fileName"))?;
    let part = params::files(call, "file").next().ok_or_else(|| {
        Failure::invalid("no file was sent; send one as the form field 'file', with a file name")
    })?;
    let details = Details {
        tags: params::form_object(call, "tags")?.unwrap_or_default(),
        expires: is_true(call, "IsAutoDeleteOnExpiry"),
    };
    let ttl = params::form_text(call, "TTLSeconds");
    let sharing = Sharing {
        generate_shared_uri: Some(is_true(call, "GenerateSharedURI")),
        ttl_seconds: ttl.and_then(|ttl| ttl.parse().ok()),
    };
    let data = world.write(call, |session| {
        let declared = part.content_type.as_deref();
        let file = add(session, &name, declared, &part.bytes)?;
        shelf::put(session, Area::Files, &folder, &file, details)?;
        created(session, call, &folder, &file, &sharing)
    })?;
    Ok(Reply::new(StatusCode::OK, data).into_answer())
}

/// `POST /files/bulk`: all files or none.
pub(super) fn upload_many(world: &World, call: &Call) -> Result<Answer, Failure> {
    let request: Many = params::read(call)?;
    let folder = Folder::parse(request.file_path.as_deref().unwrap_or_default())?;
    let files = request.files.unwrap_or_default();
    if files.is_empty() {
        return Err(Failure::invalid("Files needs at least one file"));
    }
    let created = world.write(call, |session| {
        let mut created = Vec::with_capacity(files.len());
        let mut faults = Vec::new();
        for (at, file) in files.into_iter().enumerate() {
            match one_of_many(session, call, &folder, file) {
                Ok(data) => created.push(data),
                Err(Failure::Store(error)) => return Err(Failure::Store(error)),
                Err(failure) => {
                    let messages = failure.messages().into_iter();
                    faults.extend(messages.map(|message| format!("file {}: {message}", at + 1)));
                }
            }
        }
        if faults.is_empty() {
            Ok(created)
        } else {
            Err(Failure::Invalid(faults))
        }
    })?;
    Ok(Reply::new(StatusCode::OK, created.into()).into_answer())
}

/// `POST /files/multipart-uploads`.
pub(super) fn start(world: &World, call: &Call) -> Result<Answer, Failure> {
    let request: InParts = params::read(call)?;
    let (folder, name) = request.place()?;
    let expiration = request.file_expiration_request.unwrap_or_default();
    let upload = world.write(call, |session| {
        let upload = uploads::start(session.tx, &place(&folder, &name))?;
        let row = json!({
            "Id": upload, "Tags": request.file_tags, "Expires": expiration.is_auto_delete_on_expiry,
        });
        let object = unfinished();
        let row = row.as_object().cloned().unwrap_or_default();
        session.records(&object).create(&row)?;
        Ok::<_, Failure>(upload)
    })?;
    let data = json!({"FileName": name.as_str(), "FilePath": folder.as_str(), "UploadId": upload});
    Ok(Reply::new(StatusCode::OK, data).into_answer())
}

/// `PUT /files/multipart-uploads`: one part.
pub(super) fn put_part(world: &World, call: &Call) -> Result<Answer, Failure> {
    let folder = Folder::parse(params::text(call, "FilePath").unwrap_or_default())?;
    let name = shelf::file_name(params::text(call, "FileName"))?;
    let upload = params::text(call, "UploadId").unwrap_or_default();
    let number = params::int(call, "PartNumber")?
        .ok_or_else(|| Failure::invalid("PartNumber is required: 1 for the first part"))?;
    let content = params::bytes(call)?;
    let etag = world.write(call, |session| {
        uploads::put(session.tx, upload, &place(&folder, &name), number, &content)
    })?;
    let data = json!({"ETag": etag, "PartNumber": number});
    Ok(Reply::new(StatusCode::OK, data).into_answer())
}

/// `POST /files/multipart-uploads/complete`: the link if one was asked for, else the file's path.
pub(super) fn complete(world: &World, call: &Call) -> Result<Answer, Failure> {
    let request: InParts = params::read(call)?;
    let (folder, name) = request.place()?;
    let upload = request.upload_id.unwrap_or_default();
    let named = uploads::named(request.etags.unwrap_or_default())?;
    let sharing = request.sharing.unwrap_or_default();
    let data = world.write(call, |session| {
        let place = place(&folder, &name);
        let file = uploads::complete(session.tx, &upload, &place, &named, &name)?;
        let object = unfinished();
        let records = session.records(&object);
        let row = records.existing(By::Id, &upload)?.record;
        records.delete(By::Id, &upload, Removal::Hard)?;
        let details = Details {
            tags: row
                .get("Tags")
                .and_then(Value::as_object)
                .cloned()
                .unwrap_or_default(),
            expires: row.get("Expires") == Some(&Value::Bool(true)),
        };
        shelf::put(session, Area::Files, &folder, &file, details)?;
        Ok::<_, Failure>(match sharing.link(session, call, &file)? {
            Some(link) => link,
            None => place,
        })
    })?;
    Ok(Reply::new(StatusCode::OK, data.into()).into_answer())
}

/// `DELETE /files/multipart-uploads`.
pub(super) fn abort(world: &World, call: &Call) -> Result<Answer, Failure> {
    let request: InParts = params::read(call)?;
    let (folder, name) = request.place()?;
    let upload = request.upload_id.unwrap_or_default();
    world.write(call, |session| {
        uploads::abort(session.tx, &upload, &place(&folder, &name))?;
        let object = unfinished();
        session
            .records(&object)
            .delete(By::Id, &upload, Removal::Hard)
    })?;
    Ok(Reply::new(StatusCode::OK, "the upload was aborted".into()).into_answer())
}

impl InParts {
    fn place(&self) -> Result<(Folder, FileName), Failure> {
        let folder = Folder::parse(self.file_path.as_deref().unwrap_or_default())?;
        Ok((folder, shelf::file_name(self.file_name.as_deref())?))
    }
}

/// Keeps a file that arrives at once.
fn add(
    session: &Session<'_>,
    name: &FileName,
    declared: Option<&str>,
    content: &[u8],
) -> Result<File, Failure> {
    if content.len() > MAX_AT_ONCE {
        return Err(Failure::Refused(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!(
                "the file has {} bytes, and at most {MAX_AT_ONCE} go at once; upload it in parts",
                content.len()
            ),
        ));
    }
    files::add(session.tx, name, declared, content)
}

fn one_of_many(
    session: &Session<'_>,
    call: &Call,
    folder: &Folder,
    request: OneOfMany,
) -> Result<Value, Failure> {
    let name = shelf::file_name(request.file_name.as_deref())?;
    let content = request
        .file_content
        .ok_or_else(|| Failure::invalid("FileContent is required: the content in base64"))?;
    let content = BASE64_STANDARD
        .decode(content)
        .map_err(|_| Failure::invalid("FileContent is not base64"))?;
    let expiration = request.file_expiration_request.unwrap_or_default();
    let details = Details {
        tags: request.file_tags.unwrap_or_default(),
        expires: expiration.is_auto_delete_on_expiry.unwrap_or(false),
    };
    let file = add(session, &name, None, &content)?;
    shelf::put(session, Area::Files, folder, &file, details)?;
    let sharing = request.sharing.unwrap_or_default();
    created(session, call, folder, &file, &sharing)
}

/// The published `CreateFileResponse`.
fn created(
    session: &Session<'_>,
    call: &Call,
    folder: &Folder,
    file: &File,
    sharing: &Sharing,
) -> Result<Value, Failure> {
    let link = sharing.link(session, call, file)?;
    Ok(json!({"FileName": file.name, "FilePath": folder.as_str(), "SharedURI": link}))
}

/// Uploads that are under way: what the file will be put down with, under the upload's id.
fn unfinished() -> Object {
    Object::internal("FileUpload")
}

/// The place of an upload: the path of its file.
fn place(folder: &Folder, name: &FileName) -> String {
    format!("{}{}", folder.prefix(), name.as_str())
}

fn is_true(call: &Call, field: &str) -> bool {
    params::form_text(call, field).is_some_and(|text| text.eq_ignore_ascii_case("true"))
}
