//! Many records in one call.

use serde_json::{Value, json};

use super::empty;
use crate::services::World;

/// Two accounts: `one` with the external id `x1`, `two` without.
fn two() -> World {
    let data = empty();
    data.account(json!({"Id": "one", "Name": "One", "ExternalId": "x1"}));
    data.account(json!({"Id": "two", "Name": "Two"}));
    data
}

fn ids(data: &Value) -> Vec<&str> {
    data.as_array()
        .unwrap()
        .iter()
        .map(|id| id.as_str().unwrap())
        .collect()
}

#[test]
fn insert_keeps_given_ids_and_makes_the_others() {
    let data = empty();
    let got = data.post(
        "Account/bulk",
        json!([{"Id": "a"}, {"Name": "B"}, {"ExternalId": "x"}]),
    );
    let ids = ids(got.data(201));
    assert_eq!((ids.len(), ids[0]), (3, "a"));
    assert_eq!(got.body["RecordCount"], 3);
    assert_eq!(data.account_at(ids[1])["ExternalId"], Value::Null);
    assert_eq!(data.account_at(ids[2])["ExternalId"], "x");
    let got = data.post(
        "Account/bulk?IncludeRecordPayloadInResponse=true",
        json!([{"Name": "C"}]),
    );
    assert_eq!(got.data(201)[0]["Name"], "C");
}

#[test]
fn a_faulty_row_undoes_all_and_every_fault_is_named() {
    let data = two();
    let rows = json!([{"Name": "New"}, {"ExternalId": "x1"}, {"Colour": 1}, {"Id": "two"}, 7]);
    let got = data.post("Account/bulk", rows);
    assert_eq!(
        got.errors(400),
        [
            "row 2: another Account has the ExternalId 'x1'; it must be unique",
            "row 3: Account has no field 'Colour'; the names of custom fields end in _c",
            "row 4: another Account has the Id 'two'; it must be unique",
            "row 5: a row is a JSON object: one record",
        ]
    );
    assert_eq!(data.find(""), ["One", "Two"]);
    data.post(
        "Account/bulk",
        json!([{"ExternalId": "y"}, {"ExternalId": "y"}]),
    )
    .errors(400);
    data.post("Account/bulk", json!([])).errors(400);
    data.post("Account/bulk", json!({"Name": "x"})).errors(400);
    assert_eq!(data.find(""), ["One", "Two"]);
}

#[test]
fn update_by_id_needs_the_id() {
    let data = two();
    let rows =
        json!([{"Id": "two", "Name": "Zwei"}, {"Id": "one", "Name": "Eins", "ExternalId": "x2"}]);
    assert_eq!(
        ids(data.put("Account/bulk", rows).data(200)),
        ["two", "one"]
    );
    assert_eq!(data.find(""), ["Eins", "Zwei"]);
    assert_eq!(data.account_at("one")["ExternalId"], "x2");
    let got = data.put(
        "Account/bulk",
        json!([{"Id": "two"}, {"ExternalId": "x2"}, {"Id": "none"}]),
    );
    assert_eq!(
        got.errors(400),
        [
            "row 2: Id is required",
            "row 3: no Account has the Id 'none'"
        ]
    );
    let got = data.put("Account/bulk", json!([{"Id": "two", "ExternalId": "x2"}]));
    assert_eq!(
        got.errors(400),
        ["row 1: another Account has the ExternalId 'x2'; it must be unique"]
    );
}

#[test]
fn update_by_external_id_needs_the_external_id() {
    let data = two();
    let path = "Account/bulk?UpdateByField=ExternalId";
    data.put(path, json!([{"ExternalId": "x1", "Name": "Eins"}]))
        .data(200);
    data.put(
        path,
        json!([{"ExternalId": "x1", "Id": "one", "Name": "Uno"}]),
    )
    .data(200);
    assert_eq!(data.account_at("one")["Name"], "Uno");
    let rows = json!([
        {"Id": "one"},
        {"ExternalId": "x1", "Id": "two"},
        {"ExternalId": "none"},
    ]);
    assert_eq!(
        data.put(path, rows).errors(400),
        [
            "row 1: ExternalId is required",
            "row 2: the record has the Id 'one', which never changes; send that Id or none",
            "row 3: no Account has the ExternalId 'none'",
        ]
    );
}

