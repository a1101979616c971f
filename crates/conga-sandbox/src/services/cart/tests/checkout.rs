//! Finalizing, and what comes of it.

use serde_json::json;

use crate::services::commerce::shop::{Shop, make};

#[test]
fn a_cart_is_finalized_once_it_is_complete() {
    let shop = Shop::open();
    let cart = shop.cart();
    let finalize = || {
        shop.on(&cart, "finalize_cart")
            .json(json!({"hasAcceptedWarning": true}))
            .send()
    };
    assert!(finalize().errors(400)[0].contains("has no lines"));
    shop.add(&cart, &shop.bundle, json!({}));
    assert!(finalize().errors(400)[0].contains("being worked out"));
    let validated = shop
        .on(&cart, "validate_cart")
        .query("actionName", "Finalize")
        .json(json!({}))
        .send();
    assert_eq!(
        (validated.status, &validated.json["IsValid"]),
        (202, &json!(false))
    );
    shop.priced(&cart);
    assert_eq!(
        finalize().errors(400),
        ["'Bundle': the group 'Optics' needs 1 options, not 0"]
    );
    let rows = json!([{"ParentBundleNumber": 1, "Option": {"Id": shop.lens}}]);
    shop.on(&cart, "create_cart_items").json(rows).send();
    shop.priced(&cart);
    shop.on(&cart, "get_finalized_cart").send().errors(404);
    let got = finalize();
    assert_eq!(
        (got.status, &got.json["Status"]),
        (200, &json!("Finalized"))
    );
    assert!(got.json["FinalizedDate"].is_string());
    assert_eq!(shop.on(&cart, "get_finalized_cart").send().status, 200);
    finalize().errors(400);
    let rows = json!([{"Product": {"Id": shop.sensor}}]);
    shop.on(&cart, "create_cart_items")
        .json(rows)
        .send()
        .errors(422);
    shop.on(&cart, "delete_cart").send().errors(422);
}

#[test]
fn a_cart_yields_quotes_with_its_lines_and_amounts() {
    let shop = Shop::open();
    let cart = shop.cart();
    shop.add(&cart, &shop.bundle, json!({}));
    let rows = json!([{"ParentBundleNumber": 1, "Option": {"Id": shop.lens}}]);
    shop.on(&cart, "create_cart_items").json(rows).send();
    shop.priced(&cart);
    let quote = |name: &str| {
        let request = shop
            .on(&cart, "create_quote_from_cart")
            .query("includes", "line-items");
        request.json(json!({"name": name})).send()
    };
    let got = quote("Lab");
    assert_eq!(got.status, 200, "{}", got.json);
    assert_eq!(got.json["Name"], "Lab");
    assert_eq!(got.json["ApprovalStage"], "Draft");
    assert_eq!(got.json["ProposalNumber"], "Q-00000001");
    assert_eq!(
        got.json["GrandTotal"],
        json!({"Value": 1116.66, "DisplayValue": 1116.66, "CurrencyCode": "USD", "CurrencySymbol": "$"})
    );
    let lines = got.json["LineItems"].as_array().unwrap();
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[0]["NetPrice"], 1116.66);
    assert_eq!(lines[0]["Proposal"]["Id"], got.json["Id"]);
    assert!(lines[0].get("Configuration").is_none());
    assert_eq!(
        shop.on(&cart, "get_cart").send().json["Status"],
        "Finalized"
    );
    assert_eq!(quote("Another").json["ProposalNumber"], "Q-00000002");
    shop.on(&shop.cart(), "create_quote_from_cart")
        .json(json!({}))
        .send()
        .errors(400);
}

#[test]
fn a_cart_is_checked_out_into_an_order() {
    let shop = Shop::open();
    let cart = shop.cart();
    shop.add(&cart, &shop.sensor, json!({"Quantity": 3}));
    shop.priced(&cart);
    let got = shop
        .on(&cart, "create_order_from_cart")
        .json(json!({"PONumber": "4711", "Status": "Activated"}))
        .send();
    assert_eq!(got.status, 200, "{}", got.json);
    assert_eq!(
        (&got.json["Status"], &got.json["PONumber"]),
        (&json!("Draft"), &json!("4711"))
    );
    assert_eq!(got.json["OrderAmount"]["Value"], 300);
    let kept = shop.on(&cart, "get_cart").send().json;
    assert_eq!(kept["Order"]["Id"], got.json["Id"]);
    assert_eq!(kept["Status"], "Finalized");
    let lines = shop.tenant.call("order", "list_order_line_items");
    let lines = lines
        .path("ParentId", got.json["Id"].as_str().unwrap())
        .send();
    assert_eq!(lines.json[0]["NetPrice"], 300);

    let cart = shop.cart();
    shop.add(&cart, &shop.sensor, json!({}));
    shop.priced(&cart);
    let got = shop
        .on(&cart, "create_order_from_cart")
        .query("isAsync", true)
        .json(json!({}))
        .send();
    assert_eq!(got.status, 202);
    let job = shop
        .tenant
        .call("order", "get_job_status")
        .path("id", got.json["JobId"].as_str().unwrap());
    assert_eq!(job.send().json["Status"], "Completed");
    let by_record = shop.tenant.call("quote", "get_job_status");
    let by_record = by_record
        .path("jobId", got.json["OrderId"].as_str().unwrap())
        .send();
    assert_eq!(by_record.json["OperationName"], "CheckoutCart");
}

#[test]
fn a_cart_for_an_order_completes_that_order() {
    let shop = Shop::open();
    let order = make(
        shop.tenant.call("order", "create_orders"),
        json!({"Name": "Direct"}),
    );
    let row = json!({"Name": "C", "PriceList": {"Id": shop.list}, "BusinessObjectType": "Order", "BusinessObjectId": order});
    let cart = make(shop.tenant.call("cart", "create_carts"), row);
    shop.add(&cart, &shop.sensor, json!({}));
    shop.priced(&cart);
    let got = shop
        .on(&cart, "create_order_from_cart")
        .json(json!({}))
        .send();
    assert_eq!(
        (&got.json["Id"], &got.json["Name"]),
        (&json!(order), &json!("Direct"))
    );
    assert_eq!(got.json["OrderAmount"]["Value"], 100);
}
