//! The demo catalog: the instruments, what belongs to them, and their prices.

use chrono::{DateTime, Utc};
use rusqlite::Transaction;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::services::data::seed::{add, id};
use crate::services::pricing::money::{Currency, number};

/// Name, code, family, category, price in cents, charge type and price type.
type Product = (
    &'static str,
    &'static str,
    &'static str,
    usize,
    i64,
    &'static str,
    &'static str,
);

const CATEGORIES: [&str; 4] = ["Instruments", "Field Kits", "Consumables", "Services"];

const STANDARD: &str = "Standard Price";
const FEE: &str = "Subscription Fee";
const ONCE: &str = "One Time";
const RECURRING: &str = "Recurring";

const PRODUCTS: [Product; 14] = [
    (
        "Orbit 400",
        "ORB-400",
        "Instrument",
        0,
        4_850_000,
        STANDARD,
        ONCE,
    ),
    (
        "Orbit 900",
        "ORB-900",
        "Instrument",
        0,
        12_900_000,
        STANDARD,
        ONCE,
    ),
    (
        "Pulse Mini",
        "PLS-MIN",
        "Instrument",
        0,
        745_000,
        STANDARD,
        ONCE,
    ),
    ("FlowSense X", "FLS-X", "Sensor", 0, 128_995, STANDARD, ONCE),
    ("AquaKit", "AQK-1", "Kit", 1, 34_950, STANDARD, ONCE),
    ("SoilKit", "SLK-1", "Kit", 1, 28_900, STANDARD, ONCE),
    (
        "AquaKit Reagents",
        "AQK-R",
        "Consumable",
        2,
        4_225,
        STANDARD,
        ONCE,
    ),
    (
        "Sample Vials, 100",
        "VIA-100",
        "Consumable",
        2,
        1_890,
        STANDARD,
        ONCE,
    ),
    (
        "Orbit Column Set",
        "ORB-COL",
        "Consumable",
        2,
        115_000,
        STANDARD,
        ONCE,
    ),
    (
        "Calibration Visit",
        "SRV-CAL",
        "Service",
        3,
        89_000,
        STANDARD,
        ONCE,
    ),
    (
        "Care Plan",
        "SRV-CARE",
        "Service",
        3,
        21_900,
        FEE,
        RECURRING,
    ),
    (
        "LabView Cloud",
        "SRV-LVC",
        "Service",
        3,
        5_900,
        FEE,
        RECURRING,
    ),
    (
        "Field Laboratory",
        "FLD-LAB",
        "Bundle",
        1,
        99_000,
        STANDARD,
        ONCE,
    ),
    (
        "Rugged Case",
        "FLD-CASE",
        "Accessory",
        1,
        14_900,
        STANDARD,
        ONCE,
    ),
];

/// The bundle, and its options: the product, whether it is there by default, whether it must be, the most of it.
const BUNDLE: usize = 12;
const OPTIONS: [(usize, bool, bool, u32); 4] = [
    (4, true, true, 10),
    (5, false, false, 10),
    (7, true, false, 50),
    (13, false, false, 1),
];

/// Name, currency, and its prices in per cent of the first list's.
const PRICE_LISTS: [(&str, &str, i64); 2] =
    [("Standard USD", "USD", 100), ("Standard EUR", "EUR", 94)];

/// Fills a new database.
pub(in crate::services) fn demo(tx: &Transaction<'_>, now: DateTime<Utc>) -> rusqlite::Result<()> {
    let hierarchy =
        json!({"Name": "Catalog", "Label": "Catalog", "Type": "Offering", "IsActive": true});
    add(tx, now, "Hierarchy", 0, hierarchy)?;
    for (at, name) in CATEGORIES.iter().enumerate() {
        let fields = json!({
            "Name": name,
            "Label": name,
            "Hierarchy": {"Id": id("Hierarchy", 0), "Name": "Catalog"},
            "Sequence": at + 1,
            "IsLeaf": true,
            "IsHidden": false,
        });
        add(tx, now, "Category", at, fields)?;
    }
    for (at, (name, currency, _)) in PRICE_LISTS.iter().enumerate() {
        let fields =
            json!({"Name": name, "Currency": currency, "Type": "Standard", "IsActive": true});
        add(tx, now, "PriceList", at, fields)?;
    }
    for (at, product) in PRODUCTS.iter().enumerate() {
        add_product(tx, now, at, product)?;
    }
    add_partner_prices(tx, now)?;
    add_bundle(tx, now)?;
    add_rule(tx, now)?;
    add_volume_discount(tx, now)
}

