//! The cart of a business object: of a quote (`Proposal`), of an order, of whatever a caller names by type and id.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::carts::{self, make_active, price_all};
use super::opened::{Cart, OBJECT};
use crate::failure::Failure;
use crate::records::criteria::{Criteria, filter};
use crate::records::objects::Object;
use crate::records::selection::{Direction, Selection, Start};
use crate::records::store::{self, By, Record};
use crate::request::{Answer, Call};
use crate::services::commerce::fields::capitals;
use crate::services::commerce::lines;
use crate::services::commerce::listing::values;
use crate::services::reply::params;
use crate::services::{Session, World};

/// Fields that a cart has from its business object.
const FIELDS_OF_OWNER: &[&str] = &[
    "Account",
    "BillToAccount",
    "BillingPreference",
    "ExpectedEndDate",
    "ExpectedStartDate",
    "LegalEntity",
    "Location",
    "PaymentTerm",
    "PriceList",
    "ShipToAccount",
];

/// The business object that a call names.
struct Owner<'c> {
    kind: &'c str,
    id: &'c str,
}

/// `POST .../carts/activate`: makes the cart if there is none.
pub(super) fn activate(world: &World, call: &Call) -> Result<Answer, Failure> {
    let owner = Owner::of(call)?;
    let overrides = match call.json() {
        Some(Value::Object(row)) => capitals(row),
        _ => Record::new(),
    };
    world.write(call, |session| {
        let mut cart = match owner.cart(session, &["New", "Saved"])? {
            Some(cart) => cart,
            None => owner.new_cart(session)?,
        };
        if let Some(numbers) = overrides
            .get("ContractNumbers")
            .filter(|numbers| numbers.is_string())
        {
            cart.set(json!({"ContractNumbers": numbers}))?;
        }
        make_active(&mut cart)?;
        Ok(Answer::json(StatusCode::OK, Value::Object(cart.record)))
    })
}

/// `GET .../carts/active`
pub(super) fn active(world: &World, call: &Call) -> Result<Answer, Failure> {
    let owner = Owner::of(call)?;
    world.write(call, |session| {
        let cart = owner.cart(session, &["New", "Saved", "Finalized"])?;
        let cart = cart.ok_or_else(|| owner.has_none())?;
        Ok(Answer::json(StatusCode::OK, Value::Object(cart.record)))
    })
}

/// `POST .../carts/reactivate`: takes over the owner's fields and prices all lines; a finalized cart gets a new version.
pub(super) fn reactivate(world: &World, call: &Call) -> Result<Answer, Failure> {
    let owner = Owner::of(call)?;
    world.write(call, |session| {
        let cart = owner.cart(session, &["New", "Saved", "Finalized"])?;
        let mut cart = cart.ok_or_else(|| owner.has_none())?;
        let record = owner.record(session)?;
        let fields = lines::taken_over(&record, FIELDS_OF_OWNER);
        if cart.status() == "Finalized" {
            let lines = cart.lines()?;
            let version = super::opened::int(&cart.record, "VersionNumber");
            let before = json!({"Id": cart.record.get("Id"), "Name": cart.record.get("Name")});
            let first = cart
                .record
                .get("Primordial")
                .filter(|first| !first.is_null());
            let first = first.unwrap_or(&before).clone();
            cart = carts::copy(&cart, &fields, &lines, true)?;
            cart.set(
                json!({"VersionNumber": version + 1, "Ancestor": before, "Primordial": first}),
            )?;
        } else {
            cart.set(Value::Object(fields))?;
        }
        make_active(&mut cart)?;
        price_all(&mut cart)?;
        Ok(Answer::json(StatusCode::OK, Value::Object(cart.record)))
    })
}

