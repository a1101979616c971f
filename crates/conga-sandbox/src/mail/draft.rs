//! A mail that is to be sent, and what is refused of it.

use std::collections::{BTreeMap, HashSet};

use axum::http::StatusCode;
use chrono::DateTime;
use rusqlite::Transaction;
use serde::{Deserialize, Serialize};

use super::message;
use crate::failure::Failure;
use crate::files;

/// A mail goes to at most this many recipients.
const MAX_RECIPIENTS: usize = 1_000;

/// Bodies and attachments of a mail have at most this many bytes: 30 MiB.
const MAX_SIZE: u64 = 30 * 1024 * 1024;

/// The longest subject, in bytes: what RFC 5322 lets a line have.
const LONGEST_SUBJECT: usize = 998;

/// An e-mail address, and the name that is shown for it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MailAddress {
    /// The address, as `ann@example.com`.
    pub address: String,
    /// The name, if one was given.
    pub name: Option<String>,
}

/// How urgent a mail is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Importance {
    Low,
    #[default]
    Normal,
    High,
}

/// A mail that somebody wants to send.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Draft {
    pub(crate) from: MailAddress,
    pub(crate) to: Vec<MailAddress>,
    pub(crate) cc: Vec<MailAddress>,
    pub(crate) bcc: Vec<MailAddress>,
    pub(crate) reply_to: Vec<MailAddress>,
    pub(crate) subject: String,
    /// The body as plain text.
    pub(crate) text: String,
    /// The body as HTML, if there is one.
    pub(crate) html: Option<String>,
    pub(crate) importance: Importance,
    /// Further headers of the message.
    pub(crate) headers: BTreeMap<String, String>,
    /// Ids of files, which belong to this mail alone.
    pub(crate) attachments: Vec<String>,
}

/// A mail that can be sent.
#[derive(Debug)]
pub(crate) struct Letter(Draft);

impl MailAddress {
    /// An address; blanks around it do not count, and an empty name is none.
    pub(crate) fn new(address: impl Into<String>, name: Option<String>) -> Self {
        Self {
            address: address.into().trim_matches(' ').to_owned(),
            name: name.filter(|name| !name.trim().is_empty()),
        }
    }
}

impl Draft {
    /// The letter that this draft makes.
    ///
    /// # Errors
    ///
    /// 400 for an address that is none, for a line break or another control character in a header, for a header that the
    /// message has anyway, and for no or too many recipients; 413 for more than 30 MiB.
    pub(crate) fn seal(self, tx: &Transaction<'_>) -> Result<Letter, Failure> {
        if self.to.is_empty() {
            return Err(Failure::invalid(
                "the e-mail has no recipient; give at least one address as To",
            ));
        }
        let count = self.to.len() + self.cc.len() + self.bcc.len();
        if count > MAX_RECIPIENTS {
            return Err(Failure::invalid(format!(
                "the e-mail has {count} recipients; send it to at most {MAX_RECIPIENTS} at once"
            )));
        }
        if self.subject.len() > LONGEST_SUBJECT {
            return Err(Failure::invalid(format!(
                "the subject has {} bytes; use at most {LONGEST_SUBJECT}",
                self.subject.len()
            )));
        }
        let html = self.html.as_ref().map_or(0, String::len);
        let mut size = (self.text.len() + html) as u64;
        for id in &self.attachments {
            size += files::find(tx, id)?.map_or(0, |file| file.size);
        }
        if size > MAX_SIZE {
            return Err(Failure::Refused(
                StatusCode::PAYLOAD_TOO_LARGE,
                format!(
                    "the e-mail has {size} bytes with its attachments; send at most {MAX_SIZE}"
                ),
            ));
        }
        message::head("", DateTime::UNIX_EPOCH, &self)?;
        Ok(Letter(self))
    }

    /// Whom the mail goes to, each address once.
    pub(super) fn recipients(&self) -> Vec<&str> {
        let mut seen = HashSet::new();
        let all = self.to.iter().chain(&self.cc).chain(&self.bcc);
        all.map(|recipient| recipient.address.as_str())
            .filter(|address| seen.insert(address.to_lowercase()))
            .collect()
    }
}

impl Letter {
    pub(super) fn draft(&self) -> &Draft {
        &self.0
    }
}

/// Checks an address that mails are to be sent from, or to.
///
/// # Errors
///
/// 400 if it is none.
pub(crate) fn check_address(field: &str, address: &str) -> Result<(), Failure> {
    let given = MailAddress::new(address, None);
    message::mailbox(field, &given).map(|_| ())
}
