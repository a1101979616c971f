//! What the revenue services share: Administration, Catalog, Cart, Quote and Order.
//!
//! | room | what lives there |
//! |---|---|
//! | [`children`] | records that belong to another |
//! | [`deleting`] | deletion of several records by one call |
//! | [`fields`] | what is made of the fields of a request, and of a record that is answered |
//! | [`jobs`] | work that was asked for asynchronously |
//! | [`lines`] | lines that follow a cart's, into quotes and orders |
//! | [`listing`] | lists: filters, sort, pages |
//! | [`seed`] | the demo catalog |
//! | `shop` | for tests: a tenant that sells something |
//!
//! They answer bare records, without the platform's envelope, with field names in capital letters as the examples
//! write them; Catalog alone in small ones, as its schemas do.
//!
//! # Assumed
//!
//! *Lists.* A page has at most 500 records. Its place among all is told by the header `content-range`, which is
//! published for some lists: `items 0-49/120`. A list without records is a 204, which is published beside 200. A page
//! counts from 1. Of several sorts the first one counts. `field` names the fields that are answered, all others are
//! left out. `includes` names lookups whose whole record is answered in their place.
//!
//! *Records.* A lookup that a request gives by `Id` alone is stored with the `Name` of the record it names, if there
//! is one; that there is one is not required. An amount of money given as `{"Value": ...}` is answered with its
//! `DisplayValue` and currency; there is no conversion. Names of fields are taken with either first letter.

pub(crate) mod children;
pub(crate) mod deleting;
pub(crate) mod fields;
pub(crate) mod jobs;
pub(crate) mod lines;
pub(crate) mod listing;
pub(super) mod seed;
#[cfg(test)]
pub(crate) mod shop;
