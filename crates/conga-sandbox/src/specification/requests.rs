//! For tests: requests made from what operations take.

use serde_json::Value;

use super::operation::is_json;
use super::sampler::Sampler;
use super::schema::Direction;
use super::values::{Ids, Roll};
use super::{Document, PathParams, RouteId, Specification};

/// Makes the request of one operation, the same every time.
#[derive(Debug)]
pub(crate) struct Maker<'a> {
    document: &'a Document,
    operation: &'a Value,
    roll: Roll,
}

/// A body.
#[derive(Debug)]
pub(crate) enum Sample {
    None,
    Json(Value),
    Multipart(Vec<(String, String)>),
    UrlEncoded(Vec<(String, String)>),
    /// Anything of this media type.
    Bytes(String),
}

impl<'a> Maker<'a> {
    /// For the operation with this id.
    pub(crate) fn of(specification: &'a Specification, id: RouteId) -> Self {
        let (service, route) = specification.route(id);
        let document = specification.document(id);
        Self {
            document,
            operation: &document.paths[route.path][route.method.to_ascii_lowercase()],
            roll: Roll::new(1).at(service.id).at(route.operation),
        }
    }

    /// The parameters in `path`, `query` or `header` that must be given.
    pub(crate) fn required(&self, location: &str) -> Vec<(String, String)> {
        let all = self.all(location).filter(|one| one["required"] == true);
        all.map(|one| self.parameter(one)).collect()
    }

    /// All parameters there.
    pub(crate) fn parameters(&self, location: &str) -> Vec<(String, String)> {
        self.all(location).map(|one| self.parameter(one)).collect()
    }

    /// The body, of the first media type.
    pub(crate) fn body(&self) -> Sample {
        let content = &self.operation["requestBody"]["content"];
        let Some((media, content)) = content.as_object().and_then(|all| all.iter().next()) else {
            return Sample::None;
        };
        let schema = &content["schema"];
        match media.as_str() {
            "multipart/form-data" => Sample::Multipart(self.fields(schema)),
            "application/x-www-form-urlencoded" => Sample::UrlEncoded(self.fields(schema)),
            media if is_json(media) => Sample::Json(self.sample("", schema)),
            media => Sample::Bytes(media.to_owned()),
        }
    }

    fn all(&self, location: &str) -> impl Iterator<Item = &'a Value> {
        let parameters = self.operation["parameters"].as_array();
        let parameters = parameters.into_iter().flatten();
        parameters.filter(move |parameter| parameter["in"] == location)
    }

    fn parameter(&self, parameter: &Value) -> (String, String) {
        let name = parameter["name"].as_str().unwrap_or_default();
        (name.to_owned(), self.text(name, &parameter["schema"]))
    }

    fn fields(&self, schema: &Value) -> Vec<(String, String)> {
        self.document.resolve(schema)["properties"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, field)| (name.clone(), self.text(name, field)))
            .collect()
    }

    /// The text of a parameter or a form field.
    fn text(&self, name: &str, schema: &Value) -> String {
        let value = match self.sample(name, schema) {
            Value::Array(items) => items.into_iter().next().unwrap_or_default(),
            value => value,
        };
        match value {
            Value::String(text) => text,
            Value::Null => "1".to_owned(),
            other => other.to_string(),
        }
    }

    fn sample(&self, name: &str, schema: &Value) -> Value {
        let none = PathParams::new();
        let sampler = Sampler {
            document: self.document,
            direction: Direction::Request,
            status: axum::http::StatusCode::OK,
            ids: Ids::Guid,
            params: &none,
        };
        sampler.sample(schema, name, self.roll.at(name))
    }
}
