//! How lines come into a cart: numbered, with what their product and its price say.
//!
//! A product has one line for each charge type, all with its `PrimaryLineNumber`, the first of them its primary line.
//! A bundle and its options share a `LineNumber`; an option names by `ParentBundleNumber` the primary line number of
//! its bundle. `ItemSequence` orders the lines of one line number.

use std::collections::HashMap;

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::opened::{
    ADJUSTMENTS, Cart, LINES, TIERS, int, is_product, is_set, product_id, unprocessable,
};
use crate::failure::Failure;
use crate::records::store::{self, By, Record};
use crate::services::commerce::children::{Children, lookup};
use crate::services::commerce::fields;
use crate::services::pricing::adjustment::Adjustment;
use crate::services::pricing::money::{amount, amount_in, number};
use crate::services::pricing::price_list::{Price, PriceList, in_force};

/// The options of a product.
pub(super) const COMPONENTS: Children = Children {
    object: "ProductOptionComponent",
    owner: "ParentProduct",
};

/// Bundles within bundles go this deep.
const MAX_DEPTH: usize = 8;
/// A cart has at most this many lines.
const MAX_LINES: usize = 5_000;
/// A line has at most this many units.
const MOST_UNITS: i64 = 1_000_000_000;

/// Fields that the cart sets; in a request they are ignored.
const SET_BY_CART: &[&str] = &[
    "AddedBy",
    "AdjustedPrice",
    "BaseExtendedPrice",
    "BasePrice",
    "BasePriceMethod",
    "ChargeType",
    "ConfigStatus",
    "Configuration",
    "Cost",
    "DeltaPrice",
    "ExtendedCost",
    "ExtendedPrice",
    "ExtendedQuantity",
    "Frequency",
    "GroupAdjustmentPercent",
    "HasAttributes",
    "HasOptions",
    "IsPrimaryLine",
    "ItemSequence",
    "LineNumber",
    "LineStatus",
    "LineType",
    "ListPrice",
    "NetAdjustmentPercent",
    "NetPrice",
    "NetUnitPrice",
    "Option",
    "OptionPrice",
    "ParentBundleNumber",
    "PriceAdjustment",
    "PriceList",
    "PriceListItem",
    "PriceMethod",
    "PriceType",
    "PricingDate",
    "PricingStatus",
    "PricingSteps",
    "PrimaryLineNumber",
    "Product",
    "ProductOption",
    "StatusDetails",
    "TotalQuantity",
    "UnitPriceAdjustmentAuto",
    "UnitPriceAdjustmentManual",
];

/// Adds lines to a cart.
pub(in crate::services) struct Builder<'c> {
    cart: &'c Cart<'c>,
    list: PriceList,
    count: usize,
    last_line: i64,
    last_primary: i64,
    /// The last item sequence of each line number.
    sequences: HashMap<i64, i64>,
}

/// The bundle that an option goes into.
#[derive(Debug, Clone)]
pub(super) struct Bundle {
    pub(super) line_number: i64,
    pub(super) number: i64,
    /// The product at the top.
    top: Value,
    /// The bundle's own product.
    product: String,
    depth: usize,
}

/// What was added for one product.
#[derive(Debug)]
pub(super) struct Added {
    pub(super) bundle: Bundle,
    pub(super) lines: Vec<Record>,
}

impl<'c> Builder<'c> {
    /// Adds to this cart, from its price list.
    pub(in crate::services) fn new(cart: &'c Cart<'c>) -> Result<Self, Failure> {
        let list = match cart.price_list_id() {
            Some(id) => PriceList::find(cart.session.tx, id)?,
            None => None,
        };
        let list = list.ok_or_else(|| {
            unprocessable("the cart has no price list; update the cart with a PriceList")
        })?;
        if !list.is_active(cart.session.now) {
            return Err(unprocessable(
                "the cart's price list is not active; give the cart another",
            ));
        }
        let lines = cart.lines()?;
        let largest = |field| lines.iter().map(|line| int(line, field)).max().unwrap_or(0);
        let mut sequences = HashMap::new();
        for line in &lines {
            let last: &mut i64 = sequences.entry(int(line, "LineNumber")).or_default();
            *last = (*last).max(int(line, "ItemSequence"));
        }
        Ok(Self {
            cart,
            list,
            count: lines.len(),
            last_line: largest("LineNumber"),
            last_primary: largest("PrimaryLineNumber"),
            sequences,
        })
    }

