//! Contracts, and the moves of their life.

use conga::{Criteria, Part, Record, SortDirection, contracts::ImportJob};
use conga_sandbox::{Sandbox, Seed};
use serde_json::{Value, json};

use super::administrator;

fn id(record: &Record) -> &str {
    record["Id"].as_str().unwrap()
}

#[tokio::test]
async fn contracts_are_created_read_queried_changed_and_deleted() {
    let sandbox = Sandbox::builder().seed(Seed::Empty).start().await.unwrap();
    let contracts = administrator(&sandbox).contracts();
    let mut made = Vec::new();
    for number in 0..5 {
        let contract = json!({"Name": format!("Supply {number}"), "RecordType": "MSA", "TotalContractValue": number});
        made.push(contracts.create(&contract).await.unwrap());
    }
    assert_eq!(made[0]["Status"], "Request");
    let read = contracts.get(id(&made[3])).await.unwrap();
    assert_eq!(read["ContractNumber"], made[3]["ContractNumber"]);
    let changed = json!({"Name": "Supply and care", "RecordType": "MSA"});
    let changed = contracts.update(id(&made[3]), &changed).await.unwrap();
    assert_eq!(changed["Name"], "Supply and care");

    let query = contracts
        .query()
        .criteria(Criteria::gt("TotalContractValue", 0))
        .sort("TotalContractValue", SortDirection::Descending)
        .page_size(2);
    let page = query.page().await.unwrap();
    assert_eq!((page.records.len(), page.record_count), (2, Some(4)));
    let found = query.stream().try_collect().await.unwrap();
    let names: Vec<&Value> = found.iter().map(|contract| &contract["Name"]).collect();
    assert_eq!(
        names,
        ["Supply 4", "Supply and care", "Supply 2", "Supply 1"]
    );

    let results = contracts
        .delete_many(&[id(&made[0]), id(&made[1])])
        .await
        .unwrap();
    assert_eq!(results.len(), 2);
    contracts.delete(id(&made[2])).await.unwrap();
    assert_eq!(
        contracts
            .query()
            .stream()
            .try_collect()
            .await
            .unwrap()
            .len(),
        2
    );
    assert!(
        contracts
            .documents(id(&made[4]))
            .stream()
            .try_collect()
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn a_contract_goes_through_its_life() {
    let sandbox = Sandbox::start().await.unwrap();
    let contracts = administrator(&sandbox).contracts();
    let active = contracts
        .query()
        .criteria(Criteria::eq("Status", "Activated"));
    let active = active.page().await.unwrap().records;
    let [first, second, third, ..] = &active[..] else {
        panic!("the demo company has {} activated contracts", active.len());
    };
    let status = async |of: &str| contracts.get(of).await.unwrap()["Status"].clone();

    let renewal = contracts.renew(id(first)).await.unwrap();
    assert_eq!(status(id(first)).await, "Being Renewed");
    assert_ne!(renewal, id(first));
    contracts.cancel(&renewal).await.unwrap();

    let amendment = contracts.amend(id(second)).await.unwrap();
    assert_eq!(status(id(second)).await, "Being Amended");
    assert!(contracts.get(&amendment).await.unwrap()["ContractNumber"].is_string());
    let error = contracts
        .activate(&amendment, &[] as &[&str])
        .await
        .unwrap_err();
    assert_eq!(error.status().unwrap(), 400);

    let copy = contracts.clone_contract(id(third)).await.unwrap();
    assert_eq!(status(&copy).await, "Request");
    contracts.terminate(id(third)).await.unwrap();
    assert_ne!(status(id(third)).await, "Activated");
    let error = contracts.renew(&copy).await.unwrap_err();
    assert!(!error.messages().is_empty());
}

#[tokio::test]
async fn contracts_are_imported_from_a_file() {
    let sandbox = Sandbox::builder().seed(Seed::Empty).start().await.unwrap();
    let contracts = administrator(&sandbox).contracts();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("contracts.csv");
    std::fs::write(&path, "Name,RecordType\nSupply,MSA\nNo type,\nPilot,NDA\n").unwrap();
    let poller = contracts.import(Part::file(&path)).start().await.unwrap();
    let stored = serde_json::to_string(poller.job()).unwrap();
    drop(poller);
    let job: ImportJob = serde_json::from_str(&stored).unwrap();
    let batches = administrator(&sandbox).poll(job).await.unwrap();
    let [batch] = &batches[..] else {
        panic!("{batches:?}");
    };
    let outcome = String::from_utf8_lossy(batch.outcome.as_ref().unwrap());
    assert!(outcome.contains("RecordType is required"), "{outcome}");
    let found = contracts.query().sort("Name", SortDirection::Ascending);
    let found = found.stream().try_collect().await.unwrap();
    let names: Vec<&Value> = found.iter().map(|contract| &contract["Name"]).collect();
    assert_eq!(names, ["Pilot", "Supply"]);
}
