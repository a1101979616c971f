//! Lists, queries, pages.

use serde_json::{Value, json};

use super::{Got, demo, empty};
use crate::services::World;

fn query(data: &World, body: Value) -> Got {
    data.post("Account/query", body)
}

/// Accounts with a city each; the third has none, the fourth a number in a custom field.
fn cities() -> World {
    let data = empty();
    let rows = json!([
        {"Name": "A", "BillingCity": "Oslo", "AnnualRevenue": 30},
        {"Name": "B", "BillingCity": "Bonn", "AnnualRevenue": 4},
        {"Name": "C"},
        {"Name": "D", "BillingCity": "bonn", "AnnualRevenue": 100},
        {"Name": "E", "BillingCity": "Bonn", "AnnualRevenue": 4},
    ]);
    data.post("Account/bulk", rows).data(201);
    data
}

#[test]
fn a_list_is_paged_from_one() {
    let data = cities();
    let got = data.get("Account?pageSize=2&pageNumber=1");
    assert_eq!(got.column("Name"), ["A", "B"]);
    assert_eq!(got.body["RecordCount"], 2);
    assert_eq!(got.body["HasMoreRecords"], true);
    assert!(got.body["NextCursor"].is_null());
    let last = data.get("Account?pageSize=2&pageNumber=3");
    assert_eq!(last.column("Name"), ["E"]);
    assert_eq!(last.body["HasMoreRecords"], false);
    assert!(
        data.get("Account?pageSize=2&pageNumber=4")
            .column("Name")
            .is_empty()
    );
    for bad in [
        "pageNumber=0",
        "pageSize=0",
        "pageSize=-1",
        "pageSize=10001",
        "pageSize=x",
    ] {
        data.get(&format!("Account?{bad}")).errors(400);
    }
    let far = data.get("Account?pageSize=10000&pageNumber=9223372036854775807");
    assert!(far.column("Name").is_empty());
}

#[test]
fn a_list_holds_a_hundred_unless_told_otherwise() {
    let data = empty();
    let rows: Vec<Value> = (0..101).map(|at| json!({"Name": at.to_string()})).collect();
    data.post("Account/bulk", json!(rows)).data(201);
    let got = data.get("Account");
    assert_eq!(got.column("Name").len(), 100);
    assert_eq!(got.body["HasMoreRecords"], true);
}

#[test]
fn a_list_is_sorted_and_filtered() {
    let data = cities();
    let sorted = |query: &str| {
        let got = data.get(&format!("Account?{query}"));
        got.column("Name").concat()
    };
    assert_eq!(sorted("sortField=Name"), "EDCBA");
    assert_eq!(
        sorted("sortField=BillingCity&sortDirection=Ascending"),
        "CBDEA"
    );
    assert_eq!(
        sorted("sortField=AnnualRevenue&sortDirection=Ascending"),
        "CBEAD"
    );
    assert_eq!(
        sorted("sortField=AnnualRevenue&sortDirection=DESC"),
        "DAEBC"
    );
    assert_eq!(
        sorted("criteria=BillingCity+%3D+'BONN'&sortField=Name&sortDirection=asc"),
        "BDE"
    );
    data.get("Account?sortField=Colour").errors(400);
    data.get("Account?sortField=Name&sortDirection=Up")
        .errors(400);
}

#[test]
fn a_bad_criteria_points_at_the_place() {
    let got = cities().get("Account?criteria=Name+%3D");
    assert_eq!(
        got.errors(400),
        ["Criteria: expected a value after '=' at column 7\n  Name =\n        ^"]
    );
}

#[test]
fn a_query_counts_on_request() {
    let data = cities();
    let body = json!({"ObjectName": "Account", "Criteria": "BillingCity = 'Bonn'", "Limit": 2});
    assert_eq!(query(&data, body.clone()).body["RecordCount"], 2);
    let got = data.post("Account/query?IncludeTotalCount=true", body);
    assert_eq!(got.body["RecordCount"], 3);
    assert_eq!(got.column("Name"), ["B", "D"]);
    assert_eq!(got.body["HasMoreRecords"], true);
    query(&data, json!({"ObjectName": "Contact"})).errors(400);
    assert_eq!(query(&data, json!({})).column("Name").len(), 5);
    query(&data, json!({"Limit": 0})).errors(400);
    query(&data, json!({"Skip": -1})).errors(400);
    query(&data, json!({"Select": "Name"})).errors(400);
}

