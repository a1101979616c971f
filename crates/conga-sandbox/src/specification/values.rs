//! Believable values, told by a field's name and format.
//!
//! Every value comes from a [`Roll`], which is fixed by the sandbox's seed, the operation, the path and
//! the field's place: the same request is answered with the same bytes, and a field that is added to a
//! schema changes no other.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

/// The first instant of generated dates: 2025-01-01T00:00:00Z.
const EPOCH: i64 = 1_735_689_600;

const COMPANIES: &[&str] = &[
    "Northwind Traders",
    "Fabrikam Industries",
    "Alpine Ski House",
    "Contoso Medical",
    "Litware Energy",
];
const FIRST_NAMES: &[&str] = &["Ana", "Ben", "Chen", "Dora", "Emil", "Fatima"];
const LAST_NAMES: &[&str] = &["Berg", "Costa", "Haas", "Kim", "Novak", "Okafor"];
const CITIES: &[&str] = &["Chicago", "Denver", "Lisbon", "Munich", "Sydney"];
const COUNTRIES: &[&str] = &["United States", "Germany", "Portugal", "Australia"];
const CURRENCIES: &[&str] = &["USD", "EUR", "AUD"];
const PRODUCTS: &[&str] = &[
    "Enterprise Laptop",
    "Docking Station",
    "Support Plan Gold",
    "Cloud Storage 1 TB",
    "Network Switch",
];
const WORDS: &[&str] = &["Standard", "Regional", "Annual", "Primary", "Partner"];

/// A place in an answer and the chance that belongs to it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Roll(u64);

impl Roll {
    /// The start of everything that this seed gives.
    pub(super) fn new(seed: u64) -> Self {
        Self(0xcbf2_9ce4_8422_2325 ^ seed)
    }

