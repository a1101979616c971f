//! From a request to the end: every move by its call, and what it brings about.

use serde_json::json;

use super::{Office, column};

#[test]
fn a_contract_goes_from_request_to_effect() {
    let office = Office::new();
    let id = office.contract("Supply");
    assert_eq!(office.done(&id, "submit_contract"), "Success");
    assert_eq!(office.status(&id), "Submitted Request");
    office.step(&id, "GENERATE").data(200);
    assert_eq!(office.status(&id), "Author Contract");
    for (sign_status, status) in [
        ("OUT FOR SIGNATURE", "Out for Signature"),
        ("DECLINED", "Signature Declined"),
        ("OUT FOR SIGNATURE", "Out for Signature"),
        ("SIGNED", "Fully Signed"),
    ] {
        let got = office
            .on(&id, "update_contract_sign_status")
            .query("signStatus", sign_status)
            .json(json!([]))
            .send();
        assert_eq!(got.data(200), "Success");
        assert_eq!(office.status(&id), status);
    }
    assert_eq!(office.done(&id, "activate_contract"), "Success");
    let contract = office.at(&id);
    assert_eq!(contract["Status"], "Activated");
    assert_eq!(contract["StatusCategory"], "In Effect");
    assert_eq!(contract["ActivatedDate"], "2026-03-01T09:30:00.000Z");
    assert_eq!(contract["ActivatedBy"]["Name"], "sandbox-integration");
    assert_eq!(contract["ExecutedDate"], "2026-03-01T09:30:00.000Z");

    let got = office
        .on(&id, "query_contract_activity_history")
        .json(json!({"SortInfo": {"FieldName": "CreatedDate"}}))
        .send();
    let history = &got.data(200)["Data"];
    let actions = column(history, "Action");
    assert_eq!(
        actions,
        [
            "Create",
            "Submit",
            "Author",
            "SendForSignature",
            "Decline",
            "SendForSignature",
            "Sign",
            "Activate"
        ]
    );
    assert_eq!(history[7]["FromStatus"], "Fully Signed");
    assert_eq!(history[7]["Status"], "Activated");
}

#[test]
fn a_move_that_is_not_allowed_is_refused_and_changes_nothing() {
    let office = Office::new();
    let id = office.contract("Supply");
    let before = office.at(&id);
    for operation in [
        "activate_contract",
        "amend_contract",
        "renew_contract",
        "expire_contract",
        "terminate_contract",
    ] {
        let got = office.on(&id, operation).send();
        let message = got.errors(400)[0].to_owned();
        assert!(
            message.contains("its status is Request, and this needs"),
            "{message}"
        );
        assert!(message.contains("one can submit"), "{message}");
    }
    assert_eq!(office.at(&id), before);
    office.activate(&id);
    for operation in ["cancel_contract", "submit_contract", "activate_contract"] {
        office.on(&id, operation).send().errors(400);
    }
    for operation in ["cancel_contract", "renew_contract", "clone_contract"] {
        office.on("nobody", operation).send().errors(404);
    }
    let got = office
        .on(&id, "update_contract_sign_status")
        .query("signStatus", "MAYBE")
        .json(json!([]))
        .send();
    assert!(got.errors(400)[0].contains("SIGNED, DECLINED or OUT FOR SIGNATURE"));
}

#[test]
fn activation_needs_dates() {
    let office = Office::new();
    let id = office.contract_with(json!({"Name": "Open", "RecordType": "MSA"}));
    office.sign(&id);
    let got = office.on(&id, "activate_contract").send();
    let faults = got.errors(400);
    assert_eq!(faults.len(), 2, "{faults:?}");
    let mut row = json!({
        "Name": "Open", "RecordType": "MSA",
        "ContractStartDate": "2025-01-01", "ContractEndDate": "2026-02-28",
    });
    office
        .on(&id, "update_contract")
        .json(row.clone())
        .send()
        .data(200);
    let got = office.on(&id, "activate_contract").send();
    assert!(got.errors(400)[0].contains("is over"), "{:?}", got.json);
    row["ContractEndDate"] = json!("2026-03-01");
    office.on(&id, "update_contract").json(row).send().data(200);
    office.on(&id, "activate_contract").send().data(200);

    let id = office.contract_with(json!({
        "Name": "For ever", "RecordType": "NDA", "TermType": "Perpetual", "ContractStartDate": "2026-01-01",
    }));
    office.activate(&id);
    assert_eq!(office.status(&id), "Activated");
}

