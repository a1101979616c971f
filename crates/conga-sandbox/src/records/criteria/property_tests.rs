//! Any criteria over any records: SQL finds what the evaluator in memory finds.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

use super::{matches, parse};
use crate::Clock;
use crate::failure::Failure;
use crate::records::objects::Object;
use crate::records::selection::{Selection, Start};
use crate::records::store::{self, Store};

/// Few values, so that literals and fields often meet, and each of a kind that compares in its own
/// way.
const TEXTS: [&str; 17] = [
    "",
    "a",
    "AB",
    "ab%",
    "a_b",
    "É",
    "é",
    "😀",
    "a\0b",
    "a\0c",
    "it's",
    "5",
    "05",
    "true",
    "2025-01-01",
    "2025-01-01T02:00:00+02:00",
    "2025-01-01T00:00:00.001Z",
];
const NUMBERS: [f64; 5] = [-0.0, 0.0, 5.0, 5.000_000_1, 1e18];
const FIELDS: [&str; 7] = ["F", "G", "Name", "L", "L.Id", "L.Name", "CreatedDate"];
const DATES: [&str; 3] = [
    "2024-12-31T23:59:59.999Z",
    "2025-01-01T00:00:00.000Z",
    "2025-01-01T00:00:00.001Z",
];

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        8 => select(&TEXTS[..]).prop_map(Value::from),
        1 => any::<String>().prop_map(Value::from),
        6 => select(&NUMBERS[..]).prop_map(Value::from),
        1 => any::<f64>().prop_filter("JSON has no NaN", |n| n.is_finite()).prop_map(Value::from),
        1 => any::<bool>().prop_map(Value::from),
        2 => Just(Value::Null),
    ]
}

fn record() -> impl Strategy<Value = Map<String, Value>> {
    let field = prop_oneof![
        6 => scalar(),
        1 => vec(scalar(), 0..3).prop_map(Value::from),
        1 => scalar().prop_map(|value| json!({"Name": value})),
    ];
    let lookup = (scalar(), scalar()).prop_map(|(id, name)| json!({"Id": id, "Name": name}));
    (field.clone(), field, scalar(), lookup, select(&DATES[..])).prop_map(
        |(f, g, name, l, date)| {
            let record = json!({"F": f, "G": g, "Name": name, "L": l, "CreatedDate": date});
            record.as_object().cloned().unwrap_or_default()
        },
    )
}

fn quoted(text: &str) -> impl Strategy<Value = String> + use<> {
    let escaped = text.replace('\\', "\\\\");
    let single = format!("'{}'", escaped.replace('\'', "''"));
    let double = format!("\"{}\"", escaped.replace('"', "\\\""));
    select(vec![single, double])
}

fn literal() -> impl Strategy<Value = String> {
    let text = prop_oneof![
        9 => select(&TEXTS[..]).prop_map(str::to_owned),
        1 => any::<String>(),
    ];
    prop_oneof![
        6 => text.prop_flat_map(|text| quoted(&text)),
        3 => select(&NUMBERS[..]).prop_map(|number| number.to_string()),
        1 => select(vec!["true", "FALSE", "2025-01-01", "2025-01-01T00:00:00.001Z"]).prop_map(str::to_owned),
    ]
}

fn pattern() -> impl Strategy<Value = String> {
    let piece = select(vec![
        "%", "_", "a", "B", "é", "\\%", "\\_", "\\", "😀", "\0", "5",
    ]);
    vec(piece, 0..6).prop_flat_map(|pieces| quoted(&pieces.concat()))
}

fn condition() -> impl Strategy<Value = String> {
    let field = || select(&FIELDS[..]);
    let order = select(vec!["<", "<=", ">", ">="]);
    let equality = select(vec!["=", "!=", "<>"]);
    let value = prop_oneof![9 => literal(), 1 => Just("null".to_owned())];
    prop_oneof![
        4 => (field(), equality, value.clone()).prop_map(|(f, o, v)| format!("{f} {o} {v}")),
        4 => (field(), order, literal()).prop_map(|(f, o, v)| format!("{f}{o}{v}")),
        2 => (field(), select(vec!["LIKE", "not like", "CONTAINS", "NOT Contains"]), pattern())
            .prop_map(|(f, o, v)| format!("{f} {o} {v}")),
        2 => (field(), select(vec!["IN", "NOT IN"]), vec(value, 1..4))
            .prop_map(|(f, o, v)| format!("{f} {o} ({})", v.join(", "))),
        1 => (field(), select(vec!["IS NULL", "is not null"])).prop_map(|(f, o)| format!("{f} {o}")),
    ]
}

fn criteria() -> impl Strategy<Value = String> {
    condition().prop_recursive(4, 12, 3, |inner| {
        prop_oneof![
            (vec(inner.clone(), 2..4), select(vec![" AND ", " or "]))
                .prop_map(|(parts, word)| parts.join(word)),
            inner.clone().prop_map(|inner| format!("NOT ({inner})")),
            inner.prop_map(|inner| format!("({inner})")),
        ]
    })
}

/// A store with these records; each has its position as its Id.
fn stored(records: &[Map<String, Value>], object: &Object) -> Store {
    Store::open(None, &[], Clock::system(), |tx| {
        records.iter().enumerate().try_for_each(|(at, record)| {
            let mut record = record.clone();
            record.insert("Id".to_owned(), at.to_string().into());
            store::insert(tx, object.name(), &record)
        })
    })
    .unwrap()
}

/// The positions of the records that SQL finds.
fn found(store: &Store, criteria: &str, object: &Object) -> Vec<usize> {
    let page = store.read(|tx| -> Result<_, Failure> {
        Selection::new(object, criteria)?.page(tx, &Start::default(), 1_000)
    });
    let ids = page.unwrap().records.into_iter();
    ids.map(|stored| store::text(&stored.record, "Id").unwrap().parse().unwrap())
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn sql_finds_what_the_evaluator_finds(
        records in vec(record(), 24),
        criteria in vec(criteria(), 12),
    ) {
        let object = Object::custom("Any_c").unwrap();
        let store = stored(&records, &object);
        for criteria in criteria {
            let parsed = parse(&criteria, &object)
                .map_err(|error| TestCaseError::fail(error.to_string()))?;
            let wanted: Vec<usize> = (0..records.len())
                .filter(|at| matches(&parsed, &records[*at]))
                .collect();
            prop_assert_eq!(found(&store, &criteria, &object), wanted, "{}", criteria);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_or_refused_within_its_length(
        pieces in vec(
            prop_oneof![
                select(vec!["F", "(", ")", "AND", "NOT", "=", "'", "\"", "IN", "IS", "NULL", ",", "5", "-", "\\", "LIKE", "é"])
                    .prop_map(str::to_owned),
                any::<String>(),
            ],
            0..12,
        ),
    ) {
        let text = pieces.join(" ");
        if let Err(error) = parse(&text, &Object::custom("Any_c").unwrap()) {
            prop_assert!(error.column <= text.chars().count() + 1);
            prop_assert!(error.caret <= error.excerpt.chars().count());
        }
    }
}
