//! Where things stand in the workspace.

use std::path::{Path, PathBuf};

/// The workspace's root folder and what the maintainer commands read and write below it.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    root: PathBuf,
}

impl Layout {
    /// The workspace that this binary was built in.
    pub(crate) fn of_workspace() -> Self {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
        Self {
            root: manifest.parent().unwrap_or(manifest).to_path_buf(),
        }
    }

    pub(crate) fn register(&self) -> PathBuf {
        self.root.join("spec/services.toml")
    }

    pub(crate) fn schemas(&self) -> PathBuf {
        self.root.join("spec/schemas")
    }

    pub(crate) fn published(&self, service: &str) -> PathBuf {
        self.root.join(format!("spec/published/{service}.yaml"))
    }

    pub(crate) fn overlay(&self, service: &str) -> PathBuf {
        self.root.join(format!("spec/overlays/{service}.yaml"))
    }

    pub(crate) fn curated(&self, service: &str) -> PathBuf {
        self.root.join(format!("spec/curated/{service}.yaml"))
    }

    pub(crate) fn api_crate(&self) -> PathBuf {
        self.root.join("crates/conga-api")
    }

    pub(crate) fn generated(&self) -> PathBuf {
        self.api_crate().join("src/generated")
    }

    /// A path as people write it: relative to the root, with forward slashes.
    pub(crate) fn display(&self, path: &Path) -> String {
        path.strip_prefix(&self.root)
            .unwrap_or(path)
            .to_string_lossy()
            .replace('\\', "/")
    }
}
