//! The storefront itself, the account that a call is for, the price list that is sold from.

use serde_json::{Value, json};

use super::objects::Kind;
use super::query::reading::show;
use super::query::{alias, plain};
use super::success;
use super::visit::Visit;
use crate::failure::Failure;
use crate::records::store::{self, Record};
use crate::records::value::date_text;
use crate::request::{Answer, Call};
use crate::services::World;
use crate::services::data::currencies;

/// `GET /storefronts/active`. A tenant that has not administered one has it by name only.
pub(super) fn storefront(world: &World, call: &Call) -> Result<Answer, Failure> {
    let alias = alias(call)?;
    let shown = Visit::read(world, call, |visit| {
        let kind = kind("StoreFront")?;
        let mut shown = match visit.storefront_record()? {
            Some(record) => show(visit, &kind, vec![record], call, alias)?
                .pop()
                .unwrap_or_default(),
            None => json!({"Name": visit.storefront}),
        };
        if let Some(fields) = shown.as_object_mut() {
            fields.insert("CMS".to_owned(), false.into());
            fields.insert("CurrencyTypes".to_owned(), currency_types(visit));
        }
        Ok(shown)
    })?;
    Ok(success(shown))
}

/// `GET /accounts/default`
pub(super) fn account(world: &World, call: &Call) -> Result<Answer, Failure> {
    let shown = Visit::read(world, call, |visit| {
        let account = visit.account()?.ok_or_else(|| {
            Failure::not_found(
                "there is no default account: send x-account, or give the storefront a DefaultAccount through \
                 Administration",
            )
        })?;
        let mut shown = plain(&kind("Account")?, &account, true);
        if let Some(list) = visit.price_list()? {
            shown.insert(
                "PriceListId".to_owned(),
                list.get("Id").cloned().unwrap_or_default(),
            );
            shown.insert("PriceList".to_owned(), price_list_view(&list)?);
        }
        let address = address(&account);
        shown.insert("ShippingAddress".to_owned(), address);
        // The Data service publishes it as a text.
        let is_portal = store::text(&account, "IsCustomerPortal").map(str::parse::<bool>);
        if let Some(is_portal) = is_portal {
            shown.insert("IsCustomerPortal".to_owned(), is_portal.ok().into());
        }
        Ok(Value::Object(shown))
    })?;
    Ok(success(shown))
}

/// `GET /pricelists/active`
pub(super) fn price_list(world: &World, call: &Call) -> Result<Answer, Failure> {
    let shown = Visit::read(world, call, |visit| {
        let list = visit.price_list()?.ok_or_else(|| {
            Failure::not_found(
                "there is no active price list: give the storefront a DefaultPriceList through Administration",
            )
        })?;
        price_list_view(&list)
    })?;
    Ok(success(shown))
}

fn price_list_view(list: &Record) -> Result<Value, Failure> {
    Ok(Value::Object(plain(&kind("PriceList")?, list, true)))
}

/// A kind that is in the table; a test holds the two together.
pub(super) fn kind(object: &str) -> Result<Kind, Failure> {
    Kind::of(object).ok_or_else(|| Failure::not_found(format!("there is no object {object}")))
}

/// The organisation's currencies. There are no rates, all are worth the same.
fn currency_types(visit: &Visit<'_>) -> Value {
    let date = date_text(visit.session.now);
    let types = currencies::codes()
        .enumerate()
        .map(|(at, (code, decimals))| {
            json!({
                "Id": format!("01L{:012}AAA", at + 1),
                "IsoCode": code,
                "ConversionRate": 1,
                "DecimalPlaces": decimals,
                "IsActive": true,
                "IsCorporate": code == "USD",
                "LastModifiedDate": date,
            })
        });
    types.collect()
}

/// An account has one address here, that of billing.
fn address(account: &Record) -> Value {
    let part = |field: &str| account.get(field).cloned().unwrap_or_default();
    json!({
        "city": part("BillingCity"),
        "country": part("BillingCountry"),
        "countryCode": part("BillingCountryCode"),
        "postalCode": part("BillingPostalCode"),
    })
}
