//! The Review service: documents that go to reviewers, and come back.
//!
//! | room | what lives there |
//! |---|---|
//! | [`cycle`] | what a review and its reviewers are, and what may become of them; Contracts reviews by it too |
//! | [`calls`] | the calls |
//! | [`people`] | who can review |
//! | [`notice`] | the mail that asks for a review |
//!
//! # Assumed
//!
//! Published are the operations, the fields, the review types, that a review is of one document, that its status is
//! Initiated, In Progress, Completed or Canceled, that only the one who started a review ends or cancels it, and that a
//! Normal review ends with a file. All else is assumed:
//!
//! *Cycle.* A review is Initiated until one of its reviewers is done or another is added, then In Progress; ended, it is
//! Completed for all reviewers who are not done yet. What is Completed or Canceled stays so (400). The file that ends a
//! review becomes the next version of its document; the answer is that version's id, or else the id of the version that
//! was sent. A document that is not there, is in review already, or is no DOCX in an Office365 review, is among the
//! failed ones.
//!
//! *Sign-in.* There is no Microsoft here. `authorize` gives a token and no sign-in page, as where access is not
//! delegated; `delegated/token` takes any code. Office365 calls need some `ExternalToken`; which one is not looked at.
//! The directory is the platform's own users. Shared documents have addresses that lead nowhere.
//!
//! *E-mail.* The start of a review mails the reviewers, if its notification has a subject: from the caller, the body as
//! HTML, with the supporting documents, and in a Normal review with the documents themselves. What happens to a review
//! later is not mailed.
//!
//! *Answers.* A review's reviewers are documented as one object: it is the one who was asked first.
//!
//! *Providers.* Any Google service account gets a token. A SharePoint site is valid if its name can be one: letters,
//! digits, `-` and `_`, at most 128.

mod calls;
pub(super) mod cycle;
pub(super) mod notice;
pub(super) mod people;

#[cfg(test)]
mod tests;

use crate::services::{Behaviour, Service};

const CYCLE: &str = "statuses of reviewers, which documents fail: see services/review/mod.rs";
const SIGN_IN: &str = "tokens that no provider made";

/// The token of a provider that is not there.
pub(super) const OFFICE365_TOKEN: &str = "sandbox-office365-token";

/// The name of a SharePoint site is at most this long.
const MAX_SITE_NAME: usize = 128;

pub(super) const SERVICE: Service = Service {
    id: "review",
    behaviours: &[
        Behaviour::assumed(&["start_review"], CYCLE, calls::start),
        Behaviour::assumed(&["list_reviews"], CYCLE, calls::list),
        Behaviour::assumed(&["get_review"], CYCLE, calls::get),
        Behaviour::assumed(&["end_review"], CYCLE, calls::end),
        Behaviour::assumed(&["cancel_review"], CYCLE, calls::cancel),
        Behaviour::assumed(
            &["list_reviewers"],
            "one object, the first reviewer",
            calls::reviewers,
        ),
        Behaviour::assumed(&["add_reviewers"], CYCLE, calls::add_reviewers),
        Behaviour::assumed(&["end_reviewer"], CYCLE, calls::end_reviewer),
        Behaviour::assumed(&["cancel_reviewer"], CYCLE, calls::cancel_reviewer),
        Behaviour::assumed(
            &["query_reviewers"],
            "the directory is the platform's users",
            people::query,
        ),
        Behaviour::assumed(
            &["list_office365_active_directory_users"],
            "the directory is the platform's users",
            people::directory,
        ),
        Behaviour::assumed(&["get_authorization"], SIGN_IN, calls::authorize),
        Behaviour::assumed(&["get_delegated_token"], SIGN_IN, calls::delegated_token),
        Behaviour::assumed(
            &["create_google_access_token"],
            SIGN_IN,
            calls::authorize_google,
        ),
        Behaviour::assumed(
            &["validate_office365_site"],
            "a site is valid if its name can be one",
            calls::validate_site,
        ),
    ],
};
