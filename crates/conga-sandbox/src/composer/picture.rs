//! How a field's value is written.

use chrono::{DateTime, Datelike as _, NaiveDate, NaiveDateTime, Timelike as _};
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::Value;

use super::field::{Field, Switch};

/// How numbers are written in a language and a country.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Locale {
    group: &'static str,
    decimal: &'static str,
    currency: &'static str,
    /// Whether the currency's symbol follows the amount.
    currency_follows: bool,
}

impl Default for Locale {
    fn default() -> Self {
        Self::of("en-US")
    }
}

impl Locale {
    /// The locale of a tag such as `de-DE`; an unknown one writes as `en-US` does.
    pub(crate) fn of(tag: &str) -> Self {
        let tag = tag.to_ascii_lowercase().replace('_', "-");
        let (language, country) = tag.split_once('-').unwrap_or((&tag, ""));
        let (group, decimal) = match (language, country) {
            ("de", "ch") => ("’", "."),
            ("de" | "es" | "it" | "nl" | "pt" | "da" | "el" | "tr" | "id", _) => (".", ","),
            ("fr" | "nb" | "no" | "sv" | "fi" | "pl" | "cs" | "uk" | "ru", _) => ("\u{a0}", ","),
            _ => (",", "."),
        };
        let currency = match (language, country) {
            (_, "gb") => "£",
            (_, "jp") | ("ja", _) => "¥",
            (_, "ch") => "CHF",
            (_, "us" | "ca" | "au" | "nz" | "mx") => "$",
            ("de" | "fr" | "es" | "it" | "nl" | "fi" | "el" | "pt", _) | (_, "ie") => "€",
            _ => "$",
        };
        Self {
            group,
            decimal,
            currency,
            currency_follows: decimal == ",",
        }
    }

    fn money(&self, amount: &str) -> String {
        if self.currency_follows {
            format!("{amount}\u{a0}{}", self.currency)
        } else if self.currency.len() > 2 {
            format!("{}\u{a0}{amount}", self.currency)
        } else {
            format!("{}{amount}", self.currency)
        }
    }
}

/// The text of a field's value.
pub(super) fn write(value: &Value, field: &Field, locale: &Locale) -> String {
    let mut text = plain(value);
    for switch in &field.switches {
        text = match switch {
            Switch::Number(picture) => match text.trim().parse() {
                Ok(number) => number_text(number, picture, locale),
                Err(_) => text,
            },
            Switch::Date(picture) => match read_date(&text) {
                Some(date) => date_text(date, picture),
                None => text,
            },
            Switch::Format(name) => formatted(&text, name),
        };
    }
    text
}

/// The text of a value: that of a lookup is its name, that of a list its entries, joined by commas.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::Object(fields) => fields.get("Name").map_or_else(String::new, scalar),
        Value::Array(entries) => {
            let entries: Vec<String> = entries.iter().map(scalar).collect();
            entries.join(", ")
        }
    }
}

fn scalar(value: &Value) -> String {
    match value {
        Value::Array(_) | Value::Object(_) => String::new(),
        value => plain(value),
    }
}

/// A number by a picture such as `$#,##0.00;-$#,##0.00`, or by the name of one.
fn number_text(number: Decimal, picture: &str, locale: &Locale) -> String {
    match picture.to_ascii_lowercase().as_str() {
        "currency" => return locale.money(&number_text(number, "#,##0.00", locale)),
        "currency0" => return locale.money(&number_text(number, "#,##0", locale)),
        "number" => return number_text(number, "#,##0.00", locale),
        "number0" => return number_text(number, "#,##0", locale),
        _ => {}
    }
    let mut sections = picture.split(';');
    let positive = sections.next().unwrap_or_default();
    let negative = sections.next();
    let zero = sections.next();
    match (number, negative, zero) {
        (number, _, Some(zero)) if number.is_zero() => by_section(number, zero, locale),
        (number, Some(negative), _) if number.is_sign_negative() && !number.is_zero() => {
            by_section(number.abs(), negative, locale)
        }
        (number, ..) if number.is_sign_negative() && !number.is_zero() => {
            format!("-{}", by_section(number.abs(), positive, locale))
        }
        _ => by_section(number.abs(), positive, locale),
    }
}

/// A number that is not negative, by one section of a picture.
fn by_section(number: Decimal, section: &str, locale: &Locale) -> String {
    let (whole, fraction) = match section.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (section, None),
    };
    let places = fraction.map_or(0, |fraction| {
        fraction.chars().filter(|c| is_digit(*c)).count()
    });
    let places = u32::try_from(places).unwrap_or(u32::MAX).min(28);
    let rounded = number.round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero);
    let digits = rounded.to_string();
    let (whole_digits, fraction_digits) = digits.split_once('.').unwrap_or((&digits, ""));
    let mut text = whole_text(whole_digits, whole, locale);
    if let Some(fraction) = fraction {
        text.push_str(&fraction_text(fraction_digits, fraction, locale));
    }
    text
}

