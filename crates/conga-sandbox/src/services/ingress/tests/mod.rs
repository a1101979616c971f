//! The service as its callers see it.

mod mailing;

use std::time::Duration;

use axum::http::HeaderMap;
use serde_json::{Value, json};

use crate::request::AnswerBody;
use crate::services::data::seed;
use crate::services::tenant::{Got, Request, Tenant};

const DONE: Duration = Duration::from_millis(300);

fn call<'a>(tenant: &'a Tenant, operation: &str) -> Request<'a> {
    tenant.call("ingress", operation)
}

/// Uploads a template to Document Management; gives the document's id.
fn template(tenant: &Tenant, name: &str, content: &str) -> String {
    // Document Management takes no HTML; the File Store does.
    if name.ends_with(".html") {
        let got = tenant
            .call("file-store", "upload_file")
            .path("filePath", "templates")
            .path("fileName", name)
            .file("file", name, content.to_owned())
            .send();
        got.data(200);
        return format!("templates/{name}");
    }
    let got = tenant
        .call("document-management", "upload_document")
        .file("file", name, content.to_owned())
        .send();
    got.data(200)["DocumentId"].as_str().unwrap().to_owned()
}

#[track_caller]
fn ok(got: &Got) -> &Value {
    assert_eq!(got.status, 200, "{}", got.json);
    &got.json
}

/// What went wrong in an answer with this status.
#[track_caller]
fn problem(got: &Got, status: u16) -> &str {
    got.errors(status)[0]
}

#[track_caller]
fn start(tenant: &Tenant, request: Value) -> String {
    let got = call(tenant, "start_merge").json(request).send();
    let answer = ok(&got);
    assert_eq!(answer["status"], "Accepted");
    assert_eq!(answer["result"]["statusMessage"][0]["code"], "SUCC200");
    answer["correlationId"].as_str().unwrap().to_owned()
}

fn status(tenant: &Tenant, id: &str) -> Value {
    let got = call(tenant, "get_merge_status")
        .path("id", id)
        .query("showDetails", true)
        .send();
    ok(&got).clone()
}

/// The names and texts of the files that a merge made.
fn files(tenant: &Tenant, id: &str) -> Vec<(String, String)> {
    let got = call(tenant, "list_merge_preview_files")
        .path("correlationId", id)
        .send();
    let files = ok(&got).as_array().unwrap().iter().map(|file| {
        let link = file["mergedFileUri"].as_str().unwrap();
        let token = link.rsplit('/').next().unwrap();
        let answer = tenant.world.follow_link(token, &HeaderMap::new()).unwrap();
        let AnswerBody::Bytes(_, bytes) = answer.body else {
            panic!("a link leads to a file");
        };
        assert_eq!(file["mergedFileSize"], bytes.len());
        let name = file["mergedFileName"].as_str().unwrap().to_owned();
        (name, String::from_utf8_lossy(&bytes).into_owned())
    });
    files.collect()
}

fn pair(name: &str, text: &str) -> (String, String) {
    (name.to_owned(), text.to_owned())
}

#[test]
fn a_merge_goes_on_by_the_clock() {
    let tenant = Tenant::empty();
    let template = template(
        &tenant,
        "Quote.txt",
        "Dear {{Name}}, {{Total \\# Currency}}",
    );
    let data = json!({"Name": "Jürgen", "Total": 5}).to_string();
    let id = start(
        &tenant,
        json!({
            "templateSources": [{"integrationName": "conga", "fileId": template}], "jsonData": data, "locale": "de-DE",
        }),
    );
    assert_eq!(status(&tenant, &id)["message"], "Queued");
    assert!(files(&tenant, &id).is_empty());
    tenant.world.clock.advance(Duration::from_millis(100));
    assert_eq!(status(&tenant, &id)["message"], "In Progress");
    tenant.world.clock.advance(Duration::from_millis(200));
    let done = status(&tenant, &format!("{id}_DatasetJson"));
    assert_eq!(done["message"], "Completed");
    assert_eq!(done["correlationId"], id);
    assert_eq!(done["detail"][0]["message"], "Succeeded");
    assert_eq!(done["errors"], json!([]));
    assert_eq!(
        files(&tenant, &id),
        [pair("Quote.txt", "Dear Jürgen, 5,00\u{a0}€")]
    );
    let info = call(&tenant, "get_merge").path("id", &id).send();
    assert_eq!(ok(&info)["correlationId"], id);
    for operation in ["get_merge", "get_merge_status"] {
        let got = call(&tenant, operation).path("id", "nobody").send();
        assert_eq!(got.status, 204);
    }
    tenant.world.clock.advance(Duration::from_secs(86_400));
    let again = files(&tenant, &id);
    assert_eq!(again.len(), 1);
}

