//! Queries over random records, held against an evaluator that knows nothing of SQL.

use std::cmp::Ordering;

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::super::tests::Shop;

const TEXTS: [&str; 7] = ["red", "Red", "blue", "reddish", "", "50%_x", "a;b"];
const NUMBERS: [f64; 5] = [-2.0, 0.0, 1.5, 7.0, 10.0];
const DAYS: [&str; 5] = [
    "2026-02-20",
    "2026-03-01",
    "2026-03-01T23:59:59.999Z",
    "2026-03-02T00:00:00Z",
    "2026-04-01",
];
/// The day on which the tenant's clock stands.
const TODAY: &str = "2026-03-01";

fn record() -> impl Strategy<Value = Value> {
    (
        proptest::option::of(select(TEXTS.to_vec())),
        proptest::option::of(select(NUMBERS.to_vec())),
        proptest::option::of(any::<bool>()),
        proptest::option::of(select(DAYS.to_vec())),
        proptest::option::of(0..3_usize),
    )
        .prop_map(|(color, level, done, day, shelf)| {
            json!({"Color": color, "Level": level, "Done": done, "Day": day, "Shelf": shelf})
        })
}

fn condition() -> impl Strategy<Value = Value> {
    let make = |field: &'static str, operators: &'static [&'static str], values: Vec<Value>| {
        (select(operators.to_vec()), select(values)).prop_map(move |(operator, value)| {
            json!({"field": field, "filterOperator": operator, "value": value})
        })
    };
    let orders: &[&str] = &["LessThan", "LessEqual", "GreaterThan", "GreaterEqual"];
    let equals: &[&str] = &["Equal", "NotEqual"];
    let nulls: &[&str] = &["Null", "NotNull"];
    let texts: &[&str] = &[
        "Equal",
        "NotEqual",
        "Contains",
        "DoesNotContain",
        "BeginsWith",
        "DoesNotBeginWith",
        "EndsWith",
        "DoesNotEndWith",
        "Like",
        "NotLike",
    ];
    let text_values = |more: &[&str]| {
        TEXTS
            .iter()
            .chain(more)
            .map(|text| json!(text))
            .collect::<Vec<_>>()
    };
    let numbers: Vec<Value> = NUMBERS.iter().map(|number| json!(number)).collect();
    prop_oneof![
        make("Color", texts, text_values(&["RED%", "_ed", "%"])),
        make(
            "Color",
            &["In", "NotIn"],
            vec![json!("red, blue"), json!(["RED", null]), json!([""])]
        ),
        make("Color__c", nulls, vec![Value::Null]),
        make("Level", equals, numbers.clone()),
        make("Level", orders, numbers),
        make("Level", nulls, vec![Value::Null]),
        make(
            "Done",
            equals,
            vec![json!(true), json!(false), json!("false")]
        ),
        make(
            "Day",
            orders,
            DAYS.iter()
                .map(|day| json!(day))
                .chain([json!("Today")])
                .collect()
        ),
        make(
            "Day",
            &["On"],
            vec![json!(TODAY), json!("today"), json!("2026-03-02")]
        ),
        make("Day", &["Today"], vec![Value::Null]),
        make(
            "Day",
            &["LastXDays", "NextXDays"],
            vec![json!(1), json!("9"), json!(31)]
        ),
        make("Shelf.Name", texts, text_values(&[])),
        make("Shelf.Name", nulls, vec![Value::Null]),
    ]
}

fn group() -> impl Strategy<Value = Value> {
    let leaf = (prop::collection::vec(condition(), 0..3), select(vec!["AND", "OR"]))
        .prop_map(|(conditions, operator)| json!({"conditions": conditions, "expressionOperator": operator}));
    leaf.prop_recursive(3, 8, 3, |inner| {
        (
            prop::collection::vec(condition(), 0..3),
            prop::collection::vec(inner, 1..3),
            select(vec!["AND", "OR"]),
        )
            .prop_map(|(conditions, filters, operator)| {
                json!({"conditions": conditions, "filters": filters, "expressionOperator": operator})
            })
    })
}

fn sort() -> impl Strategy<Value = Vec<Value>> {
    let fields = vec!["Color", "Level", "Day", "Shelf.Name"];
    let key = (select(fields), select(vec!["ASC", "DESC"]))
        .prop_map(|(field, direction)| json!({"field": field, "direction": direction}));
    prop::collection::vec(key, 0..3)
}

fn field(record: &Value, path: &str) -> Value {
    match path {
        "Shelf.Name" => record["Shelf"]
            .as_u64()
            .map_or(Value::Null, |at| json!(shelf_name(at))),
        path => record[path.trim_end_matches("__c")].clone(),
    }
}

fn shelf_name(at: u64) -> &'static str {
    ["red", "blue", "50%_x"][usize::try_from(at).unwrap()]
}

