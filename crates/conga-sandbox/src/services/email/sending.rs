//! The calls that send.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use rusqlite::Transaction;
use serde::Deserialize;
use serde_json::{Value, json};

use super::attachments::{self, EmailAttachment};
use super::rendering::{self, Parameters, render};
use super::{profiles, templates};
use crate::failure::Failure;
use crate::files::{self, File};
use crate::mail::{self, Draft, Importance, Letter, MailAddress};
use crate::records::store::text;
use crate::request::{Answer, Call, Caller};
use crate::services::reply::{Reply, params};
use crate::services::{Session, World};

/// A bulk call sends at most this many mails.
const MAX_MAILS: usize = 1_000;

/// The top-level domain that no domain has; none of it may send.
const NOWHERE: &str = ".invalid";

/// What all requests have that send.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Common {
    from: Option<EmailAddress>,
    from_email_option: Option<String>,
    email_profile_name: Option<String>,
    priority: Option<String>,
    headers: Option<BTreeMap<String, String>>,
    attachments: Option<Vec<EmailAttachment>>,
}

/// The published `EmailRequest`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct EmailRequest {
    #[serde(flatten)]
    common: Common,
    #[serde(flatten)]
    addressed: EmailParameters,
    subject: Option<String>,
    plain_text_body: Option<String>,
    html_body: Option<String>,
}

/// The published `EmailMessage`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct EmailMessage {
    #[serde(flatten)]
    common: Common,
    email_template_id: Option<String>,
    email_request_wrappers: Option<Vec<Wrapper>>,
}

/// The published `EmailRequestWrapper`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Wrapper {
    email_template_parameters: Option<Parameters>,
    email_parameters: Option<EmailParameters>,
}

/// The published `BulkEmailV2Request`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct BulkEmailV2Request {
    email_requests: Option<Vec<BulkEmailV2RequestItem>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct BulkEmailV2RequestItem {
    client_reference_id: Option<String>,
    #[serde(flatten)]
    common: Common,
    #[serde(flatten)]
    mail: Wrapper,
}

/// The published `EmailParameters`: where a mail goes.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct EmailParameters {
    to: Option<Vec<EmailAddress>>,
    cc: Option<Vec<EmailAddress>>,
    bcc: Option<Vec<EmailAddress>>,
    reply_to: Option<Vec<EmailAddress>>,
}

/// The published `EmailAddress`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct EmailAddress {
    address: Option<String>,
    display_name: Option<String>,
}

/// `POST /v1/emails`.
pub(super) fn one(world: &World, call: &Call) -> Result<Answer, Failure> {
    let request: EmailRequest = params::read(call)?;
    let required = |field: &str, value: Option<String>| {
        value
            .filter(|text| !text.trim().is_empty())
            .ok_or_else(|| Failure::invalid(format!("{field} is required")))
    };
    let subject = required("Subject", request.subject)?;
    let text = required("PlainTextBody", request.plain_text_body)?;
    let common = request.common;
    if common.from.is_none() && !common.names_sender() {
        return Err(Failure::invalid(
            "From is required, unless FromEmailOption is EmailProfile or LoggedInUser",
        ));
    }
    let ids = mail::send(world, call, |session| {
        let files = common.keep_files(session)?;
        let draft = Draft {
            subject,
            text,
            html: request.html_body.filter(|html| !html.is_empty()),
            attachments: files.into_iter().map(|file| file.id).collect(),
            ..common.draft(world, call, session.tx)?
        };
        let letter = request.addressed.address(draft).seal(session.tx)?;
        Ok(vec![letter])
    })?;
    let data = json!({
        "Success": true,
        "EmailStatusCode": "Ok",
        "Message": "the e-mail is on its way; its state is at /api/email/v1/emails/status/batch",
        "EmailSendId": ids.first(),
    });
    Ok(Reply::new(StatusCode::OK, data).into_answer())
}

