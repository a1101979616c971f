//! Waiting for work: what ends it, and what does not.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use conga::{
    Call, Client, Error, Host, Job, JobProblem, Options, Poller,
    conga_api::{Pending, Transport},
    conga_auth::StaticToken,
    poller::{Pace, Standing},
};
use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers};

use super::{client, sent};

/// A job of somebody's own.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
struct Import {
    id: String,
}

impl Job for Import {
    type State = Value;
    type Output = u64;

    fn name(&self) -> String {
        format!("the import {}", self.id)
    }

    fn look(&self, transport: &Transport) -> Pending<Value> {
        let call: Call = transport.request(Method::GET, "/imports/{id}");
        call.path("id", &self.id).send()
    }

    fn standing(&self, _: &Transport, state: &Value) -> Standing<u64> {
        match state["state"].as_str() {
            Some("done") => Standing::Done(state["rows"].as_u64().unwrap_or_default()),
            Some("failed") => Standing::Failed(vec!["row 7 is odd".to_owned()]),
            _ => Standing::UnderWay,
        }
    }
}

fn state(word: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!({"state": word, "rows": 3}))
}

/// A server that gives these answers, one after the other, and the last for good; and a poller that hurries.
async fn importing(answers: Vec<ResponseTemplate>) -> (MockServer, Poller<Import>) {
    let server = MockServer::start().await;
    let last = answers.len() - 1;
    for (at, answer) in answers.into_iter().enumerate() {
        let mock = Mock::given(matchers::path("/imports/42")).respond_with(answer);
        if at == last {
            mock.mount(&server).await;
        } else {
            mock.up_to_n_times(1).mount(&server).await;
        }
    }
    let job = Import { id: "42".into() };
    let poller = client(&server)
        .poll(job)
        .first_wait(Duration::from_millis(1))
        .longest_wait(Duration::from_millis(5));
    (server, poller)
}

#[tokio::test]
async fn it_is_awaited_and_tells_its_states() {
    let (server, poller) = importing(vec![state("queued"), state("running"), state("done")]).await;
    assert_eq!(poller.job(), &Import { id: "42".into() });
    let seen = Arc::new(Mutex::new(Vec::new()));
    let see = seen.clone();
    let poller = poller.on_state(move |state| see.lock().unwrap().push(state["state"].clone()));
    assert_eq!(poller.await.unwrap(), 3);
    assert_eq!(*seen.lock().unwrap(), ["queued", "running", "done"]);
    assert_eq!(sent(&server).await.len(), 3);
}

#[tokio::test]
async fn its_states_are_a_stream_up_to_the_last() {
    for last in ["done", "failed"] {
        let (_server, poller) = importing(vec![state("queued"), state(last)]).await;
        let mut states = poller.states();
        let mut seen = Vec::new();
        while let Some(state) = states.try_next().await.unwrap() {
            seen.push(state["state"].clone());
        }
        assert_eq!(seen, ["queued", last]);
    }
}

#[tokio::test]
async fn work_that_failed_is_an_error_with_the_platforms_words() {
    let (_server, poller) = importing(vec![state("failed")]).await;
    let error = poller.await.unwrap_err();
    assert_eq!(error.messages(), ["row 7 is odd"]);
    let text = "the import 42 failed; `messages()` has what the platform says about it";
    assert_eq!(error.to_string(), text);
}

#[tokio::test]
async fn a_deadline_ends_the_waiting_and_not_the_work() {
    let (_server, poller) = importing(vec![state("running")]).await;
    let error = poller
        .deadline(Duration::from_millis(50))
        .await
        .unwrap_err();
    let Error::Job { problem, .. } = &error else {
        panic!("{error:?}");
    };
    assert_eq!(*problem, JobProblem::Deadline(Duration::from_millis(50)));
    assert!(error.to_string().contains("it goes on"), "{error}");
}

