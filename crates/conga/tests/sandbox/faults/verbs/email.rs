//! Mail, and what became of it.

use std::time::Duration;

use futures_util::future::{BoxFuture, FutureExt};
use serde_json::{Value, json};

use super::{At, Verb, done, nothing, read};

pub(super) const VERBS: &[Verb] = &[
    Verb::new("e-mail send", "email/send_email", nothing, |at| {
        let mail = at.client.email().send(&at.name, "as spoken");
        done(mail.from("sales@meridian.example").to("ann@example.com"))
    })
    .seen(mails),
    Verb::new(
        "e-mail send by template",
        "email/bulk_send_emails_v2",
        template,
        |at| {
            let mail = at.client.email().send_template(at.id());
            done(mail.data(&json!({"Name": at.name})).to("ann@example.com"))
        },
    )
    .seen(mails),
    Verb::new("e-mail status", "email/get_email_job", sent, |at| {
        read(&at, at.client.email().status(at.id()), |at, status| {
            status.job_id.as_deref() == Some(at.id())
        })
    }),
];

/// How many mails have the name for their subject.
fn mails(at: At) -> BoxFuture<'static, usize> {
    async move {
        let mails = at.sandbox.mail().await.unwrap();
        mails.iter().filter(|mail| mail.subject == at.name).count()
    }
    .boxed()
}

fn template(at: At) -> BoxFuture<'static, Vec<String>> {
    async move {
        let raw = at.client.raw();
        let category = raw.post("/api/email/v1/email-template-categories").json(
            &json!({"Name": at.name, "CategoryType": "EmailTemplate", "AccessType": "Public"}),
        );
        let category = category.send::<Value>().await.unwrap();
        let template = raw.post("/api/email/v1/email-templates").json(&json!({
            "Name": at.name, "TemplateType": "Text", "AccessType": "Public", "IsActive": true,
            "Subject": "{{Name}}", "Body": "as spoken",
            "EmailTemplateCategory": {"Id": category["Data"]["Id"]},
        }));
        let template = template.send::<Value>().await.unwrap();
        vec![template["Data"]["Id"].as_str().unwrap().to_owned()]
    }
    .boxed()
}

/// The job of a mail that is on its way.
fn sent(at: At) -> BoxFuture<'static, Vec<String>> {
    async move {
        let mail = at.client.email().send(&at.name, "as spoken");
        let sent = mail
            .from("sales@meridian.example")
            .to("ann@example.com")
            .await
            .unwrap();
        let delivery = sent.delivery().first_wait(Duration::from_millis(50));
        let statuses = delivery.await.unwrap();
        vec![statuses[0].job_id.clone().unwrap()]
    }
    .boxed()
}
