//! Every verb under every fault: what the caller is told, how many requests that takes, and what is there afterwards.

mod case;
mod coverage;
mod verbs;

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use conga::{
    Client, ClientBuilder, Error, HttpOptions, RetryPolicy,
    conga_api::{Attempt, ErrorKind, Middleware, Next, operations::Operation},
};
use conga_sandbox::{FaultRule, Sandbox};
use futures_util::{StreamExt, future::BoxFuture, stream};

use super::settings;
use case::{CASES, Case};

/// No verb takes so long, whatever goes wrong.
const ETERNITY: Duration = Duration::from_secs(120);

/// Verbs that are tried at a time. They wait more than they work.
const AT_A_TIME: usize = 32;

/// One for all clients: most of what it takes to make one is reading root certificates.
static HTTP: LazyLock<reqwest::Client> = LazyLock::new(|| {
    let address = "http://127.0.0.1".parse().unwrap();
    HttpOptions::default().client(&address).unwrap()
});

/// Every verb, one service after the other.
static VERBS: LazyLock<Vec<Verb>> = LazyLock::new(verbs::all);

/// What the facade can do to one thing, and how often the thing shows that it was done.
#[derive(Clone, Copy)]
struct Verb {
    /// The noun and the verb of the README's table; in other words what that does not list.
    name: &'static str,
    /// The operation that has the faults, and whose requests are counted: `service/operation`. A verb that calls others before may never
    /// come to it: they all are refused where nobody listens.
    operation: &'static str,
    /// The nouns and verbs that are the same code, by their names.
    others: &'static [&'static str],
    /// How many requests of the operation go well before the faults begin.
    after: u64,
    /// How long the client waits for an answer that never comes: long enough for a busy machine to do the work, short enough to wait for.
    patience: Duration,
    /// Whether it takes the same number of requests every time: no verb does that looks how work is getting on.
    is_counted: bool,
    /// Makes what the verb needs, and gives its ids.
    prepare: fn(At) -> BoxFuture<'static, Vec<String>>,
    /// Does it.
    run: fn(At) -> BoxFuture<'static, Result<(), Error>>,
    /// How often it was done; `None` for a verb that changes nothing.
    seen: Option<fn(At) -> BoxFuture<'static, usize>>,
}

/// Where a verb is tried.
#[derive(Clone)]
struct At {
    sandbox: Arc<Sandbox>,
    client: Client,
    /// A name that nothing else in the sandbox has.
    name: String,
    /// What was prepared.
    ids: Vec<String>,
}

impl Verb {
    const fn new(
        name: &'static str,
        operation: &'static str,
        prepare: fn(At) -> BoxFuture<'static, Vec<String>>,
        run: fn(At) -> BoxFuture<'static, Result<(), Error>>,
    ) -> Self {
        Self {
            name,
            operation,
            others: &[],
            after: 0,
            patience: Duration::from_secs(4),
            is_counted: true,
            prepare,
            run,
            seen: None,
        }
    }

    const fn seen(self, seen: fn(At) -> BoxFuture<'static, usize>) -> Self {
        Self {
            seen: Some(seen),
            ..self
        }
    }

