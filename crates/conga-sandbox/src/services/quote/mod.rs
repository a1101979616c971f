//! The Quote service: quotes, with the lines of the cart that they come from, and their acceptance.
//!
//! # Assumed
//!
//! Published are the paths, the fields, that a new quote is a draft, and that an accepted one becomes an order in draft
//! whose pricing is pending. Assumed is:
//!
//! *Quotes* are `Proposal` records, their lines `ProposalLineItem` records. `ProposalNumber` counts from Q-00000001.
//! `ApprovalStage` starts as Draft; accepting makes it Accepted. An update takes any field but `ProposalNumber`, and
//! `ApprovalStage` Accepted comes of accepting alone. An accepted quote is not changed or deleted. Answers are bare
//! records; an unknown id is a 404.
//!
//! *Amounts.* `Amount`, `NetAmount` and `GrandTotal` are the net price of the finalized cart; finalizing the cart
//! again brings quote and lines up to date.
//!
//! *Clones* are drafts with a number of their own, and copies of the lines.
//!
//! *An agreement* made from a quote is a contract of the record type Quote in the status Request, with the quote's
//! account, price list and amount; it is there at once.

mod quotes;
pub(super) mod seed;

#[cfg(test)]
mod tests;

use crate::services::commerce::children::Children;
use crate::services::{Behaviour, Service};

pub(super) use quotes::{from_cart, sync};

/// The object of quotes.
pub(super) const OBJECT: &str = "Proposal";

/// The lines of a quote.
pub(super) const LINES: Children = Children {
    object: "ProposalLineItem",
    owner: "Proposal",
};

const QUOTES: &str = "defaults, numbers, the shape of answers";
const ACCEPTANCE: &str = "what an accepted quote copies, and that it is fixed";

pub(super) const SERVICE: Service = Service {
    id: "quote",
    behaviours: &[
        Behaviour::assumed(&["list_quotes"], QUOTES, quotes::list),
        Behaviour::assumed(&["create_quotes"], QUOTES, quotes::create),
        Behaviour::assumed(&["update_quotes"], QUOTES, quotes::update_many),
        Behaviour::assumed(&["delete_quotes"], QUOTES, quotes::delete_many),
        Behaviour::assumed(&["upsert_quote"], QUOTES, quotes::upsert),
        Behaviour::assumed(&["get_quote"], QUOTES, quotes::get),
        Behaviour::assumed(&["update_quote"], QUOTES, quotes::update),
        Behaviour::assumed(&["delete_quote"], QUOTES, quotes::delete),
        Behaviour::assumed(&["clone_quote"], QUOTES, quotes::clone),
        Behaviour::assumed(
            &["clone_quote_by_external_id"],
            QUOTES,
            quotes::clone_by_external_id,
        ),
        Behaviour::assumed(&["accept_quote"], ACCEPTANCE, quotes::accept),
        Behaviour::assumed(
            &["create_agreement_from_quote"],
            ACCEPTANCE,
            quotes::make_agreement,
        ),
        Behaviour::assumed(
            &["get_job_status"],
            "jobs are done at once",
            crate::services::commerce::jobs::get,
        ),
    ],
};
