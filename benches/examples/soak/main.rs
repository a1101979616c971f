//! A soak: the facade under mixed load, for minutes or hours, against a sandbox that fails at random.
//!
//!     cargo run --release -p conga-benches --example soak -- --minutes 30
//!
//! The sandbox runs in a process of its own, so that memory, sockets and tasks of this one are the client's alone. Many tasks share
//! clones of one client. A ledger keeps what each call claimed to have done, and after every round the sandbox is asked, without
//! faults, whether that is true. At the end everything goes quiet, and what is still there is a leak.
//!
//! | room | what lives there |
//! |---|---|
//! | `server` | the sandbox's process, and what steers it |
//! | `weather` | which faults calls meet, and when |
//! | `scene` | the client under test, and what its work needs |
//! | `work` | what the tasks do |
//! | `ledger` | what was claimed, and what may therefore be there |
//! | `audit` | what is there |
//! | `tally` | how calls ended |
//! | `gauges` | memory, sockets and tasks, and what of them is a leak |
//! | `course` | the whole run: rounds, restarts, silence |

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program that speaks to people"
)]

mod audit;
mod course;
mod gauges;
mod ledger;
mod scene;
mod server;
mod tally;
mod weather;
mod work;

use std::{path::PathBuf, process::ExitCode, time::Duration};

use clap::Parser;

/// Why the soak cannot go on.
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Runs the facade under mixed load against a sandbox that fails at random, and looks for what got lost, doubled or left behind.
#[derive(Debug, Parser)]
struct Settings {
    /// How long the load lasts. The silence after it takes another three quarters of a minute.
    #[arg(long, default_value_t = 2.0)]
    minutes: f64,

    /// Tasks that work at the same time.
    #[arg(long, default_value_t = 16)]
    tasks: usize,

    /// Fixes the random choices, though not what the machine makes of them. Default: another one each time.
    #[arg(long)]
    seed: Option<u64>,

    /// How often the sandbox is killed and started again on its data.
    #[arg(long, default_value_t = 2)]
    restarts: u32,

    /// Seconds between two lines of figures.
    #[arg(long, default_value_t = 5)]
    every: u64,

    /// Seconds of load between two audits.
    #[arg(long, default_value_t = 10)]
    round: u64,

    /// Is the sandbox, on this data file. The soak starts itself so.
    #[arg(long, hide = true, value_name = "FILE")]
    serve: Option<PathBuf>,

    /// The sandbox's port.
    #[arg(long, hide = true, default_value_t = 0)]
    port: u16,
}

impl Settings {
    fn load(&self) -> Duration {
        Duration::from_secs_f64(self.minutes * 60.0)
    }
}

/// An allocator that can tell how much is alive: what the system's own keeps of what was freed would tell of that allocator only.
#[cfg(target_os = "linux")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    match run(&Settings::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => {
            eprintln!("soak: {failure}");
            ExitCode::FAILURE
        }
    }
}

#[tokio::main]
async fn run(settings: &Settings) -> Result<bool, Failure> {
    match &settings.serve {
        Some(data) => server::serve(data, settings.port).await.map(|()| true),
        None => course::run(settings).await,
    }
}
