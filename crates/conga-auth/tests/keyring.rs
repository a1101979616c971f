//! The keyring store against a real keyring, that of a GNOME desktop, and on a machine that has none.
//!
//! What uses the keyring is this test binary once more, with the test `desktop` alone, on a message bus of its own.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test may fail")]

mod support;

use std::path::Path;
use std::process::{Command, Output};

use conga_auth::{ExposeSecret, KeyringStore, TokenStore};
use support::tool::missing;

/// The file that takes over, for [`desktop`].
const FILE: &str = "CONGA_TEST_FILE";

/// Saves, reads and clears texts of several lengths. Prints where they were.
#[tokio::test]
#[ignore = "run as a process by the other tests"]
async fn desktop() {
    let Ok(file) = std::env::var(FILE) else {
        return;
    };
    let store = || KeyringStore::new("conga-auth tests", "ann", &file);
    assert_eq!(store().place(), None);
    for length in [10, 2_000, 100_000, 20] {
        let text = "é".repeat(length);
        let mut lock = store().lock().await.unwrap();
        let _ = lock.save(&text.as_str().into()).await.unwrap();
        lock.release().await;
        // As the next process sees it.
        let read = store().load().await.unwrap().unwrap();
        assert!(
            read.expose_secret() == text,
            "a text of {length} characters"
        );
        println!("place: {:?}", store().place().unwrap());
    }
    let mut lock = store().lock().await.unwrap();
    lock.clear().await.unwrap();
    lock.release().await;
    assert!(store().load().await.unwrap().is_none());
    assert_eq!(store().place(), None);
}

/// Runs [`desktop`] by this command line, with the binary and its arguments added.
fn on(mut session: Command, folder: &Path) -> Output {
    let output = session
        .arg(std::env::current_exe().unwrap())
        .args(["desktop", "--exact", "--ignored", "--nocapture"])
        .env(FILE, folder.join("token"))
        .env("XDG_DATA_HOME", folder)
        .env("XDG_RUNTIME_DIR", folder)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    output
}

fn places(output: &Output) -> Vec<&str> {
    let text = std::str::from_utf8(&output.stdout).unwrap();
    text.lines()
        .filter_map(|line| line.split_once("place: "))
        .map(|(_, place)| place)
        .collect()
}

#[test]
fn a_real_keyring_keeps_tokens_of_any_length() {
    for program in ["dbus-run-session", "gnome-keyring-daemon"] {
        if missing(program) {
            return;
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let mut session = Command::new("dbus-run-session");
    session.args(["--", "sh", "-c"]).arg(
        "printf password | gnome-keyring-daemon --unlock --components=secrets >/dev/null && exec \"$0\" \"$@\"",
    );
    let output = on(session, folder.path());
    assert_eq!(places(&output), ["Keyring"; 4], "{output:?}");
    assert!(!folder.path().join("token").exists());
}

#[test]
fn a_machine_without_a_keyring_keeps_tokens_in_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let mut session = Command::new("env");
    session.arg("DBUS_SESSION_BUS_ADDRESS=unix:path=/nonexistent");
    let output = on(session, folder.path());
    assert_eq!(places(&output), ["File"; 4], "{output:?}");
}
