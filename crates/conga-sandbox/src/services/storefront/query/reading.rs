//! The query language by query parameters: `GET /{objectName}` and `GET /{objectName}/{recordId}`.
//!
//! ```text
//! condition[0]=Name,BeginsWith,Orbit&lookups=PriceListId&children=Attachments&sort[field]=Name&sort[direction]=ASC
//! ```

use serde_json::Value;

use super::conditions::Condition;
use super::expand::{Children, Expansion, Lookup, expand};
use super::paths::Paths;
use super::{Pagination, Query, Sort, alias, kind, run};
use crate::failure::Failure;
use crate::records::store::Record;
use crate::request::{Answer, Call};
use crate::services::World;
use crate::services::reply::params;
use crate::services::storefront::objects::Kind;
use crate::services::storefront::success;
use crate::services::storefront::visit::Visit;

/// `GET /{objectName}`
pub(in super::super) fn list(world: &World, call: &Call) -> Result<Answer, Failure> {
    let kind = kind(call)?;
    let query = query(call)?;
    let alias = alias(call)?;
    let found = Visit::read(world, call, |visit| run(visit, &kind, &query, alias))?;
    Ok(success(found.into()))
}

/// `GET /{objectName}/{recordId}`
pub(in super::super) fn get(world: &World, call: &Call) -> Result<Answer, Failure> {
    let kind = kind(call)?;
    let id = call.path_param("recordId").unwrap_or_default();
    let alias = alias(call)?;
    let found = Visit::read(world, call, |visit| {
        let record = visit.find(&kind, id)?.ok_or_else(|| missing(&kind, id))?;
        show(visit, &kind, vec![record], call, alias)
    })?;
    Ok(success(found.into_iter().next().unwrap_or_default()))
}

/// That there is no such record, or none that the visitor sees.
pub(in super::super) fn missing(kind: &Kind, id: &str) -> Failure {
    Failure::not_found(format!("no {} has the Id '{id}'", kind.api()))
}

/// Records with the `lookups` and `children` that a call asks for.
pub(in super::super) fn show(
    visit: &Visit<'_>,
    kind: &Kind,
    records: Vec<Record>,
    call: &Call,
    alias: bool,
) -> Result<Vec<Value>, Failure> {
    let (lookups, children) = (lookups(call), children(call));
    let expansion = Expansion {
        lookups: &lookups,
        children: &children,
    };
    let shown = expand(&mut Paths::new(visit), kind, records, expansion, alias)?;
    Ok(shown.into_iter().map(Value::Object).collect())
}

fn query(call: &Call) -> Result<Query, Failure> {
    let mut conditions = Vec::new();
    for (name, value) in &call.query {
        if name.starts_with("condition[") && !value.is_empty() {
            conditions.push(condition(name, value)?);
        }
    }
    let sort = params::text(call, "sort[field]").map(|field| Sort {
        field: field.to_owned(),
        direction: params::text(call, "sort[direction]").map(str::to_owned),
    });
    let page = Pagination {
        page_limit: params::int(call, "page[limit]")?,
        page_number: params::int(call, "page[current]")?,
    };
    Ok(Query {
        page: Some(page),
        sort_order: sort.map(|sort| vec![sort]),
        conditions: Some(conditions),
        lookups: Some(lookups(call)),
        children: Some(children(call)),
        ..Query::default()
    })
}

/// `Field,Operator,Value`; an `In` takes further values after more commas.
fn condition(name: &str, text: &str) -> Result<Condition, Failure> {
    let mut parts = text.splitn(3, ',');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(field), Some(operator), value) => Ok(Condition {
            field: field.trim().to_owned(),
            filter_operator: operator.trim().to_owned(),
            value: value.map(|value| match value {
                "null" => Value::Null,
                value => value.into(),
            }),
            val: None,
        }),
        _ => Err(Failure::invalid(format!(
            "{name}: write it as Field,Operator,Value, such as Name,Equal,Orbit 400"
        ))),
    }
}

fn lookups(call: &Call) -> Vec<Lookup> {
    let names = names(call, "lookups");
    names
        .map(|field| Lookup {
            field,
            ..Lookup::default()
        })
        .collect()
}

fn children(call: &Call) -> Vec<Children> {
    let names = names(call, "children");
    names
        .map(|field| Children {
            field,
            ..Children::default()
        })
        .collect()
}

fn names<'c>(call: &'c Call, parameter: &str) -> impl Iterator<Item = String> + 'c {
    let text = params::text(call, parameter).unwrap_or_default();
    let names = text
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty());
    names.map(str::to_owned)
}
