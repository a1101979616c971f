//! An OpenAPI document as it is read, walked, checked and written.

use std::{collections::BTreeSet, path::Path};

use serde_json::{Map, Value};

use crate::{
    layout::Layout,
    problem::{Problem, Problems},
};

/// HTTP methods that a path item may hold, in the order in which documents are written.
pub(crate) const METHODS: [&str; 7] = ["get", "post", "put", "patch", "delete", "head", "options"];

/// What a reference to a named schema begins with.
pub(crate) const SCHEMAS: &str = "#/components/schemas/";

/// One service's OpenAPI document. Kept as a JSON tree: passes touch keys that no typed model knows.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Document {
    /// The service's id.
    pub(crate) service: String,
    /// The file it stands in, for messages.
    pub(crate) file: String,
    pub(crate) root: Value,
}

/// Where an operation stands.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) path: String,
    /// Lower case, as in the document.
    pub(crate) method: String,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.method.to_uppercase(), self.path)
    }
}

impl Document {
    pub(crate) fn new(service: impl Into<String>, file: impl Into<String>, root: Value) -> Self {
        Self {
            service: service.into(),
            file: file.into(),
            root,
        }
    }

    /// Reads a YAML or JSON document.
    pub(crate) fn load(layout: &Layout, service: &str, path: &Path) -> Result<Self, Problem> {
        let file = layout.display(path);
        let text = std::fs::read_to_string(path).map_err(|e| {
            Problem::new(&file, "", format!("cannot be read: {e}"), "check the path; `spec import` writes published documents, `spec curate` curated ones")
        })?;
        Self::parse(service, &file, &text)
    }

    /// Reads the text of a YAML or JSON document.
    pub(crate) fn parse(service: &str, file: &str, text: &str) -> Result<Self, Problem> {
        let root: Value = if text.trim_start().starts_with('{') {
            serde_json::from_str(text).map_err(|e| e.to_string())
        } else {
            serde_saphyr::from_str(text).map_err(|e| e.to_string())
        }
        .map_err(|e| {
            Problem::new(
                file,
                "",
                format!("is neither YAML nor JSON: {e}"),
                "mend the syntax at the position given",
            )
        })?;
        let version = root
            .get("openapi")
            .and_then(Value::as_str)
            .unwrap_or_default();
        if !version.starts_with("3.0.") {
            return Err(Problem::new(
                file,
                "openapi",
                format!("the version is {version:?}, not 3.0.x"),
                "convert the document to OpenAPI 3.0.3 first",
            ));
        }
        Ok(Self::new(service, file, root))
    }

    /// The document as YAML: the same tree gives the same bytes.
    pub(crate) fn to_yaml(&self) -> Result<String, Problem> {
        serde_saphyr::to_string(&self.root).map_err(|e| {
            Problem::new(
                &self.file,
                "",
                format!("cannot be written as YAML: {e}"),
                "report it: every JSON tree should have a YAML form",
            )
        })
    }

    /// Every operation with its place, in document order.
    pub(crate) fn operations(&self) -> impl Iterator<Item = (Place, &Value)> {
        self.root
            .get("paths")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
            .flat_map(|(path, item)| {
                item.as_object()
                    .into_iter()
                    .flatten()
                    .filter(|(method, _)| METHODS.contains(&method.as_str()))
                    .map(move |(method, operation)| {
                        (
                            Place {
                                path: path.clone(),
                                method: method.clone(),
                            },
                            operation,
                        )
                    })
            })
    }

    /// Every operation with its place, to be changed.
    pub(crate) fn operations_mut(&mut self) -> impl Iterator<Item = (Place, &mut Value)> {
        self.root
            .get_mut("paths")
            .and_then(Value::as_object_mut)
            .into_iter()
            .flatten()
            .flat_map(|(path, item)| {
                item.as_object_mut()
                    .into_iter()
                    .flatten()
                    .filter(|(method, _)| METHODS.contains(&method.as_str()))
                    .map(move |(method, operation)| {
                        (
                            Place {
                                path: path.clone(),
                                method: method.clone(),
                            },
                            operation,
                        )
                    })
            })
    }

    /// The named schemas.
    pub(crate) fn schemas(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.root
            .pointer("/components/schemas")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
    }

    /// The named schemas, to be changed; made where the document has none.
    pub(crate) fn schemas_mut(&mut self) -> Option<&mut Map<String, Value>> {
        self.root
            .as_object_mut()?
            .entry("components")
            .or_insert_with(|| Value::Object(Map::new()))
            .as_object_mut()?
            .entry("schemas")
            .or_insert_with(|| Value::Object(Map::new()))
            .as_object_mut()
    }

    /// The schema that a `$ref` names.
    pub(crate) fn resolve(&self, reference: &str) -> Option<&Value> {
        self.root.pointer(reference.strip_prefix('#')?)
    }

    /// The named schemas that operations reach by these of their keys, straight or through other schemas.
    pub(crate) fn reached(&self, keys: &[&str]) -> BTreeSet<String> {
        let mut open = Vec::new();
        for (_, operation) in self.operations() {
            keys.iter()
                .filter_map(|key| operation.get(key))
                .for_each(|value| collect_references(value, &mut open));
        }
        let mut reached = BTreeSet::new();
        while let Some(reference) = open.pop() {
            if let Some(name) = reference.strip_prefix(SCHEMAS)
                && let Some(schema) = self.resolve(&reference)
                && reached.insert(name.to_owned())
            {
                // What stands for an existing Rust type leads on by that type's parameters only.
                collect_references(schema.get("x-rust-type").unwrap_or(schema), &mut open);
            }
        }
        reached
    }

