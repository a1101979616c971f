//! Verbs that quotes alone have.

use std::fmt;

use conga_api::operations::quote as operations;
use serde::{Serialize, de::DeserializeOwned};

use super::{
    Entities, Quote,
    answer::{Bare, Whatever},
};
use crate::{Record, Request};

/// The quotes: records of the object Proposal, which the Quote service keeps. Their lines come with
/// [`includes(["line-items"])`](super::GetEntity::includes).
///
/// ```no_run
/// # async fn run(client: conga::Client) -> Result<(), conga::Error> {
/// let quotes = client.quotes();
/// let quote = quotes.get("a0Q-1").includes(["line-items"]).await?;
/// let order = quotes.accept("a0Q-1").await?;
/// println!("{:?} became {:?}", quote["Name"], order["OrderNumber"]);
/// # Ok(())
/// # }
/// ```
pub type Quotes<T = Record> = Entities<Quote, T>;

impl<T: DeserializeOwned + Send + 'static> Quotes<T> {
    /// Updates the quote that an id or an external id in the record names, or creates one, and gives it as it is then. Which of the two
    /// names counts is not published.
    pub fn upsert(&self, quote: &(impl Serialize + ?Sized)) -> Request<T> {
        Request::new::<Bare<T>>(self.call(&operations::UPSERT_QUOTE).json(quote))
    }

    /// Copies a quote with its lines, and gives the copy. The fields of `changes` have other values in it.
    pub fn clone_quote(
        &self,
        id: impl fmt::Display,
        changes: &(impl Serialize + ?Sized),
    ) -> Request<T> {
        Request::new::<Bare<T>>(self.call_on(&operations::CLONE_QUOTE, id).json(changes))
    }

    /// [Copies](Self::clone_quote) the quote with this external id.
    pub fn clone_by_external_id(
        &self,
        external_id: impl fmt::Display,
        changes: &(impl Serialize + ?Sized),
    ) -> Request<T> {
        let operation = &operations::CLONE_QUOTE_BY_EXTERNAL_ID;
        Request::new::<Bare<T>>(self.call_on(operation, external_id).json(changes))
    }

    /// Accepts a quote, in whatever approval stage it is, and gives the order that is made of it: a draft whose prices are pending.
    pub fn accept(&self, id: impl fmt::Display) -> Request<Record> {
        Request::new::<Bare<Record>>(self.call_on(&operations::ACCEPT_QUOTE, id))
    }

    /// Makes an agreement (a contract) from a quote. The fields of `values` stand in place of those that come from the quote. The
    /// platform may answer before the agreement is there (202, published), so nothing is given.
    pub fn make_agreement(
        &self,
        id: impl fmt::Display,
        values: &(impl Serialize + ?Sized),
    ) -> Request<()> {
        let call = self.call_on(&operations::CREATE_AGREEMENT_FROM_QUOTE, id);
        Request::new::<Whatever>(call.json(&Agreement { values }))
    }
}

/// The published schema `QuoteToAgreementDTO`.
#[derive(Serialize)]
struct Agreement<'a, V: ?Sized> {
    #[serde(rename = "OverrideValues")]
    values: &'a V,
}
