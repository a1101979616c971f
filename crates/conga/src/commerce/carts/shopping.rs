//! What carts of the platform and of a storefront have in common.

use serde::Serialize;

use super::{NewItem, OpenCart};
use crate::{Error, Record, storefront::ShopCart};

/// A cart, wherever it is: on the platform ([`OpenCart`]) or at a storefront ([`ShopCart`]).
///
/// Records are the service's own: the two have other names for some fields.
///
/// ```no_run
/// use conga::{Error, commerce::carts::{NewItem, Shopping}};
///
/// async fn buy(cart: &impl Shopping, product: &str) -> Result<conga::Record, Error> {
///     cart.add(vec![NewItem::new(product)]).await?;
///     cart.price().await?;
///     cart.order(&serde_json::json!({"Name": "PO 1"})).await
/// }
/// ```
pub trait Shopping: Sync {
    /// Puts products into the cart, and gives the new lines.
    fn add(&self, items: Vec<NewItem>) -> impl Future<Output = Result<Vec<Record>, Error>> + Send;

    /// Waits until no price is pending, for a minute at most, and gives the cart.
    fn price(&self) -> impl Future<Output = Result<Record, Error>> + Send;

    /// Makes a quote of the cart, and gives it.
    fn quote(
        &self,
        fields: &(impl Serialize + Sync + ?Sized),
    ) -> impl Future<Output = Result<Record, Error>> + Send;

    /// Makes an order of the cart, and gives it.
    fn order(
        &self,
        fields: &(impl Serialize + Sync + ?Sized),
    ) -> impl Future<Output = Result<Record, Error>> + Send;

    /// Abandons the cart.
    fn abandon(&self) -> impl Future<Output = Result<(), Error>> + Send;
}

impl Shopping for OpenCart {
    async fn add(&self, items: Vec<NewItem>) -> Result<Vec<Record>, Error> {
        self.add(items).await
    }

    async fn price(&self) -> Result<Record, Error> {
        Ok(self.price().await?.cart)
    }

    async fn quote(&self, fields: &(impl Serialize + Sync + ?Sized)) -> Result<Record, Error> {
        self.quote(fields).await
    }

    async fn order(&self, fields: &(impl Serialize + Sync + ?Sized)) -> Result<Record, Error> {
        self.order(fields).await
    }

    async fn abandon(&self) -> Result<(), Error> {
        self.abandon().await
    }
}

impl Shopping for ShopCart {
    async fn add(&self, items: Vec<NewItem>) -> Result<Vec<Record>, Error> {
        self.add(items).await
    }

    async fn price(&self) -> Result<Record, Error> {
        self.price().await
    }

    async fn quote(&self, fields: &(impl Serialize + Sync + ?Sized)) -> Result<Record, Error> {
        self.quote(fields).await
    }

    async fn order(&self, fields: &(impl Serialize + Sync + ?Sized)) -> Result<Record, Error> {
        self.order(fields).await
    }

    async fn abandon(&self) -> Result<(), Error> {
        self.abandon().await
    }
}
