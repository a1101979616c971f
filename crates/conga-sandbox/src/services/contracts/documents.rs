//! Documents of contracts, obligations, fulfillments and requests. A document is one of Document Management
//! ([`versions`]), with the record as its object.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use rusqlite::Transaction;
use serde::Deserialize;
use serde_json::{Value, json};

use super::collection::id;
use super::contract::{self, contracts};
use super::lifecycle::{Move, State};
use super::query::Query;
use super::relations;
use super::{actions, activity, obligations, requests, reviews};
use crate::failure::Failure;
use crate::files::{self, FileName};
use crate::records::selection::Selection;
use crate::records::store::{self, Record, Removal, Stored};
use crate::request::{Answer, Call, Part};
use crate::services::document_management::versions::{self, NewVersion};
use crate::services::file_store;
use crate::services::reply::{params, success};
use crate::services::{Session, World};

/// The object that the documents of contracts belong to.
pub(super) const CONTRACT: &str = "Agreement";
const OBLIGATION: &str = "AgreementObligation";
const REQUEST: &str = "ContractRequest";

/// A document that a call brings: in its form, or by the place of its file in File Store.
#[derive(Debug)]
enum Incoming<'a> {
    Uploaded(&'a Part, Option<Record>),
    Stored(Large),
}

/// The published `LargeDocumentRequest`, and with `Contract` the `ContractLargeDocumentRequest`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Large {
    file_name: String,
    /// The folder.
    file_path: String,
    document_attributes: Option<Record>,
    contract: Option<Record>,
}

/// `POST contracts/createoffline` and `.../large`: a contract in authoring, with the document.
pub(super) fn create_offline(world: &World, call: &Call) -> Result<Answer, Failure> {
    create_with_document(world, call, State::Authoring)
}

/// `POST contracts/storeexecuted` and `.../large`: an active contract, with the document.
pub(super) fn store_executed(world: &World, call: &Call) -> Result<Answer, Failure> {
    create_with_document(world, call, State::Filing)
}

/// `POST contracts/{contractId}/documents` and `.../large`.
pub(super) fn upload(world: &World, call: &Call) -> Result<Answer, Failure> {
    let incoming = Incoming::of(call)?;
    let document = world.write(call, |session| {
        let contract = contract::of_call(session.tx, call)?;
        let object = (CONTRACT, contract::id_of(call));
        let document = incoming.keep(session, object)?;
        let record = if Move::Upload.starts_from(State::of(&contract.record)?) {
            actions::perform(session, contract, Move::Upload)?
        } else {
            contract.record
        };
        activity::log(session, id(&record), "UploadDocument", &record, None)?;
        Ok(document)
    })?;
    Ok(success(versions::shown(document)))
}

/// `POST contracts/{contractId}/importoffline` and `.../large`: the contract goes to authoring.
pub(super) fn import_offline(world: &World, call: &Call) -> Result<Answer, Failure> {
    let incoming = Incoming::of(call)?;
    let document = world.write(call, |session| {
        let contract = contract::of_call(session.tx, call)?;
        actions::perform(session, contract, Move::Author)?;
        let object = (CONTRACT, contract::id_of(call));
        incoming.keep(session, object)
    })?;
    Ok(success(versions::shown(document)))
}

/// `POST contracts/{contractId}/documents/query`.
pub(super) fn query(world: &World, call: &Call) -> Result<Answer, Failure> {
    let query = Query::of(call)?;
    let found = world.store.read(|tx| {
        contract::of_call(tx, call)?;
        latest_of_contract(tx, &query, contract::id_of(call))
    })?;
    let count = found.total;
    let rows: Value = found.rows.into_iter().map(versions::shown).collect();
    Ok(success(
        json!({"StatusCode": "OK", "RecordCount": count, "Data": rows}),
    ))
}

