//! A data file keeps what was answered.

use std::path::Path;
use std::thread;

use serde_json::{Value, json};

use crate::accounts::Accounts;
use crate::services::World;
use crate::services::tenant::start;
use crate::{Clock, Seed};

fn open(path: &Path, seed: Seed) -> World {
    World::open(
        Some(path),
        seed,
        &Accounts::default(),
        Clock::stopped(start()),
    )
    .unwrap()
}

#[test]
fn a_file_reopened_has_everything() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("conga.db");
    let before = {
        let data = open(&path, Seed::Demo);
        data.account(json!({"Id": "kept", "Name": "Kept", "ExternalId": "k"}));
        data.delete("Account/by-externalId/DEMO-Account-001")
            .data(200);
        data.get("Account").data(200).clone()
    };
    // The seed fills a new file only.
    let data = open(&path, Seed::Demo);
    assert_eq!(data.get("Account").data(200), &before);
    assert_eq!(data.find("ExternalId = 'K'"), ["Kept"]);
    assert_eq!(before.as_array().unwrap().len(), 12);
}

#[test]
fn an_answered_write_is_on_disk_while_the_service_runs() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("conga.db");
    let data = open(&path, Seed::Empty);
    for at in 0..20 {
        let id = data.account(json!({"Name": at.to_string()}));
        // Another connection, as after a crash, sees the commit.
        let other = rusqlite::Connection::open(&path).unwrap();
        let found: i64 = other
            .query_row("SELECT count(*) FROM records WHERE id = ?", [&id], |row| {
                row.get(0)
            })
            .unwrap();
        assert_eq!(found, 1);
    }
}

#[test]
fn a_file_that_is_no_database_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.txt");
    std::fs::write(
        &path,
        "not a database, but long enough to be taken for a page".repeat(100),
    )
    .unwrap();
    let error = World::open(
        Some(&path),
        Seed::Empty,
        &Accounts::default(),
        Clock::system(),
    )
    .unwrap_err();
    assert!(error.to_string().contains("notes.txt"), "{error}");
}

#[test]
fn readers_and_writers_share_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let data = open(&folder.path().join("conga.db"), Seed::Empty);
    thread::scope(|scope| {
        for writer in 0..4 {
            let data = &data;
            scope.spawn(move || {
                for at in 0..25 {
                    let row = json!({"Id": format!("{writer}-{at}"), "ExternalId": format!("x{writer}-{at}")});
                    data.post("Account", row).data(201);
                }
            });
        }
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..50 {
                    let got = data.get("Account?pageSize=1000");
                    assert_eq!(got.body["RecordCount"], got.column("Id").len());
                }
            });
        }
    });
    assert_eq!(data.get("Account/summary").data(200)[0]["RecordCount"], 100);
}

#[test]
fn one_of_many_upserts_creates_and_the_rest_update() {
    let folder = tempfile::tempdir().unwrap();
    let data = open(&folder.path().join("conga.db"), Seed::Empty);
    let ids: Vec<Value> = thread::scope(|scope| {
        let runs: Vec<_> = (0..8)
            .map(|at| {
                let data = &data;
                scope.spawn(move || {
                    let rows = json!([{"ExternalId": "same", "Name": at.to_string()}]);
                    let got = data.patch("Account/bulk?UpdateByField=ExternalId", rows);
                    got.data(200)[0].clone()
                })
            })
            .collect();
        runs.into_iter().map(|run| run.join().unwrap()).collect()
    });
    assert!(ids.iter().all(|id| id == &ids[0]));
    assert_eq!(data.find("").len(), 1);
}
