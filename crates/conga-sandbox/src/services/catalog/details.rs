//! One product with all that belongs to it: prices, options, attributes, categories.

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use super::shelf::{Shelf, browse};
use crate::failure::Failure;
use crate::records::objects::Object;
use crate::records::store::{self, By, Record};
use crate::records::value::fold;
use crate::records::writer;
use crate::request::{Answer, Call};
use crate::services::World;
use crate::services::commerce::children::Children;
use crate::services::commerce::fields::{lookup_id, small};
use crate::services::commerce::listing::list;
use crate::services::pricing::money::{amount_in, number};
use crate::services::reply::params;

/// Options go this many levels deep unless the call says how many.
const DEFAULT_DEPTH: i64 = 3;
/// And no deeper than this.
const MAX_DEPTH: i64 = 8;
/// A call asks for at most this many products.
const MAX_PRODUCTS: usize = 500;

const OPTION_GROUPS: Children = Children {
    object: "ProductOptionGroup",
    owner: "Product",
};

const OPTIONS: Children = Children {
    object: "ProductOptionComponent",
    owner: "ParentProduct",
};

const ATTRIBUTE_GROUPS: Children = Children {
    object: "ProductAttributeGroup",
    owner: "Product",
};

const ATTRIBUTES: Children = Children {
    object: "AttributeGroupMember",
    owner: "AttributeGroup",
};

const CATEGORIES: Children = Children {
    object: "ProductCategory",
    owner: "Product",
};

/// What is shown with a product.
#[derive(Debug, Clone)]
pub(super) struct Includes {
    prices: bool,
    options: bool,
    attributes: bool,
    categories: bool,
    /// Only these groups of options; all if empty.
    groups: Vec<String>,
    depth: i64,
}

impl Includes {
    /// Reads `includes`, `optionGroupIds` and `depth`.
    pub(super) fn of(call: &Call, default_depth: i64) -> Result<Self, Failure> {
        let names = list(call, "includes");
        let has = |name: &str| names.iter().any(|one| one.eq_ignore_ascii_case(name));
        let depth = params::int(call, "depth")?.unwrap_or(default_depth);
        if !(0..=MAX_DEPTH).contains(&depth) {
            return Err(Failure::invalid(format!(
                "depth is 0 to {MAX_DEPTH}, not {depth}"
            )));
        }
        Ok(Self {
            prices: has("prices"),
            options: has("options"),
            attributes: has("attributes"),
            categories: has("categories"),
            groups: list(call, "optionGroupIds"),
            depth,
        })
    }
}

/// `GET /products/{productId}`
pub(super) fn get(world: &World, call: &Call) -> Result<Answer, Failure> {
    let includes = Includes::of(call, DEFAULT_DEPTH)?;
    let id = call.path_param("productId").unwrap_or_default();
    browse(world, call, |shelf| {
        let product = shelf.product(id)?.ok_or_else(|| missing(id))?;
        Ok(Answer::json(
            StatusCode::OK,
            Value::Object(shown(shelf, &product, &includes)?),
        ))
    })
}

/// `POST /products/details`
pub(super) fn of_many(world: &World, call: &Call) -> Result<Answer, Failure> {
    let includes = Includes::of(call, 1)?;
    let lenient = params::flag(call, "suppressWarning")?;
    let ids = ids(call)?;
    browse(world, call, |shelf| {
        let mut products = Vec::with_capacity(ids.len());
        for id in &ids {
            match shelf.product(id)? {
                Some(product) => products.push(Value::Object(shown(shelf, &product, &includes)?)),
                None if lenient => {}
                None => return Err(missing(id)),
            }
        }
        Ok(Answer::json(StatusCode::OK, products.into()))
    })
}

