//! The calls that read: get, list, query, summary, record types, currencies.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::currencies;
use crate::failure::Failure;
use crate::records::definitions::{RECORD_TYPES, standard};
use crate::records::objects::Object;
use crate::records::selection::{Direction, Page, Selection, Start, limit};
use crate::records::store::{self, By, Store};
use crate::records::writer;
use crate::request::Call;
use crate::services::query::Query;
use crate::services::reply::{Reply, params};

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
    let reply = Reply::new(StatusCode::OK, data(page));
    Ok(reply.paged(more, None))
}

/// `POST .../query`.
pub(super) fn query(store: &Store, object: &Object, call: &Call) -> Result<Reply, Failure> {
    let query = Query::read(call.json().unwrap_or(&Value::Null))?;
    query.check_object(object.name())?;
    let after = params::text(call, "after");
    let with_total = params::flag(call, "IncludeTotalCount")?;
    let selection = query.selection(object)?;
    let (page, total) = query.page(store, &selection, after, with_total)?;
    let (more, next) = (page.next.is_some(), page.next.clone());
    let reply = Reply::new(StatusCode::OK, query.show_all(page)).paged(more, next);
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
    let query = Query::read(query)?;
    let name = query.object_name.as_deref().unwrap_or_default();
    let object = match Object::standard(name) {
        Some(object) => object,
        None => Object::custom(name).map_err(Failure::invalid)?,
    };
    let object = store.read(|tx| object.defined(tx))?;
    let selection = query.selection(&object)?;
    let (page, _) = query.page(store, &selection, None, false)?;
    Ok(query.show_all(page))
}

fn data(page: Page) -> Value {
    let records = page.records.into_iter();
    records.map(|stored| Value::Object(stored.record)).collect()
}
