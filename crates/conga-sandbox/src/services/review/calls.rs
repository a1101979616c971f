//! The calls on reviews, and those that sign in to the provider of shared documents.

use axum::http::StatusCode;
use rusqlite::Transaction;
use serde::Deserialize;
use serde_json::{Value, json};

use super::cycle::{self, Ending, Kind, NewReview, Reviewer};
use super::notice::Notice;
use super::{MAX_SITE_NAME, OFFICE365_TOKEN};
use crate::failure::Failure;
use crate::mail;
use crate::records::store::{Record, Stored, text};
use crate::request::{Answer, Call};
use crate::services::World;
use crate::services::document_management::versions;
use crate::services::reply::params;

/// The published `StartReviewRequest`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct StartRequest {
    reviewers: Option<Vec<Asked>>,
    document_details: Option<Vec<DocumentDetail>>,
    review_notification: Option<Notification>,
    review_object: Option<ReviewObject>,
    review_type_behavior: Option<String>,
}

/// The published `AddReviewersRequest`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct AddRequest {
    reviewers: Option<Vec<Asked>>,
}

/// The published `Reviewer`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Asked {
    name: Option<String>,
    email: Option<String>,
    recipient_type: Option<String>,
    recipient_id: Option<String>,
}

/// The published `DocumentDetail`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct DocumentDetail {
    id: Option<String>,
}

/// The published `ReviewNotification`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Notification {
    subject: Option<String>,
    body: Option<String>,
    supporting_document_ids: Option<Vec<String>>,
    cc: Option<Vec<Asked>>,
    bcc: Option<Vec<Asked>>,
}

/// The published `ReviewObject`: the record that the documents belong to.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct ReviewObject {
    id: Option<String>,
    name: Option<String>,
}

/// The values of `ReviewTypeBehavior`, as published.
const BEHAVIORS: [&str; 4] = ["Internal", "External", "WebOnly", "WebOnlyExternal"];

/// `POST /{reviewtype}/start`: the documents that are in review now, and those that are not.
pub(super) fn start(world: &World, call: &Call) -> Result<Answer, Failure> {
    let kind = kind(call)?;
    check_token(call, kind)?;
    let request: StartRequest = params::read(call)?;
    if let Some(word) = given(&request.review_type_behavior)
        && !BEHAVIORS.contains(&word)
    {
        return Err(Failure::invalid(format!(
            "ReviewTypeBehavior is one of {}, not '{word}'",
            BEHAVIORS.join(", ")
        )));
    }
    let reviewers = asked(request.reviewers)?;
    let documents = request.document_details.unwrap_or_default();
    if reviewers.is_empty() || documents.is_empty() {
        return Err(Failure::invalid(
            "Reviewers and DocumentDetails are required: who reviews, and what",
        ));
    }
    let object = request.review_object.unwrap_or_default();
    let notification = request.review_notification.unwrap_or_default();
    let name = given(&notification.subject).unwrap_or("Review");
    let (cc, bcc) = (asked(notification.cc)?, asked(notification.bcc)?);
    let supporting = notification.supporting_document_ids.unwrap_or_default();
    let (mut started, mut failed) = (Vec::new(), Vec::new());
    mail::send(world, call, |session| {
        let mut sent = Vec::new();
        for document in &documents {
            let wanted = document.id.as_deref().unwrap_or_default();
            let review = document_of(session.tx, wanted).and_then(|document| {
                let document = document.record;
                let new = NewReview {
                    kind,
                    name,
                    object_type: given(&object.name)
                        .or_else(|| text(&document, "ObjectType"))
                        .unwrap_or_default(),
                    object_id: given(&object.id)
                        .or_else(|| text(&document, "ObjectId"))
                        .unwrap_or_default(),
                    document: &document,
                    reviewers: &reviewers,
                };
                let review = cycle::start(session, &new)?;
                Ok((review, document))
            });
            match review {
                Ok((review, document)) => {
                    started.push(json!({
                        "ReviewId": review.get("Id"),
                        "DocumentId": wanted,
                    }));
                    sent.push(document);
                }
                Err(Failure::Store(error)) => return Err(Failure::Store(error)),
                Err(failure) => failed.push(json!({
                    "ReviewId": null,
                    "DocumentId": wanted,
                    "ErrorMessage": failure.messages().join("; "),
                })),
            }
        }
        let Some(subject) = given(&notification.subject).filter(|_| !sent.is_empty()) else {
            return Ok(Vec::new());
        };
        let notice = Notice {
            subject,
            body: given(&notification.body).unwrap_or_default(),
            reviewers: &reviewers,
            cc: &cc,
            bcc: &bcc,
            documents: sent,
            supporting: &supporting,
            files: Vec::new(),
        };
        Ok(vec![notice.letter(world, call, session, kind)?])
    })?;
    Ok(ok(
        json!({"SuccessfulReviews": started, "FailedReviews": failed}),
    ))
}

