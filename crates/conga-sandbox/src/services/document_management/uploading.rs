//! The calls that bring a file.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::versions::{self, NewVersion};
use crate::failure::Failure;
use crate::files::uploads;
use crate::files::{self, FileName};
use crate::records::objects::Object;
use crate::records::store::{By, Record, Removal, text};
use crate::records::value::{Scalar, date_text};
use crate::request::{Answer, Call, Part};
use crate::services::reply::{Reply, params};
use crate::services::{Session, World};

/// The extensions that are accepted, as published.
const ACCEPTED: [&str; 12] = [
    "doc", "docx", "pdf", "zip", "png", "rtf", "txt", "jpg", "jpeg", "msg", "xls", "xlsx",
];

/// The published `DocumentRequest`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Request {
    document_name: Option<String>,
    object_type: Option<String>,
    object_id: Option<String>,
    tags: Option<Vec<String>>,
    description: Option<String>,
    checkout_by: Option<String>,
    checkout_date: Option<String>,
    new_version_id: Option<String>,
    custom_properties: Option<Record>,
    document_id: Option<String>,
    is_searchable: Option<bool>,
}

/// The published `MultipartUploadRequest` and `CompleteMultipartUploadRequest`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Unfinished {
    document_id: Option<String>,
    key: Option<String>,
    upload_id: Option<String>,
    #[serde(rename = "ETags")]
    etags: Option<BTreeMap<String, Option<String>>>,
}

/// `POST /documents`: a document for each file.
pub(super) fn upload_many(world: &World, call: &Call) -> Result<Answer, Failure> {
    let fields = fields(call)?;
    let parts: Vec<&Part> = params::files(call, "files").collect();
    if parts.is_empty() {
        return Err(no_file("files"));
    }
    let added = world.write(call, |session| {
        let added = parts.into_iter().map(|part| {
            let file = keep(session, part)?;
            let new = NewVersion {
                document_id: None,
                version_id: None,
                file: &file,
                fields: fields.clone(),
            };
            versions::add(session, new).map(versions::shown)
        });
        added.collect::<Result<Vec<_>, Failure>>()
    })?;
    Ok(Reply::new(StatusCode::OK, added.into()).into_answer())
}

/// `POST /documents/upload`: a document, or a version of one.
pub(super) fn upload(world: &World, call: &Call) -> Result<Answer, Failure> {
    add(world, call, params::text(call, "documentId"))
}

/// `PUT /documents/{documentId}`: a version, or properties of the latest.
pub(super) fn update(world: &World, call: &Call) -> Result<Answer, Failure> {
    let document_id = call.path_param("documentId").unwrap_or_default();
    if params::files(call, "file").next().is_some() {
        world
            .store
            .read(|tx| versions::latest(tx, document_id).map(|_| ()))?;
        return add(world, call, Some(document_id));
    }
    let fields = fields(call)?;
    let changed = world.write(call, |session| {
        let latest = versions::latest(session.tx, document_id)?;
        versions::check_holder(session, &latest.record, text(&fields, "CheckoutBy"))?;
        versions::change(session, latest, Value::Object(fields))
    })?;
    Ok(Reply::new(StatusCode::OK, versions::shown(changed)).into_answer())
}