#[test]
fn a_record_is_merged_with_what_its_lookups_name() {
    let tenant = Tenant::demo();
    let contact = tenant
        .call("data", "query_contacts")
        .json(json!({"Criteria": "LastName = 'Lefèvre'", "Limit": 1}))
        .send();
    let contact = contact.data(200)[0].clone();
    let text = "{{Name}} of {{Account.Name}} ({{ACCOUNT_INDUSTRY}}), {{Contact.Title}}: {{Extra}}";
    let template = template(&tenant, "a.txt", text);
    let id = start(
        &tenant,
        json!({
            "templateSources": [{"fileId": template}], "salesforceRequest": {"masterId": contact["Id"]},
            "jsonData": "{\"Extra\": 7}",
        }),
    );
    tenant.world.clock.advance(DONE);
    let (_, merged) = &files(&tenant, &id)[0];
    let account = contact["Account"]["Name"].as_str().unwrap();
    let name = contact["Name"].as_str().unwrap();
    assert!(
        merged.starts_with(&format!("{name} of {account} (")),
        "{merged}"
    );
    assert!(!merged.contains("()"));
    assert!(merged.ends_with(&format!("{}: 7", contact["Title"].as_str().unwrap())));
}

#[test]
fn rows_that_fail_do_not_stop_the_others_and_are_sent_again() {
    let tenant = Tenant::empty();
    let template = template(&tenant, "Invoice.txt", "No. {{Number}}");
    let row = |id: &str, data: Value| json!({"Id": id, "DocumentOptions": {"OutputName": format!("Invoice {id}.txt")}, "Data": data});
    let merge = |rows: Value| {
        let id = start(
            &tenant,
            json!({"templateSources": [{"fileId": template}], "jsonData": rows.to_string()}),
        );
        tenant.world.clock.advance(DONE);
        id
    };
    let id = merge(json!([
        row("r1", json!({"Number": 1})),
        row("r2", json!("no data")),
        row("r3", json!({"Number": 3})),
        "nonsense",
    ]));
    let got = status(&tenant, &id);
    assert_eq!(got["message"], "Completed with errors");
    let messages: Vec<_> = got["detail"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| &row["message"])
        .collect();
    assert_eq!(messages, ["Succeeded", "Failed", "Succeeded", "Failed"]);
    assert_eq!(got["detail"][1]["id"], "r2");
    assert!(
        got["errors"][0]["message"]
            .as_str()
            .unwrap()
            .starts_with("row 'r2': the row has no Data")
    );
    assert_eq!(
        files(&tenant, &id),
        [
            pair("Invoice r1.txt", "No. 1"),
            pair("Invoice r3.txt", "No. 3")
        ]
    );

    let again = merge(json!([row("r2", json!({"Number": 2}))]));
    assert_eq!(status(&tenant, &again)["message"], "Completed");
    assert_eq!(files(&tenant, &again), [pair("Invoice r2.txt", "No. 2")]);
    let none = merge(json!([1, 2]));
    assert_eq!(status(&tenant, &none)["message"], "Failed");
}

#[test]
fn a_fault_of_a_template_is_the_merges_and_not_the_requests() {
    let tenant = Tenant::empty();
    let open = template(&tenant, "open.txt", "{{TableStart:a}}");
    let pdf = template(&tenant, "a.pdf", "%PDF-1.7");
    for (id, message) in [
        (open.as_str(), "{{TableStart:a}} has no"),
        (
            "nowhere/x.txt",
            "no document and no file has the id or path",
        ),
        (pdf.as_str(), "a PDF is no template"),
        ("../../etc/passwd", "no document and no file"),
    ] {
        let merge = start(&tenant, json!({"templateSources": [{"fileId": id}]}));
        tenant.world.clock.advance(DONE);
        let got = status(&tenant, &merge);
        assert_eq!(got["message"], "Failed");
        let error = got["errors"][0]["message"].as_str().unwrap();
        assert!(error.contains(message), "{error}");
    }
    let refused = |request: Value| call(&tenant, "start_merge").json(request).send();
    let got = refused(json!({}));
    assert!(problem(&got, 400).contains("has no template"));
    let got = refused(json!({"templateSources": [{"fileId": open}], "jsonData": "{"}));
    assert!(problem(&got, 400).contains("not a JSON text"));
    let webhook = json!([{"type": "Webhook", "dataSourceId": "x"}]);
    let got = refused(json!({"templateSources": [{"fileId": open}], "dataSources": webhook}));
    assert!(problem(&got, 400).contains("no webhooks"));
    let rows = Value::from(vec![json!({}); 1_001]).to_string();
    let got = refused(json!({"templateSources": [{"fileId": open}], "jsonData": rows}));
    assert!(problem(&got, 400).contains("several merges"));
    let got = call(&tenant, "list_merge_preview_files")
        .path("correlationId", "nobody")
        .send();
    problem(&got, 400);
}

