//! Carts: made, changed, activated, locked, cloned, deleted.

use serde_json::json;

use crate::request::Caller;
use crate::services::commerce::shop::{Shop, make};
use crate::services::tenant::Tenant;

fn another_user() -> Caller {
    Caller::Platform {
        client_id: "sandbox-api".to_owned(),
        user_id: "00000000-0000-4000-8000-00000000000f".to_owned(),
    }
}

#[test]
fn a_cart_starts_new_and_takes_its_currency_from_its_price_list() {
    let shop = Shop::open();
    let euro = make(
        shop.tenant.call("administration", "create_price_lists"),
        json!({"Name": "Europe", "Currency": "EUR"}),
    );
    // The examples write fields in capitals, the schema in small letters: both will do.
    let got = shop
        .tenant
        .call("cart", "create_carts")
        .json(json!([{"name": "One", "priceList": {"id": euro}, "status": "Finalized"}, {"Name": "Two"}]))
        .send();
    let cart = &got.json[0];
    assert_eq!(cart["Name"], "One");
    assert_eq!(cart["Status"], "New");
    assert_eq!(cart["Currency"], "EUR");
    assert_eq!(
        cart["EffectivePriceList"],
        json!({"Id": euro, "Name": "Europe"})
    );
    assert_eq!(cart["IsPricePending"], false);
    assert_eq!(cart["VersionNumber"], 1);
    let unknown = json!([{"Name": "Three", "PriceList": {"Id": "none"}}]);
    let got = shop
        .tenant
        .call("cart", "create_carts")
        .json(unknown)
        .send();
    assert!(got.errors(400)[0].contains("no price list 'none'"));
}

#[test]
fn carts_are_listed_by_filter_and_sort() {
    let shop = Shop::open();
    let list = shop.tenant.call("cart", "list_carts");
    assert_eq!(list.send().status, 204);
    let ids = [shop.cart(), shop.cart(), shop.cart()];
    shop.on(&ids[1], "update_cart")
        .json(json!({"Name": "Another"}))
        .send();
    let got = shop
        .tenant
        .call("cart", "list_carts")
        .query("sort", "asc(Name)")
        .query("limit", 2)
        .send();
    assert_eq!(got.headers["content-range"], "items 0-1/3");
    assert_eq!(got.json[0]["Id"], ids[1].as_str());
    let got = shop
        .tenant
        .call("cart", "list_carts")
        .query("filter", "eq(Name:'another')")
        .send();
    assert_eq!(got.json.as_array().unwrap().len(), 1);
}

#[test]
fn an_update_cannot_set_what_the_service_sets() {
    let shop = Shop::open();
    let cart = shop.cart();
    let got = shop
        .on(&cart, "update_cart")
        .json(json!({"Status": "Finalized", "IsPricePending": true, "Comments": "hm", "VersionNumber": 9}))
        .send();
    assert_eq!(got.json["Status"], "New");
    assert_eq!(got.json["IsPricePending"], false);
    assert_eq!(got.json["Comments"], "hm");
    let many = shop
        .tenant
        .call("cart", "update_carts")
        .json(json!([{"Id": cart, "Comments": "so"}, {"Id": "none"}]))
        .send();
    many.errors(404);
    assert_eq!(shop.on(&cart, "get_cart").send().json["Comments"], "hm");
}

#[test]
fn another_price_list_prices_the_lines_anew() {
    let shop = Shop::open();
    let cart = shop.cart();
    shop.add(&cart, &shop.sensor, json!({}));
    assert_eq!(shop.sum(&cart, "Grand Total"), 100.0);
    let cheap = make(
        shop.tenant.call("administration", "create_price_lists"),
        json!({
            "Name": "Cheap", "Currency": "USD", "BasedOnPriceList": {"Id": shop.list},
            "BasedOnAdjustmentType": "% Discount", "BasedOnAdjustmentAmount": 12.5,
        }),
    );
    shop.on(&cart, "update_cart")
        .json(json!({"PriceList": {"Id": cheap}}))
        .send();
    let lines = shop.lines(&cart);
    assert_eq!(lines[0]["ListPrice"], 100);
    assert_eq!(lines[0]["BasePrice"], 87.5);
    assert_eq!(shop.sum(&cart, "Grand Total"), 87.5);
}

#[test]
fn only_new_and_saved_carts_are_activated_and_abandoned() {
    let shop = Shop::open();
    let cart = shop.cart();
    let got = shop.on(&cart, "activate_cart").send();
    assert_eq!((got.status, &got.json["Status"]), (200, &json!("Saved")));
    assert!(got.json["ActivationDate"].is_string());
    assert_eq!(
        shop.on(&cart, "abandon_cart").send().json["Status"],
        "Abandoned"
    );
    shop.on(&cart, "activate_cart").send().errors(400);
    shop.on(&cart, "abandon_cart").send().errors(409);
    shop.on(&cart, "migrate_cart").send().errors(400);
    let row = json!([{"Product": {"Id": shop.sensor}}]);
    let refused = shop.on(&cart, "create_cart_items").json(row).send();
    assert!(refused.errors(422)[0].contains("the cart is Abandoned"));
}

