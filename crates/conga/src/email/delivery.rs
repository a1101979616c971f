//! What became of a mail.

use conga_api::{
    Call, CallOptions, Pending, Timestamp, Transport, operations::email as operations,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    Job, Record,
    answer::OneRecord,
    poller::{Standing, meaning},
    request::Shape,
};

/// The delivery of a mail, by the id that it was sent under.
///
/// It is done once the end of every recipient's delivery is known, good or bad: a mail that bounced is an outcome, not an error.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct EmailDelivery {
    email_send_id: String,
}

/// What is known of the delivery to one recipient: the published schemas `EmailStatusResponse` and `EmailJobStatusResponse`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[non_exhaustive]
pub struct DeliveryStatus {
    /// The id of the delivery.
    pub job_id: Option<String>,
    /// The address.
    pub recipient: Option<String>,
    /// The state in a word; the words are not published.
    pub state: Option<String>,
    /// Why it is so, where [one delivery](super::Email::status) was asked for.
    pub reason: Option<String>,
    email_status_details: Option<Details>,
    /// Whatever else the platform tells.
    #[serde(flatten)]
    pub other: Record,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Details {
    status: Option<String>,
    events: Option<Vec<DeliveryEvent>>,
}

/// Something that happened to a mail: the published schema `EmailStatusEvent`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[non_exhaustive]
pub struct DeliveryEvent {
    /// What happened: a word of the published enumeration `Event`, such as `Processed`, `Delivered` or `Bounce`.
    pub event: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// When.
    pub timestamp: Option<Timestamp>,
}

/// The words of the enumeration `Event` after which nothing more is to be waited for.
const ENDS: [&str; 7] = [
    "Delivered",
    "Drop",
    "Bounce",
    "Blocked",
    "Failed",
    "Open",
    "Click",
];

impl EmailDelivery {
    pub(super) fn new(email_send_id: String) -> Self {
        Self { email_send_id }
    }
}

impl DeliveryStatus {
    /// Whether it arrived, as far as the provider knows.
    pub fn is_delivered(&self) -> bool {
        let details = self.email_status_details.as_ref();
        details.is_some_and(|details| details.status.as_deref() == Some("Delivered"))
    }

    /// What happened to it, in the order of the platform.
    pub fn events(&self) -> &[DeliveryEvent] {
        let details = self.email_status_details.as_ref();
        let events = details.and_then(|details| details.events.as_deref());
        events.unwrap_or_default()
    }

    /// Whether nothing more is to be waited for.
    pub fn is_final(&self) -> bool {
        let state = self.state.as_deref().unwrap_or_default();
        let is_end = |event: &DeliveryEvent| {
            let event = event.event.as_deref();
            event.is_some_and(|event| ENDS.contains(&event))
        };
        self.is_delivered()
            || self.events().iter().any(is_end)
            || meaning(state) != Standing::UnderWay
    }
}

impl Job for EmailDelivery {
    type State = Vec<DeliveryStatus>;
    type Output = Vec<DeliveryStatus>;

    fn name(&self) -> String {
        format!("the delivery of the e-mail {}", self.email_send_id)
    }

    fn look(&self, transport: &Transport) -> Pending<Vec<DeliveryStatus>> {
        let call = Call::new(transport, &operations::QUERY_EMAIL_STATUSES);
        let call = call.json(&json!({"EmailSendId": self.email_send_id}));
        let pending = call.send_as::<Statuses>();
        Box::pin(async move { Ok(pending.await?.map(Shape::into_value)) })
    }

    fn standing(
        &self,
        _: &Transport,
        state: &Vec<DeliveryStatus>,
    ) -> Standing<Vec<DeliveryStatus>> {
        if !state.is_empty() && state.iter().all(DeliveryStatus::is_final) {
            Standing::Done(state.clone())
        } else {
            Standing::UnderWay
        }
    }
}

/// The published schema `EmailStatusBatchResponse`, in its envelope.
#[derive(Deserialize)]
#[serde(transparent)]
struct Statuses(OneRecord<Batch>);

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Batch {
    jobs: Option<Vec<DeliveryStatus>>,
}

impl Shape for Statuses {
    type Value = Vec<DeliveryStatus>;

    fn into_value(self) -> Vec<DeliveryStatus> {
        self.0.into_value().jobs.unwrap_or_default()
    }
}
