//! The calls on groups of lines: the sums, and the groups that users make.

use axum::http::StatusCode;
use serde_json::Value;

use super::items::rows;
use super::opened::{AD_HOC_GROUPS, Cart, LINES, SUMMARY_GROUPS, int};
use super::{accepted, changing, on_cart};
use crate::failure::Failure;
use crate::records::criteria::Criteria;
use crate::records::objects::Object;
use crate::records::store::{self, Record};
use crate::request::{Answer, Call};
use crate::services::World;
use crate::services::commerce::fields::{self, capitals, lookup_id};
use crate::services::commerce::listing::Listing;
use crate::services::pricing::adjustment::Adjustment;
use crate::services::reply::params;

/// What can be set of a sum.
const SETTABLE: &[&str] = &[
    "AdjustmentAmount",
    "AdjustmentAppliesTo",
    "AdjustmentType",
    "Comments",
    "Description",
];

/// `POST .../totals`
pub(super) fn calculate(world: &World, call: &Call) -> Result<Answer, Failure> {
    changing(world, call, |cart| {
        cart.price(&[])?;
        Ok(accepted(cart))
    })
}

/// `GET .../summarygroups`
pub(super) fn list(world: &World, call: &Call) -> Result<Answer, Failure> {
    on_cart(world, call, |cart| {
        Ok(Answer::json(
            StatusCode::OK,
            sums(cart)?.into_iter().map(Value::Object).collect(),
        ))
    })
}

/// `PUT .../summarygroups`: adjusts sums.
pub(super) fn update(world: &World, call: &Call) -> Result<Answer, Failure> {
    let rows = rows(call)?;
    changing(world, call, |cart| {
        for mut row in rows {
            let id = store::text(&row, "Id").unwrap_or_default().to_owned();
            let group = SUMMARY_GROUPS.find(cart.session.tx, cart.id(), &id)?;
            row.retain(|field, _| SETTABLE.contains(&field.as_str()));
            let mut after = group;
            after.extend(row.clone());
            Adjustment::read(&after, "Group adjustment")?;
            SUMMARY_GROUPS.update(cart.session, &id, &row)?;
        }
        cart.price(&[])?;
        Ok(Answer::json(
            StatusCode::OK,
            sums(cart)?.into_iter().map(Value::Object).collect(),
        ))
    })
}

/// A cart's sums, in the order in which they are shown.
pub(super) fn sums(cart: &Cart<'_>) -> Result<Vec<Record>, Failure> {
    let mut groups = SUMMARY_GROUPS.of(cart.session.tx, cart.id())?;
    groups.sort_by_key(|group| int(group, "LineNumber"));
    Ok(groups)
}

/// `GET .../adhoc-groups`
pub(super) fn list_ad_hoc(world: &World, call: &Call) -> Result<Answer, Failure> {
    let object = Object::internal(AD_HOC_GROUPS.object);
    on_cart(world, call, |cart| {
        let listing =
            Listing::of(call, &object)?.within(Criteria::is(AD_HOC_GROUPS.owner, cart.id()));
        Ok(listing.page(cart.session.tx)?.into_answer())
    })
}

/// `GET .../adhoc-groups/{adhocGroupId}`
pub(super) fn get_ad_hoc(world: &World, call: &Call) -> Result<Answer, Failure> {
    on_cart(world, call, |cart| {
        let group = AD_HOC_GROUPS.find(cart.session.tx, cart.id(), id(call))?;
        Ok(Answer::json(StatusCode::OK, Value::Object(group)))
    })
}

/// `POST .../adhoc-groups`
pub(super) fn create_ad_hoc(world: &World, call: &Call) -> Result<Answer, Failure> {
    let rows = rows(call)?;
    changing(world, call, |cart| {
        let mut created = Vec::with_capacity(rows.len());
        for mut row in rows {
            row.remove("Id");
            check_unique(cart, None, &row)?;
            fields::complete(cart.session.tx, &mut row)?;
            created.push(Value::Object(AD_HOC_GROUPS.create(
                cart.session,
                &cart.record,
                row,
            )?));
        }
        Ok(Answer::json(StatusCode::OK, created.into()))
    })
}

