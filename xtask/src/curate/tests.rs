//! Each pass on a small document: the snapshots show the document whole, with what the pass takes out and puts in.

use similar::TextDiff;

use super::{PASSES, curate};
use crate::document::Document;

/// The document before and after, as one diff with nothing left out.
fn shown(before: &Document, after: &Document) -> String {
    TextDiff::from_lines(before.to_yaml().unwrap(), after.to_yaml().unwrap())
        .unified_diff()
        .context_radius(1000)
        .to_string()
        .lines()
        .skip_while(|line| line.starts_with("@@"))
        .collect::<Vec<_>>()
        .join("\n")
}

fn document(text: &str) -> Document {
    let document = Document::parse("data", "spec/published/data.yaml", text).unwrap();
    document.check().unwrap();
    document
}

fn after_pass(name: &str, text: &str) -> String {
    let before = document(text);
    let mut after = before.clone();
    let (_, pass) = PASSES.into_iter().find(|(pass, _)| *pass == name).unwrap();
    pass(&mut after).unwrap();
    shown(&before, &after)
}

/// A document with these lines below `paths` and the operation's own lines.
fn with_operation(lines: &str) -> String {
    let indented = lines.replace('\n', "\n      ");
    format!("openapi: 3.0.3\npaths:\n  /api/data/v1/things:\n    post:\n      {indented}")
}

#[test]
fn bases_moves_the_path_of_the_server_into_every_path() {
    insta::assert_snapshot!(after_pass(
        "bases",
        "openapi: 3.0.3
servers:
- url: https://{instance}/shop/services/apexrest/Apttus_WebStore/apttus/v5/
paths:
  /carts:
    get:
      responses: {'200': {description: OK}}
  /carts/:
    get:
      responses: {'200': {description: OK}}
"
    ));
}

