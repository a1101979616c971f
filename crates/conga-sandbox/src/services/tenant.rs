//! For tests of services: a world, and calls of its operations by name.
//!
//! A call passes the same checks as over HTTP, and an answer that goes well is held against what the operation
//! documents.

#![allow(dead_code, reason = "tests of services use what they need")]

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::World;
use crate::accounts::Accounts;
use crate::request::{AnswerBody, Body, Call, Caller, Part};
use crate::specification::{ErrorShape, Operation, Specification};
use crate::{Clock, Seed};

/// The user that calls are made as.
pub(crate) const USER: &str = "00000000-0000-4000-8000-000000000001";

/// The time when a tenant's stopped clock stands.
pub(crate) fn start() -> DateTime<Utc> {
    "2026-03-01T09:30:00Z".parse().unwrap()
}

/// A world in memory.
#[derive(Debug)]
pub(crate) struct Tenant {
    pub(crate) world: World,
}

/// A call that is being put together.
#[derive(Debug)]
pub(crate) struct Request<'a> {
    world: &'a World,
    operation: &'static Operation,
    shape: ErrorShape<'static>,
    call: Call,
    stale: Option<Duration>,
}

/// What a call was answered.
#[derive(Debug)]
pub(crate) struct Got {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    /// A JSON answer; null for any other.
    pub(crate) json: Value,
    /// An answer that is not JSON.
    pub(crate) bytes: Bytes,
}

impl Tenant {
    /// A tenant without data.
    pub(crate) fn empty() -> Self {
        Self::open(None, Seed::Empty)
    }

    /// A tenant with the demo data.
    pub(crate) fn demo() -> Self {
        Self::open(None, Seed::Demo)
    }

    /// The tenant whose data is in this file, without data if the file is new.
    pub(crate) fn at(path: &Path) -> Self {
        Self::open(Some(path), Seed::Empty)
    }

    fn open(path: Option<&Path>, seed: Seed) -> Self {
        let clock = Clock::stopped(start());
        let world = World::open(path, seed, &Accounts::default(), clock).unwrap();
        Self { world }
    }

    /// A call of an operation, by its id in the curated document.
    #[track_caller]
    pub(crate) fn call(&self, service: &str, operation: &str) -> Request<'_> {
        let specification = Specification::embedded();
        let id = specification
            .named(service, operation)
            .unwrap_or_else(|| panic!("{service} has no operation {operation}"));
        let (service, route) = specification.route(id);
        Request {
            world: &self.world,
            operation: specification.operation(id),
            stale: None,
            shape: ErrorShape::Documented(specification.operation(id), specification.document(id)),
            call: Call {
                method: Method::from_bytes(route.method.as_bytes()).unwrap(),
                path: route.path.to_owned(),
                service: service.id,
                operation: route.operation,
                template: route.path,
                path_params: BTreeMap::new(),
                query: Vec::new(),
                headers: HeaderMap::new(),
                body: Body::Empty,
                caller: Caller::Platform {
                    client_id: "sandbox-integration".to_owned(),
                    user_id: USER.to_owned(),
                },
            },
        }
    }
}

