//! The Contracts service: contracts and what belongs to them, with their lifecycle.
//!
//! | room | what lives there |
//! |---|---|
//! | [`lifecycle`] | the states, and the moves between them: two tables |
//! | [`contract`] | the contract record |
//! | [`actions`] | what moves a contract on, and what that brings about |
//! | [`due`] | what the clock does to contracts |
//! | [`activity`], [`cycle_times`] | what was done, and how long it took |
//! | [`relations`], [`hierarchy`] | links between contracts, and what stands above and below |
//! | [`in_effect`] | what amendments have changed |
//! | [`clauses`], [`obligations`], [`fulfillments`] | what is agreed, what is to be done, and when |
//! | [`documents`], [`reviews`] | documents of Document Management, reviews of the Review service |
//! | [`generating`] | documents that are made for a contract |
//! | [`team`], [`roles`] | who works on a contract or a request |
//! | [`requests`] | what somebody wants a contract for |
//! | [`threads`] | what is said about a contract |
//! | [`related`] | records of other objects that belong to a contract |
//! | [`settings`] | settings of documents |
//! | [`import`], [`export`], [`sheet`] | records from and to CSV and XLSX |
//! | [`seed`] | the demo company's contracts |
//! | [`collection`], [`query`], [`fields`] | what the rooms share |
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
//! 404. Deleting a contract deletes what belongs to it, but not the records of custom objects. A bulk deletion gives
//! `Fail` to an id that is not there, and deletes the others.
//!
//! *Lifecycle.* See [`lifecycle`]. An executed document makes a contract that is Activated in the category In
//! Filing. Activation needs an end date that is not over; with a list of documents in its body all others are deleted,
//! without a body none. It makes the contract that was amended or renewed Superseded, of the category Amended;
//! cancelling the amendment or renewal puts it back where it was. A contract with a `TerminationDate` ahead is Being
//! Terminated until then. An amendment or renewal inherits fields, clauses, obligations, team and documents, a clone the
//! fields; their names end in Amended, Renewed and Clone. A renewal lasts as long as the original. Any contract in a
//! status of the category Request can be submitted: there is one rule, and it lets all through.
//!
//! *The clock.* A contract in force runs through its end date (UTC) and is Expired after it, unless it is
//! perpetual. One with `AutoRenewal` or the `TermType` Auto Renew gets a new end date instead, `AutoRenewTermMonths`
//! later (else `TermMonths`, else 12), as often as `AutoRenewalTerms` says, if it does.
//!
//! *Relations.* A link by one type gets its opposite for the other end. A link as parent or child sets the child's
//! `ParentAgreement`, and removing it clears that. A hierarchy of system relationships holds parents and children too.
//!
//! *Clauses and obligations.* Clauses of one contract with the same `Clause` and `DocumentVersionId` are versions of
//! one; how many is shown as `NumberOfVersions`. A clause whose `Clause` names one of the library brings the obligations
//! of that. Obligations become active with their contract. A fulfillment is planned for each due date (120 at most, 12
//! without an end of the contract), from the obligation's `DueDate` on, or from the contract's start if it recurs;
//! frequencies are read by their letters, and an unknown one is once. Its statuses, and what moves it, are the table in
//! [`fulfillments`]. With its contract superseded or terminated what is open is Superseded or Canceled.
//!
//! *Teams.* Users, contacts and roles must exist, groups need not. `Data` is the member that was added, or a list of
//! several. Roles that the platform brought cannot be deleted.
//!
//! *Requests.* The statuses and the moves between them are the table in [`requests`]; updates make them. A request in
//! review or approved becomes a contract, with its documents and team. Every submitted request is one that the
//! caller may decide. Document AI reads nothing.
//!
//! *Documents.* A form's `documentAttributes` become fields of the document. Documents can be uploaded in any status.
//!
//! A large document is one that lies in File Store, under `FilePath` and `FileName`; it is copied.
//!
//! *Reviews* are asked for by mail, with `EmailBody` as HTML and the additional attachments; see the Review service.
//!
//! *Generated documents.* A template is a document of Document Management in a format that merges and that belongs to no
//! record; `TemplateId` may also be a path in File Store. The language of templates is Composer's. The data are the
//! contract's fields, those of the records that its lookups name, and as data sets its clauses (the latest version of
//! each), obligations and team. The answer comes when the document is there, with its content; a preview and a protected
//! copy are not kept. `DocumentId` and `DocumentParentId` are the document's id. Regenerating makes the next version of the
//! document that was generated last. The format is the one asked for, else that of the output format setting for the
//! contract's type, the action and the caller's role, else the template's; where a setting's
//! `AllowOverride` or `AllowOverrideWatermark` is false, it decides alone. A level of protection is the one asked for, else that of the protection
//! setting. Levels protect DOCX only and only PDFs show watermarks, headers and footers: a warning says so.
//!
//! *In-Effect View.* Each amendment that was activated is compared with what it amends: fields by name, clauses by
//! `Clause` or name, documents by name. The answer's form is invented.
//!
//! *Exports* are files in Base64 with every cell a text. An export of several objects is what the Search service finds
//! in them.
//!
//! *Imports.* A file holds the object it is named after, else the one whose columns it has. A row makes a record or
//! leaves its fault in the job's result; columns such as `Account.Id` are parts of lookups. The job is Queued,
//! InProgress and Completed as the clock goes on, or Failed if no row was good.
//!
//! *Conversations.* A search answers as the query does. The demo data has two threads.
//!
//! *The directory token* is one that no directory made; `ClientId` and `ClientSecret` are needed and not looked at.
//!
//! What has no behaviour is answered by schema: configurations, which belong to Configuration Management, and wet
//! signatures, which E-Signature starts.

