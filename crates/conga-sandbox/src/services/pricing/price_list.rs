//! What a price list asks for a product.

use chrono::{DateTime, Utc};
use rusqlite::Transaction;
use rust_decimal::Decimal;

use super::adjustment::{Adjustment, Prices};
use super::money::{self, Currency};
use crate::failure::Failure;
use crate::records::criteria::Criteria;
use crate::records::objects::Object;
use crate::records::selection::{Selection, Start};
use crate::records::store::{self, By, Record};
use crate::records::value::Scalar;

/// A price list may be based on another, that on a third, and so on this often.
const MAX_BASES: usize = 5;
/// More prices of one product than anybody has.
const MAX_ITEMS: u64 = 500;

/// A price list, and those that it is based on.
#[derive(Debug)]
pub(crate) struct PriceList {
    pub(crate) record: Record,
    pub(crate) currency: Currency,
    /// The list that this one is based on, and how its prices are adjusted.
    base: Option<(Box<PriceList>, Option<Adjustment>)>,
}

/// A price of a product: one for each charge type.
#[derive(Debug, Clone)]
pub(crate) struct Price {
    /// The price list item.
    pub(crate) item: Record,
    /// The list price of one unit.
    pub(crate) list_price: Decimal,
    /// The list price as the price list or a contract changes it.
    pub(crate) base_price: Decimal,
}

impl PriceList {
    /// The price list with this id.
    pub(crate) fn find(tx: &Transaction<'_>, id: &str) -> Result<Option<Self>, Failure> {
        Self::with_bases(tx, id, MAX_BASES)
    }

    fn with_bases(tx: &Transaction<'_>, id: &str, bases: usize) -> Result<Option<Self>, Failure> {
        let Some(stored) = store::find(tx, "PriceList", By::Id, id)? else {
            return Ok(None);
        };
        let record = stored.record;
        let base_id = record
            .get("BasedOnPriceList")
            .and_then(|base| base.get("Id")?.as_str());
        let base = match base_id {
            Some(base_id) if bases > 0 => Self::with_bases(tx, base_id, bases - 1)?,
            _ => None,
        };
        let base = base.map(|base| (Box::new(base), based_on(&record)));
        Ok(Some(Self {
            currency: Currency::of(&record),
            record,
            base,
        }))
    }

    /// Whether it may be sold from at that time.
    pub(crate) fn is_active(&self, at: DateTime<Utc>) -> bool {
        in_force(&self.record, at)
    }

    /// The prices of a product at that time, in sequence. A price of this list hides those of the list it is based on.
    /// A price of a contract counts for that contract only, and hides the others of its charge type.
    pub(crate) fn prices(
        &self,
        tx: &Transaction<'_>,
        product: &str,
        contracts: &str,
        at: DateTime<Utc>,
    ) -> Result<Vec<Price>, Failure> {
        let own = self.own_prices(tx, product, contracts, at)?;
        let Some((base, adjustment)) = &self.base else {
            return Ok(own);
        };
        if !own.is_empty() {
            return Ok(own);
        }
        let mut prices = base.prices(tx, product, contracts, at)?;
        for price in &mut prices {
            price.base_price = match adjustment {
                Some(adjustment) => adjusted(adjustment, price.base_price),
                None => price.base_price,
            };
        }
        Ok(prices)
    }

    /// The ids of all products that have a price here at that time.
    pub(crate) fn products(
        &self,
        tx: &Transaction<'_>,
        at: DateTime<Utc>,
    ) -> Result<Vec<String>, Failure> {
        let mut products = match &self.base {
            Some((base, _)) => base.products(tx, at)?,
            None => Vec::new(),
        };
        let id = store::text(&self.record, "Id").unwrap_or_default();
        for item in items(tx, vec![Criteria::is("PriceList", id)], u64::MAX)? {
            if in_force(&item, at)
                && let Some(product) = item.get("Product").and_then(|product| product.get("Id"))
                && let Some(product) = product.as_str()
            {
                products.push(product.to_owned());
            }
        }
        products.sort_unstable();
        products.dedup();
        Ok(products)
    }

    fn own_prices(
        &self,
        tx: &Transaction<'_>,
        product: &str,
        contracts: &str,
        at: DateTime<Utc>,
    ) -> Result<Vec<Price>, Failure> {
        let id = store::text(&self.record, "Id").unwrap_or_default();
        let conditions = vec![
            Criteria::is("Product", product),
            Criteria::is("PriceList", id),
        ];
        let mut items = items(tx, conditions, MAX_ITEMS)?;
        items.retain(|item| in_force(item, at) && counts_for(item, contracts));
        // Prices of contracts come first, so that they are the ones kept.
        items.sort_by_key(|item| contract(item).is_none());
        let mut seen = Vec::new();
        items.retain(|item| {
            let charge = charge_type(item).to_owned();
            let first = !seen.contains(&charge);
            seen.push(charge);
            first
        });
        items.sort_by_key(sequence);
        Ok(items.into_iter().map(Price::of).collect())
    }
}

