//! Errors in the shape that their operation documents.
//!
//! Documents give some statuses a body and leave most out. An error has the body documented for its status; else that of another
//! status of the operation; else the one that the service documents most often; else the platform's envelope, or the array of
//! Salesforce-hosted services.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::view::{Kind, View};
use super::{Document, Found, Operation, Specification};
use crate::request::{Answer, Refusal, envelope, status_name};

/// The bodies that an operation documents for errors, by status.
pub(super) const DOCUMENTED: &str = "x-conga-errors";

/// The shape in which the errors of a request are written.
#[derive(Debug, Clone, Copy)]
pub(crate) enum ErrorShape<'a> {
    /// As the operation documents them.
    Documented(&'a Operation, &'a Document),
    /// As Salesforce-hosted services do: an array with one object a message.
    Salesforce,
    /// In the platform's envelope.
    Platform,
}

impl Specification {
    /// The shape of errors for what was found at a path.
    pub(crate) fn error_shape(&self, found: &Found, path: &str) -> ErrorShape<'_> {
        match found {
            Found::Operation(id, _) => {
                ErrorShape::Documented(self.operation(*id), self.document(*id))
            }
            _ if path.starts_with("/services/apexrest/") => ErrorShape::Salesforce,
            _ => ErrorShape::Platform,
        }
    }
}

impl ErrorShape<'_> {
    /// The refusal as an answer.
    pub(crate) fn answer(self, refusal: Refusal) -> Answer {
        let Refusal {
            status,
            messages,
            header,
        } = refusal;
        let documented = match self {
            Self::Documented(operation, document) => {
                operation.error(document, status.as_str(), &|schema| {
                    Teller { document, status }.tell(schema, &messages)
                })
            }
            Self::Salesforce | Self::Platform => None,
        };
        let hosted = match self {
            Self::Documented(operation, _) => operation.template.starts_with("/services/apexrest/"),
            Self::Salesforce => true,
            Self::Platform => false,
        };
        let mut answer = match documented {
            Some(body) => Answer::json(status, body),
            None if hosted => Answer::salesforce_failure(status, messages),
            None => Answer::failure(status, messages),
        };
        answer.headers.extend(header);
        answer
    }
}

impl Operation {
    /// The error of the first shape that can hold it.
    fn error(
        &self,
        document: &Document,
        status: &str,
        tell: &dyn Fn(&Value) -> Option<Value>,
    ) -> Option<Value> {
        let documented = self.errors.get(status);
        let shapes = documented.into_iter().chain(self.errors.values());
        shapes.chain(&document.common_error).find_map(tell)
    }
}

/// The error body that most operations of a document have.
pub(super) fn common_error(paths: &Map<String, Value>) -> Option<Value> {
    let operations = paths
        .values()
        .filter_map(Value::as_object)
        .flat_map(Map::values);
    let mut times = BTreeMap::new();
    for schema in operations.flat_map(documented).map(|(_, schema)| schema) {
        let (count, _) = times.entry(schema.to_string()).or_insert((0, schema));
        *count += 1;
    }
    let most = times.into_values().max_by_key(|(count, _)| *count);
    most.map(|(_, schema)| schema.clone())
}

/// The error bodies of an operation, by status.
pub(super) fn documented(operation: &Value) -> impl Iterator<Item = (&String, &Value)> {
    let errors = operation.get(DOCUMENTED).and_then(Value::as_object);
    errors.into_iter().flatten()
}

/// Writes an error into a schema by the names of its fields. Those that say nothing of an error are left out.
struct Teller<'a> {
    document: &'a Document,
    status: axum::http::StatusCode,
}

