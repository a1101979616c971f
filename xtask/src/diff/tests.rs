//! Each kind of difference, and whether it breaks callers.

use std::fs;

use super::{Side, compare, report, run};
use crate::{document::Document, layout::Layout};

/// A curated document to be changed by each test.
const OLD: &str = "openapi: 3.0.3
paths:
  /api/data/v1/things:
    get:
      tags: [Things]
      operationId: list_things
      parameters:
      - {name: scope, in: query, required: true, schema: {type: string}}
      - {name: kind, in: query, required: true, schema: {type: string}}
      - {name: limit, in: query, schema: {type: integer, format: int32}}
      - {name: OrgType, in: header, schema: {type: string, default: RLP}, x-conga-supplied-by: client}
      responses:
        2XX:
          description: Success
          content:
            application/json:
              schema: {$ref: '#/components/schemas/ThingListAPIResponse'}
      x-conga-evidence: index
    post:
      tags: [Things]
      operationId: create_thing
      requestBody:
        required: true
        content:
          application/json:
            schema: {$ref: '#/components/schemas/NewThing'}
      responses:
        2XX:
          description: Success
          content:
            application/json:
              schema:
                type: object
                required: [Id]
                properties:
                  Id: {type: string}
                  Parts:
                    type: array
                    items:
                      type: object
                      properties:
                        Name: {type: string, nullable: true}
      x-conga-evidence: published
  /api/data/v1/things/{id}/file:
    put:
      tags: [Things]
      operationId: upload_thing_file
      parameters:
      - {name: id, in: path, required: true, schema: {type: string}}
      requestBody:
        content:
          multipart/form-data:
            schema:
              type: object
              required: [file, name]
              properties:
                file: {type: string, format: binary}
                name: {type: string}
                note: {type: string, nullable: true}
      responses:
        2XX:
          description: Success
          content:
            application/pdf:
              schema: {type: string, format: binary}
      x-conga-evidence: published
components:
  schemas:
    ThingListAPIResponse:
      type: object
      properties:
        Success: {type: boolean}
        Data: {type: array, items: {$ref: '#/components/schemas/Thing'}}
        Errors: {type: array, items: {$ref: '#/components/schemas/Unreached'}}
      x-rust-type:
        crate: conga-api
        version: '*'
        path: conga_api::ApiResponse
        parameters:
        - {type: array, items: {$ref: '#/components/schemas/Thing'}}
    Thing:
      type: object
      required: [Id]
      properties:
        Id: {type: string}
        Name: {type: string, nullable: true}
        Kind: {allOf: [{$ref: '#/components/schemas/Kind'}], nullable: true}
    NewThing:
      type: object
      required: [Name]
      properties:
        Name: {type: string}
        Price: {type: number, format: double, nullable: true}
    Kind:
      type: string
      enum: [Small, Large]
    Unreached:
      type: object
      properties:
        Code: {type: string}
";

fn side(text: &str) -> Side {
    Side::new(Document::parse("data", "data.yaml", text).unwrap()).unwrap()
}

/// The report on one document in which each of `edits` replaced the first text by the second.
fn after(edits: &[(&str, &str)]) -> String {
    let mut new = OLD.to_owned();
    for (what, by) in edits {
        assert!(new.contains(what), "{what:?} is not in the document");
        new = new.replace(what, by);
    }
    report(&[("data", compare(&side(OLD), &side(&new)))])
}

#[test]
fn prose_and_what_nothing_refers_to_are_no_difference() {
    let report = after(&[
        ("description: Success", "description: Done"),
        ("Code: {type: string}", "Code: {type: integer}"),
        (
            "name: limit, in: query, schema: {type: integer,",
            "name: limit, in: query, schema: {nullable: true, type: integer,",
        ),
    ]);
    assert_eq!(report, "no differences in 1 service");
}

#[test]
fn operations() {
    insta::assert_snapshot!(after(&[
        ("operationId: list_things", "operationId: query_things"),
        (
            "    post:\n      tags: [Things]",
            "    patch:\n      deprecated: true\n      tags: [Others]"
        ),
        ("{id}/file", "{thingId}/file"),
        ("name: id,", "name: thingId,"),
        (
            "x-conga-evidence: index",
            "x-conga-evidence: published\n      x-conga-status: 202"
        ),
        (
            "components:\n",
            "  /api/data/v1/others:\n    get: {operationId: list_others, responses: {2XX: {description: OK}}}\ncomponents:\n"
        ),
    ]));
}

