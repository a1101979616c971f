//! E-mail: sent with attachments, and templates with the data of a merge.

use serde_json::json;

use super::{call, files, ok, problem, start, template};
use crate::mail;
use crate::services::data::seed;
use crate::services::tenant::{Got, Request, Tenant};

/// A form with all that a mail needs.
fn form<'a>(tenant: &'a Tenant, operation: &str) -> Request<'a> {
    call(tenant, operation)
        .field("EmailTo.Address", "ann@customer.example")
        .field("EmailTo.DisplayName", "Ann Müller")
        .field("EmailSubject", "Your documents")
        .field("EmailTextBody", "Here they are.")
}

/// An e-mail template; gives its id.
fn mail_template(tenant: &Tenant) -> String {
    let category =
        json!({"Name": "Merges", "CategoryType": "EmailTemplate", "AccessType": "Public"});
    let got = tenant
        .call("email", "create_email_template_category")
        .json(category)
        .send();
    let template = json!({
        "Name": "Cover", "TemplateType": "HTML", "AccessType": "Public",
        "EmailTemplateCategory": {"Id": got.data(200)["Id"]},
        "Subject": "{{Number}} for {{Name}}", "Body": "Dear {{Recipient.FirstName}}",
        "HtmlValue": "<p>Dear {{Contact.FirstName}}</p>",
    });
    let got = tenant
        .call("email", "create_email_template")
        .json(template)
        .send();
    got.data(200)["Id"].as_str().unwrap().to_owned()
}

#[test]
fn a_mail_is_sent_with_the_files_of_the_form() {
    let tenant = Tenant::demo();
    let got = form(&tenant, "send_email")
        .query("isSandbox", true)
        .field("EmailAdditionalTo", "ben@customer.example")
        .field("EmailAdditionalTo", "cat@customer.example")
        .field("EmailCC", "dan@customer.example")
        .field("EmailBcc", "eve@customer.example")
        .field("EmailHTMLBody", "<p>Here they are.</p>")
        .file("Attachments", "Größe.pdf", b"%PDF-1.4".as_slice())
        .file("Attachments", "../data.bin", b"\0\xff".as_slice())
        .send();
    let id = ok(&got).as_str().unwrap();
    let mail = mail::find(&tenant.world, id).unwrap().unwrap();
    let to: Vec<&str> = mail.to.iter().map(|to| to.address.as_str()).collect();
    assert_eq!(
        to,
        [
            "ann@customer.example",
            "ben@customer.example",
            "cat@customer.example"
        ]
    );
    assert_eq!(mail.to[0].name.as_deref(), Some("Ann Müller"));
    assert_eq!(mail.cc[0].address, "dan@customer.example");
    assert_eq!(mail.bcc[0].address, "eve@customer.example");
    assert_eq!(mail.html.as_deref(), Some("<p>Here they are.</p>"));
    assert_eq!(mail.attachments[0].name, "Größe.pdf");
    assert_eq!(mail.attachments[1].name, "data.bin");
    assert_eq!(&*mail.attachments[1].content, b"\0\xff");

    let got = tenant
        .call("email", "query_email_statuses")
        .json(json!({"EmailSendId": id}))
        .send();
    assert_eq!(got.data(200)["Jobs"].as_array().unwrap().len(), 5);
}

#[test]
fn a_recipient_may_be_named_by_id_and_html_has_its_text() {
    let tenant = Tenant::demo();
    let got = call(&tenant, "send_email")
        .field("EmailTo.Id", seed::id("Contact", 0))
        .field("EmailSubject", "Hello")
        .field("EmailHTMLBody", "<h1>Hello</h1><p>you &amp; me</p>")
        .send();
    ok(&got);
    let mail = mail::all(&tenant.world).unwrap().pop().unwrap();
    assert_eq!(
        mail.to[0].address,
        "amara.okafor@northwind-biologics.example"
    );
    assert_eq!(mail.to[0].name.as_deref(), Some("Amara Okafor"));
    assert_eq!(mail.text, "Hello\nyou & me\n");
}

#[test]
fn the_mock_sends_nothing() {
    let tenant = Tenant::empty();
    let got = form(&tenant, "send_mock_email")
        .file("Attachments", "a.txt", b"a".as_slice())
        .send();
    assert_eq!(
        *ok(&got),
        "mock: 'Your documents' to ann@customer.example with 1 attachments; nothing was sent"
    );
    assert!(mail::all(&tenant.world).unwrap().is_empty());
    let got = form(&tenant, "send_mock_email")
        .field("EmailCC", "nobody")
        .send();
    assert!(problem(&got, 400).contains("Cc: 'nobody'"));
}

