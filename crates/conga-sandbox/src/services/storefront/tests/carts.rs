//! Carts and their lines.

use serde_json::json;

use super::*;

#[test]
fn without_a_cart_a_prefilled_one_comes_which_the_first_product_stores() {
    let shop = Shop::demo();
    let cart = shop.active();
    assert!(cart.get("Id").is_none());
    assert_eq!(cart["NumberOfItems"], 0);
    assert_eq!(cart["PriceList"]["Name"], "Standard USD");
    assert_eq!(cart["Account"]["Name"], "Northwind Biologics");

    let lines = shop.add(json!({"ProductId": product(4), "Quantity": 3}));
    assert_eq!(lines[0]["ProductId"], product(4));
    assert_eq!(lines[0]["PricingStatus"], "Pending");
    let cart = shop.active();
    assert_eq!(
        (&cart["IsPricePending"], &cart["Status"]),
        (&json!(true), &json!("New"))
    );
    shop.wait();
    let cart = shop.active();
    assert_eq!(cart["IsPricePending"], false);
    assert_eq!(cart["LineItems"][0]["NetPrice"], 1_048.5);
    assert_eq!(grand_total(&cart), 1_048.5);
    assert_eq!(
        data(&shop.on(cart["Id"].as_str().unwrap(), "get_cart").send()),
        &cart
    );
    refused(&shop.on("none", "get_cart").send(), 404);
}

#[test]
fn a_tenant_without_prices_sells_nothing() {
    let shop = Shop::empty();
    assert!(shop.active().get("PriceListId").is_none());
    let got = shop
        .on("active", "add_cart_items")
        .json(json!({"ProductId": product(4)}))
        .send();
    assert!(refused(&got, 422).contains("price list"));
    // Nothing is left of the cart that was to be made.
    assert!(shop.active().get("Id").is_none());
}

#[test]
fn a_new_cart_becomes_the_active_one() {
    let shop = Shop::demo();
    let create = |name: &str| {
        let got = shop
            .call("create_cart")
            .json(json!({"Name": name, "PriceListId": seed::id("PriceList", 1)}))
            .send();
        data(&got)[0].clone()
    };
    let first = create("First");
    assert_eq!(
        (&first["Name"], &first["CurrencyIsoCode"]),
        (&json!("First"), &json!("EUR"))
    );
    let second = create("Second");
    assert_eq!(shop.active()["Id"], second["Id"]);
    assert_eq!(
        data(&shop.on(first["Id"].as_str().unwrap(), "get_cart").send())["Name"],
        "First"
    );

    let got = shop
        .on("active", "update_cart")
        .query("alias", false)
        .json(json!({"Name": "Renamed", "Apttus_Config2__PriceListId__c": seed::id("PriceList", 0), "Status": "Finalized"}))
        .send();
    let updated = &data(&got)[0];
    assert_eq!(
        (&updated["Name"], &updated["Id"]),
        (&json!("Renamed"), &second["Id"])
    );
    assert_eq!(
        updated["Apttus_Config2__PriceListId__c"],
        seed::id("PriceList", 0)
    );
    assert_eq!(
        updated["Apttus_Config2__PriceListId__r"]["Name"],
        "Standard USD"
    );
    assert_eq!(updated["Apttus_Config2__Status__c"], "New");
    assert_eq!(updated["Apttus_Config2__LineItems__r"], json!([]));

    let got = shop
        .on("active", "update_cart")
        .json(json!({"PriceListId": "none"}))
        .send();
    assert!(refused(&got, 400).contains("'none'"));

    let gone = shop.on("active", "delete_cart").send();
    assert_eq!(gone.status, 204);
    assert!(shop.active().get("Id").is_none());
    refused(
        &shop.on(second["Id"].as_str().unwrap(), "get_cart").send(),
        404,
    );
    refused(&shop.on("active", "delete_cart").send(), 404);
}

