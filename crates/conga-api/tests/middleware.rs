//! What a program puts around the attempts of its calls.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

mod common;

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use common::{answering, builder, credentials, issue_tokens, ok, requests};
use conga_api::{Attempt, ErrorKind, Limiter, Middleware, Next, Rate};
use http::{HeaderValue, Method, header::AUTHORIZATION};
use serde_json::{Value, json};
use wiremock::ResponseTemplate;

/// Writes down what it sees, under its name.
#[derive(Clone)]
struct Scribe {
    name: &'static str,
    seen: Arc<Mutex<Vec<String>>>,
}

#[async_trait::async_trait]
impl Middleware for Scribe {
    async fn attempt(
        &self,
        mut attempt: Attempt,
        next: Next<'_>,
    ) -> Result<reqwest::Response, ErrorKind> {
        let note = |text: String| {
            self.seen
                .lock()
                .unwrap()
                .push(format!("{} {text}", self.name))
        };
        let token = attempt.request().headers().get(AUTHORIZATION);
        let token = token.map(|token| token.to_str().unwrap().to_owned());
        note(format!(
            "{} #{} {}",
            attempt.operation(),
            attempt.number(),
            token.unwrap_or_default()
        ));
        let trail = HeaderValue::from_static(self.name);
        attempt.request_mut().headers_mut().append("x-trail", trail);
        let outcome = next.send(attempt).await;
        note(match &outcome {
            Ok(answer) => answer.status().to_string(),
            Err(kind) => format!("{kind:?}").split('(').next().unwrap().to_owned(),
        });
        outcome
    }
}

#[tokio::test]
async fn every_attempt_passes_from_the_first_to_the_last_and_back() {
    let server = answering([
        ResponseTemplate::new(401),
        ResponseTemplate::new(503).insert_header("retry-after", "0"),
        ok(json!({})),
    ])
    .await;
    issue_tokens(&server).await;
    let seen = Arc::default();
    let scribe = |name| Scribe {
        name,
        seen: Arc::clone(&seen),
    };
    let transport = builder(&server.uri())
        .credential(credentials(&server.uri()).build().unwrap())
        .limiter(Limiter::local(Rate::PRODUCTION))
        .middleware(scribe("outer"))
        .middleware(scribe("inner"))
        .build()
        .unwrap();
    let call = transport
        .request(Method::POST, "/things/{id}")
        .path("id", 7);
    call.send::<Value>().await.unwrap();
    assert_eq!(
        *seen.lock().unwrap(),
        [
            "outer POST /things/{id} #1 Bearer token-1",
            "inner POST /things/{id} #1 Bearer token-1",
            "inner 401 Unauthorized",
            "outer 401 Unauthorized",
            "outer POST /things/{id} #2 Bearer token-2",
            "inner POST /things/{id} #2 Bearer token-2",
            "inner 503 Service Unavailable",
            "outer 503 Service Unavailable",
            "outer POST /things/{id} #3 Bearer token-2",
            "inner POST /things/{id} #3 Bearer token-2",
            "inner 200 OK",
            "outer 200 OK",
        ]
    );
    let (_, requests) = requests(&server).await;
    for request in requests {
        let trail: Vec<_> = request.headers.get_all("x-trail").iter().collect();
        assert_eq!(trail, ["outer", "inner"]);
    }
}

/// Answers by itself, or refuses.
struct Instead(Option<&'static str>);

#[async_trait::async_trait]
impl Middleware for Instead {
    async fn attempt(&self, _: Attempt, _: Next<'_>) -> Result<reqwest::Response, ErrorKind> {
        match self.0 {
            Some(body) => Ok(http::Response::new(body).into()),
            None => Err(ErrorKind::Request("this is a dry run".into())),
        }
    }
}

#[tokio::test]
async fn it_may_answer_in_place_of_the_server_or_refuse() {
    let server = answering([ok(json!({}))]).await;
    for (instead, expected) in [
        (Instead(Some("[1, 2]")), Ok(json!([1, 2]))),
        (Instead(None), Err("GET /a: this is a dry run")),
    ] {
        let transport = builder(&server.uri()).middleware(instead).build().unwrap();
        let answer = transport.request(Method::GET, "/a").send::<Value>().await;
        let answer = answer.map(|answer| answer.into_inner());
        assert_eq!(
            answer.map_err(|error| error.to_string()),
            expected.map_err(str::to_owned)
        );
    }
    assert_eq!(requests(&server).await.1.len(), 0);
}

/// Takes its time.
struct Slow;

#[async_trait::async_trait]
impl Middleware for Slow {
    async fn attempt(
        &self,
        attempt: Attempt,
        next: Next<'_>,
    ) -> Result<reqwest::Response, ErrorKind> {
        tokio::time::sleep(Duration::from_secs(30)).await;
        next.send(attempt).await
    }
}

#[tokio::test]
async fn its_time_counts() {
    let server = answering([ok(json!({}))]).await;
    let transport = builder(&server.uri())
        .timeout(Duration::from_millis(50))
        .middleware(Slow)
        .build()
        .unwrap();
    let call = transport.request(Method::POST, "/a");
    let error = call.send::<Value>().await.unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Timeout { .. }),
        "{error:?}"
    );
}
