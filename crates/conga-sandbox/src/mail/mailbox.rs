//! The mails that were sent, in the same database as the records.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension, Row, Transaction, params};
use serde::Serialize;
use uuid::Uuid;

use super::delivery::{self, MailDelivery};
use super::draft::{Draft, Letter, MailAddress};
use super::message;
use crate::failure::Failure;
use crate::files;
use crate::records::store::from_json;
use crate::services::{Session, World};

/// The tables. A delivery waits as long as it is the SMTP server's turn.
pub(crate) const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS mails (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    sent TEXT NOT NULL,
    draft TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS mail_deliveries (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    mail TEXT NOT NULL REFERENCES mails (id),
    recipient TEXT NOT NULL,
    is_waiting INTEGER NOT NULL,
    ended TEXT,
    fault TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS mail_deliveries_by_mail ON mail_deliveries (mail);
CREATE INDEX IF NOT EXISTS mail_deliveries_waiting ON mail_deliveries (mail) WHERE is_waiting;";

/// A mail that a service has sent.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Mail {
    /// The id that the service gave to its caller: `EmailSendId`.
    pub id: String,
    /// When it was sent, by the sandbox's clock.
    pub sent: DateTime<Utc>,
    /// The sender.
    pub from: MailAddress,
    /// The recipients.
    pub to: Vec<MailAddress>,
    /// Those who get a copy.
    pub cc: Vec<MailAddress>,
    /// Those who get a copy that nobody else sees; the message does not name them.
    pub bcc: Vec<MailAddress>,
    /// Where answers go.
    pub reply_to: Vec<MailAddress>,
    /// The subject.
    pub subject: String,
    /// The body as plain text.
    pub text: String,
    /// The body as HTML, if there is one.
    pub html: Option<String>,
    /// The attachments.
    pub attachments: Vec<MailAttachment>,
    /// How far the mail has come, for each recipient.
    pub deliveries: Vec<MailDelivery>,
    /// The MIME message, as it is sent.
    #[serde(skip)]
    pub raw: Bytes,
}

/// A file that is attached to a mail.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct MailAttachment {
    /// The file's name.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// The number of its bytes.
    pub size: usize,
    /// The bytes.
    #[serde(skip)]
    pub content: Bytes,
}

/// Keeps a mail; gives its id. `is_waiting`: it is to be sent on by SMTP.
pub(super) fn keep(
    session: &Session<'_>,
    letter: Letter,
    is_waiting: bool,
) -> Result<String, Failure> {
    let draft = letter.draft();
    let body = serde_json::to_string(draft)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
    let id = Uuid::new_v4().to_string();
    let tx = session.tx;
    tx.prepare_cached("INSERT INTO mails (id, sent, draft) VALUES (?, ?, ?)")?
        .execute(params![id, session.date(), body])?;
    let mut insert = tx.prepare_cached(
        "INSERT INTO mail_deliveries (id, mail, recipient, is_waiting) VALUES (?, ?, ?, ?)",
    )?;
    for recipient in draft.recipients() {
        let delivery = Uuid::new_v4().to_string();
        insert.execute(params![delivery, id, recipient, is_waiting])?;
    }
    Ok(id)
}

/// All mails, oldest first.
pub(crate) fn all(world: &World) -> Result<Vec<Mail>, Failure> {
    world.store.read(|tx| {
        let kept: Vec<Kept> = tx
            .prepare_cached(&format!("{SELECT} ORDER BY seq"))?
            .query_map([], Kept::read)?
            .collect::<rusqlite::Result<_>>()?;
        let opened = kept
            .into_iter()
            .map(|kept| kept.open(tx, world.clock.now()));
        opened.collect()
    })
}

/// The mail with this id.
pub(crate) fn find(world: &World, id: &str) -> Result<Option<Mail>, Failure> {
    world.store.read(|tx| read(tx, world.clock.now(), id))
}

/// The same, within a transaction.
pub(super) fn read(
    tx: &Transaction<'_>,
    now: DateTime<Utc>,
    id: &str,
) -> Result<Option<Mail>, Failure> {
    let kept = tx
        .prepare_cached(&format!("{SELECT} WHERE id = ?"))?
        .query_row([id], Kept::read)
        .optional()?;
    kept.map(|kept| kept.open(tx, now)).transpose()
}

/// Empties the mailbox. What waits for the SMTP server is not sent any more.
pub(crate) fn clear(world: &World) -> Result<(), Failure> {
    world.write_as_system(|session| {
        let tx = session.tx;
        let kept: Vec<Kept> = tx
            .prepare_cached(SELECT)?
            .query_map([], Kept::read)?
            .collect::<rusqlite::Result<_>>()?;
        for file in kept.iter().flat_map(|kept| &kept.draft.attachments) {
            files::remove(tx, file)?;
        }
        tx.execute_batch("DELETE FROM mail_deliveries; DELETE FROM mails;")?;
        Ok(())
    })
}

const SELECT: &str = "SELECT id, sent, draft FROM mails";

/// A mail as the database holds it.
#[derive(Debug)]
struct Kept {
    id: String,
    sent: String,
    draft: Draft,
}

impl Kept {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            sent: row.get(1)?,
            draft: from_json(row, 2)?,
        })
    }

    fn open(self, tx: &Transaction<'_>, now: DateTime<Utc>) -> Result<Mail, Failure> {
        let Self { id, sent, draft } = self;
        let sent = DateTime::parse_from_rfc3339(&sent).map_or(now, |date| date.to_utc());
        let mut contents = Vec::new();
        for file in &draft.attachments {
            if let Some(file) = files::find(tx, file)? {
                let content = files::read(tx, &file)?;
                contents.push((file, content));
            }
        }
        let attachments = contents.iter().map(|(file, content)| MailAttachment {
            name: file.name.clone(),
            media_type: file.media_type.clone(),
            size: content.len(),
            content: content.clone().into(),
        });
        let attachments = attachments.collect();
        let message = message::compose(&id, sent, &draft, contents)?;
        Ok(Mail {
            deliveries: delivery::deliveries(tx, now, &id)?,
            id,
            sent,
            from: draft.from,
            to: draft.to,
            cc: draft.cc,
            bcc: draft.bcc,
            reply_to: draft.reply_to,
            subject: draft.subject,
            text: draft.text,
            html: draft.html,
            attachments,
            raw: message.formatted().into(),
        })
    }
}
