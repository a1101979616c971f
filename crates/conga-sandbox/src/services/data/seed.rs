//! The demo seed: a maker of laboratory instruments, its customers, people and deals.
//!
//! Ids and contents are the same every time, so that examples and tests may name them. Only the
//! dates follow the clock: records were made on the days before.

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::Transaction;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::records::store::{self, Record};
use crate::records::value::date_text;
use crate::records::writer;
use crate::services::Session;

/// Name, industry, type, city, state, country, country code, revenue.
type Company = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    i32,
);

const COMPANIES: [Company; 12] = [
    (
        "Northwind Biologics",
        "Biotechnology",
        "Customer",
        "Boston",
        "MA",
        "United States",
        "US",
        184_000_000,
    ),
    (
        "Halden Diagnostics",
        "Healthcare",
        "Customer",
        "Oslo",
        "",
        "Norway",
        "NO",
        61_500_000,
    ),
    (
        "Marlow & Pryce Pharma",
        "Pharmaceuticals",
        "Customer",
        "Cambridge",
        "",
        "United Kingdom",
        "GB",
        940_000_000,
    ),
    (
        "Castellane Cosmetics",
        "Consumer Goods",
        "Prospect",
        "Lyon",
        "",
        "France",
        "FR",
        132_000_000,
    ),
    (
        "Rheingold Chemie",
        "Chemicals",
        "Customer",
        "Leverkusen",
        "NW",
        "Germany",
        "DE",
        1_250_000_000,
    ),
    (
        "Blue Mesa Water Authority",
        "Utilities",
        "Customer",
        "Durango",
        "CO",
        "United States",
        "US",
        48_000_000,
    ),
    (
        "Kestrel Food Safety",
        "Food and Beverage",
        "Prospect",
        "Chicago",
        "IL",
        "United States",
        "US",
        22_750_000,
    ),
    (
        "Sakura Materials",
        "Electronics",
        "Customer",
        "Osaka",
        "",
        "Japan",
        "JP",
        770_000_000,
    ),
    (
        "O'Hara Environmental",
        "Environmental Services",
        "Prospect",
        "Galway",
        "",
        "Ireland",
        "IE",
        9_800_000,
    ),
    (
        "Southern Cross Mining",
        "Mining",
        "Customer",
        "Perth",
        "WA",
        "Australia",
        "AU",
        2_010_000_000,
    ),
    (
        "Lumen Instruments Resale",
        "Wholesale",
        "Partner",
        "Toronto",
        "ON",
        "Canada",
        "CA",
        37_200_000,
    ),
    (
        "Vantaa University Hospital",
        "Healthcare",
        "Customer",
        "Vantaa",
        "",
        "Finland",
        "FI",
        415_000_000,
    ),
];

const FIRST_NAMES: [&str; 20] = [
    "Amara", "Benoît", "Carla", "Dmitri", "Elena", "Farid", "Grace", "Henrik", "Ines", "Jonas",
    "Keiko", "Liam", "Maya", "Noor", "Oskar", "Priya", "Quentin", "Rosa", "Søren", "Tara",
];

const LAST_NAMES: [&str; 20] = [
    "Okafor",
    "Lefèvre",
    "Mendes",
    "Volkov",
    "Rossi",
    "Haddad",
    "Sullivan",
    "Larsen",
    "Carvalho",
    "Weber",
    "Tanaka",
    "O'Neill",
    "Shah",
    "Rahman",
    "Lindqvist",
    "Iyer",
    "Dubois",
    "Alvarez",
    "Holm",
    "Whitfield",
];

/// Title and department.
const ROLES: [(&str, &str); 5] = [
    ("Head of Procurement", "Procurement"),
    ("Laboratory Manager", "Laboratory"),
    ("General Counsel", "Legal"),
    ("Chief Financial Officer", "Finance"),
    ("Quality Engineer", "Quality"),
];

