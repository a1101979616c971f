//! Programs of others that a test needs.

use std::process::Command;

/// Whether a program is missing that a test needs. The test is then skipped with a word about it; not so in CI.
pub fn missing(program: &str) -> bool {
    let run = Command::new(program).arg("--version").output();
    let Err(error) = run else {
        return false;
    };
    assert!(
        std::env::var("CI").as_deref() != Ok("true"),
        "CI needs `{program}` (`tests/interop/setup.sh` installs it): {error}"
    );
    println!("skipped: `{program}` cannot be run ({error})");
    true
}
