//! The Contracts service: contracts and what belongs to them, with their lifecycle.
//!
//! | room | what lives there |
//! |---|---|
//! | [`lifecycle`] | the states, and the moves between them: two tables |
//! | [`contract`] | the contract record |
//! | [`actions`] | what moves a contract on, and what that brings about |
//! | [`due`] | what the clock does to contracts |
//! | [`relations`] | the links between contracts |
//! | [`activity`] | what was done |
//! | [`collection`], [`query`], [`fields`], [`series`] | what the rooms share |
//!
//! # Assumed
//!
//! Published are the operations, the fields in examples and notes, the status that most moves need and lead to, and
//! the answers' examples. All else is assumed:
//!
//! *Records.* A contract is an `Agreement`. It takes any field; those that the reference names have their type.
//! `Currency` is USD unless given. `ContractNumberAuto` counts from 1 and never comes back; `ContractNumber` is that
//! number, with a decimal for each amendment or renewal. The account of a contract need not exist, its parent must.
//! `ParentAgreement` and `ParentContract` are one thing. What a contract may not do is a 400, what is not there a
//! 404. Deleting a contract deletes what belongs to it.
//!
//! *Lifecycle.* See [`lifecycle`]. An executed document makes a contract that is Activated in the category In
//! Filing. Activation needs an end date that is not over. It makes the contract that was amended or renewed
//! Superseded, of the category Amended; cancelling the amendment or renewal makes it Activated again. A contract
//! with a `TerminationDate` ahead is Being Terminated until then. An amendment or renewal inherits fields, clauses
//! and team members, a clone the fields; their names end in Amended, Renewed and Clone. A renewal lasts as long as
//! the original. Any contract in a status of the category Request can be submitted: there is one rule, and it lets
//! all through.
//!
//! *The clock.* A contract in force runs through its end date (UTC) and is Expired after it, unless it is
//! perpetual. One with `AutoRenewal` or the `TermType` Auto Renew gets a new end date instead, `AutoRenewTermMonths`
//! later (else `TermMonths`, else 12), as often as `AutoRenewalTerms` says, if it does.
//!
//! *Relations.* A link by one type gets its opposite for the other end. A link as parent or child sets the child's
//! `ParentAgreement`, and removing it clears that.

mod actions;
mod activity;
mod collection;
mod contract;
pub(super) mod due;
mod fields;
mod lifecycle;
mod query;
mod relations;
mod series;

#[cfg(test)]
mod tests;

use crate::services::{Behaviour, Service};

const DEFAULTS: &str = "defaults, types of fields, 404 for what is not there";
const LIFECYCLE: &str =
    "the statuses that the reference does not name, and what follows from a move";
const LINKS: &str = "opposite types, links of parents and children";

pub(super) const SERVICE: Service = Service {
    id: "contracts",
    behaviours: &[
        Behaviour::assumed(
            &["create_contract"],
            "the number series and defaults",
            contract::create,
        ),
        Behaviour::assumed(&["get_contract"], DEFAULTS, contract::get),
        Behaviour::assumed(&["query_contracts"], DEFAULTS, contract::query),
        Behaviour::assumed(&["update_contract"], DEFAULTS, contract::update),
        Behaviour::assumed(&["delete_contract"], DEFAULTS, contract::delete),
        Behaviour::assumed(&["delete_contracts"], DEFAULTS, contract::delete_many),
        Behaviour::assumed(&["submit_contract"], LIFECYCLE, actions::submit),
        Behaviour::assumed(&["activate_contract"], LIFECYCLE, actions::activate),
        Behaviour::assumed(&["amend_contract"], LIFECYCLE, actions::amend),
        Behaviour::assumed(&["renew_contract"], LIFECYCLE, actions::renew),
        Behaviour::assumed(&["clone_contract"], LIFECYCLE, actions::clone),
        Behaviour::assumed(&["cancel_contract"], LIFECYCLE, actions::cancel),
        Behaviour::assumed(&["expire_contract"], LIFECYCLE, actions::expire),
        Behaviour::assumed(&["terminate_contract"], LIFECYCLE, actions::terminate),
        Behaviour::assumed(
            &["update_contract_sign_status"],
            LIFECYCLE,
            actions::sign_status,
        ),
        Behaviour::assumed(
            &["update_contract_lifecycle_status"],
            "the names of lifecycle actions",
            actions::by_lifecycle_action,
        ),
        Behaviour::assumed(
            &["query_contract_activity_history"],
            "the fields",
            activity::query,
        ),
        Behaviour::assumed(&["list_contract_relationships"], LINKS, relations::list),
        Behaviour::assumed(&["create_contract_relationship"], LINKS, relations::create),
        Behaviour::assumed(&["link_contracts"], LINKS, relations::link),
        Behaviour::assumed(&["query_contract_relationships"], LINKS, relations::query),
        Behaviour::assumed(&["delete_contract_relationship"], LINKS, relations::delete),
    ],
};
