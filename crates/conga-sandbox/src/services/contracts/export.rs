//! Exports: what a query finds, as a file.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;

use super::sheet::Sheet;
use crate::failure::Failure;
use crate::files::FileName;
use crate::records::objects::Object;
use crate::request::{Answer, AnswerBody, Call};
use crate::services::World;
use crate::services::query::Query;
use crate::services::reply::{params, success};
use crate::services::search;

/// `POST objects/export/{fileName}/{format}`.
pub(super) fn one(world: &World, call: &Call) -> Result<Answer, Failure> {
    check_name(call)?;
    let query: Query = params::read(call)?;
    let name = query.object_name.as_deref().unwrap_or_default();
    let rows = world.store.read(|tx| {
        let object = Object::named(tx, name)?.ok_or_else(|| {
            Failure::invalid(format!(
                "ObjectName is '{name}'; there is no such object, or it has no records yet"
            ))
        })?;
        let (page, _) = query.page_in(tx, &query.selection(&object)?, None, false)?;
        Ok::<_, Failure>(query.show_all(page))
    })?;
    file(call, &Sheet::of(&rows, &columns(&query)))
}

/// `POST objects/multiple/export/{fileName}/{format}`: what the Search service finds.
pub(super) fn several(world: &World, call: &Call) -> Result<Answer, Failure> {
    check_name(call)?;
    let rows = match search::several(world, call)?.body {
        AnswerBody::Json(mut found) => found["Data"].take(),
        AnswerBody::Empty | AnswerBody::Bytes(..) => Value::Null,
    };
    let primary = call.json().and_then(|body| {
        let queries = body.get("MultipleObjectSearchQueries")?.as_array()?;
        let primary = queries.iter().find(|one| one["IsPrimaryObject"] == true);
        Query::read(&primary.or(queries.first())?["Query"]).ok()
    });
    let columns = primary.as_ref().map(columns).unwrap_or_default();
    file(call, &Sheet::of(&rows, &columns))
}

/// The answer with the table in the format of the path.
pub(super) fn file(call: &Call, sheet: &Sheet) -> Result<Answer, Failure> {
    let content = match call.path_param("format").unwrap_or_default() {
        "csv" => sheet.csv()?,
        "xlsx" => sheet.xlsx()?,
        other => {
            return Err(Failure::invalid(format!(
                "the format is csv or xlsx, not '{other}'"
            )));
        }
    };
    Ok(success(BASE64_STANDARD.encode(content).into()))
}

fn check_name(call: &Call) -> Result<(), Failure> {
    FileName::new(call.path_param("fileName").unwrap_or_default())?;
    Ok(())
}

/// The columns that a query asks for; none for all.
fn columns(query: &Query) -> Vec<String> {
    let mut named = [&query.select, &query.group_by].into_iter().flatten();
    let named = named.find(|fields| !fields.is_empty());
    named.cloned().unwrap_or_default()
}
