//! The storefront: Digital Commerce on Salesforce, versions 4 and 5, and the small services beside it.
//!
//! | room | what lives there |
//! |---|---|
//! | [`visit`] | who came to which storefront, and what they may see |
//! | [`objects`], [`names`], [`view`] | the names of objects and fields; records as answers show them |
//! | [`shop`] | the storefront itself, the account, the price list |
//! | [`catalog`] | products and their rules |
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
//! *Groups.* With `groupBy`, `aggregate` or `aggregateFields` the answer has aggregates only: the fields of the group by
//! the last part of their names, `<TYPE>_<field>` as published, and `total_records`. An aggregate without a type is a
//! sum.

mod catalog;
mod names;
mod objects;
mod query;
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
    behaviours: &[Behaviour::assumed(
        &["query_product_rules"],
        RULES,
        catalog::rules_of_many,
    )],
};

const SHOP: &str = "where a shopper's account and price list come from";
const RULES: &str = "which rules are a product's";
const QUERIES: &str =
    "who sees what, and the fine points of operators: see services/storefront/mod.rs";

const BEHAVIOURS: &[Behaviour] = &[
    Behaviour::assumed(&["get_active_storefront"], SHOP, shop::storefront),
    Behaviour::assumed(&["get_default_account"], SHOP, shop::account),
    Behaviour::assumed(&["get_active_price_list"], SHOP, shop::price_list),
    Behaviour::assumed(&["get_product"], QUERIES, catalog::product),
    Behaviour::assumed(&["list_product_rules"], RULES, catalog::rules_of_one),
    Behaviour::assumed(&["query_product_rules"], RULES, catalog::rules_of_many),
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
