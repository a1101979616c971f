//! What Composer makes documents of: templates, documents and records, wherever they are kept.

use chrono::{DateTime, Utc};
use rusqlite::Transaction;
use serde_json::Value;

use super::document_management::versions;
use super::file_store;
use crate::composer::{Data, Fault, Format};
use crate::failure::Failure;
use crate::files::{self, File, FileName};
use crate::records::objects::Object;
use crate::records::selection::Selection;
use crate::records::store::{self, By, Record, text};

/// Extensions of documents that may be templates.
const TEMPLATES: [&str; 4] = [".docx", ".html", ".htm", ".txt"];

/// The records that a record brings along as data sets: its object, and the objects of the others, each with the field
/// that leads back. A set is named after its object.
const SETS: [(&str, &[(&str, &str)]); 4] = [
    (
        "Account",
        &[
            ("Agreement", "Account"),
            ("Contact", "Account"),
            ("Opportunity", "Account"),
        ],
    ),
    (
        "Agreement",
        &[
            ("AgreementClause", "Agreement"),
            ("AgreementObligation", "Agreement"),
            ("AgreementTeamMember", "Agreement"),
        ],
    ),
    ("Order", &[("OrderLineItem", "Order")]),
    ("Proposal", &[("ProposalLineItem", "Proposal")]),
];

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
    /// A source from a file that came with the request, or was found already.
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
    let Some((file, document_id)) = file(tx, now, id)? else {
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

/// The file of this name, whatever its format, and the document of Document Management if it is one.
pub(super) fn file(
    tx: &Transaction<'_>,
    now: DateTime<Utc>,
    id: &str,
) -> Result<Option<(File, Option<String>)>, Failure> {
    match version(tx, id)? {
        Some(found) => Ok(Some(found)),
        None => Ok(file_store::file_at(tx, now, id)?.map(|file| (file, None))),
    }
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

/// The data that a record gives a merge: its fields, also under its object's name, those of the records that its lookups
/// name, and the data sets that its object brings along.
pub(super) fn data(
    tx: &Transaction<'_>,
    object: &str,
    mut record: Record,
) -> Result<Data, Failure> {
    let sets = sets(tx, object, text(&record, "Id").unwrap_or_default())?;
    for (name, value) in &mut record {
        let Some(lookup) = value.as_object_mut() else {
            continue;
        };
        let id = lookup.get("Id").and_then(Value::as_str).map(str::to_owned);
        if let Some(id) = id
            && let Some((_, named)) = self::record(tx, Some(name), &id)?
        {
            lookup.extend(named);
        }
    }
    let whole = Value::Object(record.clone());
    let data = Data::new().with_fields(&record).with(object, whole);
    let sets = sets.into_iter();
    Ok(sets.fold(data, |data, (name, rows)| data.with(name, rows)))
}

fn sets(
    tx: &Transaction<'_>,
    object: &str,
    id: &str,
) -> Result<Vec<(&'static str, Value)>, Failure> {
    let own = SETS.iter().find(|(owner, _)| *owner == object);
    let own = own.map_or(&[][..], |(_, sets)| sets);
    let found = own.iter().map(|(name, field)| {
        let object = Object::internal(name);
        let rows = Selection::new(&object, "")?.having(field, &[id])?.all(tx)?;
        let rows = rows.into_iter().map(|row| Value::Object(row.record));
        Ok((*name, rows.collect()))
    });
    found.collect()
}

/// The templates of Document Management: documents in a format that merges, which belong to no record.
pub(super) fn templates(tx: &Transaction<'_>) -> Result<Vec<Record>, Failure> {
    let object = versions::object();
    let found = Selection::new(&object, "")?
        .having("Extension", &TEMPLATES)?
        .having("IsLatest", &["true"])?
        .all(tx)?;
    let records = found.into_iter().map(|document| document.record);
    let is_free = |document: &Record| text(document, "ObjectId").is_none_or(str::is_empty);
    Ok(records.filter(is_free).collect())
}

/// The name of a file of this format; an extension of the format's own is not doubled.
pub(super) fn output_name(name: &str, format: Format) -> Result<FileName, Fault> {
    let extension = format.extension();
    let stem = match name.rsplit_once('.') {
        Some((stem, given)) if Format::of_extension(&given.to_ascii_lowercase()).is_ok() => stem,
        _ => name,
    };
    // A merge field in the name may bring a slash, which is no folder.
    let stem = stem.replace(['/', '\\'], "-");
    FileName::new(&format!("{stem}.{extension}"))
        .map_err(|failure| Fault::new(failure.messages().join("; ")))
}
