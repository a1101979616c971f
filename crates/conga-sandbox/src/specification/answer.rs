//! Answers for operations without behaviour.
//!
//! Where the schema says little, the documented example is the answer. Otherwise every field gets a
//! believable value, lists get one to three items, and recursion ends where a schema would stand inside
//! itself. Path parameters come back in fields of the same name.

use serde_json::{Value, json};

use super::operation::is_json;
use super::sampler::Sampler;
use super::schema::Direction;
use super::values::{Ids, Roll};
use super::view::{Kind, View};
use super::{Document, Operation, PathParams, files};
use crate::request::{Answer, envelope};

impl Operation {
    /// The answer of a request that went well.
    pub(crate) fn answer(
        &self,
        document: &Document,
        seed: u64,
        path: &str,
        params: &PathParams,
    ) -> Answer {
        let shape = &self.answer;
        let Some(content) = &shape.content else {
            return Answer::empty(shape.status);
        };
        if !is_json(&content.media) {
            let title = format!("{} {}", self.service, self.id.replace('_', " "));
            return Answer::bytes(
                shape.status,
                content.media.clone(),
                files::sample(&content.media, &title),
            );
        }
        let hosted = self.template.starts_with("/services/apexrest/");
        let sampler = Sampler {
            document,
            direction: Direction::Answer,
            status: shape.status,
            ids: if hosted { Ids::Salesforce } else { Ids::Guid },
            params,
        };
        let roll = Roll::new(seed).at(self.service).at(self.id).at(path);
        let schema = &content.schema;
        let value = match &content.example {
            Some(example) if document.says_little(schema) => sampler.echoed(example),
            _ if View::of(document, [schema]).kind() != Kind::Any => {
                sampler.sample(schema, &shape.subject, roll)
            }
            // Nothing is known of the body: the wrapper that the service uses elsewhere, around nothing.
            _ if hosted => {
                json!({"title": "success", "status": shape.status.as_u16(), "data": null})
            }
            _ if document.uses_envelopes() => envelope(shape.status, Value::Null, None),
            _ => json!({}),
        };
        Answer::json(shape.status, value)
    }
}

impl Document {
    /// Whether the service wraps what it answers in the platform's envelope.
    fn uses_envelopes(&self) -> bool {
        self.schemas
            .values()
            .any(|schema| schema.pointer("/properties/Success").is_some())
    }

    /// Whether a schema leaves open what a value holds.
    fn says_little(&self, schema: &Value) -> bool {
        self.view_says_little(&View::of(self, [schema]))
    }

    fn view_says_little(&self, view: &View<'_>) -> bool {
        match view.kind() {
            Kind::Any => true,
            Kind::Array => self.says_little(view.items),
            Kind::Object if view.properties.is_empty() => {
                view.map_of.is_none_or(|of| self.says_little(of))
            }
            Kind::Object => {
                let payload = |name: &str| view.properties.get(name);
                let wrapped = ["Success", "success", "status"]
                    .iter()
                    .any(|name| view.properties.contains_key(name));
                let payload = payload("Data").or_else(|| payload("data"));
                wrapped
                    && payload.is_some_and(|payload| {
                        let payload = View::of(self, payload.iter().copied());
                        payload.kind() == Kind::Text || self.view_says_little(&payload)
                    })
            }
            _ => false,
        }
    }
}