#[test]
fn options_make_a_pdf_and_name_it() {
    let tenant = Tenant::empty();
    let html = template(&tenant, "Offer.html", "<h1>{{Name}}</h1>");
    let merge = |more: Value| {
        let mut request =
            json!({"templateSources": [{"fileId": html}], "jsonData": "{\"Name\": \"A/B\"}"});
        request
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let id = start(&tenant, request);
        tenant.world.clock.advance(DONE);
        files(&tenant, &id).remove(0)
    };
    let (name, content) =
        merge(json!({"legacyOptions": {"DefaultPDF": "1", "OFN": "Offer {{Name}}.docx"}}));
    assert_eq!(name, "Offer A-B.pdf");
    assert!(content.starts_with("%PDF-1."));
    let (name, content) = merge(json!({"adaptation": {"convertToPDF": true}}));
    assert_eq!(name, "Offer.pdf");
    assert!(content.starts_with("%PDF-1."));
    assert_eq!(merge(json!({})), pair("Offer.html", "<h1>A/B</h1>"));
}

#[test]
fn a_preview_waits_to_be_accepted() {
    let tenant = Tenant::demo();
    let account = tenant
        .call("data", "list_accounts")
        .query("pageSize", 1)
        .send();
    let account = account.data(200)[0]["Id"].as_str().unwrap().to_owned();
    let template = template(&tenant, "a.txt", "{{Name}}");
    let preview = || {
        start(
            &tenant,
            json!({
                "templateSources": [{"fileId": template}], "legacyOptions": {"DS7Preview": "1"},
                "salesforceRequest": {"masterId": account},
                "destinations": [
                    {"integrationName": "salesforce"}, {"integrationName": "s3", "folderId": "out/2026"},
                ],
            }),
        )
    };
    let decide =
        |operation: &str, id: &str| call(&tenant, operation).path("correlationId", id).send();
    let attachments = || {
        let got = call(&tenant, "list_salesforce_attachments")
            .path("objectId", &account)
            .send();
        ok(&got)["data"].as_array().unwrap().len()
    };
    let accepted = preview();
    problem(&decide("accept_merge", &accepted), 400);
    tenant.world.clock.advance(DONE);
    assert_eq!(status(&tenant, &accepted)["message"], "Preview");
    assert_eq!(files(&tenant, &accepted).len(), 1);
    assert_eq!(attachments(), 0);
    assert_eq!(
        ok(&decide("accept_merge", &accepted))["correlationId"],
        accepted
    );
    assert_eq!(status(&tenant, &accepted)["message"], "Completed");
    assert_eq!(attachments(), 1);
    let got = tenant
        .call("file-store", "list_file_names")
        .path("filePath", "s3/out/2026")
        .send();
    assert_eq!(got.data(200)["FilesInfo"][0]["FileName"], "a.txt");
    problem(&decide("accept_merge", &accepted), 400);

    let rejected = preview();
    tenant.world.clock.advance(DONE);
    ok(&decide("reject_merge", &rejected));
    assert_eq!(status(&tenant, &rejected)["message"], "Rejected");
    assert!(files(&tenant, &rejected).is_empty());
    assert_eq!(attachments(), 1);
    assert_eq!(decide("accept_merge", "nobody").status, 204);
}

