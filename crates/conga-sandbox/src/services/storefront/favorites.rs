//! Favorites: lines that are kept to be bought again.
//!
//! As on the platform, a favorite's lines are those of a cart of its own, which nobody sees as a cart.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::carts;
use super::names::lookup_id;
use super::query::reading::missing;
use super::query::{Paths, plain};
use super::shop::kind;
use super::visit::Visit;
use super::{rows, success};
use crate::failure::Failure;
use crate::records::store::{self, By, Record, Removal};
use crate::request::{Answer, Call};
use crate::services::World;
use crate::services::cart::lines::{Builder, with_options};
use crate::services::cart::opened::{Cart, int, unprocessable};
use crate::services::cart::{self, items};
use crate::services::commerce::children::lookup;
use crate::services::reply::params;

const OBJECT: &str = "FavoriteConfiguration";

/// What an update may set.
const SETTABLE: &[&str] = &["Description", "Name", "Scope"];

/// `POST /favorites`
pub(super) fn create(world: &World, call: &Call) -> Result<Answer, Failure> {
    let bodies = params::rows(call)?;
    let made = Visit::write(world, call, |visit| {
        let made = bodies.iter().map(|body| {
            let body = body
                .as_object()
                .ok_or_else(|| Failure::invalid("a favorite is a JSON object"))?;
            let row = settable(visit, body)?;
            if store::text(&row, "Name").is_none_or(str::is_empty) {
                return Err(Failure::invalid("a favorite needs a Name"));
            }
            new(visit, row).and_then(|favorite| show(&favorite))
        });
        made.collect::<Result<Value, Failure>>()
    })?;
    Ok(success(made))
}

/// `PUT /favorites/{favoriteId}`
pub(super) fn update(world: &World, call: &Call) -> Result<Answer, Failure> {
    let body = params::row(call)?;
    let shown = Visit::write(world, call, |visit| {
        let favorite = own(visit, id(call))?;
        let row = settable(visit, body)?;
        let object = visit.object(&kind(OBJECT)?)?;
        let id = store::text(&favorite, "Id").unwrap_or_default();
        show(&visit.session.records(&object).update(By::Id, id, &row)?)
    })?;
    Ok(success(shown))
}

/// `DELETE /favorites/{favoriteId}`
pub(super) fn delete(world: &World, call: &Call) -> Result<Answer, Failure> {
    Visit::write(world, call, |visit| remove(visit, id(call)))?;
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}

/// `POST /favorites/delete`: all of them, or none if one is not there.
pub(super) fn delete_many(world: &World, call: &Call) -> Result<Answer, Failure> {
    let ids: Vec<&str> = params::rows(call)?
        .iter()
        .filter_map(|row| row.get("Id")?.as_str())
        .collect();
    let results = Visit::write(world, call, |visit| {
        let results = ids.iter().map(|id| {
            remove(visit, id)?;
            Ok(json!({"id": id, "success": true, "errors": []}))
        });
        results.collect::<Result<Value, Failure>>()
    })?;
    Ok(success(results))
}

/// `POST /favorites/{favoriteId}/items`: products with quantities, or the numbers of lines of the active cart.
pub(super) fn add_items(world: &World, call: &Call) -> Result<Answer, Failure> {
    let entries = params::rows(call)?;
    let shown = Visit::write(world, call, |visit| {
        let favorite = own(visit, id(call))?;
        let mut holder = holder(visit, &favorite)?;
        let numbers: Option<Vec<i64>> = entries.iter().map(Value::as_i64).collect();
        let added = match numbers {
            Some(numbers) => {
                let lines = carts::active(visit)?.lines()?;
                let mut chosen = Vec::new();
                for number in numbers {
                    let own = lines.iter().find(|line| int(line, "LineNumber") == number);
                    let own = own.ok_or_else(|| {
                        unprocessable(format!(
                            "no line of the active cart has the LineNumber {number}"
                        ))
                    })?;
                    chosen.extend(with_options(&lines, int(own, "PrimaryLineNumber")));
                }
                Builder::new(&holder)?.copy(&chosen, true, true)?
            }
            None => {
                let rows = entries.iter().map(|entry| {
                    let product = entry.get("ProductId").and_then(Value::as_str);
                    let product =
                        product.ok_or_else(|| Failure::invalid("name a product by ProductId"))?;
                    let quantity = entry.get("Quantity").cloned().unwrap_or_else(|| 1.into());
                    let row = [("Product", json!({"Id": product})), ("Quantity", quantity)];
                    Ok(row
                        .into_iter()
                        .map(|(name, value)| (name.to_owned(), value))
                        .collect())
                });
                let rows = rows.collect::<Result<Vec<Record>, Failure>>()?;
                items::add_rows(&holder, &rows, true)?
            }
        };
        items::finish(&mut holder, &added, true)?;
        carts::list("LineItem", added.iter(), true)
    })?;
    Ok(success(shown))
}

