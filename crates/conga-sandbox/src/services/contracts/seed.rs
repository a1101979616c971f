//! The demo seed: contracts with the customers of the Data service's company, in all phases of life.

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::Transaction;
use serde_json::{Value, json};

use super::collection::id;
use super::lifecycle::State;
use super::{clauses, contract, obligations, roles, settings, threads};
use crate::failure::Failure;
use crate::records::store::Record;
use crate::services::Session;
use crate::services::data::seed;

/// Name, type, category, company, value, state, days from the start until now and from now to the end.
type Deal = (
    &'static str,
    &'static str,
    &'static str,
    usize,
    u32,
    State,
    i64,
    i64,
);

const DEALS: [Deal; 8] = [
    (
        "Master supply agreement",
        "MSA",
        "Sales",
        0,
        480_000,
        State::Active,
        200,
        530,
    ),
    (
        "Installation of two Orbit 400",
        "SOW",
        "Sales",
        0,
        36_500,
        State::Active,
        45,
        60,
    ),
    (
        "Mutual confidentiality",
        "NDA",
        "Legal",
        1,
        0,
        State::Active,
        310,
        420,
    ),
    (
        "Framework for diagnostics",
        "MSA",
        "Sales",
        2,
        1_150_000,
        State::Authoring,
        -30,
        760,
    ),
    (
        "Distribution in the Rhine region",
        "MSA",
        "Sales",
        4,
        275_000,
        State::OutForSignature,
        -14,
        1_080,
    ),
    (
        "Calibration service",
        "SOW",
        "Service",
        5,
        18_900,
        State::Active,
        345,
        20,
    ),
    (
        "Confidentiality for the pilot",
        "NDA",
        "Legal",
        3,
        0,
        State::Requested,
        -7,
        358,
    ),
    (
        "Allergen screening kits",
        "MSA",
        "Sales",
        6,
        64_000,
        State::Expired,
        500,
        -135,
    ),
];

/// The deal that the second one stands below.
const PARENT: usize = 0;
const CHILD: usize = 1;
/// The deal that is being negotiated.
const DRAFT: usize = 3;
/// The deal that renews itself.
const RENEWING: usize = 5;

/// The roles that the platform brings, and what they may do.
const ROLES: [(&str, &[&str]); 3] = [
    ("Contract Manager", &["SendForReview", "SendForSignature"]),
    ("Legal Counsel", &["SendForReview"]),
    ("Signatory", &["SendForSignature"]),
];

/// Contract type, action, document type, whether it is needed.
const REQUIREMENTS: [(&str, &str, &str, bool); 4] = [
    ("NDA", "Send For Signature", "AgreementDocument", true),
    ("MSA", "Send For Signature", "AgreementDocument", true),
    ("MSA", "Send For Review", "AgreementDocument", true),
    ("SOW", "Send For Signature", "SupportingDocument", false),
];

/// Fills a new database. The same ids and contents every time; only the dates follow the clock.
pub(in crate::services) fn demo(tx: &Transaction<'_>, now: DateTime<Utc>) -> Result<(), Failure> {
    let session = seed::session(tx, now);
    for (at, (name, actions)) in ROLES.iter().enumerate() {
        let row = json!({
            "Id": seed::id("TeamRole", at), "Name": name, "Description": null, "Action": actions,
            "IsActive": true, "IsSeeded": true,
        });
        roles::roles().add_named(&session, fields(row))?;
    }
    for (at, (kind, action, document, required)) in REQUIREMENTS.iter().enumerate() {
        let row = json!({
            "Id": seed::id("ContractTypeDocumentRequirement", at),
            "Name": format!("{document} for {kind}: {action}"),
            "ContractType": kind, "DocumentType": document, "IsRequired": required, "Action": action,
        });
        settings::requirements().add_named(&session, fields(row))?;
    }
    for (at, deal) in DEALS.iter().enumerate() {
        let record = contract::new_named(&session, row(at, deal, now), deal.5, None)?;
        if at == PARENT || at == DRAFT {
            fill(&session, &record, now)?;
        }
        if at == DRAFT {
            talk(&session, &record)?;
        }
    }
    Ok(())
}

fn row(at: usize, deal: &Deal, now: DateTime<Utc>) -> Record {
    let (name, kind, category, company, value, state, since, until) = *deal;
    let mut row = fields(json!({
        "Id": seed::id("Agreement", at),
        "ExternalId": format!("DEMO-Agreement-{:03}", at + 1),
        "Name": name,
        "RecordType": kind,
        "ContractCategory": category,
        "Account": seed::lookup("Account", company),
        "PrimaryContact": seed::lookup("Contact", company),
        "TotalContractValue": value,
        "TermType": "Fixed Term",
        "ContractStartDate": day(now, -since),
        "ContractEndDate": day(now, until),
    }));
    if state == State::Requested || at == CHILD {
        row.insert(
            "Description".to_owned(),
            format!("{name}, as agreed by phone").into(),
        );
    }
    if at == CHILD {
        let parent = json!({"Id": seed::id("Agreement", PARENT), "Name": DEALS[PARENT].0});
        row.insert("ParentAgreement".to_owned(), parent);
    }
    if at == RENEWING {
        row.insert("TermType".to_owned(), "Auto Renew".into());
        row.insert("AutoRenewTermMonths".to_owned(), 12.into());
    }
    row
}

/// Clauses, and what there is to do.
fn fill(session: &Session<'_>, record: &Record, now: DateTime<Utc>) -> Result<(), Failure> {
    for (name, category, text) in [
        (
            "Limitation of liability",
            "Liability",
            "Liability is limited to the fees of the last twelve months.",
        ),
        (
            "Payment terms",
            "Commercial",
            "Invoices are due within thirty days of receipt.",
        ),
    ] {
        let row = json!({"Name": name, "Clause": name, "Category": category, "Text": text});
        clauses::add(session, id(record), &fields(row))?;
    }
    let row = json!({
        "Name": "Report units shipped", "ObligationType": "Operational", "Priority": "Medium",
        "Frequency": "Quarterly", "AccountableParty": "Internal", "DueDate": day(now, -20),
        "Assignee": session.author,
    });
    obligations::add(session, id(record), &fields(row))?;
    Ok(())
}

/// What is said about it: the subject of a thread, and its messages.
const TALK: [(&str, &[&str]); 2] = [
    (
        "Cap on liability",
        &[
            "Marlow & Pryce ask for twice the yearly fees. Can we go there?",
            "Not above the fees of eighteen months.",
        ],
    ),
    (
        "Start date",
        &["They would rather start with the new quarter."],
    ),
];

fn talk(session: &Session<'_>, record: &Record) -> Result<(), Failure> {
    let mut count = 0;
    for (at, (subject, texts)) in TALK.iter().enumerate() {
        let thread = seed::id("ConversationThread", at);
        let row = json!({
            "Id": thread, "Name": subject, "ObjectType": "Agreement", "ObjectId": id(record),
            "Participants": [session.author, record.get("PrimaryContact")],
        });
        threads::threads().add_named(session, fields(row))?;
        for text in *texts {
            let row = json!({"Id": seed::id("ConversationMessage", count), "Text": text});
            threads::messages(&thread).add_named(session, fields(row))?;
            count += 1;
        }
    }
    Ok(())
}

fn day(now: DateTime<Utc>, offset: i64) -> Value {
    let date = now + TimeDelta::try_days(offset).unwrap_or_default();
    format!("{}T00:00:00", date.format("%Y-%m-%d")).into()
}

fn fields(row: Value) -> Record {
    row.as_object().cloned().unwrap_or_default()
}