#[test]
fn everybody_has_carts_of_their_own() {
    let shop = Shop::demo();
    shop.add(json!({"ProductId": product(0)}));
    let cart = shop.active()["Id"].as_str().unwrap().to_owned();
    for other in [guest("one"), guest("two")] {
        let call = |operation| {
            shop.tenant
                .call("salesforce-cpq-v4", operation)
                .caller(other.clone())
        };
        assert!(
            data(&call("get_cart").path("cartId", "active").send())
                .get("Id")
                .is_none()
        );
        refused(&call("get_cart").path("cartId", &cart).send(), 404);
        refused(&call("delete_cart").path("cartId", &cart).send(), 404);
        refused(&call("price_cart").path("cartId", &cart).send(), 404);
        let lines = call("query_records")
            .path("objectName", "Apttus_Config2__LineItem__c")
            .json(json!({}));
        assert_eq!(data(&lines.send()), &json!([]));
        let own = call("add_cart_items")
            .path("cartId", "active")
            .json(json!({"ProductId": product(4)}));
        assert_eq!(data(&own.send())["LineItems"].as_array().unwrap().len(), 1);
        let carts =
            call("list_records").path("objectName", "Apttus_Config2__ProductConfiguration__c");
        assert_eq!(data(&carts.send()).as_array().unwrap().len(), 1);
    }
    let app_call = shop.on(&cart, "get_cart").caller(app());
    assert_eq!(data(&app_call.send())["Id"], cart);
    let carts = shop
        .call("list_records")
        .path("objectName", "Apttus_Config2__ProductConfiguration__c")
        .caller(app());
    assert_eq!(data(&carts.send()).as_array().unwrap().len(), 3);
}

#[test]
fn the_platforms_cart_service_sees_the_same_cart() {
    let shop = Shop::demo();
    shop.add(json!({"ProductId": product(9), "Quantity": 2}));
    shop.wait();
    let cart = shop.active();
    let got = shop
        .tenant
        .call("cart", "get_cart_status")
        .path("cartId", cart["Id"].as_str().unwrap())
        .send();
    assert_eq!(
        got.json["CartResponse"]["LineItems"][0]["NetPrice"],
        cart["LineItems"][0]["NetPrice"]
    );
}