/// `POST /v1/emails/bulk`: one mail for each wrapper.
pub(super) fn many(world: &World, call: &Call) -> Result<Answer, Failure> {
    let request: EmailMessage = params::read(call)?;
    let wrappers = request.email_request_wrappers.unwrap_or_default();
    check_count("EmailRequestWrappers", wrappers.len())?;
    let template = request.email_template_id.as_deref();
    mail::send(world, call, |session| {
        let files = request.common.keep_files(session)?;
        let mut letters = Vec::with_capacity(wrappers.len());
        for (at, wrapper) in wrappers.into_iter().enumerate() {
            let draft = request.common.draft(world, call, session.tx)?;
            let letter = wrapper.letter(world, session, template, draft, &files);
            letters.push(letter.map_err(|failure| failure.at("e-mail", at + 1))?);
        }
        // Each mail has its own.
        for file in files {
            files::remove(session.tx, &file.id)?;
        }
        Ok(letters)
    })?;
    Ok(Reply::new(StatusCode::OK, true.into()).into_answer())
}

/// `POST /v2/emails/bulk`.
pub(super) fn many_v2(world: &World, call: &Call) -> Result<Answer, Failure> {
    let request: BulkEmailV2Request = params::read(call)?;
    let items = request.email_requests.unwrap_or_default();
    check_count("EmailRequests", items.len())?;
    let references: Vec<Option<String>> = items
        .iter()
        .map(|item| item.client_reference_id.clone())
        .collect();
    let ids = mail::send(world, call, |session| {
        let letters = items.into_iter().enumerate().map(|(at, item)| {
            let letter = item.letter(world, call, session);
            letter.map_err(|failure| failure.at("e-mail", at + 1))
        });
        letters.collect()
    })?;
    let results = references.into_iter().zip(ids).map(|(reference, id)| {
        let mut result = json!({"EmailSendId": id});
        if let Some(reference) = reference {
            result["ClientReferenceId"] = reference.into();
        }
        result
    });
    let data = json!({"EmailResults": results.collect::<Value>()});
    Ok(Reply::new(StatusCode::CREATED, data).into_answer())
}

/// `GET /v1/emails/domain/verify`.
pub(super) fn verify_domain(_: &World, call: &Call) -> Result<Answer, Failure> {
    let domain = params::text(call, "domain").ok_or_else(|| {
        Failure::invalid("domain is required: the domain that is to send, as example.com")
    })?;
    let whole = match params::text(call, "subDomain") {
        Some(below) => format!("{below}.{domain}"),
        None => domain.to_owned(),
    };
    mail::check_address("domain", &format!("postmaster@{whole}"))?;
    let answer = if may_send(&whole) {
        "Verified"
    } else {
        "NotVerified"
    };
    Ok(Reply::new(StatusCode::OK, answer.into()).into_answer())
}

/// The address of the user who calls; none for a caller who is no user.
pub(crate) fn caller(world: &World, call: &Call) -> Option<MailAddress> {
    let Caller::Platform { user_id, .. } = &call.caller else {
        return None;
    };
    let user = world.directory.active_user(user_id)?;
    Some(MailAddress::new(user.text("Email"), Some(user.name())))
}

/// Checks an address that mail is to come from.
///
/// # Errors
///
/// 400 if it is none, or its domain may not send.
pub(super) fn check_sender(field: &str, address: &str) -> Result<(), Failure> {
    mail::check_address(field, address)?;
    if may_send(address) {
        return Ok(());
    }
    Err(Failure::invalid(format!(
        "{field}: '{address}' may not send, its domain is not verified; use a domain that does not end in {NOWHERE}"
    )))
}

/// Whether a domain, or that of an address, is one that may send.
fn may_send(domain: &str) -> bool {
    !domain.to_lowercase().ends_with(NOWHERE)
}

impl Common {
    /// Whether the option says who sends.
    fn names_sender(&self) -> bool {
        let option = self.from_email_option.as_deref();
        matches!(option, Some("EmailProfile" | "LoggedInUser"))
    }

