//! The record: what is created is found, changed and deleted again.

use serde_json::json;

use super::{Office, column};
use crate::services::tenant::Tenant;

#[test]
fn a_contract_gets_what_the_platform_sets() {
    let office = Office::new();
    let got = office
        .call("create_contract")
        .json(json!({
            "Id": "mine", "Name": "Supply of kits", "RecordType": "MSA", "Status": "Activated",
            "ContractNumber": "9", "ActivatedDate": "2020-01-01", "Colour_c": "red",
            "ContractStartDate": "2026-01-01", "ContractEndDate": "2026-12-31T00:00:00",
        }))
        .send();
    let contract = got.data(200);
    assert_ne!(contract["Id"], "mine");
    assert_eq!(contract["Status"], "Request");
    assert_eq!(contract["StatusCategory"], "Request");
    assert_eq!(contract["ContractNumber"], "1");
    assert_eq!(contract["ContractNumberAuto"], 1);
    assert_eq!(contract["Currency"], "USD");
    assert_eq!(contract["ContractDurationDays"], 364);
    assert_eq!(contract["RecordOwner"]["OwnerType"], "User");
    assert_eq!(contract["RecordOwner"]["Id"], contract["CreatedBy"]["Id"]);
    assert_eq!(contract["Colour_c"], "red");
    assert!(contract.get("ActivatedDate").is_none());
    assert_eq!(&office.at(contract["Id"].as_str().unwrap()), contract);
}

#[test]
fn a_contract_needs_its_name_its_type_and_fields_that_fit() {
    let office = Office::new();
    let refused = |row| {
        let got = office.call("create_contract").json(row).send();
        got.errors(400).join("; ")
    };
    assert_eq!(
        refused(json!({"Name": ""})),
        "Name is required: a text that is not empty; RecordType is required: a text that is not empty"
    );
    assert!(refused(json!({"Name": "n".repeat(256), "RecordType": "MSA"})).contains("255"));
    assert!(
        refused(json!({"Name": "n", "RecordType": "MSA", "Account": "A1"})).contains("Account")
    );
    assert!(
        refused(json!({
            "Name": "n", "RecordType": "MSA",
            "ContractStartDate": "2026-02-01", "ContractEndDate": "2026-01-31",
        }))
        .contains("lies before")
    );
    assert!(
        refused(json!({"Name": "n", "RecordType": "MSA", "ParentAgreement": {"Id": "nobody"}}))
            .contains("no contract has the Id 'nobody'")
    );
    assert!(office.find("").is_empty());
    office
        .call("create_contract")
        .json(json!([1]))
        .send()
        .errors(400);
}

#[test]
fn numbers_are_given_once() {
    let office = Office::new();
    office.contract("a");
    let b = office.contract("b");
    assert_eq!(office.at(&b)["ContractNumber"], "2");
    assert_eq!(office.on(&b, "delete_contract").send().data(200), true);
    let c = office.contract("c");
    assert_eq!(office.at(&c)["ContractNumber"], "3");
}

#[test]
fn an_update_sets_what_it_names_and_no_status() {
    let office = Office::new();
    let id = office.contract("before");
    office
        .on(&id, "update_contract")
        .json(json!({"Name": "x"}))
        .send()
        .errors(400);
    let got = office
        .on(&id, "update_contract")
        .json(json!({
            "Name": "after", "RecordType": "NDA", "Status": "Activated", "TotalContractValue": 12.5,
        }))
        .send();
    let contract = got.data(200);
    assert_eq!(contract["Name"], "after");
    assert_eq!(contract["RecordType"], "NDA");
    assert_eq!(contract["Status"], "Request");
    assert_eq!(contract["TotalContractValue"], 12.5);
    assert_eq!(contract["Account"]["Id"], "A1");
    let refused = office
        .on(&id, "update_contract")
        .json(json!({"Name": "after", "RecordType": "NDA", "ContractEndDate": "2020-01-01"}))
        .send();
    assert!(refused.errors(400)[0].contains("lies before"));
    office
        .on("nobody", "update_contract")
        .json(json!({"Name": "x", "RecordType": "NDA"}))
        .send()
        .errors(404);
}

