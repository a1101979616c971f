//! The calls on carts themselves.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::items::{finish, rows, shown};
use super::lines::{Builder, with_options};
use super::opened::{
    AD_HOC_GROUPS, ADJUSTMENTS, Cart, LINES, OBJECT, SUMMARY_GROUPS, TIERS, int, unprocessable,
};
use super::{changing, on_cart};
use crate::failure::Failure;
use crate::records::criteria::Criteria;
use crate::records::objects::Object;
use crate::records::store::{self, By, Record, Removal};
use crate::request::{Answer, Call};
use crate::services::commerce::fields::{self, capitals, lookup_id};
use crate::services::commerce::listing::{Listing, names, values};
use crate::services::reply::params;
use crate::services::{Session, World};

/// Fields that the service sets; in a request they are ignored.
const SET_BY_SERVICE: &[&str] = &[
    "ActivationDate",
    "Ancestor",
    "CurrentUser",
    "FinalizedDate",
    "IsPricePending",
    "IsTaskPending",
    "IsValidationPending",
    "LineItemsAwaitingPrice",
    "NumberOfItems",
    "Order",
    "PricingDate",
    "Primordial",
    "Proposal",
    "Status",
    "TaskCompletedDate",
    "VersionNumber",
];

/// `GET /carts`
pub(super) fn list(world: &World, call: &Call) -> Result<Answer, Failure> {
    let object = Object::internal(OBJECT);
    let no_favorites = Criteria::Not(Box::new(Criteria::is("UseType", "Favorite")));
    let listing = Listing::of(call, &object)?.within(no_favorites);
    world.store.read(|tx| Ok(listing.page(tx)?.into_answer()))
}

/// `POST /carts`
pub(super) fn create(world: &World, call: &Call) -> Result<Answer, Failure> {
    let rows = rows(call)?;
    let created = world.write(call, |session| {
        let created = rows.iter().map(|row| new(session, row));
        created
            .map(|cart| Ok(Value::Object(cart?.record)))
            .collect::<Result<Value, Failure>>()
    })?;
    Ok(Answer::json(StatusCode::OK, created))
}

/// `GET /carts/{Id}`
pub(super) fn get(world: &World, call: &Call) -> Result<Answer, Failure> {
    let includes = names(call, "includes");
    on_cart(world, call, |cart| {
        let mut record = cart.record.clone();
        fields::expand(cart.session.tx, &mut record, &includes)?;
        let wants = |name: &str| {
            includes
                .iter()
                .any(|include| include.eq_ignore_ascii_case(name))
        };
        if wants("line-items") {
            let lines = cart.lines()?.into_iter().map(Value::Object).collect();
            record.insert("LineItems".to_owned(), lines);
        }
        if wants("summary-groups") {
            let groups = SUMMARY_GROUPS.of(cart.session.tx, cart.id())?;
            record.insert(
                "SummaryGroups".to_owned(),
                groups.into_iter().map(Value::Object).collect(),
            );
        }
        Ok(Answer::json(StatusCode::OK, Value::Object(record)))
    })
}

/// `PATCH /carts/{Id}`
pub(super) fn update(world: &World, call: &Call) -> Result<Answer, Failure> {
    let row = capitals(params::row(call)?);
    changing(world, call, |cart| {
        change(cart, &row)?;
        Ok(Answer::json(
            StatusCode::OK,
            Value::Object(cart.record.clone()),
        ))
    })
}

/// `PATCH /carts`
pub(super) fn update_many(world: &World, call: &Call) -> Result<Answer, Failure> {
    let rows = rows(call)?;
    let updated = world.write(call, |session| {
        let updated = rows.iter().map(|row| {
            let id = store::text(row, "Id").unwrap_or_default();
            let mut cart = Cart::open_to_change(session, id)?;
            change(&mut cart, row)?;
            Ok(Value::Object(cart.record))
        });
        updated.collect::<Result<Value, Failure>>()
    })?;
    Ok(Answer::json(StatusCode::OK, updated))
}

/// `DELETE /carts/{Id}`
pub(super) fn delete(world: &World, call: &Call) -> Result<Answer, Failure> {
    on_cart(world, call, |cart| {
        remove(cart)?;
        Ok(Answer::json(
            StatusCode::OK,
            json!({"Id": cart.id(), "Success": true}),
        ))
    })
}

