//! The parts of a DOCX file: a ZIP archive of XML and media.

use std::io::{Cursor, Read as _, Write as _};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use super::super::Fault;

/// A document's parts have at most this many bytes together, unpacked: 128 MiB.
const MAX_UNPACKED: u64 = 128 * 1024 * 1024;

/// And at most this many parts.
const MAX_PARTS: usize = 4_096;

/// The parts of a document, by name, in the order of the archive.
#[derive(Debug, Default)]
pub(super) struct Package {
    parts: Vec<(String, Vec<u8>)>,
}

impl Package {
    /// Unpacks a document.
    pub(super) fn open(bytes: &[u8]) -> Result<Self, Fault> {
        let broken =
            |_| Fault::new("the document is no DOCX: it is no ZIP archive, or a damaged one");
        let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(broken)?;
        if archive.len() > MAX_PARTS {
            return Err(too_large());
        }
        let mut package = Self::default();
        let mut left = MAX_UNPACKED;
        for at in 0..archive.len() {
            let part = archive.by_index(at).map_err(broken)?;
            if part.is_dir() {
                continue;
            }
            let name = part.name().map_err(broken)?.into_owned();
            let mut content = Vec::new();
            // What an archive says of its sizes may be a lie.
            part.take(left + 1)
                .read_to_end(&mut content)
                .map_err(|error| broken(error.into()))?;
            left = left
                .checked_sub(content.len() as u64)
                .ok_or_else(too_large)?;
            package.parts.push((name, content));
        }
        if package.text("word/document.xml").is_none() {
            return Err(Fault::new(
                "the document is no DOCX: it has no word/document.xml",
            ));
        }
        Ok(package)
    }

    /// The text of a part.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        let (_, content) = self.parts.iter().find(|(part, _)| part == name)?;
        std::str::from_utf8(content).ok()
    }

    /// The names of the parts.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().map(|(name, _)| name.as_str())
    }

    /// Sets the content of a part.
    pub(super) fn set(&mut self, name: &str, content: impl Into<Vec<u8>>) {
        let content = content.into();
        match self.parts.iter_mut().find(|(part, _)| part == name) {
            Some((_, old)) => *old = content,
            None => self.parts.push((name.to_owned(), content)),
        }
    }

    /// Packs the document.
    pub(super) fn pack(&self) -> Result<Vec<u8>, Fault> {
        let broken =
            |error: std::io::Error| Fault::new(format!("the document cannot be packed: {error}"));
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        let mut writer = ZipWriter::new(Cursor::default());
        for (name, content) in &self.parts {
            writer
                .start_file(name.as_str(), options)
                .map_err(|error| broken(error.into()))?;
            writer.write_all(content).map_err(broken)?;
        }
        let packed = writer.finish().map_err(|error| broken(error.into()))?;
        Ok(packed.into_inner())
    }
}

fn too_large() -> Fault {
    Fault::new("the document is too large when unpacked; make it smaller")
}
