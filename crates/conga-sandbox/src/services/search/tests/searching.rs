//! Searches of one object, of several, of all.

use serde_json::{Value, json};

use super::with_accounts;
use crate::services::tenant::Tenant;

#[test]
fn full_text_finds_words_and_puts_names_first() {
    let tenant = with_accounts();
    let find = |text: &str| tenant.accounts("Fulltext", text);
    assert_eq!(find("WATER"), ["Water & Steam", "Blue Mesa Water", "Acme"]);
    assert_eq!(find("water pumps"), ["Acme"]);
    assert_eq!(find("pumps; (water)"), ["Acme"]);
    assert_eq!(find("chem*"), ["Rheingold Chemie", "Acme"]);
    assert_eq!(find("água"), ["Rheingold Chemie"]);
    assert_eq!(find("O'Hara"), ["Rheingold Chemie"]);
    // The name of a lookup is a text of the record, its id is not.
    assert_eq!(find("ingrid"), ["Water & Steam"]);
    assert_eq!(find("u1"), [] as [&str; 0]);
    assert_eq!(find("wat"), [] as [&str; 0]);
    assert_eq!(find("agua"), [] as [&str; 0]);
    assert_eq!(find("fulltext AND NOT water OR"), [] as [&str; 0]);
}

#[test]
fn type_ahead_finds_beginnings_in_names() {
    let tenant = with_accounts();
    let find = |text: &str| tenant.accounts("typeahead", text);
    assert_eq!(find("wa"), ["Water & Steam", "Blue Mesa Water"]);
    assert_eq!(find("me bl"), ["Blue Mesa Water"]);
    assert_eq!(find("pum"), [] as [&str; 0]);
    let body = json!({
        "SearchType": "Typeahead", "Criteria": "wa", "AdditionalTypeAheadFilterCriteria": "Industry = 'Utilities' AND Name LIKE 'b%'",
    });
    let got = tenant.search("query_objects", "Account", body);
    assert_eq!(got.names(), ["Blue Mesa Water"]);
}

#[test]
fn an_advanced_search_is_a_query() {
    let tenant = with_accounts();
    let body = json!({
        "ObjectName": "Account", "SearchType": "Advanced", "Criteria": "Industry = 'Utilities'", "Select": ["Name"],
        "Sort": {"FieldName": "Name", "OrderBy": "Descending"}, "Limit": 1,
    });
    let request = tenant
        .call("search", "query_objects")
        .path("objectName", "Account");
    let got = request.query("IncludeTotalCount", true).json(body).send();
    assert_eq!(got.data(200), &json!([{"Name": "Water & Steam"}]));
    assert_eq!(got.json["RecordCount"], 2);
    assert_eq!(got.json["HasMoreRecords"], true);
    assert_eq!(tenant.accounts("", "").len(), 4);
}

#[test]
fn a_search_is_paged_sorted_counted_and_grouped() {
    let tenant = with_accounts();
    let search = |more: Value| {
        let mut body = json!({"SearchType": "Fulltext", "Criteria": "water"});
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let request = tenant
            .call("search", "query_objects")
            .path("objectName", "Account");
        request.query("IncludeTotalCount", true).json(body).send()
    };
    let page = search(json!({"Limit": 1, "Skip": 1}));
    assert_eq!(page.names(), ["Blue Mesa Water"]);
    assert_eq!(page.json["RecordCount"], 3);
    assert_eq!(page.json["HasMoreRecords"], true);
    let sort = json!({"Sort": {"FieldName": "Name", "OrderBy": "Ascending"}});
    assert_eq!(
        search(sort).names(),
        ["Acme", "Blue Mesa Water", "Water & Steam"]
    );
    let groups = search(json!({"GroupBy": ["Industry"]}));
    assert_eq!(groups.json["RecordCount"], 2);
    search(json!({"Limit": 0})).errors(400);
    search(json!({"Select": ["Colour"]})).errors(400);
}

