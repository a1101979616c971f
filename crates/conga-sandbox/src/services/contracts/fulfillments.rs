//! Fulfillments: what a contract in force has to do, one for each due date of each obligation.

use chrono::{Months, NaiveDate, TimeDelta};
use rusqlite::Transaction;
use serde_json::{Value, json};

use super::collection::{Collection, id};
use super::contract::{day, is_perpetual, parts};
use super::fields::{self, FULFILLMENT, PEOPLE};
use super::obligations;
use super::query::Query;
use super::{documents, query};
use crate::failure::Failure;
use crate::records::objects::Object;
use crate::records::store::{self, Record, Stored};
use crate::request::{Answer, Call, Part};
use crate::services::reply::{params, success};
use crate::services::{Session, World, series};

/// An obligation is planned this many times ahead at most.
const MOST_DATES: usize = 120;
/// One of a contract without end is planned this many times ahead.
const DATES_WITHOUT_END: usize = 12;

/// The object that the documents of fulfillments belong to.
const DOCUMENTS: &str = "AgreementObligationFulfillment";

const PENDING: &str = "Pending Fulfillment";
const IN_REVIEW: &str = "Pending Review";
const ASKED: &str = "Information Requested";
const ON_TIME: &str = "Fulfilled On Time";
const LATE: &str = "Fulfilled Late";
const REJECTED: &str = "Not Fulfilled";
const WAIVED: &str = "Waived";
/// The obligation's contract was terminated.
pub(super) const CANCELED: &str = "Canceled";
/// The obligation's contract was amended or renewed.
pub(super) const SUPERSEDED: &str = "Superseded";

/// An action, the statuses it starts from and the one it leads to; that of `Accept` depends on the date.
const ACTIONS: &[(&str, &[&str], &str)] = &[
    ("Submit", &[PENDING, ASKED], IN_REVIEW),
    ("Accept", &[IN_REVIEW], ON_TIME),
    ("Reject", &[IN_REVIEW], REJECTED),
    ("RequestInformation", &[IN_REVIEW], ASKED),
    ("Waive", &[PENDING, ASKED, IN_REVIEW], WAIVED),
];

/// Statuses in which something is still to be done.
const OPEN: [&str; 3] = [PENDING, IN_REVIEW, ASKED];

/// Frequencies by their words without signs, as months or days. Any other is once.
const FREQUENCIES: &[(&str, Step)] = &[
    ("daily", Step::Days(1)),
    ("weekly", Step::Days(7)),
    ("biweekly", Step::Days(14)),
    ("monthly", Step::Months(1)),
    ("quarterly", Step::Months(3)),
    ("semiannually", Step::Months(6)),
    ("semiannual", Step::Months(6)),
    ("halfyearly", Step::Months(6)),
    ("annually", Step::Months(12)),
    ("annual", Step::Months(12)),
    ("yearly", Step::Months(12)),
];

/// The time from one due date to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Days(i64),
    Months(u32),
}

/// What a fulfillment shows of its obligation.
const OF_OBLIGATION: [(&str, &str); 5] = [
    ("ObligationName", "Name"),
    ("ObligationNumber", "ObligationNumber"),
    ("ObligationType", "ObligationType"),
    ("Frequency", "Frequency"),
    ("Priority", "Priority"),
];

/// `POST contracts/obligations/fulfillments/query`: what is to be done, over all contracts.
pub(super) fn query_all(world: &World, call: &Call) -> Result<Answer, Failure> {
    let query = Query::of(call)?;
    let all = Collection::of(Object::internal("AgreementObligationFulfillment"));
    let today = day_text(world.clock.now().date_naive());
    let rows = world.store.read(|tx| {
        let mut found = all.select(query.criteria())?.all(tx)?;
        found.retain(|one| {
            let status = store::text(&one.record, "Status");
            ![Some(CANCELED), Some(SUPERSEDED)].contains(&status)
        });
        found.sort_by(|a, b| due_text(&a.record).cmp(due_text(&b.record)));
        let mut rows = Vec::new();
        let mut with_next: Vec<String> = Vec::new();
        for one in found {
            let record = one.record;
            let pending = store::text(&record, "Status") == Some(PENDING);
            if pending && step(&record).is_some() && due_text(&record) >= today.as_str() {
                let obligation = store::text(&record, "AgreementObligation").unwrap_or_default();
                if with_next.iter().any(|other| other == obligation) {
                    continue;
                }
                with_next.push(obligation.to_owned());
            }
            rows.push(record);
        }
        Ok::<_, Failure>(rows)
    })?;
    let mut found = query.page(rows)?;
    for row in &mut found.rows {
        // Here the reference types the date with a time, and says nothing else.
        if let Some(due) = day(row, "DueDate") {
            let midnight = format!("{}T00:00:00", day_text(due));
            row.insert("DueDate".to_owned(), midnight.into());
        }
    }
    Ok(query.answer(found))
}

