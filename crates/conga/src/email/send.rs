//! A mail with texts of its own, and one by a template.

use std::{fmt, future::IntoFuture};

use conga_api::{Call, CallOptions, Transport};
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use serde_json::{Value, json};

use super::{
    Address, Attachment, EmailDelivery, Priority,
    message::{Message, message_options},
};
use crate::{
    Error, Poller, Record, Request,
    answer::data,
    request::{Future, Shape},
};

/// A mail with texts of its own that is being put together. Awaiting it sends it.
///
/// It needs somebody who [gets](Self::to) it, and somebody who sends it: an [address](Self::from), a [profile](Self::from_profile), or the
/// [user](Self::from_current_user). A mail that may have been sent is not sent again by itself.
#[derive(Debug)]
#[must_use = "nothing is sent before it is awaited"]
pub struct SendEmail {
    transport: Transport,
    call: Call,
    message: Message,
}

/// A mail that a template makes, being put together. Awaiting it sends it.
///
/// It goes to whom it is [addressed](Self::to), else to its [recipient](Self::recipient)'s own address (assumed).
#[derive(Debug)]
#[must_use = "nothing is sent before it is awaited"]
pub struct SendTemplate {
    transport: Transport,
    call: Call,
    message: Message,
    parameters: Record,
    reference: Option<String>,
    problem: Option<String>,
}

/// A mail that was sent.
#[derive(Clone)]
#[non_exhaustive]
pub struct SentEmail {
    /// The id that it was sent under.
    pub id: String,
    transport: Transport,
}

impl SentEmail {
    /// What becomes of it: awaited, the status of every recipient once all are known.
    pub fn delivery(&self) -> Poller<EmailDelivery> {
        Poller::new(self.transport.clone(), EmailDelivery::new(self.id.clone()))
    }
}

impl fmt::Debug for SentEmail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SentEmail")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl SendEmail {
    pub(super) fn new(transport: Transport, call: Call, subject: String, text: String) -> Self {
        let mut message = Message::new();
        message.set("Subject", subject);
        message.set("PlainTextBody", text);
        Self {
            transport,
            call,
            message,
        }
    }

    /// Who sends it.
    pub fn from(self, address: impl Into<Address>) -> Self {
        self.change(|message| message.set("From", json!(address.into())))
    }

    /// The text as HTML too.
    pub fn html(self, html: impl Into<String>) -> Self {
        self.change(|message| message.set("HtmlBody", html.into()))
    }
}

impl SendTemplate {
    pub(super) fn new(transport: Transport, call: Call, template_id: String) -> Self {
        Self {
            transport,
            call,
            message: Message::new(),
            parameters: Record::from_iter([("EmailTemplateId".to_owned(), template_id.into())]),
            reference: None,
            problem: None,
        }
    }

    /// The record that the template is filled in from: its object, as in `Agreement`, and its id.
    pub fn for_record(self, object: impl Into<String>, id: impl Into<String>) -> Self {
        self.parameter("ObjectName", object.into())
            .parameter("RecordId", id.into())
    }

    /// The person that the template speaks to: the kind, as in `Contact`, and the id.
    pub fn recipient(self, kind: impl Into<String>, id: impl Into<String>) -> Self {
        self.parameter("RecipientType", kind.into())
            .parameter("RecipientId", id.into())
    }

    /// What the template is filled in with: anything that serializes to a JSON object. It is taken to win over the fields of the
    /// record (assumed).
    pub fn data(mut self, data: &(impl Serialize + ?Sized)) -> Self {
        match serde_json::to_value(data) {
            Ok(data @ Value::Object(_)) => self.parameter("TemplateData", data),
            _ => {
                let problem = "the data of an e-mail template are no JSON object";
                self.problem = Some(problem.to_owned());
                self
            }
        }
    }

    /// A reference of your own (`ClientReferenceId`).
    pub fn reference(mut self, reference: impl Into<String>) -> Self {
        self.reference = Some(reference.into());
        self
    }

    fn parameter(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.parameters.insert(name.to_owned(), value.into());
        self
    }
}

message_options!(SendEmail);
message_options!(SendTemplate);

impl CallOptions for SendEmail {
    fn call_mut(&mut self) -> &mut Call {
        &mut self.call
    }
}

impl CallOptions for SendTemplate {
    fn call_mut(&mut self) -> &mut Call {
        &mut self.call
    }
}

impl IntoFuture for SendEmail {
    type Output = Result<SentEmail, Error>;
    type IntoFuture = Future<Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let (addresses, mut body) = self.message.fields(&self.transport).await?;
            body.extend(addresses);
            let id = Request::new::<One>(self.call.json(&body)).await?;
            Ok(SentEmail {
                id,
                transport: self.transport,
            })
        })
    }
}

impl IntoFuture for SendTemplate {
    type Output = Result<SentEmail, Error>;
    type IntoFuture = Future<Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            if let Some(problem) = self.problem {
                return Err(Error::Request(problem));
            }
            let (addresses, mut item) = self.message.fields(&self.transport).await?;
            item.insert("EmailParameters".to_owned(), addresses.into());
            item.insert("EmailTemplateParameters".to_owned(), self.parameters.into());
            if let Some(reference) = self.reference {
                item.insert("ClientReferenceId".to_owned(), reference.into());
            }
            let call = self.call.json(&json!({"EmailRequests": [item]}));
            let id = Request::new::<FirstOfMany>(call).await?;
            Ok(SentEmail {
                id,
                transport: self.transport,
            })
        })
    }
}

/// An envelope round the published schema `EmailResponse`.
struct One(String);

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct EmailResponse {
    success: Option<bool>,
    email_send_id: Option<String>,
}

impl<'de> Deserialize<'de> for One {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let answer: EmailResponse = data(deserializer, "answer to the e-mail")?;
        if answer.success == Some(false) {
            return Err(D::Error::custom(
                "`Success` in `Data` is false: it was not sent, and `Message` says why",
            ));
        }
        named(answer.email_send_id).map(Self)
    }
}

impl Shape for One {
    type Value = String;

    fn into_value(self) -> String {
        self.0
    }
}

/// An envelope round the published schema `BulkEmailV2Response`, for one mail.
struct FirstOfMany(String);

impl<'de> Deserialize<'de> for FirstOfMany {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Results {
            email_results: [EmailResponse; 1],
        }
        let Results {
            email_results: [only],
        } = data(deserializer, "answer to the e-mail")?;
        named(only.email_send_id).map(Self)
    }
}

impl Shape for FirstOfMany {
    type Value = String;

    fn into_value(self) -> String {
        self.0
    }
}

fn named<E: serde::de::Error>(id: Option<String>) -> Result<String, E> {
    id.filter(|id| !id.is_empty())
        .ok_or_else(|| E::custom("`Data` holds no id that the e-mail was sent under"))
}
