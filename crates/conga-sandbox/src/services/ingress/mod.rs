//! Ingress, which is Composer's service: merges, document jobs, solutions, brandings.
//!
//! The documents themselves are made by [`crate::composer`], where the language of templates stands.
//!
//! | room | what lives there |
//! |---|---|
//! | [`merging`] | merges by correlation id (v1): start, status, preview, download |
//! | [`order`] | what a merge is asked to do |
//! | [`generating`] | jobs (v2): generate, convert, process, join, protect |
//! | [`jobs`] | how a job goes on, and what it came to |
//! | [`orchestrating`] | merges by a link |
//! | [`signing`] | packages to sign |
//! | [`solutions`] | solutions and their drafts |
//! | [`snippets`] | code that starts a solution's merge |
//! | [`brandings`] | logos |
//! | [`mailing`] | sending e-mail, and e-mail templates with the data of a merge |
//! | [`parameters`] | the Composer parameters that the sandbox obeys |
//! | [`salesforce`] | what is asked of Salesforce, answered from the sandbox's records |
//! | [`previewing`] | a template merged at once, and the schema of JSON data |
//!
//! # Assumed
//!
//! Published are the operations, the fields, that merges and jobs are asynchronous, the `DS7Preview` flag and what
//! accepting a preview means, and the answer of a started merge (`Accepted`, `SUCC200`). All else is assumed:
//!
//! *Sources.* A template or document is named by a version's id or a document's of Document Management, or by its path
//! in the File Store, whatever `integrationName` says. `masterId` and `entityId` name a record of the sandbox: its fields
//! are the data, a lookup leads to the fields of the record it names, records that belong to it are data sets under their
//! objects' names (`ProposalLineItem` of a `Proposal`), and JSON data is laid over them.
//!
//! *Merges.* Each template makes a file for each row of the data; `jsonData` is one row, or several as an array, each
//! either the data itself or, as high-volume files are published, `Id`, `DocumentOptions.OutputName` and `Data`. One row
//! that fails does not stop the others: its error stands in the status, and the caller sends it again in a merge of its
//! own. `DefaultPDF` = 1 and `convertToPDF` make PDFs; else a file has its template's format. `OFN` names the file, and may
//! hold merge fields. A status is `Queued`, `In Progress`, then `Completed`, `Completed with errors`, `Failed` or
//! `Preview`. Destinations: `salesforce` and `conga` attach the file to the record, any other puts it into the File Store
//! under its name and folder. Links of a preview live for a day. Webhooks as data sources are refused.
//!
//! *Jobs.* Each entry of `data` and each template make a document, which is kept in Document Management at its entity; the
//! result lists `Documents` (`id` is the version's, `parentDocumentId` the document's) and `Errors` by row. A job has
//! failed if nothing came of it. Format: `outputFormat`, else the template's. `headerText`, `footerText`, `watermarkText`
//! show in PDFs that the sandbox lays out; a PDF that was given is joined as it is. A DOCX is protected against editing, a
//! PDF encrypted (AES-256): anybody can open it, and may do what the configuration allows; without `ownerPassword` nobody
//! may do more. A protected PDF is neither joined nor unprotected. Processing a document is writing it as the
//! output says. Converting, processing, joining and protecting make new documents, or versions with `isUpdate`;
//! `documentMetadata` become fields of them.
//!
//! *E-mail* comes from the organization. `EmailTo.Id` names a user or a record with an `Email`. The answer is the mail's
//! `EmailSendId` in the Email service as a JSON string, in place of which the mock says what it would have sent. A merge
//! that names `emailTemplateId` merges that template with its record, the first row of its data and the related contact.
//!
//! *Orchestrated merges* are merges: a link's `id` or `masterId` names the record, `templateId` the template, and its other
//! parameters are Composer's (`DefaultPDF`, `OFN`, `DS7Preview`); the body of a POST is that of a merge. `operationID` is
//! the correlation id. Without parameters or body there is nothing to do: 204.
//!
//! *Signing.* A package's address leads to the first file of the merge, for a day, whichever provider is named: there is
//! no signing service behind it. *Snippets* are in cURL, JavaScript and Python, and run as they are once they have a token.
//!
//! Which feature flags there are, and what translating JSON data means, nobody publishes: these two are answered by
//! schema.
//!
//! *Salesforce* is the sandbox's own records: contacts by their account, documents as attachments and templates.
//!
//! Errors are problem details, as the reference types them.

mod brandings;
mod generating;
mod jobs;
mod mailing;
pub(in crate::services) mod merging;
mod orchestrating;
mod order;
mod parameters;
mod previewing;
mod salesforce;
mod signing;
mod snippets;
mod solutions;

#[cfg(test)]
mod tests;

use rusqlite::Transaction;
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::records::objects::Object;
use crate::records::selection::Selection;
use crate::records::store::{self, By, Record, Stored};
use crate::request::{Answer, Call};
use crate::services::reply::params;
use crate::services::{Behaviour, Service, World};

