//! That no verb is forgotten: the README's table of nouns and verbs against the verbs that are tried.

use std::collections::BTreeMap;

use super::{VERBS, Verb, operation};

/// The rows of the README's table: the noun and the verb in one, and the operation.
fn rows() -> Vec<(String, &'static str)> {
    let readme = include_str!("../../../README.md");
    let (_, table) = readme
        .split_once("| noun | verb | call | operation |\n|---|---|---|---|\n")
        .unwrap();
    let mut noun = "";
    let lines = table.lines().take_while(|line| line.starts_with('|'));
    let cells = lines.map(|line| line.trim_matches('|').split(" | ").map(str::trim));
    cells
        .map(|mut cells| {
            let mut cell = || cells.next().unwrap();
            let (first, verb, _, operation) = (cell(), cell(), cell(), cell());
            if !first.is_empty() {
                noun = first;
            }
            (format!("{noun} {verb}"), operation.trim_matches('`'))
        })
        .collect()
}

#[test]
fn every_verb_of_the_readme_is_tried_or_stood_for() {
    let mut tried: BTreeMap<&str, &Verb> = BTreeMap::new();
    for verb in VERBS.iter() {
        for name in [verb.name].iter().chain(verb.others) {
            assert!(tried.insert(name, verb).is_none(), "{name} is there twice");
        }
    }
    let rows = rows();
    assert!(rows.len() > 100, "the table has {} rows", rows.len());
    for (name, named) in &rows {
        let Some(verb) = tried.get(name.as_str()) else {
            panic!(
                "no faults are tried on `{name}`: add a verb of this name, or let one that is the same code stand for it"
            );
        };
        let (own, tried) = (operation(named), operation(verb.operation));
        if verb.name == name {
            assert_eq!(own, tried, "{name}");
        }
        // What is repeated, and what is not, goes by these.
        assert_eq!(
            (own.method == "POST", own.idempotent),
            (tried.method == "POST", tried.idempotent),
            "{} cannot stand for {name}",
            verb.name
        );
    }
    for verb in VERBS.iter() {
        for name in verb.others {
            let is_row = rows.iter().any(|(row, _)| row == name);
            assert!(
                is_row,
                "{} stands for `{name}`, which the README does not list",
                verb.name
            );
        }
    }
}
