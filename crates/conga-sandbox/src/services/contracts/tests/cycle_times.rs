//! Cycle times.

use serde_json::{Value, json};

use super::{Office, text};

#[test]
fn a_group_is_created_found_changed_and_deleted() {
    let office = Office::new();
    let row = json!({"Name": "Talks", "FieldLabel": "Status", "FromValue": "Request", "ToValue": "Activated"});
    let got = office
        .call("create_cycle_time_group")
        .json(row.clone())
        .send();
    assert_eq!(got.data(200)["CycleTimeField"], "Status");
    assert_eq!(got.data(200)["IsActive"], true);
    let id = text(&got.data(200)["Id"]);
    let on = |operation: &str| office.call(operation).path("cycleTimeGroupId", &id);
    assert_eq!(on("get_cycle_time_group").send().data(200)["Name"], "Talks");
    let mut other = row;
    other["CycleTimeField"] = json!("StatusCategory");
    other["IsActive"] = json!(false);
    let got = on("update_cycle_time_group").json(other.clone()).send();
    assert_eq!(got.data(200)["IsActive"], false);
    other["CycleTimeField"] = json!("Colour");
    let refused = on("update_cycle_time_group").json(other).send();
    assert!(refused.errors(400)[0].contains("ApprovalStatus, RecordType, Status"));
    let got = office.call("list_cycle_time_contract_fields").send();
    assert!(got.data(200).as_array().unwrap().contains(&json!("Status")));
    on("delete_cycle_time_group").send().data(200);
    on("get_cycle_time_group").send().errors(404);
}

#[test]
fn the_dashboard_measures_how_long_contracts_stay() {
    let office = Office::new();
    let (a, b) = (office.contract("a"), office.contract("b"));
    office.days_pass(10);
    office.step(&a, "GENERATE").data(200);
    office.days_pass(10);
    office.step(&b, "GENERATE").data(200);
    office.days_pass(4);
    office.step(&a, "SEND_FOR_SIGNATURE").data(200);
    let dashboard = || {
        let got = office.call("get_cycle_time_dashboard").send();
        got.data(200).clone()
    };
    let row = |rows: &Value, stage: &str| {
        let rows = rows.as_array().unwrap();
        let row = rows.iter().find(|row| row["Stage"] == stage);
        row.map(|row| row["AverageDuration"].as_f64().unwrap())
    };
    let rows = dashboard();
    assert_eq!(rows[0]["RecordType"], "MSA");
    assert_eq!(row(&rows, "Request"), Some(15.0));
    assert_eq!(row(&rows, "Author Contract"), Some(14.0));
    assert_eq!(row(&rows, "Out for Signature"), None);
    office.days_pass(380);
    assert_eq!(dashboard(), json!([]));
}
