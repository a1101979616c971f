//! Programs that others wrote, which read what the sandbox makes.

#![allow(clippy::print_stdout, reason = "a test that is skipped says so")]

use std::process::Command;

/// The program, if it is installed. Where it is not, the test says so and goes on; in CI every program is there, so
/// that it fails.
pub(crate) fn tool(name: &str) -> Option<Command> {
    let found = std::env::var_os("PATH").is_some_and(|path| {
        let mut folders = std::env::split_paths(&path);
        folders.any(|folder| folder.join(name).is_file())
    });
    if found {
        return Some(Command::new(name));
    }
    let required = std::env::var("CI").is_ok_and(|ci| ci == "true");
    let reason = format!("{name} is not installed; run tests/interop/setup.sh");
    assert!(!required, "{reason}");
    println!("skipped: {reason}");
    None
}
