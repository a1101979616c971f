//! Putting products into a cart of the platform.

use std::future::IntoFuture;

use conga_api::{Call, CallOptions};
use serde_json::{Value, json};

use super::NewItem;
use crate::{
    CartProblem, Error, Record, Request, commerce::answer::BareRows, commerce::answer::Whatever,
    request::Future,
};

/// Products that are put into a cart. Awaiting it gives the lines as they were added, options of bundles among them; their prices
/// are pending.
///
/// The platform takes attribute values by a second call right after the first one (a page of Conga's says so). Where an item has
/// attributes that call is made too. Where it fails, the lines are in the cart without their attributes, and the error
/// [says](Error::may_have_been_processed) that something may be done.
#[derive(Debug)]
#[must_use = "nothing is sent before it is awaited"]
pub struct AddItems {
    pub(super) cart: String,
    pub(super) add: Call,
    pub(super) update: Call,
    pub(super) items: Vec<NewItem>,
}

impl AddItems {
    /// Leaves out the options that a bundle has by default.
    pub fn without_default_options(self) -> Self {
        self.with_query("skipDefaultOptions", true)
    }

    async fn send(self) -> Result<Vec<Record>, Error> {
        let body: Vec<_> = self.items.iter().map(NewItem::platform_line).collect();
        let lines = Request::new::<BareRows<Record>>(self.add.json(&body)).await?;
        let rows = attribute_rows(&self.items, &lines).map_err(|problem| Error::Cart {
            cart: self.cart,
            problem,
        })?;
        if !rows.is_empty() {
            let update = Request::new::<Whatever>(self.update.json(&rows));
            update.await.map_err(Error::after_others)?;
        }
        Ok(lines)
    }
}

/// The second call's rows: the lines of items that have attributes, with these. Lines come in the order of the items (assumed), with
/// the options of a bundle between them.
fn attribute_rows(items: &[NewItem], lines: &[Record]) -> Result<Vec<Value>, CartProblem> {
    let mut left = lines.iter();
    let mut rows = Vec::new();
    for item in items {
        let line = left.find(|line| is_of(line, &item.product_id));
        if item.attributes.is_empty() {
            continue;
        }
        let id = line
            .and_then(|line| line.get("Id")?.as_str())
            .ok_or_else(|| CartProblem::NoLine(item.product_id.clone()))?;
        rows.push(json!({"Id": id, "Attribute": item.attributes}));
    }
    Ok(rows)
}

/// Whether this is the primary line of the product: products with several charges have further ones.
fn is_of(line: &Record, product_id: &str) -> bool {
    let product = ["Product", "Option"].iter().any(|field| {
        line.get(*field)
            .and_then(|lookup| lookup.get("Id")?.as_str())
            == Some(product_id)
    });
    product && line.get("IsPrimaryLine") != Some(&Value::Bool(false))
}

impl CallOptions for AddItems {
    fn call_mut(&mut self) -> &mut Call {
        &mut self.add
    }
}

impl IntoFuture for AddItems {
    type Output = Result<Vec<Record>, Error>;
    type IntoFuture = Future<Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}
