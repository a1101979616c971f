//! What became of a mail.

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::mail::{self, DeliveryState, MailDelivery};
use crate::records::value::date_text;
use crate::request::{Answer, Call};
use crate::services::World;
use crate::services::reply::{Reply, params};

/// The published `EmailDeliveryStatusBatchRequest`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct BatchRequest {
    email_send_id: Option<String>,
    recipients: Option<Vec<String>>,
}

/// `GET /v1/emails/jobs/{jobId}`.
pub(super) fn job(world: &World, call: &Call) -> Result<Answer, Failure> {
    let id = call.path_param("jobId").unwrap_or_default();
    let found = world
        .store
        .read(|tx| mail::delivery(tx, world.clock.now(), id))?;
    let delivery = found.ok_or_else(|| {
        Failure::invalid(format!(
            "no job has the id '{id}'; ask emails/status/batch for the jobs of an EmailSendId"
        ))
    })?;
    let mut data = shown(&delivery);
    data["Reason"] = delivery.reason.into();
    Ok(Reply::new(StatusCode::OK, data).into_answer())
}

/// `POST /v1/emails/status/batch`: of these recipients, or of all.
pub(super) fn batch(world: &World, call: &Call) -> Result<Answer, Failure> {
    let request: BatchRequest = params::read(call)?;
    let id = request.email_send_id.unwrap_or_default();
    let all = world
        .store
        .read(|tx| mail::deliveries(tx, world.clock.now(), &id))?;
    if all.is_empty() {
        return Err(Failure::invalid(format!(
            "EmailSendId: no e-mail was sent under the id '{id}'"
        )));
    }
    let wanted = request.recipients.unwrap_or_default();
    let is =
        |delivery: &MailDelivery, address: &str| delivery.recipient.eq_ignore_ascii_case(address);
    if let Some(stranger) = wanted
        .iter()
        .find(|address| !all.iter().any(|delivery| is(delivery, address)))
    {
        return Err(Failure::invalid(format!(
            "Recipients: the e-mail did not go to '{stranger}'"
        )));
    }
    let jobs = all
        .iter()
        .filter(|delivery| wanted.is_empty() || wanted.iter().any(|address| is(delivery, address)));
    let jobs = jobs.map(shown).collect::<Value>();
    let data = json!({"EmailSendId": id, "Jobs": jobs});
    Ok(Reply::new(StatusCode::OK, data).into_answer())
}

/// The published `EmailStatusResponse`.
fn shown(delivery: &MailDelivery) -> Value {
    let (state, event) = match delivery.state {
        DeliveryState::Queued => ("Queued", None),
        DeliveryState::Sending => ("Processing", None),
        DeliveryState::Delivered => ("Delivered", Some("Delivered")),
        DeliveryState::Bounced => ("Bounced", Some("Bounce")),
        DeliveryState::Failed => ("Failed", Some("Failed")),
    };
    let mut events = Vec::new();
    if delivery.state != DeliveryState::Queued {
        events.push(json!({
            "Event": "Processed", "Reason": null, "Timestamp": date_text(delivery.sent),
        }));
    }
    events.extend(event.map(|event| {
        json!({
            "Event": event, "Reason": delivery.reason, "Timestamp": date_text(delivery.since),
        })
    }));
    let is_delivered = delivery.state == DeliveryState::Delivered;
    json!({
        "JobId": delivery.id,
        "Recipient": delivery.recipient,
        "State": state,
        "EmailStatusDetails": {
            "Status": if is_delivered { "Delivered" } else { "NotDelivered" },
            "Events": events,
        },
    })
}
