//! One service, as its curated document and progenitor's signatures describe it together: what the templates write from.

use std::collections::HashSet;

use heck::{ToSnakeCase, ToUpperCamelCase};
use serde_json::Value;
use syn::Type;

use super::signatures::{Signature, Signatures};
use crate::{
    curate::{MULTIPART, RUST_NAME, STATUS, SUPPLIED_BY},
    document::{Document, Place, parameters, template_parameters},
    import::EVIDENCE,
    problem::{Problem, Problems},
};

/// One operation, ready to be written.
#[derive(Debug)]
pub(super) struct Operation {
    pub(super) id: String,
    /// The module that it goes into: its first tag in snake case.
    pub(super) module: String,
    pub(super) method: String,
    pub(super) path: String,
    pub(super) summary: String,
    pub(super) notes: Option<String>,
    pub(super) deprecated: bool,
    pub(super) evidence: String,
    pub(super) parameters: Vec<Parameter>,
    pub(super) body: Option<Body>,
    pub(super) answer: Answer,
    pub(super) documented_status: u16,
    pub(super) idempotent: bool,
    pub(super) paging: Paging,
}

#[derive(Debug)]
pub(super) struct Parameter {
    /// On the wire.
    pub(super) name: String,
    /// In Rust.
    pub(super) ident: String,
    pub(super) location: Location,
    pub(super) required: bool,
    /// What fills it in when the call does not: `credential`, or a default text.
    pub(super) supplied_by: Option<String>,
    pub(super) default: Option<String>,
    pub(super) ty: Type,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Location {
    Path,
    Query,
    Header,
}

#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "one an operation, and most are the large one"
)]
pub(super) enum Body {
    Json { ty: Type, required: bool },
    Text { required: bool },
    Form { parts: Vec<Part>, multipart: bool },
}

/// A part of a multipart form, or a field of an urlencoded one.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) name: String,
    pub(super) ident: String,
    pub(super) kind: PartKind,
    pub(super) required: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PartKind {
    File,
    Files,
    Text,
    Texts,
    Json,
}

#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "one an operation, and most are the large one"
)]
pub(super) enum Answer {
    Json(Type),
    Stream { media: String },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Paging {
    None,
    /// `pageNumber` and `pageSize`, in any spelling.
    Number,
    /// `skip` or `offset`, with a limit.
    Offset,
    /// `after`, `cursor` or a continuation token.
    Cursor,
}

/// Verbs of operations that read, whatever their HTTP method.
const READING: [&str; 7] = [
    "get_", "list_", "query_", "search_", "count_", "find_", "export_",
];

/// Says, by overlay, whether sending an operation twice has the effect of sending it once, where its HTTP method tells it wrong: a
/// `PUT` that makes a new version every time.
const IDEMPOTENT: &str = "x-conga-idempotent";

/// Names that the builders have themselves.
const TAKEN: [&str; 3] = ["send", "new", "call"];

pub(super) fn operations(
    document: &Document,
    signatures: &Signatures,
) -> Result<Vec<Operation>, Problems> {
    let mut operations = Vec::new();
    let mut problems = Vec::new();
    for (place, value) in document.operations() {
        match operation(document, signatures, &place, value) {
            Ok(operation) => operations.push(operation),
            Err(problem) => problems.push(problem),
        }
    }
    Problems(problems).into_result().map(|()| operations)
}

fn operation(
    document: &Document,
    signatures: &Signatures,
    place: &Place,
    value: &Value,
) -> Result<Operation, Problem> {
    let text = |key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
    let id = text("operationId").unwrap_or_default();
    let lost = |what: String| {
        document.problem(
            format!("{place} ({id})"),
            what,
            "report it as a fault of the generator, or say by overlay what the place means",
        )
    };
    let signature = signatures.operations.get(&id).ok_or_else(|| {
        lost("progenitor made no method of this name; the id is no Rust name in snake case".into())
    })?;
    let parameters = ordered_parameters(place, value)
        .into_iter()
        .map(|parameter| read_parameter(parameter, signature).map_err(&lost))
        .collect::<Result<Vec<_>, _>>()?;
    let idents: HashSet<&str> = parameters
        .iter()
        .map(|parameter| parameter.ident.as_str())
        .collect();
    let body = body(document, value, signature, &idents).map_err(&lost)?;
    let tag = value
        .pointer("/tags/0")
        .and_then(Value::as_str)
        .unwrap_or(&document.service);
    Ok(Operation {
        module: module_name(tag),
        method: place.method.to_uppercase(),
        path: place.path.clone(),
        summary: text("summary").unwrap_or_default(),
        notes: text("description").filter(|notes| !notes.is_empty()),
        deprecated: value.get("deprecated") == Some(&Value::Bool(true)),
        evidence: text(EVIDENCE).unwrap_or_else(|| "published".into()),
        answer: match (&signature.answer, document_media(value)) {
            (Some(ty), _) => Answer::Json(ty.clone()),
            (None, media) => Answer::Stream { media },
        },
        documented_status: value
            .get(STATUS)
            .and_then(Value::as_u64)
            .and_then(|s| u16::try_from(s).ok())
            .unwrap_or(200),
        idempotent: value
            .get(IDEMPOTENT)
            .and_then(Value::as_bool)
            .unwrap_or_else(|| {
                let methods = ["get", "head", "options", "put", "delete"];
                methods.contains(&place.method.as_str())
                    || READING.iter().any(|verb| id.starts_with(verb))
            }),
        paging: paging(&parameters),
        parameters,
        body,
        id,
    })
}

/// Path parameters as the path names them, then the others as published.
fn ordered_parameters<'a>(place: &Place, value: &'a Value) -> Vec<&'a Value> {
    let template: Vec<&str> = template_parameters(&place.path).collect();
    let mut ordered: Vec<&Value> = parameters(value).collect();
    ordered.sort_by_key(|parameter| match parameter["in"].as_str() {
        Some("path") => template
            .iter()
            .position(|name| parameter["name"] == *name)
            .unwrap_or_default(),
        _ => template.len(),
    });
    ordered
}