fn is_digit(c: char) -> bool {
    matches!(c, '0' | '#')
}

/// The digits before the decimal point, filled into the picture from the right.
fn whole_text(digits: &str, picture: &str, locale: &Locale) -> String {
    let is_grouped = picture.contains(',');
    let mut digits: Vec<char> = match digits {
        "0" => Vec::new(),
        digits => digits.chars().collect(),
    };
    let placed = picture.chars().filter(|c| is_digit(*c)).count();
    let mut left = placed;
    let mut count = 0;
    let mut reversed: Vec<String> = Vec::new();
    let mut place = |digit: char, reversed: &mut Vec<String>| {
        if is_grouped && count > 0 && count % 3 == 0 {
            reversed.push(locale.group.to_owned());
        }
        reversed.push(digit.to_string());
        count += 1;
    };
    if placed == 0 {
        let text: String = digits.into_iter().collect();
        return format!("{}{text}", picture.replace(',', ""));
    }
    for c in picture.chars().rev() {
        match c {
            ',' => {}
            c if is_digit(c) => {
                match digits.pop() {
                    Some(digit) => place(digit, &mut reversed),
                    None if c == '0' => place('0', &mut reversed),
                    None => {}
                }
                left -= 1;
                if left == 0 {
                    while let Some(digit) = digits.pop() {
                        place(digit, &mut reversed);
                    }
                }
            }
            c => reversed.push(c.to_string()),
        }
    }
    reversed.into_iter().rev().collect()
}

/// The decimal point and the digits after it; trailing zeros only where the picture asks for them.
fn fraction_text(digits: &str, picture: &str, locale: &Locale) -> String {
    let required = picture.rfind('0').map_or(0, |last| {
        let needed = picture.get(..=last).unwrap_or_default();
        needed.chars().filter(|c| is_digit(*c)).count()
    });
    let mut digits: String = digits.trim_end_matches('0').to_owned();
    while digits.len() < required {
        digits.push('0');
    }
    let rest: String = picture.chars().filter(|c| !is_digit(*c)).collect();
    if digits.is_empty() {
        return rest;
    }
    format!("{}{digits}{rest}", locale.decimal)
}

fn read_date(text: &str) -> Option<NaiveDateTime> {
    let text = text.trim();
    DateTime::parse_from_rfc3339(text)
        .map(|date| date.naive_local())
        .ok()
        .or_else(|| NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").ok())
        .or_else(|| {
            let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
            date.and_hms_opt(0, 0, 0)
        })
}

/// A date by a picture such as `MMMM d, yyyy`; the names of months and days are English.
fn date_text(date: NaiveDateTime, picture: &str) -> String {
    let mut text = String::new();
    let mut rest = picture;
    while let Some(first) = rest.chars().next() {
        if first == '\'' {
            let quoted = rest.get(1..).unwrap_or_default();
            let (literal, after) = quoted.split_once('\'').unwrap_or((quoted, ""));
            text.push_str(literal);
            rest = after;
            continue;
        }
        if rest.len() >= 5 && rest.as_bytes()[..5].eq_ignore_ascii_case(b"am/pm") {
            text.push_str(if date.hour() < 12 { "AM" } else { "PM" });
            rest = rest.get(5..).unwrap_or_default();
            continue;
        }
        let run = rest.len() - rest.trim_start_matches(first).len();
        match date_part(date, first, run / first.len_utf8()) {
            Some(part) => text.push_str(&part),
            None => text.push_str(rest.get(..run).unwrap_or_default()),
        }
        rest = rest.get(run..).unwrap_or_default();
    }
    text
}

fn date_part(date: NaiveDateTime, letter: char, count: usize) -> Option<String> {
    let padded = |number: u32| match count {
        1 => number.to_string(),
        _ => format!("{number:02}"),
    };
    Some(match (letter, count) {
        ('y' | 'Y', 1..=2) => format!("{:02}", date.year().rem_euclid(100)),
        ('y' | 'Y', _) => format!("{:04}", date.year()),
        ('M', 1..=2) => padded(date.month()),
        ('M', 3) => date.format("%b").to_string(),
        ('M', _) => date.format("%B").to_string(),
        ('d' | 'D', 1..=2) => padded(date.day()),
        ('d' | 'D', 3) => date.format("%a").to_string(),
        ('d' | 'D', _) => date.format("%A").to_string(),
        ('H', _) => padded(date.hour()),
        ('h', _) => padded((date.hour() + 11) % 12 + 1),
        ('m', _) => padded(date.minute()),
        ('s', _) => padded(date.second()),
        ('t', _) => if date.hour() < 12 { "AM" } else { "PM" }.to_owned(),
        _ => return None,
    })
}

/// A text by a format's name; an unknown one leaves it as it is.
fn formatted(text: &str, name: &str) -> String {
    match name.to_ascii_lowercase().as_str() {
        "upper" => text.to_uppercase(),
        "lower" => text.to_lowercase(),
        "firstcap" => capital(text),
        "caps" => {
            let words: Vec<String> = text.split(' ').map(capital).collect();
            words.join(" ")
        }
        "ordinal" => match text.parse::<u64>() {
            Ok(number) => format!("{number}{}", ordinal(number)),
            Err(_) => text.to_owned(),
        },
        _ => text.to_owned(),
    }
}

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => String::new(),
    }
}

