//! Favorites: configurations that are kept to be bought again.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::shelf::{browse, header, matching};
use crate::failure::Failure;
use crate::records::criteria::Criteria;
use crate::records::objects::Object;
use crate::records::store::{self, By, Record, Removal};
use crate::records::writer;
use crate::request::{Answer, Body, Call};
use crate::services::commerce::deleting::delete_named;
use crate::services::commerce::fields::{capitals, lookup_id, small};
use crate::services::commerce::listing::Listing;
use crate::services::reply::params;
use crate::services::{Session, World, cart};

/// The object of favorites.
const OBJECT: &str = "FavoriteConfiguration";

/// `GET /favorites`: those that are active; with a price list only those that were published to it, or to none.
pub(super) fn list(world: &World, call: &Call) -> Result<Answer, Failure> {
    let object = Object::internal(OBJECT);
    let mut listing = Listing::of(call, &object)?
        .within(Criteria::Not(Box::new(Criteria::is("IsActive", "false"))));
    if let Some(condition) = matching(call.query_param("query").unwrap_or_default()) {
        listing = listing.within(condition);
    }
    if header(call, "pricelistid").is_some() {
        let id = browse(world, call, |shelf| Ok(shelf.list_id().to_owned()))?;
        let everywhere = Criteria::is("FavoritePriceList", "[]");
        let here = Criteria::has("FavoritePriceList", &id);
        let nowhere = Criteria::In(
            crate::records::value::FieldPath::known("FavoritePriceList"),
            vec![None],
        );
        listing = listing.within(Criteria::Any(vec![everywhere, here, nowhere]));
    }
    world.store.read(|tx| {
        Ok(listing
            .page(tx)?
            .array_as(|favorite| Value::Object(small(&favorite))))
    })
}

/// `POST /favorites`
pub(super) fn create(world: &World, call: &Call) -> Result<Answer, Failure> {
    let rows = rows(call)?;
    let created = world.write(call, |session| {
        let created = rows.into_iter().map(|mut row| {
            let source = lookup_id(&row, "ProductConfiguration").unwrap_or_default();
            if source.is_empty() {
                return Err(Failure::invalid(
                    "ProductConfiguration is required: {\"Id\": the cart to keep}",
                ));
            }
            let kept = cart::keep(
                session,
                source,
                store::text(&row, "Name").unwrap_or("Favorite"),
            )?;
            row.remove("Id");
            row.insert("ProductConfiguration".to_owned(), kept);
            for (field, default) in [
                ("IsActive", json!(true)),
                ("Scope", json!("Private")),
                ("Type", json!("Configuration")),
                ("FavoritePriceList", json!([])),
            ] {
                row.entry(field).or_insert(default);
            }
            let object = Object::internal(OBJECT);
            Ok(Value::Object(small(
                &session.records(&object).create(&row)?,
            )))
        });
        created.collect::<Result<Value, Failure>>()
    })?;
    Ok(Answer::json(StatusCode::OK, created))
}

/// `GET /favorites/{Id}`
pub(super) fn get(world: &World, call: &Call) -> Result<Answer, Failure> {
    world.store.read(|tx| {
        let found = store::find(tx, OBJECT, By::Id, id(call))?.ok_or_else(|| missing(id(call)))?;
        Ok(Answer::json(
            StatusCode::OK,
            Value::Object(small(&found.record)),
        ))
    })
}

/// `PATCH /favorites/{Id}`
pub(super) fn update(world: &World, call: &Call) -> Result<Answer, Failure> {
    let mut row = capitals(params::row(call)?);
    row.remove("ProductConfiguration");
    let updated = world.write(call, |session| change(session, id(call), &row))?;
    Ok(Answer::json(StatusCode::OK, Value::Object(small(&updated))))
}

/// `DELETE /favorites/{Id}`
pub(super) fn delete(world: &World, call: &Call) -> Result<Answer, Failure> {
    world.write(call, |session| remove(session, id(call)))?;
    Ok(Answer::json(
        StatusCode::OK,
        json!({"id": id(call), "success": true}),
    ))
}

/// `DELETE /favorites`
pub(super) fn delete_many(world: &World, call: &Call) -> Result<Answer, Failure> {
    let rows = rows(call)?;
    delete_named(
        world,
        call,
        &rows,
        remove,
        |id| json!({"id": id, "success": true}),
    )
}

