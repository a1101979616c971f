//! How the calls name folders and files: a folder by its whole path, or by its name and the path above it.

use conga_api::Call;
use serde::{Deserialize, Serialize};

/// Where a file is: the path of its folder, and its name.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub(crate) struct FilePath {
    pub(crate) folder: String,
    pub(crate) name: String,
}

impl FilePath {
    pub(crate) fn new(path: &str) -> Self {
        let path = path.trim_matches('/');
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        Self {
            folder: folder.to_owned(),
            name: name.to_owned(),
        }
    }

    pub(super) fn whole(&self) -> String {
        match self.folder.trim_matches('/') {
            "" => self.name.clone(),
            folder => format!("{folder}/{}", self.name),
        }
    }

    /// Fills in the path of a call.
    pub(super) fn fill(&self, call: Call) -> Call {
        call.path("filePath", FolderPath::new(&self.folder).in_path())
            .path("fileName", &self.name)
    }
}

/// The path of a folder, without slashes at its ends. That of the root is empty.
pub(super) struct FolderPath<'a>(&'a str);

impl<'a> FolderPath<'a> {
    pub(super) fn new(path: &'a str) -> Self {
        Self(path.trim_matches('/'))
    }

    pub(super) fn as_str(&self) -> &'a str {
        self.0
    }

    /// As the path of a call holds it, where nothing empty can stand. That the root is `/` there is assumed.
    pub(super) fn in_path(&self) -> &'a str {
        if self.0.is_empty() { "/" } else { self.0 }
    }

    /// The path above, and the name.
    pub(super) fn split(&self) -> (&'a str, &'a str) {
        self.0.rsplit_once('/').unwrap_or(("", self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_a_folder_and_a_name() {
        for (path, folder, name) in [
            ("quotes/2026/offer.pdf", "quotes/2026", "offer.pdf"),
            ("/quotes/offer.pdf", "quotes", "offer.pdf"),
            ("offer.pdf", "", "offer.pdf"),
            ("", "", ""),
        ] {
            let found = FilePath::new(path);
            assert_eq!((found.folder.as_str(), found.name.as_str()), (folder, name));
        }
        assert_eq!(FolderPath::new("/a/b/").split(), ("a", "b"));
        assert_eq!(FolderPath::new("a").split(), ("", "a"));
        assert_eq!(FolderPath::new("/").in_path(), "/");
    }
}
