//! Obligations of library clauses and of contracts.

use serde_json::{Value, json};

use super::{Office, column, text};

impl Office {
    #[track_caller]
    pub(super) fn obligation(&self, contract: &str, row: Value) -> String {
        let call = self.on(contract, "create_contract_obligation");
        text(&call.json(row).send().data(200)["Id"])
    }
}

#[test]
fn an_obligation_of_a_contract_has_a_number_and_defaults() {
    let office = Office::new();
    let contract = office.contract("Supply");
    let got = office
        .on(&contract, "create_contract_obligation")
        .json(json!({
            "Name": "Report", "ObligationType": "Contractual", "DueDate": "2026-06-30",
            "Reviewer": {"Id": "U1", "Name": "Ada"}, "ObligationNumber": "mine", "IsActive": true,
        }))
        .send();
    let row = got.data(200);
    assert_eq!(row["ObligationNumber"], "OB-1");
    assert_eq!(row["RecordType"], "Contractual");
    assert_eq!(row["Agreement"], contract.as_str());
    assert_eq!(row["DueDate"], "2026-06-30T00:00:00");
    assert_eq!(row["PrintOnContract"], true);
    assert_eq!(row["AssigneeType"], "User");
    assert_eq!(row["Status"], "Draft");
    assert_eq!(row["IsActive"], false);
    let id = text(&row["Id"]);
    let on = |operation: &str| office.on(&contract, operation).path("obligationId", &id);
    assert_eq!(on("get_contract_obligation").send().data(200), row);
    let changed = on("update_contract_obligation")
        .json(json!({"Name": "Report twice", "Priority": "Low"}))
        .send();
    assert_eq!(changed.data(200)["Name"], "Report twice");
    assert_eq!(changed.data(200)["DueDate"], "2026-06-30T00:00:00");
    on("update_contract_obligation")
        .json(json!({"Priority": "Low"}))
        .send()
        .errors(400);
    on("update_contract_obligation")
        .json(json!({"Name": "x", "Assignee": "Ada"}))
        .send()
        .errors(400);
    let other = office.contract("Other");
    let elsewhere = office.on(&other, "get_contract_obligation");
    elsewhere.path("obligationId", &id).send().errors(404);
    on("delete_contract_obligation").send().data(200);
    on("delete_contract_obligation").send().errors(404);
}

#[test]
fn obligations_go_one_by_one_or_all() {
    let office = Office::new();
    let contract = office.contract("Supply");
    let ids: Vec<String> = ["a", "b", "c"]
        .map(|name| office.obligation(&contract, json!({"Name": name})))
        .into();
    let delete = |body: Option<Value>| {
        let call = office.on(&contract, "delete_contract_obligations");
        match body {
            Some(body) => call.json(body).send(),
            None => call.send(),
        }
    };
    let got = delete(Some(json!([ids[0], "nobody"])));
    assert_eq!(
        got.data(200),
        &json!({&ids[0]: "Success", "nobody": "Fail"})
    );
    let got = delete(None);
    assert_eq!(got.data(200).as_object().unwrap().len(), 2);
    let got = office.on(&contract, "query_contract_obligations").send();
    assert_eq!(got.data(200)["RecordCount"], 0);
}

#[test]
fn obligations_of_a_clause_belong_to_it() {
    let office = Office::new();
    let create = |clause: &str, row: Value| {
        let call = office.call("create_clause_obligation");
        call.path("clauseId", clause).json(row).send()
    };
    create("LIA", json!({"Description": "no name"})).errors(400);
    let got = create(
        "LIA",
        json!({"Name": "Insure", "ObligationType": "Operational"}),
    );
    let row = got.data(200).clone();
    assert_eq!(row["RecordOwner"]["OwnerType"], "User");
    let id = text(&row["Id"]);
    let on = |clause: &str, operation: &str| {
        let call = office.call(operation).path("clauseId", clause);
        call.path("obligationId", &id)
    };
    assert_eq!(on("LIA", "get_clause_obligation").send().data(200), &row);
    on("PAY", "get_clause_obligation").send().errors(404);
    let changed = on("LIA", "update_clause_obligation")
        .json(json!({"Name": "Insure well"}))
        .send();
    assert_eq!(changed.data(200)["Name"], "Insure well");
    create("LIA", json!({"Name": "Notify"})).data(200);
    create("PAY", json!({"Name": "Pay"})).data(200);
    let query = |clause: &str| {
        let call = office.call("query_clause_obligations");
        let got = call.path("clauseId", clause).send();
        column(&got.data(200)["Data"], "Name")
    };
    assert_eq!(query("LIA"), ["Insure well", "Notify"]);
    on("LIA", "delete_clause_obligation").send().data(200);
    let got = office
        .call("delete_clause_obligations")
        .path("clauseId", "LIA")
        .query("deleteAll", true)
        .json(json!(["nobody"]))
        .send();
    assert_eq!(got.data(200).as_object().unwrap().len(), 1);
    assert!(query("LIA").is_empty());
    assert_eq!(query("PAY"), ["Pay"]);
}

#[test]
fn active_contracts_come_with_their_obligations() {
    let office = Office::new();
    let active = office.contract("Active");
    office.obligation(&active, json!({"Name": "Report"}));
    office.activate(&active);
    office.active("Without obligations");
    let draft = office.contract("Draft");
    office.obligation(&draft, json!({"Name": "Nothing yet"}));
    let got = office.call("query_activated_contract_obligations").send();
    let rows = got.data(200);
    assert_eq!(column(rows, "Name"), ["Active"]);
    assert_eq!(column(&rows[0]["Obligations"], "Name"), ["Report"]);
    assert_eq!(rows[0]["Obligations"][0]["Status"], "Active");
}