/// `POST contracts/{contractId}/obligations/{obligationId}/fulfillments/query`.
pub(super) fn query(world: &World, call: &Call) -> Result<Answer, Failure> {
    world.store.read(|tx| obligations::of_call(tx, call))?;
    let on = of_obligation(obligations::id_of(call));
    query::answer(world, call, &on)
}

/// `GET .../fulfillments/{fulfillmentId}`: with its obligation and documents.
pub(super) fn get(world: &World, call: &Call) -> Result<Answer, Failure> {
    let shown = world.store.read(|tx| {
        let obligation = obligations::of_call(tx, call)?;
        let fulfillment = find(tx, call)?;
        shown(tx, &obligation.record, &fulfillment.record)
    })?;
    Ok(success(shown))
}

/// `PUT .../fulfillments/{fulfillmentId}`: the date and the people, of this one or of those to come as well.
pub(super) fn update(world: &World, call: &Call) -> Result<Answer, Failure> {
    let row = params::row(call)?;
    fields::check(row, FULFILLMENT)?;
    let flag = |name| row.get(name) == Some(&Value::Bool(true));
    let to_come = [
        ("Assignee", flag("applyToUpcomingAssignee")),
        ("Reviewer", flag("applyToUpcomingReviewer")),
    ];
    let mut own = Record::new();
    let dates = ["DueDate", "AssigneeType", "ReviewerType"];
    for name in dates.iter().chain(PEOPLE) {
        if let Some(value) = row.get(*name) {
            own.insert((*name).to_owned(), value.clone());
        }
    }
    if let Some(due) = day(&own, "DueDate") {
        own.insert("DueDate".to_owned(), day_text(due).into());
    }
    let record = world.write(call, |session| {
        obligations::of_call(session.tx, call)?;
        let on = of_obligation(obligations::id_of(call));
        let stored = find(session.tx, call)?;
        let due = due_text(&stored.record).to_owned();
        let mut shared = own.clone();
        shared.retain(|name, _| {
            to_come
                .iter()
                .any(|(role, wanted)| *wanted && name.starts_with(role))
        });
        if !shared.is_empty() {
            for later in on.all(session.tx)? {
                let pending = store::text(&later.record, "Status") == Some(PENDING);
                if pending && due_text(&later.record) > due.as_str() {
                    on.change(session, later, &shared)?;
                }
            }
        }
        let record = on.change(session, stored, &own)?;
        log(session, &record, "Update", None, 0)?;
        Ok(record)
    })?;
    Ok(success(record.into()))
}

/// `POST .../fulfillments/{fulfillmentId}/{fulfillmentAction}`.
pub(super) fn act(world: &World, call: &Call) -> Result<Answer, Failure> {
    let word = call.path_param("fulfillmentAction").unwrap_or_default();
    let (action, starts, end) = ACTIONS
        .iter()
        .find(|(action, ..)| *action == word)
        .copied()
        .ok_or_else(|| {
            let known: Vec<&str> = ACTIONS.iter().map(|(action, ..)| *action).collect();
            Failure::invalid(format!("the action is one of {}", known.join(", ")))
        })?;
    let fulfilled_on = params::form_text(call, "fulfilledOn").filter(|text| !text.is_empty());
    let comments = params::form_text(call, "comments").filter(|text| !text.is_empty());
    let attributes = params::form_object(call, "documentAttributes")?.unwrap_or_default();
    let files: Vec<&Part> = params::files(call, "documents").collect();
    let shown = world.write(call, |session| {
        let obligation = obligations::of_call(session.tx, call)?.record;
        let stored = find(session.tx, call)?;
        let status = store::text(&stored.record, "Status").unwrap_or_default();
        if !starts.contains(&status) {
            return Err(Failure::invalid(format!(
                "cannot {action} the fulfillment: its status is {status}, and this needs {}",
                starts.join(" or ")
            )));
        }
        let mut row = Record::new();
        if action == "Submit" {
            let date = fulfilled_on.map_or_else(|| session.date(), str::to_owned);
            row.insert("FulfillmentDate".to_owned(), date.into());
        }
        let end = match action {
            "Accept" if is_late(&stored.record) => LATE,
            _ => end,
        };
        row.insert("Status".to_owned(), end.into());
        let on = of_obligation(obligations::id_of(call));
        let record = on.change(session, stored, &row)?;
        for file in &files {
            let named = file.file_name.as_deref().unwrap_or_default();
            let attributes = attributes.get(named).and_then(Value::as_object);
            documents::keep(session, file, (DOCUMENTS, id(&record)), attributes)?;
        }
        log(session, &record, action, comments, files.len())?;
        shown(session.tx, &obligation, &record)
    })?;
    Ok(success(shown))
}

