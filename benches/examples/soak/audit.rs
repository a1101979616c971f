//! What is there: read by plain requests, without faults and without the facade's own lists, and taken away afterwards.

use conga::{Client, Error, reqwest::Method};
use serde_json::{Value, json};

use crate::{
    ledger::{Kind, Ledger, NOTHING, There, mark},
    server::Server,
};

/// What the names of the soak's things begin with.
const OURS: &str = "Soak's ";

/// Records a page.
const PAGE: usize = 500;

/// Everything that the soak has made, as the sandbox has it. Then it is gone, but for orders and carts of earlier rounds, which are known
/// by the number of `round`.
pub(crate) async fn take(
    calm: &Client,
    server: &Server,
    ledger: &Ledger,
    round: u32,
) -> Result<There, Error> {
    let mut there = There::default();
    accounts(calm, &mut there).await?;
    for name in ledger.names(Kind::Document) {
        documents(calm, &name, &mut there).await?;
    }
    for subject in server.take_mail().await? {
        there.add(Kind::Mail, subject, NOTHING);
    }
    for (kind, path) in [
        (Kind::Cart, "/api/cart/v1/carts"),
        (Kind::Order, "/api/order/v1/orders"),
    ] {
        for record in all(calm, path, "limit", "page").await? {
            let name = record["Name"].as_str().unwrap_or_default();
            if !name.starts_with(&format!("{OURS}{round}.")) {
                continue;
            }
            let content = match kind {
                Kind::Cart => lines(calm, &record["Id"]).await?,
                _ => NOTHING,
            };
            there.add(kind, name, content);
        }
    }
    Ok(there)
}

async fn accounts(calm: &Client, there: &mut There) -> Result<(), Error> {
    let path = "/api/data/v1/Account";
    let mut ids = Vec::new();
    for record in all(calm, path, "pageSize", "pageNumber").await? {
        let name = record["Name"].as_str().unwrap_or_default();
        if name.starts_with(OURS) {
            let content = record["Description"].as_str().unwrap_or_default();
            // One that cannot be read is none that was written.
            there.add(Kind::Account, name, content.parse().unwrap_or(u64::MAX));
            ids.push(record["Id"].clone());
        }
    }
    for ids in ids.chunks(PAGE) {
        let deletion = calm.raw().delete("/api/data/v1/Account/bulk");
        let deletion = deletion
            .query("DeleteByField", "Id")
            .query("DeleteBehaviour", "HardDelete");
        deletion.json(ids).send_raw().await?;
    }
    Ok(())
}

async fn documents(calm: &Client, name: &str, there: &mut There) -> Result<(), Error> {
    let raw = calm.raw();
    let path = "/api/document-management/v1/documents/objects/Account/{id}/versions";
    let versions = raw.get(path).path("id", name).send::<Value>().await?;
    for version in versions["Data"].as_array().into_iter().flatten() {
        let id = |field: &str| version[field].as_str().unwrap_or_default();
        let path = "/api/document-management/v1/documents/{id}/download";
        let content = raw.get(path).path("id", id("Id")).send_raw().await?;
        there.add(Kind::Document, name, mark(&content));
        let path = "/api/document-management/v1/documents/{id}";
        let deletion = raw.delete(path).path("id", id("DocumentId"));
        deletion.query("hardDelete", true).send_raw().await?;
    }
    Ok(())
}

/// How many lines a cart has, but for those of further charges.
async fn lines(calm: &Client, cart: &Value) -> Result<u64, Error> {
    let path = "/api/cart/v1/carts/{id}/items";
    let items = calm
        .raw()
        .get(path)
        .path("id", cart.as_str().unwrap_or_default());
    let items = items.query("limit", PAGE).send::<Value>().await?;
    let primary = |line: &&Value| line["IsPrimaryLine"] != json!(false);
    Ok(rows(&items).iter().filter(primary).count() as u64)
}

/// All records of a list.
async fn all(calm: &Client, path: &str, size: &str, number: &str) -> Result<Vec<Value>, Error> {
    let mut records = Vec::new();
    for page in 1.. {
        let list = calm.raw().request(Method::GET, path);
        let list = list.query(size, PAGE).query(number, page);
        let answer = list.send::<Value>().await?;
        let rows = rows(&answer);
        records.extend_from_slice(rows);
        if rows.len() < PAGE {
            break;
        }
    }
    Ok(records)
}

/// The records of an answer, bare or in an envelope.
fn rows(answer: &Value) -> &[Value] {
    let rows = answer.as_array().or_else(|| answer["Data"].as_array());
    rows.map(Vec::as_slice).unwrap_or_default()
}