/// Company, what is sold, stage, quantity.
const DEALS: [(usize, &str, &str, u32); 15] = [
    (0, "Mass spectrometers, phase 1", "Closed Won", 4),
    (0, "Mass spectrometers, phase 2", "Negotiation", 6),
    (1, "Analyser renewal", "Proposal", 12),
    (2, "Framework agreement", "Closed Won", 40),
    (2, "Service contract, three years", "Negotiation", 1),
    (3, "Stability testing pilot", "Qualification", 2),
    (4, "Process sensors", "Closed Won", 220),
    (4, "Process sensors, extension", "Prospecting", 90),
    (5, "Field test kits", "Proposal", 35),
    (6, "Allergen screening", "Qualification", 8),
    (7, "Clean room monitors", "Negotiation", 16),
    (8, "Soil sampling kits", "Closed Lost", 5),
    (9, "Assay laboratory", "Proposal", 3),
    (10, "Reseller stocking order", "Closed Won", 150),
    (11, "Pathology scanners", "Prospecting", 7),
];

/// Model and the company that has it.
const INSTRUMENTS: [(&str, usize); 8] = [
    ("Orbit 400", 0),
    ("Orbit 400", 0),
    ("Pulse Mini", 1),
    ("Orbit 900", 2),
    ("FlowSense X", 4),
    ("FlowSense X", 4),
    ("AquaKit", 5),
    ("Pulse Mini", 11),
];

/// Fills a new database.
pub(in crate::services) fn demo(tx: &Transaction<'_>, now: DateTime<Utc>) -> rusqlite::Result<()> {
    for (at, company) in COMPANIES.iter().enumerate() {
        add(tx, now, "Account", at, account(at, company))?;
    }
    for at in 0..40 {
        add(tx, now, "Contact", at, contact(at))?;
    }
    for (at, deal) in DEALS.iter().enumerate() {
        add(tx, now, "Opportunity", at, opportunity(deal))?;
    }
    for (at, (model, company)) in INSTRUMENTS.iter().enumerate() {
        let fields = json!({
            "Name": format!("{model} SN-{:04}", 1001 + at),
            "Model_c": model,
            "InstalledAt_c": lookup("Account", *company),
            "Calibrated_c": at % 3 != 0,
            "RunHours_c": 250 * (at + 1),
        });
        add(tx, now, "Instrument_c", at, fields)?;
    }
    Ok(())
}

fn account(at: usize, company: &Company) -> Value {
    let (name, industry, kind, city, state, country, code, revenue) = *company;
    json!({
        "Name": name,
        "AccountNumber": format!("A-{:05}", 10_001 + at),
        "Industry": industry,
        "Type": kind,
        "BillingCity": city,
        "BillingState": Some(state).filter(|state| !state.is_empty()),
        "BillingCountry": country,
        "BillingCountryCode": code,
        "AnnualRevenue": revenue,
        "IsPartner": kind == "Partner",
        "IsActive": kind != "Prospect",
        "Rating": pick(&["Hot", "Warm", "Cold"], at),
        "Website": format!("https://{}.example", slug(name)),
    })
}

fn contact(at: usize) -> Value {
    let company = at % COMPANIES.len();
    let first = pick(&FIRST_NAMES, at);
    // The second round through the first names meets other last names.
    let last = pick(&LAST_NAMES, at * 7 + at / LAST_NAMES.len());
    let (title, department) = pick(&ROLES, at);
    let company_name = COMPANIES.get(company).map_or("", |company| company.0);
    json!({
        "Name": format!("{first} {last}"),
        "FirstName": first,
        "LastName": last,
        "Email": format!("{}.{}@{}.example", slug(first), slug(last), slug(company_name)),
        "Phone": format!("+1 555 01{:02}", at),
        "Title": title,
        "Department": department,
        "Account": lookup("Account", company),
        "LeadSource": pick(&["Web", "Trade show", "Referral"], at),
        "IsEmailBounced": at == 17,
        "IsActive": true,
    })
}

fn opportunity(deal: &(usize, &str, &str, u32)) -> Value {
    let (company, subject, stage, quantity) = *deal;
    let company_name = COMPANIES.get(company).map_or("", |company| company.0);
    json!({
        "Name": format!("{company_name}: {subject}"),
        "Account": lookup("Account", company),
        "Contact": lookup("Contact", company),
        "StageName": stage,
        "TotalOpportunityQuantity": quantity.to_string(),
        "FiscalYear": "2026",
        "ForecastCategory": if stage.starts_with("Closed") { "Closed" } else { "Pipeline" },
        "HasOpenActivity": !stage.starts_with("Closed"),
        "IsActive": true,
    })
}

