//! Profiles, categories, templates, and templates with data.

use serde_json::{Value, json};

use super::{Office, amara, text};
use crate::services::data::seed;

#[test]
fn a_profile_goes_by_its_name() {
    let office = Office::new();
    let profile = json!({
        "Name": "Service", "DisplayName": "Service desk", "EmailAddress": "service@meridian.example", "Team": "EMEA",
    });
    let got = office
        .on("create_email_profile")
        .json(profile.clone())
        .send();
    let created = got.data(201);
    assert_eq!(created["Team"], "EMEA");
    let get = |name: &str| office.on("get_email_profile").path("name", name).send();
    assert_eq!(get("service").data(200)["Id"], created["Id"]);
    assert_eq!(
        get("Sales desk").data(200)["EmailAddress"],
        "sales@meridian.example"
    );
    let again = office.on("create_email_profile").json(profile).send();
    assert!(again.errors(400)[0].contains("another profile"));

    let update = |fields: Value| {
        let call = office.on("update_email_profile").path("name", "Service");
        call.json(fields).send()
    };
    assert_eq!(*update(json!({"DisplayName": "Help"})).data(200), true);
    assert_eq!(get("Service").data(200)["DisplayName"], "Help");
    assert!(update(json!({"Name": "sales DESK"})).errors(400)[0].contains("unique"));
    update(json!({"EmailAddress": "nobody"})).errors(400);
    update(json!({"Name": "Helpers"})).data(200);
    get("Service").errors(404);

    let delete = |name: &str| office.on("delete_email_profile").path("name", name).send();
    assert_eq!(delete("Helpers").data(200), &created["Id"]);
    delete("Helpers").errors(404);
}

#[test]
fn a_profile_needs_a_name_and_an_address_that_may_send() {
    let office = Office::new();
    let cases = [
        (json!({}), "Name is required"),
        (
            json!({"Name": " ", "EmailAddress": "a@b.example"}),
            "Name is required",
        ),
        (json!({"Name": "X"}), "no e-mail address"),
        (
            json!({"Name": "X", "EmailAddress": "a@b\r\nc"}),
            "no e-mail address",
        ),
        (
            json!({"Name": "X", "EmailAddress": "a@b.invalid"}),
            "not verified",
        ),
    ];
    for (profile, words) in cases {
        let got = office.on("create_email_profile").json(profile).send();
        assert!(got.errors(400)[0].contains(words), "{}", got.json);
    }
}

#[test]
fn categories_lie_in_each_other() {
    let office = Office::new();
    let create = |fields: Value| {
        let call = office.on("create_email_template_category");
        call.json(fields).send()
    };
    let category = |name: &str, parent: Option<&Value>| json!({"Name": name, "CategoryType": "EmailTemplate", "AccessType": "Private", "ParentId": parent});
    let top = create(category("Top", None)).data(200)["Id"].clone();
    let below = create(category("Below", Some(&top))).data(200)["Id"].clone();
    let on = |operation: &str, id: &Value| office.on(operation).path("id", text(id));

    let got = office
        .on("list_email_template_categories")
        .query("parentId", text(&top))
        .send();
    assert_eq!(got.data(200)["TotalRecordCount"], 1);
    assert_eq!(got.data(200)["EmailTemplateCategories"][0]["Id"], below);
    let got = office
        .on("list_email_template_categories")
        .query("sortField", "Name")
        .query("sortDirection", "Descending")
        .query("pageSize", 2)
        .query("pageNumber", 2)
        .send();
    assert_eq!(got.data(200)["EmailTemplateCategories"][0]["Name"], "Below");
    assert_eq!(got.json["RecordCount"], 3);
    for (name, value) in [("pageNumber", "0"), ("pageSize", "0"), ("sortField", "a'b")] {
        let call = office.on("list_email_template_categories");
        call.query(name, value).send().errors(400);
    }

    let update =
        |id: &Value, fields: Value| on("update_email_template_category", id).json(fields).send();
    assert_eq!(
        *update(&below, category("Lower", Some(&top))).data(200),
        true
    );
    assert!(update(&top, category("Top", Some(&below))).errors(400)[0].contains("in itself"));
    update(&top, category("Top", Some(&top))).errors(400);
    let got = on("delete_email_template_category", &top).send();
    assert!(got.errors(409)[0].contains("1 categories"));
    assert_eq!(
        *on("delete_email_template_category", &below)
            .send()
            .data(200),
        below
    );
    on("delete_email_template_category", &top).send().data(200);
    on("get_email_template_category", &top).send().errors(404);

    for (field, value) in [
        ("Name", json!("")),
        ("CategoryType", json!("Clause")),
        ("AccessType", json!("Secret")),
        ("ParentId", json!("nobody")),
    ] {
        let mut fields = category("Odd", None);
        fields[field] = value;
        let got = create(fields);
        assert!(got.errors(400)[0].contains(field), "{}", got.json);
    }
}

