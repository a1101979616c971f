//! A disk that is full: whoever writes is told, nothing is half written, and once there is room it goes on.
//!
//! The disk is a small file system in memory, which takes the right to mount one.

#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]
#![allow(clippy::print_stdout, reason = "a test that is skipped says so")]

mod common;

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::Command;

use common::process::{PROGRAM, Process};
use reqwest::multipart::{Form, Part};
use reqwest::{Client, Response};
use serde_json::{Value, json};
use tempfile::TempDir;

const ACCOUNTS: &str = "/api/data/v1/Account";

/// A disk of 16 MiB.
struct Disk(TempDir);

impl Disk {
    /// Mounts a disk; `None` where that is not allowed. In CI it is.
    fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mount = |program: &str, first: &[&str]| {
            let mut command = Command::new(program);
            command
                .args(first)
                .args(["-t", "tmpfs", "-o", "size=16m,mode=777", "none"]);
            command.arg(folder.path()).output()
        };
        let attempts = [mount("mount", &[]), mount("sudo", &["-n", "mount"])];
        if attempts
            .into_iter()
            .flatten()
            .any(|done| done.status.success())
        {
            return Some(Self(folder));
        }
        let required = std::env::var("CI").is_ok_and(|ci| ci == "true");
        let reason =
            "no file system may be mounted; run as root, or where sudo asks for no password";
        assert!(!required, "{reason}");
        println!("skipped: {reason}");
        None
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// Fills it to the last byte.
    fn fill(&self) {
        let mut file = std::fs::File::create(self.path().join("filler")).unwrap();
        for size in [64 * 1024, 1024, 1] {
            let piece = vec![0; size];
            loop {
                match file.write_all(&piece) {
                    Ok(()) => {}
                    Err(error) if error.kind() == io::ErrorKind::StorageFull => break,
                    Err(error) => panic!("{error}"),
                }
            }
        }
    }

    fn make_room(&self) {
        std::fs::remove_file(self.path().join("filler")).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        for (program, first) in [("umount", None), ("sudo", Some(["-n", "umount"]))] {
            let mut command = Command::new(program);
            let command = command.args(first.into_iter().flatten()).arg(self.path());
            if command.output().is_ok_and(|done| done.status.success()) {
                break;
            }
        }
    }
}

/// A client and what it knows of its writes.
struct Writer<'a> {
    process: &'a Process,
    client: Client,
    token: String,
}

impl Writer<'_> {
    async fn post(&self, path: &str, body: &Value) -> Response {
        let request = self
            .process
            .request(&self.client, "POST", path, &self.token);
        request.json(body).send().await.unwrap()
    }

    /// How often each name is there.
    async fn names(&self) -> BTreeMap<String, usize> {
        let mut names = BTreeMap::new();
        let mut page = 1;
        loop {
            let path = format!("{ACCOUNTS}?pageSize=100&pageNumber={page}");
            let request = self
                .process
                .request(&self.client, "GET", &path, &self.token);
            let body: Value = request.send().await.unwrap().json().await.unwrap();
            let records = body["Data"].as_array().unwrap();
            if records.is_empty() {
                return names;
            }
            for record in records {
                *names
                    .entry(record["Name"].as_str().unwrap().to_owned())
                    .or_default() += 1;
            }
            page += 1;
        }
    }
}

fn account(name: &str) -> Value {
    json!({"Name": name, "Description": "x".repeat(20_000)})
}

/// That a write is refused for want of room.
async fn assert_full(answer: Response) {
    assert_eq!(answer.status(), 507);
    let text = common::first_message(answer).await;
    assert!(
        text.contains("is full") && text.contains("free some space"),
        "{text}"
    );
}

#[tokio::test]
async fn a_full_disk_is_told_and_loses_nothing() {
    let Some(disk) = Disk::mount() else { return };
    let data = disk.path().join("sandbox.db");
    let process = Process::start(&data);
    let client = Client::new();
    let token = process.token(&client).await;
    let writer = Writer {
        process: &process,
        client,
        token,
    };
    let mut answered = BTreeMap::new();
    for number in 0..20 {
        let name = format!("before {number}");
        assert_eq!(writer.post(ACCOUNTS, &account(&name)).await.status(), 201);
        answered.insert(name, 1);
    }

    disk.fill();
    // The log of the database may have room of its own for some more.
    let mut refused = 0;
    for number in 0..200 {
        let name = format!("within {number}");
        let answer = writer.post(ACCOUNTS, &account(&name)).await;
        if answer.status() == 201 {
            answered.insert(name, 1);
        } else {
            assert_full(answer).await;
            refused += 1;
        }
    }
    println!("{refused} of 200 writes were refused");
    assert!(refused > 0);
    let rows: Value = (0..50).map(|row| account(&format!("bulk {row}"))).collect();
    assert_full(writer.post(&format!("{ACCOUNTS}/bulk"), &rows).await).await;
    let form = Form::new().part(
        "file",
        Part::bytes(vec![7; 2_000_000]).file_name("large.bin"),
    );
    let upload = "/api/filestore/v1/files/full/large.bin/upload";
    let upload = process.request(&writer.client, "POST", upload, &writer.token);
    assert_full(upload.multipart(form).send().await.unwrap()).await;
    // Reading goes on, and so does signing in.
    assert_eq!(writer.names().await, answered);
    process.token(&Client::new()).await;
    // Nobody can begin there.
    let late = Command::new(PROGRAM)
        .args(["--port", "0", "--data"])
        .arg(disk.path().join("other.db"))
        .output()
        .unwrap();
    assert!(!late.status.success());
    let text = String::from_utf8_lossy(&late.stderr);
    assert!(text.contains("full"), "{text}");

    disk.make_room();
    for number in 0..20 {
        let name = format!("after {number}");
        assert_eq!(writer.post(ACCOUNTS, &account(&name)).await.status(), 201);
        answered.insert(name, 1);
    }
    assert_eq!(writer.names().await, answered);
    process.kill();
    let process = Process::start(&data);
    let client = Client::new();
    let token = process.token(&client).await;
    let writer = Writer {
        process: &process,
        client,
        token,
    };
    assert_eq!(writer.names().await, answered);
    drop(process);
}
