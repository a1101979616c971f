//! The state of the index, as it is told.

use std::time::Duration;

use serde_json::{Value, json};

use super::with_accounts;

#[test]
fn the_sync_status_tells_how_far_the_index_is() {
    let tenant = with_accounts();
    let status = || {
        tenant
            .search("get_object_data_sync_status", "Account", Value::Null)
            .data(200)
            .clone()
    };
    assert_eq!(
        status(),
        json!({"ObjectName": "Account", "ElasticSearchCount": 0, "DatabaseCount": 4, "DataSyncStatus": "NotStarted"})
    );
    tenant.accounts("Fulltext", "water");
    assert_eq!(status()["DataSyncStatus"], "Completed");
    tenant.create("Account", json!({"Name": "New"}));
    assert_eq!(status()["DataSyncStatus"], "InProgress");
    assert_eq!(status()["ElasticSearchCount"], 4);
    let all = tenant.call("search", "list_data_sync_statuses").send();
    let all = all.data(200).as_array().unwrap();
    assert!(all.contains(&status()));
    assert!(
        all.iter()
            .any(|one| one["ObjectName"] == "Contact" && one["DataSyncStatus"] == "Completed")
    );
    tenant
        .search("get_object_data_sync_status", "Nothing", Value::Null)
        .errors(404);
}

#[test]
fn a_sync_is_followed_by_its_tracking_id() {
    let tenant = with_accounts();
    let job = |id: &str| {
        tenant
            .call("search", "get_data_sync_status")
            .path("trackingId", id)
            .send()
    };
    let started = tenant.call("search", "resync_data").send();
    let id = started.data(200).as_str().unwrap();
    let objects = job(id).data(200)["ObjectSyncStatus"].clone();
    let account = objects
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["ObjectName"] == "Account")
        .unwrap();
    assert_eq!(account["TotalCount"], 4);
    assert_eq!(account["SuccessCount"], 0);
    assert_eq!(account["ObjectDataSyncStatus"]["Status"], "InProgress");
    tenant.world.clock.advance(Duration::from_secs(1));
    let done = job(id).data(200)["ObjectSyncStatus"].clone();
    let account = done
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["ObjectName"] == "Account")
        .unwrap();
    assert_eq!(account["SuccessCount"], 4);
    assert_eq!(account["ObjectDataSyncStatus"]["Status"], "Completed");
    job("none").errors(404);

    // What is in step is synced when it is forced only.
    let again = tenant.search("resync_object_data", "Account", Value::Null);
    let id = again.data(200).as_str().unwrap();
    assert_eq!(job(id).data(200)["ObjectSyncStatus"], json!([]));
    let forced = tenant
        .call("search", "resync_object_data")
        .path("objectName", "Account");
    let forced = forced.query("forceToSyncData", true).send();
    let id = forced.data(200).as_str().unwrap();
    assert_eq!(job(id).data(200)["ObjectSyncStatus"][0]["TotalCount"], 4);
}
