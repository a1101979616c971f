//! The verbs that are tried, and those that they stand for.
//!
//! A verb is tried where it is code of its own; what differs in nothing but the object, the type, or the one operation that it calls is
//! stood for.

mod carts;
mod composer;
mod contracts;
mod directory;
mod documents;
mod email;
mod files;
mod orders;
mod quotes;
mod records;
mod search;
mod storefront;

use std::fmt::Debug;

use conga::{Client, Error, Record, commerce::Filter};
use futures_util::future::{BoxFuture, FutureExt};
use serde_json::{Value, json};

use super::{At, Verb};

/// All of them. Those that wait for work of the platform come first, since they take longest.
pub(super) fn all() -> Vec<Verb> {
    [
        composer::VERBS,
        carts::VERBS,
        storefront::VERBS,
        contracts::VERBS,
        quotes::VERBS,
        orders::VERBS,
        documents::VERBS,
        files::VERBS,
        email::VERBS,
        records::VERBS,
        directory::VERBS,
        search::VERBS,
    ]
    .concat()
}

/// Sends a call, and lets go of what it gives.
fn done<T, F>(call: F) -> BoxFuture<'static, Result<(), Error>>
where
    T: Send + 'static,
    F: IntoFuture<Output = Result<T, Error>, IntoFuture: Send + 'static>,
{
    call.into_future().map(|result| result.map(drop)).boxed()
}

/// Sends a call that only reads. What it gives must be what there is.
fn read<T, F>(
    at: &At,
    call: F,
    is_right: impl FnOnce(&At, &T) -> bool + Send + 'static,
) -> BoxFuture<'static, Result<(), Error>>
where
    T: Debug + Send + 'static,
    F: IntoFuture<Output = Result<T, Error>, IntoFuture: Send + 'static>,
{
    let (at, call) = (at.clone(), call.into_future());
    async move {
        let value = call.await?;
        assert!(is_right(&at, &value), "{}: reads {value:?}", at.name);
        Ok(())
    }
    .boxed()
}

/// The same for a list, which must hold one thing.
fn read_one<T, F>(
    at: &At,
    call: F,
    is_right: fn(&At, &T) -> bool,
) -> BoxFuture<'static, Result<(), Error>>
where
    T: Debug + Send + 'static,
    F: IntoFuture<Output = Result<Vec<T>, Error>, IntoFuture: Send + 'static>,
{
    read(
        at,
        call,
        move |at, list: &Vec<T>| matches!(&list[..], [one] if is_right(at, one)),
    )
}

/// Whether this is the record that was prepared.
fn is_it(at: &At, record: &Record) -> bool {
    record["Id"] == at.id()
}

/// For a verb that needs nothing.
fn nothing(_: At) -> BoxFuture<'static, Vec<String>> {
    async { Vec::new() }.boxed()
}

fn id(record: &Record) -> String {
    record["Id"].as_str().unwrap().to_owned()
}

/// An account of this name.
fn account(at: At) -> BoxFuture<'static, Vec<String>> {
    async move {
        let account = json!({"Name": at.name, "ExternalId": at.name});
        vec![at.client.accounts().create(&account).await.unwrap()]
    }
    .boxed()
}

/// The demo company's price list.
async fn price_list(client: &Client) -> String {
    let lists = client.price_lists();
    let standard = lists.list().filter(Filter::eq("Name", "Standard USD"));
    id(&standard.page(1).await.unwrap().records[0])
}

/// The demo company's product with this code.
async fn product(client: &Client, code: &str) -> Result<String, Error> {
    let products = client.raw().get("/api/revenue-admin/v1/products");
    let products = products.query("filter", format_args!("eq(ProductCode:'{code}')"));
    let found = products.send::<Value>().await?;
    Ok(found[0]["Id"].as_str().unwrap().to_owned())
}

/// A text as a document of the account that has the name for its id: ids of the document and of its version.
async fn uploaded(at: &At, text: &'static str) -> Vec<String> {
    let upload = at
        .client
        .documents()
        .upload(format!("{}.txt", at.word()), text);
    let version = upload.attached_to("Account", &at.name).await.unwrap();
    vec![version.document_id, version.id]
}

fn document(at: At) -> BoxFuture<'static, Vec<String>> {
    async move { uploaded(&at, "as spoken").await }.boxed()
}

/// How many documents the account has that has the name for its id.
fn documents_of(at: At) -> BoxFuture<'static, usize> {
    async move {
        let documents = at.client.documents().of_record("Account", &at.name).await;
        documents.unwrap().records.len()
    }
    .boxed()
}