/// `POST .../fulfillments/{fulfillmentId}/history/query`.
pub(super) fn history(world: &World, call: &Call) -> Result<Answer, Failure> {
    let fulfillment = world.store.read(|tx| {
        obligations::of_call(tx, call)?;
        find(tx, call)
    })?;
    let on = history_of_all().owned("Fulfillment", id(&fulfillment.record));
    query::answer(world, call, &on)
}

/// `POST contracts/{contractId}/obligations/{obligationId}/activityhistory/query`.
pub(super) fn activity(world: &World, call: &Call) -> Result<Answer, Failure> {
    let obligation = world.store.read(|tx| obligations::of_call(tx, call))?;
    let on = history_of_all().owned("AgreementObligation", id(&obligation.record));
    query::answer(world, call, &on)
}

/// Makes the fulfillments of an obligation of a contract in force.
pub(super) fn plan(
    session: &Session<'_>,
    contract: &Record,
    obligation: &Record,
) -> Result<(), Failure> {
    let on = of_obligation(id(obligation));
    for due in dates(contract, obligation) {
        let number = series::next(session, "AgreementObligationFulfillment")?;
        let mut row = Record::from_iter([
            ("Name".to_owned(), json!(format!("OF-{number}"))),
            (
                "FulfillmentNumber".to_owned(),
                json!(format!("OF-{number}")),
            ),
            (
                "FulfillmentNumberAuto".to_owned(),
                json!(number.to_string()),
            ),
            ("Agreement".to_owned(), id(contract).into()),
            (
                "ContractName".to_owned(),
                contract.get("Name").cloned().unwrap_or_default(),
            ),
            ("DueDate".to_owned(), json!(due.map(day_text))),
            ("FulfillmentDate".to_owned(), Value::Null),
            ("Status".to_owned(), PENDING.into()),
        ]);
        row.extend(shared_fields(obligation));
        on.add(session, row)?;
    }
    Ok(())
}

/// Takes over to the open fulfillments what their obligation says now.
pub(super) fn follow(session: &Session<'_>, obligation: &Record) -> Result<(), Failure> {
    let on = of_obligation(id(obligation));
    let shared = shared_fields(obligation);
    for stored in on.all(session.tx)? {
        if is_open(&stored.record) {
            on.change(session, stored, &shared)?;
        }
    }
    Ok(())
}

/// Closes the open fulfillments of a contract.
pub(super) fn close(session: &Session<'_>, contract: &str, status: &str) -> Result<(), Failure> {
    let on = parts("AgreementObligationFulfillment", contract);
    for stored in on.all(session.tx)? {
        if is_open(&stored.record) {
            let row = Record::from_iter([("Status".to_owned(), status.into())]);
            let record = on.change(session, stored, &row)?;
            log(session, &record, status, None, 0)?;
        }
    }
    Ok(())
}

/// Deletes the fulfillments of an obligation, and their history.
pub(super) fn remove_all(session: &Session<'_>, obligation: &str) -> Result<(), Failure> {
    of_obligation(obligation).clear(session)?;
    let history = history_of_all().owned("AgreementObligation", obligation);
    history.clear(session)?;
    Ok(())
}

/// The fulfillments of an obligation, each with its documents.
pub(super) fn shown_of(tx: &Transaction<'_>, obligation: &str) -> Result<Value, Failure> {
    let stored = of_obligation(obligation).all(tx)?.into_iter();
    let rows = stored.map(|one| {
        let mut row = one.record;
        let found = documents::of(tx, DOCUMENTS, id(&row))?;
        row.insert("Documents".to_owned(), documents::found(found));
        Ok(Value::from(row))
    });
    rows.collect()
}

/// The fulfillments of an obligation.
fn of_obligation(obligation: &str) -> Collection {
    Collection::of(Object::internal("AgreementObligationFulfillment"))
        .owned("AgreementObligation", obligation)
}

