//! Taking documents in: merged, put in order, evidence on every operation.

use super::workspace::Workspace;
use crate::{Command, Spec, problem::Problems, run};

const FIRST: &str = "paths:
  /things:
    post: {responses: {'200': {description: OK}}}
    get: {responses: {'200': {description: OK}}, x-conga-evidence: index}
info: {title: Data, version: v1}
openapi: 3.0.3
servers: [{url: 'https://rls.congacloud.com/api/data/v1'}]
components:
  schemas:
    Thing: {type: object}
";

fn import(first: &str, second: &str) -> (Workspace, Result<String, Problems>) {
    let workspace = Workspace::new("")
        .with("first.yaml", first)
        .with("second.json", second);
    let files = ["first.yaml", "second.json"].map(|name| workspace.layout.at(name));
    let result = run(
        &workspace.layout,
        Command::Spec(Spec::Import {
            service: "data".into(),
            files: files.into(),
        }),
    );
    (workspace, result)
}

#[test]
fn two_documents_of_one_service_become_one() {
    let (workspace, result) = import(
        FIRST,
        r#"{"openapi": "3.0.1", "paths": {"/others": {"get": {"responses": {"200": {"description": "OK"}}}}},
            "components": {"schemas": {"Other": {"type": "string"}}}}"#,
    );
    result.unwrap();
    insta::assert_snapshot!(workspace.files()["spec/published/data.yaml"]);
}

#[test]
fn documents_that_disagree_are_refused() {
    let (workspace, result) = import(
        &FIRST.replace("evidence: index", "evidence: hearsay"),
        r#"{"openapi": "3.0.1", "paths": {"/things": {"post": {"responses": {"201": {"description": "Created"}}}}},
            "components": {"schemas": {"Thing": {"type": "string"}}}}"#,
    );
    insta::assert_snapshot!(result.unwrap_err());
    assert_eq!(workspace.files()["spec/published/data.yaml"], "");
}

#[test]
fn evidence_of_an_unknown_kind_is_refused() {
    let (_, result) = import(
        &FIRST.replace("evidence: index", "evidence: hearsay"),
        r#"{"openapi": "3.0.1", "paths": {}}"#,
    );
    insta::assert_snapshot!(result.unwrap_err());
}
