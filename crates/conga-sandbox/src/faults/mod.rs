//! Faults on demand: what a network and an overloaded server do to a client, at will.
//!
//! A request asks for faults of its own by the header `x-conga-sandbox-fault`; a [`FaultRule`] puts them on the
//! calls of an operation; [`Faults::limit_rate`] refuses what comes too fast. How a fault is written is in
//! [`Fault`]. The engine (`server`) carries them out.
//!
//! Which calls a rule hits depends on nothing but their order and the rule's chance. Each rule has dice of its own, which are
//! the same in every run.

mod fault;
mod rate;

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

pub use fault::{Fault, FaultError, Moment};
use rate::Bucket;

/// Which calls get which faults.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultRule {
    /// The operation: `service.operation` as in `data.create_account`, `service.*`, or `*` for all. The calls for
    /// signing in are `identity.token` and the like, `salesforce.token`, `storefront.token`; a download by link is
    /// `files.link`.
    pub operation: String,
    /// The faults, in the order they are written.
    #[serde(with = "fault::text")]
    pub fault: Vec<Fault>,
    /// How many calls pass unharmed first. Default: none.
    #[serde(default)]
    pub after: u64,
    /// How many calls are hit before the rule is used up. Default: all.
    #[serde(default)]
    pub times: Option<u64>,
    /// The chance of a call to be hit, from 0 to 1. Default: 1.
    #[serde(default = "certain")]
    pub chance: f64,
}

/// The faults of a sandbox. Rules may come and go while it runs.
#[derive(Debug, Default)]
pub struct Faults(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    rules: Vec<Armed>,
    /// How many rules there ever were.
    added: u64,
    bucket: Option<Bucket>,
}

/// A rule and its count.
#[derive(Debug)]
struct Armed {
    rule: FaultRule,
    /// Which one it is of all that were added.
    number: u64,
    seen: u64,
    hit: u64,
}

impl FaultRule {
    /// These faults for every call of an operation; see [`FaultRule::operation`].
    pub fn new(operation: impl Into<String>, fault: impl IntoIterator<Item = Fault>) -> Self {
        Self {
            operation: operation.into(),
            fault: fault.into_iter().collect(),
            after: 0,
            times: None,
            chance: certain(),
        }
    }

    /// Lets so many calls pass first.
    pub fn after(mut self, calls: u64) -> Self {
        self.after = calls;
        self
    }

    /// Hits so many calls, then no more.
    pub fn times(mut self, calls: u64) -> Self {
        self.times = Some(calls);
        self
    }

    /// Hits a call with this chance, from 0 to 1.
    pub fn chance(mut self, chance: f64) -> Self {
        self.chance = chance;
        self
    }

    fn is_for(&self, operation: &str) -> bool {
        match self.operation.strip_suffix('*') {
            Some(start) => operation.starts_with(start),
            None => operation == self.operation,
        }
    }
}

impl Faults {
    /// Adds a rule. Where several hit a call, it gets the faults of all, in the order the rules were added.
    pub fn add(&self, rule: FaultRule) {
        let mut state = self.state();
        state.added += 1;
        let number = state.added;
        state.rules.push(Armed {
            rule,
            number,
            seen: 0,
            hit: 0,
        });
    }

    /// Takes all rules away.
    pub fn clear(&self) {
        self.state().rules.clear();
    }

    /// The rules that are not used up.
    pub fn rules(&self) -> Vec<FaultRule> {
        let state = self.state();
        let live = state.rules.iter().filter(|armed| !armed.is_used_up());
        live.map(|armed| armed.rule.clone()).collect()
    }

    /// Answers 429 with `Retry-After` to what exceeds so many requests a second, over all clients; `None` lifts the
    /// limit. Conga's defaults are 100 in production and 25 in development. The pages and calls for signing in do
    /// not count.
    pub fn limit_rate(&self, per_second: Option<u32>) {
        self.state().bucket = per_second.map(Bucket::new);
    }

    /// The faults of the next call of an operation.
    pub(crate) fn of_call(&self, operation: &str) -> Vec<Fault> {
        let mut state = self.state();
        let rules = state.rules.iter_mut();
        let faults = rules
            .filter(|armed| armed.rule.is_for(operation))
            .filter_map(|armed| armed.next())
            .flatten()
            .collect();
        state.rules.retain(|armed| !armed.is_used_up());
        faults
    }

