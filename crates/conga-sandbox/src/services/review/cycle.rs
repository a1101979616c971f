//! What a review and its reviewers are, and what may become of them.

use rusqlite::Transaction;
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::files::{self, FileName};
use crate::records::objects::Object;
use crate::records::selection::Selection;
use crate::records::store::{self, By, Record, Stored, text};
use crate::request::Part;
use crate::services::Session;
use crate::services::document_management::versions::{self, NewVersion};

/// How a document is reviewed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::services) enum Kind {
    /// The document goes out by e-mail and comes back as a file.
    Normal,
    /// The document is shared, and edited in place.
    Office365,
}

/// What a review is about.
#[derive(Debug)]
pub(in crate::services) struct NewReview<'a> {
    pub(in crate::services) kind: Kind,
    pub(in crate::services) name: &'a str,
    pub(in crate::services) object_type: &'a str,
    pub(in crate::services) object_id: &'a str,
    /// The latest version of the document.
    pub(in crate::services) document: &'a Record,
    pub(in crate::services) reviewers: &'a [Reviewer],
}

/// One who is asked to review.
#[derive(Debug, Clone)]
pub(in crate::services) struct Reviewer {
    pub(in crate::services) name: String,
    pub(in crate::services) email: String,
    /// `User`, `Contact` or `Email`.
    pub(in crate::services) recipient_type: String,
    /// The user or contact.
    pub(in crate::services) recipient_id: Option<String>,
}

pub(in crate::services) const INITIATED: &str = "Initiated";
pub(in crate::services) const IN_PROGRESS: &str = "In Progress";
const COMPLETED: &str = "Completed";
const CANCELED: &str = "Canceled";

/// How a review, or the part of a reviewer, is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::services) enum Ending {
    Completed,
    Canceled,
}

impl Kind {
    /// The kind that a path names.
    pub(super) fn read(word: &str) -> Result<Self, Failure> {
        [Self::Normal, Self::Office365]
            .into_iter()
            .find(|kind| kind.word().eq_ignore_ascii_case(word))
            .ok_or_else(|| {
                Failure::invalid(format!("reviewtype is Office365 or Normal, not '{word}'"))
            })
    }

    /// The kind of a review.
    pub(in crate::services) fn of(review: &Record) -> Self {
        match text(review, "ReviewType") {
            Some("Office365") => Self::Office365,
            _ => Self::Normal,
        }
    }

    /// The word for it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Normal => "Normal",
            Self::Office365 => "Office365",
        }
    }
}

impl Ending {
    /// The status, and the fields that say by whom and when.
    fn words(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Completed => (COMPLETED, "CompletedBy", "CompletedDate"),
            Self::Canceled => (CANCELED, "CancelledBy", "CancelDate"),
        }
    }
}

/// Starts the review of a document.
///
/// # Errors
///
/// A 400 if the document is in review already, cannot be reviewed so, or nobody is asked.
pub(in crate::services) fn start(
    session: &Session<'_>,
    new: &NewReview<'_>,
) -> Result<Record, Failure> {
    let document_id = text(new.document, "DocumentId").unwrap_or_default();
    let name = text(new.document, "Name").unwrap_or_default();
    if new.reviewers.is_empty() {
        return Err(Failure::invalid("name at least one reviewer"));
    }
    if of_document(session.tx, document_id)?
        .iter()
        .any(|review| is_active(&review.record))
    {
        return Err(Failure::invalid(format!(
            "the document '{document_id}' is in review already; end or cancel that review first"
        )));
    }
    if new.kind == Kind::Office365 && text(new.document, "Extension") != Some(".docx") {
        return Err(Failure::invalid(format!(
            "'{name}' is no DOCX document; an Office365 review takes nothing else"
        )));
    }
    let object = reviews();
    let row = json!({
        "Name": new.name,
        "ReviewStatus": INITIATED,
        "ReviewType": new.kind.word(),
        "Comment": null,
        "CompletedBy": null,
        "CompletedDate": null,
        "CancelledBy": null,
        "CancelDate": null,
        "ObjectId": new.object_id,
        "ObjectType": new.object_type,
        "DocumentId": document_id,
        "DocumentName": name,
        "InitialDocumentId": new.document.get("Id"),
        "FinalDocumentId": null,
        "SharedDocumentId": null,
        "SharedURL": null,
    });
    let row = row.as_object().cloned().unwrap_or_default();
    let records = session.records(&object);
    let mut review = records.create(&row)?;
    if new.kind == Kind::Office365 {
        let id = id(&review).to_owned();
        let shared = fields(json!({"SharedDocumentId": id, "SharedURL": shared_url(&id)}));
        let stored = records.existing(By::Id, &id)?;
        review = records.change(stored, &shared)?;
    }
    for reviewer in new.reviewers {
        ask(session, &review, reviewer)?;
    }
    Ok(review)
}

