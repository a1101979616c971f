//! The curated specifications: which operations there are, what they take and what they answer.
//!
//! Documents and the table of routes are embedded at build time. Nothing is parsed at start: a
//! service's document is read when its first request arrives, an operation when its own does.

mod answer;
mod errors;
mod files;
mod operation;
mod parameters;
mod routes;
mod sampler;
mod schema;
mod validate;
mod values;
mod view;

#[cfg(test)]
mod conformance;
#[cfg(test)]
pub(crate) mod requests;

use std::collections::BTreeMap;
use std::sync::{LazyLock, OnceLock};

use serde_json::{Map, Value};

pub(crate) use errors::ErrorShape;
pub(crate) use operation::Operation;
pub(crate) use routes::Found;
pub(crate) use validate::{Form, is_utf8, url_encoded};

/// The documents and routes written by the build script, in order of service.
static SERVICES: &[Embedded] = include!(concat!(env!("OUT_DIR"), "/services.rs"));

static SPECIFICATION: LazyLock<Specification> = LazyLock::new(|| Specification::new(SERVICES));

/// A service as the build script embeds it.
#[derive(Debug)]
pub(crate) struct Embedded {
    /// The service's id, which is its document's file name.
    pub(crate) id: &'static str,
    document: &'static str,
    routes: &'static [Route],
}

/// One operation's method and path.
#[derive(Debug)]
pub(crate) struct Route {
    /// The method in upper case.
    pub(crate) method: &'static str,
    /// The path template from the host's root.
    pub(crate) path: &'static str,
    /// The operation's id.
    pub(crate) operation: &'static str,
}

/// Where a route stands in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RouteId {
    service: usize,
    route: usize,
}

/// All services, and what has been read of them so far.
#[derive(Debug)]
pub(crate) struct Specification {
    router: routes::Router,
    services: Vec<Service>,
}

#[derive(Debug)]
struct Service {
    embedded: &'static Embedded,
    document: OnceLock<Document>,
    operations: Vec<OnceLock<Operation>>,
}

/// A parsed document.
#[derive(Debug)]
pub(crate) struct Document {
    paths: Map<String, Value>,
    schemas: Map<String, Value>,
    /// The error body that most operations have, if any has one.
    common_error: Option<Value>,
}

impl Specification {
    /// The specification of the build, shared by all sandboxes of the process.
    pub(crate) fn embedded() -> &'static Self {
        &SPECIFICATION
    }

    fn new(embedded: &'static [Embedded]) -> Self {
        let mut router = routes::Router::default();
        for (service, embedded) in embedded.iter().enumerate() {
            for (route, entry) in embedded.routes.iter().enumerate() {
                router.insert(entry, RouteId { service, route });
            }
        }
        let services = embedded
            .iter()
            .map(|embedded| Service {
                embedded,
                document: OnceLock::new(),
                operations: embedded.routes.iter().map(|_| OnceLock::new()).collect(),
            })
            .collect();
        Self { router, services }
    }

    /// How many operations are served.
    pub(crate) fn operations(&self) -> usize {
        self.routes().count()
    }

    /// How many services are served.
    pub(crate) fn services(&self) -> usize {
        self.services.len()
    }

    /// Every operation, in order of service.
    pub(crate) fn ids(&self) -> impl Iterator<Item = RouteId> {
        let services = self.services.iter().enumerate();
        services.flat_map(|(service, known)| {
            (0..known.embedded.routes.len()).map(move |route| RouteId { service, route })
        })
    }

    /// Every route with its service, in order of service.
    pub(crate) fn routes(&self) -> impl Iterator<Item = (&'static Embedded, &'static Route)> {
        self.services.iter().flat_map(|service| {
            service
                .embedded
                .routes
                .iter()
                .map(move |route| (service.embedded, route))
        })
    }

    /// The operation of this id in a service.
    #[cfg(test)]
    pub(crate) fn named(&self, service: &str, operation: &str) -> Option<RouteId> {
        let number = self
            .services
            .iter()
            .position(|known| known.embedded.id == service)?;
        let routes = self.services.get(number)?.embedded.routes;
        let route = routes
            .iter()
            .position(|route| route.operation == operation)?;
        Some(RouteId {
            service: number,
            route,
        })
    }

    /// The operation for a method and a path as sent.
    pub(crate) fn find(&self, method: &str, path: &str) -> Found {
        self.router.find(method, path)
    }

    /// The service and route with this id.
    pub(crate) fn route(&self, id: RouteId) -> (&'static Embedded, &'static Route) {
        let embedded = self.services[id.service].embedded;
        (embedded, &embedded.routes[id.route])
    }

    /// The operation with this id, read on first use.
    pub(crate) fn operation(&self, id: RouteId) -> &Operation {
        let service = &self.services[id.service];
        let route = &service.embedded.routes[id.route];
        service.operations[id.route]
            .get_or_init(|| Operation::read(service.embedded, route, service.document()))
    }

    /// What the operation rests on, as its document says (`published`, `index`, `sdk`...).
    pub(crate) fn evidence(&self, id: RouteId) -> &str {
        let (_, route) = self.route(id);
        let operation = &self.document(id).paths[route.path][route.method.to_ascii_lowercase()];
        operation["x-conga-evidence"]
            .as_str()
            .unwrap_or("published")
    }

    /// The document that the operation with this id stands in.
    pub(crate) fn document(&self, id: RouteId) -> &Document {
        self.services[id.service].document()
    }
}

impl Service {
    fn document(&self) -> &Document {
        self.document
            .get_or_init(|| Document::parse(self.embedded.document))
    }
}

impl Document {
    /// Reads a document that the build script wrote, so that its form is known.
    fn parse(json: &str) -> Self {
        let mut document: Value = serde_json::from_str(json).unwrap_or_default();
        let mut take = |pointer: &str| match document.pointer_mut(pointer).map(Value::take) {
            Some(Value::Object(map)) => map,
            _ => Map::new(),
        };
        let paths = take("/paths");
        Self {
            schemas: take("/components/schemas"),
            common_error: errors::common_error(&paths),
            paths,
        }
    }

    /// The schema itself, or the one it refers to. A reference to nothing is a free schema.
    pub(crate) fn resolve<'a>(&'a self, schema: &'a Value) -> &'a Value {
        let mut schema = schema;
        // A chain of aliases is short; a circle of them must still end.
        for _ in 0..16 {
            let Some(name) = schema::reference(schema) else {
                break;
            };
            schema = self.schemas.get(name).unwrap_or(&Value::Null);
        }
        schema
    }
}

/// Path parameters by name, decoded.
pub(crate) type PathParams = BTreeMap<String, String>;
