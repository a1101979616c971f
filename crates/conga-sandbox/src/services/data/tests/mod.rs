//! The service as its callers see it: calls in, answers out.

mod bulk;
mod criteria;
mod durability;
mod hostile;
mod reading;
mod records;
mod sharing;

use axum::http::{HeaderMap, Method};
use serde_json::{Value, json};

use super::{OPERATIONS, carry_out};
use crate::request::{AnswerBody, Body, Call, Caller};
use crate::services::World;
use crate::services::tenant::{Tenant, USER};
use crate::specification::ErrorShape;

fn empty() -> World {
    Tenant::empty().world
}

fn demo() -> World {
    Tenant::demo().world
}

/// An answer: its status and its envelope.
#[derive(Debug)]
struct Got {
    status: u16,
    body: Value,
}

impl Got {
    /// `Data`, of an answer that went well with this status.
    #[track_caller]
    fn data(&self, status: u16) -> &Value {
        assert_eq!(self.status, status, "{}", self.body);
        assert_eq!(self.body["Success"], true);
        assert!(self.body["Errors"].is_null());
        &self.body["Data"]
    }

    /// The messages of a failure with this status.
    #[track_caller]
    fn errors(&self, status: u16) -> Vec<&str> {
        assert_eq!(self.status, status, "{}", self.body);
        assert_eq!(self.body["Success"], false);
        assert!(self.body["Data"].is_null());
        let errors = self.body["Errors"].as_array().unwrap();
        errors
            .iter()
            .map(|error| error["Message"].as_str().unwrap())
            .collect()
    }

    /// A field of each record in `Data`.
    #[track_caller]
    fn column(&self, field: &str) -> Vec<&str> {
        let rows = self.data(200).as_array().unwrap();
        rows.iter()
            .map(|row| row[field].as_str().unwrap_or("null"))
            .collect()
    }
}

impl World {
    fn get(&self, path: &str) -> Got {
        self.send(Method::GET, path, None)
    }

    fn post(&self, path: &str, body: Value) -> Got {
        self.send(Method::POST, path, Some(body))
    }

    fn put(&self, path: &str, body: Value) -> Got {
        self.send(Method::PUT, path, Some(body))
    }

    fn patch(&self, path: &str, body: Value) -> Got {
        self.send(Method::PATCH, path, Some(body))
    }

    fn delete(&self, path: &str) -> Got {
        self.send(Method::DELETE, path, None)
    }

    fn delete_with(&self, path: &str, body: Value) -> Got {
        self.send(Method::DELETE, path, Some(body))
    }

    /// Creates an account and gives its Id.
    fn account(&self, fields: Value) -> String {
        self.post("Account", fields)
            .data(201)
            .as_str()
            .unwrap()
            .to_owned()
    }

    /// The account as it stands.
    fn account_at(&self, id: &str) -> Value {
        self.get(&format!("Account/{id}")).data(200).clone()
    }

    /// The names of the accounts that a criteria finds, in the order of creation.
    fn find(&self, criteria: &str) -> Vec<String> {
        let got = self.post(
            "Account/query",
            json!({"Criteria": criteria, "Limit": 1000}),
        );
        got.column("Name").into_iter().map(str::to_owned).collect()
    }

    #[track_caller]
    fn send(&self, method: Method, path: &str, body: Option<Value>) -> Got {
        let call = call(method, path, body);
        let answer = carry_out(self, &call)
            .unwrap_or_else(|failure| ErrorShape::Platform.answer(failure.into_refusal()));
        let AnswerBody::Json(body) = answer.body else {
            panic!("the Data service answers JSON");
        };
        Got {
            status: answer.status.as_u16(),
            body,
        }
    }
}

/// A call as the engine hands it over. The path is relative to `/api/data/v1/` and may have a
/// query.
fn call(method: Method, path: &str, body: Option<Value>) -> Call {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let (template, path_params) = route(path);
    let query = url::form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect();
    Call {
        method,
        path: format!("/api/data/v1/{path}"),
        service: "data",
        operation: "any",
        template: format!("/api/data/v1/{template}").leak(),
        path_params: path_params
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        query,
        headers: HeaderMap::new(),
        body: body.map_or(Body::Empty, Body::Json),
        caller: Caller::Platform {
            client_id: "sandbox-integration".to_owned(),
            user_id: USER.to_owned(),
        },
    }
}

/// The published template of a path, and its parameters.
fn route(path: &str) -> (String, Vec<(&'static str, &str)>) {
    let (prefix, rest, mut params) = match path.strip_prefix("custom-objects/") {
        Some("query/parallel") => return (path.to_owned(), Vec::new()),
        Some(custom) => match custom.strip_prefix("query/") {
            Some(name) => {
                let template = "custom-objects/query/{objectName}".to_owned();
                return (template, vec![("objectName", name)]);
            }
            None => {
                let (name, rest) = custom.split_once('/').unwrap_or((custom, ""));
                (
                    "custom-objects/{objectName}",
                    rest,
                    vec![("objectName", name)],
                )
            }
        },
        None => {
            let (name, rest) = path.split_once('/').unwrap_or((path, ""));
            (name, rest, Vec::new())
        }
    };
    let rest = match rest {
        "" => String::new(),
        "bulk" | "query" | "summary" | "recordtypes" | "criteria/bulk" => format!("/{rest}"),
        _ => match rest.strip_prefix("by-externalId/") {
            Some(external_id) => {
                params.push(("externalId", external_id));
                "/by-externalId/{externalId}".to_owned()
            }
            None => {
                params.push(("id", rest));
                "/{id}".to_owned()
            }
        },
    };
    (format!("{prefix}{rest}"), params)
}

#[test]
fn every_operation_listed_is_carried_out() {
    let tenant = Tenant::empty();
    for operation in OPERATIONS {
        let request = tenant.call("data", operation);
        let request = ["objectName", "id", "externalId"]
            .iter()
            .fold(request, |request, name| request.path(name, "X_c"));
        let got = request.json(json!([])).send();
        assert!(
            !got.json.to_string().contains("does not know"),
            "{operation}: {}",
            got.json
        );
    }
}
