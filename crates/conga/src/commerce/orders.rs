//! Verbs that orders alone have.

use std::fmt;

use conga_api::operations::order as operations;
use serde::de::DeserializeOwned;

use super::{
    Entities, Order, OrderActivation, OrderLine,
    answer::{Bare, Whatever},
};
use crate::{Poller, Record, Request};

/// The orders, which the Order service keeps. Of most of its operations the reference names no more than path and purpose.
///
/// ```no_run
/// # async fn run(client: conga::Client) -> Result<(), conga::Error> {
/// let orders = client.orders();
/// let lines = orders.lines("a0O-1").list().stream().try_collect().await?;
/// orders.confirm("a0O-1").await?;
/// orders.activate("a0O-1").await?;
/// let order = orders.activation("a0O-1").await?;
/// # Ok(())
/// # }
/// ```
pub type Orders<T = Record> = Entities<Order, T>;

/// The lines of an order.
pub type OrderLines<T = Record> = Entities<OrderLine, T>;

impl<T: DeserializeOwned + Send + 'static> Orders<T> {
    /// The lines of an order: records of the object OrderLineItem.
    pub fn lines(&self, order_id: impl Into<String>) -> OrderLines {
        Entities::new(self.transport.clone(), Some(order_id.into()))
    }

    /// Confirms a draft; its header does not change any more then (published).
    pub fn confirm(&self, id: impl fmt::Display) -> Request<()> {
        Request::new::<Whatever>(self.call_on(&operations::CONFIRM_ORDER, id))
    }

    /// Activates an order and its lines, which makes assets of them. Beyond 100 lines the platform goes on after its answer
    /// (published): [`activation`](Self::activation) waits for the end.
    pub fn activate(&self, id: impl fmt::Display) -> Request<()> {
        Request::new::<Whatever>(self.call_on(&operations::ACTIVATE_ORDER, id))
    }

    /// Waits until an order is active, once its activation [was asked for](Self::activate).
    pub fn activation(&self, id: impl Into<String>) -> Poller<OrderActivation> {
        Poller::new(self.transport.clone(), OrderActivation::new(id.into()))
    }

    /// Cancels an order.
    pub fn cancel(&self, id: impl fmt::Display) -> Request<()> {
        Request::new::<Whatever>(self.call_on(&operations::CANCEL_ORDER, id))
    }

    /// Begins a change of an activated order, and gives the change order: a copy that is [accepted](Self::accept_change) or
    /// [reverted](Self::revert_change).
    pub fn change(&self, id: impl fmt::Display) -> Request<T> {
        Request::new::<Bare<T>>(self.call_on(&operations::CHANGE_ORDER, id))
    }

    /// Puts what a change order says in the place of what its original says, for good.
    pub fn accept_change(&self, change_order_id: impl fmt::Display) -> Request<()> {
        Request::new::<Whatever>(self.call_on(&operations::ACCEPT_ORDER_CHANGE, change_order_id))
    }

    /// Drops a change order, and leaves its original as it was.
    pub fn revert_change(&self, change_order_id: impl fmt::Display) -> Request<()> {
        Request::new::<Whatever>(self.call_on(&operations::REVERT_ORDER_CHANGE, change_order_id))
    }
}
