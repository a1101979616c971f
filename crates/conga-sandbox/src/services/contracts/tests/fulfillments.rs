//! Fulfillments: planned with the contract, and moved by their actions.

use serde_json::{Value, json};

use super::{Office, column, text};
use crate::services::tenant::{Got, Request};

/// An active contract with one obligation.
struct Duty {
    office: Office,
    contract: String,
    obligation: String,
}

impl Duty {
    fn new(row: Value) -> Self {
        let office = Office::new();
        let contract = office.contract("Supply");
        let obligation = office.obligation(&contract, row);
        office.activate(&contract);
        Self {
            office,
            contract,
            obligation,
        }
    }

    fn call(&self, operation: &str) -> Request<'_> {
        let call = self.office.on(&self.contract, operation);
        call.path("obligationId", &self.obligation)
    }

    fn rows(&self) -> Value {
        let got = self.call("query_contract_obligation_fulfillments").send();
        got.data(200)["Data"].clone()
    }

    fn on(&self, fulfillment: &str, operation: &str) -> Request<'_> {
        self.call(operation).path("fulfillmentId", fulfillment)
    }

    fn act(&self, fulfillment: &str, action: &str) -> Got {
        let call = self.on(fulfillment, "execute_obligation_fulfillment_action");
        call.path("fulfillmentAction", action)
            .field("comments", format!("{action} it"))
            .send()
    }

    fn status(&self, fulfillment: &str) -> String {
        let got = self
            .on(fulfillment, "get_contract_obligation_fulfillment")
            .send();
        text(&got.data(200)["ContractObligationFulfillment"]["Status"])
    }

    fn first(&self) -> String {
        text(&self.rows()[0]["Id"])
    }
}

#[test]
fn activation_plans_every_due_date() {
    let duty = Duty::new(json!({
        "Name": "Report", "Frequency": "Quarterly", "DueDate": "2026-03-31", "Priority": "High",
        "Assignee": {"Id": "U1", "Name": "Ada"},
    }));
    let rows = duty.rows();
    assert_eq!(
        column(&rows, "DueDate"),
        ["2026-03-31", "2026-06-30", "2026-09-30", "2026-12-31"]
    );
    assert_eq!(rows[0]["FulfillmentNumber"], "OF-1");
    assert_eq!(rows[0]["Status"], "Pending Fulfillment");
    assert_eq!(rows[0]["ObligationNumber"], "OB-1");
    assert_eq!(rows[0]["Assignee"]["Name"], "Ada");
    let got = duty.call("get_contract_obligation").send();
    assert_eq!(got.data(200)["Status"], "Active");

    let once = Duty::new(
        json!({"Name": "Sign off", "Frequency": "Whenever", "DueDate": "2026-05-01T10:00:00Z"}),
    );
    assert_eq!(column(&once.rows(), "DueDate"), ["2026-05-01"]);
    let undated = Duty::new(json!({"Name": "Be kind"}));
    assert!(undated.rows()[0]["DueDate"].is_null());
    let monthly = Duty::new(json!({"Name": "Bill", "Frequency": "Monthly"}));
    assert_eq!(monthly.rows().as_array().unwrap().len(), 12);
    let daily = Duty::new(json!({"Name": "Look", "Frequency": "Daily"}));
    let got = daily
        .call("query_contract_obligation_fulfillments")
        .json(json!({"Limit": 1}))
        .send();
    assert_eq!(got.data(200)["RecordCount"], 120);
}

#[test]
fn an_obligation_of_an_active_contract_is_planned_at_once() {
    let office = Office::new();
    let contract = office.active("Supply");
    let obligation = office.obligation(
        &contract,
        json!({"Name": "Late idea", "DueDate": "2026-07-01"}),
    );
    let got = office
        .on(&contract, "query_contract_obligation_fulfillments")
        .path("obligationId", obligation)
        .send();
    assert_eq!(got.data(200)["RecordCount"], 1);
}

#[test]
fn a_fulfillment_is_submitted_reviewed_and_judged_by_its_date() {
    let duty =
        Duty::new(json!({"Name": "Report", "Frequency": "Monthly", "DueDate": "2026-03-15"}));
    let rows = duty.rows();
    let (first, second, third) = (
        text(&rows[0]["Id"]),
        text(&rows[1]["Id"]),
        text(&rows[2]["Id"]),
    );
    let refused = duty.act(&first, "Accept");
    assert!(
        refused.errors(400)[0]
            .contains("its status is Pending Fulfillment, and this needs Pending Review")
    );
    duty.act(&first, "Submit").data(200);
    assert_eq!(duty.status(&first), "Pending Review");
    duty.act(&first, "RequestInformation").data(200);
    assert_eq!(duty.status(&first), "Information Requested");
    duty.act(&first, "Submit").data(200);
    let got = duty.act(&first, "Accept");
    let shown = &got.data(200)["ContractObligationFulfillment"];
    assert_eq!(shown["Status"], "Fulfilled On Time");
    assert_eq!(shown["FulfillmentDate"], "2026-03-01T09:30:00.000Z");
    assert_eq!(got.data(200)["ContractObligation"]["Name"], "Report");

    let late = duty
        .on(&second, "execute_obligation_fulfillment_action")
        .path("fulfillmentAction", "Submit")
        .field("fulfilledOn", "2026-04-16T08:00:00Z")
        .send();
    late.data(200);
    duty.act(&second, "Accept").data(200);
    assert_eq!(duty.status(&second), "Fulfilled Late");

    duty.act(&third, "Waive").data(200);
    assert_eq!(duty.status(&third), "Waived");
    duty.act(&third, "Submit").errors(400);
    duty.act("nobody", "Submit").errors(404);

    let got = duty
        .on(&first, "query_contract_obligation_fulfillment_history")
        .send();
    let history = &got.data(200)["Data"];
    assert_eq!(
        column(history, "Action"),
        ["Submit", "RequestInformation", "Submit", "Accept"]
    );
    assert_eq!(history[0]["Comments"], "Submit it");
    assert_eq!(history[3]["Status"], "Fulfilled On Time");
    let got = duty
        .call("query_contract_obligation_activity_history")
        .send();
    assert_eq!(got.data(200)["RecordCount"], 7);
}

