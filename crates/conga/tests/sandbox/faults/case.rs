//! What goes wrong.

use std::time::Duration;

use conga_sandbox::Fault;

/// What goes wrong, in the sandbox's words.
pub(super) struct Case {
    pub(super) name: &'static str,
    pub(super) faults: &'static str,
    /// How many requests it hits; `None` for all.
    pub(super) times: Option<u64>,
}

const REFUSED: &str = "connection refused";

pub(super) const CASES: &[Case] = &[
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

impl Case {
    pub(super) fn faults(&self) -> Vec<Fault> {
        Fault::parse_all(self.faults).unwrap()
    }

    /// Whether there is no server at all.
    pub(super) fn is_refused(&self) -> bool {
        self.name == REFUSED
    }

    /// For how long the client waits for an answer: with patience where none comes, else as long as it takes.
    pub(super) fn timeout(&self, patience: Duration) -> Duration {
        if self.faults.starts_with("stall") {
            patience
        } else {
            Duration::from_secs(60)
        }
    }

    /// Whether the work is done, and the client gives up before it hears of that.
    pub(super) fn is_done_unheard(&self) -> bool {
        matches!(self.faults, "stall=after" | "stall=body")
    }
}
