//! The reviews of a contract's documents, by the cycle of the Review service.

use rusqlite::Transaction;
use serde::Deserialize;
use serde_json::{Value, json};

use super::lifecycle::{Move, State};
use super::{actions, contract, documents};
use crate::failure::Failure;
use crate::mail;
use crate::records::store::{Record, Stored, text};
use crate::request::{Answer, Call};
use crate::services::email::attachments::EmailAttachment;
use crate::services::reply::{params, success};
use crate::services::review;
use crate::services::review::cycle::{self, Ending, Kind, NewReview, Reviewer};
use crate::services::review::notice::Notice;
use crate::services::review::people;
use crate::services::{Session, World, email};

/// The published `ReviewStartRequest`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct StartRequest {
    review_type: String,
    primary_document_ids: Vec<String>,
    supporting_document_ids: Option<Vec<String>>,
    additional_attachments: Option<Vec<EmailAttachment>>,
    email_subject: String,
    email_body: String,
    to: Vec<Asked>,
    cc: Option<Vec<Asked>>,
    bcc: Option<Vec<Asked>>,
    name: String,
}

/// The published `ReviewersAddRequest`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct AddRequest {
    reviewers: Option<Vec<Asked>>,
}

/// The published `ReviewersUpdateRequest`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct UpdateRequest {
    reviewer_ids: Option<Vec<String>>,
}

/// The published `ReviewerInfo`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Asked {
    name: Option<String>,
    email_id: Option<String>,
    recipient_type: Option<String>,
    recipient_id: Option<String>,
}

/// `POST reviews/token`: a token of the directory.
pub(super) fn token(_: &World, call: &Call) -> Result<Answer, Failure> {
    let row = params::row(call)?;
    for name in ["ClientId", "ClientSecret"] {
        if text(row, name).is_none_or(|given| given.trim().is_empty()) {
            return Err(Failure::invalid(format!(
                "{name} is required: that of the application which is registered with the directory"
            )));
        }
    }
    Ok(success(review::OFFICE365_TOKEN.into()))
}

/// `POST contracts/{contractId}/reviews`: one review for each document, and one mail that asks for them.
pub(super) fn start(world: &World, call: &Call) -> Result<Answer, Failure> {
    let request: StartRequest = params::read(call)?;
    let kind = kind(&request.review_type)?;
    check_token(call, kind)?;
    let ids = &request.primary_document_ids;
    match kind {
        _ if ids.is_empty() => {
            return Err(Failure::invalid(
                "PrimaryDocumentIds is required: the documents to review",
            ));
        }
        Kind::Office365 if ids.len() > 1 => {
            return Err(Failure::invalid(
                "an Office365Review takes one document at a time; start one review for each",
            ));
        }
        _ => {}
    }
    let reviewers = asked(request.to)?;
    let cc = asked(request.cc.unwrap_or_default())?;
    let bcc = asked(request.bcc.unwrap_or_default())?;
    let supporting = request.supporting_document_ids.unwrap_or_default();
    let attached = request.additional_attachments.unwrap_or_default();
    mail::send(world, call, |session| {
        let stored = contract::of_call(session.tx, call)?;
        let object = (documents::CONTRACT, contract::id_of(call));
        let mut sent = Vec::with_capacity(ids.len());
        for id in ids {
            let document = documents::find(session.tx, object, id)?;
            let new = NewReview {
                kind,
                name: &request.name,
                object_type: object.0,
                object_id: object.1,
                document: &document.record,
                reviewers: &reviewers,
            };
            cycle::start(session, &new)?;
            sent.push(document.record);
        }
        actions::perform(session, stored, Move::SendForReview)?;
        let notice = Notice {
            subject: &request.email_subject,
            body: &request.email_body,
            reviewers: &reviewers,
            cc: &cc,
            bcc: &bcc,
            documents: sent,
            supporting: &supporting,
            files: email::attachments::keep(session, &attached)?,
        };
        Ok(vec![notice.letter(world, call, session, kind)?])
    })?;
    Ok(success(true.into()))
}

/// `GET contracts/{contractId}/reviews`: the active ones.
pub(super) fn list(world: &World, call: &Call) -> Result<Answer, Failure> {
    let rows = world.store.read(|tx| {
        contract::of_call(tx, call)?;
        let all = cycle::of_object(tx, documents::CONTRACT, contract::id_of(call))?;
        let rows = (1..)
            .zip(all)
            .filter(|(_, review)| cycle::is_active(&review.record));
        let rows = rows.map(|(sequence, review)| shown(tx, sequence, &review.record));
        rows.collect::<Result<Value, Failure>>()
    })?;
    Ok(success(rows))
}

