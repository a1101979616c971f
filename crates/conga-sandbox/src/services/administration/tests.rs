//! The service as its callers see it.

use serde_json::{Value, json};

use super::families::FAMILIES;
use crate::records::store;
use crate::services::tenant::{Got, Request, Tenant};

impl Tenant {
    fn admin(&self, operation: &'static str) -> Request<'_> {
        self.call("administration", operation)
    }

    /// Creates one record and gives its id.
    fn make(&self, request: Request<'_>, fields: Value) -> String {
        let got = request.json(json!([fields])).send();
        assert!(got.status < 300, "{}", got.json);
        text(&got.json[0]["Id"])
    }

    fn product(&self, name: &str) -> String {
        self.make(
            self.admin("create_products"),
            json!({"Name": name, "IsActive": true}),
        )
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn column(got: &Got, field: &str) -> Vec<String> {
    let rows = got.json.as_array().unwrap();
    rows.iter().map(|row| text(&row[field])).collect()
}

/// The ids of a family's operations, in the order of the table's macro.
fn operations(at: usize) -> &'static [&'static str] {
    &super::families::OPERATIONS[at * 7..at * 7 + 7]
}

#[test]
fn every_family_is_created_read_changed_and_deleted() {
    let tenant = Tenant::empty();
    for (at, family) in FAMILIES.iter().enumerate() {
        let &[list, create, update_many, delete_many, get, update, delete] = operations(at) else {
            unreachable!();
        };
        let parent = family.parent.as_ref().map(|parent| {
            let record = json!({"Id": "parent", "Name": "Parent"});
            let made = tenant.world.store.write(|tx| {
                store::remove(tx, parent.object, "parent", store::Removal::Hard, "")?;
                store::insert(tx, parent.object, record.as_object().unwrap())
            });
            made.unwrap();
            ["ParentId", "parentId"]
                .into_iter()
                .find(|name| family.path.contains(name))
                .unwrap()
        });
        let call = |operation: &'static str| {
            let request = tenant.admin(operation);
            match parent {
                Some(name) => request.path(name, "parent"),
                None => request,
            }
        };
        let one = |operation: &'static str, id: &str| {
            let request = call(operation);
            let name = if request.template().ends_with("{Id}") {
                "Id"
            } else {
                "id"
            };
            request.path(name, id)
        };

        assert_eq!(call(list).send().status, 204, "{list}");
        let made = call(create)
            .json(json!([{"Name": "One"}, {"Name": "Two", "Id": "mine"}]))
            .send();
        assert!([200, 201].contains(&made.status), "{create}: {}", made.json);
        let ids = column(&made, "Id");
        assert!(
            !ids.contains(&"mine".to_owned()),
            "the server makes the ids"
        );
        if let Some(parent) = &family.parent {
            assert_eq!(
                made.json[0][parent.field],
                json!({"Id": "parent", "Name": "Parent"})
            );
        }

        let listed = call(list)
            .query("sort", "DESC(Name)")
            .query("limit", 1)
            .send();
        assert_eq!(column(&listed, "Name"), ["Two"]);
        assert_eq!(listed.headers["content-range"], "items 0-0/2");
        let filtered = call(list).query("filter", "eq(Name:'One')").send();
        assert_eq!(column(&filtered, "Id"), [ids[0].as_str()]);

        let got = one(get, &ids[0]).send();
        assert_eq!(
            (got.status, &got.json["Name"]),
            (200, &json!("One")),
            "{get}"
        );
        let changed = one(update, &ids[0]).json(json!({"Name": "Uno"})).send();
        assert_eq!(
            (changed.status, &changed.json["Name"]),
            (200, &json!("Uno"))
        );
        let both = call(update_many)
            .json(json!([{"Id": ids[0], "Name": "1"}, {"Id": ids[1], "Name": "2"}]))
            .send();
        assert_eq!(column(&both, "Name"), ["1", "2"]);

        assert_eq!(one(delete, &ids[0]).send().status, 200);
        assert_eq!(one(get, &ids[0]).send().status, 404);
        let deleted = call(delete_many)
            .json(json!([{"Id": ids[1]}, {"Id": ids[0]}]))
            .send();
        assert_eq!(
            deleted.json[0],
            json!({"Id": ids[1], "Success": true, "Message": null})
        );
        assert_eq!(deleted.json[1]["Success"], false);
        assert_eq!(call(list).send().status, 204);
    }
}

