//! What became of a mail, by the clock.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Office, text};

impl Office {
    fn send_to(&self, recipients: &[&str]) -> String {
        let to = recipients.iter().map(|address| json!({"Address": address}));
        let request = json!({
            "FromEmailOption": "LoggedInUser", "Subject": "Hello", "PlainTextBody": "Good day.",
            "To": to.collect::<Value>(),
        });
        let got = self.on("send_email").json(request).send();
        text(&got.data(200)["EmailSendId"])
    }

    fn status(&self, id: &str, recipients: Value) -> crate::services::tenant::Got {
        let request = json!({"EmailSendId": id, "Recipients": recipients});
        self.on("query_email_statuses").json(request).send()
    }
}

#[test]
fn each_recipient_is_a_job_that_goes_on_by_the_clock() {
    let office = Office::new();
    let id = office.send_to(&["a@customer.example", "b@nowhere.invalid"]);
    let states = || {
        let got = office.status(&id, Value::Null);
        let jobs = got.data(200)["Jobs"].as_array().unwrap().clone();
        let states = jobs.iter().map(|job| text(&job["State"]));
        states.collect::<Vec<_>>()
    };
    let wait = |ms| office.0.world.clock.advance(Duration::from_millis(ms));
    assert_eq!(states(), ["Queued", "Queued"]);
    wait(100);
    assert_eq!(states(), ["Processing", "Processing"]);
    wait(200);
    assert_eq!(states(), ["Delivered", "Bounced"]);

    let got = office.status(&id, json!(["B@NOWHERE.invalid"]));
    assert_eq!(got.data(200)["EmailSendId"], id.as_str());
    let job = &got.data(200)["Jobs"][0];
    assert_eq!(job["EmailStatusDetails"]["Status"], "NotDelivered");
    let events = &job["EmailStatusDetails"]["Events"];
    assert_eq!(events[0]["Event"], "Processed");
    assert_eq!(events[1]["Event"], "Bounce");
    assert_eq!(events[1]["Timestamp"], "2026-03-01T09:30:00.300Z");

    let got = office
        .on("get_email_job")
        .path("jobId", text(&job["JobId"]))
        .send();
    assert_eq!(got.data(200)["Recipient"], "b@nowhere.invalid");
    assert_eq!(got.data(200)["Reason"], events[1]["Reason"]);
}

#[test]
fn what_was_not_sent_has_no_status() {
    let office = Office::new();
    let id = office.send_to(&["a@customer.example"]);
    let got = office.status(&id, json!(["eve@evil.example"]));
    assert!(got.errors(400)[0].contains("did not go to"));
    assert!(office.status("nobody", json!([])).errors(400)[0].contains("EmailSendId"));
    office
        .on("query_email_statuses")
        .json(json!({}))
        .send()
        .errors(400);
    let got = office.on("get_email_job").path("jobId", "nobody").send();
    assert!(got.errors(400)[0].contains("no job"));
}
