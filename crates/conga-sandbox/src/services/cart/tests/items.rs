//! Lines: added, changed, deleted, with the options of bundles.

use serde_json::{Value, json};

use crate::services::commerce::shop::Shop;
use crate::services::tenant::Tenant;

fn column(lines: &[Value], field: &str) -> Vec<Value> {
    lines.iter().map(|line| line[field].clone()).collect()
}

#[test]
fn a_product_has_a_line_for_each_of_its_charges() {
    let shop = Shop::open();
    let cart = shop.cart();
    shop.add(&cart, &shop.sensor, json!({}));
    let lines = shop.add(&cart, &shop.cloud, json!({"Quantity": 5}));
    assert_eq!(
        column(&lines, "ChargeType"),
        ["Subscription Fee", "Set-up Fee"]
    );
    assert_eq!(column(&lines, "PrimaryLineNumber"), [2, 2]);
    assert_eq!(column(&lines, "ItemSequence"), [1, 2]);
    assert_eq!(column(&lines, "IsPrimaryLine"), [true, false]);
    assert_eq!(column(&lines, "PricingStatus"), ["Pending", "Pending"]);
    assert_eq!(lines[0]["SellingTerm"], 12);
    let lines = shop.lines(&cart);
    // 5 x 12 x 10.50, and a set-up that does not grow with the quantity.
    assert_eq!(
        column(&lines, "NetPrice"),
        [json!(100), json!(630), json!(200)]
    );
    assert_eq!(shop.sum(&cart, "Total (Monthly)"), 630.0);
    assert_eq!(shop.sum(&cart, "Total (One Time)"), 300.0);
    assert_eq!(shop.sum(&cart, "Subtotal - Set-up Fee (One Time)"), 200.0);
    assert_eq!(shop.sum(&cart, "Grand Total"), 930.0);
}

#[test]
fn a_bundle_comes_with_its_options() {
    let shop = Shop::open();
    let cart = shop.cart();
    let lines = shop.add(&cart, &shop.bundle, json!({"Quantity": 3}));
    // The lamp is required, two for each bundle.
    assert_eq!(column(&lines, "Name"), ["Bundle", "Lamp"]);
    assert_eq!(column(&lines, "LineType"), ["Product/Service", "Option"]);
    assert_eq!(column(&lines, "LineNumber"), [1, 1]);
    assert_eq!(lines[1]["ParentBundleNumber"], 1);
    assert_eq!(lines[1]["Product"]["Name"], "Bundle");
    assert_eq!(lines[1]["Option"]["Name"], "Lamp");
    assert_eq!(lines[0]["ConfigStatus"], "Pending");
    let rows = json!([{"ParentBundleNumber": 1, "Option": {"Id": shop.lens}, "Quantity": 1},
                      {"ParentBundleNumber": 1, "Option": {"Id": shop.case}}]);
    let got = shop.on(&cart, "create_cart_items").json(rows).send();
    assert_eq!(
        column(got.json.as_array().unwrap(), "PrimaryLineNumber"),
        [3, 4]
    );

    let lines = shop.lines(&cart);
    assert_eq!(lines[0]["ConfigStatus"], "Complete");
    assert_eq!(column(&lines, "ExtendedQuantity"), [3, 6, 3, 3]);
    assert_eq!(
        column(&lines, "NetPrice"),
        [json!(3349.98), json!(199.98), json!(150), json!(0)]
    );
    assert_eq!(lines[0]["OptionPrice"], 349.98);
    assert_eq!(lines[0]["BaseExtendedPrice"], 3000);
    assert_eq!(shop.sum(&cart, "Grand Total"), 3349.98);

    // The bundle follows its options.
    let lens = lines[2]["Id"].clone();
    let got = shop
        .on(&cart, "update_cart_items")
        .json(json!([{"Id": lens, "Quantity": 2}]))
        .send();
    assert_eq!(got.status, 200, "{}", got.json);
    assert_eq!(shop.sum(&cart, "Grand Total"), 3499.98);
    let gone = json!([{"PrimaryLineNumber": 3}]);
    shop.on(&cart, "delete_cart_items").json(gone).send();
    assert_eq!(shop.sum(&cart, "Grand Total"), 3199.98);
    assert_eq!(shop.lines(&cart)[0]["ConfigStatus"], "Pending");
}

