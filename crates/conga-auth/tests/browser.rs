//! Opening the sign-in page, with a desktop whose browser is a script.
//!
//! What opens it is this test binary once more, with the test `program` alone.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test may fail")]

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use conga_auth::{Metadata, OAuthClient, Provider};

/// Opens the page of a sign-in. Prints its address, or why that failed.
#[tokio::test]
#[ignore = "run as a process by the other tests"]
async fn program() {
    let mut metadata = Metadata::new("https://login.example", at("token"));
    metadata.authorization_endpoint = Some(at("authorize"));
    let provider = Provider::known(metadata, "https://api.example").unwrap();
    let client = OAuthClient::builder(provider, "client").build().unwrap();
    let sign_in = client.authorization_code().begin().await.unwrap();
    match sign_in.open_browser() {
        Ok(()) => println!("opened: {}", sign_in.url().as_str()),
        Err(error) => println!("failed: {error}"),
    }
}

fn at(path: &str) -> url::Url {
    format!("https://login.example/{path}").parse().unwrap()
}

/// What [`program`] prints after `what`, on a machine with these programs.
fn prints(what: &str, programs: &Path) -> String {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["program", "--exact", "--ignored", "--nocapture"])
        .env("PATH", programs)
        .env_remove("BROWSER")
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let mut lines = text.lines().filter_map(|line| line.split_once(what));
    lines.next().unwrap().1.to_owned()
}

#[test]
fn the_page_opens_in_the_browser() {
    let folder = tempfile::tempdir().unwrap();
    let (browser, seen) = (folder.path().join("xdg-open"), folder.path().join("seen"));
    let new = folder.path().join("new");
    // The file appears at once and whole.
    let script = format!(
        "#!/bin/sh\nprintf %s \"$1\" >{}\n/bin/mv {} {}\n",
        new.display(),
        new.display(),
        seen.display()
    );
    std::fs::write(&browser, script).unwrap();
    std::fs::set_permissions(&browser, std::fs::Permissions::from_mode(0o700)).unwrap();
    let url = prints("opened: ", folder.path());
    while !seen.exists() {
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(std::fs::read_to_string(seen).unwrap(), url);
}

#[test]
fn where_there_is_no_browser_the_error_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let error = prints("failed: ", folder.path());
    assert!(error.contains("open the address by hand"), "{error}");
}
