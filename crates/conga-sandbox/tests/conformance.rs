//! What Schemathesis makes of the specification, right and wrong, gets answers as documented.
//!
//! `tests/interop/conformance.py` calls every operation of all services; here, a few operations of the services that people use most, each by
//! a few requests.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(clippy::print_stdout, reason = "the test shows the figures")]

mod common;

use common::tools;

const SERVICES: &str =
    "cart,catalog,contracts,data,document-management,ingress,order,quote,salesforce-cpq-v5,sign";

#[test]
fn schemathesis_finds_nothing_wrong() {
    let Some(mut probe) = tools::python() else {
        return;
    };
    let probed = probe.args(["-c", "import schemathesis"]).output().unwrap();
    let Some(mut python) = tools::python().filter(|_| probed.status.success()) else {
        tools::skip("schemathesis");
        return;
    };
    let script = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/interop/conformance.py"
    );
    let run = python
        .args([script, "--binary", env!("CARGO_BIN_EXE_conga-sandbox")])
        .args([
            "--only",
            SERVICES,
            "--paths",
            "3",
            "--quick",
            "--examples",
            "3",
        ])
        .output()
        .unwrap();
    println!("{}", String::from_utf8_lossy(&run.stdout));
    assert!(
        run.status.success(),
        "{}",
        String::from_utf8_lossy(&run.stderr)
    );
}
