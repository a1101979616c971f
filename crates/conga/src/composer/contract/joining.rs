//! One document of several of a contract's.

use std::future::IntoFuture;

use conga_api::{Call, CallOptions, Transport};
use serde_json::{Value, json};

use super::{
    super::ProtectionLevel,
    answer::{Joined, JoinedDocument},
};
use crate::{Error, Record, Request, request::Future};

/// A document of several that is being put together. Awaiting it gives the document.
#[derive(Clone, Debug)]
#[must_use = "nothing is sent before it is awaited"]
pub struct JoinContractDocuments {
    transport: Transport,
    call: Call,
    document_ids: Vec<String>,
    /// The published schema `OutputOptions`.
    options: Record,
}

impl JoinContractDocuments {
    pub(super) fn new(
        transport: Transport,
        call: Call,
        document_ids: Vec<String>,
        file_name: String,
    ) -> Self {
        let join = Self {
            transport,
            call,
            document_ids,
            options: Record::new(),
        };
        join.set("FileName", file_name)
    }

    /// As a PDF.
    pub fn to_pdf(self) -> Self {
        self.set("ConvertToPDF", true)
    }

    /// What readers may still do.
    pub fn protection_level(self, level: ProtectionLevel) -> Self {
        self.set("ProtectionLevel", level.word())
    }

    /// The type of the document, as contracts know it.
    pub fn document_type(self, kind: impl Into<String>) -> Self {
        self.set("DocumentType", kind.into())
    }

    /// Text at the head of every page.
    pub fn header(self, text: impl Into<String>) -> Self {
        self.set_margin("HeaderText", text.into())
    }

    /// Text at the foot of every page.
    pub fn footer(self, text: impl Into<String>) -> Self {
        self.set_margin("FooterText", text.into())
    }

    /// Text across every page.
    pub fn watermark(self, text: impl Into<String>) -> Self {
        self.set("IncludeWatermark", true)
            .set("WatermarkText", text.into())
    }

    fn set_margin(self, field: &str, text: String) -> Self {
        let mut margins = self
            .options
            .get("HeaderFooter")
            .cloned()
            .unwrap_or_else(|| json!({}));
        margins[field] = text.into();
        self.set("HeaderFooter", margins)
    }

    fn set(mut self, field: &str, value: impl Into<Value>) -> Self {
        self.options.insert(field.to_owned(), value.into());
        let body = json!({
            "DocumentIds": self.document_ids,
            "DocumentOutputOptions": self.options,
        });
        self.call = self.call.json(&body);
        self
    }
}

impl CallOptions for JoinContractDocuments {
    fn call_mut(&mut self) -> &mut Call {
        &mut self.call
    }
}

impl IntoFuture for JoinContractDocuments {
    type Output = Result<JoinedDocument, Error>;
    type IntoFuture = Future<Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let joined = Request::new::<Joined>(self.call).await?;
            Ok(joined.with(self.transport))
        })
    }
}
