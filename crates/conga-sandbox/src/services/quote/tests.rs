//! The service as its callers see it.

use serde_json::{Value, json};

use crate::services::commerce::shop::{Shop, make};
use crate::services::tenant::{Got, Tenant};

impl Tenant {
    fn quote(&self, operation: &'static str, id: &str) -> crate::services::tenant::Request<'_> {
        self.call("quote", operation).path("Id", id)
    }
}

fn from_cart(shop: &Shop) -> Got {
    let cart = shop.finalized();
    let got = shop
        .on(&cart, "create_quote_from_cart")
        .json(json!({}))
        .send();
    assert_eq!(got.status, 200, "{}", got.json);
    got
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

#[test]
fn quotes_are_made_changed_listed_and_deleted() {
    let tenant = Tenant::empty();
    let made = tenant
        .call("quote", "create_quotes")
        .json(
            json!([{"Name": "One", "ExternalId": "X"}, {"Name": "Two", "ProposalNumber": "mine"}]),
        )
        .send();
    assert_eq!(made.json[1]["ProposalNumber"], "Q-00000002");
    assert_eq!(made.json[1]["ApprovalStage"], "Draft");
    let id = text(&made.json[0]["Id"]);
    let changed = tenant
        .quote("update_quote", &id)
        .json(json!({"description": "d"}))
        .send();
    assert_eq!(changed.json["Description"], "d");
    let many = json!([{"Id": id, "PONumber": "1"}, {"Id": "none"}]);
    assert!(
        tenant
            .call("quote", "update_quotes")
            .json(many)
            .send()
            .errors(400)[0]
            .starts_with("row 2")
    );
    let stage = json!({"ApprovalStage": "Accepted"});
    tenant
        .quote("update_quote", &id)
        .json(stage)
        .send()
        .errors(400);
    let listed = tenant
        .call("quote", "list_quotes")
        .query("filter", "LIKE(Name:'o')")
        .query("field", "Name")
        .send();
    assert_eq!(listed.json, json!([{"Name": "One"}, {"Name": "Two"}]));
    let upserted = tenant
        .call("quote", "upsert_quote")
        .json(json!({"ExternalId": "X", "Name": "Uno"}))
        .send();
    assert_eq!(
        (&upserted.json["Id"], &upserted.json["Name"]),
        (&json!(id), &json!("Uno"))
    );
    let new = tenant
        .call("quote", "upsert_quote")
        .json(json!({"ExternalId": "Y", "Name": "Three"}))
        .send();
    assert_eq!(new.json["ProposalNumber"], "Q-00000003");
    assert_eq!(tenant.quote("delete_quote", &id).send().status, 200);
    tenant.quote("get_quote", &id).send().errors(404);
    let rest = json!([{"Id": new.json["Id"]}, {"Id": made.json[1]["Id"]}]);
    assert_eq!(
        tenant
            .call("quote", "delete_quotes")
            .json(rest)
            .send()
            .status,
        200
    );
    assert_eq!(tenant.call("quote", "list_quotes").send().status, 204);
}

#[test]
fn an_accepted_quote_becomes_a_draft_order_whose_pricing_is_pending() {
    let shop = Shop::open();
    let quote = from_cart(&shop);
    let id = text(&quote.json["Id"]);
    let order = shop.tenant.quote("accept_quote", &id).send();
    assert_eq!(order.status, 200, "{}", order.json);
    assert_eq!(order.json["Status"], "Draft");
    assert_eq!(order.json["PricingStatus"], "Pending");
    assert_eq!(order.json["OrderAmount"]["Value"], 200);
    assert_eq!(order.json["Proposal"]["Id"], id.as_str());
    let of_order = |operation| shop.tenant.call("order", operation);
    let lines = of_order("list_order_line_items")
        .path("ParentId", text(&order.json["Id"]))
        .send();
    assert_eq!(lines.json[0]["NetPrice"], 200);
    assert_eq!(lines.json[0]["Quantity"], 2);
    shop.wait();
    let later = of_order("get_order")
        .path("Id", text(&order.json["Id"]))
        .send();
    assert_eq!(later.json["PricingStatus"], "Complete");

    assert_eq!(
        shop.tenant.quote("get_quote", &id).send().json["ApprovalStage"],
        "Accepted"
    );
    shop.tenant.quote("accept_quote", &id).send().errors(400);
    shop.tenant
        .quote("update_quote", &id)
        .json(json!({"Name": "x"}))
        .send()
        .errors(400);
    shop.tenant.quote("delete_quote", &id).send().errors(400);
    let second = text(&from_cart(&shop).json["Id"]);
    let asked = shop
        .tenant
        .quote("accept_quote", &second)
        .query("IsAsync", true)
        .send();
    let job = shop
        .tenant
        .call("quote", "get_job_status")
        .path("jobId", text(&asked.json["JobId"]))
        .send();
    assert_eq!(job.json["RecordId"], asked.json["OrderId"]);
    shop.tenant
        .call("quote", "get_job_status")
        .path("jobId", "none")
        .send()
        .errors(404);
}

#[test]
fn a_clone_is_a_draft_with_lines_of_its_own() {
    let shop = Shop::open();
    let quote = from_cart(&shop);
    let id = text(&quote.json["Id"]);
    shop.tenant
        .quote("update_quote", &id)
        .json(json!({"ExternalId": "Q"}))
        .send();
    shop.tenant.quote("accept_quote", &id).send();
    let clone = shop
        .tenant
        .quote("clone_quote", &id)
        .json(json!({"Name": "Again"}))
        .send();
    assert_eq!(clone.status, 201);
    assert_eq!(
        (&clone.json["ApprovalStage"], &clone.json["Name"]),
        (&json!("Draft"), &json!("Again"))
    );
    assert_ne!(clone.json["ProposalNumber"], quote.json["ProposalNumber"]);
    let full = shop
        .tenant
        .quote("get_quote", &text(&clone.json["Id"]))
        .query("includes", "line-items")
        .send();
    assert_eq!(full.json["LineItems"].as_array().unwrap().len(), 1);
    let bare = shop
        .tenant
        .call("quote", "clone_quote_by_external_id")
        .path("ExternalId", "Q")
        .query("cloneLineItems", false)
        .json(json!({}))
        .send();
    let full = shop
        .tenant
        .quote("get_quote", &text(&bare.json["Id"]))
        .query("includes", "line-items")
        .send();
    assert!(full.json["LineItems"].as_array().unwrap().is_empty());
}

#[test]
fn an_agreement_is_a_contract_of_the_contracts_service() {
    let shop = Shop::open();
    let id = make(
        shop.tenant.call("quote", "create_quotes"),
        json!({"Name": "Lab", "Account": {"Id": "A", "Name": "Acme"}}),
    );
    let made = shop
        .tenant
        .quote("create_agreement_from_quote", &id)
        .json(json!({"OverrideValues": {"Description": "from a quote"}}))
        .send();
    assert_eq!(made.status, 201, "{}", made.json);
    assert_eq!(made.json["Account"]["Name"], "Acme");
    let got = shop
        .tenant
        .call("contracts", "get_contract")
        .path("contractId", text(&made.json["Id"]))
        .send();
    assert_eq!(got.json["Data"]["Description"], "from a quote");
    shop.tenant
        .quote("create_agreement_from_quote", "none")
        .json(json!({}))
        .send()
        .errors(404);
}
