//! The table; what is measured is not a matter of tests.

use super::{Checked, Row, table};

fn row(service: &str, operations: usize) -> Row {
    Row {
        service: service.into(),
        operations,
        types: 2 * operations,
        lines: 100 * operations,
    }
}

fn checked(seconds: f64, peak_megabytes: Option<u64>) -> Checked {
    Checked {
        seconds,
        peak_megabytes,
    }
}

#[test]
fn with_every_service_measured() {
    let rows = [row("audit", 5), row("data", 100), row("empty", 0)];
    let by_service = [1.5, 6.0, 0.9].map(|seconds| checked(seconds, None));
    insta::assert_snapshot!(table(
        &rows,
        &checked(1.0, None),
        &by_service,
        &checked(6.3, Some(812)),
        60.0,
    ));
}

#[test]
fn with_everything_at_once_only() {
    let rows = [row("audit", 5)];
    insta::assert_snapshot!(table(
        &rows,
        &checked(1.0, None),
        &[],
        &checked(1.5, None),
        300.0,
    ));
}
