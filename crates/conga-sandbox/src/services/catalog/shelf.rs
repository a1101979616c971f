//! The price list that a call buys from, and what is on sale there.

use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use rusqlite::Transaction;
use serde_json::Value;

use crate::failure::Failure;
use crate::records::criteria::Criteria;
use crate::records::objects::Object;
use crate::records::selection::{Selection, Start};
use crate::records::store::{self, By, Record};
use crate::records::value::{FieldPath, Scalar};
use crate::request::{Answer, Call};
use crate::services::World;
use crate::services::commerce::fields::{lookup_id, small};
use crate::services::commerce::listing::{Listing, Window};
use crate::services::pricing::price_list::{PriceList, in_force};

/// A query matches by this many characters.
const QUERY_LENGTH: usize = 20;

/// What a query looks at.
const SEARCHED: [&str; 4] = ["Name", "ProductCode", "Description", "Family"];

/// What is on sale for a call.
pub(super) struct Shelf<'a> {
    pub(super) tx: &'a Transaction<'a>,
    pub(super) list: PriceList,
    pub(super) now: DateTime<Utc>,
}

/// `GET /price-lists/active`
pub(super) fn price_list(world: &World, call: &Call) -> Result<Answer, Failure> {
    browse(world, call, |shelf| {
        Ok(Answer::json(
            StatusCode::OK,
            Value::Object(small(&shelf.list.record)),
        ))
    })
}

/// `GET /locations`: those of the account that the cart is for, else all.
pub(super) fn locations(world: &World, call: &Call) -> Result<Answer, Failure> {
    let object = Object::internal("AccountLocation");
    let window = Window::of(call)?;
    world.store.read(|tx| {
        let cart = match header(call, "cartId") {
            Some(id) => store::find(tx, "ProductConfiguration", By::Id, id)?,
            None => None,
        };
        let account = cart
            .as_ref()
            .and_then(|cart| lookup_id(&cart.record, "Account"));
        let conditions = account.map(|account| Criteria::is("Account", account));
        let all = Selection::matching(&object, conditions.into_iter().collect());
        let all = all.page(tx, &Start::default(), u64::MAX)?.records;
        let page = window.cut(all.into_iter().map(|stored| stored.record).collect());
        Ok(page.array_as(|location| Value::Object(small(&location))))
    })
}

/// Runs `work` on what is on sale for the call.
pub(super) fn browse<T>(
    world: &World,
    call: &Call,
    work: impl FnOnce(&Shelf<'_>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let now = world.clock.now();
    world.store.read(|tx| {
        let list = match price_list_id(tx, call)? {
            Some(id) => PriceList::find(tx, &id)?.ok_or_else(|| {
                Failure::invalid(format!(
                    "there is no price list '{id}'; name one by the header pricelistid"
                ))
            })?,
            None => oldest_active(tx, now)?,
        };
        if !list.is_active(now) {
            return Err(Failure::invalid(format!(
                "the price list '{}' is not active; name one that is by the header pricelistid",
                store::text(&list.record, "Name").unwrap_or_default()
            )));
        }
        work(&Shelf { tx, list, now })
    })
}

impl Shelf<'_> {
    /// The price list's id.
    pub(super) fn list_id(&self) -> &str {
        store::text(&self.list.record, "Id").unwrap_or_default()
    }

    /// The product with this id, if it is on sale.
    pub(super) fn product(&self, id: &str) -> Result<Option<Record>, Failure> {
        let Some(stored) = store::find(self.tx, "Product", By::Id, id)? else {
            return Ok(None);
        };
        let on_sale = in_force(&stored.record, self.now)
            && !self.list.prices(self.tx, id, "", self.now)?.is_empty();
        Ok(Some(stored.record).filter(|_| on_sale))
    }

    /// What a list of products holds: those on sale that fit the call's query and these conditions.
    pub(super) fn products<'o>(
        &self,
        call: &Call,
        object: &'o Object,
        conditions: Vec<Criteria>,
    ) -> Result<Listing<'o>, Failure> {
        let mut listing = Listing::of(call, object)?
            .within(self.on_sale()?)
            .within(Criteria::Not(Box::new(Criteria::is("IsActive", "false"))));
        for condition in conditions {
            listing = listing.within(condition);
        }
        if let Some(condition) = matching(call.query_param("query").unwrap_or_default()) {
            listing = listing.within(condition);
        }
        Ok(listing)
    }

    /// That a product has a price here.
    pub(super) fn on_sale(&self) -> Result<Criteria, Failure> {
        let ids = self.list.products(self.tx, self.now)?;
        Ok(one_of("Id", &ids))
    }
}

/// That a field is one of these texts.
pub(super) fn one_of(field: &'static str, values: &[String]) -> Criteria {
    let values = values.iter().map(|value| Some(Scalar::text(value)));
    let mut values: Vec<Option<Scalar>> = values.collect();
    if values.is_empty() {
        // No record has this id.
        values.push(Some(Scalar::text("\u{0}")));
    }
    Criteria::In(FieldPath::known(field), values)
}

/// That a product matches what somebody searches for; `None` if they search for nothing.
pub(super) fn matching(query: &str) -> Option<Criteria> {
    let query: String = query.trim_start().chars().take(QUERY_LENGTH).collect();
    let query = query.trim_end();
    if query.is_empty() {
        return None;
    }
    let fields = SEARCHED.iter().map(|field| Criteria::has(field, query));
    Some(Criteria::Any(fields.collect()))
}

/// A header that is not empty.
pub(super) fn header<'c>(call: &'c Call, name: &str) -> Option<&'c str> {
    let value = call.headers.get(name)?.to_str().ok()?.trim();
    Some(value).filter(|value| !value.is_empty())
}

/// The price list that the headers name, themselves or by cart, account or storefront.
fn price_list_id(tx: &Transaction<'_>, call: &Call) -> Result<Option<String>, Failure> {
    if let Some(id) = header(call, "pricelistid") {
        return Ok(Some(id.to_owned()));
    }
    for (name, object, fields) in [
        (
            "cartId",
            "ProductConfiguration",
            ["EffectivePriceList", "PriceList"],
        ),
        ("accountId", "Account", ["PriceList", "PriceList"]),
        (
            "storeFrontId",
            "StoreFront",
            ["DefaultPriceList", "DefaultPriceList"],
        ),
    ] {
        let Some(id) = header(call, name) else {
            continue;
        };
        let Some(stored) = store::find(tx, object, By::Id, id)? else {
            continue;
        };
        if let Some(list) = fields
            .iter()
            .find_map(|field| lookup_id(&stored.record, field))
        {
            return Ok(Some(list.to_owned()));
        }
    }
    Ok(None)
}

fn oldest_active(tx: &Transaction<'_>, now: DateTime<Utc>) -> Result<PriceList, Failure> {
    let object = Object::internal("PriceList");
    let all = Selection::matching(&object, Vec::new()).page(tx, &Start::default(), u64::MAX)?;
    let active = all
        .records
        .into_iter()
        .find(|stored| in_force(&stored.record, now));
    let id = active
        .as_ref()
        .and_then(|stored| store::text(&stored.record, "Id"));
    let list = match id {
        Some(id) => PriceList::find(tx, id)?,
        None => None,
    };
    list.ok_or_else(|| {
        Failure::invalid("there is no active price list; make one in Administration")
    })
}
