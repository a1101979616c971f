//! Templates, documents and records, wherever they are kept.

use chrono::{DateTime, Utc};
use rusqlite::Transaction;
use serde_json::Value;

use crate::composer::{Data, Fault, Format};
use crate::failure::Failure;
use crate::files::{self, File, FileName};
use crate::records::store::{self, By, Record, text};
use crate::services::document_management::versions;
use crate::services::file_store;

/// A template or a document.
#[derive(Debug, Clone)]
pub(super) struct Source {
    pub(super) name: FileName,
    pub(super) format: Format,
    pub(super) content: Vec<u8>,
    /// The document of Document Management, if it is one.
    pub(super) document_id: Option<String>,
}

impl Source {
    /// A source from a file that came with the request.
    pub(super) fn new(name: FileName, content: Vec<u8>) -> Result<Self, Fault> {
        Ok(Self {
            format: Format::of_extension(&name.extension())?,
            name,
            content,
            document_id: None,
        })
    }
}

/// The source of this name: a version, a document, or a path in the File Store. The inner error is the source's fault,
/// the outer the database's.
pub(super) fn find(
    tx: &Transaction<'_>,
    now: DateTime<Utc>,
    id: &str,
) -> Result<Result<Source, Fault>, Failure> {
    let found = match version(tx, id)? {
        Some(found) => Some(found),
        None => file_store::file_at(tx, now, id)?.map(|file| (file, None)),
    };
    let Some((file, document_id)) = found else {
        return Ok(Err(Fault::new(format!(
            "no document and no file has the id or path '{id}'; upload the template to Document Management or to the File Store"
        ))));
    };
    let name = FileName::new(&file.name)?;
    let content = files::read(tx, &file)?;
    let source = Source::new(name, content);
    Ok(source.map(|source| Source {
        document_id,
        ..source
    }))
}

fn version(tx: &Transaction<'_>, id: &str) -> Result<Option<(File, Option<String>)>, Failure> {
    let version = match versions::version(tx, id) {
        Ok(version) => version,
        Err(Failure::NotFound(_)) => match versions::latest(tx, id) {
            Ok(latest) => latest,
            Err(Failure::NotFound(_)) => return Ok(None),
            Err(failure) => return Err(failure),
        },
        Err(failure) => return Err(failure),
    };
    let document = text(&version.record, "DocumentId").map(str::to_owned);
    match versions::file(tx, &version.record) {
        Ok(file) => Ok(Some((file, document))),
        Err(Failure::NotFound(_)) => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// A record of the sandbox, of this object or of any: the object's name and the fields.
pub(super) fn record(
    tx: &Transaction<'_>,
    object: Option<&str>,
    id: &str,
) -> rusqlite::Result<Option<(String, Record)>> {
    if let Some(object) = object
        && let Some(stored) = store::find(tx, object, By::Id, id)?
    {
        return Ok(Some((object.to_owned(), stored.record)));
    }
    store::find_anywhere(tx, id)
}

/// The data that a record gives a merge: its fields, also under its object's name, and those of the records that its
/// lookups name.
pub(super) fn data(
    tx: &Transaction<'_>,
    object: &str,
    mut record: Record,
) -> rusqlite::Result<Data> {
    for (name, value) in &mut record {
        let Some(lookup) = value.as_object_mut() else {
            continue;
        };
        let id = lookup.get("Id").and_then(Value::as_str).map(str::to_owned);
        if let Some(id) = id
            && let Some(named) = store::find(tx, name, By::Id, &id)?
        {
            lookup.extend(named.record);
        }
    }
    let whole = Value::Object(record.clone());
    Ok(Data::new().with_fields(&record).with(object, whole))
}
