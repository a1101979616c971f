//! Carts: filled, priced, and made a quote or an order; on the platform and at a storefront.
//!
//! | room | what lives there |
//! |---|---|
//! | `open` | work on one cart of the platform |
//! | `item` | what is put into a cart |
//! | `adding` | putting it in, with the second call that attributes need |
//! | `pricing` | waiting for prices |
//! | `shopping` | what carts of the platform and of a storefront have in common |
//!
//! The storefront's own cart is [`ShopCart`](crate::storefront::ShopCart).

mod adding;
mod item;
mod open;
mod pricing;
mod shopping;

use std::fmt;

use conga_api::operations::cart as operations;
use serde::de::DeserializeOwned;

pub use adding::AddItems;
pub use item::NewItem;
pub use open::OpenCart;
pub(crate) use pricing::PACE;
pub use pricing::{CartPricing, CartStatus};
pub use shopping::Shopping;

use super::{Cart, CartItem, Entities, answer::Bare};
use crate::{Record, Request};

/// The carts: records of the object ProductConfiguration, which the Cart service keeps.
///
/// ```no_run
/// # async fn run(client: conga::Client) -> Result<(), conga::Error> {
/// use conga::commerce::carts::NewItem;
/// use serde_json::json;
///
/// let carts = client.carts();
/// let cart = carts.create(&json!({"Name": "Laboratory", "PriceList": {"Id": "pl-1"}})).await?;
/// let cart = carts.open(cart["Id"].as_str().unwrap_or_default());
/// cart.add([NewItem::new("p-1").quantity(2).attribute("Color_c", "Red"), NewItem::new("p-2")]).await?;
/// let status = cart.price().await?;
/// println!("{:?}", status.cart["SummaryGroups"]);
/// let order = cart.order(&json!({})).await?;
/// # Ok(())
/// # }
/// ```
pub type Carts<T = Record> = Entities<Cart, T>;

/// The lines of a cart: records of the object LineItem. [`OpenCart::add`] adds lines with their attributes.
pub type CartItems<T = Record> = Entities<CartItem, T>;

impl<T: DeserializeOwned + Send + 'static> Carts<T> {
    /// Work on one cart: adding, pricing, checking out. Nothing is sent yet, and the cart is not activated.
    pub fn open(&self, cart_id: impl Into<String>) -> OpenCart {
        OpenCart::new(self.transport.clone(), cart_id.into())
    }

    /// The lines of a cart.
    pub fn items(&self, cart_id: impl Into<String>) -> CartItems {
        Entities::new(self.transport.clone(), Some(cart_id.into()))
    }

    /// Launches the cart of a quote, and gives it: its active one, or a new one with the fields of the quote.
    pub fn launch_for_quote(&self, quote_id: impl fmt::Display) -> Request<T> {
        Request::new::<Bare<T>>(self.call_on(&operations::ACTIVATE_QUOTE_CART, quote_id))
    }
}
