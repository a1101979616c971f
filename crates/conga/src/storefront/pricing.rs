//! Waiting for the prices of a shopper's cart.

use conga_api::{CallOptions, Pending, Transport};
use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{answer::One, call};
use crate::{
    Client, Job, Record,
    commerce::carts::PACE,
    poller::{Pace, Standing},
    request::Shape,
};

/// The pricing of a shopper's cart, by the cart's id. It is done once no price is pending.
///
/// A cart is its shopper's: [`Storefront::poll`](super::Storefront::poll) picks this up for any shopper,
/// [`Client::poll`] for the one that the client was made with.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct ShopPricing {
    version: String,
    cart_id: String,
}

impl ShopPricing {
    pub(super) fn new(version: &str, cart_id: &str) -> Self {
        Self {
            version: version.to_owned(),
            cart_id: cart_id.to_owned(),
        }
    }
}

impl Job for ShopPricing {
    type State = Record;
    type Output = Record;

    fn name(&self) -> String {
        format!("the pricing of the shopper's cart {}", self.cart_id)
    }

    fn look(&self, transport: &Transport) -> Pending<Record> {
        let call = call(transport, &self.version, Method::GET, "carts/{cartId}");
        let pending = call.path("cartId", &self.cart_id).send_as::<One<Record>>();
        Box::pin(async move { Ok(pending.await?.map(Shape::into_value)) })
    }

    fn transport(&self, client: &Client) -> Transport {
        match client.storefront() {
            Ok(shop) => shop.transport().clone(),
            Err(missing) => Transport::unset(missing.to_string()),
        }
    }

    fn standing(&self, _: &Transport, cart: &Record) -> Standing<Record> {
        if cart.get("IsPricePending") == Some(&Value::Bool(true)) {
            Standing::UnderWay
        } else {
            Standing::Done(cart.clone())
        }
    }

    fn pace(&self) -> Pace {
        PACE
    }
}
