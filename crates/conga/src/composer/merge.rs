//! Merging, converting and joining one document.

use std::fmt;

use conga_api::{Call, CallOptions, Transport};
use serde_json::{Value, json};

use super::job::{DocumentJob, Queued};
use crate::{Record, Request, poller::Work, request::Unwritable};

/// A format that Composer writes: the published enumeration `DocumentType`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the names say it")]
pub enum OutputFormat {
    Docx,
    Pdf,
    Gdoc,
    Doc,
    Html,
    Rtf,
    Txt,
}

/// As the published enumeration spells it.
impl fmt::Display for OutputFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Docx => "DOCX",
            Self::Pdf => "PDF",
            Self::Gdoc => "GDOC",
            Self::Doc => "DOC",
            Self::Html => "HTML",
            Self::Rtf => "RTF",
            Self::Txt => "TXT",
        })
    }
}

/// A merge that is being put together. Its last word is the format: [`to_pdf`](Self::to_pdf), [`to_docx`](Self::to_docx) or
/// [`to`](Self::to).
#[derive(Clone, Debug)]
#[must_use = "nothing is sent before it is awaited"]
pub struct Merge {
    transport: Transport,
    call: Call,
    specification: Specification,
    data: Result<Value, String>,
}

/// A conversion that is being put together, of one document or of several that are joined.
#[derive(Clone, Debug)]
#[must_use = "nothing is sent before it is awaited"]
pub struct Conversion {
    transport: Transport,
    call: Call,
    documents: Vec<Value>,
    output: Record,
}

/// What is merged with the data, and how what comes of it looks.
#[derive(Clone, Debug)]
pub(super) struct Specification {
    template_id: String,
    record: Option<(String, String)>,
    output: Record,
}

/// The name of the data where they belong to no record; the data set of that name is taken for the fields themselves (assumed).
const DATA: &str = "Data";

impl Specification {
    pub(super) fn new(template_id: &str) -> Self {
        Self {
            template_id: template_id.to_owned(),
            record: None,
            output: Record::new(),
        }
    }

    /// The published schema `MergeRequest`, for one row of data.
    pub(super) fn body(&self, format: OutputFormat, row: &Value) -> Value {
        let name = self.record.as_ref().map_or(DATA, |(object, _)| object);
        // The data of an entry are a JSON text inside the JSON (published by its example).
        let data = json!([{"ObjectName": name, "Result": [row]}]).to_string();
        let mut entry = json!({"entityName": name, "data": data});
        if let Some((_, id)) = &self.record {
            entry["entityId"] = id.clone().into();
        }
        json!({
            "templates": [{"id": self.template_id}],
            "data": [entry],
            "outputConfig": formatted(&self.output, format),
        })
    }

    pub(super) fn set(&mut self, field: &str, value: impl Into<Value>) {
        self.output.insert(field.to_owned(), value.into());
    }

    pub(super) fn for_record(&mut self, object: String, id: String) {
        self.record = Some((object, id));
    }
}

impl Merge {
    pub(super) fn new(
        transport: Transport,
        call: Call,
        specification: Specification,
        data: Result<Value, String>,
    ) -> Self {
        Self {
            transport,
            call,
            specification,
            data,
        }
    }

    /// The record that the document belongs to: its object, as in `Agreement`, and its id. Where the platform knows the record, its
    /// fields are data too, under those that are given (assumed).
    pub fn for_record(mut self, object: impl Into<String>, id: impl Into<String>) -> Self {
        self.specification.for_record(object.into(), id.into());
        self
    }

    /// As a PDF.
    pub fn to_pdf(self) -> Work<DocumentJob> {
        self.to(OutputFormat::Pdf)
    }

    /// As a Word document.
    pub fn to_docx(self) -> Work<DocumentJob> {
        self.to(OutputFormat::Docx)
    }

    /// In this format.
    pub fn to(self, format: OutputFormat) -> Work<DocumentJob> {
        let call = match &self.data {
            Ok(data) => self.call.json(&self.specification.body(format, data)),
            Err(problem) => self.call.json(&Unwritable(problem)),
        };
        Work::new(self.transport, Request::new::<Queued>(call))
    }
}

impl Conversion {
    pub(super) fn new<S: AsRef<str>>(
        transport: Transport,
        call: Call,
        document_ids: impl IntoIterator<Item = S>,
    ) -> Self {
        let ids = document_ids.into_iter();
        Self {
            transport,
            call,
            documents: ids.map(|id| json!({"id": id.as_ref()})).collect(),
            output: Record::new(),
        }
    }

    /// To a PDF.
    pub fn to_pdf(self) -> Work<DocumentJob> {
        self.to(OutputFormat::Pdf)
    }

    /// To a Word document.
    pub fn to_docx(self) -> Work<DocumentJob> {
        self.to(OutputFormat::Docx)
    }

    /// To this format.
    pub fn to(self, format: OutputFormat) -> Work<DocumentJob> {
        let body = json!({
            "documents": self.documents,
            "outputConfig": formatted(&self.output, format),
        });
        Work::new(
            self.transport,
            Request::new::<Queued>(self.call.json(&body)),
        )
    }

    fn set(mut self, field: &str, value: impl Into<Value>) -> Self {
        self.output.insert(field.to_owned(), value.into());
        self
    }
}

impl Merge {
    fn set(mut self, field: &str, value: impl Into<Value>) -> Self {
        self.specification.set(field, value);
        self
    }
}

/// The settings of the document that comes of it: the published schema `DocumentOutputConfiguration`.
macro_rules! output_options {
    ($builder:ty) => {
        impl $builder {
            /// The name of the file, without the extension. It may hold merge fields (assumed). Default: the template's or document's.
            pub fn file_name(self, name: impl Into<String>) -> Self {
                self.set("fileName", name.into())
            }

            /// Makes it a version of this document.
            pub fn version_of(self, document_id: impl Into<String>) -> Self {
                self.set("documentId", document_id.into())
            }

            /// How numbers and dates are written, as in `de-DE`.
            pub fn culture(self, culture: impl Into<String>) -> Self {
                self.set("culture", culture.into())
            }

            /// The time zone of dates.
            pub fn timezone(self, timezone: impl Into<String>) -> Self {
                self.set("timezone", timezone.into())
            }

            /// Text across every page.
            pub fn watermark(self, text: impl Into<String>) -> Self {
                self.set("watermarkText", text.into())
            }

            /// Text at the head of every page.
            pub fn header(self, text: impl Into<String>) -> Self {
                self.set("headerText", text.into())
            }

            /// Text at the foot of every page.
            pub fn footer(self, text: impl Into<String>) -> Self {
                self.set("footerText", text.into())
            }
        }
    };
}

pub(super) use output_options;

output_options!(Merge);
output_options!(Conversion);

impl CallOptions for Merge {
    fn call_mut(&mut self) -> &mut Call {
        &mut self.call
    }
}

impl CallOptions for Conversion {
    fn call_mut(&mut self) -> &mut Call {
        &mut self.call
    }
}

fn formatted(output: &Record, format: OutputFormat) -> Record {
    let mut output = output.clone();
    output.insert("outputFormat".to_owned(), format.to_string().into());
    output
}