#[tokio::test]
async fn it_is_cancelled_from_elsewhere_before_or_while_it_waits() {
    let (server, poller) = importing(vec![state("running")]).await;
    poller.canceller().cancel();
    let error = poller.await.unwrap_err();
    assert!(
        matches!(
            &error,
            Error::Job {
                problem: JobProblem::Cancelled,
                ..
            }
        ),
        "{error:?}"
    );
    assert!(sent(&server).await.is_empty());

    let (_server, poller) = importing(vec![state("running")]).await;
    let canceller = poller.canceller();
    let error = poller
        .first_wait(Duration::from_secs(600))
        .longest_wait(Duration::from_secs(600))
        .on_state(move |_| canceller.cancel())
        .await
        .unwrap_err();
    assert!(error.to_string().contains("not waited for"), "{error}");
}

#[tokio::test]
async fn the_server_says_how_long_to_wait() {
    let asked = state("running").insert_header("retry-after", "1");
    let (_server, poller) = importing(vec![asked, state("done")]).await;
    let begun = Instant::now();
    poller.await.unwrap();
    assert!(
        begun.elapsed() >= Duration::from_secs(1),
        "it asked for a second"
    );
}

/// Work of another host, which says in its states how long to wait.
#[derive(Clone, Debug, Deserialize, Serialize)]
struct Elsewhere;

impl Job for Elsewhere {
    type State = Value;
    type Output = ();

    fn name(&self) -> String {
        "work elsewhere".to_owned()
    }

    fn look(&self, transport: &Transport) -> Pending<Value> {
        transport.request(Method::GET, "/elsewhere").send()
    }

    fn standing(&self, _: &Transport, state: &Value) -> Standing<()> {
        if state["wait"].is_null() {
            Standing::Done(())
        } else {
            Standing::UnderWay
        }
    }

    fn transport(&self, client: &Client) -> Transport {
        client.api().transport(Host::XAuthor)
    }

    fn pace(&self) -> Pace {
        Pace {
            first_wait: Duration::from_millis(1),
            longest_wait: Duration::from_millis(1),
            ..Pace::default()
        }
    }

    fn asked_wait(&self, state: &Value) -> Option<Duration> {
        state["wait"].as_u64().map(Duration::from_millis)
    }
}

#[tokio::test]
async fn a_job_says_where_it_is_done_and_how_it_is_looked_at() {
    let (gateway, other) = (MockServer::start().await, MockServer::start().await);
    for answer in [json!({"wait": 300}), json!({"wait": 1}), json!({})] {
        Mock::given(matchers::path("/elsewhere"))
            .and(matchers::header("x-look", "1"))
            .respond_with(ResponseTemplate::new(200).set_body_json(answer))
            .up_to_n_times(1)
            .mount(&other)
            .await;
    }
    let client = Client::builder()
        .base_uri(gateway.uri())
        .credential(Arc::new(StaticToken::new("token")))
        .host(Host::XAuthor, other.uri().parse().unwrap())
        .build()
        .unwrap();
    let begun = Instant::now();
    let looks = Options::new().header("x-look", "1");
    client.poll(Elsewhere).with_options(&looks).await.unwrap();
    assert!(
        begun.elapsed() >= Duration::from_millis(300),
        "the first state asks for that"
    );
    assert_eq!(sent(&other).await, ["GET /elsewhere"; 3]);
    assert!(sent(&gateway).await.is_empty());

    let error = super::client(&gateway).poll(Elsewhere).await.unwrap_err();
    assert!(error.to_string().contains("X-Author"), "{error}");
}

#[tokio::test]
async fn passing_failures_of_a_look_are_borne_and_others_are_not() {
    let broken = || ResponseTemplate::new(503);
    let (_server, poller) = importing(vec![broken(), broken(), broken(), state("done")]).await;
    assert_eq!(poller.await.unwrap(), 3);

    let (server, poller) = importing(vec![broken()]).await;
    assert_eq!(poller.await.unwrap_err().status().unwrap(), 503);
    assert_eq!(sent(&server).await.len(), 4, "three are borne in a row");

    let (server, poller) = importing(vec![ResponseTemplate::new(404)]).await;
    assert!(poller.await.unwrap_err().is_not_found());
    assert_eq!(sent(&server).await.len(), 1);
}
