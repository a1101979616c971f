//! The service as its callers see it.

use serde_json::{Value, json};

use crate::records::store::{self, By};
use crate::services::commerce::shop::Shop;
use crate::services::tenant::{Request, Tenant};

impl Tenant {
    fn order(&self, operation: &'static str, id: &str) -> Request<'_> {
        let request = self.call("order", operation);
        let name = if request.template().contains("{ParentId}") {
            "ParentId"
        } else {
            "Id"
        };
        request.path(name, id)
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// An order of a cart with a bundle of two lines, and a sensor.
fn ordered(shop: &Shop) -> String {
    let cart = shop.cart();
    shop.add(&cart, &shop.sensor, json!({}));
    shop.add(&cart, &shop.sensor, json!({"Quantity": 2}));
    shop.priced(&cart);
    let got = shop
        .on(&cart, "create_order_from_cart")
        .json(json!({"SoldToAccount": {"Id": "A"}}))
        .send();
    text(&got.json["Id"])
}

fn lines(shop: &Shop, order: &str) -> Vec<Value> {
    let got = shop.tenant.order("list_order_line_items", order).send();
    got.json.as_array().unwrap().clone()
}

#[test]
fn orders_are_made_changed_listed_and_deleted() {
    let tenant = Tenant::empty();
    let made = tenant
        .call("order", "create_orders")
        .json(json!([{"Name": "One", "Status": "Activated"}, {"name": "Two"}]))
        .send();
    assert_eq!(made.json[0]["Status"], "Draft");
    assert_eq!(made.json[1]["OrderNumber"], "O-00000002");
    let id = text(&made.json[0]["Id"]);
    let wrong = tenant
        .call("order", "create_orders")
        .json(json!([{"AutoActivateOrder": "soon"}]))
        .send();
    wrong.errors(400);
    tenant.call("order", "create_orders").send().errors(400);
    let changed = tenant
        .order("update_order", &id)
        .json(json!({"PONumber": "7", "Status": "Cancelled"}))
        .send();
    assert_eq!(
        (&changed.json["PONumber"], &changed.json["Status"]),
        (&json!("7"), &json!("Draft"))
    );
    tenant
        .order("update_order", &id)
        .json(json!({"ShipToAccount": 5}))
        .send()
        .errors(400);
    let found = tenant
        .call("order", "list_orders")
        .query("sort", "DESC(Name)")
        .query("Page", 2)
        .query("limit", 1)
        .send();
    assert_eq!(found.json[0]["Name"], "One");
    assert_eq!(
        tenant.order("confirm_order", &id).send().json["Status"],
        "Confirmed"
    );
    tenant.order("confirm_order", &id).send().errors(400);
    tenant
        .order("update_order", &id)
        .json(json!({"PONumber": "8"}))
        .send()
        .errors(400);
    tenant.order("delete_order", &id).send().errors(400);
    assert_eq!(
        tenant.order("cancel_order", &id).send().json["Status"],
        "Cancelled"
    );
    let both = json!([{"Id": id}, {"Id": made.json[1]["Id"]}]);
    assert_eq!(
        tenant
            .call("order", "delete_orders")
            .json(both)
            .send()
            .status,
        200
    );
    tenant.order("get_order", &id).send().errors(404);
}

#[test]
fn activation_makes_assets() {
    let shop = Shop::open();
    let order = ordered(&shop);
    let got = shop.tenant.order("activate_order", &order).send();
    assert_eq!(
        (got.status, &got.json["Status"]),
        (200, &json!("Activated"))
    );
    assert!(
        lines(&shop, &order)
            .iter()
            .all(|line| line["Status"] == "Activated")
    );
    let assets: i64 = shop
        .tenant
        .world
        .store
        .read(|tx| store::usage(tx, "AssetLineItem"))
        .unwrap()
        .0;
    assert_eq!(assets, 2);
    shop.tenant
        .order("activate_order", &order)
        .send()
        .errors(400);
    shop.tenant.order("cancel_order", &order).send().errors(400);
    let later = ordered(&shop);
    let asked = shop
        .tenant
        .order("activate_order", &later)
        .json(json!({"Async": true}))
        .send();
    let job = shop
        .tenant
        .call("order", "get_job_status")
        .path("id", text(&asked.json["JobId"]))
        .send();
    assert_eq!(job.json["OperationName"], "ActivateOrder");
    let (one, other) = (ordered(&shop), ordered(&shop));
    let rows =
        json!([{"Id": one}, {"Id": other, "ReadyForActivationDate": "2099-01-01"}, {"Id": "none"}]);
    let got = shop
        .tenant
        .call("order", "activate_orders")
        .json(rows)
        .send();
    let done: Vec<&Value> = got
        .json
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["Success"])
        .collect();
    assert_eq!(done, [true, false, false]);
}

#[test]
fn an_order_is_partially_fulfilled_until_all_lines_are_activated() {
    let shop = Shop::open();
    let order = ordered(&shop);
    let own = lines(&shop, &order);
    let rows = json!([{"Id": own[0]["Id"]}]);
    let got = shop
        .tenant
        .order("activate_order_line_items", &order)
        .json(rows)
        .send();
    assert_eq!(got.json["Status"], "Partially Fulfilled");
    let one = |operation, line: &Value| {
        shop.tenant
            .order(operation, &order)
            .path("Id", text(&line["Id"]))
    };
    one("update_order_line_item", &own[0])
        .json(json!({"Comments": "no"}))
        .send()
        .errors(400);
    let billing = json!({"ReadyForBillingDate": "2026-04-01"});
    assert_eq!(
        one("update_order_line_item", &own[0])
            .json(billing)
            .send()
            .status,
        200
    );
    assert_eq!(
        one("update_order_line_item", &own[1])
            .json(json!({"comments": "yes"}))
            .send()
            .json["Comments"],
        "yes"
    );
    let rows = json!([{"Id": own[1]["Id"]}, {"Id": "none"}]);
    let got = shop
        .tenant
        .call("order", "bulk_activate_order_line_items")
        .json(rows)
        .send();
    assert_eq!(
        (&got.json[0]["Success"], &got.json[1]["Success"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(
        shop.tenant.order("get_order", &order).send().json["Status"],
        "Activated"
    );
}

#[test]
fn lines_belong_to_their_order() {
    let shop = Shop::open();
    let (order, other) = (ordered(&shop), ordered(&shop));
    let line = lines(&shop, &order)[0].clone();
    let get = |order: &str| {
        shop.tenant
            .order("get_order_line_item", order)
            .path("Id", text(&line["Id"]))
            .send()
    };
    assert_eq!(get(&order).json["Id"], line["Id"]);
    get(&other).errors(404);
    let rows = json!([{"Id": line["Id"], "Description": "d"}]);
    shop.tenant
        .order("update_order_line_items", &other)
        .json(rows.clone())
        .send()
        .errors(404);
    assert_eq!(
        shop.tenant
            .order("update_order_line_items", &order)
            .json(rows)
            .send()
            .json[0]["Description"],
        "d"
    );
    let added = shop
        .tenant
        .order("create_order_line_items", &order)
        .json(json!([{"Name": "By hand", "Product": {"Id": shop.sensor}}]))
        .send();
    assert_eq!(added.json[0]["Product"]["Name"], "Sensor");
    assert_eq!(lines(&shop, &order).len(), 3);
}

#[test]
fn a_change_order_is_accepted_or_reverted() {
    let shop = Shop::open();
    let order = ordered(&shop);
    shop.tenant.order("change_order", &order).send().errors(400);
    shop.tenant.order("activate_order", &order).send();
    let change = |shop: &Shop| {
        let got = shop
            .tenant
            .order("change_order", &order)
            .json(json!({"Description": "more"}))
            .send();
        assert_eq!(
            (&got.json["Status"], &got.json["Type"]),
            (&json!("Draft"), &json!("Change"))
        );
        text(&got.json["Id"])
    };
    let first = change(&shop);
    assert_eq!(lines(&shop, &first).len(), 2);
    let back = shop.tenant.order("revert_order_change", &first).send();
    assert_eq!(back.json["Id"], order.as_str());
    assert_eq!(back.json["Description"], Value::Null);
    shop.tenant
        .order("accept_order_change", &first)
        .send()
        .errors(400);
    let second = change(&shop);
    shop.tenant
        .order("create_order_line_items", &second)
        .json(json!([{"Name": "Third"}]))
        .send();
    let accepted = shop.tenant.order("accept_order_change", &second).send();
    assert_eq!(accepted.json["Description"], "more");
    assert_eq!(accepted.json["Status"], "Activated");
    assert_eq!(lines(&shop, &order).len(), 3);
    shop.tenant
        .order("revert_order_change", &order)
        .send()
        .errors(400);
    let kept = shop
        .tenant
        .world
        .store
        .read(|tx| store::find(tx, "Order", By::Id, &second))
        .unwrap();
    assert_eq!(kept.unwrap().record["Status"], "Completed");
}