/// `POST contracts/{contractId}/documents/querywithreview`.
pub(super) fn query_with_review(world: &World, call: &Call) -> Result<Answer, Failure> {
    let query = Query::of(call)?;
    let wants = |name: &str| {
        let body = call.json().and_then(|body| body.get(name));
        body == Some(&Value::Bool(true))
    };
    let (with_review, with_versions) = (
        wants("IncludeReviewStatus"),
        wants("IncludeDocumentVersions"),
    );
    let data = world.store.read(|tx| {
        contract::of_call(tx, call)?;
        let found = latest_of_contract(tx, &query, contract::id_of(call))?;
        let count = found.total;
        let rows = found.rows.into_iter().map(|record| {
            let document = document_id(&record).to_owned();
            let mut row = versions::shown(record);
            if with_review {
                row["Status"] = json!(reviews::status_of(tx, &document)?);
            }
            if with_versions {
                let all = versions::of_document(tx, &document)?.into_iter();
                row["DocumentVersions"] = all.map(|one| versions::shown(one.record)).collect();
            }
            Ok::<_, Failure>(row)
        });
        let rows = rows.collect::<Result<Value, _>>()?;
        Ok::<_, Failure>(json!({"StatusCode": "OK", "RecordCount": count, "Data": rows}))
    })?;
    Ok(success(data))
}

/// `GET contracts/{contractId}/documents/relateddocuments`: the documents of related contracts.
pub(super) fn related(world: &World, call: &Call) -> Result<Answer, Failure> {
    let rows = world.store.read(|tx| {
        let here = contract::of_call(tx, call)?.record;
        let mut rows = Vec::new();
        for (contract, kind) in relations::related(tx, &here)? {
            for document in of(tx, CONTRACT, &contract)? {
                rows.push(json!({
                    "DocumentMetadata": versions::shown(document),
                    "RelationshipType": kind,
                }));
            }
        }
        Ok::<_, Failure>(rows)
    })?;
    Ok(success(rows.into()))
}

/// `GET contracts/{contractId}/documents/{documentId}`: with its content.
pub(super) fn get(world: &World, call: &Call) -> Result<Answer, Failure> {
    get_of(world, call, (CONTRACT, contract::id_of(call)))
}

/// `GET contracts/{contractId}/documents/{documentId}/versions/{documentMetadataId}`: with its content.
pub(super) fn get_version(world: &World, call: &Call) -> Result<Answer, Failure> {
    let wanted = call.path_param("documentMetadataId").unwrap_or_default();
    let data = world.store.read(|tx| {
        let document = find(tx, (CONTRACT, contract::id_of(call)), named(call))?;
        let version = versions::version(tx, wanted)?.record;
        if document_id(&version) != document_id(&document.record) {
            return Err(no_version(call, wanted));
        }
        with_content(tx, version)
    })?;
    Ok(success(data))
}

/// `PUT contracts/{contractId}/documents/{documentId}`: a new version.
pub(super) fn update(world: &World, call: &Call) -> Result<Answer, Failure> {
    let part = file(call)?;
    let description = params::text(call, "description");
    let document = world.write(call, |session| {
        let object = (CONTRACT, contract::id_of(call));
        find(session.tx, object, named(call))?;
        let file = keep_file(session, part)?;
        let mut fields = Record::new();
        if let Some(description) = description {
            fields.insert("Description".to_owned(), description.into());
        }
        versions::add(
            session,
            NewVersion {
                document_id: Some(named(call)),
                version_id: None,
                file: &file,
                fields,
            },
        )
    })?;
    Ok(success(versions::shown(document)))
}

/// `DELETE contracts/{contractId}/documents`: the named ones, or all.
pub(super) fn delete_many(world: &World, call: &Call) -> Result<Answer, Failure> {
    world.write(call, |session| {
        contract::of_call(session.tx, call)?;
        delete_named(session, call, (CONTRACT, contract::id_of(call)))
    })?;
    Ok(success(true.into()))
}

/// `DELETE contracts/{contractId}/documents/{documentId}/versions`.
pub(super) fn delete_versions(world: &World, call: &Call) -> Result<Answer, Failure> {
    let ids = params::rows(call)?;
    world.write(call, |session| {
        let document = find(session.tx, (CONTRACT, contract::id_of(call)), named(call))?;
        versions::check_holder(session, &document.record, None)?;
        for wanted in ids.iter().filter_map(Value::as_str) {
            let version = versions::version(session.tx, wanted)?;
            let of_document = document_id(&version.record) == named(call);
            if !of_document || versions::is_deleted(&version.record) {
                return Err(no_version(call, wanted));
            }
            versions::delete(session, version, Removal::Soft)?;
        }
        Ok(())
    })?;
    Ok(success(true.into()))
}

