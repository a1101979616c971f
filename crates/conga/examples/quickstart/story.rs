//! What is printed: chapters, and a line a step.

use std::{fmt, time::Instant};

/// Whatever goes wrong ends the example.
pub(crate) type Failure = Box<dyn std::error::Error>;

/// What the server said about a failure.
pub(crate) fn messages(failure: &(dyn std::error::Error + 'static)) -> Vec<String> {
    let of_call = failure.downcast_ref::<conga::conga_api::Error>();
    let of_facade = failure.downcast_ref::<conga::Error>();
    of_call
        .map(conga::conga_api::Error::messages)
        .or(of_facade.map(conga::Error::messages))
        .unwrap_or_default()
}

/// Counts the steps and tells them.
pub(crate) struct Story {
    steps: usize,
    since: Instant,
}

impl Default for Story {
    fn default() -> Self {
        Self {
            steps: 0,
            since: Instant::now(),
        }
    }
}

impl Story {
    /// A heading.
    pub(crate) fn chapter(&mut self, title: &str) {
        println!("\n{title}");
    }

    /// A step that went well.
    pub(crate) fn step(&mut self, what: impl fmt::Display) {
        self.steps += 1;
        println!(
            "  {:>3}  {what}  ({} ms)",
            self.steps,
            self.since.elapsed().as_millis()
        );
        self.since = Instant::now();
    }

    /// A step that this setting has nothing for.
    pub(crate) fn skipped(&mut self, what: impl fmt::Display) {
        println!("    -  {what}");
    }

    /// How many steps there were.
    pub(crate) fn steps(&self) -> usize {
        self.steps
    }
}
