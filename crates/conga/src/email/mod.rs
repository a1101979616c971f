//! E-mail: sending with a text or a template, and what became of it.
//!
//! | room | what lives there |
//! |---|---|
//! | `message` | what all mails have: addresses, sender, settings |
//! | `attachment` | files that go along |
//! | `send` | a mail with texts of its own, and one by a template |
//! | `delivery` | what became of a mail |

mod attachment;
mod delivery;
mod message;
mod send;

use std::fmt;

use conga_api::{Call, Transport, operations::email as operations};

pub use attachment::Attachment;
pub use delivery::{DeliveryEvent, DeliveryStatus, EmailDelivery};
pub use message::{Address, Priority};
pub use send::{SendEmail, SendTemplate, SentEmail};

use crate::{Poller, Request, answer::OneRecord};

/// The organisation's mail.
///
/// ```no_run
/// # async fn run(client: conga::Client) -> Result<(), conga::Error> {
/// use serde_json::json;
///
/// let offer = client.composer().merge("template-id", &json!({"Name": "Ann"})).to_pdf().await?;
/// let sent = client
///     .email()
///     .send("Your offer", "Dear Ann,\n\nthe offer is attached.")
///     .from_profile("Sales desk")
///     .to("ann@example.com")
///     .attach(&offer)
///     .await?;
/// for status in sent.delivery().await? {
///     println!("{:?} {:?} {:?}", status.recipient, status.state, status.is_delivered());
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Email {
    transport: Transport,
}

impl Email {
    pub(crate) fn new(transport: Transport) -> Self {
        Self { transport }
    }

    /// Sends a mail with this subject and plain text, which are both needed (published).
    pub fn send(&self, subject: impl Into<String>, text: impl Into<String>) -> SendEmail {
        let call = Call::new(&self.transport, &operations::SEND_EMAIL);
        SendEmail::new(self.transport.clone(), call, subject.into(), text.into())
    }

    /// Sends a mail that a template makes.
    pub fn send_template(&self, template_id: impl Into<String>) -> SendTemplate {
        let call = Call::new(&self.transport, &operations::BULK_SEND_EMAILS_V2);
        SendTemplate::new(self.transport.clone(), call, template_id.into())
    }

    /// What becomes of a mail that was sent before, by the id that it was sent under ([`SentEmail::id`]).
    pub fn delivery(&self, email_send_id: impl Into<String>) -> Poller<EmailDelivery> {
        Poller::new(
            self.transport.clone(),
            EmailDelivery::new(email_send_id.into()),
        )
    }

    /// What is known of one delivery, by the id of its job ([`DeliveryStatus::job_id`]).
    pub fn status(&self, job_id: &str) -> Request<DeliveryStatus> {
        let call = Call::new(&self.transport, &operations::GET_EMAIL_JOB);
        Request::new::<OneRecord<DeliveryStatus>>(call.path("jobId", job_id))
    }
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Email").finish_non_exhaustive()
    }
}
