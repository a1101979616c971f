//! What a shopper does at the storefront.

use std::fmt;

use conga_api::Call;
use http::Method;
use serde::{Serialize, de::DeserializeOwned};

use super::{
    Favorites, GetShopRecord, ShopCart, ShopList, Storefront, StorefrontQuery,
    answer::{Any, Many, NewId, One},
};
use crate::{Record, Request};

impl Storefront {
    /// A product, as the shopper sees it.
    pub fn product<T: DeserializeOwned + Send + 'static>(
        &self,
        id: impl fmt::Display,
    ) -> GetShopRecord<T> {
        let call = self.call(Method::GET, "products/{productId}");
        GetShopRecord::new(call.path("productId", id))
    }

    /// A record of an object: by its API name, or by one of the short names `quotes`, `orders`, `accounts`, `contacts` and `products`.
    pub fn get<T: DeserializeOwned + Send + 'static>(
        &self,
        object: &str,
        id: impl fmt::Display,
    ) -> GetShopRecord<T> {
        let call = self.call(Method::GET, "{objectName}/{recordId}");
        GetShopRecord::new(call.path("objectName", object).path("recordId", id))
    }

    /// The records of an object that a query finds, as far as one answer has them. The object goes by its API name
    /// (`Apttus_Config2__LineItem__c`). [`list`](Self::list) goes from page to page.
    pub fn query<T: DeserializeOwned + Send + 'static>(
        &self,
        object: &str,
        query: &StorefrontQuery,
    ) -> Request<Vec<T>> {
        Request::new::<Many<T>>(self.call_query(object).json(query))
    }

    /// All records of an object that a query finds.
    pub fn list<T: DeserializeOwned + Send + 'static>(
        &self,
        object: &str,
        query: StorefrontQuery,
    ) -> ShopList<T> {
        ShopList::new(object, self.call_query(object), query)
    }

    /// The storefront itself: its settings.
    pub fn details(&self) -> Request<Record> {
        Request::new::<One<Record>>(self.call(Method::GET, "storefronts/active"))
    }

    /// The account that the shopper buys for, or that of the storefront for guests (published).
    pub fn account(&self) -> Request<Record> {
        Request::new::<One<Record>>(self.call(Method::GET, "accounts/default"))
    }

    /// The price list by which the shopper buys.
    pub fn price_list(&self) -> Request<Record> {
        Request::new::<One<Record>>(self.call(Method::GET, "pricelists/active"))
    }

    /// The active cart. Where there is none yet, a prefilled one without `Id` comes back; it is stored with the first product (published).
    pub fn active_cart<T: DeserializeOwned + Send + 'static>(&self) -> Request<T> {
        Request::new::<One<T>>(
            self.call(Method::GET, "carts/{cartId}")
                .path("cartId", "active"),
        )
    }

    /// A cart, by its id, or the active one by the word `active`: adding, pricing, checking out. Nothing is sent yet.
    pub fn cart(&self, cart_id: impl Into<String>) -> ShopCart {
        ShopCart::new(self.clone(), cart_id.into())
    }

    /// Makes a cart, and gives it. It is the active one from then on (published).
    pub fn create_cart(&self, fields: &(impl Serialize + ?Sized)) -> Request<Record> {
        Request::new::<One<Record>>(self.call(Method::POST, "carts").json(fields))
    }

    /// Makes a cart of an order, to buy the same again, and gives its id.
    pub fn cart_of_order(&self, order_id: impl fmt::Display) -> Request<String> {
        let call = self.call(Method::POST, "orders/{orderId}/carts");
        Request::new::<NewId>(call.path("orderId", order_id))
    }

    /// Makes a cart of a quote, and gives its id.
    pub fn cart_of_quote(&self, quote_id: impl fmt::Display) -> Request<String> {
        let call = self.call(Method::POST, "quotes/{quoteId}/carts");
        Request::new::<NewId>(call.path("quoteId", quote_id))
    }

    /// Finalizes a quote.
    pub fn finalize_quote(&self, quote_id: impl fmt::Display) -> Request<()> {
        let call = self.call(Method::POST, "quotes/{quoteId}/finalize");
        Request::new::<Any>(call.path("quoteId", quote_id))
    }

    /// What the shopper keeps to buy again.
    pub fn favorites(&self) -> Favorites {
        Favorites::new(self.clone())
    }

    fn call_query(&self, object: &str) -> Call {
        self.call(Method::POST, "{objectName}/query")
            .path("objectName", object)
    }
}
