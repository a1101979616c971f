//! The calls that read: get, list, query, summary, record types, currencies.

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::currencies;
use crate::failure::Failure;
use crate::records::definitions::{RECORD_TYPES, standard};
use crate::records::objects::Object;
use crate::records::selection::{Direction, Page, Selection, Start, limit, project, skip};
use crate::records::store::{self, By, Record, Store};
use crate::records::value::FieldPath;
use crate::records::writer;
use crate::request::Call;
use crate::services::reply::{Reply, params};

/// The published `Query`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Query {
    object_name: Option<String>,
    criteria: Option<String>,
    select: Option<Vec<String>>,
    distinct: Option<bool>,
    limit: Option<i64>,
    skip: Option<i64>,
    sort: Option<Sort>,
    group_by: Option<Vec<String>>,
}

/// The published `Sort`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Sort {
    field_name: Option<String>,
    order_by: Option<String>,
}

/// `GET .../{id}` and `GET .../by-externalId/{externalId}`.
pub(super) fn get(store: &Store, object: &Object, by: By, value: &str) -> Result<Reply, Failure> {
    let found = store.read(|tx| store::find(tx, object.name(), by, value))?;
    let stored = found.ok_or_else(|| writer::missing(object, by, value))?;
    Ok(Reply::new(StatusCode::OK, Value::Object(stored.record)))
}

/// `GET .../{object}`.
pub(super) fn list(store: &Store, object: &Object, call: &Call) -> Result<Reply, Failure> {
    let criteria = call.query_param("criteria").unwrap_or_default();
    let mut selection = Selection::new(object, criteria)?;
    if let Some(field) = params::text(call, "sortField") {
        // Sister services publish that the direction is descending unless given.
        let direction = match params::text(call, "sortDirection") {
            Some(word) => Direction::read(word)?,
            None => Direction::Descending,
        };
        selection = selection.sorted(field, direction)?;
    }
    let size = limit("pageSize", params::int(call, "pageSize")?)?;
    let number = match params::int(call, "pageNumber")?.unwrap_or(1) {
        number @ 1.. => number.unsigned_abs(),
        _ => return Err(Failure::invalid("pageNumber counts from 1")),
    };
    let start = Start {
        after: None,
        skip: size.saturating_mul(number - 1),
    };
    let page = store.read(|tx| selection.page(tx, &start, size))?;
    let more = page.next.is_some();
    let reply = Reply::new(StatusCode::OK, data(page, Value::Object));
    Ok(reply.paged(more, None))
}

/// `POST .../query`.
pub(super) fn query(store: &Store, object: &Object, call: &Call) -> Result<Reply, Failure> {
    let query = parse_query(call.json().unwrap_or(&Value::Null))?;
    if let Some(name) = &query.object_name
        && name != object.name()
    {
        return Err(Failure::invalid(format!(
            "ObjectName is '{name}', but the path names {}",
            object.name()
        )));
    }
    let after = params::text(call, "after");
    let with_total = params::flag(call, "IncludeTotalCount")?;
    let (page, total) = run(store, object, &query, after, with_total)?;
    let (more, next) = (page.next.is_some(), page.next.clone());
    let reply = Reply::new(StatusCode::OK, projected(page, &query)?).paged(more, next);
    Ok(match total {
        Some(total) => reply.counted(total),
        None => reply,
    })
}

/// `POST .../custom-objects/query/parallel`: one list of records for each query.
pub(super) fn query_parallel(store: &Store, call: &Call) -> Result<Reply, Failure> {
    let queries = params::rows(call)?;
    let lists = queries.iter().enumerate().map(|(at, query)| {
        run_one_of_many(store, query).map_err(|failure| match failure {
            Failure::Store(error) => Failure::Store(error),
            failure => Failure::Invalid(
                failure
                    .messages()
                    .into_iter()
                    .map(|message| format!("query {}: {message}", at + 1))
                    .collect(),
            ),
        })
    });
    let lists = lists.collect::<Result<Vec<_>, _>>()?;
    Ok(Reply::new(StatusCode::OK, lists.into()))
}

