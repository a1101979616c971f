//! Amounts of money: decimal, never floating point, though JSON writes them as numbers.

use rust_decimal::prelude::{FromPrimitive as _, ToPrimitive as _};
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::{Value, json};

use crate::records::store::{self, Record};
use crate::services::data::currencies;

/// The currency of a record that names none.
const DEFAULT: &str = "USD";

/// No price goes beyond this. A cent more than this many is still exact in JSON, whose readers take numbers for doubles.
pub(crate) const MOST: Decimal = Decimal::from_parts(0x4E72_A000, 0x0000_0918, 0, false, 0);

/// A currency: how it is written, and how many decimals its amounts have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Currency {
    pub(crate) code: String,
    symbol: String,
    /// How many decimals its amounts have.
    pub(crate) decimals: u32,
}

impl Currency {
    /// The currency with this code. One that the organisation does not have has two decimals.
    pub(crate) fn named(code: &str) -> Self {
        let known = currencies::find(code);
        Self {
            code: code.to_owned(),
            symbol: known.map_or(code, |(symbol, _)| symbol).to_owned(),
            decimals: known.map_or(2, |(_, decimals)| u32::from(decimals)),
        }
    }

    /// The currency that a record's `Currency` names, else US dollars.
    pub(crate) fn of(record: &Record) -> Self {
        let code = store::text(record, "Currency").filter(|code| !code.is_empty());
        Self::named(code.unwrap_or(DEFAULT))
    }

    /// The currency with finer or coarser amounts.
    pub(crate) fn with_decimals(self, decimals: u32) -> Self {
        Self { decimals, ..self }
    }

    /// An amount as the published `CurrencyField`.
    pub(crate) fn field(&self, amount: Value) -> Value {
        json!({
            "Value": amount,
            "DisplayValue": amount,
            "CurrencyCode": self.code,
            "CurrencySymbol": self.symbol,
        })
    }

    /// The amount rounded to the currency's decimals, half away from zero.
    pub(crate) fn round(&self, amount: Decimal) -> Decimal {
        amount.round_dp_with_strategy(self.decimals, RoundingStrategy::MidpointAwayFromZero)
    }
}

/// Reads an amount: a number, a text that is one, or a `CurrencyField`.
pub(crate) fn amount(value: &Value) -> Option<Decimal> {
    match value {
        Value::Number(number) => {
            let text = number.to_string();
            let exact = text.parse().or_else(|_| Decimal::from_scientific(&text));
            exact.ok().or_else(|| Decimal::from_f64(number.as_f64()?))
        }
        Value::String(text) => text.trim().parse().ok(),
        Value::Object(field) => field
            .get("Value")
            .filter(|value| !value.is_object())
            .and_then(amount),
        _ => None,
    }
}

/// The amount in a record's field, if there is one.
pub(crate) fn amount_in(record: &Record, field: &str) -> Option<Decimal> {
    record.get(field).and_then(amount)
}

/// The amount as a JSON number.
pub(crate) fn number(amount: Decimal) -> Value {
    if amount.fract().is_zero()
        && let Some(whole) = amount.to_i64()
    {
        return whole.into();
    }
    amount.to_f64().into()
}

/// Shares `total` out by weight, each share rounded to the currency's decimals. The shares add up to `total`, which is
/// itself rounded. Without any weight the first takes it all.
pub(crate) fn share_out(total: Decimal, weights: &[Decimal], currency: &Currency) -> Vec<Decimal> {
    let sum: Decimal = weights.iter().copied().sum();
    let mut shares = Vec::with_capacity(weights.len());
    let mut losses = Vec::with_capacity(weights.len());
    for (at, weight) in weights.iter().enumerate() {
        let exact = if sum.is_zero() {
            if at == 0 { total } else { Decimal::ZERO }
        } else {
            // The quotient first: it is at most one, so the product is no larger than the total.
            total * (weight / sum)
        };
        let share = exact.round_dp_with_strategy(currency.decimals, RoundingStrategy::ToZero);
        shares.push(share);
        losses.push(((exact - share).abs(), at));
    }
    let mut left = total - shares.iter().copied().sum::<Decimal>();
    let mut step = Decimal::new(1, currency.decimals);
    if left.is_sign_negative() {
        step.set_sign_negative(true);
    }
    losses.sort_by(|(one, _), (other, _)| other.cmp(one));
    for (_, at) in losses.iter().cycle() {
        if left.abs() < step.abs() {
            break;
        }
        if let Some(share) = shares.get_mut(*at) {
            *share += step;
        }
        left -= step;
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn amounts_are_read_as_they_are_written() {
        for (value, wanted) in [
            (json!(0.1), Some("0.1")),
            (json!(1_234_567.89), Some("1234567.89")),
            (json!(1e21), Some("1000000000000000000000")),
            (json!(7), Some("7")),
            (json!("19.99"), Some("19.99")),
            (json!({"Value": 5.5, "CurrencyCode": "EUR"}), Some("5.5")),
            (json!({"Value": {"Value": 1}}), None),
            (json!("ten"), None),
            (json!(null), None),
            (json!(1e300), None),
        ] {
            assert_eq!(amount(&value), wanted.map(decimal), "{value}");
        }
    }

    #[test]
    fn amounts_are_written_as_numbers() {
        assert_eq!(number(decimal("600.00")).to_string(), "600");
        assert_eq!(number(decimal("-0.10")).to_string(), "-0.1");
        assert_eq!(
            number(MOST - decimal("0.01")).to_string(),
            "9999999999999.99"
        );
    }

    #[test]
    fn a_currency_rounds_to_its_decimals() {
        let (dollar, yen) = (Currency::named("USD"), Currency::named("JPY"));
        assert_eq!(dollar.round(decimal("2.345")), decimal("2.35"));
        assert_eq!(dollar.round(decimal("-2.345")), decimal("-2.35"));
        assert_eq!(yen.round(decimal("2.5")), decimal("3"));
        assert_eq!(Currency::named("XYZ").decimals, 2);
    }

    #[test]
    fn shares_lose_no_cent() {
        let weights = ["1", "1", "1"].map(decimal);
        let dollar = Currency::named("USD");
        assert_eq!(
            share_out(decimal("-100.00"), &weights, &dollar),
            ["-33.34", "-33.33", "-33.33"].map(decimal)
        );
        let nothing = [Decimal::ZERO; 2];
        assert_eq!(
            share_out(decimal("5"), &nothing, &dollar),
            ["5", "0"].map(decimal)
        );
        assert!(share_out(decimal("5"), &[], &dollar).is_empty());
    }
}
