//! Composer: merges templates with data, and writes documents.
//!
//! | room | what lives there |
//! |---|---|
//! | [`field`] | merge fields as they stand in a template |
//! | [`picture`] | how a field's value is written: numbers, dates, case |
//! | [`data`] | what fields are looked up in |
//! | [`tree`] | a document's markup as a tree |
//! | [`regions`] | the merge itself, on a tree: regions that repeat, fields that are filled in |
//! | [`page`] | what a document says and how it looks, whatever format it came in |
//! | [`docx`], [`html`], [`text`] | the formats of templates: merging, reading as a page, writing from one |
//! | [`pdf`] | layout and writing of PDF, joining and encrypting |
//!
//! A template is merged in its own format, so that what the merge does not touch stays as it was. Another format is
//! written from the [`page`]: headings, paragraphs, bold text, lists, tables and page breaks, laid out plainly.
//!
//! # The language of templates
//!
//! That of Conga's documentation of Composer: `{{FIELD}}`, with picture switches `\#` for numbers, `\@` for dates and
//! `\*` for case; `{{TableStart:Group}}` ... `{{TableEnd:Group}}` repeat what is between them for each row of a data
//! set, be it rows of a table, paragraphs, or words; a set without rows takes its region away. Word's own merge fields
//! (`MERGEFIELD`) count too. Published: both tags must be in one row or one cell, and name one data set; all that is in
//! the data itself is the set `MAIN`, and each array a set under its key.
//!
//! Assumed, where that is silent: names are compared without regard to case; a part of a lookup is named with a dot or
//! with an underscore (`Account.Name`, `ACCOUNT_NAME`); a row's fields hide those around it; outside of a region a set stands for
//! its first row; what is not found is
//! empty; a lookup shows its `Name`; a region that is all of a paragraph repeats the paragraph. Formulas, `IF` and
//! `TableGroup` are not carried out: the last is a fault, the others are left as they stand or empty.

mod data;
mod docx;
mod field;
mod html;
mod page;
mod pdf;
mod picture;
mod regions;
mod text;
mod tree;

#[cfg(test)]
mod tests;

pub(crate) use data::Data;
pub(crate) use docx::{Protection, protect};
pub(crate) use page::Looks;
pub(crate) use pdf::{Permissions, encrypt};
pub(crate) use picture::Locale;

use page::Page;
use pdf::Standard;

/// A merged document has at most this many bytes: 64 MiB.
const MAX_OUTPUT: usize = 64 * 1024 * 1024;

/// A format that a template may have, or a document be written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Docx,
    Html,
    Text,
    /// Written and joined, not read.
    Pdf,
    /// PDF/A-2b, for archives. Written only.
    PdfA,
}

/// Why a document cannot be made: words for whoever wrote the template, or asked for it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Fault(String);

impl Fault {
    /// A fault in these words.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl Format {
    /// The format that files with this extension have, in lower case and without dot. `pdf/a` stands for
    /// [`Self::PdfA`], whose files are `pdf` to the eye.
    ///
    /// # Errors
    ///
    /// For one that the sandbox does not know.
    pub(crate) fn of_extension(extension: &str) -> Result<Self, Fault> {
        match extension {
            "docx" => Ok(Self::Docx),
            "html" | "htm" => Ok(Self::Html),
            "txt" => Ok(Self::Text),
            "pdf" => Ok(Self::Pdf),
            "pdf/a" => Ok(Self::PdfA),
            other => Err(Fault::new(format!(
                "the sandbox does not know the format '{other}'; it knows docx, html, txt and, as output, pdf and pdf/a"
            ))),
        }
    }

    /// The extension, without dot.
    pub(crate) fn extension(self) -> &'static str {
        match self {
            Self::Docx => "docx",
            Self::Html => "html",
            Self::Text => "txt",
            Self::Pdf | Self::PdfA => "pdf",
        }
    }
}

