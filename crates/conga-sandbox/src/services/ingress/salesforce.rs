//! What is asked of Salesforce, answered from the sandbox's records.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::records::objects::Object;
use crate::records::selection::Selection;
use crate::records::store::{Record, text};
use crate::request::{Answer, Call};
use crate::services::World;
use crate::services::document_management::versions;
use crate::services::reply::params;
use crate::services::sources;

/// The most entries in one answer.
const MOST: i64 = 200;

/// `GET /v1/Salesforce/attachments/{objectId}`: the record's documents, newest first.
pub(super) fn attachments(world: &World, call: &Call) -> Result<Answer, Failure> {
    let id = call.path_param("objectId").unwrap_or_default();
    let mut found = world.store.read(|tx| versions::of_object(tx, None, id))?;
    found.reverse();
    let data: Vec<Value> = found
        .iter()
        .map(|document| attachment(&document.record))
        .collect();
    let answer = json!({"isSuccess": true, "statusCode": 200, "message": null, "data": data});
    Ok(Answer::json(StatusCode::OK, answer))
}

/// `GET /v1/Salesforce/objectType/{recordId}`.
pub(super) fn object_type(world: &World, call: &Call) -> Result<Answer, Failure> {
    let id = call.path_param("recordId").unwrap_or_default();
    let found = world.store.read(|tx| sources::record(tx, None, id))?;
    let (object, _) =
        found.ok_or_else(|| Failure::invalid(format!("no record has the id '{id}'")))?;
    let kind = if object.ends_with("_c") {
        "Custom"
    } else {
        "Standard"
    };
    let answer = json!({"recordId": id, "objectName": object, "objectType": kind});
    Ok(Answer::json(StatusCode::OK, answer))
}

/// `GET /v1/Salesforce/relatedContacts/{recordId}`: the contacts of an account, or of a record's account.
pub(super) fn related_contacts(world: &World, call: &Call) -> Result<Answer, Failure> {
    let id = call.path_param("recordId").unwrap_or_default();
    let wanted = params::text(call, "nameFilter")
        .unwrap_or_default()
        .to_lowercase();
    let (number, size) = page(call, "pageNumber", "pageSize", 25)?;
    let contacts = world.store.read(|tx| {
        let account = match sources::record(tx, None, id)? {
            Some((object, _)) if object == "Account" => Some(id.to_owned()),
            Some((_, record)) => lookup(&record, "Account").map(str::to_owned),
            None => None,
        };
        let Some(account) = account else {
            return Ok(Vec::new());
        };
        let object = contacts();
        Selection::new(&object, "")?
            .having("Account", &[&account])?
            .all(tx)
    })?;
    let named = contacts
        .iter()
        .map(|contact| &contact.record)
        .filter(|contact| {
            let name = text(contact, "Name").unwrap_or_default();
            name.to_lowercase().contains(&wanted)
        });
    let all: Vec<Value> = named
        .enumerate()
        .map(|(at, contact)| related(contact, at == 0))
        .collect();
    let total = all.len();
    let data: Vec<Value> = all
        .into_iter()
        .skip((number - 1) * size)
        .take(size)
        .collect();
    let answer = json!({
        "isSuccess": true, "statusCode": 200, "message": null, "totalCount": total, "pageNumber": number,
        "pageSize": size, "data": data,
    });
    Ok(Answer::json(StatusCode::OK, answer))
}

/// `GET /v1/Salesforce/search` and `GET /v1/Solution/salesforce_contacts`: contacts by name or address.
pub(super) fn search(world: &World, call: &Call) -> Result<Answer, Failure> {
    let wanted = params::text(call, "searchQuery").or_else(|| params::text(call, "search"));
    let wanted = wanted.unwrap_or_default().to_lowercase();
    let object = contacts();
    let found = world
        .store
        .read(|tx| Selection::new(&object, "")?.all(tx))?;
    let matching = found
        .iter()
        .map(|contact| &contact.record)
        .filter(|contact| {
            ["Name", "Email"].iter().any(|field| {
                let value = text(contact, field).unwrap_or_default();
                value.to_lowercase().contains(&wanted)
            })
        });
    let most = usize::try_from(MOST).unwrap_or_default();
    let shown = matching.take(most).map(|contact| {
        json!({"id": contact.get("Id"), "name": contact.get("Name"), "email": contact.get("Email"), "type": "Contact"})
    });
    Ok(Answer::json(StatusCode::OK, shown.collect()))
}

