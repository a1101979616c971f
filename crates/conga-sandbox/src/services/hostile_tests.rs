//! Text that means harm, in every place of every operation with behaviour: it is text and nothing else. No operation fails
//! by it, and where it is kept it comes back as it was sent.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use serde_json::{Value, json};

use super::Behaviour;
use super::tenant::{Got, Tenant};
use crate::accounts::Accounts;
use crate::request::{Caller, Visitor};
use crate::specification::requests::{Maker, Sample};
use crate::specification::{RouteId, Specification};

/// SQL, HTML, escapes, a mark that turns the direction of writing, letters of two and of four bytes.
const TEXT: &str =
    "x'); DROP TABLE records;--\"<script>alert(1)</script>&amp;%27{{x}}\u{202e}\u{e9}\u{1f980}";

/// What no text but this one has.
const MARK: &str = "DROP TABLE";

/// What is put into the places for text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fill {
    /// The text everywhere.
    Text,
    /// The text, but ids of records that there are where ids belong.
    TextAndIds,
    /// The character 0 and a long text.
    Zero,
}

impl Fill {
    fn text(self, name: &str, ids: &Ids) -> String {
        match self {
            Self::TextAndIds if name.to_ascii_lowercase().ends_with("id") => ids.of(name),
            Self::Text | Self::TextAndIds => TEXT.to_owned(),
            Self::Zero => format!("\0{}\0", "x".repeat(5_000)),
        }
    }
}

/// The ids of records, by object.
pub(super) struct Ids(Vec<(String, String)>);

impl Ids {
    pub(super) fn all(tenant: &Tenant) -> Self {
        let read = |tx: &rusqlite::Transaction<'_>| -> rusqlite::Result<Vec<(String, String)>> {
            tx.prepare("SELECT object, id FROM records ORDER BY seq")?
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect()
        };
        Self(tenant.world.store.read(read).unwrap())
    }

    /// An id for a field of this name: that of a record of the object which the name ends in, or else of any.
    fn of(&self, name: &str) -> String {
        let object = name.to_ascii_lowercase();
        let object = object.trim_end_matches("id");
        let fits = |found: &&(String, String)| {
            !object.is_empty() && found.0.to_ascii_lowercase().ends_with(object)
        };
        let found = self.0.iter().find(fits).or_else(|| self.0.first());
        found.map_or_else(|| TEXT.to_owned(), |(_, id)| id.clone())
    }
}

/// Puts the text into every string of a body, for the names in `names` only if they are given.
fn fill(value: &mut Value, name: &str, fill_in: Fill, ids: &Ids) {
    match value {
        Value::String(text) => *text = fill_in.text(name, ids),
        Value::Array(items) => items
            .iter_mut()
            .for_each(|item| fill(item, name, fill_in, ids)),
        Value::Object(fields) => {
            for (name, value) in fields {
                fill(value, name, fill_in, ids);
            }
        }
        _ => {}
    }
}

/// A body with the text wherever the schema allows any.
fn filled(sample: &Value, refused: impl Fn(&Value) -> Vec<String>, how: Fill, ids: &Ids) -> Value {
    let mut body = sample.clone();
    fill(&mut body, "", how, ids);
    // Dates, picklists and the like keep their sample.
    for _ in 0..20 {
        let faults = refused(&body);
        let places = faults.iter().filter_map(|fault| fault.split('`').nth(1));
        let places: Vec<&str> = places.collect();
        if places.is_empty() {
            break;
        }
        for place in places {
            if let (Some(at), Some(good)) = (body.pointer_mut(place), sample.pointer(place)) {
                *at = good.clone();
            }
        }
    }
    body
}

/// All strings in a value, the names of fields among them.
fn strings<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::String(text) => found.push(text),
        Value::Array(items) => items.iter().for_each(|item| strings(item, found)),
        Value::Object(fields) => {
            for (name, value) in fields {
                found.push(name);
                strings(value, found);
            }
        }
        _ => {}
    }
}

/// What came of the calls.
#[derive(Debug, Default)]
struct Seen {
    calls: usize,
    /// The operations that went well.
    went_well: BTreeSet<String>,
    /// Answers that gave the text back.
    echoes: usize,
    faults: Vec<String>,
}

impl Seen {
    fn note(&mut self, operation: &str, how: Fill, outcome: Result<Got, String>) {
        self.calls += 1;
        let got = match outcome {
            Ok(got) => got,
            Err(panic) => {
                return self
                    .faults
                    .push(format!("{operation} {how:?}: panicked: {panic}"));
            }
        };
        if got.status >= 500 {
            self.faults
                .push(format!("{operation} {how:?}: {} {}", got.status, got.json));
        }
        if !(200..300).contains(&got.status) {
            return;
        }
        self.went_well.insert(operation.to_owned());
        // A template is not shown but filled in.
        let is_filled_in = operation.contains("render");
        let mut found = Vec::new();
        strings(&got.json, &mut found);
        let marked = found.iter().filter(|text| text.contains(MARK));
        for text in marked {
            if text.contains(TEXT) {
                self.echoes += 1;
            } else if !is_filled_in {
                self.faults
                    .push(format!("{operation}: changed to {text:?}"));
            }
        }
        let media = got.headers.get("content-type");
        if media.is_some_and(|media| media.as_bytes().starts_with(b"text/html")) {
            let page = String::from_utf8_lossy(&got.bytes);
            if page.contains("<script>alert") {
                self.faults
                    .push(format!("{operation}: a page runs what was sent"));
            }
        }
    }
}

