//! What mail is sent as, and how its answers are read.

use conga::{
    RetryPolicy,
    email::{Address, Attachment, Priority},
};
use serde_json::{Value, json};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers};

use super::{answering, client, envelope, sent};

fn body(line: &str, path: &str) -> Value {
    let body = line.strip_prefix(&format!("POST /api/email/{path} "));
    serde_json::from_str(body.unwrap()).unwrap()
}

#[tokio::test]
async fn a_mail_is_the_published_request() {
    let answer = json!({"Success": true, "EmailStatusCode": "Ok", "EmailSendId": "s1"});
    let (server, client) = answering(200, envelope(answer)).await;
    let mail = client
        .email()
        .send("Hello", "text")
        .html("<p>text</p>")
        .from("us@example.com")
        .to(Address::named("ann@example.com", "Ann"))
        .to("bob@example.com")
        .cc("cid@example.com")
        .bcc("dan@example.com")
        .reply_to("us@example.com")
        .priority(Priority::Low)
        .header("x-a", "1")
        .header("x-b", "2")
        .attach(Attachment::new("a.txt", "text/plain", "abc"))
        .await
        .unwrap();
    assert_eq!(mail.id, "s1");
    client
        .email()
        .send("Hello", "text")
        .from_profile("Sales desk")
        .to("ann@example.com")
        .await
        .unwrap();
    let sent = sent(&server).await;
    assert_eq!(
        body(&sent[0], "v1/emails"),
        json!({
            "Subject": "Hello", "PlainTextBody": "text", "HtmlBody": "<p>text</p>",
            "From": {"Address": "us@example.com"},
            "To": [{"Address": "ann@example.com", "DisplayName": "Ann"}, {"Address": "bob@example.com"}],
            "Cc": [{"Address": "cid@example.com"}], "Bcc": [{"Address": "dan@example.com"}],
            "ReplyTo": [{"Address": "us@example.com"}],
            "Priority": "Low", "Headers": {"x-a": "1", "x-b": "2"},
            "Attachments": [{"Name": "a.txt", "MimeType": "text/plain", "FileContent": "YWJj"}],
            "TrackingOptions": {"ShouldTrackDeliveryStatus": true},
        })
    );
    let second = body(&sent[1], "v1/emails");
    assert_eq!(second["FromEmailOption"], "EmailProfile");
    assert_eq!(second["EmailProfileName"], "Sales desk");
}

#[tokio::test]
async fn a_template_is_sent_by_the_call_that_names_what_it_sent() {
    let answer = json!({"EmailResults": [{"ClientReferenceId": "crm-7", "EmailSendId": "s1"}]});
    let (server, client) = answering(201, envelope(answer)).await;
    let mail = client
        .email()
        .send_template("t1")
        .for_record("Agreement", "a1")
        .recipient("Contact", "c1")
        .data(&json!({"Name": "Ann"}))
        .reference("crm-7")
        .from_current_user()
        .to("ann@example.com")
        .await
        .unwrap();
    assert_eq!(mail.id, "s1");
    let unwritable = client.email().send_template("t1").data("no object");
    let error = unwritable.await.unwrap_err();
    assert!(matches!(error, conga::Error::Request(_)), "{error:?}");
    let sent = sent(&server).await;
    assert_eq!(sent.len(), 1);
    assert_eq!(
        body(&sent[0], "v2/emails/bulk"),
        json!({"EmailRequests": [{
            "ClientReferenceId": "crm-7",
            "FromEmailOption": "LoggedInUser",
            "EmailParameters": {"To": [{"Address": "ann@example.com"}]},
            "EmailTemplateParameters": {
                "EmailTemplateId": "t1", "ObjectName": "Agreement", "RecordId": "a1", "RecipientType": "Contact",
                "RecipientId": "c1", "TemplateData": {"Name": "Ann"},
            },
            "TrackingOptions": {"ShouldTrackDeliveryStatus": true},
        }]})
    );
}

#[tokio::test]
async fn a_mail_that_may_have_been_sent_is_not_sent_again() {
    let (server, client) = answering(502, json!({})).await;
    let mail = client.email().send("Hello", "text").to("ann@example.com");
    let mail = conga::CallOptions::with_retry(mail, RetryPolicy::default());
    assert!(mail.await.unwrap_err().may_have_been_processed());
    assert_eq!(sent(&server).await.len(), 1);
}

#[tokio::test]
async fn a_mail_that_was_not_sent_is_an_error() {
    for (answer, told) in [
        (json!({"Success": false, "Message": "blocked"}), "`Success`"),
        (json!({"Success": true}), "holds no id"),
    ] {
        let (_server, client) = answering(200, envelope(answer)).await;
        let mail = client.email().send("Hello", "text").to("ann@example.com");
        let error = mail.await.unwrap_err();
        assert!(error.to_string().contains(told), "{error}");
    }
}

#[tokio::test]
async fn a_delivery_is_waited_for_until_every_recipient_is_known() {
    let server = MockServer::start().await;
    let status = |state: &str, event: &str| json!({"Recipient": "a@example.com", "State": state, "EmailStatusDetails": {"Events": [{"Event": event}]}});
    let looks = [
        json!([]),
        json!([status("Sent", "Processed"), status("Odd", "Deferred")]),
        json!([status("Sent", "Processed"), status("Odd", "Drop")]),
        json!([status("Failed", "Processed"), status("Odd", "Bounce")]),
    ];
    for (at, jobs) in looks.into_iter().enumerate() {
        let data = json!({"EmailSendId": "s1", "Jobs": jobs});
        let mock = Mock::given(matchers::path("/api/email/v1/emails/status/batch"))
            .respond_with(ResponseTemplate::new(200).set_body_json(envelope(data)));
        let times = if at == 3 { u64::MAX } else { 1 };
        mock.up_to_n_times(times).mount(&server).await;
    }
    let delivery = client(&server).email().delivery("s1");
    let statuses = delivery
        .first_wait(std::time::Duration::from_millis(1))
        .await
        .unwrap();
    assert_eq!(statuses.len(), 2);
    assert!(!statuses.iter().any(|status| status.is_delivered()));
    let sent = sent(&server).await;
    assert_eq!(sent.len(), 4);
    assert_eq!(
        body(&sent[0], "v1/emails/status/batch"),
        json!({"EmailSendId": "s1"})
    );
}