/// The published matrix of upsert by Id: (row, the record it lands in or `None` for a new one, its
/// external id afterwards), or an error.
#[test]
fn upsert_by_id() {
    type Outcome = Result<(Option<&'static str>, Option<&'static str>), &'static str>;
    let cases: [(Value, Outcome); 8] = [
        (json!({"Id": "one"}), Ok((Some("one"), Some("x1")))),
        (
            json!({"Id": "one", "ExternalId": "x9"}),
            Ok((Some("one"), Some("x9"))),
        ),
        (
            json!({"Id": "two", "ExternalId": "x1"}),
            Err("ExternalId 'x1'; it must be unique"),
        ),
        (json!({"Id": "new"}), Ok((Some("new"), None))),
        (
            json!({"Id": "new", "ExternalId": "x2"}),
            Ok((Some("new"), Some("x2"))),
        ),
        (json!({}), Ok((None, None))),
        (json!({"ExternalId": "x2"}), Ok((None, Some("x2")))),
        (
            json!({"ExternalId": "x1"}),
            Err("ExternalId 'x1'; it must be unique"),
        ),
    ];
    for (row, outcome) in cases {
        check_upsert("Account/bulk", row.clone(), outcome);
        check_upsert("Account/bulk?UpdateByField=Id", row, outcome);
    }
}

/// The published matrix of upsert by ExternalId.
#[test]
fn upsert_by_external_id() {
    type Outcome = Result<(Option<&'static str>, Option<&'static str>), &'static str>;
    let cases: [(Value, Outcome); 9] = [
        // Both given.
        (
            json!({"Id": "one", "ExternalId": "x1"}),
            Ok((Some("one"), Some("x1"))),
        ),
        (
            json!({"Id": "two", "ExternalId": "x1"}),
            Err("which never changes"),
        ),
        (
            json!({"Id": "new", "ExternalId": "x1"}),
            Err("which never changes"),
        ),
        // Both given, the external id unknown: assumed.
        (
            json!({"Id": "new", "ExternalId": "x2"}),
            Ok((Some("new"), Some("x2"))),
        ),
        (
            json!({"Id": "two", "ExternalId": "x2"}),
            Err("Id 'two'; it must be unique"),
        ),
        // One given.
        (json!({"ExternalId": "x1"}), Ok((Some("one"), Some("x1")))),
        (json!({"ExternalId": "x2"}), Ok((None, Some("x2")))),
        (json!({"Id": "one"}), Ok((Some("one"), Some("x1")))),
        (json!({"Id": "new"}), Ok((Some("new"), None))),
    ];
    for (row, outcome) in cases {
        check_upsert("Account/bulk?UpdateByField=ExternalId", row, outcome);
    }
    // Neither given.
    check_upsert(
        "Account/bulk?UpdateByField=ExternalId",
        json!({}),
        Ok((None, None)),
    );
}

#[track_caller]
fn check_upsert(path: &str, mut row: Value, outcome: Result<(Option<&str>, Option<&str>), &str>) {
    let data = two();
    row["Name"] = "Changed".into();
    let got = data.patch(path, json!([row]));
    match outcome {
        Ok((target, external_id)) => {
            let id = got.data(200)[0].as_str().unwrap();
            match target {
                Some(target) => assert_eq!(id, target, "{row}"),
                None => assert!(uuid::Uuid::parse_str(id).is_ok(), "{row}"),
            }
            let record = data.account_at(id);
            assert_eq!(record["Name"], "Changed");
            assert_eq!(record["ExternalId"].as_str(), external_id, "{row}");
            let count = if matches!(target, Some("one" | "two")) {
                2
            } else {
                3
            };
            assert_eq!(data.find("").len(), count, "{row}");
        }
        Err(message) => {
            assert!(got.errors(400)[0].contains(message), "{row}: {}", got.body);
            assert_eq!(data.find(""), ["One", "Two"]);
        }
    }
}

#[test]
fn locking_holds_for_every_row() {
    let data = two();
    let tag = |id| data.account_at(id)["ETag"].clone();
    let path = "Account/bulk?EnforceOptimisticLocking=true";
    let rows = json!([{"Id": "one", "ETag": tag("one")}, {"Id": "two", "ETag": "old"}]);
    let before = tag("one");
    assert_eq!(data.put(path, rows.clone()).errors(409).len(), 1);
    assert_eq!(data.patch(path, rows).errors(409).len(), 1);
    assert_eq!(tag("one"), before);
    let rows = json!([{"Id": "one", "ETag": tag("one")}, {"Name": "New"}]);
    data.patch(path, rows).data(200);
}