impl Price {
    fn of(item: Record) -> Self {
        let amount = |field: &str| {
            money::amount_in(&item, field).filter(|amount| !amount.is_sign_negative())
        };
        let list_price = amount("ListPrice").unwrap_or_default();
        let contract_price = amount("ContractPrice").filter(|_| contract(&item).is_some());
        let mut base_price = contract_price.unwrap_or(list_price);
        if let Some(least) = amount("MinPrice").filter(|least| !least.is_zero()) {
            base_price = base_price.max(least);
        }
        if let Some(most) = amount("MaxPrice").filter(|most| !most.is_zero()) {
            base_price = base_price.min(most);
        }
        Self {
            item,
            list_price,
            base_price,
        }
    }

    /// The charge type; `Standard Price` unless the item says otherwise.
    pub(crate) fn charge_type(&self) -> &str {
        charge_type(&self.item)
    }

    /// How often the price is paid.
    pub(crate) fn frequency(&self) -> &str {
        let named = |field| store::text(&self.item, field).filter(|word| !word.is_empty());
        match named("Frequency") {
            Some(frequency) => frequency,
            None if named("PriceType") == Some("Recurring") => "Monthly",
            None => "One Time",
        }
    }

    /// Whether it is paid once, whatever the term.
    pub(crate) fn is_one_time(&self) -> bool {
        match store::text(&self.item, "PriceType") {
            None | Some("" | "One Time") => true,
            Some(_) => false,
        }
    }

    /// Whether it is for the line, whatever the quantity.
    pub(crate) fn is_flat(&self) -> bool {
        store::text(&self.item, "PriceMethod") == Some("Flat Price")
    }
}

/// Whether a record is active, and that time is between its `EffectiveDate` and its `ExpirationDate`. Without the flag
/// it is active.
pub(crate) fn in_force(record: &Record, at: DateTime<Utc>) -> bool {
    let active = record.get("IsActive").and_then(serde_json::Value::as_bool);
    let date = |field| store::text(record, field).and_then(|text| Scalar::text(text).instant);
    let at = at.timestamp_millis();
    active.unwrap_or(true)
        && date("EffectiveDate").is_none_or(|from| from <= at)
        && date("ExpirationDate").is_none_or(|until| at < until)
}

/// How a list adjusts the prices of the list it is based on. Administration takes any word for the type; one that is no
/// kind of adjustment changes nothing.
fn based_on(record: &Record) -> Option<Adjustment> {
    let part = |field: &str| record.get(field).cloned().unwrap_or_default();
    let fields: Record = [
        ("AdjustmentType", part("BasedOnAdjustmentType")),
        ("AdjustmentAmount", part("BasedOnAdjustmentAmount")),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect();
    Adjustment::read(&fields, "Price list").ok().flatten()
}

/// The price of one unit, adjusted. It keeps its decimals: only lines are rounded.
fn adjusted(adjustment: &Adjustment, price: Decimal) -> Decimal {
    let prices = Prices {
        list: price,
        base: price,
        units: Decimal::ONE,
    };
    let fine = Currency::named("").with_decimals(6);
    adjustment
        .apply(price, prices, &fine)
        .unwrap_or(price)
        .normalize()
}

fn items(
    tx: &Transaction<'_>,
    conditions: Vec<Criteria>,
    most: u64,
) -> Result<Vec<Record>, Failure> {
    let object = Object::internal("PriceListItem");
    let page = Selection::matching(&object, conditions).page(tx, &Start::default(), most)?;
    Ok(page
        .records
        .into_iter()
        .map(|stored| stored.record)
        .collect())
}

fn charge_type(item: &Record) -> &str {
    let named = store::text(item, "ChargeType").filter(|word| !word.is_empty());
    named.unwrap_or("Standard Price")
}

fn contract(item: &Record) -> Option<&str> {
    store::text(item, "ContractNumber").filter(|number| !number.is_empty())
}

fn counts_for(item: &Record, contracts: &str) -> bool {
    contract(item).is_none_or(|number| {
        let mut named = contracts.split([',', ';']).map(str::trim);
        named.any(|named| named == number)
    })
}

fn sequence(item: &Record) -> Decimal {
    money::amount_in(item, "Sequence").unwrap_or(Decimal::MAX)
}
