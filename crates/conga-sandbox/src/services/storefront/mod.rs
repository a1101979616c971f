//! The storefront: Digital Commerce on Salesforce, versions 4 and 5, and the small services beside it.
//!
//! | room | what lives there |
//! |---|---|
//! | [`visit`] | who came to which storefront, and what they may see |
//! | [`objects`], [`names`], [`view`], [`rows`] | the names of objects and fields; records as answers show and requests send them |
//! | [`shop`] | the storefront itself, the account, the price list |
//! | [`catalog`] | products and their rules |
//! | [`carts`], [`items`] | carts and their lines |
//! | [`deals`] | from a cart to a quote or an order, and back |
//! | [`favorites`] | favorites |
//! | [`query`] | the query language, and reading by query parameters |
//! | [`seed`] | the demo storefront |
//!
//! Both versions are one implementation. The records are those of the platform's commerce services, so that what one
//! side writes the other reads.
//!
//! # Assumed
//!
//! Published are the paths, the envelope, the parts of a query, the operators that clients send, the short names by
//! `alias`, that a guest has a token but no name, that a cart may be called `active`. Assumed is:
//!
//! *Answers.* Whatever goes well is a 200, as in the pages' samples and as the public client takes it; a deletion is a
//! 204 without a body.
//!
//! *Names.* An object goes by its name in Salesforce or by a short route, in any case; a field by its short name or
//! Salesforce's, whatever `alias` says. Ids are those of the platform's records, not Salesforce's. A lookup is shown as
//! `PriceListId`, the record behind it as `PriceList`. Custom fields and objects end in `__c` where the platform's
//! end in `_c`.
//!
//! *Who sees what.* Everybody sees the catalog; a shopper sees his own carts, favorites of his own and public ones, and
//! of accounts, contacts, opportunities, quotes, orders and assets those of the account that the call is for. The account
//! is that of `x-account`, else the shopper's, else the storefront's default. Every guest has carts of his own, though
//! all are one user. A connected app sees everything. What somebody does not see does not exist for him: 404.
//!
//! *Queries.* `val` comes before `value`. A record without the field meets `NotEqual` and the other operators that deny,
//! as in SOQL, and a checkbox that is not set is false. Text compares in any case. `Like` takes `%` and `_`. `In`
//! has an array, or a text with commas. `Includes` has alternatives with commas between them, each of choices joined by
//! semicolons. `On` is a day; `Today` may be its value or that of an operator of order; `LastXDays` ends with today,
//! `NextXDays` starts with tomorrow; days are UTC. `joins` are met all. `searchString` finds records each of whose words
//! stands in some text field. An answer has at most 10,000 records; sorting, grouping and joining go through 50,000,
//! which is SOQL's figure. `view`, `expand` and the caching keys change nothing.
//!
//! *Carts.* A new cart is the active one, as published; so is a clone, and a cart made of a quote or an order. It has the
//! call's account and price list unless the request names others. Prices are there 250 milliseconds of the sandbox's
//! clock after a change, as in the Cart service; `price=skip` leaves lines pending; a price call works them out at
//! once, for its answer holds them. After checkout, proposal or abandoning no cart is active. Adding and updating answer
//! `LineItems` and `ConstraintRules`; deleting a bundle's line deletes its options, and an unknown line fails alone.
//! Lines need revalidation when product or price is not in force (`required`, they are deleted) or the list price is
//! another (`optional`, they are priced anew).
//!
//! *Deals.* Checkout and proposal need what finalizing a cart needs; prices that are pending are worked out first.
//! Finalizing a quote takes over the lines of its latest cart.
//!
//! *Favorites* are changed by who made them, and bought by everybody who sees them. The numbers that may stand for items
//! are line numbers of the active cart.
//!
//! *Schema only* are promotions, taxes, files, documents, assets and user views: there is no state behind them yet.
//!
//! *Groups.* With `groupBy`, `aggregate` or `aggregateFields` the answer has aggregates only: the fields of the group by
//! the last part of their names, `<TYPE>_<field>` as published, and `total_records`. An aggregate without a type is a
//! sum.

mod carts;
mod catalog;
mod deals;
mod favorites;
mod items;
mod names;
mod objects;
mod query;
mod rows;
pub(super) mod seed;
mod shop;
mod view;
mod visit;