/// `POST contracts/{contractId}/obligations/{obligationId}/documents`.
pub(super) fn upload_to_obligation(world: &World, call: &Call) -> Result<Answer, Failure> {
    let part = file(call)?;
    let document = world.write(call, |session| {
        obligations::of_call(session.tx, call)?;
        keep(session, part, (OBLIGATION, obligations::id_of(call)), None)
    })?;
    Ok(success(versions::shown(document)))
}

/// `GET contracts/{contractId}/obligations/{obligationId}/documents/{documentId}`: with its content.
pub(super) fn get_of_obligation(world: &World, call: &Call) -> Result<Answer, Failure> {
    world.store.read(|tx| obligations::of_call(tx, call))?;
    get_of(world, call, (OBLIGATION, obligations::id_of(call)))
}

/// `DELETE contracts/{contractId}/obligations/{obligationId}/documents/{documentId}`.
pub(super) fn delete_of_obligation(world: &World, call: &Call) -> Result<Answer, Failure> {
    world.write(call, |session| {
        obligations::of_call(session.tx, call)?;
        let object = (OBLIGATION, obligations::id_of(call));
        find(session.tx, object, named(call))?;
        versions::delete_document(session, named(call), Removal::Soft)
    })?;
    Ok(success(true.into()))
}

/// `POST requests/{id}/documents`.
pub(super) fn upload_to_request(world: &World, call: &Call) -> Result<Answer, Failure> {
    let part = file(call)?;
    let attributes = params::form_object(call, "documentAttributes")?;
    let document = world.write(call, |session| {
        let request = requests::of_call(session.tx, call)?;
        let object = (REQUEST, id(&request.record));
        keep(session, part, object, attributes.as_ref())
    })?;
    Ok(success(versions::shown(document)))
}

/// `GET requests/{id}/documents`.
pub(super) fn list_of_request(world: &World, call: &Call) -> Result<Answer, Failure> {
    let rows = world.store.read(|tx| {
        let request = requests::of_call(tx, call)?;
        let documents = of(tx, REQUEST, id(&request.record))?.into_iter();
        let rows = documents.map(wrapped);
        Ok::<_, Failure>(rows.collect::<Value>())
    })?;
    Ok(success(rows))
}

/// `DELETE requests/{id}/documents`: the named ones, or all.
pub(super) fn delete_of_request(world: &World, call: &Call) -> Result<Answer, Failure> {
    world.write(call, |session| {
        let request = requests::of_call(session.tx, call)?;
        delete_named(session, call, (REQUEST, id(&request.record)))
    })?;
    Ok(success(true.into()))
}

/// Keeps an uploaded file as a document of a record.
pub(super) fn keep(
    session: &Session<'_>,
    part: &Part,
    object: (&str, &str),
    attributes: Option<&Record>,
) -> Result<Record, Failure> {
    let file = keep_file(session, part)?;
    add(session, &file, object, attributes)
}

/// The latest versions of the documents of a record.
pub(super) fn of(
    tx: &Transaction<'_>,
    object_type: &str,
    object_id: &str,
) -> Result<Vec<Record>, Failure> {
    let found = versions::of_object(tx, Some(object_type), object_id)?;
    Ok(found.into_iter().map(|stored| stored.record).collect())
}

/// Documents as the published `DocumentSearchResponse`.
pub(super) fn found(documents: Vec<Record>) -> Value {
    let count = documents.len();
    let rows: Value = documents.into_iter().map(versions::shown).collect();
    json!({"StatusCode": "OK", "RecordCount": count, "Data": rows})
}

/// The document of a record, by the document's id: its latest version.
pub(super) fn find(
    tx: &Transaction<'_>,
    (object_type, object_id): (&str, &str),
    document: &str,
) -> Result<Stored, Failure> {
    let found = versions::latest(tx, document)?;
    let field = |name| store::text(&found.record, name);
    if field("ObjectType") == Some(object_type) && field("ObjectId") == Some(object_id) {
        return Ok(found);
    }
    Err(Failure::not_found(format!(
        "the {object_type} '{object_id}' has no document with the id '{document}'"
    )))
}

