//! Which operation serves which object. Three objects have operations of their own; all others share those of custom objects.
//!
//! Operations are looked up in the table of all operations by method and path, which are the wire's and stay. So a call is retried,
//! named in errors and traced as the same call of the generated client is, without the generated client being compiled.

use std::ptr;

use conga_api::{
    Call, Transport,
    operations::{self, Operation},
};
use http::Method;

/// What serves an object.
struct Served {
    /// In the order of [`Endpoint`].
    paths: [&'static str; 5],
    /// By path, and then by method in the order of [`METHODS`].
    operations: [[Option<&'static Operation>; 5]; 5],
}

const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

impl Served {
    /// The operations at these paths, looked up by the compiler.
    const fn at(paths: [&'static str; 5]) -> Self {
        let all = operations::data::OPERATIONS;
        let mut operations = [[None; 5]; 5];
        let mut next = 0;
        while next < all.len() {
            let operation = all[next];
            if let (Some(path), Some(method)) = (
                place_of(operation.path, &paths),
                place_of(operation.method, &METHODS),
            ) {
                operations[path][method] = Some(operation);
            }
            next += 1;
        }
        Self { paths, operations }
    }

    fn operation(&self, method: &Method, endpoint: Endpoint) -> Option<&'static Operation> {
        self.operations[endpoint as usize][place_of(method.as_str(), &METHODS)?]
    }
}

const fn place_of(text: &str, texts: &[&str]) -> Option<usize> {
    let mut place = 0;
    while place < texts.len() {
        if is_same(text.as_bytes(), texts[place].as_bytes()) {
            return Some(place);
        }
        place += 1;
    }
    None
}

/// `==`, which the compiler does not evaluate.
const fn is_same(one: &[u8], other: &[u8]) -> bool {
    let mut at = 0;
    while at < one.len() && at < other.len() && one[at] == other[at] {
        at += 1;
    }
    at == one.len() && at == other.len()
}

macro_rules! served {
    ($root:literal) => {
        Served::at([
            $root,
            concat!($root, "/{id}"),
            concat!($root, "/by-externalId/{externalId}"),
            concat!($root, "/bulk"),
            concat!($root, "/query"),
        ])
    };
}

static ACCOUNT: Served = served!("/api/data/v1/Account");
static CONTACT: Served = served!("/api/data/v1/Contact");
static OPPORTUNITY: Served = served!("/api/data/v1/Opportunity");
static CUSTOM: Served = Served::at([
    "/api/data/v1/custom-objects/{objectName}",
    "/api/data/v1/custom-objects/{objectName}/{id}",
    "/api/data/v1/custom-objects/{objectName}/by-externalId/{externalId}",
    "/api/data/v1/custom-objects/{objectName}/bulk",
    "/api/data/v1/custom-objects/query/{objectName}",
]);

/// An object, by the name that the platform has for it. Names keep their case.
#[derive(Clone)]
pub(super) struct Object {
    name: String,
    served: &'static Served,
}

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
        let served = match name.as_str() {
            "Account" => &ACCOUNT,
            "Contact" => &CONTACT,
            "Opportunity" => &OPPORTUNITY,
            _ => &CUSTOM,
        };
        Self { name, served }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The call of an operation, with the object's name filled in where the path asks for it.
    pub(super) fn call(&self, transport: &Transport, method: Method, endpoint: Endpoint) -> Call {
        let call = match self.served.operation(&method, endpoint) {
            Some(operation) => Call::new(transport, operation),
            None => transport.request(method, self.served.paths[endpoint as usize]),
        };
        if ptr::eq(self.served, &CUSTOM) {
            call.path("objectName", self.name())
        } else {
            call
        }
    }
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
                let object = Object::new(object.to_owned());
                let operation = object.served.operation(method, *endpoint);
                assert!(
                    operation.is_some(),
                    "{method} {endpoint:?} {}",
                    object.name()
                );
            }
        }
    }

    #[test]
    fn a_query_only_reads() {
        let query = ACCOUNT.operation(&Method::POST, Endpoint::Query);
        assert!(query.is_some_and(|operation| operation.idempotent));
    }
}