#[test]
fn options_and_their_bundle_come_in_one_request() {
    let shop = Shop::open();
    let cart = shop.cart();
    let rows = json!([
        {"TxnParentBundleNumber": 7, "Option": {"Id": shop.lens}, "Quantity": 2},
        {"TxnParentBundleNumber": 7, "Option": {"Id": shop.lamp}, "Quantity": 1},
        {"PrimaryTxnLineNumber": 7, "Product": {"Id": shop.bundle}},
    ]);
    let got = shop.on(&cart, "create_cart_items").json(rows).send();
    // The lamp that was chosen is not added again by default.
    assert_eq!(
        column(got.json.as_array().unwrap(), "Name"),
        ["Bundle", "Lens", "Lamp"]
    );
    assert_eq!(shop.sum(&cart, "Grand Total"), 1133.33);
    let bare = shop
        .on(&cart, "create_cart_items")
        .query("skipDefaultOptions", true)
        .json(json!([{"Product": {"Id": shop.bundle}}]))
        .send();
    assert_eq!(bare.json.as_array().unwrap().len(), 1);
    let details = shop
        .on(&cart, "get_cart_bundle_details")
        .path("lineNumber", "1")
        .send();
    assert_eq!(
        details.json["OptionGroups"][1]["Options"][0]["IsSelected"],
        true
    );
    assert_eq!(
        details.json["OptionGroups"][0]["Options"][1]["IsSelected"],
        false
    );
    shop.on(&cart, "get_cart_bundle_details")
        .path("lineNumber", "x")
        .send()
        .errors(422);
}

#[test]
fn what_the_catalog_or_a_bundle_forbids_is_refused() {
    let shop = Shop::open();
    let cart = shop.cart();
    shop.add(&cart, &shop.bundle, json!({}));
    shop.add(&cart, &shop.service, json!({}));
    let hidden = shop
        .tenant
        .call("administration", "update_product")
        .path("Id", &shop.cloud);
    hidden.json(json!({"IsActive": false})).send();
    for (row, words) in [
        (
            json!({"Product": {"Id": "none"}}),
            "no active product 'none'",
        ),
        (json!({"Product": {"Id": shop.cloud}}), "no active product"),
        (json!({"Quantity": 1}), "Product is required"),
        (
            json!({"Product": {"Id": shop.sensor}, "Quantity": -1}),
            "Quantity is a number from 0",
        ),
        (
            json!({"Product": {"Id": shop.sensor}, "Quantity": "lots"}),
            "Quantity is a number from 0",
        ),
        (
            json!({"Product": {"Id": shop.sensor}, "Quantity": 1e12}),
            "Quantity is a number from 0",
        ),
        (
            json!({"Product": {"Id": shop.service}, "Quantity": 2}),
            "does not let Quantity be changed",
        ),
        (
            json!({"Product": {"Id": shop.sensor}, "AdjustmentType": "% Discount", "AdjustmentAmount": 101}),
            "is 0 to 100",
        ),
        (
            json!({"Product": {"Id": shop.service}, "AdjustmentType": "% Discount", "AdjustmentAmount": 1}),
            "does not let the line be adjusted",
        ),
        (
            json!({"ParentBundleNumber": 1, "Option": {"Id": shop.sensor}}),
            "is no option of the bundle",
        ),
        (
            json!({"ParentBundleNumber": 1, "Option": {"Id": shop.lens}, "Quantity": 4}),
            "takes 1 to 3",
        ),
        (
            json!({"ParentBundleNumber": 44, "Option": {"Id": shop.lens}}),
            "names its bundle",
        ),
        (
            json!({"TxnParentBundleNumber": 5, "Option": {"Id": shop.lens}}),
            "names its bundle",
        ),
    ] {
        let rows = json!([{"Product": {"Id": shop.sensor}}, row]);
        let got = shop.on(&cart, "create_cart_items").json(rows).send();
        let message = got.errors(422)[0].to_owned();
        assert!(
            message.starts_with("row 2: ") && message.contains(words),
            "{row}: {message}"
        );
    }
    // Nothing of a refused request was added.
    assert_eq!(shop.lines(&cart).len(), 3);
    for row in [json!({"Id": "none"}), json!({"PrimaryLineNumber": 1})] {
        let got = shop
            .on(&cart, "update_cart_items")
            .json(json!([row]))
            .send();
        assert!([404, 422].contains(&got.status), "{}", got.json);
    }
    shop.on(&cart, "delete_cart_items")
        .json(json!([{"PrimaryLineNumber": 9}]))
        .send()
        .errors(422);
    shop.on(&cart, "delete_cart_items")
        .json(json!([]))
        .send()
        .errors(400);
}

