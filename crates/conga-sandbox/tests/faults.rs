//! Faults on demand, as a client meets them.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::time::{Duration, Instant};

use common::{integration_token, request};
use conga_sandbox::{Clock, Fault, FaultRule, Sandbox, Seed};
use reqwest::{Client, Response};
use serde_json::{Value, json};

const ACCOUNTS: &str = "/api/data/v1/Account";

/// A sandbox and a token for it.
struct Signed {
    sandbox: Sandbox,
    token: String,
}

impl Signed {
    async fn start() -> Self {
        let builder = Sandbox::builder().seed(Seed::Empty);
        let sandbox = builder.start().await.unwrap();
        let token = integration_token(&sandbox).await;
        Self { sandbox, token }
    }

    /// Creates an account under a fault.
    async fn create(&self, fault: &str) -> reqwest::Result<Response> {
        request(&self.sandbox, "POST", ACCOUNTS, &self.token)
            .header("x-conga-sandbox-fault", fault)
            .json(&json!({"Name": fault}))
            .send()
            .await
    }

    /// How many accounts were created.
    async fn count(&self) -> usize {
        let request = request(&self.sandbox, "GET", ACCOUNTS, &self.token);
        let body: Value = request.send().await.unwrap().json().await.unwrap();
        body["Data"].as_array().unwrap().len()
    }

    /// One of the sandbox's own calls.
    async fn admin(&self, method: &str, call: &str, body: Value) -> Response {
        let url = format!("{}/__sandbox/{call}", self.sandbox.base_url());
        let request = Client::new().request(method.parse().unwrap(), url);
        let request = request.header("x-conga-sandbox-admin", "1");
        request.json(&body).send().await.unwrap()
    }
}

#[tokio::test]
async fn a_status_comes_before_or_after_the_work() {
    let signed = Signed::start().await;
    let answer = signed.create("status=503,retry-after=7").await.unwrap();
    assert_eq!(answer.status(), 503);
    assert_eq!(answer.headers()["retry-after"], "7");
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body["Success"], false);
    assert_eq!(signed.count().await, 0);

    let answer = signed.create("status=502,html,after").await.unwrap();
    assert_eq!(answer.status(), 502);
    assert!(answer.text().await.unwrap().starts_with("<html>"));
    assert_eq!(signed.count().await, 1);
}

#[tokio::test]
async fn a_connection_is_cut_before_or_after_the_work() {
    let signed = Signed::start().await;
    assert!(signed.create("cut=before").await.unwrap_err().is_request());
    assert_eq!(signed.count().await, 0);
    assert!(signed.create("cut=after").await.unwrap_err().is_request());
    assert_eq!(signed.count().await, 1);
}

#[tokio::test]
async fn a_body_is_damaged_on_its_way() {
    let signed = Signed::start().await;
    let whole = signed.create("latency=1ms").await.unwrap();
    let length = whole.bytes().await.unwrap().len();

    let truncated = signed.create("truncated").await.unwrap();
    assert_eq!(truncated.status(), 201);
    assert!(truncated.bytes().await.is_err());

    for faults in ["malformed", "slow=1ms; malformed", "malformed; slow=1ms"] {
        let malformed = signed.create(faults).await.unwrap().bytes().await;
        let malformed = malformed.unwrap();
        assert!(malformed.len() < length, "{faults}");
        assert!(serde_json::from_slice::<Value>(&malformed).is_err());
    }

    let typed = signed.create("wrong-type").await.unwrap();
    assert_eq!(typed.headers()["content-type"], "text/plain; charset=utf-8");

    let slow = signed.create("slow=1ms").await.unwrap();
    let body: Value = slow.json().await.unwrap();
    assert_eq!(body["Success"], true);
    assert_eq!(signed.count().await, 7);
}

#[tokio::test]
async fn a_body_that_is_broken_does_not_become_a_whole_one() {
    let signed = Signed::start().await;
    for second in ["slow=1ms", "malformed", "truncated", "stall=body"] {
        let faults = format!("truncated; {second}");
        assert!(signed.create(&faults).await.is_err(), "{faults}");
    }
    assert_eq!(signed.count().await, 4);
}

#[tokio::test]
async fn a_stalled_call_does_not_end() {
    let signed = Signed::start().await;
    let patience = Duration::from_millis(300);
    for (fault, done) in [("stall=before", 0), ("stall=after", 1)] {
        let answer = tokio::time::timeout(patience, signed.create(fault)).await;
        assert!(answer.is_err(), "{fault}");
        assert_eq!(signed.count().await, done, "{fault}");
    }
    let answer = signed.create("stall=body").await.unwrap();
    assert_eq!(answer.status(), 201);
    let body = tokio::time::timeout(patience, answer.bytes()).await;
    assert!(body.is_err());
    // Calls that never end do not keep the sandbox from stopping.
    signed.sandbox.shutdown().await;
}

