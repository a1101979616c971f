//! Names of folders.

use std::fmt;

use crate::failure::Failure;
use crate::files::FileName;

/// The longest path, in bytes: that of a key in S3.
const LONGEST: usize = 1024;

/// The path of a folder: names joined by `/`, none at either end. The root is empty.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Folder(String);

impl Folder {
    /// Reads a path, with or without `/` at its ends.
    ///
    /// # Errors
    ///
    /// A 400 for `..`, for a name that no file could have, and for more than 1,024 bytes.
    pub(super) fn parse(path: &str) -> Result<Self, Failure> {
        let names = path
            .split(['/', '\\'])
            .filter(|name| !name.is_empty() && *name != ".");
        let names: Vec<&str> = names.collect();
        for name in &names {
            let safe = FileName::new(name);
            if !safe.is_ok_and(|safe| safe.as_str() == *name) {
                return Err(Failure::invalid(format!(
                    "the path has a part that names no folder: '{}'; use names joined by /",
                    name.escape_debug()
                )));
            }
        }
        let path = names.join("/");
        if path.len() > LONGEST {
            return Err(Failure::invalid(format!(
                "the path has {} bytes; use at most {LONGEST}",
                path.len()
            )));
        }
        Ok(Self(path))
    }

    /// The path.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is the root, which always exists.
    pub(super) fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The folder of this name within.
    pub(super) fn join(&self, name: &str) -> Result<Self, Failure> {
        Self::parse(&format!("{}/{name}", self.0))
    }

    /// The folder above and the own name; none for the root.
    pub(super) fn split(&self) -> Option<(Self, &str)> {
        if self.is_root() {
            return None;
        }
        let (parent, name) = self.0.rsplit_once('/').unwrap_or(("", &self.0));
        Some((Self(parent.to_owned()), name))
    }

    /// What the paths of all folders within start with.
    pub(super) fn prefix(&self) -> String {
        if self.is_root() {
            String::new()
        } else {
            format!("{}/", self.0)
        }
    }
}

impl fmt::Display for Folder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_root() { "/" } else { &self.0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_names_joined_by_slashes() {
        let cases = [
            ("", ""),
            ("/", ""),
            ("contracts", "contracts"),
            ("/contracts/2026/", "contracts/2026"),
            ("contracts//2026", "contracts/2026"),
            ("contracts\\2026", "contracts/2026"),
            ("./Verträge", "Verträge"),
        ];
        for (given, path) in cases {
            assert_eq!(Folder::parse(given).unwrap().as_str(), path);
        }
        let long = "a/".repeat(600);
        for given in ["..", "a/../b", "a/..", "a\0b", " a", "a/\u{202e}b", &long] {
            assert!(Folder::parse(given).is_err(), "{given:?}");
        }
    }

    #[test]
    fn a_folder_lies_in_another() {
        let folder = Folder::parse("a/b").unwrap();
        let (parent, name) = folder.split().unwrap();
        assert_eq!((parent.as_str(), name), ("a", "b"));
        assert_eq!(parent.join("b").unwrap(), folder);
        let (root, name) = parent.split().unwrap();
        assert_eq!((root.is_root(), name), (true, "a"));
        assert!(root.split().is_none());
        assert_eq!([folder.prefix(), root.prefix()], ["a/b/", ""]);
    }
}