    const fn stands_for(self, others: &'static [&'static str]) -> Self {
        Self { others, ..self }
    }

    /// For a verb that looks several times, at what takes little.
    const fn impatient(self) -> Self {
        Self {
            patience: Duration::from_secs(2),
            ..self
        }
    }

    const fn uncounted(self) -> Self {
        Self {
            is_counted: false,
            ..self
        }
    }

    const fn after(self, requests: u64) -> Self {
        Self {
            after: requests,
            ..self
        }
    }

    /// The verb under all faults: a line each.
    async fn lines(&'static self) -> String {
        let sandbox = Arc::new(Sandbox::start().await.unwrap());
        let calm = signed_in(&sandbox, settings(&sandbox), sandbox.storefront_url());
        let mut lines = String::new();
        for case in CASES {
            let name = format!("{} under {}", self.name, case.name);
            let mut at = At {
                sandbox: sandbox.clone(),
                client: calm.clone(),
                name,
                ids: Vec::new(),
            };
            at.ids = (self.prepare)(at.clone()).await;
            let (requests, result) = self.run_under(case, &at).await;
            let seen = self.seen_after(case, &at).await;
            check(&at.name, &result, seen);
            if case.faults.is_empty() && !case.is_refused() {
                assert!(result.is_ok(), "{}: {result:?}", at.name);
                assert_ne!(requests, 0, "{}: {} is not called", at.name, self.operation);
            }
            let shown = |count: Option<usize>| count.map_or("-".to_owned(), |n| n.to_string());
            let requests = shown(self.is_counted.then_some(requests));
            let (case, seen, outcome) = (case.name, shown(seen), outcome(&result));
            writeln!(lines, "{case:<24} {requests:>8} {seen:>4}  {outcome}").unwrap();
        }
        lines
    }

    /// The requests that the operation was sent, and what came of it.
    async fn run_under(&self, case: &Case, at: &At) -> (usize, Result<(), Error>) {
        let sandbox = &at.sandbox;
        let sent = Sent::of(self.operation);
        let client = hasty(sandbox, case, self.patience, &sent);
        if !case.faults.is_empty() {
            let rule = FaultRule::new(self.operation.replace('/', "."), case.faults());
            let rule = rule.after(self.after);
            sandbox.faults().add(match case.times {
                Some(times) => rule.times(times),
                None => rule,
            });
        }
        sandbox.clear_requests();
        let run = (self.run)(At {
            client,
            ..at.clone()
        });
        let result = tokio::time::timeout(ETERNITY, run).await;
        let result = result.unwrap_or_else(|_| panic!("{}: does not come to an end", at.name));
        // What has arrived meets the fault, also where its client is gone: it came before this one.
        at.client.users().me().await.unwrap();
        let answered = sandbox.requests();
        let answered = answered.iter().filter(|request| {
            let name = request.service.zip(request.operation);
            name.is_some_and(|(service, name)| format!("{service}/{name}") == self.operation)
        });
        // What was never answered is known to the client alone, and what the HTTP library repeats by itself to the sandbox alone.
        let requests = answered.count().max(sent.count());
        sandbox.faults().clear();
        (requests, result)
    }

    /// How often it was done. Work of which the client has not heard may still be under way.
    async fn seen_after(&self, case: &Case, at: &At) -> Option<usize> {
        let seen = self.seen?;
        let mut count = seen(at.clone()).await;
        for _ in 0..50 {
            if count > 0 || !case.is_done_unheard() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
            count = seen(at.clone()).await;
        }
        Some(count)
    }
}

impl At {
    fn id(&self) -> &str {
        &self.ids[0]
    }

    fn other_id(&self) -> &str {
        &self.ids[1]
    }

    /// The name as one word: for addresses, and for names of files.
    fn word(&self) -> String {
        let letters = self.name.chars();
        letters
            .map(|c| {
                if c.is_ascii_alphanumeric() {
                    c.to_ascii_lowercase()
                } else {
                    '-'
                }
            })
            .collect()
    }
}

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

/// What must hold of every verb under every fault: nothing is done twice, nothing is told that is not so, and no answer is lost.
fn check(name: &str, result: &Result<(), Error>, seen: Option<usize>) {
    if let Some(seen) = seen {
        assert!(seen <= 1, "{name}: done {seen} times");
        match result {
            Ok(()) => assert_eq!(seen, 1, "{name}: said to be done, and is not"),
            Err(error) if !error.may_have_been_processed() => {
                assert_eq!(seen, 0, "{name}: said not to be done, and is: {error}");
            }
            Err(_) => {}
        }
    }
    let Some(error) = result.as_ref().err().and_then(Error::call) else {
        return;
    };
    match error.kind() {
        ErrorKind::Status(body) if body.status.as_u16() == 502 => {
            assert!(body.text().contains("<html"), "{name}: {}", body.text());
        }
        ErrorKind::Status(body) | ErrorKind::Decode { body, .. } => {
            assert!(!body.raw.is_empty(), "{name}: the answer is lost: {error}");
        }
        _ => {}
    }
}

/// Counts the requests that a client sends of an operation. Clones count together.
#[derive(Clone)]
struct Sent {
    operation: &'static Operation,
    count: Arc<AtomicUsize>,
}