    /// Adds a product, or an option to a bundle, with what the request says of it.
    pub(super) fn add(
        &mut self,
        product: &str,
        bundle: Option<&Bundle>,
        request: &Record,
    ) -> Result<Added, Failure> {
        let session = self.cart.session;
        let found = store::find(session.tx, "Product", By::Id, product)?;
        let record = found
            .map(|stored| stored.record)
            .filter(|record| in_force(record, session.now));
        let record = record.ok_or_else(|| {
            unprocessable(format!(
                "there is no active product '{product}'; list the catalog's products"
            ))
        })?;
        let component = match bundle {
            Some(bundle) => Some(component(self.cart, bundle, product)?),
            None => None,
        };
        let contracts = store::text(&self.cart.record, "ContractNumbers").unwrap_or_default();
        let prices = self
            .list
            .prices(session.tx, product, contracts, session.now)?;
        if prices.is_empty() {
            return Err(unprocessable(format!(
                "the price list '{}' has no price for the product '{product}' now",
                store::text(&self.list.record, "Name").unwrap_or_default()
            )));
        }
        let placed = self.place(&record, bundle);
        let mut lines = Vec::with_capacity(prices.len());
        for (at, price) in prices.iter().enumerate() {
            self.count += 1;
            if self.count > MAX_LINES {
                return Err(unprocessable(format!(
                    "a cart has at most {MAX_LINES} lines"
                )));
            }
            let mut row = self.row(&record, price, component.as_ref(), request)?;
            let sequence = self.sequences.entry(placed.line_number).or_default();
            *sequence += 1;
            row.extend(Record::from_iter([
                ("LineNumber".to_owned(), placed.line_number.into()),
                ("PrimaryLineNumber".to_owned(), placed.number.into()),
                ("ItemSequence".to_owned(), (*sequence).into()),
                ("LineSequence".to_owned(), placed.line_number.into()),
                ("IsPrimaryLine".to_owned(), (at == 0).into()),
                ("Product".to_owned(), placed.top.clone()),
            ]));
            if let Some(bundle) = bundle {
                row.insert("ParentBundleNumber".to_owned(), bundle.number.into());
                row.insert("Option".to_owned(), lookup(&record));
                row.insert("LineType".to_owned(), "Option".into());
            }
            if let Some(component) = &component {
                row.insert("ProductOption".to_owned(), lookup(component));
            }
            fields::complete(session.tx, &mut row)?;
            lines.push(LINES.create(session, &self.cart.record, row)?);
        }
        Ok(Added {
            bundle: placed,
            lines,
        })
    }

    /// Adds the options that a bundle has unless somebody chooses otherwise, and theirs.
    pub(super) fn add_default_options(
        &mut self,
        bundle: &Bundle,
        chosen: &[String],
    ) -> Result<Vec<Record>, Failure> {
        let mut added = Vec::new();
        if bundle.depth >= MAX_DEPTH {
            return Ok(added);
        }
        for component in COMPONENTS.of(self.cart.session.tx, &bundle.product)? {
            let Some(option) = fields::lookup_id(&component, "ComponentProduct") else {
                continue;
            };
            let wanted = is_set(&component, "IsDefault") || is_set(&component, "IsRequired");
            if !wanted || chosen.iter().any(|chosen| chosen == option) {
                continue;
            }
            let one = self.add(option, Some(bundle), &Record::new())?;
            added.extend(one.lines);
            added.extend(self.add_default_options(&one.bundle, &[])?);
        }
        Ok(added)
    }

