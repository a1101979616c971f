//! From a cart to a quote or an order, and back.

use serde_json::{Value, json};

use super::carts::{deactivate, existing};
use super::query::reading::missing;
use super::query::{Paths, plain};
use super::shop::kind;
use super::visit::Visit;
use super::{carts, rows, success};
use crate::failure::Failure;
use crate::records::criteria::Criteria;
use crate::records::objects::Object;
use crate::records::selection::{Direction, Selection, Start};
use crate::records::store::{self, Record};
use crate::request::{Answer, Call};
use crate::services::cart::lines::Builder;
use crate::services::cart::opened::{Cart, OBJECT, unprocessable};
use crate::services::cart::{checkout, items, pricing};
use crate::services::commerce::children::{Children, lookup};
use crate::services::{World, order, quote};

/// `POST /carts/{cartId}/checkout`: the order. A contact that comes with it is made, for the account of the cart.
pub(super) fn check_out(world: &World, call: &Call) -> Result<Answer, Failure> {
    let order = rows::part(call.json(), "Order");
    let contact = rows::part(call.json(), "Contact");
    let shown = Visit::write(world, call, |visit| {
        let mut cart = close(visit, call)?;
        let mut overrides = overrides(visit, "Order", &order)?;
        if !contact.is_empty() {
            let contact = add_contact(visit, &cart, &contact)?;
            overrides.insert("PrimaryContact".to_owned(), lookup(&contact));
        }
        let made = order::from_cart(visit.session, &cart.record, &cart.lines()?, overrides)?;
        cart.set(json!({"Order": lookup(&made)}))?;
        Ok(Value::Object(plain(&kind("Order")?, &made, true)))
    })?;
    Ok(success(shown))
}

/// `POST /carts/{cartId}/proposal`: the quote.
pub(super) fn propose(world: &World, call: &Call) -> Result<Answer, Failure> {
    let body = call
        .json()
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default();
    let shown = Visit::write(world, call, |visit| {
        let mut cart = close(visit, call)?;
        let overrides = overrides(visit, "Proposal", &body)?;
        let made = quote::from_cart(visit.session, &cart.record, &cart.lines()?, overrides)?;
        cart.set(json!({"BusinessObjectType": "Proposal", "BusinessObjectId": made.get("Id")}))?;
        Ok(Value::Object(plain(&kind("Proposal")?, &made, true)))
    })?;
    Ok(success(shown))
}

/// `POST /orders/{orderId}/carts`: a new active cart with the order's lines; its id.
pub(super) fn cart_of_order(world: &World, call: &Call) -> Result<Answer, Failure> {
    let id = call.path_param("orderId").unwrap_or_default();
    cart_of(
        world,
        call,
        "Order",
        id,
        Children {
            object: "OrderLineItem",
            owner: "Order",
        },
    )
}

/// `POST /quotes/{quoteId}/carts`: a new active cart with the quote's lines; its id.
pub(super) fn cart_of_quote(world: &World, call: &Call) -> Result<Answer, Failure> {
    let id = call.path_param("quoteId").unwrap_or_default();
    cart_of(world, call, "Proposal", id, quote::LINES)
}

/// `POST /quotes/{quoteId}/finalize`: takes over the latest cart of the quote.
pub(super) fn finalize(world: &World, call: &Call) -> Result<Answer, Failure> {
    let id = call.path_param("quoteId").unwrap_or_default();
    let shown = Visit::write(world, call, |visit| {
        let kind = kind("Proposal")?;
        visit.find(&kind, id)?.ok_or_else(|| missing(&kind, id))?;
        let mut cart = latest_cart(visit, id)?;
        if cart.status() != "Finalized" {
            finish(&mut cart)?;
            deactivate(visit, &cart)?;
        }
        let quote = quote::sync(visit.session, id, &cart.record, &cart.lines()?)?;
        Ok(Value::Object(plain(&kind, &quote, true)))
    })?;
    Ok(success(shown))
}