impl Sent {
    fn of(name: &str) -> Self {
        Self {
            operation: operation(name),
            count: Arc::default(),
        }
    }

    fn count(&self) -> usize {
        self.count.load(Relaxed)
    }
}

#[conga::async_trait]
impl Middleware for Sent {
    async fn attempt(
        &self,
        attempt: Attempt,
        next: Next<'_>,
    ) -> Result<reqwest::Response, ErrorKind> {
        let (name, Operation { method, path, .. }) = (attempt.operation(), self.operation);
        // A raw request goes by its method and path.
        if name == self.operation.to_string() || name == format!("{method} {path}") {
            self.count.fetch_add(1, Relaxed);
        }
        next.send(attempt).await
    }
}

/// The published operation of this name.
fn operation(name: &str) -> &'static Operation {
    let mut all = conga::operations::SERVICES
        .iter()
        .flat_map(|service| service.operations);
    let operation = all.find(|operation| operation.to_string() == name);
    operation.unwrap_or_else(|| panic!("no operation is called {name}"))
}

/// A client that waits no longer than the case needs, and tries twice.
fn hasty(sandbox: &Sandbox, case: &Case, patience: Duration, sent: &Sent) -> Client {
    let retry = RetryPolicy::default()
        .with_attempts(2)
        .with_base(Duration::from_millis(1));
    let builder = settings(sandbox)
        .timeout(case.timeout(patience))
        .retry(retry)
        .middleware(sent.clone());
    if case.is_refused() {
        let nowhere = nowhere();
        let shop = sandbox
            .storefront_url()
            .replace(sandbox.base_url(), &nowhere);
        signed_in(
            sandbox,
            builder.endpoints(sandbox.token_url(), nowhere),
            shop,
        )
    } else {
        signed_in(sandbox, builder, sandbox.storefront_url())
    }
}

/// A client of the integration user, and of the shopper at this storefront.
fn signed_in(sandbox: &Sandbox, builder: ClientBuilder, storefront: String) -> Client {
    let (user, shopper) = (
        &sandbox.accounts().integration,
        &sandbox.accounts().storefront,
    );
    builder
        .http_client(HTTP.clone())
        .client_credentials(&user.client_id, user.client_secret.as_str())
        .storefront(storefront, "ECommerce")
        .shopper(&shopper.username, shopper.password.as_str())
        .build()
        .unwrap()
}

/// An address at which nobody listens.
fn nowhere() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

/// The verbs that fare alike, in the order of the first of each, with the lines that they share.
fn table(fared: &[(&Verb, String)]) -> String {
    let mut groups: Vec<(&str, Vec<&Verb>)> = Vec::new();
    let mut known = BTreeMap::new();
    for (verb, lines) in fared {
        let at = *known.entry(lines.as_str()).or_insert_with(|| {
            groups.push((lines, Vec::new()));
            groups.len() - 1
        });
        groups[at].1.push(verb);
    }
    let mut table = String::new();
    for (lines, verbs) in groups {
        for verb in verbs {
            writeln!(table, "# {} ({})", verb.name, verb.operation).unwrap();
        }
        writeln!(table, "{:<24} requests done  outcome\n{lines}", "").unwrap();
    }
    table
}

#[tokio::test(flavor = "multi_thread")]
async fn every_verb_under_every_fault() {
    // As they end: in their order, one that takes long would keep others from beginning.
    let tried = stream::iter(VERBS.iter().enumerate())
        .map(|(at, verb)| async move { (at, verb, tokio::spawn(verb.lines()).await) })
        .buffer_unordered(AT_A_TIME);
    let mut tried: Vec<_> = tried.collect().await;
    tried.sort_by_key(|(at, ..)| *at);
    let failed = tried.iter().filter(|(_, _, lines)| lines.is_err());
    let failed: Vec<&str> = failed.map(|(_, verb, _)| verb.name).collect();
    assert!(failed.is_empty(), "see above about {failed:?}");
    let fared: Vec<(&Verb, String)> = tried
        .into_iter()
        .map(|(_, verb, lines)| (verb, lines.unwrap()))
        .collect();
    let table = table(&fared);
    println!("{table}");
    insta::assert_snapshot!(table);
}