fn read_parameter(parameter: &Value, signature: &Signature) -> Result<Parameter, String> {
    let name = parameter["name"].as_str().unwrap_or_default().to_owned();
    let rust = parameter
        .get(RUST_NAME)
        .and_then(Value::as_str)
        .unwrap_or(&name);
    let ident = ident(rust);
    let ty = signature.arguments.get(&ident).cloned().ok_or_else(|| {
        format!(
            "the parameter {name:?} (`{ident}`) is not among progenitor's arguments {:?}",
            signature.arguments.keys()
        )
    })?;
    let location = match parameter["in"].as_str() {
        Some("path") => Location::Path,
        Some("query") => Location::Query,
        Some("header") => Location::Header,
        other => return Err(format!("the parameter {name:?} is in {other:?}")),
    };
    let supplied_by = parameter
        .get(SUPPLIED_BY)
        .and_then(Value::as_str)
        .map(str::to_owned);
    let default = (supplied_by.as_deref() == Some("client"))
        .then(|| {
            parameter
                .pointer("/schema/default")
                .and_then(Value::as_str)
                .map(str::to_owned)
        })
        .flatten();
    let ident = if TAKEN.contains(&ident.as_str()) {
        format!("{ident}_")
    } else {
        ident
    };
    Ok(Parameter {
        name,
        ident,
        location,
        required: parameter.get("required") == Some(&Value::Bool(true)),
        supplied_by,
        default,
        ty,
    })
}

fn body(
    document: &Document,
    value: &Value,
    signature: &Signature,
    taken: &HashSet<&str>,
) -> Result<Option<Body>, String> {
    let Some(body) = value.get("requestBody") else {
        return Ok(None);
    };
    let required = body.get("required") == Some(&Value::Bool(true));
    let Some(content) = body.get("content").and_then(Value::as_object) else {
        return Ok(None);
    };
    if content.contains_key("application/json") {
        let ty = signature
            .arguments
            .get("body")
            .cloned()
            .ok_or("progenitor's signature has no body")?;
        return Ok(Some(Body::Json { ty, required }));
    }
    let Some((media, entry)) = content.iter().next() else {
        return Ok(None);
    };
    match media.as_str() {
        "text/plain" => Ok(Some(Body::Text { required })),
        MULTIPART | "application/x-www-form-urlencoded" => {
            let parts = parts(document, entry.get("schema").unwrap_or(&Value::Null), taken);
            Ok(Some(Body::Form {
                parts,
                multipart: media == MULTIPART,
            }))
        }
        other => Err(format!(
            "the request body is of the media type {other}, for which there is no template"
        )),
    }
}

