//! Orders.

use conga::{Record, commerce::Filter};
use futures_util::future::{BoxFuture, FutureExt};
use serde_json::json;

use super::{At, Verb, done, id};

pub(super) const VERBS: &[Verb] = &[
    Verb::new("orders confirm", "order/confirm_order", order, |at| {
        done(at.client.orders().confirm(at.id()))
    })
    .seen(|at| stands(at, "Confirmed")),
    Verb::new("orders activate", "order/activate_order", order, |at| {
        done(at.client.orders().activate(at.id()))
    })
    .seen(|at| stands(at, "Activated")),
    Verb::new("orders cancel", "order/cancel_order", order, |at| {
        done(at.client.orders().cancel(at.id()))
    })
    .seen(|at| stands(at, "Cancelled")),
    Verb::new("orders change", "order/change_order", active, |at| {
        done(at.client.orders().change(at.id()))
    })
    .seen(changes),
    Verb::new(
        "orders accept a change",
        "order/accept_order_change",
        changed,
        |at| done(at.client.orders().accept_change(at.other_id())),
    )
    .seen(over),
    Verb::new(
        "orders revert a change",
        "order/revert_order_change",
        changed,
        |at| done(at.client.orders().revert_change(at.other_id())),
    )
    .seen(over),
];

fn order(at: At) -> BoxFuture<'static, Vec<String>> {
    async move {
        let order = json!({"Name": at.name});
        vec![id(&at.client.orders().create(&order).await.unwrap())]
    }
    .boxed()
}

fn active(at: At) -> BoxFuture<'static, Vec<String>> {
    async move {
        let ids = order(at.clone()).await;
        at.client.orders().activate(&ids[0]).await.unwrap();
        ids
    }
    .boxed()
}

/// An order, and a change of it that is neither accepted nor reverted.
fn changed(at: At) -> BoxFuture<'static, Vec<String>> {
    async move {
        let mut ids = active(at.clone()).await;
        ids.push(id(&at.client.orders().change(&ids[0]).await.unwrap()));
        ids
    }
    .boxed()
}

fn stands(at: At, status: &'static str) -> BoxFuture<'static, usize> {
    async move {
        let order: Record = at.client.orders().get(at.id()).await.unwrap();
        usize::from(order["Status"] == status)
    }
    .boxed()
}

/// How many changes of the order are neither accepted nor reverted.
fn changes(at: At) -> BoxFuture<'static, usize> {
    async move {
        let drafts = Filter::eq("Name", &at.name).and(Filter::eq("Status", "Draft"));
        let drafts = at.client.orders().list().filter(drafts).stream();
        drafts.try_collect().await.unwrap().len()
    }
    .boxed()
}

fn over(at: At) -> BoxFuture<'static, usize> {
    async move { 1 - changes(at).await }.boxed()
}
