//! What is known of an operation without calling it.

use std::fmt;

/// One published operation: an entry of the generated table [`crate::operations`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Operation {
    /// The id, which is also the name of the client's method: `list_accounts`.
    pub id: &'static str,
    /// The id of the service: `data`.
    pub service: &'static str,
    /// The HTTP method, in capitals.
    pub method: &'static str,
    /// The path from the host's root, with parameters in braces.
    pub path: &'static str,
    /// Path parameters in the order of the path, then the others as published.
    pub parameters: &'static [Parameter],
    /// What a request body is.
    pub body: Body,
    /// The media type of a successful answer.
    pub answer: &'static str,
    /// The success status that the reference names first; the platform may answer another 2xx.
    pub status: u16,
    /// How the operation pages, as far as its parameters tell.
    pub paging: Paging,
    /// Whether sending it twice has the effect of sending it once: by its HTTP method, or because it only reads. A `PUT` of which the
    /// reference tells that it adds something every time is none.
    pub idempotent: bool,
    /// Whether the reference marks it as deprecated.
    pub deprecated: bool,
    /// What the knowledge of this operation rests on.
    pub evidence: Evidence,
}

impl Operation {
    /// A `GET` without parameters, to be filled in.
    pub(crate) const fn of(service: &'static str) -> Self {
        Self {
            id: "",
            service,
            method: "GET",
            path: "",
            parameters: &[],
            body: Body::None,
            answer: "application/json",
            status: 200,
            paging: Paging::None,
            idempotent: false,
            deprecated: false,
            evidence: Evidence::Published,
        }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.service, self.id)
    }
}

/// A parameter of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Parameter {
    /// The name on the wire.
    pub name: &'static str,
    /// Where it goes.
    pub location: Location,
    /// Whether a call must give it.
    pub required: bool,
    /// What the client sends where a call leaves it out.
    pub default: Option<&'static str>,
}

impl Parameter {
    /// A required parameter of the path.
    pub(crate) const fn path(name: &'static str) -> Self {
        Self {
            name,
            location: Location::Path,
            required: true,
            default: None,
        }
    }

    /// An optional parameter of the query.
    pub(crate) const fn query(name: &'static str) -> Self {
        Self {
            name,
            location: Location::Query,
            required: false,
            default: None,
        }
    }

    /// An optional header.
    pub(crate) const fn header(name: &'static str) -> Self {
        Self {
            name,
            location: Location::Header,
            required: false,
            default: None,
        }
    }

    pub(crate) const fn required(self) -> Self {
        Self {
            required: true,
            ..self
        }
    }

    pub(crate) const fn or(self, default: &'static str) -> Self {
        Self {
            default: Some(default),
            ..self
        }
    }
}

/// Where a parameter goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Location {
    Path,
    Query,
    Header,
}

/// What a request body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Body {
    /// There is none.
    None,
    /// `application/json`.
    Json,
    /// `text/plain`.
    Text,
    /// `multipart/form-data`.
    Multipart,
    /// `application/x-www-form-urlencoded`.
    Urlencoded,
}

/// How a list goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Paging {
    /// It does not, or not by parameters.
    None,
    /// By page number and page size; numbers start at 1 where the reference says anything.
    Number,
    /// By the count of rows to skip.
    Offset,
    /// By a cursor that the page before gave.
    Cursor,
}

/// What the knowledge of an operation rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Evidence {
    /// The service's own published reference.
    Published,
    /// The index of the reference only: bodies and answers may hold more than is known.
    Index,
    /// A documentation page on a Salesforce-hosted API.
    Page,
    /// The source of the vendor's public SDK.
    Sdk,
    /// The source of a public client.
    Client,
    /// A sentence somewhere.
    Prose,
}

/// One service of the register.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Service {
    /// The id, which is also the Cargo feature.
    pub id: &'static str,
    /// The title for people.
    pub title: &'static str,
    /// Which host answers it.
    pub host: Host,
    /// The path that its operations start with.
    pub base_path: &'static str,
    /// The OAuth scope that a token needs, where a published page names one.
    pub scope: Option<&'static str>,
    /// Its operations.
    pub operations: &'static [&'static Operation],
}

/// The host that a service is reached at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Host {
    /// The platform's gateway of a region, such as `https://rls.congacloud.com`.
    Gateway,
    /// X-Author's own host, such as `https://xauthor-prod-rls10.congacloud.com`.
    XAuthor,
    /// A Salesforce org, site or community.
    Salesforce,
    /// Discovery AI.
    DiscoveryAi,
    /// A tenant's TurboEngines endpoint.
    TurboEngines,
}

impl Host {
    /// All hosts.
    pub const ALL: [Host; 5] = [
        Host::Gateway,
        Host::XAuthor,
        Host::Salesforce,
        Host::DiscoveryAi,
        Host::TurboEngines,
    ];
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Host::Gateway => "gateway",
            Host::XAuthor => "X-Author",
            Host::Salesforce => "Salesforce",
            Host::DiscoveryAi => "Discovery AI",
            Host::TurboEngines => "TurboEngines",
        })
    }
}