/// `POST /documents/multipart-uploads`: the upload's names, and the metadata as it will be.
pub(super) fn start(world: &World, call: &Call) -> Result<Answer, Failure> {
    let request: Request = params::read(call)?;
    let name = FileName::new(request.document_name.as_deref().unwrap_or_default())?;
    check_extension(&name)?;
    let mut fields = Record::new();
    let mut set = |name: &str, value: Value| fields.insert(name.to_owned(), value);
    set("DocumentName", name.as_str().into());
    set("ObjectType", request.object_type.into());
    set("ObjectId", request.object_id.into());
    set("Description", request.description.into());
    set("IsSearchable", request.is_searchable.unwrap_or(true).into());
    set("Tags", request.tags.map(|tags| tags.join(",")).into());
    check_out(
        &mut fields,
        request.checkout_by.as_deref(),
        request.checkout_date.as_deref(),
    )?;
    if let Some(custom) = &request.custom_properties {
        versions::add_custom(&mut fields, custom)?;
    }
    let document_id = given(request.document_id).unwrap_or_else(new_id);
    let version_id = given(request.new_version_id).unwrap_or_else(new_id);
    let started = world.write(call, |session| {
        let upload_id = uploads::start(session.tx, &document_id)?;
        let mut row = fields;
        row.insert("Id".to_owned(), upload_id.clone().into());
        row.insert("VersionId".to_owned(), version_id.clone().into());
        row.insert("DocumentId".to_owned(), document_id.clone().into());
        let object = unfinished();
        let record = session.records(&object).create(&row)?;
        let key = format!("{document_id}/{version_id}/{}", name.as_str());
        let mut metadata = record;
        metadata.remove("DocumentName");
        metadata.remove("VersionId");
        metadata.extend(facts_to_be(&name, &version_id));
        Ok::<_, Failure>(json!({"UploadId": upload_id, "Key": key, "Metadata": metadata}))
    })?;
    Ok(Reply::new(StatusCode::OK, started).into_answer())
}

/// `PUT /documents/{documentId}/multipart-uploads`: one part.
pub(super) fn put_part(world: &World, call: &Call) -> Result<Answer, Failure> {
    let document_id = call.path_param("documentId").unwrap_or_default();
    let upload = params::text(call, "uploadId").unwrap_or_default();
    let number = params::int(call, "partNumber")?
        .ok_or_else(|| Failure::invalid("partNumber is required: 1 for the first part"))?;
    let content = params::bytes(call)?;
    let etag = world.write(call, |session| {
        uploads::put(session.tx, upload, document_id, number, &content)
    })?;
    let data = json!({"ETag": etag, "PartNumber": number});
    Ok(Reply::new(StatusCode::OK, data).into_answer())
}

/// `POST /documents/{documentId}/multipart-uploads`: the version's id.
pub(super) fn complete(world: &World, call: &Call) -> Result<Answer, Failure> {
    let (document_id, request) = named_upload(call)?;
    let upload = request.upload_id.unwrap_or_default();
    let named = uploads::named(request.etags.unwrap_or_default())?;
    let added = world.write(call, |session| {
        let object = unfinished();
        let records = session.records(&object);
        let row = records.existing(By::Id, &upload)?.record;
        let field = |name| text(&row, name).unwrap_or_default().to_owned();
        let name = FileName::new(&field("DocumentName"))?;
        let file = uploads::complete(session.tx, &upload, document_id, &named, &name)?;
        let version_id = field("VersionId");
        let mut fields = row;
        for name in ["Id", "VersionId", "DocumentName", "DocumentId"] {
            fields.remove(name);
        }
        records.delete(By::Id, &upload, Removal::Hard)?;
        let new = NewVersion {
            document_id: Some(document_id),
            version_id: Some(&version_id),
            file: &file,
            fields,
        };
        versions::add(session, new)
    })?;
    let id = added.get("Id").cloned().unwrap_or_default();
    Ok(Reply::new(StatusCode::OK, id).into_answer())
}

/// `DELETE /documents/{documentId}/multipart-uploads`.
pub(super) fn abort(world: &World, call: &Call) -> Result<Answer, Failure> {
    let (document_id, request) = named_upload(call)?;
    let upload = request.upload_id.unwrap_or_default();
    world.write(call, |session| {
        uploads::abort(session.tx, &upload, document_id)?;
        let object = unfinished();
        session
            .records(&object)
            .delete(By::Id, &upload, Removal::Hard)
    })?;
    Ok(Reply::new(StatusCode::OK, "the upload was aborted".into()).into_answer())
}

/// Uploads that are under way: what is to become a version, under the upload's id.
fn unfinished() -> Object {
    Object::internal("DocumentUpload")
}

fn add(world: &World, call: &Call, document_id: Option<&str>) -> Result<Answer, Failure> {
    let fields = fields(call)?;
    let part = params::files(call, "file")
        .next()
        .ok_or_else(|| no_file("file"))?;
    let added = world.write(call, |session| {
        let file = keep(session, part)?;
        let new = NewVersion {
            document_id,
            version_id: params::text(call, "newVersionId"),
            file: &file,
            fields,
        };
        versions::add(session, new)
    })?;
    Ok(Reply::new(StatusCode::OK, versions::shown(added)).into_answer())
}