/// The first price list as a lookup.
pub(in crate::services) fn standard_price_list() -> Value {
    price_list(0)
}

/// A product of the catalog as a lookup, and its price on the first list.
pub(in crate::services) fn offer(at: usize) -> Option<(Value, Decimal)> {
    let (.., price, _, _) = PRODUCTS.get(at)?;
    Some((product(at), Decimal::new(*price, 2)))
}

fn add_product(
    tx: &Transaction<'_>,
    now: DateTime<Utc>,
    at: usize,
    (name, code, family, category, price, charge_type, price_type): &Product,
) -> rusqlite::Result<()> {
    let is_bundle = at == BUNDLE;
    let fields = json!({
        "Name": name,
        "ProductCode": code,
        "Family": family,
        "Description": format!("{name}, as it stands in the catalog"),
        "ConfigurationType": if is_bundle { "Bundle" } else { "Standalone" },
        "ProductType": if *family == "Service" { "Service" } else { "Equipment" },
        "HasOptions": is_bundle,
        "HasAttributes": false,
        "IsCustomizable": is_bundle,
        "IsActive": true,
        "Uom": "Each",
    });
    add(tx, now, "Product", at, fields)?;
    let membership = json!({
        "Name": format!("{name} in a category"),
        "Category": {"Id": id("Category", *category), "Name": CATEGORIES.get(*category)},
        "Product": self::product(at),
        "Sequence": at + 1,
    });
    add(tx, now, "ProductCategory", at, membership)?;
    for (list, (_, code_of_currency, percent)) in PRICE_LISTS.iter().enumerate() {
        let currency = Currency::named(code_of_currency);
        let amount = currency.round(Decimal::new(price * percent, 4));
        let fields = json!({
            "Name": format!("{code} {code_of_currency}"),
            "PriceList": price_list(list),
            "Product": self::product(at),
            "ProductCode": code,
            "ListPrice": currency.field(number(amount)),
            "Currency": code_of_currency,
            "ChargeType": charge_type,
            "PriceType": price_type,
            "PriceMethod": "Per Unit",
            "PriceUom": "Each",
            "Frequency": if *price_type == RECURRING { "Monthly" } else { ONCE },
            "DefaultQuantity": 1,
            "DefaultSellingTerm": if *price_type == RECURRING { 12 } else { 1 },
            "AllowManualAdjustment": true,
            "AllocateGroupAdjustment": true,
            "IsActive": true,
            "Sequence": 1,
        });
        add(
            tx,
            now,
            "PriceListItem",
            at * PRICE_LISTS.len() + list,
            fields,
        )?;
    }
    Ok(())
}

fn add_bundle(tx: &Transaction<'_>, now: DateTime<Utc>) -> rusqlite::Result<()> {
    let group = json!({
        "Name": "Contents",
        "Product": product(BUNDLE),
        "MinOptions": 1,
        "MaxOptions": OPTIONS.len(),
        "IsHidden": false,
        "IsLeaf": true,
        "Sequence": 1,
    });
    add(tx, now, "ProductOptionGroup", 0, group)?;
    for (at, (option, is_default, is_required, most)) in OPTIONS.iter().enumerate() {
        let fields = json!({
            "Name": PRODUCTS.get(*option).map(|(name, ..)| name),
            "ParentProduct": product(BUNDLE),
            "ComponentProduct": product(*option),
            "ProductOptionGroup": {"Id": id("ProductOptionGroup", 0), "Name": "Contents"},
            "RelationshipType": "Option",
            "IsDefault": is_default,
            "IsRequired": is_required,
            "IsModifiable": true,
            "DefaultQuantity": 1,
            "MinQuantity": u8::from(*is_required),
            "MaxQuantity": most,
            "Sequence": at + 1,
        });
        add(tx, now, "ProductOptionComponent", at, fields)?;
    }
    Ok(())
}

/// Partners buy at the first list's prices, less a discount; and all lists show the catalog.
fn add_partner_prices(tx: &Transaction<'_>, now: DateTime<Utc>) -> rusqlite::Result<()> {
    let partner = PRICE_LISTS.len();
    let fields = json!({
        "Name": "Partner USD",
        "Currency": "USD",
        "Type": "Standard",
        "IsActive": true,
        "BasedOnPriceList": price_list(0),
        "BasedOnAdjustmentType": "% Discount",
        "BasedOnAdjustmentAmount": 15,
    });
    add(tx, now, "PriceList", partner, fields)?;
    for list in 0..=partner {
        let fields = json!({
            "Name": "Catalog",
            "Hierarchy": {"Id": id("Hierarchy", 0), "Name": "Catalog"},
            "PriceList": price_list(list),
            "Sequence": 1,
        });
        add(tx, now, "PriceListCategory", list, fields)?;
    }
    Ok(())
}

