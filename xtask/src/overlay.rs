//! Hand-written corrections: OpenAPI Overlay 1.0 documents, each action with its reason.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json_path::JsonPath;

use crate::{
    document::Document,
    layout::Layout,
    problem::{Problem, Problems},
};

/// `spec/overlays/<service>.yaml`: an OpenAPI Overlay 1.0 document.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Overlay {
    /// The version of the Overlay specification: `1.0.0`.
    pub(crate) overlay: String,
    pub(crate) info: Info,
    /// The curated document that this is applied to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) extends: Option<String>,
    /// The corrections, applied in order.
    pub(crate) actions: Vec<Action>,
}

/// What the overlay is called.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Info {
    pub(crate) title: String,
    pub(crate) version: String,
}

/// One correction.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Action {
    /// A JSONPath (RFC 9535) that must match at least one place.
    pub(crate) target: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
    /// Merged into every match: objects key by key, arrays by appending, anything else by replacing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) update: Option<Value>,
    /// Removes every match.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) remove: bool,
    /// Why the published document is wrong here, and how we know.
    #[serde(rename = "x-reason")]
    pub(crate) reason: String,
}

impl Overlay {
    /// The overlay of a service; `None` where the service has none.
    pub(crate) fn load(layout: &Layout, service: &str) -> Result<Option<(String, Self)>, Problem> {
        let path = layout.overlay(service);
        let file = layout.display(&path);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(e) => {
                return Err(Problem::new(
                    &file,
                    "",
                    format!("cannot be read: {e}"),
                    "check the file's permissions",
                ));
            }
        };
        Self::parse(&file, &text).map(|overlay| Some((file, overlay)))
    }

    pub(crate) fn parse(file: &str, text: &str) -> Result<Self, Problem> {
        let overlay: Self = serde_saphyr::from_str(text).map_err(|e| {
            Problem::new(
                file,
                "",
                format!("is no valid overlay: {e}"),
                "mend it by spec/schemas/overlay.schema.json",
            )
        })?;
        if !overlay.overlay.starts_with("1.0") {
            return Err(Problem::new(
                file,
                "overlay",
                format!("the version is {:?}", overlay.overlay),
                "write an Overlay 1.0.0 document",
            ));
        }
        Ok(overlay)
    }

    /// Applies every action. An action that matches nothing is an error: what it corrected has changed.
    pub(crate) fn apply(&self, file: &str, document: &mut Document) -> Result<(), Problems> {
        let mut problems = Vec::new();
        for (index, action) in self.actions.iter().enumerate() {
            let place = format!("action {} ({})", index + 1, action.target);
            if action.reason.trim().is_empty() {
                problems.push(Problem::new(
                    file,
                    &place,
                    "gives no x-reason",
                    "say why the published document is wrong",
                ));
                continue;
            }
            match action.apply(&mut document.root) {
                Ok(0) => problems.push(Problem::new(
                    file,
                    &place,
                    "matches nothing in the document",
                    "drop the action if the published document was corrected, or mend its target",
                )),
                Ok(_) => {}
                Err(what) => problems.push(Problem::new(file, &place, what, "mend the action")),
            }
        }
        Problems(problems).into_result()
    }
}

impl Action {
    /// Applies the action and tells how many places it matched.
    fn apply(&self, root: &mut Value) -> Result<usize, String> {
        let path =
            JsonPath::parse(&self.target).map_err(|e| format!("the target is no JSONPath: {e}"))?;
        let mut pointers: Vec<String> = path
            .query_located(root)
            .locations()
            .map(|l| l.to_json_pointer())
            .collect();
        let matches = pointers.len();
        match (&self.update, self.remove) {
            (_, true) => {
                // From the back, so that a removal from an array does not move what is still to be removed.
                pointers.reverse();
                for pointer in pointers {
                    remove_at(root, &pointer);
                }
            }
            (Some(update), false) => {
                for pointer in pointers {
                    if let Some(target) = root.pointer_mut(&pointer) {
                        merge(target, update);
                    }
                }
            }
            (None, false) => return Err("neither updates nor removes".into()),
        }
        Ok(matches)
    }
}

fn remove_at(root: &mut Value, pointer: &str) {
    let Some((parent, last)) = pointer.rsplit_once('/') else {
        return;
    };
    let key = last.replace("~1", "/").replace("~0", "~");
    match root.pointer_mut(parent) {
        Some(Value::Object(map)) => {
            map.shift_remove(&key);
        }
        Some(Value::Array(items)) => {
            if let Ok(index) = key.parse::<usize>()
                && index < items.len()
            {
                items.remove(index);
            }
        }
        _ => {}
    }
}

fn merge(target: &mut Value, update: &Value) {
    match (target, update) {
        (Value::Object(target), Value::Object(update)) => {
            for (key, value) in update {
                match target.get_mut(key) {
                    Some(existing) => merge(existing, value),
                    None => {
                        target.insert(key.clone(), value.clone());
                    }
                }
            }
        }
        (Value::Array(target), Value::Array(update)) => target.extend(update.iter().cloned()),
        (Value::Array(target), other) => target.push(other.clone()),
        (target, update) => *target = update.clone(),
    }
}

#[cfg(test)]
mod tests;
