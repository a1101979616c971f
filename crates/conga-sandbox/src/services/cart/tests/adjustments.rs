//! Adjustments of lines and of sums.

use serde_json::{Value, json};

use crate::services::commerce::shop::Shop;

#[test]
fn adjustments_apply_in_sequence_and_tell_what_they_changed() {
    let shop = Shop::open();
    let cart = shop.cart();
    let line = shop.add(&cart, &shop.sensor, json!({"Quantity": 3}))[0]["Id"].clone();
    let rows = json!([
        {"lineItem": {"id": line}, "adjustmentType": "% Discount", "adjustmentAmount": 10, "adjustmentName": "Promo"},
        {"LineNumber": 1, "AdjustmentType": "Discount Amount", "AdjustmentAmount": 20},
    ]);
    let made = shop.on(&cart, "create_cart_adjustments").json(rows).send();
    assert_eq!(made.status, 200, "{}", made.json);
    assert_eq!(
        (&made.json[0]["Sequence"], &made.json[1]["Sequence"]),
        (&json!(1), &json!(2))
    );
    assert_eq!(shop.sum(&cart, "Grand Total"), 250.0);
    let listed = shop.on(&cart, "list_cart_adjustments").send();
    let gross: Vec<&Value> = listed
        .json
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["GrossValue"])
        .collect();
    assert_eq!(gross, [&json!(-30), &json!(-20)]);
    assert_eq!(listed.json[1]["PerUnitValue"], -6.67);

    let first = made.json[0]["Id"].as_str().unwrap().to_owned();
    let one = |operation| shop.on(&cart, operation).path("adjustmentId", &first);
    assert_eq!(
        one("get_cart_adjustment").send().json["AdjustmentName"],
        "Promo"
    );
    // After the second one now.
    one("update_cart_adjustment")
        .json(json!({"sequence": 3}))
        .send();
    assert_eq!(shop.sum(&cart, "Grand Total"), 252.0);
    one("update_cart_adjustment")
        .json(json!({"AdjustmentAmount": 200}))
        .send()
        .errors(400);
    let many =
        json!([{"Id": first, "AdjustmentType": "Price Override", "AdjustmentAmount": 111.11}]);
    assert_eq!(
        shop.on(&cart, "update_cart_adjustments")
            .json(many)
            .send()
            .status,
        200
    );
    assert_eq!(shop.sum(&cart, "Grand Total"), 111.11);
    assert_eq!(one("delete_cart_adjustment").send().status, 200);
    assert_eq!(shop.sum(&cart, "Grand Total"), 280.0);
    one("delete_cart_adjustment").send().errors(404);
    let of_line = shop
        .on(&cart, "delete_cart_item_adjustments")
        .path("lineItemId", line.as_str().unwrap());
    assert_eq!(of_line.json(json!([])).send().status, 200);
    assert_eq!(shop.sum(&cart, "Grand Total"), 300.0);
}

#[test]
fn what_is_no_adjustment_of_a_line_is_refused() {
    let shop = Shop::open();
    let cart = shop.cart();
    shop.add(&cart, &shop.service, json!({}));
    shop.add(&cart, &shop.sensor, json!({}));
    for (row, status) in [
        (
            json!({"LineNumber": 1, "AdjustmentType": "% Discount", "AdjustmentAmount": 1}),
            403,
        ),
        (
            json!({"LineNumber": 2, "AdjustmentType": "Rebate", "AdjustmentAmount": 1}),
            400,
        ),
        (
            json!({"LineNumber": 2, "AdjustmentType": "% Discount"}),
            400,
        ),
        (
            json!({"LineNumber": 7, "AdjustmentType": "% Discount", "AdjustmentAmount": 1}),
            400,
        ),
        (
            json!({"LineItem": {"Id": "none"}, "AdjustmentType": "% Discount", "AdjustmentAmount": 1}),
            404,
        ),
    ] {
        let got = shop
            .on(&cart, "create_cart_adjustments")
            .json(json!([row]))
            .send();
        assert_eq!(got.status, status, "{row}: {}", got.json);
    }
    shop.on(&cart, "delete_cart_adjustments")
        .json(json!(["none"]))
        .send()
        .errors(404);
    assert_eq!(shop.on(&cart, "list_cart_adjustments").send().status, 204);
}

#[test]
fn a_base_price_is_overridden() {
    let shop = Shop::open();
    let cart = shop.cart();
    let line = shop.add(
        &cart,
        &shop.sensor,
        json!({"Quantity": 7, "BasePriceOverride": 12.345}),
    );
    let lines = shop.lines(&cart);
    assert_eq!(lines[0]["BasePrice"], 12.345);
    assert_eq!(lines[0]["NetPrice"], 86.42);
    let row = json!([{"Id": line[0]["Id"], "BasePriceOverride": null}]);
    assert_eq!(
        shop.on(&cart, "update_cart_items").json(row).send().status,
        200
    );
    assert_eq!(shop.sum(&cart, "Grand Total"), 700.0);
}

#[test]
fn a_sum_is_adjusted_and_its_lines_take_their_shares() {
    let shop = Shop::open();
    let cart = shop.cart();
    for _ in 0..3 {
        shop.add(&cart, &shop.sensor, json!({}));
    }
    shop.priced(&cart);
    let group = |name: &str| {
        let groups = shop.on(&cart, "list_cart_summary_groups").send().json;
        let found = groups
            .as_array()
            .unwrap()
            .iter()
            .find(|group| group["Name"] == name)
            .cloned();
        found.unwrap()
    };
    let grand = group("Grand Total");
    assert_eq!(
        (&grand["LineType"], &grand["NetPrice"]),
        (&json!("Grand Total"), &json!(300))
    );
    let rows = json!([{"Id": grand["Id"], "AdjustmentType": "Discount Amount", "AdjustmentAmount": 100, "NetPrice": 5}]);
    let put = shop
        .on(&cart, "update_cart_summary_groups")
        .json(rows)
        .send();
    assert_eq!(put.status, 200, "{}", put.json);
    let lines = shop.lines(&cart);
    let nets: Vec<f64> = lines
        .iter()
        .map(|line| line["NetPrice"].as_f64().unwrap())
        .collect();
    assert_eq!(nets, [66.66, 66.67, 66.67]);
    assert_eq!(group("Grand Total")["NetPrice"], 200);
    assert_eq!(group("Grand Total")["AdjustedPrice"], 300);
    assert_eq!(lines[0]["GroupAdjustmentPercent"], -33.34);
    // It stays when a line comes, and goes when told to.
    shop.add(&cart, &shop.sensor, json!({}));
    assert_eq!(shop.sum(&cart, "Grand Total"), 300.0);
    let rows = json!([{"Id": group("Grand Total")["Id"], "AdjustmentType": null, "AdjustmentAmount": null}]);
    shop.on(&cart, "update_cart_summary_groups")
        .json(rows)
        .send();
    assert_eq!(shop.sum(&cart, "Grand Total"), 400.0);
    let wrong =
        json!([{"Id": grand["Id"], "AdjustmentType": "% Discount", "AdjustmentAmount": 101}]);
    shop.on(&cart, "update_cart_summary_groups")
        .json(wrong)
        .send()
        .errors(400);
    shop.on(&cart, "update_cart_summary_groups")
        .json(json!([{"Id": "none"}]))
        .send()
        .errors(404);
    assert_eq!(shop.on(&cart, "calculate_cart_totals").send().status, 202);
}
