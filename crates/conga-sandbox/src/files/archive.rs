//! Several files as one ZIP archive.

use std::collections::HashSet;
use std::io::{Cursor, Write as _};

use chrono::{DateTime, Datelike as _, Timelike as _, Utc};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::FileName;
use crate::failure::Failure;

/// An archive that is being written.
#[derive(Debug)]
pub(crate) struct Archive {
    writer: ZipWriter<Cursor<Vec<u8>>>,
    names: HashSet<String>,
}

impl Archive {
    /// An empty archive.
    pub(crate) fn new() -> Self {
        Self {
            writer: ZipWriter::new(Cursor::default()),
            names: HashSet::new(),
        }
    }

    /// Adds a file. A name that the archive has already gets a number: `a (2).pdf`.
    pub(crate) fn add(
        &mut self,
        name: &FileName,
        modified: DateTime<Utc>,
        content: &[u8],
    ) -> Result<(), Failure> {
        let mut options =
            SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        if let Some(modified) = dos_time(modified) {
            options = options.last_modified_time(modified);
        }
        let name = self.free_name(name);
        let written = self
            .writer
            .start_file(name.as_str(), options)
            .map_err(std::io::Error::from)
            .and_then(|()| self.writer.write_all(content));
        self.names.insert(name);
        written.map_err(broken)
    }

    /// The archive's bytes.
    pub(crate) fn finish(self) -> Result<Vec<u8>, Failure> {
        let written = self.writer.finish().map_err(std::io::Error::from);
        written.map(Cursor::into_inner).map_err(broken)
    }

    fn free_name(&self, name: &FileName) -> String {
        let extension = match name.extension() {
            extension if extension.is_empty() => extension,
            extension => format!(".{extension}"),
        };
        let numbered = (2_u32..).map(|number| format!("{} ({number}){extension}", name.stem()));
        std::iter::once(name.as_str().to_owned())
            .chain(numbered)
            .find(|name| !self.names.contains(name))
            .unwrap_or_default()
    }
}

/// An archive knows the years 1980 to 2107.
fn dos_time(time: DateTime<Utc>) -> Option<zip::DateTime> {
    let part = |number: u32| u8::try_from(number).ok();
    zip::DateTime::from_date_and_time(
        u16::try_from(time.year()).ok()?,
        part(time.month())?,
        part(time.day())?,
        part(time.hour())?,
        part(time.minute())?,
        part(time.second())?,
    )
    .ok()
}

/// Only an archive of many gigabytes fails, and contents are limited to less.
fn broken(error: std::io::Error) -> Failure {
    Failure::invalid(format!("the files do not go into one archive: {error}"))
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn an_archive_holds_what_was_added() {
        let time = "2026-03-01T09:30:00Z".parse().unwrap();
        let mut archive = Archive::new();
        let long = vec![b'x'; 100_000];
        for content in [&long[..], b"two", b"three"] {
            let name = FileName::new("Übersicht.txt").unwrap();
            archive.add(&name, time, content).unwrap();
        }
        let bytes = archive.finish().unwrap();
        assert!(bytes.len() < 2_000, "{}", bytes.len());
        let mut read = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        let names: Vec<String> = read
            .file_names()
            .map(|name| name.unwrap().into_owned())
            .collect();
        assert_eq!(
            names,
            ["Übersicht.txt", "Übersicht (2).txt", "Übersicht (3).txt"]
        );
        let mut content = String::new();
        let mut second = read.by_index(1).unwrap();
        assert_eq!(second.last_modified().unwrap().hour(), 9);
        second.read_to_string(&mut content).unwrap();
        assert_eq!(content, "two");
    }

    #[test]
    fn an_empty_archive_is_an_archive() {
        let bytes = Archive::new().finish().unwrap();
        assert_eq!(zip::ZipArchive::new(Cursor::new(bytes)).unwrap().len(), 0);
    }
}
