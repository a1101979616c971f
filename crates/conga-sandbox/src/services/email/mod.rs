//! The Email service: profiles, templates and their categories, sending, delivery status.
//!
//! The mails themselves are [`crate::mail`]'s business.
//!
//! | room | what lives there |
//! |---|---|
//! | [`profiles`] | whom mail comes from |
//! | [`categories`] | folders of templates |
//! | [`templates`] | templates, and the files that go with them |
//! | [`rendering`] | a template with data |
//! | [`attachments`] | the files that a request attaches |
//! | [`sending`] | the calls that send |
//! | [`statuses`] | what became of a mail |
//! | [`listing`] | pages of lists |
//! | [`seed`] | the demo data |
//!
//! # Assumed
//!
//! Published are the operations, the fields and enums, which fields the text requires, that `EmailProfileName` is meant with
//! the option `EmailProfile`, and that each result of v2 pairs the caller's reference with an `EmailSendId`. All else is
//! assumed:
//!
//! *Profiles* are named without regard to case, and their names are unique. The address must be one that may send: any but
//! those of domains that end in `.invalid`, for which `domain/verify` answers `NotVerified` instead of `Verified`.
//!
//! *Categories and templates.* A category with templates or categories in it is not deleted. A template is active unless
//! `IsActive` is false; only active ones are sent. As in Salesforce, whose fields these are, `Body` is the plain text and
//! `HtmlValue` the HTML; where `TemplateType` is HTML and there is no `HtmlValue`, `Body` is the HTML, and the plain text is
//! made of it. Files of a template lie in the File Store, in the folder `email-templates/` and its id;
//! `AttachmentFileNames` joins their names by commas. A list shows private and public templates of everybody alike.
//!
//! *Merging* speaks the language of [`crate::composer`]. Fields are those of the record that `ObjectName` and `RecordId`
//! name, also under the object's name, with the records that its lookups name; `Recipient` and the word in `RecipientType`
//! lead to the recipient, who is a user or a record; over these lie `RecordDetails`, and over all `TemplateData`.
//!
//! *Sending.* `EmailProfile` and `LoggedInUser` say who sends; else it is `From`, or the organization's own address for the
//! calls that have no `From`. Bulk calls send all of their mails or none. Without `To` a templated mail goes to its recipient's
//! own address. An attachment brings its content, or names as `File` what is kept already: the id of a version or a document of
//! Document Management, a path in the File Store, or the correlation id of a merge for all files that it made; a
//! name and a media type may then be left out. A mail has at most 1,000 recipients and 30 MiB. `ShouldProcessInbound`
//! and the tracking options change nothing: every delivery is tracked.
//!
//! *Status.* Each recipient of a mail is a job of its own, `Queued`, `Processing`, then `Delivered`, `Bounced` or `Failed`; see
//! [`crate::mail`]. The calls that ask for a status document no 404, so that an unknown id is a 400.

pub(super) mod attachments;
mod categories;
mod listing;
mod profiles;
mod rendering;
pub(super) mod seed;
mod sending;
mod statuses;
pub(super) mod templates;

#[cfg(test)]
mod tests;

use crate::failure::Failure;
use crate::request::{Answer, Call};
use crate::services::{Behaviour, Service, World};
pub(super) use rendering::{address_of, recipient, render, text_of};
pub(super) use sending::caller;

pub(super) const SERVICE: Service = Service {
    id: "email",
    behaviours: &[
        behaviour(&["create_email_profile"], profiles::create),
        behaviour(&["get_email_profile"], profiles::get),
        behaviour(&["update_email_profile"], profiles::update),
        behaviour(&["delete_email_profile"], profiles::delete),
        behaviour(&["list_email_template_categories"], categories::list),
        behaviour(&["create_email_template_category"], categories::create),
        behaviour(&["get_email_template_category"], categories::get),
        behaviour(&["update_email_template_category"], categories::update),
        behaviour(&["delete_email_template_category"], categories::delete),
        behaviour(&["list_email_templates"], templates::list),
        behaviour(&["search_email_templates"], templates::search),
        behaviour(&["create_email_template"], templates::create),
        behaviour(&["get_email_template"], templates::get),
        behaviour(&["update_email_template"], templates::update),
        behaviour(&["delete_email_template"], templates::delete),
        behaviour(&["clone_email_template"], templates::clone),
        behaviour(&["add_email_template_attachment"], templates::attach),
        behaviour(&["delete_email_template_attachment"], templates::detach),
        behaviour(
            &["delete_email_template_attachments"],
            templates::detach_all,
        ),
        behaviour(&["render_email_template"], rendering::saved),
        behaviour(&["render_unsaved_email_template"], rendering::unsaved),
        behaviour(&["send_email"], sending::one),
        behaviour(&["bulk_send_emails"], sending::many),
        behaviour(&["bulk_send_emails_v2"], sending::many_v2),
        behaviour(&["verify_email_domain"], sending::verify_domain),
        behaviour(&["get_email_job"], statuses::job),
        behaviour(&["query_email_statuses"], statuses::batch),
    ],
};

const fn behaviour(
    operations: &'static [&'static str],
    carry_out: fn(&World, &Call) -> Result<Answer, Failure>,
) -> Behaviour {
    let what = "merging, senders, files, states: see services/email/mod.rs";
    Behaviour::assumed(operations, what, carry_out)
}
