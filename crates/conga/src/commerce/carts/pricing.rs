//! Waiting for prices, which are worked out after a cart's call was answered.

use std::{future::IntoFuture, time::Duration};

use conga_api::{Call, CallOptions};
use serde::Deserialize;
use serde_json::Value;
use tokio::time::{Instant, sleep};

use crate::{CartProblem, Error, Record, Request, commerce::answer::Bare, request::Future};

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

/// Waiting until no price of a cart is pending. Awaiting it gives the cart's status then.
///
/// A line that cannot be priced is no error of this call: [`CartStatus::error_message`] tells of it, and the line's `PricingStatus`.
#[derive(Debug)]
#[must_use = "nothing is sent before it is awaited"]
pub struct PriceCart {
    pub(super) cart: String,
    pub(super) status: Call,
    pub(super) wait: Wait,
}

impl PriceCart {
    /// For how long to wait in all. Default one minute.
    pub fn within(mut self, limit: Duration) -> Self {
        self.wait = Wait::new(limit);
        self
    }
}

impl CallOptions for PriceCart {
    fn call_mut(&mut self) -> &mut Call {
        &mut self.status
    }
}

impl IntoFuture for PriceCart {
    type Output = Result<CartStatus, Error>;
    type IntoFuture = Future<Self::Output>;

    fn into_future(mut self) -> Self::IntoFuture {
        Box::pin(async move {
            loop {
                let status = Request::new::<Bare<CartStatus>>(self.status.clone()).await?;
                if !status.is_price_pending {
                    return Ok(status);
                }
                let asked = status.next_poll_interval_ms.map(Duration::from_millis);
                self.wait.pause(&self.cart, asked).await?;
            }
        })
    }
}

/// Pauses that grow from a quarter of a second to four, up to a limit in all.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wait {
    limit: Duration,
    since: Option<Instant>,
    next: Duration,
}

/// No pause is shorter or longer than these, whatever the platform asks for.
const SHORTEST: Duration = Duration::from_millis(50);
const LONGEST: Duration = Duration::from_secs(4);

impl Wait {
    pub(crate) fn new(limit: Duration) -> Self {
        Self {
            limit,
            since: None,
            next: Duration::from_millis(250),
        }
    }

    /// Waits before the next look at a cart whose prices are pending.
    pub(crate) async fn pause(&mut self, cart: &str, asked: Option<Duration>) -> Result<(), Error> {
        let since = *self.since.get_or_insert_with(Instant::now);
        let left = self.limit.saturating_sub(since.elapsed());
        if left.is_zero() {
            return Err(Error::Cart {
                cart: cart.to_owned(),
                problem: CartProblem::PricePending(self.limit),
            });
        }
        let pause = asked.unwrap_or(self.next).clamp(SHORTEST, LONGEST);
        self.next = (self.next * 2).min(LONGEST);
        sleep(pause.min(left)).await;
        Ok(())
    }
}

impl Default for Wait {
    fn default() -> Self {
        Self::new(Duration::from_secs(60))
    }
}
