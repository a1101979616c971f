//! Composer: documents from templates and data.
//!
//! | room | what lives there |
//! |---|---|
//! | `merge` | merging, converting and joining one document |
//! | `each` | merging a template with many rows |
//! | `batch` | what becomes of many rows, and of those that fail |
//! | `protection` | what readers of a document may still do |
//! | `job` | the work of Composer, and the document that comes of it |
//! | `contract` | documents of contracts, which contract management makes itself |

mod batch;
mod contract;
mod each;
mod job;
mod merge;
mod protection;

use std::fmt;

use conga_api::{
    Call, Transport,
    operations::{Operation, ingress as operations},
};
use serde::Serialize;

pub use batch::{BatchProgress, BatchReport, BatchRow};
pub use contract::{
    ContractDocuments, GenerateContractDocument, GenerateEach, JoinContractDocuments,
    JoinedDocument, PreviewContractDocument, PreviewedDocument,
};
pub use each::MergeEach;
pub use job::{DocumentJob, GeneratedDocument, JobState};
pub use merge::{Conversion, Merge, OutputFormat};
pub use protection::{PdfPermission, Protection, ProtectionLevel};

use crate::{Request, poller::Work};
use job::Queued;
use merge::Specification;

/// Composer, which makes documents: from templates and data, from other documents, or from several of them.
///
/// All of it takes its time at the platform. What a verb gives is [`Work`]: awaited, it asks for the document, waits
/// until it is there and gives it; [started](crate::poller::Work::start), it gives the [`Poller`](crate::Poller), which can be watched,
/// limited, and stored. Documents stay in [Document Management](crate::Documents); templates are named by their ids there.
///
/// ```no_run
/// # async fn run(client: conga::Client) -> Result<(), conga::Error> {
/// use serde_json::json;
///
/// let data = json!({"Name": "Juniper & Sons", "Lines": [{"Item": "Orbit 400", "Price": 1000}]});
/// let offer = client.composer().merge("template-id", &data).to_pdf().await?;
/// offer.download().save("offer.pdf").await?;
/// # Ok(())
/// # }
/// ```
///
/// These are the document jobs of the service (`/v2/documents`), whose states and results are published. Its older merges by correlation
/// id (`/v1/Merge`) are among the generated operations.
#[derive(Clone)]
pub struct Composer {
    transport: Transport,
}

impl Composer {
    pub(crate) fn new(transport: Transport) -> Self {
        Self { transport }
    }

    /// Merges a template with data, which is anything that serializes to a JSON object: its fields by their names, rows as lists of
    /// objects.
    pub fn merge(&self, template_id: &str, data: &(impl Serialize + ?Sized)) -> Merge {
        Merge::new(
            self.transport.clone(),
            self.call(&operations::GENERATE_DOCUMENTS),
            Specification::new(template_id),
            serde_json::to_value(data).map_err(|problem| problem.to_string()),
        )
    }

    /// Merges a template with each of these rows, one document a row. See [`MergeEach`] for how failures are dealt with.
    pub fn merge_each<R: Serialize>(
        &self,
        template_id: &str,
        rows: impl IntoIterator<Item = R>,
    ) -> MergeEach {
        let rows = rows
            .into_iter()
            .map(|row| serde_json::to_value(row).map_err(|problem| problem.to_string()));
        MergeEach::new(
            self.transport.clone(),
            self.call(&operations::GENERATE_DOCUMENTS),
            Specification::new(template_id),
            rows.collect(),
        )
    }

    /// Converts a document to another format.
    pub fn convert(&self, document_id: &str) -> Conversion {
        let call = self.call(&operations::CONVERT_DOCUMENTS);
        Conversion::new(self.transport.clone(), call, [document_id])
    }

    /// Joins documents into one, in this order.
    pub fn join<S: AsRef<str>>(&self, document_ids: impl IntoIterator<Item = S>) -> Conversion {
        let call = self.call(&operations::JOIN_DOCUMENTS);
        Conversion::new(self.transport.clone(), call, document_ids)
    }

    /// Protects a document, or takes its protection away: a Word document or a PDF. What comes of it is another document; the one that is
    /// there stays as it is.
    ///
    /// ```no_run
    /// # async fn run(client: conga::Client) -> Result<(), conga::Error> {
    /// use conga::composer::{PdfPermission, Protection};
    ///
    /// let protection = Protection::pdf([PdfPermission::Printing]).password("for the owner");
    /// let protected = client.composer().protect("document-id", protection).await?;
    /// protected.download().save("offer.pdf").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn protect(&self, document_id: &str, protection: Protection) -> Work<DocumentJob> {
        let call = self.call(&operations::PROTECT_DOCUMENTS);
        let request = Request::new::<Queued>(call.json(&protection.body(document_id)));
        Work::new(self.transport.clone(), request)
    }

    fn call(&self, operation: &'static Operation) -> Call {
        Call::new(&self.transport, operation)
    }
}

impl fmt::Debug for Composer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Composer").finish_non_exhaustive()
    }
}
