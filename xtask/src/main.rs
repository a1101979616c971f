//! Maintainer commands: take in specifications, curate them, generate the client, measure it.

mod budget;
mod coverage;
mod curate;
mod diff;
mod document;
mod files;
mod generate;
mod import;
mod layout;
mod overlay;
mod problem;
mod register;
mod schemas;

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

use layout::Layout;

#[derive(Parser)]
#[command(
    name = "cargo xtask",
    about = "Curate specifications, generate the client, measure it"
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Work on the specifications below spec/
    #[command(subcommand)]
    Spec(Spec),
    /// Generate crates/conga-api/src/generated from spec/curated
    Generate {
        /// Write nothing; fail with a diff where the generated code is not what the specifications give
        #[arg(long)]
        check: bool,
        /// Only this service
        #[arg(long, value_name = "ID")]
        service: Option<String>,
    },
    /// Count what is generated and time `cargo check` of it
    Budget {
        /// Only everything at once, not feature by feature
        #[arg(long)]
        full_only: bool,
    },
}

#[derive(Subcommand)]
enum Spec {
    /// Take in OpenAPI 3.0 documents of one service as spec/published/<SERVICE>.yaml
    Import {
        service: String,
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Write spec/curated from spec/published and spec/overlays, and the JSON Schemas for editors
    Curate,
    /// Count published, curated and generated operations; fail where any is lost
    Coverage,
    /// List what NEW adds, removes and changes against OLD, and whether it breaks callers; differences are no failure
    Diff { old: PathBuf, new: PathBuf },
}

#[expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line speaks to its user"
)]
fn main() -> ExitCode {
    let layout = Layout::of_workspace();
    match run(&layout, Arguments::parse().command) {
        Ok(text) => {
            if !text.is_empty() {
                println!("{text}");
            }
            ExitCode::SUCCESS
        }
        Err(problems) => {
            eprintln!("{problems}");
            ExitCode::FAILURE
        }
    }
}

fn run(layout: &Layout, command: Command) -> Result<String, problem::Problems> {
    match command {
        Command::Spec(Spec::Import { service, files }) => {
            import::run(layout, &service, &files).map(|()| String::new())
        }
        Command::Spec(Spec::Curate) => {
            curate::run(layout)?;
            schemas::write(layout).map(|()| String::new())
        }
        Command::Spec(Spec::Coverage) => coverage::run(layout),
        Command::Spec(Spec::Diff { old, new }) => diff::run(layout, &old, &new),
        Command::Generate { check, service } => generate::run(layout, service.as_deref(), check),
        Command::Budget { full_only } => budget::run(layout, full_only),
    }
}

#[cfg(test)]
mod tests;
