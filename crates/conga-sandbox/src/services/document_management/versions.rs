//! What a document and its versions are.
//!
//! Each version is a record of the object `DocumentMetadata` with the published fields, and beside them `FileId`, which
//! names its content and is never shown. A version without content has none.

use rusqlite::Transaction;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::failure::Failure;
use crate::files::{self, File, FileName};
use crate::records::objects::Object;
use crate::records::selection::Selection;
use crate::records::store::{self, By, Record, Removal, Stored, text};
use crate::services::Session;

/// The published fields that say what a version is; no sender sets them by custom properties.
const SYSTEM: [&str; 13] = [
    "Id",
    "Name",
    "Extension",
    "DocumentId",
    "DocumentVersion",
    "IsDeleted",
    "IsLatest",
    "FileId",
    "FileSize",
    "FileType",
    "CheckoutBy",
    "CheckoutDate",
    "ExternalId",
];

/// A version that is to be.
#[derive(Debug)]
pub(in crate::services) struct NewVersion<'a> {
    /// The document that gets the version, or the id of the new document; a new id if there is none.
    pub(in crate::services) document_id: Option<&'a str>,
    /// The version's id; a new one if there is none.
    pub(in crate::services) version_id: Option<&'a str>,
    /// Its content.
    pub(in crate::services) file: &'a File,
    /// Further fields, by their published names: `ObjectType`, `Description`, `CheckoutBy`...
    pub(in crate::services) fields: Record,
}

/// The object that holds the versions.
pub(in crate::services) fn object() -> Object {
    Object::internal("DocumentMetadata")
}

/// Adds a version; gives its record.
///
/// # Errors
///
/// 409 if the document is checked out by another, 400 if the version's id is taken or a field's name is none.
pub(in crate::services) fn add(
    session: &Session<'_>,
    new: NewVersion<'_>,
) -> Result<Record, Failure> {
    let object = object();
    let records = session.records(&object);
    let earlier = match new.document_id {
        Some(id) => of_document(session.tx, id)?,
        None => Vec::new(),
    };
    let mut row = Record::new();
    if let Some(latest) = earlier.iter().find(|version| is_latest(&version.record)) {
        check_holder(session, &latest.record, text(&new.fields, "CheckoutBy"))?;
        row = properties(&latest.record);
    }
    let number = earlier
        .iter()
        .filter_map(|version| version.record.get("DocumentVersion")?.as_i64())
        .max()
        .unwrap_or(0);
    for version in earlier {
        if is_latest(&version.record) {
            let past = json!({"IsLatest": false, "CheckoutBy": null, "CheckoutDate": null});
            change(session, version, past)?;
        }
    }
    row.extend(new.fields);
    date_check_out(session, &mut row);
    set(&mut row, facts(new.file));
    set(
        &mut row,
        json!({
            "Id": new.version_id,
            "DocumentId": new.document_id.map_or_else(|| Uuid::new_v4().to_string(), str::to_owned),
            "DocumentVersion": number + 1,
            "IsLatest": true,
            "IsDeleted": false,
        }),
    );
    row.entry("IsSearchable").or_insert(true.into());
    records.create(&row)
}

/// The fields of a version that its content sets.
pub(in crate::services) fn facts(file: &File) -> Value {
    let extension =
        FileName::new(&file.name).map_or_else(|_| String::new(), |name| name.extension());
    json!({
        "Name": file.name,
        "Extension": if extension.is_empty() { Value::Null } else { format!(".{extension}").into() },
        "FileId": file.id,
        "FileSize": file.size,
        "FileType": file.media_type,
    })
}

/// All versions of a document, deleted ones too, in the order of their numbers.
pub(in crate::services) fn of_document(
    tx: &Transaction<'_>,
    document_id: &str,
) -> Result<Vec<Stored>, Failure> {
    Selection::new(&object(), "")?
        .having("DocumentId", &[document_id])?
        .all(tx)
}

/// The latest version of a document that is not deleted.
///
/// # Errors
///
/// 404 if there is none.
pub(in crate::services) fn latest(
    tx: &Transaction<'_>,
    document_id: &str,
) -> Result<Stored, Failure> {
    let versions = of_document(tx, document_id)?;
    versions
        .into_iter()
        .find(|version| is_latest(&version.record))
        .ok_or_else(|| Failure::not_found(format!("no document has the id '{document_id}'")))
}

/// The latest versions of the documents of a record, oldest document first.
pub(in crate::services) fn of_object(
    tx: &Transaction<'_>,
    object_type: Option<&str>,
    object_id: &str,
) -> Result<Vec<Stored>, Failure> {
    let object = object();
    let mut selection = Selection::new(&object, "")?
        .having("ObjectId", &[object_id])?
        .having("IsLatest", &["true"])?;
    if let Some(object_type) = object_type {
        selection = selection.having("ObjectType", &[object_type])?;
    }
    selection.all(tx)
}

/// A version by its own id, deleted or not.
///
/// # Errors
///
/// 404 if there is none.
pub(in crate::services) fn version(
    tx: &Transaction<'_>,
    version_id: &str,
) -> Result<Stored, Failure> {
    store::find(tx, object().name(), By::Id, version_id)?.ok_or_else(|| {
        Failure::not_found(format!(
            "no version has the Id '{version_id}'; the DocumentId names a document, not a version"
        ))
    })
}

