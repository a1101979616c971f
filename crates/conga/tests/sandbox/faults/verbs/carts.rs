//! Carts of the platform.

use conga::{
    Record,
    commerce::{
        Filter,
        carts::{NewItem, OpenCart},
    },
};
use futures_util::future::{BoxFuture, FutureExt};
use serde_json::json;

use super::{
    At, Verb, done, id, price_list, product,
    quotes::{self, quote},
    read,
};

pub(super) const VERBS: &[Verb] = &[
    Verb::new(
        "product configurations (carts) create",
        "cart/create_carts",
        list,
        |at| {
            let cart = json!({"Name": at.name, "PriceList": {"Id": at.id()}});
            done(at.client.carts().create(&cart))
        },
    )
    .seen(carts),
    Verb::new(
        "product configurations (carts) launch",
        "cart/activate_quote_cart",
        quote,
        |at| done(at.client.carts().launch_for_quote(at.id())),
    )
    .seen(|at| {
        async move {
            let of_quote = Filter::eq("BusinessObjectId", at.id());
            let carts = at.client.carts().list().filter(of_quote).stream();
            carts.try_collect().await.unwrap().len()
        }
        .boxed()
    }),
    Verb::new(
        "product configurations (carts) add",
        "cart/create_cart_items",
        cart,
        |at| {
            done(async move {
                let item = NewItem::new(product(&at.client, "AQK-R").await?).quantity(3);
                opened(&at).add([item]).await
            })
        },
    )
    .seen(lines),
    Verb::new(
        "a cart's line with attributes",
        "cart/update_cart_items",
        cart,
        |at| {
            done(async move {
                let item = NewItem::new(product(&at.client, "ORB-400").await?);
                let item = item.attribute("Voltage", "230 V");
                opened(&at).add([item]).without_default_options().await
            })
        },
    )
    .seen(|at| {
        async move {
            let lines = opened(&at).items().list().stream();
            let lines = lines.try_collect().await.unwrap();
            assert!(lines.len() <= 1, "{}: {} lines", at.name, lines.len());
            let with_it = lines.iter().filter(|line| {
                let given = line.get("Attribute");
                given.is_some_and(|given| given["Voltage"] == "230 V")
            });
            with_it.count()
        }
        .boxed()
    }),
    Verb::new(
        "product configurations (carts) price",
        "cart/get_cart_status",
        priced,
        |at| read(&at, opened(&at).price(), |_, cart| !cart.is_price_pending),
    )
    .impatient()
    .stands_for(&["shoppers' carts price"]),
    Verb::new(
        "product configurations (carts) reprice",
        "cart/reprice_cart",
        priced,
        |at| done(opened(&at).reprice(&[1])),
    ),
    Verb::new(
        "product configurations (carts) waterfall",
        "cart/list_cart_waterfall_charts",
        priced,
        |at| {
            read(&at, opened(&at).waterfall(), |_, charts| {
                charts.to_string().contains("Net Price")
            })
        },
    )
    .stands_for(&["product configurations (carts) waterfall of a line"]),
    Verb::new(
        "product configurations (carts) finalize",
        "cart/finalize_cart",
        priced,
        |at| done(opened(&at).finalize()),
    )
    .seen(|at| stands(at, "Finalized")),
    Verb::new(
        "product configurations (carts) quote",
        "cart/create_quote_from_cart",
        priced,
        |at| done(opened(&at).quote(&json!({"Name": at.name}))),
    )
    .seen(|at| quotes::named(at, "")),
    Verb::new(
        "product configurations (carts) order",
        "cart/create_order_from_cart",
        priced,
        |at| done(opened(&at).order(&json!({"Name": at.name}))),
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
        "product configurations (carts) activate",
        "cart/activate_cart",
        cart,
        |at| done(opened(&at).activate()),
    )
    .seen(|at| stands(at, "Saved")),
    Verb::new(
        "product configurations (carts) abandon",
        "cart/abandon_cart",
        cart,
        |at| done(opened(&at).abandon()),
    )
    .seen(|at| stands(at, "Abandoned")),
];

fn list(at: At) -> BoxFuture<'static, Vec<String>> {
    async move { vec![price_list(&at.client).await] }.boxed()
}

/// A cart without lines.
fn cart(at: At) -> BoxFuture<'static, Vec<String>> {
    async move {
        let list = price_list(&at.client).await;
        let cart = json!({"Name": at.name, "PriceList": {"Id": list}});
        vec![id(&at.client.carts().create(&cart).await.unwrap())]
    }
    .boxed()
}

/// A cart with a line whose price is pending.
fn filled(at: At) -> BoxFuture<'static, Vec<String>> {
    async move {
        let ids = cart(at.clone()).await;
        let item = NewItem::new(product(&at.client, "AQK-R").await.unwrap());
        at.client.carts().open(&ids[0]).add([item]).await.unwrap();
        ids
    }
    .boxed()
}

fn priced(at: At) -> BoxFuture<'static, Vec<String>> {
    async move {
        let ids = filled(at.clone()).await;
        at.client.carts().open(&ids[0]).price().await.unwrap();
        ids
    }
    .boxed()
}

fn opened(at: &At) -> OpenCart {
    at.client.carts().open(at.id())
}

/// How many carts have the name.
fn carts(at: At) -> BoxFuture<'static, usize> {
    async move {
        let named = Filter::eq("Name", &at.name);
        let carts = at.client.carts().list().filter(named).stream();
        carts.try_collect().await.unwrap().len()
    }
    .boxed()
}

/// How many lines the cart has.
fn lines(at: At) -> BoxFuture<'static, usize> {
    async move {
        let lines = opened(&at).items().list().stream();
        lines.try_collect().await.unwrap().len()
    }
    .boxed()
}

fn stands(at: At, status: &'static str) -> BoxFuture<'static, usize> {
    async move {
        let cart: Record = at.client.carts().get(at.id()).await.unwrap();
        usize::from(cart["Status"] == status)
    }
    .boxed()
}
