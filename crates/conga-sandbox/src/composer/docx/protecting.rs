//! Protection of a document against editing.
//!
//! It is a request to the editor, as in Word: the content is not encrypted.

use aws_lc_rs::digest::{SHA512, digest};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use uuid::Uuid;

use super::super::Fault;
use super::super::tree::{Element, Node};
use super::package::Package;
use super::xml;

/// How often the hash of a password is hashed again, as Word does.
const SPINS: u32 = 100_000;

const PART: &str = "word/settings.xml";

/// What editors may still do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protection {
    /// Tracked changes.
    Revisions,
    /// Comments.
    Comments,
    /// Filling in forms.
    Forms,
    /// Reading.
    ReadOnly,
    /// Everything: a protection is taken away.
    Nothing,
}

impl Protection {
    /// What a published level of protection leaves to editors. Reading has two names.
    pub(crate) fn named(level: &str) -> Option<Self> {
        match level {
            "AllowOnlyRevisions" => Some(Self::Revisions),
            "AllowOnlyComments" => Some(Self::Comments),
            "AllowOnlyFormFields" => Some(Self::Forms),
            "AllowOnlyReading" | "ReadOnly" => Some(Self::ReadOnly),
            "NoProtection" => Some(Self::Nothing),
            _ => None,
        }
    }

    fn edit(self) -> Option<&'static str> {
        match self {
            Self::Revisions => Some("trackedChanges"),
            Self::Comments => Some("comments"),
            Self::Forms => Some("forms"),
            Self::ReadOnly => Some("readOnly"),
            Self::Nothing => None,
        }
    }
}

/// Protects a DOCX document, or takes its protection away.
///
/// # Errors
///
/// For a document that cannot be read.
pub(crate) fn protect(
    document: &[u8],
    protection: Protection,
    password: Option<&str>,
) -> Result<Vec<u8>, Fault> {
    let mut package = Package::open(document)?;
    let mut settings = match package.text(PART) {
        Some(text) => xml::parse(text, PART)?,
        None => {
            return Err(Fault::new(
                "the document has no settings; save it with an editor first",
            ));
        }
    };
    let root = settings.iter_mut().find_map(|node| match node {
        Node::Element(element) => Some(element),
        _ => None,
    });
    let root = root.ok_or_else(|| Fault::new("the document's settings are empty"))?;
    root.children
        .retain(|child| child.named("w:documentProtection").is_none());
    if let Some(edit) = protection.edit() {
        let mut element = Element::new("w:documentProtection", Vec::new())
            .with("w:edit", edit)
            .with("w:enforcement", "1");
        if let Some(password) = password.filter(|password| !password.is_empty()) {
            let salt = *Uuid::new_v4().as_bytes();
            element = element
                .with("w:algorithmName", "SHA-512")
                .with("w:hashValue", hash(password, &salt))
                .with("w:saltValue", BASE64_STANDARD.encode(salt))
                .with("w:spinCount", SPINS.to_string());
        }
        // The schema of settings is a sequence; this is where the element may stand.
        let place = root
            .children
            .iter()
            .position(|child| child.element().is_some_and(|child| !precedes(&child.name)));
        let place = place.unwrap_or(root.children.len());
        root.children.insert(place, Node::Element(element));
    }
    package.set(PART, xml::write(&settings));
    package.pack()
}

/// Whether an element of the settings stands before the protection.
fn precedes(name: &str) -> bool {
    matches!(
        name,
        "w:writeProtection"
            | "w:view"
            | "w:zoom"
            | "w:removePersonalInformation"
            | "w:removeDateAndTime"
            | "w:doNotDisplayPageBoundaries"
            | "w:displayBackgroundShape"
            | "w:printPostScriptOverText"
            | "w:printFractionalCharacterWidth"
            | "w:printFormsData"
            | "w:embedTrueTypeFonts"
            | "w:embedSystemFonts"
            | "w:saveSubsetFonts"
            | "w:saveFormsData"
            | "w:mirrorMargins"
            | "w:alignBordersAndEdges"
            | "w:bordersDoNotSurroundHeader"
            | "w:bordersDoNotSurroundFooter"
            | "w:gutterAtTop"
            | "w:hideSpellingErrors"
            | "w:hideGrammaticalErrors"
            | "w:activeWritingStyle"
            | "w:proofState"
            | "w:formsDesign"
            | "w:attachedTemplate"
            | "w:linkStyles"
            | "w:stylePaneFormatFilter"
            | "w:stylePaneSortMethod"
            | "w:documentType"
            | "w:mailMerge"
            | "w:revisionView"
            | "w:trackRevisions"
            | "w:doNotTrackMoves"
            | "w:doNotTrackFormatting"
    )
}

/// The hash of ECMA-376: of the salt and the password, then of the hash and the count, again and again.
fn hash(password: &str, salt: &[u8]) -> String {
    let mut input = salt.to_vec();
    input.extend(password.encode_utf16().flat_map(u16::to_le_bytes));
    let mut hash = digest(&SHA512, &input);
    for spin in 0..SPINS {
        let mut input = hash.as_ref().to_vec();
        input.extend(spin.to_le_bytes());
        hash = digest(&SHA512, &input);
    }
    BASE64_STANDARD.encode(hash)
}