/// `GET /v1/Salesforce/templates`: the documents that a merge may take as template.
pub(super) fn templates(world: &World, call: &Call) -> Result<Answer, Failure> {
    let kind = params::text(call, "templateType")
        .unwrap_or("BOTH")
        .to_uppercase();
    if !matches!(kind.as_str(), "CET" | "CGT" | "BOTH") {
        return Err(Failure::invalid("templateType is CET, CGT or BOTH"));
    }
    let (number, size) = page(call, "page", "batchSize", 50)?;
    let found = world.store.read(sources::templates)?;
    let all: Vec<Value> = found
        .iter()
        .map(template)
        .filter(|template| kind == "BOTH" || template["templateType"] == kind)
        .collect();
    let total = all.len();
    let results: Vec<Value> = all
        .into_iter()
        .skip((number - 1) * size)
        .take(size)
        .collect();
    let answer = json!({
        "results": results, "totalCount": total, "totalPages": total.div_ceil(size), "currentPage": number,
        "hasMore": number * size < total,
    });
    Ok(Answer::json(StatusCode::OK, answer))
}

fn contacts() -> Object {
    Object::internal("Contact")
}

/// The page that is asked for: its number from 1, and its size.
fn page(call: &Call, number: &str, size: &str, default: i64) -> Result<(usize, usize), Failure> {
    let wanted_number = params::int(call, number)?.unwrap_or(1);
    let wanted_size = params::int(call, size)?.unwrap_or(default);
    if !(1..=1_000_000).contains(&wanted_number) || !(1..=MOST).contains(&wanted_size) {
        return Err(Failure::invalid(format!(
            "{number} counts from 1, and {size} is 1 to {MOST}"
        )));
    }
    let as_size = |number: i64| usize::try_from(number).unwrap_or(1);
    Ok((as_size(wanted_number), as_size(wanted_size)))
}

fn lookup<'a>(record: &'a Record, field: &str) -> Option<&'a str> {
    record.get(field)?.get("Id")?.as_str()
}

fn attachment(document: &Record) -> Value {
    json!({
        "id": document.get("Id"),
        "name": document.get("Name"),
        "type": "File",
        "createdDate": document.get("CreatedDate"),
        "mimeType": document.get("FileType"),
        "fileSize": document.get("FileSize"),
        "fileExtension": document.get("Extension"),
    })
}

/// The published `RelatedContact`; the first is the primary one.
fn related(contact: &Record, is_primary: bool) -> Value {
    json!({
        "firstName": contact.get("FirstName"),
        "lastName": contact.get("LastName"),
        "name": contact.get("Name"),
        "id": contact.get("Id"),
        "email": contact.get("Email"),
        "isPrimary": is_primary,
        "contactType": "Contact",
        "accountName": contact.get("Account").and_then(|account| account.get("Name")),
    })
}

/// The published `SalesforceTemplateRecord`. An HTML template is one for e-mail (`CET`), any other one for documents.
fn template(document: &Record) -> Value {
    let extension = text(document, "Extension").unwrap_or_default();
    let is_mail = matches!(extension, ".html" | ".htm");
    json!({
        "type": "Document",
        "description": document.get("Description"),
        "fileName": document.get("Name"),
        "fileExtension": extension,
        "documentFileSize": document.get("FileSize"),
        "id": document.get("DocumentId"),
        "key": document.get("DocumentId"),
        "name": document.get("Name"),
        "contentType": document.get("FileType"),
        "lastModifiedDate": document.get("ModifiedDate"),
        "templateType": if is_mail { "CET" } else { "CGT" },
    })
}
