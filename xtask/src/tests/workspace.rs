//! A workspace of one service in a folder that is gone after the test.

use std::{collections::BTreeMap, fs, path::Path};

use tempfile::TempDir;

use crate::layout::Layout;

const REGISTER: &str = r#"
[[service]]
id = "data"
title = "Data"
host = "gateway"
base-path = "/api/data/v1"
published = 1
source = "test"
"#;

pub(super) struct Workspace {
    folder: TempDir,
    pub(super) layout: Layout,
}

impl Workspace {
    /// A workspace whose service `data` is published as `document`.
    pub(super) fn new(document: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let layout = Layout::of(folder.path());
        let workspace = Self { folder, layout };
        workspace.write("spec/services.toml", REGISTER);
        workspace.write("spec/published/data.yaml", document);
        workspace
    }

    pub(super) fn with(self, path: &str, text: &str) -> Self {
        self.write(path, text);
        self
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.layout.at(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Every file and what it holds.
    pub(super) fn files(&self) -> BTreeMap<String, String> {
        let mut files = BTreeMap::new();
        self.collect(self.folder.path(), &mut files);
        files
    }

    fn collect(&self, folder: &Path, into: &mut BTreeMap<String, String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                self.collect(&path, into);
            } else {
                into.insert(
                    self.layout.display(&path),
                    fs::read_to_string(&path).unwrap(),
                );
            }
        }
    }
}
