//! The MIME message.

use chrono::{DateTime, Utc};
use lettre::address::Envelope;
use lettre::message::header::{self, ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment, Mailbox, Mailboxes, MessageBuilder, MultiPart, SinglePart};
use lettre::{Address, Message};
use url::Host;

use super::draft::{Draft, Importance, MailAddress};
use crate::failure::Failure;
use crate::files::File;

/// The domain of message ids.
const DOMAIN: &str = "sandbox.example";

/// Headers that the message has anyway, or that its way through the net gives it.
const RESERVED: [&str; 16] = [
    "bcc",
    "cc",
    "date",
    "dkim-signature",
    "from",
    "importance",
    "message-id",
    "mime-version",
    "priority",
    "received",
    "reply-to",
    "return-path",
    "sender",
    "subject",
    "to",
    "x-priority",
];

/// The headers of a mail. All that can be wrong with a mail is in them.
pub(super) fn head(
    id: &str,
    sent: DateTime<Utc>,
    draft: &Draft,
) -> Result<MessageBuilder, Failure> {
    check_text("Subject", &draft.subject)?;
    let from = mailbox("From", &draft.from)?;
    let to = mailboxes("To", &draft.to)?;
    let cc = mailboxes("Cc", &draft.cc)?;
    let bcc = mailboxes("Bcc", &draft.bcc)?;
    let reply_to = mailboxes("ReplyTo", &draft.reply_to)?;

    let recipients = to.iter().chain(cc.iter()).chain(bcc.iter());
    let recipients = recipients.map(|mailbox| mailbox.email.clone()).collect();
    let envelope = Envelope::new(Some(from.email.clone()), recipients).map_err(cannot_be_made)?;
    let date = sent.format("%a, %d %b %Y %H:%M:%S +0000").to_string();

    let mut builder = Message::builder()
        .envelope(envelope)
        .from(from)
        .header(header::To::from(to))
        .subject(draft.subject.as_str())
        .message_id(Some(format!("<{id}@{DOMAIN}>")))
        .raw_header(HeaderValue::new(
            HeaderName::new_from_ascii_str("Date"),
            date,
        ));
    if cc.iter().next().is_some() {
        builder = builder.header(header::Cc::from(cc));
    }
    if reply_to.iter().next().is_some() {
        builder = builder.header(header::ReplyTo::from(reply_to));
    }
    let urgency = match draft.importance {
        Importance::Low => Some(("low", "5")),
        Importance::Normal => None,
        Importance::High => Some(("high", "1")),
    };
    if let Some((word, number)) = urgency {
        let importance = HeaderName::new_from_ascii_str("Importance");
        let priority = HeaderName::new_from_ascii_str("X-Priority");
        builder = builder
            .raw_header(HeaderValue::new(importance, word.to_owned()))
            .raw_header(HeaderValue::new(priority, number.to_owned()));
    }
    for (name, value) in &draft.headers {
        check_text(name, value)?;
        builder = builder.raw_header(HeaderValue::new(header_name(name)?, value.clone()));
    }
    Ok(builder)
}

/// The message with its bodies and attachments.
pub(super) fn compose(
    id: &str,
    sent: DateTime<Utc>,
    draft: &Draft,
    attachments: Vec<(File, Vec<u8>)>,
) -> Result<Message, Failure> {
    let head = head(id, sent, draft)?;
    let text = SinglePart::plain(draft.text.clone());
    let bodies = draft.html.as_ref().map(|html| {
        MultiPart::alternative()
            .boundary(format!("{id}-bodies"))
            .singlepart(text.clone())
            .singlepart(SinglePart::html(html.clone()))
    });
    if attachments.is_empty() {
        let message = match bodies {
            Some(bodies) => head.multipart(bodies),
            None => head.singlepart(text),
        };
        return message.map_err(cannot_be_made);
    }
    let mixed = MultiPart::mixed().boundary(format!("{id}-parts"));
    let mut mixed = match bodies {
        Some(bodies) => mixed.multipart(bodies),
        None => mixed.singlepart(text),
    };
    for (file, content) in attachments {
        let media = ContentType::parse(&file.media_type).map_err(cannot_be_made)?;
        mixed = mixed.singlepart(attachment(file.name, media, content));
    }
    head.multipart(mixed).map_err(cannot_be_made)
}

/// An attachment. Whatever its bytes are, they go as Base64: text encodings may change the ends of lines.
fn attachment(name: String, media: ContentType, content: Vec<u8>) -> SinglePart {
    let part = Attachment::new(name);
    match lettre::message::Body::new_with_encoding(content, header::ContentTransferEncoding::Base64)
    {
        Ok(body) => part.body(body, media),
        Err(content) => part.body(content, media),
    }
}

/// An address as messages hold it. A domain beyond ASCII is written in its ASCII form.
///
/// # Errors
///
/// 400 for an address that is none; `field` says where it stands.
pub(super) fn mailbox(field: &str, given: &MailAddress) -> Result<Mailbox, Failure> {
    if let Some(name) = &given.name {
        check_text(&format!("the DisplayName in {field}"), name)?;
    }
    let refused = |why: &str| {
        Failure::invalid(format!(
            "{field}: '{}' is no e-mail address{why}; write it as ann@example.com",
            given.address.escape_debug()
        ))
    };
    if given.address.chars().any(char::is_control) {
        return Err(refused(
            ", it has a line break or another control character",
        ));
    }
    let (user, domain) = given.address.rsplit_once('@').ok_or_else(|| refused(""))?;
    if !user.is_ascii() {
        return Err(refused(
            " that every mail server takes: its name has characters beyond ASCII",
        ));
    }
    let domain = if domain.is_ascii() {
        domain.to_owned()
    } else {
        let host = Host::parse(domain).map_err(|_| refused(""))?;
        host.to_string()
    };
    let address = Address::new(user, domain).map_err(|_| refused(""))?;
    let name = given.name.as_deref().map(|name| name.trim().to_owned());
    Ok(Mailbox::new(name, address))
}

fn mailboxes(field: &str, given: &[MailAddress]) -> Result<Mailboxes, Failure> {
    given.iter().map(|one| mailbox(field, one)).collect()
}

/// The name of a header that a sender may set.
fn header_name(name: &str) -> Result<HeaderName, Failure> {
    let folded = name.to_ascii_lowercase();
    if RESERVED.contains(&folded.as_str()) || folded.starts_with("content-") {
        return Err(Failure::invalid(format!(
            "Headers: the message has a header '{name}' of its own; leave it out, and use the fields of the request"
        )));
    }
    let is_token = name
        .bytes()
        .all(|c| c.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&c));
    let accepted = HeaderName::new_from_ascii(name.to_owned()).ok();
    accepted.filter(|_| is_token).ok_or_else(|| {
        Failure::invalid(format!(
            "Headers: '{}' is no name of a header; use letters, digits and hyphens, as in X-Order-Number",
            name.escape_debug()
        ))
    })
}

/// Refuses what could end a header and start another.
fn check_text(field: &str, text: &str) -> Result<(), Failure> {
    if text.chars().any(char::is_control) {
        return Err(Failure::invalid(format!(
            "{} has a line break or another control character; leave it out",
            field.escape_debug()
        )));
    }
    Ok(())
}

fn cannot_be_made(error: impl std::error::Error) -> Failure {
    Failure::invalid(format!("no message can be made of the e-mail: {error}"))
}
