//! The calls that send.

use serde_json::{Value, json};

use super::{Office, amara, text};
use crate::mail::Mail;
use crate::services::data::seed;

/// A mail with all that the text requires.
fn plain() -> Value {
    json!({
        "From": {"Address": "ada@sandbox.example", "DisplayName": "Ada"},
        "To": [{"Address": "ann@customer.example", "DisplayName": "Ann Müller"}],
        "Subject": "Hello", "PlainTextBody": "Good day.",
    })
}

fn with(field: &str, value: Value) -> Value {
    let mut request = plain();
    request[field] = value;
    request
}

impl Office {
    fn send(&self, request: Value) -> crate::services::tenant::Got {
        self.on("send_email").json(request).send()
    }

    /// Sends a mail; gives it as it lies in the mailbox.
    #[track_caller]
    fn sent(&self, request: Value) -> Mail {
        let got = self.send(request);
        let id = text(&got.data(200)["EmailSendId"]);
        let mail = self.mails().pop().unwrap();
        assert_eq!(mail.id, id);
        mail
    }
}

#[test]
fn a_mail_lies_in_the_mailbox_as_it_was_sent() {
    let office = Office::new();
    let mut request = plain();
    request["HtmlBody"] = "<p>Good day.</p>".into();
    request["Cc"] = json!([{"Address": "cc@customer.example"}]);
    request["Bcc"] = json!([{"Address": "bcc@customer.example", "DisplayName": ""}]);
    request["ReplyTo"] = json!([{"Address": "desk@meridian.example"}]);
    request["Priority"] = "Low".into();
    request["Headers"] = json!({"X-Order": "Größe 7"});
    let got = office.send(request);
    assert_eq!(got.data(200)["Success"], true);
    assert_eq!(got.data(200)["EmailStatusCode"], "Ok");
    let mail = office.mails().pop().unwrap();
    assert_eq!(mail.from.name.as_deref(), Some("Ada"));
    assert_eq!(mail.to[0].address, "ann@customer.example");
    assert_eq!(mail.cc[0].address, "cc@customer.example");
    assert_eq!(mail.bcc[0].name, None);
    assert_eq!(mail.reply_to[0].address, "desk@meridian.example");
    assert_eq!(
        (mail.subject.as_str(), mail.text.as_str()),
        ("Hello", "Good day.")
    );
    assert_eq!(mail.html.as_deref(), Some("<p>Good day.</p>"));
    assert_eq!(mail.deliveries.len(), 3);
    let raw = String::from_utf8(mail.raw.to_vec()).unwrap();
    assert!(raw.contains("X-Priority: 5\r\n") && raw.contains("X-Order: "));
}

#[test]
fn a_mail_comes_from_a_profile_a_user_or_whom_it_says() {
    let office = Office::new();
    let from = |request: Value| {
        let from = office.sent(request).from;
        (from.address, from.name.unwrap_or_default())
    };
    let mut request = with("FromEmailOption", "EmailProfile".into());
    request["EmailProfileName"] = "sales desk".into();
    request.as_object_mut().unwrap().remove("From");
    let (address, name) = from(request.clone());
    assert_eq!(address, "sales@meridian.example");
    assert_eq!(name, "Meridian Instruments, sales");
    assert_eq!(
        from(with("FromEmailOption", "LoggedInUser".into())).0,
        "ada@sandbox.example"
    );
    assert_eq!(
        from(with("FromEmailOption", "OrgWideEmail".into())).1,
        "Ada"
    );
    request["EmailProfileName"] = "nobody".into();
    assert!(office.send(request).errors(400)[0].contains("no profile 'nobody'"));
}