/// A transaction on behalf of whoever brought the demo data.
pub(in crate::services) fn session<'a>(tx: &'a Transaction<'a>, now: DateTime<Utc>) -> Session<'a> {
    Session {
        tx,
        author: author(),
        now,
    }
}

/// Adds a record; `at` counts those of its object.
pub(in crate::services) fn add(
    tx: &Transaction<'_>,
    now: DateTime<Utc>,
    object: &str,
    at: usize,
    fields: Value,
) -> rusqlite::Result<()> {
    let Value::Object(mut record) = fields else {
        return Ok(());
    };
    let age = TimeDelta::try_days(90).unwrap_or_default()
        - TimeDelta::try_hours(i64::try_from(at).unwrap_or_default()).unwrap_or_default();
    let date = Value::from(date_text(now - age));
    let author = author();
    let id = id(object, at);
    let system: Record = [
        ("Id", Value::from(id.clone())),
        (
            "ExternalId",
            Value::from(format!("DEMO-{object}-{:03}", at + 1)),
        ),
        ("CreatedBy", author.clone()),
        ("CreatedDate", date.clone()),
        ("ModifiedBy", author),
        ("ModifiedDate", date),
        ("ETag", Value::from(id)),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect();
    record.extend(system);
    store::insert(tx, object, &record)
}

/// The same Id for the same record every time, in the form of a random one.
pub(in crate::services) fn id(object: &str, at: usize) -> String {
    let family: u64 = match object {
        "Account" => 0xacc0,
        "Agreement" => 0xa94e,
        "Category" => 0xca70,
        "ConstraintRule" => 0xc045,
        "ConstraintRuleAction" => 0xc0ac,
        "ConstraintRuleCondition" => 0xc0c0,
        "Contact" => 0xc047,
        "ConversationMessage" => 0xc0e5,
        "ConversationThread" => 0xc07d,
        "ContractTypeDocumentRequirement" => 0xd0c0,
        "DocumentMetadata" => 0xd0c5,
        "EmailProfile" => 0xe9f0,
        "EmailTemplate" => 0xe7e0,
        "EmailTemplateCategory" => 0xe7ca,
        "Hierarchy" => 0x41e0,
        "Opportunity" => 0x0bb0,
        "PriceList" => 0x9110,
        "PriceListItem" => 0x9111,
        "Product" => 0x90d0,
        "ProductCategory" => 0x90ca,
        "ProductOptionComponent" => 0x90c0,
        "ProductOptionGroup" => 0x9060,
        "Proposal" => 0x9409,
        "ProposalLineItem" => 0x9411,
        "StoreFront" => 0x5f00,
        "TeamRole" => 0x7ea0,
        "Template" => 0x7e39,
        _ => 0xc0b1,
    };
    let at = u64::try_from(at + 1).unwrap_or_default();
    Uuid::from_u64_pair(
        0x0000_0000_0000_4000,
        0x8000_0000_0000_0000 | (family << 32) | at,
    )
    .to_string()
}

/// An account or a contact of the seed as a lookup.
pub(in crate::services) fn lookup(object: &str, at: usize) -> Value {
    let name = match object {
        "Account" => COMPANIES.get(at).map(|company| company.0.to_owned()),
        _ => contact(at)
            .get("Name")
            .and_then(Value::as_str)
            .map(str::to_owned),
    };
    json!({"Id": id(object, at), "Name": name})
}

fn author() -> Value {
    writer::author("00000000-0000-4000-8000-000000000002", "Demo Seed")
}

fn pick<T: Copy, const N: usize>(list: &[T; N], at: usize) -> T {
    list[at % N]
}

fn slug(name: &str) -> String {
    name.chars()
        .filter_map(|c| match c {
            'è' => Some('e'),
            'î' => Some('i'),
            'ø' => Some('o'),
            ' ' => Some('-'),
            _ if c.is_ascii_alphanumeric() => Some(c.to_ascii_lowercase()),
            _ => None,
        })
        .collect()
}