/// `DELETE /carts`
pub(super) fn delete_many(world: &World, call: &Call) -> Result<Answer, Failure> {
    let rows = rows(call)?;
    let deleted = world.write(call, |session| {
        let deleted = rows.iter().map(|row| {
            let cart = Cart::open(session, store::text(row, "Id").unwrap_or_default())?;
            remove(&cart)?;
            Ok(json!({"Id": cart.id(), "Success": true}))
        });
        deleted.collect::<Result<Value, Failure>>()
    })?;
    Ok(Answer::json(StatusCode::OK, deleted))
}

/// `POST /carts/{cartId}/activate`
pub(super) fn activate(world: &World, call: &Call) -> Result<Answer, Failure> {
    on_cart(world, call, |cart| {
        make_active(cart)?;
        Ok(Answer::json(
            StatusCode::OK,
            Value::Object(cart.record.clone()),
        ))
    })
}

/// `POST /carts/{cartId}/abandon`
pub(super) fn abandon(world: &World, call: &Call) -> Result<Answer, Failure> {
    on_cart(world, call, |cart| {
        if !matches!(cart.status(), "New" | "Saved") {
            return Err(Failure::conflict(format!(
                "the cart is {}; only New and Saved carts are abandoned",
                cart.status()
            )));
        }
        cart.set(json!({"Status": "Abandoned"}))?;
        Ok(Answer::json(
            StatusCode::OK,
            Value::Object(cart.record.clone()),
        ))
    })
}

/// `POST /carts/{cartId}/migrate`
pub(super) fn migrate(world: &World, call: &Call) -> Result<Answer, Failure> {
    on_cart(world, call, |cart| {
        if matches!(cart.status(), "Abandoned" | "Superseded") {
            return Err(Failure::invalid(format!(
                "the cart is {}; it is not migrated",
                cart.status()
            )));
        }
        if cart.status() != "Finalized" {
            price_all(cart)?;
        }
        Ok(Answer::json(
            StatusCode::OK,
            Value::Object(cart.record.clone()),
        ))
    })
}

/// `POST /carts/{cartId}/lock`
pub(super) fn lock(world: &World, call: &Call) -> Result<Answer, Failure> {
    let queue = params::flag(call, "queue")?;
    on_cart(world, call, |cart| {
        let own = cart.session.author.clone();
        let held_by_other = cart
            .lock_holder()
            .is_some_and(|holder| holder != own.get("Id"));
        let holder = cart.record.get("CurrentUser").cloned().unwrap_or_default();
        if held_by_other && queue {
            return Ok(Answer::json(
                StatusCode::OK,
                json!({"Status": "Requested", "LockedBy": holder}),
            ));
        }
        if held_by_other {
            return Err(Failure::invalid(format!(
                "the cart is locked by {}; repeat with queue=true to ask for it",
                holder["Name"].as_str().unwrap_or("another user")
            )));
        }
        cart.set(json!({"CurrentUser": own}))?;
        Ok(Answer::json(
            StatusCode::OK,
            json!({"Status": "Acquired", "LockedBy": own}),
        ))
    })
}

/// `DELETE /carts/{cartId}/unlock`
pub(super) fn unlock(world: &World, call: &Call) -> Result<Answer, Failure> {
    on_cart(world, call, |cart| {
        match cart.lock_holder() {
            Some(holder) if holder == cart.session.author.get("Id") => {}
            Some(_) => {
                return Err(Failure::invalid(
                    "somebody else holds the lock; only they release it",
                ));
            }
            None => return Err(Failure::invalid("nobody holds the lock")),
        }
        cart.set(json!({"CurrentUser": null}))?;
        Ok(Answer::json(StatusCode::OK, json!({"Status": "Released"})))
    })
}

