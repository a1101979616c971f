//! The client in WebAssembly: compiled, bound to JavaScript, and run in Node against the sandbox.

#![cfg(not(target_family = "wasm"))]

use std::io;
use std::path::{Path, PathBuf};

use conga_sandbox::{Fault, FaultRule, Sandbox};
use serde_json::{Value, json};
use tokio::process::Command;
use wasm_bindgen_cli_support::Bindgen;

const TARGET: &str = "wasm32-unknown-unknown";

/// Calls what the program exports, with the arguments that follow its address.
const CALL: &str = "const [program, ...given] = process.argv.slice(1);
require(program).run(...given).then(console.log, (error) => { console.error(error); process.exit(1); });";

#[tokio::test(flavor = "multi_thread")]
async fn a_program_in_node_signs_in_and_works_with_records_and_files() {
    if let Some(missing) = missing().await {
        let required = std::env::var("CI").is_ok_and(|ci| ci == "true");
        assert!(!required, "{missing}");
        println!("skipped: {missing}");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let program = bound(&compiled().await, folder.path());

    let sandbox = Sandbox::start().await.unwrap();
    for (operation, faults) in [
        ("data.list_accounts", "status=503,retry-after=1"),
        ("data.get_account", "stall=before"),
    ] {
        let faults = Fault::parse_all(faults).unwrap();
        sandbox
            .faults()
            .add(FaultRule::new(operation, faults).times(1));
    }
    let account = &sandbox.accounts().integration;
    let output = Command::new("node")
        .args(["--eval", CALL, "--"])
        .arg(&program)
        .args([&sandbox.token_url(), sandbox.base_url()])
        .args([&account.client_id, account.client_secret.as_str()])
        .output()
        .await
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    println!("{told:#}");

    let names: Vec<String> = (1..=5).map(|number| format!("Juniper {number}")).collect();
    assert_eq!(told["names"], json!(names));
    assert_eq!(told["text"], "Größe: 5 µm");
    let unsaved = told["unsaved"].as_str().unwrap();
    assert!(unsaved.contains("WebAssembly has no files"), "{unsaved}");
    let late = told["late"].as_str().unwrap();
    assert!(late.contains("500ms"), "{late}");
    let lists = sandbox
        .requests()
        .into_iter()
        .filter(|request| request.method == "GET" && request.path == "/api/data/v1/Account");
    assert_eq!(lists.count(), 4, "three pages, and one asked for twice");
}

/// What the test needs and this machine lacks.
async fn missing() -> Option<&'static str> {
    if Command::new("node")
        .arg("--version")
        .output()
        .await
        .is_err()
    {
        return Some("there is no Node");
    }
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let arguments = ["--print", "target-libdir", "--target", TARGET];
    let output = Command::new(rustc).args(arguments).output().await.unwrap();
    let library = String::from_utf8(output.stdout).unwrap();
    let installed = Path::new(library.trim()).is_dir();
    (!installed).then_some("the target is missing; run `rustup target add wasm32-unknown-unknown`")
}

/// This package, compiled to WebAssembly.
async fn compiled() -> PathBuf {
    let status = Command::new(env!("CARGO"))
        .args([
            "build",
            "--lib",
            "--package",
            env!("CARGO_PKG_NAME"),
            "--target",
            TARGET,
        ])
        .status()
        .await
        .unwrap();
    assert!(status.success());
    let targets = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    targets.join(TARGET).join("debug/conga_wasm.wasm")
}

/// The same as a module for Node.
fn bound(program: &Path, folder: &Path) -> PathBuf {
    let mut bindgen = Bindgen::new();
    bindgen.input_path(program).typescript(false);
    bindgen.nodejs(true).unwrap();
    bindgen.generate(folder).map_err(io::Error::other).unwrap();
    folder.join("conga_wasm.js")
}
