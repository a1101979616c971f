//! What an action does to a document, and what is refused.

use super::Overlay;
use crate::document::Document;

const DOCUMENT: &str = "openapi: 3.0.3
paths:
  /things:
    get:
      tags: [Things]
      parameters:
      - {name: a, in: query}
      - {name: b, in: query}
      - {name: c, in: query}
      responses: {'200': {description: OK}}
    post:
      tags: [Things]
      responses: {'200': {description: OK}}
";

/// The document after an overlay with these actions, or the errors.
fn applied(actions: &str) -> String {
    let text = format!(
        "overlay: 1.0.0\ninfo: {{title: Corrections, version: 1.0.0}}\nactions:\n{actions}"
    );
    let overlay = match Overlay::parse("spec/overlays/data.yaml", &text) {
        Ok(overlay) => overlay,
        Err(problem) => return problem.to_string(),
    };
    let mut document = Document::parse("data", "spec/published/data.yaml", DOCUMENT).unwrap();
    match overlay.apply("spec/overlays/data.yaml", &mut document) {
        Ok(()) => document.to_yaml().unwrap(),
        Err(problems) => problems.to_string(),
    }
}

#[test]
fn an_update_merges_objects_appends_to_lists_and_replaces_the_rest() {
    insta::assert_snapshot!(applied(
        "- target: $.paths['/things'].get
  update:
    tags: [More]
    summary: List things
    responses: {'200': {description: All of them}}
  x-reason: shown
"
    ));
}

#[test]
fn a_removal_takes_every_match() {
    insta::assert_snapshot!(applied(
        "- target: $.paths['/things'].get.parameters[?@.name != 'b']
  remove: true
  x-reason: shown
- target: $.paths[*].post
  remove: true
  x-reason: shown
"
    ));
}

#[test]
fn actions_apply_in_order() {
    insta::assert_snapshot!(applied(
        "- target: $.paths['/things'].get.parameters
  remove: true
  x-reason: shown
- target: $.paths['/things'].get
  update:
    parameters:
    - {name: d, in: query}
  x-reason: shown
"
    ));
}

#[test]
fn every_bad_action_is_reported() {
    insta::assert_snapshot!(applied(
        "- target: $.paths['/nothing'].get
  update: {deprecated: true}
  x-reason: shown
- target: paths
  update: {deprecated: true}
  x-reason: shown
- target: $.paths['/things'].get
  x-reason: shown
- target: $.paths['/things'].get
  update: {deprecated: true}
  x-reason: ' '
"
    ));
}

#[test]
fn an_action_without_a_reason_is_refused() {
    insta::assert_snapshot!(applied(
        "- target: $.paths['/things'].get
  update: {deprecated: true}
"
    ));
}

#[test]
fn another_version_is_refused() {
    let problem = Overlay::parse(
        "spec/overlays/data.yaml",
        "overlay: 2.0.0\ninfo: {title: Corrections, version: 1.0.0}\nactions: []\n",
    )
    .unwrap_err();
    insta::assert_snapshot!(problem);
}
