//! x
use crate::{layout::Layout, problem::Problems};
pub(crate) fn run(_: &Layout, _: bool) -> Result<String, Problems> {
    Ok(String::new())
}
