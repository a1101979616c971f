//! Mail: what services send, and the mailbox that keeps it.
//!
//! | room | what lives there |
//! |---|---|
//! | [`draft`] | a mail that is to be sent, and what is refused of it |
//! | [`message`] | the MIME message |
//! | [`mailbox`] | the mails that were sent, in the same database as the records |
//! | [`delivery`] | what becomes of a mail at each recipient |
//! | [`postman`] | sending on by SMTP |
//!
//! A mail is in the mailbox when the call that sends it is answered. What is kept are its parts, attachments as files; the
//! message is put together from them whenever somebody wants it, each time the same. No call of the platform lists the
//! mailbox, so that mails are no records and searches do not find them.
//!
//! Without an SMTP server a mail arrives by the clock, as all asynchronous work of the sandbox ends. With one, it has
//! arrived when the server has taken it.

mod delivery;
mod draft;
mod mailbox;
mod message;
mod postman;

#[cfg(test)]
mod tests;

use crate::failure::Failure;
use crate::request::Call;
use crate::services::{Session, World};
pub use delivery::{DeliveryState, MailDelivery};
pub(crate) use delivery::{deliveries, delivery};
pub use draft::MailAddress;
pub(crate) use draft::{Draft, Importance, Letter, check_address};
pub use mailbox::{Mail, MailAttachment};
pub(crate) use mailbox::{SCHEMA, all, clear, find};
pub(crate) use postman::{Outbox, SmtpServer, send_on};

/// The address of the organization itself.
pub(crate) fn organization() -> MailAddress {
    MailAddress::new("no-reply@sandbox.example", Some("Conga sandbox".to_owned()))
}

/// Sends the letters that `write` puts together, all of them or none; gives their ids. They are in the mailbox then, and
/// on their way to the SMTP server if there is one.
pub(crate) fn send(
    world: &World,
    call: &Call,
    write: impl FnOnce(&Session<'_>) -> Result<Vec<Letter>, Failure>,
) -> Result<Vec<String>, Failure> {
    let ids = world.write(call, |session| {
        let letters = write(session)?;
        let kept = letters
            .into_iter()
            .map(|letter| mailbox::keep(session, letter, world.outbox.is_open()));
        kept.collect::<Result<Vec<String>, Failure>>()
    })?;
    world.outbox.put(&ids);
    Ok(ids)
}