/// `POST /favorites/{Id}/addtocart/{cartId}`
pub(super) fn add_to_cart(world: &World, call: &Call) -> Result<Answer, Failure> {
    let to = call.path_param("cartId").unwrap_or_default();
    let adjusted = !params::flag(call, "excludeadjustments")?;
    world.write(call, |session| {
        let favorite = find(session, id(call))?;
        let lines = cart::add_kept(session, &kept(&favorite), to, adjusted)?;
        let used = Record::from_iter([("LastUsedDate".to_owned(), session.date().into())]);
        change(session, id(call), &used)?;
        Ok(Answer::json(
            StatusCode::OK,
            lines.into_iter().map(Value::Object).collect(),
        ))
    })
}

/// `DELETE /favorites/{Id}/items`: the lines that the body names, by `PrimaryLineNumber` or `Id`.
pub(super) fn delete_items(world: &World, call: &Call) -> Result<Answer, Failure> {
    let rows = rows(call)?;
    world.write(call, |session| {
        let favorite = find(session, id(call))?;
        let left = cart::delete_kept(session, &kept(&favorite), &rows)?;
        Ok(Answer::json(
            StatusCode::OK,
            left.into_iter().map(Value::Object).collect(),
        ))
    })
}

/// `GET /favorites/{Id}/preview`: the favorite with its lines.
pub(super) fn preview(world: &World, call: &Call) -> Result<Answer, Failure> {
    world.store.read(|tx| {
        let found = store::find(tx, OBJECT, By::Id, id(call))?.ok_or_else(|| missing(id(call)))?;
        let lines = cart::kept_lines(tx, &kept(&found.record))?;
        let mut shown = small(&found.record);
        shown.insert(
            "lineItems".to_owned(),
            lines
                .iter()
                .map(|line| Value::Object(small(line)))
                .collect(),
        );
        Ok(Answer::json(StatusCode::OK, Value::Object(shown)))
    })
}

/// `POST /favorites/{Id}/publish`
pub(super) fn publish(world: &World, call: &Call) -> Result<Answer, Failure> {
    let lists: Vec<String> = params::rows(call)?
        .iter()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect();
    world.write(call, |session| {
        let known = Object::internal("PriceList");
        for list in &lists {
            session.records(&known).existing(By::Id, list)?;
        }
        let lists: Vec<Value> = lists
            .iter()
            .map(|list| json!({"id": list, "isSource": false}))
            .collect();
        let row = Record::from_iter([
            ("FavoritePriceList".to_owned(), lists.into()),
            ("Scope".to_owned(), "Public".into()),
        ]);
        let published = change(session, id(call), &row)?;
        Ok(Answer::json(
            StatusCode::OK,
            Value::Object(small(&published)),
        ))
    })
}

fn find(session: &Session<'_>, id: &str) -> Result<Record, Failure> {
    let found = store::find(session.tx, OBJECT, By::Id, id)?;
    Ok(found.ok_or_else(|| missing(id))?.record)
}

fn change(session: &Session<'_>, id: &str, row: &Record) -> Result<Record, Failure> {
    find(session, id)?;
    let object = Object::internal(OBJECT);
    session.records(&object).update(By::Id, id, row)
}

fn remove(session: &Session<'_>, id: &str) -> Result<(), Failure> {
    let favorite = find(session, id)?;
    cart::forget(session, &kept(&favorite))?;
    let object = Object::internal(OBJECT);
    session.records(&object).delete(By::Id, id, Removal::Soft)
}

/// The id of the cart that holds a favorite's lines.
fn kept(favorite: &Record) -> String {
    lookup_id(favorite, "ProductConfiguration")
        .unwrap_or_default()
        .to_owned()
}

fn rows(call: &Call) -> Result<Vec<Record>, Failure> {
    let fault = || Failure::invalid("the body is a JSON array of objects with at least one entry");
    let body = match &call.body {
        Body::Json(body) => body.clone(),
        // The reference names no body for creating favorites, so the engine lets it through unread.
        Body::Bytes(bytes) => serde_json::from_slice(bytes).map_err(|_| fault())?,
        Body::Empty | Body::Form(_) => Value::Null,
    };
    match body {
        Value::Array(rows) if !rows.is_empty() => {
            let rows = rows
                .iter()
                .map(|row| row.as_object().map(capitals).ok_or_else(fault));
            rows.collect()
        }
        Value::Object(row) => Ok(vec![capitals(&row)]),
        _ => Err(fault()),
    }
}

fn missing(id: &str) -> Failure {
    writer::missing(&Object::internal("favorite"), By::Id, id)
}

fn id(call: &Call) -> &str {
    call.path_param("Id").unwrap_or_default()
}