/// Copies the lines of a favorite that the visitor sees into a cart.
pub(super) fn copy_into(
    visit: &Visit<'_>,
    cart: &Cart<'_>,
    id: &str,
) -> Result<Vec<Record>, Failure> {
    let kind = kind(OBJECT)?;
    let favorite = visit.find(&kind, id)?.ok_or_else(|| missing(&kind, id))?;
    let lines = holder(visit, &favorite)?.lines()?;
    if lines.is_empty() {
        return Err(unprocessable(
            "the favorite is empty; add items to it first",
        ));
    }
    Builder::new(cart)?.copy(&lines, true, true)
}

fn new(visit: &Visit<'_>, mut row: Record) -> Result<Record, Failure> {
    let name = row.get("Name").cloned().unwrap_or_default();
    let mut holder = Record::new();
    holder.insert("Name".to_owned(), name);
    holder.insert("UseType".to_owned(), "Favorite".into());
    if let Some(list) = visit.price_list()? {
        holder.insert("PriceList".to_owned(), lookup(&list));
    }
    let holder = cart::carts::new(visit.session, &holder)?;
    row.entry("Scope").or_insert_with(|| "Private".into());
    row.insert("IsActive".to_owned(), true.into());
    row.insert("ProductConfiguration".to_owned(), lookup(&holder.record));
    row.insert("Owner".to_owned(), visit.session.author.clone());
    row.insert("StorefrontOwner".to_owned(), visit.owner().into());
    let object = visit.object(&kind(OBJECT)?)?;
    visit.session.records(&object).create(&row)
}

fn remove(visit: &Visit<'_>, id: &str) -> Result<(), Failure> {
    let favorite = own(visit, id)?;
    let object = visit.object(&kind(OBJECT)?)?;
    cart::carts::remove(&holder(visit, &favorite)?)?;
    visit
        .session
        .records(&object)
        .delete(By::Id, id, Removal::Soft)
}

/// A favorite of the visitor. Those of others that are public can be bought, not changed.
fn own(visit: &Visit<'_>, id: &str) -> Result<Record, Failure> {
    let kind = kind(OBJECT)?;
    let favorite = visit.find(&kind, id)?.ok_or_else(|| missing(&kind, id))?;
    if store::text(&favorite, "StorefrontOwner") == Some(visit.owner().as_str()) {
        Ok(favorite)
    } else {
        Err(Failure::Refused(
            StatusCode::FORBIDDEN,
            "the favorite is somebody else's; make one of your own".to_owned(),
        ))
    }
}

/// The cart that holds a favorite's lines.
fn holder<'v>(visit: &'v Visit<'v>, favorite: &Record) -> Result<Cart<'v>, Failure> {
    Cart::open(
        visit.session,
        lookup_id(favorite, "ProductConfiguration").unwrap_or_default(),
    )
}

fn settable(visit: &Visit<'_>, body: &Record) -> Result<Record, Failure> {
    let mut row = rows::row(&mut Paths::new(visit), &kind(OBJECT)?, body)?;
    row.retain(|field, value| SETTABLE.contains(&field.as_str()) && !value.is_null());
    Ok(row)
}

fn show(favorite: &Record) -> Result<Value, Failure> {
    Ok(Value::Object(plain(&kind(OBJECT)?, favorite, true)))
}

fn id(call: &Call) -> &str {
    call.path_param("favoriteId").unwrap_or_default()
}