    /// The roll of a place below this one (FNV-1a).
    pub(super) fn at(self, step: &str) -> Self {
        let hash = step.bytes().chain([0xff]).fold(self.0, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Self(hash)
    }

    /// A number that looks random (the finalizer of SplitMix64).
    pub(super) fn number(self) -> u64 {
        let mut mixed = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from zero to one less than `limit`, which must not be zero.
    pub(super) fn below(self, limit: u64) -> u64 {
        self.number() % limit
    }

    /// One of several, `None` of none.
    pub(super) fn pick<T>(self, from: &[T]) -> Option<&T> {
        let index = self.number().checked_rem(from.len() as u64)?;
        from.get(usize::try_from(index).ok()?)
    }

    fn word(self, from: &[&'static str]) -> &'static str {
        self.pick(from).copied().unwrap_or_default()
    }
}

/// How a service writes record ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ids {
    /// The platform's GUIDs.
    Guid,
    /// The 18 characters of Salesforce.
    Salesforce,
}

/// A field that needs a value.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field<'a> {
    /// The field's own name.
    pub(super) name: &'a str,
    /// What it is a field of: a schema's name, or the operation's tag.
    pub(super) owner: &'a str,
    /// OpenAPI's `format`.
    pub(super) format: Option<&'a str>,
    pub(super) ids: Ids,
    pub(super) roll: Roll,
}

impl Field<'_> {
    /// A text.
    pub(super) fn text(&self) -> String {
        let roll = self.roll;
        match self.format {
            Some("uuid") => return guid(roll),
            Some("date-time") => return date_time(roll),
            Some("date") => return date_time(roll)[..10].to_owned(),
            Some("time") => return date_time(roll)[11..19].to_owned(),
            Some("email") => return email(roll),
            Some("uri") => return url(roll),
            Some("byte") => return "c2FuZGJveA==".to_owned(),
            Some("binary") => return "sandbox".to_owned(),
            _ => {}
        }
        let words = words(self.name);
        let has = |word: &str| words.iter().any(|other| other == word);
        let ends = |word: &str| words.last().is_some_and(|other| other == word);

        if has("external") && ends("id") {
            return format!("EXT-{:04}", roll.below(10_000));
        }
        if ends("id") || ends("guid") || ends("ids") {
            return id(roll, self.ids);
        }
        if has("email") || has("mail") {
            return email(roll);
        }
        if has("phone") || has("fax") || has("mobile") {
            return format!("+1 555 01{:02}", roll.below(100));
        }
        if ["url", "uri", "link", "href"].iter().any(|word| has(word)) {
            return url(roll);
        }
        if has("currency") {
            return roll.word(CURRENCIES).to_owned();
        }
        if has("etag") || has("digest") || has("token") || has("hash") {
            return format!("{:016x}", roll.number());
        }
        if ends("date") || ends("on") || ends("at") || ends("time") || ends("timestamp") {
            return date_time(roll);
        }
        if has("country") {
            return roll.word(COUNTRIES).to_owned();
        }
        if has("city") {
            return roll.word(CITIES).to_owned();
        }
        if has("state") && self.owner.to_ascii_lowercase().contains("address") {
            return "Colorado".to_owned();
        }
        if has("postal") || has("zip") {
            return format!("{:05}", 10_000 + roll.below(80_000));
        }
        if has("street") || ends("address") {
            return format!("{} Market Street", 1 + roll.below(400));
        }
        if has("locale") || has("language") {
            return "en-US".to_owned();
        }
        if has("timezone") {
            return "America/Denver".to_owned();
        }
        if has("version") {
            return format!("{}.0", 1 + roll.below(4));
        }
        if ends("status") || ends("state") {
            return "Active".to_owned();
        }
        if has("number") || has("sequence") {
            return format!("{:08}", roll.below(100_000));
        }
        if has("code") {
            return format!("C-{:04}", roll.below(10_000));
        }
        if (has("file") && has("name")) || has("filename") {
            return "agreement.docx".to_owned();
        }
        if has("content") && ends("type") {
            return "application/pdf".to_owned();
        }
        if ends("message") || ends("description") || ends("comments") || ends("comment") {
            return format!("Made by the sandbox for {}", spoken(self.owner));
        }
        self.name_text(&words)
    }

    /// A text that names something.
    fn name_text(&self, words: &[String]) -> String {
        let roll = self.roll;
        let has = |word: &str| words.iter().any(|other| other == word);
        let owner = self.owner.to_ascii_lowercase();
        if has("first") && has("name") {
            return roll.word(FIRST_NAMES).to_owned();
        }
        if has("last") && has("name") {
            return roll.word(LAST_NAMES).to_owned();
        }
        let is_name = words
            .last()
            .is_some_and(|word| word == "name" || word == "title");
        let of = |word: &str| has(word) || (is_name && words.len() == 1 && owner.contains(word));
        if of("account") || of("company") || of("customer") || of("organization") {
            return roll.word(COMPANIES).to_owned();
        }
        if of("product") || of("asset") || of("item") {
            return roll.word(PRODUCTS).to_owned();
        }
        let person = [
            "user",
            "contact",
            "owner",
            "sender",
            "recipient",
            "assignee",
            "approver",
        ];
        if person.iter().any(|word| of(word)) || has("by") {
            return format!(
                "{} {}",
                roll.word(FIRST_NAMES),
                roll.at("last").word(LAST_NAMES)
            );
        }
        if is_name {
            return format!("{} {}", roll.word(WORDS), spoken(self.owner));
        }
        format!("{} {}", roll.word(WORDS), words.join(" "))
            .trim_end()
            .to_owned()
    }

    /// A flag. What one would not expect of a record in use is not so.
    pub(super) fn boolean(&self) -> bool {
        const UNLIKELY: [&str; 8] = [
            "deleted",
            "suspended",
            "disabled",
            "hidden",
            "locked",
            "error",
            "failed",
            "expired",
        ];
        let words = words(self.name);
        if words.iter().any(|word| UNLIKELY.contains(&word.as_str())) {
            return false;
        }
        // An answer of the sandbox is no failure, however the service spells that.
        let likely = ["active", "success", "succeeded", "successful"];
        words.iter().any(|word| likely.contains(&word.as_str())) || self.roll.below(2) == 1
    }

    /// A whole number that keeps to `minimum` and `maximum` of the schema.
    pub(super) fn integer(&self, schema: &Value) -> i64 {
        let words = words(self.name);
        let has = |word: &str| words.iter().any(|other| other == word);
        let roll = self.roll;
        let value = if has("year") {
            2025 + roll.below(3)
        } else if has("percent") || has("percentage") {
            roll.below(101)
        } else if has("bytes")
            || ((has("file") || has("content")) && (has("size") || has("length")))
        {
            1_024 + roll.below(500_000)
        } else if has("page") || has("version") || has("sequence") || has("number") {
            1 + roll.below(9)
        } else {
            1 + roll.below(50)
        };
        let value = i64::try_from(value).unwrap_or(1);
        let low = schema["minimum"].as_i64().unwrap_or(i64::MIN);
        let high = schema["maximum"].as_i64().unwrap_or(i64::MAX);
        value.min(high).max(low)
    }

    /// A number with two decimals that keeps to `minimum` and `maximum` of the schema.
    pub(super) fn number(&self, schema: &Value) -> f64 {
        let words = words(self.name);
        let is_rate = words.iter().any(|word| {
            matches!(
                word.as_str(),
                "rate" | "percent" | "percentage" | "discount"
            )
        });
        let hundredths = if is_rate {
            self.roll.below(10_000)
        } else {
            100 + self.roll.below(250_000)
        };
        let value = hundredths as f64 / 100.0;
        let low = schema["minimum"].as_f64().unwrap_or(f64::MIN);
        let high = schema["maximum"].as_f64().unwrap_or(f64::MAX);
        value.min(high).max(low)
    }
}

/// A record id.
pub(super) fn id(roll: Roll, ids: Ids) -> String {
    match ids {
        Ids::Guid => guid(roll),
        Ids::Salesforce => format!("a0x0000000{:05}AAA", roll.below(100_000)),
    }
}

fn guid(roll: Roll) -> String {
    let low = u128::from(roll.at("low").number());
    let bits = u128::from(roll.number()) << 64 | low;
    uuid::Builder::from_random_bytes(bits.to_be_bytes())
        .into_uuid()
        .to_string()
}

/// An RFC 3339 date-time within 2025, to the second.
fn date_time(roll: Roll) -> String {
    let seconds = i64::try_from(roll.below(365 * 86_400)).unwrap_or(0);
    let instant = DateTime::<Utc>::UNIX_EPOCH + TimeDelta::seconds(EPOCH + seconds);
    instant.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

fn email(roll: Roll) -> String {
    let first = roll.word(FIRST_NAMES).to_ascii_lowercase();
    let last = roll.at("last").word(LAST_NAMES).to_ascii_lowercase();
    format!("{first}.{last}@example.com")
}

fn url(roll: Roll) -> String {
    format!(
        "https://files.example.com/{:08x}",
        roll.below(u64::from(u32::MAX))
    )
}

/// The words of a name, in lower case: `PriceListId` and `price_list_id` are `price`, `list`, `id`;
/// `CCEmail` is `cc`, `email`.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut previous = ' ';
    let mut chars = name.chars().peekable();
    while let Some(c) = chars.next() {
        if c.is_ascii_alphanumeric() {
            let ends_capitals = chars.peek().is_some_and(char::is_ascii_lowercase);
            let starts = !previous.is_ascii_alphanumeric()
                || (c.is_ascii_uppercase() && (!previous.is_ascii_uppercase() || ends_capitals));
            let lower = c.to_ascii_lowercase();
            match words.last_mut() {
                Some(word) if !starts => word.push(lower),
                _ => words.push(lower.to_string()),
            }
        }
        previous = c;
    }
    words
}

/// A name as one would say it: `PriceListResponse` is `price list`.
fn spoken(name: &str) -> String {
    const SUFFIXES: [&str; 6] = ["response", "request", "dto", "model", "resource", "details"];
    let mut words = words(name);
    while words.len() > 1
        && words
            .last()
            .is_some_and(|word| SUFFIXES.contains(&word.as_str()))
    {
        words.pop();
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field<'a>(name: &'a str, owner: &'a str, format: Option<&'a str>) -> Field<'a> {
        Field {
            name,
            owner,
            format,
            ids: Ids::Guid,
            roll: Roll::new(7).at(name),
        }
    }