#[test]
fn a_template_is_found_by_access_category_and_criteria() {
    let office = Office::new();
    let id = office.template(json!({"Name": "Private greeting"}));
    let names = |call: crate::services::tenant::Request<'_>| {
        let got = call.query("sortField", "Name").send();
        let data = got.data(200).clone();
        let templates = data["EmailTemplates"].as_array().unwrap();
        assert_eq!(data["TotalRecordCount"], templates.len());
        let names = templates.iter().map(|template| text(&template["Name"]));
        names.collect::<Vec<_>>()
    };
    let list = || office.on("list_email_templates");
    assert_eq!(names(list()), ["Private greeting"]);
    let public = list()
        .query("searchBy", "AccessType")
        .query("searchValue", "Public");
    assert_eq!(names(public), ["Contract ends soon", "Your quote"]);
    let category = text(&office.category());
    let within = list()
        .query("searchBy", "CategoryId")
        .query("searchValue", category.clone());
    assert_eq!(names(within).len(), 3);
    let search = |criteria: &str| {
        office
            .on("search_email_templates")
            .query("criteria", criteria)
    };
    assert_eq!(names(search("Name CONTAINS 'greet'")), ["Private greeting"]);
    search("").send().errors(400);
    search("Name ===").send().errors(400);

    let rename =
        json!({"Name": "Selling", "CategoryType": "EmailTemplate", "AccessType": "Public"});
    office
        .on("update_email_template_category")
        .path("id", category.clone())
        .json(rename)
        .send()
        .data(200);
    let got = office.on("get_email_template").path("id", id).send();
    assert_eq!(got.data(200)["EmailTemplateCategory"]["Name"], "Selling");
    let got = office
        .on("delete_email_template_category")
        .path("id", category)
        .send();
    assert!(got.errors(409)[0].contains("3 templates"));
}

#[test]
fn a_template_changes_is_cloned_and_goes() {
    let office = Office::new();
    let id = office.template(json!({"IsDeleted": true, "AttachmentFileNames": "../../etc/passwd"}));
    let on = |operation: &str| office.on(operation).path("id", id.clone());
    let got = on("get_email_template").send();
    let template = got.data(200);
    assert_eq!(template["IsActive"], true);
    assert_eq!(template["IsDeleted"], false);
    assert!(template["AttachmentFileNames"].is_null());
    let fields =
        json!({"Name": "Farewell", "TemplateType": "Text", "Subject": "Bye", "Body": "Bye"});
    assert_eq!(
        *on("update_email_template").json(fields).send().data(200),
        true
    );
    let got = on("clone_email_template").send();
    assert_eq!(got.data(200)["Subject"], "Bye");
    assert_ne!(got.data(200)["Id"], id.as_str());
    assert_eq!(*on("delete_email_template").send().data(200), id.as_str());
    for operation in [
        "get_email_template",
        "delete_email_template",
        "clone_email_template",
    ] {
        on(operation).send().errors(404);
    }

    for (field, value) in [
        ("Name", json!(null)),
        ("Body", json!(" ")),
        ("Subject", json!("")),
        ("TemplateType", json!("")),
        ("AccessType", json!("Everybody")),
        ("AccessType", json!(null)),
        ("EmailTemplateCategory", json!({"Id": "nobody"})),
        ("EmailTemplateCategory", json!(null)),
    ] {
        let mut fields = json!({
            "Name": "X", "TemplateType": "Text", "Subject": "X", "Body": "X", "AccessType": "Public",
            "EmailTemplateCategory": {"Id": office.category()},
        });
        fields[field] = value;
        let got = office.on("create_email_template").json(fields).send();
        assert!(got.errors(400)[0].contains(field), "{}", got.json);
    }
}

#[test]
fn files_go_with_a_template() {
    let office = Office::new();
    let id = office.template(json!({}));
    let on = |operation: &str| office.on(operation).path("id", id.clone());
    let attach = |name: &str| {
        let call = on("add_email_template_attachment");
        call.json(json!({"Name": name, "MimeType": "text/plain", "FileContent": "aGk="}))
            .send()
    };
    let got = attach("../Grüße.txt");
    assert_eq!(got.data(200)["FileName"], "Grüße.txt");
    let folder = text(&got.data(200)["FilePath"]);
    attach("terms.txt").data(200);
    attach("terms.txt").data(200);
    assert!(attach("a,b.txt").errors(400)[0].contains("comma"));
    let names = || on("get_email_template").send().data(200)["AttachmentFileNames"].clone();
    assert_eq!(names(), "Grüße.txt,terms.txt");
    let rendered = on("render_email_template").json(json!({})).send();
    let attachments = &rendered.data(200)["TemplateAttachments"];
    assert_eq!(attachments[0]["FileContent"], "aGk=");
    assert_eq!(attachments[1]["Name"], "terms.txt");

    let clone = text(&on("clone_email_template").send().data(200)["Id"]);
    let detach = |name: &str| {
        let call = on("delete_email_template_attachment").path("fileName", name);
        call.send()
    };
    let got = detach("terms.txt");
    assert_eq!(
        *got.data(200),
        json!({"FileName": "terms.txt", "FilePath": folder, "IsDeleted": true})
    );
    detach("terms.txt").errors(404);
    let got = on("delete_email_template_attachments").send();
    assert_eq!(got.data(200)[0]["FileName"], "Grüße.txt");
    assert!(names().is_null());

    let cloned = office
        .on("render_email_template")
        .path("id", clone)
        .json(json!({}))
        .send();
    let attachments = cloned.data(200)["TemplateAttachments"].as_array().unwrap();
    assert_eq!(attachments.len(), 2);
}