    fn sender(
        &self,
        world: &World,
        call: &Call,
        tx: &Transaction<'_>,
    ) -> Result<MailAddress, Failure> {
        match (self.from_email_option.as_deref(), &self.from) {
            (Some("EmailProfile"), _) => {
                let name = self.email_profile_name.as_deref().unwrap_or_default();
                profiles::sender(tx, name)
            }
            (Some("LoggedInUser"), _) => {
                let user = caller(world, call);
                user.ok_or_else(|| {
                    Failure::invalid("FromEmailOption: the call is made by no user; name a profile, or send From")
                })
            }
            (_, Some(from)) => {
                let from = from.plain();
                check_sender("From", &from.address)?;
                Ok(from)
            }
            (_, None) => Ok(mail::organization()),
        }
    }

    /// A mail with all but its recipients and texts.
    fn draft(&self, world: &World, call: &Call, tx: &Transaction<'_>) -> Result<Draft, Failure> {
        Ok(Draft {
            from: self.sender(world, call, tx)?,
            importance: match self.priority.as_deref() {
                Some("High") => Importance::High,
                Some("Low") => Importance::Low,
                _ => Importance::Normal,
            },
            headers: self.headers.clone().unwrap_or_default(),
            ..Draft::default()
        })
    }

    fn keep_files(&self, session: &Session<'_>) -> Result<Vec<File>, Failure> {
        attachments::keep(session, self.attachments.as_deref().unwrap_or_default())
    }
}

impl Wrapper {
    /// The mail that a template makes; `files` are attached, and the template's own.
    fn letter(
        self,
        world: &World,
        session: &Session<'_>,
        template: Option<&str>,
        draft: Draft,
        files: &[File],
    ) -> Result<Letter, Failure> {
        let parameters = self.email_template_parameters.unwrap_or_default();
        let id = parameters.template_id().or(template);
        let template = templates::named(session.tx, id.unwrap_or_default())?;
        if template.get("IsActive") == Some(&Value::Bool(false)) {
            return Err(Failure::invalid(format!(
                "the template '{}' is not active; set IsActive first",
                text(&template, "Name").unwrap_or_default()
            )));
        }
        let data = parameters.data(session.tx, &world.directory)?;
        let rendered = render(&template, &data)?;
        let own = templates::files(session.tx, session.now, &template)?;
        let mut attachments = attachments::copy(session, files)?;
        attachments.extend(attachments::copy(session, &own)?);
        let draft = Draft {
            subject: rendered.subject,
            text: rendered.text,
            html: rendered.html,
            attachments,
            ..draft
        };
        let mut draft = self.email_parameters.unwrap_or_default().address(draft);
        if draft.to.is_empty()
            && let Some(recipient) = parameters.recipient(session.tx, &world.directory)?
        {
            draft.to.extend(rendering::address_of(&recipient));
        }
        draft.seal(session.tx)
    }
}

impl BulkEmailV2RequestItem {
    fn letter(self, world: &World, call: &Call, session: &Session<'_>) -> Result<Letter, Failure> {
        let files = self.common.keep_files(session)?;
        let draft = self.common.draft(world, call, session.tx)?;
        let letter = self.mail.letter(world, session, None, draft, &files)?;
        for file in files {
            files::remove(session.tx, &file.id)?;
        }
        Ok(letter)
    }
}

impl EmailParameters {
    fn address(self, draft: Draft) -> Draft {
        let plain = |given: Option<Vec<EmailAddress>>| {
            let given = given.unwrap_or_default();
            given.iter().map(EmailAddress::plain).collect()
        };
        Draft {
            to: plain(self.to),
            cc: plain(self.cc),
            bcc: plain(self.bcc),
            reply_to: plain(self.reply_to),
            ..draft
        }
    }
}

impl EmailAddress {
    fn plain(&self) -> MailAddress {
        MailAddress::new(
            self.address.clone().unwrap_or_default(),
            self.display_name.clone(),
        )
    }
}

fn check_count(field: &str, count: usize) -> Result<(), Failure> {
    match count {
        1..=MAX_MAILS => Ok(()),
        0 => Err(Failure::invalid(format!(
            "{field} needs at least one entry"
        ))),
        _ => Err(Failure::invalid(format!(
            "{field} has {count} entries; send at most {MAX_MAILS} at once"
        ))),
    }
}
