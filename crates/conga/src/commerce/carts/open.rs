//! Work on one cart of the platform.

use std::fmt;

use conga_api::{
    Call, Transport,
    operations::{Operation, cart as operations},
};
use serde::Serialize;
use serde_json::Value;

use super::{AddItems, CartItems, CartPricing, CartStatus, NewItem};
use crate::{
    Poller, Record, Request,
    commerce::{
        Entities,
        answer::{AsItIs, Bare, Whatever},
    },
};

/// One cart of the platform, by its id. See [`Carts`](super::Carts) for the whole way, and [`Shopping`](super::Shopping) for what it has
/// in common with a storefront's cart.
#[derive(Clone)]
pub struct OpenCart {
    transport: Transport,
    id: String,
}

impl OpenCart {
    pub(super) fn new(transport: Transport, id: String) -> Self {
        Self { transport, id }
    }

    /// The cart's id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Its lines, to be listed, changed and deleted.
    pub fn items(&self) -> CartItems {
        Entities::new(self.transport.clone(), Some(self.id.clone()))
    }

    /// Puts products into the cart.
    pub fn add(&self, items: impl IntoIterator<Item = NewItem>) -> AddItems {
        AddItems {
            cart: self.id.clone(),
            add: self.call(&operations::CREATE_CART_ITEMS),
            update: self.call(&operations::UPDATE_CART_ITEMS),
            items: items.into_iter().collect(),
        }
    }

    /// How the cart stands, with the first 50 lines.
    pub fn status(&self) -> Request<CartStatus> {
        Request::new::<Bare<CartStatus>>(self.call(&operations::GET_CART_STATUS))
    }

    /// Waits until no price is pending, for a minute unless told otherwise ([`Poller::deadline`]). The first look is at once.
    pub fn price(&self) -> Poller<CartPricing> {
        Poller::new(self.transport.clone(), CartPricing::new(self.id.clone()))
    }

    /// Has lines priced anew, by their primary line numbers; [`price`](Self::price) waits for it. That no number stands for all lines is
    /// assumed.
    pub fn reprice(&self, primary_line_numbers: &[u32]) -> Request<()> {
        let call = self.call(&operations::REPRICE_CART);
        Request::new::<Whatever>(call.json(primary_line_numbers))
    }

    /// How the prices of all lines came about, as charts whose shape is not published.
    pub fn waterfall(&self) -> Request<Value> {
        Request::new::<AsItIs>(self.call(&operations::LIST_CART_WATERFALL_CHARTS))
    }

    /// How the price of one line came about.
    pub fn line_waterfall(&self, line_id: impl fmt::Display) -> Request<Value> {
        let call = self.call(&operations::LIST_CART_ITEM_WATERFALL_CHARTS);
        Request::new::<AsItIs>(call.path("lineitemId", line_id))
    }

    /// Finalizes the cart, and gives it. The platform refuses where a product lacks configuration or a price.
    pub fn finalize(&self) -> Request<Record> {
        Request::new::<Bare<Record>>(self.call(&operations::FINALIZE_CART))
    }

    /// Makes a quote of the cart, a draft, and gives it. The cart is finalized then, and can yield further quotes. `fields` stand in
    /// place of those that come from the cart.
    pub fn quote(&self, fields: &(impl Serialize + ?Sized)) -> Request<Record> {
        let call = self.call(&operations::CREATE_QUOTE_FROM_CART);
        Request::new::<Bare<Record>>(call.json(fields))
    }

    /// Makes an order of the cart, a draft, and gives it. The cart need not be finalized before, and is then. `fields` stand in place
    /// of those that come from the cart.
    pub fn order(&self, fields: &(impl Serialize + ?Sized)) -> Request<Record> {
        let call = self.call(&operations::CREATE_ORDER_FROM_CART);
        Request::new::<Bare<Record>>(call.json(fields))
    }

    /// Makes the cart the active one. Only a cart with the status New or Saved can be (published).
    pub fn activate(&self) -> Request<()> {
        Request::new::<Whatever>(self.call(&operations::ACTIVATE_CART))
    }

    /// Abandons the cart.
    pub fn abandon(&self) -> Request<()> {
        Request::new::<Whatever>(self.call(&operations::ABANDON_CART))
    }

    fn call(&self, operation: &'static Operation) -> Call {
        Call::new(&self.transport, operation).path("cartId", &self.id)
    }
}

impl fmt::Debug for OpenCart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenCart")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}
