//! A shopper's cart.

use std::fmt;

use conga_api::Call;
use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    ShopPricing, Storefront,
    answer::{Any, One},
};
use crate::{Poller, Record, Request, commerce::carts::NewItem};

/// A cart of the storefront: the active one, or one by its id. See [`Shopping`](crate::commerce::carts::Shopping) for what it has in
/// common with a cart of the platform.
///
/// ```no_run
/// # async fn run(client: conga::Client) -> Result<(), conga::Error> {
/// use conga::commerce::carts::NewItem;
/// use serde_json::json;
///
/// let cart = client.storefront()?.cart("active");
/// cart.add([NewItem::new("01t-1").quantity(2).attribute("Color__c", "Red")]).await?;
/// let priced = cart.price().await?;
/// println!("{:?}", priced["SummaryGroups"]);
/// let order = cart.order(&json!({"Name": "PO 1"})).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct ShopCart {
    shop: Storefront,
    id: String,
}

impl ShopCart {
    pub(super) fn new(shop: Storefront, id: String) -> Self {
        Self { shop, id }
    }

    /// The cart's id, or `active`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The cart. The active one that is not stored yet has no `Id`.
    pub fn get(&self) -> Request<Record> {
        Request::new::<One<Record>>(self.call(Method::GET, ""))
    }

    /// Puts products into the cart, attributes and all, and gives the lines as they were added, options of bundles among them. Their
    /// prices are pending. The active cart is stored by this, where it was not yet.
    pub fn add(&self, items: impl IntoIterator<Item = NewItem>) -> Request<Vec<Record>> {
        let lines: Vec<Value> = items.into_iter().map(|item| item.shop_line()).collect();
        Request::new::<Added>(self.call(Method::POST, "/items").json(&lines))
    }

    /// Puts the lines of a favorite into the cart, and gives them.
    pub fn add_favorite(&self, favorite_id: impl Into<String>) -> Request<Vec<Record>> {
        let body = json!({"FavoriteId": favorite_id.into()});
        Request::new::<Added>(self.call(Method::POST, "/items").json(&body))
    }

    /// Sets fields of a line, such as `Quantity`.
    pub fn update_item(
        &self,
        line_id: impl fmt::Display,
        changes: &(impl Serialize + ?Sized),
    ) -> Request<()> {
        let call = self.call(Method::PUT, "/items/{cartItemId}");
        Request::new::<Any>(call.path("cartItemId", line_id).json(changes))
    }

    /// Takes lines out of the cart. The answer has a result for each, with `success` and `errors` (published): a line that stays is no error
    /// of the call.
    pub fn remove(&self, line_ids: &[impl AsRef<str>]) -> Request<Vec<Record>> {
        let rows: Vec<Line<'_>> = line_ids.iter().map(|id| Line { id: id.as_ref() }).collect();
        let call = self.call(Method::POST, "/items/delete");
        Request::new::<super::answer::Many<Record>>(call.json(&rows))
    }

    /// Waits until no price is pending, and gives the cart then. It waits for a minute unless told otherwise ([`Poller::deadline`]).
    pub fn price(&self) -> Poller<ShopPricing> {
        self.shop
            .poll(ShopPricing::new(self.shop.settings.version(), &self.id))
    }

    /// Sets fields of the cart, and gives it.
    pub fn update(&self, changes: &(impl Serialize + ?Sized)) -> Request<Record> {
        Request::new::<One<Record>>(self.call(Method::PUT, "").json(changes))
    }

    /// Copies the cart with its lines, and gives the copy, which is the active one from then on (published).
    pub fn clone_cart(&self) -> Request<Record> {
        Request::new::<One<Record>>(self.call(Method::POST, "/clone"))
    }

    /// Applies a promotion code. What the storefront says of it is not published; [`price`](Self::price) shows what it did.
    pub fn apply_promotion(&self, code: &str) -> Request<()> {
        let call = self.call(Method::POST, "/promotions");
        Request::new::<Any>(call.json(&json!({"code": code})))
    }

    /// Takes a promotion code away again.
    pub fn remove_promotion(&self, code: &str) -> Request<()> {
        let call = self.call(Method::DELETE, "/promotions/{code}");
        Request::new::<Any>(call.path("code", code))
    }

    /// Prices the cart anew, and gives its lines and sums (`LineItems`, `SummaryGroups`).
    pub fn reprice(&self) -> Request<Record> {
        Request::new::<One<Record>>(self.call(Method::POST, "/price"))
    }

    /// Makes a quote (proposal) of the cart, and gives what the storefront says of it. `fields` are those of the quote.
    pub fn quote(&self, fields: &(impl Serialize + ?Sized)) -> Request<Record> {
        Request::new::<One<Record>>(self.call(Method::POST, "/proposal").json(fields))
    }

    /// Makes an order of the cart (its checkout), and gives it. `fields` are those of the order.
    pub fn order(&self, fields: &(impl Serialize + ?Sized)) -> Request<Record> {
        let body = CheckOut { order: fields };
        Request::new::<One<Record>>(self.call(Method::POST, "/checkout").json(&body))
    }

    /// Abandons the cart.
    pub fn abandon(&self) -> Request<()> {
        Request::new::<Any>(self.call(Method::POST, "/abandon"))
    }

    /// Deletes the cart.
    pub fn delete(&self) -> Request<()> {
        Request::new::<Any>(self.call(Method::DELETE, ""))
    }

    fn call(&self, method: Method, rest: &str) -> Call {
        let path = format!("carts/{{cartId}}{rest}");
        self.shop.call(method, &path).path("cartId", &self.id)
    }
}

impl fmt::Debug for ShopCart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ShopCart")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

#[derive(Serialize)]
struct Line<'a> {
    #[serde(rename = "Id")]
    id: &'a str,
}

#[derive(Serialize)]
struct CheckOut<'a, T: ?Sized> {
    #[serde(rename = "Order")]
    order: &'a T,
}

/// The lines that were added, under `LineItems` or as the whole of `data`.
struct Added(Vec<Record>);

impl<'de> Deserialize<'de> for Added {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Data {
            Lines(Vec<Record>),
            Answer {
                #[serde(rename = "LineItems")]
                lines: Vec<Record>,
            },
        }
        super::answer::data(deserializer).map(|data| match data {
            Data::Lines(lines) | Data::Answer { lines } => Self(lines),
        })
    }
}

impl crate::request::Shape for Added {
    type Value = Vec<Record>;

    fn into_value(self) -> Vec<Record> {
        self.0
    }
}