#[test]
fn the_lock_keeps_others_out() {
    let shop = Shop::open();
    let cart = shop.cart();
    let as_other = |operation| shop.on(&cart, operation).caller(another_user());
    assert_eq!(
        shop.on(&cart, "lock_cart").send().json["Status"],
        "Acquired"
    );
    as_other("lock_cart").send().errors(400);
    assert_eq!(
        as_other("lock_cart").query("queue", true).send().json["Status"],
        "Requested"
    );
    let row = json!([{"Product": {"Id": shop.sensor}}]);
    as_other("create_cart_items")
        .json(row.clone())
        .send()
        .errors(422);
    as_other("unlock_cart").send().errors(400);
    assert_eq!(
        shop.on(&cart, "create_cart_items")
            .json(row.clone())
            .send()
            .status,
        200
    );
    assert_eq!(shop.on(&cart, "unlock_cart").send().status, 200);
    shop.on(&cart, "unlock_cart").send().errors(400);
    assert_eq!(as_other("create_cart_items").json(row).send().status, 200);
}

#[test]
fn a_clone_has_lines_and_adjustments_of_its_own() {
    let shop = Shop::open();
    let cart = shop.cart();
    let line = shop.add(&cart, &shop.sensor, json!({"Quantity": 3}))[0].clone();
    shop.add(&cart, &shop.bundle, json!({}));
    let row = json!([{"LineItem": {"Id": line["Id"]}, "AdjustmentType": "% Discount", "AdjustmentAmount": 10}]);
    assert_eq!(
        shop.on(&cart, "create_cart_adjustments")
            .json(row)
            .send()
            .status,
        200
    );
    let total = shop.sum(&cart, "Grand Total");

    shop.on(&cart, "clone_cart")
        .json(json!({}))
        .send()
        .errors(400);
    let got = shop
        .on(&cart, "clone_cart")
        .query("price", true)
        .json(json!({"name": "Copy"}))
        .send();
    let copy = got.json["Id"].as_str().unwrap();
    assert_eq!(
        (&got.json["Name"], &got.json["Status"]),
        (&json!("Copy"), &json!("New"))
    );
    assert_eq!(shop.sum(copy, "Grand Total"), total);
    let gone = json!([{"primaryLineNumber": 1}]);
    assert_eq!(
        shop.on(copy, "delete_cart_items").json(gone).send().status,
        200
    );
    assert_eq!(shop.sum(&cart, "Grand Total"), total);

    let part = shop
        .on(&cart, "clone_cart")
        .query("price", true)
        .json(json!({"lineNumbers": [2]}))
        .send();
    let lines = shop.lines(part.json["Id"].as_str().unwrap());
    assert_eq!(lines[0]["Name"], "Bundle");
    assert_eq!(
        lines[1]["ParentBundleNumber"],
        lines[0]["PrimaryLineNumber"]
    );
    let none = json!({"lineNumbers": [99]});
    shop.on(&cart, "clone_cart")
        .query("price", true)
        .json(none)
        .send()
        .errors(422);
}

#[test]
fn lines_are_cloned_from_another_cart() {
    let shop = Shop::open();
    let (from, to) = (shop.cart(), shop.cart());
    shop.add(
        &from,
        &shop.sensor,
        json!({"AdjustmentType": "% Discount", "AdjustmentAmount": 50}),
    );
    shop.add(&to, &shop.sensor, json!({}));
    let got = shop
        .on(&to, "clone_cart_lines")
        .query("sourceCartId", &from)
        .json(json!({"lineNumbers": [1], "excludeAdjustment": true}))
        .send();
    assert_eq!(got.json[0]["PrimaryLineNumber"], 2);
    assert_eq!(shop.sum(&to, "Grand Total"), 200.0);
    shop.on(&to, "clone_cart_lines")
        .query("sourceCartId", &from)
        .json(json!({}))
        .send();
    assert_eq!(shop.sum(&to, "Grand Total"), 250.0);
    shop.on(&to, "clone_cart_lines")
        .json(json!({}))
        .send()
        .errors(400);
    shop.on(&to, "clone_cart_lines")
        .query("sourceCartId", "none")
        .json(json!({}))
        .send()
        .errors(404);
}

