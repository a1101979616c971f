//! The Cart service: carts with lines, their prices, and the way to a quote or an order.
//!
//! | room | what lives there |
//! |---|---|
//! | [`opened`] | a cart, opened for a call |
//! | [`carts`] | the carts themselves |
//! | [`business_objects`] | the cart of a quote, an order or another business object |
//! | [`items`], [`lines`] | the calls on lines; how lines come into a cart |
//! | [`configuration`] | whether bundles and products have what they must have |
//! | [`pending`], [`pricing`] | asynchronous pricing; prices and totals |
//! | [`adjustments`], [`groups`], [`tiers`] | adjustments, groups of lines, tiers of usage prices |
//! | [`kept`] | the lines of favorites |
//! | [`status`], [`waterfall`] | what a cart tells of itself |
//! | [`checkout`] | finalizing, and the quote or order that comes of it |
//!
//! # Assumed
//!
//! Published are the paths, the fields, the statuses that forbid a call, that pricing goes on after the answer, the
//! example of the status answer with its flags, and the names of summary lines and charts. Assumed is:
//!
//! *Answers* are the records themselves: an array for a call on many. A cart is a `ProductConfiguration`, a line a
//! `LineItem`. Unknown ids are 404; what the cart's state or contents forbid is a 422 for lines, a 400 or 403 where the
//! reference lists it.
//!
//! *Carts* start with `Status` New; activating makes it Saved, checking out or finalizing Finalized, abandoning
//! Abandoned. A cart takes its currency from its price list, and that list from its account if it names none. The
//! lock is held in `CurrentUser`; while somebody holds it, nobody else can change the cart. Reactivating the cart of
//! a business object that is Finalized makes a new version, whose finalizing makes the older one Superseded.
//!
//! *Lines.* Quantity and term are those of the price list item, else one. A bundle gets its default and required
//! options. `Quantity` and `SellingTerm` of a primary line hold for the product's other charges too. An update of the
//! price list prices all lines anew.
//!
//! *Pricing* is done 300 milliseconds later, by the sandbox's clock. A line that cannot be priced has the `PricingStatus` Error
//! and says why in `StatusDetails`; it counts for nothing in the totals. With `skipPricing` lines stay Pending until a
//! reprice.
//!
//! *Totals.* Only lines of products count: a bundle's price holds its options. A summary group is adjusted by its
//! `AdjustmentType` and `AdjustmentAmount`; subtotals first, the grand total last.
//!
//! *Checking out* needs at least one line, all prices, and complete configurations. Then quote or order have copies of
//! the lines, in `ProposalLineItem` and `OrderLineItem`.

mod adjustments;
mod business_objects;
pub(super) mod carts;
pub(super) mod checkout;
mod configuration;
mod groups;
pub(super) mod items;
mod kept;
pub(super) mod lines;
pub(super) mod opened;
pub(super) mod pending;
pub(super) mod pricing;
mod status;
mod tiers;
mod waterfall;

#[cfg(test)]
mod tests;

use axum::http::StatusCode;
use serde_json::json;

use crate::failure::Failure;
use crate::request::{Answer, Call};
use crate::services::{Behaviour, Service, World};
pub(super) use kept::{add_kept, delete_kept, forget, keep, kept_lines};
use opened::Cart;

const CARTS: &str = "statuses and what they lead to, the lock, versions";
const LINES: &str = "numbers, defaults, options of bundles: see services/cart/mod.rs";
const PRICES: &str = "when prices are there, the way to a price, the shape of answers";
const CHECKOUT: &str = "what a checkout needs and copies";