/// `POST /carts/{cartId}/clone`
pub(super) fn clone(world: &World, call: &Call) -> Result<Answer, Failure> {
    let overrides = match call.json() {
        Some(Value::Object(row)) => capitals(row),
        _ => Record::new(),
    };
    let priced = params::flag(call, "price")?;
    let with_lines = values(call, "cloneLineItems").next() != Some("false");
    let numbers: Vec<i64> = match overrides.get("LineNumbers") {
        Some(Value::Array(numbers)) => numbers.iter().filter_map(Value::as_i64).collect(),
        _ => Vec::new(),
    };
    on_cart(world, call, |cart| {
        let use_type = overrides.get("UseType").or(cart.record.get("UseType"));
        let shadow = use_type
            .and_then(Value::as_str)
            .is_some_and(|word| word.eq_ignore_ascii_case("shadow"));
        if !priced && !shadow {
            return Err(Failure::invalid(
                "price=false is for shadow carts; repeat with price=true",
            ));
        }
        let mut lines = if with_lines {
            cart.lines()?
        } else {
            Vec::new()
        };
        if let Some(unknown) = numbers.iter().find(|number| {
            !lines
                .iter()
                .any(|line| int(line, "PrimaryLineNumber") == **number)
        }) {
            return Err(super::items::no_line(*unknown));
        }
        if !numbers.is_empty() {
            let all = std::mem::take(&mut lines);
            lines = numbers
                .iter()
                .flat_map(|number| with_options(&all, *number))
                .collect();
        }
        let copy = copy(cart, &overrides, &lines, priced)?;
        Ok(Answer::json(StatusCode::OK, Value::Object(copy.record)))
    })
}

/// `POST /carts/{cartId}/clone-lines`
pub(super) fn clone_lines(world: &World, call: &Call) -> Result<Answer, Failure> {
    let row = match call.json() {
        Some(Value::Object(row)) => capitals(row),
        _ => Record::new(),
    };
    let source = params::text(call, "sourceCartId")
        .ok_or_else(|| Failure::invalid("sourceCartId is required: the cart to clone lines of"))?;
    let flag = |name: &str| row.get(name) == Some(&Value::Bool(true));
    changing(world, call, |cart| {
        let from = Cart::open(cart.session, source)?.lines()?;
        let lines: Vec<Record> = match row.get("LineNumbers") {
            Some(Value::Array(numbers)) if !numbers.is_empty() => {
                let numbers = numbers.iter().filter_map(Value::as_i64);
                numbers
                    .flat_map(|number| with_options(&from, number))
                    .collect()
            }
            _ => from,
        };
        if lines.is_empty() {
            return Err(Failure::invalid("the source cart has no such lines"));
        }
        let copies = Builder::new(cart)?.copy(
            &lines,
            !flag("ExcludeAdjustment"),
            !flag("ExcludeUsagePriceTier"),
        )?;
        finish(cart, &copies, true)?;
        shown(cart, copies)
    })
}

/// Makes a cart. Without a price list it sells from that of its account.
pub(in crate::services) fn new<'s>(
    session: &'s Session<'s>,
    request: &Record,
) -> Result<Cart<'s>, Failure> {
    let mut row = Record::new();
    let defaults = json!({
        "Name": "Cart",
        "ApprovalStatus": "None",
        "BusinessObjectProfile": "Regular",
        "ContractNumbers": "",
        "EffectiveDate": session.date(),
        "IsTransient": false,
        "SummaryGroupType": "Category",
        "UseType": "Main",
    });
    if let Value::Object(defaults) = defaults {
        row.extend(defaults);
    }
    row.extend(settable(request));
    row.remove("Id");
    let of_service = json!({
        "IsPricePending": false,
        "IsTaskPending": false,
        "IsValidationPending": false,
        "LineItemsAwaitingPrice": "",
        "NumberOfItems": 0,
        "Status": "New",
        "VersionNumber": 1,
    });
    if let Value::Object(of_service) = of_service {
        row.extend(of_service);
    }
    if lookup_id(&row, "PriceList").is_none()
        && let Some(account) = lookup_id(&row, "Account")
        && let Some(account) = store::find(session.tx, "Account", By::Id, account)?
        && let Some(list) = account
            .record
            .get("PriceList")
            .filter(|list| !list.is_null())
    {
        row.insert("PriceList".to_owned(), list.clone());
    }
    follow_price_list(session, &mut row)?;
    fields::complete(session.tx, &mut row)?;
    let object = Object::internal(OBJECT);
    let record = session.records(&object).create(&row)?;
    Ok(Cart { session, record })
}

