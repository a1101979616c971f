//! The currencies of the organisation: a fixed list, by ISO 4217.

use serde_json::{Value, json};

const CURRENCIES: [(&str, &str, &str, u8); 8] = [
    ("AUD", "Australian Dollar", "A$", 2),
    ("CAD", "Canadian Dollar", "C$", 2),
    ("CHF", "Swiss Franc", "CHF", 2),
    ("EUR", "Euro", "€", 2),
    ("GBP", "Pound Sterling", "£", 2),
    ("INR", "Indian Rupee", "₹", 2),
    ("JPY", "Yen", "¥", 0),
    ("USD", "US Dollar", "$", 2),
];

/// The symbol and the decimals of a currency.
pub(in crate::services) fn find(code: &str) -> Option<(&'static str, u8)> {
    let found = CURRENCIES.iter().find(|(known, ..)| *known == code);
    found.map(|(_, _, symbol, scale)| (*symbol, *scale))
}

/// The code of every currency and how many decimals its amounts have.
pub(in crate::services) fn codes() -> impl Iterator<Item = (&'static str, u8)> {
    CURRENCIES.iter().map(|(code, _, _, scale)| (*code, *scale))
}

/// All currencies, as the published `CurrencyResponse`.
pub(super) fn all() -> Value {
    CURRENCIES
        .iter()
        .map(|(code, name, symbol, scale)| {
            json!({"Code": code, "Name": name, "Symbol": symbol, "Scale": scale})
        })
        .collect()
}