/// `GET /carts/active`: the latest New or Saved cart that fits the filter; for a quote without one, a new one.
pub(super) fn latest(world: &World, call: &Call) -> Result<Answer, Failure> {
    let object = Object::internal(OBJECT);
    let filters: Vec<&str> = values(call, "filter").collect();
    let mut conditions: Vec<Criteria> = filter::parse(&filters, None, &object)?
        .into_iter()
        .collect();
    conditions.push(Criteria::Any(vec![
        Criteria::is("Status", "New"),
        Criteria::is("Status", "Saved"),
    ]));
    world.write(call, |session| {
        let newest = Selection::matching(&object, conditions)
            .sorted("ModifiedDate", Direction::Descending)?;
        let mut found = newest.page(session.tx, &Start::default(), 1)?.records;
        if let Some(stored) = found.pop() {
            return Ok(Answer::json(StatusCode::OK, Value::Object(stored.record)));
        }
        let quote = filters.iter().find_map(|text| filter::equals(text));
        let Some((_, quote)) = quote.filter(|(field, _)| is_of_quote(field)) else {
            return Ok(Answer::empty(StatusCode::NO_CONTENT));
        };
        let owner = Owner {
            kind: "Proposal",
            id: &quote,
        };
        let cart = owner.new_cart(session)?;
        Ok(Answer::json(StatusCode::OK, Value::Object(cart.record)))
    })
}

impl<'c> Owner<'c> {
    fn of(call: &'c Call) -> Result<Self, Failure> {
        if let Some(id) = call.path_param("quoteId") {
            return Ok(Self {
                kind: "Proposal",
                id,
            });
        }
        let kind = params::text(call, "type").ok_or_else(|| {
            Failure::invalid("type is required: Proposal, Order or Collaboration Request")
        })?;
        let kind = match kind.to_ascii_lowercase().replace(' ', "").as_str() {
            "proposal" | "quote" => "Proposal",
            "order" => "Order",
            "collaborationrequest" => "CollaborationRequest",
            _ => {
                return Err(Failure::invalid(format!(
                    "type is Proposal, Order or Collaboration Request, not '{kind}'"
                )));
            }
        };
        Ok(Self {
            kind,
            id: call.path_param("businessObjectId").unwrap_or_default(),
        })
    }

    fn record(&self, session: &Session<'_>) -> Result<Record, Failure> {
        let found = store::find(session.tx, self.kind, By::Id, self.id)?;
        match found {
            Some(stored) => Ok(stored.record),
            None => Err(Failure::not_found(format!(
                "there is no {} '{}'",
                self.kind, self.id
            ))),
        }
    }

    /// The latest of its carts in one of these states.
    fn cart<'s>(
        &self,
        session: &'s Session<'s>,
        states: &[&'static str],
    ) -> Result<Option<Cart<'s>>, Failure> {
        let object = Object::internal(OBJECT);
        let states = states
            .iter()
            .map(|state| Criteria::is("Status", state))
            .collect();
        let conditions = vec![
            Criteria::is("BusinessObjectId", self.id),
            Criteria::is("BusinessObjectType", self.kind),
            Criteria::Any(states),
        ];
        let newest = Selection::matching(&object, conditions)
            .sorted("CreatedDate", Direction::Descending)?;
        let mut found = newest.page(session.tx, &Start::default(), 1)?.records;
        Ok(found.pop().map(|stored| Cart {
            session,
            record: stored.record,
        }))
    }

    fn new_cart<'s>(&self, session: &'s Session<'s>) -> Result<Cart<'s>, Failure> {
        let record = self.record(session)?;
        let mut row = lines::taken_over(&record, FIELDS_OF_OWNER);
        let name = store::text(&record, "Name").unwrap_or(self.kind);
        row.extend(Record::from_iter([
            ("Name".to_owned(), format!("Cart of {name}").into()),
            ("BusinessObjectType".to_owned(), self.kind.into()),
            ("BusinessObjectId".to_owned(), self.id.into()),
        ]));
        carts::new(session, &row)
    }

    fn has_none(&self) -> Failure {
        Failure::not_found(format!(
            "the {} '{}' has no cart; activate it to have one made",
            self.kind, self.id
        ))
    }
}

/// Whether a filter on this field is on a cart's quote.
fn is_of_quote(field: &str) -> bool {
    matches!(
        field,
        "BusinessObjectId" | "Proposal" | "Proposal.Id" | "ParentProposal"
    )
}
