//! What Schema Manager defines, and how the Data service then treats records.

mod archive;
mod fields;
mod objects;
mod picklists;
mod records;

use serde_json::{Value, json};

use crate::services::tenant::{Got, Tenant};

const SERVICE: &str = "schema-manager";

impl Tenant {
    fn object(&self, operation: &str, object: &str, body: Value) -> Got {
        let request = self.call(SERVICE, operation).path("objectName", object);
        if body.is_null() {
            request.send()
        } else {
            request.json(body).send()
        }
    }

    fn field(&self, operation: &str, field: &str, body: Value) -> Got {
        let request = self.call(SERVICE, operation);
        let request = request
            .path("objectName", "Rack_c")
            .path("fieldName", field);
        if body.is_null() {
            request.send()
        } else {
            request.json(body).send()
        }
    }

    /// Adds a field to the racks.
    fn with_field(&self, field: Value) -> Value {
        let got = self.object("create_object_field", "Rack_c", field);
        got.data(201).clone()
    }

    /// Creates a rack; the whole record, if that goes well.
    fn rack(&self, row: Value) -> Got {
        let request = self.call("data", "create_custom_object_record");
        let mut got = request.path("objectName", "Rack_c").json(row).send();
        if let Some(id) = got.json["Data"].as_str() {
            let request = self.call("data", "get_custom_object_record");
            let stored = request.path("objectName", "Rack_c").path("id", id).send();
            got.json["Data"] = stored.data(200).clone();
        }
        got
    }

    fn change_rack(&self, id: &str, row: Value) -> Got {
        let request = self.call("data", "update_custom_object_record");
        request
            .path("objectName", "Rack_c")
            .path("id", id)
            .json(row)
            .send()
    }

    fn racks(&self, query: Value) -> Got {
        let request = self.call("data", "query_custom_object_records");
        request.path("objectName", "Rack_c").json(query).send()
    }
}

/// A tenant with racks that have no field of their own.
fn with_racks() -> Tenant {
    let tenant = Tenant::empty();
    let body =
        json!({"Name": "Rack", "DisplayName": "Rack", "Description": "A rack", "Category": "Lab"});
    let got = tenant.call(SERVICE, "create_object").json(body).send();
    assert_eq!(got.data(201)["Name"], "Rack_c");
    tenant
}
