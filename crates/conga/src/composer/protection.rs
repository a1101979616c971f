//! What readers of a document may still do.

use std::fmt;

use serde_json::{Value, json};

use crate::Record;

/// What readers of a Word document may still do: the published enumerations `ProtectionLevelType` of contracts and `EditRestrictionType` of
/// Composer, which spell one of the levels differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProtectionLevel {
    /// Change it, with all changes tracked.
    Revisions,
    /// Comment on it.
    Comments,
    /// Fill its forms in.
    FormFields,
    /// Read it.
    Reading,
    /// Everything.
    Nothing,
}

/// What readers of a PDF may do: the published schema `ProtectionOptions2`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the names say it")]
pub enum PdfPermission {
    Printing,
    DegradedPrinting,
    Copying,
    Commenting,
    FormFilling,
    Assembling,
    ChangingContent,
    ScreenReaders,
}

/// How [`Composer::protect`](super::Composer::protect) protects a document.
///
/// ```
/// use conga::composer::{PdfPermission, Protection, ProtectionLevel};
///
/// let word = Protection::word(ProtectionLevel::Comments).password("for the owner");
/// let pdf = Protection::pdf([PdfPermission::Printing, PdfPermission::ScreenReaders]);
/// # let _ = (word, pdf);
/// ```
#[derive(Clone, PartialEq)]
#[must_use = "it protects nothing before it is given to `protect`"]
pub struct Protection {
    kind: Kind,
    options: Record,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Word,
    Pdf,
}

impl ProtectionLevel {
    /// As contracts spell it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Revisions => "AllowOnlyRevisions",
            Self::Comments => "AllowOnlyComments",
            Self::FormFields => "AllowOnlyFormFields",
            Self::Reading => "AllowOnlyReading",
            Self::Nothing => "NoProtection",
        }
    }

    /// As Composer spells it.
    fn composer_word(self) -> &'static str {
        match self {
            Self::Reading => "ReadOnly",
            other => other.word(),
        }
    }
}

impl Protection {
    /// Of a Word document: readers may do this and no more.
    pub fn word(level: ProtectionLevel) -> Self {
        Self::of(
            Kind::Word,
            json!({"restrictionType": level.composer_word()}),
        )
    }

    /// Takes the protection of a Word document away.
    pub fn removed_from_word() -> Self {
        Self::of(Kind::Word, json!({"removeRestriction": true}))
    }

    /// Of a PDF: readers may look at it, and do this. That the platform forbids what is not named is assumed.
    pub fn pdf(allowed: impl IntoIterator<Item = PdfPermission>) -> Self {
        let allowed = allowed.into_iter().map(|permission| {
            let field = match permission {
                PdfPermission::Printing => "allowPrinting",
                PdfPermission::DegradedPrinting => "allowDegradedPrinting",
                PdfPermission::Copying => "allowCopying",
                PdfPermission::Commenting => "allowCommenting",
                PdfPermission::FormFilling => "allowFormFilling",
                PdfPermission::Assembling => "allowAssembling",
                PdfPermission::ChangingContent => "allowChangingContent",
                PdfPermission::ScreenReaders => "allowScreenReaders",
            };
            (field.to_owned(), true.into())
        });
        let mut options: Record = allowed.collect();
        if options.is_empty() {
            options.insert("forbidAll".to_owned(), true.into());
        }
        Self {
            kind: Kind::Pdf,
            options,
        }
    }

    /// The password by which the protection is taken away again.
    pub fn password(mut self, password: impl Into<String>) -> Self {
        let field = match self.kind {
            Kind::Word => "restrictionPassword",
            Kind::Pdf => "ownerPassword",
        };
        self.options
            .insert(field.to_owned(), password.into().into());
        self
    }

    /// The published schema `ProtectRequest`, of one document.
    pub(super) fn body(&self, document_id: &str) -> Value {
        let field = match self.kind {
            Kind::Word => "wordProtectionConfig",
            Kind::Pdf => "pdfProtectionConfig",
        };
        json!({"documents": [{"id": document_id}], field: self.options})
    }

    fn of(kind: Kind, options: Value) -> Self {
        Self {
            kind,
            options: options.as_object().cloned().unwrap_or_default(),
        }
    }
}

/// Leaves the options out: there may be a password among them.
impl fmt::Debug for Protection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Protection")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_written_for_both_kinds() {
        let word = Protection::word(ProtectionLevel::Reading).password("hunter2");
        assert_eq!(
            word.body("d1"),
            json!({
                "documents": [{"id": "d1"}],
                "wordProtectionConfig": {"restrictionType": "ReadOnly", "restrictionPassword": "hunter2"},
            })
        );
        assert!(!format!("{word:?}").contains("hunter2"));
        let pdf = Protection::pdf([PdfPermission::Printing, PdfPermission::Copying]);
        assert_eq!(
            pdf.password("hunter2").body("d1")["pdfProtectionConfig"],
            json!({"allowPrinting": true, "allowCopying": true, "ownerPassword": "hunter2"})
        );
        assert_eq!(
            Protection::pdf([]).body("d1")["pdfProtectionConfig"],
            json!({"forbidAll": true})
        );
        assert_eq!(
            Protection::removed_from_word().body("d1")["wordProtectionConfig"],
            json!({"removeRestriction": true})
        );
    }
}