#[tokio::test]
async fn latency_work_done_twice_and_an_expired_token() {
    let signed = Signed::start().await;
    let start = Instant::now();
    assert_eq!(signed.create("latency=50ms").await.unwrap().status(), 201);
    assert!(start.elapsed() >= Duration::from_millis(50));
    assert_eq!(signed.create("twice").await.unwrap().status(), 201);
    assert_eq!(signed.count().await, 3);
    let answer = signed.create("expired-token").await.unwrap();
    assert_eq!(answer.status(), 401);
    let challenge = answer.headers()["www-authenticate"].to_str().unwrap();
    assert!(challenge.contains("invalid_token"), "{challenge}");
}

/// What the ways to read tell of accounts under a fault: get, list, query, full text; true where there is one.
async fn found(signed: &Signed, id: &str, word: &str, fault: &str) -> [bool; 4] {
    let query = json!({"Criteria": format!("Name = '{word}'")});
    let words = json!({"SearchType": "Fulltext", "Criteria": word});
    let search = "/api/search/v1/objects/Account/query";
    let calls = [
        ("GET", format!("{ACCOUNTS}/{id}"), Value::Null),
        ("GET", ACCOUNTS.to_owned(), Value::Null),
        ("POST", format!("{ACCOUNTS}/query"), query),
        ("POST", search.to_owned(), words),
    ];
    let mut found = [false; 4];
    for (found, (method, path, body)) in found.iter_mut().zip(calls) {
        let mut request = request(&signed.sandbox, method, &path, &signed.token);
        request = request.header("x-conga-sandbox-fault", fault);
        if !body.is_null() {
            request = request.json(&body);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status();
        let data = answer.json::<Value>().await.unwrap()["Data"].take();
        *found = match &data {
            Value::Array(records) => records.iter().any(|record| record["Name"] == word),
            record => status == 200 && record["Name"] == word,
        };
    }
    found
}

#[tokio::test]
async fn what_is_written_is_seen_late() {
    for folder in [None, Some(tempfile::tempdir().unwrap())] {
        let start = chrono::Utc::now();
        let clock = Clock::stopped(start);
        let mut builder = Sandbox::builder().seed(Seed::Empty).clock(clock.clone());
        if let Some(folder) = &folder {
            builder = builder.data_file(folder.path().join("sandbox.db"));
        }
        let sandbox = builder.start().await.unwrap();
        let token = integration_token(&sandbox).await;
        let signed = Signed { sandbox, token };
        let write = async |method: &str, path: &str, body: Value| {
            let request = request(&signed.sandbox, method, path, &signed.token);
            let answer = request.json(&body).send().await.unwrap();
            assert!(answer.status().is_success());
            answer.json::<Value>().await.unwrap()["Data"].take()
        };
        let id = write("POST", ACCOUNTS, json!({"Name": "Juniper"})).await;
        let path = format!("{ACCOUNTS}/{}", id.as_str().unwrap());
        let id = id.as_str().unwrap();
        let late = "stale=5s";
        assert_eq!(found(&signed, id, "Juniper", "").await, [true; 4]);
        assert_eq!(found(&signed, id, "Juniper", late).await, [false; 4]);
        clock.advance(Duration::from_secs(5));
        assert_eq!(found(&signed, id, "Juniper", late).await, [true; 4]);

        // A change, and in the end a deletion, are seen late as well.
        write("PUT", &path, json!({"Name": "Rowan"})).await;
        assert_eq!(found(&signed, id, "Juniper", late).await, [true; 4]);
        assert_eq!(found(&signed, id, "Rowan", late).await, [false; 4]);
        assert_eq!(found(&signed, id, "Rowan", "").await, [true; 4]);
        clock.advance(Duration::from_secs(5));
        assert_eq!(found(&signed, id, "Rowan", late).await, [true; 4]);
        write("DELETE", &path, Value::Null).await;
        assert_eq!(found(&signed, id, "Rowan", late).await, [true; 4]);
        assert_eq!(found(&signed, id, "Rowan", "").await, [false; 4]);
        clock.advance(Duration::from_secs(5));
        assert_eq!(found(&signed, id, "Rowan", late).await, [false; 4]);
    }
}

#[tokio::test]
async fn a_call_that_writes_is_never_stale() {
    let signed = Signed::start().await;
    let faults = signed.sandbox.faults();
    let stale = Fault::parse_all("stale=3600s").unwrap();
    faults.add(FaultRule::new("data.*", stale));
    let create = async |fault: &str, body: Value| {
        let request = request(&signed.sandbox, "POST", ACCOUNTS, &signed.token);
        let request = request.header("x-conga-sandbox-fault", fault).json(&body);
        request.send().await.unwrap()
    };
    let named = json!({"Name": "Juniper", "ExternalId": "J-1"});
    assert_eq!(create("", named.clone()).await.status(), 201);
    // Nobody sees it yet, but its name is taken.
    assert_eq!(signed.count().await, 0);
    let again = create("", named).await;
    assert_eq!(again.status(), 400);
    assert!(common::first_message(again).await.contains("unique"));

    // Done twice, and both seen late.
    assert_eq!(
        create("twice", json!({"Name": "Rowan"})).await.status(),
        201
    );
    assert_eq!(signed.count().await, 0);
    let advance = json!({"advance_seconds": 3_590});
    assert_eq!(signed.admin("POST", "clock", advance).await.status(), 200);
    assert_eq!(signed.count().await, 0);
    let advance = json!({"advance_seconds": 10});
    assert_eq!(signed.admin("POST", "clock", advance).await.status(), 200);
    // By then the token has expired.
    let token = integration_token(&signed.sandbox).await;
    let sandbox = signed.sandbox;
    assert_eq!(Signed { sandbox, token }.count().await, 3);
}

#[tokio::test]
async fn a_fault_that_cannot_be_read_is_a_400() {
    let signed = Signed::start().await;
    let answer = signed.create("explode").await.unwrap();
    assert_eq!(answer.status(), 400);
    let text = common::first_message(answer).await;
    assert!(text.contains("'explode' is no fault"), "{text}");
    assert_eq!(signed.count().await, 0);
}

#[tokio::test]
async fn rules_hit_operations_and_signing_in() {
    let signed = Signed::start().await;
    let faults = signed.sandbox.faults();
    let busy: Vec<Fault> = Fault::parse_all("status=429,retry-after=1").unwrap();
    faults.add(FaultRule::new("data.create_account", busy).times(2));
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(signed.create("").await.unwrap().status().as_u16());
    }
    assert_eq!(statuses, [429, 429, 201]);
    let requests = signed.sandbox.requests();
    let hit = requests.iter().filter(|one| !one.faults.is_empty()).count();
    assert_eq!(hit, 2);

    let down = Fault::parse_all("status=503").unwrap();
    faults.add(FaultRule::new("identity.token", down));
    let form = [("grant_type", "client_credentials")];
    let answer = common::post_form(&signed.sandbox, &form).await;
    assert_eq!(answer.status(), 503);
}

