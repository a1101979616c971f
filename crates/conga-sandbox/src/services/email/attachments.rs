//! The files that a request attaches.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;

use crate::failure::Failure;
use crate::files::{self, File, FileName};
use crate::services::ingress::merging;
use crate::services::{Session, sources};

/// The published `EmailAttachment`.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct EmailAttachment {
    name: Option<String>,
    mime_type: Option<String>,
    file_data: Option<String>,
    file_content: Option<String>,
    file: Option<String>,
}

/// Keeps the files of a request, for one mail or template.
///
/// # Errors
///
/// 400 for an attachment without content, without a name or a media type, and for a file that is not there.
pub(crate) fn keep(
    session: &Session<'_>,
    attachments: &[EmailAttachment],
) -> Result<Vec<File>, Failure> {
    let mut kept = Vec::new();
    for (at, attachment) in attachments.iter().enumerate() {
        let files = attachment.keep(session);
        kept.extend(files.map_err(|failure| failure.at("attachment", at + 1))?);
    }
    Ok(kept)
}

/// Keeps files once more, for a mail of their own; gives their ids.
pub(super) fn copy(session: &Session<'_>, files: &[File]) -> Result<Vec<String>, Failure> {
    let copies = files.iter().map(|file| {
        let copy = files::copy(session.tx, file, &FileName::new(&file.name)?)?;
        Ok(copy.id)
    });
    copies.collect()
}

impl EmailAttachment {
    fn keep(&self, session: &Session<'_>) -> Result<Vec<File>, Failure> {
        let given = |field: &Option<String>| field.clone().filter(|text| !text.is_empty());
        if let Some(encoded) = given(&self.file_content).or_else(|| given(&self.file_data)) {
            let content = BASE64_STANDARD
                .decode(encoded)
                .map_err(|error| Failure::invalid(format!("the content is not Base64: {error}")))?;
            let name = given(&self.name).ok_or_else(|| {
                Failure::invalid("Name is required: the file's name, such as 'quote.pdf'")
            })?;
            let media = given(&self.mime_type).ok_or_else(|| {
                Failure::invalid("MimeType is required: the media type, such as application/pdf")
            })?;
            let name = FileName::new(&name)?;
            let file = files::add(session.tx, &name, Some(&media), &content)?;
            return Ok(vec![file]);
        }
        let reference = given(&self.file).ok_or_else(|| {
            Failure::invalid(
                "there is no content; send it as FileContent, in Base64, or name a kept file as File",
            )
        })?;
        let found = match sources::file(session.tx, session.now, &reference)? {
            Some((file, _)) => vec![file],
            None => merging::files_by_id(session.tx, &reference)?,
        };
        if found.is_empty() {
            return Err(Failure::invalid(format!(
                "File: '{reference}' is neither a version, a document, a path in the File Store nor a merge that has made files"
            )));
        }
        let only = found.len() == 1;
        let copies = found.iter().map(|file| {
            let name = given(&self.name).filter(|_| only);
            let name = FileName::new(name.as_deref().unwrap_or(&file.name))?;
            files::copy(session.tx, file, &name)
        });
        copies.collect()
    }
}