/// The content of a version.
///
/// # Errors
///
/// 404 if it was deleted.
pub(in crate::services) fn file(tx: &Transaction<'_>, version: &Record) -> Result<File, Failure> {
    let file = match text(version, "FileId") {
        Some(id) => files::find(tx, id)?,
        None => None,
    };
    file.ok_or_else(|| {
        Failure::not_found(format!(
            "the content of '{}' was deleted",
            text(version, "Id").unwrap_or_default()
        ))
    })
}

/// What a version passes on to the next, and to a clone.
pub(in crate::services) fn properties(version: &Record) -> Record {
    let kept = version
        .iter()
        .filter(|(name, _)| !SYSTEM.contains(&name.as_str()));
    kept.map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// A version as callers see it.
pub(in crate::services) fn shown(mut version: Record) -> Value {
    version.remove("FileId");
    Value::Object(version)
}

/// Whether this is the version that stands for its document.
pub(in crate::services) fn is_latest(version: &Record) -> bool {
    version.get("IsLatest") == Some(&Value::Bool(true))
}

/// Sets fields of a version.
pub(in crate::services) fn change(
    session: &Session<'_>,
    version: Stored,
    fields: Value,
) -> Result<Record, Failure> {
    let object = object();
    let mut row = Record::new();
    set(&mut row, fields);
    date_check_out(session, &mut row);
    let records = session.records(&object);
    records.check(&row)?;
    records.change(version, &row)
}

/// Deletes a version: its content, and with a hard delete its metadata too. If it was the latest, the one before it is
/// the latest then.
pub(in crate::services) fn delete(
    session: &Session<'_>,
    version: Stored,
    removal: Removal,
) -> Result<(), Failure> {
    let was_latest = is_latest(&version.record);
    let field = |name| text(&version.record, name).unwrap_or_default().to_owned();
    let (id, document_id) = (field("Id"), field("DocumentId"));
    if let Some(file) = text(&version.record, "FileId") {
        files::remove(session.tx, file)?;
    }
    match removal {
        Removal::Soft => {
            let gone = json!({
                "IsDeleted": true, "IsLatest": false, "FileId": null, "CheckoutBy": null, "CheckoutDate": null,
            });
            change(session, version, gone)?;
        }
        Removal::Hard => {
            let object = object();
            session.records(&object).delete(By::Id, &id, removal)?;
        }
    }
    if was_latest {
        let others = of_document(session.tx, &document_id)?;
        let living = others
            .into_iter()
            .rev()
            .find(|one| !is_deleted(&one.record));
        if let Some(before) = living {
            change(session, before, json!({"IsLatest": true}))?;
        }
    }
    Ok(())
}

/// Deletes all versions of a document.
///
/// # Errors
///
/// 404 if there is none that lives, 409 if it is checked out by another.
pub(in crate::services) fn delete_document(
    session: &Session<'_>,
    document_id: &str,
    removal: Removal,
) -> Result<(), Failure> {
    let latest = latest(session.tx, document_id)?;
    check_holder(session, &latest.record, None)?;
    // The latest goes last: no other becomes it on the way.
    for version in of_document(session.tx, document_id)? {
        delete(session, version, removal)?;
    }
    Ok(())
}

/// Whether a version was deleted.
pub(in crate::services) fn is_deleted(version: &Record) -> bool {
    version.get("IsDeleted") == Some(&Value::Bool(true))
}

/// Refuses those who do not hold a document that is checked out. `named` is the holder that the call itself names.
pub(in crate::services) fn check_holder(
    session: &Session<'_>,
    latest: &Record,
    named: Option<&str>,
) -> Result<(), Failure> {
    let Some(holder) = text(latest, "CheckoutBy").filter(|holder| !holder.is_empty()) else {
        return Ok(());
    };
    let is_caller = ["Id", "Name"]
        .iter()
        .any(|name| session.author.get(name).and_then(Value::as_str) == Some(holder));
    if is_caller || named == Some(holder) {
        return Ok(());
    }
    Err(Failure::conflict(format!(
        "the document is checked out by '{holder}'; check it in first, or act for its holder by checkoutBy"
    )))
}

/// Takes over custom properties as fields.
///
/// # Errors
///
/// A 400 for one that has the name of a field that the service sets.
pub(in crate::services) fn add_custom(fields: &mut Record, custom: &Record) -> Result<(), Failure> {
    if let Some(name) = custom.keys().find(|name| SYSTEM.contains(&name.as_str())) {
        return Err(Failure::invalid(format!(
            "customProperties: '{name}' is a field of every document; give the property another name"
        )));
    }
    fields.extend(
        custom
            .iter()
            .map(|(name, value)| (name.clone(), value.clone())),
    );
    Ok(())
}

/// A check-out without a date is of now; without a holder it is none.
fn date_check_out(session: &Session<'_>, row: &mut Record) {
    let Some(holder) = row.get("CheckoutBy") else {
        return;
    };
    if holder.as_str().is_none_or(str::is_empty) {
        set(row, json!({"CheckoutBy": null, "CheckoutDate": null}));
    } else if row.get("CheckoutDate").is_none_or(Value::is_null) {
        row.insert("CheckoutDate".to_owned(), session.date().into());
    }
}

fn set(row: &mut Record, fields: Value) {
    if let Value::Object(fields) = fields {
        row.extend(fields);
    }
}