#[test]
fn searches_follow_every_change() {
    let tenant = with_accounts();
    let id = tenant.create("Account", json!({"Name": "Zebra"}));
    assert_eq!(tenant.accounts("Fulltext", "zebra"), ["Zebra"]);
    let change = tenant.call("data", "update_account").path("id", &id);
    change.json(json!({"Name": "Giraffe"})).send().data(200);
    assert_eq!(tenant.accounts("Fulltext", "zebra"), [] as [&str; 0]);
    assert_eq!(tenant.accounts("Typeahead", "gir"), ["Giraffe"]);
    tenant
        .call("data", "delete_account")
        .path("id", &id)
        .send()
        .data(200);
    assert_eq!(tenant.accounts("Typeahead", "gir"), [] as [&str; 0]);
}

#[test]
fn whoever_keeps_a_record_it_is_found() {
    let tenant = Tenant::empty();
    let upload = tenant.call("document-management", "upload_document");
    let upload = upload
        .query("objectType", "Account")
        .query("objectId", "a-1");
    upload
        .file("file", "Letter of intent.txt", "...")
        .send()
        .data(200);
    let body = json!({"SearchType": "Fulltext", "Criteria": "intent"});
    let found = tenant.search("query_objects", "DocumentMetadata", body);
    assert_eq!(found.names(), ["Letter of intent.txt"]);
    tenant
        .search("query_objects", "Nothing", json!({}))
        .errors(404);
}

#[test]
fn what_cannot_be_searched_is_refused() {
    let tenant = with_accounts();
    for (body, fault) in [
        (
            json!({"SearchType": "Sideways", "Criteria": "x"}),
            "SearchType is",
        ),
        (json!({"SearchType": "Fulltext"}), "no word"),
        (
            json!({"SearchType": "Fulltext", "Criteria": " -- \" ' "}),
            "no word",
        ),
        (
            json!({"SearchType": "Typeahead", "Criteria": "*"}),
            "no word",
        ),
        (
            json!({"SearchType": "Fulltext", "Criteria": "a ".repeat(51)}),
            "at most 50",
        ),
        (
            json!({"SearchType": "Advanced", "Criteria": "water"}),
            "Criteria: ",
        ),
        (
            json!({"ObjectName": "Contact", "Criteria": ""}),
            "ObjectName is",
        ),
        (
            json!({"SearchType": "Typeahead", "Criteria": "a", "AdditionalTypeAheadFilterCriteria": "Colour = 1"}),
            "has no field",
        ),
    ] {
        let got = tenant.search("query_objects", "Account", body);
        assert!(got.errors(400)[0].contains(fault), "{}", got.json);
    }
    // Text that FTS5 or SQL would read is only text.
    for text in [
        "\"",
        "name:x",
        "NEAR(a b)",
        "x' OR '1'='1",
        "a^2",
        "{a}",
        "'); DROP TABLE records;--",
        "a\0b",
    ] {
        let body = json!({"SearchType": "Fulltext", "Criteria": text});
        let got = tenant.search("query_objects", "Account", body);
        assert!(matches!(got.status, 200 | 400), "{text}: {}", got.json);
    }
    assert_eq!(tenant.accounts("", "").len(), 4);
}