/// Copies the documents of a contract to its amendment or renewal.
pub(super) fn inherit(session: &Session<'_>, older: &str, newer: &str) -> Result<(), Failure> {
    copy(session, (CONTRACT, older), (CONTRACT, newer))
}

/// Copies the documents of a request to the contract that it became.
pub(super) fn copy_from_request(
    session: &Session<'_>,
    request: &str,
    contract: &str,
) -> Result<(), Failure> {
    copy(session, (REQUEST, request), (CONTRACT, contract))
}

/// Deletes the documents of a contract that are not listed.
pub(super) fn keep_only(
    session: &Session<'_>,
    contract: &str,
    listed: &[Value],
) -> Result<(), Failure> {
    for one in listed.iter().filter_map(Value::as_str) {
        find(session.tx, (CONTRACT, contract), one)?;
    }
    for document in of(session.tx, CONTRACT, contract)? {
        let id = document_id(&document);
        if !listed.contains(&json!(id)) {
            versions::delete_document(session, id, Removal::Soft)?;
        }
    }
    Ok(())
}

/// Deletes the documents of a request that is gone.
pub(super) fn remove_all_of_request(session: &Session<'_>, request: &str) -> Result<(), Failure> {
    remove_all(session, REQUEST, request)
}

/// Deletes the documents of a record that is gone, deleted versions too.
pub(super) fn remove_all(
    session: &Session<'_>,
    object_type: &str,
    object_id: &str,
) -> Result<(), Failure> {
    let object = versions::object();
    let all = Selection::new(&object, "")?
        .having("ObjectId", &[object_id])?
        .having("ObjectType", &[object_type])?;
    // The newest goes first: no other becomes the latest in its place more than once.
    for version in all.all(session.tx)?.into_iter().rev() {
        let version = versions::version(session.tx, id(&version.record))?;
        versions::delete(session, version, Removal::Hard)?;
    }
    Ok(())
}

/// What tells a version's content from others.
pub(super) fn content_tag(tx: &Transaction<'_>, version: &Record) -> Result<String, Failure> {
    Ok(versions::file(tx, version)?.etag().to_owned())
}

/// The id of a document, from one of its versions.
pub(super) fn document_id(version: &Record) -> &str {
    store::text(version, "DocumentId").unwrap_or_default()
}

fn create_with_document(world: &World, call: &Call, state: State) -> Result<Answer, Failure> {
    let incoming = Incoming::of(call)?;
    let row = match &incoming {
        Incoming::Uploaded(..) => params::form_object(call, "contract")?,
        Incoming::Stored(large) => large.contract.clone(),
    };
    let row = row.ok_or_else(|| {
        Failure::invalid("contract is required: a JSON object with Name and RecordType")
    })?;
    let document = world.write(call, |session| {
        let contract = contract::new(session, &row, state, None)?;
        let object = (CONTRACT, id(&contract));
        let document = incoming.keep(session, object)?;
        if state.is_in_force() {
            let row = Record::from_iter([
                ("ActivatedBy".to_owned(), session.author.clone()),
                ("ActivatedDate".to_owned(), session.date().into()),
            ]);
            let stored = contracts().find(session.tx, id(&contract))?;
            contract::set(session, stored, &row)?;
        }
        Ok(document)
    })?;
    Ok(success(versions::shown(document)))
}

impl<'a> Incoming<'a> {
    fn of(call: &'a Call) -> Result<Self, Failure> {
        if call.json().is_some() {
            return Ok(Self::Stored(params::read(call)?));
        }
        let attributes = params::form_object(call, "documentAttributes")?;
        Ok(Self::Uploaded(file(call)?, attributes))
    }

    /// Makes it a document of a record. The file in File Store stays.
    fn keep(&self, session: &Session<'_>, object: (&str, &str)) -> Result<Record, Failure> {
        match self {
            Self::Uploaded(part, attributes) => keep(session, part, object, attributes.as_ref()),
            Self::Stored(large) => {
                let (path, name) = (&large.file_path, &large.file_name);
                let original = file_store::file_in(session.tx, session.now, path, name)?;
                let copy = files::copy(session.tx, &original, &FileName::new(name)?)?;
                add(session, &copy, object, large.document_attributes.as_ref())
            }
        }
    }
}

