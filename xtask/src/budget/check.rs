//! One timed `cargo check` of `conga-api`, its dependencies being compiled already.

use std::{
    fs,
    path::PathBuf,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::{
    layout::Layout,
    problem::{Problem, Problems},
};

const CRATE: &str = "conga-api";

/// How often a running check is looked at; also how exact its time is.
const INTERVAL: Duration = Duration::from_millis(10);

/// A target folder of its own, so that nothing else is compiled anew for the measurement.
pub(super) struct Check {
    root: PathBuf,
    target: PathBuf,
}

/// What a check took.
#[derive(Clone, Copy, Debug)]
pub(super) struct Checked {
    pub(super) seconds: f64,
    /// Known on Linux only.
    pub(super) peak_megabytes: Option<u64>,
}

impl Check {
    /// Compiles the dependencies.
    pub(super) fn new(layout: &Layout) -> Result<Self, Problems> {
        let check = Self {
            root: layout.at(""),
            target: layout.at("target/budget"),
        };
        check.check(&[])?;
        Ok(check)
    }

    /// Checks the crate alone, with these features and no others.
    pub(super) fn run(&self, features: &[&str]) -> Result<Checked, Problems> {
        let mut clean = self.cargo("clean");
        self.wait(clean.args(["--package", CRATE]))?;
        self.check(features)
    }

    fn check(&self, features: &[&str]) -> Result<Checked, Problems> {
        let mut check = self.cargo("check");
        check.args(["--package", CRATE, "--lib", "--no-default-features"]);
        check.args(["--features", &features.join(",")]);
        self.wait(&mut check)
    }

    fn cargo(&self, command: &str) -> Command {
        let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut cargo = Command::new(program);
        cargo
            .args([command, "--quiet", "--target-dir"])
            .arg(&self.target)
            .current_dir(&self.root)
            .env("CARGO_INCREMENTAL", "0")
            .stdin(Stdio::null());
        cargo
    }

    fn wait(&self, command: &mut Command) -> Result<Checked, Problems> {
        let line = format!("{command:?}");
        let failed = |what: String| {
            Problem::new(
                CRATE,
                "",
                what,
                format!("run it yourself, and mend what it says: {line}"),
            )
        };
        let started = Instant::now();
        let mut child = command
            .spawn()
            .map_err(|e| failed(format!("cargo cannot be started: {e}")))?;
        let mut peak = None;
        let status = loop {
            match child.try_wait() {
                Ok(Some(status)) => break status,
                Ok(None) => peak = peak.max(peak_of_children(&child)),
                Err(e) => return Err(failed(format!("cargo cannot be waited for: {e}")).into()),
            }
            thread::sleep(INTERVAL);
        };
        if !status.success() {
            return Err(failed(format!("cargo ended with {status}")).into());
        }
        Ok(Checked {
            seconds: started.elapsed().as_secs_f64(),
            peak_megabytes: peak.map(|kilobytes| kilobytes / 1024),
        })
    }
}

/// The most memory that a process started by `parent` has held so far, in kilobytes.
fn peak_of_children(parent: &Child) -> Option<u64> {
    let parent = parent.id();
    // cargo starts rustc from a thread of its own, and children are listed by thread.
    fs::read_dir(format!("/proc/{parent}/task"))
        .ok()?
        .flatten()
        .filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok())
        .flat_map(|children| {
            children
                .split_whitespace()
                .filter_map(peak_of)
                .collect::<Vec<_>>()
        })
        .max()
}

/// The most memory that a process has held so far, in kilobytes.
fn peak_of(process: &str) -> Option<u64> {
    fs::read_to_string(format!("/proc/{process}/status"))
        .ok()?
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?
        .split_whitespace()
        .next()?
        .parse()
        .ok()
}
