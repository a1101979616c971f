//! Team roles, and the teams of contracts and requests.

use serde_json::{Value, json};

use super::{Office, column, text};
use crate::services::tenant::USER;

impl Office {
    #[track_caller]
    fn role(&self, name: &str, actions: Value) -> String {
        let row = json!({"Name": name, "Action": actions});
        text(&self.call("create_team_role").json(row).send().data(200)["Id"])
    }
}

#[test]
fn a_role_is_created_found_changed_and_deleted() {
    let office = Office::new();
    office
        .call("create_team_role")
        .json(json!({"Description": "x"}))
        .send()
        .errors(400);
    let row = json!({"Name": "Lawyer", "Action": ["SendForReview"], "IsSeeded": true});
    let got = office.call("create_team_role").json(row).send();
    let role = got.data(200);
    assert_eq!(role["IsSeeded"], false);
    assert_eq!(role["IsActive"], true);
    let id = text(&role["Id"]);
    let on = |operation: &str| office.call(operation).path("teamRoleId", &id);
    assert_eq!(on("get_team_role").send().data(200), role);
    let got = on("update_team_role")
        .json(json!({"IsActive": false}))
        .send();
    assert_eq!(got.data(200)["Name"], "Lawyer");
    assert_eq!(got.data(200)["IsActive"], false);
    on("update_team_role")
        .json(json!({"Name": ""}))
        .send()
        .errors(400);
    office.role("Buyer", json!([]));
    let got = office
        .call("query_team_roles")
        .json(json!({"SortInfo": {"FieldName": "Name"}}))
        .send();
    assert_eq!(column(&got.data(200)["Data"], "Name"), ["Buyer", "Lawyer"]);
    on("delete_team_role").send().data(200);
    on("delete_team_role").send().errors(404);
    let got = office.call("delete_team_roles").json(json!([id])).send();
    assert_eq!(got.data(200)[&id], "Fail");
}

#[test]
fn a_team_has_members_of_every_type() {
    let office = Office::new();
    let contract = office.contract("Supply");
    let role = office.role("Lawyer", json!(["SendforReview"]));
    let other = office.role("Buyer", json!(["Send for Signature"]));
    let contact = office
        .tenant
        .call("data", "create_contact")
        .json(json!({"Name": "Cyd Moss"}))
        .send();
    let contact = text(contact.data(201));
    let row = |kind: &str, member: &str, role: &str| json!({"TeamMemberType": kind, "TeamMember": member, "TeamRole": {"Id": role}});
    let add = |rows: Value| {
        office
            .on(&contract, "create_contract_team_members")
            .json(rows)
            .send()
    };
    let got = add(json!([row("User", USER, &role)]));
    let member = got.data(200).clone();
    assert_eq!(member["User"]["Id"], USER);
    assert_eq!(member["TeamRole"]["Name"], "Lawyer");
    assert_eq!(member["Agreement"], contract.as_str());
    let got = add(json!([
        row("Contact", &contact, &other),
        row("ExternalMember", "eve@outside.example", &role),
        row("UserGroup", "G1", &other),
    ]));
    let rows = got.data(200);
    assert_eq!(rows[0]["Contact"]["Name"], "Cyd Moss");
    assert_eq!(rows[1]["ExternalMember"], "eve@outside.example");
    assert_eq!(rows[2]["UserGroup"]["Id"], "G1");
    for (rows, word) in [
        (json!([row("User", "nobody", &role)]), "no active user"),
        (json!([row("Contact", "nobody", &role)]), "no contact"),
        (
            json!([row("ExternalMember", "eve", &role)]),
            "e-mail address",
        ),
        (json!([row("User", USER, "nobody")]), "no team role"),
        (json!([row("User", "", &role)]), "TeamMember is required"),
        (
            json!([{"TeamMember": USER, "TeamRole": {"Id": role}}]),
            "TeamMemberType is required",
        ),
        (
            json!([{"TeamMemberType": "User", "TeamMember": USER}]),
            "TeamRole is required",
        ),
    ] {
        let got = add(rows);
        assert!(got.errors(400)[0].contains(word), "{word}: {}", got.json);
    }
    let query = |text: &str| {
        let call = office.on(&contract, "query_contract_team_members");
        let got = call.json(json!({"SearchText": text})).send();
        got.data(200).as_array().unwrap().len()
    };
    assert_eq!(
        [query(""), query("moss"), query("OUTSIDE"), query("lawyer")],
        [4, 1, 1, 2]
    );
    let by_action = |action: &str| {
        let call = office.on(&contract, "list_contract_team_members_by_action");
        let got = call.path("actionName", action).send();
        got.data(200).as_array().unwrap().len()
    };
    assert_eq!(
        [
            by_action("SendForReview"),
            by_action("sendforsignature"),
            by_action("Dance")
        ],
        [2, 2, 0]
    );

    let id = text(&member["Id"]);
    let on = |operation: &str| office.on(&contract, operation).path("teamMemberId", &id);
    let got = on("update_contract_team_member")
        .json(row("ExternalMember", "ada@outside.example", &other))
        .send();
    assert!(got.data(200)["User"].is_null());
    assert_eq!(got.data(200)["ExternalMember"], "ada@outside.example");
    assert_eq!(
        on("get_contract_team_member").send().data(200)["TeamRole"]["Name"],
        "Buyer"
    );
    on("delete_contract_team_member").send().data(200);
    on("get_contract_team_member").send().errors(404);
}

#[test]
fn a_request_has_a_team_that_the_contract_takes_over() {
    let office = Office::new();
    let role = office.role("Lawyer", json!(["SendForReview"]));
    let got = office
        .call("create_contract_request")
        .json(json!({"Name": "Please", "RecordType": "NDA"}))
        .send();
    let request = text(&got.data(200)["RequestHeader"]["Id"]);
    let on = |operation: &str| office.call(operation).path("contractRequestId", &request);
    let row = json!([{"TeamMemberType": "User", "TeamMember": USER, "TeamRole": {"Id": role}}]);
    let got = on("create_contract_request_team_members").json(row).send();
    assert_eq!(got.data(200)["ContractRequest"], request.as_str());
    let member = text(&got.data(200)["Id"]);
    let got = on("get_contract_request_team_member")
        .path("teamMemberId", &member)
        .send();
    assert_eq!(got.data(200)["User"]["Id"], USER);
    let got = on("list_contract_request_team_members_by_action")
        .path("actionName", "SendForReview")
        .send();
    assert_eq!(got.data(200).as_array().unwrap().len(), 1);
    let got = on("convert_contract_request").send();
    let contract = text(&got.data(200)["Contract"]["Id"]);
    let got = office.on(&contract, "query_contract_team_members").send();
    assert_eq!(got.data(200)[0]["User"]["Id"], USER);
    assert!(got.data(200)[0].get("ContractRequest").is_none());
    on("delete_contract_request_team_member")
        .path("teamMemberId", &member)
        .send()
        .data(200);
    let got = on("query_contract_request_team_members").send();
    assert_eq!(got.data(200), &json!([]));
    let nobody = office
        .call("query_contract_request_team_members")
        .path("contractRequestId", "nobody");
    nobody.send().errors(404);
}
