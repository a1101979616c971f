//! E-mail: sending with attachments, and a template merged with the data of a merge.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{merging, order};
use crate::composer::Data;
use crate::failure::Failure;
use crate::files::{self, FileName};
use crate::mail::{self, Draft, MailAddress};
use crate::records::store::{Record, text};
use crate::request::{Answer, Call};
use crate::services::email;
use crate::services::reply::params;
use crate::services::{Session, World, sources};

/// `POST /v1/Email/Send`: the id under which the Email service knows the mail.
pub(super) fn send(world: &World, call: &Call) -> Result<Answer, Failure> {
    let mut ids = mail::send(world, call, |session| {
        let draft = draft(world, call, session)?;
        Ok(vec![draft.seal(session.tx)?])
    })?;
    Ok(Answer::json(StatusCode::OK, ids.pop().into()))
}

/// `POST /v1/Email/Mock/Send`: the same checks; nothing is kept or sent.
pub(super) fn mock_send(world: &World, call: &Call) -> Result<Answer, Failure> {
    let words = world.write(call, |session| {
        let draft = draft(world, call, session)?;
        let files = draft.attachments.clone();
        let words = format!(
            "mock: '{}' to {} with {} attachments; nothing was sent",
            draft.subject,
            draft.to.first().map_or("nobody", |to| to.address.as_str()),
            files.len()
        );
        draft.seal(session.tx)?;
        for file in files {
            files::remove(session.tx, &file)?;
        }
        Ok::<_, Failure>(words)
    })?;
    Ok(Answer::json(StatusCode::OK, words.into()))
}

/// `POST /v1/Email/Merge`: the texts of the template that the merge names, merged with the first row of its data. Their
/// names are those of the fields that `Email/Send` takes.
pub(super) fn merge_template(world: &World, call: &Call) -> Result<Answer, Failure> {
    let id = params::text(call, "correlationId").ok_or_else(|| {
        Failure::invalid("correlationId is required: that of the merge whose data is wanted")
    })?;
    let answer = world.store.read(|tx| {
        let merge = merging::by_id(tx, id)?.record;
        let template = text(&merge, "EmailTemplateId").ok_or_else(|| {
            Failure::invalid(
                "the merge names no e-mail template; start it with salesforceRequest.emailTemplateId",
            )
        })?;
        let record = text(&merge, "MasterId").map(|id| (text(&merge, "MasterObject"), id));
        let mut data = match record {
            Some((object, id)) => match sources::record(tx, object, id)? {
                Some((object, record)) => sources::data(tx, &object, record)?,
                None => Data::new(),
            },
            None => Data::new(),
        };
        if let Some(row) = merge.get("EmailData").filter(|row| !row.is_null()) {
            data = order::row_data(row.clone(), &Ok(data))?;
        }
        if let Some(id) = text(&merge, "RelatedContactId") {
            let contact = email::recipient(tx, &world.directory, None, id)?;
            let contact = contact.map_or(Value::Null, Value::Object);
            data = data
                .with("Contact", contact.clone())
                .with("Recipient", contact);
        }
        let rendered = email::render(&email::templates::named(tx, template)?, &data)?;
        Ok::<_, Failure>(json!({
            "correlationId": id,
            "emailTemplateId": template,
            "emailSubject": rendered.subject,
            "emailTextBody": rendered.text,
            "emailHTMLBody": rendered.html,
        }))
    })?;
    Ok(Answer::json(StatusCode::OK, answer))
}

/// The mail in a form. It comes from the organization.
fn draft(world: &World, call: &Call, session: &Session<'_>) -> Result<Draft, Failure> {
    let field = |name| params::form_text(call, name).map(str::to_owned);
    let addresses = |name| {
        let given = params::form_texts(call, name);
        given.map(|address| MailAddress::new(address, None))
    };
    let name = field("EmailTo.DisplayName");
    let first = match (field("EmailTo.Address"), field("EmailTo.Id")) {
        (Some(address), _) => MailAddress::new(address, name),
        (None, Some(id)) => {
            let recipient = email::recipient(session.tx, &world.directory, None, &id)?;
            let recipient = recipient.as_ref().and_then(email::address_of);
            recipient.ok_or_else(|| {
                Failure::invalid(format!(
                    "EmailTo.Id: no user and no record with an Email has the Id '{id}'"
                ))
            })?
        }
        (None, None) => {
            return Err(Failure::invalid(
                "the e-mail has no recipient; send EmailTo.Address or EmailTo.Id",
            ));
        }
    };
    let subject = field("EmailSubject")
        .ok_or_else(|| Failure::invalid("EmailSubject is required: what the e-mail is about"))?;
    let html = field("EmailHTMLBody");
    let body = match (field("EmailTextBody"), &html) {
        (Some(body), _) => body,
        (None, Some(html)) => email::text_of(html)?,
        (None, None) => {
            return Err(Failure::invalid(
                "the e-mail has no body; send EmailTextBody, EmailHTMLBody or both",
            ));
        }
    };
    let mut attachments = Vec::new();
    for part in params::files(call, "Attachments") {
        let name = FileName::new(part.file_name.as_deref().unwrap_or_default())?;
        let declared = part.content_type.as_deref();
        attachments.push(files::add(session.tx, &name, declared, &part.bytes)?.id);
    }
    Ok(Draft {
        from: mail::organization(),
        to: std::iter::once(first)
            .chain(addresses("EmailAdditionalTo"))
            .collect(),
        cc: addresses("EmailCC").collect(),
        bcc: addresses("EmailBcc").collect(),
        subject,
        text: body,
        html,
        attachments,
        ..Draft::default()
    })
}

/// What a merge keeps for its e-mail: the template, the recipient, the first row of its data.
#[derive(Debug)]
pub(super) struct MergeMail {
    pub(super) template: String,
    pub(super) contact: Option<String>,
    pub(super) row: Option<Value>,
}

impl MergeMail {
    /// As fields of the merge's record.
    pub(super) fn fields(&self) -> Record {
        let fields = json!({
            "EmailTemplateId": self.template,
            "RelatedContactId": self.contact,
            "EmailData": self.row,
        });
        fields.as_object().cloned().unwrap_or_default()
    }
}
