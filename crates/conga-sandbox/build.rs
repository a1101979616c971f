//! Embeds the curated specifications: each document as compact JSON, and one table of all routes.
//!
//! The YAML is read once, at build time, so that the sandbox starts without parsing anything; a
//! service's document is parsed when its first request arrives.

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

const METHODS: [&str; 7] = ["get", "put", "post", "delete", "patch", "head", "options"];

fn main() -> Result<(), Box<dyn Error>> {
    let specifications = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR")?).join("spec");
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={}", specifications.display());

    let mut table = String::from("&[\n");
    for path in documents(&specifications)? {
        println!("cargo::rerun-if-changed={}", path.display());
        let context = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
        let service = path
            .file_stem()
            .and_then(|stem| stem.to_str())
            .ok_or_else(|| context(&"the file name is not UTF-8"))?;
        let document: Value =
            serde_saphyr::from_str(&fs::read_to_string(&path)?).map_err(|error| context(&error))?;
        fs::write(
            out.join(format!("{service}.json")),
            serde_json::to_vec(&document)?,
        )?;
        write_service(&mut table, service, &document).map_err(|error| context(&error))?;
    }
    table.push_str("]\n");
    fs::write(out.join("services.rs"), table)?;
    Ok(())
}

/// The YAML files of the folder in order of name; none if the folder is missing.
fn documents(folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(format!("{}: {error}", folder.display()).into()),
    };
    let mut paths = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()?;
    paths.retain(|path| {
        path.extension()
            .is_some_and(|extension| extension == "yaml")
    });
    paths.sort();
    Ok(paths)
}

/// Writes the service as an element of the `SERVICES` table.
fn write_service(
    table: &mut String,
    service: &str,
    document: &Value,
) -> Result<(), Box<dyn Error>> {
    writeln!(
        table,
        "Embedded {{ id: {service:?}, \
         document: include_str!(concat!(env!(\"OUT_DIR\"), \"/{service}.json\")), routes: &["
    )?;
    let paths = document["paths"].as_object().ok_or("`paths` is missing")?;
    for (path, item) in paths {
        for method in METHODS {
            let Some(operation) = item.get(method) else {
                continue;
            };
            let id = operation["operationId"]
                .as_str()
                .ok_or_else(|| format!("{method} {path} has no `operationId`"))?;
            let method = method.to_ascii_uppercase();
            writeln!(
                table,
                "Route {{ method: {method:?}, path: {path:?}, operation: {id:?} }},"
            )?;
        }
    }
    table.push_str("] },\n");
    Ok(())
}