/// Asks more reviewers; gives their ids.
pub(in crate::services) fn add_reviewers(
    session: &Session<'_>,
    review: Stored,
    reviewers: &[Reviewer],
) -> Result<Vec<String>, Failure> {
    check_active(&review.record)?;
    if reviewers.is_empty() {
        return Err(Failure::invalid("name at least one reviewer"));
    }
    let review = go_on(session, review)?;
    let asked = reviewers.iter().map(|reviewer| {
        let record = ask(session, &review, reviewer)?;
        Ok(id(&record).to_owned())
    });
    asked.collect()
}

/// Ends or cancels a review, and the part of every reviewer who is not done yet. A file is the document's next version.
pub(in crate::services) fn finish(
    session: &Session<'_>,
    review: Stored,
    ending: Ending,
    file: Option<&Part>,
) -> Result<Record, Failure> {
    check_active(&review.record)?;
    check_starter(session, &review.record)?;
    let (status, by, date) = ending.words();
    for reviewer in reviewers_of(session.tx, id(&review.record))? {
        if is_active(&reviewer.record) {
            close(session, reviewer, ending)?;
        }
    }
    let version = match file {
        Some(part) => Some(add_version(session, &review.record, part)?),
        None => None,
    };
    let last = match ending {
        Ending::Completed => version.or_else(|| review.record.get("InitialDocumentId").cloned()),
        Ending::Canceled => None,
    };
    let row = fields(json!({
        "ReviewStatus": status,
        by: session.author,
        date: session.date(),
        "FinalDocumentId": last,
    }));
    let object = reviews();
    session.records(&object).change(review, &row)
}

/// Ends or cancels the part of one reviewer. What the reviewer did so far is kept.
pub(in crate::services) fn dismiss(
    session: &Session<'_>,
    review: Stored,
    reviewer: &str,
    ending: Ending,
) -> Result<(), Failure> {
    check_active(&review.record)?;
    let review = go_on(session, review)?;
    let object = reviewers();
    let found = store::find(session.tx, object.name(), By::Id, reviewer)?;
    let found = found
        .filter(|found| text(&found.record, "ReviewId") == Some(id(&review)))
        .ok_or_else(|| {
            Failure::not_found(format!(
                "the review '{}' has no reviewer with the Id '{reviewer}'",
                id(&review)
            ))
        })?;
    check_active(&found.record)?;
    close(session, found, ending)?;
    Ok(())
}

/// The review with this id.
pub(in crate::services) fn find(tx: &Transaction<'_>, review: &str) -> Result<Stored, Failure> {
    let found = store::find(tx, reviews().name(), By::Id, review)?;
    found.ok_or_else(|| Failure::not_found(format!("no review has the Id '{review}'")))
}

/// The reviews of a record, the oldest first.
pub(in crate::services) fn of_object(
    tx: &Transaction<'_>,
    object_type: &str,
    object_id: &str,
) -> Result<Vec<Stored>, Failure> {
    let object = reviews();
    Selection::new(&object, "")?
        .having("ObjectId", &[object_id])?
        .having("ObjectType", &[object_type])?
        .all(tx)
}

/// The reviews of a document, the oldest first.
pub(in crate::services) fn of_document(
    tx: &Transaction<'_>,
    document: &str,
) -> Result<Vec<Stored>, Failure> {
    let object = reviews();
    Selection::new(&object, "")?
        .having("DocumentId", &[document])?
        .all(tx)
}

/// The reviewers of a review, in the order in which they were asked.
pub(in crate::services) fn reviewers_of(
    tx: &Transaction<'_>,
    review: &str,
) -> Result<Vec<Stored>, Failure> {
    let object = reviewers();
    Selection::new(&object, "")?
        .having("ReviewId", &[review])?
        .all(tx)
}

