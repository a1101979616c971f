//! Waiting for prices, which are worked out after a cart's call was answered.

use std::time::Duration;

use conga_api::{Call, CallOptions, Pending, Transport, operations::cart as operations};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    Job, Record,
    commerce::answer::Bare,
    poller::{Pace, Standing},
    request::Shape,
};

/// How often to look at a cart whose prices are pending: they take seconds, not minutes.
pub(crate) const PACE: Pace = Pace {
    first_wait: Duration::from_millis(250),
    longest_wait: Duration::from_secs(4),
    deadline: Some(Duration::from_secs(60)),
};

/// The pricing of a cart of the platform, by the cart's id. It is done once no price is pending.
///
/// A line that cannot be priced is no failure: [`CartStatus::error_message`] tells of it, and the line's `PricingStatus`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct CartPricing {
    cart_id: String,
}

/// How a cart of the platform stands, with its lines and sums.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct CartStatus {
    /// The cart, with `LineItems` and `SummaryGroups`.
    #[serde(rename = "CartResponse", default)]
    pub cart: Record,
    /// The cart's status, such as `New` or `Finalized`.
    #[serde(default)]
    pub status: Option<String>,
    /// Whether prices are being worked out.
    pub is_price_pending: bool,
    /// What went wrong with the cart, where something did.
    #[serde(default)]
    pub error_message: Option<Value>,
    /// How long the platform asks to wait before the next look, in milliseconds.
    #[serde(default)]
    pub next_poll_interval_ms: Option<u64>,
    /// Whatever else the platform tells.
    #[serde(flatten)]
    pub other: Record,
}

impl CartPricing {
    pub(super) fn new(cart_id: String) -> Self {
        Self { cart_id }
    }
}

impl Job for CartPricing {
    type State = CartStatus;
    type Output = CartStatus;

    fn name(&self) -> String {
        format!("the pricing of the cart {}", self.cart_id)
    }

    fn look(&self, transport: &Transport) -> Pending<CartStatus> {
        let call = Call::new(transport, &operations::GET_CART_STATUS);
        let pending = call
            .path("cartId", &self.cart_id)
            .send_as::<Bare<CartStatus>>();
        Box::pin(async move { Ok(pending.await?.map(Shape::into_value)) })
    }

    fn standing(&self, _: &Transport, status: &CartStatus) -> Standing<CartStatus> {
        if status.is_price_pending {
            Standing::UnderWay
        } else {
            Standing::Done(status.clone())
        }
    }

    fn pace(&self) -> Pace {
        PACE
    }

    fn asked_wait(&self, status: &CartStatus) -> Option<Duration> {
        status.next_poll_interval_ms.map(Duration::from_millis)
    }
}
