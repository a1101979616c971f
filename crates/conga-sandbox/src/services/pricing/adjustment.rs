//! Adjustments: discounts, markups and overrides of a price.

use rust_decimal::Decimal;
use serde_json::Value;

use super::money::{self, Currency};
use crate::failure::Failure;
use crate::records::store::{self, Record};

/// An adjustment of a price.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Adjustment {
    /// What it is called where it is shown.
    pub(crate) name: String,
    /// The record that it comes from.
    pub(crate) id: Option<String>,
    pub(crate) kind: Kind,
    /// A percentage, an amount or a factor, as the kind has it.
    pub(crate) amount: Decimal,
    pub(crate) basis: Basis,
}

/// The kinds of adjustment, by the words of `AdjustmentType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `% Discount`, and `% Discount Off List`, whose basis is the list price.
    PercentDiscount,
    /// `Discount Amount`
    Discount,
    /// `% Markup`
    PercentMarkup,
    /// `Markup Amount`
    Markup,
    /// `Price Override`
    Override,
    /// `Price Factor`
    Factor,
    /// `Base Price Override`: the base price of one unit.
    BasePrice,
}

/// What a percentage is of, and whether an amount is for one unit, by the words of `AdjustmentAppliesTo`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Basis {
    /// The price as the adjustments before left it.
    Running,
    /// `List Price`: of one unit.
    List,
    /// `Base Price`: of one unit.
    Base,
}

/// What an adjustment may refer to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Prices {
    /// The list price of the line's whole quantity and term.
    pub(crate) list: Decimal,
    /// The base price of the line's whole quantity and term.
    pub(crate) base: Decimal,
    /// Quantity by term: what an amount for one unit is multiplied by.
    pub(crate) units: Decimal,
}

const KINDS: [(&str, Kind); 8] = [
    ("% Discount", Kind::PercentDiscount),
    ("% Discount Off List", Kind::PercentDiscount),
    ("Discount Amount", Kind::Discount),
    ("% Markup", Kind::PercentMarkup),
    ("Markup Amount", Kind::Markup),
    ("Price Override", Kind::Override),
    ("Price Factor", Kind::Factor),
    ("Base Price Override", Kind::BasePrice),
];

impl Adjustment {
    /// Reads `AdjustmentType`, `AdjustmentAmount` and `AdjustmentAppliesTo`; `None` where there is no type or no
    /// amount. Faults say what to write.
    pub(crate) fn read(record: &Record, name: &str) -> Result<Option<Self>, Failure> {
        let given = |field: &str| record.get(field).filter(|value| !value.is_null());
        let (word, amount) = match (given("AdjustmentType"), given("AdjustmentAmount")) {
            (Some(Value::String(word)), Some(amount)) if !word.is_empty() => (word, amount),
            (Some(Value::String(_)) | None, _) => return Ok(None),
            (Some(_), None) => return Ok(None),
            (Some(_), _) => return Err(Failure::invalid("AdjustmentType is a text")),
        };
        let kind = Kind::named(word)?;
        let basis = match store::text(record, "AdjustmentAppliesTo") {
            _ if normal(word) == normal("% Discount Off List") => Basis::List,
            Some(word) if normal(word) == normal("List Price") => Basis::List,
            Some(word) if normal(word) == normal("Base Price") => Basis::Base,
            _ => Basis::Running,
        };
        let amount = money::amount(amount)
            .ok_or_else(|| Failure::invalid("AdjustmentAmount is a number"))?;
        let most = match kind {
            Kind::PercentDiscount => Decimal::ONE_HUNDRED,
            Kind::PercentMarkup | Kind::Factor => Decimal::from(1_000_000),
            _ => money::MOST,
        };
        if amount.is_sign_negative() || amount > most {
            return Err(Failure::invalid(format!(
                "AdjustmentAmount of '{word}' is 0 to {most}, not {amount}"
            )));
        }
        Ok(Some(Self {
            name: store::text(record, "AdjustmentName")
                .unwrap_or(name)
                .to_owned(),
            id: store::text(record, "Id").map(str::to_owned),
            kind,
            amount,
            basis,
        }))
    }

