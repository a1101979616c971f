//! The fidelity ledger: for every operation, whether it has behaviour here, and on what evidence.

use std::fmt::Write as _;

use crate::services::{Basis, Behaviour};
use crate::specification::{RouteId, Specification};
use crate::storefront;

/// The fidelity ledger, as Markdown. It is written to `FIDELITY.md`.
pub fn ledger() -> String {
    let specification = Specification::embedded();
    let ids: Vec<RouteId> = specification.ids().collect();
    let services =
        ids.chunk_by(|one, next| specification.route(*one).0.id == specification.route(*next).0.id);

    let mut totals = String::new();
    let mut rows = String::new();
    let (mut all, mut alive) = (0, 0);
    for operations in services {
        let service = operations.first().map(|id| specification.route(*id).0.id);
        let service = service.unwrap_or_default();
        let with_behaviour = operations.iter().filter(|id| basis(**id).is_some());
        let with_behaviour = with_behaviour.count();
        all += operations.len();
        alive += with_behaviour;
        line(
            &mut totals,
            &[
                service,
                &with_behaviour.to_string(),
                &(operations.len() - with_behaviour).to_string(),
            ],
        );
        rows.push_str(&format!("\n## {service}\n\n"));
        line(&mut rows, &["operation", "does", "evidence", "assumed"]);
        line(&mut rows, &["---", "---", "---", "---"]);
        for id in operations {
            let (does, assumed) = match basis(*id) {
                Some(Basis::Published) => ("behaviour", ""),
                Some(Basis::Assumed(what)) => ("behaviour", what),
                None => ("schema", ""),
            };
            let operation = format!("`{}`", specification.route(*id).1.operation);
            line(
                &mut rows,
                &[&operation, does, specification.evidence(*id), assumed],
            );
        }
    }
    line(
        &mut totals,
        &["**all**", &alive.to_string(), &(all - alive).to_string()],
    );

    format!(
        "# Fidelity\n\n\
         What every operation does in the sandbox. *Behaviour*: it reads and changes real state. *Schema*: its answer \
         is built from its schema, and nothing is kept. *Evidence* is what the knowledge of the operation rests on \
         (see `spec/README.md`); *assumed* is what nobody publishes and the sandbox had to choose. Written by \
         `cargo run -p conga-sandbox -- --ledger`; a test holds it to the code.\n\n\
         | service | behaviour | schema |\n|---|---:|---:|\n{totals}{rows}"
    )
}

/// What the behaviour of an operation rests on; `None` if it is answered by its schema. The engine itself carries out the
/// sign-in to storefronts.
fn basis(id: RouteId) -> Option<Basis> {
    let (service, route) = Specification::embedded().route(id);
    if storefront::answers(route.path) {
        return Some(Basis::Assumed(
            "which key was used, how long keys and sessions live: see src/storefront.rs",
        ));
    }
    Behaviour::of(service.id, route.operation).map(|behaviour| behaviour.basis)
}

fn line(table: &mut String, cells: &[&str]) {
    for cell in cells {
        // Writing to a string cannot fail.
        let _ = write!(table, "| {cell} ");
    }
    table.push_str("|\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ledger_is_up_to_date() {
        let written = include_str!("../FIDELITY.md");
        assert!(
            written == ledger(),
            "write it anew: cargo run -p conga-sandbox -- --ledger > crates/conga-sandbox/FIDELITY.md"
        );
    }
}
