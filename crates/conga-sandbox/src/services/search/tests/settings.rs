//! Search settings and what they change.

use serde_json::{Value, json};

use super::with_accounts;
use crate::services::tenant::{Got, Tenant};

fn set(tenant: &Tenant, setting: Value) -> Got {
    tenant.call("search", "create_setting").json(setting).send()
}

fn fields(names: &[&str]) -> Value {
    names
        .iter()
        .map(|name| json!({"FieldName": name}))
        .collect()
}

#[test]
fn a_setting_is_kept_changed_and_deleted() {
    let tenant = with_accounts();
    let start = tenant.search("get_setting", "Account", Value::Null);
    assert_eq!(start.data(200)["EnableAllSearchFields"], true);
    tenant.call("search", "list_settings").send().errors(404);
    let made = set(
        &tenant,
        json!({
            "ObjectName": "Account", "SearchFields": fields(&["Name", "Industry"]), "GlobalSearchFields": fields(&["Name"]),
            "PriorityFields": [{"FieldName": "Name", "Priority": 1}],
        }),
    );
    let made = made.data(201);
    assert_eq!(
        made["SearchFields"][0],
        json!({"FieldName": "Name", "Source": "User"})
    );
    assert_eq!(made["IsGlobalSearchEnabled"], true);
    assert!(
        set(
            &tenant,
            json!({"ObjectName": "Account", "EnableAllSearchFields": true})
        )
        .errors(400)[0]
            .contains("already")
    );
    assert_eq!(
        tenant.call("search", "list_settings").send().json["RecordCount"],
        1
    );

    let change = json!({"EnableAllSearchFields": true, "IgnoreFields": fields(&["Description"])});
    assert_eq!(
        tenant.search("update_setting", "Account", change).data(200),
        "true"
    );
    let changed = tenant.search("get_setting", "Account", Value::Null);
    assert_eq!(changed.data(200)["SearchFields"], json!([]));
    assert_eq!(changed.data(200)["IgnoreFields"], fields(&["Description"]));
    assert_eq!(
        tenant
            .search("delete_setting", "Account", Value::Null)
            .data(200),
        "true"
    );
    tenant
        .search("delete_setting", "Account", Value::Null)
        .errors(404);

    tenant.create("Rack_c", json!({"Name": "One"}));
    set(
        &tenant,
        json!({"ObjectName": "Rack_c", "EnableAllSearchFields": true}),
    )
    .data(201);
    let objects = tenant.call("search", "list_searchable_objects").send();
    assert_eq!(objects.data(200), "Account,Contact,Opportunity,Rack_c");
}

#[test]
fn a_setting_names_what_there_is() {
    let tenant = with_accounts();
    for (setting, status) in [
        (json!({}), 400),
        (
            json!({"ObjectName": "Nothing", "EnableAllSearchFields": true}),
            404,
        ),
        (json!({"ObjectName": "Account"}), 400),
        (
            json!({"ObjectName": "Account", "SearchFields": fields(&["Colour"])}),
            400,
        ),
        (
            json!({"ObjectName": "Account", "EnableAllSearchFields": true, "SelectFields": fields(&["x'y"])}),
            400,
        ),
    ] {
        set(&tenant, setting).errors(status);
    }
    tenant
        .search("get_setting", "Rack_c", Value::Null)
        .errors(404);
    tenant
        .search(
            "update_setting",
            "Rack_c",
            json!({"EnableAllSearchFields": true}),
        )
        .errors(404);
    let other = json!({"ObjectName": "Contact", "EnableAllSearchFields": true});
    tenant
        .search("update_setting", "Account", other)
        .errors(400);
}