    #[test]
    fn names_split_into_words() {
        assert_eq!(words("PriceListId"), ["price", "list", "id"]);
        assert_eq!(words("external_id"), ["external", "id"]);
        assert_eq!(words("CCEmailURL"), ["cc", "email", "url"]);
        assert_eq!(spoken("PriceListResponse"), "price list");
    }

    #[test]
    fn formats_are_kept() {
        let guid = field("Anything", "", Some("uuid")).text();
        assert_eq!(uuid::Uuid::parse_str(&guid).unwrap().get_version_num(), 4);
        let instant = field("Anything", "", Some("date-time")).text();
        assert!(DateTime::parse_from_rfc3339(&instant).is_ok());
        assert_eq!(field("Anything", "", Some("date")).text().len(), 10);
    }

    #[test]
    fn names_tell_what_a_value_is() {
        assert!(field("ExternalId", "", None).text().starts_with("EXT-"));
        assert!(uuid::Uuid::parse_str(&field("accountId", "", None).text()).is_ok());
        assert!(
            field("ContactEmail", "", None)
                .text()
                .ends_with("@example.com")
        );
        assert!(CURRENCIES.contains(&field("CurrencyIsoCode", "", None).text().as_str()));
        assert!(COMPANIES.contains(&field("Name", "Account", None).text().as_str()));
        assert!(
            field("Name", "PriceListDto", None)
                .text()
                .ends_with("price list")
        );
    }

    #[test]
    fn bounds_are_kept() {
        let schema = serde_json::json!({"minimum": 3, "maximum": 3});
        assert_eq!(field("x", "", None).integer(&schema), 3);
        assert_eq!(field("x", "", None).number(&schema), 3.0);
    }
}
