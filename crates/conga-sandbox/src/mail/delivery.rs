//! What becomes of a mail at each recipient.
//!
//! # Assumed
//!
//! Published are the names of events, that a delivery is a job with an id, a state, a reason and events, and that it is
//! delivered or not. A mail is queued, then sent, then delivered, in the stages of all asynchronous work here. One to a
//! domain that ends in `.invalid`, which no domain ever will (RFC 2606), bounces instead. With an SMTP server the
//! server's answer counts.

use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension, Row, Transaction, params};
use serde::Serialize;

use crate::records::value::date_text;
use crate::services::stage::Stage;

/// The top-level domain of which nobody is.
const NOWHERE: &str = ".invalid";

/// A mail on its way to one recipient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct MailDelivery {
    /// The id, which the platform calls that of a job.
    pub id: String,
    /// The recipient's address.
    pub recipient: String,
    /// When the mail was sent.
    pub sent: DateTime<Utc>,
    /// How far the mail has come.
    pub state: DeliveryState,
    /// When it came so far.
    pub since: DateTime<Utc>,
    /// Why it did not arrive: the words of the SMTP server, if there is one.
    pub reason: Option<String>,
}

/// How far a mail has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DeliveryState {
    /// Nothing was done yet.
    Queued,
    /// It is being sent.
    Sending,
    /// It has arrived.
    Delivered,
    /// It came back: there is no such recipient.
    Bounced,
    /// It could not be sent.
    Failed,
}

/// Where a delivery stands in the database.
const SELECT: &str = "SELECT d.id, d.recipient, d.is_waiting, d.ended, d.fault, m.sent FROM mail_deliveries AS d JOIN mails AS m ON m.id = d.mail";

/// The deliveries of a mail, in the order of its recipients.
pub(crate) fn deliveries(
    tx: &Transaction<'_>,
    now: DateTime<Utc>,
    mail: &str,
) -> rusqlite::Result<Vec<MailDelivery>> {
    tx.prepare_cached(&format!("{SELECT} WHERE d.mail = ? ORDER BY d.seq"))?
        .query_map([mail], |row| read(row, now))?
        .collect()
}

/// The delivery with this id.
pub(crate) fn delivery(
    tx: &Transaction<'_>,
    now: DateTime<Utc>,
    id: &str,
) -> rusqlite::Result<Option<MailDelivery>> {
    tx.prepare_cached(&format!("{SELECT} WHERE d.id = ?"))?
        .query_row([id], |row| read(row, now))
        .optional()
}

/// The recipients of a mail that the SMTP server was not asked about yet: the ids of their deliveries, and their
/// addresses.
pub(super) fn waiting(tx: &Transaction<'_>, mail: &str) -> rusqlite::Result<Vec<(String, String)>> {
    tx.prepare_cached(
        "SELECT id, recipient FROM mail_deliveries WHERE mail = ? AND is_waiting ORDER BY seq",
    )?
    .query_map([mail], |row| Ok((row.get(0)?, row.get(1)?)))?
    .collect()
}

/// The mails that wait for the SMTP server, oldest first.
pub(super) fn waiting_mails(tx: &Transaction<'_>) -> rusqlite::Result<Vec<String>> {
    tx.prepare_cached(
        "SELECT mail FROM mail_deliveries WHERE is_waiting GROUP BY mail ORDER BY min(seq)",
    )?
    .query_map([], |row| row.get(0))?
    .collect()
}

/// Writes down how a delivery ended: without a fault it has arrived.
pub(super) fn end(
    tx: &Transaction<'_>,
    now: DateTime<Utc>,
    id: &str,
    fault: Option<&str>,
) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "UPDATE mail_deliveries SET is_waiting = FALSE, ended = ?, fault = ? WHERE id = ?",
    )?
    .execute(params![date_text(now), fault, id])?;
    Ok(())
}

fn read(row: &Row<'_>, now: DateTime<Utc>) -> rusqlite::Result<MailDelivery> {
    let recipient: String = row.get("recipient")?;
    let date = |text: String| DateTime::parse_from_rfc3339(&text).map_or(now, |date| date.to_utc());
    let sent = date(row.get("sent")?);
    let ended = row.get::<_, Option<String>>("ended")?.map(date);
    let (state, since, reason) = match (ended, row.get("fault")?) {
        (Some(ended), None) => (DeliveryState::Delivered, ended, None),
        (Some(ended), fault) => (DeliveryState::Failed, ended, fault),
        (None, _) => {
            let is_waiting = row.get("is_waiting")?;
            by_the_clock(&recipient, Stage::of(sent, now), sent, is_waiting)
        }
    };
    Ok(MailDelivery {
        id: row.get("id")?,
        recipient,
        sent,
        state,
        since,
        reason,
    })
}

fn by_the_clock(
    recipient: &str,
    stage: Stage,
    sent: DateTime<Utc>,
    is_waiting: bool,
) -> (DeliveryState, DateTime<Utc>, Option<String>) {
    match stage {
        Stage::Queued => (DeliveryState::Queued, sent, None),
        Stage::UnderWay => (DeliveryState::Sending, sent, None),
        Stage::Done if is_waiting => (DeliveryState::Sending, sent, None),
        Stage::Done if recipient.to_lowercase().ends_with(NOWHERE) => {
            let reason = format!("550 there is no domain that ends in {NOWHERE}");
            (DeliveryState::Bounced, Stage::end(sent), Some(reason))
        }
        Stage::Done => (DeliveryState::Delivered, Stage::end(sent), None),
    }
}