#[test]
fn only_the_fields_of_the_setting_are_searched() {
    let tenant = with_accounts();
    set(&tenant, json!({
        "ObjectName": "Account", "SearchFields": fields(&["Industry", "Owner"]),
        "TypeAheadFields": fields(&["Description"]), "SelectFields": fields(&["Name", "Industry"]),
    })).data(201);
    assert_eq!(tenant.accounts("Fulltext", "water"), [] as [&str; 0]);
    assert_eq!(tenant.accounts("Fulltext", "utilities").len(), 2);
    assert_eq!(
        tenant.accounts("Fulltext", "utilities ingrid"),
        ["Water & Steam"]
    );
    assert_eq!(tenant.accounts("Fulltext", "util*").len(), 2);
    assert_eq!(tenant.accounts("Typeahead", "riv la"), ["Blue Mesa Water"]);
    assert_eq!(tenant.accounts("Typeahead", "mesa"), [] as [&str; 0]);
    let body = json!({"SearchType": "Fulltext", "Criteria": "retail"});
    let got = tenant.search("query_objects", "Account", body);
    assert_eq!(
        got.data(200),
        &json!([{"Name": "Acme", "Industry": "Retail"}])
    );
    // Without global fields the object is in no global search that does not list it.
    let global = |body: Value| {
        tenant
            .call("search", "search_objects")
            .json(body)
            .send()
            .json["Data"]
            .clone()
    };
    assert!(
        global(json!({"SearchTerm": "retail"}))
            .get("Account")
            .is_none()
    );
    let listed = global(json!({"SearchTerm": "retail", "ObjectList": [{"ObjectName": "Account"}]}));
    assert_eq!(listed["Account"]["RecordCount"], 1);

    let ignoring = json!({"EnableAllSearchFields": true, "IgnoreFields": fields(&["Description"]), "GlobalSearchFields": fields(&["Industry"])});
    tenant
        .search("update_setting", "Account", ignoring)
        .data(200);
    assert_eq!(tenant.accounts("Fulltext", "pumps"), [] as [&str; 0]);
    assert_eq!(tenant.accounts("Fulltext", "steam"), ["Water & Steam"]);
    assert_eq!(
        global(json!({"SearchTerm": "steam"}))["Account"]["RecordCount"],
        0
    );
    assert_eq!(
        global(json!({"SearchTerm": "retail"}))["Account"]["RecordCount"],
        1
    );
}

#[test]
fn the_indexed_fields_are_those_of_the_setting_or_of_the_object() {
    let tenant = with_accounts();
    let names = || -> Vec<String> {
        let got = tenant.search("list_object_indexed_fields", "Account", Value::Null);
        let rows = got.data(200).as_array().unwrap().clone();
        rows.iter()
            .map(|row| row["FieldName"].as_str().unwrap().to_owned())
            .collect()
    };
    assert!(names().contains(&"Website".to_owned()));
    set(
        &tenant,
        json!({"ObjectName": "Account", "SearchFields": fields(&["Industry", "Name"])}),
    )
    .data(201);
    assert_eq!(names(), ["Name", "Industry"]);
    tenant
        .search("list_object_indexed_fields", "Nothing", Value::Null)
        .errors(404);
}

#[test]
fn missing_access_fields_are_added() {
    let tenant = with_accounts();
    set(
        &tenant,
        json!({"ObjectName": "Account", "SearchFields": fields(&["Name", "Owner"])}),
    )
    .data(201);
    let migrate = |update: bool| {
        let request = tenant
            .call("search", "migrate_rbac")
            .query("updateSearchSetting", update);
        request.send().data(200).clone()
    };
    let told = migrate(false);
    assert_eq!(told["UpdateSearchSetting"], false);
    assert_eq!(
        told["SearchSettingChanges"][0]["SearchFieldsAdded"],
        json!(["CreatedBy", "RecordType"])
    );
    assert_eq!(
        migrate(true)["SearchSettingChanges"],
        told["SearchSettingChanges"]
    );
    assert_eq!(migrate(true)["SearchSettingChanges"], json!([]));
    let setting = tenant.call("search", "list_settings").send();
    assert_eq!(
        setting.data(200)["SearchFields"][2],
        json!({"FieldName": "CreatedBy", "Source": "RBACWorker"})
    );
}