#[test]
fn an_operation_that_is_gone_takes_its_types_along() {
    let removed =
        &OLD[OLD.find("    post:").unwrap()..OLD.find("  /api/data/v1/things/{id}").unwrap()];
    insta::assert_snapshot!(after(&[(removed, "")]));
}

#[test]
fn parameters() {
    insta::assert_snapshot!(after(&[
        (
            "      - {name: limit, in: query, schema: {type: integer, format: int32}}\n",
            "      - {name: limit, in: query, required: true, schema: {type: integer, format: int64}}
      - {name: after, in: query, schema: {type: string}}
      - {name: tenant, in: query, required: true, schema: {type: string}}\n"
        ),
        ("default: RLP", "default: CLM"),
        ("- {name: kind, in: query, required: true,", "- {name: kind, in: query,"),
        ("name: scope, in: query", "name: scope, in: header"),
    ]));
}

#[test]
fn required_arguments_in_another_order() {
    insta::assert_snapshot!(after(&[
        ("name: scope", "name: x"),
        ("name: kind", "name: scope"),
        ("name: x", "name: kind"),
    ]));
}

#[test]
fn bodies_and_answers() {
    insta::assert_snapshot!(after(&[
        (
            "        required: true\n        content:",
            "        content:"
        ),
        (
            "required: [Id]\n                properties:\n                  Id: {type: string}",
            "properties:\n                  Id: {type: string, nullable: true}"
        ),
        (
            "Name: {type: string, nullable: true}\n      x-conga",
            "Name: {type: boolean, nullable: true}\n      x-conga"
        ),
        ("required: [file, name]", "required: [file, note]"),
        (
            "                note: {type: string, nullable: true}\n",
            "                note: {type: string}\n                size: {type: integer, nullable: true}\n"
        ),
        ("application/pdf", "application/zip"),
        (
            "              schema: {$ref: '#/components/schemas/ThingListAPIResponse'}",
            "              schema: {}"
        ),
    ]));
}

#[test]
fn schemas_and_their_fields() {
    insta::assert_snapshot!(after(&[
        ("enum: [Small, Large]", "enum: [Small, Huge]"),
        (
            "      required: [Id]\n      properties:\n        Id: {type: string}\n",
            "      required: [Id, Weight]\n      properties:\n        Id: {type: integer, format: int64}\n        Weight: {type: number, format: double}\n        Owner: {type: string, nullable: true}\n"
        ),
        (
            "      required: [Name]\n",
            "      required: [Name, Owner]\n"
        ),
        (
            "        Price: {type: number, format: double, nullable: true}\n",
            "        Owner: {type: string}\n        Rank: {type: string, nullable: true}\n"
        ),
    ]));
}

#[test]
fn an_answer_that_leaves_out_what_it_required_changes_no_type() {
    let report = after(&[(
        "      required: [Id]\n      properties:\n        Id: {type: string}",
        "      properties:\n        Id: {type: string, nullable: true}",
    )]);
    assert_eq!(report, "no differences in 1 service");
}

#[test]
fn published_documents_are_compared_as_the_client_sees_them() {
    let old = "openapi: 3.0.3
servers: [{url: 'https://rls.congacloud.com/api/data/v1'}]
paths:
  /things:
    get:
      operationId: Things_Get
      responses:
        '200':
          description: OK
          content:
            text/json: {schema: {type: string}}
";
    let new = old
        .replace("/api/data/v1'", "'")
        .replace("/things", "/api/data/v1/things")
        .replace("Things_Get", "GetThings")
        .replace("'200'", "'201'")
        .replace("text/json", "application/json");
    insta::assert_snapshot!(report(&[("data", compare(&side(old), &side(&new)))]));
}

#[test]
fn folders_are_compared_file_by_file() {
    let folder = tempfile::TempDir::new().unwrap();
    let layout = Layout::of(folder.path());
    for (file, text) in [
        ("old/data.yaml", OLD),
        ("old/gone.yaml", OLD),
        ("new/data.yaml", OLD),
        ("new/fresh.yml", OLD),
        ("new/notes.txt", "no document"),
    ] {
        let path = layout.at(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    insta::assert_snapshot!(run(&layout, &layout.at("old"), &layout.at("new")).unwrap());
    insta::assert_snapshot!(
        run(&layout, &layout.at("old"), &layout.at("new/data.yaml")).unwrap_err()
    );
    insta::assert_snapshot!(
        run(
            &layout,
            &layout.at("old/no.yaml"),
            &layout.at("new/data.yaml")
        )
        .unwrap_err()
    );
}
