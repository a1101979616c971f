//! Which operation serves which object. Three objects have operations of their own; all others share those of custom objects.
//!
//! Operations are looked up in the table of all operations by method and path, which are the wire's and stay. So a call is retried,
//! named in errors and traced as the same call of the generated client is, without the generated client being compiled.

use conga_api::{
    Call, Transport,
    operations::{self, Operation},
};
use http::Method;

/// The paths of an object, in the order of [`Endpoint`].
type Paths = [&'static str; 5];

macro_rules! paths {
    ($root:literal) => {
        [
            $root,
            concat!($root, "/{id}"),
            concat!($root, "/by-externalId/{externalId}"),
            concat!($root, "/bulk"),
            concat!($root, "/query"),
        ]
    };
}

static ACCOUNT: Paths = paths!("/api/data/v1/Account");
static CONTACT: Paths = paths!("/api/data/v1/Contact");
static OPPORTUNITY: Paths = paths!("/api/data/v1/Opportunity");
static CUSTOM: Paths = [
    "/api/data/v1/custom-objects/{objectName}",
    "/api/data/v1/custom-objects/{objectName}/{id}",
    "/api/data/v1/custom-objects/{objectName}/by-externalId/{externalId}",
    "/api/data/v1/custom-objects/{objectName}/bulk",
    "/api/data/v1/custom-objects/query/{objectName}",
];

/// An object, by the name that the platform has for it. Names keep their case.
#[derive(Clone, Debug)]
pub(super) struct Object(String);

/// The paths that every object has.
#[derive(Clone, Copy, Debug)]
pub(super) enum Endpoint {
    Collection,
    Record,
    ByExternalId,
    Bulk,
    Query,
}

impl Object {
    pub(super) fn new(name: String) -> Self {
        Self(name)
    }

    pub(super) fn name(&self) -> &str {
        &self.0
    }

    /// The call of an operation, with the object's name filled in where the path asks for it.
    pub(super) fn call(&self, transport: &Transport, method: Method, endpoint: Endpoint) -> Call {
        let paths = self.paths();
        let path = paths[endpoint as usize];
        let call = match operation(&method, path) {
            Some(operation) => Call::new(transport, operation),
            None => transport.request(method, path),
        };
        if paths == &CUSTOM {
            call.path("objectName", self.name())
        } else {
            call
        }
    }

    fn paths(&self) -> &'static Paths {
        match self.name() {
            "Account" => &ACCOUNT,
            "Contact" => &CONTACT,
            "Opportunity" => &OPPORTUNITY,
            _ => &CUSTOM,
        }
    }
}

fn operation(method: &Method, path: &str) -> Option<&'static Operation> {
    operations::data::OPERATIONS
        .iter()
        .copied()
        .find(|operation| operation.method == method.as_str() && operation.path == path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_verb_of_every_object_is_in_the_table() {
        let verbs = [
            (Method::POST, Endpoint::Collection),
            (Method::GET, Endpoint::Collection),
            (Method::GET, Endpoint::Record),
            (Method::PUT, Endpoint::Record),
            (Method::DELETE, Endpoint::Record),
            (Method::GET, Endpoint::ByExternalId),
            (Method::PUT, Endpoint::ByExternalId),
            (Method::DELETE, Endpoint::ByExternalId),
            (Method::POST, Endpoint::Bulk),
            (Method::PUT, Endpoint::Bulk),
            (Method::PATCH, Endpoint::Bulk),
            (Method::DELETE, Endpoint::Bulk),
            (Method::POST, Endpoint::Query),
        ];
        for object in ["Account", "Contact", "Opportunity", "Widget_c"] {
            for (method, endpoint) in &verbs {
                let path = Object::new(object.to_owned()).paths()[*endpoint as usize];
                assert!(operation(method, path).is_some(), "{method} {path}");
            }
        }
    }

    #[test]
    fn a_query_only_reads() {
        let path = ACCOUNT[Endpoint::Query as usize];
        assert!(operation(&Method::POST, path).is_some_and(|operation| operation.idempotent));
    }
}