/// Whether a review, or the part of a reviewer, is not over.
pub(in crate::services) fn is_active(record: &Record) -> bool {
    [Some(INITIATED), Some(IN_PROGRESS)].contains(&status(record))
}

/// Deletes the reviews of a record that is gone.
pub(in crate::services) fn remove_all(
    session: &Session<'_>,
    object_type: &str,
    object_id: &str,
) -> Result<(), Failure> {
    let (reviews, reviewers) = (reviews(), reviewers());
    let hard = store::Removal::Hard;
    for review in of_object(session.tx, object_type, object_id)? {
        let review = id(&review.record);
        for reviewer in reviewers_of(session.tx, review)? {
            let records = session.records(&reviewers);
            records.delete(By::Id, id(&reviewer.record), hard)?;
        }
        session.records(&reviews).delete(By::Id, review, hard)?;
    }
    Ok(())
}

/// A review is in progress as soon as something happens in it.
fn go_on(session: &Session<'_>, review: Stored) -> Result<Record, Failure> {
    let object = reviews();
    let row = fields(json!({"ReviewStatus": IN_PROGRESS}));
    session.records(&object).change(review, &row)
}

fn ask(session: &Session<'_>, review: &Record, reviewer: &Reviewer) -> Result<Record, Failure> {
    let row = fields(json!({
        "Name": reviewer.name,
        "ReviewerName": reviewer.name,
        "Email": reviewer.email,
        "RecipientId": reviewer.recipient_id,
        "RecipientType": reviewer.recipient_type,
        "Status": IN_PROGRESS,
        "ReviewId": id(review),
        "SharedURL": review.get("SharedURL"),
        "Comment": null,
        "CompletedBy": null,
        "CompletedDate": null,
        "CancelledBy": null,
        "CancelDate": null,
    }));
    let object = reviewers();
    session.records(&object).create(&row)
}

fn close(session: &Session<'_>, reviewer: Stored, ending: Ending) -> Result<Record, Failure> {
    let (status, by, date) = ending.words();
    let row = fields(json!({"Status": status, by: session.author, date: session.date()}));
    let object = reviewers();
    session.records(&object).change(reviewer, &row)
}

/// Adds the file as the next version of the review's document; gives its id.
fn add_version(session: &Session<'_>, review: &Record, part: &Part) -> Result<Value, Failure> {
    let document = text(review, "DocumentId").unwrap_or_default();
    versions::latest(session.tx, document)?;
    let name = FileName::new(part.file_name.as_deref().unwrap_or_default())?;
    let file = files::add(session.tx, &name, part.content_type.as_deref(), &part.bytes)?;
    let new = NewVersion {
        document_id: Some(document),
        version_id: None,
        file: &file,
        fields: Record::new(),
    };
    let version = versions::add(session, new)?;
    Ok(version.get("Id").cloned().unwrap_or_default())
}

fn check_active(record: &Record) -> Result<(), Failure> {
    if is_active(record) {
        return Ok(());
    }
    Err(Failure::invalid(format!(
        "'{}' is {} and stays so; start a new review",
        text(record, "Name").unwrap_or_default(),
        status(record).unwrap_or_default()
    )))
}

fn check_starter(session: &Session<'_>, review: &Record) -> Result<(), Failure> {
    let starter = review.get("CreatedBy").unwrap_or(&Value::Null);
    if starter.get("Id") == session.author.get("Id") {
        return Ok(());
    }
    let name = starter.get("Name").and_then(Value::as_str);
    Err(Failure::invalid(format!(
        "only the one who started the review, {}, can end or cancel it",
        name.unwrap_or_default()
    )))
}

/// The status of a review or of a reviewer.
fn status(record: &Record) -> Option<&str> {
    text(record, "ReviewStatus").or_else(|| text(record, "Status"))
}

fn id(record: &Record) -> &str {
    text(record, "Id").unwrap_or_default()
}

fn reviews() -> Object {
    Object::internal("Review")
}

fn reviewers() -> Object {
    Object::internal("Reviewer")
}

/// An address below a name that is reserved: it leads nowhere.
fn shared_url(id: &str) -> String {
    format!("https://office365.sandbox.example/shared/{id}")
}

fn fields(value: Value) -> Record {
    value.as_object().cloned().unwrap_or_default()
}
