//! The prices of a cart's lines, and its totals.

use std::collections::HashMap;

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::opened::{
    ADJUSTMENTS, Cart, LINES, SUMMARY_GROUPS, int, is_product, is_set, product_id,
};
use super::{pending, waterfall};
use crate::failure::Failure;
use crate::records::store::{self, By, Record};
use crate::services::pricing::adjustment::Adjustment;
use crate::services::pricing::line::{Line, Priced};
use crate::services::pricing::money::{self, Currency, amount_in, number};
use crate::services::pricing::price_list::{Price, PriceList};
use crate::services::pricing::rules::{Rules, Subject};
use crate::services::pricing::totals::{self, Group, Member, Sums};

/// What the prices of a cart come from.
struct Source<'c> {
    cart: &'c Cart<'c>,
    list: PriceList,
    rules: Rules,
    currency: Currency,
}

/// Works out the prices that the cart awaits, and its totals.
pub(in crate::services) fn price(cart: &mut Cart<'_>) -> Result<(), Failure> {
    let before = cart.lines()?;
    let mut lines = before.clone();
    let awaiting = with_bundles(&lines, &pending::awaiting(&cart.record));
    price_lines(cart, &mut lines, &awaiting)?;
    let groups = total(cart, &mut lines)?;
    for (line, before) in lines.iter().zip(&before) {
        if line != before {
            LINES.update(
                cart.session,
                store::text(line, "Id").unwrap_or_default(),
                line,
            )?;
        }
    }
    save_groups(cart, groups)?;
    let products = lines
        .iter()
        .filter(|line| is_product(line) && is_set(line, "IsPrimaryLine"));
    cart.set(json!({
        "IsPricePending": false,
        "IsTaskPending": false,
        "LineItemsAwaitingPrice": "",
        "NumberOfItems": products.count(),
        "PricingDate": cart.session.date(),
    }))
}

/// The numbers, and those of the bundles around them.
fn with_bundles(lines: &[Record], numbers: &[i64]) -> Vec<i64> {
    let mut all = numbers.to_vec();
    let mut at = 0;
    while let Some(number) = all.get(at).copied() {
        at += 1;
        let mut own = lines
            .iter()
            .filter(|line| int(line, "PrimaryLineNumber") == number);
        if let Some(parent) = own.find_map(parent_of)
            && !all.contains(&parent)
        {
            all.push(parent);
        }
    }
    all
}

fn price_lines(cart: &Cart<'_>, lines: &mut [Record], awaiting: &[i64]) -> Result<(), Failure> {
    let mut pending: Vec<usize> = (0..lines.len())
        .filter(|at| {
            let number = lines.get(*at).map(|line| int(line, "PrimaryLineNumber"));
            number.is_some_and(|number| awaiting.contains(&number))
        })
        .collect();
    if pending.is_empty() {
        return Ok(());
    }
    let list = match cart.price_list_id() {
        Some(id) => PriceList::find(cart.session.tx, id)?,
        None => None,
    };
    let Some(list) = list else {
        for at in pending {
            if let Some(line) = lines.get_mut(at) {
                fail(line, "the cart has no price list; give it one");
            }
        }
        return Ok(());
    };
    let source = Source {
        cart,
        currency: list.currency.clone(),
        list,
        rules: Rules::at(cart.session.tx, cart.session.now)?,
    };
    let mut adjustments: HashMap<String, Vec<Record>> = HashMap::new();
    for adjustment in ADJUSTMENTS.of(cart.session.tx, cart.id())? {
        if let Some(line) = adjustment
            .get("LineItem")
            .and_then(|line| line["Id"].as_str())
        {
            adjustments
                .entry(line.to_owned())
                .or_default()
                .push(adjustment);
        }
    }
    // Options before their bundles, which sum them up.
    let depths: Vec<usize> = lines.iter().map(|line| depth(lines, line)).collect();
    pending.sort_by_key(|at| std::cmp::Reverse(depths.get(*at).copied()));
    for at in pending {
        let quantity = lines.get(at).map(|line| extended_quantity(lines, line, 0));
        let options = lines.get(at).map(|line| options(lines, line));
        let (Some(line), Some(quantity), Some(options)) = (lines.get_mut(at), quantity, options)
        else {
            continue;
        };
        let id = store::text(line, "Id").unwrap_or_default();
        let own = adjustments.remove(id).unwrap_or_default();
        source.price(line, quantity, options, own)?;
    }
    Ok(())
}

