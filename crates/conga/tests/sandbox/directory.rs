//! Who is there and what is there: users, objects, search.

use conga::Criteria;
use conga_sandbox::Sandbox;
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
