//! Who is there and what is there: users, objects, search.

use conga::{Criteria, Record, SortDirection};
use conga_sandbox::{Sandbox, Seed};
use serde_json::json;

use super::administrator;

#[tokio::test]
async fn users_are_created_changed_listed_and_kept_out() {
    let sandbox = Sandbox::start().await.unwrap();
    let users = administrator(&sandbox).users();
    let role = users.me().await.unwrap();
    assert!(role["Id"].is_string());
    let id = users
        .create(&json!({
            "FirstName": "Ann", "LastName": "Lee", "Email": "ann.lee@example.com", "UserName": "ann.lee",
            "UserType": "External", "Role": {"Name": "Administrator"}
        }))
        .await
        .unwrap();
    users.update(&id, &json!({"Alias": "annie"})).await.unwrap();
    assert_eq!(users.get(&id).await.unwrap()["UserName"], "ann.lee");
    let found = users
        .list()
        .criteria(Criteria::eq("UserName", "ann.lee"))
        .page(1)
        .await
        .unwrap();
    assert_eq!(found.records.len(), 1);
    users.deactivate(&id).await.unwrap();
    users.restore(&id).await.unwrap();
}

#[tokio::test]
async fn records_are_searched_by_criteria_words_and_beginnings() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = administrator(&sandbox);
    let id = client
        .accounts()
        .create(&json!({"Name": "Zephyrine Gardens", "Industry": "Horticulture", "Description": "quincunx planting"}))
        .await
        .unwrap();
    let search = client.search();
    let pages = [
        search
            .advanced("Account", Criteria::eq("Name", "Zephyrine Gardens"))
            .page()
            .await,
        search.full_text("Account", "quincunx").page().await,
        search.type_ahead("Account", "zephy").page().await,
        search
            .type_ahead_among("Account", "zephy", Criteria::eq("Industry", "Horticulture"))
            .page()
            .await,
    ];
    for page in pages {
        let page = page.unwrap();
        assert_eq!(page.records.len(), 1);
        assert_eq!(page.records[0]["Name"], "Zephyrine Gardens");
    }
    let hits = search.global("quincunx").page_size(10).await.unwrap();
    assert_eq!(hits["Account"].record_count, 1);
    assert_eq!(hits["Account"].results[0]["Id"], id.as_str());
    assert!(
        !search
            .global("quincunx")
            .exclude(["Account"])
            .await
            .unwrap()
            .contains_key("Account")
    );
}

#[tokio::test]
async fn records_are_searched_by_those_of_other_objects_and_by_their_documents() {
    let sandbox = Sandbox::builder().seed(Seed::Empty).start().await.unwrap();
    let client = administrator(&sandbox);
    let mut accounts = Vec::new();
    for (name, industry) in [("Acme", "Retail"), ("Other", "Chemicals")] {
        let account = json!({"Name": name, "Industry": industry});
        accounts.push(client.accounts().create(&account).await.unwrap());
    }
    for (name, account) in [("Ann", 0), ("Bob", 1), ("Cid", 0), ("Dan", 0)] {
        let account = json!({"Id": accounts[account]});
        let contact = json!({"Name": name, "Title": "Buyer", "Account": account});
        client.contacts().create(&contact).await.unwrap();
    }
    client
        .documents()
        .upload("terms.txt", "liability, force majeure, force")
        .attached_to("Account", accounts[1].as_str())
        .await
        .unwrap();
    let names = |records: Vec<Record>| {
        let names = records.into_iter().map(|record| record["Name"].clone());
        names.collect::<Vec<_>>()
    };

    let search = client.search();
    let buyers = search
        .related("Contact")
        .criteria(Criteria::eq("Title", "Buyer"))
        .referring_to("Account", "Account", Criteria::eq("Industry", "Retail"))
        .sort("Name", SortDirection::Ascending)
        .page_size(2);
    let mut stream = buyers.clone().stream();
    assert_eq!(stream.try_next().await.unwrap().unwrap()["Name"], "Ann");
    let rest = buyers.starting_at(stream.position().unwrap()).stream();
    assert_eq!(names(rest.try_collect().await.unwrap()), ["Cid", "Dan"]);

    let employers = search
        .related("Account")
        .referred_to_by("Contact", "Account", Criteria::eq("Name", "Bob"))
        .with_total();
    let page = employers.page().await.unwrap();
    assert_eq!(page.record_count, Some(1));
    assert_eq!(names(page.records), ["Other"]);

    let said = search.related("Account").in_documents("force");
    let said = said.page().await.unwrap().records;
    assert_eq!(said[0]["DocumentCount"], 1);
    assert_eq!(names(said), ["Other"]);

    let hits = search
        .global("Buyer")
        .object_where("Contact", Criteria::ne("Name", "Ann"))
        .await
        .unwrap();
    assert_eq!(hits["Contact"].record_count, 3);
}

#[tokio::test]
async fn objects_are_listed_and_described() {
    let sandbox = Sandbox::start().await.unwrap();
    let objects = administrator(&sandbox).objects();
    let names = objects.list().page_size(500).page(1).await.unwrap();
    assert!(
        names
            .records
            .iter()
            .any(|object| object.values().any(|value| value == "Account"))
    );
    let account = objects.describe("Account").await.unwrap();
    let name = account
        .fields
        .iter()
        .find(|field| field.field_name.as_deref() == Some("Name"));
    assert!(name.is_some());
    let field = objects.field("Account", "Name").await.unwrap();
    assert_eq!(field.field_name.as_deref(), Some("Name"));
}

#[tokio::test]
async fn objects_and_what_is_searched_of_them_are_changed() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = administrator(&sandbox);
    let objects = client.objects();
    let rack = json!({"Name": "Rack_c", "DisplayName": "Rack"});
    let made = objects.create(&rack).await.unwrap();
    assert_eq!(made.name.as_deref(), Some("Rack_c"));
    let field = json!({"FieldName": "Shelf", "DataType": "String", "Length": 20});
    let field = objects.create_field("Rack_c", &field).await.unwrap();
    let name = field.field_name.unwrap();
    let change = json!({"DisplayName": "Shelf number"});
    let field = objects
        .update_field("Rack_c", &name, &change)
        .await
        .unwrap();
    assert_eq!(field.display_name.as_deref(), Some("Shelf number"));
    let change = json!({"DisplayName": "Server rack"});
    let rack = objects.update("Rack_c", &change).await.unwrap();
    assert_eq!(rack.display_name.as_deref(), Some("Server rack"));
    let described = objects.describe("Rack_c").await.unwrap();
    let known = described.fields.iter();
    assert!(
        known
            .filter_map(|field| field.field_name.as_ref())
            .any(|known| *known == name)
    );

    let settings = client.search().settings();
    let setting = json!({"ObjectName": "Rack_c", "SearchFields": [{"FieldName": "Name"}]});
    let made = settings.create(&setting).await.unwrap();
    assert_eq!(made["ObjectName"], "Rack_c");
    let all = settings.list().await.unwrap();
    assert!(all.iter().any(|setting| setting["ObjectName"] == "Rack_c"));
    let change = json!({"EnableAllSearchFields": true});
    settings.update("Rack_c", &change).await.unwrap();
    let setting = settings.get("Rack_c").await.unwrap();
    assert_eq!(setting["EnableAllSearchFields"], true);
    settings.delete("Rack_c").await.unwrap();
    let error = settings.delete("Rack_c").await.unwrap_err();
    assert!(error.is_not_found());
}