#[test]
fn a_deleted_cart_takes_its_lines_along() {
    let shop = Shop::open();
    let cart = shop.cart();
    shop.add(&cart, &shop.bundle, json!({}));
    assert_eq!(shop.on(&cart, "delete_cart").send().status, 200);
    shop.on(&cart, "get_cart").send().errors(404);
    // Its prices were pending; nobody misses them.
    shop.wait();
    assert_eq!(shop.tenant.call("cart", "list_carts").send().status, 204);
    let (one, fixed) = (shop.cart(), shop.finalized());
    let got = shop
        .tenant
        .call("cart", "delete_carts")
        .json(json!([{"id": one}, {"id": fixed}]))
        .send();
    got.errors(422);
    assert_eq!(shop.on(&one, "get_cart").send().status, 200);
}

#[test]
fn a_quote_gets_a_cart_and_later_a_new_version_of_it() {
    let shop = Shop::open();
    let account = shop
        .tenant
        .call("data", "create_account")
        .json(json!({"Name": "Northwind", "PriceList": {"Id": shop.list}}))
        .send();
    let account = account.data(201).as_str().unwrap().to_owned();
    let quote = make(
        shop.tenant.call("quote", "create_quotes"),
        json!({"Name": "Lab", "Account": {"Id": account}}),
    );
    let of_quote = |operation| shop.tenant.call("cart", operation).path("quoteId", &quote);
    of_quote("get_active_quote_cart").send().errors(404);
    let got = of_quote("activate_quote_cart")
        .json(json!({"contractNumbers": "C-1"}))
        .send();
    assert_eq!(got.status, 200, "{}", got.json);
    let cart = got.json["Id"].as_str().unwrap().to_owned();
    assert_eq!(got.json["BusinessObjectId"], quote.as_str());
    assert_eq!(got.json["ContractNumbers"], "C-1");
    assert_eq!(got.json["PriceList"]["Id"], shop.list.as_str());
    assert_eq!(
        of_quote("activate_quote_cart").json(json!({})).send().json["Id"],
        cart.as_str()
    );

    shop.add(&cart, &shop.sensor, json!({"Quantity": 2}));
    shop.wait();
    assert_eq!(
        shop.on(&cart, "finalize_cart")
            .json(json!({}))
            .send()
            .status,
        200
    );
    let kept = shop
        .tenant
        .call("quote", "get_quote")
        .path("Id", &quote)
        .send();
    assert_eq!(kept.json["GrandTotal"]["Value"], 200);

    let of_object = |operation| {
        let request = shop
            .tenant
            .call("cart", operation)
            .path("businessObjectId", &quote);
        request.query("type", "Proposal")
    };
    let newer = of_object("reactivate_business_object_cart").send();
    assert_eq!(newer.json["VersionNumber"], 2);
    assert_eq!(newer.json["Ancestor"]["Id"], cart.as_str());
    let newer = newer.json["Id"].as_str().unwrap().to_owned();
    shop.add(&newer, &shop.sensor, json!({}));
    shop.wait();
    assert_eq!(
        shop.on(&newer, "finalize_cart")
            .json(json!({}))
            .send()
            .status,
        200
    );
    assert_eq!(
        shop.on(&cart, "get_cart").send().json["Status"],
        "Superseded"
    );
    let kept = shop
        .tenant
        .call("quote", "get_quote")
        .path("Id", &quote)
        .send();
    assert_eq!(kept.json["GrandTotal"]["Value"], 300);
    assert_eq!(
        of_object("get_active_business_object_cart").send().json["Id"],
        newer.as_str()
    );
    let wrong = shop
        .tenant
        .call("cart", "get_active_business_object_cart")
        .path("businessObjectId", &quote);
    wrong.query("type", "Table").send().errors(400);
}

#[test]
fn the_latest_cart_of_a_quote_is_made_if_it_is_absent() {
    let shop = Shop::open();
    let latest = |filter: &str| {
        let request = shop.tenant.call("cart", "get_active_cart");
        request.query("filter", filter).send()
    };
    let quote = make(
        shop.tenant.call("quote", "create_quotes"),
        json!({"Name": "Lab", "PriceList": {"Id": shop.list}}),
    );
    assert_eq!(latest("eq(Name:'nothing')").status, 204);
    let filter = format!("eq(BusinessObjectId:'{quote}')");
    let got = latest(&filter);
    assert_eq!((got.status, &got.json["Status"]), (200, &json!("New")));
    assert_eq!(latest(&filter).json["Id"], got.json["Id"]);
    assert_eq!(latest("eq(BusinessObjectId:'none')").status, 404);
}

#[test]
fn what_is_not_there_is_not_found() {
    let tenant = Tenant::empty();
    for operation in [
        "get_cart_status",
        "list_cart_items",
        "activate_cart",
        "calculate_cart_totals",
    ] {
        let got = tenant
            .call("cart", operation)
            .path("cartId", "x' OR 1=1 --")
            .send();
        assert!(
            got.errors(404)[0].contains("no Cart has the Id"),
            "{operation}"
        );
    }
}
