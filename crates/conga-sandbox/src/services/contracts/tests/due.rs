//! What the clock does.

use serde_json::json;

use super::{Office, column};

#[test]
fn a_contract_runs_through_its_end_date() {
    let office = Office::new();
    let id = office.contract_with(json!({
        "Name": "Spring", "RecordType": "MSA",
        "ContractStartDate": "2026-01-01", "ContractEndDate": "2026-03-02",
    }));
    office.activate(&id);
    office.days_pass(1);
    assert_eq!(office.status(&id), "Activated");
    office.days_pass(1);
    assert_eq!(office.find("Status = 'Expired'"), ["Spring"]);
    let row = office.at(&id);
    assert_eq!(row["StatusCategory"], "Expired");
    assert_eq!(row["ModifiedBy"]["Name"], "System");
    let got = office.on(&id, "query_contract_activity_history").send();
    assert_eq!(
        column(&got.data(200)["Data"], "Action").last().unwrap(),
        "Lapse"
    );
    office.on(&id, "expire_contract").send().errors(400);
}

#[test]
fn only_what_is_in_force_expires() {
    let office = Office::new();
    let request = office.contract("Request");
    let perpetual = office.contract_with(json!({
        "Name": "For ever", "RecordType": "NDA", "Perpetual": true,
        "ContractStartDate": "2026-01-01", "ContractEndDate": "2026-12-31",
    }));
    office.activate(&perpetual);
    let renewed = office.active("Renewed");
    let renewal = office.done(&renewed, "renew_contract");
    let terminated = office.active("Terminated");
    office.done(&terminated, "terminate_contract");
    let moved = office.active("Moved");
    let row = json!({"Name": "Moved", "RecordType": "MSA", "ContractEndDate": "2030-01-01"});
    office
        .on(&moved, "update_contract")
        .json(row)
        .send()
        .data(200);
    office.days_pass(400);
    for (id, status) in [
        (&request, "Request"),
        (&perpetual, "Activated"),
        (&renewed, "Expired"),
        (&renewal, "In Renewal"),
        (&terminated, "Terminated"),
        (&moved, "Activated"),
    ] {
        assert_eq!(&office.status(id), status);
    }
    office.activate(&renewal);
    assert_eq!(office.status(&renewed), "Superseded");
}

#[test]
fn a_contract_that_renews_itself_goes_on() {
    let office = Office::new();
    let id = office.contract_with(json!({
        "Name": "Yearly", "RecordType": "MSA", "TermType": "Auto Renew",
        "AutoRenewTermMonths": 6, "AutoRenewalTerms": 2,
        "ContractStartDate": "2026-01-01T00:00:00", "ContractEndDate": "2026-03-31T00:00:00",
    }));
    office.activate(&id);
    office.days_pass(31);
    let row = office.at(&id);
    assert_eq!(row["Status"], "Activated");
    assert_eq!(row["ContractEndDate"], "2026-09-30T00:00:00");
    assert_eq!(row["AutoRenewalTerms"], 1);
    office.days_pass(365 * 5);
    let row = office.at(&id);
    assert_eq!(row["Status"], "Expired");
    assert_eq!(row["ContractEndDate"], "2027-03-30T00:00:00");
    assert_eq!(row["AutoRenewalTerms"], 0);

    let id = office.contract_with(json!({
        "Name": "Without end", "RecordType": "MSA", "AutoRenewal": true,
        "ContractStartDate": "2026-01-01", "ContractEndDate": "2032-06-30",
    }));
    office.activate(&id);
    office.days_pass(365 * 20);
    assert_eq!(office.status(&id), "Activated");
}

#[test]
fn a_notice_runs_out() {
    let office = Office::new();
    let original = office.active("Supply");
    let amendment = office.done(&original, "amend_contract");
    office.activate(&amendment);
    let row =
        json!({"Name": "Supply", "RecordType": "MSA", "TerminationDate": "2026-03-11T00:00:00Z"});
    office
        .on(&amendment, "update_contract")
        .json(row)
        .send()
        .data(200);
    office.done(&amendment, "terminate_contract");
    assert_eq!(office.status(&amendment), "Being Terminated");
    office.days_pass(5);
    let second = office.done(&amendment, "amend_contract");
    office.done(&second, "cancel_contract");
    assert_eq!(office.status(&amendment), "Being Terminated");
    office.days_pass(5);
    let row = office.at(&amendment);
    assert_eq!(row["Status"], "Terminated");
    assert_eq!(row["TerminationDate"], "2026-03-11T00:00:00Z");
}

#[test]
fn the_clock_may_run_to_the_end_of_time() {
    let office = Office::new();
    let id = office.contract_with(json!({
        "Name": "Yearly", "RecordType": "MSA", "AutoRenewal": true, "AutoRenewTermMonths": 1,
        "ContractStartDate": "2026-01-01", "ContractEndDate": "9999-12-31",
    }));
    office.activate(&id);
    office.days_pass(4_000_000);
    assert_eq!(office.status(&id), "Activated");
}
