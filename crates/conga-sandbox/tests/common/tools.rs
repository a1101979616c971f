//! Programs that others wrote, which read what the sandbox makes.

#![allow(clippy::print_stdout, reason = "a test that is skipped says so")]

use std::path::Path;
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
    skip(name);
    None
}

/// The Python with the packages of `tests/interop/requirements.txt`. Where it is not installed, as [`tool`].
pub(crate) fn python() -> Option<Command> {
    let installed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/interop/python");
    if installed.join("installed").is_file() {
        let mut command = Command::new(installed.join("bin/python"));
        command.env("PYTHONIOENCODING", "utf-8");
        return Some(command);
    }
    skip("the Python of the tests");
    None
}

fn skip(name: &str) {
    let required = std::env::var("CI").is_ok_and(|ci| ci == "true");
    let reason = format!("{name} is not installed; run tests/interop/setup.sh");
    assert!(!required, "{reason}");
    println!("skipped: {reason}");
}