#[test]
fn media_folds_the_spellings_of_json_into_one() {
    insta::assert_snapshot!(after_pass(
        "media",
        &with_operation(
            "requestBody:
  content:
    application/json-patch+json:
      schema: {type: string}
    text/csv:
      schema: {type: string}
    application/*+json:
      schema: {type: string}
responses:
  '200':
    description: OK
    content:
      text/plain:
        schema: {type: string}
      text/json: {}"
        )
    ));
}

#[test]
fn inheritance_makes_one_object_of_a_derived_class() {
    insta::assert_snapshot!(after_pass(
        "inheritance",
        &(with_operation("responses: {'200': {description: OK}}")
            + "
components:
  schemas:
    Base:
      type: object
      required: [Id]
      properties:
        Id: {type: string}
        Tags: {type: array, items: {type: string}}
        Kind: {type: string}
    Derived:
      allOf:
      - $ref: '#/components/schemas/Base'
      - type: object
        required: [Name]
        properties:
          Id: {type: string, nullable: true}
          Name: {type: string}
          Tags: {type: array, items: {type: integer}}
          Kind: {type: integer}
")
    ));
}

#[test]
fn clashes_keeps_names_apart_that_are_one_in_rust() {
    insta::assert_snapshot!(after_pass(
        "clashes",
        &(with_operation(
            "parameters:
- {name: fileName, in: query, schema: {type: string}}
- {name: filename, in: query, schema: {type: string}}
responses:
  '200':
    description: OK
    content:
      application/json:
        schema: {$ref: '#/components/schemas/Conga.Cart.Price'}"
        ) + "
components:
  schemas:
    Conga.Cart.Price:
      type: object
      properties:
        currency: {type: string}
        Currency: {$ref: '#/components/schemas/A.Currency'}
    A.Currency: {type: string}
    B.Currency: {type: string}
")
    ));
}

#[test]
fn leaks_makes_reflection_opaque() {
    insta::assert_snapshot!(after_pass(
        "leaks",
        &(with_operation(
            "responses:
  '200':
    description: OK
    content:
      application/json:
        schema: {$ref: '#/components/schemas/Failure'}"
        ) + "
components:
  schemas:
    Failure:
      type: object
      properties:
        Message: {type: string}
        TargetSite: {$ref: '#/components/schemas/MethodBase'}
    MethodBase:
      type: object
      properties:
        Module: {$ref: '#/components/schemas/Module'}
    Module: {type: object}
")
    ));
}

#[test]
fn leaks_leaves_a_word_of_the_business_alone() {
    let text = with_operation(
        "responses:
  '200':
    description: OK
    content:
      application/json:
        schema: {$ref: '#/components/schemas/Module'}",
    ) + "
components:
  schemas:
    Module: {type: object}
";
    assert_eq!(after_pass("leaks", &text), "");
}

#[test]
fn enums_opens_every_enumeration() {
    insta::assert_snapshot!(after_pass(
        "enums",
        &with_operation(
            "parameters:
- name: order
  in: query
  schema: {type: string, enum: [Ascending, Descending, Ascending, null]}
responses: {'200': {description: OK}}"
        )
    ));
}

#[test]
fn optional_lets_null_stand_for_what_is_not_required() {
    insta::assert_snapshot!(after_pass(
        "optional",
        &with_operation(
            "requestBody:
  content:
    application/json:
      schema:
        type: object
        additionalProperties: false
        required: [Name]
        properties:
          Name: {type: string}
          Lines: {type: array, items: {type: string}}
          Owner: {$ref: '#/components/schemas/Owner'}
          Anything: {description: any JSON}
responses: {'200': {description: OK}}"
        )
        .replace(
            "openapi: 3.0.3",
            "openapi: 3.0.3\ncomponents: {schemas: {Owner: {type: object}}}"
        )
    ));
}

#[test]
fn envelopes_become_the_generic_answer() {
    insta::assert_snapshot!(after_pass(
        "envelopes",
        &(with_operation("responses: {'200': {description: OK}}")
            + "
components:
  schemas:
    ThingListAPIResponse:
      type: object
      properties:
        Success: {type: boolean}
        Data:
          type: array
          nullable: true
          items: {type: string}
        Errors: {type: array, items: {type: string}}
    Job:
      type: object
      properties:
        Success: {type: boolean}
        Data: {type: string}
        Errors: {type: string}
        JobId: {type: string}
")
    ));
}

#[test]
fn responses_leaves_one_answer_and_one_error() {
    insta::assert_snapshot!(after_pass(
        "responses",
        &with_operation(
            "responses:
  '400':
    description: Bad request
    content:
      application/json:
        schema: {type: array}
  '404': {description: Not found}
  '204': {description: Gone}
  '201':
    description: Created
    content:
      application/json:
        schema: {type: string}"
        )
    ));
}

#[test]
fn responses_gives_free_json_where_no_body_is_documented() {
    insta::assert_snapshot!(after_pass(
        "responses",
        &with_operation("responses: {'200': {description: OK}}")
    ));
}

#[test]
fn responses_gives_free_json_where_two_statuses_disagree() {
    insta::assert_snapshot!(after_pass(
        "responses",
        &with_operation(
            "responses:
  '200':
    description: OK
    content:
      application/json:
        schema: {type: string}
  '207':
    description: Some of it
    content:
      application/json:
        schema: {type: integer}"
        )
    ));
}

#[test]
fn multipart_names_the_file_of_a_nameless_form() {
    insta::assert_snapshot!(after_pass(
        "multipart",
        &with_operation(
            "requestBody:
  content:
    multipart/form-data:
      schema: {type: string, format: binary}
      encoding: {}
responses: {'200': {description: OK}}"
        )
    ));
}

#[test]
fn headers_of_the_client_are_not_the_callers() {
    insta::assert_snapshot!(after_pass(
        "headers",
        &with_operation(
            "parameters:
- {name: Content-Type, in: header, required: true, schema: {type: string}}
- {name: OrgType, in: header, required: true, schema: {type: string, default: RLP}}
- {name: x-storefront, in: header, required: true, schema: {type: string}}
- {name: X-Trace, in: header, required: true, schema: {type: string}}
responses: {'200': {description: OK}}"
        )
    ));
}

#[test]
fn names_follow_the_grammar_and_keep_the_published_id() {
    let before = document(
        "openapi: 3.0.3
servers:
- url: https://rls.congacloud.com
paths:
  /api/data/v1/things:
    get:
      operationId: Things_GetAll
      responses: {'200': {description: OK}}
    post:
      requestBody:
        content:
          application/json:
            schema: {type: array, items: {type: string}}
      responses: {'200': {description: OK}}
  /api/data/v1/things/{id}/oddity:
    post:
      x-conga-name: create_odd_thing
      parameters:
      - {name: id, in: path, required: true, schema: {type: string}}
      responses: {'200': {description: OK}}
",
    );
    let after = curate(before.clone(), None).unwrap();
    let ids: Vec<String> = after
        .operations()
        .map(|(place, operation)| {
            format!(
                "{:<24} {place}  published: {}",
                operation["operationId"].as_str().unwrap(),
                operation["x-conga-published-id"]
            )
        })
        .collect();
    insta::assert_snapshot!(ids.join("\n"));
}

#[test]
fn what_is_curated_changes_no_more_by_the_passes_on_schemas() {
    let before = document(
        "openapi: 3.0.3
servers:
- url: https://rls.congacloud.com/api/data/v1
paths:
  /things:
    get:
      parameters:
      - {name: OrgType, in: header, required: true, schema: {type: string, default: RLP}}
      responses:
        '200':
          description: OK
          content:
            text/json:
              schema: {$ref: '#/components/schemas/A.Thing'}
components:
  schemas:
    A.Thing:
      type: object
      additionalProperties: false
      properties:
        Kind: {type: string, enum: [One, One, null]}
        kind: {$ref: '#/components/schemas/A.Kind'}
    A.Kind: {type: object}
",
    );
    let mut once = before;
    for (_, pass) in PASSES {
        pass(&mut once).unwrap();
    }
    for (name, pass) in PASSES.into_iter().filter(|(name, _)| *name != "responses") {
        let mut twice = once.clone();
        pass(&mut twice).unwrap();
        assert_eq!(shown(&once, &twice), "", "{name}");
    }
}
