//! Categories, and the products in them.

use std::collections::HashSet;

use axum::http::StatusCode;
use rusqlite::Transaction;
use serde_json::{Value, json};

use super::products;
use super::shelf::{Shelf, browse, one_of};
use crate::failure::Failure;
use crate::records::criteria::{Criteria, filter};
use crate::records::objects::Object;
use crate::records::selection::{Selection, Start};
use crate::records::store::{self, By, Record};
use crate::records::value::fold;
use crate::records::writer;
use crate::request::{Answer, Call};
use crate::services::World;
use crate::services::commerce::children::Children;
use crate::services::commerce::fields::{lookup_id, small};
use crate::services::commerce::listing::{Window, values};
use crate::services::pricing::money::amount_in;

const LINKS_OF_LIST: Children = Children {
    object: "PriceListCategory",
    owner: "PriceList",
};

const MEMBERS: Children = Children {
    object: "ProductCategory",
    owner: "Category",
};

/// The name of all categories at once.
const ALL: &str = "All";

/// `GET /categories`
pub(super) fn list(world: &World, call: &Call) -> Result<Answer, Failure> {
    let window = Window::of(call)?;
    let with_empty = values(call, "fetchEmptyCategories").next() != Some("false");
    let query = fold(
        &call
            .query_param("query")
            .unwrap_or_default()
            .chars()
            .take(20)
            .collect::<String>(),
    );
    let object = Object::internal("Category");
    let filters: Vec<&str> = values(call, "filter").collect();
    let condition = filter::parse(&filters, None, &object)?;
    browse(world, call, |shelf| {
        let tree = Tree::of(shelf)?;
        let mut wanted = tree.categories.clone();
        if let Some(condition) = condition {
            let fitting = all(shelf.tx, vec![condition])?;
            wanted.retain(|category| {
                fitting
                    .iter()
                    .any(|one| one.get("Id") == category.get("Id"))
            });
        }
        wanted.retain(|category| {
            store::text(category, "Name").is_some_and(|name| fold(name).contains(&query))
        });
        if !with_empty {
            let on_sale: HashSet<String> = shelf
                .list
                .products(shelf.tx, shelf.now)?
                .into_iter()
                .collect();
            let mut filled = Vec::new();
            for category in wanted {
                let id = store::text(&category, "Id").unwrap_or_default();
                if tree
                    .products(shelf.tx, id)?
                    .iter()
                    .any(|product| on_sale.contains(product))
                {
                    filled.push(category);
                }
            }
            wanted = filled;
        }
        Ok(window
            .cut(wanted)
            .array_as(|category| Value::Object(small(&category))))
    })
}

/// `GET /categories/{categoryId}`: with the categories above and below.
pub(super) fn get(world: &World, call: &Call) -> Result<Answer, Failure> {
    let id = id(call);
    browse(world, call, |shelf| {
        let tree = Tree::of(shelf)?;
        let roots = || {
            tree.categories
                .iter()
                .filter(|one| lookup_id(one, "Ancestor").is_none())
        };
        let body = if id.eq_ignore_ascii_case(ALL) {
            let below: Vec<Value> = roots().map(|root| tree.shown(root)).collect();
            json!({"id": ALL, "name": ALL, "isHidden": false, "childCategories": below})
        } else {
            let category = tree.find(id).ok_or_else(|| missing(id))?;
            let mut shown = tree.shown(category);
            let above: Vec<Value> = tree
                .above(category)
                .map(|one| Value::Object(small(one)))
                .collect();
            if let Some(shown) = shown.as_object_mut() {
                shown.insert("parentCategories".to_owned(), above.into());
            }
            shown
        };
        Ok(Answer::json(StatusCode::OK, body))
    })
}

/// `GET /categories/{categoryId}/products`
pub(super) fn products(world: &World, call: &Call) -> Result<Answer, Failure> {
    let within = browse(world, call, |shelf| within(shelf, id(call)))?;
    products::answer(world, call, within.into_iter().collect())
}