    /// Copies lines of this or another cart, under new numbers, with their tiers and, if wanted, their adjustments.
    /// Options whose bundle is not among them are left out.
    pub(in crate::services) fn copy(
        &mut self,
        lines: &[Record],
        with_adjustments: bool,
        with_tiers: bool,
    ) -> Result<Vec<Record>, Failure> {
        let session = self.cart.session;
        let mut copies = Vec::with_capacity(lines.len());
        let (mut line_numbers, mut numbers) = (HashMap::new(), HashMap::new());
        for line in lines {
            let parent = int(line, "ParentBundleNumber");
            if parent > 0 && !numbers.contains_key(&parent) {
                continue;
            }
            self.count += 1;
            if self.count > MAX_LINES {
                return Err(unprocessable(format!(
                    "a cart has at most {MAX_LINES} lines"
                )));
            }
            let line_number = *line_numbers
                .entry(int(line, "LineNumber"))
                .or_insert_with(|| {
                    self.last_line += 1;
                    self.last_line
                });
            let number = *numbers
                .entry(int(line, "PrimaryLineNumber"))
                .or_insert_with(|| {
                    self.last_primary += 1;
                    self.last_primary
                });
            let sequence = self.sequences.entry(line_number).or_default();
            *sequence += 1;
            let mut row = line.clone();
            row.remove("Id");
            row.remove("ExternalId");
            if !with_adjustments {
                for field in ["AdjustmentType", "AdjustmentAmount", "AdjustmentAppliesTo"] {
                    row.remove(field);
                }
            }
            row.extend(Record::from_iter([
                ("LineNumber".to_owned(), line_number.into()),
                ("LineSequence".to_owned(), line_number.into()),
                ("PrimaryLineNumber".to_owned(), number.into()),
                ("ItemSequence".to_owned(), (*sequence).into()),
                (
                    "CopySourceNumber".to_owned(),
                    int(line, "PrimaryLineNumber").into(),
                ),
                ("PricingStatus".to_owned(), "Pending".into()),
            ]));
            if let Some(parent) = numbers.get(&parent) {
                row.insert("ParentBundleNumber".to_owned(), (*parent).into());
            }
            let copy = LINES.create(session, &self.cart.record, row)?;
            let id = store::text(line, "Id").unwrap_or_default();
            if with_tiers {
                for mut tier in TIERS.of(session.tx, id)? {
                    tier.remove("Id");
                    TIERS.create(session, &copy, tier)?;
                }
            }
            if with_adjustments {
                self.copy_adjustments(line, &copy)?;
            }
            copies.push(copy);
        }
        Ok(copies)
    }

    fn copy_adjustments(&self, line: &Record, copy: &Record) -> Result<(), Failure> {
        let session = self.cart.session;
        let source = fields::lookup_id(line, "Configuration").unwrap_or_default();
        for mut adjustment in ADJUSTMENTS.of(session.tx, source)? {
            if fields::lookup_id(&adjustment, "LineItem") != store::text(line, "Id") {
                continue;
            }
            adjustment.remove("Id");
            adjustment.insert("LineItem".to_owned(), lookup(copy));
            let number = copy.get("PrimaryLineNumber").cloned().unwrap_or_default();
            adjustment.insert("LineNumber".to_owned(), number);
            ADJUSTMENTS.create(session, &self.cart.record, adjustment)?;
        }
        Ok(())
    }

    /// The numbers of a product that is added.
    fn place(&mut self, product: &Record, bundle: Option<&Bundle>) -> Bundle {
        let line_number = match bundle {
            Some(bundle) => bundle.line_number,
            None => {
                self.last_line += 1;
                self.last_line
            }
        };
        self.last_primary += 1;
        Bundle {
            line_number,
            number: self.last_primary,
            top: bundle.map_or_else(|| lookup(product), |bundle| bundle.top.clone()),
            product: store::text(product, "Id").unwrap_or_default().to_owned(),
            depth: bundle.map_or(0, |bundle| bundle.depth + 1),
        }
    }

