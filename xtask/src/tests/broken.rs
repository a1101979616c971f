//! A broken specification is an error that names file, place and remedy; nothing is written then.

use super::workspace::Workspace;
use crate::{Command, Spec, problem::Problems, run};

/// A sound document of one operation, to be broken by each test.
const SOUND: &str = "openapi: 3.0.3
info: {title: Data, version: v1}
servers:
- url: https://rls.congacloud.com
paths:
  /api/data/v1/things/{id}:
    get:
      tags: [Things]
      summary: Read a thing
      parameters:
      - name: id
        in: path
        required: true
        schema: {type: string}
      responses:
        '200':
          description: OK
          content:
            application/json:
              schema: {$ref: '#/components/schemas/Thing'}
      x-conga-evidence: published
components:
  schemas:
    Thing:
      type: object
      properties:
        Name: {type: string}
";

fn broken(what: &str, by: &str) -> Workspace {
    assert!(SOUND.contains(what), "{what} is not in the sound document");
    Workspace::new(&SOUND.replace(what, by))
}

fn overlay(actions: &str) -> String {
    format!("overlay: 1.0.0\ninfo: {{title: Corrections, version: 1.0.0}}\nactions:\n{actions}")
}

fn curate(workspace: &Workspace) -> Result<String, Problems> {
    run(&workspace.layout, Command::Spec(Spec::Curate))
}

fn generate(workspace: &Workspace) -> Result<String, Problems> {
    run(
        &workspace.layout,
        Command::Generate {
            check: false,
            service: None,
        },
    )
}

/// The error of a command that must fail and leave every file as it was.
fn refusal(workspace: &Workspace, command: fn(&Workspace) -> Result<String, Problems>) -> String {
    let before = workspace.files();
    let problems = command(workspace).unwrap_err();
    assert!(before == workspace.files(), "something was written");
    problems.to_string()
}

/// The error of `generate` for a document that curation lets pass.
fn refused_by_generate(workspace: &Workspace) -> String {
    curate(workspace).unwrap();
    refusal(workspace, generate)
}

#[test]
fn sound_documents_pass() {
    let workspace = Workspace::new(SOUND);
    curate(&workspace).unwrap();
    generate(&workspace).unwrap();
    let files = workspace.files();
    assert!(files.contains_key("spec/curated/data.yaml"));
    assert!(files["crates/conga-api/src/generated/data/things.rs"].contains("pub fn get_thing"));
}

#[test]
fn bad_yaml() {
    let workspace = broken(
        "  /api/data/v1/things/{id}:\n",
        "  /api/data/v1/things/{id}: [\n",
    );
    insta::assert_snapshot!(refusal(&workspace, curate));
}

#[test]
fn a_key_given_twice() {
    let workspace = broken(
        "      summary: Read a thing\n",
        "      summary: Read a thing\n      summary: Get a thing\n",
    );
    insta::assert_snapshot!(refusal(&workspace, curate));
}

#[test]
fn another_version_of_openapi() {
    let workspace = broken("openapi: 3.0.3", "openapi: 3.1.0");
    insta::assert_snapshot!(refusal(&workspace, curate));
}

#[test]
fn no_document() {
    let workspace = Workspace::new(SOUND);
    std::fs::remove_file(workspace.layout.published("data")).unwrap();
    insta::assert_snapshot!(refusal(&workspace, curate));
}

#[test]
fn a_reference_that_leads_nowhere() {
    let workspace = broken("schemas/Thing'", "schemas/Thong'");
    insta::assert_snapshot!(refusal(&workspace, curate));
}

#[test]
fn a_path_parameter_that_is_not_declared() {
    let workspace = broken("- name: id", "- name: thingId");
    insta::assert_snapshot!(refusal(&workspace, curate));
}

#[test]
fn two_operations_that_come_to_one_id() {
    let workspace = broken(
        "components:",
        "  /api/data/v1/things/{id}/:
    get:
      parameters:
      - name: id
        in: path
        required: true
        schema: {type: string}
      responses: {'200': {description: OK}}
components:",
    );
    insta::assert_snapshot!(refusal(&workspace, curate));
}