#[test]
fn a_child_belongs_to_its_parent() {
    let tenant = Tenant::empty();
    let lists = ["A", "B"]
        .map(|name| tenant.make(tenant.admin("create_price_lists"), json!({"Name": name})));
    let product = tenant.product("Orbit 400");
    let items = tenant
        .admin("create_price_list_items")
        .path("parentId", &lists[0]);
    let item = tenant.make(
        items,
        json!({"Product": {"Id": product}, "ListPrice": {"Value": 19.99}, "Currency": "EUR"}),
    );
    let at = |operation, list: &str| {
        tenant
            .admin(operation)
            .path("parentId", list)
            .path("id", &item)
    };

    let got = at("get_price_list_item", &lists[0]).send();
    assert_eq!(
        got.json["Product"],
        json!({"Id": product, "Name": "Orbit 400"})
    );
    assert_eq!(
        got.json["ListPrice"],
        json!({"Value": 19.99, "DisplayValue": 19.99, "CurrencyCode": "EUR", "CurrencySymbol": "€"})
    );
    // The same record is an item of its product.
    let of_product = tenant
        .admin("list_product_price_list_items")
        .path("parentId", &product);
    assert_eq!(column(&of_product.send(), "Id"), [item.as_str()]);

    at("get_price_list_item", &lists[1]).send().errors(404);
    at("delete_price_list_item", &lists[1]).send().errors(404);
    at("get_price_list_item", "none").send().errors(404);
    let moved = at("update_price_list_item", &lists[0])
        .json(json!({"PriceList": {"Id": lists[1]}}))
        .send();
    assert!(moved.errors(400)[0].contains("stays with its PriceList"));
    let sent_back = at("update_price_list_item", &lists[0])
        .json(got.json.clone())
        .send();
    assert_eq!(sent_back.status, 200);
    let whole = tenant
        .admin("list_price_list_items")
        .path("parentId", &lists[0])
        .query("includes", "product")
        .query("field", "Id,Product.IsActive")
        .send();
    assert_eq!(
        whole.json,
        json!([{"Id": item, "Product": {"IsActive": true}}])
    );
}

#[test]
fn a_call_for_many_writes_all_or_none() {
    let tenant = Tenant::empty();
    let made = tenant
        .admin("create_products")
        .json(json!([{"Name": "A", "ExternalId": "1"}, {"Name": "B", "ExternalId": "1"}]))
        .send();
    assert!(made.errors(400)[0].starts_with("row 2: another Product has the ExternalId '1'"));
    assert_eq!(tenant.admin("list_products").send().status, 204);
    tenant
        .admin("create_products")
        .json(json!([]))
        .send()
        .errors(400);
    let id = tenant.product("A");
    let updated = tenant
        .admin("update_products")
        .json(json!([{"Id": id, "Name": "B"}, {"Name": "C"}]))
        .send();
    assert!(updated.errors(400)[0].starts_with("row 2: Id is required"));
    assert_eq!(
        tenant.admin("get_product").path("Id", &id).send().json["Name"],
        "A"
    );
}

#[test]
fn an_update_keeps_to_the_types_of_the_fields() {
    let tenant = Tenant::empty();
    let id = tenant.product("A");
    let wrong = json!({"Version": "new", "IsActive": 7});
    let one = tenant
        .admin("update_product")
        .path("Id", &id)
        .json(wrong.clone())
        .send();
    let message = one.errors(400)[0];
    assert!(
        message.contains("Version") && message.contains("IsActive"),
        "{message}"
    );
    let many = tenant
        .admin("update_products")
        .json(json!([{"Id": id, "Version": "new"}]))
        .send();
    many.errors(400);
}