#[test]
fn an_update_holds_for_all_charges_of_the_product() {
    let shop = Shop::open();
    let cart = shop.cart();
    let lines = shop.add(&cart, &shop.cloud, json!({}));
    let row = json!([{"id": lines[0]["Id"], "quantity": 4, "sellingTerm": 2, "netPrice": 1, "Colour_c": "red"}]);
    let got = shop.on(&cart, "update_cart_items").json(row).send();
    assert_eq!(column(got.json.as_array().unwrap(), "Quantity"), [4, 4]);
    let lines = shop.lines(&cart);
    assert_eq!(column(&lines, "NetPrice"), [84, 200]);
    assert_eq!(lines[0]["Colour_c"], "red");
}

#[test]
fn prices_are_pending_for_a_while() {
    let shop = Shop::open();
    let cart = shop.cart();
    shop.add(&cart, &shop.sensor, json!({"Quantity": 2}));
    let status = |id: &str| shop.on(id, "get_cart_status").send().json;
    let now = status(&cart);
    assert_eq!(now["IsPricePending"], true);
    assert_eq!(now["IsPricingPending"], true);
    assert_eq!(now["CartResponse"]["LineItemsAwaitingPrice"], "1");
    assert_eq!(
        now["CartResponse"]["LineItems"][0]["PricingStatus"],
        "Pending"
    );
    assert!(
        now["CartResponse"]["LineItems"][0]
            .get("NetPrice")
            .is_none()
    );
    shop.tenant
        .world
        .clock
        .advance(std::time::Duration::from_millis(299));
    assert_eq!(status(&cart)["IsPricePending"], true);
    shop.tenant
        .world
        .clock
        .advance(std::time::Duration::from_millis(1));
    let now = status(&cart);
    assert_eq!(now["IsPricePending"], false);
    assert_eq!(
        now["CartResponse"]["LineItems"][0]["PricingStatus"],
        "Complete"
    );
    assert_eq!(now["CartResponse"]["LineItems"][0]["NetPrice"], 200);
    assert_eq!(now["CartResponse"]["NumberOfItems"], 1);
}

#[test]
fn skipped_prices_wait_for_a_reprice() {
    let shop = Shop::open();
    let cart = shop.cart();
    let rows = json!([{"Product": {"Id": shop.sensor}}]);
    shop.on(&cart, "create_cart_items")
        .query("skipPricing", true)
        .json(rows)
        .send();
    assert_eq!(shop.lines(&cart)[0]["PricingStatus"], "Pending");
    let refused = shop.on(&cart, "finalize_cart").json(json!({})).send();
    assert!(refused.errors(400)[0].contains("needs repricing"));
    shop.on(&cart, "reprice_cart")
        .json(json!([5]))
        .send()
        .errors(422);
    let accepted = shop.on(&cart, "reprice_cart").json(json!([1])).send();
    assert_eq!(accepted.status, 202);
    assert_eq!(
        accepted.json["PollingUrl"],
        format!("/api/cart/v1/carts/{cart}/status")
    );
    assert_eq!(shop.lines(&cart)[0]["PricingStatus"], "Complete");
}

