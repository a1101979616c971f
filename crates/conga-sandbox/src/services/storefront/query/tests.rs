//! What each part of a query does.

use serde_json::{Value, json};

use super::super::tests::{Shop, app, column, data, guest, product, product_lookup, refused};

const RACK: &str = "Rack__c";

fn racks(shop: &Shop) {
    for (name, level, done, day, tags, at) in [
        (
            "Alpha",
            json!(1),
            json!(true),
            "2026-02-28",
            json!("red;blue"),
            0,
        ),
        (
            "beta",
            json!(2.5),
            json!(false),
            "2026-03-01",
            json!(["red"]),
            1,
        ),
        (
            "Gamma 50%",
            json!(10),
            json!(null),
            "2026-03-02T08:00:00Z",
            json!("blue"),
            1,
        ),
        (
            "delta",
            json!(null),
            json!(true),
            "2026-03-05",
            json!(null),
            9,
        ),
    ] {
        shop.keep(
            "Rack_c",
            json!({
                "Name": name, "Level_c": level, "Done_c": done, "Day_c": day, "Tags_c": tags,
                "Product": product_lookup(at),
            }),
        );
    }
}

#[track_caller]
fn names(shop: &Shop, query: Value) -> Vec<String> {
    let found = shop.query(RACK, query);
    column(&found, "Name")
        .into_iter()
        .map(str::to_owned)
        .collect()
}

#[test]
fn each_operator_means_what_it_says() {
    let shop = Shop::demo();
    racks(&shop);
    let all = ["Alpha", "beta", "Gamma 50%", "delta"];
    for (field, operator, value, wanted) in [
        ("Name", "Equal", json!("ALPHA"), &all[..1]),
        ("Name", "NotEqual", json!("alpha"), &all[1..]),
        ("Level", "Equal", json!(2.5), &all[1..2]),
        ("Level", "Equal", json!("2.5"), &all[1..2]),
        ("Level__c", "LessThan", json!(2.5), &all[..1]),
        ("Level", "LessEqual", json!(2.5), &all[..2]),
        ("Level", "GreaterThan", json!(2), &all[1..3]),
        ("Level", "GreaterEqual", json!(10), &all[2..3]),
        ("Level", "NotEqual", json!(1), &all[1..]),
        ("Level", "Null", json!(null), &all[3..]),
        ("Level", "NotNull", json!(null), &all[..3]),
        ("Level", "Equal", json!(null), &all[3..]),
        ("Done", "Equal", json!(false), &all[1..3]),
        ("Name", "Like", json!("%a"), &["Alpha", "beta", "delta"]),
        ("Name", "NotLike", json!("%a"), &all[2..3]),
        ("Name", "Contains", json!("50%"), &all[2..3]),
        ("Name", "DoesNotContain", json!("lta"), &all[..3]),
        ("Name", "BeginsWith", json!("b"), &all[1..2]),
        (
            "Name",
            "DoesNotBeginWith",
            json!("b"),
            &["Alpha", "Gamma 50%", "delta"],
        ),
        ("Name", "EndsWith", json!("TA"), &["beta", "delta"]),
        (
            "Name",
            "DoesNotEndWith",
            json!("ta"),
            &["Alpha", "Gamma 50%"],
        ),
        ("Name", "In", json!("alpha, delta"), &["Alpha", "delta"]),
        ("Name", "In", json!(["alpha"]), &all[..1]),
        ("Name", "NotIn", json!("alpha,delta"), &all[1..3]),
        ("Tags", "Includes", json!("red"), &all[..2]),
        ("Tags", "Includes", json!("red;blue"), &all[..1]),
        ("Tags", "Includes", json!("red,blue"), &all[..3]),
        ("Day", "On", json!("2026-03-02"), &all[2..3]),
        ("Day", "On", json!("Today"), &all[1..2]),
        ("Day", "Today", json!(null), &all[1..2]),
        ("Day", "LessEqual", json!("Today"), &all[..2]),
        ("Day", "LessThan", json!("today"), &all[..1]),
        ("Day", "GreaterThan", json!("Today"), &all[2..]),
        ("Day", "LastXDays", json!(1), &all[..2]),
        ("Day", "NextXDays", json!("1"), &all[2..3]),
        ("Day", "NextXDays", json!(4), &all[2..]),
        ("IsDeleted", "Equal", json!(false), &all[..]),
        ("IsDeleted", "Equal", json!(true), &[]),
        ("CreatedDate", "Today", json!(null), &all[..]),
        ("Product.Family", "Equal", json!("Instrument"), &all[..3]),
        ("Product.Family", "NotEqual", json!("Instrument"), &all[3..]),
        ("Product.Id", "In", json!(product(1)), &all[1..3]),
        ("ProductId", "Equal", json!(product(0)), &all[..1]),
    ] {
        let query =
            json!({"conditions": [{"field": field, "filterOperator": operator, "value": value}]});
        assert_eq!(names(&shop, query), wanted, "{field} {operator} {value}");
    }
}