/// `GET /{objecttype}/{objectid}/reviews`.
pub(super) fn list(world: &World, call: &Call) -> Result<Answer, Failure> {
    let object_type = call.path_param("objecttype").unwrap_or_default();
    let object_id = call.path_param("objectid").unwrap_or_default();
    let found = world
        .store
        .read(|tx| cycle::of_object(tx, object_type, object_id))?;
    Ok(ok(found
        .iter()
        .map(|review| shown(&review.record))
        .collect()))
}

/// `GET /{reviewtype}/{reviewid}`.
pub(super) fn get(world: &World, call: &Call) -> Result<Answer, Failure> {
    let found = world.store.read(|tx| review(tx, call))?;
    Ok(ok(shown(&found.record)))
}

/// `POST /{reviewtype}/{reviewid}/end`: the id of the version that the review ended with.
pub(super) fn end(world: &World, call: &Call) -> Result<Answer, Failure> {
    let kind = kind(call)?;
    check_token(call, kind)?;
    let file = params::files(call, "file").next();
    if kind == Kind::Normal && file.is_none() {
        return Err(Failure::invalid(
            "the form field file is required to end a Normal review: the reviewed document",
        ));
    }
    let ended = world.write(call, |session| {
        let review = review(session.tx, call)?;
        cycle::finish(session, review, Ending::Completed, file)
    })?;
    Ok(ok(ended
        .get("FinalDocumentId")
        .cloned()
        .unwrap_or_default()))
}

/// `DELETE /{reviewtype}/{reviewid}`.
pub(super) fn cancel(world: &World, call: &Call) -> Result<Answer, Failure> {
    check_token(call, kind(call)?)?;
    world.write(call, |session| {
        let review = review(session.tx, call)?;
        cycle::finish(session, review, Ending::Canceled, None)
    })?;
    Ok(Answer::empty(StatusCode::OK))
}

/// `GET /{reviewtype}/{reviewid}/reviewers`: the reviewer who was asked first.
pub(super) fn reviewers(world: &World, call: &Call) -> Result<Answer, Failure> {
    let found = world.store.read(|tx| {
        let review = review(tx, call)?;
        let id = text(&review.record, "Id").unwrap_or_default();
        cycle::reviewers_of(tx, id)
    })?;
    let first = found.into_iter().next().map(|one| one.record);
    Ok(ok(Value::Object(first.unwrap_or_default())))
}

/// `POST /{reviewtype}/{reviewid}/reviewers`: the ids of the new reviewers.
pub(super) fn add_reviewers(world: &World, call: &Call) -> Result<Answer, Failure> {
    check_token(call, kind(call)?)?;
    let request: AddRequest = params::read(call)?;
    let reviewers = asked(request.reviewers)?;
    let ids = world.write(call, |session| {
        let review = review(session.tx, call)?;
        cycle::add_reviewers(session, review, &reviewers)
    })?;
    Ok(ok(ids.into()))
}

/// `POST /{reviewtype}/{reviewid}/reviewers/{reviewerid}/end`.
pub(super) fn end_reviewer(world: &World, call: &Call) -> Result<Answer, Failure> {
    dismiss(world, call, Ending::Completed)
}

/// `DELETE /{reviewtype}/{reviewid}/reviewers/{reviewerid}`.
pub(super) fn cancel_reviewer(world: &World, call: &Call) -> Result<Answer, Failure> {
    dismiss(world, call, Ending::Canceled)
}

/// `GET /{reviewtype}/authorize`: a token; a Normal review needs none.
pub(super) fn authorize(_: &World, call: &Call) -> Result<Answer, Failure> {
    let token = match kind(call)? {
        Kind::Office365 => json!({"AuthToken": OFFICE365_TOKEN}),
        Kind::Normal => json!({"AuthToken": null}),
    };
    Ok(ok(
        json!({"IsDelegated": false, "AuthUrl": null, "Token": token}),
    ))
}

/// `GET /{reviewtype}/delegated/token`.
pub(super) fn delegated_token(_: &World, call: &Call) -> Result<Answer, Failure> {
    kind(call)?;
    match params::text(call, "code") {
        Some(_) => Ok(ok(json!({"AuthToken": OFFICE365_TOKEN}))),
        None => Err(Failure::invalid(
            "code is required: the code that the provider's sign-in page gave",
        )),
    }
}