#[test]
fn templates_and_data_come_with_the_request() {
    let tenant = Tenant::empty();
    let got = call(&tenant, "start_merge_from_upload")
        .field("RequestBody", r#"{"legacyOptions": {"OFN": "Out"}}"#)
        .file("JsonData", "data.json", r#"{"Name": "Zoë"}"#)
        .file("LocalTemplates", "a.txt", "Hi {{Name}}")
        .file("LocalTemplates", "b.exe", "x")
        .send();
    let id = ok(&got)["correlationId"].as_str().unwrap().to_owned();
    tenant.world.clock.advance(DONE);
    assert_eq!(status(&tenant, &id)["message"], "Completed with errors");
    assert_eq!(files(&tenant, &id), [pair("Out.txt", "Hi Zoë")]);
    let got = call(&tenant, "start_merge_from_upload")
        .field("RequestBody", r#"{"templateSources": 5}"#)
        .send();
    problem(&got, 400);
}

/// A job's state, once it is done.
fn job(tenant: &Tenant, got: &Got) -> Value {
    let answer = ok(got);
    assert_eq!(answer["statusCode"], 202);
    assert_eq!(answer["job"]["status"], "Queued");
    assert!(answer["job"]["result"].is_null());
    tenant.world.clock.advance(DONE);
    let id = answer["job"]["id"].as_str().unwrap();
    let got = call(tenant, "get_job").path("id", id).send();
    ok(&got).clone()
}

/// The content of a document that a job made.
fn content(tenant: &Tenant, document: &Value) -> String {
    let got = tenant
        .call("document-management", "download_document")
        .path("id", document["id"].as_str().unwrap())
        .send();
    assert_eq!(got.status, 200);
    String::from_utf8_lossy(&got.bytes).into_owned()
}

#[test]
fn documents_are_generated_for_each_entry_of_the_data() {
    let tenant = Tenant::demo();
    let account = tenant
        .call("data", "list_accounts")
        .query("pageSize", 1)
        .send();
    let account = account.data(200)[0].clone();
    let text = "{{Name}} {{Agreement.Name}}:{{TableStart:Lines}} {{Name}}{{TableEnd:Lines}}";
    let template = template(&tenant, "a.txt", text);
    let sets = json!([
        {"ObjectName": "Agreement", "Result": [{"Id": "1", "Name": "MSA"}]},
        {"ObjectName": "Lines", "Result": [{"Name": "a"}, {"Name": "b"}]},
    ]);
    let got = call(&tenant, "generate_documents")
        .json(json!({
            "templates": [{"id": template}],
            "data": [
                {"entityId": "A-7", "entityName": "Agreement", "Data": sets.to_string()},
                {"entityId": account["Id"], "entityName": "Account"},
                {"entityId": "nobody", "entityName": "Account"},
                {"entityId": "A-8", "entityName": "Agreement", "data": "{"},
                {"entityId": "A-9", "entityName": "Quote", "entityData": {"data": [
                    {"objectName": "Quote", "result": [{"Name": "Q"}]},
                ]}},
            ],
            "outputConfig": {"fileName": "Doc {{Name}}"},
        }))
        .send();
    let job = job(&tenant, &got);
    assert_eq!(job["status"], "Completed");
    assert_eq!(job["progress"], 100.0);
    let documents = job["result"]["Documents"].as_array().unwrap();
    assert_eq!(documents.len(), 3);
    assert_eq!(content(&tenant, &documents[0]), "MSA MSA: a b");
    assert_eq!(documents[0]["name"], "Doc MSA.txt");
    assert_eq!(documents[0]["entityId"], "A-7");
    assert_eq!(documents[0]["extension"], ".txt");
    let name = account["Name"].as_str().unwrap();
    assert!(content(&tenant, &documents[1]).starts_with(name));
    assert_eq!(documents[2]["entityName"], "Quote");
    let errors = job["result"]["Errors"].as_array().unwrap();
    assert_eq!(errors[0]["row"], 3);
    assert!(
        errors[0]["message"]
            .as_str()
            .unwrap()
            .contains("no Account has the id 'nobody'")
    );
    assert_eq!(errors[1]["entityId"], "A-8");
    assert!(
        job["errorReason"]
            .as_str()
            .unwrap()
            .contains("not a JSON text")
    );

    let listed = tenant
        .call("document-management", "list_object_documents")
        .path("objectType", "Agreement")
        .path("objectId", "A-7")
        .send();
    let kept = &listed.data(200)[0]["DocumentMetadata"];
    assert_eq!(kept["DocumentId"], documents[0]["parentDocumentId"]);
}

#[test]
fn a_job_without_documents_has_failed() {
    let tenant = Tenant::empty();
    let got = call(&tenant, "generate_documents")
        .json(json!({"templates": [{"id": "nobody"}], "data": [{"data": "{}"}]}))
        .send();
    let job = job(&tenant, &got);
    assert_eq!(job["status"], "Failed");
    assert_eq!(job["result"]["Documents"], json!([]));
    for request in [
        json!({}),
        json!({"templates": [{"id": "x"}]}),
        json!({"templates": [{}], "data": [{}]}),
        json!({"templates": vec![json!({"id": "x"}); 40], "data": vec![json!({}); 40]}),
    ] {
        let got = call(&tenant, "generate_documents").json(request).send();
        problem(&got, 400);
    }
    let got = call(&tenant, "get_job").path("id", "nobody").send();
    problem(&got, 404);
}

#[test]
fn documents_are_converted_and_joined() {
    let tenant = Tenant::empty();
    let first = template(&tenant, "a.txt", "first");
    let second = template(&tenant, "b.txt", "second");
    let got = call(&tenant, "convert_document")
        .path("documentId", &first)
        .json(json!({"outputConfig": {"outputFormat": "PDF", "fileName": "Out", "watermarkText": "DRAFT"}}))
        .send();
    let converted = job(&tenant, &got);
    let document = &converted["result"]["Documents"][0];
    assert_eq!(document["name"], "Out.pdf");
    assert_eq!(document["fileType"], "application/pdf");
    assert!(content(&tenant, document).starts_with("%PDF-1."));

    let got = call(&tenant, "convert_documents")
        .json(json!({
            "documents": [{"id": first}, {"id": second}],
            "outputConfigs": [{"outputFormat": "HTML"}, {"outputFormat": "RTF"}],
        }))
        .send();
    let converted = job(&tenant, &got);
    assert_eq!(
        converted["result"]["Documents"].as_array().unwrap().len(),
        2
    );
    assert_eq!(converted["result"]["Errors"].as_array().unwrap().len(), 2);

    let got = call(&tenant, "join_documents")
        .json(json!({"documents": [{"id": first}, {"id": second}]}))
        .send();
    let joined = job(&tenant, &got);
    let document = &joined["result"]["Documents"][0];
    assert_eq!(document["name"], "JoinedDocument.txt");
    assert_eq!(content(&tenant, document), "first\n\u{c}second\n");
    let got = call(&tenant, "join_documents")
        .json(json!({"documents": []}))
        .send();
    problem(&got, 400);
}

#[test]
fn a_document_gets_a_version_where_it_is_updated() {
    let tenant = Tenant::empty();
    let document = template(&tenant, "a.txt", "first");
    let update = || {
        call(&tenant, "convert_document")
            .path("documentId", &document)
            .json(json!({"outputConfig": {"outputFormat": "HTML"}, "saveDocumentOptions": {"isUpdate": true}}))
            .send()
    };
    let converted = job(&tenant, &update());
    assert_eq!(
        converted["result"]["Documents"][0]["parentDocumentId"],
        document
    );
    tenant
        .call("document-management", "update_document_metadata")
        .path("documentId", &document)
        .json(json!({"CheckoutBy": "ann"}))
        .send()
        .data(200);
    let refused = job(&tenant, &update());
    assert_eq!(refused["status"], "Failed");
    assert!(
        refused["errorReason"]
            .as_str()
            .unwrap()
            .contains("checked out by 'ann'")
    );
}

#[test]
fn documents_are_protected() {
    let tenant = Tenant::empty();
    let text = template(&tenant, "a.txt", "text");
    let docx = {
        let got = call(&tenant, "convert_document")
            .path("documentId", &text)
            .json(json!({"outputConfig": {"outputFormat": "DOCX"}}))
            .send();
        job(&tenant, &got)["result"]["Documents"][0]["id"].clone()
    };
    let got = call(&tenant, "protect_documents")
        .json(json!({
            "documents": [{"id": docx}, {"id": text}],
            "wordProtectionConfig": {"restrictionType": "ReadOnly", "restrictionPassword": "secret"},
        }))
        .send();
    let protected = job(&tenant, &got);
    assert_eq!(protected["result"]["Documents"][0]["name"], "a.docx");
    assert_eq!(protected["result"]["Errors"][0]["row"], 2);
    assert!(!protected.to_string().contains("secret"));
    let got = call(&tenant, "protect_document")
        .path("documentId", &text)
        .json(json!({"wordProtectionConfig": {}}))
        .send();
    assert_eq!(job(&tenant, &got)["status"], "Failed");
}

#[test]
fn pdfs_are_joined_and_encrypted() {
    let tenant = Tenant::empty();
    let text = template(&tenant, "a.txt", "text");
    let convert = |output: Value| {
        let got = call(&tenant, "convert_document")
            .path("documentId", &text)
            .json(json!({"outputConfig": output}))
            .send();
        job(&tenant, &got)["result"]["Documents"][0]["id"].clone()
    };
    let plain = convert(json!({"outputFormat": "PDF"}));
    let locked = convert(json!({
        "outputFormat": "PDF", "pdfOutputConfig": {"protection": {"forbidAll": true, "ownerPassword": "secret"}},
    }));
    let join = |ids: [&Value; 2]| {
        let documents = ids.map(|id| json!({"id": id}));
        let got = call(&tenant, "join_documents")
            .json(json!({"documents": documents}))
            .send();
        job(&tenant, &got)
    };
    let joined = join([&plain, &text.clone().into()]);
    let joined = &joined["result"]["Documents"][0];
    assert_eq!(joined["name"], "JoinedDocument.pdf");
    assert!(content(&tenant, joined).starts_with("%PDF"));
    let refused = join([&plain, &locked]);
    assert_eq!(refused["status"], "Failed");
    let reason = refused["errorReason"].as_str().unwrap();
    assert!(reason.contains("encrypted"), "{reason}");
    let got = call(&tenant, "protect_documents")
        .json(json!({
            "documents": [{"id": plain}, {"id": text}, {"id": locked}],
            "pdfProtectionConfig": {"allowPrinting": true, "ownerPassword": "secret"},
        }))
        .send();
    let protected = job(&tenant, &got);
    assert_eq!(
        protected["result"]["Documents"].as_array().unwrap().len(),
        1
    );
    let errors = protected["result"]["Errors"].as_array().unwrap();
    assert_eq!(
        (&errors[0]["row"], &errors[1]["row"]),
        (&json!(2), &json!(3))
    );
    assert!(!protected.to_string().contains("secret"));
}

#[test]
fn html_is_previewed_and_data_described() {
    let tenant = Tenant::empty();
    let got = call(&tenant, "preview_template")
        .json(json!({"template": "<p>{{Name}}</p>", "dataModel": "{\"Name\": \"<b>\"}"}))
        .send();
    assert_eq!(got.bytes, "<p>&lt;b&gt;</p>");
    for body in [
        json!({"template": "x", "dataModel": "[]"}),
        json!({"template": "{{TableEnd:x}}"}),
    ] {
        let got = call(&tenant, "preview_template").json(body).send();
        problem(&got, 400);
    }
    let got = call(&tenant, "derive_data_schema")
        .json(json!({"a": [{"b": 1}], "c": null, "d": 1.5, "e": []}))
        .send();
    assert_eq!(
        ok(&got)["properties"]["a"]["items"]["properties"]["b"]["type"],
        "integer"
    );
    let mut deep = json!(1);
    for _ in 0..100 {
        deep = json!([deep]);
    }
    let got = call(&tenant, "derive_data_schema").json(deep).send();
    problem(&got, 400);
}

#[test]
fn solutions_are_kept() {
    let tenant = Tenant::empty();
    let create = |name: &str| {
        call(&tenant, "create_solution")
            .json(json!({"name": name, "templates": [{"id": "t"}], "description": "d"}))
            .send()
    };
    let got = create("Quotes");
    assert_eq!(got.status, 201);
    let id = got.json["id"].as_str().unwrap().to_owned();
    create("Invoices");
    problem(&create(""), 400);
    let on = |operation: &str| call(&tenant, operation).path("id", &id);
    let got = on("update_solution")
        .json(json!({"description": "new"}))
        .send();
    assert_eq!(ok(&got)["description"], "new");
    assert_eq!(ok(&on("get_solution").send())["name"], "Quotes");
    let list = |name: &str, size: i64| {
        call(&tenant, "list_solutions")
            .query("searchName", name)
            .query("pageSize", size)
            .send()
    };
    assert_eq!(ok(&list("quo", 10))["totalRecords"], 1);
    let got = list("", 1);
    assert_eq!(ok(&got)["totalPages"], 2);
    assert_eq!(ok(&got)["recordCount"], 1);
    problem(&list("", 0), 400);
    assert_eq!(on("delete_solution").send().status, 204);
    problem(&on("get_solution").send(), 404);
    problem(&on("delete_solution").send(), 404);
    problem(&on("update_solution").json(json!({})).send(), 404);
}

#[test]
fn drafts_are_finished() {
    let tenant = Tenant::empty();
    let got = call(&tenant, "create_draft")
        .json(json!({
            "name": "D", "status": "Draft", "templates": [{"id": "t"}], "outputBehaviors": [{"id": "1", "value": "1"}],
        }))
        .send();
    assert_eq!(got.status, 201, "{}", got.json);
    let id = got.json["data"].as_str().unwrap().to_owned();
    let draft = || call(&tenant, "get_draft").path("id", &id).send();
    assert_eq!(ok(&draft())["data"]["name"], "D");
    let got = call(&tenant, "fix_solution_statuses").send();
    assert_eq!(ok(&got)["isSuccess"], true);
    problem(&draft(), 404);
    let got = call(&tenant, "get_solution").path("id", &id).send();
    assert_eq!(ok(&got)["status"], "Complete");
    let got = call(&tenant, "create_draft")
        .json(json!({"name": "D", "status": "Done"}))
        .send();
    problem(&got, 400);
}

#[test]
fn brandings_are_kept() {
    let tenant = Tenant::empty();
    let create = |file: &str| {
        call(&tenant, "create_custom_branding")
            .field("CustomName", "Acme")
            .file("file", file, "png")
            .send()
    };
    problem(&create("logo.exe"), 400);
    let got = create("logo.png");
    assert_eq!(got.status, 201);
    assert_eq!(got.json["logoMimeType"], "image/png");
    let id = got.json["id"].as_str().unwrap().to_owned();
    let on = |operation: &str| call(&tenant, operation).path("id", &id);
    assert_eq!(on("download_custom_branding").send().bytes, "png");
    let got = on("update_custom_branding")
        .field("CustomName", "Zenith")
        .file("Logo", "logo.jpg", "jpg")
        .send();
    assert_eq!(ok(&got)["customName"], "Zenith");
    assert_eq!(on("download_custom_branding").send().bytes, "jpg");
    assert_eq!(
        ok(&on("get_custom_branding").send())["data"]["logoPath"],
        "logo.jpg"
    );
    let got = call(&tenant, "list_custom_brandings")
        .query("customName", "zen")
        .send();
    assert_eq!(ok(&got)["recordCount"], 1);
    assert_eq!(on("delete_custom_branding").send().status, 204);
    problem(&on("get_custom_branding").send(), 404);
    problem(&on("download_custom_branding").send(), 404);
}

#[test]
fn parameters_are_those_that_are_obeyed() {
    let tenant = Tenant::empty();
    let got = call(&tenant, "list_parameters")
        .query("searchName", "pdf")
        .send();
    assert_eq!(ok(&got)["data"][0]["parameterName"], "DefaultPDF");
    let got = call(&tenant, "get_parameter").path("id", "OFN").send();
    assert_eq!(ok(&got)["name"], "OFN");
    problem(&call(&tenant, "get_parameter").path("id", "x").send(), 404);
    ok(&call(&tenant, "get_environment_info").send());
}

#[test]
fn salesforce_is_the_sandboxes_own_records() {
    let tenant = Tenant::demo();
    let contact = tenant
        .call("data", "list_contacts")
        .query("pageSize", 1)
        .send();
    let contact = contact.data(200)[0].clone();
    let related = |id: &Value| {
        call(&tenant, "list_salesforce_related_contacts")
            .path("recordId", id.as_str().unwrap())
            .send()
    };
    let got = related(&contact["Account"]["Id"]);
    assert!(ok(&got)["totalCount"].as_u64().unwrap() > 1);
    assert_eq!(ok(&got)["data"][0]["isPrimary"], true);
    assert_eq!(ok(&related(&contact["Id"])), ok(&got));
    assert_eq!(ok(&related(&json!("nobody")))["totalCount"], 0);
    let kind = |id: &str| {
        call(&tenant, "get_salesforce_object_type")
            .path("recordId", id)
            .send()
    };
    assert_eq!(
        ok(&kind(contact["Id"].as_str().unwrap()))["objectName"],
        "Contact"
    );
    problem(&kind("nobody"), 400);
    let got = call(&tenant, "search_salesforce")
        .query("searchQuery", "okafor")
        .send();
    assert!(!ok(&got).as_array().unwrap().is_empty());
    template(&tenant, "t.txt", "x");
    let templates = |kind: &str| {
        call(&tenant, "list_salesforce_templates")
            .query("templateType", kind)
            .send()
    };
    // With those of the demo company: a DOCX and a text, and an HTML.
    assert_eq!(ok(&templates("cgt"))["totalCount"], 3);
    assert_eq!(ok(&templates("CET"))["totalCount"], 1);
    problem(&templates("x"), 400);
}

#[test]
fn a_merge_is_orchestrated_by_a_link_or_a_body() {
    let tenant = Tenant::demo();
    let template = template(&tenant, "t.txt", "For {{Name}}");
    let account = seed::id("Account", 0);
    let by_link = call(&tenant, "orchestrate_merge_by_link");
    let got = by_link
        .query("templateId", &template)
        .query("id", &account)
        .query("OFN", "Letter to {{Name}}")
        .query("DS7Preview", 1)
        .send();
    assert_eq!(ok(&got)["isSuccessful"], true);
    let id = got.json["operationID"].as_str().unwrap().to_owned();
    tenant.world.clock.advance(DONE);
    assert_eq!(status(&tenant, &id)["message"], "Preview");
    let files = call(&tenant, "list_merge_preview_files")
        .path("correlationId", &id)
        .send();
    assert_eq!(
        ok(&files)[0]["mergedFileName"],
        "Letter to Northwind Biologics.txt"
    );
    let post = |body: &str| {
        let call = call(&tenant, "orchestrate_merge");
        call.bytes(body.to_owned()).send()
    };
    let body = json!({"templateSources": [{"fileId": template}], "jsonData": "{}"});
    assert_eq!(ok(&post(&body.to_string()))["statusCode"], "Accepted");
    problem(&post("[]"), 400);
    problem(&post("{"), 400);
    problem(&post("{}"), 400);
    let nothing = ["orchestrate_merge", "orchestrate_merge_by_link"];
    for operation in nothing {
        assert_eq!(call(&tenant, operation).send().status, 204);
    }
}

#[test]
fn a_package_to_sign_leads_to_the_file_of_the_merge() {
    let tenant = Tenant::empty();
    let template = template(&tenant, "t.txt", "{{Name}}");
    let id = start(
        &tenant,
        json!({"templateSources": [{"fileId": template}], "jsonData": "{\"Name\": \"x\"}"}),
    );
    let sign = |operation: &str, id: &str| {
        call(&tenant, operation)
            .path("correlationId", id)
            .query("signProvider", "CongaSign")
            .send()
    };
    let info = || call(&tenant, "get_merge").path("id", &id).send().json;
    problem(&sign("create_sign_package", &id), 400);
    tenant.world.clock.advance(DONE);
    let link = |got: &Got| {
        let address = ok(got).as_str().unwrap().to_owned();
        address.split_once("/shared/").unwrap().1.to_owned()
    };
    link(&sign("create_mock_sign_package", &id));
    assert_eq!(info()["infoObject"], Value::Null);
    let token = link(&sign("create_sign_package", &id));
    let package = info();
    let package = &package["infoObject"]["signTransaction"];
    assert!(package["tagUrl"].as_str().unwrap().ends_with(&token));
    let shared = tenant.world.follow_link(&token, &HeaderMap::new());
    assert!(matches!(shared.unwrap().body, AnswerBody::Bytes(_, bytes) if bytes == "x"));
    problem(&sign("create_sign_package", "none"), 400);
    let no_provider = call(&tenant, "create_sign_package");
    problem(&no_provider.path("correlationId", &id).send(), 400);
    let failed = start(&tenant, json!({"templateSources": [{"fileId": "none"}]}));
    tenant.world.clock.advance(DONE);
    problem(&sign("create_sign_package", &failed), 400);
}

#[test]
fn a_document_is_processed_as_the_output_says() {
    let tenant = Tenant::empty();
    let text = template(&tenant, "a.txt", "text");
    let process = |metadata: Value| {
        let got = call(&tenant, "process_document")
            .path("documentId", &text)
            .json(json!({"outputConfig": {"outputFormat": "PDF", "documentMetadata": metadata}}))
            .send();
        job(&tenant, &got)
    };
    let done = process(json!({"Reviewed": true}));
    assert_eq!(done["name"], "Process");
    let document = &done["result"]["Documents"][0];
    assert_eq!(document["name"], "a.pdf");
    let id = document["parentDocumentId"].as_str().unwrap();
    let metadata = tenant
        .call("document-management", "get_document_metadata")
        .path("documentId", id)
        .send();
    assert_eq!(metadata.data(200)["Reviewed"], true);
    let failed = process(json!({"FileId": "x"}));
    assert!(failed["errorReason"].as_str().unwrap().contains("FileId"));
    let got = call(&tenant, "process_documents")
        .json(json!({"documents": [{"id": text}, {"id": "none"}]}))
        .send();
    let both = job(&tenant, &got);
    assert_eq!(both["result"]["Documents"][0]["name"], "a.txt");
    assert_eq!(both["result"]["Errors"][0]["row"], 2);
}

#[test]
fn a_snippet_is_written_in_each_language() {
    let tenant = Tenant::empty();
    let languages = call(&tenant, "list_solution_languages").send();
    assert_eq!(languages.json, json!(["cURL", "JavaScript", "Python"]));
    let snippet = |language: &str| {
        let solution = json!({
            "templates": ["it's"], "outputBehaviors": [{"parameterName": "DefaultPDF", "value": "1"}],
            "destinations": [{"isEnabled": false, "integrationName": "box"}],
        });
        call(&tenant, "get_solution_snippet")
            .json(json!({"language": language, "baseUrl": "https://conga.example/", "solution": solution}))
            .send()
    };
    let code = snippet("curl").json.as_str().unwrap().to_owned();
    assert!(code.contains("'https://conga.example/v1/Merge'"));
    assert!(code.contains(r#""fileId":"it'\''s""#), "{code}");
    for language in languages.json.as_array().unwrap() {
        let code = snippet(language.as_str().unwrap());
        assert!(ok(&code).as_str().unwrap().contains("DefaultPDF"));
        assert!(!code.json.as_str().unwrap().contains("box"));
    }
    assert!(problem(&snippet("COBOL"), 404).contains("Python"));
}