#[test]
fn a_bundle_comes_with_its_options_and_goes_with_them() {
    let shop = Shop::demo();
    let lines = shop.add(json!({"ProductId": product(12), "Quantity": 2}));
    assert_eq!(lines.len(), 3, "{lines:#?}");
    let options: Vec<_> = lines
        .iter()
        .filter(|line| line["LineType"] == "Option")
        .collect();
    assert_eq!(options.len(), 2);
    shop.wait();
    let cart = shop.active();
    // Twice the bundle, a kit and vials.
    assert_eq!(grand_total(&cart), 2_716.8);

    let kit = options
        .iter()
        .find(|line| line["OptionId"] == product(4))
        .unwrap();
    let got = shop
        .on("active", "update_cart_item")
        .path("cartItemId", kit["Id"].as_str().unwrap())
        .json(json!({"Quantity": 11}))
        .send();
    assert!(refused(&got, 422).contains("AquaKit"));

    let got = shop
        .on("active", "delete_cart_items")
        .json(json!([{"Id": lines[0]["Id"]}, {"Id": "none"}]))
        .send();
    let results = data(&got);
    assert_eq!(
        (&results[0]["success"], &results[1]["success"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(results[1]["errors"][0]["statusCode"], "ENTITY_IS_DELETED");
    assert_eq!(shop.active()["LineItems"], json!([]));
}

#[test]
fn lines_are_sent_in_each_of_the_published_forms() {
    let shop = Shop::demo();
    let lines = shop.add(json!({
        "LineItem": {
            "attributes": {"type": "Apttus_Config2__LineItem__c"},
            "Apttus_Config2__LineNumber__c": "1.0",
            "Apttus_Config2__PricingStatus__c": "Pending",
            "Apttus_Config2__Product__c": product(3),
            "Apttus_Config2__ConfigurationId__c": "a1I000000000001",
            "Apttus_Config2__Quantity__C": 4,
            "Apttus_Config2__SellingTerm__c": null,
        },
        "ProductAttributes": {"attributes": {}, "Bore__c": "DN50"},
    }));
    assert_eq!(
        (&lines[0]["Quantity"], &lines[0]["LineNumber"]),
        (&json!(4), &json!(1))
    );
    assert_eq!(lines[0]["Attribute"], json!({"Bore": "DN50"}));
    let many =
        shop.add(json!([{"ProductId": product(0)}, {"ProductId": product(10), "SellingTerm": 24}]));
    assert_eq!(many.len(), 2);

    let update = json!([
        {"LineItem": {"Id": many[0]["Id"], "Apttus_Config2__Quantity__C": 2}, "ProductAttributes": {"attributes": {}}},
        {"LineItem": {"Id": lines[0]["Id"], "Quantity": 1}},
    ]);
    let got = shop
        .on("active", "update_cart_item")
        .path("cartItemId", "items")
        .query("alias", false)
        .json(update)
        .send();
    let updated = data(&got)["LineItems"].as_array().unwrap();
    assert_eq!(updated[0]["Apttus_Config2__Quantity__c"], 2);
    shop.wait();
    let cart = shop.active();
    assert_eq!(cart["LineItems"][2]["NetPrice"], 5_256);

    for (body, status) in [
        (json!([]), 400),
        (json!({"ProductId": "none"}), 422),
        (json!({"Quantity": 1}), 422),
        (json!({"ProductId": product(0), "Quantity": -1}), 422),
        (json!({"ProductId": product(0), "Quantity": 1e300}), 422),
    ] {
        let got = shop
            .on("active", "add_cart_items")
            .json(body.clone())
            .send();
        refused(&got, status);
    }
    let got = shop
        .on("active", "update_cart_item")
        .path("cartItemId", "none")
        .json(json!({"Quantity": 1}))
        .send();
    refused(&got, 404);
}

#[test]
fn rules_come_with_the_lines_of_their_products() {
    let shop = Shop::demo();
    let got = shop
        .on("active", "add_cart_items")
        .json(json!({"ProductId": product(4)}))
        .send();
    assert_eq!(
        data(&got)["ConstraintRules"][0]["Name"],
        "Reagents for the AquaKit"
    );
    let got = shop
        .on("active", "add_cart_items")
        .json(json!({"ProductId": product(0)}))
        .send();
    assert_eq!(data(&got)["ConstraintRules"], json!([]));
}

#[test]
fn a_price_call_answers_the_prices() {
    let shop = Shop::demo();
    let add = |at| {
        shop.on("active", "add_cart_items")
            .query("price", "skip")
            .json(json!({"ProductId": product(at)}))
    };
    data(&add(4).send());
    data(&add(7).send());
    shop.wait();
    let cart = shop.active();
    assert_eq!(cart["IsPricePending"], false);
    assert_eq!(cart["LineItems"][0]["PricingStatus"], "Pending");

    let got = shop
        .on("active", "price_cart")
        .query("lineNumber", "2.0")
        .send();
    let lines = data(&got)["LineItems"].as_array().unwrap();
    assert_eq!(lines.len(), 1);
    assert_eq!(
        (&lines[0]["ProductId"], &lines[0]["NetPrice"]),
        (&json!(product(7)), &json!(18.9))
    );
    assert_eq!(grand_total(data(&got)), 368.4);
    let partner = shop
        .tenant
        .call("salesforce-partner-commerce", "price_cart")
        .caller(shopper());
    let got = partner.path("cartId", "active").send();
    assert_eq!(data(&got)["LineItems"].as_array().unwrap().len(), 2);
    let got = shop
        .on("active", "price_cart")
        .query("lineNumber", "two")
        .send();
    assert!(refused(&got, 400).contains("lineNumber"));
}

#[test]
fn a_clone_becomes_active_and_an_abandoned_cart_does_not_change() {
    let shop = Shop::demo();
    shop.add(json!([{"ProductId": product(4)}, {"ProductId": product(12)}]));
    let first = shop.active()["Id"].clone();
    let got = shop.on("active", "clone_cart").send();
    let copy = data(&got).clone();
    assert_ne!(copy["Id"], first);
    assert_eq!(copy["LineItems"].as_array().unwrap().len(), 4);
    assert_eq!(shop.active()["Id"], copy["Id"]);

    let got = shop.on("active", "abandon_cart").send();
    assert_eq!(data(&got)["Status"], "Abandoned");
    assert!(shop.active().get("Id").is_none());
    let id = copy["Id"].as_str().unwrap();
    refused(&shop.on(id, "abandon_cart").send(), 409);
    let got = shop
        .on(id, "add_cart_items")
        .json(json!({"ProductId": product(0)}))
        .send();
    assert!(refused(&got, 422).contains("Abandoned"));
}

#[test]
fn lines_whose_product_or_price_has_changed_are_revalidated() {
    let shop = Shop::demo();
    let lines = shop.add(
        json!([{"ProductId": product(4)}, {"ProductId": product(6)}, {"ProductId": product(7)}]),
    );
    shop.wait();
    let to_validate = || data(&shop.on("active", "list_cart_items_to_validate").send()).clone();
    assert_eq!(to_validate(), json!({"required": [], "optional": []}));

    let administer = |operation, row| {
        let got = shop
            .tenant
            .call("administration", operation)
            .json(json!([row]))
            .send();
        assert!(got.status < 300, "{}", got.json);
    };
    administer(
        "update_products",
        json!({"Id": product(6), "IsActive": false}),
    );
    let price = json!({"Id": seed::id("PriceListItem", 14), "ListPrice": {"Value": 20}});
    let got = shop
        .tenant
        .call("administration", "update_price_list_items")
        .path("parentId", seed::id("PriceList", 0))
        .json(json!([price]))
        .send();
    assert!(got.status < 300, "{}", got.json);

    let found = to_validate();
    assert_eq!(found["required"][0]["ProductId"], product(6));
    assert_eq!(found["optional"][0]["ProductId"], product(7));
    let ids: Vec<&Value> = lines.iter().map(|line| &line["Id"]).collect();
    let got = shop
        .on("active", "validate_cart_items")
        .json(json!(ids))
        .send();
    assert_eq!(data(&got)["deletedLineItems"], json!([2]));
    assert_eq!(data(&got)["updatedLines"].as_array().unwrap().len(), 2);
    assert_eq!(data(&got)["hasErrors"], false);
    shop.wait();
    assert_eq!(grand_total(&shop.active()), 369.5);
    assert_eq!(to_validate(), json!({"required": [], "optional": []}));
    let got = shop
        .on("active", "validate_cart_items")
        .json(json!(["none"]))
        .send();
    assert_eq!(data(&got)["hasErrors"], true);
}

#[test]
fn the_lines_of_a_cart_are_queried() {
    let shop = Shop::demo();
    shop.add(json!([{"ProductId": product(4), "Quantity": 2}, {"ProductId": product(10)}]));
    shop.wait();
    let cart = shop.active();
    let conditions =
        json!([{"field": "ConfigurationId", "filterOperator": "Equal", "value": cart["Id"]}]);
    let found = shop.query("Apttus_Config2__LineItem__c", json!({
        "alias": false,
        "conditions": conditions,
        "lookups": [{"field": "Product", "children": [{"field": "PriceLists"}]}, {"field": "Configuration"}],
        "children": [{"field": "AdjustmentLineItems"}],
    }));
    assert_eq!(found.len(), 2);
    assert_eq!(
        found[0]["Apttus_Config2__ConfigurationId__r"]["Name"],
        cart["Name"]
    );
    assert_eq!(
        found[0]["Apttus_Config2__AdjustmentLineItems__r"],
        json!([])
    );
    assert!(found[0].get("Apttus_Config2__PricingSteps__c").is_none());

    let sums = shop.query("Apttus_Config2__LineItem__c", json!({
        "aggregate": true,
        "groupBy": ["Apttus_Config2__ProductId__r.Family"],
        "aggregateFields": [{"field": "NetPrice", "aggregateType": "SUM"}],
        "conditions": [{"field": "apttus_config2__configurationid__r.Status", "filterOperator": "Equal", "value": "New"}],
        "sortOrder": [{"field": "Family"}],
    }));
    assert_eq!(
        sums,
        [
            json!({"Family": "Kit", "SUM_NetPrice": 699, "total_records": 1}),
            json!({"Family": "Service", "SUM_NetPrice": 2_628, "total_records": 1}),
        ]
    );
    let found = shop.query("Apttus_Config2__ProductConfiguration__c", json!({
        "joins": [{"apiName": "Apttus_Config2__LineItem__c", "fromAttribute": "Id", "toAttribute": "ConfigurationId",
            "conditions": [{"field": "Product.ProductCode", "filterOperator": "Equal", "value": "AQK-1"}]}],
        "children": [{"field": "SummaryGroups", "filters": [
            {"conditions": [{"field": "LineType", "filterOperator": "Equal", "value": "Grand Total"}]},
        ]}],
    }));
    assert_eq!(found.len(), 1);
    assert_eq!(grand_total(&found[0]), 3_327);
}