/// Merges a template with data, in the template's own format.
///
/// # Errors
///
/// For a template that cannot be read or whose regions do not match, and for a PDF, which is no template.
pub(crate) fn merge(
    template: &[u8],
    format: Format,
    data: &Data,
    locale: &Locale,
) -> Result<Vec<u8>, Fault> {
    let merged = match format {
        Format::Docx => docx::merge(template, data, locale)?,
        Format::Html => html::merge(&utf8(template)?, data, locale)?.into_bytes(),
        Format::Text => text::merge(&utf8(template)?, data, locale)?.into_bytes(),
        Format::Pdf | Format::PdfA => {
            return Err(Fault::new(
                "a PDF is no template here; use one in DOCX, HTML or plain text",
            ));
        }
    };
    if merged.len() > MAX_OUTPUT {
        return Err(too_large());
    }
    Ok(merged)
}

/// Merges a short text, such as a file's name or the subject of a mail.
///
/// # Errors
///
/// For a text whose regions do not match.
pub(crate) fn fill(template: &str, data: &Data, locale: &Locale) -> Result<String, Fault> {
    text::merge(template, data, locale)
}

/// Writes a document in another format, or in its own with other looks. In its own format a document that needs no
/// change stays as it is.
///
/// # Errors
///
/// For a document that cannot be read, and for a PDF that is to become another format.
pub(crate) fn convert(
    document: &[u8],
    from: Format,
    to: Format,
    looks: &Looks,
) -> Result<Vec<u8>, Fault> {
    if from == to && (to != Format::Pdf || looks.is_plain()) {
        return Ok(document.to_vec());
    }
    write(&read(document, from)?, to, looks)
}

/// Writes several documents as one, each from a page of its own. With a PDF among them each keeps its layout: the PDFs
/// are taken as they are, the others get the looks and count their pages for themselves.
///
/// # Errors
///
/// As [`convert`]; for PDFs that are to become anything but a PDF, that are encrypted, or that cannot be read.
pub(crate) fn join(
    documents: &[(Vec<u8>, Format)],
    to: Format,
    looks: &Looks,
) -> Result<Vec<u8>, Fault> {
    if to == Format::Pdf && documents.iter().any(|(_, from)| *from == Format::Pdf) {
        let parts = documents.iter().map(|(document, from)| match from {
            Format::Pdf => Ok(document.clone()),
            from => convert(document, *from, to, looks),
        });
        return pdf::join(&parts.collect::<Result<Vec<_>, _>>()?);
    }
    let mut whole: Option<Page> = None;
    for (document, from) in documents {
        let page = read(document, *from)?;
        match &mut whole {
            None => whole = Some(page),
            Some(whole) => whole.append(page),
        }
    }
    write(&whole.unwrap_or_default(), to, looks)
}

fn read(document: &[u8], format: Format) -> Result<Page, Fault> {
    match format {
        Format::Docx => docx::read(document),
        Format::Html => html::read(&utf8(document)?),
        Format::Text => Ok(text::read(&utf8(document)?)),
        Format::Pdf | Format::PdfA => Err(Fault::new(
            "the sandbox reads no text out of PDFs: they can be joined to a PDF and encrypted; for anything else give the document as DOCX, HTML or plain text",
        )),
    }
}

fn write(page: &Page, format: Format, looks: &Looks) -> Result<Vec<u8>, Fault> {
    match format {
        Format::Docx => docx::write(page),
        Format::Html => Ok(html::write(page).into_bytes()),
        Format::Text => Ok(text::write(page).into_bytes()),
        Format::Pdf => pdf::write(page, looks, Standard::Plain),
        Format::PdfA => pdf::write(page, looks, Standard::Archive),
    }
}

/// A template's text; a byte order mark is left out.
fn utf8(bytes: &[u8]) -> Result<String, Fault> {
    let text = std::str::from_utf8(bytes)
        .map_err(|_| Fault::new("the document is not UTF-8 text; save it as UTF-8"))?;
    Ok(text.trim_start_matches('\u{feff}').to_owned())
}

fn too_large() -> Fault {
    Fault::new("the merged document grows too large; merge fewer rows, or split the template")
}