    /// The fields of a line, without its numbers.
    fn row(
        &self,
        product: &Record,
        price: &Price,
        component: Option<&Record>,
        request: &Record,
    ) -> Result<Record, Failure> {
        let item = &price.item;
        let word = |field: &str, otherwise: &str| {
            let word = store::text(item, field).filter(|word| !word.is_empty());
            word.unwrap_or(otherwise).to_owned()
        };
        let flag = |field: &str, otherwise: bool| {
            item.get(field)
                .and_then(Value::as_bool)
                .unwrap_or(otherwise)
        };
        let default = |field: &str| {
            let of_option = component.and_then(|component| amount_in(component, field));
            let default = of_option.or_else(|| amount_in(item, field));
            number(
                default
                    .filter(|default| *default > Decimal::ZERO)
                    .unwrap_or(Decimal::ONE),
            )
        };
        let name = product.get("Name").cloned().unwrap_or_default();
        let customizable = is_set(product, "HasOptions") || is_set(product, "HasAttributes");
        let cart = |field: &str| self.cart.record.get(field).cloned().unwrap_or_default();
        let mut row = Record::new();
        let defaults = json!({
            "Name": name,
            "Description": product.get("Description").filter(|text| !text.is_null()).unwrap_or(&name),
            "AddedBy": "User",
            "AllocateGroupAdjustment": flag("AllocateGroupAdjustment", true),
            "AllowManualAdjustment": flag("AllowManualAdjustment", true),
            "AllowProration": flag("AllowProration", false),
            "BillingFrequency": word("BillingFrequency", price.frequency()),
            "BillingRule": item.get("BillingRule"),
            "ChargeType": price.charge_type(),
            "ConfigStatus": if is_set(product, "HasOptions") { "Pending" } else { "Complete" },
            "Currency": self.list.currency.code,
            "EndDate": cart("ExpectedEndDate"),
            "Frequency": price.frequency(),
            "HasAttributes": is_set(product, "HasAttributes"),
            "HasIncentives": false,
            "HasOptions": is_set(product, "HasOptions"),
            "IsCustomizable": customizable,
            "IsQuantityModifiable": !flag("IsQuantityReadOnly", false),
            "IsSellingTermReadOnly": flag("IsSellingTermReadOnly", false),
            "IsTaxable": flag("IsTaxable", false),
            "IsTaxInclusive": flag("IsTaxInclusive", false),
            "LineStatus": "New",
            "LineType": "Product/Service",
            "PriceIncludedInBundle": flag("PriceIncludedInBundle", false),
            "PriceList": lookup(&self.list.record),
            "PriceListItem": lookup(item),
            "PriceMethod": word("PriceMethod", "Per Unit"),
            "PriceType": word("PriceType", "One Time"),
            "PriceUom": word("PriceUom", "Each"),
            "PricingStatus": "Pending",
            "ProductVersion": product.get("Version").filter(|version| !version.is_null()).unwrap_or(&json!(1)),
            "Quantity": default("DefaultQuantity"),
            "RollupPriceToBundle": flag("RollupPriceToBundle", false),
            "SellingFrequency": price.frequency(),
            "SellingTerm": default("DefaultSellingTerm"),
            "SellingUom": word("PriceUom", "Each"),
            "StartDate": cart("ExpectedStartDate"),
        });
        if let Value::Object(defaults) = defaults {
            row.extend(defaults);
        }
        row.extend(changes(request, &row)?);
        if let Some(component) = component {
            check_option_quantity(component, &row)?;
        }
        Ok(row)
    }
}

impl Bundle {
    /// The bundle of these lines with this primary line number.
    pub(super) fn in_cart(lines: &[Record], number: i64) -> Option<Self> {
        let line = lines
            .iter()
            .find(|line| int(line, "PrimaryLineNumber") == number)?;
        let mut depth = 0;
        let mut parent = int(line, "ParentBundleNumber");
        while parent > 0 && depth < MAX_DEPTH {
            depth += 1;
            let above = lines
                .iter()
                .find(|line| int(line, "PrimaryLineNumber") == parent);
            parent = above.map_or(0, |line| int(line, "ParentBundleNumber"));
        }
        Some(Self {
            line_number: int(line, "LineNumber"),
            number,
            top: line.get("Product").cloned().unwrap_or_default(),
            product: product_id(line)?.to_owned(),
            depth,
        })
    }
}

