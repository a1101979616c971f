//! The calls on the tiers of a line's usage price. They are kept, and copied with the line; no price is made of them.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::items::rows;
use super::opened::TIERS;
use super::{changing, on_cart};
use crate::failure::Failure;
use crate::records::store;
use crate::request::{Answer, Call};
use crate::services::World;
use crate::services::pricing::money::amount_in;

/// `GET .../usage-tiers`
pub(super) fn list(world: &World, call: &Call) -> Result<Answer, Failure> {
    on_cart(world, call, |cart| {
        cart.line(item(call))?;
        let tiers = TIERS.of(cart.session.tx, item(call))?;
        Ok(Answer::json(
            StatusCode::OK,
            tiers.into_iter().map(Value::Object).collect(),
        ))
    })
}

/// `POST .../usage-tiers`
pub(super) fn create(world: &World, call: &Call) -> Result<Answer, Failure> {
    let rows = rows(call)?;
    changing(world, call, |cart| {
        let line = cart.line(item(call))?;
        let created = rows.into_iter().map(|mut row| {
            row.remove("Id");
            let (start, end) = (
                amount_in(&row, "TierStartValue"),
                amount_in(&row, "TierEndValue"),
            );
            if end.is_some() && start > end {
                return Err(Failure::invalid("TierEndValue is not below TierStartValue"));
            }
            TIERS.create(cart.session, &line, row).map(Value::Object)
        });
        Ok(Answer::json(
            StatusCode::OK,
            created.collect::<Result<_, _>>()?,
        ))
    })
}

/// `PUT .../usage-tiers`
pub(super) fn update(world: &World, call: &Call) -> Result<Answer, Failure> {
    let rows = rows(call)?;
    changing(world, call, |cart| {
        cart.line(item(call))?;
        let updated = rows.into_iter().map(|mut row| {
            let id = store::text(&row, "Id").unwrap_or_default().to_owned();
            TIERS.find(cart.session.tx, item(call), &id)?;
            row.remove("LineItem");
            TIERS.update(cart.session, &id, &row).map(Value::Object)
        });
        Ok(Answer::json(
            StatusCode::OK,
            updated.collect::<Result<_, _>>()?,
        ))
    })
}

/// `DELETE .../usage-tiers`
pub(super) fn delete(world: &World, call: &Call) -> Result<Answer, Failure> {
    let rows = rows(call)?;
    changing(world, call, |cart| {
        cart.line(item(call))?;
        let deleted = rows.iter().map(|row| {
            let id = store::text(row, "Id").unwrap_or_default();
            TIERS.find(cart.session.tx, item(call), id)?;
            TIERS.delete(cart.session, id)?;
            Ok(json!({"Id": id, "Success": true}))
        });
        Ok(Answer::json(
            StatusCode::OK,
            deleted.collect::<Result<Value, Failure>>()?,
        ))
    })
}

fn item(call: &Call) -> &str {
    call.path_param("itemId").unwrap_or_default()
}