/// `POST /categories/{categoryId}/services`
pub(super) fn services(world: &World, call: &Call) -> Result<Answer, Failure> {
    let within = browse(world, call, |shelf| within(shelf, id(call)))?;
    let conditions = within.into_iter().chain([products::are_services()]);
    products::answer(world, call, conditions.collect())
}

/// That a product is in a category, or in one below it; `None` for all categories.
pub(super) fn within(shelf: &Shelf<'_>, id: &str) -> Result<Option<Criteria>, Failure> {
    if id.eq_ignore_ascii_case(ALL) {
        return Ok(None);
    }
    let tree = Tree::of(shelf)?;
    tree.find(id).ok_or_else(|| missing(id))?;
    let products: Vec<String> = tree.products(shelf.tx, id)?.into_iter().collect();
    Ok(Some(one_of("Id", &products)))
}

/// The categories of a price list, in sequence.
struct Tree {
    categories: Vec<Record>,
}

impl Tree {
    /// Those of the hierarchies that the price list shows; all, if it shows none.
    fn of(shelf: &Shelf<'_>) -> Result<Self, Failure> {
        let links = LINKS_OF_LIST.of(shelf.tx, shelf.list_id())?;
        let hierarchies: Vec<String> = links
            .iter()
            .filter_map(|link| lookup_id(link, "Hierarchy"))
            .map(str::to_owned)
            .collect();
        let conditions = match hierarchies.is_empty() {
            true => Vec::new(),
            false => vec![one_of("Hierarchy", &hierarchies)],
        };
        let mut categories = all(shelf.tx, conditions)?;
        categories.retain(|category| category.get("IsHidden") != Some(&Value::Bool(true)));
        categories.sort_by_key(|category| amount_in(category, "Sequence"));
        Ok(Self { categories })
    }

    fn find(&self, id: &str) -> Option<&Record> {
        self.categories
            .iter()
            .find(|category| store::text(category, "Id") == Some(id))
    }

    fn below(&self, id: &str) -> impl Iterator<Item = &Record> {
        self.categories
            .iter()
            .filter(move |category| lookup_id(category, "Ancestor") == Some(id))
    }

    /// The categories above, the nearest first. A circle ends where it closes.
    fn above<'t>(&'t self, category: &'t Record) -> impl Iterator<Item = &'t Record> {
        let parent = |category: &Record| self.find(lookup_id(category, "Ancestor")?);
        std::iter::successors(parent(category), move |category| parent(category))
            .take(self.categories.len())
    }

    /// The ids of the products in a category and in those below it.
    fn products(&self, tx: &Transaction<'_>, id: &str) -> Result<HashSet<String>, Failure> {
        let mut categories = vec![id];
        let mut at = 0;
        while let Some(category) = categories.get(at).copied() {
            at += 1;
            for below in self.below(category) {
                let below = store::text(below, "Id").unwrap_or_default();
                if !categories.contains(&below) {
                    categories.push(below);
                }
            }
        }
        let mut products = HashSet::new();
        for category in categories {
            let members = MEMBERS.of(tx, category)?;
            products.extend(
                members
                    .iter()
                    .filter_map(|member| lookup_id(member, "Product"))
                    .map(str::to_owned),
            );
        }
        Ok(products)
    }

    fn shown(&self, category: &Record) -> Value {
        let id = store::text(category, "Id").unwrap_or_default();
        let below: Vec<Value> = self
            .below(id)
            .map(|below| Value::Object(small(below)))
            .collect();
        let mut shown = small(category);
        shown.insert("childCategories".to_owned(), below.into());
        Value::Object(shown)
    }
}

fn all(tx: &Transaction<'_>, conditions: Vec<Criteria>) -> Result<Vec<Record>, Failure> {
    let object = Object::internal("Category");
    let page = Selection::matching(&object, conditions).page(tx, &Start::default(), u64::MAX)?;
    Ok(page
        .records
        .into_iter()
        .map(|stored| stored.record)
        .collect())
}

fn missing(id: &str) -> Failure {
    writer::missing(&Object::internal("category of the price list"), By::Id, id)
}

fn id(call: &Call) -> &str {
    call.path_param("categoryId").unwrap_or_default()
}
