//! Writing files so that an unchanged one keeps its time stamp and a changed one is never half written.

use std::{fs, io, path::Path};

/// Writes `bytes` to `path` where they differ from what stands there. Returns whether it wrote.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> io::Result<bool> {
    if fs::read(path).is_ok_and(|present| present == bytes) {
        return Ok(false);
    }
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    let partial = path.with_extension("partial");
    fs::write(&partial, bytes)?;
    fs::rename(&partial, path)?;
    Ok(true)
}