#[test]
fn two_operations_with_one_id_in_a_curated_document() {
    let operation = "    get:
      operationId: get_thing
      responses: {2XX: {description: OK}}";
    let workspace = Workspace::new(SOUND).with(
        "spec/curated/data.yaml",
        &format!("openapi: 3.0.3\ninfo: {{title: Data, version: v1}}\npaths:\n  /a:\n{operation}\n  /b:\n{operation}\n"),
    );
    insta::assert_snapshot!(refusal(&workspace, generate));
}

#[test]
fn an_id_outside_the_vocabulary() {
    let workspace = Workspace::new(SOUND).with(
        "spec/overlays/data.yaml",
        &overlay(
            "- target: $.paths['/api/data/v1/things/{id}'].get
  update: {x-conga-name: fetch_thing}
  x-reason: shown
",
        ),
    );
    insta::assert_snapshot!(refusal(&workspace, curate));
}

#[test]
fn an_overlay_action_that_matches_nothing() {
    let workspace = Workspace::new(SOUND).with(
        "spec/overlays/data.yaml",
        &overlay(
            "- target: $.paths['/api/data/v1/thing/{id}'].get
  update: {deprecated: true}
  x-reason: shown
",
        ),
    );
    insta::assert_snapshot!(refusal(&workspace, curate));
}

#[test]
fn an_overlay_action_without_reason() {
    let workspace = Workspace::new(SOUND).with(
        "spec/overlays/data.yaml",
        &overlay(
            "- target: $.paths['/api/data/v1/things/{id}'].get
  update: {deprecated: true}
",
        ),
    );
    insta::assert_snapshot!(refusal(&workspace, curate));
}

#[test]
fn a_register_with_an_unknown_key() {
    let workspace = Workspace::new(SOUND).with(
        "spec/services.toml",
        "[[service]]\nid = \"data\"\ncolour = \"blue\"\n",
    );
    insta::assert_snapshot!(refusal(&workspace, curate));
}

#[test]
fn an_object_in_a_query() {
    let workspace = broken(
        "      responses:\n",
        "      - name: request
        in: query
        schema: {$ref: '#/components/schemas/Thing'}
      responses:\n",
    );
    insta::assert_snapshot!(refusal(&workspace, curate));
}

#[test]
fn an_operation_that_progenitor_panics_on() {
    let workspace = broken("        required: true\n", "");
    insta::assert_snapshot!(refused_by_generate(&workspace));
}

#[test]
fn a_schema_that_progenitor_panics_on() {
    let workspace = broken(
        "Name: {type: string}",
        "Name: {type: string, enum: ['a-b', 'a b']}\n",
    );
    insta::assert_snapshot!(refused_by_generate(&workspace));
}

#[test]
fn a_body_without_template() {
    let workspace = broken(
        "      responses:\n",
        "      requestBody:
        content:
          application/xml:
            schema: {type: string}
      responses:\n",
    );
    insta::assert_snapshot!(refused_by_generate(&workspace));
}

#[test]
fn what_is_no_openapi() {
    let workspace = broken(
        "      properties:\n        Name: {type: string}",
        "      properties:\n        Name: {type: [string, integer]}",
    );
    insta::assert_snapshot!(refused_by_generate(&workspace));
}

#[test]
fn an_unknown_service() {
    let workspace = Workspace::new(SOUND);
    insta::assert_snapshot!(refusal(&workspace, |workspace| run(
        &workspace.layout,
        Command::Generate {
            check: false,
            service: Some("date".into()),
        },
    )));
}

#[test]
fn generated_code_that_is_not_what_the_documents_give() {
    let workspace = Workspace::new(SOUND);
    curate(&workspace).unwrap();
    generate(&workspace).unwrap();
    let file = "crates/conga-api/src/generated/data/mod.rs";
    let edited = workspace.files()[file].replace("Cheap to clone", "Cheap to copy");
    let workspace = workspace
        .with(file, &edited)
        .with("crates/conga-api/src/generated/data/old.rs", "");
    let check = |workspace: &Workspace| {
        run(
            &workspace.layout,
            Command::Generate {
                check: true,
                service: None,
            },
        )
    };
    insta::assert_snapshot!(refusal(&workspace, check));
    generate(&workspace).unwrap();
    check(&workspace).unwrap();
}
