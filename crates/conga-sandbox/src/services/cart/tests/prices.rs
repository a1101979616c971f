//! The waterfall, price rules, contracts; and that prices add up, whatever a cart holds.

use proptest::prelude::*;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::services::commerce::shop::{Shop, make};
use crate::services::pricing::money::amount;

fn decimal(value: &Value) -> Decimal {
    amount(value).unwrap_or_else(|| panic!("{value} is an amount"))
}

/// Each stop is the one before and what its adjustments change.
#[track_caller]
fn adds_up(chart: &Value, value: &str) {
    let mut before: Option<Decimal> = None;
    for point in chart["PricePoints"].as_array().unwrap() {
        let steps: Decimal = point["Adjustments"]
            .as_array()
            .unwrap()
            .iter()
            .map(|step| decimal(&step[value]))
            .sum();
        let price = decimal(&point[value]);
        assert_eq!(
            before.unwrap_or(price) + steps,
            price,
            "{} of {chart:#}",
            point["Name"]
        );
        before = Some(price);
    }
}

fn net(chart: &Value) -> Decimal {
    let points = chart["PricePoints"].as_array().unwrap();
    let point = points
        .iter()
        .find(|point| point["IsNetPrice"] == true)
        .unwrap();
    decimal(&point["GrossValue"])
}

/// Asserts that the cart's waterfalls add up, end at the net prices, and that the sums are those of the lines.
#[track_caller]
fn check(shop: &Shop, cart: &str) {
    let status = shop.priced(cart).json;
    let lines = status["CartResponse"]["LineItems"].as_array().unwrap();
    let mut total = Decimal::ZERO;
    for line in lines {
        let request = shop.on(cart, "list_cart_item_waterfall_charts");
        let charts = request
            .path("lineitemId", line["Id"].as_str().unwrap())
            .send()
            .json;
        assert_eq!(charts.as_array().unwrap().len(), 3, "{line:#}");
        adds_up(&charts[0], "GrossValue");
        adds_up(&charts[1], "GrossValue");
        adds_up(&charts[2], "PerUnitValue");
        assert_eq!(net(&charts[0]), decimal(&line["NetPrice"]));
        if line["LineType"] == "Product/Service" {
            total += decimal(&line["NetPrice"]);
        }
    }
    let groups = status["CartResponse"]["SummaryGroups"].as_array().unwrap();
    let by = |kind: &str| -> Decimal {
        let of_kind = groups.iter().filter(|group| group["LineType"] == kind);
        of_kind.map(|group| decimal(&group["NetPrice"])).sum()
    };
    assert_eq!([by("Subtotal"), by("Total"), by("Grand Total")], [total; 3]);
    for group in groups {
        let request = shop.on(cart, "list_cart_summary_group_waterfall_charts");
        let charts = request
            .path("summarygroupId", group["Id"].as_str().unwrap())
            .send()
            .json;
        adds_up(&charts[0], "GrossValue");
        assert_eq!(net(&charts[0]), decimal(&group["NetPrice"]));
    }
}