#[test]
fn an_attachment_without_content_or_name_is_refused() {
    let office = Office::new();
    let id = office.template(json!({}));
    let cases = [
        (
            json!({"Name": "a.txt", "MimeType": "text/plain"}),
            "no content",
        ),
        (
            json!({"MimeType": "text/plain", "FileContent": "aGk="}),
            "Name is required",
        ),
        (
            json!({"Name": "a.txt", "FileContent": "aGk="}),
            "MimeType is required",
        ),
        (
            json!({"Name": "..", "MimeType": "text/plain", "FileContent": "aGk="}),
            "no name",
        ),
        (
            json!({"Name": "a.txt", "MimeType": "text/plain", "FileData": "???"}),
            "Base64",
        ),
        (json!({"Name": "a.txt", "File": "nobody"}), "neither"),
    ];
    for (attachment, words) in cases {
        let call = office.on("add_email_template_attachment");
        let got = call.path("id", id.clone()).json(attachment).send();
        assert!(got.errors(400)[0].contains(words), "{}", got.json);
    }
    office
        .on("add_email_template_attachment")
        .path("id", "nobody")
        .json(json!({"Name": "a.txt", "MimeType": "text/plain", "FileContent": "aGk="}))
        .send()
        .errors(404);
}

#[test]
fn a_template_is_merged_with_a_record_its_recipient_and_data() {
    let office = Office::new();
    let id = office.template(json!({
        "TemplateType": "HTML",
        "Subject": "{{Name}} for {{Contact.FirstName}}",
        "Body": "{{Recipient.Email}}: {{Industry}}, {{Note}}",
        "HtmlValue": "<p>{{Note}}</p><ul><li>{{TableStart:Lines}}{{Item}}{{TableEnd:Lines}}</li></ul>",
    }));
    let parameters = json!({
        "ObjectName": "Account", "RecordId": seed::id("Account", 0),
        "RecipientType": "Contact", "RecipientId": amara(),
        "RecordDetails": {"Industry": "Brewing", "Note": "hidden"},
        "TemplateData": {"Note": "<b>5 µm</b>", "Lines": [{"Item": "lens"}, {"Item": "arm"}]},
    });
    let got = office
        .on("render_email_template")
        .path("id", id.clone())
        .json(parameters.clone())
        .send();
    let rendered = got.data(200);
    assert_eq!(rendered["Subject"], "Northwind Biologics for Amara");
    assert_eq!(
        rendered["PlainTextBody"],
        "amara.okafor@northwind-biologics.example: Brewing, <b>5 µm</b>"
    );
    assert_eq!(
        rendered["HtmlBody"],
        "<p>&lt;b&gt;5 µm&lt;/b&gt;</p><ul><li>lens</li><li>arm</li></ul>"
    );

    let mut unsaved = parameters;
    unsaved["EmailTemplateId"] = id.into();
    unsaved["HtmlBody"] = "<h1>{{Name}}</h1><p>{{Note}}</p>".into();
    let got = office
        .on("render_unsaved_email_template")
        .json(unsaved)
        .send();
    let rendered = got.data(200);
    assert_eq!(rendered["Subject"], "Northwind Biologics for Amara");
    assert_eq!(
        rendered["HtmlBody"],
        "<h1>Northwind Biologics</h1><p>&lt;b&gt;5 µm&lt;/b&gt;</p>"
    );
    assert_eq!(
        rendered["PlainTextBody"],
        "Northwind Biologics\n<b>5 µm</b>\n"
    );
    let got = office
        .on("render_unsaved_email_template")
        .json(json!({"Subject": "{{A}}", "PlainTextBody": "{{A}}!", "TemplateData": {"A": 7}}))
        .send();
    assert_eq!(got.data(200)["PlainTextBody"], "7!");
    assert!(got.data(200)["Id"].is_null());
}

#[test]
fn what_a_template_cannot_be_merged_with_is_named() {
    let office = Office::new();
    let render = |fields: Value| {
        office
            .on("render_unsaved_email_template")
            .json(fields)
            .send()
    };
    let cases = [
        (
            json!({"RecordId": "nobody", "ObjectName": "Account"}),
            "no Account",
        ),
        (json!({"RecipientId": "nobody"}), "RecipientId"),
        (json!({"EmailTemplateId": "nobody"}), "EmailTemplateId"),
        (json!({"PlainTextBody": "{{TableStart:A}}"}), "A"),
        (json!({"HtmlBody": "<p>{{TableEnd:A}}</p>"}), "A"),
    ];
    for (fields, words) in cases {
        let got = render(fields);
        assert!(got.errors(400)[0].contains(words), "{}", got.json);
    }
    let missing = office.on("render_email_template").path("id", "nobody");
    missing.json(json!({})).send().errors(404);
}
