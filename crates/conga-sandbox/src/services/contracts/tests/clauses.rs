//! Clauses of contracts.

use serde_json::{Value, json};

use super::{Office, column, text};

impl Office {
    #[track_caller]
    pub(super) fn clause(&self, contract: &str, row: Value) -> Value {
        let got = self.on(contract, "create_contract_clause").json(row).send();
        got.data(200).clone()
    }
}

#[test]
fn a_clause_is_created_found_changed_and_deleted() {
    let office = Office::new();
    let contract = office.contract("Supply");
    let clause = office.clause(
        &contract,
        json!({"Name": "Liability", "Clause": "LIA", "Text": "Nobody pays.", "Agreement": contract}),
    );
    assert_eq!(clause["Agreement"], contract.as_str());
    assert_eq!(clause["Category"], "Default");
    assert_eq!(clause["MateriallySignificant"], false);
    let id = text(&clause["Id"]);
    let got = office
        .call("get_contract_clause")
        .path("contractClauseId", &id)
        .send();
    assert_eq!(got.data(200), &json!([clause]));
    let got = office
        .on(&contract, "update_contract_clause")
        .path("contractClauseId", &id)
        .json(json!({"Text": "Everybody pays.", "MateriallySignificant": true}))
        .send();
    assert_eq!(got.data(200)["Text"], "Everybody pays.");
    assert_eq!(got.data(200)["Name"], "Liability");
    let other = office.contract("Other");
    for contract in [&other, "nobody"] {
        office
            .on(contract, "delete_contract_clause")
            .path("contractClauseId", &id)
            .send()
            .errors(404);
    }
    office
        .on(&contract, "delete_contract_clause")
        .path("contractClauseId", &id)
        .send()
        .data(200);
    office
        .call("get_contract_clause")
        .path("contractClauseId", &id)
        .send()
        .errors(404);
}

#[test]
fn a_bulk_call_is_all_or_nothing() {
    let office = Office::new();
    let contract = office.contract("Supply");
    let other = office.contract("Other");
    let rows = json!([{"Name": "a"}, {"Name": "b"}]);
    let got = office
        .on(&contract, "bulk_create_contract_clauses")
        .json(rows)
        .send();
    let clauses = got.data(200).clone();
    assert_eq!(column(&clauses, "Name"), ["a", "b"]);
    for rows in [
        json!([{"Name": "c"}, {"Name": "d", "Agreement": other}]),
        json!([{"Name": "c"}, {"Name": "d", "MateriallySignificant": "very"}]),
    ] {
        let call = office.on(&contract, "bulk_create_contract_clauses");
        call.json(rows).send().errors(400);
    }
    let rows = json!([{"Id": clauses[0]["Id"], "Name": "A"}, {"Name": "B"}]);
    let call = office.on(&contract, "bulk_update_contract_clauses");
    assert!(call.json(rows).send().errors(400)[0].contains("needs its Id"));
    let rows = json!([{"Id": clauses[0]["Id"], "Name": "A"}]);
    let call = office.on(&contract, "bulk_update_contract_clauses");
    assert_eq!(call.json(rows).send().data(200)[0]["Name"], "A");
    let rows = json!([{"Id": clauses[0]["Id"], "Name": "A"}]);
    let call = office.on(&other, "bulk_update_contract_clauses");
    call.json(rows).send().errors(404);
    let got = office.on(&contract, "query_contract_clauses").send();
    assert_eq!(column(&got.data(200)["Data"], "Name"), ["A", "b"]);
    let ids = json!([clauses[0]["Id"], "nobody"]);
    let got = office
        .on(&contract, "bulk_delete_contract_clauses")
        .json(ids)
        .send();
    assert_eq!(got.data(200)[text(&clauses[0]["Id"])], "Success");
    assert_eq!(got.data(200)["nobody"], "Fail");
}

#[test]
fn a_query_gives_the_latest_version_of_each_clause() {
    let office = Office::new();
    let contract = office.contract("Supply");
    for (clause, document, words) in [
        ("LIA", "D1", "first"),
        ("PAY", "D1", "first"),
        ("LIA", "D1", "second"),
        ("LIA", "D2", "other document"),
        ("LIA", "D1", "third"),
    ] {
        office.clause(
            &contract,
            json!({"Name": clause, "Clause": clause, "DocumentVersionId": document, "Text": words}),
        );
    }
    let got = office
        .on(&contract, "query_contract_clauses")
        .json(json!({"SortInfo": {"FieldName": "Name"}}))
        .send();
    let page = got.data(200);
    assert_eq!(page["RecordCount"], 3);
    assert_eq!(
        column(&page["Data"], "Text"),
        ["third", "other document", "first"]
    );
    assert_eq!(page["Data"][0]["NumberOfVersions"], 3);
    assert_eq!(page["Data"][2]["NumberOfVersions"], 1);
    let got = office
        .on(&contract, "query_contract_clauses")
        .json(json!({"CriteriaExpression": "Clause = 'LIA'", "Skip": 1, "Limit": 1}))
        .send();
    assert_eq!(got.data(200)["RecordCount"], 2);
    assert_eq!(column(&got.data(200)["Data"], "Text"), ["other document"]);
}

#[test]
fn a_library_clause_brings_its_obligations() {
    let office = Office::new();
    let pattern = office
        .call("create_clause_obligation")
        .path("clauseId", "LIA")
        .json(json!({"Name": "Insure", "ObligationType": "Legal", "Priority": "High"}))
        .send();
    let pattern = pattern.data(200).clone();
    let contract = office.contract("Supply");
    let clause = office.clause(&contract, json!({"Name": "Liability", "Clause": "LIA"}));
    let got = office.on(&contract, "query_contract_obligations").send();
    let row = &got.data(200)["Data"][0];
    assert_eq!(row["Name"], "Insure");
    assert_eq!(row["Priority"], "High");
    assert_eq!(row["Obligation"], pattern["Id"]);
    assert_eq!(row["AgreementClause"], clause["Id"]);
    assert_eq!(row["ObligationNumber"], "OB-1");

    office.activate(&contract);
    let amendment = office.done(&contract, "amend_contract");
    let got = office.on(&amendment, "query_contract_clauses").send();
    let copy = got.data(200)["Data"][0].clone();
    assert_eq!(copy["Name"], "Liability");
    assert_ne!(copy["Id"], clause["Id"]);
    let got = office.on(&amendment, "query_contract_obligations").send();
    let rows = got.data(200)["Data"].as_array().unwrap().clone();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["AgreementClause"], copy["Id"]);
}