#[test]
fn a_waterfall_tells_the_way_to_the_price() {
    let shop = Shop::open();
    let cart = shop.cart();
    shop.add(
        &cart,
        &shop.bundle,
        json!({"Quantity": 3, "AdjustmentType": "% Discount", "AdjustmentAmount": 7.5}),
    );
    check(&shop, &cart);
    let line = shop.lines(&cart)[0]["Id"].as_str().unwrap().to_owned();
    let one = |chart: &str| {
        let request = shop
            .on(&cart, "get_cart_item_waterfall_chart")
            .path("lineitemId", &line);
        request.path("chartId", chart).send()
    };
    let chart = one("bundle-gross").json;
    let points: Vec<(&str, f64)> = chart["PricePoints"]
        .as_array()
        .unwrap()
        .iter()
        .map(|point| {
            (
                point["Name"].as_str().unwrap(),
                point["GrossValue"].as_f64().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        points,
        [
            ("List Price", 3000.0),
            ("Base Price", 3000.0),
            ("Extended Price", 3199.98),
            ("Adjusted Price", 2959.98),
            ("Net Price", 2959.98),
        ]
    );
    assert_eq!(
        chart["PricePoints"][3]["Adjustments"],
        json!([{"AdjustmentName": "Manual adjustment", "GrossValue": -240}])
    );
    assert_eq!(
        one("product-gross").json["PricePoints"][2]["GrossValue"],
        3000
    );
    assert_eq!(
        one("product-per-unit").json["PricePoints"][0]["PerUnitValue"],
        1000
    );
    one("none").errors(404);
    let all = shop
        .on(&cart, "list_cart_waterfall_charts")
        .query("chartIds", "product-gross")
        .send();
    assert_eq!(all.headers["content-range"], "items 0-1/2");
    assert_eq!(all.json[1]["Charts"].as_array().unwrap().len(), 1);
    let groups = shop.on(&cart, "list_cart_summary_groups").send().json;
    let request = shop.on(&cart, "get_cart_summary_group_waterfall_chart");
    let request = request.path("summarygroupId", groups[0]["Id"].as_str().unwrap());
    assert_eq!(request.path("chartId", "bundle-gross").send().status, 200);

    let bare = shop.cart();
    let line = shop.add(&bare, &shop.sensor, json!({}))[0]["Id"]
        .as_str()
        .unwrap()
        .to_owned();
    let pending = shop
        .on(&bare, "list_cart_item_waterfall_charts")
        .path("lineitemId", &line);
    assert_eq!(pending.send().status, 204);
}

#[test]
fn price_rules_adjust_by_quantity() {
    let shop = Shop::open();
    let admin = |operation| shop.tenant.call("administration", operation);
    let set = make(
        admin("create_price_rule_sets"),
        json!({"Name": "Volume", "IsActive": true, "ProductFamily": "Hardware"}),
    );
    let rule = make(
        admin("create_price_rules").path("ParentId", &set),
        json!({"Name": "Volume discount", "IsActive": true}),
    );
    for (least, most, percent) in [(10, Some(99), 5), (100, None, 20)] {
        make(
            admin("create_price_rule_entries").path("ParentId", &rule),
            json!({"Name": "Tier", "MinQuantity": least, "MaxQuantity": most, "Sequence": least,
                   "AdjustmentType": "% Discount", "AdjustmentAmount": percent}),
        );
    }
    let cart = shop.cart();
    for (product, quantity) in [
        (&shop.sensor, 9),
        (&shop.sensor, 10),
        (&shop.sensor, 100),
        (&shop.cloud, 100),
    ] {
        shop.add(
            &cart,
            product,
            json!({"Quantity": quantity, "SellingTerm": 1}),
        );
    }
    let lines = shop.lines(&cart);
    let extended: Vec<&Value> = lines.iter().map(|line| &line["ExtendedPrice"]).collect();
    assert_eq!(
        extended,
        [
            &json!(900),
            &json!(950),
            &json!(8000),
            &json!(1050),
            &json!(200)
        ]
    );
    assert_eq!(lines[1]["UnitPriceAdjustmentAuto"], -5);
    check(&shop, &cart);
}

#[test]
fn a_contract_price_counts_for_its_contract() {
    let shop = Shop::open();
    shop.price(
        &shop.sensor,
        100.0,
        json!({"ContractNumber": "C-7", "ContractPrice": {"Value": 61.8}}),
    );
    let cart = shop.cart();
    shop.add(&cart, &shop.sensor, json!({}));
    assert_eq!(shop.sum(&cart, "Grand Total"), 100.0);
    shop.on(&cart, "update_cart")
        .json(json!({"ContractNumbers": "C-1, C-7"}))
        .send();
    shop.on(&cart, "reprice_cart").json(json!([1])).send();
    let line = &shop.lines(&cart)[0];
    assert_eq!(
        (&line["ListPrice"], &line["BasePrice"]),
        (&json!(100), &json!(61.8))
    );
    check(&shop, &cart);
}

/// What is done to a cart.
#[derive(Debug, Clone)]
enum Act {
    Add(usize, u32, u32),
    Quantity(usize, u32),
    Adjust(usize, &'static str, u32),
    AdjustSum(usize, &'static str, u32),
    Delete(usize),
    Clone(usize),
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let kind = || {
        prop_oneof![
            Just("% Discount"),
            Just("Discount Amount"),
            Just("% Markup"),
            Just("Markup Amount"),
            Just("Price Override"),
            Just("Base Price Override"),
            Just("Price Factor")
        ]
    };
    let act = prop_oneof![
        4 => (0..4usize, 0..2_000u32, 0..40u32).prop_map(|(what, quantity, term)| Act::Add(what, quantity, term)),
        1 => (0..8usize, 0..3_000u32).prop_map(|(at, quantity)| Act::Quantity(at, quantity)),
        3 => (0..8usize, kind(), 0..10_000u32).prop_map(|(at, kind, amount)| Act::Adjust(at, kind, amount)),
        2 => (0..8usize, kind(), 0..10_000u32).prop_map(|(at, kind, amount)| Act::AdjustSum(at, kind, amount)),
        1 => (0..8usize).prop_map(Act::Delete),
        1 => (0..8usize).prop_map(Act::Clone),
    ];
    proptest::collection::vec(act, 1..14)
}

fn perform(shop: &Shop, cart: &str, act: &Act) {
    // Amounts have two decimals, quantities one.
    let cents = |amount: u32| f64::from(amount) / 100.0;
    let lines = || {
        let got = shop.on(cart, "list_cart_items").send();
        got.json.as_array().cloned().unwrap_or_default()
    };
    let pick = |at: usize| lines().get(at).cloned();
    match *act {
        Act::Add(what, quantity, term) => {
            let product = [&shop.sensor, &shop.cloud, &shop.bundle, &shop.service][what];
            let row = match what {
                3 => json!({}),
                _ => json!({"Quantity": f64::from(quantity) / 10.0, "SellingTerm": term}),
            };
            shop.add(cart, product, row);
        }
        Act::Quantity(at, quantity) => {
            if let Some(line) = pick(at) {
                let row = json!([{"Id": line["Id"], "Quantity": f64::from(quantity) / 10.0}]);
                shop.on(cart, "update_cart_items").json(row).send();
            }
        }
        Act::Adjust(at, kind, amount) => {
            if let Some(line) = pick(at) {
                let row = json!([{"LineItem": {"Id": line["Id"]}, "AdjustmentType": kind, "AdjustmentAmount": cents(amount)}]);
                shop.on(cart, "create_cart_adjustments").json(row).send();
            }
        }
        Act::AdjustSum(at, kind, amount) => {
            shop.wait();
            let groups = shop.on(cart, "list_cart_summary_groups").send().json;
            if let Some(group) = groups.get(at) {
                let row = json!([{"Id": group["Id"], "AdjustmentType": kind, "AdjustmentAmount": cents(amount)}]);
                shop.on(cart, "update_cart_summary_groups").json(row).send();
            }
        }
        Act::Delete(at) => {
            if let Some(line) = pick(at) {
                let row = json!([{"PrimaryLineNumber": line["PrimaryLineNumber"]}]);
                shop.on(cart, "delete_cart_items").json(row).send();
            }
        }
        Act::Clone(at) => {
            if let Some(line) = pick(at).filter(|line| line["LineType"] == "Product/Service") {
                let row = json!([{"PrimaryLineNumber": line["PrimaryLineNumber"]}]);
                shop.on(cart, "clone_cart_items").json(row).send();
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_done_to_a_cart_its_prices_add_up(acts in acts()) {
        let shop = Shop::open();
        let cart = shop.cart();
        for act in &acts {
            perform(&shop, &cart, act);
        }
        check(&shop, &cart);
        // No drift: pricing again gives the same prices.
        let before = shop.lines(&cart);
        let numbers: Vec<Value> = before.iter().map(|line| line["PrimaryLineNumber"].clone()).collect();
        shop.on(&cart, "reprice_cart").json(numbers.into()).send();
        let nets = |lines: &[Value]| lines.iter().map(|line| line["NetPrice"].clone()).collect::<Vec<_>>();
        prop_assert_eq!(nets(&shop.lines(&cart)), nets(&before));
    }
}