#[test]
fn a_mail_that_lacks_something_is_refused() {
    let tenant = Tenant::demo();
    let send = |fields: &[(&str, &str)]| -> Got {
        let call = call(&tenant, "send_email");
        let form = fields
            .iter()
            .fold(call, |call, (name, value)| call.field(name, *value));
        form.send()
    };
    let to = ("EmailTo.Address", "a@b.example");
    let subject = ("EmailSubject", "Hello");
    let body = ("EmailTextBody", "Hello");
    for (fields, words) in [
        (&[subject, body][..], "no recipient"),
        (&[to, body], "EmailSubject is required"),
        (&[to, subject], "no body"),
        (&[("EmailTo.Id", "nobody"), subject, body], "EmailTo.Id"),
        (
            &[("EmailTo.Id", &seed::id("Account", 0)), subject, body],
            "EmailTo.Id",
        ),
        (
            &[
                ("EmailTo.Address", "a@b\r\nBcc: c@d.example"),
                subject,
                body,
            ],
            "To: ",
        ),
        (
            &[to, ("EmailSubject", "Hello\r\nBcc: c@d.example"), body],
            "Subject",
        ),
        (
            &[to, subject, body, ("EmailAdditionalTo", "nobody")],
            "To: 'nobody'",
        ),
    ] {
        let got = send(fields);
        assert!(problem(&got, 400).contains(words), "{}", got.json);
    }
    assert!(mail::all(&tenant.world).unwrap().is_empty());
}

#[test]
fn a_template_takes_the_data_of_a_merge() {
    let tenant = Tenant::demo();
    let document = template(&tenant, "quote.txt", "{{Number}}");
    let id = start(
        &tenant,
        json!({
            "templateSources": [{"fileId": document}],
            "jsonData": json!([{"Number": "Q-7"}, {"Number": "Q-8"}]).to_string(),
            "salesforceRequest": {
                "masterId": seed::id("Account", 0), "emailTemplateId": mail_template(&tenant),
                "relatedContactId": seed::id("Contact", 0),
            },
        }),
    );
    let merge = |id: &str| {
        call(&tenant, "merge_email_template")
            .query("correlationId", id)
            .send()
    };
    let got = merge(&id);
    let merged = ok(&got);
    assert_eq!(merged["emailSubject"], "Q-7 for Northwind Biologics");
    assert_eq!(merged["emailTextBody"], "Dear Amara");
    assert_eq!(merged["emailHTMLBody"], "<p>Dear Amara</p>");
    let suffixed = merge(&format!("{id}_DatasetJson"));
    assert_eq!(ok(&suffixed)["emailSubject"], merged["emailSubject"]);

    // The files of a merge are attached by its correlation id.
    tenant.world.clock.advance(super::DONE);
    let request = json!({
        "FromEmailOption": "LoggedInUser", "To": [{"Address": "ann@customer.example"}],
        "Subject": "Quotes", "PlainTextBody": "Here they are.", "Attachments": [{"File": id}],
    });
    let got = tenant.call("email", "send_email").json(request).send();
    got.data(200);
    let mail = mail::all(&tenant.world).unwrap().pop().unwrap();
    let attached = mail.attachments.iter().map(|file| {
        let content = String::from_utf8(file.content.to_vec()).unwrap();
        (file.name.clone(), content)
    });
    assert_eq!(attached.collect::<Vec<_>>(), files(&tenant, &id));

    assert!(problem(&merge("nobody"), 400).contains("no merge"));
    assert!(problem(&merge(""), 400).contains("correlationId"));
    let plain = start(&tenant, json!({"templateSources": [{"fileId": document}]}));
    assert!(problem(&merge(&plain), 400).contains("emailTemplateId"));
    let lost = json!({"templateSources": [{"fileId": document}], "salesforceRequest": {"emailTemplateId": "nobody"}});
    let lost = start(&tenant, lost);
    assert!(problem(&merge(&lost), 400).contains("nobody"));
    let odd = json!({
        "templateSources": [{"fileId": document}], "jsonData": "[5]",
        "salesforceRequest": {"emailTemplateId": mail_template(&tenant)},
    });
    let odd = start(&tenant, odd);
    assert!(problem(&merge(&odd), 400).contains("no JSON object"));
}
