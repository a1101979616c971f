//! The storefront: its carts, and its query language.

use conga::{
    Record, StorefrontQuery,
    commerce::{Filter, carts::NewItem},
    storefront::ShopCart,
};
use futures_util::future::{BoxFuture, FutureExt};
use serde_json::json;

use super::{At, Verb, done, id, product, quotes, read};

pub(super) const VERBS: &[Verb] = &[
    Verb::new(
        "storefront query",
        "salesforce-cpq-v5/query_records",
        emptied,
        |at| {
            let shop = at.client.storefront();
            let query = async move {
                shop?
                    .query::<Record>("Product2", &StorefrontQuery::new())
                    .await
            };
            read(&at, query, |at, products: &Vec<Record>| {
                products.iter().any(|product| product["Id"] == at.id())
            })
        },
    )
    .stands_for(&["storefront list"]),
    Verb::new(
        "shoppers' carts get",
        "salesforce-cpq-v5/get_cart",
        filled,
        |at| {
            read(&at, cart(&at).get(), |at, cart| {
                cart["LineItems"][0]["Id"] == at.other_id()
            })
        },
    )
    .stands_for(&[
        "storefront cart",
        "storefront get",
        "storefront get a product",
        "storefront account",
        "storefront price list",
        "storefront settings",
    ]),
    Verb::new(
        "shoppers' carts add",
        "salesforce-cpq-v5/add_cart_items",
        emptied,
        |at| done(async move { cart(&at).add([NewItem::new(at.id())]).await }),
    )
    .seen(lines)
    .stands_for(&[
        "shoppers' carts add a favorite",
        "shoppers' carts apply a promotion",
        "shoppers' carts clone",
        "storefront create a cart",
        "storefront cart of an order",
        "storefront cart of a quote",
        "storefront finalize a quote",
        "shoppers' favorites create",
        "shoppers' favorites add",
        "shoppers' favorites add lines of the cart",
    ]),
    Verb::new(
        "shoppers' carts update a line",
        "salesforce-cpq-v5/update_cart_item",
        filled,
        |at| {
            done(async move {
                cart(&at)
                    .update_item(at.other_id(), &json!({"Quantity": 7}))
                    .await
            })
        },
    )
    .seen(|at| {
        async move {
            let cart = cart(&at).get().await.unwrap();
            usize::from(cart["LineItems"][0]["Quantity"].as_f64() == Some(7.0))
        }
        .boxed()
    })
    .stands_for(&["shoppers' carts update", "shoppers' favorites update"]),
    Verb::new(
        "shoppers' carts remove lines",
        "salesforce-cpq-v5/delete_cart_items",
        filled,
        |at| done(async move { cart(&at).remove(&[at.other_id()]).await }),
    )
    .seen(|at| async move { 1 - lines(at).await }.boxed()),
    Verb::new(
        "shoppers' carts reprice",
        "salesforce-cpq-v5/price_cart",
        filled,
        |at| done(async move { cart(&at).reprice().await }),
    ),
    Verb::new(
        "shoppers' carts quote",
        "salesforce-cpq-v5/create_proposal_from_cart",
        filled,
        |at| done(async move { cart(&at).quote(&json!({"Name": at.name})).await }),
    )
    .seen(|at| quotes::named(at, "")),
    Verb::new(
        "shoppers' carts order",
        "salesforce-cpq-v5/check_out_cart",
        filled,
        |at| done(async move { cart(&at).order(&json!({"Name": at.name})).await }),
    )
    .seen(|at| {
        async move {
            let named = Filter::eq("Name", &at.name);
            let orders = at.client.orders().list().filter(named).stream();
            orders.try_collect().await.unwrap().len()
        }
        .boxed()
    }),
    Verb::new(
        "shoppers' carts abandon",
        "salesforce-cpq-v5/abandon_cart",
        filled,
        |at| done(async move { cart(&at).abandon().await }),
    )
    .seen(gone),
    Verb::new(
        "shoppers' carts delete",
        "salesforce-cpq-v5/delete_cart",
        filled,
        |at| done(async move { cart(&at).delete().await }),
    )
    .seen(gone)
    .stands_for(&[
        "shoppers' carts remove a promotion",
        "shoppers' favorites delete",
    ]),
];

fn cart(at: &At) -> ShopCart {
    at.client.storefront().unwrap().cart("active")
}

/// A shopper without a cart, and a product.
fn emptied(at: At) -> BoxFuture<'static, Vec<String>> {
    async move {
        if cart(&at).get().await.unwrap().contains_key("Id") {
            cart(&at).delete().await.unwrap();
        }
        vec![product(&at.client, "AQK-R").await.unwrap()]
    }
    .boxed()
}

/// A product, and its line in the shopper's cart.
fn filled(at: At) -> BoxFuture<'static, Vec<String>> {
    async move {
        let mut ids = emptied(at.clone()).await;
        let lines = cart(&at).add([NewItem::new(&ids[0])]).await.unwrap();
        ids.push(id(&lines[0]));
        ids
    }
    .boxed()
}

/// How many lines the shopper's cart has.
fn lines(at: At) -> BoxFuture<'static, usize> {
    async move {
        let cart = cart(&at).get().await.unwrap();
        cart.get("LineItems")
            .and_then(|lines| lines.as_array())
            .map_or(0, Vec::len)
    }
    .boxed()
}

fn gone(at: At) -> BoxFuture<'static, usize> {
    async move { usize::from(!cart(&at).get().await.unwrap().contains_key("Id")) }.boxed()
}