fn keep(session: &Session<'_>, part: &Part) -> Result<files::File, Failure> {
    let name = FileName::new(part.file_name.as_deref().unwrap_or_default())?;
    check_extension(&name)?;
    files::add(session.tx, &name, part.content_type.as_deref(), &part.bytes)
}

fn check_extension(name: &FileName) -> Result<(), Failure> {
    if ACCEPTED.contains(&name.extension().as_str()) {
        return Ok(());
    }
    Err(Failure::invalid(format!(
        "'{}' has an extension that is not accepted; accepted are {}",
        name.as_str(),
        ACCEPTED.join(", ")
    )))
}

/// The fields that the query and the form of an upload name.
fn fields(call: &Call) -> Result<Record, Failure> {
    let mut fields = Record::new();
    for (parameter, field) in [
        ("objectType", "ObjectType"),
        ("objectId", "ObjectId"),
        ("description", "Description"),
    ] {
        if let Some(value) = params::text(call, parameter) {
            fields.insert(field.to_owned(), value.into());
        }
    }
    let tags = params::texts(call, "tags");
    if !tags.is_empty() {
        fields.insert("Tags".to_owned(), tags.join(",").into());
    }
    if params::text(call, "isSearchable").is_some() {
        let searchable = params::flag(call, "isSearchable")?;
        fields.insert("IsSearchable".to_owned(), searchable.into());
    }
    check_out(
        &mut fields,
        params::text(call, "checkoutBy"),
        params::text(call, "checkoutDate"),
    )?;
    if let Some(custom) = params::form_object(call, "customProperties")? {
        versions::add_custom(&mut fields, &custom)?;
    }
    Ok(fields)
}

fn check_out(fields: &mut Record, holder: Option<&str>, date: Option<&str>) -> Result<(), Failure> {
    if let Some(holder) = holder {
        fields.insert("CheckoutBy".to_owned(), holder.into());
    }
    if let Some(date) = date {
        fields.insert("CheckoutDate".to_owned(), checkout_date(date)?.into());
    }
    Ok(())
}

/// A date as records write it.
pub(super) fn checkout_date(text: &str) -> Result<String, Failure> {
    let instant = Scalar::text(text).instant;
    instant
        .and_then(chrono::DateTime::from_timestamp_millis)
        .map(date_text)
        .ok_or_else(|| {
            Failure::invalid(format!(
                "the check-out date '{text}' is none; write it as 2026-03-01T09:30:00Z"
            ))
        })
}

fn named_upload(call: &Call) -> Result<(&str, Unfinished), Failure> {
    let document_id = call.path_param("documentId").unwrap_or_default();
    let request: Unfinished = params::read(call)?;
    if let Some(other) = request.document_id.as_deref()
        && other != document_id
    {
        return Err(Failure::invalid(format!(
            "DocumentId is '{other}', but the path names '{document_id}'"
        )));
    }
    if let Some(key) = request.key.as_deref()
        && !key.starts_with(document_id)
    {
        return Err(Failure::invalid(
            "Key is not the one that the upload was started with",
        ));
    }
    Ok((document_id, request))
}

/// What of the metadata is known before the content is.
fn facts_to_be(name: &FileName, version_id: &str) -> Record {
    let fields = json!({
        "Id": version_id,
        "Name": name.as_str(),
        "Extension": format!(".{}", name.extension()),
        "FileType": name.media_type(None),
        "FileSize": 0,
        "IsDeleted": false,
        "IsLatest": false,
    });
    match fields {
        Value::Object(fields) => fields,
        _ => Record::new(),
    }
}

fn given(id: Option<String>) -> Option<String> {
    id.filter(|id| !id.is_empty())
}

fn new_id() -> String {
    Uuid::new_v4().to_string()
}

fn no_file(field: &str) -> Failure {
    Failure::invalid(format!(
        "no file was sent; send one as the form field '{field}', with a file name"
    ))
}