impl Teller<'_> {
    /// The value that holds the messages; `None` if the schema has no place for them.
    fn tell(&self, schema: &Value, messages: &[String]) -> Option<Value> {
        let view = View::of(self.document, [schema]);
        match view.kind() {
            Kind::Array => messages
                .iter()
                .map(|message| self.tell(view.items, std::slice::from_ref(message)))
                .collect(),
            Kind::Text | Kind::Any => Some(messages.join("; ").into()),
            Kind::Object if view.properties.contains_key("Success") => {
                Some(self.enveloped(&view, messages))
            }
            Kind::Object => self.object(&view, messages),
            Kind::Boolean | Kind::Integer | Kind::Number => None,
        }
    }

    /// As much of the platform's envelope as the service publishes.
    fn enveloped(&self, view: &View<'_>, messages: &[String]) -> Value {
        let mut whole = envelope(self.status, Value::Null, Some(messages.to_vec()));
        if let Some(fields) = whole.as_object_mut() {
            fields.retain(|name, _| match view.properties.get(name.as_str()) {
                Some(data) if name == "Data" => self.kind(data) != Kind::Object,
                property => property.is_some(),
            });
        }
        whole
    }

    fn object(&self, view: &View<'_>, messages: &[String]) -> Option<Value> {
        let mut fields = Map::new();
        let mut told = false;
        for (&name, declared) in &view.properties {
            let value = match (name.to_ascii_lowercase().as_str(), self.kind(declared)) {
                (
                    "message" | "errormessage" | "detail" | "details" | "summary",
                    Kind::Text | Kind::Any,
                ) => {
                    told = true;
                    messages.join("; ").into()
                }
                ("errors", Kind::Array) => {
                    let Some(errors) = self.tell(declared[0], messages) else {
                        continue;
                    };
                    told = true;
                    errors
                }
                ("issuccess", Kind::Boolean) => false.into(),
                ("isfailure", Kind::Boolean) => true.into(),
                ("status" | "code", Kind::Integer) => self.status.as_u16().into(),
                ("code", Kind::Text) => match self.code(declared) {
                    Some(code) => code.into(),
                    None => continue,
                },
                ("title", Kind::Text) => self.status.canonical_reason().into(),
                ("type", Kind::Text) => {
                    format!("https://httpstatuses.io/{}", self.status.as_u16()).into()
                }
                _ => continue,
            };
            fields.insert(name.to_owned(), value);
        }
        told.then_some(Value::Object(fields))
    }

    /// The status as a word, spelt as the field's enumeration has it; `None` if it lacks there.
    fn code(&self, declared: &[&Value]) -> Option<String> {
        let bare = |word: &str| word.replace('_', "").to_ascii_lowercase();
        let word = status_name(self.status);
        match View::of(self.document, declared.iter().copied()).options {
            None => Some(word),
            Some(options) => {
                let mut options = options.iter().filter_map(Value::as_str);
                options
                    .find(|option| bare(option) == bare(&word))
                    .map(str::to_owned)
            }
        }
    }

    fn kind(&self, declared: &[&Value]) -> Kind {
        View::of(self.document, declared.iter().copied()).kind()
    }
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;
    use serde_json::json;

    use super::*;
    use crate::request::AnswerBody;

    #[track_caller]
    fn refused(service: &str, operation: &str, status: StatusCode) -> Value {
        let specification = Specification::embedded();
        let id = specification.named(service, operation).unwrap();
        let shape = ErrorShape::Documented(specification.operation(id), specification.document(id));
        let mut refusal = Refusal::new(status, "first");
        refusal.messages.push("second".to_owned());
        let answer = shape.answer(refusal);
        assert_eq!(answer.status, status);
        match answer.body {
            AnswerBody::Json(body) => body,
            body => panic!("an error is JSON, not {body:?}"),
        }
    }

    #[test]
    fn a_service_with_problem_details_answers_in_them() {
        let problem = json!({
            "type": "https://httpstatuses.io/422",
            "title": "Unprocessable Entity",
            "status": 422,
            "detail": "first; second",
        });
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        assert_eq!(refused("cart", "get_cart", status), problem);
    }

    #[test]
    fn one_object_a_message_where_errors_are_an_array() {
        let errors = json!([{"code": 400, "message": "first"}, {"code": 400, "message": "second"}]);
        let status = StatusCode::BAD_REQUEST;
        assert_eq!(refused("catalog", "list_products", status), errors);
    }

    #[test]
    fn exceptions_carry_their_message_only() {
        let status = StatusCode::NOT_FOUND;
        assert_eq!(
            refused("order", "get_order", status),
            json!({"Message": "first; second"})
        );
    }

    #[test]
    fn an_envelope_has_the_fields_that_are_published() {
        let error = refused("contracts", "get_contract", StatusCode::BAD_REQUEST);
        let errors = json!([{"Message": "first"}, {"Message": "second"}]);
        let whole = json!({"Success": false, "Data": null, "Errors": errors, "Warnings": null});
        assert_eq!(error, whole);
        let error = refused("data", "list_accounts", StatusCode::BAD_REQUEST);
        assert_eq!(error["StatusCode"], "BadRequest");
    }
}