impl Request<'_> {
    /// The path as the specification writes it.
    pub(crate) fn template(&self) -> &'static str {
        self.call.template
    }

    /// Gives a path parameter.
    pub(crate) fn path(mut self, name: &str, value: impl Into<String>) -> Self {
        let value = value.into();
        let encoded = utf8_percent_encode(&value, NON_ALPHANUMERIC).to_string();
        self.call.path = self.call.path.replace(&format!("{{{name}}}"), &encoded);
        self.call.path_params.insert(name.to_owned(), value);
        self
    }

    /// Adds a query parameter.
    pub(crate) fn query(mut self, name: &str, value: impl ToString) -> Self {
        self.call.query.push((name.to_owned(), value.to_string()));
        self
    }

    /// Adds a header.
    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        let value = HeaderValue::from_str(value).unwrap();
        self.call
            .headers
            .insert(HeaderName::from_static(name), value);
        self
    }

    /// Gives a JSON body.
    pub(crate) fn json(mut self, body: Value) -> Self {
        self.call.body = Body::Json(body);
        self
    }

    /// Gives a body of bytes.
    pub(crate) fn bytes(mut self, body: impl Into<Bytes>) -> Self {
        self.call.body = Body::Bytes(body.into());
        self
    }

    /// Adds a text field to a form.
    pub(crate) fn field(self, name: &str, value: impl Into<String>) -> Self {
        let value = value.into();
        self.part(Part {
            name: name.to_owned(),
            file_name: None,
            content_type: None,
            bytes: value.into(),
        })
    }

    /// Adds a file to a form.
    pub(crate) fn file(self, name: &str, file_name: &str, bytes: impl Into<Bytes>) -> Self {
        self.part(Part {
            name: name.to_owned(),
            file_name: Some(file_name.to_owned()),
            content_type: Some("application/octet-stream".to_owned()),
            bytes: bytes.into(),
        })
    }

    /// Does not see what was written in so many seconds.
    pub(crate) fn stale(mut self, seconds: u64) -> Self {
        self.stale = Some(Duration::from_secs(seconds));
        self
    }

    /// Calls as somebody else.
    pub(crate) fn caller(mut self, caller: Caller) -> Self {
        self.call.caller = caller;
        self
    }

    /// The call itself, for a test of what lies below the services.
    pub(crate) fn into_call(self) -> Call {
        self.call
    }

    fn part(mut self, part: Part) -> Self {
        match &mut self.call.body {
            Body::Form(parts) => parts.push(part),
            body => *body = Body::Form(vec![part]),
        }
        self
    }

    /// Makes the call.
    #[track_caller]
    pub(crate) fn send(self) -> Got {
        let call = &self.call;
        assert!(!call.path.contains('{'), "a parameter lacks: {}", call.path);
        let media = match &call.body {
            Body::Json(_) => "application/json",
            Body::Form(_) => "multipart/form-data",
            Body::Empty | Body::Bytes(_) => "",
        };
        let mut faults =
            self.operation
                .check_parameters(&call.path_params, &call.query, &call.headers);
        faults.extend(self.operation.check_body(media, &call.body));
        let checked = crate::request::Refusal::unless_empty(faults);
        let outcome = checked.and_then(|()| {
            self.world
                .carry_out(call, self.stale)
                .unwrap_or_else(|| panic!("{} has no behaviour", call.operation))
        });
        let answer = outcome.unwrap_or_else(|refusal| self.shape.answer(refusal));
        let answer = self.operation.fit(answer);
        let (json, bytes) = match answer.body {
            AnswerBody::Empty => (Value::Null, Bytes::new()),
            AnswerBody::Json(json) => (json, Bytes::new()),
            AnswerBody::Bytes(_, bytes) => (Value::Null, bytes),
        };
        if answer.status.is_success() && !json.is_null() {
            let faults = self.operation.check_answer(&json);
            assert!(
                faults.is_empty(),
                "{} answers what it does not document: {faults:#?}\n{json:#}",
                call.operation
            );
        }
        Got {
            status: answer.status.as_u16(),
            headers: answer.headers,
            json,
            bytes,
        }
    }
}

impl Got {
    /// The envelope's `Data`, of an answer that went well with this status.
    #[track_caller]
    pub(crate) fn data(&self, status: u16) -> &Value {
        assert_eq!(self.status, status, "{}", self.json);
        assert_eq!(self.json["Success"], true, "{}", self.json);
        assert!(self.json["Errors"].is_null());
        &self.json["Data"]
    }

    /// The messages of a failure with this status: one each in an envelope or an array, else all in one.
    #[track_caller]
    pub(crate) fn errors(&self, status: u16) -> Vec<&str> {
        assert_eq!(self.status, status, "{}", self.json);
        let lists = ["Errors", "errors"];
        let errors = lists.iter().find_map(|name| self.json.get(name));
        let errors = errors.unwrap_or(&self.json);
        let errors = errors
            .as_array()
            .map_or(std::slice::from_ref(errors), Vec::as_slice);
        let message = |error| {
            ["Message", "message", "detail", "details"]
                .iter()
                .find_map(|name| Value::get(error, name)?.as_str())
        };
        errors.iter().map(|error| message(error).unwrap()).collect()
    }
}