#[cfg(test)]
mod tests;

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{Behaviour, Service};
use crate::request::Answer;

/// Tables beside the records.
pub(super) const SCHEMA: &str = visit::CARTS;

/// CPQ REST API Version 4.
pub(super) const V4: Service = Service {
    id: "salesforce-cpq-v4",
    behaviours: BEHAVIOURS,
};

/// CPQ REST API Version 5.
pub(super) const V5: Service = Service {
    id: "salesforce-cpq-v5",
    behaviours: BEHAVIOURS,
};

/// What Partner Commerce repeats of both.
pub(super) const PARTNER: Service = Service {
    id: "salesforce-partner-commerce",
    behaviours: &[
        Behaviour::assumed(&["query_product_rules"], RULES, catalog::rules_of_many),
        Behaviour::assumed(&["price_cart"], CARTS, carts::price),
    ],
};

const SHOP: &str = "where a shopper's account and price list come from";
const RULES: &str = "which rules are a product's";
const CARTS: &str = "whose cart is whose, when prices are there, the shape of answers";
const ITEMS: &str = "the shape of answers, and what needs revalidation";
const DEALS: &str = "what a checkout needs and copies";
const FAVORITES: &str = "where a favorite's lines are, and who may change it";
const QUERIES: &str =
    "who sees what, and the fine points of operators: see services/storefront/mod.rs";

const BEHAVIOURS: &[Behaviour] = &[
    Behaviour::assumed(&["get_active_storefront"], SHOP, shop::storefront),
    Behaviour::assumed(&["get_default_account"], SHOP, shop::account),
    Behaviour::assumed(&["get_active_price_list"], SHOP, shop::price_list),
    Behaviour::assumed(&["get_product"], QUERIES, catalog::product),
    Behaviour::assumed(&["list_product_rules"], RULES, catalog::rules_of_one),
    Behaviour::assumed(&["query_product_rules"], RULES, catalog::rules_of_many),
    Behaviour::assumed(&["create_cart"], CARTS, carts::create),
    Behaviour::assumed(&["get_cart"], CARTS, carts::get),
    Behaviour::assumed(&["update_cart"], CARTS, carts::update),
    Behaviour::assumed(&["delete_cart"], CARTS, carts::delete),
    Behaviour::assumed(&["clone_cart"], CARTS, carts::clone),
    Behaviour::assumed(&["abandon_cart"], CARTS, carts::abandon),
    Behaviour::assumed(&["price_cart"], CARTS, carts::price),
    Behaviour::assumed(&["add_cart_items"], ITEMS, items::add),
    Behaviour::assumed(&["update_cart_item"], ITEMS, items::update),
    Behaviour::assumed(&["delete_cart_items"], ITEMS, items::delete),
    Behaviour::assumed(&["list_cart_items_to_validate"], ITEMS, items::to_validate),
    Behaviour::assumed(&["validate_cart_items"], ITEMS, items::validate),
    Behaviour::assumed(&["create_proposal_from_cart"], DEALS, deals::propose),
    Behaviour::assumed(&["check_out_cart"], DEALS, deals::check_out),
    Behaviour::assumed(&["create_cart_from_order"], DEALS, deals::cart_of_order),
    Behaviour::assumed(&["create_cart_from_quote"], DEALS, deals::cart_of_quote),
    Behaviour::assumed(&["finalize_quote"], DEALS, deals::finalize),
    Behaviour::assumed(&["create_favorites"], FAVORITES, favorites::create),
    Behaviour::assumed(&["update_favorite"], FAVORITES, favorites::update),
    Behaviour::assumed(&["delete_favorite"], FAVORITES, favorites::delete),
    Behaviour::assumed(&["delete_favorites"], FAVORITES, favorites::delete_many),
    Behaviour::assumed(&["add_favorite_items"], FAVORITES, favorites::add_items),
    Behaviour::assumed(&["query_records"], QUERIES, query::query),
    Behaviour::assumed(&["list_records"], QUERIES, query::reading::list),
    Behaviour::assumed(&["get_record"], QUERIES, query::reading::get),
];

/// The envelope of a call that went well.
fn success(data: Value) -> Answer {
    let status = StatusCode::OK;
    Answer::json(
        status,
        json!({"title": "success", "status": status.as_u16(), "data": data}),
    )
}