fn ordinal(number: u64) -> &'static str {
    match (number % 10, number % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn written(value: Value, field: &str) -> String {
        write(&value, &Field::parse(field), &Locale::default())
    }

    #[test]
    fn values_have_a_plain_text() {
        assert_eq!(written(json!(null), "A"), "");
        assert_eq!(written(json!(true), "A"), "true");
        assert_eq!(written(json!(12.5), "A"), "12.5");
        assert_eq!(written(json!({"Id": "1", "Name": "Ann"}), "A"), "Ann");
        assert_eq!(written(json!({"Id": "1"}), "A"), "");
        assert_eq!(written(json!(["a", 1, [2]]), "A"), "a, 1, ");
    }

    #[test]
    fn numbers_follow_their_picture() {
        // The first six are examples of Conga's documentation.
        let cases = [
            (json!(9), "00.00", "09.00"),
            (json!(15), "$###", "$15"),
            (json!(2_456_800), "$#,###,###", "$2,456,800"),
            (json!(33), "##%", "33%"),
            (json!(-1245.65), "$#,##0.00;-$#,##0.00", "-$1,245.65"),
            (json!("5551234567"), "###-###-####", "555-123-4567"),
            (json!(1_234_567.5), "#,##0.00", "1,234,567.50"),
            (json!(0), "#,##0.00", "0.00"),
            (json!(0), "#", ""),
            (json!(0.005), "0.00", "0.01"),
            (json!(12345), "0", "12345"),
            (json!(7), "000", "007"),
            (json!(1.5), "0.0#", "1.5"),
            (json!(2), "0.##", "2"),
            (json!(-3), "0", "-3"),
            (json!(-0.001), "0.00", "-0.00"),
            (json!(0), "0;-0;nil", "nil"),
            (json!(12), "EUR", "EUR12"),
            (json!(1234.5), "Currency", "$1,234.50"),
            (json!(1234.5), "Currency0", "$1,235"),
            (json!(1234.5), "Number", "1,234.50"),
            (json!("no number"), "0.00", "no number"),
            (json!(1e20), "#,##0", "100,000,000,000,000,000,000"),
        ];
        for (value, picture, text) in cases {
            let field = format!("A \\# \"{picture}\"");
            assert_eq!(written(value, &field), text, "{picture}");
        }
    }

    #[test]
    fn a_locale_has_its_marks() {
        let money = |tag: &str| {
            let field = Field::parse(r"A \# Currency");
            write(&json!(1234.5), &field, &Locale::of(tag))
        };
        assert_eq!(money("en-US"), "$1,234.50");
        assert_eq!(money("en-GB"), "£1,234.50");
        assert_eq!(money("de-DE"), "1.234,50\u{a0}€");
        assert_eq!(money("fr-FR"), "1\u{a0}234,50\u{a0}€");
        assert_eq!(money("de_CH"), "CHF\u{a0}1’234.50");
        assert_eq!(money("xx"), "$1,234.50");
    }

    #[test]
    fn dates_follow_their_picture() {
        let date = json!("2026-03-04T15:06:07Z");
        let cases = [
            ("MMMM d, yyyy", "March 4, 2026"),
            ("dd.MM.yy", "04.03.26"),
            ("dddd, MMM dd", "Wednesday, Mar 04"),
            ("h:mm am/pm", "3:06 PM"),
            ("HH:mm:ss", "15:06:07"),
            ("d 'day of' MMMM", "4 day of March"),
            ("yyyy-MM-dd'T", "2026-03-04T"),
            ("ü d é", "ü 4 é"),
            ("", ""),
        ];
        for (picture, text) in cases {
            let field = format!("A \\@ \"{picture}\"");
            assert_eq!(written(date.clone(), &field), text, "{picture}");
        }
        assert_eq!(written(json!("2026-03-04"), r"A \@ d/M/yyyy"), "4/3/2026");
        assert_eq!(written(json!("soon"), r"A \@ d"), "soon");
        assert_eq!(written(date, r"A \@ d \* Ordinal"), "4th");
    }

    #[test]
    fn texts_change_their_case() {
        assert_eq!(written(json!("straße"), r"A \* Upper"), "STRASSE");
        assert_eq!(written(json!("ÜBER uns"), r"A \* Lower"), "über uns");
        assert_eq!(written(json!("éa bc"), r"A \* FirstCap"), "Éa bc");
        assert_eq!(written(json!("éa bc"), r"A \* Caps"), "Éa Bc");
        assert_eq!(written(json!("x"), r"A \* MERGEFORMAT"), "x");
        for (number, text) in [(1, "1st"), (12, "12th"), (22, "22nd"), (103, "103rd")] {
            assert_eq!(written(json!(number), r"A \* Ordinal"), text);
        }
    }
}
