//! Mail: sent, with what was just made attached, and followed to its recipients.

use std::time::Duration;

use conga::{
    Client,
    composer::OutputFormat,
    email::{Address, Attachment, EmailDelivery, Priority},
};
use conga_sandbox::{Sandbox, Seed};
use serde_json::{Value, json};

use super::administrator;

/// Creates a template; gives its id.
async fn template(client: &Client) -> String {
    let raw = client.raw();
    let category = raw
        .post("/api/email/v1/email-template-categories")
        .json(&json!({"Name": "Sales", "CategoryType": "EmailTemplate", "AccessType": "Public"}));
    let category = category.send::<Value>().await.unwrap();
    let template = raw.post("/api/email/v1/email-templates").json(&json!({
        "Name": "Welcome", "TemplateType": "Text", "AccessType": "Public", "IsActive": true,
        "Subject": "Welcome, {{Name}}", "Body": "Dear {{Name}}, welcome to {{City}}.",
        "EmailTemplateCategory": {"Id": category["Data"]["Id"]},
    }));
    let template = template.send::<Value>().await.unwrap();
    template["Data"]["Id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_mail_goes_out_with_what_was_just_made_and_is_followed() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = administrator(&sandbox);
    let documents = client.documents();
    let upload = documents.upload("Offer.txt", "For {{Name}}").await.unwrap();
    let offer = client
        .composer()
        .merge(&upload.document_id, &json!({"Name": "Ann"}))
        .file_name("Offer for Ann")
        .to(OutputFormat::Txt)
        .await
        .unwrap();
    let terms = documents.upload("terms.pdf", "our terms").await.unwrap();

    let sent = client
        .email()
        .send("Your offer", "Dear Ann, the offer is attached.")
        .html("<p>Dear Ann, the offer is attached.</p>")
        .from(Address::named("sales@meridian.example", "Sales"))
        .to(Address::named("ann@example.com", "Ann"))
        .to("bob@nowhere.invalid")
        .cc("cid@example.com")
        .bcc("dan@example.com")
        .reply_to("answers@meridian.example")
        .priority(Priority::High)
        .header("x-campaign", "spring")
        .attach(&offer)
        .attach(&terms)
        .attach(Attachment::version(&terms.id).named("again.pdf"))
        .attach(Attachment::new("note.txt", "text/plain", "a note"))
        .await
        .unwrap();

    let mails = sandbox.mail().await.unwrap();
    let mail = mails.iter().find(|mail| mail.id == sent.id).unwrap();
    assert_eq!(mail.subject, "Your offer");
    assert_eq!((mail.to.len(), mail.cc.len(), mail.bcc.len()), (2, 1, 1));
    let attached: Vec<_> = mail
        .attachments
        .iter()
        .map(|file| {
            (
                file.name.as_str(),
                file.media_type.as_str(),
                &file.content[..],
            )
        })
        .collect();
    assert_eq!(attached[0].0, "Offer for Ann.txt");
    assert_eq!(attached[0].2, b"For Ann");
    assert_eq!(
        attached[1],
        ("terms.pdf", "application/pdf", &b"our terms"[..])
    );
    assert_eq!(attached[2].0, "again.pdf");
    assert_eq!(attached[3], ("note.txt", "text/plain", &b"a note"[..]));
    let raw = String::from_utf8_lossy(&mail.raw).to_lowercase();
    assert!(raw.contains("x-campaign: spring"), "{raw}");

    let delivery = sent.delivery().first_wait(Duration::from_millis(50));
    let stored = serde_json::to_string(delivery.job()).unwrap();
    let statuses = delivery.await.unwrap();
    assert_eq!(statuses.len(), 4);
    for status in &statuses {
        let to_nowhere = status.recipient.as_deref() == Some("bob@nowhere.invalid");
        assert_eq!(status.is_delivered(), !to_nowhere, "{status:?}");
        assert!(
            status.is_final() && !status.events().is_empty(),
            "{status:?}"
        );
    }
    let job: EmailDelivery = serde_json::from_str(&stored).unwrap();
    assert_eq!(client.poll(job).await.unwrap().len(), 4);
    let id = statuses[0].job_id.as_deref().unwrap();
    let one = client.email().status(id).await.unwrap();
    assert_eq!(one.recipient, statuses[0].recipient);
}

#[tokio::test]
async fn a_template_makes_the_texts() {
    let sandbox = Sandbox::builder().seed(Seed::Empty).start().await.unwrap();
    let client = administrator(&sandbox);
    let template = template(&client).await;
    let sent = client
        .email()
        .send_template(&template)
        .data(&json!({"Name": "Ann", "City": "Łódź"}))
        .to("ann@example.com")
        .reference("crm-7")
        .attach(Attachment::new("note.txt", "text/plain", "a note"))
        .await
        .unwrap();
    let mails = sandbox.mail().await.unwrap();
    let mail = mails.iter().find(|mail| mail.id == sent.id).unwrap();
    assert_eq!(mail.subject, "Welcome, Ann");
    assert!(mail.text.contains("welcome to Łódź"), "{}", mail.text);
    assert_eq!(mail.attachments.len(), 1);

    let delivery = client.email().delivery(&sent.id);
    let statuses = delivery.first_wait(Duration::from_millis(50)).await;
    assert!(statuses.unwrap().iter().all(|status| status.is_delivered()));

    let unknown = client.email().send_template("none").to("ann@example.com");
    let error = unknown.await.unwrap_err();
    assert!(error.status().is_some(), "{error}");
    let error = client.email().delivery("none").await.unwrap_err();
    assert_eq!(error.status().unwrap(), 400, "{error}");
}
