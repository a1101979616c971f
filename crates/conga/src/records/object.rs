//! Which operation serves which object. Three objects have operations of their own; all others share those of custom objects.
//!
//! Operations are looked up in the table of all operations by method and path, which are the wire's and stay. So a call is retried,
//! named in errors and traced as the same call of the generated client is, without the generated client being compiled.

use conga_api::{
    Call, Transport,
    operations::{self, Operation},
};
use http::Method;

const STANDARD: [&str; 3] = ["Account", "Contact", "Opportunity"];

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
        let path = self.path(endpoint);
        let call = match operation(&method, &path) {
            Some(operation) => Call::new(transport, operation),
            None => transport.request(method, path),
        };
        if self.is_standard() {
            call
        } else {
            call.path("objectName", self.name())
        }
    }

    fn is_standard(&self) -> bool {
        STANDARD.contains(&self.name())
    }

    fn path(&self, endpoint: Endpoint) -> String {
        if self.is_standard() {
            let root = format!("/api/data/v1/{}", self.name());
            match endpoint {
                Endpoint::Collection => root,
                Endpoint::Record => root + "/{id}",
                Endpoint::ByExternalId => root + "/by-externalId/{externalId}",
                Endpoint::Bulk => root + "/bulk",
                Endpoint::Query => root + "/query",
            }
        } else {
            let root = "/api/data/v1/custom-objects";
            match endpoint {
                Endpoint::Collection => format!("{root}/{{objectName}}"),
                Endpoint::Record => format!("{root}/{{objectName}}/{{id}}"),
                Endpoint::ByExternalId => {
                    format!("{root}/{{objectName}}/by-externalId/{{externalId}}")
                }
                Endpoint::Bulk => format!("{root}/{{objectName}}/bulk"),
                Endpoint::Query => format!("{root}/query/{{objectName}}"),
            }
        }
    }
}

fn operation(method: &Method, path: &str) -> Option<&'static Operation> {
    operations::data::OPERATIONS
        .iter()
        .copied()
        .find(|operation| operation.path == path && operation.method == method.as_str())
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
                let path = Object::new(object.to_owned()).path(*endpoint);
                assert!(operation(method, &path).is_some(), "{method} {path}");
            }
        }
    }

    #[test]
    fn a_query_only_reads() {
        let path = Object::new("Account".to_owned()).path(Endpoint::Query);
        assert!(operation(&Method::POST, &path).is_some_and(|operation| operation.idempotent));
    }
}