/// `POST contracts/{contractId}/reviews/{reviewId}/cancel`: with the last one the contract goes back to authoring.
pub(super) fn cancel(world: &World, call: &Call) -> Result<Answer, Failure> {
    world.write(call, |session| {
        let review = review(session.tx, call)?;
        check_shared(&review, call)?;
        cycle::finish(session, review, Ending::Canceled, None)?;
        leave_review(session, call, Move::CancelReview)
    })?;
    Ok(success(true.into()))
}

/// `POST contracts/{contractId}/reviews/{reviewId}/end`: with the last one the contract is ready for signature.
pub(super) fn end(world: &World, call: &Call) -> Result<Answer, Failure> {
    let file = params::files(call, "file").next();
    world.write(call, |session| {
        let review = review(session.tx, call)?;
        check_token(call, Kind::of(&review.record))?;
        cycle::finish(session, review, Ending::Completed, file)?;
        leave_review(session, call, Move::EndReview)
    })?;
    Ok(success(true.into()))
}

/// `POST contracts/{contractId}/reviews/{reviewId}/reviewers`.
pub(super) fn add_reviewers(world: &World, call: &Call) -> Result<Answer, Failure> {
    let request: AddRequest = params::read(call)?;
    let reviewers = asked(request.reviewers.unwrap_or_default())?;
    world.write(call, |session| {
        let review = review(session.tx, call)?;
        check_shared(&review, call)?;
        cycle::add_reviewers(session, review, &reviewers)
    })?;
    Ok(success(true.into()))
}

/// `POST contracts/{contractId}/reviews/{reviewId}/reviewers/end`.
pub(super) fn end_reviewers(world: &World, call: &Call) -> Result<Answer, Failure> {
    dismiss(world, call, Ending::Completed)
}

/// `POST contracts/{contractId}/reviews/{reviewId}/reviewers/cancel`.
pub(super) fn cancel_reviewers(world: &World, call: &Call) -> Result<Answer, Failure> {
    dismiss(world, call, Ending::Canceled)
}

/// `GET contracts/{contractId}/reviews/{reviewType}/{searchString}`: users, then contacts.
pub(super) fn search(world: &World, call: &Call) -> Result<Answer, Failure> {
    let kind = kind(call.path_param("reviewType").unwrap_or_default())?;
    check_token(call, kind)?;
    let wanted = call.path_param("searchString").unwrap_or_default();
    let contacts = world.store.read(|tx| {
        contract::of_call(tx, call)?;
        people::contacts(tx, wanted)
    })?;
    let users = people::users(world, wanted).into_iter();
    let people = users.map(|one| ("User", one));
    let people = people.chain(contacts.into_iter().map(|one| ("Contact", one)));
    let rows = people.map(|(kind, one)| {
        json!({
            "Id": one.id,
            "Name": one.name,
            "EmailId": one.email,
            "RecipientType": kind,
            "Role": null,
        })
    });
    Ok(success(rows.collect()))
}

/// The status of the latest review of a document.
pub(super) fn status_of(tx: &Transaction<'_>, document: &str) -> Result<Option<String>, Failure> {
    let latest = cycle::of_document(tx, document)?.pop();
    Ok(latest.and_then(|review| text(&review.record, "ReviewStatus").map(str::to_owned)))
}

/// Deletes the reviews of a contract that is gone.
pub(super) fn remove_all(session: &Session<'_>, contract: &str) -> Result<(), Failure> {
    cycle::remove_all(session, documents::CONTRACT, contract)
}

fn dismiss(world: &World, call: &Call, ending: Ending) -> Result<Answer, Failure> {
    let request: UpdateRequest = params::read(call)?;
    let ids = request.reviewer_ids.unwrap_or_default();
    if ids.is_empty() {
        return Err(Failure::invalid(
            "ReviewerIds is required: the ids of reviewers, as the list of reviews gives them",
        ));
    }
    world.write(call, |session| {
        for id in &ids {
            let review = review(session.tx, call)?;
            check_shared(&review, call)?;
            cycle::dismiss(session, review, id, ending)?;
        }
        Ok(())
    })?;
    Ok(success(true.into()))
}

fn kind(word: &str) -> Result<Kind, Failure> {
    match word {
        "SimpleReview" => Ok(Kind::Normal),
        "Office365Review" => Ok(Kind::Office365),
        _ => Err(Failure::invalid(format!(
            "ReviewType is SimpleReview or Office365Review, not '{word}'"
        ))),
    }
}