    /// A problem of this document.
    pub(crate) fn problem(
        &self,
        place: impl ToString,
        what: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Problem {
        Problem::new(&self.file, place.to_string(), what, remedy)
    }

    /// What holds for every document, published or curated: references lead somewhere, path parameters match the path,
    /// every operation answers something.
    pub(crate) fn check(&self) -> Result<(), Problems> {
        let mut problems = Vec::new();
        for (place, operation) in self.operations() {
            let mut references = Vec::new();
            collect_references(operation, &mut references);
            for reference in references {
                if self.resolve(&reference).is_none() {
                    problems.push(self.dangling(&place, &reference));
                }
            }
            let mut wanted: Vec<&str> = template_parameters(&place.path).collect();
            let mut given: Vec<&str> = parameters(operation)
                .filter(|p| p["in"] == "path")
                .filter_map(|p| p["name"].as_str())
                .collect();
            wanted.sort_unstable();
            given.sort_unstable();
            if wanted != given {
                problems.push(self.problem(
                    &place,
                    format!(
                        "the path names the parameters {wanted:?}, the operation declares {given:?}"
                    ),
                    "correct the published document, or add the parameter by overlay",
                ));
            }
            if operation
                .get("responses")
                .and_then(Value::as_object)
                .is_none_or(Map::is_empty)
            {
                problems.push(self.problem(&place, "declares no response", "add one by overlay"));
            }
        }
        for (name, schema) in self.schemas() {
            let mut references = Vec::new();
            collect_references(schema, &mut references);
            for reference in references {
                if self.resolve(&reference).is_none() {
                    problems.push(self.dangling(format!("schema {name}"), &reference));
                }
            }
        }
        Problems(problems).into_result()
    }

    /// What holds for curated documents besides: every operation has an id, and no two share one.
    pub(crate) fn check_ids(&self) -> Result<(), Problems> {
        let mut problems = Vec::new();
        let mut seen = std::collections::HashMap::<&str, Place>::new();
        for (place, operation) in self.operations() {
            match operation.get("operationId").and_then(Value::as_str) {
                None => problems.push(self.problem(
                    &place,
                    "has no operationId",
                    "give it one by overlay",
                )),
                Some(id) => {
                    if let Some(first) = seen.insert(id, place.clone()) {
                        problems.push(self.problem(
                            &place,
                            format!("has the operationId `{id}`, which {first} has too"),
                            "rename one of the two by overlay",
                        ));
                    }
                }
            }
        }
        Problems(problems).into_result()
    }

    /// What holds for curated documents besides: whatever stands in a path, query or header can be written as text.
    pub(crate) fn check_parameters(&self) -> Result<(), Problems> {
        let mut problems = Vec::new();
        for (place, operation) in self.operations() {
            for parameter in parameters(operation) {
                let schema = &parameter["schema"];
                let schema = schema
                    .get("$ref")
                    .and_then(Value::as_str)
                    .and_then(|reference| self.resolve(reference))
                    .unwrap_or(schema);
                if schema.get("properties").is_some() {
                    problems.push(self.problem(
                        &place,
                        format!(
                            "the {} parameter {} is an object with fields",
                            parameter["in"].as_str().unwrap_or_default(),
                            parameter["name"].as_str().unwrap_or_default()
                        ),
                        "say by overlay what is sent: mostly it is the request body, published in the wrong place",
                    ));
                }
            }
        }
        Problems(problems).into_result()
    }

    fn dangling(&self, place: impl ToString, reference: &str) -> Problem {
        self.problem(
            place,
            format!("refers to {reference}, which the document does not define"),
            "add the schema to the published document, or replace the reference by overlay",
        )
    }
}

/// The parameters of an operation.
pub(crate) fn parameters(operation: &Value) -> impl Iterator<Item = &Value> {
    operation
        .get("parameters")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

/// The names in braces of a path template.
pub(crate) fn template_parameters(path: &str) -> impl Iterator<Item = &str> {
    path.split('{')
        .skip(1)
        .filter_map(|rest| rest.split_once('}').map(|(name, _)| name))
}

/// Keys below which every key is a name that somebody chose.
const NAMED: [&str; 5] = ["properties", "responses", "schemas", "paths", "content"];

/// Keys below which data stands, not specification.
const DATA: [&str; 4] = ["example", "examples", "default", "enum"];

/// Calls `visit` for every object below (and including) `value`, parents before children. Data is left out, but a
/// field or a response may well be *named* `default`.
pub(crate) fn walk_objects(value: &mut Value, visit: &mut impl FnMut(&mut Map<String, Value>)) {
    match value {
        Value::Object(map) => {
            visit(map);
            for (key, child) in map.iter_mut() {
                match (key.as_str(), child) {
                    (key, Value::Object(named)) if NAMED.contains(&key) => named
                        .values_mut()
                        .for_each(|item| walk_objects(item, visit)),
                    (key, _) if DATA.contains(&key) => {}
                    (_, child) => walk_objects(child, visit),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| walk_objects(item, visit)),
        _ => {}
    }
}

/// Every `$ref` in `value`, leaving out data as [`walk_objects`] does.
fn collect_references(value: &Value, into: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            for (key, child) in map {
                match (key.as_str(), child) {
                    ("$ref", Value::String(reference)) => into.push(reference.clone()),
                    (key, Value::Object(named)) if NAMED.contains(&key) => named
                        .values()
                        .for_each(|item| collect_references(item, into)),
                    (key, _) if DATA.contains(&key) => {}
                    (_, child) => collect_references(child, into),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect_references(item, into)),
        _ => {}
    }
}