    /// The price after the adjustment, rounded.
    pub(crate) fn apply(
        &self,
        price: Decimal,
        prices: Prices,
        currency: &Currency,
    ) -> Option<Decimal> {
        let basis = match self.basis {
            Basis::Running => price,
            Basis::List => prices.list,
            Basis::Base => prices.base,
        };
        let percent = || {
            basis
                .checked_mul(self.amount)?
                .checked_div(Decimal::ONE_HUNDRED)
        };
        let amount = || match self.basis {
            Basis::Running => Some(self.amount),
            Basis::List | Basis::Base => self.amount.checked_mul(prices.units),
        };
        let after = match self.kind {
            Kind::PercentDiscount => price.checked_sub(percent()?)?.max(Decimal::ZERO.min(price)),
            Kind::Discount => price.checked_sub(amount()?)?.max(Decimal::ZERO.min(price)),
            Kind::PercentMarkup => price.checked_add(percent()?)?,
            Kind::Markup => price.checked_add(amount()?)?,
            Kind::Override => amount()?,
            Kind::Factor => basis.checked_mul(self.amount)?,
            Kind::BasePrice => self.amount.checked_mul(prices.units)?,
        };
        Some(currency.round(after))
    }
}

impl Kind {
    /// The kind with this name, in any case, with or without blanks.
    pub(crate) fn named(word: &str) -> Result<Self, Failure> {
        let known = KINDS
            .iter()
            .find(|(known, _)| normal(known) == normal(word));
        known.map(|(_, kind)| *kind).ok_or_else(|| {
            let names = KINDS.map(|(name, _)| name).join(", ");
            Failure::invalid(format!(
                "AdjustmentType '{word}' is none; use one of: {names}"
            ))
        })
    }
}

fn normal(word: &str) -> String {
    let chars = word.chars().filter(|c| !c.is_whitespace());
    chars.flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(fields: Value) -> Result<Option<Adjustment>, Vec<String>> {
        Adjustment::read(fields.as_object().unwrap(), "Manual").map_err(Failure::messages)
    }

    fn after(price: &str, fields: Value) -> String {
        let prices = Prices {
            list: "1200".parse().unwrap(),
            base: "1000".parse().unwrap(),
            units: "10".parse().unwrap(),
        };
        let adjustment = read(fields).unwrap().unwrap();
        let after = adjustment.apply(price.parse().unwrap(), prices, &Currency::named("USD"));
        after.unwrap().normalize().to_string()
    }

    #[test]
    fn each_kind_does_what_its_name_says() {
        for (kind, amount, applies_to, wanted) in [
            ("% Discount", 10.0, None, "810"),
            ("%discount", 12.345, None, "788.9"),
            ("% Discount", 10.0, Some("List Price"), "780"),
            ("% Discount Off List", 10.0, None, "780"),
            ("% Discount", 10.0, Some("Base Price"), "800"),
            ("Discount Amount", 50.0, None, "850"),
            ("Discount Amount", 50.0, Some("Base Price"), "400"),
            ("Discount Amount", 5000.0, None, "0"),
            ("% Markup", 10.0, None, "990"),
            ("Markup Amount", 0.015, None, "900.02"),
            ("Price Override", 700.0, Some("Extended Price"), "700"),
            ("Price Override", 70.0, Some("Base Price"), "700"),
            ("Price Factor", 0.5, None, "450"),
            ("Base Price Override", 90.0, None, "900"),
        ] {
            let fields = json!({
                "AdjustmentType": kind, "AdjustmentAmount": amount, "AdjustmentAppliesTo": applies_to,
            });
            assert_eq!(after("900", fields), wanted, "{kind} {applies_to:?}");
        }
    }

    #[test]
    fn what_is_no_adjustment_is_none_or_a_fault() {
        assert_eq!(read(json!({})), Ok(None));
        assert_eq!(
            read(json!({"AdjustmentType": "% Discount", "AdjustmentAmount": null})),
            Ok(None)
        );
        for (kind, amount, words) in [
            (json!("% Discount"), json!(101), "is 0 to 100"),
            (json!("% Discount"), json!(-1), "is 0 to 100"),
            (json!("Rebate"), json!(1), "use one of"),
            (json!("% Discount"), json!("a lot"), "is a number"),
            (json!(5), json!(5), "is a text"),
        ] {
            let faults =
                read(json!({"AdjustmentType": kind, "AdjustmentAmount": amount})).unwrap_err();
            assert!(faults[0].contains(words), "{faults:?}");
        }
    }
}
