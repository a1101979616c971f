//! The Order service: orders, from a cart or an accepted quote, with their lines, activation and changes.
//!
//! # Assumed
//!
//! Of most operations the reference names no more than path and purpose; published besides are the fields of an order,
//! that activation takes a draft and makes assets, that lines follow in the statuses named below, and that a change
//! order is a copy which is accepted or reverted. Assumed is:
//!
//! *Bodies* are those of the sister services: an array of records for a call on many, with `Id` where they exist
//! already; an object for a call on one. Answers are bare records; an unknown id is a 404.
//!
//! *Orders* start as Draft. `OrderNumber` counts from O-00000001. A draft is confirmed (Confirmed), and activated from
//! either (Activated); cancelling makes it Cancelled, unless it is activated. `PricingStatus` is Pending in a new order
//! and Complete from the first call a moment later. The header is changed until the order is confirmed, its status by
//! these calls alone. An activated order's lines take a `ReadyForBillingDate` only.
//!
//! *Activating* single lines makes the order Partially Fulfilled until all are Activated. Each activated line makes an
//! `AssetLineItem` for the account that the order is sold to. A list of orders is activated with `Id` and
//! `ReadyForActivationDate`.
//!
//! *Changes.* A change order is a draft of the Type Change with copies of the lines, and names its original in
//! `ParentOrder`. Accepting it puts its header and lines in the place of the original's; reverting cancels it.

mod lines;
mod orders;

#[cfg(test)]
mod tests;

use crate::services::commerce::children::Children;
use crate::services::{Behaviour, Service};

pub(super) use orders::{from_cart, from_quote, job};

/// The object of orders.
const OBJECT: &str = "Order";

/// The lines of an order.
const LINES: Children = Children {
    object: "OrderLineItem",
    owner: "Order",
};

const ORDERS: &str = "bodies, defaults, numbers, statuses";
const ACTIVATION: &str = "what activation makes, and the statuses on the way";
const CHANGES: &str = "what a change order copies, and what accepting puts back";

pub(super) const SERVICE: Service = Service {
    id: "order",
    behaviours: &[
        Behaviour::assumed(&["list_orders"], ORDERS, orders::list),
        Behaviour::assumed(&["create_orders"], ORDERS, orders::create),
        Behaviour::assumed(&["update_orders"], ORDERS, orders::update_many),
        Behaviour::assumed(&["delete_orders"], ORDERS, orders::delete_many),
        Behaviour::assumed(&["get_order"], ORDERS, orders::get),
        Behaviour::assumed(&["update_order"], ORDERS, orders::update),
        Behaviour::assumed(&["delete_order"], ORDERS, orders::delete),
        Behaviour::assumed(&["confirm_order"], ORDERS, orders::confirm),
        Behaviour::assumed(&["cancel_order"], ORDERS, orders::cancel),
        Behaviour::assumed(&["activate_order"], ACTIVATION, orders::activate),
        Behaviour::assumed(&["activate_orders"], ACTIVATION, orders::activate_many),
        Behaviour::assumed(&["change_order"], CHANGES, orders::change),
        Behaviour::assumed(&["accept_order_change"], CHANGES, orders::accept_change),
        Behaviour::assumed(&["revert_order_change"], CHANGES, orders::revert_change),
        Behaviour::assumed(&["list_order_line_items"], ORDERS, lines::list),
        Behaviour::assumed(&["create_order_line_items"], ORDERS, lines::create),
        Behaviour::assumed(&["update_order_line_items"], ORDERS, lines::update_many),
        Behaviour::assumed(&["get_order_line_item"], ORDERS, lines::get),
        Behaviour::assumed(&["update_order_line_item"], ORDERS, lines::update),
        Behaviour::assumed(&["activate_order_line_items"], ACTIVATION, lines::activate),
        Behaviour::assumed(
            &["bulk_activate_order_line_items"],
            ACTIVATION,
            lines::activate_many,
        ),
        Behaviour::assumed(
            &["get_job_status"],
            "jobs are done at once",
            crate::services::commerce::jobs::get,
        ),
    ],
};