/// Activates a New or Saved cart.
pub(super) fn make_active(cart: &mut Cart<'_>) -> Result<(), Failure> {
    if !matches!(cart.status(), "New" | "Saved") {
        return Err(Failure::invalid(format!(
            "the cart is {}; only New and Saved carts are activated",
            cart.status()
        )));
    }
    let date = cart.session.date();
    cart.set(json!({"Status": "Saved", "ActivationDate": date}))?;
    let lines = cart.lines()?;
    let pending = lines
        .iter()
        .filter(|line| store::text(line, "PricingStatus") != Some("Complete"));
    let pending: Vec<i64> = pending.map(|line| int(line, "PrimaryLineNumber")).collect();
    if pending.is_empty() {
        Ok(())
    } else {
        cart.price(&pending)
    }
}

/// Has all lines priced.
pub(in crate::services) fn price_all(cart: &mut Cart<'_>) -> Result<(), Failure> {
    let numbers: Vec<i64> = cart
        .lines()?
        .iter()
        .map(|line| int(line, "PrimaryLineNumber"))
        .collect();
    cart.price(&numbers)
}

/// A copy of a cart with these of its lines.
pub(in crate::services) fn copy<'s>(
    cart: &Cart<'s>,
    overrides: &Record,
    lines: &[Record],
    priced: bool,
) -> Result<Cart<'s>, Failure> {
    let mut row = cart.record.clone();
    row.remove("ExternalId");
    row.extend(settable(overrides));
    row.remove("LineNumbers");
    let mut copy = new(cart.session, &row)?;
    if lines.is_empty() {
        return Ok(copy);
    }
    let copies = Builder::new(&copy)?.copy(lines, true, true)?;
    finish(&mut copy, &copies, priced)?;
    Ok(copy)
}

/// Sets what a request gives of a cart. Another price list prices all lines anew.
pub(in crate::services) fn change(cart: &mut Cart<'_>, request: &Record) -> Result<(), Failure> {
    let before = cart.price_list_id().map(str::to_owned);
    let mut row = settable(request);
    if row.contains_key("PriceList") {
        follow_price_list(cart.session, &mut row)?;
    }
    fields::complete(cart.session.tx, &mut row)?;
    cart.set(Value::Object(row))?;
    if cart.price_list_id() != before.as_deref() {
        price_all(cart)?;
    }
    Ok(())
}

/// The effective price list and the currency are those of the price list, which must exist.
fn follow_price_list(session: &Session<'_>, row: &mut Record) -> Result<(), Failure> {
    let Some(id) = lookup_id(row, "PriceList") else {
        return Ok(());
    };
    let found = store::find(session.tx, "PriceList", By::Id, id)?;
    let list = found.ok_or_else(|| {
        Failure::invalid(format!(
            "there is no price list '{id}'; list those of the catalog or of Administration"
        ))
    })?;
    let currency = list
        .record
        .get("Currency")
        .filter(|code| code.is_string())
        .cloned();
    row.insert(
        "Currency".to_owned(),
        currency.unwrap_or_else(|| "USD".into()),
    );
    let list = json!({"Id": list.record.get("Id"), "Name": list.record.get("Name")});
    row.insert("PriceList".to_owned(), list.clone());
    row.insert("EffectivePriceList".to_owned(), list);
    Ok(())
}

fn settable(request: &Record) -> Record {
    let mut row = request.clone();
    row.retain(|field, _| !SET_BY_SERVICE.contains(&field.as_str()));
    row
}

/// Deletes a cart and all that belongs to it.
pub(in crate::services) fn remove(cart: &Cart<'_>) -> Result<(), Failure> {
    if cart.status() == "Finalized" {
        return Err(unprocessable(
            "the cart is Finalized; its quote or order needs it",
        ));
    }
    let session = cart.session;
    for line in LINES.ids(session.tx, cart.id())? {
        TIERS.delete_all(session, &line)?;
    }
    for children in [LINES, ADJUSTMENTS, SUMMARY_GROUPS, AD_HOC_GROUPS] {
        children.delete_all(session, cart.id())?;
    }
    let object = Object::internal(OBJECT);
    session
        .records(&object)
        .delete(By::Id, cart.id(), Removal::Soft)
}