#[test]
fn several_objects_are_searched_by_their_relations() {
    let tenant = Tenant::empty();
    let acme = tenant.create("Account", json!({"Name": "Acme", "Industry": "Retail"}));
    let other = tenant.create("Account", json!({"Name": "Other", "Industry": "Chemicals"}));
    for (name, account, title) in [
        ("Ann", &acme, "Buyer"),
        ("Bob", &other, "Buyer"),
        ("Cid", &acme, "Lawyer"),
    ] {
        tenant.create(
            "Contact",
            json!({"Name": name, "Title": title, "Account": {"Id": account}}),
        );
    }
    let several = |body: Value| {
        tenant
            .call("search", "query_multiple_objects")
            .json(body)
            .send()
    };
    let contacts_of = |industry: &str| {
        several(json!({"MultipleObjectSearchQueries": [
            {"Query": {"ObjectName": "Contact", "Criteria": "Title = 'Buyer'"}, "IsPrimaryObject": true},
            {
                "Query": {"ObjectName": "Account", "Criteria": format!("Industry = '{industry}'")},
                "ReferenceAliasName": "Account",
            },
        ]}))
    };
    assert_eq!(contacts_of("Retail").names(), ["Ann"]);
    assert_eq!(contacts_of("Mining").names(), [] as [&str; 0]);
    let inverse = several(
        json!({"IsInverseRelation": true, "MultipleObjectSearchQueries": [
            {"Query": {"ObjectName": "Account"}, "IsPrimaryObject": true},
            {"Query": {"ObjectName": "Contact", "Criteria": "Title = 'Lawyer'"}, "ReferenceAliasName": "Account"},
        ]}),
    );
    assert_eq!(inverse.names(), ["Acme"]);
    let alone =
        several(json!({"MultipleObjectSearchQueries": [{"Query": {"ObjectName": "Contact"}}]}));
    assert_eq!(alone.names().len(), 3);
    let two = json!([{"Query": {"ObjectName": "Contact"}}, {"Query": {"ObjectName": "Account"}}]);
    for body in [
        json!({}),
        json!({"MultipleObjectSearchQueries": []}),
        json!({"MultipleObjectSearchQueries": two}),
    ] {
        several(body).errors(400);
    }
    let no_alias = json!([{"Query": {"ObjectName": "Contact"}, "IsPrimaryObject": true}, {"Query": {"ObjectName": "Account"}}]);
    several(json!({"MultipleObjectSearchQueries": no_alias})).errors(400);
    several(json!({"MultipleObjectSearchQueries": [{"Query": {"ObjectName": "Nothing"}}]}))
        .errors(404);
}

#[test]
fn a_global_search_goes_through_the_configured_objects() {
    let tenant = with_accounts();
    tenant.create("Contact", json!({"Name": "Walter Water", "Title": "Buyer"}));
    tenant.create("Rack_c", json!({"Name": "Water rack"}));
    let global = |body: Value| tenant.call("search", "search_objects").json(body).send();
    let got = global(json!({"SearchTerm": "water"}));
    let data = got.data(200);
    assert_eq!(data["Account"]["RecordCount"], 3);
    assert_eq!(data["Contact"]["Results"][0]["Name"], "Walter Water");
    assert_eq!(
        data["Opportunity"],
        json!({"RecordCount": 0, "Results": []})
    );
    assert!(data.get("Rack_c").is_none());
    assert_eq!(got.json["RecordCount"], 4);

    let got = global(json!({
        "SearchTerm": "water", "Limit": 1, "ExcludeObjectList": ["Contact"],
        "ObjectList": [
            {"ObjectName": "Account", "Select": ["Name"], "FilterCriteria": "Industry = 'Utilities'",
             "Sort": {"FieldName": "Name", "Direction": "Descending"}},
            {"ObjectName": "Rack_c", "Skip": 1},
            {"ObjectName": "Contact"},
        ],
    }));
    assert_eq!(
        got.data(200),
        &json!({
            "Account": {"RecordCount": 2, "Results": [{"Name": "Water & Steam"}]},
            "Rack_c": {"RecordCount": 1, "Results": []},
        })
    );
    let words = |phrase: bool| {
        let got = global(
            json!({"SearchTerm": "water pumps to", "PhraseSearch": phrase, "ObjectList": [{"ObjectName": "Account"}]}),
        );
        got.data(200)["Account"]["RecordCount"].clone()
    };
    assert_eq!(words(true), 1);
    // A phrase does not go from one field to the next.
    let got = global(json!({"SearchTerm": "water utilities", "PhraseSearch": true}));
    assert_eq!(got.data(200)["Account"]["RecordCount"], 0);
    let got = global(json!({"SearchTerm": "water utilities"}));
    assert_eq!(got.data(200)["Account"]["RecordCount"], 2);
    global(json!({})).errors(400);
    global(json!({"SearchTerm": "x", "ObjectList": [{"ObjectName": "Nothing"}]})).errors(404);
    let types = tenant
        .call("search", "list_global_search_data_types")
        .send();
    assert!(
        types
            .data(200)
            .as_array()
            .unwrap()
            .contains(&json!("LongString"))
    );
}