#[test]
fn skip_leaves_out_the_first() {
    let data = cities();
    let got = query(&data, json!({"Skip": 3, "Sort": {"FieldName": "Name"}}));
    assert_eq!(got.column("Name"), ["D", "E"]);
    let got = query(
        &data,
        json!({"Skip": 3, "Sort": {"FieldName": "Name", "OrderBy": "Descending"}}),
    );
    assert_eq!(got.column("Name"), ["B", "A"]);
}

#[test]
fn cursors_reach_every_record_once() {
    let data = cities();
    let whole = |sort: &Value| {
        let got = query(&data, json!({"Sort": sort}));
        got.column("Name").concat()
    };
    let mut sorts = vec![Value::Null];
    for field in ["Name", "BillingCity", "AnnualRevenue", "CreatedDate", "Id"] {
        for order in ["Ascending", "Descending"] {
            sorts.push(json!({"FieldName": field, "OrderBy": order}));
        }
    }
    for sort in sorts {
        for size in 1..=3 {
            let body = json!({"Sort": sort, "Limit": size, "Skip": 0});
            let mut names = String::new();
            let mut path = "Account/query".to_owned();
            loop {
                let got = data.post(&path, body.clone());
                names += &got.column("Name").concat();
                let Some(cursor) = got.body["NextCursor"].as_str() else {
                    assert_eq!(got.body["HasMoreRecords"], false);
                    break;
                };
                path = format!("Account/query?after={cursor}");
            }
            assert_eq!(names, whole(&sort), "{sort} by {size}");
        }
    }
}

#[test]
fn a_cursor_holds_while_records_come_and_go() {
    let data = cities();
    let body =
        json!({"Limit": 2, "Skip": 1, "Sort": {"FieldName": "Name", "OrderBy": "Ascending"}});
    let got = query(&data, body.clone());
    assert_eq!(got.column("Name"), ["B", "C"]);
    let cursor = got.body["NextCursor"].as_str().unwrap();
    let last = got.data(200)[1]["Id"].as_str().unwrap();
    data.delete(&format!("Account/{last}")).data(200);
    data.account(json!({"Name": "AA"}));
    data.account(json!({"Name": "CC"}));
    let got = data.post(&format!("Account/query?after={cursor}"), body);
    assert_eq!(got.column("Name"), ["CC", "D"]);
}

#[test]
fn a_cursor_belongs_to_its_query() {
    let data = cities();
    let got = query(&data, json!({"Limit": 1}));
    let cursor = got.body["NextCursor"].as_str().unwrap();
    let path = format!("Account/query?after={cursor}");
    for body in [
        json!({"Criteria": "Name = 'A'"}),
        json!({"Sort": {"FieldName": "Name"}}),
        json!({"GroupBy": ["Name"]}),
    ] {
        assert!(data.post(&path, body).errors(400)[0].contains("another query"));
    }
    data.post(&path, json!({"Limit": 3})).data(200);
    for bad in ["x", "e30", "%00", "ZZZZ"] {
        let got = data.post(&format!("Account/query?after={bad}"), json!({}));
        assert!(got.errors(400)[0].contains("not a cursor"));
    }
}

#[test]
fn select_leaves_nothing_but_the_named_fields() {
    let data = demo();
    let body = json!({
        "Select": ["Name", "Account.Name", "Account.Id", "Phone", "Nothing_c"],
        "Criteria": "Account.Name = 'northwind biologics'",
        "Limit": 1,
    });
    let got = data.post("Contact/query", body);
    assert_eq!(
        got.data(200)[0],
        json!({
            "Name": "Amara Okafor",
            "Account": {
                "Name": "Northwind Biologics",
                "Id": "00000000-0000-4000-8000-acc000000001",
            },
            "Phone": "+1 555 0100",
            "Nothing_c": null,
        })
    );
    data.post("Contact/query", json!({"Select": ["Colour"]}))
        .errors(400);
    data.post("Contact/query", json!({"Select": ["a\"b"]}))
        .errors(400);
}