impl Source<'_> {
    fn price(
        &self,
        line: &mut Record,
        quantity: Option<Decimal>,
        options: Decimal,
        adjustments: Vec<Record>,
    ) -> Result<(), Failure> {
        let Some((product, price)) = self.find(line)? else {
            fail(
                line,
                "the price list has no price for the product now; remove the line",
            );
            return Ok(());
        };
        let Some(quantity) = quantity else {
            fail(line, "the quantity is too large");
            return Ok(());
        };
        let term = match price.is_one_time() {
            true => Decimal::ONE,
            false => amount_in(line, "SellingTerm").unwrap_or(Decimal::ONE),
        };
        let override_price = amount_in(line, "BasePriceOverride");
        let free = is_set(&price.item, "PriceIncludedInBundle") && !is_product(line);
        let unit = |amount: Decimal| if free { Decimal::ZERO } else { amount };
        let subject = Subject {
            price_list: store::text(&self.list.record, "Id").unwrap_or_default(),
            product: &product,
            charge_type: price.charge_type(),
            quantity,
        };
        let input = Line {
            list_price: unit(price.list_price),
            base_price: unit(override_price.unwrap_or(price.base_price)),
            quantity,
            term,
            flat: price.is_flat(),
            options,
            rules: self.rules.adjustments(subject),
            adjustments: manual(line, adjustments),
            currency: self.currency.clone(),
        };
        match input.price() {
            Ok(priced) => self.write(line, &input, &price, &priced),
            Err(error) => fail(line, &error.to_string()),
        }
        Ok(())
    }

    /// The line's product, and its price by the line's charge type.
    fn find(&self, line: &Record) -> Result<Option<(Record, Price)>, Failure> {
        let tx = self.cart.session.tx;
        let product = product_id(line).unwrap_or_default();
        let Some(stored) = store::find(tx, "Product", By::Id, product)? else {
            return Ok(None);
        };
        let contracts = store::text(&self.cart.record, "ContractNumbers").unwrap_or_default();
        let prices = self
            .list
            .prices(tx, product, contracts, self.cart.session.now)?;
        let charge = store::text(line, "ChargeType").unwrap_or("Standard Price");
        let price = prices
            .into_iter()
            .find(|price| price.charge_type() == charge);
        Ok(price.map(|price| (stored.record, price)))
    }

    fn write(&self, line: &mut Record, input: &Line, price: &Price, priced: &Priced) {
        let quantity = if input.flat {
            Decimal::ONE
        } else {
            input.quantity
        };
        let units = quantity.checked_mul(input.term).unwrap_or(quantity);
        let per_unit = |amount: Decimal| {
            self.currency
                .round(amount.checked_div(units).unwrap_or_default())
        };
        let automatic = priced.extended - priced.base_extended - input.options;
        let manual = priced.adjusted - priced.extended;
        let cost = amount_in(&price.item, "Cost");
        let extended_cost = cost.and_then(|cost| cost.checked_mul(units));
        set(
            line,
            json!({
                "PriceListItem": {"Id": price.item.get("Id"), "Name": price.item.get("Name")},
                "ListPrice": number(input.list_price),
                "BasePrice": number(priced.base_price),
                "BasePriceMethod": store::text(&price.item, "PriceMethod").unwrap_or("Per Unit"),
                "ExtendedQuantity": number(input.quantity),
                "TotalQuantity": number(input.quantity),
                "BaseExtendedPrice": number(priced.base_extended),
                "OptionPrice": number(input.options),
                "ExtendedPrice": number(priced.extended),
                "UnitPriceAdjustmentAuto": number(per_unit(automatic)),
                "UnitPriceAdjustmentManual": number(per_unit(manual)),
                "PriceAdjustment": number(manual),
                "AdjustedPrice": number(priced.adjusted),
                "NetPrice": number(priced.adjusted),
                "NetUnitPrice": number(per_unit(priced.adjusted)),
                "Cost": cost.map(number),
                "ExtendedCost": number(self.currency.round(extended_cost.unwrap_or_default())),
                "PricingStatus": "Complete",
                "PricingDate": self.cart.session.date(),
                "PricingSteps": waterfall::written(&priced.waterfall),
                "StatusDetails": null,
            }),
        );
    }
}

/// The line's own adjustment, then those that were added to it, by sequence. All were checked when they were made.
fn manual(line: &Record, mut added: Vec<Record>) -> Vec<Adjustment> {
    added.sort_by_key(|adjustment| amount_in(adjustment, "Sequence").unwrap_or(Decimal::MAX));
    let own = Adjustment::read(line, "Manual adjustment").ok().flatten();
    // The line's id is not that of an adjustment.
    let own = own.map(|own| Adjustment { id: None, ..own });
    let added = added
        .iter()
        .filter_map(|adjustment| Adjustment::read(adjustment, "Adjustment").ok().flatten());
    own.into_iter().chain(added).collect()
}

