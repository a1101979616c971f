//! Quotes; and what every noun of the revenue services does by the same code.

use conga::{Criteria, Record, commerce::Filter};
use futures_util::future::{BoxFuture, FutureExt};
use serde_json::json;

use super::{At, Verb, done, id, is_it, nothing, read, read_one};

pub(super) const VERBS: &[Verb] = &[
    Verb::new(
        "proposals (quotes) create",
        "quote/create_quotes",
        nothing,
        |at| done(at.client.quotes().create(&json!({"Name": at.name}))),
    )
    .seen(|at| named(at, ""))
    .stands_for(&[
        "orders create",
        "line items (of an order) create",
        "cart line items create",
        "price lists create",
        "prices of a price list create",
    ]),
    Verb::new("proposals (quotes) get", "quote/get_quote", quote, |at| {
        read(&at, at.client.quotes().get(at.id()), is_it)
    })
    .stands_for(&[
        "orders get",
        "line items (of an order) get",
        "product configurations (carts) get",
        "price lists get",
        "prices of a price list get",
    ]),
    Verb::new(
        "proposals (quotes) list, query",
        "quote/list_quotes",
        quote,
        |at| {
            let list = at
                .client
                .quotes()
                .list()
                .filter(Filter::eq("Name", &at.name));
            read_one(&at, list.stream().try_collect(), is_it)
        },
    )
    .stands_for(&[
        "orders list, query",
        "line items (of an order) list, query",
        "product configurations (carts) list, query",
        "cart line items list, query",
        "price lists list, query",
        "prices of a price list list, query",
    ]),
    Verb::new(
        "proposals (quotes) update",
        "quote/update_quote",
        quote,
        |at| {
            let change = json!({"Description": "as spoken"});
            done(at.client.quotes().update(at.id(), &change))
        },
    )
    .seen(changed)
    .stands_for(&[
        "orders update",
        "line items (of an order) update",
        "product configurations (carts) update",
        "price lists update",
        "prices of a price list update",
    ]),
    Verb::new(
        "proposals (quotes) update many",
        "quote/update_quotes",
        quote,
        |at| {
            let rows = [json!({"Id": at.id(), "Description": "as spoken"})];
            done(at.client.quotes().update_many(&rows))
        },
    )
    .seen(changed)
    .stands_for(&[
        "orders update many",
        "line items (of an order) update many",
        "product configurations (carts) update many",
        "cart line items update",
        "price lists update many",
        "prices of a price list update many",
    ]),
    Verb::new(
        "proposals (quotes) upsert",
        "quote/upsert_quote",
        nothing,
        |at| done(at.client.quotes().upsert(&json!({"Name": at.name}))),
    )
    .seen(|at| named(at, "")),
    Verb::new(
        "proposals (quotes) delete",
        "quote/delete_quote",
        quote,
        |at| done(at.client.quotes().delete(at.id())),
    )
    .seen(deleted)
    .stands_for(&[
        "orders delete",
        "product configurations (carts) delete",
        "price lists delete",
        "prices of a price list delete",
    ]),
    Verb::new(
        "proposals (quotes) delete many",
        "quote/delete_quotes",
        quote,
        |at| done(at.client.quotes().delete_many(&at.ids)),
    )
    .seen(deleted)
    .stands_for(&[
        "orders delete many",
        "product configurations (carts) delete many",
        "cart line items delete",
        "price lists delete many",
        "prices of a price list delete many",
    ]),
    Verb::new(
        "proposals (quotes) clone",
        "quote/clone_quote",
        quote,
        |at| {
            let changes = json!({"Name": format!("{} again", at.name)});
            done(at.client.quotes().clone_quote(at.id(), &changes))
        },
    )
    .seen(|at| named(at, " again")),
    Verb::new(
        "proposals (quotes) clone by external id",
        "quote/clone_quote_by_external_id",
        quote,
        |at| {
            let changes = json!({"Name": format!("{} again", at.name)});
            done(at.client.quotes().clone_by_external_id(&at.name, &changes))
        },
    )
    .seen(|at| named(at, " again")),
    Verb::new(
        "proposals (quotes) accept",
        "quote/accept_quote",
        quote,
        |at| done(at.client.quotes().accept(at.id())),
    )
    .seen(|at| {
        async move {
            let orders = at.client.orders().list().stream();
            let orders: Vec<Record> = orders.try_collect().await.unwrap();
            let of_quote = orders.iter().filter(|order| {
                let quote = order.get("Proposal").and_then(|quote| quote.get("Id"));
                quote.is_some_and(|quote| quote == at.id())
            });
            of_quote.count()
        }
        .boxed()
    }),
    Verb::new(
        "proposals (quotes) make an agreement",
        "quote/create_agreement_from_quote",
        quote,
        |at| {
            let values = json!({"Description": "as spoken"});
            done(at.client.quotes().make_agreement(at.id(), &values))
        },
    )
    .seen(|at| {
        async move {
            let named = Criteria::eq("Name", &at.name);
            let contracts = at.client.contracts().query().criteria(named);
            contracts.stream().try_collect().await.unwrap().len()
        }
        .boxed()
    }),
];

pub(super) fn quote(at: At) -> BoxFuture<'static, Vec<String>> {
    async move {
        let quote = json!({"Name": at.name, "ExternalId": at.name});
        vec![id(&at.client.quotes().create(&quote).await.unwrap())]
    }
    .boxed()
}

/// How many quotes have the name with this at its end.
pub(super) fn named(at: At, end: &'static str) -> BoxFuture<'static, usize> {
    async move {
        let named = Filter::eq("Name", format!("{}{end}", at.name));
        let quotes = at.client.quotes().list().filter(named).stream();
        quotes.try_collect().await.unwrap().len()
    }
    .boxed()
}

fn changed(at: At) -> BoxFuture<'static, usize> {
    async move {
        let quote = at.client.quotes().get(at.id()).await.unwrap();
        usize::from(
            quote
                .get("Description")
                .is_some_and(|text| text == "as spoken"),
        )
    }
    .boxed()
}

fn deleted(at: At) -> BoxFuture<'static, usize> {
    async move { 1 - named(at, "").await }.boxed()
}