fn parts(document: &Document, schema: &Value, taken: &HashSet<&str>) -> Vec<Part> {
    let schema = resolve(document, schema);
    let required: Vec<&str> = schema
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let properties = schema
        .get("properties")
        .and_then(Value::as_object)
        .into_iter()
        .flatten();
    properties
        .map(|(name, property)| {
            let base = ident(
                property
                    .get(RUST_NAME)
                    .and_then(Value::as_str)
                    .unwrap_or(name),
            );
            let clashes = taken.contains(base.as_str()) || TAKEN.contains(&base.as_str());
            Part {
                name: name.clone(),
                ident: if clashes {
                    format!("{base}_part")
                } else {
                    base
                },
                kind: part_kind(document, property),
                required: required.contains(&name.as_str()),
            }
        })
        .collect()
}

fn part_kind(document: &Document, property: &Value) -> PartKind {
    let property = resolve(document, property);
    let is_binary = |schema: &Value| schema.get("format").and_then(Value::as_str) == Some("binary");
    match property.get("type").and_then(Value::as_str) {
        _ if is_binary(property) => PartKind::File,
        Some("array") => match property.get("items").map(|items| resolve(document, items)) {
            Some(items) if is_binary(items) => PartKind::Files,
            Some(items)
                if matches!(
                    items.get("type").and_then(Value::as_str),
                    Some("object" | "array") | None
                ) =>
            {
                PartKind::Json
            }
            _ => PartKind::Texts,
        },
        Some("object") => PartKind::Json,
        Some(_) => PartKind::Text,
        None => PartKind::Json,
    }
}

/// Follows a reference, and an `allOf` of one that a nullable reference is written as.
fn resolve<'a>(document: &'a Document, schema: &'a Value) -> &'a Value {
    let inner = schema
        .pointer("/allOf/0")
        .filter(|_| schema.get("type").is_none())
        .unwrap_or(schema);
    inner
        .get("$ref")
        .and_then(Value::as_str)
        .and_then(|reference| document.resolve(reference))
        .unwrap_or(inner)
}

fn document_media(value: &Value) -> String {
    value
        .pointer("/responses/2XX/content")
        .and_then(Value::as_object)
        .and_then(|content| content.keys().next().cloned())
        .unwrap_or_else(|| "*/*".into())
}

fn paging(parameters: &[Parameter]) -> Paging {
    let has = |names: &[&str]| {
        parameters.iter().any(|p| {
            p.location == Location::Query
                && names.contains(
                    &p.name
                        .to_ascii_lowercase()
                        .replace(['_', '-', ' '], "")
                        .as_str(),
                )
        })
    };
    if has(&["pagenumber", "page", "pageindex", "pageno"]) {
        Paging::Number
    } else if has(&["skip", "offset", "startindex", "from"]) {
        Paging::Offset
    } else if has(&[
        "after",
        "cursor",
        "nextcursor",
        "continuationtoken",
        "nexttoken",
    ]) {
        Paging::Cursor
    } else {
        Paging::None
    }
}

/// A wire name as a Rust name; what typify and progenitor make of it.
pub(super) fn ident(name: &str) -> String {
    let spelled: String = name
        .chars()
        .map(|c| {
            if c.is_alphanumeric() || c == '_' {
                c
            } else {
                '_'
            }
        })
        .collect();
    let snake = spelled.to_snake_case();
    let snake = if snake.starts_with(|c: char| c.is_ascii_digit()) {
        format!("_{snake}")
    } else {
        snake
    };
    if syn::parse_str::<syn::Ident>(&snake).is_ok() {
        snake
    } else {
        format!("{snake}_")
    }
}

/// A tag as the name of a module, out of the way of the modules that every service has.
fn module_name(tag: &str) -> String {
    let name = ident(tag);
    if matches!(name.as_str(), "types" | "self" | "super" | "crate") {
        format!("{name}_")
    } else {
        name
    }
}

impl Operation {
    /// The name of the builder.
    pub(super) fn builder(&self) -> String {
        self.id.to_upper_camel_case()
    }

    /// The name of the static in the table of operations.
    pub(super) fn constant(&self) -> String {
        self.id.to_uppercase()
    }
}