/// Calls an operation with everything that it takes.
pub(super) fn call(tenant: &Tenant, id: RouteId, how: Fill, ids: &Ids) -> Got {
    let specification = Specification::embedded();
    let (service, route) = specification.route(id);
    let operation = specification.operation(id);
    let maker = Maker::of(specification, id);
    let mut request = tenant.call(service.id, route.operation);
    if route.path.starts_with("/services/apexrest/") {
        request = request.caller(Caller::Storefront {
            storefront: "ECommerce".to_owned(),
            user_id: Accounts::default().storefront.user_id,
            visitor: Visitor::Shopper,
        });
    }
    for (name, sample) in maker.parameters("path") {
        let is_id = name.to_ascii_lowercase().ends_with("id");
        let text = match how {
            Fill::TextAndIds if !is_id => sample,
            how => how.text(&name, ids),
        };
        request = request.path(&name, text);
    }
    // Narrowed down by every parameter there is, hardly anything would be found.
    let query = match how {
        Fill::TextAndIds => maker.required("query"),
        Fill::Text | Fill::Zero => maker.parameters("query"),
    };
    for (name, sample) in query {
        let text = how.text(&name, ids);
        let pair = [(name.clone(), text.clone())];
        let none = Default::default();
        let headers = Default::default();
        let refused = operation.check_parameters(&none, &pair, &headers);
        let place = format!("query parameter `{name}`");
        let is_refused = refused.iter().any(|fault| fault.starts_with(&place));
        request = request.query(&name, if is_refused { sample } else { text });
    }
    for (name, sample) in maker.required("header") {
        request = request.header(
            Box::leak(name.to_ascii_lowercase().into_boxed_str()),
            &sample,
        );
    }
    request = match maker.body() {
        Sample::None => request,
        Sample::Json(sample) => {
            let refused = |body: &Value| {
                let body = crate::request::Body::Json(body.clone());
                operation.check_body("application/json", &body)
            };
            request.json(filled(&sample, refused, how, ids))
        }
        Sample::Multipart(fields) | Sample::UrlEncoded(fields) => {
            let fields = fields.into_iter();
            fields.fold(request, |request, (name, sample)| {
                let is_file = ["file", "files", "document"].contains(&&*name.to_ascii_lowercase());
                match is_file {
                    true => request.file(&name, TEXT, TEXT),
                    false if sample.starts_with(['{', '[']) => {
                        request.field(&name, json!({"Text_c": TEXT}).to_string())
                    }
                    false => request.field(&name, how.text(&name, ids)),
                }
            })
        }
        Sample::Bytes(_) => request.bytes(TEXT),
    };
    request.send()
}

#[test]
fn text_that_means_harm_is_text() {
    let tenant = Tenant::demo();
    let specification = Specification::embedded();
    let mut operations: Vec<RouteId> = specification
        .ids()
        .filter(|id| {
            let (service, route) = specification.route(*id);
            Behaviour::of(service.id, route.operation).is_some()
        })
        .collect();
    // What is made is read afterwards, and deleted in the end.
    operations.sort_by_key(|id| match specification.route(*id).1.method {
        "POST" => 0,
        "PUT" | "PATCH" => 1,
        "DELETE" => 3,
        _ => 2,
    });
    let mut seen = Seen::default();
    for how in [Fill::Zero, Fill::Text, Fill::TextAndIds] {
        let mut ids = Ids::all(&tenant);
        for (at, id) in operations.iter().enumerate() {
            let (service, route) = specification.route(*id);
            if at % 50 == 0 {
                ids = Ids::all(&tenant);
            }
            let outcome = catch_unwind(AssertUnwindSafe(|| call(&tenant, *id, how, &ids)));
            let outcome = outcome.map_err(|panic| {
                let text = panic.downcast_ref::<String>().cloned();
                text.unwrap_or_else(|| "without words".to_owned())
            });
            let name = format!("{} {} {}", service.id, route.method, route.operation);
            seen.note(&name, how, outcome);
        }
    }
    println!(
        "{} calls of {} operations: {} operations went well, texts came back {} times",
        seen.calls,
        operations.len(),
        seen.went_well.len(),
        seen.echoes
    );
    assert!(seen.faults.is_empty(), "{:#?}", seen.faults);
    // Else it would show nothing.
    assert!(seen.went_well.len() > 200 && seen.echoes > 500, "{seen:?}");
}
