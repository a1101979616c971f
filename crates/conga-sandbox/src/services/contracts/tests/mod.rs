//! The service as its callers see it: calls in, answers out.

mod clauses;
mod contracts;
mod cycle_times;
mod documents;
mod due;
mod fulfillments;
mod generating;
mod hierarchy;
mod in_effect;
mod lifecycle;
mod obligations;
mod related;
mod relations;
mod requests;
mod reviews;
mod settings;
mod tables;
mod team;
mod threads;

use serde_json::{Value, json};

use crate::services::tenant::{Got, Request, Tenant};

/// A tenant and what its tests say often.
struct Office {
    tenant: Tenant,
}

impl Office {
    fn new() -> Self {
        Self {
            tenant: Tenant::empty(),
        }
    }

    fn call(&self, operation: &str) -> Request<'_> {
        self.tenant.call("contracts", operation)
    }

    /// A call that names a contract in its path.
    fn on(&self, contract: &str, operation: &str) -> Request<'_> {
        self.call(operation).path("contractId", contract)
    }

    /// Moves the clock.
    fn days_pass(&self, days: u64) {
        let day = std::time::Duration::from_secs(24 * 60 * 60);
        self.tenant
            .world
            .clock
            .advance(day * u32::try_from(days).unwrap());
    }

    /// Creates a contract for this year and gives its id.
    #[track_caller]
    fn contract(&self, name: &str) -> String {
        self.contract_with(json!({
            "Name": name,
            "RecordType": "MSA",
            "Account": {"Id": "A1", "Name": "Acme"},
            "ContractStartDate": "2026-01-01T00:00:00",
            "ContractEndDate": "2026-12-31T00:00:00",
        }))
    }

    #[track_caller]
    fn contract_with(&self, row: Value) -> String {
        let got = self.call("create_contract").json(row).send();
        text(&got.data(200)["Id"])
    }

    /// The contract as it stands.
    #[track_caller]
    fn at(&self, contract: &str) -> Value {
        self.on(contract, "get_contract").send().data(200).clone()
    }

    #[track_caller]
    fn status(&self, contract: &str) -> String {
        text(&self.at(contract)["Status"])
    }

    /// Takes a lifecycle step that has no call of its own here.
    fn step(&self, contract: &str, action: &str) -> Got {
        self.on(contract, "update_contract_lifecycle_status")
            .json(json!({"LifeCycleAction": action}))
            .send()
    }

    /// Brings a new contract to Fully Signed.
    #[track_caller]
    fn sign(&self, contract: &str) {
        for action in ["GENERATE", "SEND_FOR_SIGNATURE", "SIGN"] {
            assert_eq!(self.step(contract, action).data(200), "Success");
        }
    }

    /// Brings a new contract to Activated.
    #[track_caller]
    fn activate(&self, contract: &str) {
        self.sign(contract);
        let got = self.on(contract, "activate_contract").send();
        assert_eq!(got.data(200), "Success");
    }

    /// A new contract that is active.
    #[track_caller]
    fn active(&self, name: &str) -> String {
        let contract = self.contract(name);
        self.activate(&contract);
        contract
    }

    /// Makes a move by its call; gives the `Data`.
    #[track_caller]
    fn done(&self, contract: &str, operation: &str) -> String {
        text(self.on(contract, operation).send().data(200))
    }

    /// The names of the contracts that a criteria finds.
    #[track_caller]
    fn find(&self, criteria: &str) -> Vec<String> {
        let got = self
            .call("query_contracts")
            .json(json!({"CriteriaExpression": criteria}))
            .send();
        column(&got.data(200)["Data"], "Name")
    }
}

#[track_caller]
fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// A field of each row.
#[track_caller]
fn column(rows: &Value, field: &str) -> Vec<String> {
    let rows = rows.as_array().unwrap();
    rows.iter()
        .map(|row| row[field].as_str().unwrap_or("null").to_owned())
        .collect()
}