/// A line that could not be priced.
fn fail(line: &mut Record, why: &str) {
    set(
        line,
        json!({
            "ExtendedPrice": null,
            "AdjustedPrice": null,
            "NetPrice": null,
            "NetUnitPrice": null,
            "OptionPrice": null,
            "BaseExtendedPrice": null,
            "PricingSteps": null,
            "PricingStatus": "Error",
            "StatusDetails": why,
        }),
    );
}

fn set(line: &mut Record, fields: Value) {
    if let Value::Object(fields) = fields {
        line.extend(fields);
    }
}

fn parent_of(line: &Record) -> Option<i64> {
    Some(int(line, "ParentBundleNumber")).filter(|number| *number > 0)
}

/// How many bundles a line is within.
fn depth(lines: &[Record], line: &Record) -> usize {
    let mut depth = 0;
    let mut parent = parent_of(line);
    // Numbers only lead to smaller ones, so this ends.
    while let Some(number) = parent {
        depth += 1;
        let above = lines
            .iter()
            .find(|line| int(line, "PrimaryLineNumber") == number);
        parent = above.and_then(parent_of).filter(|above| *above < number);
    }
    depth
}

/// The line's quantity, for all of its bundles; `None` if it is too large.
fn extended_quantity(lines: &[Record], line: &Record, below: usize) -> Option<Decimal> {
    let own = amount_in(line, "Quantity").unwrap_or(Decimal::ONE);
    let Some(number) = parent_of(line).filter(|_| below < lines.len()) else {
        return Some(own);
    };
    let mut above = lines.iter();
    let bundle = above
        .find(|line| int(line, "PrimaryLineNumber") == number && is_set(line, "IsPrimaryLine"));
    match bundle {
        Some(bundle) => own.checked_mul(extended_quantity(lines, bundle, below + 1)?),
        None => Some(own),
    }
}

/// The sum of the prices of a line's options: of those with its charge type and frequency, and the bundle's first line
/// takes those that fit no other.
fn options(lines: &[Record], line: &Record) -> Decimal {
    let number = int(line, "PrimaryLineNumber");
    let charge = |line: &Record| {
        let part = |field| store::text(line, field).unwrap_or_default().to_owned();
        (part("ChargeType"), part("Frequency"))
    };
    let bundle: Vec<_> = lines
        .iter()
        .filter(|line| int(line, "PrimaryLineNumber") == number)
        .map(charge)
        .collect();
    let own = charge(line);
    let options = lines
        .iter()
        .filter(|option| parent_of(option) == Some(number));
    let fitting = options.filter(|option| {
        let charge = charge(option);
        charge == own || (is_set(line, "IsPrimaryLine") && !bundle.contains(&charge))
    });
    fitting
        .filter_map(|option| amount_in(option, "NetPrice"))
        .sum()
}

/// Sets the lines' net prices by the adjustments of their groups; gives the groups.
fn total(cart: &Cart<'_>, lines: &mut [Record]) -> Result<Vec<Record>, Failure> {
    let currency = cart.currency();
    let known = SUMMARY_GROUPS.of(cart.session.tx, cart.id())?;
    let mut priced: Vec<&mut Record> = lines
        .iter_mut()
        .filter(|line| is_product(line) && store::text(line, "PricingStatus") == Some("Complete"))
        .collect();
    let mut members: Vec<Member> = priced.iter().map(|line| member(line)).collect();
    let groups: Vec<Group> = totals::sums(&members).into_keys().collect();
    let mut adjustments = Vec::new();
    for group in &groups {
        let name = group.name();
        let known = known
            .iter()
            .find(|known| store::text(known, "Name") == Some(&name));
        if let Some(known) = known
            && let Some(adjustment) = Adjustment::read(known, "Group adjustment")?
        {
            adjustments.push((group.clone(), adjustment));
        }
    }
    totals::adjust(&mut members, &adjustments, &currency);
    for (line, member) in priced.iter_mut().zip(&members) {
        let sums = &member.sums;
        let unit = sums.net.checked_div(units(line)).unwrap_or_default();
        set(
            line,
            json!({
                "NetPrice": number(sums.net),
                "NetUnitPrice": number(currency.round(unit)),
                "DeltaPrice": number(sums.net),
                "GroupAdjustmentPercent": percent(sums.net - sums.adjusted, sums.adjusted),
                "NetAdjustmentPercent": percent(sums.net - sums.extended, sums.extended),
            }),
        );
    }
    let sums = totals::sums(&members);
    let rows = (1_i64..)
        .zip(&sums)
        .map(|(at, (group, sums))| group_row(at, group, sums));
    Ok(rows.collect())
}