#[test]
fn a_mail_that_lacks_something_is_refused() {
    let office = Office::new();
    let injected = "x\r\nBcc: eve@evil.example";
    let cases = [
        (with("From", Value::Null), "From is required"),
        (
            with("From", json!({"Address": "a@b.invalid"})),
            "not verified",
        ),
        (with("From", json!({"Address": "nobody"})), "From: 'nobody'"),
        (with("To", json!([])), "no recipient"),
        (with("To", json!([{"Address": "a@b@c.example"}])), "To: "),
        (with("To", json!([{"DisplayName": "Ann"}])), "To: ''"),
        (
            with(
                "Cc",
                json!([{"Address": "a@b.example", "DisplayName": injected}]),
            ),
            "Cc",
        ),
        (with("Subject", Value::Null), "Subject is required"),
        (with("Subject", injected.into()), "Subject has a line break"),
        (
            with("PlainTextBody", "".into()),
            "PlainTextBody is required",
        ),
        (
            with("Headers", json!({"X-A": injected})),
            "X-A has a line break",
        ),
        (
            with("Headers", json!({"From": "eve@evil.example"})),
            "Headers: ",
        ),
        (
            with("Attachments", json!([{"Name": "a.txt"}])),
            "attachment 1: ",
        ),
    ];
    for (request, words) in cases {
        let got = office.send(request);
        assert!(got.errors(400)[0].contains(words), "{}", got.json);
    }
    assert!(office.mails().is_empty());
}

#[test]
fn files_are_attached_by_content_and_by_name() {
    let office = Office::new();
    let stored = office.stored("prices.csv", b"a,b\n");
    let (document, version) = office.document("Vertrag Größe.pdf", b"%PDF-1.4 not really");
    let mail = office.sent(with(
        "Attachments",
        json!([
            {"Name": "../note.txt", "MimeType": "text/plain", "FileContent": "aGk="},
            {"Name": "old.bin", "MimeType": "application/x-thing", "FileData": "AP8="},
            {"File": stored},
            {"File": document},
            {"File": version, "Name": "renamed.pdf"},
        ]),
    ));
    let files: Vec<(&str, &str, &[u8])> = mail
        .attachments
        .iter()
        .map(|file| (file.name.as_str(), file.media_type.as_str(), &*file.content))
        .collect();
    assert_eq!(
        files,
        [
            ("note.txt", "text/plain", b"hi".as_slice()),
            ("old.bin", "application/x-thing", b"\0\xff"),
            ("prices.csv", "text/csv", b"a,b\n"),
            (
                "Vertrag Größe.pdf",
                "application/pdf",
                b"%PDF-1.4 not really"
            ),
            ("renamed.pdf", "application/pdf", b"%PDF-1.4 not really"),
        ]
    );
    // What is sent stays sent.
    office
        .0
        .call("file-store", "delete_file")
        .json(json!({"FilePath": "outbox", "FileName": "prices.csv"}))
        .send()
        .data(200);
    assert_eq!(&*office.mails()[0].attachments[2].content, b"a,b\n");
}

#[test]
fn too_much_is_refused() {
    let office = Office::new();
    let content = "A".repeat(16 * 1024 * 1024);
    let one = json!({"Name": "a.bin", "MimeType": "application/x-thing", "FileContent": content});
    let two = json!([one, one, one]);
    let got = office.send(with("Attachments", two));
    assert!(got.errors(413)[0].contains("31457280"));
    assert!(office.mails().is_empty());
}