#[test]
fn limits_are_the_published_ones() {
    let tenant = Tenant::empty();
    let many: Vec<Value> = (0..101).map(|at| json!({"Name": at.to_string()})).collect();
    let got = tenant.admin("create_price_lists").json(many.into()).send();
    assert!(got.errors(400)[0].contains("100 records are created at a time, not 101"));
    let bands: Vec<Value> = (0..6).map(|at| json!({"Name": at.to_string()})).collect();
    let six = tenant
        .admin("create_deal_guidance_color_bands")
        .json(bands.into())
        .send();
    assert_eq!(six.status, 200);
    let seventh = tenant
        .admin("create_deal_guidance_color_bands")
        .json(json!([{"Name": "7"}]))
        .send();
    assert!(seventh.errors(400)[0].contains("there can be 6 records"));
}

#[test]
fn a_delete_takes_along_what_the_reference_says() {
    let tenant = Tenant::empty();
    let set = tenant.make(
        tenant.admin("create_price_rule_sets"),
        json!({"Name": "Set"}),
    );
    let rule = tenant.make(
        tenant.admin("create_price_rules").path("ParentId", &set),
        json!({"Name": "Rule"}),
    );
    let entry = tenant.make(
        tenant
            .admin("create_price_rule_entries")
            .path("ParentId", &rule),
        json!({"AdjustmentType": "% Discount", "AdjustmentAmount": 5}),
    );
    assert_eq!(
        tenant
            .admin("delete_price_rule_set")
            .path("Id", &set)
            .send()
            .status,
        200
    );
    for (object, id) in [("PriceRule", &rule), ("PriceRuleEntry", &entry)] {
        let found = tenant
            .world
            .store
            .read(|tx| store::find(tx, object, store::By::Id, id))
            .unwrap();
        assert!(found.is_none(), "{object}");
    }
}

#[test]
fn option_groups_below_a_deleted_one_stay_unless_told_otherwise() {
    let tenant = Tenant::empty();
    let group = |name: &str, above: Option<&str>| {
        let above = above.map(|id| json!({"Id": id}));
        tenant.make(
            tenant.admin("create_option_groups"),
            json!({"Name": name, "Ancestor": above}),
        )
    };
    let (top, other) = (group("Top", None), group("Other", None));
    let (child, other_child) = (
        group("Child", Some(&top)),
        group("Other child", Some(&other)),
    );
    let delete = |id: &str| tenant.admin("delete_option_group").path("Id", id);
    let get = |id: &str| tenant.admin("get_option_group").path("Id", id).send();
    assert_eq!(delete(&top).send().status, 200);
    assert_eq!(get(&child).json["Ancestor"], Value::Null);
    assert_eq!(
        delete(&other).query("deleteHierarchy", true).send().status,
        200
    );
    get(&other_child).errors(404);
}

#[test]
fn a_category_with_products_takes_no_categories() {
    let tenant = Tenant::empty();
    let category = tenant.make(
        tenant.admin("create_categories"),
        json!({"Name": "Analysers"}),
    );
    let product = tenant.product("Pulse Mini");
    let members = tenant
        .admin("create_category_memberships")
        .path("parentId", &category);
    tenant.make(members, json!({"Product": {"Id": product}}));
    let below = json!([{"Name": "Small", "Ancestor": {"Id": category}}]);
    let got = tenant.admin("create_categories").json(below).send();
    assert!(got.errors(400)[0].contains("has products"));
}

#[test]
fn hostile_input_is_refused() {
    let tenant = Tenant::empty();
    let id = tenant.product("'; DROP TABLE records; --");
    let got = tenant.admin("get_product").path("Id", &id).send();
    assert_eq!(got.json["Name"], "'; DROP TABLE records; --");
    for (name, value) in [
        ("filter", "eq(Name:'x' OR 1=1)"),
        ("filter", "eq(a\"b:'x')"),
        ("filterExpression", "1; DROP"),
        ("sort", "ASC(Name; DROP)"),
        ("page", "0"),
        ("limit", "501"),
        ("limit", "-1"),
    ] {
        let got = tenant.admin("list_products").query(name, value).send();
        assert_eq!(got.status, 400, "{name}={value}: {}", got.json);
    }
    tenant
        .admin("update_products")
        .json(json!(["x"]))
        .send()
        .errors(400);
    tenant
        .admin("get_product")
        .path("Id", "../../etc/passwd")
        .send()
        .errors(404);
}