/// `GET .../summary`.
pub(super) fn summary(store: &Store, object: &Object) -> Result<Reply, Failure> {
    let (count, bytes) = store.read(|tx| store::usage(tx, object.name()))?;
    let row = json!({"ObjectName": object.name(), "RecordCount": count, "DiskSize": bytes});
    Ok(Reply::new(StatusCode::OK, json!([row])))
}

/// `GET .../recordtypes`.
pub(super) fn record_types(object: &Object) -> Reply {
    let bare;
    let definition = match object.definition() {
        Some(definition) => definition,
        None => {
            bare = standard::bare(object.name());
            &bare
        }
    };
    let picklist = definition.picklist(RECORD_TYPES);
    let entries = picklist
        .iter()
        .flat_map(|picklist| &picklist.picklist_entries);
    let types = entries.map(|entry| {
        json!({
            "Name": entry.value,
            "DisplayName": entry.display_text,
            "ObjectName": object.name(),
            "IsActive": !entry.is_deprecated,
        })
    });
    Reply::new(StatusCode::OK, types.collect())
}

/// `GET .../currencies`.
pub(super) fn currencies() -> Reply {
    Reply::new(StatusCode::OK, currencies::all())
}

fn run_one_of_many(store: &Store, query: &Value) -> Result<Value, Failure> {
    let query = parse_query(query)?;
    let name = query.object_name.as_deref().unwrap_or_default();
    let object = match Object::standard(name) {
        Some(object) => object,
        None => Object::custom(name).map_err(Failure::invalid)?,
    };
    let object = store.read(|tx| object.defined(tx))?;
    let (page, _) = run(store, &object, &query, None, false)?;
    projected(page, &query)
}

fn run(
    store: &Store,
    object: &Object,
    query: &Query,
    after: Option<&str>,
    with_total: bool,
) -> Result<(Page, Option<i64>), Failure> {
    let mut selection = Selection::new(object, query.criteria.as_deref().unwrap_or_default())?;
    if let Some(sort) = &query.sort
        && let Some(field) = sort.field_name.as_deref().filter(|field| !field.is_empty())
    {
        let direction = match &sort.order_by {
            Some(word) => Direction::read(word)?,
            None => Direction::Ascending,
        };
        selection = selection.sorted(field, direction)?;
    }
    let select = query.select.as_deref().unwrap_or_default();
    let groups = query.group_by.as_deref().unwrap_or_default();
    if let Some(field) = select
        .iter()
        .find(|field| !groups.is_empty() && !groups.contains(field))
    {
        return Err(Failure::invalid(format!(
            "Select names '{field}', which GroupBy does not"
        )));
    }
    check_fields(object, select)?;
    if !groups.is_empty() {
        selection = selection.distinct(groups)?;
    } else if query.distinct.unwrap_or(false) {
        selection = selection.distinct(select)?;
    }
    let limit = limit("Limit", query.limit)?;
    let skip = skip(query.skip)?;
    let start = Start {
        after,
        // The cursor is past what the first page skipped.
        skip: if after.is_some() { 0 } else { skip },
    };
    store.read(|tx| {
        let page = selection.page(tx, &start, limit)?;
        let total = if with_total {
            Some(selection.count(tx)?)
        } else {
            None
        };
        Ok((page, total))
    })
}

fn parse_query(body: &Value) -> Result<Query, Failure> {
    Query::deserialize(body).map_err(|error| Failure::invalid(format!("not a query: {error}")))
}

fn check_fields(object: &Object, fields: &[String]) -> Result<(), Failure> {
    for field in fields {
        let path = FieldPath::parse(field)
            .ok_or_else(|| Failure::invalid(format!("'{field}' is no field name")))?;
        object.check_path(&path).map_err(Failure::invalid)?;
    }
    Ok(())
}

fn data(page: Page, show: impl Fn(Record) -> Value) -> Value {
    page.records
        .into_iter()
        .map(|stored| show(stored.record))
        .collect()
}

/// The page's records, cut down to the fields that the query names.
fn projected(page: Page, query: &Query) -> Result<Value, Failure> {
    let fields = [&query.select, &query.group_by]
        .into_iter()
        .flatten()
        .find(|fields| !fields.is_empty());
    Ok(match fields {
        None => data(page, Value::Object),
        Some(fields) => data(page, |record| project(&record, fields)),
    })
}