/// `POST /products/compare`: the attributes of each product, and its first price.
pub(super) fn compare(world: &World, call: &Call) -> Result<Answer, Failure> {
    let ids = ids(call)?;
    browse(world, call, |shelf| {
        let mut compared = Vec::with_capacity(ids.len());
        for id in &ids {
            let product = shelf.product(id)?.ok_or_else(|| missing(id))?;
            let prices = shelf.list.prices(shelf.tx, id, "", shelf.now)?;
            let mut attributes = Map::new();
            for attribute in attributes_of(shelf, id)? {
                let name = store::text(&attribute, "Name")
                    .unwrap_or_default()
                    .to_owned();
                attributes.insert(name, Value::Object(small(&attribute)));
            }
            compared.push(json!({
                "product": small(&product),
                "listPrice": prices.first().map(|price| number(price.base_price)),
                "attributes": attributes,
            }));
        }
        Ok(Answer::json(StatusCode::OK, compared.into()))
    })
}

/// `GET /products/{productId}/search`: options and attributes of the bundle whose name has the query.
pub(super) fn search(world: &World, call: &Call) -> Result<Answer, Failure> {
    let includes = Includes::of(call, DEFAULT_DEPTH)?;
    let both = !includes.options && !includes.attributes;
    let query = fold(call.query_param("query").unwrap_or_default());
    let id = call.path_param("productId").unwrap_or_default();
    browse(world, call, |shelf| {
        shelf.product(id)?.ok_or_else(|| missing(id))?;
        let has = |record: &Record, fields: &[&str]| {
            let mut texts = fields.iter().filter_map(|field| store::text(record, field));
            texts.any(|text| fold(text).contains(&query))
        };
        let mut options = Vec::new();
        if both || includes.options {
            find_options(shelf, id, includes.depth, &mut options)?;
            options.retain(|option| has(option, &["Name", "ProductCode", "Description"]));
        }
        let mut attributes = Vec::new();
        if both || includes.attributes {
            attributes = attributes_of(shelf, id)?;
            attributes.retain(|attribute| has(attribute, &["Name", "DisplayName"]));
        }
        let array = |records: Vec<Record>| -> Value {
            records
                .iter()
                .map(|record| Value::Object(small(record)))
                .collect()
        };
        let found = json!({"options": array(options), "attributes": array(attributes)});
        Ok(Answer::json(StatusCode::OK, found))
    })
}

/// A product as answers show it.
pub(super) fn shown(
    shelf: &Shelf<'_>,
    product: &Record,
    includes: &Includes,
) -> Result<Record, Failure> {
    let id = store::text(product, "Id").unwrap_or_default();
    let mut shown = small(product);
    let set = |shown: &mut Record, name: &str, value: Vec<Value>| {
        shown.insert(name.to_owned(), value.into());
    };
    if includes.prices {
        let prices = shelf.list.prices(shelf.tx, id, "", shelf.now)?;
        let prices = prices.iter().map(|price| {
            let mut item = small(&price.item);
            item.insert("listPrice".to_owned(), number(price.list_price));
            Value::Object(item)
        });
        set(&mut shown, "prices", prices.collect());
    }
    if includes.attributes {
        set(
            &mut shown,
            "productAttributeGroups",
            attribute_groups(shelf, id)?,
        );
    }
    if includes.categories {
        let links = CATEGORIES.of(shelf.tx, id)?;
        set(
            &mut shown,
            "productCategories",
            links
                .iter()
                .map(|link| Value::Object(small(link)))
                .collect(),
        );
    }
    if includes.options && includes.depth > 0 {
        set(
            &mut shown,
            "productOptionGroups",
            option_groups(shelf, id, includes)?,
        );
    }
    Ok(shown)
}