/// The fulfillment that a call's path names.
fn find(tx: &Transaction<'_>, call: &Call) -> Result<Stored, Failure> {
    let id = call.path_param("fulfillmentId").unwrap_or_default();
    of_obligation(obligations::id_of(call)).find(tx, id)
}

/// The published `ContractObligationFulfillmentResponse`.
fn shown(
    tx: &Transaction<'_>,
    obligation: &Record,
    fulfillment: &Record,
) -> Result<Value, Failure> {
    Ok(json!({
        "ContractObligation": obligation,
        "ContractObligationFulfillment": fulfillment,
        "Documents": documents::found(documents::of(tx, DOCUMENTS, id(fulfillment))?),
    }))
}

/// Notes what was done to a fulfillment.
fn log(
    session: &Session<'_>,
    fulfillment: &Record,
    action: &str,
    comments: Option<&str>,
    attachments: usize,
) -> Result<(), Failure> {
    let field = |name: &str| fulfillment.get(name).cloned().unwrap_or_default();
    let row = json!({
        "Name": action,
        "Agreement": field("Agreement"),
        "AgreementObligation": field("AgreementObligation"),
        "Fulfillment": id(fulfillment),
        "FulfillmentName": field("Name"),
        "FulfillmentNumber": field("FulfillmentNumber"),
        "Comments": comments,
        "Date": session.date(),
        "User": session.author,
        "Action": action,
        "Status": field("Status"),
        "AttachmentCount": attachments,
    });
    if let Value::Object(row) = row {
        history_of_all().add(session, row)?;
    }
    Ok(())
}

fn history_of_all() -> Collection {
    Collection::of(Object::internal("AgreementObligationFulfillmentHistory"))
}

/// What a fulfillment takes over from its obligation.
fn shared_fields(obligation: &Record) -> Record {
    let value = |name: &str| obligation.get(name).cloned().unwrap_or_default();
    let named = OF_OBLIGATION
        .iter()
        .map(|(field, source)| ((*field).to_owned(), value(source)));
    let people = PEOPLE.iter().chain(&["AssigneeType", "ReviewerType"]);
    let people = people.map(|name| ((*name).to_owned(), value(name)));
    named.chain(people).collect()
}

/// The days on which an obligation is due. One without a date of its own is due when its contract starts, if it recurs,
/// and else on no day.
fn dates(contract: &Record, obligation: &Record) -> Vec<Option<NaiveDate>> {
    let step = step(obligation);
    let first = day(obligation, "DueDate");
    let first = match step {
        Some(_) => first.or_else(|| day(contract, "ContractStartDate")),
        None => first,
    };
    let (Some(first), Some(step)) = (first, step) else {
        return vec![first];
    };
    let end = match is_perpetual(contract) {
        true => None,
        false => day(contract, "ContractEndDate"),
    };
    let most = if end.is_some() {
        MOST_DATES
    } else {
        DATES_WITHOUT_END
    };
    let dates = (0..).map_while(|count| step.times(first, count));
    let dates = dates.take_while(|date| end.is_none_or(|end| *date <= end));
    dates.take(most).map(Some).collect()
}

fn step(row: &Record) -> Option<Step> {
    let word: String = store::text(row, "Frequency")?
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect();
    let found = FREQUENCIES.iter().find(|(name, _)| *name == word);
    found.map(|(_, step)| *step)
}

impl Step {
    /// The date so many steps after the first.
    fn times(self, first: NaiveDate, count: u32) -> Option<NaiveDate> {
        match self {
            Self::Days(days) => {
                first.checked_add_signed(TimeDelta::try_days(days * i64::from(count))?)
            }
            Self::Months(months) => first.checked_add_months(Months::new(months * count)),
        }
    }
}

fn is_open(fulfillment: &Record) -> bool {
    store::text(fulfillment, "Status").is_some_and(|status| OPEN.contains(&status))
}

/// Whether it was fulfilled after the day on which it was due.
fn is_late(fulfillment: &Record) -> bool {
    match (
        day(fulfillment, "FulfillmentDate"),
        day(fulfillment, "DueDate"),
    ) {
        (Some(done), Some(due)) => done > due,
        _ => false,
    }
}

/// The due date as it is written; its order is that of time.
fn due_text(fulfillment: &Record) -> &str {
    store::text(fulfillment, "DueDate").unwrap_or_default()
}

/// A day as the reference says due dates come back.
fn day_text(day: NaiveDate) -> String {
    day.format("%Y-%m-%d").to_string()
}
