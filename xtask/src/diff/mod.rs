//! `spec diff OLD NEW`: what NEW adds, removes and changes against OLD, and what of it breaks callers.
//!
//! Compared is what the generated client is made from. A published document therefore goes through the curation passes first
//! (not through its overlay, which is written for one version); a curated one is taken as it is. "Breaks" is said from the view of
//! code that is compiled against the client, which builds request types with `..Default::default()` and matches enumerations
//! with a wildcard arm. Prose is not compared.
//!
//! Differences are no failure: the command fails only where it cannot compare.

mod operations;
mod schemas;
mod types;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::{self, Write as _},
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

use crate::{
    curate::{PASSES, PUBLISHED_ID},
    document::Document,
    layout::Layout,
    problem::{Problem, Problems},
};

/// Compares two documents, or two folders of them file by file, and lists the differences.
pub(crate) fn run(layout: &Layout, old: &Path, new: &Path) -> Result<String, Problems> {
    let pairs = pairs(layout, old, new)?;
    let mut problems = Vec::new();
    let mut compared = Vec::new();
    for (service, pair) in &pairs {
        match compare_files(layout, service, pair) {
            Ok(changes) => compared.push((service.as_str(), changes)),
            Err(Problems(found)) => problems.extend(found),
        }
    }
    Problems(problems).into_result().map(|()| report(&compared))
}

/// The file of one service on either side; `None` where that side has none.
type Pair = (Option<PathBuf>, Option<PathBuf>);

fn pairs(layout: &Layout, old: &Path, new: &Path) -> Result<BTreeMap<String, Pair>, Problem> {
    if old.is_dir() != new.is_dir() {
        return Err(Problem::new(
            layout.display(new),
            "",
            format!(
                "one of this and {} is a folder, the other is not",
                layout.display(old)
            ),
            "give two documents, or two folders of documents",
        ));
    }
    if !old.is_dir() {
        let pair = (Some(old.to_path_buf()), Some(new.to_path_buf()));
        return Ok(BTreeMap::from([(stem(new), pair)]));
    }
    let mut pairs: BTreeMap<String, Pair> = BTreeMap::new();
    for path in documents(layout, old)? {
        let service = stem(&path);
        pairs.entry(service).or_default().0 = Some(path);
    }
    for path in documents(layout, new)? {
        let service = stem(&path);
        pairs.entry(service).or_default().1 = Some(path);
    }
    Ok(pairs)
}

fn documents(layout: &Layout, folder: &Path) -> Result<Vec<PathBuf>, Problem> {
    let unreadable = |e: std::io::Error| {
        Problem::new(
            layout.display(folder),
            "",
            format!("cannot be read: {e}"),
            "give a folder of documents that you may read",
        )
    };
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let extension = path.extension().and_then(|extension| extension.to_str());
        if matches!(extension, Some("yaml" | "yml" | "json")) {
            paths.push(path);
        }
    }
    Ok(paths)
}

fn stem(path: &Path) -> String {
    path.file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

fn compare_files(layout: &Layout, service: &str, pair: &Pair) -> Result<Changes, Problems> {
    let load = |path: &Path| Side::new(Document::load(layout, service, path)?);
    let mut changes = Changes::default();
    match pair {
        (Some(old), Some(new)) => return Ok(compare(&load(old)?, &load(new)?)),
        (Some(old), None) => {
            let count = load(old)?.document.operations().count();
            changes.breaks("the service", format!("removed, with {count} operations"));
        }
        (None, Some(new)) => {
            let count = load(new)?.document.operations().count();
            changes.keeps("the service", format!("added, with {count} operations"));
        }
        (None, None) => {}
    }
    Ok(changes)
}

fn compare(old: &Side, new: &Side) -> Changes {
    let mut comparison = Comparison {
        old,
        new,
        changes: Changes::default(),
    };
    comparison.operations();
    comparison.named_schemas();
    comparison.changes
}

/// One of the two documents, as the generator takes it.
struct Side {
    document: Document,
    /// The named schemas that the client has a type for.
    reached: BTreeSet<String>,
    /// Those of them that a caller builds.
    requests: BTreeSet<String>,
}

impl Side {
    fn new(mut document: Document) -> Result<Self, Problems> {
        document.check()?;
        if !is_curated(&document) {
            for (_, pass) in PASSES {
                pass(&mut document)?;
            }
            for (_, operation) in document.operations_mut() {
                if let Some(operation) = operation.as_object_mut()
                    && let Some(id) = operation.shift_remove("operationId")
                {
                    operation.insert(PUBLISHED_ID.into(), id);
                }
            }
        }
        let requests = document.reached(&["parameters", "requestBody"]);
        let mut reached = document.reached(&["responses"]);
        reached.extend(requests.iter().cloned());
        Ok(Self {
            document,
            reached,
            requests,
        })
    }
}

/// Only curation gives every operation an answer for all of `2XX`.
fn is_curated(document: &Document) -> bool {
    document
        .operations()
        .all(|(_, operation)| operation.pointer("/responses/2XX").is_some())
}

/// The comparison of two documents under way.
struct Comparison<'a> {
    old: &'a Side,
    new: &'a Side,
    changes: Changes,
}

/// One difference.
#[derive(Debug)]
struct Change {
    place: String,
    what: String,
    breaks: bool,
}

#[derive(Debug, Default)]
struct Changes(Vec<Change>);

impl Changes {
    /// Code that compiled, and did the right thing, no longer does.
    fn breaks(&mut self, place: impl fmt::Display, what: impl Into<String>) {
        self.push(place, what, true);
    }

    fn keeps(&mut self, place: impl fmt::Display, what: impl Into<String>) {
        self.push(place, what, false);
    }

    fn push(&mut self, place: impl fmt::Display, what: impl Into<String>, breaks: bool) {
        self.0.push(Change {
            place: place.to_string(),
            what: what.into(),
            breaks,
        });
    }
}

fn report(compared: &[(&str, Changes)]) -> String {
    let mut out = String::new();
    let (mut differences, mut breaking, mut services) = (0, 0, 0);
    for (service, Changes(changes)) in compared.iter().filter(|(_, c)| !c.0.is_empty()) {
        services += 1;
        differences += changes.len();
        breaking += changes.iter().filter(|change| change.breaks).count();
        let _ = writeln!(out, "{service}");
        for change in changes {
            let verdict = if change.breaks { "breaks" } else { "keeps" };
            let _ = writeln!(out, "  {verdict:<6}  {}: {}", change.place, change.what);
        }
        let _ = writeln!(out);
    }
    if differences == 0 {
        return format!("no differences in {}", counted(compared.len(), "service"));
    }
    let _ = write!(
        out,
        "{} in {services} of {}; {breaking} of them {} callers",
        counted(differences, "difference"),
        counted(compared.len(), "service"),
        if breaking == 1 { "breaks" } else { "break" },
    );
    out
}

fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

fn text<'v>(value: &'v Value, key: &str) -> Option<&'v str> {
    value.get(key).and_then(Value::as_str)
}

fn is_true(value: &Value, key: &str) -> bool {
    value.get(key) == Some(&Value::Bool(true))
}

#[cfg(test)]
mod tests;