/// An Office365 review needs a token of the provider.
fn check_token(call: &Call, kind: Kind) -> Result<(), Failure> {
    let token = call.headers.get("externalReviewToken");
    let given = token.is_some_and(|token| !token.as_bytes().trim_ascii().is_empty());
    if kind == Kind::Normal || given {
        return Ok(());
    }
    Err(Failure::invalid(
        "the header externalReviewToken is required for an Office365Review",
    ))
}

/// What is done to reviewers, and cancelling, is for reviews of a shared document.
fn check_shared(review: &Stored, call: &Call) -> Result<(), Failure> {
    match Kind::of(&review.record) {
        Kind::Office365 => check_token(call, Kind::Office365),
        Kind::Normal => Err(Failure::invalid(
            "this is not possible in a SimpleReview; end the review",
        )),
    }
}

/// The review that a call's path names, if it is one of the contract of the path.
fn review(tx: &Transaction<'_>, call: &Call) -> Result<Stored, Failure> {
    contract::of_call(tx, call)?;
    let wanted = call.path_param("reviewId").unwrap_or_default();
    let found = cycle::find(tx, wanted)?;
    if text(&found.record, "ObjectId") == Some(contract::id_of(call)) {
        return Ok(found);
    }
    Err(Failure::not_found(format!(
        "the contract '{}' has no review with the Id '{wanted}'",
        contract::id_of(call)
    )))
}

/// Moves the contract on when none of its reviews is active any more.
fn leave_review(session: &Session<'_>, call: &Call, one: Move) -> Result<(), Failure> {
    let all = cycle::of_object(session.tx, documents::CONTRACT, contract::id_of(call))?;
    if all.iter().any(|review| cycle::is_active(&review.record)) {
        return Ok(());
    }
    let stored = contract::of_call(session.tx, call)?;
    if one.starts_from(State::of(&stored.record)?) {
        actions::perform(session, stored, one)?;
    }
    Ok(())
}

fn asked(to: Vec<Asked>) -> Result<Vec<Reviewer>, Failure> {
    let read = to.into_iter().map(|one| {
        let email = one.email_id.unwrap_or_default();
        if !email.contains('@') {
            return Err(Failure::invalid(
                "EmailId is required of each reviewer: an e-mail address",
            ));
        }
        let recipient_type = one.recipient_type.unwrap_or_else(|| "Email".to_owned());
        if !["Email", "User", "Contact"].contains(&recipient_type.as_str()) {
            return Err(Failure::invalid(format!(
                "RecipientType is Email, User or Contact, not '{recipient_type}'"
            )));
        }
        Ok(Reviewer {
            name: one.name.unwrap_or_else(|| email.clone()),
            email,
            recipient_type,
            recipient_id: one.recipient_id,
        })
    });
    read.collect()
}

/// The published `ReviewResponse`.
fn shown(tx: &Transaction<'_>, sequence: u32, review: &Record) -> Result<Value, Failure> {
    let field = |name: &str| review.get(name);
    let reviewers = cycle::reviewers_of(tx, text(review, "Id").unwrap_or_default())?;
    let reviewers = reviewers.iter().map(|one| {
        let field = |name: &str| one.record.get(name);
        json!({
            "ReviewerId": field("Id"),
            "Name": field("ReviewerName"),
            "EmailId": field("Email"),
            "ReviewStatus": field("Status"),
            "CreatedDate": field("CreatedDate"),
            "CompletedDate": field("CompletedDate"),
            "CanceledDate": field("CancelDate"),
            "Comment": field("Comment"),
        })
    });
    let kind = match Kind::of(review) {
        Kind::Normal => "SimpleReview",
        Kind::Office365 => "Office365Review",
    };
    Ok(json!({
        "ReviewId": field("Id"),
        "ReviewType": kind,
        "Name": field("Name"),
        "OriginalDocumentId": field("DocumentId"),
        "OriginalDocumentName": field("DocumentName"),
        "FinalDocumentVersionId": field("FinalDocumentId"),
        "ADDocumentId": field("SharedDocumentId"),
        "ReviewStatus": field("ReviewStatus"),
        "ReviewSequence": sequence.to_string(),
        "CreatedDate": field("CreatedDate"),
        "CompletedOn": field("CompletedDate"),
        "CanceledOn": field("CancelDate"),
        "CreatedBy": field("CreatedBy").and_then(|by| by.get("Name")),
        "Reviewers": reviewers.collect::<Value>(),
    }))
}