#[test]
fn distinct_and_groups_keep_the_oldest() {
    let data = cities();
    let cities = |body: Value| {
        let got = query(&data, body);
        (
            got.column("BillingCity").join(" "),
            got.body["RecordCount"].as_i64().unwrap(),
        )
    };
    let distinct = json!({"Select": ["BillingCity"], "Distinct": true});
    assert_eq!(cities(distinct), ("Oslo Bonn null".to_owned(), 3));
    let grouped = json!({
        "GroupBy": ["BillingCity"],
        "Criteria": "AnnualRevenue > 3",
        "Sort": {"FieldName": "BillingCity", "OrderBy": "Ascending"},
    });
    assert_eq!(cities(grouped), ("Bonn Oslo".to_owned(), 2));
    let two = json!({"GroupBy": ["BillingCity", "AnnualRevenue"], "Select": ["BillingCity"]});
    assert_eq!(cities(two).1, 4);
    let total = data.post(
        "Account/query?IncludeTotalCount=true",
        json!({"GroupBy": ["BillingCity"], "Limit": 1}),
    );
    assert_eq!(total.body["RecordCount"], 3);
    query(
        &data,
        json!({"GroupBy": ["BillingCity"], "Select": ["Name"]}),
    )
    .errors(400);
    // Without fields to compare every record is distinct.
    assert_eq!(
        query(&data, json!({"Distinct": true})).column("Name").len(),
        5
    );
}

#[test]
fn parallel_queries_give_a_list_each() {
    let data = demo();
    let body = json!([
        {"ObjectName": "Instrument_c", "Criteria": "Model_c = 'Orbit 400'", "Select": ["Name"]},
        {"ObjectName": "Account", "Limit": 1, "Select": ["Name"]},
        {"ObjectName": "Unused_c"},
    ]);
    let got = data.post("custom-objects/query/parallel", body);
    assert_eq!(
        got.data(200),
        &json!([
            [{"Name": "Orbit 400 SN-1001"}, {"Name": "Orbit 400 SN-1002"}],
            [{"Name": "Northwind Biologics"}],
            [],
        ])
    );
    let bad = json!([{"ObjectName": "Instrument_c"}, {"ObjectName": "Nothing"}]);
    let got = data.post("custom-objects/query/parallel", bad);
    assert!(got.errors(400)[0].starts_with("query 2: 'Nothing' is no name of a custom object"));
}

#[test]
fn a_custom_object_is_queried_by_its_path() {
    let data = demo();
    let body = json!({"Criteria": "RunHours_c > 1500 AND Calibrated_c = true"});
    let got = data.post("custom-objects/query/Instrument_c", body);
    assert_eq!(got.column("Name"), ["Pulse Mini SN-1008"]);
    data.post(
        "custom-objects/query/Instrument_c",
        json!({"ObjectName": "Account"}),
    )
    .errors(400);
}

#[test]
fn the_demo_company_is_complete() {
    let data = demo();
    for (path, count) in [
        ("Account", 12),
        ("Contact", 40),
        ("Opportunity", 15),
        ("custom-objects/Instrument_c", 8),
    ] {
        assert_eq!(
            data.get(&format!("{path}/summary")).data(200)[0]["RecordCount"],
            count
        );
        let got = data.get(path);
        let mut names = got.column("Name");
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }
    // What the seed holds keeps to the rules for what a client sends.
    for object in ["Account", "Contact", "Opportunity"] {
        for record in data.get(object).data(200).as_array().unwrap() {
            let path = format!("{object}/{}", record["Id"].as_str().unwrap());
            data.put(&path, record.clone()).data(200);
        }
    }
    // Lookups lead to records.
    for contact in data.get("Contact").data(200).as_array().unwrap() {
        let account = data.account_at(contact["Account"]["Id"].as_str().unwrap());
        assert_eq!(account["Name"], contact["Account"]["Name"]);
    }
    assert_eq!(
        data.find("IsActive = 'true' AND AnnualRevenue > 1000000000")
            .len(),
        2
    );
}