/// `POST /google/authorize`.
pub(super) fn authorize_google(_: &World, call: &Call) -> Result<Answer, Failure> {
    let account = call.json().and_then(Value::as_str).unwrap_or_default();
    if account.trim().is_empty() {
        return Err(Failure::invalid(
            "the body is the encrypted JSON of a Google service account, as one JSON string",
        ));
    }
    Ok(ok(json!({"AuthToken": "sandbox-google-token"})))
}

/// `GET /office365/sites/{siteName}/validate`: whether the name can be that of a site.
pub(super) fn validate_site(_: &World, call: &Call) -> Result<Answer, Failure> {
    check_token(call, Kind::Office365)?;
    let name = call.path_param("siteName").unwrap_or_default();
    let is_valid = name.len() <= MAX_SITE_NAME
        && name.starts_with(|first: char| first.is_ascii_alphanumeric())
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    let id = is_valid.then(|| format!("sharepoint.example:/sites/{name}"));
    Ok(ok(json!({"SiteId": id, "IsSiteValid": is_valid})))
}

/// The kind of review that a call's path names.
pub(super) fn kind(call: &Call) -> Result<Kind, Failure> {
    Kind::read(call.path_param("reviewtype").unwrap_or_default())
}

/// An Office365 call needs a token of the provider.
pub(super) fn check_token(call: &Call, kind: Kind) -> Result<(), Failure> {
    let token = call.headers.get("ExternalToken");
    let given = token.is_some_and(|token| !token.as_bytes().trim_ascii().is_empty());
    if kind == Kind::Normal || given {
        return Ok(());
    }
    Err(Failure::invalid(
        "the header ExternalToken is empty; an Office365 review needs the token that authorize gives",
    ))
}

fn dismiss(world: &World, call: &Call, ending: Ending) -> Result<Answer, Failure> {
    check_token(call, kind(call)?)?;
    let reviewer = call.path_param("reviewerid").unwrap_or_default();
    world.write(call, |session| {
        let review = review(session.tx, call)?;
        cycle::dismiss(session, review, reviewer, ending)
    })?;
    Ok(Answer::empty(StatusCode::OK))
}

/// The review that a call's path names, if it is of the kind that the path names.
fn review(tx: &Transaction<'_>, call: &Call) -> Result<Stored, Failure> {
    let wanted = call.path_param("reviewid").unwrap_or_default();
    let kind = kind(call)?;
    let found = cycle::find(tx, wanted)?;
    if Kind::of(&found.record) == kind {
        return Ok(found);
    }
    Err(Failure::not_found(format!(
        "the review '{wanted}' is of the type {}",
        Kind::of(&found.record).word()
    )))
}

/// The document with this id, or the one that has a version with it.
fn document_of(tx: &Transaction<'_>, wanted: &str) -> Result<Stored, Failure> {
    match versions::version(tx, wanted) {
        Ok(version) if !versions::is_deleted(&version.record) => Ok(version),
        Ok(_) | Err(Failure::NotFound(_)) => versions::latest(tx, wanted),
        Err(failure) => Err(failure),
    }
}

/// The published `ReviewStatusResponse`.
fn shown(review: &Record) -> Value {
    let mut shown = review.clone();
    shown.insert(
        "ReviewId".to_owned(),
        review.get("Id").cloned().unwrap_or_default(),
    );
    shown.retain(|name, _| {
        !["Id", "DocumentId", "DocumentName", "ExternalId", "ETag"].contains(&name.as_str())
    });
    shown.into()
}

fn asked(reviewers: Option<Vec<Asked>>) -> Result<Vec<Reviewer>, Failure> {
    let reviewers = reviewers.unwrap_or_default().into_iter();
    let read = reviewers.map(|one| {
        let email = given(&one.email).unwrap_or_default();
        if !email.contains('@') {
            return Err(Failure::invalid(
                "Email is required of each reviewer: an e-mail address",
            ));
        }
        Ok(Reviewer {
            name: given(&one.name).unwrap_or(email).to_owned(),
            email: email.to_owned(),
            recipient_type: one.recipient_type.unwrap_or_else(|| "Email".to_owned()),
            recipient_id: one.recipient_id,
        })
    });
    read.collect()
}

fn given(text: &Option<String>) -> Option<&str> {
    text.as_deref().filter(|text| !text.is_empty())
}

fn ok(body: Value) -> Answer {
    Answer::json(StatusCode::OK, body)
}
