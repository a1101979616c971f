//! What is sold, and for how much: quotes, orders, carts and price lists, which the revenue services keep.
//!
//! Their records all have the same verbs, and lists with the same parameters; so one handle, [`Entities`], serves them, and a noun
//! ([`Quote`], [`Order`], ...) says which operations it calls.
//!
//! | room | what lives there |
//! |---|---|
//! | `noun` | which operation is which verb of which noun |
//! | `verbs` | calls about records |
//! | `list`, `filter` | lists, and the language that filters them |
//! | `answer` | what these services answer |
//! | `quotes`, `orders`, `price_lists` | verbs that one noun alone has |
//! | `activation` | waiting until an order is active |
//! | `carts` | carts, on the platform and at a storefront |

mod activation;
mod answer;
pub mod carts;
mod filter;
mod list;
mod noun;
mod orders;
mod price_lists;
mod quotes;
mod verbs;

use std::{fmt, marker::PhantomData};

use conga_api::{
    Call, Transport,
    operations::{Location, Operation},
};

pub use activation::OrderActivation;
pub use carts::{CartItems, Carts};
pub use filter::Filter;
pub use list::EntityList;
pub use noun::{
    Cart, CartItem, CreateVerb, DeleteManyVerb, DeleteVerb, GetVerb, ListVerb, Order, OrderLine,
    PriceList, PriceListItem, Quote, UpdateManyVerb, UpdateVerb,
};
pub use orders::{OrderLines, Orders};
pub use price_lists::{PriceListItems, PriceLists};
pub use quotes::Quotes;
pub use verbs::GetEntity;

use crate::Record;

/// The records of a revenue service: of the noun `N`, read as `T`.
///
/// As with [`Records`](crate::Records), records are maps unless [`typed`](Self::typed) says otherwise, and what is written is
/// anything that serializes to a JSON object. The reference gives the fields and hardly an answer; that a call on one record answers
/// with the record, and a call on many with a list of them, is assumed. A platform's envelope round either is read too.
///
/// ```no_run
/// # async fn run(client: conga::Client) -> Result<(), conga::Error> {
/// use conga::commerce::Filter;
///
/// let quotes = client.quotes();
/// let quote = quotes.create(&serde_json::json!({"Name": "Laboratory"})).await?;
/// let mut drafts = quotes.list().filter(Filter::eq("ApprovalStage", "Draft")).stream();
/// while let Some(draft) = drafts.try_next().await? {
///     println!("{:?}", draft.get("Name"));
/// }
/// # Ok(())
/// # }
/// ```
pub struct Entities<N, T = Record> {
    transport: Transport,
    /// The id of the record that these belong to, where they belong to one.
    owner: Option<String>,
    kind: PhantomData<fn() -> (N, T)>,
}

impl<N, T> Entities<N, T> {
    pub(crate) fn new(transport: Transport, owner: Option<String>) -> Self {
        Self {
            transport,
            owner,
            kind: PhantomData,
        }
    }

    /// The same records, read as another type.
    pub fn typed<U>(&self) -> Entities<N, U> {
        Entities::new(self.transport.clone(), self.owner.clone())
    }

    /// A call on the collection.
    fn call(&self, operation: &'static Operation) -> Call {
        self.fill(operation, None)
    }

    /// A call on one record.
    fn call_on(&self, operation: &'static Operation, id: impl fmt::Display) -> Call {
        self.fill(operation, Some(id.to_string()))
    }

    /// Fills in the path: the owner first, then the record. The services spell the parameters each in their own way.
    fn fill(&self, operation: &'static Operation, id: Option<String>) -> Call {
        let places = operation
            .parameters
            .iter()
            .filter(|parameter| parameter.location == Location::Path);
        places.zip(self.owner.iter().chain(&id)).fold(
            Call::new(&self.transport, operation),
            |call, (place, value)| call.path(place.name, value),
        )
    }
}

impl<N, T> Clone for Entities<N, T> {
    fn clone(&self) -> Self {
        self.typed()
    }
}

impl<N, T> fmt::Debug for Entities<N, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entities")
            .field("owner", &self.owner)
            .finish_non_exhaustive()
    }
}
