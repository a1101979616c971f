//! Files of the File Store, and the work of emptying a folder.

use std::{
    io::Read as _,
    process::Command,
    sync::{Arc, Mutex},
    time::Duration,
};

use conga::files::FolderOperation;
use conga_sandbox::Sandbox;
use serde_json::json;

use super::administrator;

#[tokio::test]
async fn a_file_goes_up_and_comes_down_by_its_path() {
    let sandbox = Sandbox::start().await.unwrap();
    let files = administrator(&sandbox).files();
    let stored = files
        .upload("quotes/2026/Angebot €.txt", "Größe: 5 µm")
        .tags(json!({"region": "EMEA"}).as_object().unwrap().clone())
        .shared_for(Duration::from_secs(60))
        .await
        .unwrap();
    assert_eq!(stored.path, "quotes/2026/Angebot €.txt");
    let read = async |link: &str| reqwest::get(link).await.unwrap().text().await.unwrap();
    assert_eq!(read(&stored.shared_uri.unwrap()).await, "Größe: 5 µm");
    let link = files
        .share(&stored.path, Duration::from_secs(60))
        .await
        .unwrap();
    assert_eq!(read(&link).await, "Größe: 5 µm");

    let content = files.download(&stored.path).bytes().await.unwrap();
    assert_eq!(content, "Größe: 5 µm");
    let info = files.info(&stored.path).await.unwrap();
    assert_eq!(info.file_size, Some(content.len() as u64));
    assert_eq!(info.file_tags.unwrap()["region"], "EMEA");
    assert!(files.exists(&stored.path).await.unwrap());
    files.delete(&stored.path).await.unwrap();
    assert!(!files.exists(&stored.path).await.unwrap());

    files.upload("root.txt", "at the root").await.unwrap();
    let content = files.download("root.txt").bytes().await.unwrap();
    assert_eq!(content, "at the root");
}

#[tokio::test]
async fn a_long_file_goes_in_parts_and_has_its_link() {
    let sandbox = Sandbox::start().await.unwrap();
    let files = administrator(&sandbox).files();
    let limits = files.limits().await.unwrap();
    let part_size = usize::try_from(limits.min_part_kb.unwrap()).unwrap() * 1024;
    let content: Vec<u8> = (0..=255_u8).cycle().take(part_size * 2 + 7).collect();
    let states = Arc::new(Mutex::new(Vec::new()));
    let seen = states.clone();
    let stored = files
        .upload("scans/long.pdf", content.clone())
        .part_size(part_size)
        .shared_for(Duration::from_secs(60))
        .on_state(move |state| seen.lock().unwrap().push(state.parts()))
        .await
        .unwrap();
    assert_eq!(*states.lock().unwrap(), [0, 1, 2, 3]);
    let found = files.download(&stored.path).bytes().await.unwrap();
    assert!(found == content, "what came down is what went up");
    let link = stored.shared_uri.unwrap();
    let shared = reqwest::get(link).await.unwrap().bytes().await.unwrap();
    assert!(shared == content, "and so is what the link gives");
}

#[tokio::test]
async fn folders_are_listed_zipped_and_emptied() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = administrator(&sandbox);
    let files = client.files();
    files.create_folder("quotes").await.unwrap();
    files.create_folder("quotes/old").await.unwrap();
    for name in ["a.txt", "b.txt", "c.txt"] {
        files.upload(&format!("quotes/{name}"), name).await.unwrap();
    }
    let listed = files.list("quotes").page_size(2).with_tags().stream();
    let listed = listed.try_collect().await.unwrap();
    let names: Vec<_> = listed.iter().flat_map(|file| &file.file_name).collect();
    assert_eq!(names, ["a.txt", "b.txt", "c.txt"]);
    let entries = files.list_folder("/quotes/").page_size(3).stream();
    let entries = entries.try_collect().await.unwrap();
    let folders: Vec<bool> = entries.iter().map(|entry| entry.is_folder()).collect();
    assert_eq!(folders, [true, false, false, false]);

    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("quotes.zip");
    let zip = files.zip("quotes", ["a.txt", "c.txt"]);
    zip.save(&archive).await.unwrap();
    let mut start = [0; 4];
    let mut file = std::fs::File::open(&archive).unwrap();
    file.read_exact(&mut start).unwrap();
    assert_eq!(&start, b"PK\x03\x04");
    match Command::new("unzip").arg("-Z1").arg(&archive).output() {
        Ok(names) => assert_eq!(String::from_utf8_lossy(&names.stdout), "a.txt\nc.txt\n"),
        Err(_) if std::env::var_os("CI").is_none() => {
            println!("unzip is missing: the names in the archive were not looked at");
        }
        Err(error) => panic!("unzip is missing: {error}"),
    }

    files.delete_many("quotes", ["a.txt"]).await.unwrap();
    let poller = files.empty_folder("quotes").start().await.unwrap();
    let stored = serde_json::to_string(poller.job()).unwrap();
    drop(poller);
    let job: FolderOperation = serde_json::from_str(&stored).unwrap();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let see = seen.clone();
    let done = client
        .poll(job)
        .first_wait(Duration::from_millis(50))
        .on_state(move |state| see.lock().unwrap().extend(state.status.clone()))
        .await
        .unwrap();
    assert_eq!(done.processed_file_count, Some(2));
    assert_eq!(seen.lock().unwrap().last().unwrap(), "Completed");
    assert_eq!(files.list("quotes").page().await.unwrap().records.len(), 0);
}
