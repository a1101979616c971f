//! Contracts above and below each other.

use serde_json::{Value, json};

use super::{Office, column};

/// A root, two children, and a grandchild below the first.
fn family(office: &Office) -> [String; 4] {
    let child_of = |name: &str, parent: &str| {
        office.contract_with(json!({
            "Name": name, "RecordType": "SOW", "Account": {"Id": "A1", "Name": "Acme"},
            "ParentAgreement": {"Id": parent},
        }))
    };
    let root = office.contract("root");
    let first = child_of("first", &root);
    let second = child_of("second", &root);
    let grandchild = child_of("grandchild", &first);
    [root, first, second, grandchild]
}

fn hierarchy(office: &Office, contract: &str) -> Value {
    let got = office.on(contract, "get_contract_hierarchy").send();
    got.data(200).clone()
}

#[test]
fn a_contract_sees_its_ancestors_and_descendants() {
    let office = Office::new();
    let [root, first, _, grandchild] = family(&office);
    let seen = hierarchy(&office, &root);
    assert_eq!(seen["Account"]["Name"], "Acme");
    assert_eq!(seen["Contract"]["ContractNumber"], "1");
    assert_eq!(
        column(&seen["ChildContracts"], "Name"),
        ["first", "second", "grandchild"]
    );
    assert_eq!(seen["ParentContracts"], json!([]));
    let seen = hierarchy(&office, &grandchild);
    assert_eq!(column(&seen["ParentContracts"], "Name"), ["first", "root"]);
    let row = json!({"Name": "root", "RecordType": "MSA", "ParentAgreement": {"Id": grandchild}});
    let got = office.on(&root, "update_contract").json(row).send();
    assert!(got.errors(400)[0].contains("stands below"));
    office.on(&first, "delete_contract").send().data(200);
    let seen = office.on(&grandchild, "get_contract_hierarchy").send();
    seen.errors(400);
}

#[test]
fn links_by_hand_count_when_asked_for() {
    let office = Office::new();
    let (a, b) = (office.contract("a"), office.contract("b"));
    office.on(&a, "get_contract_hierarchy").send().errors(400);
    let row = json!({
        "RelatedContractId": b, "RelationshipFromType": "IsSisterOf", "RelationshipToType": "IsSisterOf",
    });
    office.on(&a, "link_contracts").json(row).send().data(200);
    office.on(&a, "get_contract_hierarchy").send().errors(400);
    let got = office
        .on(&a, "get_contract_hierarchy")
        .query("onlySystemRelationship", false)
        .send();
    assert_eq!(
        column(&got.data(200)["OtherRelatedContracts"], "Name"),
        ["b"]
    );

    let original = office.active("original");
    let amendment = office.done(&original, "amend_contract");
    let seen = hierarchy(&office, &original);
    assert_eq!(
        column(&seen["AmendedContracts"], "Name"),
        ["original Amended"]
    );
    let seen = hierarchy(&office, &amendment);
    assert_eq!(
        column(&seen["AmendedContracts"], "Status"),
        ["Being Amended"]
    );
}

#[test]
fn an_account_has_roots_and_what_is_below_them() {
    let office = Office::new();
    let [_, first, _, _] = family(&office);
    office
        .contract_with(json!({"Name": "elsewhere", "RecordType": "NDA", "Account": {"Id": "A2"}}));
    let query = |account: &str, body: Value| {
        let call = office.call("query_account_hierarchy");
        let got = call.path("accountId", account).json(body).send();
        got.data(200).clone()
    };
    let page = query("A1", json!({"Fields": ["Name", "HasChildren"]}));
    assert_eq!(page["Data"], json!([{"Name": "root", "HasChildren": true}]));
    assert_eq!(
        column(&query("A2", json!({}))["Data"], "Name"),
        ["elsewhere"]
    );
    let below = |account: &str| {
        office
            .on(&first, "query_account_contract_hierarchy")
            .path("accountId", account)
            .json(json!({"SortInfo": {"FieldName": "Name", "Direction": "Descending"}}))
            .send()
    };
    assert_eq!(
        column(&below("A1").data(200)["Data"], "Name"),
        ["grandchild"]
    );
    below("A2").errors(404);
    let got = office
        .on(&first, "get_account_contract_hierarchy")
        .path("accountId", "A1")
        .send();
    assert_eq!(column(&got.data(200)["ParentContracts"], "Name"), ["root"]);
}
