//! `bases`: a path says where a request goes, whole.
//!
//! Half of the published documents carry their base path in `servers`, the others in every path. Curated paths always start at
//! the host's root, so that one gateway address serves all services. Two paths that differ only by a trailing slash stay apart.

use serde_json::{Map, Value};

use crate::{document::Document, problem::Problems};

/// A Salesforce-hosted path starts here; what stands before it is the customer's own site path and part of the address.
const SALESFORCE_ROOT: &str = "/services/apexrest";

pub(super) fn apply(document: &mut Document) -> Result<(), Problems> {
    let Some(url) = document
        .root
        .pointer("/servers/0/url")
        .and_then(Value::as_str)
        .map(str::to_owned)
    else {
        return Err(document
            .problem(
                "servers",
                "names no server",
                "give the document a server, it carries the base path",
            )
            .into());
    };
    let (origin, base) = split(&url);
    if let Some(server) = document.root.pointer_mut("/servers/0/url") {
        *server = Value::String(origin);
    }
    if base.is_empty() {
        return Ok(());
    }
    if let Some(paths) = document
        .root
        .get_mut("paths")
        .and_then(Value::as_object_mut)
    {
        let moved: Map<String, Value> = std::mem::take(paths)
            .into_iter()
            .map(|(path, item)| (format!("{base}{path}"), item))
            .collect();
        *paths = moved;
    }
    Ok(())
}

/// The address that a customer configures, and the base path below it.
fn split(url: &str) -> (String, String) {
    let after_scheme = url.find("://").map_or(0, |i| i + 3);
    let path_at = url
        .find(SALESFORCE_ROOT)
        .or_else(|| url[after_scheme..].find('/').map(|i| after_scheme + i))
        .unwrap_or(url.len());
    (
        url[..path_at].to_owned(),
        url[path_at..].trim_end_matches('/').to_owned(),
    )
}