#[tokio::test]
async fn the_rate_is_limited_over_all_clients() {
    let sandbox = Sandbox::builder().rate_limit(5).start().await.unwrap();
    let token = integration_token(&sandbox).await;
    let mut refused = 0;
    for _ in 0..40 {
        let answer = request(&sandbox, "GET", "/api/data/v1/currencies", &token)
            .send()
            .await
            .unwrap();
        if answer.status() == 429 {
            assert_eq!(answer.headers()["retry-after"], "1");
            refused += 1;
        }
    }
    assert!(refused > 0);
    sandbox.faults().limit_rate(None);
    let answer = request(&sandbox, "GET", "/api/data/v1/currencies", &token)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
}

#[tokio::test]
async fn rules_and_the_clock_are_set_over_http() {
    let signed = Signed::start().await;
    let rule = json!({"operation": "data.*", "fault": "status=500", "times": 1});
    let answer = signed.admin("POST", "faults", rule).await;
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body["rules"][0]["fault"], "status=500");
    assert_eq!(signed.create("").await.unwrap().status(), 500);
    assert_eq!(signed.create("").await.unwrap().status(), 201);

    let rules = json!([{"operation": "*", "fault": "cut=before"}, {"operation": "*", "fault": "malformed"}]);
    assert_eq!(signed.admin("POST", "faults", rules).await.status(), 200);
    let answer = signed.admin("DELETE", "faults", Value::Null).await;
    assert_eq!(answer.json::<Value>().await.unwrap()["rules"], json!([]));

    for (call, body) in [
        ("faults", json!({"operation": "*", "fault": "explode"})),
        ("clock", json!({"advance_seconds": u64::MAX})),
        ("clock", json!({"advance": 3})),
    ] {
        assert_eq!(
            signed.admin("POST", call, body).await.status(),
            400,
            "{call}"
        );
    }

    // A token lives an hour.
    let answer = signed
        .admin("POST", "clock", json!({"advance_seconds": 3_700}))
        .await;
    assert_eq!(answer.status(), 200);
    assert_eq!(signed.create("").await.unwrap().status(), 401);

    let url = format!("{}/__sandbox/faults", signed.sandbox.base_url());
    let answer = reqwest::get(url).await.unwrap();
    assert_eq!(answer.status(), 403);
    assert!(
        answer
            .headers()
            .get("access-control-allow-origin")
            .is_none()
    );
}
