//! What the quickstart leaves out.

use std::collections::BTreeSet;

use conga::{By, Criteria, Field, Position, Record, SortDirection};
use conga_sandbox::{Sandbox, Seed};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::administrator;

#[derive(Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Contact {
    external_id: String,
    last_name: String,
    department: Option<String>,
}

fn contact(number: usize, department: &str) -> Contact {
    Contact {
        external_id: format!("c-{number}"),
        last_name: format!("Gardener {number:02}"),
        department: Some(department.to_owned()),
    }
}

async fn empty() -> Sandbox {
    Sandbox::builder().seed(Seed::Empty).start().await.unwrap()
}

#[tokio::test]
async fn a_query_selects_sorts_skips_and_counts() {
    let sandbox = empty().await;
    let contacts = administrator(&sandbox)
        .records("Contact")
        .typed::<Contact>();
    let rows: Vec<Contact> = (0..25)
        .map(|number| contact(number, ["Rose", "Thyme"][number % 2]))
        .collect();
    contacts
        .bulk_create(&rows)
        .chunk_size(10)
        .await
        .complete()
        .unwrap();

    let query = contacts
        .query()
        .criteria(Criteria::eq("Department", "Rose"))
        .sort("LastName", SortDirection::Descending)
        .page_size(4);
    let found = query.stream().try_collect().await.unwrap();
    let expected: Vec<&Contact> = rows
        .iter()
        .rev()
        .filter(|row| row.department.as_deref() == Some("Rose"))
        .collect();
    assert_eq!(found.iter().collect::<Vec<_>>(), expected);

    let page = contacts
        .query()
        .page_size(4)
        .with_total()
        .page()
        .await
        .unwrap();
    assert_eq!((page.records.len(), page.record_count), (4, Some(25)));
    let rest = contacts
        .query()
        .skip(20)
        .page_size(2)
        .stream()
        .try_collect()
        .await
        .unwrap();
    assert_eq!(rest.len(), 5);

    let departments = contacts
        .typed::<Record>()
        .query()
        .select(["Department"])
        .distinct()
        .stream()
        .try_collect()
        .await
        .unwrap();
    let names: BTreeSet<&str> = departments
        .iter()
        .filter_map(|row| row["Department"].as_str())
        .collect();
    assert_eq!(
        (departments.len(), names),
        (2, BTreeSet::from(["Rose", "Thyme"]))
    );
}