/// Makes a file a document of a record.
fn add(
    session: &Session<'_>,
    file: &files::File,
    (object_type, object_id): (&str, &str),
    attributes: Option<&Record>,
) -> Result<Record, Failure> {
    let mut fields = Record::new();
    if let Some(attributes) = attributes {
        versions::add_custom(&mut fields, attributes)?;
    }
    fields.insert("ObjectType".to_owned(), object_type.into());
    fields.insert("ObjectId".to_owned(), object_id.into());
    let new = NewVersion {
        document_id: None,
        version_id: None,
        file,
        fields,
    };
    versions::add(session, new)
}

fn latest_of_contract(
    tx: &Transaction<'_>,
    query: &Query,
    contract: &str,
) -> Result<super::query::Found, Failure> {
    let object = versions::object();
    let selection = Selection::new(&object, query.criteria())?
        .having("ObjectId", &[contract])?
        .having("ObjectType", &[CONTRACT])?
        .having("IsLatest", &["true"])?;
    query.run_on(tx, &object, selection)
}

fn get_of(world: &World, call: &Call, object: (&str, &str)) -> Result<Answer, Failure> {
    let data = world.store.read(|tx| {
        let document = find(tx, object, named(call))?;
        with_content(tx, document.record)
    })?;
    Ok(success(data))
}

fn delete_named(session: &Session<'_>, call: &Call, object: (&str, &str)) -> Result<(), Failure> {
    let named = call.json().and_then(Value::as_array);
    let ids: Vec<String> = match named.filter(|ids| !ids.is_empty()) {
        Some(ids) => {
            let ids = ids.iter().filter_map(Value::as_str);
            ids.map(str::to_owned).collect()
        }
        None => of(session.tx, object.0, object.1)?
            .iter()
            .map(|document| document_id(document).to_owned())
            .collect(),
    };
    for id in ids {
        find(session.tx, object, &id)?;
        versions::delete_document(session, &id, Removal::Soft)?;
    }
    Ok(())
}

fn copy(session: &Session<'_>, from: (&str, &str), to: (&str, &str)) -> Result<(), Failure> {
    for document in of(session.tx, from.0, from.1)? {
        let original = versions::file(session.tx, &document)?;
        let file = files::copy(session.tx, &original, &FileName::new(&original.name)?)?;
        let mut fields = versions::properties(&document);
        fields.insert("ObjectType".to_owned(), to.0.into());
        fields.insert("ObjectId".to_owned(), to.1.into());
        let new = NewVersion {
            document_id: None,
            version_id: None,
            file: &file,
            fields,
        };
        versions::add(session, new)?;
    }
    Ok(())
}

/// The one file of a call's form.
fn file(call: &Call) -> Result<&Part, Failure> {
    params::files(call, "file")
        .next()
        .ok_or_else(|| Failure::invalid("the form field file is required: one file"))
}

fn keep_file(session: &Session<'_>, part: &Part) -> Result<files::File, Failure> {
    let name = FileName::new(part.file_name.as_deref().unwrap_or_default())?;
    files::add(session.tx, &name, part.content_type.as_deref(), &part.bytes)
}

fn named(call: &Call) -> &str {
    call.path_param("documentId").unwrap_or_default()
}

fn no_version(call: &Call, wanted: &str) -> Failure {
    Failure::not_found(format!(
        "the document '{}' has no version '{wanted}'",
        named(call)
    ))
}

/// The published `Document`: metadata and content.
fn with_content(tx: &Transaction<'_>, version: Record) -> Result<Value, Failure> {
    let file = versions::file(tx, &version)?;
    let content = BASE64_STANDARD.encode(files::read(tx, &file)?);
    let mut document = wrapped(version);
    document["BlobData"] = content.into();
    Ok(document)
}

/// The published `Document` and `DocumentWrapper`, without content.
fn wrapped(version: Record) -> Value {
    let field = |name: &str| version.get(name).cloned().unwrap_or_default();
    let mut document = json!({
        "Id": field("DocumentId"),
        "BlobData": null,
    });
    for name in [
        "Name",
        "CreatedBy",
        "CreatedDate",
        "ModifiedBy",
        "ModifiedDate",
        "ExternalId",
        "ETag",
    ] {
        document[name] = field(name);
    }
    document["DocumentMetadata"] = versions::shown(version);
    document
}
