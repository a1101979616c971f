//! Text that would do harm if it were taken for anything but text.

use serde_json::json;

use super::empty;

const HOSTILE: [&str; 12] = [
    "Robert'); DROP TABLE records;--",
    "' OR '1'='1",
    "\" OR \"\"=\"",
    "a\0b",
    "a\0c",
    "😀 family 👨‍👩‍👧 e\u{301}",
    "\\",
    "back\\'slash\\\\",
    "100%_done",
    "line\nbreak\r\ttab",
    "$.\"Name\"",
    "\u{202e}desrever <script>alert(1)</script>",
];

/// A text as a value in a criteria.
fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
}

#[test]
fn hostile_text_is_stored_and_found_again() {
    let data = empty();
    for text in HOSTILE {
        let row = json!({"Id": text, "ExternalId": text, "Name": text, "Owner": {"Id": text, "Name": text}});
        assert_eq!(data.post("Account", row).data(201), text);
    }
    for text in HOSTILE {
        for field in ["Name", "Id", "ExternalId", "Owner", "Owner.Name"] {
            assert_eq!(data.find(&format!("{field} = {}", quote(text))), [text]);
            assert_eq!(data.find(&format!("{field} IN ({})", quote(text))), [text]);
            let others = data.find(&format!("{field} != {}", quote(text)));
            assert_eq!(others.len(), HOSTILE.len() - 1);
        }
        let found = data.find(&format!("Name CONTAINS {}", quote(text)));
        assert!(found.contains(&text.to_owned()), "{found:?}");
        let got = data.get(&format!("Account/by-externalId/{}", text.replace('?', "")));
        assert_eq!(got.data(200)["Name"], text);
    }
    assert_eq!(data.find(r"Name LIKE '100\%\_done'"), ["100%_done"]);
    assert_eq!(data.find("Name CONTAINS '👩'").len(), 1);
    for text in HOSTILE {
        assert_eq!(
            data.delete_with("Account/bulk", json!([text])).body["RecordCount"],
            1
        );
    }
    assert!(data.find("").is_empty());
}

#[test]
fn hostile_criteria_are_refused_and_change_nothing() {
    let data = empty();
    data.account(json!({"Name": "Acme"}));
    let deep = format!("{}Name = 'x'{}", "(".repeat(60), ")".repeat(60));
    let nots = format!("{} Name = 'x'", "NOT ".repeat(60));
    let wide = vec!["Name = 'x'"; 501].join(" OR ");
    let long = format!("Name = '{}'", "x".repeat(70_000));
    let many = format!("Name IN ({})", vec!["1"; 2_001].join(","));
    let pattern = format!("Name LIKE '{}'", "%".repeat(4_001));
    for criteria in [
        "Name = 'x'; DROP TABLE records",
        "Name = 'x' --",
        "Name = 'x' UNION SELECT 1",
        "json_extract(keys, '$') = 'x'",
        "Name\"' = 'x'",
        "keys.Name.a.b.c = 'x'",
        "1 = 1",
        &deep,
        &nots,
        &wide,
        &long,
        &many,
        &pattern,
    ] {
        let got = data.post("Account/query", json!({"Criteria": criteria}));
        assert!(got.errors(400)[0].starts_with("Criteria: "), "{criteria}");
    }
    assert_eq!(data.find(""), ["Acme"]);
}

#[test]
fn the_widest_criteria_still_run() {
    let data = empty();
    data.account(json!({"Name": "x"}));
    let wide = vec!["Name = 'x'"; 500].join(" AND ");
    assert_eq!(data.find(&wide).len(), 1);
    let alternating = vec!["NOT (Name = 'y' OR NOT Name = 'x')"; 250].join(" AND ");
    assert_eq!(data.find(&alternating).len(), 1);
    let deep = format!("{}Name = 'x'{}", "NOT (".repeat(24), ")".repeat(24));
    assert_eq!(data.find(&deep).len(), 1);
    let many = format!("Name IN ({})", vec!["'x'"; 2_000].join(","));
    assert_eq!(data.find(&many).len(), 1);
    let pattern = format!("Name LIKE '{}x'", "%".repeat(3_999));
    assert_eq!(data.find(&pattern).len(), 1);
}