#[test]
fn a_bulk_call_sends_a_mail_for_each_wrapper() {
    let office = Office::new();
    let id = office.template(json!({"Body": "{{Recipient.FirstName}}, {{Note}}"}));
    office
        .on("add_email_template_attachment")
        .path("id", id.clone())
        .json(json!({"Name": "terms.txt", "MimeType": "text/plain", "FileContent": "aGk="}))
        .send()
        .data(200);
    let account = |at| json!({"ObjectName": "Account", "RecordId": seed::id("Account", at), "RecipientId": amara(), "TemplateData": {"Note": at}});
    let request = json!({
        "EmailTemplateId": id, "FromEmailOption": "EmailProfile", "EmailProfileName": "Sales desk",
        "Attachments": [{"Name": "all.txt", "MimeType": "text/plain", "FileContent": "aGk="}],
        "EmailRequestWrappers": [
            {"EmailTemplateParameters": account(0), "EmailParameters": {"To": [{"Address": "a@b.example"}]}},
            {"EmailTemplateParameters": account(1)},
        ],
    });
    let got = office.on("bulk_send_emails").json(request.clone()).send();
    assert_eq!(*got.data(200), true);
    let mails = office.mails();
    assert_eq!(mails.len(), 2);
    assert_eq!(mails[0].subject, "Hello Northwind Biologics");
    assert_eq!(mails[0].to[0].address, "a@b.example");
    assert_eq!(mails[1].subject, "Hello Halden Diagnostics");
    assert_eq!(mails[1].text, "Amara, 1");
    assert_eq!(
        mails[1].to[0].address,
        "amara.okafor@northwind-biologics.example"
    );
    for mail in &mails {
        assert_eq!(mail.from.address, "sales@meridian.example");
        let names: Vec<&str> = mail
            .attachments
            .iter()
            .map(|file| file.name.as_str())
            .collect();
        assert_eq!(names, ["all.txt", "terms.txt"]);
    }

    // One that fails keeps all from being sent.
    let mut faulty = request;
    faulty["EmailRequestWrappers"][1]["EmailTemplateParameters"]["RecordId"] = "nobody".into();
    let got = office.on("bulk_send_emails").json(faulty).send();
    assert!(got.errors(400)[0].starts_with("e-mail 2: RecordId"));
    assert_eq!(office.mails().len(), 2);
    let got = office.on("bulk_send_emails").json(json!({})).send();
    assert!(got.errors(400)[0].contains("at least one"));
}

#[test]
fn the_second_version_pairs_references_with_ids() {
    let office = Office::new();
    let id = office.template(json!({"IsActive": true}));
    let item = |reference: Value, name: &str| {
        json!({
            "ClientReferenceId": reference, "FromEmailOption": "OrgWideEmail", "Priority": "High",
            "EmailTemplateParameters": {"EmailTemplateId": id, "TemplateData": {"Name": name}},
            "EmailParameters": {"To": [{"Address": "ann@customer.example"}], "ReplyTo": [{"Address": "d@e.example"}]},
        })
    };
    let send = |items: Value| {
        let call = office.on("bulk_send_emails_v2");
        call.json(json!({"EmailRequests": items})).send()
    };
    let got = send(json!([item("first".into(), "A"), item(Value::Null, "B")]));
    let results = &got.data(201)["EmailResults"];
    let mails = office.mails();
    assert_eq!(results[0]["ClientReferenceId"], "first");
    assert_eq!(results[0]["EmailSendId"], mails[0].id.as_str());
    assert!(results[1].get("ClientReferenceId").is_none());
    assert_eq!(results[1]["EmailSendId"], mails[1].id.as_str());
    assert_eq!(mails[1].subject, "Hello B");
    assert_eq!(mails[1].from.address, "no-reply@sandbox.example");

    // Data brings no headers in.
    let got = send(json!([item(Value::Null, "A\r\nBcc: eve@evil.example")]));
    assert!(got.errors(400)[0].contains("line break"), "{}", got.json);
    send(json!([])).errors(400);
    let many: Vec<Value> = (0..1_001).map(|_| item(Value::Null, "A")).collect();
    assert!(send(many.into()).errors(400)[0].contains("at most 1000"));
    let sleeping = office.template(json!({"IsActive": false}));
    let mut one = item(Value::Null, "A");
    one["EmailTemplateParameters"]["EmailTemplateId"] = sleeping.into();
    assert!(send(json!([one])).errors(400)[0].contains("not active"));
    assert_eq!(office.mails().len(), 2);
}

#[test]
fn a_domain_says_whether_it_may_send() {
    let office = Office::new();
    let verify = |domain: &str, below: &str| {
        office
            .on("verify_email_domain")
            .query("domain", domain)
            .query("subDomain", below)
            .send()
    };
    assert_eq!(*verify("meridian.example", "").data(200), "Verified");
    assert_eq!(*verify("meridian.example", "mail").data(200), "Verified");
    assert_eq!(*verify("meridian.invalid", "").data(200), "NotVerified");
    for (domain, below) in [
        ("", ""),
        ("a b", ""),
        ("meridian.example", "a b"),
        ("a\r\n", ""),
    ] {
        verify(domain, below).errors(400);
    }
}