fn option_groups(
    shelf: &Shelf<'_>,
    product: &str,
    includes: &Includes,
) -> Result<Vec<Value>, Failure> {
    let below = Includes {
        depth: includes.depth - 1,
        groups: Vec::new(),
        ..includes.clone()
    };
    let components = OPTIONS.of(shelf.tx, product)?;
    let mut groups = OPTION_GROUPS.of(shelf.tx, product)?;
    groups.sort_by_key(|group| amount_in(group, "Sequence"));
    if !includes.groups.is_empty() {
        groups.retain(|group| {
            store::text(group, "Id").is_some_and(|id| includes.groups.iter().any(|one| one == id))
        });
    }
    let mut shown_groups = Vec::with_capacity(groups.len());
    for group in groups {
        let id = store::text(&group, "Id");
        let mut options = Vec::new();
        for component in components
            .iter()
            .filter(|component| lookup_id(component, "ProductOptionGroup") == id)
        {
            let Some(option) = lookup_id(component, "ComponentProduct") else {
                continue;
            };
            let Some(option) = shelf.product(option)? else {
                continue;
            };
            let mut component = small(component);
            component.insert(
                "componentProduct".to_owned(),
                Value::Object(shown(shelf, &option, &below)?),
            );
            options.push(Value::Object(component));
        }
        let mut group = small(&group);
        group.insert("productOptionComponents".to_owned(), options.into());
        shown_groups.push(Value::Object(group));
    }
    Ok(shown_groups)
}

fn attribute_groups(shelf: &Shelf<'_>, product: &str) -> Result<Vec<Value>, Failure> {
    let mut groups = Vec::new();
    for link in ATTRIBUTE_GROUPS.of(shelf.tx, product)? {
        let mut link_shown = small(&link);
        if let Some(id) = lookup_id(&link, "AttributeGroup")
            && let Some(stored) = store::find(shelf.tx, "AttributeGroup", By::Id, id)?
        {
            let mut members = Vec::new();
            for member in ATTRIBUTES.of(shelf.tx, id)? {
                let mut member_shown = small(&member);
                if let Some(attribute) = attribute(shelf, &member)? {
                    member_shown.insert("attribute".to_owned(), Value::Object(small(&attribute)));
                }
                members.push(Value::Object(member_shown));
            }
            let mut group = small(&stored.record);
            group.insert("attributeGroupMembers".to_owned(), members.into());
            link_shown.insert("attributeGroup".to_owned(), Value::Object(group));
        }
        groups.push(Value::Object(link_shown));
    }
    Ok(groups)
}

fn attributes_of(shelf: &Shelf<'_>, product: &str) -> Result<Vec<Record>, Failure> {
    let mut attributes = Vec::new();
    for link in ATTRIBUTE_GROUPS.of(shelf.tx, product)? {
        let Some(group) = lookup_id(&link, "AttributeGroup") else {
            continue;
        };
        for member in ATTRIBUTES.of(shelf.tx, group)? {
            attributes.extend(attribute(shelf, &member)?);
        }
    }
    Ok(attributes)
}

fn attribute(shelf: &Shelf<'_>, member: &Record) -> Result<Option<Record>, Failure> {
    let Some(id) = lookup_id(member, "Attribute") else {
        return Ok(None);
    };
    let found = store::find(shelf.tx, "Attribute", By::Id, id)?;
    Ok(found.map(|stored| stored.record))
}

/// The options of a bundle, and theirs.
fn find_options(
    shelf: &Shelf<'_>,
    product: &str,
    depth: i64,
    found: &mut Vec<Record>,
) -> Result<(), Failure> {
    if depth < 1 {
        return Ok(());
    }
    for component in OPTIONS.of(shelf.tx, product)? {
        let Some(id) = lookup_id(&component, "ComponentProduct") else {
            continue;
        };
        if let Some(option) = shelf.product(id)? {
            found.push(option);
            find_options(shelf, id, depth - 1, found)?;
        }
    }
    Ok(())
}

fn ids(call: &Call) -> Result<Vec<String>, Failure> {
    let rows = params::rows(call)?;
    if rows.len() > MAX_PRODUCTS {
        return Err(Failure::invalid(format!(
            "ask for at most {MAX_PRODUCTS} products at once"
        )));
    }
    let ids = rows.iter().map(|id| match id.as_str() {
        Some(id) => Ok(id.to_owned()),
        None => Err(Failure::invalid("the body is an array of product ids")),
    });
    ids.collect()
}

fn missing(id: &str) -> Failure {
    writer::missing(&Object::internal("product on sale"), By::Id, id)
}
