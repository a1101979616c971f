//! Links between contracts.

use serde_json::{Value, json};

use super::{Office, column, text};

impl Office {
    #[track_caller]
    fn related(&self, contract: &str) -> Value {
        let got = self.on(contract, "query_contract_relationships").send();
        got.data(200).clone()
    }

    #[track_caller]
    fn link(&self, from: &str, to: &str, kind: &str) -> Value {
        let row = json!({"RelatedContractId": to, "RelationshipType": kind});
        let got = self
            .on(from, "create_contract_relationship")
            .json(row)
            .send();
        got.data(200).clone()
    }
}

#[test]
fn amending_links_the_two_contracts() {
    let office = Office::new();
    let original = office.active("Supply");
    let amendment = office.done(&original, "amend_contract");
    let got = office.on(&original, "list_contract_relationships").send();
    let links = got.data(200);
    assert_eq!(links.as_array().unwrap().len(), 1);
    assert_eq!(links[0]["SystemRelationship"], true);
    assert_eq!(links[0]["ContractFrom"]["Name"], "Supply");
    assert_eq!(links[0]["RelationshipFromType"], "IsAmendedBy");
    let related = office.related(&amendment);
    assert_eq!(related[0]["ContractId"], original.as_str());
    assert_eq!(related[0]["ContractNumber"], "1");
    assert_eq!(related[0]["ContractStatus"], "Being Amended");
    assert_eq!(related[0]["RelationshipFromType"], "IsAmendmentFor");
    assert_eq!(related[0]["RelationshipCategory"], "System");
}

#[test]
fn a_link_has_an_opposite_and_can_be_removed() {
    let office = Office::new();
    let (a, b) = (office.contract("a"), office.contract("b"));
    let link = office.link(&a, &b, "IsRenewalFor");
    assert_eq!(link["RelationshipToType"], "IsRenewedBy");
    assert_eq!(link["SystemRelationship"], false);
    let seen = office.related(&b);
    assert_eq!(seen[0]["ContractName"], "a");
    assert_eq!(seen[0]["RelationshipFromType"], "IsRenewedBy");
    assert_eq!(seen[0]["RelationshipCategory"], "Manual");
    let again = json!({"RelatedContractId": a, "RelationshipType": "IsRenewedBy"});
    let got = office
        .on(&b, "create_contract_relationship")
        .json(again)
        .send();
    assert!(got.errors(400)[0].contains("linked so already"));

    let id = text(&link["Id"]);
    let other = office.contract("c");
    office
        .on(&other, "delete_contract_relationship")
        .path("relationshipId", &id)
        .send()
        .errors(404);
    office
        .on(&b, "delete_contract_relationship")
        .path("relationshipId", &id)
        .send()
        .data(200);
    assert_eq!(office.related(&a), json!([]));
}

#[test]
fn a_link_as_child_sets_the_parent() {
    let office = Office::new();
    let (parent, child) = (office.contract("parent"), office.contract("child"));
    let link = office.link(&child, &parent, "IsChildOf");
    assert_eq!(office.at(&child)["ParentAgreement"]["Name"], "parent");
    let seen = office.related(&parent);
    assert_eq!(column(&seen, "ContractName"), ["child"]);
    assert_eq!(seen[0]["RelationshipCategory"], "ParentChild");
    assert_eq!(seen[0]["RelationshipId"], link["Id"]);
    let row = json!({"RelatedContractId": child, "RelationshipType": "IsChildOf"});
    let got = office
        .on(&parent, "create_contract_relationship")
        .json(row)
        .send();
    assert!(got.errors(400)[0].contains("stands below"));
    office
        .on(&parent, "delete_contract_relationship")
        .path("relationshipId", text(&link["Id"]))
        .send()
        .data(200);
    assert!(office.at(&child)["ParentAgreement"].is_null());

    let row = json!({"Name": "child", "RecordType": "MSA", "ParentAgreement": {"Id": parent}});
    office
        .on(&child, "update_contract")
        .json(row)
        .send()
        .data(200);
    let seen = office.related(&parent);
    assert_eq!(column(&seen, "ContractName"), ["child"]);
    assert!(seen[0]["RelationshipId"].is_null());
    assert_eq!(
        office.related(&child)[0]["RelationshipFromType"],
        "IsChildOf"
    );
}

#[test]
fn custom_types_link_and_mismatched_ones_do_not() {
    let office = Office::new();
    let (a, b) = (office.contract("a"), office.contract("b"));
    let link = |from: &str, to: &str| {
        let row = json!({
            "RelatedContractId": b, "RelationshipFromType": from, "RelationshipToType": to,
        });
        office.on(&a, "link_contracts").json(row).send()
    };
    let got = link("IsGuaranteedBy", "Guarantees");
    assert_eq!(got.data(200)["RelationshipToType"], "Guarantees");
    let got = link("IsParentOf", "IsAmendedBy");
    assert!(got.errors(400)[0].contains("must be IsChildOf"));
    let got = link("", "Guarantees");
    assert!(got.errors(400)[0].contains("RelationshipFromType is required"));
    for (contract, kind) in [
        ("nobody", "IsParentOf"),
        (&*a, "IsParentOf"),
        (&*b, "IsFriendOf"),
    ] {
        let row = json!({"RelatedContractId": contract, "RelationshipType": kind});
        let got = office
            .on(&a, "create_contract_relationship")
            .json(row)
            .send();
        got.errors(400);
    }
}

#[test]
fn relations_come_in_the_order_asked_for_and_go_with_their_contract() {
    let office = Office::new();
    let hub = office.contract("hub");
    let others: Vec<_> = ["b", "c", "a"].map(|name| office.contract(name)).into();
    for other in &others {
        office.link(&hub, other, "IsParentOf");
    }
    let got = office
        .on(&hub, "query_contract_relationships")
        .json(json!({"SortInfo": {"FieldName": "ContractName", "Direction": "Descending"}}))
        .send();
    assert_eq!(column(got.data(200), "ContractName"), ["c", "b", "a"]);
    office.on(&others[0], "delete_contract").send().data(200);
    assert_eq!(column(&office.related(&hub), "ContractName"), ["c", "a"]);
}
