//! What all mails have: addresses, sender, settings.

use std::fmt;

use serde::Serialize;
use serde_json::{Value, json};

use super::Attachment;
use crate::{Error, Record};

/// Where a mail goes, or comes from: the published schema `EmailAddress`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Address {
    address: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    display_name: Option<String>,
}

impl Address {
    /// An address, as in `ann@example.com`.
    pub fn new(address: impl Into<String>) -> Self {
        Self {
            address: address.into(),
            display_name: None,
        }
    }

    /// An address with the name that people see.
    pub fn named(address: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            address: address.into(),
            display_name: Some(name.into()),
        }
    }
}

impl From<&str> for Address {
    fn from(address: &str) -> Self {
        Self::new(address)
    }
}

impl From<String> for Address {
    fn from(address: String) -> Self {
        Self::new(address)
    }
}

/// How urgent a mail is: the published enumeration `MailPriority`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Priority {
    Low,
    Normal,
    High,
}

/// As the published enumeration spells it.
impl fmt::Display for Priority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// What a mail is made of, whatever makes its texts.
#[derive(Debug)]
pub(super) struct Message {
    addresses: Record,
    settings: Record,
    attachments: Vec<Attachment>,
}

impl Message {
    /// Without tracking, nobody could tell what became of it.
    pub(super) fn new() -> Self {
        let tracking = json!({"ShouldTrackDeliveryStatus": true});
        Self {
            addresses: Record::new(),
            settings: Record::from_iter([("TrackingOptions".to_owned(), tracking)]),
            attachments: Vec::new(),
        }
    }

    pub(super) fn address(&mut self, field: &str, address: Address) {
        let list = self.addresses.entry(field).or_insert(json!([]));
        if let Value::Array(list) = list {
            list.push(json!(address));
        }
    }

    pub(super) fn set(&mut self, field: &str, value: impl Into<Value>) {
        self.settings.insert(field.to_owned(), value.into());
    }

    pub(super) fn header(&mut self, name: String, value: String) {
        let headers = self.settings.entry("Headers").or_insert(json!({}));
        headers[name] = value.into();
    }

    pub(super) fn attach(&mut self, attachment: Attachment) {
        self.attachments.push(attachment);
    }

    /// The addresses and the settings, once the attachments are there.
    pub(super) async fn fields(
        self,
        transport: &conga_api::Transport,
    ) -> Result<(Record, Record), Error> {
        let mut settings = self.settings;
        let mut attachments = Vec::with_capacity(self.attachments.len());
        for attachment in self.attachments {
            attachments.push(attachment.field(transport).await?);
        }
        if !attachments.is_empty() {
            settings.insert("Attachments".to_owned(), attachments.into());
        }
        Ok((self.addresses, settings))
    }
}

/// The settings that every mail has.
macro_rules! message_options {
    ($builder:ty) => {
        impl $builder {
            /// Somebody it goes to. May be given several times, as all addresses may.
            pub fn to(self, address: impl Into<Address>) -> Self {
                self.change(|message| message.address("To", address.into()))
            }

            /// Somebody who gets a copy.
            pub fn cc(self, address: impl Into<Address>) -> Self {
                self.change(|message| message.address("Cc", address.into()))
            }

            /// Somebody who gets a copy that the others do not see.
            pub fn bcc(self, address: impl Into<Address>) -> Self {
                self.change(|message| message.address("Bcc", address.into()))
            }

            /// Where answers go.
            pub fn reply_to(self, address: impl Into<Address>) -> Self {
                self.change(|message| message.address("ReplyTo", address.into()))
            }

            /// Sends it from an e-mail profile of the organisation, by its name.
            pub fn from_profile(self, name: impl Into<String>) -> Self {
                self.change(|message| {
                    message.set("FromEmailOption", "EmailProfile");
                    message.set("EmailProfileName", name.into());
                })
            }

            /// Sends it from the user who signed in.
            pub fn from_current_user(self) -> Self {
                self.change(|message| message.set("FromEmailOption", "LoggedInUser"))
            }

            /// How urgent it is. Default: the server's.
            pub fn priority(self, priority: Priority) -> Self {
                self.change(|message| message.set("Priority", priority.to_string()))
            }

            /// A header of the mail itself.
            pub fn header(self, name: impl Into<String>, value: impl Into<String>) -> Self {
                self.change(|message| message.header(name.into(), value.into()))
            }

            /// A file that goes along: one of your own, a [document](crate::documents::DocumentVersion), or one just
            /// [generated](crate::composer::GeneratedDocument).
            pub fn attach(self, attachment: impl Into<Attachment>) -> Self {
                self.change(|message| message.attach(attachment.into()))
            }

            fn change(mut self, change: impl FnOnce(&mut Message)) -> Self {
                change(&mut self.message);
                self
            }
        }
    };
}

pub(super) use message_options;