pub(super) const SERVICE: Service = Service {
    id: "cart",
    behaviours: &[
        Behaviour::assumed(&["list_carts"], CARTS, carts::list),
        Behaviour::assumed(&["create_carts"], CARTS, carts::create),
        Behaviour::assumed(&["update_carts"], CARTS, carts::update_many),
        Behaviour::assumed(&["delete_carts"], CARTS, carts::delete_many),
        Behaviour::assumed(&["get_cart"], CARTS, carts::get),
        Behaviour::assumed(&["update_cart"], CARTS, carts::update),
        Behaviour::assumed(&["delete_cart"], CARTS, carts::delete),
        Behaviour::assumed(&["abandon_cart"], CARTS, carts::abandon),
        Behaviour::assumed(&["activate_cart"], CARTS, carts::activate),
        Behaviour::assumed(&["migrate_cart"], CARTS, carts::migrate),
        Behaviour::assumed(&["lock_cart"], CARTS, carts::lock),
        Behaviour::assumed(&["unlock_cart"], CARTS, carts::unlock),
        Behaviour::assumed(&["clone_cart"], CARTS, carts::clone),
        Behaviour::assumed(&["clone_cart_lines"], CARTS, carts::clone_lines),
        Behaviour::assumed(&["get_active_cart"], CARTS, business_objects::latest),
        Behaviour::assumed(
            &["activate_business_object_cart", "activate_quote_cart"],
            CARTS,
            business_objects::activate,
        ),
        Behaviour::assumed(
            &["get_active_business_object_cart", "get_active_quote_cart"],
            CARTS,
            business_objects::active,
        ),
        Behaviour::assumed(
            &[
                "reactivate_business_object_cart",
                "reactivate_business_object",
            ],
            CARTS,
            business_objects::reactivate,
        ),
        Behaviour::assumed(&["list_cart_items"], LINES, items::list),
        Behaviour::assumed(&["create_cart_items"], LINES, items::add),
        Behaviour::assumed(&["update_cart_items"], LINES, items::update),
        Behaviour::assumed(&["delete_cart_items"], LINES, items::delete),
        Behaviour::assumed(&["clone_cart_items"], LINES, items::clone),
        Behaviour::assumed(&["list_cart_item_errors"], LINES, items::errors),
        Behaviour::assumed(&["reprice_cart"], PRICES, items::reprice),
        Behaviour::assumed(&["calculate_cart_totals"], PRICES, groups::calculate),
        Behaviour::assumed(&["list_cart_adjustments"], PRICES, adjustments::list),
        Behaviour::assumed(&["create_cart_adjustments"], PRICES, adjustments::create),
        Behaviour::assumed(
            &["update_cart_adjustments"],
            PRICES,
            adjustments::update_many,
        ),
        Behaviour::assumed(
            &["delete_cart_adjustments"],
            PRICES,
            adjustments::delete_many,
        ),
        Behaviour::assumed(&["get_cart_adjustment"], PRICES, adjustments::get),
        Behaviour::assumed(&["update_cart_adjustment"], PRICES, adjustments::update),
        Behaviour::assumed(&["delete_cart_adjustment"], PRICES, adjustments::delete),
        Behaviour::assumed(
            &["delete_cart_item_adjustments"],
            PRICES,
            adjustments::delete_of_line,
        ),
        Behaviour::assumed(&["list_cart_summary_groups"], PRICES, groups::list),
        Behaviour::assumed(&["update_cart_summary_groups"], PRICES, groups::update),
        Behaviour::assumed(
            &["list_cart_item_waterfall_charts"],
            PRICES,
            waterfall::of_line,
        ),
        Behaviour::assumed(
            &["get_cart_item_waterfall_chart"],
            PRICES,
            waterfall::one_of_line,
        ),
        Behaviour::assumed(&["list_cart_waterfall_charts"], PRICES, waterfall::of_cart),
        Behaviour::assumed(
            &["list_cart_summary_group_waterfall_charts"],
            PRICES,
            waterfall::of_group,
        ),
        Behaviour::assumed(
            &["get_cart_summary_group_waterfall_chart"],
            PRICES,
            waterfall::one_of_group,
        ),
        Behaviour::assumed(&["list_cart_item_usage_tiers"], LINES, tiers::list),
        Behaviour::assumed(&["create_cart_item_usage_tiers"], LINES, tiers::create),
        Behaviour::assumed(&["update_cart_item_usage_tiers"], LINES, tiers::update),
        Behaviour::assumed(&["delete_cart_item_usage_tiers"], LINES, tiers::delete),
        Behaviour::assumed(&["list_cart_ad_hoc_groups"], LINES, groups::list_ad_hoc),
        Behaviour::assumed(&["create_cart_ad_hoc_groups"], LINES, groups::create_ad_hoc),
        Behaviour::assumed(
            &["update_cart_ad_hoc_groups"],
            LINES,
            groups::update_ad_hoc_many,
        ),
        Behaviour::assumed(
            &["delete_cart_ad_hoc_groups"],
            LINES,
            groups::delete_ad_hoc_many,
        ),
        Behaviour::assumed(&["get_cart_ad_hoc_group"], LINES, groups::get_ad_hoc),
        Behaviour::assumed(&["update_cart_ad_hoc_group"], LINES, groups::update_ad_hoc),
        Behaviour::assumed(&["delete_cart_ad_hoc_group"], LINES, groups::delete_ad_hoc),
        Behaviour::assumed(&["get_cart_status"], PRICES, status::status),
        Behaviour::assumed(&["get_cart_config_status"], LINES, status::configuration),
        Behaviour::assumed(&["list_cart_line_numbers"], LINES, status::line_numbers),
        Behaviour::assumed(&["get_cart_group_status"], LINES, status::group),
        Behaviour::assumed(&["get_cart_bundle_details"], LINES, status::bundle),
        Behaviour::assumed(&["validate_cart"], CHECKOUT, checkout::validate),
        Behaviour::assumed(&["finalize_cart"], CHECKOUT, checkout::finalize),
        Behaviour::assumed(&["get_finalized_cart"], CHECKOUT, checkout::finalized),
        Behaviour::assumed(&["create_quote_from_cart"], CHECKOUT, checkout::quote),
        Behaviour::assumed(&["create_order_from_cart"], CHECKOUT, checkout::order),
    ],
};

/// Runs `work` on the cart that the path names.
fn on_cart<T>(
    world: &World,
    call: &Call,
    work: impl FnOnce(&mut Cart<'_>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    world.write(call, |session| {
        work(&mut Cart::open(session, cart_id(call))?)
    })
}

/// Runs `work` on the cart that the path names, if the caller may change it.
fn changing<T>(
    world: &World,
    call: &Call,
    work: impl FnOnce(&mut Cart<'_>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    world.write(call, |session| {
        work(&mut Cart::open_to_change(session, cart_id(call))?)
    })
}

fn cart_id(call: &Call) -> &str {
    call.path_param("cartId")
        .or(call.path_param("Id"))
        .unwrap_or_default()
}

/// That prices are being worked out, and where to ask for them.
fn accepted(cart: &Cart<'_>) -> Answer {
    let body = json!({
        "Status": "Pending",
        "CartId": cart.id(),
        "PollingUrl": format!("/api/cart/v1/carts/{}/status", cart.id()),
        "NextPollIntervalMs": 500,
    });
    Answer::json(StatusCode::ACCEPTED, body)
}
