//! The storefront, operation by operation.

mod carts;
mod catalog;
mod deals;
mod favorites;

use serde_json::{Value, json};

use crate::accounts::Accounts;
use crate::records::objects::Object;
use crate::request::{Caller, Visitor};
use crate::services::data::seed;
use crate::services::tenant::{Got, Request, Tenant};

/// A tenant with the demo storefront, and calls of its version 5.
pub(super) struct Shop {
    pub(super) tenant: Tenant,
}

impl Shop {
    pub(super) fn demo() -> Self {
        Self {
            tenant: Tenant::demo(),
        }
    }

    pub(super) fn empty() -> Self {
        Self {
            tenant: Tenant::empty(),
        }
    }

    /// A call of the shopper.
    #[track_caller]
    pub(super) fn call(&self, operation: &str) -> Request<'_> {
        self.tenant
            .call("salesforce-cpq-v5", operation)
            .caller(shopper())
    }

    /// What a query of the shopper finds.
    #[track_caller]
    pub(super) fn query(&self, object: &str, query: Value) -> Vec<Value> {
        let got = self
            .call("query_records")
            .path("objectName", object)
            .json(query)
            .send();
        data(&got).as_array().unwrap().clone()
    }

    /// Why a query of the shopper is refused.
    #[track_caller]
    pub(super) fn refusal(&self, object: &str, query: Value) -> String {
        let got = self
            .call("query_records")
            .path("objectName", object)
            .json(query)
            .send();
        refused(&got, 400)
    }

    /// Keeps a record; gives its id.
    pub(super) fn keep(&self, object: &'static str, record: Value) -> String {
        let object = match Object::custom(object) {
            Ok(object) => object,
            Err(_) => Object::internal(object),
        };
        let kept = self.tenant.world.write_as_system(|session| {
            session.records(&object).create(record.as_object().unwrap())
        });
        kept.unwrap()["Id"].as_str().unwrap().to_owned()
    }
}

/// The demo shopper.
pub(super) fn shopper() -> Caller {
    Caller::Storefront {
        storefront: "ECommerce".to_owned(),
        user_id: Accounts::default().storefront.user_id,
        visitor: Visitor::Shopper,
    }
}

/// A guest, by the mark that tells him from others.
pub(super) fn guest(mark: &str) -> Caller {
    Caller::Storefront {
        storefront: "ECommerce".to_owned(),
        user_id: "005000000000000AAA".to_owned(),
        visitor: Visitor::Guest(mark.to_owned()),
    }
}

/// The connected app.
pub(super) fn app() -> Caller {
    Caller::Storefront {
        storefront: "ECommerce".to_owned(),
        user_id: Accounts::default().salesforce.user_id,
        visitor: Visitor::App,
    }
}

/// The data of an answer that went well.
#[track_caller]
pub(super) fn data(got: &Got) -> &Value {
    assert_eq!(got.status, 200, "{}", got.json);
    assert_eq!(got.json["title"], "success");
    assert_eq!(got.json["status"], 200);
    &got.json["data"]
}

/// The message of a failure, in the array of Salesforce.
#[track_caller]
pub(super) fn refused(got: &Got, status: u16) -> String {
    assert_eq!(got.status, status, "{}", got.json);
    let error = &got.json[0];
    assert_eq!(error["status"], status);
    assert_eq!(error["title"], "error");
    error["data"].as_str().unwrap().to_owned()
}

/// The id of a demo product, by its place in the seed.
pub(super) fn product(at: usize) -> String {
    seed::id("Product", at)
}

/// A demo product as a lookup.
pub(super) fn product_lookup(at: usize) -> Value {
    json!({"Id": product(at), "Name": "A product"})
}

/// The values of one field.
pub(super) fn column<'r>(records: &'r [Value], field: &str) -> Vec<&'r str> {
    records
        .iter()
        .map(|record| record[field].as_str().unwrap())
        .collect()
}

impl Shop {
    /// A call on a cart; `active` names the active one.
    #[track_caller]
    pub(super) fn on(&self, cart: &str, operation: &str) -> Request<'_> {
        self.call(operation).path("cartId", cart)
    }

    /// Adds products to the active cart; the lines.
    #[track_caller]
    pub(super) fn add(&self, body: Value) -> Vec<Value> {
        let got = self.on("active", "add_cart_items").json(body).send();
        data(&got)["LineItems"].as_array().unwrap().clone()
    }

    /// The active cart.
    #[track_caller]
    pub(super) fn active(&self) -> Value {
        data(&self.on("active", "get_cart").send()).clone()
    }

    /// Lets the time pass that pricing takes.
    pub(super) fn wait(&self) {
        self.tenant
            .world
            .clock
            .advance(std::time::Duration::from_millis(300));
    }
}

/// The net price of all lines of a cart.
pub(super) fn grand_total(cart: &Value) -> &Value {
    let groups = cart["SummaryGroups"].as_array().unwrap();
    let total = groups.iter().find(|group| group["Name"] == "Grand Total");
    &total.unwrap_or_else(|| panic!("no total in {cart:#}"))["NetPrice"]
}
