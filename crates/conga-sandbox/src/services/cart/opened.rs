//! The cart, opened for a call: its state, its lines, and what may be done to it.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::pending;
use crate::failure::Failure;
use crate::records::objects::Object;
use crate::records::store::{self, By, Record};
use crate::records::writer;
use crate::services::Session;
use crate::services::commerce::children::Children;
use crate::services::pricing::money::{self, Currency};

/// The object of carts.
pub(in crate::services) const OBJECT: &str = "ProductConfiguration";

/// The lines of a cart.
pub(in crate::services) const LINES: Children = Children {
    object: "LineItem",
    owner: "Configuration",
};

/// The adjustments of a cart's lines.
pub(in crate::services) const ADJUSTMENTS: Children = Children {
    object: "AdjustmentLineItem",
    owner: "Configuration",
};

/// The sums of a cart.
pub(in crate::services) const SUMMARY_GROUPS: Children = Children {
    object: "SummaryGroup",
    owner: "Configuration",
};

/// The groups that users make.
pub(in crate::services) const AD_HOC_GROUPS: Children = Children {
    object: "AdHocGroup",
    owner: "Configuration",
};

/// The tiers of usage prices of a line.
pub(in crate::services) const TIERS: Children = Children {
    object: "UsagePriceTier",
    owner: "LineItem",
};

/// A cart, within a transaction.
pub(in crate::services) struct Cart<'s> {
    pub(in crate::services) session: &'s Session<'s>,
    pub(in crate::services) record: Record,
}

impl<'s> Cart<'s> {
    /// The cart with this id.
    pub(in crate::services) fn open(session: &'s Session<'s>, id: &str) -> Result<Self, Failure> {
        match store::find(session.tx, OBJECT, By::Id, id)? {
            Some(stored) => Ok(Self {
                session,
                record: stored.record,
            }),
            None => Err(writer::missing(&Object::internal("Cart"), By::Id, id)),
        }
    }

    /// The cart with this id, if it may be changed by the caller.
    pub(in crate::services) fn open_to_change(
        session: &'s Session<'s>,
        id: &str,
    ) -> Result<Self, Failure> {
        let cart = Self::open(session, id)?;
        if matches!(
            cart.status(),
            "Finalized" | "Superseded" | "Abandoned" | "Deleted"
        ) {
            return Err(unprocessable(format!(
                "the cart is {}; clone or reactivate it to go on",
                cart.status()
            )));
        }
        cart.check_lock()?;
        Ok(cart)
    }

    /// The cart's id.
    pub(in crate::services) fn id(&self) -> &str {
        store::text(&self.record, "Id").unwrap_or_default()
    }

    /// `New`, `Saved`, `Finalized`...
    pub(in crate::services) fn status(&self) -> &str {
        store::text(&self.record, "Status").unwrap_or("New")
    }

    /// Whether prices are being worked out.
    pub(in crate::services) fn is_price_pending(&self) -> bool {
        self.record.get("IsPricePending") == Some(&Value::Bool(true))
    }

    /// The currency of its prices.
    pub(in crate::services) fn currency(&self) -> Currency {
        Currency::of(&self.record)
    }

    /// The id of the price list that it sells from.
    pub(in crate::services) fn price_list_id(&self) -> Option<&str> {
        ["EffectivePriceList", "PriceList"]
            .iter()
            .find_map(|field| self.record.get(*field)?.get("Id")?.as_str())
    }

    /// Its lines, bundles before their options, in the order of their numbers.
    pub(in crate::services) fn lines(&self) -> Result<Vec<Record>, Failure> {
        let mut lines = LINES.of(self.session.tx, self.id())?;
        lines.sort_by_key(|line| (int(line, "LineNumber"), int(line, "ItemSequence")));
        Ok(lines)
    }

    /// The line with this id.
    pub(in crate::services) fn line(&self, id: &str) -> Result<Record, Failure> {
        LINES.find(self.session.tx, self.id(), id)
    }

    /// Sets fields of the cart.
    pub(in crate::services) fn set(&mut self, fields: Value) -> Result<(), Failure> {
        let Value::Object(row) = fields else {
            return Ok(());
        };
        let object = Object::internal(OBJECT);
        let writer = self.session.records(&object);
        self.record = writer.update(By::Id, self.id(), &row)?;
        Ok(())
    }

    /// Has prices worked out: of the lines with these primary line numbers, and the totals. Bundles follow their
    /// options.
    pub(in crate::services) fn price(&mut self, numbers: &[i64]) -> Result<(), Failure> {
        pending::schedule(self, numbers)
    }

    /// Tells whether the caller may change it, if somebody holds its lock.
    fn check_lock(&self) -> Result<(), Failure> {
        match self.lock_holder() {
            Some(holder) if holder != self.session.author.get("Id") => Err(unprocessable(format!(
                "the cart is locked by {}; ask for the lock, or wait until it is released",
                self.record["CurrentUser"]["Name"]
                    .as_str()
                    .unwrap_or("another user")
            ))),
            _ => Ok(()),
        }
    }

    /// The id of the user who holds the lock.
    pub(in crate::services) fn lock_holder(&self) -> Option<Option<&Value>> {
        let holder = self
            .record
            .get("CurrentUser")
            .filter(|user| !user.is_null())?;
        Some(holder.get("Id"))
    }
}

/// A request that the cart's state or contents forbid: 422, as published.
pub(in crate::services) fn unprocessable(message: impl Into<String>) -> Failure {
    Failure::Refused(StatusCode::UNPROCESSABLE_ENTITY, message.into())
}

/// A whole number in a field; zero if there is none.
pub(in crate::services) fn int(record: &Record, field: &str) -> i64 {
    let value = record.get(field);
    let number = value.and_then(money::amount);
    number
        .and_then(|number| i64::try_from(number.trunc()).ok())
        .unwrap_or_default()
}

/// Whether a field is set to true.
pub(in crate::services) fn is_set(record: &Record, field: &str) -> bool {
    record.get(field) == Some(&Value::Bool(true))
}

/// Whether a line is that of a product, not of an option within its bundle.
pub(in crate::services) fn is_product(line: &Record) -> bool {
    store::text(line, "LineType") != Some("Option")
}

/// The product of a line: that of the option, for an option's.
pub(in crate::services) fn product_id(line: &Record) -> Option<&str> {
    let field = if is_product(line) {
        "Product"
    } else {
        "Option"
    };
    line.get(field)?.get("Id")?.as_str()
}

/// A line as answers show it.
pub(in crate::services) fn lookup_of_line(line: &Record) -> Value {
    json!({"Id": line.get("Id"), "Name": line.get("Name")})
}
