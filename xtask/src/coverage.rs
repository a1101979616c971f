//! `spec coverage`: published, curated and generated operations, service by service.

use std::{collections::BTreeSet, fmt::Write as _};

use serde_json::Value;

use crate::{
    document::Document,
    generate,
    import::EVIDENCE,
    layout::Layout,
    problem::Problems,
    register::{Register, Service},
};

struct Row<'a> {
    service: &'a Service,
    published: usize,
    curated: usize,
    generated: usize,
}

/// Prints the table and fails where a count is not what the register says, or an operation is lost on the way.
pub(crate) fn run(layout: &Layout) -> Result<String, Problems> {
    let register = Register::load(layout)?;
    let mut problems = Vec::new();
    let mut rows = Vec::new();
    for service in &register.services {
        match row(layout, service) {
            Ok(row) => rows.push(row),
            Err(Problems(found)) => problems.extend(found),
        }
    }
    Problems(problems).into_result()?;
    Ok(table(&rows))
}

fn row<'a>(layout: &Layout, service: &'a Service) -> Result<Row<'a>, Problems> {
    let published = Document::load(layout, &service.id, &layout.published(&service.id))?;
    let curated = Document::load(layout, &service.id, &layout.curated(&service.id))?;
    let mut problems = Vec::new();
    for (kind, expected) in [
        ("published", service.published),
        ("index", service.index_only),
        ("hosted", service.hosted),
    ] {
        let found = published
            .operations()
            .filter(|(_, operation)| kind_of(operation) == kind)
            .count();
        if found != expected {
            problems.push(published.problem(
                "",
                format!("holds {found} operations of the kind `{kind}`, the register says {expected}"),
                "correct spec/services.toml if the publication changed, else import the document again",
            ));
        }
    }
    let in_code: BTreeSet<String> = generate::generated_operations(layout, service)?;
    for (place, operation) in curated.operations() {
        let id = operation
            .get("operationId")
            .and_then(Value::as_str)
            .unwrap_or_default();
        if !in_code.contains(id) {
            problems.push(curated.problem(
                &place,
                format!("`{id}` has no generated method"),
                "run `cargo xtask generate`",
            ));
        }
    }
    let row = Row {
        service,
        published: published.operations().count(),
        curated: curated.operations().count(),
        generated: in_code.len(),
    };
    if row.published != row.curated {
        problems.push(curated.problem(
            "",
            format!(
                "holds {} operations, published are {}",
                row.curated, row.published
            ),
            "run `cargo xtask spec curate`; an overlay must not remove operations",
        ));
    }
    Problems(problems).into_result().map(|()| row)
}

fn kind_of(operation: &Value) -> &'static str {
    match operation.get(EVIDENCE).and_then(Value::as_str) {
        Some("published") => "published",
        Some("index") => "index",
        _ => "hosted",
    }
}

fn table(rows: &[Row<'_>]) -> String {
    let mut out = String::new();
    let _ = writeln!(
        out,
        "{:<34} {:>9} {:>10} {:>6} {:>8} {:>9}",
        "service", "reference", "index-only", "hosted", "curated", "generated"
    );
    let mut sums = [0usize; 5];
    for row in rows {
        let counts = [
            row.service.published,
            row.service.index_only,
            row.service.hosted,
            row.curated,
            row.generated,
        ];
        for (sum, count) in sums.iter_mut().zip(counts) {
            *sum += count;
        }
        let [reference, index, hosted, curated, generated] = counts;
        let _ = writeln!(
            out,
            "{:<34} {reference:>9} {index:>10} {hosted:>6} {curated:>8} {generated:>9}",
            row.service.id
        );
    }
    let [reference, index, hosted, curated, generated] = sums;
    let _ = writeln!(
        out,
        "{:<34} {reference:>9} {index:>10} {hosted:>6} {curated:>8} {generated:>9}",
        "total"
    );
    let services = rows.iter().filter(|row| row.service.published > 0).count();
    let all = reference + index + hosted;
    let _ = writeln!(out);
    let _ = writeln!(
        out,
        "{services} published services: {reference} operations; {index} more named by the reference index only;"
    );
    let _ = writeln!(
        out,
        "{} Salesforce-hosted families: {hosted} operations.",
        rows.len() - services
    );
    let _ = write!(
        out,
        "generated: {generated} of {all}, skipped: {}",
        all.saturating_sub(generated)
    );
    out
}