fn holds(group: &Value, record: &Value) -> bool {
    let part = |name: &str| group[name].as_array().cloned().unwrap_or_default();
    let mut all: Vec<bool> = part("conditions")
        .iter()
        .map(|condition| meets(condition, record))
        .collect();
    // An empty group asks for nothing.
    all.extend(
        part("filters")
            .iter()
            .filter(|group| !is_empty(group))
            .map(|group| holds(group, record)),
    );
    match group["expressionOperator"].as_str() {
        Some("OR") if !all.is_empty() => all.contains(&true),
        _ => !all.contains(&false),
    }
}

fn is_empty(group: &Value) -> bool {
    let none = |name: &str| group[name].as_array().is_none_or(Vec::is_empty);
    none("conditions")
        && group["filters"]
            .as_array()
            .is_none_or(|filters| filters.iter().all(is_empty))
}

fn meets(condition: &Value, record: &Value) -> bool {
    let name = condition["field"].as_str().unwrap();
    let found = field(record, name);
    let value = &condition["value"];
    let operator = condition["filterOperator"].as_str().unwrap();
    let text = || found.as_str().map(str::to_lowercase);
    let wanted = || value.as_str().unwrap().to_lowercase();
    let tested = |test: &dyn Fn(&str) -> bool| text().is_some_and(|text| test(&text));
    let day =
        |within: &dyn Fn(i64) -> bool| found.as_str().is_some_and(|text| within(day_number(text)));
    let today = day_number(TODAY);
    match operator {
        "Equal" if name == "Done" => found.as_bool().unwrap_or(false) == (value == true),
        "NotEqual" if name == "Done" => found.as_bool().unwrap_or(false) != (value == true),
        "Equal" => same(&found, value),
        "NotEqual" => !same(&found, value),
        "In" => list(value).iter().any(|value| same(&found, value)),
        "NotIn" => !list(value).iter().any(|value| same(&found, value)),
        "Null" => found.is_null(),
        "NotNull" => !found.is_null(),
        "Contains" => tested(&|text| text.contains(&wanted())),
        "DoesNotContain" => !tested(&|text| text.contains(&wanted())),
        "BeginsWith" => tested(&|text| text.starts_with(&wanted())),
        "DoesNotBeginWith" => !tested(&|text| text.starts_with(&wanted())),
        "EndsWith" => tested(&|text| text.ends_with(&wanted())),
        "DoesNotEndWith" => !tested(&|text| text.ends_with(&wanted())),
        "Like" => tested(&|text| like(text.as_bytes(), wanted().as_bytes())),
        "NotLike" => !tested(&|text| like(text.as_bytes(), wanted().as_bytes())),
        "On" if value == "today" => day(&|day| day == today),
        "On" => day(&|found| found == day_number(value.as_str().unwrap())),
        "Today" => day(&|day| day == today),
        "LastXDays" => day(&|day| (today - number(value)..=today).contains(&day)),
        "NextXDays" => day(&|day| (today + 1..=today + number(value)).contains(&day)),
        order => {
            let order_of = match value.as_str() {
                _ if found.is_null() => return false,
                Some("Today") => day_number(found.as_str().unwrap()).cmp(&today),
                Some(day) => instant(found.as_str().unwrap()).cmp(&instant(day)),
                None => found.as_f64().unwrap().total_cmp(&value.as_f64().unwrap()),
            };
            match order {
                "LessThan" => order_of == Ordering::Less,
                "LessEqual" => order_of != Ordering::Greater,
                "GreaterThan" => order_of == Ordering::Greater,
                _ => order_of != Ordering::Less,
            }
        }
    }
}

fn same(found: &Value, value: &Value) -> bool {
    match (found, value) {
        (Value::String(one), Value::String(other)) => one.to_lowercase() == other.to_lowercase(),
        (one, other) => one == other,
    }
}

fn list(value: &Value) -> Vec<Value> {
    match value {
        Value::Array(values) => values.clone(),
        value => value
            .as_str()
            .unwrap()
            .split(", ")
            .map(|part| json!(part))
            .collect(),
    }
}

fn like(text: &[u8], pattern: &[u8]) -> bool {
    match (text, pattern) {
        (text, [b'%', rest @ ..]) => (0..=text.len()).any(|at| like(&text[at..], rest)),
        ([_, text @ ..], [b'_', rest @ ..]) => like(text, rest),
        ([one, text @ ..], [other, rest @ ..]) => one == other && like(text, rest),
        (text, pattern) => text.is_empty() && pattern.is_empty(),
    }
}

fn number(value: &Value) -> i64 {
    value
        .as_i64()
        .unwrap_or_else(|| value.as_str().unwrap().parse().unwrap())
}