    /// Whether the request that arrives now is one too many.
    pub(crate) fn is_too_fast(&self) -> bool {
        let mut state = self.state();
        state.bucket.as_mut().is_some_and(|bucket| !bucket.take())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // No change is left half done by a panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Armed {
    /// Counts a call; its faults if it is hit.
    fn next(&mut self) -> Option<Vec<Fault>> {
        if self.is_used_up() {
            return None;
        }
        self.seen += 1;
        if self.seen <= self.rule.after || dice(self.number, self.seen) >= self.rule.chance {
            return None;
        }
        self.hit += 1;
        Some(self.rule.fault.clone())
    }

    fn is_used_up(&self) -> bool {
        self.rule.times.is_some_and(|times| self.hit >= times)
    }
}

/// The throw of a rule's dice for the call of this number, from 0 to 1: SplitMix64, which needs no state.
fn dice(rule: u64, call: u64) -> f64 {
    let mut bits = (rule << 32)
        .wrapping_add(call)
        .wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^= bits >> 31;
    // 53 bits are what a double holds.
    #[expect(clippy::cast_precision_loss, reason = "both fit in 53 bits")]
    let share = (bits >> 11) as f64 / (1_u64 << 53) as f64;
    share
}

fn certain() -> f64 {
    1.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hits(faults: &Faults, operation: &str, calls: usize) -> String {
        let hit = |_| {
            if faults.of_call(operation).is_empty() {
                '.'
            } else {
                'x'
            }
        };
        (0..calls).map(hit).collect()
    }

    #[test]
    fn a_rule_counts_its_calls() {
        let faults = Faults::default();
        let rule = FaultRule::new("data.create_account", [Fault::Malformed]);
        faults.add(rule.after(1).times(2));
        assert_eq!(hits(&faults, "data.list_accounts", 2), "..");
        assert_eq!(hits(&faults, "data.create_account", 5), ".xx..");
        assert!(faults.rules().is_empty());
    }

    #[test]
    fn a_rule_may_be_for_a_service_or_for_all() {
        let faults = Faults::default();
        faults.add(FaultRule::new("data.*", [Fault::Malformed]));
        faults.add(FaultRule::new("*", [Fault::Truncated, Fault::Malformed]));
        assert_eq!(
            faults.of_call("data.get_account"),
            [Fault::Malformed, Fault::Truncated, Fault::Malformed]
        );
        assert_eq!(faults.of_call("cart.get_cart").len(), 2);
        faults.clear();
        assert!(faults.of_call("cart.get_cart").is_empty());
    }

    #[test]
    fn chance_hits_its_share_and_the_same_calls_every_time() {
        let run = || {
            let faults = Faults::default();
            faults.add(FaultRule::new("*", [Fault::Malformed]).chance(0.3));
            hits(&faults, "a.b", 1_000)
        };
        let share = run().matches('x').count();
        assert!((250..350).contains(&share), "{share}");
        assert_eq!(run(), run());
    }

    #[test]
    fn rules_hit_calls_of_their_own() {
        let faults = Faults::default();
        for fault in [Fault::Malformed, Fault::Truncated] {
            faults.add(FaultRule::new("*", [fault]).chance(0.3));
        }
        let both = (0..1_000).filter(|_| faults.of_call("a.b").len() == 2);
        let both = both.count();
        assert!((50..130).contains(&both), "{both} of about 90");
    }

    #[test]
    fn a_rule_reads_as_json() {
        let text = r#"{"operation": "data.*", "fault": "latency=20ms; status=503,retry-after=1", "times": 2}"#;
        let rule: FaultRule = serde_json::from_str(text).unwrap();
        assert_eq!((rule.times, rule.after, rule.fault.len()), (Some(2), 0, 2));
        let again = serde_json::to_value(&rule).unwrap();
        assert_eq!(again["fault"], "latency=20ms; status=503,retry-after=1");
        let wrong = r#"{"operation": "*", "fault": "lag=20ms"}"#;
        let error = serde_json::from_str::<FaultRule>(wrong).unwrap_err();
        assert!(error.to_string().contains("lag"), "{error}");
    }
}
