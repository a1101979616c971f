//! Exports: what a query finds, as a file.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use serde_json::Value;

use super::collection::Collection;
use super::query::Query;
use super::sheet::Sheet;
use crate::failure::Failure;
use crate::files::FileName;
use crate::records::objects::Object;
use crate::request::{Answer, Call};
use crate::services::World;
use crate::services::reply::{params, success};

/// The published `SearchQuery`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct SearchQuery {
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

/// The published `MultipleObjectsSearchQuery`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Searches {
    document_search_text: Option<String>,
    multiple_object_search_queries: Option<Vec<Search>>,
}

/// The published `MultipleObjectsQuery`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Search {
    query: SearchQuery,
    is_primary_object: Option<bool>,
    reference_alias_name: Option<String>,
}

/// `POST objects/export/{fileName}/{format}`.
pub(super) fn one(world: &World, call: &Call) -> Result<Answer, Failure> {
    check_name(call)?;
    let query: SearchQuery = params::read(call)?;
    let columns = query.columns();
    let rows = query.run(world)?;
    file(call, &Sheet::of(&rows, &columns))
}

/// `POST objects/multiple/export/{fileName}/{format}`: the primary object's records first; each row says what it is.
pub(super) fn several(world: &World, call: &Call) -> Result<Answer, Failure> {
    check_name(call)?;
    let searches: Searches = params::read(call)?;
    if searches
        .document_search_text
        .is_some_and(|text| !text.is_empty())
    {
        return Err(Failure::invalid(
            "DocumentSearchText is not carried out here: the sandbox does not read documents; leave it out",
        ));
    }
    let mut searches = searches.multiple_object_search_queries.unwrap_or_default();
    searches.sort_by_key(|search| search.is_primary_object != Some(true));
    let mut columns = vec!["ObjectName".to_owned()];
    let mut all = Vec::new();
    let mut every_column = false;
    for search in searches {
        let own = search.query.columns();
        every_column |= own.is_empty();
        for column in own {
            if !columns.contains(&column) {
                columns.push(column);
            }
        }
        let object = search.query.object_name.clone();
        let shown = search
            .reference_alias_name
            .filter(|alias| !alias.is_empty());
        let shown = Value::from(shown.or(object));
        for mut row in search.query.run(world)? {
            row["ObjectName"] = shown.clone();
            all.push(row);
        }
    }
    let columns = if every_column { Vec::new() } else { columns };
    file(call, &Sheet::of(&all, &columns))
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

impl SearchQuery {
    /// The columns that the query asks for.
    fn columns(&self) -> Vec<String> {
        let named = [&self.select, &self.group_by];
        let named = named
            .into_iter()
            .flatten()
            .find(|fields| !fields.is_empty());
        named.cloned().unwrap_or_default()
    }

    fn run(self, world: &World) -> Result<Vec<Value>, Failure> {
        let name = self.object_name.clone().unwrap_or_default();
        let query = Query::from(self);
        world.store.read(|tx| {
            let object = Object::named(tx, &name)?.ok_or_else(|| {
                Failure::invalid(format!(
                    "ObjectName is '{name}'; there is no such object, or it has no records yet"
                ))
            })?;
            let found = query.run(tx, &Collection::of(object))?;
            Ok(found.rows.into_iter().map(|row| query.shown(row)).collect())
        })
    }
}

impl From<SearchQuery> for Query {
    fn from(query: SearchQuery) -> Self {
        let sort = query.sort.unwrap_or_default();
        Self::new(
            query.criteria,
            (sort.field_name, sort.order_by),
            (query.skip, query.limit),
            (query.select, query.group_by, query.distinct),
        )
    }
}
