//! What a criteria finds, by example.

use serde_json::json;

use super::empty;

#[test]
fn values_meet_by_their_readings() {
    let data = empty();
    let rows = json!([
        {"Name": "null"},
        {"Name": "text", "V_c": "Acme GmbH"},
        {"Name": "number", "V_c": 5},
        {"Name": "digits", "V_c": "05"},
        {"Name": "yes", "V_c": true},
        {"Name": "day", "V_c": "2025-01-01"},
        {"Name": "hour", "V_c": "2025-01-01T02:00:00+01:00"},
        {"Name": "lookup", "V_c": {"Id": "L-1", "Name": "Other"}},
        {"Name": "list", "V_c": ["Red", "Blue"]},
    ]);
    data.post("Account/bulk", rows).data(201);
    let all = "null text number digits yes day hour lookup list";
    let but = |names: &str| {
        let left: Vec<&str> = all
            .split(' ')
            .filter(|name| !names.split(' ').any(|n| n == *name))
            .collect();
        left.join(" ")
    };
    for (criteria, names) in [
        // Text: without regard to case.
        ("V_c = 'ACME gmbh'", "text".to_owned()),
        ("V_c != 'acme GMBH'", but("text")),
        ("V_c LIKE 'acme%'", "text".to_owned()),
        ("V_c LIKE 'acme'", String::new()),
        ("V_c CONTAINS 'ME G'", "text".to_owned()),
        ("V_c NOT CONTAINS 'ME G'", but("text")),
        // Numbers: a quoted one meets numbers as a number and text as text.
        ("V_c = 5", "number digits".to_owned()),
        ("V_c = '5'", "number".to_owned()),
        ("V_c = '05'", "number digits".to_owned()),
        ("V_c IN ('5.0', 7)", "number".to_owned()),
        ("V_c >= 4.5 AND V_c <= 5e0", "number digits".to_owned()),
        ("V_c > '4' AND V_c < '6'", "number".to_owned()),
        ("V_c LIKE '%5'", "digits".to_owned()),
        // Booleans: bare or quoted.
        ("V_c = true", "yes".to_owned()),
        ("V_c = 'True'", "yes".to_owned()),
        ("V_c = false", String::new()),
        // Dates: as instants, in UTC unless they say otherwise.
        ("V_c = '2025-01-01T00:00:00Z'", "day".to_owned()),
        ("V_c = 2025-01-01T01:00:00", "hour".to_owned()),
        ("V_c > 2025-01-01 AND V_c < '2025-01-02'", "hour".to_owned()),
        ("V_c IN ('2025-01-01 00:00:00', 'x')", "day".to_owned()),
        ("CreatedDate = '2026-03-01T10:30:00+01:00'", all.to_owned()),
        ("CreatedDate > '2026-03-01'", all.to_owned()),
        ("CreatedDate < '2026-03-01T09:30'", String::new()),
        // Lookups: by id, or by the part that is named.
        ("V_c = 'l-1'", "lookup".to_owned()),
        ("V_c.Id = 'L-1' AND V_c.Name = 'other'", "lookup".to_owned()),
        ("V_c.Name != 'Other'", but("lookup")),
        ("V_c CONTAINS '\"red\"'", "list".to_owned()),
        // Null: unequal to everything, in no order, and found by its own tests.
        ("V_c IS NULL", "null".to_owned()),
        ("V_c = null", "null".to_owned()),
        ("V_c IN (null, 5)", "null number digits".to_owned()),
        ("V_c IS NOT NULL", but("null")),
        ("NOT V_c > 4", but("number digits")),
        ("V_c.Id IS NOT NULL", "lookup".to_owned()),
    ] {
        assert_eq!(data.find(criteria).join(" "), names, "{criteria}");
    }
}

#[test]
fn what_an_index_can_seek_is_found_alike() {
    let data = empty();
    let rows = json!([
        {"Name": "Ada", "Account": {"Id": "A-1"}},
        {"Name": "Adam", "Account": {"Id": "A-2", "Name": "Two"}},
        {"Name": "ADÄ", "Account": {"Id": "a-2"}},
        {"Name": "Bea"},
        {"Name": "2025-01-01"},
    ]);
    data.post("Contact/bulk", rows).data(201);
    for (criteria, names) in [
        ("Account.Id = 'A-2'", vec!["Adam", "ADÄ"]),
        ("Account = 'a-2' AND Account.Name = 'two'", vec!["Adam"]),
        ("Account.Id IN ('A-1', 'A-3')", vec!["Ada"]),
        ("Name LIKE 'ada%'", vec!["Ada", "Adam"]),
        ("Name LIKE 'Ad_'", vec!["Ada", "ADÄ"]),
        ("Name LIKE 'bea'", vec!["Bea"]),
        ("Name = '2025-01-01T00:00:00Z'", vec!["2025-01-01"]),
        (
            "Name IN ('Bea', 'x') OR Account IS NULL",
            vec!["Bea", "2025-01-01"],
        ),
    ] {
        let got = data.post("Contact/query", json!({"Criteria": criteria}));
        assert_eq!(got.column("Name"), names, "{criteria}");
        let body = json!({
            "Criteria": criteria, "Limit": 1, "Skip": names.len() - 1,
            "Sort": {"FieldName": "CreatedDate"},
        });
        let got = data.post("Contact/query", body);
        assert_eq!(got.column("Name"), names[names.len() - 1..], "{criteria}");
    }
}
