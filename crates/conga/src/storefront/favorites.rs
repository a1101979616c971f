//! What a shopper keeps to buy again.

use std::fmt;

use conga_api::Call;
use http::Method;
use serde::Serialize;
use serde_json::Value;

use super::{
    Storefront,
    answer::{Any, One},
};
use crate::{Record, Request, commerce::carts::NewItem};

/// The favorites: products that are kept under a name, and bought again by
/// [`ShopCart::add_favorite`](super::ShopCart::add_favorite). They are read by a [query](Storefront::query) of the object
/// `Apttus_Config2__FavoriteConfiguration__c`.
///
/// ```no_run
/// # async fn run(client: conga::Client) -> Result<(), conga::Error> {
/// use serde_json::json;
///
/// let shop = client.storefront()?;
/// let favorite = shop.favorites().create(&json!({"Name": "Field day", "Scope": "Private"})).await?;
/// let id = favorite["Id"].as_str().unwrap_or_default();
/// shop.favorites().add(id, [("01t-1", 2), ("01t-2", 1)]).await?;
/// shop.cart("active").add_favorite(id).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Favorites {
    shop: Storefront,
}

impl Favorites {
    pub(super) fn new(shop: Storefront) -> Self {
        Self { shop }
    }

    /// Makes a favorite without products, and gives it. Its fields are `Name`, `Description` and `Scope` (`Public` or `Private`).
    pub fn create(&self, fields: &(impl Serialize + ?Sized)) -> Request<Record> {
        let call = self.shop.call(Method::POST, "favorites");
        Request::new::<One<Record>>(call.json(&[fields]))
    }

    /// Changes the name, the description or the scope.
    pub fn update(
        &self,
        id: impl fmt::Display,
        changes: &(impl Serialize + ?Sized),
    ) -> Request<()> {
        let call = self.call(Method::PUT, "favorites/{favoriteId}", id);
        Request::new::<Any>(call.json(changes))
    }

    /// Adds products, with how many of each.
    pub fn add<P: Into<String>, Q: Into<f64>>(
        &self,
        id: impl fmt::Display,
        products: impl IntoIterator<Item = (P, Q)>,
    ) -> Request<()> {
        let rows: Vec<Value> = products
            .into_iter()
            .map(|(product, quantity)| NewItem::new(product).quantity(quantity).shop_line())
            .collect();
        self.add_items(id, &rows)
    }

    /// Adds lines of the active cart, by their line numbers.
    pub fn add_lines(&self, id: impl fmt::Display, line_numbers: &[u32]) -> Request<()> {
        self.add_items(id, line_numbers)
    }

    /// Deletes a favorite.
    pub fn delete(&self, id: impl fmt::Display) -> Request<()> {
        Request::new::<Any>(self.call(Method::DELETE, "favorites/{favoriteId}", id))
    }

    fn add_items(&self, id: impl fmt::Display, items: &(impl Serialize + ?Sized)) -> Request<()> {
        let call = self.call(Method::POST, "favorites/{favoriteId}/items", id);
        Request::new::<Any>(call.json(items))
    }

    fn call(&self, method: Method, path: &str, id: impl fmt::Display) -> Call {
        self.shop.call(method, path).path("favoriteId", id)
    }
}