pub(super) const SERVICE: Service = Service {
    id: "ingress",
    behaviours: &[
        behaviour(&["start_merge"], merging::start),
        behaviour(&["start_merge_from_upload"], merging::start_from_upload),
        behaviour(&["get_merge"], merging::get),
        behaviour(&["get_merge_status"], merging::status),
        behaviour(&["list_merge_preview_files"], merging::preview_files),
        behaviour(&["accept_merge"], merging::accept),
        behaviour(&["reject_merge"], merging::reject),
        behaviour(&["generate_documents"], generating::generate),
        behaviour(
            &["convert_documents", "convert_document"],
            generating::convert,
        ),
        behaviour(
            &["process_documents", "process_document"],
            generating::process,
        ),
        behaviour(&["join_documents"], generating::join),
        behaviour(
            &["protect_documents", "protect_document"],
            generating::protect,
        ),
        behaviour(&["get_job"], jobs::get),
        behaviour(&["preview_template"], previewing::preview),
        behaviour(&["derive_data_schema"], previewing::derive_schema),
        behaviour(&["orchestrate_merge_by_link"], orchestrating::by_link),
        behaviour(&["orchestrate_merge"], orchestrating::by_body),
        behaviour(&["create_sign_package"], signing::create),
        behaviour(&["create_mock_sign_package"], signing::mock),
        behaviour(&["list_solution_languages"], snippets::languages),
        behaviour(&["get_solution_snippet"], snippets::snippet),
        behaviour(&["create_solution"], solutions::create),
        behaviour(&["list_solutions"], solutions::list),
        behaviour(&["get_solution"], solutions::get),
        behaviour(&["update_solution"], solutions::update),
        behaviour(&["delete_solution"], solutions::delete),
        behaviour(&["create_draft"], solutions::create_draft),
        behaviour(&["get_draft"], solutions::get_draft),
        behaviour(&["fix_solution_statuses"], solutions::fix_statuses),
        behaviour(&["create_custom_branding"], brandings::create),
        behaviour(&["list_custom_brandings"], brandings::list),
        behaviour(&["get_custom_branding"], brandings::get),
        behaviour(&["update_custom_branding"], brandings::update),
        behaviour(&["delete_custom_branding"], brandings::delete),
        behaviour(&["download_custom_branding"], brandings::download),
        behaviour(&["send_email"], mailing::send),
        behaviour(&["send_mock_email"], mailing::mock_send),
        behaviour(&["merge_email_template"], mailing::merge_template),
        behaviour(&["list_parameters"], parameters::list),
        behaviour(&["get_parameter"], parameters::get),
        behaviour(&["get_environment_info"], parameters::environment),
        behaviour(&["list_salesforce_attachments"], salesforce::attachments),
        behaviour(&["get_salesforce_object_type"], salesforce::object_type),
        behaviour(
            &[
                "list_salesforce_related_contacts",
                "list_mock_salesforce_related_contacts",
            ],
            salesforce::related_contacts,
        ),
        behaviour(&["list_salesforce_templates"], salesforce::templates),
        behaviour(
            &["search_salesforce", "list_solution_salesforce_contacts"],
            salesforce::search,
        ),
    ],
};

const fn behaviour(
    operations: &'static [&'static str],
    carry_out: fn(&World, &Call) -> Result<Answer, Failure>,
) -> Behaviour {
    let what = "sources, names, formats, states: see services/ingress/mod.rs";
    Behaviour::assumed(operations, what, carry_out)
}

/// The record that a call's path names by its `id`; `what` is what callers know it as.
///
/// # Errors
///
/// 404 if there is none.
fn named(
    tx: &Transaction<'_>,
    call: &Call,
    object: &Object,
    what: &str,
) -> Result<Stored, Failure> {
    let id = call.path_param("id").unwrap_or_default();
    let found = store::find(tx, object.name(), By::Id, id)?;
    found.ok_or_else(|| missing(call, what))
}

fn missing(call: &Call, what: &str) -> Failure {
    let id = call.path_param("id").unwrap_or_default();
    Failure::not_found(format!("no {what} has the id '{id}'"))
}

/// The records whose name, in the field, has the wanted text in it, whatever the case.
fn called(
    world: &World,
    object: &Object,
    field: &str,
    wanted: &str,
) -> Result<Vec<Record>, Failure> {
    let wanted = wanted.to_lowercase();
    let found = world.store.read(|tx| Selection::new(object, "")?.all(tx))?;
    let found = found.into_iter().map(|stored| stored.record);
    Ok(found
        .filter(|record| {
            let name = store::text(record, field).unwrap_or_default();
            name.to_lowercase().contains(&wanted)
        })
        .collect())
}

/// The published lists of this service: a page of all entries, by `pageNumber` from 1 and `pageSize`, 10 unless given.
fn list_answer(call: &Call, entries: Vec<Value>, status: Value) -> Result<Value, Failure> {
    let number = params::int(call, "pageNumber")?.unwrap_or(1);
    let size = params::int(call, "pageSize")?.unwrap_or(10);
    if number < 1 || !(1..=100).contains(&size) {
        return Err(Failure::invalid(
            "pageNumber counts from 1, and pageSize is 1 to 100",
        ));
    }
    let total = i64::try_from(entries.len()).unwrap_or(i64::MAX);
    let skip = usize::try_from(size.saturating_mul(number - 1)).unwrap_or(usize::MAX);
    let take = usize::try_from(size).unwrap_or_default();
    let page: Vec<Value> = entries.into_iter().skip(skip).take(take).collect();
    Ok(json!({
        "isSuccess": true, "statusCode": status, "message": null, "recordCount": page.len(), "data": page,
        "totalRecords": total, "totalPages": (total + size - 1) / size, "currentPage": number, "pageSize": size,
    }))
}