/// Finalizes the cart that a call names.
fn close<'v>(visit: &'v Visit<'v>, call: &Call) -> Result<Cart<'v>, Failure> {
    let mut cart = existing(visit, call)?;
    finish(&mut cart)?;
    deactivate(visit, &cart)?;
    Ok(cart)
}

/// Finalizes a cart; prices that it awaits are worked out first.
fn finish(cart: &mut Cart<'_>) -> Result<(), Failure> {
    if cart.is_price_pending() {
        pricing::price(cart)?;
    }
    checkout::close(cart)
}

fn cart_of(
    world: &World,
    call: &Call,
    object: &str,
    id: &str,
    lines: Children,
) -> Result<Answer, Failure> {
    let made = Visit::write(world, call, |visit| {
        let kind = kind(object)?;
        let owner = visit.find(&kind, id)?.ok_or_else(|| missing(&kind, id))?;
        let mut own = lines.of(visit.tx(), id)?;
        if own.is_empty() {
            return Err(unprocessable(format!("the {} has no lines", kind.api())));
        }
        for line in &mut own {
            line.retain(|field, _| {
                !matches!(
                    field.as_str(),
                    "DerivedFrom" | "Order" | "Proposal" | "Status"
                )
            });
        }
        let mut row = Record::new();
        for (field, from) in [
            ("Account", "Account"),
            ("Account", "SoldToAccount"),
            ("PriceList", "PriceList"),
        ] {
            if let Some(value) = owner.get(from).filter(|value| !value.is_null()) {
                row.insert(field.to_owned(), value.clone());
            }
        }
        let name = store::text(&owner, "Name").unwrap_or_default();
        row.insert("Name".to_owned(), format!("Cart of {name}").into());
        row.insert("BusinessObjectType".to_owned(), object.into());
        row.insert("BusinessObjectId".to_owned(), id.into());
        let mut cart = carts::new(visit, row)?;
        let copies = Builder::new(&cart)?.copy(&own, true, false)?;
        items::finish(&mut cart, &copies, true)?;
        Ok(Value::from(cart.id()))
    })?;
    Ok(success(made))
}

fn latest_cart<'v>(visit: &'v Visit<'v>, quote: &str) -> Result<Cart<'v>, Failure> {
    let object = Object::internal(OBJECT);
    let of_quote = vec![
        Criteria::is("BusinessObjectId", quote),
        Criteria::Any(
            ["New", "Saved", "Finalized"]
                .map(|status| Criteria::is("Status", status))
                .into(),
        ),
    ];
    let latest =
        Selection::matching(&object, of_quote).sorted("CreatedDate", Direction::Descending)?;
    let mut found = latest.page(visit.tx(), &Start::default(), 1)?.records;
    let stored = found.pop().ok_or_else(|| {
        unprocessable("the quote has no cart; create one with POST /quotes/{quoteId}/carts")
    })?;
    Cart::open(
        visit.session,
        store::text(&stored.record, "Id").unwrap_or_default(),
    )
}

/// What a request sets of the record that is made.
fn overrides(visit: &Visit<'_>, object: &str, body: &Record) -> Result<Record, Failure> {
    let mut row = rows::row(&mut Paths::new(visit), &kind(object)?, body)?;
    row.remove("Id");
    row.retain(|_, value| !value.is_null());
    Ok(row)
}

fn add_contact(visit: &Visit<'_>, cart: &Cart<'_>, body: &Record) -> Result<Record, Failure> {
    let kind = kind("Contact")?;
    let mut row = overrides(visit, "Contact", body)?;
    if !row.contains_key("Name") {
        let parts =
            ["FirstName", "LastName"].map(|field| store::text(&row, field).unwrap_or_default());
        row.insert("Name".to_owned(), parts.join(" ").trim().into());
    }
    if let Some(account) = cart
        .record
        .get("Account")
        .filter(|account| !account.is_null())
    {
        row.entry("Account").or_insert_with(|| account.clone());
    }
    let object = visit.object(&kind)?;
    visit.session.records(&object).create(&row)
}
