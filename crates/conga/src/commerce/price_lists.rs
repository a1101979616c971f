//! Price lists and their prices.

use super::{Entities, PriceList, PriceListItem};
use crate::Record;

/// The price lists, which the Administration service keeps. Whoever calls this needs an administrator's permissions.
///
/// ```no_run
/// # async fn run(client: conga::Client) -> Result<(), conga::Error> {
/// use conga::commerce::Filter;
/// use serde_json::json;
///
/// let lists = client.price_lists();
/// let list = lists.create(&json!({"Name": "Benelux", "Currency": "EUR", "IsActive": true})).await?;
/// let id = list["Id"].as_str().unwrap_or_default();
/// let prices = lists.items(id);
/// prices.create(&json!({"Product": {"Id": "p-1"}, "ChargeType": "Standard Price", "ListPrice": {"Value": 49.9}})).await?;
/// # Ok(())
/// # }
/// ```
pub type PriceLists<T = Record> = Entities<PriceList, T>;

/// The prices of a price list.
pub type PriceListItems<T = Record> = Entities<PriceListItem, T>;

impl<T> PriceLists<T> {
    /// The prices of a list: records of the object PriceListItem.
    pub fn items(&self, price_list_id: impl Into<String>) -> PriceListItems {
        Entities::new(self.transport.clone(), Some(price_list_id.into()))
    }
}
