//! A template with data.

use axum::http::StatusCode;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use rusqlite::Transaction;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::templates;
use crate::composer::{self, Data, Format, Locale, Looks};
use crate::directory::Directory;
use crate::failure::Failure;
use crate::files;
use crate::mail::MailAddress;
use crate::records::store::{Record, text};
use crate::request::{Answer, Call};
use crate::services::reply::{Reply, params};
use crate::services::{World, sources};

/// The published `EmailTemplateParameters`, `EmailTemplateRenderRequest` and, with the texts, `EmailTemplatePreviewRequest`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Parameters {
    pub(super) email_template_id: Option<String>,
    recipient_type: Option<String>,
    recipient_id: Option<String>,
    object_name: Option<String>,
    record_id: Option<String>,
    template_data: Option<Map<String, Value>>,
    record_details: Option<Map<String, Value>>,
    subject: Option<String>,
    html_body: Option<String>,
    plain_text_body: Option<String>,
}

/// The texts of a template.
#[derive(Debug, Default)]
struct Texts {
    subject: String,
    html: Option<String>,
    /// Made of the HTML where there is none.
    plain: Option<String>,
}

/// A template with its fields filled in.
#[derive(Debug)]
pub(crate) struct Rendered {
    pub(crate) subject: String,
    pub(crate) html: Option<String>,
    pub(crate) text: String,
}

/// `POST /email-templates/{id}/render`.
pub(super) fn saved(world: &World, call: &Call) -> Result<Answer, Failure> {
    let parameters: Parameters = params::read(call)?;
    let answer = world.store.read(|tx| {
        let id = call.path_param("id").unwrap_or_default();
        let template = templates::existing(tx, id)?;
        let data = parameters.data(tx, &world.directory)?;
        let rendered = Texts::of(&template).render(&data)?;
        let mut attachments = Vec::new();
        for file in templates::files(tx, world.clock.now(), &template)? {
            attachments.push(json!({
                "Name": file.name,
                "MimeType": file.media_type,
                "FileContent": BASE64_STANDARD.encode(files::read(tx, &file)?),
            }));
        }
        let (id, name) = (template.get("Id"), template.get("Name"));
        Ok::<_, Failure>(rendered.shown(id, name, attachments.into()))
    })?;
    Ok(Reply::new(StatusCode::OK, answer).into_answer())
}

/// `POST /email-templates/render`: the texts of the request; those that it leaves out are the named template's.
pub(super) fn unsaved(world: &World, call: &Call) -> Result<Answer, Failure> {
    let mut parameters: Parameters = params::read(call)?;
    let answer = world.store.read(|tx| {
        let template = match parameters.template_id() {
            Some(id) => Some(templates::named(tx, id)?),
            None => None,
        };
        let saved = template.as_ref().map(Texts::of).unwrap_or_default();
        let has_body = parameters.html_body.is_some() || parameters.plain_text_body.is_some();
        let (html, plain) = match has_body {
            true => (
                parameters.html_body.take(),
                parameters.plain_text_body.take(),
            ),
            false => (saved.html, saved.plain),
        };
        let texts = Texts {
            subject: parameters.subject.take().unwrap_or(saved.subject),
            html,
            plain,
        };
        let rendered = texts.render(&parameters.data(tx, &world.directory)?)?;
        let field = |name| template.as_ref().and_then(|template| template.get(name));
        Ok::<_, Failure>(rendered.shown(field("Id"), field("Name"), json!([])))
    })?;
    Ok(Reply::new(StatusCode::OK, answer).into_answer())
}

/// A template with data.
///
/// # Errors
///
/// 400 for a template whose regions do not match.
pub(crate) fn render(template: &Record, data: &Data) -> Result<Rendered, Failure> {
    Texts::of(template).render(data)
}