mod actions;
mod activity;
mod clauses;
mod collection;
mod contract;
mod cycle_times;
mod documents;
pub(super) mod due;
mod export;
mod fields;
mod fulfillments;
mod generating;
mod hierarchy;
mod import;
mod in_effect;
mod lifecycle;
mod obligations;
mod query;
mod related;
mod relations;
mod requests;
mod reviews;
mod roles;
pub(super) mod seed;
mod settings;
mod sheet;
mod team;
mod threads;

#[cfg(test)]
mod tests;

use crate::failure::Failure;
use crate::records::store::Record;
use crate::services::{Behaviour, Service, Session};

/// Makes a contract, in the first of its states, of what another service knows of it. `Name` and `RecordType` are
/// required.
pub(super) fn request(session: &Session<'_>, row: &Record) -> Result<Record, Failure> {
    contract::new(session, row, lifecycle::State::Requested, None)
}

const DEFAULTS: &str = "defaults, types of fields, 404 for what is not there";
const LIFECYCLE: &str =
    "the statuses that the reference does not name, and what follows from a move";
const CLAUSES: &str = "defaults, the number of versions, obligations of library clauses";
const OBLIGATIONS: &str = "defaults, when they become active";
const FULFILLMENTS: &str = "their statuses, their dates, and what moves them";
const HIERARCHY: &str = "which relations count";
const TEAM: &str = "one member as an object, several as a list; who can be a member";
const ROLES: &str = "defaults, actions by their letters";
const RELATED: &str = "which objects have a related list";
const REQUESTS: &str = "the statuses of requests, and the moves between them";
const CYCLE_TIMES: &str = "the fields, days as the unit";
const SETTINGS: &str = "what makes two settings the same";
const DOCUMENTS: &str = "documents are those of Document Management; statuses";
const GENERATION: &str = "templates, data, names, settings: see services/contracts/mod.rs";
const THREADS: &str = "the answer of the search";
const REVIEWS: &str = "the contract moves on with its last active review";
const IN_EFFECT: &str = "the answer's fields, which nobody documents";
const EXPORT: &str = "files in Base64, columns";
const IMPORT: &str =
    "which object a file holds, the columns, one batch a job, the times of its states";
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
        Behaviour::assumed(&["create_contract_clause"], CLAUSES, clauses::create),
        Behaviour::assumed(
            &["bulk_create_contract_clauses"],
            CLAUSES,
            clauses::create_many,
        ),
        Behaviour::assumed(&["get_contract_clause"], CLAUSES, clauses::get),
        Behaviour::assumed(&["query_contract_clauses"], CLAUSES, clauses::query),
        Behaviour::assumed(&["update_contract_clause"], CLAUSES, clauses::update),
        Behaviour::assumed(
            &["bulk_update_contract_clauses"],
            CLAUSES,
            clauses::update_many,
        ),
        Behaviour::assumed(&["delete_contract_clause"], CLAUSES, clauses::delete),
        Behaviour::assumed(
            &["bulk_delete_contract_clauses"],
            CLAUSES,
            clauses::delete_many,
        ),
        Behaviour::assumed(
            &["create_clause_obligation"],
            OBLIGATIONS,
            obligations::create_for_clause,
        ),
        Behaviour::assumed(
            &["get_clause_obligation"],
            OBLIGATIONS,
            obligations::get_of_clause,
        ),
        Behaviour::assumed(
            &["query_clause_obligations"],
            OBLIGATIONS,
            obligations::query_of_clause,
        ),
        Behaviour::assumed(
            &["update_clause_obligation"],
            OBLIGATIONS,
            obligations::update_of_clause,
        ),
        Behaviour::assumed(
            &["delete_clause_obligation"],
            OBLIGATIONS,
            obligations::delete_of_clause,
        ),
        Behaviour::assumed(
            &["delete_clause_obligations"],
            OBLIGATIONS,
            obligations::delete_many_of_clause,
        ),
        Behaviour::assumed(
            &["create_contract_obligation"],
            OBLIGATIONS,
            obligations::create,
        ),
        Behaviour::assumed(
            &["get_contract_obligation"],
            OBLIGATIONS,
            obligations::get_of_contract,
        ),
        Behaviour::assumed(
            &["query_contract_obligations"],
            OBLIGATIONS,
            obligations::query,
        ),
        Behaviour::assumed(
            &["update_contract_obligation"],
            OBLIGATIONS,
            obligations::update,
        ),
        Behaviour::assumed(
            &["delete_contract_obligation"],
            OBLIGATIONS,
            obligations::delete,
        ),
        Behaviour::assumed(
            &["delete_contract_obligations"],
            OBLIGATIONS,
            obligations::delete_many,
        ),
        Behaviour::assumed(
            &["query_contract_obligations_with_fulfillments"],
            OBLIGATIONS,
            obligations::with_fulfillments,
        ),
        Behaviour::assumed(
            &["query_activated_contract_obligations"],
            OBLIGATIONS,
            obligations::of_active_contracts,
        ),
        Behaviour::assumed(
            &["query_obligation_fulfillments"],
            FULFILLMENTS,
            fulfillments::query_all,
        ),
        Behaviour::assumed(
            &["query_contract_obligation_fulfillments"],
            FULFILLMENTS,
            fulfillments::query,
        ),
        Behaviour::assumed(
            &["get_contract_obligation_fulfillment"],
            FULFILLMENTS,
            fulfillments::get,
        ),
        Behaviour::assumed(
            &["update_contract_obligation_fulfillment"],
            FULFILLMENTS,
            fulfillments::update,
        ),
        Behaviour::assumed(
            &["execute_obligation_fulfillment_action"],
            FULFILLMENTS,
            fulfillments::act,
        ),
        Behaviour::assumed(
            &["query_contract_obligation_fulfillment_history"],
            FULFILLMENTS,
            fulfillments::history,
        ),
        Behaviour::assumed(
            &["query_contract_obligation_activity_history"],
            FULFILLMENTS,
            fulfillments::activity,
        ),
        Behaviour::assumed(
            &["get_contract_hierarchy"],
            HIERARCHY,
            hierarchy::of_contract,
        ),
        Behaviour::assumed(
            &["get_account_contract_hierarchy"],
            HIERARCHY,
            hierarchy::of_account_contract,
        ),
        Behaviour::assumed(&["query_account_hierarchy"], HIERARCHY, hierarchy::query),
        Behaviour::assumed(
            &["query_account_contract_hierarchy"],
            HIERARCHY,
            hierarchy::query_below,
        ),
        Behaviour::assumed(
            &[
                "create_contract_team_members",
                "create_contract_request_team_members",
            ],
            TEAM,
            team::add,
        ),
        Behaviour::assumed(
            &[
                "get_contract_team_member",
                "get_contract_request_team_member",
            ],
            TEAM,
            team::get,
        ),
        Behaviour::assumed(
            &[
                "update_contract_team_member",
                "update_contract_request_team_member",
            ],
            TEAM,
            team::update,
        ),
        Behaviour::assumed(
            &[
                "delete_contract_team_member",
                "delete_contract_request_team_member",
            ],
            TEAM,
            team::delete,
        ),
        Behaviour::assumed(
            &[
                "query_contract_team_members",
                "query_contract_request_team_members",
            ],
            TEAM,
            team::query,
        ),
        Behaviour::assumed(
            &[
                "list_contract_team_members_by_action",
                "list_contract_request_team_members_by_action",
            ],
            TEAM,
            team::by_action,
        ),
        Behaviour::assumed(&["create_team_role"], ROLES, roles::create),
        Behaviour::assumed(&["get_team_role"], ROLES, roles::get),
        Behaviour::assumed(&["update_team_role"], ROLES, roles::update),
        Behaviour::assumed(&["delete_team_role"], ROLES, roles::delete),
        Behaviour::assumed(&["delete_team_roles"], ROLES, roles::delete_many),
        Behaviour::assumed(&["query_team_roles"], ROLES, roles::query),
        Behaviour::assumed(
            &["create_contract_related_records"],
            RELATED,
            related::create,
        ),
        Behaviour::assumed(&["get_contract_related_record"], RELATED, related::get),
        Behaviour::assumed(&["query_contract_related_records"], RELATED, related::query),
        Behaviour::assumed(
            &["update_contract_related_record"],
            RELATED,
            related::update,
        ),
        Behaviour::assumed(
            &["update_contract_related_records"],
            RELATED,
            related::update_many,
        ),
        Behaviour::assumed(
            &["delete_contract_related_record"],
            RELATED,
            related::delete,
        ),
        Behaviour::assumed(
            &["delete_contract_related_records"],
            RELATED,
            related::delete_many,
        ),
        Behaviour::assumed(&["create_contract_request"], REQUESTS, requests::create),
        Behaviour::assumed(&["get_contract_request"], REQUESTS, requests::get),
        Behaviour::assumed(&["query_contract_requests"], REQUESTS, requests::query),
        Behaviour::assumed(&["update_contract_request"], REQUESTS, requests::update),
        Behaviour::assumed(&["delete_contract_request"], REQUESTS, requests::delete),
        Behaviour::assumed(
            &["query_incoming_contract_requests"],
            REQUESTS,
            requests::incoming,
        ),
        Behaviour::assumed(
            &["get_contract_request_action_eligibility"],
            REQUESTS,
            requests::eligibility,
        ),
        Behaviour::assumed(&["convert_contract_request"], REQUESTS, requests::convert),
        Behaviour::assumed(
            &["create_cycle_time_group"],
            CYCLE_TIMES,
            cycle_times::create,
        ),
        Behaviour::assumed(&["get_cycle_time_group"], CYCLE_TIMES, cycle_times::get),
        Behaviour::assumed(
            &["update_cycle_time_group"],
            CYCLE_TIMES,
            cycle_times::update,
        ),
        Behaviour::assumed(
            &["delete_cycle_time_group"],
            CYCLE_TIMES,
            cycle_times::delete,
        ),
        Behaviour::assumed(
            &["list_cycle_time_contract_fields"],
            CYCLE_TIMES,
            cycle_times::contract_fields,
        ),
        Behaviour::assumed(
            &["get_cycle_time_dashboard"],
            CYCLE_TIMES,
            cycle_times::dashboard,
        ),
        Behaviour::assumed(
            &["list_document_requirement_settings"],
            SETTINGS,
            settings::list_requirements,
        ),
        Behaviour::assumed(
            &["query_document_requirement_settings"],
            SETTINGS,
            settings::query_requirements,
        ),
        Behaviour::assumed(
            &["get_document_requirement_setting"],
            SETTINGS,
            settings::get_requirement,
        ),
        Behaviour::assumed(
            &["update_document_requirement_settings"],
            SETTINGS,
            settings::update_requirements,
        ),
        Behaviour::assumed(
            &["create_document_output_format"],
            SETTINGS,
            settings::create_format,
        ),
        Behaviour::assumed(
            &["update_document_output_formats"],
            SETTINGS,
            settings::update_formats,
        ),
        Behaviour::assumed(
            &["query_document_output_formats"],
            SETTINGS,
            settings::query_formats,
        ),
        Behaviour::assumed(
            &["get_document_output_format"],
            SETTINGS,
            settings::get_format,
        ),
        Behaviour::assumed(
            &["delete_document_output_format"],
            SETTINGS,
            settings::delete_format,
        ),
        Behaviour::assumed(
            &["create_document_protection"],
            SETTINGS,
            settings::create_protection,
        ),
        Behaviour::assumed(
            &["update_document_protections"],
            SETTINGS,
            settings::update_protections,
        ),
        Behaviour::assumed(
            &["clone_document_protections"],
            SETTINGS,
            settings::clone_protections,
        ),
        Behaviour::assumed(
            &["query_document_protections"],
            SETTINGS,
            settings::query_protections,
        ),
        Behaviour::assumed(
            &["get_document_protection"],
            SETTINGS,
            settings::get_protection,
        ),
        Behaviour::assumed(
            &["delete_document_protection"],
            SETTINGS,
            settings::delete_protection,
        ),
        Behaviour::assumed(
            &["create_contract_offline", "create_contract_offline_large"],
            DOCUMENTS,
            documents::create_offline,
        ),
        Behaviour::assumed(
            &["store_executed_contract", "store_executed_contract_large"],
            DOCUMENTS,
            documents::store_executed,
        ),
        Behaviour::assumed(
            &["upload_contract_document", "link_contract_document_large"],
            DOCUMENTS,
            documents::upload,
        ),
        Behaviour::assumed(
            &["import_contract_offline", "import_contract_offline_large"],
            DOCUMENTS,
            documents::import_offline,
        ),
        Behaviour::assumed(&["query_contract_documents"], DOCUMENTS, documents::query),
        Behaviour::assumed(
            &["query_contract_documents_with_review"],
            DOCUMENTS,
            documents::query_with_review,
        ),
        Behaviour::assumed(
            &["list_contract_related_documents"],
            DOCUMENTS,
            documents::related,
        ),
        Behaviour::assumed(&["get_contract_document"], DOCUMENTS, documents::get),
        Behaviour::assumed(
            &["get_contract_document_version"],
            DOCUMENTS,
            documents::get_version,
        ),
        Behaviour::assumed(&["update_contract_document"], DOCUMENTS, documents::update),
        Behaviour::assumed(
            &["delete_contract_documents"],
            DOCUMENTS,
            documents::delete_many,
        ),
        Behaviour::assumed(
            &["delete_contract_document_versions"],
            DOCUMENTS,
            documents::delete_versions,
        ),
        Behaviour::assumed(
            &["upload_contract_obligation_document"],
            DOCUMENTS,
            documents::upload_to_obligation,
        ),
        Behaviour::assumed(
            &["get_contract_obligation_document"],
            DOCUMENTS,
            documents::get_of_obligation,
        ),
        Behaviour::assumed(
            &["delete_contract_obligation_document"],
            DOCUMENTS,
            documents::delete_of_obligation,
        ),
        Behaviour::assumed(
            &["upload_contract_request_document"],
            DOCUMENTS,
            documents::upload_to_request,
        ),
        Behaviour::assumed(
            &["list_contract_request_documents"],
            DOCUMENTS,
            documents::list_of_request,
        ),
        Behaviour::assumed(
            &["delete_contract_request_documents"],
            DOCUMENTS,
            documents::delete_of_request,
        ),
        Behaviour::assumed(
            &["generate_contract_document"],
            GENERATION,
            generating::generate,
        ),
        Behaviour::assumed(
            &["regenerate_contract_document"],
            GENERATION,
            generating::regenerate,
        ),
        Behaviour::assumed(
            &["generate_contract_supporting_document"],
            GENERATION,
            generating::supplement,
        ),
        Behaviour::assumed(
            &["preview_contract_document"],
            GENERATION,
            generating::preview,
        ),
        Behaviour::assumed(&["join_contract_documents"], GENERATION, generating::join),
        Behaviour::assumed(
            &["protect_contract_document"],
            GENERATION,
            generating::protect,
        ),
        Behaviour::assumed(&["query_templates"], GENERATION, generating::templates),
        Behaviour::assumed(&["query_conversation_threads"], THREADS, threads::query),
        Behaviour::assumed(&["search_conversation_threads"], THREADS, threads::search),
        Behaviour::assumed(
            &["create_review_token"],
            "a token that no directory made",
            reviews::token,
        ),
        Behaviour::assumed(&["create_contract_review"], REVIEWS, reviews::start),
        Behaviour::assumed(&["list_contract_reviews"], REVIEWS, reviews::list),
        Behaviour::assumed(&["end_contract_review"], REVIEWS, reviews::end),
        Behaviour::assumed(&["cancel_contract_review"], REVIEWS, reviews::cancel),
        Behaviour::assumed(&["add_contract_reviewers"], REVIEWS, reviews::add_reviewers),
        Behaviour::assumed(&["end_contract_reviewers"], REVIEWS, reviews::end_reviewers),
        Behaviour::assumed(
            &["cancel_contract_reviewers"],
            REVIEWS,
            reviews::cancel_reviewers,
        ),
        Behaviour::assumed(&["search_contract_reviewers"], REVIEWS, reviews::search),
        Behaviour::assumed(
            &["get_contract_in_effect_view_details"],
            IN_EFFECT,
            in_effect::details,
        ),
        Behaviour::assumed(
            &["list_contract_in_effect_view_clauses"],
            IN_EFFECT,
            in_effect::clauses,
        ),
        Behaviour::assumed(
            &["list_contract_in_effect_view_documents"],
            IN_EFFECT,
            in_effect::documents,
        ),
        Behaviour::assumed(&["export_object"], EXPORT, export::one),
        Behaviour::assumed(&["export_multiple_objects"], EXPORT, export::several),
        Behaviour::assumed(&["create_import_job"], IMPORT, import::create),
        Behaviour::assumed(&["query_import_jobs"], IMPORT, import::query),
        Behaviour::assumed(&["get_import_job"], IMPORT, import::get),
        Behaviour::assumed(&["delete_import_job"], IMPORT, import::delete),
        Behaviour::assumed(&["get_import_job_batch"], IMPORT, import::get_batch),
        Behaviour::assumed(&["get_import_template"], IMPORT, import::template),
    ],
};
