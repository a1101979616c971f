//! Documents of contracts from templates: of one contract, of many, or only to be looked at.

use std::{fmt, future::IntoFuture};

use conga_api::{Call, CallOptions, Transport, operations::contracts as operations};
use serde_json::Value;

use super::{
    super::{
        BatchReport, GeneratedDocument, OutputFormat, ProtectionLevel,
        batch::{Batch, batch_options},
    },
    answer::{Generated, Previewed, PreviewedDocument},
};
use crate::{Error, Record, Request, request::Future};

/// A document of a contract that is being asked for. Awaiting it gives the document.
#[derive(Clone, Debug)]
#[must_use = "nothing is sent before it is awaited"]
pub struct GenerateContractDocument {
    transport: Transport,
    call: Call,
    attributes: Record,
}

/// A look at a document of a contract that is being asked for. Awaiting it gives the document's content.
#[derive(Clone, Debug)]
#[must_use = "nothing is sent before it is awaited"]
pub struct PreviewContractDocument {
    call: Call,
    attributes: Record,
}

/// Documents of many contracts that are being asked for, several at a time. Awaiting it gives a [`BatchReport`].
///
/// A contract fails alone. It is asked for again where that can help and makes no document twice: where the request surely was not
/// processed.
///
/// ```no_run
/// # async fn run(client: conga::Client, contracts: Vec<String>) -> Result<(), conga::Error> {
/// let report = client.contracts().generate_each(&contracts, "template-id").to_pdf().concurrency(8).await;
/// for (row, error) in report.failures() {
///     eprintln!("{}: {error} {:?}", contracts[row], error.messages());
/// }
/// let failed = report.failed(&contracts);
/// let documents = client.contracts().generate_each(failed.not_done, "template-id").to_pdf().await.complete()?;
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing is sent before it is awaited"]
pub struct GenerateEach {
    transport: Transport,
    call: Call,
    contract_ids: Vec<String>,
    attributes: Record,
    batch: Batch,
}

impl GenerateContractDocument {
    pub(super) fn new(transport: Transport, call: Call, template_id: String) -> Self {
        let document = Self {
            transport,
            call,
            attributes: Record::new(),
        };
        document.set("TemplateId", template_id)
    }
}

impl PreviewContractDocument {
    pub(super) fn new(call: Call, template_id: String) -> Self {
        let document = Self {
            call,
            attributes: Record::new(),
        };
        document.set("TemplateId", template_id)
    }

    /// With a watermark across every page. Its text is the platform's.
    pub fn with_watermark(self) -> Self {
        self.set("IncludeWatermark", true)
    }
}

impl GenerateEach {
    pub(crate) fn new(
        transport: Transport,
        contract_ids: Vec<String>,
        template_id: String,
    ) -> Self {
        let documents = Self {
            call: Call::new(&transport, &operations::GENERATE_CONTRACT_DOCUMENT),
            transport,
            contract_ids,
            attributes: Record::new(),
            batch: Batch::default(),
        };
        documents.set("TemplateId", template_id)
    }
}

/// The published schemas `DocGenAttributes` and `DocumentPreviewRequest`.
macro_rules! attributes {
    ($builder:ty) => {
        impl $builder {
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

            /// What readers may still do.
            pub fn protection_level(self, level: ProtectionLevel) -> Self {
                self.set("ProtectionLevel", level.word())
            }

            fn set(mut self, field: &str, value: impl Into<Value>) -> Self {
                self.attributes.insert(field.to_owned(), value.into());
                self.call = self.call.json(&self.attributes);
                self
            }
        }

        impl CallOptions for $builder {
            fn call_mut(&mut self) -> &mut Call {
                &mut self.call
            }
        }
    };
}

attributes!(GenerateContractDocument);
attributes!(PreviewContractDocument);
attributes!(GenerateEach);
batch_options!(GenerateEach);

/// The text of a watermark, which a preview does not take.
macro_rules! watermark {
    ($builder:ty) => {
        impl $builder {
            /// Text across every page.
            pub fn watermark(self, text: impl Into<String>) -> Self {
                self.set("IncludeWatermark", true)
                    .set("WatermarkText", text.into())
            }
        }
    };
}

watermark!(GenerateContractDocument);
watermark!(GenerateEach);

impl IntoFuture for GenerateContractDocument {
    type Output = Result<GeneratedDocument, Error>;
    type IntoFuture = Future<Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(generate(self.transport, self.call))
    }
}

impl IntoFuture for PreviewContractDocument {
    type Output = Result<PreviewedDocument, Error>;
    type IntoFuture = Future<Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Request::new::<Previewed>(self.call).into_future()
    }
}

impl IntoFuture for GenerateEach {
    type Output = BatchReport;
    type IntoFuture = Future<BatchReport>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let (transport, call) = (self.transport, self.call);
            let submit = |_, id: String| {
                let document = generate(transport.clone(), call.clone().path("contractId", id));
                async move { (None, document.await) }
            };
            let rows = self.contract_ids.into_iter().map(Ok).collect();
            self.batch.run(rows, submit).await
        })
    }
}

async fn generate(transport: Transport, call: Call) -> Result<GeneratedDocument, Error> {
    let made = Request::new::<Generated>(call).await?;
    Ok(GeneratedDocument {
        id: made.version_id,
        document_id: made.document_id,
        name: None,
        file_type: made.extension,
        file_size: None,
        transport,
    })
}

impl fmt::Debug for GenerateEach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GenerateEach")
            .field("call", &self.call)
            .field("contracts", &self.contract_ids.len())
            .finish_non_exhaustive()
    }
}
