//! The Administration service: what is sold, at what price, by what rules.
//!
//! Most of it is alike: records of an object are listed, created, read, updated and deleted, one or many at a time.
//! [`families`] is the table of these objects, [`alike`] the one mechanism for all of them.
//!
//! # Assumed
//!
//! Published are the paths, the fields, the limits on how many records a call takes, what a delete takes along, and
//! that a child cannot be moved to another parent. Assumed is:
//!
//! *Writing.* A call for many records writes all of them or none; each faulty record has its message. The server makes
//! the ids: an `Id` in a new record is ignored. An update names its record by `Id`, sets the fields it gives and keeps
//! the others; the types of its fields are those that a new record has. A child's lookup to its parent is that of the
//! path. Answers are the records as they now are.
//!
//! *Deleting.* Soft, as in the Data service. A delete of many records goes on past those that are not there and answers
//! each record's `Id` and `Success`, with a `Message` if it failed.
//!
//! *Reading.* An unknown id is a 404, though the reference lists a 204 beside the 200; a list without records is a 204.
//! Lists are in the order of creation, unless sorted. A child whose parent is another than the path's is not found.

mod alike;
mod families;

#[cfg(test)]
mod tests;

use crate::services::{Basis, Behaviour, Service};

pub(super) const SERVICE: Service = Service {
    id: "administration",
    behaviours: &[Behaviour {
        operations: families::OPERATIONS,
        basis: Basis::Assumed(
            "all-or-none calls, delete statuses, 404 and 204: see services/administration/mod.rs",
        ),
        carry_out: alike::carry_out,
    }],
};

/// What all paths of the service start with.
const BASE: &str = "/api/revenue-admin/v1/";
