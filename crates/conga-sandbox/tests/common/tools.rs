//! Programs that others wrote, which read what the sandbox makes.

#![allow(clippy::print_stdout, reason = "a test that is skipped says so")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
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

/// What a program prints, which must go well.
#[track_caller]
pub(crate) fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    String::from_utf8(output.stdout).unwrap()
}

/// The text of a PDF, as pdftotext reads it.
pub(crate) fn pdf_text(pdf: &Path) -> Option<String> {
    let text = run(tool("pdftotext")?
        .args(["-enc", "UTF-8", "-layout"])
        .arg(pdf)
        .arg("-"));
    Some(text.replace('\u{a0}', " "))
}

/// A document as LibreOffice makes a PDF of it.
pub(crate) fn office_pdf(document: &Path) -> Option<PathBuf> {
    let folder = document.parent().unwrap();
    let profile = format!("-env:UserInstallation=file://{}/office", folder.display());
    let out = folder.join("office-out");
    run(tool("soffice")?
        .args([&profile, "--headless", "--convert-to", "pdf", "--outdir"])
        .arg(&out)
        .arg(document));
    Some(out.join(document.with_extension("pdf").file_name()?))
}

/// Asserts that a text has these parts in it, one after the other.
#[track_caller]
pub(crate) fn assert_all(text: &str, parts: &[&str]) {
    let mut rest = text;
    for part in parts {
        let at = rest.find(part);
        assert!(at.is_some(), "'{part}' is not where it belongs in:\n{text}");
        rest = &rest[at.unwrap() + part.len()..];
    }
}

/// Says that a test cannot run for want of something; in CI, where everything is installed, it fails.
pub(crate) fn skip(name: &str) {
    let required = std::env::var("CI").is_ok_and(|ci| ci == "true");
    let reason = format!("{name} is not installed; run tests/interop/setup.sh");
    assert!(!required, "{reason}");
    println!("skipped: {reason}");
}