/// Consumables are cheaper by the dozen.
fn add_volume_discount(tx: &Transaction<'_>, now: DateTime<Utc>) -> rusqlite::Result<()> {
    let rule_set = json!({
        "Name": "Consumables by the dozen",
        "IsActive": true,
        "ProductFamily": "Consumable",
        "Sequence": 1,
        "Type": "Bundle Or Line Item",
    });
    add(tx, now, "PriceRuleset", 0, rule_set)?;
    let rule = json!({
        "Name": "Volume discount",
        "IsActive": true,
        "Sequence": 1,
        "Ruleset": {"Id": id("PriceRuleset", 0), "Name": "Consumables by the dozen"},
    });
    add(tx, now, "PriceRule", 0, rule)?;
    for (at, (least, most, percent)) in [(12, Some(59), 5), (60, None, 12)].into_iter().enumerate()
    {
        let entry = json!({
            "Name": format!("From {least}"),
            "PriceRule": {"Id": id("PriceRule", 0), "Name": "Volume discount"},
            "Sequence": at + 1,
            "MinQuantity": least,
            "MaxQuantity": most,
            "AdjustmentType": "% Discount",
            "AdjustmentAmount": percent,
        });
        add(tx, now, "PriceRuleEntry", at, entry)?;
    }
    Ok(())
}

/// Who buys an AquaKit is told of its reagents.
fn add_rule(tx: &Transaction<'_>, now: DateTime<Utc>) -> rusqlite::Result<()> {
    let rule = json!({"Id": id("ConstraintRule", 0), "Name": "Reagents for the AquaKit"});
    let fields = json!({
        "Name": "Reagents for the AquaKit",
        "IsActive": true,
        "ConditionAssociation": "1",
        "IsBundleContext": false,
        "IsPointOfSale": true,
        "Sequence": 1,
    });
    add(tx, now, "ConstraintRule", 0, fields)?;
    let condition = json!({
        "Name": "An AquaKit is in the cart",
        "ConstraintRule": rule,
        "Product": product(4),
        "ProductScope": "Product",
        "MatchInPrimaryLines": true,
        "MatchInOptions": false,
        "Sequence": 1,
    });
    add(tx, now, "ConstraintRuleCondition", 0, condition)?;
    let action = json!({
        "Name": "Recommend reagents",
        "ConstraintRule": rule,
        "Product": product(6),
        "ProductScope": "Product",
        "ActionType": "Recommendation",
        "ActionIntent": "Prompt",
        "Message": "The kit needs reagents: add a set.",
        "Sequence": 1,
    });
    add(tx, now, "ConstraintRuleAction", 0, action)
}

fn product(at: usize) -> Value {
    json!({"Id": id("Product", at), "Name": PRODUCTS.get(at).map(|(name, ..)| name)})
}

fn price_list(at: usize) -> Value {
    json!({"Id": id("PriceList", at), "Name": PRICE_LISTS.get(at).map(|(name, ..)| name)})
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services::tenant::Tenant;

    /// Everything that is sold can be put into a cart, priced, and checked out.
    #[test]
    fn the_whole_catalog_is_for_sale() {
        let tenant = Tenant::demo();
        for (list, currency) in [(0, "USD"), (1, "EUR"), (2, "USD")] {
            let row = json!([{"Name": "Everything", "PriceList": price_list(list)}]);
            let made = tenant.call("cart", "create_carts").json(row).send();
            assert_eq!(made.json[0]["Currency"], currency);
            let cart = made.json[0]["Id"].as_str().unwrap();
            let on = |operation| tenant.call("cart", operation).path("cartId", cart);
            let rows: Vec<Value> = (0..PRODUCTS.len())
                .map(|at| json!({"Product": product(at), "Quantity": 12}))
                .collect();
            let added = on("create_cart_items").json(rows.into()).send();
            assert_eq!(added.status, 200, "{}", added.json);
            tenant
                .world
                .clock
                .advance(std::time::Duration::from_secs(1));
            let status = on("get_cart_status").query("limit", 500).send();
            let lines = status.json["CartResponse"]["LineItems"].as_array().unwrap();
            for line in lines {
                assert_eq!(line["PricingStatus"], "Complete", "{line:#}");
                assert_eq!(line["ConfigStatus"], "Complete", "{line:#}");
            }
            let quote = on("create_quote_from_cart").json(json!({})).send();
            assert_eq!(quote.status, 200, "{}", quote.json);
        }
    }
}