/// `PATCH .../adhoc-groups/{adhocGroupId}`
pub(super) fn update_ad_hoc(world: &World, call: &Call) -> Result<Answer, Failure> {
    let row = capitals(params::row(call)?);
    changing(world, call, |cart| {
        let group = change(cart, id(call), row)?;
        Ok(Answer::json(StatusCode::OK, Value::Object(group)))
    })
}

/// `PATCH .../adhoc-groups`
pub(super) fn update_ad_hoc_many(world: &World, call: &Call) -> Result<Answer, Failure> {
    let rows = rows(call)?;
    changing(world, call, |cart| {
        let updated = rows.into_iter().map(|row| {
            let id = store::text(&row, "Id").unwrap_or_default().to_owned();
            change(cart, &id, row).map(Value::Object)
        });
        Ok(Answer::json(
            StatusCode::OK,
            updated.collect::<Result<_, _>>()?,
        ))
    })
}

/// `DELETE .../adhoc-groups/{adhocGroupId}`
pub(super) fn delete_ad_hoc(world: &World, call: &Call) -> Result<Answer, Failure> {
    changing(world, call, |cart| {
        remove(cart, id(call))?;
        Ok(Answer::json(StatusCode::OK, deleted(id(call))))
    })
}

/// `DELETE .../adhoc-groups`
pub(super) fn delete_ad_hoc_many(world: &World, call: &Call) -> Result<Answer, Failure> {
    let rows = rows(call)?;
    changing(world, call, |cart| {
        let outcomes = rows.iter().map(|row| {
            let id = store::text(row, "Id").unwrap_or_default();
            remove(cart, id)?;
            Ok(deleted(id))
        });
        Ok(Answer::json(
            StatusCode::OK,
            outcomes.collect::<Result<Value, Failure>>()?,
        ))
    })
}

fn change(cart: &Cart<'_>, id: &str, mut row: Record) -> Result<Record, Failure> {
    AD_HOC_GROUPS.find(cart.session.tx, cart.id(), id)?;
    check_unique(cart, Some(id), &row)?;
    for fixed in ["Id", "Configuration"] {
        row.remove(fixed);
    }
    fields::complete(cart.session.tx, &mut row)?;
    AD_HOC_GROUPS.update(cart.session, id, &row)
}

/// Deletes a group; its lines are in none then.
fn remove(cart: &Cart<'_>, id: &str) -> Result<(), Failure> {
    AD_HOC_GROUPS.find(cart.session.tx, cart.id(), id)?;
    for line in cart.lines()? {
        if lookup_id(&line, "AdHocGroup") == Some(id) {
            let none = Record::from_iter([("AdHocGroup".to_owned(), Value::Null)]);
            LINES.update(
                cart.session,
                store::text(&line, "Id").unwrap_or_default(),
                &none,
            )?;
        }
    }
    AD_HOC_GROUPS.delete(cart.session, id)
}

/// Names and sequences are unique within the cart.
fn check_unique(cart: &Cart<'_>, id: Option<&str>, row: &Record) -> Result<(), Failure> {
    for other in AD_HOC_GROUPS.of(cart.session.tx, cart.id())? {
        if store::text(&other, "Id") == id {
            continue;
        }
        for field in ["Name", "Sequence"] {
            let given = row.get(field).filter(|value| !value.is_null());
            if given.is_some() && given == other.get(field) {
                return Err(Failure::invalid(format!(
                    "another group of the cart has this {field}; it must be unique"
                )));
            }
        }
    }
    Ok(())
}

fn deleted(id: &str) -> Value {
    serde_json::json!({"Id": id, "Success": true})
}

fn id(call: &Call) -> &str {
    call.path_param("adhocGroupId").unwrap_or_default()
}
