//! Documents of contracts, which contract management makes itself.

use std::{fmt, future::IntoFuture};

use conga_api::{
    Call, CallOptions, Transport,
    operations::{Operation, contracts as operations},
};
use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::{Value, json};

use super::{GeneratedDocument, OutputFormat};
use crate::{
    Error, Record, Request,
    answer::data,
    request::{Future, Shape},
};

/// The documents that contract management makes for a contract: the contract itself is the data.
///
/// Unlike those of [`Composer`](super::Composer), they are there when the call is answered.
///
/// ```no_run
/// # async fn run(client: conga::Client) -> Result<(), conga::Error> {
/// let documents = client.contract_documents("contract-id");
/// let msa = documents.generate("template-id").to_docx().await?;
/// msa.download().save("msa.docx").await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct ContractDocuments {
    transport: Transport,
    contract_id: String,
}

/// A document of a contract that is being asked for. Awaiting it gives the document.
#[derive(Clone, Debug)]
#[must_use = "nothing is sent before it is awaited"]
pub struct GenerateContractDocument {
    transport: Transport,
    call: Call,
    attributes: Record,
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

    fn made_by(
        &self,
        operation: &'static Operation,
        template_id: String,
    ) -> GenerateContractDocument {
        GenerateContractDocument::new(
            self.transport.clone(),
            Call::new(&self.transport, operation).path("contractId", &self.contract_id),
        )
        .set("TemplateId", template_id)
    }
}

impl GenerateContractDocument {
    fn new(transport: Transport, call: Call) -> Self {
        Self {
            transport,
            call,
            attributes: Record::new(),
        }
    }

    /// As a PDF.
    pub fn to_pdf(self) -> Self {
        self.to(OutputFormat::Pdf)
    }

    /// As a Word document.
    pub fn to_docx(self) -> Self {
        self.to(OutputFormat::Docx)
    }

    /// In this format. Default: what the organisation has set, or the template's (assumed).
    pub fn to(self, format: OutputFormat) -> Self {
        self.set("OutputFormat", format.to_string())
    }

    /// Text across every page.
    pub fn watermark(self, text: impl Into<String>) -> Self {
        self.set("IncludeWatermark", true)
            .set("WatermarkText", text.into())
    }

    /// What readers may still do, by a word of the published enumeration `ProtectionLevelType`.
    pub fn protection_level(self, level: impl Into<String>) -> Self {
        self.set("ProtectionLevel", level.into())
    }

    fn set(mut self, field: &str, value: impl Into<Value>) -> Self {
        self.attributes.insert(field.to_owned(), value.into());
        self.call = self.call.json(&json!(self.attributes));
        self
    }
}

impl CallOptions for GenerateContractDocument {
    fn call_mut(&mut self) -> &mut Call {
        &mut self.call
    }
}

impl IntoFuture for GenerateContractDocument {
    type Output = Result<GeneratedDocument, Error>;
    type IntoFuture = Future<Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let made = Request::new::<Generated>(self.call).await?;
            Ok(GeneratedDocument {
                id: made.version_id,
                document_id: made.document_id,
                name: None,
                file_type: made.extension,
                file_size: None,
                transport: self.transport,
            })
        })
    }
}

impl fmt::Debug for ContractDocuments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContractDocuments")
            .field("contract_id", &self.contract_id)
            .finish_non_exhaustive()
    }
}

/// An envelope round the published schema `DocumentGenerationResult`.
struct Generated(GenerationResult);

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GenerationAnswer {
    status: Option<bool>,
    document_version_id: Option<String>,
    document_id: Option<String>,
    document_extension: Option<String>,
}

struct GenerationResult {
    version_id: String,
    document_id: Option<String>,
    extension: Option<String>,
}

impl<'de> Deserialize<'de> for Generated {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let answer: GenerationAnswer = data(deserializer, "document")?;
        if answer.status == Some(false) {
            return Err(D::Error::custom(
                "`Status` is false: no document was made, and `Message` says why",
            ));
        }
        let id = answer.document_version_id.filter(|id| !id.is_empty());
        let version_id = id.ok_or_else(|| D::Error::custom("`Data` names no version"))?;
        Ok(Self(GenerationResult {
            version_id,
            document_id: answer.document_id,
            extension: answer.document_extension,
        }))
    }
}

impl Shape for Generated {
    type Value = GenerationResult;

    fn into_value(self) -> GenerationResult {
        self.0
    }
}