fn instant(text: &str) -> i64 {
    let text = if text.len() == 10 {
        format!("{text}T00:00:00Z")
    } else {
        text.to_owned()
    };
    chrono::DateTime::parse_from_rfc3339(&text)
        .unwrap()
        .timestamp_millis()
}

fn day_number(text: &str) -> i64 {
    instant(text).div_euclid(86_400_000)
}

/// The order of two values of one field: null first, text without regard to case.
fn compare(one: &Value, other: &Value) -> Ordering {
    match (one, other) {
        (Value::String(one), Value::String(other)) => one.to_lowercase().cmp(&other.to_lowercase()),
        (Value::Number(one), Value::Number(other)) => {
            one.as_f64().unwrap().total_cmp(&other.as_f64().unwrap())
        }
        (one, other) => (!one.is_null()).cmp(&!other.is_null()),
    }
}

/// The numbers of the records that a query should find, in order.
fn expected(records: &[Value], group: &Value, sort: &[Value]) -> Vec<usize> {
    let mut found: Vec<usize> = (0..records.len())
        .filter(|at| holds(group, &records[*at]))
        .collect();
    found.sort_by(|one, other| {
        let orders = sort.iter().map(|key| {
            let path = key["field"].as_str().unwrap();
            let order = compare(&field(&records[*one], path), &field(&records[*other], path));
            if key["direction"] == "DESC" {
                order.reverse()
            } else {
                order
            }
        });
        orders.fold(Ordering::Equal, Ordering::then)
    });
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_query_finds_what_its_conditions_say(
        records in prop::collection::vec(record(), 1..12),
        queries in prop::collection::vec((group(), sort(), 1..5_usize), 1..12),
    ) {
        let shop = Shop::empty();
        let shelves: Vec<String> = (0..3)
            .map(|at| shop.keep("Product", json!({"Name": shelf_name(at)})))
            .collect();
        for (at, record) in records.iter().enumerate() {
            let shelf = record["Shelf"].as_u64().map(|at| json!({"Id": shelves[usize::try_from(at).unwrap()]}));
            shop.keep("Rack_c", json!({
                "Name": at.to_string(), "Color_c": record["Color"], "Level_c": record["Level"],
                "Done_c": record["Done"], "Day_c": record["Day"], "ShelfProduct": shelf,
            }));
        }
        for (group, sort, limit) in queries {
            let wanted = expected(&records, &group, &sort);
            let rename = |value: &Value| -> Value {
                serde_json::from_str(&value.to_string().replace("Shelf.Name", "ShelfProduct.Name")).unwrap()
            };
            let mut query = rename(&group);
            query["sortOrder"] = rename(&json!(sort));
            let numbers = |query: &Value| -> Vec<usize> {
                let found = shop.query("Rack__c", query.clone());
                found.iter().map(|record| record["Name"].as_str().unwrap().parse().unwrap()).collect()
            };
            // Records that a sort leaves equal come in the order of creation, or, by one key from above, its reverse.
            let is_one_descending = sort.len() == 1 && sort[0]["direction"] == "DESC" && sort[0]["field"] != "Shelf.Name";
            if is_one_descending {
                let mut found = numbers(&query);
                let keys = |numbers: &[usize]| -> Vec<Value> {
                    let path = sort[0]["field"].as_str().unwrap();
                    numbers.iter().map(|at| field(&records[*at], path)).collect()
                };
                for (one, other) in keys(&found).iter().zip(&keys(&wanted)) {
                    prop_assert_eq!(compare(one, other), Ordering::Equal, "{}", query);
                }
                found.sort_unstable();
                let mut wanted = wanted;
                wanted.sort_unstable();
                prop_assert_eq!(found, wanted, "{}", query);
                continue;
            }
            prop_assert_eq!(numbers(&query), wanted.clone(), "{}", query);
            query["page"] = json!({"pageLimit": limit, "pageNumber": 2});
            let page: Vec<usize> = wanted.iter().copied().skip(limit).take(limit).collect();
            prop_assert_eq!(numbers(&query), page, "{}", query);
            query["aggregate"] = json!(true);
            query["page"] = Value::Null;
            query["sortOrder"] = Value::Null;
            query["aggregateFields"] = json!([{"field": "Level", "aggregateType": "SUM"}, {"field": "Level", "aggregateType": "COUNT"}]);
            let levels: Vec<f64> = wanted.iter().filter_map(|at| records[*at]["Level"].as_f64()).collect();
            let row = &shop.query("Rack__c", query.clone())[0];
            prop_assert_eq!(row["total_records"].as_u64(), Some(wanted.len() as u64));
            prop_assert_eq!(row["COUNT_Level"].as_u64(), Some(levels.len() as u64));
            let sum = (!levels.is_empty()).then(|| levels.iter().sum::<f64>());
            prop_assert_eq!(row["SUM_Level"].as_f64(), sum);
        }
    }
}