#[test]
fn a_line_that_cannot_be_priced_says_so() {
    let shop = Shop::open();
    let cart = shop.cart();
    shop.add(&cart, &shop.sensor, json!({}));
    shop.add(
        &cart,
        &shop.cloud,
        json!({"Quantity": 999_999_999, "SellingTerm": 999_999}),
    );
    let lines = shop.lines(&cart);
    assert_eq!(lines[1]["PricingStatus"], "Error");
    assert_eq!(lines[1]["NetPrice"], Value::Null);
    assert_eq!(shop.sum(&cart, "Grand Total"), 300.0);
    let errors = shop.on(&cart, "list_cart_item_errors").send();
    assert!(
        errors.json[0]["Message"]
            .as_str()
            .unwrap()
            .contains("goes beyond")
    );
    let refused = shop.on(&cart, "finalize_cart").json(json!({})).send();
    assert!(refused.errors(400)[0].contains("has no price"));
    assert_eq!(
        shop.on(&shop.cart(), "list_cart_item_errors").send().status,
        204
    );
}

#[test]
fn lines_are_listed_cloned_and_grouped() {
    let shop = Shop::open();
    let cart = shop.cart();
    shop.add(
        &cart,
        &shop.sensor,
        json!({"AdjustmentType": "% Discount", "AdjustmentAmount": 10}),
    );
    shop.add(&cart, &shop.bundle, json!({}));
    let clones = shop
        .on(&cart, "clone_cart_items")
        .json(json!([{"primaryLineNumber": 1}, {"primaryLineNumber": 2}]))
        .send();
    assert_eq!(
        column(clones.json.as_array().unwrap(), "PrimaryLineNumber"),
        [4, 5, 6]
    );
    let lines = shop.lines(&cart);
    // Manual adjustments are not cloned.
    assert_eq!(
        (&lines[0]["NetPrice"], &lines[3]["NetPrice"]),
        (&json!(90), &json!(100))
    );

    let list = shop
        .on(&cart, "list_cart_items")
        .query("filter", "eq(LineType:'Option')")
        .query("includes", "option")
        .send();
    assert_eq!(list.headers["content-range"], "items 0-1/2");
    assert_eq!(list.json[0]["Option"]["ProductCode"], "Lamp");
    let numbers = shop.on(&cart, "list_cart_line_numbers").send();
    assert_eq!(
        column(numbers.json.as_array().unwrap(), "PrimaryLineNumber"),
        [1, 2, 3, 4, 5, 6]
    );
    let some = shop
        .on(&cart, "get_cart_status")
        .query("primaryLineNumbers", 1)
        .query("primaryLineNumbers", 4)
        .query("lineNumbers", 2)
        .send();
    let some = some.json["CartResponse"]["LineItems"]
        .as_array()
        .unwrap()
        .clone();
    assert_eq!(column(&some, "PrimaryLineNumber"), [1, 4]);
    let groups = shop
        .on(&cart, "get_cart_group_status")
        .query("group", "product")
        .send();
    assert_eq!(groups.json[0]["Group"], "Bundle");
    assert_eq!(groups.json[0]["Count"], 4);
    let config = shop
        .on(&cart, "get_cart_config_status")
        .query("primaryLineNumbers", 2)
        .send();
    assert_eq!(
        config.json["ConfigStatus"][0]["Messages"][0],
        "the group 'Optics' needs 1 options, not 0"
    );
    shop.on(&cart, "get_cart_status")
        .query("lineNumbers", "x")
        .send()
        .errors(400);
}

