//! No secret, token or payload in `Debug`, `Display` or traces.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

mod common;

use std::{
    error::Error as _,
    io,
    sync::{Arc, Mutex},
    time::Duration,
};

use common::{Then, Wire, answering, builder, credentials, issue_tokens, nowhere, ok};
use conga_api::{Api, Call, Error, Form, Part, Response, operations};
use http::{HeaderName, HeaderValue, Method};
use serde_json::{Value, json};
use tracing_subscriber::{filter::LevelFilter, fmt::format::FmtSpan, util::SubscriberInitExt};
use wiremock::ResponseTemplate;

/// Stands in everything that must not be shown; the token endpoint's are `token-1` and so on.
const SECRET: &str = "hunter2";
const CLIENT_SECRET: &str = "s3cret";
const TOKEN: &str = "token-";

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn call(root: &str, method: Method) -> Call {
    let transport = builder(root)
        .credential(credentials(root).user_id(SECRET).build().unwrap())
        .header(
            HeaderName::from_static("x-api-key"),
            HeaderValue::from_static(SECRET),
        )
        .timeout(Duration::from_millis(300))
        .build()
        .unwrap();
    transport
        .request(method, "/things/{id}")
        .path("id", SECRET)
        .query("q", SECRET)
        .header("x-own", SECRET)
}

/// All that an error can be made to show without asking for the body.
fn failed<T>(result: Result<Response<T>, Error>) -> String {
    let Err(error) = result else {
        panic!("it succeeded");
    };
    let mut shown = format!("{error}\n{error:?}\n{error:#?}");
    let mut source = error.source();
    while let Some(error) = source {
        shown += &format!("\n{error}\n{error:?}");
        source = error.source();
    }
    shown
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_shows_a_secret() {
    let log = Log::default();
    let writer = log.clone();
    tracing_subscriber::fmt()
        .with_max_level(LevelFilter::TRACE)
        .with_ansi(false)
        .with_span_events(FmtSpan::CLOSE)
        .with_writer(move || writer.clone())
        .finish()
        .init();

    let mut shown = String::new();
    let echo = json!({"Success": false, "Errors": [{"Message": SECRET}], "Data": SECRET});
    for answer in [
        ok(echo.clone()),
        ok(json!([SECRET])).append_header("set-cookie", SECRET),
        ResponseTemplate::new(401).set_body_json(&echo),
        ResponseTemplate::new(400).set_body_json(&echo),
        ResponseTemplate::new(429).set_body_json(&echo),
        ResponseTemplate::new(500).set_body_string(SECRET),
        ResponseTemplate::new(302).insert_header("location", SECRET),
        ok(echo).set_delay(Duration::from_secs(2)),
    ] {
        let server = answering([answer]).await;
        issue_tokens(&server).await;
        let call = call(&server.uri(), Method::PUT);
        if call.clone().send::<Value>().await.is_ok() {
            shown += &failed(call.clone().send::<Vec<u8>>().await);
        } else {
            let body = json!({"password": SECRET});
            shown += &failed(call.clone().json(&body).send::<Value>().await);
        }
        let form = Form::new()
            .part("password", Part::text(SECRET))
            .part("file", Part::bytes("a", SECRET));
        shown += &format!("{form:?} {:?}", call.clone().form(form.clone()));
        let _ = call.form(form).stream().await;
    }

    // Errors of the HTTP client itself, which know the URL.
    let wire = Wire::start([Then::Close]).await;
    let down = nowhere().await;
    for root in [wire.root.clone(), down] {
        let transport = builder(&root).build().unwrap();
        let call = transport
            .request(Method::GET, "/things/{id}")
            .path("id", SECRET)
            .query("q", SECRET);
        shown += &failed(call.send::<Value>().await);
    }

    // What is wrong with a request is said without its values.
    let transport = builder("http://127.0.0.1:9").build().unwrap();
    for call in [
        transport
            .request(Method::GET, "/a")
            .header("x", format!("{SECRET}\n")),
        Call::new(&transport, &operations::data::GET_ACCOUNT).query("q", SECRET),
        Call::new(&transport, &operations::data::GET_ACCOUNT)
            .path("id", "..")
            .path(SECRET, 1),
    ] {
        shown += &failed(call.send::<Value>().await);
    }

    let server = answering([ok(json!({}))]).await;
    let builder = builder(&server.uri())
        .credential(credentials(&server.uri()).user_id(SECRET).build().unwrap())
        .header(
            HeaderName::from_static("x-api-key"),
            HeaderValue::from_static(SECRET),
        );
    shown += &format!("{builder:?} {builder:#?}");
    let transport = builder.build().unwrap();
    shown += &format!(
        "{transport:?} {transport:#?} {:?}",
        Api::new(transport.clone())
    );
    shown += &format!("{:#?}", call(&server.uri(), Method::GET).text(SECRET));

    let log = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
    for word in [
        "conga.call",
        "answered",
        "trying again",
        "the token was refused",
        "no complete answer",
        "http.request.method=PUT",
        "url.template=\"/things/{id}\"",
        "server.address=\"127.0.0.1\"",
        "http.response.status_code=429",
        "http.request.resend_count=",
        "error.type=\"429\"",
        "error.type=\"timeout\"",
        "hyper",
    ] {
        assert!(log.contains(word), "{word} is not in the log");
    }
    for secret in [SECRET, CLIENT_SECRET, TOKEN] {
        for (what, text) in [("shown", &shown), ("log", &log)] {
            let line = text.lines().find(|line| line.contains(secret));
            assert_eq!(line, None, "{what}");
        }
    }
}
