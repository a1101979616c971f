//! Waiting until an order is active.

use conga_api::{Call, CallOptions, Pending, Transport, operations::order as operations};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::answer::Bare;
use crate::{Job, Record, poller::Standing, request::Shape};

/// The activation of an order, by the order's id: it is done once the order's `Status` is Activated, and has failed where it is Cancelled
/// (assumed; the states of the job itself are not published). What one look shows is the order, and so is what comes of it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct OrderActivation {
    order_id: String,
}

impl OrderActivation {
    pub(super) fn new(order_id: String) -> Self {
        Self { order_id }
    }
}

impl Job for OrderActivation {
    type State = Record;
    type Output = Record;

    fn name(&self) -> String {
        format!("the activation of the order {}", self.order_id)
    }

    fn look(&self, transport: &Transport) -> Pending<Record> {
        let call = Call::new(transport, &operations::GET_ORDER);
        let pending = call.path("Id", &self.order_id).send_as::<Bare<Record>>();
        Box::pin(async move { Ok(pending.await?.map(Shape::into_value)) })
    }

    fn standing(&self, _: &Transport, order: &Record) -> Standing<Record> {
        match order.get("Status").and_then(Value::as_str) {
            Some("Activated") => Standing::Done(order.clone()),
            Some(status @ "Cancelled") => Standing::Failed(vec![status.to_owned()]),
            _ => Standing::UnderWay,
        }
    }
}
