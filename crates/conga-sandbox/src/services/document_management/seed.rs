//! The demo seed: templates that merge with the demo company's contracts and quotes.

use chrono::{DateTime, Utc};
use rusqlite::Transaction;
use serde_json::{Value, json};

use super::versions::{self, NewVersion};
use crate::composer::{self, Format, Looks};
use crate::failure::Failure;
use crate::files::{self, FileName};
use crate::services::data::seed::{id, session};

/// A template.
struct Template {
    name: &'static str,
    content: &'static str,
    /// The format that the content has here. The template gets that of its name.
    written_in: Format,
    /// Its fields in Document Management.
    fields: fn() -> Value,
}

const TEMPLATES: [Template; 3] = [
    Template {
        name: "Master agreement.docx",
        content: include_str!("templates/agreement.html"),
        written_in: Format::Html,
        fields: || {
            json!({
                "Type": "Agreement", "Category": "Sales", "RecordTypes": ["MSA", "SOW"],
                "Description": "An Agreement with its clauses and obligations",
            })
        },
    },
    Template {
        name: "Quote.html",
        content: include_str!("templates/quote.html"),
        written_in: Format::Html,
        fields: || {
            json!({
                "Type": "Proposal", "Category": "Sales", "Description": "A Proposal with its lines",
            })
        },
    },
    Template {
        name: "Notice of expiry.txt",
        content: include_str!("templates/notice.txt"),
        written_in: Format::Text,
        fields: || {
            json!({
                "Type": "Letter", "Category": "Service", "Description": "A letter about an Agreement that ends",
            })
        },
    },
];

/// Fills a new database. The same ids and contents every time.
pub(in crate::services) fn demo(tx: &Transaction<'_>, now: DateTime<Utc>) -> Result<(), Failure> {
    let session = session(tx, now);
    for (at, template) in TEMPLATES.iter().enumerate() {
        let name = FileName::new(template.name)?;
        let format = Format::of_extension(&name.extension())?;
        let content = template.content.as_bytes();
        let content = composer::convert(content, template.written_in, format, &Looks::default())?;
        let mut fields = (template.fields)().as_object().cloned().unwrap_or_default();
        fields.insert("ObjectType".to_owned(), "Template".into());
        fields.insert("Language".to_owned(), "English".into());
        fields.insert("Locale".to_owned(), "en_US".into());
        let new = NewVersion {
            document_id: Some(&id("Template", at)),
            version_id: Some(&id("DocumentMetadata", at)),
            file: &files::add(tx, &name, None, &content)?,
            fields,
        };
        versions::add(&session, new)?;
    }
    Ok(())
}