/// How many times the price of one unit is in that of a priced line: quantity by term, where these count.
pub(super) fn units(line: &Record) -> Decimal {
    let flat = store::text(line, "BasePriceMethod") == Some("Flat Price");
    let once = matches!(store::text(line, "PriceType"), None | Some("" | "One Time"));
    let factor = |field, counts: bool| {
        amount_in(line, field)
            .filter(|_| counts)
            .unwrap_or(Decimal::ONE)
    };
    let quantity = factor("ExtendedQuantity", !flat);
    quantity
        .checked_mul(factor("SellingTerm", !once))
        .unwrap_or(quantity)
}

/// A priced line as the sums see it.
pub(super) fn member(line: &Record) -> Member {
    let amount = |field| amount_in(line, field).unwrap_or_default();
    let word = |field, otherwise: &str| {
        store::text(line, field)
            .filter(|word| !word.is_empty())
            .unwrap_or(otherwise)
            .to_owned()
    };
    let list = waterfall::read(line)
        .points
        .first()
        .map(|point| point.price);
    Member {
        charge_type: word("ChargeType", "Standard Price"),
        frequency: word("Frequency", "One Time"),
        takes_part: line.get("AllocateGroupAdjustment") != Some(&Value::Bool(false)),
        sums: Sums {
            extended_list: list.unwrap_or_default(),
            base_extended: amount("BaseExtendedPrice"),
            options: amount("OptionPrice"),
            extended: amount("ExtendedPrice"),
            adjusted: amount("AdjustedPrice"),
            net: amount("NetPrice"),
        },
    }
}

fn group_row(at: i64, group: &Group, sums: &Sums) -> Record {
    let (charge_type, frequency) = match group {
        Group::Subtotal {
            charge_type,
            frequency,
        } => (Some(charge_type), Some(frequency)),
        Group::Total { frequency } => (None, Some(frequency)),
        Group::GrandTotal => (None, None),
    };
    let name = group.name();
    let mut row = Record::new();
    set(
        &mut row,
        json!({
            "Name": name,
            "Description": name,
            "LineType": group.line_type(),
            "GroupType": "Category",
            "ChargeType": charge_type,
            "Frequency": frequency,
            "LineNumber": at,
            "ItemSequence": at,
            "ExtendedListPrice": number(sums.extended_list),
            "BaseExtendedPrice": number(sums.base_extended),
            "OptionPrice": number(sums.options),
            "ExtendedPrice": number(sums.extended),
            "ExtendedRollupPrice": number(sums.extended),
            "AdjustedPrice": number(sums.adjusted),
            "PriceAdjustment": number(sums.adjusted - sums.extended),
            "NetPrice": number(sums.net),
            "DeltaPrice": number(sums.net),
            "GroupAdjustmentPercent": percent(sums.net - sums.adjusted, sums.adjusted),
            "NetAdjustmentPercent": percent(sums.net - sums.extended, sums.extended),
        }),
    );
    row
}

/// Writes the groups: those of the same name stay, with their adjustments; those that no line makes go.
fn save_groups(cart: &Cart<'_>, rows: Vec<Record>) -> Result<(), Failure> {
    let session = cart.session;
    let mut known = SUMMARY_GROUPS.of(session.tx, cart.id())?;
    known.retain(|group| store::text(group, "GroupType") != Some("AdHoc"));
    for row in rows {
        let same = known
            .iter()
            .position(|known| known.get("Name") == row.get("Name"));
        match same.map(|at| known.swap_remove(at)) {
            Some(group) => {
                SUMMARY_GROUPS.update(
                    session,
                    store::text(&group, "Id").unwrap_or_default(),
                    &row,
                )?;
            }
            None => {
                SUMMARY_GROUPS.create(session, &cart.record, row)?;
            }
        }
    }
    for group in known {
        SUMMARY_GROUPS.delete(session, store::text(&group, "Id").unwrap_or_default())?;
    }
    Ok(())
}

/// The change in per cent of the price, to four decimals.
fn percent(change: Decimal, of: Decimal) -> Value {
    let share = change
        .checked_div(of)
        .and_then(|share| share.checked_mul(Decimal::ONE_HUNDRED));
    money::number(share.unwrap_or_default().round_dp(4).normalize())
}
