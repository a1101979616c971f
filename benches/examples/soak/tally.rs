//! How calls ended, counted by all tasks.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use conga::{
    Error,
    conga_api::{Attempt, ErrorKind, Middleware, Next},
    reqwest,
};

/// So many broken promises are enough: the run ends.
const ENOUGH: usize = 20;

/// The counters.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    done: AtomicU64,
    not_done: AtomicU64,
    unsure: AtomicU64,
    dropped: AtomicU64,
    requests: AtomicU64,
    again: AtomicU64,
    tokens: AtomicU64,
    /// Calls that failed, by why.
    reasons: Mutex<BTreeMap<String, u64>>,
    broken: Mutex<Vec<String>>,
}

impl Tally {
    pub(crate) fn done(&self) {
        self.done.fetch_add(1, Relaxed);
    }

    /// A call whose future was dropped.
    pub(crate) fn dropped(&self) {
        self.dropped.fetch_add(1, Relaxed);
    }

    pub(crate) fn failed(&self, error: &Error) {
        let count = if error.may_have_been_processed() {
            &self.unsure
        } else {
            &self.not_done
        };
        count.fetch_add(1, Relaxed);
        let mut reasons = unpoisoned(&self.reasons);
        *reasons.entry(reason(error)).or_default() += 1;
    }

    /// A request for a token.
    pub(crate) fn token(&self) {
        self.tokens.fetch_add(1, Relaxed);
    }

    /// The client has done what it must not.
    pub(crate) fn broken(&self, promise: String) {
        eprintln!("soak: BROKEN: {promise}");
        unpoisoned(&self.broken).push(promise);
    }

    /// How many promises are broken.
    pub(crate) fn count_broken(&self) -> usize {
        unpoisoned(&self.broken).len()
    }

    /// Whether there is no need to go on.
    pub(crate) fn is_hopeless(&self) -> bool {
        self.count_broken() >= ENOUGH
    }

    /// How many calls have ended.
    pub(crate) fn calls(&self) -> u64 {
        let all = [&self.done, &self.not_done, &self.unsure, &self.dropped];
        all.into_iter().map(|count| count.load(Relaxed)).sum()
    }

    /// The reasons of failures, the most frequent first.
    pub(crate) fn reasons(&self) -> String {
        let reasons = unpoisoned(&self.reasons);
        let mut reasons: Vec<_> = reasons.iter().collect();
        reasons.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        let texts = reasons
            .iter()
            .map(|(reason, count)| format!("{reason} {count}"));
        texts.collect::<Vec<_>>().join(", ")
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = |count: &AtomicU64| count.load(Relaxed);
        write!(
            f,
            "{} calls: {} done, {} not done, {} unsure, {} dropped; {} requests, {} of them again; {} tokens",
            self.calls(),
            count(&self.done),
            count(&self.not_done),
            count(&self.unsure),
            count(&self.dropped),
            count(&self.requests),
            count(&self.again),
            count(&self.tokens)
        )
    }
}

/// Counts requests. It is the client's middleware.
#[derive(Debug)]
pub(crate) struct Requests(pub(crate) std::sync::Arc<Tally>);

#[conga::async_trait]
impl Middleware for Requests {
    async fn attempt(
        &self,
        attempt: Attempt,
        next: Next<'_>,
    ) -> Result<reqwest::Response, ErrorKind> {
        self.0.requests.fetch_add(1, Relaxed);
        if attempt.number() > 1 {
            self.0.again.fetch_add(1, Relaxed);
        }
        next.send(attempt).await
    }
}

/// Why a call failed, in a word.
fn reason(error: &Error) -> String {
    let word = match error.call().map(conga::conga_api::Error::kind) {
        Some(ErrorKind::Status(body)) => return body.status.as_u16().to_string(),
        Some(ErrorKind::Auth(_)) => "sign-in",
        Some(ErrorKind::Connect(_)) => "no connection",
        Some(ErrorKind::Broken(_)) => "broken",
        Some(ErrorKind::Timeout { .. }) => "timeout",
        Some(ErrorKind::Deadline { .. }) => "deadline",
        Some(ErrorKind::Decode { .. }) => "unreadable",
        Some(ErrorKind::File(_)) => "file",
        Some(ErrorKind::Request(_)) => "request",
        _ => match error {
            Error::Job { .. } => "job",
            Error::Cart { .. } => "cart",
            _ => "other",
        },
    };
    word.to_owned()
}

/// What is under the lock; nothing here is left half done by a panic.
pub(crate) fn unpoisoned<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