/// What a request sets of a line, checked; `line` is the line as it is.
pub(super) fn changes(request: &Record, line: &Record) -> Result<Record, Failure> {
    let mut row = request.clone();
    row.retain(|field, value| {
        let nothing = value.is_null() && matches!(field.as_str(), "Quantity" | "SellingTerm");
        !nothing && !SET_BY_CART.contains(&field.as_str())
    });
    for field in ["Quantity", "SellingTerm", "BasePriceOverride"] {
        let Some(value) = row.get(field).filter(|value| !value.is_null()) else {
            continue;
        };
        let fits = amount(value)
            .filter(|amount| (Decimal::ZERO..=Decimal::from(MOST_UNITS)).contains(amount));
        if fits.is_none() {
            return Err(unprocessable(format!(
                "{field} is a number from 0 to {MOST_UNITS}, not {value}"
            )));
        }
        let read_only = match field {
            "Quantity" => line.get("IsQuantityModifiable") == Some(&Value::Bool(false)),
            "SellingTerm" => is_set(line, "IsSellingTermReadOnly"),
            _ => false,
        };
        let same = amount(value) == amount_in(line, field);
        if read_only && !same {
            return Err(unprocessable(format!(
                "the price list does not let {field} be changed"
            )));
        }
    }
    let mut after = line.clone();
    after.extend(row.clone());
    let adjustment = Adjustment::read(&after, "Manual adjustment")
        .map_err(|failure| unprocessable(failure.messages().join("; ")))?;
    let adjusted = ["AdjustmentType", "AdjustmentAmount", "BasePriceOverride"]
        .iter()
        .any(|field| {
            row.get(*field)
                .is_some_and(|value| !value.is_null() && Some(value) != line.get(*field))
        });
    let refused = line.get("AllowManualAdjustment") == Some(&Value::Bool(false));
    if refused && adjusted && (adjustment.is_some() || row.contains_key("BasePriceOverride")) {
        return Err(unprocessable(
            "the price list does not let the line be adjusted",
        ));
    }
    Ok(row)
}

/// The lines with this primary line number, and all options below.
pub(in crate::services) fn with_options(lines: &[Record], number: i64) -> Vec<Record> {
    let mut numbers = vec![number];
    let mut at = 0;
    while let Some(number) = numbers.get(at).copied() {
        at += 1;
        for line in lines {
            let own = int(line, "PrimaryLineNumber");
            if int(line, "ParentBundleNumber") == number && !numbers.contains(&own) {
                numbers.push(own);
            }
        }
    }
    let within = |line: &&Record| numbers.contains(&int(line, "PrimaryLineNumber"));
    lines.iter().filter(within).cloned().collect()
}

/// Checks an option's quantity against its bundle's rule.
pub(super) fn check_option_quantity(component: &Record, line: &Record) -> Result<(), Failure> {
    let quantity = amount_in(line, "Quantity").unwrap_or(Decimal::ONE);
    let bound = |field| amount_in(component, field).filter(|bound| !bound.is_zero());
    if bound("MinQuantity").is_some_and(|least| quantity < least)
        || bound("MaxQuantity").is_some_and(|most| quantity > most)
    {
        let word =
            |field| bound(field).map_or("any".to_owned(), |bound| bound.normalize().to_string());
        return Err(unprocessable(format!(
            "the bundle takes {} to {} of the option '{}', not {}",
            word("MinQuantity"),
            word("MaxQuantity"),
            store::text(line, "Name").unwrap_or_default(),
            quantity.normalize()
        )));
    }
    Ok(())
}

/// The rule by which a product is an option of a bundle.
fn component(cart: &Cart<'_>, bundle: &Bundle, option: &str) -> Result<Record, Failure> {
    if bundle.depth >= MAX_DEPTH {
        return Err(unprocessable(format!(
            "bundles within bundles go {MAX_DEPTH} deep"
        )));
    }
    let components = COMPONENTS.of(cart.session.tx, &bundle.product)?;
    let mut fitting = components.into_iter();
    fitting
        .find(|component| fields::lookup_id(component, "ComponentProduct") == Some(option))
        .ok_or_else(|| {
            unprocessable(format!(
                "the product '{option}' is no option of the bundle '{}'",
                bundle.product
            ))
        })
}

/// Whether a row of a request is for an option, and the transaction number of its bundle in the same request.
pub(super) fn is_option(row: &Record) -> bool {
    let named = |field| int(row, field) > 0;
    named("TxnParentBundleNumber") || named("ParentBundleNumber") || !is_product(row)
}