#[test]
fn an_amendment_takes_the_place_of_the_original() {
    let office = Office::new();
    let original = office.active("Supply");
    let amendment = office.done(&original, "amend_contract");
    assert_eq!(office.status(&original), "Being Amended");
    let row = office.at(&amendment);
    assert_eq!(row["Name"], "Supply Amended");
    assert_eq!(row["Status"], "In Amendment");
    assert_eq!(row["StatusCategory"], "Request");
    assert_eq!(row["ContractNumber"], "1.1");
    assert_eq!(row["ContractEndDate"], "2026-12-31T00:00:00");
    assert_eq!(row["Account"]["Name"], "Acme");
    assert!(row.get("ActivatedDate").is_none());
    office.on(&original, "amend_contract").send().errors(400);

    office.activate(&amendment);
    assert_eq!(office.status(&amendment), "Activated");
    let original_row = office.at(&original);
    assert_eq!(original_row["Status"], "Superseded");
    assert_eq!(original_row["StatusCategory"], "Amended");

    let second = office.done(&original, "amend_contract");
    assert_eq!(office.at(&second)["ContractNumber"], "1.2");
    let third = office.done(&amendment, "renew_contract");
    assert_eq!(office.at(&third)["ContractNumber"], "1.3");
}

#[test]
fn a_cancelled_amendment_leaves_the_original_in_effect() {
    let office = Office::new();
    let original = office.active("Supply");
    let amendment = office.done(&original, "amend_contract");
    assert_eq!(office.done(&amendment, "cancel_contract"), "Success");
    let row = office.at(&amendment);
    assert_eq!(row["Status"], "Cancelled Request");
    assert_eq!(row["StatusCategory"], "Cancelled");
    assert_eq!(office.status(&original), "Activated");
    office.done(&original, "amend_contract");
}

#[test]
fn a_renewal_starts_where_the_original_ends() {
    let office = Office::new();
    let original = office.active("Supply");
    let renewal = office.done(&original, "renew_contract");
    assert_eq!(office.status(&original), "Being Renewed");
    let row = office.at(&renewal);
    assert_eq!(row["Name"], "Supply Renewed");
    assert_eq!(row["Status"], "In Renewal");
    assert_eq!(row["ContractNumber"], "1.1");
    assert_eq!(row["ContractStartDate"], "2026-12-31T00:00:00");
    assert_eq!(row["ContractEndDate"], "2027-12-30");
}

#[test]
fn a_clone_is_a_contract_of_its_own() {
    let office = Office::new();
    let original = office.active("Supply");
    let clone = office.done(&original, "clone_contract");
    assert_eq!(office.status(&original), "Activated");
    let row = office.at(&clone);
    assert_eq!(row["Name"], "Supply Clone");
    assert_eq!(row["Status"], "Request");
    assert_eq!(row["ContractNumber"], "2");
    assert_eq!(
        row["TotalContractValue"],
        office.at(&original)["TotalContractValue"]
    );
}

#[test]
fn a_termination_reaches_amendments_and_renewals() {
    let office = Office::new();
    let original = office.active("Supply");
    let cancelled = office.done(&original, "amend_contract");
    office.done(&cancelled, "cancel_contract");
    let (first, second) = (office.contract("First"), office.active("Second"));
    for (from, to, kind) in [
        (&original, &first, "IsRenewedBy"),
        (&second, &first, "IsAmendmentFor"),
        (&second, &original, "IsRenewedBy"),
    ] {
        let row = json!({"RelatedContractId": to, "RelationshipType": kind});
        let call = office.on(from, "create_contract_relationship");
        call.json(row).send().data(200);
    }
    assert_eq!(office.done(&original, "terminate_contract"), "Success");
    for contract in [&original, &first, &second] {
        let row = office.at(contract);
        assert_eq!(row["Status"], "Terminated");
        assert_eq!(row["StatusCategory"], "Terminated");
        assert_eq!(row["TerminationDate"], "2026-03-01T09:30:00.000Z");
    }
    assert_eq!(office.status(&cancelled), "Cancelled Request");
}

#[test]
fn a_contract_goes_back_to_where_it_was() {
    let office = Office::new();
    let original = office.active("Supply");
    let amendment = office.done(&original, "amend_contract");
    office.activate(&amendment);
    let second = office.done(&original, "renew_contract");
    assert_eq!(office.status(&original), "Being Renewed");
    office.done(&second, "cancel_contract");
    assert_eq!(office.status(&original), "Superseded");
}

#[test]
fn a_lifecycle_action_is_a_move_by_name() {
    let office = Office::new();
    let id = office.contract("Supply");
    assert_eq!(office.step(&id, "create").data(200), "Success");
    assert_eq!(office.status(&id), "Request");
    let act = |action: &str, record_type: &str| {
        office
            .on(&id, "update_contract_lifecycle_status")
            .json(json!({"LifeCycleAction": action, "RecordType": record_type}))
            .send()
    };
    assert!(act("GENERATE", "NDA").errors(400)[0].contains("RecordType 'MSA', not 'NDA'"));
    assert!(act("DANCE", "MSA").errors(400)[0].contains("LifeCycleAction is one of CREATE"));
    act("SIGN", "MSA").errors(400);
    act("GENERATE", "MSA").data(200);
    assert_eq!(office.status(&id), "Author Contract");
}
