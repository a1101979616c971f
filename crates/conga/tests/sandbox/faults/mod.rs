//! Every verb under every fault: what the caller is told, how many requests that takes, and what is there afterwards.

mod verbs;

use std::{fmt::Write as _, time::Duration};

use conga::{Client, Error, RetryPolicy, conga_api::ErrorKind};
use conga_sandbox::{Fault, FaultRule, Sandbox};
use futures_util::{StreamExt, future::BoxFuture, stream};

use super::{administrator, settings};
use verbs::VERBS;

/// Long enough for a busy machine to do the work, short enough to wait for in a test.
const PATIENCE: Duration = Duration::from_secs(2);

/// No verb takes so long, whatever goes wrong.
const ETERNITY: Duration = Duration::from_secs(90);

/// Takes the client, the name, and what was prepared.
type Act<T> = fn(Client, String, String) -> BoxFuture<'static, T>;

/// What the facade can do to one thing, and how often the thing shows that it was done.
struct Verb {
    name: &'static str,
    /// The operation that has the faults, and whose requests are counted: `service.operation`.
    operation: &'static str,
    /// Makes what the verb needs, under the name that is given, and tells what `run` and `seen` find it by.
    prepare: fn(Client, String) -> BoxFuture<'static, String>,
    /// Does it, with the name and with what was prepared.
    run: Act<Result<(), Error>>,
    /// How often it was done; `None` for a verb that changes nothing.
    seen: Option<Act<usize>>,
}

/// What goes wrong, in the sandbox's words.
struct Case {
    name: &'static str,
    faults: &'static str,
    times: Option<u64>,
}

const fn always(name: &'static str, faults: &'static str) -> Case {
    Case {
        name,
        faults,
        times: None,
    }
}

const fn once(name: &'static str, faults: &'static str) -> Case {
    Case {
        name,
        faults,
        times: Some(1),
    }
}

const REFUSED: &str = "connection refused";

const CASES: &[Case] = &[
    always("none", ""),
    always(REFUSED, ""),
    always("reset before", "cut=before"),
    always("reset after", "cut=after"),
    once("reset before, once", "cut=before"),
    once("reset after, once", "cut=after"),
    always("timeout before", "stall=before"),
    always("timeout after", "stall=after"),
    once("401 once", "expired-token"),
    always("401 always", "expired-token"),
    always("403", "status=403"),
    always("404", "status=404"),
    always("409", "status=409"),
    always("422", "status=422"),
    always("429", "status=429"),
    once("429 once, retry-after", "status=429,retry-after=1"),
    always("429 retry-after", "status=429,retry-after=1"),
    always("500", "status=500"),
    always("502 HTML", "status=502,html"),
    once("502 HTML after, once", "status=502,html,after"),
    always("503", "status=503"),
    once("503 once, retry-after", "status=503,retry-after=1"),
    always("truncated JSON", "malformed"),
    always("truncated body", "truncated"),
    always("wrong content type", "wrong-type"),
    always("stalled body", "stall=body"),
    always("slow body", "slow=1ms"),
];

/// What a caller can tell of it without reading.
fn outcome(result: &Result<(), Error>) -> String {
    let error = match result {
        Ok(()) => return "ok".to_owned(),
        Err(error) => error,
    };
    let mut text = match error.call().map(conga::conga_api::Error::kind) {
        Some(ErrorKind::Status(body)) => body.status.as_u16().to_string(),
        Some(ErrorKind::Auth(_)) => "auth".to_owned(),
        Some(ErrorKind::Connect(_)) => "connect".to_owned(),
        Some(ErrorKind::Broken(_)) => "broken".to_owned(),
        Some(ErrorKind::Timeout { .. }) => "timeout".to_owned(),
        Some(ErrorKind::Decode { .. }) => "decode".to_owned(),
        Some(ErrorKind::File(_)) => "file".to_owned(),
        _ => format!("{error:?}"),
    };
    if error.is_retryable() {
        text += ", retryable";
    }
    if error.may_have_been_processed() {
        text += ", may be done";
    }
    text
}

/// How often a call was tried, where it failed.
fn attempts(result: &Result<(), Error>) -> usize {
    let error = result.as_ref().err().and_then(Error::call);
    error.map_or(0, |error| error.attempts() as usize)
}

/// A client with little patience.
fn hasty(sandbox: &Sandbox, base_url: &str) -> Client {
    let account = &sandbox.accounts().integration;
    let retry = RetryPolicy::default().with_attempts(2);
    settings(sandbox)
        .endpoints(sandbox.token_url(), base_url)
        .client_credentials(&account.client_id, account.client_secret.as_str())
        .timeout(PATIENCE)
        .retry(retry.with_base(Duration::from_millis(1)))
        .build()
        .unwrap()
}

/// An address at which nobody listens.
fn nowhere() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

/// One verb under all faults: a line each.
async fn lines(verb: &Verb) -> Vec<String> {
    let sandbox = Sandbox::start().await.unwrap();
    let calm = administrator(&sandbox);
    let mut lines = Vec::new();
    for case in CASES {
        let name = format!("{} under {}", verb.name, case.name);
        let prepared = (verb.prepare)(calm.clone(), name.clone()).await;
        let client = match case.name {
            REFUSED => hasty(&sandbox, &nowhere()),
            _ => hasty(&sandbox, sandbox.base_url()),
        };
        if !case.faults.is_empty() {
            let faults = Fault::parse_all(case.faults).unwrap();
            let rule = FaultRule::new(verb.operation, faults);
            sandbox.faults().add(match case.times {
                Some(times) => rule.times(times),
                None => rule,
            });
        }
        sandbox.clear_requests();
        let run = (verb.run)(client, name.clone(), prepared.clone());
        let result = tokio::time::timeout(ETERNITY, run).await;
        let result = result.unwrap_or_else(|_| panic!("{name}: does not come to an end"));
        let answered = sandbox.requests();
        let answered = answered.iter().filter(|request| {
            let name = request.service.zip(request.operation);
            name.is_some_and(|(service, name)| format!("{service}.{name}") == verb.operation)
        });
        // What was never answered is known to the client alone.
        let requests = answered.count().max(attempts(&result));
        sandbox.faults().clear();
        let seen = match verb.seen {
            Some(seen) => Some(seen(calm.clone(), name.clone(), prepared).await),
            None => None,
        };
        if let Some(seen) = seen {
            assert!(seen <= 1, "{name}: done {seen} times");
            match &result {
                Ok(()) => assert_eq!(seen, 1, "{name}: said to be done, and is not"),
                Err(error) if !error.may_have_been_processed() => {
                    assert_eq!(seen, 0, "{name}: said not to be done, and is: {error}");
                }
                Err(_) => {}
            }
        }
        let seen = seen.map_or_else(|| "-".to_owned(), |seen| seen.to_string());
        let outcome = outcome(&result);
        lines.push(format!(
            "{:<24} {requests:>8} {seen:>4}  {outcome}",
            case.name
        ));
    }
    lines
}

#[tokio::test(flavor = "multi_thread")]
async fn every_verb_under_every_fault() {
    let lines: Vec<Vec<String>> = stream::iter(VERBS).map(lines).buffered(6).collect().await;
    let mut table = String::new();
    for (verb, lines) in VERBS.iter().zip(lines) {
        writeln!(table, "{:<24} requests done  outcome", verb.name).unwrap();
        for line in lines {
            writeln!(table, "{line}").unwrap();
        }
        table.push('\n');
    }
    println!("{table}");
    insta::assert_snapshot!(table);
}
