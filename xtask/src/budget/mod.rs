//! `budget`: what the generated client is, and what it costs to compile.

mod check;

use std::{fmt::Write as _, path::Path};

use check::{Check, Checked};

use crate::{
    generate,
    layout::{GENERATED, Layout},
    problem::{Problem, Problems},
    register::{Register, Service},
};

/// The most that `cargo check` of everything may take, in milliseconds an operation, on two cores with dependencies compiled.
///
/// async-stripe 1.0-rc.6, the nearest client of this size, takes 107 ms a request on the same machine; 65 ms are 2 minutes 30
/// seconds for everything.
const MOST_MS_AN_OPERATION: f64 = 65.0;

/// What one service comes to.
struct Row {
    service: String,
    operations: usize,
    types: usize,
    lines: usize,
}

/// Counts what is generated, times its compilation, and fails where everything together costs too much.
pub(crate) fn run(layout: &Layout, full_only: bool) -> Result<String, Problems> {
    let register = Register::load(layout)?;
    let services: Vec<&Service> = register.services.iter().collect();
    let rows: Vec<Row> = generate::all(layout, &services)?
        .into_iter()
        .map(|(service, generated)| Row {
            service,
            operations: generated.operations,
            types: generated.types,
            lines: lines(&generated),
        })
        .collect();

    let check = Check::new(layout)?;
    // The hand-written part, and cargo itself: what no service is to blame for.
    let bare = check.run(&[])?;
    let mut by_service = Vec::new();
    if !full_only {
        for row in &rows {
            by_service.push(check.run(&[&row.service])?);
        }
    }
    let features: Vec<&str> = rows.iter().map(|row| row.service.as_str()).collect();
    let everything = check.run(&features)?;

    let operations: usize = rows.iter().map(|row| row.operations).sum();
    let cost = everything.seconds * 1000.0 / operations.max(1) as f64;
    let table = table(&rows, &bare, &by_service, &everything, cost);
    if cost > MOST_MS_AN_OPERATION {
        return Err(Problem::new(
            "cargo check of conga-api with every service",
            "",
            format!("costs {cost:.1} ms an operation, {MOST_MS_AN_OPERATION} at most are allowed:\n{table}"),
            "if the machine was busy, measure again; else find what the last change to the generator or the documents added",
        )
        .into());
    }
    Ok(table)
}

/// The lines that end up in `conga-api`.
fn lines(generated: &generate::Generated) -> usize {
    generated
        .files
        .iter()
        .filter(|(path, _)| path.starts_with(Path::new(GENERATED)))
        .map(|(_, text)| text.lines().count())
        .sum()
}

/// `by_service` is empty, or has an entry a row.
fn table(
    rows: &[Row],
    bare: &Checked,
    by_service: &[Checked],
    everything: &Checked,
    cost: f64,
) -> String {
    let mut out = format!(
        "{:<34} {:>10} {:>6} {:>7} {:>8} {:>6}\n",
        "service", "operations", "types", "lines", "check s", "ms/op"
    );
    let mut sums = [0; 3];
    for (index, row) in rows.iter().enumerate() {
        let counts = [row.operations, row.types, row.lines];
        for (sum, count) in sums.iter_mut().zip(counts) {
            *sum += count;
        }
        let [operations, types, lines] = counts;
        let _ = write!(
            out,
            "{:<34} {operations:>10} {types:>6} {lines:>7}",
            row.service
        );
        if let Some(checked) = by_service.get(index) {
            let own = (checked.seconds - bare.seconds).max(0.0);
            let _ = write!(
                out,
                " {:>8.2} {:>6.1}",
                checked.seconds,
                own * 1000.0 / operations.max(1) as f64
            );
        }
        out.push('\n');
    }
    let [operations, types, lines] = sums;
    let _ = write!(
        out,
        "{:<34} {operations:>10} {types:>6} {lines:>7} {:>8.2} {cost:>6.1}\n\n\
         No service: {:.2} s, taken off the ms/op of a single service, not off those of all. At most {MOST_MS_AN_OPERATION} ms/op for all.",
        "all at once", everything.seconds, bare.seconds
    );
    if let Some(megabytes) = everything.peak_megabytes {
        let _ = write!(out, "\nPeak memory of rustc, all at once: {megabytes} MB.");
    }
    out
}

#[cfg(test)]
mod tests;
