//! JSON Schemas of the hand-written files, so that an editor helps to write them.

use schemars::schema_for;

use crate::{
    files,
    layout::Layout,
    overlay::Overlay,
    problem::{Problem, Problems},
    register::Register,
};

/// Writes `spec/schemas/*.schema.json`.
pub(crate) fn write(layout: &Layout) -> Result<(), Problems> {
    for (name, schema) in [
        ("services", schema_for!(Register)),
        ("overlay", schema_for!(Overlay)),
    ] {
        let path = layout.schemas().join(format!("{name}.schema.json"));
        let problem = |what: String| {
            Problem::new(
                layout.display(&path),
                "",
                what,
                "check the folder's permissions",
            )
        };
        let mut text = serde_json::to_string_pretty(&schema)
            .map_err(|e| problem(format!("has no JSON form: {e}")))?;
        text.push('\n');
        files::write(&path, text.as_bytes())
            .map_err(|e| problem(format!("cannot be written: {e}")))?;
    }
    Ok(())
}
