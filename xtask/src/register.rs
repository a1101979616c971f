//! The register of services, `spec/services.toml`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{layout::Layout, problem::Problem};

/// `spec/services.toml`: every service that the workspace knows, and what is published of it.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Register {
    /// The services, in the order in which commands go through them.
    #[serde(rename = "service")]
    pub(crate) services: Vec<Service>,
}

/// One service.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Service {
    /// The id as published, kebab-case; also the Cargo feature of `conga-api` and the stem of the document's file name.
    pub(crate) id: String,
    /// The title for people.
    pub(crate) title: String,
    /// Which host answers it.
    pub(crate) host: Host,
    /// The path that every operation of the service starts with.
    pub(crate) base_path: String,
    /// The OAuth scope that a token needs, where a published page names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) scope: Option<String>,
    /// Operations that the service's own published reference describes.
    pub(crate) published: usize,
    /// Operations that only the reference index names.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) index_only: usize,
    /// Operations of a Salesforce-hosted family, put together from pages and public clients.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) hosted: usize,
    /// Where the facts come from.
    pub(crate) source: String,
}

/// The host that a service's paths are relative to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Host {
    /// The platform's gateway of a region, such as `https://rls.congacloud.com`.
    Gateway,
    /// The host of X-Author, such as `https://xauthor-prod-rls10.congacloud.com`.
    XAuthor,
    /// A Salesforce site, org or community, which may add a path of its own.
    Salesforce,
    /// The host of Discovery AI.
    DiscoveryAi,
    /// A tenant's own TurboEngines endpoint.
    TurboEngines,
}

fn is_zero(count: &usize) -> bool {
    *count == 0
}

impl Service {
    /// The service's name as a Rust module.
    pub(crate) fn module(&self) -> String {
        self.id.replace('-', "_")
    }
}

impl Register {
    pub(crate) fn load(layout: &Layout) -> Result<Self, Problem> {
        let path = layout.register();
        let file = layout.display(&path);
        let text = std::fs::read_to_string(&path).map_err(|e| {
            Problem::new(
                &file,
                "",
                format!("cannot be read: {e}"),
                "restore the register from version control",
            )
        })?;
        toml::from_str(&text).map_err(|e| {
            Problem::new(
                &file,
                "",
                format!("is no valid register: {e}"),
                "mend it by spec/schemas/services.schema.json",
            )
        })
    }

    pub(crate) fn find(&self, id: &str) -> Result<&Service, Problem> {
        self.services.iter().find(|s| s.id == id).ok_or_else(|| {
            Problem::new(
                "spec/services.toml",
                id,
                "names no such service",
                "add a [[service]] entry, or give an id that the file lists",
            )
        })
    }
}
