//! What searches find.

mod documents;
mod index;
mod searching;
mod settings;

use serde_json::{Value, json};

use crate::services::tenant::{Got, Tenant};

impl Tenant {
    /// A call of the Search service about an object.
    fn search(&self, operation: &str, object: &str, body: Value) -> Got {
        let request = self.call("search", operation).path("objectName", object);
        if body.is_null() {
            request.send()
        } else {
            request.json(body).send()
        }
    }

    /// The names of the accounts that a search of this kind finds, in its order.
    #[track_caller]
    fn accounts(&self, kind: &str, text: &str) -> Vec<String> {
        let body = json!({"SearchType": kind, "Criteria": text});
        self.search("query_objects", "Account", body).names()
    }

    fn create(&self, object: &str, row: Value) -> String {
        let got = match object {
            "Account" => self.call("data", "create_account").json(row).send(),
            "Contact" => self.call("data", "create_contact").json(row).send(),
            _ => {
                let request = self.call("data", "create_custom_object_record");
                request.path("objectName", object).json(row).send()
            }
        };
        got.data(201).as_str().unwrap().to_owned()
    }
}

impl Got {
    /// The names of the records found.
    #[track_caller]
    fn names(&self) -> Vec<String> {
        let rows = self.data(200).as_array().unwrap();
        rows.iter()
            .map(|row| row["Name"].as_str().unwrap_or("null").to_owned())
            .collect()
    }
}

/// Four accounts.
fn with_accounts() -> Tenant {
    let tenant = Tenant::empty();
    for row in [
        json!({"Name": "Blue Mesa Water", "Industry": "Utilities", "Description": "Rivers, lakes and blue water"}),
        json!({"Name": "Rheingold Chemie", "Industry": "Chemicals", "Description": "Água; o'hara & sons"}),
        json!({"Name": "Water & Steam", "Industry": "Utilities", "Owner": {"Id": "u1", "Name": "Ingrid Blau"}}),
        json!({"Name": "Acme", "Industry": "Retail", "Description": "sells water pumps to chemical plants"}),
    ] {
        tenant.create("Account", row);
    }
    tenant
}
