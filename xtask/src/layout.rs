//! Where things stand in the workspace.

use std::path::{Path, PathBuf};

/// Generated code of `conga-api`, below the root.
pub(crate) const GENERATED: &str = "crates/conga-api/src/generated";

/// Generated code of the contract test, below the root.
pub(crate) const CONTRACT: &str = "tests/src/generated";

/// The workspace's root folder and what the maintainer commands read and write below it.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    root: PathBuf,
}

impl Layout {
    /// The workspace that this binary was built in.
    pub(crate) fn of_workspace() -> Self {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
        Self::of(manifest.parent().unwrap_or(manifest))
    }

    /// The workspace in this folder.
    pub(crate) fn of(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
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

    /// A path below the root.
    pub(crate) fn at(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.root.join(relative)
    }

    /// A path as people write it: relative to the root, with forward slashes.
    pub(crate) fn display(&self, path: &Path) -> String {
        path.strip_prefix(&self.root)
            .unwrap_or(path)
            .to_string_lossy()
            .replace('\\', "/")
    }
}
