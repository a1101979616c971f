//! A call of a storefront: who came, to which storefront, for which account, and what they may see.

use axum::http::StatusCode;
use rusqlite::Transaction;

use super::names::lookup_id;
use super::objects::{Access, Kind};
use crate::failure::Failure;
use crate::records::criteria::Criteria;
use crate::records::objects::Object;
use crate::records::selection::{Selection, Start};
use crate::records::store::{self, By, Record};
use crate::records::value::{FieldPath, Scalar};
use crate::request::{Call, Caller, Visitor};
use crate::services::{Session, World};

/// The carts that were made in a storefront, and whose active one each is.
pub(super) const CARTS: &str = "
    CREATE TABLE IF NOT EXISTS storefront_carts (
        cart TEXT PRIMARY KEY,
        owner TEXT NOT NULL,
        is_active INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS storefront_carts_by_owner ON storefront_carts (owner);";

/// A call of a storefront, within a transaction.
#[derive(Debug)]
pub(super) struct Visit<'s> {
    pub(super) session: &'s Session<'s>,
    /// The storefront's name.
    pub(super) storefront: &'s str,
    pub(super) user_id: &'s str,
    visitor: &'s Visitor,
    /// The account that the `x-account` header names.
    named_account: Option<&'s str>,
}

impl<'s> Visit<'s> {
    /// Reads within one state of the data.
    pub(super) fn read<T>(
        world: &World,
        call: &Call,
        work: impl FnOnce(&Visit<'_>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        world.store.read(|tx| {
            let session = Session::new(tx, &call.caller, world.clock.now());
            work(&Visit::of(&session, call)?)
        })
    }

    /// Changes the data, or nothing at all if the work fails.
    pub(super) fn write<T>(
        world: &World,
        call: &Call,
        work: impl FnOnce(&Visit<'_>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        world.write(call, |session| work(&Visit::of(session, call)?))
    }

    fn of(session: &'s Session<'s>, call: &'s Call) -> Result<Self, Failure> {
        let Caller::Storefront {
            storefront,
            user_id,
            visitor,
        } = &call.caller
        else {
            return Err(Failure::Refused(
                StatusCode::FORBIDDEN,
                "sign in at the storefront: its sessions alone are good here".to_owned(),
            ));
        };
        let header = call.headers.get("x-account");
        let named_account = header.and_then(|value| value.to_str().ok());
        Ok(Self {
            session,
            storefront,
            user_id,
            visitor,
            named_account: named_account.filter(|id| !id.is_empty()),
        })
    }

    pub(super) fn tx(&self) -> &'s Transaction<'s> {
        self.session.tx
    }

    /// Whose carts these are: the shopper's, or this guest's alone.
    pub(super) fn owner(&self) -> String {
        match self.visitor {
            Visitor::Guest(mark) => format!("{}/guest/{mark}", self.storefront),
            Visitor::Shopper | Visitor::App => format!("{}/{}", self.storefront, self.user_id),
        }
    }

    /// The storefront's record, if the tenant has one.
    pub(super) fn storefront_record(&self) -> Result<Option<Record>, Failure> {
        let object = Object::internal("StoreFront");
        let named = Selection::matching(&object, vec![Criteria::is("Name", self.storefront)]);
        let mut found = named.page(self.tx(), &Start::default(), 1)?.records;
        Ok(found.pop().map(|stored| stored.record))
    }

    /// The account that the call is for: that of the `x-account` header, else the shopper's, else the storefront's.
    pub(super) fn account(&self) -> Result<Option<Record>, Failure> {
        if let Some(id) = self.named_account {
            let found = store::find(self.tx(), "Account", By::Id, id)?;
            return match found {
                Some(stored) => Ok(Some(stored.record)),
                None => Err(Failure::invalid(format!(
                    "header `x-account`: there is no account '{id}'; send the Id of one, or leave the header off"
                ))),
            };
        }
        let shopper = store::find(self.tx(), "StorefrontUser", By::Id, self.user_id)?;
        let of_shopper =
            shopper.and_then(|stored| lookup_id(&stored.record, "Account").map(str::to_owned));
        let id = match of_shopper {
            Some(id) => Some(id),
            None => self
                .storefront_record()?
                .and_then(|storefront| lookup_id(&storefront, "DefaultAccount").map(str::to_owned)),
        };
        match id {
            Some(id) => {
                Ok(store::find(self.tx(), "Account", By::Id, &id)?.map(|stored| stored.record))
            }
            None => Ok(None),
        }
    }

    /// The price list that is sold from: the account's, else the storefront's.
    pub(super) fn price_list(&self) -> Result<Option<Record>, Failure> {
        let of_account = self.account()?;
        let of_account =
            of_account.and_then(|account| lookup_id(&account, "PriceList").map(str::to_owned));
        let id = match of_account {
            Some(id) => Some(id),
            None => self.storefront_record()?.and_then(|storefront| {
                lookup_id(&storefront, "DefaultPriceList").map(str::to_owned)
            }),
        };
        match id {
            Some(id) => {
                Ok(store::find(self.tx(), "PriceList", By::Id, &id)?.map(|stored| stored.record))
            }
            None => Ok(None),
        }
    }

    /// What the visitor may see of a kind; `None` for all of it.
    pub(super) fn sees(&self, kind: &Kind) -> Result<Option<Criteria>, Failure> {
        if *self.visitor == Visitor::App {
            return Ok(None);
        }
        Ok(match kind.access {
            Access::Everybody | Access::Attached => None,
            Access::Visitor => Some(Criteria::is("Id", self.user_id)),
            Access::Shared => Some(Criteria::Any(vec![
                Criteria::is("Scope", "Public"),
                one_of("StorefrontOwner", vec![self.owner()]),
            ])),
            Access::Cart(lookup) => Some(one_of(lookup.unwrap_or("Id"), self.carts()?)),
            Access::Account(lookup) => {
                let account = self.account()?;
                let id = account
                    .as_ref()
                    .and_then(|account| store::text(account, "Id"));
                Some(one_of(lookup, id.map(str::to_owned).into_iter().collect()))
            }
            Access::Parent(object, lookup) => match Kind::of(object) {
                Some(parent) => {
                    let ids = self.ids(&parent, Vec::new())?;
                    Some(one_of(lookup, ids))
                }
                None => None,
            },
        })
    }

    /// The record of a kind with this id, if the visitor sees it.
    pub(super) fn find(&self, kind: &Kind, id: &str) -> Result<Option<Record>, Failure> {
        let Some(stored) = store::find(self.tx(), &kind.object, By::Id, id)? else {
            return Ok(None);
        };
        let Some(criteria) = self.sees(kind)? else {
            return Ok(Some(stored.record));
        };
        let object = self.object(kind)?;
        let seen = Selection::matching(&object, vec![criteria]).holds(self.tx(), stored.seq)?;
        Ok(seen.then_some(stored.record))
    }

    /// The ids of the records of a kind that meet these conditions and that the visitor sees.
    pub(super) fn ids(
        &self,
        kind: &Kind,
        mut conditions: Vec<Criteria>,
    ) -> Result<Vec<String>, Failure> {
        conditions.extend(self.sees(kind)?);
        let object = self.object(kind)?;
        let records = all(self.tx(), &object, conditions)?;
        let ids = records
            .iter()
            .filter_map(|record| store::text(record, "Id"));
        Ok(ids.map(str::to_owned).collect())
    }

    /// The object of the store, as the tenant has defined it.
    pub(super) fn object(&self, kind: &Kind) -> Result<Object, Failure> {
        Ok(match &kind.object {
            std::borrow::Cow::Borrowed(name) if Object::standard_or_custom(name).is_none() => {
                Object::internal(name)
            }
            name => Object::named(self.tx(), name)?
                .ok_or_else(|| Failure::not_found(format!("there is no object {}", kind.api())))?,
        })
    }

    /// The ids of the visitor's carts.
    fn carts(&self) -> Result<Vec<String>, Failure> {
        let ids = self
            .tx()
            .prepare_cached("SELECT cart FROM storefront_carts WHERE owner = ?")?
            .query_map([self.owner()], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        Ok(ids)
    }
}

/// At most this many records are looked through for a sort, a group or a join; the figure is that of SOQL.
pub(super) const MAX_ROWS: u64 = 50_000;

/// All records that meet the conditions.
pub(super) fn all(
    tx: &Transaction<'_>,
    object: &Object,
    conditions: Vec<Criteria>,
) -> Result<Vec<Record>, Failure> {
    let page = Selection::matching(object, conditions).page(tx, &Start::default(), MAX_ROWS)?;
    if page.next.is_some() {
        return Err(Failure::invalid(format!(
            "the query goes through more than {MAX_ROWS} records of {}; add conditions",
            object.name()
        )));
    }
    Ok(page
        .records
        .into_iter()
        .map(|stored| stored.record)
        .collect())
}

/// That a field has one of these values.
pub(super) fn one_of(field: &'static str, values: Vec<String>) -> Criteria {
    let values = values.iter().map(|value| Some(Scalar::text(value)));
    among(FieldPath::known(field), values.collect())
}

/// That a field has one of these values, of which there may be none.
pub(super) fn among(field: FieldPath, values: Vec<Option<Scalar>>) -> Criteria {
    if values.is_empty() {
        nothing()
    } else {
        Criteria::In(field, values)
    }
}

/// What no record meets: every record has an `Id`.
pub(super) fn nothing() -> Criteria {
    Criteria::In(FieldPath::known("Id"), vec![None])
}
