//! From a cart to a quote or an order, and back.

use serde_json::json;

use super::*;

#[test]
fn a_checkout_makes_an_order_and_ends_the_cart() {
    let shop = Shop::demo();
    let got = shop.on("active", "check_out_cart").json(json!({})).send();
    assert!(refused(&got, 404).contains("no active cart"));
    data(
        &shop
            .call("create_cart")
            .json(json!({"Name": "Mine"}))
            .send(),
    );
    let got = shop.on("active", "check_out_cart").json(json!({})).send();
    assert!(refused(&got, 400).contains("no lines"));

    shop.add(json!({"ProductId": product(4), "Quantity": 2}));
    // Prices that are pending are worked out first.
    let got = shop
        .on("active", "check_out_cart")
        .json(json!({
            "Order": {"Name": "PO 4711", "Apttus_Config2__Description__c": "Before noon"},
            "Contact": {"FirstName": "Ines", "LastName": "Moreau", "Email": "ines@northwind.example"},
        }))
        .send();
    let order = data(&got).clone();
    assert_eq!(
        (&order["Name"], &order["Description"]),
        (&json!("PO 4711"), &json!("Before noon"))
    );
    assert!(shop.active().get("Id").is_none());

    let id = order["Id"].as_str().unwrap();
    let got = shop
        .call("get_record")
        .path("objectName", "orders")
        .path("recordId", id)
        .query("children", "OrderLineItems")
        .send();
    assert_eq!(data(&got)["OrderLineItems"][0]["NetPrice"], 699);
    let contacts = shop.query("Contact", json!({"conditions": [{"field": "LastName", "filterOperator": "Equal", "value": "Moreau"}]}));
    assert_eq!(contacts[0]["Name"], "Ines Moreau");
    let platform = shop.tenant.call("order", "get_order").path("Id", id);
    assert_eq!(platform.send().json["Name"], "PO 4711");
    let got = shop
        .call("get_record")
        .path("objectName", "orders")
        .path("recordId", id)
        .caller(guest("g"))
        .send();
    refused(&got, 404);
}

#[test]
fn an_order_becomes_a_cart_again() {
    let shop = Shop::demo();
    shop.add(json!([{"ProductId": product(12)}, {"ProductId": product(7), "Quantity": 5}]));
    let got = shop.on("active", "check_out_cart").json(json!({})).send();
    let order = data(&got)["Id"].as_str().unwrap().to_owned();
    let got = shop
        .call("create_cart_from_order")
        .path("orderId", &order)
        .send();
    let cart = data(&got).as_str().unwrap().to_owned();
    let active = shop.active();
    assert_eq!(active["Id"], cart);
    assert_eq!(active["LineItems"].as_array().unwrap().len(), 4);
    shop.wait();
    assert_eq!(grand_total(&shop.active()), 1_452.9);
    refused(
        &shop
            .call("create_cart_from_order")
            .path("orderId", "none")
            .send(),
        404,
    );
}

#[test]
fn a_quote_is_made_changed_and_finalized() {
    let shop = Shop::demo();
    shop.add(json!({"ProductId": product(4)}));
    let got = shop
        .on("active", "create_proposal_from_cart")
        .json(json!({"Name": "New Quote"}))
        .send();
    let quote = data(&got).clone();
    assert_eq!(
        (&quote["Name"], &quote["GrandTotal"]),
        (&json!("New Quote"), &json!(349.5))
    );
    assert!(shop.active().get("Id").is_none());
    let id = quote["Id"].as_str().unwrap();

    let got = shop
        .call("create_cart_from_quote")
        .path("quoteId", id)
        .send();
    let cart = data(&got).as_str().unwrap().to_owned();
    shop.tenant
        .world
        .clock
        .advance(std::time::Duration::from_secs(1));
    shop.add(json!({"ProductId": product(7)}));
    assert_eq!(shop.active()["Id"], cart);
    let got = shop.call("finalize_quote").path("quoteId", id).send();
    assert_eq!(data(&got)["GrandTotal"], 368.4);
    assert_eq!(
        data(&shop.on(&cart, "get_cart").send())["Status"],
        "Finalized"
    );
    assert!(shop.active().get("Id").is_none());
    let quotes = shop.query(
        "Apttus_Proposal__Proposal__c",
        json!({"children": [{"field": "ProposalLineItems"}]}),
    );
    assert_eq!(quotes[0]["ProposalLineItems"].as_array().unwrap().len(), 2);
    refused(
        &shop.call("finalize_quote").path("quoteId", "none").send(),
        404,
    );
    refused(
        &shop
            .call("create_cart_from_quote")
            .path("quoteId", "none")
            .send(),
        404,
    );
}

#[test]
fn an_incomplete_cart_is_not_checked_out() {
    let shop = Shop::demo();
    let lines = shop.add(json!({"ProductId": product(12)}));
    let kit = lines
        .iter()
        .find(|line| line["OptionId"] == product(4))
        .unwrap();
    data(
        &shop
            .on("active", "delete_cart_items")
            .json(json!([{"Id": kit["Id"]}]))
            .send(),
    );
    let got = shop.on("active", "check_out_cart").json(json!({})).send();
    assert!(refused(&got, 400).contains("AquaKit"));
    assert!(shop.active().get("Id").is_some());
    let got = shop
        .on("active", "check_out_cart")
        .json(json!({"Contact": {"Colour": "red"}}))
        .send();
    refused(&got, 400);
}
