//! x
use crate::{layout::Layout, problem::Problems};
use std::path::Path;
pub(crate) fn run(_: &Layout, _: &Path, _: &Path) -> Result<String, Problems> {
    Ok(String::new())
}
