//! The security notes name tests, and those exist.

use std::fs;
use std::path::Path;

const NOTES: &str = include_str!("../SECURITY.md");

/// The tests that a text names, as `file#test`.
fn named(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let codes = text.split('`').skip(1).step_by(2);
    codes.filter_map(|code| code.split_once('#'))
}

/// Whether there is a test of this name that runs by itself.
fn has_test(source: &str, name: &str) -> bool {
    let lines: Vec<_> = source.lines().map(str::trim).collect();
    let is_function = |line: &str| {
        let line = line.trim_start_matches("async ");
        line.strip_prefix("fn ")
            .and_then(|line| line.strip_prefix(name))
            .is_some_and(|line| line.starts_with('('))
    };
    let attributes = |at: usize| {
        let above = lines[..at].iter().rev();
        above.take_while(|line| line.starts_with("#["))
    };
    (0..lines.len())
        .filter(|at| is_function(lines[*at]))
        .any(|at| {
            let is = |kinds: &[&str]| {
                attributes(at).any(|line| kinds.iter().any(|kind| line.starts_with(kind)))
            };
            is(&["#[test]", "#[tokio::test"]) && !is(&["#[ignore"])
        })
}

#[test]
fn every_test_that_the_notes_name_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut checked = 0;
    for (file, test) in named(NOTES) {
        let source = fs::read_to_string(root.join(file));
        let source = source.unwrap_or_else(|error| panic!("{file}: {error}"));
        assert!(has_test(&source, test), "{file} has no test `{test}`");
        checked += 1;
    }
    println!("{checked} tests named");
    assert!(checked > 100);
}

#[test]
fn every_claim_names_a_test() {
    let rows = NOTES.lines().filter(|line| line.starts_with('|'));
    let claims = rows.filter(|row| !row.starts_with("|---") && !row.ends_with("shown by |"));
    for claim in claims {
        assert!(named(claim).count() > 0, "{claim}");
    }
}

#[test]
fn what_is_no_test_is_found_out() {
    let source = "#[test]\nfn one() {}\nfn two() {}\n#[tokio::test]\n#[ignore = \"x\"]\nasync fn three() {}\n#[test]\nfn four_more() {}";
    let found = ["one", "two", "three", "four"].map(|name| has_test(source, name));
    assert_eq!(found, [true, false, false, false]);
}
