//! Cycle times: groups of statuses that a tenant wants to see apart, and how long contracts stay in each status.

use chrono::{DateTime, Months, Utc};
use serde_json::{Value, json};

use super::collection::{Collection, id};
use super::fields;
use crate::failure::Failure;
use crate::records::objects::Object;
use crate::records::store::{self, Record};
use crate::request::{Answer, Call};
use crate::services::World;
use crate::services::reply::{params, success};

/// The fields of a contract whose values a group can span.
const FIELDS: [&str; 4] = ["ApprovalStatus", "RecordType", "Status", "StatusCategory"];

/// The field of a group that names none.
const DEFAULT_FIELD: &str = "Status";

/// The dashboard looks back so far.
const MONTHS: u32 = 12;

/// `POST cycletimes`.
pub(super) fn create(world: &World, call: &Call) -> Result<Answer, Failure> {
    let row = checked(params::row(call)?)?;
    let group = world.write(call, |session| groups().add(session, row))?;
    Ok(success(shown(&group)))
}

/// `GET cycletimes/{cycleTimeGroupId}`.
pub(super) fn get(world: &World, call: &Call) -> Result<Answer, Failure> {
    let found = world.store.read(|tx| groups().find(tx, id_of(call)))?;
    Ok(success(found.record.into()))
}

/// `PUT cycletimes/{cycleTimeGroupId}`.
pub(super) fn update(world: &World, call: &Call) -> Result<Answer, Failure> {
    let row = checked(params::row(call)?)?;
    let group = world.write(call, |session| groups().update(session, id_of(call), &row))?;
    Ok(success(shown(&group)))
}

/// `DELETE cycletimes/{cycleTimeGroupId}`.
pub(super) fn delete(world: &World, call: &Call) -> Result<Answer, Failure> {
    world.write(call, |session| groups().delete(session, id_of(call)))?;
    Ok(success(true.into()))
}

/// `GET cycletimes/contractfields`.
pub(super) fn contract_fields(_: &World, _: &Call) -> Result<Answer, Failure> {
    Ok(success(json!(FIELDS)))
}

/// `GET cycletimes/dashboard`: the average number of days that contracts of a type spent in a status that they have
/// left within the last twelve months.
pub(super) fn dashboard(world: &World, _: &Call) -> Result<Answer, Failure> {
    let now = world.clock.now();
    let since = now.checked_sub_months(Months::new(MONTHS)).unwrap_or(now);
    let log = Collection::of(Object::internal("AgreementActivity"));
    let actions = world.store.read(|tx| log.all(tx))?;

    let mut entered: Vec<(String, DateTime<Utc>)> = Vec::new();
    let mut stays: Vec<(String, String, f64, f64)> = Vec::new();
    for action in &actions {
        let action = &action.record;
        let field = |name| store::text(action, name).unwrap_or_default().to_owned();
        let Ok(date) = field("Date").parse::<DateTime<Utc>>() else {
            continue;
        };
        let contract = field("Agreement");
        let left = field("FromStatus");
        let before = entered.iter_mut().find(|(one, _)| *one == contract);
        match before {
            None => entered.push((contract, date)),
            Some(_) if left.is_empty() => {}
            Some((_, since_then)) => {
                let days = (date - *since_then).as_seconds_f64() / 86_400.0;
                *since_then = date;
                if date >= since {
                    add_stay(&mut stays, left, field("RecordType"), days);
                }
            }
        }
    }
    let rows = stays.into_iter().map(|(stage, record_type, days, count)| {
        json!({"Stage": stage, "RecordType": record_type, "AverageDuration": days / count})
    });
    Ok(success(rows.collect()))
}

fn add_stay(
    stays: &mut Vec<(String, String, f64, f64)>,
    stage: String,
    record_type: String,
    days: f64,
) {
    let known = stays
        .iter_mut()
        .find(|(a, b, ..)| (a, b) == (&stage, &record_type));
    match known {
        Some((_, _, sum, count)) => {
            *sum += days;
            *count += 1.0;
        }
        None => stays.push((stage, record_type, days, 1.0)),
    }
}

fn groups() -> Collection {
    Collection::of(Object::internal("CycleTimeGroup"))
}

fn id_of(call: &Call) -> &str {
    call.path_param("cycleTimeGroupId").unwrap_or_default()
}

fn checked(row: &Record) -> Result<Record, Failure> {
    fields::require(row, &["Name", "FieldLabel", "FromValue", "ToValue"])?;
    let mut row = row.clone();
    let field = store::text(&row, "CycleTimeField").unwrap_or_default();
    if field.is_empty() {
        row.insert("CycleTimeField".to_owned(), DEFAULT_FIELD.into());
    } else if !FIELDS.contains(&field) {
        return Err(Failure::invalid(format!(
            "CycleTimeField is one of {}, not '{field}'",
            FIELDS.join(", ")
        )));
    }
    row.entry("Description").or_insert(Value::Null);
    row.entry("IsActive").or_insert(json!(true));
    Ok(row)
}

/// The published `CycleTimeGroupResponse`.
fn shown(group: &Record) -> Value {
    let field = |name| group.get(name);
    json!({
        "Id": id(group),
        "Name": field("Name"),
        "CycleTimeField": field("CycleTimeField"),
        "Description": field("Description"),
        "FieldLabel": field("FieldLabel"),
        "FromValue": field("FromValue"),
        "ToValue": field("ToValue"),
        "IsActive": field("IsActive"),
    })
}