#[test]
fn groups_of_conditions_nest() {
    let shop = Shop::demo();
    racks(&shop);
    let name = |name| json!({"field": "Name", "filterOperator": "Equal", "value": name});
    let level = json!({"field": "Level", "filterOperator": "GreaterThan", "val": 2, "value": "ignored", "apiName": RACK});
    let both = json!({"conditions": [name("Alpha"), level]});
    assert_eq!(names(&shop, both), [""; 0]);
    let either = json!({"conditions": [name("Alpha"), level], "expressionOperator": "OR"});
    assert_eq!(names(&shop, either), ["Alpha", "beta", "Gamma 50%"]);
    let nested = json!({
        "conditions": [level],
        "filters": [{"conditions": [name("Alpha"), name("beta")], "expressionOperator": "OR"}],
    });
    assert_eq!(names(&shop, nested), ["beta"]);
    assert_eq!(names(&shop, json!({"filters": [{}]})).len(), 4);

    let mut deep = json!({"conditions": [level]});
    for _ in 0..12 {
        deep = json!({"filters": [deep]});
    }
    assert!(shop.refusal(RACK, deep).contains("deep"));
    let many: Vec<_> = (0..201).map(|_| name("x")).collect();
    assert!(
        shop.refusal(RACK, json!({"conditions": many}))
            .contains("200")
    );
}

#[test]
fn joins_keep_what_meets_conditions_elsewhere() {
    let shop = Shop::demo();
    racks(&shop);
    let join = |operator: &str| {
        json!({"joins": [{
            "apiName": "Product2", "fromAttribute": "Product", "toAttribute": "Id",
            "conditions": [
                {"field": "Name", "filterOperator": "BeginsWith", "value": "Orbit 9"},
                {"field": "Family", "filterOperator": "Equal", "value": "Service"},
            ],
            "expressionOperator": operator,
        }]})
    };
    assert_eq!(names(&shop, join("AND")), [""; 0]);
    assert_eq!(names(&shop, join("OR")), ["beta", "Gamma 50%", "delta"]);
    let unknown =
        json!({"joins": [{"apiName": "Agreement", "fromAttribute": "Id", "toAttribute": "Id"}]});
    assert!(shop.refusal(RACK, unknown).contains("Agreement"));
}

#[test]
fn sorts_and_pages() {
    let shop = Shop::demo();
    racks(&shop);
    let sorted = |sort: Value| names(&shop, json!({"sortOrder": sort}));
    assert_eq!(
        sorted(json!([{"field": "Name"}])),
        ["Alpha", "beta", "delta", "Gamma 50%"]
    );
    assert_eq!(
        sorted(json!([{"field": "Level", "direction": "DESC"}])),
        ["Gamma 50%", "beta", "Alpha", "delta"]
    );
    assert_eq!(
        sorted(
            json!([{"field": "Product.Name", "direction": "DESC"}, {"field": "Name", "direction": "DESC"}])
        ),
        ["Gamma 50%", "beta", "Alpha", "delta"]
    );
    let page = |number: Value| {
        names(
            &shop,
            json!({"sortOrder": [{"field": "Name"}], "page": {"pageLimit": 3, "pageNumber": number}}),
        )
    };
    assert_eq!(page(json!(1)), ["Alpha", "beta", "delta"]);
    assert_eq!(page(json!(2)), ["Gamma 50%"]);
    assert_eq!(page(json!(3)), [""; 0]);
    for page in [
        json!({"pageLimit": 0}),
        json!({"pageLimit": 10_001}),
        json!({"pageLimit": 1, "pageNumber": 0}),
        json!({"pageNumber": 2}),
    ] {
        assert!(shop.refusal(RACK, json!({"page": page})).contains("page"));
    }
    assert!(
        shop.refusal(
            RACK,
            json!({"sortOrder": [{"field": "Name", "direction": "UP"}]})
        )
        .contains("ASC")
    );
}

