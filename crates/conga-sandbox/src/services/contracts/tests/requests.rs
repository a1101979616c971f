//! Contract requests, until they become contracts.

use serde_json::{Value, json};

use super::{Office, column, text};

impl Office {
    #[track_caller]
    fn request(&self, row: Value) -> String {
        let got = self.call("create_contract_request").json(row).send();
        text(&got.data(200)["RequestHeader"]["Id"])
    }
}

#[test]
fn a_request_has_a_header_and_details() {
    let office = Office::new();
    let got = office
        .call("create_contract_request")
        .json(json!({
            "Name": "Please", "RecordType": "MSA", "Requester": null, "Description": "",
            "Account": {"Id": "A1", "Name": "Acme"}, "ContractCategory": "Sales", "Paper": null,
            "ContractId": "mine",
        }))
        .send();
    let request = got.data(200);
    assert_eq!(request["RequestHeader"]["Status"], "Submitted");
    assert_eq!(
        request["RequestHeader"]["Requester"]["Name"],
        "sandbox-integration"
    );
    assert_eq!(
        request["RequestDetails"],
        json!({"Account": {"Id": "A1", "Name": "Acme"}, "ContractCategory": "Sales", "Paper": null})
    );
    let id = text(&request["RequestHeader"]["Id"]);
    let got = office.call("get_contract_request").path("id", &id).send();
    assert_eq!(got.data(200), request);
    for row in [
        json!({"Name": "x"}),
        json!({"RecordType": "x"}),
        json!({"Name": "x", "RecordType": "x", "Status": "Converted"}),
        json!({"Name": "x", "RecordType": "x", "Account": "A1"}),
    ] {
        office
            .call("create_contract_request")
            .json(row)
            .send()
            .errors(400);
    }
}

#[test]
fn a_request_goes_its_way() {
    let office = Office::new();
    let id = office.request(json!({"Name": "Please", "RecordType": "MSA", "Status": "Draft"}));
    let eligible = || {
        let call = office.call("get_contract_request_action_eligibility");
        let got = call.path("id", &id).send();
        let data = got.data(200).as_object().unwrap().clone();
        let mut can: Vec<String> = data
            .into_iter()
            .filter(|(_, can)| *can == true)
            .map(|(name, _)| name)
            .collect();
        can.sort();
        can
    };
    let become_ = |status: &str| {
        let row = json!({
            "Name": "Please", "RecordType": "MSA", "Account": {"Id": "A1"}, "Status": status,
        });
        office
            .call("update_contract_request")
            .path("id", &id)
            .json(row)
            .send()
    };
    let convert = || {
        office
            .call("convert_contract_request")
            .path("contractRequestId", &id)
            .send()
    };
    assert_eq!(eligible(), ["CanCancel", "CanSaveAsDraft", "CanSubmit"]);
    convert().errors(400);
    assert!(become_("Approved").errors(400)[0].contains("goes to Submitted, Canceled"));
    become_("Submitted").data(200);
    assert_eq!(
        eligible(),
        [
            "CanApprove",
            "CanCancel",
            "CanConvert",
            "CanReject",
            "CanWithdraw"
        ]
    );
    let got = office.call("query_incoming_contract_requests").send();
    assert_eq!(column(&got.data(200)["Data"], "Name"), ["Please"]);
    become_("Approved").data(200);
    assert_eq!(eligible(), ["CanCancel", "CanConvert"]);
    let got = convert();
    let contract = &got.data(200)["Contract"];
    assert_eq!(got.data(200)["DaiProcessingSucceeded"], false);
    assert_eq!(contract["Status"], "Request");
    assert_eq!(contract["Account"]["Id"], "A1");
    assert_eq!(contract["ContractRequest"]["Id"], id.as_str());
    assert!(eligible().is_empty());
    convert().errors(400);
    assert!(become_("Draft").errors(400)[0].contains("it stays so"));
    let got = office.call("query_contract_requests").send();
    let row = &got.data(200)["Data"][0];
    assert_eq!(row["Status"], "Converted");
    assert_eq!(row["ContractId"], contract["Id"]);
    assert!(row.get("Account").is_none());
    let got = office.call("query_incoming_contract_requests").send();
    assert_eq!(got.data(200)["RecordCount"], 0);
}

#[test]
fn an_update_needs_what_is_published_and_a_deletion_is_for_good() {
    let office = Office::new();
    let id = office.request(json!({"Name": "Please", "RecordType": "MSA"}));
    let update = |row: Value| {
        office
            .call("update_contract_request")
            .path("id", &id)
            .json(row)
            .send()
    };
    assert!(update(json!({"Name": "x", "RecordType": "NDA"})).errors(400)[0].contains("Account"));
    let got = update(json!({"Name": "x", "RecordType": "NDA", "Account": {"Id": "A1"}}));
    assert_eq!(got.data(200)["RequestHeader"]["RecordType"], "NDA");
    assert_eq!(got.data(200)["RequestHeader"]["Status"], "Submitted");
    office
        .call("delete_contract_request")
        .path("id", &id)
        .send()
        .data(200);
    office
        .call("delete_contract_request")
        .path("id", &id)
        .send()
        .errors(404);
    office
        .call("get_contract_request")
        .path("id", &id)
        .send()
        .errors(404);
}