#[test]
fn a_cart_without_a_price_list_takes_no_lines() {
    let tenant = Tenant::empty();
    let made = tenant
        .call("cart", "create_carts")
        .json(json!([{"Name": "Bare"}]))
        .send();
    let cart = made.json[0]["Id"].as_str().unwrap();
    let rows = json!([{"Product": {"Id": "any"}}]);
    let got = tenant
        .call("cart", "create_cart_items")
        .path("cartId", cart)
        .json(rows)
        .send();
    assert!(got.errors(422)[0].contains("has no price list"));
}

#[test]
fn usage_tiers_belong_to_a_line() {
    let shop = Shop::open();
    let cart = shop.cart();
    let line = shop.add(&cart, &shop.sensor, json!({}))[0]["Id"]
        .as_str()
        .unwrap()
        .to_owned();
    let on = |operation| shop.on(&cart, operation).path("itemId", &line);
    let made = on("create_cart_item_usage_tiers")
        .json(json!([{"tierStartValue": 0, "tierEndValue": 10, "usageRate": 2.5}]))
        .send();
    let tier = made.json[0]["Id"].clone();
    on("create_cart_item_usage_tiers")
        .json(json!([{"tierStartValue": 9, "tierEndValue": 1}]))
        .send()
        .errors(400);
    let updated = on("update_cart_item_usage_tiers")
        .json(json!([{"Id": tier, "usageRate": 3}]))
        .send();
    assert_eq!(updated.json[0]["UsageRate"], 3);
    assert_eq!(
        on("list_cart_item_usage_tiers")
            .send()
            .json
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let gone = json!([{"id": tier}]);
    assert_eq!(
        on("delete_cart_item_usage_tiers")
            .json(gone.clone())
            .send()
            .status,
        200
    );
    on("delete_cart_item_usage_tiers")
        .json(gone)
        .send()
        .errors(404);
}

#[test]
fn ad_hoc_groups_have_names_and_sequences_of_their_own() {
    let shop = Shop::open();
    let cart = shop.cart();
    let on = |operation| shop.on(&cart, operation);
    let made = on("create_cart_ad_hoc_groups")
        .json(json!([{"name": "Phase 1", "sequence": 1}, {"name": "Phase 2", "sequence": 2}]))
        .send();
    let id = made.json[0]["Id"].as_str().unwrap().to_owned();
    let same = json!([{"Name": "Phase 2"}]);
    assert!(
        on("create_cart_ad_hoc_groups")
            .json(same)
            .send()
            .errors(400)[0]
            .contains("must be unique")
    );
    let one = |operation| on(operation).path("adhocGroupId", &id);
    let line = shop.add(&cart, &shop.sensor, json!({"AdHocGroup": {"Id": id}}))[0].clone();
    assert_eq!(
        one("update_cart_ad_hoc_group")
            .json(json!({"Name": "First"}))
            .send()
            .json["Name"],
        "First"
    );
    one("update_cart_ad_hoc_group")
        .json(json!({"Sequence": 2}))
        .send()
        .errors(400);
    assert_eq!(
        on("list_cart_ad_hoc_groups")
            .query("sort", "DESC(Sequence)")
            .send()
            .json[0]["Name"],
        "Phase 2"
    );
    let many = json!([{"Id": id, "Description": "d"}]);
    assert_eq!(
        on("update_cart_ad_hoc_groups").json(many).send().status,
        200
    );
    assert_eq!(one("delete_cart_ad_hoc_group").send().status, 200);
    one("get_cart_ad_hoc_group").send().errors(404);
    let lines = on("list_cart_items").send();
    assert_eq!(lines.json[0]["Id"], line["Id"]);
    assert_eq!(lines.json[0]["AdHocGroup"], Value::Null);
}
