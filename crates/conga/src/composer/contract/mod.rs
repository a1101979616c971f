//! Documents of contracts, which contract management makes itself.
//!
//! | room | what lives there |
//! |---|---|
//! | `generating` | documents from templates: of one contract, of many, or only to be looked at |
//! | `joining` | one document of several |
//! | `answer` | what the answers hold |

mod answer;
mod generating;
mod joining;

use std::fmt;

use bytes::Bytes;
use conga_api::{
    Call, Part, Transport,
    operations::{Operation, contracts as operations},
};
use serde_json::json;

pub use answer::{JoinedDocument, PreviewedDocument};
pub use generating::{GenerateContractDocument, GenerateEach, PreviewContractDocument};
pub use joining::JoinContractDocuments;

use super::ProtectionLevel;
use crate::{Request, answer::OneRecord, documents::DocumentVersion, files::FilePath};
use answer::Protected;

/// The documents that contract management makes for a contract: the contract itself is the data.
///
/// Unlike those of [`Composer`](super::Composer), they are there when the call is answered.
/// [`Contracts::generate_each`](crate::Contracts::generate_each) makes one for each of many contracts.
///
/// ```no_run
/// # async fn run(client: conga::Client) -> Result<(), conga::Error> {
/// use conga::composer::ProtectionLevel;
///
/// let documents = client.contract_documents("contract-id");
/// let draft = documents.preview("template-id").to_pdf().with_watermark().await?;
/// std::fs::write("draft.pdf", &draft.content).map_err(|error| conga::Error::Request(error.to_string()))?;
///
/// let msa = documents.generate("template-id").to_docx().protection_level(ProtectionLevel::Comments).await?;
/// msa.download().save("msa.docx").await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct ContractDocuments {
    transport: Transport,
    contract_id: String,
}

impl ContractDocuments {
    pub(crate) fn new(transport: Transport, contract_id: String) -> Self {
        Self {
            transport,
            contract_id,
        }
    }

    /// Makes the contract's document from a template. The contract goes to the status Author Contract (published).
    pub fn generate(&self, template_id: impl Into<String>) -> GenerateContractDocument {
        self.made_by(&operations::GENERATE_CONTRACT_DOCUMENT, template_id.into())
    }

    /// Makes the contract's document anew. The status of the contract stays (published).
    pub fn regenerate(&self, template_id: impl Into<String>) -> GenerateContractDocument {
        self.made_by(
            &operations::REGENERATE_CONTRACT_DOCUMENT,
            template_id.into(),
        )
    }

    /// Makes a document beside the contract's own. The status of the contract stays (published).
    pub fn generate_supporting(&self, template_id: impl Into<String>) -> GenerateContractDocument {
        let operation = &operations::GENERATE_CONTRACT_SUPPORTING_DOCUMENT;
        self.made_by(operation, template_id.into())
    }

    /// Makes a document from a template to be looked at: it comes along with the answer. That it is not kept is assumed.
    pub fn preview(&self, template_id: impl Into<String>) -> PreviewContractDocument {
        let call = self.call(&operations::PREVIEW_CONTRACT_DOCUMENT);
        PreviewContractDocument::new(call, template_id.into())
    }

    /// Makes one document of several of the contract's, in this order, under this file name: a Word document unless
    /// [told otherwise](JoinContractDocuments::to_pdf).
    pub fn join<S: Into<String>>(
        &self,
        document_ids: impl IntoIterator<Item = S>,
        file_name: impl Into<String>,
    ) -> JoinContractDocuments {
        let ids = document_ids.into_iter().map(Into::into).collect();
        let call = self.call(&operations::JOIN_CONTRACT_DOCUMENTS);
        JoinContractDocuments::new(self.transport.clone(), call, ids, file_name.into())
    }

    /// A copy of a document in which readers may do this and no more. The document itself stays as it is (assumed).
    pub fn protect(&self, document_id: &str, level: ProtectionLevel) -> Request<Bytes> {
        let call = self.call(&operations::PROTECT_CONTRACT_DOCUMENT);
        let body = json!({"UserSelectedProtectionLevel": level.word()});
        Request::new::<Protected>(call.path("documentId", document_id).json(&body))
    }

    /// Brings a document of the contract, and gives what is known of it. A contract in the status Request goes to Author Contract
    /// (published). What is too long for one request goes by way of the [file store](Self::link).
    pub fn upload(&self, file: Part) -> Request<DocumentVersion> {
        let call = self.call(&operations::UPLOAD_CONTRACT_DOCUMENT);
        Request::new::<OneRecord<DocumentVersion>>(call.part("file", file))
    }

    /// Makes a file of the [file store](crate::Files) a document of the contract, by its path there, and gives what is known of it.
    pub fn link(&self, path: &str) -> Request<DocumentVersion> {
        let call = self.call(&operations::LINK_CONTRACT_DOCUMENT_LARGE);
        let file = FilePath::new(path);
        let body = json!({"FilePath": file.folder, "FileName": file.name});
        Request::new::<OneRecord<DocumentVersion>>(call.json(&body))
    }

    fn made_by(
        &self,
        operation: &'static Operation,
        template_id: String,
    ) -> GenerateContractDocument {
        GenerateContractDocument::new(self.transport.clone(), self.call(operation), template_id)
    }

    fn call(&self, operation: &'static Operation) -> Call {
        Call::new(&self.transport, operation).path("contractId", &self.contract_id)
    }
}

impl fmt::Debug for ContractDocuments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContractDocuments")
            .field("contract_id", &self.contract_id)
            .finish_non_exhaustive()
    }
}