/// HTML as plain text.
pub(crate) fn text_of(html: &str) -> Result<String, Failure> {
    let text = composer::convert(
        html.as_bytes(),
        Format::Html,
        Format::Text,
        &Looks::default(),
    )?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

impl Parameters {
    pub(super) fn template_id(&self) -> Option<&str> {
        self.email_template_id
            .as_deref()
            .filter(|id| !id.is_empty())
    }

    /// The data that the template is merged with.
    ///
    /// # Errors
    ///
    /// 400 for a record or a recipient that is not there.
    pub(super) fn data(&self, tx: &Transaction<'_>, users: &Directory) -> Result<Data, Failure> {
        let mut data = Data::new();
        if let Some(id) = given(&self.record_id) {
            let object = given(&self.object_name);
            let found = sources::record(tx, object, id)?;
            let (object, record) = found.ok_or_else(|| {
                Failure::invalid(format!(
                    "RecordId: no {} has the Id '{id}'",
                    object.unwrap_or("record")
                ))
            })?;
            data = sources::data(tx, &object, record)?;
        }
        if let Some(recipient) = self.recipient(tx, users)? {
            let recipient = Value::Object(recipient);
            if let Some(kind) = given(&self.recipient_type) {
                data = data.with(kind, recipient.clone());
            }
            data = data.with("Recipient", recipient);
        }
        for fields in [&self.record_details, &self.template_data]
            .into_iter()
            .flatten()
        {
            data = data.with_fields(fields);
        }
        Ok(data)
    }

    /// The fields of the recipient: a user or a record.
    pub(super) fn recipient(
        &self,
        tx: &Transaction<'_>,
        users: &Directory,
    ) -> Result<Option<Record>, Failure> {
        let Some(id) = given(&self.recipient_id) else {
            return Ok(None);
        };
        let kind = given(&self.recipient_type);
        let found = recipient(tx, users, kind, id)?;
        if found.is_none() {
            return Err(Failure::invalid(format!(
                "RecipientId: no {} has the Id '{id}'",
                kind.unwrap_or("user and no record")
            )));
        }
        Ok(found)
    }
}

/// The fields of a user, or of a record of this object or any.
pub(crate) fn recipient(
    tx: &Transaction<'_>,
    users: &Directory,
    kind: Option<&str>,
    id: &str,
) -> Result<Option<Record>, Failure> {
    if kind.is_none_or(|kind| kind.eq_ignore_ascii_case("User"))
        && let Some(user) = users.active_user(id)
    {
        return Ok(user.record().as_object().cloned());
    }
    Ok(sources::record(tx, kind, id)?.map(|(_, record)| record))
}

/// The e-mail address in the fields of a user or a record.
pub(crate) fn address_of(recipient: &Record) -> Option<MailAddress> {
    let address = text(recipient, "Email").filter(|address| !address.is_empty())?;
    let name = text(recipient, "Name").map(str::to_owned);
    Some(MailAddress::new(address, name))
}

impl Texts {
    fn of(template: &Record) -> Self {
        let field = |name| {
            let field = text(template, name).filter(|text| !text.trim().is_empty());
            field.map(str::to_owned)
        };
        let kind = text(template, "TemplateType").unwrap_or_default();
        let (html, plain) = match (field("HtmlValue"), field("Body")) {
            (None, Some(body)) if kind.eq_ignore_ascii_case("html") => (Some(body), None),
            texts => texts,
        };
        Self {
            subject: field("Subject").unwrap_or_default(),
            html,
            plain,
        }
    }

    fn render(&self, data: &Data) -> Result<Rendered, Failure> {
        let locale = Locale::default();
        let html = match &self.html {
            Some(html) => {
                let merged = composer::merge(html.as_bytes(), Format::Html, data, &locale)?;
                Some(String::from_utf8_lossy(&merged).into_owned())
            }
            None => None,
        };
        let text = match (&self.plain, &html) {
            (Some(plain), _) => composer::fill(plain, data, &locale)?,
            (None, Some(html)) => text_of(html)?,
            (None, None) => String::new(),
        };
        Ok(Rendered {
            subject: composer::fill(&self.subject, data, &locale)?,
            html,
            text,
        })
    }
}

impl Rendered {
    /// The published `EmailTemplateRenderResponse`.
    fn shown(self, id: Option<&Value>, name: Option<&Value>, attachments: Value) -> Value {
        json!({
            "Id": id,
            "Name": name,
            "Subject": self.subject,
            "HtmlBody": self.html,
            "PlainTextBody": self.text,
            "TemplateAttachments": attachments,
        })
    }
}

fn given(field: &Option<String>) -> Option<&str> {
    field.as_deref().filter(|text| !text.is_empty())
}