#[test]
fn a_query_sorts_pages_and_counts() {
    let office = Office::new();
    for name in ["b", "d", "a", "c"] {
        office.contract(name);
    }
    let query = json!({
        "CriteriaExpression": "Status = 'Request' AND Name != 'd'",
        "SortInfo": {"FieldName": "Name", "Direction": "Descending"},
        "Limit": 2, "Skip": 0, "Fields": ["Name", "Account.Name"],
    });
    let got = office.call("query_contracts").json(query).send();
    let page = got.data(200);
    assert_eq!(page["RecordCount"], 3);
    assert_eq!(page["HasMoreRecords"], true);
    assert_eq!(page["StatusCode"], "OK");
    assert_eq!(
        page["Data"],
        json!([
            {"Name": "c", "Account": {"Name": "Acme"}},
            {"Name": "b", "Account": {"Name": "Acme"}},
        ])
    );
    let all = office.call("query_contracts").send();
    assert_eq!(column(&all.data(200)["Data"], "Name"), ["b", "d", "a", "c"]);
    let query = json!({"IncludeTotalCount": false, "GroupBy": ["Status"]});
    let grouped = office.call("query_contracts").json(query).send();
    let page = grouped.data(200);
    assert!(page["RecordCount"].is_null());
    assert_eq!(page["Data"], json!([{"Status": "Request"}]));
    for (query, word) in [
        (json!({"CriteriaExpression": "Name ="}), "expected a value"),
        (
            json!({"CriteriaExpression": "Name = 'a') OR (Name = 'b'"}),
            "column",
        ),
        (json!({"Limit": 0}), "Limit"),
        (json!({"Skip": -1}), "Skip"),
        (json!({"SortInfo": {"FieldName": "a b"}}), "field name"),
        (
            json!({"GroupBy": ["Status"], "Fields": ["Name"]}),
            "GroupBy",
        ),
    ] {
        let got = office.call("query_contracts").json(query.clone()).send();
        let message = got.errors(400).join(" ");
        assert!(message.contains(word), "{query}: {message}");
    }
}

#[test]
fn a_deletion_is_for_good_and_tells_each_outcome() {
    let office = Office::new();
    let (a, b) = (office.contract("a"), office.contract("b"));
    office.on(&a, "delete_contract").send().data(200);
    office.on(&a, "get_contract").send().errors(404);
    office.on(&a, "delete_contract").send().errors(404);
    let got = office
        .call("delete_contracts")
        .json(json!([a, b, b]))
        .send();
    assert_eq!(got.data(200), &json!({&a: "Fail", &b: "Success"}));
    assert!(office.find("").is_empty());
    office
        .call("delete_contracts")
        .json(json!([]))
        .send()
        .errors(400);
}

#[test]
fn hostile_texts_are_texts() {
    let office = Office::new();
    for name in [
        "'); DROP TABLE records;--",
        "<script>alert(1)</script>",
        "../../etc/passwd",
        "a\0b",
    ] {
        let id = office.contract(name);
        assert_eq!(office.at(&id)["Name"], name);
    }
    assert_eq!(office.find("").len(), 4);
    for id in ["'", "%00", "..", "\0"] {
        office.on(id, "get_contract").send().errors(404);
        office.on(id, "activate_contract").send().errors(404);
    }
}

#[test]
fn the_demo_company_has_contracts_in_all_phases() {
    let office = Office {
        tenant: Tenant::demo(),
    };
    let got = office.call("query_contracts").send();
    let rows = got.data(200)["Data"].clone();
    let mut statuses = column(&rows, "Status");
    statuses.sort();
    statuses.dedup();
    assert_eq!(
        statuses,
        [
            "Activated",
            "Author Contract",
            "Expired",
            "Out for Signature",
            "Request"
        ]
    );
    assert_eq!(rows[0]["ContractNumber"], "1");
    assert_eq!(rows[0]["Account"]["Name"], "Northwind Biologics");
    let first = rows[0]["Id"].as_str().unwrap();
    assert_eq!(first, "00000000-0000-4000-8000-a94e00000001");
    let got = office.on(first, "get_contract_hierarchy").send();
    assert_eq!(
        column(&got.data(200)["ChildContracts"], "ContractNumber"),
        ["2"]
    );
    let got = office.call("query_obligation_fulfillments").send();
    assert_eq!(got.data(200)["RecordCount"], 2);
    office.days_pass(21);
    let renewed = rows[5]["Id"].as_str().unwrap();
    assert_eq!(office.status(renewed), "Activated");
    assert_ne!(
        office.at(renewed)["ContractEndDate"],
        rows[5]["ContractEndDate"]
    );
}