#[test]
fn lookups_and_children_are_filled_in() {
    let shop = Shop::demo();
    racks(&shop);
    let query = json!({
        "conditions": [{"field": "Name", "filterOperator": "Equal", "value": "Alpha"}],
        "lookups": [{"field": "Product", "children": [
            {"field": "PriceLists", "lookups": [{"field": "PriceList"}], "filters": [
                {"conditions": [{"field": "ListPrice", "filterOperator": "LessThan", "value": 47_000}]},
            ]},
        ]}],
    });
    let found = shop.query(RACK, query.clone());
    let parent = &found[0]["Product"];
    assert_eq!(found[0]["ProductId"], product(0));
    assert_eq!(parent["Name"], "Orbit 400");
    assert_eq!(parent["PriceLists"].as_array().unwrap().len(), 1);
    assert_eq!(parent["PriceLists"][0]["PriceList"]["Name"], "Standard EUR");

    let mut api = query;
    api["alias"] = json!(false);
    api["lookups"][0]["field"] = json!("Apttus_Config2__ProductId__c");
    let found = shop.query(
        "Product2",
        json!({
            "alias": false,
            "conditions": [{"field": "Id", "filterOperator": "Equal", "value": product(12)}],
            "children": [{"field": "Apttus_Config2__OptionGroups__r"}],
        }),
    );
    assert_eq!(
        found[0]["Apttus_Config2__OptionGroups__r"][0]["Apttus_Config2__ProductId__c"],
        product(12)
    );
    assert_eq!(found[0]["Family"], "Bundle");
    let found = shop.query(RACK, api);
    assert_eq!(found[0]["Level__c"], 1);

    let mut deep = json!({"field": "Product"});
    for _ in 0..8 {
        deep =
            json!({"field": "Product", "children": [{"field": "PriceLists", "lookups": [deep]}]});
    }
    assert!(
        shop.refusal(RACK, json!({"lookups": [deep]}))
            .contains("deep")
    );
    assert!(
        shop.refusal(RACK, json!({"children": [{"field": "Wheels"}]}))
            .contains("Attachments")
    );
}

#[test]
fn aggregates_are_of_groups_or_of_all() {
    let shop = Shop::demo();
    racks(&shop);
    let all = shop.query(
        RACK,
        json!({"aggregate": true, "aggregateFields": [
            {"field": "Level", "aggregateType": "SUM"}, {"field": "Level", "aggregateType": "AVG"},
            {"field": "Level", "aggregateType": "MIN"}, {"field": "Name", "aggregateType": "MAX"},
            {"field": "Level", "aggregateType": "COUNT"},
        ]}),
    );
    assert_eq!(
        all,
        [json!({
            "SUM_Level": 13.5, "AVG_Level": 4.5, "MIN_Level": 1, "MAX_Name": "Gamma 50%", "COUNT_Level": 3,
            "total_records": 4,
        })]
    );
    let groups = shop.query(
        RACK,
        json!({
            "aggregate": true,
            "groupBy": ["Product.Family"],
            "aggregateFields": [{"field": "Level", "aggregateType": "SUM"}],
            "sortOrder": [{"field": "SUM_Level", "direction": "DESC"}],
        }),
    );
    assert_eq!(
        groups,
        [
            json!({"Family": "Instrument", "SUM_Level": 13.5, "total_records": 3}),
            json!({"Family": "Service", "SUM_Level": null, "total_records": 1}),
        ]
    );
    let none = json!({"field": "Name", "filterOperator": "Equal", "value": "none"});
    assert_eq!(
        shop.query(RACK, json!({"aggregate": true, "conditions": [none]})),
        [json!({"total_records": 0})]
    );
    assert_eq!(
        shop.query(RACK, json!({"groupBy": ["Name"], "conditions": [none]})),
        [json!(null); 0]
    );
    let fault = shop.refusal(
        RACK,
        json!({"aggregate": true, "sortOrder": [{"field": "Day"}]}),
    );
    assert!(fault.contains("SUM_NetPrice"));
}

#[test]
fn a_search_finds_words() {
    let shop = Shop::demo();
    racks(&shop);
    assert_eq!(
        names(&shop, json!({"searchString": "gam 50%"})),
        ["Gamma 50%"]
    );
    assert_eq!(
        names(&shop, json!({"searchString": "gamma nothing"})),
        [""; 0]
    );
    assert_eq!(names(&shop, json!({"searchString": " "})).len(), 4);
    assert!(
        shop.refusal(RACK, json!({"searchString": "a ".repeat(11)}))
            .contains("words")
    );
}

