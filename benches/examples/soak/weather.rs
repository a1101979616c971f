//! The weather: which faults calls meet, and how often, for a few seconds.

use rand::{RngExt as _, rngs::StdRng};
use serde_json::{Value, json};

/// Every fault, with the chance in a thousand that a call meets it in a breeze.
///
/// None of them lies: what says that nothing was done (429, 503 with `Retry-After`, 401) comes before the work. A fault that lies, such as
/// a gateway that sends a request twice, doubles records whatever a client does.
const FAULTS: &[(&str, f64)] = &[
    ("latency=60ms", 20.0),
    ("latency=800ms", 2.0),
    ("status=429", 2.0),
    ("status=429,retry-after=1", 1.0),
    ("status=500", 3.0),
    ("status=500,after", 2.0),
    ("status=502,html", 3.0),
    ("status=502,html,after", 3.0),
    ("status=503", 3.0),
    ("status=503,retry-after=1", 3.0),
    ("status=504,after", 3.0),
    ("expired-token", 5.0),
    ("cut=before", 4.0),
    ("cut=after", 4.0),
    ("stall=before", 0.5),
    ("stall=after", 0.5),
    ("stall=body", 0.5),
    ("slow=1ms", 5.0),
    ("truncated", 4.0),
    ("malformed", 4.0),
    ("wrong-type", 4.0),
];

/// What the weather is like.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Weather {
    /// No faults.
    Calm,
    /// All faults, a few per cent.
    Breeze,
    /// All faults, and many.
    Storm,
    /// One fault hits a third of the calls.
    Front(&'static str),
    /// The platform lets fewer requests through than there are.
    Crowd(u32),
}

impl Weather {
    /// The next weather, and how many seconds it lasts.
    pub(crate) fn next(dice: &mut StdRng) -> (Self, u64) {
        let weather = match dice.random_range(0..10) {
            0..2 => Self::Calm,
            2..6 => Self::Breeze,
            6..8 => Self::Storm,
            8 => Self::Front(FAULTS[dice.random_range(0..FAULTS.len())].0),
            _ => Self::Crowd(dice.random_range(20..80)),
        };
        (weather, dice.random_range(2..5))
    }

    /// The rules that make it.
    pub(crate) fn rules(self) -> Vec<Value> {
        let strength = match self {
            Self::Calm | Self::Crowd(_) => return Vec::new(),
            Self::Breeze => 1.0,
            Self::Storm => 5.0,
            Self::Front(fault) => return vec![rule(fault, 0.33)],
        };
        let all = FAULTS.iter();
        all.map(|(fault, chance)| rule(fault, chance * strength / 1_000.0))
            .collect()
    }

    /// Requests a second that go through.
    pub(crate) fn rate(self) -> Option<u32> {
        match self {
            Self::Crowd(rate) => Some(rate),
            _ => None,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Calm => "calm",
            Self::Breeze => "breeze",
            Self::Storm => "storm",
            Self::Front(fault) => fault,
            Self::Crowd(_) => "crowd",
        }
    }
}

fn rule(fault: &str, chance: f64) -> Value {
    json!({"operation": "*", "fault": fault, "chance": chance})
}
