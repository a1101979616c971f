//! What amendments have changed.

use serde_json::{Value, json};

use super::{Office, column};

#[test]
fn an_amendment_in_effect_is_compared_with_what_it_amends() {
    let office = Office::new();
    let original = office.contract("Supply");
    for (name, words) in [("Liability", "none"), ("Payment", "now"), ("Venue", "Oslo")] {
        let row = json!({"Name": name, "Clause": name, "Text": words});
        office
            .on(&original, "create_contract_clause")
            .json(row)
            .send()
            .data(200);
    }
    office.document(&original, "terms.pdf");
    office.activate(&original);
    let view = |operation: &str| {
        let got = office.on(&original, operation).send();
        got.data(200).clone()
    };
    let amendment = office.done(&original, "amend_contract");
    let row = json!({
        "Name": "Supply Amended", "RecordType": "MSA", "TotalContractValue": 900,
        "AmendmentEffectiveDate": "2026-04-01", "ContractEndDate": "2027-12-31T00:00:00",
    });
    office
        .on(&amendment, "update_contract")
        .json(row)
        .send()
        .data(200);
    let got = office.on(&amendment, "query_contract_clauses").send();
    let clauses = got.data(200)["Data"].clone();
    let clause = |at: usize| clauses[at]["Id"].as_str().unwrap();
    office
        .on(&amendment, "update_contract_clause")
        .path("contractClauseId", clause(0))
        .json(json!({"Text": "some"}))
        .send()
        .data(200);
    office
        .on(&amendment, "delete_contract_clause")
        .path("contractClauseId", clause(2))
        .send()
        .data(200);
    let row = json!({"Name": "Insurance", "Clause": "Insurance"});
    office
        .on(&amendment, "create_contract_clause")
        .json(row)
        .send()
        .data(200);
    office.document(&amendment, "annex.pdf");
    assert_eq!(view("get_contract_in_effect_view_details"), json!([]));

    office.activate(&amendment);
    let details = view("get_contract_in_effect_view_details");
    assert_eq!(
        column(&details, "Field"),
        [
            "AmendmentEffectiveDate",
            "ContractEndDate",
            "TotalContractValue"
        ]
    );
    assert_eq!(details[1]["From"], "2026-12-31T00:00:00");
    assert_eq!(details[1]["To"], "2027-12-31T00:00:00");
    assert_eq!(details[1]["ContractNumber"], "1.1");
    assert_eq!(details[1]["EffectiveDate"], "2026-04-01");
    let clauses = view("list_contract_in_effect_view_clauses");
    assert_eq!(
        column(&clauses, "Name"),
        ["Liability", "Insurance", "Venue"]
    );
    assert_eq!(column(&clauses, "Change"), ["Modified", "Added", "Removed"]);
    let documents = view("list_contract_in_effect_view_documents");
    assert_eq!(column(&documents, "Name"), ["annex.pdf"]);
    assert_eq!(column(&documents, "Change"), ["Added"]);

    let page = |skip: i32, limit: i32| {
        let call = office.on(&original, "list_contract_in_effect_view_clauses");
        call.query("skip", skip).query("limit", limit).send()
    };
    let rows: Value = page(1, 1).data(200).clone();
    assert_eq!(column(&rows, "Name"), ["Insurance"]);
    page(-1, 1).errors(400);
    page(0, 0).errors(400);
    let nobody = office.on("nobody", "get_contract_in_effect_view_details");
    nobody.send().errors(404);
}