#[test]
fn delete_names_what_it_deleted() {
    let data = two();
    let got = data.delete_with("Account/bulk", json!(["one", "none"]));
    assert_eq!(got.data(200), "Deleted records: one");
    assert_eq!(got.body["RecordCount"], 1);
    assert_eq!(
        got.body["Warnings"][0]["Message"],
        "no Account has the Id 'none'"
    );
    let got = data.delete_with("Account/bulk", json!(["one", "none"]));
    assert_eq!(got.errors(404), ["no Account has the Id 'one', 'none'"]);
    data.delete_with("Account/bulk", json!([7])).errors(400);
    data.delete_with("Account/bulk?DeleteByField=Name", json!(["x"]))
        .errors(400);
}

#[test]
fn delete_by_external_id_with_status() {
    let data = two();
    let path = "Account/bulk?DeleteByField=ExternalId&IncludeDeleteResultStatus=true&DeleteBehaviour=HardDelete";
    let got = data.delete_with(path, json!(["x1", "x2"]));
    assert_eq!(got.data(200), "x1: Deleted, x2: NotFound");
    assert_eq!(data.find(""), ["Two"]);
    assert!(
        data.get("Account/summary").data(200)[0]["DiskSize"]
            .as_i64()
            .unwrap()
            > 0
    );
}

fn racks() -> World {
    let data = empty();
    let rows: Vec<Value> = (0..10)
        .map(|at| json!({"Id": format!("r{at}"), "Size": at, "Name": "R"}))
        .collect();
    data.post("custom-objects/Rack_c/bulk", json!(rows))
        .data(201);
    data
}

#[test]
fn update_by_criteria() {
    let data = racks();
    let path = "custom-objects/Rack_c/criteria/bulk";
    let got = data.put(
        path,
        json!({"Criteria": "Size >= 7", "ValuesToUpdate": {"Name": "Big"}}),
    );
    assert_eq!(ids(got.data(200)), ["r7", "r8", "r9"]);
    assert_eq!(got.body["HasMoreRecords"], false);
    let body = json!({"Criteria": "Size < 5", "ValuesToUpdate": {"Name": "Small"}, "PageSize": 3});
    let got = data.put(path, body.clone());
    assert_eq!(ids(got.data(200)), ["r0", "r1", "r2"]);
    let cursor = got.body["NextCursor"].as_str().unwrap();
    let got = data.put(&format!("{path}?after={cursor}"), body);
    assert_eq!(ids(got.data(200)), ["r3", "r4"]);
    let body = json!({"Criteria": "Name = 'R'", "ValuesToUpdate": {"Name": "S"}, "PageSize": 1, "PageNumber": 2});
    let got = data.put(&format!("{path}?IncludeRecordPayloadInResponse=true"), body);
    assert_eq!(got.data(200)[0]["Id"], "r6");

    for body in [
        json!({"ValuesToUpdate": {"Name": "x"}}),
        json!({"Criteria": " ", "ValuesToUpdate": {"Name": "x"}}),
        json!({"Criteria": "Size > 1"}),
        json!({"Criteria": "Size > ", "ValuesToUpdate": {"Name": "x"}}),
        json!({"Criteria": "Size > 1", "ValuesToUpdate": {"Id": "x"}}),
        json!({"Criteria": "Size > 1", "ValuesToUpdate": {"ExternalId": "same"}}),
        json!({"Criteria": "Size > 1", "ValuesToUpdate": {"Name": 7}}),
        json!({"ObjectName": "Other_c", "Criteria": "Size > 1", "ValuesToUpdate": {"Name": "x"}}),
    ] {
        data.put(path, body).errors(400);
    }
}

#[test]
fn delete_by_criteria() {
    let data = racks();
    let path = "custom-objects/Rack_c/criteria/bulk";
    let body = json!({"Criteria": "Size < 4", "NumberOfRecordsToDelete": 2, "PageSize": 1, "PageNumber": 9});
    assert_eq!(
        data.delete_with(path, body).data(200),
        "Deleted records: r0, r1"
    );
    let body = json!({"Criteria": "Size < 6", "PageSize": 1, "PageNumber": 2});
    assert_eq!(
        data.delete_with(path, body).data(200),
        "Deleted records: r3"
    );
    let got = data.delete_with(
        path,
        json!({"ObjectName": "Rack_c", "Criteria": "Size < 6"}),
    );
    assert_eq!(got.data(200), "Deleted records: r2, r4, r5");
    let none = data.delete_with(path, json!({"Criteria": "Size < 6"}));
    assert_eq!(none.body["RecordCount"], 0);
    data.delete_with(path, json!({})).errors(400);
    assert_eq!(
        data.get("custom-objects/Rack_c/summary").data(200)[0]["RecordCount"],
        4
    );
}