#[tokio::test]
async fn records_are_changed_and_deleted_by_external_id_one_by_one_and_in_bulk() {
    let sandbox = empty().await;
    let contacts = administrator(&sandbox)
        .records("Contact")
        .typed::<Contact>();
    contacts
        .bulk_create(&[contact(1, "Rose"), contact(2, "Rose")])
        .await
        .complete()
        .unwrap();

    contacts
        .update_by_external_id("c-1", &json!({"Department": "Sage"}))
        .await
        .unwrap();
    contacts
        .bulk_update(By::ExternalId, &[contact(2, "Thyme")])
        .await
        .complete()
        .unwrap();
    contacts
        .bulk_upsert(By::ExternalId, &[contact(2, "Mint"), contact(3, "Mint")])
        .returning_records()
        .await
        .complete()
        .unwrap();
    for (number, department) in [(1, "Sage"), (2, "Mint"), (3, "Mint")] {
        let read = contacts
            .get_by_external_id(format!("c-{number}"))
            .await
            .unwrap();
        assert_eq!(read, contact(number, department));
    }

    contacts.delete_by_external_id("c-1").hard().await.unwrap();
    contacts
        .bulk_delete(By::ExternalId, &["c-2", "c-3"])
        .await
        .complete()
        .unwrap();
    assert!(
        contacts
            .list()
            .stream()
            .try_collect()
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn a_custom_object_is_an_object_like_others() {
    let sandbox = empty().await;
    let widgets = administrator(&sandbox).records("Widget_c");
    let id = widgets
        .create(&json!({"Name": "Cog", "Teeth_c": 12}))
        .await
        .unwrap();
    let cog = widgets.get(&id).await.unwrap();
    assert_eq!((&cog["Name"], &cog["Teeth_c"]), (&json!("Cog"), &json!(12)));
    let found = widgets
        .list()
        .criteria(Criteria::gt("Teeth_c", 10))
        .page(1)
        .await
        .unwrap();
    assert_eq!(found.records.len(), 1);
    widgets.delete(&id).await.unwrap();
    assert!(widgets.get(&id).await.unwrap_err().is_not_found());
}

#[tokio::test]
async fn a_criteria_that_cannot_be_read_is_told_with_its_place() {
    let sandbox = empty().await;
    let accounts = administrator(&sandbox).records("Account");
    let error = accounts
        .list()
        .criteria("Name = 'Juniper")
        .page(1)
        .await
        .unwrap_err();
    assert_eq!(error.status().unwrap(), 400);
    assert!(
        error.messages()[0].contains("column 8"),
        "{:?}",
        error.messages()
    );
}

#[tokio::test]
async fn a_change_leaves_clears_and_sets_fields() {
    #[derive(Default, Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Change {
        #[serde(skip_serializing_if = "Field::is_absent")]
        name: Field<String>,
        #[serde(skip_serializing_if = "Field::is_absent")]
        rating: Field<String>,
        #[serde(skip_serializing_if = "Field::is_absent")]
        industry: Field<String>,
    }
    let sandbox = empty().await;
    let accounts = administrator(&sandbox).records("Account");
    let id = accounts
        .create(&json!({"Name": "Juniper", "Rating": "Hot", "Industry": "Gardens"}))
        .await
        .unwrap();
    let change = Change {
        rating: Field::Null,
        industry: "Nurseries".into(),
        ..Change::default()
    };
    accounts.update(&id, &change).await.unwrap();
    let account = accounts.get(&id).await.unwrap();
    assert_eq!(
        (
            &account["Name"],
            account.get("Rating"),
            &account["Industry"]
        ),
        (&json!("Juniper"), Some(&json!(null)), &json!("Nurseries"))
    );
}

#[tokio::test]
async fn fields_that_a_type_does_not_know_are_written_back() {
    #[derive(Deserialize, Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Account {
        name: String,
        #[serde(flatten)]
        other: Record,
    }
    let sandbox = empty().await;
    let records = administrator(&sandbox).records("Account");
    let accounts = records.typed::<Account>();
    let id = accounts
        .create(&json!({"Name": "Juniper", "Rating": "Hot", "Beds_c": [1, {"a": null}]}))
        .await
        .unwrap();
    let mut account = accounts.get(&id).await.unwrap();
    account.name = "Juniper & Sons".to_owned();
    account.other["Rating"] = json!("Warm");
    accounts.update(&id, &account).await.unwrap();
    let read = records.get(&id).await.unwrap();
    assert_eq!(
        (&read["Name"], &read["Rating"], &read["Beds_c"]),
        (
            &json!("Juniper & Sons"),
            &json!("Warm"),
            &json!([1, {"a": null}])
        )
    );
}

#[tokio::test]
async fn a_list_is_taken_up_by_another_client_where_the_first_one_left_it() {
    let sandbox = empty().await;
    let rows: Vec<Contact> = (0..60).map(|number| contact(number, "Rose")).collect();
    let contacts = administrator(&sandbox)
        .records("Contact")
        .typed::<Contact>();
    let report = contacts
        .bulk_create(&rows)
        .chunk_size(7)
        .concurrency(4)
        .await;
    report.complete().unwrap();

    let list = |client: conga::Client| {
        let list = client.records("Contact").typed::<Contact>().list();
        list.sort("LastName", SortDirection::Ascending)
            .page_size(10)
    };
    let mut first = list(administrator(&sandbox)).stream();
    let mut seen = Vec::new();
    while seen.len() < 23 {
        seen.push(first.try_next().await.unwrap().unwrap());
    }
    let stored = serde_json::to_string(&first.position()).unwrap();
    let position: Position = serde_json::from_str(&stored).unwrap();
    let rest = list(administrator(&sandbox)).starting_at(position).stream();
    seen.extend(rest.try_collect().await.unwrap());
    assert_eq!(seen, rows);
}
