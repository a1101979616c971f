//! The whole surface: what every operation is called, and how much there is of each service.

use std::fmt::Write as _;

use crate::{
    document::Document,
    generate,
    layout::Layout,
    register::{Register, Service},
    schemas,
};

/// A change here renames a method of the client: it breaks callers.
#[test]
fn operation_names() {
    let layout = Layout::of_workspace();
    let mut names = String::new();
    for service in Register::load(&layout).unwrap().services {
        let document = Document::load(&layout, &service.id, &layout.curated(&service.id)).unwrap();
        for (place, operation) in document.operations() {
            let id = operation["operationId"].as_str().unwrap();
            writeln!(names, "{}  {id}  {place}", service.id).unwrap();
        }
    }
    insta::assert_snapshot!(names);
}

#[test]
fn operations_and_types_by_service() {
    let layout = Layout::of_workspace();
    let register = Register::load(&layout).unwrap();
    let services: Vec<&Service> = register.services.iter().collect();
    let mut counts = format!("{:<34} {:>10} {:>6}\n", "service", "operations", "types");
    for (service, generated) in generate::all(&layout, &services).unwrap() {
        let (operations, types) = (generated.operations, generated.types);
        writeln!(counts, "{service:<34} {operations:>10} {types:>6}").unwrap();
    }
    insta::assert_snapshot!(counts);
}

#[test]
fn the_same_document_gives_the_same_bytes() {
    let layout = Layout::of_workspace();
    let register = Register::load(&layout).unwrap();
    let service = register.find("document-management").unwrap();
    let [first, second] = [(); 2].map(|()| generate::service(&layout, service).unwrap().files);
    assert!(!first.is_empty());
    assert!(first == second, "two runs gave different files");
}

/// Cargo features are written by hand, and a service without one cannot be called.
#[test]
fn every_service_has_its_feature() {
    let layout = Layout::of_workspace();
    let manifest = std::fs::read_to_string(layout.at("crates/conga-api/Cargo.toml")).unwrap();
    let manifest: toml::Table = toml::from_str(&manifest).unwrap();
    let features = manifest["features"].as_table().unwrap();
    let full: Vec<&str> = features["full"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(toml::Value::as_str)
        .collect();
    let register = Register::load(&layout).unwrap();
    let services: Vec<&str> = register.services.iter().map(|s| s.id.as_str()).collect();
    assert_eq!(full, services);
    for service in services {
        assert!(features.contains_key(service), "{service}");
    }
}

#[test]
fn the_schemas_for_editors_are_those_of_the_code() {
    let (checked_in, fresh) = (Layout::of_workspace(), tempfile::TempDir::new().unwrap());
    let fresh = Layout::of(fresh.path());
    schemas::write(&fresh).unwrap();
    for name in ["services.schema.json", "overlay.schema.json"] {
        let [present, wanted] = [&checked_in, &fresh]
            .map(|layout| std::fs::read_to_string(layout.schemas().join(name)).unwrap());
        assert!(present == wanted, "{name}: run `cargo xtask spec curate`");
    }
}