#[test]
fn documents_come_with_an_action() {
    let duty = Duty::new(json!({"Name": "Report", "DueDate": "2026-03-15"}));
    let first = duty.first();
    let got = duty
        .on(&first, "execute_obligation_fulfillment_action")
        .path("fulfillmentAction", "Submit")
        .file("documents", "report.pdf", "%PDF-1.7")
        .file("documents", "sums.txt", "1+1=2")
        .field(
            "documentAttributes",
            json!({"report.pdf": {"DocumentType": "Evidence"}}).to_string(),
        )
        .send();
    let documents = &got.data(200)["Documents"];
    assert_eq!(documents["RecordCount"], 2);
    assert_eq!(
        column(&documents["Data"], "Name"),
        ["report.pdf", "sums.txt"]
    );
    assert_eq!(documents["Data"][0]["DocumentType"], "Evidence");
    let got = duty
        .on(&first, "query_contract_obligation_fulfillment_history")
        .send();
    assert_eq!(got.data(200)["Data"][0]["AttachmentCount"], 2);
    let got = duty
        .office
        .on(
            &duty.contract,
            "query_contract_obligations_with_fulfillments",
        )
        .send();
    let rows = got.data(200);
    assert_eq!(rows[0]["Name"], "Report");
    assert_eq!(rows[0]["Fulfillments"][0]["Documents"]["RecordCount"], 2);
}

#[test]
fn an_update_reaches_those_to_come_if_told_to() {
    let duty =
        Duty::new(json!({"Name": "Report", "Frequency": "Quarterly", "DueDate": "2026-03-31"}));
    let rows = duty.rows();
    let second = text(&rows[1]["Id"]);
    let got = duty
        .on(&second, "update_contract_obligation_fulfillment")
        .json(json!({
            "DueDate": "2026-07-15T00:00:00Z", "Assignee": {"Id": "U2", "Name": "Ben"},
            "Reviewer": {"Id": "U3", "Name": "Cyd"}, "applyToUpcomingAssignee": true,
            "Status": "Waived",
        }))
        .send();
    assert_eq!(got.data(200)["DueDate"], "2026-07-15");
    assert_eq!(got.data(200)["Status"], "Pending Fulfillment");
    let rows = duty.rows();
    let named = |role: &str| -> Vec<Value> {
        let rows = rows.as_array().unwrap();
        rows.iter().map(|row| row[role]["Name"].clone()).collect()
    };
    assert_eq!(
        named("Assignee"),
        [json!(null), json!("Ben"), json!("Ben"), json!("Ben")]
    );
    assert_eq!(
        named("Reviewer"),
        [json!(null), json!("Cyd"), json!(null), json!(null)]
    );
    assert!(rows[0].get("applyToUpcomingAssignee").is_none());
    duty.on(&second, "update_contract_obligation_fulfillment")
        .json(json!({"DueDate": "tomorrow"}))
        .send()
        .errors(400);

    let row = json!({"Name": "Report", "Assignee": {"Id": "U4", "Name": "Dee"}});
    duty.call("update_contract_obligation")
        .json(row)
        .send()
        .data(200);
    assert_eq!(duty.rows()[0]["Assignee"]["Name"], "Dee");
}

#[test]
fn the_overview_shows_what_is_overdue_and_what_comes_next() {
    let duty =
        Duty::new(json!({"Name": "Report", "Frequency": "Monthly", "DueDate": "2026-02-15"}));
    let other = duty.office.contract("Other");
    let once = duty.office.obligation(
        &other,
        json!({"Name": "Once", "DueDate": "2026-03-05", "Priority": "Low"}),
    );
    duty.office.activate(&other);
    let overview = |criteria: &str| {
        let call = duty.office.call("query_obligation_fulfillments");
        let got = call.json(json!({"CriteriaExpression": criteria})).send();
        got.data(200)["Data"].clone()
    };
    let rows = overview("");
    assert_eq!(
        column(&rows, "DueDate"),
        [
            "2026-02-15T00:00:00",
            "2026-03-05T00:00:00",
            "2026-03-15T00:00:00"
        ]
    );
    assert_eq!(
        column(&rows, "ObligationName"),
        ["Report", "Once", "Report"]
    );
    assert_eq!(column(&rows, "ContractName"), ["Supply", "Other", "Supply"]);
    assert_eq!(rows[1]["AgreementObligation"], once.as_str());
    assert_eq!(
        column(&overview("Priority = 'Low'"), "ObligationName"),
        ["Once"]
    );
    duty.office.days_pass(20);
    assert_eq!(
        overview("ContractName = 'Supply'")
            .as_array()
            .unwrap()
            .len(),
        3
    );

    duty.office.done(&duty.contract, "terminate_contract");
    assert_eq!(column(&overview(""), "ObligationName"), ["Once"]);
    assert_eq!(duty.rows()[0]["Status"], "Canceled");
    let amendment = duty.office.done(&other, "amend_contract");
    assert_eq!(overview("").as_array().unwrap().len(), 1);
    duty.office.activate(&amendment);
    let rows = overview("");
    assert_eq!(column(&rows, "ContractName"), ["Other Amended"]);
}
