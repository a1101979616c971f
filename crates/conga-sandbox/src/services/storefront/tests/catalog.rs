//! The storefront itself, accounts and price lists; products and their rules.

use serde_json::{Value, json};

use super::*;

#[test]
fn the_storefront_tells_what_it_sells_from() {
    let shop = Shop::demo();
    let got = shop.call("get_active_storefront").send();
    let storefront = data(&got);
    assert_eq!(storefront["Name"], "ECommerce");
    assert_eq!(storefront["CMS"], false);
    assert_eq!(storefront["DefaultPriceListId"], seed::id("PriceList", 0));
    let dollar = storefront["CurrencyTypes"].as_array().unwrap();
    let dollar = dollar
        .iter()
        .find(|currency| currency["IsoCode"] == "USD")
        .unwrap();
    assert_eq!(
        (&dollar["DecimalPlaces"], &dollar["IsCorporate"]),
        (&json!(2), &json!(true))
    );

    let got = shop.call("get_active_price_list").send();
    assert_eq!(data(&got)["Name"], "Standard USD");
    assert_eq!(data(&got)["Active"], true);
    assert_eq!(data(&got)["CurrencyIsoCode"], "USD");

    let got = shop
        .call("get_active_storefront")
        .query("alias", false)
        .send();
    assert_eq!(
        data(&got)["Apttus_WebStore__DefaultPriceListId__c"],
        seed::id("PriceList", 0)
    );
}

#[test]
fn the_account_is_the_shoppers_the_guests_or_the_one_that_is_named() {
    let shop = Shop::demo();
    let account = |request: Request<'_>| data(&request.send())["Name"].clone();
    assert_eq!(
        account(shop.call("get_default_account")),
        "Northwind Biologics"
    );
    assert_eq!(
        account(shop.call("get_default_account").caller(guest("g"))),
        "Lumen Instruments Resale"
    );
    let named = shop
        .call("get_default_account")
        .header("x-account", &seed::id("Account", 1));
    assert_eq!(account(named), "Halden Diagnostics");

    let got = shop.call("get_default_account").send();
    assert_eq!(data(&got)["PriceList"]["Name"], "Standard USD");
    assert_eq!(data(&got)["ShippingAddress"]["city"], "Boston");

    let got = shop
        .call("get_default_account")
        .header("x-account", "nobody")
        .send();
    assert!(refused(&got, 400).contains("x-account"));
}

#[test]
fn a_tenant_without_a_storefront_says_what_lacks() {
    let shop = Shop::empty();
    assert_eq!(
        data(&shop.call("get_active_storefront").send())["Name"],
        "ECommerce"
    );
    assert!(refused(&shop.call("get_default_account").send(), 404).contains("DefaultAccount"));
    assert!(refused(&shop.call("get_active_price_list").send(), 404).contains("DefaultPriceList"));
}

#[test]
fn both_versions_are_one() {
    let shop = Shop::demo();
    let old = shop
        .tenant
        .call("salesforce-cpq-v4", "get_active_price_list")
        .caller(shopper())
        .send();
    assert_eq!(data(&old), data(&shop.call("get_active_price_list").send()));
}

#[test]
fn a_product_comes_with_what_is_asked_for() {
    let shop = Shop::demo();
    let got = shop
        .call("get_product")
        .path("productId", product(12))
        .query("children", "OptionGroups,PriceLists,Categories")
        .send();
    let bundle = &data(&got)[0];
    assert_eq!(bundle["Name"], "Field Laboratory");
    assert_eq!(bundle["ConfigurationType"], "Bundle");
    assert_eq!(bundle["OptionGroups"][0]["Name"], "Contents");
    assert_eq!(bundle["PriceLists"][0]["ListPrice"], 990);
    assert_eq!(bundle["PriceLists"].as_array().unwrap().len(), 2);
    assert_eq!(bundle["Categories"].as_array().unwrap().len(), 1);

    let got = shop.call("get_product").path("productId", "none").send();
    assert!(refused(&got, 404).contains("Product2"));
    let got = shop
        .call("get_product")
        .path("productId", product(0))
        .query("children", "Wheels")
        .send();
    assert!(refused(&got, 400).contains("OptionGroups"));
}

#[test]
fn rules_come_by_product() {
    let shop = Shop::demo();
    let rules = |request: Request<'_>| {
        data(
            &request
                .json(json!([{"Id": product(4)}, {"Id": product(0)}]))
                .send(),
        )
        .clone()
    };
    let by_product = rules(shop.call("query_product_rules"));
    let rule = &by_product[&product(4)][0];
    assert_eq!(rule["Name"], "Reagents for the AquaKit");
    assert_eq!(rule["ConstraintRuleConditions"][0]["ProductId"], product(4));
    assert_eq!(
        rule["ConstraintRuleActions"][0]["ActionType"],
        "Recommendation"
    );
    assert_eq!(by_product[&product(0)], json!([]));

    let in_options = rules(
        shop.call("query_product_rules")
            .query("matchInOptions", true),
    );
    assert_eq!(in_options[&product(4)], json!([]));
    let partner = shop
        .tenant
        .call("salesforce-partner-commerce", "query_product_rules")
        .caller(shopper());
    assert_eq!(rules(partner), by_product);

    let got = shop
        .call("list_product_rules")
        .path("productId", product(4))
        .send();
    assert_eq!(data(&got), &by_product[&product(4)]);
    let got = shop
        .call("list_product_rules")
        .path("productId", "x")
        .send();
    refused(&got, 404);
    let got = shop.call("query_product_rules").json(json!([])).send();
    refused(&got, 400);
    let many: Vec<Value> = (0..1_001).map(|at| json!({"Id": at.to_string()})).collect();
    refused(
        &shop.call("query_product_rules").json(json!(many)).send(),
        400,
    );
}

#[test]
fn the_platforms_own_sessions_are_no_shoppers() {
    let shop = Shop::demo();
    let got = shop
        .tenant
        .call("salesforce-cpq-v5", "get_default_account")
        .send();
    assert!(refused(&got, 403).contains("sign in at the storefront"));
}
