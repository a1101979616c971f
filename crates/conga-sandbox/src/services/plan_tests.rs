//! How SQLite finds what calls ask for: by an index, and not by going through a table.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};

use rusqlite::Transaction;

use super::Behaviour;
use super::hostile_tests::{Fill, Ids, call};
use super::tenant::Tenant;
use crate::specification::Specification;

/// Tables of which there is a row for each record, file or due date.
const TABLES: [&str; 9] = [
    "records",
    "deleted_records",
    "files",
    "file_chunks",
    "file_links",
    "file_parts",
    "contracts_due",
    "carts_awaiting_prices",
    "storefront_carts",
];

/// Fields with few values, of which an index would leave many records.
const COARSE: [&str; 6] = [
    "AccessType",
    "Extension",
    "IsActive",
    "IsLatest",
    "UseType",
    "status",
];

/// The steps by which SQLite carries out a statement.
fn plan(tx: &Transaction<'_>, statement: &str) -> rusqlite::Result<Vec<String>> {
    // What a parameter is bound to does not matter to the plan.
    let mut explained = tx.prepare(&format!("EXPLAIN QUERY PLAN {statement}"))?;
    let steps = explained.raw_query().mapped(|row| row.get("detail"));
    steps.collect()
}

/// Whether a step goes through a table from one end to the other.
fn is_scan(step: &str) -> bool {
    let scanned = step
        .strip_prefix("SCAN ")
        .and_then(|rest| rest.split(' ').next());
    scanned.is_some_and(|table| TABLES.contains(&table))
}

/// The field, if any, whose values a statement looks for among all records of an object.
fn looked_through<'a>(statement: &'a str, steps: &[String]) -> Option<&'a str> {
    let is_wide = |step: &String| step.ends_with("records_by_object (object=?)");
    if !steps.iter().any(is_wide) {
        return None;
    }
    let mut fields = statement.split("'$.\"").skip(1).filter_map(|rest| {
        let (field, after) = rest.split_once('"')?;
        after.starts_with("') IN (").then_some(field)
    });
    fields.find(|field| !COARSE.contains(field))
}

/// The statements that operations run on the demo company.
fn statements() -> (Tenant, BTreeSet<String>) {
    let tenant = Tenant::demo();
    let ids = Ids::all(&tenant);
    let seen = Arc::new(Mutex::new(BTreeSet::new()));
    let shared = seen.clone();
    tenant.world.store.watch(move |sql| {
        shared.lock().unwrap().insert(sql.to_owned());
    });
    let specification = Specification::embedded();
    for id in specification.ids() {
        let (service, route) = specification.route(id);
        if route.method != "DELETE" && Behaviour::of(service.id, route.operation).is_some() {
            // What it answers is for other tests.
            let _ = catch_unwind(AssertUnwindSafe(|| {
                call(&tenant, id, Fill::TextAndIds, &ids)
            }));
        }
    }
    tenant.world.store.watch(|_| {});
    let seen = std::mem::take(&mut *seen.lock().unwrap());
    (tenant, seen)
}

#[test]
fn no_call_goes_through_a_whole_table() {
    let (tenant, statements) = statements();
    let mut faults = Vec::new();
    let mut planned = 0;
    let read = |tx: &Transaction<'_>| -> rusqlite::Result<()> {
        for statement in &statements {
            // Those that begin or end a transaction have no plan.
            let Ok(steps) = plan(tx, statement) else {
                continue;
            };
            planned += 1;
            let is_scan = steps.iter().any(|step| is_scan(step));
            if is_scan || looked_through(statement, &steps).is_some() {
                faults.push(format!("{statement}\n    {}", steps.join("\n    ")));
            }
        }
        Ok(())
    };
    tenant.world.store.read(read).unwrap();
    // Else it would show nothing.
    assert!(planned > 100, "{planned}");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
