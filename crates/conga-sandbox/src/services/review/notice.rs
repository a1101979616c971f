//! The mail that asks for a review.

use super::cycle::{Kind, Reviewer};
use crate::failure::Failure;
use crate::files::{self, File, FileName};
use crate::mail::{self, Draft, Letter, MailAddress};
use crate::records::store::Record;
use crate::request::Call;
use crate::services::document_management::versions;
use crate::services::{Session, World, email, sources};

/// What the mail says, and what goes with it.
#[derive(Debug)]
pub(in crate::services) struct Notice<'a> {
    pub(in crate::services) subject: &'a str,
    /// As HTML.
    pub(in crate::services) body: &'a str,
    pub(in crate::services) reviewers: &'a [Reviewer],
    pub(in crate::services) cc: &'a [Reviewer],
    pub(in crate::services) bcc: &'a [Reviewer],
    /// The documents to review: their latest versions.
    pub(in crate::services) documents: Vec<Record>,
    /// Documents to read beside them: ids of versions or documents.
    pub(in crate::services) supporting: &'a [String],
    /// Files that came with the call, for this mail alone.
    pub(in crate::services) files: Vec<File>,
}

impl Notice<'_> {
    /// The letter, from the caller. Documents that are shared are not attached.
    ///
    /// # Errors
    ///
    /// 400 for an address that is none and a supporting document that is not there, 413 for too large documents.
    pub(in crate::services) fn letter(
        self,
        world: &World,
        call: &Call,
        session: &Session<'_>,
        kind: Kind,
    ) -> Result<Letter, Failure> {
        let tx = session.tx;
        let mut found = Vec::new();
        if kind == Kind::Normal {
            for document in &self.documents {
                found.push(versions::file(tx, document)?);
            }
        }
        for id in self.supporting {
            let file = sources::file(tx, session.now, id)?.ok_or_else(|| {
                Failure::invalid(format!(
                    "SupportingDocumentIds: no document has the id '{id}'"
                ))
            })?;
            found.push(file.0);
        }
        let mut attachments = Vec::new();
        for file in &found {
            attachments.push(files::copy(tx, file, &FileName::new(&file.name)?)?.id);
        }
        attachments.extend(self.files.into_iter().map(|file| file.id));
        let draft = Draft {
            from: email::caller(world, call).unwrap_or_else(mail::organization),
            to: addresses(self.reviewers),
            cc: addresses(self.cc),
            bcc: addresses(self.bcc),
            subject: self.subject.to_owned(),
            text: email::text_of(self.body)?,
            html: Some(self.body.to_owned()).filter(|body| !body.is_empty()),
            attachments,
            ..Draft::default()
        };
        draft.seal(tx)
    }
}

fn addresses(people: &[Reviewer]) -> Vec<MailAddress> {
    let addresses = people.iter().map(|one| {
        let name = Some(one.name.clone()).filter(|name| *name != one.email);
        MailAddress::new(one.email.as_str(), name)
    });
    addresses.collect()
}