#[test]
fn the_same_by_query_parameters() {
    let shop = Shop::demo();
    racks(&shop);
    let list = |object: &str| shop.call("list_records").path("objectName", object);
    let got = list(RACK)
        .query("condition[0]", "Name,In,Alpha,beta,delta")
        .query("condition[1]", "Level,NotNull")
        .query("lookups", "ProductId")
        .query("sort[field]", "Name")
        .query("sort[direction]", "DESC")
        .query("page[limit]", 1)
        .query("page[current]", 2)
        .send();
    let found = data(&got).as_array().unwrap();
    assert_eq!(column(found, "Name"), ["Alpha"]);
    assert_eq!(found[0]["Product"]["Family"], "Instrument");
    assert_eq!(data(&list("products").send()).as_array().unwrap().len(), 14);
    let got = list(RACK).query("condition[0]", "Name").send();
    assert!(refused(&got, 400).contains("Field,Operator,Value"));
    let got = list("Agreement").send();
    assert!(refused(&got, 400).contains("Agreement"));

    let one = |id: &str| {
        let call = shop
            .call("get_record")
            .path("objectName", "PriceList")
            .path("recordId", id);
        call.path("objectName", "Apttus_Config2__PriceListItem__c")
    };
    let id = crate::services::data::seed::id("PriceListItem", 0);
    let got = one(&id)
        .query("alias", false)
        .query("lookups", "Apttus_Config2__PriceListId__c")
        .send();
    assert_eq!(data(&got)["Apttus_Config2__ListPrice__c"], 48_500);
    assert_eq!(
        data(&got)["Apttus_Config2__PriceListId__r"]["Name"],
        "Standard USD"
    );
    assert!(refused(&one("x").send(), 404).contains("'x'"));
}

#[test]
fn accounts_and_deals_are_seen_by_who_they_are_of() {
    let shop = Shop::demo();
    let accounts = |caller| {
        let call = shop
            .call("list_records")
            .path("objectName", "accounts")
            .caller(caller);
        data(&call.send()).as_array().unwrap().len()
    };
    assert_eq!(accounts(super::super::tests::shopper()), 1);
    assert_eq!(accounts(guest("g")), 1);
    assert_eq!(accounts(app()), 12);
    let contacts = shop.query("Contact", json!({"lookups": [{"field": "AccountId"}]}));
    assert!(
        contacts
            .iter()
            .all(|contact| contact["Account"]["Name"] == "Northwind Biologics")
    );
    assert_eq!(contacts.len(), 4);
    let users = shop.query("User", json!({}));
    assert_eq!(
        column(&users, "Username"),
        ["customer@myshop.community.com"]
    );
    let unknown = json!({"conditions": [{"field": "Colour", "filterOperator": "Null"}]});
    assert!(shop.refusal("Account", unknown).contains("Colour"));
}

#[test]
fn foreign_input_is_refused() {
    let shop = Shop::demo();
    racks(&shop);
    let condition = |field: &str, operator: &str, value: Value| json!({"conditions": [{"field": field, "filterOperator": operator, "value": value}]});
    for (field, operator, value) in [
        ("Name' OR 1=1 --", "Equal", json!("x")),
        ("", "Equal", json!("x")),
        ("a.b.c.d.e.f.g.h", "Equal", json!("x")),
        ("ETag", "NotNull", json!(null)),
        ("Name", "Equal", json!({"a": 1})),
        ("Name", "Like", json!(null)),
        ("Name", "Equal", json!("x".repeat(4_001))),
        ("Name", "In", json!(vec!["x"; 2_001])),
        ("Level", "LessThan", json!(null)),
        ("Day", "On", json!("yesterday")),
        ("Day", "LastXDays", json!(0)),
        ("Day", "NextXDays", json!(1e12)),
        ("Tags", "Includes", json!(";")),
    ] {
        assert!(
            !shop
                .refusal(RACK, condition(field, operator, value))
                .is_empty()
        );
    }
    assert_eq!(
        names(
            &shop,
            condition("Name", "Equal", json!("'; DROP TABLE records; --"))
        ),
        [""; 0]
    );
    assert_eq!(names(&shop, json!({})).len(), 4);
}
