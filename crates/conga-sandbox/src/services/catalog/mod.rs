//! The Catalog service: what a price list sells, by category and by search, and favorites.
//!
//! | room | what lives there |
//! |---|---|
//! | [`shelf`] | the price list that a call buys from, and its products |
//! | [`products`], [`details`] | lists of products; one product with all that belongs to it |
//! | [`categories`] | categories, and the products in them |
//! | [`search`] | search with facets, type-ahead |
//! | [`favorites`] | configurations that are kept to be bought again |
//!
//! Its schemas have field names with small first letters, ids of lookups beside them (`productId`) and amounts as bare
//! numbers; so have its answers.
//!
//! # Assumed
//!
//! Published are the paths, headers, parameters and schemas, that an inactive price list is refused, that a query
//! matches by its first 20 characters, that a page has at most 500 products, that a category stands for all below it,
//! how facets join, and the header `content-range`. Assumed is:
//!
//! *The price list* is that of the header, else that of the cart, the account or the storefront that the headers name,
//! else the oldest that is active. A product is on sale if it is active, in force, and has a price there now.
//!
//! *Products* by a query match in name, code, description or family. Service products are those whose `ProductType` is
//! Service. `includes` adds `prices`, `options`, `attributes` and `categories`; `depth` says how many levels of options,
//! three at most unless it says more. Where the reference lists a 204 alone the answer is a 200. Detail lists refuse
//! unknown ids with a 404 unless `suppressWarning`. Field lists by name (`configName`), `disableCurrencyConversion` and
//! `isOptimizedFetch` change nothing.
//!
//! *Facets* are `family`, `configurationType` and `productType`; one value is chosen by `isSelected`.
//!
//! *Favorites* keep a copy of the lines of a cart, in a cart of their own; adding one to a cart copies them again.
//! Creating one takes `Name` and the cart in `ProductConfiguration`.

mod categories;
mod details;
mod favorites;
mod products;
mod search;
mod shelf;

#[cfg(test)]
mod tests;

use crate::services::{Behaviour, Service};

const PRODUCTS: &str =
    "the price list where none is named, what a query looks at, what includes add";
const FAVORITES: &str = "favorites are copies of a cart's lines";

pub(super) const SERVICE: Service = Service {
    id: "catalog",
    behaviours: &[
        Behaviour::assumed(&["get_active_price_list"], PRODUCTS, shelf::price_list),
        Behaviour::assumed(&["list_locations"], PRODUCTS, shelf::locations),
        Behaviour::assumed(&["list_products"], PRODUCTS, products::list),
        Behaviour::assumed(&["query_services"], PRODUCTS, products::services),
        Behaviour::assumed(&["get_product"], PRODUCTS, details::get),
        Behaviour::assumed(&["query_product_details"], PRODUCTS, details::of_many),
        Behaviour::assumed(&["compare_products"], PRODUCTS, details::compare),
        Behaviour::assumed(&["search_product_options"], PRODUCTS, details::search),
        Behaviour::assumed(&["list_categories"], PRODUCTS, categories::list),
        Behaviour::assumed(&["get_category"], PRODUCTS, categories::get),
        Behaviour::assumed(&["list_category_products"], PRODUCTS, categories::products),
        Behaviour::assumed(&["query_category_services"], PRODUCTS, categories::services),
        Behaviour::assumed(&["search_products"], PRODUCTS, search::search),
        Behaviour::assumed(&["suggest_products"], PRODUCTS, search::suggest),
        Behaviour::assumed(&["list_favorites"], FAVORITES, favorites::list),
        Behaviour::assumed(&["create_favorites"], FAVORITES, favorites::create),
        Behaviour::assumed(&["delete_favorites"], FAVORITES, favorites::delete_many),
        Behaviour::assumed(&["get_favorite"], FAVORITES, favorites::get),
        Behaviour::assumed(&["update_favorite"], FAVORITES, favorites::update),
        Behaviour::assumed(&["delete_favorite"], FAVORITES, favorites::delete),
        Behaviour::assumed(&["add_favorite_to_cart"], FAVORITES, favorites::add_to_cart),
        Behaviour::assumed(
            &["delete_favorite_items"],
            FAVORITES,
            favorites::delete_items,
        ),
        Behaviour::assumed(&["preview_favorite"], FAVORITES, favorites::preview),
        Behaviour::assumed(&["publish_favorite"], FAVORITES, favorites::publish),
        Behaviour::assumed(
            &["get_job_status"],
            "jobs are done at once",
            crate::services::commerce::jobs::get,
        ),
    ],
};
