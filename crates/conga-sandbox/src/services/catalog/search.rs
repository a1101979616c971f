//! Search with facets, and type-ahead.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::categories;
use super::details::{self, Includes};
use super::shelf::{Shelf, browse, header, one_of};
use crate::failure::Failure;
use crate::records::criteria::Criteria;
use crate::records::objects::Object;
use crate::records::store::Record;
use crate::request::{Answer, Call};
use crate::services::World;
use crate::services::commerce::fields::small;
use crate::services::reply::params;

/// The facets: the name in answers, what people read, the field.
const FACETS: [(&str, &str, &str); 3] = [
    ("family", "Product Family", "Family"),
    (
        "configurationType",
        "Configuration Type",
        "ConfigurationType",
    ),
    ("productType", "Product Type", "ProductType"),
];

/// `POST /search`: the products, and for each facet how many products have each of its values.
pub(super) fn search(world: &World, call: &Call) -> Result<Answer, Failure> {
    check_type(call)?;
    let includes = Includes::of(call, 0)?;
    let chosen = chosen(call);
    let object = Object::internal("Product");
    browse(world, call, |shelf| {
        let category = in_category(shelf, call)?;
        let conditions = |except: Option<&'static str>| {
            let facets = chosen
                .iter()
                .filter(|(field, _)| Some(*field) != except)
                .map(|(field, values)| one_of(field, values));
            category
                .iter()
                .cloned()
                .chain(facets)
                .collect::<Vec<Criteria>>()
        };
        let mut page = shelf
            .products(call, &object, conditions(None))?
            .page(shelf.tx)?;
        for product in &mut page.records {
            *product = details::shown(shelf, product, &includes)?;
        }
        let mut facets = Vec::with_capacity(FACETS.len());
        for (name, label, field) in FACETS {
            // The values of a facet are alternatives, so its own choice does not narrow it.
            let all = shelf
                .products(call, &object, conditions(Some(field)))?
                .all(shelf.tx)?;
            let chosen = chosen.iter().find(|(known, _)| *known == field);
            facets.push(facet(
                name,
                label,
                &all,
                field,
                chosen.map(|(_, values)| values.as_slice()),
            ));
        }
        let products: Vec<Value> = page.records.iter().cloned().map(Value::Object).collect();
        let body = json!({"products": products, "facets": facets});
        Ok(page.mark(Answer::json(StatusCode::OK, body)))
    })
}

/// `GET /search/typeahead`
pub(super) fn suggest(world: &World, call: &Call) -> Result<Answer, Failure> {
    check_type(call)?;
    let object = Object::internal("Product");
    browse(world, call, |shelf| {
        let category = in_category(shelf, call)?;
        let page = shelf
            .products(call, &object, category.into_iter().collect())?
            .page(shelf.tx)?;
        Ok(page.array_as(|product| {
            let mut shown = small(&product);
            shown.retain(|field, _| {
                matches!(
                    field.as_str(),
                    "id" | "name" | "productCode" | "family" | "imageURL"
                )
            });
            Value::Object(shown)
        }))
    })
}

fn in_category(shelf: &Shelf<'_>, call: &Call) -> Result<Option<Criteria>, Failure> {
    match header(call, "categoryid") {
        Some(id) => categories::within(shelf, id),
        None => Ok(None),
    }
}

fn facet(
    name: &str,
    label: &str,
    products: &[Record],
    field: &str,
    chosen: Option<&[String]>,
) -> Value {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for value in products
        .iter()
        .filter_map(|product| product.get(field)?.as_str())
    {
        *counts.entry(value).or_default() += 1;
    }
    let values: Vec<Value> = counts
        .into_iter()
        .map(|(value, count)| {
            json!({
                "name": value,
                "displayName": value,
                "count": count,
                "isEnabled": true,
                "isSelected": chosen.is_some_and(|chosen| chosen.iter().any(|one| one == value)),
            })
        })
        .collect();
    json!({"name": name, "displayName": label, "facetValues": values})
}

/// The values that the request selects, by field.
fn chosen(call: &Call) -> Vec<(&'static str, Vec<String>)> {
    let facets = call.json().and_then(|body| body.get("facets")?.as_array());
    let mut chosen = Vec::new();
    for facet in facets.into_iter().flatten() {
        let named = facet["name"].as_str().unwrap_or_default();
        let known = FACETS
            .iter()
            .find(|(name, ..)| name.eq_ignore_ascii_case(named));
        let values = facet["facetValues"].as_array().into_iter().flatten();
        let values: Vec<String> = values
            .filter(|value| value["isSelected"] == true)
            .filter_map(|value| value["name"].as_str())
            .map(str::to_owned)
            .collect();
        if let Some((_, _, field)) = known.filter(|_| !values.is_empty()) {
            chosen.push((*field, values));
        }
    }
    chosen
}

/// Products are all that can be searched for.
fn check_type(call: &Call) -> Result<(), Failure> {
    match params::text(call, "search-type") {
        None => Ok(()),
        Some(word) if word.eq_ignore_ascii_case("product") => Ok(()),
        Some(word) => Err(Failure::invalid(format!(
            "search-type is Product, not '{word}'"
        ))),
    }
}
