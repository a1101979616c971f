//! Names that are safe to keep and to give out, and media types.

use crate::failure::Failure;

/// The longest name, in bytes: what file systems take.
const LONGEST: usize = 255;

/// What content of an unknown kind is called.
const UNKNOWN: &str = "application/octet-stream";

/// A file's name: one name and no path, without characters that do not show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FileName(String);

impl FileName {
    /// Takes the last part of what the sender calls the file: some send the whole path, some mean harm by it. Control
    /// characters and marks that turn the direction of writing are left out.
    ///
    /// # Errors
    ///
    /// A 400 if nothing is left (`..` is nothing), or more than 255 bytes.
    pub(crate) fn new(given: &str) -> Result<Self, Failure> {
        let last = given.rsplit(['/', '\\']).next().unwrap_or_default();
        let name: String = last.chars().filter(|c| !is_invisible(*c)).collect();
        let name = name.trim();
        if name.chars().all(|c| c == '.') {
            return Err(Failure::invalid(
                "the file has no name; give one such as 'contract.docx'",
            ));
        }
        if name.len() > LONGEST {
            return Err(Failure::invalid(format!(
                "the file's name has {} bytes; use at most {LONGEST}",
                name.len()
            )));
        }
        Ok(Self(name.to_owned()))
    }

    /// The name.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// What follows the last dot, in lower case; empty if there is nothing.
    pub(crate) fn extension(&self) -> String {
        match self.0.rsplit_once('.') {
            Some((stem, extension)) if !stem.is_empty() => extension.to_ascii_lowercase(),
            _ => String::new(),
        }
    }

    /// The name without its extension.
    pub(crate) fn stem(&self) -> &str {
        match self.0.rsplit_once('.') {
            Some((stem, _)) if !stem.is_empty() => stem,
            _ => &self.0,
        }
    }

    /// The media type: by the extension; where that says nothing, the declared one if it is well formed.
    pub(crate) fn media_type(&self, declared: Option<&str>) -> String {
        let extension = self.extension();
        let known = MEDIA_TYPES.iter().find(|(known, _)| *known == extension);
        known
            .map(|(_, media_type)| *media_type)
            .or_else(|| declared.filter(|declared| is_media_type(declared)))
            .unwrap_or(UNKNOWN)
            .to_owned()
    }
}

/// Media types by extension.
const MEDIA_TYPES: &[(&str, &str)] = &[
    ("csv", "text/csv"),
    ("doc", "application/msword"),
    (
        "docx",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ),
    ("eml", "message/rfc822"),
    ("gif", "image/gif"),
    ("htm", "text/html"),
    ("html", "text/html"),
    ("jpeg", "image/jpeg"),
    ("jpg", "image/jpeg"),
    ("json", "application/json"),
    ("msg", "application/vnd.ms-outlook"),
    ("pdf", "application/pdf"),
    ("png", "image/png"),
    ("ppt", "application/vnd.ms-powerpoint"),
    (
        "pptx",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ),
    ("rtf", "application/rtf"),
    ("svg", "image/svg+xml"),
    ("txt", "text/plain"),
    ("xls", "application/vnd.ms-excel"),
    (
        "xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
    ("xml", "application/xml"),
    ("zip", "application/zip"),
];

fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// `type/subtype`, without parameters.
fn is_media_type(text: &str) -> bool {
    let is_token = |part: &str| {
        !part.is_empty()
            && part
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "!#$&-^_.+".contains(c))
    };
    text.split_once('/')
        .is_some_and(|(kind, subtype)| is_token(kind) && is_token(subtype))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_path_the_last_part_is_the_name() {
        let cases = [
            ("contract.docx", "contract.docx"),
            ("../../etc/passwd", "passwd"),
            ("C:\\Users\\Ann\\Vertrag Übersee.pdf", "Vertrag Übersee.pdf"),
            ("..\\..\\boot.ini", "boot.ini"),
            ("  quote \r\n1.pdf ", "quote 1.pdf"),
            ("invoice\u{202e}fdp.exe", "invoicefdp.exe"),
            ("a\0b.txt", "ab.txt"),
            (".gitignore", ".gitignore"),
            ("<b>&'\";--.txt", "<b>&'\";--.txt"),
        ];
        for (given, name) in cases {
            assert_eq!(FileName::new(given).unwrap().as_str(), name);
        }
    }

    #[test]
    fn what_is_no_name_is_refused() {
        let long = "é".repeat(128);
        for given in ["", "..", "../..", "a/", "a\\", ".", " \r\n", "\0", &long] {
            assert!(FileName::new(given).is_err(), "{given:?}");
        }
    }

    #[test]
    fn the_extension_says_the_media_type() {
        let media_type =
            |name: &str, declared| FileName::new(name).unwrap().media_type(Some(declared));
        assert_eq!(media_type("a.PDF", "text/html"), "application/pdf");
        assert_eq!(media_type("a.dwg", "image/vnd.dwg"), "image/vnd.dwg");
        assert_eq!(media_type("a.dwg", "text/html\r\nX: y"), UNKNOWN);
        assert_eq!(media_type("a", "text"), UNKNOWN);
        assert_eq!(FileName::new("a.tar.GZ").unwrap().extension(), "gz");
        assert_eq!(FileName::new("a.tar.GZ").unwrap().stem(), "a.tar");
        assert_eq!(FileName::new(".profile").unwrap().extension(), "");
    }
}
